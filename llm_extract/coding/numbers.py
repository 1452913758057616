"""Finding cardinal numbers, in digits and in words, in six languages at once.

Every word becomes one letter for the part it can play, and one grammar over these letters finds
the numbers of all languages. Years, days of the month, ordinals, shares, clock times, ages and
parts of names such as T-72 are numbers too, but they count nothing, so they are left out.

The module is long for its tables: six languages side by side show where their words clash.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Number:
    """One cardinal number as it stands in a text."""

    value: int
    """In full: 3500000 for "3.5 million"; in "2 to 3 million" the 2 stands for 2000000."""
    start: int
    end: int
    """Exclusive."""
    text: str


def find_numbers(text: str) -> tuple[Number, ...]:
    """Find the cardinals of an English, French, Spanish, Arabic, Russian or Ukrainian text.

    They come in order and do not overlap; the language need not be told.
    """
    found = _read(text)
    for low, high in pairwise(found):
        if is_range(text, low.start, low.end, high.start) and low.value < high.coefficient:
            low.value *= high.magnitude if low.magnitude == 1 else 1
    reasons = [_reason(text, raw) for raw in found]
    for i in range(len(found) - 1, 0, -1):  # "8-10 August", "20 to 30 percent"
        reasons[i - 1] = reasons[i - 1] or _spread_back(text, found[i - 1], found[i], reasons[i])
    for i in range(1, len(found)):  # "August 8-10", "aged 12 to 15", "2011-2014"
        reasons[i] = reasons[i] or _spread_on(text, found[i - 1], found[i], reasons[i - 1])
    return tuple(
        Number(int(raw.value), raw.start, raw.end, text[raw.start : raw.end])
        for raw, reason in zip(found, reasons, strict=True)
        if not reason and raw.value == int(raw.value)
    )


def is_range(text: str, start: int, end: int, following: int) -> bool:
    """Whether the number text[start:end] and the one starting at following bound a range.

    "to", "or" and a dash between them do; "and" only does after "between".
    """
    if end >= following:
        return False
    if _TO.fullmatch(text, end, following):
        return True
    between = _BETWEEN.search(text, max(0, start - 16), start)
    return bool(between and _AND.fullmatch(text, end, following))


_TO = re.compile(
    r"\s?[-‐‑–—]\s?|\s(?:to|or|à|ou|a|o|до|или|або|чи)\s|\sحتى\s|\s?(?:إلى|الى|أو)\s", re.I
)
_AND = re.compile(r"\s(?:and|et|y|и|та|і|й)\s|\s?و\s?", re.I)
_BETWEEN = re.compile(r"(?:\b(?:between|entre|между|між|поміж)|بين)\s+\Z", re.I)


# --- the words ----------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def _fold(word: str) -> str:
    """Lower case, ё as е, one apostrophe, alif without hamza, no vowel signs."""
    if word.isascii():
        return word.lower()
    return _SIGNS.sub("", unicodedata.normalize("NFC", word).lower().translate(_FOLDS))


_FOLDS = str.maketrans("ёأإآٱ’ʼ", "еاااا''")
_SIGNS = re.compile("[\u0640\u064b-\u065f\u0670]")


def _set(words: str) -> frozenset[str]:
    return frozenset(_fold(word) for word in words.split())


# Part played, value, words. Parts: 0 zero · u unit (i: also an article, q: quatre, g: after dix)
# t teen (f: after soixante, d: dix, m: after an Arabic unit) · b 21 to 29 in one word
# z tens (v: vingt, s: soixante) · h hundreds in one word
# times the number before: H 100 (K: not after digits), T 1000 and more, D dozens
# n, N, o: 100, 1000 and more, dozens that can also stand alone
# x half · p one and a half · a article · A and · E et · Y y · c with (a half)
_TABLE = """
0 0 zero zéro cero ноль нуль صفر
i 1 un une una
u 1 one uno один одна одно одного одну одному одним одной одною одні одну واحد واحدة أحد إحدى
u 2 two deux dos два две двух двум двумя двое двоих дві двох двом двома двоє
u 2 اثنان اثنين اثنا اثني اثنتان اثنتين اثنتا اثنتي
u 3 three trois tres три трех трем тремя трое троих трьох трьом трьома троє ثلاثة ثلاث
u 4 four cuatro четыре четырех четырем четырьмя четверо четверых
u 4 чотири чотирьох чотирьом чотирма أربعة أربع
q 4 quatre
u 5 five cinq cinco пять пяти пятью пятеро пятерых п'ять п'яти п'ятьох п'ятьом п'ятьма п'ятеро
u 5 خمسة خمس
u 6 six seis шесть шести шестью шестеро шестерых шість шістьох шістьма ستة ست
u 7 seven siete семь семи семью семеро семерых сім сімох сімома سبعة سبع
u 8 eight ocho восемь восьми восемью восьмью восьмеро вісім вісьмох вісьмома
u 8 ثمانية ثماني ثمان
u 9 nine nueve девять девяти девятью девятеро дев'ятеро дев'ять дев'яти дев'ятьох дев'ятьма تسعة تسع
g 7 sept
g 8 huit
g 9 neuf
t 10 ten diez десять десяти десятью десятеро десятьох десятьма
d 10 dix
m 10 عشرة عشر
t 11 eleven once одиннадцать одиннадцати одиннадцатью одинадцять одинадцяти одинадцятьох
t 12 twelve doce двенадцать двенадцати двенадцатью дванадцять дванадцяти дванадцятьох
t 13 thirteen trece тринадцать тринадцати тринадцатью тринадцять тринадцяти тринадцятьох
t 14 fourteen catorce четырнадцать четырнадцати четырнадцатью
t 14 чотирнадцять чотирнадцяти чотирнадцятьох
t 15 fifteen quince пятнадцать пятнадцати пятнадцатью п'ятнадцять п'ятнадцяти п'ятнадцятьох
t 16 sixteen dieciséis dieciseis шестнадцать шестнадцати шестнадцатью
t 16 шістнадцять шістнадцяти шістнадцятьох
t 17 seventeen diecisiete семнадцать семнадцати семнадцатью сімнадцять сімнадцяти сімнадцятьох
t 18 eighteen dieciocho восемнадцать восемнадцати восемнадцатью
t 18 вісімнадцять вісімнадцяти вісімнадцятьох
t 19 nineteen diecinueve девятнадцать девятнадцати дев'ятнадцять дев'ятнадцяти дев'ятнадцятьох
f 11 onze
f 12 douze
f 13 treize
f 14 quatorze
f 15 quinze
f 16 seize
b 21 veintiuno veintiún veintiun veintiuna
b 22 veintidós veintidos
b 23 veintitrés veintitres
b 24 veinticuatro
b 25 veinticinco
b 26 veintiséis veintiseis
b 27 veintisiete
b 28 veintiocho
b 29 veintinueve
z 20 twenty veinte двадцать двадцати двадцатью двадцять двадцяти двадцятьох عشرون عشرين
v 20 vingt vingts
z 30 thirty trente treinta тридцать тридцати тридцатью тридцять тридцяти тридцятьох ثلاثون ثلاثين
z 40 forty quarante cuarenta сорок сорока أربعون أربعين
z 50 fifty cinquante cincuenta пятьдесят пятидесяти пятьюдесятью п'ятдесят п'ятдесяти
z 50 п'ятдесятьох خمسون خمسين
z 60 sixty sesenta шестьдесят шестидесяти шестьюдесятью шістдесят шістдесяти шістдесятьох
z 60 ستون ستين
s 60 soixante
z 70 seventy septante setenta семьдесят семидесяти семьюдесятью сімдесят сімдесяти сімдесятьох
z 70 سبعون سبعين
z 80 eighty huitante octante ochenta восемьдесят восьмидесяти вісімдесят вісімдесяти
z 80 вісімдесятьох ثمانون ثمانين
z 90 ninety nonante noventa девяносто девяноста дев'яносто дев'яноста تسعون تسعين
h 100 ciento cien сто ста
h 200 doscientos doscientas двести двухсот двумстам двумястами двухстах двісті двохсот двомстам
h 200 مئتان مائتان مئتين مائتين مئتا مئتي مائتا مائتي
h 300 trescientos trescientas триста трехсот тремстам тремястами трехстах трьохсот
h 300 ثلاثمئة ثلاثمائة
h 400 cuatrocientos cuatrocientas четыреста четырехсот четыремстам чотириста чотирьохсот
h 400 أربعمئة أربعمائة
h 500 quinientos quinientas пятьсот пятисот п'ятсот п'ятисот خمسمئة خمسمائة
h 600 seiscientos seiscientas шестьсот шестисот шістсот шестисот ستمئة ستمائة
h 700 setecientos setecientas семьсот семисот сімсот семисот سبعمئة سبعمائة
h 800 ochocientos ochocientas восемьсот восьмисот вісімсот восьмисот
h 800 ثمانمئة ثمانمائة ثمانيمئة
h 900 novecientos novecientas девятьсот девятисот дев'ятсот дев'ятисот تسعمئة تسعمائة
D 10 dizaine dizaines decena decenas десятка десятку десятков десятків
o 10 десяток
D 12 dozen dozens douzaine douzaines docena docenas дюжины дюжин дюжини
o 12 дюжина дюжину
D 15 quinzaine
D 20 vingtaine veintena
D 30 trentaine treintena
D 40 quarantaine
D 50 cinquantaine
D 60 soixantaine
K 100 cents
H 100 hundred centaine centaines centenar centenares сотни сотен сотні сотень
n 100 cent сотня сотню مئة مائة
T 1000 thousand thousands millier milliers millar millares тысячи тысяч тысяче тысячей тысячам
T 1000 тысячами тысячах тыс тисячі тисяч тисячею тисячам тисячами тисячах тис ألفا آلاف
N 1000 mille mil тысяча тысячу тисяча тисячу ألف
N 2000 ألفان ألفين ألفي
T 1000000 million millions millón millon millones миллиона миллионов миллиону миллионам млн
T 1000000 мільйона мільйонів мільйону مليونا ملايين mn
N 1000000 миллион мільйон مليون
N 2000000 مليونان مليونين مليوني
T 1000000000 billion billions bn milliard milliards миллиарда миллиардов млрд мільярда
T 1000000000 мільярдів مليارا مليارات
N 1000000000 миллиард мільярд مليار
x 0.5 half demi media medio пів половиной половиною نصف
p 1.5 полтора полторы полутора півтора півтори
N 500000 полмиллиона півмільйона
o 6 полдюжины півдюжини
n 50 полсотни півсотні
a 0 a an
A 0 and
E 0 et
Y 0 y
c 0 с з
"""
_ROWS = [line.split() for line in _TABLE.strip().splitlines()]
_WORDS = {_fold(form): (row[0], Decimal(row[1])) for row in _ROWS for form in row[2:]}

# Words of another language too; they count only in the company of words of their own.
_SPANISH = _set(
    "los las y unos unas más menos muertos muertas heridos heridas según civiles soldados niños"
    " mujeres murieron hubo fueron hombres años días millones docenas policías militares personas"
    " guerrilleros rebeldes combatientes víctimas mil"
)
_FRENCH = _set(
    "les des du et dans une aux par sur selon ont été morts mortes blessés blessées civils soldats"
    " enfants femmes hommes ans jours moins militaires policiers personnes déplacés tués tuées"
    " victimes combattants"
)
_CLASHING = {"once": _SPANISH, "dos": _SPANISH, "seize": _FRENCH, "cent": _FRENCH}
_CLASHING["sept"] = _FRENCH  # written "Sept." it is the month
_OTHER = (".", Decimal(0))


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    word: str
    """Folded; empty for digits."""
    part: str
    value: Decimal


@dataclass(slots=True)
class _Raw:
    start: int
    end: int
    value: Decimal
    coefficient: Decimal
    """The value without the magnitude that ends the number."""
    word: str
    """The number's word if it is one only, folded."""
    digits: bool

    @property
    def magnitude(self) -> int:
        """What the coefficient is multiplied by."""
        return int(self.value / self.coefficient) if self.coefficient else 1


