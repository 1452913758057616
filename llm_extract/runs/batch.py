"""The work of a run: articles come in, units are done side by side, each ends in one state."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from llm_extract.article import Article
from llm_extract.errors import EndpointError, InputError, LlmExtractError
from llm_extract.extraction import Extractor, failed_extraction, side_by_side
from llm_extract.profiles import Profile
from llm_extract.reading import SeenIds, Unreadable
from llm_extract.record import Record
from llm_extract.record_type import RecordType
from llm_extract.result import Extraction
from llm_extract.runs.kept import Answers, KeptClient, note_question
from llm_extract.runs.keys import unit_key
from llm_extract.runs.ledger import Found, Ledger, Unit

GRACE_S = 9.0
"""How long questions in flight may still take when a run is told to stop."""


@dataclass(frozen=True, slots=True)
class Work:
    """How articles are put to the model in a run."""

    types: Sequence[RecordType]
    profile: Profile
    endpoint: str
    max_asks: int | None
    mode: str
    side_by_side: int = 1
    """Articles worked on at the same time, and windows of one."""
    renew: bool = False
    """Ask again where a kept answer is of no use."""


@dataclass(slots=True)
class Tally:
    """How far this start of a run has come."""

    articles: int = 0
    """Articles read."""
    done: int = 0
    """Articles with all their units done, in an earlier start or in this."""
    done_earlier: int = 0
    """Articles with all their units done in an earlier start."""
    units: int = 0
    earlier: int = 0
    """Units done in an earlier start."""
    again: int = 0
    """Units done in an earlier start, whose text, prompt, schema or model has changed since."""
    failed: int = 0
    records: int = 0
    unreadable: int = 0


class Listener:
    """Hears how a run goes; the silent one. Texts of articles are never told."""

    def read(self, article: Article) -> None:
        """An article has been read."""

    def unreadable(self, item: Unreadable) -> None:
        """An input could not be read."""

    def asking(self, article_id: str, record_type: str, done: int, whole: int) -> None:
        """So many of an article's windows have been asked about."""

    def finished(self, article_id: str) -> None:
        """All units of an article are done, or were."""

    def found(self, extraction: Extraction[Record]) -> None:
        """A unit is done."""

    def event(self, name: str, **facts: Any) -> None:
        """Something for the log."""


