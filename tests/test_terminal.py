"""What an article may not do to the reader's terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.terminal import printable

_HARMFUL = [
    *(chr(code) for code in range(0x20) if chr(code) not in "\n\t"),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u2028\u2029",
    *(chr(code) for code in range(0xE0000, 0xE0080)),
    "\ud800",
    "\udfff",
]


@pytest.mark.parametrize("char", _HARMFUL, ids=lambda char: f"U+{ord(char):04X}")
def test_a_harmful_character_is_replaced_by_a_visible_one(char: str) -> None:
    assert printable(f"a{char}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "text",
    [
        "Khan Sheikhoun\tnorth\nnext line",
        "قُتل ٥١ مقاتلا يوم الثلاثاء",
        "Боевики атаковали позиции",
        "café, l’été — « douze »",
        "[bold]{{ 7*7 }}[/b] %s {0}",
        "👍🏽 ❤️",
    ],
    ids=["english", "arabic", "russian", "french", "markup", "emoji"],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_windows_line_end_is_one_line_end() -> None:
    assert printable("one\r\ntwo\rthree") == "one\ntwo\ufffdthree"


def test_an_escape_sequence_cannot_clear_the_screen_or_set_a_title() -> None:
    assert printable("\x1b[2J\x1b]0;owned\x07") == "\ufffd[2J\ufffd]0;owned\ufffd"


@given(st.text(st.characters(codec=None), max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_control_or_hidden_character_survives(text: str) -> None:
    shown = printable(text)
    assert not set(shown) & set(_HARMFUL)
    assert all(char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") for char in shown)
    shown.encode("utf-8")


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_making_it_printable_twice_changes_nothing_more(text: str) -> None:
    assert printable(printable(text)) == printable(text)
