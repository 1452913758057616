"""An OpenAI-compatible endpoint on the loopback that misbehaves on demand, and can be repeated.

Its good answer is a function of the request: an incident for each sentence that says ``killed N
somebody``. Which request meets which fault follows from the seed, the messages and how often they
have come, never from the clock or the order of arrival.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

Json = dict[str, Any]
Group = Literal["transport", "status", "envelope", "content"]
Deed = Literal["answer", "reset", "close", "cut", "stall", "drip"]


@dataclass(slots=True)
class Ask:
    """One request, and the good answer to it."""

    request: Json
    sha: str
    attempt: int
    """How often these messages have come, this time included."""
    good: Json
    elsewhere: str = ""
    key: str = ""

    def said(self, text: str, **more: Any) -> Json:
        """Return the completion in which the model says this, in the way it was asked to."""
        if tool := tool_asked(self.request):
            calls = [{"id": "c", "type": "function", "function": {"name": tool, "arguments": text}}]
            return completion(None, message={"tool_calls": calls}, **more)
        return completion(text, **more)


@dataclass(slots=True)
class Say:
    """One HTTP answer, or what is done instead of it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    deed: Deed = "answer"


@dataclass(slots=True)
class Entry:
    """What is remembered of one request."""

    at: float
    sha: str
    in_flight: int
    attempt: int
    text: str
    fault: str = ""
    status: int = 0
    client_gone: bool = False


Rule = Callable[[Ask], str]
"""Which fault a request meets; empty: none."""


@dataclass(slots=True)
class Behaviour:
    """What can be set, and set anew while the endpoint runs."""

    latency: float = 0.0
    seed: int = 1
    mix: Mapping[str, float] = field(default_factory=dict)
    """Share of requests that meet a fault, by its name."""
    rule: Rule = lambda ask: ""
    """Goes before ``mix``."""
    rpm: float | None = None
    burst: int = 1
    tells_wait: bool = True
    """Whether a 429 of the limiter says how long to wait."""
    elsewhere: str = "http://127.0.0.1:9/v1/chat/completions"
    """Where a redirect leads."""
    outage: tuple[float, float] | None = None
    """From when to when nothing but 503 comes, on the monotonic clock."""
    usage: Json | None = field(
        default_factory=lambda: {"prompt_tokens": 200, "completion_tokens": 50}
    )


# ---- the good answer


def sentences_asked(request: Json) -> dict[int, str]:
    """Return the numbered sentences of a question; of a second look the one in focus."""
    asked = str(request["messages"][1]["content"])
    shown = {int(n): text for n, text in re.findall(r"^\[(\d+)\] (.*)$", asked, re.MULTILINE)}
    focus = re.search(r"^(?:Which|What)\b.*\[(\d+)\]", asked, re.MULTILINE)
    return {int(focus[1]): shown.get(int(focus[1]), "")} if focus else shown


def incident(sentence: int, phrase: str) -> Json:
    """Return the core of an incident with one figure."""
    return {
        "sentences": [sentence],
        "source": None,
        "sub_event_type": "Other",
        "date": None,
        "location": None,
        "side_a": [],
        "side_b": [],
        "fatalities": [{"text": phrase, "group": "unknown"}],
    }


def tool_asked(request: Json) -> str:
    """Return the name of the tool the answer is to be given in; empty: as text."""
    return str(request["tools"][0]["function"]["name"]) if request.get("tools") else ""


def good_answer(request: Json) -> Json:
    """Return what fits the schema that is asked for, and the sentences."""
    tool = tool_asked(request)
    asked = {} if tool else request["response_format"]["json_schema"]
    schema = request["tools"][0]["function"]["parameters"] if tool else asked["schema"]
    answer: Json = {name: [] for name in schema["properties"]}
    if (tool or asked["name"]).startswith("Incident"):
        for number, text in sentences_asked(request).items():
            if killed := re.search(r"killed (\d+ \w+)", text):
                answer["records"].append(incident(number, killed[1]))
    return answer


def completion(content: str | None, **more: Any) -> Json:
    """Return a chat completion; ``message`` and ``finish_reason`` may be given."""
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    finish = more.pop("finish_reason", "stop")
    return {
        "id": "faulty",
        "object": "chat.completion",
        "created": 0,
        "model": "faulty-1",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        **more,
    }


# ---- faults


def _json(body: object, status: int = 200, **headers: str) -> Say:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say(status, json.dumps(body).encode(), {"Content-Type": "application/json", **named})


def _complains(status: int, message: str, code: str | None = None, **headers: str) -> Say:
    return _json({"error": {"message": message, "code": code}}, status, **headers)


def _text(change: Callable[[str, Json], str]) -> Callable[[Ask], Say]:
    """A fault of the model's words: the good ones are handed over as text and as object."""
    return lambda ask: _json(ask.said(change(json.dumps(ask.good), ask.good), **_USAGE))


