"""Figures that no record has claimed: what a second look asks about, and a recall alarm tells."""

from __future__ import annotations

from collections.abc import Sequence

from llm_extract.coding.counted import Counted, doubt_at
from llm_extract.coding.cues import CEASEFIRE
from llm_extract.coding.instructions import instruction_before
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.record import AggregateToll, ExcludedMention, Record

_ROLES = {"incident": "killed", "displacement": "displaced"}


def claimed_numbers(
    records: Sequence[Record],
    tolls: Sequence[AggregateToll],
    mentions: Sequence[ExcludedMention],
) -> set[tuple[str, int]]:
    """Return the places in the text whose figure something stands for.

    ``("at", offset)`` for a number; ``("sentence", number)`` for a sentence claimed whole, as by
    a toll or a record without figures.
    """
    claimed: set[tuple[str, int]] = set()
    for record in records:
        spans = [
            span
            for path, support in record.support.items()
            if path.endswith(".value") and support.level != "unsupported"
            for span in support.spans
        ]
        claimed |= {("at", span.char_start) for span in spans}
        if not spans:
            claimed |= {("sentence", n) for n in record.sentences}
    for sentences in [*(t.sentences for t in tolls), *(m.sentences for m in mentions)]:
        claimed |= {("sentence", n) for n in sentences}
    return claimed


def unclaimed_sentences(
    record_type: str, text: NumberedText, claimed: set[tuple[str, int]]
) -> tuple[int, ...]:
    """Return the numbers of sentences with a figure of this kind that nothing has claimed."""
    return tuple(
        sentence.number
        for sentence in text.sentences
        if ("sentence", sentence.number) not in claimed
        and instruction_before(text, sentence.number) is None
        and _tells(record_type, text, sentence.number, claimed)
    )


def _tells(
    record_type: str, text: NumberedText, number: int, claimed: set[tuple[str, int]]
) -> bool:
    sentence = text[number]
    if record_type == "ceasefire_agreement":
        named = CEASEFIRE.search(sentence.quote)
        return named is not None and doubt_at(sentence.quote, named.start()) is None
    role = _ROLES.get(record_type)
    if role is None:
        return False
    return any(
        _is_figure(counted, role)
        and ("at", sentence.start + counted.count.number_start) not in claimed
        for counted in text.counted(sentence)
    )


def _is_figure(counted: Counted, role: str) -> bool:
    return counted.role == role and not counted.subset and counted.doubt is None
