"""When two wordings name the same actor, source or place.

Deliberately plain: case, accents, articles and possessives are evened out, then words are
compared. That "the regime" is the government of Syria is for the coder to say, by an acceptable
wording; nothing is guessed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from llm_extract.coding.mentions import fold


def _evened(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word).text for word in words)


_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b|(?<=s)['’](?=\s|$)")
_ARTICLES = _evened((
    "a", "an", "the", "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "el", "los", "las", "una",
    "unos", "unas", "lo", "al", "del", "of",
))  # fmt: skip
_ARABIC_ARTICLE = re.compile(r"^(?:وال|بال|فال|كال|لل|ال)(?=\w{2})")
_CONNECTORS = _evened((
    "and", "or", "et", "ou", "y", "e", "o", "и", "та", "і", "й", "أو",
))  # fmt: skip
_RELATIONS = _evened((
    "in", "at", "on", "near", "outside", "around", "from", "to", "into", "towards", "between", "along",
    "close", "inside", "within", "across", "off", "north", "south", "east", "west", "northern", "southern",
    "eastern", "western", "northeast", "northwest", "southeast", "southwest", "en", "dans", "près", "autour",
    "vers", "nord", "sud", "est", "ouest", "entre", "cerca", "norte", "sur", "este", "oeste", "afueras",
    "hacia", "в", "у", "на", "біля", "поблизу", "під", "поруч", "неподалік", "північ", "південь", "схід",
    "захід", "від", "в", "возле", "около", "под", "في", "من", "إلى", "قرب", "شمال", "جنوب", "شرق", "غرب",
    "بين", "عند",
))  # fmt: skip
_GENERIC = _evened((
    "village", "villages", "town", "city", "region", "province", "district", "area", "zone", "camp", "state",
    "county", "country", "border", "outskirts", "neighbourhood", "neighborhood", "locality", "localities",
    "site", "airport", "market", "road", "highway", "river", "ville", "commune", "quartier", "région",
    "territoire", "localité", "camps", "pueblo", "ciudad", "zona", "barrio", "municipio", "región",
    "provincia", "departamento", "vereda", "قرية", "مدينة", "منطقة", "محافظة", "مخيم", "ولاية", "село",
    "місто", "область", "район", "місті", "селі", "області", "районі", "громада",
))  # fmt: skip


@lru_cache(maxsize=65536)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in order, evened out, articles left out."""
    folded = _POSSESSIVE.sub("", fold(name).text)
    words = (_ARABIC_ARTICLE.sub("", word) for word in _WORD.findall(folded))
    return tuple(word for word in words if word not in _ARTICLES)


@lru_cache(maxsize=65536)
def same_name(wanted: str, given: str) -> bool:
    """Tell whether ``given`` names what ``wanted`` names: the same words, or these and more.

    "the army's soldiers" names the army; "the army and rebels" names two.
    """
    want, have = name_words(wanted), name_words(given)
    if not want or not have:
        return fold(wanted).text.strip() == fold(given).text.strip()
    if _joins(have) and not _joins(want):
        return False
    return _all_in(want, have)


@lru_cache(maxsize=65536)
def same_place(wanted: str, given: str) -> bool:
    """Tell whether two wordings name one place; how the event lies to it is not compared.

    "east of Idlib" and "Idlib province" do; "the village" names none but itself.
    """
    want, have = _place_words(wanted), _place_words(given)
    if not want or not have:
        return name_words(wanted) == name_words(given)
    if _joins(have) != _joins(want):
        return False
    fewer, more = sorted((want, have), key=len)
    if all(word in _GENERIC for word in fewer):
        return sorted(fewer) == sorted(more)
    return _all_in(fewer, more)


@lru_cache(maxsize=65536)
def same_words(wanted: str, given: str) -> bool:
    """Tell whether two copied phrases are one, or one holds the other."""
    want, have = name_words(wanted), name_words(given)
    fewer, more = sorted((want, have), key=len)
    return bool(fewer) and _all_in(fewer, more)


def _place_words(name: str) -> tuple[str, ...]:
    return tuple(word for word in name_words(name) if word not in _RELATIONS)


def _joins(words: tuple[str, ...]) -> bool:
    return any(word in _CONNECTORS for word in words)


def _all_in(some: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return all(any(_same_word(one, other) for other in words) for one in some)


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if not ("\u0400" <= one[0] <= "\u04ff" and "\u0400" <= other[0] <= "\u04ff"):
        return False
    # Ukrainian and Russian names change their endings: Харків, Харкова, Харкові.
    shorter = min(len(one), len(other))
    common = max(4, shorter - 2)
    return shorter >= 4 and abs(len(one) - len(other)) <= 3 and one[:common] == other[:common]
