"""The altered-number bench: true minimal records, false ones made from them, and twins.

Whether a case is true was decided by reading its article as a strict coder would, never by
running the verifier.  Run this file as a script to print the counts and check the bench itself.
The file is long because it is mostly data.
"""

from __future__ import annotations

import copy
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, Json]

SEED_PATH = Path(__file__).parents[1] / "seeds" / "articles" / "afp-idlib-2019-08-27.txt"
SEED_TEXT = SEED_PATH.read_text(encoding="utf-8")
SEED_PUBLISHED = date(2019, 8, 27)


@dataclass(frozen=True, slots=True)
class Case:
    """A minimal record, the article it speaks of (None: the seed) and whether it is true of it."""

    name: str
    kind: str
    record: Record
    article_text: str | None
    published: date
    truth: bool

    @property
    def text(self) -> str:
        """The article's text, the seed's where the case brings none of its own."""
        return SEED_TEXT if self.article_text is None else self.article_text


# --- building and changing records ------------------------------------------------------------


def _of(record_type: str, quotes: tuple[str, ...], fields: Record) -> Record:
    evidence: list[Json] = [{"quote": quote} for quote in quotes]
    return {"record_type": record_type, "evidence": evidence, **fields}


def incident(*quotes: str, **fields: Json) -> Record:
    return _of("incident", quotes, fields)


def ceasefire(*quotes: str, **fields: Json) -> Record:
    return _of("ceasefire_agreement", quotes, fields)


def displacement(*quotes: str, **fields: Json) -> Record:
    return _of("displacement", quotes, fields)


def count(value: int, text: str | None = None, **more: Json) -> Json:
    return {"value": value, **({} if text is None else {"text": text}), **more}


def total(value: int, text: str | None = None, **more: Json) -> Json:
    return {"total": count(value, text, **more)}


def group(code: str, label: str, value: int, text: str | None = None) -> Json:
    return {
        "group": code,
        "label": label,
        "value": value,
        **({} if text is None else {"text": text}),
    }


def groups(*rows: Json) -> Json:
    return {"by_group": list(rows)}


def named(*names: str) -> Json:
    return [{"name_reported": name} for name in names]


def by(name: str) -> Json:
    return {"name_reported": name}


def place(text: str) -> Json:
    return {"text": text}


def when(text: str, start: str | None = None, end: str | None = None) -> Json:
    given: Record = {"text": text}
    if start is not None:
        given["start"] = start
    if end is not None:
        given["end"] = end
    return given


def at(record: Json, path: str) -> Json:
    """The value at a path like `fatalities/by_group/0/text`, None where the path ends early."""
    here = record
    for step in path.split("/"):
        if isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            return None
    return here


def changed(record: Record, **edits: Json) -> Record:
    """A copy with the values at the given paths replaced; `__` in a keyword stands for `/`."""
    new = copy.deepcopy(record)
    for path, value in edits.items():
        _put(new, path.split("__"), copy.deepcopy(value))
    return new


def _put(record: Record, steps: list[str], value: Json) -> None:
    here: Json = record
    for step in steps[:-1]:
        if isinstance(here, list):
            here = here[int(step)]
        elif isinstance(here, dict):
            here = here.setdefault(step, {})
    if isinstance(here, list):
        here[int(steps[-1])] = value
    elif isinstance(here, dict):
        here[steps[-1]] = value


def quotes_of(record: Record) -> list[str]:
    """The record's quotes in order."""
    rows = record.get("evidence")
    found = [at(row, "quote") for row in rows] if isinstance(rows, list) else []
    return [quote for quote in found if isinstance(quote, str)]


def count_paths(record: Record) -> list[str]:
    """Paths of everything in the record that carries a number as `value`."""
    paths = ["fatalities/total", "figure"]
    for bin_ in ("fatalities/by_group", "fatalities/subsets"):
        rows = at(record, bin_)
        paths += [f"{bin_}/{i}" for i in range(len(rows) if isinstance(rows, list) else 0)]
    return [path for path in paths if isinstance(at(record, f"{path}/value"), int)]


def name_paths(record: Record) -> list[str]:
    """Paths of every copied name or place."""
    paths = []
    for bin_ in ("side_a", "side_b", "parties"):
        rows = record.get(bin_)
        paths += [
            f"{bin_}/{i}/name_reported" for i in range(len(rows) if isinstance(rows, list) else 0)
        ]
    paths += ["source/name_reported", "location/text", "locations/0/text"]
    paths += ["agreement_name_reported"]
    return [path for path in paths if isinstance(at(record, path), str)]


def date_paths(record: Record) -> list[str]:
    """Paths of every date given with its words."""
    return [p for p in ("date", "dates/declared") if isinstance(at(record, f"{p}/text"), str)]


