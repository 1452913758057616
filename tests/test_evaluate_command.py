"""``evaluate``, ``compare`` and ``labels`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from labelled import FLIGHT, RAID, SHELL, TEXT, changed, lines
from running import Run
from stub_server import chat, serving

from llm_extract import evaluate
from llm_extract.scoring.report import Report

DRAFT: dict[str, Any] = {
    "sentences": [1, 2],
    "sub_event_type": "Armed clash",
    "date": "On Monday",
    "location": "near Djibo",
    "side_a": ["soldiers"],
    "side_b": ["gunmen"],
    "fatalities": [
        {"text": "two soldiers", "group": "side_a"},
        {"text": "nine gunmen", "group": "side_b"},
    ],
    "source": "police",
}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """A folder with the label of one article."""
    (tmp_path / "articles").mkdir()
    front = "---\npublished: 2024-03-13\nlanguage: en\n---\n"
    (tmp_path / "articles" / "a.md").write_text(front + TEXT, encoding="utf-8")
    label = {"article": "../articles/a.md", "record_types": ["displacement", "incident"],
             "split": "dev", "records": [RAID, SHELL, FLIGHT]}  # fmt: skip
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.json").write_text(json.dumps(label), encoding="utf-8")
    return tmp_path / "labels"


def extracted(folder: Path, *records: dict[str, Any], name: str = "found.jsonl") -> Path:
    path = folder.parent / name
    text = "".join(json.dumps(line) + "\n" for line in lines(*records))
    path.write_text(text, encoding="utf-8")
    return path


def test_extractions_of_a_file_are_scored(run: Run, labels: Path) -> None:
    ended = run("evaluate", labels, "--extractions", extracted(labels, RAID, SHELL, FLIGHT))
    assert ended.status == 0
    assert "1 articles of" in ended.out
    row = next(line for line in ended.out.splitlines() if line.startswith("record F1"))
    assert row.split()[2] == "1.000"
    assert "seed 20190827" in ended.out


@pytest.mark.parametrize(("bound", "status"), [("0.5", 0), ("0.9", 1)])
def test_a_bound_that_is_not_met_fails(run: Run, labels: Path, bound: str, status: int) -> None:
    found = extracted(labels, RAID, FLIGHT)
    ended = run("evaluate", labels, "--extractions", found, "--min-f1", bound)
    assert ended.status == status
    assert ("record F1 0.800 is below 0.9" in ended.err) == bool(status)


def test_a_report_is_written_in_each_form(run: Run, labels: Path, tmp_path: Path) -> None:
    found = extracted(labels, RAID)
    for form, start in (("json", '{\n "format"'), ("md", "## 1 articles"), ("html", "<!doctype")):
        output = tmp_path / f"report.{form}"
        ended = run("evaluate", labels, "--extractions", found, "--format", form, "-o", output)
        assert (ended.status, ended.out) == (0, "")
        assert output.read_text(encoding="utf-8").lower().startswith(start)


def test_two_reports_are_compared(run: Run, labels: Path, tmp_path: Path) -> None:
    for name, records in (("a", [RAID, SHELL]), ("b", [RAID, changed(SHELL, "side_b", [])])):
        run("evaluate", labels, "--extractions", extracted(labels, *records), "--format", "json",
            "-o", tmp_path / f"{name}.json")  # fmt: skip
    ended = run("compare", tmp_path / "a.json", tmp_path / "b.json", "--format", "md")
    assert ended.status == 0
    assert ended.out.startswith("## B (")
    assert "cannot be told" in ended.out  # one article has no interval
    assert run("compare", tmp_path / "a.json", tmp_path / "b.json",
               "--fail-unless", "better").status == 1  # fmt: skip


def test_what_is_no_report_cannot_be_compared(run: Run, labels: Path, tmp_path: Path) -> None:
    ended = run("compare", labels / "a.json", tmp_path / "none.json")
    assert ended.status == 2
    assert "is no report" in ended.err
    assert "evaluate LABELS" in ended.err


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "found.jsonl:1: not JSON"), ('{"records": []}', "found.jsonl:1: no extraction line")],
)
def test_what_is_no_extraction_cannot_be_scored(
    run: Run, labels: Path, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "found.jsonl"
    path.write_text(text, encoding="utf-8")
    ended = run("evaluate", labels, "--extractions", path)
    assert ended.status == 2
    assert told in ended.err


def test_a_split_without_labels_is_wrong_use(run: Run, labels: Path) -> None:
    ended = run("evaluate", labels, "--split", "test", "--extractions", extracted(labels))
    assert ended.status == 2
    assert "no label of split 'test'" in ended.err


def test_a_model_is_asked_recorded_and_not_asked_again(
    run: Run, labels: Path, tmp_path: Path
) -> None:
    answers = [chat(json.dumps({"records": []})), chat(json.dumps({"records": [DRAFT]}))]
    tapes, saved = tmp_path / "tapes", tmp_path / "saved.jsonl"
    with serving(*answers) as stub:
        asked = ["evaluate", labels, "--model", "m", "--base-url", stub.url,
                 "--profile", "windows", "--record", tapes]  # fmt: skip
        first = run(*asked, "--save", saved, "--format", "json")
        requests = len(stub.requests)
        again = run(*asked, "--format", "json")
        assert len(stub.requests) == requests  # what is recorded is not asked again
    assert (tapes / "a.yaml").is_file()
    one, two = (Report.model_validate_json(ended.out) for ended in (first, again))
    assert one.figures["all"]["record_f1"] == two.figures["all"]["record_f1"]
    assert one.figures["type:incident"]["record_precision"].value == 1.0
    assert one.figures["all"]["calls"].value == requests
    rescored = run("evaluate", labels, "--extractions", saved, "--format", "json")
    assert Report.model_validate_json(rescored.out).figures == one.figures
    other = json.loads((labels / "a.json").read_text(encoding="utf-8"))
    (labels.parent / "articles" / "b.md").write_text("He fled.", encoding="utf-8")
    other |= {"article": "../articles/b.md", "records": [], "published": "2024-03-13"}
    (labels / "b.json").write_text(json.dumps(other), encoding="utf-8")
    replay = ["evaluate", labels, "--model", "m", "--base-url", "http://127.0.0.1:9/v1",
              "--profile", "windows", "--replay"]  # fmt: skip
    replayed = run(*replay, tapes)
    assert replayed.status == 0
    assert "1 articles are not recorded, b the first: left aside" in replayed.err
    none = run(*replay, tmp_path)
    assert none.status == 2
    assert "holds no recording" in none.err


def test_a_model_that_is_gone_ends_the_evaluation(run: Run, labels: Path) -> None:
    ended = run("evaluate", labels, "--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    assert ended.status == 3
    assert ended.err.count("error:") == 1


def test_one_source_of_extractions_only(run: Run, labels: Path) -> None:
    ended = run("evaluate", labels, "--extractions", labels, "--replay", labels)
    assert ended.status == 2


def test_from_python_a_folder_and_extractions_are_scored(labels: Path) -> None:
    report = evaluate(labels, lines(RAID), split="dev", resamples=100)
    assert report.figures["all"]["record_recall"].value == pytest.approx(1 / 3)


def test_labels_are_checked(run: Run, labels: Path) -> None:
    assert run("labels", "check", labels).status == 0
    (labels / "b.json").write_text("{", encoding="utf-8")
    bad = json.loads((labels / "a.json").read_text(encoding="utf-8"))
    bad["records"] = [changed(RAID, "location.text", "Timbuktu")]
    (labels / "c.json").write_text(json.dumps(bad), encoding="utf-8")
    ended = run("labels", "check", labels)
    assert ended.status == 1
    assert "c.json: inc-1 location.text: R-E3" in ended.out
    assert "b.json: not JSON" in ended.out
    assert "2 do not hold" in ended.err


def test_labels_are_imported_and_never_overwritten(run: Run, labels: Path, tmp_path: Path) -> None:
    found = extracted(labels, RAID)
    command = ["labels", "import", found, "--articles", tmp_path / "articles",
               "-o", tmp_path / "made", "--coder", "c"]  # fmt: skip
    assert run(*command).status == 0
    assert run("labels", "check", tmp_path / "made").status == 0
    again = run(*command)
    assert again.status == 2
    assert "is there already" in again.err


def test_agreement_of_two_coders_and_of_a_model_with_one(run: Run, labels: Path) -> None:
    model = extracted(labels, RAID, changed(SHELL, "location.text", "Dori"))
    ended = run("labels", "agreement", labels, model)
    assert ended.status == 0
    assert "differ: a displacement dis-1 / -: one has it" in ended.out
    assert "differ: a incident inc-2 / inc-2: location: in Arbinda / Dori" in ended.out
    same = run("labels", "agreement", labels, labels, "--format", "json")
    assert json.loads(same.out)["disagreements"] == []
