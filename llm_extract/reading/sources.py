"""Files, directories and standard input -> articles, each with what is worth knowing about it.

The text of an article is what the file holds, character for character: line ends stay, nothing is
normalised. What had to be guessed or could not be read stands in ``Article.warnings``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from llm_extract.article import Article, PublishedOrigin
from llm_extract.errors import InputError
from llm_extract.reading.counting import count_articles
from llm_extract.reading.decoding import decode
from llm_extract.reading.formats import KNOWN, RawArticle, read_json, read_page, read_text
from llm_extract.reading.input_files import (
    find_files,
    kind_of,
    open_regular,
    read_whole,
    refuse_size,
)
from llm_extract.reading.json_lines import parse_object, read_lines
from llm_extract.reading.language import guess_language, language_code
from llm_extract.reading.seen_ids import SeenIds


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user says about the articles; it holds over what the files say themselves."""

    published: dt.date | None = None
    publisher: str | None = None
    language: str | None = None
    title: str | None = None
    article_id: str | None = None
    """Only for a single article: one id cannot name many."""
    max_bytes: int = 8 * 1024 * 1024
    """Size limit of a text or page, and of one line of JSON Lines."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One bad line or file among many: kept and told, while the others are read."""

    where: str
    """The file, with ``:LINE`` for a line of JSON Lines, counted from 1."""
    reason: InputError


def read_articles(
    source: str | Path, options: ReadOptions | None = None, *, stdin: BinaryIO | None = None
) -> Iterator[Article | Unreadable]:
    """Yield the articles of a file, of a directory's files, or of standard input (``"-"``).

    Suffixes: .txt .md (text, with optional front matter), .html .htm (a page's main text), .jsonl
    .ndjson (one article a line, read as a stream); anything else is read as text when it is text.
    Raises InputError, while iterating, when the source as a whole cannot be read; one bad line or
    file among several comes as Unreadable instead.
    """
    options = options or ReadOptions()
    reader = _Reader(options)
    if source == "-":  # a Path of this name is a file
        yield from _named("standard input", reader.standard_input(stdin or sys.stdin.buffer))
        return
    yield from _named(str(source), reader.path(source))


def expected_articles(sources: Iterable[str]) -> int | None:
    """Return how many articles the sources may hold, unread; None where it can not be told."""
    return count_articles(sources, _TEXTS | _PAGES | _LINES)


def parse_published(value: str) -> dt.date:
    """Read ``YYYY-MM-DD``, or the local day of an ISO date and time; else raise InputError."""
    text = value.strip()
    try:
        if _ISO_DAY.match(text):
            return dt.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    raise InputError(
        f"the publication date {value[:60]!r} is not understood",
        "write it as YYYY-MM-DD, for example 2019-08-27",
    )


def safe_name(article_id: str) -> str:
    """Return a file name for an id: ASCII letters, digits and ``._-``, at most 100 characters.

    It never begins with a dot or hyphen; an id that had to be changed gets 8 digits of its hash.
    """
    kept = re.sub(r"[^A-Za-z0-9._-]+", "_", article_id).lstrip(".-")
    if kept.split(".")[0].lower() in _RESERVED:
        kept = f"_{kept}"
    if kept == article_id and 0 < len(kept) <= 100 and not kept.endswith("."):
        return kept
    digest = hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept[:91].rstrip('.') or 'article'}-{digest}"


_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:$|[T ])")
_RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)))
)
"""Names that Windows keeps for devices."""

_PAGES = frozenset((".html", ".htm"))
_LINES = frozenset((".jsonl", ".ndjson"))
_TEXTS = frozenset((".txt", ".md"))
_NO_DATE = "no publication date: relative dates stay unresolved; give --published YYYY-MM-DD"


def _named(where: str, items: Iterator[Article | Unreadable]) -> Iterator[Article | Unreadable]:
    """Pass ``items`` on; an error that ends them gets the name of the source in front."""
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except InputError as error:
            raise InputError(f"{where}: {error.message}", error.hint) from None
        yield item


