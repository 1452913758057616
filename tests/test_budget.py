from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.errors import Halted
from llm_extract.prices import NOTHING, Price
from llm_extract.result import Usage
from llm_extract.runs.budget import Budget
from llm_extract.runs.ledger import Spending

M = 1_000_000
PRICE = Price(1.0 / M, 4.0 / M, 0.5 / M, "")


def used(prompt: int | None, completion: int | None = None, cached: int | None = None) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def asked(budget: Budget, prompt: int, completion: int) -> float | None:
    """Ask one question of which was expected what it uses."""
    budget.reserve(prompt + completion)
    return budget.settle(prompt + completion, used(prompt, completion))[1]


def test_without_bounds_everything_may_be_asked() -> None:
    budget = Budget(PRICE)
    for _ in range(100):
        budget.reserve(1e12)


def test_a_question_that_would_pass_the_tokens_is_not_asked() -> None:
    budget = Budget(None, tokens=1000)
    asked(budget, 500, 100)
    budget.reserve(400)
    with pytest.raises(Halted, match=r"the budget of 1,000 tokens is reached") as caught:
        budget.reserve(1)
    assert "--budget-tokens" in caught.value.hint
    assert caught.value.exit_status == 4


def test_a_question_that_would_pass_the_dollars_is_not_asked() -> None:
    budget = Budget(PRICE, usd=1.0)
    assert asked(budget, 100_000, 100_000) == pytest.approx(0.5)
    budget.reserve(125_000)  # as if all were the dearer tokens
    with pytest.raises(Halted, match=r"the budget of \$1 is reached") as caught:
        budget.reserve(1)
    assert "--budget-usd" in caught.value.hint


def test_after_the_deadline_nothing_is_asked() -> None:
    clock = Clock()
    budget = Budget(None, deadline_s=60, clock=clock)
    budget.reserve(1)
    clock.now += 59.9
    budget.reserve(1)
    clock.now += 0.1
    with pytest.raises(Halted, match="the deadline is reached"):
        budget.reserve(1)


def test_a_question_that_is_not_asked_reserves_nothing() -> None:
    budget = Budget(PRICE, tokens=1000, usd=1.0)
    for _ in range(10):
        with pytest.raises(Halted):
            budget.reserve(1001)
    budget.reserve(1000)


def test_what_was_reserved_is_given_back_for_what_was_used() -> None:
    budget = Budget(None, tokens=1000)
    budget.reserve(900)
    with pytest.raises(Halted):
        budget.reserve(200)
    budget.settle(900, used(50, 50))
    budget.reserve(900)
    budget.release(900)  # a question that brought nothing
    budget.reserve(900)
    with pytest.raises(Halted):
        budget.reserve(1)


