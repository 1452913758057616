"""How far two coders of the same articles agree, field by field, beyond chance.

Records of the two are paired as records and labels are (``pairing``); fields are compared on the
pairs. For enumerations: Cohen's kappa on the values each coder put first, "nothing told" among
them. For all other fields: Krippendorff's alpha for two coders, with the distance 0 where the
values agree, alternatives included, and 1 where they do not; for lists 1 less the share of items
both have. Sources: Cohen 1960; Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from llm_extract.labels.files import Json, Label
from llm_extract.record import Record
from llm_extract.record_type import find_record_type
from llm_extract.scoring.fields import Expected, ScoredField, compare
from llm_extract.scoring.pairing import Found, Wanted, pair, read_found, read_wanted
from llm_extract.scoring.report import Line

_MOST_VALUES = 400
"""Most values taken to tell how often values agree by chance; pairs grow with the square."""


class FieldAgreement(Line):
    """How far two coders agree on one field."""

    record_type: str
    field: str
    measure: str
    """kappa or alpha."""
    value: float | None
    """None: both always give the same one value, so chance cannot be told from agreement."""
    agree: int
    n: int
    """Pairs of records in which both speak of an enumeration, or one says another value."""


class Disagreement(Line):
    """One place where two coders differ."""

    article_id: str
    record_type: str
    a: str | None
    """Id of A's record; None if A has none."""
    b: str | None
    field: str = ""
    values: tuple[str, str] = ("", "")


class Agreement(Line):
    """How far two coders agree."""

    a: str
    b: str
    articles: int
    only_a: list[str]
    only_b: list[str]
    records: dict[str, tuple[int, int, int]]
    """Record type → records of both, of A only, of B only."""
    fields: list[FieldAgreement]
    disagreements: list[Disagreement]


@dataclass(frozen=True, slots=True)
class Coded:
    """What one coder says of one field of one record."""

    expected: Expected
    given: Any


def agreement(
    a: Sequence[Label],
    b: Mapping[str, Sequence[Json]],
    *,
    names: tuple[str, str],
    types_dir: Path | None = None,
) -> Agreement:
    """Compare coder A with the records another coder (or a model) has for the same articles.

    ``b`` holds the records by the article's id.
    """
    shared = [label for label in a if label.id in b]
    result = Agreement(
        a=names[0],
        b=names[1],
        articles=len(shared),
        only_a=sorted({label.id for label in a} - b.keys()),
        only_b=sorted(b.keys() - {label.id for label in a}),
        records={},
        fields=[],
        disagreements=[],
    )
    for name in sorted({n for label in shared for n in label.file.record_types}):
        model = find_record_type(name, types_dir).model
        _one_type(result, name, model, shared, b)
    return result


def _one_type(
    result: Agreement,
    record_type: str,
    model: type[Record],
    labels: Sequence[Label],
    b: Mapping[str, Sequence[Json]],
) -> None:
    values: dict[ScoredField, list[tuple[Coded, Coded]]] = {}
    both = only_a = only_b = 0
    for label in labels:
        text = label.article.text
        ours = [_read(r, model, text) for r in label.records(record_type)]
        theirs = [_read(r, model, text) for r in b[label.id] if r.get("record_type") == record_type]
        pairs = pair([w for w, _ in ours], [f for _, f in theirs])
        both += len(pairs)
        only_a += len(ours) - len(pairs)
        only_b += len(theirs) - len(pairs)
        for found in pairs:
            _collect(result, label.id, record_type, ours[found.wanted], theirs[found.found], values)
        matched = {p.wanted for p in pairs}, {p.found for p in pairs}
        result.disagreements += [
            _alone(label.id, record_type, a=w.record) for i, (w, _) in enumerate(ours)
            if i not in matched[0]
        ] + [
            _alone(label.id, record_type, b=w.record) for i, (w, _) in enumerate(theirs)
            if i not in matched[1]
        ]  # fmt: skip
    result.records[record_type] = (both, only_a, only_b)
    result.fields += [_field(record_type, scored, pairs) for scored, pairs in values.items()]


def _read(record: Mapping[str, Any], model: type[Record], text: str) -> tuple[Wanted, Found]:
    return read_wanted(record, model, text), read_found(record, model, text)


def _alone(
    article_id: str,
    record_type: str,
    *,
    a: Mapping[str, Any] | None = None,
    b: Mapping[str, Any] | None = None,
) -> Disagreement:
    return Disagreement(
        article_id=article_id,
        record_type=record_type,
        a=str(a.get("id")) if a else None,
        b=str(b.get("id")) if b else None,
    )


def _collect(
    result: Agreement,
    article_id: str,
    record_type: str,
    ours: tuple[Wanted, Found],
    theirs: tuple[Wanted, Found],
    values: dict[ScoredField, list[tuple[Coded, Coded]]],
) -> None:
    for scored, mine in ours[0].values.items():
        other = theirs[0].values[scored]
        if mine is None or other is None:
            continue  # one of the two does not speak of this field
        one = Coded(mine, ours[1].values[scored])
        two = Coded(other, theirs[1].values[scored])
        if scored.kind != "choice" and not _says_anything(one) and not _says_anything(two):
            continue
        values.setdefault(scored, []).append((one, two))
        if distance(one, two, scored) > 0:
            result.disagreements.append(
                Disagreement(
                    article_id=article_id,
                    record_type=record_type,
                    a=str(ours[0].record.get("id")),
                    b=str(theirs[0].record.get("id")),
                    field=scored.name,
                    values=(str(one.given), str(two.given)),
                )
            )


def _says_anything(coded: Coded) -> bool:
    return coded.given not in (None, [])


def distance(one: Coded, two: Coded, scored: ScoredField) -> float:
    """Return how far two coders' values are apart, from 0 to 1, alternatives included."""
    return min(_apart(one.expected, two.given, scored), _apart(two.expected, one.given, scored))


def _apart(want: Expected, have: Any, scored: ScoredField) -> float:
    outcome = compare(want, have, scored.kind)
    apart = outcome.missed + outcome.spurious + outcome.wrong
    return apart / (apart + outcome.right) if apart else 0.0


def _field(
    record_type: str, scored: ScoredField, pairs: Sequence[tuple[Coded, Coded]]
) -> FieldAgreement:
    if scored.kind == "choice":
        measure, value = "kappa", kappa([(a.given, b.given) for a, b in pairs])
    else:
        measure, value = "alpha", alpha(pairs, lambda a, b: distance(a, b, scored))
    return FieldAgreement(
        record_type=record_type,
        field=scored.name,
        measure=measure,
        value=value,
        agree=sum(distance(a, b, scored) == 0 for a, b in pairs),
        n=len(pairs),
    )


def kappa(pairs: Sequence[tuple[Any, Any]]) -> float | None:
    """Return Cohen's kappa of two coders' nominal values; None where chance agreement is 1."""
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[value] * second[value] for value in first) / n**2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def alpha(pairs: Sequence[tuple[Any, Any]], apart: Callable[[Any, Any], float]) -> float | None:
    """Return Krippendorff's alpha of two coders without missing values, for any distance.

    1 less observed over expected disagreement; the expected one is the mean distance of all
    pairs of values, of both coders and all units together. None where it is 0.
    """
    observed = sum(apart(a, b) for a, b in pairs) / len(pairs)
    pool = [value for two in pairs for value in two]
    step = max(1, len(pool) // _MOST_VALUES)
    distances = [apart(x, y) for x, y in combinations(pool[::step], 2)]
    expected = sum(distances) / len(distances)
    return None if expected == 0 else 1 - observed / expected
