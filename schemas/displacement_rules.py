"""How a displacement figure is completed and judged: rules after IDMC."""

from __future__ import annotations

from collections.abc import Iterator

from llm_extract.coding.citations import Cited
from llm_extract.coding.cues import DISPLACED, has, words
from llm_extract.coding.figures import counts_homes, numbers_in, numbers_of
from llm_extract.schemas.displacement import (
    STOCKS,
    TERMS_WITH_OCCURRENCE,
    Displacement,
    FigureCategory,
    FigureTerm,
)
from llm_extract.verification.findings import Finding

_TERMS: tuple[tuple[FigureTerm, tuple[str, ...]], ...] = (
    ("returns", (r"return\w*", r"came back", r"went back", r"retourn\w*", r"rentr[ée]\w*", r"regres\w*", r"retorn\w*",
                 r"عادوا", r"عودة", r"вернул\w*", r"повернул\w*")),
    ("evacuated", (r"evacuat\w*", r"[ée]vacu\w*", r"evacuad\w*", r"إجلاء", r"أجلي", r"эваку\w*", r"евакую?\w*")),
    ("in_relief_camp", (r"(?:relief|refugee|displacement) camps?", r"مخيم\w*")),
    ("sheltered", (r"shelter\w*", r"albergad\w*", r"h[ée]berg[ée]\w*")),
    ("relocated", (r"relocat\w*", r"reloge\w*", r"reubicad\w*", r"переселен\w*")),
    ("homeless", (r"homeless", r"sans[- ]abri", r"sin hogar", r"бездомн\w*", r"безпритульн\w*")),
    ("forced_to_flee", (r"fl(?:ee|ees|ed|eeing)", r"fui\w*", r"fuy\w*", r"hu(?:ir|y[óo]|yeron|yen|yendo|ido)", r"forced (?:from|out)",
                        r"driven (?:from|out)", r"left their homes", r"فر", r"فروا", r"فرار", r"беж\w*", r"втік\w*",
                        r"втекл\w*", r"покинул\w*", r"залиши\w*")),
    ("displaced", (r"displac\w*", r"d[ée]plac\w*", r"desplaz\w*", r"نزح\w*", r"نزوح", r"نازح\w*", r"تهجير", r"مهجر\w*",
                   r"перемещ\w*", r"переміщ\w*", r"uproot\w*", r"idps?")),
)  # fmt: skip
_TERM_PATTERNS = tuple((term, words(*forms)) for term, forms in _TERMS)
_ABROAD = words(
    r"refugees?", r"crossed (?:into|the border)", r"neighbou?ring countr(?:y|ies)", r"asylum", r"abroad",
    r"(?:across|over) the border", r"r[ée]fugi[ée]s?", r"pays voisins?", r"refugiad[oa]s?", r"pa[íi]s(?:es)? vecinos?",
    r"لاجئ\w*", r"عبروا الحدود", r"беженц\w*", r"біженц\w*", r"за границ\w*", r"за кордон\w*",
)  # fmt: skip
_STILL = words(
    r"(?:remain|are still|are living|still live|currently|live|living|stay|staying|sheltering|hosts?|hosted)",
    r"internally displaced (?:people|persons) (?:in|living)", r"number of (?:idps|displaced|refugees)", r"vivent",
    r"restent", r"demeurent", r"viven", r"permanecen", r"siguen", r"يعيش\w*", r"живут", r"остаются", r"живуть",
    r"залишаються",
)  # fmt: skip
_SINCE = words(r"since", r"depuis", r"desde", r"منذ", r"с начала", r"з початку", r"від початку")
_BEFORE = words(
    r"ahead of",
    r"before",
    r"pre-?emptive\w*",
    r"as a precaution",
    r"avant",
    r"antes de",
    r"قبل",
    r"до",
)
_CONFLICT = words(
    r"fighting", r"raids?", r"storm(?:ed|ing)", r"attaqu\w*", r"bomb\w*", r"shell\w*", r"attack\w*", r"clash\w*", r"violence", r"conflict", r"war", r"offensive",
    r"air ?(?:raids?|strikes?)", r"airstrikes?", r"militants?", r"rebels?", r"gunmen", r"army", r"troops", r"combats?",
    r"affrontements?", r"bombardements?", r"guerre", r"enfrentamientos?", r"combates", r"guerra", r"ataques?", r"قتال",
    r"قصف", r"اشتباكات", r"معارك", r"هجوم", r"حرب", r"бо[ийяе]\w*", r"обстрел\w*", r"войн\w*", r"обстріл\w*", r"війн\w*",
)  # fmt: skip
_DISASTER = words(
    r"flood\w*", r"earthquakes?", r"quakes?", r"cyclones?", r"hurricanes?", r"typhoons?", r"storms?", r"landslides?",
    r"wildfires?", r"drought", r"volcan\w*", r"eruption", r"tsunami", r"heavy rains?", r"monsoon", r"tornado\w*",
    r"inondations?", r"s[ée]isme", r"tremblement de terre", r"temp[êe]te", r"s[ée]cheresse", r"inundaci[óo]n(?:es)?",
    r"terremoto", r"sismo", r"hurac[áa]n", r"sequ[íi]a", r"lluvias", r"فيضان\w*", r"سيول", r"زلزال", r"إعصار", r"جفاف",
    r"наводнени\w*", r"землетрясени\w*", r"повен\w*", r"землетрус\w*", r"пожар\w*", r"пожеж\w*",
)  # fmt: skip
_INSIDE = ("new_displacement", "return", "idps", "returnees")
_MOVES = ("new_displacement", "cross_border_flight")
_APART = (
    ("female", "male"), ("women", "men"), ("girls", "boys"), ("urban", "rural"), ("camp", "non_camp"),
)  # fmt: skip
"""Keys of the disaggregation that exclude each other."""


