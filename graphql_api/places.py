"""Places out of free text: a look-up in the lists that ship with the program, the same for every reader."""

from datetime import date

import strawberry

from domain.errors import InvalidInputError
from domain.identifiers import RegionLevel, RegionSystem
from domain.time import civil_date
from gazetteer.answers import Certainty, PlaceReason, Resolution
from gazetteer.counterparts import Likeness, counterpart
from gazetteer.resolver import resolve_place
from gazetteer.spans import Division
from graphql_api.context import Info

_LONGEST = 500  # characters: an address and some words around it


@strawberry.type(description="A division of a list of codes, with the days between which it stood.")
class DatedDivision:
    """One code and name, as long as both held."""

    system: RegionSystem
    code: str
    name: str
    level: RegionLevel
    valid_from: date | None = strawberry.field(description="To the year; nothing: before 1980.")
    valid_to: date | None = strawberry.field(description="To the year; nothing: it stands.")


@strawberry.type(description="What a piece of the text names.")
class PlacePiece:
    """A name found in the text."""

    text: str
    division: DatedDivision
    certainty: Certainty


@strawberry.type(description="The same division in the other system, or the nearest one that holds it.")
class DivisionCounterpart:
    """Which one, and how it was found."""

    division: DatedDivision
    likeness: Likeness


@strawberry.type(description="A text read as a place. Ambiguous stays ambiguous: nothing is guessed.")
class ResolvedRegion:
    """A dated code, or the reason why there is none."""

    system: RegionSystem
    day: date
    certainty: Certainty = strawberry.field(description="The weakest link of the chain of names.")
    reason: PlaceReason | None = strawberry.field(description="Why there is no code, or no finer one.")
    division: DatedDivision | None = strawberry.field(description="What stands on the day.")
    named: DatedDivision | None = strawberry.field(description="What the text names, where that is another.")
    candidates: list[DatedDivision]
    pieces: list[PlacePiece] = strawberry.field(description="What was used of the text, from the top down.")
    skipped_levels: list[RegionLevel] = strawberry.field(description="Levels that the text leaves out.")
    rest: str = strawberry.field(description="The rest of the address.")
    counterpart: DivisionCounterpart | None


def _division(one: Division) -> DatedDivision:
    validity = one.validity
    return DatedDivision(
        system=one.system,
        code=one.code.value,
        name=one.name,
        level=one.level,
        valid_from=validity.valid_from,
        valid_to=validity.valid_to,
    )


def _resolved(found: Resolution) -> ResolvedRegion:
    other = counterpart(found.division, day=found.day) if found.division else None
    return ResolvedRegion(
        system=found.system,
        day=found.day,
        certainty=found.certainty,
        reason=found.reason,
        division=_division(found.division) if found.division else None,
        named=_division(found.named) if found.named else None,
        candidates=[_division(one) for one in found.candidates],
        pieces=[
            PlacePiece(text=piece.text, division=_division(piece.division), certainty=piece.certainty)
            for piece in found.pieces
        ],
        skipped_levels=list(found.skipped_levels),
        rest=found.rest,
        counterpart=DivisionCounterpart(division=_division(other.division), likeness=other.likeness)
        if other
        else None,
    )


@strawberry.type
class PlaceQueries:
    """Look-ups of places."""

    @strawberry.field(
        description="The division that a text names: a code, a path of names, an address, prose."
    )
    def resolve_region(
        self,
        info: Info,
        text: str,
        system: RegionSystem = RegionSystem.NBS,
        day: date | None = None,
        within_code: str | None = None,
    ) -> ResolvedRegion:
        """Read a place as of a day; without one, today."""
        if len(text) > _LONGEST:
            raise InvalidInputError("too long for a place", field="text", limit=_LONGEST)
        if within_code is not None and not (within_code.isascii() and within_code.isdigit()):
            raise InvalidInputError("a division's code is digits", field="withinCode")
        when = day or civil_date(info.context.workspace.clock())
        return _resolved(resolve_place(text, day=when, system=system, within=within_code))
