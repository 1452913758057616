"""Words that tell what a sentence is about, in English, French, Spanish, Arabic, Russian, Ukrainian.

Word lists, not a parser: they decide which sentences are worth a question, what a number counts,
and whether a sentence denies or plans what it names. A language without a list is never refused
for lack of a word (see ``covered``).
"""

from __future__ import annotations

import re
from functools import lru_cache

COVERED_LANGUAGES = frozenset({"en", "fr", "es", "ar", "ru", "uk"})


def covered(language: str) -> bool:
    """Tell whether the lists below hold the words of this language."""
    return language[:2] in COVERED_LANGUAGES


def words(*alternatives: str) -> re.Pattern[str]:
    """Compile alternatives to one pattern that matches whole words, Arabic prefixes allowed."""
    latin = [a for a in alternatives if not re.search(r"[\u0600-\u06ff]", a)]
    arabic = [a for a in alternatives if re.search(r"[\u0600-\u06ff]", a)]
    parts = [rf"(?<!\w)(?:{'|'.join(latin)})(?!\w)"] if latin else []
    if arabic:
        parts.append(rf"(?<!\w)[وفبلك]{{0,2}}(?:ال)?(?:{'|'.join(arabic)})(?!\w)")
    return re.compile("|".join(parts), re.IGNORECASE)


