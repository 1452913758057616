"""What comes over the wire: tried again when that can help, read strictly, named when it fails.

Three steps, top to bottom: ``persist`` repeats one HTTP exchange, ``judge`` turns an HTTP answer
into a chat completion or into the error it means, ``read_object`` turns the model's text into
the one JSON object it should be.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import json
import random
import re
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from llm_extract.errors import EndpointError, LlmExtractError, ReplyError

T = TypeVar("T")
Json = dict[str, Any]
"""A parsed JSON object."""

ATTEMPTS = 4
"""HTTP requests for one question, the first included."""
LONGEST_WAIT_S = 60.0
"""A Retry-After beyond this is not waited for."""
MAX_BODY_BYTES = 8 * 1024 * 1024
"""Largest answer read, after decompression."""
MAX_DEPTH = 64
MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One HTTP answer, read whole; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Allowance:
    """Seconds one question may still spend talking to the endpoint; waits are free."""

    left_s: float


class Transient(Exception):
    """One exchange failed in a way that another may not."""

    def __init__(
        self,
        problem: Literal["unreachable", "rate_limited", "malformed", "empty"],
        message: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message
        self.retry_after = retry_after

    def final(self) -> LlmExtractError:
        """Return the error this is when no try is left."""
        if self.problem == "rate_limited":
            hint = "wait, or ask for fewer articles at a time"
            return EndpointError("rate_limited", self.message, hint)
        if self.problem == "unreachable":
            hint = "check that the server runs and the address is right: llm-extract doctor"
            return EndpointError("unreachable", self.message, hint)
        return ReplyError(self.problem, self.message, "try again later, or another endpoint")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint said is wrong with a request; empty where it did not say."""

    status: int
    code: str = ""
    param: str = ""
    text: str = ""
    fields: Json = field(default_factory=dict)


class Rejected(ReplyError):
    """The endpoint did not take this request; its complaint may tell how to ask differently."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(
            "rejected",
            f"the endpoint rejected the request ({complaint.status}): {complaint.text}",
            "llm-extract doctor shows what this endpoint accepts",
        )
        self.complaint = complaint


async def persist(
    send: Callable[[], Awaitable[T]],
    allowance: Allowance,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Call ``send`` until it works, ``ATTEMPTS`` times at most, within ``allowance``."""

    async def once() -> T:
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(allowance.left_s, 0)) as deadline:
                return await send()
        except TimeoutError:
            if not deadline.expired():
                raise
        finally:
            allowance.left_s -= time.monotonic() - started
        raise ReplyError(
            "timeout",
            "the endpoint did not answer within the time one question may take",
            "allow more time, or use smaller windows",
        )

    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        retry=retry_if_exception_type(Transient),
        sleep=pause,
        reraise=True,
    )
    try:
        return await retrying(once)
    except Transient as last:
        failure = last.final()
    raise failure


_backoff = wait_random_exponential(multiplier=0.5, max=5, min=0.2)


def _wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, Transient) and failure.retry_after is not None:
        # Callers that were refused together must not come back together.
        return max(0.2, failure.retry_after * random.uniform(1.0, 1.1))
    return _backoff(state)


