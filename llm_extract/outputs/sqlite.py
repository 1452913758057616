"""All tables in one SQLite file, with keys, references and indices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from llm_extract.errors import UsageError
from llm_extract.outputs.cells import Kind
from llm_extract.outputs.tables import NAMES, Layout, Row, Table

_TYPES: dict[Kind, str] = {
    "integer": "INTEGER",
    "real": "REAL",
    "boolean": "BOOLEAN",
    "text": "TEXT",
}


def require_unused(path: Path) -> None:
    """Raise ``UsageError`` if another program has the database at ``path`` open.

    A journal beside it belongs to the old file; SQLite would apply it to the new one.
    """
    for ending in ("-wal", "-journal"):
        if path.with_name(path.name + ending).exists():
            raise UsageError(
                f"{path} is open in another program, or was not closed in order",
                "close it there, or name another file: --output",
            )


def write(layout: Layout, rows: Iterable[tuple[str, Row]], draft: Path) -> None:
    """Write all tables in one transaction; raises ``sqlite3.Error``."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        # The file is a draft that goes when anything fails, and is flushed when it is whole.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        tables = [layout.tables[name] for name in NAMES]
        for table in tables:
            connection.execute(_creation(table))
        insertions = {
            table.name: f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"
            for table in tables
        }
        for name, row in rows:
            connection.execute(insertions[name], row)
        for statement in _indices(tables):
            connection.execute(statement)
        connection.execute("COMMIT")


def _creation(table: Table) -> str:
    parts = [f"{_quoted(column.name)} {_TYPES[column.kind]}" for column in table.columns]
    parts.append(f"PRIMARY KEY ({', '.join(table.key)})")
    parts += [f"FOREIGN KEY ({key}) REFERENCES {other} ({key})" for key, other in table.refers_to]
    return f"CREATE TABLE {table.name} ({', '.join(parts)})"


def _indices(tables: Iterable[Table]) -> Iterator[str]:
    """Yield statements which index the columns that link tables and begin no primary key."""
    for table in tables:
        for key, _ in table.refers_to:
            if key != table.key[0]:
                yield f"CREATE INDEX {table.name}_{key} ON {table.name} ({key})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
