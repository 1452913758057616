"""Turning a copied phrase such as "at least 51" into a value, its qualifier and its bounds.

Decisions that a reader of the records should know:

- "no deaths", "zero", "none" are an exact 0, for the word says so; "no casualties were reported"
  and "an unknown number" are ``not_reported`` and never 0.
- "a dozen", "half a dozen" and their like are about 12 and about 6; "dozens" is vague.
- Of a range the value is its lower end; "12 or 13" is a range too.
- A qualifier that bounds wins over one that blurs: "at least some 20" is at least 20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from llm_extract.coding.numbers import Number, find_numbers, is_range

Qualifier = Literal[
    "exact",
    "at_least",
    "more_than",
    "about",
    "less_than",
    "up_to",
    "range",
    "vague",
    "derived_sum",
    "not_reported",
]
"""How firmly a count is stated."""


@dataclass(frozen=True, slots=True)
class ParsedCount:
    """One count as it stands in a phrase; offsets count the phrase's characters."""

    value: int | None
    """None if the phrase holds no figure ("dozens")."""
    qualifier: Qualifier
    low: int | None
    best: int | None
    high: int | None
    start: int
    """Where the number with its qualifier words starts."""
    end: int
    """Where it ends, exclusive."""
    number_start: int
    """Where the number alone starts; equal to start if there is no figure."""
    number_end: int


def parse_count(phrase: str) -> ParsedCount | None:
    """Read the first count of a phrase; None when it holds none."""
    counts = find_counts(phrase)
    if counts:
        return counts[0]
    alone = _NONE_ALONE.fullmatch(phrase)
    if alone:
        return _wordy(alone.start(1), alone.end(1), "exact", 0)
    alone = _UNREPORTED_ALONE.fullmatch(phrase)
    return _wordy(alone.start(1), alone.end(1), "not_reported", None) if alone else None


def find_counts(text: str) -> tuple[ParsedCount, ...]:
    """Find every count of a text, in order and without overlap."""
    numbers = find_numbers(text)
    counts: list[ParsedCount] = []
    index = 0
    while index < len(numbers):
        number = numbers[index]
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        floor = counts[-1].end if counts else 0
        if following and _bounds_a_range(text, number, following):
            counts.append(_range(text, number, following, floor))
            index += 2
            continue
        ceiling = following.start if following else len(text)
        counts.append(_qualified(text, number, floor, ceiling))
        index += 1
    counts += _without_figures(text, counts)
    return tuple(sorted(counts, key=lambda count: count.start))


def bounds(
    qualifier: Qualifier, value: int | None, low: int | None = None, high: int | None = None
) -> tuple[int | None, int | None, int | None]:
    """Give low, best and high of a count.

    Low and high are read for ``range``, ``derived_sum`` (the sums of the parts' own bounds) and
    ``about`` (high only: "nearly 900").
    """
    if value is None or qualifier in ("vague", "not_reported"):
        return None, None, None
    if qualifier in ("up_to", "less_than"):
        return None, None, value
    if qualifier in ("at_least", "more_than"):
        return value, value, None
    if qualifier == "about":
        return None, value, high
    if qualifier == "exact":
        return value, value, value
    if qualifier == "range":
        return (value if low is None else low), value, high
    return low, value, high


# --- qualifier words ----------------------------------------------------------------------------

