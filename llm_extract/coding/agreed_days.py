"""The days an agreement sets: they lie ahead, and may lean on the day it was made."""

from __future__ import annotations

import datetime as dt
import re

from llm_extract.coding.citations import Cited
from llm_extract.coding.dates import ResolvedDate, Tense, resolve_date

_AHEAD = re.compile(
    r"\b(?:will|shall|(?:is|are|was|were) (?:due |set |expected )?to|due to|set to"
    r"|to (?:take effect|(?:enter|come) into (?:force|effect)|begin|start|end|expire|last)"
    r"|entrar[áa]n?|comenzar[áa]n?|empezar[áa]n?|terminar[áa]n?|entrera|entreront|prendra|débutera"
    r"|commencera|prendront|вступ[ия]т|начн[её]т\w*|набуд\w+|набер\w+|почнет\w*)\b"
    r"|سيبدأ|سيدخل|ستبدأ|ستدخل",
    re.IGNORECASE,
)
_LEAD = 80
"""Characters before a day in which the verb that sets it stands."""


def agreed_day(phrase: str, cited: Cited, made: dt.date | None) -> ResolvedDate | None:
    """Find the day from which, or until which, an agreement holds; None without words of time.

    Where the sentence speaks of what is to come ("will take effect on 1 June") the day is the
    next one, not the last. Without a date of publication the day ``made`` lends its year.
    """
    published = cited.text.article.published
    tense: Tense = "future" if published is None or _is_ahead(phrase, cited) else "past"
    return resolve_date(phrase, published or made, tense=tense)


def _is_ahead(phrase: str, cited: Cited) -> bool:
    body = cited.text.article.text
    return any(
        _AHEAD.search(body, max(m.start - _LEAD, cited.text.at(m.start).start), m.start)
        for m in cited.find_all(phrase)
    )
