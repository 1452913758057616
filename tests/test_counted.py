from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.coding.counted import Counted, counted_in, label_of


def told(sentence: str) -> list[tuple[int | None, str | None, str, bool, str | None]]:
    return [
        (c.count.value, c.role, sentence[slice(*c.noun)].strip(), c.subset, c.doubt)
        for c in counted_in(sentence)
    ]


def roles(sentence: str) -> list[tuple[int | None, str | None]]:
    return [(c.count.value, c.role) for c in counted_in(sentence)]


def test_each_number_has_its_own_verb_noun_and_place() -> None:
    assert told("The raid killed 23 fighters and wounded 40, including 13 women.") == [
        (23, "killed", "fighters", False, None),
        (40, "injured", "", False, None),
        (13, "injured", "women", True, None),
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The fighting killed 23 soldiers and 20 rebels.", [(23, "killed"), (20, "killed")]),
        ("Ten rebels and two soldiers died.", [(10, "killed"), (2, "killed")]),
        ("12 people were killed and 30 injured.", [(12, "killed"), (30, "injured")]),
        ("Some 300 families fled; nine people were killed.", [(300, "displaced"), (9, "killed")]),
        ("Gunmen abducted 40 pupils.", [(40, "abducted")]),
        ("Police arrested 12 men.", [(12, "detained")]),
        ("The town has 900 houses.", [(900, None)]),
        ("At least 51 dead in both camps.", [(51, "killed")]),
        ("Douze civils ont été tués et trente blessés.", [(12, "killed"), (30, "injured")]),
        ("Doce soldados murieron y treinta resultaron heridos.", [(12, "killed"), (30, "injured")]),
        ("قتل 12 مدنيا وأصيب 30", [(12, "killed"), (30, "injured")]),
        ("Погибли 12 человек, ранены 30.", [(12, "killed"), (30, "injured")]),
        ("Загинули 12 людей, поранено 30.", [(12, "killed"), (30, "injured")]),
    ],
)
def test_the_verb_tells_what_is_counted(
    sentence: str, expected: list[tuple[int, str | None]]
) -> None:
    assert roles(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "doubt"),
    [
        ("The raid killed 12 civilians.", None),
        ("The raid did not kill 12 civilians.", "denied"),
        ("The army denied that the raid killed 12 civilians.", "denied"),
        ("No evidence shows that the raid killed 12 civilians.", "denied"),
        ("Reports that the raid killed 12 civilians were false.", "denied"),
        ("The raid nearly killed 12 civilians.", "denied"),
        ("No fewer than 12 civilians were killed.", None),
        ("Not only soldiers: the raid killed 12 civilians.", None),
        ("The raid could kill 12 civilians.", "hypothetical"),
        ("Rebels planned to kill 12 civilians.", "hypothetical"),
        ("The raid may kill 12 civilians.", "hypothetical"),
        ("Raids in May killed 12 civilians.", None),
        ("Raids on 15 May killed 12 civilians.", None),
        ("Raids on May 15, 2023 killed 12 civilians.", None),
        ("In early May raids killed 12 civilians.", None),
        ("If shells fall, 12 civilians will be killed.", "hypothetical"),
        ("The army denied the claim and then killed 12 civilians.", None),
        ("The raid, which the army denied, killed 12 civilians.", None),
        ("Le raid n'a pas tué 12 civils.", "denied"),
        ("El ataque no mató a 12 civiles.", "denied"),
        ("لم يقتل 12 مدنيا", "denied"),
        ("Обстрел не убил 12 человек.", "denied"),
    ],
)
def test_a_number_the_sentence_does_not_stand_by_is_in_doubt(
    sentence: str, doubt: str | None
) -> None:
    assert [c.doubt for c in counted_in(sentence)] == [doubt]


@pytest.mark.parametrize(
    "sentence",
    [
        "20 rebels were killed, including 13 jihadists.",
        "20 rebels were killed, among them 13 jihadists.",
        "20 rebels, 13 of them jihadists, were killed.",
        "20 rebelles ont été tués, dont 13 djihadistes.",
        "قتل 20 متمردا بينهم 13 جهاديا",
        "Погибли 20 повстанцев, в том числе 13 джихадистов.",
    ],
)
def test_a_number_that_is_part_of_another_is_marked(sentence: str) -> None:
    assert [(c.count.value, c.subset) for c in counted_in(sentence)] == [(20, False), (13, True)]


