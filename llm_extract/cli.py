"""The command line: commands, exit status, and the one place that prints errors.

Exit status: 0 done · 1 done, but something failed, or was refused by ``check`` · 2 wrong use ·
3 model unreachable or refused · 130 interrupted. Heavy modules are imported inside the commands,
so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from llm_extract.console import print_line, tell, tell_error
from llm_extract.errors import LlmExtractError, UsageError

if TYPE_CHECKING:
    from llm_extract.reading import ReadOptions

app = typer.Typer(
    name="llm-extract",
    help="Read news articles, write conflict records, each value proved by the text.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(
    help="The embedded model's file: pull, path, remove.", no_args_is_help=True
)
app.add_typer(models_app, name="models")
labels_app = typer.Typer(
    help="Label files: check, import, agreement of two coders.", no_args_is_help=True
)
app.add_typer(labels_app, name="labels")

runs_app = typer.Typer(help="Runs of extract: show.", no_args_is_help=True)
app.add_typer(runs_app, name="runs")

_INTERRUPTED = 130
_WrongUse = next(
    c
    for c in typer.BadParameter.__mro__
    if issubclass(c, Exception) and c.__name__ == "ClickException"
)
"""What typer raises for options it cannot take; older releases have it from click itself."""
_debug = False


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


def _env(name: str) -> str:
    return f"LLM_EXTRACT_{name}"


Published = Annotated[
    str | None,
    typer.Option(help="Publication date, YYYY-MM-DD.", envvar=_env("PUBLISHED"), metavar="DATE"),
]
Publisher = Annotated[str | None, typer.Option(help="Publisher.", envvar=_env("PUBLISHER"))]
Language = Annotated[
    str | None, typer.Option(help="Language, as en or ar.", envvar=_env("LANGUAGE"))
]
MaxBytes = Annotated[
    int, typer.Option(help="Largest article read, in bytes.", envvar=_env("MAX_BYTES"))
]
TypeNames = Annotated[
    list[str] | None,
    typer.Option("-t", "--type", help="Record type; may be repeated.", envvar=_env("TYPE")),
]
TypesDir = Annotated[
    Path | None,
    typer.Option("--types", help="Directory with your own record types.", envvar=_env("TYPES")),
]
Model = Annotated[
    str,
    typer.Option(
        "-m",
        "--model",
        help="local, local:FILE.gguf, or provider/name as openai/NAME.",
        envvar=_env("MODEL"),
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="Any OpenAI-compatible endpoint.", envvar=_env("BASE_URL"), metavar="URL"),
]
AskedMode = Annotated[
    ModeName, typer.Option(help="How structure is asked for.", envvar=_env("MODE"))
]
AskedProfile = Annotated[
    ProfileName | None,
    typer.Option(
        help="Whole article in one question, or windows; default by model.",
        envvar=_env("PROFILE"),
    ),
]
MaxAsks = Annotated[
    int | None,
    typer.Option(help="Most repeats of one question.", min=0, envvar=_env("MAX_ASKS")),
]
Replay = Annotated[
    Path | None, typer.Option(help="Replay recorded replies.", envvar=_env("REPLAY"))
]
ArticlesDir = Annotated[
    Path | None,
    typer.Option(
        "--articles",
        help="Folder of the articles, if not where labels say.",
        envvar=_env("ARTICLES"),
    ),
]
_DEFAULT_BYTES = 8 * 1024 * 1024


def main() -> NoReturn:
    """Run the command line; the only place that prints errors and sets the exit status."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read stdout has left; what is still buffered must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


def _run() -> int:
    try:
        status = app(prog_name="llm-extract", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        status = _INTERRUPTED
    except _WrongUse as error:
        return _print_wrong_use(error)
    except LlmExtractError as error:
        _show_trace(error)
        tell_error(error)
        return error.exit_status
    except BrokenPipeError:
        raise
    except Exception as error:
        _show_trace(error)
        tell_error(_unforeseen(error))
        return 1
    if status == _INTERRUPTED:
        tell("interrupted")
    return int(status or 0)


def _show_trace(error: Exception) -> None:
    if _debug:
        tell("".join(traceback.format_exception(error)).rstrip())


def _unforeseen(error: Exception) -> LlmExtractError:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return LlmExtractError(f"{where}{error.strerror or error}")
    what = f"unforeseen {type(error).__name__}: {error}"
    return LlmExtractError(what, "run again with --debug and report what it prints")


def _print_wrong_use(error: Any) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        tell(error.format_message())
    else:
        asked = error.ctx.command_path if error.ctx else "llm-extract"
        hint = f"{asked} --help tells what it takes"
        tell_error(UsageError(error.format_message().rstrip("."), hint))
    return 2


def _print_version(value: bool) -> None:
    if value:
        from llm_extract.extraction import tool_version

        print_line(f"llm-extract {tool_version()}")
        raise typer.Exit


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option(help="Show tracebacks.", envvar=_env("DEBUG"))] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    global _debug
    _debug = debug


