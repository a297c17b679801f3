"""
Alerts for those who look at them: masked, with what they rest on, the earliest due first.

What a look at children's situations found is seen by its roles alone, in no list and no count of anybody else (HC-25).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import polars as pl

from domain.actors import Actor
from domain.alerts import (
    OPEN_ALERTS,
    AlertOutcome,
    AlertPriority,
    AlertState,
    FalseAlarmReason,
    RuleFamily,
    RuleSetState,
)
from domain.errors import NotFoundError
from domain.needs import NeedCategory
from graph.columns import (
    day,
    integer,
    moment,
    moment_or_none,
    text,
    text_or_none,
)
from graph.masks import StoredMask, mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page, day_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "alerts"
MEMBERS_LIST = "risk members"

_WALL: LiteralString = "((n.child = false AND $sees_any) OR (n.child = true AND $sees_child)) AND " + IN_SCOPE
_ASKED: LiteralString = (
    "MATCH (n:Alert) WHERE " + _WALL + " AND n.state IN $states AND n.region_path STARTS WITH $region_path"
    " AND ($any_rule OR n.rule IN $rules) AND ($any_priority OR n.priority IN $priorities)"
    " AND ($any_station OR n.station_id = $station_id OR n.escalated_to = $station_id)"
    " AND n.due_on < $due_before"
)
_COLUMNS: LiteralString = """
OPTIONAL MATCH (r:Resident {id: n.resident_id})
RETURN n.id AS id, n.rule AS rule, n.family AS family, n.priority AS priority, n.need_category AS need_category,
  n.rules_id AS rules_id, n.evidence AS evidence, n.state AS state, n.station_id AS station_id,
  n.escalated_to AS escalated_to, n.escalated_at AS escalated_at, n.raised_at AS raised_at,
  n.raised_on AS raised_on, n.due_on AS due_on, n.number AS number, n.outcome AS outcome, n.reason AS reason,
  n.note AS note, n.need_id AS need_id, n.moved_to AS moved_to, n.decided_by AS decided_by,
  n.decided_at AS decided_at, n.region_id AS region_id, n.household_id AS household_id, n.version AS version,
  r.name AS name, r.birth_date AS birth_date, r.id_number_mask AS id_number_mask, r.phone_mask AS phone_mask
