"""Whom stations visit and who visits for them, as plans and due lists read it, within an actor's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.people import ElderGroup
from domain.visits import VisitorKind
from graph.columns import (
    day,
    day_or_none,
    integer,
    integer_or_none,
    moment_or_none,
    real_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

STATION = Statement(
    "MATCH (n:Station {id: $id}) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.name AS name, n.region_id AS region_id, n.region_path AS region_path,"
    " n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg",
    Access.READ,
)
STATIONS = Statement(
    "MATCH (n:Station) WHERE " + IN_SCOPE + " AND n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.name AS name, n.region_id AS region_id, n.region_path AS region_path,"
    " n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg ORDER BY id",
    Access.READ,
)
REGION_NAMES = Statement(
    "MATCH (n:Region) WHERE "
    + IN_SCOPE
    + " AND n.region_path IN $paths RETURN n.region_path AS region_path, n.name AS name ORDER BY n.id",
    Access.READ,
)
ELDERS = Statement(
    "MATCH (n:Resident) WHERE "
    + IN_SCOPE
    + """
      AND n.region_path STARTS WITH $region_path AND any(g IN $groups WHERE g IN n.situations)
    OPTIONAL MATCH (h:Household {id: n.household_id})
    RETURN n.id AS id, n.name AS name, n.situations AS situations, n.household_id AS household_id,
      n.region_id AS region_id, n.region_path AS region_path, n.recorded_at AS recorded_at,
      h.longitude_deg AS longitude_deg, h.latitude_deg AS latitude_deg
    ORDER BY id
    """,
    Access.READ,
)
LAST_VISITS = Statement(
    "MATCH (n:Visit) WHERE "
    + IN_SCOPE
    + " AND n.region_path STARTS WITH $region_path AND n.state = 'DONE' AND n.day <= $until"
    " RETURN n.resident_id AS resident_id, max(n.day) AS last_day",
    Access.READ,
)
LISTED_VISITS = Statement(
    "MATCH (n:DepartmentRecord) WHERE "
    + IN_SCOPE
    + " AND n.region_path STARTS WITH $region_path AND n.event IN $events AND n.occurred_on <= $until"
    " AND n.resident_id IS NOT NULL"
    " RETURN n.resident_id AS resident_id, max(n.occurred_on) AS last_day",
    Access.READ,
)
VISITED_IN = Statement(
    "MATCH (n:Visit) WHERE "
    + IN_SCOPE
    + " AND n.region_path STARTS WITH $region_path AND n.state = 'DONE' AND n.day >= $first AND n.day < $before"
    " RETURN DISTINCT n.resident_id AS resident_id",
    Access.READ,
)
LISTED_IN = Statement(
    "MATCH (n:DepartmentRecord) WHERE "
    + IN_SCOPE
    + " AND n.region_path STARTS WITH $region_path AND n.event IN $events AND n.occurred_on >= $first"
    " AND n.occurred_on < $before AND n.resident_id IS NOT NULL RETURN DISTINCT n.resident_id AS resident_id",
    Access.READ,
)
VISITORS = Statement(
    """
    MATCH (n:Visitor) WHERE n.station_id = $station_id
    OPTIONAL MATCH (v:Volunteer {id: n.id})
    OPTIONAL MATCH (w:SocialWorker {id: n.id})
    WITH n, v, w WHERE v.merged_into IS NULL
    RETURN n.id AS id, n.kind AS kind, coalesce(v.name, w.name) AS name, n.hours AS hours, n.leave AS leave,
      n.most_visits AS most_visits, coalesce(n.sex, v.sex) AS sex, v.status AS status, v.skills AS skills,
      v.recognised_skills AS recognised_skills,
      v.birth_date AS birth_date, v.resident_id AS resident_id
    ORDER BY id
    """,
    Access.READ,
)
WORKERS = Statement(
    """
    MATCH (w:SocialWorker) WHERE w.station_id = $station_id
    OPTIONAL MATCH (n:Visitor {id: w.id})
    WITH w, n WHERE n IS NULL
    RETURN w.id AS id, w.name AS name ORDER BY id
    """,
    Access.READ,
)
LICENCES = Statement(
    "MATCH (q:Qualification) WHERE q.volunteer_id IN $ids AND q.valid_from <= $day AND q.valid_to > $day"
    " RETURN q.volunteer_id AS id, q.licence AS licence ORDER BY id, licence",
    Access.READ,
)
CARE = Statement(
    "MATCH (n:VisitCare) WHERE " + IN_SCOPE + " AND n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.usual_visitor_id AS usual_visitor_id, n.hours AS hours,"
    " n.service_min AS service_min, n.skill AS skill, n.licence AS licence, n.sex AS sex, n.risk AS risk",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRow:
    """A station that plans visits."""

    id: str
    name: str
    region_id: str | None
    region_path: str
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderRow:
    """A listed elder; ``name`` is masked for all but the desk."""

    id: str
    name: str
    groups: frozenset[ElderGroup]
    household_id: str | None
    region_id: str | None
    region_path: str
    recorded_at: datetime | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorRow:
    """A visitor of a station; ``birth_date`` is None where it is not known, as of social workers."""

    id: str
    name: str
    kind: str
    hours: tuple[str, ...]
    leave: tuple[str, ...]
    most_visits: int
    sex: str | None
    status: str | None
    skills: frozenset[str]
    birth_date: date | None
    resident_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRow:
    """What is known of visiting one elder."""

    id: str
    usual_visitor_id: str | None
    hours: tuple[str, ...]
    service_min: int | None
    skill: str | None
    licence: str | None
    sex: str | None
    risk: str | None


def _place(record: Record) -> tuple[float, float] | None:
    longitude, latitude = real_or_none(record, "longitude_deg"), real_or_none(record, "latitude_deg")
    return None if longitude is None or latitude is None else (longitude, latitude)


def _named(record: Record, near: bool) -> str:
    name = text_or_none(record, "name") or ""
    return name if near else masked_name(name)


async def station_by_id(tx: ReadTransaction, actor: Actor, station_id: str) -> StationRow:
    """
    Give a station.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(STATION, id=station_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such station", kind="station", id=station_id)
    return _station(found[0])


def _station(record: Record) -> StationRow:
    return StationRow(
        id=text(record, "id"),
        name=text_or_none(record, "name") or "",
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        place=_place(record),
    )


async def elders_in(
    tx: ReadTransaction, actor: Actor, region_path: str, groups: frozenset[ElderGroup]
) -> list[ElderRow]:
    """Give the elders of a subtree who are in one of the groups, by id."""
    codes = {group.value: group for group in ElderGroup}
    near = view_of(actor).desk
    records = await tx.run(
        ELDERS,
        scope_paths=scope_paths(actor),
        region_path=region_path,
        groups=listed(frozenset(group.value for group in groups)),
    )
    return [
        ElderRow(
            id=text(record, "id"),
            name=_named(record, near),
            groups=frozenset(codes[code] for code in texts(record, "situations") if code in codes),
            household_id=text_or_none(record, "household_id"),
            region_id=text_or_none(record, "region_id"),
            region_path=text(record, "region_path"),
            recorded_at=moment_or_none(record, "recorded_at"),
            place=_place(record),
        )
        for record in records
    ]


async def last_visits(
    tx: ReadTransaction, actor: Actor, region_path: str, *, events: Sequence[str], until: date
) -> dict[str, date]:
    """Give the day of each resident's last visit, logged here or recorded in a department's list."""
    asked = {"scope_paths": scope_paths(actor), "region_path": region_path, "until": until}
    records = await tx.run(LAST_VISITS, **asked)
    records += await tx.run(LISTED_VISITS, **asked, events=listed(tuple(events)))
    found: dict[str, date] = {}
    for record in records:
        resident, last = text(record, "resident_id"), day(record, "last_day")
        found[resident] = max(last, found.get(resident, last))
    return found


async def visited_between(
    tx: ReadTransaction, actor: Actor, region_path: str, *, events: Sequence[str], first: date, end: date
) -> set[str]:
    """Give the residents who were visited in ``[first, end)``."""
    asked = {"scope_paths": scope_paths(actor), "region_path": region_path, "first": first, "before": end}
    records = await tx.run(VISITED_IN, **asked)
    records += await tx.run(LISTED_IN, **asked, events=listed(tuple(events)))
    return {text(record, "resident_id") for record in records}


async def visitors_of(tx: ReadTransaction, station_id: str) -> list[VisitorRow]:
    """Give a station's visitors by id; the caller has seen to the station's scope."""
    return [
        VisitorRow(
            id=text(record, "id"),
            name=text_or_none(record, "name") or "",
            kind=text(record, "kind"),
            hours=texts(record, "hours"),
            leave=texts(record, "leave"),
            most_visits=integer(record, "most_visits"),
            sex=text_or_none(record, "sex"),
            status=text_or_none(record, "status"),
            skills=frozenset(texts(record, "skills") + texts(record, "recognised_skills")),
            birth_date=day_or_none(record, "birth_date"),
            resident_id=text_or_none(record, "resident_id"),
        )
        for record in await tx.run(VISITORS, station_id=station_id)
    ]


async def workers_of(
    tx: ReadTransaction, station_id: str, *, hours: tuple[str, ...], most_visits: int
) -> list[VisitorRow]:
    """Give a station's social workers whom nobody enrolled, as visitors with the hours and limit given."""
    return [
        VisitorRow(
            id=text(record, "id"),
            name=text_or_none(record, "name") or "",
            kind=VisitorKind.SOCIAL_WORKER.value,
            hours=hours,
            leave=(),
            most_visits=most_visits,
            sex=None,
            status=None,
            skills=frozenset(),
            birth_date=None,
            resident_id=None,
        )
        for record in await tx.run(WORKERS, station_id=station_id)
    ]


async def licences_on(tx: ReadTransaction, ids: Sequence[str], on: date) -> dict[str, frozenset[str]]:
    """Give the licences of volunteers that hold on a day."""
    held: dict[str, frozenset[str]] = {}
    for record in await tx.run(LICENCES, ids=listed(list(ids)), day=on):
        owner = text(record, "id")
        held[owner] = held.get(owner, frozenset()) | {text(record, "licence")}
    return held


async def care_in(tx: ReadTransaction, actor: Actor, region_path: str) -> dict[str, CareRow]:
    """Give what is known of visiting the elders of a subtree."""
    records = await tx.run(CARE, scope_paths=scope_paths(actor), region_path=region_path)
    return {
        text(record, "id"): CareRow(
            id=text(record, "id"),
            usual_visitor_id=text_or_none(record, "usual_visitor_id"),
            hours=texts(record, "hours"),
            service_min=integer_or_none(record, "service_min"),
            skill=text_or_none(record, "skill"),
            licence=text_or_none(record, "licence"),
            sex=text_or_none(record, "sex"),
            risk=text_or_none(record, "risk"),
        )
        for record in records
    }


async def stations_in(tx: ReadTransaction, actor: Actor, region_path: str) -> list[StationRow]:
    """Give the stations of a subtree by id."""
    records = await tx.run(STATIONS, scope_paths=scope_paths(actor), region_path=region_path)
    return [_station(record) for record in records]


async def region_names(tx: ReadTransaction, actor: Actor, paths: Sequence[str]) -> dict[str, str]:
    """Give the names of divisions by path."""
    records = await tx.run(REGION_NAMES, scope_paths=scope_paths(actor), paths=listed(list(paths)))
    return {text(record, "region_path"): text_or_none(record, "name") or "" for record in records}
