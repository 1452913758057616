"""Tables as Parquet; the one module that knows pyarrow, which is loaded when first needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from llm_extract.errors import UsageError
from llm_extract.outputs.cells import Kind
from llm_extract.outputs.tables import Layout, Row, Table

_TYPES: dict[Kind, str] = {
    "integer": "int64",
    "real": "float64",
    "boolean": "bool_",
    "text": "string",
}
_MOST_ROWS = 50_000
_MOST_CHARACTERS = 16_000_000
"""A row group is written when it has so many rows, or its texts so many characters."""


def require() -> None:
    """Raise ``UsageError`` where pyarrow is not installed."""
    _load("pyarrow")


def write(layout: Layout, rows: Iterable[tuple[str, Row]], drafts: Mapping[str, Path]) -> None:
    """Write each table to its file, one group of rows after the other; raises ``OSError``."""
    with ExitStack() as stack:
        files = {
            name: _TableFile(layout.tables[name], path, stack) for name, path in drafts.items()
        }
        for name, row in rows:
            files[name].add(row)
        for file in files.values():
            file.flush()


class _TableFile:
    """One table on its way to one file, which ``stack`` closes."""

    def __init__(self, table: Table, path: Path, stack: ExitStack) -> None:
        self._arrow = _load("pyarrow")
        types = [getattr(self._arrow, _TYPES[column.kind])() for column in table.columns]
        self._schema = self._arrow.schema(list(zip(table.names, types, strict=True)))
        file = stack.enter_context(path.open("wb"))
        writer = _load("pyarrow.parquet").ParquetWriter(file, self._schema, compression="zstd")
        self._writer = stack.enter_context(writer)
        self._rows: list[Row] = []
        self._characters = 0

    def add(self, row: Row) -> None:
        """Take in one row."""
        self._rows.append(row)
        self._characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if len(self._rows) >= _MOST_ROWS or self._characters >= _MOST_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Write the rows at hand as one group."""
        if not self._rows:
            return
        arrays = [
            self._arrow.array([row[place] for row in self._rows], field.type)
            for place, field in enumerate(self._schema)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()
        self._characters = 0


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        hint = "pip install 'llm-extract[parquet]'"
        raise UsageError("a .parquet file needs pyarrow, which is not installed", hint) from None
