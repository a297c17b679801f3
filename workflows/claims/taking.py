"""Volunteers take a slot by themselves."""

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, NotFoundError, NotPermittedError, SlotTakenError, TransitionError
from domain.needs import CLAIMABLE, NeedCategory
from graph.claims import is_held, slot_by_id
from graph.needs import lock_need
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.scope import view_of
from graph.unit_of_work import AuditedTransaction
from workflows.claims.admission import acting_volunteer, admit
from workflows.claims.batches import Asked
from workflows.claims.desk import ask_at_desk
from workflows.idempotency import once, record_of, request_hash, require_key
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ClaimRow)


async def claim_slot(
    ws: Workspace, actor: Actor, slot_id: str, *, idempotency_key: str | None = None
) -> Outcome[ClaimRow]:
    """
    Take a slot of a verified need for the acting volunteer.

    One of many who ask at once wins, on every engine: the slot's hold is a node whose key is the slot. The
    need is ACCEPTED when nothing is wanting any more and PARTIAL before.

    Raises
    ------
    NotPermittedError
        The volunteer may not take this task; ``context['rule']`` names the hard constraint (HC-01 ...).
    SlotTakenError
        Somebody else holds the slot, or it is kept for who waits first.
    TransitionError
        The need is not open for claims.
    NotFoundError
        No such slot within the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    actor.require(Role.VOLUNTEER)
    volunteer_id = acting_volunteer(actor)
    claim_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ClaimRow:
        slot = await slot_by_id(tx, slot_id)
        if await is_held(tx, slot_id):  # most of a crowd stops here, without waiting for the need
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        need = await lock_need(tx, actor, slot.need_id)
        require_open(actor, need, about=slot_id)
        if await is_held(tx, slot_id):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        if need.state not in CLAIMABLE:
            raise TransitionError("the need is not open for claims", id=need.id, before=need.state.value)
        return await admit(tx, actor, need, slot, claim_id=claim_id)

    request = request_hash("claim_slot", slot_id)
    require_key(idempotency_key)
    asked = Asked(
        ws=ws,
        actor=actor,
        volunteer_id=volunteer_id,
        slot_id=slot_id,
        claim_id=claim_id,
        record_id=None if idempotency_key is None else record_of(actor, idempotency_key),
        request_hash=request,
    )
    decided = await ask_at_desk(asked)
    if decided is not None:
        return decided
    try:
        return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)
    except ConflictError as error:
        if type(error) is ConflictError and await ws.store.read(lambda tx: is_held(tx, slot_id)):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id) from error
        raise


def require_open(actor: Actor, need: NeedRow, *, about: str) -> None:
    """
    Go on only with a need that the actor may see outside an open round.

    Raises
    ------
    NotFoundError
        A child-protection case (its cause names HC-25; who asked is not told), or a need not yet published.
    """
    if need.category is NeedCategory.CHILD_PROTECT:
        hidden = NotPermittedError("a child-protection case is never matched openly", rule="HC-25")
        raise NotFoundError("no such slot", kind="slot", id=about) from hidden
    if need.state not in view_of(actor).need_states:
        raise NotFoundError("no such slot", kind="slot", id=about)
