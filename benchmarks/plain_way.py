"""The plain way: one instructor call for each article and record type, and what comes is taken.

    python benchmarks/plain_way.py seeds/labels --replay cassettes/labelled/plain -o plain.jsonl

The same embedded model and the same fields as profile ``windows``, but the model writes days,
numbers and quotes itself: no numbered sentences, no computing, no verification, no questions
asked again. It is what a careful user of instructor would write in an hour; ``results.py`` sets it
beside llm-extract. Replies are recorded and replayed like all others.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import instructor
from openai import AsyncOpenAI
from pydantic import BaseModel, Field, create_model

from llm_extract import weights
from llm_extract.article import Article
from llm_extract.cassettes import recording, replaying
from llm_extract.errors import CassetteError
from llm_extract.labels.files import Label, load_labels
from llm_extract.local_model import model_name, serve
from llm_extract.models import REPLAY_URL
from llm_extract.schemas.ceasefire_agreement import AgreementKind, PartyRole, Status
from llm_extract.schemas.incident import SubEventType

MAX_TOKENS = 1000
SYSTEM = {
    "incident": "You extract violent events from news: each clash, attack, air raid, bombing or "
    "killing on one day at one place. No totals over weeks or a war, no background, no plans.",
    "ceasefire_agreement": "You extract ceasefire agreements from news: each ceasefire, truce, "
    "humanitarian pause, withdrawal or evacuation deal that was made or declared. No talks, no "
    "calls for one.",
    "displacement": "You extract displacement figures from news: each number of people or "
    "families who fled, were evacuated, live displaced or returned. No dead, no people in need.",
}


class Dead(BaseModel):
    """The dead of one group."""

    group: Literal["side_a", "side_b", "civilians", "unknown"]
    value: int


class PlainIncident(BaseModel):
    """One violent event."""

    quotes: list[str] = Field(description="the sentences that tell of it, copied")
    sub_event_type: SubEventType
    date_start: dt.date | None
    date_end: dt.date | None
    location: str | None
    side_a: list[str] = Field(description="the government's side, or who attacked civilians")
    side_b: list[str] = Field(description="their opponents, or the civilians attacked")
    killed: int | None
    killed_by_group: list[Dead]
    source: str | None = Field(description="who reports it")

    def record(self) -> dict[str, Any]:
        """Return it in the shape of a record."""
        return {
            **_shared(self),
            "sub_event_type": self.sub_event_type,
            "date": {"start": _iso(self.date_start), "end": _iso(self.date_end)},
            "location": {"text": self.location},
            "side_a": [{"name_reported": name} for name in self.side_a],
            "side_b": [{"name_reported": name} for name in self.side_b],
            "fatalities": {
                "total": {"value": self.killed},
                "by_group": [dead.model_dump() for dead in self.killed_by_group],
            },
        }


class PlainParty(BaseModel):
    """A party and its role."""

    name: str
    role: PartyRole


class PlainAgreement(BaseModel):
    """One ceasefire agreement."""

    quotes: list[str] = Field(description="the sentences that tell of it, copied")
    agreement_name: str | None
    agreement_kind: AgreementKind
    parties: list[PlainParty]
    declared_start: dt.date | None
    declared_end: dt.date | None
    location: str | None
    status: Status
    source: str | None = Field(description="who reports it")

    def record(self) -> dict[str, Any]:
        """Return it in the shape of a record."""
        declared = {"start": _iso(self.declared_start), "end": _iso(self.declared_end)}
        return {
            **_shared(self),
            "agreement_name_reported": self.agreement_name,
            "agreement_kind": self.agreement_kind,
            "parties": [{"name_reported": p.name, "role": p.role} for p in self.parties],
            "dates": {"declared": declared},
            "location": {"text": self.location},
            "status": self.status,
        }


class PlainDisplacement(BaseModel):
    """One displacement figure."""

    quotes: list[str] = Field(description="the sentences that tell of it, copied")
    number: int | None
    unit: Literal["person", "household"] | None
    date_start: dt.date | None
    date_end: dt.date | None
    locations: list[str]
    cause: Literal["conflict", "disaster", "other", "unclear"]
    source: str | None = Field(description="who reports it")

    def record(self) -> dict[str, Any]:
        """Return it in the shape of a record."""
        return {
            **_shared(self),
            "figure": {"value": self.number, "unit": self.unit},
            "date": {"start": _iso(self.date_start), "end": _iso(self.date_end)},
            "locations": [{"text": name} for name in self.locations],
            "cause": self.cause,
        }


PLAIN: dict[str, type[PlainIncident | PlainAgreement | PlainDisplacement]] = {
    "ceasefire_agreement": PlainAgreement,
    "displacement": PlainDisplacement,
    "incident": PlainIncident,
}
REPLIES = {
    name: create_model(f"{model.__name__}s", records=(list[model], ...))  # type: ignore[valid-type]
    for name, model in PLAIN.items()
}


def _shared(found: PlainIncident | PlainAgreement | PlainDisplacement) -> dict[str, Any]:
    source = {"name_reported": found.source} if found.source else None
    return {"evidence": [{"quote": quote} for quote in found.quotes], "source": source}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


async def extract_plainly(article: Article, base_url: str, model: str) -> list[dict[str, Any]]:
    """Ask once for each record type and return extraction lines."""
    client = AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=900)
    ask = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
    lines = [await _one_type(ask, article, name, model) for name in PLAIN]
    await client.close()
    return lines


async def _one_type(ask: Any, article: Article, name: str, model: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "article_id": article.id,
        "article_sha256": article.sha256,
        "record_type": name,
        "state": "ok",
        "records": [],
        "model": {"asked": model},
        "profile": "plain",
    }
    question = f"Published on {article.published}.\n\n{article.text}"
    raw: Any = None
    try:
        reply, raw = await ask.chat.completions.create_with_completion(
            model=model,
            response_model=REPLIES[name],
            max_retries=0,
            max_tokens=MAX_TOKENS,
            temperature=0.0,
            strict=False,
            messages=[
                {"role": "system", "content": SYSTEM[name]},
                {"role": "user", "content": question},
            ],
            extra_body={"cache_prompt": False},
        )
    except CassetteError:
        raise
    except Exception as error:
        if isinstance(error.__cause__, CassetteError):
            raise error.__cause__ from None
        raw = getattr(error, "last_completion", None)
        line["state"] = "failed"
        line["failure"] = type(error.__cause__ or error).__name__
    else:
        line["records"] = [
            {"id": f"{name[:3]}-{i}", **found.record()} for i, found in enumerate(reply.records, 1)
        ]
    _cost(line, raw)
    return line


def _cost(line: dict[str, Any], raw: Any) -> None:
    """Add what the call cost, as the server tells it in the reply."""
    usage = getattr(raw, "usage", None)
    timings = getattr(raw, "timings", None) or {}
    seconds = (timings.get("prompt_ms", 0) + timings.get("predicted_ms", 0)) / 1000
    line["attempts"] = [{"reason": "first", "seconds": seconds}]
    if usage is not None:
        line["usage"] = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
        }


def lines_of(
    labels: list[Label], *, record: Path | None, replay: Path | None
) -> Iterator[dict[str, Any]]:
    """Yield the lines of every article; with ``record`` what is recorded already is replayed."""
    model = model_name(weights.local_path())
    with ExitStack() as stack:
        url = ""
        for label in labels:
            tape = replay or record
            assert tape is not None
            try:
                with replaying(tape, label.id):
                    yield from asyncio.run(extract_plainly(label.article, REPLAY_URL, model))
                continue
            except CassetteError:
                if record is None:
                    raise
            url = url or stack.enter_context(serve(weights.pull())).base_url
            with recording(record, label.id):
                yield from asyncio.run(extract_plainly(label.article, url, model))


def main() -> int:
    """Extract plainly from every labelled article."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--split")
    parser.add_argument("-o", "--output", type=Path, required=True)
    kept = parser.add_mutually_exclusive_group(required=True)
    kept.add_argument("--record", type=Path)
    kept.add_argument("--replay", type=Path)
    given = parser.parse_args()
    labels = load_labels(given.labels, split=given.split)
    with given.output.open("w", encoding="utf-8") as file:
        for line in lines_of(labels, record=given.record, replay=given.replay):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
