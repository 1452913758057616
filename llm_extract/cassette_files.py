"""How a cassette is written: YAML that shows in a diff what changed, and reads back the same."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import yaml

from llm_extract.errors import CassetteError
from llm_extract.reply_text import Json

FORMAT = "llm-extract cassette 1"
"""First value of every cassette."""
MAX_BYTES = 32 * 1024 * 1024
"""Largest cassette written or read; some 4,000 exchanges."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, cleaned of all that must not be kept."""

    method: str
    path: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def digest(self) -> str:
        """What a request is found again by: method, path and body, the keys of JSON sorted."""
        found, value = as_json(self.request_body)
        told = json.dumps(value, sort_keys=True).encode() if found else self.request_body
        return hashlib.sha256(f"{self.method} {self.path}\n".encode() + told).hexdigest()


def write(path: Path, exchanges: Sequence[Exchange]) -> int:
    """Replace the cassette at ``path`` as a whole and return its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"format": FORMAT, "exchanges": [_as_data(exchange) for exchange in exchanges]}
    text = _dump(data)
    if yaml.load(text, Loader=_LOADER) != data:
        raise AssertionError(f"{path} would not read back as it was written")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path.stat().st_size


def read_text(path: Path, hint: str) -> str:
    """Return the text of a cassette; ``CassetteError`` when there is none of a fair size."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise CassetteError(f"{path}: {size} bytes are too many for a cassette", hint)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"{path}: {error.strerror}", hint) from None
    except UnicodeDecodeError:
        raise CassetteError(f"{path}: not UTF-8", hint) from None


def parse(path: Path, text: str, hint: str) -> list[Exchange]:
    """Return the exchanges in the text of a cassette; ``CassetteError`` when it is torn."""

    def torn(what: str) -> NoReturn:
        raise CassetteError(f"{path}: not a whole cassette: {what}", hint) from None

    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                torn("it holds an alias")
            if tag := getattr(event, "tag", None):
                torn(f"it holds the tag {tag}")
        data = yaml.load(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        torn(f"broken YAML at line {mark.line + 1}" if mark else "broken YAML")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        torn(f"its first line is not 'format: {FORMAT}'")
    try:
        return [_from_data(entry) for entry in data["exchanges"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        torn(f"an exchange lacks or garbles {error}")


def as_json(body: bytes) -> tuple[bool, object]:
    """Return whether ``body`` is JSON that survives being read and written, and its value."""
    try:
        value: object = json.loads(body, object_pairs_hook=_unique)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # also what can not be decoded or encoded
        return False, None
    return isinstance(value, dict | list), value


def _as_data(exchange: Exchange) -> Json:
    return {
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "headers": dict(exchange.request_headers),
            **_body_data(exchange.request_body),
        },
        "response": {
            "status": exchange.status,
            "headers": dict(exchange.headers),
            **_body_data(exchange.body),
        },
    }


def _body_data(body: bytes) -> Json:
    found, value = as_json(body)
    if found:
        return {"json": value}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return found


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they look, so that a changed prompt can be read in a diff.

    The pure-Python emitter is used on purpose: libyaml breaks lines in other places.
    """

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        # YAML takes these for line ends too, and reads them back as something else.
        odd = re.search("[\r\x85\u2028\u2029]", text)
        style = '"' if odd else "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _dump(data: Json) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def _from_data(entry: Json) -> Exchange:
    request, response = entry["request"], entry["response"]
    return Exchange(
        str(request["method"]),
        str(request["path"]),
        {str(name): str(value) for name, value in request["headers"].items()},
        _body_bytes(request),
        int(response["status"]),
        {str(name): str(value) for name, value in response["headers"].items()},
        _body_bytes(response),
    )


def _body_bytes(part: Json) -> bytes:
    if "json" in part:
        return json.dumps(part["json"], ensure_ascii=False, allow_nan=False).encode()
    if "text" in part:
        return str(part["text"]).encode()
    return base64.b64decode(part["base64"], validate=True)
