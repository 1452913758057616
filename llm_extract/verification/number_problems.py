"""Why a number of the cited text does not count what the record says it counts."""

from __future__ import annotations

import re

from llm_extract.coding.actors import CIVILIANS, REBELS, STATE
from llm_extract.coding.counted import Counted
from llm_extract.coding.cues import DISPLACED, INJURED, KILLED, covered, has
from llm_extract.coding.figures import CitedNumber, counts_homes
from llm_extract.coding.mentions import locate
from llm_extract.coding.people import PERSONS

_SIDES = ("side_a", "side_b")


def role_problem(figure: CitedNumber, role: str | None, language: str) -> str | None:
    """Return why the number does not count what the record says, or None."""
    if figure.counted.doubt == "denied":
        return "the sentence denies it"
    if figure.counted.doubt == "hypothetical":
        return "the sentence tells it as possible or planned, not as having happened"
    if role is None or figure.counted.role == role:
        return None
    if figure.counted.role is None:
        return f"nothing in the sentence says it counts the {role}" if covered(language) else None
    return f"in the sentence it counts the {figure.counted.role}, not the {role}"


_ONE_MORE_AFTER = re.compile(
    r"^[^,.;:()\d]{0,60}?\band (?:their|his|her|its|an?|another|the) "
    r"((?:[\w'’-]+ ){0,2}[\w'’-]+)",
    re.IGNORECASE,
)
_ONE_MORE_BEFORE = re.compile(
    r"\b(?:an?|the|their|his|her) ((?:[\w'’-]+ ){1,4})and\s*$", re.IGNORECASE
)


def _one_more(figure: CitedNumber) -> str | None:
    """Return who else the same verb counts without a number: "four nurses and their driver"."""
    text = " ".join(figure.sentence.text[figure.count.number_end :].split())
    after = _ONE_MORE_AFTER.match(text)
    if after and PERSONS.search(after.group(1)):
        own_verb = has(INJURED, text[: after.end() + 30]) or has(KILLED, text[: after.start(1)])
        if not own_verb:
            return after.group(1)
    lead = " ".join(figure.sentence.text[: figure.count.start].split())
    before = _ONE_MORE_BEFORE.search(lead)
    if before and PERSONS.search(before.group(1)):
        if has(INJURED, before.group()) or has(KILLED, before.group()):
            return None
        return before.group(1).strip()
    return None


_OF_THEM_MOVED = re.compile(
    r"\s*of (?:them|these|those|whom)\s+(?:(?:have|has|had|were|was|also|later|since)\s+)*",
    re.IGNORECASE,
)


def figure_problem(figure: CitedNumber, places: list[str]) -> str | None:
    """Return why the number is no figure of its own, or None.

    A sentence may give several figures, each with its own place; ``places`` are the record's own.
    A part is a figure too if it has its own verb ("300 of them fled").
    """
    if counts_homes(figure.noun):
        return "the text counts homes, not people"
    if place := _place_of_another(figure, places):
        return f"the text gives another number for {place!r}"
    if not figure.counted.subset:
        return None
    after = _OF_THEM_MOVED.match(figure.sentence.text, figure.count.end)
    if after and DISPLACED.match(figure.sentence.text, after.end()):
        return None
    return "the text gives it as a part of another number"


def whole_problem(figure: CitedNumber, role: str | None, clues: list[str]) -> str | None:
    """Return why the number is only a part of the total, or None.

    ``clues`` are the record's own phrases of time and place: "five in Homs and three in Hama"
    holds two totals, told apart by them.
    """
    if figure.counted.subset:
        return "the text gives it as a part of another number"
    if role == "killed" and (other := _one_more(figure)):
        return f"the sentence counts another beside it ({other!r})"
    value = figure.count.value
    parts = [
        s
        for s in figure.siblings
        if s.role == figure.counted.role
        and not s.subset
        and s.doubt is None
        and s.count.value is not None
        and not _same_people(figure, s)
    ]
    if not parts or (len(parts) > 1 and value == sum(s.count.value or 0 for s in parts)):
        return None
    segment = _segment(figure)
    if any(next(iter(locate(clue, segment)), None) for clue in clues):
        return None
    numbers = " and ".join(str(s.count.value) for s in parts)
    return f"the sentence gives several numbers side by side (also {numbers}); it is one part"


def _place_of_another(figure: CitedNumber, places: list[str]) -> str | None:
    """Find a place that stands with another number, where this one has a place of its own."""
    text, own = figure.sentence.text, _segment(figure)
    if not _PLACED.search(own):
        return None
    for other in figure.siblings:
        if other.role != figure.counted.role or other.subset:
            continue
        words = text[other.count.end : _segment_end(figure, other.count.end)]
        for place in places:
            if any(True for _ in locate(place, words)) and not any(
                True for _ in locate(place, own)
            ):
                return place
    return None


