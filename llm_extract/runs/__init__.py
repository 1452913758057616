"""Many articles: a run keeps what was asked, answered and found, so that nothing is lost."""
