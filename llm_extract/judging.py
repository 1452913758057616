"""One draft of the model becomes a record, or is refused with reasons.

What code can mend without asking it mends and notes; an unsupported value becomes null and is
flagged; only what the record is about (its figure, its evidence) can sink it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from llm_extract.coding.citations import Cited, complete_evidence
from llm_extract.coding.counts import parse_count
from llm_extract.coding.drafts import code_date, code_draft, inherit_date, parts_of
from llm_extract.coding.inheritance import governing_date
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.record import (
    Actor,
    AggregateToll,
    Count,
    DateRef,
    Evidence,
    ExcludedMention,
    Figure,
    Part,
    Place,
    Record,
    SourceAttribution,
    Support,
)
from llm_extract.record_type import RecordType, draft_model, expand
from llm_extract.result import Rejected
from llm_extract.verification.findings import Finding, Judgement
from llm_extract.verification.rules import judge

_NOTHING = frozenset({"", "null", "none", "unknown", "n/a", "not stated", "not reported", "nil"})
_ROUNDS = 3
_BROAD = frozenset({"evidence", "assertion", ""})
"""Findings on these concern the record as a whole; there is no field to empty."""


@dataclass(slots=True)
class Verdict:
    """What became of one draft: exactly one of the first four is set."""

    record: Record | None = None
    toll: AggregateToll | None = None
    mention: ExcludedMention | None = None
    rejected: Rejected | None = None
    questions: list[str] = field(default_factory=list)
    """What to ask the model about this draft, if it may be asked again."""
    notes: list[str] = field(default_factory=list)


def judge_draft(
    raw: Any, record_type: RecordType, text: NumberedText, window: Sequence[int], *, full: bool
) -> Verdict:
    """Code and judge one draft that the model wrote about the sentences ``window``."""
    try:
        draft_model(record_type.model, full=full).model_validate(raw)
        record = record_type.model.model_validate(
            expand(_without_nothings(raw), record_type.model, full=full)
        )
    except ValidationError as error:
        reasons = [_schema_problem(e) for e in error.errors(include_url=False)]
        rejected = Rejected(draft=raw, reasons=reasons, sentences=_numbers_cited(raw, text))
        return Verdict(rejected=rejected, questions=reasons)
    notes = mend_citations(record, text, window)
    return _settle(raw, record, record_type, text, notes)


def mend_citations(record: Record, text: NumberedText, window: Sequence[int]) -> list[str]:
    """Set right, in place, sentence numbers that the record's own phrases show to be wrong."""
    notes: list[str] = []
    cited = [n for n in dict.fromkeys(record.sentences) if n in text and n in window]
    figures = _figure_phrases(record)
    if figures and not _standing(figures, cited, text):
        where = [n for n in window if n not in cited and _standing(figures, [n], text)]
        if len(where) == 1:
            notes.append(f"sentence {cited} became {where}: {figures[0]!r} stands only there")
            cited = where
    if len(cited) > 1:
        kept = _needed(record, figures, cited, text)
        if kept and kept != cited:
            dropped = sorted(set(cited) - set(kept))
            notes.append(f"sentences {dropped} dropped: no value stands there")
            cited = kept
    led = _led_by(record, figures, cited, text, window)
    if led:
        notes.append(f"sentences {led} added: they open the event and name its place or parties")
    record.sentences = sorted({*cited, *led})
    return notes


def _led_by(
    record: Record,
    figures: list[str],
    cited: list[int],
    text: NumberedText,
    window: Sequence[int],
) -> list[int]:
    """Return the sentences that open the event whose figure a later sentence gives.

    "On Tuesday rebels attacked X. ... The fighting killed 23": from the one that gives the day to
    the one that gives the figure, those that have no figure and no other day of their own.
    """
    anchors = [n for n in cited if _standing(figures, [n], text)]
    governing = governing_date(text, anchors) if anchors else None
    if governing is None or governing.sentence >= min(anchors):
        return []
    between = [
        n
        for n in range(governing.sentence, min(anchors))
        if n in window and n not in cited and not any(c.role for c in text.counted(text[n]))
    ]
    between = [n for n in between if n == governing.sentence or not text.dates(text[n])]
    missing = [p for p in _other_phrases(record) if not _standing([p], cited, text)]
    places = [[n for n in between if _standing([p], [n], text)] for p in missing]
    return sorted({found[0] for found in places if len(found) == 1})


def _figure_phrases(record: Record) -> list[str]:
    return [part.text for _, part in _numbers(record) if part.text and parse_count(part.text)]


def _numbers(record: Record) -> list[tuple[str, Count | Figure]]:
    return [*parts_of(record, Count), *parts_of(record, Figure)]


