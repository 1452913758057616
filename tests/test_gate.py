from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.errors import EndpointError
from llm_extract.gate import Gate, Outcome, Pace, Turn, duration

DOWN = EndpointError("unauthorized", "the key is refused")


class _NoWaiting(selectors.DefaultSelector):
    """Lets the loop's time pass at once, and tells when nothing will ever happen again."""

    loop: Simulated

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for ever"
        self.loop.now += timeout
        return super().select(0)


class Simulated(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self.now = 1000.0
        selector = _NoWaiting()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def simulate(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=Simulated) as runner:
        runner.run(work())


def now() -> float:
    return asyncio.get_running_loop().time()


def gate_of(
    most: int = 1, rpm: float | None = None, tpm: float | None = None, **options: Any
) -> Gate:
    return Gate(most, rpm, tpm, clock=now, **options)


async def once(
    gate: Gate,
    seconds: float = 1.0,
    outcome: Outcome = "well",
    tokens: float = 0.0,
    retry_after: float | None = None,
) -> Turn:
    """Make one request that takes so long and ends so."""
    turn = await gate.enter(tokens)
    await asyncio.sleep(seconds)
    gate.leave(turn, outcome, retry_after=retry_after)
    return turn


async def settled() -> None:
    """Let everybody go as far as they can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def round_of(gate: Gate, count: int, *outcomes: Outcome) -> None:
    """Make so many requests in flight together end as told, one after the other."""
    turns = [await gate.enter() for _ in range(count)]
    await asyncio.sleep(1)
    ends: list[Outcome] = [*outcomes] or ["well"] * count
    for turn, outcome in zip(turns, ends, strict=True):
        gate.leave(turn, outcome, retry_after=0)


async def full_gate(most: int) -> Gate:
    """Return a gate that has climbed to its top."""
    gate = gate_of(most)
    while gate.limit < most:
        await once(gate, 0.01)
    return gate


async def down_gate(**options: Any) -> tuple[Gate, Turn]:
    """Return a gate whose breaker has just opened, and a turn taken before that."""
    gate = gate_of(100, **options)
    gate.ever_well = True
    early = await gate.enter()
    await round_of(gate, 20, *("failed",) * 20)
    assert gate.is_down
    assert int(gate.limit) == 40
    return gate, early


# ---- slots


def test_no_more_requests_are_in_flight_than_the_limit_allows() -> None:
    async def work() -> None:
        gate = gate_of(10)
        running = 0

        async def ask() -> None:
            nonlocal running
            turn = await gate.enter()
            running += 1
            assert running <= int(gate.limit) <= 10
            await asyncio.sleep(1)
            running -= 1
            gate.leave(turn, "well")

        await asyncio.gather(*(ask() for _ in range(100)))
        assert (gate.in_flight, running) == (0, 0)

    simulate(work)


class Crowd:
    """Tasks that hold a turn until they are told how it ends."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.tasks: list[asyncio.Task[None]] = []
        self.ends: dict[int, asyncio.Future[Outcome]] = {}

    async def ask(self, number: int) -> None:
        turn = await self.gate.enter()
        self.ends[number] = asyncio.get_running_loop().create_future()
        outcome: Outcome = "left"
        try:
            outcome = await self.ends[number]
        finally:
            del self.ends[number]
            self.gate.leave(turn, outcome, retry_after=0)

    def start(self) -> None:
        self.tasks.append(asyncio.create_task(self.ask(len(self.tasks))))

    def cancel(self, which: int) -> None:
        if self.tasks:
            self.tasks[which % len(self.tasks)].cancel()

    def end(self, which: int, outcome: Outcome) -> None:
        if open_ends := [end for end in self.ends.values() if not end.done()]:
            open_ends[which % len(open_ends)].set_result(outcome)


_OUTCOMES: tuple[Outcome, ...] = ("well", "failed", "refused", "left")


@settings(max_examples=60, deadline=None)
@given(
    most=st.integers(1, 6),
    steps=st.lists(
        st.tuples(st.sampled_from(["start", "start", "cancel", *_OUTCOMES]), st.integers(0, 30)),
        max_size=60,
    ),
)
def test_no_slot_is_lost_or_made_when_tasks_are_cancelled(
    most: int, steps: list[tuple[Any, int]]
) -> None:
    async def work() -> None:
        gate = gate_of(most)
        crowd = Crowd(gate)
        for step, which in steps:
            before = gate.in_flight
            if step == "start":
                crowd.start()
            elif step == "cancel":
                crowd.cancel(which)
            else:
                crowd.end(which, step)
            if which % 3:
                await settled()
                await asyncio.sleep(0.001)
                assert gate.is_down or len(crowd.ends) == gate.in_flight
                assert gate.in_flight <= max(before, int(gate.limit))
        for task in crowd.tasks:
            task.cancel()
        await asyncio.gather(*crowd.tasks, return_exceptions=True)
        assert gate.in_flight == 0
        await once(gate)

    simulate(work)


def test_a_slot_given_to_a_task_that_is_just_cancelled_goes_to_the_next() -> None:
    async def work() -> None:
        gate = gate_of(1)
        held = await gate.enter()
        first, second = (asyncio.create_task(gate.enter()) for _ in range(2))
        await settled()
        gate.leave(held, "left")  # first has the slot and does not know it yet
        first.cancel()
        await settled()
        assert first.cancelled()
        assert second.done()
        assert gate.in_flight == 1

    simulate(work)


def test_who_came_first_goes_first() -> None:
    async def work() -> None:
        gate = gate_of(1)
        order: list[int] = []

        async def ask(number: int) -> None:
            await once(gate)
            order.append(number)

        await asyncio.gather(*(ask(n) for n in range(10)))
        assert order == list(range(10))

    simulate(work)


# ---- the limit


def test_the_limit_climbs_quickly_while_all_is_well_and_never_beyond_the_most() -> None:
    async def work() -> None:
        gate = gate_of(64)
        assert gate.limit == 32
        await round_of(gate, 32)
        assert gate.limit == 64
        for _ in range(5):
            await round_of(gate, 64)
        assert gate.limit == 64

    simulate(work)


def test_a_gate_for_one_lets_one_through() -> None:
    async def work() -> None:
        gate = gate_of(1)
        for outcome in (*_OUTCOMES, *_OUTCOMES):
            await once(gate, 0.1, outcome, retry_after=0)
            assert gate.limit == 1

    simulate(work)


@pytest.mark.parametrize(("outcome", "factor"), [("refused", 0.85), ("failed", 0.8)])
def test_the_limit_falls_once_for_all_that_were_in_flight_together(
    outcome: Outcome, factor: float
) -> None:
    async def work() -> None:
        gate = await full_gate(20)
        await asyncio.sleep(1)
        await round_of(gate, 10, *(outcome,) * 10)
        assert gate.limit == pytest.approx(20 * factor)
        await round_of(gate, 5, *(outcome,) * 5)
        assert gate.limit == pytest.approx(20 * factor * factor)

    simulate(work)


def test_the_limit_never_falls_below_one() -> None:
    async def work() -> None:
        gate = gate_of(4)
        for _ in range(30):
            await once(gate, 0.1, "refused", retry_after=0)
        assert gate.limit == 1
        await once(gate)

    simulate(work)


def test_a_few_failures_by_chance_leave_the_limit_alone() -> None:
    async def work() -> None:
        gate = await full_gate(20)
        for _ in range(100):
            await round_of(gate, 10, *("failed",) * 2, *("well",) * 8)
        assert gate.limit == 20

    simulate(work)


def test_after_a_fall_the_limit_climbs_again_one_in_a_round() -> None:
    async def work() -> None:
        gate = await full_gate(20)
        await once(gate, 1, "refused", retry_after=0)
        fallen = gate.limit
        await round_of(gate, int(gate.limit))
        assert fallen + 0.5 < gate.limit < fallen + 1.5
        for _ in range(200):
            await round_of(gate, int(gate.limit))
        assert gate.limit == 20

    simulate(work)


def test_requests_given_up_by_us_say_nothing_of_the_endpoint() -> None:
    async def work() -> None:
        gate = gate_of(8)
        for _ in range(60):
            await once(gate, 0.1, "left")
        assert (gate.limit, gate.is_down, gate.ever_well) == (4, False, False)
        assert (gate.refusals, gate.failures) == (0, 0)

    simulate(work)


def test_the_limit_falls_when_answers_take_much_longer_than_they_used_to() -> None:
    async def work() -> None:
        gate = gate_of(20)
        for _ in range(40):
            await once(gate, 1.0)
        for _ in range(40):
            await once(gate, 2.0)
        assert gate.limit == 20
        for _ in range(40):
            await once(gate, 4.0)
        assert 10 < gate.limit < 17

    simulate(work)


# ---- pauses


def test_a_pause_that_one_is_asked_for_holds_back_everybody() -> None:
    async def work() -> None:
        gate = await full_gate(8)
        waiting = asyncio.create_task(gate.enter())
        started = now()
        await once(gate, 0, "refused", retry_after=7)
        others = await asyncio.gather(*(gate.enter() for _ in range(4)))
        assert [turn.started for turn in others] == [pytest.approx(started + 7)] * 4
        assert (await waiting).started == started

    simulate(work)


def test_a_longer_pause_told_meanwhile_counts_and_a_shorter_one_does_not() -> None:
    async def work() -> None:
        gate = await full_gate(8)
        turns = [await gate.enter() for _ in range(3)]
        started = now()
        gate.leave(turns[0], "refused", retry_after=5)
        waiting = asyncio.create_task(gate.enter())
        await asyncio.sleep(1)
        gate.leave(turns[1], "refused", retry_after=9)
        gate.leave(turns[2], "refused", retry_after=1)
        assert (await waiting).started == pytest.approx(started + 10)

    simulate(work)


def test_a_pause_asked_for_with_a_server_error_is_kept() -> None:
    async def work() -> None:
        gate = gate_of(2)
        started = now()
        await once(gate, 0, "failed", retry_after=3)
        assert (await gate.enter()).started == pytest.approx(started + 3)

    simulate(work)


def test_refusals_without_a_pause_make_longer_and_longer_ones_up_to_ten_seconds() -> None:
    async def work() -> None:
        gate = gate_of(2)
        waits = []
        for _ in range(8):
            left = now()
            turn = await gate.enter()
            waits.append(turn.started - left)
            await asyncio.sleep(0.1)
            gate.leave(turn, "refused")
        assert waits == [pytest.approx(s) for s in (0, 0.5, 1, 2, 4, 8, 10, 10)]

    simulate(work)


def test_a_wait_that_is_asked_for_is_waited_with_the_sleep_that_was_given() -> None:
    async def work() -> None:
        time, waits = [0.0], []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            time[0] += seconds

        gate = Gate(1, sleep=sleep, clock=lambda: time[0])
        await once(gate, 0, "refused", retry_after=30)
        await gate.enter()
        assert waits == [30]

    simulate(work)


# ---- what headers tell


async def starts(gate: Gate, count: int, seconds: float = 0.0, tokens: float = 0.0) -> list[float]:
    turns = await asyncio.gather(*(once(gate, seconds, tokens=tokens) for _ in range(count)))
    return sorted(turn.started for turn in turns)


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(at <= t < at + seconds - 1e-6 for t in times) for at in times)


