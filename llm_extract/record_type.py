"""Record types: a schema, its rules and its prompt, found by name or in a directory.

The rule that finds the parts, for the built-in types and for a user's own alike:
``X/schemas/protest.py`` holds one Record class, ``X/schemas/protest_rules.py`` its rules (or is
absent), ``X/prompts/protest.md.j2`` its prompt.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, create_model
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from llm_extract.errors import TypeDefinitionError
from llm_extract.record import AggregateToll, Asked, ExcludedMention, Record

_HERE = Path(__file__).parent
_CONTENT = _HERE if (_HERE / "prompts").is_dir() else _HERE.parent
BUILTIN_PROMPTS = _CONTENT / "prompts"
FRAME = "_frame.md.j2"
"""The template all prompts extend; one beside a user's own template comes before the shipped."""


@dataclass(frozen=True)
class RecordType:
    """What to look for in an article: a schema, the rules that judge it, and a prompt."""

    name: str
    model: type[Record]
    template: Path
    rules: ModuleType | None = None

    @cached_property
    def prompt_hash(self) -> str:
        """Short hash of the template and of the frame it extends, as they are when first asked."""
        own = self.template.with_name(FRAME)
        frame = own if own.is_file() else BUILTIN_PROMPTS / FRAME
        whole = self.template.read_text(encoding="utf-8") + frame.read_text(encoding="utf-8")
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    @property
    def id_prefix(self) -> str:
        """Start of the local ids of its records."""
        return self.model.id_prefix


def builtin_names() -> tuple[str, ...]:
    """Return the names of the record types that come with llm-extract."""
    return tuple(_names_in(_CONTENT))


def type_names_in(directory: Path | None) -> tuple[str, ...]:
    """Return the built-in names and those of ``directory``, in alphabetical order."""
    return tuple(sorted({*builtin_names(), *_names_in(directory)}))


def find_record_type(name: str, directory: Path | None = None) -> RecordType:
    """Return the type called ``name``, from ``directory`` first, else a built-in one."""
    own_schema = directory / "schemas" / f"{name}.py" if directory else None
    own_template = directory / "prompts" / f"{name}.md.j2" if directory else None
    if own_schema and own_schema.is_file():
        module: ModuleType = _load_file(own_schema)
        rules_file = own_schema.with_name(f"{name}_rules.py")
        rules = _load_file(rules_file) if rules_file.is_file() else None
    elif name in builtin_names():
        module = importlib.import_module(f"llm_extract.schemas.{name}")
        rules = _builtin_rules(name)
    else:
        known = type_names_in(directory)
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise TypeDefinitionError(
            f"unknown record type {name!r}",
            f"{meant}known types: {', '.join(known)}; --types DIR adds your own",
        )
    template = BUILTIN_PROMPTS / f"{name}.md.j2"
    if own_template and own_template.is_file():
        template = own_template
    if not template.is_file():
        raise TypeDefinitionError(
            f"record type {name!r} has no prompt: {own_template or template} is missing",
            f"`llm-extract new {name}` writes a schema and a prompt to start from",
        )
    return RecordType(name, _record_class(module), template, rules)


def _names_in(directory: Path | None) -> Iterator[str]:
    if directory is not None:
        for path in sorted((directory / "schemas").glob("[!_]*.py")):
            if not path.stem.endswith("_rules"):
                yield path.stem


def _builtin_rules(name: str) -> ModuleType | None:
    full_name = f"llm_extract.schemas.{name}_rules"
    return importlib.import_module(full_name) if importlib.util.find_spec(full_name) else None


def _load_file(path: Path) -> ModuleType:
    name = f"llm_extract_types_{abs(hash(path.resolve()))}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TypeDefinitionError(f"{path} is not a Python file", "a schema is one .py file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic resolves annotations through it
    sys.path.insert(0, str(path.parent))  # so that its rules can import the schema beside them
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise TypeDefinitionError(
            f"{path} cannot be loaded: {type(error).__name__}: {error}",
            "run `python` on the file to see the whole error",
        ) from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def _record_class(module: ModuleType) -> type[Record]:
    found = [
        item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Record) and item.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeDefinitionError(
            f"{module.__file__} holds {len(found)} Record classes, not one",
            "a schema file defines exactly one subclass of llm_extract.Record",
        )
    return found[0]


# What the model is asked -----------------------------------------------------------------------


