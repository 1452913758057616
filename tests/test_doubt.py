from __future__ import annotations

import pytest

from llm_extract.coding import counted
from llm_extract.coding.doubt import doubt_at, doubt_of_number, one_line


@pytest.mark.parametrize(
    ("sentence", "word", "doubt"),
    [
        ("The army signed a truce.", "truce", None),
        ("The army did not sign a truce.", "truce", "denied"),
        ("The army may sign a truce.", "truce", "hypothetical"),
        ("It is not true; the army signed a truce.", "truce", None),
    ],
)
def test_doubt_touches_the_words_after_it(sentence: str, word: str, doubt: str | None) -> None:
    assert doubt_at(sentence, sentence.index(word)) == doubt


@pytest.mark.parametrize(
    ("sentence", "doubt"),
    [
        ("The guards did not fire and did not kill nine rebels.", "denied"),
        ("The guards did not fire and kill nine rebels.", "denied"),
        ("The guards also did not kill nine rebels.", "denied"),
        ("The guards did not retreat and killed nine rebels.", None),
        ("It is not true that guards came and killed nine rebels.", "denied"),
        ("Nobody believes that guards, at dawn, killed nine rebels.", "denied"),
        ("It would be grave if guards came and killed nine rebels.", "hypothetical"),
        ("It would be grave if, near Osh, guards killed nine rebels.", "hypothetical"),
        ("It would rain, and guards killed nine rebels.", None),
        ("Nurses Without Frontiers said guards killed nine rebels.", None),
        ("Sappers Without Borders said guards killed nine rebels.", None),
        ("Without warning guards killed nine rebels.", "denied"),
        ("The deal provides for guards who killed nine rebels.", "hypothetical"),
        ("The guards did not\nkill nine rebels.", "denied"),
    ],
)
def test_a_denial_or_condition_reaches_as_far_as_its_clause(
    sentence: str, doubt: str | None
) -> None:
    assert doubt_at(sentence, sentence.index("kill")) == doubt


@pytest.mark.parametrize(
    ("sentence", "number", "verb", "doubt"),
    [
        ("The toll is down from 30 dead.", "30", "dead", "denied"),
        ("Nine cooks escaped death.", "Nine", "death", "denied"),
        ("A court sentenced nine cooks to death.", "nine", "death", "denied"),
        ("Thieves beat nine cooks to death.", "nine", "death", None),
        ("The town has 30 cooks.", "30", None, None),
    ],
)
def test_a_number_given_up_or_spared_is_denied(
    sentence: str, number: str, verb: str | None, doubt: str | None
) -> None:
    at = sentence.index(verb) if verb else None
    assert doubt_of_number(sentence, sentence.index(number), at) == doubt


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\n\nb", "\n", ""])
def test_a_line_break_is_a_blank_and_every_offset_stays(text: str) -> None:
    assert len(one_line(text)) == len(text)
    assert ("\n\n" in one_line(text)) is ("\n\n" in text)


def test_counted_gives_it_too() -> None:
    assert counted.doubt_at is doubt_at