def test_a_limit_in_the_headers_is_spread_evenly() -> None:
    async def work() -> None:
        gate = await full_gate(100)
        gate.heed({"x-ratelimit-limit-requests": "1200"}, well=True)
        times = await starts(gate, 200)
        assert most_within(times, 1.0) <= 20 + 10 + 1
        assert times[-1] - times[0] == pytest.approx((200 - 10) / 20, abs=0.6)

    simulate(work)


def test_a_limit_told_with_a_refusal_is_not_believed() -> None:
    async def work() -> None:
        gate = await full_gate(50)
        gate.heed({"x-ratelimit-limit-requests": "1"}, well=False)
        times = await starts(gate, 50)
        assert times[0] == times[-1]

    simulate(work)


def test_the_users_pace_is_not_changed_by_headers() -> None:
    async def work() -> None:
        gate = gate_of(10, rpm=60)
        gate.heed({"x-ratelimit-limit-requests": "6000"}, well=True)
        times = await starts(gate, 30)
        assert times[-1] - times[0] >= 28

    simulate(work)


@pytest.mark.parametrize("well", [True, False])
@pytest.mark.parametrize("kind", ["requests", "tokens"])
@pytest.mark.parametrize(
    ("reset", "waited"),
    [("1s", 1.0), ("250ms", 0.25), ("12", 12.0), ("1m0s", 60.0), ("6m0s", 0.0), ("soon", 0.0)],
)
def test_where_nothing_is_left_the_next_minute_is_waited_for_but_not_the_next_day(
    kind: str, reset: str, waited: float, well: bool
) -> None:
    async def work() -> None:
        gate = gate_of(4)
        started = now()
        gate.heed(
            {
                f"x-ratelimit-remaining-{kind}": "0",
                f"x-ratelimit-limit-{kind}": "600000",
                f"x-ratelimit-reset-{kind}": reset,
            },
            well=well,
        )
        assert (await gate.enter()).started == pytest.approx(started + waited)

    simulate(work)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "9s"},
        {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"},
        {"x-ratelimit-limit-requests": "-5"},
        {"x-ratelimit-limit-requests": "unlimited"},
        {"x-ratelimit-limit-requests": "1e3"},
        {"x-ratelimit-limit-requests": ""},
        {"x-ratelimit-limit-requests": "9" * 400},
        {"x-ratelimit-limit-requests": "nan", "x-ratelimit-remaining-requests": "inf"},
    ],
)
def test_headers_that_tell_no_limit_hold_nobody_back(headers: dict[str, str]) -> None:
    async def work() -> None:
        gate = await full_gate(50)
        gate.heed(headers, well=True)
        times = await starts(gate, 50)
        assert times[0] == times[-1]

    simulate(work)


