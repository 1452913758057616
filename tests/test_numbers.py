from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.coding.numbers import find_numbers, is_range

SEED = Path(__file__).parents[1] / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"


def values(text: str) -> list[int]:
    return [number.value for number in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("51", [51]),
        ("400,000", [400000]),
        ("400 000 people", [400000]),
        ("400.000 personas", [400000]),
        ("1'200 Menschen", [1200]),
        ("400 000 personnes", [400000]),
        ("١٢ قتيلا", [12]),
        ("۱۲", [12]),
        ("١٬٢٠٠ شخص", [1200]),
        ("3.5 million", [3500000]),
        ("2,5 millions de personnes", [2500000]),
        ("40 thousand", [40000]),
        ("3,5 тыс. человек", [3500]),
        ("40 тисяч людей", [40000]),
        ("12 ألف شخص", [12000]),
        ("1.2 مليون", [1200000]),
        ("eight", [8]),
        ("twenty-three", [23]),
        ("twenty three", [23]),
        ("three hundred and twenty", [320]),
        ("vingt-trois", [23]),
        ("quatre-vingt-dix", [90]),
        ("quatre-vingt-dix-sept", [97]),
        ("quatre-vingts", [80]),
        ("quatre-vingt-un", [81]),
        ("soixante et onze", [71]),
        ("soixante-dix-huit", [78]),
        ("vingt et un morts", [21]),
        ("veintitrés", [23]),
        ("treinta y dos", [32]),
        ("восемь", [8]),
        ("двадцать три", [23]),
        ("тридцати", [30]),
        ("вісім", [8]),
        ("дев'ятеро людей", [9]),
        ("дев’ятеро людей", [9]),
        ("двадцять трьох", [23]),
        ("ثلاثة وعشرون", [23]),
        ("خمسة عشر", [15]),
        ("مئة", [100]),
        ("مائة وخمسة وعشرين شخصا", [125]),
        ("ثلاثة آلاف", [3000]),
        ("ألف شخص", [1000]),
        ("خمسين ألف نازح", [50000]),
        ("a dozen", [12]),
        ("half a dozen", [6]),
        ("two dozen", [24]),
        ("une douzaine", [12]),
        ("una docena", [12]),
        ("a hundred", [100]),
        ("one civilian was killed", [1]),
        ("killing one and wounding two", [1, 2]),
        ("un mort et une blessée", [1, 1]),
        ("un homme du village", [1]),
        ("una persona", [1]),
        ("On August 8, 12 people were killed", [12]),
        ("le 27 août 2019, 12 personnes", [12]),
        ("killed 2000 people", [2000]),
        ("more than 2000", [2000]),
        ("2 to 3 million people", [2000000, 3000000]),
        ("between 1.5 and 2.5 million", [1500000, 2500000]),
        ("14-20 people", [14, 20]),
        ("three may have died", [3]),
        ("at least two may be dead", [2]),
        ("five hundred", [500]),
        ("two thousand five hundred and ten", [2510]),
        ("mil quinientos", [1500]),
        ("dos mil quinientos muertos", [2500]),
        ("quinientas personas", [500]),
        ("deux mille trois cents", [2300]),
        ("cent personnes", [100]),
        ("mille morts", [1000]),
        ("once personas", [11]),
        ("двести пятьдесят человек", [250]),
        ("пятисот", [500]),
        ("тысяча", [1000]),
        ("пять тысяч двести", [5200]),
        ("два с половиной миллиона", [2500000]),
        ("полтора миллиона", [1500000]),
        ("п'ятдесят шість", [56]),
        ("п’ятьох осіб", [5]),
        ("dos millones y medio", [2500000]),
        ("two and a half million", [2500000]),
        ("half a million", [500000]),
        ("3.5m people", [3500000]),
        ("40k", [40000]),
        ("killed 12 and wounded 3", [12, 3]),
        ("و20 جريحا", [20]),
        ("وخمسة جرحى", [5]),
        ("16-member council", [16]),
        ("5000-strong", [5000]),
        ("5-ти", [5]),
        ("05 morts", [5]),
        ("three hundred thousand", [300000]),
        ("sept personnes", [7]),
        ("quelque 2.000 personnes", [2000]),
        ("ninety", [90]),
        ("zero deaths", [0]),
        ("one hundred", [100]),
        ("one hundred and one", [101]),
        ("four months", [4]),
        ("20-40 000", [20, 40000]),
        ("Сто двадцать один человек", [121]),
        ("двадцять один", [21]),
        ("двоє дітей", [2]),
        ("троих", [3]),
        ("ten to fifteen", [10, 15]),
        ("10 to 15 thousand", [10000, 15000]),
        ("Le 3 sept. 12 morts", [12]),
        ("le 27 août 12 personnes", [12]),
        ("In August 12 people died", [12]),
        ("five million three hundred thousand", [5300000]),
        ("1,234,567", [1234567]),
        ("1.234.567 personas", [1234567]),
        ("quatre cents", [400]),
        ("ثلاثمئة", [300]),
        ("اثنا عشر", [12]),
        ("إحدى عشرة امرأة", [11]),
        ("ألفي شخص", [2000]),
        ("12 ألفاً", [12000]),
        ("50 cents", [50]),
        ("killed 12.", [12]),
        ("about\n180,000 of them", [180000]),
        ("12, 13 and 14 people", [12, 13, 14]),
        ("3 млн. людей", [3000000]),
        ("un mort", [1]),
        ("شخص واحد", [1]),
        ("at least one soldier", [1]),
        ("en 2011, 12 personas", [12]),
    ],
    ids=repr,
)
def test_a_cardinal_is_found_with_its_value(text: str, expected: list[int]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a score",
        "21st",
        "third",
        "3e",
        "5 percent",
        "5%",
        "20 per cent",
        "dix pour cent",
        "diez por ciento",
        "20 to 30 percent",
        "10 % des",
        "5.5 magnitude",
        "10:30",
        "6 a.m.",
        "6 am",
        "T-72 and BM-21",
        "AK-47s, F16, COVID-19, M23",
        "one of them",
        "no one",
        "one another",
        "un village",
        "August 8",
        "8 August 2019",
        "since 2011",
        "2019",
        "© 2019 AFP",
        "27 août",
        "8 серпня",
        "27 آب",
        "27 آب/أغسطس 2019",
        "8 de agosto de 2019",
        "8 августа 2019 года",
        "в 2019 году",
        "منذ عام 2011",
        "12-year-old",
        "43-year-old man",
        "aged 12",
        "aged 12 and 15",
        "12 years old",
        "1990s",
        "two-thirds",
        "8-10 August",
        "8 and 9 August",
        "August 8-10",
        "from 8 to 12 August 2019",
        "4 FEB 90",
        "GUATEMALA CITY, 4 FEB 90",
        "once he left",
        "to seize power",
        "двадцать пятого августа",
        "двадцать пятый",
        "No. 5",
        "Resolution 2254",
        "27/08/2019",
        "2019-08-27",
        "12-й",
        "9/11",
        "24/7",
        "0300 hours",
        "2011-2014",
        "between 2011 and 2014",
        "in 2015 the group",
        "the 2014 war",
        "hundreds of thousands",
        "several hundred",
        "July-September 1978",
        "1,234.5",
        "123456789012345678901234567890",
        "KABUL (Sept. 3, 2012)",
        "1. The man left",
        "the largest one seized",
        "at least one of them",
        "Boeing 727",
        ".45 caliber",
        "cent",
        "in late 2010",
        "October 5, 2011",
        "Tuesday [4 October]",
        "1/2",
        "the 1980s",
        "#5",
    ],
)
def test_a_number_that_counts_nothing_is_left_out(text: str) -> None:
    assert values(text) == []


