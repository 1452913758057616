"""The rules of IDMC: a record that breaks just the one, and its sound twin."""

from __future__ import annotations

from typing import Any

import pytest
from judged import Row, assert_told_apart, checked, drafted, rules_of, text_of, type_of

from llm_extract.judging import Verdict, judge_draft

FLED = "On Tuesday, about 300 people fled fighting in Kessi, the UN said."
FAMILIES = "On Tuesday, 300 families fled fighting in Kessi, the UN said."
LIVING = "Some 300 displaced people live in schools near Kessi, the UN said."
FLOOD = "On Tuesday, about 300 people fled floods in Kessi."
SINCE = "Since March, some 300 people have been displaced in Kessi."


def figure(**fields: Any) -> dict[str, Any]:
    return {"figure": {"value": 300, **fields}}


ROWS = [
    Row("P1", "families times a size that nobody gives", FAMILIES, "figure.total_persons",
        figure(unit="household", total_persons=1500), figure(unit="household")),
    Row("P1", "families as persons", FAMILIES, "figure.unit",
        figure(unit="person"), figure(unit="household")),
    Row("P2", "a stock over a period", LIVING, "time_scope",
        {"figure_category": "idps", "time_scope": "period"},
        {"figure_category": "idps", "time_scope": "snapshot"}),
    Row("P3", "a part above the whole", FLED, "disaggregation",
        {**figure(), "disaggregation": {"children": 301}},
        {**figure(), "disaggregation": {"children": 299}}),
    Row("P3", "two parts that add up above the whole", FLED, "disaggregation",
        {**figure(), "disaggregation": {"female": 200, "male": 101}},
        {**figure(), "disaggregation": {"female": 200, "male": 100, "children": 150}}),
    Row("P4", "a time of displacement for the returned", "Some 300 people returned to Kessi.",
        "displacement_occurred",
        {"figure_term": "returns", "displacement_occurred": "during"},
        {"figure_term": "displaced", "displacement_occurred": "during"}),
    Row("P5", "a hazard in a conflict", FLOOD, "hazard",
        {"cause": "conflict", "hazard": "floods"}, {"cause": "disaster", "hazard": "floods"}),
    Row("P5", "a type of violence in a disaster", FLOOD, "violence_type",
        {"cause": "disaster", "violence_type": "niac"}, {"cause": "disaster"}),
    Row("P6", "a stock since a day", SINCE, "figure_category",
        {"figure_category": "idps", "date": {"text": "Since March"}},
        {"figure_category": "new_displacement", "date": {"text": "Since March"}},
        severity="flag"),
    Row("P6", "a flow of people who live there", LIVING, "figure_category",
        {"figure_category": "new_displacement"}, {"figure_category": "idps"}, severity="flag"),
    Row("P7", "refugees abroad as internally displaced", "Some 300 refugees live in Norland.",
        "figure_category", {"figure_category": "idps", "cross_border": "yes"},
        {"figure_category": "people_displaced_across_borders", "cross_border": "yes"}),
    Row("P7", "a flight across a border as a move inside", "Some 300 people fled into Norland.",
        "figure_category", {"figure_category": "new_displacement", "cross_border": "yes"},
        {"figure_category": "cross_border_flight", "cross_border": "yes"}),
    Row("P9", "people who need aid", "About 300 people in Kessi need aid.", "figure",
        {}, {}, twin=FLED),
    Row("P9", "homes", "Fighting displaced people and destroyed 300 homes in Kessi.", "figure",
        figure(text="300 homes"), figure(text="300 people"), twin=FLED, also=("R-E2",)),
    Row("P12", "an evacuation before the storm as during it",
        "Some 300 people were evacuated ahead of the storm.", "displacement_occurred",
        {"figure_term": "evacuated", "displacement_occurred": "during"},
        {"figure_term": "evacuated", "displacement_occurred": "before"}, severity="flag"),
    Row("R-C4", "another quantifier than the words", FLED, "figure.quantifier",
        figure(quantifier="exact"), figure(quantifier="approximately")),
    Row("R-E2", "another number", FLED, "figure.value",
        {"figure": {"value": 400, "text": "about 300"}}, figure(text="about 300")),
    Row("R-E2", "the dead as the displaced", "Fighting killed 300 people; 20 fled.", "figure.value",
        figure(), {"figure": {"value": 20, "text": "20"}}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_a_record_that_breaks_the_rule_is_told_so_and_its_twin_is_not(row: Row) -> None:
    assert_told_apart("displacement", row)


def test_a_sum_over_a_long_time_is_noted_as_not_to_be_added() -> None:
    found = checked("displacement", SINCE, {"time_scope": "cumulative_period"})
    assert rules_of(found) == {"P10"}
    assert found.passed
    assert "P10" not in rules_of(checked("displacement", SINCE, {"time_scope": "period"}))


def test_what_a_record_does_not_give_is_not_judged() -> None:
    assert rules_of(checked("displacement", LIVING, {"displacement_occurred": "during"})) == set()
    assert rules_of(checked("displacement", LIVING, {"cross_border": "yes"})) == set()


def test_a_sentence_without_displacement_is_kept_as_a_mention() -> None:
    text = "About 300 people in Kessi need aid."
    verdict = drafted("displacement", text, [1], {"figure": "About 300 people"})
    assert verdict.mention is not None
    assert verdict.mention.text == text


def test_homes_are_no_figure_of_people() -> None:
    text = "Fighting displaced people and destroyed 300 homes in Kessi."
    verdict = drafted("displacement", text, [1], {"figure": "300 homes"})
    assert verdict.record is None
    assert verdict.rejected is not None


# completing ------------------------------------------------------------------------------------


def completed(text: str, **draft: Any) -> Any:
    numbers = [s.number for s in text_of(text).sentences]
    verdict = drafted("displacement", text, numbers, draft)
    assert verdict.record is not None, verdict
    return verdict.record


def in_full(text: str, **draft: Any) -> Verdict:
    blank: dict[str, Any] = {
        "summary": None,
        "assertion": "reported",
        "source": None,
        "date": {"text": None, "time_of_day": None},
        "locations": [],
        "cause": "unclear",
        "figure_category": "new_displacement",
        "figure_term": None,
        "displacement_occurred": None,
        "violence_type": None,
        "hazard": None,
        "trigger_text": None,
        "cross_border": "unclear",
        "housing_destruction": None,
    }
    raw = {"sentences": [1], **blank, **draft}
    return judge_draft(raw, type_of("displacement"), text_of(text), [1], full=True)


@pytest.mark.parametrize(
    ("text", "phrase", "term", "category"),
    [
        ("Some 300 people fled.", "Some 300 people", "forced_to_flee", "new_displacement"),
        ("Some 300 people were displaced.", "Some 300 people", "displaced", "new_displacement"),
        ("Some 300 people returned home.", "Some 300 people", "returns", "return"),
        ("Some 300 refugees returned home.", "Some 300 refugees", "returns", "cross_border_return"),
        ("Some 300 people fled across the border.", "300 people", "forced_to_flee",
         "cross_border_flight"),
        (LIVING, "Some 300", "displaced", "idps"),
        ("Some 300 displaced people live abroad.", "Some 300", "displaced",
         "people_displaced_across_borders"),
        ("Some 300 people were evacuated.", "Some 300 people", "evacuated", "new_displacement"),
        ("Some 300 people are sheltering in schools.", "Some 300 people", "sheltered", "idps"),
    ],
)  # fmt: skip
def test_the_words_tell_term_and_category(text: str, phrase: str, term: str, category: str) -> None:
    record = completed(text, figure=phrase)
    assert (record.figure_term, record.figure_category) == (term, category)
    assert record.metric == ("stock" if category in ("idps", "people_displaced_across_borders")
                             else "flow")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told", "cause"),
    [
        ("Some 300 people fled fighting in Kessi.", "disaster", "conflict"),
        ("Some 300 people fled floods in Kessi.", "conflict", "disaster"),
        ("Some 300 people fled Kessi.", "conflict", "conflict"),
        ("Some 300 people fled fighting and floods.", "disaster", "disaster"),
        ("Shells fell on Kessi. Some 300 people fled.", "unclear", "conflict"),
    ],
)
def test_words_near_the_figure_outvote_the_model_on_the_cause(
    text: str, told: str, cause: str
) -> None:
    record = completed(text, figure="Some 300 people", cause=told)
    assert record.cause == cause
    assert record.violence_type == ("unclear" if cause == "conflict" else None)


def test_a_hazard_goes_with_a_disaster_only() -> None:
    verdict = in_full(
        "Some 300 people fled fighting after floods.",
        figure="Some 300 people",
        cause="conflict",
        hazard="floods",
    )
    assert verdict.record is not None
    assert verdict.record.model_dump()["hazard"] is None


@pytest.mark.parametrize(
    ("text", "draft", "scope"),
    [
        ("Some 300 people fled on Tuesday.", {"date": "on Tuesday"}, "single_event"),
        ("Since March, 300 people have fled.", {"date": "Since March"}, "cumulative_period"),
        ("From 1 to 9 May 2023, 300 people fled.", {"date": "From 1 to 9 May 2023"}, "period"),
        ("Some 300 displaced people live in Kessi.", {}, "snapshot"),
        ("Some 300 people fled.", {}, "unclear"),
    ],
)
def test_the_date_tells_the_scope_in_time(text: str, draft: dict[str, str], scope: str) -> None:
    phrase = "300 people" if "300 people" in text else "Some 300"
    assert completed(text, figure=phrase, **draft).time_scope == scope


@pytest.mark.parametrize(
    ("text", "occurred"),
    [
        ("Some 300 people were evacuated ahead of the storm.", "before"),
        ("Some 300 people were evacuated.", "unknown"),
        ("Some 300 people returned home.", None),
    ],
)
def test_the_time_of_displacement_goes_with_some_terms_only(
    text: str, occurred: str | None
) -> None:
    assert completed(text, figure="Some 300 people").displacement_occurred == occurred


def test_a_category_that_contradicts_the_border_is_set_right_and_the_record_kept() -> None:
    verdict = in_full(
        "About 300 people displaced by fighting live in schools near Kessi.",
        figure="About 300 people",
        figure_category="idps",
        cross_border="yes",
    )
    assert verdict.record is not None
    assert verdict.record.model_dump()["figure_category"] == "people_displaced_across_borders"
    assert "unsupported:figure_category" in verdict.record.flags


@pytest.mark.parametrize(
    ("text", "phrase", "coded"),
    [
        ("More than 400,000 people fled.", "400,000", (400_000, "more_than", "person", 400_000)),
        ("At least 300 families fled.", "300 families", (300, "more_than", "household", None)),
        ("Up to 300 people fled.", "300 people", (300, "less_than", "person", 300)),
        ("Exactly 300 people fled.", "300 people", (300, "exact", "person", 300)),
        ("Thousands of people fled.", "Thousands of people", (None, None, "person", None)),
    ],
)
def test_number_quantifier_and_unit_are_read_from_the_words(
    text: str, phrase: str, coded: tuple[Any, ...]
) -> None:
    figure = completed(text, figure=phrase).figure
    assert (figure.value, figure.quantifier, figure.unit, figure.total_persons) == coded
    assert (figure.vague_text is None) == (figure.value is not None)
