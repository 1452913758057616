from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.coding.sentences import split_sentences

SEED = Path(__file__).parents[1] / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"
LANGUAGES = ("en", "fr", "es", "ar", "ru", "uk")


def quotes(text: str, language: str = "en") -> list[str]:
    return [sentence.quote for sentence in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        pytest.param("en", ["He moved to the U.S. on Monday.", "He left."], id="U.S."),
        pytest.param("en", ["Police held Abu Omar Jr. on Monday.", "He left."], id="Jr."),
        pytest.param("en", ["Lt. Col. Ali and Gen. M. Haftar met.", "They left."], id="ranks"),
        pytest.param("en", ["It was No. 5 on the list.", "Then came No. 6."], id="No. 5"),
        pytest.param("en", ["No.", "He stayed."], id="the answer no"),
        pytest.param("en", ["It fell at 5 p.m. Monday.", "He left."], id="p.m. before a day"),
        pytest.param("en", ["The quake was of magnitude 5.5.", "He left."], id="decimal"),
        pytest.param("en", ["He waited... and then he left.", "They stayed."], id="three dots"),
        pytest.param("en", ["He waited… and left.", "They stayed."], id="ellipsis"),
        pytest.param("en", ['"Go away."', "He left."], id="closing quote after the stop"),
        pytest.param("en", ['Some stayed ("he ran.")', "They left."], id="closing bracket"),
        pytest.param("en", ['"What?" he asked.', "They left."], id="question inside a sentence"),
        pytest.param("en", ["They saw Gen. al-Sisi.", "al-Shabaab left."], id="Arabic article"),
        pytest.param("en", ["1. The north is calm.", "2. The south is not."], id="numbered list"),
        pytest.param("fr", ["Selon M. Dupont, Mme. Roy est là.", "Il part."], id="French titles"),
        pytest.param("fr", ["« C'est fini. »", "M. Roy est parti."], id="French quotes"),
        pytest.param("fr", ["J.-C. Roy est parti.", "Il pleut."], id="hyphenated initials"),
        pytest.param("es", ["¿Quién fue?", "¡Fuego!", "El Sr. Paz vive."], id="Spanish marks"),
        pytest.param("es", ["EE. UU. y la Sra. Paz hablan.", "Fin."], id="Spanish abbreviations"),
        pytest.param("ar", ["هل قتل أحد؟", "نعم۔", "غادر د. أحمد."], id="Arabic marks"),
        pytest.param("ru", ["Бой у г. Донецк.", "Убиты 5 чел. и ещё 3 тыс. бежали."], id="Russian"),
        pytest.param("ru", ["Говорил ген. Иванов.", "Он ушел."], id="Russian rank"),
        pytest.param("uk", ["Обстріл у м. Київ тривав.", "Загинуло 5 осіб."], id="Ukrainian city"),
        pytest.param("uk", ["Стріляли на вул. Шевченка.", "Є втрати."], id="Ukrainian street"),
    ],
)
def test_a_sentence_ends_only_where_it_ends(language: str, expected: list[str]) -> None:
    assert quotes(" ".join(expected), language) == expected


def test_the_seed_has_its_twenty_sentences() -> None:
    sentences = split_sentences(SEED.read_text(encoding="utf-8"))
    assert len(sentences) == 20
    assert sentences[0].quote == "Beirut (AFP)"
    assert sentences[1].quote.startswith("Fighting in the Idleb region")
    assert sentences[1].quote.endswith("the Syrian Observatory. human rights (OSDH).")
    assert sentences[19].quote == "© 2019 AFP"
    assert [s.paragraph for s in sentences[:4]] == [1, 2, 3, 3]


def test_a_headline_without_a_stop_ends_at_its_line() -> None:
    text = "Ten killed in the north\nThe army said on Monday that ten people had been killed there."
    assert len(split_sentences(text)) == 2


def test_a_full_width_headline_above_one_line_ends_at_its_line() -> None:
    text = (
        "Ten killed in fighting in the north of the country, army says\n"
        "The army said on Monday that ten people had been killed there."
    )
    assert len(split_sentences(text)) == 2


