"""The codebook's rules that every record type shares, and how a record is judged as a whole.

Rules of one record type stand beside its schema, in ``schemas/<name>_rules.py``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import doubt_at
from llm_extract.coding.counts import bounds
from llm_extract.coding.cues import CEASEFIRE, KILLED, VIOLENCE
from llm_extract.coding.dates import resolve_date, weekday_in
from llm_extract.coding.drafts import parts_of
from llm_extract.coding.instructions import instruction_before
from llm_extract.coding.mentions import Mention
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.coding.places import code_place
from llm_extract.record import Count, DateRef, Place, Record
from llm_extract.record_type import RecordType
from llm_extract.verification.findings import Finding, Judgement
from llm_extract.verification.support import judge_support

_WEEK = dt.timedelta(days=7)
_MOST_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
_DATELINE = re.compile(
    r"(?:[A-ZÀ-Þ][\w'’.-]*[ ,/]+){1,5}(?:[A-Z][a-z]+\.? \d{1,2}|\d{1,2} [A-Z][a-z]+)?[ ,]*"
    r"(?:\((?:AFP|AP|Reuters|REUTERS|EFE|DPA|dpa|UPI|Xinhua|TASS|Interfax|ANSA|Anadolu|AA|PTI|ANI|"
    r"Kyodo|VOA|[A-Z][\w /]{1,24}\)\s*[—–-]+(?=\s)))"
    r"|[A-ZÀ-Þ]{3,}(?:[ ,/]+[A-ZÀ-Þ][\w'’.-]*){0,4}\s+(?:[—–]|--?)(?=\s)"
)
"""The city a report was filed from, at the start of a sentence: "Beirut (AFP)", "BEIRUT —"."""


def judge(record: Record, record_type: RecordType, text: NumberedText) -> Judgement:
    """Judge one record: is each value supported, and does each rule hold?"""
    judgement = judge_support(record, text)
    cited = Cited.of(record.evidence, text)
    judgement.findings.extend(shared_rules(record, cited))
    if record_type.rules is not None:
        judgement.findings.extend(record_type.rules.rules(record, cited))
    return judgement


def shared_rules(record: Record, cited: Cited) -> Iterator[Finding]:
    """Apply the rules that need no record type."""
    yield from _asserted(record)
    yield from _speaks_to_readers(cited)
    for path, count in parts_of(record, Count):
        yield from _bounds_fit(path, count)
    for path, date in parts_of(record, DateRef):
        yield from _days_in_order(path, date, cited)
        yield from _as_precise_as_told(path, date)
        yield from _weekday_near(path, date, cited)
    for path, place in parts_of(record, Place):
        yield from _not_the_dateline(path, place, cited)
        yield from _place_as_precise_as_told(path, place)


def _asserted(record: Record) -> Iterator[Finding]:
    if record.assertion not in ("reported", "claimed"):
        yield Finding("R-I9", "reject", "assertion", f"what is {record.assertion} is not a record")


def _speaks_to_readers(cited: Cited) -> Iterator[Finding]:
    for sentence in cited.sentences:
        source = instruction_before(cited.text, sentence.number)
        if source is not None:
            which = "" if source == sentence.number else f"follows sentence {source}, which "
            yield Finding(
                "R-S1",
                "reject",
                "evidence",
                f"sentence {sentence.number} {which}speaks to a machine, it does not report",
                flag="suspicious_instruction",
            )


def _bounds_fit(path: str, count: Count) -> Iterator[Finding]:
    low, best, high = count.low, count.best, count.high
    given = [v for v in (low, best, high) if v is not None]
    if given != sorted(given):
        yield Finding("R-C1", "reject", path, f"low {low}, best {best}, high {high} not in order")
    if given and not _bounds_agree(count):
        told = f"low {low}, best {best}, high {high}"
        yield Finding("R-C4", "reject", path, f"{told} do not go with {count.qualifier}")


def _bounds_agree(count: Count) -> bool:
    """Compare the bounds that are given with those the qualifier asks for."""
    given = count.model_fields_set & {"low", "best", "high"}
    if "qualifier" not in count.model_fields_set or count.qualifier == "derived_sum":
        return True
    if count.qualifier == "range":
        return all(getattr(count, name) is not None for name in given)
    nearly = count.high if count.high == count.value else None  # "nearly 900" is 900 at most
    low, best, high = bounds(count.qualifier, count.value, high=nearly)
    expected = {"low": low, "best": best, "high": high}
    return all(getattr(count, name) == expected[name] for name in given)


def _days_in_order(path: str, date: DateRef, cited: Cited) -> Iterator[Finding]:
    published = cited.text.article.published
    if date.start and date.end and date.start > date.end:
        yield Finding("R-D1", "reject", path, f"{date.start} is after {date.end}")
    is_plan = path.rpartition(".")[2] in ("planned_end", "effective")
    if published and date.start and date.start > published and not is_plan:
        yield Finding(
            "R-D1", "reject", path, f"{date.start} is after the publication on {published}"
        )


def _as_precise_as_told(path: str, date: DateRef) -> Iterator[Finding]:
    if date.start is None or date.end is None:
        return
    days = (date.end - date.start).days + 1
    if days > _MOST_DAYS.get(date.precision, days):
        yield Finding(
            "R-D4", "reject", f"{path}.precision", f"{days} days are not one {date.precision}"
        )


def _weekday_near(path: str, date: DateRef, cited: Cited) -> Iterator[Finding]:
    """A bare weekday is one of the seven days up to publication."""
    published = cited.text.article.published
    if not (date.text and date.start and published) or weekday_in(date.text) is None:
        return
    resolved = resolve_date(date.text, published)
    if resolved is None or resolved.start is None:
        return
    moved = published - resolved.start < _WEEK <= published - date.start
    if moved or "bare_weekday_far" in resolved.flags:
        yield Finding(
            "R-D3", "flag", path, f"a bare weekday, a week or more before {published}",
            flag="weekday_far",
        )  # fmt: skip


def _not_the_dateline(path: str, place: Place, cited: Cited) -> Iterator[Finding]:
    mentions = cited.find_all(place.text) if place.text else []
    if mentions and all(_in_dateline(m, cited) for m in mentions):
        yield Finding(
            "R-D6", "reject", f"{path}.text", "the report was filed from there; it tells no place"
        )


def _in_dateline(mention: Mention, cited: Cited) -> bool:
    sentence = cited.text.at(mention.start)
    found = _DATELINE.match(cited.text.article.text, sentence.quote_start, sentence.quote_end)
    return found is not None and mention.end <= found.end()


def _place_as_precise_as_told(path: str, place: Place) -> Iterator[Finding]:
    if not place.text or place.acled_geo_precision is None:
        return
    coded = code_place(place)
    if coded.relation != "in":
        if place.acled_geo_precision == 1:
            yield Finding(
                "R-D8", "reject", f"{path}.acled_geo_precision",
                f"{coded.relation} the place is not in it",
            )  # fmt: skip
    elif place.kind is not None and place.acled_geo_precision != coded.acled_geo_precision:
        yield Finding(
            "R-D4", "reject", f"{path}.acled_geo_precision",
            f"a place of kind {place.kind} has {coded.acled_geo_precision}",
        )  # fmt: skip


def doubted(cited: Cited) -> str | None:
    """Return ``denied`` or ``hypothetical`` if no cited sentence stands by what it tells."""
    doubts: list[str] = []
    for sentence in cited.sentences:
        for pattern in (CEASEFIRE, VIOLENCE, KILLED):
            for found in pattern.finditer(sentence.quote):
                doubt = doubt_at(sentence.quote, found.start())
                if doubt is None:
                    return None
                doubts.append(doubt)
    return doubts[0] if doubts else None
