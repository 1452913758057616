"""What each number of a sentence counts, and whether the sentence stands by it.

"Killed 23 fighters and wounded 40, including 13 women": 23 dead, 40 wounded, 13 a part of the 40.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from llm_extract.coding.counts import ParsedCount, find_counts
from llm_extract.coding.cues import PERSONS, ROLES, SUBSET, words

_CLAUSE_END = re.compile(r"[;:!?؛؟]|(?<!\b[A-Za-z])(?<!\bNo)(?<!\bNO)\.(?=\s|$)|\s[–—-]{1,3}\s|\n\n")
_NOUN_END = re.compile(
    r"[,;:.!?()،؛]|\b(?:and|et|y|und|while|after|when|as|but|mais|pero|и|та|і)\b(?=\s+(?:[\d\w'-]+\s+){0,3}$)"
)
_BETWEEN_VERB_AND_NUMBER = re.compile(
    r"^\s*(?:(?:another|a further|the|all|of|an?|some|its|their|his|least|up to|de|d['’]|des|les|"
    r"encore|otr[oa]s|a|al|unos|unas|еще|ще|многих|by|to)\s*)*$",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:was|were|been|being|be|is|are|got|ont été|a été|été|fueron|fue|han sido|были|был|були)"
    r"(?:\s+\w+)?\s*$",
    re.IGNORECASE,
)

_NOT_A_DENIAL = re.compile(
    r"\b(?:no|not) (?:fewer|less) than\b|\bnot only\b|\bno longer\b|\bnon seulement\b"
    r"|\bno menos de\b|\bno s[óo]lo\b|\bpas moins de\b|\bне менее\b|\bне менше\b|لا يقل",
    re.IGNORECASE,
)
_MONTH_OF_MAY = re.compile(
    r"\b(?:in|since|of|on|by|until|till|through|during|after|before|from|to|early|late|mid|last|this|next|and|"
    r"[Ii]n|[Oo]n|[Ss]ince|[Ee]arly|[Ll]ate|\d{1,2}(?:st|nd|rd|th)?)[ -]May\b|\bMay(?=,? \d)"
)
"""No "may" that leaves it open: the month."""
_WITHOUT_BORDERS = re.compile(
    r"\b\w+ (?:without|sans|sin) (?:borders|frontiers|fronti[èe]res|fronteras)\b|بلا حدود|без границ|без кордонів",
    re.IGNORECASE,
)
_ASIDE = re.compile(r",\s*(?:which|who|whose|qui|que|quien|который|которая)\b[^,]*,", re.IGNORECASE)
_NOT = words(
    r"not", r"no", r"never", r"nobody", r"none", r"without", r"nor", r"neither", r"no one", r"cannot",
    r"\w+n['’]t", r"pas", r"jamais", r"aucun(?:e)?", r"personne", r"ne", r"n['’]\w+", r"sans", r"ni",
    r"nunca", r"ning[úu]n(?:a|o)?", r"nadie", r"jam[áa]s", r"tampoco", r"sin",
    r"لم", r"لن", r"ليس", r"ليست", r"لا", r"ما", r"دون", r"بدون", r"не", r"ни", r"нет", r"без", r"ні",
    r"немає", r"жодн\w*", r"никто", r"ніхто",
)  # fmt: skip
_DENIED = words(
    r"den(?:y|ies|ied|ying|ials?)", r"reject(?:s|ed|ing)? (?:claims?|reports?|allegations?)", r"refut\w+",
    r"dismiss(?:es|ed|ing)?", r"false(?:ly)?", r"untrue", r"fabricat\w+", r"unfounded", r"rumou?rs?",
    r"hoax", r"ruled? out", r"no evidence", r"no truth", r"baseless", r"disprov\w+", r"fake", r"debunk\w+",
    r"d[ée]ment\w*", r"ni[ée](?:e|s|r)?", r"faux", r"fausse", r"infond[ée]\w*", r"r[ée]fut\w+",
    r"neg[óo]", r"niega(?:n)?", r"negaron", r"negar", r"desmint\w+", r"desminti\w+", r"fals[oa]s?",
    r"desment\w+", r"نفى", r"نفت", r"نفي", r"ينفي", r"تنفي", r"نفوا", r"كذب", r"مزاعم كاذبة", r"опроверг\w*",
    r"отрица\w*", r"ложн\w*", r"спрост\w*", r"запереч\w*", r"хибн\w*", r"неправд\w*",
    r"withdr[ae]w(?:ing|n)?", r"retract\w*", r"not (?:say|confirm|report|claim|announce|state|mention|true)\w*",
)  # fmt: skip
_DENIED_THAT = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|not true|untrue|false|fabricated|no (?:evidence|proof|truth|sign|indication)"
    r"(?: has emerged)?|(?:nobody|no one|few) (?:believes?|thinks?))(?: (?:of )?(?:the |any |a )?(?:reports?|claims?|rumou?rs?|allegations?))?"
    r" that\b|\b(?:d[ée]ment\w*|faux|ni[ée]) que\b|\b(?:neg[óo]|niega|falso|desminti[óo]) que\b"
    r"|\b(?:отрица\w*|опроверг\w*|неправда|спрост\w*|запереч\w*), (?:что|що)\b|(?:نفى|نفت|ينفي) (?:أن|ان)",
    re.IGNORECASE,
)
"""A denial of a whole clause: it reaches over every "and" in it."""
_DENIED_AFTER = re.compile(
    r"\b(?:is|are|was|were|proved(?: to be)?|est|sont|es|son) (?:\w+ )?(?:false|untrue|not true|unfounded|"
    r"fabricated|baseless|faux|fausses?|fals[oa]s?|wrong|incorrect)\b|\bnever happened\b"
    r"|\bdid not (?:happen|take place|occur)\b|\bturned out to be (?:false|untrue)\b",
    re.IGNORECASE,
)
_UNREAL = words(
    r"could", r"might", r"(?<!\d )may(?! \d)", r"would", r"will", r"shall", r"should", r"if", r"unless", r"plan(?:s|ned|ning)? to",
    r"aim(?:s|ed|ing)? to", r"intend(?:s|ed|ing)? to", r"threat(?:en|ens|ened|ening|s)? to", r"vow(?:s|ed)? to",
    r"want(?:s|ed)? to", r"sought to", r"seek(?:s|ing)? to", r"attempt(?:s|ed|ing)? to", r"tr(?:y|ies|ied|ying) to",
    r"(?:is|are|was|were) to", r"expected to", r"in order to", r"designed to", r"fear(?:s|ed)?", r"ready to",
    r"order(?:s|ed)? to", r"call(?:s|ed)? to", r"hop(?:e|es|ed|ing) to", r"plot(?:s|ted|ting)? to", r"fail(?:s|ed|ing)? to", r"risk(?:s|ed)?",
    r"as though", r"as if", r"hop(?:e|es|ed|ing)", r"expects?", r"predict\w*", r"forecast\w*", r"simulat\w+", r"pourrai(?:t|ent)", r"si", r"vis(?:e|ait|aient) [àa]", r"menac\w+ de",
    r"risqu\w+ de", r"veut", r"voulai\w+", r"tuera(?:it|ient)?", r"podr[íi]a(?:n)?", r"matar[íi]a(?:n)?",
    r"pretend[íi]a(?:n)?", r"planea\w*", r"amenaz\w+ con", r"quer[íi]a(?:n)?", r"intent\w+", r"busca(?:ba|n)?",
    r"قد", r"ربما", r"لو", r"إذا", r"سوف", r"يخطط\w*", r"تخطط\w*", r"هدد\w*", r"мог(?:ут|ла|ли)?", r"бы", r"если",
    r"планир\w*", r"угрож\w*", r"може", r"могли", r"можуть", r"якщо", r"планува\w*", r"погрожу\w*",
)  # fmt: skip
_AGREED_TERMS = re.compile(r"\b(?:provid(?:e|es|ed|ing) for|stipulat\w+|envisag\w+|prévoi\w+|prevé|предусматрива\w+|передбача\w+)\b", re.IGNORECASE)
_NEARLY = re.compile(
    r"\b(?:nearly|almost|narrowly|failed to|fail to|fails to|presque|failli|casi|едва не|чуть не|ледь не)\s+$",
    re.IGNORECASE,
)
_AND_THEN = re.compile(
    r"\b(?:and|but|then|et|mais|puis|y|pero|и|а|но|та|але)\s+(?:(?:also|then|has|have|had|later|aussi|ont|a|han|ha)\s+)*$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"[,(–—]\s*(?:in\s+)?(?:which|who|qui|que|quienes?|которы\w+|які|який)\s+(?:(?:has|have|had|ont|a|han|ha)\s+)*$",
    re.IGNORECASE,
)
_BASE_FORM = re.compile(
    r"(?:kill|wound|injure|displace|abduct|evacuate|agree|sign)\b", re.IGNORECASE
)
_OF_THEM = re.compile(
    r"^\s*(?:\w+\s+)?(?:of (?:them|whom|these|those|the dead|the victims)|d['’]entre (?:eux|elles)|de ellos|de ellas|"
    r"de los cuales|منهم|منهن|из них|з них)\b",
    re.IGNORECASE,
)
_AUXILIARIES = re.compile(
    r"(?:\s+(?:were|was|are|is|have|has|had|been|being|also|reportedly|later|ont|sont|a|été|aussi|fueron|han|sido|были|"
    r"был|були|who|which|that|qui|que))+\s*$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\s*((?:of\s+(?:the\s+|its\s+|their\s+)?)?(?!(?:in|on|from|at|of)\b)\S.*?)"
    r"(?=\s+(?:in|on|at|from|near|of|during|after|as|with|who|by|and|to|dans|de|du|des|à|en|del|с|в|из|у|في|من)\b|$)",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"^(?:kilo(?:gram)?s?|kg|pounds?|tons?|tonnes?|lit(?:er|re)s?|km|kilomet(?:er|re)s?|met(?:er|re)s?|miles?|hectares?|acres?"
    r"|seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|percent|dollars?|euros?|pesos?"
    r"|villages?|towns?|cit(?:y|ies)|districts?|provinces?|count(?:y|ies)|communit(?:y|ies)|localit(?:y|ies)|municipalit(?:y|ies)"
    r"|neighbou?rhoods?|settlements?|sites?|camps?|buildings?|residences?|vehicles?|trucks?|cars?|bus(?:es)?|boats?|ships?|tanks?"
    r"|helicopters?|planes?|rifles?|guns?|weapons?|grenades?|rounds?|bullets?|shells?|rockets?|missiles?|drones?|bombs?|mines?"
    r"|bursts?|shots?|raids?|(?:air)?strikes?|attacks?|clashes|incidents?|blasts?|explosions?|operations?|checkpoints?|positions?|posts?|bases?"
    r"|schools?|hospitals?|clinics?|cent(?:er|re)s?|churches|mosques?|markets?|shops?|compounds?|groups?|gangs?|factions?|bodyguards'"
    r"|launchers?|radios?|backpacks?|cannons?|events?|floors?|occasions?|times"
    r"|jours?|semaines?|mois|ans|années?|heures?|communautés|quartiers?|véhicules?|camions?|localités?"
    r"|días?|semanas?|meses|años?|horas?|comunidades|pueblos?|aldeas?|municipios?|vehículos?|camionetas?|camiones"
    r"|ساعة|يوما?|أيام|شهرا?|أشهر|سنوات|سنة|قرية|قرى|дн(?:я|ей|і|ів)|недел\w+|месяц\w*|лет|года?|часов|тижн\w+|місяц\w*|років|годин\w*|сел[аі]?|сёл)$",
    re.IGNORECASE,
)
_NOUN_WORDS = re.compile(r"\s*(?!(?:in|on|at|of|from|near|with|dans|en|de|في|من|в|на|у|were|was|are|is)\b)((?:[\w'’]+(?:-\w+)*[ \n]+){0,4}?[\w'’]+(?:-\w+)*)(?=\s*(?:[,;:.!?()%]|$|\s(?:in|on|at|of|from|near|with|for|to|by|before|after|during|and|or|but|who|which|that|is|are|was|were|has|have|had|killed|wounded|until|since|as|not|while|when|between|de|du|des|à|en|dans|et|y|del|qui|que|ont|sont|في|من|و|в|на|и|та|у)\b))", re.IGNORECASE)
_TRANSPARENT = re.compile(r"\(\s*(?:about|some|around|approximately|roughly)?\s*$|\b(?:of (?:the|its|their|these|those)?|de|from|in)\s*$", re.IGNORECASE)
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|most|some|many|several)\s+(?:\w+ )?$", re.IGNORECASE
)
_OF_WHOLE = re.compile(r"\bof (?:the |its |their |these |those )?$", re.IGNORECASE)
_SUPERSEDED = re.compile(
    r"\b(?:(?:down|up) from|(?:lower|higher|fewer|less|more) than the|instead of|rather than|compared (?:with|to)|revised from"
    r"|(?:population|capacity) of|contre|frente a)\s+(?:(?:an?|the|about|some|around|earlier|previous)\s+)*$",
    re.IGNORECASE,
)
_A_NOUN = re.compile(
    r"(?:refugees?|prisoners?|evacuees|idps?|returnees?|displaced|asylum seekers|homeless|detainees|victims?|new arrivals"
    r"|réfugiée?s?|refugiad[oa]s?|desplazad[oa]s?|(?:ال)?(?:نازح|لاجئ)\w*|беженц\w*|біженц\w*)$",
    re.IGNORECASE,
)
_OTHER_CLAUSE = re.compile(r"[,;:]|\b(?:that|which|who|after|when|while|where|as|qui|que|и|و)\b", re.IGNORECASE)
_EITHER = re.compile(
    r"\b(?:kill(?:ed|ing)|dead|tu[ée]e?s?|morts?|muert[oa]s|убит\w*|вбит\w*|قتلى)\s+(?:or|and/or|ou|o|или|або|أو)\s+"
    r"(?:wound(?:ed|ing)|injur(?:ed|ing)|bless[ée]e?s?|herid[oa]s|ранен\w*|поранен\w*|جرحى)\b",
    re.IGNORECASE,
)
_SPARED = re.compile(r"\b(?:escap\w+|avoid\w*|surviv\w+|evad\w+|spared|cheated)\s+(?:an?\s+|certain\s+)?$", re.IGNORECASE)
_ARTICLES = frozenset({"a", "an", "un", "une", "una"})
_AND = re.compile(r"\b(?:and|et|y)\s+$", re.IGNORECASE)
_REACH = 60
"""Characters before the governing word in which a "not" or "could" still touches it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One number of a sentence and what it counts; offsets count the sentence's characters."""

    count: ParsedCount
    role: str | None
    """``killed``, ``injured``, ``displaced``, ``abducted``, ``detained``, or None if nothing tells."""
    noun: tuple[int, int]
    """The words after the number that name who is counted, up to the next number or clause."""
    subset: bool
    """Introduced by "including": part of a number already given."""
    doubt: str | None
    """Why the sentence does not stand by the number: ``denied``, ``hypothetical``, or None."""


