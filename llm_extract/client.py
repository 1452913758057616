"""The door to models: one question to an OpenAI-compatible endpoint, one ``Reply`` or one error.

Only this module imports openai, instructor and httpx2, and only when the first question is
asked: together they take a second to load.
"""

from __future__ import annotations

import asyncio
import copy
import difflib
import ipaddress
import json
import logging
import os
import re
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypedDict, cast, get_args
from urllib.parse import urlsplit

from llm_extract import transport
from llm_extract.errors import EndpointError, LlmExtractError, ReplyError, ReplyProblem, UsageError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI
    from pydantic import BaseModel, ValidationError

Mode = Literal["json_schema", "tools", "json"]
"""How an endpoint is made to answer in JSON, best first."""


class Message(TypedDict):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them, all requests together; None where it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            _sum(self.prompt_tokens, other.prompt_tokens),
            _sum(self.completion_tokens, other.completion_tokens),
            _sum(self.cached_tokens, other.cached_tokens),
        )


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
    """From question to answer, waits included."""
    requests: int
    """HTTP requests made, transport retries included."""
    repaired: str | None
    """``fence``, ``think``, ``trailing`` or several joined by ``+``; None: it was clean JSON."""


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


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is, what it is called there, and the key that opens it."""

    provider: str
    model: str
    base_url: str
    key: str = field(repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether questions stay on this machine."""
        return _is_loopback(urlsplit(self.base_url).hostname or "")


PROVIDERS: Mapping[str, tuple[str, str]] = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "together": ("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
}
"""Prefix of a model name → base URL, and the environment variable that holds the key."""

OWN_KEYS = ("LLM_EXTRACT_API_KEY", "OPENAI_API_KEY")
"""Environment variables looked up, in this order, for an endpoint given by its address."""


def parse_model_name(
    name: str, base_url: str | None = None, api_key: str | None = None, *, replaying: bool = False
) -> Address:
    """Return where ``provider/model`` is, or ``name`` whole at ``base_url``.

    Raises ``UsageError`` for a name or address that cannot work, ``EndpointError`` for a key
    that is missing or would travel in the clear. When ``replaying`` no key is needed.
    """
    if base_url is not None:
        found = api_key or next(filter(None, map(os.environ.get, OWN_KEYS)), "")
        return _at_url(name, base_url.rstrip("/"), found, replaying)
    provider, _, model = name.partition("/")
    if provider not in PROVIDERS or not model:
        close = difflib.get_close_matches(provider, PROVIDERS, n=1)
        hint = f"did you mean {close[0]}/{model or '…'}? " if close else ""
        known = ", ".join(f"{known}/…" for known in PROVIDERS)
        raise UsageError(
            f"no provider for the model {name!r}", f"{hint}write {known}, or --base-url"
        )
    url, variable = PROVIDERS[provider]
    key = _NO_KEY if replaying else api_key or os.environ.get(variable)
    if not key:
        raise EndpointError(
            "no_key", f"no key for {provider}: {variable} is not set", f"export {variable}=…"
        )
    return Address(provider, model, url, key)