def _whole(**more: Any) -> Callable[[Ask], Say]:
    return lambda ask: _json(ask.said(json.dumps(ask.good), **{**_USAGE, **more}))


def _first(**changes: Any) -> Callable[[Ask], Say]:
    """A fault of a value in the first record."""

    def change(text: str, good: Json) -> str:
        records = [{**incident(1, "no one"), **record} for record in good["records"]]
        first = {k: v for k, v in {**records[0], **changes}.items() if v != "absent"}
        return json.dumps({**good, "records": [first, *records[1:]]})

    return _text(change)


def _figure(phrase: str) -> Callable[[Ask], Say]:
    return _first(fatalities=[{"text": phrase, "group": "unknown"}])


@cache
def _bomb() -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return packed.getvalue()


_USAGE: Json = {"usage": {"prompt_tokens": 200, "completion_tokens": 50}}
_HTML = b"<!DOCTYPE html><html><body>Bad gateway</body></html>"
_PAGE = {"Content-Type": "text/html"}


def _many(text: str, good: Json) -> str:
    return json.dumps({**good, "records": good["records"] * 300})


def _deep(text: str, good: Json) -> str:
    return '{"records": ' + "[" * 5000 + "]" * 5000 + "}"


def _tools(*calls: tuple[str, float]) -> Callable[[Ask], Say]:
    """Calls of a tool, each by its name (empty: the right one) and how much of it is there."""

    def say(ask: Ask) -> Say:
        words = json.dumps(ask.good)
        made = [
            {
                "id": f"c{n}",
                "type": "function",
                "function": {
                    "name": name or tool_asked(ask.request),
                    "arguments": words[: int(share * len(words))],
                },
            }
            for n, (name, share) in enumerate(calls)
        ]
        return _json(completion(None, message={"tool_calls": made}, **_USAGE))

    return say


def _twice(text: str, good: Json) -> str:
    return text[:-1] + ', "records": []}'


FAULTS: Mapping[str, tuple[Group, Callable[[Ask], Say]]] = {
    "reset": ("transport", lambda ask: Say(deed="reset")),
    "close": ("transport", lambda ask: Say(deed="close")),
    "cut body": ("transport", lambda ask: Say(body=_whole()(ask).body, deed="cut")),
    "stall": ("transport", lambda ask: Say(deed="stall")),
    "drip": ("transport", lambda ask: Say(deed="drip")),
    "401": ("status", lambda ask: _complains(401, "no such key")),
    "403": ("status", lambda ask: _complains(403, "not for you")),
    "404 model": ("status", lambda ask: _complains(404, "no such model", "model_not_found")),
    "429 wait": ("status", lambda ask: _complains(429, "slow down", retry_after="0.3")),
    "429": ("status", lambda ask: _complains(429, "slow down")),
    "429 hour": ("status", lambda ask: _complains(429, "come back", retry_after="3600")),
    "429 quota": ("status", lambda ask: _complains(429, "pay", "insufficient_quota")),
    "500": ("status", lambda ask: _complains(500, "internal")),
    "503 page": ("status", lambda ask: Say(503, _HTML, _PAGE)),
    "529": ("status", lambda ask: _complains(529, "overloaded")),
    "307": ("status", lambda ask: Say(307, b"", {"Location": ask.elsewhere})),
    "400": ("status", lambda ask: _complains(400, "no")),
    "400 context": (
        "status",
        lambda ask: _complains(400, "the prompt is too long", "context_length_exceeded"),
    ),
    "empty body": ("envelope", lambda ask: Say()),
    "web page": ("envelope", lambda ask: Say(200, _HTML, _PAGE)),
    "prose": ("envelope", lambda ask: Say(200, b"The service is fine.")),
    "cut envelope": ("envelope", lambda ask: Say(200, _whole()(ask).body[:-40])),
    "bad utf-8": ("envelope", lambda ask: Say(200, b'{"choices": ["\xff\xfe"]}')),
    "error in 200": ("envelope", lambda ask: _json({"error": {"message": "upstream"}})),
    "no choices": ("envelope", lambda ask: _json({**completion(""), "choices": []})),
    "null message": ("envelope", lambda ask: _json({"choices": [{"message": None}]})),
    "gzip bomb": ("envelope", lambda ask: Say(200, _bomb(), {"Content-Encoding": "gzip"})),
    "16 MiB": ("envelope", lambda ask: Say(200, b" " * (16 << 20))),
    "usage missing": ("envelope", _whole(usage=None)),
    "usage absurd": (
        "envelope",
        _whole(usage={"prompt_tokens": -5, "completion_tokens": 10**12}),
    ),
    "other model": ("envelope", _whole(model="somebody-else")),
    "length": (
        "content",
        lambda ask: _json(completion(json.dumps(ask.good)[:30], finish_reason="length", **_USAGE)),
    ),
    "length, whole": ("content", _whole(finish_reason="length")),
    "white space": (
        "content",
        lambda ask: _json(completion('{"records": [' + "\n" * 900, finish_reason="length")),
    ),
    "refusal": ("content", lambda ask: _json(completion(None, message={"refusal": "no"}))),
    "filter": ("content", lambda ask: _json(completion("", finish_reason="content_filter"))),
    "apology": ("content", _text(lambda text, good: "I am sorry, I can not help with that.")),
    "fence": ("content", _text(lambda text, good: f"```json\n{text}\n```")),
    "think": ("content", _text(lambda text, good: f"<think>Well: {{}}.</think>\n{text}")),
    "trailing": ("content", _text(lambda text, good: f"{text}\nThat is all.")),
    "two objects": ("content", _text(lambda text, good: f'{{"records": []}}\n{text}')),
    "missing field": ("content", _first(fatalities="absent")),
    "foreign field": ("content", _first(mood="sombre")),
    "wrong type": ("content", _first(sentences="the first")),
    "wrong enum": ("content", _first(sub_event_type="Picnic")),
    "not a number": ("content", _first(sentences=[float("nan")])),
    "too large": ("content", _text(lambda text, good: re.sub(r"\[1\]", "[1e999]", text))),
    "long number": ("content", _text(lambda text, good: re.sub(r"\[1\]", f"[{'9' * 5000}]", text))),
    "key twice": ("content", _text(_twice)),
    "deep": ("content", _text(_deep)),
    "nul": ("content", _first(source="po\0lice")),
    "half character": ("content", _first(source="po\ud800lice")),
    "300 records": ("content", _text(_many)),
    "empty content": ("content", _text(lambda text, good: "  ")),
    "negative": ("content", _figure("-12 civilians")),
    "false figure": ("content", _figure("4077 librarians")),
    "empty figure": ("content", _figure("")),
    "far sentence": ("content", _first(sentences=[99])),
    "swapped": ("content", _figure("990 civilians")),
}
"""Every fault by its name: where it sits, and what is said instead of the good answer."""

