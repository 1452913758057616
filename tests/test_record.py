from __future__ import annotations

from typing import Any

import pytest
from judged import type_of
from pydantic import ValidationError

from llm_extract.record import Asked, Count, Figure, Part, Record, Span, Support
from llm_extract.record_type import asked_fields, builtin_names

TYPES = builtin_names()


@pytest.mark.parametrize("name", TYPES)
def test_a_record_is_read_back_from_what_it_writes(name: str) -> None:
    model = type_of(name).model
    record = model(id="x-1", sentences=[1], support={"a": Support(level="stated")})
    assert model.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("name", TYPES)
def test_every_field_the_model_is_asked_for_is_described(name: str) -> None:
    for field_name, field in asked_fields(type_of(name).model, full=True).items():
        assert field.description, field_name


@pytest.mark.parametrize("name", TYPES)
def test_a_record_without_anything_is_valid_and_has_a_prefix(name: str) -> None:
    model = type_of(name).model
    record = model()
    assert record.assertion == "reported"
    assert model.id_prefix != Record.id_prefix


def test_core_fields_are_asked_of_every_model_and_others_of_strong_ones() -> None:
    model = type_of("incident").model
    core, full = asked_fields(model, full=False), asked_fields(model, full=True)
    assert set(core) < set(full)
    assert "summary" not in core
    assert "support" not in full
    assert Asked().core


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        (Count, {"value": -1}),
        (Count, {"colour": 1}),
        (Figure, {"household_size": 0}),
        (Figure, {"household_size": float("inf")}),
        (Span, {"char_start": 1}),
        (Support, {"level": "sure"}),
    ],
)
def test_what_no_codebook_allows_is_an_error(part: type[Part], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        part.model_validate(fields)


def test_not_reported_is_null_and_never_nought() -> None:
    assert (Count().value, Count().qualifier) == (None, "not_reported")


def test_a_record_that_is_no_object_is_an_error() -> None:
    with pytest.raises(ValidationError):
        type_of("incident").model.model_validate([1])
