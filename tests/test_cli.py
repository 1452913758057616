from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from running import Run
from scripted import incident
from stub_server import Answer, Stub, chat, fault, serving
from typer.testing import CliRunner

from llm_extract import cli
from llm_extract.errors import LlmExtractError
from llm_extract.terminal import printable

SEED = Path("seeds/articles/afp-idlib-2019-08-27.txt").resolve()
RAID = "On Monday, air raids killed 12 civilians in Kessi, police said."
KEY = "sk-planted-0123456789abcdef"
DOWN = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLM_EXTRACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cli, "_debug", False)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "kessi.txt"
    path.write_text(RAID, encoding="utf-8")
    return path


@pytest.fixture
def served() -> Iterator[Stub]:
    """An endpoint that tells of the raid."""
    with serving(lambda request: chat(json.dumps(answer_to(request)))) as stub:
        yield stub


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    asked = request["response_format"]["json_schema"]["schema"]
    records = [incident(1, dead=["12 civilians"])] if "Incident" in json.dumps(asked) else []
    return {"records": records}


def remote(stub: Stub | None = None) -> list[str]:
    url = stub.url if stub else DOWN
    return ["--base-url", url, "--model", "m", "--profile", "windows", "--published", "2023-05-17"]


def only_incidents(stub: Stub | None = None) -> list[str]:
    return [*remote(stub), "-t", "incident"]


# ---- help and wrong use


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    def walk(command: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        yield way, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*way, name))

    return walk(typer.main.get_command(cli.app), ())


@pytest.mark.parametrize(
    ("way", "command"), [pytest.param(*c, id=" ".join(c[0])) for c in commands()]
)
def test_help_of_every_command_names_its_options(way: tuple[str, ...], command: Any) -> None:
    shown = CliRunner().invoke(cli.app, [*way, "--help"])
    assert shown.exit_code == 0
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert option in shown.output
    assert "\x1b" not in shown.output


def options() -> Iterator[tuple[str, Any]]:
    for way, command in commands():
        for parameter in command.params:
            if parameter.param_type_name == "option" and "--help" not in parameter.opts:
                yield " ".join((*way, parameter.opts[-1])), parameter


@pytest.mark.parametrize(("name", "option"), [pytest.param(*o, id=o[0]) for o in options()])
def test_every_option_is_an_environment_variable_too(name: str, option: Any) -> None:
    if "--version" in option.opts:
        return
    long = max(option.opts, key=len).removeprefix("--")
    assert option.envvar == f"LLM_EXTRACT_{long.upper().replace('-', '_')}"


def test_an_environment_variable_sets_an_option_and_a_flag_overrides_it(
    run: Run, article: Path, served: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_EXTRACT_BASE_URL", served.url)
    monkeypatch.setenv("LLM_EXTRACT_MODEL", "from-environment")
    monkeypatch.setenv("LLM_EXTRACT_PROFILE", "windows")
    monkeypatch.setenv("LLM_EXTRACT_TYPE", "incident displacement")
    told = run("extract", article)
    assert [line["record_type"] for line in told.lines] == ["incident", "displacement"]
    assert served.requests[0]["model"] == "from-environment"
    run("extract", article, "--model", "from-flag", "-t", "incident")
    assert served.requests[-1]["model"] == "from-flag"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bogus"], "--bogus"),
        (["bogus"], "bogus"),
        (["extract"], "FILES"),
        (["extract", "x.txt", "--mode", "bogus"], "--mode"),
        (["extract", "x.txt", "--max-asks", "-1"], "--max-asks"),
        (["extract", "x.txt", "--record", "a", "--replay", "b"], "exclude each other"),
        (["extract", "x.txt", "--published", "last week"], "last week"),
        (["extract", "x.txt", "-t", "incidnt"], "unknown record type 'incidnt'"),
        (["extract", str(SEED), "--model", "nobody/gpt"], "nobody"),
        (["extract", "missing.txt", "-t", "incident"], "missing.txt"),
        (["check", "missing.jsonl", "--article", "missing.txt"], "missing"),
        (["check", "missing.jsonl"], "--article"),
        (["types", "bogus"], "unknown record type"),
        (["prompt", "missing.txt"], "--type"),
        (["prompt", "missing.txt", "-t", "incident"], "missing.txt"),
        (["new", "Bad Name"], "cannot name a record type"),
        (["models", "bogus"], "bogus"),
    ],
)  # fmt: skip
def test_wrong_use_is_an_error_a_hint_and_exit_status_2(
    run: Run, arguments: list[str], message: str
) -> None:
    ended = run(*arguments)
    assert ended.status == 2
    error = next(line for line in ended.err.splitlines() if line.startswith("error: "))
    assert message in error
    assert "missing" in error or "\nhint: " in ended.err
    assert "Traceback" not in ended.err


