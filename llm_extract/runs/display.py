"""How a run looks while it goes: one line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from llm_extract.article import Article
from llm_extract.console import tell, tell_error
from llm_extract.progress import status_line
from llm_extract.reading import Unreadable
from llm_extract.record import Record
from llm_extract.result import Extraction
from llm_extract.runs.batch import Batch, Listener
from llm_extract.terminal import printable

_PLAIN_EVERY_S = 30.0
_LINE_EVERY_S = 0.2
MOST_SHOWN = 60
"""So many extractions are shown one by one at the end."""
_WARNINGS = 20
"""So many warnings are shown one by one."""


class Display(Listener):
    """Shows a run on stderr, and writes its log; ``whole`` is how many articles are expected."""

    def __init__(
        self,
        *,
        whole: int | None,
        log: IO[str] | None = None,
        read: Callable[[str], None] = lambda article_id: None,
        done: Callable[[str], None] = lambda article_id: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.batch: Batch | None = None
        self._whole = whole
        self._log = log
        self._read, self._done = read, done
        self._clock = clock
        self._started = self._shown_at = clock()
        self._on_terminal = sys.stderr.isatty()
        self._show = status_line()
        self._asking = ""
        self.extractions: list[Extraction[Record]] = []
        """What was found; at most one more than can be shown."""
        self.order: dict[str, int] = {}
        """Place of the first articles in the order of reading."""
        self._warnings = 0

    def read(self, article: Article) -> None:
        """Show what a reader should know about an article."""
        self._read(article.id)
        if len(self.order) <= MOST_SHOWN:
            self.order[article.id] = len(self.order)
        for warning in article.warnings:
            self._warnings += 1
            if self._warnings <= _WARNINGS:
                self._say(f"warning: {article.id}: {warning}")
            elif self._warnings == _WARNINGS + 1:
                self._say("more warnings stand with the articles in the results")

    def unreadable(self, item: Unreadable) -> None:
        """Show an input that could not be read."""
        self._show("")
        tell_error(item.reason, item.where)
        self.event("unreadable", source=item.where, reason=item.reason.message)

    def asking(self, article_id: str, record_type: str, done: int, whole: int) -> None:
        """Show what is being asked about."""
        self._asking = f"{printable(article_id)} · {record_type} · {done}/{whole}"
        self.refresh()

    def finished(self, article_id: str) -> None:
        """Show how far the run has come."""
        self._done(article_id)
        self.refresh()

    def found(self, extraction: Extraction[Record]) -> None:
        """Remember what was found, as long as it is little enough to be shown whole."""
        if len(self.extractions) <= MOST_SHOWN:
            self.extractions.append(extraction)

    def event(self, name: str, **facts: Any) -> None:
        """Write a line to the log."""
        if self._log is not None:
            at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            self._log.write(json.dumps({"at": at, "event": name, **facts}) + "\n")
            self._log.flush()

    def refresh(self, *, now: bool = False) -> None:
        """Show the state of the run, not too often."""
        every = _LINE_EVERY_S if self._on_terminal else _PLAIN_EVERY_S
        if not now and self._clock() - self._shown_at < every:
            return
        self._shown_at = self._clock()
        line = self.line()
        if self._on_terminal:
            self._show(line)
        else:
            tell(line)

    def clear(self) -> None:
        """Leave the terminal's line empty."""
        self._show("")

    def line(self) -> str:
        """Return the state of the run in a line."""
        if self.batch is None:
            return ""
        tally, spent = self.batch.tally, self.batch.answers.budget
        whole = f" of {self._whole:,}" if self._whole else ""
        parts = [f"{tally.done:,}{whole} articles", f"{tally.records:,} records"]
        if tally.failed:
            parts.append(f"{tally.failed:,} failed")
        parts.append(f"{spent.spent_tokens:,.0f} tokens")
        if spent.price is None:
            parts.append("price unknown")
        elif spent.price.dearest:
            parts.append(f"${spent.spent_usd:,.2f}")
        parts += self._rate(tally.done)
        gate = self.batch.answers.client.gate
        if gate is not None and gate.is_down:
            parts.append("the endpoint is down, trying again")
        elif gate is not None and gate.most > 1:
            parts.append(f"{gate.in_flight} in flight")
        if self._asking and (gate is None or gate.most == 1):
            parts.append(self._asking)
        return " · ".join(parts)

    def _rate(self, done: int) -> list[str]:
        elapsed = self._clock() - self._started
        fresh = done - (self.batch.tally.done_earlier if self.batch else 0)
        if fresh < 3 or elapsed < 1:
            return []
        per_minute = 60 * fresh / elapsed
        shown = [f"{per_minute:,.1f} a minute"]
        if self._whole and self._whole > done:
            shown.append(f"{duration((self._whole - done) / per_minute * 60)} left")
        return shown

    def _say(self, text: str) -> None:
        self._show("")
        tell(text)


def open_log(path: Path) -> IO[str]:
    """Open a log to be added to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a", encoding="utf-8")


def duration(seconds: float) -> str:
    """Return a time as people say it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 48 * 60 else f"{minutes // 1440} d"