class Client:
    """A client of one model at one OpenAI-compatible endpoint; use it in one event loop.

    Transport faults are tried again here (``transport.ATTEMPTS``); unusable replies are not.
    ``mode="auto"`` starts with ``json_schema`` and steps down when the endpoint rejects it.
    ``timeout_s`` bounds the time one question talks to the endpoint, all tries together.
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
    ) -> None:
        self.address = parse_model_name(model, base_url, api_key, replaying=replaying)
        self.notes: list[str] = []
        """What was learned about the endpoint and is done differently since."""
        self._name = model
        self._auto = mode == "auto"
        self._mode: Mode = "json_schema" if mode == "auto" else mode
        self._timeout_s = timeout_s
        self._extra_body = dict(extra_body or {})
        self._pause: Callable[[float], Awaitable[None]] = _no_pause if replaying else asyncio.sleep
        self._unwelcome: set[str] = set()
        self._sdk: AsyncOpenAI | None = None

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
        if self._sdk is not None:
            sdk, self._sdk = self._sdk, None
            await sdk.close()

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
        settings: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        if seed is not None:
            settings["seed"] = seed
        if self._extra_body:
            settings["extra_body"] = self._extra_body
        call = _Call(transport.Allowance(self._timeout_s))
        while True:
            call.mode = self._mode
            try:
                return await self._ask(call, messages, response_model, settings)
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

    async def list_models(self, timeout_s: float = 5.0) -> tuple[str, ...] | None:
        """Return the names the endpoint offers, or None when it does not tell in time."""
        with suppress(Exception):
            async with asyncio.timeout(timeout_s):
                answer = await self._connect().models.with_raw_response.list()
            listed = json.loads(answer.http_response.content).get("data") or []
            return tuple(str(model["id"]) for model in listed)
        return None

    async def _ask(
        self,
        call: _Call,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        settings: dict[str, Any],
    ) -> Reply:
        import instructor
        from pydantic import ValidationError

        # Its messages carry the article and the model's text, at ERROR level.
        logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)

        async def create(**request: Any) -> object:
            call.failure = None
            try:
                return await self._send(call, request)
            except LlmExtractError as error:
                call.failure = error
                raise

        patched = instructor.patch(create=create, mode=instructor.Mode[call.mode.upper()])
        ask = cast("Callable[..., Awaitable[BaseModel]]", patched)
        try:
            # Never context=: it would run the article through a template engine.
            await ask(
                response_model=response_model,
                max_retries=0,
                strict=False,
                model=self.address.model,
                messages=[{**turn, "content": _sendable(turn["content"])} for turn in messages],
                **settings,
            )
        except Exception as error:
            # Its own exception quotes every message and reply, so only the cause goes further.
            cause = error.__cause__ or error
            failure = _shapeless(cause) if isinstance(cause, ValidationError) else cause
        else:
            return call.reply()
        raise call.failure or failure

    async def _send(self, call: _Call, request: dict[str, Any]) -> object:
        from openai.types.chat import ChatCompletion

        tool = _name_schema(request)
        for name in self._unwelcome & request.keys():
            value = request.pop(name)
            if name == "max_tokens":
                request["max_completion_tokens"] = value
        call.sent = frozenset(request)
        limit = int(request.get("max_tokens") or request.get("max_completion_tokens") or 0)

        async def once() -> transport.Json:
            call.requests += 1
            answer, size = await self._exchange(request)
            call.usage += _usage(answer.body, size, limit)
            return transport.judge(answer)

        envelope = await transport.persist(once, call.allowance, self._pause)
        call.read(envelope, tool, self.address.model)
        text = json.dumps(call.data, ensure_ascii=False)
        said: dict[str, Any] = {"role": "assistant", "content": text}
        if tool:
            function = {"name": tool, "arguments": text}
            said["tool_calls"] = [{"id": "call", "type": "function", "function": function}]
        choice = {"index": 0, "finish_reason": "stop", "message": said}
        return ChatCompletion.model_validate(
            {
                "id": "reply",
                "object": "chat.completion",
                "created": 0,
                "model": call.model_served,
                "choices": [choice],
            }
        )

    async def _exchange(self, request: dict[str, Any]) -> tuple[transport.HttpReply, int]:
        import openai

        failure: Exception
        try:
            answer = await self._connect().chat.completions.with_raw_response.create(**request)
            return self._received(answer.http_response)
        except openai.APIStatusError as error:
            return self._received(error.response)
        except openai.APIConnectionError as error:
            failure = self._explain(error)
        raise failure

    def _received(self, answer: httpx2.Response) -> tuple[transport.HttpReply, int]:
        body = answer.content
        if self.address.key != _NO_KEY:  # some endpoints quote the key they refuse
            body = body.replace(self.address.key.encode(), b"[key]")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return transport.HttpReply(answer.status_code, headers, body), len(answer.request.content)

    def _explain(self, error: BaseException) -> Exception:
        deepest = error
        while (cause := deepest.__cause__ or deepest.__context__) is not None:
            if isinstance(cause, LlmExtractError | transport.Transient):
                return cause
            deepest = cause
        where = urlsplit(self.address.base_url).netloc
        why = str(deepest) or type(deepest).__name__
        if self.address.key in why and self.address.key != _NO_KEY:
            why = type(deepest).__name__
        return transport.Transient("unreachable", f"{where} gives no answer: {why[:200]}")

    def _in_mode(self, mode: Mode) -> Client:
        """Return a client that shares the connections and never leaves ``mode``."""
        self._connect()
        forced = copy.copy(self)
        forced._auto, forced._mode = False, mode
        return forced

    def _connect(self) -> AsyncOpenAI:
        if self._sdk is None:
            self._sdk = _open(self.address)
        return self._sdk

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


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one mode works at an endpoint, and how that was seen."""

    mode: Mode
    works: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What an endpoint turned out to be able to do."""

    base_url: str
    model: str
    reachable: bool
    reason: str
    """Why it is not reachable; else which model answered."""
    models: tuple[str, ...] | None
    """Names the endpoint offers; None: it does not tell."""
    findings: tuple[Finding, ...]
    mode: Mode | None
    """The best mode that works; None: no mode does."""


async def probe(client: Client) -> Probe:
    """Ask one tiny question in every mode and say what came of it; raises nothing."""
    from pydantic import BaseModel, ConfigDict

    class Buoy(BaseModel):
        model_config = ConfigDict(extra="forbid")
        colour: Literal["amber", "teal"]
        depth_m: int

    # The wording does not ask for JSON: an obedient reply shows that the schema was enforced.
    question: Message = {"role": "user", "content": "Write one short sentence about the sea."}
    models = await client.list_models()
    findings: list[Finding] = []
    served = ""
    for mode in get_args(Mode):
        try:
            reply = await client._in_mode(mode).complete([question], Buoy, max_tokens=200)
        except ReplyError as error:
            findings.append(Finding(mode, False, error.message))
        except EndpointError as error:
            if error.problem != "unsupported":
                why = f"{error.message} ({error.hint})"
                return Probe(
                    client.address.base_url, client.model, False, why, models, tuple(findings), None
                )
            findings.append(Finding(mode, False, error.message))
        else:
            served = reply.model_served
            findings.append(Finding(mode, True, f"obeyed a schema in {reply.seconds:.1f} s"))
    best = next((finding.mode for finding in findings if finding.works), None)
    reason = f"{served} answered" if served else "it answers, but in no mode as asked"
    return Probe(client.address.base_url, client.model, True, reason, models, tuple(findings), best)


@dataclass(slots=True)
class _Call:
    """What is known of one question while it is being asked."""

    allowance: transport.Allowance
    mode: Mode = "json_schema"
    started: float = field(default_factory=time.monotonic)
    requests: int = 0
    usage: Usage = Usage()
    sent: frozenset[str] = frozenset()
    failure: Exception | None = None
    model_served: str = ""
    finish_reason: str = ""
    raw: str = ""
    data: transport.Json = field(default_factory=dict)
    repaired: str | None = None

    def read(self, envelope: transport.Json, tool: str, asked: str) -> None:
        """Take the first choice apart; raises ``ReplyError`` when it is of no use."""
        choice = envelope["choices"][0]
        message = choice["message"]
        self.model_served = str(envelope.get("model") or asked)
        self.finish_reason = str(choice.get("finish_reason") or "")
        self.raw = str(message.get("content") or message.get("refusal") or "")
        if message.get("refusal") or self.finish_reason == "content_filter":
            why = "a filter withheld it" if not message.get("refusal") else "it declined"
            raise ReplyError("refused", f"the model gave no answer: {why}", "try another model")
        arguments, why_not = _tool_arguments(message, tool) if tool else (self.raw, "")
        self.raw = arguments or self.raw
        if self.finish_reason == "length":
            raise _cut(self.raw)
        if why_not:
            raise ReplyError("malformed", why_not, "try --mode json_schema")
        if not self.raw.strip():
            raise ReplyError("empty", "the model answered nothing", "ask again, or another model")
        self.data, self.repaired = transport.read_object(self.raw)

    def reply(self) -> Reply:
        spent = self.spent()
        return Reply(
            data=self.data,
            raw=self.raw,
            model_served=self.model_served,
            mode=self.mode,
            finish_reason=self.finish_reason,
            usage=spent.usage,
            seconds=spent.seconds,
            requests=spent.requests,
            repaired=self.repaired,
        )

    def spent(self) -> Spent:
        seconds = time.monotonic() - self.started
        return Spent(self.usage, seconds, self.requests, self.finish_reason, self.raw)


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


def _open(address: Address) -> AsyncOpenAI:
    import httpx2
    import openai

    class Bounded(httpx2.AsyncHTTPTransport):
        """Reads an answer whole, so that its size is known before anything is made of it."""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = await super().handle_async_request(request)
            body = bytearray()
            try:
                async for part in cast("httpx2.AsyncByteStream", answer.stream):
                    body += part
                    if len(body) > transport.MAX_BODY_BYTES:
                        raise transport.oversized()
            finally:
                await answer.aclose()
            plain = transport.inflate(bytes(body), answer.headers.get("content-encoding", ""))
            dropped = {"content-encoding", "content-length", "transfer-encoding"}
            kept = [pair for pair in answer.headers.multi_items() if pair[0].lower() not in dropped]
            return httpx2.Response(answer.status_code, headers=kept, content=plain, request=request)

    # Loading the certificates takes 20 ms, and there is nothing to verify on this machine.
    plain = address.is_loopback and address.base_url.startswith("http://")
    sdk = openai.AsyncOpenAI(
        api_key=address.key,
        base_url=address.base_url,
        max_retries=0,
        # The whole exchange has one deadline (transport.persist); slow models may be silent long.
        timeout=httpx2.Timeout(None, connect=10.0),
        default_headers={"Accept-Encoding": "identity"},
        http_client=httpx2.AsyncClient(
            transport=Bounded(verify=not plain, proxy=_proxy(address.base_url)),
            follow_redirects=False,
            trust_env=False,
        ),
    )
    if address.provider != "openai":
        sdk.organization = sdk.project = None  # taken from the environment, meant for OpenAI only
    return sdk


def _proxy(base_url: str) -> str | None:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _at_url(name: str, url: str, key: str, replaying: bool) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        shown = url.rpartition("@")[2]  # what stands before an @ may be a password
        raise UsageError(f"not an address: {shown!r}", "write --base-url http://127.0.0.1:8080/v1")
    if parts.username or parts.password:
        raise UsageError(
            f"the address of {parts.hostname} holds a password", f"put the key in {OWN_KEYS[0]}"
        )
    if replaying:
        key = ""
    local = _is_loopback(parts.hostname)
    if key and parts.scheme == "http" and not local:
        raise EndpointError(
            "unauthorized",
            f"the key is not sent in the clear to {parts.hostname}",
            f"use https, or a tunnel to this machine, or unset {' and '.join(OWN_KEYS)}",
        )
    if not key and parts.scheme == "https" and not local and not replaying:
        raise EndpointError(
            "no_key",
            f"no key for {parts.hostname}: {OWN_KEYS[0]} is not set",
            f"export {OWN_KEYS[0]}=…",
        )
    return Address(parts.hostname, name, url, key or _NO_KEY)


_NO_KEY = "none"


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _name_schema(request: transport.Json) -> str:
    """Name the schema in a way all endpoints take; return the tool's name, or nothing."""
    if tools := request.get("tools"):
        name = _plain_name(tools[0]["function"]["name"])
        tools[0]["function"]["name"] = request["tool_choice"]["function"]["name"] = name
        return name
    schema = request.get("response_format", {}).get("json_schema")
    if schema:
        schema.update(name=_plain_name(schema["name"]), strict=True)
    return ""


