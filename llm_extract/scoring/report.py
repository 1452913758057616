"""What an evaluation comes to: scores of each article, and figures with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1


class Line(BaseModel):
    """Base of what is written to a report."""

    model_config = ConfigDict(extra="forbid")


@dataclass(slots=True)
class Tally:
    """How often values came out how; a wrong value counts as missed and as spurious."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    spurious: int = 0
    near: int = 0
    """Right, or within one day, or within the bounds of a count."""
    grounded: int = 0
    """Right, in a record that cites the right passage, and carried by the words it cites."""

    def add(self, other: Tally) -> None:
        """Add another tally, in place."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.spurious += other.spurious
        self.near += other.near
        self.grounded += other.grounded


class ComparedField(Line):
    """One field of one pair of records, in words for a person."""

    field: str
    verdict: str
    """right, near, wrong, missed, spurious, or partly for lists that are only partly right."""
    grounded: bool = False
    wanted: str = ""
    found: str = ""


class ComparedRecord(Line):
    """A labelled record beside the extracted one, or one of them alone."""

    record_type: str
    outcome: str
    """found, missed, spurious, forbidden, or optional (either way)."""
    wanted_id: str | None = None
    found_id: str | None = None
    similarity: float | None = None
    swapped: bool = False
    """The sides are the other way round; scored as if they were not."""
    forbidden: str | None = None
    """What it was made of: the total or the mention that is no record."""
    fields: list[ComparedField] = Field(default_factory=list)
    wanted_spans: list[tuple[int, int]] = Field(default_factory=list)
    found_spans: list[tuple[int, int]] = Field(default_factory=list)


class TypeScore(Line):
    """One article's scores for one record type."""

    state: str
    """State of the extraction, or ``absent`` if there is no line of it."""
    records: Tally = Field(default_factory=Tally)
    values: Tally = Field(default_factory=Tally)
    """All values of the fields asked of every model."""
    fields: dict[str, Tally] = Field(default_factory=dict)
    forbidden: int = 0
    sided: int = 0
    """Pairs with two sides, and how many of them have the sides swapped."""
    swapped: int = 0
    judged: int = 0
    """Values the verifier has judged, and how many of them the text does not carry."""
    unsupported: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    calls: int = 0
    re_asks: int = 0


class ArticleScore(Line):
    """One article's scores, and what stands behind them."""

    article_id: str
    title: str | None = None
    language: str
    words: int
    split: str | None = None
    traps: list[str] = Field(default_factory=list)
    profile: str = ""
    types: dict[str, TypeScore] = Field(default_factory=dict)
    records: list[ComparedRecord] = Field(default_factory=list)


class Figure(Line):
    """One number, how sure it is, and what it rests on."""

    value: float | None
    """None: undefined, as precision is where nothing was extracted."""
    low: float | None = None
    """Bounds of the 95 % interval; None where it cannot be told."""
    high: float | None = None
    n: int = 0
    """Records, values, pairs or articles the number is a share or mean of."""
    articles: int = 0


class Report(Line):
    """The outcome of one evaluation; ``figures`` by slice and name."""

    format: int = FORMAT
    tool_version: str = ""
    labels: str
    split: str | None = None
    model: str = ""
    profile: str = ""
    seed: int
    resamples: int
    judged_support: bool = False
    absent: list[str] = Field(default_factory=list)
    """Articles with a label that no extraction line speaks of."""
    other_text: list[str] = Field(default_factory=list)
    """Articles whose text is not the one that was extracted from."""
    figures: dict[str, dict[str, Figure]] = Field(default_factory=dict)
    fields: dict[str, dict[str, dict[str, Figure]]] = Field(default_factory=dict)
    """Record type → field → name of the figure."""
    articles: list[ArticleScore] = Field(default_factory=list)
