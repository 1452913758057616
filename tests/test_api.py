from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stub_server import Answer, Stub, chat, serving

import llm_extract
from llm_extract import Article, Client, Extraction, Record, RecordType, aextract, extract
from llm_extract.api import as_record_type
from llm_extract.errors import EndpointError, TypeDefinitionError, UsageError
from llm_extract.scaffolding import write_new_type
from llm_extract.schemas.incident import Incident

ARTICLE = Article(
    id="example",
    text="On Monday, air raids killed 12 civilians in the region, officials said.",
    published=dt.date(2019, 8, 27),
)
DRAFT: dict[str, Any] = {
    "sentences": [1],
    "source": "officials",
    "sub_event_type": "Air/drone strike",
    "date": "On Monday",
    "location": "in the region",
    "side_a": [],
    "side_b": ["civilians"],
    "fatalities": [{"text": "12 civilians", "group": "civilians"}],
}
REPLY = chat(json.dumps({"records": [DRAFT]}))


def ask(stub: Stub, record_type: Any = Incident) -> Extraction[Any]:
    return extract(ARTICLE, record_type, client=Client("m", stub.url), profile="windows")


def test_the_public_names_are_these_and_no_others() -> None:
    assert llm_extract.__all__ == [
        "Article",
        "Client",
        "Evidence",
        "Extraction",
        "Record",
        "RecordType",
        "aextract",
        "evaluate",
        "extract",
    ]


@pytest.mark.parametrize("name", llm_extract.__all__)
def test_every_public_name_is_there_documented_and_listed(name: str) -> None:
    assert getattr(llm_extract, name).__doc__
    assert name in dir(llm_extract)


def test_a_name_that_is_not_there_is_told_like_any_other() -> None:
    with pytest.raises(AttributeError, match="module 'llm_extract' has no attribute 'Artikel'"):
        _ = llm_extract.Artikel


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, llm_extract; dir(llm_extract);"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "llm_extract" in loaded
    assert not loaded & {"pydantic", "openai", "instructor", "jinja2", "typer", "vcr", "xllamacpp"}


def test_a_class_gives_records_of_that_class() -> None:
    with serving(REPLY) as stub:
        found = ask(stub)
    (record,) = found.records
    assert type(record) is Incident
    assert record.date.start == dt.date(2019, 8, 26)
    assert record.fatalities.total.value == 12
    assert found.model.endpoint == stub.url


@pytest.mark.parametrize("record_type", ["incident", as_record_type("incident")], ids=str)
def test_a_name_and_a_record_type_do_as_well(record_type: str | RecordType) -> None:
    with serving(REPLY) as stub:
        found = ask(stub, record_type)
    assert [type(r) for r in found.records] == [Incident]


def test_one_client_serves_one_call_after_the_other() -> None:
    with serving(REPLY) as stub:
        client = Client("m", stub.url)
        for _ in range(3):
            assert len(extract(ARTICLE, Incident, client=client, profile="windows").records) == 1
    assert len(stub.requests) == 3


def test_it_works_where_an_event_loop_runs_already() -> None:
    async def in_a_notebook() -> Extraction[Incident]:
        return extract(ARTICLE, Incident, client=Client("m", stub.url), profile="windows")

    with serving(REPLY) as stub:
        assert len(asyncio.run(in_a_notebook()).records) == 1


def test_awaited_it_leaves_the_callers_client_open() -> None:
    async def both() -> list[Extraction[Incident]]:
        async with Client("m", stub.url) as client:
            first = aextract(ARTICLE, Incident, client=client, profile="windows")
            second = aextract(ARTICLE, Incident, client=client, profile="windows")
            return list(await asyncio.gather(first, second))

    with serving(REPLY) as stub:
        assert [len(found.records) for found in asyncio.run(both())] == [1, 1]


def test_a_model_and_an_address_do_without_a_client() -> None:
    with serving(REPLY) as stub:
        found = extract(ARTICLE, Incident, model="m", base_url=stub.url, profile="windows")
    assert len(found.records) == 1
    assert found.model.asked == "m"


def test_a_client_without_a_profile_is_asked_about_the_whole_article() -> None:
    with serving(chat(json.dumps({"records": []}))) as stub:
        found = extract(ARTICLE, Incident, client=Client("m", stub.url), max_asks=0)
    assert found.profile == "whole"


def test_an_endpoint_that_can_not_be_used_is_an_error_and_not_a_state() -> None:
    with serving(Answer(status=401)) as stub, pytest.raises(EndpointError) as caught:
        ask(stub)
    assert caught.value.problem == "unauthorized"


@pytest.mark.parametrize(
    ("record_type", "options", "error"),
    [
        ("incidence", {}, TypeDefinitionError),
        ("incident", {"profile": "halves"}, UsageError),
        ("incident", {"model": "nobody/nothing"}, UsageError),
    ],
    ids=["type", "profile", "model"],
)
def test_a_name_that_means_nothing_is_wrong_use(
    record_type: str, options: dict[str, str], error: type[UsageError]
) -> None:
    with pytest.raises(error):
        extract(ARTICLE, record_type, **options)  # type: ignore[call-overload]


def test_the_class_of_a_file_of_ones_own_finds_the_prompt_beside_it(tmp_path: Path) -> None:
    schema, template = write_new_type("protest_event", tmp_path)
    spec = importlib.util.spec_from_file_location("protest_event", schema)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["protest_event"] = module
    try:
        spec.loader.exec_module(module)
        found = as_record_type(module.ProtestEvent)
    finally:
        del sys.modules["protest_event"]
    assert found.model is module.ProtestEvent
    assert found.template == template
    assert found.name == "protest_event"


def test_a_class_that_stands_in_no_file_has_no_prompt() -> None:
    made = type("Made", (Record,), {"__module__": "builtins"})
    with pytest.raises(TypeDefinitionError, match="Made stands in no file"):
        as_record_type(made)


def test_names_of_types_are_looked_up_in_the_directory_first(tmp_path: Path) -> None:
    write_new_type("incident", tmp_path)
    assert as_record_type("incident", tmp_path).model is not Incident
    assert as_record_type(Incident, tmp_path).model is Incident
