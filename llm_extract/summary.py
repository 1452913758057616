"""What was found, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llm_extract.record import AggregateToll, Count, DateRef, Place, Record, Support
from llm_extract.result import Extraction

_WIDTH = 100


def summarise(extractions: Sequence[Extraction[Record]]) -> Iterator[str]:
    """Yield the lines of a readable summary: records first, then all that is none."""
    for extraction in extractions:
        yield ""
        yield (
            f"{extraction.article_id} · {extraction.record_type} · {extraction.state}"
            f" · {_many(len(extraction.records), 'record')}"
        )
        if extraction.failure:
            yield f"  could not be asked: {extraction.failure}"
        for record in extraction.records:
            yield from _record(record)
        for toll in extraction.aggregate_tolls:
            yield f"  total, no record: {_toll(toll)}"
        for mention in extraction.excluded_mentions:
            numbers = ", ".join(map(str, mention.sentences))
            yield f"  mentioned, no record: sentence {numbers} ({mention.reason})"
        for rejected in extraction.rejected:
            yield f"  rejected: {'; '.join(rejected.reasons)}"
        for number in extraction.recall_alarms:
            yield f"  look at sentence {number}: it gives a figure that no record claims"
        for flag in extraction.flags:
            yield f"  note: {flag}"
        yield f"  {_cost(extraction)}"


def _record(record: Record) -> Iterator[str]:
    head = [record.id, _kind(record), _when(record), _where(record)]
    yield "  " + " · ".join(part for part in head if part)
    figure = _figure(record)
    if figure:
        yield f"      {figure}"
    sides = _parties(record)
    if sides:
        yield f"      {sides}"
    if record.source and record.source.name_reported:
        yield f"      source: {record.source.name_reported}"
    for item in record.evidence:
        yield f"      “{_cut(item.quote)}” [{item.char_start}:{item.char_end}]"
    if record.flags:
        yield f"      flags: {', '.join(record.flags)}"


def _kind(record: Record) -> str:
    for name in ("sub_event_type", "agreement_kind", "figure_category"):
        value = getattr(record, name, None)
        if value:
            return str(value)
    return type(record).__name__


def _when(record: Record) -> str:
    date: DateRef | None = getattr(record, "date", None)
    dates = getattr(record, "dates", None)
    date = date or (getattr(dates, "declared", None) if dates else None)
    if date is None or date.start is None:
        return "no date" if date is None or not date.text else f"“{date.text}”"
    if date.precision == "month" and date.start:
        return f"{date.start:%Y-%m}"
    if date.end and date.end != date.start:
        return f"{date.start} to {date.end}"
    return str(date.start)


def _where(record: Record) -> str:
    places: list[Place] = [p for p in [getattr(record, "location", None)] if p]
    places += getattr(record, "locations", [])
    return ", ".join(p.text for p in places if p.text)


def _figure(record: Record) -> str:
    figure = getattr(record, "figure", None)
    if figure is not None and figure.text:
        level = _level(record.support.get("figure.value"))
        return f"{figure.text} → {figure.value} {figure.unit or ''} ({level})"
    dead: Any = getattr(record, "fatalities", None)
    if dead is None or (dead.total.value is None and not dead.by_group):
        return ""
    groups = [f"{g.value} {g.label or g.group} ({g.group})" for g in dead.by_group]
    subsets = [f"of these {s.value} {s.label or ''}".strip() for s in dead.subsets]
    level = _level(record.support.get("fatalities.total.value"))
    parts = "; ".join([*groups, *subsets])
    return f"{_number(dead.total)} dead ({level})" + (f": {parts}" if parts else "")


def _number(count: Count) -> str:
    words = {"at_least": "at least ", "more_than": "more than ", "about": "about "}
    value = "?" if count.value is None else str(count.value)
    return words.get(count.qualifier, "") + value


def _parties(record: Record) -> str:
    side_a = [a.name_reported for a in getattr(record, "side_a", [])]
    side_b = [a.name_reported for a in getattr(record, "side_b", [])]
    if side_a or side_b:
        return f"{', '.join(side_a) or '?'} — {', '.join(side_b) or '?'}"
    return ", ".join(f"{p.name_reported} ({p.role})" for p in getattr(record, "parties", []))


def _level(support: Support | None) -> str:
    return support.level if support else "not judged"


def _toll(toll: AggregateToll) -> str:
    return f"“{toll.text}” ({toll.scope}; {toll.reason or 'by the model'})"


def _cost(extraction: Extraction[Record]) -> str:
    seconds = sum(a.seconds for a in extraction.attempts)
    usage = extraction.usage
    tokens = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
    again = sum(a.reason == "ask_again" for a in extraction.attempts)
    second = sum(a.reason == "second_look" for a in extraction.attempts)
    extra = f", {again} asked again" if again else ""
    extra += f", {second} second looks" if second else ""
    return f"{_many(len(extraction.attempts), 'question')}{extra}, {tokens} tokens, {seconds:.0f} s"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cut(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…"
