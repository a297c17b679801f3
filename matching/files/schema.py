"""What members a file has: type, axis and range of each, checked before anything is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from domain.errors import InvalidInputError
from matching.arrays import IntArray
from matching.files.container import META, Array, Contents, refuse

_TYPES = {"i": "<i8", "f": "<f8", "b": "|b1", "U": "text"}

ANY = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One member.

    Parameters
    ----------
    kind
        ``i`` whole numbers, ``b`` truth values, ``U`` text.
    axis
        Members of one axis are equally long.
    of
        Axis whose rows the numbers name: from ``least`` to its length less one. Where that axis has no member
        of its own, as volunteers without labels, any number up to ``most``.
    least, most
        Range of the numbers.
    optional
        May be empty though its axis is not.
    """

    axis: str
    kind: str = "i"
    of: str | None = None
    least: int = 0
    most: int = ANY
    optional: bool = False


def check(contents: Contents, columns: Mapping[str, Column]) -> dict[str, int]:
    """
    Hold the members of a file against what they have to be, and give the length of each axis.

    Raises
    ------
    UnreadableFileError
        A member is absent or unknown, or has another type, length or range than it must have.
    """
    name, arrays = contents.name, contents.arrays
    for unknown in sorted(set(arrays) - set(columns)):
        raise refuse(name, unknown, "unknown_member")
    lengths: dict[str, int] = {}
    for member, column in columns.items():
        if member not in arrays:
            raise refuse(name, member, "absent_member")
        array = arrays[member]
        if array.dtype.kind != column.kind:
            raise refuse(name, member, "wrong_type", expected=_TYPES[column.kind], found=array.dtype.str)
        if column.optional and not len(array):
            continue
        length = lengths.setdefault(column.axis, len(array))
        if len(array) != length:
            raise refuse(name, member, "wrong_length", expected=length, found=len(array))
    for member, column in columns.items():
        if column.kind == "i":
            _check_range(name, member, arrays[member], column, lengths)
    return lengths


def _check_range(file: str, member: str, array: IntArray, column: Column, lengths: Mapping[str, int]) -> None:
    most = column.most if column.of is None or column.of not in lengths else lengths[column.of] - 1
    if not len(array):
        return
    for worst in (int(array.min()), int(array.max())):
        if not column.least <= worst <= most:
            row = int(np.flatnonzero(array == worst)[0])
            raise refuse(file, member, "out_of_range", row=row, found=worst, least=column.least, most=most)


def meta_of(contents: Contents, form: str, version: int) -> dict[str, Any]:
    """
    Give ``meta.json`` of a file of the format and version asked for.

    Raises
    ------
    UnreadableFileError
        It is of another format or of a version that this release does not know.
    """
    meta = contents.meta
    if meta.get("format") != form:
        raise refuse(contents.name, META, "other_format", expected=form, found=str(meta.get("format"))[:40])
    if meta.get("version") != version:
        raise refuse(
            contents.name, META, "other_version", expected=version, found=str(meta.get("version"))[:40]
        )
    return meta


def whole(contents: Contents, name: str, *, least: int = -(2**80), most: int = 2**80) -> int:
    """
    Give a whole number of ``meta.json``.

    Raises
    ------
    UnreadableFileError
        It is absent, no whole number, or out of its range.
    """
    value = contents.meta.get(name)
    if type(value) is not int or not least <= value <= most:
        raise refuse(contents.name, f"{META}: {name}", "out_of_range", found=str(value)[:40])
    return value


def word(contents: Contents, name: str, *, among: Sequence[str] | None = None) -> str:
    """
    Give a text of ``meta.json``.

    Raises
    ------
    UnreadableFileError
        It is absent, no text, or none of those it may be.
    """
    value = contents.meta.get(name)
    if not isinstance(value, str) or (among is not None and value not in among):
        raise refuse(contents.name, f"{META}: {name}", "out_of_range", found=str(value)[:40])
    return value


def texts(values: Sequence[str | None], member: str) -> Array:
    """
    Give texts as an array.

    Raises
    ------
    InvalidInputError
        One is null, ends in NUL or holds half a surrogate pair: numpy would not give it back as it was.
    """
    for value in values:
        if value is None or value.endswith("\0") or (not value.isascii() and _broken(value)):
            raise InvalidInputError(
                f"{member}: {value!r} cannot be written", member=member, value=repr(value)
            )
    return np.array(values, dtype=np.str_) if len(values) else np.empty(0, dtype="<U1")


def _broken(value: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in value)


def strings(array: Array) -> list[str]:
    """Give an array of text as a list."""
    return cast("list[str]", array.tolist())
