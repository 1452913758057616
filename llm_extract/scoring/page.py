"""A report as one HTML file: it asks nothing of a network, and no word of an article is markup.

The page is ``page/report.html`` with its style, script and data put in. The data are JSON in a
script element that is not run; ``page/report.js`` draws them as text. The policy of the page lets
exactly this style and this script act, known by their hashes, and nothing be fetched.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Any

from llm_extract.labels.files import Label
from llm_extract.scoring.figures import COLUMNS, FIGURES, counts_of
from llm_extract.scoring.report import ArticleScore, ComparedRecord, Report
from llm_extract.scoring.tables import TITLES

# Each article's tallies by field are summed in `Report.fields`; the page shows them only there.
_NOT_DRAWN = {"articles": {"__all__": {"types": {"__all__": {"fields"}}}}}
_OUTCOMES = ("right", "wrong", "missed", "spurious")
_ASIDE = frozenset({"record_type", "id", "tier", "evidence", "waived", "notes", "basis"})
"""Keys of a label that say no value of the record."""


def report_page(report: Report, labels: Sequence[Label]) -> str:
    """Return a report as one HTML file, with the articles that ``labels`` give the text of."""
    by_id = {label.id: label for label in labels}
    places = {score.article_id: place for place, score in enumerate(report.articles)}
    data = {
        "titles": TITLES,
        "report": report.model_dump(mode="json", exclude=_NOT_DRAWN),
        "articles": [
            {"score": places[score.article_id], **_drawn(score, by_id.get(score.article_id))}
            for score in worst_first(report.articles)
        ],
    }
    style, script = _part("report.css"), _part("report.js")
    # A template is filled in one pass: what an article says is not looked at for placeholders.
    return Template(_part("report.html")).substitute(
        policy=_policy(style, script), style=style, script=script, data=_embedded(data)
    )


def _part(name: str) -> str:
    return (files("llm_extract.scoring") / "page" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
        f" style-src {_source(style)}; script-src {_source(script)}"
    )


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _embedded(data: Mapping[str, Any]) -> str:
    """Return JSON that can neither end its script element nor fail to be written as UTF-8."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


# The order of the articles ----------------------------------------------------------------------


def worst_first(scores: Sequence[ArticleScore]) -> list[ArticleScore]:
    """Order articles by value F1, then by errors; those about which there is nothing come last."""
    return sorted(scores, key=_badness)


def _badness(score: ArticleScore) -> tuple[bool, float, int, str]:
    value, errors = _value_f1(score), sum(_errors(score).values())
    if value is None:
        value = 0.0 if errors else 1.0
    return not score.records, value, -errors, score.article_id


def _value_f1(score: ArticleScore) -> float | None:
    sums = counts_of([score])[0]
    value = float(FIGURES["value_f1"][0](lambda column: sums[..., COLUMNS.index(column)]))
    return None if math.isnan(value) else value


def _errors(score: ArticleScore) -> dict[str, int]:
    """Return, for each record type, the records missed or spurious and the values not right."""
    return {
        name: sum(t.wrong + t.missed + t.spurious for t in (of.records, *of.fields.values()))
        for name, of in score.types.items()
    }


# What is drawn of an article --------------------------------------------------------------------


def _drawn(score: ArticleScore, label: Label | None) -> dict[str, Any]:
    tallies = [tally for of in score.types.values() for tally in of.fields.values()]
    return {
        "text": label.article.text if label else None,
        "value_f1": _value_f1(score),
        "values": {name: sum(getattr(tally, name) for tally in tallies) for name in _OUTCOMES},
        "errors": _errors(score),
        "labelled": [_labelled(record, label) for record in score.records],
    }


def _labelled(record: ComparedRecord, label: Label | None) -> list[tuple[str, str]]:
    """Return what the label says, of a record the report only names: one that was not found."""
    if record.fields or record.wanted_id is None or label is None:
        return []
    named = [r for r in label.records(record.record_type) if r.get("id") == record.wanted_id]
    return list(_told(named[0])) if named else []


def _told(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a labelled record in words; of alternatives the coder's own."""
    for key, value in _own(part).items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and _holds_parts(value):
            yield from _told(value, name)
        elif words := _words(value):
            yield name, words


def _own(part: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in part.items() if k not in _ASIDE and not k.endswith("_acceptable")}


def _holds_parts(part: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Mapping | list) for value in _own(part).values())


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = (_words(member) for member in _own(value).values())
        return " · ".join(dict.fromkeys(filter(None, parts)))
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
