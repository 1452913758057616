"""The statistics of an evaluation: a bootstrap over articles, a sign test, the best pairing.

Articles are drawn with replacement, not records: the records of one article share its difficulty.
The interval is the percentile interval, from 2.5 to 97.5 % of the resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest

Array = npt.NDArray[np.float64]
RESAMPLES = 2000
SEED = 20190827
LEAST_ARTICLES = 5
"""Fewer articles drawn anew tell nothing: two of like score would have an interval of one point."""
_AT_ONCE = 4_000_000
"""Most draws held in memory at one time."""


def resampled_sums(counts: Array, *, resamples: int, seed: int) -> Array:
    """Return, for each resample, the sums over the articles drawn.

    ``counts`` has one row for each article; the result one row for each resample. The draws
    depend only on the number of articles and the seed, so that two systems scored on the same
    articles are compared on the same draws.
    """
    articles = len(counts)
    parts = [drawn @ counts for drawn in _draws(articles, resamples, seed)]
    return np.concatenate(parts) if parts else np.empty((0, counts.shape[1]))


def interval(
    counts: Array,
    figure: Callable[[Array], Array],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float] | None:
    """Return the 95 % interval of a figure computed from sums; None if it cannot be told.

    ``figure`` maps sums (…, k) to values (…), undefined ones as nan. Fewer than
    ``LEAST_ARTICLES``, or a figure that is undefined in most resamples, have no interval.
    """
    if len(counts) < LEAST_ARTICLES:
        return None
    return percentile_interval(figure(resampled_sums(counts, resamples=resamples, seed=seed)))


def percentile_interval(values: Array) -> tuple[float, float] | None:
    """Return the central 95 % of values, those undefined left out."""
    told = values[~np.isnan(values)]
    if len(told) * 2 < len(values) or not len(told):
        return None
    low, high = np.quantile(told, (0.025, 0.975))
    return float(low), float(high)


def sign_test(more: int, less: int) -> float:
    """Return the two-sided p of so many articles for and against, when neither is likelier."""
    return float(binomtest(more, more + less, 0.5).pvalue)


def best_assignment(scores: Array) -> list[tuple[int, int]]:
    """Return the rows and columns that, paired one to one, have the highest sum."""
    rows, columns = linear_sum_assignment(scores, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def _draws(articles: int, resamples: int, seed: int) -> Iterator[Array]:
    """Yield how often each article is drawn, some resamples at a time."""
    generator = np.random.default_rng(seed)
    left = resamples
    while left and articles:
        rows = min(left, max(1, _AT_ONCE // articles))
        chances = np.full(articles, 1.0 / articles)
        yield generator.multinomial(articles, chances, size=rows).astype(np.float64)
        left -= rows
