from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import (
    Answer,
    Question,
    Scripted,
    by_sentence,
    dead,
    displaced,
    extracted,
    fault,
    incident,
)

from llm_extract.article import Article
from llm_extract.errors import EndpointError, ReplyProblem
from llm_extract.extraction import Extractor, failed_extraction, run_sync
from llm_extract.profiles import WHOLE, WINDOWS
from llm_extract.record import Record
from llm_extract.record_type import find_record_type
from llm_extract.result import Extraction, Usage

SEED = Article(
    id="seed",
    text=Path("seeds/articles/afp-idlib-2019-08-27.txt").read_text(encoding="utf-8"),
    published=dt.date(2019, 8, 27),
)
RAID = "On Monday, air raids killed 12 civilians in Kessi, police said."
SHELLS = "On Tuesday, shells killed three soldiers near Tabora, the army said."
MINE = "On Wednesday, a mine killed two farmers in Oru, the mayor said."
QUIET = "The market of Kessi was open."
SHELLS_AFTER = f"{QUIET}\n\n{SHELLS}"
TWO = f"{RAID}\n\n{SHELLS}"
BOMB = "A bomb killed nine women in Lhot, police said."
SIX = "\n\n".join((RAID, SHELLS, MINE, QUIET, QUIET, BOMB))
WOMEN = incident(6, dead=["nine women"])

FIVE = replace(WINDOWS, second_look=False)
"""Five sentences at a time, and no second look."""

GOOD, BAD = incident(1, dead=["12 civilians"]), incident(2, dead=["40 soldiers"])
MENDED = incident(2, dead=["three soldiers"])


# ---- one reply, judged record by record


def test_a_good_record_stays_when_its_sibling_is_rejected() -> None:
    client = Scripted([[GOOD, BAD]])
    found = extracted(client, TWO, max_asks=0, profile=FIVE)
    assert dead(found) == [12]
    [rejected] = found.rejected
    assert rejected.draft == BAD
    assert rejected.sentences == [2]
    assert any('"40 soldiers"' in reason for reason in rejected.reasons)
    assert found.state == "partial"


def test_the_model_is_asked_again_for_exactly_what_failed() -> None:
    client = Scripted([[GOOD, BAD], [MENDED]])
    found = extracted(client, TWO, max_asks=1)
    assert dead(found) == [12, 3]
    assert (found.state, found.rejected) == ("ok", [])
    first, second = client.questions
    assert second.messages[:2] == first.messages
    assert json.loads(second.messages[2]["content"])["records"] == [GOOD, BAD]
    complaint = second.messages[3]["content"]
    assert "Record 2: " in complaint
    assert "40 soldiers" in complaint
    assert "Record 1: " not in complaint
    assert "12 civilians" not in complaint
    assert [a.reason for a in found.attempts] == ["first", "ask_again"]


def test_a_second_repeat_asks_about_the_records_of_the_last_reply() -> None:
    still_bad = incident(2, dead=["41 soldiers"])
    client = Scripted([[GOOD, BAD], [still_bad], [MENDED]])
    extracted(client, TWO, max_asks=2)
    complaint = client.questions[2].messages[-1]["content"]
    assert "Record 1: " in complaint
    assert "41 soldiers" in complaint
    assert "Record 2: " not in complaint


def test_what_still_fails_after_the_repeats_is_kept_as_rejected() -> None:
    client = Scripted(lambda question: [GOOD, BAD])
    found = extracted(client, TWO, max_asks=2, profile=FIVE)
    assert len(client.questions) == 3
    assert dead(found) == [12]
    assert [r.draft for r in found.rejected] == [BAD]


def test_a_rejected_draft_is_not_lost_when_another_of_its_sentence_is_set_right() -> None:
    other = incident(2, dead=["70 soldiers"])
    client = Scripted([[BAD, other], [MENDED]])
    found = extracted(client, SHELLS_AFTER, max_asks=1)
    assert dead(found) == [3]
    assert len(found.rejected) == 1


def test_a_rejected_draft_is_not_lost_when_the_model_repeats_a_good_one() -> None:
    client = Scripted([[MENDED, BAD], [MENDED]])
    found = extracted(client, SHELLS_AFTER, max_asks=1)
    assert dead(found) == [3]
    assert [r.draft for r in found.rejected] == [BAD]


