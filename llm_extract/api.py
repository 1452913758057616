"""From Python: one article and one record type in, one extraction out."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast, overload

from llm_extract.article import Article
from llm_extract.client import ChatClient, Client
from llm_extract.errors import TypeDefinitionError
from llm_extract.extraction import Extractor, run_sync
from llm_extract.labels.files import Label, load_labels
from llm_extract.models import LOCAL, open_model, profile_for
from llm_extract.record import Record
from llm_extract.record_type import RecordType, find_record_type
from llm_extract.result import Extraction
from llm_extract.scoring.report import Report
from llm_extract.scoring.statistics import RESAMPLES, SEED

R = TypeVar("R", bound=Record)


@overload
def extract(
    article: Article,
    record_type: type[R],
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[R]: ...
@overload
def extract(
    article: Article,
    record_type: RecordType | str,
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[Record]: ...
def extract(
    article: Article,
    record_type: type[Record] | RecordType | str,
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[Any]:
    """Find the records of one type in one article; works in a notebook too.

    ``client`` is asked, else a client of ``model`` is opened for this one call: for many articles
    open it once (``llm_extract.models.open_model``). ``profile`` is ``whole`` or ``windows``; None
    takes the one that suits ``model``, and ``whole`` for a ``client``. Names of record types are
    looked up in ``types_dir`` first.

    Raises ``EndpointError`` when the model cannot be used at all and ``UsageError`` for names that
    mean nothing; what fails for this article only is told in the extraction's state.
    """

    async def ask_and_close() -> Extraction[Record]:
        try:
            return await _extract(
                article, record_type, client, model, base_url, profile, max_asks, types_dir
            )
        finally:
            if isinstance(client, Client):
                # Its connections belong to the event loop that ends with this call.
                await client.aclose()

    return cast("Extraction[Any]", run_sync(ask_and_close()))


@overload
async def aextract(
    article: Article,
    record_type: type[R],
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[R]: ...
@overload
async def aextract(
    article: Article,
    record_type: RecordType | str,
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[Record]: ...
async def aextract(
    article: Article,
    record_type: type[Record] | RecordType | str,
    *,
    client: ChatClient | None = None,
    model: str = LOCAL,
    base_url: str | None = None,
    profile: str | None = None,
    max_asks: int | None = None,
    types_dir: Path | None = None,
) -> Extraction[Any]:
    """Do as ``extract`` does, inside a running event loop; a given ``client`` stays open."""
    return await _extract(
        article, record_type, client, model, base_url, profile, max_asks, types_dir
    )


async def _extract(
    article: Article,
    record_type: type[Record] | RecordType | str,
    client: ChatClient | None,
    model: str,
    base_url: str | None,
    profile: str | None,
    max_asks: int | None,
    types_dir: Path | None,
) -> Extraction[Record]:
    found = as_record_type(record_type, types_dir)
    with _extractor(client, model, base_url, profile, max_asks) as extractor:
        try:
            return await extractor.extract(article, found)
        finally:
            if client is None and isinstance(extractor.client, Client):
                await extractor.client.aclose()


@contextmanager
def _extractor(
    client: ChatClient | None,
    model: str,
    base_url: str | None,
    profile: str | None,
    max_asks: int | None,
) -> Iterator[Extractor]:
    if client is not None:
        # Who brings a client of their own has a server: what suits a remote model suits it.
        suited = profile_for(client.model, "", profile)
        where = client.address.base_url if isinstance(client, Client) else ""
        yield Extractor(client, suited, endpoint=where, max_asks=max_asks)
        return
    with open_model(model, base_url=base_url, profile=profile) as opened:
        yield Extractor(opened.client, opened.profile, endpoint=opened.place, max_asks=max_asks)


def as_record_type(
    record_type: type[Record] | RecordType | str, types_dir: Path | None = None
) -> RecordType:
    """Return the record type for a name or a Record class; raises ``TypeDefinitionError``.

    The class of ``X/schemas/protest.py`` has its prompt in ``X/prompts/protest.md.j2``.
    """
    if isinstance(record_type, RecordType):
        return record_type
    if isinstance(record_type, str):
        return find_record_type(record_type, types_dir)
    try:
        file = Path(inspect.getfile(record_type))
    except (OSError, TypeError):
        raise TypeDefinitionError(
            f"{record_type.__name__} stands in no file, so it has no prompt",
            "put it into DIR/schemas/NAME.py and its prompt into DIR/prompts/NAME.md.j2",
        ) from None
    is_builtin = record_type.__module__.startswith("llm_extract.schemas.")
    found = find_record_type(file.stem, None if is_builtin else file.parent.parent)
    # A file of one's own is loaded once more by its path; the caller's class is the one to fill.
    return dataclasses.replace(found, model=record_type)


def evaluate(
    labels: Path | str | Sequence[Label],
    extractions: Iterable[Extraction[Any] | Mapping[str, Any]],
    *,
    split: str | None = None,
    check_support: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    types_dir: Path | None = None,
) -> Report:
    """Score extractions against labels: a folder of label files, or labels that were read.

    ``report.figures["all"]["record_f1"]`` has ``value``, the bounds ``low`` and ``high`` of its
    95 % interval, and ``n``, the number it rests on. No model is asked. Raises ``InputError`` for
    labels that cannot be read.
    """
    from llm_extract.scoring import evaluation

    if isinstance(labels, Path | str):
        labels = load_labels(Path(labels), split=split)
    lines = [e.model_dump(mode="json") if isinstance(e, Extraction) else e for e in extractions]
    return evaluation.evaluate(
        labels,
        lines,
        types_dir=types_dir,
        resamples=resamples,
        seed=seed,
        judge_support=check_support,
    )
