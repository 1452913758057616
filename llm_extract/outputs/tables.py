"""The six tables that the results of a run make, linked by the ids of articles and records.

    articles      what was read                                    article_id
    extractions   one article and one record type, lists as JSON   article_id, record_type
    records       what was found, fields flattened                 record_key
    evidence      passages of a record, and of its values          record_key, n
    attempts      questions to the model                           article_id, record_type, n
    rejected      drafts that became no record                     article_id, record_type, n

Together they hold all that the extraction lines hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from llm_extract.outputs.cells import Cell, Kind, fitted, json_text
from llm_extract.outputs.flattening import Fields, flat

Row = tuple[Cell, ...]


class Results(Protocol):
    """What a run has found; both can be gone through several times, from the start."""

    def articles(self) -> Iterator[Mapping[str, Any]]:
        """Yield id, sha256, title, published, publisher, language, url, source, state of each."""

    def lines(self) -> Iterator[str]:
        """Yield the extraction lines, JSON each; those of one article follow each other."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, and the first few of them that name a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    refers_to: tuple[tuple[str, str], ...] = ()
    """Columns and the tables they are the key of."""

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


def _columns(names: str, kind: Kind = "text") -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names.split())


_TOKENS = _columns("prompt_tokens completion_tokens cached_tokens", "integer")
_OF_ARTICLE = (("article_id", "articles"),)
ARTICLES = Table(
    "articles",
    _columns("article_id sha256 title published publisher language url source state"),
    ("article_id",),
)
EXTRACTIONS = Table(
    "extractions",
    (
        *_columns("article_id record_type state failure"),
        Column("failure_is_final", "boolean"),
        *_columns("profile model_asked model_served model_endpoint"),
        *_columns("fingerprint_article fingerprint_prompt fingerprint_types article_sha256"),
        *_TOKENS,
        Column("cost", "real"),
        *_columns("tool_version aggregate_tolls excluded_mentions recall_alarms not_asked"),
        *_columns("flags notes"),
        Column("format", "integer"),
    ),
    ("article_id", "record_type"),
    _OF_ARTICLE,
)
EVIDENCE = Table(
    "evidence",
    (
        *_columns("record_key article_id record_type"),
        Column("n", "integer"),
        *_columns("path level basis quote"),
        *_columns("char_start char_end sentence occurrences", "integer"),
        Column("match"),
    ),
    ("record_key", "n"),
    (("record_key", "records"), *_OF_ARTICLE),
)
ATTEMPTS = Table(
    "attempts",
    (
        *_columns("article_id record_type"),
        Column("n", "integer"),
        *_columns("reason sentences finish_reason problem mode repaired"),
        Column("requests", "integer"),
        *_TOKENS,
        Column("seconds", "real"),
    ),
    ("article_id", "record_type", "n"),
    _OF_ARTICLE,
)
REJECTED = Table(
    "rejected",
    (
        *_columns("article_id record_type"),
        Column("n", "integer"),
        *_columns("reasons sentences draft_json reasons_json"),
    ),
    ("article_id", "record_type", "n"),
    _OF_ARTICLE,
)
NAMES = ("records", "articles", "extractions", "evidence", "attempts", "rejected")
"""All tables, the main one first."""

