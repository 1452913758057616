"""What code makes of an incident's copied phrases: sides, groups of dead, totals, type of event."""

from __future__ import annotations

from typing import Literal

from llm_extract.coding.actors import CIVILIANS, REBELS, STATE, inter_of, is_a_thing
from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import label_of
from llm_extract.coding.cues import (
    KILLED,
    covered,
    has,
    words,
)
from llm_extract.coding.drafts import set_count
from llm_extract.coding.figures import CitedNumber, numbers_in, numbers_of
from llm_extract.record import Actor, Count, GroupCount, Subset
from llm_extract.schemas.incident import Incident, SubEventType, TerritoryChange, ViolenceType

Group = Literal["side_a", "side_b", "civilians", "unknown"]
_OPPOSITE: dict[str, Group] = {"side_a": "side_b", "side_b": "side_a"}
CHANGE_OF: dict[str, TerritoryChange] = {
    "Government regains territory": "government_regains",
    "Non-state actor overtakes territory": "non_state_overtakes",
    "Non-violent transfer of territory": "non_violent_transfer",
}
AIR_RAID = words(
    r"air ?(?:raids?|strikes?)", r"airstrikes?", r"drones?", r"warplanes?", r"bombings? by (?:war)?planes",
    r"frappes? a[ée]riennes?", r"raids? a[ée]riens?", r"ataques? a[ée]reos?", r"bombardeos? a[ée]reos?",
    r"غارة", r"غارات", r"авиаудар\w*", r"авіаудар\w*", r"беспилотник\w*", r"безпілотник\w*",
)  # fmt: skip
_SHELLING = words(
    r"shell(?:s|ed|ing)?", r"mortars?", r"artillery", r"rockets?", r"missiles?", r"tirs? d['’]artillerie",
    r"obus", r"roquettes?", r"proyectiles?", r"misiles?", r"قصف", r"صاروخ", r"صواريخ", r"обстрел\w*",
    r"обстріл\w*", r"ракет\w*", r"артилл?ер\w*",
)  # fmt: skip
_SEVERAL = words(
    r"air (?:raids|strikes)", r"airstrikes", r"raids", r"strikes", r"attacks", r"bombings", r"clashes in several",
    r"frappes", r"attaques", r"ataques", r"bombardeos", r"غارات", r"هجمات", r"удары", r"удари", r"атаки",
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
        if has(AIR_RAID, told):
            kind = "Air/drone strike"
        elif has(_SHELLING, told):
            kind = "Shelling/artillery/missile attack"
    elif kind == "Attack" and dead and all(g.group in ("side_a", "side_b") for g in dead):
        kind = "Armed clash"
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
    incident.territory_change = CHANGE_OF.get(kind, "none")
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
