from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import cited_in

from llm_extract.coding.figures import (
    counts_homes,
    numbers_in,
    numbers_of,
    quantifier_of,
    unit_of,
)

TEXT = "Shells fell on Kessi. Raids killed at least 23 soldiers and 20 rebels near Tabora."
SECOND = "Raids killed at least 23 soldiers and 20 rebels near Tabora."
PIECES = st.sampled_from(
    ["Raids killed ", "12 ", "at least 51 ", "rebels. ", "soldiers ", "and ", "1,200 ", "\n\n",
     "dozens ", "including ", "قتل ٣ "]
)  # fmt: skip


def test_numbers_are_told_by_the_characters_of_the_article() -> None:
    first, second = numbers_in(cited_in(TEXT, SECOND))
    assert TEXT[first.start : first.end] == "at least 23"
    assert TEXT[first.number_start : first.number_end] == "23"
    assert TEXT[slice(*first.noun_span)] == first.noun
    assert first.noun.strip() == "soldiers"
    assert second.noun.split()[0] == "rebels"
    assert [c.count.value for c in first.siblings] == [20]
    assert [c.count.value for c in second.siblings] == [23]


def test_only_the_numbers_inside_the_quotes_are_cited() -> None:
    assert [n.count.value for n in numbers_in(cited_in(TEXT, "20 rebels near Tabora"))] == [20]
    assert numbers_in(cited_in(TEXT, "Shells fell on Kessi.")) == []
    assert numbers_in(cited_in(TEXT, "99 rebels")) == []


def test_a_quote_that_leaves_out_the_denial_is_judged_by_the_whole_sentence() -> None:
    text = "The army denied that raids killed 20 rebels."
    (number,) = numbers_in(cited_in(text, "raids killed 20 rebels"))
    assert number.counted.doubt == "denied"


def test_the_numbers_of_a_phrase_lie_inside_its_mentions() -> None:
    cited = cited_in(TEXT, SECOND)
    numbers = numbers_in(cited)
    assert [n.count.value for n in numbers_of("20 rebels", numbers, cited)] == [20]
    assert [n.count.value for n in numbers_of("23 soldiers and 20", numbers, cited)] == [23, 20]
    assert numbers_of("rebels", numbers, cited) == []
    assert numbers_of("99 rebels", numbers, cited) == []


@pytest.mark.parametrize(
    ("noun", "unit"),
    [
        ("families", "household"),
        ("familles déplacées", "household"),
        ("семей", "household"),
        ("عائلة", "household"),
        ("people", "person"),
        ("", "person"),
    ],
)
def test_families_are_households(noun: str, unit: str) -> None:
    assert unit_of(noun) == unit


@pytest.mark.parametrize(
    ("noun", "homes"),
    [(" homes", True), ("maisons", True), ("منازل", True), ("homeless", False), ("people", False)],
)
def test_homes_are_not_people(noun: str, homes: bool) -> None:
    assert counts_homes(noun) is homes


@pytest.mark.parametrize(
    ("qualifier", "quantifier"),
    [
        ("at_least", "more_than"),
        ("more_than", "more_than"),
        ("up_to", "less_than"),
        ("less_than", "less_than"),
        ("exact", "exact"),
        ("derived_sum", "exact"),
        ("about", "approximately"),
        ("range", "approximately"),
        ("vague", "approximately"),
    ],
)
def test_qualifiers_become_the_words_of_idmc(qualifier: str, quantifier: str) -> None:
    assert quantifier_of(qualifier) == quantifier


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=12).map("".join))
def test_every_number_slices_back_out_of_the_article(article: str) -> None:
    for number in numbers_in(cited_in(article, article)):
        said = article[number.start : number.end]
        assert said == number.sentence.text[number.count.start : number.count.end]
        assert number.start <= number.number_start <= number.number_end <= number.end
        assert article[slice(*number.noun_span)] == number.noun
