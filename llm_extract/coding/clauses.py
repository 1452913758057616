"""A sentence with the words in it that tell what became of people, and where its clauses end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_extract.coding.cues import ROLES
from llm_extract.coding.doubt import CLAUSE_END, one_line

_EITHER = re.compile(
    r"\b(?:kill(?:ed|ing)|dead|tu[ée]e?s?|morts?|muert[oa]s|убит\w*|вбит\w*|قتلى)\s+"
    r"(?:or|and/or|ou|o|или|або|أو)\s+"
    r"(?:wound(?:ed|ing)|injur(?:ed|ing)|bless[ée]e?s?|herid[oa]s|ранен\w*|поранен\w*|جرحى)\b",
    re.IGNORECASE,
)
_BETWEEN_DASHES = re.compile(
    r"(?<![)\]])\s[–—-]{1,3}\s(?:(?![–—;]|\s-{1,3}\s).){1,90}\s[–—-]{1,3}\s", re.S
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that tells what became of people; ``either`` is "killed or wounded"."""

    role: str
    start: int
    end: int


class Line:
    """A sentence on one line; its asides between dashes end no clause."""

    def __init__(self, sentence: str) -> None:
        self.text = one_line(sentence)
        self.cues = _cues(self.text)
        self.asides = [
            m.span()
            for m in _BETWEEN_DASHES.finditer(self.text)
            if not self.cues_between(m.start(), m.end())
        ]
        self.clauses = _blanked(self.text, self.asides)

    def cues_between(self, start: int, end: int) -> list[Cue]:
        """Return the cues that stand wholly between two offsets, in order."""
        return [cue for cue in self.cues if start <= cue.start and cue.end <= end]

    def clause_end(self, start: int, end: int) -> int | None:
        """Return where a clause ends between two offsets, or None if none does."""
        found = CLAUSE_END.search(self.clauses, start, end)
        return found.start() if found else None


def _cues(text: str) -> list[Cue]:
    either = [m.span() for m in _EITHER.finditer(text)]
    found = [
        Cue(role, m.start(), m.end())
        for role, pattern in ROLES.items()
        for m in pattern.finditer(text)
        if not any(first <= m.start() < last for first, last in either)
    ]
    found += [Cue("killed or injured", *span) for span in either]
    return sorted(found, key=lambda cue: (cue.start, -cue.end))


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
