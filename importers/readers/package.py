"""
Proving the package of a new workbook before a parser meets it.

Everything is read as a stream: how far each sheet reaches, how deep its XML nests, how much text its cells would
hold, and which formulas left no value. A package that would cost more than any table is refused by what it says,
never by what it cost.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from domain.errors import UnreadableFileError
from importers.limits import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_DEPTH,
    MAX_PARTS,
    MAX_RATIO,
    MAX_SHARED_STRINGS_BYTES,
    MAX_SHEET_TEXT_BYTES,
    MAX_UNPACKED_BYTES,
)

Faults = dict[str, dict[tuple[int, int], str]]
"""Name of a sheet to its cells without a value; see ``Sheet.faults``."""

_CHUNK = 1 << 20
_TAIL = 1 << 16
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>([^<]*)</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>|<(?:\w+:)?v\s*/>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*?\bt="e"[^>]*)>.{0,200}?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SHARED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\bt="s"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})<')
_TAG = re.compile(rb"<(/?)[A-Za-z_][^<>]*?(/?)>")
_ITEM = re.compile(rb"</(?:\w+:)?si>")
_FAULTS_KEPT = 10_000


def _unreadable(path: Path, reason: str, problem: str) -> UnreadableFileError:
    return UnreadableFileError(f"{path.name}: {problem}", file=path.name, reason=reason, problem=problem)


@dataclass(slots=True)
class _Extent:
    """What is known of a sheet so far."""

    width: int = 0
    height: int = 0
    depth: int = 0
    shared: int = 0
    faults: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])


def prove_package(path: Path, content: bytes) -> Faults:
    """
    Check a ZIP package: whole, of bounded size, and its sheets of bounded extent; give its cells without a value.

    Raises
    ------
    UnreadableFileError
        Cut off, no workbook, or more than any table holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * len(content):
                raise _unreadable(path, "bomb", f"unpacks to {unpacked} bytes in {len(parts)} parts")
            if not any(part.filename.startswith("xl/") for part in parts):
                raise _unreadable(path, "wrong_ending", "is a ZIP archive, but no workbook")
            lengths = _shared_lengths(path, package, parts)
            names = _sheet_names(package)
            faults: Faults = {}
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    found = _prove_sheet(path, package, part, lengths)
                    faults[names.get(part.filename, part.filename)] = found.faults
            return faults
    except UnreadableFileError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        struct.error,
    ) as error:
        raise _unreadable(path, "cut_off", str(error)) from error
    except (ValueError, UnicodeError, OverflowError) as error:
        raise _unreadable(path, "damaged", str(error)) from error


def _stream(
    path: Path, package: zipfile.ZipFile, part: zipfile.ZipInfo, most: int, end: bytes
) -> Iterator[bytes]:
    """Give a part in pieces that end where ``end`` does, so that no element is cut in two."""
    read = 0
    rest = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > most:
                raise _unreadable(path, "bomb", f"{part.filename} unpacks to more than {most} bytes")
            whole = rest + chunk
            cut = whole.rfind(end) + len(end) if end in whole else max(0, len(whole) - _TAIL)
            rest = whole[cut:] if len(whole) - cut <= _CHUNK else whole[-_TAIL:]
            yield whole[:cut]
    yield rest


def _prove_sheet(path: Path, package: zipfile.ZipFile, part: zipfile.ZipInfo, lengths: list[int]) -> _Extent:
    found = _Extent()
    longest = max(lengths, default=0)
    cells = 0
    for piece in _stream(path, package, part, MAX_UNPACKED_BYTES, b"</c>"):
        for letters, digits in _CELL.findall(piece):
            found.width = max(found.width, _column_number(letters))
            found.height = max(found.height, int(digits))
            cells += 1
        if found.width > MAX_COLUMNS:
            raise _unreadable(path, "too_wide", f"a cell stands in column {found.width}")
        if found.width * found.height > MAX_CELLS:
            raise _unreadable(
                path, "too_large", f"a sheet spans {found.height} rows by {found.width} columns"
            )
        _prove_depth(path, found, piece)
        _prove_text(path, found, piece, lengths, longest * cells > MAX_SHEET_TEXT_BYTES)
        _find_faults(found, piece)
    return found


def _prove_depth(path: Path, found: _Extent, piece: bytes) -> None:
    if piece.count(b"<") - 2 * piece.count(b"</") - piece.count(b"/>") <= MAX_DEPTH // 2 and found.depth == 0:
        return  # as many elements end as begin: nothing nests that deep
    depth = found.depth
    for closing, empty in _TAG.findall(piece):
        depth += -1 if closing else 0 if empty else 1
        if depth > MAX_DEPTH:
            raise _unreadable(path, "damaged", "its XML is nested deeper than any sheet")
    found.depth = max(depth, 0)


def _prove_text(path: Path, found: _Extent, piece: bytes, lengths: list[int], at_risk: bool) -> None:
    if not lengths or not (at_risk or found.shared):
        return
    found.shared += sum(lengths[i] for i in map(int, _SHARED.findall(piece)) if i < len(lengths))
    if found.shared > MAX_SHEET_TEXT_BYTES:
        raise _unreadable(path, "bomb", "its cells repeat shared texts to more than 512 MiB")


def _find_faults(found: _Extent, piece: bytes) -> None:
    if b"<f" not in piece and b":f" not in piece and b'"e"' not in piece:
        return
    for attributes, formula, value in _FORMULA.findall(piece):
        if not value.strip() and b't="str"' not in attributes:
            _fault(found, attributes, b"=" + formula)
    for attributes, value in _ERROR.findall(piece):
        _fault(found, attributes, value)


def _fault(found: _Extent, attributes: bytes, said: bytes) -> None:
    place = _PLACE.search(attributes)
    if place and len(found.faults) < _FAULTS_KEPT:
        text = said.decode("utf-8", "replace")[:200]
        found.faults[int(place[2]), _column_number(place[1]) - 1] = text


def _shared_lengths(path: Path, package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> list[int]:
    """Give how long each shared text is at most, its markup counted in."""
    lengths: list[int] = []
    for part in parts:
        if part.filename != "xl/sharedStrings.xml":
            continue
        if part.file_size > MAX_SHARED_STRINGS_BYTES:
            raise _unreadable(path, "bomb", f"its shared texts unpack to {part.file_size} bytes")
        for piece in _stream(path, package, part, MAX_SHARED_STRINGS_BYTES, b"</si>"):
            at = 0
            for end in _ITEM.finditer(piece):
                lengths.append(end.start() - at)
                at = end.end()
    return lengths


def _sheet_names(package: zipfile.ZipFile) -> dict[str, str]:
    """Give the part of each sheet and its name; nothing where the workbook does not say."""
    try:
        book = _small_xml(package, "xl/workbook.xml")
        links = _small_xml(package, "xl/_rels/workbook.xml.rels")
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {
        link.get("Id"): f"xl/{target.removeprefix('/xl/').removeprefix('xl/')}"
        for link in links
        if (target := link.get("Target"))
    }
    names: dict[str, str] = {}
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
            names[targets.get(link, "")] = sheet.get("name", "")
    return names


def _small_xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Parse a small part that declares no entities; a part that does is no office's."""
    with package.open(name) as stream:
        text = stream.read(_CHUNK)
    if b"<!" in text:
        raise KeyError(name)
    return ElementTree.fromstring(text)  # noqa: S314 - entities are refused above, size is bounded


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
