"""How many articles there are to be read, as far as that can be told without reading them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from llm_extract.errors import InputError
from llm_extract.reading.input_files import find_files, kind_of, open_regular

_LINES = frozenset((".jsonl", ".ndjson"))
_CHUNK = 1 << 20


def count_articles(sources: Iterable[str], suffixes: frozenset[str]) -> int | None:
    """Return the number of files, and of lines in JSON Lines; None where it can not be told."""
    count = 0
    try:
        for source in sources:
            if source == "-":
                return None
            path = Path(source)
            found = (
                [item.path for item in find_files(path, suffixes) if item.refusal is None]
                if kind_of(path) == "directory"
                else [path]
            )
            count += sum(_lines(file) if file.suffix.lower() in _LINES else 1 for file in found)
    except (InputError, OSError):
        return None
    return count


def _lines(path: Path) -> int:
    count, last = 0, b"\n"
    with open_regular(path) as stream:
        while chunk := stream.read(_CHUNK):
            count += chunk.count(b"\n")
            last = chunk[-1:]
    return count + (last != b"\n")
