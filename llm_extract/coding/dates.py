"""Date phrases to days, by the conventions of news copy (codebook section 4).

A phrase is cut into tagged tokens (``date_words``). A table of patterns over the tags
(``date_grammar``) builds the time it names: first single times (``date_values``), then ranges,
nights, parts of the day and "since" (``date_spans``). The time then finds its days, counted
from the date of publication.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from llm_extract.coding.date_grammar import LONE, STAGES, Found, Item, Rules
from llm_extract.coding.date_values import (
    Accuracy,
    Moment,
    Precision,
    ResolvedDate,
    Tense,
    add_flags,
    finish,
    undated,
)
from llm_extract.coding.date_words import Token, tokens

__all__ = [
    "Accuracy",
    "DatePhrase",
    "Precision",
    "ResolvedDate",
    "Tense",
    "find_date_phrases",
    "resolve_date",
    "weekday_in",
]


@dataclass(frozen=True, slots=True)
class DatePhrase:
    """A time expression in a text; offsets count characters of that text, end exclusive."""

    start: int
    end: int
    text: str


def resolve_date(
    phrase: str, published: dt.date | None, *, tense: Tense = "past"
) -> ResolvedDate | None:
    """Find the days a phrase names; None when it holds no words of time.

    Words of time that give no day ("at dawn", "in recent days") have start and end None. The
    first date counts when there are several, with the flag ``several_dates``. Other flags:
    needs_publication_date, after_publication, weekday_mismatch, impossible_date, imprecise,
    relative_to_event, ambiguous_day_month, translated_or_non_agency_copy, bare_weekday_far.
    """
    times = _times(phrase, whole=True)
    if not times:
        return None
    results = [_resolved(time.moment, published, tense) for time in times]
    dated = [found for found in results if found.start is not None]
    chosen = dated[0] if dated else results[0]
    if any((found.start, found.end) != (chosen.start, chosen.end) for found in dated):
        chosen = add_flags(chosen, "several_dates")
    return chosen


def find_date_phrases(text: str) -> tuple[DatePhrase, ...]:
    """Find the expressions a day, week, month or year can follow from, prepositions included."""
    return tuple(
        DatePhrase(time.start, time.end, text[time.start : time.end])
        for time in _times(text, whole=False)
        if time.moment.dated
    )


def weekday_in(phrase: str) -> int | None:
    """Find the first weekday named in a phrase, Monday 0.

    It agrees with a resolved date when it is the weekday of its start or of its end ("overnight
    into Tuesday" ends on the day it names).
    """
    found = tokens(phrase)
    for at, token in enumerate(found):
        beside = {near.tag for near in found[at + 1 : at + 4]} & set("NMmkD")
        if token.tag == "W" or (token.tag == "w" and beside):
            return token.number
    return None


def _resolved(moment: Moment, published: dt.date | None, tense: Tense) -> ResolvedDate:
    try:
        return finish(moment.resolve(published, tense), published, tense)
    except (OverflowError, ValueError):
        return undated("beyond the calendar", "impossible_date")


# --- matching ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Time:
    start: int
    end: int
    moment: Moment


def _times(text: str, *, whole: bool) -> list[_Time]:
    """All times in a text, in order; ``whole`` also takes a lone "May" or "2011" as one."""
    items = [Item(token) for token in tokens(text)]
    for stage in STAGES:
        items = _reduce(items, stage, text)
    if whole and len([item for item in items if item.token.word.strip(".,;:'\"()")]) == 1:
        items = _reduce(items, LONE, text)
    return [
        _Time(item.token.start, item.token.end, item.moment)
        for item in items
        if item.moment is not None
    ]


def _reduce(items: list[Item], rules: Rules, text: str) -> list[Item]:
    """Replace what the rules match by times, the longest match at each place."""
    tags = "".join(item.token.tag for item in items)
    row: list[Item] = []
    at = 0
    while at < len(items):
        best = _best(items, rules, text, tags, at) if tags[at] not in "?," else None
        if best is None:
            row.append(items[at])
            at += 1
            continue
        end, moment = best
        token = Token(items[at].token.start, items[end - 1].token.end, "E")
        row.append(Item(token, moment))
        at = end
    return row


def _best(
    items: list[Item], rules: Rules, text: str, tags: str, at: int
) -> tuple[int, Moment] | None:
    best: tuple[int, Moment] | None = None
    for pattern, build in rules:
        match = pattern.match(tags, at)
        if match is None or match.end() == at or (best and match.end() <= best[0]):
            continue
        moment = build(Found(items, match, text))
        if moment is not None:
            best = match.end(), moment
    return best
