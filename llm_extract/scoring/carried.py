"""Do the words a record cites carry its value? Asked of any tool's records alike."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, Literal

from llm_extract.coding.counts import find_counts
from llm_extract.coding.dates import find_date_phrases, resolve_date
from llm_extract.labels.files import Span
from llm_extract.scoring.fields import Kind
from llm_extract.scoring.names import name_words

_TENSES: tuple[Literal["past", "future"], ...] = ("past", "future")
"""What is told lies behind, but a truce may begin on a day ahead."""
_NAMED = ("place", "places", "actors", "roles", "source", "words", "phrases")


class CitedWords:
    """The passages one record cites, read when first asked."""

    def __init__(self, text: str, spans: Sequence[Span], published: dt.date | None) -> None:
        self._quotes = [text[start:end] for start, end in spans]
        self._published = published

    def carry(self, value: Any, kind: Kind, words: str | None = None) -> bool:
        """Tell whether the value stands there, or follows from words that do.

        ``words`` are those the coder read a day or a number from: where they stand, nothing has
        to be read anew. Choices from a list have no words of their own: any passage carries them.
        """
        if kind in ("choice", "choices"):
            return bool(self._quotes)
        if words and any(words in quote for quote in self._quotes):
            return True
        if kind == "date":
            return value[0] in self._days
        if kind in ("count", "figure"):
            return self._counts(value)
        if kind in ("groups", "subsets"):
            return self._counts(value[1])
        name = value[0] if kind == "roles" else value
        return kind in _NAMED and isinstance(name, str) and set(name_words(name)) <= self._words

    def _counts(self, value: int) -> bool:
        """Tell whether a number stands there, in figures or in words."""
        figures = re.compile(rf"(?<![\d.,]){value}(?![\d.,]?\d)")
        return any(figures.search(q) for q in self._quotes) or value in self._numbers

    @cached_property
    def _words(self) -> set[str]:
        return {word for quote in self._quotes for word in name_words(quote)}

    @cached_property
    def _numbers(self) -> set[int]:
        counts = [count for quote in self._quotes for count in find_counts(quote)]
        return {v for c in counts for v in (c.value, c.low, c.high) if v is not None}

    @cached_property
    def _days(self) -> set[dt.date]:
        found: set[dt.date] = set()
        for quote in self._quotes:
            found |= _days_in(quote, self._published)
        return found


@lru_cache(maxsize=4096)
def _days_in(quote: str, published: dt.date | None) -> frozenset[dt.date]:
    phrases = [phrase.text for phrase in find_date_phrases(quote)]
    resolved = [resolve_date(p, published, tense=tense) for p in phrases for tense in _TENSES]
    return frozenset(r.start for r in resolved if r is not None and r.start is not None)
