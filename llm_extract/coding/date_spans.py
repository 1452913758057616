"""Times made of other times: ranges, nights, limits, and days with a part of the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import ClassVar

from llm_extract.coding.date_values import (
    Moment,
    Month,
    RelativeDay,
    ResolvedDate,
    Tense,
    Weekday,
    add_flags,
    days,
    undated,
)


@dataclass(frozen=True, slots=True)
class Since:
    """From a time to publication ("since last Wednesday", "since the end of April")."""

    moment: Moment
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Start at the point the words mean: first day of a span, 15th of a middle, last of an end.

        The end of a month is its last day (codebook 4 and the gold coding of the seed article).
        """
        found = self.moment.resolve(anchor, "past")
        if found.start is None or found.end is None:
            return found
        start = found.start
        part = self.moment.part if isinstance(self.moment, Month) else ""
        if part == "late":
            start = found.end
        elif part == "mid":
            start += (found.end - start) // 2
        basis = f"from then ({found.basis}) to publication"
        opened = ResolvedDate(
            start,
            anchor and max(start, anchor),
            "range",
            basis,
            start_accuracy=found.start_accuracy,
            end_accuracy="day" if anchor else None,
            flags=found.flags,
        )
        return opened if anchor else add_flags(opened, "needs_publication_date")


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another ("from Monday to Wednesday", "Friday and Saturday")."""

    first: Moment
    last: Moment
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Fix the surer end first; the other one leans on it."""
        if tense == "future" or (self.last.floating and not self.first.floating):
            first = self.first.resolve(anchor, tense)
            ahead: Tense = "future" if self.last.floating else tense
            base = first.start if self.last.floating else anchor
            last = self.last.resolve(base, ahead)
        else:
            last = self.last.resolve(anchor, tense)
            first = self.first.resolve(last.start if self.first.floating else anchor, "past")
        return self._join(first, last, anchor)

    def _join(
        self, first: ResolvedDate, last: ResolvedDate, anchor: dt.date | None
    ) -> ResolvedDate:
        if first.start is None or last.end is None:
            return first if first.start is None else last
        if first.start > last.end:
            return undated("the period ends before it starts", "impossible_date")
        far = anchor is not None and (anchor - first.start).days >= 7
        flags = ("bare_weekday_far",) if far and isinstance(self.first, Weekday) else ()
        joined = days(
            first.start,
            last.end,
            "range" if first.start < last.end else last.precision,
            f"{first.basis}, to {last.basis}" if first.basis != last.basis else first.basis,
            start_accuracy=first.start_accuracy,
            end_accuracy=last.end_accuracy,
        )
        return add_flags(joined, *first.flags, *last.flags, *flags)


@dataclass(frozen=True, slots=True)
class Night:
    """A night, which has two dates ("overnight Monday", "overnight into Tuesday")."""

    moment: Moment | None
    into: bool = False
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the night that begins on the day; "into" the day or today, the one that ends."""
        if self.moment is None:
            found = RelativeDay(0).resolve(anchor, tense)
        else:
            found = self.moment.resolve(anchor, tense)
        if found.start is None or found.end is None or found.precision != "day":
            return found
        into = self.into or self.moment is None or (tense == "past" and found.start == anchor)
        first = found.start - dt.timedelta(days=into)
        basis = f"night {'into' if into else 'after'} the {found.basis}"
        return days(first, first + dt.timedelta(days=1), "range", basis, *found.flags)


@dataclass(frozen=True, slots=True)
class Bound:
    """Only a limit is told ("before 5 May", "until Friday", "after August 8")."""

    moment: Moment
    word: str
    floating: ClassVar[bool] = False

    @property
    def dated(self) -> bool:
        """As the limit."""
        return self.moment.dated

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the limit itself, flagged."""
        found = self.moment.resolve(anchor, tense)
        return add_flags(replace(found, basis=f"{self.word}: {found.basis}"), "imprecise")


@dataclass(frozen=True, slots=True)
class WeekOf:
    """The week that holds a day ("the week of August 5")."""

    moment: Moment
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the week from Monday that holds the day."""
        found = self.moment.resolve(anchor, tense)
        if found.start is None or found.precision != "day":
            return found
        monday = found.start - dt.timedelta(days=found.start.weekday())
        basis = f"week of the day {found.basis}"
        return days(monday, monday + dt.timedelta(days=6), "week", basis, *found.flags)


@dataclass(frozen=True, slots=True)
class Timed:
    """A time with its part of the day: "early Tuesday", "at dawn on Monday"."""

    moment: Moment
    time_of_day: str

    @property
    def dated(self) -> bool:
        """As without the part of the day."""
        return self.moment.dated

    @property
    def floating(self) -> bool:
        """As without the part of the day."""
        return self.moment.floating

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the same days, with the words for the part of the day."""
        return replace(self.moment.resolve(anchor, tense), time_of_day=self.time_of_day)
