"""Finding record types, what the model is asked to write, and the way back from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from judged import type_of
from pydantic import BaseModel, ValidationError

from llm_extract.errors import TypeDefinitionError
from llm_extract.record import AggregateToll, Record
from llm_extract.record_type import (
    asked_fields,
    builtin_names,
    collapse,
    draft_model,
    expand,
    find_record_type,
    reply_model,
)

TYPES = builtin_names()

OWN_SCHEMA = '''
from __future__ import annotations
from typing import Annotated
from pydantic import Field
from llm_extract.record import CORE, Count, Counts, Record


class Protest(Record):
    """A gathering with a demand."""

    demand: Annotated[str | None, CORE] = Field(default=None, description="what they ask for")
    hurt: Annotated[Count | None, CORE, Counts("injured")] = Field(
        default=None, description="number of wounded"
    )
'''
OWN_RULES = """
from protest import Protest


def complete(record: Protest, cited: object) -> None:
    record.demand = record.demand or "bread"


def rules(record: Protest, cited: object):
    return iter(())
"""
OWN_PROMPT = '{% extends "_frame.md.j2" %}'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "prompts").mkdir()
    (tmp_path / "schemas" / "protest.py").write_text(OWN_SCHEMA, encoding="utf-8")
    (tmp_path / "schemas" / "protest_rules.py").write_text(OWN_RULES, encoding="utf-8")
    (tmp_path / "prompts" / "protest.md.j2").write_text(OWN_PROMPT, encoding="utf-8")
    return tmp_path


# finding -----------------------------------------------------------------------------------------


def test_three_types_come_with_the_tool() -> None:
    assert TYPES == ("ceasefire_agreement", "displacement", "incident")
    for name in TYPES:
        found = find_record_type(name)
        assert (found.name, found.template.name) == (name, f"{name}.md.j2")
        assert found.rules is not None
        assert found.id_prefix == found.model.id_prefix


def test_a_type_of_ones_own_is_found_with_its_rules_and_prompt(own: Path) -> None:
    found = find_record_type("protest", own)
    assert found.model.__name__ == "Protest"
    assert found.template == own / "prompts" / "protest.md.j2"
    assert found.rules is not None
    record = found.model()
    found.rules.complete(record, None)
    assert record.model_dump()["demand"] == "bread"


def test_a_type_of_ones_own_may_have_no_rules(own: Path) -> None:
    (own / "schemas" / "protest_rules.py").unlink()
    assert find_record_type("protest", own).rules is None


def test_a_built_in_type_is_found_beside_ones_own(own: Path) -> None:
    assert find_record_type("incident", own).template != own / "prompts" / "incident.md.j2"


def test_ones_own_prompt_goes_before_the_built_in_one(own: Path) -> None:
    mine = own / "prompts" / "incident.md.j2"
    mine.write_text(OWN_PROMPT, encoding="utf-8")
    assert find_record_type("incident", own).template == mine


def test_an_unknown_type_is_told_with_the_known_ones(own: Path) -> None:
    with pytest.raises(TypeDefinitionError, match="unknown record type 'riot'") as error:
        find_record_type("riot", own)
    for name in (*TYPES, "protest"):
        assert name in error.value.hint
    with pytest.raises(TypeDefinitionError) as error:
        find_record_type("protest")
    assert "protest" not in error.value.hint


def test_rules_are_no_record_type() -> None:
    with pytest.raises(TypeDefinitionError):
        find_record_type("incident_rules")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("class Protest(:", "SyntaxError"),
        ("import no_such_module_here", "ModuleNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "0 Record classes"),
        (OWN_SCHEMA + "\n\nclass Riot(Record):\n    '''Another.'''\n", "2 Record classes"),
    ],
)
def test_a_broken_schema_is_told_with_its_file(own: Path, broken: str, said: str) -> None:
    path = own / "schemas" / "protest.py"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(TypeDefinitionError, match=said) as error:
        find_record_type("protest", own)
    assert str(path) in error.value.message
    assert error.value.hint


def test_broken_rules_are_told_with_their_file(own: Path) -> None:
    path = own / "schemas" / "protest_rules.py"
    path.write_text("def rules(", encoding="utf-8")
    with pytest.raises(TypeDefinitionError, match="protest_rules"):
        find_record_type("protest", own)


def test_a_type_without_a_prompt_is_told_so(own: Path) -> None:
    (own / "prompts" / "protest.md.j2").unlink()
    with pytest.raises(TypeDefinitionError, match="has no prompt") as error:
        find_record_type("protest", own)
    assert "llm-extract new protest" in error.value.hint


# what the model writes ----------------------------------------------------------------------------


def filled(draft: type[BaseModel]) -> Any:
    """A value for each field of a draft, as a model would write it."""
    schema = draft.model_json_schema()
    return _value(schema, schema.get("$defs", {}))


def _value(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], defs)
    if "enum" in schema:
        return schema["enum"][-1]
    if schema["type"] == "object":
        return {name: _value(inner, defs) for name, inner in schema["properties"].items()}
    if schema["type"] == "array":
        return [_value(schema["items"], defs)]
    return {"integer": 1, "boolean": True, "string": "words", "number": 1.0}[schema["type"]]


@pytest.mark.parametrize("full", [False, True], ids=["core", "full"])
@pytest.mark.parametrize("name", TYPES)
def test_a_draft_becomes_a_record_and_a_record_its_draft(name: str, full: bool) -> None:
    model = type_of(name).model
    draft = filled(draft_model(model, full=full))
    draft_model(model, full=full).model_validate(draft)
    record = model.model_validate(expand(draft, model, full=full))
    assert collapse(record, model, full=full) == draft


@pytest.mark.parametrize("full", [False, True], ids=["core", "full"])
@pytest.mark.parametrize("name", TYPES)
def test_a_draft_without_anything_goes_there_and_back(name: str, full: bool) -> None:
    model = type_of(name).model
    draft = collapse(model(), model, full=full)
    draft_model(model, full=full).model_validate(draft)
    assert model.model_validate(expand(draft, model, full=full)) == model()


@pytest.mark.parametrize("full", [False, True], ids=["core", "full"])
@pytest.mark.parametrize("name", TYPES)
def test_all_that_is_asked_must_be_answered_and_nothing_else(name: str, full: bool) -> None:
    draft_class = draft_model(type_of(name).model, full=full)
    schema = draft_class.model_json_schema()
    assert set(schema["required"]) == set(asked_fields(type_of(name).model, full=full))
    assert schema["additionalProperties"] is False
    draft = filled(draft_class)
    for wrong in ({**draft, "id": "inc-1"}, {k: v for k, v in draft.items() if k != "sentences"}):
        with pytest.raises(ValidationError):
            draft_class.model_validate(wrong)


def test_a_number_as_text_is_no_sentence_number() -> None:
    draft_class = draft_model(type_of("incident").model, full=False)
    draft = {**filled(draft_class), "sentences": ["1"]}
    with pytest.raises(ValidationError):
        draft_class.model_validate(draft)


def test_a_part_with_one_asked_field_is_asked_as_that_field() -> None:
    properties = draft_model(type_of("incident").model, full=False).model_json_schema()[
        "properties"
    ]
    assert {"type": "string"} in properties["date"]["anyOf"]
    assert properties["side_a"]["items"] == {"type": "string"}


def test_computed_and_human_fields_are_never_asked() -> None:
    asked = draft_model(type_of("incident").model, full=True).model_json_schema()
    text = str(asked)
    for name in ("event_type", "char_start", "lat", "gwno", "geonameid", "support", "basis"):
        assert f"'{name}'" not in text


def test_limits_of_a_field_hold_for_the_draft_too() -> None:
    schema = draft_model(type_of("ceasefire_agreement").model, full=True).model_json_schema()
    level = schema["$defs"]["ProvisionDraft"]["properties"]["level"]
    assert (level["minimum"], level["maximum"]) == (1, 3)
    assert "300" in str(schema["properties"]["summary"])


# replies ------------------------------------------------------------------------------------------


def replies(full: bool, bins: bool) -> type[BaseModel]:
    return reply_model(type_of("incident"), full=full, bins=bins, most=3)


@pytest.mark.parametrize("full", [False, True], ids=["core", "full"])
def test_the_schema_of_a_reply_shows_the_draft(full: bool) -> None:
    schema = replies(full, bins=False).model_json_schema()
    assert set(schema["properties"]) == {"records"}
    records = schema["properties"]["records"]
    assert records["maxItems"] == 3
    item = records["items"]
    shown = schema["$defs"][item["$ref"].rpartition("/")[2]] if "$ref" in item else item
    assert set(shown["properties"]) == set(asked_fields(type_of("incident").model, full=full))


def test_totals_and_exclusions_have_a_place_of_their_own() -> None:
    schema = replies(True, bins=True).model_json_schema()
    assert list(schema["properties"]) == ["records", "aggregate_tolls", "excluded_mentions"]
    assert set(schema["required"]) == set(schema["properties"])
    assert "scope" not in asked_fields(AggregateToll, full=True)


def test_one_bad_record_does_not_cost_its_siblings() -> None:
    reply = replies(False, bins=False).model_validate({"records": [{"x": 1}, 7, {"sentences": []}]})
    assert reply.model_dump()["records"] == [{"x": 1}, 7, {"sentences": []}]


@pytest.mark.parametrize(
    "raw", [{}, {"records": [{}] * 4}, {"records": [], "more": 1}, {"records": {}}]
)
def test_a_reply_of_another_shape_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        replies(False, bins=False).model_validate(raw)


def test_a_record_of_ones_own_is_asked_like_the_built_in_ones(own: Path) -> None:
    model: type[Record] = find_record_type("protest", own).model
    assert list(asked_fields(model, full=False)) == ["sentences", "demand", "hurt", "source"]
    raw = {"sentences": [1], "source": None, "demand": "bread", "hurt": "nine"}
    draft_model(model, full=False).model_validate(raw)
    record = model.model_validate(expand(raw, model, full=False)).model_dump()
    assert (record["demand"], record["hurt"]["text"]) == ("bread", "nine")
