"""Divisions by code or by name, as cells write them: whole paths, short names, addresses."""

import re
from dataclasses import dataclass
from functools import cache
from typing import cast

import data
from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, RegionLevel, RegionSystem
from importers.issues import IssueCode
from importers.values import Reading
from importers.words import folded, section

_LEVELS = (2, 4, 6, 9, 12)
_PROVINCE_RUN = re.compile(
    r"^\d{2}90"
)  # counties run directly by a province stand under a city of digits only
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@cache
def _names() -> dict[str, str]:
    return {division.code: division.name for division in (*data.divisions(), *data.villages())}


@cache
def _children() -> dict[str, tuple[str, ...]]:
    """Children by code, with levels that have no name of their own passed through."""
    children: dict[str, list[str]] = {}
    unnamed = set(cast("list[str]", section("places")["unnamed"]))
    for code, name in _names().items():
        if name in unnamed:
            continue
        parent = _parent(code)
        while parent and _names().get(parent, "") in {*unnamed, ""}:
            parent = _parent(parent)
        children.setdefault(parent, []).append(code)
    return {parent: tuple(codes) for parent, codes in children.items()}


def _parent(code: str) -> str:
    shorter = [length for length in _LEVELS if length < len(code)]
    return code[: shorter[-1]] if shorter else ""


@cache
def _short(name: str) -> str:
    """Give a name without the word for its kind, two characters at least."""
    for ending in cast("list[str]", section("places")["endings"]):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


@cache
def _counties_by_name() -> dict[str, tuple[str, ...]]:
    """Cities and counties of the nation by full and by short name."""
    table: dict[str, set[str]] = {}
    for code, name in _names().items():
        if len(code) in (4, 6):
            table.setdefault(name, set()).add(code)
            table.setdefault(_short(name), set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in table.items()}


def _descend(node: str, text: str) -> tuple[str, str]:
    """Follow the longest child's name that the text begins with, as far as it goes."""
    while text:
        best = ""
        length = 0
        for child in _children().get(node, ()):
            name = _names()[child]
            for form in (folded(name), folded(_short(name))):
                if len(form) > length and text.startswith(form):
                    best, length = child, len(form)
        if not best:
            return node, text
        node, text = best, text[length:].lstrip("/-·,，>")
    return node, text


def find_place(text: str, *, within: str | None = None) -> tuple[str | None, str, bool]:
    """
    Find the division that a text begins with.

    Parameters
    ----------
    text
        A name path or an address.
    within
        Code of the division below which names are looked up before anywhere else.

    Returns
    -------
    tuple
        Code of the finest division found (None: none), the rest of the text, and whether a bare name fits
        several places, so that none is taken.
    """
    bare = folded(text).lstrip("/-·")
    for start in [root for root in (within, _parent(within) if within else None) if root] + [""]:
        code, rest = _descend(start, bare)
        if code != start:
            return _below_province(code, rest)
        if start == within and within and bare.startswith(folded(_names().get(within, "?"))):
            return (*_descend(within, bare.removeprefix(folded(_names()[within]))), False)
    for length in range(min(len(bare), 12), 1, -1):
        codes = _counties_by_name().get(bare[:length])
        if codes:
            if within:
                inside = [code for code in codes if code.startswith(within[:2])]
                codes = tuple(inside) or codes
            if len(codes) > 1:
                return None, text, True
            return (*_descend(next(iter(codes)), bare[length:].lstrip("/-,>")), False)
    return None, text, False


def _below_province(code: str, rest: str) -> tuple[str, str, bool]:
    """Go on from a province to a county named without its city."""
    if len(code) == 2 and rest:
        for length in range(min(len(rest), 12), 1, -1):
            codes = [c for c in _counties_by_name().get(rest[:length], ()) if c.startswith(code)]
            if len(codes) == 1:
                return (*_descend(codes[0], rest[length:]), False)
    return code, rest, False


@dataclass(frozen=True, slots=True)
class Place:
    """A division ready to be stored."""

    code: RegionCode
    name: str | None

    @property
    def parts(self) -> tuple[str, str, str, str | None, str, str | None]:
        """Values of the parts id, path, code, name, level and parent of a region column."""
        parent = parent_of(self.code)
        return (
            self.code.id,
            self.code.path,
            self.code.value,
            self.name,
            self.code.level.value,
            parent.id if parent else None,
        )


def parent_of(code: RegionCode) -> RegionCode | None:
    """Give the enclosing division that a list names; MCA has no city level in some provinces."""
    parent = code.parent
    if (
        parent is not None
        and code.system is RegionSystem.MCA
        and parent.level is RegionLevel.CITY
        and (_PROVINCE_RUN.match(code.value) or code.value[:2] in _MUNICIPALITIES)
    ):
        return parent.parent
    return parent


def place_of(code: str, system: RegionSystem = RegionSystem.NBS) -> Place:
    """Give a division by its code, with its name where the shipped tables know it."""
    region = RegionCode.parse(system, code)
    name = _names().get(region.value[: region.level.digits]) if system is RegionSystem.NBS else None
    return Place(region, name)


def read_region(text: str, *, system: RegionSystem, within: str | None, known: bool) -> Reading:
    """
    Give the parts of a region column from a code or a name path.

    A code must be one that ships with the program, unless ``known`` is false: then the table itself says what
    exists. Names are those of the statistics bureau.
    """
    bare = folded(text)
    if bare.isascii() and bare.isdigit():
        try:
            place = place_of(bare, system)
        except InvalidInputError:
            return None, IssueCode.UNKNOWN_REGION
        if known and system is RegionSystem.NBS and place.name is None:
            return None, IssueCode.UNKNOWN_REGION
        return place.parts, None
    code, _, ambiguous = find_place(text, within=within)
    if code is None:
        return None, IssueCode.AMBIGUOUS_REGION if ambiguous else IssueCode.UNKNOWN_REGION
    return place_of(code).parts, None