"""
_PAGE = Statement(
    _ASKED
    + " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    + " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
    + _COLUMNS
    + "ORDER BY due_on, id",
    Access.READ,
)
_COUNT = Statement(_ASKED + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Alert {id: wanted}) WHERE " + _WALL + _COLUMNS, Access.READ
)
_GROUPS = Statement(
    "MATCH (n:RiskMembership) WHERE n.valid_to IS NULL AND n.region_path STARTS WITH $region_path AND "
    + _WALL
    + " RETURN n.group_code AS group_code, count(n.id) AS members, max(n.valid_from) AS newest_on"
    " ORDER BY group_code",
    Access.READ,
)
_MEMBERS_ASKED: LiteralString = (
    "MATCH (n:RiskMembership) WHERE n.valid_to IS NULL AND n.region_path STARTS WITH $region_path"
    " AND ($any_group OR n.group_code IN $groups) AND " + _WALL
)
_MEMBERS = Statement(
    _MEMBERS_ASKED
    + " AND n.id > $after_id WITH n ORDER BY n.id LIMIT $limit OPTIONAL MATCH (r:Resident {id: n.resident_id})"
    " RETURN n.id AS id, n.group_code AS group_code, n.evidence AS evidence, n.valid_from AS valid_from,"
    " n.household_id AS household_id, n.region_id AS region_id, r.name AS name, r.birth_date AS birth_date"
    " ORDER BY id",
    Access.READ,
)
_MEMBERS_COUNT = Statement(_MEMBERS_ASKED + " RETURN count(*) AS total", Access.READ)
_DECISIONS = Statement(
    "MATCH (n:Alert) WHERE "
    + _WALL
    + " AND n.region_path STARTS WITH $region_path AND n.raised_on >= $since AND n.raised_on < $until"
    " RETURN n.rule AS rule, n.outcome AS outcome, n.raised_on AS raised_on, n.region_path AS region_path",
    Access.READ,
)
_LAST_RUN = Statement(
    "MATCH (n:AlertRun) WHERE $sees_any AND any(p IN $scope_paths WHERE n.region_path STARTS WITH p OR"
    " p STARTS WITH n.region_path) RETURN n.id AS id, n.day AS day, n.at AS at ORDER BY at DESC LIMIT 1",
    Access.READ,
)
_SETS = Statement(
    "UNWIND $ids AS wanted MATCH (n:AlertRuleSet {id: wanted}) WHERE $sees_any AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.state AS state, n.region_path AS region_path, n.summary AS summary,"
    " n.tried_by AS tried_by, n.tried_at AS tried_at, n.adopted_by AS adopted_by, n.adopted_at AS adopted_at,"
    " n.version AS version",
    Access.READ,
)
_PEOPLE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Resident {id: wanted}) WHERE $sees_any AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.name AS name, n.birth_date AS birth_date, n.region_id AS region_id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPerson:
    """Whom it is about, masked: a name's ends, a number's ends, the year of birth alone."""

    name: str | None
    id_number: StoredMask | None
    birth_year: int | None
    telephone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert; ``evidence`` is JSON as the evaluation wrote it."""

    id: str
    rule: str
    family: RuleFamily
    priority: AlertPriority
    need_category: NeedCategory
    rules_id: str
    evidence: str
    state: AlertState
    station_id: str | None
    escalated_to: str | None
    escalated_at: datetime | None
    raised_at: datetime
    raised_on: date
    due_on: date
    number: int
    outcome: AlertOutcome | None
    reason: FalseAlarmReason | None
    note: str | None
    need_id: str | None
    moved_to: str | None
    decided_by: str | None
    decided_at: datetime | None
    region_id: str | None
    household_id: str | None
    person: RiskPerson
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Empty axes narrow nothing but ``states``: without it the alerts that wait."""

    states: tuple[AlertState, ...] = ()
    rules: tuple[str, ...] = ()
    priorities: tuple[AlertPriority, ...] = ()
    station_id: str | None = None
    region_path: str = "/"
    due_before: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """How many are in a group now, and since when the newest is."""

    group_code: str
    members: int
    newest_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRunRow:
    """A pass: the day whose windows counted, and when it ran."""

    id: str
    day: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMemberRow:
    """Somebody in a group, masked, and the facts by which they are."""

    id: str
    group_code: str
    evidence: str
    since: date
    household_id: str | None
    region_id: str | None
    name: str | None
    birth_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """What a proposed file does to one rule: whom it meets now and then, and what a pass would raise."""

    rule: str
    before: int
    after: int
    newly: int
    no_longer: int
    raised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPerson:
    """Somebody who would newly be alerted of, masked."""

    rule: str
    name: str | None
    birth_year: int | None
    region_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRow:
    """A file of rules that was tried, on which day, and what it would do; ``persons`` are the first of the scope."""

    id: str
    state: RuleSetState
    region_path: str
    day: date
    rules: tuple[TriedRule, ...]
    persons: tuple[TriedPerson, ...]
    tried_by: str
    tried_at: datetime
    adopted_by: str | None
    adopted_at: datetime | None
    version: int


def _born(record: Record) -> int | None:
    born = record["birth_date"]
    return born.year if isinstance(born, date) else None


def _alert(record: Record) -> AlertRow:
    name, outcome, reason = (text_or_none(record, column) for column in ("name", "outcome", "reason"))
    return AlertRow(
        id=text(record, "id"),
        rule=text(record, "rule"),
        family=RuleFamily(text(record, "family")),
        priority=AlertPriority(text(record, "priority")),
        need_category=NeedCategory(text(record, "need_category")),
        rules_id=text(record, "rules_id"),
        evidence=text(record, "evidence"),
        state=AlertState(text(record, "state")),
        station_id=text_or_none(record, "station_id"),
        escalated_to=text_or_none(record, "escalated_to"),
        escalated_at=moment_or_none(record, "escalated_at"),
        raised_at=moment(record, "raised_at"),
        raised_on=day(record, "raised_on"),
        due_on=day(record, "due_on"),
        number=integer(record, "number"),
        outcome=None if outcome is None else AlertOutcome(outcome),
        reason=None if reason is None else FalseAlarmReason(reason),
        note=text_or_none(record, "note"),
        need_id=text_or_none(record, "need_id"),
        moved_to=text_or_none(record, "moved_to"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        region_id=text_or_none(record, "region_id"),
        household_id=text_or_none(record, "household_id"),
        person=RiskPerson(
            name=None if name is None else masked_name(name),
            id_number=mask_or_none(record, "id_number_mask"),
            birth_year=_born(record),
            telephone=text_or_none(record, "phone_mask"),
        ),
        version=integer(record, "version"),
    )


def _sees(actor: Actor) -> dict[str, bool | list[str]]:
    view = view_of(actor)
    return {
        "sees_any": view.desk or view.office,
        "sees_child": view.child,
        "scope_paths": scope_paths(actor),
    }


async def page_of_alerts(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    filter: AlertFilter | None = None,
) -> Page[AlertRow]:
    """Give a page of alerts, the earliest due first. Desk and office see them; child protection its roles alone."""
    size, asked = page_size(first), filter or AlertFilter()
    after_day, after_id = start_of(LIST_NAME, after)
    states = asked.states or tuple(OPEN_ALERTS)
    narrowed = {
        **_sees(actor),
        "states": listed([state.value for state in states]),
        "region_path": asked.region_path,
        "any_rule": not asked.rules,
        "rules": listed(asked.rules),
        "any_priority": not asked.priorities,
        "priorities": listed([priority.value for priority in asked.priorities]),
        "any_station": asked.station_id is None,
        "station_id": asked.station_id or "",
        "due_before": asked.due_before or date.max,
    }
    records = await tx.run(
        _PAGE,
        after_day=day_of(after_day),
        after_id=after_id,
        limit=size + 1,
        **narrowed,
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, size, total, row=_alert, sort_column="due_on")


async def alerts_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, AlertRow]:
    """Give alerts by id, those that the actor may see."""
    records = await tx.run(_BY_IDS, ids=listed(list(ids)), **_sees(actor))
    return {row.id: row for row in map(_alert, records)}


async def alert_by_id(tx: ReadTransaction, actor: Actor, alert_id: str) -> AlertRow:
    """
    Give one alert.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await alerts_by_ids(tx, actor, [alert_id])
    if alert_id not in found:
        raise NotFoundError("no such alert", kind="alert", id=alert_id)
    return found[alert_id]


