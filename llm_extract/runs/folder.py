"""A run is a folder: its settings, its ledger, a lock, and the results.

run.json         what was asked for and how, as it was resolved
ledger.sqlite    every article, question, answer and result
lock             held by the process that works on the run
records.jsonl    the results, where no other output was named
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any

from llm_extract.errors import InputError, StoreError, UsageError
from llm_extract.runs.ledger import Ledger

_FORMAT = 1
_SETTINGS = "run.json"
_HINT = "name the folder a run was started in, or give articles to start one"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run's results depend on."""

    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    types_dir: str | None = None
    model: str = "local"
    base_url: str | None = None
    mode: str = "auto"
    profile: str | None = None
    max_asks: int | None = None
    published: str | None = None
    publisher: str | None = None
    language: str | None = None
    max_bytes: int = 8 * 1024 * 1024
    output: str | None = None


_MAY_CHANGE = {"sources", "output"}


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def ledger_path(self) -> Path:
        """Where the ledger is."""
        return self.path / "ledger.sqlite"

    @property
    def default_output(self) -> Path:
        """Where results go if the user names no place."""
        return self.path / "records.jsonl"

    @property
    def exists(self) -> bool:
        """Whether a run was started here."""
        return (self.path / _SETTINGS).is_file()

    def read(self) -> Settings:
        """Return the settings the run was started with; raises ``InputError``."""
        stored = self.facts()
        known = {field.name for field in fields(Settings)}
        given = {k: v for k, v in stored["settings"].items() if k in known}
        for name in ("sources", "types"):
            listed = given.get(name) or []
            if not isinstance(listed, list):
                raise InputError(f"{self.path / _SETTINGS} is damaged: {name} is no list", _HINT)
            given[name] = tuple(map(str, listed))
        return Settings(**given)

    def facts(self) -> dict[str, Any]:
        """Return everything that is noted about the run; raises ``InputError``."""
        file = self.path / _SETTINGS
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(stored["settings"], dict):
                raise ValueError
            version = stored["format"]
        except OSError as error:
            raise InputError(f"{self.path} holds no run: {error.strerror}", _HINT) from None
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{file} is damaged", _HINT) from None
        if version != _FORMAT:
            raise InputError(f"{file} has format {version}, not {_FORMAT}", _HINT)
        return dict(stored)

    def write(self, settings: Settings, facts: dict[str, Any]) -> None:
        """Write the settings, and facts for whoever reads them; whole or not at all."""
        text = json.dumps(
            {"format": _FORMAT, "settings": asdict(settings), **facts}, indent=1
        )  # ASCII: a file's name need not be UTF-8
        partial = self.path / f"{_SETTINGS}.partial"
        with partial.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path / _SETTINGS)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes off; raises ``UsageError`` if one works on the run already."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be used: {error.strerror}", "choose another --run"
            ) from None
        with file:
            if not _lock(file):
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise UsageError(
                    f"another process works on {self.path}: number {owner}",
                    "wait until it has ended, or choose another --run",
                )
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    @contextmanager
    def ledger(self, *, read_only: bool = False) -> Iterator[Ledger]:
        """Open the ledger; raises ``StoreError`` for one that is damaged or, to read, missing."""
        if read_only and not self.ledger_path.is_file():
            raise StoreError(f"{self.ledger_path} is gone", "start the run anew")
        ledger = Ledger(self.ledger_path, read_only=read_only)
        try:
            yield ledger
        finally:
            ledger.close()


def option_of(setting: str) -> str:
    """Return the option of the command line that gives a setting."""
    name = {"types": "type", "types_dir": "types"}.get(setting, setting)
    return f"--{name.replace('_', '-')}"


def resolved(stored: Settings, given: Settings) -> Settings:
    """Return the settings to go on with; raises ``UsageError`` where ``given`` contradicts them.

    What was left at its default is taken from ``stored``; sources are added, an output replaces
    the old one.
    """
    default = Settings()
    for field in fields(Settings):
        now, before = getattr(given, field.name), getattr(stored, field.name)
        if field.name in _MAY_CHANGE or now in (before, getattr(default, field.name)):
            continue
        raise UsageError(
            f"the run was started with {option_of(field.name)} {_shown(before)}, not {_shown(now)}",
            "leave the option away to go on, or start another run in another folder",
        )
    added = tuple(source for source in given.sources if source not in stored.sources)
    return replace(stored, sources=(*stored.sources, *added), output=given.output or stored.output)


def with_whole_paths(settings: Settings) -> Settings:
    """Return settings that mean the same from any directory."""

    def whole(path: str | None) -> str | None:
        return None if path is None else str(Path(path).absolute())

    # Standard input, and an address, which is refused when it is read, are no paths.
    sources = tuple(s if s == "-" or "://" in s else str(whole(s)) for s in settings.sources)
    return replace(
        settings,
        sources=sources,
        types_dir=whole(settings.types_dir),
        output=whole(settings.output),
    )


def _shown(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else "none" if value is None else str(value)


def _lock(file: IO[str]) -> bool:
    """Lock a file for this process; the lock ends with it, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
