"""What becomes of a draft: mended, judged, kept, refused, or moved to where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from judged import drafted, text_of, type_of

from llm_extract.judging import empty, judge_draft, mend_citations
from llm_extract.record import Record

TEXT = (
    "Raids killed 12 civilians in Kessi on Monday. It rained in Tabora. "
    "Clashes killed nine rebels near Tabora, the mayor said."
)
DEAD_12 = [{"text": "12 civilians", "group": "civilians"}]
DEAD_9 = [{"text": "nine rebels", "group": "side_b"}]


def kept(sentences: list[int], **draft: Any) -> Any:
    verdict = drafted("incident", TEXT, sentences, {"sub_event_type": "Attack", **draft})
    assert verdict.record is not None, verdict
    return verdict.record


def incident(**fields: Any) -> Any:
    return type_of("incident").model.model_validate(fields)


def test_a_sound_draft_becomes_a_record_with_support_for_each_value() -> None:
    record = kept([1], fatalities=DEAD_12, date="on Monday", location="in Kessi")
    assert record.fatalities.total.value == 12
    assert record.summary == "Raids killed 12 civilians in Kessi on Monday."
    levels = {path: support.level for path, support in record.support.items()}
    assert levels["fatalities.total.value"] == "stated"
    assert levels["date.start"] == "derived"
    assert levels["location.text"] == "stated"
    assert "unsupported" not in levels.values()


def test_every_span_of_support_slices_back_to_words_of_the_article() -> None:
    record = kept([3], fatalities=DEAD_9, date="on Monday", source="the mayor")
    spans = [
        (p, TEXT[s.char_start : s.char_end]) for p, v in record.support.items() for s in v.spans
    ]
    said = dict(spans)
    assert said["fatalities.total.value"] == "nine"
    assert said["source.name_reported"] == "the mayor"
    assert all(words == words.strip() and words for _, words in spans)


def test_a_wrong_sentence_number_is_mended_and_told() -> None:
    verdict = drafted("incident", TEXT, [2], {"fatalities": DEAD_9, "sub_event_type": "Attack"})
    assert verdict.record is not None
    assert verdict.record.sentences == [3]
    assert any("became [3]" in note for note in verdict.notes)


def test_a_sentence_that_holds_no_value_is_dropped_and_told() -> None:
    verdict = drafted("incident", TEXT, [1, 2], {"fatalities": DEAD_12, "sub_event_type": "Attack"})
    assert verdict.record is not None
    assert verdict.record.sentences == [1]
    assert any("[2] dropped" in note for note in verdict.notes)


def test_sentences_outside_the_window_are_not_cited() -> None:
    record: Record = incident(sentences=[1, 3])
    assert mend_citations(record, text_of(TEXT), [1]) == []
    assert record.sentences == [1]


def test_a_phrase_that_stands_in_two_sentences_is_not_moved() -> None:
    text = "It rained. Raids killed 12 men. Shells killed 12 men."
    record: Record = incident(sentences=[1], fatalities={"by_group": [{"text": "12 men"}]})
    mend_citations(record, text_of(text), [1, 2, 3])
    assert record.sentences == [1]


def test_one_unsupported_field_becomes_null_and_the_record_stays() -> None:
    verdict = drafted(
        "incident",
        TEXT,
        [1],
        {"fatalities": DEAD_12, "location": "in Sorel", "sub_event_type": "Attack"},
    )
    assert verdict.record is not None
    assert verdict.record.model_dump()["location"]["text"] is None
    assert "unsupported:location.text" in verdict.record.flags
    assert any("in Sorel" in question for question in verdict.questions)


def test_of_two_unsupported_names_both_go_and_the_good_one_stays() -> None:
    text = "The army and the police raided Kessi."
    verdict = drafted(
        "incident",
        text,
        [1],
        {"side_a": ["the navy", "The army", "the mayor"], "sub_event_type": "Attack"},
    )
    assert verdict.record is not None
    assert [a["name_reported"] for a in verdict.record.model_dump()["side_a"]] == ["The army"]


@pytest.mark.parametrize("phrase", ["99 civilians", "nine rebels near Sorel"])
def test_a_draft_whose_only_figure_is_not_in_the_text_is_rejected(phrase: str) -> None:
    verdict = drafted("incident", TEXT, [1], {"fatalities": [{"text": phrase, "group": "unknown"}]})
    assert verdict.record is None
    assert verdict.rejected is not None
    assert verdict.rejected.reasons
    assert all(reason.startswith("R-") for reason in verdict.rejected.reasons)
    assert verdict.questions


def test_a_draft_that_cites_nothing_is_rejected() -> None:
    verdict = drafted("incident", TEXT, [], {})
    assert verdict.rejected is not None
    assert any("R-E1" in reason for reason in verdict.rejected.reasons)


@pytest.mark.parametrize("raw", [None, 3, "x", [], {}, {"sentences": ["1"]}, {"sentences": [1]}])
def test_a_draft_of_another_shape_is_rejected_with_what_is_wrong(raw: Any) -> None:
    verdict = judge_draft(raw, type_of("incident"), text_of(TEXT), [1], full=False)
    assert verdict.record is None
    assert verdict.rejected is not None
    assert verdict.rejected.draft == raw
    assert all(reason.startswith("schema") for reason in verdict.rejected.reasons)


@pytest.mark.parametrize("nothing", ["null", "None", " unknown ", "", "n/a"])
def test_words_for_nothing_are_read_as_nothing(nothing: str) -> None:
    record = kept([1], fatalities=DEAD_12, location=nothing, source=nothing, side_a=[nothing])
    assert record.location.text is None
    assert record.source is None
    assert record.side_a == []
    assert record.flags == []


def test_a_record_without_a_day_takes_the_one_that_governs_and_shows_it() -> None:
    text = "On Monday it rained in Kessi. Clashes killed nine rebels."
    verdict = drafted(
        "incident", text, [2], {"fatalities": DEAD_9, "sub_event_type": "Armed clash"}
    )
    assert verdict.record is not None
    date = verdict.record.model_dump()["date"]
    assert (date["text"], str(date["start"])) == ("On Monday", "2023-05-15")
    assert date["basis"].startswith("inherited from sentence 1")
    assert "date_inherited" in verdict.record.flags
    assert "On Monday" in [e.quote for e in verdict.record.evidence]
    assert verdict.record.support["date.start"].level == "inferred"


def test_a_date_that_stands_in_the_text_but_gives_no_day_is_kept_as_words() -> None:
    text = "At dawn clashes killed nine rebels."
    verdict = drafted(
        "incident",
        text,
        [1],
        {"fatalities": DEAD_9, "date": "At dawn", "sub_event_type": "Armed clash"},
    )
    assert verdict.record is not None
    date = verdict.record.model_dump()["date"]
    assert (date["text"], date["start"]) == ("At dawn", None)


def test_a_long_summary_is_cut() -> None:
    text = "Raids killed 12 civilians " + "in the old town of Kessi " * 20 + "on Monday."
    verdict = drafted("incident", text, [1], {"fatalities": DEAD_12, "sub_event_type": "Attack"})
    assert verdict.record is not None
    assert verdict.record.summary is not None
    assert len(verdict.record.summary) == 300
    assert verdict.record.summary.endswith("...")


def test_a_flag_of_a_rule_goes_with_the_record() -> None:
    text = "A blast killed 1,200 people in Kessi."
    verdict = drafted(
        "incident",
        text,
        [1],
        {"fatalities": [{"text": "1,200 people", "group": "unknown"}], "sub_event_type": "Attack"},
    )
    assert verdict.record is not None
    assert "very_large" in verdict.record.flags


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("side_a.1.name_reported", {"side_a": ["A", "C"]}),
        ("side_a.9.name_reported", {"side_a": ["A", "B", "C"]}),
        ("part_of.0", {"part_of": ["y"]}),
        ("part_of.9", {"part_of": ["x", "y"]}),
        ("location.text", {"location": None}),
        ("fatalities.total.value", {"total": None}),
        ("fatalities.by_group.0.text", {"by_group": 0}),
        ("civilian_targeting", {"civilian_targeting": False}),
        ("injured.value", {"injured": None}),
        ("injured", {"injured_whole": None}),
        ("source.name_reported", {"source": None}),
    ],
)
def test_emptying_a_path_takes_that_value_alone(path: str, left: dict[str, Any]) -> None:
    record = incident(
        side_a=[{"name_reported": n} for n in "ABC"],
        part_of=["x", "y"],
        location={"text": "Kessi"},
        fatalities={"total": {"value": 3, "qualifier": "exact"}, "by_group": [{"value": 3}]},
        civilian_targeting=True,
        injured={"value": 4},
        source={"name_reported": "X"},
    )

    def shown(item: Any) -> dict[str, Any]:
        return {
            "side_a": [a.name_reported for a in item.side_a],
            "part_of": item.part_of,
            "location": item.location.text,
            "total": item.fatalities.total.value,
            "by_group": len(item.fatalities.by_group),
            "civilian_targeting": item.civilian_targeting,
            "injured": item.injured.value if item.injured else None,
            "injured_whole": bool(item.injured) or None,
            "source": item.source.name_reported,
        }

    before = shown(record)
    empty(record, path)
    after = shown(record)
    if "injured_whole" in left:
        before["injured"] = None
    assert after == {**before, **left}
