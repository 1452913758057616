"""Real replies kept as files, and played back without a model.

One cassette is one YAML file with the exchanges of one run, in order. A request is found again
by its method, path and JSON body, never by its host, so a recording made on one machine plays
on any other. No header but the few of ``KEPT_HEADERS`` is written, and no key.

Recording and replaying catch the HTTP calls of the whole process: one article after the other.
A request that got no HTTP answer (a timeout, a broken connection) leaves no trace. Where another
try was answered the run replays all the same, with fewer requests; a run in which a question
ended without any answer can not be replayed: the replay asks for what was never heard, and fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vcr.cassette import Cassette
from vcr.patch import PATCHER_NAMES, CassettePatcherBuilder
from vcr.record_mode import RecordMode
from vcr.request import Request

from llm_extract import transport
from llm_extract.cassette_files import MAX_BYTES, Exchange, as_json, parse, read_text, write
from llm_extract.errors import CassetteError, LlmExtractError
from llm_extract.reply_text import Json

KEPT_HEADERS = re.compile(r"content-type|retry-after(-ms)?|x-ratelimit-[a-z-]+")
"""Names of the response headers that are written; of a request only ``content-type``."""


@contextlib.contextmanager
def recording(directory: Path, name: str) -> Iterator[None]:
    """Let requests through and write the replies to ``directory/name.yaml``.

    A cassette of that name is replaced as a whole when the block ends well. When it ends with
    an error the old one stays, and what was heard goes to ``name.yaml.partial``, for reading.
    """
    path = _path(directory, name)
    partial = path.with_name(f"{path.name}.partial")
    tape = _Tape(path)
    with _catching(tape):
        try:
            yield
        except BaseException:
            write(partial, tape.exchanges)
            raise
    if (size := write(partial, tape.exchanges)) > MAX_BYTES:
        hint = "record fewer windows or types in one run"
        raise CassetteError(f"{partial}: {size} bytes are too many for a cassette", hint)
    partial.replace(path)


@contextlib.contextmanager
def replaying(directory: Path, name: str, *, renew: str = "") -> Iterator[None]:
    """Answer requests from ``directory/name.yaml``; nothing leaves the machine.

    Raises ``CassetteError`` for a file that is missing or torn, for a request that was not
    recorded (naming what differs) and, when the block ends well, for recordings nobody asked
    for. ``renew`` is the command that records again; it becomes the hint.
    """
    path = _path(directory, name)
    hint = f"record it again: {renew}" if renew else "record it again with --record"
    if not path.is_file():
        raise CassetteError(f"there is no recording {path}", hint)
    tape = _Tape(path, parse(path, read_text(path, hint), hint), hint)
    with _catching(tape):
        yield
    if unused := len(tape.unused):
        raise CassetteError(
            f"{path}: {unused} of {len(tape.exchanges)} recordings were not used", hint
        )


def lint(path: Path) -> list[str]:
    """Return what is wrong with a cassette; secrets are named by place, never quoted whole."""
    try:
        text = read_text(path, "")
    except CassetteError as error:
        return [error.message]
    problems = [
        f"{path}: line {number}: looks like a secret: {found[0][:6]}…"
        for number, line in enumerate(text.split("\n"), start=1)
        for found in _LOOKS_SECRET.finditer(line)
    ]
    try:
        exchanges = parse(path, text, "")
    except CassetteError as error:
        return [*problems, error.message]
    return problems + [
        f"{path}: exchange {number}: the header {header!r} is not to be kept"
        for number, exchange in enumerate(exchanges, start=1)
        for header in _stray_headers(exchange)
    ]


_KEY_SHAPES = (
    r"\bsk-(?=[\w-]*\d)[\w-]{8,}|\bBearer\s+(?=\S*\d)[\w.~+/=-]{8,}|\bAKIA[0-9A-Z]{12,}|\bhf_\w{10,}|\bgsk_\w{10,}"
    r"|\bgh[pousr]_\w{20,}|\bxox[a-z]-[\w-]{10,}"
)
_KEY = re.compile(_KEY_SHAPES)
# Hexadecimal keys have no mark of their own: they are told to the reader, but not taken out.
_LOOKS_SECRET = re.compile(_KEY_SHAPES + r"|(?<![\w-])[0-9a-fA-F]{32,}(?![\w-])")
_SECRET_VARIABLE = re.compile(r"(API_KEY|TOKEN|SECRET|PASSWORD)$")
_OWN_MARK = "[secret]"


class _Tape(Cassette):  # type: ignore[misc]  # vcr carries no types
    """A cassette whose finding, cleaning and errors are ours; the catching of calls is vcr's."""

    def __init__(
        self, path: Path, recorded: Sequence[Exchange] | None = None, hint: str = ""
    ) -> None:
        self.plays = recorded is not None
        super().__init__(
            str(path),
            record_mode=RecordMode.NONE if self.plays else RecordMode.ALL,
            # What is played is shut off from the network entirely; what is recorded is our own.
            skip_patchers=() if self.plays else tuple({*PATCHER_NAMES} - {"httpx2"}),
        )
        self.exchanges = list(recorded or ())
        self.unused = set(range(len(self.exchanges)))
        self._hint = hint
        self._places: defaultdict[str, deque[int]] = defaultdict(deque)
        for place, exchange in enumerate(self.exchanges):
            self._places[exchange.digest].append(place)

    def can_play_response_for(self, request: Request) -> bool:
        """Whether a recording answers this; raises ``CassetteError`` when one should and cannot."""
        if not self.plays:
            return False
        asked = _asked(request)
        if not self._places.get(asked.digest):
            raise CassetteError(f"{self._path}: {self._missing(asked)}", self._hint)
        return True

    def play_response(self, request: Request) -> Json:
        place = self._places[_asked(request).digest].popleft()
        self.unused.discard(place)
        exchange = self.exchanges[place]
        return {
            "status": {"code": exchange.status, "message": ""},
            "headers": {name: [value] for name, value in exchange.headers.items()},
            "body": {"string": exchange.body},
        }

    def append(self, request: Request, response: Json) -> None:
        asked = _asked(request)
        headers = {name.lower(): ", ".join(told) for name, told in response["headers"].items()}
        body: bytes = response["body"]["string"]
        # An answer that can not be unpacked is kept as it came.
        with contextlib.suppress(LlmExtractError, transport.Transient):
            body = transport.inflate(body, headers.get("content-encoding", ""))
        if "GMT" in headers.get("retry-after", "") and (wait := transport.asked_wait(headers)):
            headers["retry-after"] = f"{wait:.3f}"  # a date has passed by the time of a replay
        secrets = _secrets(request.headers)
        self.exchanges.append(
            Exchange(
                asked.method,
                asked.path,
                asked.request_headers,
                asked.request_body,
                response["status"]["code"],
                {
                    name: _scrub_text(value, secrets)
                    for name, value in headers.items()
                    if KEPT_HEADERS.fullmatch(name)
                },
                _scrub(body, secrets),
            )
        )

    def _missing(self, asked: Exchange) -> str:
        if asked.digest in self._places:
            return "a request was made more often than it was recorded"
        if not self.unused:
            return f"a request came after all {len(self.exchanges)} recordings were used"
        differences = [_differences(self.exchanges[place], asked) for place in sorted(self.unused)]
        nearest: list[str] = min(differences, key=len)
        return f"a request was not recorded: {', '.join(nearest)}"


