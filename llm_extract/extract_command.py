"""`extract`: articles in, extraction lines out; as a run that can be gone on with, or at once."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import FrameType
from typing import Any, cast

from llm_extract import outputs
from llm_extract.article import Article
from llm_extract.client import Mode
from llm_extract.console import json_line, tell, tell_error
from llm_extract.errors import EndpointError, Halted, StoreError
from llm_extract.extraction import tool_version, type_fingerprints
from llm_extract.gate import Gate
from llm_extract.inputs import opened_articles, types_of
from llm_extract.limits import JOBS, Limits, price_of
from llm_extract.models import OpenModel, is_local, open_model
from llm_extract.one_by_one import tape
from llm_extract.prices import Price
from llm_extract.progress import weights_progress
from llm_extract.reading import Unreadable, expected_articles
from llm_extract.record_type import RecordType
from llm_extract.runs.batch import Batch, Work
from llm_extract.runs.budget import Budget
from llm_extract.runs.display import MOST_SHOWN, Display, open_log
from llm_extract.runs.folder import RunFolder, Settings, option_of, resolved, with_whole_paths
from llm_extract.runs.kept import Answers
from llm_extract.runs.ledger import Ledger
from llm_extract.runs.reply_cache import ReplyCache
from llm_extract.summary import summarise

_PATIENCE_S = 600.0
_SPARE_FILES = 64


@dataclass(frozen=True, slots=True)
class Extracting:
    """One call of the command."""

    settings: Settings
    limits: Limits
    run: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    retry_failed: bool = False
    reparse: bool = False
    quiet: bool = False
    log: Path | None = None


def run_extract(asked: Extracting) -> int:
    """Do what was asked; return the exit status."""
    with ExitStack() as stack:
        place = _Place.of(asked, stack)
        types = types_of(place.settings)
        if place.output is not None:
            outputs.check(place.output)
        articles, trouble = opened_articles(place.settings, is_new=place.is_new)
        ledger = stack.enter_context(place.folder.ledger())
        place.prepare(ledger, asked, types)
        log = stack.enter_context(open_log(asked.log)) if asked.log else None
        price = price_of(place.settings.model, place.settings.base_url, asked.limits)
        opened = _open(place, asked, stack)
        tell(f"model: {opened.client.model}, {opened.place}")
        emitter = _Emitter(ledger) if place.streams else None
        display = Display(
            whole=expected_articles(place.settings.sources),
            log=log,
            read=emitter.expect if emitter else lambda article_id: None,
            done=emitter.done if emitter else lambda article_id: None,
        )
        batch = _batch(ledger, opened, types, place, asked, display, price, stack)
        display.batch = batch
        if emitter:
            emitter.broken_pipe = lambda: batch.stop(None)
        status = _Run(batch, display, place, articles).go()
        if emitter and emitter.error:
            raise emitter.error
        _write(place, ledger, batch)
        if batch.stopped_by and not isinstance(batch.stopped_by, EndpointError | Halted):
            raise batch.stopped_by
        _summary(batch, display, place, asked.quiet)
        return status or int(trouble or _has_failures(ledger, batch))


@dataclass
class _Place:
    """Where a run lives: a folder that stays, or one that goes when all is done."""

    folder: RunFolder
    settings: Settings
    stays: bool
    is_new: bool
    output: Path | None

    @classmethod
    def of(cls, asked: Extracting, stack: ExitStack) -> _Place:
        if asked.run is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llm-extract-")))
            output = _path(asked.settings.output)
            return cls(RunFolder(path), asked.settings, False, True, output)
        folder = RunFolder(asked.run)
        if not folder.exists and not asked.settings.sources:
            folder.read()  # says what is missing
        stack.enter_context(folder.locked())
        is_new = not folder.exists
        given = with_whole_paths(asked.settings)
        settings = given if is_new else resolved(folder.read(), given)
        if not is_new and not folder.ledger_path.is_file():
            raise StoreError(f"{folder.ledger_path} is gone", "start the run anew")
        return cls(folder, settings, True, is_new, _path(settings.output) or folder.default_output)

    @property
    def streams(self) -> bool:
        """Whether lines go to stdout as they come."""
        return self.output is None

    @property
    def resume(self) -> str:
        """The command that goes on."""
        return shlex.join(["llm-extract", "extract", "--run", str(self.folder.path)])

    def prepare(self, ledger: Ledger, asked: Extracting, types: Sequence[RecordType]) -> None:
        """Note the settings, say what has changed since, and open again what is to be redone."""
        if not self.stays:
            return
        prints = {t.name: _prints(t) for t in types}
        if not self.is_new:
            before = self.folder.facts().get("record_types", {})
            for name, now in prints.items():
                what = [k for k in now if before.get(name, now).get(k) != now[k]]
                count = sum(ledger.states().get(name, {}).values())
                if what and count:
                    tell(f"the {' and the '.join(what)} of {name} changed: {count} units again")
        self.folder.write(
            self.settings,
            {"record_types": prints, "tool_version": tool_version()},
        )
        if asked.retry_failed or asked.reparse:
            count = ledger.reopen(all_units=asked.reparse)
            how = "made anew from kept answers" if asked.reparse else "asked again"
            tell(f"{count} units are {how}")


class _Emitter:
    """Writes extraction lines to stdout in the order of reading, each article when it is done."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[str] = deque()
        self._finished: set[str] = set()
        self.error: BrokenPipeError | None = None
        self.broken_pipe: Callable[[], None] = lambda: None

    def expect(self, article_id: str) -> None:
        self._waiting.append(article_id)

    def done(self, article_id: str) -> None:
        self._finished.add(article_id)
        while self._waiting and self._waiting[0] in self._finished and self.error is None:
            first = self._waiting.popleft()
            self._finished.discard(first)
            try:
                for line in self._ledger.lines_of(first):
                    sys.stdout.write(json_line(line) + "\n")
                sys.stdout.flush()
            except BrokenPipeError as error:
                self.error = error
                self.broken_pipe()