def folded(text: str) -> str:
    """Text with white space runs, quote marks and Unicode composition made alike."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub("[“”„«»]", '"', re.sub("[‘’‚`´]", "'", text))
    return re.sub(r"\s+", " ", text).strip()


# --- the seed's sentences ---------------------------------------------------------------------

DATELINE = "Beirut (AFP)"
LEAD = (
    "Fighting in the Idleb region, bordering Turkey, which the regime is trying to recapture with "
    "jihadists and rebel groups with Moscow's support, has left at least 51 dead in both camps on "
    "Tuesday, according to the Syrian Observatory. human rights (OSDH)."
)
PROVINCE = (
    "Part of Idleb Province (north-west) and adjacent areas of Aleppo and Latakia provinces remain "
    "dominated by the jihadists of Hayat Tahrir al-Sham (HTS, former Syrian branch of Al Qaeda)."
)
PRO_TURKISH = "Pro-Turkish rebel groups are also present."
OFFENSIVE = (
    "Supported by the Russian air force, the regime's forces have resumed in recent days several "
    "localities, continuing their ground offensive launched August 8, after four months of "
    "bombardment almost daily."
)
WEDNESDAY = (
    "Since last Wednesday, these regime forces have taken over the key town of Khan Sheikhoun, and "
    "several localities in Hama, to the south, encircling an observation post of the Turkish army."
)
SATURDAY = (
    "They have massed Saturday reinforcements in Khan Cheikhoun and are now targeting the region "
    "of Maaret al-Noomane, further north, according to the OSDH."
)
HIGHWAY = (
    "These two cities are located on a highway connecting the capital Damascus to the big city of "
    "the north, Aleppo, both held by the power of Bashar al-Assad."
)
TUESDAY = (
    "On Tuesday, rebel fighters and jihadists attacked loyalist positions in the southern region, "
    "the OSDH said."
)
CLASHES = (
    '"Violent clashes erupted east of Khan Sheikhoun at dawn after attacks by jihadist and rebel '
    "groups on the regime's positions,\" said the director of the NGO, Rami Abdel Rahman."
)
LED = "The attack was led by fighters from two jihadist groups, he added."
FIGHTING = (
    "The fighting killed 23 pro-regime fighters and 20 in the other camp, including 13 jihadists, "
    "according to the OSDH."
)
EIGHT = (
    "According to the same source, eight rebels were also killed in the south-west of the bastion "
    "as they sought to infiltrate near the regime's positions near the Abu Douhour military "
    "airport."
)
MONDAY = (
    "On Monday, air raids by the regime and Russia killed 12 civilians in the region, the source "
    "said."
)
ZONE = (
    'This offensive comes despite an agreement on a "demilitarized zone", unveiled in September '
    "2018 by Russia and Turkey, sponsor of rebel groups, to separate government zones from "
    "jihadist and insurgent territories."
)
TALKS = (
    "The situation was to be on the agenda of talks between Turkish and Russian presidents in "
    "Moscow on Tuesday."
)
APRIL = (
    "Since the end of April, the bombings of the Russian power and ally have killed about 900 "
    "civilians in the Idleb region, according to the OSDH."
)
DISPLACED = "And more than 400,000 people have been displaced, according to the UN."
WAR = (
    "Triggered in 2011 by the repression by power of pro-democracy protests, the war in Syria "
    "claimed more than 370,000 lives."
)
SENTENCES = (
    DATELINE, LEAD, PROVINCE, PRO_TURKISH, OFFENSIVE, WEDNESDAY, SATURDAY, HIGHWAY, TUESDAY,
    CLASHES, LED, FIGHTING, EIGHT, MONDAY, ZONE, TALKS, APRIL, DISPLACED, WAR,
)  # fmt: skip

# --- true records of the seed -----------------------------------------------------------------

OBSERVATORY = "Syrian Observatory. human rights (OSDH)"
PRO_REGIME_23 = group("side_a", "pro-regime fighters", 23, "23")
OTHER_CAMP_20 = group("side_b", "in the other camp", 20, "20")
CIVILIANS_12 = group("civilians", "civilians", 12, "12")
REBELS_8 = group("side_b", "rebels", 8, "eight")
JIHADISTS_13: Json = {
    "of": "side_b", "label": "jihadists", "value": 13, "text": "including 13 jihadists",
}  # fmt: skip
MONDAY_DATE = when("On Monday", "2019-08-26", "2019-08-26")
TUESDAY_DATE = when("On Tuesday", "2019-08-27", "2019-08-27")
SEPTEMBER = when("in September 2018", "2018-09-01", "2018-09-30")
SINCE_APRIL = when("Since the end of April", "2019-04-30", "2019-08-27")
FIGURE: Json = {
    "value": 400_000, "text": "more than 400,000", "unit": "person", "quantifier": "more_than",
}  # fmt: skip
DERIVED_43: Json = {"value": 43, "text": None, "qualifier": "derived_sum"}


def curly(text: str) -> str:
    """The text with the marks a word processor would have made of the straight ones."""
    return re.sub('"([^"]*)"', "“\\1”", text).replace("'", "’")


_AIR_RAIDS = "air raids by the regime and Russia killed 12 civilians in the region"
_CLASHES_HALF = (
    "Violent clashes erupted east of Khan Sheikhoun at dawn after attacks by jihadist and rebel "
    "groups on the regime's positions"
)
_ZONE_HALF = (
    'an agreement on a "demilitarized zone", unveiled in September 2018 by Russia and Turkey'
)

# name -> (kind, record)
_TRUE: dict[str, tuple[str, Record]] = {
    # the air raids of Monday
    "raids_total": ("single_field", incident(MONDAY, fatalities=total(12, "12"))),
    "raids_total_with_noun": ("single_field", incident(MONDAY, fatalities=total(12, "12 civilians"))),
    "raids_total_with_verb": ("single_field", incident(MONDAY, fatalities=total(12, "killed 12 civilians"))),
    "raids_value_without_words": ("single_field", incident(MONDAY, fatalities=total(12))),
    "raids_exact": ("single_field", incident(MONDAY, fatalities=total(12, "12", qualifier="exact"))),
    "raids_group": ("by_group", incident(MONDAY, fatalities=groups(CIVILIANS_12))),
    "raids_group_with_noun": (
        "by_group",
        incident(MONDAY, fatalities=groups(group("civilians", "civilians", 12, "12 civilians"))),
    ),
    "raids_total_and_group": (
        "by_group",
        incident(MONDAY, fatalities={"total": count(12, "12"), "by_group": [CIVILIANS_12]}),
    ),
    "raids_date": ("date", incident(MONDAY, date=when("On Monday"))),
    "raids_date_resolved": ("date", incident(MONDAY, date=MONDAY_DATE)),
    "raids_date_start_only": ("date", incident(MONDAY, date=when("On Monday", "2019-08-26"))),
    "raids_date_bare": ("date", incident(MONDAY, date=when("Monday", "2019-08-26", "2019-08-26"))),
    "raids_date_other_case": ("case", incident(MONDAY, date=when("on Monday", "2019-08-26"))),
    "raids_place": ("single_field", incident(MONDAY, location=place("in the region"))),
    "raids_actors": ("single_field", incident(MONDAY, side_a=named("the regime", "Russia"))),
    "raids_actor_capital": ("case", incident(MONDAY, side_a=named("The regime"))),
    "raids_sides": (
        "several_fields",
        incident(MONDAY, side_a=named("the regime", "Russia"), side_b=named("civilians")),
    ),
    "raids_part_of_sentence": ("partial_quote", incident("killed 12 civilians", fatalities=total(12, "12"))),
    "raids_longer_part": (
        "partial_quote",
        incident(_AIR_RAIDS, fatalities=total(12, "12 civilians"), side_a=named("the regime", "Russia")),
    ),
    "raids_folded_lines": (
        "folded_space",
        incident(MONDAY.replace(" by the", "\n  by the").replace(" killed", "\u00a0killed"),
                 fatalities=total(12, "12")),
    ),
    "raids_folded_text": ("folded_space", incident(MONDAY, fatalities=total(12, "12\u00a0civilians"))),
    "raids_source_cited": (
        "several_quotes",
        incident(FIGHTING, EIGHT, MONDAY, fatalities=total(12, "12 civilians"), source=by("OSDH")),
    ),
    "raids_full_source_cited": (
        "several_quotes",
        incident(LEAD, MONDAY, fatalities=total(12, "12"), date=MONDAY_DATE, source=by(OBSERVATORY)),
    ),
    "raids_reported": ("assertion", incident(MONDAY, fatalities=total(12, "12"), assertion="reported")),
    "raids_full": (
        "full",
        incident(
            MONDAY,
            article_id="afp-idlib-2019-08-27",
            assertion="reported",
            date=MONDAY_DATE,
            location=place("in the region"),
            side_a=named("the regime", "Russia"),
            side_b=named("civilians"),
            fatalities={"total": count(12, "12", qualifier="exact"), "by_group": [CIVILIANS_12]},
        ),
    ),
    # the fighting of Tuesday
    "fighting_first_group": ("by_group", incident(FIGHTING, fatalities=groups(PRO_REGIME_23))),
    "fighting_second_group": ("by_group", incident(FIGHTING, fatalities=groups(OTHER_CAMP_20))),
    "fighting_both_groups": ("by_group", incident(FIGHTING, fatalities=groups(PRO_REGIME_23, OTHER_CAMP_20))),
    "fighting_groups_with_nouns": (
        "by_group",
        incident(
            FIGHTING,
            fatalities=groups(
                group("side_a", "pro-regime fighters", 23, "23 pro-regime fighters"),
                group("side_b", "in the other camp", 20, "20 in the other camp"),
            ),
        ),
    ),
    "fighting_groups_without_words": (
        "by_group",
        incident(
            FIGHTING,
            fatalities=groups(
                group("side_a", "pro-regime fighters", 23),
                group("side_b", "in the other camp", 20),
            ),
        ),
    ),
    "fighting_first_group_part": (
        "partial_quote",
        incident("killed 23 pro-regime fighters", fatalities=groups(PRO_REGIME_23)),
    ),
    "fighting_second_group_part": (
        "partial_quote",
        incident(
            "killed 23 pro-regime fighters and 20 in the other camp", fatalities=groups(OTHER_CAMP_20)
        ),
    ),
    "fighting_subset": ("subset", incident(FIGHTING, fatalities={"subsets": [JIHADISTS_13]})),
    "fighting_subset_short": (
        "subset",
        incident(
            FIGHTING,
            fatalities={
                "by_group": [OTHER_CAMP_20],
                "subsets": [{"of": "side_b", "label": "jihadists", "value": 13, "text": "13"}],
            },
        ),
    ),
    "fighting_subset_noun": (
        "subset",
        incident(
            FIGHTING,
            fatalities={
                "by_group": [PRO_REGIME_23, OTHER_CAMP_20],
                "subsets": [{"of": "side_b", "label": "jihadists", "value": 13, "text": "13 jihadists"}],
            },
        ),
    ),
    "fighting_derived": (
        "derived",
        incident(FIGHTING, fatalities={"total": DERIVED_43, "by_group": [PRO_REGIME_23, OTHER_CAMP_20]}),
    ),
    "fighting_derived_with_subset": (
        "derived",
        incident(
            FIGHTING,
            fatalities={
                "total": DERIVED_43,
                "by_group": [PRO_REGIME_23, OTHER_CAMP_20],
                "subsets": [JIHADISTS_13],
            },
        ),
    ),
    "fighting_derived_groups_not_reported": (
        "derived",
        incident(
            FIGHTING,
            fatalities={
                "total": DERIVED_43,
                "by_group": [
                    PRO_REGIME_23,
                    OTHER_CAMP_20,
                    {"group": "civilians", "label": None, "value": None, "text": None,
                     "qualifier": "not_reported"},
                ],
            },
        ),
    ),
    "fighting_source": ("source", incident(FIGHTING, source=by("OSDH"), fatalities=groups(PRO_REGIME_23))),
    "fighting_source_article": (
        "source",
        incident(FIGHTING, source=by("the OSDH"), fatalities=groups(OTHER_CAMP_20)),
    ),
    "fighting_source_written_out": (
        "source",
        incident(LEAD, FIGHTING, source=by(OBSERVATORY), fatalities=groups(PRO_REGIME_23)),
    ),
    "fighting_source_folded": (
        "folded_space",
        incident(LEAD, FIGHTING, source=by("Syrian  Observatory.\nhuman rights (OSDH)"),
                 fatalities=groups(OTHER_CAMP_20)),
    ),
    "attack_date": ("date", incident(TUESDAY, date=TUESDAY_DATE)),
    "attack_date_bare": ("date", incident(TUESDAY, date=when("Tuesday", "2019-08-27"))),
    "attack_actors": ("single_field", incident(TUESDAY, side_b=named("rebel fighters and jihadists"))),
    "attack_actors_capital": ("case", incident(TUESDAY, side_b=named("Rebel fighters and jihadists"))),
    "attack_place": ("several_fields", incident(TUESDAY, location=place("in the southern region"), source=by("the OSDH"))),
    "attack_date_and_toll": (
        "several_quotes",
        incident(TUESDAY, FIGHTING, date=TUESDAY_DATE, fatalities=groups(PRO_REGIME_23, OTHER_CAMP_20)),
    ),
    "clashes_place": ("single_field", incident(CLASHES, location=place("east of Khan Sheikhoun"))),
    "clashes_place_town": ("partial_quote", incident(_CLASHES_HALF, location=place("Khan Sheikhoun"))),
    "clashes_sides": (
        "several_fields",
        incident(CLASHES, side_a=named("the regime"), side_b=named("jihadist and rebel groups")),
    ),
    "clashes_side_in_possessive": ("single_field", incident(CLASHES, side_a=named("regime"))),
    "clashes_curly": (
        "curly_quotes",
        incident(curly(CLASHES), location=place("east of Khan Sheikhoun")),
    ),
    "clashes_speaker": ("source", incident(CLASHES, source=by("Rami Abdel Rahman"), location=place("Khan Sheikhoun"))),
    "attack_leaders": ("single_field", incident(TUESDAY, LED, side_b=named("fighters from two jihadist groups"))),
    "fighting_two_sentences_one_quote": (
        "spanning_quote",
        incident(f"{LED} {FIGHTING}", fatalities=groups(PRO_REGIME_23, OTHER_CAMP_20)),
    ),
    "fighting_full": (
        "full",
        incident(
            LEAD, TUESDAY, CLASHES, FIGHTING,
            assertion="reported",
            date=TUESDAY_DATE,
            location=place("east of Khan Sheikhoun"),
            side_a=named("regime"),
            side_b=named("rebel fighters and jihadists"),
            fatalities={
                "total": DERIVED_43,
                "by_group": [PRO_REGIME_23, OTHER_CAMP_20],
                "subsets": [JIHADISTS_13],
            },
            source=by(OBSERVATORY),
        ),
    ),
    "fighting_full_short_source": (
        "full",
        incident(
            TUESDAY, _CLASHES_HALF, FIGHTING,
            date=TUESDAY_DATE,
            location=place("east of Khan Sheikhoun"),
            side_a=named("the regime"),
            side_b=named("jihadist and rebel groups"),
            fatalities=groups(PRO_REGIME_23, OTHER_CAMP_20),
            source=by("the OSDH"),
        ),
    ),
    "fighting_in_codebook_shape": (
        "full",
        incident(
            TUESDAY, CLASHES, FIGHTING,
            assertion="reported",
            event_clarity="discrete",
            event_type="Battles",
            sub_event_type="Armed clash",
            violence_type="state_based",
            civilian_targeting=False,
            territory_change="none",
            attacker="side_b",
            date=TUESDAY_DATE,
            location=place("east of Khan Sheikhoun"),
            side_a=[{"name_reported": "regime", "inter": "State forces"}],
            side_b=[{"name_reported": "rebel fighters and jihadists", "inter": "Rebel group"}],
            fatalities={
                "total": {"value": 43, "text": None, "qualifier": "derived_sum",
                          "low": 43, "best": 43, "high": 43},
                "by_group": [PRO_REGIME_23, OTHER_CAMP_20],
                "subsets": [JIHADISTS_13],
            },
            source={"name_reported": "OSDH", "kind": "monitoring_ngo"},
        ),
    ),
    # the eight rebels
    "rebels_total": ("number_word", incident(EIGHT, fatalities=total(8, "eight"))),
    "rebels_total_with_noun": ("number_word", incident(EIGHT, fatalities=total(8, "eight rebels"))),
    "rebels_exact": ("number_word", incident(EIGHT, fatalities=total(8, "eight", qualifier="exact"))),
    "rebels_value_without_words": ("number_word", incident(EIGHT, fatalities=total(8))),
    "rebels_group": ("by_group", incident(EIGHT, fatalities=groups(REBELS_8))),
    "rebels_total_and_group": (
        "by_group",
        incident(EIGHT, fatalities={"total": count(8, "eight"), "by_group": [REBELS_8]}),
    ),
    "rebels_part_of_sentence": ("partial_quote", incident("eight rebels were also killed", fatalities=total(8, "eight rebels"))),
    "rebels_place": (
        "several_fields",
        incident(EIGHT, location=place("near the Abu Douhour military airport"), side_b=named("rebels")),
    ),
    "rebels_place_name": ("single_field", incident(EIGHT, location=place("Abu Douhour military airport"))),
    "rebels_sides": ("several_fields", incident(EIGHT, side_a=named("the regime"), side_b=named("rebels"))),
    "rebels_source_cited": (
        "several_quotes",
        incident(FIGHTING, EIGHT, fatalities=total(8, "eight rebels"), source=by("the OSDH")),
    ),
    "rebels_curly": (
        "curly_quotes", incident(curly(EIGHT), side_a=named("regime"), fatalities=total(8, "eight")),
    ),
    "rebels_full": (
        "full",
        incident(
            LEAD, EIGHT,
            location=place("near the Abu Douhour military airport"),
            side_a=named("the regime"),
            side_b=named("rebels"),
            fatalities={"total": count(8, "eight"), "by_group": [REBELS_8]},
            source=by(OBSERVATORY),
        ),
    ),
    # territory and reinforcements
    "town_date": ("date", incident(WEDNESDAY, date=when("Since last Wednesday", "2019-08-21", "2019-08-27"))),
    "town_date_words": ("date", incident(WEDNESDAY, date=when("Since last Wednesday"))),
    "town_place": ("several_fields", incident(WEDNESDAY, location=place("Khan Sheikhoun"), side_a=named("regime forces"))),
    "town_wider_place": (
        "single_field",
        incident(WEDNESDAY, location=place("Khan Sheikhoun, and several localities in Hama")),
    ),
    "town_agency": (
        "source", incident(DATELINE, WEDNESDAY, location=place("Khan Sheikhoun"), source=by("AFP")),
    ),
    "reinforcements": (
        "several_fields",
        incident(SATURDAY, date=when("Saturday", "2019-08-24", "2019-08-24"),
                 location=place("Khan Cheikhoun"), source=by("the OSDH")),
    ),
    "reinforcements_actor_cited": (
        "several_quotes",
        incident(WEDNESDAY, SATURDAY, side_a=named("regime forces"), location=place("Khan Cheikhoun"),
                 date=when("Saturday", "2019-08-24")),
    ),
    # the agreement
    "zone_parties": ("single_field", ceasefire(ZONE, parties=named("Russia", "Turkey"))),
    "zone_parties_other_order": ("single_field", ceasefire(ZONE, parties=named("Turkey", "Russia"))),
    "zone_one_party": ("single_field", ceasefire(ZONE, parties=named("Russia"))),
    "zone_date": ("date", ceasefire(ZONE, dates={"declared": SEPTEMBER})),
    "zone_date_words": ("date", ceasefire(ZONE, dates={"declared": when("in September 2018")})),
    "zone_date_bare": (
        "date", ceasefire(ZONE, dates={"declared": when("September 2018", "2018-09-01", "2018-09-30")}),
    ),
    "zone_name": ("single_field", ceasefire(ZONE, agreement_name_reported='agreement on a "demilitarized zone"')),
    "zone_name_curly": (
        "curly_quotes", ceasefire(ZONE, agreement_name_reported="agreement on a “demilitarized zone”"),
    ),
    "zone_quote_curly": ("curly_quotes", ceasefire(curly(ZONE), parties=named("Russia", "Turkey"))),
    "zone_part_of_sentence": (
        "partial_quote",
        ceasefire(_ZONE_HALF, parties=named("Russia", "Turkey"), dates={"declared": SEPTEMBER}),
    ),
    "zone_place_cited": (
        "several_quotes", ceasefire(ZONE, LEAD, location=place("Idleb region"), parties=named("Turkey")),
    ),
    "zone_folded": (
        "folded_space",
        ceasefire(ZONE.replace("September 2018", "September\n2018"), parties=named("Russia", "Turkey"),
                  dates={"declared": SEPTEMBER}),
    ),
    "zone_full": (
        "full",
        ceasefire(
            ZONE, APRIL,
            assertion="reported",
            agreement_name_reported='agreement on a "demilitarized zone"',
            parties=named("Russia", "Turkey"),
            dates={"declared": SEPTEMBER},
            location=place("the Idleb region"),
        ),
    ),
    "zone_in_codebook_shape": (
        "full",
        ceasefire(
            ZONE,
            assertion="reported",
            agreement_kind="demilitarised_zone",
            declaration_type="bilateral",
            ceasefire_class="unclear",
            coverage="partial",
            parties=[
                {"name_reported": "Russia", "role": "signatory"},
                {"name_reported": "Turkey", "role": "signatory"},
            ],
            dates={"declared": SEPTEMBER, "effective": None, "planned_end": None, "ended": None},
            source=None,
        ),
    ),
    # the displaced
    "displaced_figure": ("single_field", displacement(DISPLACED, figure=FIGURE)),
    "displaced_bare_number": (
        "single_field", displacement(DISPLACED, figure=count(400_000, "400,000", unit="person")),
    ),
    "displaced_with_noun": (
        "single_field", displacement(DISPLACED, figure=count(400_000, "more than 400,000 people", unit="person")),
    ),
    "displaced_lower_bound_kept": (
        "single_field",
        displacement(DISPLACED, figure=count(400_000, "400,000", unit="person", quantifier="more_than")),
    ),
    "displaced_value_without_words": ("single_field", displacement(DISPLACED, figure=count(400_000, unit="person"))),
    "displaced_source": ("source", displacement(DISPLACED, source=by("UN"), figure=FIGURE)),
    "displaced_source_article": ("source", displacement(DISPLACED, source=by("the UN"))),
    "displaced_date_cited": (
        "several_quotes", displacement(DISPLACED, "Since the end of April", date=SINCE_APRIL, figure=FIGURE),
    ),
    "displaced_date_words": (
        "several_quotes", displacement(APRIL, DISPLACED, date=when("Since the end of April"), figure=FIGURE),
    ),
    "displaced_spanning": (
        "spanning_quote", displacement(f"{APRIL} {DISPLACED}", figure=FIGURE, date=SINCE_APRIL, source=by("UN")),
    ),
    "displaced_part_of_sentence": (
        "partial_quote", displacement("more than 400,000 people have been displaced", figure=FIGURE),
    ),
    "displaced_place_cited": (
        "several_quotes", displacement(APRIL, DISPLACED, location=place("the Idleb region"), figure=FIGURE),
    ),
    "displaced_folded": (
        "folded_space", displacement(DISPLACED.replace("more than", "more  than"), figure=FIGURE),
    ),
    "displaced_full": (
        "full",
        displacement(
            APRIL, DISPLACED,
            assertion="reported",
            figure=FIGURE,
            date=SINCE_APRIL,
            location=place("in the Idleb region"),
            source=by("the UN"),
        ),
    ),
    "displaced_in_codebook_shape": (
        "full",
        displacement(
            DISPLACED, "Since the end of April, the bombings",
            assertion="reported",
            figure={"value": 400_000, "text": "more than 400,000", "quantifier": "more_than",
                    "unit": "person", "household_size": None, "total_persons": 400_000},
            figure_category="new_displacement",
            figure_term="displaced",
            cause="conflict",
            trigger_text="bombings",
            date=SINCE_APRIL,
            source={"name_reported": "UN", "kind": "un_agency"},
        ),
    ),
}  # fmt: skip

_ACCENTED_SEED = SEED_TEXT.replace("Abu Douhour", "Aboû Douhoûr")
_ACCENTED_EIGHT = EIGHT.replace("Abu Douhour", "Aboû Douhoûr")


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


TRUE_RECORDS: list[Case] = [
    *(
        Case(name, kind, record, None, SEED_PUBLISHED, truth=True)
        for name, (kind, record) in _TRUE.items()
    ),
    Case(
        "rebels_decomposed_quote",
        "decomposed_unicode",
        incident(_nfd(_ACCENTED_EIGHT), location=place("Aboû Douhoûr military airport")),
        _ACCENTED_SEED,
        SEED_PUBLISHED,
        truth=True,
    ),
    Case(
        "rebels_decomposed_article",
        "decomposed_unicode",
        incident(_ACCENTED_EIGHT, location=place("Aboû Douhoûr"), fatalities=total(8, "eight")),
        _nfd(_ACCENTED_SEED),
        SEED_PUBLISHED,
        truth=True,
    ),
]

# --- false records, made from the true ones ---------------------------------------------------

Made: TypeAlias = Iterator[tuple[str, str, Record]]  # (kind, what was done, record)

_WORDS = {1: "one", 7: "seven", 8: "eight", 9: "nine", 80: "eighty"}


def false_records() -> list[Case]:
    """False records in a fixed order, none equal to another or to a true one."""
    cases: list[Case] = []
    seen = {repr(case.record) for case in TRUE_RECORDS}
    for turn, base in enumerate(TRUE_RECORDS):
        for maker in _MAKERS:
            for kind, what, record in maker(base, turn):
                if repr(record) not in seen:
                    seen.add(repr(record))
                    name = f"{base.name}:{kind}:{what}"
                    cases.append(
                        Case(name, kind, record, base.article_text, base.published, truth=False)
                    )
    for kind, what, record in _written_out():
        cases.append(Case(f"{kind}:{what}", kind, record, None, SEED_PUBLISHED, truth=False))
    return cases


def _shown(value: int) -> str:
    return f"{value:,}"


def _retold(text: str, old: int, new: int) -> str | None:
    """The text with one number told as another, in the same manner; None if it is not in there."""
    if re.search(rf"(?<![\d,]){_shown(old)}(?![\d,])", text):
        return re.sub(rf"(?<![\d,]){_shown(old)}(?![\d,])", _shown(new), text)
    word = _WORDS.get(old)
    if word and word in text:
        return text.replace(word, _WORDS.get(new, str(new)))
    return None


def _wrong_numbers(value: int) -> dict[str, int]:
    made = {"plus_one": value + 1, "minus_one": value - 1, "times_ten": value * 10}
    if value >= 10:
        made["tenth"] = value // 10
    swapped = int(str(value)[::-1])
    if swapped >= 10 and swapped != value:
        made["swapped"] = swapped
    return made


def _numbers_changed(base: Case, turn: int) -> Made:
    for path in count_paths(base.record):
        value, text = at(base.record, f"{path}/value"), at(base.record, f"{path}/text")
        assert isinstance(value, int)
        key = path.replace("/", "__")
        wrong = list(_wrong_numbers(value).items())
        how, new = wrong[turn % len(wrong)]
        yield "number_changed", f"{path}:value_only:{how}", _set(base, f"{key}__value", new)
        if not isinstance(text, str):
            continue
        how, new = wrong[(turn + 1) % len(wrong)]
        told = _retold(text, value, new)
        if told is None:
            continue
        yield "number_changed", f"{path}:text_only:{how}", _set(base, f"{key}__text", told)
        for step in (2, 3):
            how, new = wrong[(turn + step) % len(wrong)]
            told = _retold(text, value, new) or ""
            both: Record = {f"{key}__value": new, f"{key}__text": told}
            yield "number_changed", f"{path}:both:{how}", changed(base.record, **both)


def _set(base: Case, path: str, value: Json) -> Record:
    edit: Record = {path: value}
    return changed(base.record, **edit)


def _numbers_from_elsewhere(base: Case, turn: int) -> Made:
    """A number of another sentence, or a piece of the right one, told as this record's."""
    cited = _cited_sentences(base)
    for path in count_paths(base.record)[:1]:
        key, value = path.replace("/", "__"), at(base.record, f"{path}/value")
        found = [n for n in (23, 51, 900, 12, 370_000) if n != value and _shown(n) not in cited]
        other = found[turn % len(found)]
        edits: Record = {f"{key}__value": other, f"{key}__text": _shown(other)}
        yield "number_changed", f"{path}:from_elsewhere", changed(base.record, **edits)
        piece = {12: 2, 23: 3, 20: 2, 13: 3, 400_000: 400}.get(int(str(value)))
        if piece:
            edits = {f"{key}__value": piece, f"{key}__text": str(piece)}
            yield "number_changed", f"{path}:piece_of_it", changed(base.record, **edits)


