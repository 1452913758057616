"""Small labelled articles for tests of scoring: a text, what a coder says, what was extracted."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

from llm_extract.article import Article
from llm_extract.labels.files import Label, LabelFile

TEXT = (
    "On Monday, gunmen raided a post near Djibo, police said. "
    "The attack killed two soldiers and nine gunmen. "
    "On Tuesday, a mortar shell killed a woman in Arbinda. "
    "Some 300 families fled Arbinda, the mayor said. "
    "The conflict has killed more than 20,000 people since 2015. "
    "The army denied that a clinic was hit."
)
PUBLISHED = dt.date(2024, 3, 13)
RAID: dict[str, Any] = {
    "record_type": "incident",
    "id": "inc-1",
    "tier": "required",
    "sub_event_type": "Armed clash",
    "date": {"text": "On Monday", "start": "2024-03-11", "end": "2024-03-11", "precision": "day"},
    "location": {"text": "near Djibo", "kind": "populated_place", "relation": "near"},
    "side_a": [{"name_reported": "soldiers"}],
    "side_b": [{"name_reported": "gunmen"}],
    "fatalities": {
        "total": {"text": None, "value": 11, "qualifier": "derived_sum"},
        "by_group": [
            {"text": "two soldiers", "value": 2, "qualifier": "exact", "group": "side_a"},
            {"text": "nine gunmen", "value": 9, "qualifier": "exact", "group": "side_b"},
        ],
        "subsets": [],
    },
    "source": {"name_reported": "police"},
    "evidence": [
        {"quote": "On Monday, gunmen raided a post near Djibo, police said."},
        {"quote": "The attack killed two soldiers and nine gunmen."},
    ],
}
SHELL: dict[str, Any] = {
    "record_type": "incident",
    "id": "inc-2",
    "tier": "required",
    "sub_event_type": "Shelling/artillery/missile attack",
    "date": {"text": "On Tuesday", "start": "2024-03-12", "end": "2024-03-12", "precision": "day"},
    "location": {"text": "in Arbinda", "kind": "populated_place", "relation": "in"},
    "side_a": [],
    "side_b": [{"name_reported": "a woman"}],
    "fatalities": {
        "total": {"text": "a woman", "value": 1, "qualifier": "exact"},
        "by_group": [{"text": "a woman", "value": 1, "qualifier": "exact", "group": "civilians"}],
        "subsets": [],
    },
    "source": None,
    "evidence": [{"quote": "On Tuesday, a mortar shell killed a woman in Arbinda."}],
}
FLIGHT: dict[str, Any] = {
    "record_type": "displacement",
    "id": "dis-1",
    "tier": "required",
    "figure": {
        "text": "Some 300 families",
        "value": 300,
        "quantifier": "approximately",
        "unit": "household",
    },
    "date": {"text": None, "precision": "unknown"},
    "locations": [{"text": "Arbinda"}],
    "cause": "conflict",
    "source": {"name_reported": "the mayor"},
    "evidence": [{"quote": "Some 300 families fled Arbinda, the mayor said."}],
}
TOLL: dict[str, Any] = {
    "id": "agg-1",
    "scope": "conflict_total",
    "text": "more than 20,000 people",
    "value": 20000,
    "qualifier": "more_than",
    "evidence": [{"quote": "The conflict has killed more than 20,000 people since 2015."}],
}
DENIAL: dict[str, Any] = {
    "text": "The army denied that a clinic was hit",
    "reason": "denied",
    "would_be": "incident",
}


def label(
    *records: dict[str, Any],
    article_id: str = "a",
    text: str = TEXT,
    types: tuple[str, ...] = ("displacement", "incident"),
    **more: Any,
) -> Label:
    """A label of an article, with the toll and the denial of ``TEXT`` unless told otherwise."""
    bins = {"aggregate_tolls": [TOLL], "excluded_mentions": [DENIAL]} if text == TEXT else {}
    file = LabelFile.model_validate(
        {"article": f"{article_id}.md", "record_types": list(types), "records": list(records)}
        | bins
        | more
    )
    article = Article(id=article_id, text=text, published=PUBLISHED, language="en")
    return Label(Path("labels") / f"{article_id}.json", file, article)


def lines(*records: dict[str, Any], article_id: str = "a") -> list[dict[str, Any]]:
    """Extraction lines of one article that hold copies of these records."""
    return [
        {
            "article_id": article_id,
            "record_type": name,
            "state": "ok",
            "records": [copy.deepcopy(r) for r in records if r["record_type"] == name],
        }
        for name in ("displacement", "incident")
    ]


def changed(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a record with another value at a path like ``fatalities.by_group.0.value``."""
    new = copy.deepcopy(record)
    *steps, last = path.split(".")
    part: Any = new
    for step in steps:
        part = part[int(step)] if isinstance(part, list) else part[step]
    if isinstance(part, list):
        part[int(last)] = value
    else:
        part[last] = value
    return new
