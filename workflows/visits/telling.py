"""Telling stations, and those whom elders know, of visits that are overdue."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from domain.actors import Actor, Role
from domain.notices import NewNotice, NoticeCode
from domain.people import ElderGroup
from domain.time import CIVIL_ZONE, civil_date
from graph import lease
from graph.notices import last_told
from graph.ports import ReadTransaction
from graph.reads.elders import (
    CareRow,
    ElderRow,
    StationRow,
    care_in,
    elders_in,
    last_visits,
    stations_in,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.notices.telling import notify
from workflows.visits.due import DueRow, due_rows
from workflows.visits.rules import rules_on
from workflows.workspace import Workspace

_LEASE = "overdue visits"
_LEASE_TIME = timedelta(minutes=10)
_EVERYWHERE = "/"


@dataclass(slots=True)
class OverdueReport:
    """How many were told: stations, and visitors of one elder each."""

    stations: int = 0
    visitors: int = 0

    def figures(self) -> dict[str, int]:
        """Give the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overdue:
    station: StationRow
    rows: tuple[DueRow, ...]


async def tell_overdue(ws: Workspace, actor: Actor, *, holder: str) -> OverdueReport:
    """
    Tell each station how many visits are overdue, and whom an elder knows of that elder's.

    A station gets one sum in some days, by the rules in force; a visitor one word for each visit that is
    owed. Run again, or twice at once, nobody is told twice. Names leave the desk's lists with nobody.

    Parameters
    ----------
    holder
        Who runs the job, as ``host:pid``.

    Raises
    ------
    ConflictError
        Another process is at it.
    """
    actor.require(Role.CLOCK)
    report, units, now = OverdueReport(), UnitOfWork(ws.store, ws.clock), ws.clock()
    async with lease.held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        overdue, care = await ws.store.read(lambda tx: _read(tx, actor, civil_date(now)))
        for each in overdue:
            told = await ws.store.read(lambda tx, station=each.station: _told_at(tx, station))
            if _is_due(told, now, each.station):
                await units.run(actor, lambda tx, each=each: _tell_station(ws, tx, each))
                report.stations += 1
        for visitor_id, row in _by_visitor(overdue, care):
            told = await ws.store.read(
                lambda tx, to=visitor_id, row=row: last_told(tx, to, NoticeCode.VISIT_OVERDUE, row.elder.id)
            )
            if told is None or civil_date(told) <= row.due.due_on:
                await units.run(actor, lambda tx, to=visitor_id, row=row: _tell_visitor(ws, tx, to, row))
                report.visitors += 1
    return report


async def _read(tx: ReadTransaction, actor: Actor, day: date) -> tuple[list[_Overdue], dict[str, CareRow]]:
    """Read what is overdue by station; an elder is the lowest station's above them."""
    stations = await stations_in(tx, actor, _EVERYWHERE)
    events = rules_on(day, _EVERYWHERE).lists.events
    visited = await last_visits(tx, actor, _EVERYWHERE, events=events, until=day)
    elders: dict[str, list[ElderRow]] = {station.id: [] for station in stations}
    for elder in await elders_in(tx, actor, _EVERYWHERE, frozenset(ElderGroup)):
        station = _lowest(stations, elder.region_path)
        if station is not None:
            elders[station.id].append(elder)
    found: list[_Overdue] = []
    for station in stations:
        due = due_rows(elders[station.id], visited, rules_on(day, station.region_path), day)
        late = tuple(row for row in due if row.overdue_days > 0)
        if late:
            found.append(_Overdue(station=station, rows=late))
    return found, await care_in(tx, actor, _EVERYWHERE)


def _lowest(stations: Sequence[StationRow], region_path: str) -> StationRow | None:
    above = [station for station in stations if region_path.startswith(station.region_path)]
    return max(above, key=lambda station: (len(station.region_path), station.id), default=None)


async def _told_at(tx: ReadTransaction, station: StationRow) -> datetime | None:
    return await last_told(tx, station.id, NoticeCode.VISIT_OVERDUE, station.id)


def _is_due(told: datetime | None, now: datetime, station: StationRow) -> bool:
    if told is None:
        return True
    every = rules_on(civil_date(now), station.region_path).reminders.every_days.value
    return (civil_date(now) - told.astimezone(CIVIL_ZONE).date()).days >= every


def _by_visitor(overdue: Iterable[_Overdue], care: dict[str, CareRow]) -> list[tuple[str, DueRow]]:
    found: list[tuple[str, DueRow]] = []
    for row in (row for each in overdue for row in each.rows):
        known = care.get(row.elder.id)
        if known is not None and known.usual_visitor_id is not None:
            found.append((known.usual_visitor_id, row))
    return found


async def _tell_station(ws: Workspace, tx: AuditedTransaction, overdue: _Overdue) -> None:
    station = overdue.station
    tx.record("visits.tell_overdue", station.id, detail={"elders": len(overdue.rows)})
    await _tell(ws, tx, station.id, station.id, station.region_path, overdue.rows)


async def _tell_visitor(ws: Workspace, tx: AuditedTransaction, visitor_id: str, row: DueRow) -> None:
    tx.record("visits.tell_overdue", row.elder.id, detail={"visitor": visitor_id})
    await _tell(ws, tx, visitor_id, row.elder.id, row.elder.region_path, (row,))


async def _tell(
    ws: Workspace,
    tx: AuditedTransaction,
    recipient_id: str,
    subject_id: str,
    region_path: str,
    rows: Sequence[DueRow],
) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=recipient_id,
            code=NoticeCode.VISIT_OVERDUE,
            subject_id=subject_id,
            region_path=region_path,
            parameters={"elders": len(rows), "days": max(row.overdue_days for row in rows)},
        ),
    )
