"""Bytes -> text: which encoding an article was written in, and what of it could not be read.

The order is: byte order mark, UTF-16 or UTF-32 without one, UTF-8, the encoding the file declares,
UTF-8 with damaged places, and last a guess among the code pages newsrooms have used.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from llm_extract.errors import InputError


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of its encoding, and what the reader should know about how it was found."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Read ``data`` as text without its byte order mark; undecodable bytes become U+FFFD.

    ``declared`` is the encoding the file names itself, as in HTML. Raises InputError when the
    bytes are no text, saying what they look like. Offsets in the warnings count bytes from 0.
    """
    _refuse_known_formats(data)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replacing(data, len(mark), encoding)
    if b"\0" in data and (wide := _wide_without_mark(data)):
        return wide
    _refuse_zeros(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf_8(data, declared)
    if declared and not data.isascii() and _codec(declared) not in (None, "utf-8"):
        return Decoded(text, "utf-8", (f"declared as {declared}, but read as utf-8",))
    return Decoded(text, "utf-8")


def known_format(data: bytes) -> str | None:
    """Name the format that the first bytes of ``data`` belong to when it is not text."""
    if data.startswith((b"%PDF-", b"{\\rtf")):
        return "a PDF file" if data.startswith(b"%") else "an RTF file"
    if data[257:262] == b"ustar":
        return "a tar archive"
    if data[4:8] == b"ftyp" and b"\0" in data[:64]:
        return "a video or audio file"
    if data[:4] == b"RIFF" and b"\0" in data[:64]:
        return "an image, sound or video (RIFF) file"
    return next((name for start, name in _FORMATS if data.startswith(start)), None)


# UTF-32 stands before UTF-16: the mark of the one begins with the mark of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_FORMATS = (
    (b"PK\x03\x04", "a zip archive (or a Word, Excel, OpenDocument or EPUB file)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh91AY&SY", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word, Excel or Outlook file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a\x00", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"GGUF\x03\0", "a language model"),
    (b"bplist00", "a binary property list"),
)


def _refuse_known_formats(data: bytes) -> None:
    name = known_format(data)
    if name is None:
        return
    hint = "save the article as plain text (UTF-8) or HTML, and give that file"
    if name.endswith(("archive", "gzip file", "bzip2 file", "xz file", "zstd file")):
        hint = "unpack it first, and give the files inside"
    raise InputError(f"this is {name}, not text", hint)


def _refuse_zeros(data: bytes) -> None:
    """Refuse many zero bytes: a damaged text may have a few, a binary file has more."""
    zeros = data.count(0)
    if zeros > max(4, len(data) // 1000) or (zeros and zeros * 20 > len(data)):
        raise InputError(
            f"this looks like a binary file: {zeros} of its {len(data)} bytes are zero",
            "save the article as plain text (UTF-8) or HTML, and give that file",
        )


def _replacing(data: bytes, start: int, encoding: str, *said: str) -> Decoded:
    """Decode from byte ``start`` on, with U+FFFD and a warning for what is not ``encoding``."""
    body = data[start:]
    try:
        return Decoded(body.decode(encoding), encoding, said)
    except UnicodeDecodeError as error:
        first = start + error.start
    if encoding == "utf-8":
        bad = _count_high(_MULTIBYTE.sub(b"", body))
    else:
        bad = len(body.decode(encoding, "replace")) - len(body.decode(encoding, "ignore"))
    what = f"{bad} byte{'s are' if bad != 1 else ' is'} not valid {encoding}"
    damage = f"{what}, the first at byte {first}: kept as U+FFFD"
    return Decoded(body.decode(encoding, "replace"), encoding, (*said, damage))


def _wide_without_mark(data: bytes) -> Decoded | None:
    """Recognise UTF-16 and UTF-32 by where the zero bytes of spaces and line ends stand."""
    for encoding, width, low in (
        ("utf-32-le", 4, 0),
        ("utf-32-be", 4, 3),
        ("utf-16-le", 2, 0),
        ("utf-16-be", 2, 1),
    ):
        # Where the low byte of each character stands there are no zeros, elsewhere many.
        zeros, wrong = data.count(0), data[low::width].count(0)
        if len(data) % width or wrong * 20 > zeros or zeros * 40 < len(data):
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:20_000]
        fit = sum(char.isprintable() or char in "\t\n\r\f" for char in sample)
        letters = sum(char.isalnum() or char.isspace() for char in sample)
        if fit >= 0.98 * len(sample) and letters >= 0.6 * len(sample):
            return Decoded(text, encoding, (f"read as {encoding}, not declared",))
    return None


_ASCII = bytes(range(128))
_HIGH = bytes(range(128, 256))
_ANY_HIGH = re.compile(rb"[\x80-\xff]")
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)

