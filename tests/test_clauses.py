from __future__ import annotations

import pytest

from llm_extract.coding.clauses import Line


def test_the_cues_stand_in_order_with_their_roles() -> None:
    line = Line("Gunmen wounded nine cooks; two died.")
    assert [(cue.role, line.text[cue.start : cue.end]) for cue in line.cues] == [
        ("injured", "wounded"),
        ("killed", "died"),
    ]
    assert [cue.role for cue in line.cues_between(0, 20)] == ["injured"]
    assert line.cues_between(9, 14) == []


def test_killed_or_wounded_is_one_cue() -> None:
    assert [cue.role for cue in Line("50 were killed or wounded.").cues] == ["killed or injured"]


@pytest.mark.parametrize(
    ("sentence", "end"),
    [
        ("Nine cooks -- all men -- died.", "."),
        ("OSH (XPA) -- Nine cooks -- all men -- died.", "-- Nine"),
        ("Nine cooks -- two died -- fled.", "-- two"),
        ("Nine U.S. cooks fled; two died.", ";"),
        ("Nine cooks fled\nand two died.", "."),
    ],
)
def test_a_clause_ends_but_not_at_an_aside_or_an_abbreviation(sentence: str, end: str) -> None:
    line = Line(sentence)
    found = line.clause_end(0, len(sentence))
    assert found is not None
    assert sentence[found:].lstrip().startswith(end)
