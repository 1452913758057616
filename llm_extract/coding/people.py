"""Who can be counted: words for persons and for things, and what stands by a number.

"650 kilograms" and "in three days" count nobody.
"""

from __future__ import annotations

import re

from llm_extract.coding.counts import ParsedCount
from llm_extract.coding.cues import words

PERSONS = words(
    r"people", r"persons?", r"m[ae]n", r"wom[ae]n", r"child(?:ren)?", r"boys?", r"girls?",
    r"members?", r"officials?", r"leaders?", r"workers?", r"drivers?", r"officers?", r"soldiers?",
    r"police(?:m[ae]n)?", r"civilians?", r"guards?", r"fighters?", r"rebels?", r"insurgents?",
    r"militants?", r"residents?", r"villagers?", r"commanders?", r"judges?", r"teachers?",
    r"students?", r"passengers?", r"peasants?", r"priests?", r"journalists?", r"terrorists?",
    r"guerrillas?", r"troops", r"service(?:m[ae]n)?", r"deckhands?", r"sons?", r"daughters?",
    r"fathers?", r"mothers?", r"wi(?:fe|ves)", r"brothers?", r"sisters?", r"bab(?:y|ies)",
    r"shepherds?", r"farmers?", r"doctors?", r"nurses?", r"mayors?", r"ministers?", r"senators?",
    r"bystanders?", r"bodyguards?", r"citizens?", r"victims?", r"others?", r"employees?", r"staff",
    r"peacekeepers?", r"bombers?", r"gunm[ae]n", r"famil(?:y|ies)", r"households?", r"femmes?",
    r"hommes?", r"enfants?", r"soldats?", r"personnes?", r"policiers?", r"civils?",
    r"mujer(?:es)?", r"hombres?", r"niñ[oa]s?", r"soldados?", r"personas?", r"polic[íi]as?",
    r"civil(?:es)?", r"infants?", r"teenagers?", r"reporters?", r"pedestrians?", r"passers?-?by",
    r"protest[eo]rs?", r"demonstrators?", r"imams?", r"monks?", r"nuns?", r"pastors?", r"pilots?",
    r"sailors?", r"prisoners?", r"migrants?", r"refugees?", r"fisherm[ae]n", r"herders?",
    r"miners?", r"elders?", r"traders?", r"activists?", r"lawyers?", r"hostages?",
    r"worshippers?", r"militaires?",
    r"combattants?", r"journalistes?", r"paysans?", r"villageois", r"habitants?", r"gendarmes?",
    r"garçons?", r"filles?", r"bébés?", r"militar(?:es)?", r"guerriller[oa]s?", r"periodistas?",
    r"campesin[oa]s?", r"bebés?",
)  # fmt: skip
"""Words for a person or for several."""
THING = words(
    r"kilo(?:gram)?s?", r"kg", r"pounds?", r"tons?", r"tonnes?", r"lit(?:er|re)s?", r"km",
    r"kilomet(?:er|re)s?", r"met(?:er|re)s?", r"miles?", r"hectares?", r"acres?", r"seconds?",
    r"minutes?", r"hours?", r"days?", r"nights?", r"weeks?", r"months?", r"years?", r"decades?",
    r"percent", r"dollars?", r"euros?", r"pesos?", r"villages?", r"towns?", r"cit(?:y|ies)",
    r"districts?", r"provinces?", r"count(?:y|ies)", r"communit(?:y|ies)", r"localit(?:y|ies)",
    r"municipalit(?:y|ies)", r"neighbou?rhoods?", r"settlements?", r"sites?", r"camps?",
    r"buildings?", r"residences?", r"vehicles?", r"trucks?", r"cars?", r"bus(?:es)?", r"boats?",
    r"ships?", r"tanks?", r"helicopters?", r"planes?", r"rifles?", r"guns?", r"weapons?",
    r"grenades?", r"rounds?", r"bullets?", r"shells?", r"rockets?", r"missiles?", r"drones?",
    r"bombs?", r"mines?", r"bursts?", r"shots?", r"raids?", r"(?:air)?strikes?", r"attacks?",
    r"clashes", r"incidents?", r"blasts?", r"explosions?", r"operations?", r"checkpoints?",
    r"positions?", r"posts?", r"bases?", r"schools?", r"hospitals?", r"clinics?",
    r"cent(?:er|re)s?", r"churches", r"mosques?", r"markets?", r"shops?", r"compounds?",
    r"groups?", r"gangs?", r"factions?", r"bodyguards'", r"launchers?", r"radios?", r"backpacks?",
    r"cannons?", r"events?", r"floors?", r"occasions?", r"times", r"jours?", r"semaines?", r"mois",
    r"ans", r"années?", r"heures?", r"communautés", r"quartiers?", r"véhicules?", r"camions?",
    r"localités?", r"días?", r"semanas?", r"meses", r"años?", r"horas?", r"comunidades",
    r"pueblos?", r"aldeas?", r"municipios?", r"vehículos?", r"camionetas?", r"camiones", r"ساعة",
    r"يوما?", r"أيام", r"شهرا?", r"أشهر", r"سنوات", r"سنة", r"قرية", r"قرى", r"дн(?:я|ей|і|ів)",
    r"недел\w+", r"месяц\w*", r"лет", r"года?", r"часов", r"тижн\w+", r"місяц\w*", r"років",
    r"годин\w*", r"сел[аі]?", r"сёл",
)  # fmt: skip
"""Units, times, places and objects: a number before one of them counts no people."""
TOLD_BY_STATE = re.compile(
    r"(?:refugees?|prisoners?|evacuees|idps?|returnees?|displaced|asylum seekers|homeless|detainees"
    r"|victims?|new arrivals|réfugiée?s?|refugiad[oa]s?|desplazad[oa]s?|(?:ال)?(?:نازح|لاجئ)\w*"
    r"|беженц\w*|біженц\w*)$",
    re.IGNORECASE,
)
"""Nouns that tell what became of people; a verb beside them tells more ("three refugees died")."""
_ARTICLES = frozenset({"a", "an", "un", "une", "una"})
_STOP = (
    r"in|on|at|of|from|near|with|for|to|by|before|after|during|and|or|but|who|which|that|is|are|was"
    r"|were|has|have|had|killed|wounded|until|since|as|not|while|when|between|de|du|des|à|en|dans"
    r"|et|y|del|qui|que|ont|sont|في|من|و|в|на|и|та|у"
)
_NOUN = re.compile(
    r"\s*(?!(?:in|on|at|of|from|near|with|dans|en|de|في|من|в|на|у|were|was|are|is)\b)"
    r"((?:[\w'’]+(?:-\w+)*[ \n]+){0,4}?[\w'’]+(?:-\w+)*)"
    rf"(?=\s*(?:[,;:.!?()%]|$|\s(?:{_STOP})\b))",
    re.IGNORECASE,
)
_OF_A_WHOLE = re.compile(r"\bof (?:the |its |their |these |those )?$", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    r"\d\s+(?:\w+ ){0,2}$|^\s*$|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|half|most|some|many|several)\s+(?:\w+ )?$",
    re.IGNORECASE,
)


