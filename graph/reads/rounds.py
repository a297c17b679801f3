"""Matching rounds, their figures, and what became of every need in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.rounds import RoundState
from graph.columns import flag, integer, moment, moment_or_none, real_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "rounds"
OUTCOMES_LIST_NAME = "outcomes"
PEOPLE_LIST_NAME = "volunteerOutcomes"

_VISIBLE: LiteralString = IN_SCOPE + " AND ($sees_all OR ($sees_published AND n.state = 'PUBLISHED'))"
ROUND_COLUMNS: LiteralString = """
RETURN n.id AS id, n.state AS state, n.region_id AS region_id, n.region_path AS region_path,
  n.as_of AS as_of, n.policy_id AS policy_id, n.snapshot_digest AS snapshot_digest,
  n.plan_digest AS plan_digest, n.status AS status, n.seed AS seed, n.needs AS needs,
  n.fulfilled AS fulfilled, n.amount_allocated_fen AS amount_allocated_fen, n.value AS value,
  n.bound AS bound, n.gap AS gap, n.summary AS summary, n.created_by AS created_by,
  n.published_by AS published_by, n.created_at AS created_at, n.published_at AS published_at,
  n.version AS version
"""
_PAGE = Statement(
    "MATCH (n:Round) WHERE " + _VISIBLE + " AND n.state IN $states"
    " AND (n.created_at < $after_at OR (n.created_at = $after_at AND n.id > $after_id))"
    + ROUND_COLUMNS
    + "ORDER BY created_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Round) WHERE " + _VISIBLE + " AND n.state IN $states RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Round {id: wanted}) WHERE " + _VISIBLE + ROUND_COLUMNS, Access.READ
)
_BEFORE = Statement(
    "MATCH (r:Round {id: $id}) MATCH (n:Round) WHERE n.region_path = r.region_path"
    " AND n.created_at < r.created_at AND " + _VISIBLE + ROUND_COLUMNS + "ORDER BY created_at DESC LIMIT 1",
    Access.READ,
)
_OUTCOMES_VISIBLE: LiteralString = (
    IN_SCOPE + " AND $sees_all AND n.round_id = $round_id AND ($need_id = '' OR n.need_id = $need_id)"
    " AND (($shows_fulfilled AND n.fulfilled) OR ($shows_unfulfilled AND NOT n.fulfilled))"
)
_OUTCOMES = Statement(
    "MATCH (n:NeedOutcome) WHERE "
    + _OUTCOMES_VISIBLE
    + """ AND (n.need_id > $after_need OR (n.need_id = $after_need AND n.id > $after_id))
    RETURN n.id AS id, n.round_id AS round_id, n.need_id AS need_id, n.fulfilled AS fulfilled,
      n.reason_code AS reason_code, n.reason_parameters AS reason_parameters, n.region_path AS region_path
    ORDER BY need_id, id LIMIT $limit
    """,
    Access.READ,
)
_OUTCOMES_COUNT = Statement(
    "MATCH (n:NeedOutcome) WHERE " + _OUTCOMES_VISIBLE + " RETURN count(*) AS total", Access.READ
)


_PEOPLE_VISIBLE: LiteralString = (
    IN_SCOPE
    + " AND n.round_id = $round_id AND ($sees_all OR (n.volunteer_id = $volunteer_id AND $published))"
    " AND ($code = '' OR n.reason_code = $code)"
)
_PEOPLE = Statement(
    "MATCH (n:VolunteerOutcome) WHERE "
    + _PEOPLE_VISIBLE
    + """ AND (n.volunteer_id > $after_volunteer OR (n.volunteer_id = $after_volunteer AND n.id > $after_id))
    RETURN n.id AS id, n.round_id AS round_id, n.volunteer_id AS volunteer_id,
      n.reason_code AS reason_code, n.reason_parameters AS reason_parameters
    ORDER BY volunteer_id, id LIMIT $limit
    """,
    Access.READ,
)
_PEOPLE_COUNT = Statement(
    "MATCH (n:VolunteerOutcome) WHERE " + _PEOPLE_VISIBLE + " RETURN count(*) AS total", Access.READ
)
_IS_PUBLISHED = Statement("MATCH (n:Round {id: $id}) RETURN n.state = 'PUBLISHED' AS published", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """
    A round's certificate and figures.

    ``value`` and ``bound`` are objective points, ``gap`` a fraction. ``summary`` holds the report's
    numbers as ``workflows.rounds.report.summarise`` writes them.
    """

    id: str
    state: RoundState
    region_id: str | None
    region_path: str
    as_of: datetime
    policy_id: str
    snapshot_digest: str
    plan_digest: str
    status: str
    seed: int
    needs: int
    fulfilled: int
    amount_allocated_fen: int
    value: int
    bound: int
    gap: float
    summary: Mapping[str, object]
    created_by: str
    published_by: str | None
    created_at: datetime
    published_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """
    What a round gave one need and why: a code of ``locales`` with its parameters.

    ``helps`` are ``code``, ``parameters`` and ``confirmed`` of changes that would let it be met; ``contest``
    names the ``needs`` and ``volunteers`` it competes with.
    """

    id: str
    round_id: str
    need_id: str
    fulfilled: bool
    reason_code: str
    reason_parameters: Mapping[str, str | int]
    helps: Sequence[Mapping[str, object]]
    contest: Mapping[str, object] | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerOutcomeRow:
    """Why a round asked one volunteer or not."""

    id: str
    round_id: str
    volunteer_id: str
    reason_code: str
    reason_parameters: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFilter:
    """What a list of rounds is narrowed to."""

    states: tuple[RoundState, ...] = ()


def _visible_to(actor: Actor) -> dict[str, list[str] | bool]:
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "sees_published": view.federation,
    }


def round_of(record: Record) -> RoundRow:
    """Give the row of a record of ``ROUND_COLUMNS``."""
    return RoundRow(
        id=text(record, "id"),
        state=RoundState(text(record, "state")),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        as_of=moment(record, "as_of"),
        policy_id=text(record, "policy_id"),
        snapshot_digest=text(record, "snapshot_digest"),
        plan_digest=text(record, "plan_digest"),
        status=text(record, "status"),
        seed=integer(record, "seed"),
        needs=integer(record, "needs"),
        fulfilled=integer(record, "fulfilled"),
        amount_allocated_fen=integer(record, "amount_allocated_fen"),
        value=integer(record, "value"),
        bound=integer(record, "bound"),
        gap=real_or_none(record, "gap") or 0.0,
        summary=cast("dict[str, object]", json.loads(text(record, "summary"))),
        created_by=text(record, "created_by"),
        published_by=text_or_none(record, "published_by"),
        created_at=moment(record, "created_at"),
        published_at=moment_or_none(record, "published_at"),
        version=integer(record, "version"),
    )


def reason_parameters_of(record: Record) -> dict[str, str | int]:
    """Give the parameters of a stored reason."""
    return cast("dict[str, str | int]", json.loads(text_or_none(record, "reason_parameters") or "{}"))


def _outcome(record: Record) -> OutcomeRow:
    said = cast("dict[str, object]", dict(reason_parameters_of(record)))
    helps, contest = said.pop("helps", []), said.pop("contest", None)
    return OutcomeRow(
        id=text(record, "id"),
        round_id=text(record, "round_id"),
        need_id=text(record, "need_id"),
        fulfilled=flag(record, "fulfilled"),
        reason_code=text(record, "reason_code"),
        reason_parameters=cast("dict[str, str | int]", said),
        helps=cast("list[Mapping[str, object]]", helps),
        contest=cast("Mapping[str, object] | None", contest),
        region_path=text(record, "region_path"),
    )


async def page_of_rounds(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: RoundFilter = RoundFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[RoundRow]:
    """Give rounds of the actor's scope, newest first; an officer sees published ones, volunteers none."""
    narrowed = {**_visible_to(actor), "states": [state.value for state in filter.states or RoundState]}
    sort_key, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(sort_key), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=round_of, sort_column="created_at")


