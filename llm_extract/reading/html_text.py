"""A web page taken apart: the article's own text, and the elements that carry metadata."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from llm_extract.errors import InputError
from llm_extract.reading.html_metadata import Element


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds besides its looks."""

    main_text: str
    """The article's paragraphs, one a line; empty when the page holds no text."""
    elements: tuple[Element, ...]
    """The elements that can carry metadata, in the order of the page."""


def parse_page(html: str) -> Page:
    """Take a page apart; what is no page gives an empty text."""
    # Imported late: it takes half a second, and only pages need it.
    try:
        import trafilatura
        from trafilatura.utils import load_html
    except ImportError as error:
        raise InputError(
            f"pages cannot be read here: {error.msg.splitlines()[0]}",
            "install llm-extract again, or save the article's text as .txt",
        ) from None
    _hush()
    try:
        tree = load_html(html)
        if tree is None:
            return Page("", ())
        elements = tuple(_elements(tree))
        found = trafilatura.bare_extraction(html, include_comments=False, with_metadata=False)
        main = getattr(found, "text", None)
        text = main.strip() if isinstance(main, str) else ""
        return Page(text, elements)
    except Exception as error:  # a page may break the parser in ways nobody has listed
        raise InputError(
            f"the page cannot be taken apart ({type(error).__name__})",
            "save the article's text as .txt and give that file",
        ) from error


_CARRIERS = ("html", "meta", "link", "time", "script", "title")


def _elements(tree: object) -> Iterator[Element]:
    for found in tree.iter(*_CARRIERS):  # type: ignore[attr-defined]
        attributes = {str(name).lower(): str(value) for name, value in found.attrib.items()}
        yield Element(str(found.tag), attributes, str(found.text or ""))


def _hush() -> None:
    # Its complaints about odd pages would reach the user's terminal, with text of the page.
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
            logger.propagate = False
