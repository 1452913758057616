"""One labelled record beside the extracted one that is its pair: field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llm_extract.article import Article
from llm_extract.record import Record
from llm_extract.scoring.carried import CitedWords
from llm_extract.scoring.fields import Expected, Outcome, ScoredField, compare
from llm_extract.scoring.pairing import Found, Wanted, overlap, read_found
from llm_extract.scoring.report import ComparedField, Tally

LEAST_SHARED = 0.5
"""From this share of quoted characters on, two records cite the same passage."""
_SIDES = {"side_a": "side_b", "side_b": "side_a"}


@dataclass(frozen=True, slots=True)
class Compared:
    """How the fields of one pair came out."""

    outcomes: dict[ScoredField, Outcome]
    grounded: dict[ScoredField, int]
    found: Found
    """The extracted record, with its sides as they fit the label best."""
    swapped: bool = False


def compare_pair(wanted: Wanted, found: Found, model: type[Record], article: Article) -> Compared:
    """Compare a pair; sides the other way round are tolerated, and told."""
    text = article.text
    cited = CitedWords(text, found.spans, article.published)
    own = CitedWords(text, wanted.spans, article.published)
    found, outcomes, swapped = _best_way_round(wanted, found, model, text)
    same_passage = overlap(wanted.spans, found.spans) >= LEAST_SHARED
    grounded = {
        scored: sum(
            _is_carried(hit, scored, _words(wanted, scored), cited, own) for hit in outcome.hits
        )
        for scored, outcome in outcomes.items()
        if same_passage and outcome.hits
    }
    return Compared(outcomes, grounded, found, swapped)


def _best_way_round(
    wanted: Wanted, found: Found, model: type[Record], text: str
) -> tuple[Found, dict[ScoredField, Outcome], bool]:
    outcomes = _outcomes(wanted, found)
    if not has_two_sides(found.record):
        return found, outcomes, False
    turned = read_found(_turned(found.record), model, text)
    others = _outcomes(wanted, turned)
    if _right(others) > _right(outcomes):
        return turned, others, True
    return found, outcomes, False


def has_two_sides(record: Mapping[str, Any]) -> bool:
    """Tell whether a record names parties on both sides."""
    return bool(record.get("side_a")) and bool(record.get("side_b"))


def _turned(part: Any) -> Any:
    """Return a record with its sides exchanged, wherever they are named."""
    if isinstance(part, Mapping):
        return {
            _SIDES.get(key, key): value if key == "evidence" else _turned(value)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_turned(item) for item in part]
    return _SIDES.get(part, part) if isinstance(part, str) else part


def _outcomes(wanted: Wanted, found: Found) -> dict[ScoredField, Outcome]:
    return {
        scored: compare(want, found.values[scored], scored.kind)
        for scored, want in wanted.values.items()
        if want is not None
    }


def _right(outcomes: Mapping[ScoredField, Outcome]) -> int:
    return sum(outcome.right for outcome in outcomes.values())


def _is_carried(
    hit: Any, scored: ScoredField, words: str | None, cited: CitedWords, own: CitedWords
) -> bool:
    """Tell whether the cited words carry a right value.

    Where the coder's own quotes do not carry it either (a sum, an inferred day, a name that
    stands elsewhere), citing the right passage is enough.
    """
    return cited.carry(hit, scored.kind, words) or not own.carry(hit, scored.kind, words)


def _words(wanted: Wanted, scored: ScoredField) -> str | None:
    """Return the words the coder read a day or a number from."""
    if scored.kind not in ("date", "count", "figure"):
        return None
    part: Any = wanted.record
    for step in scored.name.split("."):
        part = part.get(step) if isinstance(part, Mapping) else None
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else None


def tally(outcome: Outcome, grounded: int = 0) -> Tally:
    """Return an outcome as it is written to a report."""
    return Tally(
        right=outcome.right,
        wrong=outcome.wrong,
        missed=outcome.missed,
        spurious=outcome.spurious,
        near=outcome.near,
        grounded=grounded,
    )


def told(compared: Compared, wanted: Wanted) -> list[ComparedField]:
    """Return the fields of a pair that say anything, in words for a person."""
    fields: list[ComparedField] = []
    for scored, outcome in compared.outcomes.items():
        verdict = _verdict(outcome)
        if verdict:
            want = wanted.values[scored]
            have = compared.found.values[scored]
            fields.append(
                ComparedField(
                    field=scored.name,
                    verdict=verdict,
                    grounded=compared.grounded.get(scored, 0) == outcome.right > 0,
                    wanted=_shown(_own(want)),
                    found=_shown(have),
                )
            )
    return fields


def _own(want: Expected | None) -> Any:
    if want is None:
        return None
    if want.items or want.optional:
        return want.items + want.optional
    return want.options[0] if want.options else None


def told_alone(values: Mapping[ScoredField, Any]) -> list[ComparedField]:
    """Return what a record says that should not be there, in words for a person."""
    shown = {scored.name: _shown(value) for scored, value in values.items()}
    return [
        ComparedField(field=name, verdict="spurious", found=words)
        for name, words in shown.items()
        if words
    ]


def _verdict(outcome: Outcome) -> str:
    bad = [name for name in ("wrong", "missed", "spurious") if getattr(outcome, name)]
    if not bad:
        return "right" if outcome.right else ""
    if outcome.right:
        return "partly"
    return "near" if outcome.near else bad[0]


def _shown(value: Any) -> str:
    """Return a value as a person would write it; of alternatives the coder's own."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_shown(item[0] if isinstance(item, list) else item) for item in value)
    if isinstance(value, tuple):
        parts = [str(v) for v in value if v is not None]
        return parts[0] if len(set(parts)) == 1 else " · ".join(dict.fromkeys(parts))
    return str(value)
