"""One article after the other: all record types asked about, the replies recorded or replayed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from llm_extract.article import Article
from llm_extract.errors import EndpointError
from llm_extract.extraction import Extractor, failed_extraction
from llm_extract.models import OpenModel
from llm_extract.progress import status_line
from llm_extract.reading import safe_name
from llm_extract.record import Record
from llm_extract.record_type import RecordType
from llm_extract.result import Extraction
from llm_extract.terminal import printable


async def all_types(
    article: Article,
    types: Sequence[RecordType],
    extractor: Extractor,
    opened: OpenModel,
    gone: EndpointError | None,
) -> tuple[list[Extraction[Record]], EndpointError | None]:
    """Ask about one article; when the endpoint is gone, the rest is told as failed, not lost."""
    show = status_line()
    extractions: list[Extraction[Record]] = []

    def progress(name: str, done: int, whole: int) -> None:
        show(f"{printable(article.id)} · {name} · {done}/{whole}")

    async with opened.client:
        for record_type in types:
            if gone is None:
                try:
                    extractions.append(await extractor.extract(article, record_type, progress))
                    continue
                except EndpointError as error:
                    gone = error
            extractions.append(
                failed_extraction(extractor, article, record_type, gone.message, is_final=True)
            )
    show("")
    return extractions, gone


def tape(
    record: Path | None, replay: Path | None, article: Article, renew: str
) -> AbstractContextManager[None]:
    """Return the context in which an article's calls are recorded, replayed, or neither."""
    if record is None and replay is None:
        return nullcontext()
    from llm_extract import cassettes

    name = safe_name(article.id)
    if record is not None:
        return cassettes.recording(record, name)
    assert replay is not None
    return cassettes.replaying(replay, name, renew=renew)
