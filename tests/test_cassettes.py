from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
from collections.abc import Sequence
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict
from stub_server import Answer, chat, fault, serving, tool

from llm_extract import cassettes
from llm_extract.cassettes import lint, recording, replaying
from llm_extract.client import Client, Reply
from llm_extract.errors import CassetteError, EndpointError, LlmExtractError, ReplyError

KEY = "planted-key-0123456789-abcdef"
SHAPED_KEY = "sk-planted0123456789"
TEXT = "Shelling hit “Idlib”.\n\n  Six died, the OSDH said. \n— قُتل ستة\u2028end"


class Answered(BaseModel):
    model_config = ConfigDict(extra="allow")
    n: object


class Other(BaseModel):
    n: int


def ask(url: str, *texts: str, replay: bool = True, **options: Any) -> list[Reply]:
    """Ask once for each text, without a wait between tries."""
    shape = options.pop("shape", Answered)
    name = options.pop("name", "m")
    temperature = options.pop("temperature", 0.0)

    async def run() -> list[Reply]:
        async with Client(name, url, replaying=replay, **options) as client:
            client._pause = at_once
            return [
                await client.complete(
                    [{"role": "user", "content": text}],
                    shape,
                    max_tokens=50,
                    temperature=temperature,
                )
                for text in texts or (TEXT,)
            ]

    return asyncio.run(run())


async def at_once(_: float) -> None:
    """Stand for the clock."""


def record(
    directory: Path, answers: Sequence[Answer], *texts: str, **options: Any
) -> tuple[list[Reply], Path]:
    with serving(*answers) as stub, recording(directory, "tape"):
        replies = ask(stub.url, *texts, **options)
    assert len(stub.requests) >= len(replies) > 0
    return replies, directory / "tape.yaml"


def essence(reply: Reply) -> tuple[object, ...]:
    return (list(reply.data.items()), reply.raw, reply.usage, reply.requests, reply.model_served)


def in_seconds(seconds: int) -> str:
    return format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds), usegmt=True)


# ---- round trip


def test_what_was_recorded_is_replayed_at_another_address_without_a_request(tmp_path: Path) -> None:
    long = json.dumps({"n": ["é ü\u2028", "line\nline", " \n", "😀"], "a": 1.5}, indent=1)
    answers = [fault(503, retry_after="2"), chat(long), chat('{"n": 2}')]
    heard, path = record(tmp_path, answers, TEXT, "two")
    with serving(chat()) as silent:
        with replaying(tmp_path, "tape"):
            played = ask(silent.url, TEXT, "two")
        assert silent.requests == []
    assert [essence(reply) for reply in played] == [essence(reply) for reply in heard]
    assert played[0].raw == long
    assert played[0].requests == 2
    assert lint(path) == []


def test_tool_calls_replay_too(tmp_path: Path) -> None:
    heard, _ = record(tmp_path, [tool(("Answered", '{"n":\n 1}'))], mode="tools")
    with replaying(tmp_path, "tape"):
        assert essence(ask("http://localhost:1/v1", mode="tools")[0]) == essence(heard[0])


def test_equal_requests_get_their_answers_in_the_order_of_the_recording(tmp_path: Path) -> None:
    record(tmp_path, [chat('{"n": 1}'), chat('{"n": 2}')], "same", "same")
    with replaying(tmp_path, "tape"):
        assert [r.data["n"] for r in ask("http://localhost:1/v1", "same", "same")] == [1, 2]


def test_requests_may_come_in_another_order(tmp_path: Path) -> None:
    record(tmp_path, [chat('{"n": "a"}'), chat('{"n": "b"}')], "a", "b")
    with replaying(tmp_path, "tape"):
        assert [r.data["n"] for r in ask("http://localhost:1/v1", "b", "a")] == ["b", "a"]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(chat('{"n": 1', finish="length"), id="truncated"),
        pytest.param(chat('{"n": "\\ud800"}'), id="half a character"),
        pytest.param(Answer(400, b"<h1>no\r\n\x00</h1>"), id="a web page"),
        pytest.param(Answer(400, b"\xff\xfe\x00"), id="not UTF-8"),
        pytest.param(Answer(400, b'{"error": 1, "error": NaN}'), id="unsound JSON"),
        pytest.param(Answer(400, b'{"error": "\\ud800"}'), id="unsound text"),
        pytest.param(Answer(400, b""), id="nothing"),
        pytest.param(fault(429, retry_after="3600"), id="an hour's wait"),
        pytest.param(fault(429, retry_after="60"), id="one minute again and again"),
        pytest.param(fault(429), id="no turn"),
        pytest.param(fault(429, retry_after=in_seconds(40)), id="a date again and again"),
    ],
)
def test_a_failure_replays_as_the_same_failure(bad: Answer, tmp_path: Path) -> None:
    def fail(url: str) -> LlmExtractError:
        with pytest.raises((ReplyError, EndpointError)) as caught:
            ask(url)
        assert isinstance(caught.value, LlmExtractError)
        return caught.value

    with serving(bad) as stub, recording(tmp_path, "tape"):
        heard = fail(stub.url)
    with replaying(tmp_path, "tape"):
        played = fail("http://localhost:1/v1")
    assert type(played) is type(heard)
    assert played.message == heard.message


