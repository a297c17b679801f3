"""Alerts and groups at risk as passes and decisions read and write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from domain.actors import Actor
from domain.alerts import AlertState, RuleSetState
from domain.errors import NotFoundError, StaleVersionError
from domain.needs import NeedCategory
from domain.stations import serving
from graph.columns import flag, integer, text, text_or_none
from graph.frames import columns_of
from graph.ports import Access, ReadTransaction, Statement, Value, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import IN_SCOPE, listed, scope_paths, view_of
from graph.stations import EVERY, node_of

PERSONS = Statement(
    "MATCH (n:Resident) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.household_id AS household_id, n.birth_date AS birth_date, n.situations AS situations,"
    " n.region_id AS region_id, n.region_path AS region_path",
    Access.READ,
)
HOMES = Statement(
    "MATCH (n:Household) WHERE " + IN_SCOPE + " RETURN n.id AS id, n.situations AS situations", Access.READ
)
RECORDS = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.resident_id IS NOT NULL AND n.event IN $events AND n.occurred_on > $since"
    " AND n.occurred_on <= $day AND "
    + IN_SCOPE
    + " RETURN n.resident_id AS resident_id, n.department AS department, n.event AS event,"
    " n.amount_fen AS amount_fen, n.occurred_on AS occurred_on",
    Access.READ,
)
MEMBERS = Statement(
    "MATCH (n:RiskMembership) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.group_code AS group_code, n.resident_id AS resident_id,"
    " n.household_id AS household_id, n.evidence AS evidence, n.region_id AS region_id,"
    " n.region_path AS region_path, n.valid_from AS valid_from, n.valid_to AS valid_to",
    Access.READ,
)
RAISED = Statement(
    "MATCH (n:Alert) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.rule AS rule, n.resident_id AS resident_id, n.number AS number, n.state AS state,"
    " n.facts AS facts, n.quiet_days AS quiet_days, n.decided_on AS decided_on",
    Access.READ,
)
OVERDUE = Statement(
    "MATCH (n:Alert) WHERE n.state = 'OPEN' AND n.due_on < $day AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.station_id AS station_id, n.child AS child, n.region_path AS region_path"
    " ORDER BY id",
    Access.READ,
)
# Who decided it meanwhile goes before: the write asks for the state once more.
ESCALATE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Alert {id: wanted}) WHERE n.state = 'OPEN' SET n.state = 'ESCALATED',"
    " n.escalated_to = $station_id, n.escalated_at = $at, n.version = n.version + 1 RETURN n.id AS id",
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:Alert {id: $id}) WHERE ((n.child = false AND $sees_desk) OR (n.child = true AND $sees_child)) AND "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.resident_id AS resident_id, n.household_id AS household_id,"
    " n.state AS state, n.need_category AS need_category, n.child AS child, n.region_path AS region_path,"
    " n.rule AS rule, n.version AS version",
    Access.WRITE,
)
DECIDE = Statement(
    "MATCH (n:Alert {id: $id}) SET n.state = 'DECIDED', n.outcome = $outcome, n.reason = $reason, n.note = $note,"
    " n.need_id = $need_id, n.moved_to = $moved_to, n.decided_by = $by, n.decided_at = $at, n.decided_on = $day",
    Access.WRITE,
)
NEED_OF_HOUSEHOLD = Statement(
    "MATCH (n:Need {id: $id}) WHERE n.subject_id = $household_id AND "
    + IN_SCOPE
    + " RETURN n.category AS category",
    Access.READ,
)
# Where somebody went may lie outside any scope of who says so; a division is no secret.
REGION_STANDS = Statement("MATCH (n:Region {id: $id}) RETURN n.id AS id", Access.READ)
ADOPTED = Statement(
    "MATCH (n:AlertRuleSet) WHERE n.state = 'ADOPTED' RETURN n.id AS id, n.region_path AS region_path,"
    " n.content AS content, n.adopted_at AS adopted_at ORDER BY adopted_at, id",
    Access.READ,
)
LOCK_SET = Statement(
    "MATCH (n:AlertRuleSet {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.state AS state, n.content AS content,"
    " n.region_path AS region_path, n.version AS version",
    Access.WRITE,
)
SUPERSEDE = Statement(
    "MATCH (n:AlertRuleSet) WHERE n.state = 'ADOPTED' AND n.region_path = $region_path AND n.id <> $id"
    " SET n.state = 'SUPERSEDED', n.version = n.version + 1 RETURN n.id AS id",
    Access.WRITE,
)
ADOPT = Statement(
    "MATCH (n:AlertRuleSet {id: $id}) SET n.state = 'ADOPTED', n.adopted_by = $by, n.adopted_at = $at",
    Access.WRITE,
)
SET_STANDS = Statement(
    "MATCH (n:AlertRuleSet {id: $id}) RETURN n.state AS state, n.version AS version", Access.READ
)

ALERT = NODE_TYPE_BY_LABEL["Alert"]
RISK_MEMBERSHIP = NODE_TYPE_BY_LABEL["RiskMembership"]
RULE_SET = NODE_TYPE_BY_LABEL["AlertRuleSet"]
RUN = NODE_TYPE_BY_LABEL["AlertRun"]


async def persons(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give everybody within a scope as rules look at them."""
    columns = ("id", "household_id", "birth_date", "situations", "region_id", "region_path")
    return columns_of("Resident", await tx.frame(PERSONS, scope_paths=scope_paths(actor)), columns)