_GROUPED = r"[1-9١-٩۱-۹]\d{0,2}(?P<sep>[.,'’٬ \u00a0\u2009\u202f])\d{3}(?:(?P=sep)\d{3})*(?!\d)"
_TOKEN = re.compile(
    r"(?P<date>\d+(?:[:/]\d+)+|\d{1,4}(?P<dot>[-.])\d{1,2}(?P=dot)\d{2,4}(?!\d))"
    rf"|(?P<whole>{_GROUPED}|\d+)(?P<part>[.,٫]\d+)?(?![.,٫:/]?\d)"
    r"|(?P<junk>\d[\d.,٫:/]*)"
    r"|(?P<word>(?:[^\W\d_][\u0300-\u036f\u064b-\u065f\u0670]*)+"
    r"(?:(?<=[а-яіїєґА-ЯІЇЄҐ])['’ʼ][^\W\d_]+)?)"
)
_LONGEST = 15  # digits; what is longer is an identifier
_SUFFIXES = {"k": 10**3, "тыс": 10**3, "тис": 10**3, "m": 10**6, "mn": 10**6, "млн": 10**6}
_SUFFIXES |= {"bn": 10**9, "млрд": 10**9}
_SUFFIX = re.compile(
    r"(?:[kK]|mn|bn|тыс|тис|млн|млрд"
    r"|[mM](?=\s(?:people|persons|civilians|refugees|displaced|children|women|residents|homes)\b))"
    r"(?![^\W_])"
)
_CLITIC = re.compile("[وف]?(?:[بلك]ـ?)?")
_CODE_BEFORE = re.compile(r"(?:[^\W_]|_|[^\W\d_][-‑./+]|\d[./+]|[#№]\s?|(?<!\d)['’]|\.)\Z")
_ARABIC_CLITICS_BEFORE = re.compile(r"(?<![^\W_])[وفبلك]{1,2}ـ?\Z")
_GAP = re.compile(r"[^\S\n]*\n?[^\S\n]*|[-‐‑]")


