"""Which fields are scored, and when names, places and lists agree."""

from __future__ import annotations

from typing import Any

import pytest

from llm_extract.record_type import builtin_names, find_record_type
from llm_extract.scoring.fields import ScoredField, compare, expected, given, scored_fields
from llm_extract.scoring.names import same_name, same_place, same_words


def named(record_type: str) -> dict[str, ScoredField]:
    return {f.name: f for f in scored_fields(find_record_type(record_type).model)}


def outcome(scored: ScoredField, want: dict[str, Any], have: dict[str, Any]) -> tuple[int, ...]:
    found = compare(expected(want, scored), given(have, scored), scored.kind)
    return (found.right, found.wrong, found.missed, found.spurious)


def test_the_headline_counts_what_every_model_is_asked_and_what_the_record_is_about() -> None:
    core = {name: {f for f, s in named(name).items() if s.core} for name in builtin_names()}
    assert core["incident"] == {
        "sub_event_type", "date", "location", "side_a", "side_b", "fatalities.total",
        "fatalities.by_group", "source",
    }  # fmt: skip
    assert core["displacement"] == {
        "figure", "figure.unit", "date", "locations", "cause", "source",
    }  # fmt: skip
    assert core["ceasefire_agreement"] == {
        "agreement_name_reported", "agreement_kind", "parties", "parties.role", "dates.declared",
        "location", "status", "source",
    }  # fmt: skip


def test_every_kind_of_field_is_scored() -> None:
    kinds = {f.kind for name in builtin_names() for f in named(name).values()}
    assert kinds == {
        "date", "count", "figure", "groups", "subsets", "place", "places", "actors", "roles",
        "source", "words", "phrases", "choice", "choices",
    }  # fmt: skip
    assert "event_type" not in named("incident")  # it follows from the sub-event type


@pytest.mark.parametrize(
    ("wanted", "given_", "same"),
    [
        ("army", "The army", True),
        ("regime", "the regime's forces", True),
        ("the mayor", "mayor of Djibo", True),
        ("mayor of Djibo", "the mayor", False),
        ("rebels", "rebels and jihadists", False),
        ("rebels and jihadists", "rebels and jihadists", True),
        ("الجيش", "جيش", True),
        ("Харківська область", "Харківської області", True),
        ("Сили оборони", "Служба безпеки", False),
        ("l'armée", "armee", True),
    ],
)
def test_names_agree(wanted: str, given_: str, same: bool) -> None:
    assert same_name(wanted, given_) is same


@pytest.mark.parametrize(
    ("wanted", "given_", "same"),
    [
        ("near Djibo", "Djibo", True),
        ("east of Khan Sheikhoun", "Khan Sheikhoun", True),
        ("the Idleb region", "Idleb", True),
        ("in the village", "village", True),
        ("the village of Dori", "the village", False),
        ("Djibo", "Dori", False),
        ("Djibo and Dori", "Djibo", False),
        ("près de Bunia", "Bunia", True),
        ("قرب تعز", "تعز", True),
        ("під Куп'янськом", "Куп'янськ", True),
    ],
)
def test_places_agree(wanted: str, given_: str, same: bool) -> None:
    assert same_place(wanted, given_) is same


def test_phrases_agree_when_one_holds_the_other() -> None:
    assert same_words("a three-day truce", "three-day truce in Kherson")
    assert not same_words("truce", "ceasefire")


@pytest.mark.parametrize(
    ("want", "have", "told"),
    [
        ([{"name_reported": "army"}], [{"name_reported": "the army"}], (1, 0, 0, 0)),
        ([{"name_reported": "army"}], [], (0, 0, 1, 0)),
        ([], [{"name_reported": "army"}], (0, 0, 0, 1)),
        ([{"name_reported": "army", "tier": "optional"}], [], (0, 0, 0, 0)),
        (
            [{"name_reported": "army", "tier": "optional"}],
            [{"name_reported": "army"}, {"name_reported": "police"}],
            (0, 0, 0, 1),
        ),
        (
            [{"name_reported": "rebels", "name_normalized": "Free Army"}],
            [{"name_reported": "the Free Army"}],
            (1, 0, 0, 0),
        ),
    ],
)
def test_parties_are_compared_as_a_set(want: Any, have: Any, told: tuple[int, ...]) -> None:
    assert outcome(named("incident")["side_a"], {"side_a": want}, {"side_a": have}) == told


def test_a_group_with_another_number_is_wrong_and_an_untold_group_is_none() -> None:
    scored = named("incident")["fatalities.by_group"]

    def of(*groups: tuple[str, int | None]) -> dict[str, Any]:
        return {"fatalities": {"by_group": [{"group": g, "value": v} for g, v in groups]}}

    want = of(("side_a", 2), ("civilians", 3), ("side_b", None))
    assert outcome(scored, want, of(("side_a", 2), ("civilians", 4))) == (1, 1, 0, 0)
    assert outcome(scored, want, of(("civilians", 3), ("unknown", 5))) == (1, 0, 1, 0)
    assert outcome(scored, of(), of(("unknown", 5))) == (0, 0, 0, 0)


def test_roles_need_the_name_and_the_role() -> None:
    scored = named("ceasefire_agreement")["parties.role"]
    want = {"parties": [{"name_reported": "Qatar", "role": "mediator"}]}
    have = {"parties": [{"name_reported": "Qatar", "role": "signatory"}]}
    assert outcome(scored, want, want) == (1, 0, 0, 0)
    assert outcome(scored, want, have) == (0, 0, 1, 1)


def test_an_enumeration_that_says_nothing_is_no_value() -> None:
    scored = named("ceasefire_agreement")["mediated"]
    assert outcome(scored, {"mediated": "unclear"}, {"mediated": "unclear"}) == (0, 0, 0, 0)
    assert outcome(scored, {"mediated": "unclear"}, {"mediated": "yes"}) == (0, 0, 0, 1)
    assert outcome(scored, {"mediated": "no"}, {"mediated": "unclear"}) == (0, 0, 1, 0)


def test_a_key_the_label_lacks_is_not_scored_and_a_null_part_tells_nothing() -> None:
    scored = named("incident")["source"]
    have = {"source": {"name_reported": "police"}}
    assert outcome(scored, {}, have) == (0, 0, 0, 0)
    assert outcome(scored, {"source": None}, have) == (0, 0, 0, 1)
    kind = named("incident")["source.kind"]
    assert outcome(kind, {"source": None}, {"source": {"kind": "official"}}) == (0, 0, 0, 1)


def test_any_of_a_dates_alternatives_is_right() -> None:
    scored = named("incident")["date"]
    want = {"date": {"start": "2024-03-11", "start_acceptable": ["2024-03-10", None],
                     "end": "2024-03-11", "end_acceptable": [None]}}  # fmt: skip
    for start, end in (("2024-03-10", "2024-03-11"), ("2024-03-11", None), (None, None)):
        right = outcome(scored, want, {"date": {"start": start, "end": end}})
        assert right in ((1, 0, 0, 0), (0, 0, 0, 0)), (start, end)
    assert outcome(scored, want, {"date": {"start": "2024-03-09"}}) == (0, 1, 0, 0)