@lru_cache(maxsize=2048)
def counted_in(sentence: str) -> tuple[Counted, ...]:
    """Return every number of the sentence with what it counts, in order."""
    counts = find_counts(sentence)
    result: list[Counted] = []
    for index, count in enumerate(counts):
        next_start = counts[index + 1].start if index + 1 < len(counts) else len(sentence)
        person = _of_people(sentence, count)
        role, cue_start = _role(sentence, counts, index, next_start) if person else (None, None)
        if (
            role is None
            and person
            and result
            and not _is_article(sentence, count)
            and _coordinated(sentence, counts[index - 1], count)
        ):
            role = result[-1].role
        governing = min(cue_start if cue_start is not None else count.start, count.start)
        late = max(cue_start or 0, count.start)
        result.append(
            Counted(
                count=count,
                role=role,
                noun=(count.end, _noun_end(sentence, count.end, next_start)),
                subset=_is_subset(sentence, count) or _listed(sentence, result, count),
                doubt="denied" if _SUPERSEDED.search(sentence, 0, count.start) or (cue_start and _SPARED.search(sentence, 0, cue_start)) else _doubt(sentence, governing, late),
            )
        )
    for index in range(len(result) - 2, -1, -1):
        left, right = result[index], result[index + 1]
        if left.role is None and _of_people(sentence, left.count) and _joined(sentence, left, right):
            result[index] = replace(left, role=right.role)
    return tuple(result)


