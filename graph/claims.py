"""Slots, who holds them, and the claims that say so."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.rounds import ClaimState
from domain.time import Window
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.proposals import CLAIM_COLUMNS, ClaimRow, claim_of
from graph.scope import IN_SCOPE, scope_paths, view_of

SLOT = Statement(
    "MATCH (s:NeedSlot {id: $id}) RETURN s.need_id AS need_id, s.skill AS skill, s.licence AS licence",
    Access.READ,
)
HOLDER = Statement("MATCH (h:SlotHold {id: $id}) RETURN h.claim_id AS claim_id", Access.READ)
COUNT_SLOTS = Statement(
    """
    MATCH (s:NeedSlot) WHERE s.need_id = $need_id
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN count(s.id) AS slots, count(h.id) AS held
    """,
    Access.READ,
)
HOLD = Statement(
    "CREATE (:SlotHold {id: $id, claim_id: $claim_id, volunteer_id: $volunteer_id})", Access.WRITE
)
FREE = Statement("MATCH (h:SlotHold {id: $id}) DELETE h", Access.WRITE)
FREE_ALL = Statement(
    "MATCH (s:NeedSlot) WHERE s.need_id = $need_id MATCH (h:SlotHold {id: s.id}) DELETE h", Access.WRITE
)
CREATE = Statement(
    """
    CREATE (:Claim {id: $id, need_id: $need_id, slot_id: $slot_id, volunteer_id: $volunteer_id,
      state: 'ACTIVE', window_start: $window_start, window_end: $window_end, claimed_at: $claimed_at,
      claimed_by: $claimed_by, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
ASSIGN = Statement(
    """
    MATCH (v:Volunteer {id: $volunteer_id}) MATCH (n:Need {id: $need_id})
    MERGE (v)-[r:ASSIGNED_TO]->(n) ON CREATE SET r.source_id = $claim_id SET r.claim_id = $claim_id
    """,
    Access.WRITE,
)
UNASSIGN = Statement(
    "MATCH (v:Volunteer {id: $volunteer_id})-[r:ASSIGNED_TO]->(n:Need {id: $need_id}) DELETE r", Access.WRITE
)
LOCK = Statement(
    "MATCH (n:Claim {id: $id}) WHERE "
    + IN_SCOPE
    + " AND ($sees_all OR n.volunteer_id = $volunteer_id) SET n.version = n.version + 1"
    + CLAIM_COLUMNS,
    Access.WRITE,
)
SET_STATE = Statement("MATCH (n:Claim {id: $id}) SET n.state = $state", Access.WRITE)
ACTIVE_OF_NEED = Statement(
    "MATCH (n:Claim) WHERE n.need_id = $need_id AND n.state = 'ACTIVE'" + CLAIM_COLUMNS + "ORDER BY id",
    Access.READ,
)
ADD_MINUTES = Statement(
    "MATCH (v:Volunteer {id: $id}) SET v.verified_minutes = coalesce(v.verified_minutes, 0) + $minutes,"
    " v.version = v.version + 1",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place for one person."""

    id: str
    need_id: str
    skill: str | None
    licence: str | None


async def slot_by_id(tx: ReadTransaction, slot_id: str) -> Slot:
    """
    Give a slot; whether the actor may see it is the need's to say, which is locked next.

    Raises
    ------
    NotFoundError
        No such slot.
    """
    found = await tx.run(SLOT, id=slot_id)
    if not found:
        raise NotFoundError("no such slot", kind="slot", id=slot_id)
    return Slot(
        id=slot_id,
        need_id=text(found[0], "need_id"),
        skill=text_or_none(found[0], "skill"),
        licence=text_or_none(found[0], "licence"),
    )


async def is_held(tx: ReadTransaction, slot_id: str) -> bool:
    """Whether somebody holds the slot."""
    return bool(await tx.run(HOLDER, id=slot_id))


async def free_slots(tx: ReadTransaction, need_id: str) -> int:
    """Give how many slots of a need nobody holds."""
    record = (await tx.run(COUNT_SLOTS, need_id=need_id))[0]
    return integer(record, "slots") - integer(record, "held")


async def create_claim(tx: WriteTransaction, claim: ClaimRow) -> None:
    """
    Take the slot and write the claim down.

    Raises
    ------
    ConflictError
        Somebody else holds the slot: its hold's key is the slot.
    """
    await tx.run(HOLD, id=claim.slot_id, claim_id=claim.id, volunteer_id=claim.volunteer_id)
    await tx.run(
        CREATE,
        id=claim.id,
        need_id=claim.need_id,
        slot_id=claim.slot_id,
        volunteer_id=claim.volunteer_id,
        window_start=claim.window_start,
        window_end=claim.window_end,
        claimed_at=claim.claimed_at,
        claimed_by=claim.claimed_by,
        region_path=claim.region_path,
    )
    await tx.run(ASSIGN, volunteer_id=claim.volunteer_id, need_id=claim.need_id, claim_id=claim.id)


async def lock_claim(tx: WriteTransaction, actor: Actor, claim_id: str, *, expected_version: int) -> ClaimRow:
    """
    Take a claim of the actor's for changing; its row carries the new version.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    view = view_of(actor)
    found = await tx.run(
        LOCK,
        id=claim_id,
        scope_paths=scope_paths(actor),
        sees_all=view.desk,
        volunteer_id=view.volunteer_id,
    )
    if not found:
        raise NotFoundError("no such claim", kind="claim", id=claim_id)
    claim = claim_of(found[0])
    if claim.version - 1 != expected_version:
        raise StaleVersionError(
            "the claim has changed since it was read",
            id=claim_id,
            expected=expected_version,
            found=claim.version - 1,
        )
    return claim


async def withdraw_claim(tx: WriteTransaction, claim: ClaimRow) -> ClaimRow:
    """Free the slot; the claim stays as what was once promised."""
    await tx.run(SET_STATE, id=claim.id, state=ClaimState.WITHDRAWN.value)
    await tx.run(FREE, id=claim.slot_id)
    await tx.run(UNASSIGN, volunteer_id=claim.volunteer_id, need_id=claim.need_id)
    return replace(claim, state=ClaimState.WITHDRAWN)


async def finish_claim(tx: WriteTransaction, claim: ClaimRow, *, minutes: int) -> None:
    """Mark a claim as done and add the minutes to the volunteer's verified ones."""
    await tx.run(SET_STATE, id=claim.id, state=ClaimState.DONE.value)
    await tx.run(ADD_MINUTES, id=claim.volunteer_id, minutes=minutes)


async def active_claims(tx: ReadTransaction, need_id: str) -> list[ClaimRow]:
    """Give the claims that hold slots of a need."""
    return [claim_of(record) for record in await tx.run(ACTIVE_OF_NEED, need_id=need_id)]


def new_claim(
    *,
    claim_id: str,
    slot: Slot,
    volunteer_id: str,
    claimed_by: str,
    window: Window | None,
    at: datetime,
    region_path: str,
) -> ClaimRow:
    """Give the row of a claim that is about to be made."""
    return ClaimRow(
        id=claim_id,
        need_id=slot.need_id,
        slot_id=slot.id,
        volunteer_id=volunteer_id,
        state=ClaimState.ACTIVE,
        window_start=window.start if window else None,
        window_end=window.end if window else None,
        claimed_at=at,
        claimed_by=claimed_by,
        region_path=region_path,
        version=1,
    )


async def release_holds(tx: WriteTransaction, need_id: str) -> None:
    """Free every slot of a locked need whose claims are done; the claims stay as they are."""
    await tx.run(FREE_ALL, need_id=need_id)
