"""The results of a run as files, of the kind that the file's ending names.

    .jsonl .ndjson   the extraction lines, one a line
    .csv             NAME.csv with the records, and NAME.articles.csv, NAME.extractions.csv,
                     NAME.evidence.csv, NAME.attempts.csv and NAME.rejected.csv beside it
    .parquet         the same six tables; needs pyarrow
    .sqlite .db      the same six tables in one file

Everything streams: what is held does not grow with the number of articles. A file appears whole
or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from llm_extract.console import json_line
from llm_extract.errors import UsageError
from llm_extract.outputs import csv_files, parquet, sqlite
from llm_extract.outputs.csv_files import plain
from llm_extract.outputs.files import refuse_unwritable, replacing
from llm_extract.outputs.tables import NAMES, Layout, Results

__all__ = ["Kind", "Results", "check", "kind_of", "plain", "write"]

Kind = Literal["jsonl", "csv", "parquet", "sqlite"]

_KINDS: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".sqlite": "sqlite",
    ".db": "sqlite",
}


def kind_of(path: Path) -> Kind:
    """Return what is to be written to ``path``; raises ``UsageError`` for an unknown ending."""
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        *most, last = _KINDS
        raise UsageError(
            f"{path}: its ending does not tell what to write",
            f"name a file that ends in {', '.join(most)} or {last}",
        )
    return kind


def check(path: Path) -> None:
    """Raise ``UsageError`` if it is plain before any work that ``path`` can not be written."""
    _ready(path, kind_of(path))


def write(results: Results, path: Path, *, as_kind: Kind | None = None) -> list[Path]:
    """Write the results to ``path`` and return the files written, ``path`` first.

    ``as_kind`` says what to write whatever the ending. Raises ``UsageError`` if the ending is
    unknown or a file can not be written; an error of ``results`` goes through. Either way all
    files of that name stay as they were.
    """
    kind = as_kind or kind_of(path)
    paths = _ready(path, kind)
    with replacing(paths) as drafts:
        if kind == "jsonl":
            _write_lines(results.lines(), drafts[0])
        else:
            layout = Layout.of(results)
            rows = layout.rows(results)
            if kind == "sqlite":
                sqlite.write(layout, rows, drafts[0])
            else:
                module = csv_files if kind == "csv" else parquet
                module.write(layout, rows, dict(zip(NAMES, drafts, strict=True)))
    return paths


def _ready(path: Path, kind: Kind) -> list[Path]:
    """Return the files that will be written, when nothing is known to stand against it."""
    paths = [path] if kind in ("jsonl", "sqlite") else [path, *_beside(path)]
    for each in paths:
        refuse_unwritable(each)
    if kind == "parquet":
        parquet.require()
    if kind == "sqlite":
        sqlite.require_unused(path)
    return paths


def _beside(path: Path) -> list[Path]:
    """Return where the tables other than the records go: the name of each before the ending."""
    endings = path.suffixes[-1:] if path.suffix.lower() in _KINDS else path.suffixes[-2:]
    ending = "".join(endings)
    stem = path.name.removesuffix(ending)
    return [path.with_name(f"{stem}.{name}{ending}") for name in NAMES[1:]]


def _write_lines(lines: Iterable[str], draft: Path) -> None:
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json_line(line) + "\n")