async def round_by_id(tx: ReadTransaction, actor: Actor, round_id: str) -> RoundRow:
    """
    Give one round.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await rounds_by_ids(tx, actor, [round_id])
    if round_id not in found:
        raise NotFoundError("no such round", kind="round", id=round_id)
    return found[round_id]


async def round_before(tx: ReadTransaction, actor: Actor, round_id: str) -> RoundRow | None:
    """Give the last round of the same place before this one, if there is one that the actor may see."""
    found = await tx.run(_BEFORE, **_visible_to(actor), id=round_id)
    return round_of(found[0]) if found else None


async def rounds_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RoundRow]:
    """Give the rounds among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **_visible_to(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): round_of(record) for record in records}


async def page_of_volunteer_outcomes(
    tx: ReadTransaction,
    actor: Actor,
    *,
    round_id: str,
    code: str = "",
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[VolunteerOutcomeRow]:
    """Give why volunteers were asked or not, by id; all to desk and office, to a volunteer their own if published."""
    view = view_of(actor)
    known = await tx.run(_IS_PUBLISHED, id=round_id)
    narrowed = {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "volunteer_id": view.volunteer_id,
        "published": bool(known) and flag(known[0], "published"),
        "round_id": round_id,
        "code": code,
    }
    after_volunteer, after_id = start_of(PEOPLE_LIST_NAME, after)
    records = await tx.run(
        _PEOPLE, **narrowed, after_volunteer=after_volunteer, after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_PEOPLE_COUNT, **narrowed))[0], "total") if with_total else None
    return page(PEOPLE_LIST_NAME, records, first, total, row=_person, sort_column="volunteer_id")


def _person(record: Record) -> VolunteerOutcomeRow:
    return VolunteerOutcomeRow(
        id=text(record, "id"),
        round_id=text(record, "round_id"),
        volunteer_id=text(record, "volunteer_id"),
        reason_code=text(record, "reason_code"),
        reason_parameters=reason_parameters_of(record),
    )


async def page_of_outcomes(
    tx: ReadTransaction,
    actor: Actor,
    *,
    round_id: str,
    need_id: str | None = None,
    fulfilled: bool | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[OutcomeRow]:
    """Give what became of each need of a round, by need id; None shows all kinds. Desk and office only."""
    view = view_of(actor)
    narrowed = {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "round_id": round_id,
        "need_id": need_id or "",
        "shows_fulfilled": fulfilled is not False,
        "shows_unfulfilled": fulfilled is not True,
    }
    after_need, after_id = start_of(OUTCOMES_LIST_NAME, after)
    records = await tx.run(
        _OUTCOMES, **narrowed, after_need=after_need, after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_OUTCOMES_COUNT, **narrowed))[0], "total") if with_total else None
    return page(OUTCOMES_LIST_NAME, records, first, total, row=_outcome, sort_column="need_id")
