"""The way from a path to bytes: only regular files, never larger than asked, never a hang."""

from __future__ import annotations

import difflib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llm_extract.errors import InputError


def kind_of(path: Path) -> str:
    """Return ``file`` or ``directory``; raise InputError for what is neither or not there."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreachable(path, error) from None
    if stat.S_ISDIR(mode):
        return "directory"
    _refuse_irregular(mode)
    return "file"


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading bytes; a pipe or device gives InputError and never waits."""
    kind_of(path)  # before opening: opening a device may already do something
    try:
        descriptor = os.open(path, os.O_RDONLY | _NEVER_WAIT)
    except (OSError, ValueError) as error:
        raise _unreachable(path, error) from None
    try:
        # What was a file when asked may be something else by now.
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise InputError("this is a directory, not a file")
        _refuse_irregular(mode)
    except InputError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_whole(path: Path, max_bytes: int) -> bytes:
    """Return all bytes of a regular file; raise InputError before reading more than allowed."""
    with open_regular(path) as stream:
        refuse_size(os.fstat(stream.fileno()).st_size, max_bytes)
        try:
            data = stream.read(max_bytes + 1)
        except OSError as error:
            raise _unreachable(path, error) from None
    refuse_size(len(data), max_bytes)
    return data


def refuse_size(size: int, max_bytes: int) -> None:
    """Raise InputError, naming the size and the option, when ``size`` is over ``max_bytes``."""
    if size > max_bytes:
        raise InputError(
            f"the input has {size} bytes or more, and {max_bytes} are allowed",
            "allow more with --max-bytes, or divide it into articles",
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A file below a directory, or the reason why something there is not read."""

    path: Path
    refusal: InputError | None = None


def find_files(directory: Path, suffixes: frozenset[str]) -> list[Found]:
    """List all files below ``directory`` that have one of ``suffixes``, in order of their path.

    Names that begin with a dot are passed over. Symbolic links are followed to files inside the
    directory only; other links, and directories that cannot be read, come with a refusal.
    """
    root = os.path.realpath(directory)
    found: list[Found] = []
    waiting = [directory]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listing:
                entries = [entry for entry in listing if not entry.name.startswith(".")]
        except OSError as error:
            found.append(Found(here, _unreachable(here, error)))
            continue
        for entry in entries:
            path = here / entry.name
            known = path.suffix.lower() in suffixes
            if entry.is_symlink():
                refusal = _refuse_link(path, root)
                if known or path.is_dir():
                    found.append(Found(path, refusal))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif known:
                found.append(Found(path))
    return sorted(found, key=lambda item: item.path.parts)


_NEVER_WAIT = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_IRREGULAR = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def _refuse_irregular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    name = next((name for test, name in _IRREGULAR if test(mode)), "no regular file")
    raise InputError(
        f"this is {name}, not a regular file",
        'to read what another program writes, pipe it in and give "-" as the file',
    )


def _refuse_link(path: Path, root: str) -> InputError | None:
    """Say why a link below a directory is not followed; None when it leads to a file inside."""
    try:
        target = os.path.realpath(path, strict=True)
    except OSError as error:
        return _unreachable(path, error)
    if os.path.isdir(target):  # noqa: PTH112
        return InputError("a link to a directory is not followed", "give that directory itself")
    if os.path.commonpath([root, target]) != root:
        return InputError("the link leads out of the directory", "give the file itself")
    return None


def _unreachable(path: Path, error: OSError | ValueError) -> InputError:
    """Say in plain words why the system would not give ``path``, and what to try."""
    if not isinstance(error, OSError):
        return InputError("no file can have this name: it holds a NUL character")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError("there is no such file or directory", _nearest(path))
    if error.errno in (errno.EACCES, errno.EPERM):
        return InputError("permission denied", "ask the owner, or look at the mode with ls -l")
    if error.errno == errno.ELOOP:
        return InputError("the symbolic link leads back to itself")
    if error.errno == errno.ENXIO:
        return InputError("this is a socket or a device, not a regular file")
    return InputError(f"cannot be read: {error.strerror or error}")


def _nearest(path: Path) -> str:
    """Suggest the most similar name beside a missing file, or name the missing directory."""
    if path.is_symlink():
        return "it is a symbolic link whose target is missing"
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"{path.parent} is no directory that can be read"
    near = difflib.get_close_matches(path.name, names, n=1) or [
        name for name in names if name.lower().startswith(path.stem.lower() + ".")
    ]
    return f"did you mean {path.parent / near[0]}?" if near else ""