@dataclass
class Batch:
    """Does the work of one start of a run."""

    ledger: Ledger
    answers: Answers
    work: Work
    listener: Listener = field(default_factory=Listener)
    around: Callable[[Article], AbstractAsyncContextManager[None]] = lambda article: nullcontext()
    """What an article's questions are asked in, as a recording."""
    tally: Tally = field(default_factory=Tally)
    stopped_by: LlmExtractError | None = None
    """Why the rest was not done."""
    interrupted: bool = False
    grace_s: float = GRACE_S
    _seen: SeenIds = field(default_factory=SeenIds)
    _read_so_far: int = 0
    _in_vain: int = 0
    _was_well: bool = False
    _once_more: bool = False
    """Whether units that were put off are being done."""

    def __post_init__(self) -> None:
        self._types = {record_type.name: record_type for record_type in self.work.types}

    async def run(self, articles: Iterable[Article | Unreadable]) -> None:
        """Do all units of these articles, then what is left over of this and earlier starts.

        What ends the run early is told in ``stopped_by`` and ``interrupted``.
        """
        self.ledger.forget_unreadable()
        self._was_well = self.ledger.has_replies()
        await self._all(self._read(articles))
        if not self.is_over:
            self.ledger.flush()
            self._once_more = True
            await self._all(self._left())

    async def give_up(self, articles: Iterable[Article | Unreadable], why: str) -> None:
        """Enter all that was not done, the articles not yet read too, as failed."""
        for _ in self._read(articles):
            pass
        self.ledger.flush()
        for article, units in self._left():
            for unit in units:
                extractor, record_type = self._extractor(unit), self._types[unit.type]
                failed = failed_extraction(extractor, article, record_type, why, is_final=True)
                await self._keep(unit, failed)
            self._article_done(article.id)

    def _left(self) -> Iterator[tuple[Article, list[Unit]]]:
        """Yield what is still to be done of this run's record types."""
        for article, units in self.ledger.pending():
            if wanted := [unit for unit in units if unit.type in self._types]:
                yield article, wanted

    def stop(self, error: LlmExtractError | None) -> None:
        """Ask nothing more; what is in flight may still come in. None: the user interrupts."""
        if error is None:
            self.interrupted = True
        elif self.stopped_by is None:
            self.stopped_by = error
        reason = EndpointError("unreachable", error.message if error else "interrupted")
        self.answers.stopped = self.answers.stopped or reason
        if self.answers.client.gate is not None:
            self.answers.client.gate.stop(reason)

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be asked."""
        return self.stopped_by is not None or self.interrupted

    async def _all(self, to_do: Iterator[tuple[Article, list[Unit]]]) -> None:
        # While one article is coded, another may be asked about.
        most = self.work.side_by_side
        room = asyncio.Semaphore(most + most // 2)
        tasks: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            room.release()

        try:
            for article, units in to_do:
                await room.acquire()
                if self.is_over:
                    break
                task = asyncio.create_task(self._article(article, units))
                tasks.add(task)
                task.add_done_callback(ended)
            while tasks and not self.is_over:
                await asyncio.wait(set(tasks), timeout=0.2)
            if tasks:
                await asyncio.wait(set(tasks), timeout=self.grace_s)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _read(
        self, articles: Iterable[Article | Unreadable]
    ) -> Iterator[tuple[Article, list[Unit]]]:
        for item in articles:
            if self.interrupted:
                return
            if isinstance(item, Unreadable):
                self._unreadable(item)
                continue
            if not self._is_new(item):
                continue
            self.tally.articles += 1
            self.listener.read(item)
            units = self._admit(item)
            if units:
                yield item, units
            else:
                self.tally.done_earlier += 1
                self._article_done(item.id)

    def _is_new(self, article: Article) -> bool:
        """Whether this start has not read the article yet; two texts of one id are told."""
        self._read_so_far += 1
        earlier = self._seen.check(article.id, article.text, self._read_so_far)
        if earlier is None:
            return True
        if not earlier.same_text:
            error = InputError(
                f"the id {article.id[:80]!r} already names another text, number {earlier.place}",
                "give each article an id of its own",
            )
            self._unreadable(Unreadable(article.id, error))
        return False

    def _unreadable(self, item: Unreadable) -> None:
        self.tally.unreadable += 1
        self.ledger.fail_unreadable(item.where, item.reason.message)
        self.listener.unreadable(item)

    def _admit(self, article: Article) -> list[Unit]:
        """Enter an article; return those of its units that are to be done."""
        work, model = self.work, self.answers.client.model
        keys = {
            t.name: unit_key(article, t, work.profile, work.max_asks, model, work.mode)
            for t in work.types
        }
        to_do = []
        for unit in self.ledger.admit(article, keys):
            self.tally.units += 1
            if unit.state == "pending":
                self.tally.again += unit.changed
                to_do.append(unit)
            else:
                self.tally.earlier += 1
        return to_do

    async def _article(self, article: Article, units: Sequence[Unit]) -> None:
        parts = [partial(self._unit, article, unit, self._types[unit.type]) for unit in units]
        try:
            async with self.around(article):
                await side_by_side(parts, self.work.side_by_side)
        except LlmExtractError as error:
            self.stop(error)
            return
        if all(unit.state != "pending" for unit in self.ledger.units_of(article.id)):
            self._article_done(article.id)

    async def _unit(self, article: Article, unit: Unit, record_type: RecordType) -> None:
        """Do one unit: it ends in a state, or stays to be done; raises what ends the run."""
        extractor = self._extractor(unit)
        asking = partial(self.listener.asking, article.id)
        try:
            extraction = await extractor.extract(article, record_type, asking)
        except EndpointError as error:
            if self.is_over:
                return
            if not self._only_this_one(error):
                raise
            if not self._once_more:
                self.ledger.postpone(unit, error.message)
                return
            extraction = failed_extraction(extractor, article, record_type, error.message)
        except LlmExtractError:
            raise
        except Exception as error:
            extraction = failed_extraction(extractor, article, record_type, _told(error))
            self.listener.event(
                "unforeseen", article=article.id, type=unit.type, where=_where(error)
            )
        await self._keep(unit, extraction)

    def _extractor(self, unit: Unit) -> Extractor:
        return Extractor(
            KeptClient(unit, self.answers, renew=self.work.renew),
            self.work.profile,
            endpoint=self.work.endpoint,
            max_asks=self.work.max_asks,
            at_once=self.work.side_by_side,
            before=note_question,
        )

    def _only_this_one(self, error: EndpointError) -> bool:
        """Whether it is this unit that gets no answer, and not the endpoint that is gone.

        As long as no answer has come at all, three units in vain, or all there are, mean the
        endpoint.
        """
        gate = self.answers.client.gate
        if error.problem != "unreachable" or gate is None:
            return False
        if gate.ever_well:
            return True
        self._in_vain += 1
        return self._in_vain < 3 and (not self._once_more or self._was_well)

    async def _keep(self, unit: Unit, extraction: Extraction[Record]) -> None:
        price = self.answers.budget.price
        extraction.cost = price.of(extraction.usage) if price and extraction.attempts else None
        seconds = sum(attempt.seconds for attempt in extraction.attempts)
        found = Found(
            extraction.state,
            extraction.model_dump_json(),
            extraction.failure,
            len(extraction.records),
            len(extraction.rejected),
            seconds,
        )
        await self.ledger.finish(unit, found)
        self.tally.failed += extraction.state == "failed"
        self.tally.records += len(extraction.records)
        self.listener.found(extraction)
        self.listener.event(
            "unit",
            article=unit.article,
            type=unit.type,
            state=extraction.state,
            records=len(extraction.records),
            rejected=len(extraction.rejected),
            questions=len(extraction.attempts),
            tokens=extraction.usage.total,
            seconds=round(seconds, 3),
            failure=extraction.failure,
        )

    def _article_done(self, article_id: str) -> None:
        self.tally.done += 1
        self.listener.finished(article_id)


def _told(error: Exception) -> str:
    # Its words may quote the article.
    return f"unforeseen {type(error).__name__} in {_where(error)}"


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
