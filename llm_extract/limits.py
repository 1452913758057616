"""How fast, and for how much, a run may go; free to change from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from llm_extract.errors import UsageError
from llm_extract.models import is_local
from llm_extract.prices import NOTHING, Price, find_price

JOBS = 16
"""Questions asked at the same time of an endpoint elsewhere, if the user does not say."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one start; None: none."""

    jobs: int | None = None
    rpm: float | None = None
    tpm: float | None = None
    budget_tokens: float | None = None
    budget_usd: float | None = None
    deadline_s: float | None = None
    prices: Path | None = None
    reply_cache: Path | None = None
    cache_bytes: float = 2e9
    cache_days: float = 90.0


def price_of(model: str, base_url: str | None, limits: Limits) -> Price | None:
    """Return what a model's tokens cost; None: unknown, and then no budget in money can be kept."""
    if is_local(model) and base_url is None:
        return NOTHING
    price = find_price(model, limits.prices)
    if price is None and limits.budget_usd is not None:
        raise UsageError(
            f"the price of {model} is unknown, so --budget-usd can not be kept",
            "name a file with its price: --prices FILE, see docs/runs.md",
        )
    return price
