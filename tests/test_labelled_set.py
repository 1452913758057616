"""The labelled set that comes with the project: what seeds/README.md promises of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from llm_extract.labels.checks import TRAPS, check_label
from llm_extract.labels.files import Label, load_labels
from llm_extract.record_type import builtin_names
from llm_extract.scoring.agreement import agreement
from llm_extract.scoring.evaluation import evaluate

SEEDS = Path(__file__).parents[1] / "seeds"
REAL = "afp-idlib-2019-08-27"
SEEN = frozenset(
    (REAL, "cyclone-spares-islands", "pisco-simulacro", "tawila-shaqra-nuzuh", "tin-akoff-poste")
)
"""Looked at while the profile's settings were decided: dev, wherever the rule would put them."""


@pytest.fixture(scope="module")
def labels() -> list[Label]:
    return load_labels(SEEDS / "labels")


def test_every_label_holds(labels: list[Label]) -> None:
    for folder in ("labels", "coders/a", "coders/b"):
        for label in load_labels(SEEDS / folder):
            assert [str(p) for p in check_label(label)] == [], label.path


def test_every_article_has_a_label_of_both_coders_and_a_settled_one(labels: list[Label]) -> None:
    articles = {path.stem for path in (SEEDS / "articles").iterdir()}
    for folder in ("labels", "coders/a", "coders/b"):
        assert {path.stem for path in (SEEDS / folder).glob("*.json")} == articles, folder
    assert len(articles) >= 73


def test_every_article_but_the_real_one_says_that_it_is_invented() -> None:
    for path in (SEEDS / "articles").iterdir():
        text = path.read_text(encoding="utf-8")
        assert path.stem == REAL or re.search(r"^invented: true$|Invented for llm-extract", text,
                                              re.MULTILINE), path  # fmt: skip


def test_the_set_holds_what_was_promised(labels: list[Label]) -> None:
    types = [Counter(r["record_type"] for r in label.file.records) for label in labels]
    having = {name: sum(name in t for t in types) for name in builtin_names()}
    assert having["incident"] >= 24
    assert having["ceasefire_agreement"] >= 20
    assert having["displacement"] >= 20
    assert sum(not t for t in types) >= 18
    assert sum(len(t) > 1 for t in types) >= 15
    languages = Counter(label.article.language for label in labels)
    assert set(languages) == {"en", "fr", "es", "ar", "uk"}
    assert sum(languages.values()) - languages["en"] >= 16
    words = [len(label.article.text.split()) for label in labels]
    assert min(words) >= 55
    assert sum(n > 3000 for n in words) == 3
    assert sum(path.suffix == ".html" for path in (SEEDS / "articles").iterdir()) >= 4


def test_every_trap_is_there_three_times(labels: list[Label]) -> None:
    traps = Counter(trap for label in labels for trap in label.file.traps)
    assert set(traps) == set(TRAPS)
    assert min(traps.values()) >= 3, traps


def test_the_split_is_two_to_one_in_every_part(labels: list[Label]) -> None:
    assert {label.file.split for label in labels} == {"dev", "test"}
    assert {label.file.split for label in labels if label.id in SEEN} == {"dev"}

    def tested(part: Iterable[Label]) -> float:
        of_part = list(part)
        return sum(label.file.split == "test" for label in of_part) / len(of_part)

    assert tested(labels) == pytest.approx(1 / 3, abs=0.05)
    for name in builtin_names():
        assert tested(x for x in labels if x.records(name)) == pytest.approx(1 / 3, abs=0.12), name
    assert tested(x for x in labels if not x.file.records) == pytest.approx(1 / 3, abs=0.12)
    assert tested(x for x in labels if x.article.language != "en") == pytest.approx(0.3, abs=0.12)


def test_two_articles_of_one_event_stand_in_one_split(labels: list[Label]) -> None:
    pairs: dict[str, set[str | None]] = defaultdict(set)
    for label in labels:
        if found := re.fullmatch(r"(.+)-[12]", label.id):
            pairs[found[1]].add(label.file.split)
    assert len(pairs) == 2
    assert all(len(found) == 1 for found in pairs.values())


def test_gold_against_itself_is_one_on_the_whole_set(labels: list[Label]) -> None:
    lines = [
        {"article_id": label.id, "record_type": name, "records": label.records(name)}
        for label in labels
        for name in label.file.record_types
    ]
    report = evaluate(labels, lines, resamples=100)
    for name in ("record_f1", "value_f1", "grounded_f1"):
        assert report.figures["all"][name].value == 1.0, name
    assert report.figures["all"]["forbidden"].value == 0.0


def test_the_agreement_told_is_the_one_measured() -> None:
    a, b = (load_labels(SEEDS / "coders" / coder) for coder in "ab")
    found = agreement(a, {label.id: label.file.records for label in b}, names=("a", "b"))
    text = (SEEDS / "README.md").read_text(encoding="utf-8")
    for name, (both, only_a, only_b) in found.records.items():
        assert f"| {name} | {both} | {only_a} | {only_b} |" in text
    for field in found.fields:
        value = "undefined" if field.value is None else f"{field.value:.2f}"
        row = f"| {field.record_type}.{field.field} | {field.agree} | {field.n} |"
        assert f"{row} {field.measure} | {value} |" in text, field
