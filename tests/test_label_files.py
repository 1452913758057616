"""Label files: read, checked, and made of records that stand elsewhere."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from labelled import DENIAL, FLIGHT, RAID, SHELL, TEXT, TOLL, changed, label

from llm_extract.errors import InputError
from llm_extract.label_imports import import_labels
from llm_extract.labels.checks import check_label
from llm_extract.labels.files import (
    LabelFile,
    load_labels,
    quote_spans,
    read_label_file,
    write_label_file,
)

FRONT = "---\npublished: 2024-03-13\nlanguage: en\ntraps: [subset]\n---\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one article and its label."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "raid.md").write_text(FRONT + TEXT, encoding="utf-8")
    write(tmp_path, "raid", records=[RAID], traps=["subset"], split="dev")
    return tmp_path


def write(folder: Path, name: str, **more: Any) -> Path:
    path = folder / "labels" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    data = {"format": 1, "article": f"../articles/{name}.md",
            "record_types": ["displacement", "incident"]} | more  # fmt: skip
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def problems(*records: dict[str, Any], **more: Any) -> list[str]:
    return [str(p) for p in check_label(label(*records, **more))]


# reading


def test_a_label_is_read_with_its_article(folder: Path) -> None:
    (found,) = load_labels(folder / "labels")
    assert found.id == "raid"
    assert found.article.text == TEXT
    assert str(found.article.published) == "2024-03-13"
    assert found.records("incident")[0]["id"] == "inc-1"
    assert check_label(found) == []


def test_only_labels_of_the_split_are_read(folder: Path) -> None:
    assert len(load_labels(folder / "labels", split="dev")) == 1
    with pytest.raises(InputError, match="no label of split 'test'"):
        load_labels(folder / "labels", split="test")


def test_a_label_gives_what_its_article_cannot_say(folder: Path) -> None:
    (folder / "articles" / "raid.md").write_text(TEXT, encoding="utf-8")
    write(folder, "raid", published="2024-03-13", publisher="Wire")
    (found,) = load_labels(folder / "labels")
    assert (str(found.article.published), found.article.publisher) == ("2024-03-13", "Wire")


def test_articles_may_stand_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "articles").rename(tmp_path / "moved")
    assert load_labels(folder / "labels", articles=tmp_path / "moved")[0].article.text == TEXT
    with pytest.raises(InputError, match="is not there"):
        load_labels(folder / "labels")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ('{"article": "x"}', "record_types: Field required"),
        ('{"article": "x", "record_types": [], "colour": 1}', "colour"),
        ('{"article": "x", "record_types": [], "format": 2}', "format"),
    ],
)
def test_a_broken_label_is_told_where(folder: Path, text: str, told: str) -> None:
    path = folder / "labels" / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_label_file(path)


def test_two_labels_of_one_article_are_an_error(folder: Path) -> None:
    write(folder, "again", article="../articles/raid.md")
    with pytest.raises(InputError, match="two labels of the article 'raid'"):
        load_labels(folder / "labels")


def test_a_label_is_written_as_it_is_read(folder: Path) -> None:
    file = read_label_file(folder / "labels" / "raid.json")
    write_label_file(folder / "labels" / "raid.json", file)
    assert read_label_file(folder / "labels" / "raid.json") == file


def test_a_quote_is_found_everywhere_it_stands_unless_it_says_where() -> None:
    text = "He fled. She fled."
    quotes: list[dict[str, Any]] = [
        {"quote": "fled"},
        {"quote": "fled", "char_start": 13},
        {"quote": "left"},
        {},
    ]
    assert list(quote_spans(quotes, text)) == [[(3, 7), (13, 17)], [(13, 17)], [], []]


# checking


def test_a_right_label_has_no_problem() -> None:
    assert problems(RAID, SHELL, FLIGHT) == []


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (changed(RAID, "evidence.0.quote", "On Monday, gunmen raided Djibo"), "R-E1"),
        (changed(RAID, "evidence.0.quote", "on monday, gunmen raided a post"), "R-E1"),
        (changed(RAID, "evidence", []), "quotes nothing"),
        (changed(RAID, "fatalities.by_group.0.value", 3), "R-E2"),
        (changed(RAID, "fatalities.total.value", 12), "fatalities.total"),
        (changed(RAID, "date.start", "2024-03-12"), "date"),
        (changed(RAID, "location.text", "Timbuktu"), "R-E3"),
        (changed(RAID, "tier", "perhaps"), "tier"),
        (changed(RAID, "sub_event_type", "War"), "sub_event_type"),
        (RAID | {"sub_event_type_acceptable": ["War"]}, "'War'"),
        (RAID | {"colour_acceptable": ["red"]}, "no `colour` beside it"),
        (changed(RAID, "side_b", [{"name_reported": "bandits"}]), "R-E3"),
        (RAID | {"record_type": "protest"}, "not among"),
    ],
)
def test_what_does_not_hold_is_told(record: dict[str, Any], told: str) -> None:
    found = problems(record)
    assert found
    assert any(told in problem for problem in found), found


def test_a_coder_may_name_who_is_named_elsewhere_in_the_article() -> None:
    assert problems(changed(RAID, "source", {"name_reported": "the mayor"})) == []


def test_a_waiver_lets_a_value_stand_and_an_idle_one_is_told() -> None:
    wrong = changed(SHELL, "date.start", "2024-03-11")
    wrong["date"]["end"] = "2024-03-11"
    rules = {p.split(": ")[1].split(" ")[0] for p in problems(wrong)}
    paths = {p.split(": ")[0].split(" ", 1)[1] for p in problems(wrong)}
    waived = [{"rule": r, "path": p, "reason": "as told"} for r in rules for p in paths]
    idle = problems(SHELL | {"waived": waived[:1]})
    assert idle == [f"inc-2 {waived[0]['path']}: label {waived[0]['rule']} is waived but holds"]
    assert "a waiver has" in problems(SHELL | {"waived": [{"rule": "R-E1"}]})[0]
    left = problems(wrong | {"waived": waived})
    assert not [p for p in left if "is waived but holds" not in p]


def test_totals_and_mentions_are_checked_too() -> None:
    bad_toll = TOLL | {"value": 30000, "decomposes_into": ["inc-9"]}
    bad_mention = DENIAL | {"text": "A clinic was hit", "reason": "rumour", "would_be": "raid"}
    found = problems(RAID, aggregate_tolls=[bad_toll], excluded_mentions=[bad_mention])
    told = " / ".join(found)
    for part in ("gives 20000, not 30000", "no record inc-9", "not an exact substring",
                 "'rumour'", "would_be 'raid'"):  # fmt: skip
        assert part in told


def test_two_records_of_one_id_and_other_traps_are_told(folder: Path) -> None:
    write(folder, "raid", records=[RAID, RAID], traps=["dateline"])
    (found,) = load_labels(folder / "labels")
    told = [str(p) for p in check_label(found)]
    assert told == [
        "traps: label the article's front matter has ['subset']",
        "inc-1: label this id is given twice",
    ]


# importing


def imported(folder: Path, name: str, text: str, **more: Any) -> list[LabelFile]:
    source = folder / name
    source.write_text(text, encoding="utf-8")
    made = import_labels(source, folder / "articles", folder / "made", **more)
    return [file for _, file in made]


def test_extraction_lines_become_labels_that_hold(folder: Path) -> None:
    line = {
        "article_id": "raid",
        "record_type": "incident",
        "records": [
            copy.deepcopy(RAID) | {"support": {}, "sentences": [1, 2], "event_type": "Battles"}
        ],
        "aggregate_tolls": [],
    }
    empty = {"article_id": "raid", "record_type": "displacement", "records": []}
    text = json.dumps(line) + "\n" + json.dumps(empty) + "\n"
    (file,) = imported(folder, "found.jsonl", text, coder="model")
    assert file.record_types == ["displacement", "incident"]
    assert file.records == [RAID]
    write_label_file(folder / "made" / "raid.json", file)
    (found,) = load_labels(folder / "made")
    assert found.article.text == TEXT


def test_a_plain_table_becomes_labels_that_hold(folder: Path) -> None:
    quote = "On Tuesday, a mortar shell killed a woman in Arbinda."
    text = (
        "article_id,record_type,quote,sub_event_type,date.text,date.start,date.end,location.text,"
        "side_b,fatalities.total.text,fatalities.total.value,fatalities.total.qualifier\n"
        f'raid,incident,"{quote}",Shelling/artillery/missile attack,On Tuesday,2024-03-12,'
        "2024-03-12,in Arbinda,a woman,a woman,1,exact\n"
        'raid,displacement,"Some 300 families fled Arbinda, the mayor said.",,,,,,,,,\n'
    )
    (file,) = imported(folder, "rows.csv", text, split="dev")
    incident, displacement = file.records
    assert incident["side_b"] == [{"name_reported": "a woman"}]
    assert incident["fatalities"] == {"total": {"text": "a woman", "value": 1,
                                                "qualifier": "exact"}}  # fmt: skip
    assert displacement["id"] == "dis-1"
    assert file.split == "dev"
    assert [str(p) for p in check_label(label(*file.records))] == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.jsonl", "{\n", "x.jsonl:1: not JSON"),
        ("x.jsonl", '{"article_id": "raid"}\n', "no article_id or record_type"),
        ("x.jsonl", '{"article_id": "z", "record_type": "incident", "records": []}', "no article"),
        ("x.csv", "article_id,quote\n", "no column record_type"),
        ("x.csv", "article_id,record_type\nraid,raid\n", "x.csv:2: unknown record type"),
        ("x.csv", "article_id,record_type\nraid,incident,x\n", "x.csv:2: more cells"),
        ("x.csv", "article_id,record_type\n,incident\n", "x.csv:2: no article_id"),
    ],
)
def test_what_cannot_be_imported_is_told_where(
    folder: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        imported(folder, name, text)
