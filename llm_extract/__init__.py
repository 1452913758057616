"""Read news articles, write incident, ceasefire-agreement and displacement records.

An ``Article`` and a ``RecordType`` go to a ``Client``; what comes back is an ``Extraction`` of
``Record`` objects, each with its ``Evidence``. The record types that come with the package are in
``llm_extract.schemas``, everything that can go wrong in ``llm_extract.errors``.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_extract.api import aextract as aextract
    from llm_extract.api import evaluate as evaluate
    from llm_extract.api import extract as extract
    from llm_extract.article import Article as Article
    from llm_extract.client import Client as Client
    from llm_extract.record import Evidence as Evidence
    from llm_extract.record import Record as Record
    from llm_extract.record_type import RecordType as RecordType
    from llm_extract.result import Extraction as Extraction

__all__ = [
    "Article",
    "Client",
    "Evidence",
    "Extraction",
    "Record",
    "RecordType",
    "aextract",
    "evaluate",
    "extract",
]

# A wheel carries schemas/ and prompts/ inside this package; a checkout keeps them beside it.
if not (Path(__file__).parent / "schemas").is_dir():
    __path__.append(str(Path(__file__).parents[1]))

_HOMES = {
    "Article": "article",
    "Client": "client",
    "Evidence": "record",
    "Extraction": "result",
    "Record": "record",
    "RecordType": "record_type",
    "aextract": "api",
    "evaluate": "api",
    "extract": "api",
}
"""Where each public name lives: loaded when first used, so that importing this costs nothing."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
