"""The parts of a city, before they are written."""

from dataclasses import dataclass
from datetime import date

from generator.chance import Chance
from generator.giving import Giving, build_giving
from generator.households import Population, build_population
from generator.needs import Needs, build_needs
from generator.organisations import Parties, build_parties
from generator.places import Places, build_places
from generator.relations import Relations, build_relations
from generator.sizes import DEFAULT_AS_OF, CitySize
from generator.volunteers import Volunteers, build_volunteers

FAULT_RATE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The tables of one city before they are written."""

    as_of: date
    places: Places
    population: Population
    parties: Parties
    volunteers: Volunteers
    needs: Needs
    giving: Giving
    relations: Relations


def parts_of(size: CitySize, seed: int) -> Parts:
    as_of = DEFAULT_AS_OF
    chance = Chance(seed=seed, size=size)
    places = build_places(chance)
    population = build_population(chance, places, as_of)
    parties = build_parties(chance, places)
    volunteers = build_volunteers(chance, places, population, parties, as_of)
    needs = build_needs(chance, population, parties, as_of)
    giving = build_giving(
        chance, places=places, population=population, parties=parties, needs=needs, as_of=as_of
    )
    relations = build_relations(chance, population, parties, needs, giving)
    return Parts(
        as_of=as_of, places=places, population=population, parties=parties, volunteers=volunteers,
        needs=needs, giving=giving, relations=relations,
    )  # fmt: skip
