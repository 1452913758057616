"""The rules of ACLED and UCDP: a record that breaks just the one, and its sound twin."""

from __future__ import annotations

from typing import Any

import pytest
from judged import (
    Row,
    assert_told_apart,
    checked,
    cited_in,
    drafted,
    rules_of,
    said_of,
    type_of,
)

from llm_extract.record import Actor, GroupCount, Record

RAID = "On Tuesday, air raids by the army killed 12 civilians in Kessi, the mayor said."
CLASH = (
    "On Tuesday, clashes between the army and rebels killed 23 soldiers and 20 rebels, "
    "including 13 jihadists, near Tabora."
)
BLAST = "On Tuesday, a blast killed 1,200 people and wounded 6,000 in Kessi."
SUM = (
    "Fighting near Tabora on Tuesday left 43 dead in both camps. "
    "Clashes east of Tabora killed 23 soldiers. A raid west of Tabora killed 20 rebels."
)
ARMY = {"name_reported": "the army", "inter": "State forces"}
REBELS = {"name_reported": "rebels", "inter": "Rebel group"}
CIVILIANS = {"name_reported": "civilians", "inter": "Civilians"}
DEAD_23 = {"group": "side_a", "label": "soldiers", "value": 23, "text": "23 soldiers"}
DEAD_20 = {"group": "side_b", "label": "rebels", "value": 20, "text": "20 rebels"}


def dead(**fields: Any) -> dict[str, Any]:
    return {"fatalities": fields}


