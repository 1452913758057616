"""One article and one record type become one extraction: ask, code, verify, ask again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from llm_extract.article import Article
from llm_extract.bins import judge_mention, judge_toll
from llm_extract.client import ChatClient, Reply
from llm_extract.coding.instructions import instructions_in
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.errors import ReplyError
from llm_extract.gathering import Gathered, replaced
from llm_extract.judging import Verdict, judge_draft
from llm_extract.profiles import Profile, context_of, first_questions, halves
from llm_extract.record import Record
from llm_extract.record_type import RecordType, reply_model
from llm_extract.rendering import render
from llm_extract.result import Attempt, Extraction, Fingerprints, ServedBy, Usage, writable
from llm_extract.unclaimed import claimed_numbers, unclaimed_sentences

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with the record type, windows done and windows in all."""


class Extractor:
    """Asks one client about articles, in one profile; ``at_once`` windows of one side by side."""

    def __init__(
        self,
        client: ChatClient,
        profile: Profile,
        *,
        endpoint: str = "",
        max_asks: int | None = None,
        at_once: int = 1,
        before: Callable[[str, Sequence[int]], None] = lambda reason, sentences: None,
    ) -> None:
        self.client = client
        self.before = before
        """Called before each question with why it is asked and the sentences it is about."""
        self.profile = profile
        self.endpoint = endpoint
        self.max_asks = profile.asks if max_asks is None else max_asks
        self.at_once = at_once

    async def extract(
        self, article: Article, record_type: RecordType, progress: Progress | None = None
    ) -> Extraction[Record]:
        """Find the records of one type in one article.

        Raises ``EndpointError`` when no further call can work; every other failure is told in
        the extraction's state.
        """
        text = NumberedText.of(article)
        found = Gathered()
        spans = list(first_questions(text, record_type.name, self.profile))
        begun = 0

        async def ask(window: tuple[int, ...], worth_asking: bool) -> Gathered:
            nonlocal begun
            if progress:
                progress(record_type.name, begun, len(spans))
            begun += 1
            part = Gathered()
            if not worth_asking:
                found.not_asked += window
                return part
            context = context_of(window, self.profile)
            await self._window(text, record_type, window, context, part, reason="first")
            return part

        for part in await side_by_side([partial(ask, *span) for span in spans], self.at_once):
            found.add(part)
        found.not_asked.sort()
        found.merge()
        if self.profile.second_look:
            await self._second_look(text, record_type, found)
            found.merge()
        return self._finish(article, record_type, text, found)

    async def _window(
        self,
        text: NumberedText,
        record_type: RecordType,
        window: Sequence[int],
        context: Sequence[int],
        found: Gathered,
        *,
        reason: str,
        focus: int | None = None,
    ) -> None:
        prompt = render(
            record_type,
            text,
            window,
            context=context,
            focus=focus,
            full=self.profile.full,
            bins=self.profile.bins,
        )
        messages: list[Any] = prompt.messages
        reply = await self._ask(messages, record_type, window, found, reason)
        if isinstance(reply, ReplyError):
            if reply.problem in ("truncated", "looping", "context_exceeded") and len(window) > 1:
                for half in halves(window):
                    await self._window(text, record_type, half, (), found, reason="split")
            else:
                found.unanswered |= set(window) if len(window) == 1 else set()
                found.failures.append(f"sentences {window[0]}-{window[-1]}: {reply.message}")
            return
        found.answered += 1
        shown = (*context, *window)
        latest = verdicts = self._judge(reply, record_type, text, shown)
        for _ in range(self.max_asks):
            questions = [
                f"Record {index}: {question}"
                for index, verdict in enumerate(latest, start=1)
                if verdict.rejected or self.profile.asks_about_fields
                for question in verdict.questions
            ]
            if not questions:
                break
            messages = [*messages, *_asked_again(reply, questions)]
            again = await self._ask(messages, record_type, window, found, "ask_again")
            if isinstance(again, ReplyError):
                break
            reply = again
            latest = self._judge(again, record_type, text, shown)
            verdicts = replaced(verdicts, latest)
        found.keep(verdicts)

    async def _ask(
        self,
        messages: list[Any],
        record_type: RecordType,
        window: Sequence[int],
        found: Gathered,
        reason: Any,
    ) -> Reply | ReplyError:
        """Ask once, and once more with another seed if the answer was unusable by chance."""
        model = reply_model(
            record_type,
            full=self.profile.full,
            bins=self.profile.bins,
            most=self.profile.most_records,
        )
        for seed, temperature in ((None, 0.0), (7, 0.3)):
            self.before(reason, window)
            try:
                reply = await self.client.complete(
                    messages,
                    model,
                    max_tokens=self.profile.max_tokens,
                    seed=seed,
                    temperature=temperature,
                )
            except ReplyError as error:
                found.attempts.append(_failed_attempt(error, reason, window))
                if error.problem not in ("malformed", "empty") or seed is not None:
                    return error
                reason = "malformed"
                continue
            found.served = reply.model_served or found.served
            found.attempts.append(_attempt(reply, reason, window))
            return reply
        raise AssertionError("unreachable")

    def _judge(
        self,
        reply: Reply,
        record_type: RecordType,
        text: NumberedText,
        shown: Sequence[int],
    ) -> list[Verdict]:
        data = writable(reply.data)
        full = self.profile.full
        verdicts = [
            judge_draft(draft, record_type, text, shown, full=full)
            for draft in data.get("records") or ()
        ]
        if self.profile.bins:
            verdicts += [judge_toll(t, text, shown) for t in data.get("aggregate_tolls") or ()]
            verdicts += [judge_mention(m, text, shown) for m in data.get("excluded_mentions") or ()]
        return verdicts

    async def _second_look(
        self, text: NumberedText, record_type: RecordType, found: Gathered
    ) -> None:
        """Ask about each sentence whose figure nothing has claimed, one in a question."""

        async def ask(number: int) -> Gathered:
            part = Gathered()
            await self._window(
                text, record_type, (number,), (), part, reason="second_look", focus=number
            )
            return part

        claimed = claimed_numbers(found.records, found.tolls, found.mentions)
        numbers = [
            number
            for number in unclaimed_sentences(record_type.name, text, claimed)
            if number not in found.unanswered
        ]
        for part in await side_by_side([partial(ask, n) for n in numbers], self.at_once):
            found.add(part)

    def _finish(
        self, article: Article, record_type: RecordType, text: NumberedText, found: Gathered
    ) -> Extraction[Record]:
        found.number(record_type.id_prefix, record_type.name)
        claimed = claimed_numbers(found.records, found.tolls, found.mentions)
        alarms = unclaimed_sentences(record_type.name, text, claimed)
        return Extraction[Record](
            article_id=article.id,
            article_sha256=article.sha256,
            record_type=record_type.name,
            state=found.state,
            failure="; ".join(found.failures) or None,
            records=found.records,
            rejected=found.rejected,
            aggregate_tolls=found.tolls,
            excluded_mentions=found.mentions,
            recall_alarms=list(alarms),
            not_asked=found.not_asked,
            flags=_flags(article, text),
            notes=found.notes,
            model=ServedBy(asked=self.client.model, served=found.served, endpoint=self.endpoint),
            profile=self.profile.name,
            fingerprints=fingerprints(article, record_type),
            attempts=found.attempts,
            usage=found.usage,
            tool_version=tool_version(),
        )


