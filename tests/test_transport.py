from __future__ import annotations

import asyncio
import datetime as dt
import random
from email.utils import format_datetime

import pytest
from asking import QUESTION, Answered, Waits, ask, failure
from stub_server import Answer, chat, fault, serving

from llm_extract import transport
from llm_extract.client import Client, FailedReply, Reply
from llm_extract.errors import EndpointError, LlmExtractError, ReplyError
from llm_extract.result import Usage


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


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry_After": "7"}, 7, id="seconds"),
        pytest.param({"retry_after_ms": "1500"}, 1.5, id="milliseconds"),
    ],
)
def test_a_wait_that_is_asked_for_is_kept(headers: dict[str, str], seconds: float) -> None:
    waits = Waits()
    with serving(fault(429, **headers), chat()) as stub:
        ask(stub, waits=waits)
    assert seconds * 0.8 <= waits[0] <= seconds * 1.1


def test_a_wait_until_a_date_is_kept() -> None:
    waits = Waits()
    until = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40))
    with serving(fault(429, Retry_After=until), chat()) as stub:
        ask(stub, waits=waits)
    assert 40 * 0.8 <= waits[0] <= 40 * 1.1


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
            Answer(307, b"", (("Location", "http://127.0.0.1:9/v1"),)), "redirected", id="redirect"
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


# ---- waiting for a turn


def test_being_told_to_wait_costs_no_try() -> None:
    refused = [fault(429, Retry_After="3")] * 6
    failed = [fault(500), fault(429), fault(502), fault(503)]
    waits = Waits()
    with serving(*refused, *failed, chat()) as stub:
        [reply] = ask(stub, waits=waits)
    assert reply.requests == len(stub.requests) == 11
    assert len(waits) == 10


def test_waits_between_do_not_forgive_failures() -> None:
    answers = [answer for _ in range(9) for answer in (fault(429), fault(500))]
    with serving(*answers) as stub:
        error = failure(stub)
    assert isinstance(error, EndpointError)
    assert error.problem == "unreachable"
    assert len(stub.requests) == 8


@pytest.mark.parametrize(
    ("bad", "fewest", "most"),
    [
        pytest.param(fault(429, Retry_After="60"), 6, 6, id="a minute each"),
        pytest.param(fault(429, Retry_After="0"), 15, 50, id="no time each"),
        pytest.param(fault(429), 15, 50, id="not said"),
        pytest.param(
            Answer(body=b'{"error": {"code": 429, "message": "no"}}'), 15, 50, id="in a 200"
        ),
    ],
)
def test_waiting_ends_when_the_patience_does(bad: Answer, fewest: int, most: int) -> None:
    waits = Waits()
    with serving(bad) as stub:
        error = failure(stub, waits=waits)
    assert isinstance(error, EndpointError)
    assert error.problem == "rate_limited"
    assert fewest <= len(stub.requests) <= most
    assert len(waits) == len(stub.requests) - 1
    assert sum(waits) <= transport.PATIENCE_S * 1.1
    assert f"asked {len(stub.requests)} times" in error.message


def test_an_endpoint_that_goes_on_refusing_is_asked_ever_less_often() -> None:
    waits = Waits()
    with serving(*[fault(429, Retry_After="1")] * 8, chat()) as stub:
        ask(stub, waits=waits)
    assert waits[0] < 1.2
    assert waits[-1] >= 10


def test_patience_is_for_one_question_and_can_be_set() -> None:
    answers = [fault(429, Retry_After="4"), chat(), fault(429, Retry_After="4"), chat()]
    with serving(*answers) as stub:
        assert len(ask(stub, times=2, patience_s=5)) == 2
    with serving(*answers) as stub:
        error = failure(stub, patience_s=3)
    assert isinstance(error, EndpointError)
    assert error.problem == "rate_limited"


def test_waits_of_many_callers_differ() -> None:
    random.seed(1)
    waits = Waits()
    with serving(*[fault(429, Retry_After="10")] * 3, chat()) as stub:
        ask(stub, waits=waits)
    assert len(set(waits)) == 3


# ---- bounds


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
            Usage(prompt_tokens=9, completion_tokens=4, cached_tokens=8),
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
        assert ask(stub)[0].usage == Usage(prompt_tokens=17, completion_tokens=5)
