"""
The container of our files: a zip of plain little-endian arrays (``.npz``) and one member ``meta.json``.

Nothing is pickled, so ``numpy.load(path, allow_pickle=False)`` reads it. A file is written beside its place
and moved there when it is whole. Reading holds every size against what the zip says before it takes memory.
"""

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from domain.errors import UnreadableFileError

Array = npt.NDArray[Any]

META = "meta.json"
ROUND = "round.json"
SUFFIX = ".npy"

_MOST_BYTES = 16 * 2**30
_ALWAYS_BYTES = 256 * 2**20
_MOST_RATIO = 400  # columns of one value shrink a thousandfold, whole files of ours some fiftyfold
_MOST_META = 64 * 2**20
_MOST_MEMBERS = 512
_MOST_HEADER = 4096
_EPOCH = (1980, 1, 1, 0, 0, 0)  # no clock in a file: equal content gives equal bytes
_KINDS = ("<i8", "<f8", "|b1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contents:
    """What a file holds: its name for messages, ``meta.json``, arrays by member name, and ``round.json``."""

    name: str
    meta: dict[str, Any]
    arrays: dict[str, Array]
    round_json: bytes | None = None


def digest_of(arrays: Mapping[str, Array], head: str) -> str:
    """SHA-256 over ``head`` and then, by member name: name, type, shape and bytes, each line ended by LF."""
    running = hashlib.sha256(f"{head}\n".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        shape = ",".join(str(size) for size in array.shape)
        running.update(f"{name}\n{array.dtype.str}\n{shape}\n".encode())
        running.update(array.view(np.uint8).data if array.size else b"")
    return running.hexdigest()


def plain(array: Array) -> Array:
    """
    Give an array as it stands in a file: contiguous, little-endian.

    Raises
    ------
    TypeError
        It is neither of whole numbers, numbers, truth values nor text.
    """
    kind = array.dtype.kind
    if kind == "U":
        return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    to = {"i": "<i8", "u": "<i8", "f": "<f8", "b": "|b1"}.get(kind)
    if to is None:
        raise TypeError(f"an array of {array.dtype} has no place in a file")
    return np.ascontiguousarray(array, dtype=to)


def write(
    path: Path, meta: Mapping[str, object], arrays: Mapping[str, Array], *, round_json: bytes | None = None
) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = json.dumps(meta, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        with beside.open("wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(_entry(META), text)
                if round_json is not None:
                    archive.writestr(_entry(ROUND), round_json)
                for name, array in arrays.items():
                    with archive.open(_entry(name + SUFFIX), "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def read(path: Path, *, most_bytes: int | None = None) -> Contents:
    """
    Read all members of a file.

    Parameters
    ----------
    most_bytes
        Memory the arrays may take together; by default 256 MiB or 400 times the file, and never over 16 GiB.

    Raises
    ------
    UnreadableFileError
        It is not there, no zip, damaged, too large, or a member is no plain array; the error names the member.
    """
    with _opened(path) as archive:
        size = path.stat().st_size
        limit = min(_MOST_BYTES, max(_ALWAYS_BYTES, size * _MOST_RATIO)) if most_bytes is None else most_bytes
        entries = _entries(path, archive, limit)
        meta = _meta(path, archive, entries.pop(META, None))
        further = entries.pop(ROUND, None)
        round_json = None if further is None else archive.read(further)
        arrays = {name.removesuffix(SUFFIX): _array(path, archive, entry) for name, entry in entries.items()}
    return Contents(name=path.name, meta=meta, arrays=arrays, round_json=round_json)


@contextlib.contextmanager
def _opened(path: Path) -> Generator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, OSError) and not path.is_file():
            reason = "directory" if path.is_dir() else "missing"
        else:
            reason = "damaged"
        raise UnreadableFileError(f"{path.name}: {error}", file=path.name, reason=reason) from error


def format_of(path: Path) -> str:
    """Give the name of a file's format as its ``meta.json`` states it, without reading its arrays."""
    with _opened(path) as archive:
        meta = _meta(path, archive, _entries(path, archive, _MOST_BYTES).get(META))
    return str(meta.get("format"))


def refuse(file: str, member: str, reason: str, **context: str | int) -> UnreadableFileError:
    """Make the error of one member; ``reason`` is worded in ``locales/*/cli.toml``."""
    about = ", ".join(f"{name} {value}" for name, value in context.items())
    return UnreadableFileError(
        f"{file}: member {member}: {reason.replace('_', ' ')}{': ' if about else ''}{about}",
        file=file,
        member=member,
        reason=reason,
        **context,
    )


def _entries(path: Path, archive: zipfile.ZipFile, limit: int) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise refuse(path.name, "*", "too_many_members", most=_MOST_MEMBERS)
    for entry in archive.infolist():
        name = entry.filename
        if name in found:
            raise refuse(path.name, name, "twice")
        if name not in (META, ROUND) and not name.endswith(SUFFIX):
            raise refuse(path.name, name, "unknown_member")
        total += entry.file_size
        if total > limit or (name == META and entry.file_size > _MOST_META):
            raise refuse(path.name, name, "bomb", most=limit)
        found[name] = entry
    return found


def _meta(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None) -> dict[str, Any]:
    if entry is None:
        raise refuse(path.name, META, "absent_member")
    try:
        meta = json.loads(archive.read(entry))
    except (ValueError, RecursionError) as error:
        raise refuse(path.name, META, "not_json") from error
    if not isinstance(meta, dict):
        raise refuse(path.name, META, "not_json")
    return cast("dict[str, Any]", meta)


def _array(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    name = entry.filename.removesuffix(SUFFIX)
    with archive.open(entry) as member:
        try:
            if np.lib.format.read_magic(member) != (1, 0):
                raise refuse(path.name, name, "wrong_type")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(member, max_header_size=_MOST_HEADER)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            raise refuse(path.name, name, "not_an_array") from error
        if dtype.hasobject or len(shape) != 1 or fortran:
            raise refuse(path.name, name, "wrong_type", found=str(dtype))
        count, header = int(shape[0]), member.tell()
        text = dtype.kind == "U" and dtype.str.startswith("<") and dtype.itemsize > 0
        if dtype.str not in _KINDS and not text:
            raise refuse(path.name, name, "wrong_type", found=dtype.str)
        if count < 0 or header + count * dtype.itemsize != entry.file_size:
            raise refuse(path.name, name, "cut_off")
        array = np.empty(count, dtype=dtype)
        view = array.view(np.uint8).data if array.nbytes else memoryview(b"")
        done = 0
        while done < len(view):
            chunk = member.read(min(2**22, len(view) - done))
            if not chunk:
                raise refuse(path.name, name, "cut_off")
            view[done : done + len(chunk)] = chunk
            done += len(chunk)
        if member.read(1):  # the end of a member is where its checksum is held against it
            raise refuse(path.name, name, "cut_off")
    if array.size and not _legal(array):
        raise refuse(path.name, name, "not_text" if text else "wrong_type", found=dtype.str)
    return array


def _legal(array: Array) -> bool:
    """Whether bytes are truth values, or code points of text: others end a program later and elsewhere."""
    if array.dtype.kind == "b":
        return int(array.view(np.uint8).max()) <= 1
    if array.dtype.kind == "U":
        points = array.view(np.uint32)
        return int(points.max()) <= 0x10FFFF and not ((points >= 0xD800) & (points <= 0xDFFF)).any()
    return True
