from __future__ import annotations

import pytest

from llm_extract.coding.places import code_place
from llm_extract.record import Place


def coded(text: str | None, **fields: str) -> tuple[str | None, str | None, int | None, int | None]:
    place = code_place(Place.model_validate({"text": text, **fields}))
    return place.relation, place.kind, place.acled_geo_precision, place.ucdp_where_prec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tabora", ("in", None, None, None)),
        ("near Tabora", ("near", None, 2, 2)),
        ("east of Tabora", ("east_of", None, 2, 2)),
        ("north-west of Tabora", ("north_of", None, 2, 2)),
        ("10 km from Tabora", ("near", None, 2, 2)),
        ("the Abu Douhour military airport", ("in", "facility", 1, 1)),
        ("near the airport", ("near", "facility", 2, 2)),
        ("Idleb Province", ("in", "admin1", 3, 4)),
        ("Kessi district", ("in", "admin2", 2, 3)),
        ("the highway", ("in", "road", 3, 5)),
        ("along the border", ("along", "cross_border_area", 3, 5)),
        ("the Orontes river", ("in", "natural_feature", 3, 5)),
        ("près de Sorel", ("near", None, 2, 2)),
        ("محافظة إدلب", ("in", "admin1", 3, 4)),
        ("между Орлом и Курском", ("between", None, 2, 2)),
    ],
)
def test_the_words_tell_kind_relation_and_precision(
    text: str, expected: tuple[str | None, str | None, int | None, int | None]
) -> None:
    assert coded(text) == expected


@pytest.mark.parametrize(
    ("kind", "relation", "acled", "ucdp"),
    [
        ("populated_place", "in", 1, 1),
        ("populated_place", "near", 2, 2),
        ("facility", "in", 1, 1),
        ("admin3", "in", 2, 3),
        ("admin2", "in", 2, 3),
        ("admin1", "in", 3, 4),
        ("country", "in", None, 6),
        ("sea_air", "in", None, 7),
    ],
)
def test_kind_and_relation_given_decide_the_precision(
    kind: str, relation: str, acled: int | None, ucdp: int
) -> None:
    assert coded("Tabora", kind=kind, relation=relation) == (relation, kind, acled, ucdp)


def test_what_the_model_chose_outweighs_the_words() -> None:
    assert coded("the airport road", kind="facility")[1] == "facility"


def test_without_words_there_is_nothing_to_code() -> None:
    assert coded(None) == (None, None, None, None)


def test_coding_leaves_the_place_given_as_it_was() -> None:
    place = Place(text="near Tabora")
    code_place(place)
    assert place == Place(text="near Tabora")
