"""What a run will cost, before anything is sent: questions, tokens, hours, dollars.

The first questions about an article are known exactly. How much comes on top (second looks,
repeats, answers) and how long it takes is drawn from articles that were recorded, or from those a
run has already done, as ratios to the first questions.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from llm_extract.article import Article
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.prices import Price
from llm_extract.profiles import Profile, context_of, first_questions
from llm_extract.record_type import RecordType
from llm_extract.rendering import Prompt, render
from llm_extract.result import Usage

MOST_MEASURED = 2000
"""So many articles are looked at; of more, every n-th."""
_DRAWS = 400
_SEED = 20190827
FEWEST_OWN = 30
"""With so many articles done, a run's own figures are used."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first questions about one article, all record types together."""

    questions: int
    characters: int
    """Of all their prompts."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What one article has cost."""

    first_questions: int
    first_characters: int
    questions: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Half of the time it is less than ``p50``, nine times of ten less than ``p90``."""

    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be expected of a run."""

    articles: int
    first_questions: int
    questions: Estimate
    prompt_tokens: Estimate
    completion_tokens: Estimate
    seconds: Estimate
    """Of answers one after the other."""
    usd: Estimate | None
    """None: the price is unknown."""
    rests_on: str
    """Where the ratios come from."""


def first_prompts(
    article: Article, types: Sequence[RecordType], profile: Profile
) -> Iterator[Prompt]:
    """Yield the prompts of the first pass over an article."""
    text = NumberedText.of(article)
    for record_type in types:
        for window, worth_asking in first_questions(text, record_type.name, profile):
            if worth_asking:
                context = context_of(window, profile)
                yield render(
                    record_type, text, window, context=context, full=profile.full, bins=profile.bins
                )


def opening(article: Article, types: Sequence[RecordType], profile: Profile) -> Opening:
    """Return how many first questions an article takes, and how long they are."""
    lengths = [len(p.system) + len(p.user) for p in first_prompts(article, types, profile)]
    return Opening(len(lengths), sum(lengths))


def recorded_experience(profile: str) -> list[Experience]:
    """Return what the articles of the labelled set have cost with the embedded model."""
    text = files("llm_extract.runs").joinpath("experience.json").read_text("utf-8")
    rows: list[list[Any]] = json.loads(text)["profiles"].get(profile, [])
    return [Experience(*row) for row in rows]


def make_plan(
    openings: Iterable[Opening],
    articles: int,
    experience: Sequence[Experience],
    price: Price | None,
    rests_on: str,
) -> Plan:
    """Estimate the cost of ``articles``, of which ``openings`` are a fair sample."""
    sample = list(openings)
    scale = articles / len(sample) if sample else 0.0
    usable = [e for e in experience if e.first_questions and e.first_characters and e.questions]
    chance = random.Random(_SEED)
    draws = [_drawn(sample, usable, chance, scale) for _ in range(_DRAWS if usable else 0)]

    def estimate(values: list[float]) -> Estimate:
        ordered = sorted(values) or [0.0]
        return Estimate(ordered[len(ordered) // 2], ordered[int(0.9 * (len(ordered) - 1))])

    usd = None
    if price is not None:
        usd = estimate([_usd(price, prompt, written) for _, prompt, written, _ in draws])
    return Plan(
        articles=articles,
        first_questions=round(scale * sum(o.questions for o in sample)),
        questions=estimate([d[0] for d in draws]),
        prompt_tokens=estimate([d[1] for d in draws]),
        completion_tokens=estimate([d[2] for d in draws]),
        seconds=estimate([d[3] for d in draws]),
        usd=usd,
        rests_on=rests_on,
    )


def _drawn(
    sample: Sequence[Opening], usable: Sequence[Experience], chance: random.Random, scale: float
) -> tuple[float, float, float, float]:
    """Draw what the sample may cost: which experience holds for it is open too."""
    held = chance.choices(usable, k=len(usable))
    questions = prompt = written = seconds = 0.0
    for first, like in zip(sample, chance.choices(held, k=len(sample)), strict=True):
        asked = first.questions * like.questions / like.first_questions
        questions += asked
        prompt += first.characters * like.prompt_tokens / like.first_characters
        written += asked * like.completion_tokens / like.questions
        seconds += asked * like.seconds / like.questions
    return scale * questions, scale * prompt, scale * written, scale * seconds


def _usd(price: Price, prompt: float, written: float) -> float:
    used = Usage(prompt_tokens=round(prompt), completion_tokens=round(written))
    return price.of(used) or 0.0
