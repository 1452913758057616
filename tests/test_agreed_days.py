from __future__ import annotations

import datetime as dt

import pytest
from judged import cited_in

from llm_extract.coding.agreed_days import agreed_day

NOVEMBER = dt.date(2022, 11, 20)


@pytest.mark.parametrize(
    ("sentence", "phrase", "day"),
    [
        ("The truce will take effect on 1 March.", "1 March", dt.date(2023, 3, 1)),
        ("A truce, to take effect on 1 March, was signed.", "1 March", dt.date(2023, 3, 1)),
        ("La tregua entrará en vigor el 1 de marzo.", "1 de marzo", dt.date(2023, 3, 1)),
        ("The truce took effect on 1 March.", "1 March", dt.date(2022, 3, 1)),
        ("Talks will go on. The truce took effect on 1 March.", "1 March", dt.date(2022, 3, 1)),
    ],
)
def test_a_day_that_is_still_to_come_is_the_next_one(
    sentence: str, phrase: str, day: dt.date
) -> None:
    found = agreed_day(phrase, cited_in(sentence, published=NOVEMBER), None)
    assert found is not None
    assert found.start == day


def test_the_day_of_signing_lends_its_year_where_nothing_else_gives_one() -> None:
    cited = cited_in("Signed on 3 May 1991, to take effect on 9 May.", published=None)
    found = agreed_day("9 May", cited, dt.date(1991, 5, 3))
    assert found is not None
    assert found.start == dt.date(1991, 5, 9)


def test_no_words_of_time_give_no_day() -> None:
    assert agreed_day("the truce", cited_in("They will sign the truce."), None) is None
