from __future__ import annotations

import pytest

from llm_extract.coding.clauses import Line
from llm_extract.coding.counted import counted_in
from llm_extract.coding.counts import find_counts
from llm_extract.coding.single_persons import with_single_persons


def roles(sentence: str) -> list[tuple[int | None, str | None]]:
    return [(c.count.value, c.role) for c in counted_in(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The raid killed one herder and wounded another.", [(1, "killed"), (1, "injured")]),
        ("A nurse was killed and another nurse wounded.", [(1, "killed"), (1, "injured")]),
        ("Forty sailors fled; one was badly hurt.", [(40, "displaced"), (1, "injured")]),
        ("They added that one guard was killed.", [(1, "killed")]),
        ("Gunmen killed a fisherman in the port.", [(1, "killed")]),
        ("They killed another 12 men.", [(12, "killed")]),
        ("Another attack killed 4.", [(4, "killed")]),
        ("One after another the posts fell.", []),
        ("A pilot killed three men.", [(1, None), (3, "killed")]),
        ("A guard shot dead a protester.", [(1, None), (1, "killed")]),
        ("Three men were killed by another pilot.", [(3, "killed")]),
    ],
)
def test_a_person_told_as_one_is_counted_beside_its_own_verb(
    sentence: str, expected: list[tuple[int, str | None]]
) -> None:
    assert roles(sentence) == expected


def test_the_figures_stay_and_the_offsets_are_those_of_the_word() -> None:
    sentence = "Shells killed 12 cooks and wounded another."
    counts = with_single_persons(Line(sentence), find_counts(sentence))
    assert [sentence[c.start : c.end] for c in counts] == ["12", "another"]
    assert [c.value for c in counts] == [12, 1]


@pytest.mark.parametrize(
    "sentence",
    [
        "Shells killed another goat.",
        "They killed one another.",
        "Another was built in Osh.",
        "It was no shepherd who died.",
        "The death of a herder shook Osh.",
    ],
)
def test_without_a_verb_of_its_own_no_person_is_counted(sentence: str) -> None:
    assert with_single_persons(Line(sentence), ()) == ()
