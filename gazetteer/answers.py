"""What reading a place gives: a division and how sure it is, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.identifiers import RegionLevel, RegionSystem
from gazetteer.spans import Division


class Certainty(StrEnum):
    """How a text was read."""

    EXACT = "EXACT"
    SHORT_NAME = "SHORT_NAME"
    HISTORY = "HISTORY"
    CORRECTED = "CORRECTED"
    AMBIGUOUS = "AMBIGUOUS"
    UNKNOWN = "UNKNOWN"


SURE = frozenset({Certainty.EXACT, Certainty.SHORT_NAME, Certainty.HISTORY})
"""Readings that may be stored as they are; a corrected one is flagged, the others have no code."""


class PlaceReason(StrEnum):
    """Why there is no code, or no finer one."""

    EMPTY = "EMPTY"
    NO_DIVISION_NAMED = "NO_DIVISION_NAMED"
    NO_SUCH_CODE = "NO_SUCH_CODE"
    SEVERAL_OF_THIS_NAME = "SEVERAL_OF_THIS_NAME"
    SEVERAL_PLACES = "SEVERAL_PLACES"
    CONTRADICTION = "CONTRADICTION"
    SEVERAL_SUCCESSORS = "SEVERAL_SUCCESSORS"
    WITHDRAWN = "WITHDRAWN"
    NOT_STANDING = "NOT_STANDING"
    NO_DIVISION_BUT_A_ZONE = "NO_DIVISION_BUT_A_ZONE"
    MISSPELT = "MISSPELT"
    FINER_UNKNOWN = "FINER_UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of the text, and the division that it names."""

    text: str
    division: Division
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """
    A text read as a place.

    Parameters
    ----------
    text
        As it was given.
    system, day
        The code system that was asked for, and the day for which the answer is meant.
    certainty
        The weakest link of the chain of names.
    division
        What stands on the day; None when ambiguous or unknown.
    named
        What the text names, where that stood on another day or under another code.
    candidates
        Divisions between which nothing in the text decides.
    pieces
        What was used of the text, from the upper division down.
    rest
        What follows, folded: the rest of the address.
    reason
        Why there is no code; on an answer with a code, why no finer one.
    """

    text: str
    system: RegionSystem
    day: date
    certainty: Certainty
    division: Division | None = None
    named: Division | None = None
    candidates: tuple[Division, ...] = ()
    pieces: tuple[Piece, ...] = ()
    rest: str = ""
    reason: PlaceReason | None = None

    @property
    def skipped_levels(self) -> tuple[RegionLevel, ...]:
        """Levels above the answer that the text leaves out."""
        if self.division is None:
            return ()
        said = {piece.division.level for piece in self.pieces}
        finest = self.division.level.digits
        return tuple(level for level in RegionLevel if level.digits < finest and level not in said)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "text": self.text,
            "system": self.system.value,
            "day": self.day.isoformat(),
            "certainty": self.certainty.value,
            "reason": self.reason.value if self.reason else None,
            "division": as_json(self.division),
            "named": as_json(self.named),
            "candidates": [as_json(one) for one in self.candidates],
            "used": [
                {"text": piece.text, "code": piece.division.code.value, "certainty": piece.certainty.value}
                for piece in self.pieces
            ],
            "rest": self.rest,
        }


def as_json(division: Division | None) -> dict[str, Any] | None:
    """Plain values of a dated division."""
    if division is None:
        return None
    return {
        "system": division.system.value,
        "code": division.code.value,
        "name": division.name,
        "level": division.level.value,
        "valid_from": division.validity.valid_from.isoformat() if division.validity.valid_from else None,
        "valid_to": division.validity.valid_to.isoformat() if division.validity.valid_to else None,
        "withdrawn": division.withdrawn,
    }


def weakest(certainties: Sequence[Certainty]) -> Certainty:
    """Give the weakest of several readings; nothing read is exact."""
    order = list(Certainty)
    return max(certainties, key=order.index, default=Certainty.EXACT)
