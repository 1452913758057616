from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from judged import cited_in, text_of

from llm_extract.coding.citations import Cited, cite, complete_evidence, quote_span, span_of
from llm_extract.coding.mentions import Mention, fold
from llm_extract.record import Evidence, Span

TEXT = 'Shells fell on Kessi. "On Tuesday, 12 people\ndied," he said. Shells fell again.'
WORDS = st.text(alphabet="ab éA'’\n.", min_size=1, max_size=24)


def said(quote: str, **fields: int) -> str | None:
    span = quote_span(Evidence.model_validate({"quote": quote, **fields}), text_of(TEXT))
    return None if span is None else TEXT[slice(*span)]


def test_a_quote_is_found_as_printed_or_with_its_print_evened_out() -> None:
    assert said("Shells fell on Kessi.") == "Shells fell on Kessi."
    assert said("12 people died") == "12 people\ndied"
    assert said("“On Tuesday, 12 people died,” he said.") is not None


def test_a_quote_with_other_words_or_case_is_not_in_the_article() -> None:
    for quote in ("13 people died", "shells fell on kessi", "people die", "Shells fell Kessi", ""):
        assert said(quote) is None


def test_the_offsets_given_with_a_quote_count_when_they_hold_it() -> None:
    second = TEXT.rindex("Shells fell")
    given = Evidence(quote="Shells fell", char_start=second, char_end=second + 11)
    assert quote_span(given, text_of(TEXT)) == (second, second + 11)
    for start, end in ((3, 14), (-5, 6), (second, 9999), (9, 9)):
        wrong = Evidence(quote="Shells fell", char_start=start, char_end=end)
        assert quote_span(wrong, text_of(TEXT)) == (0, 11)


def test_evidence_is_completed_with_where_and_how_often_it_stands() -> None:
    exact = complete_evidence(Evidence(quote="Shells fell"), text_of(TEXT))
    assert (exact.sentence, exact.char_start, exact.char_end) == (1, 0, 11)
    assert (exact.occurrences, exact.match) == (2, "exact")
    folded = complete_evidence(Evidence(quote="12 people died"), text_of(TEXT))
    assert (folded.sentence, folded.occurrences, folded.match) == (2, 1, "whitespace")
    missing = Evidence(quote="13 people died")
    assert complete_evidence(missing, text_of(TEXT)) == missing


def test_citing_a_sentence_quotes_it_whole() -> None:
    item = cite(1, text_of(TEXT))
    assert item.quote == "Shells fell on Kessi."
    assert (item.sentence, item.char_start, item.char_end, item.match) == (1, 0, 21, "exact")


def test_quotes_that_are_not_in_the_article_cite_nothing() -> None:
    cited = cited_in(TEXT, "13 people died", "Shells fell again.", "Shells fell again.")
    assert [TEXT[a:b] for a, b in cited.spans] == ["Shells fell again."]
    assert [s.number for s in cited.sentences] == [3]
    assert Cited.of([], text_of(TEXT)).sentences == ()


def test_phrases_are_looked_for_in_the_quotes_alone() -> None:
    cited = cited_in(TEXT, "12 people died")
    assert cited.find("people") is not None
    assert cited.find("Shells") is None
    assert cited.find_all("On Tuesday") == []
    assert [s.number for s in cited.elsewhere("Shells fell")] == [1, 3]
    assert [s.number for s in cited.elsewhere("On Tuesday")] == [2]
    assert list(cited.elsewhere("people")) == []


def test_a_span_must_lie_inside_one_quote() -> None:
    cited = cited_in(TEXT, "Shells fell on Kessi.", "Shells fell again.")
    (a, b), (c, d) = cited.spans
    assert cited.holds(a, b)
    assert cited.holds(a + 1, b - 1)
    assert not cited.holds(a, d)
    assert not cited.holds(b, c)


def test_a_mention_is_stored_as_its_offsets() -> None:
    assert span_of(Mention(3, 9, "fuzzy")) == Span(char_start=3, char_end=9)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.data())
def test_completed_evidence_slices_back_to_the_words_it_claims(
    article: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(article)))
    quote = data.draw(st.one_of(WORDS, st.just(article[start:])))
    text = text_of(article)
    if not text.sentences:
        return
    item = complete_evidence(Evidence(quote=quote), text)
    if item.char_start is None or item.char_end is None:
        return
    printed = article[item.char_start : item.char_end]
    assert fold(printed, case=False).text.strip() == fold(quote, case=False).text.strip()
    assert (item.match == "exact") == (printed == quote)
    assert item.sentence == text.at(item.char_start).number
    assert item.occurrences is not None
    assert item.occurrences >= 1


@settings(max_examples=100, deadline=None)
@given(WORDS)
def test_a_cited_sentence_slices_back_to_its_quote(article: str) -> None:
    text = text_of(article)
    for sentence in text.sentences:
        item = cite(sentence.number, text)
        assert item.quote == article[sentence.quote_start : sentence.quote_end]
        assert (item.char_start, item.char_end) == (sentence.quote_start, sentence.quote_end)
