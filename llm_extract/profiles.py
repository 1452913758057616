"""How an article is put to a model: whole to a strong one, in windows to a small one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_extract.coding.cues import CEASEFIRE, DISPLACED, KILLED, VIOLENCE, covered, has
from llm_extract.coding.dates import find_date_phrases
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.coding.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of asking; the pipeline behind it is the same for all."""

    name: str
    full: bool
    """Ask for every field the codebook gives to the model, not only the core."""
    bins: bool
    """Ask for totals and excluded mentions too."""
    window: int | None
    """Most sentences in one question; None: as many as fit the context."""
    only_with_cue: bool
    """Ask only about windows that hold a word of the record type; the others are noted."""
    second_look: bool
    asks: int
    """Most questions repeated for one window."""
    asks_about_fields: bool
    """Ask again for a single unsupported field too, not only for what sinks a record."""
    most_records: int
    max_tokens: int


WHOLE = Profile(
    name="whole",
    full=True,
    bins=True,
    window=None,
    only_with_cue=False,
    second_look=True,
    asks=2,
    asks_about_fields=True,
    most_records=40,
    max_tokens=8192,
)
WINDOWS = Profile(
    name="windows",
    full=False,
    bins=False,
    window=5,
    only_with_cue=True,
    second_look=True,
    asks=0,  # a model this small gives the same answer again: docs/results.md
    asks_about_fields=False,
    most_records=5,
    max_tokens=512,
)
PROFILES = {p.name: p for p in (WHOLE, WINDOWS)}
_WHOLE_CHARACTERS = 60_000
"""Beyond this an article is cut even for a strong model: 20,000 tokens and more."""

_FIRST_WORDS = 60

CUES: dict[str, tuple[re.Pattern[str], ...]] = {
    "incident": (VIOLENCE, KILLED),
    "ceasefire_agreement": (CEASEFIRE,),
    "displacement": (DISPLACED,),
}
"""Words without which a sentence tells of no such record; other types are always asked."""


def has_cue(record_type: str, sentence: str, language: str) -> bool:
    """Tell whether the sentence may tell of a record of this type."""
    patterns = CUES.get(record_type)
    if patterns is None or not covered(language):
        return True
    return any(has(p, sentence) for p in patterns)


def first_questions(
    text: NumberedText, record_type: str, profile: Profile
) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yield each window of a first pass, and whether it is worth a question."""
    language = text.article.language
    for window in windows(text, profile):
        yield (
            window,
            not profile.only_with_cue
            or any(has_cue(record_type, text[n].quote, language) for n in window),
        )


def context_of(window: Sequence[int], profile: Profile) -> tuple[int, ...]:
    """Return the sentences shown before a window without being asked about."""
    return (window[0] - 1,) if profile.window and window[0] > 1 else ()


def windows(text: NumberedText, profile: Profile) -> Iterator[tuple[int, ...]]:
    """Cut the article into windows of sentence numbers, in order, without overlap.

    A sentence that opens with a time often begins a new event, so a window that has three
    sentences ends before it.
    """
    if profile.window is None:
        yield from _by_length(text)
        return
    current: list[int] = []
    for sentence in text.sentences:
        full = len(current) >= profile.window
        if full or (len(current) >= 3 and _opens_with_time(sentence)):
            yield tuple(current)
            current = []
        current.append(sentence.number)
    if current:
        yield tuple(current)


def _opens_with_time(sentence: Sentence) -> bool:
    # The first words tell; reading every sentence whole takes seconds for a long article.
    dates = find_date_phrases(sentence.quote[:_FIRST_WORDS])
    return bool(dates) and dates[0].start == 0


def _by_length(text: NumberedText) -> Iterator[tuple[int, ...]]:
    current: list[int] = []
    length = 0
    for sentence in text.sentences:
        if current and length + len(sentence.text) > _WHOLE_CHARACTERS:
            yield tuple(current)
            current, length = [], 0
        current.append(sentence.number)
        length += len(sentence.text)
    if current:
        yield tuple(current)


def halves(window: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Split a window whose answer did not fit."""
    middle = len(window) // 2
    return (tuple(window[:middle]), tuple(window[middle:]))