def total(value: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    return dead(total={"value": value, "text": text, **more})


def subset(value: int, of: str) -> dict[str, Any]:
    return {"of": of, "label": "jihadists", "value": value, "text": "including 13 jihadists"}


def sides(a: list[dict[str, str]], b: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return {"side_a": a, "side_b": b, **more}


ROWS = [
    Row("R-C2", "a derived total that is not the sum", CLASH, "fatalities.total.value",
        dead(by_group=[DEAD_23, DEAD_20], total={"value": 44, "qualifier": "derived_sum"}),
        dead(by_group=[DEAD_23, DEAD_20], total={"value": 43, "qualifier": "derived_sum"})),
    Row("R-C3", "a part that the text gives as no part", CLASH, "fatalities.subsets.0.value",
        dead(subsets=[{"of": "side_b", "label": "rebels", "value": 20, "text": "20 rebels"}]),
        dead(subsets=[subset(13, "side_b")])),
    Row("R-C3", "a part that is more than its group",
        "Clashes killed nine rebels, including 13 jihadists, near Tabora.",
        "fatalities.subsets.0.value",
        dead(by_group=[{"group": "side_b", "value": 9, "text": "nine rebels"}],
             subsets=[subset(13, "side_b")]),
        dead(by_group=[DEAD_20], subsets=[subset(13, "side_b")]), twin=CLASH),
    Row("R-C5", "a group that is more than the total",
        "On Tuesday a bomb killed nine people in Kessi. Clashes killed 20 rebels.",
        "fatalities.by_group.1.value",
        dead(total={"value": 9, "text": "nine people"}, by_group=[{"label": "people"}, DEAD_20]),
        dead(by_group=[{"label": "people"}, DEAD_20]), also=("R-E2",)),
    Row("R-C6", "a total that only sums up other events", SUM, "",
        total(43, "43"), total(23, "23"),
        quotes=("Fighting near Tabora on Tuesday left 43 dead in both camps.",),
        twin="Clashes east of Tabora killed 23 soldiers on Tuesday."),
    Row("R-C8", "more than a thousand dead", BLAST, "fatalities.total.value",
        total(1200, "1,200"), total(12, "12"), severity="flag", twin=RAID),
    Row("R-C8", "more than five thousand injured", BLAST, "injured.value",
        {"injured": {"value": 6000, "text": "6,000"}}, {"injured": {"value": 30, "text": "30"}},
        severity="flag", twin="On Tuesday, a blast wounded 30 people in Kessi."),
    Row("R-D5", "more than a month",
        "From 1 March to 10 May 2023, clashes killed 12 soldiers in Kessi.", "",
        {**total(12, "12"), "date": {"text": "From 1 March to 10 May 2023",
                                     "start": "2023-03-01", "end": "2023-05-10"}},
        {**total(12, "12"), "date": {"text": "From 1 to 10 May 2023",
                                     "start": "2023-05-01", "end": "2023-05-10"}},
        twin="From 1 to 10 May 2023, clashes killed 12 soldiers in Kessi."),
    Row("R-D5", "a campaign without an event of its own",
        "The army continued its offensive after four months of bombardment.", "",
        {}, {}, twin="The army attacked Tabora."),
    Row("R-I1", "the event type of another sub-event type", RAID, "event_type",
        {"sub_event_type": "Air/drone strike", "event_type": "Battles"},
        {"sub_event_type": "Air/drone strike", "event_type": "Explosions/Remote violence"}),
    Row("R-I2", "civilians as a side of a battle", RAID, "side_b",
        sides([ARMY], [CIVILIANS], sub_event_type="Armed clash"),
        sides([ARMY], [CIVILIANS], sub_event_type="Attack"), also=("R-I7",)),
    Row("R-I2", "a battle with one side", CLASH, "side_b",
        sides([ARMY], [], sub_event_type="Armed clash"),
        sides([ARMY], [REBELS], sub_event_type="Armed clash"), severity="flag"),
    Row("R-I2", "an attack on civilians whose target is armed", CLASH, "side_b",
        sides([ARMY], [REBELS], sub_event_type="Attack"),
        sides([ARMY], [CIVILIANS], sub_event_type="Attack"), severity="flag", twin=RAID),
    Row("R-I2", "civilian targeting without civilians", CLASH, "civilian_targeting",
        sides([ARMY], [REBELS], sub_event_type="Suicide bomb", civilian_targeting=True),
        sides([ARMY], [CIVILIANS], sub_event_type="Suicide bomb", civilian_targeting=True),
        twin=RAID),
    Row("R-I3", "state-based violence without a state", CLASH, "violence_type",
        sides([REBELS], [], violence_type="state_based"),
        sides([ARMY], [REBELS], violence_type="state_based")),
    Row("R-I3", "non-state violence with a state", CLASH, "violence_type",
        sides([ARMY], [REBELS], violence_type="non_state"),
        sides([], [REBELS], violence_type="non_state")),
    Row("R-I3", "one-sided violence against an armed side", CLASH, "violence_type",
        sides([ARMY], [REBELS], violence_type="one_sided"),
        sides([ARMY], [CIVILIANS], violence_type="one_sided"), twin=RAID),
    Row("R-I4", "the government as side b", CLASH, "side_a",
        sides([REBELS], [ARMY], violence_type="state_based"),
        sides([ARMY], [REBELS], violence_type="state_based")),
    Row("R-I4", "the victims as side a", RAID, "side_a",
        sides([CIVILIANS], [], violence_type="one_sided"),
        sides([ARMY], [CIVILIANS], violence_type="one_sided")),
    Row("R-I5", "a change of territory in a clash", CLASH, "territory_change",
        {"sub_event_type": "Armed clash", "territory_change": "government_regains"},
        {"sub_event_type": "Government regains territory",
         "territory_change": "government_regains"}),
    Row("R-I5", "territory regained without a change", CLASH, "territory_change",
        {"sub_event_type": "Government regains territory", "territory_change": "none"},
        {"sub_event_type": "Armed clash", "territory_change": "none"}),
    Row("R-I6", "a battle that targets civilians", CLASH, "civilian_targeting",
        {"sub_event_type": "Armed clash", "civilian_targeting": True},
        {"sub_event_type": "Armed clash", "civilian_targeting": False}),
    Row("R-I7", "an air raid as a clash", RAID, "sub_event_type",
        {"sub_event_type": "Armed clash"}, {"sub_event_type": "Air/drone strike"},
        severity="flag"),
    Row("R-I9", "no event at all", "The mayor of Kessi spoke on Tuesday.", "",
        {"date": {"text": "on Tuesday"}}, {"date": {"text": "On Tuesday"}}, twin=RAID),
    Row("R-I9", "an event that is denied", "The army denied that it attacked Kessi on Tuesday.", "",
        {"location": {"text": "Kessi"}}, {"location": {"text": "Kessi"}},
        twin="The army attacked Kessi on Tuesday."),
    Row("R-I9", "an event that is only possible", "Rebels could attack Kessi.", "",
        {"location": {"text": "Kessi"}}, {"location": {"text": "Kessi"}},
        twin="Rebels attacked Kessi."),
    Row("G1", "a total since a day long ago",
        "Since the end of March, raids have killed 900 civilians in Kessi.", "",
        total(900, "900"), total(12, "12"), twin=RAID),
    Row("G2", "a total over several days",
        "From Friday to Sunday, clashes killed 12 soldiers in all.", "date",
        {**total(12, "12"), "date": {"text": "From Friday to Sunday", "start": "2023-05-12",
                                     "end": "2023-05-14"}},
        total(12, "12"), severity="flag", twin=RAID),
    Row("G2", "words for a total of several events",
        "On Tuesday, clashes left 12 dead in both camps.", "fatalities.total",
        total(12, "12"), total(12, "12"), severity="flag", twin=RAID),
    Row("G3", "the total of a war", "The war in Norland has claimed more than 370,000 lives.", "",
        total(370_000, "more than 370,000"), total(12, "12"), twin=RAID, also=("R-C8",)),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_a_record_that_breaks_the_rule_is_told_so_and_its_twin_is_not(row: Row) -> None:
    assert_told_apart("incident", row)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The army denied that it attacked Kessi.", "denied"),
        ("Rebels could attack Kessi.", "hypothetical"),
        ("The army continued its offensive, shelling Kessi daily.", "campaign_background"),
        ("The mayor spoke.", "other_topic"),
    ],
)
def test_what_is_no_event_is_kept_as_a_mention(text: str, reason: str) -> None:
    verdict = drafted("incident", text, [1], {"sub_event_type": "Attack"})
    assert verdict.mention is not None
    assert verdict.mention.reason == reason


@pytest.mark.parametrize(
    ("text", "phrase", "scope"),
    [
        ("The war in Norland has claimed 370,000 lives.", "370,000 lives", "conflict_total"),
        (
            "Since the end of March, raids have killed 900 civilians.",
            "900 civilians",
            "cumulative_period",
        ),
        (SUM, "43 dead", "multi_event_total"),
    ],
)
def test_a_total_is_kept_as_a_toll(text: str, phrase: str, scope: str) -> None:
    verdict = drafted("incident", text, [1], {"fatalities": [{"text": phrase, "group": "unknown"}]})
    assert verdict.record is None
    assert verdict.toll is not None
    assert verdict.toll.scope == scope
    assert verdict.toll.value in (370_000, 900, 43)
    assert verdict.toll.reason


def test_a_total_next_to_only_one_of_its_parts_is_a_toll_too() -> None:
    text = "Fighting on Tuesday left 51 dead in both camps. A raid killed 20 rebels."
    found = checked("incident", text, total(51, "51"), (text.split(". ")[0],))
    assert ("reject", "") in said_of(found, "R-C6")


def test_parts_on_another_day_do_not_make_a_total() -> None:
    text = "A raid on Tuesday killed 43 rebels. On Friday, bombs killed 23 men. Mines killed 20."
    found = checked("incident", text, total(43, "43"), (text.split(". ")[0],))
    assert "R-C6" not in rules_of(found)


def test_a_short_total_is_an_incident() -> None:
    text = "Since Monday, clashes have killed 12 soldiers near Tabora."
    verdict = drafted(
        "incident",
        text,
        [1],
        {"fatalities": [{"text": "12 soldiers", "group": "side_a"}], "date": "Since Monday"},
    )
    assert verdict.record is not None
    assert "multi_day_total" in verdict.record.flags


def test_no_sentence_no_rule_about_what_it_tells() -> None:
    found = list(_rules(_incident({}), "", ()))
    assert found == []


# completing ------------------------------------------------------------------------------------


def _incident(fields: dict[str, Any]) -> Record:
    return type_of("incident").model.model_validate(fields)


def _rules(record: Record, text: str, quotes: tuple[str, ...]) -> Any:
    module = type_of("incident").rules
    assert module is not None
    return module.rules(record, cited_in(text or "A bomb.", *(quotes or ("nothing",))))


def completed(text: str, draft: dict[str, Any], language: str = "en") -> Any:
    verdict = drafted("incident", text, [1], draft, language=language)
    assert verdict.record is not None, verdict.rejected or verdict.mention or verdict.toll
    return verdict.record


def groups_of(record: Any) -> list[tuple[str, int | None]]:
    return [(g.group, g.value) for g in record.fatalities.by_group]


def names(side: list[Actor]) -> list[str]:
    return [a.name_reported for a in side]


def actors(*named: str) -> list[str]:
    return list(named)


def counts(*phrases: str, group: str = "unknown") -> list[dict[str, str]]:
    return [{"text": p, "group": group} for p in phrases]


@pytest.mark.parametrize(
    ("text", "a", "b", "kind", "side_a", "side_b"),
    [
        ("Rebels fought the army.", ["Rebels"], ["the army"], "Armed clash",
         ["the army"], ["Rebels"]),
        ("Rebels attacked Kessi.", ["Rebels"], [], "Armed clash", [], ["Rebels"]),
        ("Gunmen attacked civilians.", ["civilians"], ["Gunmen"], "Attack",
         ["Gunmen"], ["civilians"]),
        ("The army attacked Kessi.", [], ["The army"], "Attack", ["The army"], []),
        ("Rebels killed rivals of Front X.", ["Rebels"], ["Front X"], "Attack",
         ["Rebels"], ["Front X"]),
        ("Omar's men attacked Ali's men.", ["Omar's men"], ["Ali's men"], "Attack",
         ["Omar's men"], ["Ali's men"]),
        ("Rebels attacked the army's positions.", ["Rebels"], ["the army's positions"],
         "Armed clash", ["the army"], ["Rebels"]),
        ("Rebels attacked a hospital.", ["Rebels"], ["a hospital"], "Attack", ["Rebels"], []),
        ("Rebels, rebels attacked the army.", ["Rebels", "rebels"], ["the army"], "Armed clash",
         ["the army"], ["Rebels"]),
    ],
)  # fmt: skip
def test_the_government_is_side_a_and_the_target_side_b(
    text: str, a: list[str], b: list[str], kind: str, side_a: list[str], side_b: list[str]
) -> None:
    record = completed(text, {"side_a": actors(*a), "side_b": actors(*b), "sub_event_type": kind})
    assert (names(record.side_a), names(record.side_b)) == (side_a, side_b)


@pytest.mark.parametrize(
    ("text", "phrases", "groups", "whole"),
    [
        ("Clashes killed 23 soldiers and 20 rebels.", ["23 soldiers", "20 rebels"],
         [("side_a", 23), ("side_b", 20)], 43),
        ("Clashes killed 23 soldiers and 20 rebels.", ["23 soldiers"],
         [("side_a", 23), ("side_b", 20)], 43),
        ("Clashes killed 23 pro-regime fighters and 20 in the other camp.",
         ["23 pro-regime fighters", "20 in the other camp"], [("side_a", 23), ("side_b", 20)], 43),
        ("Clashes killed 23 rebels and 20 in the other camp.", ["23 rebels", "20"],
         [("side_b", 23), ("side_a", 20)], 43),
        ("Raids killed 12 civilians.", ["12 civilians"], [("civilians", 12)], 12),
        ("Raids killed 12 people.", ["12 people"], [], 12),
        ("Raids killed 12 people: five women and seven soldiers.",
         ["12 people", "five women", "seven soldiers"], [("civilians", 5), ("side_a", 7)], 12),
        ("Raids killed five women twice.", ["five women", "five women"], [("civilians", 5)], 5),
        ("Clashes killed about 20 rebels and at least five soldiers.",
         ["about 20 rebels", "at least five soldiers"], [("side_b", 20), ("side_a", 5)], 25),
    ],
)  # fmt: skip
def test_each_number_of_dead_goes_to_the_group_its_noun_names(
    text: str, phrases: list[str], groups: list[tuple[str, int]], whole: int
) -> None:
    record = completed(text, {"fatalities": counts(*phrases)})
    assert groups_of(record) == groups
    assert record.fatalities.total.value == whole


def test_a_sum_of_bounded_numbers_keeps_what_bound_is_known() -> None:
    text = "Clashes killed 20 rebels and at least five soldiers."
    total = completed(text, {"fatalities": counts("20 rebels", "at least five soldiers")})
    counted = total.fatalities.total
    assert (counted.qualifier, counted.low, counted.best, counted.high) == (
        "derived_sum", 25, 25, None,
    )  # fmt: skip


def test_a_part_of_a_number_is_kept_as_a_part_and_never_added() -> None:
    text = "Clashes killed 20 rebels, including 13 jihadists, in Kessi."
    for phrases in (["20 rebels"], ["20 rebels", "including 13 jihadists"]):
        record = completed(text, {"fatalities": counts(*phrases, group="side_b")})
        (part,) = record.fatalities.subsets
        assert part.value == 13
        assert part.of in ("side_b", "total")
        assert record.fatalities.total.value == 20


def test_wounded_among_the_dead_become_the_injured() -> None:
    text = "A bomb killed two soldiers and wounded nine policemen."
    record = completed(text, {"fatalities": counts("two soldiers", "nine policemen")})
    assert record.injured.value == 9
    assert groups_of(record) == [("side_a", 2)]


def test_a_number_that_counts_no_dead_is_not_one_of_them() -> None:
    text = "The army attacked nine villages in Kessi."
    verdict = drafted("incident", text, [1], {"fatalities": counts("nine villages")})
    assert verdict.record is None or groups_of(verdict.record) == []


def test_in_a_language_without_word_lists_a_number_of_dead_is_believed() -> None:
    text = "Bei dem Attack starben zwölf: 12 Soldaten tot, sagt die Polizei."
    record = completed(text, {"fatalities": counts("12 Soldaten", group="side_a")}, language="de")
    assert record.fatalities.total.value == 12


def test_a_group_whose_words_are_not_in_the_text_is_dropped_alone() -> None:
    text = "Clashes killed 23 soldiers in Kessi."
    record = completed(text, {"fatalities": counts("23 soldiers", "nine rebels")})
    assert groups_of(record) == [("side_a", 23)]
    assert any(flag.startswith("unsupported:fatalities") for flag in record.flags)


@pytest.mark.parametrize(
    ("text", "draft", "kind"),
    [
        ("Air raids killed 12 civilians.", counts("12 civilians"), "Air/drone strike"),
        ("Shelling killed 12 civilians.", counts("12 civilians"),
         "Shelling/artillery/missile attack"),
        ("Gunmen killed 12 civilians.", counts("12 civilians"), "Attack"),
        ("Clashes killed 12 rebels.", counts("12 rebels"), "Armed clash"),
    ],
)  # fmt: skip
def test_the_words_mend_the_type_of_an_attack_on_civilians(
    text: str, draft: list[dict[str, str]], kind: str
) -> None:
    record = completed(text, {"fatalities": draft, "sub_event_type": "Armed clash"})
    assert record.sub_event_type == kind
    assert record.civilian_targeting == (kind != "Armed clash")


def test_a_town_the_army_retakes_is_a_change_of_territory() -> None:
    record = completed(
        "The army retook Kessi.", {"side_a": actors("The army"), "sub_event_type": "Other"}
    )
    assert record.sub_event_type == "Government regains territory"
    assert record.territory_change == "government_regains"
    assert (record.event_type, record.disorder_type) == ("Battles", "Political violence")


@pytest.mark.parametrize(
    ("text", "draft", "kind"),
    [
        ("The army fought rebels.", ("the army", "rebels"), "state_based"),
        ("Gunmen attacked civilians.", ("Gunmen", "civilians"), "one_sided"),
        ("Militiamen attacked rebels.", ("Militiamen", "rebels"), "non_state"),
        ("Militiamen attacked Kessi.", ("Militiamen", ""), None),
    ],
)
def test_the_type_of_violence_follows_from_the_sides(
    text: str, draft: tuple[str, str], kind: str | None
) -> None:
    a, b = (actors(n) if n else [] for n in draft)
    record = completed(text, {"side_a": a, "side_b": b, "sub_event_type": "Attack"})
    assert record.violence_type == kind


def test_several_strikes_under_one_total_are_a_summary() -> None:
    text = "Air raids killed 12 civilians in Kessi."
    record = completed(text, {"fatalities": counts("12 civilians"), "sub_event_type": "Attack"})
    assert record.event_clarity == "summary"


@pytest.mark.parametrize(
    ("sub_event_type", "disorder"),
    [
        ("Excessive force against protesters", "Political violence; Demonstrations"),
        ("Peaceful protest", "Demonstrations"),
        ("Violent demonstration", "Demonstrations"),
        ("Mob violence", "Political violence"),
        ("Arrests", "Strategic developments"),
        ("Grenade", "Political violence"),
    ],
)
def test_the_disorder_type_follows_from_the_sub_event_type(
    sub_event_type: str, disorder: str
) -> None:
    record: Any = _incident({"sub_event_type": sub_event_type})
    assert record.disorder_type == disorder


def test_a_part_of_a_part_knows_its_group() -> None:
    text = "A bomb killed 20 people, among them five children."
    record = completed(text, {"fatalities": counts("20 people", "five children")})
    assert [(s.of, s.value) for s in record.fatalities.subsets] == [("total", 5)]
    assert isinstance(record.fatalities.by_group, list)
    assert all(isinstance(g, GroupCount) for g in record.fatalities.by_group)


def test_people_who_fled_are_no_incident() -> None:
    verdict = drafted(
        "incident",
        "Some 450 families fled to Katsina after the raid on Tuesday, officials said.",
        [1],
        {"sub_event_type": "Attack", "date": "on Tuesday", "location": "Katsina", "side_a": [],
         "side_b": [], "fatalities": [], "source": "officials"},
    )  # fmt: skip
    assert verdict.mention is not None
    assert verdict.mention.reason == "other_topic"