def test_a_hard_wrapped_sentence_is_not_cut_at_its_lines() -> None:
    text = (
        "The army said on Monday that ten people had been killed in the north of\n"
        "Homs, where clashes between the two groups had lasted since the end of\n"
        "April. Nobody claimed the attack, and the\n"
        "observers left.\n"
    )
    assert quotes(text) == [text[: text.index("Nobody")].strip(), text[text.index("Nobody") :][:-1]]


def test_a_hard_wrapped_text_in_capitals_or_arabic_is_not_cut_at_its_lines() -> None:
    capitals = (
        "THE ARMY SAID ON MONDAY THAT TEN PEOPLE HAD BEEN KILLED IN THE NORTH OF\n"
        "HOMS, WHERE CLASHES HAD LASTED SINCE APRIL."
    )
    arabic = (
        "قال الجيش يوم الاثنين إن عشرة أشخاص قتلوا في شمال البلاد خلال اشتباكات\n"
        "بين المجموعتين استمرت منذ نهاية أبريل."
    )
    assert len(split_sentences(capitals)) == 1
    assert len(split_sentences(arabic, "ar")) == 1


def test_lines_of_a_list_are_sentences() -> None:
    text = "They agreed on:\n• a truce\n• the return of prisoners\n- aid\n\nKilled: 5\nInjured: 3"
    assert len(split_sentences(text)) == 6


def test_a_line_break_before_a_small_letter_does_not_cut() -> None:
    assert len(split_sentences("The attack on Homs\nkilled ten.")) == 1


def test_a_blank_line_starts_a_paragraph_however_it_is_written() -> None:
    text = "\n\nOne.\r\n \t\r\nTwo. Three.\n\n\n\nFour"
    assert [s.paragraph for s in split_sentences(text)] == [1, 2, 2, 3]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\r\n\t"])
def test_no_text_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == ()


@pytest.mark.parametrize("language", ["", "xx", "EN", "en-US", "zh_Hans", "klingon", "\ud800", "ю"])
def test_an_unknown_language_counts_as_english(language: str) -> None:
    assert quotes("Mr. Roy left. He ran.", language) == ["Mr. Roy left.", "He ran."]


@pytest.mark.parametrize(
    "unit",
    [
        "He ran. Gen. M. Roy left.\n\n",
        "He ran. ",
        "A\n",
        "word ",
        '"',
        "a.)",
        "(",
        "A. ",
        "The army said on Monday that ten people had been killed in the north of\n",
    ],
    ids=repr,
)
def test_time_grows_with_length_only(unit: str) -> None:
    half = unit * (125_000 // len(unit))

    def seconds(text: str) -> float:
        started = process_time()
        sentences = split_sentences(text)
        spent = process_time() - started
        assert "".join(s.text for s in sentences) == text
        return spent

    # Twice the text may take twice the time; a splitter that looks back takes four times.
    assert seconds(half * 2) < 3 * seconds(half) + 0.3


PIECES = st.sampled_from(
    [
        *("He ran. ", "M. ", "U.S. ", "No. ", "1. ", "- x", "al-Sham ", "г. ", "قتل ", "؟ "),
        *("\n", "\r\n", "\n\n", "\u00a0", "\u200f", "\ud800", "« ", " »", '"', ")", "…"),
        *("(A. Bat.) ", "5.5", "the army said on Monday that ten people had fled ", "ХХХ"),
    ]
)
TEXTS = st.one_of(st.text(st.characters()), st.lists(PIECES, max_size=30).map("".join))


@given(TEXTS, st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_the_tiles_joined_are_the_text(text: str, language: str) -> None:
    sentences = split_sentences(text, language)
    assert bool(sentences) == bool(text.strip())
    if sentences:
        assert "".join(s.text for s in sentences) == text
        assert sentences[0].start == 0
        assert sentences[-1].end == len(text)
    for sentence, following in pairwise(sentences):
        assert sentence.end == following.start
        assert following.paragraph - sentence.paragraph in (0, 1)
    assert [s.number for s in sentences] == list(range(1, len(sentences) + 1))
    for s in sentences:
        assert text[s.start : s.end] == s.text
        assert text[s.quote_start : s.quote_end] == s.quote == s.text.strip() != ""
