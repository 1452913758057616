"""The language of an article, by script and by small words."""

from __future__ import annotations

import pytest

from llm_extract.reading.language import guess_language, language_code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Twelve people were killed in the raid, the ministry said on Tuesday.", "en"),
        ("Douze personnes ont été tuées dans le raid, selon le ministère.", "fr"),
        ("Doce personas fueron asesinadas en la incursión, según el ministerio.", "es"),
        ("قتل 12 شخصا في الغارة يوم الثلاثاء، بحسب الوزارة.", "ar"),
        ("По данным министерства, 12 человек погибли; бои были у реки.", "ru"),
        ("За даними міністерства, 12 людей загинули біля річки.", "uk"),
        ("TWELVE KILLED", "en"),
        ("12 – 8 = 4", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_recognised(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_an_english_article_with_arabic_names_stays_english() -> None:
    text = "The group, known as حركة, said that it had attacked the town of إدلب from the south."
    assert guess_language(text) == "en"


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("EN-gb", "en"), ("fr_CA", "fr"), ("zh-Hant-TW", "zh"), (" ar ", "ar")],
)
def test_a_tag_is_cut_to_its_language(tag: str, code: str) -> None:
    assert language_code(tag) == code


@pytest.mark.parametrize("tag", ["", "english", "e", "12", "en;q=1", "-en"])
def test_what_is_no_tag_gives_none(tag: str) -> None:
    assert language_code(tag) is None
