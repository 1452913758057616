"""The results of a run as files: what comes back is what was found, and no cell is a formula."""

from __future__ import annotations

import csv
import errno
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract import outputs
from llm_extract.errors import StoreError, UsageError
from llm_extract.outputs.csv_files import guarded, plain
from llm_extract.outputs.tables import NAMES, Layout
from llm_extract.record import (
    AggregateToll,
    Count,
    Evidence,
    ExcludedMention,
    Record,
    Span,
    Support,
)
from llm_extract.result import Attempt, Extraction, Fingerprints, Rejected, ServedBy, Usage
from llm_extract.schemas.ceasefire_agreement import CeasefireAgreement
from llm_extract.schemas.displacement import Displacement
from llm_extract.schemas.incident import Incident

QUOTE = "On Monday, gunmen killed two soldiers near Djibo."
INCIDENT = Incident.model_validate(
    {
        "id": "inc-1",
        "sentences": [1],
        "sub_event_type": "Armed clash",
        "date": {"text": "On Monday", "start": "2024-03-11", "end": "2024-03-11"},
        "location": {"text": "near Djibo", "lat": 14.1, "lon": -1},
        "side_b": [{"name_reported": "gunmen"}],
        "fatalities": {"total": {"text": "two soldiers", "value": 2, "qualifier": "exact"}},
        "source": {"name_reported": "=cmd|' /C calc'!A0"},
        "evidence": [
            Evidence(quote=QUOTE, sentence=1, char_start=0, char_end=len(QUOTE), match="exact")
        ],
        "support": {
            "fatalities.total.value": Support(
                level="normalised", spans=[Span(char_start=25, char_end=37)], basis="two is 2"
            ),
            "sub_event_type": Support(level="inferred", spans=[Span(char_start=90, char_end=95)]),
            "summary": Support(level="unsupported", basis="no words"),
        },
        "flags": ["unsupported:summary"],
    }
)
WOUNDED = INCIDENT.model_copy(update={"id": "inc-2", "source": None, "injured": Count(value=3)})
FLIGHT = Displacement.model_validate(
    {
        "id": "dis-1",
        "figure": {"text": "Some 300 families", "value": 300, "household_size": 5},
        "housing_destruction": True,
        "summary": '-300 families; "some"\nsaid; 是 \U0001f600 a\N{RIGHT-TO-LEFT OVERRIDE}b',
    }
)
TRUCE = CeasefireAgreement.model_validate({"id": "cf-1", "status": "agreed"})


def extraction(article: str, name: str, *records: Record, **more: Any) -> Extraction[Record]:
    return Extraction[Record](
        article_id=article,
        article_sha256="0" * 64,
        record_type=name,
        state="ok" if records else "empty",
        records=list(records),
        model=ServedBy(asked="local/a", served="a", endpoint="this machine"),
        profile="windows",
        fingerprints=Fingerprints(article="a", prompt="b", types="c"),
        tool_version="0.1.0",
        **more,
    )


FULL: dict[str, Any] = {
    "failure": "sentence 3: timeout",
    "failure_is_final": True,
    "rejected": [
        Rejected(draft={"date": None, "a": ["é", -3]}, reasons=["a: x; y", "b"], sentences=[2]),
        Rejected(draft=-3, reasons=[]),
    ],
    "aggregate_tolls": [AggregateToll(id="agg-1", text="20,000", value=20000)],
    "excluded_mentions": [ExcludedMention(sentences=[6], reason="denied")],
    "recall_alarms": [4],
    "not_asked": [5, 7],
    "flags": ["sentence 8 speaks to a machine"],
    "notes": ["+mended"],
    "attempts": [
        Attempt(
            reason="first",
            sentences=[1, 2],
            finish_reason="stop",
            mode="json_schema",
            repaired="fence+trailing",
            requests=2,
            usage=Usage(prompt_tokens=900, completion_tokens=80),
            seconds=1.25,
        ),
        Attempt(reason="ask_again", sentences=[2], problem="timeout"),
    ],
    "usage": Usage(prompt_tokens=900, completion_tokens=80, cached_tokens=0),
    "cost": 0.0125,
}
EXTRACTIONS = [
    extraction("a", "ceasefire_agreement", TRUCE),
    extraction("a", "displacement", FLIGHT),
    extraction("a", "incident", INCIDENT, WOUNDED, **FULL),
    extraction("b/é", "incident"),
]


