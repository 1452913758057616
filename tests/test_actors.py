from __future__ import annotations

import pytest

from llm_extract.coding.actors import inter_of, is_a_thing, owner


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("the regime", "State forces"),
        ("pro-regime fighters", "State forces"),
        ("l'armée", "State forces"),
        ("قوات النظام", "State forces"),
        ("rebels", "Rebel group"),
        ("jihadists and rebel groups", "Rebel group"),
        ("Hayat Tahrir al-Sham", None),
        ("unidentified gunmen", "Political militia"),
        ("hommes armés", "Political militia"),
        ("civilians", "Civilians"),
        ("five children", "Civilians"),
        ("a family of farmers", "Civilians"),
        ("women soldiers", "State forces"),
        ("protesters", "Protesters"),
        ("an angry mob", "Rioters"),
        ("Russia", None),
        ("", None),
    ],
)
def test_the_words_of_a_name_tell_what_kind_of_actor_it_is(name: str, label: str | None) -> None:
    assert inter_of(name) == label


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("the regime's positions", "the regime"),
        ("the regime’s troops", "the regime"),
        (" the army ", "the army"),
        ("Omar's men", "Omar's men"),
        ("positions", "positions"),
    ],
)
def test_the_owner_of_a_position_is_who_acts(name: str, who: str) -> None:
    assert owner(name) == who


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("a hospital", True),
        ("loyalist positions", True),
        ("the Abu Douhour military airport", True),
        ("the army", False),
        ("hospital staff", False),
        ("", False),
    ],
)
def test_what_is_attacked_may_be_a_thing(name: str, thing: bool) -> None:
    assert is_a_thing(name) is thing
