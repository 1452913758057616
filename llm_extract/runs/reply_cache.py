"""Answers shared by many runs: one file, bounded in size and age."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from llm_extract.errors import UsageError
from llm_extract.runs.writer import Writer, connect, store_error

_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, answer TEXT NOT NULL, size INTEGER NOT NULL,
    kept_at REAL NOT NULL, used_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS last_used ON replies (used_at);
"""
_DAY_S = 86400.0


class ReplyCache:
    """A cache in one file, which several runs may use at the same time.

    When closed it forgets answers older than ``max_days`` days, then those least recently used
    until at most ``max_bytes`` bytes are left.
    """

    def __init__(self, path: Path, max_bytes: float = 2e9, max_days: float = 90.0) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.max_days = max_days
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            hint = "name another file with --reply-cache"
            raise UsageError(f"{path} cannot be used: {error.strerror}", hint) from None
        self._writer = Writer(path, _SCHEMA)
        self._reader = connect(path)

    def get(self, key: str) -> str | None:
        """Return a kept answer that is not too old, or None."""
        oldest = time.time() - self.max_days * _DAY_S
        sql = "SELECT answer FROM replies WHERE key = ? AND kept_at >= ?"
        try:
            row = self._reader.execute(sql, (key, oldest)).fetchone()
        except sqlite3.Error as error:
            raise store_error(self.path, error) from None
        if row is None:
            return None
        self._writer.post(("UPDATE replies SET used_at = ? WHERE key = ?", (time.time(), key)))
        return str(row[0])

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        now = time.time()
        row = (key, answer, len(answer.encode()), now, now)
        self._writer.post(("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", row))

    def close(self) -> None:
        """Forget what is too old or too much, and close the file."""
        if self._closed:
            return
        self._closed = True
        self._writer.post(
            ("DELETE FROM replies WHERE kept_at < ?", (time.time() - self.max_days * _DAY_S,)),
            (
                """DELETE FROM replies WHERE key IN (SELECT key FROM (
                     SELECT key, sum(size) OVER (ORDER BY used_at DESC, key) AS total FROM replies)
                   WHERE total > ?)""",
                (self.max_bytes,),
            ),
        )
        self._writer.flush()
        self._writer.close()
        self._reader.close()
