"""Words of time in six languages, turned into tagged tokens.

Month and weekday names come from CLDR (babel); the relative words are ours. One character
tags one token, so that the grammar in ``dates`` is a table of patterns over tags:

    W weekday        w weekday, only beside a day     u every        R today, yesterday …
    M month          m month after a preposition      k month, only beside a number
    N 1-31           n other number                   Y year         1 a, an, un …   D 27/08/2019
    d e o y h g q    day, week, month, year, hour, weekend, minute   s season
    L last           X next        H this             A ago          i ago, said before
    a "a week ago" in one word     r "a day long, to now"            j "tonight" in one word
    B beginning, middle, end       l early, late      G part of day  V overnight   v night into
    S since          C Slavic from or since           F from         Q between     t to, until
    x at or to       I in, on, at  O of               T the          b before, after
    p the day before               c earlier, later   z a few        Z recently    & and
    , - / ( )        themselves                       ? anything else
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llm_extract.coding.date_values import Unit

UNITS: Final[Mapping[str, Unit]] = {
    "d": "day",
    "e": "week",
    "o": "month",
    "y": "year",
    "h": "hour",
    "g": "weekend",
}
"""Unit of time by its tag."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark; offsets count characters of the text read, end exclusive."""

    start: int
    end: int
    tag: str
    number: int = 0
    word: str = ""


def tokens(text: str) -> list[Token]:
    """Cut a text into tagged tokens; names made of several words become one token."""
    pieces = list(_pieces(text))
    found: list[Token] = []
    at = 0
    while at < len(pieces):
        token, used = _longest(pieces, at, text)
        found.append(token)
        at += used
    return found


def is_night(token: Token) -> bool:
    """Whether a part-of-day token means the night, which belongs to two dates."""
    return token.tag == "V" or token.word in _NIGHTS


def is_plural(token: Token) -> bool:
    """Whether a unit is written in the plural ("days"), where a missing number means "some"."""
    return token.word in _PLURALS


# --- cutting -----------------------------------------------------------------------------

