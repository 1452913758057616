"""What the questions about one article have yielded so far, joined without losing anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from llm_extract.judging import Verdict
from llm_extract.record import AggregateToll, ExcludedMention, Record
from llm_extract.result import Attempt, Rejected, State, Usage
from llm_extract.unclaimed import claimed_numbers


@dataclass(slots=True)
class Gathered:
    """Everything found in one article for one record type, and what it cost."""

    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    tolls: list[AggregateToll] = field(default_factory=list)
    mentions: list[ExcludedMention] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    not_asked: list[int] = field(default_factory=list)
    unanswered: set[int] = field(default_factory=set)
    """Sentences asked about one at a time, without a usable answer."""
    served: str = ""
    answered: int = 0
    """Questions with a usable answer."""

    def keep(self, verdicts: Iterable[Verdict]) -> None:
        """Sort verdicts into their bins."""
        for verdict in verdicts:
            self.notes += verdict.notes
            if verdict.record is not None:
                self.records.append(verdict.record)
            elif verdict.toll is not None:
                self.tolls.append(verdict.toll)
            elif verdict.mention is not None:
                self.mentions.append(verdict.mention)
            elif verdict.rejected is not None:
                self.rejected.append(verdict.rejected)

    def add(self, part: Gathered) -> None:
        """Take over what the questions about a part of the article have yielded."""
        self.records += part.records
        self.rejected += part.rejected
        self.tolls += part.tolls
        self.mentions += part.mentions
        self.attempts += part.attempts
        self.notes += part.notes
        self.failures += part.failures
        self.unanswered |= part.unanswered
        self.served = part.served or self.served
        self.answered += part.answered

    def merge(self) -> None:
        """Join what tells of the same thing: the same figure at the same place in the text."""
        kept: list[Record] = []
        for record in self.records:
            twin = next((k for k in kept if _same(k, record)), None)
            if twin is None:
                kept.append(record)
            else:
                self.notes.append(_join(twin, record))
        self.records = sorted(kept, key=lambda r: r.sentences or [0])
        tolls: list[AggregateToll] = []
        for toll in self.tolls:
            twins = (
                t for t in tolls if t.value == toll.value and set(t.sentences) & set(toll.sentences)
            )
            if next(twins, None) is None:
                tolls.append(toll)
        self.tolls = tolls
        mentions = {(m.reason, tuple(m.sentences)): m for m in self.mentions}
        self.mentions = list(mentions.values())

    def number(self, id_prefix: str, would_be: str) -> None:
        """Give everything its local id, in order."""
        for index, record in enumerate(self.records, start=1):
            record.id = f"{id_prefix}-{index}"
        for index, toll in enumerate(self.tolls, start=1):
            toll.id = f"agg-{index}"
        for mention in self.mentions:
            mention.would_be = would_be

    @property
    def state(self) -> State:
        """How the extraction ended."""
        if self.failures and not self.answered:
            return "failed"
        if self.failures or self.rejected:
            return "partial"
        return "ok" if self.records else "empty"

    @property
    def usage(self) -> Usage:
        """Tokens of all attempts, the failed ones too."""
        total = Usage()
        for attempt in self.attempts:
            total += attempt.usage
        return total


def replaced(first: Sequence[Verdict], again: Sequence[Verdict]) -> list[Verdict]:
    """Put new verdicts in the place of rejected ones, one for one; lose none of the rest."""
    kept = list(first)
    for verdict in again:
        if verdict.rejected is None:
            settled = _settled_by(verdict, kept)
            if settled is not None:
                kept.remove(settled)
        elif any(verdict.rejected.reasons == r.reasons for v in kept if (r := v.rejected)):
            continue
        kept.append(verdict)
    return kept


def _settled_by(verdict: Verdict, earlier: Sequence[Verdict]) -> Verdict | None:
    """Return the rejected verdict that this one sets right: of the same sentences, or of none.

    A record that was good before and is only told again sets nothing right.
    """
    if verdict.record and any(v.record and _same(v.record, verdict.record) for v in earlier):
        return None
    rejected = [v for v in earlier if v.rejected is not None]
    own = _sentences(verdict)
    same = (v for v in rejected if own & _sentences(v))
    return next(same, None) or next((v for v in rejected if not _sentences(v)), None)


def _sentences(verdict: Verdict) -> set[int]:
    for item in (verdict.record, verdict.toll, verdict.mention, verdict.rejected):
        if item is not None:
            return set(item.sentences)
    return set()


def _same(left: Record, right: Record) -> bool:
    ours, theirs = claimed_numbers([left], [], []), claimed_numbers([right], [], [])
    at_ours, at_theirs = _offsets(ours), _offsets(theirs)
    if at_ours or at_theirs:
        return bool(at_ours & at_theirs)
    return bool(set(left.sentences) & set(right.sentences)) and not _apart(left, right)


def _offsets(claimed: set[tuple[str, int]]) -> set[int]:
    return {offset for kind, offset in claimed if kind == "at"}


def _apart(left: Record, right: Record) -> bool:
    """Tell whether records without figures, of one sentence, name different places or pacts."""
    return any(
        ours is not None and theirs is not None and ours.casefold() != theirs.casefold()
        for ours, theirs in (
            (_place(left), _place(right)),
            (_pact(left), _pact(right)),
        )
    )


def _place(record: Record) -> str | None:
    text = getattr(getattr(record, "location", None), "text", None)
    return text if isinstance(text, str) else None


def _pact(record: Record) -> str | None:
    name = getattr(record, "agreement_name_reported", None)
    return name if isinstance(name, str) else None


def _join(kept: Record, other: Record) -> str:
    """Keep, in place, the record with more supported values; return the note that tells it."""
    supported = sum(s.level != "unsupported" for s in kept.support.values())
    rival = sum(s.level != "unsupported" for s in other.support.values())
    left_out = other.sentences
    if rival > supported:
        left_out = kept.sentences
        for name in type(kept).model_fields:
            setattr(kept, name, getattr(other, name))
    return f"two records of sentences {kept.sentences} are one; that of {left_out} was left out"
