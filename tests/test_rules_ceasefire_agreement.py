"""The rules of ETH/PRIO and PA-X: a record that breaks just the one, and its sound twin."""

from __future__ import annotations

from typing import Any

import pytest
from judged import Row, assert_told_apart, drafted

DEAL = (
    "The army and the Front signed a truce for Kessi on 3 May 2023, brokered by Norland; "
    "it took effect on 5 May 2023 and ended on 9 May 2023."
)
FIGHT = "Fighting in Kessi stopped after the army and the Front signed a truce."
TERM = "They signed a truce for 90 days; arms are to be handed in within 30 days."
PLAIN = "The army and the Front signed a truce for Kessi on 3 May 2023."


def day(text: str, start: str) -> dict[str, str]:
    return {"text": text, "start": start}


DECLARED = day("on 3 May 2023", "2023-05-03")
EFFECTIVE = day("on 5 May 2023", "2023-05-05")
ENDED = day("on 9 May 2023", "2023-05-09")


def parties(*roles: str) -> list[dict[str, str]]:
    return [
        {"name_reported": name, "role": role}
        for name, role in zip(("The army", "the Front", "Norland"), roles, strict=False)
    ]


ROWS = [
    Row("F1", "in effect before it was declared", DEAL, "dates.effective",
        {"dates": {"declared": EFFECTIVE, "effective": DECLARED}},
        {"dates": {"declared": DECLARED, "effective": EFFECTIVE}}, also=("R-E5",)),
    Row("F1", "ended before it was in effect", DEAL, "dates.ended",
        {"dates": {"effective": ENDED, "ended": EFFECTIVE}},
        {"dates": {"effective": EFFECTIVE, "ended": ENDED}}, also=("R-E5",)),
    Row("F2", "an end without a term", DEAL, "dates.planned_end",
        {"dates": {"planned_end": ENDED}, "fixed_term": "no"},
        {"dates": {"planned_end": ENDED}, "fixed_term": "yes"}),
    Row("F3", "a bilateral deal that one side signs", DEAL, "declaration_type",
        {"declaration_type": "bilateral", "parties": parties("signatory")},
        {"declaration_type": "bilateral", "parties": parties("signatory", "declaring_party")}),
    Row("F3", "a unilateral deal that two sides sign", DEAL, "declaration_type",
        {"declaration_type": "unilateral", "parties": parties("signatory", "signatory")},
        {"declaration_type": "unilateral", "parties": parties("declaring_party")}),
    Row("F3", "a multilateral deal that two sides sign", DEAL, "declaration_type",
        {"declaration_type": "multilateral",
         "parties": parties("signatory", "signatory", "mediator")},
        {"declaration_type": "multilateral",
         "parties": parties("signatory", "signatory", "signatory")}),
    Row("F4", "definitive without demobilisation", DEAL, "ceasefire_class",
        {"ceasefire_class": "definitive", "provisions": [{"provision": "monitoring"}]},
        {"ceasefire_class": "definitive", "provisions": [{"provision": "ddr"}]}, severity="flag"),
    Row("F4", "preliminary without monitoring", DEAL, "ceasefire_class",
        {"ceasefire_class": "preliminary"},
        {"ceasefire_class": "preliminary", "provisions": [{"provision": "verification"}]},
        severity="flag"),
    Row("F5", "a mediator that signs", DEAL, "parties",
        {"parties": [{"name_reported": "Norland", "role": "mediator"},
                     {"name_reported": "Norland", "role": "signatory"}]},
        {"parties": parties("signatory", "signatory", "mediator")}, severity="flag"),
    Row("F6", "a status as of another day than the article's", PLAIN, "status_as_of",
        {"status": "in_force", "status_as_of": "2023-05-03"},
        {"status": "in_force", "status_as_of": "2023-05-17"}),
    Row("F7", "collapsed without a word of an end", PLAIN, "status",
        {"status": "collapsed"}, {"status": "collapsed"},
        twin="The truce for Kessi collapsed on Tuesday."),
    Row("F8", "talks as an agreement", "The army offered talks on a truce for Kessi.", "status",
        {"status": "agreed"}, {"status": "proposed"}),
    Row("F8", "a call as an agreement", "Norland called for a truce in Kessi.", "status",
        {}, {}, twin="The army and the Front agreed a truce in Kessi."),
    Row("F9", "a humanitarian purpose without a word of aid", PLAIN, "purposes",
        {"purposes": ["humanitarian"]}, {"purposes": ["humanitarian"]}, severity="flag",
        twin="The army and the Front agreed a humanitarian pause in Kessi."),
    Row("F10", "a PA-X stage from the press", PLAIN, "pax.stage",
        {"pax": {"stage": "Cea"}}, {"pax": {"agtp": "Intra"}}, severity="flag"),
    Row("R-I9", "an agreement that is denied", "The army denied that a truce was signed.", "",
        {}, {}, twin=PLAIN),
    Row("R-I9", "an agreement that is only possible", "The army might sign a truce in Kessi.", "",
        {}, {}, twin=PLAIN),
    Row("R-I9", "no agreement at all", "The army attacked Kessi.", "", {}, {}, twin=PLAIN),
    Row("F8", "an agreement that talks only aim at", "Talks on a truce aim to have it signed.",
        "status", {}, {}, twin="After talks on a truce it was signed."),
    Row("R-I9", "a name that is one of violence alone", FIGHT, "agreement_name_reported",
        {"agreement_name_reported": "Fighting"}, {"agreement_name_reported": "a truce"}),
    Row("F2", "a deadline told as a term", TERM, "duration_text",
        {"duration_text": "within 30 days"}, {"duration_text": "for 90 days"}),
    Row("R-E3", "a party that is not in the article", PLAIN, "parties.0.name_reported",
        {"parties": [{"name_reported": "Norland"}]}, {"parties": [{"name_reported": "The army"}]}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_a_record_that_breaks_the_rule_is_told_so_and_its_twin_is_not(row: Row) -> None:
    assert_told_apart("ceasefire_agreement", row)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Norland called for a truce in Kessi.", "planned_or_future"),
        ("The army denied that a truce was signed.", "denied"),
        ("The army might sign a truce in Kessi.", "hypothetical"),
        ("The army attacked Kessi.", "other_topic"),
    ],
)
def test_what_is_no_agreement_is_kept_as_a_mention(text: str, reason: str) -> None:
    verdict = drafted("ceasefire_agreement", text, [1], {"status": "agreed"})
    assert verdict.record is None
    assert verdict.rejected is None
    assert verdict.mention is not None
    assert verdict.mention.reason == reason