KILLED = words(
    r"eliminated", r"fatally",
    r"kill(?:s|ed|ing|ings)?", r"dead", r"die[sd]?", r"dying", r"deaths?(?! (?:sentences?|penalt\w+|threats?|squads?|row|certificates?|camps?|traps?))", r"lives",
    r"slain", r"slaughter(?:s|ed|ing)?", r"massacr(?:e|es|ed|ing)", r"murder(?:s|ed|ing)?",
    r"execut(?:e|es|ed|ing|ions?)", r"assassinat(?:e|es|ed|ing|ions?)", r"behead(?:s|ed|ing)?",
    r"fatalit(?:y|ies)", r"bodies", r"corpses?", r"martyr(?:s|ed)?", r"perish(?:ed)?", r"toll",
    r"lynch(?:ed|ing)?", r"shot dead", r"gunned down", r"victims?", r"drowned",
    r"mort(?:s|e|es)?", r"tu[ée](?:e|s|es)?", r"tuent", r"tuant", r"tuait", r"tuer", r"d[ée]c[èe]s",
    r"d[ée]c[ée]d[ée](?:e|s|es)?", r"abattu(?:e|s|es)?", r"assassin[ée](?:e|s|es)?", r"cadavres?",
    r"p[ée]ri(?:s)?", r"co[ûu]t[ée] la vie", r"victimes?", r"tu[èe]rent",
    r"muert[oa]s?", r"mat[óo]", r"mataron", r"matan", r"matando", r"matar", r"murieron",
    r"muri[óo]", r"mueren", r"fallecid[oa]s?", r"fallecieron", r"asesinad[oa]s?", r"abatid[oa]s?",
    r"asesin[óo]", r"asesinaron", r"v[íi]ctimas?", r"perdieron la vida", r"cad[áa]veres",
    r"قتل", r"قتلت", r"قتلوا", r"قتلى", r"قتيلا?", r"مقتل", r"يقتل", r"قُتل", r"قُتلوا", r"قُتلت",
    r"شهداء", r"شهيدا?", r"استشهد", r"استشهاد", r"ضحايا", r"ضحية", r"مصرع", r"أودت", r"أودى", r"جثث",
    r"جثة", r"وفاة", r"توفي", r"لقوا حتفهم", r"حصيلة",
    r"погиб\w*", r"убит\w*", r"убил[аио]?", r"уби(?:ть|ло)", r"смерт\w*", r"жертв\w*", r"тел[ао]?",
    r"скончал\w*", r"унес(?:ли|ла|ло)?", r"расстрел\w*", r"казн\w*", r"мертв\w*", r"гибел\w*",
    r"загин\w*", r"вбит\w*", r"вбил[аио]?", r"загибл\w*", r"помер\w*", r"життя", r"тіл[ао]?", r"жизн\w*",
    r"страчен\w*",
)  # fmt: skip
INJURED = words(
    r"wound(?:s|ed|ing)?", r"injur(?:e|es|ed|ing|ies|y)", r"hurt", r"maimed", r"burned",
    r"bless[ée](?:e|s|es)?", r"blessant", r"bless[èe]rent", r"blessures?",
    r"herid[oa]s?", r"hiri[óo]", r"hirieron", r"hiriendo", r"lesionad[oa]s?",
    r"جرح", r"جرحى", r"جريحا?", r"أصيب", r"أصيبوا", r"إصابة", r"إصابات", r"مصابا?", r"مصابين", r"أصاب",
    r"أصابت", r"ранен\w*", r"ранил\w*", r"пострада\w*", r"травм\w*", r"поранен\w*", r"постражда\w*",
)  # fmt: skip
DISPLACED = words(
    r"from their homes?", r"евакую\w*", r"эвакуир\w*", r"(?:drove|driv(?:en|ing))(?= (?:[\w.,]+ ){1,4}(?:people|residents|families|civilians|villagers|households|persons))",
    r"displac(?:e|es|ed|ing|ements?)", r"fl(?:ee|ees|eeing|ed)", r"evacuat(?:e|es|ed|ing|ions?|ees)",
    r"uproot(?:ed|ing)?", r"homeless", r"refugees?", r"idps?", r"internally displaced", r"exodus",
    r"relocat(?:e|ed|ing|ion)", r"shelter(?:s|ed|ing)?", r"left their homes", r"driven out",
    r"driven from", r"forced from", r"forced out", r"leave their homes", r"returnees?",
    r"return(?:s|ed|ing)? home", r"returned to their", r"have returned", r"had returned",
    r"returned", r"came back", r"(?:new|recent) arrivals", r"left (?:\w+ ){0,3}on foot",
    r"(?:living|live|lives|housed|hosted|staying) in (?:\w+ )?camps?", r"went back", r"crossed (?:into|the border)", r"sought refuge",
    r"expelled", r"displaced persons", r"(?:refugee|relief|displacement) camps?", r"asylum seekers", r"moved to safer",
    r"d[ée]plac[ée](?:e|s|es)?", r"d[ée]placements?", r"fui(?:r|s|e|es|ent)?", r"fuyant", r"fuient",
    r"fuite", r"[ée]vacu[ée](?:e|s|es)?", r"[ée]vacuations?", r"r[ée]fugi[ée](?:e|s|es)?",
    r"sans[- ]abri", r"(?:ont|a|avaient|avait) quitt[ée]", r"quitt[ée] leurs? (?:foyers?|maisons?|domiciles?)", r"retourn[ée](?:e|s|es)?",
    r"rentr[ée](?:e|s|es)?", r"chass[ée](?:e|s|es)?", r"exode", r"d[ée]racin[ée](?:e|s|es)?",
    r"desplazad[oa]s?", r"desplazamientos?", r"hu(?:ir|y[óo]|yeron|yen|yendo|ido)", r"desplaz[óo]",
    r"evacuad[oa]s?", r"refugiad[oa]s?", r"abandon(?:aron|an|ado) (?:sus (?:hogares|casas)|la zona)", r"desplazaron",
    r"abandonar sus (?:hogares|casas)", r"sin hogar", r"regresaron", r"regresado", r"retornad[oa]s?",
    r"albergad[oa]s?", r"damnificad[oa]s?", r"éxodo", r"expulsad[oa]s?", r"evacuaron",
    r"نزح", r"نزحوا", r"نزحت", r"نزوح", r"نازحا?", r"نازحين", r"نازحون", r"نازحة", r"فر", r"فروا",
    r"فرار", r"هجر", r"تهجير", r"مهجرين", r"مهجرا?", r"لاجئا?", r"لاجئين", r"لاجئون", r"إجلاء",
    r"أجلي", r"أجلت", r"أُجلي", r"مشردا?", r"مشردين", r"تشريد", r"شردت", r"غادروا", r"عادوا", r"عودة",
    r"перемещ\w*", r"беж(?:ал|али|ать|ало|енц\w*)", r"сбежал\w*", r"покинул\w*", r"эвакуир\w*",
    r"эвакуац\w*", r"беженц\w*", r"бездомн\w*", r"вернул\w*", r"переселен\w*", r"выехал\w*",
    r"переміщен\w*", r"втік\w*", r"втекл\w*", r"утекл\w*", r"залиши\w*", r"евакуйова\w*", r"переселенц\w*",
    r"евакуац\w*", r"біженц\w*", r"безпритульн\w*", r"повернул\w*", r"виїхал\w*", r"тікал\w*",
)  # fmt: skip
ABDUCTED = words(
    r"(?:still |being )?held(?: hostage| captive)?(?! (?:on|talks?|elections?|in check))",
    r"abduct(?:s|ed|ing|ions?)?", r"kidnap(?:s|ped|ping|pings)?", r"hostages?", r"seized hostage",
    r"enlev[ée](?:e|s|es)?", r"kidnapp[ée](?:e|s|es)?", r"otages?", r"secuestrad[oa]s?",
    r"secuestr(?:ó|aron)", r"rehenes", r"خطف", r"خطفوا", r"اختطف", r"اختطاف", r"مختطفا?", r"رهائن",
    r"похищен\w*", r"похитил\w*", r"заложник\w*", r"викрад\w*", r"заручник\w*",
)  # fmt: skip
DETAINED = words(
    r"prisoners?",
    r"arrest(?:s|ed|ing)?", r"detain(?:s|ed|ing|ees)?", r"captur(?:e|es|ed|ing)", r"imprisoned",
    r"jailed", r"rescued", r"freed", r"surrendered", r"missing", r"arr[êe]t[ée](?:e|s|es)?",
    r"disparu(?:e|s|es)?", r"detenid[oa]s?", r"desaparecid[oa]s?", r"اعتقل", r"اعتقال", r"مفقودا?",
    r"задержан\w*", r"арестован\w*", r"затриман\w*", r"заарештован\w*", r"пропа\w+ без ве?[сі]\w*",
)  # fmt: skip
ROLES: dict[str, re.Pattern[str]] = {
    "killed": KILLED,
    "injured": INJURED,
    "displaced": DISPLACED,
    "abducted": ABDUCTED,
    "detained": DETAINED,
}

