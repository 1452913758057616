"""The record types that come with llm-extract, one module each."""