def _number(text: str) -> float:
    from llm_extract.amounts import amount

    return _read_as(amount, text)


def _time(text: str) -> float:
    from llm_extract.amounts import seconds

    return _read_as(seconds, text)


def _read_as(read: Callable[[str], float], text: str) -> float:
    try:
        return read(str(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
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
            envvar=_env("OUTPUT"),
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of a run: start it here, or go on with it.", envvar=_env("RUN")),
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
        typer.Option("--plan", help="Tell what it would cost; send nothing.", envvar=_env("PLAN")),
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Do again what failed in a run.", envvar=_env("RETRY_FAILED")
        ),
    ] = False,
    reparse: Annotated[
        bool,
        typer.Option(
            "--reparse",
            help="Make all records of a run anew from kept answers; ask nothing.",
            envvar=_env("REPARSE"),
        ),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(help="Most questions at a time.", min=1, envvar=_env("JOBS"))
    ] = None,
    rpm: Annotated[
        float | None,
        typer.Option(help="Requests a minute.", parser=_number, metavar="N", envvar=_env("RPM")),
    ] = None,
    tpm: Annotated[
        float | None,
        typer.Option(
            help="Tokens a minute, as 200k.", parser=_number, metavar="N", envvar=_env("TPM")
        ),
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(help="Most US dollars to spend.", min=0, envvar=_env("BUDGET_USD")),
    ] = None,
    budget_tokens: Annotated[
        float | None,
        typer.Option(
            help="Most tokens to use, as 5M.",
            parser=_number,
            metavar="N",
            envvar=_env("BUDGET_TOKENS"),
        ),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            help="Stop after this time, as 6h.",
            parser=_time,
            metavar="TIME",
            envvar=_env("DEADLINE"),
        ),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="TOML file with prices.", envvar=_env("PRICES"))
    ] = None,
    reply_cache: Annotated[
        Path | None,
        typer.Option(help="File with answers that runs share.", envvar=_env("REPLY_CACHE")),
    ] = None,
    reply_cache_size: Annotated[
        float,
        typer.Option(
            help="Most bytes in it, as 2G.",
            parser=_number,
            metavar="N",
            envvar=_env("REPLY_CACHE_SIZE"),
        ),
    ] = 2e9,
    reply_cache_days: Annotated[
        float, typer.Option(help="Most days kept in it.", min=0, envvar=_env("REPLY_CACHE_DAYS"))
    ] = 90.0,
    record: Annotated[
        Path | None, typer.Option(help="Record the replies here.", envvar=_env("RECORD"))
    ] = None,
    replay: Replay = None,
    max_bytes: MaxBytes = _DEFAULT_BYTES,
    log: Annotated[
        Path | None, typer.Option(help="Add JSON lines on what happens here.", envvar=_env("LOG"))
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No summary.", envvar=_env("QUIET"))
    ] = False,
) -> None:
    """Extract records from articles, as JSON Lines on stdout or in a file."""
    from llm_extract.extract_command import Extracting, Limits, run_extract
    from llm_extract.runs.folder import Settings

    if record and replay:
        raise UsageError("--record and --replay exclude each other", "give one of them")
    if run is None and not sources:
        raise UsageError("no FILES are named", "name some, or the --run to go on with")
    if run is None and (retry_failed or reparse):
        raise UsageError("--retry-failed and --reparse need a run", "name its folder: --run DIR")
    options = _read_options(published, publisher, language, max_bytes)
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


@runs_app.command("show")
def runs_show(
    run: Annotated[Path, typer.Argument(help="Folder of the run.", metavar="DIR")],
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of text.", envvar=_env("JSON"))
    ] = False,
) -> None:
    """Tell how far a run is, what failed and why, what it cost, and what to do next."""
    from llm_extract.runs_command import run_show

    run_show(run, as_json=as_json)


@app.command()
def check(
    records: Annotated[Path, typer.Argument(help="Records, one JSON object a line.")],
    article: Annotated[
        str, typer.Option(help="The article they speak of.", envvar=_env("ARTICLE"))
    ],
    published: Published = None,
    language: Language = None,
    types_dir: TypesDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines instead of text.", envvar=_env("JSON"))
    ] = False,
    max_bytes: MaxBytes = _DEFAULT_BYTES,
) -> None:
    """Verify records somebody made: does the article bear out every value?"""
    from llm_extract.commands import run_check

    options = _read_options(published, None, language, max_bytes)
    raise typer.Exit(run_check(records, article, options, types_dir, as_json=as_json))


