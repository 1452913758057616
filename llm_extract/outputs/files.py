"""Files that appear whole or not at all: written beside the asked name, then given it."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from llm_extract.errors import UsageError

_HINTS = {
    errno.ENOSPC: "free some disk space, or name a file elsewhere: --output",
    errno.EDQUOT: "free some disk space, or name a file elsewhere: --output",
}
_HINT = "name a file in a folder that can be written to: --output"


@contextmanager
def replacing(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield the path of a draft beside each of ``paths``; the block writes and closes them all.

    When the block ends well, the drafts are flushed to the disk and take the names asked for;
    folders that are missing are made before. When it fails, the drafts go and what stood under
    the names stays. Raises ``UsageError`` when a file can not be written.
    """
    drafts: list[Path] = []
    try:
        targets = [_target(path) for path in paths]
        for target in targets:
            refuse_directory(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            drafts.append(target.with_name(f".{target.name}.{os.getpid()}"))
            drafts[-1].unlink(missing_ok=True)
        yield drafts
        for draft, target in zip(drafts, targets, strict=True):
            _settle(draft, target)
        for draft, target in zip(drafts, targets, strict=True):
            draft.replace(target)
        for folder in {target.parent for target in targets}:
            _sync_folder(folder)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(paths[0], error) from error
    finally:
        for draft in drafts:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def refuse_unwritable(path: Path) -> None:
    """Raise ``UsageError`` if it is plain already that no file can be made at ``path``."""
    try:
        refuse_directory(path)
        folder = next(p for p in _target(path).absolute().parents if p.exists())
    except OSError as error:
        raise _unwritable(path, error) from None
    if not folder.is_dir():
        raise UsageError(f"{path} cannot be written: {folder} is not a folder", _HINT)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{path} cannot be written: {folder} is not yours to write to", _HINT)


def refuse_directory(path: Path) -> None:
    """Raise ``UsageError`` if ``path`` is a directory."""
    if path.is_dir():
        raise UsageError(f"{path} is a directory", "name a file in it")


def _target(path: Path) -> Path:
    """Return what a link leads to, so that the link stays."""
    return path.resolve() if path.is_symlink() else path


def _settle(draft: Path, target: Path) -> None:
    """Bring a draft to the disk, with the permissions of what it replaces."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, draft)


def _sync_folder(folder: Path) -> None:
    """Bring renames to the disk, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some file systems cannot sync a directory
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _unwritable(path: Path, error: OSError | sqlite3.Error) -> UsageError:
    if isinstance(error, OSError):
        hint = _HINTS.get(error.errno or 0, _HINT)
        return UsageError(f"{path} cannot be written: {error.strerror or error}", hint)
    hint = _HINTS[errno.ENOSPC] if "full" in str(error) else _HINT
    return UsageError(f"{path} cannot be written: {error}", hint)