CEASEFIRE = words(
    r"cease-?fires?", r"truces?", r"armistice", r"cessation", r"(?:humanitarian|pause) pause",
    r"humanitarian pauses?", r"pause in (?:the )?(?:fighting|hostilities|bombing)", r"peace deal",
    r"peace (?:agreement|accord|pact)s?", r"deal(?= (?:reached|signed|brokered|struck|announced|agreed)\b)", r"demilitari[sz]ed", r"de-?escalation zones?", r"accords?",
    r"deal to (?:stop|halt|end|suspend|pull|withdraw|evacuate|swap|exchange|free)", r"pacts?",
    r"agree(?:s|d|ment|ments)?", r"suspend(?:s|ed)? (?:hostilities|military|its|attacks|operations)",
    r"halt(?:s|ed)? (?:hostilities|fighting|attacks|fire)", r"memorandum", r"lay down (?:their )?arms",
    r"suspension of (?:hostilities|fighting|attacks)", r"prisoner (?:swap|exchange)", r"disengagement",
    r"cessez-le-feu", r"tr[êe]ves?", r"armistice", r"cessation des hostilit[ée]s", r"accord(?:s)? de paix",
    r"pause humanitaire", r"d[ée]militaris[ée]e?s?", r"alto el fuego", r"alto al fuego", r"treguas?",
    r"cese (?:el|del|al|de)(?: el)? fuego", r"cese de hostilidades", r"acuerdos?", r"pausa humanitaria",
    r"armisticio", r"desmilitarizad[oa]s?", r"هدنة", r"وقف (?:ل)?إطلاق النار", r"وقف (?:ال)?أعمال",
    r"اتفاق", r"اتفاقية", r"تهدئة", r"هدن", r"منزوعة السلاح", r"перемири\w*", r"прекращени\w* огня",
    r"режим\w* тишины", r"соглашени\w*", r"договоренност\w*", r"перемир'?’?\w*", r"припинення вогню",
    r"режим\w* тиші", r"угод\w*", r"домовленост\w*",
)  # fmt: skip
VIOLENCE = words(
    r"attack(?:s|ed|ing|ers?)?", r"clash(?:es|ed|ing)?", r"fighting", r"fought", r"battl(?:e|es|ed)",
    r"bomb(?:s|ed|ing|ings|er|ers)?", r"bombard(?:s|ed|ing|ments?)?", r"shell(?:s|ed|ing)?", r"mines?",
    r"air ?(?:raids?|strikes?)", r"airstrikes?", r"strikes?", r"struck", r"rockets?", r"missiles?",
    r"drones?", r"mortars?", r"shoot(?:s|ing|ings)?", r"shot", r"gun(?:men|man|fire)", r"ambush(?:ed|es)?",
    r"raid(?:s|ed|ing)?", r"explo(?:sion|sions|ded|des|sives?)", r"blasts?", r"grenades?", r"suicide",
    r"seiz(?:e|es|ed|ing)", r"captur(?:e|es|ed|ing)", r"recaptur(?:e|es|ed|ing)", r"retook", r"retaken",
    r"took control", r"taken over", r"overran", r"storm(?:ed|ing)", r"stabb(?:ed|ing)", r"knife",
    r"massed", r"looted", r"torched", r"burn(?:ed|t|ing)", r"protest(?:s|ed|ers?)?", r"riots?", r"mobs?",
    r"demonstrat(?:ions?|ors?|ed)", r"rap(?:e|ed|es)", r"opened fire", r"fired", r"assault(?:s|ed|ing)?",
    r"infiltrate", r"detonat(?:ed|es|ing)", r"violence", r"armed", r"hostages?", r"tear gas", r"chemical",
    r"attaqu[ée]?\w*", r"affrontements?", r"combats?", r"bombard\w*", r"frappes?", r"explosions?",
    r"attentats?", r"tirs?", r"embuscades?", r"raids?", r"roquettes?", r"obus", r"assaut", r"manifest\w*",
    r"ataques?", r"atacaron", r"atac[óo]", r"enfrentamientos?", r"combates?", r"bombarde\w*", r"disparos?",
    r"explosi[óo]n(?:es)?", r"emboscadas?", r"tiroteos?", r"atentados?", r"protestas?", r"asalto",
    r"هجوم", r"هجمات", r"اشتباك", r"اشتباكات", r"معارك", r"قصف", r"غارة", r"غارات", r"انفجار", r"تفجير",
    r"هاجم", r"هاجموا", r"مسلحون", r"مسلحين", r"صاروخ", r"صواريخ", r"إطلاق نار", r"كمين", r"مظاهر\w*",
    r"атак\w*", r"бо[йяие]\w*", r"столкновени\w*", r"обстрел\w*", r"обстріл\w*", r"удар\w*", r"взрыв\w*",
    r"вибух\w*", r"ракет\w*", r"дрон\w*", r"зіткненн\w*", r"напад\w*", r"протест\w*", r"беспилотник\w*",
    r"безпілотник\w*", r"штурм\w*", r"захват\w*", r"захоп\w*",
)  # fmt: skip

