"""What a web page says about its article: title, publication date, publisher, language, address.

Only statements the page makes in its metadata count (meta elements, JSON-LD, time elements marked
as publication date, the html element's language). Dates in the running text or in the address are
never taken: the wrong day would move every "Tuesday" of the article.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a page: its name, its attributes and the text directly inside."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the page's metadata says; None where it says nothing."""

    title: str | None = None
    published: dt.date | None = None
    """Day of publication in the time zone the page writes it in."""
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    warnings: tuple[str, ...] = ()


def page_facts(elements: Iterable[Element]) -> PageFacts:
    """Read the metadata of a page; what cannot be understood becomes a warning."""
    collected = _Collected(elements)
    said = collected.meta
    articles = list(_linked_articles(collected.linked_data))
    dates = [said.get(name) for name in _DATE_NAMES]
    dates[1:1] = [_first_string(item.get("datePublished")) for item in articles[:1]]
    dates.append(collected.time)
    published, warnings = _first_date([date for date in dates if date])
    linked_title = _first_string(articles[0].get("headline")) if articles else None
    linked_publisher = _first_string(articles[0].get("publisher")) if articles else None
    return PageFacts(
        title=_first(said, _TITLE_NAMES) or linked_title or _line(collected.title),
        published=published,
        publisher=_first(said, _PUBLISHER_NAMES) or linked_publisher,
        language=_line(collected.language),
        url=_line(collected.canonical) or _first(said, ("og:url",)),
        warnings=warnings,
    )


def declared_encoding(data: bytes) -> str | None:
    """Find the encoding that a page declares in its first 4096 bytes."""
    found = re.search(
        rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", data[:4096], re.I
    )
    found = found or re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)", data[:200])
    return found[1].decode("ascii") if found else None


_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "publication_date",
    "pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "citation_publication_date",
    "date",
)
"""Names of meta elements, most exact first; those of a modification date are left out."""
_TITLE_NAMES = ("og:title", "twitter:title", "dc.title", "headline")
_PUBLISHER_NAMES = ("og:site_name", "dc.publisher", "citation_publisher", "application-name")


def _first(said: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := said.get(name))), None)


def _line(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


class _Collected:
    """The statements of a page, sorted by where they stand; the first of each name counts."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.meta: dict[str, str] = {}
        self.linked_data: list[str] = []
        self.title: str | None = None
        self.time: str | None = None
        self.language: str | None = None
        self.canonical: str | None = None
        for element in elements:
            self._take(element)

    def _take(self, element: Element) -> None:
        given = element.attributes
        if element.tag == "meta":
            name = given.get("property") or given.get("name") or given.get("itemprop") or ""
            if value := _line(given.get("content")):
                self.meta.setdefault(name.lower(), value)
        elif element.tag == "html":
            self.language = self.language or given.get("lang") or given.get("xml:lang")
        elif element.tag == "link" and given.get("rel", "").lower() == "canonical":
            self.canonical = self.canonical or given.get("href")
        elif element.tag == "time" and ("pubdate" in given or "datepublished" in _itemprop(given)):
            self.time = self.time or given.get("datetime")
        elif element.tag == "script" and "ld+json" in given.get("type", "").lower():
            self.linked_data.append(element.text)
        elif element.tag == "title":
            self.title = self.title or element.text


def _itemprop(given: dict[str, str]) -> str:
    return given.get("itemprop", "").lower()


def _linked_articles(blocks: list[str]) -> Iterator[dict[str, object]]:
    """Yield the JSON-LD objects that describe an article, in the order of the page."""
    for block in blocks:
        try:
            loaded: object = json.loads(block)
        except (ValueError, RecursionError):
            continue  # a broken block says nothing; the other sources may
        roots = loaded if isinstance(loaded, list) else [loaded]
        for root in roots:
            if not isinstance(root, dict):
                continue
            graph = root.get("@graph")
            for item in [root, *(graph if isinstance(graph, list) else [])]:
                if isinstance(item, dict) and _is_article(item.get("@type")):
                    yield item


def _is_article(kind: object) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(one, str) and one.endswith(("Article", "BlogPosting")) for one in kinds)


def _first_string(value: object) -> str | None:
    """Reduce a JSON-LD value to one line: a string, an object's name, or the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    return _line(value) if isinstance(value, str) else None


def _first_date(candidates: list[str]) -> tuple[dt.date | None, tuple[str, ...]]:
    warnings: list[str] = []
    days: list[dt.date] = []
    for candidate in dict.fromkeys(candidates):
        if (day := _day(candidate)) is None:
            warnings.append(f"the page's date {candidate[:60]!r} is not understood")
        elif day not in days:
            days.append(day)
    if len(days) > 1:
        others = ", ".join(map(str, days[1:]))
        warnings.append(f"the page names other publication dates too: {others}; {days[0]} is used")
    return (days[0] if days else None), tuple(warnings)


def _day(value: str) -> dt.date | None:
    """Take the day out of an ISO date or time, or of a date as mail writes it."""
    iso = re.match(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9])", value)
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        return parsedate_to_datetime(value).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