def _read(text: str) -> list[_Raw]:
    """Find every number the grammar knows, whatever it counts."""
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        for token in _word(match) if match["word"] else [_digits(text, match)]:
            before = tokens[-1] if tokens else token
            if not _GAP.fullmatch(text, before.end, token.start):
                tokens.append(_Token(token.start, token.start, "", "|", Decimal(0)))
            tokens.append(token)
    _silence_clashes(text, tokens)
    parts = "".join(token.part for token in tokens)
    return [_raw(tokens[slice(*match.span())]) for match in _GRAMMAR.finditer(parts)]


def _word(match: re.Match[str]) -> list[_Token]:
    """Make the token of a word; an Arabic "and" written onto a number becomes its own."""
    start, end = match.span()
    word = _fold(match[0])
    if word not in _WORDS and "\u0600" <= word[:1] <= "\u06ff":
        clitic = _CLITIC.match(word)
        cut = clitic.end() if clitic else 0
        rest = word[cut:]
        # A short rest behind "to" or "by" is more often another word.
        if cut and rest in _WORDS and ((cut == 1 and word[0] in "وف") or len(rest) > 3):
            link = "w" if word[:cut] == "و" else "."
            return [
                _Token(start, start + cut, word[:cut], link, Decimal(0)),
                _Token(start + cut, end, rest, *_WORDS[rest]),
            ]
    return [_Token(start, end, word, *_WORDS.get(word, _OTHER))]