def asked_fields(model: type[BaseModel], *, full: bool) -> dict[str, FieldInfo]:
    """Return the fields of ``model`` that the language model fills, in order.

    Who reports it comes last: asked first, a small model finds no one.
    """
    asked = {
        name: field
        for name, field in model.model_fields.items()
        if any(isinstance(m, Asked) and (full or m.core) for m in field.metadata)
    }
    if "source" in asked:
        asked["source"] = asked.pop("source")
    return asked


@cache
def draft_model(model: type[BaseModel], *, full: bool) -> type[BaseModel]:
    """Return the class of what the language model writes: asked fields only, all required.

    A nested type with one asked field is asked as that field: ``date`` is a phrase, not an
    object holding a phrase.
    """
    fields: dict[str, Any] = {
        name: (_asked_type(field.annotation, full), _required(field))
        for name, field in asked_fields(model, full=full).items()
    }
    return create_model(
        f"{model.__name__}Draft",
        __config__=ConfigDict(extra="forbid", strict=True),
        __doc__=model.__doc__,
        **fields,
    )


def _required(field: FieldInfo) -> Any:
    bounds = [m for m in field.metadata if not isinstance(m, Asked)]
    limits = {
        name: value
        for m in bounds
        for name in ("ge", "gt", "le", "lt", "max_length", "min_length")
        if (value := getattr(m, name, None)) is not None
    }
    return Field(description=field.description, **limits)


def _asked_type(annotation: Any, full: bool) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return list[_asked_type(arguments[0], full)]  # type: ignore[misc]
    if origin in (Union, UnionType):
        inner = [a for a in arguments if a is not NoneType]
        return _asked_type(inner[0], full) | None if len(inner) == 1 else annotation
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        asked = asked_fields(annotation, full=full)
        if len(asked) == 1:
            (only,) = asked.values()
            return _asked_type(only.annotation, full)
        return draft_model(annotation, full=full)
    return annotation


def expand(draft: Any, annotation: Any, *, full: bool) -> Any:
    """Return a draft as the nested data of ``annotation``, undoing the collapse of draft_model."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return [expand(item, arguments[0], full=full) for item in draft or ()]
    if origin in (Union, UnionType):
        inner = [a for a in arguments if a is not NoneType]
        return None if draft is None or len(inner) != 1 else expand(draft, inner[0], full=full)
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        asked = asked_fields(annotation, full=full)
        values = (
            draft if isinstance(draft, dict) and len(asked) > 1 else dict.fromkeys(asked, draft)
        )
        return {
            name: expand(values[name], field.annotation, full=full)
            for name, field in asked.items()
            if values.get(name) is not None
        }
    return draft


def collapse(value: Any, annotation: Any, *, full: bool) -> Any:
    """Return nested data as the model would write it: the inverse of ``expand``."""
    if isinstance(value, list):
        (item,) = get_args(annotation) or (Any,)
        return [collapse(v, item, full=full) for v in value]
    if isinstance(value, BaseModel):
        asked = asked_fields(type(value), full=full)
        shown = {n: collapse(getattr(value, n), f.annotation, full=full) for n, f in asked.items()}
        return next(iter(shown.values())) if len(shown) == 1 else shown
    return value


class _JudgedLater:
    """Accepts any object, but tells the model the schema of ``draft``.

    One bad record must not cost its good siblings, so records are validated one by one.
    """

    def __init__(self, draft: type[BaseModel]) -> None:
        self.draft = draft

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self.draft.__pydantic_core_schema__)


@cache
def reply_model(record_type: RecordType, *, full: bool, bins: bool, most: int) -> type[BaseModel]:
    """Return the class of one reply: up to ``most`` records and, with ``bins``, what is none."""

    def several(model: type[BaseModel], description: str) -> Any:
        item = Annotated[Any, _JudgedLater(draft_model(model, full=full))]
        return (list[item], Field(description=description, max_length=most))

    fields: dict[str, Any] = {"records": several(record_type.model, "one object per record")}
    if bins:
        fields["aggregate_tolls"] = several(
            AggregateToll, "totals over several events or a long time, which are no records"
        )
        fields["excluded_mentions"] = several(
            ExcludedMention, "what is planned, denied, hypothetical or background, no record"
        )
    return create_model(
        f"{record_type.model.__name__}Reply",
        __config__=ConfigDict(extra="forbid"),
        **fields,
    )
