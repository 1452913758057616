"""The two streams of a command: data goes to stdout, words for a person to stderr."""

from __future__ import annotations

import sys

from llm_extract.terminal import printable


def tell(line: str) -> None:
    """Write one line for a person to stderr, harmless for a terminal."""
    sys.stderr.write(printable(line) + "\n")


def print_line(text: str) -> None:
    """Write one line of data to stdout, harmless for a terminal."""
    sys.stdout.write(printable(text) + "\n")