def _digits(text: str, match: re.Match[str]) -> _Token:
    """Make the token of a figure; it is no number if it is a part of a name, a time or a date."""
    start, end = match.span()
    whole, rest = match["whole"] or "", (match["part"] or "")[1:]
    if match["sep"]:
        whole = whole.replace(match["sep"], "")
    times = 1
    suffix = _SUFFIX.match(text, end)
    if suffix:
        times, end = _SUFFIXES[suffix[0].lower()], suffix.end()
    before = text[max(0, start - 4) : start]
    no_number = (
        not 0 < len(whole) + len(rest) <= _LONGEST
        or (len(whole) > 2 and int(whole[0]) == 0)
        or (_CODE_BEFORE.search(before) and not _ARABIC_CLITICS_BEFORE.search(before))
        or re.match(r"[^\W\d]|['’]s\b", text[end : end + 3])
    )
    if no_number:
        return _Token(start, end, "", *_OTHER)
    return _Token(start, end, "", "#", Decimal(f"{whole}.{rest or 0}") * times)


def _silence_clashes(text: str, tokens: list[_Token]) -> None:
    """Let "once" and the like be numbers only among words of the language they count in."""
    clashing = [token for token in tokens if token.word in _CLASHING]
    if not clashing:
        return
    around = {token.word for token in tokens if token.word and text[token.start].islower()}
    for token in clashing:
        alone = around.isdisjoint(_CLASHING[token.word])
        if token.word == "sept":
            alone = not text[token.start].islower() or text[token.end : token.end + 1] == "."
        if alone:
            token.part = "."


