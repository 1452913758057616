"""Does a sentence stand by what it tells, or does it deny it or hold it merely possible?"""

from __future__ import annotations

import re

from llm_extract.coding.cues import words

CLAUSE_END = re.compile(r"[;:!?؛؟]|(?<!\b[A-Za-z])(?<!\bNo)(?<!\bNO)\.(?=\s|$)|\s[–—-]{1,3}\s|\n\n")
"""Where a clause ends; the dots of "U.S." and "No. 5" end none."""
_REACH = 60
"""Characters before the governing word in which a "not" or "could" still touches it."""

_NOT_A_DENIAL = re.compile(
    r"\b(?:no|not) (?:fewer|less) than\b|\bnot only\b|\bno longer\b|\bnon seulement\b"
    r"|\bno menos de\b|\bno s[óo]lo\b|\bpas moins de\b|\bне менее\b|\bне менше\b|لا يقل"
    r"|\b\w+ (?:without|sans|sin) (?:borders|frontiers|fronti[èe]res|fronteras)\b"
    r"|بلا حدود|без границ|без кордонів",
    re.IGNORECASE,
)
_MONTH_OF_MAY = re.compile(
    r"\b(?:in|since|of|on|by|until|till|through|during|after|before|from|to|early|late|mid|last"
    r"|this|next|and|[Ii]n|[Oo]n|[Ss]ince|[Ee]arly|[Ll]ate|\d{1,2}(?:st|nd|rd|th)?)[ -]May\b"
    r"|\bMay(?=,? \d)"
)
"""No "may" that leaves it open: the month."""
_ASIDE = re.compile(r",\s*(?:which|who|whose|qui|que|quien|который|которая)\b[^,]*,", re.IGNORECASE)
_NOT = words(
    r"not", r"no", r"never", r"nobody", r"none", r"without", r"nor", r"neither", r"no one",
    r"cannot", r"\w+n['’]t", r"pas", r"jamais", r"aucun(?:e)?", r"personne", r"ne", r"n['’]\w+",
    r"sans", r"ni", r"nunca", r"ning[úu]n(?:a|o)?", r"nadie", r"jam[áa]s", r"tampoco", r"sin",
    r"لم", r"لن", r"ليس", r"ليست", r"لا", r"ما", r"دون", r"بدون", r"не", r"ни", r"нет", r"без",
    r"ні", r"немає", r"жодн\w*", r"никто", r"ніхто",
)  # fmt: skip
_DENIED = words(
    r"den(?:y|ies|ied|ying|ials?)", r"reject(?:s|ed|ing)? (?:claims?|reports?|allegations?)",
    r"refut\w+", r"dismiss(?:es|ed|ing)?", r"false(?:ly)?", r"untrue", r"fabricat\w+",
    r"unfounded", r"rumou?rs?", r"hoax", r"ruled? out", r"no evidence", r"no truth", r"baseless",
    r"disprov\w+", r"fake", r"debunk\w+", r"d[ée]ment\w*", r"ni[ée](?:e|s|r)?", r"faux", r"fausse",
    r"infond[ée]\w*", r"r[ée]fut\w+", r"neg[óo]", r"niega(?:n)?", r"negaron", r"negar",
    r"desmint\w+", r"desminti\w+", r"fals[oa]s?", r"desment\w+", r"نفى", r"نفت", r"نفي", r"ينفي",
    r"تنفي", r"نفوا", r"كذب", r"مزاعم كاذبة", r"опроверг\w*", r"отрица\w*", r"ложн\w*",
    r"спрост\w*", r"запереч\w*", r"хибн\w*", r"неправд\w*", r"withdr[ae]w(?:ing|n)?",
    r"retract\w*", r"not (?:say|confirm|report|claim|announce|state|mention|true)\w*",
)  # fmt: skip
_DENIED_THAT = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|not true|untrue|false|fabricated"
    r"|no (?:evidence|proof|truth|sign|indication)(?: has emerged)?"
    r"|(?:nobody|no one|few) (?:believes?|thinks?))"
    r"(?: (?:of )?(?:the |any |a )?(?:reports?|claims?|rumou?rs?|allegations?))? that\b"
    r"|\b(?:d[ée]ment\w*|faux|ni[ée]) que\b|\b(?:neg[óo]|niega|falso|desminti[óo]) que\b"
    r"|\b(?:отрица\w*|опроверг\w*|неправда|спрост\w*|запереч\w*), (?:что|що)\b"
    r"|(?:نفى|نفت|ينفي) (?:أن|ان)",
    re.IGNORECASE,
)
"""A denial of a whole clause: it reaches over every "and" in it."""
_WOULD_IF = re.compile(
    r"\b(?:would|could|might|pourrait|serait|podr[íi]a|ser[íi]a|было бы|було б)\b[^,;.]*"
    r"\b(?:if|unless|si|если|якщо)\b",
    re.IGNORECASE,
)
"""A condition after its main clause ("it would be worse if"): it reaches over the rest too."""
_DENIED_AFTER = re.compile(
    r"\b(?:is|are|was|were|proved(?: to be)?|est|sont|es|son) (?:\w+ )?"
    r"(?:false|untrue|not true|unfounded|fabricated|baseless|faux|fausses?|fals[oa]s?|wrong"
    r"|incorrect)\b|\bnever happened\b|\bdid not (?:happen|take place|occur)\b"
    r"|\bturned out to be (?:false|untrue)\b",
    re.IGNORECASE,
)
_UNREAL = words(
    r"could", r"might", r"(?<!\d )may(?! \d)", r"would", r"will", r"shall", r"should", r"if",
    r"unless", r"plan(?:s|ned|ning)? to", r"aim(?:s|ed|ing)? to", r"intend(?:s|ed|ing)? to",
    r"threat(?:en|ens|ened|ening|s)? to", r"vow(?:s|ed)? to", r"want(?:s|ed)? to", r"sought to",
    r"seek(?:s|ing)? to", r"attempt(?:s|ed|ing)? to", r"tr(?:y|ies|ied|ying) to",
    r"(?:is|are|was|were) to", r"expected to", r"in order to", r"designed to", r"fear(?:s|ed)?",
    r"ready to", r"order(?:s|ed)? to", r"call(?:s|ed)? to", r"hop(?:e|es|ed|ing) to",
    r"plot(?:s|ted|ting)? to", r"fail(?:s|ed|ing)? to", r"risk(?:s|ed)?", r"as though", r"as if",
    r"hop(?:e|es|ed|ing)", r"expects?", r"predict\w*", r"forecast\w*", r"simulat\w+",
    r"pourrai(?:t|ent)", r"si", r"vis(?:e|ait|aient) [àa]", r"menac\w+ de", r"risqu\w+ de",
    r"veut", r"voulai\w+", r"tuera(?:it|ient)?", r"podr[íi]a(?:n)?", r"matar[íi]a(?:n)?",
    r"pretend[íi]a(?:n)?", r"planea\w*", r"amenaz\w+ con", r"quer[íi]a(?:n)?", r"intent\w+",
    r"busca(?:ba|n)?", r"قد", r"ربما", r"لو", r"إذا", r"سوف", r"يخطط\w*", r"تخطط\w*", r"هدد\w*",
    r"мог(?:ут|ла|ли)?", r"бы", r"если", r"планир\w*", r"угрож\w*", r"може", r"могли", r"можуть",
    r"якщо", r"планува\w*", r"погрожу\w*",
)  # fmt: skip
_AGREED_TERMS = words(
    r"provid(?:e|es|ed|ing) for", r"stipulat\w+", r"envisag\w+", r"prévoi\w+", r"prevé",
    r"предусматрива\w+", r"передбача\w+",
)  # fmt: skip
"""What an agreement lays down has not happened yet."""
_NEARLY = re.compile(
    r"\b(?:nearly|almost|narrowly|failed to|fail to|fails to|presque|failli|casi|едва не|чуть не"
    r"|ледь не)\s+$",
    re.IGNORECASE,
)
_SUPERSEDED = re.compile(
    r"\b(?:(?:down|up) from|(?:lower|higher|fewer|less|more) than the|instead of|rather than"
    r"|compared (?:with|to)|revised from|(?:population|capacity) of|contre|frente a)\s+"
    r"(?:(?:an?|the|about|some|around|earlier|previous)\s+)*$",
    re.IGNORECASE,
)
"""Ends before a number that the text itself no longer holds."""
_SPARED = re.compile(
    r"\b(?:escap\w+|avoid\w*|surviv\w+|evad\w+|spared|cheated)\s+(?:an?\s+|certain\s+)?$"
    r"|\b(?:sentenc|condemn)\w+\b[^.;,]{0,60}?\bto\s+$",
    re.IGNORECASE,
)
_AND_THEN = re.compile(
    r"\b(?:and|but|then|et|mais|puis|y|pero|и|а|но|та|але)\s+"
    r"(?:(?:also|then|has|have|had|later|aussi|ont|a|han|ha)\s+)*$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"[,(–—]\s*(?:in\s+)?(?:which|who|qui|que|quienes?|которы\w+|які|який)\s+"
    r"(?:(?:has|have|had|ont|a|han|ha)\s+)*$",
    re.IGNORECASE,
)
_BASE_FORM = re.compile(
    r"(?:kill|wound|injure|displace|abduct|evacuate|agree|sign)\b", re.IGNORECASE
)
"""After "did not fire and" the bare verb is denied too."""


def one_line(sentence: str) -> str:
    """Return the sentence with its line breaks as blanks: the offsets stay, paragraphs too."""
    return re.sub(r"(?<![\n])\r?\n(?!\r?\n)", lambda m: " " * len(m.group()), sentence)


def doubt_at(sentence: str, start: int) -> str | None:
    """Return why the sentence does not stand by the word at ``start``, or None if it does.

    It is ``denied`` or ``hypothetical``.
    """
    return _doubt(one_line(sentence), start, start)


def doubt_of_number(sentence: str, number: int, verb: int | None) -> str | None:
    """Return why the sentence does not stand by a number; both offsets are where they start."""
    if _SUPERSEDED.search(sentence, 0, number):
        return "denied"
    if verb is None:
        return _doubt(sentence, number, number)
    if verb and _SPARED.search(sentence, 0, verb):
        return "denied"
    return _doubt(sentence, min(verb, number), max(verb, number))


def _doubt(sentence: str, governing: int, late: int) -> str | None:
    """Judge the words before the governing verb (or number), up to the number or verb itself."""
    clause = max((m.end() for m in CLAUSE_END.finditer(sentence, 0, governing)), default=0)
    if _DENIED_THAT.search(sentence, clause, governing):
        return "denied"
    if _NEARLY.search(sentence, clause, governing):
        return "denied"
    if _WOULD_IF.search(sentence, clause, governing):
        return "hypothetical"
    clause = _own_clause(sentence, clause, governing)
    lead = sentence[clause:late]
    for harmless in (_ASIDE, _NOT_A_DENIAL, _MONTH_OF_MAY):
        lead = harmless.sub(_blank, lead)
    if _AGREED_TERMS.search(lead):
        return "hypothetical"
    if _DENIED.search(lead) or _DENIED_AFTER.search(sentence, late):
        return "denied"
    near = re.split(r",(?!\d)|،", lead[max(0, governing - clause - _REACH) :])[-1]
    if _NOT.search(near):
        return "denied"
    return "hypothetical" if _UNREAL.search(near) else None


def _own_clause(sentence: str, clause: int, governing: int) -> int:
    """Return where the words begin that touch the verb: after "and then", after "who has"."""
    for turn in (_WHICH, _AND_THEN):
        begins = turn.search(sentence, clause, governing)
        if begins and not _BASE_FORM.match(sentence, governing):
            clause = begins.end()
    return clause


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
