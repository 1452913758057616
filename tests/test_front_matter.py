"""Facts between two lines of hyphens, and the text after them untouched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.errors import InputError
from llm_extract.reading.front_matter import split_front_matter


def test_facts_and_text_are_divided_at_the_closing_line() -> None:
    facts, text = split_front_matter("---\ntitle: Twelve dead\nid: 007\n---\n\nText.\n")
    assert facts == {"title": "Twelve dead", "id": "007"}
    assert text == "\nText.\n"


def test_windows_line_ends_and_trailing_blanks_are_allowed() -> None:
    facts, text = split_front_matter("--- \r\ntitle: A\r\n---\t\r\nOne\r\nTwo\r\n")
    assert (facts, text) == ({"title": "A"}, "One\r\nTwo\r\n")


def test_values_stay_as_written() -> None:
    facts, _ = split_front_matter(
        "---\nlanguage: no\npublished: 2019-08-27\ncount: 012\ntags: [a, {b: yes}]\n---\n"
    )
    assert facts == {
        "language": "no",
        "published": "2019-08-27",
        "count": "012",
        "tags": ["a", {"b": "yes"}],
    }


def test_an_empty_block_is_front_matter_without_facts() -> None:
    assert split_front_matter("---\n---\nText") == ({}, "Text")


@pytest.mark.parametrize(
    "text",
    [
        "---\nNo closing line\n",
        "---\nJust prose\n---\nText",
        "---\n- a list\n---\n",
        "----\na: b\n---\n",
        "a: b",
    ],
    ids=["unclosed", "prose", "list", "four hyphens", "no opening"],
)
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert split_front_matter(text) == (None, text)


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("title: A\nbad: b: c", "line 3"),
        ("title: A\ntitle: B", "line 3"),
        ('title: "open', "line 3"),
        ("a: &x [1]\nb: *x", "line 3"),
        ("\tk: v", "line 2"),
        ("? [a]\n: b", "line 2"),
        ("a: \x01", "line 2"),
        ("a: " + "[" * 200, "line"),
        ("a: " + "[" * 30 + "]" * 30, "line"),
    ],
    ids=["colon", "twice", "quote", "alias", "tab", "key", "control", "unclosed", "deep"],
)
def test_broken_front_matter_is_refused_by_line(block: str, line: str) -> None:
    with pytest.raises(InputError, match=line) as caught:
        split_front_matter(f"---\n{block}\n---\nText")
    assert "key: value" in caught.value.hint


def test_a_tag_cannot_make_an_object() -> None:
    facts, _ = split_front_matter("---\na: !!python/object/apply:os.getcwd []\n---\n")
    assert facts == {"a": []}


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_the_text_after_the_closing_line_never_changes(text: str) -> None:
    assert split_front_matter(f"---\ntitle: A\n---\n{text}") == ({"title": "A"}, text)