_EVIL = "\x1b[2J\x1b]0;gone\x07\x9b31m\u202e"


def _echo(ask: Ask) -> Say:
    return _complains(401, f"the key {ask.key} is wrong")


HARMFUL: Mapping[str, tuple[Group, Callable[[Ask], Say]]] = {
    "401 echo": ("status", _echo),
    "steering text": ("content", _figure(f"12{_EVIL} civilians")),
    "steering error": ("status", lambda ask: _complains(400, f"no {_EVIL} way")),
    "steering model": ("envelope", _whole(model=f"big{_EVIL}")),
}
"""Answers that carry what must not be shown or kept."""

TOOL_FAULTS: Mapping[str, tuple[Group, Callable[[Ask], Say]]] = {
    "no tool": ("content", lambda ask: _json(completion(json.dumps(ask.good), **_USAGE))),
    "wrong tool": ("content", _tools(("delete_everything", 1.0))),
    "two tools": ("content", _tools(("", 1.0), ("", 1.0))),
    "cut tool": ("content", _tools(("", 0.5))),
}
"""Faults of a model that was asked to call a tool."""

PASSING = ("reset", "close", "cut body", "500", "503 page", "529", "empty body", "web page")
"""Faults that are gone when the request comes again, if they are drawn by chance."""


# ---- the server


