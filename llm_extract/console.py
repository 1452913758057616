"""The two streams of a command: data goes to stdout, words for a person to stderr."""

from __future__ import annotations

import json
import sys

from llm_extract.errors import LlmExtractError
from llm_extract.terminal import printable


def tell(line: str) -> None:
    """Write one line for a person to stderr, harmless for a terminal."""
    sys.stderr.write(printable(line) + "\n")


def tell_error(error: LlmExtractError, where: str = "") -> None:
    """Write an error and what to do next to stderr, ``where`` in front unless it names it."""
    named = not where or error.message.startswith(where)
    tell(f"error: {error.message}" if named else f"error: {where}: {error.message}")
    if error.hint:
        tell(f"hint: {error.hint}")


def print_line(text: str) -> None:
    """Write one line of data to stdout, harmless for a terminal."""
    sys.stdout.write(printable(text) + "\n")


def json_line(text: str) -> str:
    """Return JSON in which no character can steer a terminal: such stand as escapes, unharmed."""
    if printable(text) == text:
        return text
    return "".join(c if printable(c) == c else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]
