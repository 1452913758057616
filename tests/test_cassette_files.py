from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.cassette_files import MAX_BYTES, Exchange, as_json, parse, read_text, write
from llm_extract.errors import CassetteError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "",
        "no",
        "2019-08-27",
        "1:30",
        "a \nb\n\n",
        "\n x",
        "a\x85b\nc",
        "\ufeff\n",
        "x\r\ny",
        "- a\n# b",
        "1e3",
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(texts, values, max_size=3), st.binary(max_size=30) | texts.map(str.encode))
def test_every_body_reads_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, told: dict[str, Any], answer: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    body = json.dumps(told, ensure_ascii=False).encode()
    exchange = Exchange("POST", "/v1", {}, body, 200, {}, answer)
    write(path, [exchange])
    [again] = parse(path, path.read_text("utf-8"), "")
    assert json.loads(again.request_body) == told
    assert again.digest == exchange.digest
    found, value = as_json(answer)
    assert json.loads(again.body) == value if found else again.body == answer


TORN = [
    pytest.param(b"format: llm-extract cassette 1\nexchanges:\n- request: {a", "YAML", id="cut"),
    pytest.param(b"", "first line", id="empty"),
    pytest.param(b"- 1\n", "first line", id="another file"),
    pytest.param(b"\xff\xfe", "UTF-8", id="not UTF-8"),
    pytest.param(b"format: llm-extract cassette 1\nexchanges: 3\n", "exchange", id="number"),
    pytest.param(
        b"format: llm-extract cassette 1\nexchanges:\n- request: {}\n", "exchange", id="half"
    ),
    pytest.param(
        b"format: llm-extract cassette 1\nexchanges: !!python/object/apply:os.getcwd []\n",
        "tag",
        id="python tag",
    ),
    pytest.param(
        b"format: llm-extract cassette 1\na: &a [1]\nexchanges: [*a, *a]\n", "alias", id="alias"
    ),
    pytest.param(b" " * (MAX_BYTES + 1), "too many", id="too large"),
]


@pytest.mark.parametrize(("content", "said"), TORN)
def test_a_torn_cassette_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_bytes(content)
    with pytest.raises(CassetteError, match=said) as caught:
        parse(path, read_text(path, "renew"), "renew")
    assert "tape.yaml" in caught.value.message
    assert caught.value.hint == "renew"


def test_the_order_of_keys_does_not_change_what_a_request_is_found_by() -> None:
    one, two = (
        Exchange("POST", "/v1", {}, body, 200, {}, b"")
        for body in (b'{"a":1,"b":2}', b'{"b": 2, "a": 1}')
    )
    assert one.digest == two.digest
