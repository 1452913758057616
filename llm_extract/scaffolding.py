"""A schema and a prompt to start an own record type from."""

from __future__ import annotations

import re
from pathlib import Path

from llm_extract.errors import UsageError

_SCHEMA = '''"""{title}: what it is, in one line."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from llm_extract.record import CORE, FULL, Actor, DateRef, Place, Record


class {cls}(Record):
    """One {noun}; say here what is one and what is not."""

    id_prefix: ClassVar[str] = "{prefix}"

    # CORE fields are asked of every model, FULL ones of strong models only. Fields without a
    # mark are never asked: code or a person fills them. The description is what the model reads.
    kind: Annotated[Literal["peaceful", "violent", "unclear"], CORE] = Field(
        default="unclear", description="what kind it was"
    )
    date: Annotated[DateRef, CORE] = Field(
        default_factory=DateRef, description="words that tell the day, copied, or null"
    )
    location: Annotated[Place, CORE] = Field(
        default_factory=Place, description="words that tell the place, copied, or null"
    )
    organisers: Annotated[list[Actor], FULL] = Field(
        default_factory=list, description="who organised it, as the text names them"
    )
'''
_PROMPT = """{{% extends "_frame.md.j2" %}}
{{% set database = "{noun}s" %}}
{{% set noun = "{noun}" %}}
{{% set plural = "{noun}s" %}}
{{% block definition %}}
A {noun} is ... Not one: ...
{{% endblock %}}
{{% block example %}}
[1] An invented sentence on Friday in Kessi that tells of one.
{{{{ answer(
  {{"sentences": [1], "kind": "peaceful", "date": {{"text": "on Friday"}},
   "location": {{"text": "in Kessi"}}}}
) }}}}
{{% endblock %}}
"""


def write_new_type(name: str, directory: Path) -> tuple[Path, Path]:
    """Write ``schemas/NAME.py`` and ``prompts/NAME.md.j2`` below ``directory``; return both."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(
            f"{name!r} cannot name a record type", "use small letters, digits and _: protest_event"
        )
    schema = directory / "schemas" / f"{name}.py"
    prompt = directory / "prompts" / f"{name}.md.j2"
    for path in (schema, prompt):
        if path.exists():
            raise UsageError(f"{path} exists already", "choose another name or directory")
    noun = name.replace("_", " ")
    cls = "".join(word.capitalize() for word in name.split("_"))
    for path, content in (
        (schema, _SCHEMA.format(title=noun.capitalize(), cls=cls, noun=noun, prefix=name[:3])),
        (prompt, _PROMPT.format(noun=noun)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return schema, prompt
