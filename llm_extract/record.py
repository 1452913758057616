"""The nouns of the codebook: what every record is made of, and who fills which field.

Each field is marked with who fills it. ``Asked`` fields are copied or chosen by the model;
all others are computed by code or left to a human coder, and are never shown to the model.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from llm_extract.coding.counts import Qualifier
from llm_extract.coding.dates import Precision


@dataclass(frozen=True, slots=True)
class Asked:
    """Marks a field the model fills; ``core`` fields are asked of small models too."""

    core: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    """Marks what a count counts, so that "12 wounded" can not stand for 12 dead."""

    role: Literal["killed", "injured", "abducted", "displaced"]


@dataclass(frozen=True, slots=True)
class Copied:
    """Marks a phrase that must stand in the record's evidence word for word."""


CORE = Asked()
FULL = Asked(core=False)

Assertion = Literal["reported", "claimed", "denied", "planned", "hypothetical"]
SupportLevel = Literal["stated", "normalised", "derived", "inferred", "unsupported"]
Accuracy = Literal["day", "week", "month", "year"]
Inter = Literal[
    "State forces",
    "Rebel group",
    "Political militia",
    "Identity militia",
    "Rioters",
    "Protesters",
    "Civilians",
    "External/Other forces",
]
PlaceKind = Literal[
    "populated_place",
    "facility",
    "road",
    "natural_feature",
    "admin1",
    "admin2",
    "admin3",
    "country",
    "cross_border_area",
    "sea_air",
]
PlaceRelation = Literal[
    "in",
    "near",
    "north_of",
    "south_of",
    "east_of",
    "west_of",
    "between",
    "along",
]
SourceKind = Literal[
    "state",
    "state_media",
    "armed_actor",
    "un_agency",
    "intergov_org",
    "monitoring_ngo",
    "ngo",
    "news_agency",
    "local_media",
    "eyewitness",
    "official",
    "unnamed",
]
Quantifier = Literal["more_than", "less_than", "exact", "approximately"]
ExclusionReason = Literal[
    "planned_or_future",
    "hypothetical",
    "denied",
    "intent_or_ongoing_without_event",
    "campaign_background",
    "historical_background",
    "metaphor_or_headline",
    "other_topic",
]
TollScope = Literal["multi_event_total", "cumulative_period", "conflict_total"]


class Part(BaseModel):
    """Base of everything a record is made of: unknown keys are an error, never dropped."""

    model_config = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)


class Span(Part):
    """A place in the article's text: characters counted from 0, end exclusive."""

    char_start: int
    char_end: int


class Support(Part):
    """How well the cited text carries one value."""

    level: SupportLevel
    spans: list[Span] = Field(default_factory=list)
    """Where the words stand; inside the record's evidence unless the level is inferred."""
    basis: str = ""
    """Why this level, in words for a person."""


class Evidence(Part):
    """One quoted passage that proves a record."""

    quote: str
    """Exact substring of the article."""
    sentence: int | None = None
    """Number of the sentence it is, or lies in; from 1."""
    char_start: int | None = None
    char_end: int | None = None
    occurrences: int | None = None
    """How often the quote stands in the article."""
    match: Literal["exact", "whitespace", "fuzzy"] | None = None


class Count(Part):
    """A number of people with the words that give it; not reported is null, never 0."""

    text: Annotated[str | None, CORE] = Field(
        default=None, description="the words that give the number, with who is counted"
    )
    value: int | None = Field(default=None, ge=0)
    qualifier: Qualifier = "not_reported"
    low: int | None = None
    best: int | None = None
    high: int | None = None


class GroupCount(Count):
    """The dead of one group."""

    text: Annotated[str | None, CORE] = Field(
        default=None,
        description='number and noun as written, like "23 soldiers" or "at least two women"',
    )
    group: Annotated[Literal["side_a", "side_b", "civilians", "unknown"], CORE] = Field(
        default="unknown", description="who the dead are"
    )
    label: str | None = None
    """The words that name the group, as written."""


class Figure(Part):
    """A number of persons or households, as printed, and what code made of it (IDMC terms)."""

    text: Annotated[str | None, CORE] = Field(
        default=None, description='number and noun as written ("some 300 families")'
    )
    value: int | None = Field(default=None, ge=0)
    quantifier: Quantifier | None = None
    unit: Literal["person", "household"] | None = None
    household_size: float | None = Field(default=None, gt=0)
    total_persons: int | None = Field(default=None, ge=0)
    vague_text: str | None = None


class Subset(Part):
    """Part of a number already counted ("including 13 jihadists"); never added."""

    text: Annotated[str | None, CORE] = Field(
        default=None, description='the words, like "including 13 women"'
    )
    of: Annotated[Literal["total", "side_a", "side_b", "civilians", "unknown"], CORE] = Field(
        default="total", description="the number it is part of"
    )
    label: str | None = None
    value: int | None = Field(default=None, ge=0)


