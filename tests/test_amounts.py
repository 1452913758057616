from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.amounts import amount, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5000", 5000),
        ("1", 1),
        ("5_000", 5000),
        ("1_000_000", 1e6),
        ("200k", 200e3),
        ("200K", 200e3),
        ("5M", 5e6),
        ("5m", 5e6),
        ("1.5M", 1.5e6),
        ("0.5", 0.5),
        ("2G", 2e9),
        ("2b", 2e9),
        (" 3 k ", 3000),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, value: float) -> None:
    assert amount(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "k", "-5", "+5", "5kk", "5 000", "5,000", "5T", "five", "1e6", "0x10"),
        *(".5", "5.", "5__0", "_5", "nan", "inf", "5k tokens", "1.2.3", "1._2"),
    ],
)
def test_what_is_no_amount_is_refused_with_words_for_the_user(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount: write 5000, 200k, 5M or 2G") as caught:
        amount(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["0", "0k", "0.0M", "00"])
def test_an_amount_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not more than nothing"):
        amount(text)


@given(st.integers(1, 10**12), st.sampled_from(["", "k", "M", "G"]))
def test_every_whole_number_is_an_amount(number: int, unit: str) -> None:
    factor = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}[unit]
    assert amount(f"{number}{unit}") == pytest.approx(number * factor)


@given(st.text(max_size=12))
def test_no_text_makes_reading_an_amount_fail_otherwise(text: str) -> None:
    said = ""
    try:
        assert amount(text) > 0
    except ValueError as error:
        said = str(error)
    assert not said or repr(text) in said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("30min", 1800),
        ("6h", 21_600),
        ("2d", 172_800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1 h 30 min", 5400),
        ("1.5h", 5400),
        (" 6H ", 21_600),
        ("1d1h1m1s", 90_061),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "90", "h", "-6h", "6 hours", "6h!", "1h30", "5ms", "1 0s", "1.h", "in 6h", "6w", "1:30"],
)
def test_what_is_no_time_is_refused_with_words_for_the_user(text: str) -> None:
    with pytest.raises(ValueError, match="is no time: write 90s, 30m, 6h or 1h30m") as caught:
        seconds(text)
    assert repr(text) in str(caught.value)


@given(st.text(max_size=12))
def test_no_text_makes_reading_a_time_fail_otherwise(text: str) -> None:
    said = ""
    try:
        assert seconds(text) >= 0
    except ValueError as error:
        said = str(error)
    assert not said or repr(text) in said
