from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from llm_extract.article import Article
from llm_extract.errors import StoreError
from llm_extract.result import Usage
from llm_extract.runs.ledger import Found, Ledger, Unit, UnitState

STATES: tuple[UnitState, ...] = ("ok", "empty", "partial", "failed")


def article(name: str, text: str = "Two died.", **more: Any) -> Article:
    return Article(id=name, text=text, **more)


def keys_of(one: Article, *types: str) -> dict[str, str]:
    return {t: f"{one.id}/{t}/{one.sha256[:8]}" for t in types or ("incident",)}


def found(
    state: UnitState = "ok",
    line: str = "{}",
    reason: str | None = None,
    records: int = 1,
    rejected: int = 0,
    seconds: float = 1.0,
) -> Found:
    return Found(state, line, reason, records, rejected, seconds)


def admit(ledger: Ledger, one: Article, *types: str) -> list[Unit]:
    units = ledger.admit(one, keys_of(one, *types))
    ledger.flush()
    return units


def finish(ledger: Ledger, unit: Unit, how: Found | None = None) -> None:
    asyncio.run(ledger.finish(unit, how or found()))


def keep(
    ledger: Ledger,
    unit: Unit,
    usage: Usage,
    usd: float | None,
    answer: str | None = None,
    **more: Any,
) -> None:
    call = {
        "reason": "first",
        "sentences": (1, 2),
        "key": "k",
        "requests": 1,
        "usage": usage,
        "seconds": 0.5,
        "problem": None,
        "usd": usd,
        **more,
    }
    asyncio.run(ledger.keep(unit, call, answer))


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Ledger]:
    ledger = Ledger(path, **options)
    try:
        yield ledger
    finally:
        ledger.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with opened(path) as ledger:
        yield ledger


def used(prompt: int | None, completion: int | None = None, cached: int | None = None) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


# ---- articles and units


def test_an_article_is_entered_with_a_unit_for_each_type_to_be_done(ledger: Ledger) -> None:
    units = admit(ledger, article("a"), "incident", "displacement")
    assert [(u.article, u.type, u.state, u.reason) for u in units] == [
        ("a", "incident", "pending", None),
        ("a", "displacement", "pending", None),
    ]
    assert ledger.units_of("a") == units
    assert ledger.units_of("b") == []
    assert ledger.states() == {"displacement": {"pending": 1}, "incident": {"pending": 1}}


def test_an_article_comes_back_whole(path: Path) -> None:
    whole = article(
        "ä/b",
        'Zwei\r\n "Tote" \N{GRINNING FACE}\u2028',
        title="T",
        published="2026-01-02",
        publisher="AFP",
        language="de",
        url="http://x",
        extra={"n": [1, None]},
        warnings=("w",),
    )
    with opened(path) as ledger:
        admit(ledger, whole)
    with opened(path) as ledger:
        assert ledger.article("ä/b") == whole
        assert ledger.article("a") is None


@pytest.mark.parametrize("state", STATES)
def test_a_finished_unit_is_not_to_be_done_again(path: Path, state: UnitState) -> None:
    with opened(path) as ledger:
        (unit,) = admit(ledger, article("a"))
        finish(ledger, unit, found(state, reason="why"))
    with opened(path) as ledger:
        (again,) = admit(ledger, article("a"))
        assert again == Unit("a", "incident", unit.key, state, "why")
        assert list(ledger.pending()) == []


def test_a_unit_with_another_key_is_to_be_done_again_with_the_new_text(ledger: Ledger) -> None:
    first, other = admit(ledger, article("a", "old"), "incident", "displacement")
    finish(ledger, first, found("failed", reason="timeout", records=3, rejected=2, seconds=9))
    finish(ledger, other)
    units = admit(ledger, article("a", "new"), "incident", "displacement")
    assert [u.state for u in units] == ["pending", "pending"]
    ((read, to_do),) = ledger.pending()
    assert read.text == "new"
    assert [u.key for u in to_do] == [u.key for u in units]
    assert list(ledger.lines()) == []


def test_what_an_older_text_brought_counts_no_more(ledger: Ledger) -> None:
    (unit,) = admit(ledger, article("a", "old"))
    finish(ledger, unit, found("partial", reason="timeout", records=3, rejected=2, seconds=9))
    admit(ledger, article("a", "new"))
    totals = ledger.totals()
    assert (totals["records"], totals["rejected"]) == (0, 0)
    assert ledger.failures() == 0
    assert ledger.reasons("pending") == [("", 1)]


