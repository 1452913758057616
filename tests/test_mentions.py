from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.coding.mentions import Mention, first_mention, fold, locate

WORDS = st.text(alphabet="aéÉßﬁ½12 ,.'’“\"-–\u00a0\u200b\u0301وال«»", max_size=30)


def spans(phrase: str, text: str, *, case: bool = True) -> list[tuple[int, int, str]]:
    return [(m.start, m.end, m.match) for m in locate(phrase, text, case=case)]


@pytest.mark.parametrize(
    ("phrase", "text", "said", "match"),
    [
        ("the army", "Then the army left.", "the army", "exact"),
        ("the army", "Then the\n  army left.", "the\n  army", "whitespace"),
        ("the army", "Then the\u00a0army left.", "the\u00a0army", "whitespace"),
        ("the army", "The Army left.", "The Army", "fuzzy"),
        ("the regime's men", "Now the regime’s men left.", "the regime’s men", "whitespace"),
        ('"zone"', "A “zone” here.", "“zone”", "whitespace"),
        ("al-Sham", "In al–Sham today.", "al–Sham", "whitespace"),
        ("Idleb", "In Idle\u00adb today.", "Idle\u00adb", "whitespace"),
        ("Sorelie", "En Sorélie hier.", "Sorélie", "fuzzy"),
        ("Sorélie", "En Sore\u0301lie hier.", "Sore\u0301lie", "whitespace"),
        ("cafe", "Un cafe\u0301 ici.", "cafe\u0301", "fuzzy"),
        ("12", "Some 12 civilians.", "12", "exact"),
        ("النظام", "قوات والنظام هنا", "النظام", "exact"),
        ("دمشق", "في ودمشق اليوم", "دمشق", "exact"),
    ],
)
def test_print_may_differ_content_may_not(phrase: str, text: str, said: str, match: str) -> None:
    found = list(locate(phrase, text))
    assert [(text[m.start : m.end], m.match) for m in found] == [(said, match)]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("2", "12 civilians"),
        ("12", "12,500 people"),
        ("500", "12,500 people"),
        ("12", "12.5 per cent"),
        ("5", "12’5"),
        ("Idle", "In Idleb."),
        ("leb", "In Idleb."),
        ("12", "a 12th man"),
        ("2", "half, ½ of them"),
        ("ix", "ﬁx it"),
        ("", "anything"),
        ("   ", "anything"),
        ("\u200b", "anything"),
        ("شق", "في دمشق"),
        ("دمشق", "في تجددمشق"),
        ("the navy", "the army"),
    ],
)
def test_a_part_of_a_word_or_number_is_no_mention(phrase: str, text: str) -> None:
    assert spans(phrase, text) == []


def test_without_case_letters_and_accents_must_agree() -> None:
    assert spans("The army", "the army left", case=False) == []
    assert spans("Sorelie", "en Sorélie", case=False) == []
    assert spans("cafe", "un café", case=False) == []
    assert spans("cafe", "un cafe\u0301", case=False) == []
    assert spans("the army", "the\tarmy left", case=False) == [(0, 8, "whitespace")]


def test_every_mention_is_given_once_and_the_exact_ones_first() -> None:
    assert spans("the army", "The army, the army") == [(10, 18, "exact"), (0, 8, "fuzzy")]


def test_only_what_lies_inside_the_bounds_is_found() -> None:
    text = "the army, the army"
    assert [m.start for m in locate("the army", text, 1)] == [10]
    assert [m.start for m in locate("the army", text, 0, 12)] == [0]
    assert list(locate("the army", text, 0, 7)) == []


def test_the_best_match_of_several_passages_is_taken() -> None:
    text = "The army. the army."
    assert first_mention("the army", text, [(0, 9), (10, 19)]) == Mention(10, 18, "exact")
    assert first_mention("the army", text, [(0, 9)]) == Mention(0, 8, "fuzzy")
    assert first_mention("the navy", text, [(0, 19)]) is None


@settings(max_examples=200, deadline=None)
@given(WORDS)
def test_folding_is_stable_and_points_back(text: str) -> None:
    for case in (True, False):
        folded = fold(text, case=case)
        assert len(folded.text) == len(folded.origin)
        assert list(folded.origin) == sorted(folded.origin)
        assert all(0 <= index < len(text) for index in folded.origin)
        assert fold(folded.text, case=case).text == folded.text


@settings(max_examples=200, deadline=None)
@given(WORDS, st.data())
def test_a_mention_says_the_phrase_it_is_a_mention_of(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    phrase = data.draw(st.one_of(WORDS, st.just(text[start : start + 5])))
    for case in (True, False):
        for mention in locate(phrase, text, case=case):
            said = text[mention.start : mention.end]
            assert fold(said, case=case).text.strip() == fold(phrase, case=case).text.strip()
            if mention.match == "exact":
                assert said == phrase.strip()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(alphabet="abcé", min_size=1, max_size=4), min_size=1, max_size=6), st.data()
)
def test_whole_words_of_a_text_are_found_however_it_is_printed(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    phrase = " ".join(words[first:last])
    start = len(" ".join([*words[:first], ""]))
    text = " ".join(words)
    assert start in {m.start for m in locate(phrase, text) if m.match == "exact"}
    for printed in (text.upper(), text.replace(" ", "\n "), unicodedata.normalize("NFD", text)):
        assert list(locate(phrase, printed))