# ---- so many a minute


@pytest.mark.parametrize("rpm", [1, 30, 60, 600])
def test_the_requests_of_any_minute_stay_within_the_limit(rpm: int) -> None:
    async def work() -> None:
        gate = gate_of(16, rpm=rpm)
        times = await starts(gate, 3 * rpm + 5, seconds=0.2)
        assert most_within(times, 60) <= rpm + rpm / 120 + 1
        # And no time is lost.
        assert times[-1] - times[0] <= (3 * rpm + 5) * 60 / rpm

    simulate(work)


def test_the_limit_is_kept_after_a_rest() -> None:
    async def work() -> None:
        gate = gate_of(16, rpm=60)
        times = []
        for rest in (0, 100, 3, 600):
            await asyncio.sleep(rest)
            times += await starts(gate, 50)
        assert most_within(times, 60) <= 60 + 0.5 + 1

    simulate(work)


def test_the_limit_is_kept_after_a_pause() -> None:
    async def work() -> None:
        gate = await full_gate(40)
        refused = await gate.enter()
        gate.heed({"x-ratelimit-limit-requests": "60"}, well=True)
        waiting = [asyncio.create_task(once(gate)) for _ in range(120)]
        await asyncio.sleep(0.9)
        gate.leave(refused, "refused", retry_after=30)
        times = sorted(turn.started for turn in await asyncio.gather(*waiting))
        assert most_within(times, 60) <= 60 + 0.5 + 1

    simulate(work)


