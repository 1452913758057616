"""The command line: commands, exit status, and the one place that prints errors.

Exit status: 0 done · 1 done, but something failed, or was refused by ``check`` · 2 wrong use ·
3 model unreachable or refused · 4 a budget or deadline is reached · 130 interrupted. Heavy
modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from llm_extract.cli import extracting, inspecting, scoring
from llm_extract.cli.options import env
from llm_extract.console import print_line, tell, tell_error
from llm_extract.errors import LlmExtractError, UsageError

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
    debug: Annotated[bool, typer.Option(help="Show tracebacks.", envvar=env("DEBUG"))] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    global _debug
    _debug = debug


app.command()(extracting.extract)
runs_app.command("show")(extracting.runs_show)
for _command in (
    inspecting.check,
    inspecting.types,
    inspecting.prompt,
    inspecting.doctor,
    inspecting.new,
    scoring.evaluate,
    scoring.compare,
):
    app.command()(_command)
models_app.command("pull")(inspecting.models_pull)
models_app.command("path")(inspecting.models_path)
models_app.command("remove")(inspecting.models_remove)
labels_app.command("import")(scoring.labels_import)
labels_app.command("agreement")(scoring.labels_agreement)
labels_app.command("check")(scoring.labels_check)