_U = "[uiqg]"
_B = rf"(?:(?:qv|s)(?:E?(?:dg|[fd]|{_U}))?|dg|[zv](?:[YE]?{_U})?|{_U}wz|{_U}m|[tfdmb]|{_U})"
_C = rf"(?:(?:[uiqgta][HK]|{_U}n|h|n)(?:[Aw]?{_B})?|{_B})"
_S = rf"(?:(?:{_C}|a)[TN][TN]?|N[TN]?)"
_GRAMMAR = re.compile(
    rf"p[TNHDn]|(?:{_C}|#)(?:Aax|cx)[TNH]|(?:(?:{_C}|#)[TN]|N)(?:[wYE]x|Aax)(?![TNHDo])"
    rf"|#(?:[HD]|[TN]{{0,2}}(?:#[TN]+)*)|xa?[TNHDn]|(?:{_U}|[atz])[Do]|o"
    rf"|{_S}(?:[Aw]?{_S})*(?:[Aw]?{_C})?|{_C}|0"
)
_MAGNITUDES = "HKnTNDo"


def _raw(tokens: list[_Token]) -> _Raw:
    parts = "".join(token.part for token in tokens)
    coefficient = tokens[: len(parts.rstrip(_MAGNITUDES))]
    value = _value(tokens)
    # A magnitude in the middle, as in "two thousand and five", is not one that ends the number.
    plain = not coefficient or not any(token.part in _MAGNITUDES for token in coefficient)
    return _Raw(
        tokens[0].start,
        tokens[-1].end,
        value,
        (_value(coefficient) or Decimal(1)) if plain else value,
        tokens[0].word if len(tokens) == 1 else "",
        parts[0] == "#",
    )


def _value(tokens: list[_Token]) -> Decimal:
    total = current = magnitude = Decimal(0)
    for index, token in enumerate(tokens):
        if token.part in "TN":
            magnitude = token.value
            if total and not current:  # "mil millones"
                total *= magnitude
            else:
                total, current = total + (current or 1) * magnitude, Decimal(0)
        elif token.part in _MAGNITUDES:
            current = (current or 1) * token.value
        elif token.part == "v" and index and tokens[index - 1].part == "q":
            current += 76  # 4 counts twenties in "quatre-vingt"
        elif token.part == "x" and magnitude:
            total += magnitude / 2
        else:
            current += token.value
    return total + current


# --- what counts nothing ------------------------------------------------------------------------

