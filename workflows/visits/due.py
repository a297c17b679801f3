"""Who is due and overdue for a visit, and how many of the listed elders are covered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.actors import Actor, Role
from domain.errors import InvalidInputError
from domain.people import ElderGroup
from domain.time import civil_date
from domain.visits import NATIONAL_GROUPS, DueElder, due_elder
from graph.ports import ReadTransaction
from graph.reads.elders import (
    ElderRow,
    elders_in,
    last_visits,
    region_names,
    stations_in,
    visited_between,
)
from workflows.visits.rules import VisitRules, rules_on
from workflows.workspace import Workspace

READERS = (Role.STATION_WORKER, Role.STATION_LEAD, Role.AUDITOR, Role.PLATFORM_ADMIN, Role.MATCHER)
"""Roles that see lists of elders; names are masked for all but the desk."""

_TOWN_PARTS = 5  # system, province, city, county, town
_ALL = frozenset(ElderGroup)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A listed elder as a due list shows them."""

    elder: ElderRow
    due: DueElder
    overdue_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """
    Visits to the listed elders of one town or station.

    Parameters
    ----------
    covered
        Elders visited within their interval.
    visited_in_month
        Elders visited in the calendar month of the day.
    """

    key: str
    name: str
    listed: int
    covered: int
    overdue: int
    visited_in_month: int
    target_percent: int

    @property
    def covered_percent(self) -> float:
        """Share in percent, cut to a tenth: 100 is said of all alone; of nobody, all are covered."""
        return percent(self.covered, self.listed)

    @property
    def month_percent(self) -> float:
        """Share visited in the month, likewise."""
        return percent(self.visited_in_month, self.listed)


def percent(part: int, whole: int) -> float:
    """Give a share in percent, cut to a tenth."""
    return 100.0 if whole == 0 else part * 1000 // whole / 10


def due_rows(
    elders: Iterable[ElderRow], visited: dict[str, date], rules: VisitRules, day: date
) -> list[DueRow]:
    """Work out when each elder is due, the longest overdue first."""
    intervals = rules.interval_days()
    rows: list[DueRow] = []
    for elder in elders:
        due = due_elder(
            elder.id,
            elder.groups,
            intervals=intervals,
            last_visited_on=visited.get(elder.id),
            listed_on=min(day, civil_date(elder.recorded_at)) if elder.recorded_at else day,
        )
        rows.append(DueRow(elder=elder, due=due, overdue_days=due.overdue_days(day)))
    return sorted(rows, key=lambda row: (row.due.due_on, row.elder.id))


async def listed_elders(
    tx: ReadTransaction,
    actor: Actor,
    region_path: str,
    rules: VisitRules,
    day: date,
    *,
    national: bool = False,
) -> list[DueRow]:
    """Read every listed elder of a subtree with when they are due."""
    groups = NATIONAL_GROUPS if national else _ALL
    elders = await elders_in(tx, actor, region_path, groups)
    visited = await last_visits(tx, actor, region_path, events=rules.lists.events, until=day)
    return due_rows(elders, visited, rules, day)


async def due_list(
    ws: Workspace,
    actor: Actor,
    region_path: str,
    *,
    day: date | None = None,
    within_days: int = 0,
    national: bool = False,
) -> list[DueRow]:
    """
    Give who is to be visited by the end of a day, or of some days after it.

    Parameters
    ----------
    national
        Whether only the six groups of the national guidance count.

    Raises
    ------
    NotPermittedError
        The actor's roles see no lists of elders.
    """
    actor.require(*READERS)
    if not 0 <= within_days <= 366:
        raise InvalidInputError("a due list looks ahead a year at most", field="within_days")
    day = day or civil_date(ws.clock())
    rules = rules_on(day, region_path)
    rows = await ws.store.read(
        lambda tx: listed_elders(tx, actor, region_path, rules, day, national=national)
    )
    return [row for row in rows if row.due.is_due(day + timedelta(days=within_days))]


async def overdue_list(
    ws: Workspace, actor: Actor, region_path: str, *, day: date | None = None, national: bool = False
) -> list[DueRow]:
    """Give whose visit is late, the latest first; raises as :func:`due_list`."""
    rows = await due_list(ws, actor, region_path, day=day, national=national)
    return [row for row in rows if row.overdue_days > 0]


async def coverage(
    ws: Workspace,
    actor: Actor,
    region_path: str,
    *,
    day: date | None = None,
    national: bool = False,
    by_station: bool = False,
) -> list[Coverage]:
    """
    Give coverage by town, or by station, and last that of the whole subtree.

    An elder counts with every station above them, since stations stand in a tree; towns do not overlap.

    Raises
    ------
    NotPermittedError
        The actor's roles see no lists of elders.
    """
    actor.require(*READERS)
    day = day or civil_date(ws.clock())
    rules = rules_on(day, region_path)

    async def read(tx: ReadTransaction) -> list[Coverage]:
        rows = await listed_elders(tx, actor, region_path, rules, day, national=national)
        first = day.replace(day=1)
        seen = await visited_between(
            tx, actor, region_path, events=rules.lists.events, first=first, end=day + timedelta(days=1)
        )
        places = [(region_path, region_path, "")]
        if by_station:
            stations = await stations_in(tx, actor, region_path)
            places = [(station.id, station.region_path, station.name) for station in stations] + places
        else:
            paths = sorted({town_of(row.elder.region_path) for row in rows})
            names = await region_names(tx, actor, paths)
            places = [(path, path, names.get(path, path)) for path in paths] + places
        return [
            _covered(
                key, name, [row for row in rows if row.elder.region_path.startswith(path)], seen, rules, day
            )
            for key, path, name in places
        ]

    return await ws.store.read(read)


def town_of(region_path: str) -> str:
    """Give the path of the town that a place lies in, or the place itself above towns."""
    parts = region_path.strip("/").split("/")
    return "/" + "/".join(parts[:_TOWN_PARTS]) + "/"


def _covered(
    key: str, name: str, rows: list[DueRow], seen: set[str], rules: VisitRules, day: date
) -> Coverage:
    return Coverage(
        key=key,
        name=name,
        listed=len(rows),
        covered=sum(row.due.is_covered(day) for row in rows),
        overdue=sum(row.overdue_days > 0 for row in rows),
        visited_in_month=sum(row.elder.id in seen for row in rows),
        target_percent=rules.target.coverage_percent.value,
    )
