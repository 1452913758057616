"""What a run does when the endpoint, the disk, the input or the user do their worst.

The real command line talks over real HTTP to ``faulty_endpoint``. The sections follow the fault
matrix of ``docs/reliability.md``.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tenacity
from faulty_endpoint import FAULTS, PASSING, Ask, Endpoint, faulty
from running import Ran, Run

from llm_extract import cli, transport
from llm_extract.runs.folder import RunFolder

Json = dict[str, Any]

KEY = "sk-sentinel-89abcdef01234567"
BAD = "Badtown"
PLACES = ("Kessi", "Taboria", "Norhaven")
TAIL = "said the Quillfeather bulletin"
"""Words that no record needs: where they turn up, article text has leaked."""


@pytest.fixture(autouse=True)
def _quick_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Shorten the waits between tries, and nothing else."""
    monkeypatch.setenv("LLM_EXTRACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cli, "_debug", False)
    monkeypatch.setattr(transport, "_backoff", tenacity.wait_random(0.01, 0.03))


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Load what is loaded once, so that no deadline of a test pays for it."""
    import httpx2
    import instructor
    import openai

    assert httpx2
    assert instructor
    assert openai


def sentence(n: int, place: str | None = None) -> str:
    where = place or PLACES[n % len(PLACES)]
    return f"On Monday, air raids killed {n + 11} civilians in {where}, {TAIL}."


def write_articles(path: Path, count: int, bad: int | None = None) -> Path:
    """Write articles of one sentence each; number ``bad`` lies in a town of its own."""
    lines = [
        json.dumps({"id": f"a{n}", "text": sentence(n, BAD if n == bad else None)}) + "\n"
        for n in range(count)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def model(endpoint: Endpoint | str) -> list[str]:
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    return [
        *("--base-url", url, "--model", "m", "--profile", "windows"),
        *("--published", "2023-05-17", "-t", "incident", "-q"),
    ]


def lines_of(folder: Path) -> list[Json]:
    text = (folder / "records.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def bare(lines: Sequence[Json]) -> list[Json]:
    """Leave out what two runs may differ in: how often and how long they had to ask."""
    differing = ("attempts", "usage", "cost", "model")
    return [{k: v for k, v in line.items() if k not in differing} for line in lines]


def tolls(lines: Sequence[Json]) -> dict[str, list[int | None]]:
    return {
        line["article_id"]: [r["fatalities"]["total"]["value"] for r in line["records"]]
        for line in lines
    }


def units(folder: Path) -> Counter[str]:
    """Return how many units are in each state, read without the program."""
    with sqlite3.connect(f"file:{folder / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        rows = ledger.execute("SELECT state FROM units").fetchall()
    ledger.close()
    return Counter(state for (state,) in rows)


def about_bad(fault: str, attempts: int = 1 << 30) -> Callable[[Ask], str]:
    """The fault for the article in Badtown, so many times; no other article has one."""

    def rule(ask: Ask) -> str:
        hit = BAD in ask.request["messages"][1]["content"] and ask.attempt <= attempts
        return fault if hit else ""

    return rule


def no_harm(ended: Ran) -> None:
    """Nothing a user should never see, in any of these runs."""
    assert "Traceback" not in ended.err
    assert "unforeseen" not in ended.err
    assert TAIL not in ended.err


# ---- A. One bad article costs no other; what passes is passed over


@dataclass(frozen=True)
class End:
    """How a run of 20 ends when one article meets a fault again and again."""

    status: int
    state: str
    requests: int
    """About the bad article."""
    said: str = ""


ENDS: dict[str, End] = {}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_bad_article_among_twenty_costs_no_other(
    run: Run, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_articles(tmp_path / "in.jsonl", 20, bad=9)
    monkeypatch.setattr("llm_extract.models._REMOTE_TIMEOUT_S", 0.6)
    attempts = 1 if fault in ("429", "429 wait") else 1 << 30
    with faulty(rule=about_bad(fault, attempts)) as endpoint:
        t = time.time()
        ended = run(
            "extract", source, *model(endpoint), "--run", tmp_path / "r", "--jobs", "4",
            "--log", tmp_path / "log.jsonl",
        )
        l = [x for x in lines_of(tmp_path / "r") if x["article_id"] == "a9"]
        n = len(endpoint.about(BAD))
        with Path("/tmp/fx/obs.txt").open("a") as f:
            f.write(f"{fault!r}: {ended.status} {l[0]['state'] if l else None} {n} {time.time()-t:.2f} {l[0]['failure'] if l else ''} rej={len(l[0]['rejected']) if l else ''} {dict(units(tmp_path/'r'))} {endpoint.stats} | {[a['repaired'] for a in l[0]['attempts']] if l else ''} {ended.err!r}\n")
    no_harm(ended)
