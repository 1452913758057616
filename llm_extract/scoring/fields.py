"""Which fields of a record type are scored, and when a value is right.

The fields follow from the schema alone, so that a record type of one's own is scored as the
built-in ones are. A label that does not have a key says nothing about it: that field is not
scored. A key that is null says that the article tells nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from llm_extract.coding.counts import bounds
from llm_extract.labels.files import alternatives
from llm_extract.record import (
    Actor,
    Asked,
    Copied,
    Count,
    DateRef,
    Figure,
    GroupCount,
    Place,
    Record,
    SourceAttribution,
    Subset,
)
from llm_extract.scoring.names import same_name, same_place, same_words

Kind = Literal[
    "date", "count", "figure", "groups", "subsets", "place", "places", "actors", "roles",
    "source", "words", "phrases", "choice", "choices",
]  # fmt: skip
_NOT_SCORED = frozenset({"sentences", "summary", "assertion"})
_NOTHING = (None, "unclear", "unknown", "none", False)
"""What an enumeration says when the text tells nothing."""
_DAY = dt.timedelta(days=1)
_ABSENT = object()
_LISTS = ("groups", "subsets", "places", "actors", "roles", "phrases", "choices")


@dataclass(frozen=True, slots=True)
class ScoredField:
    """One field of a record type, by the path of its value."""

    name: str
    kind: Kind
    core: bool
    """Asked of every model, or what the record is about; the headline counts only these."""
    key: str = ""
    """Of a list of parts: the member that is compared."""
    steps: tuple[str, ...] = field(init=False, compare=False)
    """Where the value stands in a record; that of roles is the list of their parties."""

    def __post_init__(self) -> None:
        steps = tuple(self.name.split("."))
        object.__setattr__(self, "steps", steps[:-1] if self.kind == "roles" else steps)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the values of one field came out; of a single value one of the four is 1."""

    right: int = 0
    wrong: int = 0
    """Given, but not what the label says: counts as missed and as spurious."""
    missed: int = 0
    spurious: int = 0
    near: int = 0
    """Right, or within a day, or within the bounds of the count."""
    hits: tuple[Any, ...] = ()
    """The values given that are right."""


@dataclass(slots=True)
class Expected:
    """What a label says of one field."""

    options: list[Any]
    """All right values, the coder's own first; None for "the text does not tell"."""
    items: list[list[Any]] = field(default_factory=list)
    """Of a list: for each item its right wordings."""
    optional: list[list[Any]] = field(default_factory=list)
    """Items that may stand there or not."""


@cache
def scored_fields(model: type[Record]) -> tuple[ScoredField, ...]:
    """Return the fields of a record type that are scored, in the order of the schema.

    What follows from another field (the event type from the sub-event type) is not scored twice.
    """
    return tuple(_fields(model, "", core=True))


def _fields(model: type[BaseModel], path: str, *, core: bool) -> Iterator[ScoredField]:
    about: tuple[str, ...] = getattr(model, "figure_paths", ())
    for name, info in model.model_fields.items():
        mark = next((m for m in info.metadata if isinstance(m, Asked)), None)
        if mark is None or (not path and name in _NOT_SCORED):
            continue
        here = f"{path}.{name}" if path else name
        copied = any(isinstance(m, Copied) for m in info.metadata)
        is_figure = path in about or here in about or name in ("total", "by_group")
        yield from _field(here, info.annotation, core and (mark.core or is_figure), copied)


def _field(name: str, annotation: Any, core: bool, copied: bool) -> Iterator[ScoredField]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        inner = [a for a in arguments if a is not NoneType]
        if len(inner) == 1:
            yield from _field(name, inner[0], core, copied)
    elif origin is list:
        yield from _list_field(name, arguments[0], core, copied)
    elif origin is Literal or annotation in (bool, int):
        yield ScoredField(name, "choice", core)
    elif annotation is str:
        if copied:
            yield ScoredField(name, "words", core)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _part(name, annotation, core)


_PARTS: tuple[tuple[type[BaseModel], Kind], ...] = (
    (DateRef, "date"),
    (Count, "count"),
    (Figure, "figure"),
    (Place, "place"),
    (SourceAttribution, "source"),
)


def _part(name: str, part: type[BaseModel], core: bool) -> Iterator[ScoredField]:
    for kind_of, kind in _PARTS:
        if issubclass(part, kind_of):
            yield ScoredField(name, kind, core)
            if kind == "figure":
                yield ScoredField(f"{name}.unit", "choice", core)
                yield ScoredField(f"{name}.quantifier", "choice", core=False)
            elif kind == "count":
                yield ScoredField(f"{name}.qualifier", "choice", core=False)
            elif kind in ("place", "source"):
                yield ScoredField(f"{name}.kind", "choice", core=False)
            return
    yield from _fields(part, name, core=core)


