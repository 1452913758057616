"""Files and streams become articles, their text exactly as it was, each bad one named."""

from llm_extract.reading.seen_ids import SeenIds
from llm_extract.reading.sources import (
    ReadOptions,
    Unreadable,
    expected_articles,
    parse_published,
    read_articles,
    safe_name,
)

__all__ = [
    "ReadOptions",
    "SeenIds",
    "Unreadable",
    "expected_articles",
    "parse_published",
    "read_articles",
    "safe_name",
]
