"""The same division in the other code system."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

import data
from domain.identifiers import RegionSystem
from gazetteer.names import folded, short_forms
from gazetteer.spans import Division, atlas

COUNTY = 6  # digits


class Likeness(StrEnum):
    """How a counterpart was found."""

    SAME_CODE = "SAME_CODE"
    SAME_NAME = "SAME_NAME"
    KIND_DIFFERS = "KIND_DIFFERS"
    SUCCESSOR = "SUCCESSOR"
    ENCLOSING = "ENCLOSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """A division of the other system: itself, or the nearest one that holds it."""

    division: Division
    likeness: Likeness


@cache
def _children(system: RegionSystem) -> dict[str, dict[str, list[Division]]]:
    """Towns by county and folded name, with the short names of their kinds taken off under an empty kind."""
    table: dict[str, dict[str, list[Division]]] = defaultdict(lambda: defaultdict(list))
    for division in atlas(system).present.values():
        if len(division.digits) == COUNTY + 3 and not division.withdrawn:
            name = folded(division.name)
            table[division.digits[:COUNTY]][name].append(division)
            for short in short_forms(name, COUNTY + 3):
                table[division.digits[:COUNTY]][f"~{short}"].append(division)
    return table


def counterpart(division: Division, *, day: date) -> Counterpart | None:
    """
    Give the division of the other system, as of a day.

    A county is found by its code, whose numbers both systems share; a town by its name within its county,
    since the codes of towns disagree; what only one system has, by what holds it.
    """
    system = RegionSystem.MCA if division.system is RegionSystem.NBS else RegionSystem.NBS
    other = atlas(system)
    if len(division.digits) <= COUNTY:
        digits = _renumbered().get(division.digits, division.digits)
        spans = [span for span in other.spans(digits) if folded(span.name) == folded(division.name)]
        spans = spans or (list(other.spans(digits)[:1]) if digits != division.digits else [])
        standing = [span for span in spans if span.stood_on(day)]
        if standing:
            return Counterpart(division=standing[0], likeness=Likeness.SAME_CODE)
        later = {one for span in spans for one in other.on(span, day)}
        if len(later) == 1:
            return Counterpart(division=later.pop(), likeness=Likeness.SUCCESSOR)
    elif len(division.digits) == COUNTY + 3:
        names = _children(system).get(division.digits[:COUNTY], {})
        name = folded(division.name)
        same = names.get(name, [])
        if len(same) == 1:
            return Counterpart(division=same[0], likeness=Likeness.SAME_NAME)
        alike = [one for short in short_forms(name, COUNTY + 3) for one in names.get(f"~{short}", [])]
        if len(alike) == 1 and len(_alike_here(division)) == 1:
            return Counterpart(division=alike[0], likeness=Likeness.KIND_DIFFERS)
    for above in atlas(division.system).enclosing(division, day):
        found = counterpart(above, day=day)
        if found is not None:
            return Counterpart(division=found.division, likeness=Likeness.ENCLOSING)
    return None


def _alike_here(division: Division) -> list[Division]:
    """Give the towns of a town's own system and county that go by its name without the kind."""
    names = _children(division.system).get(division.digits[:COUNTY], {})
    return [one for short in short_forms(folded(division.name), COUNTY + 3) for one in names[f"~{short}"]]


@cache
def _renumbered() -> dict[str, str]:
    """Counties that the two systems number differently, both ways."""
    pairs: list[list[str]] = data.place_words()["renumbered"]
    return {one: other for pair in pairs for one, other in (pair, pair[::-1])}