async def homes(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give what households hold."""
    return columns_of(
        "Household", await tx.frame(HOMES, scope_paths=scope_paths(actor)), ("id", "situations")
    )


async def records(
    tx: ReadTransaction, actor: Actor, events: Sequence[str], *, since: date, day: date
) -> pl.DataFrame:
    """Give lines of lists that have their person, after one day and up to another."""
    frame = await tx.frame(
        RECORDS, events=listed(list(events)), since=since, day=day, scope_paths=scope_paths(actor)
    )
    columns = ("resident_id", "department", "event", "amount_fen", "occurred_on")
    return columns_of("DepartmentRecord", frame, columns)


async def memberships(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give who is and was in a group."""
    columns = ("id", "group_code", "resident_id", "household_id", "evidence", "region_id", "region_path",
               "valid_from", "valid_to")  # fmt: skip
    return columns_of("RiskMembership", await tx.frame(MEMBERS, scope_paths=scope_paths(actor)), columns)


async def raised_alerts(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give what was raised so far, as a pass asks it."""
    columns = ("id", "rule", "resident_id", "number", "state", "facts", "quiet_days", "decided_on")
    return columns_of("Alert", await tx.frame(RAISED, scope_paths=scope_paths(actor)), columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """Which station handles a place, and which stands above each."""

    of_place: dict[str, str | None]
    above: dict[str, str | None]
    places: dict[str, str]


async def handlers(tx: ReadTransaction, places: Sequence[str]) -> Handlers:
    """Give the deepest open station of each place, the one above each station, and where each stands."""
    stations = await tx.run(EVERY)
    nodes = [node_of(record) for record in stations]
    found = {place: serving(nodes, place) for place in places}
    return Handlers(
        of_place={place: None if node is None else node.id for place, node in found.items()},
        above={text(row, "id"): text_or_none(row, "parent_id") for row in stations},
        places={text(row, "id"): text(row, "region_path") for row in stations},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueAlert:
    """An alert whose day has passed and that nobody has decided."""

    id: str
    station_id: str | None
    child: bool
    region_path: str


async def overdue_alerts(tx: ReadTransaction, actor: Actor, day: date) -> list[OverdueAlert]:
    """Give alerts that were due before a day."""
    return [
        OverdueAlert(
            id=text(row, "id"),
            station_id=text_or_none(row, "station_id"),
            child=flag(row, "child"),
            region_path=text(row, "region_path"),
        )
        for row in await tx.run(OVERDUE, day=day, scope_paths=scope_paths(actor))
    ]


async def escalate_alerts(
    tx: WriteTransaction, ids: Sequence[str], *, station_id: str | None, at: datetime
) -> int:
    """Hand overdue alerts to the station above as well; give how many were still open."""
    return len(await tx.run(ESCALATE, ids=list(ids), station_id=station_id, at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedAlert:
    """An alert taken for a decision."""

    id: str
    rule: str
    resident_id: str
    household_id: str | None
    state: AlertState
    need_category: NeedCategory
    child: bool
    region_path: str


async def take_alert(
    tx: WriteTransaction, actor: Actor, alert_id: str, *, expected_version: int
) -> LockedAlert:
    """
    Lock an alert; what is child protection's is there for its roles alone.

    Raises
    ------
    NotFoundError
        Not within the actor's scope, or behind the wall.
    StaleVersionError
        Changed since it was read.
    """
    view = view_of(actor)
    found = await tx.run(
        LOCK, id=alert_id, sees_desk=view.desk, sees_child=view.child, scope_paths=scope_paths(actor)
    )
    if not found:
        raise NotFoundError("no such alert", kind="alert", id=alert_id)
    row, actual = found[0], integer(found[0], "version") - 1
    if actual != expected_version:
        raise StaleVersionError(
            "the alert has changed since it was read", id=alert_id, expected=expected_version, actual=actual
        )
    return LockedAlert(
        id=alert_id,
        rule=text(row, "rule"),
        resident_id=text(row, "resident_id"),
        household_id=text_or_none(row, "household_id"),
        state=AlertState(text(row, "state")),
        need_category=NeedCategory(text(row, "need_category")),
        child=flag(row, "child"),
        region_path=text(row, "region_path"),
    )


async def decide_alert_row(tx: WriteTransaction, alert_id: str, **values: Value) -> None:
    """Write down how an alert ended."""
    await tx.run(DECIDE, id=alert_id, **values)


async def require_need_of(
    tx: ReadTransaction, actor: Actor, need_id: str, household_id: str | None, *, child: bool
) -> None:
    """
    Go on only if a need is the household's, within the scope, and on the same side of the wall.

    Raises
    ------
    NotFoundError
        It is not.
    """
    found = await tx.run(
        NEED_OF_HOUSEHOLD, id=need_id, household_id=household_id, scope_paths=scope_paths(actor)
    )
    walled = [text(row, "category") == NeedCategory.CHILD_PROTECT for row in found]
    if household_id is None or walled != [child]:
        raise NotFoundError("the household has no such need", kind="need", id=need_id)


async def require_region(tx: ReadTransaction, region_id: str) -> None:
    """
    Go on only with a division that the graph knows.

    Raises
    ------
    NotFoundError
        It does not.
    """
    if not await tx.run(REGION_STANDS, id=region_id):
        raise NotFoundError("no such division", kind="region", id=region_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedRules:
    """A file of rules that a region adopted."""

    id: str
    region_path: str
    content: str


async def adopted_rules(tx: ReadTransaction) -> list[AdoptedRules]:
    """Give the adopted files, the earliest first; what holds at a place is no secret of a scope."""
    return [
        AdoptedRules(**{name: text(row, name) for name in ("id", "region_path", "content")})
        for row in await tx.run(ADOPTED)
    ]


async def rule_set_state(tx: ReadTransaction, set_id: str) -> tuple[RuleSetState | None, int]:
    """Give where a proposed file stands and its version; None and 0 where nobody tried it."""
    found = await tx.run(SET_STANDS, id=set_id)
    return (RuleSetState(text(found[0], "state")), integer(found[0], "version")) if found else (None, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedRules:
    """A proposed file taken for adoption."""

    state: RuleSetState
    content: str
    region_path: str


async def take_rule_set(
    tx: WriteTransaction, actor: Actor, set_id: str, *, expected_version: int
) -> LockedRules:
    """
    Lock a proposed file.

    Raises
    ------
    NotFoundError, StaleVersionError
        Not within the actor's scope; changed since it was read.
    """
    found = await tx.run(LOCK_SET, id=set_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such rules", kind="alert_rules", id=set_id)
    actual = integer(found[0], "version") - 1
    if actual != expected_version:
        raise StaleVersionError(
            "the rules have changed since they were read", id=set_id, expected=expected_version, actual=actual
        )
    return LockedRules(
        state=RuleSetState(text(found[0], "state")),
        content=text(found[0], "content"),
        region_path=text(found[0], "region_path"),
    )


async def adopt_rule_set(
    tx: WriteTransaction, set_id: str, region_path: str, *, by: str, at: datetime
) -> None:
    """Let a file hold in its region, and the one before it no longer."""
    await tx.run(SUPERSEDE, id=set_id, region_path=region_path)
    await tx.run(ADOPT, id=set_id, by=by, at=at)
