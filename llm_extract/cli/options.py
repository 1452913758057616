"""Options that several commands take, each an environment variable too."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from llm_extract.reading import ReadOptions


class ModeName(StrEnum):
    """How an endpoint is made to answer in JSON."""

    auto = "auto"
    json_schema = "json_schema"
    tools = "tools"
    json = "json"


class ProfileName(StrEnum):
    """How an article is put to the model."""

    whole = "whole"
    windows = "windows"


class ReportFormat(StrEnum):
    """How a report is written."""

    table = "table"
    json = "json"
    md = "md"
    html = "html"


class TableFormat(StrEnum):
    """How a comparison is written."""

    table = "table"
    json = "json"
    md = "md"


class Bound(StrEnum):
    """How good B has to be."""

    not_worse = "not-worse"
    better = "better"


def env(name: str) -> str:
    """Return the environment variable of an option."""
    return f"LLM_EXTRACT_{name}"


Published = Annotated[
    str | None,
    typer.Option(help="Publication date, YYYY-MM-DD.", envvar=env("PUBLISHED"), metavar="DATE"),
]
Publisher = Annotated[str | None, typer.Option(help="Publisher.", envvar=env("PUBLISHER"))]
Language = Annotated[
    str | None, typer.Option(help="Language, as en or ar.", envvar=env("LANGUAGE"))
]
MaxBytes = Annotated[
    int, typer.Option(help="Largest article read, in bytes.", envvar=env("MAX_BYTES"))
]
TypeNames = Annotated[
    list[str] | None,
    typer.Option("-t", "--type", help="Record type; may be repeated.", envvar=env("TYPE")),
]
TypesDir = Annotated[
    Path | None,
    typer.Option("--types", help="Directory with your own record types.", envvar=env("TYPES")),
]
Model = Annotated[
    str,
    typer.Option(
        "-m",
        "--model",
        help="local, local:FILE.gguf, or provider/name as openai/NAME.",
        envvar=env("MODEL"),
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="Any OpenAI-compatible endpoint.", envvar=env("BASE_URL"), metavar="URL"),
]
AskedMode = Annotated[
    ModeName, typer.Option(help="How structure is asked for.", envvar=env("MODE"))
]
AskedProfile = Annotated[
    ProfileName | None,
    typer.Option(
        help="Whole article in one question, or windows; default by model.",
        envvar=env("PROFILE"),
    ),
]
MaxAsks = Annotated[
    int | None,
    typer.Option(help="Most repeats of one question.", min=0, envvar=env("MAX_ASKS")),
]
Replay = Annotated[Path | None, typer.Option(help="Replay recorded replies.", envvar=env("REPLAY"))]
ArticlesDir = Annotated[
    Path | None,
    typer.Option(
        "--articles",
        help="Folder of the articles, if not where labels say.",
        envvar=env("ARTICLES"),
    ),
]
DEFAULT_BYTES = 8 * 1024 * 1024


def as_number(text: str) -> float:
    """Read an amount as ``5M``."""
    from llm_extract.amounts import amount

    return _read_as(amount, text)


def as_time(text: str) -> float:
    """Read a time as ``6h``, in seconds."""
    from llm_extract.amounts import seconds

    return _read_as(seconds, text)


def _read_as(read: Callable[[str], float], text: str) -> float:
    try:
        return read(str(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def read_options(
    published: str | None, publisher: str | None, language: str | None, max_bytes: int
) -> ReadOptions:
    """Return how articles are read; raises ``InputError`` for a date that is none."""
    from llm_extract.reading import ReadOptions, parse_published

    return ReadOptions(
        published=parse_published(published) if published else None,
        publisher=publisher,
        language=language,
        max_bytes=max_bytes,
    )
