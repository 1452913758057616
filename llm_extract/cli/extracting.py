"""The commands that ask a model about articles: extract, runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llm_extract.cli.options import (
    DEFAULT_BYTES,
    AskedMode,
    AskedProfile,
    BaseUrl,
    Language,
    MaxAsks,
    MaxBytes,
    Model,
    ModeName,
    Published,
    Publisher,
    Replay,
    TypeNames,
    TypesDir,
    as_number,
    as_time,
    env,
    read_options,
)
from llm_extract.errors import UsageError


def extract(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help=".txt .md .html .jsonl, a directory, or - for stdin.", metavar="FILES"),
    ] = None,
    types: TypeNames = None,
    types_dir: TypesDir = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Write here: .jsonl .csv .parquet .sqlite .db.",
            envvar=env("OUTPUT"),
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of a run: start it here, or go on with it.", envvar=env("RUN")),
    ] = None,
    published: Published = None,
    publisher: Publisher = None,
    language: Language = None,
    model: Model = "local",
    base_url: BaseUrl = None,
    mode: AskedMode = ModeName.auto,
    profile: AskedProfile = None,
    max_asks: MaxAsks = None,
    plan: Annotated[
        bool,
        typer.Option("--plan", help="Tell what it would cost; send nothing.", envvar=env("PLAN")),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Do again what failed in a run.", envvar=env("RETRY_FAILED")
        ),
    ] = False,
    reparse: Annotated[
        bool,
        typer.Option(
            "--reparse",
            help="Make all records of a run anew from kept answers; ask nothing.",
            envvar=env("REPARSE"),
        ),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(help="Most questions at a time.", min=1, envvar=env("JOBS"))
    ] = None,
    rpm: Annotated[
        float | None,
        typer.Option(help="Requests a minute.", parser=as_number, metavar="N", envvar=env("RPM")),
    ] = None,
    tpm: Annotated[
        float | None,
        typer.Option(
            help="Tokens a minute, as 200k.", parser=as_number, metavar="N", envvar=env("TPM")
        ),
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(help="Most US dollars to spend.", min=0, envvar=env("BUDGET_USD")),
    ] = None,
    budget_tokens: Annotated[
        float | None,
        typer.Option(
            help="Most tokens to use, as 5M.",
            parser=as_number,
            metavar="N",
            envvar=env("BUDGET_TOKENS"),
        ),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            help="Stop after this time, as 6h.",
            parser=as_time,
            metavar="TIME",
            envvar=env("DEADLINE"),
        ),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="TOML file with prices.", envvar=env("PRICES"))
    ] = None,
    reply_cache: Annotated[
        Path | None,
        typer.Option(help="File with answers that runs share.", envvar=env("REPLY_CACHE")),
    ] = None,
    reply_cache_size: Annotated[
        float,
        typer.Option(
            help="Most bytes in it, as 2G.",
            parser=as_number,
            metavar="N",
            envvar=env("REPLY_CACHE_SIZE"),
        ),
    ] = 2e9,
    reply_cache_days: Annotated[
        float, typer.Option(help="Most days kept in it.", min=0, envvar=env("REPLY_CACHE_DAYS"))
    ] = 90.0,
    record: Annotated[
        Path | None, typer.Option(help="Record the replies here.", envvar=env("RECORD"))
    ] = None,
    replay: Replay = None,
    max_bytes: MaxBytes = DEFAULT_BYTES,
    log: Annotated[
        Path | None, typer.Option(help="Add JSON lines on what happens here.", envvar=env("LOG"))
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No summary.", envvar=env("QUIET"))
    ] = False,
) -> None:
    """Extract records from articles, as JSON Lines on stdout or in a file."""
    from llm_extract.extract_command import Extracting, run_extract
    from llm_extract.limits import Limits
    from llm_extract.runs.folder import Settings

    if record and replay:
        raise UsageError("--record and --replay exclude each other", "give one of them")
    if run is None and not sources:
        raise UsageError("no FILES are named", "name some, or the --run to go on with")
    if run is None and (retry_failed or reparse):
        raise UsageError("--retry-failed and --reparse need a run", "name its folder: --run DIR")
    options = read_options(published, publisher, language, max_bytes)
    settings = Settings(
        sources=tuple(sources or ()),
        types=tuple(types or ()),
        types_dir=str(types_dir) if types_dir else None,
        model=model,
        base_url=base_url,
        mode=mode.value,
        profile=profile.value if profile else None,
        max_asks=max_asks,
        published=options.published.isoformat() if options.published else None,
        publisher=publisher,
        language=language,
        max_bytes=max_bytes,
        output=str(output) if output else None,
    )
    limits = Limits(
        jobs=jobs,
        rpm=rpm,
        tpm=tpm,
        budget_tokens=budget_tokens,
        budget_usd=budget_usd,
        deadline_s=deadline,
        prices=prices,
        reply_cache=reply_cache,
        cache_bytes=reply_cache_size,
        cache_days=reply_cache_days,
    )
    if plan:
        from llm_extract.plan_command import run_plan

        run_plan(settings, limits, run)
        return
    asked = Extracting(
        settings,
        limits,
        run=run,
        record=record,
        replay=replay,
        retry_failed=retry_failed,
        reparse=reparse,
        quiet=quiet,
        log=log,
    )
    raise typer.Exit(run_extract(asked))


def runs_show(
    run: Annotated[Path, typer.Argument(help="Folder of the run.", metavar="DIR")],
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of text.", envvar=env("JSON"))
    ] = False,
) -> None:
    """Tell how far a run is, what failed and why, what it cost, and what to do next."""
    from llm_extract.runs_command import run_show

    run_show(run, as_json=as_json)
