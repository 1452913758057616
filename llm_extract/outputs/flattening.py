"""Nested fields become columns: ``fatalities.total.value``; a list stays one JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llm_extract.console import json_line
from llm_extract.outputs.cells import Kind, common_kind, kind_of_value

MOST_COLUMNS = 1000
"""SQLite takes 2000. Fields beyond these stand in the whole record only."""

_ELSEWHERE = ("id", "evidence", "support")
_TAKEN = ("record_key", "article_id", "record_type", "record_id", "extraction_state", "record_json")


def flat(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of each field of a record, without its id and evidence."""
    for name, value in record.items():
        if name not in _ELSEWHERE:
            yield from _leaves(name, value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for name, inner in value.items():
        yield from _leaves(f"{path}.{name}", inner)


class Fields:
    """The fields seen so far in records of all types, and what stood in them."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind | None] = {}
        self._ranks: dict[str, int] = {}
        self._types: dict[str, set[str]] = {}

    def add(self, record_type: str, record: Mapping[str, Any]) -> None:
        """Take in the fields of one record."""
        for path, value in flat(record):
            if path not in self._kinds:
                if len(self._kinds) >= MOST_COLUMNS:
                    continue
                for prefix in _prefixes(path):
                    self._ranks.setdefault(prefix, len(self._ranks))
            self._kinds[path] = common_kind(self._kinds.get(path), kind_of_value(value))
            self._types.setdefault(path.partition(".")[0], set()).add(record_type)

    def ordered(self) -> list[tuple[str, Kind]]:
        """Return paths and kinds: fields of all types first, then as first seen, siblings together.

        A field that was always null is text. A part that was null where others have values, like
        ``injured`` beside ``injured.value``, is no field of its own.
        """
        everywhere = set[str]().union(*self._types.values())
        inner = {prefix for path in self._kinds for prefix in list(_prefixes(path))[:-1]}

        def place(path: str) -> tuple[bool, list[int]]:
            prefixes = list(_prefixes(path))
            return self._types[prefixes[0]] != everywhere, [self._ranks[p] for p in prefixes]

        paths = [p for p, kind in self._kinds.items() if kind is not None or p not in inner]
        return [(path, self._kinds[path] or "text") for path in sorted(paths, key=place)]

    @staticmethod
    def names(paths: Iterable[str]) -> list[str]:
        """Return a column's name for each path: the path, with ``_`` behind it where it is taken.

        SQLite takes ``Name`` and ``name`` for the same.
        """
        taken, names = set(_TAKEN), []
        for path in paths:
            name = json_line(path)
            while name.casefold() in taken:
                name += "_"
            taken.add(name.casefold())
            names.append(name)
        return names


def _prefixes(path: str) -> Iterator[str]:
    """Yield ``a``, ``a.b``, ``a.b.c`` for ``a.b.c``."""
    steps = path.split(".")
    for end in range(1, len(steps) + 1):
        yield ".".join(steps[:end])
