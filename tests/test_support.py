"""Does the cited text carry each value? One article, true values and how they may be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import checked, text_of, type_of

from llm_extract.coding.mentions import fold
from llm_extract.verification.support import judge_support

TEXT = (
    "On Monday rebels attacked Tabora, the mayor said. The attack killed 23 soldiers and 20 "
    "rebels, including 13 jihadists, and wounded about 40. On Tuesday at dawn, raids killed "
    "twelve civilians in Kessi. Since then 300 families have fled."
)


def level(fields: dict[str, Any], path: str, *quotes: str) -> str | None:
    support = checked("incident", TEXT, fields, quotes).support
    return support[path].level if path in support else None


def problem(record_type: str, fields: dict[str, Any], path: str, *quotes: str) -> str:
    found = checked(record_type, TEXT, fields, quotes)
    assert not found.passed
    assert found.support[path].level == "unsupported"
    return found.support[path].basis


def dead(**fields: Any) -> dict[str, Any]:
    return {"fatalities": fields}


def group(value: int | None, text: str | None = None, **more: Any) -> dict[str, Any]:
    return dead(by_group=[{"value": value, "text": text, **more}])


GROUP = "fatalities.by_group.0"


@pytest.mark.parametrize(
    ("fields", "path", "expected"),
    [
        (group(23, "23 soldiers"), f"{GROUP}.value", "stated"),
        (group(12, "twelve civilians"), f"{GROUP}.value", "normalised"),
        (group(12, "Twelve civilians"), f"{GROUP}.text", "normalised"),
        (group(23, "23", qualifier="exact"), f"{GROUP}.qualifier", "derived"),
        ({"injured": {"value": 40, "text": "about 40"}}, "injured.value", "stated"),
        ({"date": {"text": "On Tuesday at dawn", "start": "2023-05-16"}}, "date.start", "derived"),
        ({"date": {"text": "On Monday", "time_of_day": "at dawn"}}, "date.time_of_day", "stated"),
        ({"source": {"name_reported": "the mayor"}}, "source.name_reported", "stated"),
        ({"weapon_mode": "raids"}, "weapon_mode", "stated"),
        (group(None, "nobody"), f"{GROUP}.text", "unsupported"),
        (group(None, "rebels"), f"{GROUP}.text", "unsupported"),
        (dead(subsets=[{"of": "side_b", "value": 13}]), "fatalities.subsets.0.value", "stated"),
        (dead(subsets=[{"of": "total", "text": "13 women"}]), "fatalities.subsets.0.text",
         "unsupported"),
        (group(23), f"{GROUP}.text", None),
        (group(None), f"{GROUP}.value", None),
    ],
)  # fmt: skip
def test_each_value_has_its_level(fields: dict[str, Any], path: str, expected: str | None) -> None:
    assert level(fields, path) == expected


@pytest.mark.parametrize(
    ("fields", "path", "said"),
    [
        (group(24, "23 soldiers"), f"{GROUP}.value", "does not give the number 24"),
        (group(24), f"{GROUP}.value", "the cited sentences does not give the number 24"),
        (group(13, "13"), f"{GROUP}.value", "a part of another"),
        (group(20, "20", label="soldiers"), f"{GROUP}.value", "does not give this number for"),
        (group(40, "about 40"), f"{GROUP}.value", "the injured, not the killed"),
        (group(300, "300 families"), f"{GROUP}.value", "the displaced, not the killed"),
        (dead(total={"value": 23, "text": "23"}), "fatalities.total.value", "side by side"),
        (dead(total={"value": 12}, by_group=[{"value": 23}]), "fatalities.total.value",
         "more than"),
        (dead(subsets=[{"of": "side_b", "value": 20}]), "fatalities.subsets.0.value", "part of"),
        (dead(subsets=[{"of": "civilians", "value": 13}]), "fatalities.subsets.0.value",
         "not civilians"),
        (dead(subsets=[{"of": "side_b", "value": 13, "label": "women"}]),
         "fatalities.subsets.0.value", "for 'women'"),
        (dead(subsets=[{"of": "side_b", "value": 14}]), "fatalities.subsets.0.value",
         "this number"),
        ({"date": {"text": "the attack"}}, "date.text", "tells no time"),
        ({"date": {"text": "On Monday", "start": "2023-05-16"}}, "date.start", "not 2023-05-16"),
        ({"weapon_mode": "tanks"}, "weapon_mode", "does not say"),
        ({"side_a": [{"name_reported": "Tuesday"}]}, "side_a.0.name_reported", "a time"),
        ({"location": {"text": "Sorel"}}, "location.text", "does not say"),
        ({"location": {"text": " "}}, "location.text", "does not say"),
    ],
)  # fmt: skip
def test_what_the_text_does_not_carry_is_told_with_the_reason(
    fields: dict[str, Any], path: str, said: str
) -> None:
    assert said in problem("incident", fields, path)


@pytest.mark.parametrize(
    ("fields", "path", "quote", "said"),
    [
        (group(12, "twelve civilians"), f"{GROUP}.text", "rebels attacked Tabora", "sentence 3"),
        ({"location": {"text": "Kessi"}}, "location.text", "rebels attacked Tabora", "sentence 3"),
        ({"side_b": [{"name_reported": "rebels"}]}, "side_b.0.name_reported", "raids killed",
         "other sentences"),
    ],
)  # fmt: skip
def test_what_stands_outside_the_quotes_is_unsupported_and_told_where(
    fields: dict[str, Any], path: str, quote: str, said: str
) -> None:
    assert said in problem("incident", fields, path, quote)


def test_a_sum_is_derived_from_its_parts_and_shows_them() -> None:
    parts = [{"value": 23, "text": "23 soldiers"}, {"value": 20, "text": "20 rebels"}]
    total = {"value": 43, "qualifier": "derived_sum"}
    support = checked("incident", TEXT, dead(by_group=parts, total=total)).support
    summed = support["fatalities.total.value"]
    assert (summed.level, summed.basis) == ("derived", "23 + 20 = 43")
    said = [TEXT[s.char_start : s.char_end] for s in summed.spans]
    assert said == ["23", "20"]
    assert "R-C2" in {f.rule for f in checked("incident", TEXT, dead(total=total)).findings}


def test_a_day_without_words_is_inferred_from_the_sentence_that_governs() -> None:
    fields = {**group(23, "23 soldiers"), "date": {"start": "2023-05-15"}}
    support = checked("incident", TEXT, fields).support["date.start"]
    assert support.level == "inferred"
    assert [TEXT[s.char_start : s.char_end] for s in support.spans] == ["On Monday"]


def test_the_day_of_another_event_is_not_borrowed() -> None:
    fields = {**group(12, "twelve civilians"), "date": {"text": "On Monday"}}
    assert "names another day" in problem("incident", fields, "date.text")


def test_the_same_day_in_other_words_may_be_cited() -> None:
    text = "On Monday it rained. Raids on Monday, 15 May 2023 killed two men."
    fields = {"fatalities": {"total": {"value": 2}}, "date": {"text": "On Monday"}}
    assert checked("incident", text, fields).passed


@pytest.mark.parametrize(
    ("figure", "path", "said"),
    [
        ({"value": 300, "text": "300", "unit": "person"}, "figure.unit", "families"),
        ({"value": 300, "quantifier": "more_than"}, "figure.quantifier", "says exact"),
        (
            {"value": 300, "unit": "household", "total_persons": 1500},
            "figure.total_persons",
            "size",
        ),
        ({"value": 12}, "figure.value", "the killed, not the displaced"),
    ],
)
def test_a_figure_is_judged_with_its_unit_and_quantifier(
    figure: dict[str, Any], path: str, said: str
) -> None:
    assert said in problem("displacement", {"figure": figure}, path)


def test_a_household_size_that_is_given_allows_a_product() -> None:
    figure = {"value": 300, "unit": "household", "household_size": 5, "total_persons": 1500}
    assert checked("displacement", TEXT, {"figure": figure}).passed


def test_a_record_that_quotes_nothing_has_no_support() -> None:
    record = type_of("incident").model.model_validate(group(23))
    judgement = judge_support(record, text_of(TEXT))
    assert judgement.support["evidence"].level == "unsupported"
    assert {f.rule for f in judgement.refused} >= {"R-E1", "R-E2"}


@pytest.mark.parametrize(
    ("summary", "strange"),
    [
        ("Rebels attacked Tabora; 23 soldiers died.", None),
        ("An attack killed 24 soldiers.", "24"),
        ("The rebels attacked Sorel.", "Sorel"),
    ],
)
def test_a_summary_brings_no_number_and_no_name_of_its_own(
    summary: str, strange: str | None
) -> None:
    found = checked("incident", TEXT, {"summary": summary})
    assert found.passed is (strange is None)
    assert strange is None or strange in found.support["summary"].basis


def test_what_follows_from_a_value_has_its_level_and_spans() -> None:
    fields = {
        "location": {"text": "Kessi", "kind": "populated_place"},
        "date": {"text": "On Friday", "precision": "day"},
        "sub_event_type": "Attack",
        "event_type": "Violence against civilians",
    }
    support = checked("incident", TEXT, fields).support
    assert support["location.kind"].level == "derived"
    assert support["location.kind"].spans == support["location.text"].spans
    assert support["date.precision"].level == "unsupported"
    assert support["sub_event_type"].level == "inferred"
    assert support["event_type"].spans


WORDS = st.sampled_from(
    ["23 soldiers", "20", "rebels", "Tabora", "on monday", "Twelve  civilians", "at dawn", "x",
     "40", "the mayor", "Kessi", "13 jihadists", "including 13", "about 40", ""]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, st.integers(0, 45))
def test_every_span_of_a_copied_phrase_slices_back_to_it(
    count: str, place: str, actor: str, date: str, value: int
) -> None:
    fields = {
        "fatalities": {"by_group": [{"text": count, "value": value}]},
        "location": {"text": place},
        "side_a": [{"name_reported": actor}],
        "date": {"text": date},
    }
    support = checked("incident", TEXT, fields).support
    given = {
        f"{GROUP}.text": count,
        "location.text": place,
        "side_a.0.name_reported": actor,
        "date.text": date,
    }
    for path, phrase in given.items():
        if path in support and support[path].level != "unsupported":
            (span,) = support[path].spans
            said = TEXT[span.char_start : span.char_end]
            assert fold(said).text.strip() == fold(phrase).text.strip()
            assert (support[path].level == "stated") == (said == phrase.strip())
    for item in support.values():
        assert all(0 <= s.char_start < s.char_end <= len(TEXT) for s in item.spans)
        assert item.level != "unsupported" or not item.spans