@dataclass
class _Run:
    """One start of a run, from the first question to the last."""

    batch: Batch
    display: Display
    place: _Place
    articles: Iterator[Article | Unreadable]
    signalled: int = 0

    def go(self) -> int:
        """Do the work; return the exit status, 0 if nothing stopped it."""
        with self._signals():
            asyncio.run(self._work())
        self.display.clear()
        if self.batch.interrupted:
            return 128 + (self.signalled or signal.SIGINT)
        error = self.batch.stopped_by
        if isinstance(error, EndpointError | Halted):
            tell_error(error)
        return error.exit_status if error else 0

    async def _work(self) -> None:
        batch = self.batch
        ticking = asyncio.create_task(self._tick())
        self._loop = asyncio.get_running_loop()
        batch.listener.event("start", model=batch.answers.client.model)
        try:
            await batch.run(self.articles)
            error = batch.stopped_by
            if not self.place.stays and isinstance(error, EndpointError | Halted):
                await batch.give_up(self.articles, error.message)
        finally:
            ticking.cancel()
            await batch.answers.client.aclose()
            why = batch.stopped_by
            batch.listener.event(
                "stop", interrupted=batch.interrupted, reason=why.message if why else None
            )

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.display.refresh()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the first signal end the run in order, and the second at once."""

        def handle(number: int, frame: FrameType | None) -> None:
            if self.signalled:
                raise KeyboardInterrupt
            self.signalled = number
            self.batch.interrupted = True
            self._loop.call_soon_threadsafe(self.batch.stop, None)

        try:
            before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not in the main thread
            yield
            return
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _batch(
    ledger: Ledger,
    opened: OpenModel,
    types: Sequence[RecordType],
    place: _Place,
    asked: Extracting,
    display: Display,
    price: Price | None,
    stack: ExitStack,
) -> Batch:
    limits, settings = asked.limits, place.settings
    budget = Budget(price, limits.budget_tokens, limits.budget_usd, limits.deadline_s)
    budget.carry_over(ledger.spending())
    cache = None
    if limits.reply_cache:
        cache = ReplyCache(limits.reply_cache, limits.cache_bytes, limits.cache_days)
        stack.callback(cache.close)
    answers = Answers(
        opened.client, ledger, budget, settings.mode, cache=cache, ask=not asked.reparse
    )
    renew = _renewing_command(settings, asked)

    @asynccontextmanager
    async def taped(article: Article) -> AsyncIterator[None]:
        with tape(asked.record, asked.replay, article, renew):
            async with opened.client:
                yield

    gate = opened.client.gate
    work = Work(
        types,
        opened.profile,
        opened.place,
        settings.max_asks,
        settings.mode,
        side_by_side=gate.most if gate else 1,
        renew=asked.retry_failed,
    )
    batch = Batch(ledger, answers, work, display)
    if asked.record or asked.replay:
        batch.around = taped
    if not place.stays:
        batch.grace_s = 0.0
    return batch


def _open(place: _Place, asked: Extracting, stack: ExitStack) -> OpenModel:
    settings, limits = place.settings, asked.limits
    fetched = stack.enter_context(weights_progress())
    here = is_local(settings.model) and settings.base_url is None
    taped = asked.record is not None or asked.replay is not None
    jobs = 1 if here or taped else _affordable(limits.jobs or JOBS)
    if here and limits.jobs and limits.jobs > 1:
        tell("the embedded model answers one question at a time: --jobs is 1")
    return stack.enter_context(
        open_model(
            settings.model,
            base_url=settings.base_url,
            mode=None if settings.mode == "auto" else cast("Mode", settings.mode),
            profile=settings.profile,
            replaying=asked.replay is not None,
            progress=fetched,
            notice=tell,
            gate=None if asked.replay else Gate(jobs, limits.rpm, limits.tpm),
            patience_s=_PATIENCE_S,
        )
    )


def _affordable(jobs: int) -> int:
    """Return how many connections the system's limit of open files leaves room for."""
    try:
        import resource
    except ImportError:  # Windows
        return jobs
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(1, soft - _SPARE_FILES)
    if soft != resource.RLIM_INFINITY and jobs > most:
        tell(f"--jobs {jobs} needs more open files than the {soft} allowed: {most} it is")
        return most
    return jobs


