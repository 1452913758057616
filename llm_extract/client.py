"""The door to models: one question to an OpenAI-compatible endpoint, one ``Reply`` or one error.

Only this module imports instructor, and only when the first question is asked: with what it
needs it takes a second to load. Instructor knows how each mode asks for a shape; the answer is
read here, more strictly than it would.
"""

from __future__ import annotations

import asyncio
import copy
import difflib
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Protocol, Self, cast, get_args

from pydantic import BaseModel, ValidationError

from llm_extract import transport
from llm_extract.addresses import Proxy, parse_model_name
from llm_extract.connection import Connection
from llm_extract.errors import EndpointError, ReplyError, ReplyProblem
from llm_extract.gate import Gate
from llm_extract.reply_text import Json, cut_short, misshapen, read_object, tool_arguments
from llm_extract.result import Message, Usage

Mode = Literal["json_schema", "tools", "json"]
"""How an endpoint is made to answer in JSON, best first."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One usable answer, and what it cost."""

    data: dict[str, Any]
    """The JSON object, keys in the model's own order."""
    raw: str
    """The model's text as it came."""
    model_served: str
    """The model the endpoint says has answered."""
    mode: Mode
    finish_reason: str
    usage: Usage
    seconds: float
    """From question to answer, waits included; of a recorded one what its server said it took."""
    requests: int
    """HTTP requests made, those refused or failed included."""
    repaired: str | None
    """``fence``, ``think``, ``trailing`` or several joined by ``+``; None: it was clean JSON."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered, unread: enough to read it again at any time."""

    envelope: Json
    """The chat completion as it came."""
    mode: Mode
    tool: str
    """Name of the tool the answer was to be given in; empty: it was asked for as text."""
    usage: Usage
    """Tokens of all requests made for it."""
    seconds: float
    """From question to answer, waits included; of a recorded one what its server said it took."""
    requests: int

    @property
    def model_served(self) -> str:
        """The model the endpoint says has answered; empty where it does not."""
        return str(self.envelope.get("model") or "")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a failed question cost, and what came back."""

    usage: Usage
    seconds: float
    requests: int
    finish_reason: str
    raw: str


class FailedReply(ReplyError):
    """A ``ReplyError`` from a ``Client``: it also tells what the question has cost."""

    def __init__(self, problem: ReplyProblem, message: str, hint: str, spent: Spent) -> None:
        super().__init__(problem, message, hint)
        self.spent = spent


class ChatClient(Protocol):
    """What extraction needs of a client; any object of this shape may be passed."""

    @property
    def model(self) -> str:
        """Name of the model that is asked."""
        ...

    async def complete(
        self,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        *,
        max_tokens: int,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Reply:
        """Ask once; raises ``EndpointError`` or ``ReplyError``."""
        ...


class Client:
    """A client of one model at one OpenAI-compatible endpoint; use it in one event loop.

    Transport faults are tried again here (``transport.ATTEMPTS``); unusable replies are not.
    ``mode="auto"`` starts with ``json_schema`` and steps down when the endpoint rejects it.
    ``timeout_s`` bounds the time one question talks to the endpoint, all tries together;
    ``patience_s`` the time it waits because the endpoint answers 429.
    """

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        mode: Mode | Literal["auto"] = "auto",
        timeout_s: float = 120.0,
        extra_body: Mapping[str, object] | None = None,
        replaying: bool = False,
        patience_s: float = transport.PATIENCE_S,
        gate: Gate | None = None,
    ) -> None:
        self.gate = gate
        """What it shares with all who ask at the same time; None: requests go at once."""
        self.address = parse_model_name(model, base_url, api_key, replaying=replaying)
        self.proxy: Proxy | None = None if replaying else self.address.proxy()
        """The proxy on the way to the endpoint, if any; in text its host and who named it."""
        self.notes: list[str] = []
        """What was learned about the endpoint and is done differently since."""
        self._name = model
        self._auto = mode == "auto"
        self._mode: Mode = "json_schema" if mode == "auto" else mode
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._extra_body = dict(extra_body or {})
        self._pause: Callable[[float], Awaitable[None]] = _no_pause if replaying else asyncio.sleep
        self._unwelcome: set[str] = set()
        self._shapes: dict[tuple[Mode, type[BaseModel], tuple[str, ...]], dict[str, Any]] = {}
        self._replaying = replaying
        self._connection = Connection(self.address, self.proxy, gate.most if gate else 1)

    @property
    def model(self) -> str:
        """The model's name as asked for."""
        return self._name

    @property
    def mode(self) -> Mode:
        """The mode the next question uses."""
        return self._mode

    def __repr__(self) -> str:
        return f"Client({self._name!r}, base_url={self.address.base_url!r}, mode={self._mode!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()

    async def complete(
        self,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        *,
        max_tokens: int,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Reply:
        """Ask once for a JSON object of ``response_model``'s schema.

        Raises ``EndpointError`` when no further question can work, ``FailedReply`` when this
        one did not, ``CassetteError`` when a replayed recording lacks it.
        """
        answer = await self.ask(
            messages, response_model, max_tokens=max_tokens, seed=seed, temperature=temperature
        )
        return read_answer(answer, response_model)

    async def ask(
        self,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        *,
        max_tokens: int,
        seed: int | None = None,
        temperature: float = 0.0,
        expected_tokens: float = 0.0,
        keep: Callable[[Answer], Awaitable[None]] | None = None,
    ) -> Answer:
        """Ask once and return what came, unread; raises as ``complete`` does.

        ``expected_tokens`` is what the gate reserves of a limit of tokens a minute. The turn at
        the gate is given back when ``keep`` has kept the answer, so that there are never more
        questions without a kept answer than may be in flight.
        """
        settings: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        if seed is not None:
            settings["seed"] = seed
        if self._extra_body:
            settings["extra_body"] = self._extra_body
        call = _Call(transport.Allowance(self._timeout_s, self._patience_s, tokens=expected_tokens))
        turns: list[Json] = [{**turn, "content": _sendable(turn["content"])} for turn in messages]
        while True:
            call.mode = self._mode
            try:
                request = {**await self._shape(call.mode, response_model, turns), **settings}
                return await self._send(call, request, keep)
            except transport.Rejected as rejected:
                failure: ReplyError = rejected
                if self._adapt(rejected.complaint, call):
                    continue
            except ReplyError as error:
                failure = error
            except EndpointError as error:
                if error.problem != "no_such_model":
                    raise
                gone = error
                break
            raise FailedReply(failure.problem, failure.message, failure.hint, call.spent())
        raise EndpointError(gone.problem, gone.message, await self._offer(gone.hint))

    def in_mode(self, mode: Mode, patience_s: float) -> Client:
        """Return a client that shares the connections and never leaves ``mode``."""
        forced = copy.copy(self)
        forced._auto, forced._mode, forced._patience_s = False, mode, patience_s
        return forced

    async def list_models(self, timeout_s: float = 5.0) -> tuple[str, ...] | None:
        """Return the names the endpoint offers, or None when it does not tell in time."""
        return await self._connection.list_models(timeout_s)

    async def _shape(
        self, mode: Mode, response_model: type[BaseModel], turns: list[Json]
    ) -> dict[str, Any]:
        """Return the request that asks for this shape in this mode.

        How is known to instructor; it is asked once for each shape and opening of a conversation.
        """
        opening = next((i for i, turn in enumerate(turns) if turn["role"] != "system"), 0)
        key = (mode, response_model, tuple(turn["content"] for turn in turns[:opening]))
        if key not in self._shapes:
            self._shapes[key] = await _shaped(mode, response_model, turns[: opening + 1])
        shape = self._shapes[key]
        messages = [*shape["messages"][:-1], *turns[opening:]]
        return {"model": self.address.model, **shape, "messages": messages}

    async def _send(
        self,
        call: _Call,
        request: dict[str, Any],
        keep: Callable[[Answer], Awaitable[None]] | None,
    ) -> Answer:
        tools = request.get("tools")
        tool = str(tools[0]["function"]["name"]) if tools else ""
        for name in self._unwelcome & request.keys():
            value = request.pop(name)
            if name == "max_tokens":
                request["max_completion_tokens"] = value
        call.sent = frozenset(request)
        limit = int(request.get("max_tokens") or request.get("max_completion_tokens") or 0)

        async def once() -> Answer:
            call.requests += 1
            http = await self._connection.exchange(request)
            used = transport.told_usage(http, limit)
            call.usage += used
            if self.gate:
                self.gate.heed(http.headers, well=200 <= http.status < 300)
                self.gate.settle(call.allowance.tokens, used.total)
            envelope = transport.judge(http)
            told = _told_seconds(envelope) if self._replaying else 0.0
            spent = call.spent()
            seconds = told or spent.seconds
            answer = Answer(envelope, call.mode, tool, spent.usage, seconds, spent.requests)
            if keep:
                await keep(answer)
            return answer

        return await transport.persist(once, call.allowance, self._pause, self.gate)

    def _adapt(self, complaint: transport.Complaint, call: _Call) -> bool:
        """Learn from a rejection; return whether asking again differently may work."""
        said = f"{complaint.param} {complaint.code} {complaint.text}"
        for name, sign in _ABOUT_SETTING.items():
            if name in call.sent and sign.search(said):
                self._unwelcome.add(name)
                self._note(f"{name} is not sent any more: {complaint.text}")
                return True
        if complaint.status not in {400, 422} or not _ABOUT_MODE[call.mode].search(said):
            return False
        modes = get_args(Mode)
        step = modes.index(call.mode) + 1
        if not self._auto or step == len(modes):
            raise EndpointError(
                "unsupported",
                f"the endpoint does not answer in mode {call.mode}: {complaint.text}",
                "choose another --mode, or another endpoint; llm-extract doctor tries all modes",
            )
        if self._mode == call.mode:  # else another question has learned it meanwhile
            self._mode = modes[step]
            self._note(f"{call.mode} was rejected, {self._mode} is used: {complaint.text}")
        return True

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    async def _offer(self, hint: str) -> str:
        offered = await self.list_models(3.0)
        if not offered:
            return hint
        near = difflib.get_close_matches(self.address.model, offered, n=5, cutoff=0.3)
        return f"the endpoint offers {', '.join(near or offered[:5])}"


@dataclass(slots=True)
class _Call:
    """What is known of one question while it is being asked."""

    allowance: transport.Allowance
    mode: Mode = "json_schema"
    started: float = field(default_factory=time.monotonic)
    requests: int = 0
    usage: Usage = field(default_factory=Usage)
    sent: frozenset[str] = frozenset()

    def spent(self) -> Spent:
        seconds = time.monotonic() - self.started
        return Spent(self.usage, seconds, self.requests, "", "")


def read_answer(answer: Answer, response_model: type[BaseModel]) -> Reply:
    """Read what came as a reply of this shape; raises ``FailedReply`` when it is of no use."""
    choice = answer.envelope["choices"][0]
    message = choice["message"]
    finish_reason = str(choice.get("finish_reason") or "")
    raw = str(message.get("content") or message.get("refusal") or "")
    arguments, why_not = "", ""
    if answer.tool:
        arguments, why_not = tool_arguments(message, answer.tool)
        raw = arguments or raw
    spent = Spent(answer.usage, answer.seconds, answer.requests, finish_reason, raw)
    try:
        if message.get("refusal") or finish_reason == "content_filter":
            why = "a filter withheld it" if not message.get("refusal") else "it declined"
            raise ReplyError("refused", f"the model gave no answer: {why}", "try another model")
        if finish_reason == "length":
            raise cut_short(raw)
        if why_not:
            raise ReplyError("malformed", why_not, "try --mode json_schema")
        if not raw.strip():
            raise ReplyError("empty", "the model answered nothing", "ask again, or another model")
        data, repaired = read_object(raw)
        try:
            as_text = raw if repaired is None else json.dumps(data, ensure_ascii=False)
            response_model.model_validate_json(as_text)
        except ValidationError as error:
            raise misshapen(error) from None
    except ReplyError as error:
        failure = error
    else:
        return Reply(
            data=data,
            raw=raw,
            model_served=answer.model_served,
            mode=answer.mode,
            finish_reason=finish_reason,
            usage=answer.usage,
            seconds=answer.seconds,
            requests=answer.requests,
            repaired=repaired,
        )
    raise FailedReply(failure.problem, failure.message, failure.hint, spent)


async def _shaped(mode: Mode, response_model: type[BaseModel], turns: list[Json]) -> dict[str, Any]:
    """Return what instructor would send to get an answer of this shape."""
    import instructor

    # Its messages carry the article and the model's text, at ERROR level.
    logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)
    seen: dict[str, Any] = {}

    async def create(**request: Any) -> object:
        seen.update(request)
        raise _Seen

    patched = instructor.patch(create=create, mode=instructor.Mode[mode.upper()])
    ask = cast("Callable[..., Awaitable[BaseModel]]", patched)
    try:
        # Never context=: it would run the article through a template engine.
        await ask(response_model=response_model, max_retries=0, strict=False, messages=turns)
    except Exception:
        if not seen:
            raise
    _name_schema(seen)
    return seen


