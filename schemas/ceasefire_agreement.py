"""Arrangements to stop or limit fighting, after ETH/PRIO (Clayton et al. 2022) and PA-X."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from llm_extract.record import CORE, FULL, Actor, Copied, DateRef, Part, Place, Record

AgreementKind = Literal[
    "ceasefire",
    "truce",
    "cessation_of_hostilities",
    "humanitarian_pause",
    "local_reconciliation",
    "evacuation_deal",
    "demilitarised_zone",
    "deescalation_zone",
    "withdrawal_deal",
    "prisoner_exchange",
    "peace_agreement",
    "framework",
    "extension",
    "other",
]
PartyRole = Literal[
    "signatory",
    "declaring_party",
    "mediator",
    "guarantor",
    "sponsor",
    "monitor",
    "witness",
    "host",
]
Status = Literal[
    "proposed",
    "under_negotiation",
    "agreed",
    "in_force",
    "extended",
    "violated",
    "suspended",
    "expired",
    "collapsed",
    "rejected",
    "unclear",
]
YesNo = Literal["yes", "no", "unclear"]


class Party(Actor):
    """A party to the agreement, or a third party that helped it along."""

    role: Annotated[PartyRole, CORE] = Field(
        default="signatory", description="signs, declares, brokers, guarantees or watches it"
    )
    also: list[str] = Field(default_factory=list)


class AgreementDates(Part):
    """When the agreement was proposed, declared, took effect and ended."""

    proposed: Annotated[DateRef | None, FULL] = Field(
        default=None, description="words that tell when it was proposed"
    )
    declared: Annotated[DateRef | None, CORE] = Field(
        default=None, description="words that tell when it was announced, signed or unveiled"
    )
    effective: Annotated[DateRef | None, FULL] = Field(
        default=None, description="words that tell when it takes effect"
    )
    planned_end: Annotated[DateRef | None, FULL] = Field(
        default=None, description="words that tell when it is to end"
    )
    ended: Annotated[DateRef | None, FULL] = Field(
        default=None, description="words that tell when it ended"
    )


class Provision(Part):
    """One thing the agreement provides for."""

    provision: Annotated[
        Literal[
            "monitoring",
            "verification",
            "enforcement",
            "ddr",
            "demilitarised_zone",
            "separation_of_forces",
            "withdrawal",
            "humanitarian_access",
            "freedom_of_movement",
            "prisoner_exchange",
            "civilian_protection",
            "return_of_displaced",
            "political_talks",
        ],
        FULL,
    ] = Field(description="what is provided for")
    level: Annotated[int, FULL] = Field(
        default=1, ge=1, le=3, description="1 mentioned, 2 mechanism named, 3 detailed"
    )


class Pax(Part):
    """PA-X codes; they judge the document, not its mention in the press: usually null."""

    agtp: str | None = None
    stage: str | None = None
    stage_sub: str | None = None
    status: str | None = None


class CeasefireAgreement(Record):
    """An arrangement by or between conflict parties to suspend hostilities."""

    id_prefix: ClassVar[str] = "cf"

    agreement_name_reported: Annotated[str | None, CORE, Copied()] = Field(
        default=None, description='what the text calls it, copied ("a three-day truce")'
    )
    agreement_kind: Annotated[AgreementKind, CORE] = Field(
        default="other", description="what kind of arrangement it is"
    )
    parties: Annotated[list[Party], CORE] = Field(
        default_factory=list,
        description="who made, declared, brokered or guarantees it; name copied, and role",
    )
    dates: Annotated[AgreementDates, CORE] = Field(
        default_factory=AgreementDates,
        description="words that tell when it was announced, signed or unveiled, copied, or null",
    )
    location: Annotated[Place | None, CORE] = Field(
        default=None, description="words that tell where it holds, copied, or null"
    )
    status: Annotated[Status, CORE] = Field(
        default="unclear", description="how the text tells it stands now"
    )
    declaration_type: Annotated[
        Literal["unilateral", "bilateral", "multilateral", "unclear"], FULL
    ] = Field(default="unclear", description="declared by one, two or more parties")
    ceasefire_class: Annotated[
        Literal["cessation_of_hostilities", "preliminary", "definitive", "unclear"], FULL
    ] = Field(
        default="unclear",
        description="preliminary needs monitoring, definitive needs demobilisation or a "
        "settlement, in the text; else unclear",
    )
    purposes: Annotated[
        list[Literal["humanitarian", "peace_process", "holiday", "election", "other", "unclear"]],
        FULL,
    ] = Field(default_factory=list, description="what it is for, as far as the text tells")
    coverage: Annotated[Literal["full", "partial", "unclear"], FULL] = Field(
        default="unclear", description="the whole conflict, or an area or some parties only"
    )
    affected_actors: Annotated[list[str], FULL, Copied()] = Field(
        default_factory=list, description="parties bound or separated that did not sign, copied"
    )
    written: Annotated[YesNo, FULL] = Field(default="unclear", description="a written document")
    mediated: Annotated[YesNo, FULL] = Field(default="unclear", description="someone mediated")
    fixed_term: Annotated[YesNo, FULL] = Field(default="unclear", description="has a fixed term")
    duration_text: Annotated[str | None, FULL, Copied()] = Field(
        default=None, description='words that tell how long, copied ("for 72 hours"), or null'
    )
    provisions: Annotated[list[Provision], FULL] = Field(
        default_factory=list, description="what it provides for, as far as the text tells"
    )
    agreement_name_normalized: str | None = None
    status_as_of: dt.date | None = None
    status_basis: str | None = None
    pax: Pax = Field(default_factory=Pax)
