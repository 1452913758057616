"""Make docs/results.md: the embedded model on the labelled set, beside the plain way.

    python benchmarks/results.py            # replays the recordings; no model, no network
    python benchmarks/results.py --check    # exit 1 if docs/results.md is not what comes out

Everything is replayed from cassettes/labelled; an article without a recording in a way is left
out of that way, and said so.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from plain_way import lines_of

from llm_extract.evaluate_command import Asking, ask_about, recorded
from llm_extract.labels.files import Label, load_labels
from llm_extract.scoring.comparison import compare
from llm_extract.scoring.evaluation import evaluate
from llm_extract.scoring.report import Figure, Report
from llm_extract.scoring.statistics import LEAST_ARTICLES
from llm_extract.scoring.tables import comparison_lines, interval_shown, report_lines, shown

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "seeds" / "labels"
TAPES = ROOT / "cassettes" / "labelled"
DOCUMENT = ROOT / "docs" / "results.md"
HEAD = ROOT / "benchmarks" / "results_head.md"
OUTPUT = ROOT / "demo" / "results"
WAYS = ("windows", "whole", "plain")
TITLES = {
    "windows": "llm-extract, profile windows",
    "whole": "llm-extract, profile whole",
    "plain": "the plain way",
}
SPLITS = ("dev", "test")
COLUMNS = (
    "record_precision", "record_recall", "record_f1", "value_f1", "grounded_f1", "forbidden",
    "unsupported", "tokens", "seconds",
)  # fmt: skip
SLICES = ("record_f1", "value_f1", "grounded_f1")


def lines(labels: list[Label], way: str) -> list[dict[str, Any]]:
    """Replay the extraction lines of these articles."""
    if way == "plain":
        return list(lines_of(labels, record=None, replay=TAPES / way))
    asking = Asking(profile=way, replay=TAPES / way)
    return [json.loads(found.model_dump_json()) for found in ask_about(labels, asking)]


def reports() -> Iterator[tuple[str, str, Report]]:
    """Yield way, split and report of everything that is recorded."""
    for split in SPLITS:
        labels = load_labels(LABELS, split=split)
        for way in WAYS:
            chosen = recorded(labels, TAPES / way)
            if not chosen:
                continue
            found = lines(chosen, way)
            OUTPUT.mkdir(parents=True, exist_ok=True)
            with (OUTPUT / f"{way}-{split}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in found)
            report = evaluate(chosen, found, judge_support=True)
            report.labels = "seeds/labels"
            (OUTPUT / f"{way}-{split}.json").write_text(report.model_dump_json(), encoding="utf-8")
            yield way, split, report


def document(found: dict[tuple[str, str], Report]) -> Iterator[str]:
    """Yield the lines of docs/results.md."""
    yield HEAD.read_text(encoding="utf-8").rstrip()
    for split in reversed(SPLITS):
        ways = [way for way in WAYS if (way, split) in found]
        yield f"\n## Split `{split}`\n"
        yield from _headline(found, split, ways)
        yield from _comparisons(found, split, ways)
    yield "\n## Slices: profile windows\n"
    for split in reversed(SPLITS):
        if ("windows", split) in found:
            yield from _slices(found["windows", split], split)
    yield "\n## Fields: profile windows, split `test`\n"
    if ("windows", "test") in found:
        yield from _fields(found["windows", "test"])
    yield ""


def _headline(
    found: dict[tuple[str, str], Report], split: str, ways: Sequence[str]
) -> Iterator[str]:
    titles = [name.replace("_", " ") for name in COLUMNS]
    yield f"| way | articles | {' | '.join(titles)} |"
    yield f"|---|---|{'---|' * len(COLUMNS)}"
    for way in ways:
        report = found[way, split]
        cells = [_cell(name, report.figures["all"][name]) for name in COLUMNS]
        size = len(load_labels(LABELS, split=split))
        yield f"| {TITLES[way]} | {len(report.articles)} of {size} | {' | '.join(cells)} |"


def _cell(name: str, figure: Figure) -> str:
    value, interval, _ = shown(name, figure)
    return f"{value} ({interval})" if interval else value


def _comparisons(
    found: dict[tuple[str, str], Report], split: str, ways: Sequence[str]
) -> Iterator[str]:
    for a, b in (("plain", "windows"), ("whole", "windows")):
        if a in ways and b in ways:
            both = set(_articles(found[a, split])) & set(_articles(found[b, split]))
            if len(both) < LEAST_ARTICLES:
                continue  # it could tell nothing
            names = (TITLES[a], TITLES[b])
            comparison = compare(found[a, split], found[b, split], names=names)
            text = list(comparison_lines(comparison, markdown=True))
            yield f"\n###{text[0].removeprefix('##')}\n"
            yield from _until_flips(text[1:])


def _articles(report: Report) -> list[str]:
    return [article.article_id for article in report.articles]


def _until_flips(text: Sequence[str]) -> Iterator[str]:
    for line in text:
        if line.startswith("| article |"):
            return
        yield line


def _slices(report: Report, split: str) -> Iterator[str]:
    yield f"| {split} | articles | {' | '.join(n.replace('_', ' ') for n in SLICES)} |"
    yield f"|---|---|{'---|' * len(SLICES)}"
    for name, figures in report.figures.items():
        if name != "all":
            cells = [f"{_cell(n, figures[n])}, n={figures[n].n}" for n in SLICES]
            yield f"| {name} | {figures['record_f1'].articles} | {' | '.join(cells)} |"
    yield ""


def _fields(report: Report) -> Iterator[str]:
    yield "| field | F1 | 95 % | near | grounded | right | wrong | missed | spurious |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for record_type, fields in report.fields.items():
        for name, figures in fields.items():
            f1, near, grounded = (shown(n, figures[n])[0] for n in ("f1", "near_f1", "grounded_f1"))
            counts = [f"{figures[n].value:.0f}" for n in ("right", "wrong", "missed", "spurious")]
            yield (
                f"| {record_type}.{name} | {f1} | {interval_shown(figures['f1'])} | {near} |"
                f" {grounded} | {' | '.join(counts)} |"
            )


def main() -> int:
    """Replay, score, and write the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    given = parser.parse_args()
    started = time.monotonic()
    found = {(way, split): report for way, split, report in reports()}
    text = "\n".join(document(found))
    told = f"{time.monotonic() - started:.0f} s on {platform.machine()}"
    if given.check:
        same = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text
        sys.stderr.write(f"docs/results.md {'is' if same else 'is not'} what comes out; {told}\n")
        return int(not same)
    DOCUMENT.write_text(text, encoding="utf-8")
    for (way, split), report in found.items():
        name = OUTPUT / f"{way}-{split}.txt"
        name.write_text("\n".join(report_lines(report)) + "\n", encoding="utf-8")
    sys.stderr.write(f"docs/results.md written; {told}; reports in demo/results\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
