"""Writing to a database so that what is acknowledged survives a power cut, many rows a commit."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from llm_extract.errors import StoreError

Statement = tuple[str, Sequence[Any]]
"""SQL and what its question marks stand for."""

_GATHER_S = 0.005
"""What comes within this time is committed together."""
_MOST_WAITING = 5000
"""So many statements may wait before whoever adds one has to write them."""


class Writer:
    """Writes to one SQLite file in WAL mode, in the order told.

    Only the commit, which waits for the disk, runs in a thread of its own.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._statements: list[Statement] = []
        self._told: list[asyncio.Future[None]] = []
        self._busy = threading.Lock()
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._task: asyncio.Task[None] | None = None
        self._failed: StoreError | None = None
        self._closed = False
        try:
            self._connection = connect(path)
            self._connection.executescript(schema)
        except sqlite3.Error as error:
            raise store_error(path, error) from None

    def post(self, *statements: Statement) -> None:
        """Have statements written, without waiting for it.

        Raises ``StoreError`` if something earlier could not be written.
        """
        if self._failed:
            raise self._failed
        self._statements += statements
        if len(self._statements) > _MOST_WAITING:
            self.flush()
        try:
            self._start(asyncio.get_running_loop())
        except RuntimeError:
            return  # written with the next flush

    async def write(self, *statements: Statement) -> None:
        """Return when the statements, and all before them, are on the disk."""
        if self._failed:
            raise self._failed
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._statements += statements
        self._told.append(done)
        self._start(loop)
        await done

    def flush(self) -> None:
        """Return when all that was told is on the disk; raises ``StoreError`` if it can not be."""
        told, self._told = self._told, []
        self._execute()
        self._commit()
        self._tell(told)
        if self._failed:
            raise self._failed

    def close(self) -> None:
        """Write what is left and close the file.

        Raises ``StoreError`` if something was left that could not be written.
        """
        if self._closed:
            return
        self._closed = True
        failed_before = self._failed
        if self._task is not None and not self._task.done():
            self._task.cancel()
        told, self._told = self._told, []
        self._execute()
        self._commit()
        self._tell(told)
        self._committing.shutdown()
        self._connection.close()
        if self._failed and not failed_before:
            raise self._failed

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        loop = asyncio.get_running_loop()
        while self._statements or self._told:
            await asyncio.sleep(_GATHER_S)
            told, self._told = self._told, []
            self._execute()
            await loop.run_in_executor(self._committing, self._commit)
            self._tell(told)

    def _execute(self) -> None:
        statements, self._statements = self._statements, []
        if self._failed or not statements:
            return
        with self._busy:
            try:
                if not self._connection.in_transaction:
                    self._connection.execute("BEGIN")
                for sql, values in statements:
                    self._connection.execute(sql, values)
            except (sqlite3.Error, ValueError, OverflowError) as error:
                self._fail(error)  # a text or number that can not be stored comes as the others

    def _commit(self) -> None:
        with self._busy:
            if self._failed or not self._connection.in_transaction:
                return
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failed = store_error(self.path, error)
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _tell(self, told: list[asyncio.Future[None]]) -> None:
        for done in told:
            if done.done():
                continue
            if self._failed:
                done.set_exception(self._failed)
            else:
                done.set_result(None)


def connect(path: Path) -> sqlite3.Connection:
    """Open a database that survives a power cut; statements are committed as they come."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    return connection


def store_error(path: Path, error: Exception) -> StoreError:
    """Return what a failing database means for the user."""
    hint = "see that the disk has room and the file is whole, then go on with the same command"
    return StoreError(f"{path}: {error}", hint)
