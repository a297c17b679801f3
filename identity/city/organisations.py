"""
Whether two names mean one organisation: hospitals have two to four names each, and branches that are not they.

A credit code decides alone. Without one a name is taken apart: where it is, what it is called at its core, which branch
or department it names. Equal parts are one house; a slip of one character in a long name, or a short name that a long
one ends with, is a question for a person; another branch, number, kind or place is another house.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any

_SLIP_LENGTH = 6
"""Signs of a core from which on one other sign may be a slip."""

_ENDING_LENGTH = 4
"""Signs of a core from which on a longer name that ends with it may be its full form."""

_BRACKETS = re.compile(r"\(([^()]*)\)")


class SameOrganisation(StrEnum):
    """What becomes of a pair of names."""

    SAME = "SAME"
    REVIEW = "REVIEW"
    DIFFERENT = "DIFFERENT"


@cache
def _words() -> dict[str, Any]:
    return loads(files("identity.city").joinpath("tables", "organisations.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationName:
    """
    A name taken apart.

    ``names`` are the ways in which it calls itself, each the divisions that it names and its core; ``part`` is the
    branch or department of it that is meant.
    """

    names: frozenset[tuple[str, str]]
    part: str


@cache
def parted(name: str) -> OrganisationName:
    """Take a name apart."""
    words = _words()
    text = unicodedata.normalize("NFKC", name).replace(" ", "")
    for wrong, right in words["slips"].items():
        text = text.replace(wrong, right)
    inside = [found for found in _BRACKETS.findall(text) if found not in words["remarks"]]
    text = _BRACKETS.sub("", text)
    other = [each for each in inside if _is_house(each)]
    part = "".join(each for each in inside if each not in other)
    first, *more = text.split("/")
    place, core, own = _parts(first)
    also = {_parts(each)[:2] for each in (*more, *other)}
    return OrganisationName(names=frozenset({(place, core), *also}), part=part + own)


def _is_house(text: str) -> bool:
    return any(text.endswith(kind) for kind in _words()["kinds"])


def _parts(text: str) -> tuple[str, str, str]:
    """Give place, core and branch of one name."""
    words = _words()
    for abbreviation, full in words["abbreviations"].items():
        text = re.sub(abbreviation, full, text)
    for street in words["streets"]:
        text = re.sub(street, "", text)
    own = ""
    for kind in words["kinds"]:
        at = text.rfind(kind)
        if at >= 0:
            own = text[at + len(kind) :]
            text = text[: at + len(kind)]
            break
    own = "" if own in words["remarks"] else own
    for group in words["groups"]:
        text = text.removeprefix(group)
    place = ""
    while (found := re.match(words["place"], text)) is not None and len(text) > len(found[0]) + 1:
        place += found[0]
        text = text[len(found[0]) :]
    for bare in words["bare_places"]:
        if (
            not place
            and text.startswith(bare)
            and len(text) > len(bare) + 2
            and not text.startswith(f"{bare}{words['university']}")
        ):
            place, text = bare, text[len(bare) :]
    return re.sub(words["place_signs"], "", place), text, own


def compare(one: str, other: str, aliases: Mapping[str, str]) -> SameOrganisation:
    """
    Say whether two names mean one organisation.

    Parameters
    ----------
    aliases
        Other name to the name that a house is kept under, from a table that somebody vouches for.
    """
    first, second = aliases.get(one, one), aliases.get(other, other)
    if first == second:
        return SameOrganisation.SAME
    a, b = parted(first), parted(second)
    if a.part != b.part or _numbers_differ(a, b):
        return SameOrganisation.DIFFERENT
    verdicts = {_compared(x, y) for x in a.names for y in b.names}
    return next(verdict for verdict in SameOrganisation if verdict in verdicts)


def _compared(one: tuple[str, str], other: tuple[str, str]) -> SameOrganisation:
    """Compare two ways in which organisations call themselves."""
    (place, core), (other_place, other_core) = one, other
    if not _places_meet(place, other_place):
        return SameOrganisation.DIFFERENT
    if core == other_core:
        told = core not in _words()["common"] and _number_of(core) is None
        return SameOrganisation.SAME if told or (place and other_place) else SameOrganisation.REVIEW
    alike = _ends_alike(core, other_core) or _one_slip(core, other_core)
    return SameOrganisation.REVIEW if alike else SameOrganisation.DIFFERENT


def _number_of(core: str) -> str | None:
    found = re.search(_words()["number"], core)
    return None if found is None else found[0]


def _numbers_differ(a: OrganisationName, b: OrganisationName) -> bool:
    ours, theirs = ({number for _, core in each.names if (number := _number_of(core))} for each in (a, b))
    return bool(ours) and bool(theirs) and not ours & theirs


def _places_meet(one: str, other: str) -> bool:
    return not one or not other or one == other or one.endswith(other) or other.endswith(one)


def _ends_alike(one: str, other: str) -> bool:
    """Whether the longer name ends with the whole shorter one, which is no mere kind."""
    short, long = sorted((one, other), key=len)
    return (
        short not in _words()["common"]
        and len(short) >= _ENDING_LENGTH
        and long != short
        and long.endswith(short)
    )


def _one_slip(one: str, other: str) -> bool:
    if len(one) != len(other) or len(one) < _SLIP_LENGTH:
        return False
    slips = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(slips) == 1 and not set(slips[0]) <= _ordinals()


@cache
def _ordinals() -> frozenset[str]:
    """Signs that tell one house of a row from the next: two of them are no slip."""
    return frozenset(_words()["ordinals"])


def pairs_of(names: Iterable[str], aliases: Mapping[str, str]) -> Iterator[tuple[str, str, SameOrganisation]]:
    """
    Give every pair of names that is not plainly different, each with its lesser name first.

    Only names are compared that share a core, a core but for one sign, or a core that another ends with, in places
    that can be one: what this gives is what comparing all with all would, and it costs what it finds.
    """
    blocks = _Blocks()
    for name in sorted(set(names)):
        for other in sorted(blocks.near(name, aliases)):
            verdict = compare(other, name, aliases)
            if verdict is not SameOrganisation.DIFFERENT:
                yield other, name, verdict
        blocks.add(name, aliases)


class _Blocks:
    """Names seen so far, by what one that may mean the same house has in common with them."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._below: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._houses: dict[str, list[str]] = defaultdict(list)

    def add(self, name: str, aliases: Mapping[str, str]) -> None:
        """Take a name in."""
        house = aliases.get(name, name)
        self._houses[house].append(name)
        for place, core in parted(house).names:
            for key in (*_signs(core), *_endings(core), f"={core}"):
                self._at[key, place].append(name)
                for end in _ends(place)[1:]:
                    self._below[key, end].append(name)

    def near(self, name: str, aliases: Mapping[str, str]) -> set[str]:
        """Give the names that one has to be compared with."""
        house = aliases.get(name, name)
        found = set(self._houses.get(house, ()))
        for place, core in parted(house).names:
            # One that ends with all of this is under ``>core``, one that this ends with under ``=ending``.
            shorter = (f"={ending[1:]}" for ending in _endings(core))
            for key in (*_signs(core), f"={core}", f">{core}", *shorter):
                for end in _ends(place):
                    found.update(self._at.get((key, end), ()))
                found.update(self._below.get((key, place), ()))
        return found


def _ends(place: str) -> list[str]:
    """Give a place and all that it ends with, the empty one last."""
    return [place[at:] for at in range(len(place) + 1)]


def _endings(core: str) -> list[str]:
    return [f">{core[at:]}" for at in range(1, len(core) - _ENDING_LENGTH + 1)]


def _signs(core: str) -> list[str]:
    """Give a core with each of its signs left open: two that differ in one share one of these."""
    if len(core) < _SLIP_LENGTH:
        return []
    return [f"{core[:at]}\x00{core[at + 1 :]}" for at in range(len(core))]