_LEADING: tuple[tuple[Qualifier, str], ...] = (
    (
        "at_least",
        r"at\sleast|a\sminimum\sof|minimum(?:\sof)?|(?:no|not)\s(?:less|fewer)\sthan"
        r"|(?:au|un)\sminimum(?:\sde)?|au\smoins|pas\smoins\sd(?:e|['’])"
        r"|al\smenos|por\slo\smenos|cuando\smenos|como\smínimo|no\smenos\sde|un\smínimo\sde"
        r"|по\sменьшей\sмере|по\sкрайней\sмере|как\sминимум|минимум|не\sмен(?:ее|ьше)(?:\sчем)?"
        r"|щонайменше|принаймні|як\sмінімум|мінімум|не\sменше(?:\s(?:ніж|як))?|не\sменш\s(?:ніж|як)"
        r"|على\sالأقل|(?:ما\s)?لا\sيقل\sعن",
    ),
    (
        "up_to",
        r"up\sto|as\s(?:many|much)\sas|at\s(?:the\s)?most|a\smaximum\sof|(?:no|not)\smore\sthan"
        r"|jusqu['’]à|au\s(?:plus|maximum)|un\smaximum\sde|pas\splus\sde"
        r"|hasta|como\smáximo|a\slo\ssumo|un\smáximo\sde|no\smás\sde"
        r"|до|не\sбол(?:ее|ьше)(?:\sчем)?|максимум|не\sбільше(?:\s(?:ніж|як))?|не\sбільш\s(?:ніж|як)"
        r"|щонайбільше|حتى|ما\sيصل\s[إا]لى|(?:ما\s)?لا\sيزيد\s(?:عن|على)",
    ),
    (
        "more_than",
        r"more\sthan|over|in\sexcess\sof|upwards?\sof|exceed(?:ing|ed|s)|above"
        r"|plus\sd(?:e|['’])|au-delà\sde|más\sde|por\sencima\sde|mas\sde"
        r"|более(?:\sчем)?|больше(?:\sчем)?|свыше|понад|більше(?:\s(?:ніж|як|за))?|більш\s(?:ніж|як)"
        r"|[أا]كثر\sمن|[أا]زيد\sمن|ما\sيزيد\s(?:عن|على)|يزيد\s(?:عن|على)|يفوق",
    ),
    (
        "less_than",
        r"(?:less|fewer)\sthan|(?:just\s)?under|below|moins\sd(?:e|['’])|menos\sde"
        r"|менее(?:\sчем)?|меньше(?:\sчем)?|менше(?:\s(?:ніж|як|за))?|менш\s(?:ніж|як)|[أا]قل\sمن",
    ),
    ("about", r"nearly|almost|presque|quasi|casi|почти|майже"),  # the first row that bounds above
    (
        "about",
        r"about|some|around|roughly|approximately|approx\.?|an\sestimated|estimated|circa|ca\.?"
        r"|close\sto|environ|près\sd(?:e|['’])|quelques?|autour\sde|à\speu\sprès"
        r"|approximativement|unos|unas|alrededor\sde|cerca\sde|aproximadamente|aprox\.?"
        r"|около|примерно|порядка|приблизительно|ориентировочно|близько|приблизно|орієнтовно"
        r"|نحو|حوال[يى]|قرابة|زهاء|ما\sيقا?رب(?:\sمن)?|بنحو|بحوال[يى]|تقريبا",
    ),
    ("exact", r"exactly|precisely|exactement|exactamente|ровно|рівно"),
)
_ADDED = (
    r"(?:(?:another|a\sfurther|an\sadditional|additional|the|other|d['’]autres|autres|otros|otras"
    r"|los|las|les|еще|ещё|ще)\s)?"
)


def _wrapped(words: str) -> str:
    """Let the white space between words be a line break with an indent too."""
    return words.replace(r"\s", r"\s+")


