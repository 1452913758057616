"""`runs show`: how far a run is, what failed and why, what it cost, what to do next."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llm_extract.console import json_line, print_line
from llm_extract.runs.folder import RunFolder
from llm_extract.runs.ledger import Ledger


def run_show(path: Path, *, as_json: bool) -> None:
    """Print the state of a run; it may be at work meanwhile."""
    folder = RunFolder(path)
    settings = folder.read()
    with folder.ledger(read_only=True) as ledger:
        facts = _facts(ledger)
    facts["model"] = settings.model
    facts["next"] = list(_next(path, facts))
    if as_json:
        sys.stdout.write(json_line(json.dumps(facts, ensure_ascii=False, indent=1)) + "\n")
        return
    for line in _lines(facts):
        print_line(line)


def _facts(ledger: Ledger) -> dict[str, Any]:
    spent = ledger.spending()
    return {
        "totals": ledger.totals(),
        "states": ledger.states(),
        "failed": ledger.reasons("failed"),
        "partial": [(why, n) for why, n in ledger.reasons("partial") if why],
        "put_off": [(why, n) for why, n in ledger.reasons("pending") if why],
        "unreadable": ledger.unreadable(),
        "questions": spent.calls,
        "requests": spent.requests,
        "usage": spent.usage.model_dump(),
        "usd": spent.usd,
        "slowest": ledger.slowest(),
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    totals, usage = facts["totals"], facts["usage"]
    yield (
        f"{totals['articles']:,} articles, {totals['units']:,} units, "
        f"{totals['records']:,} records, {totals['rejected']:,} rejected; model {facts['model']}"
    )
    for name, states in facts["states"].items():
        yield f"  {name:<22}" + ", ".join(f"{n:,} {state}" for state, n in sorted(states.items()))
    money = "price unknown" if facts["usd"] is None else f"${facts['usd']:,.2f}"
    yield (
        f"{facts['questions']:,} questions in {facts['requests']:,} requests; "
        f"{usage['prompt_tokens'] or 0:,} prompt tokens ({usage['cached_tokens'] or 0:,} cached), "
        f"{usage['completion_tokens'] or 0:,} answer tokens; {money}"
    )
    for title, key in (
        ("failed", "failed"),
        ("failed in part", "partial"),
        ("put off", "put_off"),
        ("not read", "unreadable"),
    ):
        for first, second in facts[key]:
            text = f"{first}: {second}" if key == "unreadable" else f"{second:,} units: {first}"
            yield f"{title}: {text}"
    for article, name, seconds in facts["slowest"]:
        if seconds:
            yield f"slow: {article}, {name}: {seconds:,.1f} s"
    yield from facts["next"]


def _next(path: Path, facts: dict[str, Any]) -> Iterator[str]:
    command = shlex.join(["llm-extract", "extract", "--run", str(path)])
    pending = sum(states.get("pending", 0) for states in facts["states"].values())
    if pending:
        yield f"{pending:,} units are still to be done: {command}"
    failed = sum(states.get("failed", 0) for states in facts["states"].values())
    if failed or facts["partial"]:
        yield f"to ask again about what failed: {command} --retry-failed"
    if not pending and not failed:
        yield "all is done"
