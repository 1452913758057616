"""When the next request may go: one gate for all that talk to an endpoint at the same time.

It holds the number of requests in flight (which climbs while the endpoint is well and falls when
it is not), the pause an endpoint asks for, the pace it or the user allows, and a breaker that
keeps everybody back while the endpoint is down. Waiting here costs a question neither its tries
nor its time.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from llm_extract.errors import EndpointError

Outcome = Literal["well", "refused", "failed", "left"]
"""How a request ended for the endpoint: answered, 429, no usable answer, or given up by us."""

FAILURES_IN_A_ROW = 20
"""So many failed requests one after the other open the breaker."""
FAILURES_OF_LAST = (26, 50)
"""So many of the last so many do as well."""
PROBE_S = (5.0, 10.0)
"""Seconds to the first probe of an endpoint that is down, and most between two."""
GIVE_UP_S = 600.0
"""After so long without an answer the endpoint is given up."""
_BURST_S = 0.1
"""What a pace has left unused for longer than this is lost."""
_MANY_REFUSED = (5, 50)
"""So many of the last so many answered 429: the pace is too fast, it was not chance."""
_MANY_FAILED, _SHARE_FAILED = 5, 0.25
"""More than this share of the last requests, and no fewer than this number, are too many."""
_SLOWER = 3.0
"""Latency so many times that of a quiet endpoint makes the number of requests fall."""


@dataclass(slots=True)
class Turn:
    """Leave for one request."""

    started: float
    tokens: float
    probing: bool = False


class Pace:
    """So many units a minute, spread evenly; at most a tenth of a second's worth at once."""

    def __init__(self, per_minute: float, clock: Callable[[], float]) -> None:
        self.per_second = per_minute / 60
        self._clock = clock
        self._next = clock()

    def reserve(self, amount: float) -> float:
        """Take ``amount`` and return the seconds to wait before it may be used."""
        now = self._clock()
        at = max(self._next, now - _BURST_S)
        self._next = at + amount / self.per_second
        return max(0.0, at - now)

    def hold(self, until: float) -> None:
        """Let nothing be used before this time, and what was reserved be reserved anew."""
        self._next = max(self._next, until)

    def correct(self, amount: float) -> None:
        """Charge, or give back, what a reservation was wrong by."""
        self._next += amount / self.per_second


