"""Two coders: chance-corrected agreement, by known examples and on small labels."""

from __future__ import annotations

from typing import Any

import pytest
from labelled import FLIGHT, RAID, SHELL, changed, label

from llm_extract.scoring.agreement import Agreement, agreement, alpha, kappa


def apart(one: object, two: object) -> float:
    return float(one != two)


def both(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> Agreement:
    return agreement([label(*a)], {"a": b}, names=("A", "B"))


def test_kappa_is_that_of_the_textbook_example() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed .7, by chance .5.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def test_alpha_is_that_of_krippendorffs_binary_example() -> None:
    # Computing Krippendorff's Alpha-Reliability, section A: two observers, ten articles.
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert alpha(list(zip(meg, owen, strict=True)), apart) == pytest.approx(0.095, abs=0.0005)


def test_alpha_is_that_of_krippendorffs_nominal_example() -> None:
    # Section B of the same: two observers, twelve articles, five categories.
    ben = list("aabbdcccedda")
    gerry = list("babbbccceddd")
    pairs = list(zip(ben, gerry, strict=True))
    assert alpha(pairs, apart) == pytest.approx(0.692, abs=0.0005)


def test_agreement_that_chance_explains_is_no_figure() -> None:
    assert kappa([("a", "a")] * 5) is None
    assert alpha([("a", "a")] * 5, apart) is None


def test_a_coder_agrees_with_herself() -> None:
    found = both([RAID, SHELL, FLIGHT], [RAID, SHELL, FLIGHT])
    assert found.records == {"displacement": (1, 0, 0), "incident": (2, 0, 0)}
    assert found.disagreements == []
    assert all(f.agree == f.n for f in found.fields)
    assert {f.value for f in found.fields} <= {None, 1.0}


def test_differences_are_listed_with_both_values() -> None:
    found = both([RAID, SHELL], [changed(RAID, "location.text", "Dori"), FLIGHT])
    assert found.records == {"displacement": (0, 0, 1), "incident": (1, 1, 0)}
    told = [(d.a, d.b, d.field, d.values) for d in found.disagreements]
    assert ("inc-1", "inc-1", "location", ("near Djibo", "Dori")) in told
    assert ("inc-2", None, "", ("", "")) in told
    assert (None, "dis-1", "", ("", "")) in told


def test_alternatives_of_either_coder_are_agreement() -> None:
    mine = RAID | {"sub_event_type_acceptable": ["Attack"]}
    found = both([mine], [RAID | {"sub_event_type": "Attack"}])
    (field,) = [f for f in found.fields if f.field == "sub_event_type"]
    assert field.agree == field.n == 1


def test_articles_of_one_coder_are_named() -> None:
    found = agreement([label(RAID)], {"b": [RAID]}, names=("A", "B"))
    assert (found.articles, found.only_a, found.only_b) == (0, ["a"], ["b"])