class _Seen(Exception):
    """Ends a question that was only to be shaped."""


_ABOUT_SETTING = {
    "max_tokens": re.compile("max_completion_tokens"),
    # A value out of range is for the caller to mend; only what is not taken at all is left out.
    "temperature": re.compile(r"(?s)^(?=.*\btemperature\b).*(unsupported|not supported?)", re.I),
    "seed": re.compile(r"(?s)^(?=.*\bseed\b).*(unsupported|not supported?)", re.I),
}
_ABOUT_MODE: Mapping[Mode, re.Pattern[str]] = {
    "json_schema": re.compile("response_format|schema|grammar|guided|structured", re.IGNORECASE),
    "tools": re.compile(r"\btools?\b|tool_choice|function", re.IGNORECASE),
    "json": re.compile("response_format|json_object|json mode", re.IGNORECASE),
}


def _told_seconds(envelope: Json) -> float:
    """Return the seconds a llama.cpp server says an answer took; 0 where none is said."""
    timings = envelope.get("timings")
    told = [timings.get(k) for k in ("prompt_ms", "predicted_ms")] if timings else []
    return sum(ms for ms in told if isinstance(ms, int | float)) / 1000


def _name_schema(request: Json) -> None:
    """Name the schema in a way all endpoints take."""
    if tools := request.get("tools"):
        name = _plain_name(tools[0]["function"]["name"])
        tools[0]["function"]["name"] = request["tool_choice"]["function"]["name"] = name
    schema = request.get("response_format", {}).get("json_schema")
    if schema:
        schema.update(name=_plain_name(schema["name"]), strict=True)


def _plain_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64] or "reply"


def _sendable(text: str) -> str:
    # One for one, so that positions in the text stay what they are.
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


async def _no_pause(_: float) -> None:
    """Go on at once: recorded waits are not waited for again."""
