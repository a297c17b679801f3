"""Stars and points: what a region makes of verified hours. Hours are the fact; neither is ever turned back."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class StarLevel(StrEnum):
    """Stars in rising order, and a region's award above them."""

    STAR_1 = "STAR_1"
    STAR_2 = "STAR_2"
    STAR_3 = "STAR_3"
    STAR_4 = "STAR_4"
    STAR_5 = "STAR_5"
    LIFETIME = "LIFETIME"

    @property
    def rank(self) -> int:
        """Place in the order, from 1."""
        return list(StarLevel).index(self) + 1


class StarState(StrEnum):
    """Where a star stands between its notice and its grant."""

    PUBLISHED = "PUBLISHED"
    GRANTED = "GRANTED"
    WITHDRAWN = "WITHDRAWN"


class ObjectionState(StrEnum):
    """What was made of an objection; a star waits while one is open."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StarNotice:
    """
    A star that is to be granted, and how long it is shown in public first.

    ``minutes`` were verified when it was published; ``ends_on`` is the first day on which it may be granted.
    """

    id: str
    volunteer_id: str
    level: StarLevel
    state: StarState
    minutes: int
    rule_id: str
    published_on: date
    ends_on: date
    granted_on: date | None = None
    region_id: str | None = None
    region_path: str
    version: int = 1
