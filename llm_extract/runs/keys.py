"""Content addresses: what a question, or a unit of work, is made from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from llm_extract.article import Article
from llm_extract.extraction import type_fingerprints
from llm_extract.profiles import Profile
from llm_extract.record_type import RecordType
from llm_extract.result import Message

_VERSION = 1
"""Raised when the same inputs must no longer be taken for the same work."""


def unit_key(
    article: Article,
    record_type: RecordType,
    profile: Profile,
    max_asks: int | None,
    model: str,
    mode: str,
) -> str:
    """Return the address of all that the result for one article and one record type depends on."""
    shown = {
        "id": article.id,
        "text": article.sha256,
        "title": article.title,
        "published": str(article.published),
        "publisher": article.publisher,
        "language": article.language,
    }
    asked = profile.asks if max_asks is None else max_asks
    prints = type_fingerprints(record_type)
    shared = _of_a_run(
        record_type.name, prints["prompt"], prints["types"], profile, asked, model, mode
    )
    return _address({"article": shown, **shared})


@cache
def _of_a_run(
    name: str, prompt: str, schema: str, profile: Profile, max_asks: int, model: str, mode: str
) -> dict[str, Any]:
    """Return what the units of all articles of a run share."""
    return {
        "version": _VERSION,
        "type": name,
        "prompt": prompt,
        "schema": schema,
        "profile": dataclasses.asdict(profile),
        "max_asks": max_asks,
        "model": model,
        "mode": mode,
    }


def question_key(
    model: str, mode: str, messages: Sequence[Message], shape: type[BaseModel], **settings: Any
) -> str:
    """Return the address of one question: model, mode, words, shape and settings."""
    facts = {"version": _VERSION, "model": model, "mode": mode, "shape": _shape_of(shape)}
    address = hashlib.sha256(_canonical({**facts, **settings}))
    for turn in messages:
        content = turn["content"].encode("utf-8", "surrogatepass")
        address.update(f"\n{turn['role']} {len(content)}\n".encode())
        address.update(content)
    return address.hexdigest()


@cache
def _shape_of(shape: type[BaseModel]) -> str:
    return _address(shape.model_json_schema())


def _address(value: Any) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: Any) -> bytes:
    # ASCII, so that half characters have a form too.
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
