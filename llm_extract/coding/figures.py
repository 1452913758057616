"""The numbers that stand in the cited passages, and what code makes of their words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from llm_extract.coding.citations import Cited
from llm_extract.coding.counted import Counted
from llm_extract.coding.counts import ParsedCount
from llm_extract.coding.sentences import Sentence
from llm_extract.record import Quantifier

_HOUSEHOLDS = re.compile(
    r"\b(?:famil(?:y|ies)|households?|familles?|ménages?|familias?|hogares|сем(?:ей|ьи|ья)|сімей|родин\w*)\b"
    r"|عائل\w*|أسر",
    re.IGNORECASE,
)
_HOMES = re.compile(
    r"\b(?:homes?|houses?|maisons?|casas?|viviendas?)\b|منزل|منازل|дом(?:ов|а)\b|будинк\w*", re.I
)


@dataclass(frozen=True, slots=True)
class CitedNumber:
    """One number of the cited sentences; ``start`` and ``end`` count the article's characters."""

    counted: Counted
    sentence: Sentence
    siblings: tuple[Counted, ...]
    """The other numbers of the sentence."""

    @property
    def count(self) -> ParsedCount:
        """The number and its qualifier; offsets count the sentence's characters."""
        return self.counted.count

    @property
    def start(self) -> int:
        """Where the number and its qualifier words begin in the article."""
        return self.sentence.start + self.count.start

    @property
    def end(self) -> int:
        """Where the number and its qualifier words end in the article."""
        return self.sentence.start + self.count.end

    @property
    def number_start(self) -> int:
        """Where the bare number begins in the article."""
        return self.sentence.start + self.count.number_start

    @property
    def number_end(self) -> int:
        """Where the bare number ends in the article."""
        return self.sentence.start + self.count.number_end

    @property
    def noun(self) -> str:
        """The words after the number that name who is counted."""
        return self.sentence.text[slice(*self.counted.noun)]

    @property
    def noun_span(self) -> tuple[int, int]:
        """Where those words stand in the article."""
        first, last = self.counted.noun
        return self.sentence.start + first, self.sentence.start + last


def numbers_in(cited: Cited) -> list[CitedNumber]:
    """Return the numbers that stand inside the quotes, judged by their whole sentences.

    The whole sentence counts: a quote that leaves out "did not" does not make it true.
    """
    found: list[CitedNumber] = []
    for sentence in cited.sentences:
        all_counted = cited.text.counted(sentence)
        for counted in all_counted:
            figure = CitedNumber(
                counted, sentence, tuple(other for other in all_counted if other is not counted)
            )
            if cited.holds(figure.number_start, figure.number_end):
                found.append(figure)
    return found


def numbers_of(phrase: str, figures: list[CitedNumber], cited: Cited) -> list[CitedNumber]:
    """Return the figures whose number lies inside a mention of the phrase."""
    inside: list[CitedNumber] = []
    for mention in cited.find_all(phrase):
        inside += [
            f
            for f in figures
            if mention.start <= f.number_start and f.number_end <= mention.end and f not in inside
        ]
    return inside


def unit_of(noun: str) -> Literal["person", "household"]:
    """Return ``household`` if the words count families, else ``person``."""
    return "household" if _HOUSEHOLDS.search(noun) else "person"


def counts_homes(noun: str) -> bool:
    """Tell whether the words count buildings, not people."""
    return bool(_HOMES.match(noun.strip()))


def quantifier_of(qualifier: str) -> Quantifier:
    """Return IDMC's word for a qualifier; "at least" is more_than there."""
    if qualifier in ("at_least", "more_than"):
        return "more_than"
    if qualifier in ("up_to", "less_than"):
        return "less_than"
    return "exact" if qualifier in ("exact", "derived_sum") else "approximately"
