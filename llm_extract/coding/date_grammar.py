"""The grammar of dates: patterns over the tags of ``date_words``, and what each one builds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from llm_extract.coding.date_spans import Bound, Night, Since, Span, Timed, WeekOf
from llm_extract.coding.date_values import (
    Ago,
    CalendarDays,
    CalendarUnit,
    Moment,
    Month,
    Part,
    RelativeDay,
    Rolling,
    Shift,
    Undated,
    Weekday,
    Year,
)
from llm_extract.coding.date_words import UNITS, Token, fold, is_night, is_plural


@dataclass(frozen=True, slots=True)
class Item:
    """A token, or a time already read (tag E)."""

    token: Token
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern found in a row of items."""

    items: list[Item]
    match: re.Match[str]
    text: str

    def token(self, name: str) -> Token | None:
        """Give the token of a group, None if the pattern has no such group or it is absent."""
        at = self.match.start(name) if name in self.match.re.groupindex else -1
        return self.items[at].token if at >= 0 and self.match.end(name) > at else None

    def number(self, name: str) -> int | None:
        """Give the number a group's token stands for: month, weekday, day, year, count."""
        token = self.token(name)
        return token.number if token else None

    def moment(self, name: str) -> Moment:
        """Give the time a group stands for."""
        moment = self.items[self.match.start(name)].moment
        if moment is None:  # groups a, b and e stand for the tag E alone
            raise LookupError(name)
        return moment

    def unit(self) -> str:
        """Give the tag of the unit in group u, days without one."""
        token = self.token("u")
        return token.tag if token else "d"

    def written(self, name: str) -> str:
        """Give the words of a group as in the text."""
        if name not in self.match.re.groupindex or self.match.start(name) < 0:
            return ""
        row = self.items[self.match.start(name) : self.match.end(name)]
        return self.text[row[0].token.start : row[-1].token.end] if row else ""

    def beside(self) -> tuple[str, str]:
        """Give the words before and after, as written; empty at the ends."""
        first, last = self.items[self.match.start()].token, self.items[self.match.end() - 1].token
        before = re.search(r"(\w+)\W{0,2}$", self.text[max(0, first.start - 40) : first.start])
        after = re.match(r"\s*(\w+)", self.text[last.end : last.end + 40])
        return (before[1] if before else ""), (after[1] if after else "")


Builder: TypeAlias = Callable[[Found], Moment | None]
Rules: TypeAlias = list[tuple[re.Pattern[str], Builder]]


# --- single times ------------------------------------------------------------------------

