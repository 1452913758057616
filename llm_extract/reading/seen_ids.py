"""Which ids have been read, at 16 bytes each: a run over a million articles must stay small."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Earlier:
    """The article that bore an id first."""

    place: int
    """The line, or the number in the order of reading, counted from 1."""
    same_text: bool


class SeenIds:
    """Remembers ids with a fingerprint of their text, in a table of two 64-bit words each."""

    def __init__(self) -> None:
        self._size = 0
        self._ids = array("Q", bytes(8 * 1024))
        self._values = array("Q", bytes(8 * 1024))

    def check(self, article_id: str, text: str, place: int) -> Earlier | None:
        """Return the earlier article of this id, or None and remember this one."""
        key, fingerprint = _hash(article_id) or 1, _hash(text) & _LOW
        slot = self._slot(key)
        if self._ids[slot]:
            value = self._values[slot]
            return Earlier(value >> 32, value & _LOW == fingerprint)
        self._ids[slot] = key
        self._values[slot] = (place & _LOW) << 32 | fingerprint
        self._size += 1
        if 3 * self._size > 2 * len(self._ids):
            self._grow()
        return None

    def _slot(self, key: int) -> int:
        """Find the slot of a key, or the free one where it belongs; 0 marks a free slot."""
        last = len(self._ids) - 1
        slot = key & last
        while self._ids[slot] not in (0, key):
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        ids, values = self._ids, self._values
        self._ids = array("Q", bytes(16 * len(ids)))
        self._values = array("Q", bytes(16 * len(ids)))
        for key, value in zip(ids, values, strict=True):
            if key:
                slot = self._slot(key)
                self._ids[slot], self._values[slot] = key, value


_LOW = 0xFFFF_FFFF


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
