from __future__ import annotations

import pytest
from judged import cited_in

from llm_extract.coding.figures import CitedNumber, numbers_in
from llm_extract.verification.number_problems import (
    figure_problem,
    group_problem,
    label_problem,
    role_problem,
    shares_out,
    whole_problem,
)


def number(text: str, value: int) -> CitedNumber:
    (found,) = [n for n in numbers_in(cited_in(text)) if n.count.value == value]
    return found


@pytest.mark.parametrize(
    ("text", "role", "language", "problem"),
    [
        ("Raids killed 12 men.", "killed", "en", None),
        ("Raids killed 12 men.", None, "en", None),
        ("Raids wounded 12 men.", "killed", "en", "counts the injured"),
        ("The town has 12 wells.", "killed", "en", "nothing in the sentence"),
        ("Die Stadt hat 12 Brunnen.", "killed", "de", None),
        ("Raids did not kill 12 men.", "killed", "en", "denies"),
        ("Raids could kill 12 men.", "killed", "en", "possible"),
    ],
)
def test_a_number_counts_what_its_sentence_says(
    text: str, role: str | None, language: str, problem: str | None
) -> None:
    reason = role_problem(number(text, 12), role, language)
    assert reason is None if problem is None else problem in str(reason)


@pytest.mark.parametrize(
    ("text", "value", "clues", "problem"),
    [
        ("Clashes killed 23 soldiers.", 23, [], None),
        ("Clashes killed 23 soldiers and 20 rebels.", 23, [], "side by side"),
        ("Clashes killed 20 rebels, including 13 jihadists.", 20, [], None),
        ("Clashes killed 20 rebels, including 13 jihadists.", 13, [], "a part of another"),
        ("Clashes killed 12 people: five women and seven men.", 12, [], None),
        ("Five died in Homs and three died in Hama.", 5, ["in Homs"], None),
        ("Five died in Homs and three died in Hama.", 3, ["in Hama"], None),
        ("Five died in Homs and three died in Hama.", 5, ["in Hama"], "side by side"),
        ("Raids killed five people and wounded nine.", 5, [], None),
        ("Raids killed five people but did not kill nine.", 5, [], None),
    ],
)
def test_one_of_several_numbers_is_no_total(
    text: str, value: int, clues: list[str], problem: str | None
) -> None:
    reason = whole_problem(number(text, value), "killed", clues)
    assert reason is None if problem is None else problem in str(reason)


@pytest.mark.parametrize(
    ("text", "value", "label", "right"),
    [
        ("Raids killed 23 soldiers and 20 rebels.", 23, "soldiers", True),
        ("Raids killed 23 soldiers and 20 rebels.", 20, "rebels", True),
        ("Raids killed 23 soldiers and 20 rebels.", 23, "rebels", False),
        ("Raids killed 23 soldiers and 20 rebels.", 20, "soldiers", False),
        ("Raids killed 23 pro-regime fighters.", 23, "fighters", True),
        ("Among the rebels 20 were killed.", 20, "rebels", True),
        ("Raids killed 20 rebels.", 20, "20 rebels", True),
    ],
)
def test_the_label_stands_by_its_own_number(text: str, value: int, label: str, right: bool) -> None:
    assert (label_problem(number(text, value), label) is None) is right


@pytest.mark.parametrize(
    ("noun", "group", "sides", "problem"),
    [
        ("soldiers", "side_a", {}, None),
        ("soldiers", "side_b", {}, "side_a"),
        ("rebels", "side_b", {}, None),
        ("rebels", "side_a", {"side_a": ["rebels"], "side_b": ["the army"]}, None),
        ("rebels", "side_a", {"side_a": ["the army"], "side_b": ["rebels"]}, "other side"),
        ("soldiers", "side_b", {"side_a": ["rebels"], "side_b": ["the army"]}, None),
        ("soldiers", "side_b", {"side_a": ["the army"], "side_b": ["rebels"]}, "other side"),
        ("soldiers", "civilians", {}, "not civilians"),
        ("rebels", "civilians", {}, "not civilians"),
        ("women", "civilians", {}, None),
        ("women", "side_a", {}, "civilians, not a side"),
        ("people", "side_a", {}, None),
        ("people", "civilians", {}, None),
        ("soldiers", "unknown", {}, None),
        ("soldiers", "total", {}, None),
        ("rebels of Front X", "side_a", {"side_b": ["Front X"]}, "other side"),
    ],
)
def test_the_dead_belong_to_the_group_their_noun_names(
    noun: str, group: str, sides: dict[str, list[str]], problem: str | None
) -> None:
    reason = group_problem(number(f"Raids killed 20 {noun}.", 20), group, sides)
    assert reason is None if problem is None else problem in str(reason)


@pytest.mark.parametrize(
    ("text", "value", "places", "problem"),
    [
        ("300 people fled to Kessi and 500 to Tabora.", 300, ["Kessi"], None),
        ("300 people fled to Kessi and 500 to Tabora.", 500, ["Tabora"], None),
        ("300 people fled to Kessi and 500 to Tabora.", 300, ["Tabora"], "another number"),
        ("Some 300 families and 500 others fled to Tabora.", 300, ["Tabora"], None),
        ("12 evacuees were staying with kin and 40 in a hall.", 12, [], None),
        ("900 people fled; 300 of them crossed into Norland.", 300, [], None),
        ("900 people fled, 300 of them girls.", 300, [], "a part of another"),
        ("900 homes were evacuated.", 900, [], "homes"),
    ],
)
def test_a_sentence_may_give_several_figures_of_displacement(
    text: str, value: int, places: list[str], problem: str | None
) -> None:
    reason = figure_problem(number(text, value), places)
    assert reason is None if problem is None else problem in str(reason)


def test_the_dead_that_a_sentence_shares_out_are_groups_of_it() -> None:
    text = "Six of the dead were cooks, two were girls and the rest were guards."
    assert shares_out(number(text, 6))
    assert not shares_out(number("20 died, six of them cooks.", 6))
    assert label_problem(number(text, 2), "girls") is None
    assert label_problem(number(text, 2), "guards") is not None


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("Gunmen killed four nurses and their driver.", 4, "another beside it"),
        ("Gunmen killed an officer and seven cooks.", 7, "another beside it"),
        ("Gunmen killed four nurses and wounded their driver.", 4, None),
    ],
)
def test_a_victim_told_without_a_number_makes_the_number_a_part(
    text: str, value: int, problem: str | None
) -> None:
    reason = whole_problem(number(text, value), "killed", [])
    assert reason is None if problem is None else problem in str(reason)