SUBSET = re.compile(
    r"(?:\bincluding|\bincludes?|\bamong (?:them|whom|those|(?:the|its|their) (?:\w+ )?(?:dead|killed|victims?|slain|wounded|injured|displaced))(?: (?:were|are|is|was))?"
    r"|\bparmi (?:eux|elles|lesquels|les (?:morts|victimes|tués|blessés|décédés))(?:,? (?:figur\w+|se trouv\w+|on compte|il y a))?"
    r"|\bentre (?:los|las) (?:fallecid|muert|v[íi]ctim|herid|desplazad)[oa]s(?: (?:hay|est[áa]n|figuran|había))?"
    r"|بين (?:ال)?(?:قتلى|ضحايا|جرحى|مصابين)|(?:среди|серед) (?:погибших|убитых|жертв|раненых|загиблих|вбитих|поранених|постраждалих)"
    r"|\bof (?:whom|them|which)|\bdont|\bparmi (?:eux|elles|lesquels)|\bincluidos?|\bincluyendo"
    r"|\bentre ellos|\bentre ellas|\bde los cuales|\bde ellos|\by compris|\bnotamment"
    r"|بينهم|بينهن|منهم|من بينهم|в том числе|среди них|из них|серед них|зокрема|у тому числі|з них)"
    r"[\s,:]*(?:at least|au moins|al menos|up to|about|some|على الأقل)?\s*$",
    re.IGNORECASE,
)
"""Ends right before a number that is part of the number before it."""

