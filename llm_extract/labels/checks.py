"""Does a label hold? Quotes, copied words, values, alternatives, arithmetic and the rules."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from llm_extract.checking import LABEL_KEYS, check_record, without_label_keys
from llm_extract.coding.counts import parse_count
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.errors import TypeDefinitionError
from llm_extract.labels.files import Label
from llm_extract.record import AggregateToll, ExcludedMention, ExclusionReason, Part
from llm_extract.record_type import RecordType, find_record_type
from llm_extract.verification.findings import Finding

TRAPS = (
    "total_and_parts",
    "subset",
    "repeated_mention",
    "several_sources",
    "translation_noise",
    "name_variants",
    "metonym",
    "background",
    "planned_or_hypothetical",
    "denial_or_contradiction",
    "dateline",
    "borrowed_date",
    "glued_number",
)
"""Tags of the difficulties an article holds; told in seeds/README.md. Others may be used too."""

_TIERS = ("required", "optional")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not hold in a label file."""

    where: str
    """The record's id and the path of the value, as ``inc-1 date.start``."""
    rule: str
    """A rule of the codebook, or ``label``."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule} {self.message}"


def check_label(label: Label, types_dir: Path | None = None) -> list[Problem]:
    """Return everything that does not hold, in the order of the file."""
    problems = list(_header(label, types_dir))
    text = NumberedText.of(label.article)
    for index, record in enumerate(label.file.records):
        name = str(record.get("id") or f"records.{index}")
        problems += _record(name, record, label, text, types_dir)
    problems += _bins(label)
    ids = Counter(str(r.get("id")) for r in label.file.records)
    problems += [
        Problem(name, "label", "this id is given twice") for name, n in ids.items() if n > 1
    ]
    return problems


def _header(label: Label, types_dir: Path | None) -> Iterator[Problem]:
    if label.article.published is None:
        yield Problem("published", "label", "no publication date, in the article or the label")
    for name in label.file.record_types:
        try:
            find_record_type(name, types_dir)
        except TypeDefinitionError as error:
            yield Problem("record_types", "label", f"{error.message}; {error.hint}")
    tagged = label.article.extra.get("traps")
    if tagged is not None and sorted(tagged) != sorted(label.file.traps):
        yield Problem("traps", "label", f"the article's front matter has {tagged}")


def _record(
    name: str,
    record: Mapping[str, Any],
    label: Label,
    text: NumberedText,
    types_dir: Path | None,
) -> Iterator[Problem]:
    type_name = record.get("record_type")
    if type_name not in label.file.record_types:
        yield Problem(name, "label", f"record_type {type_name!r} is not among `record_types`")
        return
    if record.get("tier") not in _TIERS:
        tiers = " or ".join(_TIERS)
        yield Problem(name, "label", f"tier {record.get('tier')!r}; a record is {tiers}")
    try:
        record_type = find_record_type(str(type_name), types_dir)
    except TypeDefinitionError:
        return  # told for the header
    yield from _quotes(name, record.get("evidence"), label.article.text)
    yield from _alternatives(name, record, record_type)
    checked = check_record(dict(record), record_type, text)
    rejected = {
        (f.rule, f.path): f
        for f in checked.findings
        if f.severity == "reject" and not _said_elsewhere(f, checked.values, label.article.text)
    }
    for waiver in record.get("waived", ()):
        if not {"rule", "path", "reason"} <= set(waiver) or not str(waiver["reason"]).strip():
            yield Problem(name, "label", "a waiver has `rule`, `path` and `reason`")
        elif rejected.pop((waiver["rule"], waiver["path"]), None) is None:
            yield Problem(
                f"{name} {waiver['path']}", "label", f"{waiver['rule']} is waived but holds"
            )
    for finding in rejected.values():
        yield Problem(f"{name} {finding.path}".strip(), finding.rule, finding.message)


def _said_elsewhere(finding: Finding, values: Mapping[str, Any], text: str) -> bool:
    """Tell whether it is only that a name stands outside the quotes.

    A coder knows who "the same source" is; R-E3 asks of her that the article says the name.
    """
    value = values.get(finding.path)
    return finding.rule == "R-E3" and isinstance(value, str) and value in text


def _quotes(name: str, evidence: Any, text: str) -> Iterator[Problem]:
    if not isinstance(evidence, list) or not evidence:
        yield Problem(name, "R-E1", "the record quotes nothing")
        return
    for index, item in enumerate(evidence):
        quote = item.get("quote") if isinstance(item, dict) else None
        where = f"{name} evidence.{index}"
        if not isinstance(quote, str) or quote not in text:
            yield Problem(where, "R-E1", f"not an exact substring of the article: {quote!r}")
        elif (at := item.get("char_start")) is not None and text[at : at + len(quote)] != quote:
            yield Problem(where, "R-E1", f"the quote does not stand at {at}")


def _alternatives(
    name: str, record: Mapping[str, Any], record_type: RecordType
) -> Iterator[Problem]:
    """Put each alternative in the place of its value: the record must still be one."""
    bare = without_label_keys(record)
    if _schema_problems(bare, record_type.model):
        return  # told with the record itself
    for steps, key, values in _listed(record, ()):
        if key not in _at(record, steps):
            yield Problem(f"{name} {key}_acceptable", "label", f"there is no `{key}` beside it")
            continue
        for value in values if isinstance(values, list) else [values]:
            changed = copy.deepcopy(bare)
            _at(changed, steps)[key] = value
            for problem in _schema_problems(changed, record_type.model):
                yield Problem(f"{name} {key}_acceptable", "label", f"{value!r}: {problem}")


def _listed(part: Any, steps: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """Yield where a list of alternatives stands, for which key, and the list."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key.endswith("_acceptable"):
                yield steps, key.removesuffix("_acceptable"), value
            elif key not in LABEL_KEYS:
                yield from _listed(value, (*steps, key))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _listed(value, (*steps, index))


