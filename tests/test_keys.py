from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import type_of
from pydantic import BaseModel, Field

from llm_extract.article import Article
from llm_extract.profiles import WHOLE, WINDOWS, Profile
from llm_extract.record_type import FRAME, RecordType
from llm_extract.result import Message
from llm_extract.runs.keys import question_key, unit_key

HALF = "a\ud83db"

ARTICLE: dict[str, Any] = {
    "id": "a",
    "text": "Two died.",
    "title": "T",
    "published": "2026-01-02",
    "publisher": "AFP",
    "language": "en",
}


def unit(
    changed: dict[str, Any] | None = None,
    record_type: RecordType | None = None,
    profile: Profile = WHOLE,
    max_asks: int | None = None,
    model: str = "m",
    mode: str = "auto",
) -> str:
    article = Article.model_validate({**ARTICLE, **(changed or {})})
    return unit_key(article, record_type or type_of("incident"), profile, max_asks, model, mode)


# ---- units


def test_a_units_key_is_64_hexadecimal_digits_and_always_the_same() -> None:
    assert unit() == unit({})
    assert len(unit()) == 64
    assert int(unit(), 16) > 0


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "b"},
        {"id": "A"},
        {"text": "Two died. "},
        {"text": ""},
        {"title": "U"},
        {"title": None},
        {"title": ""},
        {"published": "2026-01-03"},
        {"published": None},
        {"publisher": "AP"},
        {"publisher": None},
        {"language": "fr"},
    ],
)
def test_a_units_key_changes_with_all_that_is_shown_of_the_article(
    changed: dict[str, Any],
) -> None:
    assert unit(changed) != unit()


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://x"},
        {"extra": {"n": 1}},
        {"warnings": ("w",)},
        {"published_origin": "jsonl"},
    ],
)
def test_a_units_key_does_not_change_with_what_is_not_shown(changed: dict[str, Any]) -> None:
    assert unit(changed) == unit()


def test_what_is_told_of_an_article_can_not_be_taken_for_something_else_told() -> None:
    swapped = {"title": "AFP", "publisher": "T"}
    joined = {"title": "T\nAFP", "publisher": None}
    empty = {"title": "", "publisher": None}
    missing = {"title": None, "publisher": ""}
    words = {"title": "None", "publisher": "null"}
    keys = [unit(c) for c in ({}, swapped, joined, empty, missing, words)]
    assert len(set(keys)) == len(keys)


def test_a_units_key_changes_with_how_and_whom_is_asked() -> None:
    keys = [
        unit(),
        unit(record_type=type_of("displacement")),
        unit(profile=WINDOWS),
        unit(max_asks=0),
        unit(max_asks=1),
        unit(model="n"),
        unit(mode="tools"),
        unit(model="mauto", mode=""),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(Profile)])
def test_a_units_key_changes_with_every_setting_of_the_profile(field: str) -> None:
    value = getattr(WINDOWS, field)
    other = not value if isinstance(value, bool) else f"{value}x" if field == "name" else value + 1
    settings: dict[str, Any] = {field: other}
    changed = dataclasses.replace(WINDOWS, **settings)
    assert unit(profile=changed) != unit(profile=WINDOWS)


def test_the_profiles_number_of_asks_is_the_same_told_or_not() -> None:
    assert unit(max_asks=WHOLE.asks) == unit()


def test_a_units_key_changes_with_the_prompt_and_with_the_frame_around_it(tmp_path: Path) -> None:
    incident = type_of("incident")
    keys = [unit()]

    def written(name: str, prompt: str, frame: str | None = None) -> RecordType:
        folder = tmp_path / name
        folder.mkdir()
        template = folder / "incident.md.j2"
        template.write_text(prompt, encoding="utf-8")
        if frame is not None:
            (folder / FRAME).write_text(frame, encoding="utf-8")
        return RecordType("incident", incident.model, template, incident.rules)

    same = incident.template.read_text(encoding="utf-8")
    assert unit(record_type=written("same", same)) == keys[0]
    keys.append(unit(record_type=written("other", same + " ")))
    keys.append(unit(record_type=written("framed", same, "frame")))
    assert len(set(keys)) == 3


