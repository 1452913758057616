from __future__ import annotations

import json
from typing import Literal

import pytest
from pydantic import BaseModel, ValidationError

from llm_extract.errors import ReplyError
from llm_extract.reply_text import (
    cut_short,
    is_looping,
    misshapen,
    one_line,
    read_object,
    tool_arguments,
)


def test_clean_json_needs_no_repair_and_keeps_its_order() -> None:
    data, repaired = read_object('{"z": "é", "n": 1.50, "a": [null]}')
    assert list(data.items()) == [("z", "é"), ("n", 1.5), ("a", [None])]
    assert repaired is None


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        pytest.param('```json\n{"n": 1}\n```', "fence", id="fence"),
        pytest.param('```\n{"n": 1}```', "fence", id="bare fence"),
        pytest.param('<think>is it {"n": 2}?</think>\n{"n": 1}', "think", id="think"),
        pytest.param('hm, no</think>{"n": 1}', "think", id="think without an opening"),
        pytest.param('{"n": 1}}', "trailing", id="stray brace"),
        pytest.param('{"n": 1}\nThat is all.', "trailing", id="closing words"),
        pytest.param('<think></think>```json\n{"n": 1}\n```', "think+fence", id="think and fence"),
    ],
)
def test_cheap_faults_are_repaired_and_said(text: str, repaired: str) -> None:
    assert read_object(text) == ({"n": 1}, repaired)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('{"n": 1} {"n": 2}', "more than one object", id="two objects"),
        pytest.param('{"n": 1, "n": 2}', "'n' is given twice", id="a key twice"),
        pytest.param('{"n": {"k": 1, "k": 1}}', "'k' is given twice", id="a key twice, deeper"),
        pytest.param('{"n": NaN}', "NaN", id="NaN"),
        pytest.param('{"n": -Infinity}', "Infinity", id="Infinity"),
        pytest.param('{"n": 1e999}', "too large", id="1e999"),
        pytest.param('{"n": 1234567890123456789}', "19 digits", id="19 digits"),
        pytest.param('{"n": ' + "[" * 70 + "]" * 70 + "}", "deeper than 64", id="70 levels"),
        pytest.param('{"n": ' + "[" * 20_000, "deeper than 64", id="20,000 levels"),
        pytest.param(r'{"n": [{"a": "\ud800"}]}', "at n[0].a", id="half a character"),
        pytest.param(r'{"n": "\u0000"}', "NUL in the string at n", id="NUL"),
        pytest.param('{"n": 1', "line 1, column", id="cut"),
        pytest.param("{'n': 1}", "line 1, column 2", id="single quotes"),
        pytest.param('"{\\"n\\": 1}"', "not with an object", id="encoded twice"),
        pytest.param('[{"n": 1}]', "not with an object", id="array"),
        pytest.param('Here: {"n": 1}', "not with an object", id="prose before"),
        pytest.param("I can not do that.", "not with an object", id="prose"),
    ],
)
def test_a_reply_that_is_not_one_sound_object_is_malformed(text: str, said: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_object(text)
    assert caught.value.problem == "malformed"
    assert said in caught.value.message
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_braces_in_a_string_are_no_depth() -> None:
    text = json.dumps({"n": "{[" * 100 + '"\\'})
    assert read_object(text) == (json.loads(text), None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param('{"n": [1, 2', "truncated", id="cut"),
        pytest.param("", "truncated", id="nothing within the limit"),
        pytest.param('{"n": 1' + " \n" * 150, "looping", id="white space"),
        pytest.param(
            '{"n": "' + "and the shells fell on the town again, " * 40,
            "looping",
            id="a sentence again and again",
        ),
        pytest.param('{"n": "' + "0" * 400, "looping", id="one character"),
        pytest.param('{"n": "' + "ab" * 200, "looping", id="two characters"),
    ],
)
def test_a_reply_cut_at_the_limit_was_too_long_or_went_round(text: str, problem: str) -> None:
    assert cut_short(text).problem == problem


def test_many_alike_records_cut_at_the_limit_are_truncated_not_looping() -> None:
    record = (
        '{{"killed": {{"text": "{0} men", "group": "unknown"}}, "place": null, "sentence": {0}}}, '
    )
    text = '{"records": [' + "".join(record.format(i) for i in range(60))
    assert not is_looping(text)


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        pytest.param(None, "prose", id="no call"),
        pytest.param([], "prose", id="an empty list"),
        pytest.param(
            [{"function": {"name": "Other", "arguments": "{}"}}], "not offered", id="name"
        ),
        pytest.param(["f()"], "not offered", id="no object"),
        pytest.param([{}, {}], "2 tool calls", id="two calls"),
    ],
)
def test_only_one_call_of_the_tool_that_was_offered_counts(calls: object, said: str) -> None:
    arguments, why_not = tool_arguments({"content": "Well.", "tool_calls": calls}, "Reply")
    assert arguments == ""
    assert said in why_not


def test_arguments_that_come_as_an_object_are_taken_as_its_text() -> None:
    function = {"name": "Reply", "arguments": {"n": 1}}
    assert tool_arguments({"tool_calls": [{"function": function}]}, "Reply") == ('{"n": 1}', "")


class Strict(BaseModel):
    n: Literal["one"]
    a: int
    b: int
    c: int


def test_an_object_of_another_shape_is_told_by_its_fields_and_not_their_values() -> None:
    with pytest.raises(ValidationError) as caught:
        Strict.model_validate({"n": "a secret word"})
    error = misshapen(caught.value)
    assert error.problem == "malformed"
    assert "n: " in error.message
    assert "(and 1 more)" in error.message
    assert "secret word" not in error.message


def test_foreign_words_are_put_on_one_harmless_line() -> None:
    assert one_line("a\n  b\x1b[31m\u202e" + "x" * 400) == "a b?[31m?" + "x" * 291
