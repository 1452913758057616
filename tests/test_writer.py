from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from llm_extract.errors import StoreError
from llm_extract.runs.writer import Statement, Writer, connect

SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, v TEXT UNIQUE, w TEXT)"


def row(value: object) -> Statement:
    return ("INSERT INTO t (v) VALUES (?)", (value,))


NO_TABLE: Statement = ("INSERT INTO nowhere VALUES (1)", ())


@contextmanager
def writing(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "db", SCHEMA)
    try:
        yield writer
    finally:
        writer.close()


def stored(path: Path) -> list[str]:
    """Return what another connection sees."""
    with closing(sqlite3.connect(path)) as connection:
        return [value for (value,) in connection.execute("SELECT v FROM t ORDER BY n")]


class SlowCommit:
    """Holds up every commit, in its thread, until it is let go."""

    def __init__(self, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        commit = writer._commit

        def slow() -> None:
            if threading.current_thread() is not threading.main_thread():
                self.begun.set()
                assert self.go.wait(5)
            commit()

        monkeypatch.setattr(writer, "_commit", slow)

    async def is_under_way(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 5)


def test_what_is_acknowledged_is_seen_by_another_connection(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        for n in range(5):
            await writer.write(row(f"{n}"))
            assert stored(writer.path) == [f"{i}" for i in range(n + 1)]

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_an_acknowledged_row_is_durable_by_the_files_settings(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_nothing_is_acknowledged_before_it_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(writer: Writer) -> None:
        slow = SlowCommit(writer, monkeypatch)
        told = asyncio.create_task(writer.write(row("a")))
        await slow.is_under_way()
        await asyncio.sleep(0.01)
        assert not told.done()
        assert stored(writer.path) == []
        slow.go.set()
        await told
        assert stored(writer.path) == ["a"]

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_statements_are_executed_in_the_order_told(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        async def one(n: int) -> None:
            writer.post(row(f"p{n}"))
            await writer.write(row(f"w{n}"), row(f"x{n}"))

        await asyncio.gather(*(one(n) for n in range(50)))
        assert stored(writer.path) == [f"{kind}{n}" for n in range(50) for kind in "pwx"]

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_what_was_posted_before_is_written_with_a_write(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        writer.post(row("a"), row("b"))
        writer.post()
        await writer.write()
        assert stored(writer.path) == ["a", "b"]

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_many_writes_share_a_commit(tmp_path: Path) -> None:
    commits: list[str] = []

    async def work(writer: Writer) -> None:
        writer._connection.set_trace_callback(
            lambda sql: commits.append(sql) if sql == "COMMIT" else None
        )
        await asyncio.gather(*(writer.write(row(f"{n}")) for n in range(300)))

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
        assert len(stored(writer.path)) == 300
    assert 1 <= len(commits) <= 5


def test_a_statement_that_fails_fails_what_is_told_with_and_after_it(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        await writer.write(row("kept"))
        ends = await asyncio.gather(
            *(writer.write(s) for s in (row("a"), row("kept"), row("b"))), return_exceptions=True
        )
        assert [type(end) for end in ends] == [StoreError] * 3
        with pytest.raises(StoreError):
            await writer.write(row("c"))
        with pytest.raises(StoreError):
            writer.post(row("d"))
        with pytest.raises(StoreError):
            writer.flush()

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
    assert stored(tmp_path / "db") == ["kept"]


def test_the_error_names_the_file_and_says_what_to_do(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.post(NO_TABLE)
        with pytest.raises(StoreError, match="no such table: nowhere") as caught:
            writer.flush()
    assert str(tmp_path / "db") in caught.value.message
    assert "room" in caught.value.hint


def test_nothing_that_was_acknowledged_is_lost_by_a_failure(tmp_path: Path) -> None:
    acknowledged: list[str] = []

    async def work(writer: Writer) -> None:
        async def one(n: int) -> None:
            await asyncio.sleep(n * 0.002)
            await writer.write(NO_TABLE if n == 15 else row(f"{n}"))
            acknowledged.append(f"{n}")

        ends = await asyncio.gather(*(one(n) for n in range(30)), return_exceptions=True)
        assert all(end is None or isinstance(end, StoreError) for end in ends)

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
    assert acknowledged
    assert len(acknowledged) < 30
    assert set(acknowledged) <= set(stored(tmp_path / "db"))


def test_a_failure_while_a_commit_is_under_way_is_told_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(writer: Writer) -> None:
        await writer.write(row("kept"))
        slow = SlowCommit(writer, monkeypatch)
        under_way = asyncio.create_task(writer.write(row("a")))
        await slow.is_under_way()
        writer.post(NO_TABLE)
        with pytest.raises(StoreError):
            writer.flush()
        slow.go.set()
        with pytest.raises(StoreError):
            await under_way

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
    assert stored(tmp_path / "db") == ["kept"]


@pytest.mark.parametrize("value", [object(), 2**70, "half a character \ud83d"])
def test_a_value_that_can_not_be_stored_is_told_to_who_waits(tmp_path: Path, value: Any) -> None:
    async def work(writer: Writer) -> BaseException | None:
        told = asyncio.create_task(writer.write(row(value)))
        await asyncio.wait([told], timeout=0.2)
        if writer._task and writer._task.done():
            assert writer._task.exception() is None
        assert told.done(), "who waits is never told"
        return told.exception()

    with writing(tmp_path) as writer:
        assert isinstance(asyncio.run(work(writer)), StoreError)


def test_a_flush_while_a_commit_is_under_way_ends_and_writes_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(writer: Writer) -> None:
        slow = SlowCommit(writer, monkeypatch)
        first = asyncio.create_task(writer.write(row("a")))
        await slow.is_under_way()
        second = asyncio.create_task(writer.write(row("b")))
        await asyncio.sleep(0)
        writer.post(row("c"))
        writer.flush()
        assert stored(writer.path) == ["a", "b", "c"]
        await second
        slow.go.set()
        await first

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_a_flush_waits_for_a_commit_that_holds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(writer: Writer) -> None:
        told = asyncio.create_task(writer.write(row("a")))
        await asyncio.sleep(0.012)
        holding = threading.Event()

        def hold() -> None:
            with writer._busy:
                holding.set()
                threading.Event().wait(0.05)

        thread = threading.Thread(target=hold)
        thread.start()
        assert holding.wait(5)
        writer.post(row("b"))
        writer.flush()
        assert stored(writer.path) == ["a", "b"]
        await told
        thread.join()

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_flushes_and_writes_in_turn_lose_nothing(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        async def one(n: int) -> None:
            for m in range(10):
                await writer.write(row(f"{n}.{m}"))
                if (n + m) % 3 == 0:
                    writer.flush()
                await asyncio.sleep(0)

        await asyncio.gather(*(one(n) for n in range(8)))
        assert len(stored(writer.path)) == 80

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_a_flush_with_nothing_to_write_is_nothing(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.flush()
        writer.flush()
    assert stored(tmp_path / "db") == []


def test_closing_writes_what_was_posted(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        writer.post(row("a"))
        writer.post(row("b"))
        assert stored(writer.path) == []
    assert stored(tmp_path / "db") == ["a", "b"]


def test_closing_writes_what_was_posted_in_a_loop_that_has_ended(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        writer.post(row("a"))
        waiting = asyncio.create_task(writer.write(row("b")))
        await asyncio.sleep(0)
        waiting.cancel()

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
    assert stored(tmp_path / "db") == ["a", "b"]


def test_one_writer_serves_one_loop_after_the_other(tmp_path: Path) -> None:
    async def work(writer: Writer, value: str) -> None:
        writer.post(row(value))
        await writer.write(row(value + value))
        writer.post(row(value * 3))

    with writing(tmp_path) as writer:
        for value in "abc":
            asyncio.run(work(writer, value))
    assert stored(tmp_path / "db") == [v * n for v in "abc" for n in (1, 2, 3)]


def test_who_no_longer_waits_takes_nothing_from_others(tmp_path: Path) -> None:
    async def work(writer: Writer) -> None:
        tasks = [asyncio.create_task(writer.write(row(f"{n}"))) for n in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [end is None for end in ends] == [True, False, True, True]
        assert stored(writer.path) == ["0", "1", "2", "3"]

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))


def test_what_is_posted_without_a_loop_is_written_before_it_is_too_much(tmp_path: Path) -> None:
    most = 0
    with writing(tmp_path) as writer:
        for n in range(12_000):
            writer.post(row(f"{n}"))
            most = max(most, len(writer._statements))
        assert most <= 5000
        assert len(stored(writer.path)) >= 7000
    assert stored(tmp_path / "db") == [f"{n}" for n in range(12_000)]


def test_what_is_posted_in_a_loop_that_never_rests_is_written_before_it_is_too_much(
    tmp_path: Path,
) -> None:
    async def work(writer: Writer) -> None:
        for n in range(6000):
            writer.post(row(f"{n}"))
            assert len(writer._statements) <= 5000
        await writer.write()

    with writing(tmp_path) as writer:
        asyncio.run(work(writer))
        assert len(stored(writer.path)) == 6000


@pytest.mark.parametrize("what", ["folder", "missing folder", "no database"])
def test_a_file_that_can_not_be_a_database_is_refused(tmp_path: Path, what: str) -> None:
    path = {"folder": tmp_path, "missing folder": tmp_path / "a" / "db"}.get(what, tmp_path / "db")
    if what == "no database":
        path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError) as caught:
        Writer(path, SCHEMA)
    assert str(path) in caught.value.message