def test_a_draft_of_the_wrong_shape_costs_only_itself_and_can_be_set_right() -> None:
    misshapen = {**MENDED, "sub_event_type": "Picnic"}
    client = Scripted([[GOOD, misshapen], [MENDED]])
    found = extracted(client, TWO, max_asks=1)
    assert dead(found) == [12, 3]
    assert found.rejected == []
    assert "Record 2: schema sub_event_type" in client.questions[1].messages[-1]["content"]


def test_a_draft_that_is_no_object_is_rejected_and_kept() -> None:
    client = Scripted(lambda question: {"records": [GOOD, "twelve dead", None, 7]})
    found = extracted(client, RAID, max_asks=0)
    assert dead(found) == [12]
    assert [r.draft for r in found.rejected] == ["twelve dead", None, 7]


def test_a_reply_to_a_repeat_that_can_not_be_used_loses_nothing() -> None:
    client = Scripted([[GOOD, BAD], fault("truncated"), []])
    found = extracted(client, TWO)
    assert dead(found) == [12]
    assert [r.draft for r in found.rejected] == [BAD]
    assert [a.problem for a in found.attempts][1] == "truncated: the reply is truncated"


def test_half_characters_and_deep_nests_of_a_reply_can_be_written() -> None:
    nested: object = "deep"
    for _ in range(400):
        nested = [nested]
    drafts = [{**GOOD, "source": "half \ud83d"}, {"sentences": [1], "x\udc00": nested}]
    found = extracted(Scripted([drafts]), RAID, max_asks=0)
    line = json.loads(found.model_dump_json())
    assert len(line["records"]) + len(line["rejected"]) == 2
    assert "nested too deep" in json.dumps(line["rejected"])


def whole(**fields: object) -> dict[str, object]:
    """A reply of a strong model: every field, and the bins."""
    full = {
        **GOOD,
        "summary": None,
        "assertion": "reported",
        "source": {"name_reported": "police", "kind": "official"},
        "event_clarity": "summary",
        "violence_type": None,
        "date": {"text": "On Monday", "time_of_day": None},
        "location": {"text": "in Kessi", "kind": None, "relation": None},
        "sub_event_type": "Air/drone strike",
        "attacker": None,
        "civilian_targeting": False,
        "territory_change": "none",
        "weapon_mode": None,
        "fatalities": {"total": "12 civilians", "by_group": [], "subsets": []},
        "injured": None,
        "abducted": None,
        **fields,
    }
    return {"records": [full], "aggregate_tolls": [], "excluded_mentions": []}


def test_a_summary_with_a_number_the_text_does_not_give_is_replaced() -> None:
    client = Scripted([whole(summary="Air raids killed 1,200 civilians.")])
    [record] = extracted(client, RAID, profile=WHOLE, max_asks=0).records
    assert record.summary == RAID
    assert "unsupported:summary" in record.flags


def test_a_strong_model_is_asked_again_for_a_single_unsupported_field() -> None:
    client = Scripted([whole(weapon_mode="napalm"), whole(weapon_mode="air raids")])
    found = extracted(client, RAID, profile=WHOLE)
    assert "napalm" in client.questions[1].messages[-1]["content"]
    [record] = found.records
    assert record.model_dump()["weapon_mode"] == "air raids"
    assert (found.state, found.rejected) == ("ok", [])


def test_a_field_the_text_never_supports_is_emptied_and_flagged() -> None:
    client = Scripted(lambda question: whole(weapon_mode="napalm"))
    [record] = extracted(client, RAID, profile=WHOLE).records
    assert len(client.questions) == 3
    assert record.model_dump()["weapon_mode"] is None
    assert "unsupported:weapon_mode" in record.flags


# ---- replies that cannot be used


@pytest.mark.parametrize("problem", ["truncated", "looping", "context_exceeded"])
def test_a_window_too_large_is_split_and_never_asked_again_as_it_is(problem: ReplyProblem) -> None:
    def answer(question: Question) -> Answer:
        return fault(problem) if len(question.sentences) > 2 else by_sentence(drafts)(question)

    drafts = {1: GOOD, 2: MENDED, 3: incident(3, dead=["two farmers"])}
    client = Scripted(answer)
    found = extracted(client, "\n\n".join((RAID, SHELLS, MINE, QUIET)), profile=FIVE)
    assert client.asked == [[1, 2, 3, 4], [1, 2], [3, 4]]
    assert dead(found) == [12, 3, 2]
    assert found.state == "ok"
    assert [a.reason for a in found.attempts] == ["first", "split", "split"]