_BEFORE = tuple(
    (qualifier, re.compile(rf"(?<![^\W_])(?:{_wrapped(words)})\s*{_ADDED}\Z", re.I))
    for qualifier, words in _LEADING
)
_ALMOST = 4  # index of the row above: an "about" that is also a ceiling
_BETWEEN = re.compile(
    r"(?<![^\W_])(?:between|from|entre|de|des|desde|между|от|с|між|поміж|від|з|(?:ما\s)?بين|من)\s+\Z",
    re.I,
)
_NOUNS = r"(?:\s[^\W\d_]+){0,2}?"
_TRAILING: tuple[tuple[Qualifier, re.Pattern[str]], ...] = (
    (
        "at_least",
        re.compile(
            rf"\+(?!\d)|\splus\b(?=\s*$)|,?\sand\scounting\b|{_NOUNS}\s\(?(?:or\smore|at\sleast"
            r"|ou\splus|au\s(?:moins|minimum)|o\smás|al\smenos|por\slo\smenos|como\smínimo"
            r"|(?:и|или)\sбол(?:ее|ьше)|как\sминимум|(?:і|й|та|або|чи)\sбільше|щонайменше"
            r"|як\sмінімум|على\sالأقل|[أا]و\s[أا]كثر|ف[أا]كثر)(?![^\W_])\)?",
            re.I,
        ),
    ),
    (
        "up_to",
        re.compile(
            rf"{_NOUNS}\s(?:or\s(?:fewer|less)|at\s(?:the\s)?most|ou\smoins|au\s(?:plus|maximum)"
            r"|o\smenos|como\smáximo|a\slo\ssumo|или\sменее|максимум|або\sменше"
            r"|على\sالأكثر|كحد\sأقصى)(?![^\W_])",
            re.I,
        ),
    ),
    (
        "more_than",
        re.compile(rf"{_NOUNS}\s(?:с\sлишним|з\sлишком|y\spico|et\squelques|ونيف)(?![^\W_])", re.I),
    ),
    (
        "about",
        re.compile(
            rf"[-\s]odd\b|{_NOUNS}\s(?:or\sso|(?:more\s)?or\sless|approximately|environ"
            r"|aproximadamente|más\so\smenos|примерно|приблизительно|приблизно|تقريب[اً]+)(?![^\W_])",
            re.I,
        ),
    ),
)
_ROUND_WORDS = re.compile(
    r"(?:dozen|douzaine|docena|di[zc]aine|decena|(?:quin|vingt|trent|quarant|cinquant|soixant|cent)"
    r"aine|veintena|treintena|centenar|millar|millier|дюжин|десят(?:ок|ка|ку|ков|ків)\b|сотн"
    r"|полсотн|півсотн)",
    re.I,
)
_ROSE = re.compile(
    r"(?:\b(?:rose|risen|rises|rising|increas\w+|grew|grown|fell|fallen|dropp?\w*|declin\w+|jump\w+"
    r"|climb\w+|decreas\w+|reduc\w+|cut|up|down|revis\w+|went|passé|passée|augment\w+|pasó"
    r"|aument\w+|вырос\w*|увелич\w+|зрос\w*|збільш\w+)|ارتفع\w*|زاد)\b[^.;]{0,40}\Z",
    re.I,
)


def _qualified(text: str, number: Number, floor: int, ceiling: int) -> ParsedCount:
    """Join a number with the qualifier words around it, between two neighbours."""
    qualifier, start, almost = _leading(text, number.start, floor)
    end = number.end
    if qualifier in ("exact", "about"):
        trailing, trailing_end = _trailing(text, number.end, ceiling)
        if trailing:
            qualifier, end = trailing, trailing_end
    if qualifier == "exact" and start == number.start and _ROUND_WORDS.search(number.text):
        qualifier = "about"
    low, best, high = bounds(qualifier, number.value, high=number.value if almost else None)
    return ParsedCount(
        number.value, qualifier, low, best, high, start, end, number.start, number.end
    )


def _leading(text: str, number_start: int, floor: int) -> tuple[Qualifier, int, bool]:
    """Read up to two qualifiers before a number: the outer one that bounds, or the nearer one."""
    qualifier: Qualifier = "exact"
    start, almost = number_start, False
    for _ in range(2):
        read = _word_before(text, start, floor)
        if read is None:
            break
        row, begun = read
        outer = _BEFORE[row][0]
        if start == number_start or outer not in ("about", "exact"):
            qualifier, almost = outer, row == _ALMOST
        start = begun
        if qualifier not in ("about", "exact"):
            break
    return qualifier, start, almost


def _word_before(text: str, end: int, floor: int) -> tuple[int, int] | None:
    """Find the qualifier word that ends at an offset: its row in the table and its start."""
    window = max(floor, end - 40)
    for row, (_, pattern) in enumerate(_BEFORE):
        match = pattern.search(text[window:end])
        if match:
            return row, window + match.start()
    return None


def _trailing(text: str, number_end: int, ceiling: int) -> tuple[Qualifier | None, int]:
    """Read a qualifier after a number ("900 people at least"), unless it leads to the next one."""
    for qualifier, pattern in _TRAILING:
        match = pattern.match(text, number_end, ceiling)
        # "12 dead, at least 3 of them": right before a number it leads to that one.
        if match and (ceiling == len(text) or text[match.end() : ceiling].strip()):
            return qualifier, match.end()
    return None, number_end


def _bounds_a_range(text: str, low: Number, high: Number) -> bool:
    """Whether two neighbouring numbers are one range, not a rise from one to the other."""
    if low.value >= high.value or not is_range(text, low.start, low.end, high.start):
        return False
    lead = _BETWEEN.search(text, max(0, low.start - 20), low.start)
    return not (lead and _ROSE.search(text, max(0, lead.start() - 60), lead.start()))