class Found:
    """The results of a run that has found these extractions."""

    def __init__(self, *extractions: Extraction[Record]) -> None:
        self._extractions = extractions or EXTRACTIONS

    def articles(self) -> Iterator[Mapping[str, Any]]:
        for name in dict.fromkeys(e.article_id for e in self._extractions):
            yield {
                "id": name,
                "sha256": "0" * 64,
                "title": "-1 + 1\r\n\N{NO-BREAK SPACE}@home",
                "published": "2024-03-13",
                "publisher": None,
                "language": "en",
                "url": "https://example.org/a?b=c,d",
                "source": "news.jsonl line 3",
                "state": "ok",
            }

    def lines(self) -> Iterator[str]:
        return (e.model_dump_json() for e in self._extractions)


class Broken(Found):
    """Results whose lines break off at the second reading, after the first line."""

    times = 0

    def lines(self) -> Iterator[str]:
        Broken.times += 1
        yield next(super().lines())
        if Broken.times % 2 == 0:
            raise StoreError("the ledger is damaged")
        yield from ()


Rows = list[dict[str, Any]]


def sibling(path: Path, name: str) -> Path:
    return path if name == "records" else path.with_name(f"{path.stem}.{name}{path.suffix}")


def from_csv(path: Path) -> dict[str, Rows]:
    tables = {}
    for name in NAMES:
        with sibling(path, name).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            tables[name] = [{k: plain(v) or None for k, v in row.items()} for row in rows]
    return tables


def from_sqlite(path: Path) -> dict[str, Rows]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid")]
            for name in NAMES
        }


def from_parquet(path: Path) -> dict[str, Rows]:
    pq = pytest.importorskip("pyarrow.parquet")
    return {name: pq.read_table(sibling(path, name)).to_pylist() for name in NAMES}


def written(folder: Path, kind: str, results: outputs.Results | None = None) -> dict[str, Rows]:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    path = folder / f"out.{kind}"
    outputs.write(results or Found(), path)
    readers: dict[str, Callable[[Path], dict[str, Rows]]] = {
        "csv": from_csv,
        "sqlite": from_sqlite,
        "parquet": from_parquet,
    }
    return readers[kind](path)


TABLES = pytest.mark.parametrize("kind", ["csv", "sqlite", "parquet"])


def by_id(rows: Rows, key: str, value: str) -> Rows:
    return [row for row in rows if row[key] == value]


def rebuilt(tables: dict[str, Rows], row: dict[str, Any]) -> dict[str, Any]:
    """The extraction line that a row of ``extractions`` and what belongs to it came from."""

    def of(name: str) -> Rows:
        found = by_id(tables[name], "article_id", row["article_id"])
        return by_id(found, "record_type", row["record_type"])

    tokens = ("prompt_tokens", "completion_tokens", "cached_tokens")
    attempts = [
        {
            **{k: a[k] for k in Attempt.model_fields if k not in ("usage", "sentences")},
            "sentences": json.loads(a["sentences"]),
            "usage": {k: a[k] for k in tokens},
        }
        for a in of("attempts")
    ]
    rejected = [
        {
            "draft": json.loads(r["draft_json"]),
            "reasons": json.loads(r["reasons_json"]),
            "sentences": json.loads(r["sentences"]),
        }
        for r in of("rejected")
    ]
    lists = ("aggregate_tolls", "excluded_mentions", "recall_alarms", "not_asked", "flags", "notes")
    made = {
        "records": [json.loads(r["record_json"]) for r in of("records")],
        "rejected": rejected,
        "attempts": attempts,
        "model": {k: row[f"model_{k}"] for k in ServedBy.model_fields},
        "fingerprints": {k: row[f"fingerprint_{k}"] for k in Fingerprints.model_fields},
        "usage": {k: row[k] for k in tokens},
        **{k: json.loads(row[k]) for k in lists},
    }
    return {k: made[k] if k in made else row[k] for k in Extraction.model_fields}


# --- what comes back -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "parquet"])
def test_the_tables_hold_all_that_the_lines_hold(tmp_path: Path, kind: str) -> None:
    tables = written(tmp_path, kind)
    assert [rebuilt(tables, row) for row in tables["extractions"]] == [
        e.model_dump(mode="json") for e in EXTRACTIONS
    ]


