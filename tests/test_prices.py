from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from llm_extract.errors import UsageError
from llm_extract.prices import NOTHING, Price, find_price
from llm_extract.result import Usage

M = 1_000_000
DEAR = Price(2.0 / M, 8.0 / M, 0.5 / M, "2026-06-21")


def usage(prompt: int | None, completion: int | None, cached: int | None = None) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def file_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("used", "dollars"),
    [
        (usage(M, 0), 2.0),
        (usage(0, M), 8.0),
        (usage(M, M), 10.0),
        (usage(M, 0, 0), 2.0),
        (usage(M, 0, M), 0.5),
        (usage(M, 0, M // 2), 1.25),
        (usage(M, 0, 2 * M), 0.5),  # no more can be cached than was sent
        (usage(0, 0), 0.0),
        (usage(None, 5), None),
        (usage(5, None), None),
        (usage(None, None), None),
    ],
)
def test_tokens_have_a_price_where_they_are_known(used: Usage, dollars: float | None) -> None:
    assert DEAR.of(used) == (None if dollars is None else pytest.approx(dollars))


@pytest.mark.parametrize("used", [usage(5, 5), usage(5, 5, 5), usage(None, None)])
def test_what_costs_nothing_costs_nothing_however_many_tokens_it_were(used: Usage) -> None:
    assert NOTHING.of(used) == 0.0


def test_the_dearest_token_is_the_dearer_of_the_two() -> None:
    assert DEAR.dearest == 8.0 / M
    assert Price(3.0, 1.0, 0.0, "").dearest == 3.0


def test_every_shipped_price_can_be_read_and_tells_its_day() -> None:
    shipped = tomllib.loads(files("llm_extract").joinpath("prices.toml").read_text("utf-8"))
    assert shipped
    for name, entry in shipped.items():
        price = find_price(name)
        assert price is not None
        assert price.prompt == pytest.approx(entry["prompt"] / M)
        assert price.completion == pytest.approx(entry["completion"] / M)
        assert 0 < price.cached <= price.prompt < price.completion
        assert len(price.as_of) == len("2026-01-01")


@pytest.mark.parametrize("name", ["gpt-4.1", "openai/gpt-4.1", "openrouter/openai/gpt-4.1"])
def test_a_price_is_found_with_and_without_who_sells_it(name: str) -> None:
    assert find_price(name) == DEAR


@pytest.mark.parametrize("name", ["local", "gpt-4", "gpt-4.1-2025-04-14", "GPT-4.1", "", "openai/"])
def test_a_price_that_stands_nowhere_is_unknown(name: str) -> None:
    assert find_price(name) is None


def test_the_users_file_comes_first(tmp_path: Path) -> None:
    mine = file_of(tmp_path, '["gpt-4.1"]\nprompt = 1\ncompletion = 3\nas_of = "2026-09-01"\n')
    for name in ("gpt-4.1", "openai/gpt-4.1"):
        assert find_price(name, mine) == Price(1 / M, 3 / M, 1 / M, "2026-09-01")


def test_what_is_not_in_the_users_file_is_looked_up_in_the_shipped_one(tmp_path: Path) -> None:
    mine = file_of(tmp_path, "[mine]\nprompt = 0\ncompletion = 0\n")
    assert find_price("gpt-4.1", mine) == DEAR
    assert find_price("mine", mine) == NOTHING
    assert find_price("yours", mine) is None
    assert find_price("mine") is None


def test_an_entry_with_its_sellers_name_comes_before_one_without(tmp_path: Path) -> None:
    mine = file_of(
        tmp_path,
        '["m"]\nprompt = 1\ncompletion = 1\n["dear/m"]\nprompt = 2\ncompletion = 2\n',
    )
    prices = [find_price(name, mine) for name in ("m", "dear/m", "cheap/m")]
    assert [price and round(price.prompt * M) for price in prices] == [1, 2, 1]


def test_a_name_with_a_slash_of_its_own_is_found_behind_its_seller(tmp_path: Path) -> None:
    mine = file_of(tmp_path, '["meta/llama"]\nprompt = 1\ncompletion = 1\n')
    assert find_price("meta/llama", mine) is not None
    assert find_price("openai/meta/llama", mine) is not None


def test_tokens_cached_cost_as_much_as_others_where_nothing_else_is_said(tmp_path: Path) -> None:
    mine = file_of(tmp_path, "[m]\nprompt = 4\ncompletion = 9\n")
    price = find_price("m", mine)
    assert price is not None
    assert price.of(usage(M, 0, M)) == pytest.approx(4.0)
    assert price.as_of == ""


@pytest.mark.parametrize(
    "entry",
    [
        "prompt = 1",
        "completion = 1",
        "",
        "prompt = -1\ncompletion = 1",
        "prompt = 1\ncompletion = -0.1",
        "prompt = 1\ncompletion = 1\ncached = -1",
        'prompt = "1"\ncompletion = 1',
        "prompt = true\ncompletion = 1",
        "prompt = 1\ncompletion = [1]",
        "prompt = 1\ncompletion = 1\ncached = false",
        "prompt = nan\ncompletion = 1",
        "prompt = 1\ncompletion = inf",
    ],
)
def test_an_entry_that_is_no_price_is_refused_by_file_and_name(tmp_path: Path, entry: str) -> None:
    mine = file_of(tmp_path, f"[m]\n{entry}\n")
    with pytest.raises(UsageError) as caught:
        find_price("openai/m", mine)
    assert str(mine) in caught.value.message
    assert "[m]" in caught.value.message
    assert "million tokens" in caught.value.hint


def test_a_number_in_place_of_an_entry_is_refused(tmp_path: Path) -> None:
    mine = file_of(tmp_path, "m = 2.0\n")
    with pytest.raises(UsageError, match=r"\[m\] needs prompt and completion"):
        find_price("m", mine)


def test_another_models_bad_entry_is_no_ones_concern(tmp_path: Path) -> None:
    mine = file_of(tmp_path, "[m]\nprompt = -1\n")
    assert find_price("gpt-4.1", mine) == DEAR


@pytest.mark.parametrize("content", [b"[m\n", b"prompt = ", b"\xff\xfe[m]", b"[m]\na=1\na=2\n"])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes(content)
    with pytest.raises(UsageError, match="is no TOML") as caught:
        find_price("m", mine)
    assert str(mine) in caught.value.message


def test_a_file_that_is_missing_or_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    for file in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read") as caught:
            find_price("m", file)
        assert str(file) in caught.value.message