def test_the_tokens_of_any_minute_stay_within_the_limit() -> None:
    async def work() -> None:
        gate = gate_of(16, tpm=6000)
        times = await starts(gate, 40, tokens=500)
        assert 500 * most_within(times, 60) <= 6000 + 50 + 500
        assert times[-1] - times[0] == pytest.approx(39 * 5, abs=1)

    simulate(work)


def test_requests_and_tokens_are_both_kept() -> None:
    async def work() -> None:
        few, many = gate_of(16, rpm=60, tpm=600), gate_of(16, rpm=6, tpm=600)
        assert most_within(await starts(few, 20, tokens=100), 60) <= 8
        assert most_within(await starts(many, 20, tokens=1), 60) <= 7

    simulate(work)


def test_tokens_used_beyond_what_was_expected_are_waited_for() -> None:
    async def work() -> None:
        gate = gate_of(4, tpm=600)
        started = now()
        await once(gate, 0, tokens=10)
        gate.settle(10, 300)
        assert (await gate.enter(10)).started == pytest.approx(started + 30, abs=0.6)

    simulate(work)


def test_tokens_not_used_are_given_back() -> None:
    async def work() -> None:
        gate = gate_of(4, tpm=600)
        started = now()
        await once(gate, 0, tokens=300)
        gate.settle(300, 10)
        assert (await gate.enter(10)).started == pytest.approx(started + 1, abs=0.6)
        gate.settle(10, None)

    simulate(work)


