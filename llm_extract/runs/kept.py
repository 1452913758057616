"""A client that keeps every answer before it is read, and never pays for the same one twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from llm_extract.client import Answer, Client, FailedReply, Reply, Spent, read_answer
from llm_extract.errors import EndpointError, ReplyError
from llm_extract.result import Message, Usage
from llm_extract.runs.budget import Budget
from llm_extract.runs.keys import question_key
from llm_extract.runs.ledger import Ledger, Unit
from llm_extract.runs.reply_cache import ReplyCache

_asked: ContextVar[tuple[str, Sequence[int]]] = ContextVar("asked", default=("first", ()))


def note_question(reason: str, sentences: Sequence[int]) -> None:
    """Say what the next question of this task is about."""
    _asked.set((reason, sentences))


@dataclass(slots=True)
class Answers:
    """Where answers are kept, and how more are had: what all units of a run share."""

    client: Client
    ledger: Ledger
    budget: Budget
    mode: str
    cache: ReplyCache | None = None
    ask: bool = True
    """False: only what is kept is read, as when records are made anew from old answers."""
    stopped: EndpointError | None = None
    """Set: nothing more is asked, and this is why."""
    reused: int = 0
    """Answers that were there already."""
    in_flight: dict[str, asyncio.Future[None]] = field(default_factory=dict)


class NotKept(ReplyError):
    """A question whose answer is not kept, where nothing may be asked."""

    def __init__(self) -> None:
        super().__init__(
            "empty",
            "no answer to this question is kept, and nothing was asked",
            "run without --reparse to ask",
        )


class KeptClient:
    """The client of one unit: asks through what all share."""

    def __init__(self, unit: Unit, answers: Answers, *, renew: bool = False) -> None:
        self._unit = unit
        self._answers = answers
        self._renew = renew
        """Ask again where the kept answer is of no use."""

    @property
    def model(self) -> str:
        """Name of the model that is asked."""
        return self._answers.client.model

    async def complete(
        self,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        *,
        max_tokens: int,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Reply:
        """Answer from what is kept, else ask once and keep what comes."""
        settings: dict[str, Any] = {
            "max_tokens": max_tokens,
            "seed": seed,
            "temperature": temperature,
        }
        shared = self._answers
        key = question_key(self.model, shared.mode, messages, response_model, **settings)

        async def ask() -> Answer:
            return await self._ask(key, messages, response_model, settings)

        answer, was_kept = await self._kept_or(key, ask)
        try:
            return read_answer(answer, response_model)
        except FailedReply:
            if not (was_kept and self._renew and shared.ask):
                raise
        return read_answer(await ask(), response_model)

    async def _kept_or(self, key: str, ask: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """Return a kept answer, or ask; whoever has the same question waits for the first."""
        shared = self._answers
        while (other := shared.in_flight.get(key)) is not None:
            await asyncio.shield(other)
        if (text := shared.ledger.reply(key)) is not None:
            shared.reused += 1
            return _read(text), True
        done = shared.in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            if shared.cache and (text := shared.cache.get(key)) is not None:
                await shared.ledger.copy_reply(key, text)
                shared.reused += 1
                return _read(text), True
            if not shared.ask:
                raise NotKept
            return await ask(), False
        finally:
            del shared.in_flight[key]
            done.set_result(None)

    async def _ask(
        self,
        key: str,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        settings: dict[str, Any],
    ) -> Answer:
        shared = self._answers
        if shared.stopped:
            raise shared.stopped
        reason, sentences = _asked.get()
        characters = sum(len(turn["content"]) for turn in messages)
        tokens = shared.budget.expected(characters, settings["max_tokens"])
        shared.budget.reserve(tokens)
        call = {"reason": reason, "sentences": sentences, "key": key}
        noted = False

        async def keep(answer: Answer) -> None:
            nonlocal noted
            noted = True
            text = _written(answer)
            await self._note(call, tokens, answer, None, text)
            if shared.cache:
                shared.cache.put(key, text)

        try:
            return await shared.client.ask(
                messages, response_model, expected_tokens=tokens, keep=keep, **settings
            )
        except FailedReply as error:
            if not noted:
                await self._note(call, tokens, error.spent, error.problem, None)
            raise
        except BaseException:
            if not noted:
                shared.budget.release(tokens)
            raise

    async def _note(
        self,
        call: dict[str, Any],
        reserved: float,
        spent: Answer | Spent,
        problem: str | None,
        answer: str | None,
    ) -> None:
        shared = self._answers
        counted, usd = shared.budget.settle(reserved, spent.usage)
        costs = {"requests": spent.requests, "usage": spent.usage, "seconds": spent.seconds}
        whole = {**call, **costs, "problem": problem, "usd": usd, "counted": counted}
        await shared.ledger.keep(self._unit, whole, answer)


def _written(answer: Answer) -> str:
    fields = {name: getattr(answer, name) for name in ("envelope", "mode", "tool", "requests")}
    return (
        json.dumps(
            {**fields, "usage": answer.usage.model_dump(), "seconds": round(answer.seconds, 3)},
            ensure_ascii=False,
        )
        .encode("utf-8", "backslashreplace")
        .decode()
    )


def _read(text: str) -> Answer:
    kept = json.loads(text)
    return Answer(**{**kept, "usage": Usage(**kept["usage"])})
