"""JSON Lines: one object a line, read strictly, so that nothing is taken for what it is not."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from llm_extract.errors import InputError

_MAX_DEPTH = 64
_CHUNK = 1 << 20


def read_lines(stream: BinaryIO, max_bytes: int) -> Iterator[bytes | InputError]:
    """Yield each line with its end; for a line over ``max_bytes`` an error, then the next line."""
    while line := _read_line(stream, max_bytes + 1):
        if len(line) <= max_bytes:
            yield line
            continue
        # Told before the rest of the line is skipped: it may have no end.
        yield InputError(
            f"the line has {len(line)} bytes or more, and {max_bytes} are allowed",
            "allow more with --max-bytes",
        )
        while line and not line.endswith(b"\n"):
            line = _read_line(stream, _CHUNK)


def _read_line(stream: BinaryIO, limit: int) -> bytes:
    try:
        return stream.readline(limit)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}") from None


def parse_object(line: str) -> dict[str, object]:
    """Read one line as a JSON object; raise InputError for anything else.

    Refused: a name given twice, NaN and infinite numbers, and nesting deeper than 64.
    """
    try:
        loaded = json.loads(
            line,
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"not valid JSON: {error.msg.removesuffix(' at')} at column {error.colno}",
            "each line must be one whole JSON object",
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise InputError(f"not valid JSON: {str(error)[:200]}") from None
    if not isinstance(loaded, dict):
        raise InputError(
            f"a JSON {_KINDS.get(type(loaded), 'value')}, not an object",
            'each line must look like {"id": "…", "text": "…", "published": "YYYY-MM-DD"}',
        )
    _refuse_depth(loaded)
    return loaded


_KINDS: dict[type, str] = {
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "true or false",
    type(None): "null",
}


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is given twice")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large for a number")
    return number


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(_MAX_DEPTH + 1):
        nested: list[object] = []
        for item in level:
            if isinstance(item, dict):
                nested.extend(item.values())
            elif isinstance(item, list):
                nested.extend(item)
        if not nested:
            return
        level = nested
    raise _too_deep()


def _too_deep() -> InputError:
    return InputError(f"nested deeper than {_MAX_DEPTH} levels")
