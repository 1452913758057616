"""Cutting an article into numbered sentences without losing a character.

Lines decide first (a headline ends at its line, a hard-wrapped line does not), then sentencex
cuts each block, then its known slips are mended: abbreviations cut off from what they shorten,
lower-case continuations, closing quotes left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import sentencex


@dataclass(frozen=True, slots=True)
class Sentence:
    """One numbered sentence: a tile of the article text; all tiles joined are the text."""

    number: int
    """Counts from 1."""
    start: int
    """Where the tile starts in the article text."""
    end: int
    """Where the tile ends, exclusive; the next tile starts here."""
    text: str
    """The tile, white space included."""
    paragraph: int
    """Counts from 1; a blank line starts a new one."""

    @property
    def quote(self) -> str:
        """The sentence without white space around it."""
        return self.text.strip()

    @property
    def quote_start(self) -> int:
        """Where the quote starts in the article text."""
        return self.start + len(self.text) - len(self.text.lstrip())

    @property
    def quote_end(self) -> int:
        """Where the quote ends in the article text, exclusive."""
        return self.start + len(self.text.rstrip())


def split_sentences(text: str, language: str = "en") -> tuple[Sentence, ...]:
    """Cut the text into sentences; language is an ISO 639 code, an unknown one counts as English.

    Empty or white-space-only text has no sentence.
    """
    code = language.strip().lower().replace("_", "-").split("-")[0]
    if not re.fullmatch("[a-z]{2,3}", code):
        code = "en"
    starts: list[tuple[int, int]] = []
    paragraphs = _paragraphs(text)
    width = _wrap_width(text, paragraphs)
    for number, lines in enumerate(paragraphs, 1):
        for start, end in _blocks(text, lines, width):
            starts += [(start + cut, number) for cut in _cuts(text[start:end], code)]
    if not starts:
        return ()
    starts[0] = (0, starts[0][1])
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return tuple(
        Sentence(number, start, end, text[start:end], paragraph)
        for number, ((start, paragraph), end) in enumerate(zip(starts, ends, strict=True), 1)
    )


_Span = tuple[int, int]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_MIN_WRAP, _MAX_WRAP = 45, 120
_STOPS = ".!?…؟۔。！？"
_CLOSERS = "\"'”’»›)]}"
_BULLET = re.compile(r"\s*(?:[•▪●◦‣·*–—-]\s|\(?(?:\d{1,3}|[a-z])[.)]\s)")
_CLOSING_MARKS = re.compile(rf"(?:[{re.escape(_CLOSERS)}]|\s[»›])+\s*")
# sentencex looks for no end inside brackets and quotes, not even for the last one.
_AFTER_BRACKET = re.compile(r"[^\W\d_]{3}[.!?…][\"”’»]?[)\]]\s+(?=[\"“«]?[^\W\d_])")
_ARABIC_ARTICLE = re.compile(r"(?:a[a-z]{1,2}|el)-[A-Z]")
_P_M = re.compile(r"[ap]\.\s?m\.\s*$")
_DAY_OR_ZONE = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:GMT|UTC|[A-Z]{1,2}ST)\b"
)

# Abbreviations that never end a sentence, whatever the language: what they shorten follows.
_OPENING_ABBREVIATIONS = _words(
    """
    Mr Mrs Ms Messrs Dr Prof Rev Hon Gen Lt Col Maj Capt Cpl Sgt Pvt Cmdr Adm Brig Gov Sen Rep Pres
    Amb Approx approx vs e.g i.e E.g I.e cf Cf
    M MM Mme Mmes Mlle Mlles Pr Gén Cdt Cne Ste env Env
    Sr Sra Sres Srta Dra Gral Cnel Tte Cap Ing Lic Dña Av EE
    ул Ул им ген Ген полк Полк просп пер пос дер т.е Т.е напр
    вул Вул буд ім смт пл Пл тобто
    г м с д р Г М С Д
    د م أ
    """
)
_NUMBERED = _words("No Nos no nos Nr Art art Fig p pp n ст Ст п № Núm núm")
_TAIL = re.compile(r"(?:^|[\s(«\"“'’])([^\W\d_][^\s(«\"“]{0,6})\.\s*$")
_AFTER_DIGIT = re.compile(r"\d\s*[^\W\d_]\.\s*$")
_INITIALS_ONLY = re.compile(r"\W*(?:[^\W\d_]\.[\s-]?)+\s*$")
_LIST_NUMBER = re.compile(r"\s*\(?\d{1,3}[.)]\s*$")
_UNSAFE = re.compile("[\ud800-\udfff]")
_SPACES = {ord(c): " " for c in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u2007\u2028\u2029\u202f"}


def _paragraphs(text: str) -> list[list[_Span]]:
    """Spans of the lines that are not blank, grouped by the blank lines between them."""
    groups: list[list[_Span]] = [[]]
    position = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            groups[-1].append((position, position + len(line)))
        elif groups[-1]:
            groups.append([])
        position += len(line)
    return [group for group in groups if group]


def _wrap_width(text: str, paragraphs: list[list[_Span]]) -> int:
    """Width at which the text is hard-wrapped, or 0 if its lines are not broken by width."""
    inner = sorted(
        len(text[start:end].rstrip()) for lines in paragraphs for start, end in lines[:-1]
    )
    width = inner[len(inner) * 9 // 10] if inner else 0
    return width if _MIN_WRAP <= width <= _MAX_WRAP else 0


def _blocks(text: str, lines: list[_Span], width: int) -> Iterator[_Span]:
    """Join the lines of one paragraph that only a wrap or a lower-case start holds together."""
    start, end = lines[0]
    upper = text[start : lines[-1][1]].isupper()
    previous = text[start:end].strip()
    for line_start, line_end in lines[1:]:
        line = text[line_start:line_end].strip()
        if not _continues(previous, line, width, alone=len(lines) == 2 and not upper):
            yield start, end
            start = line_start
        end, previous = line_end, line
    yield start, end


def _continues(line: str, following: str, width: int, *, alone: bool) -> bool:
    """Whether the break between two lines is only a wrap."""
    if _BULLET.match(following + " ") and (
        _BULLET.match(line) or line.endswith(":") or len(line) < width * 0.8 or not width
    ):
        return False
    if following[0].islower():
        return True
    word = following.split(None, 1)[0]
    if not width or len(line) + 1 + len(word) <= width * 0.9:
        return False
    # One full-width line above a capital may be a long headline: only a stop, or a third line, or
    # a script without capitals leaves it to sentencex.
    stopped = line.rstrip(_CLOSERS)[-1:] in tuple(_STOPS + ",;")
    return stopped or not alone or not following[0].isupper()


def _cuts(block: str, language: str) -> list[int]:
    """Offsets in the block at which its sentences start, 0 first."""
    # sentencex refuses surrogates and miscounts some line ends: it sees a stand-in of equal length.
    stand_in = _UNSAFE.sub("\ufffd", block.translate(_SPACES))
    segments: list[str] = sentencex.segment(language, stand_in)
    if sum(map(len, segments)) != len(block):
        return [0]
    proposed = {*accumulate(map(len, segments))}
    proposed.update(match.end() for match in _AFTER_BRACKET.finditer(stand_in))
    cuts = [0]
    for position in sorted(proposed - {len(block)}):
        if position <= cuts[-1]:  # a closing mark moved the last cut past this one
            continue
        cut = _mended(stand_in, cuts[-1], position)
        if cut is not None:
            cuts.append(cut)
    return cuts


def _mended(block: str, start: int, cut: int) -> int | None:
    """Return the cut, moved behind closing marks if need be, or None where no sentence ends."""
    if not block[cut - 1].isspace() or block[cut] in "»›":
        closing = _CLOSING_MARKS.match(block, cut)
        if closing:
            cut = closing.end()
        elif not block[cut].isspace() and not _glued(block, cut):
            return None
    following = block[cut : cut + 40].lstrip()
    before = block[max(start, cut - 24) : cut]
    if not following or not before.strip():
        return None
    if following[0].islower() and not (
        _ARABIC_ARTICLE.match(following) and before.rstrip().endswith(tuple(_STOPS))
    ):
        return None
    return None if _cuts_off(before, following, whole=cut - start < 24) else cut


def _glued(block: str, cut: int) -> bool:
    """Whether a new sentence starts although the space before it was forgotten."""
    return block[cut - 1] in _STOPS and (block[cut].isalpha() or block[cut] in "\"“«¿¡'‘(")


def _cuts_off(before: str, following: str, *, whole: bool) -> bool:
    """Whether the text before the cut ends in a shortening that needs what follows."""
    if whole and (_INITIALS_ONLY.match(before) or _LIST_NUMBER.match(before)):
        return True
    if _P_M.search(before):
        return bool(_DAY_OR_ZONE.match(following))
    tail = _TAIL.search(before)
    if not tail:
        return False
    if tail[1] in _NUMBERED:
        return following[0].isdigit()
    return tail[1] in _OPENING_ABBREVIATIONS and not _AFTER_DIGIT.search(before)
