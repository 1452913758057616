"""The noun everything starts from: one news article, its text stored exactly as read."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PublishedOrigin = Literal["given_by_user", "front_matter", "metadata", "jsonl", "unknown"]
"""Where the publication date came from."""


class Article(BaseModel):
    """One news article; ``text`` is never changed after reading, and all offsets refer to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Name of the article: the file's stem, or the id its file gives."""
    text: str
    """The text exactly as read; offsets count its characters from 0."""
    title: str | None = None
    published: dt.date | None = None
    """Publication date: the anchor of "Tuesday" and "last week"."""
    published_origin: PublishedOrigin = "unknown"
    publisher: str | None = None
    language: str = "en"
    """ISO 639-1 code."""
    url: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    """Keys of the input that the tool does not know, kept as they came."""
    warnings: tuple[str, ...] = ()
    """What a reader of this article's records should know about how it was read."""

    @property
    def sha256(self) -> str:
        """Hash of the text, as 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