_MONTH = (
    r"(?:january|february|(?-i:March|MARCH|May|MAY)|april|june|july|august|september|october"
    r"|november|december|(?-i:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|JAN|FEB|MAR|APR|JUN|JUL|AUG|SEPT?|OCT|NOV|DEC)\b\.?"
    r"|(?:janv|févr|avr|juil|sept|oct|nov|déc|ene|feb|abr|ago|dic)\."
    r"|janvier|février|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre"
    r"|diciembre"
    r"|январ[яьею]|феврал[яьею]|март[ае]?|апрел[яьею]|ма[йяе]|июн[яьею]|июл[яьею]|август[ае]?"
    r"|(?:сент|окт|но|дек)ябр[яьею]"
    r"|січ(?:ень|ня|ні)|лют(?:ий|ого|ому)|берез(?:ень|ня|ні)|квіт(?:ень|ня|ні)|трав(?:ень|ня|ні)"
    r"|черв(?:ень|ня|ні)|лип(?:ень|ня|ні)|серп(?:ень|ня|ні)|верес(?:ень|ня|ні)"
    r"|жовт(?:ень|ня|ні)|листопад[аі]?|груд(?:ень|ня|ні)"
    r"|يناير|فبراير|مارس|[أا]بريل|مايو|يوني[وه]|يولي[وه]|[أا]غسطس|سبتمبر|[أا]كتوبر|نوفمبر|ديسمبر"
    r"|كانون ال(?:ثاني|[أا]ول)|شباط|[آا]ذار|نيسان|[أا]يار|حزيران|تموز|آب|[أا]يلول"
    r"|تشرين ال(?:ثاني|[أا]ول)|جانفي|فيفري|[أا]فريل|ماي|جوان|جويلية|أوت)"
)
_MONTH_AFTER = re.compile(
    rf"[\s\[(-]*(?:(?:of|de|del)\s)?(?P<month>{_MONTH})(?![^\W_])(?!\s(?:have|be|still|not|also)\b)",
    re.I,
)
_MONTH_BEFORE = re.compile(rf"(?<![^\W_]){_MONTH}(?P<comma>,?)\s(?:(?:de|del|of)\s)?\Z", re.I)
# A count may follow: "in August 12 people", "le 27 août 12 personnes".
_IN_MONTH = re.compile(rf"(?:\d\s{_MONTH}|(?:\b(?:in|en|в|у)|في)\s{_MONTH})\s\Z", re.I)
_DAY_BEFORE = re.compile(
    rf"(?:{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:\s?[-–]\s?\d{{1,2}})?|\d\s{_MONTH}),?\s\Z", re.I
)
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|of|during|from|until|till|by|before|after|year|early|late|mid|end|between|the"
    r"|through|en|depuis|de|dès|avant|après|entre|année|fin|début|desde|del|hasta|año|antes|el|la|le"
    r"|в|у|з|с|со|до|від|після|после|между|між|на|от)|[©(/]|\bl['’]|(?:منذ|عام|العام|سنة|للعام|لعام"
    r"|في|بين|حتى|قبل|بعد))\s?\Z",
    re.I,
)
_CROWD_BEFORE = re.compile(
    r"\b(?:than|least|over|nearly|almost|some|about|approximately|up to|killed|killing|wounded"
    r"|injured|displaced|(?:group|force|convoy|crowd|total|contingent|number|groupe"
    r"|grupo|fuerza) (?:of|de)"
    r"|(?:plus|moins|près|más|menos|cerca|plus|total) de|environ|unos|unas|casi"
    r"|более|менее|около|свыше|почти|понад|близько|майже|щонайменше|من|نحو|حوالي)\s\Z",
    re.I,
)
_YEAR_AFTER = re.compile(
    r"\s?(?:год[аеу]?|годом|г|гг|рік|року|році|роком|р|م|م\.|года?х)(?![^\W_])"
)
_NO_NOUN = _set(
    "and to or when that was were is has had as by in for with at on after before while but who"
    " which from until saw war peace ceasefire agreement offensive accord election elections et y"
    " i и та і а que a fue est de du en ont dans pour par и в на"
)