def test_a_compressed_answer_is_kept_readable(tmp_path: Path) -> None:
    packed = Answer(
        200, gzip.compress(chat('{"n": "plain words"}').body), (("Content-Encoding", "gzip"),)
    )
    _, path = record(tmp_path, [packed])
    assert "plain words" in path.read_text("utf-8")
    with replaying(tmp_path, "tape"):
        assert ask("http://localhost:1/v1")[0].data == {"n": "plain words"}


def test_a_run_without_requests_is_a_cassette_as_well(tmp_path: Path) -> None:
    with recording(tmp_path, "deep/er"):
        pass
    with replaying(tmp_path, "deep/er"):
        pass


def test_the_file_shows_the_prompt_line_by_line_and_no_host(tmp_path: Path) -> None:
    _, path = record(tmp_path, [chat()], "first line\nsecond line\n")
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    assert "first line" in lines
    assert "second line" in lines
    assert "127.0.0.1" not in path.read_text("utf-8")
    entry = yaml.safe_load(path.read_text("utf-8"))["exchanges"][0]
    assert set(entry["request"]["headers"]) == {"content-type"}
    assert set(entry["response"]["headers"]) == {"content-type"}


def test_a_wait_until_a_date_is_kept_as_seconds(tmp_path: Path) -> None:
    _, path = record(tmp_path, [fault(429, retry_after=in_seconds(40)), chat()])
    first = yaml.safe_load(path.read_text("utf-8"))["exchanges"][0]
    assert 30 < float(first["response"]["headers"]["retry-after"]) <= 40


def test_a_question_without_any_answer_can_not_be_replayed(tmp_path: Path) -> None:
    with (
        serving(Answer(misdeed="reset")) as stub,
        recording(tmp_path, "tape"),
        pytest.raises(EndpointError),
    ):
        ask(stub.url)
    with pytest.raises(CassetteError, match="after all 0 recordings"), replaying(tmp_path, "tape"):
        ask("http://localhost:1/v1")


# ---- a stale recording


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"text": "Shelling hit “Homs”."}, "message 1 from character 14", id="text"),
        pytest.param({"name": "m2"}, 'model differs ("m" recorded, "m2" asked for)', id="model"),
        pytest.param({"shape": Other}, "schema differs (response_format)", id="schema"),
        pytest.param({"temperature": 0.5}, "temperature differs (0.0 recorded, 0.5", id="setting"),
        pytest.param({"extra_body": {"top_k": 1}}, "top_k differs (null recorded, 1", id="extra"),
    ],
)
def test_a_request_that_was_not_recorded_names_what_changed_and_how_to_renew(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    record(tmp_path, [chat()])
    text = change.pop("text", TEXT)
    with (
        serving(chat()) as stub,
        pytest.raises(CassetteError) as caught,
        replaying(tmp_path, "tape", renew="make record"),
    ):
        ask(stub.url, text, **change)
    assert stub.requests == []
    assert said in caught.value.message
    assert "tape.yaml" in caught.value.message
    assert "make record" in caught.value.hint


def test_another_path_is_named(tmp_path: Path) -> None:
    record(tmp_path, [chat()])
    with (
        pytest.raises(CassetteError, match=r"/api/v1/chat/completions is asked for"),
        replaying(tmp_path, "tape"),
    ):
        ask("http://localhost:1/api/v1")


def test_a_request_made_more_often_than_recorded_is_named(tmp_path: Path) -> None:
    record(tmp_path, [chat()])
    with pytest.raises(CassetteError, match="more often"), replaying(tmp_path, "tape"):
        ask("http://localhost:1/v1", TEXT, TEXT)


def test_a_recording_nobody_asked_for_is_named(tmp_path: Path) -> None:
    record(tmp_path, [chat()], "one", "two", "three")
    with (
        pytest.raises(CassetteError, match="2 of 3 recordings were not used") as caught,
        replaying(tmp_path, "tape", renew="make record"),
    ):
        ask("http://localhost:1/v1", "two")
    assert "make record" in caught.value.hint


def test_another_error_is_not_hidden_by_unused_recordings(tmp_path: Path) -> None:
    record(tmp_path, [chat()])
    with pytest.raises(ZeroDivisionError), replaying(tmp_path, "tape"):
        raise ZeroDivisionError


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="there is no recording"), replaying(tmp_path, "x"):
        pass