def _list_field(name: str, item: Any, core: bool, copied: bool) -> Iterator[ScoredField]:
    if get_origin(item) is Literal:
        yield ScoredField(name, "choices", core)
    elif item is str:
        if copied:
            yield ScoredField(name, "phrases", core)
    elif isinstance(item, type) and issubclass(item, GroupCount):
        yield ScoredField(name, "groups", core)
    elif isinstance(item, type) and issubclass(item, Subset):
        yield ScoredField(name, "subsets", core)
    elif isinstance(item, type) and issubclass(item, Place):
        yield ScoredField(name, "places", core)
    elif isinstance(item, type) and issubclass(item, Actor):
        yield ScoredField(name, "actors", core)
        if "role" in item.model_fields:
            yield ScoredField(f"{name}.role", "roles", core, key="role")
    elif isinstance(item, type) and issubclass(item, BaseModel):
        first = next(iter(item.model_fields))
        yield ScoredField(name, "choices", core, key=first)


# Reading values ---------------------------------------------------------------------------------


def given(record: Mapping[str, Any], scored: ScoredField) -> Any:
    """Return what an extraction's record says of a field, None for nothing, [] for no items."""
    value: Any = record
    for step in scored.steps:
        value = value.get(step) if isinstance(value, dict) else None
    if scored.kind in _LISTS:
        return _given_items(value, scored)
    return _single(value, scored.kind)


def expected(label: Mapping[str, Any], scored: ScoredField) -> Expected | None:
    """Return what a label says of a field; None when it does not speak of it."""
    part: Any = label
    *above, key = scored.steps
    for step in above:
        part = part.get(step, _ABSENT) if isinstance(part, dict) else part
    if part is None:
        return Expected([None])  # the whole part is null: the text tells none of it
    if not isinstance(part, dict) or key not in part:
        return None
    if scored.kind in _LISTS:
        return _expected_items(part.get(key), scored)
    options = [o for a in alternatives(part, key) for o in _options(a, scored.kind)]
    return Expected(options)


def _single(value: Any, kind: Kind) -> Any:
    if kind == "choice":
        return None if value in _NOTHING else value
    if kind == "words":
        return value if isinstance(value, str) and value.strip() else None
    if not isinstance(value, dict):
        return None
    if kind == "date":
        return _days(value)
    if kind in ("count", "figure"):
        return value.get("value")
    return value.get("text" if kind == "place" else "name_reported") or None


