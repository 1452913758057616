"""Is a name used as what the record says: the one who acts, the place, the one who reports?

The same word can be all three ("Moscow's support", "in Moscow", "Moscow said"): grammar decides.
"""

from __future__ import annotations

import re

from llm_extract.coding.actors import is_a_thing
from llm_extract.coding.cues import ATTRIBUTION, CEASEFIRE
from llm_extract.coding.dates import find_date_phrases
from llm_extract.coding.mentions import Mention

_IN = re.compile(
    r"(?:\b(?:in|at|near|inside|outside|around|across|throughout|(?:north|south|east|west)(?:[- ](?:east|west))? of"
    r"|towns? of|cit(?:y|ies) of|villages? of|province of|region of|district of|dans|à|au nord de|au sud de|"
    r"en|près de|cerca de|al (?:norte|sur|este|oeste) de|ville de|ciudad de|в|у|под|возле|біля|поблизу)"
    r"\s+(?:the\s+|la\s+|le\s+|el\s+|l['’])?|\bفي\s+|\bقرب\s+)$",
    re.IGNORECASE,
)
_REPORTS_BEFORE = re.compile(
    r"(?:\b(?:according to|said|says|told|reported|citing|quoted|quoting|statement (?:by|from)|sources? (?:in|from|at|of)|"
    r"figures? (?:from|by|of)|(?:reported|compiled|published|released|issued|collected|recorded|documented|confirmed|"
    r"announced|gathered|counted|cited|quoted|seen|reviewed|obtained|report|count|tally|data|statistics) by|added|estimates? (?:by|from|of)|selon|d['’]après|indique|déclare|rapporte|según|"
    r"dijo|dijeron|informó|declaró|afirmó|de acuerdo con|по данным|по словам|согласно|сообщил\w*|заявил\w*|за даними|"
    r"за словами|згідно з|повідоми\w*|заяви\w*)\s+(?:[\w'’.-]+\s+){0,4}"
    r"|\b(?:said|says|told|according to|dit|selon|dijo|según)\s+(?:[\w'’.-]+\s+){1,6}[\w'’.-]+,\s+"
    r"|\ba\s+(?:déclaré|indiqué|annoncé|affirmé|précisé|rapporté|dit)\s+(?:[\w'’.-]+\s+){0,4}"
    r"|(?:وفقا ل|وفق|بحسب|حسب|قال|قالت|أعلن|أعلنت|ذكر|ذكرت|أفاد|أفادت|أكد|أكدت)\s*(?:\w+\s+){0,3})[\"'“«(]*$",
    re.IGNORECASE,
)
_REPORTS_AFTER = re.compile(
    r"^[\"'”»)]*\s*(?:\([^)]*\)\s*)?(?:['’]s\s+(?:[\w-]+\s+){1,4})?(?:(?:in|at|from|of)\s+(?:[\w'’-]+\s+){1,4})?(?:,[^,.;:]{0,60},)?\s*"
    r"(?:(?:has|have|had|also|later|then|earlier|on|today|\w+day)\s+){0,3}(?:said|says?|told|reported|reports|announced|added|stated|confirmed|estimates?|estimated|claimed|claims|"
    r"documented|declared|warned|noted|wrote|counted|recorded|put|puts|identified|registered|found|a\s+(?:déclaré|indiqué|annoncé|affirmé|précisé|"
    r"rapporté|dit|fait)|ont\s+(?:déclaré|indiqué|annoncé)|indique|annonce|rapporte|dijo|dijeron|informó|informaron|"
    r"anunció|reportó|declaró|afirmó|confirmó|indicó|señaló|قال|قالت|أعلن|أعلنت|أفاد|أفادت|сообщил\w*|заявил\w*|"
    r"передает|повідоми\w*|заяви\w*)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s\b")
_DATELINE_END = re.compile(r"(?=\s*$)|[^)\n]{0,24}\)\s*(?:[-–—\n]|$)|\s+\d|\s*[.\n]")
_DATELINE = re.compile(r"\(\s*$|©\s*(?:\d{4}\s*)?$")