async def group_counts(tx: ReadTransaction, actor: Actor, region_path: str = "/") -> list[GroupCount]:
    """Give how many are in each group that the actor may see; a group without members is left out."""
    return [
        GroupCount(
            group_code=text(row, "group_code"),
            members=integer(row, "members"),
            newest_on=day(row, "newest_on"),
        )
        for row in await tx.run(_GROUPS, region_path=region_path, **_sees(actor))
    ]


def _member(record: Record) -> RiskMemberRow:
    name = text_or_none(record, "name")
    return RiskMemberRow(
        id=text(record, "id"),
        group_code=text(record, "group_code"),
        evidence=text(record, "evidence"),
        since=day(record, "valid_from"),
        household_id=text_or_none(record, "household_id"),
        region_id=text_or_none(record, "region_id"),
        name=None if name is None else masked_name(name),
        birth_year=_born(record),
    )


async def page_of_risk_members(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    groups: Sequence[str] = (),
    region_path: str = "/",
) -> Page[RiskMemberRow]:
    """Give a page of those who are in groups now; without ``groups`` in any that the actor may see."""
    size = page_size(first)
    asked = {
        **_sees(actor),
        "any_group": not groups,
        "groups": listed(list(groups)),
        "region_path": region_path,
    }
    records = await tx.run(_MEMBERS, after_id=start_of(MEMBERS_LIST, after)[1], limit=size + 1, **asked)
    total = integer((await tx.run(_MEMBERS_COUNT, **asked))[0], "total") if with_total else None
    return page(MEMBERS_LIST, records, size, total, row=_member, sort_column="id")


