"""
Workbooks, new (XLSX) and old (XLS).

The parser keeps a sheet as one dense rectangle, so a single cell far out would cost gigabytes. The extent is
therefore read from the raw parts first, and a workbook cut off is recognised before the parser meets it.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import python_calamine as calamine

from domain.errors import UnreadableFileError
from importers.limits import MAX_CELLS, MAX_COLUMNS, MAX_MERGES, MAX_SHEETS
from importers.readers.package import prove_package
from importers.sheets import Merge, Row, Sheet, SourceFile

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE_SECTOR = 0xFFFFFFFF


def open_workbook(path: Path, digest: str) -> SourceFile:
    """
    Open a workbook of either generation.

    Raises
    ------
    UnreadableFileError
        Encrypted, cut off, not a workbook, or unpacking to more than any table holds.
    """
    content = path.read_bytes()
    faults: dict[str, dict[tuple[int, int], str]] = {}
    if content.startswith(_OLE):
        _prove_compound(path, content)
    else:
        faults = prove_package(path, content)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        if len(book.sheet_names) > MAX_SHEETS:
            raise _unreadable(path, "too_large", f"has {len(book.sheet_names)} sheets")
        sheets = tuple(_sheet(path, digest, book, name, faults.get(name, {})) for name in book.sheet_names)
    except calamine.PasswordError as error:
        raise _unreadable(path, "encrypted", "is protected by a password") from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError, OSError, ValueError) as error:
        raise _unreadable(path, "damaged", str(error)) from error
    except BaseException as error:  # the parser's own panics derive from BaseException
        if type(error).__name__ == "PanicException":
            raise _unreadable(path, "damaged", "breaks the parser") from error
        raise
    return SourceFile(path=path, digest=digest, encoding=None, sheets=sheets)


def _unreadable(path: Path, reason: str, problem: str) -> UnreadableFileError:
    return UnreadableFileError(f"{path.name}: {problem}", file=path.name, reason=reason, problem=problem)


def _sheet(
    path: Path,
    digest: str,
    book: calamine.CalamineWorkbook,
    name: str,
    faults: dict[tuple[int, int], str],
) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    found = sheet.merged_cell_ranges or []
    if len(found) > MAX_MERGES:
        raise _unreadable(path, "too_large", f"sheet {name} has {len(found)} merged cells")
    last = sheet.total_height
    merges = tuple(
        Merge(top + 1, min(bottom + 1, last), left, right)
        for (top, left), (bottom, right) in found
        if top < last
    )
    if sum(merge.last_row - merge.first_row for merge in merges) > MAX_CELLS:
        raise _unreadable(path, "too_large", f"sheet {name} merges the same rows again and again")
    if sheet.width > MAX_COLUMNS:
        raise _unreadable(path, "too_wide", f"sheet {name} has {sheet.width} columns")
    if sheet.total_width > MAX_COLUMNS or sheet.total_height * sheet.total_width > MAX_CELLS:
        raise _unreadable(path, "too_large", f"sheet {name} spans {sheet.total_height} rows")
    cells = sheet.to_python(skip_empty_area=False) if sheet.height else []

    def rows() -> Iterator[Row]:
        return enumerate(cells, start=1)

    return Sheet(
        file_name=path.name,
        file_digest=digest,
        name=name,
        rows=rows,
        merges=merges,
        knows_merges=bool(merges),
        faults=faults,
    )


def _prove_compound(path: Path, content: bytes) -> None:
    """
    Check an OLE compound file: every sector that its allocation table uses must be there.

    References
    ----------
    .. [1] MS-CFB, section 2.2 (header) and 2.3 (FAT).
    """
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in content:
        raise _unreadable(path, "encrypted", "is protected by a password")
    if path.suffix.lower() != ".xls":
        raise _unreadable(path, "wrong_ending", "is an old workbook (.xls) under a new name")
    if len(content) < 1536:
        raise _unreadable(path, "cut_off", "ends within its header")
    sector = 1 << struct.unpack_from("<H", content, 30)[0]
    if sector not in (512, 4096):
        raise _unreadable(path, "damaged", "states an impossible sector size")
    tables = [index for index in struct.unpack_from("<109I", content, 76) if index < _FREE_SECTOR - 5]
    used = 0
    for position, index in enumerate(tables):
        start = (index + 1) * sector
        if start + sector > len(content):
            raise _unreadable(path, "cut_off", "its allocation table is missing")
        entries = struct.unpack_from(f"<{sector // 4}I", content, start)
        for offset, entry in enumerate(entries):
            if entry != _FREE_SECTOR:
                used = max(used, position * (sector // 4) + offset)
    if (used + 2) * sector > len(content):  # the header takes the place of one sector
        raise _unreadable(path, "cut_off", f"{used + 1} sectors are in use, fewer are there")
