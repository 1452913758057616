"""How long ``llm-extract --help`` takes, from the start of the process to its end.

    python benchmarks/help_time.py [--runs 21] [--limit 0.3]

Prints the median and the extremes of all runs but the first, which may still write byte code.
With --limit the exit status is 1 when the median is above it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


def command() -> list[str]:
    """Return the command beside this interpreter, or the module where it is not installed."""
    script = shutil.which("llm-extract", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "llm_extract"]


def timings(arguments: Sequence[str], runs: int) -> Iterator[float]:
    """Run the command ``runs`` times and yield the seconds each run took."""
    # Without stored byte code every run would compile the sources again.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(
            [*arguments, "--help"], check=True, stdout=subprocess.DEVNULL, env=environment
        )
        yield time.perf_counter() - started


def main() -> int:
    """Measure, print, and compare with the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--limit", type=float)
    asked = parser.parse_args()
    arguments = command()
    taken = list(timings(arguments, max(2, asked.runs)))[1:]
    median = statistics.median(taken)
    print(  # noqa: T201
        f"{' '.join(arguments)} --help: median {median:.3f} s of {len(taken)} runs,"
        f" {min(taken):.3f} to {max(taken):.3f} s, {os.cpu_count()} processors,"
        f" Python {sys.version.split()[0]}"
    )
    return int(asked.limit is not None and median > asked.limit)


if __name__ == "__main__":
    sys.exit(main())
