"""The commands that measure: evaluate, compare, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llm_extract.cli.options import (
    ArticlesDir,
    AskedMode,
    AskedProfile,
    BaseUrl,
    Bound,
    MaxAsks,
    Model,
    ModeName,
    Replay,
    ReportFormat,
    TableFormat,
    TypesDir,
    env,
)
from llm_extract.errors import UsageError


def evaluate(
    labels: Annotated[
        Path, typer.Argument(help="Folder of label files, or one.", metavar="LABELS")
    ],
    split: Annotated[
        str | None, typer.Option(help="Only labels of this split.", envvar=env("SPLIT"))
    ] = None,
    extractions: Annotated[
        Path | None,
        typer.Option(help="Score these lines; ask no model.", envvar=env("EXTRACTIONS")),
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
            envvar=env("RECORD"),
        ),
    ] = None,
    replay: Replay = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Write the extraction lines here too.", envvar=env("SAVE")),
    ] = None,
    check_support: Annotated[
        bool,
        typer.Option(
            "--check-support", help="Put every value to the verifier.", envvar=env("CHECK_SUPPORT")
        ),
    ] = False,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="Form of the report.", envvar=env("FORMAT"))
    ] = ReportFormat.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Report file.", envvar=env("OUTPUT"))
    ] = None,
    min_f1: Annotated[
        float | None,
        typer.Option(help="Exit 1 when record F1 is below.", min=0, max=1, envvar=env("MIN_F1")),
    ] = None,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples.", min=100, envvar=env("RESAMPLES"))
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.", envvar=env("SEED"))] = (
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


def compare(
    first: Annotated[Path, typer.Argument(help="Report A, as JSON.", metavar="A")],
    second: Annotated[Path, typer.Argument(help="Report B, as JSON.", metavar="B")],
    figure: Annotated[
        str, typer.Option(help="Figure the verdict is on.", envvar=env("FIGURE"))
    ] = "grounded_f1",
    margin: Annotated[
        float,
        typer.Option(help="Differences up to this are none.", min=0, envvar=env("MARGIN")),
    ] = 0.03,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples.", min=100, envvar=env("RESAMPLES"))
    ] = 10_000,
    format_: Annotated[
        TableFormat, typer.Option("--format", help="Form of the answer.", envvar=env("FORMAT"))
    ] = TableFormat.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it here.", envvar=env("OUTPUT"))
    ] = None,
    fail_unless: Annotated[
        Bound, typer.Option(help="Exit 1 unless B is this.", envvar=env("FAIL_UNLESS"))
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


def labels_import(
    source: Annotated[
        Path, typer.Argument(help="Extraction lines, records as JSON Lines, or a CSV.")
    ],
    articles: Annotated[Path, typer.Option(help="Folder of the articles.", envvar=env("ARTICLES"))],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="Folder for the label files.", envvar=env("OUTPUT")),
    ],
    coder: Annotated[str | None, typer.Option(help="Who coded them.", envvar=env("CODER"))] = None,
    split: Annotated[
        str | None, typer.Option(help="Split they are of.", envvar=env("SPLIT"))
    ] = None,
    types_dir: TypesDir = None,
) -> None:
    """Make label files of records that stand elsewhere."""
    from llm_extract.label_commands import run_import_labels

    raise typer.Exit(
        run_import_labels(source, articles, output, coder=coder, split=split, types_dir=types_dir)
    )


def labels_agreement(
    a: Annotated[Path, typer.Argument(help="Label files of coder A.")],
    b: Annotated[Path, typer.Argument(help="Label files of coder B, or extraction lines.")],
    format_: Annotated[
        TableFormat, typer.Option("--format", help="Form of the answer.", envvar=env("FORMAT"))
    ] = TableFormat.table,
    articles: ArticlesDir = None,
    types_dir: TypesDir = None,
) -> None:
    """Say how far two coders agree, field by field, and where they differ."""
    from llm_extract.label_commands import run_agreement

    raise typer.Exit(
        run_agreement(a, b, articles=articles, types_dir=types_dir, format_=format_.value)
    )


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