def test_a_word_of_signs_alone_is_no_number() -> None:
    assert values("ـ 12 \u0640\u0640") == [12]


def test_the_numbers_of_the_seed_are_its_counts() -> None:
    found = [51, 4, 2, 2, 23, 20, 13, 8, 12, 900, 400_000, 370_000]
    assert values(SEED.read_text(encoding="utf-8")) == found


def test_the_text_of_a_number_is_the_number_alone() -> None:
    texts = [
        n.text for n in find_numbers("At least 3.5 million fled; a dozen and quatre-vingt-dix")
    ]
    assert texts == ["3.5 million", "a dozen", "quatre-vingt-dix"]


def test_an_and_written_onto_an_arabic_number_is_not_part_of_it() -> None:
    assert [n.text for n in find_numbers("قتلى وخمسة جرحى و20 مفقودا")] == ["خمسة", "20"]


def test_a_word_of_two_languages_counts_only_among_words_of_its_own() -> None:
    assert values("once soldados murieron") == [11]
    assert values("He was once a soldier") == []
    assert values("les seize soldats") == [16]
    assert values("They seize soldiers") == []


def test_and_makes_a_range_only_after_between() -> None:
    assert is_range("between 14 and 20", 8, 10, 15)
    assert not is_range("killed 14 and 20", 7, 9, 14)
    assert is_range("14-20", 0, 2, 3)


def test_importing_the_module_is_quick() -> None:
    code = (
        "import time, re, unicodedata, dataclasses, decimal; t = time.perf_counter();"
        "import llm_extract.coding.numbers; raise SystemExit(time.perf_counter() - t > 0.5)"
    )
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


WORDS = st.sampled_from(
    [
        *("12", "400,000", "3.5", "million", "two", "hundred", "and", "a", "half", "dozen", "one"),
        *("quatre", "vingt", "dix", "mil", "y", "двадцать", "тыс", "с половиной", "ثلاثة", "عشر"),
        *("وعشرون", "ألف", "و20", "-", " to ", "between", "May", "2019", "%", "T-", "k", "\n", "."),
    ]
)
TEXTS = st.one_of(
    st.text(), st.lists(WORDS, max_size=12).map(" ".join), st.text("0123456789,. '-:/")
)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_numbers_are_in_order_and_slice_back(text: str) -> None:
    found = find_numbers(text)
    for number in found:
        assert text[number.start : number.end] == number.text != ""
        assert number.value >= 0
    for number, following in pairwise(found):
        assert number.end <= following.start


SEPARATORS = st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "\u2009", "'", "’", "٬"])
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])


@given(st.integers(1000, 10**12), SEPARATORS, DIGITS)
@settings(max_examples=200, deadline=None)
def test_grouped_digits_come_back_in_every_grouping(
    value: int, separator: str, digits: str
) -> None:
    written = f"{value:,}".replace(",", separator)
    written = written.translate(str.maketrans("0123456789", digits))
    assert [(n.value, n.text) for n in find_numbers(f"({written})")] == [(value, written)]