# completing ------------------------------------------------------------------------------------


def completed(text: str, draft: dict[str, Any] | None = None) -> Any:
    verdict = drafted("ceasefire_agreement", text, [1], draft or {})
    assert verdict.record is not None, verdict
    return verdict.record


def party(name: str, role: str = "signatory") -> dict[str, str]:
    return {"name_reported": name, "role": role}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The army and the Front agreed on a demilitarized zone.", "demilitarised_zone"),
        ("The army and the Front agreed a humanitarian truce.", "humanitarian_pause"),
        ("The army and the Front extended the truce.", "extension"),
        ("The army and the Front agreed a cease-fire.", "ceasefire"),
        ("The army and the Front agreed a prisoner swap.", "prisoner_exchange"),
        ("The army and the Front signed a cessation of hostilities.", "cessation_of_hostilities"),
        ("The army and the Front signed a peace accord.", "peace_agreement"),
        ("The army and the Front signed an agreement.", "framework"),
    ],
)
def test_the_words_tell_what_kind_of_agreement_it_is(text: str, kind: str) -> None:
    assert completed(text, {"agreement_kind": "framework"}).agreement_kind == kind


def test_the_name_of_the_agreement_outweighs_the_rest_of_the_sentence() -> None:
    text = "The army and the Front agreed a truce after a peace accord."
    draft = {"agreement_name_reported": "a peace accord"}
    assert completed(text, draft).agreement_kind == "peace_agreement"


@pytest.mark.parametrize(
    ("drafts", "declared"),
    [
        ([party("The army"), party("the Front")], "bilateral"),
        ([party("The army", "declaring_party")], "unilateral"),
        ([party("The army"), party("the Front"), party("Norland")], "multilateral"),
        ([party("The army"), party("the army"), party("the Front")], "bilateral"),
        ([party("Norland", "mediator")], "unclear"),
        ([], "unclear"),
    ],
)
def test_the_number_of_those_who_sign_tells_how_it_was_declared(
    drafts: list[dict[str, str]], declared: str
) -> None:
    text = "The army and the Front signed a truce, brokered by Norland."
    assert completed(text, {"parties": drafts}).declaration_type == declared


def test_without_a_word_of_brokering_the_named_parties_sign() -> None:
    text = "The army and the Front signed a truce."
    record = completed(
        text, {"parties": [party("The army", "sponsor"), party("the Front", "host")]}
    )
    assert {p.role for p in record.parties} == {"signatory"}
    assert record.declaration_type == "bilateral"


def test_a_party_the_text_does_not_name_is_dropped_and_the_others_counted() -> None:
    text = "The army and the Front signed a truce."
    record = completed(text, {"parties": [party("The army"), party("Norland")]})
    assert [p.name_reported for p in record.parties] == ["The army"]
    assert record.declaration_type == "unilateral"
    assert "unsupported:parties.1.name_reported" in record.flags


def test_despite_an_agreement_means_it_was_violated() -> None:
    record = completed("The raids come despite a truce signed by the army.", {"status": "in_force"})
    assert (record.status, record.status_basis) == ("violated", "told as broken or disregarded")
    assert record.flags.count("status_inferred") == 1
    assert record.status_as_of.isoformat() == "2023-05-17"


def test_a_status_that_no_text_bears_out_becomes_unclear() -> None:
    record = completed("The army and the Front signed a truce.", {"status": "expired"})
    assert record.status == "unclear"
    assert "unsupported:status" in record.flags


@pytest.mark.parametrize(
    ("text", "purposes"),
    [
        ("The army and the Front agreed a truce to let aid in.", ["humanitarian"]),
        ("The army and the Front agreed a truce.", ["unclear"]),
    ],
)
def test_words_of_aid_tell_the_purpose(text: str, purposes: list[str]) -> None:
    assert completed(text).purposes == purposes


def test_the_day_of_the_agreement_is_resolved_from_its_words() -> None:
    record = completed("The army and the Front signed a truce on Monday.", {"dates": "on Monday"})
    assert record.dates.declared.start.isoformat() == "2023-05-15"
