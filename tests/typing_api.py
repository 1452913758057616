"""What a type checker makes of the public names; mypy reads this file, pytest does not."""

from __future__ import annotations

import datetime as dt
from typing import assert_type

from llm_extract import Article, Client, Evidence, Extraction, Record, RecordType, aextract, extract
from llm_extract.schemas.ceasefire_agreement import CeasefireAgreement
from llm_extract.schemas.displacement import Displacement
from llm_extract.schemas.incident import EventType, Incident


def a_class_gives_its_own_records(article: Article) -> None:
    found = extract(article, Incident)
    assert_type(found, Extraction[Incident])
    assert_type(found.records, list[Incident])
    assert_type(found.records[0].fatalities.total.value, int | None)
    assert_type(found.records[0].date.start, dt.date | None)
    assert_type(found.records[0].event_type, EventType)
    assert_type(found.records[0].evidence, list[Evidence])
    assert_type(extract(article, Displacement), Extraction[Displacement])
    assert_type(extract(article, CeasefireAgreement), Extraction[CeasefireAgreement])


def a_name_or_a_record_type_gives_records(article: Article, record_type: RecordType) -> None:
    assert_type(extract(article, "incident"), Extraction[Record])
    assert_type(extract(article, record_type), Extraction[Record])
    extract(article, int)  # type: ignore[type-var]
    extract("text", Incident)  # type: ignore[call-overload]


def a_client_is_a_door(article: Article) -> None:
    client = Client("openai/some-model")
    assert_type(extract(article, Incident, client=client, profile="windows"), Extraction[Incident])


async def awaited_it_is_the_same(article: Article, record_type: RecordType) -> None:
    assert_type(await aextract(article, Incident), Extraction[Incident])
    assert_type(await aextract(article, record_type), Extraction[Record])