def _range(text: str, low: Number, high: Number, floor: int) -> ParsedCount:
    lead = _BETWEEN.search(text, max(floor, low.start - 20), low.start)
    start = lead.start() if lead else _leading(text, low.start, floor)[1]
    return ParsedCount(
        low.value,
        "range",
        *bounds("range", low.value, low.value, high.value),
        start,
        high.end,
        low.start,
        high.end,
    )


# --- counts without a figure --------------------------------------------------------------------

_HARM = (
    r"(?:deaths?|dead|fatalit(?:y|ies)|casualt(?:y|ies)|injur(?:y|ies)|wounded|victims?|losses"
    r"|loss\sof\slife|killed|survivors)"
)
_HARMED = r"(?:killed|injured|hurt|wounded|harmed|displaced|died)"
_ZERO = re.compile(
    rf"\b(?:no|zero)\s(?:\w+\s){{0,2}}?{_HARM}\b"
    rf"|\bno\s(?:\w+\s){{1,2}}(?:was|were|have\sbeen|had\sbeen|has\sbeen)\s{_HARMED}\b"
    rf"|\b(?:no\sone|nobody|none)\s(?:of\s(?:\w+\s){{1,3}})?(?:was|were)\s{_HARMED}\b"
    r"|\bwithout\s(?:casualties|victims|losses)\b"
    r"|\baucune?\s(?:mort|morte|victime|blessé|perte|décès)\w*"
    r"|\bsans\sfaire\sde\s(?:mort|victime|blessé)s?"
    r"|\b(?:ningún|ninguna|sin)\s(?:muert|víctima|herid|baja|fallecid)\w*"
    r"|\b(?:без|обошлось\sбез)\s(?:жертв|пострадавших|погибших|постраждалих|загиблих)\b"
    r"|\b(?:жертв|погибших|пострадавших|загиблих|постраждалих)\s(?:нет|немає|нема)\b"
    r"|\b(?:нет|немає)\s(?:жертв|погибших|пострадавших|загиблих|постраждалих)\b"
    r"|(?:لا|دون(?:\sوقوع|\sسقوط)?|بدون)\s(?:قتلى|ضحايا|إصابات|جرحى|خسائر)",
    re.I,
)
_NONE_ALONE = re.compile(
    r"\W*(zero|none|no|nobody|no\sone|aucune?|ninguno|ninguna|нет|немає|لا\sأحد)\W*", re.I
)
_UNREPORTED_ALONE = re.compile(
    r"\W*((?:not\s(?:yet\s)?(?:reported|known|available|specified|disclosed))|unknown)\W*", re.I
)
_NOT_REPORTED = re.compile(
    r"\b(?:an?\s)?(?:unknown|unspecified|undisclosed|undetermined|unconfirmed)\snumber\b(?:\sof\b)?"
    r"|\bno\s(?:immediate\s|further\s|confirmed\s)*(?:reports?|word|information|details|news)"
    rf"\s(?:of|on|about)\s(?:any\s|possible\s)?(?:\w+\s)?{_HARM}"
    rf"|\bno\s(?:immediately\s)?reported\s{_HARM}"
    rf"|\bno\s(?:\w+\s)?{_HARM}\s(?:were|was|have\sbeen|has\sbeen|had\sbeen)"
    r"\s(?:immediately\s|yet\s)?reported\b"
    r"|\bun\snombre\s(?:inconnu|indéterminé|non\sprécisé)\b(?:\sde\b)?"
    r"|\bun\snúmero\s(?:desconocido|indeterminado|no\sprecisado)\b(?:\sde\b)?"
    r"|\bнеизвестное\s(?:число|количество)\b|\bневідома\s(?:кількість)\b"
    r"|عدد\s(?:غير\s(?:معروف|محدد)|مجهول)",
    re.I,
)
_SLAVIC_MANY = (
    r"(?:десятк(?:и|ами|ам|ах)|десятков|десятків|сотн(?:и|і|ями|ям|ях)|сотен|сотень"
    r"|тысяч(?:и|ами|ам|ах)?|тисяч(?:і|ами|ам|ах)?|миллион(?:ы|ов|ами|ам|ах)"
    r"|мільйон(?:и|ів|ами|ам|ах))"
)
_VAGUE = re.compile(
    r"\b(?:(?:several|many|a\sfew|some|tens|dozens|scores|hundreds)\s(?:of\s)?)?"
    r"(?:dozens?|hundreds?|thousands?|millions?)\sof\s(?:thousands|millions)\b"
    r"|\btens\sof\s(?:thousands|millions)\b"
    r"|\b(?:several|many|a\sfew|few)\s(?:dozen|hundred|thousand|million)s?\b(?:\sof\b)?"
    r"|\b(?:dozens|hundreds|thousands|millions|tens)\b(?:\sof\b)?"
    r"|\bscores\s(?:of\b|(?=(?:more|were|have|had|killed|dead|wounded|injured)\b))"
    r"|\b(?:several|(?<!how\s)(?<!as\s)many|a\sfew|numerous|multiple"
    r"|a\s(?:handful|number|couple)\sof)\b"
    r"|\b(?:plusieurs|quelques)\s(?:dizaines|centaines|milliers|millions)\b"
    r"|\b(?:dizaines|centaines)\sde\s(?:milliers|millions)\b"
    r"|\b(?:dizaines|douzaines|centaines|milliers|plusieurs|de\snombreu(?:x|ses))\b"
    r"|\b(?:vari[oa]s|unos\spocos|much[oa]s|numeros[oa]s|algun[oa]s)\b"
    r"(?:\s(?:decenas|docenas|cientos|centenares|miles|millones))?"
    r"|\b(?:decenas|cientos|centenares)\sde\s(?:miles|millones)\b"
    r"|\b(?:decenas|docenas|cientos|centenares|millares|miles\sde|millones\sde)\b"
    r"|\b(?:несколько|нескольких|несколькими|кілька|кількох|декілька|декількох)"
    rf"(?:\s{_SLAVIC_MANY})?(?![^\W_])"
    rf"|\b{_SLAVIC_MANY}(?:\s(?:тысяч|тисяч|миллионов|мільйонів))?(?![^\W_])"
    r"|\b(?:много|многие|багато|чимало|немало)\b"
    r"|(?<![^\W_])[ولبف]?(?:ال)?(?:عشرات|مئات|آلاف|الاف|ملايين)"
    r"(?:\s(?:ال)?(?:آلاف|الاف|ملايين))?(?![^\W_])"
    r"|(?<![^\W_])(?:عدة|بضعة|بضع|العديد\sمن|عدد\sمن)(?![^\W_])",
    re.I,
)


