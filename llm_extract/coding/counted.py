"""What each number of a sentence counts, and whether the sentence stands by it.

"Killed 23 fighters and wounded 40, including 13 women": 23 dead, 40 wounded, 13 a part of the 40.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from llm_extract.coding.clauses import Cue, Line
from llm_extract.coding.counts import ParsedCount, find_counts
from llm_extract.coding.cues import SUBSET
from llm_extract.coding.doubt import doubt_at, doubt_of_number
from llm_extract.coding.people import (
    TOLD_BY_STATE,
    is_article,
    is_whole_of,
    may_count_people,
    noun_after,
)
from llm_extract.coding.single_persons import with_single_persons

__all__ = ["Counted", "counted_in", "doubt_at", "label_of"]


@dataclass(frozen=True, slots=True)
class Counted:
    """One number of a sentence and what it counts; offsets count the sentence's characters."""

    count: ParsedCount
    role: str | None
    """``killed``, ``injured``, ``displaced``, ``abducted``, ``detained``, or None if nothing tells."""
    noun: tuple[int, int]
    """The words after the number that name who is counted, up to the next number or clause."""
    subset: bool
    """Introduced by "including": part of a number already given."""
    doubt: str | None
    """Why the sentence does not stand by the number: ``denied``, ``hypothetical``, or None."""


@lru_cache(maxsize=2048)
def counted_in(sentence: str) -> tuple[Counted, ...]:
    """Return every number of the sentence with what it counts, in order."""
    line = _Numbers(sentence)
    found: list[Counted] = []
    for index in range(len(line.counts)):
        found.append(_counted(line, index, found))
    _share_the_verb_that_follows(line, found)
    return tuple(found)


def label_of(noun: str) -> str | None:
    """Return the words that name the group, without what follows them ("civilians in the region").

    Words that begin with a preposition are the name ("in the other camp").
    """
    found = _LABEL.match(noun)
    label = (found.group(1) if found else noun).strip()
    return label or None


# --- one sentence with its numbers --------------------------------------------------------------

_LABEL = re.compile(
    r"^\s*((?:of\s+(?:the\s+|its\s+|their\s+)?)?(?!(?:in|on|from|at|of)\b)\S.*?)"
    r"(?=\s+(?:in|on|at|from|near|of|during|after|as|with|who|by|and|to|dans|de|du|des|à|en|del"
    r"|с|в|из|у|في|من)\b|$)",
    re.IGNORECASE,
)


