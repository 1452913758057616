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


def test_every_recording_is_of_a_labelled_article() -> None:
    labels = {label.id for label in load_labels(ROOT / "seeds" / "labels")}
    for way in ("windows", "plain"):
        assert {path.stem for path in (TAPES / way).glob("*.yaml")} <= labels, way


@pytest.mark.parametrize("way", ["windows", "plain"])
@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_table_of_results_is_about_all_that_is_recorded(split: str, way: str) -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    labels = load_labels(ROOT / "seeds" / "labels", split=split)
    there = sum((TAPES / way / f"{label.id}.yaml").is_file() for label in labels)
    section = text.partition(f"## Split `{split}`")[2].partition("\n## ")[0]
    title = "the plain way" if way == "plain" else f"llm-extract, profile {way}"
    row = re.search(rf"\| {title} \| (\d+) of (\d+) \|", section)
    assert bool(row) == bool(there)
    assert row is None or (int(row[1]), int(row[2])) == (there, len(labels))
