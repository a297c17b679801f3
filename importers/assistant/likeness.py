"""How alike two headers are, and why: the same words, words for the same thing, or nearly the same letters."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import cast

from rapidfuzz import fuzz

from importers.words import folded

_BRACKETS = re.compile(r"[(\[{【].*?[)\]}】]")
_MARKS = re.compile(r"[*_\-—/\\:：、,，.。'\"“”·]+|^\d{1,2}[.、]")
_BASE, _SYNONYM, _CONTAINED, _LETTERS = 0.97, 0.94, 0.78, 0.8
_SHORTEST = 2


class Because(StrEnum):
    """Why a column was taken for a field."""

    SAME_HEADER = "SAME_HEADER"
    SAME_BUT_BRACKETS = "SAME_BUT_BRACKETS"
    SYNONYM = "SYNONYM"
    CONTAINED = "CONTAINED"
    SIMILAR = "SIMILAR"
    VALUES = "VALUES"
    CONFIRMED = "CONFIRMED"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike (0 to 1), for which reason, and to which known header."""

    share: float
    because: Because
    known: str


@cache
def _groups() -> dict[str, frozenset[int]]:
    file = files("importers.mappings").joinpath("aliases", "headers.toml")
    groups = cast("list[list[str]]", tomllib.loads(file.read_text("utf-8"))["groups"])
    found: dict[str, set[int]] = {}
    for number, words in enumerate(groups):
        for word in words:
            found.setdefault(bare(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def bare(header: str) -> str:
    """Give a header as it is compared: without brackets, marks and blanks; all of it where nothing else is left."""
    form = folded(header)
    return _MARKS.sub("", _BRACKETS.sub("", form)) or form


@cache
def likeness(header: str, known: str) -> Likeness:
    """
    Say how alike a header is to a known one.

    Nearly the same letters never make more than 0.8: 'start date' and 'end date' differ in one character.
    """
    ours, theirs = folded(header), folded(known)
    if ours == theirs:
        return Likeness(1.0, Because.SAME_HEADER, known)
    ours, theirs = bare(header), bare(known)
    if ours == theirs:
        return Likeness(_BASE, Because.SAME_BUT_BRACKETS, known)
    groups = _groups()
    if groups.get(ours, frozenset()) & groups.get(theirs, frozenset()):
        return Likeness(_SYNONYM, Because.SYNONYM, known)
    shorter, longer = sorted((ours, theirs), key=len)
    if len(shorter) >= _SHORTEST and shorter in longer:
        share = _CONTAINED * (0.6 + 0.4 * len(shorter) / len(longer))
        return Likeness(share, Because.CONTAINED, known)
    return Likeness(_LETTERS * fuzz.ratio(ours, theirs) / 100, Because.SIMILAR, known)


def best(header: str, known: tuple[str, ...]) -> Likeness | None:
    """Give the best likeness to any of the known headers."""
    return max((likeness(header, one) for one in known), key=lambda one: one.share, default=None)