def test_one_sentence_whose_answer_is_cut_short_is_told_as_failed() -> None:
    client = Scripted(lambda question: fault("truncated"))
    found = extracted(client, TWO)
    assert client.asked == [[1, 2], [1], [2]]
    assert found.state == "failed"
    assert found.failure is not None
    assert "sentences 1-1: the reply is truncated" in found.failure
    assert "sentences 2-2: the reply is truncated" in found.failure


@pytest.mark.parametrize("problem", ["malformed", "empty"])
def test_an_answer_unusable_by_chance_is_asked_once_more_with_another_seed(
    problem: ReplyProblem,
) -> None:
    client = Scripted([fault(problem), [GOOD]])
    found = extracted(client, RAID)
    assert dead(found) == [12]
    assert [(q.seed, q.temperature > 0) for q in client.questions] == [(None, False), (7, True)]
    assert [a.reason for a in found.attempts] == ["first", "malformed"]
    assert found.state == "ok"


def test_an_answer_unusable_twice_is_a_failure() -> None:
    client = Scripted([fault("malformed"), fault("malformed")])
    found = extracted(client, RAID, profile=FIVE)
    assert (found.state, len(client.questions)) == ("failed", 2)


@pytest.mark.parametrize("problem", ["refused", "timeout", "rejected"])
def test_a_refused_window_is_told_and_the_others_go_on(problem: ReplyProblem) -> None:
    def answer(question: Question) -> Answer:
        return fault(problem) if 1 in question.sentences else [WOMEN]

    client = Scripted(answer)
    found = extracted(client, SIX, profile=FIVE)
    assert dead(found) == [9]
    assert found.state == "partial"
    assert found.failure == f"sentences 1-{client.asked[0][-1]}: the reply is {problem}"
    assert found.attempts[0].problem == f"{problem}: the reply is {problem}"
    assert len(client.questions) == 2


def test_all_windows_refused_is_failed_and_nothing_found_is_empty() -> None:
    assert extracted(Scripted(lambda q: fault("refused")), SIX, profile=FIVE).state == "failed"
    empty = extracted(Scripted(lambda q: []), SIX, profile=FIVE)
    assert (empty.state, empty.failure) == ("empty", None)


def test_an_endpoint_that_is_gone_ends_the_extraction() -> None:
    client = Scripted([EndpointError("unauthorized", "the endpoint refused the key", "look")])
    with pytest.raises(EndpointError, match="refused the key"):
        extracted(client, SIX)
    assert len(client.questions) == 1


def test_an_article_that_was_not_asked_about_gets_a_line_too() -> None:
    gone = EndpointError("unreachable", "nothing answers", "look")
    line = failed_extraction(
        Extractor(Scripted([]), WINDOWS),
        SEED,
        find_record_type("incident"),
        gone.message,
        is_final=True,
    )
    assert (line.state, line.failure, line.failure_is_final) == ("failed", "nothing answers", True)
    assert line.article_sha256 == SEED.sha256


def test_usage_is_summed_over_all_attempts_the_failed_ones_too() -> None:
    client = Scripted([fault("malformed"), [GOOD, BAD], [MENDED]])
    found = extracted(client, TWO)
    assert found.usage == Usage(prompt_tokens=300, completion_tokens=27)
    assert [a.usage.completion_tokens for a in found.attempts] == [7, 10, 10]
    assert sum(a.requests for a in found.attempts) == 3
    assert found.cost is None


# ---- which sentences are asked about


def test_windows_without_a_word_of_the_type_are_not_asked_and_named() -> None:
    text = "\n\n".join([*[QUIET] * 5, RAID])
    client = Scripted(lambda question: [incident(6, dead=["12 civilians"])])
    found = extracted(client, text)
    assert client.asked == [[6]]
    assert found.not_asked == [1, 2, 3, 4, 5]
    assert dead(found) == [12]


def test_an_article_without_any_such_word_costs_no_question() -> None:
    found = extracted(Scripted([]), QUIET)
    assert (found.state, found.attempts, found.not_asked) == ("empty", [], [1])


def test_a_language_without_word_lists_is_asked_about_everywhere() -> None:
    client = Scripted(lambda question: [])
    found = extracted(client, "\n\n".join([QUIET] * 7), language="de")
    assert sorted(n for asked in client.asked for n in asked) == [1, 2, 3, 4, 5, 6, 7]
    assert found.not_asked == []


def test_a_window_shows_the_sentence_before_it_as_context_only() -> None:
    client = Scripted(lambda question: [])
    extracted(client, SIX, profile=FIVE)
    first, second = (q.messages[1]["content"] for q in client.questions)
    start = client.asked[1][0]
    assert f"({start - 1}) " in second
    assert "in round brackets is context" in second
    assert "in round brackets is context" not in first


