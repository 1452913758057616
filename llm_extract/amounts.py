"""Amounts as people write them: ``5M`` tokens, ``200k`` a minute, ``6h``, ``2G``."""

from __future__ import annotations

import math
import re

_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9}
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def amount(text: str) -> float:
    """Read a number with k, M or G behind it; raises ``ValueError`` with words for the user."""
    found = re.fullmatch(r"(\d+(?:_\d+)*(?:\.\d+)?)\s*([kKmMgGbB]?)", text.strip())
    if not found:
        raise ValueError(f"{text!r} is no amount: write 5000, 200k, 5M or 2G")
    value = float(found[1].replace("_", "")) * _FACTORS[found[2].lower()]
    if not 0 < value < math.inf:
        raise ValueError(f"{text!r} is not more than nothing, or beyond all measure")
    return value


def seconds(text: str) -> float:
    """Read a time as ``90s``, ``30m``, ``6h``, ``2d`` or ``1h30m``; raises ``ValueError``."""
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(min|s|m|h|d)", text.strip().lower())
    if not parts or "".join(n + unit for n, unit in parts) != text.strip().lower().replace(" ", ""):
        raise ValueError(f"{text!r} is no time: write 90s, 30m, 6h or 1h30m")
    total = sum(float(n) * _SECONDS[unit] for n, unit in parts)
    if total <= 0:
        raise ValueError(f"{text!r} is not more than nothing")
    return total
