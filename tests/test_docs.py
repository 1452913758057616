from __future__ import annotations

import datetime as dt
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

from llm_extract.cli import app
from llm_extract.commands import run_check
from llm_extract.fetching import package_fetchers
from llm_extract.profiles import PROFILES
from llm_extract.reading import ReadOptions
from llm_extract.record import (
    Actor,
    AggregateToll,
    Count,
    DateRef,
    Evidence,
    ExcludedMention,
    Figure,
    Place,
    Record,
    SourceAttribution,
)
from llm_extract.record_type import builtin_names, find_record_type
from llm_extract.result import Attempt, Extraction
from llm_extract.weights import DEFAULT

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for folder in (".", "docs", "seeds", "cassettes") for path in (ROOT / folder).glob("*.md")
)
RECORD_TYPES = (ROOT / "docs" / "record-types.md").read_text(encoding="utf-8")
EVIDENCE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
OUTPUT = (ROOT / "docs" / "output.md").read_text(encoding="utf-8")
MODELS = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
SEED = ROOT / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"
RULE = re.compile(r"\b(?:R-[A-Z]\d+|[FPG]\d+)\b")
NOT_KEPT_YET: set[str] = set()
"""Files a page may name before `make record` has written them."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Yield each command line shown on a page, with the page's name."""
    for page in PAGES:
        inline = re.findall(r"`(llm-extract [^`]+)`", page.read_text(encoding="utf-8"))
        shown = [line for _, text in blocks(page) for line in text.splitlines()]
        for line in [*inline, *shown]:
            if line.startswith("llm-extract "):
                yield page.relative_to(ROOT).as_posix(), re.sub(r"\s+#.*", "", line)


def parse(line: str) -> None:
    """Parse a command line as the command would, and run nothing."""
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(app)
    context = command.make_context("llm-extract", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        name, *words = words
        assert name in command.commands, f"no command {name}"
        command = command.commands[name]
    command.make_context(command.name, words, parent=context)


SHOWN = sorted(set(commands()))


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[": ".join(pair) for pair in SHOWN])
def test_every_command_shown_can_be_given(page: str, line: str) -> None:
    if "--help" in line:
        line = line.replace("--help", "doctor")
    parse(line)


@pytest.mark.parametrize(
    "line", ["llm-extract extrac a.txt", "llm-extract extract a.txt --modle x"]
)
def test_a_command_that_does_not_exist_is_not_taken(line: str) -> None:
    with pytest.raises(Exception, match=r"extrac|modle"):
        parse(line)


def test_pages_show_commands() -> None:
    assert {page for page, _ in SHOWN} >= {"docs/evidence.md", "docs/models.md", "README.md"}


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made of them."""
    titles = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()).strip() for title in titles]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_of_the_project_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tops = "llm_extract|schemas|prompts|docs|tests|benchmarks|seeds|cassettes"
    named = set(re.findall(rf"(?<![\w/.])(?:{tops})/[\w./-]+\.\w+", text))
    named |= {path.rpartition("../")[2] for path in re.findall(rf"\.\./(?:{tops})/[\w./-]+", text)}
    missing = {name for name in named if "NAME" not in name and not (ROOT / name).exists()}
    assert missing <= NOT_KEPT_YET


def rules_in_the_code() -> set[str]:
    sources = [*(ROOT / "llm_extract").rglob("*.py"), *(ROOT / "schemas").glob("*.py")]
    quoted = (re.findall(r'"([^"\n]*)"', path.read_text(encoding="utf-8")) for path in sources)
    return {text for strings in quoted for text in strings if RULE.fullmatch(text)}


def told_rules() -> dict[str, tuple[str, str]]:
    """Return severity and meaning of each rule in the page's table."""
    rows = re.findall(rf"^\| ({RULE.pattern}) \| (\w+) \|[^|]+\| (.+) \|$", EVIDENCE, re.M)
    return {rule: (severity, meaning) for rule, severity, meaning in rows}


def test_the_rules_told_are_those_of_the_code() -> None:
    assert set(told_rules()) == rules_in_the_code()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_names_a_rule_that_is_not_there(page: Path) -> None:
    assert set(RULE.findall(page.read_text(encoding="utf-8"))) <= rules_in_the_code()


