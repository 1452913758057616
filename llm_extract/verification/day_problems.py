"""Why a day of the cited text is not the day the record says it is."""

from __future__ import annotations

import re

from llm_extract.coding.agreed_days import agreed_day
from llm_extract.coding.citations import Cited
from llm_extract.coding.cues import CEASEFIRE, KILLED, VIOLENCE, has
from llm_extract.coding.dates import ResolvedDate, resolve_date
from llm_extract.coding.inheritance import REPORT_DAY
from llm_extract.coding.mentions import Mention
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.coding.sentences import Sentence
from llm_extract.record import DateRef, Record

_EARLIER = re.compile(
    r"\b(?:last|previous|earlier|prior|former|first|failed|dernière|précédent\w*|anterior"
    r"|предыдущ\w*|попередн\w*)\s+(?:\w+ )?(?:truce|cease-?fire|agreement|deal|accord|trêve"
    r"|cessez-le-feu|tregua|acuerdo|перемири\w*|перемир\w*)\b[^.;]*$",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r",\s*(?:which|who|whose|qui|que|quien|которы\w+|які|який)\b[^,]*,", re.IGNORECASE
)
_TAKES_EFFECT = re.compile(
    r"\b(?:t(?:ake|akes|ook|aking) effect|(?:enter|enters|entered|come|comes|came) into"
    r" (?:force|effect)|effective|entr\w+ en vigu?eu?r|prend\w* effet|вступ\w+ в силу"
    r"|наб\w+ чинності)(?=\s)|دخ\w+ حيز التنفيذ",
    re.IGNORECASE,
)
_AHEAD = frozenset({"dates.effective", "dates.planned_end"})


def resolved(phrase: str, path: str, record: Record, cited: Cited) -> ResolvedDate | None:
    """Find the days a phrase names as the value at ``path``; None without words of time."""
    published = cited.text.article.published
    if path not in _AHEAD:
        return resolve_date(phrase, published)
    declared: DateRef | None = getattr(getattr(record, "dates", None), "declared", None)
    told = None
    if declared and declared.text and cited.find_all(declared.text):
        told = resolve_date(declared.text, published)
    return agreed_day(phrase, cited, told.start if told else None)


def of_something_else(mentions: list[Mention], path: str, text: NumberedText) -> str | None:
    """Return why the day is that of the report, of another agreement or of an aside, or None."""
    if path == "date":
        return _of_the_report(mentions, text)
    if not path.startswith("dates."):
        return None
    body = text.article.text
    if all(_EARLIER.search(body, max(0, m.start - 60), m.start) for m in mentions):
        return "it is the day of an earlier agreement"
    if all(_in_an_aside(m, text.at(m.start)) for m in mentions):
        return "it is the day of something told in passing"
    if path == "dates.effective" and _takes_effect_on_another(mentions, text):
        return "the text says that it takes effect on another day"
    return None


def borrowed(
    phrase: str, mentions: list[Mention], path: str, text: NumberedText, anchors: list[int]
) -> str | None:
    """Return why the day is another event's: the number's own sentence names another day.

    ``anchors`` are the sentences of the record's own numbers or names.
    """
    if path.startswith("dates.") and any(has(CEASEFIRE, text.at(m.start).quote) for m in mentions):
        return None
    own = [text[n] for n in anchors]
    dated = [s for s in own if _days_in(s, text)]
    if not dated or any(s.start <= m.start < s.end for m in mentions for s in own):
        return None
    day = resolve_date(phrase, text.article.published)
    told = [(d.start, d.end) for s in dated for d in _days_in(s, text)]
    if day and (day.start, day.end) in told:
        return None
    return f"sentence {dated[0].number}, which gives the number, names another day"


def _days_in(sentence: Sentence, text: NumberedText) -> list[ResolvedDate]:
    days = [resolve_date(d.text, text.article.published) for d in text.dates(sentence)]
    return [day for day in days if day is not None and day.precision != "unknown"]


def _of_the_report(mentions: list[Mention], text: NumberedText) -> str | None:
    """Tell the day of "said on Tuesday" apart, where the sentence names another one too."""
    body = text.article.text
    if not all(REPORT_DAY.search(body, max(0, m.start - 60), m.start) for m in mentions):
        return None
    for sentence in [text.at(m.start) for m in mentions]:
        own = [m.start - sentence.start for m in mentions]
        if any(not any(d.start <= at < d.end for at in own) for d in text.dates(sentence)):
            return "it is the day of the report, and the sentence names another"
    return None


def _in_an_aside(mention: Mention, sentence: Sentence) -> bool:
    """Tell whether the day stands in "..., who had attacked in May, ...", not of a truce."""
    at = mention.start - sentence.start
    return any(
        aside.start() < at < aside.end()
        and (has(VIOLENCE, aside.group()) or has(KILLED, aside.group()))
        and not has(CEASEFIRE, aside.group())
        for aside in _ASIDE.finditer(sentence.text)
    )


def _takes_effect_on_another(mentions: list[Mention], text: NumberedText) -> bool:
    """Tell whether "to take effect on" stands in their sentences, before another day."""
    for sentence in [text.at(m.start) for m in mentions]:
        own = [(m.start - sentence.start, m.end - sentence.start) for m in mentions]
        for verb in _TAKES_EFFECT.finditer(sentence.text):
            days = [d for d in text.dates(sentence) if 0 <= d.start - verb.end() <= 2]
            if days and not any(
                d.start < end and start < d.end for d in days for start, end in own
            ):
                return True
    return False
