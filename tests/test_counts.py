from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.coding.counts import ParsedCount, Qualifier, bounds, find_counts, parse_count

SEED = Path(__file__).parents[1] / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"


def summary(count: ParsedCount) -> tuple[Qualifier, int | None, int | None, int | None, int | None]:
    return count.qualifier, count.value, count.low, count.best, count.high


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("at least 51 dead", ("at_least", 51, 51, 51, None)),
        ("about 900 civilians", ("about", 900, None, 900, None)),
        ("nearly 900", ("about", 900, None, 900, 900)),
        ("almost 900", ("about", 900, None, 900, 900)),
        ("more than 400,000 people", ("more_than", 400000, 400000, 400000, None)),
        ("over 100", ("more_than", 100, 100, 100, None)),
        ("up to five", ("up_to", 5, None, None, 5)),
        ("fewer than 12", ("less_than", 12, None, None, 12)),
        ("14 to 20", ("range", 14, 14, 14, 20)),
        ("between 14 and 20 people", ("range", 14, 14, 14, 20)),
        ("from 14 to 20", ("range", 14, 14, 14, 20)),
        ("14-20", ("range", 14, 14, 14, 20)),
        ("14–20 people", ("range", 14, 14, 14, 20)),
        ("entre 14 et 20", ("range", 14, 14, 14, 20)),
        ("entre 14 y 20 personas", ("range", 14, 14, 14, 20)),
        ("от 14 до 20 человек", ("range", 14, 14, 14, 20)),
        ("від 14 до 20", ("range", 14, 14, 14, 20)),
        ("بين 14 و20 شخصا", ("range", 14, 14, 14, 20)),
        ("من 14 إلى 20", ("range", 14, 14, 14, 20)),
        ("a dozen", ("about", 12, None, 12, None)),
        ("half a dozen rebels", ("about", 6, None, 6, None)),
        ("at least a dozen", ("at_least", 12, 12, 12, None)),
        ("more than two dozen", ("more_than", 24, 24, 24, None)),
        ("une dizaine de morts", ("about", 10, None, 10, None)),
        ("dozens", ("vague", None, None, None, None)),
        ("dozens of people", ("vague", None, None, None, None)),
        ("tens of thousands", ("vague", None, None, None, None)),
        ("hundreds of thousands of people", ("vague", None, None, None, None)),
        ("several", ("vague", None, None, None, None)),
        ("several hundred people", ("vague", None, None, None, None)),
        ("a few", ("vague", None, None, None, None)),
        ("thousands", ("vague", None, None, None, None)),
        ("plusieurs dizaines de morts", ("vague", None, None, None, None)),
        ("milliers de personnes", ("vague", None, None, None, None)),
        ("decenas de miles", ("vague", None, None, None, None)),
        ("varios muertos", ("vague", None, None, None, None)),
        ("miles de personas", ("vague", None, None, None, None)),
        ("عشرات الآلاف", ("vague", None, None, None, None)),
        ("مئات القتلى", ("vague", None, None, None, None)),
        ("десятки людей", ("vague", None, None, None, None)),
        ("несколько тысяч", ("vague", None, None, None, None)),
        ("кілька сотень", ("vague", None, None, None, None)),
        ("тисячі людей", ("vague", None, None, None, None)),
        ("12 or more", ("at_least", 12, 12, 12, None)),
        ("900 at least", ("at_least", 900, 900, 900, None)),
        ("900 people at least", ("at_least", 900, 900, 900, None)),
        ("قتل 12 شخصا على الأقل", ("at_least", 12, 12, 12, None)),
        ("au moins 12", ("at_least", 12, 12, 12, None)),
        ("al menos 12", ("at_least", 12, 12, 12, None)),
        ("على الأقل 12", ("at_least", 12, 12, 12, None)),
        ("по меньшей мере 12", ("at_least", 12, 12, 12, None)),
        ("щонайменше 12", ("at_least", 12, 12, 12, None)),
        ("plus de 12", ("more_than", 12, 12, 12, None)),
        ("más de 12", ("more_than", 12, 12, 12, None)),
        ("أكثر من 12", ("more_than", 12, 12, 12, None)),
        ("более 12", ("more_than", 12, 12, 12, None)),
        ("понад 12", ("more_than", 12, 12, 12, None)),
        ("près de 12", ("about", 12, None, 12, None)),
        ("environ 12", ("about", 12, None, 12, None)),
        ("unos 12", ("about", 12, None, 12, None)),
        ("نحو 12", ("about", 12, None, 12, None)),
        ("حوالي 12", ("about", 12, None, 12, None)),
        ("около 12", ("about", 12, None, 12, None)),
        ("близько 12", ("about", 12, None, 12, None)),
        ("jusqu'à 12", ("up_to", 12, None, None, 12)),
        ("hasta 12", ("up_to", 12, None, None, 12)),
        ("حتى 12", ("up_to", 12, None, None, 12)),
        ("moins de 12", ("less_than", 12, None, None, 12)),
        ("no fewer than 12", ("at_least", 12, 12, 12, None)),
        ("as many as 12", ("up_to", 12, None, None, 12)),
        ("at least some 20", ("at_least", 20, 20, 20, None)),
        ("100+ people", ("at_least", 100, 100, 100, None)),
        ("no deaths", ("exact", 0, 0, 0, 0)),
        ("zero deaths", ("exact", 0, 0, 0, 0)),
        ("none", ("exact", 0, 0, 0, 0)),
        ("no casualties were reported", ("not_reported", None, None, None, None)),
        ("an unknown number of people", ("not_reported", None, None, None, None)),
        ("rose from 14 to 20", ("exact", 14, 14, 14, 14)),
        ("2 to 3 million people", ("range", 2000000, 2000000, 2000000, 3000000)),
        ("some 900 people", ("about", 900, None, 900, None)),
        ("an estimated 900", ("about", 900, None, 900, None)),
        ("two or three", ("range", 2, 2, 2, 3)),
        ("12", ("exact", 12, 12, 12, 12)),
        ("nearly half a million", ("about", 500000, None, 500000, 500000)),
        ("at least another 12", ("at_least", 12, 12, 12, None)),
        ("no civilians were injured", ("exact", 0, 0, 0, 0)),
        ("20-odd", ("about", 20, None, 20, None)),
        ("no more than 5", ("up_to", 5, None, None, 5)),
        ("más de una docena", ("more_than", 12, 12, 12, None)),
        ("plus d'une dizaine", ("more_than", 10, 10, 10, None)),
        ("не менее 12", ("at_least", 12, 12, 12, None)),
    ],
    ids=repr,
)
def test_a_phrase_gives_its_qualifier_and_bounds(
    phrase: str, expected: tuple[Qualifier, int | None, int | None, int | None, int | None]
) -> None:
    count = parse_count(phrase)
    assert count is not None
    assert summary(count) == expected