@pytest.mark.parametrize(
    ("noun", "label"),
    [
        (" civilians in the region", "civilians"),
        (" pro-regime fighters", "pro-regime fighters"),
        (" in the other camp", "in the other camp"),
        (" of the gunmen near Kessi", "of the gunmen"),
        ("", None),
        ("  ", None),
    ],
)
def test_the_label_is_the_name_of_the_group_alone(noun: str, label: str | None) -> None:
    assert label_of(noun) == label


PIECES = st.sampled_from(
    ["12", "nine ", "at least 51 ", "killed ", "wounded ", "rebels ", ", ", "; ", "and ",
     "including ", "not ", "could ", "1,200 ", "of them ", "dozens ", "قتل ", "٣ ", "\n", "."]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_offsets_stay_inside_the_sentence_and_in_order(sentence: str) -> None:
    last = 0
    for item in counted_in(sentence):
        assert isinstance(item, Counted)
        count = item.count
        assert last <= count.start <= count.number_start <= count.number_end <= count.end
        assert count.end <= len(sentence)
        start, end = item.noun
        assert start == count.end
        assert 0 <= end <= len(sentence)
        last = count.end


@pytest.mark.parametrize(
    ("sentence", "value", "role"),
    [
        ("Nine miners -- six men and three women -- were shot to death.", 9, "killed"),
        ("Two scouts --\naged 18 and 22 -- were killed.", 2, "killed"),
        ("TAMIS (XPA) -- Two U.S. engineers -- both men -- were killed.", 2, "killed"),
        ("Seven of the\nnine miners were wounded.", 7, "injured"),
        ("Four guards, including two officers, were killed.", 4, "killed"),
        ("About 1,450 households (some 7,250 people) were displaced.", 1450, "displaced"),
        ("Shelling drove 31,500 people north.", 31500, "displaced"),
        ("No one was killed and five were wounded.", 0, "killed"),
    ],
)
def test_what_stands_between_a_number_and_its_verb_does_not_part_them(
    sentence: str, value: int, role: str
) -> None:
    assert (value, role) in roles(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The raid killed 20 rebels and burned 3 trucks.",
        "The raid killed 20 rebels in 3 villages.",
        "The raid killed 20 rebels and seized 3 kilograms of gold.",
        "Within 3 days 20 rebels were killed.",
    ],
)
def test_things_times_and_places_are_not_counted_as_people(sentence: str) -> None:
    assert dict(roles(sentence)) == {20: "killed", 3: None}


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Four guards from Nordia were among the 26 people who died.", [4]),
        ("Nine miners were hurt, two of the miners badly.", [2]),
        ("Six of the dead were cooks, two were girls.", [6, 2]),
        ("Six of the dead were cooks, two were killed later.", [6]),
        ("20 people died, including five cooks, six drivers and three girls.", [5, 6, 3]),
        ("Four guards were among the crowd when 26 people died.", []),
        ("Two of the miners died.", []),
    ],
)
def test_a_part_is_told_by_its_place_among_the_others(sentence: str, parts: list[int]) -> None:
    assert [c.count.value for c in counted_in(sentence) if c.subset] == parts


@pytest.mark.parametrize(
    ("sentence", "noun"),
    [
        ("Two U.S. citizens were killed.", "U.S. citizens"),
        ("Six were cooks, two were girls and the rest were guards.", "were girls"),
    ],
)
def test_the_noun_ends_with_its_own_group(sentence: str, noun: str) -> None:
    assert noun in [sentence[slice(*c.noun)].strip() for c in counted_in(sentence)]


def test_killed_or_wounded_is_neither() -> None:
    assert roles("The clash left 50 killed or wounded.") == [(50, "killed or injured")]


def test_seven_of_them_is_a_number_of_its_own_when_none_stands_before() -> None:
    (seven,) = counted_in("Troops pursued the attackers and killed seven of them near Danja.")
    assert (seven.count.value, seven.role, seven.subset) == (7, "killed", False)