class _Numbers(Line):
    """A sentence with its numbers, told in figures and words, in order."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.counts = with_single_persons(self, find_counts(sentence))

    def next_number(self, index: int) -> int:
        """Return where the number after this one begins, else the end of the sentence."""
        later = self.counts[index + 1 : index + 2]
        return later[0].start if later else len(self.text)

    def counts_people(self, count: ParsedCount) -> bool:
        return may_count_people(self.text, count)


# --- what a number counts -----------------------------------------------------------------------

_BETWEEN_VERB_AND_NUMBER = re.compile(
    r"^\s*(?:(?:another|a further|the|all|of|an?|some|its|their|his|least|up to|de|d['’]|des|les|"
    r"encore|otr[oa]s|a|al|unos|unas|еще|ще|многих|by|to)\s*)*$",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:was|were|been|being|be|is|are|got|ont été|a été|été|fueron|fue|han sido|были|был|були)"
    r"(?:\s+\w+)?\s*$",
    re.IGNORECASE,
)
_OTHER_CLAUSE = re.compile(
    r"[,;:](?!\d)|\b(?:that|which|who|after|when|while|where|as|qui|que|и|و)\b", re.IGNORECASE
)
_AND = re.compile(r"\b(?:and|et|y)\s+$", re.IGNORECASE)
_LIST_GOES_ON = re.compile(r"(?:,|\b(?:and|et|y|и|та|і|й)|،|\bو)\s*$")
_NEAR = 60
"""Characters between two numbers of one list."""
_LEAD = 100
"""Characters before a number in which the words stand that introduce it."""
_MOST_BETWEEN = 12
"""Numbers that may stand between a number and its verb; more are a table, not a sentence."""


def _counted(line: _Numbers, index: int, before: list[Counted]) -> Counted:
    count = line.counts[index]
    role, verb = _role(line, index) if line.counts_people(count) else (None, None)
    if role is None and before and _goes_on(line, index):
        role = before[-1].role
    return Counted(
        count=count,
        role=role,
        noun=(count.end, _noun_end(line, count.end, line.next_number(index))),
        subset=_is_subset(line, index, before),
        doubt=doubt_of_number(line.text, count.start, verb),
    )


def _role(line: _Numbers, index: int) -> tuple[str | None, int | None]:
    """Return what the number counts, and where the word begins that tells."""
    count = line.counts[index]
    inside = line.cues_between(count.start, count.end)  # "no one was killed"
    if inside:
        return inside[0].role, None
    before = max(line.cues_between(0, count.start), key=lambda cue: cue.end, default=None)
    if before and _BETWEEN_VERB_AND_NUMBER.match(line.text[before.end : count.start]):
        return before.role, before.start
    after = _cue_after(line, index)
    if after:
        return after.role, after.start
    if before is None or TOLD_BY_STATE.match(line.text[before.start : before.end]):
        return None, None
    if is_article(line.text, count) and not _AND.search(line.text, 0, count.start):
        return None, None
    return before.role, before.start


def _cue_after(line: _Numbers, index: int) -> Cue | None:
    """Return the verb that follows; it tells more than a noun ("three refugees died")."""
    start = line.counts[index].end
    limit, is_number = _reach(line, index)
    end = line.clause_end(start, limit)
    noun: Cue | None = None
    for cue in line.cues_between(start, limit if end is None else end):
        heads_next = is_number and not line.text[cue.end : limit].strip()
        if heads_next and not _PASSIVE.search(line.text, 0, cue.start):
            continue
        if noun is not None:
            if not _OTHER_CLAUSE.search(line.clauses, noun.end, cue.start):
                return cue
        elif not TOLD_BY_STATE.match(line.text[cue.start : cue.end]):
            return cue
        elif not _OTHER_CLAUSE.search(line.clauses, start, cue.start):
            noun = cue
    return noun


def _reach(line: _Numbers, index: int) -> tuple[int, bool]:
    """Return how far the number's verb may stand, and whether the next number ends that.

    A part ("including two officers"), an aside, a thing or the whole of "seven of the nine" stands
    between a number and its verb.
    """
    own = line.counts[index]
    for later in line.counts[index + 1 : index + 1 + _MOST_BETWEEN]:
        aside = (
            re.search(r"\([^()]*$", line.text[own.end : later.start])
            or any(start < later.start < end and own.end <= start for start, end in line.asides)
            or SUBSET.search(line.text, max(0, later.start - _LEAD), later.start)
        )
        if not (aside or is_whole_of(line.text, later) or not line.counts_people(later)):
            return later.start, True
    beyond = line.counts[index + 1 + _MOST_BETWEEN :]
    return (beyond[0].start, True) if beyond else (len(line.text), False)


def _goes_on(line: _Numbers, index: int) -> bool:
    """Tell whether the number takes the role of the one before it, in the same clause."""
    count = line.counts[index]
    if not line.counts_people(count) or is_article(line.text, count):
        return False
    return line.clause_end(line.counts[index - 1].end, count.start) is None


def _share_the_verb_that_follows(line: _Numbers, found: list[Counted]) -> None:
    """Give "ten rebels" of "ten rebels and two soldiers died" the role of the two soldiers."""
    for index in range(len(found) - 2, -1, -1):
        left, right = found[index], found[index + 1]
        if left.role is not None or not line.counts_people(left.count):
            continue
        between = line.text[left.count.end : right.count.start]
        joined = len(between) < _NEAR and _LIST_GOES_ON.search(between)
        if _AMONG_THE_NEXT.search(between) or (
            joined and line.clause_end(left.count.end, right.count.start) is None
        ):
            found[index] = replace(left, role=right.role)


# --- parts of another number --------------------------------------------------------------------

_OF_THEM = re.compile(
    r"^\s*(?:\w+\s+)?(?:of (?:them|whom|these|those|the dead|the victims)|d['’]entre (?:eux|elles)"
    r"|de ellos|de ellas|de los cuales|منهم|منهن|из них|з них)\b",
    re.IGNORECASE,
)
_OF_THE = re.compile(r"\s+of the (\w{4,})", re.IGNORECASE)
_AMONG_THE_NEXT = re.compile(
    r"^[^.;,]{0,60}\b(?:were|was|are|is|being) among (?:the )?$", re.IGNORECASE
)
_WERE = re.compile(r"\s+(?:were|was|are)\s+", re.IGNORECASE)


def _is_subset(line: _Numbers, index: int, before: list[Counted]) -> bool:
    count = line.counts[index]
    return bool(
        SUBSET.search(line.text, max(0, count.start - _LEAD), count.start)
        or _part_of_them(line, index)
        or _AMONG_THE_NEXT.search(line.text[count.end : line.next_number(index)])
        or _of_those_named(line, index)
        or (before and before[-1].subset and _lists_a_part(line, before[-1].count, count))
    )


def _part_of_them(line: _Numbers, index: int) -> bool:
    """Tell whether "of them" means people counted before, and not the enemy just named."""
    found = _OF_THEM.match(line.text[line.counts[index].end :][:_NEAR])
    return found is not None and (index > 0 or not found.group().endswith("of them"))


def _of_those_named(line: _Numbers, index: int) -> bool:
    """Tell whether it is a part of those counted before: "nine soldiers ... two of the soldiers"."""
    of_the = _OF_THE.match(line.text, line.counts[index].end)
    if of_the is None:
        return False
    group = of_the.group(1).casefold()
    return any(group in noun_after(line.text, c.end).casefold() for c in line.counts[:index])


def _lists_a_part(line: _Numbers, part: ParsedCount, count: ParsedCount) -> bool:
    """Tell whether the number goes on the list that "including" or "of the dead were" began."""
    between = line.text[part.end : count.start]
    if len(between) >= _NEAR or not _LIST_GOES_ON.search(between):
        return False
    told = line.cues_between(part.end, count.start)
    if _OF_THEM.match(between) and _WERE.search(between):
        were = _WERE.match(line.text, count.end)
        return were is not None and not any(cue.start == were.end() for cue in line.cues)
    return not told and line.clause_end(part.end, count.start) is None


# --- the words that name who is counted ---------------------------------------------------------

_NOUN_END = re.compile(
    r"[,;:!?()،؛]|(?<!\b[A-Za-z])\.|\band the (?:rest|others)\b"
    r"|\b(?:and|et|y|und|while|after|when|as|but|mais|pero|и|та|і)\b(?=\s+(?:[\d\w'-]+\s+){0,3}$)"
)
_AUXILIARIES = re.compile(
    r"(?:\s+(?:were|was|are|is|have|has|had|been|being|also|reportedly|later|ont|sont|a|été|aussi"
    r"|fueron|han|sido|были|был|були|who|which|that|qui|que))+\s*$",
    re.IGNORECASE,
)


def _noun_end(line: _Numbers, start: int, end: int) -> int:
    """Return where the words that name who is counted end: before the verb or the next clause."""
    stop = _NOUN_END.search(line.text, start, end)
    last = stop.start() if stop else end
    verbs = [c.start for c in line.cues_between(start, last) if line.text[start : c.start].strip()]
    last = min(verbs, default=last)
    auxiliary = _AUXILIARIES.search(line.text, start, last)
    return auxiliary.start() if auxiliary else last
