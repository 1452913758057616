"""A clause without a time has the time of the sentence that governs it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_extract.coding.dates import DatePhrase, ResolvedDate, resolve_date
from llm_extract.coding.numbered_text import NumberedText

REPORT_DAY = re.compile(
    r"\b(?:said|says|announced|reported|told (?:\w+ )?(?:reporters)?|confirmed"
    r"|(?:a|ont) (?:annoncé|déclaré|indiqué|affirmé|rapporté)|informó|anunció|dijo"
    r"|сообщил\w*|заявил\w*|повідоми\w*|заяви\w*)\s+(?:late |early |on |el |le )?$",
    re.IGNORECASE,
)
"""Ends right before the day on which somebody spoke, which is not that of the event."""
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
    order = [n for n in [*sorted(numbers), *back] if n in text]
    # The day on which somebody spoke is the last resort: "fled, the agency said on Thursday".
    for report_days in (False, True):
        for number in order:
            found = _day_in(text, number, report_days=report_days)
            if found is not None:
                return _governing(text, number, found, own=number in numbers)
    return None


def _day_in(
    text: NumberedText, number: int, *, report_days: bool
) -> tuple[DatePhrase, ResolvedDate] | None:
    sentence = text[number]
    for phrase in text.dates(sentence):
        if bool(REPORT_DAY.search(sentence.text, 0, phrase.start)) != report_days:
            continue
        resolved = resolve_date(phrase.text, text.article.published)
        if resolved is not None and resolved.start is not None:
            return phrase, resolved
    return None


def _governing(
    text: NumberedText, number: int, found: tuple[DatePhrase, ResolvedDate], *, own: bool
) -> GoverningDate:
    phrase, resolved = found
    sentence = text[number]
    how = "stated in" if own else "inherited from"
    return GoverningDate(
        text=phrase.text,
        start=sentence.start + phrase.start,
        end=sentence.start + phrase.end,
        sentence=number,
        resolved=resolved,
        basis=f"{how} sentence {number}: {resolved.basis}",
    )
