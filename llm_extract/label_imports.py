"""Labels from records that stand elsewhere: JSON Lines of the project's own, or a plain CSV.

A CSV has one record a line. Columns: ``article_id`` and ``record_type``; ``tier`` (else
required); ``quote``, several joined by `` | ``; and one column for each value, named by its path
(``date.start``, ``fatalities.total.value``, ``location.text``). Lists of named parties or places
are one column with the names joined by ``; `` (``side_a``, ``locations``). An empty cell says
nothing about its field.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llm_extract.article import Article
from llm_extract.errors import InputError
from llm_extract.labels.files import Json, LabelFile
from llm_extract.reading import read_articles, safe_name
from llm_extract.record_type import find_record_type, type_names_in
from llm_extract.scoring.fields import ScoredField, scored_fields

_COMPUTED = ("support", "sentences", "low", "best", "high", "char_end", "occurrences", "match")
"""Members of an extraction's records that code makes; a label leaves them out."""
_QUOTES = " | "
_NAMES = ";"


def import_labels(
    source: Path,
    articles: Path,
    output: Path,
    *,
    coder: str | None = None,
    split: str | None = None,
    types_dir: Path | None = None,
) -> Iterator[tuple[Path, LabelFile]]:
    """Yield the label files that the records of ``source`` make, with the paths to write them to.

    Extraction lines say for their article what was looked for; records alone and CSV files say
    only what was found, and are taken to have looked for all types they name anywhere. Raises
    InputError, naming the line, for what cannot be read.
    """
    rows = _csv(source, types_dir) if source.suffix.lower() == ".csv" else _jsonl(source)
    looked: dict[str, set[str]] = {}
    records: dict[str, list[Json]] = {}
    bins: dict[str, dict[str, list[Json]]] = {}
    for where, article_id, found in rows:
        if not article_id:
            raise InputError(f"{where}: no article_id", "name the article the record speaks of")
        looked.setdefault(article_id, set()).update(found["record_types"])
        records.setdefault(article_id, []).extend(found["records"])
        kept = bins.setdefault(article_id, {"aggregate_tolls": [], "excluded_mentions": []})
        for name, items in kept.items():
            items += found.get(name, [])
    paths = _articles_by_id(articles)
    everything = set().union(*looked.values()) if looked else set()
    for article_id, found_records in records.items():
        if article_id not in paths:
            raise InputError(f"{source}: no article {article_id!r} in {articles}")
        article_path, only = paths[article_id]
        types = looked[article_id] if source.suffix.lower() != ".csv" else everything
        yield (
            output / f"{safe_name(article_id)}.json",
            LabelFile(
                article=_relative(article_path, output),
                article_id=None if only else article_id,
                coder=coder,
                split=split,
                record_types=sorted(types),
                records=_with_ids(found_records, types_dir),
                aggregate_tolls=bins[article_id]["aggregate_tolls"],
                excluded_mentions=bins[article_id]["excluded_mentions"],
            ),
        )


Row = tuple[str, str, Json]
"""Where it stands, the article's id, and what a label file has of it."""


def _jsonl(source: Path) -> Iterator[Row]:
    for number, line in enumerate(_read(source).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{source}:{number}"
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON: {error}", "one JSON object a line") from None
        if not isinstance(item, dict) or not {"article_id", "record_type"} <= item.keys():
            hint = "a line is an extraction, or a record with article_id and record_type"
            raise InputError(f"{where}: no article_id or record_type", hint)
        yield where, str(item["article_id"]), _from_json(item)


def _from_json(item: Json) -> Json:
    record_type = item["record_type"]
    if not isinstance(item.get("records"), list):
        record = {k: v for k, v in item.items() if k != "article_id"}
        return {"record_types": [record_type], "records": [_bare(record, record_type)]}
    return {
        "record_types": [record_type],
        "records": [_bare({"record_type": record_type, **r}, record_type) for r in item["records"]],
        "aggregate_tolls": [_without_computed(t) for t in item.get("aggregate_tolls") or ()],
    }


def _bare(record: Json, record_type: str) -> Json:
    """Leave out what code computes; flags and links stay, they are a coder's too."""
    bare: Json = _without_computed(record)
    bare.setdefault("tier", "required")
    computed = find_record_type(record_type).model.model_computed_fields
    return {k: v for k, v in bare.items() if k not in computed}


def _without_computed(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_computed(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {k: _without_computed(v) for k, v in part.items() if k not in _COMPUTED}


def _csv(source: Path, types_dir: Path | None) -> Iterator[Row]:
    reader = csv.DictReader(_read(source).lstrip("\ufeff").splitlines())
    missing = {"article_id", "record_type"} - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{source}: no column {', '.join(sorted(missing))}",
            "columns: article_id, record_type, tier, quote, and one for each value's path",
        )
    for number, row in enumerate(reader, start=2):
        where = f"{source}:{number}"
        record_type = row["record_type"]
        if record_type not in type_names_in(types_dir):
            raise InputError(f"{where}: unknown record type {record_type!r}")
        fields = scored_fields(find_record_type(record_type, types_dir).model)
        record = _from_row(row, fields, where)
        yield where, row["article_id"], {"record_types": [record_type], "records": [record]}


def _from_row(row: Mapping[str, Any], fields: tuple[ScoredField, ...], where: str) -> Json:
    quotes = [q for q in (row.get("quote") or "").split(_QUOTES) if q]
    record: Json = {
        "record_type": row["record_type"],
        "tier": row.get("tier") or "required",
        "evidence": [{"quote": quote} for quote in quotes],
    }
    if row.get("id"):
        record["id"] = row["id"]
    listed = {f.name: f for f in fields if f.kind in ("actors", "places", "choices")}
    for column, cell in row.items():
        if not isinstance(cell, str):  # what lies beyond the last column is a list
            raise InputError(f"{where}: more cells than columns", "quote cells that hold a comma")
        if column in ("article_id", "record_type", "tier", "quote", "id") or not cell.strip():
            continue
        _put(record, column.split("."), _value(cell.strip(), listed.get(column)))
    return record


def _value(cell: str, scored: ScoredField | None) -> Any:
    if scored is None:
        return int(cell) if cell.isdigit() else {"true": True, "false": False}.get(cell, cell)
    names = [name.strip() for name in cell.split(_NAMES) if name.strip()]
    key = {"actors": "name_reported", "places": "text"}.get(scored.kind, scored.key)
    return [{key: name} for name in names] if key else names


def _put(record: Json, steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        record = record.setdefault(step, {})
    record[steps[-1]] = value


def _with_ids(records: list[Json], types_dir: Path | None) -> list[Json]:
    """Number the records that have no id, and those of a file that use one twice."""
    seen: set[str] = set()
    counts: dict[str, int] = {}
    done: list[Json] = []
    for record in records:
        prefix = find_record_type(record["record_type"], types_dir).id_prefix
        name = record.get("id")
        while not name or name in seen:
            counts[prefix] = counts.get(prefix, 0) + 1
            name = f"{prefix}-{counts[prefix]}"
        seen.add(name)
        done.append({**record, "id": name})
    return done


def _articles_by_id(folder: Path) -> dict[str, tuple[Path, bool]]:
    """Return, for each article's id, its file and whether the file holds no other."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", "give the folder the articles are in")
    found: dict[str, tuple[Path, bool]] = {}
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        articles = [item for item in read_articles(path) if isinstance(item, Article)]
        for article in articles:
            found[article.id] = (path, len(articles) == 1)
    return found


def _relative(path: Path, output: Path) -> str:
    return Path(os.path.relpath(path, output)).as_posix()


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{source} cannot be read: {reason}") from None
