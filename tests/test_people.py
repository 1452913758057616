from __future__ import annotations

import pytest

from llm_extract.coding.counts import find_counts
from llm_extract.coding.people import (
    is_article,
    is_person,
    is_whole_of,
    may_count_people,
    noun_after,
)


@pytest.mark.parametrize(
    ("sentence", "possible"),
    [
        ("12 farmers fled.", True),
        ("12 young farmers fled.", True),
        ("12 fled.", True),
        ("12 kilograms were found.", False),
        ("12 heavy trucks were burned.", False),
        ("12 village elders left.", True),
        ("a woman left.", True),
        ("Five of the 12 farmers left.", True),
        ("12 camps were closed.", False),
    ],
)
def test_a_number_counts_people_unless_a_thing_follows(sentence: str, possible: bool) -> None:
    assert may_count_people(sentence, find_counts(sentence)[0]) is possible


def test_the_whole_of_a_part_counts_nobody_anew() -> None:
    whole = "Five of the 12 farmers left."
    assert [is_whole_of(whole, c) for c in find_counts(whole)] == [False, True]
    assert not may_count_people(whole, find_counts(whole)[1])


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        (" farmers in Osh", "farmers"),
        (" young farmers, who fled", "young farmers"),
        (" in Osh", ""),
        (" farmers", "farmers"),
    ],
)
def test_the_noun_ends_before_the_next_small_word(text: str, noun: str) -> None:
    assert noun_after(text, 0) == noun


@pytest.mark.parametrize(
    ("word", "person"), [("farmer", True), ("Women", True), ("truck", False), ("police", True)]
)
def test_a_word_is_one_for_a_person_or_not(word: str, person: bool) -> None:
    assert is_person(word) is person


def test_the_article_is_told_apart_from_a_figure() -> None:
    sentence = "a woman and 12 men"
    assert [is_article(sentence, c) for c in find_counts(sentence)] == [True, False]
