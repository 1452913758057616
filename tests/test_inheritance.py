from __future__ import annotations

import datetime as dt

import pytest
from judged import text_of

from llm_extract.coding.inheritance import governing_date

FAR = "A. ".replace("A", "It rained in Kessi") * 7


@pytest.mark.parametrize(
    ("text", "numbers", "phrase", "sentence", "how"),
    [
        ("On Tuesday shells fell. Twelve died.", [2], "On Tuesday", 1, "inherited from"),
        ("On Tuesday shells fell. Twelve died.", [1], "On Tuesday", 1, "stated in"),
        ("On Monday it rained. On Tuesday shells fell. Twelve died.", [3], "On Tuesday", 2,
         "inherited from"),
        ("On Tuesday shells fell. At dawn twelve died.", [2], "On Tuesday", 1, "inherited from"),
        ("Shells fell. Twelve died on Monday.", [1, 2], "on Monday", 2, "stated in"),
    ],
)  # fmt: skip
def test_the_nearest_earlier_day_governs(
    text: str, numbers: list[int], phrase: str, sentence: int, how: str
) -> None:
    found = governing_date(text_of(text), numbers)
    assert found is not None
    assert (found.text, found.sentence) == (phrase, sentence)
    assert text[found.start : found.end] == phrase
    assert found.basis.startswith(f"{how} sentence {sentence}")
    assert found.resolved.start in (dt.date(2023, 5, 15), dt.date(2023, 5, 16))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Shells fell. On Tuesday it rained.", [1]),
        ("At dawn shells fell.", [1]),
        (f"On Tuesday shells fell. {FAR}Twelve died.", [9]),
        ("On Tuesday shells fell.", []),
        ("Shells fell.", [1, 7]),
    ],
)
def test_what_comes_later_or_is_too_far_or_no_day_governs_nothing(
    text: str, numbers: list[int]
) -> None:
    assert governing_date(text_of(text), numbers) is None


def test_without_a_day_of_publication_a_weekday_governs_nothing() -> None:
    assert governing_date(text_of("On Tuesday shells fell.", None), [1]) is None


def test_the_day_somebody_spoke_governs_only_when_there_is_no_other() -> None:
    text = text_of(
        "Gunmen stormed Kaduri on Monday. Some 450 families fled, the agency said on Wednesday.",
        published=dt.date(2024, 3, 14),
    )
    governing = governing_date(text, [2])
    assert governing is not None
    assert governing.text == "on Monday"
    alone = governing_date(
        text_of("Some 450 families fled, the agency said on Wednesday.",
                published=dt.date(2024, 3, 14)), [1]
    )  # fmt: skip
    assert alone is not None
    assert alone.text == "on Wednesday"