class _Reader:
    """Reads one source: the options of the run, and the ids it has met."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._seen = SeenIds()
        self._count = itertools.count(1)

    def path(self, source: str | Path) -> Iterator[Article | Unreadable]:
        """Yield what a file or a directory holds."""
        if re.match(r"https?:/", str(source), re.IGNORECASE):
            raise InputError(
                "this is a web address, and nothing is fetched from the network",
                "save the page as .html and give that file",
            )
        if source == "":
            raise InputError("no file is named", 'give a file, a directory, or "-"')
        path = Path(source)
        if kind_of(path) == "directory":
            yield from self.directory(path)
        else:
            yield from self.file(path, path.stem)

    def file(self, path: Path, default_id: str) -> Iterator[Article | Unreadable]:
        """Yield what one file holds; raise InputError when it cannot be read at all."""
        suffix = path.suffix.lower()
        if suffix in _LINES:
            with open_regular(path) as stream:
                lines = read_lines(stream, self._options.max_bytes)
                yield from self._json_lines(lines, str(path), default_id)
            return
        data = read_whole(path, self._options.max_bytes)
        if suffix in _PAGES:
            raw = read_page(data, default_id)
        else:
            raw = read_text(data, default_id, sniff=suffix not in _TEXTS)
            if suffix and suffix not in _TEXTS:
                said = f"unknown suffix {suffix}: read as {_kind_of(raw)}"
                raw = replace(raw, warnings=(*raw.warnings, said))
        yield self._finish(raw, next(self._count))

    def directory(self, directory: Path) -> Iterator[Article | Unreadable]:
        """Yield what the files of a directory hold, in the order of their paths."""
        self._refuse_one_id()
        found = find_files(directory, _TEXTS | _PAGES | _LINES)
        if not found:
            names = ", ".join(sorted(_TEXTS | _PAGES | _LINES))
            raise InputError("the directory holds no article", f"files are known by {names}")
        stems = Counter(item.path.stem for item in found)
        for item in found:
            path = item.path
            if item.refusal is not None:
                yield Unreadable(str(path), item.refusal)
                continue
            alone = stems[path.stem] == 1
            default_id = path.stem if alone else path.relative_to(directory).as_posix()
            try:
                yield from self.file(path, default_id)
            except InputError as error:
                yield Unreadable(str(path), error)

    def standard_input(self, stream: BinaryIO) -> Iterator[Article | Unreadable]:
        """Yield one text, or the lines of JSON Lines when the first of them is an object."""
        limit = self._options.max_bytes
        lines = read_lines(stream, limit)
        begun: list[bytes | InputError] = []
        size = 0
        for line in lines:
            begun.append(line)
            if isinstance(line, InputError) or line.strip():
                break
            size += len(line)  # of blank lines, which may have no end
            refuse_size(size, limit)
        if begun and _is_article_line(begun[-1]):
            yield from self._json_lines(itertools.chain(begun, lines), "standard input", "stdin")
            return
        data = bytearray()
        for line in itertools.chain(begun, lines):
            if isinstance(line, InputError):
                raise line
            data += line
            refuse_size(len(data), limit)
        yield self._finish(read_text(bytes(data), "stdin", sniff=True), next(self._count))

    def _json_lines(
        self, lines: Iterable[bytes | InputError], where: str, stem: str
    ) -> Iterator[Article | Unreadable]:
        self._refuse_one_id()
        empty = True
        for number, line in enumerate(lines, start=1):
            if isinstance(line, bytes):
                if number == 1:
                    _refuse_wide(line)
                if not line.strip():
                    continue
            empty = False
            try:
                if isinstance(line, InputError):
                    raise line
                yield self._finish(read_json(line, f"{stem}-{number}"), number)
            except InputError as error:
                yield Unreadable(f"{where}:{number}", error)
        if empty:
            raise InputError("the file is empty", "each line must be one JSON object")

    def _refuse_one_id(self) -> None:
        if self._options.article_id is not None:
            raise InputError("one id cannot name many articles", "leave the id away")

    def _finish(self, raw: RawArticle, place: int) -> Article:
        article = _article(raw, self._options)
        earlier = self._seen.check(article.id, article.text, place)
        if earlier is None:
            return article
        if not earlier.same_text:
            raise InputError(
                f"the id {article.id[:80]!r} already names another text, number {earlier.place}",
                "give each article an id of its own",
            )
        said = f"the same id and text were read before, number {earlier.place}"
        return article.model_copy(update={"warnings": (*article.warnings, said)})


def _kind_of(raw: RawArticle) -> str:
    return "a page" if raw.origin == "metadata" else "text"


def _is_article_line(line: bytes | InputError) -> bool:
    """Whether the first line of standard input makes it JSON Lines."""
    if isinstance(line, InputError) or not line.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(
        b"{"
    ):
        return False
    try:
        return "text" in parse_object(decode(line).text)
    except InputError:
        return False


def _refuse_wide(line: bytes) -> None:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line[:4]:
        raise InputError("JSON Lines must be in UTF-8, and this is UTF-16", "convert it with iconv")


def _article(raw: RawArticle, options: ReadOptions) -> Article:
    """Apply the options, check every fact, and guess what nobody says."""
    if not raw.text.strip():
        raise InputError(
            "there is only white space" if raw.text else "there is no text",
            "an article needs at least one sentence",
        )
    warnings = list(raw.warnings)
    text = _visible(raw.text, "the text", warnings)
    known = {key: _one_line(raw.facts.get(key), key, warnings) for key in KNOWN}
    unknown = {key: value for key, value in raw.facts.items() if key not in KNOWN}
    published, origin = _published(known["published"], raw.origin, options, warnings)
    return Article(
        id=_visible(options.article_id or known["id"] or raw.default_id, "the id", warnings),
        text=text,
        title=options.title or known["title"],
        published=published,
        published_origin=origin,
        publisher=options.publisher or known["publisher"],
        language=_language(known["language"], text, options, warnings),
        url=known["url"],
        extra={
            _visible(key, "a key", warnings): _visible_inside(value, key, warnings)
            for key, value in unknown.items()
        },
        warnings=tuple(warnings),
    )


def _one_line(value: object, key: str, warnings: list[str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f'"{key}" must be a text, not {type(value).__name__}', "put it in quotes")
    return _visible(value.strip(), f'"{key}"', warnings) or None


def _published(
    said: str | None, origin: PublishedOrigin, options: ReadOptions, warnings: list[str]
) -> tuple[dt.date | None, PublishedOrigin]:
    if options.published is None:
        if said is None:
            warnings.append(_NO_DATE)
            return None, "unknown"
        return parse_published(said), origin
    if said is not None:
        try:
            differs = parse_published(said) != options.published
        except InputError:
            differs = True
        if differs:
            warnings.append(f"published {options.published} as given; the input says {said[:60]!r}")
    return options.published, "given_by_user"


def _language(said: str | None, text: str, options: ReadOptions, warnings: list[str]) -> str:
    if options.language is not None:
        if (code := language_code(options.language)) is None:
            raise InputError(
                f"{options.language!r} is no language code", "use two letters, such as en, fr or ar"
            )
        return code
    if said is not None:
        if (code := language_code(said)) is not None:
            return code
        warnings.append(f"{said[:40]!r} is no language code: the language is guessed")
    return guess_language(text)


_INVISIBLE = re.compile("[\0\ud800-\udfff]")


def _visible(text: str, what: str, warnings: list[str]) -> str:
    """Replace NULs and lone surrogates, which few programs can write, by U+FFFD and say so."""
    first = _INVISIBLE.search(text)
    if first is None:
        return text
    shown, count = _INVISIBLE.subn("\N{REPLACEMENT CHARACTER}", text)
    noun = "character is" if count == 1 else "characters are"
    warnings.append(
        f"in {what}, {count} {noun} NUL or half of a surrogate pair, the first at character "
        f"{first.start()}: kept as U+FFFD"
    )
    return shown


def _visible_inside(value: object, key: str, warnings: list[str]) -> object:
    if isinstance(value, str):
        return _visible(value, f"the value of {key[:40]!r}", warnings)
    if isinstance(value, list):
        return [_visible_inside(item, key, warnings) for item in value]
    if isinstance(value, dict):
        return {
            _visible(name, f"a key of {key[:40]!r}", warnings): _visible_inside(item, key, warnings)
            for name, item in value.items()
        }
    return value