def _of_people(sentence: str, count: ParsedCount) -> bool:
    """Tell whether the noun may name people: not "650 kilograms", nor the "a" of "a camp"."""
    whole = _OF_WHOLE.search(sentence, max(0, count.start - 24), count.start)
    if whole and (re.search(r"\d\s+(?:\w+ ){0,2}$|^\s*$", sentence[: whole.start()]) or _NUMBER_WORD.search(sentence[: whole.start()])):
        return False
    found = _NOUN_WORDS.match(sentence, count.end)
    noun = found.group(1) if found else ""
    if _is_article(sentence, count):
        return bool(PERSONS.search(noun))
    if sentence[count.end : count.end + 1] in ("%", "°") or not noun:
        return not sentence[count.end : count.end + 1] == "%"
    inside = noun.split()
    return not (_THINGS.match(inside[-1]) or (_THINGS.match(inside[0]) and not PERSONS.search(noun)))


def _listed(sentence: str, before: list[Counted], count: ParsedCount) -> bool:
    """Tell whether the number goes on the list that "including" began."""
    if not before or not before[-1].subset:
        return False
    between = sentence[before[-1].count.end : count.start]
    return bool(
        len(between) < 60
        and re.search(r"(?:,|\b(?:and|et|y|и|та)|،|\bو)\s*$", between)
        and not _cues(between, 0, len(between))
        and not _CLAUSE_END.search(between)
    )


