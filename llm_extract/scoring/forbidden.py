"""Records made of what is none: totals, plans, denials, background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llm_extract.labels.files import Label, Span, quote_spans
from llm_extract.scoring.pairing import Found, overlap

_LEAST_SHARED = 0.5


def forbidden_source(label: Label, record_type: str, found: Found) -> str | None:
    """Name the total or the mention that an unpaired record was made of; None if of neither.

    Of a total: the record cites its passage and gives its number. Of a mention of this record
    type: the record cites its passage.
    """
    text = label.article.text
    for toll in label.file.aggregate_tolls:
        value = toll.get("value")
        if value is not None and value in found.figures and _cites(found, _quoted(toll, text)):
            return f"{toll.get('id', 'total')}: {toll.get('text')}"
    for mention in label.file.excluded_mentions:
        if mention.get("would_be") != record_type:
            continue
        spans = [
            s for found_at in quote_spans([{"quote": mention.get("text")}], text) for s in found_at
        ]
        if _cites(found, spans):
            return f"{mention.get('reason')}: {mention.get('text')}"
    return None


def _quoted(toll: Mapping[str, Any], text: str) -> list[Span]:
    return [span for spans in quote_spans(toll.get("evidence") or (), text) for span in spans]


def _cites(found: Found, spans: Sequence[Span]) -> bool:
    return overlap(spans, found.spans) >= _LEAST_SHARED