_LETTER: Final = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u0652\u0670])"
_PIECE: Final = re.compile(
    rf"""
    (?P<D>(?<![\w./-])(?:\d{{4}}(?P<s1>[-/.])\d{{1,2}}(?P=s1)\d{{1,2}}
        |\d{{1,2}}(?P<s2>[-/.])\d{{1,2}}(?P=s2)(?:\d{{4}}|\d{{2}}))(?![\w/-]))
    |(?P<G>(?<![\w.:])(?:\d{{1,2}}[:h]\d{{2}}(?::\d{{2}})?(?:\s?(?:[ap]\.m\.|[ap]m\b|GMT|UTC))?
        |\d{{1,2}}(?:\.\d{{2}})?\s?(?:[ap]\.m\.|[ap]m\b)|\d{{4}}\s?(?:GMT|UTC|hrs?\b))(?!\d))
    |(?P<N>(?:\d{{1,3}}(?:[\s,.]\d{{3}})+(?!\d)|\d+[.,]\d{{1,2}}(?!\d)|\d+)
        (?:(?:st|nd|rd|th|er|-?(?:го|е|й|му|ого))\b|[ºª°])?)
    |(?P<elided>\b(?:jusqu|qu|l|d)['’])(?={_LETTER})
    |(?P<word>{_LETTER}(?:{_LETTER}|ـ)*(?:['’ʼ](?!s\b){_LETTER}+)*\.?)
    |(?P<mark>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _pieces(text: str) -> Iterator[Token]:
    for piece in _PIECE.finditer(text):
        kind, start, end = piece.lastgroup or "mark", piece.start(), piece.end()
        raw = piece[0]
        if kind == "word":
            yield from _word(raw, start)
        elif kind == "N":
            # "M19", "24h" are names; Arabic joins its article and its "and" to a number.
            beside = text[max(0, start - 1) : start] + text[end : end + 1]
            glued = any(char.isalpha() and char < "\u0600" for char in beside)
            yield Token(start, end, "?" if glued else _number_tag(raw), *_int(raw))
        elif kind == "mark":
            yield Token(start, end, _MARKS.get(raw, "?"), word=raw)
        else:
            yield Token(start, end, "T" if kind == "elided" else kind, word=raw)


def _word(raw: str, start: int) -> Iterator[Token]:
    """Keep a word's dot only when that makes it a known abbreviation."""
    end, lexicon = start + len(raw), _lexicon()
    if raw.endswith("."):
        if fold(raw) in lexicon:
            yield Token(start, end, "word", word=raw)
            return
        yield from _word(raw[:-1], start)
        yield Token(end - 1, end, "?", word=".")
        return
    if raw[0] == "و" and fold(raw) not in lexicon and fold(raw[1:]) in lexicon:
        yield Token(start, start + 1, "&", word="و")
        raw, start = raw[1:], start + 1
    yield Token(start, end, "word", word=raw)


def _int(raw: str) -> tuple[int, str]:
    digits = re.match(r"\d+", raw)
    return (int(digits[0]) if digits and len(digits[0]) <= 4 else 0), raw


def _number_tag(raw: str) -> str:
    digits = re.fullmatch(r"(\d{1,4})(\D{0,4})", raw)
    if digits is None:
        return "?"
    value = int(digits[1])
    if 1 <= value <= 31 and len(digits[1]) <= 2:
        return "N"
    if digits[2]:
        return "?"
    return "Y" if len(digits[1]) == 4 and 1900 <= value < 2100 else "n"


def _longest(pieces: list[Token], at: int, text: str) -> tuple[Token, int]:
    first = pieces[at]
    if first.tag != "word":
        return first, 1
    lexicon = _lexicon()
    for size in range(_LONGEST, 0, -1):
        group = pieces[at : at + size]
        if len(group) < size or any(p.tag not in ("word", "T", "-") for p in group):
            continue
        start, end = first.start, group[-1].end
        for key in (_exact(text[start:end]), fold(text[start:end])):
            if key in _WITHOUT_ACCENT and not text[start:end].isascii():
                continue
            if key in lexicon:
                tag, number = lexicon[key]
                return Token(start, end, _cased(tag, text[start:end]), number, key), size
    return Token(first.start, first.end, "?", word=first.word), 1


def _cased(tag: str, raw: str) -> str:
    """Demote a name that is a verb, a planet or a person in another case of letters."""
    key = fold(raw)
    if key in _VERB_MONTHS:
        return "m" if raw[0].isupper() else "k"
    if key in _CAPITAL_MONTHS and raw[0].isupper():
        return "k"
    return "w" if key == "domingo" and raw[0].isupper() else tag


def _exact(raw: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", raw).casefold())


@lru_cache(maxsize=4096)
def fold(raw: str) -> str:
    """Lower-case a word without Latin accents, Arabic vowel marks and letter variants."""
    text = _exact(raw.replace("ʼ", "'").replace("’", "'"))
    if not text.isascii():
        text = "".join(_plain(char) for char in text)
    return text.translate(_ARABIC) if text != "آب" else text


def _plain(char: str) -> str:
    if "\u00c0" <= char <= "\u024f":
        return unicodedata.normalize("NFD", char)[0]
    return "" if unicodedata.combining(char) and char not in "\u0306\u0308" else char


_ARABIC: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None})
_MARKS: Final = {",": ",", "،": ",", "(": "(", ")": ")", "/": "/"} | dict.fromkeys("-–—‑", "-")

# --- words -------------------------------------------------------------------------------

_LONGEST: Final = 5
_WITHOUT_ACCENT: Final = frozenset({"tues", "tue"})
# "tués" is French for killed, not an English Tuesday.
_VERB_MONTHS: Final = frozenset({"may", "march"})
_CAPITAL_MONTHS: Final = frozenset({"mars", "abril", "mayo", "julio"})
_HOMONYMS: Final = frozenset({"مارس", "ماي", "جوان", "اوت", "лютий"})
# Spelled like a month or weekday abbreviation, but far commoner as another word.
_NEVER: Final = frozenset({"ago", "sept", "set", "mon"})