def _cited_sentences(base: Case) -> str:
    """The whole sentences any quote of the record touches, joined."""
    article = folded(base.text)
    spans = []
    for quote in quotes_of(base.record):
        start = article.find(folded(quote))
        spans.append((start, start + len(folded(quote))))
    touched = []
    for sentence in SENTENCES:
        start = article.find(folded(sentence))
        end = start + len(folded(sentence))
        if start >= 0 and any(a < end and start < b for a, b in spans):
            touched.append(sentence)
    return " ".join(touched)


# Each makes a false quote out of a true one, or None where it has nothing to change.
def _one_digit(quote: str) -> str | None:
    for value in (12, 23, 20, 400_000, 900, 8):
        told = _retold(quote, value, value + 1)
        if told is not None:
            return told
    return None


def _swap(pairs: dict[str, str]) -> Callable[[str], str | None]:
    def swapped(quote: str) -> str | None:
        for old, new in pairs.items():
            if old in quote:
                return quote.replace(old, new, 1)
        return None

    return swapped


_one_word = _swap({
    "civilians": "soldiers", "pro-regime": "pro-Turkish", "rebels were": "soldiers were",
    "have been displaced": "have been affected", "unveiled": "signed", "attacked": "shelled",
    "taken over": "lost", "massed": "withdrawn", "clashes": "storms", "led": "foiled",
})  # fmt: skip
_one_name = _swap({
    "Russia and": "Iran and", "Khan Sheikhoun": "Saraqeb", "Khan Cheikhoun": "Saraqeb",
    "Abu Douhour": "Abu Kamal", "Aboû Douhoûr": "Abu Kamal", "the OSDH": "the MSF",
    "the UN": "the EU", "Idleb": "Raqqa", "Russia": "Iran", "jihadist": "Kurdish",
})  # fmt: skip
_negated = _swap({
    "and Russia killed": "and Russia did not kill", "fighting killed": "fighting did not kill",
    "killed 12": "did not kill 12", "killed 23": "did not kill 23",
    "were also killed": "were not killed", "have been displaced": "have not been displaced",
    "jihadists attacked": "jihadists never attacked", "unveiled": "never unveiled",
    "have taken over": "have not taken over", "have massed": "have not massed",
    "clashes erupted": "clashes did not erupt",
})  # fmt: skip


