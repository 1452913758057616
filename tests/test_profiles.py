from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import text_of

from llm_extract.profiles import PROFILES, WHOLE, WINDOWS, halves, has_cue, windows

SENTENCES = st.lists(
    st.sampled_from(
        ["Shells fell. ", "On Tuesday 12 died. ", "It rained.\n\n", "Monday was calm. ", "قتل 12. "]
    ),
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(SENTENCES.map("".join), st.sampled_from(sorted(PROFILES)))
def test_windows_tile_the_article(article: str, name: str) -> None:
    text = text_of(article)
    profile = PROFILES[name]
    found = list(windows(text, profile))
    assert [n for window in found for n in window] == [s.number for s in text.sentences]
    assert all(window for window in found)
    if profile.window is not None:
        assert all(len(window) <= profile.window for window in found)


def test_a_window_ends_before_a_sentence_that_opens_with_a_time() -> None:
    article = "Shells fell. " * 3 + "On Tuesday it rained. " + "Shells fell. " * 3
    assert list(windows(text_of(article), WINDOWS)) == [(1, 2, 3), (4, 5, 6, 7)]
    early = "Shells fell. On Tuesday it rained. " + "Shells fell. " * 4
    assert list(windows(text_of(early), WINDOWS)) == [(1, 2, 3, 4, 5), (6,)]


def test_a_strong_model_sees_the_article_whole_unless_it_is_very_long() -> None:
    assert list(windows(text_of("Shells fell. " * 50), WHOLE)) == [tuple(range(1, 51))]
    long = ("Shells fell on the old town of Kessi " + "again " * 150 + "today. ") * 100
    found = list(windows(text_of(long), WHOLE))
    assert len(found) == 2
    assert [n for window in found for n in window] == list(range(1, 101))


@pytest.mark.parametrize(
    ("record_type", "sentence", "language", "asked"),
    [
        ("incident", "Raids killed 12.", "en", True),
        ("incident", "A truce was signed.", "en", False),
        ("ceasefire_agreement", "A truce was signed.", "en", True),
        ("ceasefire_agreement", "Raids killed 12.", "en", False),
        ("displacement", "300 families fled.", "en", True),
        ("displacement", "Raids killed 12.", "en", False),
        ("displacement", "Raids killed 12.", "de", True),
        ("protest", "It rained.", "en", True),
    ],
)
def test_a_word_of_the_type_makes_a_sentence_worth_a_question(
    record_type: str, sentence: str, language: str, asked: bool
) -> None:
    assert has_cue(record_type, sentence, language) is asked


@given(st.lists(st.integers(), min_size=2, max_size=9))
def test_halves_hold_all_of_a_window(window: list[int]) -> None:
    first, second = halves(window)
    assert [*first, *second] == window
    assert first
    assert second
