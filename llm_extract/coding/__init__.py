"""Phrases to values: everything the model does not have to compute."""
