"""What a charity makes public of the money it gave: duties that arise with a payment, and their fulfilment (HC-18)."""

from datetime import timedelta

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.allocations import AllocationState, DisclosureKind
from domain.errors import ConflictError, NotPermittedError
from domain.time import civil_date
from graph.allocations import mark_disclosed
from graph.disclosures import Duty, add_duties, lock_disclosure, publish, publish_of_allocation
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.reads.disclosures import DisclosureRow, disclosure_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.approving import ALLOCATIONS, FEDERATION, require_holder, take
from workflows.allocations.tiers import allocation_rules
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_DUTIES = TypeAdapter(DisclosureRow)


async def duties_of_payment(tx: AuditedTransaction, allocation: AllocationRow) -> None:
    """Write what a payment makes its charity tell, in the unit that pays."""
    today = civil_date(tx.at)
    periods = allocation_rules(today, allocation.region_path).disclosure
    days = {DisclosureKind.PROJECT: periods.project_days}
    if allocation.related_party:
        days[DisclosureKind.RELATED_PARTY] = periods.related_party_days
    if allocation.amount_fen >= periods.major_item_fen.value:
        days[DisclosureKind.MAJOR_ITEM] = periods.major_item_days
    duties = [Duty(kind=kind, due_on=today + timedelta(days=figure.value)) for kind, figure in days.items()]
    await add_duties(tx, allocation, duties, arose_on=today)
    tx.record("disclosure.arise", allocation.id, detail={"kinds": sorted(kind.value for kind in days)})


async def disclose_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Record that a gift whose giver was told is public, as the entry of its project: to DISCLOSED.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    TransitionError
        The giver was not told yet, or it is public already.
    """

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=False)
        allocation = taken.allocation
        require_holder(actor, allocation)
        await mark_disclosed(tx, allocation, at=tx.at)
        await publish_of_allocation(tx, allocation, DisclosureKind.PROJECT, by=actor.id, at=tx.at)
        tx.record("allocation.disclose", allocation_id)
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("disclose_allocation", allocation_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def publish_disclosure(
    ws: Workspace,
    actor: Actor,
    disclosure_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[DisclosureRow]:
    """
    Record that a duty was fulfilled.

    A gift's project entry is made with the gift itself, unless its money came back: then here.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation whose duty it is.
    ConflictError
        The gift is to be led to DISCLOSED, which publishes its entry.
    TransitionError
        It is public already.
    """

    async def work(tx: AuditedTransaction) -> DisclosureRow:
        actor.require(*FEDERATION)
        duty = await lock_disclosure(tx, actor, disclosure_id, expected_version=expected_version)
        if duty.organisation_id not in actor.scope.organisation_ids:
            raise NotPermittedError("the duty is another organisation's", id=disclosure_id)
        if duty.kind is DisclosureKind.PROJECT and duty.allocation_id is not None:
            given = await allocation_by_id(tx, actor, duty.allocation_id)
            if given.state is not AllocationState.CLAWED_BACK:
                raise ConflictError("disclose the gift itself", id=disclosure_id, rule="HC-18")
        await publish(tx, duty, by=actor.id, at=tx.at)
        tx.record("disclosure.publish", disclosure_id)
        return await disclosure_by_id(tx, actor, disclosure_id)

    request = request_hash("publish_disclosure", disclosure_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_DUTIES, work=work)
