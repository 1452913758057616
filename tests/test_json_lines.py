"""Strict JSON Lines: what is not certain is refused."""

from __future__ import annotations

import io

import pytest

from llm_extract.errors import InputError
from llm_extract.reading.json_lines import parse_object, read_lines


def test_an_object_is_read_with_all_its_members() -> None:
    assert parse_object('{"text": "é", "n": 1.5, "deep": {"a": [null, true]}}') == {
        "text": "é",
        "n": 1.5,
        "deep": {"a": [None, True]},
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "to', "column 10"),
        ('{"a": 1, "a": 2}', "'a' is given twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
        ("[1, 2]", "a JSON array"),
        ('"text"', "a JSON string"),
        ("null", "a JSON null"),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", "deeper than 64"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "deeper than 64"),
    ],
    ids=[
        *("torn", "repeated", "nan", "infinity", "overflow", "long number"),
        *("array", "string", "null", "deep", "very deep"),
    ],
)
def test_a_line_that_is_not_certain_is_refused(line: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_object(line)


def test_a_line_over_the_limit_is_an_error_and_the_next_one_is_read() -> None:
    lines = list(read_lines(io.BytesIO(b"abc\n" + b"x" * 100 + b"\nde"), 10))
    assert lines[0] == b"abc\n"
    assert isinstance(lines[1], InputError)
    assert "--max-bytes" in lines[1].hint
    assert lines[2:] == [b"de"]


def test_a_line_without_an_end_is_told_before_it_is_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            self.taken += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    raw = Endless()
    assert isinstance(next(read_lines(io.BufferedReader(raw), 1000)), InputError)
    assert raw.taken < 100_000


def test_a_failing_disk_is_an_input_error() -> None:
    class Failing(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="Input/output error"):
        list(read_lines(Failing(), 10))
