"""Slips of the pen: names that differ from what is written by one character, or by the word for their kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import data
from gazetteer.names import folded, short_forms, words
from gazetteer.spans import Division

_SHORTEST = 3  # characters of a name in which one may be wrong
_LONG = 4  # characters of a stem that are enough for a substitution of unlike characters
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Slip:
    """A division whose name is almost what is written."""

    division: Division
    written: str
    likely: bool


@cache
def _telling() -> frozenset[str]:
    return frozenset("".join(words("telling")))


@cache
def _kinds() -> tuple[str, ...]:
    return tuple(sorted({*words("kinds"), *words("town_kinds")}, key=len, reverse=True))


def _kind(name: str) -> str:
    return next((kind for kind in _kinds() if name.endswith(kind) and len(name) > len(kind)), "")


def names_written(text: str) -> list[str]:
    """Give the beginnings of a text that end in the word for a kind of division, shortest first."""
    found = [text[:length] for length in range(_SHORTEST, min(_LONGEST, len(text)) + 1)]
    return [name for name in found if name.endswith(_kinds())]


@cache
def _added() -> frozenset[str]:
    pairs = words("alike_added")
    return frozenset([*pairs, *(pair[::-1] for pair in pairs)])


def _alike(right: str, wrong: str) -> bool:
    """Whether two characters are mistaken for each other: by shape, or by sound as people type."""
    shapes, sounds = data.look_alikes(), data.readings()
    return (
        right + wrong in _added()
        or wrong in shapes.get(right, "")
        or right in shapes.get(wrong, "")
        or (right in sounds and sounds[right] == sounds.get(wrong))
    )


def _judged(name: str, written: str, *, below: bool) -> bool | None:
    """Whether a name is likely what was meant; None where it cannot be."""
    kind = _kind(name)
    if _kind(written) != kind:
        same = short_forms(name, 9)[:1] == short_forms(written, 9)[:1] != ()
        return True if same and below else None
    stem, said = name.removesuffix(kind), written.removesuffix(kind)
    if len(stem) == len(said):
        return _one_exchanged(stem, said, below=below)
    return _one_missing(*sorted((stem, said), key=len)) if below else None


def _one_exchanged(stem: str, said: str, *, below: bool) -> bool | None:
    """Judge names of one length: one character is another, or two neighbours have changed places."""
    differ = [(a, b) for a, b in zip(stem, said, strict=True) if a != b]
    if len(differ) == 2 and differ[0] == differ[1][::-1]:
        return True if below else None
    if len(differ) != 1 or _telling().intersection(differ[0]):
        return None
    if _alike(*differ[0]):
        return True
    return False if below and len(stem) >= _LONG else None


def _one_missing(shorter: str, longer: str) -> bool | None:
    """Judge names of which one has a character more."""
    if len(longer) != len(shorter) + 1 or len(shorter) < 2:
        return None
    dropped = (c for at, c in enumerate(longer) if longer[:at] + longer[at + 1 :] == shorter)
    lost = next(dropped, None)
    return None if lost is None or lost in _telling() else False


def slips(text: str, among: Iterable[Division], *, below: bool) -> list[Slip]:
    """
    Give divisions that the beginning of a text almost names, the likely ones alone where there are any.

    Parameters
    ----------
    below
        Whether the candidates lie in a division that is known, so that less is needed.
    """
    candidates = [(division, folded(division.name)) for division in among]
    for written in names_written(text):
        found = [
            Slip(division, written, likely)
            for division, name in candidates
            if abs(len(name) - len(written)) <= 1 or name[:2] == written[:2]
            for likely in [_judged(name, written, below=below)]
            if likely is not None
        ]
        if found:
            return [slip for slip in found if slip.likely] or found
    return []
