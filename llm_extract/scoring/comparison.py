"""Two evaluations of the same articles: is one better, and could this set have shown it?

- The interval of a difference is a paired bootstrap: both systems are summed over the same drawn
  articles (``statistics.resampled_sums``).
- Each field is put to a sign test over articles (how many came out better, how many worse; ties
  are left out), two-sided, with Holm's correction for the number of fields.
- The smallest difference the set could have shown is (1.96 + 0.84) standard errors of the
  difference: what would have been found with 80 % power at the 5 % level.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from llm_extract.errors import UsageError
from llm_extract.scoring.figures import COLUMNS, FIGURES, counts_of, field_counts
from llm_extract.scoring.report import ArticleScore, Line, Report
from llm_extract.scoring.statistics import (
    LEAST_ARTICLES,
    Array,
    percentile_interval,
    resampled_sums,
    sign_test,
)

Verdict = Literal["better", "worse", "no difference", "not decisive"]
"""What B is beside A."""
COMPARED = ("record_f1", "value_f1", "near_f1", "grounded_f1", "unsupported", "tokens", "seconds")
LESS_IS_BETTER = frozenset({"unsupported", "forbidden", "tokens", "seconds", "calls", "re_asks"})
COSTS = frozenset({"tokens", "seconds", "calls", "re_asks"})
MARGIN = 0.03
_POWER = 1.959964 + 0.841621


class Difference(Line):
    """One figure of A and of B, and how sure the difference is."""

    name: str
    a: float | None
    b: float | None
    difference: float | None = None
    """B less A."""
    low: float | None = None
    high: float | None = None
    detectable: float | None = None
    """Smallest difference this set could have shown, with 80 % power."""
    verdict: Verdict = "not decisive"
    words: str = ""


class FieldTest(Line):
    """One field: in how many articles B has more or fewer right values than A."""

    record_type: str
    field: str
    better: int
    worse: int
    p: float
    p_holm: float
    """Corrected for the number of fields tested."""


class Flip(Line):
    """An article whose value F1 differs."""

    article_id: str
    a: float | None
    b: float | None


class Comparison(Line):
    """B beside A, on the articles both were scored on."""

    a: str
    b: str
    articles: int
    only_a: list[str]
    only_b: list[str]
    margin: float
    seed: int
    resamples: int
    headline: str
    differences: list[Difference]
    fields: list[FieldTest]
    flips: list[Flip]

    @property
    def verdict(self) -> Verdict:
        """What B is beside A in the headline figure."""
        return next(d.verdict for d in self.differences if d.name == self.headline)


def compare(
    a: Report,
    b: Report,
    *,
    names: tuple[str, str] = ("A", "B"),
    headline: str = "grounded_f1",
    margin: float = MARGIN,
    resamples: int = 10_000,
    seed: int | None = None,
) -> Comparison:
    """Compare two reports; raises UsageError when they share no article."""
    if headline not in FIGURES or headline in COSTS:
        quality = ", ".join(n for n in FIGURES if n not in COSTS)
        raise UsageError(f"no figure {headline!r}", f"figures: {quality}")
    by_id_a = {s.article_id: s for s in a.articles}
    by_id_b = {s.article_id: s for s in b.articles}
    shared = sorted(by_id_a.keys() & by_id_b.keys())
    if not shared:
        raise UsageError("the two evaluations share no article", "evaluate both on the same labels")
    scores = [by_id_a[i] for i in shared], [by_id_b[i] for i in shared]
    seed = a.seed if seed is None else seed
    wanted = list(dict.fromkeys([headline, *COMPARED]))
    return Comparison(
        a=names[0],
        b=names[1],
        articles=len(shared),
        only_a=sorted(by_id_a.keys() - by_id_b.keys()),
        only_b=sorted(by_id_b.keys() - by_id_a.keys()),
        margin=margin,
        seed=seed,
        resamples=resamples,
        headline=headline,
        differences=_differences(*scores, wanted, margin, resamples, seed),
        fields=_field_tests(*scores),
        flips=_flips(*scores),
    )


def _differences(
    a: Sequence[ArticleScore],
    b: Sequence[ArticleScore],
    names: Sequence[str],
    margin: float,
    resamples: int,
    seed: int,
) -> list[Difference]:
    counts = np.hstack([counts_of(a), counts_of(b)])
    whole, drawn = counts.sum(axis=0), resampled_sums(counts, resamples=resamples, seed=seed)
    return [_difference(name, whole, drawn, len(counts), margin) for name in names]


def _difference(name: str, whole: Array, drawn: Array, articles: int, margin: float) -> Difference:
    figure, _ = FIGURES[name]

    def both(sums: Array) -> tuple[Array, Array]:
        halves = np.split(sums, 2, axis=-1)
        first, second = (
            figure(lambda column, half=half: half[..., COLUMNS.index(column)])  # type: ignore[misc]
            for half in halves
        )
        return first, second

    first, second = (float(v) for v in both(whole))
    told = [None if np.isnan(v) else v for v in (first, second)]
    difference = Difference(name=name, a=told[0], b=told[1])
    drawn_a, drawn_b = both(drawn)
    bounds = percentile_interval(drawn_b - drawn_a) if articles >= LEAST_ARTICLES else None
    if None in told or bounds is None:
        why = "a figure is undefined" if None in told else "too few articles"
        difference.words = f"cannot be told: {why}"
        return difference
    difference.difference = second - first
    difference.low, difference.high = bounds
    difference.detectable = float(_POWER * np.nanstd(drawn_b - drawn_a))
    difference.verdict, difference.words = _verdict(difference, margin)
    return difference


def _verdict(found: Difference, margin: float) -> tuple[Verdict, str]:
    assert found.low is not None
    assert found.high is not None
    most = max(abs(found.low), abs(found.high))
    if found.low > 0 or found.high < 0:
        good = (found.low > 0) != (found.name in LESS_IS_BETTER)
        return ("better", "B is better") if good else ("worse", "B is worse")
    if found.name not in COSTS and most <= margin:
        return "no difference", f"no difference larger than {most:.3f}"
    return "not decisive", "not decisive"


def _field_tests(a: Sequence[ArticleScore], b: Sequence[ArticleScore]) -> list[FieldTest]:
    tests: list[FieldTest] = []
    names = {
        (record_type, field)
        for s in [*a, *b]
        for record_type, t in s.types.items()
        for field in t.fields
    }
    for record_type, field in sorted(names):
        # Right less spurious: an invented value is no better than a missing one.
        gain = _net(b, record_type, field) - _net(a, record_type, field)
        better, worse = int((gain > 0).sum()), int((gain < 0).sum())
        if better + worse:
            p = sign_test(better, worse)
            tests.append(FieldTest(record_type=record_type, field=field, better=better,
                                   worse=worse, p=p, p_holm=1.0))  # fmt: skip
    return holm(tests)


def _net(scores: Sequence[ArticleScore], record_type: str, field: str) -> Array:
    counts = field_counts(scores, record_type, field)
    right, wrong, _, spurious, *_ = counts.T
    net: Array = right - wrong - spurious
    return net


def holm(tests: Sequence[FieldTest]) -> list[FieldTest]:
    """Return the tests with Holm's corrected p, the surest first."""
    ordered = sorted(tests, key=lambda t: (t.p, t.record_type, t.field))
    largest = 0.0
    for rank, test in enumerate(ordered):
        largest = max(largest, min(1.0, test.p * (len(ordered) - rank)))
        test.p_holm = largest
    return ordered


def _flips(a: Sequence[ArticleScore], b: Sequence[ArticleScore]) -> list[Flip]:
    """Return the articles whose value F1 differs, the largest differences first."""
    flips = [
        Flip(article_id=one.article_id, a=_value_f1(one), b=_value_f1(two))
        for one, two in zip(a, b, strict=True)
    ]
    changed = [f for f in flips if f.a != f.b]
    return sorted(changed, key=lambda f: -abs((f.b or 0.0) - (f.a or 0.0)))


def _value_f1(score: ArticleScore) -> float | None:
    figure, _ = FIGURES["value_f1"]
    sums = counts_of([score]).sum(axis=0)
    value = float(figure(lambda column: sums[..., COLUMNS.index(column)]))
    return None if np.isnan(value) else round(value, 4)