@app.command()
def types(
    name: Annotated[str | None, typer.Argument(help="One record type.")] = None,
    json_schema: Annotated[
        bool,
        typer.Option("--json-schema", help="The record's JSON schema.", envvar=_env("JSON_SCHEMA")),
    ] = False,
    types_dir: TypesDir = None,
) -> None:
    """List the record types, or the fields of one and who fills them."""
    from llm_extract.commands import run_types

    run_types(name, types_dir, json_schema=json_schema)


@app.command()
def prompt(
    source: Annotated[str, typer.Argument(help="The article.", metavar="FILE")],
    type_name: Annotated[
        str, typer.Option("-t", "--type", help="Record type.", envvar=_env("TYPE"))
    ],
    types_dir: TypesDir = None,
    model: Model = "local",
    base_url: BaseUrl = None,
    profile: AskedProfile = None,
    published: Published = None,
    language: Language = None,
    max_bytes: MaxBytes = _DEFAULT_BYTES,
) -> None:
    """Print exactly what would be sent to the model; send nothing."""
    from llm_extract.commands import run_prompt

    options = _read_options(published, None, language, max_bytes)
    chosen = profile.value if profile else None
    run_prompt(source, type_name, types_dir, options, model, base_url, chosen)


@app.command()
def doctor(
    model: Model = "local",
    base_url: BaseUrl = None,
) -> None:
    """Say what is installed, and what the model or endpoint can do."""
    from llm_extract.commands import run_doctor

    raise typer.Exit(run_doctor(model, base_url))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the record type, as protest_event.")],
    into: Annotated[Path, typer.Option(help="Directory to write to.", envvar=_env("INTO"))] = Path(
        "types"
    ),
) -> None:
    """Write a schema and a prompt to start an own record type from."""
    from llm_extract.scaffolding import write_new_type

    schema, template = write_new_type(name, into)
    print_line(f"{schema}\n{template}")
    tell(f"next: edit both, then llm-extract extract FILE --types {into} -t {name}")


@models_app.command("pull")
def models_pull(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A copy of the file, verified like any other.", envvar=_env("FROM")
        ),
    ] = None,
) -> None:
    """Fetch the embedded model and verify it; print where it is."""
    from llm_extract import weights
    from llm_extract.progress import weights_progress

    with weights_progress() as progress:
        path = weights.pull(progress=progress, source=source, notice=tell)
    print_line(str(path))


@models_app.command("path")
def models_path() -> None:
    """Print where the embedded model is, or would be."""
    from llm_extract import weights

    print_line(str(weights.local_path()))
    if not weights.is_present():
        tell("not there yet: llm-extract models pull")


@models_app.command("remove")
def models_remove() -> None:
    """Delete the embedded model's file."""
    from llm_extract import weights

    tell("removed" if weights.remove() else "nothing to remove")


