"""Slots that a team or an enterprise keeps until it has named who will come."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString

from domain.engagement import HoldingState, check_holding_step
from graph.columns import integer, moment, only, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

_COLUMNS: LiteralString = """
RETURN n.id AS id, n.slot_id AS slot_id, n.need_id AS need_id, n.organisation_id AS organisation_id,
  n.state AS state, n.held_at AS held_at, n.name_by AS name_by, n.held_by AS held_by,
  n.region_path AS region_path, n.version AS version
"""
CREATE = Statement(
    """
    CREATE (:SlotHolding {id: $id, slot_id: $slot_id, need_id: $need_id, organisation_id: $organisation_id,
      state: $state, held_at: $held_at, name_by: $name_by, held_by: $held_by, region_path: $region_path,
      version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement("MATCH (n:SlotHolding {id: $id}) SET n.version = n.version + 1" + _COLUMNS, Access.WRITE)
BY_ID = Statement("MATCH (n:SlotHolding {id: $id})" + _COLUMNS, Access.READ)
SET_STATE = Statement("MATCH (n:SlotHolding {id: $id}) SET n.state = $state", Access.WRITE)
OF_ORGANISATIONS = Statement(
    "MATCH (n:SlotHolding) WHERE n.organisation_id IN $organisation_ids AND n.state IN $states"
    + _COLUMNS
    + "ORDER BY name_by, id",
    Access.READ,
)
OVERDUE = Statement(
    "MATCH (n:SlotHolding) WHERE n.state = 'HELD' AND n.name_by <= $now RETURN n.id AS id ORDER BY id",
    Access.READ,
)
LAPSING = Statement(
    "MATCH (n:SlotHolding) WHERE n.state = 'HELD' AND n.name_by > $now AND n.name_by <= $until"
    + _COLUMNS
    + "ORDER BY name_by, id",
    Access.READ,
)
OF_NEED = Statement(
    "MATCH (n:SlotHolding) WHERE n.need_id = $need_id AND n.state = 'HELD'" + _COLUMNS + "ORDER BY id",
    Access.READ,
)
FILLED = Statement(
    "MATCH (n:SlotHolding) WHERE n.need_id = $need_id AND n.slot_id = $slot_id"
    " AND n.organisation_id = $organisation_id AND n.state = 'FILLED'" + _COLUMNS + "ORDER BY id",
    Access.READ,
)
IS_MEMBER = Statement(
    """
    MATCH (v:Volunteer {id: $volunteer_id})
    WHERE v.team_id = $organisation_id
      OR EXISTS { MATCH (v)-[:MEMBER_OF]->(o:Organisation) WHERE o.id = $organisation_id }
    RETURN v.id AS id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRow:
    """A slot that an organisation keeps until ``name_by``."""

    id: str
    slot_id: str
    need_id: str
    organisation_id: str
    state: HoldingState
    held_at: datetime
    name_by: datetime
    held_by: str | None
    region_path: str
    version: int


def _holding(record: Record) -> HoldingRow:
    return HoldingRow(
        id=text(record, "id"),
        slot_id=text(record, "slot_id"),
        need_id=text(record, "need_id"),
        organisation_id=text(record, "organisation_id"),
        state=HoldingState(text(record, "state")),
        held_at=moment(record, "held_at"),
        name_by=moment(record, "name_by"),
        held_by=text_or_none(record, "held_by"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def create_holding(tx: WriteTransaction, row: HoldingRow) -> None:
    """Write a holding down; its slot is taken apart from this."""
    await tx.run(
        CREATE,
        id=row.id,
        slot_id=row.slot_id,
        need_id=row.need_id,
        organisation_id=row.organisation_id,
        state=row.state.value,
        held_at=row.held_at,
        name_by=row.name_by,
        held_by=row.held_by,
        region_path=row.region_path,
    )


async def holding_as_it_is(tx: ReadTransaction, holding_id: str) -> HoldingRow:
    """
    Give a holding.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return only(await tx.run(BY_ID, id=holding_id), _holding, kind="holding", id=holding_id)


async def lock_holding(tx: WriteTransaction, holding_id: str) -> HoldingRow:
    """
    Take a holding for changing.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return only(await tx.run(LOCK, id=holding_id), _holding, kind="holding", id=holding_id)


async def move_holding(tx: WriteTransaction, row: HoldingRow, after: HoldingState) -> HoldingRow:
    """
    Lead a locked holding one step on.

    Raises
    ------
    TransitionError
        It has no such step.
    """
    check_holding_step(row.state, after)
    await tx.run(SET_STATE, id=row.id, state=after.value)
    return replace(row, state=after)


async def holdings_of(
    tx: ReadTransaction, organisation_ids: list[str], states: list[HoldingState]
) -> list[HoldingRow]:
    """Give holdings of organisations, the most pressing first."""
    records = await tx.run(
        OF_ORGANISATIONS, organisation_ids=organisation_ids, states=[state.value for state in states]
    )
    return [_holding(record) for record in records]


async def held_for_need(tx: ReadTransaction, need_id: str) -> list[HoldingRow]:
    """Give the holdings of a need that wait for a name."""
    return [_holding(record) for record in await tx.run(OF_NEED, need_id=need_id)]


async def filled_holding(
    tx: ReadTransaction, need_id: str, slot_id: str, organisation_id: str
) -> HoldingRow | None:
    """Give the holding from which the present claim on a slot came, or None."""
    found = await tx.run(FILLED, need_id=need_id, slot_id=slot_id, organisation_id=organisation_id)
    return _holding(found[-1]) if found else None


async def overdue_holdings(tx: ReadTransaction, now: datetime) -> list[str]:
    """Give the holdings whose time for naming is over."""
    return [text(record, "id") for record in await tx.run(OVERDUE, now=now)]


async def lapsing_holdings(tx: ReadTransaction, *, now: datetime, until: datetime) -> list[HoldingRow]:
    """Give the holdings whose time for naming ends within a span."""
    return [_holding(record) for record in await tx.run(LAPSING, now=now, until=until)]


async def is_member(tx: ReadTransaction, volunteer_id: str, organisation_id: str) -> bool:
    """Whether a volunteer belongs to an organisation."""
    return bool(await tx.run(IS_MEMBER, volunteer_id=volunteer_id, organisation_id=organisation_id))
