"""A clause without a time has the time of the sentence that governs it."""

from __future__ import annotations

from dataclasses import dataclass

from llm_extract.coding.dates import ResolvedDate, resolve_date
from llm_extract.coding.numbered_text import NumberedText

_REACH = 6
"""Sentences back that a time still governs; further, a news text has changed the subject."""


@dataclass(frozen=True, slots=True)
class GoverningDate:
    """A time taken over from an earlier sentence; offsets count the article's characters."""

    text: str
    start: int
    end: int
    sentence: int
    resolved: ResolvedDate
    basis: str


def governing_date(text: NumberedText, numbers: list[int]) -> GoverningDate | None:
    """Return the time that governs sentences without one of their own, or None.

    The sentences themselves are searched first, then those before, back to ``_REACH``. A time
    that gives no day ("at dawn") governs nothing.
    """
    if not numbers:
        return None
    first = min(numbers)
    back = range(first - 1, max(0, first - 1 - _REACH), -1)
    for number in [*sorted(numbers), *back]:
        if number not in text:
            continue
        sentence = text[number]
        for phrase in text.dates(sentence):
            resolved = resolve_date(phrase.text, text.article.published)
            if resolved is None or resolved.start is None:
                continue
            how = "stated in" if number in numbers else "inherited from"
            return GoverningDate(
                text=phrase.text,
                start=sentence.start + phrase.start,
                end=sentence.start + phrase.end,
                sentence=number,
                resolved=resolved,
                basis=f"{how} sentence {number}: {resolved.basis}",
            )
    return None