_WORDS: Final[Mapping[str, str]] = {
    "u": "every|each|chaque|tous les|cada|los|todos los|каждый|каждую|каждое|кожен|кожну|كل",
    "L": "last|past|previous|dernier|derniere|derniers|dernieres|passe|passee|precedent|precedente"
    "|pasado|pasada|pasados|pasadas|ultimo|ultima|ultimos|ultimas|anterior"
    "|прошлый|прошлую|прошлое|прошлого|прошлой|прошлом|прошлым|прошедший|прошедшую|прошедшие"
    "|последний|последнюю|последние|последних|последнее|минувший|минувшую|минувшее|минувшие"
    "|минувшего|минувшей|минулий|минулу|минулого|минулої|минулому|минулі|минулих|останній|останню"
    "|останні|останніх|останнє|останніми|последними|الماضي|الماضية|الماضيين|الاخيرة|الاخير|الفائت|الفائتة|المنصرم",
    "X": "next|coming|prochain|prochaine|prochains|proximo|proxima|que viene|следующий|следующую"
    "|следующее|следующей|следующем|следующего|будущей|наступний|наступну|наступного|наступної"
    "|наступному|المقبل|المقبلة|القادم|القادمة",
    "H": "this|ce|cet|cette|ces|este|esta|estos|estas|этот|эту|это|этой|этом|этого|цей|цю|це|цього"
    "|цьому|цієї|هذا|هذه",
    "A": "ago|назад|тому|тому назад",
    "i": "il y a|voici|hace|قبل",
    "d": "day|days|jour|jours|journee|dia|dias|день|дня|дней|дни|днів|дні|сутки|суток|сутках|доба"
    "|добу|доби|يوم واحد|ايام|الايام|يوما|днями|дням",
    "e": "week|weeks|semaine|semaines|semana|semanas|неделя|неделю|недели|неделе|недель|тиждень"
    "|тижня|тижні|тижнів|اسبوع|الاسبوع|اسابيع|الاسابيع|اسبوعا|тижнями",
    "o": "month|months|mois|mes|meses|месяц|месяца|месяце|месяцев|месяцы|місяць|місяця|місяці"
    "|місяців|شهر|الشهر|اشهر|الاشهر|شهرا|شهور",
    "y": "year|years|an|ans|annee|annees|año|años|anos|год|года|году|лет|годы|г.|рік|року|році"
    "|років|роки|р.|عام|العام|سنة|السنة|سنوات|اعوام",
    "h": "hour|hours|heure|heures|hora|horas|час|часа|часов|часы|година|години|годин|ساعة|ساعات",
    "g": "weekend|week-end|fin de semana|выходные|выходных|вихідні|вихідних|عطلة نهاية الاسبوع",
    "q": "minute|minutes|moment|moments|minuto|minutos|momentos|минут|минуты"
    "|хвилин|хвилини|دقائق|دقيقة",
    "s": "spring|summer|autumn|winter|printemps|ete|automne|hiver|primavera|verano|otono|invierno"
    "|весной|летом|осенью|зимой|навесні|влітку|восени|взимку|الربيع|الصيف|الخريف|الشتاء",
    "l": "early|late|tot|tard|рано|поздно|рано вранці|пізно",
    "G": "dawn|daybreak|sunrise|dusk|sunset|nightfall|morning|afternoon|evening|night|midnight|noon"
    "|midday|early hours|small hours|pre-dawn|predawn|early morning|late night|late evening"
    "|early evening|before dawn|after dark|daytime|matin|matinee|apres-midi|soir|soiree|nuit|aube"
    "|midi|minuit|por la manana|de la manana|por la tarde|por la noche|en la noche|de la noche"
    "|de madrugada|madrugada|manana|tarde|noche|amanecer|anochecer|mediodia|medianoche|утро|утром"
    "|утра|вечер|вечером|вечера|ночь|ночью|днем|рассвет|рассвете|полдень|полночь|вранці|уранці"
    "|ранок|ранку|ввечері|увечері|вечір|вночі|уночі|ніч|удень|вдень|світанку|опівночі|опівдні|صباح|صباحا"
    "|مساء|فجر|فجرا|الفجر|ليل|ليلة|ليلا|الليلة|ظهر|ظهرا|عصر|منتصف الليل|بعد ظهر",
    "V": "overnight|в ночь|у ніч|в ніч",
    "v": "overnight into|overnight to|в ночь на|у ніч на|в ніч на",
    "S": "since|ever since|starting|beginning on|depuis|a partir de|dès|desde|منذ|ابتداء من"
    "|начиная с|починаючи з",
    "C": "с|со|з|із|зі",
    "F": "from|من",
    "Q": "between|entre|между|між|بين",
    "t": "to|until|till|through|thru|jusque|jusqu|hasta|по|до|الي|حتي",
    "x": "à|au|aux|al|на",
    "I": "on|in|at|during|over|around|about|within|en|dans|pendant|au cours|durant|vers"
    "|courant|lors|durante|sobre|в|во|у|за|в течение|протягом|впродовж|під час|في|خلال|يوم"
    "|نهار|بتاريخ|شهر",
    "O": "of|de|du|des|del|из",
    "T": "the|le|la|les|el|las|lo|ال",
    "b": "before|after|by|avant|apres|antes|despues|после|до|після|بعد",
    "p": "the same week|the same month|the same year|that week|that month|that year"
    "|the day before|the day after|the previous day|the next day|the following day|the same day"
    "|that day|same day|next day|following day|la veille|le lendemain|le meme jour|ce jour-la"
    "|al dia siguiente|el dia anterior|el mismo dia|ese dia|la vispera|накануне"
    "|на следующий день|в тот же день|в тот день|напередодні|наступного дня|того ж дня"
    "سابقتالي|اليوم نفسه|نفس اليوم|ذلك اليوم|the week before|the previous week"
    "|the previous month|the following week|the previous year|the year before|the month before",
    "c": "earlier|later|afterwards|plus tot|plus tard|mas tarde|позже|ранее|раніше|пізніше",
    "z": "recent|several|few|many|some|couple|coming few|quelques|plusieurs|recents|recentes"
    "|algunos|algunas|varios|varias|recientes|несколько|нескольких|кілька|декілька|عدة|بضعة",
    "Z": "recently|lately|these days|nowadays|recemment|recientemente|недавно|нещодавно|مؤخرا"
    "|in recent times|for some time",
    "&": "and|et|y|и|й|і|та|و",
    "1": "a|an|one|un|une|una|uno",
    "?": "black friday|good friday|bloody sunday|palm sunday|easter sunday|santo domingo|at last"
    "|last but|may have|may be",
}