def test_without_a_limit_of_tokens_there_is_nothing_to_settle() -> None:
    async def work() -> None:
        gate = gate_of(4)
        gate.settle(10, 1_000_000)
        started = now()
        assert (await gate.enter(1e9)).started == started

    simulate(work)


@given(
    per_minute=st.floats(1, 10_000),
    steps=st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 50)), min_size=1, max_size=40),
)
def test_a_pace_never_lets_more_through_than_time_has_brought(
    per_minute: float, steps: list[tuple[float, float]]
) -> None:
    time = [0.0]
    pace = Pace(per_minute, lambda: time[0])
    used: list[tuple[float, float]] = []
    for passed, amount in steps:
        time[0] += passed
        used.append((time[0] + pace.reserve(amount), amount))
    for i, (start, _) in enumerate(used):
        for j in range(i, len(used)):
            taken = sum(amount for _, amount in used[i:j])
            assert taken <= (used[j][0] - start + 0.5) * per_minute / 60 + 1e-6


# ---- a pace nobody tells


def test_the_pace_is_learned_from_refusals() -> None:
    async def work() -> None:
        gate = await full_gate(32)
        await asyncio.sleep(20)
        allowed, room, refused_late = 10.0, 10.0, 0
        last = begun = now()

        async def ask() -> None:
            nonlocal room, last, refused_late
            while True:
                turn = await gate.enter()
                room, last = min(10.0, room + (now() - last) * allowed), now()
                good = room >= 1
                room -= good
                await asyncio.sleep(0.3)
                if good:
                    return gate.leave(turn, "well")
                refused_late += now() - begun > 60
                gate.leave(turn, "refused")

        await asyncio.gather(*(ask() for _ in range(1500)))
        assert 1500 / 10 <= now() - begun + 2 < 1500 / 10 * 1.5
        assert refused_late < 75

    simulate(work)


def test_a_pace_that_was_learned_is_tried_to_be_raised() -> None:
    async def work() -> None:
        gate = await full_gate(10)
        for _ in range(20):
            await once(gate, 0.1)
        for _ in range(5):
            await once(gate, 0.1, "refused", retry_after=0)
        times = await starts(gate, 1000)
        early, late = times[100] - times[0], times[-1] - times[-101]
        assert early > 5
        assert late < 0.75 * early


def test_a_refusal_now_and_then_teaches_no_pace() -> None:
    async def work() -> None:
        gate = await full_gate(10)
        for _ in range(20):
            for _ in range(49):
                await once(gate, 0.01)
            await once(gate, 0.01, "refused", retry_after=0)
        times = await starts(gate, int(gate.limit))
        assert times[0] == times[-1]

    simulate(work)

    simulate(work)


def test_a_refusal_among_few_answers_teaches_no_pace() -> None:
    async def work() -> None:
        gate = gate_of(50)
        for _ in range(5):
            await once(gate, 0.1)
        await once(gate, 0.1, "refused", retry_after=0)
        times = await starts(gate, int(gate.limit))
        assert times[0] == times[-1]

    simulate(work)


# ---- an endpoint that is down


def test_twenty_failures_in_a_row_open_the_breaker() -> None:
    async def work() -> None:
        gate = gate_of(4)
        for _ in range(19):
            await once(gate, 0.1, "failed")
        await once(gate, 0.1)
        for _ in range(19):
            await once(gate, 0.1, "failed")
        assert not gate.is_down
        await once(gate, 0.1, "failed")
        assert gate.is_down

    simulate(work)


def test_an_endpoint_that_was_never_well_is_given_up_where_the_breaker_would_open() -> None:
    async def work() -> None:
        gate = gate_of(4)
        for _ in range(20):
            await once(gate, 0.1, "failed")
        assert not gate.is_down
        with pytest.raises(EndpointError, match="none of the first 20 requests"):
            await gate.enter()

    simulate(work)


