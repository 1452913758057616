"""What the commands of ``llm-extract labels`` do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from llm_extract.console import json_line, print_line, tell
from llm_extract.errors import InputError, UsageError
from llm_extract.evaluate_command import read_extractions
from llm_extract.label_imports import import_labels
from llm_extract.labels.checks import check_label
from llm_extract.labels.files import Json, Label, load_labels, write_label_file
from llm_extract.scoring.agreement import agreement
from llm_extract.scoring.tables import agreement_lines


def run_check_labels(
    sources: Sequence[Path], *, articles: Path | None, types_dir: Path | None
) -> int:
    """Say what does not hold in label files; return 1 if anything does not."""
    labels, broken = _readable(sources, articles)
    wrong = broken
    for label in labels:
        problems = check_label(label, types_dir)
        wrong += bool(problems)
        for problem in problems:
            print_line(f"{label.path}: {problem}")
    records = sum(len(label.file.records) for label in labels)
    tell(f"{len(labels) + broken} labels with {records} records; {wrong} do not hold")
    return int(wrong > 0)


def _readable(sources: Sequence[Path], articles: Path | None) -> tuple[list[Label], int]:
    """Load every label; one that cannot be read is told and must not hide the others."""
    labels: list[Label] = []
    broken = 0
    for source in sources:
        for path in sorted(source.glob("*.json")) if source.is_dir() else [source]:
            try:
                labels += load_labels(path, articles=articles)
            except InputError as error:
                print_line(error.message)
                broken += 1
    if not labels and not broken:
        raise InputError(f"no label in {', '.join(map(str, sources))}", "a label is NAME.json")
    return labels, broken


def run_import_labels(
    source: Path,
    articles: Path,
    output: Path,
    *,
    coder: str | None,
    split: str | None,
    types_dir: Path | None,
) -> int:
    """Write a label file for each article that records of another file speak of."""
    made = list(
        import_labels(source, articles, output, coder=coder, split=split, types_dir=types_dir)
    )
    there = [path for path, _ in made if path.exists()]
    if there:
        hint = "give another -o, or remove it: labels are never overwritten"
        raise UsageError(f"{there[0]} is there already", hint)
    for path, file in made:
        write_label_file(path, file)
    records = sum(len(file.records) for _, file in made)
    tell(f"{len(made)} labels with {records} records in {output}")
    tell(f"next: llm-extract labels check {output}")
    return 0


def run_agreement(
    a: Path, b: Path, *, articles: Path | None, types_dir: Path | None, format_: str
) -> int:
    """Say how far two coders agree; the second may be an extraction file."""
    ours = load_labels(a, articles=articles)
    theirs = _records_of(b, articles)
    found = agreement(ours, theirs, names=(str(a), str(b)), types_dir=types_dir)
    if not found.articles:
        raise UsageError(f"{a} and {b} share no article", "both must speak of the same ids")
    if format_ == "json":
        print_line(json_line(found.model_dump_json(indent=1)))
    else:
        for line in agreement_lines(found, markdown=format_ == "md"):
            print_line(line)
    return 0


def _records_of(source: Path, articles: Path | None) -> dict[str, list[Json]]:
    if source.is_dir() or source.suffix == ".json":
        return {label.id: label.file.records for label in load_labels(source, articles=articles)}
    found: dict[str, list[Json]] = {}
    for line in read_extractions(source):
        records = [{"record_type": line["record_type"], **r} for r in line["records"]]
        found.setdefault(str(line["article_id"]), []).extend(records)
    return found
