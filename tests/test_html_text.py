"""Pages taken apart: the article stays, the rest of the page goes."""

from __future__ import annotations

import contextlib
import logging
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.errors import InputError
from llm_extract.reading.html_metadata import Element
from llm_extract.reading.html_text import parse_page

PARAGRAPHS = [
    "Twelve people were killed on Monday when shells hit the market of a river town, doctors said.",
    "The two sides blamed each other for the attack, the third on the town since the truce ended.",
    "“We heard three explosions”, said a baker — he gave only his first name — at the hospital.",
]
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><title>Market shelled</title>
<meta property="article:published_time" content="2021-03-05"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport results</a></li></ul></nav>
<article><h1>Market shelled</h1>{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}</article>
<script>var hidden = "9,999 dead";</script><style>p {{ color: red }}</style>
<footer>All rights reserved since 1999</footer></body></html>"""


def test_the_paragraphs_are_kept_word_for_word_and_menus_are_not() -> None:
    page = parse_page(PAGE)
    for paragraph in PARAGRAPHS:
        assert paragraph in page.main_text.split("\n")
    for other in ("Sport results", "9,999", "rights reserved", "color"):
        assert other not in page.main_text


def test_the_elements_with_metadata_are_listed() -> None:
    elements = parse_page(PAGE).elements
    assert Element("html", {"lang": "en"}) in [
        Element(element.tag, element.attributes) for element in elements
    ]
    assert Element("title", {}, "Market shelled") in elements
    assert (
        Element("meta", {"property": "article:published_time", "content": "2021-03-05"}) in elements
    )


def test_text_that_looks_like_a_template_or_markup_is_not_changed() -> None:
    text = (
        "He wrote {{ 7*7 }} {% x %} [b]bold[/b] %s {0} ${HOME} on a wall, and twelve people fled."
    )
    assert parse_page(PAGE.replace(PARAGRAPHS[0], text)).main_text.split("\n").count(text) == 1


@pytest.mark.parametrize(
    "html",
    [
        "",
        "no tags at all",
        "<html><body></body></html>",
        "<div id=root></div><script>go()</script>",
    ],
    ids=["nothing", "text", "empty", "script"],
)
def test_a_page_without_text_gives_none(html: str) -> None:
    assert parse_page(html).main_text == ""


def test_an_entity_cannot_read_a_file() -> None:
    html = (
        '<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd">]><html><body><article>'
        f"<p>{PARAGRAPHS[0]} &e;</p></article></body></html>"
    )
    assert "root:" not in parse_page(html).main_text


@pytest.mark.parametrize(
    "part", ["<", "<!--", "<a ", "<div>", "<table><tr><td>", "&", "<![CDATA[", "<script>", "</p>"]
)
def test_a_malformed_page_takes_no_long_time(part: str) -> None:
    begun = time.monotonic()
    parse_page("<html><body>" + part * 20_000 + PARAGRAPHS[0])
    assert time.monotonic() - begun < 3


def test_nothing_is_printed_about_an_odd_page(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        parse_page("<p>secret sentence</p>")
    assert "secret" not in caplog.text
    assert capfd.readouterr() == ("", "")


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div",
                ">",
                "<!--",
                "&#0;",
                "\x00",
                "\x0b",
                "é",
                "]]>",
                "<title>",
                "<meta content='",
                "<table>",
                "<a href=",
                "text ",
                "<svg>",
                "<?xml ",
                "&amp;",
            ]
        ),
        max_size=12,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_soup_of_tags_is_read_or_refused_cleanly(parts: list[str]) -> None:
    with contextlib.suppress(InputError):
        page = parse_page("<html><body>" + "".join(parts))
        assert isinstance(page.main_text, str)


def test_an_installation_without_the_parser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(InputError, match="pages cannot be read here") as caught:
        parse_page(PAGE)
    assert ".txt" in caught.value.hint
