from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from asking import ARTICLE, KEY, QUESTION, Answered, Strict, ask, failure, forget_keys
from stub_server import Answer, chat, fault, serving, tool

from llm_extract.client import ChatClient, Client, FailedReply
from llm_extract.errors import EndpointError, ReplyError
from llm_extract.result import Usage


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


# ---- a good answer


def test_the_reply_is_the_object_as_the_model_wrote_it() -> None:
    with serving(chat('{"z": "é", "n": 1.50, "a": [null]}')) as stub:
        [reply] = ask(stub)
    assert list(reply.data.items()) == [("z", "é"), ("n", 1.5), ("a", [None])]
    assert reply.raw == '{"z": "é", "n": 1.50, "a": [null]}'
    assert (reply.model_served, reply.mode, reply.finish_reason) == (
        "stub-1",
        "json_schema",
        "stop",
    )
    assert (reply.requests, reply.repaired) == (1, None)
    assert 0 < reply.seconds < 10
    assert reply.usage == Usage(prompt_tokens=10, completion_tokens=5)


def test_the_article_reaches_the_endpoint_letter_for_letter() -> None:
    with serving(chat()) as stub:
        ask(stub)
    assert stub.requests[0]["messages"] == QUESTION


def test_half_a_character_is_sent_as_one_replacement_character() -> None:
    async def run(url: str) -> None:
        async with Client("m", url) as client:
            await client.complete([{"role": "user", "content": "a\ud83db"}], Answered, max_tokens=9)

    with serving(chat()) as stub:
        asyncio.run(run(stub.url))
    assert stub.requests[0]["messages"][0]["content"] == "a\ufffdb"


def test_a_request_carries_the_strict_schema_the_limit_the_seed_and_the_extra_body() -> None:
    with serving(chat()) as stub:
        ask(stub, seed=7, temperature=0.5, extra_body={"cache_prompt": False})
    sent = stub.requests[0]
    schema = sent["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"] == Answered.model_json_schema()
    assert (sent["max_tokens"], sent["seed"], sent["temperature"]) == (100, 7, 0.5)
    assert sent["cache_prompt"] is False
    assert stub.headers[0]["accept-encoding"] == "identity"


def test_without_a_seed_none_is_sent() -> None:
    with serving(chat()) as stub:
        ask(stub)
    assert "seed" not in stub.requests[0]


def test_a_schema_is_named_so_that_every_endpoint_takes_it() -> None:
    odd = type("Reply[Incident]", (Answered,), {})
    with serving(chat()) as stub:
        ask(stub, model=odd)
    assert stub.requests[0]["response_format"]["json_schema"]["name"] == "Reply_Incident"


def test_a_client_is_a_chat_client() -> None:
    client: ChatClient = Client("m", "http://127.0.0.1:1/v1")
    assert client.model == "m"


# ---- the model's text


def test_a_repaired_reply_says_what_was_mended_and_keeps_the_text() -> None:
    text = '<think>is it {"n": 2}?</think>\n```json\n{"n": 1}\n```'
    with serving(chat(text)) as stub:
        [reply] = ask(stub)
    assert (reply.data, reply.repaired, reply.raw) == ({"n": 1}, "think+fence", text)


def test_a_malformed_reply_tells_what_it_cost_and_said() -> None:
    text = '{"n": 1, "n": 2}'
    with serving(chat(text)) as stub:
        error = failure(stub)
    assert isinstance(error, FailedReply)
    assert error.problem == "malformed"
    assert "'n' is given twice" in error.message
    assert error.spent.raw == text
    assert error.spent.usage == Usage(prompt_tokens=10, completion_tokens=5)
    assert len(stub.requests) == 1


def test_a_reply_of_another_shape_names_the_field_and_not_the_value() -> None:
    with serving(chat('{"n": "a secret word"}')) as stub:
        error = failure(stub, model=Strict)
    assert isinstance(error, ReplyError)
    assert error.problem == "malformed"
    assert "n: " in error.message
    assert "secret word" not in error.message


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(chat('{"n": [1, 2', finish="length"), "truncated", id="cut"),
        pytest.param(chat('{"n": 1}', finish="length"), "truncated", id="whole, at the limit"),
        pytest.param(chat("", finish="length"), "truncated", id="nothing within the limit"),
        pytest.param(chat('{"n": 1' + " \n" * 150, finish="length"), "looping", id="white space"),
        pytest.param(
            chat('{"n": "' + "and the shells fell on the town again, " * 40, finish="length"),
            "looping",
            id="a sentence again and again",
        ),
        pytest.param(chat('{"n": "' + "0" * 400, finish="length"), "looping", id="one character"),
        pytest.param(chat(None, message={"refusal": "I will not"}), "refused", id="refusal field"),
        pytest.param(chat("", finish="content_filter"), "refused", id="content filter"),
        pytest.param(chat(None), "empty", id="content null"),
        pytest.param(chat("  \n"), "empty", id="content blank"),
    ],
)
def test_an_unusable_reply_is_named_and_never_asked_for_again(answer: Answer, problem: str) -> None:
    with serving(answer) as stub:
        error = failure(stub)
    assert isinstance(error, FailedReply)
    assert error.problem == problem
    assert error.spent.requests == len(stub.requests) == 1