def test_without_arguments_the_help_is_shown(run: Run) -> None:
    ended = run()
    assert ended.status == 2
    assert "Commands:" in ended.err + ended.out


def test_an_unknown_type_is_met_with_the_nearest_and_all_known_ones(run: Run) -> None:
    ended = run("types", "incidnt")
    assert "did you mean incident?" in ended.err
    assert "ceasefire_agreement, displacement, incident" in ended.err


def test_the_version_is_told(run: Run) -> None:
    ended = run("--version")
    assert ended.status == 0
    assert re.fullmatch(r"llm-extract \S+\n", ended.out)


def test_a_traceback_is_shown_only_with_debug(run: Run) -> None:
    assert "Traceback" not in run("types", "bogus").err
    assert "Traceback" in run("--debug", "types", "bogus").err


def test_a_fault_of_the_program_is_told_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by \x1b[31mzero")

    monkeypatch.setattr("llm_extract.commands.run_types", burst)
    ended = run("types")
    assert ended.status == 1
    assert "error: unforeseen ZeroDivisionError" in ended.err
    assert "--debug" in ended.err
    assert "Traceback" not in ended.err
    assert "\x1b" not in ended.err


def test_only_cli_prints_errors_and_commands_lie_below_it() -> None:
    for path in Path("llm_extract").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if path.parent.name != "cli" and path.name != "__main__.py":
            assert not any(re.match(r"llm_extract\.cli(\.|$)", str(n)) for n in imported), path


# ---- extract: streams, files, status


def test_records_go_to_stdout_as_json_lines_and_words_to_stderr(
    run: Run, article: Path, served: Stub
) -> None:
    ended = run("extract", article, *remote(served))
    assert ended.status == 0
    assert [line["record_type"] for line in ended.lines] == [
        "ceasefire_agreement",
        "displacement",
        "incident",
    ]
    [record] = ended.lines[2]["records"]
    assert record["fatalities"]["total"]["value"] == 12
    assert "12 dead" in ended.err
    assert f"{served.url} (on this machine)" in ended.err


def test_quiet_leaves_the_summary_out(run: Run, article: Path, served: Stub) -> None:
    assert "12 dead" not in run("extract", article, *only_incidents(served), "--quiet").err


def test_an_article_may_come_from_standard_input(run: Run, served: Stub) -> None:
    ended = run("extract", "-", *only_incidents(served), stdin=RAID.encode())
    assert ended.status == 0
    assert len(ended.lines[0]["records"]) == 1


def test_output_goes_to_a_file_and_stdout_stays_empty(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    target = tmp_path / "deep" / "out.jsonl"
    ended = run("extract", article, *only_incidents(served), "-o", target)
    assert (ended.status, ended.out) == (0, "")
    assert json.loads(target.read_text(encoding="utf-8"))["state"] == "ok"
    assert [p.name for p in target.parent.iterdir()] == ["out.jsonl"]
    assert str(target) in ended.err


def test_a_failing_run_leaves_the_old_output_alone(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old\n", encoding="utf-8")
    ended = run("extract", article, *only_incidents(), "--replay", tmp_path, "-o", target)
    assert ended.status == 2
    assert target.read_text(encoding="utf-8") == "old\n"
    assert [p.name for p in tmp_path.glob("out.jsonl*")] == ["out.jsonl"]


def test_what_was_done_before_a_failure_is_kept_beside_the_output(
    run: Run, served: Stub, tmp_path: Path
) -> None:
    tapes, target = tmp_path / "tapes", tmp_path / "out.jsonl"
    lines = [{"id": name, "text": RAID, "published": "2023-05-17"} for name in ("one", "two")]
    many = tmp_path / "many.jsonl"
    many.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run("extract", many, *only_incidents(served), "--record", tapes)
    (tapes / "two.yaml").unlink()
    ended = run("extract", many, *only_incidents(), "--replay", tapes, "-o", target)
    assert ended.status == 2
    assert not target.exists()
    kept = (tmp_path / "out.jsonl.partial").read_text(encoding="utf-8")
    assert json.loads(kept)["article_id"] == "one"
    assert "out.jsonl.partial" in ended.err


@pytest.mark.parametrize("kind", ["a directory", "below a file"])
def test_an_output_that_can_not_be_written_costs_no_question(
    run: Run, article: Path, served: Stub, tmp_path: Path, kind: str
) -> None:
    target = tmp_path if kind == "a directory" else article / "out.jsonl"
    ended = run("extract", article, *only_incidents(served), "-o", target)
    assert ended.status == 2
    assert served.requests == []


# ---- extract: the model


def test_an_endpoint_that_is_down_ends_with_3_and_a_line_for_every_article(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_extract.transport.ATTEMPTS", 1)
    many = tmp_path / "many.jsonl"
    many.write_text(
        "".join(json.dumps({"id": f"a{n}", "text": RAID}) + "\n" for n in range(3)), "utf-8"
    )
    ended = run("extract", many, "--base-url", DOWN, "--model", "m", "--profile", "windows")
    assert ended.status == 3
    assert [line["state"] for line in ended.lines if line["record_type"] == "incident"] == [
        *("failed", "failed", "failed")
    ]
    assert len(ended.lines) == 9
    assert ended.err.count("error: ") == 1
    assert "127.0.0.1:9" in ended.err
    assert "hint: " in ended.err


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(fault(401, {"message": f"bad key {KEY}"}), "refused the key", id="401"),
        pytest.param(fault(403), "refused the key", id="403"),
        pytest.param(fault(404, {"message": "no model m"}), "does not know the model", id="404"),
        pytest.param(
            fault(429, {"message": "slow down"}, Retry_After="3600"), "wait 3600 s", id="429"
        ),
        pytest.param(
            fault(429, {"message": "pay", "code": "insufficient_quota"}), "no quota", id="no quota"
        ),
    ],
)
def test_a_model_that_refuses_ends_with_3(
    run: Run, article: Path, answer: Answer, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_EXTRACT_API_KEY", KEY)
    with serving(answer) as stub:
        ended = run("extract", article, *only_incidents(stub))
    assert ended.status == 3
    assert message in ended.err
    assert ended.err.count("hint: ") == 1
    assert ended.lines[0]["state"] == "failed"
    assert KEY not in ended.out + ended.err


def test_the_models_an_endpoint_offers_are_named_when_ours_is_unknown(
    run: Run, article: Path
) -> None:
    with serving(fault(404, {"message": "no model m"})) as stub:
        stub.listed = ("mini", "maxi")
        assert "the endpoint offers mini" in run("extract", article, *only_incidents(stub)).err


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            fault(400, {"message": "maximum context length is 10 tokens, 99 tokens asked"}),
            "does not fit the model's context",
            id="context exceeded",
        ),
        pytest.param(chat("{" * 30), "", id="malformed JSON"),
        pytest.param(
            chat('{"records": [{"sent', finish="length"), "cut at the token limit", id="truncated"
        ),
        pytest.param(chat(None, message={"refusal": "no"}), "declined", id="refused"),
        pytest.param(chat(""), "answered nothing", id="empty"),
    ],
)
def test_a_reply_that_can_not_be_used_ends_with_1_and_says_why(
    run: Run, article: Path, answer: Answer, message: str
) -> None:
    with serving(answer) as stub:
        ended = run("extract", article, *only_incidents(stub))
    assert ended.status == 1
    [line] = ended.lines
    assert line["state"] == "failed"
    assert message in line["failure"]
    assert line["attempts"]
    assert "could not be asked" in ended.err
    assert "Traceback" not in ended.err