def noun_after(sentence: str, start: int) -> str:
    """Return the noun with the words before it that begins at ``start``, or an empty string."""
    found = _NOUN.match(sentence, start)
    return found.group(1) if found else ""


def is_person(word: str) -> bool:
    """Tell whether the word is one for a person or for several."""
    return PERSONS.fullmatch(word) is not None


def is_article(sentence: str, count: ParsedCount) -> bool:
    """Tell whether the number is the "a" of "a woman": a figure only beside its own verb."""
    return sentence[count.number_start : count.number_end].lower() in _ARTICLES


def is_whole_of(sentence: str, count: ParsedCount) -> bool:
    """Tell whether the number is the nine of "seven of the nine soldiers"."""
    whole = _OF_A_WHOLE.search(sentence, max(0, count.start - 24), count.start)
    return whole is not None and _NUMBER_BEFORE.search(sentence, 0, whole.start()) is not None


def may_count_people(sentence: str, count: ParsedCount) -> bool:
    """Tell whether the number may count people: not "650 kilograms", nor the "a" of "a camp"."""
    if is_whole_of(sentence, count):
        return False
    noun = noun_after(sentence, count.end)
    if is_article(sentence, count):
        return PERSONS.search(noun) is not None
    if sentence[count.end : count.end + 1] == "%":
        return False
    if sentence[count.end : count.end + 1] == "°" or not noun:
        return True
    inside = noun.split()
    things_first = THING.fullmatch(inside[0]) and not PERSONS.search(noun)
    return not (THING.fullmatch(inside[-1]) or things_first)
