"""Persons told as one without a figure: "killing a shepherd and wounding another".

Only beside a verb of their own are they a count: "by a soldier" and "a soldier killed two" are not.
"""

from __future__ import annotations

import re

from llm_extract.coding.clauses import Line
from llm_extract.coding.counts import ParsedCount
from llm_extract.coding.people import TOLD_BY_STATE, is_person, noun_after

_SINGLE = re.compile(
    r"(?<!\w)(?:(?P<other>another|un autre|une autre|otr[oa])|(?P<one>one)|an?|une?|una)(?!\w)",
    re.IGNORECASE,
)
_NOT_SINGLE = re.compile(r"\b(?:one|after|no|by|of|or|each|every|any)\s+$", re.IGNORECASE)
_ADVERBS = re.compile(r"\s+(?:\w+ly\s+|at least\s+|also\s+)?$", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\s+(?:(?:was|were|is|are|has been|had been|got|a été|fue|result[óo])\s+"
    r"(?:\w+(?:ly|ment)\s+)?)?",
    re.IGNORECASE,
)
_DIED = re.compile(r"(?:die[sd]|perished|drowned|murió|falleci[óo])$", re.IGNORECASE)
_NO_OBJECT = re.compile(
    r"\s*(?:$|[.,;:()]|(?:in|on|during|at|as|when|by|after|while|near|and|dans|lors|en|por)\b)",
    re.IGNORECASE,
)
_NOTHING_MORE = re.compile(r"\s*(?:$|[.,;:()])|\s+(?:in|on|during|at|when|after)\b", re.IGNORECASE)


def with_single_persons(line: Line, counts: tuple[ParsedCount, ...]) -> tuple[ParsedCount, ...]:
    """Add the persons that are told as one: "killing a shepherd and wounding another"."""
    singles = [
        _one(m.start(), m.end())
        for m in _SINGLE.finditer(line.text)
        if not _NOT_SINGLE.search(line.text, max(0, m.start() - 12), m.start())
        and _is_single(line, m, counts)
    ]
    return tuple(sorted([*counts, *singles], key=lambda count: count.start))


def _one(start: int, end: int) -> ParsedCount:
    return ParsedCount(1, "exact", 1, 1, 1, start, end, start, end)


def _is_single(line: Line, found: re.Match[str], counts: tuple[ParsedCount, ...]) -> bool:
    noun = noun_after(line.text, found.end())
    last = noun.split()[-1] if noun else ""
    person = is_person(last)
    end = line.text.index(noun, found.end()) + len(noun) if person else found.end()
    if any(c.start < end and found.start() < c.end for c in counts):
        return False
    if person:
        return _has_verb_before(line, found.start()) or _has_verb_after(line, end)
    if found.group("other"):
        alone = _NOTHING_MORE.match(line.text, end) is not None
        return (alone and _has_verb_before(line, found.start())) or _has_verb_after(line, end)
    return found.group("one") is not None and _has_verb_after(line, end)


def _has_verb_before(line: Line, start: int) -> bool:
    return any(
        cue.role != "displaced"
        and not TOLD_BY_STATE.match(line.text[cue.start : cue.end])
        and _ADVERBS.fullmatch(line.text, cue.end, start)
        for cue in line.cues_between(0, start)
    )


def _has_verb_after(line: Line, end: int) -> bool:
    """Tell whether a verb follows that the person suffers: "was killed", not "killed two"."""
    auxiliary = _AUXILIARY.match(line.text, end)
    if auxiliary is None:
        return False
    for cue in line.cues:
        if cue.start == auxiliary.end():
            suffers = auxiliary.group().strip() or _DIED.search(line.text[cue.start : cue.end])
            return bool(suffers or _NO_OBJECT.match(line.text, cue.end))
    return False
