"""Which of six languages an article is written in: its script, then its most frequent words."""

from __future__ import annotations

import re
from collections import Counter


def guess_language(text: str) -> str:
    """Return ``en``, ``fr``, ``es``, ``ar``, ``ru`` or ``uk``; ``en`` when nothing else shows."""
    words = _WORD.findall(text[:20_000].lower())
    letters = Counter(_script(char) for word in words for char in word)
    script = max(("latin", "arabic", "cyrillic"), key=lambda name: letters[name])
    if script == "arabic":
        return "ar"
    if script == "cyrillic":
        joined = "".join(words)
        ukrainian = sum(joined.count(char) for char in "іїєґ")
        return "uk" if ukrainian > sum(joined.count(char) for char in "ыэъё") else "ru"
    hits = {
        name: sum(1 for word in words if known.fullmatch(word)) for name, known in _FREQUENT.items()
    }
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] > hits["en"] else "en"


def language_code(tag: str) -> str | None:
    """Take the ISO 639 code out of a language tag such as ``fr-CA``; None when there is none."""
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*", tag.strip())
    return None if found is None else found[1].lower()


_WORD = re.compile(r"[^\W\d_]+")

# Words short and common enough for one paragraph, and not shared between the three.
_FREQUENT = {
    "en": re.compile(
        "the|and|of|to|was|were|been|that|by|with|from|at|said|which|who|they|their|have"
    ),
    "fr": re.compile(
        "le|les|des|du|et|dans|une|est|par|pour|sur|qui|au|aux|ont|été|avec|selon|ce|sont"
    ),
    "es": re.compile("el|los|las|del|y|en|una|por|para|con|fue|que|según|su|ha|han|al|más|como"),
}


def _script(char: str) -> str:
    if char < "\u0250":
        return "latin"
    if "\u0400" <= char <= "\u052f":
        return "cyrillic"
    if "\u0600" <= char <= "\u077f" or "\ufb50" <= char <= "\ufefc":
        return "arabic"
    return "other"