@TABLES
def test_the_evidence_table_holds_every_passage_and_every_support(
    tmp_path: Path, kind: str
) -> None:
    tables = written(tmp_path, kind)
    rows = by_id(tables["evidence"], "record_key", "a/inc-1")
    got = [(r["path"], r["level"], r["quote"], int(r["char_start"] or -1)) for r in rows[1:]]
    assert rows[0]["path"] is None
    assert rows[0]["quote"] == QUOTE
    assert got == [
        ("fatalities.total.value", "normalised", "two soldiers", 25),
        ("sub_event_type", "inferred", None, 90),  # no passage of the record holds these words
        ("summary", "unsupported", None, -1),
    ]
    assert [int(r["n"]) for r in rows] == [1, 2, 3, 4]


def test_csv_holds_the_same_as_sqlite(tmp_path: Path) -> None:
    def as_csv(value: Any) -> str | None:
        return None if value is None or value == "" else str(value)

    in_csv, in_sqlite = written(tmp_path, "csv"), written(tmp_path, "sqlite")
    for name in NAMES:
        booleans = {"failure_is_final", "civilian_targeting", "housing_destruction"}
        given = [
            {k: as_csv(bool(v) if k in booleans and v is not None else v) for k, v in row.items()}
            for row in in_sqlite[name]
        ]
        got = [
            {k: v.title() if v and k in booleans else v for k, v in row.items()}
            for row in in_csv[name]
        ]
        assert got == given


@TABLES
def test_every_row_is_linked_by_ids(tmp_path: Path, kind: str) -> None:
    tables = written(tmp_path, kind)
    articles = [row["article_id"] for row in tables["articles"]]
    records = [row["record_key"] for row in tables["records"]]
    assert articles == ["a", "b/é"]
    assert records == ["a/cf-1", "a/dis-1", "a/inc-1", "a/inc-2"]
    assert {row["record_key"] for row in tables["evidence"]} <= set(records)
    for name in NAMES:
        assert {row["article_id"] for row in tables[name]} <= set(articles)
    (row,) = by_id(tables["records"], "record_key", "a/dis-1")
    assert (row["record_type"], row["record_id"]) == ("displacement", "dis-1")
    assert row["extraction_state"] == "ok"
    assert row["summary"] == FLIGHT.summary


def test_columns_stand_in_the_same_order_in_all_formats(tmp_path: Path) -> None:
    found = [written(tmp_path, kind) for kind in ("csv", "sqlite", "parquet")]
    for name in NAMES:
        first, *others = [list(tables[name][0]) for tables in found]
        assert others == [first, first]


def test_fields_of_all_types_come_first_and_siblings_together() -> None:
    names = Layout.of(Found()).tables["records"].names
    ids = ["record_key", "article_id", "record_type", "record_id", "extraction_state"]
    assert names[:5] == ids
    source = [n for n in names if n.split(".")[0] == "source"]
    assert source[0] == "source.name_reported"  # though the first two records have no source
    assert names[5:8] == ["sentences", "summary", "assertion"]
    assert names[8 : 8 + len(source) + 1] == [*source, "flags"]
    assert names[-1] == "record_json"
    assert "injured" not in names
    assert "injured.value" in names
    assert "abducted" in names  # null in all


