"""What a page states about itself, and nothing it does not."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from llm_extract.reading.html_metadata import Element, PageFacts, declared_encoding, page_facts


def meta(name: str, content: str) -> Element:
    return Element("meta", {"property": name, "content": content})


def linked(value: object) -> Element:
    return Element("script", {"type": "application/ld+json"}, json.dumps(value))


def test_a_page_without_metadata_says_nothing() -> None:
    assert page_facts([]) == PageFacts()


def test_the_usual_elements_are_read() -> None:
    facts = page_facts(
        [
            Element("html", {"lang": "en-GB"}),
            Element("title", {}, " Twelve dead | The Paper "),
            meta("og:title", "Twelve  dead"),
            meta("og:site_name", "The Paper"),
            meta("article:published_time", "2021-03-05T10:00:00Z"),
            Element("link", {"rel": "canonical", "href": "https://paper.example/12"}),
        ]
    )
    assert facts == PageFacts(
        title="Twelve dead",
        published=dt.date(2021, 3, 5),
        publisher="The Paper",
        language="en-GB",
        url="https://paper.example/12",
    )


def test_linked_data_of_an_article_is_read_also_inside_a_graph() -> None:
    item = {
        "@type": ["NewsArticle"],
        "headline": "Twelve dead",
        "datePublished": "2021-03-05",
        "publisher": [{"@type": "Organization", "name": "The Paper"}],
    }
    facts = page_facts([linked({"@graph": [{"@type": "WebSite"}, item]})])
    assert (facts.title, facts.published, facts.publisher) == (
        "Twelve dead",
        dt.date(2021, 3, 5),
        "The Paper",
    )


def test_linked_data_of_anything_else_is_not_taken() -> None:
    assert (
        page_facts([linked([{"@type": "Event", "datePublished": "2021-03-05"}, 5])]) == PageFacts()
    )


@pytest.mark.parametrize(
    "text", ["{torn", "[" * 100_000, "", "null"], ids=["torn", "deep", "empty", "null"]
)
def test_broken_linked_data_says_nothing(text: str) -> None:
    element = Element("script", {"type": "application/ld+json"}, text)
    assert page_facts([element]) == PageFacts()


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2021-03-05", dt.date(2021, 3, 5)),
        ("2021-03-05T23:30:00-05:00", dt.date(2021, 3, 5)),
        ("20210305T101500Z", dt.date(2021, 3, 5)),
        ("2021-03-05 10:15 UTC", dt.date(2021, 3, 5)),
        ("Fri, 05 Mar 2021 23:30:00 -0500", dt.date(2021, 3, 5)),
    ],
    ids=["day", "local evening", "compact", "with zone", "mail"],
)
def test_the_local_day_of_a_stated_time_is_kept(value: str, day: dt.date) -> None:
    assert page_facts([meta("article:published_time", value)]).published == day


@pytest.mark.parametrize("value", ["05/03/2021", "yesterday", "2021-13-05", "2021", "١٢"])
def test_a_date_that_is_not_certain_is_said_and_not_guessed(value: str) -> None:
    facts = page_facts([meta("date", value)])
    assert facts.published is None
    assert facts.warnings == (f"the page's date {value!r} is not understood",)


def test_a_second_publication_date_is_said() -> None:
    facts = page_facts(
        [meta("article:published_time", "2021-03-05"), meta("dc.date", "2021-03-09")]
    )
    assert facts.published == dt.date(2021, 3, 5)
    assert "2021-03-09" in facts.warnings[0]


def test_a_date_of_modification_is_no_date_of_publication() -> None:
    assert page_facts([meta("article:modified_time", "2021-03-05")]) == PageFacts()


@pytest.mark.parametrize("attributes", [{"pubdate": ""}, {"itemprop": "datePublished"}])
def test_a_time_element_marked_as_publication_counts(attributes: dict[str, str]) -> None:
    element = Element("time", {"datetime": "2021-03-05", **attributes})
    assert page_facts([element]).published == dt.date(2021, 3, 5)


def test_any_other_time_element_does_not_count() -> None:
    assert page_facts([Element("time", {"datetime": "2021-03-05"})]) == PageFacts()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<html><meta charset="windows-1251">', "windows-1251"),
        (b"<META http-equiv=x content='text/html; charset=koi8-r'>", "koi8-r"),
        (b'<?xml version="1.0" encoding="utf-8"?><html>', "utf-8"),
        (b"<html><p>charset=utf-8", None),
        (b" " * 5000 + b'<meta charset="utf-8">', None),
        (b"<meta " * 3000, None),
    ],
    ids=["meta", "http-equiv", "xml", "text", "too late", "many"],
)
def test_the_declared_encoding_is_found_in_the_head(head: bytes, name: str | None) -> None:
    assert declared_encoding(head) == name
