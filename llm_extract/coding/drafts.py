"""Turn what the model copied into values: the part of coding that every record type shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from llm_extract.coding.actors import inter_of, owner
from llm_extract.coding.citations import Cited, cite
from llm_extract.coding.counted import label_of
from llm_extract.coding.dates import resolve_date
from llm_extract.coding.figures import (
    CitedNumber,
    counts_homes,
    numbers_in,
    numbers_of,
    quantifier_of,
    unit_of,
)
from llm_extract.coding.inheritance import governing_date
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.coding.places import code_place
from llm_extract.record import (
    Actor,
    Count,
    DateRef,
    Figure,
    GroupCount,
    Part,
    Place,
    Record,
    Subset,
)

Kind = TypeVar("Kind", bound=Part)


def code_draft(record: Record, text: NumberedText) -> Cited:
    """Fill in, in place, everything that follows from the copied phrases and cited sentences."""
    record.sentences = sorted({n for n in record.sentences if n in text})
    record.evidence = [cite(number, text) for number in record.sentences]
    cited = Cited.of(record.evidence, text)
    numbers = numbers_in(cited)
    for _, count in parts_of(record, Count):
        _code_count(count, numbers, cited)
    for _, figure in parts_of(record, Figure):
        _code_figure(figure, numbers, cited)
    for _, subset in parts_of(record, Subset):
        found = numbers_of(subset.text, numbers, cited) if subset.text else []
        subset.value = found[0].count.value if found else None
    for _, date in parts_of(record, DateRef):
        code_date(date, text)
    for _, place in parts_of(record, Place):
        for name, value in code_place(place):
            setattr(place, name, value)
    for _, actor in parts_of(record, Actor):
        actor.name_reported = owner(actor.name_reported)
        actor.inter = actor.inter or inter_of(actor.name_reported)
    return cited


def parts_of(record: Part, kind: type[Kind], path: str = "") -> Iterator[tuple[str, Kind]]:
    """Yield each part of the given kind with its path, as ``fatalities.by_group.0``."""
    for name in type(record).model_fields:
        value = getattr(record, name)
        here = f"{path}.{name}" if path else name
        for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
            there = here if index is None else f"{here}.{index}"
            if isinstance(item, kind):
                yield there, item
            elif isinstance(item, Part):
                yield from parts_of(item, kind, there)


def set_count(count: Count, number: CitedNumber) -> None:
    """Take value, qualifier and bounds from a number of the text."""
    parsed = number.count
    count.value = parsed.value
    count.qualifier = parsed.qualifier
    count.low, count.best, count.high = parsed.low, parsed.best, parsed.high


def whole_phrase(phrase: str, number: CitedNumber, cited: Cited) -> str:
    """Return the phrase with the qualifier words the model left out ("more than 400,000")."""
    body = cited.text.article.text
    for mention in cited.find_all(phrase):
        if mention.start <= number.number_start and number.number_end <= mention.end:
            return body[min(mention.start, number.start) : max(mention.end, number.end)]
    return phrase


def code_date(date: DateRef, text: NumberedText) -> None:
    """Resolve the date's phrase against the publication date."""
    if not date.text:
        return
    resolved = resolve_date(date.text, text.article.published)
    if resolved is None:
        return
    date.start, date.end, date.precision = resolved.start, resolved.end, resolved.precision
    date.start_accuracy, date.end_accuracy = resolved.start_accuracy, resolved.end_accuracy
    date.basis = resolved.basis
    date.time_of_day = date.time_of_day or resolved.time_of_day


def inherit_date(date: DateRef, text: NumberedText, numbers: list[int]) -> int | None:
    """Take over the time that governs the sentences; return the sentence it stands in."""
    governing = governing_date(text, numbers)
    if governing is None:
        return None
    date.text = governing.text
    code_date(date, text)
    date.basis = governing.basis
    return governing.sentence


def _code_count(count: Count, numbers: list[CitedNumber], cited: Cited) -> None:
    if not count.text:
        return
    found = numbers_of(count.text, numbers, cited)
    if not found:
        return
    number = found[0]
    count.text = whole_phrase(count.text, number, cited)
    set_count(count, number)
    if isinstance(count, GroupCount):
        count.label = label_of(number.noun)


def _code_figure(figure: Figure, numbers: list[CitedNumber], cited: Cited) -> None:
    if not figure.text:
        return
    found = numbers_of(figure.text, numbers, cited)
    if not found:
        return
    number = found[0]
    figure.text = whole_phrase(figure.text, number, cited)
    figure.value = number.count.value
    if figure.value is None:
        figure.vague_text = figure.text
    else:
        figure.quantifier = quantifier_of(number.count.qualifier)
    if not counts_homes(number.noun):
        figure.unit = unit_of(number.noun)
    figure.total_persons = figure.value if figure.unit == "person" else None