@app.command()
def evaluate(
    labels: Annotated[
        Path, typer.Argument(help="Folder of label files, or one.", metavar="LABELS")
    ],
    split: Annotated[
        str | None, typer.Option(help="Only labels of this split.", envvar=_env("SPLIT"))
    ] = None,
    extractions: Annotated[
        Path | None,
        typer.Option(help="Score these lines; ask no model.", envvar=_env("EXTRACTIONS")),
    ] = None,
    model: Model = "local",
    base_url: BaseUrl = None,
    mode: AskedMode = ModeName.auto,
    profile: AskedProfile = None,
    max_asks: MaxAsks = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Record the replies here; what is there and still fits is not asked again.",
            envvar=_env("RECORD"),
        ),
    ] = None,
    replay: Replay = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Write the extraction lines here too.", envvar=_env("SAVE")),
    ] = None,
    check_support: Annotated[
        bool,
        typer.Option(
            "--check-support", help="Put every value to the verifier.", envvar=_env("CHECK_SUPPORT")
        ),
    ] = False,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="Form of the report.", envvar=_env("FORMAT"))
    ] = ReportFormat.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Report file.", envvar=_env("OUTPUT"))
    ] = None,
    min_f1: Annotated[
        float | None,
        typer.Option(help="Exit 1 when record F1 is below.", min=0, max=1, envvar=_env("MIN_F1")),
    ] = None,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples.", min=100, envvar=_env("RESAMPLES"))
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.", envvar=_env("SEED"))] = (
        20190827
    ),
    articles: ArticlesDir = None,
    types_dir: TypesDir = None,
) -> None:
    """Score extractions against labels, each figure with its 95 % interval."""
    from llm_extract.evaluate_command import Asking, run_evaluate

    if sum(x is not None for x in (extractions, record, replay)) > 1:
        raise UsageError("give one of --extractions, --record and --replay", "they exclude another")
    asking = Asking(
        model=model,
        base_url=base_url,
        mode=None if mode is ModeName.auto else mode.value,
        profile=profile.value if profile else None,
        max_asks=max_asks,
        record=record,
        replay=replay,
        types_dir=types_dir,
    )
    status = run_evaluate(
        labels,
        split=split,
        articles=articles,
        extractions=extractions,
        asking=asking,
        save=save,
        check_support=check_support,
        resamples=resamples,
        seed=seed,
        format_=format_.value,
        output=output,
        min_f1=min_f1,
    )
    raise typer.Exit(status)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Report A, as JSON.", metavar="A")],
    second: Annotated[Path, typer.Argument(help="Report B, as JSON.", metavar="B")],
    figure: Annotated[
        str, typer.Option(help="Figure the verdict is on.", envvar=_env("FIGURE"))
    ] = "grounded_f1",
    margin: Annotated[
        float,
        typer.Option(help="Differences up to this are none.", min=0, envvar=_env("MARGIN")),
    ] = 0.03,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples.", min=100, envvar=_env("RESAMPLES"))
    ] = 10_000,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="Form of the answer.", envvar=_env("FORMAT"))
    ] = TableFormat.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it here.", envvar=_env("OUTPUT"))
    ] = None,
    fail_unless: Annotated[
        Bound, typer.Option(help="Exit 1 unless B is this.", envvar=_env("FAIL_UNLESS"))
    ] = Bound.not_worse,
) -> None:
    """Say whether B is better than A, or what this set cannot decide."""
    from llm_extract.evaluate_command import run_compare

    status = run_compare(
        first,
        second,
        headline=figure,
        margin=margin,
        resamples=resamples,
        format_=format_.value,
        output=output,
        fail_unless=fail_unless.value,
    )
    raise typer.Exit(status)


@labels_app.command("import")
def labels_import(
    source: Annotated[
        Path, typer.Argument(help="Extraction lines, records as JSON Lines, or a CSV.")
    ],
    articles: Annotated[
        Path, typer.Option(help="Folder of the articles.", envvar=_env("ARTICLES"))
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="Folder for the label files.", envvar=_env("OUTPUT")),
    ],
    coder: Annotated[str | None, typer.Option(help="Who coded them.", envvar=_env("CODER"))] = None,
    split: Annotated[
        str | None, typer.Option(help="Split they are of.", envvar=_env("SPLIT"))
    ] = None,
    types_dir: TypesDir = None,
) -> None:
    """Make label files of records that stand elsewhere."""
    from llm_extract.label_commands import run_import_labels

    raise typer.Exit(
        run_import_labels(source, articles, output, coder=coder, split=split, types_dir=types_dir)
    )


@labels_app.command("agreement")
def labels_agreement(
    a: Annotated[Path, typer.Argument(help="Label files of coder A.")],
    b: Annotated[Path, typer.Argument(help="Label files of coder B, or extraction lines.")],
    format_: Annotated[
        TableFormat, typer.Option("--format", help="Form of the answer.", envvar=_env("FORMAT"))
    ] = TableFormat.table,
    articles: ArticlesDir = None,
    types_dir: TypesDir = None,
) -> None:
    """Say how far two coders agree, field by field, and where they differ."""
    from llm_extract.label_commands import run_agreement

    raise typer.Exit(
        run_agreement(a, b, articles=articles, types_dir=types_dir, format_=format_.value)
    )


@labels_app.command("check")
def labels_check(
    sources: Annotated[
        list[Path], typer.Argument(help="Label files, or folders of them.", metavar="LABELS")
    ],
    articles: ArticlesDir = None,
    types_dir: TypesDir = None,
) -> None:
    """Say what does not hold in label files: quotes, values, arithmetic, rules."""
    from llm_extract.label_commands import run_check_labels

    raise typer.Exit(run_check_labels(sources, articles=articles, types_dir=types_dir))


def _read_options(
    published: str | None, publisher: str | None, language: str | None, max_bytes: int
) -> ReadOptions:
    from llm_extract.reading import ReadOptions, parse_published

    return ReadOptions(
        published=parse_published(published) if published else None,
        publisher=publisher,
        language=language,
        max_bytes=max_bytes,
    )