def _is_subset(sentence: str, count: ParsedCount) -> bool:
    return bool(
        SUBSET.search(sentence, 0, count.start)
        or _OF_THEM.match(sentence[count.end : count.end + 60])
    )


def _joined(sentence: str, left: Counted, right: Counted) -> bool:
    """Tell whether the numbers share a verb that follows: "ten rebels and two soldiers died"."""
    between = sentence[left.count.end : right.count.start]
    return len(between) < 60 and bool(
        re.search(r"(?:\b(?:and|et|y|и|та|і|й)|،|,|\bو)\s*$", between)
        and not _CLAUSE_END.search(between)
    )


def _role(
    sentence: str, counts: tuple[ParsedCount, ...], index: int, next_start: int
) -> tuple[str | None, int | None]:
    count = counts[index]
    before = _last_cue(sentence, 0, count.start)
    if before and _BETWEEN_VERB_AND_NUMBER.match(sentence[before[2] : count.start]):
        return before[0], before[1]
    next_start, has_next = _next_own(sentence, counts, index)
    before = before if before and not _A_NOUN.match(sentence[before[1] : before[2]]) else None
    clause = _CLAUSE_END.search(sentence, count.end, next_start)
    named: tuple[str, int, int] | None = None
    for role, start, end in _cues(sentence, count.end, clause.start() if clause else next_start):
        heads_next = has_next and not sentence[end:next_start].strip()
        if heads_next and not _PASSIVE.search(sentence, 0, start):
            continue
        if named is None and _A_NOUN.match(sentence[start:end]):
            if _OTHER_CLAUSE.search(sentence, count.end, start):
                continue
            named = role, start, end
        elif named is None or not _OTHER_CLAUSE.search(sentence, named[2], start):
            return role, start
    if named:
        return named[0], named[1]
    if before and (not _is_article(sentence, count) or _AND.search(sentence, 0, count.start)):
        return before[0], before[1]
    return None, None