def test_more_failures_than_answers_among_the_last_fifty_open_the_breaker() -> None:
    async def work() -> None:
        gate = gate_of(4)
        for _ in range(24):
            await once(gate, 0.1)
            await once(gate, 0.1, "failed")
        await once(gate, 0.1, "failed")
        assert not gate.is_down  # 49 requests
        await once(gate, 0.1, "failed")
        assert gate.is_down

    simulate(work)


def test_half_the_requests_failing_for_ever_opens_no_breaker() -> None:
    async def work() -> None:
        gate = gate_of(4)
        for _ in range(200):
            await once(gate, 0.1)
            await once(gate, 0.1, "failed")
        assert not gate.is_down

    simulate(work)


def test_an_endpoint_that_is_down_is_probed_by_one_at_a_time_after_five_and_ten_seconds() -> None:
    async def work() -> None:
        gate, _ = await down_gate()
        opened = now()
        probes: list[float] = []
        probing = 0

        async def ask() -> None:
            nonlocal probing
            turn = await gate.enter()
            if not turn.probing:
                gate.leave(turn, "well")
                return
            probing += 1
            assert probing == 1
            probes.append(turn.started - opened)
            await asyncio.sleep(1)
            probing -= 1
            gate.leave(turn, "failed" if len(probes) < 4 else "well")

        await asyncio.gather(*(ask() for _ in range(60)))
        assert probes == [pytest.approx(s) for s in (5, 16, 27, 38)]
        assert now() == pytest.approx(opened + 39)

    simulate(work)


def test_the_first_answer_closes_the_breaker_and_lets_everybody_through() -> None:
    async def work() -> None:
        gate, _ = await down_gate()
        tasks = [asyncio.create_task(once(gate)) for _ in range(30)]
        await asyncio.gather(*tasks)
        turns = [task.result() for task in tasks]
        assert [turn.probing for turn in turns].count(True) == 1
        assert not gate.is_down
        assert max(t.started for t in turns) == pytest.approx(min(t.started for t in turns) + 1)
        # What failed before does not count any more.
        for _ in range(19):
            await once(gate, 0.1, "failed")
        assert not gate.is_down

    simulate(work)


def test_an_answer_to_a_question_asked_before_closes_the_breaker_too() -> None:
    async def work() -> None:
        gate, early = await down_gate()
        waiting = [asyncio.create_task(once(gate)) for _ in range(3)]
        await settled()
        gate.leave(early, "well")
        assert not gate.is_down
        await asyncio.gather(*waiting)

    simulate(work)


def test_a_failure_of_a_question_asked_before_is_no_failed_probe() -> None:
    async def work() -> None:
        gate, early = await down_gate()
        opened = now()
        await asyncio.sleep(4)
        gate.leave(early, "failed")
        assert (await gate.enter()).started == pytest.approx(opened + 5)

    simulate(work)


async def _others_go_on(end: Callable[[Gate], Coroutine[Any, Any, None]]) -> None:
    gate, early = await down_gate()
    ending = asyncio.create_task(end(gate))
    await settled()
    others = [asyncio.create_task(once(gate)) for _ in range(3)]
    await asyncio.gather(ending, return_exceptions=True)
    await asyncio.gather(*others)
    gate.leave(early, "left")
    assert gate.in_flight == 0
    assert not gate.is_down


@pytest.mark.parametrize("outcome", ["failed", "left", "refused"])
def test_after_a_probe_that_was_not_answered_somebody_else_probes(outcome: Outcome) -> None:
    async def end(gate: Gate) -> None:
        assert (await once(gate, 1, outcome, retry_after=1)).probing

    simulate(lambda: _others_go_on(end))


def test_somebody_else_probes_when_who_waits_to_probe_is_cancelled() -> None:
    async def end(gate: Gate) -> None:
        async with asyncio.timeout(1):
            await gate.enter()

    simulate(lambda: _others_go_on(end))


