"""What ``llm-extract evaluate`` does: extractions from a file or a model, scored and shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm_extract.console import json_line, print_line, tell
from llm_extract.errors import CassetteError, EndpointError, InputError, UsageError
from llm_extract.extraction import Extractor
from llm_extract.labels.files import Json, Label, load_labels
from llm_extract.models import OpenModel, open_model
from llm_extract.one_by_one import all_types, tape
from llm_extract.progress import weights_progress
from llm_extract.reading import safe_name
from llm_extract.record import Record
from llm_extract.record_type import find_record_type
from llm_extract.result import Extraction
from llm_extract.scoring.comparison import compare
from llm_extract.scoring.evaluation import evaluate
from llm_extract.scoring.report import Report
from llm_extract.scoring.tables import comparison_lines, report_lines


@dataclass(frozen=True, slots=True)
class Asking:
    """Which model answers, how it is asked, and where its replies are kept."""

    model: str = "local"
    base_url: str | None = None
    mode: Any = None
    profile: str | None = None
    max_asks: int | None = None
    record: Path | None = None
    """Replies are recorded here; what is recorded already, and still fits, is not asked again."""
    replay: Path | None = None
    types_dir: Path | None = None


def read_extractions(path: Path) -> list[Json]:
    """Read the lines of an extraction file; raises InputError, naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{path} cannot be read: {reason}", "give an extraction file") from None
    found: list[Json] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not JSON: {error}") from None
        if not isinstance(item, dict) or not {"article_id", "record_type", "records"} <= set(item):
            raise InputError(
                f"{path}:{number}: no extraction line",
                "a line has article_id, record_type and records, as `extract` writes it",
            )
        found.append(item)
    return found


def ask_about(labels: Sequence[Label], asking: Asking) -> Iterator[Extraction[Record]]:
    """Yield the extractions of each labelled article, asked for, recorded or replayed.

    Raises EndpointError when the model is gone; what came before stands.
    """
    with ExitStack() as stack:
        models = _Models(asking, stack)
        for number, label in enumerate(labels, start=1):
            tell(f"{number}/{len(labels)} {label.id}")
            if asking.record is not None and (known := _recorded(label, asking, models)):
                yield from known
                continue
            yield from _asked(label, asking, models.opened(replaying=asking.replay is not None))


class _Models:
    """The model, and its stand-in for replays, each opened when first needed."""

    def __init__(self, asking: Asking, stack: ExitStack) -> None:
        self._asking = asking
        self._stack = stack
        self._open: dict[bool, OpenModel] = {}

    def opened(self, *, replaying: bool) -> OpenModel:
        if replaying not in self._open:
            asking = self._asking
            progress = self._stack.enter_context(weights_progress())
            self._open[replaying] = self._stack.enter_context(
                open_model(
                    asking.model,
                    base_url=asking.base_url,
                    mode=asking.mode,
                    profile=asking.profile,
                    replaying=replaying,
                    progress=progress,
                    notice=tell,
                )
            )
            place = self._open[replaying].place
            tell(f"model: {self._open[replaying].client.model}, {place}")
        return self._open[replaying]


def _recorded(label: Label, asking: Asking, models: _Models) -> list[Extraction[Record]] | None:
    """Return what the recording of an article gives; None if there is none that still fits."""
    replay = Asking(
        asking.model,
        asking.base_url,
        asking.mode,
        asking.profile,
        asking.max_asks,
        replay=asking.record,
        types_dir=asking.types_dir,
    )
    try:
        return _asked(label, replay, models.opened(replaying=True))
    except CassetteError:
        return None


def _asked(label: Label, asking: Asking, opened: OpenModel) -> list[Extraction[Record]]:
    types = [find_record_type(n, asking.types_dir) for n in label.file.record_types]
    extractor = Extractor(
        opened.client, opened.profile, endpoint=opened.place, max_asks=asking.max_asks
    )
    gone: EndpointError | None = None
    renew = f"llm-extract evaluate … --record {asking.replay}"
    with tape(asking.record, asking.replay, label.article, renew):
        work = all_types(label.article, types, extractor, opened, None)
        found, gone = asyncio.run(work)
        if gone is not None:
            raise gone
    return found


