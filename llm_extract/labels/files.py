"""Label files: one article's records as a coder sees them, with what else is right.

A label is JSON of the shape of an extraction's records, with tiers and alternatives; the format is
told in ``seeds/README.md``. Offsets are not written but found: a quote is searched in the article.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llm_extract.article import Article
from llm_extract.coding.mentions import locate
from llm_extract.errors import InputError
from llm_extract.reading import ReadOptions, Unreadable, read_articles

Json = dict[str, Any]
Span = tuple[int, int]
"""Characters of the article's text from 0, end exclusive."""


class LabelFile(BaseModel):
    """One file of labels, as written."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    article: str
    """Path of the article, from the label file's folder."""
    article_id: str | None = None
    """Which article of a file that holds several (JSON Lines)."""
    split: str | None = None
    coder: str | None = None
    traps: list[str] = Field(default_factory=list)
    published: dt.date | None = None
    """Publication date, publisher and language: only where the article's file cannot say them."""
    publisher: str | None = None
    language: str | None = None
    record_types: list[str]
    """What was looked for; a type named here that has no record was looked for in vain."""
    records: list[Json] = Field(default_factory=list)
    aggregate_tolls: list[Json] = Field(default_factory=list)
    excluded_mentions: list[Json] = Field(default_factory=list)
    notes: str | None = None
    """How a disagreement between coders was settled."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a coder says one article tells."""

    path: Path
    file: LabelFile
    article: Article

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id

    def records(self, record_type: str) -> list[Json]:
        """Return the records of one type, required and optional."""
        return [r for r in self.file.records if r.get("record_type") == record_type]


def load_labels(
    source: Path, *, split: str | None = None, articles: Path | None = None
) -> list[Label]:
    """Read the label files of a folder, or one file, in the order of their names.

    ``articles`` is a folder to look for the articles in, instead of where the labels point.
    Raises InputError, naming the file and the place, for what is no label.
    """
    if not source.exists():
        raise InputError(f"{source} does not exist", "give a folder of label files, or one of them")
    paths = sorted(source.glob("*.json")) if source.is_dir() else [source]
    labels = [label for path in paths if (label := _load(path, split, articles))]
    if not labels:
        wanted = f"no label of split {split!r}" if split else "no label"
        raise InputError(f"{source} holds {wanted}", "a label is one JSON file an article")
    twice = _first_repeat([label.id for label in labels])
    if twice is not None:
        raise InputError(f"{source}: two labels of the article {twice!r}", "one file an article")
    return labels


def read_label_file(path: Path) -> LabelFile:
    """Read one label file; raises InputError with every place that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {error}", "one JSON object a file") from None
    try:
        return LabelFile.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}"
            for e in error.errors(include_url=False)
        )
        hint = "the format of a label file is told in seeds/README.md"
        raise InputError(f"{path}: {problems}", hint) from None


def write_label_file(path: Path, file: LabelFile) -> None:
    """Write a label file in the order and shape a person would."""
    data = file.model_dump(mode="json", exclude_none=True)
    bins = ("records", "aggregate_tolls", "excluded_mentions")
    data = {k: v for k, v in data.items() if v != [] or k in (*bins, "record_types")}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _load(path: Path, split: str | None, articles: Path | None) -> Label | None:
    file = read_label_file(path)
    if split is not None and file.split != split:
        return None
    where = articles / Path(file.article).name if articles else path.parent / file.article
    options = ReadOptions(
        published=file.published, publisher=file.publisher, language=file.language
    )
    return Label(path, file, _article(path, where, file.article_id, options))


def _article(path: Path, where: Path, article_id: str | None, options: ReadOptions) -> Article:
    if not where.is_file():
        raise InputError(f"{path}: its article {where} is not there", "see `article` in the label")
    found = [
        item
        for item in read_articles(where, options)
        if isinstance(item, Unreadable) or article_id in (None, item.id)
    ]
    for item in found:
        if isinstance(item, Unreadable):
            raise item.reason
    if len(found) != 1:
        raise InputError(
            f"{path}: {where} holds {len(found)} articles of this id", "give `article_id`"
        )
    assert isinstance(found[0], Article)
    return found[0]


def _first_repeat(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


# Values and their alternatives ------------------------------------------------------------------


def alternatives(part: Mapping[str, Any], key: str) -> list[Any]:
    """Return all values of ``key`` that are right: the one given, then the acceptable ones."""
    return [part.get(key), *part.get(f"{key}_acceptable", ())]


def quote_spans(evidence: Sequence[Mapping[str, Any]], text: str) -> Iterator[list[Span]]:
    """Yield, for each quote, where it stands: one place if it says so itself, else all of them.

    An empty list means that the article does not contain the quote.
    """
    for item in evidence:
        quote, start = item.get("quote"), item.get("char_start")
        if not isinstance(quote, str) or not quote.strip():
            yield []
        elif isinstance(start, int) and text[start : start + len(quote)] == quote:
            yield [(start, start + len(quote))]
        elif (first := text.find(quote)) >= 0:
            places = [first]
            while (first := text.find(quote, first + 1)) >= 0:
                places.append(first)
            yield [(place, place + len(quote)) for place in places]
        else:
            yield [(m.start, m.end) for m in locate(quote, text, case=False)]
