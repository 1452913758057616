"""Progress on a terminal, and silence elsewhere; the only module that imports rich."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def weights_progress() -> Iterator[Callable[[int, int], None]]:
    """Show how much of the model's file is there; off a terminal a line every tenth."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    with Progress(
        "fetching the model",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines() -> Callable[[int, int], None]:
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        tenth = done * 10 // total if total else 0
        if tenth > shown:
            shown = tenth
            sys.stderr.write(f"fetching the model: {done // 2**20} of {total // 2**20} MiB\n")

    return report


def status_line() -> Callable[[str], None]:
    """Return a function that keeps one line of a terminal up to date; "" clears it."""
    if not sys.stderr.isatty():
        return lambda text: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()

    return show