@pytest.mark.parametrize("outcome", ["failed", "refused"])
def test_a_pause_that_a_probe_is_asked_for_is_kept(outcome: Outcome) -> None:
    async def work() -> None:
        gate, _ = await down_gate()
        await once(gate, 1, outcome, retry_after=50)
        asked = now()
        assert (await gate.enter()).started >= asked + 50

    simulate(work)


def test_an_endpoint_that_stays_down_is_given_up_for_all_who_wait() -> None:
    async def work() -> None:
        gate, early = await down_gate(give_up_s=60)
        opened = now()

        async def ask() -> None:
            while True:
                await once(gate, 0.5, "failed")

        ended = await asyncio.gather(*(ask() for _ in range(90)), return_exceptions=True)
        assert 60 < now() - opened < 75
        assert all(isinstance(error, EndpointError) for error in ended)
        assert {error.problem for error in ended if isinstance(error, EndpointError)} == {
            "unreachable"
        }
        assert "1 minutes" in str(ended[0])
        with pytest.raises(EndpointError):
            await gate.enter()
        gate.leave(early, "left")
        assert gate.in_flight == 0

    simulate(work)


# ---- stopping


def test_stopping_releases_everybody_who_waits() -> None:
    async def work() -> None:
        gate = await full_gate(4)
        held = [await gate.enter() for _ in range(2)]
        gate.leave(held.pop(), "refused", retry_after=1000)
        paused = [asyncio.create_task(gate.enter()) for _ in range(1)]
        queued = [asyncio.create_task(gate.enter()) for _ in range(5)]
        await settled()
        stopped = now()
        gate.stop(DOWN)
        gate.stop(EndpointError("unreachable", "later"))
        ended = await asyncio.gather(*paused, *queued, return_exceptions=True)
        assert ended == [DOWN] * 6
        assert now() == stopped
        with pytest.raises(EndpointError, match="the key is refused"):
            await gate.enter()
        gate.leave(held.pop(), "well")
        assert gate.in_flight == 0

    simulate(work)


def test_stopping_releases_who_waits_for_a_probe_for_a_pace_and_a_slot() -> None:
    async def work() -> None:
        (down, early), paced = await down_gate(), gate_of(8, rpm=1)
        waiting = [asyncio.create_task(down.enter()) for _ in range(50)]
        waiting += [asyncio.create_task(paced.enter()) for _ in range(10)]
        await settled()
        assert sum(task.done() for task in waiting) == 1  # the first of those with a pace
        stopped = now()
        down.stop(DOWN)
        paced.stop(DOWN)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert ended.count(DOWN) == 59
        assert now() == stopped
        down.leave(early, "left")
        assert (down.in_flight, paced.in_flight) == (0, 1)

    simulate(work)


def test_stopping_with_a_sleep_of_ones_own_stops_after_the_sleep() -> None:
    async def work() -> None:
        gate = gate_of(2, sleep=asyncio.sleep)
        await once(gate, 0, "refused", retry_after=10)
        waiting = asyncio.create_task(gate.enter())
        await settled()
        gate.stop(DOWN)
        with pytest.raises(EndpointError):
            await waiting
        assert gate.in_flight == 0

    simulate(work)


def test_a_gate_knows_whether_the_endpoint_has_ever_answered() -> None:
    async def work() -> None:
        gate = gate_of(2)
        await once(gate, 0.1, "failed")
        await once(gate, 0.1, "refused", retry_after=0)
        before = gate.ever_well
        await once(gate)
        await once(gate, 0.1, "failed")
        assert (before, gate.ever_well) == (False, True)
        assert (gate.refusals, gate.failures) == (1, 2)

    simulate(work)


# ---- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("250ms", 0.25),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("2d", 172_800.0),
        ("8.64s", 8.64),
        (" 1S ", 1.0),
        ("12", 12.0),
        ("0.5", 0.5),
        ("0s", 0.0),
        (None, None),
        ("", None),
        ("s", None),
        ("-1s", None),
        ("1m30", None),
        ("1 s", None),
        ("soon", None),
        ("1e3", None),
        ("2026-01-01T00:00:00Z", None),
        ("9" * 400 + "x", None),
    ],
)
def test_a_duration_is_read_as_headers_write_it(text: str | None, seconds: float | None) -> None:
    assert duration(text) == (None if seconds is None else pytest.approx(seconds))
