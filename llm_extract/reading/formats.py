"""One file's bytes -> a raw article: its text, and the facts it gives itself, nothing added."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_extract.article import PublishedOrigin
from llm_extract.errors import InputError
from llm_extract.reading.decoding import decode
from llm_extract.reading.front_matter import split_front_matter
from llm_extract.reading.html_metadata import declared_encoding, page_facts
from llm_extract.reading.json_lines import parse_object

KNOWN = ("id", "title", "published", "publisher", "language", "url")
"""The facts an article has a place for; all others are kept as they came."""


@dataclass(frozen=True, slots=True)
class RawArticle:
    """A text with the facts its file gives, before options, checks and guesses."""

    text: str
    facts: dict[str, object]
    default_id: str
    origin: PublishedOrigin
    warnings: tuple[str, ...]


def read_text(data: bytes, default_id: str, *, sniff: bool) -> RawArticle:
    """Divide a text file into facts and text; with ``sniff`` an unnamed page is read as one."""
    decoded = decode(data)
    looks_like_a_page = _LOOKS_LIKE_A_PAGE.match(decoded.text) is not None
    if looks_like_a_page and sniff:
        return read_page(data, default_id)
    facts, text = split_front_matter(decoded.text)
    warnings = list(decoded.warnings)
    if looks_like_a_page:
        warnings.append("this looks like HTML but is read as text; name it .html for its main text")
    if text.startswith('{"'):
        warnings.append(
            "this looks like JSON but is read as text; a .jsonl file has one article a line"
        )
    if facts and "date" in facts and "published" not in facts:
        warnings.append('the front matter\'s "date" is not used; name it "published"')
    origin: PublishedOrigin = "front_matter"
    return RawArticle(text, _plain(facts or {}), default_id, origin, tuple(warnings))


def read_page(data: bytes, default_id: str) -> RawArticle:
    """Take a web page's main text and what its metadata says."""
    # Imported late: only pages need the parser, and it takes long to load.
    from llm_extract.reading.html_text import parse_page

    decoded = decode(data, declared=declared_encoding(data))
    page = parse_page(decoded.text)
    facts = page_facts(page.elements)
    if not page.main_text:
        raise InputError(
            "the page holds no text",
            "it may be filled in by a script: save the article's text as .txt and give that",
        )
    known: dict[str, object] = {
        "title": facts.title,
        "published": facts.published.isoformat() if facts.published else None,
        "publisher": facts.publisher,
        "language": facts.language,
        "url": facts.url,
    }
    warnings = (*decoded.warnings, *facts.warnings)
    return RawArticle(page.main_text, known, default_id, "metadata", warnings)


def _plain(facts: dict[str, object]) -> dict[str, object]:
    """Take YAML's ways to write nothing for nothing, in the facts that are known."""
    nothing = ("", "~", "null")
    return {
        key: None if key in KNOWN and value in nothing else value for key, value in facts.items()
    }


def read_json(line: bytes, default_id: str) -> RawArticle:
    """Take one line of JSON Lines, whose member ``text`` is the article."""
    decoded = decode(line)
    try:
        facts = parse_object(decoded.text)
    except InputError as error:
        if not line.endswith(b"\n"):
            raise InputError(
                f"{error.message} (the file may be cut off here)", error.hint
            ) from None
        raise
    text = facts.pop("text", None)
    if not isinstance(text, str):
        what = "has no text" if text is None else "has a text that is no string"
        raise InputError(f"the article {what}", 'each line must look like {"text": "…"}')
    if isinstance(number := facts.get("id"), int) and not isinstance(number, bool):
        facts["id"] = str(number)
    return RawArticle(text, facts, default_id, "jsonl", decoded.warnings)


_LOOKS_LIKE_A_PAGE = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype html|<html[\s>])", re.I)
