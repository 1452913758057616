"""Does the cited text carry each value? The heart of the tool.

A copied phrase must stand in the record's own evidence; a number must be counted there as what
the field says, by a sentence that stands by it; a day must follow from its phrase.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from llm_extract.coding.citations import Cited, quote_span, span_of
from llm_extract.coding.counts import find_counts
from llm_extract.coding.dates import ResolvedDate, weekday_in
from llm_extract.coding.figures import (
    CitedNumber,
    numbers_in,
    numbers_of,
    quantifier_of,
    unit_of,
)
from llm_extract.coding.inheritance import governing_date
from llm_extract.coding.mentions import Mention, locate
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.record import (
    Actor,
    Copied,
    Count,
    Counts,
    DateRef,
    Evidence,
    Figure,
    GroupCount,
    Place,
    Record,
    SourceAttribution,
    Span,
    Subset,
)
from llm_extract.verification import day_problems as days_of
from llm_extract.verification import number_problems as problems_of
from llm_extract.verification.findings import Judgement
from llm_extract.verification.following import support_the_rest
from llm_extract.verification.names import actor_problem, place_problem, source_problem

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]{2,}")
"""A capitalised word that does not begin a sentence."""
_NOT_JUDGED = frozenset({"evidence", "support", "flags", "sentences", "id"})


def judge_support(record: Record, text: NumberedText) -> Judgement:
    """Judge every value the record gives; absent values are not judged."""
    judge = _Judge(record, text)
    judge.evidence(record.evidence)
    judge.walk(record, "", None)
    for total, path in judge.sums:  # after their parts
        judge.sum(total, path)
    for date, path in judge.dates:  # last: a day must be that of the figures and names
        judge.date(date, path)
    judge.summary(record.summary)
    support_the_rest(record, judge.judgement)
    return judge.judgement


class _Judge:
    """Walks one record; each method judges one kind of value."""

    def __init__(self, record: Record, text: NumberedText) -> None:
        self.record = record
        self.text = text
        self.body = text.article.text
        self.language = text.article.language
        self.cited = Cited.of(record.evidence, text)
        self.figures = numbers_in(self.cited)
        self.judgement = Judgement()
        self.dates: list[tuple[DateRef, str]] = []
        self.sums: list[tuple[Count, str]] = []

    def evidence(self, evidence: list[Evidence]) -> None:
        if not evidence:
            self.judgement.unsupported("evidence", "R-E1", "the record quotes nothing")
        for index, item in enumerate(evidence):
            path = f"evidence.{index}.quote"
            span = quote_span(item, self.text)
            if span is None:
                self.judgement.unsupported(
                    path, "R-E1", f"the article does not contain {_short(item.quote)}"
                )
            else:
                level = "stated" if self.body[slice(*span)] == item.quote else "normalised"
                self.judgement.supported(path, level, [Span(char_start=span[0], char_end=span[1])])

    def walk(self, part: BaseModel, path: str, role: str | None) -> None:
        for name, field in type(part).model_fields.items():
            value: Any = getattr(part, name)
            if value is None or value == [] or (not path and name in _NOT_JUDGED):
                continue
            marks = [m for m in field.metadata if isinstance(m, Counts)]
            here = f"{path}.{name}" if path else name
            copied = any(isinstance(m, Copied) for m in field.metadata)
            self.value(value, here, marks[0].role if marks else role, copied)

    def value(self, value: Any, path: str, role: str | None, copied: bool) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.value(item, f"{path}.{index}", role, copied)
        elif isinstance(value, Place | Actor | SourceAttribution):
            self.named(value, path)
        elif isinstance(value, Count | Figure):
            self.count(value, path, role)
        elif isinstance(value, Subset):
            self.subset(value, path, role)
        elif isinstance(value, DateRef):
            self.dates.append((value, path))
        elif isinstance(value, BaseModel):
            self.walk(value, path, role)
        elif copied and isinstance(value, str):
            self.name(value, path, None)

    # names and phrases

    def named(self, value: Place | Actor | SourceAttribution, path: str) -> None:
        if isinstance(value, Place):
            self.name(value.text, f"{path}.text", place_problem)
        elif isinstance(value, Actor):
            self.name(value.name_reported, f"{path}.name_reported", actor_problem)
        else:
            self.name(value.name_reported, f"{path}.name_reported", source_problem)

    def name(self, phrase: str | None, path: str, problem: Any) -> None:
        if phrase is None:
            return
        mentions = self.cited.find_all(phrase)
        if not mentions:
            self.missing(phrase, path)
            return
        reason = problem(self.body, mentions) if problem else None
        if reason:
            self.judgement.unsupported(path, "R-E3", f"{_short(phrase)}: {reason}")
            return
        self.phrase_supported(path, mentions)

    def missing(self, phrase: str, path: str, rule: str = "R-E3") -> None:
        elsewhere = [str(s.number) for s in self.cited.elsewhere(phrase)] if phrase.strip() else []
        if elsewhere:
            which = f"sentence {elsewhere[0]}" if len(elsewhere) == 1 else "other sentences"
            message = f"{_short(phrase)} stands in {which}, outside what the record quotes"
        else:
            message = f"the article does not say {_short(phrase)}"
        self.judgement.unsupported(path, rule, message)

    def phrase_supported(self, path: str, mentions: list[Mention], basis: str = "") -> None:
        order = {"exact": 0, "whitespace": 1, "fuzzy": 2}
        best = min(mentions, key=lambda m: order[m.match])
        level = "stated" if best.match == "exact" else "normalised"
        self.judgement.supported(path, level, [span_of(best)], basis)

    # numbers

    def count(self, count: Count | Figure, path: str, role: str | None) -> None:
        value = count.value
        if count.text is None and value is None:
            return
        if isinstance(count, Count) and count.qualifier == "derived_sum":
            self.sums.append((count, path))
            return
        target = f"{path}.value" if value is not None else f"{path}.text"
        found = self.figures
        if count.text is not None:
            mentions = self.cited.find_all(count.text)
            if not mentions:
                self.missing(count.text, f"{path}.text", "R-E2")
                return
            self.phrase_supported(f"{path}.text", mentions)
            found = numbers_of(count.text, self.figures, self.cited)
            if not found:
                self.judgement.unsupported(
                    target, "R-E2", f"{_short(count.text)} gives no number of its own"
                )
                return
        if value is not None:
            found = [f for f in found if f.count.value == value] or self._none(
                target, value, count.text
            )
        self.best(count, found, path, target, role)

    def _none(self, target: str, value: int, text: str | None) -> list[CitedNumber]:
        where = _short(text) if text else "the cited sentences"
        self.judgement.unsupported(target, "R-E2", f"{where} does not give the number {value}")
        return []

    def best(
        self,
        count: Count | Figure,
        found: list[CitedNumber],
        path: str,
        target: str,
        role: str | None,
    ) -> None:
        """Accept the first figure that has no problem, else tell the problem of the first."""
        problems: list[str] = []
        for figure in found:
            problem = self.figure_problem(count, figure, path, role)
            if problem is None:
                self.accept(count, figure, path, target)
                return
            problems.append(problem)
        if problems:
            self.judgement.unsupported(target, "R-E2", problems[0])

    def figure_problem(
        self, count: Count | Figure, figure: CitedNumber, path: str, role: str | None
    ) -> str | None:
        problem = problems_of.role_problem(figure, role, self.language)
        if problem:
            return problem
        if isinstance(count, Figure):
            return problems_of.figure_problem(figure, self.places())
        if isinstance(count, GroupCount):
            return self.group_problem(count, figure)
        return problems_of.whole_problem(figure, role, self.clues()) or self.parts_problem(count)

    def group_problem(self, count: GroupCount, figure: CitedNumber) -> str | None:
        shared = problems_of.adds_up(figure) or problems_of.shares_out(figure)
        if figure.counted.subset and not shared:
            return "the text gives it as a part of another number"
        if count.label:
            problem = problems_of.label_problem(figure, count.label)
            if problem:
                return problem
        return problems_of.group_problem(figure, count.group, self.sides())

    def sides(self) -> dict[str, list[str]]:
        return {
            side: [a.name_reported for a in getattr(self.record, side, [])]
            for side in ("side_a", "side_b")
        }

    def parts_problem(self, total: Count) -> str | None:
        fatalities = getattr(self.record, "fatalities", None)
        if fatalities is None or total is not fatalities.total or total.value is None:
            return None
        parts = [g.value for g in fatalities.by_group if g.value is not None]
        if parts and sum(parts) > total.value:
            return f"the parts ({' + '.join(map(str, parts))}) are more than the total"
        return None

    def accept(self, count: Count | Figure, figure: CitedNumber, path: str, target: str) -> None:
        span = Span(char_start=figure.number_start, char_end=figure.number_end)
        printed = self.body[figure.number_start : figure.number_end]
        level = "stated" if printed == str(count.value) else "normalised"
        if count.value is not None:
            self.judgement.supported(target, level, [span], f"{printed!r} in the text")
        self.words_about(count, figure, path)

    def words_about(self, count: Count | Figure, figure: CitedNumber, path: str) -> None:
        """Judge what is said about the number: its qualifier, unit and label."""
        written = figure.count.qualifier
        span = Span(char_start=figure.start, char_end=figure.end)
        if isinstance(count, Figure):
            if count.quantifier and count.quantifier != quantifier_of(written):
                self.judgement.unsupported(
                    f"{path}.quantifier", "R-C4", f"the text says {quantifier_of(written)}"
                )
            if count.unit and count.unit != unit_of(figure.noun):
                self.judgement.unsupported(
                    f"{path}.unit", "P1", f"the text counts {figure.noun.strip()!r}"
                )
            if count.household_size is None and count.unit == "household" and count.total_persons:
                self.judgement.unsupported(
                    f"{path}.total_persons", "P1", "no household size is given"
                )
        elif count.qualifier not in ("not_reported", written):
            self.judgement.unsupported(
                f"{path}.qualifier", "R-C4", f"the text says {written}, not {count.qualifier}"
            )
        elif count.qualifier == written:
            self.judgement.supported(f"{path}.qualifier", "derived", [span])
        if isinstance(count, GroupCount) and count.label:
            self.phrase_supported(f"{path}.label", self.cited.find_all(count.label))

    def subset(self, subset: Subset, path: str, role: str | None) -> None:
        found = self.figures
        if subset.text is not None:
            mentions = self.cited.find_all(subset.text)
            if not mentions:
                self.missing(subset.text, f"{path}.text", "R-E2")
                return
            self.phrase_supported(f"{path}.text", mentions)
            found = numbers_of(subset.text, self.figures, self.cited)
        if subset.value is not None:
            found = [f for f in found if f.count.value == subset.value]
        target = f"{path}.value" if subset.value is not None else f"{path}.text"
        problem = "the text does not give this number" if not found else None
        for figure in found:
            problem = problems_of.role_problem(figure, role, self.language)
            if problem is None and not figure.counted.subset:
                problem = "the text does not give it as a part of another number"
            if problem is None and subset.label:
                problem = problems_of.label_problem(figure, subset.label)
            if problem is None:
                problem = problems_of.group_problem(figure, subset.of, self.sides())
            if problem is None:
                span = Span(char_start=figure.number_start, char_end=figure.number_end)
                self.judgement.supported(target, "stated", [span])
                return
        self.judgement.unsupported(target, "R-C3", problem or "")

    def sum(self, count: Count, path: str) -> None:
        """A derived total is right if its parts are given and add up."""
        fatalities = getattr(self.record, "fatalities", None)
        parts = [g.value for g in fatalities.by_group if g.value is not None] if fatalities else []
        shown = " + ".join(map(str, parts))
        if not parts or sum(parts) != count.value:
            self.judgement.unsupported(
                f"{path}.value", "R-C2", f"{count.value} is not the sum of its parts ({shown})"
            )
            return
        spans = [
            s
            for key, support in self.judgement.support.items()
            if ".by_group." in key and key.endswith(".value")
            for s in support.spans
        ]
        self.judgement.supported(f"{path}.value", "derived", spans, f"{shown} = {count.value}")

    def clues(self) -> list[str]:
        """The record's own words of time and place, which tell one total from another."""
        date = getattr(self.record, "date", None)
        return [*self.places(), *([date.text] if date and date.text else [])]

    def places(self) -> list[str]:
        places = [getattr(self.record, "location", None), *getattr(self.record, "locations", [])]
        return [p.text for p in places if p and p.text]

    def summary(self, summary: str | None) -> None:
        """A summary may use its own words, but no number and no name that is not in the text."""
        if summary is None:
            return
        quoted = {f.count.value for f in self.figures}
        told = [c.value for c in find_counts(summary) if c.value is not None]
        strange = [str(v) for v in told if v not in quoted]
        strange += [
            name for name in _NAME.findall(summary) if next(locate(name, self.body), None) is None
        ]
        if strange:
            self.judgement.unsupported(
                "summary", "R-E2", f"the cited text does not give {', '.join(strange)}"
            )

    # dates

    def date(self, date: DateRef, path: str) -> None:
        if date.time_of_day:
            self.name(date.time_of_day, f"{path}.time_of_day", None)
        if date.text is None:
            if date.start is not None:
                self.inherited(date, path)
            return
        mentions = self.cited.find_all(date.text)
        if not mentions:
            self.missing(date.text, f"{path}.text", "R-E5")
            return
        borrowed = days_of.borrowed(
            date.text, mentions, path, self.text, self.anchor_sentences()
        ) or days_of.of_something_else(mentions, path, self.text)
        if borrowed:
            self.judgement.unsupported(f"{path}.text", "R-E5", borrowed)
            return
        resolved = days_of.resolved(date.text, path, self.record, self.cited)
        if resolved is None:
            self.judgement.unsupported(f"{path}.text", "R-E5", f"{_short(date.text)} tells no time")
            return
        self.phrase_supported(f"{path}.text", mentions)
        self.days(date, resolved, path, mentions)
        if date.basis and date.basis.startswith("inherited"):
            for name in ("text", "start", "end"):
                if f"{path}.{name}" in self.judgement.support:
                    self.judgement.support[f"{path}.{name}"].level = "inferred"
                    self.judgement.support[f"{path}.{name}"].basis = date.basis

    def days(
        self, date: DateRef, resolved: ResolvedDate, path: str, mentions: list[Mention]
    ) -> None:
        wanted: Iterator[tuple[str, dt.date | None, dt.date | None]] = iter(
            (("start", date.start, resolved.start), ("end", date.end, resolved.end))
        )
        for name, given, computed in wanted:
            if given is None:
                continue
            weekday = weekday_in(date.text or "")
            if given != computed:
                rule = "R-D2" if weekday is not None and given.weekday() != weekday else "R-D1"
                self.judgement.unsupported(
                    f"{path}.{name}", rule, _other_day(date.text or "", computed, given)
                )
            else:
                self.judgement.supported(
                    f"{path}.{name}", "derived", [span_of(mentions[0])], resolved.basis
                )

    def inherited(self, date: DateRef, path: str) -> None:
        governing = governing_date(self.text, self.anchor_sentences())
        if governing and (governing.resolved.start, governing.resolved.end) == (
            date.start,
            date.end or governing.resolved.end,
        ):
            span = Span(char_start=governing.start, char_end=governing.end)
            self.judgement.supported(f"{path}.start", "inferred", [span], governing.basis)
        else:
            self.judgement.unsupported(f"{path}.start", "R-E5", "no words tell this day")

    def anchor_sentences(self) -> list[int]:
        """The sentences of the record's numbers, else of its names, else all it cites."""
        for of_value in (lambda key: key.endswith(".value"), _is_name):
            own = {
                self.text.at(span.char_start).number
                for key, support in self.judgement.support.items()
                if of_value(key)
                for span in support.spans
            }
            if own:
                return sorted(own)
        return [s.number for s in self.cited.sentences]


def _other_day(phrase: str, computed: dt.date | None, given: dt.date) -> str:
    if computed is None:
        return f"{_short(phrase)} gives no day without a publication date"
    return f"{_short(phrase)} is {computed}, not {given}"


def _is_name(path: str) -> bool:
    """Tell whether the path is of a party or a place; a source may stand far from its facts."""
    return path.endswith((".name_reported", ".text")) and not path.startswith("source")


def _short(phrase: str) -> str:
    flat = " ".join(phrase.split())
    return f'"{flat if len(flat) <= 80 else flat[:77] + "..."}"'
