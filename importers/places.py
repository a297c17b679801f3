"""Divisions by code or by name, as cells write them: whole paths, short names, addresses."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, RegionLevel, RegionSystem
from gazetteer.answers import SURE, Certainty, Resolution
from gazetteer.resolver import resolve_place
from gazetteer.spans import EDITIONS, atlas
from importers.issues import IssueCode
from importers.values import Reading
from importers.words import folded

_PROVINCE_RUN = re.compile(
    r"^\d{2}90"
)  # counties run directly by a province stand under a city of digits only
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


def _day(system: RegionSystem, day: date | None) -> date:
    """Give the day that codes are wanted for: of the import, else the last of the list that ships."""
    return day or date(EDITIONS[system], 12, 31)


def _read(text: str, system: RegionSystem, within: str | None, day: date | None) -> Resolution:
    return resolve_place(text, day=_day(system, day), system=system, within=within)


def find_place(
    text: str, *, within: str | None = None, day: date | None = None
) -> tuple[str | None, str, bool]:
    """
    Find the division that a text names, where it can be taken without a word to anybody.

    Parameters
    ----------
    text
        A name path or an address.
    within
        Code of the division below which names are looked up before anywhere else.
    day
        For which day; without one, the last of the list that ships.

    Returns
    -------
    tuple
        Code of the finest division found (None: none), the rest of the text, and whether a bare name fits
        several places, so that none is taken.
    """
    found = _read(text, RegionSystem.NBS, within, day)
    if found.division is None or found.certainty not in SURE:
        return None, text, found.certainty is Certainty.AMBIGUOUS
    return found.division.digits, found.rest, False


def find_same_place(path: str) -> str | None:
    """Give the code of a path of full names that is a present division, or one that was only renamed."""
    found = _read(path, RegionSystem.NBS, None, None)
    if found.division is None or found.certainty not in SURE or found.rest:
        return None
    renamed = found.named is not None and atlas(RegionSystem.NBS).continues(found.division, found.named)
    return found.division.digits if found.named is None or renamed else None


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
    here = atlas(system).present.get(region.value[: region.level.digits])
    return Place(region, here.name if here is not None and system is RegionSystem.NBS else None)


@cache
def _groups(system: RegionSystem) -> frozenset[str]:
    """Give the codes of cities that only group counties, such as the one of a municipality's districts: no places."""
    county = RegionLevel.COUNTY.digits
    return frozenset(
        digits[: RegionLevel.CITY.digits] for digits in atlas(system).present if len(digits) == county
    )


def read_region(
    text: str, *, system: RegionSystem, within: str | None, known: bool, day: date | None = None
) -> Reading:
    """
    Give the parts of a region column from a code or a name path.

    A code must be one that ships with the program, unless ``known`` is false: then the table itself says what
    exists. A code or a name of former days gives what stands there now, and a slip of one character what was
    meant; both are flagged.
    """
    bare = folded(text)
    if bare.isascii() and bare.isdigit():
        try:
            place = place_of(bare, system)
        except InvalidInputError:
            return None, IssueCode.UNKNOWN_REGION
        digits = place.code.value[: place.code.level.digits]
        if not known or digits in atlas(system).present or digits in _groups(system):
            return place.parts, None
    found = _read(text, system, within, day)
    if found.division is None:
        ambiguous = found.certainty is Certainty.AMBIGUOUS
        return None, IssueCode.AMBIGUOUS_REGION if ambiguous else IssueCode.UNKNOWN_REGION
    parts = Place(found.division.code, found.division.name).parts
    return parts, _FLAGGED.get(found.certainty)


_FLAGGED = {
    Certainty.HISTORY: IssueCode.REGION_OF_FORMER_DAYS,
    Certainty.CORRECTED: IssueCode.REGION_MISSPELT,
}