def _elided(quote: str) -> str | None:
    words = quote.split()
    third = len(words) // 3
    return " ".join([*words[:third], "…", *words[-third:]]) if third > 1 else None


def _silently_elided(quote: str) -> str | None:
    words = quote.split()
    third = len(words) // 3
    return " ".join([*words[:third], *words[-third:]]) if third > 1 else None


def _spliced(quote: str) -> str | None:
    words, other = quote.split(), (TUESDAY if "Monday" in quote else MONDAY).split()
    return " ".join([*other[:5], *words[2:]]) if len(words) > 5 else None


def _word_added(quote: str) -> str | None:
    first, _, rest = quote.partition(" ")
    return f"{first} reportedly {rest}"


def _word_dropped(quote: str) -> str | None:
    words = quote.split()
    middle = len(words) // 2
    return " ".join(words[:middle] + words[middle + 1 :]) if len(words) > 3 else None


_PARAPHRASED = {
    LEAD: "At least 51 people died on Tuesday in the fighting around Idleb, the OSDH reported.",
    WEDNESDAY: "Government forces captured the town of Khan Sheikhoun and places in Hama last week.",
    SATURDAY: "Reinforcements were sent to Khan Cheikhoun on Saturday, according to the OSDH.",
    TUESDAY: "Rebel fighters and jihadists assaulted loyalist positions on Tuesday, said the OSDH.",
    CLASHES: "Heavy clashes broke out at dawn east of Khan Sheikhoun, said Rami Abdel Rahman.",
    FIGHTING: "The clashes left 23 pro-regime fighters and 20 on the other side dead, says the OSDH.",
    EIGHT: "Eight rebels died near the Abu Douhour military airport, the same source said.",
    MONDAY: "12 civilians died on Monday in air raids by the regime and Russia, the source said.",
    ZONE: "Russia and Turkey announced an agreement on a demilitarized zone in September 2018.",
    APRIL: "Bombings have killed some 900 civilians in the Idleb region since the end of April.",
    DISPLACED: "The UN says that more than 400,000 people have been displaced.",
}


def _paraphrased(quote: str) -> str | None:
    for sentence, told in _PARAPHRASED.items():
        if folded(quote) in folded(sentence):
            return told
    return None


def _empty(_quote: str) -> str | None:
    return ""


def _foreign(_quote: str) -> str | None:
    return "Rebels attacked two villages near Dalen on Sunday, killing 12 civilians, police said."


_QUOTE_CHANGES: dict[str, Callable[[str], str | None]] = {
    "digit": _one_digit,
    "word": _one_word,
    "name": _one_name,
    "elided": _elided,
    "silently_elided": _silently_elided,
    "spliced": _spliced,
    "added": _word_added,
    "dropped": _word_dropped,
    "paraphrased": _paraphrased,
    "empty": _empty,
    "another_article": _foreign,
}


def _stands(quote: str, text: str) -> bool:
    return bool(folded(quote)) and folded(quote).casefold() in folded(text).casefold()


def _quotes_altered(base: Case, turn: int) -> Made:
    last = len(quotes_of(base.record)) - 1
    quote = quotes_of(base.record)[last]
    made: list[tuple[str, str]] = []
    for what, change in _QUOTE_CHANGES.items():
        new = change(quote)
        if new is not None and new != quote and not _stands(new, base.text):
            made.append((what, new))
    for step in (0, 1, 2):
        what, new = made[(3 * turn + step) % len(made)]
        # an empty quote beside good ones supports nothing and spoils nothing
        if new or last == 0:
            yield "quote_altered", what, _set(base, f"evidence__{last}__quote", new)


def _quote_and_number_changed(base: Case, turn: int) -> Made:
    """The strongest fake: record and quote agree with each other and not with the article."""
    paths = [p for p in count_paths(base.record) if isinstance(at(base.record, f"{p}/text"), str)]
    for path in paths[:1]:
        value, text = at(base.record, f"{path}/value"), at(base.record, f"{path}/text")
        assert isinstance(value, int)
        assert isinstance(text, str)
        how, new = _entry(_wrong_numbers(value), turn)
        edits: Record = {f"{path}/value".replace("/", "__"): new}
        edits[f"{path}/text".replace("/", "__")] = _retold(text, value, new)
        for i, quote in enumerate(quotes_of(base.record)):
            told = _retold(quote, value, new)
            if told is not None and not _stands(told, base.text):
                edits[f"evidence__{i}__quote"] = told
        if len(edits) > 2:
            yield "quote_and_number_changed", how, changed(base.record, **edits)


def _entry(numbers: dict[str, int], turn: int) -> tuple[str, int]:
    """The entry at a place, counted round."""
    return next(islice(numbers.items(), turn % len(numbers), None))


def _stray_quote(base: Case, turn: int) -> Made:
    """A quote that is nowhere in the article beside the good ones (rule R-E1)."""
    if turn % 6 == 0:
        quote = "Both sides confirmed the figures on Wednesday, officials said."
        stray: list[Json] = [{"quote": q} for q in [*quotes_of(base.record), quote]]
        yield "quote_altered", "stray_beside_good", _set(base, "evidence", stray)


_ABSENT = {
    "side_a": ("Iranian forces", "Hezbollah"),
    "side_b": ("Islamic State group", "Kurdish fighters"),
    "parties": ("Iran", "Qatar"),
    "source": ("Reuters", "the Red Cross"),
    "location": ("Raqqa", "Saraqeb"),
    "agreement_name_reported": ("Sochi memorandum", "Astana agreement"),
}
_ELSEWHERE = {
    "side_a": ("Pro-Turkish rebel groups", "the Turkish army"),
    "side_b": ("Hayat Tahrir al-Sham", "Al Qaeda"),
    "parties": ("Damascus", "Bashar al-Assad"),
    "source": ("UN", "Rami Abdel Rahman", OBSERVATORY),
    "location": ("Maaret al-Noomane", "Latakia", "Aleppo"),
    "agreement_name_reported": ("ground offensive", "pro-democracy protests"),
}


def _names_changed(base: Case, turn: int) -> Made:
    if base.article_text is not None:
        return
    cited = folded(_cited_sentences(base)).casefold()
    for path in name_paths(base.record):
        field = path.split("/")[0].replace("locations", "location")
        new = _ABSENT[field][turn % 2]
        yield "name_absent", f"{path}:nowhere", _set(base, path.replace("/", "__"), new)
        for name in _ELSEWHERE[field]:
            if not re.search(rf"\b{re.escape(name.casefold())}", cited):
                record = _set(base, path.replace("/", "__"), name)
                yield "name_absent", f"{path}:not_cited", record
                break


