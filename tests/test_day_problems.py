"""Days that stand in the cited text and are not the day the record says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from judged import checked

PUBLISHED = dt.date(2022, 11, 20)


def basis(text: str, path: str, date: dict[str, Any]) -> str | None:
    name = path.partition(".")[2]
    found = checked("ceasefire_agreement", text, {"dates": {name: date}}, published=PUBLISHED)
    support = found.support[f"{path}.text"]
    return support.basis if support.level == "unsupported" else None


@pytest.mark.parametrize(
    ("text", "name", "phrase", "problem"),
    [
        ("A truce, to take effect on 1 June 1997, sees arms handed in on 9 June 1997.",
         "effective", "9 June 1997", "another day"),
        ("A truce, to take effect on 1 June 1997, sees arms handed in on 9 June 1997.",
         "effective", "1 June 1997", None),
        ("The fighting, which killed nine cooks on 2 May 1997, ended with a truce signed on "
         "8 May 1997.", "declared", "2 May 1997", "in passing"),
        ("The fighting, which killed nine cooks on 2 May 1997, ended with a truce signed on "
         "8 May 1997.", "declared", "8 May 1997", None),
        ("The truce, which began on 2 May 1997, held in Osh.", "effective", "2 May 1997", None),
        ("The last truce, of 2 May 1997, was brief; a new truce was signed on 8 May 1997.",
         "declared", "2 May 1997", "earlier agreement"),
    ],
)  # fmt: skip
def test_a_day_of_an_agreement_is_its_own(
    text: str, name: str, phrase: str, problem: str | None
) -> None:
    found = basis(text, f"dates.{name}", {"text": phrase})
    assert found is None if problem is None else problem in str(found)


@pytest.mark.parametrize(("start", "passes"), [("2023-03-01", True), ("2022-03-01", False)])
def test_the_day_ahead_is_judged_as_one(start: str, passes: bool) -> None:
    text = "The army and the Front signed a truce that will take effect on 1 March."
    fields = {"dates": {"effective": {"text": "on 1 March", "start": start}}}
    found = checked("ceasefire_agreement", text, fields, published=PUBLISHED)
    assert found.passed is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("It rained. Raids killed nine cooks on Friday, the army said on Saturday.", False),
        ("It rained. Raids killed nine cooks, the army said on Saturday.", True),
    ],
)
def test_the_day_of_the_report_is_no_event_day_where_another_is_told(
    text: str, passes: bool
) -> None:
    fields = {
        "fatalities": {"total": {"value": 9, "text": "nine cooks"}},
        "date": {"text": "on Saturday", "start": "2022-11-19"},
    }
    found = checked("incident", text, fields, published=PUBLISHED)
    assert found.passed is passes, found.findings
