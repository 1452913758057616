from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from typing import Any

import pytest
from asking import KEY, QUESTION, Answered, Waits, ask, failure, forget_keys
from stub_server import Answer, Stub, chat, serving

from llm_extract import transport
from llm_extract.addresses import Address
from llm_extract.client import Client, FailedReply, Reply
from llm_extract.connection import Connection
from llm_extract.errors import EndpointError, ReplyError


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


def test_a_compressed_answer_that_was_not_asked_for_is_read() -> None:
    good = chat()
    packed = Answer(200, gzip.compress(good.body), (("Content-Encoding", "gzip"),))
    with serving(packed) as stub:
        assert ask(stub)[0].data == {"n": 1}


def test_a_closed_port_is_an_unreachable_endpoint() -> None:
    with serving(chat()) as stub:
        gone = Stub([], port=stub.port)
    error = failure(gone)
    assert isinstance(error, EndpointError)
    assert error.problem == "unreachable"
    assert str(gone.port) in error.message


def test_a_dripping_answer_ends_at_the_deadline() -> None:
    with serving(Answer(misdeed="drip")) as stub:
        started = time.monotonic()
        error = failure(stub, timeout_s=0.2)
    assert isinstance(error, FailedReply)
    assert error.problem == "timeout"
    assert time.monotonic() - started < 1.5
    assert error.spent.requests == 1


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


def test_an_answer_tells_the_size_of_its_request_and_nothing_of_the_key() -> None:
    async def run(address: Address) -> transport.HttpReply:
        connection = Connection(address, None)
        try:
            return await connection.exchange({"model": "m", "messages": []})
        finally:
            await connection.aclose()

    with serving(Answer(418, f"no {KEY}".encode(), (("X-Odd", "1"),))) as stub:
        reply = asyncio.run(run(Address("x", "m", stub.url, KEY)))
    assert (reply.status, reply.body, reply.headers["x-odd"]) == (418, b"no [key]", "1")
    assert reply.sent_bytes == int(stub.headers[0]["content-length"])
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["x", "EMPTY", "ollama"])
def test_a_made_up_key_changes_no_word_of_an_answer(key: str) -> None:
    with serving(chat(f'{{"n": "an {key}, word"}}')) as stub:
        assert ask(stub, api_key=key)[0].data == {"n": f"an {key}, word"}


# ---- by way of a proxy


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
    """Return a maker of clients for a host that only the proxy can reach."""
    for name in ("http_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def client(proxy: str, **options: Any) -> Client:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        client = Client("m", "http://gpu.invalid/v1", **options)
        client._pause = Waits()
        return client

    return client


async def say(client: Client) -> Reply:
    async with client:
        return await client.complete(QUESTION, Answered, max_tokens=9)


def test_the_proxy_that_a_client_shows_is_the_one_it_uses(
    proxied: Callable[[str], Client],
) -> None:
    with serving(chat()) as stub:
        client = proxied(f"http://127.0.0.1:{stub.port}")
        assert str(client.proxy) == f"127.0.0.1:{stub.port} (HTTP_PROXY)"
        assert asyncio.run(say(client)).data == {"n": 1}
    assert stub.headers[0]["host"] == "gpu.invalid"


def test_a_proxy_that_is_down_is_named_without_its_password(
    proxied: Callable[[str], Client],
) -> None:
    with serving(chat()) as stub:
        gone = stub.port
    with pytest.raises(EndpointError) as caught:
        asyncio.run(say(proxied(f"http://me:hush-hush@127.0.0.1:{gone}")))
    assert caught.value.problem == "unreachable"
    assert f"127.0.0.1:{gone} (HTTP_PROXY)" in caught.value.message
    assert "hush" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_a_proxy_of_a_kind_that_can_not_be_used_is_named(
    url: str, proxied: Callable[[str], Client]
) -> None:
    with pytest.raises(EndpointError, match="HTTP_PROXY") as caught:
        asyncio.run(say(proxied(url)))
    assert caught.value.problem == "unreachable"
    assert "no_proxy" in caught.value.hint


def test_a_replay_goes_through_no_proxy(proxied: Callable[..., Client]) -> None:
    assert proxied("http://127.0.0.1:1", replaying=True).proxy is None