def is_placed(text: str, mention: Mention) -> bool:
    """Tell whether the name follows a word of place ("in", "near", "east of")."""
    if _POSSESSIVE.match(text, mention.end):
        return False
    return bool(_IN.search(text, max(0, mention.start - 40), mention.start))


def is_reporting(text: str, mention: Mention) -> bool:
    """Tell whether the name is the one who says so ("according to X", "X said", "(AFP)")."""
    before = text[max(0, mention.start - 80) : mention.start]
    after = text[mention.end : mention.end + 120]
    return bool(
        _REPORTS_BEFORE.search(before)
        or _REPORTS_AFTER.match(after)
        or (_DATELINE.search(before) and _DATELINE_END.match(after))
    )


_FEAST = re.compile(
    r"^(?:the )?(?:holy )?(?:month of )?(?:Ramadan|Eid(?: al-\w+)?|Christmas|Easter|Nowruz)$",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:no|none|neither|nobody|no one|aucune?|ning[úu]n\w*|ни один|жоден)\b", re.IGNORECASE
)
_COUNTED_THINGS = re.compile(
    r"[\d,.\s]+(?:\w+ )*(?:trucks?|vehicles?|tons?|residents?|civilians?|families|households?"
    r"|homes?|refugees?)$",
    re.IGNORECASE,
)
_GOODS = re.compile(
    r"(?:(?:the|their|its|some|all|more|les|des|las|los) )?(?:\w+ ){0,2}"
    r"(?:weapons?|weaponry|ammunition|munitions|vehicles?|trucks?|convoys?|artillery|tanks?|rifles?"
    r"|armes|armement|véhicules?|camions?|armas|armamento|vehículos?|camiones|оружие|зброя|أسلحة)$",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"(?:,(?:[^.;,]|(?<=Col|Gen|Maj|Brg)\.){0,60},)?[^.;,]{0,60}?\b(?:(?:did|does|do|has|have|had|would|will|is|are|was|were)(?: not|n['’]t) (?:a )?(?:sign\w*|join\w*|bound|party|part|"
    r"accept\w*|agree\w*|attend\w*)|refus\w+ to (?:sign|join|accept)|n['’]a pas sign|no firm[óo])",
    re.IGNORECASE,
)


def _declined(text: str, mention: Mention) -> bool:
    """Tell whether the party stayed out: "the Front did not sign"."""
    return bool(_DECLINED.match(text, mention.end))


def source_problem(text: str, mentions: list[Mention]) -> str | None:
    """Return why the name can not be the source, or None."""
    if any(is_reporting(text, m) or _near_attribution(text, m) for m in mentions):
        return None
    return "the text does not say that it reports this"


def _near_attribution(text: str, mention: Mention) -> bool:
    """Inside an attribution ("the source", "officials") the name itself is the word."""
    return bool(ATTRIBUTION.search(text, mention.start, mention.end))


def actor_problem(text: str, mentions: list[Mention]) -> str | None:
    """Return why the name can not be a party, or None."""
    name = text[mentions[0].start : mentions[0].end]
    if _is_time(name) or _FEAST.search(name):
        return "the text names it as a time, not as someone who acts"
    if _NOBODY.match(name):
        return "the text names nobody"
    if _GOODS.match(name):
        return "the text names it as a thing, not as someone who acts"
    if _COUNTED_THINGS.match(name):
        return "the text counts it, it does not name who acts"
    if all(_declined(text, m) for m in mentions):
        return "the text says that it did not sign or is not bound"
    if is_a_thing(name) or any(m.end() == len(name) for m in CEASEFIRE.finditer(name)):
        return "the text names it as a thing, not as someone who acts"
    if all(is_placed(text, m) for m in mentions):
        return "the text names it as a place, not as someone who acts"
    return None


def place_problem(text: str, mentions: list[Mention]) -> str | None:
    """Return why the name can not be a place, or None."""
    name = text[mentions[0].start : mentions[0].end]
    if _is_time(name):
        return "the text names it as a time, not as a place"
    if all(is_reporting(text, m) and not is_placed(text, m) for m in mentions):
        return "the text names it as the one who reports, not as a place"
    return None


def _is_time(name: str) -> bool:
    return any(d.end - d.start >= len(name.strip()) - 1 for d in find_date_phrases(name))
