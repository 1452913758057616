"""The bootstrap: its intervals hold what they promise, and are the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from llm_extract.scoring.statistics import Array, interval, percentile_interval, resampled_sums


def mean(sums: Array) -> Array:
    result: Array = sums[..., 0] / sums[..., 1]
    return result


def counts(values: Array) -> Array:
    return np.column_stack([values, np.ones(len(values))])


def test_the_interval_of_a_mean_is_that_of_normal_theory() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, size=400)
    found = interval(counts(values), mean, resamples=4000, seed=5)
    assert found is not None
    half = 1.96 * values.std() / 20
    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


@pytest.mark.slow
def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for trial in range(400):
        found = interval(counts(rng.normal(0.0, 1.0, size=60)), mean, resamples=400, seed=trial)
        assert found is not None
        held += found[0] <= 0.0 <= found[1]
    assert 0.91 <= held / 400 <= 0.98


def test_the_same_seed_draws_the_same_and_another_differs() -> None:
    given = counts(np.arange(30.0))
    same = [interval(given, mean, resamples=300, seed=s) for s in (1, 1, 2)]
    assert same[0] == same[1] != same[2]


def test_one_article_has_no_interval() -> None:
    assert interval(counts(np.array([3.0])), mean) is None


def test_a_figure_mostly_undefined_has_no_interval() -> None:
    assert percentile_interval(np.array([np.nan, np.nan, 1.0])) is None
    assert percentile_interval(np.array([])) is None


def test_resamples_are_drawn_with_replacement_and_keep_their_size() -> None:
    sums = resampled_sums(counts(np.eye(5)[0] * 5), resamples=500, seed=3)
    assert set(sums[:, 1]) == {5.0}
    assert sums[:, 0].mean() == pytest.approx(5.0, abs=0.5)
    assert len(set(sums[:, 0])) > 3