class DateRef(Part):
    """A time as the text tells it, and the days that code made of it."""

    text: Annotated[str | None, CORE] = Field(
        default=None, description="the words that tell the day, copied, never a computed date"
    )
    start: dt.date | None = None
    end: dt.date | None = None
    precision: Precision = "unknown"
    start_accuracy: Accuracy | None = None
    end_accuracy: Accuracy | None = None
    time_of_day: Annotated[str | None, FULL, Copied()] = Field(
        default=None, description='the words that tell the time of day, like "at dawn"'
    )
    basis: str | None = None


class Place(Part):
    """Where something happened, as the text tells it."""

    text: Annotated[str | None, CORE] = Field(
        default=None, description='the words that tell the place, with "near" or "east of"'
    )
    kind: Annotated[PlaceKind | None, FULL] = Field(default=None, description="what it is")
    relation: Annotated[PlaceRelation | None, FULL] = Field(
        default=None, description="where the event lies, seen from the named place"
    )
    name_normalized: str | None = None
    admin1: str | None = None
    admin2: str | None = None
    country_iso3: str | None = None
    lat: float | None = None
    lon: float | None = None
    geonameid: int | None = None
    pcode: str | None = None
    acled_geo_precision: int | None = Field(default=None, ge=1, le=3)
    ucdp_where_prec: int | None = Field(default=None, ge=1, le=7)


class Actor(Part):
    """A party, named as the text names it."""

    name_reported: Annotated[str, CORE] = Field(description="the name, copied")
    inter: Annotated[Inter | None, FULL] = Field(
        default=None, description="kind of actor, by ACLED's eight labels"
    )
    name_normalized: str | None = None
    country_iso3: str | None = None
    ucdp_actor_id: int | None = None
    gwno: int | None = None


class SourceAttribution(Part):
    """Who says so."""

    name_reported: Annotated[str | None, CORE] = Field(
        default=None, description='who the text says reports it ("according to X": X)'
    )
    kind: Annotated[SourceKind | None, FULL] = Field(default=None, description="kind of source")
    name_normalized: str | None = None
    relayed_by: str | None = None
    is_party_to_conflict: bool | None = None


class AggregateToll(Part):
    """A total over several events or a long time: kept beside the records, never one of them."""

    id: str = ""
    sentences: Annotated[list[int], CORE] = Field(
        default_factory=list, description="numbers of the sentences"
    )
    text: Annotated[str | None, CORE] = Field(default=None, description="the number as written")
    scope: TollScope = "multi_event_total"
    value: int | None = Field(default=None, ge=0)
    qualifier: Qualifier = "not_reported"
    population: str | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    decomposes_into: list[str] = Field(default_factory=list)
    check: str | None = None
    source: SourceAttribution | None = None
    evidence: list[Evidence] = Field(default_factory=list)
    reason: str | None = None
    """Why code put it here, when the model had made a record of it."""


class ExcludedMention(Part):
    """Something the text mentions that is no record: planned, denied, background."""

    sentences: Annotated[list[int], CORE] = Field(
        default_factory=list, description="numbers of the sentences"
    )
    reason: Annotated[ExclusionReason, CORE] = Field(
        default="other_topic", description="why it is no record"
    )
    text: str | None = None
    would_be: str | None = None
    evidence: list[Evidence] = Field(default_factory=list)


class Record(Part):
    """One thing the article reports, with the sentences that prove it."""

    id_prefix: ClassVar[str] = "rec"
    """Start of the record's local id, as in ``inc-1``."""
    figure_paths: ClassVar[tuple[str, ...]] = ()
    """Fields whose count is what the record is about; a second look searches for them."""

    id: str = ""
    sentences: Annotated[list[int], CORE] = Field(
        default_factory=list, description="numbers of the sentences that tell of it, no others"
    )
    summary: Annotated[str | None, FULL] = Field(
        default=None, max_length=300, description="one sentence, no fact that is not in the text"
    )
    assertion: Annotated[Assertion, FULL] = Field(
        default="reported", description="how the text tells it; denied or planned is no record"
    )
    source: Annotated[SourceAttribution | None, CORE] = Field(
        default=None, description='who reports it ("according to X" or "X said": X), or null'
    )
    evidence: list[Evidence] = Field(default_factory=list)
    support: dict[str, Support] = Field(default_factory=dict)
    """Path of a value (``fatalities.total.value``) to how well the text carries it."""
    flags: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _computed_fields_are_written_but_not_read(cls, data: Any) -> Any:
        if isinstance(data, dict) and cls.model_computed_fields:
            return {k: v for k, v in data.items() if k not in cls.model_computed_fields}
        return data
