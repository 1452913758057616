"""Small articles and records for the tests, and what the verifier finds about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from llm_extract.article import Article
from llm_extract.checking import Checked, check_record
from llm_extract.coding.citations import Cited
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.judging import Verdict, judge_draft
from llm_extract.record import Evidence
from llm_extract.record_type import RecordType, find_record_type

WEDNESDAY = dt.date(2023, 5, 17)
"""Day of publication of the small articles."""


@cache
def type_of(name: str) -> RecordType:
    return find_record_type(name)


def text_of(text: str, published: dt.date | None = WEDNESDAY, language: str = "en") -> NumberedText:
    return NumberedText.of(Article(id="a", text=text, published=published, language=language))


def cited_in(text: str, *quotes: str, published: dt.date | None = WEDNESDAY) -> Cited:
    """The quotes, or the whole text, cited from the article ``text``."""
    evidence = [Evidence(quote=q) for q in quotes or (text,)]
    return Cited.of(evidence, text_of(text, published))


def checked(
    record_type: str,
    text: str,
    fields: dict[str, Any],
    quotes: tuple[str, ...] = (),
    published: dt.date | None = WEDNESDAY,
    language: str = "en",
) -> Checked:
    """Check a record that quotes ``quotes``, or the whole of the article."""
    given = {"evidence": [{"quote": q} for q in quotes or (text,)], **fields}
    return check_record(given, type_of(record_type), text_of(text, published, language))


def drafted(
    record_type: str,
    text: str,
    sentences: list[int],
    draft: dict[str, Any],
    published: dt.date | None = WEDNESDAY,
    language: str = "en",
) -> Verdict:
    """Judge a core draft as the model writes it; fields left out are empty."""
    whole = {**_BLANK[record_type], "sentences": sentences, **draft}
    article = text_of(text, published, language)
    window = [s.number for s in article.sentences]
    return judge_draft(whole, type_of(record_type), article, window, full=False)


_BLANK: dict[str, dict[str, Any]] = {
    "incident": {
        "source": None,
        "sub_event_type": "Other",
        "date": None,
        "location": None,
        "side_a": [],
        "side_b": [],
        "fatalities": [],
    },
    "ceasefire_agreement": {
        "source": None,
        "agreement_name_reported": None,
        "agreement_kind": "other",
        "parties": [],
        "dates": None,
        "location": None,
        "status": "unclear",
    },
    "displacement": {
        "source": None,
        "figure": None,
        "date": None,
        "locations": [],
        "cause": "unclear",
    },
}


def rules_of(found: Checked) -> set[str]:
    """The ids of the rules the record breaks."""
    return {f.rule for f in found.findings}


def said_of(found: Checked, rule: str) -> set[tuple[str, str]]:
    """Severity and path of each finding of one rule."""
    return {(f.severity, f.path) for f in found.findings if f.rule == rule}


@dataclass(frozen=True)
class Row:
    """Fields that break one rule, and fields that do not, of a record of the same article."""

    rule: str
    what: str
    text: str
    path: str
    broken: dict[str, Any]
    sound: dict[str, Any]
    severity: str = "reject"
    quotes: tuple[str, ...] = ()
    """What the broken record quotes instead of the whole article."""
    twin: str = ""
    """The article of the sound record, where it is another."""
    also: tuple[str, ...] = ()
    """Rules that can not but break together with this one."""

    @property
    def label(self) -> str:
        return f"{self.rule} {self.what}"


def assert_told_apart(record_type: str, row: Row) -> None:
    """The broken record breaks this rule, at this place, and no other; the sound one passes."""
    broken = checked(record_type, row.text, row.broken, row.quotes)
    assert (row.severity, row.path) in said_of(broken, row.rule), broken.findings
    assert rules_of(broken) <= {row.rule, *row.also}, broken.findings
    assert broken.passed == (row.severity != "reject" and not row.also)
    twin = checked(record_type, row.twin or row.text, row.sound)
    assert row.rule not in rules_of(twin), twin.findings
    assert twin.passed, twin.findings
