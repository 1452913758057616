"""People driven from home, living displaced, or returning, coded after IDMC."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, computed_field

from llm_extract.record import CORE, FULL, Copied, Counts, DateRef, Figure, Place, Record

Flow = Literal[
    "new_displacement",
    "return",
    "multiple_displacement",
    "partial_flow",
    "cross_border_flight",
    "cross_border_return",
    "relocation_elsewhere",
    "deaths",
    "provisional_solutions",
    "failed_local_integration",
    "local_integration",
    "failed_return",
    "failed_relocation_elsewhere",
    "birth",
    "unverified_flow",
    "people_displaced_across_borders_flow",
]
Stock = Literal[
    "idps",
    "returnees",
    "locally_integrated_idps",
    "idps_settled_elsewhere",
    "people_displaced_across_borders",
    "partial_stock",
    "unverified_stock",
]
FigureCategory = Literal[Flow, Stock]
STOCKS: tuple[str, ...] = get_args(Stock)
FigureTerm = Literal[
    "displaced",
    "evacuated",
    "forced_to_flee",
    "relocated",
    "sheltered",
    "in_relief_camp",
    "homeless",
    "destroyed_housing",
    "partially_destroyed_housing",
    "uninhabitable_housing",
    "affected",
    "returns",
    "multiple_other",
]
TERMS_WITH_OCCURRENCE = (
    "displaced",
    "evacuated",
    "forced_to_flee",
    "relocated",
    "sheltered",
    "in_relief_camp",
)


class AffectedPlace(Place):
    """A place people left, or came to."""

    identifier: Annotated[
        Literal["origin", "destination", "origin_and_destination"] | None, FULL
    ] = Field(default=None, description="people left it, came to it, or moved inside it")


class Displacement(Record):
    """One figure of people who fled, were evacuated, live displaced or returned."""

    id_prefix: ClassVar[str] = "dis"
    figure_paths: ClassVar[tuple[str, ...]] = ("figure",)

    figure: Annotated[Figure, CORE, Counts("displaced")] = Field(
        default_factory=Figure, description='number and noun as written ("some 300 families")'
    )
    date: Annotated[DateRef, CORE] = Field(
        default_factory=DateRef, description="words that tell when, copied, or null"
    )
    locations: Annotated[list[AffectedPlace], CORE] = Field(
        default_factory=list, description="words that tell from where or where, copied"
    )
    cause: Annotated[Literal["conflict", "disaster", "other", "unclear"], CORE] = Field(
        default="unclear", description="what drove them: conflict or disaster"
    )
    figure_category: Annotated[FigureCategory, FULL] = Field(
        default="new_displacement",
        description="flow (new_displacement, return, cross_border_flight, ...) or stock "
        "(idps, returnees, ...), by IDMC's list",
    )
    figure_term: Annotated[FigureTerm | None, FULL] = Field(
        default=None, description="the word the text uses, by IDMC's list"
    )
    displacement_occurred: Annotated[
        Literal["before", "during", "after", "unknown"] | None, FULL
    ] = Field(default=None, description="before, during or after the event; else unknown")
    violence_type: Annotated[
        Literal["iac", "niac", "other_situation_of_violence", "unclear"] | None, FULL
    ] = Field(default=None, description="kind of conflict, if cause is conflict, else null")
    hazard: Annotated[str | None, FULL, Copied()] = Field(
        default=None, description="words that name the hazard, if cause is disaster, else null"
    )
    trigger_text: Annotated[str | None, FULL, Copied()] = Field(
        default=None, description='words that name what drove them ("the bombings"), or null'
    )
    cross_border: Annotated[Literal["yes", "no", "unclear"], FULL] = Field(
        default="unclear", description="they crossed a border"
    )
    housing_destruction: Annotated[bool | None, FULL] = Field(
        default=None, description="the text counts destroyed homes, not people"
    )
    time_scope: Literal["single_event", "period", "cumulative_period", "snapshot", "unclear"] = (
        "unclear"
    )
    role: Literal["recommended", "triangulation"] = "recommended"
    disaggregation: dict[str, int] | None = None
    incident_ids: list[str] = Field(default_factory=list)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def metric(self) -> Literal["flow", "stock"]:
        """Flow or stock; a function of the category, never mixed."""
        return "stock" if self.figure_category in STOCKS else "flow"
