"""What a run reads and looks for: its settings become articles and record types."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from llm_extract.article import Article
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.console import tell_error
from llm_extract.errors import InputError
from llm_extract.reading import ReadOptions, Unreadable, read_articles
from llm_extract.record_type import RecordType, builtin_names, find_record_type
from llm_extract.rendering import render
from llm_extract.runs.folder import Settings


def types_of(settings: Settings) -> list[RecordType]:
    """Return the record types of a run, each prompt tried: a slip should cost no minute."""
    directory = Path(settings.types_dir) if settings.types_dir else None
    types = [find_record_type(name, directory) for name in settings.types or builtin_names()]
    _try_templates(types)
    return types


def _options(settings: Settings) -> ReadOptions:
    published = dt.date.fromisoformat(settings.published) if settings.published else None
    return ReadOptions(
        published=published,
        publisher=settings.publisher,
        language=settings.language,
        max_bytes=settings.max_bytes,
    )


def opened_articles(
    settings: Settings, *, is_new: bool
) -> tuple[Iterator[Article | Unreadable], bool]:
    """Find the first article before a model is fetched: a wrong name should cost no minute.

    Return the articles from it on, and whether something before it could not be read. A run that
    was started knows its articles: those whose files are gone are still done.
    """
    stream = _articles(settings.sources, _options(settings), alone=is_new)
    trouble = False
    for item in stream:
        if isinstance(item, Article):
            return itertools.chain([item], stream), trouble
        trouble = True
        tell_error(item.reason, item.where)
    if is_new:
        raise InputError("no article found", "give .txt, .md, .html or .jsonl files")
    return iter(()), trouble


def _articles(
    sources: Sequence[str], options: ReadOptions, *, alone: bool
) -> Iterator[Article | Unreadable]:
    """Read every source; one of several that can not be read must not cost the others."""
    for source in sources:
        try:
            yield from read_articles(source, options, stdin=sys.stdin.buffer)
        except InputError as error:
            if alone and len(sources) == 1:
                raise
            yield Unreadable(source, error)


def _try_templates(types: Sequence[RecordType]) -> None:
    text = NumberedText.of(Article(id="-", text="Nothing happened."))
    for record_type in types:
        for full in (False, True):
            render(record_type, text, (1,), full=full, bins=full)