def failed_extraction(
    extractor: Extractor,
    article: Article,
    record_type: RecordType,
    failure: str,
    *,
    is_final: bool = False,
) -> Extraction[Record]:
    """Return the line of an article about which nothing is known but why."""
    return Extraction[Record](
        article_id=article.id,
        article_sha256=article.sha256,
        record_type=record_type.name,
        state="failed",
        failure=failure,
        failure_is_final=is_final,
        model=ServedBy(asked=extractor.client.model, endpoint=extractor.endpoint),
        profile=extractor.profile.name,
        fingerprints=fingerprints(article, record_type),
        tool_version=tool_version(),
    )


def _asked_again(reply: Reply, questions: list[str]) -> list[dict[str, str]]:
    listed = "\n".join(f"- {q}" for q in questions)
    return [
        {"role": "assistant", "content": reply.raw},
        {
            "role": "user",
            "content": "Some records are not borne out by the sentences they cite:\n"
            f"{listed}\nAnswer again with these records only, set right; copy words from the "
            "article, write null where it tells nothing, leave out what is no record.",
        },
    ]


def _attempt(reply: Reply, reason: Any, window: Sequence[int]) -> Attempt:
    return Attempt(
        reason=reason,
        sentences=list(window),
        finish_reason=reply.finish_reason,
        mode=reply.mode,
        repaired=reply.repaired,
        requests=reply.requests,
        usage=reply.usage,
        seconds=round(reply.seconds, 3),
    )


def _failed_attempt(error: ReplyError, reason: Any, window: Sequence[int]) -> Attempt:
    spent = getattr(error, "spent", None)
    return Attempt(
        reason=reason,
        sentences=list(window),
        problem=f"{error.problem}: {error.message}",
        finish_reason=spent.finish_reason if spent else "",
        requests=spent.requests if spent else 0,
        usage=spent.usage if spent else Usage(),
        seconds=round(spent.seconds, 3) if spent else 0.0,
    )


def _flags(article: Article, text: NumberedText) -> list[str]:
    flags = [*article.warnings]
    suspicious = list(instructions_in(text))
    if suspicious:
        flags.append(f"sentences {suspicious} speak to a machine; nothing they say is coded")
    return flags


def fingerprints(article: Article, record_type: RecordType) -> Fingerprints:
    """Return short hashes of the article, the prompt template and the record type's schema."""
    return Fingerprints(article=article.sha256[:12], **type_fingerprints(record_type))


def type_fingerprints(record_type: RecordType) -> dict[str, str]:
    """Return short hashes of a record type's prompt template and schema."""
    return {"prompt": record_type.prompt_hash, "types": _schema_hash(record_type.model)}


@cache
def _schema_hash(model: type[Record]) -> str:
    return _short_hash(json.dumps(model.model_json_schema(), sort_keys=True))


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def tool_version() -> str:
    """Return the installed version of llm-extract."""
    try:
        return version("llm-extract")
    except PackageNotFoundError:
        return "unknown"


async def side_by_side(parts: Sequence[Callable[[], Awaitable[T]]], at_once: int) -> list[T]:
    """Do parts of a work, so many at a time; return what they give, in their order.

    The first that fails ends the others.
    """
    if at_once <= 1 or len(parts) <= 1:
        return [await part() for part in parts]
    room = asyncio.Semaphore(at_once)

    async def one(part: Callable[[], Awaitable[T]]) -> T:
        async with room:
            return await part()

    tasks = [asyncio.ensure_future(one(part)) for part in parts]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def run_sync(coroutine: Any) -> Any:
    """Run to the end, also where an event loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    import threading

    outcome: dict[str, Any] = {}

    def work() -> None:
        try:
            outcome["value"] = asyncio.run(coroutine)
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
