"""A model's reply text, read strictly: one sound JSON object, or the reason why not."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from pydantic import ValidationError

from llm_extract.errors import ReplyError

Json = dict[str, Any]
"""A parsed JSON object."""

MAX_DEPTH = 64
"""Levels of arrays and objects a reply may have."""
MAX_DIGITS = 18
"""Digits an integer in a reply may have; more do not fit 64 bits."""


def read_object(text: str) -> tuple[Json, str | None]:
    """Return the one JSON object in ``text`` and the repairs it needed, joined by ``+``.

    Raises ``ReplyError("malformed")``, which says what is wrong and where.
    """
    repairs: list[str] = []
    rest = text.strip()
    thought, closing, after = rest.rpartition("</think>")
    if closing and not thought.startswith(("{", "[", "`")):
        rest = after.strip()
        repairs.append("think")
    if fenced := re.fullmatch(r"```(?:json|JSON)?[ \t]*\n(.*?)\n?[ \t]*```", rest, re.DOTALL):
        rest = fenced[1].strip()
        repairs.append("fence")
    if not rest.startswith("{"):
        _refuse(f"it starts with {one_line(rest[:30])!r}, not with an object")
    _check_depth(rest)
    try:
        data, end = _DECODER.raw_decode(rest)
        _check_strings(data, "")
    except json.JSONDecodeError as error:
        _refuse(f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}")
    except _Malformed as error:
        _refuse(str(error))
    if trailing := rest[end:].strip():
        if re.search(r"[{\[]", trailing):
            _refuse(f"more than one object; the first ends at character {end}")
        repairs.append("trailing")
    return data, "+".join(repairs) or None


def tool_arguments(message: Json, tool: str) -> tuple[str, str]:
    """Return the arguments of the one call of ``tool``, or why there are none."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list) or not calls:
        prose = str(message.get("content") or "").strip()
        return "", "the model wrote prose where a tool call was due" if prose else ""
    if len(calls) > 1:
        return "", f"the model made {len(calls)} tool calls where one was due"
    function = calls[0].get("function") if isinstance(calls[0], dict) else None
    if not isinstance(function, dict) or function.get("name") != tool:
        return "", "the model called a tool that was not offered"
    arguments = function.get("arguments")
    return arguments if isinstance(arguments, str) else json.dumps(arguments), ""


def cut_short(text: str) -> ReplyError:
    """Return the error for a reply that ended at the token limit."""
    if is_looping(text):
        hint = "ask again with another seed; a higher limit would only repeat more"
        return ReplyError("looping", "the reply repeats itself until the token limit", hint)
    hint = "allow more tokens, or read the article in smaller windows"
    return ReplyError("truncated", "the reply was cut at the token limit", hint)


def misshapen(error: ValidationError) -> ReplyError:
    """Return the error for an object of another shape; names fields, never quotes values."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
        for fault in faults[:3]
    )
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return ReplyError("malformed", f"the reply has another shape: {told}{more}", "ask again")


def is_looping(text: str) -> bool:
    """Whether a reply cut by its token limit was only repeating itself."""
    if len(text) - len(text.rstrip()) > 200:
        return True
    words = text.split()
    seen: dict[int, int] = {}
    for start in range(len(words) - 19):
        gram = hash(tuple(words[start : start + 20]))
        seen[gram] = seen.get(gram, 0) + 1
        if seen[gram] > 10:
            return True
    # Words do not show "0000…" or "\n\n\n…" inside a string: look for a period at the end.
    gram_start = len(text) - 20
    period = gram_start - text.rfind(text[-20:], 0, len(text) - 1) if gram_start > 0 else 0
    return 0 < period <= gram_start and text.endswith(text[-period:] * 11)


def one_line(text: str) -> str:
    """Return foreign words fit for an error message: one line, harmless, 300 characters at most."""
    flat = " ".join(text.split())
    return "".join(char if char.isprintable() else "?" for char in flat)[:300]


class _Malformed(ValueError):
    """The text breaks a rule that Python's parser would let pass."""


def _refuse(what: str) -> NoReturn:
    hint = "ask again; llm-extract doctor shows which modes the endpoint honours"
    raise ReplyError("malformed", f"the model's reply is not usable JSON: {what}", hint) from None


def _check_depth(text: str) -> None:
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', text, re.DOTALL):
        mark = token[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MAX_DEPTH:
            _refuse(f"nested deeper than {MAX_DEPTH} levels at character {token.start()}")


def _check_strings(value: Any, where: str) -> None:
    if isinstance(value, str):
        if bad := re.search("[\x00\ud800-\udfff]", value):
            name = "a NUL" if bad[0] == "\0" else f"half a character (U+{ord(bad[0]):04X})"
            raise _Malformed(f"{name} in the string at {where}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key, f"{where}, in a key" if where else "a key")
            _check_strings(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_strings(item, f"{where}[{index}]")


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found: Json = {}
    for key, value in pairs:
        if key in found:
            raise _Malformed(f"the key {one_line(key[:60])!r} is given twice in one object")
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _Malformed(f"a number of {len(digits)} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        raise _Malformed(f"the number {digits[:30]} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _Malformed(f"{name} is not a number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)