def test_a_units_key_changes_with_the_schema_and_the_types_name() -> None:
    incident = type_of("incident")

    class Longer(incident.model):  # type: ignore[name-defined, misc]
        more: str = "x"

    class Described(incident.model):  # type: ignore[name-defined, misc]
        more: str = Field("x", description="said differently")

    Described.__name__ = Described.__qualname__ = "Longer"
    keys = [
        unit(),
        *(
            unit(record_type=RecordType("incident", model, incident.template, incident.rules))
            for model in (Longer, Described)
        ),
        unit(record_type=RecordType("other", incident.model, incident.template, incident.rules)),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("field", ["id", "text", "title", "publisher", "language"])
def test_half_a_character_has_a_key_of_its_own(field: str) -> None:
    assert len({unit({field: s}) for s in (HALF, "a\ud83eb", "ab", "a\ufffdb", "a?b")}) == 5


# ---- questions


class Shape(BaseModel):
    n: int


class Other(BaseModel):
    n: str


SAME_NAME = type("Shape", (BaseModel,), {"__annotations__": {"m": int}, "__module__": __name__})
SETTINGS: dict[str, Any] = {"max_tokens": 100, "seed": None, "temperature": 0.0}
ASKED: list[Message] = [
    {"role": "system", "content": "Read."},
    {"role": "user", "content": "Two died."},
]


def question(
    messages: list[Message] | None = None,
    shape: type[BaseModel] = Shape,
    model: str = "m",
    mode: str = "auto",
    **changed: Any,
) -> str:
    turns = ASKED if messages is None else messages
    return question_key(model, mode, turns, shape, **{**SETTINGS, **changed})


def test_a_questions_key_is_64_hexadecimal_digits_and_always_the_same() -> None:
    again: list[Message] = [{"role": t["role"], "content": t["content"]} for t in ASKED]
    assert question() == question(again)
    assert len(question()) == 64
    assert question_key("m", "auto", ASKED, Shape, **dict(reversed(SETTINGS.items()))) == question()


def test_a_questions_key_changes_with_everything_that_is_asked() -> None:
    more: Message = {"role": "assistant", "content": ""}
    keys = [
        question(),
        question([]),
        question(ASKED[:1]),
        question(ASKED[1:]),
        question(ASKED[::-1]),
        question([*ASKED, more]),
        question([more, *ASKED]),
        question([ASKED[0], {"role": "user", "content": "Two died. "}]),
        question([ASKED[0], {"role": "assistant", "content": "Two died."}]),
        question(shape=Other),
        question(shape=SAME_NAME),
        question(seed=0),
        question(seed=1),
        question(temperature=0.5),
        question(max_tokens=101),
        question(model="n"),
        question(mode="tools"),
    ]
    assert len(set(keys)) == len(keys)


def test_words_moved_from_one_message_to_the_next_are_another_question() -> None:
    def split(*parts: str) -> list[Message]:
        return [{"role": "user", "content": part} for part in parts]

    keys = [
        question(split(*parts))
        for parts in (
            ("ab",),
            ("a", "b"),
            ("", "ab"),
            ("ab", ""),
            ("a\nuser 1\nb",),
            ("a", "\nuser 1\nb"),
            ("a\n", "user 1\nb"),
        )
    ]
    assert len(set(keys)) == len(keys)


def test_half_characters_in_a_question_have_keys_of_their_own() -> None:
    keys = [
        question([{"role": "user", "content": text}])
        for text in (HALF, "a\ud83eb", "ab", "a\ufffdb", "\ud83d\ude00", "\N{GRINNING FACE}")
    ]
    assert len(set(keys)) == len(keys)


_MESSAGES: st.SearchStrategy[list[Message]] = st.lists(
    st.builds(
        lambda role, content: Message(role=role, content=content),
        st.sampled_from(["system", "user", "assistant"]),
        st.text(st.sampled_from("ab\n 0123\ud83dé") | st.characters(), max_size=6)
        | st.sampled_from(["\nuser 1\na", "user 0\n", "assistant"]),
    ),
    max_size=4,
)


@given(_MESSAGES, _MESSAGES)
def test_two_questions_share_a_key_only_if_they_are_the_same(
    one: list[Message], two: list[Message]
) -> None:
    assert (question(one) == question(two)) == (one == two)
