"""Totals and excluded mentions as the model offers them: found in the text, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from llm_extract.coding.citations import Cited, cite
from llm_extract.coding.cues import covered
from llm_extract.coding.figures import numbers_in, numbers_of
from llm_extract.coding.instructions import instruction_before
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.judging import Verdict
from llm_extract.record import AggregateToll, ExcludedMention
from llm_extract.record_type import draft_model
from llm_extract.result import Rejected


def judge_toll(raw: Any, text: NumberedText, shown: Sequence[int]) -> Verdict:
    """Code one total the model offers; its number must count people in a sentence that reports."""
    problems = _shape_problems(raw, AggregateToll)
    if problems:
        return _refused(raw, *problems)
    toll = AggregateToll.model_validate(raw)
    toll.sentences, problem = _citable(toll.sentences, text, shown)
    if problem:
        return _refused(raw, problem)
    toll.evidence = [cite(n, text) for n in toll.sentences]
    cited = Cited.of(toll.evidence, text)
    figure = next(iter(numbers_of(toll.text or "", numbers_in(cited), cited)), None)
    if figure is None:
        return _refused(raw, f"R-E2 the cited sentences do not give {toll.text!r}")
    if figure.counted.doubt is not None:
        return _refused(raw, f"R-E2 the sentence tells it as {figure.counted.doubt}")
    if figure.counted.role is None and covered(text.article.language):
        return _refused(raw, f"R-E2 nothing says whom {toll.text!r} counts")
    toll.value, toll.qualifier = figure.count.value, figure.count.qualifier
    return Verdict(toll=toll)


def judge_mention(raw: Any, text: NumberedText, shown: Sequence[int]) -> Verdict:
    """Code one thing of which the model says that it is mentioned only."""
    problems = _shape_problems(raw, ExcludedMention)
    if problems:
        return _refused(raw, *problems)
    mention = ExcludedMention.model_validate(raw)
    mention.sentences, problem = _citable(mention.sentences, text, shown)
    if problem:
        return _refused(raw, problem)
    mention.evidence = [cite(n, text) for n in mention.sentences]
    mention.text = mention.evidence[0].quote
    return Verdict(mention=mention)


def _shape_problems(raw: Any, kind: type[AggregateToll] | type[ExcludedMention]) -> list[str]:
    try:
        draft_model(kind, full=True).model_validate(raw)
    except ValidationError as error:
        return [
            f"schema {'.'.join(map(str, e['loc']))}: {e['msg']}"
            for e in error.errors(include_url=False)
        ]
    return []


def _citable(
    numbers: Sequence[int], text: NumberedText, shown: Sequence[int]
) -> tuple[list[int], str]:
    """Return the sentences that may be cited, and why none of it may stand, or nothing."""
    kept = sorted({n for n in numbers if n in text and n in shown})
    if not kept:
        return [], "R-E1 it cites no sentence that was asked about"
    for number in kept:
        if instruction_before(text, number) is not None:
            return kept, f"R-S1 evidence: sentence {number} speaks to a machine"
    return kept, ""


def _refused(raw: Any, *reasons: str) -> Verdict:
    return Verdict(rejected=Rejected(draft=raw, reasons=list(reasons)))
