from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import text_of

TEXT = "Shells fell on Kessi. On Tuesday, 12 people died.\n\nThe army left Kessi."
ARTICLES = st.lists(
    st.sampled_from(["A bomb fell. ", "12 died.\n\n", "Non ! ", "قتل 12. ", " ", "\n", "U.S. "]),
    min_size=1,
    max_size=12,
).map("".join)


def test_sentences_are_numbered_from_one() -> None:
    text = text_of(TEXT)
    assert text[1].quote == "Shells fell on Kessi."
    assert text[3].quote == "The army left Kessi."
    assert [n in text for n in (0, 1, 3, 4)] == [False, True, True, False]


def test_a_phrase_is_found_in_the_sentences_asked_for_only() -> None:
    text = text_of(TEXT)
    assert [TEXT[m.start : m.end] for m in text.find("Kessi", (1, 3))] == ["Kessi", "Kessi"]
    assert [text.at(m.start).number for m in text.find("Kessi", (3,))] == [3]
    assert list(text.find("Kessi", (2,))) == []


def test_numbers_and_dates_count_the_characters_of_their_sentence() -> None:
    text = text_of(TEXT)
    (counted,) = text.counted(text[2])
    assert text[2].text[counted.count.number_start : counted.count.number_end] == "12"
    (date,) = text.dates(text[2])
    assert text[2].text[date.start : date.end] == "On Tuesday"


@pytest.mark.parametrize(
    ("start", "end", "numbers"),
    [(0, 5, [1]), (0, len(TEXT), [1, 2, 3]), (5, 5, []), (20, 24, [1, 2])],
)
def test_a_span_touches_the_sentences_it_shares_a_character_with(
    start: int, end: int, numbers: list[int]
) -> None:
    touched = [s.number for s in text_of(TEXT).overlapping(start, end)]
    assert touched == numbers or (start == end and touched == [1])


@settings(max_examples=150, deadline=None)
@given(ARTICLES)
def test_each_character_lies_in_the_sentence_found_for_it(article: str) -> None:
    text = text_of(article)
    if not text.sentences:
        assert not article.strip()
        return
    for offset in range(len(article)):
        sentence = text.at(offset)
        assert sentence.start <= offset < sentence.end
        assert [s.number for s in text.overlapping(offset, offset + 1)] == [sentence.number]
