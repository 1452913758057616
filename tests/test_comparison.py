"""Two evaluations beside each other: the verdict, the tests, and what the set could have shown."""

from __future__ import annotations

from typing import Any

import pytest
from labelled import RAID, SHELL, changed, label, lines

from llm_extract.errors import UsageError
from llm_extract.scoring.comparison import Comparison, FieldTest, compare, holm
from llm_extract.scoring.evaluation import evaluate
from llm_extract.scoring.report import Report

ARTICLES = [f"a{i}" for i in range(24)]
WRONG = changed(RAID, "location.text", "Dori")


def report(found: dict[str, list[dict[str, Any]]]) -> Report:
    """A report on 24 articles, each telling of the raid; the rest is extracted rightly."""
    labels = [label(RAID, article_id=name) for name in ARTICLES]
    given = [line for name in ARTICLES for line in lines(*found.get(name, [RAID]), article_id=name)]
    return evaluate(labels, given, resamples=200)


def compared(a: dict[str, Any], b: dict[str, Any], **more: Any) -> Comparison:
    return compare(report(a), report(b), resamples=2000, **more)


def test_the_same_results_show_no_difference() -> None:
    found = compared({}, {})
    assert found.verdict == "no difference"
    assert found.differences[0].words == "no difference larger than 0.000"
    assert found.fields == []
    assert found.flips == []


def test_a_system_that_finds_nothing_is_worse_and_the_other_better() -> None:
    nothing: dict[str, Any] = {name: [] for name in ARTICLES[:12]}
    assert compared({}, nothing).verdict == "worse"
    assert compared(nothing, {}).verdict == "better"


def test_one_article_in_many_is_not_decisive() -> None:
    found = compared({}, {"a0": [], "a1": [WRONG]}, margin=0.001)
    assert found.verdict == "not decisive"
    headline = found.differences[0]
    assert headline.low is not None
    assert headline.high is not None
    assert headline.low < 0 <= headline.high
    assert headline.detectable is not None
    assert headline.detectable > abs(headline.difference or 0)


def test_a_narrow_interval_around_nothing_is_no_difference() -> None:
    found = compared({}, {"a0": [WRONG]}, margin=0.05)
    assert found.verdict == "no difference"
    assert found.differences[0].words.startswith("no difference larger than 0.0")


def test_fields_are_tested_by_articles_and_corrected_for_their_number() -> None:
    worse = changed(WRONG, "date", {"start": "2024-01-01", "end": "2024-01-01"})
    found = compared({}, {name: [worse] for name in ARTICLES[:10]})
    tests = {t.field: t for t in found.fields}
    assert set(tests) == {"date", "location"}
    for test in tests.values():
        assert (test.better, test.worse) == (0, 10)
        assert test.p == pytest.approx(2 / 2**10)  # ten of ten, two-sided
        assert test.p_holm == pytest.approx(2 * 2 / 2**10)


def test_holms_correction_is_that_of_the_worked_example() -> None:
    # p .01, .04, .03, .005 become, by rank, 4·.005, 3·.01, 2·.03 and no less than that.
    given = [
        FieldTest(record_type="t", field=str(p), better=1, worse=1, p=p, p_holm=1)
        for p in (0.01, 0.04, 0.03, 0.005)
    ]
    assert {t.p: pytest.approx(t.p_holm) for t in holm(given)} == {
        0.005: 0.02, 0.01: 0.03, 0.03: 0.06, 0.04: 0.06,
    }  # fmt: skip


def test_the_articles_that_flipped_are_named_largest_first() -> None:
    found = compared({}, {"a3": [WRONG], "a7": []})
    assert [f.article_id for f in found.flips] == ["a7", "a3"]
    assert (found.flips[0].a, found.flips[0].b) == (1.0, 0.0)


def test_articles_of_one_side_are_left_aside_and_named() -> None:
    one = report({})
    two = evaluate([label(RAID, article_id="a0"), label(SHELL, article_id="z")],
                   lines(RAID, article_id="a0") + lines(SHELL, article_id="z"),
                   resamples=100)  # fmt: skip
    found = compare(one, two, resamples=200)
    assert found.articles == 1
    assert found.only_b == ["z"]
    assert len(found.only_a) == len(ARTICLES) - 1


def test_evaluations_without_a_shared_article_cannot_be_compared() -> None:
    other = evaluate([label(SHELL, article_id="z")], [], resamples=100)
    with pytest.raises(UsageError, match="share no article"):
        compare(report({}), other)


def test_a_figure_that_is_no_measure_of_quality_gives_no_verdict() -> None:
    with pytest.raises(UsageError, match="seconds"):
        compare(report({}), report({}), headline="seconds")
