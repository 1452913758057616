"""The whole altered-number bench through ``check``: nothing false passes, the true ones do."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from altered_records import Case, all_cases, problems
from judged import type_of

from llm_extract.article import Article
from llm_extract.checking import Checked, check_record
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.reading.language import guess_language

_CASES = all_cases()
_TRUE = [c for c in _CASES if c.truth]
_FALSE_KINDS = sorted({c.kind for c in _CASES if not c.truth})
_TRUE_KINDS = sorted({c.kind for c in _TRUE})


@cache
def _numbered(text: str, published: dt.date) -> NumberedText:
    article = Article(id="a", text=text, published=published, language=guess_language(text))
    return NumberedText.of(article)


@cache
def _checks(kind: str) -> list[tuple[Case, Checked]]:
    return [
        (case, check_record(dict(case.record), type_of(_type(case)), _article(case)))
        for case in _CASES
        if case.kind == kind
    ]


def _type(case: Case) -> str:
    return str(case.record["record_type"])


def _article(case: Case) -> NumberedText:
    return _numbered(case.text, case.published)


def test_the_bench_is_sound_and_not_smaller_than_asked_for() -> None:
    assert problems() == []
    assert len(_TRUE) >= 30
    assert len(_CASES) - len(_TRUE) >= 60


@pytest.mark.parametrize("kind", _FALSE_KINDS)
def test_no_false_record_passes(kind: str) -> None:
    accepted = [
        f"{case.name}: {case.record}"
        for case, found in _checks(kind)
        if found.passed and not case.truth
    ]
    assert accepted == []


def test_at_most_two_in_a_hundred_true_records_are_refused() -> None:
    refused = [
        f"{kind} {case.name}: {[str(f) for f in found.findings]}"
        for kind in _TRUE_KINDS
        for case, found in _checks(kind)
        if case.truth and not found.passed
    ]
    assert len(refused) <= 0.02 * len(_TRUE), "\n".join(refused)


@pytest.mark.parametrize("kind", _TRUE_KINDS)
def test_what_is_accepted_says_where_it_stands(kind: str) -> None:
    for case, found in _checks(kind):
        if case.truth and found.passed:
            levels = {support.level for support in found.support.values()}
            assert "unsupported" not in levels, case.name
            assert all(
                0 <= span.char_start < span.char_end <= len(case.text)
                for support in found.support.values()
                for span in support.spans
            ), case.name
