"""Do the words a record cites carry its value? Asked of any tool's records alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
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

    def carry(self, value: Any, kind: Kind) -> bool:
        """Tell whether the value stands there, or follows from words that do.

        Choices from a list have no words of their own: any passage carries them.
        """
        if kind in ("choice", "choices"):
            return bool(self._quotes)
        if kind == "date":
            return value[0] in self._days
        if kind in ("count", "figure"):
            return value in self._numbers
        if kind in ("groups", "subsets"):
            return value[1] in self._numbers
        name = value[0] if kind == "roles" else value
        return kind in _NAMED and isinstance(name, str) and set(name_words(name)) <= self._words

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
        phrases = [phrase.text for quote in self._quotes for phrase in find_date_phrases(quote)]
        for phrase in phrases:
            for tense in _TENSES:
                resolved = resolve_date(phrase, self._published, tense=tense)
                if resolved is not None and resolved.start is not None:
                    found.add(resolved.start)
        return found
