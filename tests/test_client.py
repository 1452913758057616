from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import logging
import random
import subprocess
import sys
import time
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from stub_server import Answer, Stub, chat, fault, serving, tool

from llm_extract import transport
from llm_extract.client import (
    ChatClient,
    Client,
    FailedReply,
    Message,
    Mode,
    Reply,
    Usage,
    parse_model_name,
    probe,
)
from llm_extract.errors import EndpointError, LlmExtractError, ReplyError, UsageError

KEY = "sk-planted-0123456789abcdef"
ARTICLE = "Shells fell {{ 7*7 }} {# gone #}\n   on Idlib, the {% of %} monitor said. \n"
QUESTION: list[Message] = [
    {"role": "system", "content": "Copy."},
    {"role": "user", "content": ARTICLE},
]
KEYS = (
    *("LLM_EXTRACT_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY"),
    *("MISTRAL_API_KEY", "TOGETHER_API_KEY", "DEEPSEEK_API_KEY", "OPENAI_BASE_URL"),
)


class Answered(BaseModel):
    model_config = ConfigDict(extra="allow")
    n: object


class Strict(BaseModel):
    n: Literal["one"]


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


class Waits(list[float]):
    """Stands for the clock: remembers the waits instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def ask(
    stub: Stub,
    model: type[BaseModel] = Answered,
    waits: Waits | None = None,
    times: int = 1,
    temperature: float = 0.0,
    seed: int | None = None,
    **options: Any,
) -> list[Reply]:
    async def run() -> list[Reply]:
        async with Client("m", stub.url, **options) as client:
            client._pause = Waits() if waits is None else waits
            return [
                await client.complete(
                    QUESTION, model, max_tokens=100, temperature=temperature, seed=seed
                )
                for _ in range(times)
            ]

    return asyncio.run(run())


def failure(stub: Stub, **options: Any) -> LlmExtractError:
    with pytest.raises(LlmExtractError) as caught:
        ask(stub, **options)
    return caught.value


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
    assert reply.usage == Usage(10, 5, None)


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


def test_a_compressed_answer_that_was_not_asked_for_is_read() -> None:
    good = chat()
    packed = Answer(200, gzip.compress(good.body), (("Content-Encoding", "gzip"),))
    with serving(packed) as stub:
        assert ask(stub)[0].data == {"n": 1}


def test_a_client_is_a_chat_client() -> None:
    client: ChatClient = Client("m", "http://127.0.0.1:1/v1")
    assert client.model == "m"


# ---- the model's text


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
    with serving(chat(text)) as stub:
        [reply] = ask(stub)
    assert (reply.data, reply.repaired, reply.raw) == ({"n": 1}, repaired, text)


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
    with serving(chat(text)) as stub:
        error = failure(stub)
    assert isinstance(error, FailedReply)
    assert error.problem == "malformed"
    assert said in error.message
    assert error.spent.raw == text
    assert error.spent.usage == Usage(10, 5, None)
    assert len(stub.requests) == 1


def test_braces_in_a_string_are_no_depth() -> None:
    text = json.dumps({"n": "{[" * 100 + '"\\'})
    assert transport.read_object(text) == (json.loads(text), None)


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


def test_many_alike_records_cut_at_the_limit_are_truncated_not_looping() -> None:
    record = (
        '{{"killed": {{"text": "{0} men", "group": "unknown"}}, "place": null, "sentence": {0}}}, '
    )
    text = '{"records": [' + "".join(record.format(i) for i in range(60))
    assert not transport.is_looping(text)


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


# ---- faults on the way


@pytest.mark.parametrize(
    "bad",
    [
        *(pytest.param(fault(status), id=str(status)) for status in (408, 409, 429, 500, 502, 529)),
        pytest.param(Answer(503, b"<html>busy</html>"), id="a web page with 503"),
        pytest.param(Answer(misdeed="reset"), id="connection reset"),
        pytest.param(Answer(body=chat().body, misdeed="half"), id="body cut off"),
        pytest.param(Answer(body=b"<html>log in</html>"), id="a web page"),
        pytest.param(Answer(body=b""), id="nothing"),
        pytest.param(Answer(body=b"hello"), id="prose"),
        pytest.param(Answer(body=b'"hello"'), id="a string"),
        pytest.param(Answer(body=chat().body[:-9]), id="JSON cut"),
        pytest.param(Answer(body=b'{"choices": "\xff"}'), id="not UTF-8"),
        pytest.param(Answer(body=b'{"error": {"message": "upstream"}}'), id="error in a 200"),
        pytest.param(Answer(body=b"{}"), id="no choices"),
        pytest.param(Answer(body=b'{"choices": null}'), id="choices null"),
        pytest.param(Answer(body=b'{"choices": []}'), id="choices empty"),
        pytest.param(Answer(body=b'{"choices": [{"message": null}]}'), id="message null"),
        pytest.param(chat(finish="error"), id="finish reason error"),
        pytest.param(Answer(200, b"not gzip", (("Content-Encoding", "gzip"),)), id="bad gzip"),
        pytest.param(Answer(200, b"x", (("Content-Encoding", "br"),)), id="encoding not asked for"),
    ],
)
def test_a_passing_fault_is_tried_again(bad: Answer) -> None:
    waits = Waits()
    with serving(bad, chat()) as stub:
        [reply] = ask(stub, waits=waits)
    assert reply.requests == len(stub.requests) == 2
    assert len(waits) == 1
    assert 0.2 <= waits[0] <= 5


@pytest.mark.parametrize(
    ("bad", "kind", "problem"),
    [
        pytest.param(fault(500), EndpointError, "unreachable", id="500"),
        pytest.param(fault(429), EndpointError, "rate_limited", id="429"),
        pytest.param(Answer(body=b"<p>"), ReplyError, "malformed", id="a web page"),
        pytest.param(Answer(body=b"{}"), ReplyError, "empty", id="no choices"),
    ],
)
def test_a_fault_that_stays_ends_after_four_requests(
    bad: Answer, kind: type[LlmExtractError], problem: str
) -> None:
    with serving(bad) as stub:
        error = failure(stub)
    assert isinstance(error, kind)
    assert isinstance(error, EndpointError | ReplyError)
    assert error.problem == problem
    assert len(stub.requests) == 4


def test_a_closed_port_is_an_unreachable_endpoint() -> None:
    with serving(chat()) as stub:
        gone = Stub([], port=stub.port)
    error = failure(gone)
    assert isinstance(error, EndpointError)
    assert error.problem == "unreachable"
    assert str(gone.port) in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry_After": "7"}, 7, id="seconds"),
        pytest.param({"retry_after_ms": "1500"}, 1.5, id="milliseconds"),
        pytest.param(
            {"Retry_After": format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40))},
            40,
            id="a date",
        ),
    ],
)
def test_a_wait_that_is_asked_for_is_kept(headers: dict[str, str], seconds: float) -> None:
    waits = Waits()
    with serving(fault(429, **headers), chat()) as stub:
        ask(stub, waits=waits)
    assert seconds * 0.8 <= waits[0] <= seconds * 1.1


def test_a_wait_that_can_not_be_read_is_ours_to_choose() -> None:
    waits = Waits()
    with serving(fault(429, Retry_After="soon"), chat()) as stub:
        ask(stub, waits=waits)
    assert 0.2 <= waits[0] <= 5


def test_a_wait_of_an_hour_is_told_and_not_waited() -> None:
    waits = Waits()
    with serving(fault(429, Retry_After="3600")) as stub:
        error = failure(stub, waits=waits)
    assert isinstance(error, EndpointError)
    assert error.problem == "rate_limited"
    assert "3600 s" in error.message
    assert "run again after" in error.hint
    assert (waits, len(stub.requests)) == ([], 1)


def test_an_endpoint_that_says_not_to_retry_is_obeyed() -> None:
    with serving(fault(500, x_should_retry="false")) as stub:
        failure(stub)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        pytest.param(fault(401), "unauthorized", id="401"),
        pytest.param(fault(403), "unauthorized", id="403"),
        pytest.param(fault(402), "no_quota", id="402"),
        pytest.param(
            fault(429, {"message": "pay", "code": "insufficient_quota"}), "no_quota", id="quota"
        ),
        pytest.param(fault(404, {"message": "no such model"}), "no_such_model", id="404"),
        pytest.param(
            Answer(307, b"", (("Location", "http://127.0.0.1:9/v1"),)), "unreachable", id="redirect"
        ),
        pytest.param(
            Answer(body=b'{"error": {"code": 402, "message": "pay"}}'),
            "no_quota",
            id="402 in a 200",
        ),
    ],
)
def test_what_waiting_will_not_mend_ends_at_once(bad: Answer, problem: str) -> None:
    with serving(bad) as stub:
        error = failure(stub)
    assert isinstance(error, EndpointError)
    assert error.problem == problem
    assert error.hint
    assert len(stub.requests) == 1


def test_an_unknown_model_is_answered_with_those_on_offer() -> None:
    with serving(fault(404)) as stub:
        stub.listed = ("mm-7b", "zebra")
        error = failure(stub)
    assert "mm-7b" in error.hint


@pytest.mark.parametrize(
    ("bad", "problem", "said"),
    [
        pytest.param(
            fault(400, {"message": "too long", "code": "context_length_exceeded"}),
            "context_exceeded",
            "does not fit",
            id="OpenAI",
        ),
        pytest.param(
            fault(
                400,
                {
                    "message": "request exceeds the available context size",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 9000,
                    "n_ctx": 4096,
                },
            ),
            "context_exceeded",
            "9000 tokens, the model takes 4096",
            id="llama.cpp",
        ),
        pytest.param(
            fault(
                400,
                {
                    "message": "This model's maximum context length is 4096 tokens. However, you"
                    " requested 5000 tokens in the messages."
                },
            ),
            "context_exceeded",
            "5000 tokens, the model takes 4096",
            id="vLLM",
        ),
        pytest.param(fault(400, "odd"), "rejected", "odd", id="400"),
        pytest.param(
            fault(400, {"message": "Invalid value for 'temperature'", "param": "temperature"}),
            "rejected",
            "temperature",
            id="a value out of range",
        ),
        pytest.param(fault(413), "rejected", "413", id="413"),
        pytest.param(fault(422, {"detail": "no"}), "rejected", "422", id="422"),
    ],
)
def test_a_request_that_is_not_taken_is_not_sent_again(
    bad: Answer, problem: str, said: str
) -> None:
    with serving(bad) as stub:
        error = failure(stub)
    assert isinstance(error, FailedReply)
    assert error.problem == problem
    assert said in error.message
    assert len(stub.requests) == 1


# ---- bounds


def test_a_dripping_answer_ends_at_the_deadline() -> None:
    with serving(Answer(misdeed="drip")) as stub:
        started = time.monotonic()
        error = failure(stub, timeout_s=0.2)
    assert isinstance(error, FailedReply)
    assert error.problem == "timeout"
    assert time.monotonic() - started < 1.5
    assert error.spent.requests == 1


def test_waits_do_not_count_against_the_deadline() -> None:
    class LongWaits(Waits):
        async def __call__(self, seconds: float) -> None:
            await asyncio.sleep(0.3)

    async def run(url: str) -> Reply:
        async with Client("m", url, timeout_s=30) as client:
            await client.complete(QUESTION, Answered, max_tokens=9)  # loads what is loaded once
            client._timeout_s, client._pause = 0.25, LongWaits()
            return await client.complete(QUESTION, Answered, max_tokens=9)

    with serving(chat(), fault(503), chat()) as stub:
        assert asyncio.run(run(stub.url)).requests == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(body=b" " * (transport.MAX_BODY_BYTES + 1)), id="plain"),
        pytest.param(
            Answer(200, gzip.compress(bytes(50_000_000), 1), (("Content-Encoding", "gzip"),)),
            id="gzip bomb",
        ),
    ],
)
def test_an_answer_beyond_all_measure_is_refused_at_once(answer: Answer) -> None:
    with serving(answer) as stub:
        error = failure(stub)
    assert isinstance(error, ReplyError)
    assert "8 MiB" in error.message
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        pytest.param({}, Usage(), id="nothing said"),
        pytest.param("many", Usage(), id="nonsense"),
        pytest.param({"prompt_tokens": -1, "completion_tokens": 10**12}, Usage(), id="absurd"),
        pytest.param({"prompt_tokens": True, "completion_tokens": "5"}, Usage(), id="no numbers"),
        pytest.param(
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 8},
            },
            Usage(9, 4, 8),
            id="with a cache",
        ),
    ],
)
def test_usage_is_what_can_be_believed(said: object, usage: Usage) -> None:
    with serving(chat(usage=said)) as stub:
        assert ask(stub)[0].usage == usage


def test_usage_of_a_broken_answer_is_counted_too() -> None:
    broken = Answer(body=b'{"choices": [], "usage": {"prompt_tokens": 7}}')
    with serving(broken, chat()) as stub:
        assert ask(stub)[0].usage == Usage(17, 5, None)


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


# ---- names


@pytest.mark.parametrize(
    ("name", "variable", "host"),
    [
        ("openai/gpt-x", "OPENAI_API_KEY", "api.openai.com"),
        ("openrouter/qwen/qwen-x", "OPENROUTER_API_KEY", "openrouter.ai"),
        ("groq/x", "GROQ_API_KEY", "api.groq.com"),
        ("mistral/x", "MISTRAL_API_KEY", "api.mistral.ai"),
        ("together/x/y", "TOGETHER_API_KEY", "api.together.xyz"),
        ("deepseek/x", "DEEPSEEK_API_KEY", "api.deepseek.com"),
    ],
)
def test_a_provider_has_its_address_and_its_key(
    name: str, variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    with pytest.raises(EndpointError, match=variable) as missing:
        parse_model_name(name)
    assert missing.value.problem == "no_key"
    assert variable in missing.value.hint
    monkeypatch.setenv(variable, KEY)
    address = parse_model_name(name)
    assert (address.model, address.key) == (name.partition("/")[2], KEY)
    assert f"https://{host}/" in address.base_url
    assert not address.is_loopback


def test_replaying_needs_no_key_and_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_model_name("openai/x", replaying=True).key == "none"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert parse_model_name("openai/x", replaying=True).key == "none"
    assert parse_model_name("x", "http://example.org/v1", replaying=True).key == "none"


@pytest.mark.parametrize("name", ["gpt-x", "opnai/gpt-x", "openai/", ""])
def test_a_name_without_a_known_provider_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_model_name(name)
    assert "openai/" in caught.value.hint
    if name.startswith("opnai"):
        assert "did you mean openai/gpt-x" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://localhost:1/v1", "http://[::1]:1/v1"]
)
def test_a_loopback_server_needs_no_key_and_takes_the_name_whole(url: str) -> None:
    address = parse_model_name("org/model:q4", url)
    assert (address.model, address.key, address.is_loopback) == ("org/model:q4", "none", True)


def test_an_own_key_goes_before_the_openai_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert parse_model_name("m", "https://example.org/v1").key == "other"
    monkeypatch.setenv("LLM_EXTRACT_API_KEY", KEY)
    assert parse_model_name("m", "https://example.org/v1").key == KEY


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(EndpointError, match="in the clear") as caught:
        parse_model_name("m", "http://gpu.example.org:8000/v1", KEY)
    assert KEY not in caught.value.message + caught.value.hint
    assert parse_model_name("m", "http://gpu.example.org:8000/v1").key == "none"


def test_a_remote_address_without_a_key_is_told_which_variable() -> None:
    with pytest.raises(EndpointError, match="LLM_EXTRACT_API_KEY"):
        parse_model_name("m", "https://example.org/v1")


@pytest.mark.parametrize("url", ["ftp://x/v1", "127.0.0.1:8080", "http://", "http://[oops/v1"])
def test_what_is_no_address_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="not an address"):
        parse_model_name("m", url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_model_name("m", "https://me:hush-hush@example.org/v1")
    assert "hush-hush" not in caught.value.message + caught.value.hint


# ---- the probe


def run_probe(answer: Answer | Callable[[dict[str, Any]], Answer]) -> Any:
    async def run(url: str) -> Any:
        async with Client("m", url) as client:
            client._pause = Waits()
            return await probe(client)

    with serving(answer) as stub:
        stub.listed = ("m",)
        return asyncio.run(run(stub.url))


def test_a_probe_tells_an_endpoint_that_honours_schemas() -> None:
    def good(request: dict[str, Any]) -> Answer:
        told = '{"colour": "teal", "depth_m": 3}'
        return tool(("Buoy", told)) if "tools" in request else chat(told)

    found = run_probe(good)
    assert (found.reachable, found.models, found.mode) == (True, ("m",), "json_schema")
    assert [finding.works for finding in found.findings] == [True, True, True]


def test_a_probe_is_not_fooled_by_an_endpoint_that_ignores_the_schema() -> None:
    def careless(request: dict[str, Any]) -> Answer:
        if "tools" in request:
            return tool(("Buoy", '{"colour": "amber", "depth_m": 3}'))
        return chat("The sea is wide." if "json_schema" in str(request) else '{"colour": "red"}')

    found = run_probe(careless)
    works: dict[Mode, bool] = {finding.mode: finding.works for finding in found.findings}
    assert works == {"json_schema": False, "tools": True, "json": False}
    assert found.mode == "tools"
    assert all(finding.reason for finding in found.findings)


def test_a_probe_of_a_locked_endpoint_says_so() -> None:
    found = run_probe(fault(401, {"message": "who are you"}))
    assert (found.reachable, found.mode) == (False, None)
    assert "who are you" in found.reason


# ---- cost


def test_importing_the_client_loads_neither_openai_nor_instructor() -> None:
    seen = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys, llm_extract.client;"
            "print(sorted({'openai', 'instructor', 'httpx2', 'pydantic'} & {*sys.modules}))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "[]"


def test_waits_of_many_callers_differ() -> None:
    random.seed(1)
    waits = Waits()
    with serving(*[fault(429, Retry_After="10")] * 3, chat()) as stub:
        ask(stub, waits=waits)
    assert len(set(waits)) == 3