def run_evaluate(
    source: Path,
    *,
    split: str | None,
    articles: Path | None,
    extractions: Path | None,
    asking: Asking,
    save: Path | None,
    check_support: bool,
    resamples: int,
    seed: int,
    format_: str,
    output: Path | None,
    min_f1: float | None,
) -> int:
    """Score extractions against labels and show the report; return 1 below ``min_f1``."""
    labels = load_labels(source, split=split, articles=articles)
    if asking.replay is not None:
        labels = _recorded_only(labels, asking.replay)
    lines = read_extractions(extractions) if extractions else _asked_lines(labels, asking, save)
    report = evaluate(
        labels,
        lines,
        types_dir=asking.types_dir,
        resamples=resamples,
        seed=seed,
        judge_support=check_support,
    )
    known = {label.id for label in labels}
    others = sorted({str(line["article_id"]) for line in lines} - known)
    if others:
        tell(f"{len(others)} articles without a label left aside, {others[0]} the first")
    _show(_report_text(report, labels, format_), output)
    found = report.figures["all"]["record_f1"].value
    if min_f1 is not None and (found is None or found < min_f1):
        shown = "undefined" if found is None else f"{found:.3f}"
        tell(f"record F1 {shown} is below {min_f1}")
        return 1
    return 0


def recorded(labels: Sequence[Label], folder: Path) -> list[Label]:
    """Return the labels whose article has a recording in the folder."""
    return [label for label in labels if (folder / f"{safe_name(label.id)}.yaml").is_file()]


def _recorded_only(labels: Sequence[Label], folder: Path) -> list[Label]:
    """Leave articles without a recording aside, and say so; raises CassetteError if none has."""
    there = recorded(labels, folder)
    if not there:
        raise CassetteError(f"{folder} holds no recording of these articles", "see --record")
    if len(there) < len(labels):
        missing = next(label.id for label in labels if label not in there)
        tell(
            f"{len(labels) - len(there)} articles are not recorded, {missing} the first: left aside"
        )
    return there


def _asked_lines(labels: Sequence[Label], asking: Asking, save: Path | None) -> list[Json]:
    """Ask about every label's article; what comes is saved as it comes."""
    with ExitStack() as stack:
        sink = stack.enter_context(save.open("w", encoding="utf-8")) if save else None
        lines: list[Json] = []
        for extraction in ask_about(labels, asking):
            text = extraction.model_dump_json()
            lines.append(json.loads(text))
            if sink:
                sink.write(json_line(text) + "\n")
                sink.flush()
    return lines


def _report_text(report: Report, labels: Sequence[Label], format_: str) -> str:
    if format_ == "json":
        return report.model_dump_json(indent=1)
    if format_ == "html":
        from llm_extract.scoring.page import report_page

        return report_page(report, labels)
    return "\n".join(report_lines(report, markdown=format_ == "md"))


def _show(text: str, output: Path | None) -> None:
    """Print a report, or write it to a file that is replaced only by a whole one."""
    if output is None:
        for line in text.splitlines():
            print_line(line)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        partial = output.with_name(output.name + ".partial")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    tell(f"report in {output}")


def run_compare(
    first: Path,
    second: Path,
    *,
    headline: str,
    margin: float,
    resamples: int,
    format_: str,
    output: Path | None,
    fail_unless: str,
) -> int:
    """Compare two reports and show how they differ; return 1 if B is not as good as asked."""
    reports = [_read_report(path) for path in (first, second)]
    found = compare(
        *reports,
        names=(str(first), str(second)),
        headline=headline,
        margin=margin,
        resamples=resamples,
    )
    if format_ == "json":
        _show(found.model_dump_json(indent=1), output)
    else:
        _show("\n".join(comparison_lines(found, markdown=format_ == "md")), output)
    holds = found.verdict == "better" if fail_unless == "better" else found.verdict != "worse"
    return int(not holds)


def _read_report(path: Path) -> Report:
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        hint = "make one with: llm-extract evaluate LABELS … --format json -o FILE"
        raise InputError(f"{path} is no report of `evaluate`", hint) from None