AGGREGATE = words(
    r"since", r"so far", r"(?:over|in|during|within|for) the (?:past|last) (?:[\w-]+ )?(?:weeks?|months?|years?|decades?)",
    r"in (?:the |this |that |\w+ )?(?:months|years|decades?)", r"this (?:decade|century)", r"in recent (?:days|weeks|months|years)", r"for (?:weeks|months|years)",
    r"the (?:civil )?war (?:in \w+ )?(?:has |have )?(?:killed|claimed|left)", r"in all", r"in total",
    r"altogether", r"overall", r"this (?:month|year)", r"toll (?:to|at|since)", r"cumulative",
    r"bringing the (?:total|toll|number)", r"brings the (?:total|toll|number)", r"to date",
    r"depuis", r"au total", r"jusqu'ici", r"jusqu’ici", r"ces derni[èe]r(?:e)?s (?:mois|semaines|ann[ée]es)",
    r"desde(?! luego)", r"en la [úu]ltima d[ée]cada", r"en total", r"hasta (?:ahora|la fecha)", r"en los [úu]ltimos", r"منذ", r"حتى الآن",
    r"إجمالي", r"خلال ال(?:أشهر|أسابيع|سنوات)", r"с начала", r"с момента", r"до сих пор", r"всего с",
    r"з початку", r"від початку", r"загалом", r"досі",
)  # fmt: skip

