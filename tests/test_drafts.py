from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import cited_in, text_of, type_of

from llm_extract.coding.drafts import code_date, code_draft, inherit_date, parts_of, whole_phrase
from llm_extract.coding.figures import numbers_in
from llm_extract.record import Actor, Count, DateRef, Figure, Place, Record

TEXT = (
    "On Monday at dawn, raids by the regime's forces killed at least 23 soldiers, including "
    "13 officers, near Tabora. Dozens of families fled."
)


def incident(**fields: Any) -> Any:
    return type_of("incident").model.model_validate({"sentences": [1], **fields})


def displacement(**fields: Any) -> Any:
    return type_of("displacement").model.model_validate({"sentences": [2], **fields})


def test_sentence_numbers_are_sorted_once_each_and_exist() -> None:
    record = incident(sentences=[2, 1, 2, 99, 0])
    cited = code_draft(record, text_of(TEXT))
    assert record.sentences == [1, 2]
    assert [e.sentence for e in record.evidence] == [1, 2]
    assert [s.number for s in cited.sentences] == [1, 2]


def test_a_count_takes_value_qualifier_bounds_and_the_words_left_out() -> None:
    record = incident(fatalities={"by_group": [{"text": "23 soldiers", "group": "side_a"}]})
    code_draft(record, text_of(TEXT))
    (group,) = record.fatalities.by_group
    assert group.text == "at least 23 soldiers"
    assert (group.value, group.qualifier, group.label) == (23, "at_least", "soldiers")
    assert (group.low, group.best, group.high) == (23, 23, None)


@pytest.mark.parametrize("phrase", ["99 soldiers", "near Tabora", "Dozens of families"])
def test_a_phrase_without_a_number_in_the_cited_sentences_codes_nothing(phrase: str) -> None:
    record = incident(fatalities={"by_group": [{"text": phrase}]}, injured={"text": phrase})
    code_draft(record, text_of(TEXT))
    assert record.fatalities.by_group[0].value is None
    assert record.fatalities.by_group[0].text == phrase
    assert record.injured.value is None


def test_what_the_model_made_of_a_count_is_overwritten() -> None:
    record = incident(injured={"text": None, "value": 3})
    code_draft(record, text_of(TEXT))
    assert record.injured.text is None


def test_a_subset_takes_its_value() -> None:
    subsets = [{"text": "including 13 officers"}, {"text": "99 men"}, {"text": None, "value": 7}]
    record = incident(fatalities={"subsets": subsets})
    code_draft(record, text_of(TEXT))
    assert [s.value for s in record.fatalities.subsets] == [13, None, None]


def test_places_actors_and_dates_are_coded_from_their_words() -> None:
    record = incident(
        date={"text": "On Monday at dawn"},
        location={"text": "near Tabora"},
        side_a=[
            {"name_reported": "the regime's forces"},
            {"name_reported": "X", "inter": "Rioters"},
        ],
    )
    code_draft(record, text_of(TEXT))
    assert (record.date.start, record.date.precision) == (dt.date(2023, 5, 15), "day")
    assert record.date.time_of_day == "at dawn"
    assert (record.location.relation, record.location.acled_geo_precision) == ("near", 2)
    assert [(a.name_reported, a.inter) for a in record.side_a] == [
        ("the regime", "State forces"),
        ("X", "Rioters"),
    ]


def test_a_vague_figure_keeps_its_words_and_has_no_number() -> None:
    record = displacement(figure={"text": "Dozens of families"})
    code_draft(record, text_of(TEXT))
    figure = record.figure
    assert (figure.value, figure.vague_text) == (None, "Dozens of families")
    assert (figure.unit, figure.total_persons) == ("household", None)


@pytest.mark.parametrize("phrase", [None, "99 families", "families"])
def test_a_figure_without_a_number_stays_as_it_is(phrase: str | None) -> None:
    record = displacement(figure={"text": phrase})
    code_draft(record, text_of(TEXT))
    assert record.figure == Figure(text=phrase)


def test_homes_have_no_unit_of_people() -> None:
    text = text_of("Shells destroyed 300 homes.")
    record = displacement(sentences=[1], figure={"text": "300 homes"})
    code_draft(record, text)
    assert (record.figure.value, record.figure.unit) == (300, None)
    assert record.figure.total_persons is None


def test_the_parts_of_a_record_are_found_with_their_paths() -> None:
    record = incident(
        side_b=[{"name_reported": "A"}, {"name_reported": "B"}],
        fatalities={"by_group": [{"text": "1"}], "total": {"text": "2"}},
    )
    assert [p for p, _ in parts_of(record, Actor)] == ["side_b.0", "side_b.1"]
    assert {p for p, _ in parts_of(record, Count)} == {"fatalities.total", "fatalities.by_group.0"}
    assert [p for p, _ in parts_of(record, Place)] == ["location"]


def test_words_of_a_phrase_that_stands_nowhere_are_left_as_they_are() -> None:
    cited = cited_in(TEXT)
    (number, *_) = numbers_in(cited)
    assert whole_phrase("99 men", number, cited) == "99 men"
    assert whole_phrase("including 13 officers", number, cited) == "including 13 officers"


@pytest.mark.parametrize("phrase", [None, "the mayor"])
def test_words_that_tell_no_time_resolve_to_nothing(phrase: str | None) -> None:
    date = DateRef(text=phrase)
    code_date(date, text_of(TEXT))
    assert date == DateRef(text=phrase)


def test_a_time_of_day_the_model_copied_is_kept() -> None:
    date = DateRef(text="On Monday at dawn", time_of_day="dawn")
    code_date(date, text_of(TEXT))
    assert date.time_of_day == "dawn"


def test_a_date_is_inherited_from_the_sentence_that_governs() -> None:
    date = DateRef()
    assert inherit_date(date, text_of(TEXT), [2]) == 1
    assert (date.text, date.start) == ("On Monday at dawn", dt.date(2023, 5, 15))
    assert date.basis is not None
    assert date.basis.startswith("inherited from sentence 1")
    untouched = DateRef()
    assert inherit_date(untouched, text_of("Shells fell."), [1]) is None
    assert untouched == DateRef()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 4), max_size=5), st.sampled_from(["23 soldiers", "13", "x", ""]))
def test_coding_twice_changes_nothing(sentences: list[int], phrase: str) -> None:
    text = text_of(TEXT)
    record: Record = incident(
        sentences=sentences, fatalities={"by_group": [{"text": phrase}]}, date={"text": "On Monday"}
    )
    code_draft(record, text)
    once = record.model_copy(deep=True)
    code_draft(record, text)
    assert record == once