def _next_own(
    sentence: str, counts: tuple[ParsedCount, ...], index: int
) -> tuple[int, bool]:
    """Return where the next number with a verb of its own begins, and whether there is one.

    A part ("including two officers"), an aside in brackets, a thing or the whole of "seven of the
    nine" stands between a number and its verb.
    """
    for later in counts[index + 1 :]:
        transparent = (
            SUBSET.search(sentence, 0, later.start)
            or sentence[: later.start].rstrip().endswith("(")
            or re.search(r"\([^()]*$", sentence[counts[index].end : later.start])
            or _OF_WHOLE.search(sentence, counts[index].end, later.start)
            or not _of_people(sentence, later)
        )
        if not transparent:
            return later.start, True
    return len(sentence), False


def _is_article(sentence: str, count: ParsedCount) -> bool:
    """Tell whether the number is the "a" of "a woman": a figure only beside its own verb."""
    return sentence[count.number_start : count.number_end].lower() in _ARTICLES


def _cues(sentence: str, start: int, end: int) -> list[tuple[str, int, int]]:
    either = [m.span() for m in _EITHER.finditer(sentence, start, end)]
    found = [
        (role, m.start(), m.end())
        for role, pattern in ROLES.items()
        for m in pattern.finditer(sentence, start, end)
        if not any(first <= m.start() < last for first, last in either)
    ]
    found += [("killed or injured", *span) for span in either]
    return sorted(found, key=lambda cue: (cue[1], -cue[2]))


