"""A record type and an article make a prompt: the static part first, the article fenced, last."""

from __future__ import annotations

import hashlib
import json
import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from llm_extract.coding.numbered_text import NumberedText
from llm_extract.errors import TypeDefinitionError
from llm_extract.record import AggregateToll, ExcludedMention
from llm_extract.record_type import (
    BUILTIN_PROMPTS,
    RecordType,
    asked_fields,
    collapse,
    draft_model,
)
from llm_extract.result import Message

_TURN = "\n<<<user>>>\n"
_CHAT_TOKENS = re.compile(
    r"<\|[^|<>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>"
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a model: a static system message and a user message with the article."""

    system: str
    user: str

    @property
    def messages(self) -> list[Message]:
        """The two messages in the form chat endpoints take."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user},
        ]


def render(
    record_type: RecordType,
    text: NumberedText,
    numbers: Sequence[int],
    *,
    context: Iterable[int] = (),
    focus: int | None = None,
    full: bool,
    bins: bool,
) -> Prompt:
    """Render the question about the sentences ``numbers``.

    ``context`` are sentences shown but not asked about; ``focus`` is the one sentence of a
    second look. The article's text is a value, rendered once and never as a template.
    """
    shown = [*context, *numbers]
    guides = _guides(record_type, full=full)
    values = {
        "full": full,
        "bins": bins,
        "focus": focus,
        **guides,
        "context": [(n, as_shown(text[n].quote)) for n in context],
        "sentences": [(n, as_shown(text[n].quote)) for n in numbers],
        "marker": _marker(text, shown),
        "title": as_shown(text.article.title or ""),
        "answer": lambda *records: _answer(record_type, _frozen(records), full=full, bins=bins),
    }
    try:
        environment = _environment(record_type.template.parent, record_type.prompt_hash)
        whole = environment.get_template(record_type.template.name).render(values)
    except Exception as error:  # a template is code of the user's: anything may go wrong in it
        raise TypeDefinitionError(
            f"{_place_of(error, record_type.template)}: {_told(error)}",
            f"mend the template; `llm-extract prompt FILE -t {record_type.name}` shows the result",
        ) from error
    system, turn, user = whole.partition(_TURN)
    if not turn:
        raise TypeDefinitionError(
            f"{record_type.template}: the line {_TURN.strip()} is missing",
            'begin the template with {% extends "_frame.md.j2" %}',
        )
    return Prompt(system.strip(), user.strip())


@cache
def _environment(folder: Path, version: str) -> ImmutableSandboxedEnvironment:
    """Return what renders the templates of a folder, in this version."""
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(BUILTIN_PROMPTS)]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )


def _place_of(error: Exception, template: Path) -> str:
    """Return the file and, where it is known, the line of a template in which it went wrong."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or template}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inside = [f"{f.filename}:{f.lineno}" for f in frames if f.filename.endswith(".j2")]
    return inside[-1] if inside else str(template)


def _told(error: Exception) -> str:
    if isinstance(error, TemplateError) and error.message:
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def as_shown(sentence: str) -> str:
    """Return a sentence as one line, with chat control tokens defused, character for character."""
    line = " ".join(sentence.split())
    return _CHAT_TOKENS.sub(lambda m: m.group().replace("<", "‹").replace("[", "("), line)


def _marker(text: NumberedText, numbers: Sequence[int]) -> str:
    """Return a mark for the fence that the article's author can not have known."""
    seen = text.article.sha256 + ",".join(map(str, numbers))
    return hashlib.sha256(seen.encode()).hexdigest()[:8]


@cache
def _guides(record_type: RecordType, *, full: bool) -> dict[str, list[str]]:
    return {
        "fields": field_guide(record_type.model, full=full),
        "toll_fields": field_guide(AggregateToll, full=full),
        "mention_fields": field_guide(ExcludedMention, full=full),
    }


def field_guide(model: type[BaseModel], *, full: bool) -> list[str]:
    """Return one line for each field the model fills: the schema's own words.

    A constrained local server never shows the schema to the model; these lines do.
    """
    lines: list[str] = []
    for name, field in asked_fields(model, full=full).items():
        lines.append(f"{name}: {field.description}{_choices(field.annotation) if full else ''}")
        inner = _inner_model(field.annotation)
        if inner and (full or len(asked_fields(inner, full=full)) > 1):
            lines += [f"  {line}" for line in field_guide(inner, full=full)]
    return lines


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _inner_model(argument)
        if found:
            return found
    return None


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " (" + "; ".join(map(str, get_args(annotation))) + ")"
    for argument in get_args(annotation):
        if argument is not NoneType and (found := _choices(argument)):
            return found
    return ""


def _frozen(records: Sequence[dict[str, Any]]) -> str:
    return json.dumps(records, sort_keys=False, default=str)


@cache
def _answer(record_type: RecordType, frozen: str, *, full: bool, bins: bool) -> str:
    """Return the answer an example shows, in the shape asked for, on one line."""
    records: list[dict[str, Any]] = json.loads(frozen)
    draft = draft_model(record_type.model, full=full)
    drafts = []
    for values in records:
        record = record_type.model.model_validate(values)
        shown = collapse(record, record_type.model, full=full)
        draft.model_validate(shown)
        drafts.append(shown)
    reply: dict[str, Any] = {"records": drafts}
    if bins:
        reply |= {"aggregate_tolls": [], "excluded_mentions": []}
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