def test_many_questions_at_once_pass_the_bound_by_no_more_than_they_were_misjudged() -> None:
    budget = Budget(None, tokens=10_000)
    for _ in range(33):
        budget.reserve(300)
    with pytest.raises(Halted):
        budget.reserve(300)
    for _ in range(33):
        budget.settle(300, used(200, 150))
    assert budget.spent_tokens == 33 * 350
    with pytest.raises(Halted):
        budget.reserve(1)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100), st.booleans()), max_size=80),
    st.integers(1, 5000),
)
def test_spent_and_reserved_never_pass_the_bound_where_expectations_hold(
    questions: list[tuple[int, int, bool]], most: int
) -> None:
    budget = Budget(PRICE, tokens=most, usd=most * PRICE.dearest)
    open_questions: list[tuple[int, int]] = []
    for expected, percent, ends in questions:
        try:
            budget.reserve(expected)
        except Halted:
            held = sum(e for e, _ in open_questions)
            assert budget.spent_tokens + held + expected > most
        else:
            open_questions.append((expected, expected * percent // 100))
        if ends and open_questions:
            reserved, real = open_questions.pop(0)
            budget.settle(reserved, used(real - real // 3, real // 3))
        assert budget.spent_tokens + sum(e for e, _ in open_questions) <= most
        assert budget.spent_usd <= most * PRICE.dearest + 1e-12


def test_what_earlier_starts_have_spent_counts() -> None:
    budget = Budget(PRICE, tokens=1000, usd=1.0)
    budget.carry_over(Spending(3, 4, used(500, 200), 0.25, 0.25, 700, 0))
    assert (budget.spent_tokens, budget.spent_usd) == (700, 0.25)
    budget.reserve(300)
    with pytest.raises(Halted):
        budget.reserve(1)


def test_an_earlier_start_whose_price_is_unknown_counts_with_its_tokens() -> None:
    budget = Budget(PRICE, tokens=1000)
    budget.carry_over(Spending(3, 4, used(900), None, 0.0, 900, 900))
    with pytest.raises(Halted):
        budget.reserve(101)
    budget.carry_over(Spending(0, 0, Usage(), 0.0, 0.0, 0, 0))
    budget.reserve(100)


def test_the_deadline_is_of_this_start_only() -> None:
    clock = Clock()
    budget = Budget(None, deadline_s=60, clock=clock)
    budget.carry_over(Spending(3, 4, used(500, 200), 0.25, 0.25, 700, 0))
    clock.now += 59
    budget.reserve(1)


@pytest.mark.parametrize(
    ("price", "usage", "dollars"),
    [
        (PRICE, used(M, M), 5.0),
        (PRICE, used(M, 0, M), 0.5),
        (PRICE, used(None, None), None),
        (PRICE, used(5, None), None),
        (None, used(M, M), None),
        (NOTHING, used(M, M), 0.0),
        (NOTHING, used(None), 0.0),
    ],
)
def test_the_price_of_a_question_is_told_where_it_is_known(
    price: Price | None, usage: Usage, dollars: float | None
) -> None:
    budget = Budget(price)
    budget.reserve(10)
    assert budget.settle(10, usage)[1] == (None if dollars is None else pytest.approx(dollars))


def test_what_costs_nothing_is_never_too_dear() -> None:
    budget = Budget(NOTHING, usd=0.01)
    for _ in range(10):
        assert asked(budget, M, M) == 0.0


def test_answers_are_expected_as_long_as_the_last_ones_were() -> None:
    budget = Budget(None)
    assert budget.expected(4000, 8192) == pytest.approx(1000 + 300)
    assert budget.expected(4000, 100) == pytest.approx(1000 + 100)
    for _ in range(9):
        asked(budget, 10, 900)
    assert budget.expected(0, 8192) == pytest.approx(300)
    asked(budget, 10, 1900)
    assert budget.expected(0, 8192) == pytest.approx(1000)
    assert budget.expected(0, 512) == pytest.approx(512)


def test_answers_of_unknown_length_teach_nothing() -> None:
    budget = Budget(None)
    for usage in (Usage(), used(5, None), used(5, 0)):
        for _ in range(20):
            budget.reserve(1)
            budget.settle(1, usage)
    assert budget.expected(0, 8192) == pytest.approx(300)


@pytest.mark.parametrize("bounds", [{"tokens": 100}, {"usd": 100 * PRICE.dearest}])
def test_the_bound_itself_may_be_reached(bounds: dict[str, Any]) -> None:
    budget = Budget(PRICE, **bounds)
    budget.reserve(50)
    budget.reserve(50)
    with pytest.raises(Halted):
        budget.reserve(0.01)


def test_an_answer_whose_tokens_are_not_told_counts_as_what_was_set_aside() -> None:
    budget = Budget(PRICE, tokens=1000)
    budget.reserve(600)
    counted, dollars = budget.settle(600, Usage())
    assert (counted, dollars) == (600, None)
    assert budget.spent_tokens == 600
    assert budget.spent_usd == pytest.approx(600 * PRICE.dearest)
    with pytest.raises(Halted):
        budget.reserve(401)