def test_a_missing_key_is_told_before_anything_is_sent(run: Run, article: Path) -> None:
    ended = run("extract", article, "--model", "openai/some-model")
    assert ended.status == 3
    assert "OPENAI_API_KEY" in ended.err
    assert ended.out == ""


def test_one_unreadable_source_does_not_cost_the_others(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    for order in ([tmp_path / "no.txt", article], [article, tmp_path / "no.txt"]):
        ended = run("extract", *order, *only_incidents(served))
        assert ended.status == 1
        assert len(ended.lines) == 1
        assert ended.err.count("error: ") == 1
        assert "no.txt" in ended.err


def test_interrupting_ends_with_130(article: Path, tmp_path: Path) -> None:
    with serving(Answer(misdeed="drip")) as stub:
        command = [sys.executable, "-m", "llm_extract", "extract", str(article)]
        process = subprocess.Popen(
            [*command, *only_incidents(stub), "-o", str(tmp_path / "out.jsonl")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        wait_until(lambda: bool(stub.requests))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert not (tmp_path / "out.jsonl").exists()


def test_a_reader_that_leaves_early_ends_the_run_quietly(served: Stub, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text(
        "".join(json.dumps({"id": f"a{n}", "text": RAID}) + "\n" for n in range(40)), "utf-8"
    )
    command = [sys.executable, "-m", "llm_extract", "extract", str(many), "--quiet"]
    process = subprocess.Popen(
        [*command, *only_incidents(served)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=20) == 1
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path.cwd())}


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    assert done()


# ---- recordings


def test_what_was_recorded_is_replayed_without_a_model(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    tapes = tmp_path / "tapes"
    first = run("extract", article, *only_incidents(served), "--record", tapes)
    asked = len(served.requests)
    again = run("extract", article, *only_incidents(), "--replay", tapes)
    assert (first.status, again.status) == (0, 0)
    assert len(served.requests) == asked
    assert again.lines[0]["records"] == first.lines[0]["records"]
    assert "nothing is sent" in again.err


def test_a_stale_recording_is_named_with_the_command_that_renews_it(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    tapes = tmp_path / "tapes"
    run("extract", article, *only_incidents(served), "--record", tapes)
    article.write_text(RAID.replace("12", "13"), encoding="utf-8")
    ended = run("extract", article, *only_incidents(), "--replay", tapes)
    assert ended.status == 2
    assert "kessi.yaml" in ended.err
    assert f"hint: record it again: llm-extract extract {article}" in ended.err
    assert f"--record {tapes}" in ended.err


def test_a_key_never_gets_into_a_recording(
    run: Run, article: Path, served: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_EXTRACT_API_KEY", KEY)
    article.write_text(f"{RAID} The key {KEY} was found.", encoding="utf-8")
    run("extract", article, *only_incidents(served), "--record", tmp_path / "tapes")
    assert f"Bearer {KEY}" in served.headers[0].values()
    [tape] = (tmp_path / "tapes").iterdir()
    assert KEY not in tape.read_text(encoding="utf-8")


# ---- articles of every kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "there is no text", id="empty file"),
        pytest.param(b" \n\t\n", "", id="white space only"),
        pytest.param(bytes(range(256)) * 40, "", id="binary file"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(500), "", id="a program"),
    ],
)
def test_a_file_without_an_article_is_refused_before_a_model_is_needed(
    run: Run, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    ended = run("extract", path, "-t", "incident")
    assert ended.status == 2
    assert ended.out == ""
    assert message in ended.err
    assert "x.txt" in ended.err
    assert "\nhint: " in ended.err


def test_an_article_without_a_sentence_is_empty(run: Run, tmp_path: Path, served: Stub) -> None:
    path = tmp_path / "x.txt"
    path.write_text("... !!! ---", encoding="utf-8")
    ended = run("extract", path, *only_incidents(served))
    assert ended.status == 0
    assert [(line["state"], line["records"]) for line in ended.lines] == [("empty", [])]


def test_five_megabytes_are_read_in_time(run: Run, tmp_path: Path, served: Stub) -> None:
    path = tmp_path / "long.txt"
    quiet = "The market of Kessi was open, " + "the weather was fine, " * 40 + "they said.\n\n"
    path.write_text(quiet * (5_000_000 // len(quiet)) + RAID, encoding="utf-8")
    started = time.monotonic()
    ended = run("extract", path, *only_incidents(served))
    assert ended.status == 0
    assert len(served.requests) <= 3
    assert time.monotonic() - started < 60


def test_more_than_is_allowed_is_refused_with_the_option_that_allows_it(
    run: Run, article: Path
) -> None:
    ended = run("extract", article, "--max-bytes", "10", "-t", "incident")
    assert ended.status == 2
    assert "--max-bytes" in ended.err


def test_half_characters_of_json_lines_are_told_and_survive(
    run: Run, tmp_path: Path, served: Stub
) -> None:
    path = tmp_path / "x.jsonl"
    line = f'{{"id": "half\\ud800", "text": "{RAID} Half \\udcff.", "x": "\\udc80"}}\n'
    path.write_text(line, encoding="utf-8")
    ended = run("extract", path, *only_incidents(served))
    assert ended.status == 0
    assert len(ended.lines[0]["records"]) == 1
    assert "surrogate" in ended.err


def test_a_bad_line_among_good_ones_is_told_and_the_good_ones_are_done(
    run: Run, tmp_path: Path, served: Stub
) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps({"id": "good", "text": RAID})
    path.write_text(f"{{broken\n{good}\n[1]\n", encoding="utf-8")
    ended = run("extract", path, *only_incidents(served))
    assert ended.status == 1
    assert [line["article_id"] for line in ended.lines] == ["good"]
    assert "x.jsonl:1" in ended.err
    assert "x.jsonl:3" in ended.err


def test_right_to_left_text_keeps_its_offsets(run: Run, tmp_path: Path) -> None:
    text = f"قالت الشرطة إن الغارات مستمرة.\n\n{RAID}"
    path = tmp_path / "عربي.txt"
    path.write_text(text, encoding="utf-8")
    with serving(
        lambda r: chat(json.dumps({"records": [incident(2, dead=["12 civilians"])]}))
    ) as s:
        ended = run("extract", path, *only_incidents(s), "--language", "ar")
    [record] = ended.lines[0]["records"]
    for quote in record["evidence"]:
        assert text[quote["char_start"] : quote["char_end"]] == quote["quote"]
    assert ended.lines[0]["article_id"] == "عربي"


NASTY = "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202egnp\u202c \x08 end"


def test_codes_that_steer_a_terminal_never_reach_it(run: Run, tmp_path: Path) -> None:
    text = f"On Monday, air raids killed 12 civilians {NASTY} in Kessi, police said."
    path = tmp_path / f"a{NASTY.replace('/', '')}.jsonl"
    item = {"id": f"id {NASTY}", "text": text, "title": NASTY, "publisher": NASTY, NASTY: NASTY}
    path.write_text(json.dumps(item) + "\n{broken " + NASTY + "\n", encoding="utf-8")
    reply = {"records": [incident(1, dead=["12 civilians"], source=NASTY, date=NASTY)]}
    with serving(chat(json.dumps(reply), model=NASTY)) as stub:
        ended = run("extract", path, *only_incidents(stub))
    assert ended.status == 1
    for stream in (ended.out, ended.err):
        assert stream == printable(stream)
    assert ended.lines[0]["article_id"] == f"id {NASTY}"
    assert NASTY in ended.lines[0]["records"][0]["evidence"][0]["quote"]
    shown = run("prompt", path, "-t", "incident")
    assert shown.err == printable(shown.err)
    assert shown.out == printable(shown.out)


def test_codes_that_steer_a_terminal_are_harmless_in_what_is_complained_about(run: Run) -> None:
    for arguments in (["extract", NASTY], ["types", NASTY], [NASTY], ["new", NASTY]):
        ended = run(*arguments)
        assert ended.status == 2
        assert ended.err == printable(ended.err)


def test_an_error_of_the_endpoint_is_shown_harmless(run: Run, article: Path) -> None:
    with serving(fault(401, {"message": NASTY})) as stub:
        ended = run("extract", article, *only_incidents(stub))
    assert ended.err == printable(ended.err)
    assert ended.out == printable(ended.out)


@pytest.mark.parametrize("variable", ["NO_COLOR", "FORCE_COLOR"])
def test_no_colour_is_ever_written(
    run: Run, article: Path, served: Stub, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    ended = run("extract", article, *only_incidents(served))
    assert "\x1b" not in ended.out + ended.err
    assert "\x1b" not in run("extract", "--help").out


# ---- own record types


def test_a_new_type_loads_and_renders(run: Run, article: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    made = run("new", "protest_event", "--into", own)
    assert made.status == 0
    assert made.out.split() == [
        str(own / "schemas" / "protest_event.py"),
        str(own / "prompts" / "protest_event.md.j2"),
    ]
    assert f"--types {own} -t protest_event" in made.err
    told = run("types", "protest_event", "--types", own)
    assert told.status == 0
    assert "organisers" in told.out
    assert "protest_event" in run("types", "--types", own).out
    for profile in ("windows", "whole"):
        shown = run("prompt", article, "-t", "protest_event", "--types", own, "--profile", profile)
        assert shown.status == 0
        assert RAID in shown.out
    again = run("new", "protest_event", "--into", own)
    assert again.status == 2
    assert "exists already" in again.err


def test_a_broken_schema_is_named_with_its_file(run: Run, tmp_path: Path) -> None:
    run("new", "protest", "--into", tmp_path)
    schema = tmp_path / "schemas" / "protest.py"
    schema.write_text("class Protest(:\n", encoding="utf-8")
    ended = run("types", "protest", "--types", tmp_path)
    assert ended.status == 2
    assert str(schema) in ended.err
    assert "SyntaxError" in ended.err
    schema.write_text("x = 1\n", encoding="utf-8")
    assert "0 Record classes" in run("types", "protest", "--types", tmp_path).err


def test_a_slip_in_a_template_is_named_with_file_and_line_before_a_model_is_needed(
    run: Run, article: Path, tmp_path: Path
) -> None:
    run("new", "protest", "--into", tmp_path)
    template = tmp_path / "prompts" / "protest.md.j2"
    good = template.read_text(encoding="utf-8")
    for slip, line in (("{% if %}", 3), ("{{ nobody }}", 7)):
        lines = good.splitlines()
        lines.insert(line - 1, slip)
        template.write_text("\n".join(lines), encoding="utf-8")
        ended = run("extract", article, "-t", "protest", "--types", tmp_path)
        assert ended.status == 2
        assert f"{template}:{line}" in ended.err
        assert "\nhint: " in ended.err


def test_a_type_without_a_prompt_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    run("new", "protest", "--into", tmp_path)
    (tmp_path / "prompts" / "protest.md.j2").unlink()
    ended = run("types", "protest", "--types", tmp_path)
    assert ended.status == 2
    assert "protest.md.j2 is missing" in ended.err


# ---- the other commands


def test_types_are_listed_each_on_a_line(run: Run) -> None:
    lines = run("types").out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "ceasefire_agreement",
        "displacement",
        "incident",
    ]


@pytest.mark.parametrize("name", ["incident", "displacement", "ceasefire_agreement"])
def test_a_type_tells_its_fields_and_its_json_schema(run: Run, name: str) -> None:
    told = run("types", name)
    assert "strong model" in told.out
    schema = json.loads(run("types", name, "--json-schema").out)
    assert schema["type"] == "object"
    assert "evidence" in schema["properties"]


def test_prompt_prints_what_is_sent_and_sends_nothing(
    run: Run, article: Path, served: Stub
) -> None:
    shown = run("prompt", article, "-t", "incident", *remote(served))
    assert shown.status == 0
    assert served.requests == []
    run("extract", article, *only_incidents(served))
    for message in served.requests[0]["messages"]:
        assert message["content"] in shown.out


def test_prompt_says_which_sentences_would_not_be_asked_about(run: Run, article: Path) -> None:
    shown = run("prompt", article, "-t", "displacement")
    assert shown.status == 0
    assert "sentences 1-1: no word of this type" in shown.err


@pytest.fixture
def gold(tmp_path: Path) -> Callable[..., Path]:
    def write(*records: dict[str, Any] | str) -> Path:
        path = tmp_path / "records.jsonl"
        lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


TRUE = {
    "record_type": "incident",
    "evidence": [{"quote": RAID}],
    "fatalities": {"total": {"text": "12 civilians", "value": 12}},
}
FALSE = {**TRUE, "fatalities": {"total": {"text": "13 civilians", "value": 13}}}


def test_check_ends_with_0_when_all_holds_and_1_when_not(
    run: Run, article: Path, gold: Callable[..., Path]
) -> None:
    holds = run("check", gold(TRUE), "--article", article, "--published", "2023-05-17")
    assert holds.status == 0
    assert "holds" in holds.out
    assert re.search(r"stated +fatalities\.total\.text = '12 civilians'", holds.out)
    fails = run("check", gold(TRUE, FALSE), "--article", article)
    assert fails.status == 1
    assert "records.jsonl:2: does not hold" in fails.out
    assert "unsupported" in fails.out
    assert "2 records, 1 not borne out" in fails.err


def test_check_as_json_gives_one_object_a_record(
    run: Run, article: Path, gold: Callable[..., Path]
) -> None:
    ended = run("check", gold(TRUE, FALSE), "--article", article, "--json")
    assert [line["holds"] for line in ended.lines] == [True, False]
    assert ended.lines[0]["support"]["fatalities.total.text"]["level"] == "stated"
    assert {f["rule"] for f in ended.lines[1]["findings"]} == {"R-E2"}


def test_check_takes_what_extract_has_written(
    run: Run, article: Path, served: Stub, tmp_path: Path
) -> None:
    target = tmp_path / "out.jsonl"
    run("extract", article, *remote(served), "-o", target)
    ended = run("check", target, "--article", article, "--published", "2023-05-17")
    assert ended.status == 0
    assert "inc-1" in ended.out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{", "not JSON", id="no JSON"),
        pytest.param("[" * 100_000, "not JSON", id="nested too deep"),
        pytest.param("[]", "no record_type", id="no object"),
        pytest.param('{"x": 1}', "no record_type", id="no type"),
        pytest.param('{"record_type": "bogus"}', "unknown record type", id="unknown type"),
        pytest.param('{"record_type": ["incident"]}', "unknown record type", id="type is a list"),
        pytest.param(
            '{"record_type": "incident", "article_id": "other"}', "no record of", id="other article"
        ),
        pytest.param(
            '{"record_type": "incident", "article_id": 7}', "is not a string", id="odd id"
        ),
        pytest.param(
            '{"format": 1, "record_type": "incident", "records": 7}', "not a list", id="no list"
        ),
        pytest.param(
            '{"format": 1, "record_type": "incident", "records": [7]}', "list", id="no records"
        ),
        pytest.param("", "holds no record", id="nothing"),
    ],
)
def test_check_refuses_what_is_no_record_with_2(
    run: Run, article: Path, gold: Callable[..., Path], line: str, message: str
) -> None:
    ended = run("check", gold(line), "--article", article)
    assert ended.status == 2
    assert message in ended.err


def test_check_tells_what_does_not_fit_the_schema(
    run: Run, article: Path, gold: Callable[..., Path]
) -> None:
    odd = {**TRUE, "fatalities": {"total": {"value": "twelve"}}, "colour": "red\x1b[0m\u202e"}
    ended = run("check", gold(odd), "--article", article)
    assert ended.status == 1
    assert "fatalities.total.value" in ended.out
    assert "colour" in ended.out
    assert ended.out == printable(ended.out)
    as_json = run("check", gold(odd), "--article", article, "--json")
    assert as_json.out == printable(as_json.out)


def test_check_reads_records_that_are_not_utf_8_as_an_error(
    run: Run, article: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"record_type": "\xff"}')
    ended = run("check", path, "--article", article)
    assert ended.status == 2
    assert "not UTF-8" in ended.err


def test_the_place_of_the_weights_is_told_and_they_can_be_removed(run: Run, tmp_path: Path) -> None:
    told = run("models", "path")
    assert told.status == 0
    assert told.out.startswith(str(tmp_path / "cache"))
    assert "models pull" in told.err
    assert "nothing to remove" in run("models", "remove").err
    weights = Path(told.out.strip())
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.write_bytes(b"GGUF")
    assert "removed" in run("models", "remove").err
    assert not weights.exists()


def test_a_copy_that_is_not_the_model_is_refused(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF" + bytes(100))
    ended = run("models", "pull", "--from", wrong)
    assert ended.status in (2, 3)
    assert "wrong.gguf" in ended.err
    assert not any(p.is_file() for p in (tmp_path / "cache").rglob("*.gguf"))


def test_doctor_says_that_the_weights_are_absent_with_3(run: Run) -> None:
    ended = run("doctor")
    assert ended.status == 3
    assert "absent: llm-extract models pull" in ended.out


def test_doctor_says_what_an_endpoint_can_do(run: Run) -> None:
    with serving(chat('{"colour": "teal", "depth_m": 3}')) as stub:
        ended = run("doctor", "--base-url", stub.url, "--model", "m")
    assert ended.status == 0
    assert re.search(r"json_schema +works", ended.out)
    assert re.search(r"would use +json_schema", ended.out)


def test_doctor_says_that_an_endpoint_is_down_with_3(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_extract.transport.ATTEMPTS", 1)
    ended = run("doctor", "--base-url", DOWN, "--model", "m")
    assert ended.status == 3
    assert re.search(r"reachable +no", ended.out)


def test_the_installed_command_is_the_same_as_the_module() -> None:
    command = [sys.executable, "-m", "llm_extract", "types", "bogus"]
    ended = subprocess.run(command, capture_output=True, env=environment(), check=False)
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert ended.stderr.startswith(b"error: unknown record type 'bogus'\nhint: ")


def test_every_error_names_its_exit_status() -> None:
    def below(kind: type[LlmExtractError]) -> Iterator[type[LlmExtractError]]:
        yield kind
        for inner in kind.__subclasses__():
            yield from below(inner)

    assert {kind.exit_status for kind in below(LlmExtractError)} <= {1, 2, 3, 4}