async def alert_outcomes(
    tx: ReadTransaction, actor: Actor, *, region_path: str, since: date, until: date
) -> pl.DataFrame:
    """Give ``rule``, ``outcome``, ``raised_on``, ``region_path`` of alerts raised in ``[since, until)``."""
    frame = await tx.frame(_DECISIONS, region_path=region_path, since=since, until=until, **_sees(actor))
    schema = {"rule": pl.String, "outcome": pl.String, "raised_on": pl.Date, "region_path": pl.String}
    if frame.width == 0:
        return pl.DataFrame(schema=schema)
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())


async def last_alert_run(tx: ReadTransaction, actor: Actor) -> AlertRunRow | None:
    """Give the last pass over the actor's place, if there was one."""
    view = view_of(actor)
    found = await tx.run(
        _LAST_RUN, sees_any=view.desk or view.office or view.child, scope_paths=scope_paths(actor)
    )
    if not found:
        return None
    return AlertRunRow(id=text(found[0], "id"), day=day(found[0], "day"), at=moment(found[0], "at"))


async def rule_sets_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RuleSetRow]:
    """Give files of rules that were tried, those that the actor may see, and of persons those of their scope."""
    view = view_of(actor)
    sees = {"sees_any": view.desk or view.office, "scope_paths": scope_paths(actor)}
    records = await tx.run(_SETS, ids=listed(list(ids)), **sees)
    summaries = {text(record, "id"): json.loads(text(record, "summary")) for record in records}
    asked = {person for summary in summaries.values() for _, person in summary["persons"]}
    people = {text(row, "id"): row for row in await tx.run(_PEOPLE, ids=listed(sorted(asked)), **sees)}
    return {
        text(record, "id"): _rule_set(record, summaries[text(record, "id")], people) for record in records
    }


def _rule_set(record: Record, summary: Any, people: dict[str, Record]) -> RuleSetRow:  # noqa: ANN401 - JSON
    return RuleSetRow(
        id=text(record, "id"),
        state=RuleSetState(text(record, "state")),
        region_path=text(record, "region_path"),
        day=date.fromisoformat(summary["day"]),
        rules=tuple(TriedRule(**each) for each in summary["rules"]),
        persons=tuple(
            _tried_person(rule, people[person]) for rule, person in summary["persons"] if person in people
        ),
        tried_by=text(record, "tried_by"),
        tried_at=moment(record, "tried_at"),
        adopted_by=text_or_none(record, "adopted_by"),
        adopted_at=moment_or_none(record, "adopted_at"),
        version=integer(record, "version"),
    )


def _tried_person(rule: str, record: Record) -> TriedPerson:
    name = text_or_none(record, "name")
    return TriedPerson(
        rule=rule,
        name=None if name is None else masked_name(name),
        birth_year=_born(record),
        region_id=text_or_none(record, "region_id"),
    )


async def rule_set_by_id(tx: ReadTransaction, actor: Actor, set_id: str) -> RuleSetRow:
    """
    Give one file of rules that was tried.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await rule_sets_by_ids(tx, actor, [set_id])
    if set_id not in found:
        raise NotFoundError("no such rules", kind="alert_rules", id=set_id)
    return found[set_id]
