"""Single times as a text names them, and the calendar days they come to.

Each class is one way of naming a time and knows how to resolve itself against the day of
publication (the anchor). Nothing here ever falls back to the day of publication or to today.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal, Protocol

from dateutil.relativedelta import relativedelta, weekday

Precision = Literal["day", "range", "week", "month", "year", "unknown"]
"""How exactly the days are known (codebook 1.0)."""

Accuracy = Literal["day", "week", "month", "year"]
"""How exactly one end of a period is known (IDMC's words)."""

Tense = Literal["past", "future"]
"""Which way a bare weekday or a day without a year points."""


@dataclass(frozen=True, slots=True)
class ResolvedDate:
    """The days a phrase names; both ends inclusive, both None when no day follows from it.

    Only an open period without a publication date ("since 5 May 2018") has a start and no end.
    """

    start: dt.date | None
    end: dt.date | None
    precision: Precision
    basis: str
    """How the days were found, in words for a person."""
    time_of_day: str | None = None
    """The part of the day as written ("at dawn")."""
    start_accuracy: Accuracy | None = None
    end_accuracy: Accuracy | None = None
    flags: tuple[str, ...] = ()


class Moment(Protocol):
    """A time as named in a text."""

    @property
    def dated(self) -> bool:
        """Whether days can follow from the words at all."""

    @property
    def floating(self) -> bool:
        """Whether a neighbouring date, rather than publication, may fix it ("from Monday to …")."""

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Find the days, counted from the anchor."""


Unit = Literal["hour", "day", "week", "month", "year", "weekend"]
"""A length of time; a weekend counts as a day."""


def finish(found: ResolvedDate, published: dt.date | None, tense: Tense) -> ResolvedDate:
    """Hold a reported event to the time before its publication, or flag that it is after it."""
    if published is None or tense == "future" or found.start is None or found.end is None:
        return found
    if found.start > published:
        return add_flags(found, "after_publication")
    if found.end > published:
        return replace(found, end=published, basis=f"{found.basis}, up to publication")
    return found


def add_flags(found: ResolvedDate, *flags: str) -> ResolvedDate:
    """Add flags to a result, each once."""
    return replace(found, flags=tuple(dict.fromkeys((*found.flags, *flags))))


def undated(basis: str, *flags: str) -> ResolvedDate:
    """Make the result of a time expression no days follow from."""
    return ResolvedDate(None, None, "unknown", basis, flags=flags)


def needs_publication(what: str) -> ResolvedDate:
    """Make the result of a relative time in an article without a publication date."""
    return undated(f"{what}, publication date unknown", "needs_publication_date")


_ACCURACY: Final[dict[Precision, Accuracy]] = {
    "day": "day",
    "range": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}


_UNIT_ACCURACY: Final[dict[Unit, Accuracy]] = {
    "hour": "day",
    "day": "day",
    "weekend": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}


def days(
    start: dt.date,
    end: dt.date,
    precision: Precision,
    basis: str,
    *flags: str,
    start_accuracy: Accuracy | None = None,
    end_accuracy: Accuracy | None = None,
) -> ResolvedDate:
    """Make a result; both ends are as accurate as the precision unless told otherwise."""
    both = _ACCURACY.get(precision)
    return ResolvedDate(
        start,
        end,
        precision,
        basis,
        start_accuracy=start_accuracy or both,
        end_accuracy=end_accuracy or both,
        flags=flags,
    )


def one_day(day: dt.date, basis: str, *flags: str) -> ResolvedDate:
    """Make a result of one day."""
    return days(day, day, "day", basis, *flags)


@dataclass(frozen=True, slots=True)
class Undated:
    """Words of time without days: "at dawn", "in recent days", "the day before"."""

    basis: str
    flags: tuple[str, ...] = ()
    dated: ClassVar[bool] = False
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Give the reason why there are no days."""
        return undated(self.basis, *self.flags)


Shift = Literal["", "this", "last", "next"]


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday ("on Tuesday", "last Tuesday", "Tuesday last week"); Monday is 0."""

    day: int
    shift: Shift = ""
    of_week: bool = False
    dated: ClassVar[bool] = True

    @property
    def floating(self) -> bool:
        """Only a bare weekday leans on its neighbour."""
        return self.shift == ""

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Count from the anchor, which "last" and "next" leave out."""
        name = calendar.day_name[self.day]
        if anchor is None:
            return needs_publication(f"weekday {name}")
        if self.of_week:
            monday = anchor - dt.timedelta(days=anchor.weekday()) + _WEEKS[self.shift]
            return one_day(monday + dt.timedelta(days=self.day), f"{name} of {self.shift} week")
        if self.shift == "next" or (tense == "future" and self.shift != "last"):
            first = anchor + dt.timedelta(days=self.shift == "next")
            day = first + relativedelta(weekday=weekday(self.day)(+1))
            return one_day(day, self._basis(day == anchor, f"next {name} after publication"))
        latest = anchor - dt.timedelta(days=self.shift == "last")
        day = latest + relativedelta(weekday=weekday(self.day)(-1))
        if self.shift == "last":
            flag = "translated_or_non_agency_copy"
            return one_day(day, f"last {name} to publication, which is left out", flag)
        return one_day(day, self._basis(day == anchor, f"most recent {name} before publication"))

    def _basis(self, today: bool, otherwise: str) -> str:
        return "weekday of publication" if today else otherwise


_WEEKS: Final[dict[Shift, relativedelta]] = {
    "": relativedelta(),
    "this": relativedelta(),
    "last": relativedelta(weeks=-1),
    "next": relativedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """One day or several of one month ("8 August", "Tuesday, August 27, 2019", "3-5 May")."""

    first: int
    last: int
    month: int
    year: int | None = None
    weekday: int | None = None
    flags: tuple[str, ...] = ()
    dated: ClassVar[bool] = True

    @property
    def floating(self) -> bool:
        """A day without a year leans on its neighbour."""
        return self.year is None

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the year written, else the nearest on the side the tense points to."""
        if self.year is None and anchor is None:
            return needs_publication("day and month without a year")
        year = self.year if anchor is None or self.year is not None else self._year(anchor, tense)
        start, end = _date(year, self.month, self.first), _date(year, self.month, self.last)
        if start is None or end is None or start > end:
            return undated("no such day in the calendar", "impossible_date")
        flags = self.flags
        if self.weekday is not None and start.weekday() != self.weekday:
            flags += ("weekday_mismatch",)
        if self.year is None and anchor is not None and abs((anchor - start).days) > _FAR:
            flags += ("year_uncertain",)
        basis = "stated" if self.year is not None else "year taken from publication"
        return days(start, end, "day" if start == end else "range", basis, *flags)

    def _year(self, anchor: dt.date, tense: Tense) -> int | None:
        step = 1 if tense == "future" else -1
        for year in range(anchor.year, anchor.year + 9 * step, step):
            day = _date(year, self.month, self.first)
            if day is not None and (day - anchor).days * step >= 0:
                return year
        return None


# "August 28" in a report of 27 August is last year's by the rule, but may be a slip or a time zone.
_FAR: Final = 300


def _date(year: int | None, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year or 0, month, day)
    except ValueError:
        return None


Part = Literal["", "early", "mid", "late"]
_PARTS: Final[dict[Part, tuple[int, int]]] = {
    "": (1, 31),
    "early": (1, 10),
    "mid": (11, 20),
    "late": (21, 31),
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month or a part of it ("in September 2018", "the end of April", "mid-July")."""

    month: int
    year: int | None = None
    part: Part = ""
    shift: Shift = ""
    year_shift: int | None = None
    dated: ClassVar[bool] = True

    @property
    def floating(self) -> bool:
        """A month without a year leans on its neighbour."""
        return self.year is None and not self.shift and self.year_shift is None

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the whole month; beginning is 1-10, middle 11-20, end 21 on."""
        year = self.year
        if year is None:
            if anchor is None:
                return needs_publication("month without a year")
            year = self._year(anchor, tense)
        basis = "stated" if self.year is not None else "year taken from publication"
        return month_part(dt.date(year, self.month, 1), self.part, basis)

    def _year(self, anchor: dt.date, tense: Tense) -> int:
        if self.year_shift is not None:
            return anchor.year + self.year_shift
        if self.shift == "next" or (tense == "future" and self.shift != "last"):
            return anchor.year + (self.month < anchor.month + (self.shift == "next"))
        first = dt.date(anchor.year, self.month, _PARTS[self.part][0])
        later = first >= anchor.replace(day=1) if self.shift == "last" else first > anchor
        return anchor.year - later


def month_part(first: dt.date, part: Part, basis: str) -> ResolvedDate:
    """Take the days of a month, or of its beginning, middle or end."""
    start, end = _PARTS[part]
    length = calendar.monthrange(first.year, first.month)[1]
    if part:
        basis = f"{basis}; {part} in the month read as days {start}-{min(end, length)}"
    return days(first.replace(day=start), first.replace(day=min(end, length)), "month", basis)


@dataclass(frozen=True, slots=True)
class Year:
    """A year ("in 2011", "early 2019")."""

    year: int
    part: Part = ""
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Take the whole year, flagged where the text says which part of it."""
        flags = ("imprecise",) if self.part else ()
        start, end = dt.date(self.year, 1, 1), dt.date(self.year, 12, 31)
        return days(start, end, "year", "stated", *flags)


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A day counted from publication ("yesterday", "hier"), with the weekday if written too."""

    offset: int
    weekday: int | None = None
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Count days from publication."""
        if anchor is None:
            return needs_publication("day counted from publication")
        day = anchor + dt.timedelta(days=self.offset)
        mismatch = self.weekday is not None and day.weekday() != self.weekday
        where = {0: "day of publication", -1: "day before publication", 1: "day after publication"}
        basis = where.get(self.offset, f"{self.offset:+d} days from publication")
        return one_day(day, basis, *(("weekday_mismatch",) if mismatch else ()))


@dataclass(frozen=True, slots=True)
class Ago:
    """A length of time back from publication ("three days ago")."""

    count: int
    unit: Unit
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Count back from publication; no finer than the unit is."""
        if anchor is None:
            return needs_publication("time counted back from publication")
        basis = f"{self.count} {self.unit}s before publication"
        if self.unit == "hour":
            return one_day(anchor - dt.timedelta(days=self.count // 24), basis)
        day = anchor - _span(self.count, self.unit)
        if self.unit == "week":
            monday = day - dt.timedelta(days=day.weekday())
            return days(monday, monday + dt.timedelta(days=6), "week", basis)
        if self.unit == "month":
            return month_part(day.replace(day=1), "", basis)
        if self.unit == "year":
            return days(day.replace(month=1, day=1), day.replace(month=12, day=31), "year", basis)
        return one_day(day, basis)


def _span(count: int, unit: Unit) -> relativedelta:
    match unit:
        case "hour":
            return relativedelta(days=-(-count // 24))
        case "week":
            return relativedelta(weeks=count)
        case "month":
            return relativedelta(months=count)
        case "year":
            return relativedelta(years=count)
        case _:
            return relativedelta(days=count)


@dataclass(frozen=True, slots=True)
class Rolling:
    """A length of time up to publication ("in the past 24 hours", "over the past week")."""

    count: int
    unit: Unit
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """From that length before publication to publication; hours count as begun days."""
        if anchor is None:
            return needs_publication("period up to publication")
        basis = f"{self.count} {self.unit}s up to publication"
        start = anchor - _span(self.count, self.unit)
        return days(start, anchor, "range", basis, start_accuracy=_UNIT_ACCURACY[self.unit])


@dataclass(frozen=True, slots=True)
class CalendarUnit:
    """A unit of the calendar ("last week", "this month", "next year", "at the weekend")."""

    unit: Unit
    shift: Shift
    part: Part = ""
    dated: ClassVar[bool] = True
    floating: ClassVar[bool] = False

    def resolve(self, anchor: dt.date | None, tense: Tense) -> ResolvedDate:
        """Whole weeks from Monday, months or years; "this" one only up to or from publication."""
        if anchor is None:
            return needs_publication(f"{self.shift} {self.unit}")
        basis = f"the {self.unit} of publication"
        if self.shift in ("last", "next"):
            side = "before" if self.shift == "last" else "after"
            basis = f"the {self.unit} {side} that of publication"
        found = self._whole(anchor, {"last": -1, "next": 1}.get(self.shift, 0), basis, tense)
        if self.shift not in ("", "this") or found.start is None:
            return found
        if tense == "future":
            return replace(found, start=max(found.start, anchor))
        return found

    def _whole(self, anchor: dt.date, offset: int, basis: str, tense: Tense) -> ResolvedDate:
        if self.unit == "month":
            first = anchor.replace(day=1) + relativedelta(months=offset)
            return month_part(first, self.part, basis)
        if self.unit == "year":
            year = anchor.year + offset
            flags = ("imprecise",) if self.part else ()
            return days(dt.date(year, 1, 1), dt.date(year, 12, 31), "year", basis, *flags)
        monday = anchor - dt.timedelta(days=anchor.weekday()) + relativedelta(weeks=offset)
        if self.unit == "week":
            return days(monday, monday + dt.timedelta(days=6), "week", basis)
        saturday = monday + dt.timedelta(days=5)
        if offset == 0 and saturday > anchor and tense == "past":
            saturday -= dt.timedelta(days=7)
        return days(saturday, saturday + dt.timedelta(days=1), "range", basis)