def inflate(body: bytes, encoding: str) -> bytes:
    """Undo a content encoding nobody asked for; refuses what grows beyond ``MAX_BODY_BYTES``."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise Transient("malformed", f"the answer is encoded as {_one_line(encoding)!r}")
    inflater = zlib.decompressobj(wbits=47)  # 47: zlib or gzip, told by the header
    try:
        plain = inflater.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise Transient("malformed", "the answer is said to be compressed and is not") from None
    if len(plain) > MAX_BODY_BYTES:
        raise oversized()
    if not inflater.eof:
        raise Transient("malformed", "the compressed answer is cut short")
    return plain


def oversized() -> ReplyError:
    """Return the error for an answer of more than ``MAX_BODY_BYTES``; asking again is no use."""
    return ReplyError(
        "malformed",
        f"the answer is larger than {MAX_BODY_BYTES // 1024 // 1024} MiB",
        "no chat completion is that large: check what answers at this address",
    )


def judge(reply: HttpReply) -> Json:
    """Return the chat completion of a good answer, or raise what a bad one means."""
    if not 200 <= reply.status < 300:
        raise _verdict(reply.headers, _complaint(reply.status, reply.body))
    envelope = _envelope(reply.body)
    if envelope.get("error"):
        # Gateways report the failure of the model behind them inside a 200.
        complaint = _complaint(reply.status, reply.body)
        code = complaint.fields.get("code")
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
        raise _verdict(reply.headers, _complaint(status, reply.body))
    choices = envelope.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Transient("empty", "the endpoint answered without a choice")
    if not isinstance(choices[0].get("message"), dict):
        raise Transient("empty", "the endpoint answered without a message")
    if choices[0].get("finish_reason") == "error":
        raise Transient("empty", "the endpoint broke off its answer with an error")
    return envelope


def _envelope(body: bytes) -> Json:
    try:
        envelope = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Transient("malformed", "the endpoint's answer is not valid UTF-8") from None
    except (ValueError, RecursionError):
        what = "a web page" if body.lstrip()[:1] == b"<" else "something other than JSON"
        raise Transient("malformed", f"the endpoint answered with {what}") from None
    if not isinstance(envelope, dict):
        raise Transient("malformed", "the endpoint answered with JSON that is no object")
    return envelope


def _complaint(status: int, body: bytes) -> Complaint:
    try:
        said = json.loads(body[:100_000].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        said = "a web page" if page else body[:300].decode("utf-8", "replace")
    if isinstance(said, dict):
        said = said.get("error") or said.get("detail") or said
    if not isinstance(said, dict):
        return Complaint(status, text=_one_line(str(said)))
    return Complaint(
        status,
        code=f"{said.get('code') or ''} {said.get('type') or ''}",
        param=str(said.get("param") or ""),
        text=_one_line(str(said.get("message") or "no reason given")),
        fields=said,
    )


_TRY_AGAIN = {408, 409, 425, 429}
_NO_QUOTA = re.compile(r"insufficient_quota|insufficient_balance|billing_(hard_limit|not_active)")
_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|prompt is too long"
    r"|exceeds? the (available |model'?s )?(maximum )?context"
    r"|context (window|length|size) exceeded",
    re.IGNORECASE,
)
_CONTEXT_NUMBERS = re.compile(
    r"maximum context length (?:is|of) (?P<room>\d+).*?(?P<need>\d+)\s+(?:input )?tokens",
    re.IGNORECASE,
)


def _verdict(headers: Mapping[str, str], complaint: Complaint) -> Exception:
    status, text = complaint.status, complaint.text
    if 300 <= status < 400:
        where = _one_line(headers.get("location", "elsewhere"))
        hint = "redirects are not followed, the article would go with them; give the right address"
        return EndpointError("unreachable", f"the endpoint redirects to {where}", hint)
    if status in {401, 403}:
        hint = "check the key in the environment and what it may use"
        return EndpointError("unauthorized", f"the endpoint refused the key: {text}", hint)
    if status == 402 or _NO_QUOTA.search(complaint.code):
        hint = "add credit, or name another model"
        return EndpointError("no_quota", f"no quota is left: {text}", hint)
    if status == 404:
        hint = "check the model's name, and that the address ends in /v1 or what the server uses"
        return EndpointError("no_such_model", f"the endpoint does not know the model: {text}", hint)
    if status in _TRY_AGAIN or status >= 500:
        return _later(headers, complaint)
    if _CONTEXT.search(f"{complaint.code} {text}"):
        return _too_long(complaint)
    return Rejected(complaint)


def _later(headers: Mapping[str, str], complaint: Complaint) -> Exception:
    problem: Literal["rate_limited", "unreachable"]
    problem = "rate_limited" if complaint.status == 429 else "unreachable"
    failure = Transient(
        problem, f"the endpoint answered {complaint.status}: {complaint.text}", _asked_wait(headers)
    )
    if failure.retry_after is not None and failure.retry_after > LONGEST_WAIT_S:
        until = dt.datetime.now().astimezone() + dt.timedelta(seconds=failure.retry_after)
        return EndpointError(
            problem,
            f"the endpoint asks to wait {failure.retry_after:.0f} s",
            f"run again after {until:%Y-%m-%d %H:%M:%S}",
        )
    if headers.get("x-should-retry", "").lower() == "false":
        return failure.final()
    return failure


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value := headers.get(name, "").strip()):
            return float(value) / unit
    try:
        when = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())


def _too_long(complaint: Complaint) -> ReplyError:
    need, room = complaint.fields.get("n_prompt_tokens"), complaint.fields.get("n_ctx")
    if not (isinstance(need, int) and isinstance(room, int)):
        numbers = _CONTEXT_NUMBERS.search(complaint.text)
        need, room = (int(numbers["need"]), int(numbers["room"])) if numbers else (None, None)
    size = f": it needs {need} tokens, the model takes {room}" if need and room else ""
    return ReplyError(
        "context_exceeded",
        f"the prompt does not fit the model's context{size}",
        "read the article in windows, or name a model with a longer context",
    )


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(char if char.isprintable() else "?" for char in flat)[:300]


def is_looping(text: str) -> bool:
    """Whether a reply cut by its token limit was only repeating itself."""
    if len(text) - len(text.rstrip()) > 200:
        return True
    words = text.split()
    seen: dict[int, int] = {}
    for start in range(len(words) - 19):
        gram = hash(tuple(words[start : start + 20]))
        seen[gram] = seen.get(gram, 0) + 1
        if seen[gram] > 10:
            return True
    # Words do not show "0000…" or "\n\n\n…" inside a string: look for a period at the end.
    gram_start = len(text) - 20
    period = gram_start - text.rfind(text[-20:], 0, len(text) - 1) if gram_start > 0 else 0
    return 0 < period <= gram_start and text.endswith(text[-period:] * 11)


class _Malformed(ValueError):
    """The text breaks a rule that Python's parser would let pass."""