def _last_cue(sentence: str, start: int, end: int) -> tuple[str, int, int] | None:
    return max(_cues(sentence, start, end), key=lambda cue: cue[2], default=None)


def _coordinated(sentence: str, left: ParsedCount, right: ParsedCount) -> bool:
    return _CLAUSE_END.search(sentence, left.end, right.start) is None


def _noun_end(sentence: str, start: int, end: int) -> int:
    """Return where the words that name who is counted end: before the verb or the next clause."""
    stop = _NOUN_END.search(sentence, start, end)
    last = stop.start() if stop else end
    for _, cue_start, _ in _cues(sentence, start, last):
        if sentence[start:cue_start].strip():
            last = cue_start
            break
    auxiliary = _AUXILIARIES.search(sentence, start, last)
    return auxiliary.start() if auxiliary else last


def label_of(noun: str) -> str | None:
    """Return the words that name the group, without what follows them ("civilians in the region").

    Words that begin with a preposition are the name ("in the other camp").
    """
    found = _LABEL.match(noun)
    label = (found.group(1) if found else noun).strip()
    return label or None


def doubt_at(sentence: str, start: int) -> str | None:
    """Return why the sentence does not stand by the word at ``start``, or None if it does."""
    return _doubt(sentence, start, start)


def _doubt(sentence: str, governing: int, late: int) -> str | None:
    """Judge the words before the governing verb (or number), up to the number or verb itself."""
    clause_start = 0
    for stop in _CLAUSE_END.finditer(sentence, 0, governing):
        clause_start = stop.end()
    if _DENIED_THAT.search(sentence, clause_start, governing):
        return "denied"
    if _NEARLY.search(sentence, clause_start, governing):
        return "denied"
    for turn in (_WHICH, _AND_THEN):
        begins = turn.search(sentence, clause_start, governing)
        if begins and not _BASE_FORM.match(sentence, governing):
            clause_start = begins.end()
    lead = _ASIDE.sub(_blank, sentence[clause_start:late])
    lead = _MONTH_OF_MAY.sub(_blank, _NOT_A_DENIAL.sub(_blank, lead))
    if _AGREED_TERMS.search(lead):
        return "hypothetical"
    if _DENIED.search(lead) or _DENIED_AFTER.search(sentence, late):
        return "denied"
    near = lead[max(0, governing - clause_start - _REACH) :]
    near = re.split(r",(?!\d)|،", near)[-1]
    if _NOT.search(near):
        return "denied"
    if _UNREAL.search(near):
        return "hypothetical"
    return None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