def severities(rule: str) -> set[str]:
    """Return the severities a rule is given in the code, next to its id."""
    sources = [*(ROOT / "llm_extract").rglob("*.py"), *(ROOT / "schemas").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    return set(re.findall(rf'"{rule}",\s*"(reject|flag|note)"', text))


@pytest.mark.parametrize("rule", sorted(told_rules()))
def test_the_severity_told_is_that_of_the_code(rule: str) -> None:
    severity, meaning = told_rules()[rule]
    given = severities(rule) or {"reject"}  # a value without support has no other
    assert severity in given
    assert given == {severity} or "As a flag" in meaning


def test_every_flag_of_a_rule_is_told() -> None:
    sources = [*(ROOT / "llm_extract").rglob("*.py"), *(ROOT / "schemas").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    flags = set(re.findall(r'\bflag="(\w+)"', text)) - {"suspicious_instruction"}
    assert {flag for flag in flags if f"`{flag}`" not in EVIDENCE} == set()


def told_fields(text: str) -> set[str]:
    """Return what stands in the first column of a page's tables, several names to a row."""
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def section(text: str, title: str) -> str:
    """Return the part of a page under a heading or a bold word, to the next of its kind."""
    start = re.search(rf"^(## .*{title}.*|\*\*{title}\*\*.*)$", text, re.MULTILINE)
    assert start is not None, title
    end = re.search(r"^(## |\*\*[A-Z]\w+\*\*)", text[start.end() :], re.MULTILINE)
    return text[start.end() : start.end() + end.start() if end else None]


@pytest.mark.parametrize("name", builtin_names())
def test_every_field_of_a_type_is_told_and_no_other(name: str) -> None:
    model = find_record_type(name).model
    own = {*model.model_fields, *model.model_computed_fields} - set(Record.model_fields)
    assert told_fields(section(RECORD_TYPES, f"`{name}`")) == own


def test_every_field_of_all_records_is_told() -> None:
    assert told_fields(section(RECORD_TYPES, "Every record")) == set(Record.model_fields)


@pytest.mark.parametrize(
    "part", [Evidence, Count, Figure, DateRef, Place, Actor, SourceAttribution]
)
def test_every_field_of_a_shared_part_is_told(part: type[BaseModel]) -> None:
    assert told_fields(section(RECORD_TYPES, part.__name__)) == set(part.model_fields)


@pytest.mark.parametrize("bin_of", [AggregateToll, ExcludedMention])
def test_every_field_of_what_is_no_record_is_told(bin_of: type[BaseModel]) -> None:
    told = set(re.findall(r"`(\w+)`", section(RECORD_TYPES, "Beside the records")))
    assert set(bin_of.model_fields) <= told


def choices(annotation: Any) -> Iterator[str]:
    """Yield the texts a field may have, at any depth."""
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        elif inspect.isclass(argument) and issubclass(argument, BaseModel):
            for field in argument.model_fields.values():
                yield from choices(field.annotation)
        else:
            yield from choices(argument)


@pytest.mark.parametrize("name", builtin_names())
def test_every_allowed_value_is_told(name: str) -> None:
    model = find_record_type(name).model
    fields = {n: f for n, f in model.model_fields.items() if n != "sub_event_type"}
    allowed = {value for field in fields.values() for value in choices(field.annotation)}
    # A provenance of evidence is no value a coder chooses.
    assert {value for value in allowed if value not in RECORD_TYPES + EVIDENCE} == set()


def test_every_field_of_the_line_is_told() -> None:
    assert set(Extraction.model_fields) <= told_fields(section(OUTPUT, "The line"))
    assert set(Attempt.model_fields) <= told_fields(section(OUTPUT, "The line"))


def test_what_is_told_of_the_embedded_model_is_pinned() -> None:
    assert DEFAULT.sha256 in MODELS
    assert f"{DEFAULT.size:,} bytes" in MODELS
    assert f"{len(DEFAULT.packages)} packages" in MODELS
    assert DEFAULT.licence in MODELS
    assert package_fetchers()  # pip is here, as the page says


def test_what_is_told_of_the_profiles_is_so() -> None:
    whole, windows = PROFILES["whole"], PROFILES["windows"]
    assert f"| {whole.asks} | {windows.asks} |" in MODELS
    assert f"| {whole.max_tokens:,} tokens | {windows.max_tokens} tokens |" in MODELS
    assert f"up to {windows.window} sentences" in MODELS


def test_check_says_of_the_example_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = [text for _, text in blocks(ROOT / "docs" / "evidence.md")]
    (records,) = (text for text in shown if text.startswith('{"record_type"'))
    (said,) = (text for text in shown if text.startswith("records.jsonl:2"))
    (tmp_path / "records.jsonl").write_text(records, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = ReadOptions(published=dt.date(2019, 8, 27))
    assert run_check(Path("records.jsonl"), str(SEED), options, None, as_json=False) == 1
    told = capsys.readouterr().out
    assert said in told
    assert "records.jsonl:1 a: holds" in told


def test_every_quote_of_the_seed_is_in_the_seed() -> None:
    text = SEED.read_text(encoding="utf-8")
    quotes = re.findall(r"^> (.+)$", RECORD_TYPES, re.MULTILINE)
    quotes += re.findall(r'"quote": "([^"]+)"', EVIDENCE)
    assert len(quotes) == 6
    assert [quote for quote in quotes if quote not in text] == []
    assert (
        text[2426:2496] == "And more than 400,000 people have been displaced, according to the UN."
    )


def test_the_place_for_the_figures_of_the_bench_is_there() -> None:
    assert "<!-- bench -->" in EVIDENCE


def python_blocks() -> Iterator[Any]:
    for page in PAGES:
        for number, (language, text) in enumerate(blocks(page)):
            if language == "python":
                yield pytest.param(text, id=f"{page.relative_to(ROOT).as_posix()} {number}")


@pytest.mark.parametrize("text", list(python_blocks()))
def test_python_that_is_shown_compiles_and_its_imports_exist(text: str) -> None:
    compile(text, "shown", "exec")
    for line in re.findall(r"^from llm_extract.*$", text, re.MULTILINE):
        exec(line, {})