_NUMBERED: Final[dict[str, dict[int, str]]] = {
    "R": {
        -2: "the day before yesterday|day before yesterday|avant-hier|anteayer|antes de ayer"
        "|позавчера|позавчора|اول امس|اول من امس",
        -1: "yesterday|hier|ayer|вчера|вчора|учора|امس|البارحة",
        0: "today|aujourd'hui|hoy|сегодня|сьогодні|اليوم",
        1: "tomorrow|demain|завтра|غدا",
        2: "the day after tomorrow|day after tomorrow|apres-demain|pasado manana|послезавтра"
        "|післязавтра|بعد غد",
    },
    "j": {-1: "anoche|ayer por la noche", 0: "tonight"},
    "B": {
        1: "beginning|start|debut|principios|inicios|comienzos|начало|начале|начала|початок|початку"
        "|بداية|مطلع|اوائل",
        2: "mid|middle|mi|milieu|mediados|середина|середине|середины|середини|середині|منتصف|اواسط",
        3: "end|fin|finales|fines|конец|конце|конца|кінець|кінці|кінця|наприкінці|نهاية|اواخر",
    },
    "n": {
        2: "two|deux|dos|два|две|двух|дві|двох|اثنين",
        3: "three|trois|tres|три|трех|трьох|ثلاثة|ثلاث",
        4: "four|quatre|cuatro|четыре|четырех|чотири|чотирьох|اربعة|اربع",
        5: "five|cinq|cinco|пять|пяти|п'ять|خمسة|خمس",
        6: "six|seis|шесть|шести|шість|ستة|ست",
        7: "seven|siete|семь|семи|сім|سبعة|سبع",
        8: "eight|huit|ocho|восемь|вісім|ثمانية|ثماني",
        9: "nine|neuf|nueve|девять|дев'ять|تسعة|تسع",
        10: "ten|dix|diez|десять|десяти|عشرة|عشر",
        11: "eleven|onze",
        12: "twelve|douze|doce",
        24: "twenty-four",
        48: "forty-eight",
    },
    "a": {
        1: "день назад|день тому|добу тому|сутки назад",
        2: "قبل يومين|منذ يومين",
        7: "неделю назад|тиждень тому|قبل اسبوع|منذ اسبوع",
        14: "قبل اسبوعين|منذ اسبوعين",
        30: "месяц назад|місяць тому|قبل شهر|منذ شهر",
        365: "год назад|рік тому|قبل عام|قبل سنة",
    },
    "r": {1: "за сутки|за добу|за минулу добу|за прошедшие сутки|за последние сутки|past day"},
}

