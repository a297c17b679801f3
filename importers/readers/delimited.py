"""
Comma- and tab-separated text, plain or gzipped, in the encodings of Chinese offices.

An encoding is proven, not guessed: the whole file must decode strictly, and text read as GB18030 must look
like Chinese, since almost any bytes decode as GB18030.
"""

import codecs
import csv
import gzip
import io
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from domain.errors import UnreadableFileError
from importers.limits import MAX_COLUMNS, MAX_TEXT_BYTES
from importers.sheets import Row, Sheet, SourceFile

_CHUNK = 1 << 20
_CANDIDATES = (",", "\t", ";", "|")
_COMMON_SHARE = 0.9
_FOREIGN_SHARE = 0.05
_MACINTOSH = "mac_roman"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_delimited(path: Path, digest: str) -> SourceFile:
    """
    Open delimited text.

    Raises
    ------
    UnreadableFileError
        Unknown encoding, cut off, binary, or wider than any table.
    """
    encoding = _proven_encoding(path)
    delimiter = _delimiter(path, encoding)

    def rows() -> Iterator[Row]:
        return _rows(path, encoding, delimiter)

    sheet = Sheet(file_name=path.name, file_digest=digest, name="", rows=rows)
    return SourceFile(path=path, digest=digest, encoding=encoding.removesuffix("-sig"), sheets=(sheet,))


def _stream(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    total = 0
    try:
        with _stream(path) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAX_TEXT_BYTES:
                    raise _unreadable(path, "too_large", "more than 1 GiB of text")
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
        raise _unreadable(path, "cut_off", str(error)) from error


def _unreadable(path: Path, reason: str, problem: str) -> UnreadableFileError:
    return UnreadableFileError(f"{path.name}: {problem}", file=path.name, reason=reason, problem=problem)


def _proven_encoding(path: Path) -> str:
    with _stream(path) as stream:
        try:
            head = stream.read(4)
        except (EOFError, OSError, zlib.error) as error:
            raise _unreadable(path, "cut_off", str(error)) from error
    if not head:
        raise _unreadable(path, "empty", "holds no text")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            if not _decodes(path, encoding):
                raise _unreadable(path, "encoding", f"begins as {encoding} and goes on as something else")
            return encoding
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    if _is_old_macintosh(path):
        return _MACINTOSH
    raise _unreadable(path, "encoding", "is neither UTF-8 nor GB18030")


def _is_old_macintosh(path: Path) -> bool:
    """
    Say whether text is a table of an old Macintosh: its lines end with CR alone, and little is beyond ASCII.

    Any bytes decode as Mac Roman, so the line ends are the proof and the share of letters the check.
    """
    ends = size = 0
    beyond: list[str] = []
    for chunk in _chunks(path):
        if b"\n" in chunk or b"\0" in chunk:
            return False
        ends += chunk.count(b"\r")
        size += len(chunk)
        beyond += [c for c in chunk.decode(_MACINTOSH) if c > "\x7f"]
        if len(beyond) > _FOREIGN_SHARE * size + 8:
            return False
    words = sum(c.isalpha() or unicodedata.category(c).startswith(("P", "Z", "Sc")) for c in beyond)
    return ends > 0 and words >= _COMMON_SHARE * len(beyond)


def _decodes(path: Path, encoding: str) -> bool:
    """Decode all of it strictly; look at what came out."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    foreign = common = quotes = 0
    try:
        for chunk in _chunks(path):
            text = decoder.decode(chunk)
            if "\0" in text:
                raise _unreadable(path, "binary", "holds zero bytes, so it is no text")
            if "\ufffd" in text:
                raise _unreadable(
                    path, "damaged", "holds replacement characters: it was decoded wrongly before"
                )
            quotes += text.count('"')
            if encoding == "gb18030" and not text.isascii():
                beyond = [c for c in text if c > "\x7f"]
                foreign += len(beyond)
                common += len("".join(beyond).encode("gb2312", "ignore")) // 2
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if (
            error.reason in {"unexpected end of data", "incomplete multibyte sequence"}
            and encoding == "utf-8"
        ):
            raise _unreadable(path, "cut_off", "ends in the middle of a character") from error
        return False
    if encoding == "gb18030" and foreign and common < _COMMON_SHARE * foreign:
        return False
    if quotes % 2 and _ends_inside_quotes(path, encoding):
        raise _unreadable(path, "cut_off", "ends inside a quoted cell")
    return True


def _ends_inside_quotes(path: Path, encoding: str) -> bool:
    with io.TextIOWrapper(_stream(path), encoding=encoding, newline="") as text:
        try:
            for _ in csv.reader(text, strict=True):
                pass
        except csv.Error as error:
            return "unexpected end" in str(error)
    return False


def _delimiter(path: Path, encoding: str) -> str:
    """Take the character that parts the first rows into most cells, commas before others."""
    with io.TextIOWrapper(_stream(path), encoding=encoding, newline="") as text:
        head = [line for line, _ in zip(text, range(40), strict=False)]
    if sum(map(len, head)) > 1 << 22:
        raise _unreadable(path, "too_wide", "has lines of millions of characters")

    def cells(delimiter: str) -> int:
        try:
            return max((len(row) for row in csv.reader(head, delimiter=delimiter)), default=0)
        except csv.Error:
            return 0

    best = max(_CANDIDATES, key=cells)
    if cells(best) > MAX_COLUMNS:
        raise _unreadable(path, "too_wide", f"has rows of {cells(best)} columns")
    return best


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    with io.TextIOWrapper(_stream(path), encoding=encoding, newline="") as text:
        try:
            for number, row in enumerate(csv.reader(text, delimiter=delimiter), start=1):
                if len(row) > MAX_COLUMNS:
                    raise _unreadable(path, "too_wide", f"row {number} has {len(row)} columns")
                yield number, row
        except csv.Error as error:
            raise _unreadable(path, "damaged", str(error)) from error
