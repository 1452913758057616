"""The commands around extraction: check, types, prompt, doctor, new, models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llm_extract.cli.options import (
    DEFAULT_BYTES,
    AskedProfile,
    BaseUrl,
    Language,
    MaxBytes,
    Model,
    Published,
    TypesDir,
    env,
    read_options,
)
from llm_extract.console import print_line, tell


def check(
    records: Annotated[Path, typer.Argument(help="Records, one JSON object a line.")],
    article: Annotated[str, typer.Option(help="The article they speak of.", envvar=env("ARTICLE"))],
    published: Published = None,
    language: Language = None,
    types_dir: TypesDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines instead of text.", envvar=env("JSON"))
    ] = False,
    max_bytes: MaxBytes = DEFAULT_BYTES,
) -> None:
    """Verify records somebody made: does the article bear out every value?"""
    from llm_extract.commands import run_check

    options = read_options(published, None, language, max_bytes)
    raise typer.Exit(run_check(records, article, options, types_dir, as_json=as_json))


def types(
    name: Annotated[str | None, typer.Argument(help="One record type.")] = None,
    json_schema: Annotated[
        bool,
        typer.Option("--json-schema", help="The record's JSON schema.", envvar=env("JSON_SCHEMA")),
    ] = False,
    types_dir: TypesDir = None,
) -> None:
    """List the record types, or the fields of one and who fills them."""
    from llm_extract.commands import run_types

    run_types(name, types_dir, json_schema=json_schema)


def prompt(
    source: Annotated[str, typer.Argument(help="The article.", metavar="FILE")],
    type_name: Annotated[
        str, typer.Option("-t", "--type", help="Record type.", envvar=env("TYPE"))
    ],
    types_dir: TypesDir = None,
    model: Model = "local",
    base_url: BaseUrl = None,
    profile: AskedProfile = None,
    published: Published = None,
    language: Language = None,
    max_bytes: MaxBytes = DEFAULT_BYTES,
) -> None:
    """Print exactly what would be sent to the model; send nothing."""
    from llm_extract.commands import run_prompt

    options = read_options(published, None, language, max_bytes)
    chosen = profile.value if profile else None
    run_prompt(source, type_name, types_dir, options, model, base_url, chosen)


def doctor(
    model: Model = "local",
    base_url: BaseUrl = None,
) -> None:
    """Say what is installed, and what the model or endpoint can do."""
    from llm_extract.commands import run_doctor

    raise typer.Exit(run_doctor(model, base_url))


def new(
    name: Annotated[str, typer.Argument(help="Name of the record type, as protest_event.")],
    into: Annotated[Path, typer.Option(help="Directory to write to.", envvar=env("INTO"))] = Path(
        "types"
    ),
) -> None:
    """Write a schema and a prompt to start an own record type from."""
    from llm_extract.scaffolding import write_new_type

    schema, template = write_new_type(name, into)
    print_line(f"{schema}\n{template}")
    tell(f"next: edit both, then llm-extract extract FILE --types {into} -t {name}")


def models_pull(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A copy of the file, verified like any other.", envvar=env("FROM")
        ),
    ] = None,
) -> None:
    """Fetch the embedded model and verify it; print where it is."""
    from llm_extract import weights
    from llm_extract.progress import weights_progress

    with weights_progress() as progress:
        path = weights.pull(progress=progress, source=source, notice=tell)
    print_line(str(path))


def models_path() -> None:
    """Print where the embedded model is, or would be."""
    from llm_extract import weights

    print_line(str(weights.local_path()))
    if not weights.is_present():
        tell("not there yet: llm-extract models pull")


def models_remove() -> None:
    """Delete the embedded model's file."""
    from llm_extract import weights

    tell("removed" if weights.remove() else "nothing to remove")
