from __future__ import annotations

import pytest

from llm_extract.coding.mentions import Mention, locate
from llm_extract.verification.names import (
    actor_problem,
    is_placed,
    is_reporting,
    place_problem,
    source_problem,
)


def mentions(name: str, text: str) -> list[Mention]:
    found = list(locate(name, text))
    assert found
    return found


@pytest.mark.parametrize(
    ("name", "text", "placed"),
    [
        ("Moscow", "Talks were held in Moscow.", True),
        ("Moscow", "Moscow's support", False),
        ("Moscow", "in Moscow's support", False),
        ("Kessi", "near the Kessi market", True),
        ("Kessi", "north-west of Kessi", True),
        ("Sorel", "près de Sorel", True),
        ("Valdoro", "al norte de Valdoro", True),
        ("إدلب", "في إدلب", True),
        ("Russia", "raids by Russia", False),
    ],
)
def test_a_word_of_place_makes_a_name_a_place(name: str, text: str, placed: bool) -> None:
    assert is_placed(text, mentions(name, text)[0]) is placed


@pytest.mark.parametrize(
    ("name", "text", "reporting"),
    [
        ("the UN", "12 died, according to the UN.", True),
        ("the UN", "the UN said 12 died.", True),
        ("the UN", '12 died," the UN later said.', True),
        ("OSDH", "12 died, said the director of OSDH.", True),
        ("AFP", "Beirut (AFP) - 12 died.", True),
        ("Rami Abdel Rahman", "said the director of the NGO, Rami Abdel Rahman.", True),
        ("police", "12 died, police have confirmed.", True),
        ("Médecins", "12 morts, selon Médecins.", True),
        ("la ONU", "12 muertos, según la ONU.", True),
        ("المرصد", "وقال المرصد إن 12 قتلوا", True),
        ("ООН", "12 погибших, по данным ООН.", True),
        ("the army", "raids by the army killed 12.", False),
        ("the army", "the army killed 12.", False),
        ("the army", "figures compiled by the army show 12 dead.", True),
    ],
)
def test_a_word_of_telling_makes_a_name_a_source(name: str, text: str, reporting: bool) -> None:
    assert is_reporting(text, mentions(name, text)[0]) is reporting
    assert (source_problem(text, mentions(name, text)) is None) is reporting


def test_a_name_that_is_itself_a_word_of_telling_is_a_source() -> None:
    text = "On Monday, 12 died; the source was brief."
    assert source_problem(text, mentions("the source", text)) is None


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("the army", "the army attacked Kessi.", None),
        ("Kessi", "the army attacked in Kessi.", "place"),
        ("Tuesday", "on Tuesday the army attacked.", "time"),
        ("a hospital", "the army attacked a hospital.", "thing"),
        ("a truce", "the army signed a truce.", "thing"),
        ("Moscow", "in Moscow, Moscow's envoy signed.", None),
        ("heavy weapons", "fighters will hand over heavy weapons.", "thing"),
        ("their trucks", "rebels lost their trucks.", "thing"),
        ("the Weapons Council", "the Weapons Council signed.", None),
        ("nobody", "nobody signed the truce.", "nobody"),
        ("the Front", "the Front did not sign the truce.", "did not sign"),
        ("60 trucks", "60 trucks crossed the line.", "thing"),
    ],
)
def test_an_actor_is_neither_time_nor_thing_nor_place(
    name: str, text: str, problem: str | None
) -> None:
    reason = actor_problem(text, mentions(name, text))
    assert reason is None if problem is None else problem in str(reason)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("Kessi", "a bomb fell in Kessi.", None),
        ("the UN", "a bomb fell, the UN said.", "reports"),
        ("Tuesday", "on Tuesday a bomb fell.", "time"),
        ("Moscow", "Moscow said bombs fell in Moscow.", None),
    ],
)
def test_a_place_is_neither_time_nor_source(name: str, text: str, problem: str | None) -> None:
    reason = place_problem(text, mentions(name, text))
    assert reason is None if problem is None else problem in str(reason)
