"""Scores of extractions against labels: properties, and cases computed by hand."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from labelled import FLIGHT, RAID, SHELL, changed, label, lines

from llm_extract.scoring.evaluation import evaluate
from llm_extract.scoring.report import Report, Tally, TypeScore


def score(given: list[dict[str, Any]], *records: dict[str, Any], **more: Any) -> Report:
    return evaluate([label(*records, **more)], given, resamples=100)


def figure(report: Report, name: str, where: str = "all") -> float | None:
    return report.figures[where][name].value


def of_type(report: Report, name: str = "incident") -> TypeScore:
    return report.articles[0].types[name]


def field(report: Report, name: str) -> Tally:
    return of_type(report).fields.get(name, Tally())


def test_gold_against_itself_is_one() -> None:
    report = score(lines(RAID, SHELL, FLIGHT), RAID, SHELL, FLIGHT)
    for name in ("record_f1", "value_f1", "near_f1", "grounded_f1"):
        assert figure(report, name) == 1.0, name
    assert {r.outcome for r in report.articles[0].records} == {"found"}


def test_nothing_extracted_has_recall_zero_and_no_precision() -> None:
    report = score(lines(), RAID, SHELL, FLIGHT)
    assert figure(report, "record_recall") == 0.0
    assert figure(report, "record_precision") is None
    assert figure(report, "value_precision") is None
    assert figure(report, "record_f1") == 0.0


def test_an_article_without_records_that_gets_none_counts_for_nothing() -> None:
    report = score(lines())
    assert figure(report, "record_recall") is None
    assert figure(report, "record_f1") is None
    assert report.figures["all"]["record_f1"].n == 0


def test_the_order_of_records_is_irrelevant() -> None:
    wanted = [RAID, SHELL]
    one = score(lines(changed(RAID, "date.start", "2024-03-10"), SHELL), *wanted)
    two = score(lines(SHELL, changed(RAID, "date.start", "2024-03-10")), *reversed(wanted))
    assert one.figures == two.figures


def test_a_duplicate_costs_precision_and_not_recall() -> None:
    report = score(lines(RAID, RAID), RAID)
    assert figure(report, "record_precision") == 0.5
    assert figure(report, "record_recall") == 1.0


def test_optional_records_are_neither_rewarded_nor_punished() -> None:
    optional = RAID | {"tier": "optional"}
    found, left = score(lines(RAID, SHELL), optional, SHELL), score(lines(SHELL), optional, SHELL)
    assert found.figures == left.figures
    assert figure(found, "record_precision") == 1.0
    assert figure(found, "value_f1") == 1.0


def test_a_case_computed_by_hand() -> None:
    # Found: the raid, one side missed, a wrong day, all else right. Missed: the shell.
    # Spurious: a flight of ten people. Values the label has of the raid: type, day, place, two
    # parties, total, two groups, source = 9, of the shell: type, day, place, party, total, group
    # = 6. Extracted: 8 of the raid and figure, unit, place, cause, source = 5 of the flight.
    raid = changed(changed(RAID, "side_a", []), "date.start", "2024-03-05")
    raid["date"]["end"] = "2024-03-05"
    report = score(lines(raid, changed(FLIGHT, "figure.value", 10)), RAID, SHELL)
    assert of_type(report).records == Tally(right=1, missed=1)
    assert of_type(report, "displacement").records == Tally(spurious=1)
    assert of_type(report).values == Tally(
        right=7, wrong=1, missed=1 + 6, spurious=0, near=7, grounded=7
    )
    assert of_type(report, "displacement").values == Tally(spurious=5)
    assert figure(report, "value_precision") == pytest.approx(7 / 13)
    assert figure(report, "value_recall") == pytest.approx(7 / 15)
    assert figure(report, "value_f1") == pytest.approx(14 / 28)
    assert figure(report, "record_f1") == pytest.approx(2 / 4)
    assert figure(report, "value_f1", "type:incident") == pytest.approx(14 / 23)


def test_a_wrong_value_is_missed_and_spurious() -> None:
    report = score(lines(changed(RAID, "location.text", "Dori")), RAID)
    assert field(report, "location") == Tally(wrong=1)
    assert report.fields["incident"]["location"]["f1"].value == 0.0


def test_null_zero_and_missing_are_three_things() -> None:
    untold = changed(SHELL, "fatalities", {"total": {"value": None, "qualifier": "not_reported"}})
    told_zero = changed(SHELL, "fatalities", {"total": {"value": 0, "qualifier": "exact"}})
    name = "fatalities.total"
    assert field(score(lines(untold), untold), name) == Tally()
    assert field(score(lines(told_zero), untold), name) == Tally(spurious=1)
    assert field(score(lines(untold), told_zero), name) == Tally(missed=1)
    assert field(score(lines(told_zero), told_zero), name) == Tally(right=1, near=1, grounded=1)
    silent = {k: v for k, v in SHELL.items() if k != "fatalities"}
    assert field(score(lines(told_zero), silent), name) == Tally()  # the coder did not say


def test_a_day_off_is_near_and_two_are_wrong() -> None:
    for day, near in (("2024-03-12", 1), ("2024-03-13", 0)):
        moved = changed(changed(RAID, "date.start", day), "date.end", day)
        assert field(score(lines(moved), RAID), "date") == Tally(wrong=1, near=near)


def test_a_count_within_the_bounds_told_is_near() -> None:
    at_least = changed(SHELL, "fatalities.total", {"value": 10, "qualifier": "at_least"})
    for value, near in ((12, 1), (9, 0)):
        given = changed(SHELL, "fatalities.total", {"value": value})
        assert field(score(lines(given), at_least), "fatalities.total") == Tally(wrong=1, near=near)


def test_acceptable_values_are_right() -> None:
    label_ = RAID | {
        "sub_event_type_acceptable": ["Attack"],
        "source_acceptable": [None],
        "date": RAID["date"] | {"start_acceptable": ["2024-03-10"]},
        "side_b": [{"name_reported": "gunmen", "name_reported_acceptable": ["attackers"]}],
    }
    given = RAID | {
        "sub_event_type": "Attack",
        "source": None,
        "date": {"start": "2024-03-10", "end": "2024-03-11"},
        "side_b": [{"name_reported": "the attackers"}],
    }
    report = score(lines(given), label_)
    assert figure(report, "value_f1") == 1.0


def test_swapped_sides_are_tolerated_and_told() -> None:
    turned = RAID | {"side_a": RAID["side_b"], "side_b": RAID["side_a"]}
    turned["fatalities"] = {
        "total": {"value": 11},
        "by_group": [{"value": 9, "group": "side_a"}, {"value": 2, "group": "side_b"}],
    }
    report = score(lines(turned), RAID)
    assert figure(report, "swapped") == 1.0
    assert field(report, "side_a").right == 1
    assert field(report, "fatalities.by_group").right == 2
    assert figure(score(lines(RAID), RAID), "swapped") == 0.0


def test_a_record_made_of_a_total_or_a_denial_is_named() -> None:
    toll = SHELL | {
        "date": {"start": "2015-01-01", "end": "2024-03-13"},
        "fatalities": {"total": {"value": 20000}},
        "evidence": [{"quote": "The conflict has killed more than 20,000 people since 2015."}],
    }
    denial = SHELL | {
        "date": {},
        "location": {"text": "a clinic"},
        "fatalities": {},
        "evidence": [{"quote": "The army denied that a clinic was hit."}],
    }
    report = score(lines(toll, denial), RAID)
    told = [r.forbidden for r in report.articles[0].records if r.outcome == "forbidden"]
    assert told == [
        "agg-1: more than 20,000 people",
        "denied: The army denied that a clinic was hit",
    ]
    assert figure(report, "forbidden") == 2.0
    assert figure(report, "record_precision") == 0.0


def test_a_right_value_without_the_right_passage_is_not_grounded() -> None:
    elsewhere = RAID | {"evidence": [{"quote": "The army denied that a clinic was hit."}]}
    invented = RAID | {"evidence": [{"quote": "Eleven people died near Djibo on Monday."}]}
    half = RAID | {"evidence": RAID["evidence"][1:]}  # the place is told in the other sentence
    for given in (elsewhere, invented):
        report = score(lines(given), RAID)
        assert (figure(report, "value_f1"), figure(report, "grounded_f1")) == (1.0, 0.0)
    report = score(lines(half), RAID)
    assert field(report, "location") == Tally(right=1, near=1, grounded=0)
    assert field(report, "fatalities.by_group") == Tally(right=2, near=2, grounded=2)


def test_an_article_without_a_line_is_missed_and_named() -> None:
    report = evaluate([label(RAID), label(SHELL, article_id="b")], lines(RAID), resamples=100)
    assert report.absent == ["b"]
    assert figure(report, "record_recall") == 0.5


def test_lines_of_another_text_are_named() -> None:
    given = [line | {"article_sha256": "0" * 64} for line in lines(RAID)]
    assert score(given, RAID).other_text == ["a"]


def test_unsupported_values_are_counted_when_asked_for() -> None:
    report = evaluate([label(RAID)], lines(changed(RAID, "location.text", "Timbuktu")),
                      resamples=100, judge_support=True)  # fmt: skip
    assert of_type(report).unsupported == 3  # the place, with its kind and relation
    assert of_type(report).judged > 5


def test_what_is_no_record_costs_no_error() -> None:
    odd: list[dict[str, Any]] = [
        {"record_type": "incident", "evidence": "none"},
        {"record_type": "incident", "evidence": [{"quote": 3}], "date": {"start": "yesterday"}},
        {"record_type": "incident", "side_a": "army", "fatalities": [], "location": "Djibo"},
    ]
    report = score(lines(*odd), RAID)
    assert of_type(report).records == Tally(missed=1, spurious=3)


def test_slices_are_by_type_language_length_and_trap() -> None:
    report = score(lines(RAID), RAID, traps=["subset", "dateline"])
    assert set(report.figures) == {
        "all", "type:displacement", "type:incident", "language:en", "length:under 120 words",
        "trap:dateline", "trap:subset",
    }  # fmt: skip


def test_costs_are_summed_over_the_types_of_an_article() -> None:
    given = [
        line
        | {
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
            "attempts": [
                {"reason": "first", "seconds": 1.5},
                {"reason": "ask_again", "seconds": 0.5},
            ],
        }
        for line in lines(RAID)
    ]
    report = score(given, RAID)
    assert [figure(report, n) for n in ("tokens", "seconds", "calls", "re_asks")] == [220, 4, 4, 2]


@pytest.mark.slow
def test_a_hundred_thousand_records_are_scored_in_seconds() -> None:
    rng = random.Random(7)
    sentences = [f"On {d} March, fighters killed {n} soldiers near Town{n}." for n, d in
                 ((n, rng.randint(1, 12)) for n in range(2, 12))]  # fmt: skip
    text = " ".join(sentences)
    records = [
        {
            "record_type": "incident",
            "id": f"inc-{n}",
            "tier": "required",
            "sub_event_type": "Armed clash",
            "date": {"start": "2024-03-01", "end": "2024-03-01"},
            "location": {"text": f"near Town{n}"},
            "side_a": [{"name_reported": "soldiers"}],
            "side_b": [{"name_reported": "fighters"}],
            "fatalities": {"total": {"value": n, "qualifier": "exact"}},
            "evidence": [{"quote": sentence}],
        }
        for n, sentence in zip(range(2, 12), sentences, strict=True)
    ]
    labels = [
        label(*records, article_id=f"a{i}", text=text, types=("incident",)) for i in range(1000)
    ]
    given = [line for i in range(1000) for line in lines(*records[:9], article_id=f"a{i}")]
    started = time.monotonic()
    report = evaluate(labels, given, resamples=1000)
    assert figure(report, "record_recall") == pytest.approx(0.9)
    assert time.monotonic() - started < 30