@pytest.mark.parametrize("name", ["", "../x", "a/../b", "/abs", ".hidden", "a//b", "a\nb"])
def test_a_name_can_not_leave_the_directory(name: str, tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="not a name"), recording(tmp_path, name):
        pass


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with recording(tmp_path, "a"), pytest.raises(RuntimeError), recording(tmp_path, "b"):
        pass


# ---- writing


def test_an_error_keeps_the_old_recording_and_the_new_part_beside_it(tmp_path: Path) -> None:
    _, path = record(tmp_path, [chat('{"n": "old"}')])
    old = path.read_bytes()
    partial = tmp_path / "tape.yaml.partial"
    with (
        serving(chat('{"n": "new"}')) as stub,
        suppress(ZeroDivisionError),
        recording(tmp_path, "tape"),
    ):
        ask(stub.url)
        raise ZeroDivisionError
    assert path.read_bytes() == old
    assert "new" in partial.read_text("utf-8")
    record(tmp_path, [chat('{"n": "new"}')])
    assert "new" in path.read_text("utf-8")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["tape.yaml"]


def test_a_recording_that_could_not_be_replayed_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cassettes, "MAX_BYTES", 100)
    with pytest.raises(CassetteError, match="too many"):
        record(tmp_path, [chat()])
    assert [found.name for found in tmp_path.iterdir()] == ["tape.yaml.partial"]


# ---- secrets


@pytest.mark.parametrize("key", [KEY, SHAPED_KEY])
def test_no_key_reaches_the_file(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("OTHER_SERVICE_TOKEN", "token-of-another-service")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Extra: {key}")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-planted")
    said = f"Incorrect key {key}, Bearer {key}, token-of-another-service"
    told = Answer(
        200,
        chat('{"n": 1}', note=said, key=key).body,
        (("Content-Type", "application/json"), ("Set-Cookie", key), ("x-ratelimit-user", key)),
    )
    answers = [
        fault(500, {"message": said, key: "x"}, x_echo=key),
        Answer(500, f"<p>{key}</p>".encode()),
        told,
    ]
    with serving(*answers) as stub, recording(tmp_path, "tape"):
        ask(stub.url, replay=False, extra_body={"api_key": key})
    assert key in "".join(stub.headers[0].values())
    assert key in json.dumps(stub.requests)
    for path in tmp_path.rglob("*"):
        text = path.read_text("utf-8")
        for secret in (key, "org-planted", "token-of-another-service"):
            assert secret not in text
        assert lint(path) == []
    assert len(yaml.safe_load(text)["exchanges"]) == 3


def test_words_that_only_resemble_a_key_are_left_alone(tmp_path: Path) -> None:
    words = '{"n": "Bearer certificates of sk-uncounted-men"}'
    record(tmp_path, [chat(words)])
    with replaying(tmp_path, "tape"):
        assert ask("http://localhost:1/v1")[0].raw == words


def test_no_key_reaches_the_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with (
        serving(fault(401, {"message": KEY})) as stub,
        suppress(EndpointError),
        recording(tmp_path, "tape"),
    ):
        ask(stub.url, replay=False)
    assert KEY not in (tmp_path / "tape.yaml.partial").read_text("utf-8")


# ---- lint


def planted(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("sk-abcdefgh12345678", "sk-abc"),
        ("Bearer abcdef123456", "Bearer"),
        ("AKIAABCDEFGHIJKLMNOP", "AKIAAB"),
        ("hf_abcdefghijklmnop", "hf_abc"),
        ("0123456789abcdef0123456789abcdef", "012345"),
    ],
)
def test_lint_finds_a_secret_and_does_not_repeat_it(
    secret: str, shown: str, tmp_path: Path
) -> None:
    _, path = record(tmp_path, [chat()], "nothing here\n")
    [problem] = lint(planted(path, "nothing here", secret))
    assert "line " in problem
    assert shown in problem
    assert secret not in problem


def test_lint_finds_a_header_that_should_not_be_there(tmp_path: Path) -> None:
    _, path = record(tmp_path, [chat()])
    [problem] = lint(planted(path, "content-type:", "set-cookie: x\n      content-type:"))
    assert "set-cookie" in problem


def test_lint_names_a_torn_file(tmp_path: Path) -> None:
    _, path = record(tmp_path, [chat()])
    path.write_bytes(path.read_bytes()[:200])
    [problem] = lint(path)
    assert "tape.yaml: not a whole cassette" in problem


def test_a_torn_recording_is_not_played(tmp_path: Path) -> None:
    _, path = record(tmp_path, [chat()])
    path.write_bytes(path.read_bytes()[:200])
    with (
        pytest.raises(CassetteError, match="not a whole") as caught,
        replaying(tmp_path, "tape", renew="make record"),
    ):
        pass
    assert "make record" in caught.value.hint