def complete(displacement: Displacement, cited: Cited) -> None:
    """Compute, in place, term, category and time scope from the words around the figure."""
    told = " ".join(s.quote for s in cited.sentences)
    if displacement.figure_term is None:
        displacement.figure_term = _term(told)
    if displacement.figure_category == "new_displacement":
        abroad = displacement.cross_border == "yes" or has(_ABROAD, told)
        displacement.figure_category = _category(told, displacement.figure_term, abroad)
    if displacement.cross_border == "unclear" and has(_ABROAD, told):
        displacement.cross_border = "yes"
    _cause(displacement, cited)
    if displacement.figure_term not in TERMS_WITH_OCCURRENCE:
        displacement.displacement_occurred = None
    elif displacement.displacement_occurred is None:
        evacuated_before = displacement.figure_term == "evacuated" and has(_BEFORE, told)
        displacement.displacement_occurred = "before" if evacuated_before else "unknown"
    if displacement.metric == "stock":
        displacement.time_scope = "snapshot"
    elif displacement.date.precision == "range":
        long = has(_SINCE, displacement.date.text or "")
        displacement.time_scope = "cumulative_period" if long else "period"
    elif displacement.date.precision == "day":
        displacement.time_scope = "single_event"


def _term(told: str) -> FigureTerm | None:
    return next((term for term, pattern in _TERM_PATTERNS if pattern.search(told)), None)


def _category(told: str, term: FigureTerm | None, abroad: bool) -> FigureCategory:
    if term == "returns":
        return "cross_border_return" if abroad else "return"
    if has(_STILL, told) and not has(_SINCE, told):
        return "people_displaced_across_borders" if abroad else "idps"
    return "cross_border_flight" if abroad else "new_displacement"


def _cause(displacement: Displacement, cited: Cited) -> None:
    """Let the words near the figure outvote the model: it sees too little of the article."""
    text = cited.text
    numbers = [s.number for s in cited.sentences]
    near = " ".join(
        text[n].quote
        for n in range(max(1, min(numbers, default=1) - 1), max(numbers, default=0) + 1)
    )
    conflict, disaster = has(_CONFLICT, near), has(_DISASTER, near)
    if conflict != disaster:
        displacement.cause = "conflict" if conflict else "disaster"
    if displacement.cause == "conflict":
        displacement.hazard = None
        displacement.violence_type = displacement.violence_type or "unclear"
    else:
        displacement.violence_type = None