def test_only_the_types_whose_key_changed_are_done_again(ledger: Ledger) -> None:
    one = article("a")
    keys = keys_of(one, "incident", "displacement")
    for unit in ledger.admit(one, keys):
        finish(ledger, unit)
    states = [u.state for u in ledger.admit(one, {**keys, "incident": "other prompt"})]
    ledger.flush()
    assert states == ["pending", "ok"]
    assert [u.state for u in ledger.units_of("a")] == states


def test_a_type_that_is_new_is_added(ledger: Ledger) -> None:
    finish(ledger, admit(ledger, article("a"), "incident")[0])
    units = admit(ledger, article("a"), "incident", "displacement")
    assert [u.state for u in units] == ["ok", "pending"]
    assert ledger.totals()["articles"] == 1


def test_a_result_that_comes_too_late_does_not_finish_the_new_unit(ledger: Ledger) -> None:
    (old,) = admit(ledger, article("a", "old"))
    (new,) = admit(ledger, article("a", "new"))
    finish(ledger, old, found(line="late"))
    assert ledger.units_of("a") == [new]
    assert (ledger.line(old.key), ledger.line(new.key)) == ("late", None)
    assert list(ledger.lines()) == []


def test_a_result_is_found_by_its_key(ledger: Ledger) -> None:
    one, two = admit(ledger, article("a"), "incident", "displacement")
    finish(ledger, one, found(line='{"a": 1}'))
    assert ledger.line(one.key) == '{"a": 1}'
    assert ledger.line(two.key) is None
    finish(ledger, one, found(line='{"a": 2}'))
    assert ledger.line(one.key) == '{"a": 2}'


def test_what_is_to_be_done_comes_in_the_order_of_reading(ledger: Ledger) -> None:
    names = [f"{n * 7919 % 1000:03}" for n in range(250)]
    for name in names:
        one = article(name)
        ledger.admit(one, keys_of(one, "b", "a"))
    ledger.flush()
    for name in names[::5]:
        for unit in ledger.units_of(name):
            finish(ledger, unit) if name != names[0] or unit.type == "b" else None
    left = [(one.id, [u.type for u in units]) for one, units in ledger.pending()]
    expected: list[tuple[str, list[str]]] = [(names[0], ["a"])]
    expected += [(name, ["b", "a"]) for n, name in enumerate(names) if n % 5]
    assert left == expected


def test_units_may_be_finished_while_what_is_to_be_done_is_told(ledger: Ledger) -> None:
    for n in range(250):
        one = article(f"{n}")
        ledger.admit(one, keys_of(one))
    ledger.flush()

    async def work() -> list[str]:
        seen = []
        for one, units in ledger.pending():
            seen.append(one.id)
            await asyncio.gather(*(ledger.finish(unit, found()) for unit in units))
            if len(seen) > 20:
                break
        return seen

    assert asyncio.run(work()) == [f"{n}" for n in range(21)]
    assert [one.id for one, _ in ledger.pending()] == [f"{n}" for n in range(21, 250)]


def test_lines_come_in_the_order_of_reading_and_only_of_finished_units(ledger: Ledger) -> None:
    units = []
    for n in range(150):
        one = article(f"{n}")
        units += ledger.admit(one, keys_of(one, "b", "a"))
    ledger.flush()

    async def work() -> None:
        done = [n for n in range(300) if n % 7]
        await asyncio.gather(*(ledger.finish(units[n], found(line=f"{n}")) for n in reversed(done)))

    asyncio.run(work())
    assert list(ledger.lines()) == [f"{n}" for n in range(300) if n % 7]
    assert ledger.lines_of("0") == ["1"]
    assert ledger.lines_of("1") == ["2", "3"]
    assert ledger.lines_of("none") == []
    ledger.reopen(all_units=True)
    assert list(ledger.lines()) == []


@pytest.mark.parametrize(
    ("all_units", "again"),
    [
        (False, ["failed", "failed why", "partial why"]),
        (True, ["ok", "empty", "partial", "partial why", "failed", "failed why"]),
    ],
)
def test_units_are_opened_again(ledger: Ledger, all_units: bool, again: list[str]) -> None:
    ends: list[tuple[UnitState, str | None]] = [
        ("ok", None),
        ("empty", None),
        ("partial", None),
        ("partial", "why"),
        ("failed", None),
        ("failed", "why"),
    ]
    for state, reason in ends:
        name = f"{state} {reason}" if reason else state
        (unit,) = admit(ledger, article(name))
        finish(ledger, unit, found(state, reason=reason))
    admit(ledger, article("never done"))
    assert ledger.reopen(all_units=all_units) == len(again)
    assert {one.id for one, _ in ledger.pending()} == {*again, "never done"}
    assert ledger.reopen(all_units=False) == 0