def test_a_sentence_outside_the_window_proves_nothing() -> None:
    client = Scripted(by_sentence({6: incident(1, dead=["12 civilians"])}))
    found = extracted(client, SIX, profile=FIVE, max_asks=0)
    assert found.records == []
    assert len(found.rejected) == 1


def test_a_strong_model_gets_the_whole_article_at_once() -> None:
    client = Scripted(lambda q: {"records": [], "aggregate_tolls": [], "excluded_mentions": []})
    extracted(client, SEED, profile=replace(WHOLE, second_look=False))
    assert client.asked == [list(range(1, 21))]


# ---- second look and recall alarms


def test_each_unclaimed_sentence_gets_one_question_of_its_own() -> None:
    def answer(question: Question) -> Answer:
        return [MENDED] if question.is_second_look and question.sentences == [2] else []

    client = Scripted(answer)
    found = extracted(client, TWO)
    assert client.asked == [[1, 2], [1], [2]]
    assert [q.is_second_look for q in client.questions] == [False, True, True]
    assert [a.reason for a in found.attempts] == ["first", "second_look", "second_look"]
    assert dead(found) == [3]
    assert found.recall_alarms == [1]


def test_what_is_claimed_gets_no_second_look_and_no_alarm() -> None:
    client = Scripted([[GOOD, MENDED]])
    assert extracted(client, TWO).recall_alarms == []


def test_a_displacement_figure_nobody_claims_raises_an_alarm() -> None:
    client = Scripted(lambda question: [])
    found = extracted(client, SEED, "displacement")
    assert found.recall_alarms == [18]
    assert [18] in client.asked


# ---- joining


def test_a_record_found_in_two_windows_is_kept_once_with_what_is_better_supported() -> None:
    poor = incident(2, dead=["three soldiers"], location="Lhot")
    rich = incident(2, dead=["three soldiers"], location="near Tabora")

    def answer(question: Question) -> Answer:
        return [poor] if 1 in question.sentences else [rich]

    text = "\n\n".join((QUIET, SHELLS, RAID))
    narrow = replace(WINDOWS, window=2, second_look=False)
    found = extracted(Scripted(answer), text, profile=narrow)
    [record] = found.records
    assert record.location.text == "near Tabora"  # type: ignore[attr-defined]
    assert any("are one" in note for note in found.notes)


def test_two_truces_of_one_sentence_are_two_records() -> None:
    text = "The army and the Tabor Front agreed a truce in Kessi and a withdrawal deal in Oru."
    drafts = [
        {
            "sentences": [1],
            "source": None,
            "agreement_name_reported": name,
            "agreement_kind": kind,
            "parties": [],
            "dates": None,
            "location": place,
            "status": "agreed",
        }
        for name, kind, place in (
            ("a truce", "truce", "in Kessi"),
            ("a withdrawal deal", "withdrawal_deal", "in Oru"),
        )
    ]
    found = extracted(Scripted([[*drafts, drafts[0]]]), text, "ceasefire_agreement", max_asks=0)
    names = [getattr(r, "agreement_name_reported", None) for r in found.records]
    assert names == ["a truce", "a withdrawal deal"]


# ---- the seed


def seed_incidents() -> Extraction[Record]:
    drafts = {
        2: incident(2, dead=["at least 51 dead"]),
        12: incident(9, 10, 12, dead=["23 pro-regime fighters", "20 in the other camp"]),
        13: incident(13, dead=["eight rebels"]),
        14: incident(14, dead=["12 civilians"]),
        17: incident(17, dead=["about 900 civilians"]),
        19: incident(19, dead=["more than 370,000 lives"]),
    }
    return extracted(Scripted(by_sentence(drafts)), SEED)


def test_totals_of_the_seed_are_moved_out_of_the_incidents() -> None:
    found = seed_incidents()
    assert dead(found) == [43, 8, 12]
    tolls = [(t.value, t.scope) for t in found.aggregate_tolls]
    assert tolls == [
        (51, "multi_event_total"),
        (900, "cumulative_period"),
        (370_000, "conflict_total"),
    ]
    assert "43 + 8 = 51" in (found.aggregate_tolls[0].reason or "")
    assert (found.state, found.recall_alarms, found.rejected) == ("ok", [], [])


