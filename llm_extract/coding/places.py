"""Where, as far as the words tell: what kind of place, and which way from it the event lies."""

from __future__ import annotations

import re
from typing import TypeVar

from llm_extract.coding.cues import words
from llm_extract.record import Place, PlaceKind, PlaceRelation

_Name = TypeVar("_Name", bound=str)

_RELATIONS: tuple[tuple[PlaceRelation, re.Pattern[str]], ...] = (
    ("north_of", words(r"north(?:[- ](?:east|west))? of", r"au nord de", r"al norte de", r"شمال", r"к северу от",
                       r"севернее", r"на північ від")),
    ("south_of", words(r"south(?:[- ](?:east|west))? of", r"au sud de", r"al sur de", r"جنوب", r"к югу от",
                       r"южнее", r"на південь від")),
    ("east_of", words(r"east of", r"[àa] l['’]est de", r"al este de", r"شرق", r"к востоку от", r"восточнее",
                      r"на схід від")),
    ("west_of", words(r"west of", r"[àa] l['’]ouest de", r"al oeste de", r"غرب", r"к западу от", r"западнее",
                      r"на захід від")),
    ("between", words(r"between", r"entre", r"بين", r"между", r"між")),
    ("along", words(r"along", r"le long de", r"a lo largo de", r"على طول", r"вдоль", r"вздовж")),
    ("near", words(r"near", r"outside", r"close to", r"around", r"on the outskirts of", r"(?:\d+|\w+) ?(?:km|kilomet(?:er|re)s|"
                   r"miles) from", r"pr[èe]s de", r"autour de", r"aux? environs de", r"cerca de", r"en las afueras de",
                   r"قرب", r"بالقرب من", r"возле", r"около", r"близ", r"под", r"поблизу", r"біля", r"неподалік")),
)  # fmt: skip
_KINDS: tuple[tuple[PlaceKind, re.Pattern[str]], ...] = (
    ("cross_border_area", words(r"(?:cross-)?border(?:lands?)?", r"fronti[èe]re", r"frontera", r"حدود",
                                r"границ\w*", r"кордон\w*")),
    ("road", words(r"roads?", r"highways?", r"motorway", r"routes?", r"carretera", r"autopista", r"طريق", r"дорог\w*",
                   r"трас\w*", r"шоссе")),
    ("facility", words(r"airports?", r"airbase", r"base", r"hospitals?", r"schools?", r"markets?", r"mosques?", r"church",
                       r"prison", r"camp", r"checkpoint", r"post", r"bridge", r"station", r"barracks", r"dam", r"port",
                       r"stadium", r"university", r"h[ôo]pital", r"[ée]cole", r"march[ée]", r"a[ée]roport", r"hospital",
                       r"escuela", r"mercado", r"aeropuerto", r"مطار", r"مستشفى", r"مدرسة", r"سوق", r"مخيم", r"معبر",
                       r"аэропорт\w*", r"аеропорт\w*", r"больниц\w*", r"лікарн\w*", r"школ\w*", r"рынк\w*")),
    ("natural_feature", words(r"rivers?", r"mountains?", r"valley", r"lake", r"forest", r"desert", r"island", r"hills?",
                              r"rivi[èe]re", r"montagnes?", r"lac", r"for[êe]t", r"r[íi]o", r"monta[ñn]as?", r"lago",
                              r"selva", r"نهر", r"جبل", r"وادي", r"река", r"горы", r"річк\w*")),
    ("admin2", words(r"districts?", r"count(?:y|ies)", r"raion", r"municipality", r"municipio", r"canton", r"قضاء",
                     r"район\w*")),
    ("admin1", words(r"provinces?", r"regions?", r"governorates?", r"states?", r"oblasts?", r"departments?",
                     r"r[ée]gions?", r"provincias?", r"regi[óo]n", r"departamento", r"wilaya", r"محافظة", r"ولاية",
                     r"إقليم", r"منطقة", r"област\w*", r"провинци\w*", r"провінці\w*")),
)  # fmt: skip


def code_place(place: Place) -> Place:
    """Fill in kind, relation and the two precision codes, from the words alone.

    A gazetteer is not asked: name, country and coordinates stay empty.
    """
    if not place.text:
        return place
    relation = place.relation or _first(_RELATIONS, place.text) or "in"
    kind = place.kind or _first(_KINDS, place.text)
    return place.model_copy(
        update={
            "relation": relation,
            "kind": kind,
            "acled_geo_precision": _acled_precision(kind, relation),
            "ucdp_where_prec": _ucdp_precision(kind, relation),
        }
    )


def _acled_precision(kind: PlaceKind | None, relation: PlaceRelation) -> int | None:
    if kind in ("admin1", "road", "cross_border_area", "natural_feature"):
        return 3
    if kind in (None, "country", "sea_air"):
        return None if relation == "in" else 2
    if relation != "in" or kind in ("admin2", "admin3"):
        return 2
    return 1


def _ucdp_precision(kind: PlaceKind | None, relation: PlaceRelation) -> int | None:
    fixed = {"admin1": 4, "road": 5, "cross_border_area": 5, "natural_feature": 5, "country": 6,
             "sea_air": 7, "admin2": 3, "admin3": 3}  # fmt: skip
    if kind in fixed:
        return fixed[kind]
    if relation != "in":
        return 2
    return 1 if kind else None


def _first(table: tuple[tuple[_Name, re.Pattern[str]], ...], text: str) -> _Name | None:
    return next((name for name, pattern in table if pattern.search(text)), None)
