"""Without weights, files that must be refused; marked `model`, the real model being served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_extract import local_model, weights
from llm_extract.errors import EndpointError, UsageError
from llm_extract.local_model import LocalServer, ServerSettings, default_threads, model_name, serve

ROOT = Path(__file__).parents[1]


def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


# --- before loading --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(None, "cannot read the model file: No such file", id="missing"),
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"GGU", "is not a GGUF model file", id="three-bytes"),
        pytest.param(b"<!doctype html>", "is not a GGUF model file", id="web-page"),
    ],
)
def test_a_file_that_is_no_model_is_refused(data: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match=told):
        serve(path)


def test_a_directory_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the model file"):
        serve(tmp_path)


@pytest.mark.parametrize(
    "settings", [ServerSettings(n_ctx=0), ServerSettings(threads=-1)], ids=["context", "threads"]
)
def test_settings_that_cannot_work_are_refused(settings: ServerSettings, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(UsageError, match="cannot serve a model with a context of"):
        serve(path, settings)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/m/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "qwen2.5-coder-1.5b-instruct-q4_k_m"),
        ("/m/mein modèle, v2.gguf", "mein-mod-le-v2"),
        ("/m/модель.gguf", "model"),
    ],
    ids=["default", "odd-characters", "nothing-left"],
)
def test_a_model_is_named_after_its_file(path: str, name: str) -> None:
    assert model_name(Path(path)) == name


def test_the_engine_is_found_without_being_loaded() -> None:
    found = run(
        """
        import sys
        from llm_extract import local_model
        assert local_model.installed()
        assert local_model.engine_version()
        assert "xllamacpp" not in sys.modules
        """
    )
    assert found.returncode == 0, found.stderr


def test_a_missing_engine_is_told_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    found = run(
        """
        import sys
        sys.modules["xllamacpp"] = None
        from pathlib import Path
        from llm_extract.errors import EndpointError
        from llm_extract.local_model import serve
        try:
            serve(Path(sys.argv[1]))
        except EndpointError as error:
            print(error.problem, error.message, error.hint)
        """,
        str(path),
    )
    assert "no_weights the embedded model needs the package xllamacpp" in found.stdout
    assert "--base-url" in found.stdout


@pytest.mark.parametrize(
    ("environment", "spin_count"),
    [
        pytest.param({}, "1000", id="default"),
        pytest.param({"GOMP_SPINCOUNT": "7"}, "7", id="own-count"),
        pytest.param({"OMP_WAIT_POLICY": "passive"}, "None", id="own-policy"),
    ],
)
def test_threads_spin_briefly_unless_the_user_decided_otherwise(
    environment: dict[str, str], spin_count: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    found = run(
        """
        import os, sys
        sys.modules["xllamacpp"] = None
        if "GOMP_SPINCOUNT" in os.environ and os.environ["GOMP_SPINCOUNT"] != "7":
            del os.environ["GOMP_SPINCOUNT"]
        from pathlib import Path
        from llm_extract.errors import EndpointError
        from llm_extract.local_model import serve
        try:
            serve(Path(sys.argv[1]))
        except EndpointError:
            print(os.environ.get("GOMP_SPINCOUNT"))
        """,
        str(path),
        **environment,
    )
    assert found.stdout.strip() == spin_count


# --- files that do not load ------------------------------------------------------------------

BROKEN = {
    "cut-after-its-magic": (b"GGUF", "failed to read header"),
    "no-architecture": (b"GGUF\x03\0\0\0" + bytes(1000), "unknown model architecture"),
    "future-version": (b"GGUF" + b"\xff" * 60, "only supports up to version"),
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_model_that_does_not_load_is_told_with_the_reason(
    data: bytes, reason: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(EndpointError, match=reason) as caught:
        serve(path)
    assert caught.value.problem == "no_weights"
    time.sleep(0.1)  # native code writes from a thread of its own
    assert capfd.readouterr() == ("", "")


# --- threads ---------------------------------------------------------------------------------


def test_the_number_of_threads_is_at_most_the_cores_and_eight() -> None:
    assert 1 <= default_threads() <= min(8, os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("limit", "processors"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 1),
        ("50000 100000\n", 1),
        ("max 100000\n", 8),
        ("", 8),
        ("100000 0", 8),
        (None, 8),
    ],
    ids=["two", "one-and-a-half", "half", "unlimited", "empty", "no-period", "no-file"],
)
def test_a_containers_quota_limits_the_threads(
    limit: str | None, processors: int, tmp_path: Path
) -> None:
    path = tmp_path / "cpu.max"
    if limit is not None:
        path.write_text(limit)
    assert local_model._quota(path) == processors


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is a matter of Linux here")
def test_a_process_bound_to_one_core_gets_one_thread() -> None:
    found = run(
        """
        import os
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        from llm_extract.local_model import default_threads
        print(default_threads())
        """
    )
    assert found.stdout.strip() == "1"


# --- the real model --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with serve(_weights()) as served:
        yield served


def _weights() -> Path:
    if not weights.is_present():
        pytest.skip("the embedded model is not in the cache; llm-extract models pull")
    return weights.local_path()


def ask(server: LocalServer, text: str, tokens: int) -> tuple[str, int]:
    """Return the reply and the number of prompt tokens that came from a cache."""
    body = {
        "model": server.model,
        "messages": [{"role": "user", "content": text}],
        "temperature": 0,
        "max_tokens": tokens,
        "cache_prompt": False,
    }
    request = urllib.request.Request(
        f"{server.base_url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        reply = json.load(response)
    usage = reply["usage"]["prompt_tokens_details"]
    return str(reply["choices"][0]["message"]["content"]), int(usage["cached_tokens"])


@pytest.mark.model
def test_the_embedded_model_answers_the_same_twice(server: LocalServer) -> None:
    first = ask(server, "What is the capital of France? One word.", 8)
    assert "Paris" in first[0]
    assert ask(server, "What is the capital of France? One word.", 8) == first
    assert first[1] == 0


@pytest.mark.model
def test_the_server_knows_its_model_by_name(server: LocalServer) -> None:
    with urllib.request.urlopen(f"{server.base_url}/models", timeout=10) as response:
        listed = json.load(response)
    assert [one["id"] for one in listed["data"]] == [server.model]
    assert server.model == model_name(weights.local_path())


@pytest.mark.model
def test_the_server_shows_web_pages_and_other_users_nothing(server: LocalServer) -> None:
    root = server.base_url.removesuffix("/v1")
    request = urllib.request.Request(f"{root}/v1/models", headers={"Origin": "http://example.org"})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.headers["Access-Control-Allow-Origin"] in (None, "")
    for path in ("/slots", "/"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(root + path, timeout=10)
        caught.value.close()


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table of sockets")
def test_the_server_listens_on_loopback_only(server: LocalServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")
    port = int(server.base_url.removesuffix("/v1").rpartition(":")[2])
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


@pytest.mark.model
def test_closing_cuts_off_a_reply_and_is_done_at_once() -> None:
    served = serve(_weights())
    ended: list[str] = []

    def long_request() -> None:
        try:
            ask(served, "Count from 1 to 300.", 900)
        except OSError as error:
            ended.append(type(error).__name__)

    asking = threading.Thread(target=long_request)
    asking.start()
    time.sleep(1.5)
    before = time.monotonic()
    served.close()
    assert time.monotonic() - before < 5
    asking.join(5)
    assert ended == ["RemoteDisconnected"]
    served.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{served.base_url}/models", timeout=5)


@pytest.mark.model
def test_a_process_ends_cleanly_with_its_server_left_open() -> None:
    found = run(
        """
        import sys, threading, time, urllib.request
        from pathlib import Path
        from llm_extract.local_model import serve
        served = serve(Path(sys.argv[1]))
        body = b'{"messages":[{"role":"user","content":"Count to 300."}],"max_tokens":900}'
        url = served.base_url + "/chat/completions"
        ask = lambda: urllib.request.urlopen(
            urllib.request.Request(url, body, {"Content-Type": "application/json"})
        )
        threading.excepthook = lambda _: None
        threading.Thread(target=ask, daemon=True).start()
        time.sleep(1)
        print("bye")
        """,
        str(_weights()),
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "bye\n", "")


@pytest.mark.model
def test_a_model_cut_short_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    with _weights().open("rb") as whole:
        path.write_bytes(whole.read(20_000_000))
    with pytest.raises(EndpointError, match="corrupted or incomplete"):
        serve(path)
