"""Replays of real replies: the seed article, and calls that failed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from record_errors import CALLS, ERRORS, make_client
from typer.testing import CliRunner

from llm_extract.cassettes import lint, replaying
from llm_extract.cli import app
from llm_extract.errors import CassetteError
from llm_extract.models import REPLAY_URL

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"
TAPES = ROOT / "cassettes" / "seed"
CASSETTES = sorted((ROOT / "cassettes").rglob("*.yaml"))
TEXT = SEED.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What ``extract`` makes of the recorded replies: record type → extraction line."""
    output = tmp_path_factory.mktemp("seed") / "records.jsonl"
    options = ["--published", "2019-08-27", "--publisher", "AFP"]
    result = CliRunner().invoke(
        app,
        ["extract", str(SEED), *options, "--replay", str(TAPES), "-o", str(output)],
    )
    assert result.exit_code == 0, result.stderr
    found = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    return {line["record_type"]: line for line in found}


def dead(record: dict[str, Any]) -> int | None:
    value: int | None = record["fatalities"]["total"]["value"]
    return value


def test_every_record_type_ends_in_a_state(lines: dict[str, dict[str, Any]]) -> None:
    assert {name: line["state"] for name, line in lines.items()} == {
        "incident": "ok",
        "ceasefire_agreement": "ok",
        "displacement": "ok",
    }


@pytest.mark.parametrize(
    ("killed", "day"),
    [
        pytest.param(43, "2019-08-27", id="the fighting east of Khan Sheikhoun"),
        pytest.param(8, "2019-08-27", id="the eight rebels"),
        pytest.param(12, "2019-08-26", id="the air raids"),
    ],
)
def test_the_required_incidents_have_their_deaths_and_days(
    lines: dict[str, dict[str, Any]], killed: int, day: str
) -> None:
    (record,) = [r for r in lines["incident"]["records"] if dead(r) == killed]
    assert (record["date"]["start"], record["date"]["end"]) == (day, day)


def test_no_total_is_an_incident(lines: dict[str, dict[str, Any]]) -> None:
    assert {51, 900, 370_000}.isdisjoint(dead(r) for r in lines["incident"]["records"])
    tolls = {t["value"]: t["scope"] for t in lines["incident"]["aggregate_tolls"]}
    assert tolls == {
        51: "multi_event_total",
        900: "cumulative_period",
        370_000: "conflict_total",
    }


def test_the_thirteen_jihadists_are_a_part_and_never_added(
    lines: dict[str, dict[str, Any]],
) -> None:
    (fighting,) = [r for r in lines["incident"]["records"] if dead(r) == 43]
    assert [s["value"] for s in fighting["fatalities"]["subsets"]] == [13]
    groups = {g["group"]: g["value"] for g in fighting["fatalities"]["by_group"]}
    assert groups == {"side_a": 23, "side_b": 20}


def test_the_displacement_is_that_of_the_article(lines: dict[str, dict[str, Any]]) -> None:
    (record,) = lines["displacement"]["records"]
    assert record["figure"]["value"] == 400_000
    assert record["figure"]["quantifier"] == "more_than"
    assert record["figure"]["unit"] == "person"
    assert "UN" in record["source"]["name_reported"]
    assert (record["date"]["start"], record["date"]["end"]) == ("2019-04-30", "2019-08-27")
    assert record["cause"] == "conflict"


def test_the_agreement_is_that_of_the_article(lines: dict[str, dict[str, Any]]) -> None:
    (record,) = lines["ceasefire_agreement"]["records"]
    assert {p["name_reported"] for p in record["parties"]} >= {"Russia", "Turkey"}
    declared = record["dates"]["declared"]
    assert (declared["start"], declared["end"]) == ("2018-09-01", "2018-09-30")
    assert record["agreement_kind"] == "demilitarised_zone"


def test_every_value_has_its_support_and_every_quote_its_place(
    lines: dict[str, dict[str, Any]],
) -> None:
    records = [r for line in lines.values() for r in line["records"]]
    assert len(records) >= 5
    for record in records:
        for item in record["evidence"]:
            assert TEXT[item["char_start"] : item["char_end"]] == item["quote"]
        for path, support in record["support"].items():
            assert support["level"] != "unsupported", path
            assert support["spans"], path
        without = {p for p in values_of(record) if p not in record["support"]}
        assert not without


def values_of(part: Any, path: str = "") -> set[str]:
    """The paths of all values a record gives, its plumbing left out."""
    plumbing = {"id", "sentences", "evidence", "support", "flags", "tags", "part_of", "includes"}
    plumbing |= {"incident_ids"}
    if isinstance(part, dict):
        items = [(k, v) for k, v in part.items() if path or k not in plumbing]
        if path and not set(part) & {"text", "value", "name_reported", "total", "declared"}:
            return set()
        if (
            path
            and all(part.get(k) in (None, "") for k in ("text", "value", "name_reported"))
            and (not {"total", "declared"} & set(part))
        ):
            return set()  # an empty part: its words like "unknown" say that nothing is given
        return {p for k, v in items for p in values_of(v, f"{path}.{k}" if path else k)}
    if isinstance(part, list):
        return {p for i, v in enumerate(part) for p in values_of(v, f"{path}.{i}")}
    return set() if part is None else {path}


def test_the_word_of_the_example_is_in_no_result(lines: dict[str, dict[str, Any]]) -> None:
    told = json.dumps([line["records"] for line in lines.values()])
    for invented in ("Tabora", "Kessi", "Norland", "gunmen", "Tabor Front", "300 families"):
        assert invented not in told


def test_a_changed_prompt_names_the_command_that_records_again(tmp_path: Path) -> None:
    template = (ROOT / "prompts" / "displacement.md.j2").read_text(encoding="utf-8")
    (tmp_path / "prompts").mkdir()
    changed = template.replace("Not one: the dead", "Not one: the fallen")
    assert changed != template
    (tmp_path / "prompts" / "displacement.md.j2").write_text(changed, encoding="utf-8")
    options = ["-t", "displacement", "--types", str(tmp_path), "--replay", str(TAPES)]
    result = CliRunner().invoke(app, ["extract", str(SEED), *options])
    assert isinstance(result.exception, CassetteError)
    assert "message 1" in result.exception.message
    assert f"--types {tmp_path} --record {TAPES}" in result.exception.hint


@pytest.mark.parametrize("path", CASSETTES, ids=[str(p.relative_to(ROOT)) for p in CASSETTES])
def test_a_cassette_holds_no_secret_and_nothing_that_runs(path: Path) -> None:
    assert lint(path) == []
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize("name", CALLS)
def test_a_recorded_failure_is_recognised(name: str) -> None:
    call, problem = CALLS[name]
    with replaying(ERRORS, name):
        error = call(make_client(REPLAY_URL, replaying=True))
    assert getattr(error, "problem", None) == problem


def test_the_seed_article_is_unchanged() -> None:
    assert len(SEED.read_bytes()) == 2632
    assert dt.date(2019, 8, 27).strftime("%A") == "Tuesday"
