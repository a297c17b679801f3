"""
Readers: a file of any kind becomes sheets of cells, or an ``UnreadableFileError`` that says what to do.

What a file is, is decided by its bytes. A name that says otherwise is refused, since whoever made the file
believed something about it that is not so.
"""

import hashlib
from pathlib import Path

from domain.errors import UnreadableFileError
from importers.limits import MAX_FILE_BYTES
from importers.readers.delimited import open_delimited
from importers.readers.lists import open_list
from importers.readers.workbook import open_workbook
from importers.sheets import SourceFile

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GZIP = b"\x1f\x8b"
_DOCUMENTS = (b"%PDF-", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"Rar!\x1a\x07", b"7z\xbc\xaf")
_ENDINGS = {
    "workbook": {".xlsx", ".xlsm"},
    "old_workbook": {".xls"},
    "list": {".json", ".geojson"},
    "delimited": {".csv", ".txt", ".tsv"},
}


def open_source(path: Path) -> SourceFile:
    """
    Open a file and prove that it can be read to its end.

    Raises
    ------
    UnreadableFileError
        Missing, empty, cut off, encrypted, too large, in an unknown encoding, or not what its name says.
    """
    head = _head(path)
    digest = _digest(path)
    kind = _kind(path, head)
    if kind == "delimited":
        return open_delimited(path, digest)
    if kind == "list":
        return open_list(path, digest)
    return open_workbook(path, digest)


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableFileError(
            f"{path.name} is a directory; name its files", file=path.name, reason="directory"
        )
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise UnreadableFileError(
            f"{path.name}: {error.strerror}", file=path.name, reason="missing", problem=str(error.strerror)
        ) from error
    if not head:
        raise UnreadableFileError(f"{path.name} is empty", file=path.name, reason="empty")
    if size > MAX_FILE_BYTES:
        raise UnreadableFileError(f"{path.name} is larger than 1 GiB", file=path.name, reason="too_large")
    return head


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _kind(path: Path, head: bytes) -> str:
    suffix = path.suffix.lower()
    if head.startswith(_GZIP):
        if suffix != ".gz":
            raise _misnamed(path, "gzip")
        inner = Path(path.stem).suffix.lower()
        if inner not in _ENDINGS["delimited"]:
            raise _misnamed(path, "gzip")
        return "delimited"
    if head.startswith(_ZIP):
        kind = "workbook"
    elif head.startswith(_OLE):
        kind = "old_workbook"
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") and suffix in _ENDINGS["list"]:
        kind = "list"
    else:
        kind = "delimited"
    if head.startswith(_DOCUMENTS) or (kind == "delimited" and suffix not in _ENDINGS[kind]):
        raise _misnamed(path, "no table")
    if suffix not in _ENDINGS[kind]:
        if kind == "old_workbook" and suffix in _ENDINGS["workbook"]:
            return kind  # an encrypted workbook looks like this: its reader says so
        raise _misnamed(path, kind)
    return kind


def _misnamed(path: Path, kind: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is not what its name says: its content is {kind}",
        file=path.name,
        reason="wrong_ending",
        problem=kind,
    )
