"""Labels: what a coder says an article tells, kept in files beside the articles."""
