"""What stands in one cell of a table, the same in every format."""

from __future__ import annotations

import json
from typing import Any, Literal

from llm_extract.console import json_line
from llm_extract.result import writable

Kind = Literal["integer", "real", "boolean", "text"]
"""Type of a column; integers have 64 bits."""

Cell = str | int | float | bool | None

_LARGEST = 2**63 - 1


def kind_of_value(value: Any) -> Kind | None:
    """Return the narrowest kind a JSON value fits; None for null, which fits every kind."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if -_LARGEST - 1 <= value <= _LARGEST else "text"
    return "real" if isinstance(value, float) else "text"


def common_kind(one: Kind | None, other: Kind | None) -> Kind | None:
    """Return the kind that holds values of both: a number's if both are numbers, else text."""
    if one is None or other is None or one == other:
        return one or other
    return "real" if {one, other} == {"integer", "real"} else "text"


def fitted(value: Any, kind: Kind) -> Cell:
    """Return a JSON value as a cell of this kind.

    In a column of texts a list, an object or a number of another column's kind stands as JSON.
    A value which a column of numbers can not hold is null.
    """
    if value is None:
        return None
    if kind == "text":
        return str(writable(value)) if isinstance(value, str) else json_text(value)
    if common_kind(kind_of_value(value), kind) != kind:
        return None
    return float(value) if kind == "real" else value


def json_text(value: Any) -> str:
    """Return a value as JSON on one line, harmless for a terminal."""
    return json_line(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
