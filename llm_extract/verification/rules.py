"""The codebook's rules that every record type shares, and how a record is judged as a whole.

Rules of one record type stand beside its schema, in ``schemas/<name>_rules.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import doubt_at
from llm_extract.coding.counts import bounds
from llm_extract.coding.cues import CEASEFIRE, INSTRUCTION, KILLED, VIOLENCE, has
from llm_extract.coding.drafts import parts_of
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.record import Count, DateRef, Record
from llm_extract.record_type import RecordType
from llm_extract.verification.findings import Finding, Judgement
from llm_extract.verification.support import judge_support


def judge(record: Record, record_type: RecordType, text: NumberedText) -> Judgement:
    """Judge one record: is each value supported, and does each rule hold?"""
    judgement = judge_support(record, text)
    cited = Cited.of(record.evidence, text)
    judgement.findings.extend(shared_rules(record, cited))
    if record_type.rules is not None:
        judgement.findings.extend(record_type.rules.rules(record, cited))
    return judgement


def shared_rules(record: Record, cited: Cited) -> Iterator[Finding]:
    """Apply the rules that need no record type."""
    yield from _asserted(record)
    yield from _speaks_to_readers(cited)
    for path, count in parts_of(record, Count):
        yield from _bounds_fit(path, count)
    for path, date in parts_of(record, DateRef):
        yield from _days_in_order(path, date, cited)


def _asserted(record: Record) -> Iterator[Finding]:
    if record.assertion not in ("reported", "claimed"):
        yield Finding("R-I9", "reject", "assertion", f"what is {record.assertion} is not a record")


def _speaks_to_readers(cited: Cited) -> Iterator[Finding]:
    for sentence in cited.sentences:
        if has(INSTRUCTION, sentence.quote):
            yield Finding(
                "R-S1",
                "reject",
                "evidence",
                f"sentence {sentence.number} speaks to a machine, it does not report",
                flag="suspicious_instruction",
            )


def _bounds_fit(path: str, count: Count) -> Iterator[Finding]:
    low, best, high = count.low, count.best, count.high
    given = [v for v in (low, best, high) if v is not None]
    if given != sorted(given):
        yield Finding("R-C1", "reject", path, f"low {low}, best {best}, high {high} not in order")
    if given and count.qualifier not in ("range", "derived_sum"):
        expected = bounds(count.qualifier, count.value)
        if (low, best, high) != expected:
            yield Finding(
                "R-C4", "reject", path, f"{count.qualifier} asks for low, best, high {expected}"
            )


def _days_in_order(path: str, date: DateRef, cited: Cited) -> Iterator[Finding]:
    published = cited.text.article.published
    if date.start and date.end and date.start > date.end:
        yield Finding("R-D1", "reject", path, f"{date.start} is after {date.end}")
    is_plan = path.rpartition(".")[2] in ("planned_end", "effective")
    if published and date.start and date.start > published and not is_plan:
        yield Finding(
            "R-D1", "reject", path, f"{date.start} is after the publication on {published}"
        )


def doubted(cited: Cited) -> str | None:
    """Return ``denied`` or ``hypothetical`` if no cited sentence stands by what it tells."""
    doubts: list[str] = []
    for sentence in cited.sentences:
        for pattern in (CEASEFIRE, VIOLENCE, KILLED):
            for found in pattern.finditer(sentence.quote):
                doubt = doubt_at(sentence.quote, found.start())
                if doubt is None:
                    return None
                doubts.append(doubt)
    return doubts[0] if doubts else None
