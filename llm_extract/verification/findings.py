"""What a rule or a support check has to say about one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llm_extract.record import ExclusionReason, Span, Support, TollScope

Severity = Literal["reject", "flag", "note"]
"""``reject``: ask again, then refuse; ``flag``: keep and mark; ``note``: keep and tell."""

Bin = Literal["aggregate_tolls", "excluded_mentions"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a record; the rule's id is that of the codebook."""

    rule: str
    severity: Severity
    path: str
    """The value it is about, as ``fatalities.by_group.0``; empty for the whole record."""
    message: str
    """For a person."""
    question: str = ""
    """For the model, when asking again can help."""
    flag: str = ""
    """The word that goes into the record's flags when the record is kept."""
    belongs_to: Bin | None = None
    """Where the draft belongs if it is no record: a toll, or something only mentioned."""
    reason: ExclusionReason | None = None
    scope: TollScope | None = None

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.rule} {where}{self.message}"


@dataclass(slots=True)
class Judgement:
    """How well each value of one record is supported, and which rules it breaks."""

    support: dict[str, Support] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> list[Finding]:
        """The findings for which the record can not stand as it is."""
        return [f for f in self.findings if f.severity == "reject"]

    def supported(self, path: str, level: str, spans: list[Span], basis: str = "") -> None:
        """Record that the text carries the value at ``path``."""
        self.support[path] = Support.model_validate(
            {"level": level, "spans": spans, "basis": basis}
        )

    def unsupported(self, path: str, rule: str, message: str, question: str = "") -> None:
        """Record that the text does not carry the value at ``path``."""
        self.support[path] = Support(level="unsupported", basis=message)
        self.findings.append(Finding(rule, "reject", path, message, question))