def _at(part: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        part = part[step]
    return part


def _schema_problems(data: Any, model: type[Part]) -> list[str]:
    try:
        model.model_validate(data)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)
        ]
    return []


def _bins(label: Label) -> Iterator[Problem]:
    text = label.article.text
    parts = {str(r.get("id")): r for r in label.file.records}
    for index, toll in enumerate(label.file.aggregate_tolls):
        name = str(toll.get("id") or f"aggregate_tolls.{index}")
        for problem in _schema_problems(without_label_keys(toll), AggregateToll):
            yield Problem(name, "label", problem)
        yield from _quotes(name, toll.get("evidence"), text)
        yield from _toll_value(name, toll, text)
        for child in toll.get("decomposes_into") or ():
            if child not in parts:
                yield Problem(name, "R-C6", f"there is no record {child}")
    for index, mention in enumerate(label.file.excluded_mentions):
        name = f"excluded_mentions.{index}"
        for problem in _schema_problems(without_label_keys(mention), ExcludedMention):
            yield Problem(name, "label", problem)
        if not mention.get("text") or mention["text"] not in text:
            yield Problem(name, "R-E3", f"not an exact substring: {mention.get('text')!r}")
        if mention.get("reason") not in get_args(ExclusionReason):
            yield Problem(name, "label", f"unknown reason {mention.get('reason')!r}")
        if mention.get("would_be") not in label.file.record_types:
            yield Problem(name, "label", f"would_be {mention.get('would_be')!r} is no record type")


def _toll_value(name: str, toll: Mapping[str, Any], text: str) -> Iterator[Problem]:
    words, value = toll.get("text"), toll.get("value")
    if not isinstance(words, str) or words not in text:
        yield Problem(name, "R-E3", f"not an exact substring of the article: {words!r}")
        return
    count = parse_count(words)
    if value is not None and (count is None or count.value != value):
        found = "no number" if count is None else count.value
        yield Problem(name, "R-E2", f"{words!r} gives {found}, not {value}")