def _plain_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64] or "reply"


def _sendable(text: str) -> str:
    # One for one, so that positions in the text stay what they are.
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _tool_arguments(message: transport.Json, tool: str) -> tuple[str, str]:
    """Return the arguments of the one call of ``tool``, or why there are none."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list) or not calls:
        prose = str(message.get("content") or "").strip()
        return "", "the model wrote prose where a tool call was due" if prose else ""
    if len(calls) > 1:
        return "", f"the model made {len(calls)} tool calls where one was due"
    function = calls[0].get("function") if isinstance(calls[0], dict) else None
    if not isinstance(function, dict) or function.get("name") != tool:
        return "", "the model called a tool that was not offered"
    arguments = function.get("arguments")
    return arguments if isinstance(arguments, str) else json.dumps(arguments), ""


def _cut(raw: str) -> ReplyError:
    if transport.is_looping(raw):
        hint = "ask again with another seed; a higher limit would only repeat more"
        return ReplyError("looping", "the reply repeats itself until the token limit", hint)
    hint = "allow more tokens, or read the article in smaller windows"
    return ReplyError("truncated", "the reply was cut at the token limit", hint)


def _shapeless(error: ValidationError) -> ReplyError:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
        for fault in faults[:3]
    )
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return ReplyError("malformed", f"the reply has another shape: {told}{more}", "ask again")


def _usage(body: bytes, sent_bytes: int, limit: int) -> Usage:
    try:
        said = json.loads(body).get("usage")
    except (ValueError, AttributeError, RecursionError):
        return Usage()
    if not isinstance(said, dict):
        return Usage()
    details = said.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        _plausible(said.get("prompt_tokens"), 4 * sent_bytes),
        # Hidden reasoning counts too, so few bytes may stand for many tokens.
        _plausible(said.get("completion_tokens"), max(4 * len(body), limit)),
        _plausible(cached, 4 * sent_bytes),
    )


def _plausible(count: object, most: int) -> int | None:
    fits = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= most
    return cast("int", count) if fits else None


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


async def _no_pause(_: float) -> None:
    """Go on at once: recorded waits are not waited for again."""
