from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llm_extract.article import Article
from llm_extract.errors import InputError, StoreError, UsageError
from llm_extract.runs.folder import RunFolder, Settings, resolved, with_whole_paths

FULL = Settings(
    sources=("a.txt", "ä b/*.txt"),
    types=("incident", "displacement"),
    types_dir="mine",
    model="openai/m",
    base_url="http://127.0.0.1:1/v1",
    mode="tools",
    profile="whole",
    max_asks=0,
    published="2026-01-02",
    publisher="AFP",
    language="fr",
    max_bytes=1000,
    output="out.csv",
)

_HOLDER = """
import sys, time
from pathlib import Path
from llm_extract.runs.folder import RunFolder
with RunFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the run's lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


# ---- the lock


def test_a_second_process_is_refused_and_told_the_number_of_the_first(folder: RunFolder) -> None:
    with held_elsewhere(folder.path) as process:
        for _ in range(2):
            with pytest.raises(UsageError) as caught, folder.locked():
                pass
            assert caught.value.message.endswith(f"number {process.pid}")
            assert str(folder.path) in caught.value.message
            assert "--run" in caught.value.hint


def test_the_lock_of_a_killed_process_is_free_again(folder: RunFolder) -> None:
    with held_elsewhere(folder.path) as process:
        process.kill()
        process.wait(10)
        with folder.locked():
            assert (folder.path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_was_given_back_is_free_again(folder: RunFolder) -> None:
    for _ in range(3):
        with folder.locked():
            pass
    with pytest.raises(ZeroDivisionError), folder.locked():
        raise ZeroDivisionError
    with folder.locked():
        pass


def test_the_same_process_does_not_get_the_lock_twice(folder: RunFolder) -> None:
    with folder.locked():
        with pytest.raises(UsageError, match=f"number {os.getpid()}$"), folder.locked():
            pass
        with pytest.raises(UsageError), RunFolder(folder.path / ".").locked():
            pass


def test_a_lock_file_somebody_has_left_locks_nothing(folder: RunFolder) -> None:
    (folder.path / "lock").write_text("12345678\n")
    with folder.locked():
        assert (folder.path / "lock").read_text() == f"{os.getpid()}\n"


def test_locking_makes_the_folder(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "a" / "b").locked():
        assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_is_a_file_can_not_be_locked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(UsageError, match="cannot be used") as caught, RunFolder(path).locked():
            pass
        assert str(path) in caught.value.message


def test_holding_the_lock_does_not_keep_readers_off(folder: RunFolder) -> None:
    folder.write(FULL, {})
    with folder.ledger():
        pass
    with held_elsewhere(folder.path):
        assert folder.read() == FULL
        with folder.ledger(read_only=True) as ledger:
            assert ledger.states() == {}


# ---- settings


@pytest.mark.parametrize("settings", [Settings(), FULL])
def test_settings_come_back_as_they_were_written(folder: RunFolder, settings: Settings) -> None:
    before = folder.exists
    folder.write(settings, {})
    assert (before, folder.exists) == (False, True)
    assert folder.read() == settings


def test_every_setting_is_one_of_those_that_come_back() -> None:
    default = Settings()
    for field in dataclasses.fields(Settings):
        assert getattr(FULL, field.name) != getattr(default, field.name)


def test_a_file_name_that_is_no_utf_8_comes_back(folder: RunFolder) -> None:
    settings = Settings(sources=("caf\udce9.txt",))
    folder.write(settings, {})
    assert folder.read() == settings


def test_facts_stand_beside_the_settings(folder: RunFolder) -> None:
    folder.write(FULL, {"tool_version": "1", "record_types": {"incident": {"prompt": "ä"}}})
    facts = folder.facts()
    assert facts["tool_version"] == "1"
    assert facts["record_types"] == {"incident": {"prompt": "ä"}}
    assert facts["settings"]["model"] == "openai/m"
    assert folder.read() == FULL


def test_settings_that_are_written_again_leave_nothing_of_the_old(folder: RunFolder) -> None:
    folder.write(FULL, {"note": "x" * 10_000})
    folder.write(Settings(), {})
    assert folder.read() == Settings()
    assert "note" not in folder.facts()
    assert [file.name for file in folder.path.iterdir()] == ["run.json"]


def test_settings_are_whole_though_writing_them_was_cut_off(folder: RunFolder) -> None:
    folder.write(FULL, {})
    (folder.path / "run.json.partial").write_text('{"format": 1, "sett')
    assert folder.read() == FULL
    folder.write(Settings(), {})
    assert folder.read() == Settings()


def test_settings_of_a_later_version_that_are_not_known_are_left_out(folder: RunFolder) -> None:
    folder.write(FULL, {})
    file = folder.path / "run.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    stored["settings"]["colour"] = "red"
    file.write_text(json.dumps(stored), encoding="utf-8")
    assert folder.read() == FULL


def test_settings_that_are_missing_have_their_default(folder: RunFolder) -> None:
    (folder.path / "run.json").write_text('{"format": 1, "settings": {}}')
    assert folder.read() == Settings()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b'{"format": 1}',
        b'{"settings": {}}',
        b'{"format": 1, "settings": []}',
        b'{"format": 1, "settings": null}',
        b"\xff\xfe\x00",
        b'{"format": 1, "settings": {"sources": 5}}',
        b'{"format": 1, "settings": {"types": true}}',
    ],
)
def test_a_damaged_settings_file_is_told_by_name(folder: RunFolder, content: bytes) -> None:
    (folder.path / "run.json").write_bytes(content)
    with pytest.raises(InputError, match="is damaged") as caught:
        folder.read()
    assert str(folder.path / "run.json") in caught.value.message
    assert caught.value.exit_status == 2


def test_settings_of_another_format_are_refused(folder: RunFolder) -> None:
    (folder.path / "run.json").write_text('{"format": 7, "settings": {}}')
    with pytest.raises(InputError, match="has format 7, not 1"):
        folder.read()


def test_a_folder_that_holds_no_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "none", tmp_path / "file"):
        folder = RunFolder(path)
        assert not folder.exists
        with pytest.raises(InputError, match="holds no run") as caught:
            folder.read()
        assert str(path) in caught.value.message
        assert "give articles to start one" in caught.value.hint


# ---- the ledger of a run


def test_the_ledger_stays_in_the_folder(folder: RunFolder) -> None:
    with folder.ledger() as ledger:
        ledger.admit(Article(id="a", text="x"), {"incident": "k"})
    with folder.ledger(read_only=True) as ledger:
        assert ledger.states() == {"incident": {"pending": 1}}
    assert folder.ledger_path.parent == folder.default_output.parent == folder.path


def test_a_ledger_that_is_gone_is_told_and_not_made_anew(folder: RunFolder) -> None:
    with (
        pytest.raises(StoreError, match="is gone") as caught,
        folder.ledger(read_only=True),
    ):
        pass
    assert str(folder.ledger_path) in caught.value.message
    assert not folder.ledger_path.exists()


def test_the_ledger_is_closed_when_the_work_fails(folder: RunFolder) -> None:
    def fail() -> None:
        with folder.ledger() as ledger:
            ledger.admit(Article(id="a", text="x"), {"incident": "k"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with folder.ledger() as ledger:
        assert ledger.totals()["units"] == 1


# ---- going on


@pytest.mark.parametrize(
    ("name", "other", "option"),
    [
        ("types", ("incident",), "--type incident displacement, not incident"),
        ("types_dir", "theirs", "--types mine, not theirs"),
        ("model", "openai/n", "--model openai/m, not openai/n"),
        ("base_url", "http://x/v1", "--base-url http://127.0.0.1:1/v1, not http://x/v1"),
        ("mode", "json", "--mode tools, not json"),
        ("profile", "windows", "--profile whole, not windows"),
        ("max_asks", 3, "--max-asks 0, not 3"),
        ("published", "2026-01-03", "--published 2026-01-02, not 2026-01-03"),
        ("publisher", "AP", "--publisher AFP, not AP"),
        ("language", "de", "--language fr, not de"),
        ("max_bytes", 7, "--max-bytes 1000, not 7"),
    ],
)
def test_a_contradiction_names_the_option(name: str, other: Any, option: str) -> None:
    given: Settings = dataclasses.replace(Settings(), **{name: other})
    with pytest.raises(UsageError) as caught:
        resolved(FULL, given)
    assert caught.value.message == f"the run was started with {option}"
    assert "another folder" in caught.value.hint
    # As a run that was started with the default would have it:
    with pytest.raises(UsageError):
        resolved(Settings(), given)


def test_what_was_not_given_at_the_start_is_called_none() -> None:
    with pytest.raises(UsageError, match=r"--publisher none, not AP$"):
        resolved(Settings(), Settings(publisher="AP"))
    with pytest.raises(UsageError, match=r"--max-asks none, not 0$"):
        resolved(Settings(), Settings(max_asks=0))


def test_what_is_left_away_is_taken_from_the_start() -> None:
    assert resolved(FULL, Settings()) == FULL


def test_what_is_given_again_is_no_contradiction() -> None:
    assert resolved(FULL, FULL) == FULL
    assert resolved(Settings(), Settings()) == Settings()


def test_sources_are_added_in_order_and_once() -> None:
    added = resolved(FULL, Settings(sources=("c.txt", "a.txt", "b.txt")))
    assert added == dataclasses.replace(FULL, sources=("a.txt", "ä b/*.txt", "c.txt", "b.txt"))
    assert resolved(added, Settings(sources=("b.txt",))) == added


def test_an_output_that_is_given_replaces_the_old_one() -> None:
    assert resolved(FULL, Settings(output="new.json")).output == "new.json"
    assert resolved(FULL, Settings()).output == "out.csv"
    assert resolved(Settings(), Settings(output="new.json")).output == "new.json"


def test_whole_paths_mean_the_same_from_any_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = dataclasses.replace(
        FULL, sources=("a.txt", "../b", "-", "http://x/y", "/c", "caf\udce9.txt")
    )
    whole = with_whole_paths(given)
    here = str(tmp_path)
    assert whole.sources[0] == f"{here}/a.txt"
    assert Path(whole.sources[1]).resolve() == (tmp_path.parent / "b").resolve()
    assert whole.sources[2:] == ("-", "http://x/y", "/c", f"{here}/caf\udce9.txt")
    assert (whole.types_dir, whole.output) == (f"{here}/mine", f"{here}/out.csv")
    assert with_whole_paths(whole) == whole
    assert with_whole_paths(Settings()) == Settings()
    changed = {name: getattr(given, name) for name in ("sources", "types_dir", "output")}
    assert dataclasses.replace(whole, **changed) == given
