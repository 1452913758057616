"""`extract --plan`: what a run would cost, and one prompt to read; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llm_extract.article import Article
from llm_extract.console import print_line, tell, tell_error
from llm_extract.inputs import opened_articles, types_of
from llm_extract.limits import JOBS, Limits, price_of
from llm_extract.models import is_local, profile_for
from llm_extract.profiles import Profile
from llm_extract.reading import Unreadable, expected_articles
from llm_extract.record_type import RecordType
from llm_extract.result import Message
from llm_extract.runs.display import duration
from llm_extract.runs.folder import RunFolder, Settings, resolved
from llm_extract.runs.ledger import Ledger
from llm_extract.runs.planning import (
    FEWEST_OWN,
    MOST_MEASURED,
    Estimate,
    Experience,
    Opening,
    Plan,
    first_prompts,
    make_plan,
    opening,
    recorded_experience,
)

_FEWEST_RECORDED = 5
_GUESSED_S = 5.0
"""Seconds an answer of an endpoint elsewhere is taken to need, as long as nobody knows."""


def run_plan(settings: Settings, limits: Limits, run: Path | None) -> None:
    """Print what the run would cost, and its first prompt."""
    folder = RunFolder(run) if run else None
    if folder and (folder.exists or not settings.sources):
        settings = resolved(folder.read(), settings)
    types = types_of(settings)
    price = price_of(settings.model, settings.base_url, limits)
    profile = profile_for(settings.model, settings.base_url, settings.profile)
    sample = _Sample(types, profile, expected_articles(settings.sources))
    articles, _ = opened_articles(settings, is_new=True)
    openings = list(sample.of(articles))
    experience, rests_on, knows_speed = _experience(folder, settings, types, profile)
    plan = make_plan(openings, sample.articles, experience, price, rests_on)
    here = is_local(settings.model) and settings.base_url is None
    for line in _lines(plan, limits, here=here, knows_speed=knows_speed):
        print_line(line)
    if sample.first is None:
        return
    print_line("")
    print_line("the first prompt:")
    for message in sample.first:
        print_line(f"--- {message['role']}")
        print_line(message["content"])


class _Sample:
    """A fair sample of the articles: all, or of many every n-th."""

    def __init__(self, types: list[RecordType], profile: Profile, expected: int | None) -> None:
        self._types = types
        self._profile = profile
        self._every = max(1, (expected or 1) // MOST_MEASURED)
        self.articles = 0
        self.first: list[Message] | None = None

    def of(self, articles: Iterator[Article | Unreadable]) -> Iterator[Opening]:
        for item in articles:
            if isinstance(item, Unreadable):
                tell_error(item.reason, item.where)
                continue
            if self.first is None:
                prompt = next(first_prompts(item, self._types, self._profile), None)
                self.first = prompt.messages if prompt else None
            if self.articles % self._every == 0:
                yield opening(item, self._types, self._profile)
            self.articles += 1


def _experience(
    folder: RunFolder | None, settings: Settings, types: list[RecordType], profile: Profile
) -> tuple[list[Experience], str, bool]:
    """Return what articles have cost, where that was seen, and whether its speed holds here."""
    if folder and folder.exists:
        with folder.ledger(read_only=True) as ledger:
            own = list(_own(ledger, types, profile))
        if len(own) >= FEWEST_OWN:
            return own, f"{len(own)} articles of this run", True
    here = is_local(settings.model) and settings.base_url is None
    for name in (profile.name, "windows"):
        if len(found := recorded_experience(name)) >= _FEWEST_RECORDED:
            where = f"{len(found)} articles recorded with the embedded model, profile {name}"
            return found, where, here
    raise AssertionError("nothing was recorded")


def _own(ledger: Ledger, types: list[RecordType], profile: Profile) -> Iterator[Experience]:
    for article_id, first, questions, prompt, written, seconds in ledger.costs(200):
        article = ledger.article(article_id)
        if article is not None and first:
            length = opening(article, types, profile).characters
            yield Experience(first, length, questions, prompt, written, seconds)


def _lines(plan: Plan, limits: Limits, *, here: bool, knows_speed: bool) -> Iterator[str]:
    def shown(name: str, value: Estimate) -> str:
        return f"{name:<20}{value.p50:>14,.0f}{value.p90:>14,.0f}"

    yield f"{plan.articles:,} articles, {plan.first_questions:,} first questions"
    yield f"{'':<20}{'p50':>14}{'p90':>14}"
    yield shown("questions", plan.questions)
    yield shown("prompt tokens", plan.prompt_tokens)
    yield shown("answer tokens", plan.completion_tokens)
    jobs = 1 if here else limits.jobs or JOBS
    times = [
        duration(_seconds(questions, prompt + written, answers, limits, jobs, knows_speed))
        for questions, prompt, written, answers in (
            (
                getattr(plan.questions, p),
                getattr(plan.prompt_tokens, p),
                getattr(plan.completion_tokens, p),
                getattr(plan.seconds, p),
            )
            for p in ("p50", "p90")
        )
    ]
    yield f"{'time':<20}{times[0]:>14}{times[1]:>14}"
    if plan.usd is None:
        yield f"{'US dollars':<20}{'unknown':>14}{'unknown':>14}"
    else:
        yield f"{'US dollars':<20}{plan.usd.p50:>14,.2f}{plan.usd.p90:>14,.2f}"
    yield f"estimated from {plan.rests_on}"
    if not knows_speed:
        yield f"time: taking {_GUESSED_S:.0f} s an answer, {jobs} at a time; a run will know better"
    if plan.usd is None:
        tell("the price of this model is unknown: --prices FILE, see docs/runs.md")


def _seconds(
    questions: float, tokens: float, answers: float, limits: Limits, jobs: int, knows: bool
) -> float:
    alone = answers if knows else questions * _GUESSED_S
    bounds = [alone / jobs]
    if limits.rpm:
        bounds.append(60 * questions / limits.rpm)
    if limits.tpm:
        bounds.append(60 * tokens / limits.tpm)
    return max(bounds)