_ONE_PERSON = re.compile(
    r"(?<!\bby )(?<!\bpar )(?<!\bpor )(?<!\bof )(?<!\bwith )(?<!\bfrom )(?<!\bto )(?<!\bas )(?<!\bfor )(?<!\blike )"
    r"\b(?:an?|une?|una)(?=\s+(?:[^\W\d_][\w-]*\s+){0,2}?(?:man|woman|boy|girl|child|baby|infant|teenager|soldier|"
    r"officer|policeman|policewoman|civilian|fighter|rebel|militant|journalist|reporter|farmer|teacher|student|villager|"
    r"resident|guard|driver|commander|leader|official|person|pedestrian|passer-?by|bystander|protester|demonstrator|"
    r"worker|doctor|nurse|priest|imam|pilot|peacekeeper|prisoner|migrant|refugee|shepherd|fisherman|mother|father|"
    r"homme|femme|enfant|garçon|fille|bébé|soldat|militaire|policier|civil|combattant|rebelle|journaliste|paysan|"
    r"villageois|habitant|gendarme|mort|blessé|hombre|mujer|niñ[oa]|bebé|soldado|militar|polic[íi]a|guerriller[oa]|"
    r"periodista|campesin[oa]|civil|muerto|herido)\b)",
    re.I,
)
"""The article that stands for one: "killed a woman"; only its own verb makes it a figure."""


def _without_figures(text: str, figures: list[ParsedCount]) -> list[ParsedCount]:
    """Find what counts without a figure: nothing known, none, and the vague words."""
    taken = bytearray(len(text))
    for count in figures:
        taken[count.start : count.end] = b"\1" * (count.end - count.start)
    found: list[ParsedCount] = []
    kinds: tuple[tuple[re.Pattern[str], Qualifier, int | None], ...] = (
        (_NOT_REPORTED, "not_reported", None),
        (_ZERO, "exact", 0),
        (_VAGUE, "vague", None),
        (_ONE_PERSON, "exact", 1),
    )
    for pattern, qualifier, value in kinds:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(_wordy(start, end, qualifier, value))
    return found


def _wordy(start: int, end: int, qualifier: Qualifier, value: int | None) -> ParsedCount:
    return ParsedCount(value, qualifier, *bounds(qualifier, value), start, end, start, end)