def test_results_of_units_that_are_opened_again_are_kept_until_there_are_new_ones(
    ledger: Ledger,
) -> None:
    (unit,) = admit(ledger, article("a"))
    finish(ledger, unit, found(line="old"))
    ledger.reopen(all_units=True)
    assert ledger.line(unit.key) == "old"
    assert list(ledger.lines()) == []
    finish(ledger, unit, found(line="new"))
    assert list(ledger.lines()) == ["new"]


def test_why_a_unit_is_still_to_be_done_is_noted(ledger: Ledger) -> None:
    one, two = admit(ledger, article("a"), "incident", "displacement")
    finish(ledger, two)
    ledger.postpone(one, "timeout")
    ledger.postpone(two, "too late to say")
    ledger.flush()
    assert [(u.state, u.reason) for u in ledger.units_of("a")] == [
        ("pending", "timeout"),
        ("ok", None),
    ]


# ---- answers and what they cost


def test_an_answer_is_kept_by_its_question(path: Path) -> None:
    with opened(path) as ledger:
        (unit,) = admit(ledger, article("a"))
        keep(ledger, unit, used(1, 1), 0.0, '{"é": 1}', key="k1")
        keep(ledger, unit, used(1, 1), 0.0, None, key="k2", problem="timeout")
        asyncio.run(ledger.copy_reply("k3", "{}"))
    with opened(path) as ledger:
        assert [ledger.reply(k) for k in ("k1", "k2", "k3", "k4")] == ['{"é": 1}', None, "{}", None]
        assert ledger.spending().calls == 2


def test_every_question_is_noted_with_what_it_was_about(path: Path) -> None:
    with opened(path) as ledger:
        (unit,) = admit(ledger, article("a"))
        keep(ledger, unit, used(7, 2, 3), 0.5, "{}", requests=3, seconds=1.23456, problem=None)
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(
            """SELECT article, type, reason, sentences, key, requests, prompt_tokens,
            completion_tokens, cached_tokens, seconds, problem, usd FROM calls"""
        ).fetchone()
    assert row == ("a", "incident", "first", "[1, 2]", "k", 3, 7, 2, 3, 1.235, None, 0.5)


def test_nothing_asked_has_cost_nothing(ledger: Ledger) -> None:
    spent = ledger.spending()
    assert (spent.calls, spent.requests, spent.usage, spent.usd) == (0, 0, Usage(), 0.0)


def test_spending_is_the_sum_of_all_questions(ledger: Ledger) -> None:
    (unit,) = admit(ledger, article("a"))
    keep(ledger, unit, used(100, 10, 50), 0.25, "{}")
    keep(ledger, unit, used(200, 20), 0.5, "{}", requests=4)
    spent = ledger.spending()
    assert (spent.calls, spent.requests) == (2, 5)
    assert spent.usage == used(300, 30, 50)
    assert spent.usd == pytest.approx(0.75)


def test_one_question_without_a_price_makes_the_price_of_all_unknown(ledger: Ledger) -> None:
    (unit,) = admit(ledger, article("a"))
    keep(ledger, unit, used(100, 10), 0.25, "{}")
    keep(ledger, unit, used(100, 10), None, "{}")
    assert ledger.spending().usd is None


def test_a_question_that_brought_nothing_leaves_the_price_known(ledger: Ledger) -> None:
    (unit,) = admit(ledger, article("a"))
    keep(ledger, unit, used(100, 10), 0.25, "{}")
    keep(ledger, unit, used(None), None, None, problem="timeout")
    assert ledger.spending().usd == pytest.approx(0.25)


@pytest.mark.parametrize("told", [used(None), used(None, 20)])
def test_an_answer_whose_tokens_are_not_told_has_no_known_price(
    ledger: Ledger, told: Usage
) -> None:
    (unit,) = admit(ledger, article("a"))
    keep(ledger, unit, told, None, "{}")
    assert ledger.spending().usd is None


def test_costs_are_told_of_finished_articles(ledger: Ledger) -> None:
    one, two = admit(ledger, article("a"), "incident", "displacement")
    (other,) = admit(ledger, article("b"))
    for unit in (one, two, other):
        keep(ledger, unit, used(100, 10), None)
    keep(ledger, one, used(None), None, reason="ask_again")
    finish(ledger, one)
    assert ledger.costs(10) == []
    finish(ledger, two)
    assert ledger.costs(10) == [("a", 2, 3, 200, 20, 1.5)]
    finish(ledger, other)
    assert len(ledger.costs(10)) == 2
    assert len(ledger.costs(1)) == 1


