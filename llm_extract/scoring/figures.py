"""From the scores of articles to figures: what each is, over which articles, how sure.

==================  ===========================================================================
record_precision    records found / records extracted, optional ones left out
record_recall       records found / records labelled as required
record_f1           their harmonic mean
value_f1            F1 over the values of the fields asked of every model, in found, missed and
                    spurious records; a wrong value is missed and spurious
value_precision,    its parts
value_recall
near_f1             value_f1 with dates a day off and counts within bounds counted as right
grounded_f1         value_f1 of values that are right and carried by the right passage
forbidden           records made of a total, a plan, a denial or background, an article
swapped             share of two-sided records whose sides are the other way round
unsupported         share of judged values that the article does not bear out
tokens, seconds,    cost an article, all its record types together
calls, re_asks
==================  ===========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from llm_extract.scoring.report import ArticleScore, Figure, Tally, TypeScore
from llm_extract.scoring.statistics import (
    LEAST_ARTICLES,
    Array,
    percentile_interval,
    resampled_sums,
)

_TALLY = ("right", "wrong", "missed", "spurious", "near", "grounded")
_COSTS = ("prompt_tokens", "completion_tokens", "seconds", "calls", "re_asks")
_OTHERS = ("forbidden", "sided", "swapped", "judged", "unsupported", *_COSTS)
COLUMNS = (
    *(f"records.{name}" for name in _TALLY),
    *(f"values.{name}" for name in _TALLY),
    *_OTHERS,
    "articles",
)
"""What is summed over articles; every figure is computed from these sums."""
LENGTHS = ((120, "under 120 words"), (400, "120-400 words"), (1500, "400-1,500 words"))
LONGEST = "over 1,500 words"

Sums = Callable[[str], Array]
"""Returns the sums of one column."""


def _share(part: Array, whole: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _f1(sums: Sums, of: str, right: str = "right") -> Array:
    """Return 2·right / (extracted + labelled); undefined only where there is neither."""
    extracted, labelled = _extracted(sums, of), _labelled(sums, of)
    return _share(2 * sums(f"{of}.{right}"), extracted + labelled)


def _extracted(sums: Sums, of: str) -> Array:
    return sums(f"{of}.right") + sums(f"{of}.wrong") + sums(f"{of}.spurious")


def _labelled(sums: Sums, of: str) -> Array:
    return sums(f"{of}.right") + sums(f"{of}.wrong") + sums(f"{of}.missed")


def _both(sums: Sums, of: str) -> Array:
    return _extracted(sums, of) + sums(f"{of}.missed")


Formula = tuple[Callable[[Sums], Array], Callable[[Sums], Array]]
"""A figure from sums, and what it rests on."""

FIGURES: dict[str, Formula] = {
    "record_precision": (
        lambda s: _share(s("records.right"), _extracted(s, "records")),
        lambda s: _extracted(s, "records"),
    ),
    "record_recall": (
        lambda s: _share(s("records.right"), _labelled(s, "records")),
        lambda s: _labelled(s, "records"),
    ),
    "record_f1": (lambda s: _f1(s, "records"), lambda s: _both(s, "records")),
    "value_precision": (
        lambda s: _share(s("values.right"), _extracted(s, "values")),
        lambda s: _extracted(s, "values"),
    ),
    "value_recall": (
        lambda s: _share(s("values.right"), _labelled(s, "values")),
        lambda s: _labelled(s, "values"),
    ),
    "value_f1": (lambda s: _f1(s, "values"), lambda s: _both(s, "values")),
    "near_f1": (lambda s: _f1(s, "values", "near"), lambda s: _both(s, "values")),
    "grounded_f1": (lambda s: _f1(s, "values", "grounded"), lambda s: _both(s, "values")),
    "forbidden": (lambda s: _share(s("forbidden"), s("articles")), lambda s: s("articles")),
    "swapped": (lambda s: _share(s("swapped"), s("sided")), lambda s: s("sided")),
    "unsupported": (lambda s: _share(s("unsupported"), s("judged")), lambda s: s("judged")),
    "tokens": (
        lambda s: _share(s("prompt_tokens") + s("completion_tokens"), s("articles")),
        lambda s: s("articles"),
    ),
    "seconds": (lambda s: _share(s("seconds"), s("articles")), lambda s: s("articles")),
    "calls": (lambda s: _share(s("calls"), s("articles")), lambda s: s("articles")),
    "re_asks": (lambda s: _share(s("re_asks"), s("articles")), lambda s: s("articles")),
}


def counts_of(scores: Sequence[ArticleScore], record_type: str | None = None) -> Array:
    """Return one row of ``COLUMNS`` for each article, for one record type or all together."""
    rows = []
    for score in scores:
        types = [t for name, t in score.types.items() if record_type in (None, name)]
        rows.append([*_summed(types), 1.0 if types else 0.0])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(COLUMNS))


def _summed(types: Sequence[TypeScore]) -> list[float]:
    tallies = [
        float(sum(getattr(getattr(t, part), name) for t in types))
        for part in ("records", "values")
        for name in _TALLY
    ]
    return [*tallies, *(float(sum(getattr(t, name) for t in types)) for name in _OTHERS)]


def slice_figures(
    scores: Sequence[ArticleScore], *, resamples: int, seed: int
) -> dict[str, dict[str, Figure]]:
    """Return the figures over all articles, then over each slice of them."""
    return {
        name: _figures(counts_of(chosen, record_type), resamples=resamples, seed=seed)
        for name, chosen, record_type in _slices(scores)
    }


def _slices(
    scores: Sequence[ArticleScore],
) -> Iterator[tuple[str, Sequence[ArticleScore], str | None]]:
    yield "all", scores, None
    for name in sorted({n for s in scores for n in s.types}):
        yield f"type:{name}", [s for s in scores if name in s.types], name
    yield from _by("language", [(s.language, s) for s in scores])
    yield from _by("length", [(length_of(s.words), s) for s in scores])
    yield from _by("trap", [(trap, s) for s in scores for trap in s.traps])
    if len({s.profile for s in scores}) > 1:
        yield from _by("profile", [(s.profile or "none", s) for s in scores])
    if len({s.split for s in scores}) > 1:
        yield from _by("split", [(s.split or "none", s) for s in scores])


def _by(
    what: str, tagged: Sequence[tuple[str, ArticleScore]]
) -> Iterator[tuple[str, Sequence[ArticleScore], None]]:
    for tag, group in groupby(sorted(tagged, key=lambda t: t[0]), key=lambda t: t[0]):
        yield f"{what}:{tag}", [score for _, score in group], None


def length_of(words: int) -> str:
    """Return the class of length an article of so many words is in."""
    return next((name for most, name in LENGTHS if words < most), LONGEST)


def _figures(counts: Array, *, resamples: int, seed: int) -> dict[str, Figure]:
    drawn = resampled_sums(counts, resamples=resamples, seed=seed)
    whole = counts.sum(axis=0)
    articles = int(whole[COLUMNS.index("articles")])
    found = {}
    for name, (figure, rests_on) in FIGURES.items():
        value = float(figure(_reader(whole)))
        bounds = percentile_interval(figure(_reader(drawn))) if articles >= LEAST_ARTICLES else None
        found[name] = _figure(value, bounds, int(rests_on(_reader(whole))), articles)
    return found


def _reader(sums: Array) -> Sums:
    return lambda name: sums[..., COLUMNS.index(name)]


def _figure(value: float, bounds: tuple[float, float] | None, n: int, articles: int) -> Figure:
    if np.isnan(value):
        return Figure(value=None, n=n, articles=articles)
    low, high = bounds or (None, None)
    return Figure(value=value, low=low, high=high, n=n, articles=articles)


def field_figures(
    scores: Sequence[ArticleScore], *, resamples: int, seed: int
) -> dict[str, dict[str, dict[str, Figure]]]:
    """Return, for each record type and field, F1, near F1 and grounded F1 of its values."""
    return {
        record_type: _fields_of(scores, record_type, resamples=resamples, seed=seed)
        for record_type in sorted({n for s in scores for n in s.types})
    }


def _fields_of(
    scores: Sequence[ArticleScore], record_type: str, *, resamples: int, seed: int
) -> dict[str, dict[str, Figure]]:
    types = [s.types[record_type] for s in scores if record_type in s.types]
    names = sorted({field for t in types for field in t.fields})
    if not names:
        return {}
    counts = [field_counts(scores, record_type, name) for name in names]
    drawn = resampled_sums(np.hstack(counts), resamples=resamples, seed=seed)
    return {
        name: _field_figures(own, sums)
        for name, own, sums in zip(names, counts, np.hsplit(drawn, len(names)), strict=True)
    }


def _field_figures(counts: Array, drawn: Array) -> dict[str, Figure]:
    whole = counts.sum(axis=0)
    articles = int((counts.sum(axis=1) > 0).sum())

    def read(sums: Array) -> Sums:
        return lambda name: sums[..., _TALLY.index(name.partition(".")[2])]

    found = {}
    for name, right in (("f1", "right"), ("near_f1", "near"), ("grounded_f1", "grounded")):
        value = float(_f1(read(whole), "values", right))
        bounds = (
            percentile_interval(_f1(read(drawn), "values", right))
            if articles >= LEAST_ARTICLES
            else None
        )
        found[name] = _figure(value, bounds, int(_both(read(whole), "values")), articles)
    for name in _TALLY[:4]:
        found[name] = Figure(value=float(whole[_TALLY.index(name)]), n=int(whole.sum()))
    return found


def field_counts(scores: Sequence[ArticleScore], record_type: str, field: str) -> Array:
    """Return how the values of one field came out, one row for each article."""
    nothing = Tally()
    tallies = [
        s.types[record_type].fields.get(field, nothing) if record_type in s.types else nothing
        for s in scores
    ]
    rows = [[getattr(t, name) for name in _TALLY] for t in tallies]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(_TALLY))
