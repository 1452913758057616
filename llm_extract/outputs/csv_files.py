r"""Tables as CSV after RFC 4180: UTF-8 without a mark, ``\r\n``, names in the first row.

Null and the empty text are both the empty cell; ``record_json`` tells them apart. A spreadsheet
takes a text that opens with ``=`` and the like for a formula, so such a text gets an apostrophe
in front, and ``plain`` takes it away. Numbers stay as they are, -3 is ``-3``; booleans are
``true`` and ``false``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from llm_extract.outputs.cells import Cell
from llm_extract.outputs.tables import Layout, Row

# A line begins at the start and behind \n, \r\n or \r. What opens it may stand behind blanks and
# signs that show nothing. See OWASP, CSV Injection; the wide signs are those of East Asian texts.
_LINE = r"(?:\A|(?<=\n)|(?<=\r)(?!\n))"
_OPENS = (
    r"(?:(?![\t\r\n])[\s\x00-\x20\u00ad\u200b-\u200f\u2060\ufeff])*"
    r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
)
_DANGEROUS = re.compile(f"{_LINE}(?='*{_OPENS})")
_GUARDED = re.compile(f"{_LINE}'(?='*{_OPENS})")


def guarded(text: str) -> str:
    r"""Return a text which no spreadsheet takes for a formula.

    An apostrophe goes in front of each line that opens with one of ``= + - @``, tab, CR or LF,
    blanks before it left aside; and, so that it can be undone, of one that opens with such an
    apostrophe already.
    """
    return _DANGEROUS.sub("'", text)


def plain(cell: str) -> str:
    """Return the text that ``guarded`` was given."""
    return _GUARDED.sub("", cell)


def write(layout: Layout, rows: Iterable[tuple[str, Row]], drafts: Mapping[str, Path]) -> None:
    """Write each table to its file; raises ``OSError``."""
    with ExitStack() as stack:
        writers = {}
        for name, path in drafts.items():
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            writers[name] = csv.writer(file, lineterminator="\r\n")
            writers[name].writerow([guarded(column) for column in layout.tables[name].names])
        for name, row in rows:
            writers[name].writerow([_written(cell) for cell in row])


def _written(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return guarded(cell)
    return str(cell).lower() if isinstance(cell, bool) else cell
