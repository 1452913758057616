"""What a run may cost: tokens, money, time; reached, it stops cleanly and can be gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from llm_extract.errors import Halted
from llm_extract.prices import Price
from llm_extract.result import Usage
from llm_extract.runs.ledger import Spending

_FIRST_GUESS = 300.0
"""Tokens an answer is expected to have before any has come."""


@dataclass(slots=True)
class Budget:
    """Counts what questions cost and says when no more may be asked."""

    price: Price | None
    tokens: float | None = None
    usd: float | None = None
    deadline_s: float | None = None
    spent_tokens: float = 0.0
    spent_usd: float = 0.0
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _reserved: float = 0.0
    _answers: int = 0
    _written: float = 0.0

    def __post_init__(self) -> None:
        self._started = self.clock()

    def carry_over(self, spending: Spending) -> None:
        """Count what earlier starts of the run have spent."""
        self.spent_tokens += spending.counted_tokens
        self.spent_usd += spending.known_usd
        if self.price:
            self.spent_usd += spending.unpriced_tokens * self.price.dearest

    def expected(self, prompt_characters: int, max_tokens: int) -> float:
        """Return the tokens a question will probably use, prompt and answer."""
        answer = self._written / self._answers if self._answers >= 10 else _FIRST_GUESS
        return prompt_characters / 4 + min(answer, max_tokens)

    def reserve(self, tokens: float) -> None:
        """Set tokens aside for a question; raises ``Halted`` where a bound would be passed."""
        if self.deadline_s is not None and self.clock() - self._started >= self.deadline_s:
            raise Halted("the deadline is reached", "go on with the same command")
        ahead = self._reserved + tokens
        if self.tokens is not None and self.spent_tokens + ahead > self.tokens:
            raise Halted(
                f"the budget of {self.tokens:,.0f} tokens is reached", "give more --budget-tokens"
            )
        if self.usd is not None and self.price:
            coming = ahead * self.price.dearest
            if self.spent_usd + coming > self.usd:
                raise Halted(f"the budget of ${self.usd:g} is reached", "give more --budget-usd")
        self._reserved += tokens

    def release(self, reserved: float) -> None:
        """Give back what was set aside for a question that brought nothing."""
        self._reserved -= reserved

    def settle(self, reserved: float, usage: Usage) -> tuple[float, float | None]:
        """Count a question: what it used or, where that is not told, what was set aside for it.

        Return the tokens counted, and their price if it is known.
        """
        self.release(reserved)
        counted = reserved if usage.total is None else float(usage.total)
        self.spent_tokens += counted
        if usage.completion_tokens:
            self._answers += 1
            self._written += usage.completion_tokens
        if self.price is None:
            return counted, None
        cost = self.price.of(usage)
        self.spent_usd += counted * self.price.dearest if cost is None else cost
        return counted, cost
