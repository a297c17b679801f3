"""
A day of visits, and the plan of one.

Times are whole minutes after the day's midnight, windows half-open; costs are whole points. Places are rows of
``travel_min``, which need not be symmetric.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from domain.errors import InvalidInputError
from domain.time import MINUTES_PER_DAY

_MOST_POINTS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A visit that was published: who comes, and when it begins."""

    visitor_id: str
    start_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueVisit:
    """
    Somebody to be visited on the day.

    Parameters
    ----------
    id
        The resident, or whatever the caller tells visits apart by.
    windows
        When the whole visit may take place; one of them is chosen. Never empty.
    penalty
        Points that not visiting costs, by days overdue and risk.
    skill, licence, sex
        What the visitor must have (HC-01, HC-02) or be; None asks nothing.
    usual
        The visitor whom the resident knows.
    promise, pinned
        What was published for the day, and whether it may not be touched.
    """

    id: str
    place: int
    service_min: int
    windows: tuple[tuple[int, int], ...]
    penalty: int
    skill: str | None = None
    licence: str | None = None
    sex: str | None = None
    usual: str | None = None
    promise: Promise | None = None
    pinned: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.penalty <= _MOST_POINTS or not 0 < self.service_min <= MINUTES_PER_DAY:
            raise InvalidInputError("a visit lasts for a while and is worth something", visit=self.id)
        if not self.windows or any(not 0 <= a < b <= MINUTES_PER_DAY for a, b in self.windows):
            raise InvalidInputError("a visit has windows inside the day", visit=self.id)
        if self.pinned and self.promise is None:
            raise InvalidInputError("only a promise can be pinned", visit=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorDay:
    """
    A visitor at work on the day, from and back to ``place``.

    ``most_minutes`` limits service (HC-27), ``most_visits`` what the station asks of one person.
    """

    id: str
    place: int
    from_min: int
    until_min: int
    most_visits: int
    most_minutes: int = 480
    skills: frozenset[str] = frozenset()
    licences: frozenset[str] = frozenset()
    sex: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.from_min < self.until_min <= MINUTES_PER_DAY:
            raise InvalidInputError("a visitor works for a while", visitor=self.id)
        if self.most_visits < 0 or self.most_minutes < 0:
            raise InvalidInputError("limits are not negative", visitor=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitWeights:
    """
    Points: a travel minute, a visitor whom the resident does not know, a promise that is moved.

    A promise is moved when another visitor comes or it begins more than ``tolerance_min`` off.
    """

    travel: int = 1
    new_face: int = 0
    moved: int = 0
    tolerance_min: int = 0

    def __post_init__(self) -> None:
        if min(self.travel, self.new_face, self.moved, self.tolerance_min) < 0:
            raise InvalidInputError("weights are not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDay:
    """
    Everything that a plan of one day is a function of, besides the seed.

    Parameters
    ----------
    travel_min
        Minutes from place to place, rows are from; zero on the diagonal.
    """

    travel_min: tuple[tuple[int, ...], ...]
    visits: tuple[DueVisit, ...]
    visitors: tuple[VisitorDay, ...]
    weights: VisitWeights = field(default_factory=VisitWeights)

    def __post_init__(self) -> None:
        size = len(self.travel_min)
        if any(len(row) != size or row[i] != 0 or min(row) < 0 for i, row in enumerate(self.travel_min)):
            raise InvalidInputError("travel minutes are a square with zeros from each place to itself")
        for rows, kind in ((self.visits, "visit"), (self.visitors, "visitor")):
            if len({row.id for row in rows}) != len(rows):
                raise InvalidInputError(f"each {kind} has an id of its own")
            if any(not 0 <= row.place < size for row in rows):
                raise InvalidInputError(f"a {kind} is at a place of the table")

    @property
    def digest(self) -> str:
        """SHA-256 of the day; equal days have equal digests in every process."""
        content = json.dumps(asdict(self), sort_keys=True, default=sorted, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit of a plan; ``travel_min`` is the way to it from the stop or the place before."""

    visit_id: str
    visitor_id: str
    start_min: int
    end_min: int
    travel_min: int
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """
    Who visits whom and when.

    Parameters
    ----------
    stops
        By visitor and time.
    unvisited
        Visits that the day has no room for.
    lifted
        Pins that cannot be kept: their visitor is away, or no longer fits.
    travel_min
        All ways, back to where each visitor began included.
    cost, bound
        Points of the plan, and what no plan of the day undercuts.
    """

    day_digest: str
    stops: tuple[Stop, ...]
    unvisited: tuple[str, ...]
    lifted: tuple[str, ...]
    travel_min: int
    cost: int
    bound: int

    @property
    def moved(self) -> int:
        """How many promises are kept by another visitor or at another time."""
        return sum(stop.moved for stop in self.stops)

    @property
    def gap(self) -> float:
        """How much of the cost is not proven to be needed, at most."""
        return 0.0 if self.cost <= self.bound else (self.cost - self.bound) / self.cost

    @property
    def digest(self) -> str:
        """SHA-256 of what the plan says is to be done."""
        said = [asdict(stop) for stop in self.stops], self.unvisited, self.lifted, self.day_digest
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