# After these a day and month are a name ("place du 8 mai"), before those too ("1 May Square").
_NAMED_BEFORE: Final = re.compile(
    r"place|plaza|rue|calle|avenue|avenida|boulevard|square|movimiento|mouvement|movement|frente"
    r"|brigade|площад\w*|улиц\w*|вулиц\w*|площ\w*|ساحة|شارع|دوار",
    re.IGNORECASE,
)
_NAMED_AFTER: Final = re.compile(
    r"(?:Square|Street|Bridge|Avenue|Road|Movement|Brigade|Martyrs|University|Hospital|Stadium"
    r"|Airport|Park|Times|Telegraph|Mirror|Mosque|Express)",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(
    r"(?:people|persons?|civilians?|soldiers?|fighters?|rebels?|militants?|insurgents?|troops|police"
    r"|policemen|officers?|children|women|men|others|more|percent|families|houses|villages|km"
    r"|kilomet\w+|miles?|met\w+s|hours?|days?|prisoners|bodies|members|guerrillas?)",
    re.IGNORECASE,
)


def _in_a_name(found: Found) -> bool:
    before, after = found.beside()
    linked = before.casefold() in ("del", "de", "du", "the")
    if linked:
        start = found.items[found.match.start()].token.start
        words = re.findall(r"\w+", found.text[max(0, start - 40) : start])
        before = words[-2] if len(words) > 1 else ""
    named_after = after[:1].isupper() and _NAMED_AFTER.fullmatch(after)
    return bool(_NAMED_BEFORE.fullmatch(before) or named_after)


def _numeric_day(found: Found) -> Moment | None:
    token = found.token("d")
    parts = re.split(r"[-/.]", token.word) if token else []
    numbers = [int(part) for part in parts]
    flags: tuple[str, ...] = ()
    if len(parts[0]) == 4:
        year, month, day = numbers
    else:
        day, month, year = numbers
        year += (2000 if year < 70 else 1900) if len(parts[2]) == 2 else 0
        if month > 12 >= day:
            day, month = month, day
        elif token and "." not in token.word and day <= 12 and day != month:
            flags = ("ambiguous_day_month",)
    return CalendarDays(day, day, month, year, found.number("w"), flags)


def _calendar_day(found: Found) -> Moment | None:
    month, first = found.number("m"), found.number("n")
    if month is None or first is None or _in_a_name(found) or _counts(found):
        return None
    last = found.number("n2")
    return CalendarDays(first, last or first, month, found.number("y"), found.number("w"))


def _dateline_day(found: Found) -> Moment | None:
    """Read "12 NOV 89", the form of old wire datelines."""
    year = found.number("y") or 0
    if not 40 <= year <= 99 or _COUNTED.fullmatch(found.beside()[1]):
        return None
    first = found.number("n") or 1
    return CalendarDays(first, first, found.number("m") or 1, 1900 + year)


def _counts(found: Found) -> bool:
    """Whether the number counts something: "in September 20 people", "to march 5 km"."""
    ends_in_day = found.match.re.groupindex["n"] > found.match.re.groupindex["m"]
    return ends_in_day and not found.number("y") and bool(_COUNTED.fullmatch(found.beside()[1]))


_SHIFTS: Final[dict[str, Shift]] = {"L": "last", "X": "next", "H": "this"}
_PARTS: Final[dict[int, Part]] = {1: "early", 2: "mid", 3: "late"}


def _shift(found: Found) -> Shift:
    token = found.token("s")
    return _SHIFTS.get(token.tag, "") if token else ""


def _part(found: Found) -> Part:
    token = found.token("p")
    if token is None:
        return ""
    if token.tag == "B":
        return _PARTS.get(token.number, "")
    late = ("late", "tard", "поздно", "пізно")
    return "late" if token.word in late else "early"


def _month(found: Found) -> Moment | None:
    month = found.number("m")
    if month is None:
        return None
    years: dict[Shift, int] = {"last": -1, "this": 0, "next": 1}
    if found.token("u"):
        return Month(month, None, _part(found), "", years.get(_shift(found)))
    return Month(month, found.number("y"), _part(found), _shift(found))


def _year(found: Found) -> Moment | None:
    if _COUNTED.fullmatch(found.beside()[1]):
        return None
    return Year(found.number("y") or 0, _part(found))


def _weekday(found: Found) -> Moment | None:
    if _NAMED_AFTER.fullmatch(found.beside()[1]) and _in_a_name(found):
        return None
    return Weekday(found.number("w") or 0, _shift(found), of_week=found.token("u") is not None)


def _relative_day(found: Found) -> Moment | None:
    return RelativeDay(found.number("r") or 0, found.number("w"))


def _night_or_morning(found: Found) -> Moment | None:
    """Read "tonight", "last night": a night is named by the day it began."""
    day = RelativeDay(found.number("r") or (-1 if _shift(found) == "last" else 0))
    return Timed(day, found.written("all"))


def _ago(found: Found) -> Moment | None:
    return Ago(found.number("n") or 1, UNITS[found.unit()])


_LENGTHS: Final[dict[int, tuple[int, str]]] = {
    30: (1, "o"),
    365: (1, "y"),
    7: (1, "e"),
    14: (2, "e"),
}


def _ago_in_a_word(found: Found) -> Moment | None:
    days = found.number("a") or 1
    count, unit = _LENGTHS.get(days, (days, "d"))
    return Ago(count, UNITS[unit])


def _rolling(found: Found) -> Moment | None:
    return Rolling(found.number("n") or 1, UNITS[found.unit()])


def _last_unit(found: Found) -> Moment | None:
    """Read "last week" as a calendar week, "the last week" as running up to publication."""
    last, unit = found.token("s"), found.token("u")
    if last is None or unit is None:
        return None
    if is_plural(unit):
        return _VAGUE
    runs = found.token("h") is not None or _RUNNING.match(last.word) is not None
    if unit.tag in "dh" or (runs and unit.tag != "g"):
        return Rolling(1, UNITS[unit.tag])
    return CalendarUnit(UNITS[unit.tag], "last")


_RUNNING: Final = re.compile(r"past$|послед|останн|ultim")
_VAGUE: Final = Undated("no day follows from these words", ("imprecise",))
_EVENT: Final = Undated("counted from another event, not from publication", ("relative_to_event",))
_SEASON: Final = Undated("a season has no fixed days", ("imprecise",))
_DURATION: Final = Undated("a length of time without a day", ("imprecise",))


def _calendar_unit(found: Found) -> Moment | None:
    unit = found.token("u")
    if unit is None or unit.tag in "dh" or is_plural(unit):
        return _VAGUE if unit and unit.tag in "dh" else None
    return CalendarUnit(UNITS[unit.tag], _shift(found) or "this", _part(found))


def _same(moment: Moment) -> Builder:
    return lambda found: moment


def _rules(*rules: tuple[str, Builder]) -> Rules:
    return [(re.compile(pattern), build) for pattern, build in rules]


_W = r"(?:(?P<w>[Ww])(?:,?[IT]*|,?(?P<paren>\()))?"
_M = r"(?P<m>[Mmk])(?:[/(][Mmk]\)?)?"
_Y = r"(?:,?[OT]*(?P<y>Y)(?:y(?![A-Zc]))?)?"
_END = r"(?(paren)\)|)"

_SINGLE: Final = _rules(
    (rf"{_W}(?P<d>D){_END}", _numeric_day),
    (rf"{_W}(?P<n>N)[OT]*{_M}{_Y}{_END}", _calendar_day),
    (rf"{_W}{_M}[OT]*(?P<n>N){_Y}{_END}", _calendar_day),
    (r"(?P<n>N)(?P<m>k)(?P<y>n)(?![deoyhgA])", _dateline_day),
    (rf"[QFC]?[OT]*(?P<n>N)[&tx1-][OT]*(?P<n2>N)[OT]*{_M}{_Y}", _calendar_day),
    (rf"[QF]?{_M}T?(?P<n>N)[&t-]T?(?P<n2>N){_Y}", _calendar_day),
    (rf"{_M},?[OT]*(?P<y>Y)y?", _month),
    (rf"(?P<p>[Bl])[-OTI]*(?P<s>[LH])?{_M}{_Y}", _month),
    (rf"T?oO{_M}{_Y}", _month),
    (r"(?P<m>[Mm])[OT]*(?P<s>[LHX])(?P<u>y)", _month),
    (r"(?P<m>[Mm])[OT]*(?P<u>y)(?P<s>[LX])", _month),
    (r"(?P<s>[LXH])(?P<m>[Mm])", _month),
    (r"(?P<m>[Mm])(?P<s>[LX])", _month),
    (r"(?<=[ISCFQbxt&])(?P<m>M)", _month),
    (r"(?<=[ISCFQb])(?P<m>m)", _month),
    (r"(?<=[ISCFQbt])(?P<y>Y)y?", _year),
    (r"y[OT]?(?P<y>Y)", _year),
    (r"(?P<y>Y)y", _year),
    (r"(?P<p>[Bl])[-OTI]*(?P<y>Y)y?", _year),
    (r"(?P<w>W)[,OTI]*(?P<s>[LXH])(?P<u>e)", _weekday),
    (r"(?P<w>W)[OTI]*(?P<u>e)(?P<s>[LX])", _weekday),
    (r"(?P<s>[LXH])(?P<w>W)", _weekday),
    (r"(?P<w>W)(?P<s>[LX])", _weekday),
    (r"(?<!u)(?P<w>W)", _weekday),
    (r"(?P<r>R)(?:[,(]*I?(?P<w>W)\)?)?", _relative_day),
    (r"(?P<all>(?P<r>j))", _night_or_morning),
    (r"(?P<all>T?(?P<s>[LH])l?G)", _night_or_morning),
    (r"(?P<all>T?G(?P<s>L))", _night_or_morning),
    (r"(?P<n>[Nn1])(?P<u>[deoyh])A", _ago),
    (r"i(?P<n>[Nn1])(?P<u>[deoyh])", _ago),
    (r"(?P<a>a)", _ago_in_a_word),
    (r"[TH]*L(?P<n>[Nn])(?P<u>[deoyh])", _rolling),
    (r"[TH]*(?P<n>[Nn])L(?P<u>[deoyh])", _rolling),
    (r"T?(?P<n>[Nn])(?P<u>[deoyh])L", _rolling),
    (r"S(?P<n>[Nn1])(?P<u>[deoyh])", _rolling),
    (r"r", _rolling),
    (r"(?P<h>[TH])?(?P<s>L)(?P<u>[deoyhg])", _last_unit),
    (r"T?(?P<u>[eoyg])(?P<s>[LX])", _calendar_unit),
    (r"(?P<s>[XH])(?P<u>[deoyg])", _calendar_unit),
    (r"(?P<p>[Bl])[OTI]*(?P<s>[LHX])?(?P<u>[oy])", _calendar_unit),
    (r"(?P<p>[Bl])[OTI]*(?P<u>[oy])(?P<s>[LX])", _calendar_unit),
    (r"(?:I|(?<=I))T?(?P<u>g)", _calendar_unit),
    (r"p|(?:[Nn1z]|T|1z|1zO)[deoyh][bc]", _same(_EVENT)),
    (r"Z|[1TH]*z[OT]*[deoyh]A?|iz?O?[deoy]", _same(_VAGUE)),
    (r"S?zO?[deoyh]|[HT]*L[zO]*[deoy]|[HT]*zL[deoy]|[deoyh][zA]", _same(_VAGUE)),
    (r"[TH1NnzL]*qA?", _same(_VAGUE)),
    (r"(?:[Nn1][&t-])?[Nn1]-?[deoyh]", _same(_DURATION)),
    (r"[TLXH]*s(?:[,OTI]*Y)?", _same(_SEASON)),
)
LONE: Final = _rules((r"(?P<m>[Mm])", _month), (r"(?P<y>Y)", _year))

# --- times made of times -----------------------------------------------------------------


def _range(found: Found) -> Moment | None:
    first, last = found.moment("a"), found.moment("b")
    return Span(first, last) if first.dated and last.dated else None


def _pair(found: Found) -> Moment | None:
    """Join "Friday and Saturday"; unlike dates stay two."""
    first, last = found.moment("a"), found.moment("b")
    days = (Weekday, RelativeDay)
    alike = (isinstance(first, days) and isinstance(last, days)) or (
        found.token("dash") is not None and type(first) is type(last)
    )
    return Span(first, last) if alike and first.dated else None


def _night_span(found: Found) -> Moment | None:
    night = found.token("v")
    if night is None or not is_night(night):
        return None
    span = _range(found)
    return Timed(span, found.written("v")) if span else None


def _night(found: Found) -> Moment | None:
    word = found.token("v")
    moment = found.moment("e") if found.token("e") else None
    into = found.token("into") is not None or (word is not None and word.tag == "v")
    written = found.written("v").split()
    kept = written[:-1] if word and word.tag == "v" else written
    return Timed(Night(moment, into), " ".join(kept)) if word else None


def _timed(found: Found) -> Moment | None:
    before, after = found.written("t"), found.written("t2")
    moment = found.moment("e")
    if isinstance(moment, Undated) or not (before or after):
        return None
    return Timed(moment, " … ".join(part for part in (before, after) if part))


def _time_only(found: Found) -> Moment | None:
    return Timed(Undated("part of a day, without the day"), found.written("t"))


def _since(found: Found) -> Moment | None:
    moment = found.moment("e")
    return Since(moment) if moment.dated else None


def _bound(found: Found) -> Moment | None:
    word, moment = found.written("b"), found.moment("e")
    return Bound(moment, fold(word)) if moment.dated else None


def _week_of(found: Found) -> Moment | None:
    return WeekOf(found.moment("e"))


def _led(found: Found) -> Moment | None:
    """Take in what leads to a date; of the articles only "le", "el", which stand for "on"."""
    the = found.token("the")
    return None if the and the.word == "the" else found.moment("e")


_RANGES: Final = _rules(
    (r"(?:[FC][OTIx]*)?(?P<a>E)[t][OTI]*(?P<b>E)", _range),
    (r"[FCO][OTIx]*(?P<a>E)[tx1-][OT]*(?P<b>E)", _range),
    (r"Q[OTI]*(?P<a>E)&[OTI]*(?P<b>E)", _range),
    (r"(?P<a>E)&[OTIx]*(?P<b>E)", _pair),
    (r"(?P<a>E)(?P<dash>[-/])(?P<b>E)", _pair),
    (r"(?P<v>[VG])[,IOTFC]*(?P<a>E)[tx1&-]?[OT]*(?P<b>E)", _night_span),
    (r"(?P<v>v)[OT]*(?P<e>E)", _night),
    (r"(?P<v>V)(?P<into>[tx])[OT]*(?P<e>E)", _night),
    (r"(?P<v>V)[,IOT]*(?P<e>E)", _night),
    (r"(?P<e>E)(?P<v>V)", _night),
    (r"(?P<v>V)", _night),
)
_PARTS_OF_DAY: Final = _rules(
    (
        r"(?:(?P<t>(?:[Ix]?T?l?G|l)),?[OTIxF]*)?(?P<e>E)(?:(?P<t2>[Ix]?[OT]*l?G)(?![Mmk]))?",
        _timed,
    ),
    (r"(?P<t>[Ix]?T?l?G)", _time_only),
)
_LIMITS: Final = _rules(
    (r"[SC][OTIx]*(?P<e>E)", _since),
    (r"(?P<b>[bti])[OTIx]*(?P<e>E)", _bound),
    (r"T?e[OT]+(?P<e>E)", _week_of),
)
_LEADS: Final = _rules(
    (r"c?(?:[Ix][TO]?|(?P<the>T))(?P<e>E)", _led),
    (r"c(?P<e>E)", _led),
)

STAGES: Final = (_SINGLE, _RANGES, _PARTS_OF_DAY, _LIMITS, _LEADS)