def adds_up(figure: CitedNumber) -> bool:
    """Tell whether the parts that stand together with this one sum up to a whole beside them."""
    parts = [figure.counted, *(s for s in figure.siblings if s.subset)]
    total = sum(p.count.value or 0 for p in parts)
    role = figure.counted.role
    wholes = [s.count.value for s in figure.siblings if not s.subset and s.role == role]
    return len(parts) > 1 and total in wholes


def shares_out(figure: CitedNumber) -> bool:
    """Tell whether the sentence shares the whole out: "eleven of the dead were recruits"."""
    return _SHARED_OUT.match(figure.sentence.text, figure.count.end) is not None


def _same_people(figure: CitedNumber, other: Counted) -> bool:
    """Tell whether one of the two restates the other in brackets: "661 families (3,966 people)"."""
    first, second = sorted((figure.counted, other), key=lambda c: c.count.start)
    between = figure.sentence.text[first.count.end : second.count.start]
    return bool(re.fullmatch(r"\s*(?:[\w-]+\s+){0,3}\(\s*(?:[\w-]+\s+){0,2}", between))


_PLACED = re.compile(
    r"\b(?:in|at|to|from|near|dans|à|en|de|в|у|из|з)\s+(?:\w+\s+)?[A-ZÀ-ÞА-ЯІЇЄ]|في\s"
)


def _segment(figure: CitedNumber) -> str:
    return figure.sentence.text[figure.count.start : _segment_end(figure, figure.count.end)]


def _segment_end(figure: CitedNumber, start: int) -> int:
    """Return where the number after ``start`` begins, else the end of the sentence."""
    numbers = [figure.counted, *figure.siblings]
    later = [n.count.start for n in numbers if n.count.start > start]
    return min(later, default=len(figure.sentence.text))


_OF_THE_DEAD = r"of (?:the |them)?(?:dead|killed|victims|wounded|injured)?\s*"
_SHARED_OUT = re.compile(rf"\s*{_OF_THE_DEAD}(?:were|was|are)\b", re.IGNORECASE)
_WERE = re.compile(
    rf"\s*(?:{_OF_THE_DEAD})?(?:were|was|are) ([\w' -]{{1,40}}?)(?=[,.;]| and\b|$)", re.IGNORECASE
)
"""What "eleven of the dead were recruits" calls the eleven."""


def label_problem(figure: CitedNumber, label: str) -> str | None:
    """Return why the number is not that of the group the label names, or None."""
    if any(True for _ in locate(label, figure.noun)):
        return None
    around = figure.sentence.text[figure.count.number_start : figure.counted.noun[1]]
    if any(True for _ in locate(label, around)):
        return None
    earlier = [s.noun[1] for s in figure.siblings if s.count.end <= figure.count.start]
    lead = figure.sentence.text[max(earlier, default=0) : figure.count.start]
    if any(not has(KILLED, lead[m.end :]) for m in locate(label, lead)):
        return None
    beside = _WERE.match(figure.sentence.text[figure.count.end :])
    if beside and any(True for _ in locate(label, beside.group(1))):
        return None
    return f"the text does not give this number for {label!r}"


def group_problem(figure: CitedNumber, group: str, sides: dict[str, list[str]]) -> str | None:
    """Return why the dead can not be those of ``group``, or None.

    ``sides`` are the record's own names; where it has none, side_a is the state's side.
    """
    noun = figure.noun.strip()
    civilian = bool(CIVILIANS.search(noun)) and not (STATE.search(noun) or REBELS.search(noun))
    state = bool(STATE.search(noun)) and not REBELS.search(noun)
    rebel = bool(REBELS.search(noun)) and not STATE.search(noun)
    if group == "civilians":
        return f"the text counts {noun!r}, not civilians" if state or rebel else None
    if group not in _SIDES:
        return None
    if civilian:
        return f"the text counts {noun!r}: civilians, not a side that fights"
    other = "side_b" if group == "side_a" else "side_a"
    if not (state or rebel):
        return None
    own, opposed = sides.get(group, []), sides.get(other, [])
    if _alike(noun, own, state):
        return None
    if _alike(noun, opposed, state):
        return f"the text counts {noun!r}, which is the other side"
    if not own and not opposed and state and group == "side_b":
        return f"the text counts {noun!r}, the state's side, which is side_a"
    return None


def _alike(noun: str, names: list[str], state: bool) -> bool:
    pattern = STATE if state else REBELS
    other = REBELS if state else STATE
    return any(pattern.search(n) and not other.search(n) for n in names) or any(
        any(True for _ in locate(n, noun)) for n in names
    )
