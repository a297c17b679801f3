"""Visits as use cases write them: plans with their visits, visitors, what is known of a home, alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.visits import VisitCare, VisitChannel, Visitor, VisitOutcome, VisitState
from graph.columns import integer, text, text_or_none, texts
from graph.frames import DTYPES
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.visits import VisitPlanRow, VisitRow, plan_by_id, visit_by_id
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME
from graph.scope import IN_SCOPE, scope_paths

LOCK_PLAN = Statement(
    "MATCH (n:VisitPlan {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.version AS version",
    Access.WRITE,
)
LOCK_VISIT = Statement(
    "MATCH (n:Visit {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.version AS version",
    Access.WRITE,
)
PUBLISH_PLAN = Statement(
    "MATCH (n:VisitPlan {id: $id}) SET n.state = 'PUBLISHED', n.published_by = $by, n.published_at = $at",
    Access.WRITE,
)
PUBLISH_VISITS = Statement(
    "MATCH (n:Visit) WHERE n.plan_id = $plan_id AND n.state = 'PROPOSED' SET n.state = 'PUBLISHED'",
    Access.WRITE,
)
REPLACE_PLANS = Statement(
    "MATCH (n:VisitPlan) WHERE n.station_id = $station_id AND n.day = $day AND n.id <> $id"
    " SET n.state = 'REPLACED', n.version = n.version + 1",
    Access.WRITE,
)
WITHDRAW_VISITS = Statement(
    "MATCH (n:Visit) WHERE n.station_id = $station_id AND n.day = $day AND n.plan_id <> $plan_id"
    " AND n.state IN ['PROPOSED', 'PUBLISHED'] SET n.state = 'WITHDRAWN', n.version = n.version + 1",
    Access.WRITE,
)
PIN = Statement("MATCH (n:Visit {id: $id}) SET n.pinned = $pinned", Access.WRITE)
LOG = Statement(
    """
    MATCH (n:Visit {id: $id}) SET n.state = $state, n.channel = $channel, n.outcome = $outcome, n.note = $note,
      n.logged_by = $logged_by, n.logged_at = $logged_at, n.next_due = $next_due, n.day = $day
    """,
    Access.WRITE,
)
SET_NEED = Statement("MATCH (n:Visit {id: $id}) SET n.need_id = $need_id", Access.WRITE)
RESIDENT = Statement(
    "MATCH (n:Resident {id: $id}) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.household_id AS household_id, n.region_id AS region_id,"
    " n.region_path AS region_path, n.situations AS situations",
    Access.READ,
)
BY_DEVICE = Statement(
    "MATCH (n:VisitCare) WHERE " + IN_SCOPE + " AND $device_id IN n.device_ids RETURN n.id AS id ORDER BY id",
    Access.READ,
)
STATIONS_ABOVE = Statement(
    "MATCH (n:Station) WHERE $region_path STARTS WITH n.region_path"
    " RETURN n.id AS id, n.region_path AS region_path ORDER BY id",
    Access.READ,
)
USUAL = Statement("MATCH (n:VisitCare {id: $id}) RETURN n.usual_visitor_id AS id", Access.READ)
VISITS_RESIDENT = Statement(
    "MATCH (n:Visit) WHERE n.resident_id = $resident_id AND n.visitor_id = $visitor_id"
    " AND n.state IN ['PUBLISHED', 'DONE', 'MISSED'] RETURN n.id AS id LIMIT 1",
    Access.READ,
)
WORKER = Statement("MATCH (n:SocialWorker {id: $id}) RETURN n.id AS id", Access.READ)
VOLUNTEER = Statement("MATCH (n:Volunteer {id: $id}) RETURN n.id AS id", Access.READ)
VERSION_OF_VISITOR = Statement("MATCH (n:Visitor {id: $id}) RETURN n.version AS version", Access.READ)
VERSION_OF_CARE = Statement("MATCH (n:VisitCare {id: $id}) RETURN n.version AS version", Access.READ)


async def lock_plan(
    tx: WriteTransaction, actor: Actor, plan_id: str, *, expected_version: int
) -> VisitPlanRow:
    """
    Take a plan for changing.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    locked = await tx.run(LOCK_PLAN, id=plan_id, scope_paths=scope_paths(actor))
    _check_version(locked[0]["version"] if locked else None, expected_version, "visit plan", plan_id)
    return await plan_by_id(tx, actor, plan_id)


