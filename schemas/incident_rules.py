"""How an incident is completed and judged: rules of ACLED and UCDP GED that need no gazetteer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Literal

from llm_extract.coding.actors import CIVILIANS, REBELS, STATE, inter_of, is_a_thing
from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import label_of
from llm_extract.coding.cues import (
    ABDUCTED,
    AGGREGATE,
    INJURED,
    KILLED,
    VIOLENCE,
    covered,
    has,
    words,
)
from llm_extract.coding.drafts import set_count
from llm_extract.coding.figures import CitedNumber, numbers_in, numbers_of
from llm_extract.coding.inheritance import governing_date
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.record import Actor, Count, GroupCount, Subset
from llm_extract.schemas.incident import Incident, SubEventType, TerritoryChange, ViolenceType
from llm_extract.verification.findings import Finding
from llm_extract.verification.rules import doubted

_LONGEST = dt.timedelta(days=31)
_WEEK = dt.timedelta(days=7)
_MANY_DEAD = 1000
_MANY_INJURED = 5000
Group = Literal["side_a", "side_b", "civilians", "unknown"]
_OPPOSITE: dict[str, Group] = {"side_a": "side_b", "side_b": "side_a"}
_STATES: set[str | None] = {"State forces", "External/Other forces"}
_CHANGE_OF: dict[str, TerritoryChange] = {
    "Government regains territory": "government_regains",
    "Non-state actor overtakes territory": "non_state_overtakes",
    "Non-violent transfer of territory": "non_violent_transfer",
}
_ENGAGED = words(r"engaged by", r"came under fire", r"exchange of fire", r"returned fire")
_AIR = words(
    r"air ?(?:raids?|strikes?)", r"airstrikes?", r"drones?", r"warplanes?", r"bombings? by (?:war)?planes",
    r"frappes? a[ée]riennes?", r"raids? a[ée]riens?", r"ataques? a[ée]reos?", r"bombardeos? a[ée]reos?",
    r"غارة", r"غارات", r"авиаудар\w*", r"авіаудар\w*", r"беспилотник\w*", r"безпілотник\w*",
)  # fmt: skip
_SHELLING = words(
    r"shell(?:s|ed|ing)?", r"mortars?", r"artillery", r"rockets?", r"missiles?", r"tirs? d['’]artillerie",
    r"obus", r"roquettes?", r"proyectiles?", r"misiles?", r"قصف", r"صاروخ", r"صواريخ", r"обстрел\w*",
    r"обстріл\w*", r"ракет\w*", r"артилл?ер\w*",
)  # fmt: skip
_ON_THE_GROUND = words(
    r"clash\w*", r"fight(?:s|ing|ers?)?", r"fought", r"battl\w+", r"ground", r"gunfire", r"gun ?battles?", r"firefights?",
    r"ambush\w*", r"storm(?:ed|ing)", r"combats?", r"affrontements?", r"enfrentamientos?", r"combates?", r"اشتباك\w*",
    r"معارك", r"бо[йяие]\w*", r"столкновени\w*", r"зіткненн\w*",
)  # fmt: skip
_SEVERAL = words(
    r"air (?:raids|strikes)", r"airstrikes", r"raids", r"strikes", r"attacks", r"bombings", r"clashes in several",
    r"frappes", r"attaques", r"ataques", r"bombardeos", r"غارات", r"هجمات", r"удары", r"удари", r"атаки",
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
_REGAINS = words(
    r"re(?:taken|took|captured?|gain(?:s|ed)?|claimed)", r"taken over", r"took over", r"took (?:back|control)", r"repris(?:e|es)?",
    r"reconquis\w*", r"recuper(?:ó|aron)", r"retom(?:ó|aron)", r"استعاد\w*", r"سيطر\w*", r"отбил\w*", r"освободил\w*",
    r"відбил\w*", r"звільнил\w*",
)  # fmt: skip
_OTHER_CAMP = words(
    r"other (?:camp|side)", r"opposing (?:camp|side)", r"autre camp", r"otro bando", r"الطرف الآخر",
    r"другой стороны", r"іншої сторони",
)  # fmt: skip


# completing ------------------------------------------------------------------------------------


def complete(incident: Incident, cited: Cited) -> None:
    """Compute, in place, what follows from the copied phrases: sides, groups, totals, type."""
    _sort_out_sides(incident)
    _sort_out_dead(incident, cited)
    _total(incident, cited)
    _kind_of_event(incident, cited)


def _sort_out_sides(incident: Incident) -> None:
    """Put the government on side a and civilians on side b, each name once (R-I4)."""
    everyone = [*incident.side_a, *incident.side_b]
    everyone = [a for a in everyone if not is_a_thing(a.name_reported)]
    by_name: dict[str, Actor] = {}
    for actor in everyone:
        by_name.setdefault(actor.name_reported.casefold(), actor)
    unique = list(by_name.values())
    on_a = {a.name_reported for a in incident.side_a}
    state = [a for a in unique if a.inter in ("State forces", "External/Other forces")]
    rebels = [a for a in unique if a.inter in ("Rebel group", "Political militia")]
    targets = [a for a in unique if a.inter in ("Civilians", "Protesters")]
    others = [a for a in unique if a not in state and a not in rebels and a not in targets]
    if state and rebels and not targets:
        first, second = state, rebels
    elif rebels and not state and not targets and incident.event_type == "Battles":
        first, second = [], rebels  # side a is the government's, here unnamed
    elif targets:
        first, second = [*state, *rebels], targets
    else:
        first = [a for a in [*state, *rebels] if a.name_reported in on_a or state]
        second = [a for a in [*state, *rebels] if a not in first]
    incident.side_a = first + [a for a in others if a.name_reported in on_a]
    incident.side_b = second + [a for a in others if a.name_reported not in on_a]


def _sort_out_dead(incident: Incident, cited: Cited) -> None:
    """Give each number of dead to the group its own noun names; move parts of numbers out."""
    numbers = numbers_in(cited)
    dead = incident.fatalities
    groups: list[GroupCount] = []
    taken: set[int] = set()
    known_language = covered(cited.text.article.language)
    for item in dead.by_group:
        found = numbers_of(item.text, numbers, cited) if item.text else []
        number = found[0] if found else None
        if number is None:
            groups.append(item)
            continue
        if number.start in taken:
            continue
        taken.add(number.start)
        if number.counted.subset:
            _keep_as_subset(incident, item, number)
        elif number.counted.role == "injured" and incident.injured is None:
            incident.injured = Count.model_validate(item.model_dump(exclude={"group", "label"}))
        elif number.counted.role == "killed" or number.counted.doubt or not known_language:
            item.group = _group_of(item, number, incident)
            groups.append(item)
    for number in numbers:
        if groups and number.start not in taken and number.counted.role == "killed":
            _add_missed(incident, groups, number, taken, cited)
    _opposite_camp(groups)
    dead.by_group = groups


def _add_missed(
    incident: Incident,
    groups: list[GroupCount],
    number: CitedNumber,
    taken: set[int],
    cited: Cited,
) -> None:
    """Add a number of dead that stands beside those the model copied, in the same sentence."""
    beside = [n for n in numbers_in(cited) if n.start in taken and n.sentence is number.sentence]
    if number.counted.doubt or number.count.value is None:
        return
    if not any(_share_a_verb(n, number) for n in beside):
        return
    taken.add(number.start)
    body = cited.text.article.text
    phrase = body[number.start : number.noun_span[1]].strip()
    if number.counted.subset:
        _keep_as_subset(incident, GroupCount(text=phrase), number)
        return
    item = GroupCount(text=phrase, label=label_of(number.noun))
    set_count(item, number)
    item.group = _group_of(item, number, incident)
    groups.append(item)


def _share_a_verb(one: CitedNumber, other: CitedNumber) -> bool:
    """Tell whether no verb stands between: "killed four in A and a mine killed five" are two."""
    first, second = sorted((one, other), key=lambda number: number.start)
    between = first.sentence.text[first.count.end : second.count.start]
    return first.counted.subset or second.counted.subset or not has(KILLED, between)


def _keep_as_subset(incident: Incident, item: GroupCount, number: CitedNumber) -> None:
    known = [(s.value, s.label) for s in incident.fatalities.subsets]
    if (number.count.value, label_of(number.noun)) in known:
        return
    incident.fatalities.subsets.append(
        Subset(
            text=item.text,
            value=number.count.value,
            label=label_of(number.noun),
            of=_group_of(item, number, incident) if item.group != "unknown" else "total",
        )
    )


def _group_of(item: GroupCount, number: CitedNumber, incident: Incident) -> Group:
    noun = number.noun
    state, rebel = bool(STATE.search(noun)), bool(REBELS.search(noun))
    if CIVILIANS.search(noun) and not state and not rebel:
        return "civilians"
    if state or rebel:
        pattern = STATE if state else REBELS
        if any(pattern.search(a.name_reported) for a in incident.side_a):
            return "side_a"
        if any(pattern.search(a.name_reported) for a in incident.side_b):
            return "side_b"
        return "side_a" if state else "side_b"
    if _OTHER_CAMP.search(noun):
        return item.group
    return item.group if item.group == "civilians" and not noun.strip() else "unknown"


def _opposite_camp(groups: list[GroupCount]) -> None:
    """Give "20 in the other camp" to the side that the number beside it is not."""
    for index, item in enumerate(groups):
        if item.label and _OTHER_CAMP.search(item.label):
            beside = groups[index - 1].group if index else "unknown"
            item.group = _OPPOSITE.get(beside, "unknown")


def _total(incident: Incident, cited: Cited) -> None:
    dead = incident.fatalities
    groups = [g for g in dead.by_group if g.value is not None]
    if dead.total.value is not None or not groups:
        return
    whole = max(groups, key=lambda g: g.value or 0)
    rest = [g for g in groups if g is not whole]
    if len(groups) == 1 or (
        whole.group == "unknown" and (whole.value or 0) >= sum(g.value or 0 for g in rest) and rest
    ):
        dead.total = Count.model_validate(whole.model_dump(exclude={"group", "label"}))
        if whole.group == "unknown":
            dead.by_group = rest
        return
    value = sum(g.value or 0 for g in groups)
    low, high = _sum([g.low for g in groups]), _sum([g.high for g in groups])
    dead.total = Count(value=value, qualifier="derived_sum", low=low, best=value, high=high)


def _sum(values: list[int | None]) -> int | None:
    """Add bounds; one that is open leaves the sum open."""
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _kind_of_event(incident: Incident, cited: Cited) -> None:
    """Mend the type where the words are plain: air raids are no clash (R-I7), and so on."""
    told = " ".join(s.quote for s in cited.sentences)
    kind: SubEventType = incident.sub_event_type
    dead = incident.fatalities.by_group
    hits_civilians = bool(dead) and all(g.group == "civilians" for g in dead)
    if not incident.side_b and hits_civilians:
        names = [g.label for g in dead if g.label and inter_of(g.label) == "Civilians"][:1]
        incident.side_b = [Actor(name_reported=n, inter="Civilians") for n in names]
    one_sided = bool(incident.side_b) and all(a.inter == "Civilians" for a in incident.side_b)
    if kind in ("Armed clash", "Attack") and (one_sided or hits_civilians):
        kind = "Attack"
        if has(_AIR, told):
            kind = "Air/drone strike"
        elif has(_SHELLING, told):
            kind = "Shelling/artillery/missile attack"
    if (
        kind in ("Armed clash", "Other")
        and has(_REGAINS, told)
        and any(a.inter == "State forces" for a in incident.side_a)
    ):
        kind = "Government regains territory"
    incident.sub_event_type = kind
    if incident.event_type in ("Explosions/Remote violence", "Violence against civilians"):
        incident.civilian_targeting = incident.civilian_targeting or one_sided
    if has(_SEVERAL, told) and incident.event_type != "Battles":
        incident.event_clarity = "summary"
    incident.territory_change = _CHANGE_OF.get(kind, "none")
    incident.violence_type = incident.violence_type or _violence_type(incident)


def _violence_type(incident: Incident) -> ViolenceType | None:
    if incident.event_type not in (
        "Battles",
        "Explosions/Remote violence",
        "Violence against civilians",
    ):
        return None
    kinds = {a.inter for a in [*incident.side_a, *incident.side_b]}
    if kinds & {"State forces", "External/Other forces"}:
        return "state_based"
    if "Civilians" in {a.inter for a in incident.side_b}:
        return "one_sided"
    return "non_state" if incident.side_a and incident.side_b else None


# judging ---------------------------------------------------------------------------------------


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
    if incident.territory_change != _CHANGE_OF.get(incident.sub_event_type, "none"):
        yield Finding(
            "R-I5", "reject", "territory_change",
            f"{incident.territory_change} does not go with {incident.sub_event_type}",
        )  # fmt: skip


def _from_the_air(incident: Incident, cited: Cited) -> Iterator[Finding]:
    told = " ".join(s.quote for s in cited.sentences)
    from_the_air = has(_AIR, told) and not has(_ON_THE_GROUND, told)
    if incident.sub_event_type == "Armed clash" and from_the_air:
        yield Finding(
            "R-I7", "flag", "sub_event_type", "an air raid is no clash", flag="type_unclear"
        )
