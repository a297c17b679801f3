"""Volunteers take a slot by themselves, and give it back."""

from domain.actors import Actor
from graph.reads.proposals import ClaimRow
from workflows.workspace import Outcome, Workspace


async def claim_slot(
    ws: Workspace, actor: Actor, slot_id: str, *, idempotency_key: str | None = None
) -> Outcome[ClaimRow]:
    """
    Take a slot of a verified need for the acting volunteer.

    One of many who ask at once wins, on every engine: the slot's hold is a node whose key is the slot. The
    need is ACCEPTED when its last slot is taken and PARTIAL before.

    Raises
    ------
    NotPermittedError
        The volunteer may not take this task; ``context['rule']`` names the hard constraint (HC-01 ...).
    SlotTakenError
        Somebody else holds the slot.
    TransitionError
        The need is not open for claims.
    NotFoundError
        No such slot within the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    raise NotImplementedError


async def release_claim(
    ws: Workspace, actor: Actor, claim_id: str, *, expected_version: int, reason: str
) -> ClaimRow:
    """
    Give a slot back, without penalty (HC-05): the claim is WITHDRAWN and the need open again.

    A volunteer releases their own claims, the desk any of its region's.
    """
    raise NotImplementedError
