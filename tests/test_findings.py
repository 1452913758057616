from __future__ import annotations

from llm_extract.record import Span
from llm_extract.verification.findings import Finding, Judgement


def test_a_finding_reads_as_rule_place_and_reason() -> None:
    assert str(Finding("R-C1", "reject", "injured", "not in order")) == "R-C1 injured: not in order"
    assert str(Finding("G1", "reject", "", "a total")) == "G1 a total"


def test_only_findings_of_severity_reject_refuse_a_record() -> None:
    bad, doubtful, told = (
        Finding("R-C1", "reject", "injured", "a"),
        Finding("R-C8", "flag", "injured", "b", flag="very_large"),
        Finding("P10", "note", "figure", "c"),
    )
    assert Judgement(findings=[doubtful, told]).refused == []
    assert Judgement(findings=[doubtful, bad, told]).refused == [bad]


def test_a_supported_value_has_its_level_and_spans() -> None:
    judgement = Judgement()
    judgement.supported("date.start", "derived", [Span(char_start=1, char_end=4)], "Tuesday")
    support = judgement.support["date.start"]
    assert (support.level, support.basis) == ("derived", "Tuesday")
    assert (support.spans[0].char_start, support.spans[0].char_end) == (1, 4)
    assert judgement.findings == []


def test_an_unsupported_value_is_a_finding_too() -> None:
    judgement = Judgement()
    judgement.unsupported("date.text", "R-E5", "tells no time", "which day?")
    assert judgement.support["date.text"].level == "unsupported"
    (finding,) = judgement.refused
    assert (finding.rule, finding.path, finding.question) == ("R-E5", "date.text", "which day?")