def test_everything_has_its_local_id_and_exact_offsets() -> None:
    found = seed_incidents()
    assert [r.id for r in found.records] == ["inc-1", "inc-2", "inc-3"]
    assert [t.id for t in found.aggregate_tolls] == ["agg-1", "agg-2", "agg-3"]
    quotes = [e for record in found.records for e in record.evidence]
    quotes += [e for toll in found.aggregate_tolls for e in toll.evidence]
    assert len(quotes) >= 6
    for evidence in quotes:
        assert SEED.text[evidence.char_start : evidence.char_end] == evidence.quote


def test_the_displaced_of_the_seed_inherit_their_period() -> None:
    draft = displaced(18, figure="more than 400,000 people")
    found = extracted(Scripted(by_sentence({18: draft})), SEED, "displacement")
    [record] = found.records
    assert record.figure.value == 400_000  # type: ignore[attr-defined]
    assert record.date.start == dt.date(2019, 4, 30)  # type: ignore[attr-defined]
    assert record.id == "dis-1"


# ---- what a strong model puts beside the records itself


def bins(tolls: list[object], mentions: list[object] | None = None) -> Extraction[Record]:
    reply = {"records": [], "aggregate_tolls": tolls, "excluded_mentions": mentions or []}
    profile = replace(WHOLE, second_look=False)
    return extracted(Scripted([reply]), SEED, profile=profile, max_asks=0)


def test_a_total_the_model_names_itself_is_coded_and_kept() -> None:
    found = bins([{"sentences": [19], "text": "more than 370,000 lives"}])
    [toll] = found.aggregate_tolls
    assert (toll.id, toll.value, toll.qualifier) == ("agg-1", 370_000, "more_than")
    assert toll.evidence[0].sentence == 19


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        pytest.param({"sentences": [19], "text": "9,999 lives"}, "R-E2", id="not in the text"),
        pytest.param({"sentences": [2], "text": "370,000"}, "R-E2", id="in another sentence"),
        pytest.param({"sentences": [99], "text": "51"}, "R-E1", id="no such sentence"),
        pytest.param({"sentences": [8], "text": "two cities"}, "R-E2", id="counts no people"),
        pytest.param({"sentences": "2"}, "schema", id="not the shape asked for"),
        pytest.param("51 dead", "schema", id="no object"),
    ],
)
def test_a_total_the_text_does_not_give_is_rejected(draft: object, reason: str) -> None:
    found = bins([draft])
    assert found.aggregate_tolls == []
    assert found.rejected[0].reasons[0].startswith(reason)


def test_a_mention_the_model_excludes_itself_is_kept_with_its_sentence() -> None:
    found = bins([], [{"sentences": [16], "reason": "planned_or_future"}, {"sentences": []}])
    [mention] = found.excluded_mentions
    assert (mention.reason, mention.would_be) == ("planned_or_future", "incident")
    assert mention.text is not None
    assert mention.text.startswith("The situation was to be")
    assert len(found.rejected) == 1


# ---- the line


def test_the_line_says_who_answered_and_from_which_inputs() -> None:
    found = extracted(Scripted([[GOOD]]), RAID)
    assert (found.model.asked, found.model.served) == ("scripted", "scripted-1")
    assert found.profile == "windows"
    other = extracted(Scripted([[GOOD]]), RAID + " ")
    assert found.fingerprints.prompt == other.fingerprints.prompt
    assert found.fingerprints.article != other.fingerprints.article


def test_a_line_loads_back_as_it_was_written() -> None:
    found = seed_incidents()
    line = found.model_dump_json()
    again = Extraction[find_record_type("incident").model].model_validate_json(line)  # type: ignore[misc]
    assert again.model_dump_json() == line


def test_progress_is_told_window_by_window() -> None:
    told: list[tuple[str, int, int]] = []
    client = Scripted(lambda question: [])
    extractor = Extractor(client, FIVE)
    work = extractor.extract(
        Article(id="a", text=SIX), find_record_type("incident"), lambda *step: told.append(step)
    )
    asyncio.run(work)
    assert told == [("incident", n, len(client.asked)) for n in range(len(client.asked))]


def test_the_work_can_be_run_inside_a_running_loop() -> None:
    async def answer() -> int:
        return 7

    async def notebook() -> object:
        return run_sync(answer())

    assert asyncio.run(notebook()) == 7
    assert run_sync(answer()) == 7


def test_an_error_inside_a_running_loop_comes_out_as_it_is() -> None:
    async def fail() -> None:
        raise EndpointError("unreachable", "nothing answers")

    async def notebook() -> None:
        run_sync(fail())

    with pytest.raises(EndpointError, match="nothing answers"):
        asyncio.run(notebook())
