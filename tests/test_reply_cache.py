from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from llm_extract.errors import LlmExtractError, StoreError
from llm_extract.runs import reply_cache
from llm_extract.runs.reply_cache import ReplyCache

DAY_S = 86400.0


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reply_cache, "time", clock)
    return clock


@contextmanager
def opened(path: Path, **bounds: Any) -> Iterator[ReplyCache]:
    with closing(ReplyCache(path, **bounds)) as cache:
        yield cache


def kept(path: Path, *keys: str, **bounds: Any) -> list[str]:
    """Return which of these keys have an answer."""
    with opened(path, **bounds) as cache:
        return [key for key in keys if cache.get(key) is not None]


def test_an_answer_is_given_back_as_it_was_put(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "cache"
    with opened(path) as cache:
        cache.put("k", '{"é": "\N{GRINNING FACE}"}')
        assert cache.get("other") is None
    with opened(path) as cache:
        assert cache.get("k") == '{"é": "\N{GRINNING FACE}"}'
        assert cache.get("other") is None


def test_what_one_cache_has_put_another_that_is_open_gives(tmp_path: Path) -> None:
    async def work() -> None:
        with opened(tmp_path / "cache") as one, opened(tmp_path / "cache") as two:
            for n in range(3):
                one.put(f"{n}", f"one {n}")
                for _ in range(100):
                    if two.get(f"{n}"):
                        break
                    await asyncio.sleep(0.002)
                assert two.get(f"{n}") == f"one {n}"
                two.put(f"{n}", f"two {n}")
                await asyncio.sleep(0.05)
                assert one.get(f"{n}") == f"two {n}"

    asyncio.run(work())


def test_several_runs_may_use_a_cache_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    failed: list[BaseException] = []

    async def work(number: int) -> None:
        with opened(path) as cache:
            for n in range(20):
                cache.put(f"{number}.{n}", "{}")
                cache.get(f"{number}.{n - 1}")
                await asyncio.sleep(0.001)

    def run(number: int) -> None:
        try:
            asyncio.run(work(number))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    keys = [f"{number}.{n}" for number in range(4) for n in range(20)]
    assert kept(path, *keys) == keys


def test_a_cache_of_another_process_may_be_used_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    script = (
        "import sys; from pathlib import Path\n"
        "from llm_extract.runs.reply_cache import ReplyCache\n"
        "cache = ReplyCache(Path(sys.argv[1])); cache.put('theirs', '1'); cache.close()\n"
    )
    with opened(path) as cache:
        cache.put("ours", "2")
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
        assert cache.get("theirs") == "1"
    assert kept(path, "ours", "theirs") == ["ours", "theirs"]


def test_an_answer_that_is_too_old_is_not_given(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cache"
    with opened(path) as cache:
        cache.put("k", "{}")
    clock.now += 90 * DAY_S
    with opened(path) as cache:
        assert cache.get("k") == "{}"
        clock.now += 1
        assert cache.get("k") is None
    clock.now -= 10 * DAY_S
    assert kept(path, "k") == []  # it was forgotten when closed


def test_using_an_answer_does_not_make_it_younger(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cache"
    with opened(path) as cache:
        cache.put("k", "{}")
    for _ in range(9):
        clock.now += 10 * DAY_S
        assert kept(path, "k") == ["k"]
    clock.now += 10 * DAY_S
    assert kept(path, "k") == []


def test_putting_an_answer_again_makes_it_young(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cache"
    for n in range(3):
        with opened(path, max_days=2) as cache:
            cache.put("k", f"{n}")
        clock.now += 1.5 * DAY_S
    with opened(path, max_days=2) as cache:
        assert cache.get("k") == "2"


def test_the_least_recently_used_are_forgotten_first(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cache"
    with opened(path) as cache:
        for key in "abcde":
            clock.now += 1
            cache.put(key, "x" * 100)
    clock.now += 1
    with opened(path, max_bytes=300) as cache:
        assert cache.get("a")
        assert cache.get("none") is None
    assert kept(path, *"abcde") == ["a", "d", "e"]


@pytest.mark.parametrize(("most", "left"), [(300, "abc"), (299, "bc"), (99, ""), (0, "")])
def test_no_more_bytes_are_left_than_allowed(
    tmp_path: Path, clock: Clock, most: int, left: str
) -> None:
    path = tmp_path / "cache"
    with opened(path, max_bytes=most) as cache:
        for key in "abc":
            clock.now += 1
            cache.put(key, "é" * 50)
    assert kept(path, *"abc") == list(left)


def test_an_answer_counts_with_its_last_size(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "cache"
    with opened(path, max_bytes=100) as cache:
        cache.put("a", "x" * 1000)
        cache.put("a", "x" * 50)
        clock.now += 1
        cache.put("b", "x" * 50)
    assert kept(path, "a", "b") == ["a", "b"]


def test_closing_twice_is_harmless_or_clearly_told(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "cache")
    cache.put("k", "{}")
    cache.close()
    told: list[Exception] = []
    try:
        cache.close()
    except Exception as error:
        told.append(error)
    assert all(isinstance(error, LlmExtractError) for error in told)
    assert kept(tmp_path / "cache", "k") == ["k"]


def test_a_file_that_is_no_cache_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError) as caught:
        ReplyCache(path)
    assert str(path) in caught.value.message


def test_a_cache_whose_folder_can_not_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LlmExtractError) as caught:
        ReplyCache(tmp_path / "file" / "cache")
    assert "file" in caught.value.message
