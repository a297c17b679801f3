"""Many sums approved at one look: each by itself, so one that is refused holds up no other."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PlatformError,
)
from graph.reads.allocations import AllocationRow
from workflows.allocations.approving import approve_allocation
from workflows.idempotency import request_hash, require_key
from workflows.workspace import Outcome, Workspace

MOST = 100
_REFUSALS = (InvalidInputError, NotFoundError, ConflictError, NotPermittedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An allocation as it was read."""

    allocation_id: str
    expected_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What became of one: the allocation after it, or why nothing was done."""

    allocation_id: str
    allocation: AllocationRow | None = None
    refusal: PlatformError | None = None


async def approve_allocations(
    ws: Workspace, actor: Actor, asked: Sequence[Asked], *, idempotency_key: str
) -> Outcome[list[Approved]]:
    """
    Say yes to several sums, each in a unit of its own, in the order given.

    A call that broke off is sent again with its key: what was done is answered as it was, the rest is done.

    Raises
    ------
    InvalidInputError
        None, too many, or one twice.
    """
    if not 1 <= len(asked) <= MOST or len({each.allocation_id for each in asked}) < len(asked):
        raise InvalidInputError(f"1 to {MOST} allocations, each once", field="allocations", value=len(asked))
    require_key(idempotency_key)
    done: list[Approved] = []
    replayed = True
    for number, each in enumerate(asked):
        key = request_hash("approve_allocations", idempotency_key, number)
        try:
            outcome = await approve_allocation(
                ws,
                actor,
                each.allocation_id,
                expected_version=each.expected_version,
                idempotency_key=key,
            )
        except _REFUSALS as refusal:
            replayed = False
            done.append(Approved(allocation_id=each.allocation_id, refusal=refusal))
            continue
        replayed = replayed and outcome.replayed
        done.append(Approved(allocation_id=each.allocation_id, allocation=outcome.value))
    return Outcome(value=done, replayed=replayed)