def rules(displacement: Displacement, cited: Cited) -> Iterator[Finding]:
    """Apply the rules of the codebook to one displacement figure."""
    told = " ".join(s.quote for s in cited.sentences)
    figure = displacement.figure
    if cited.sentences and not has(DISPLACED, told):
        yield Finding(
            "P9", "reject", "figure", "the cited sentences tell of no displacement",
            belongs_to="excluded_mentions", reason="other_topic",
        )  # fmt: skip
    if figure.text and any(
        counts_homes(n.noun) for n in numbers_of(figure.text, numbers_in(cited), cited)
    ):
        yield Finding("P9", "reject", "figure", "homes are counted here, not people")
    if figure.unit == "household" and figure.total_persons and not figure.household_size:
        yield Finding("P1", "reject", "figure.total_persons", "no household size is given")
    yield from _parts_of_the_figure(displacement)
    yield from _fields_that_go_together(displacement)
    yield from _flow_or_stock(displacement, told)
    if (
        displacement.figure_term == "evacuated"
        and has(_BEFORE, told)
        and (displacement.displacement_occurred in ("during", "after"))
    ):
        yield Finding(
            "P12", "flag", "displacement_occurred", "words tell of a time before the event",
            flag="occurrence_unclear",
        )  # fmt: skip


def _parts_of_the_figure(displacement: Displacement) -> Iterator[Finding]:
    """Compare the parts with the whole: one by one, and those that exclude each other added."""
    parts, whole = displacement.disaggregation or {}, displacement.figure.value
    if whole is None:
        return
    sums = [sum(parts.get(name, 0) for name in pair) for pair in _APART]
    if max([*parts.values(), *sums]) > whole:
        yield Finding("P3", "reject", "disaggregation", "the parts are more than the whole")


def _flow_or_stock(displacement: Displacement, told: str) -> Iterator[Finding]:
    """Keep apart those who moved and those who live displaced (P2, P6, P7), and sums (P10)."""
    category, given = displacement.figure_category, displacement.model_fields_set
    stock = category in STOCKS
    if stock and displacement.time_scope not in ("snapshot", "unclear"):
        yield Finding("P2", "reject", "time_scope", "a stock is a snapshot")
    since = has(_SINCE, displacement.date.text or "") or has(_SINCE, told)
    if stock and has(_SINCE, displacement.date.text or ""):
        yield Finding(
            "P6", "flag", "figure_category", "a stock, but told as a flow since a date",
            flag="flow_or_stock",
        )  # fmt: skip
    elif category in _MOVES and "figure_category" in given and has(_STILL, told) and not since:
        yield Finding(
            "P6", "flag", "figure_category", "a flow, but told as people who live there",
            flag="flow_or_stock",
        )  # fmt: skip
    if displacement.cross_border == "yes" and category in _INSIDE and "figure_category" in given:
        yield Finding("P7", "reject", "figure_category", "refugees abroad are not IDPs")
    if displacement.time_scope == "cumulative_period":
        yield Finding("P10", "note", "figure", "never added to figures of other articles")


def _fields_that_go_together(displacement: Displacement) -> Iterator[Finding]:
    occurred, term = displacement.displacement_occurred, displacement.figure_term
    if occurred and term is not None and term not in TERMS_WITH_OCCURRENCE:
        yield Finding("P4", "reject", "displacement_occurred", f"not with {term}")
    if displacement.cause == "conflict" and displacement.hazard:
        yield Finding("P5", "reject", "hazard", "a conflict has no hazard")
    if displacement.cause == "disaster" and displacement.violence_type:
        yield Finding("P5", "reject", "violence_type", "a disaster has no violence type")