def _negations(base: Case, turn: int) -> Made:
    last = len(quotes_of(base.record)) - 1
    new = _negated(quotes_of(base.record)[last])
    if new is not None:
        yield "negation_added", "in_quote", _set(base, f"evidence__{last}__quote", new)
    if turn % 4 == 0:
        how = ("denied", "planned", "hypothetical")[turn // 4 % 3]
        yield "negation_added", f"assertion_{how}", _set(base, "assertion", how)


_RELABELLED = {
    "civilians": ("side_b", "rebels"),
    "rebels": ("side_a", "pro-regime fighters"),
    "pro-regime fighters": ("side_b", "in the other camp"),
    "in the other camp": ("side_a", "pro-regime fighters"),
}


def _groups_moved(base: Case, turn: int) -> Made:
    rows = at(base.record, "fatalities/by_group")
    told = [row for row in rows if at(row, "label")] if isinstance(rows, list) else []
    for i, row in enumerate(told):
        label, text = str(at(row, "label")), at(row, "text")
        code, other = _RELABELLED[label]
        moved: Record = {"group": code, "label": other, "value": at(row, "value")}
        if isinstance(text, str):
            moved["text"] = text.replace(label, other)
        record = _set(base, f"fatalities__by_group__{i}", moved)
        yield "group_moved", f"{i}:to_{code}", record
    if len(told) == 2:
        first, second = told
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        keys = [key for key in ("value", "text") if key in first]
        swapped: Json = [
            {**first, **{key: second[key] for key in keys}},
            {**second, **{key: first[key] for key in keys}},
        ]
        yield "group_moved", "swapped", _set(base, "fatalities__by_group", swapped)
        if at(base.record, "side_a") and at(base.record, "side_b"):
            codes: Json = [{**first, "group": "side_b"}, {**second, "group": "side_a"}]
            yield "group_moved", "sides_crossed", _set(base, "fatalities__by_group", codes)
    if told and at(told[0], "label") == "civilians":
        record = _set(base, "fatalities__by_group__0__group", "side_a")
        yield "group_moved", "civilians_as_side_a", record


def _parts_as_totals(base: Case, turn: int) -> Made:
    if not any("killed 23" in quote for quote in quotes_of(base.record)):
        return
    if base.name.startswith(("raids", "rebels")):
        return
    given: Json = [{"value": 20, "text": "20"}, {"value": 13, "text": "13"},
                   {"value": 23, "text": "23"}, {"value": 13, "text": "including 13 jihadists"},
                   {"value": 36, "text": None, "qualifier": "derived_sum"},
                   {"value": 56, "text": None, "qualifier": "derived_sum"}]  # fmt: skip
    assert isinstance(given, list)
    for step in (0, 3):
        new = given[(turn + step) % len(given)]
        text = at(new, "text")
        if text is None or any(str(text) in quote for quote in quotes_of(base.record)):
            what = f"{at(new, 'value')}_as_total"
            yield "total_for_part", what, _set(base, "fatalities__total", new)


_OTHER_DAYS = {
    "Monday": "Sunday",
    "Tuesday": "Thursday",
    "Wednesday": "Friday",
    "Saturday": "Sunday",
}


def _dates_changed(base: Case, turn: int) -> Made:
    for path in date_paths(base.record):
        key = path.replace("/", "__")
        text, start = str(at(base.record, f"{path}/text")), at(base.record, f"{path}/start")
        for day, other in _OTHER_DAYS.items():
            if day in text:
                told = text.replace(day, other)
                yield "wrong_weekday", f"{path}:{other}", _set(base, f"{key}__text", told)
        elsewhere = [d for d in ("August 8", "in 2011", "Saturday", "On Monday")
                     if d not in _cited_sentences(base)]  # fmt: skip
        other = elsewhere[turn % len(elsewhere)]
        yield "date_elsewhere", f"{path}:{other}", _set(base, key, {"text": other})
        if isinstance(start, str):
            for how, moved in _moved(date.fromisoformat(start), text).items():
                edits: Record = {f"{key}__start": moved.isoformat()}
                if at(base.record, f"{path}/end") == start:
                    edits[f"{key}__end"] = moved.isoformat()
                yield "date_moved", f"{path}:{how}", changed(base.record, **edits)


def _moved(start: date, text: str) -> dict[str, date]:
    year = {"year": start.replace(year=start.year - 1)}
    if "April" in text:  # any of the last ten days of April could be called its end
        return {**year, "month": date(2019, 5, 31), "half_month": date(2019, 4, 15)}
    if "September" in text:
        return {**year, "month": date(2018, 8, 1), "known_from_outside": date(2018, 9, 17)}
    return {
        **year,
        "day_before": start - timedelta(days=1),
        "day_after": start + timedelta(days=1),
        "week_before": start - timedelta(days=7),
        "week_after": start + timedelta(days=7),
    }


def _units_and_qualifiers(base: Case, turn: int) -> Made:
    if isinstance(at(base.record, "figure/value"), int):
        yield "wrong_unit", "household", _set(base, "figure__unit", "household")
        for quantifier in ("exact", "less_than", "approximately"):
            record = _set(base, "figure__quantifier", quantifier)
            yield "qualifier_lie", f"quantifier_{quantifier}", record
        for word in ("exactly", "about", "less than"):
            record = _set(base, "figure__text", f"{word} 400,000")
            yield "qualifier_lie", f"text_{word}", record
    if isinstance(at(base.record, "fatalities/total/text"), str):
        how = ("at_least", "about", "up_to", "more_than", "less_than")[turn % 5]
        record = _set(base, "fatalities__total__qualifier", how)
        yield "qualifier_lie", f"total_{how}", record
        text = at(base.record, "fatalities/total/text")
        record = _set(base, "fatalities__total__text", f"at least {text}")
        yield "qualifier_lie", "total_text_at_least", record


def _texts_without_the_value(base: Case, turn: int) -> Made:
    cited = _cited_sentences(base)
    phrases = ("civilians", "including 13 jihadists", "in the other camp", "the regime", "rebels",
               "have been displaced", "according to the UN", "On Monday")  # fmt: skip
    for path in count_paths(base.record)[:2]:
        value, text = at(base.record, f"{path}/value"), at(base.record, f"{path}/text")
        quoted = [p for p in phrases if p in cited and p != text and str(value) not in p]
        if quoted and at(base.record, f"{path}/qualifier") != "derived_sum":
            phrase = quoted[turn % len(quoted)]
            record = _set(base, f"{path}/text".replace("/", "__"), phrase)
            yield "text_not_carrying_value", f"{path}:{phrase}", record


def _fields_swapped(base: Case, turn: int) -> Made:
    """A phrase that stands in the evidence, in a field where it says something else."""
    cited = " ".join(quotes_of(base.record))
    fields: dict[str, tuple[Json, str]] = {
        "place_as_source": (by("Khan Sheikhoun"), "source"),
        "victims_as_source": (by("12 civilians"), "source"),
        "airport_as_source": (by("Abu Douhour military airport"), "source"),
        "region_as_source": (by("the Idleb region"), "source"),
        "source_as_place": (place("the OSDH"), "location"),
        "un_as_place": (place("the UN"), "location"),
        "day_as_place": (place("On Monday"), "location"),
        "month_as_place": (place("September 2018"), "location"),
        "day_as_actor": (named("On Tuesday"), "side_a"),
        "place_as_actor": (named("Abu Douhour military airport"), "side_b"),
        "place_as_date": (when("in the region"), "date"),
        "number_as_date": (when("more than 400,000"), "date"),
        "month_as_party": (named("Russia", "September 2018"), "parties"),
        "zone_as_party": (named("demilitarized zone"), "parties"),
    }
    fitting = []
    for what, (value, field) in fields.items():
        words = [*_strings(value)]
        only_ceasefire = field == "parties" and base.record["record_type"] != "ceasefire_agreement"
        only_incident = field in ("side_a", "side_b") and base.record["record_type"] != "incident"
        if all(w in cited for w in words) and not only_ceasefire and not only_incident:
            fitting.append((what, field, value))
    if fitting and turn % 2 == 0:
        what, field, value = fitting[turn // 2 % len(fitting)]
        if not (field == "date" and base.record["record_type"] == "ceasefire_agreement"):
            yield "swapped_fields", what, _set(base, field, value)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from _strings(inner)
    for inner in value if isinstance(value, list) else ():
        yield from _strings(inner)


_MAKERS: tuple[Callable[[Case, int], Made], ...] = (
    _numbers_changed,
    _numbers_from_elsewhere,
    _quotes_altered,
    _quote_and_number_changed,
    _stray_quote,
    _names_changed,
    _negations,
    _groups_moved,
    _parts_as_totals,
    _dates_changed,
    _units_and_qualifiers,
    _texts_without_the_value,
    _fields_swapped,
)


def _written_out() -> Made:
    """False records that need a thought of their own."""
    parts = groups(PRO_REGIME_23, OTHER_CAMP_20)
    assert isinstance(parts, dict)
    twelve_rebels = group("side_a", "rebels", 12, "12 rebels")
    yield "group_moved", "twelve_rebels", incident(MONDAY, fatalities=groups(twelve_rebels))
    yield "group_moved", "twelve_rebels_total", incident(MONDAY, fatalities=total(12, "12 rebels"))
    eight_civilians = group("civilians", "civilians", 8, "eight")
    yield "group_moved", "eight_civilians", incident(EIGHT, fatalities=groups(eight_civilians))
    yield "group_moved", "eight_soldiers", incident(EIGHT, fatalities=total(8, "eight soldiers"))
    crossed = group("side_b", "jihadists", 20, "20")
    yield "group_moved", "twenty_jihadists", incident(FIGHTING, fatalities=groups(crossed))
    yield (
        "group_moved",
        "jihadists_of_the_regime",
        incident(
            CLASHES, FIGHTING,
            side_a=named("the regime"),
            side_b=named("jihadist and rebel groups"),
            fatalities={**parts, "subsets": [{"of": "side_a", "label": "jihadists", "value": 13,
                                              "text": "13"}]},
        ),
    )  # fmt: skip
    both = group("side_b", "in the other camp", 51, "51")
    yield (
        "total_for_part",
        "lead_total_to_a_group",
        incident(LEAD, FIGHTING, fatalities=groups(both)),
    )
    one = group("side_a", "pro-regime fighters", 51, "at least 51")
    yield "total_for_part", "lead_total_to_a_side", incident(LEAD, fatalities=groups(one))
    yield (
        "total_for_part",
        "part_larger_than_whole",
        incident(
            FIGHTING,
            fatalities={
                "by_group": [group("side_b", "jihadists", 13, "13")],
                "subsets": [
                    {"of": "side_b", "label": "in the other camp", "value": 20, "text": "20"}
                ],
            },
        ),
    )
    yield (
        "total_for_part",
        "total_smaller_than_groups",
        incident(FIGHTING, fatalities={"total": count(23, "23"), **parts}),
    )
    yield (
        "total_for_part",
        "subset_counted_into_sum",
        incident(
            FIGHTING,
            fatalities={
                "total": {"value": 56, "text": None, "qualifier": "derived_sum"},
                "by_group": [PRO_REGIME_23, OTHER_CAMP_20,
                             group("unknown", "jihadists", 13, "13")],
            },
        ),
    )  # fmt: skip
    yield "total_for_part", "sum_never_written", incident(FIGHTING, fatalities=total(43, "43"))
    first_only = "killed 23 pro-regime fighters"
    yield "total_for_part", "cut_before_the_rest", incident(first_only, fatalities=total(23, "23"))
    lead = total(51, "at least 51", qualifier="at_least")
    yield "aggregate_as_incident", "51_of_two_events", incident(LEAD, fatalities=lead)
    since = total(900, "about 900", qualifier="about")
    yield "aggregate_as_incident", "900_since_april", incident(APRIL, fatalities=since)
    yield (
        "aggregate_as_incident",
        "900_in_a_group",
        incident(APRIL, fatalities=groups(group("civilians", "civilians", 900, "about 900"))),
    )
    war = total(370_000, "more than 370,000", qualifier="more_than")
    yield "aggregate_as_incident", "370000_since_2011", incident(WAR, fatalities=war)
    yield (
        "fact_of_another_kind",
        "displaced_as_killed",
        incident(DISPLACED, fatalities=total(400_000, "more than 400,000")),
    )
    killed = count(900, "about 900", unit="person", quantifier="approximately")
    yield "fact_of_another_kind", "killed_as_displaced", displacement(APRIL, figure=killed)
    lives = count(370_000, "more than 370,000", unit="person", quantifier="more_than")
    yield "fact_of_another_kind", "lives_as_displaced", displacement(WAR, figure=lives)
    twelve = count(12, "12 civilians", unit="person")
    yield "fact_of_another_kind", "raid_dead_as_displaced", displacement(MONDAY, figure=twelve)
    yield (
        "fact_of_another_kind",
        "groups_as_dead",
        incident(LED, fatalities=total(2, "two jihadist groups")),
    )
    yield (
        "fact_of_another_kind",
        "year_as_figure",
        displacement(ZONE, figure=count(2018, "2018", unit="person")),
    )
    yield (
        "fact_of_another_kind",
        "day_of_month_as_dead",
        incident(OFFENSIVE, fatalities=total(8, "8")),
    )
    yield (
        "fact_of_another_kind",
        "months_as_dead",
        incident(OFFENSIVE, fatalities=total(4, "four")),
    )
    yield (
        "excluded_as_record",
        "talks_as_agreement",
        ceasefire(TALKS, parties=named("Turkish and Russian presidents"),
                  dates={"declared": when("on Tuesday", "2019-08-27")}),
    )  # fmt: skip
    yield (
        "date_elsewhere",
        "tuesday_for_the_raids_of_monday",
        incident(TUESDAY, MONDAY, date=TUESDAY_DATE, fatalities=total(12, "12 civilians")),
    )
    yield (
        "date_elsewhere",
        "monday_for_the_attack_of_tuesday",
        incident(TUESDAY, MONDAY, date=MONDAY_DATE, side_b=named("rebel fighters and jihadists")),
    )
    yield "date_elsewhere", "monday_uncited", incident(FIGHTING, date=MONDAY_DATE)
    yield "date_elsewhere", "april_uncited", displacement(DISPLACED, date=SINCE_APRIL)
    yield (
        "date_elsewhere",
        "war_start_as_declared",
        ceasefire(ZONE, dates={"declared": when("in 2011", "2011-01-01", "2011-12-31")}),
    )
    yield (
        "date_moved",
        "start_without_words",
        incident(MONDAY, date={"start": "2019-08-20", "end": "2019-08-20"}),
    )
    yield "date_moved", "end_before_start", incident(
        MONDAY, date=when("On Monday", "2019-08-26", "2019-08-25")
    )  # fmt: skip
    yield "date_moved", "month_too_long", ceasefire(
        ZONE, dates={"declared": when("in September 2018", "2018-09-01", "2018-10-31")}
    )  # fmt: skip
    yield "name_absent", "un_inside_unveiled", ceasefire(ZONE, source=by("UN"))
    yield "name_absent", "third_party", ceasefire(ZONE, parties=named("Russia", "Turkey", "Iran"))
    yield "name_absent", "place_uncited", ceasefire(ZONE, location=place("the Idleb region"))
    yield "name_absent", "source_uncited", incident(
        MONDAY, fatalities=total(12, "12"), source=by("OSDH")
    )  # fmt: skip
    yield "name_absent", "source_only_short_cited", incident(FIGHTING, source=by(OBSERVATORY))
    yield "quote_altered", "no_evidence", incident(fatalities=total(12, "12"))
    yield "quote_altered", "blank", incident(" \n ", fatalities=total(12, "12"))
    yield "quote_altered", "a_lone_mark", incident(".", fatalities=total(12, "12"))
    yield "wrong_unit", "families", displacement(
        DISPLACED, figure=count(400_000, "more than 400,000 families", unit="household")
    )  # fmt: skip


# --- articles in which the sentence denies the fact, and harmless twins --------------------------

_TWELVE = total(12, "12 civilians")
_FACT: dict[str, Record] = {
    "raids": {"fatalities": _TWELVE},
    "rebels": {"fatalities": total(8, "eight rebels")},
    "fighting": {"fatalities": groups(PRO_REGIME_23)},
    "displaced": {"figure": FIGURE},
    "zone": {"parties": named("Russia", "Turkey"), "dates": {"declared": SEPTEMBER}},
    "fr": {"fatalities": total(12, "12 civils")},
    "es": {"fatalities": total(12, "12 civiles")},
}
_TOLD_IN = {
    "raids": MONDAY,
    "rebels": EIGHT,
    "fighting": FIGHTING,
    "displaced": DISPLACED,
    "zone": ZONE,
}
_TYPE = {"displaced": "displacement", "zone": "ceasefire_agreement"}
_FRAME = {
    "fr": "Beyrouth (AFP)\n\nLes combats continuent dans la région d'Idleb.\n\n{}\n",
    "es": "Beirut (AFP)\n\nLos combates continúan en la región de Idleb.\n\n{}\n",
}
_BY_BOTH = "air raids by the regime and Russia"


def _twin(name: str, kind: str, fact: str, sentence: str, quote: str | None, truth: bool) -> Case:
    if fact in _FRAME:
        text = _FRAME[fact].format(sentence)
    else:
        text = SEED_TEXT.replace(_TOLD_IN[fact], sentence)
    record = _of(_TYPE.get(fact, "incident"), (quote or sentence,), _FACT[fact])
    return Case(name, kind, record, text, SEED_PUBLISHED, truth)


# (name, kind, fact, sentence of the article, quote if not the whole sentence)
_Row: TypeAlias = tuple[str, str, str, str, str | None]
_DENYING: tuple[_Row, ...] = (
    ("did_not", "denied", "raids", f"On Monday, {_BY_BOTH} did not kill 12 civilians in the region, the source said.", None),
    ("didnt", "denied", "raids", f"On Monday, {_BY_BOTH} didn't kill 12 civilians in the region, the source said.", None),
    ("denied_that", "denied", "raids", "On Monday, the source denied that 12 civilians were killed in the region.", None),
    ("denied_killing", "denied", "raids", "The regime denied killing 12 civilians in the region on Monday.", None),
    ("did_not_say", "denied", "raids", f"The source did not say that {_BY_BOTH} killed 12 civilians in the region on Monday.", None),
    ("it_is_false", "denied", "raids", f"It is false that {_BY_BOTH} killed 12 civilians in the region on Monday, the source said.", None),
    ("untrue_reports", "denied", "raids", f"Reports that {_BY_BOTH} killed 12 civilians on Monday are untrue, the source said.", None),
    ("no_one", "denied", "raids", "No one was killed in the air raids of Monday, the source said, withdrawing its report of 12 civilians killed.", None),
    ("neither_nor", "denied", "raids", "Neither the regime nor Russia killed 12 civilians in the region on Monday, the source said.", None),
    ("never", "denied", "raids", f"On Monday, {_BY_BOTH} never killed 12 civilians, the source said.", None),
    ("without_killing", "denied", "raids", f"On Monday, {_BY_BOTH} hit the region without killing 12 civilians trapped there, the source said.", None),
    ("no_evidence", "denied", "raids", f"There is no evidence that {_BY_BOTH} killed 12 civilians on Monday, the source said.", None),
    ("nearly", "denied", "raids", f"On Monday, {_BY_BOTH} nearly killed 12 civilians in the region, the source said.", None),
    ("could_kill", "hypothetical", "raids", "Air raids by the regime and Russia could kill 12 civilians in the region, the source said.", None),
    ("would_have", "hypothetical", "raids", "Had the planes come on Monday, they would have killed 12 civilians in the region, the source said.", None),
    ("if_resumed", "hypothetical", "raids", "If air raids resume, 12 civilians will be killed every day, the source said.", None),
    ("aimed_to", "planned", "raids", f"On Monday, {_BY_BOTH} aimed to kill 12 civilians in the region, the source said.", None),
    ("threatened_to", "planned", "raids", "On Monday, the regime threatened to kill 12 civilians in the region, the source said.", None),
    ("feared", "hypothetical", "raids", "On Monday, the source feared that air raids would kill 12 civilians in the region.", None),
    ("wounded", "another_verb", "raids", f"On Monday, {_BY_BOTH} wounded 12 civilians in the region, the source said.", None),
    ("rescued", "another_verb", "raids", "On Monday, 12 civilians were rescued alive after air raids by the regime and Russia, the source said.", None),
    ("rebels_not_killed", "denied", "rebels", "According to the same source, eight rebels were not killed in the south-west of the bastion, as the army had claimed, but fled.", None),
    ("rebels_no_proof", "denied", "rebels", "According to the same source, there was no proof that eight rebels were killed near the Abu Douhour military airport.", None),
    ("fighting_did_not", "denied", "fighting", "The fighting did not kill 23 pro-regime fighters, the OSDH said.", None),
    ("displaced_not", "denied", "displaced", "And more than 400,000 people have not been displaced, according to the UN.", None),
    ("displaced_denied", "denied", "displaced", "The UN denied that more than 400,000 people have been displaced.", None),
    ("displaced_could", "hypothetical", "displaced", "And more than 400,000 people could be displaced, according to the UN.", None),
    ("displaced_at_risk", "hypothetical", "displaced", "And more than 400,000 people are at risk of being displaced, according to the UN.", None),
    ("zone_failed", "denied", "zone", "In fact, Russia and Turkey failed to reach an agreement in September 2018.", None),
    ("zone_none", "denied", "zone", "No agreement was reached in September 2018 by Russia and Turkey.", None),
    ("zone_denied", "denied", "zone", 'The two capitals deny that an agreement on a "demilitarized zone" was concluded in September 2018 by Russia and Turkey.', None),
    ("fr_ne_pas", "denied", "fr", "Lundi, des raids aériens du régime et de la Russie n'ont pas tué 12 civils dans la région, selon l'OSDH.", None),
    ("fr_dementi", "denied", "fr", "L'OSDH a démenti que 12 civils aient été tués lundi dans la région.", None),
    ("fr_faux", "denied", "fr", "Il est faux que 12 civils ont été tués lundi, a déclaré l'OSDH.", None),
    ("fr_pourraient", "hypothetical", "fr", "Des raids aériens pourraient tuer 12 civils dans la région, selon l'OSDH.", None),
    ("es_no", "denied", "es", "El lunes, los bombardeos del régimen no mataron a 12 civiles en la región, según la ONU.", None),
    ("es_nego", "denied", "es", "El ejército negó que 12 civiles murieran el lunes en la región.", None),
    ("es_podrian", "hypothetical", "es", "Los bombardeos podrían matar a 12 civiles en la región, según la ONU.", None),
    ("cut_denied", "denial_cut_off", "raids", "On Monday, the source denied that 12 civilians were killed in the region.", "12 civilians were killed in the region"),
    ("cut_false", "denial_cut_off", "raids", f"It is false that {_BY_BOTH} killed 12 civilians in the region on Monday, the source said.", f"{_BY_BOTH} killed 12 civilians in the region on Monday"),
    ("cut_untrue", "denial_cut_off", "raids", f"Reports that {_BY_BOTH} killed 12 civilians on Monday are untrue, the source said.", f"{_BY_BOTH} killed 12 civilians on Monday"),
    ("cut_displaced", "denial_cut_off", "displaced", "The UN denied that more than 400,000 people have been displaced.", "more than 400,000 people have been displaced"),
    ("cut_fr", "denial_cut_off", "fr", "L'OSDH a démenti que 12 civils aient été tués lundi dans la région.", "12 civils aient été tués lundi dans la région"),
    ("cut_es", "denial_cut_off", "es", "El ejército negó que 12 civiles murieran el lunes en la región.", "12 civiles murieran el lunes en la región"),
)  # fmt: skip
_HARMLESS: tuple[_Row, ...] = (
    ("no_comment", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians in the region, the source said, adding that the army did not comment.", None),
    ("not_denied", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians in the region, which the regime has not denied.", None),
    ("no_fewer", "harmless", "raids", f"On Monday, {_BY_BOTH} killed no fewer than 12 civilians in the region, the source said.", None),
    ("no_claim", "harmless", "raids", "No group claimed responsibility for the attack of Monday, which killed 12 civilians in the region.", None),
    ("not_twenty", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians, not 20, the source said.", None),
    ("none_of_them", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians, none of them children, the source said.", None),
    ("could_not_flee", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians who could not flee, the source said.", None),
    ("without_warning", "harmless", "raids", f"On Monday, {_BY_BOTH} struck without warning and killed 12 civilians, the source said.", None),
    ("toll_could_rise", "harmless", "raids", f"On Monday, {_BY_BOTH} killed 12 civilians, the source said, warning that the toll could rise.", None),
    ("not_only", "harmless", "raids", f"On Monday, {_BY_BOTH} not only destroyed a school but also killed 12 civilians, the source said.", None),
    ("denied_another_thing", "harmless", "raids", "The regime denied using gas in the air raids of Monday, which killed 12 civilians, the source said.", None),
    ("despite_no_truce", "harmless", "raids", f"There was no truce on Monday: {_BY_BOTH} killed 12 civilians, the source said.", None),
    ("not_clear_who", "harmless", "raids", "On Monday, 12 civilians were killed in the region, but it was not clear by whom, the source said.", None),
    ("rebels_no_prisoners", "harmless", "rebels", "According to the same source, eight rebels were also killed and none was taken prisoner near the Abu Douhour military airport.", None),
    ("fighting_no_loss", "harmless", "fighting", "The fighting killed 23 pro-regime fighters but did not change the front line, according to the OSDH.", None),
    ("displaced_no_return", "harmless", "displaced", "And more than 400,000 people have been displaced and cannot return, according to the UN.", None),
    ("displaced_aid", "harmless", "displaced", "And more than 400,000 people have been displaced, according to the UN, which has not been able to reach them.", None),
    ("zone_not_kept", "harmless", "zone", 'This offensive comes despite an agreement on a "demilitarized zone", unveiled in September 2018 by Russia and Turkey, which has not been fully implemented.', None),
    ("fr_pas_moins", "harmless", "fr", "Lundi, des raids aériens ont tué pas moins de 12 civils dans la région, selon l'OSDH.", None),
    ("fr_pas_commente", "harmless", "fr", "Lundi, des raids aériens ont tué 12 civils dans la région, ce que l'armée n'a pas commenté.", None),
    ("es_no_menos", "harmless", "es", "El lunes, los bombardeos mataron a no menos de 12 civiles en la región, según la ONU.", None),
    ("es_no_comento", "harmless", "es", "El lunes, los bombardeos mataron a 12 civiles en la región, pero el ejército no hizo comentarios.", None),
)  # fmt: skip

NEGATED_ARTICLES: list[Case] = [
    *(_twin(*row, truth=False) for row in _DENYING),
    *(_twin(*row, truth=True) for row in _HARMLESS),
    Case(
        "corrected_figure",
        "denied",
        incident(_HARMLESS[4][3], fatalities=total(20, "20")),
        SEED_TEXT.replace(MONDAY, _HARMLESS[4][3]),
        SEED_PUBLISHED,
        truth=False,
    ),
]

# --- short invented dispatches, so that nothing fits the seed alone -------------------------------

_DISPATCH: dict[str, tuple[date, str]] = {
    "market": (
        date(2024, 3, 15),
        "Port Sarno (Wire)\n\nGunmen attacked a market in Dalen on Thursday, killing twenty-three "
        "traders and wounding 41 people, the regional health office said. The army said it had "
        "arrested two suspects.",
    ),
    "families": (
        date(2023, 6, 20),
        "Some 4,500 families fled the Orva valley on 2 June, the Relief Council said. Another 300 "
        "families stayed behind.",
    ),
    "truce": (
        date(2022, 5, 5),
        "The Marren Front and the government of Tessia signed a 72-hour truce on 3 May 2022, the "
        "Norland foreign ministry said on Thursday. An earlier truce had failed in March.",
    ),
    "mine": (
        date(2021, 1, 14),
        "A dozen soldiers died when a mine exploded near Kell on 9 January, the defence ministry "
        "said. The road had been closed for 20 days.",
    ),
    "millions": (
        date(2023, 9, 4),
        "Fighting has driven 2.5 million people from their homes since January 2020, the refugee "
        "office said. It asked for $140 million in aid.",
    ),
    "column": (
        date(2020, 7, 22),
        "Clashes on Monday near the Ebel bridge killed three soldiers and 15 militants of the Red "
        "Column, a police spokesman said.",
    ),
    "sorel": (
        date(2024, 10, 9),
        "Vingt-deux civils ont été tués mardi dans un bombardement de l'armée sur le village de "
        "Sorélie, selon un responsable local. « L'attaque a duré une heure », a-t-il ajouté.",
    ),
    "merande": (
        date(2024, 10, 10),
        "Plus de 12\u202f000 personnes ont fui la ville de Mérande depuis lundi, a indiqué le "
        "Croissant d'or. Les routes restent coupées.",
    ),
    "rebelles": (
        date(2022, 2, 12),
        "Quatre-vingt-douze rebelles et onze soldats ont été tués jeudi dans les combats autour "
        "d'Anvière, affirme l'armée.",
    ),
    "port_ivel": (
        date(2023, 2, 6),
        "Le gouvernement d'Astrie et le Front du Lac ont signé un cessez-le-feu le 4 février 2023 "
        "à Port-Ivel, a annoncé la médiation.",
    ),
    "valdoro": (
        date(2022, 11, 16),
        "Al menos treinta y un soldados murieron el lunes en una emboscada de la guerrilla cerca "
        "de Valdoro, informó el Ministerio de Defensa.",
    ),
    "orma": (
        date(2021, 8, 3),
        "Unas 12.500 personas fueron desplazadas por los combates en la sierra de Orma, según la "
        "ONU. Hay 40 albergues abiertos.",
    ),
    "tregua": (
        date(2021, 12, 22),
        "El Gobierno y el Ejército del Norte acordaron una tregua el 20 de diciembre de 2021, dijo "
        "el obispo de Lermosa.",
    ),
    "nuriya": (
        date(2023, 5, 17),
        "قُتل ثمانية مدنيين في قصف على بلدة النورية يوم الثلاثاء، بحسب الدفاع المدني. وأصيب 14 آخرون.",
    ),
    "wadi": (
        date(2023, 6, 1),
        "نزح أكثر من 15,000 شخص من منطقة الوادي الأخضر، وفق الأمم المتحدة. ودُمر 70 منزلا.",
    ),
    "junud": (
        date(2022, 9, 8),
        "قُتل ١٢ جنديا في هجوم شنه مسلحون قرب بلدة السهيلة يوم الأربعاء، حسبما أعلنت وزارة الدفاع.",
    ),
    "hudna": (
        date(2022, 3, 6),
        "وقعت الحكومة وجبهة الشمال هدنة في 3 مارس 2022، وفق بيان رسمي.",
    ),
}  # fmt: skip


def _first(key: str) -> str:
    """A dispatch's first sentence, without a dateline."""
    body = _DISPATCH[key][1].split("\n\n")[-1]
    found = re.match(r".+?[.](?=\s|$)", body)
    return found.group() if found else body


def _told(
    name: str, kind: str, key: str, truth: bool, make: Callable[..., Record], **given: Json
) -> Case:
    published, text = _DISPATCH[key]
    return Case(name, kind, make(_first(key), **given), text, published, truth)


_GOVERNMENT_AND_FRONT = named("الحكومة", "جبهة الشمال")

INVENTED_CASES: list[Case] = [
    # English
    _told("market", "invented_en", "market", True, incident, fatalities=total(23, "twenty-three traders"),
          date=when("on Thursday", "2024-03-14", "2024-03-14"), location=place("Dalen"),
          side_a=named("Gunmen"), source=by("the regional health office")),
    _told("market_wounded", "fact_of_another_kind", "market", False, incident, fatalities=total(41, "41 people")),
    _told("market_twenty", "number_changed", "market", False, incident, fatalities=total(20, "twenty")),
    _told("market_day", "date_moved", "market", False, incident, date=when("on Thursday", "2024-03-15")),
    _told("families", "invented_en", "families", True, displacement,
          figure=count(4500, "Some 4,500 families", unit="household", quantifier="approximately"),
          location=place("the Orva valley"), source=by("the Relief Council")),
    _told("families_date", "invented_en", "families", True, displacement,
          figure=count(4500, "4,500 families", unit="household"), date=when("on 2 June", "2023-06-02")),
    _told("families_people", "wrong_unit", "families", False, displacement,
          figure=count(4500, "4,500", unit="person")),
    _told("families_tenfold", "number_changed", "families", False, displacement,
          figure=count(45_000, "Some 4,500 families", unit="household")),
    _told("truce", "invented_en", "truce", True, ceasefire,
          parties=named("The Marren Front", "the government of Tessia"),
          dates={"declared": when("on 3 May 2022", "2022-05-03", "2022-05-03")},
          source=by("the Norland foreign ministry")),
    _told("truce_day", "date_moved", "truce", False, ceasefire,
          dates={"declared": when("on 3 May 2022", "2022-05-05")}),
    _told("truce_party", "name_absent", "truce", False, ceasefire,
          parties=named("The Marren Front", "the government of Norvia")),
    _told("mine", "invented_en", "mine", True, incident, fatalities=total(12, "A dozen soldiers", qualifier="about"),
          date=when("on 9 January", "2021-01-09", "2021-01-09"), location=place("near Kell")),
    _told("mine_year", "date_moved", "mine", False, incident, date=when("on 9 January", "2020-01-09")),
    _told("mine_day_as_toll", "fact_of_another_kind", "mine", False, incident, fatalities=total(9, "9")),
    _told("millions", "invented_en", "millions", True, displacement,
          figure=count(2_500_000, "2.5 million people", unit="person")),
    _told("millions_tenfold", "number_changed", "millions", False, displacement,
          figure=count(25_000_000, "2.5 million people", unit="person")),
    _told("column", "invented_en", "column", True, incident,
          fatalities=groups(group("side_a", "soldiers", 3, "three"),
                            group("side_b", "militants of the Red Column", 15, "15 militants")),
          date=when("on Monday", "2020-07-20", "2020-07-20")),
    _told("column_sum", "invented_en", "column", True, incident,
          fatalities={"total": {"value": 18, "text": None, "qualifier": "derived_sum"},
                      "by_group": [group("side_a", "soldiers", 3, "three soldiers"),
                                   group("side_b", "militants", 15, "15")]}),
    _told("column_crossed", "group_moved", "column", False, incident,
          fatalities=groups(group("side_a", "soldiers", 15, "15"),
                            group("side_b", "militants of the Red Column", 3, "three"))),
    _told("column_part", "total_for_part", "column", False, incident, fatalities=total(15, "15 militants")),
    # French
    _told("sorel", "invented_fr", "sorel", True, incident, fatalities=total(22, "Vingt-deux civils"),
          date=when("mardi", "2024-10-08", "2024-10-08"), location=place("Sorélie"),
          source=by("un responsable local")),
    _told("sorel_piece", "number_changed", "sorel", False, incident, fatalities=total(20, "Vingt")),
    _told("sorel_week", "date_moved", "sorel", False, incident, date=when("mardi", "2024-10-01")),
    _told("merande", "invented_fr", "merande", True, displacement,
          figure=count(12_000, "Plus de 12 000 personnes", unit="person", quantifier="more_than"),
          date=when("depuis lundi", "2024-10-07", "2024-10-10"), source=by("le Croissant d'or")),
    _told("merande_piece", "number_changed", "merande", False, displacement, figure=count(12, "12", unit="person")),
    _told("merande_exact", "qualifier_lie", "merande", False, displacement,
          figure=count(12_000, "12 000", unit="person", quantifier="exact")),
    _told("rebelles", "invented_fr", "rebelles", True, incident,
          fatalities=groups(group("side_b", "rebelles", 92, "Quatre-vingt-douze rebelles"),
                            group("side_a", "soldats", 11, "onze"))),
    _told("rebelles_piece", "number_changed", "rebelles", False, incident,
          fatalities=groups(group("side_b", "rebelles", 80, "Quatre-vingt"))),
    _told("port_ivel", "invented_fr", "port_ivel", True, ceasefire,
          parties=named("Le gouvernement d'Astrie", "le Front du Lac"),
          dates={"declared": when("le 4 février 2023", "2023-02-04", "2023-02-04")}),
    # Spanish
    _told("valdoro", "invented_es", "valdoro", True, incident,
          fatalities=total(31, "Al menos treinta y un soldados", qualifier="at_least"),
          date=when("el lunes", "2022-11-14", "2022-11-14"), location=place("Valdoro"),
          source=by("el Ministerio de Defensa")),
    _told("valdoro_piece", "number_changed", "valdoro", False, incident, fatalities=total(30, "treinta")),
    _told("valdoro_side", "group_moved", "valdoro", False, incident,
          fatalities=groups(group("side_b", "guerrilla", 31, "treinta y un"))),
    _told("orma", "invented_es", "orma", True, displacement,
          figure=count(12_500, "Unas 12.500 personas", unit="person", quantifier="approximately"),
          location=place("la sierra de Orma"), source=by("la ONU")),
    _told("orma_decimal", "number_changed", "orma", False, displacement,
          figure=count(125_000, "12.500", unit="person")),
    _told("tregua", "invented_es", "tregua", True, ceasefire,
          parties=named("El Gobierno", "el Ejército del Norte"),
          dates={"declared": when("el 20 de diciembre de 2021", "2021-12-20", "2021-12-20")}),
    # Arabic
    _told("nuriya", "invented_ar", "nuriya", True, incident, fatalities=total(8, "ثمانية مدنيين"),
          date=when("يوم الثلاثاء", "2023-05-16", "2023-05-16"), location=place("بلدة النورية"),
          source=by("الدفاع المدني")),
    _told("nuriya_number", "number_changed", "nuriya", False, incident, fatalities=total(18, "ثمانية مدنيين")),
    _told("wadi", "invented_ar", "wadi", True, displacement,
          figure=count(15_000, "أكثر من 15,000 شخص", unit="person", quantifier="more_than"),
          source=by("الأمم المتحدة")),
    _told("junud", "invented_ar", "junud", True, incident, fatalities=total(12, "١٢ جنديا"),
          date=when("يوم الأربعاء", "2022-09-07", "2022-09-07"), source=by("وزارة الدفاع")),
    _told("junud_number", "number_changed", "junud", False, incident, fatalities=total(21, "٢١ جنديا")),
    _told("hudna", "invented_ar", "hudna", True, ceasefire, parties=_GOVERNMENT_AND_FRONT,
          dates={"declared": when("في 3 مارس 2022", "2022-03-03", "2022-03-03")}),
    _told("hudna_party", "name_absent", "hudna", False, ceasefire, parties=named("الحكومة", "جبهة الجنوب")),
    Case("sorel_decomposed", "invented_fr",
         incident(_nfd(_first("sorel")), location=place(_nfd("Sorélie")), fatalities=total(22)),
         _DISPATCH["sorel"][1], _DISPATCH["sorel"][0], truth=True),
]  # fmt: skip


# --- the bench checks itself -------------------------------------------------------------------


def all_cases() -> list[Case]:
    """Every case of the bench, in a fixed order."""
    return [*TRUE_RECORDS, *false_records(), *NEGATED_ARTICLES, *INVENTED_CASES]


def problems() -> list[str]:
    """What a program can see to be wrong with the bench itself; empty when all is well."""
    found = [f"not in the seed: {s}" for s in SENTENCES if s not in SEED_TEXT]
    names = Counter(case.name for case in all_cases())
    found += [f"name used {n} times: {name}" for name, n in names.items() if n > 1]
    for case in all_cases():
        check = _wrong_with_true if case.truth else _wrong_with_false
        found += [f"{case.name}: {what}" for what in check(case)]
    return found


def _wrong_with_true(case: Case) -> Iterator[str]:
    quotes = quotes_of(case.record)
    evidence = folded("\n".join(quotes)).casefold()
    for quote in quotes:
        if folded(quote) not in folded(case.text):
            yield f"quote not in the article: {quote}"
    paths = [f"{path}/text" for path in count_paths(case.record)]
    paths += [f"{path}/text" for path in date_paths(case.record)] + name_paths(case.record)
    for path in paths:
        phrase = at(case.record, path)
        if isinstance(phrase, str) and folded(phrase).casefold() not in evidence:
            yield f"{path} not in the evidence: {phrase}"
    for path in date_paths(case.record):
        start, end = at(case.record, f"{path}/start"), at(case.record, f"{path}/end")
        if isinstance(start, str) and isinstance(end, str) and start > end:
            yield f"{path} ends before it starts"
    yield from _uncarried(case)


def _uncarried(case: Case) -> Iterator[str]:
    for path in count_paths(case.record):
        value, text = at(case.record, f"{path}/value"), at(case.record, f"{path}/text")
        words = _CARRIED.get(int(str(value)), ())
        phrase = text if isinstance(text, str) else " ".join(quotes_of(case.record))
        if value in (18, 43) and text is None:
            continue  # sums: their parts are checked
        if not any(re.search(rf"(?<!\w){word}(?!\w)", folded(phrase)) for word in words):
            yield f"{path}: {phrase!r} does not carry {value}"


# How each true value is written in some true case, kept apart from any number reader.
_CARRIED: dict[int, tuple[str, ...]] = {
    3: ("three",), 8: ("eight", "ثمانية"), 11: ("onze",), 12: ("12", "A dozen", "١٢"),
    13: ("13",), 15: ("15",), 20: ("20",), 22: ("Vingt-deux",), 23: ("23", "twenty-three"),
    31: ("treinta y un",), 92: ("Quatre-vingt-douze",), 4500: ("4,500",), 12_000: ("12 000",),
    12_500: (r"12\.500",), 15_000: ("15,000",), 400_000: ("400,000",), 2_500_000: (r"2\.5 million",),
}  # fmt: skip


def _wrong_with_false(case: Case) -> Iterator[str]:
    quotes = quotes_of(case.record)
    if any(case.record == true.record and case.text == true.text for true in TRUE_RECORDS):
        yield "equal to a true record"
    standing = bool(quotes) and all(_stands(quote, case.text) for quote in quotes)
    changed_quote = case.kind.startswith("quote_") or case.name.endswith("in_quote")
    if changed_quote and standing and not case.name.endswith("a_lone_mark"):
        yield "its quotes all stand in the article"
    if not changed_quote and not standing:
        yield "falsified in its quotes too"
    if case.kind == "name_absent":
        evidence = folded(" ".join(quotes)).casefold()
        given = [at(case.record, path) for path in name_paths(case.record)]
        missing = [n for n in given if not re.search(
            rf"(?<!\w)و?{re.escape(folded(str(n)).casefold())}(?!\w)", evidence)]  # fmt: skip
        if not missing:
            yield "its names all stand in the evidence"


def main() -> int:
    """Print the counts by kind and whatever is wrong with the bench; 1 if anything is."""
    parts = {
        "TRUE_RECORDS": TRUE_RECORDS,
        "false_records": false_records(),
        "NEGATED_ARTICLES": NEGATED_ARTICLES,
        "INVENTED_CASES": INVENTED_CASES,
    }
    for name, cases in parts.items():
        true = sum(case.truth for case in cases)
        sys.stdout.write(f"{name}: {len(cases)} ({true} true, {len(cases) - true} false)\n")
        for (kind, truth), n in sorted(Counter((c.kind, c.truth) for c in cases).items()):
            sys.stdout.write(f"  {n:4} {kind} ({'true' if truth else 'false'})\n")
    wrong = problems()
    sys.stdout.write("".join(f"problem: {line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
