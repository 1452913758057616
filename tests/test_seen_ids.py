"""Ids remembered in little space."""

from __future__ import annotations

import tracemalloc

from llm_extract.reading.seen_ids import Earlier, SeenIds


def test_a_new_id_has_no_earlier_article() -> None:
    assert SeenIds().check("a", "text", 1) is None


def test_the_first_article_of_an_id_is_told_with_its_place() -> None:
    seen = SeenIds()
    seen.check("a", "text", 7)
    assert seen.check("a", "text", 8) == Earlier(7, same_text=True)
    assert seen.check("a", "other", 9) == Earlier(7, same_text=False)


def test_thousands_of_ids_are_kept_apart_in_little_memory() -> None:
    seen = SeenIds()
    tracemalloc.start()
    for number in range(10_000):
        assert seen.check(f"id-{number}", f"text {number}", number) is None
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 600_000
    for number in range(0, 10_000, 97):
        assert seen.check(f"id-{number}", f"text {number}", 0) == Earlier(number, same_text=True)