class Gate:
    """Lets requests through: ``most`` at a time, ``rpm`` and ``tpm`` a minute.

    ``sleep`` stands for waiting, so that tests and replays need not wait. Use it in one event
    loop.
    """

    def __init__(
        self,
        most: int = 1,
        rpm: float | None = None,
        tpm: float | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        give_up_s: float = GIVE_UP_S,
    ) -> None:
        self.most = most
        self.limit = float(max(1, (most + 1) // 2))
        """Requests allowed in flight now; whole ones count."""
        self.in_flight = 0
        self.ever_well = False
        """Whether the endpoint has ever given an answer."""
        self.refusals = 0
        self.failures = 0
        self._clock = clock
        self._sleep = sleep or self._wait_or_stop
        self._give_up_s = give_up_s
        self._slots: deque[asyncio.Future[None]] = deque()
        self._stopped: EndpointError | None = None
        self._stop: asyncio.Event | None = None
        self._not_before = 0.0
        self._requests = Pace(rpm, clock) if rpm else None
        self._tokens = Pace(tpm, clock) if tpm else None
        self._pace_is_told = rpm is not None
        self._climbing = True
        self._lowered_at = clock()
        self._refused_in_a_row = 0
        self._health: deque[bool] = deque(maxlen=FAILURES_OF_LAST[1])
        self._failed_in_a_row = 0
        self._latencies: list[float] = []
        self._quiet_latency: float | None = None
        self._done_at: deque[float] = deque(maxlen=256)
        self._refused_lately: deque[bool] = deque(maxlen=_MANY_REFUSED[1])
        self._down_since: float | None = None
        self._next_probe = 0.0
        self._probe_wait = PROBE_S[0]
        self._probing = False
        self._well_again: asyncio.Event | None = None

    @property
    def is_down(self) -> bool:
        """Whether the endpoint is taken to be down: only probes go through."""
        return self._down_since is not None

    def stop(self, error: EndpointError) -> None:
        """Let nobody through any more: who waits, and who comes, gets ``error``."""
        self._stopped = self._stopped or error
        if self._stop is not None:
            self._stop.set()
        if self._well_again is not None:
            self._well_again.set()
        while self._slots:
            if not (slot := self._slots.popleft()).done():
                slot.set_exception(self._stopped)

    async def enter(self, tokens: float = 0.0) -> Turn:
        """Wait for a turn; ``tokens`` is what the request is expected to use.

        Raises ``EndpointError`` once the gate was stopped or the endpoint given up.
        """
        await self._slot()
        try:
            probing = await self._time(tokens)
        except BaseException:
            self._free_slot()
            raise
        return Turn(self._clock(), tokens, probing)

    def leave(
        self,
        turn: Turn,
        outcome: Outcome,
        *,
        retry_after: float | None = None,
    ) -> None:
        """Give the turn back and tell how it went."""
        if outcome == "well":
            self._well(turn)
        elif outcome == "refused":
            self._refused(turn, retry_after)
        elif outcome == "failed":
            self._failed(turn, retry_after)
        if turn.probing:
            self._end_probe()
        self._free_slot()

    # ---- waiting

    async def _slot(self) -> None:
        if self._stopped:
            raise self._stopped
        if self.in_flight < int(self.limit) and not self._slots:
            self.in_flight += 1
            return
        slot = asyncio.get_running_loop().create_future()
        self._slots.append(slot)
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled() and slot.exception() is None:
                self._free_slot()
            raise

    def _free_slot(self) -> None:
        self.in_flight -= 1
        while self._slots and self.in_flight < int(self.limit):
            if not (slot := self._slots.popleft()).done():
                slot.set_result(None)
                self.in_flight += 1

    async def _time(self, tokens: float) -> bool:
        """Wait until nothing speaks against a request; return whether it is a probe."""
        paced = False
        heeded = 0.0
        while True:
            if self._stopped:
                raise self._stopped
            if self._down_since is not None:
                if await self._may_probe():
                    return True
                paced = False
                continue
            if self._not_before > heeded:
                heeded = self._not_before
                if (wait := heeded - self._clock()) > 0:
                    await self._sleep(wait)
                paced = False  # others wait too: the turn is to be found anew
                continue
            if paced:
                return False
            paced = True
            wait = self._requests.reserve(1) if self._requests else 0.0
            if self._tokens:
                wait = max(wait, self._tokens.reserve(tokens))
            if wait > 0:
                await self._sleep(wait)

    async def _may_probe(self) -> bool:
        """Wait while the endpoint is down; return whether to go and see, once at a time."""
        if self._probing:
            if self._well_again is None or self._well_again.is_set():
                self._well_again = asyncio.Event()
            await self._well_again.wait()
            return False
        self._probing = True
        try:
            if (wait := self._next_probe - self._clock()) > 0:
                await self._sleep(wait)
            if self._stopped:
                raise self._stopped
        except BaseException:
            self._end_probe()
            raise
        return True

    def _end_probe(self) -> None:
        """Let all who wait for a probe look again."""
        self._probing = False
        if self._well_again is not None:
            self._well_again.set()

    async def _wait_or_stop(self, seconds: float) -> None:
        if self._stop is None:
            self._stop = asyncio.Event()
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
        if self._stopped:
            raise self._stopped

    # ---- learning

    def _well(self, turn: Turn) -> None:
        now = self._clock()
        self.ever_well = True
        self._refused_in_a_row = self._failed_in_a_row = 0
        self._health.append(True)
        self._done_at.append(now)
        self._refused_lately.append(False)
        self._is_up()
        self._watch_latency(now - turn.started)
        if self.limit < self.most:
            # Doubled in a round while nothing speaks against it, later one more a round.
            step = 1.0 if self._climbing else 1.0 / self.limit
            self.limit = min(float(self.most), self.limit + step)
        if self._requests and not self._pace_is_told:
            self._requests.per_second *= 1.0005

    def _is_up(self) -> None:
        if self._down_since is not None:
            self._down_since = None
            self._health.clear()

    def _hold(self, until: float) -> None:
        self._not_before = max(self._not_before, until)
        for pace in (self._requests, self._tokens):
            if pace:
                pace.hold(until)

    def _watch_latency(self, seconds: float) -> None:
        self._latencies.append(seconds)
        if len(self._latencies) < max(20, int(self.limit)):
            return
        usual = median(self._latencies)
        self._latencies.clear()
        if self._quiet_latency is None or usual < self._quiet_latency:
            self._quiet_latency = usual
        elif usual > _SLOWER * self._quiet_latency and self.limit > 2:
            self._climbing = False
            self.limit *= 0.8
        else:
            self._quiet_latency *= 1.02  # what was quick an hour ago may never come again

    def _lower(self, turn: Turn, factor: float) -> None:
        """Lower the limit, once for all requests that were in flight together."""
        self._climbing = False
        if turn.started >= self._lowered_at:
            self._lowered_at = self._clock()
            self.limit = max(1.0, self.limit * factor)

    def _refused(self, turn: Turn, retry_after: float | None) -> None:
        now = self._clock()
        self.refusals += 1
        first_of_many = turn.started >= self._lowered_at
        self._lower(turn, 0.85)
        if retry_after is None:
            retry_after = min(10.0, 0.5 * 2.0**self._refused_in_a_row)
        self._is_up()  # it answers, though it will not work
        self._failed_in_a_row = 0
        self._hold(now + retry_after)
        self._refused_lately.append(True)
        if first_of_many:
            self._refused_in_a_row += 1
            if self._refused_lately.count(True) >= _MANY_REFUSED[0]:
                self._learn_pace(now)

    def _learn_pace(self, now: float) -> None:
        """Nobody tells the pace: go a little slower than what has worked lately."""
        if self._pace_is_told:
            return
        self._refused_lately.clear()
        recent = [at for at in self._done_at if now - at < 10]
        if len(recent) < 10:
            return
        worked = 0.9 * len(recent) / max(0.5, now - recent[0])
        if self._requests is None:
            self._requests = Pace(60 * worked, self._clock)
        else:
            self._requests.per_second = min(self._requests.per_second * 0.9, worked)

    def _failed(self, turn: Turn, retry_after: float | None) -> None:
        now = self._clock()
        self.failures += 1
        self._failed_in_a_row += 1
        self._health.append(False)
        failed = self._health.count(False)
        # A few failures by chance say nothing about how much the endpoint can bear.
        if failed >= _MANY_FAILED and failed > _SHARE_FAILED * len(self._health):
            self._lower(turn, 0.8)
        if retry_after:
            self._hold(now + retry_after)
        if self._down_since is not None:
            if turn.probing:
                self._probe_wait = min(PROBE_S[1], 2 * self._probe_wait)
                self._next_probe = now + max(self._probe_wait, retry_after or 0.0)
                if now - self._down_since > self._give_up_s:
                    self.stop(_given_up(now - self._down_since))
            return
        bad, of = FAILURES_OF_LAST
        many = len(self._health) == of and self._health.count(False) >= bad
        if self._failed_in_a_row >= FAILURES_IN_A_ROW or many:
            if not self.ever_well:
                self.stop(_never_well(self.failures))
                return
            self._down_since = now
            self._probe_wait = PROBE_S[0]
            self._next_probe = now + self._probe_wait

    def settle(self, expected: float, used: float | None) -> None:
        """Set right what a request was expected to use, once its tokens are known."""
        if self._tokens and used is not None:
            self._tokens.correct(used - expected)

    def heed(self, headers: Mapping[str, str], *, well: bool) -> None:
        """Take the limits an endpoint tells of (``x-ratelimit-…``, a minute's worth).

        What is allowed in all is believed only of an answer that went ``well``: what stands in
        front of an endpoint may refuse with figures of its own.
        """
        for kind in ("requests", "tokens"):
            left = _number(headers.get(f"x-ratelimit-remaining-{kind}"))
            allowed = _number(headers.get(f"x-ratelimit-limit-{kind}"))
            if left is not None and left <= 0 and allowed:
                reset = duration(headers.get(f"x-ratelimit-reset-{kind}"))
                if reset is not None and reset <= 60:
                    self._hold(self._clock() + reset)
            if well and allowed and kind == "requests" and not self._pace_is_told:
                self._requests = Pace(allowed, self._clock)
                self._pace_is_told = True


def _given_up(seconds: float) -> EndpointError:
    return EndpointError(
        "unreachable",
        f"the endpoint has given no usable answer for {seconds / 60:.0f} minutes",
        "go on when it is well again",
    )


def _never_well(failures: int) -> EndpointError:
    return EndpointError(
        "unreachable",
        f"none of the first {failures} requests got a usable answer",
        "check that the server runs and the address is right: llm-extract doctor",
    )


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text.strip()) else None


_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str | None) -> float | None:
    """Return the seconds of ``6m0s``, ``20ms`` or a bare number of seconds; None: neither."""
    if text is None:
        return None
    text = text.strip().lower()
    if (bare := _number(text)) is not None:
        return bare
    if not re.fullmatch(rf"(?:{_PART.pattern})+", text):
        return None
    return sum(float(n) * _SECONDS[unit] for n, unit in _PART.findall(text))
