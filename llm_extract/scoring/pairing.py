"""Which extracted record is which labelled one: one to one, by the best assignment.

Similarity is the weighted mean of what the label tells of these six, each between 0 and 1:

==========  ======  ===========================================================================
evidence    3       share of the shorter side's quoted characters that both sides quote
figure      3       a number the record is about is the same
days        2       same days 1, start and end within a day 0.5
place       2       one place named alike
parties     1       shared names over all names (Jaccard), sides aside
kind        1       share of equal enumerations asked of every model
==========  ======  ===========================================================================

What the label does not tell of is left out of the mean, except evidence. Two records are a pair
from ``LEAST`` on; among all ways to pair an article's records the one with the highest sum is
taken (scipy's linear sum assignment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llm_extract.labels.files import Span, quote_spans
from llm_extract.record import Record
from llm_extract.scoring.fields import (
    Expected,
    ScoredField,
    compare,
    expected,
    given,
    scored_fields,
)
from llm_extract.scoring.names import same_name, same_place
from llm_extract.scoring.statistics import best_assignment

LEAST = 0.4
_WEIGHTS = {"evidence": 3.0, "figure": 3.0, "days": 2.0, "place": 2.0, "parties": 1.0, "kind": 1.0}
_FIGURES = ("count", "figure", "groups")


@dataclass(slots=True)
class Wanted:
    """A labelled record, read once for all comparisons."""

    record: Mapping[str, Any]
    values: dict[ScoredField, Expected | None]
    spans: list[Span]
    """Where its quotes stand; of one that stands twice each place."""
    figures: set[int] = field(default_factory=set)
    days: list[ScoredField] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)
    kinds: list[ScoredField] = field(default_factory=list)

    @property
    def is_optional(self) -> bool:
        """Neither rewarded nor punished."""
        return self.record.get("tier") == "optional"


@dataclass(slots=True)
class Found:
    """An extracted record, read once for all comparisons."""

    record: Mapping[str, Any]
    values: dict[ScoredField, Any]
    spans: list[Span]
    figures: set[int] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled record and the extracted one that is it, by their positions."""

    wanted: int
    found: int
    similarity: float


def read_wanted(record: Mapping[str, Any], model: type[Record], text: str) -> Wanted:
    """Read a labelled record."""
    fields = scored_fields(model)
    values = {f: expected(record, f) for f in fields}
    read = Wanted(record, values, _spans(record, text))
    for scored, want in values.items():
        if want is None:
            continue
        told = [o for o in want.options if o is not None]
        if scored.kind in _FIGURES and scored.core:
            read.figures |= {o[0] for o in told} | {o[1] for i in want.items for o in i}
        elif scored.kind == "date" and scored.core and told:
            read.days.append(scored)
        elif scored.kind == "place" and scored.core:
            read.places += told
        elif scored.kind == "places" and scored.core:
            read.places += [o for i in want.items for o in i]
        elif scored.kind == "actors" and scored.core:
            read.names += want.items
        elif scored.kind == "choice" and scored.core and told:
            read.kinds.append(scored)
    return read


def read_found(record: Mapping[str, Any], model: type[Record], text: str) -> Found:
    """Read an extracted record."""
    values = {f: given(record, f) for f in scored_fields(model)}
    read = Found(record, values, _spans(record, text))
    for scored, have in values.items():
        if not scored.core or have is None:
            continue
        if scored.kind in ("count", "figure"):
            read.figures.add(have)
        elif scored.kind == "groups":
            read.figures |= {value for _, value in have}
        elif scored.kind == "place":
            read.places.append(have)
        elif scored.kind == "places":
            read.places += have
        elif scored.kind == "actors":
            read.names += have
    return read


def pair(wanted: Sequence[Wanted], found: Sequence[Found]) -> list[Pair]:
    """Pair labelled and extracted records one to one, in the order of the label."""
    if not wanted or not found:
        return []
    scores = np.array([[similarity(w, f) for f in found] for w in wanted])
    scores[scores < LEAST] = 0.0
    return [
        Pair(row, column, float(scores[row, column]))
        for row, column in best_assignment(scores)
        if scores[row, column] > 0
    ]


def similarity(wanted: Wanted, found: Found) -> float:
    """Return how alike two records are, from 0 to 1; see the table above."""
    parts = {"evidence": overlap(wanted.spans, found.spans)}
    if wanted.figures or found.figures:
        parts["figure"] = float(bool(wanted.figures & found.figures))
    if wanted.days:
        parts["days"] = _days(wanted, found)
    if wanted.places:
        parts["place"] = float(any(same_place(w, f) for w in wanted.places for f in found.places))
    if wanted.names:
        parts["parties"] = _shared_names(wanted.names, found.names)
    if wanted.kinds:
        alike = sum(compare(wanted.values[k], found.values[k], k.kind).right for k in wanted.kinds)
        parts["kind"] = alike / len(wanted.kinds)
    whole = sum(_WEIGHTS[name] for name in parts)
    return sum(_WEIGHTS[name] * value for name, value in parts.items()) / whole


def _days(wanted: Wanted, found: Found) -> float:
    best = 0.0
    for scored in wanted.days:
        outcome = compare(wanted.values[scored], found.values[scored], scored.kind)
        best = max(best, float(outcome.right), outcome.near / 2)
    return best


def _shared_names(wanted: Sequence[Sequence[str]], found: Sequence[str]) -> float:
    shared = sum(any(same_name(o, f) for o in options for f in found) for options in wanted)
    return shared / max(len(wanted), len(found))


def overlap(some: Sequence[Span], others: Sequence[Span]) -> float:
    """Return the share of the shorter side's characters that both sides hold."""
    one, two = _characters(some), _characters(others)
    shorter = min(_length(one), _length(two))
    if not shorter:
        return 0.0
    both = sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in two if a[0] < b[1])
    return min(1.0, both / shorter)


def _characters(spans: Sequence[Span]) -> list[Span]:
    """Return the spans in order, those that touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def _spans(record: Mapping[str, Any], text: str) -> list[Span]:
    evidence = record.get("evidence")
    quotes = (
        [item for item in evidence if isinstance(item, Mapping)]
        if isinstance(evidence, list)
        else []
    )
    return [span for spans in quote_spans(quotes, text) for span in spans]