def _standing(phrases: list[str], numbers: Sequence[int], text: NumberedText) -> list[str]:
    return [p for p in phrases if next(iter(text.find(p, numbers)), None)]


def _needed(record: Record, figures: list[str], cited: list[int], text: NumberedText) -> list[int]:
    """Return the fewest cited sentences that hold the phrases: the figures' first.

    A sentence with a figure of its own that is not the record's tells of another event.
    """
    phrases = figures + _other_phrases(record)
    kept: list[int] = [n for n in cited if _standing(figures, [n], text)]
    others = [
        n
        for n in cited
        if not kept or not any(c.role and not c.subset for c in text.counted(text[n]))
    ]
    for phrase in phrases:
        if not _standing([phrase], kept, text):
            kept += [n for n in others if _standing([phrase], [n], text)][:1]
    return sorted(set(kept))


def _other_phrases(record: Record) -> list[str]:
    dates = [d.text for _, d in parts_of(record, DateRef)]
    places = [p.text for _, p in parts_of(record, Place)]
    actors = [a.name_reported for _, a in parts_of(record, Actor)]
    return [p for p in [*dates, *places, *actors] if p]


def _settle(
    raw: Any, record: Record, record_type: RecordType, text: NumberedText, notes: list[str]
) -> Verdict:
    cited = _code(record, record_type, text)
    about = _claims_a_figure(record)
    lost: list[Finding] = []
    judgement = Judgement()
    for _ in range(_ROUNDS):
        judgement = judge(record, record_type, text)
        field_problems = [f for f in judgement.refused if f.path.split(".")[0] not in _BROAD]
        if not field_problems:
            break
        lost += field_problems
        for path in sorted({f.path for f in field_problems}, key=_last_first, reverse=True):
            empty(record, path)
        _complete(record, record_type.rules, cited)
    record.support = judgement.support
    questions = [f"{f.path}: {f.message}" for f in lost]
    if judgement.refused:
        return _refuse(raw, record, judgement, questions, notes, text.article.published)
    if about and not _has_figure(record):
        reasons = [str(f) for f in lost] or ["no number of the draft is supported"]
        return Verdict(
            rejected=Rejected(draft=raw, reasons=reasons, sentences=record.sentences),
            questions=questions,
            notes=notes,
        )
    _flag(record, judgement, lost)
    return Verdict(record=record, questions=questions, notes=notes)


def _code(record: Record, record_type: RecordType, text: NumberedText) -> Cited:
    cited = code_draft(record, text)
    for path, date in parts_of(record, DateRef):
        if path == "date":
            _date_from_text(record, date, cited)
    cited = Cited.of(record.evidence, text)
    _complete(record, record_type.rules, cited)
    return cited


def _date_from_text(record: Record, date: DateRef, cited: Cited) -> None:
    """Take the record's day from the sentence of its figure, or from the one that governs it."""
    if date.text and cited.find(date.text) and date.start is not None:
        return
    written = date.text
    blank = DateRef()
    for name in DateRef.model_fields:
        setattr(date, name, getattr(blank, name))
    anchors = [
        cited.text.at(m.start).number
        for phrase in _figure_phrases(record)
        for m in cited.find_all(phrase)
    ] or record.sentences
    sentence = inherit_date(date, cited.text, sorted(set(anchors)))
    if sentence is None:
        date.text = written if written and cited.find(written) else None
        code_date(date, cited.text)
    elif sentence not in record.sentences and date.text:
        record.flags.append("date_inherited")
        found = next(iter(cited.text.find(date.text, (sentence,))), None)
        if found:
            quote = cited.text.article.text[found.start : found.end]
            item = Evidence(quote=quote, char_start=found.start, char_end=found.end)
            record.evidence.append(complete_evidence(item, cited.text))


def _complete(record: Record, rules: ModuleType | None, cited: Cited) -> None:
    if rules is not None:
        rules.complete(record, cited)


def _last_first(path: str) -> list[tuple[int, str]]:
    """Sort key: of two items of a list the later goes first, so that indices stay right."""
    return [(int(step), "") if step.isdigit() else (-1, step) for step in path.split(".")]


def empty(record: Record, path: str) -> None:
    """Empty, in place, the value at ``path``: a list loses the item, a field its value."""
    *way, last = path.split(".")
    part: Any = record
    for index, step in enumerate(way):
        if isinstance(part, list):
            if int(step) >= len(part):
                return
            whole = part[int(step)]
            if isinstance(whole, Actor | Place | Count | Part) and index == len(way) - 1:
                part.pop(int(step))
                return
            part = whole
        else:
            part = getattr(part, step)
    if isinstance(part, list):
        if int(last) < len(part):
            part.pop(int(last))
    elif isinstance(part, Count | Figure | DateRef | Place | SourceAttribution):
        blank = type(part)()
        for name in type(part).model_fields:
            setattr(part, name, getattr(blank, name))
    elif part is not None:
        default = type(part).model_fields[last].get_default(call_default_factory=True)
        setattr(part, last, default)