# ---- tools


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(chat('{"n": 1}'), "prose", id="no call"),
        pytest.param(tool(("Other", '{"n": 1}')), "not offered", id="another tool"),
        pytest.param(
            tool(("Answered", '{"n": 1}'), ("Answered", '{"n": 2}')), "2 tool calls", id="two calls"
        ),
        pytest.param(tool(("Answered", '{"n": ')), "line 1", id="arguments cut"),
    ],
)
def test_only_one_whole_call_of_our_tool_counts(answer: Answer, said: str) -> None:
    with serving(answer) as stub:
        error = failure(stub, mode="tools")
    assert isinstance(error, ReplyError)
    assert error.problem == "malformed"
    assert said in error.message


def test_neither_a_call_nor_a_word_is_an_empty_reply() -> None:
    with serving(chat(None)) as stub:
        error = failure(stub, mode="tools")
    assert isinstance(error, ReplyError)
    assert error.problem == "empty"


def test_the_arguments_of_a_tool_call_are_the_reply() -> None:
    with serving(tool(("Answered", '{"b": 2, "n": 1}'))) as stub:
        [reply] = ask(stub, mode="tools")
    assert list(reply.data) == ["b", "n"]
    assert reply.mode == "tools"
    assert stub.requests[0]["tool_choice"]["function"]["name"] == "Answered"


# ---- modes


def no_schemas(request: dict[str, Any]) -> Answer:
    if "json_schema" in json.dumps(request.get("response_format", {})):
        return fault(400, {"message": "response_format json_schema is not supported"})
    if "tools" in request:
        return fault(400, {"message": "this model does not support tools"})
    return chat()


def test_an_endpoint_without_schemas_and_tools_is_asked_in_json_mode_from_then_on() -> None:
    with serving(no_schemas) as stub:
        replies = ask(stub, times=2)
    assert [reply.mode for reply in replies] == ["json", "json"]
    assert [reply.requests for reply in replies] == [3, 1]


def test_a_mode_that_was_chosen_is_not_left() -> None:
    with serving(no_schemas) as stub:
        error = failure(stub, mode="json_schema")
    assert isinstance(error, EndpointError)
    assert error.problem == "unsupported"
    assert len(stub.requests) == 1


def test_an_endpoint_without_any_mode_is_unsupported() -> None:
    def refuse(request: dict[str, Any]) -> Answer:
        what = "tools" if "tools" in request else "response_format"
        return fault(400, {"message": f"unknown field {what}"})

    with serving(refuse) as stub:
        error = failure(stub)
    assert isinstance(error, EndpointError)
    assert error.problem == "unsupported"
    assert len(stub.requests) == 3


def test_settings_a_model_rejects_are_not_sent_again() -> None:
    def modern(request: dict[str, Any]) -> Answer:
        if "max_tokens" in request:
            why = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return fault(400, {"message": why, "param": "max_tokens"})
        if "temperature" in request:
            why = "Unsupported value: 'temperature' does not support 0.0 with this model."
            return fault(400, {"message": why, "param": "temperature"})
        return chat()

    with serving(modern) as stub:
        replies = ask(stub, times=2)
    assert [reply.requests for reply in replies] == [3, 1]
    assert stub.requests[-1]["max_completion_tokens"] == 100
    assert replies[1].mode == "json_schema"


def test_an_unknown_model_is_answered_with_those_on_offer() -> None:
    with serving(fault(404)) as stub:
        stub.listed = ("mm-7b", "zebra")
        error = failure(stub)
    assert "mm-7b" in error.hint


# ---- secrets


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(fault(401, {"message": f"bad key {KEY}"}), id="401 quoting the key"),
        pytest.param(fault(400, {"message": f"no: {ARTICLE} {KEY}"}), id="400 quoting it"),
        pytest.param(chat("{'"), id="malformed"),
        pytest.param(chat('{"n": 2}'), id="another shape"),
        pytest.param(Answer(misdeed="reset"), id="connection reset"),
    ],
)
def test_neither_key_nor_article_gets_out_with_an_error(
    answer: Answer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    with serving(answer) as stub:
        error = failure(stub, model=Strict, api_key=KEY)
    told = f"{error!r} {error} {error.hint} {error.__cause__!r} {error.__context__!r}"
    told += caplog.text + "".join(capfd.readouterr())
    assert KEY not in told
    if "400" not in error.message:
        assert "Shells fell" not in told
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_client_does_not_show_its_key() -> None:
    client = Client("m", "https://example.org/v1", KEY)
    assert KEY not in repr(client) + repr(client.address)


# ---- cost


def test_importing_the_client_loads_neither_openai_nor_instructor() -> None:
    seen = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys, llm_extract.client;"
            "print(sorted({'openai', 'instructor', 'httpx2'} & {*sys.modules}))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "[]"
