"""Duties to make something public, as use cases make and fulfil them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from domain.actors import Actor
from domain.allocations import PAID_OUT, AllocationState, DisclosureKind, DisclosureState
from domain.errors import StaleVersionError, TransitionError
from graph.columns import integer
from graph.ports import Access, GraphStore, Statement, WriteTransaction
from graph.reads.allocations import AllocationRow
from graph.reads.disclosures import DisclosureRow, disclosure_by_id
from graph.schema import NODE_TYPE_BY_LABEL

# A duty arises once from one thing: what is done again finds it.
ADD = Statement(
    """
    MERGE (d:Disclosure {id: $id})
    ON CREATE SET d.kind = $kind, d.state = 'DUE', d.organisation_id = $organisation_id,
      d.allocation_id = $allocation_id, d.fund_id = $fund_id, d.amount_fen = $amount_fen, d.due_on = $due_on,
      d.arose_on = $arose_on, d.region_id = $region_id, d.region_path = $region_path, d.version = 1
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (d:Disclosure {id: $id}) SET d.version = d.version + 1 RETURN d.version AS version", Access.WRITE
)
PUBLISH = Statement(
    "MATCH (d:Disclosure {id: $id}) SET d.state = 'PUBLISHED', d.published_at = $at, d.published_by = $by",
    Access.WRITE,
)
EXISTS = Statement("MATCH (d:Disclosure {id: $id}) RETURN d.state AS state", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What an allocation makes its charity tell, and by which day."""

    kind: DisclosureKind
    due_on: date


def duty_id(allocation_id: str, kind: DisclosureKind) -> str:
    """Give the key of an allocation's duty."""
    return f"{allocation_id}:{kind.value}"


async def add_duties(
    tx: WriteTransaction, allocation: AllocationRow, duties: Sequence[Duty], *, arose_on: date
) -> None:
    """Write the duties that arise from a payment."""
    for duty in duties:
        await tx.run(
            ADD,
            id=duty_id(allocation.id, duty.kind),
            kind=duty.kind.value,
            organisation_id=allocation.organisation_id,
            allocation_id=allocation.id,
            fund_id=allocation.fund_id,
            amount_fen=allocation.amount_fen,
            due_on=duty.due_on,
            arose_on=arose_on,
            region_id=allocation.region_id,
            region_path=allocation.region_path,
        )


async def lock_disclosure(
    tx: WriteTransaction, actor: Actor, disclosure_id: str, *, expected_version: int
) -> DisclosureRow:
    """
    Take a duty that the actor may see for changing.

    Raises
    ------
    NotFoundError
        The actor may not see it.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    await disclosure_by_id(tx, actor, disclosure_id)
    found = integer((await tx.run(LOCK, id=disclosure_id))[0], "version") - 1
    if found != expected_version:
        raise StaleVersionError(
            "the duty has changed since it was read",
            id=disclosure_id,
            expected=expected_version,
            found=found,
        )
    return await disclosure_by_id(tx, actor, disclosure_id)


async def publish(tx: WriteTransaction, duty: DisclosureRow, *, by: str, at: datetime) -> None:
    """
    Mark a locked duty as fulfilled.

    Raises
    ------
    TransitionError
        It is already.
    """
    if duty.state is not DisclosureState.DUE:
        raise TransitionError("it is public already", id=duty.id, before=duty.state.value)
    await tx.run(PUBLISH, id=duty.id, by=by, at=at)


async def publish_of_allocation(
    tx: WriteTransaction, allocation: AllocationRow, kind: DisclosureKind, *, by: str, at: datetime
) -> None:
    """Mark the duty of a locked allocation as fulfilled; one that is already stays as it was."""
    key = duty_id(allocation.id, kind)
    await tx.run(LOCK, id=key)
    found = await tx.run(EXISTS, id=key)
    if found and found[0]["state"] == DisclosureState.DUE.value:
        await tx.run(PUBLISH, id=key, by=by, at=at)


async def unowed(store: GraphStore) -> pl.Series:
    """
    Give the duties that payments should have made and that are not there, by key.

    Every payment is told of as an entry of its project, and one between related parties as such besides (HC-18).
    """
    paid = sorted(state.value for state in PAID_OUT | {AllocationState.CLAWED_BACK})
    owed = [pl.Series("id", dtype=pl.String)]
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["Allocation"]):
        # What an earlier release had paid came without its day, and without its duties.
        left = frame.filter(pl.col("state").is_in(paid) & pl.col("disbursed_at").is_not_null())
        near = left.filter(pl.col("related_party").fill_null(value=False))
        owed += [left["id"] + f":{DisclosureKind.PROJECT}", near["id"] + f":{DisclosureKind.RELATED_PARTY}"]
    there = [pl.Series("id", dtype=pl.String)]
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["Disclosure"]):
        there.append(frame["id"])
    wanted = pl.concat(owed)
    return wanted.filter(~wanted.is_in(pl.concat(there).implode()))