def _days(value: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    start, end = _day(value.get("start")), _day(value.get("end"))
    first = start or end
    return None if first is None else (first, end or first)


@cache
def _iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _day(value: Any) -> dt.date | None:
    return value if isinstance(value, dt.date) else _iso(value) if isinstance(value, str) else None


def _options(value: Any, kind: Kind) -> Iterator[Any]:
    """Yield the right values one alternative of a label stands for."""
    if not isinstance(value, dict):
        yield _single(value, kind)
    elif kind == "date":
        for start in alternatives(value, "start"):
            for end in alternatives(value, "end"):
                yield _days({"start": start, "end": end})
    elif kind == "count":
        for number in alternatives(value, "value"):
            low, _, high = bounds(value.get("qualifier", "exact"), number)
            yield None if number is None else (number, low, high)
    elif kind == "figure":
        for number in alternatives(value, "value"):
            yield None if number is None else (number, None, None)
    else:
        key = "text" if kind == "place" else "name_reported"
        yield from alternatives(value, key)
        if value.get("name_normalized"):
            yield value["name_normalized"]


def _given_items(value: Any, scored: ScoredField) -> list[Any]:
    found: list[Any] = []
    for item in value if isinstance(value, list) else ():
        if scored.kind in ("groups", "subsets"):
            if isinstance(item, dict) and item.get("value") is not None:
                found.append((item.get("group"), item["value"]))
                # Dead of a group not told are no group: the total has them.
                found = [f for f in found if f[0] != "unknown"]
        elif scored.kind == "roles":
            if isinstance(item, dict):
                found.append((item.get("name_reported"), item.get("role")))
        elif isinstance(item, dict):
            key = scored.key or ("text" if scored.kind == "places" else "name_reported")
            found.append(item.get(key))
        else:
            found.append(item)
    if scored.kind == "choices":
        found = list(dict.fromkeys(found))
    return [item for item in found if item not in _NOTHING]


def _expected_items(value: Any, scored: ScoredField) -> Expected:
    found = Expected([])
    for item in value if isinstance(value, list) else ():
        options = list(_item_options(item, scored))
        told = [o for o in options if not (scored.kind == "groups" and o[0] == "unknown")]
        if told:
            is_optional = isinstance(item, dict) and item.get("tier") == "optional"
            (found.optional if is_optional or told != options else found.items).append(told)
    return found


def _item_options(item: Any, scored: ScoredField) -> Iterator[Any]:
    if not isinstance(item, dict):
        if item not in _NOTHING:
            yield item
    elif scored.kind in ("groups", "subsets"):
        groups = alternatives(item, "group") if scored.kind == "groups" else [None]
        for number in alternatives(item, "value"):
            for group in groups if number is not None else ():
                yield group, number
    elif scored.kind in ("actors", "roles"):
        names = [*alternatives(item, "name_reported"), item.get("name_normalized")]
        roles = alternatives(item, "role") if scored.kind == "roles" else [None]
        for name in names:
            for role in roles if name else ():
                yield (name, role) if scored.kind == "roles" else name
    else:
        key = scored.key or "text"
        yield from (o for o in [*alternatives(item, key), item.get("name_normalized")] if o)


# Comparing --------------------------------------------------------------------------------------


def compare(want: Expected | None, have: Any, kind: Kind) -> Outcome:
    """Say how what was given fits what the label says."""
    if want is None:
        return _NO_OUTCOME
    if kind in _LISTS:
        return _compare_items(want, have, kind)
    if have is None:
        return _NO_OUTCOME if None in want.options else _MISSED
    if any(option is not None and _fits(option, have, kind) for option in want.options):
        return Outcome(right=1, near=1, hits=(have,))
    if want.options[0] is None:
        return _SPURIOUS
    near = any(option is not None and _is_near(option, have, kind) for option in want.options)
    return _NEAR if near else _WRONG


_NO_OUTCOME = Outcome()
_MISSED = Outcome(missed=1)
_SPURIOUS = Outcome(spurious=1)
_NEAR = Outcome(wrong=1, near=1)
_WRONG = Outcome(wrong=1)


def only_wanted(want: Expected | None, kind: Kind) -> Outcome:
    """Say what is lost of a record that was not found."""
    return compare(want, [] if kind in _LISTS else None, kind)


def only_given(have: Any, kind: Kind) -> Outcome:
    """Say what is wrong with a record that should not be there."""
    if kind in _LISTS:
        return Outcome(spurious=len(have)) if have else _NO_OUTCOME
    return _NO_OUTCOME if have is None else _SPURIOUS


def _fits(option: Any, have: Any, kind: Kind) -> bool:
    if kind in ("count", "figure"):
        return bool(option[0] == have)
    if kind == "place":
        return same_place(option, have)
    if kind == "source":
        return same_name(option, have)
    if kind == "words":
        return same_words(option, have)
    return bool(option == have)


def _is_near(option: Any, have: Any, kind: Kind) -> bool:
    if kind == "date":
        return all(abs(a - b) <= _DAY for a, b in zip(option, have, strict=True))
    if kind == "count":
        _, low, high = option
        if low is None and high is None:
            return False
        return (low is None or have >= low) and (high is None or have <= high)
    return False


def _compare_items(want: Expected, have: Sequence[Any], kind: Kind) -> Outcome:
    left = list(have)
    hits = [hit for options in want.items for hit in _take(left, options, kind)]
    missed = len(want.items) - len(hits)
    wrong = 0
    if kind in ("groups", "subsets") and missed:
        # Another number for the same group is a wrong value, not a missed and a spurious one.
        unmet = [o for o in want.items if not any(_item_fits(o, h, kind) for h in have)]
        for options in unmet:
            same = next((h for h in left if h[0] in {group for group, _ in options}), None)
            if same is not None:
                left.remove(same)
                wrong += 1
    for options in want.optional:
        _take(left, options, kind)
    right = len(hits)
    return Outcome(right, wrong, max(0, missed - wrong), len(left), right, tuple(hits))


def _take(left: list[Any], options: Sequence[Any], kind: Kind) -> list[Any]:
    """Take the first item that fits away from those left, and return it, or none."""
    found = [item for item in left if _item_fits(options, item, kind)][:1]
    for item in found:
        left.remove(item)
    return found


def _item_fits(options: Sequence[Any], item: Any, kind: Kind) -> bool:
    if kind == "places":
        return any(same_place(option, item) for option in options)
    if kind in ("actors", "phrases"):
        return any(same_name(option, item) for option in options)
    if kind == "roles":
        return any(
            role == item[1] and isinstance(item[0], str) and same_name(name, item[0])
            for name, role in options
        )
    return item in options
