"""What shows that paid money became help, and what the giver is told of it."""

import re

from domain.actors import Actor, Role
from domain.allocations import PAID_OUT, AllocationState, EvidenceKind
from domain.errors import InvalidInputError, TransitionError
from domain.time import civil_date
from graph.allocations import add_evidence, evidence_on, live_of_needs, mark_evidenced
from graph.reads.allocations import AllocationRow
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.tiers import allocation_rules

_SHA256 = re.compile(r"[0-9a-f]{64}")


def require_digest(sha256: str | None) -> None:
    """
    Go on only with the digest of a file, or none.

    Raises
    ------
    InvalidInputError
        Not 64 hex digits.
    """
    if sha256 is not None and _SHA256.fullmatch(sha256) is None:
        raise InvalidInputError("a SHA-256 has 64 hex digits in lower case", field="sha256")


async def show_arrival(
    tx: AuditedTransaction,
    allocation: AllocationRow,
    *,
    kind: EvidenceKind,
    reference: str,
    by: str,
    sha256: str | None = None,
) -> None:
    """
    Keep a piece of evidence for a locked allocation; with the last kind that its sum takes it is EVIDENCED.

    Raises
    ------
    TransitionError
        The money has not been paid, or has come back.
    """
    if allocation.state not in PAID_OUT:
        raise TransitionError(
            "there is nothing to show before money is paid",
            id=allocation.id,
            before=allocation.state.value,
        )
    shown = await evidence_on(tx, allocation.id)
    await add_evidence(
        tx,
        allocation,
        number=len(shown) + 1,
        kind=kind,
        reference=reference,
        sha256=sha256,
        recorded_by=by,
        at=tx.at,
    )
    tx.record("allocation.evidence", allocation.id, detail={"kind": kind.value})
    total_fen = (await live_of_needs(tx, [allocation.need_id])).get(allocation.need_id, 0)
    rules = allocation_rules(civil_date(allocation.reserved_at), allocation.region_path)
    wanted = set(rules.tier_of(total_fen).evidence)
    if allocation.state is AllocationState.DISBURSED and wanted <= {*shown, kind}:
        await mark_evidenced(tx, allocation, at=tx.at)


def may_show(actor: Actor, allocation: AllocationRow, kind: EvidenceKind) -> bool:
    """
    Whether the actor may bring a piece of evidence.

    That help arrived is the desk's to say, who sees the household; papers come from either side.
    """
    desk = bool(actor.roles & {Role.STATION_WORKER, Role.STATION_LEAD}) and actor.scope.covers(
        allocation.region_path
    )
    holder = (
        bool(actor.roles & {Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER})
        and allocation.organisation_id in actor.scope.organisation_ids
    )
    return desk or (holder and kind is not EvidenceKind.ACCEPTANCE)
