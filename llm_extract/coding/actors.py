"""What kind of actor a reported name is, by the words in it; who it is stays open."""

from __future__ import annotations

import re

from llm_extract.coding.cues import words
from llm_extract.record import Inter

CIVILIANS = words(
    r"civilians?", r"residents?", r"villagers?", r"women", r"woman", r"children", r"child", r"families",
    r"family", r"worshipp?ers?", r"pilgrims?", r"students?", r"pupils?", r"teachers?", r"farmers?",
    r"herders?", r"journalists?", r"reporters?", r"aid workers?", r"humanitarian workers?", r"medics?",
    r"doctors?", r"nurses?", r"shoppers?", r"passengers?", r"bystanders?", r"locals", r"inhabitants",
    r"migrants?", r"refugees?", r"displaced people", r"girls?", r"boys?", r"babies", r"baby", r"infants?",
    r"men and women", r"traders?", r"fishermen", r"miners?", r"mourners?", r"commuters?", r"patients?",
    r"townspeople", r"households?", r"homes", r"school(?:girls|boys|children)", r"priests?", r"imams?",
    r"civil(?:e|es|s)?", r"habitants?", r"villageois(?:e|es)?", r"femmes?", r"enfants?", r"familles?",
    r"[ée]l[èe]ves", r"journalistes?", r"fid[èe]les", r"riverains?", r"civiles", r"habitantes?", r"vecinos?",
    r"mujer(?:es)?", r"niñ[oa]s?", r"familias?", r"campesin[oa]s?", r"periodistas?", r"pobladores",
    r"مدنيا?", r"مدنيين", r"مدنيون", r"مدني", r"سكان", r"أطفال", r"طفلا?", r"نساء", r"امرأة", r"عائلة", r"عائلات",
    r"أسرة", r"أسر", r"مواطنا?", r"مواطنين", r"гражданск\w*", r"мирн\w* (?:жител\w*|люд\w*)", r"жител\w*",
    r"женщин\w*", r"дет(?:и|ей|ям)", r"реб[её]н\w*", r"сем(?:ей|ьи|ья)", r"цивільн\w*", r"мирн\w* жител\w*",
    r"мешкан\w*", r"жін(?:ка|ки|ок)", r"діт(?:и|ей)", r"дитин\w*", r"родин\w*", r"сімей",
)  # fmt: skip
STATE = words(
    r"regime", r"pro-regime", r"pro-government", r"government", r"loyalists?", r"army", r"armies", r"troops?",
    r"soldiers?", r"police", r"policem[ae]n", r"officers?", r"security forces?", r"military", r"navy",
    r"air force", r"gendarmes?", r"paramilitary police", r"national guard", r"border guards?", r"commandos?",
    r"security personnel", r"servicem[ae]n", r"armed forces", r"defen[cs]e forces?", r"marines?", r"state",
    r"ministry", r"authorities", r"power", r"junta", r"republican guard", r"presidential guard", r"conscripts?",
    r"arm[ée]e", r"soldats?", r"militaires?", r"policiers?", r"forces de (?:l['’]ordre|s[ée]curit[ée])",
    r"gouvernement\w*", r"r[ée]gime", r"ej[ée]rcito", r"soldados?", r"militares?", r"polic[íi]as?",
    r"gobierno", r"fuerzas (?:armadas|de seguridad)", r"uniformados", r"جيش", r"جنود", r"جنديا?", r"شرطة",
    r"شرطيا?", r"قوات (?:ال)?(?:أمن|حكومية|نظام|حكومة)", r"نظام", r"حكومة", r"عسكريا?", r"عسكريين", r"ضابطا?",
    r"арми\w*", r"солдат\w*", r"военн\w*", r"военнослужащ\w*", r"полиц\w*", r"правительств\w*", r"режим\w*",
    r"силовик\w*", r"військов\w*", r"військ\w*", r"поліц\w*", r"уряд\w*", r"солдат\w*", r"прикордонник\w*",
)  # fmt: skip
REBELS = words(
    r"rebels?", r"jihadis(?:t|ts|m)", r"insurgents?", r"militants?", r"guerrillas?", r"extremists?", r"islamists?",
    r"separatists?", r"terrorists?", r"opposition fighters?", r"mujahid\w*", r"taliban", r"al[- ]qaeda",
    r"islamic state", r"daesh", r"isis", r"isil", r"boko haram", r"al[- ]shabaab", r"hezbollah", r"hamas",
    r"houthis?", r"gunm[ae]n", r"militia(?:s|men|man)?", r"armed (?:group|men)s?", r"attackers?", r"assailants?",
    r"front", r"liberation army", r"rebelles?", r"djihadistes?", r"insurg[ée]s", r"miliciens?", r"assaillants?",
    r"hommes arm[ée]s", r"rebeldes?", r"guerriller[oa]s?", r"insurgentes?", r"yihadistas?", r"hombres armados",
    r"milicianos?", r"disidentes", r"متمردا?", r"متمردين", r"متمردون", r"مسلحا?", r"مسلحين", r"مسلحون", r"جهاديا?",
    r"جهاديين", r"ميليشيا\w*", r"مليشيا\w*", r"فصائل", r"حوثي\w*", r"повстанц\w*", r"боевик\w*", r"сепаратист\w*",
    r"джихадист\w*", r"повстан\w*", r"бойовик\w*", r"сепаратист\w*", r"террорист\w*", r"терорист\w*",
)  # fmt: skip
_POLITICAL_MILITIA = words(
    r"gunm[ae]n", r"militia(?:s|men|man)?", r"armed men", r"assailants?", r"unidentified \w+", r"unknown \w+",
    r"hommes arm[ée]s", r"miliciens?", r"hombres armados", r"milicianos?", r"ميليشيا\w*", r"مليشيا\w*",
)  # fmt: skip
_PROTESTERS = words(
    r"protest[eo]rs?", r"demonstrators?", r"manifestants?", r"manifestantes", r"متظاهر\w*", r"протест\w*",
    r"демонстрант\w*", r"мітингувальник\w*", r"strikers",
)  # fmt: skip
_RIOTERS = words(
    r"rioters?", r"mobs?", r"looters?", r"[ée]meutiers?", r"крайн\w* толп\w*", r"turba"
)
_POSSESSED = re.compile(
    r"['’]s (?:positions?|forces|troops|camp|camps|bases?|posts?|checkpoints?|convoys?|soldiers|army)$"
)
_THINGS = re.compile(
    r"^(?:.*\b)?(?:positions?|posts?|checkpoints?|bases?|territor(?:y|ies)|zones?|towns?|villages?|"
    r"localities|raids?|(?:air)?strikes?|airstrikes?|shelling|bombings?|bombardments?|attacks?|clashes|explosions?|bombs?|rockets?|"
    r"missiles?|mortars?|airports?|barracks|headquarters|hospitals?|schools?|markets?|mosques?|churches)$",
    re.IGNORECASE,
)


def inter_of(name: str) -> Inter | None:
    """Return the ACLED actor label that the words of a reported name tell, or None."""
    label: Inter | None = None
    if _RIOTERS.search(name):
        label = "Rioters"
    elif _PROTESTERS.search(name):
        label = "Protesters"
    elif CIVILIANS.search(name) and not (STATE.search(name) or REBELS.search(name)):
        label = "Civilians"
    elif _POLITICAL_MILITIA.search(name):
        label = "Political militia"
    elif REBELS.search(name):
        label = "Rebel group"
    elif STATE.search(name):
        label = "State forces"
    return label


def owner(name: str) -> str:
    """Return who is meant by "the regime's positions": the part of the name that can act."""
    return _POSSESSED.sub("", name.strip())


def is_a_thing(name: str) -> bool:
    """Tell whether the name is a place or an object that was attacked, not an actor."""
    return bool(_THINGS.match(name.strip()))
