"""A report or a comparison as text for a terminal, or as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llm_extract.scoring.agreement import Agreement
from llm_extract.scoring.comparison import Comparison, Difference
from llm_extract.scoring.report import Figure, Report

TITLES = {
    "record_precision": "record precision",
    "record_recall": "record recall",
    "record_f1": "record F1",
    "value_precision": "value precision",
    "value_recall": "value recall",
    "value_f1": "value F1",
    "near_f1": "value F1, ±1 day, counts within bounds",
    "grounded_f1": "grounded value F1",
    "forbidden": "forbidden records an article",
    "swapped": "sides swapped",
    "unsupported": "unsupported values",
    "tokens": "tokens an article",
    "seconds": "seconds an article",
    "calls": "calls an article",
    "re_asks": "re-asks an article",
}
_PER_ARTICLE = ("forbidden", "tokens", "seconds", "calls", "re_asks")
_IN_SLICES = ("record_f1", "value_f1", "grounded_f1")
Row = Sequence[str]


def report_lines(report: Report, *, markdown: bool = False) -> Iterator[str]:
    """Yield the lines of a report: headline, record types, slices, fields, what was forbidden."""
    yield from _about(report, markdown)
    yield ""
    yield from _table(
        ("figure", "value", "95 %", "rests on"),
        [
            (TITLES[name], *shown(name, figure))
            for name, figure in report.figures.get("all", {}).items()
        ],
        markdown,
    )
    yield ""
    yield from _table(
        ("slice", "articles", *(TITLES[name] for name in _IN_SLICES)),
        [_slice_row(name, figures) for name, figures in report.figures.items() if name != "all"],
        markdown,
    )
    for record_type, fields in report.fields.items():
        yield ""
        yield from _table(
            (record_type, "F1", "95 %", "near", "grounded", "right", "wrong", "missed", "spurious"),
            [_field_row(name, figures) for name, figures in fields.items()],
            markdown,
        )
    yield from _told(report)


def _about(report: Report, markdown: bool) -> Iterator[str]:
    split = f", split {report.split}" if report.split else ""
    yield f"{'## ' if markdown else ''}{len(report.articles)} articles of {report.labels}{split}"
    yield ""
    yield (
        f"model {report.model or 'unknown'}, profile {report.profile or 'unknown'};"
        f" 95 % intervals from {report.resamples} resamples of the articles, seed {report.seed}"
    )


def shown(name: str, figure: Figure) -> tuple[str, str, str]:
    """Return a figure, its interval and what it rests on, as a person reads them."""
    rests_on = f"{figure.n}"
    if figure.value is None:
        return "undefined", "", rests_on
    digits = 1 if name in _PER_ARTICLE else 3
    return f"{figure.value:.{digits}f}", interval_shown(figure, digits), rests_on


def interval_shown(figure: Figure, digits: int = 3) -> str:
    """Return the interval, or that it cannot be told."""
    if figure.low is None or figure.high is None:
        return "-"
    return f"{figure.low:.{digits}f}-{figure.high:.{digits}f}"


def _slice_row(name: str, figures: dict[str, Figure]) -> Row:
    cells = []
    for wanted in _IN_SLICES:
        value, interval, n = shown(wanted, figures[wanted])
        cells.append(f"{value} ({interval}, n={n})" if interval else f"{value} (n={n})")
    return (name, str(figures["record_f1"].articles), *cells)


def _field_row(name: str, figures: dict[str, Figure]) -> Row:
    f1 = figures["f1"]
    counts = (figures[n] for n in ("right", "wrong", "missed", "spurious"))
    return (
        name,
        shown("f1", f1)[0],
        interval_shown(f1),
        shown("near_f1", figures["near_f1"])[0],
        shown("grounded_f1", figures["grounded_f1"])[0],
        *(f"{figure.value:.0f}" for figure in counts),
    )


def _told(report: Report) -> Iterator[str]:
    for article in report.articles:
        for record in article.records:
            if record.outcome == "forbidden":
                where = f"{article.article_id} {record.found_id or '?'}"
                yield f"forbidden: {where}: {record.forbidden}"
    for name in report.absent:
        yield f"no extraction: {name}: counted as missed"
    for name in report.other_text:
        yield f"other text: {name} was extracted from another text than the label's article"


def _table(header: Row, rows: Sequence[Row], markdown: bool) -> Iterator[str]:
    if markdown:
        yield f"| {' | '.join(header)} |"
        yield f"|{'---|' * len(header)}"
        for row in rows:
            yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
        return
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def comparison_lines(found: Comparison, *, markdown: bool = False) -> Iterator[str]:
    """Yield the lines of a comparison: verdict, figures, fields, the articles that changed."""
    headline = next(d for d in found.differences if d.name == found.headline)
    yield f"{'## ' if markdown else ''}B ({found.b}) beside A ({found.a}): {headline.words}"
    yield ""
    yield (
        f"{found.articles} articles in both; paired bootstrap over articles,"
        f" {found.resamples} resamples, seed {found.seed}; verdict on {TITLES[found.headline]},"
        f" margin {found.margin}"
    )
    for side, names in (("A", found.only_a), ("B", found.only_b)):
        if names:
            yield f"only in {side}, left aside: {', '.join(names)}"
    yield ""
    yield from _table(
        ("figure", "A", "B", "B - A", "95 %", "could have shown", "verdict"),
        [_difference_row(d) for d in found.differences],
        markdown,
    )
    if found.fields:
        yield ""
        yield from _table(
            ("field", "B better in", "worse in", "p", "p, corrected"),
            [
                (f"{t.record_type}.{t.field}", str(t.better), str(t.worse),
                 f"{t.p:.3f}", f"{t.p_holm:.3f}")
                for t in found.fields
            ],
            markdown,
        )  # fmt: skip
    if found.flips:
        yield ""
        yield from _table(
            ("article", "value F1 of A", "of B"),
            [(f.article_id, _number(f.a), _number(f.b)) for f in found.flips[:_MOST_FLIPS]],
            markdown,
        )
        if len(found.flips) > _MOST_FLIPS:
            yield f"and {len(found.flips) - _MOST_FLIPS} articles more"


_MOST_FLIPS = 20


def _difference_row(found: Difference) -> Row:
    digits = 1 if found.name in _PER_ARTICLE else 3
    interval = "-"
    if found.low is not None and found.high is not None:
        interval = f"{found.low:+.{digits}f} to {found.high:+.{digits}f}"
    return (
        TITLES[found.name],
        _number(found.a, digits),
        _number(found.b, digits),
        "-" if found.difference is None else f"{found.difference:+.{digits}f}",
        interval,
        _number(found.detectable, digits),
        found.words,
    )


def _number(value: float | None, digits: int = 3) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"


def agreement_lines(found: Agreement, *, markdown: bool = False) -> Iterator[str]:
    """Yield the lines of an agreement: records, fields, then every disagreement."""
    yield f"{'## ' if markdown else ''}{found.a} and {found.b}: {found.articles} articles of both"
    for side, names in ((found.a, found.only_a), (found.b, found.only_b)):
        if names:
            yield f"only of {side}, left aside: {', '.join(names)}"
    yield ""
    yield from _table(
        ("record type", "of both", f"only {found.a}", f"only {found.b}", "share of both"),
        [
            (name, *map(str, counts), _number(counts[0] / sum(counts) if sum(counts) else None))
            for name, counts in found.records.items()
        ],
        markdown,
    )
    yield ""
    yield from _table(
        ("field", "agree", "of", "measure", "value"),
        [
            (f"{f.record_type}.{f.field}", str(f.agree), str(f.n), f.measure, _number(f.value))
            for f in found.fields
        ],
        markdown,
    )
    for item in found.disagreements:
        where = f"{item.article_id} {item.record_type} {item.a or '-'} / {item.b or '-'}"
        what = f"{item.field}: {item.values[0]} / {item.values[1]}" if item.field else "one has it"
        yield f"differ: {where}: {what}"