def test_columns_have_the_types_of_what_stands_in_them(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    outputs.write(Found(), tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    outputs.write(Found(), tmp_path / "out.sqlite")
    with closing(sqlite3.connect(tmp_path / "out.sqlite")) as connection:
        types = {r[1]: r[2] for r in connection.execute("PRAGMA table_info (records)")}
    for name, arrow, sql in [
        ("fatalities.total.value", "int64", "INTEGER"),
        ("location.lat", "double", "REAL"),
        ("housing_destruction", "bool", "BOOLEAN"),
        ("side_b", "string", "TEXT"),
        ("location.admin1", "string", "TEXT"),  # null in all
    ]:
        assert (str(schema.field(name).type), types[name]) == (arrow, sql)


class Lines(Found):
    """Results with these dictionaries as the records of one article."""

    def __init__(self, *records: dict[str, Any]) -> None:
        super().__init__(extraction("a", "own"))
        self.records = records

    def lines(self) -> Iterator[str]:
        line = json.loads(next(super().lines()))
        yield json.dumps({**line, "records": self.records})


@TABLES
def test_fields_of_mixed_types_are_texts_and_odd_names_stay_apart(
    tmp_path: Path, kind: str
) -> None:
    first = {"id": "", "mixed": 1, "number": 1, "large": 2**70, "Name": "a", "name": "b"}
    second = {"id": "", "mixed": ["x"], "number": 1.5, "article_id": "c", "none": "a\0b", "d": {}}
    third = {"id": "", "mixed": True, "number": None, 'e"\0': "f", "half": "\ud800"}
    rows = written(tmp_path, kind, Lines(first, second, third))["records"]
    assert [r["record_key"] for r in rows] == ["a/", "a/own/", "a/own/~2"]
    assert [r["mixed"] for r in rows] == ["1", '["x"]', "true"]
    assert [float(r["number"]) for r in rows[:2]] == [1.0, 1.5]
    assert rows[0]["large"] == str(2**70)
    assert (rows[0]["Name"], rows[0]["name_"]) == ("a", "b")
    assert (rows[1]["article_id"], rows[1]["article_id_"]) == ("a", "c")
    assert rows[1]["none"] == "a\0b"
    assert rows[1]["d"] == "{}"
    assert rows[2]['e"\\u0000'] == "f"
    assert rows[2]["half"] == "\N{REPLACEMENT CHARACTER}"
    assert [json.loads(r["record_json"]) for r in rows] == [first, second, third]


@TABLES
def test_a_record_of_too_many_fields_keeps_them_in_its_json(tmp_path: Path, kind: str) -> None:
    record = {"id": "own-1", **{f"f{n}": n for n in range(2500)}}
    (row,) = written(tmp_path, kind, Lines(record))["records"]
    assert len(row) < 1100
    assert json.loads(row["record_json"]) == record


@TABLES
def test_a_run_without_records_has_all_tables(tmp_path: Path, kind: str) -> None:
    tables = written(tmp_path, kind, Found(extraction("a", "incident")))
    assert tables["records"] == []
    assert len(tables["extractions"]) == 1


def test_parquet_is_written_in_groups_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("llm_extract.outputs.parquet._MOST_ROWS", 3)
    tables = written(tmp_path, "parquet")
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups == 2
    assert len(tables["records"]) == 4


def test_sqlite_has_keys_references_and_indices(tmp_path: Path) -> None:
    outputs.write(Found(), tmp_path / "out.db")
    with closing(sqlite3.connect(tmp_path / "out.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        query = "EXPLAIN QUERY PLAN SELECT * FROM {} WHERE {} = 'a'"
        for table, column in [
            ("records", "record_key"),
            *[("evidence", "record_key"), ("articles", "article_id")],
            *[(name, "article_id") for name in NAMES],
        ]:
            (plan,) = connection.execute(query.format(table, column)).fetchall()
            assert plan[3].startswith(f"SEARCH {table} USING INDEX")


def test_lines_are_as_they_are_and_steer_no_terminal(tmp_path: Path) -> None:
    for name in ("out.jsonl", "out.NDJSON"):
        assert outputs.write(Found(), tmp_path / name) == [tmp_path / name]
        text = (tmp_path / name).read_bytes().decode()
        assert [json.loads(line) for line in text.splitlines()] == [
            json.loads(line) for line in Found().lines()
        ]
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
        assert text.endswith("}\n")


# --- no cell is a formula --------------------------------------------------------------------

OPENERS = ["=", "+", "-", "@", "\t", "\r", "\n"]
BEFORE = ["", " ", "\N{NO-BREAK SPACE}", "\t", "text\n", "text\r\n ", "text\r"]
_BLANK = " \N{NO-BREAK SPACE}\v\f\x1f\0\N{ZERO WIDTH SPACE}\ufeff"


def opens_a_formula(text: str) -> bool:
    """Whether a line opens with a sign that begins a formula; told without the code's patterns."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # A line break that opens a line, an empty line in effect, is one of the signs.
    return any(
        line.lstrip(_BLANK)[:1] in ("=", "+", "-", "@", "\t", "＝")
        if line.lstrip(_BLANK)
        else n < len(lines) - 1
        for n, line in enumerate(lines)
    )


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("opener", OPENERS)
def test_a_text_that_opens_like_a_formula_is_guarded(opener: str, before: str) -> None:
    text = f"{before}{opener}1+1"
    if (before, opener) == ("text\r", "\n"):
        assert guarded(text) == text  # one line break, and a number behind it
        return
    assert opens_a_formula(text)
    assert not opens_a_formula(guarded(text))
    assert plain(guarded(text)) == text
    for apostrophes in ("'", "''"):
        assert plain(guarded(apostrophes + text)) == apostrophes + text


@pytest.mark.parametrize(
    "text", ["", "it's", "'quoted'", "12-15", "a\nb", "1+1=2", " a", "don't\n'em"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text
    assert plain(text) == text


TEXTS = st.text(st.sampled_from("'=+-@\t\r\n a＝" + _BLANK)) | st.text()


@given(TEXTS)
def test_no_dangerous_cell_comes_out_and_every_text_comes_back(text: str) -> None:
    assert not opens_a_formula(guarded(text))
    assert plain(guarded(text)) == text


def test_the_cells_of_a_csv_are_guarded_and_numbers_are_numbers(tmp_path: Path) -> None:
    outputs.write(Found(), tmp_path / "out.csv")
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"record_key,article_id,")
    assert data.endswith(b"\r\n")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["record_key"]: row for row in csv.DictReader(file, strict=True)}
    assert rows["a/inc-1"]["source.name_reported"] == "'=cmd|' /C calc'!A0"
    assert rows["a/inc-1"]["location.lon"] == "-1.0"
    assert rows["a/dis-1"]["housing_destruction"] == "true"
    for row in rows.values():
        for name, cell in row.items():
            assert name == "location.lon" or not opens_a_formula(cell)


# --- whole or not at all ---------------------------------------------------------------------

ENDINGS = pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ".sqlite"])


@ENDINGS
def test_results_that_break_off_leave_the_old_files(tmp_path: Path, ending: str) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"out{ending}"
    outputs.write(Found(), path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    Broken.times = 1 if ending == ".jsonl" else 0
    with pytest.raises(StoreError, match="damaged"):
        outputs.write(Broken(), path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@ENDINGS
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=f"out{ending} cannot be written: No space") as caught:
        outputs.write(Found(), tmp_path / f"out{ending}")
    assert "free some disk space" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_files_written_are_told_the_asked_one_first(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.v2.csv"
    told = outputs.write(Found(), path)
    assert [p.name for p in told] == ["out.v2.csv"] + [f"out.v2.{n}.csv" for n in NAMES[1:]]
    assert set(told) == set(path.parent.iterdir())


def test_another_ending_can_stand_behind_the_known_one(tmp_path: Path) -> None:
    told = outputs.write(Found(), tmp_path / "out.csv.partial", as_kind="csv")
    assert told[0].name == "out.csv.partial"
    assert told[1].name == "out.articles.csv.partial"


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    real.write_text("old")
    real.chmod(0o400)
    link.symlink_to(real)
    outputs.write(Found(), link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o400
    assert len(real.read_text().splitlines()) == len(EXTRACTIONS)


# --- wrong use -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.xlsx", "out", "csv", "out.csv.partial", "-"])
def test_an_unknown_ending_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        outputs.check(Path(name))
    for ending in (".jsonl", ".ndjson", ".csv", ".parquet", ".sqlite", ".db"):
        assert ending in caught.value.hint


def test_a_folder_in_the_place_of_any_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.evidence.csv").mkdir()
    for go in (outputs.check, lambda path: outputs.write(Found(), path)):
        with pytest.raises(UsageError, match=r"out\.evidence\.csv is a directory"):
            go(tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["out.evidence.csv"]


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for go in (outputs.check, lambda path: outputs.write(Found(), path)):
        with pytest.raises(UsageError, match="is not a folder"):
            go(tmp_path / "file" / "deep" / "out.jsonl")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UsageError, match="not yours to write to"):
            outputs.check(tmp_path / "out.jsonl")
    finally:
        tmp_path.chmod(0o700)


def test_a_database_that_is_open_elsewhere_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE mine (a)")
        with pytest.raises(UsageError, match="open in another program"):
            outputs.write(Found(), path)
    outputs.write(Found(), path)


def test_without_pyarrow_the_rest_works_and_parquet_tells_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="needs pyarrow") as caught:
        outputs.check(tmp_path / "out.parquet")
    assert "llm-extract[parquet]" in caught.value.hint
    assert written(tmp_path, "csv")["records"]