def read_object(text: str) -> tuple[Json, str | None]:
    """Return the one JSON object in ``text`` and the repairs it needed, joined by ``+``.

    Raises ``ReplyError("malformed")``, which says what is wrong and where.
    """
    repairs: list[str] = []
    rest = text.strip()
    thought, closing, after = rest.rpartition("</think>")
    if closing and not thought.startswith(("{", "[", "`")):
        rest = after.strip()
        repairs.append("think")
    if fenced := re.fullmatch(r"```(?:json|JSON)?[ \t]*\n(.*?)\n?[ \t]*```", rest, re.DOTALL):
        rest = fenced[1].strip()
        repairs.append("fence")
    if not rest.startswith("{"):
        _refuse(f"it starts with {_one_line(rest[:30])!r}, not with an object")
    _check_depth(rest)
    try:
        data, end = _DECODER.raw_decode(rest)
        _check_strings(data, "")
    except json.JSONDecodeError as error:
        _refuse(f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}")
    except _Malformed as error:
        _refuse(str(error))
    if trailing := rest[end:].strip():
        if re.search(r"[{\[]", trailing):
            _refuse(f"more than one object; the first ends at character {end}")
        repairs.append("trailing")
    return data, "+".join(repairs) or None


def _refuse(what: str) -> NoReturn:
    hint = "ask again; llm-extract doctor shows which modes the endpoint honours"
    raise ReplyError("malformed", f"the model's reply is not usable JSON: {what}", hint) from None


def _check_depth(text: str) -> None:
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', text, re.DOTALL):
        mark = token[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MAX_DEPTH:
            _refuse(f"nested deeper than {MAX_DEPTH} levels at character {token.start()}")


def _check_strings(value: Any, where: str) -> None:
    if isinstance(value, str):
        if bad := re.search("[\x00\ud800-\udfff]", value):
            name = "a NUL" if bad[0] == "\0" else f"half a character (U+{ord(bad[0]):04X})"
            raise _Malformed(f"{name} in the string at {where}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key, f"{where}, in a key" if where else "a key")
            _check_strings(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_strings(item, f"{where}[{index}]")


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found: Json = {}
    for key, value in pairs:
        if key in found:
            raise _Malformed(f"the key {_one_line(key[:60])!r} is given twice in one object")
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _Malformed(f"a number of {len(digits)} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        raise _Malformed(f"the number {digits[:30]} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _Malformed(f"{name} is not a number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)
