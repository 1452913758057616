"""Violent or political events on one day at one place, coded after ACLED and UCDP GED."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, computed_field

from llm_extract.record import (
    CORE,
    FULL,
    Actor,
    Copied,
    Count,
    Counts,
    DateRef,
    GroupCount,
    Part,
    Place,
    Record,
    Subset,
)

EventType = Literal[
    "Battles",
    "Protests",
    "Riots",
    "Explosions/Remote violence",
    "Violence against civilians",
    "Strategic developments",
]
SubEventType = Literal[
    "Government regains territory",
    "Non-state actor overtakes territory",
    "Armed clash",
    "Excessive force against protesters",
    "Protest with intervention",
    "Peaceful protest",
    "Violent demonstration",
    "Mob violence",
    "Chemical weapon",
    "Air/drone strike",
    "Suicide bomb",
    "Shelling/artillery/missile attack",
    "Remote explosive/landmine/IED",
    "Grenade",
    "Sexual violence",
    "Attack",
    "Abduction/forced disappearance",
    "Agreement",
    "Arrests",
    "Change to group/activity",
    "Disrupted weapons use",
    "Headquarters or base established",
    "Looting/property destruction",
    "Non-violent transfer of territory",
    "Other",
]
EVENT_TYPE_OF: dict[str, EventType] = {
    **dict.fromkeys(
        (
            "Government regains territory",
            "Non-state actor overtakes territory",
            "Armed clash",
        ),
        "Battles",
    ),
    **dict.fromkeys(
        ("Excessive force against protesters", "Protest with intervention", "Peaceful protest"),
        "Protests",
    ),
    **dict.fromkeys(("Violent demonstration", "Mob violence"), "Riots"),
    **dict.fromkeys(
        (
            "Chemical weapon",
            "Air/drone strike",
            "Suicide bomb",
            "Shelling/artillery/missile attack",
            "Remote explosive/landmine/IED",
            "Grenade",
        ),
        "Explosions/Remote violence",
    ),
    **dict.fromkeys(
        ("Sexual violence", "Attack", "Abduction/forced disappearance"),
        "Violence against civilians",
    ),
    **dict.fromkeys(
        (
            "Agreement",
            "Arrests",
            "Change to group/activity",
            "Disrupted weapons use",
            "Headquarters or base established",
            "Looting/property destruction",
            "Non-violent transfer of territory",
            "Other",
        ),
        "Strategic developments",
    ),
}
"""ACLED's sub-event types in hierarchy order: if two fit, the earlier wins."""

ViolenceType = Literal["state_based", "non_state", "one_sided"]
TerritoryChange = Literal[
    "none", "government_regains", "non_state_overtakes", "non_violent_transfer"
]


class Fatalities(Part):
    """The dead: the total, who they were, and parts of those numbers that are never added."""

    total: Annotated[Count, FULL, Counts("killed")] = Field(
        default_factory=Count, description="all dead of this incident, as one number in the text"
    )
    by_group: Annotated[list[GroupCount], CORE, Counts("killed")] = Field(
        default_factory=list, description="the dead, one entry for each number of dead in the text"
    )
    subsets: Annotated[list[Subset], FULL, Counts("killed")] = Field(
        default_factory=list,
        description='parts of a number already given ("including 13 women"), never added',
    )


class Incident(Record):
    """One violent or political event on one day at one place or in one area."""

    id_prefix: ClassVar[str] = "inc"
    figure_paths: ClassVar[tuple[str, ...]] = ("fatalities",)

    sub_event_type: Annotated[SubEventType, CORE] = Field(
        default="Other", description="what happened, by ACLED's labels"
    )
    event_clarity: Annotated[Literal["discrete", "summary"], FULL] = Field(
        default="discrete",
        description="summary if several strikes or places stand under one total, else discrete",
    )
    violence_type: Annotated[ViolenceType | None, FULL] = Field(
        default=None,
        description="state_based, non_state, one_sided (civilians attacked); null without force",
    )
    date: Annotated[DateRef, CORE] = Field(
        default_factory=DateRef,
        description='words that tell the day, copied ("On Friday"), or null',
    )
    location: Annotated[Place, CORE] = Field(
        default_factory=Place,
        description='words that tell the place, copied ("near Tabora"), or null',
    )
    side_a: Annotated[list[Actor], CORE] = Field(
        default_factory=list,
        description="the government's side, or who attacked civilians, as the text names them",
    )
    side_b: Annotated[list[Actor], CORE] = Field(
        default_factory=list, description="their opponents, or the civilians attacked"
    )
    attacker: Annotated[Literal["side_a", "side_b", "both", "unclear"] | None, FULL] = Field(
        default=None, description="which side attacked"
    )
    civilian_targeting: Annotated[bool, FULL] = Field(
        default=False, description="civilians are the main or only target (not bystanders)"
    )
    territory_change: Annotated[TerritoryChange, FULL] = Field(
        default="none", description="who took territory in this event"
    )
    weapon_mode: Annotated[str | None, FULL, Copied()] = Field(
        default=None, description="words that name the weapon, copied, or null"
    )
    fatalities: Annotated[Fatalities, CORE] = Field(
        default_factory=Fatalities,
        description="the dead, one entry for each number; [] if the text gives none",
    )
    injured: Annotated[Count | None, FULL, Counts("injured")] = Field(
        default=None, description="number of wounded as written, or null"
    )
    abducted: Annotated[Count | None, FULL, Counts("abducted")] = Field(
        default=None, description="number of abducted as written, or null"
    )
    part_of: list[str] = Field(default_factory=list)
    includes: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def event_type(self) -> EventType:
        """ACLED event type; a function of the sub-event type."""
        return EVENT_TYPE_OF[self.sub_event_type]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def disorder_type(self) -> str:
        """ACLED disorder type; a function of the sub-event type."""
        if self.sub_event_type == "Excessive force against protesters":
            return "Political violence; Demonstrations"
        if self.event_type == "Protests" or self.sub_event_type == "Violent demonstration":
            return "Demonstrations"
        if self.event_type == "Strategic developments":
            return "Strategic developments"
        return "Political violence"
