"""What tokens cost: a file the user can edit; a price that is not in it is unknown, never 0."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from llm_extract.errors import UsageError
from llm_extract.result import Usage

_SHIPPED = "prices.toml"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one token."""

    prompt: float
    completion: float
    cached: float
    """For a prompt token the endpoint says it had cached."""
    as_of: str
    """When somebody looked it up; empty: not said."""

    @property
    def dearest(self) -> float:
        """The dearer of a prompt and a completion token."""
        return max(self.prompt, self.completion)

    def of(self, usage: Usage) -> float | None:
        """Return the price of these tokens; None where the endpoint has not told them."""
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return 0.0 if self.dearest == 0 else None
        cached = min(usage.cached_tokens or 0, usage.prompt_tokens)
        fresh = usage.prompt_tokens - cached
        return (
            fresh * self.prompt + cached * self.cached + usage.completion_tokens * self.completion
        )


NOTHING = Price(0.0, 0.0, 0.0, "")
"""The price of a model that runs on one's own machine."""


def find_price(model: str, file: Path | None = None) -> Price | None:
    """Return the price of a model by its name, as ``openai/NAME`` or ``NAME``; None: unknown.

    The user's file comes first. Raises ``UsageError`` for a file that can not be read.
    """
    tables = [_read(file)] if file else []
    tables.append(tomllib.loads(files("llm_extract").joinpath(_SHIPPED).read_text("utf-8")))
    for table in tables:
        for name in (model, model.partition("/")[2], model.rpartition("/")[2]):
            if name in table:
                return _price(table[name], name, file)
    return None


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", "see docs/runs.md") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no TOML: {error}", "see docs/runs.md for an example") from None


def _price(entry: object, name: str, file: Path | None) -> Price:
    values = entry if isinstance(entry, dict) else {}
    prompt, completion = values.get("prompt"), values.get("completion")
    cached = values.get("cached", prompt)
    for value in (prompt, completion, cached):
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not 0 <= value < math.inf
        ):
            raise UsageError(
                f"{file or _SHIPPED}: [{name}] needs prompt and completion, numbers from 0",
                "US dollars for a million tokens, as in docs/runs.md",
            )
    million = 1_000_000
    return Price(
        float(prompt or 0) / million,
        float(completion or 0) / million,
        float(cached or 0) / million,
        str(values.get("as_of", "")),
    )
