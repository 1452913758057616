"""How a ceasefire agreement is completed and judged: rules after ETH/PRIO and PA-X."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from llm_extract.coding.agreed_days import agreed_day
from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import doubt_at
from llm_extract.coding.cues import CEASEFIRE, VIOLENCE, has, words
from llm_extract.record import ExclusionReason
from llm_extract.schemas.ceasefire_agreement import AgreementKind, CeasefireAgreement, Party
from llm_extract.verification.findings import Finding

_KINDS: tuple[tuple[AgreementKind, tuple[str, ...]], ...] = (
    ("demilitarised_zone", (r"demilitari[sz]ed", r"d[ée]militaris[ée]\w*", r"desmilitarizad\w*", r"منزوعة السلاح",
                            r"демилитариз\w*", r"демілітариз\w*")),
    ("deescalation_zone", (r"de-?escalation", r"d[ée]sescalade", r"خفض التصعيد", r"деэскалац\w*", r"деескалац\w*")),
    ("humanitarian_pause", (r"humanitarian (?:pause|truce)s?", r"pause humanitaire", r"pausa humanitaria", r"هدنة إنسانية")),
    ("cessation_of_hostilities", (r"cessation of (?:hostilities|fighting)", r"cessation des hostilit[ée]s",
                                  r"cese de hostilidades", r"وقف الأعمال العدائية")),
    ("extension", (r"exten(?:d|ds|ded|sion)", r"prolong\w*", r"pr[óo]rrog\w*", r"تمديد", r"продл\w*", r"продовж\w*")),
    ("truce", (r"truces?", r"tr[êe]ves?", r"treguas?", r"هدنة", r"перемири\w*", r"перемир\w*")),
    ("ceasefire", (r"cease-?fires?", r"cessez-le-feu", r"(?:alto|cese) (?:el|al|del) fuego", r"وقف إطلاق النار",
                   r"прекращени\w* огня", r"припинення вогню")),
    ("evacuation_deal", (r"evacuation deal", r"deal to evacuate",)),
    ("prisoner_exchange", (r"prisoner (?:swap|exchange)", r"[ée]change de prisonniers", r"intercambio de prisioneros",
                           r"تبادل (?:ال)?أسرى", r"обмен\w* пленн\w*", r"обмін\w* полонен\w*")),
    ("peace_agreement", (r"peace (?:agreement|accord|deal|pact)", r"accord de paix", r"acuerdo de paz", r"اتفاق سلام",
                         r"мирн\w* соглашени\w*", r"мирн\w* угод\w*")),
)  # fmt: skip
_KIND_PATTERNS = tuple((kind, words(*forms)) for kind, forms in _KINDS)
_ONLY_TALK = words(
    r"talks? (?:on|about|for|over|aimed)", r"negotiat\w+", r"call(?:s|ed|ing)? for", r"urg(?:e|es|ed|ing)", r"propos\w+",
    r"offer(?:s|ed|ing)?", r"hop(?:e|es|ed|ing) for", r"demand(?:s|ed|ing)?", r"discuss\w*", r"on the agenda",
    r"push(?:es|ed|ing)? for", r"appel\w* [àa]", r"n[ée]goci\w+", r"pourparlers", r"llam\w+ a", r"negocia\w+",
    r"pidi[óo]", r"propuso", r"دعا", r"دعت", r"دعوة", r"مفاوضات", r"محادثات", r"призва\w*", r"переговор\w*", r"закли\w+",
)  # fmt: skip
_MADE = words(
    r"agreed", r"signed", r"declared", r"announced", r"unveiled", r"took effect", r"takes effect", r"came into (?:force|effect)",
    r"entered into force", r"concluded", r"brokered", r"reached", r"accepted", r"began", r"extended", r"violat\w+", r"broke",
    r"broken", r"breach\w*", r"despite", r"under (?:an?|the) (?:agreement|deal|truce|cease-?fire)", r"holds?", r"holding",
    r"collaps\w+", r"expired", r"ended", r"in force", r"came into", r"sign[ée]\w*", r"annonc[ée]\w*", r"d[ée]clar[ée]\w*",
    r"conclu\w*", r"en vigueur", r"malgr[ée]", r"entr[ée]\w* en vigueur", r"firm\w+", r"acord\w+", r"anunci\w+",
    r"declar\w+", r"entr[óo] en vigor", r"pese a", r"a pesar de", r"وقع\w*", r"أعلن\w*", r"اتفق\w*", r"دخل\w*", r"رغم",
    r"توصل\w*", r"подпис\w*", r"объяв\w*", r"договорил\w*", r"вступил\w*", r"несмотря", r"підпис\w*", r"оголо\w*",
    r"домовил\w*", r"набу\w+ чинності", r"попри",
)  # fmt: skip
_DESPITE = words(r"despite", r"in violation", r"violat\w+", r"breach\w*", r"malgr[ée]", r"pese a", r"a pesar de", r"رغم",
                 r"несмотря", r"попри")  # fmt: skip
_BROKERED = words(r"broker\w*", r"mediat\w*", r"facilitat\w*", r"hosted", r"auspices", r"sous l['’]égide", r"médiat\w*",
                  r"mediaci[óo]n", r"mediad\w*", r"وساطة", r"برعاية", r"посредни\w*", r"посередниц\w*")  # fmt: skip
_ENDED = words(r"collaps\w+", r"ended", r"is over", r"no longer", r"broke down", r"expired", r"effondr\w+", r"fin",
               r"colaps\w+", r"termin\w+", r"انهار\w*", r"انتهت", r"сорвал\w*", r"закончил\w*", r"завершил\w*")  # fmt: skip
_AID = words(r"humanitarian", r"\baid\b", r"evacuat\w+", r"medical", r"relief", r"humanitaire", r"humanitari[oa]",
             r"إنسانية", r"гуманитарн\w*", r"гуманітарн\w*")  # fmt: skip
_DOCUMENT = words(r"accords?", r"agreements?", r"protocol\w*", r"declaration", r"understanding", r"treat(?:y|ies)",
                  r"plan", r"process", r"roadmap", r"initiative", r"protocole", r"déclaration", r"traité", r"tratado",
                  r"declaración", r"acta", r"протокол\w*", r"договор\w*", r"договір", r"декларац\w*")  # fmt: skip
_DEADLINE = re.compile(r"\b(?:within|d['’]ici|dentro de)\b", re.IGNORECASE)
_SIGNS = ("signatory", "declaring_party")
_SIDES: dict[int, Literal["unclear", "unilateral", "bilateral"]] = {
    0: "unclear",
    1: "unilateral",
    2: "bilateral",
}


def complete(agreement: CeasefireAgreement, cited: Cited) -> None:
    """Compute, in place, kind, number of sides and status from the words of the cited sentences."""
    told = " ".join(s.quote for s in cited.sentences)
    unique: dict[str, Party] = {}
    for party in agreement.parties:
        unique.setdefault(party.name_reported.casefold(), party)
    agreement.parties = list(unique.values())
    _days_ahead(agreement, cited)
    named = agreement.agreement_name_reported or told
    kind = _kind(named) or _kind(told)
    if kind is not None:
        agreement.agreement_kind = kind
    signs = [p for p in agreement.parties if p.role in _SIGNS]
    if not signs and not has(_BROKERED, told):
        for party in agreement.parties:
            party.role = "signatory"
            signs.append(party)
    agreement.declaration_type = _SIDES.get(len(signs), "multilateral")
    if has(_DESPITE, told) and agreement.status in ("agreed", "in_force", "unclear", "violated"):
        agreement.status = "violated"
        agreement.status_basis = "told as broken or disregarded"
        if "status_inferred" not in agreement.flags:
            agreement.flags.append("status_inferred")
    agreement.status_as_of = cited.text.article.published
    if not agreement.purposes:
        agreement.purposes = ["humanitarian" if has(_AID, told) else "unclear"]


def _days_ahead(agreement: CeasefireAgreement, cited: Cited) -> None:
    """Resolve the days the agreement sets: what "will take effect" lies ahead."""
    made = agreement.dates.declared.start if agreement.dates.declared else None
    for date in (agreement.dates.effective, agreement.dates.planned_end):
        resolved = agreed_day(date.text, cited, made) if date and date.text else None
        if date and resolved:
            date.start, date.end, date.precision = resolved.start, resolved.end, resolved.precision
            date.basis = resolved.basis


def _kind(told: str) -> AgreementKind | None:
    return next((kind for kind, pattern in _KIND_PATTERNS if pattern.search(told)), None)


def rules(agreement: CeasefireAgreement, cited: Cited) -> Iterator[Finding]:
    """Apply the rules of the codebook to one agreement."""
    yield from _an_agreement(agreement, cited)
    dates = agreement.dates
    for earlier, later in (("declared", "effective"), ("effective", "ended")):
        first, second = getattr(dates, earlier), getattr(dates, later)
        if first and second and first.start and second.start and second.start < first.start:
            yield Finding("F1", "reject", f"dates.{later}", f"before it was {earlier}")
    if dates.planned_end and dates.planned_end.start and agreement.fixed_term == "no":
        yield Finding("F2", "reject", "dates.planned_end", "an end, but no fixed term")
    signs = sum(p.role in _SIGNS for p in agreement.parties)
    wanted = {"unilateral": (1, 1), "bilateral": (2, 2), "multilateral": (3, 99)}
    low, high = wanted.get(agreement.declaration_type, (0, 99))
    if agreement.parties and not low <= signs <= high:
        yield Finding(
            "F3", "reject", "declaration_type", f"{agreement.declaration_type}, but {signs} sign"
        )
    yield from _words_that_fit(agreement, cited)
    yield from _claims_with_a_reason(agreement, cited)


def _an_agreement(agreement: CeasefireAgreement, cited: Cited) -> Iterator[Finding]:
    """Refuse talks, calls and denials: none of them is an agreement (F8, R-I9)."""
    made, talk, doubts = False, False, []
    for sentence in cited.sentences:
        quote = sentence.quote
        named = CEASEFIRE.search(quote)
        if not named:
            continue
        doubt = doubt_at(quote, named.start())
        if doubt:
            doubts.append(doubt)
        elif has(_ONLY_TALK, quote) and not _is_made(quote):
            talk = True
        else:
            made = True
    if made or not cited.sentences:
        return
    if doubts:
        reason: ExclusionReason = "denied" if "denied" in doubts else "hypothetical"
        yield Finding(
            "R-I9", "reject", "", f"the cited sentences tell it as {reason}",
            belongs_to="excluded_mentions", reason=reason,
        )  # fmt: skip
    elif talk and agreement.status not in ("proposed", "under_negotiation"):
        yield Finding(
            "F8", "reject", "status", "talks or calls are no agreement",
            belongs_to="excluded_mentions", reason="planned_or_future",
        )  # fmt: skip
    elif not talk:
        yield Finding(
            "R-I9", "reject", "", "the cited sentences name no agreement",
            belongs_to="excluded_mentions", reason="other_topic",
        )  # fmt: skip


def _is_made(quote: str) -> bool:
    """Tell whether a word of agreeing stands there that is no mere aim ("hope it is signed")."""
    return any(doubt_at(quote, m.start()) is None for m in _MADE.finditer(quote))


def _words_that_fit(agreement: CeasefireAgreement, cited: Cited) -> Iterator[Finding]:
    """Refuse a name that is one of violence alone, and a term that is only a deadline."""
    name = agreement.agreement_name_reported or ""
    if has(VIOLENCE, name) and not (has(CEASEFIRE, name) or has(_DOCUMENT, name)):
        yield Finding("R-I9", "reject", "agreement_name_reported", "it names no agreement")
    phrase = agreement.duration_text
    mentions = cited.find_all(phrase) if phrase else []
    body = cited.text.article.text
    if mentions and all(_DEADLINE.search(body, max(0, m.start - 12), m.end) for m in mentions):
        yield Finding("F2", "reject", "duration_text", "a deadline tells not how long it holds")


def _claims_with_a_reason(agreement: CeasefireAgreement, cited: Cited) -> Iterator[Finding]:
    told = " ".join(s.quote for s in cited.sentences)
    provided = {p.provision for p in agreement.provisions}
    needs = {"definitive": {"ddr"}, "preliminary": {"monitoring", "verification"}}
    if not needs.get(agreement.ceasefire_class, provided) & provided and (
        agreement.ceasefire_class in needs
    ):
        yield Finding(
            "F4", "flag", "ceasefire_class", "no provision gives the reason", flag="class_unclear"
        )
    if agreement.status in ("collapsed", "expired") and not has(_ENDED, told):
        yield Finding("F7", "reject", "status", f"{agreement.status}, but no text says it ended")
    published = cited.text.article.published
    dated = agreement.status_as_of and published and agreement.status_as_of != published
    if agreement.status in ("in_force", "violated", "collapsed") and dated:
        yield Finding("F6", "reject", "status_as_of", f"the article tells it as of {published}")
    if "humanitarian" in agreement.purposes and not has(_AID, told):
        yield Finding("F9", "flag", "purposes", "no words for aid", flag="purpose_unclear")
    both = {p.name_reported for p in agreement.parties if p.role in _SIGNS} & {
        p.name_reported for p in agreement.parties if p.role == "mediator"
    }
    if both:
        yield Finding("F5", "flag", "parties", f"{both} sign and mediate", flag="mediator_signs")
    if agreement.pax.stage:
        yield Finding("F10", "flag", "pax.stage", "a press mention has no PA-X stage", flag="pax")
