"""Where a copied phrase stands in the text, tolerant of print but not of content.

Folding evens out case, diacritics, white space, quotation marks and dashes; letters, digits
and their order must agree. Offsets always refer to the text as stored.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Match = Literal["exact", "whitespace", "fuzzy"]
"""``exact`` as is; ``whitespace`` after folding space and quote marks; ``fuzzy`` after case too."""

_QUOTES = dict.fromkeys('"“”„‟«»‹›❝❞＂〝〞', '"') | dict.fromkeys("'‘’‚‛′`´ʼʹ＇", "'")
_DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff")
_ARABIC_PREFIXES = frozenset("وفبلكاس")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a phrase stands; offsets count characters of the text, end exclusive."""

    start: int
    end: int
    match: Match


@dataclass(frozen=True, slots=True)
class Folded:
    """A text evened out for comparison, with the way back to its characters."""

    text: str
    origin: tuple[int, ...]
    """For each folded character the index of the original one."""


@lru_cache(maxsize=64)
def fold(text: str, *, case: bool = True) -> Folded:
    """Even out white space, quotation marks and dashes and, with ``case``, case and diacritics."""
    out: list[str] = []
    origin: list[int] = []
    in_space = False
    for index, char in enumerate(text):
        if char.isspace():
            if not in_space:
                out.append(" ")
                origin.append(index)
            in_space = True
            continue
        folded = "" if char in _INVISIBLE else _fold_char(char, case)
        if folded:
            in_space = False
        out.extend(folded)
        origin.extend(index for _ in folded)
    return Folded("".join(out), tuple(origin))


@lru_cache(maxsize=8192)
def _fold_char(char: str, case: bool) -> str:
    char = _QUOTES.get(char) or _DASHES.get(char) or char
    if not case:
        return unicodedata.normalize("NFD", char)
    decomposed = unicodedata.normalize("NFKD", char)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.casefold()


def locate(
    phrase: str, text: str, start: int = 0, end: int | None = None, *, case: bool = True
) -> Iterator[Mention]:
    """Yield where ``phrase`` stands as whole words in ``text[start:end]``, best match first come.

    Without ``case`` only white space, quotation marks and dashes are evened out.
    """
    end = len(text) if end is None else end
    wanted = phrase.strip()
    if not wanted:
        return
    seen: set[tuple[int, int]] = set()
    for at in _occurrences(text, wanted, start, end):
        if _whole(text, at, at + len(wanted)):
            seen.add((at, at + len(wanted)))
            yield Mention(at, at + len(wanted), "exact")
    for fold_case in (False, True) if case else (False,):
        for first, last in _folded_occurrences(text, wanted, fold_case):
            if first < start or last > end or (first, last) in seen:
                continue
            if _whole(text, first, last):
                seen.add((first, last))
                yield Mention(first, last, "fuzzy" if fold_case else "whitespace")


def first_mention(phrase: str, text: str, spans: Iterable[tuple[int, int]]) -> Mention | None:
    """Return the best match of ``phrase`` inside one of the ``spans`` of ``text``, or None."""
    found: list[Mention] = []
    for start, end in spans:
        found.extend(locate(phrase, text, start, end))
    order: dict[Match, int] = {"exact": 0, "whitespace": 1, "fuzzy": 2}
    return min(found, key=lambda m: order[m.match], default=None)


def _occurrences(text: str, phrase: str, start: int, end: int) -> Iterator[int]:
    at = text.find(phrase, start, end)
    while at != -1:
        yield at
        at = text.find(phrase, at + 1, end)


def _folded_occurrences(text: str, phrase: str, case: bool) -> Iterator[tuple[int, int]]:
    """Yield where the phrase stands once both are folded, as offsets of the text."""
    haystack, needle = fold(text, case=case), fold(phrase, case=case).text.strip()
    if not needle:
        return
    for at in _occurrences(haystack.text, needle, 0, len(haystack.text)):
        if not _cuts_no_character(haystack, at, at + len(needle)):
            continue
        last = haystack.origin[at + len(needle) - 1] + 1
        while case and last < len(text) and unicodedata.combining(text[last]):
            last += 1
        yield haystack.origin[at], last


def _cuts_no_character(folded: Folded, start: int, end: int) -> bool:
    """Tell whether the folded span is whole characters: the 2 of "½" is no mention of "2"."""
    origin = folded.origin
    opens = start == 0 or origin[start - 1] != origin[start]
    return opens and (end == len(origin) or origin[end - 1] != origin[end])


def _whole(text: str, start: int, end: int) -> bool:
    return _open_left(text, start) and _open_right(text, end)


def _open_left(text: str, start: int) -> bool:
    if start == 0 or not text[start].isalnum():
        return True
    before = text[start - 1]
    if text[start].isdigit():
        number_goes_on = before in ".,'’٬٫" and start > 1 and text[start - 2].isdigit()
        return not before.isalnum() and not number_goes_on
    if _is_arabic(before) and _is_arabic(text[start]):
        return _is_arabic_prefix(text, start)
    return not before.isalnum()


def _open_right(text: str, end: int) -> bool:
    if end >= len(text) or not text[end - 1].isalnum():
        return True
    after = text[end]
    if text[end - 1].isdigit():
        number_goes_on = after in ".,'’٬٫" and end + 1 < len(text) and text[end + 1].isdigit()
        return not after.isalnum() and not number_goes_on
    return not (after.isalnum() or unicodedata.combining(after))


def _is_arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff"


def _is_arabic_prefix(text: str, start: int) -> bool:
    """Arabic writes and, in, for and the article as one word with the name that follows."""
    at = start
    while at > 0 and _is_arabic(text[at - 1]) and text[at - 1].isalpha():
        at -= 1
    return start - at <= 3 and all(c in _ARABIC_PREFIXES for c in text[at:start])
