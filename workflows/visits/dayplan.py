"""A day of visits as ``matching`` takes it, built from what the graph holds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.people import Licence, VolunteerStatus, age_on
from domain.time import CIVIL_ZONE, MINUTES_PER_DAY, WeeklyWindow, civil_date
from domain.visits import CareRisk, Visitor, VisitorKind, VisitState
from graph.reads.elders import CareRow, StationRow, VisitorRow
from graph.reads.visits import VisitRow
from matching.arrays import IntArray
from matching.visits.day import DueVisit, Promise, VisitDay, VisitorDay
from matching.visits.travel import travel_minutes
from workflows.visits.due import DueRow
from workflows.visits.rules import VisitRules

Ways = Callable[[Sequence[tuple[float, float] | None]], IntArray]
"""Gives the minutes between places, the station first: a table of real ways, where one is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What plans of a station are made of."""

    station: StationRow
    rules: VisitRules
    elders: Mapping[str, DueRow]
    care: Mapping[str, CareRow]
    visitors: tuple[VisitorRow, ...]
    licences: Mapping[str, frozenset[str]]


def visitors_on(town: Town, day: date, absent: Collection[str]) -> tuple[VisitorDay, ...]:
    """Give the visitors who work on a day: active, of age (HC-07), neither on leave nor called away."""
    found: list[VisitorDay] = []
    times = town.rules.visit
    for row in town.visitors:
        visitor = Visitor(
            id=row.id,
            kind=VisitorKind(row.kind),
            station_id=town.station.id,
            hours=row.hours,
            leave=row.leave,
            most_visits=row.most_visits,
        )
        spans = [span for span in map(WeeklyWindow.parse, row.hours) if span.weekday == day.weekday()]
        grown = row.birth_date is None or age_on(row.birth_date, day) >= times.minor_years.value
        at_work = row.status in {None, VolunteerStatus.ACTIVE.value} and grown and row.id not in absent
        if not spans or not at_work or visitor.is_away(day):
            continue
        own = frozenset({Licence.SOCIAL_WORKER.value}) if visitor.kind is VisitorKind.SOCIAL_WORKER else None
        found.append(
            VisitorDay(
                id=row.id,
                place=0,
                from_min=spans[0].start_minute,
                until_min=spans[0].end_minute,
                most_visits=row.most_visits,
                most_minutes=times.minutes_per_day.value,
                skills=row.skills,
                licences=town.licences.get(row.id, frozenset()) | (own or frozenset()),
                sex=row.sex,
            )
        )
    return tuple(found)


def day_of_visits(
    town: Town,
    day: date,
    asked: Collection[str],
    *,
    standing: Sequence[VisitRow] = (),
    absent: Collection[str] = (),
    urgent: Collection[str] = (),
    now: datetime,
    ways: Ways | None = None,
) -> VisitDay:
    """
    Lay out a day.

    Parameters
    ----------
    asked
        Elders to be visited, besides those who were promised a visit.
    standing
        The day's published visits, and those that were logged: the latter stay as they are, and are left out
        once their visitor is away.
    now
        Nothing that is not pinned begins before it.
    """
    working = visitors_on(town, day, absent)
    here = {visitor.id for visitor in working}
    promised = {visit.resident_id: visit for visit in standing}
    over = {key for key, visit in promised.items() if _is_logged(visit) and visit.visitor_id not in here}
    chosen = sorted(((set(asked) | set(promised) | set(urgent)) & set(town.elders)) - over)
    earliest = _minute(now, day)
    places = [town.station.place, *(town.elders[elder].elder.place for elder in chosen)]
    table = ways(places) if ways else travel_minutes(places, town.rules.travel.road())
    visits: list[DueVisit] = []
    for place, elder_id in enumerate(chosen, start=1):
        visit = _due_visit(town, day, elder_id, place, promised.get(elder_id), elder_id in urgent, earliest)
        if visit is not None:
            visits.append(visit)
    return VisitDay(
        travel_min=tuple(map(tuple, table.tolist())),
        visits=tuple(visits),
        visitors=working,
        weights=town.rules.weights.weights(),
    )


def _due_visit(
    town: Town,
    day: date,
    elder_id: str,
    place: int,
    standing: VisitRow | None,
    is_urgent: bool,
    earliest: int,
) -> DueVisit | None:
    care, times = town.care.get(elder_id), town.rules.visit
    service = (care.service_min if care else None) or times.service_minutes.value
    promise = None
    if standing is not None and standing.visitor_id is not None and standing.window_start is not None:
        promise = Promise(visitor_id=standing.visitor_id, start_min=_minute(standing.window_start, day))
        if standing.window_end is not None:
            service = max(1, (standing.window_end - standing.window_start) // timedelta(minutes=1))
    windows = _windows(care, times.opens_minute.value, times.closes_minute.value, day, anyway=is_urgent)
    left = tuple((max(a, earliest), b) for a, b in windows if b - max(a, earliest) >= service)
    if not left and promise is None:
        return None
    row = town.elders[elder_id]
    return DueVisit(
        id=elder_id,
        place=place,
        service_min=service,
        windows=left or ((promise.start_min, promise.start_min + service),) if promise else left,
        penalty=town.rules.weights.penalty(
            row.due.overdue_days(day),
            CareRisk(care.risk) if care and care.risk else CareRisk.LOW,
            urgent=is_urgent,
            promised=promise is not None,
        ),
        skill=care.skill if care else None,
        licence=care.licence if care else None,
        sex=care.sex if care else None,
        usual=care.usual_visitor_id if care else None,
        promise=promise,
        pinned=promise is not None and standing is not None and (standing.pinned or _is_logged(standing)),
    )


def _is_logged(visit: VisitRow) -> bool:
    return visit.state in {VisitState.DONE, VisitState.MISSED}


def _windows(
    care: CareRow | None, opens: int, closes: int, day: date, *, anyway: bool
) -> tuple[tuple[int, int], ...]:
    """Give when an elder may be visited on a day; one that is urgent, at any time if need be."""
    spans = [WeeklyWindow.parse(text) for text in (care.hours if care else ())]
    if not spans:
        return ((opens, closes),)
    own = tuple(sorted((s.start_minute, s.end_minute) for s in spans if s.weekday == day.weekday()))
    return own or (((opens, closes),) if anyway else ())


def _minute(moment: datetime, day: date) -> int:
    """Minutes after a civil day's midnight, rounded up, within the day."""
    if civil_date(moment) != day:
        return 0 if civil_date(moment) < day else MINUTES_PER_DAY
    local = moment.astimezone(CIVIL_ZONE)
    return local.hour * 60 + local.minute + (local.second > 0 or local.microsecond > 0)


def moment_at(day: date, minute: int) -> datetime:
    """Give the moment of a minute of a civil day."""
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE) + timedelta(minutes=minute)
