"""What comes out: one extraction for each article and record type, one JSON line each."""

from __future__ import annotations

import re
from typing import Any, Generic, Literal, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from llm_extract.record import AggregateToll, ExcludedMention, Record

FORMAT = 1
"""Version of the extraction line; raised when a reader of older lines would be misled."""

State = Literal["ok", "empty", "partial", "failed"]
"""``ok`` all judged well; ``empty`` looked and found none; ``partial`` some records were rejected
or some sentences could not be asked about; ``failed`` nothing could be asked."""

R = TypeVar("R", bound=Record)

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_DEEPEST = 20


class Message(TypedDict):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Line(BaseModel):
    """Base of what is written to an extraction line."""

    model_config = ConfigDict(extra="forbid")


class Usage(Line):
    """Tokens, summed over all attempts; null where an endpoint does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None

    @property
    def total(self) -> int | None:
        """Tokens read and written; None where neither is known."""
        if self.prompt_tokens is None and self.completion_tokens is None:
            return None
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)

    def __add__(self, other: Usage) -> Usage:
        def add(a: int | None, b: int | None) -> int | None:
            return b if a is None else a if b is None else a + b

        return Usage(
            prompt_tokens=add(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=add(self.completion_tokens, other.completion_tokens),
            cached_tokens=add(self.cached_tokens, other.cached_tokens),
        )


class Attempt(Line):
    """One question put to the model."""

    reason: Literal["first", "second_look", "ask_again", "malformed", "split"]
    sentences: list[int]
    """The sentences asked about."""
    finish_reason: str = ""
    problem: str | None = None
    """Why the reply could not be used, or null."""
    mode: str = ""
    """How structure was asked for: json_schema, tools or json."""
    repaired: str | None = None
    requests: int = 0
    """HTTP requests made, repeats after transport faults included."""
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0


class Rejected(Line):
    """A draft that did not become a record, kept with the reasons."""

    draft: Any
    """What the model wrote."""
    reasons: list[str]
    """Each with the id of the rule."""
    sentences: list[int] = Field(default_factory=list)


class Fingerprints(Line):
    """Short hashes that tell whether two extractions were made from the same inputs."""

    article: str
    prompt: str
    types: str


class ServedBy(Line):
    """Which model answered, and where."""

    asked: str
    served: str = ""
    endpoint: str = ""


class Extraction(Line, Generic[R]):
    """What was found in one article for one record type, and everything that was not."""

    format: int = FORMAT
    article_id: str
    article_sha256: str
    record_type: str
    state: State
    failure: str | None = None
    """Why nothing, or not all, could be asked."""
    failure_is_final: bool = False
    """The endpoint is gone or refuses: asking about other articles would fail too."""
    records: list[SerializeAsAny[R]] = Field(default_factory=list)
    rejected: list[Rejected] = Field(default_factory=list)
    aggregate_tolls: list[AggregateToll] = Field(default_factory=list)
    excluded_mentions: list[ExcludedMention] = Field(default_factory=list)
    recall_alarms: list[int] = Field(default_factory=list)
    """Sentences that name a figure of this kind which nothing above has claimed."""
    not_asked: list[int] = Field(default_factory=list)
    """Sentences no question was asked about: no word of this record type stands near them."""
    flags: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What code mended without asking the model."""
    model: ServedBy
    profile: str
    fingerprints: Fingerprints
    attempts: list[Attempt] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    cost: float | None = None
    """In US dollars; null when the price is unknown, never 0."""
    tool_version: str = ""


def writable(value: Any, depth: int = _DEEPEST) -> Any:
    """Return what a model wrote as it can be stored: half characters as U+FFFD, depth bounded."""
    if isinstance(value, str):
        return _HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", value)
    if depth == 0 and isinstance(value, dict | list):
        return "nested too deep"
    if isinstance(value, dict):
        return {writable(k): writable(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [writable(v, depth - 1) for v in value]
    return value
