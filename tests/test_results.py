"""The recordings of the labelled set still play, and score as docs/results.md says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from plain_way import lines_of

from llm_extract.evaluate_command import Asking, ask_about
from llm_extract.labels.files import Label, load_labels
from llm_extract.scoring.evaluation import evaluate

ROOT = Path(__file__).parents[1]
TAPES = ROOT / "cassettes" / "labelled"
EVERY = 4
"""Every so many-th article is replayed here; ``make results`` replays all."""


@pytest.fixture(scope="module")
def some() -> list[Label]:
    """A part of the labels, both splits, with a recording in both ways."""
    labels = load_labels(ROOT / "seeds" / "labels")
    both = [x for x in labels if all((TAPES / w / f"{x.id}.yaml").is_file() for w in
                                     ("windows", "plain"))]  # fmt: skip
    return both[::EVERY]


def test_a_part_of_the_set_is_replayed_and_scored(some: list[Label]) -> None:
    asking = Asking(profile="windows", replay=TAPES / "windows")
    found = [json.loads(line.model_dump_json()) for line in ask_about(some, asking)]
    assert {line["state"] for line in found} <= {"ok", "empty", "partial"}
    ours = evaluate(some, found, resamples=200, judge_support=True)
    plain = evaluate(some, lines_of(some, record=None, replay=TAPES / "plain"), resamples=200,
                     judge_support=True)  # fmt: skip
    assert ours.absent == plain.absent == []
    assert ours.other_text == plain.other_text == []
    headline = [r.figures["all"]["grounded_f1"].value or 0 for r in (ours, plain)]
    assert headline[0] > headline[1]
    assert (ours.figures["all"]["unsupported"].value or 0) < 0.01
    assert (plain.figures["all"]["unsupported"].value or 0) > 0.05


def test_every_labelled_article_is_recorded_in_both_ways() -> None:
    labels = {label.id for label in load_labels(ROOT / "seeds" / "labels")}
    for way in ("windows", "plain"):
        assert {path.stem for path in (TAPES / way).glob("*.yaml")} == labels, way


def test_the_table_of_results_is_about_the_whole_set() -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    labels = load_labels(ROOT / "seeds" / "labels")
    for split in ("dev", "test"):
        size = sum(label.file.split == split for label in labels)
        section = text.partition(f"## Split `{split}`")[2]
        row = re.search(r"\| llm-extract, profile windows \| (\d+) \|", section)
        assert row
        assert int(row[1]) == size
