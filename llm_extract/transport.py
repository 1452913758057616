"""What comes over the wire: tried again when that can help, named when it fails.

Two steps, top to bottom: ``persist`` repeats one HTTP exchange, ``judge`` turns an HTTP answer
into a chat completion or into the error it means.
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
from typing import Literal, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from llm_extract.errors import EndpointError, LlmExtractError, ReplyError
from llm_extract.gate import Gate, Outcome
from llm_extract.reply_text import Json, one_line
from llm_extract.result import Usage

T = TypeVar("T")

ATTEMPTS = 4
"""HTTP requests for one question, the first included; those refused with 429 do not count."""
LONGEST_WAIT_S = 60.0
"""A Retry-After beyond this is not waited for."""
PATIENCE_S = 300.0
"""How long one question waits after 429, all its waits together."""
MAX_BODY_BYTES = 8 * 1024 * 1024
"""Largest answer read, after decompression."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One HTTP answer, read whole; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_bytes: int
    """Size of the request it answers."""


@dataclass(slots=True)
class Allowance:
    """What one question may still spend, however many requests it takes."""

    left_s: float
    """Seconds of talking to the endpoint; waits are free."""
    patience_s: float = PATIENCE_S
    """Seconds of waiting after 429."""
    refusals: int = 0
    """How often the answer was 429."""
    tokens: float = 0.0
    """What one request is expected to use."""


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
    gate: Gate | None = None,
) -> T:
    """Call ``send`` until it works, ``ATTEMPTS`` times at most, within ``allowance``.

    Being told to wait (429) is no failed attempt; it ends when the patience does. Where a
    ``gate`` is shared, each request waits for its turn there, and no attempt is spent on an
    endpoint that is down.
    """

    async def in_turn() -> T:
        while True:
            try:
                return await _once(send, allowance, gate)
            except Transient as error:
                if error.problem == "rate_limited":
                    refusal = error
                elif gate and gate.is_down:
                    continue
                else:
                    raise
            await pause(_turn(refusal, allowance))

    retrying = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        retry=retry_if_exception_type(Transient),
        sleep=pause,
        reraise=True,
    )
    try:
        return await retrying(in_turn)
    except Transient as last:
        failure = last.final()
    raise failure


async def _once(send: Callable[[], Awaitable[T]], allowance: Allowance, gate: Gate | None) -> T:
    """Wait for a turn and make one exchange, within the time that is left."""
    if gate is None:
        return await _in_time(send, allowance)
    turn = await gate.enter(allowance.tokens)
    outcome: Outcome = "left"
    retry_after: float | None = None
    try:
        answer = await _in_time(send, allowance)
        outcome = "well"
    except Transient as error:
        outcome = "refused" if error.problem == "rate_limited" else "failed"
        retry_after = error.retry_after
        raise
    except EndpointError as error:
        outcome = "failed" if error.problem == "unreachable" else "left"
        raise
    except ReplyError as error:
        # What is wrong with this question speaks for the endpoint.
        outcome = "failed" if error.problem == "timeout" else "well"
        raise
    finally:
        gate.leave(turn, outcome, retry_after=retry_after)
    return answer


async def _in_time(send: Callable[[], Awaitable[T]], allowance: Allowance) -> T:
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


_backoff = wait_random_exponential(multiplier=0.5, max=5, min=0.2)


def _turn(refusal: Transient, allowance: Allowance) -> float:
    """Return the seconds to wait after a 429; raises when the patience is at its end."""
    own = min(10.0, 0.5 * 2.0**allowance.refusals)
    wait = max(own, refusal.retry_after or 0.0)
    allowance.refusals += 1
    if wait > allowance.patience_s:
        raise EndpointError(
            "rate_limited",
            f"{refusal.message} (asked {allowance.refusals} times)",
            "wait, or ask for fewer articles at a time",
        )
    # Counted before chance comes in: a replay must give up at the same request.
    allowance.patience_s -= wait
    if refusal.retry_after is None:
        return random.uniform(0.2, wait)
    return wait * random.uniform(1.0, 1.1)


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
        raise Transient("malformed", f"the answer is encoded as {one_line(encoding)!r}")
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
        return Complaint(status, text=one_line(str(said)))
    return Complaint(
        status,
        code=f"{said.get('code') or ''} {said.get('type') or ''}",
        param=str(said.get("param") or ""),
        text=one_line(str(said.get("message") or "no reason given")),
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
        where = one_line(headers.get("location", "elsewhere"))
        hint = "redirects are not followed, the article would go with them; give the right address"
        return EndpointError("redirected", f"the endpoint redirects to {where}", hint)
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
        problem, f"the endpoint answered {complaint.status}: {complaint.text}", asked_wait(headers)
    )
    if failure.retry_after is not None and failure.retry_after > LONGEST_WAIT_S:
        until = dt.datetime.now().astimezone() + dt.timedelta(seconds=failure.retry_after)
        return EndpointError(
            "rate_limited",
            f"the endpoint asks to wait {failure.retry_after:.0f} s",
            f"run again after {until:%Y-%m-%d %H:%M:%S}",
        )
    if headers.get("x-should-retry", "").lower() == "false":
        return failure.final()
    return failure


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds an answer asks to wait before the next request; None: it does not."""
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


def told_usage(reply: HttpReply, limit: int) -> Usage:
    """Return the tokens an answer tells of, as far as they can be believed.

    ``limit`` is the number of tokens the model was allowed to write.
    """
    try:
        said = json.loads(reply.body).get("usage")
    except (ValueError, AttributeError, RecursionError):
        return Usage()
    if not isinstance(said, dict):
        return Usage()
    details = said.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        prompt_tokens=_plausible(said.get("prompt_tokens"), 4 * reply.sent_bytes),
        # Hidden reasoning counts too, so few bytes may stand for many tokens.
        completion_tokens=_plausible(
            said.get("completion_tokens"), max(4 * len(reply.body), limit)
        ),
        cached_tokens=_plausible(cached, 4 * reply.sent_bytes),
    )


def _plausible(count: object, most: int) -> int | None:
    if not isinstance(count, int) or isinstance(count, bool):
        return None
    return count if 0 <= count <= most else None