async def lock_visit(tx: WriteTransaction, actor: Actor, visit_id: str, *, expected_version: int) -> VisitRow:
    """
    Take a visit for changing; raises as :func:`lock_plan`, and where it is not the actor's to see.

    Raises
    ------
    NotFoundError
        Not the actor's to see.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    locked = await tx.run(LOCK_VISIT, id=visit_id, scope_paths=scope_paths(actor))
    seen = await visit_by_id(tx, actor, visit_id)  # before the version: who may not see it learns nothing
    _check_version(locked[0]["version"] if locked else None, expected_version, "visit", visit_id)
    return seen


def _check_version(version: object, expected: int, kind: str, key: str) -> None:
    if not isinstance(version, int):
        raise NotFoundError(f"no such {kind}", kind=kind, id=key)
    if version - 1 != expected:
        raise StaleVersionError(
            "it has changed since it was read", id=key, expected=expected, found=version - 1
        )


async def create_plan(tx: WriteTransaction, plan: dict[str, object], visits: list[dict[str, object]]) -> None:
    """Write a plan and its visits, joined to who receives and who makes them."""
    await tx.load_nodes(NODE_TYPE_BY_LABEL["VisitPlan"], _frame("VisitPlan", [plan]))
    if not visits:
        return
    makers = {str(visit["id"]): str(visit.pop("visitor_kind")) for visit in visits}
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Visit"], _frame("Visit", visits))
    await _join(tx, "RECEIVES", "Resident", [(str(v["resident_id"]), str(v["id"])) for v in visits])
    for kind, label in (("VOLUNTEER", "Volunteer"), ("SOCIAL_WORKER", "SocialWorker")):
        pairs = [(str(v["visitor_id"]), str(v["id"])) for v in visits if makers[str(v["id"])] == kind]
        await _join(tx, "MAKES", label, pairs)


async def create_visit(tx: WriteTransaction, visit: dict[str, object]) -> None:
    """Write a visit that no plan foresaw."""
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Visit"], _frame("Visit", [visit]))
    await _join(tx, "RECEIVES", "Resident", [(str(visit["resident_id"]), str(visit["id"]))])


async def _join(tx: WriteTransaction, name: str, label: str, pairs: list[tuple[str, str]]) -> None:
    if pairs:
        frame = pl.DataFrame(
            {
                "from_id": [a for a, _ in pairs],
                "to_id": [b for _, b in pairs],
                "source_id": ["manual"] * len(pairs),
            }
        )
        await tx.load_relationships(RELATIONSHIP_TYPE_BY_NAME[name], (label, "Visit"), frame)


def _frame(label: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    types = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
    return pl.DataFrame(rows, schema={name: types[name] for name in rows[0]})


async def publish_plan(tx: WriteTransaction, plan: VisitPlanRow, *, by: str, at: datetime) -> None:
    """Publish a plan and its visits; whatever else was planned for the day and not yet done is withdrawn."""
    await tx.run(REPLACE_PLANS, station_id=plan.station_id, day=plan.day, id=plan.id)
    await tx.run(WITHDRAW_VISITS, station_id=plan.station_id, day=plan.day, plan_id=plan.id)
    await tx.run(PUBLISH_PLAN, id=plan.id, by=by, at=at)
    await tx.run(PUBLISH_VISITS, plan_id=plan.id)


async def pin(tx: WriteTransaction, visit_id: str, *, pinned: bool) -> None:
    """Say whether a visit may be moved."""
    await tx.run(PIN, id=visit_id, pinned=pinned)


async def log(
    tx: WriteTransaction,
    visit: VisitRow,
    *,
    state: VisitState,
    channel: VisitChannel,
    outcome: VisitOutcome,
    note: str | None,
    by: str,
    at: datetime,
    on: date,
    next_due: date,
) -> None:
    """Write down what a visit came to."""
    await tx.run(
        LOG,
        id=visit.id,
        state=state.value,
        channel=channel.value,
        outcome=outcome.value,
        note=note,
        logged_by=by,
        logged_at=at,
        next_due=next_due,
        day=on,
    )


async def name_need(tx: WriteTransaction, visit_id: str, need_id: str) -> None:
    """Join a visit to the need that came of it."""
    await tx.run(SET_NEED, id=visit_id, need_id=need_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentRow:
    """A resident as visits and alarms need them."""

    id: str
    household_id: str | None
    region_id: str | None
    region_path: str
    situations: tuple[str, ...]


async def resident_in_scope(tx: ReadTransaction, actor: Actor, resident_id: str) -> ResidentRow:
    """
    Give a resident.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(RESIDENT, id=resident_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such resident", kind="resident", id=resident_id)
    return ResidentRow(
        id=resident_id,
        household_id=text_or_none(found[0], "household_id"),
        region_id=text_or_none(found[0], "region_id"),
        region_path=text(found[0], "region_path"),
        situations=texts(found[0], "situations"),
    )


async def resident_of_device(tx: ReadTransaction, actor: Actor, device_id: str) -> str:
    """
    Give in whose home a device is.

    Raises
    ------
    NotFoundError
        In nobody's within the actor's scope.
    """
    found = await tx.run(BY_DEVICE, device_id=device_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such device", kind="device", id=device_id)
    return text(found[0], "id")


async def nearest_station(tx: ReadTransaction, region_path: str) -> str | None:
    """Give the lowest station above a place, or None."""
    found = await tx.run(STATIONS_ABOVE, region_path=region_path)
    nearest = max(found, key=lambda record: len(text(record, "region_path")), default=None)
    return None if nearest is None else text(nearest, "id")


async def usual_visitor(tx: ReadTransaction, resident_id: str) -> str | None:
    """Give whom an elder knows, or None."""
    found = await tx.run(USUAL, id=resident_id)
    return text_or_none(found[0], "id") if found else None


async def exists_as(tx: ReadTransaction, visitor: Visitor) -> bool:
    """Whether there is a volunteer or social worker of the visitor's id and kind."""
    statement = WORKER if visitor.kind.value == "SOCIAL_WORKER" else VOLUNTEER
    return bool(await tx.run(statement, id=visitor.id))


async def save_visitor(
    tx: WriteTransaction, visitor: Visitor, *, sex: str | None, region_id: str | None, region_path: str
) -> None:
    """Write a visitor, new or changed."""
    found = await tx.run(VERSION_OF_VISITOR, id=visitor.id)
    row = {
        **asdict(visitor),
        "kind": visitor.kind.value,
        "hours": list(visitor.hours),
        "leave": list(visitor.leave),
        "sex": sex,
        "region_id": region_id,
        "region_path": region_path,
        "version": integer(found[0], "version") + 1 if found else 1,
    }
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Visitor"], _frame("Visitor", [row]))


async def save_care(
    tx: WriteTransaction, care: VisitCare, *, region_id: str | None, region_path: str
) -> None:
    """Write what is known of visiting an elder, new or changed."""
    found = await tx.run(VERSION_OF_CARE, id=care.id)
    consent = care.alarm_consent
    row = {
        **{name: value for name, value in asdict(care).items() if name != "alarm_consent"},
        "alarm_consent_by": consent.given_by.value if consent else None,
        "alarm_consent_at": consent.at if consent else None,
        "alarm_consent_taken_by": consent.taken_by if consent else None,
        "hours": list(care.hours),
        "device_ids": list(care.device_ids),
        "region_id": region_id,
        "region_path": region_path,
        "version": integer(found[0], "version") + 1 if found else 1,
    }
    await tx.load_nodes(NODE_TYPE_BY_LABEL["VisitCare"], _frame("VisitCare", [row]))


async def visits_resident(tx: ReadTransaction, visitor_id: str | None, resident_id: str) -> bool:
    """Whether somebody visits a resident: has a published or logged visit, or is the one they know."""
    if visitor_id is None:
        return False
    found = await tx.run(VISITS_RESIDENT, visitor_id=visitor_id, resident_id=resident_id)
    return bool(found) or await usual_visitor(tx, resident_id) == visitor_id