_TO_WINDOWS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}
"""What browsers read when a page names the smaller set: pages rarely mean it literally."""

_NAMES = {
    **{f"cp125{digit}": f"windows-125{digit}" for digit in range(9)},
    "cp1252": "windows-1252",
    "cp866": "ibm866",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "cp932": "shift_jis",
}

_ALLOWED = frozenset(
    (
        *(f"cp125{digit}" for digit in range(9)),
        *(f"iso8859-{part}" for part in range(1, 17)),
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u", "mac-cyrillic"),
        *("cp437", "cp850", "cp852", "cp866", "cp874", "tis-620", "mac-roman"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949"),
    )
)
"""Encodings a file may name: Python knows others that are no text or cost quadratic time."""


def _codec(declared: str) -> str | None:
    """Python's name of a declared encoding, or None when it is not one of those allowed."""
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    return _TO_WINDOWS.get(name, name) if name in _ALLOWED else None


def _not_utf_8(data: bytes, declared: str | None) -> Decoded:
    said: list[str] = []
    if declared and (codec := _codec(declared)) != "utf-8":
        if codec is not None:
            try:
                return _plausible(Decoded(data.decode(codec), _NAMES.get(codec, codec)))
            except UnicodeDecodeError:
                said.append(f"declared as {declared}, but it is not")
        else:
            said.append(f"declared as {declared}, which is not known")
    rest, valid = _MULTIBYTE.subn(b" ", data)
    foreign = _foreign_words(rest)
    # Western text in a code page hardly ever holds a valid UTF-8 sequence; Cyrillic may.
    damaged = valid >= 4 * _count_high(rest) if foreign else valid > 0
    if damaged or (guess := _guess(data, foreign)) is None:
        return _plausible(_replacing(data, 0, "utf-8", *said))
    name = _NAMES.get(guess, guess.replace("iso8859_", "iso-8859-"))
    said.append(f"read as {name}, not declared")
    return _plausible(replace(_replacing(data, 0, guess, *said), encoding=name))


def _plausible(decoded: Decoded) -> Decoded:
    """Return ``decoded`` unless so much of it is controls or damage that it can be no text."""
    sample = decoded.text[:200_000]
    odd = sum(
        char == "\ufffd" or (char < " " and char not in "\t\n\r\f\x1b") or "\x7f" <= char <= "\x9f"
        for char in sample
    )
    if odd * 5 > len(sample):
        raise InputError(
            f"this does not look like text: {odd} of its first {len(sample)} characters are "
            "control characters or in no known encoding",
            "save the article as plain text in UTF-8, and give that file",
        )
    return decoded


_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ¡¿«»‹›“”„‘’–—…•·€£°ºª§©®™\xa0\xad"
)
_LATIN_PAGES = ["cp1250", "iso8859_2", "cp1254", "cp1257", "cp1258", "cp1252", "cp850"]
_OTHER_PAGES = [
    *("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic"),
    *("cp1256", "iso8859_6", "cp1253", "iso8859_7", "cp1255", "iso8859_8", "cp874"),
    *("gb18030", "big5", "cp932", "euc_jp", "euc_kr"),
]


def _count_high(data: bytes) -> int:
    return len(data) - len(data.translate(None, _HIGH))


def _foreign_words(data: bytes) -> bool:
    """Whether bytes above 127 stand in rows, as in Cyrillic or Arabic, not singly as in French."""
    rows = sum(len(row) for row in re.findall(rb"[\x80-\xff]{3,}", data))
    return 2 * rows > _count_high(data)


def _guess(data: bytes, foreign: bool) -> str | None:
    """Name the code page of bytes that are not UTF-8, or None when nothing fits."""
    few = _count_high(data) * 100 < len(data)  # damage is then the better reading
    if foreign:
        return None if few else _best(_sample(data.split()), _OTHER_PAGES)
    try:
        # The detector takes French and Spanish for Central European; these letters decide it.
        if set(bytes(set(data)).translate(None, _ASCII).decode("cp1252")) <= _WESTERN:
            return "cp1252"
    except UnicodeDecodeError:
        pass
    return None if few else _best(_sample(data.split(b"\n")), _LATIN_PAGES)


_SAMPLE_SIZE = 65_536


def _sample(parts: list[bytes]) -> bytes:
    """Take the parts that hold bytes above 127: the others say nothing about a code page."""
    sample = bytearray()
    for part in parts:
        if (high := _ANY_HIGH.search(part)) is not None:
            start = max(0, high.start() - 100)
            sample += part[start : start + _SAMPLE_SIZE] + b" "
        if len(sample) >= _SAMPLE_SIZE:
            break
    return bytes(sample)


def _best(sample: bytes, pages: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=pages, enable_fallback=False).best()
    return None if best is None else best.encoding