_busy = threading.Lock()


@contextlib.contextmanager
def _catching(tape: _Tape) -> Iterator[None]:
    if not _busy.acquire(blocking=False):
        raise RuntimeError("recording and replaying are for one article at a time")
    try:
        with contextlib.ExitStack() as patches:
            for patch in CassettePatcherBuilder(tape).build():
                patches.enter_context(patch)
            yield
    finally:
        _busy.release()


def _path(directory: Path, name: str) -> Path:
    if not re.fullmatch(r"(?!\.)[^/\\\x00-\x1f]+(/(?!\.)[^/\\\x00-\x1f]+)*", name):
        raise CassetteError(f"not a name for a recording: {name!r}", "use letters, digits, - and _")
    return directory / f"{name}.yaml"


def _stray_headers(exchange: Exchange) -> list[str]:
    stray = [name for name in exchange.request_headers if name.lower() != "content-type"]
    return stray + [name for name in exchange.headers if not KEPT_HEADERS.fullmatch(name.lower())]


def _asked(request: Request) -> Exchange:
    secrets = _secrets(request.headers)
    kept = {
        name.lower(): value
        for name, value in request.headers.items()
        if name.lower() == "content-type"
    }
    body = _scrub(request.body or b"", secrets)
    return Exchange(request.method, urlsplit(request.uri).path, kept, body, 0, {}, b"")


def _secrets(headers: Mapping[str, str]) -> list[str]:
    """Return the keys this process knows: of the request's headers and the environment."""
    known = [
        value.removeprefix("Bearer ").strip()
        for name, value in headers.items()
        if re.search("authorization|key|token|secret|cookie", name, re.IGNORECASE)
    ]
    known += [value for name, value in os.environ.items() if _SECRET_VARIABLE.search(name)]
    # Shorter values may be ordinary words of an article.
    return sorted({value for value in known if len(value) >= 12}, key=len, reverse=True)


def _scrub(body: bytes, secrets: Sequence[str]) -> bytes:
    found, value = as_json(body)
    if found:
        clean = _each_text(value, lambda text: _scrub_text(text, secrets))
        return body if clean == value else json.dumps(clean, ensure_ascii=False).encode()
    text = body.decode("utf-8", "surrogateescape")
    return _scrub_text(text, secrets).encode("utf-8", "surrogateescape")


def _scrub_text(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _OWN_MARK)
    return _KEY.sub(_OWN_MARK, text)


def _each_text(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    return value


def _differences(recorded: Exchange, asked: Exchange) -> list[str]:
    if (recorded.method, recorded.path) != (asked.method, asked.path):
        pair = f"{recorded.method} {recorded.path}", f"{asked.method} {asked.path}"
        return [f"{pair[0]} was recorded", f"{pair[1]} is asked for", "nothing is alike"]
    was, now = as_json(recorded.request_body)[1], as_json(asked.request_body)[1]
    if not isinstance(was, dict) or not isinstance(now, dict):
        return ["the body differs"]
    names = [*was, *(name for name in now if name not in was)]
    return [_difference(n, was.get(n), now.get(n)) for n in names if was.get(n) != now.get(n)]


def _difference(name: str, was: object, now: object) -> str:
    if name == "messages" and isinstance(was, list) and isinstance(now, list):
        return f"messages differ ({_first_turn(was, now)})"
    if name in {"response_format", "tools", "tool_choice"}:
        return f"the schema differs ({name})"
    return f"{name} differs ({_short(was)} recorded, {_short(now)} asked for)"


def _first_turn(was: list[Any], now: list[Any]) -> str:
    for number, (old, new) in enumerate(zip(was, now, strict=False), start=1):
        if old != new:
            pair = list(zip(str(old.get("content")), str(new.get("content")), strict=False))
            same = next((at for at, (one, two) in enumerate(pair) if one != two), len(pair))
            return f"message {number} from character {same}"
    return f"{len(was)} recorded, {len(now)} asked for"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
