"""Bytes of every provenance become text, or a reason why not."""

from __future__ import annotations

import codecs
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.errors import InputError
from llm_extract.reading.decoding import decode

FRENCH = (
    "À Ouagadougou, le ministre a déclaré que l'armée était déployée près du café. "
    "« Douze civils ont été tués », a précisé l’ONG — en août."
)
SPANISH = (
    "El alcalde señaló que 400.000 niños han sido desplazados; ¿volverán mañana? Según él, no."
)
RUSSIAN = "Во вторник при обстреле погибли 12 мирных жителей, сообщили врачи. Бои идут у реки."
UKRAINIAN = "У вівторок унаслідок обстрілу загинули 12 цивільних, її родичі поранені, є зниклі."
ARABIC = "قال شهود يوم الثلاثاء إن 12 مدنيا قتلوا في غارة على سوق شمال المدينة، بينهم طفلان."
POLISH = (
    "We wtorek zginęło co najmniej dwunastu żołnierzy, powiedział rzecznik. Walki wciąż trwają."
)
TURKISH = "Türkiye'nin güneyinde çatışmalarda on iki sivil öldü, valilik açıkladı. Çatışma sürüyor."


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (FRENCH, "cp1252", "windows-1252"),
        (FRENCH.replace("’", "'").replace("—", "-"), "latin-1", "windows-1252"),
        (SPANISH, "cp1252", "windows-1252"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "iso8859-5", "iso-8859-5"),
        (RUSSIAN, "cp866", "ibm866"),
        (UKRAINIAN, "cp1251", "windows-1251"),
        (ARABIC, "cp1256", "windows-1256"),
        (ARABIC, "iso8859-6", "iso-8859-6"),
        (POLISH, "cp1250", "windows-1250"),
        (TURKISH, "cp1254", "windows-1254"),
        ("Twelve people died at the café, police said. " * 30, "cp1252", "windows-1252"),
    ],
    ids=[
        *("french", "french latin-1", "spanish", "russian", "russian koi8-r", "russian iso"),
        *("russian dos", "ukrainian", "arabic", "arabic iso", "polish", "turkish", "english"),
    ],
)
def test_a_code_page_is_recognised_and_said(text: str, codec: str, name: str) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.encoding) == (text, name)
    assert decoded.warnings == (f"read as {name}, not declared",)


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
def test_a_byte_order_mark_tells_the_encoding_and_is_no_text(codec: str, mark: bytes) -> None:
    decoded = decode(mark + ARABIC.encode(codec))
    assert (decoded.text, decoded.encoding, decoded.warnings) == (ARABIC, codec, ())


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("text", [FRENCH, RUSSIAN, ARABIC], ids=["french", "russian", "arabic"])
def test_wide_text_without_a_mark_is_recognised_and_said(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.warnings) == (text, (f"read as {codec}, not declared",))


def test_bytes_that_are_not_utf_8_are_counted_placed_and_kept_visible() -> None:
    decoded = decode("“Twelve dead”, ".encode() + b"\xff they\xc3( said\n" + b"\xe2\x80")
    assert decoded.text.startswith("“Twelve dead”, \ufffd they\ufffd( said\n\ufffd")
    assert decoded.warnings == (
        "4 bytes are not valid utf-8, the first at byte 19: kept as U+FFFD",
    )


def test_the_place_of_a_bad_byte_counts_the_byte_order_mark() -> None:
    decoded = decode(codecs.BOM_UTF8 + "é".encode() + b"\xff")
    assert "1 byte is not valid utf-8, the first at byte 5" in decoded.warnings[0]


def test_a_torn_utf_16_file_is_reported() -> None:
    decoded = decode(codecs.BOM_UTF16_LE + "Twelve dead".encode("utf-16-le")[:-1])
    assert decoded.text == "Twelve dea\ufffd"
    assert "1 byte is not valid utf-16-le, the first at byte 22" in decoded.warnings[0]


def test_a_few_odd_bytes_in_plain_english_are_damage_and_not_a_language() -> None:
    decoded = decode(b"Fighting went on. " * 50 + b"\xff\xfe\xc3( " + b"It ended. " * 50)
    assert decoded.encoding == "utf-8"
    assert decoded.text.count("\ufffd") == 3


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"%PDF-1.7\nxx", "a PDF file"),
        (b"{\\rtf1 hello}", "an RTF file"),
        (b"PK\x03\x04rest", "Word"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word"),
        (b"\x00\x00\x00\x18ftypmp42", "video"),
        (b"text\x00\x01\x02" * 100, "zero"),
        (random.Random(1).randbytes(4000), "binary"),
        (bytes(range(128, 160)) * 20, "does not look like text"),
    ],
    ids=["pdf", "rtf", "zip", "gzip", "png", "jpeg", "doc", "mp4", "zeros", "noise", "controls"],
)
def test_a_binary_file_is_refused_with_what_it_looks_like(data: bytes, looks_like: str) -> None:
    with pytest.raises(InputError, match=looks_like) as caught:
        decode(data)
    assert "give" in caught.value.hint


def test_an_archive_is_to_be_unpacked() -> None:
    with pytest.raises(InputError) as caught:
        decode(b"\x1f\x8b\x08\x00rest")
    assert caught.value.hint.startswith("unpack")


def test_a_declared_encoding_is_believed() -> None:
    decoded = decode(POLISH.encode("iso8859-2"), declared="ISO-8859-2")
    assert (decoded.text, decoded.warnings) == (POLISH, ())


def test_latin_1_is_read_as_its_windows_page_as_browsers_do() -> None:
    assert decode(FRENCH.encode("cp1252"), declared="iso-8859-1").text == FRENCH


def test_utf_8_is_not_misread_for_a_wrong_declaration() -> None:
    decoded = decode(FRENCH.encode(), declared="windows-1252")
    assert decoded.text == FRENCH
    assert decoded.warnings == ("declared as windows-1252, but read as utf-8",)


@pytest.mark.parametrize("name", ["rot13", "idna", "unicode_escape", "no-such", "ut\0f"])
def test_a_declared_encoding_that_is_none_is_passed_over_and_said(name: str) -> None:
    decoded = decode(RUSSIAN.encode("cp1251"), declared=name)
    assert decoded.text == RUSSIAN
    assert decoded.warnings[0] == f"declared as {name}, which is not known"


def test_a_false_declaration_of_utf_8_falls_back_to_recognising() -> None:
    assert decode(RUSSIAN.encode("cp1251"), declared="utf-8").text == RUSSIAN


def test_a_megabyte_without_line_ends_is_recognised_quickly() -> None:
    text = "x" * 1_000_000 + " " + RUSSIAN * 500
    assert decode(text.encode("cp1251")).text == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_in_utf_8_comes_back(text: str) -> None:
    if text.startswith(("\ufeff", "%PDF-", "{\\rtf")):
        return
    assert decode(text.encode()).text == text


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_writable_text_or_a_clean_refusal(data: bytes) -> None:
    with contextlib.suppress(InputError):
        decode(data).text.encode()
