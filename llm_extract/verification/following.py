"""Values that follow from judged ones, or were chosen to fit them, get their evidence too."""

from __future__ import annotations

from typing import Any

from llm_extract.record import Part, Record, Span, Support, SupportLevel
from llm_extract.verification.findings import Judgement

_PLUMBING = frozenset(
    {"id", "evidence", "support", "flags", "sentences", "tags", "part_of", "includes"}
)
_PRIMARY = ("value", "text", "name_reported", "start")


def support_the_rest(record: Record, judgement: Judgement) -> None:
    """Give every value without support of its own that of the words it follows from.

    Beside a judged phrase or number a value is derived; a choice from a list is inferred from
    the record's evidence as a whole.
    """
    whole = [
        span
        for path, support in judgement.support.items()
        if path.startswith("evidence.")
        for span in support.spans
    ]
    for name in [*type(record).model_fields, *type(record).model_computed_fields]:
        if name in _PLUMBING:
            continue
        value = getattr(record, name)
        _support(value, name, whole, judgement)


def _support(value: Any, path: str, whole: list[Span], judgement: Judgement) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _support(item, f"{path}.{index}", whole, judgement)
    elif isinstance(value, Part):
        primary = next(
            (p for p in (f"{path}.{n}" for n in _PRIMARY) if p in judgement.support), None
        )
        for name in type(value).model_fields:
            inner, here = getattr(value, name), f"{path}.{name}"
            if isinstance(inner, list | Part):
                _support(inner, here, whole, judgement)
            elif primary is not None and inner is not None and here not in judgement.support:
                judgement.support[here] = _follows_from(primary, judgement)
    elif value is not None and path not in judgement.support:
        judgement.support[path] = Support(
            level="inferred", spans=whole, basis="chosen to fit the cited sentences"
        )


def _follows_from(primary: str, judgement: Judgement) -> Support:
    source = judgement.support[primary]
    if source.level == "unsupported":
        return Support(level="unsupported", basis=f"{primary} is unsupported")
    level: SupportLevel = "inferred" if source.level == "inferred" else "derived"
    return Support(level=level, spans=source.spans, basis=f"follows from {primary}")