# ---- telling


def test_totals_count_what_there_is(ledger: Ledger) -> None:
    one, two = admit(ledger, article("a"), "incident", "displacement")
    admit(ledger, article("b"))
    finish(ledger, one, found(records=3, rejected=1))
    finish(ledger, two, found("empty", records=0, rejected=2))
    ledger.fail_unreadable("x.txt", "no text")
    ledger.flush()
    assert ledger.totals() == {
        "articles": 2,
        "units": 3,
        "records": 3,
        "rejected": 3,
        "unreadable": 1,
    }
    assert ledger.states() == {
        "displacement": {"empty": 1},
        "incident": {"ok": 1, "pending": 1},
    }


def test_records_of_units_that_are_opened_again_are_not_counted(ledger: Ledger) -> None:
    (unit,) = admit(ledger, article("a"))
    finish(ledger, unit, found(records=3, rejected=1))
    ledger.reopen(all_units=True)
    totals = ledger.totals()
    assert (totals["records"], totals["rejected"]) == (0, 0)


def test_the_slowest_units_are_told(ledger: Ledger) -> None:
    for n in range(8):
        (unit,) = admit(ledger, article(f"{n}"))
        finish(ledger, unit, found(seconds=float(n % 4)))
    assert ledger.slowest(3) == [
        ("3", "incident", 3.0),
        ("7", "incident", 3.0),
        ("2", "incident", 2.0),
    ]
    assert len(ledger.slowest()) == 5


def test_reasons_are_told_the_most_frequent_first(ledger: Ledger) -> None:
    for n, reason in enumerate(["timeout", "context", "timeout", None, "context", "timeout"]):
        (unit,) = admit(ledger, article(f"{n}"))
        finish(ledger, unit, found("failed", reason=reason))
    assert ledger.reasons("failed") == [("timeout", 3), ("context", 2), ("", 1)]
    assert ledger.reasons("failed", 1) == [("timeout", 3)]
    assert ledger.reasons("ok") == []


def test_failures_are_units_that_failed_in_whole_or_part(ledger: Ledger) -> None:
    ends: list[tuple[UnitState, str | None]] = [
        ("failed", "why"),
        ("partial", "why"),
        ("partial", None),
        ("ok", None),
        ("empty", None),
    ]
    for n, (state, reason) in enumerate(ends):
        (unit,) = admit(ledger, article(f"{n}"))
        finish(ledger, unit, found(state, reason=reason))
    assert ledger.failures() == 2


def test_inputs_that_can_not_be_read_are_noted_until_all_are_read_again(ledger: Ledger) -> None:
    ledger.fail_unreadable("b.txt", "empty")
    ledger.fail_unreadable("a.txt", "no text")
    ledger.fail_unreadable("b.txt", "too large")
    ledger.flush()
    assert ledger.unreadable() == [("a.txt", "no text"), ("b.txt", "too large")]
    assert ledger.unreadable(1) == [("a.txt", "no text")]
    ledger.forget_unreadable()
    ledger.fail_unreadable("c.txt", "no text")
    ledger.flush()
    assert ledger.unreadable() == [("c.txt", "no text")]


def test_an_unreadable_file_whose_name_is_no_utf_8_is_noted(path: Path) -> None:
    with opened(path) as ledger:
        ledger.fail_unreadable("caf\udce9.txt", "no text")
        ledger.flush()
        assert ledger.totals()["unreadable"] == 1


def test_articles_are_listed_without_their_text_and_with_their_worst_state(
    ledger: Ledger,
) -> None:
    ends: Mapping[str, tuple[UnitState | None, UnitState | None]] = {
        "good": ("ok", "empty"),
        "none": ("empty", "empty"),
        "part": ("ok", "partial"),
        "bad": ("partial", "failed"),
        "open": ("failed", None),
    }
    for name, states in ends.items():
        units = admit(ledger, article(name, title="T", published="2026-01-02"), "a", "b")
        for unit, state in zip(units, states, strict=True):
            if state:
                finish(ledger, unit, found(state))
    listed = list(ledger.articles())
    assert [(one["id"], one["state"]) for one in listed] == [
        ("good", "ok"),
        ("none", "empty"),
        ("part", "partial"),
        ("bad", "failed"),
        ("open", "pending"),
    ]
    assert "Two died" not in json.dumps(listed)
    assert listed[0]["published"] == "2026-01-02"


# ---- the file


def test_a_reader_sees_what_a_writer_has_finished(path: Path) -> None:
    with opened(path) as ledger:
        (unit,) = admit(ledger, article("a"))
        with opened(path, read_only=True) as reader:
            assert reader.states() == {"incident": {"pending": 1}}
            finish(ledger, unit, found(line="x"))
            assert list(reader.lines()) == ["x"]