_BEFORE = {
    "age": r"\baged?\s(?:between\s|from\s|of\s)?|âgée?s?\s(?:de\s|d['’])?|\bedad\s(?:de\s)?"
    r"|в\sвозрасте\s(?:от\s)?|віком\s(?:від\s)?|(?:عمره|عمرها|العمر)\s",
    "time": r"الساعة\s|\b(?:a\slas?)\s",
    "label": r"\b(?:no\.|nos\.|(?-i:No)|n[°º]|núm\.|resolutions?|résolutions?|resolución|articles?"
    r"|artículo|chapter|section|paragraph|phase|route|highway|road|page|flight|channel|canal|cadena"
    r"|boeing|airbus|unscr"
    r"|резолюци[яиюей]+|стать[яиею]+|статт[яіею]+|пункт[аеу]?)\s?|(?:القرار|قرار|المادة|رقم)\s",
}
_AFTER = {
    "share": r"\s?[%٪]|\s?(?:per\s?cent|percent\w*|pct|pour\s?cent|por\s?ciento"
    r"|процент\w*|відсот\w*)"
    r"|\s(?:في\s?|ب)ال?م[ئا]ة|\sبالم(?:ئ|ائ)ة|\sفي\sالم(?:ئ|ائ)ة",
    "fraction": r"[\s-](?:thirds?|quarters|fifths?|sixths?|eighths?|tenths?|tiers|quarts"
    r"|cinquièmes|tercios?|cuartas|quintos|трет[иь][хй]?|четверт[ией]+)\b",
    "ordinal": r"\s(?:перв|втор|трет[ьии]|четверт[ыоа]|пят[ыоа][йемгях]|шест[оы][йемгх]|седьм"
    r"|восьм[оыа]|девят[ыоа]|десят[ыоа]й|перш[аоиі]|друг[аоиі]|четверт|п['’]ят[аоиі][йїм]?г?о?\b|шост|сьом"
    r"|восьм[аоиі]|дев['’]ят[аоиі])",
    "time": r"\s?(?:[ap]\.\s?m\.|[ap]m\b)|\so['’]clock|\s?(?:GMT|UTC|hrs)\b|\shours\slocal"
    r"|\s(?:утра|вечера|ночи|ранку|вечора)\b|\sheures\sdu|\sde\sla\s(?:mañana|tarde|noche)",
    "age": r"[\s-]years?[\s-]old|-\s",
    "code": r"[°ºª′]|[-/]\d+[-/]|/\d",
}
_LIST_NUMBER = re.compile(r"[.)]\s")
_HYPHENATED = re.compile(
    r"[-‑](?!(?:man|men|member|members|person|people|strong|odd|soldier|vehicle|truck"
    r"|ти|х|ми|мя|ма|ох)\b)([^\W\d_]+)"
)
_REASONS_BEFORE = {key: re.compile(rf"(?:{regex})\Z", re.I) for key, regex in _BEFORE.items()}
_REASONS_AFTER = {key: re.compile(regex, re.I) for key, regex in _AFTER.items()}

_PERSON = _set(
    "mort morte personne blessé blessée civil civile soldat enfant femme homme policier militaire"
    " combattant otage tué tuée disparu disparue gendarme rebelle"
    " persona muerto muerta herido herida soldado niño niña mujer hombre policía militar rebelde"
    " человек человека гражданский военный погибший раненый ребенок женщина женщину"
    " мужчина мужчину солдат солдата боец военнослужащий житель"
    " людина людину особа особу цивільний військовий загиблий дитина дитину жінка жінку"
    " чоловік чоловіка боєць"
)
_ARABIC_PERSON = _set("شخص مدني قتيل جريح جندي طفل امرأة رجل مسلح")
_NOT_AFTER_ONE = _set(
    "of another day side hand time who that which is was has had may can could will would or and"
    " in on at by to from for with more such thing way s being after later than as but should must"
    " where when if it he she they we i month week year hour minute night morning reason part"
    " point step example the a an cannot asks must ought might"
)
_NOT_BEFORE_ONE = _set("no any every each some this that the which another number day phase")
_SUPERLATIVES = ("est", "only", "last", "first", "new", "other")
_LONE_ONE = _set("least killing killed wounding wounded injuring injured")


_OF_A_CENT = re.compile(r"\b(?:per|pour|por)\s\Z", re.I)
_NEXT_WORD = re.compile(r"\s([^\W\d_]+)")
_LAST_WORD = re.compile(r"([^\W\d_]+)\s\Z")
_COMMA_OR_AND = re.compile(rf",\s|{_AND.pattern}", re.I)


