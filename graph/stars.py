"""Stars as use cases write them, and their public notices as lists show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.stars import ObjectionState, StarLevel, StarNotice, StarState
from graph.columns import day, day_or_none, integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths

LIST_NAME = "star_notices"

COLUMNS: LiteralString = """
RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.level AS level, n.state AS state, n.minutes AS minutes,
  n.rule_id AS rule_id, n.published_on AS published_on, n.ends_on AS ends_on, n.granted_on AS granted_on,
  n.region_id AS region_id, n.region_path AS region_path, n.version AS version
"""
OBJECTION: LiteralString = """
RETURN o.id AS id, o.notice_id AS notice_id, o.raised_by AS raised_by, o.reason AS reason, o.state AS state,
  o.raised_at AS raised_at, o.decided_by AS decided_by, o.decision AS decision, o.decided_at AS decided_at,
  o.region_path AS region_path
"""
CANDIDATES = Statement(
    "MATCH (n:Volunteer) WHERE n.status = 'ACTIVE' AND n.merged_into IS NULL AND n.verified_minutes >= $minutes"
    " AND n.id > $after_id AND " + IN_SCOPE + " RETURN n.id AS id ORDER BY id LIMIT 1000",
    Access.READ,
)
STANDING = Statement(
    "MATCH (n:Volunteer {id: $id}) RETURN n.verified_minutes AS minutes, n.star AS star,"
    " n.region_id AS region_id, n.region_path AS region_path",
    Access.READ,
)
UNDER_NOTICE = Statement(
    "MATCH (n:StarNotice) WHERE n.volunteer_id = $id AND n.state = 'PUBLISHED' RETURN n.id AS id", Access.READ
)
WITHDRAWN_AT = Statement(
    "MATCH (n:StarNotice) WHERE n.volunteer_id = $id AND n.level = $level AND n.state = 'WITHDRAWN'"
    " RETURN max(n.minutes) AS minutes",
    Access.READ,
)
CREATE = Statement(
    """
    CREATE (:StarNotice {id: $id, volunteer_id: $volunteer_id, level: $level, state: 'PUBLISHED',
      minutes: $minutes, rule_id: $rule_id, published_on: $published_on, ends_on: $ends_on,
      region_id: $region_id, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
DUE = Statement(
    "MATCH (n:StarNotice) WHERE n.state = 'PUBLISHED' AND n.ends_on <= $today AND n.id > $after_id AND "
    + IN_SCOPE
    + " AND NOT EXISTS { MATCH (o:StarObjection) WHERE o.notice_id = n.id AND o.state = 'OPEN' }"
    + COLUMNS
    + "ORDER BY id LIMIT 1000",
    Access.READ,
)
LOCK = Statement(
    "MATCH (n:StarNotice {id: $id}) WHERE " + IN_SCOPE + " SET n.version = n.version + 1" + COLUMNS,
    Access.WRITE,
)
SET_STATE = Statement(
    "MATCH (n:StarNotice {id: $id}) SET n.state = $state, n.granted_on = $granted_on", Access.WRITE
)
SET_STAR = Statement("MATCH (n:Volunteer {id: $id}) SET n.star = $level", Access.WRITE)
OPEN_OBJECTIONS = Statement(
    "MATCH (o:StarObjection) WHERE o.notice_id = $id AND o.state = 'OPEN' RETURN o.id AS id", Access.READ
)
CREATE_OBJECTION = Statement(
    """
    CREATE (:StarObjection {id: $id, notice_id: $notice_id, raised_by: $raised_by, reason: $reason,
      state: 'OPEN', raised_at: $raised_at, region_path: $region_path})
    """,
    Access.WRITE,
)
FIND_OBJECTION = Statement("MATCH (o:StarObjection {id: $id})" + OBJECTION, Access.READ)
OBJECTIONS = Statement(
    "UNWIND $ids AS wanted MATCH (n:StarNotice {id: wanted}) WHERE "
    + IN_SCOPE
    + " MATCH (o:StarObjection) WHERE o.notice_id = n.id"
    + OBJECTION
    + "ORDER BY raised_at, id",
    Access.READ,
)
DECIDE = Statement(
    "MATCH (o:StarObjection {id: $id}) SET o.state = $state, o.decided_by = $decided_by,"
    " o.decision = $decision, o.decided_at = $at",
    Access.WRITE,
)
_PAGE = Statement(
    "MATCH (n:StarNotice) WHERE n.state IN $states AND n.id > $after_id AND "
    + IN_SCOPE
    + COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:StarNotice) WHERE n.state IN $states AND " + IN_SCOPE + " RETURN count(*) AS total", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRow:
    """Somebody's reason why a star should not be granted."""

    id: str
    notice_id: str
    raised_by: str
    reason: str
    state: ObjectionState
    raised_at: datetime
    decided_by: str | None
    decision: str | None
    decided_at: datetime | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a volunteer's star is worked out from."""

    minutes: int
    star: StarLevel | None
    region_id: str | None
    region_path: str


def notice_of(record: Record) -> StarNotice:
    """Give the notice of a record of ``COLUMNS``."""
    return StarNotice(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        level=StarLevel(text(record, "level")),
        state=StarState(text(record, "state")),
        minutes=integer(record, "minutes"),
        rule_id=text(record, "rule_id"),
        published_on=day(record, "published_on"),
        ends_on=day(record, "ends_on"),
        granted_on=day_or_none(record, "granted_on"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _objection(record: Record) -> ObjectionRow:
    return ObjectionRow(
        id=text(record, "id"),
        notice_id=text(record, "notice_id"),
        raised_by=text(record, "raised_by"),
        reason=text(record, "reason"),
        state=ObjectionState(text(record, "state")),
        raised_at=moment(record, "raised_at"),
        decided_by=text_or_none(record, "decided_by"),
        decision=text_or_none(record, "decision"),
        decided_at=moment_or_none(record, "decided_at"),
        region_path=text(record, "region_path"),
    )


async def candidates(tx: ReadTransaction, actor: Actor, minutes: int, after_id: str) -> list[str]:
    """Give volunteers with at least so many verified minutes, by id."""
    found = await tx.run(CANDIDATES, minutes=minutes, after_id=after_id, scope_paths=scope_paths(actor))
    return [text(row, "id") for row in found]


async def standing_of(tx: ReadTransaction, volunteer_id: str) -> Standing:
    """Give what a volunteer's star is worked out from."""
    (found,) = await tx.run(STANDING, id=volunteer_id)
    star = text_or_none(found, "star")
    return Standing(
        minutes=integer(found, "minutes"),
        star=StarLevel(star) if star else None,
        region_id=text_or_none(found, "region_id"),
        region_path=text(found, "region_path"),
    )


async def may_be_published(tx: ReadTransaction, volunteer_id: str, level: StarLevel, minutes: int) -> bool:
    """Whether no star of the volunteer is under notice, nor was this one turned down at the same hours."""
    if await tx.run(UNDER_NOTICE, id=volunteer_id):
        return False
    (found,) = await tx.run(WITHDRAWN_AT, id=volunteer_id, level=level.value)
    return integer(found, "minutes") < minutes


async def create_notice_of_star(tx: WriteTransaction, notice: StarNotice) -> None:
    """Publish a star."""
    await tx.run(
        CREATE,
        id=notice.id,
        volunteer_id=notice.volunteer_id,
        level=notice.level.value,
        minutes=notice.minutes,
        rule_id=notice.rule_id,
        published_on=notice.published_on,
        ends_on=notice.ends_on,
        region_id=notice.region_id,
        region_path=notice.region_path,
    )


async def due_notices(tx: ReadTransaction, actor: Actor, today: date, after_id: str) -> list[StarNotice]:
    """Give notices that were shown long enough and that nobody objects to, by id."""
    found = await tx.run(DUE, today=today, after_id=after_id, scope_paths=scope_paths(actor))
    return [notice_of(row) for row in found]


async def lock_star(tx: WriteTransaction, actor: Actor, notice_id: str) -> StarNotice:
    """
    Take a notice for changing.

    Raises
    ------
    NotFoundError
        Outside the scope.
    """
    found = await tx.run(LOCK, id=notice_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such notice of a star", kind="star_notice", id=notice_id)
    return notice_of(found[0])


async def is_objected_to(tx: ReadTransaction, notice_id: str) -> bool:
    """Whether an objection is open."""
    return bool(await tx.run(OPEN_OBJECTIONS, id=notice_id))


async def end_notice(tx: WriteTransaction, notice_id: str, state: StarState, granted_on: date | None) -> None:
    """End a notice: granted on a day, or withdrawn."""
    await tx.run(SET_STATE, id=notice_id, state=state.value, granted_on=granted_on)


async def set_star(tx: WriteTransaction, volunteer_id: str, level: StarLevel) -> None:
    """Give a volunteer a star."""
    await tx.run(SET_STAR, id=volunteer_id, level=level.value)


async def create_objection(tx: WriteTransaction, objection: ObjectionRow) -> None:
    """Write an objection down."""
    await tx.run(
        CREATE_OBJECTION,
        id=objection.id,
        notice_id=objection.notice_id,
        raised_by=objection.raised_by,
        reason=objection.reason,
        raised_at=objection.raised_at,
        region_path=objection.region_path,
    )


async def objection_by_id(tx: ReadTransaction, objection_id: str) -> ObjectionRow:
    """
    Give an objection; its notice says who may see it.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(FIND_OBJECTION, id=objection_id)
    if not found:
        raise NotFoundError("no such objection", kind="objection", id=objection_id)
    return _objection(found[0])


async def objections_of(
    tx: ReadTransaction, actor: Actor, notice_ids: Sequence[str]
) -> dict[str, tuple[ObjectionRow, ...]]:
    """Give the objections to notices of the actor's regions, as they were raised."""
    grouped: dict[str, list[ObjectionRow]] = {}
    seen = {"ids": listed(list(set(notice_ids))), "scope_paths": scope_paths(actor)}
    for record in await tx.run(OBJECTIONS, **seen):
        row = _objection(record)
        grouped.setdefault(row.notice_id, []).append(row)
    return {notice_id: tuple(rows) for notice_id, rows in grouped.items()}


async def decide_objection_row(
    tx: WriteTransaction, objection_id: str, state: ObjectionState, *, by: str, decision: str, at: datetime
) -> None:
    """Write down what was made of an objection."""
    await tx.run(DECIDE, id=objection_id, state=state.value, decided_by=by, decision=decision, at=at)


async def page_of_stars(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: tuple[StarState, ...] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[StarNotice]:
    """Give the public notices of the actor's regions by id."""
    narrowed = {
        "states": [state.value for state in states or StarState],
        "scope_paths": scope_paths(actor),
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=notice_of, sort_column="id")
