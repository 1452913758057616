"""Verify records that somebody, or some other tool, has made: does the article bear them out?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from llm_extract.coding.numbered_text import NumberedText
from llm_extract.errors import InputError, UsageError
from llm_extract.record import Record, Support
from llm_extract.record_type import RecordType
from llm_extract.verification.findings import Finding
from llm_extract.verification.rules import judge

LABEL_KEYS = ("record_type", "article_id", "tier", "external_check_only", "waived")
"""Keys that say nothing about the article: which record it is, and how it is scored."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One record with the support of each value it gives, and the rules it breaks."""

    name: str
    support: dict[str, Support] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every value given is supported and no rule of severity reject fails."""
        return not any(f.severity == "reject" for f in self.findings)


def check_record(
    given: dict[str, Any], record_type: RecordType, text: NumberedText, name: str = ""
) -> Checked:
    """Judge one record; fields it does not give are not judged."""
    fields = without_label_keys(given)
    model = record_type.model
    if "location" in fields and "location" not in model.model_fields:
        place = fields.pop("location")
        if "locations" in model.model_fields:
            fields.setdefault("locations", [place])
    computed = {k: v for k, v in fields.items() if k in model.model_computed_fields}
    try:
        record = model.model_validate(fields)
    except ValidationError as error:
        problems = tuple(
            Finding("schema", "reject", ".".join(map(str, e["loc"])), e["msg"])
            for e in error.errors(include_url=False)
        )
        return Checked(name, findings=problems)
    judgement = judge(record, record_type, text)
    findings = [*judgement.findings, *_computed_otherwise(record, computed)]
    told = {finding.path for finding in findings}
    support = {
        path: how for path, how in judgement.support.items() if path in told or _gives(fields, path)
    }
    values = {path: _value_at(record, path) for path in support}
    return Checked(name, support, values, tuple(findings))


def _gives(part: Any, path: str) -> bool:
    """Tell whether the record as given has a value there; a default is nobody's claim."""
    for step in path.split("."):
        if isinstance(part, list):
            part = part[int(step)] if int(step) < len(part) else None
        else:
            part = part.get(step) if isinstance(part, dict) else None
    return part is not None


def without_label_keys(given: Any) -> Any:
    """Leave out, at any depth, what a label file says about scoring and not about the article."""
    if isinstance(given, list):
        return [without_label_keys(item) for item in given]
    if not isinstance(given, dict):
        return given
    return {
        key: without_label_keys(value)
        for key, value in given.items()
        if key not in LABEL_KEYS and not key.endswith("_acceptable")
    }


def _computed_otherwise(record: Record, given: dict[str, Any]) -> Iterator[Finding]:
    for name, value in given.items():
        right = getattr(record, name)
        if value != right:
            yield Finding("R-I1", "reject", name, f"{value!r} given, but {right!r} follows")


def _value_at(record: Record, path: str) -> Any:
    part: Any = record
    for step in path.split("."):
        if isinstance(part, list):
            part = part[int(step)] if int(step) < len(part) else None
        else:
            part = getattr(part, step, None)
    return part


def records_in(lines: Iterable[str], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each record of a JSON Lines file with its name.

    A line is one record with ``record_type``, or an extraction, whose records are taken.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name = f"{where}:{number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}: not JSON: {error}", "one JSON object a line") from error
        if not isinstance(item, dict) or "record_type" not in item:
            raise InputError(
                f"{name}: no record_type",
                'a line is {"record_type": "incident", "evidence": [{"quote": "..."}], ...}',
            )
        if "records" in item and "format" in item:
            yield from _records_of(item, name)
        else:
            yield f"{name} {item.get('id', '')}".strip(), item


def _records_of(line: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    records = line["records"]
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise InputError(f"{name}: records is not a list of objects", "was the line cut?")
    shared = {"record_type": line["record_type"], "article_id": line.get("article_id")}
    for record in records:
        yield f"{name} {record.get('id', '')}".strip(), {**record, **shared}


def belongs(record: dict[str, Any], article_id: str) -> bool:
    """Tell whether the record speaks of the article, or does not say of which."""
    given = record.get("article_id")
    if given is not None and not isinstance(given, str):
        raise UsageError(f"article_id {given!r} is not a string")
    return given in (None, article_id)