@dataclass
class Endpoint:
    """A running endpoint as a test sees it."""

    port: int
    behaviour: Behaviour
    entries: list[Entry] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    """Values of the Authorization header that came."""
    _lately: deque[float] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def log(self) -> list[Entry]:
        """Return what came so far, in the order of arrival."""
        return list(self.entries)

    @property
    def stats(self) -> dict[str, int]:
        """Return counts: requests, questions (distinct), faults, refused, gone, peak."""
        entries = self.log()
        return {
            "requests": len(entries),
            "questions": len({entry.sha for entry in entries}),
            "faults": sum(bool(entry.fault) for entry in entries),
            "refused": sum(entry.status == 429 for entry in entries),
            "gone": sum(entry.client_gone for entry in entries),
            "peak": self.peak,
        }

    def about(self, word: str) -> list[Entry]:
        """Return the requests whose article holds a word."""
        return [entry for entry in self.log() if word in entry.text]

    def set(self, **changes: Any) -> None:
        """Behave differently from now on."""
        for name, value in changes.items():
            if not hasattr(self.behaviour, name):
                raise AttributeError(name)
            setattr(self.behaviour, name, value)

    def fail_for(self, seconds: float) -> None:
        """Be down from now on for so long."""
        now = time.monotonic()
        self.set(outage=(now, now + seconds))

    def decide(self, ask: Ask) -> tuple[str, Say]:
        """Return the fault a request meets, and the answer."""
        how, now = self.behaviour, time.monotonic()
        if how.outage and how.outage[0] <= now < how.outage[1]:
            return "outage", Say(503, _HTML, _PAGE)
        if how.rpm and (wait := self._too_early(how.rpm, how.burst, now)):
            headers = {"retry_after": f"{wait:.3f}"} if how.tells_wait else {}
            return "limit", _complains(429, "too many requests", **headers)
        name = how.rule(ask) or self._drawn(ask)
        if name:
            return name, {**FAULTS, **TOOL_FAULTS, **HARMFUL}[name][1](ask)
        usage = {"usage": how.usage} if how.usage else {}
        return "", _json(ask.said(json.dumps(ask.good), **usage))

    def _too_early(self, rpm: float, burst: int, now: float) -> float:
        """Return the seconds until another request is welcome; 0: it is now."""
        window = 60 * burst / rpm
        while self._lately and self._lately[0] <= now - window:
            self._lately.popleft()
        if len(self._lately) < burst:
            self._lately.append(now)
            return 0.0
        return self._lately[0] + window - now

    def _drawn(self, ask: Ask) -> str:
        seed = f"{self.behaviour.seed} {ask.sha} {ask.attempt}".encode()
        draw = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big") / 2**64
        for name, share in self.behaviour.mix.items():
            if draw < share:
                return name
            draw -= share
        return ""


@contextmanager
def faulty(**behaviour: Any) -> Iterator[Endpoint]:
    """Run an endpoint on a free port, in a thread with an event loop of its own."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    endpoint = Endpoint(listening.getsockname()[1], Behaviour(**behaviour))
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(_serve(endpoint, listening, stop),), daemon=True
    )
    thread.start()
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _serve(endpoint: Endpoint, listening: socket.socket, stop: asyncio.Event) -> None:
    talks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(_talk(endpoint, reader, writer))
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    server = await asyncio.start_server(connected, sock=listening)
    await stop.wait()
    server.close()
    for talk in list(talks):
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


async def _talk(
    endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _exchange(endpoint, reader, writer):
                pass
    finally:
        writer.close()


async def _exchange(
    endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer one request; return whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers = {k.lower(): v.strip() for k, _, v in (x.partition(":") for x in head.split("\r\n"))}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    endpoint.keys.add(headers.get("authorization", ""))
    if not head.startswith("POST"):
        await _send(writer, _complains(404, "nothing here"))
        return True
    request = json.loads(body)
    sha = hashlib.sha256(json.dumps(request["messages"]).encode()).hexdigest()[:16]
    endpoint.seen[sha] += 1
    endpoint.in_flight += 1
    endpoint.peak = max(endpoint.peak, endpoint.in_flight)
    text = str(request["messages"][1]["content"])
    entry = Entry(time.monotonic(), sha, endpoint.in_flight, endpoint.seen[sha], text)
    endpoint.entries.append(entry)
    try:
        ask = Ask(request, sha, entry.attempt, good_answer(request))
        ask.key = headers.get("authorization", "").removeprefix("Bearer ")
        ask.elsewhere = endpoint.behaviour.elsewhere
        entry.fault, say = endpoint.decide(ask)
        entry.status = say.status
        if say.status == 200 and endpoint.behaviour.latency:
            await asyncio.sleep(endpoint.behaviour.latency)
        return await _do(say, reader, writer)
    except ConnectionError:
        entry.client_gone = True
        raise
    finally:
        endpoint.in_flight -= 1


async def _do(say: Say, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    if say.deed == "answer":
        await _send(writer, say)
        return True
    if say.deed == "reset":
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif say.deed == "cut":
        writer.write(_head(say, len(say.body)) + say.body[: len(say.body) // 2])
        await writer.drain()
    elif say.deed in ("stall", "drip"):
        await _keep_waiting(reader, writer, drip=say.deed == "drip")
    return False


async def _send(writer: asyncio.StreamWriter, say: Say) -> None:
    writer.write(_head(say, len(say.body)) + say.body)
    await writer.drain()


def _head(say: Say, length: int) -> bytes:
    lines = [f"HTTP/1.1 {say.status} X", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in say.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _keep_waiting(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, drip: bool
) -> None:
    """Say nothing, or a byte now and then, until the client leaves."""
    if drip:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(2000):
        with suppress(TimeoutError):
            if await asyncio.wait_for(reader.read(1), 0.05) == b"":
                raise ConnectionError("the client has left")
        if drip:
            writer.write(b" ")
            await writer.drain()
