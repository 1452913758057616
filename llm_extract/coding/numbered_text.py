"""An article as numbered sentences: what the model sees, and what evidence refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_extract.article import Article
from llm_extract.coding.counted import Counted, counted_in
from llm_extract.coding.dates import DatePhrase, find_date_phrases
from llm_extract.coding.mentions import Mention, locate
from llm_extract.coding.sentences import Sentence, split_sentences


@dataclass(frozen=True, slots=True)
class NumberedText:
    """An article and its sentences; all offsets count characters of ``article.text``."""

    article: Article
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, article: Article) -> NumberedText:
        """Split the article's text into numbered sentences."""
        return cls(article, split_sentences(article.text, article.language))

    def __getitem__(self, number: int) -> Sentence:
        return self.sentences[number - 1]

    def __contains__(self, number: int) -> bool:
        return 1 <= number <= len(self.sentences)

    def at(self, offset: int) -> Sentence:
        """Return the sentence that holds the character at ``offset``."""
        low, high = 0, len(self.sentences) - 1
        while low < high:
            middle = (low + high) // 2
            if self.sentences[middle].end <= offset:
                low = middle + 1
            else:
                high = middle
        return self.sentences[low]

    def overlapping(self, start: int, end: int) -> Iterator[Sentence]:
        """Yield the sentences that share a character with ``start``–``end``."""
        for sentence in self.sentences:
            if sentence.start < end and sentence.end > start:
                yield sentence

    def find(self, phrase: str, numbers: Iterable[int]) -> Iterator[Mention]:
        """Yield where the phrase stands in the numbered sentences."""
        for number in numbers:
            sentence = self[number]
            yield from locate(phrase, self.article.text, sentence.quote_start, sentence.quote_end)

    def counted(self, sentence: Sentence) -> tuple[Counted, ...]:
        """Return what the numbers of the sentence count; offsets count its own characters."""
        return counted_in(sentence.text)

    def dates(self, sentence: Sentence) -> tuple[DatePhrase, ...]:
        """Return the time expressions of the sentence; offsets count its own characters."""
        return find_date_phrases(sentence.text)
