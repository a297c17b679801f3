"""
Which characters the fonts of certificates have.

A name is printed whole or not at all: a character that no font has is an error that names it. In the title of a
service it is printed as the mark that typesetters put for a character they lack.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn as fonts

from domain.errors import InvalidInputError, InvariantError

MISSING = "〓"
_SEGMENTED, _GROUPED = 4, 12  # formats of a character map: the basic plane, all planes


def require_glyphs(texts: Mapping[str, str | None]) -> None:
    """
    Go on only if every character of some texts can be printed.

    Parameters
    ----------
    texts
        By the field that an error names.

    Raises
    ------
    InvalidInputError
        One cannot; ``context['character']`` is the first and ``context['codepoint']`` its number.
    """
    for field, value in texts.items():
        for character in value or "":
            if not has_glyph(character):
                codepoint = f"U+{ord(character):04X}"
                raise InvalidInputError(
                    f"no font of certificates has {character} ({codepoint})",
                    field=field,
                    character=character,
                    codepoint=codepoint,
                )


def printable(text: str) -> str:
    """Give a text with the mark of a missing character for each that no font has."""
    return "".join(character if has_glyph(character) else MISSING for character in text)


def has_glyph(character: str) -> bool:
    """Whether a font has a character, or it is a space."""
    if character.isspace():
        return True
    first, last = _covered()
    row = bisect_right(first, ord(character)) - 1
    return row >= 0 and ord(character) <= last[row]


@cache
def _covered() -> tuple[list[int], list[int]]:
    """First and last characters of the spans that the fonts have together, sorted and apart."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(_spans((fonts.serif_path(), fonts.sans_path()))):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return [first for first, _ in merged], [last for _, last in merged]


def _spans(paths: Iterable[str | Path]) -> Iterator[tuple[int, int]]:
    for path in paths:
        table = _table(Path(path).read_bytes(), b"cmap")
        (count,) = struct.unpack_from(">H", table, 2)
        offsets = {struct.unpack_from(">I", table, 8 + 8 * i)[0] for i in range(count)}
        for offset in sorted(offsets):
            (form,) = struct.unpack_from(">H", table, offset)
            if form == _GROUPED:
                yield from _groups(table, offset)
            elif form == _SEGMENTED:
                yield from _segments(table, offset)


def _table(font: bytes, tag: bytes) -> bytes:
    """Give a table of an OpenType font."""
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        name, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * i)
        if name == tag:
            return font[offset : offset + length]
    raise InvariantError(f"a font of certificates has no table {tag.decode()}")


def _groups(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", table, offset + 12)
    for i in range(count):
        first, last, glyph = struct.unpack_from(">III", table, offset + 16 + 12 * i)
        yield (first if glyph else first + 1), last  # glyph 0 is the mark of none


def _segments(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (doubled,) = struct.unpack_from(">H", table, offset + 6)
    count = doubled // 2
    lasts = struct.unpack_from(f">{count}H", table, offset + 14)
    firsts = struct.unpack_from(f">{count}H", table, offset + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", table, offset + 16 + 2 * doubled)
    ranges_at = offset + 16 + 3 * doubled
    ranges = struct.unpack_from(f">{count}H", table, ranges_at)
    for i in range(count):
        for code in range(firsts[i], lasts[i] + 1):
            glyph = code + deltas[i]
            if ranges[i]:
                at = ranges_at + 2 * i + ranges[i] + 2 * (code - firsts[i])
                (glyph,) = struct.unpack_from(">H", table, at)
            if glyph % 65_536 and code < 0xFFFF:
                yield code, code