@pytest.mark.parametrize("phrase", ["casualties", "without any", "", "On August 8", "since 2011"])
def test_a_phrase_without_a_count_gives_none(phrase: str) -> None:
    assert parse_count(phrase) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "killed 12, at least three of them women",
            [("12", "12"), ("at least three", "three")],
        ),
        ("killed 23 at least 3 civilians", [("23", "23"), ("at least 3", "3")]),
        (
            "between 14 and 20 were killed and more than a dozen wounded",
            [("between 14 and 20", "14 and 20"), ("more than a dozen", "a dozen")],
        ),
        ("about 12 people at least", [("about 12 people at least", "12")]),
        (
            "dozens of people, perhaps more than 40",
            [("dozens of", "dozens of"), ("more than 40", "40")],
        ),
        ("killed 14 and 20", [("14", "14"), ("20", "20")]),
        ("up from 14 to 20", [("14", "14"), ("20", "20")]),
        ("No deaths, 5 wounded", [("No deaths", "No deaths"), ("5", "5")]),
        ("at\n  least  12", [("at\n  least  12", "12")]),
    ],
    ids=repr,
)
def test_every_count_of_a_sentence_is_found_with_its_words(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = find_counts(text)
    assert [(text[c.start : c.end], text[c.number_start : c.number_end]) for c in found] == expected


def test_the_seed_gives_its_counts_and_no_date() -> None:
    text = SEED.read_text(encoding="utf-8")
    found = [text[c.start : c.end] for c in find_counts(text) if c.qualifier != "vague"]
    assert found == [
        *("at least 51", "four", "two", "two", "23", "20", "13", "eight", "12"),
        *("about 900", "more than 400,000", "more than 370,000"),
    ]


@pytest.mark.parametrize(
    "phrase",
    [
        "not reported",
        "no immediate reports of casualties",
        "No casualties were reported.",
        "an unspecified number of people",
        "un nombre inconnu de personnes",
        "неизвестное количество людей",
    ],
)
def test_what_is_not_reported_is_never_zero(phrase: str) -> None:
    count = parse_count(phrase)
    assert count is not None
    assert summary(count) == ("not_reported", None, None, None, None)


@pytest.mark.parametrize(
    "phrase",
    [
        "no civilians were killed",
        "aucun mort",
        "ningún muerto",
        "без жертв",
        "немає загиблих",
        "None",
    ],
)
def test_an_explicit_none_is_an_exact_zero(phrase: str) -> None:
    count = parse_count(phrase)
    assert count is not None
    assert summary(count) == ("exact", 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("qualifier", "expected"),
    [
        ("exact", (7, 7, 7)),
        ("at_least", (7, 7, None)),
        ("more_than", (7, 7, None)),
        ("about", (None, 7, None)),
        ("less_than", (None, None, 7)),
        ("up_to", (None, None, 7)),
        ("vague", (None, None, None)),
        ("not_reported", (None, None, None)),
    ],
)
def test_bounds_follow_the_qualifier(
    qualifier: Qualifier, expected: tuple[int | None, int | None, int | None]
) -> None:
    assert bounds(qualifier, 7) == expected
    assert bounds(qualifier, None) == (None, None, None)


def test_bounds_of_a_range_and_a_sum_come_from_their_parts() -> None:
    assert bounds("range", 14, 14, 20) == (14, 14, 20)
    assert bounds("derived_sum", 51, 51, None) == (51, 51, None)
    assert bounds("derived_sum", 51, 51, 51) == (51, 51, 51)
    assert bounds("about", 900, None, 900) == (None, 900, 900)


PIECES = st.sampled_from(
    [
        *("at least", "more than", "about", "nearly", "up to", "between", "and", "to", "from", "-"),
        *("12", "400,000", "a dozen", "dozens of", "several", "no deaths", "none", "or more", "+"),
        *(
            "au moins",
            "plus d'",
            "más de",
            "до",
            "около",
            "щонайменше",
            "على الأقل",
            "أكثر من",
            "و20",
        ),
        *(
            "people",
            "\n",
            ".",
            "20",
            "five",
            "тысяч",
            "مئات",
            "one",
            "unknown number of",
            "reported",
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=14).map(" ".join))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_counts_are_in_order_with_sound_offsets_and_bounds(text: str) -> None:
    found = find_counts(text)
    for count in found:
        assert 0 <= count.start <= count.number_start < count.number_end <= count.end <= len(text)
        known = [bound for bound in (count.low, count.best, count.high) if bound is not None]
        assert known == sorted(known)
        assert (count.value is None) == (count.qualifier in ("vague", "not_reported"))
    for count, following in pairwise(found):
        assert count.end <= following.start
    parsed = parse_count(text)
    assert parsed == found[0] if found else parsed is None or not parsed.value


@given(st.integers(1000, 10**9), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'"]))
@settings(max_examples=200, deadline=None)
def test_a_grouped_figure_keeps_its_value_behind_a_qualifier(value: int, separator: str) -> None:
    count = parse_count("more than " + f"{value:,}".replace(",", separator) + " people")
    assert count is not None
    assert summary(count) == ("more_than", value, value, value, None)
