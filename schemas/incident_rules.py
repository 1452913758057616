"""How an incident is judged: rules of ACLED and UCDP GED that need no gazetteer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from llm_extract.coding.citations import Cited
from llm_extract.coding.cues import (
    ABDUCTED,
    AGGREGATE,
    INJURED,
    KILLED,
    VIOLENCE,
    has,
    words,
)
from llm_extract.coding.inheritance import governing_date
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.schemas._incident_completion import AIR_RAID, CHANGE_OF, complete
from llm_extract.schemas.incident import Incident
from llm_extract.verification.findings import Finding
from llm_extract.verification.rules import doubted

__all__ = ["complete", "rules"]

_LONGEST = dt.timedelta(days=31)
_WEEK = dt.timedelta(days=7)
_MANY_DEAD = 1000
_MANY_INJURED = 5000
_STATES: set[str | None] = {"State forces", "External/Other forces"}
_ENGAGED = words(r"engaged by", r"came under fire", r"exchange of fire", r"returned fire")
_ON_THE_GROUND = words(
    r"clash\w*", r"fight(?:s|ing|ers?)?", r"fought", r"battl\w+", r"ground", r"gunfire", r"gun ?battles?", r"firefights?",
    r"ambush\w*", r"storm(?:ed|ing)", r"combats?", r"affrontements?", r"enfrentamientos?", r"combates?", r"اشتباك\w*",
    r"معارك", r"бо[йяие]\w*", r"столкновени\w*", r"зіткненн\w*",
)  # fmt: skip
_WHOLE = words(
    r"both (?:camps|sides)", r"all sides", r"in all", r"in total", r"altogether", r"overall", r"deux camps",
    r"au total", r"ambos bandos", r"en total", r"الطرفين", r"الجانبين", r"إجمالي", r"обеих сторон", r"всего",
    r"обох сторін", r"загалом",
)  # fmt: skip
_WAR = re.compile(
    r"\b(?:the )?(?:civil |whole )?(?:war|conflict|uprising|insurgency)\b[^.]{0,60}"
    r"\b(?:claimed|killed|left|cost|taken)\b|\bla guerre\b[^.]{0,60}\b(?:tué|fait|coûté)\b"
    r"|\bla guerra\b[^.]{0,60}\b(?:matado|dejado|causado)\b|الحرب[^.]{0,60}(?:قتل|أودت|أسفرت)",
    re.IGNORECASE,
)
_CAMPAIGN = words(
    r"offensives?", r"campaigns?", r"in recent (?:days|weeks|months|years)", r"(?:days|weeks|months|years) of",
    r"ces derni[èe]r(?:e)?s (?:jours|semaines|mois)", r"campagne", r"en los [úu]ltimos (?:d[íi]as|meses)", r"ofensiva",
    r"campaña", r"هجوم واسع", r"حملة", r"الأيام الأخيرة", r"наступлени\w*", r"в последние (?:дни|недели|месяцы)", r"наступ\w*",
    r"останн(?:іми|і) (?:дні|днями|тижні|місяці)",
)  # fmt: skip


def rules(incident: Incident, cited: Cited) -> Iterator[Finding]:
    """Apply the rules of the codebook to one incident."""
    yield from _an_event(incident, cited)
    yield from _counts(incident)
    yield from _many_injured(incident)
    yield from _time(incident, cited)
    yield from _sides(incident)
    yield from _violence_type_fits(incident)
    yield from _territory_fits(incident)
    yield from _from_the_air(incident, cited)


def _an_event(incident: Incident, cited: Cited) -> Iterator[Finding]:
    """Refuse what the cited sentences do not tell as something that happened."""
    told = " ".join(s.quote for s in cited.sentences)
    if not cited.sentences:
        return
    if not any(has(p, told) for p in (VIOLENCE, KILLED, INJURED, ABDUCTED, _ENGAGED)):
        yield Finding(
            "R-I9",
            "reject",
            "",
            "the cited sentences tell of no event",
            belongs_to="excluded_mentions",
            reason="other_topic",
        )
        return
    if _counts_dead(incident):
        return
    flight = any(c.role == "displaced" for s in cited.sentences for c in cited.text.counted(s))
    if flight and not has(KILLED, told) and not has(INJURED, told):
        yield Finding(
            "R-I9", "reject", "", "the cited sentences count people who fled, and tell of no event",
            belongs_to="excluded_mentions", reason="other_topic",
        )  # fmt: skip
        return
    if has(_CAMPAIGN, told):
        yield Finding(
            "R-D5", "reject", "", "a campaign over days or months, with no event of its own",
            belongs_to="excluded_mentions", reason="campaign_background",
        )  # fmt: skip
        return
    doubt = doubted(cited)
    if doubt:
        yield Finding(
            "R-I9",
            "reject",
            "",
            f"the cited sentences tell it as {doubt}",
            belongs_to="excluded_mentions",
            reason="denied" if doubt == "denied" else "hypothetical",
        )


def _counts(incident: Incident) -> Iterator[Finding]:
    dead = incident.fatalities
    total, groups = dead.total.value, [g for g in dead.by_group if g.value is not None]
    path = "fatalities"
    if total is not None:
        for index, group in enumerate(dead.by_group):
            if (group.value or 0) > total:
                yield Finding(
                    "R-C5", "reject", f"{path}.by_group.{index}.value",
                    f"{group.value} of one group is more than all {total}",
                )  # fmt: skip
        if dead.total.qualifier == "derived_sum" and sum(g.value or 0 for g in groups) != total:
            yield Finding("R-C2", "reject", f"{path}.total.value", "not the sum of its parts")
        if total > _MANY_DEAD:
            yield Finding("R-C8", "flag", f"{path}.total.value", f"{total} dead", flag="very_large")
    for index, subset in enumerate(dead.subsets):
        whole = [g.value for g in groups if g.group == subset.of and g.value is not None]
        limit = max(whole, default=total)
        if subset.value is not None and limit is not None and subset.value > limit:
            yield Finding(
                "R-C3", "reject", f"{path}.subsets.{index}.value",
                f"{subset.value} is more than the {limit} it is part of",
            )  # fmt: skip


def _many_injured(incident: Incident) -> Iterator[Finding]:
    injured = incident.injured.value if incident.injured else None
    if injured is not None and injured > _MANY_INJURED:
        yield Finding("R-C8", "flag", "injured.value", f"{injured} injured", flag="very_large")


def _time(incident: Incident, cited: Cited) -> Iterator[Finding]:
    start, end = incident.date.start, incident.date.end
    told = [s.quote for s in cited.sentences]
    figures = [s.quote for s in cited.sentences if has(KILLED, s.quote)] or told
    if any(_WAR.search(quote) for quote in figures):
        yield _toll("G3", "a total of a whole war", "conflict_total")
    elif start and end and end - start > _LONGEST:
        yield _toll(
            "R-D5", f"{start} to {end} is a campaign, not one incident", "cumulative_period"
        )
    elif _counts_dead(incident) and any(has(AGGREGATE, quote) for quote in figures):
        if start is None or (end and end - start > _WEEK):
            yield _toll("G1", "a total over a long time, not one incident", "cumulative_period")
        elif end and end > start:
            yield Finding("G2", "flag", "date", "a total over several days", flag="multi_day_total")
    yield from _sums_up(incident, cited)


def _counts_dead(incident: Incident) -> bool:
    dead = incident.fatalities
    return dead.total.value is not None or any(g.value is not None for g in dead.by_group)


def _sums_up(incident: Incident, cited: Cited) -> Iterator[Finding]:
    """Find a number that only sums up others the article gives later for the same days (R-C6)."""
    value = incident.fatalities.total.value
    if value is None or incident.fatalities.total.qualifier == "derived_sum":
        return
    own = max((s.number for s in cited.sentences), default=0)
    text = cited.text
    days = _days_of(text, [s.number for s in cited.sentences])
    parts: list[int] = []
    for sentence in text.sentences[own:]:
        dead = [
            c.count.value
            for c in text.counted(sentence)
            if c.role == "killed" and not c.subset and c.doubt is None and c.count.value
        ]
        if (
            dead
            and not has(AGGREGATE, sentence.quote)
            and days == _days_of(text, [sentence.number])
        ):
            parts.append(sum(dead))
    says_whole = any(has(_WHOLE, s.quote) for s in cited.sentences)
    if (sum(parts) == value and len(parts) > 1) or (says_whole and parts and sum(parts) <= value):
        shown = f"{' + '.join(map(str, parts))} {'=' if sum(parts) == value else '<'} {value}"
        yield Finding(
            "R-C6", "reject", "", f"it sums up other events of the article: {shown}",
            belongs_to="aggregate_tolls", scope="multi_event_total",
        )  # fmt: skip
    elif says_whole:
        yield Finding(
            "G2", "flag", "fatalities.total", "words for a total of several events",
            flag="possible_total",
        )  # fmt: skip


def _days_of(text: NumberedText, numbers: list[int]) -> tuple[dt.date | None, dt.date | None]:
    governing = governing_date(text, numbers)
    if governing is None:
        return None, None
    return governing.resolved.start, governing.resolved.end


def _toll(rule: str, message: str, scope: str) -> Finding:
    return Finding(
        rule, "reject", "", message, belongs_to="aggregate_tolls",
        scope="conflict_total" if scope == "conflict_total" else "cumulative_period",
    )  # fmt: skip


def _sides(incident: Incident) -> Iterator[Finding]:
    """Judge who may stand where (R-I2, R-I6); a side not given or of no known kind may be any."""
    kinds_b = {a.inter for a in incident.side_b}
    if incident.event_type == "Battles":
        if "Civilians" in kinds_b:
            yield Finding("R-I2", "reject", "side_b", "civilians are not a side of a battle")
        if bool(incident.side_a) != bool(incident.side_b):
            yield Finding(
                "R-I2", "flag", "side_b", "only one side is named", flag="opponent_inferred"
            )
        if incident.civilian_targeting:
            yield Finding("R-I6", "reject", "civilian_targeting", "civilians are not its target")
        return
    known_b = bool(kinds_b) and None not in kinds_b
    if (
        known_b
        and incident.event_type == "Violence against civilians"
        and ("Civilians" not in kinds_b)
    ):
        yield Finding("R-I2", "flag", "side_b", "no civilians on side b", flag="target_unclear")
    if known_b and incident.civilian_targeting and not kinds_b & {"Civilians", "Protesters"}:
        yield Finding("R-I2", "reject", "civilian_targeting", "no civilians on side b")


def _violence_type_fits(incident: Incident) -> Iterator[Finding]:
    """Compare UCDP's type of violence with the sides (R-I3, R-I4)."""
    kinds_a, kinds_b = ({a.inter for a in side} for side in (incident.side_a, incident.side_b))
    kind, kinds = incident.violence_type, kinds_a | kinds_b
    states = kinds & _STATES
    if kind == "state_based" and kinds and not states and None not in kinds:
        yield Finding("R-I3", "reject", "violence_type", "state_based, but no state takes part")
    if kind == "non_state" and states:
        yield Finding("R-I3", "reject", "violence_type", "non_state, but a state takes part")
    if kind == "one_sided" and kinds_b and not kinds_b & {None, "Civilians", "Protesters"}:
        yield Finding("R-I3", "reject", "violence_type", "one_sided, but against no civilians")
    state_on_b = kinds_a and kinds_b & _STATES and not kinds_a & {None, *_STATES}
    if (kind == "state_based" and state_on_b) or (kind == "one_sided" and kinds_a == {"Civilians"}):
        yield Finding("R-I4", "reject", "side_a", f"the sides of {kind} violence are swapped")


def _territory_fits(incident: Incident) -> Iterator[Finding]:
    """Compare the change of territory with the sub-event type, where both are given (R-I5)."""
    if not {"territory_change", "sub_event_type"} <= incident.model_fields_set:
        return
    if incident.territory_change != CHANGE_OF.get(incident.sub_event_type, "none"):
        yield Finding(
            "R-I5", "reject", "territory_change",
            f"{incident.territory_change} does not go with {incident.sub_event_type}",
        )  # fmt: skip


def _from_the_air(incident: Incident, cited: Cited) -> Iterator[Finding]:
    told = " ".join(s.quote for s in cited.sentences)
    from_the_air = has(AIR_RAID, told) and not has(_ON_THE_GROUND, told)
    if incident.sub_event_type == "Armed clash" and from_the_air:
        yield Finding(
            "R-I7", "flag", "sub_event_type", "an air raid is no clash", flag="type_unclear"
        )
