"""Records that somebody else made: which of their values does the article bear out?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from judged import checked, drafted, rules_of

from llm_extract.checking import belongs, records_in
from llm_extract.errors import InputError, UsageError

RAID = "On Tuesday, air raids by the army killed 12 civilians in Kessi, the mayor said."
FLED = "About 300 people fled fighting in Kessi, the UN said."


def test_only_the_values_given_are_judged() -> None:
    found = checked("incident", RAID, {"fatalities": {"total": {"value": 12, "text": "12"}}})
    assert found.passed
    assert found.values["fatalities.total.value"] == 12
    assert found.values["fatalities.total.text"] == "12"
    assert set(found.support) == {
        "evidence.0.quote",
        "fatalities.total.text",
        "fatalities.total.value",
    }


def test_each_value_is_shown_with_its_level() -> None:
    found = checked(
        "incident", RAID, {"location": {"text": "Sorel"}, "side_a": [{"name_reported": "The army"}]}
    )
    assert not found.passed
    assert found.support["location.text"].level == "unsupported"
    assert found.support["side_a.0.name_reported"].level == "normalised"
    assert found.values["side_a.0.name_reported"] == "The army"


def test_a_flag_does_not_fail_a_record() -> None:
    found = checked("incident", RAID, {"sub_event_type": "Armed clash"})
    assert rules_of(found) == {"R-I7"}
    assert found.passed


def test_marks_of_a_label_file_are_left_out_at_any_depth() -> None:
    labels: dict[str, Any] = {
        "record_type": "incident",
        "article_id": "a",
        "tier": "required",
        "external_check_only": {"admin1": "X"},
        "sub_event_type": "Air/drone strike",
        "sub_event_type_acceptable": ["Attack"],
        "date": {"text": "On Tuesday", "start_acceptable": ["2023-05-16"]},
    }
    assert checked("incident", RAID, labels).passed


def test_one_location_stands_for_the_list_a_displacement_has() -> None:
    found = checked("displacement", FLED, {"location": {"text": "Kessi"}})
    assert found.support["locations.0.text"].level == "stated"
    both = {"location": {"text": "Sorel"}, "locations": [{"text": "Kessi"}]}
    assert checked("displacement", FLED, both).passed


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"colour": "red"}, "colour"),
        ({"fatalities": {"total": {"value": -1}}}, "fatalities.total.value"),
        ({"fatalities": {"total": {"value": "twelve"}}}, "fatalities.total.value"),
        ({"side_a": [{"name": "the army"}]}, "side_a.0.name_reported"),
        ({"sub_event_type": "War"}, "sub_event_type"),
    ],
)
def test_a_record_of_another_shape_is_told_where(fields: dict[str, Any], path: str) -> None:
    found = checked("incident", RAID, fields)
    assert not found.passed
    assert path in {f.path for f in found.findings if f.rule == "schema"}


def test_a_computed_field_that_is_given_must_agree() -> None:
    wrong = {"sub_event_type": "Attack", "event_type": "Battles", "disorder_type": "Demonstrations"}
    found = checked("incident", RAID, wrong)
    assert {f.path for f in found.findings if f.rule == "R-I1"} == {"event_type", "disorder_type"}
    assert checked("incident", RAID, {**wrong, "event_type": "Violence against civilians",
                                      "disorder_type": "Political violence"}).passed  # fmt: skip
    assert not checked("displacement", FLED, {"metric": "stock"}).passed


def test_our_own_records_pass_when_read_back() -> None:
    verdict = drafted(
        "incident",
        RAID,
        [1],
        {
            "fatalities": [{"text": "12 civilians", "group": "civilians"}],
            "date": "On Tuesday",
            "location": "in Kessi",
            "side_a": ["the army"],
            "source": "the mayor",
            "sub_event_type": "Air/drone strike",
        },
    )
    assert verdict.record is not None
    again = checked("incident", RAID, json.loads(verdict.record.model_dump_json()))
    assert again.passed, again.findings


# reading records ---------------------------------------------------------------------------------


def lines(*items: Any) -> list[str]:
    return [json.dumps(item) for item in items]


def test_a_line_is_a_record_or_an_extraction_full_of_them() -> None:
    record = {"record_type": "incident", "id": "inc-7"}
    extraction = {
        "format": 1,
        "record_type": "displacement",
        "article_id": "a",
        "records": [{"id": "dis-1"}, {}],
    }
    found = list(records_in([*lines(record), "", "  \n", *lines(extraction)], "x.jsonl"))
    assert [name for name, _ in found] == ["x.jsonl:1 inc-7", "x.jsonl:4 dis-1", "x.jsonl:4"]
    assert found[0][1] == record
    assert found[1][1] == {"id": "dis-1", "record_type": "displacement", "article_id": "a"}


@pytest.mark.parametrize(
    ("line", "said"), [("{", "not JSON"), ("[]", "no record_type"), ('{"id": 1}', "no record_type")]
)
def test_a_line_that_is_no_record_is_told_with_its_number(line: str, said: str) -> None:
    with pytest.raises(InputError, match=f"x:2: {said}") as error:
        list(records_in([*lines({"record_type": "incident"}), line], "x"))
    assert error.value.hint


@pytest.mark.parametrize(
    ("record", "ours"),
    [
        ({}, True),
        ({"article_id": None}, True),
        ({"article_id": "a"}, True),
        ({"article_id": "b"}, False),
    ],
)
def test_a_record_belongs_to_the_article_it_names(record: dict[str, Any], ours: bool) -> None:
    assert belongs(record, "a") is ours


def test_an_article_id_that_is_no_string_is_refused() -> None:
    with pytest.raises(UsageError, match="article_id 7"):
        belongs({"article_id": 7}, "a")
