"""Which sentences speak to a machine: nothing said in them or in their wake is coded."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from llm_extract.coding.cues import INSTRUCTION
from llm_extract.coding.numbered_text import NumberedText

_WAKE = 3
"""Sentences after an instruction, in its own paragraph, that may still be part of it."""


def is_instruction(sentence: str) -> bool:
    """Tell whether the sentence itself speaks to a machine, also where letters are disguised."""
    return _is_instruction(sentence.strip())


def instruction_before(text: NumberedText, number: int) -> int | None:
    """Return the sentence that makes this one suspicious: itself, or one shortly before it.

    Only sentences of the same paragraph count, so what an article says elsewhere stands.
    """
    paragraph = text[number].paragraph
    for candidate in range(number, max(0, number - _WAKE - 1), -1):
        if text[candidate].paragraph != paragraph:
            return None
        if is_instruction(text[candidate].quote):
            return candidate
    return None


def instructions_in(text: NumberedText) -> tuple[int, ...]:
    """Return the numbers of all sentences that speak to a machine."""
    return tuple(s.number for s in text.sentences if is_instruction(s.quote))


@lru_cache(maxsize=4096)
def _is_instruction(sentence: str) -> bool:
    return INSTRUCTION.search(_plain(sentence)) is not None


def _plain(sentence: str) -> str:
    """Undo what hides words from a search: zero-width characters, wide letters, odd spacing."""
    if sentence.isascii():
        return " ".join(sentence.split())
    bare = "".join(c for c in sentence if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", bare).split())