def _reason(text: str, raw: _Raw) -> str:
    """Say why the number counts nothing; nothing if it does count."""
    before, after = text[max(0, raw.start - 48) : raw.start], text[raw.end : raw.end + 48]
    for reason, pattern in _REASONS_AFTER.items():
        if pattern.match(after):
            return reason
    for reason, pattern in _REASONS_BEFORE.items():
        if pattern.search(before):
            return reason
    line = before.rpartition("\n")[2]
    if raw.end - raw.start < 3 and not line.strip() and _LIST_NUMBER.match(after):
        return "label"
    hyphenated = _HYPHENATED.match(after)
    if hyphenated and _fold(hyphenated[1]) not in _WORDS:
        return "code"
    if raw.word in ("cent", "ciento") and _OF_A_CENT.search(before):
        return "share"
    if raw.value == 1 and raw.word:
        return "" if _is_one(raw.word, before, after) else "article"
    return _date_reason(raw, before, after)


def _is_one(word: str, before: str, after: str) -> bool:
    """Whether a "one" counts: before a noun in English, before a person elsewhere."""
    following, last = _NEXT_WORD.match(after), _LAST_WORD.search(before)
    noun, lead = _fold(following[1]) if following else "", _fold(last[1]) if last else ""
    if word in ("واحد", "واحده", "واحدة"):
        return lead in _ARABIC_PERSON
    if word != "one":
        return noun in _PERSON
    if lead in _LONE_ONE:
        return noun != "of"
    if lead in _NOT_BEFORE_ONE or lead.endswith(_SUPERLATIVES):
        return False
    return bool(noun) and noun not in _NOT_AFTER_ONE


def _date_reason(raw: _Raw, before: str, after: str) -> str:
    """Tell a day of the month or a year from a count."""
    year = raw.digits and 1900 <= raw.value <= 2099 and raw.end - raw.start == 4
    month = _MONTH_AFTER.match(after)
    if month and (year or raw.value <= 31) and (raw.digits or month["month"].islower()):
        return "year" if year else "day"
    month = _MONTH_BEFORE.search(before)
    if month and raw.digits and (year or not month["comma"]):
        noun = _lower_word(after)
        if year or not noun or (raw.value <= 31 and not _IN_MONTH.search(before)):
            return "year" if year else "day"
    return "year" if year and _is_year(before, after) else ""


def _is_year(before: str, after: str) -> bool:
    """Whether a bare 1900 to 2099 is a year."""
    if _YEAR_AFTER.match(after) or _DAY_BEFORE.search(before):
        return True
    if _CROWD_BEFORE.search(before):
        return False
    return bool(_YEAR_BEFORE.search(before)) or not _lower_word(after)


def _lower_word(after: str) -> str:
    """Give the word that follows if it can be the noun that is counted."""
    following = _NEXT_WORD.match(after)
    if not following or _fold(following[1]) in _NO_NOUN:
        return ""
    shouted = following[1].isupper() and len(following[1]) > 3
    return following[1] if shouted or not following[1][0].isupper() else ""


def _spread_back(text: str, low: _Raw, high: _Raw, reason: str) -> str:
    """Give the reason that the first number takes over from the second, if any."""
    if reason in ("share", "age", "time", "fraction") and low.digits == high.digits:
        return reason if is_range(text, low.start, low.end, high.start) else ""
    near = is_range(text, low.start, low.end, high.start) or _COMMA_OR_AND.fullmatch(
        text, low.end, high.start
    )
    if reason == "day" and low.value <= 31 and low.digits:
        return reason if near else ""
    return ""


def _spread_on(text: str, low: _Raw, high: _Raw, reason: str) -> str:
    """Give the reason that the second number takes over from the first, if any."""
    if not high.digits or reason not in ("day", "year", "age", "label"):
        return ""
    near = is_range(text, low.start, low.end, high.start)
    if not near and _COMMA_OR_AND.fullmatch(text, low.end, high.start):
        near = not _lower_word(text[high.end : high.end + 32])
    fits = {
        "day": high.value <= 31,
        "year": (high.end - high.start == 4 and 1900 <= high.value <= 2099)
        or high.end - high.start == 2,
    }.get(reason, True)
    return reason if near and fits else ""