_PLURAL_WORDS: Final = (
    "days|weeks|months|years|hours|jours|semaines|ans|annees|heures|dias|semanas|meses|anos|horas"
    "|дни|дней|днів|дні|недель|недели|тижні|тижнів|месяцев|місяці|місяців|годы|лет|роки|років|часы"
    "|ايام|الايام|اسابيع|الاسابيع|اشهر|الاشهر|днями|дням|тижнями|شهور|سنوات|اعوام|ساعات"
)
_PLURALS: Final = frozenset(_PLURAL_WORDS.split("|"))
_NIGHTS: Final = frozenset(
    ("night", "nuit", "noche", "ночь", "ніч", "ليل", "ليلة", "الليلة", "madrugada")
)

_ENGLISH_ABBREVIATIONS: Final[dict[str, dict[int, str]]] = {
    "W": {0: "mon.", 1: "tues.|tues|tue.", 2: "wed.|weds|weds.", 3: "thurs.|thurs|thu.", 4: "fri."},
    "w": {0: "mon", 1: "tue", 2: "wed", 3: "thu|thur", 4: "fri", 5: "sat|sat.", 6: "sun|sun."},
    "M": {9: "sept."},
    "k": {9: "sept"},
}


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, tuple[str, int]]:
    """Every known word, folded, with its tag and number; built at the first use."""
    words: dict[str, tuple[str, int]] = {}
    for tag, number, name in _calendar_names():
        key = fold(name)
        words[key] = ("m" if key in _HOMONYMS else tag, number)
    for tag, numbered in _ENGLISH_ABBREVIATIONS.items():
        words |= {name: (tag, n) for n, names in numbered.items() for name in names.split("|")}
    for tag, names in _WORDS.items():
        words |= {key: (tag, int(tag == "1")) for key in _spellings(names)}
    for tag, numbered in _NUMBERED.items():
        words |= {key: (tag, n) for n, names in numbered.items() for key in _spellings(names)}
    return words


def _spellings(names: str) -> Iterator[str]:
    for name in names.split("|"):
        # "à" and "dès" must not fold into "a" and "des", which are other words.
        yield _exact(name) if name in ("à", "dès") else fold(name)


def _calendar_names() -> Iterator[tuple[str, int, str]]:
    """(tag, number, name) of months 1-12 and weekdays 0-6, Monday 0."""
    from babel import Locale  # lazily: 50 ms a run without dates need not pay

    for code in ("es", "fr", "uk", "ru", "ar", "ar_DZ", "ar_MA", "ar_SY", "en"):
        locale = Locale.parse(code)
        slavic = code in ("uk", "ru")
        for form in ("stand-alone", "format"):
            for number, name in locale.days[form]["abbreviated"].items():
                tag = "W" if len(name) > 4 else "w"
                yield from _abbreviations(tag, number, name)
            for number, name in locale.months[form]["abbreviated"].items():
                yield from _abbreviations("k", number, name)
        for form in ("stand-alone", "format"):
            for number, name in locale.days[form]["wide"].items():
                yield from (("W", number, case) for case in _weekday_cases(name, slavic))
            for number, name in locale.months[form]["wide"].items():
                yield from (("M", number, case) for case in _month_cases(name, slavic))


def _abbreviations(tag: str, number: int, name: str) -> Iterator[tuple[str, int, str]]:
    """With its dot a month is surely one ("Aug."); without, only beside a number."""
    bare = name.rstrip(".")
    if fold(bare) in _NEVER | _VERB_MONTHS:
        return
    dotted = "M" if tag == "k" else tag
    yield dotted, number, f"{bare}."
    if bare.isascii() or len(bare) == 2 or bare == name:
        yield tag, number, bare


_VOWEL_ENDINGS: Final = ("у", "ю", "ы", "и", "і", "е", "я", "ой", "ою", "ею", "ей", "ем")


def _weekday_cases(name: str, slavic: bool) -> Iterator[str]:
    yield name
    if not slavic:
        return
    if name.endswith("ок"):
        yield from (name[:-2] + end for end in ("ка", "ку", "ком"))
    elif name[-1] in "аяе":
        yield from (name[:-1] + end for end in _VOWEL_ENDINGS)
    else:
        yield from (name + end for end in ("а", "у", "ом", "е", "га", "гу", "гом"))


def _month_cases(name: str, slavic: bool) -> Iterator[str]:
    """Derive the locative from the genitive: серпня, серпні; августа, августе."""
    yield name
    if not slavic:
        return
    if name.endswith("ого"):
        yield name[:-3] + "ому"
    elif name[-1] in "ая":
        yield from (name[:-1] + end for end in ("і", "е"))