def _write(place: _Place, ledger: Ledger, batch: Batch) -> None:
    """Write the output; what is not whole goes beside it, unless the run can be gone on with."""
    if place.output is None:
        return
    count = sum(
        n for states in ledger.states().values() for s, n in states.items() if s != "pending"
    )
    cut_off = batch.interrupted or (
        batch.stopped_by is not None and not isinstance(batch.stopped_by, EndpointError | Halted)
    )
    if cut_off and not place.stays:
        if count:
            partial = place.output.with_name(place.output.name + ".partial")
            outputs.write(ledger, partial, as_kind=outputs.kind_of(place.output))
            tell(f"what was done so far is in {partial}")
        return
    first, *others = outputs.write(ledger, place.output)
    beside = f", tables beside it: {len(others)}" if others else ""
    tell(f"{count} lines in {first}{beside}")


def _has_failures(ledger: Ledger, batch: Batch) -> bool:
    return batch.tally.unreadable > 0 or ledger.failures() > 0


def _summary(batch: Batch, display: Display, place: _Place, quiet: bool) -> None:
    types = [record_type.name for record_type in batch.work.types]
    found = sorted(
        display.extractions,
        key=lambda e: (display.order.get(e.article_id, 0), types.index(e.record_type)),
    )
    if not quiet and len(found) <= MOST_SHOWN:
        for line in summarise(found):
            tell(line)
    if len(found) > MOST_SHOWN or place.stays:
        for line in _totals(batch):
            tell(line)
    if place.stays and batch.is_over:
        tell(f"go on with: {place.resume}")


def _totals(batch: Batch) -> Iterator[str]:
    tally, ledger = batch.tally, batch.ledger
    spent = ledger.spending()
    yield ""
    if tally.earlier and tally.earlier == tally.units:
        yield "nothing to do: all units were done earlier"
    for name, states in ledger.states().items():
        shown = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
        yield f"{name}: {shown}"
    totals = ledger.totals()
    money = "price unknown" if spent.usd is None else f"${spent.usd:,.2f}"
    yield (
        f"{totals['records']:,} records of {totals['articles']:,} articles; {spent.calls:,} "
        f"questions, {spent.usage.total or 0:,} tokens, {money}"
    )
    if tally.again:
        yield f"{tally.again:,} units were done again: what they are made from has changed"
    gone = totals["articles"] - tally.articles
    if gone > 0 and not batch.is_over:
        yield f"{gone:,} articles are not among the inputs any more; their results stay"
    if batch.answers.reused:
        yield f"{batch.answers.reused:,} answers were there already"


def _prints(record_type: RecordType) -> dict[str, str]:
    prints = type_fingerprints(record_type)
    return {"prompt": prints["prompt"], "schema": prints["types"]}


def _renewing_command(settings: Settings, asked: Extracting) -> str:
    """Return the command that records again what a replay was asked for."""
    words = ["llm-extract", "extract", *settings.sources]
    default = Settings()
    for field in fields(Settings):
        if field.name in ("sources", "output", "max_bytes"):
            continue
        value: Any = getattr(settings, field.name)
        if value == getattr(default, field.name):
            continue
        for one in value if isinstance(value, tuple) else [value]:
            words += [option_of(field.name), str(one)]
    words += ["--record", str(asked.replay)] if asked.replay else []
    return shlex.join(words)


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None
