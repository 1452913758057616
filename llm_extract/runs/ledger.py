"""The ledger of a run: every article, what is to be done with it, every answer, every result.

    articles   what was read, text included, in the order of reading
    units      one article and one record type: its key, its state and why
    replies    what the model answered, unread, by the content address of the question
    calls      every question that was really asked: which sentences, why, and what it cost
    results    extraction lines by the key of their unit

A unit's key is made from everything its result depends on, so a result is never taken for that of
another text, prompt, schema or model.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from llm_extract.article import Article
from llm_extract.errors import StoreError
from llm_extract.result import Usage
from llm_extract.runs.writer import Statement, Writer, connect, store_error

FORMAT = 1
"""Version of the ledger's tables."""

UnitState = Literal["pending", "ok", "empty", "partial", "failed"]

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);
INSERT OR IGNORE INTO meta VALUES ('format', '{FORMAT}');
CREATE TABLE IF NOT EXISTS articles (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
    article TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS units (
    n INTEGER PRIMARY KEY, article TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT, records INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0, UNIQUE (article, type));
CREATE INDEX IF NOT EXISTS unit_states ON units (state);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, answer TEXT NOT NULL, digest TEXT NOT NULL, kept_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY, at REAL NOT NULL, article TEXT NOT NULL, type TEXT NOT NULL,
    reason TEXT NOT NULL, sentences TEXT NOT NULL, key TEXT NOT NULL, requests INTEGER NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER,
    seconds REAL NOT NULL, problem TEXT, usd REAL, counted REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, line TEXT NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS unreadable (source TEXT PRIMARY KEY, reason TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """One article and one record type in the ledger."""

    article: str
    type: str
    key: str
    state: UnitState
    reason: str | None = None
    changed: bool = field(default=False, compare=False)
    """Whether it was done, or to be done, with another key before."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a unit ended."""

    state: UnitState
    line: str
    """The extraction line."""
    reason: str | None
    records: int
    rejected: int
    seconds: float
    """What its questions took, whenever they were asked."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What a run has cost so far."""

    calls: int
    """Questions asked."""
    requests: int
    usage: Usage
    usd: float | None
    """None: the price of at least one call is unknown."""
    known_usd: float
    """What is known of it."""
    counted_tokens: float
    """Tokens used, as told or, where an endpoint does not tell, as expected."""
    unpriced_tokens: float
    """Those of them whose price is unknown."""


class Ledger:
    """The ledger in one file; one process writes it, any number may read."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        if path.exists():
            _check_format(path)
        self._writer = Writer(path, "" if read_only else _SCHEMA)
        self._reader = connect(path)
        self._next_place = int(self._one("SELECT coalesce(max(place), 0) FROM articles")) + 1

    def close(self) -> None:
        """Write what is left and close the file."""
        self._writer.close()
        self._reader.close()

    def flush(self) -> None:
        """Return when all that was told is on the disk; raises ``StoreError`` if it can not be."""
        self._writer.flush()

    # ---- articles and units

    def admit(self, article: Article, keys: Mapping[str, str]) -> list[Unit]:
        """Enter an article and its units, by record type; return the units as they stand.

        A unit whose key has changed since is to be done again.
        """
        known = {unit.type: unit for unit in self.units_of(article.id)}
        statements: list[Statement] = []
        if not known:
            row = (self._next_place, article.id, article.sha256, article.model_dump_json())
            statements.append(("INSERT INTO articles VALUES (?, ?, ?, ?)", row))
            self._next_place += 1
        elif any(known[t].key != key for t, key in keys.items() if t in known):
            sql = "UPDATE articles SET sha256 = ?, article = ? WHERE id = ?"
            statements.append((sql, (article.sha256, article.model_dump_json(), article.id)))
        units = []
        for name, key in keys.items():
            unit = known.get(name)
            if unit is None or unit.key != key:
                unit = Unit(article.id, name, key, "pending", changed=unit is not None)
                sql = """INSERT INTO units (article, type, key, state) VALUES (?, ?, ?, 'pending')
                         ON CONFLICT DO UPDATE SET key = excluded.key, state = 'pending',
                         reason = NULL, records = 0, rejected = 0, seconds = 0"""
                statements.append((sql, (article.id, name, key)))
            units.append(unit)
        if statements:
            self._writer.post(*statements)
        return units

    def units_of(self, article_id: str) -> list[Unit]:
        """Return the units of one article."""
        sql = "SELECT article, type, key, state, reason FROM units WHERE article = ? ORDER BY n"
        return [Unit(*row) for row in self._rows(sql, article_id)]

    def pending(self) -> Iterator[tuple[Article, list[Unit]]]:
        """Yield every article with units to do, in the order of reading."""
        sql = """SELECT a.place, a.article FROM articles a WHERE a.place > ? AND EXISTS (
                 SELECT 1 FROM units u WHERE u.article = a.id AND u.state = 'pending')
                 ORDER BY a.place LIMIT 100"""
        place = 0
        while rows := list(self._rows(sql, place)):
            place = rows[-1][0]
            for _, text in rows:
                article = Article.model_validate_json(text)
                units = [u for u in self.units_of(article.id) if u.state == "pending"]
                if units:
                    yield article, units

    def article(self, article_id: str) -> Article | None:
        """Return an article as it was read, or None for an unknown id."""
        row = self._row("SELECT article FROM articles WHERE id = ?", article_id)
        return Article.model_validate_json(row[0]) if row else None

    def fail_unreadable(self, source: str, reason: str) -> None:
        """Note an input that could not be read."""
        # The name of a file need not be UTF-8.
        row = tuple(t.encode("utf-8", "backslashreplace").decode() for t in (source, reason))
        self._writer.post(("INSERT OR REPLACE INTO unreadable VALUES (?, ?)", row))

    def forget_unreadable(self) -> None:
        """Forget which inputs could not be read: they are about to be read again."""
        self._writer.post(("DELETE FROM unreadable", ()))

    def reopen(self, *, all_units: bool) -> int:
        """Make units pending again: all, or those that failed in whole or part; return how many."""
        chosen = "state <> 'pending'"
        if not all_units:
            chosen = "state = 'failed' OR (state = 'partial' AND reason IS NOT NULL)"
        count = self._one(f"SELECT count(*) FROM units WHERE {chosen}")
        sql = """UPDATE units SET state = 'pending', reason = NULL, records = 0, rejected = 0,
                 seconds = 0 WHERE """
        self._writer.post((sql + chosen, ()))
        self.flush()
        return int(count)

    # ---- answers and results

    def reply(self, key: str) -> str | None:
        """Return a kept answer, as JSON, or None."""
        row = self._row("SELECT answer, digest FROM replies WHERE key = ?", key)
        return self._unharmed(*row) if row else None

    def has_replies(self) -> bool:
        """Whether any answer has ever come."""
        return self._row("SELECT 1 FROM replies LIMIT 1") is not None

    async def keep(self, unit: Unit, call: Mapping[str, Any], answer: str | None) -> None:
        """Keep what a question has brought and cost; return when it is on the disk."""
        usage: Usage = call["usage"]
        row = (
            time.time(),
            unit.article,
            unit.type,
            call["reason"],
            json.dumps(list(call["sentences"])),
            call["key"],
            call["requests"],
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.cached_tokens,
            round(call["seconds"], 3),
            call.get("problem"),
            call.get("usd"),
            call.get("counted", usage.total or 0),
        )
        marks = ", ".join("?" * len(row))
        statements: list[Statement] = [(f"INSERT INTO calls VALUES (NULL, {marks})", row)]
        if answer is not None:
            statements.append(_keeping(call["key"], answer))
        await self._writer.write(*statements)

    async def copy_reply(self, key: str, answer: str) -> None:
        """Keep an answer that another run has paid for."""
        await self._writer.write(_keeping(key, answer))

    async def finish(self, unit: Unit, found: Found) -> None:
        """Enter the result of a unit; return when it is on the disk."""
        await self._writer.write(
            (
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?)",
                (unit.key, found.line, _digest(found.line)),
            ),
            (
                "UPDATE units SET state = ?, reason = ?, records = ?, rejected = ?, seconds = ? "
                "WHERE article = ? AND type = ? AND key = ?",
                (
                    *(found.state, found.reason, found.records, found.rejected, found.seconds),
                    *(unit.article, unit.type, unit.key),
                ),
            ),
        )

    def postpone(self, unit: Unit, reason: str) -> None:
        """Note why a unit is still to be done."""
        sql = "UPDATE units SET reason = ? WHERE article = ? AND type = ? AND state = 'pending'"
        self._writer.post((sql, (reason, unit.article, unit.type)))

    def line(self, key: str) -> str | None:
        """Return the extraction line of a unit's key, or None."""
        row = self._row("SELECT line, digest FROM results WHERE key = ?", key)
        return self._unharmed(*row) if row else None

    # ---- telling

    def states(self) -> dict[str, dict[str, int]]:
        """Return, for each record type, how many units are in each state."""
        found: dict[str, dict[str, int]] = {}
        for name, state, count in self._rows(
            "SELECT type, state, count(*) FROM units GROUP BY type, state ORDER BY type, state"
        ):
            found.setdefault(name, {})[state] = count
        return found

    def reasons(self, state: str, most: int = 10) -> list[tuple[str, int]]:
        """Return why units are in this state, the most frequent reason first."""
        sql = """SELECT coalesce(reason, ''), count(*) FROM units WHERE state = ?
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"""
        return [(reason, count) for reason, count in self._rows(sql, state, most)]

    def failures(self) -> int:
        """Return how many units failed in whole or part."""
        sql = "SELECT count(*) FROM units WHERE state IN ('failed', 'partial') AND reason NOT NULL"
        return int(self._one(sql))

    def costs(self, most: int) -> list[tuple[str, int, int, int, int, float]]:
        """Return what finished articles cost: id, first questions, questions, tokens, seconds.

        Tokens are two numbers, of prompts and of answers.
        """
        sql = """SELECT article, sum(reason = 'first'), count(*), coalesce(sum(prompt_tokens), 0),
                 coalesce(sum(completion_tokens), 0), sum(seconds) FROM calls WHERE NOT EXISTS (
                 SELECT 1 FROM units u WHERE u.article = calls.article AND u.state = 'pending')
                 GROUP BY article LIMIT ?"""
        return [tuple(row) for row in self._rows(sql, most)]

    def slowest(self, most: int = 5) -> list[tuple[str, str, float]]:
        """Return article, record type and seconds of the units that took longest."""
        sql = "SELECT article, type, seconds FROM units ORDER BY seconds DESC, article LIMIT ?"
        return [tuple(row) for row in self._rows(sql, most)]

    def spending(self) -> Spending:
        """Return what all questions have cost, those of earlier starts included."""
        row = self._row(
            """SELECT count(*), coalesce(sum(requests), 0), sum(prompt_tokens),
                      sum(completion_tokens), sum(cached_tokens), coalesce(sum(usd), 0),
                      coalesce(sum(counted), 0), coalesce(sum(iif(usd IS NULL, counted, 0)), 0),
                      coalesce(sum(usd IS NULL AND (problem IS NULL OR prompt_tokens NOT NULL)), 0)
               FROM calls"""
        )
        assert row is not None
        calls, requests, prompt, completion, cached, usd, counted, unpriced_tokens, unpriced = row
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)
        known = None if unpriced else float(usd)
        return Spending(calls, requests, usage, known, float(usd), counted, unpriced_tokens)

    def totals(self) -> dict[str, int]:
        """Return counts for a summary: articles, units, records, rejected, unreadable."""
        row = self._row(
            "SELECT count(*), coalesce(sum(records), 0), coalesce(sum(rejected), 0) FROM units"
        )
        assert row is not None
        return {
            "articles": int(self._one("SELECT count(*) FROM articles")),
            "units": row[0],
            "records": row[1],
            "rejected": row[2],
            "unreadable": int(self._one("SELECT count(*) FROM unreadable")),
        }

    def unreadable(self, most: int = 10) -> list[tuple[str, str]]:
        """Return inputs that could not be read, each with the reason."""
        sql = "SELECT source, reason FROM unreadable ORDER BY source LIMIT ?"
        return [(source, reason) for source, reason in self._rows(sql, most)]

    def articles(self) -> Iterator[dict[str, Any]]:
        """Yield every article in the order of reading, without its text, with its state."""
        sql = """SELECT place, id, sha256, article FROM articles WHERE place > ?
                 ORDER BY place LIMIT 500"""
        place = 0
        while rows := list(self._rows(sql, place)):
            place = rows[-1][0]
            for _, article_id, sha256, text in rows:
                article = Article.model_validate_json(text)
                yield {
                    "id": article_id,
                    "sha256": sha256,
                    "title": article.title,
                    "published": article.published.isoformat() if article.published else None,
                    "publisher": article.publisher,
                    "language": article.language,
                    "url": article.url,
                    "state": _worst(unit.state for unit in self.units_of(article_id)),
                }

    def lines(self) -> Iterator[str]:
        """Yield the extraction lines of all finished units, in the order of reading."""
        sql = """SELECT a.place, u.n, r.line, r.digest FROM articles a
                 JOIN units u ON u.article = a.id JOIN results r ON r.key = u.key
                 WHERE u.state <> 'pending' AND (a.place, u.n) > (?, ?)
                 ORDER BY a.place, u.n LIMIT 200"""
        at = (0, 0)
        while rows := list(self._rows(sql, *at)):
            at = rows[-1][:2]
            for *_, line, digest in rows:
                yield self._unharmed(line, digest)

    def lines_of(self, article_id: str) -> list[str]:
        """Return the extraction lines of one article's finished units."""
        units = [u for u in self.units_of(article_id) if u.state != "pending"]
        return [line for u in units if (line := self.line(u.key)) is not None]

    def _unharmed(self, text: str, digest: str) -> str:
        """Return a text as it was written; SQLite does not notice a changed letter."""
        if _digest(text) != digest:
            raise StoreError(
                f"{self.path} is damaged: a stored text is not as it was written",
                "take a copy from before, or start another run; --reply-cache spares questions",
            )
        return text

    def _rows(self, sql: str, *values: Any) -> Iterator[Any]:
        try:
            yield from self._reader.execute(sql, values)
        except sqlite3.Error as error:
            raise store_error(self.path, error) from None

    def _row(self, sql: str, *values: Any) -> Any:
        return next(self._rows(sql, *values), None)

    def _one(self, sql: str, *values: Any) -> Any:
        row = self._row(sql, *values)
        return row[0] if row else None


def _keeping(key: str, answer: str) -> Statement:
    row = (key, answer, _digest(answer), time.time())
    return ("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _worst(states: Iterator[str]) -> str:
    order = ("pending", "failed", "partial", "ok", "empty")
    return min(states, key=order.index, default="pending")


def _check_format(path: Path) -> None:
    """Raise ``StoreError`` for a file that is no ledger, or one of another version."""
    try:
        with closing(connect(path)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    except sqlite3.Error as error:
        raise store_error(path, error) from None
    version = row[0] if row else "no number"
    if version != str(FORMAT):
        raise StoreError(
            f"{path} has format {version}, this version of llm-extract writes {FORMAT}",
            "start another run, or use the version that began this one",
        )
