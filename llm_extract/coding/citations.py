"""The part of the article a record cites: nothing outside it proves anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llm_extract.coding.mentions import Mention, first_mention, locate
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.coding.sentences import Sentence
from llm_extract.record import Evidence, Span


@dataclass(frozen=True, slots=True)
class Cited:
    """The passages of an article that a record quotes, found in its text."""

    text: NumberedText
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, evidence: list[Evidence], text: NumberedText) -> Cited:
        """Keep the quotes that stand in the article; the others cite nothing."""
        found = [span for item in evidence if (span := quote_span(item, text))]
        return cls(text, tuple(sorted(set(found))))

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences the quotes touch, in order."""
        touched = {s.number: s for a, b in self.spans for s in self.text.overlapping(a, b)}
        return tuple(touched[n] for n in sorted(touched))

    def find(self, phrase: str) -> Mention | None:
        """Return where the phrase stands in the quotes, best match, or None."""
        return first_mention(phrase, self.text.article.text, self.spans)

    def find_all(self, phrase: str) -> list[Mention]:
        """Return everywhere the phrase stands in the quotes."""
        return [m for a, b in self.spans for m in locate(phrase, self.text.article.text, a, b)]

    def holds(self, start: int, end: int) -> bool:
        """Tell whether the characters lie inside one quote."""
        return any(a <= start and end <= b for a, b in self.spans)

    def elsewhere(self, phrase: str) -> Iterator[Sentence]:
        """Yield the sentences in which the phrase stands outside the quotes."""
        for sentence in self.text.sentences:
            mentions = self.text.find(phrase, (sentence.number,))
            if any(not self.holds(m.start, m.end) for m in mentions):
                yield sentence


def quote_span(item: Evidence, text: NumberedText) -> tuple[int, int] | None:
    """Return where a quote stands, at its own offsets first; case and every word must agree."""
    body = text.article.text
    start, end = item.char_start, item.char_end
    if start is not None and end is not None and 0 <= start < end and body[start:end] == item.quote:
        return start, end
    mention = next(iter(locate(item.quote, body, case=False)), None)
    return (mention.start, mention.end) if mention else None


def complete_evidence(item: Evidence, text: NumberedText) -> Evidence:
    """Fill in offsets, sentence number, number of occurrences and how the quote matched."""
    span = quote_span(item, text)
    if span is None:
        return item
    body = text.article.text
    mentions = list(locate(item.quote, body, case=False))
    return Evidence(
        quote=item.quote,
        sentence=text.at(span[0]).number,
        char_start=span[0],
        char_end=span[1],
        occurrences=max(1, len(mentions)),
        match="exact" if body[span[0] : span[1]] == item.quote else "whitespace",
    )


def cite(number: int, text: NumberedText) -> Evidence:
    """Return the evidence that a sentence is, quoted whole."""
    sentence = text[number]
    return complete_evidence(
        Evidence(
            quote=sentence.quote, char_start=sentence.quote_start, char_end=sentence.quote_end
        ),
        text,
    )


def span_of(mention: Mention) -> Span:
    """Return the mention as it is stored in a record."""
    return Span(char_start=mention.start, char_end=mention.end)