_IDS = _columns("record_key article_id record_type record_id extraction_state")
_WHOLE = Column("record_json")


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of one run; the columns of ``records`` are those its records have."""

    tables: Mapping[str, Table]
    fields: Sequence[tuple[str, Kind]]
    """Paths of the records' fields, in the order of their columns, and their kinds."""

    @classmethod
    def of(cls, results: Results) -> Layout:
        """Read all lines once, to see which fields the records have and what stands in them."""
        seen = Fields()
        for line in results.lines():
            extraction = json.loads(line)
            for record in extraction["records"]:
                seen.add(extraction["record_type"], record)
        fields = seen.ordered()
        names = seen.names(path for path, _ in fields)
        columns = [Column(name, kind) for name, (_, kind) in zip(names, fields, strict=True)]
        records = Table("records", (*_IDS, *columns, _WHOLE), ("record_key",), _OF_ARTICLE)
        known = (records, ARTICLES, EXTRACTIONS, EVIDENCE, ATTEMPTS, REJECTED)
        return cls({table.name: table for table in known}, fields)

    def rows(self, results: Results) -> Iterator[tuple[str, Row]]:
        """Yield the name of a table and one row of it, until there are no more; in any order."""
        for article in results.articles():
            values = {"article_id": article["id"], **article}
            yield "articles", _row(ARTICLES, values)
        keys = _Keys()
        for line in results.lines():
            extraction = json.loads(line)
            yield "extractions", _extraction(extraction)
            for record in extraction["records"]:
                yield from self._record(extraction, record, keys.new(extraction, record))
            ids = {name: extraction[name] for name in ("article_id", "record_type")}
            for n, attempt in enumerate(extraction["attempts"], 1):
                yield "attempts", _row(ATTEMPTS, {**attempt, **attempt["usage"], **ids, "n": n})
            for n, rejected in enumerate(extraction["rejected"], 1):
                yield "rejected", _rejected(rejected, {**ids, "n": n})

    def _record(
        self, extraction: Mapping[str, Any], record: Mapping[str, Any], key: str
    ) -> Iterator[tuple[str, Row]]:
        article, name = extraction["article_id"], extraction["record_type"]
        ids = (key, article, name, record.get("id", ""), extraction["state"])
        values = dict(flat(record))
        cells = [fitted(values.get(path), kind) for path, kind in self.fields]
        yield "records", (*(fitted(i, "text") for i in ids), *cells, json_text(record))
        passages = record.get("evidence") or []
        for n, item in enumerate((*passages, *_supporting(record.get("support"), passages)), 1):
            given = {**item, "record_key": key, "article_id": article, "record_type": name, "n": n}
            yield "evidence", _row(EVIDENCE, given)


class _Keys:
    """Gives each record a key, ARTICLE/RECORD; the type comes in between where that is taken."""

    def __init__(self) -> None:
        self._article: str | None = None
        self._taken: set[str] = set()

    def new(self, extraction: Mapping[str, Any], record: Mapping[str, Any]) -> str:
        article, own = extraction["article_id"], record.get("id", "")
        if article != self._article:
            self._article = article
            self._taken.clear()
        key = f"{article}/{own}"
        if key in self._taken:
            key = first = f"{article}/{extraction['record_type']}/{own}"
            n = 1
            while key in self._taken:
                n += 1
                key = f"{first}~{n}"
        self._taken.add(key)
        return key


def _row(table: Table, values: Mapping[str, Any]) -> Row:
    return tuple(fitted(values.get(column.name), column.kind) for column in table.columns)


def _extraction(extraction: Mapping[str, Any]) -> Row:
    parts = {f"model_{name}": value for name, value in extraction["model"].items()}
    parts |= {f"fingerprint_{name}": value for name, value in extraction["fingerprints"].items()}
    return _row(EXTRACTIONS, {**extraction, **parts, **extraction["usage"]})


def _rejected(rejected: Mapping[str, Any], ids: Mapping[str, Any]) -> Row:
    values = {
        **ids,
        "reasons": "; ".join(rejected["reasons"]),
        "reasons_json": rejected["reasons"],
        "sentences": rejected["sentences"],
        "draft_json": json_text(rejected["draft"]),
    }
    return _row(REJECTED, values)


def _supporting(
    support: Mapping[str, Any] | None, passages: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield each span that carries a value with its words, where a quoted passage holds them.

    A value that no words carry has one row without a span.
    """
    for path, item in (support or {}).items():
        about = {"path": path, "level": item["level"], "basis": item["basis"]}
        for span in item["spans"] or [{}]:
            yield {**about, **span, "quote": _words(span, passages)}


def _words(span: Mapping[str, int], passages: Sequence[Mapping[str, Any]]) -> str | None:
    if not span:
        return None
    start, end = span["char_start"], span["char_end"]
    for passage in passages:
        first, last = passage.get("char_start"), passage.get("char_end")
        quote = str(passage["quote"])
        if first is None or last is None or last - first != len(quote):
            continue
        if first <= start <= end <= last:
            return quote[start - first : end - first]
    return None