_WHAT_STANDS_HERE = (
    r"(?:above\b|everything (?:above|before|else|you)|(?:(?:all|any|the|your|these|those|of|everything) ){0,4}"
    r"(?:(?:previous|prior|earlier|preceding|foregoing|above|other|system|initial|original|current)[ -]?(?:mentioned )?"
    r"(?:\w+ )?(?:instructions?|prompts?|text|rules?|messages?|sentences?|directions?|article|context|content|guidelines)"
    r"|(?:instructions?|prompts?|rules?|guidelines)\b(?! (?:of|from|to|by|on|for|issued|given|set)\b)|above\b)"
    r"|what (?:was|is|has been) (?:said|written) (?:above|before|earlier))"
)
_TOLD_AS_DEAD = (
    r"(?:\brecords?\b|\bjson\b|\bfield\b|\bincidents?\b|\bfatalit|"
    r"\d.{0,60}?\b(?:dead|deaths?|died|killed|kills|casualt\w+|displaced|fled|killing)\b)"
)
INSTRUCTION = re.compile(
    "|".join(
        (
            # to forget what it was told
            rf"\b(?:ignore|disregard|forget|override|bypass) {_WHAT_STANDS_HERE}",
            r"\b(?:ignor(?:ez|er|e)|oubli(?:ez|er|e)) (?:(?:de|tout|toutes?|tous|ce|les?|vos) ){0,4}"
            r"(?:(?:instructions?|consignes?|r[èe]gles)\b(?! (?:des?|du|d['’]))|qui pr[ée]c[èe]de|pr[ée]c[ée]dent\w*|ci-dessus)",
            r"\b(?:ignor(?:a|e|en|ar)|olvid(?:a|e|en|ar)) (?:(?:todas?|todos?|las?|los?|tus|sus|de) ){0,4}"
            r"(?:(?:instrucciones|reglas|indicaciones)(?: (?:anteriores|previas))?(?! de(?:l)?\b)|lo anterior|anterior(?:es)?\b)",
            r"(?:تجاهل|تجاهلوا|انس|انسَ) (?:كل |جميع ){0,3}(?:ما سبق|ما ورد أعلاه|التعليمات|الأوامر السابقة|القواعد)",
            r"\b(?:[іи]гнор(?:иру|у)й(?:те)?|забудь(?:те)?|знехтуй(?:те)?)\s+(?:(?:все|всі|все те|усі|цi|эти|ці|попередні|предыдущие) ){0,4}"
            r"(?:попередн\w+|предыдущ\w+|вище|вышесказанное|выше|[іи]нструкц\w+|правила|вказівк\w+|указани\w+)",
            # to be somebody else, or addressed as what it is
            r"\byou are (?:now|an? (?:ai|assistant|language model|helpful))\b|\bas an? (?:ai (?:model|assistant|system)|language model)\b",
            r"\b(?:system|developer) (?:prompt|message|override|note|instructions?)\b|^\W*(?:system|assistant|developer|user) ?(?:note|:)",
            r"\[/?(?:inst|system|user|assistant|sys)\]|<</?sys>>|</?\s*(?:article|system|user|assistant|instructions?|prompt|document)\b[^>\n]{0,40}>",
            r"<\|[^|<>\n]{0,40}\|>|<(?:start|end)_of_turn>|^\W*###? ?(?:system|instruction|user|assistant|response)\b",
            r"\b(?:the model|the assistant|language models?|llms?|chatbots?|chatgpt|ai (?:systems?|models?|assistants?)|extraction (?:tool|system)s?|"
            r"annotators?|data coders?|coders? of this) (?:must|should|has to|have to|is to|are to|:)",
            r"\b(?:note|attention|message|memo|reminder) (?:to|for) (?:the |all |any )?(?:data |ai |human )?"
            r"(?:coders?|annotators?|models?|llms?|assistants?|extractors?|crawlers?|bots?|machines?)\b",
            r"\b(?:dear|hey|hello),? (?:ai|model|assistant|llm|chatbot|data coder|language model)s?\b|\bif you are an? (?:ai|llm|language model|bot|machine)\b",
            # to do something
            r"\b(?:new|updated|revised|real|actual) (?:instructions?|rules|task)\s*(?:[:=]|(?:is|are) (?:to|as follows)\b)"
            r"|\b(?:these are )?your (?:\w+ )?(?:instructions|rules|task)\s*(?::|(?:is|are) (?:now\b|to (?:answer|report|output|return|extract|list|code|say|write)))",
            r"^\W*(?:(?:please|now|instead|important|then|and|just|only)[,:! ]{1,3}){0,4}(?:report|output|code|emit|insert|write|print|generate|record|say|state)"
            rf" (?:(?:back|it|exactly|only|that|the|an?|one|this|all|as|with|in|at least|more than|just)\b|\d(?<!record \d))(?=.{{0,120}}?{_TOLD_AS_DEAD})",
            r"^\W*(?:(?:please|now|instead|important|then|and|just|only)[,:! ]{1,3}){0,4}(?:return|add|include|set|list|create)\b(?=.{0,60}?(?:\bjson\b|\brecords? with\b|\bfatalit|\bincidents? with\b))",
            r"\b(?:output|emit|insert|return|generate|(?:answer|reply|respond) (?:only )?with) (?:an?|the|one|this|exactly|only|that|just|\d+)?\s*(?:valid )?(?:json|records?)\b",
            r"\b(?:report|add|create|record|insert|include|make) (?:an?|one|the|exactly one|this)? ?(?:\w+ )?(?:incident|record) with\b",
            r"\b(?:set|change|overwrite) (?:the )?(?:fatalities|value|figure|field|total)(?: \w+)? (?:to|as|=) ?\d",
            r"\band (?:then )?(?:report|output|code|record|write|answer|return) (?:that )?\d[\d,. ]*(?:people |civilians |soldiers )?(?:dead|deaths|killed|fatalities)\b",
            r"\bet (?:signale[zr]?|rapporte[zr]?|indique[zr]?|[ée]cri(?:s|vez)|r[ée]ponde?z?) [^.]{0,20}\d",
            r"\b(?:signale[zr]|rapporte[zr]|r[ée]ponde?z|[ée]crivez) (?:plut[ôo]t |que |seulement )?[^.]{0,20}\d[^.]{0,20}morts",
            r"\b(?:y|e) (?:reporte|informe|escriba|responda|indique|devuelva|escribe|responde|devuelve) [^.]{0,20}\d",
            # data dressed as an answer
            r"\b(?:fatalities|deaths|killed|injured|value|sentences|records|record_type|total)\b\\?[\"'”]?\s*[:=]\s*\\?[\"'“]?[\[{]?\s*\\?[\"']?[\d{\[]",
            r"\{\{[^{}]{0,200}\}\}|\{%[^{}]{0,200}%\}|<!--|-->|\bbase64\b|\bdecode (?:this|the following)\b",
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
"""Text that speaks to a machine, not to a reader; such a sentence reports nothing."""

ATTRIBUTION = words(
    r"according to", r"said", r"says?", r"told", r"reported(?:ly)?", r"reports?", r"announced", r"added",
    r"stated", r"confirmed", r"estimat(?:e|es|ed)", r"claimed", r"claims", r"documented", r"declared",
    r"sources?", r"quoted", r"citing", r"cited", r"figures? (?:from|by|of)", r"wrote", r"warned", r"noted",
    r"statement", r"spokes(?:man|woman|person)", r"put the", r"counted", r"recorded", r"tallied",
    r"selon", r"d['’]apr[èe]s", r"a (?:d[ée]clar[ée]|indiqu[ée]|annonc[ée]|affirm[ée]|pr[ée]cis[ée]|rapport[ée]|dit)",
    r"a-t-(?:il|elle|on) (?:d[ée]clar[ée]|indiqu[ée]|ajout[ée]|pr[ée]cis[ée]|affirm[ée])", r"rapporte",
    r"indique", r"annonce", r"source", r"ont (?:indiqu[ée]|d[ée]clar[ée]|annonc[ée]|rapport[ée])",
    r"seg[úu]n", r"dijo", r"dijeron", r"inform[óo]", r"informaron", r"anunci[óo]", r"report[óo]",
    r"declar[óo]", r"afirm[óo]", r"confirm[óo]", r"de acuerdo con", r"fuentes?", r"indic[óo]", r"señal[óo]",
    r"قال", r"قالت", r"أعلن", r"أعلنت", r"ذكر", r"ذكرت", r"أفاد", r"أفادت", r"وفقا", r"وفق", r"بحسب", r"حسب",
    r"أكد", r"أكدت", r"مصدر", r"مصادر", r"по данным", r"сообщил\w*", r"заявил\w*", r"по словам",
    r"согласно", r"передает", r"утвержда\w*", r"за даними", r"за словами", r"повідоми\w*", r"заяви\w*",
    r"згідно", r"повідомля\w*", r"стверджу\w*",
)  # fmt: skip


@lru_cache(maxsize=4096)
def has(pattern: re.Pattern[str], text: str) -> bool:
    """Tell whether a word of the list stands in the text."""
    return pattern.search(text) is not None