def _claims_a_figure(record: Record) -> bool:
    """Tell whether the draft gives a number for what the record is about, right or wrong.

    "Two cities" among the dead is no claim, only a slip; "51 dead" is one.
    """
    paths = type(record).figure_paths
    return any(
        path.split(".")[0] in paths and part.text and parse_count(part.text)
        for path, part in _numbers(record)
    )


def _has_figure(record: Record) -> bool:
    counts = [c.value is not None or c.qualifier == "vague" for _, c in parts_of(record, Count)]
    figures = [f.value is not None or f.vague_text for _, f in parts_of(record, Figure)]
    return any(counts) or any(figures)


def _refuse(
    raw: Any,
    record: Record,
    judgement: Judgement,
    questions: list[str],
    notes: list[str],
    published: dt.date | None,
) -> Verdict:
    # What an instruction says must not come back as a total: it stands nowhere but in the rejected.
    believed = not any(f.rule == "R-S1" for f in judgement.refused)
    for finding in judgement.refused if believed else ():
        if finding.belongs_to == "aggregate_tolls":
            return Verdict(toll=as_toll(record, finding, published), notes=notes)
        if finding.belongs_to == "excluded_mentions":
            return Verdict(mention=as_mention(record, finding), notes=notes)
    reasons = [str(f) for f in judgement.refused]
    return Verdict(
        rejected=Rejected(draft=raw, reasons=reasons, sentences=record.sentences),
        questions=questions + reasons,
        notes=notes,
    )


def as_toll(record: Record, finding: Finding, published: dt.date | None) -> AggregateToll:
    """Turn a record that a rule has found to be a total into one.

    The toll of a war is told up to the day of publication, whatever day the war began.
    """
    counts = [c for _, c in parts_of(record, Count) if c.value is not None]
    largest = max(counts, key=lambda c: c.value or 0, default=Count())
    date = next((d for _, d in parts_of(record, DateRef)), DateRef())
    return AggregateToll(
        sentences=record.sentences,
        text=largest.text,
        scope=finding.scope or "multi_event_total",
        value=largest.value,
        qualifier=largest.qualifier,
        population=getattr(largest, "label", None),
        start=date.start,
        end=published if finding.scope == "conflict_total" else date.end,
        source=record.source,
        evidence=record.evidence,
        reason=str(finding),
    )


def as_mention(record: Record, finding: Finding) -> ExcludedMention:
    """Turn a record that a rule has found to be none into something only mentioned."""
    return ExcludedMention(
        sentences=record.sentences,
        reason=finding.reason or "other_topic",
        text=record.evidence[0].quote if record.evidence else None,
        evidence=record.evidence,
    )


def _flag(record: Record, judgement: Judgement, lost: list[Finding]) -> None:
    for finding in judgement.findings:
        if finding.flag and finding.flag not in record.flags:
            record.flags.append(finding.flag)
    for finding in lost:
        flag = f"unsupported:{finding.path}"
        if flag not in record.flags:
            record.flags.append(flag)
    if record.source is None or not record.source.name_reported:
        record.source = None
    if record.summary is None and record.evidence:
        record.summary = _shorten(record.evidence[0].quote)
        spans = record.support["evidence.0.quote"].spans
        record.support["summary"] = Support(level="stated", spans=spans, basis="the first quote")


def _shorten(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= 300 else flat[:297] + "..."


def _without_nothings(value: Any) -> Any:
    """Read "null", "none" and "unknown" as what they mean; small models write them as words."""
    if isinstance(value, str):
        return None if value.strip().casefold() in _NOTHING else value
    if isinstance(value, list):
        cleaned = [_without_nothings(v) for v in value]
        return [v for v in cleaned if v is not None and v != {}]
    if isinstance(value, dict):
        return {k: _without_nothings(v) for k, v in value.items()}
    return value


def _schema_problem(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"])
    return f"schema {where}: {error['msg']}"


def _numbers_cited(raw: Any, text: NumberedText) -> list[int]:
    """Return the sentences a misshapen draft cites, as far as that can be read."""
    given = raw.get("sentences") if isinstance(raw, dict) else None
    return [n for n in given if isinstance(n, int) and n in text] if isinstance(given, list) else []