def test_a_ledger_of_another_format_is_refused(path: Path) -> None:
    with opened(path) as ledger:
        admit(ledger, article("a"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'format'")
        connection.commit()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"has format 99, this version .* writes 1"):
            Ledger(path, read_only=read_only)


def _zeros(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def _no_table(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (n)")


def _no_format(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM meta")
        connection.commit()


@pytest.mark.parametrize("damage", [_zeros, _text, _no_table, _no_format])
def test_a_file_that_is_no_ledger_can_not_be_read(path: Path, damage: Any) -> None:
    with opened(path) as ledger:
        admit(ledger, article("a"))
    damage(path)
    with pytest.raises(StoreError) as caught:
        Ledger(path, read_only=True)
    assert str(path) in caught.value.message


def test_a_torn_file_is_told_and_not_taken_for_an_empty_one(path: Path) -> None:
    with opened(path) as ledger:
        for n in range(300):
            one = article(f"{n}", f"{n} " * 300)
            ledger.admit(one, keys_of(one))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))

    def read() -> None:
        with opened(path) as ledger:
            list(ledger.pending())
            list(ledger.lines())

    with pytest.raises(StoreError) as caught:
        read()
    assert str(path) in caught.value.message


# ---- against a model of it

_NAMES = st.sampled_from(["a", "b", "c", "d"])
_TYPES = ("incident", "displacement")


class Books(RuleBasedStateMachine):
    """A ledger and a dictionary that must always tell the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.texts: dict[str, str] = {}
        self.units: dict[tuple[str, str], Unit] = {}
        self.results: dict[str, str] = {}

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    @rule(name=_NAMES, text=st.sampled_from(["x", "y", "z"]))
    def admit(self, name: str, text: str) -> None:
        one = article(name, text)
        keys = keys_of(one, *_TYPES)
        self.texts[name] = text
        for kind, key in keys.items():
            if (name, kind) not in self.units or self.units[name, kind].key != key:
                self.units[name, kind] = Unit(name, kind, key, "pending")
        told = admit(self.ledger, one, *_TYPES)
        assert [(u.key, u.state) for u in told] == [
            (self.units[name, kind].key, self.units[name, kind].state) for kind in _TYPES
        ]

    @precondition(lambda self: self.units)
    @rule(data=st.data(), state=st.sampled_from(STATES), reason=st.sampled_from([None, "why"]))
    def finish(self, data: st.DataObject, state: UnitState, reason: str | None) -> None:
        unit = data.draw(st.sampled_from(list(self.units.values())))
        line = f"{unit.key} {state} {reason}"
        finish(self.ledger, unit, found(state, line, reason))
        self.results[unit.key] = line
        self.units[unit.article, unit.type] = Unit(unit.article, unit.type, unit.key, state, reason)

    @rule(all_units=st.booleans())
    def reopen(self, all_units: bool) -> None:
        count = 0
        for at, unit in self.units.items():
            failed = unit.state == "failed" or (unit.state == "partial" and unit.reason)
            if unit.state != "pending" and (all_units or failed):
                count += 1
                self.units[at] = Unit(unit.article, unit.type, unit.key, "pending")
        assert self.ledger.reopen(all_units=all_units) == count

    @rule()
    def close_and_open(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.sqlite")

    @invariant()
    def states_sum_up_to_the_units(self) -> None:
        states = self.ledger.states()
        assert sum(n for by_state in states.values() for n in by_state.values()) == len(self.units)
        for kind, by_state in states.items():
            for state, count in by_state.items():
                assert count == sum(u.state == state for u in self.units.values() if u.type == kind)
        totals = self.ledger.totals()
        assert (totals["articles"], totals["units"]) == (len(self.texts), len(self.units))

    @invariant()
    def what_is_to_be_done_is_what_is_not_done(self) -> None:
        told = [(one.id, one.text, [u.type for u in us]) for one, us in self.ledger.pending()]
        expected = []
        for name, text in self.texts.items():
            left = [t for t in _TYPES if self.units[name, t].state == "pending"]
            if left:
                expected.append((name, text, left))
        assert told == expected

    @invariant()
    def lines_are_the_results_of_what_is_done(self) -> None:
        expected = [
            self.results[unit.key]
            for name in self.texts
            for kind in _TYPES
            if (unit := self.units[name, kind]).state != "pending"
        ]
        assert list(self.ledger.lines()) == expected
        for key, line in self.results.items():
            assert self.ledger.line(key) == line


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
