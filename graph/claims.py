"""Slots, who holds them, and the claims that say so."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

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
HOLDER = Statement(
    "MATCH (h:SlotHold {id: $id})"
    " RETURN h.claim_id AS holder_id, h.volunteer_id AS volunteer_id, h.kind AS kind",
    Access.READ,
)
# A slot that is kept for an answer is promised to nobody yet.
COUNT_SLOTS = Statement(
    """
    MATCH (s:NeedSlot) WHERE s.need_id = $need_id
    OPTIONAL MATCH (h:SlotHold {id: s.id}) WHERE h.kind IS NULL OR h.kind <> 'OFFER'
    RETURN count(s.id) AS slots, count(h.id) AS held
    """,
    Access.READ,
)
SLOTS_OF = Statement(
    "MATCH (s:NeedSlot) WHERE s.need_id = $need_id"
    " RETURN s.id AS id, s.skill AS skill, s.licence AS licence ORDER BY s.position, id",
    Access.READ,
)
HOLD = Statement(
    "CREATE (:SlotHold {id: $id, claim_id: $claim_id, volunteer_id: $volunteer_id, kind: $kind})",
    Access.WRITE,
)
HAND_OVER = Statement(
    "MATCH (h:SlotHold {id: $id}) SET h.claim_id = $claim_id, h.volunteer_id = $volunteer_id, h.kind = $kind",
    Access.WRITE,
)
FREE = Statement("MATCH (h:SlotHold {id: $id}) DELETE h", Access.WRITE)
CREATE = Statement(
    """
    CREATE (:Claim {id: $id, need_id: $need_id, slot_id: $slot_id, volunteer_id: $volunteer_id,
      state: 'ACTIVE', window_start: $window_start, window_end: $window_end, claimed_at: $claimed_at,
      claimed_by: $claimed_by, organisation_id: $organisation_id, confirmed_at: $confirmed_at,
      region_path: $region_path, version: 1})
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
LOCK_ANY = Statement("MATCH (n:Claim {id: $id}) SET n.version = n.version + 1" + CLAIM_COLUMNS, Access.WRITE)
SET_STATE = Statement("MATCH (n:Claim {id: $id}) SET n.state = $state", Access.WRITE)
END = Statement(
    "MATCH (n:Claim {id: $id}) SET n.state = $state, n.ended_at = $at, n.lead_minutes = $lead_minutes,"
    " n.ended_by = $ended_by, n.end_reason = $reason",
    Access.WRITE,
)
CONFIRM = Statement("MATCH (n:Claim {id: $id}) SET n.confirmed_at = $at", Access.WRITE)
ASK_TO_CONFIRM = Statement("MATCH (n:Claim {id: $id}) SET n.confirm_asked_at = $at", Access.WRITE)
MARK_AT_RISK = Statement("MATCH (n:Claim {id: $id}) SET n.at_risk_at = $at", Access.WRITE)
PROMISES = Statement(
    "MATCH (n:Claim) WHERE n.volunteer_id = $volunteer_id AND n.state = 'ACTIVE' AND n.window_end > $now"
    + CLAIM_COLUMNS
    + "ORDER BY id",
    Access.READ,
)
IS_MARKED = Statement(
    "MATCH (n:Claim {id: $id}) RETURN n.confirm_asked_at AS asked, n.at_risk_at AS at_risk", Access.READ
)
# A visit is begun when its work order has been checked in.
CHECKED_IN = Statement(
    "MATCH (w:WorkOrder) WHERE w.claim_id = $claim_id AND w.checked_in_at IS NOT NULL RETURN w.id AS id",
    Access.READ,
)
UPCOMING = Statement(
    "MATCH (n:Claim) WHERE n.state = 'ACTIVE' AND n.window_start >= $since AND n.window_start < $until AND "
    + IN_SCOPE
    + CLAIM_COLUMNS
    + "ORDER BY window_start, id",
    Access.READ,
)
TO_CONFIRM = Statement(
    "MATCH (n:Claim) WHERE n.state = 'ACTIVE' AND n.confirmed_at IS NULL AND n.confirm_asked_at IS NULL"
    " AND n.window_start > $now AND n.window_start < $until" + CLAIM_COLUMNS + "ORDER BY id",
    Access.READ,
)
UNMARKED = Statement(
    "MATCH (n:Claim) WHERE n.state = 'ACTIVE' AND n.at_risk_at IS NULL AND n.window_start > $since"
    " AND n.window_start < $until" + CLAIM_COLUMNS + "ORDER BY id",
    Access.READ,
)
AT_RISK_UNCONFIRMED = Statement(
    "MATCH (n:Claim) WHERE n.state = 'ACTIVE' AND n.at_risk_at IS NOT NULL AND n.confirmed_at IS NULL"
    " AND n.window_start > $now" + CLAIM_COLUMNS + "ORDER BY id",
    Access.READ,
)
GIVEN_BACK = Statement(
    "MATCH (n:Claim) WHERE n.state IN ['WITHDRAWN', 'NO_SHOW'] AND n.ended_at > $since"
    " RETURN DISTINCT n.need_id AS need_id, n.slot_id AS slot_id ORDER BY need_id, slot_id",
    Access.READ,
)
BY_ID = Statement("MATCH (n:Claim {id: $id})" + CLAIM_COLUMNS, Access.READ)
ACTIVE_OF_NEED = Statement(
    "MATCH (n:Claim) WHERE n.need_id = $need_id AND n.state = 'ACTIVE'" + CLAIM_COLUMNS + "ORDER BY id",
    Access.READ,
)
EVER_OF_NEED = Statement(
    "MATCH (n:Claim) WHERE n.need_id = $need_id RETURN DISTINCT n.volunteer_id AS volunteer_id"
    " ORDER BY volunteer_id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place for one person."""

    id: str
    need_id: str
    skill: str | None
    licence: str | None


class HoldKind(StrEnum):
    """What holds a slot."""

    CLAIM = "CLAIM"
    HOLDING = "HOLDING"
    OFFER = "OFFER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What holds a slot: the id of a claim, a holding or an offer."""

    id: str
    volunteer_id: str | None
    kind: HoldKind


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


async def holder_of(tx: ReadTransaction, slot_id: str) -> Holder | None:
    """Give who or what holds a slot, or None."""
    found = await tx.run(HOLDER, id=slot_id)
    if not found:
        return None
    return Holder(
        id=text(found[0], "holder_id"),
        volunteer_id=text_or_none(found[0], "volunteer_id"),
        kind=HoldKind(text_or_none(found[0], "kind") or HoldKind.CLAIM),
    )


async def is_held(tx: ReadTransaction, slot_id: str) -> bool:
    """Whether somebody holds the slot, or it is kept for somebody's answer."""
    return bool(await tx.run(HOLDER, id=slot_id))


async def hold(
    tx: WriteTransaction, slot_id: str, holder: Holder, *, instead_of: Holder | None = None
) -> None:
    """
    Take a slot, or take it over from who held it.

    Raises
    ------
    ConflictError
        Somebody else holds the slot: its hold's key is the slot.
    """
    await tx.run(
        HOLD if instead_of is None else HAND_OVER,
        id=slot_id,
        claim_id=holder.id,
        volunteer_id=holder.volunteer_id,
        kind=holder.kind.value,
    )


async def free(tx: WriteTransaction, slot_id: str) -> None:
    """Let a slot go."""
    await tx.run(FREE, id=slot_id)


async def slots_of(tx: ReadTransaction, need_id: str) -> list[Slot]:
    """Give the slots of a need in their order."""
    return [
        Slot(
            id=text(record, "id"),
            need_id=need_id,
            skill=text_or_none(record, "skill"),
            licence=text_or_none(record, "licence"),
        )
        for record in await tx.run(SLOTS_OF, need_id=need_id)
    ]


async def count_slots(tx: ReadTransaction, need_id: str) -> tuple[int, int]:
    """Give how many slots a need has, and how many are promised to somebody."""
    record = (await tx.run(COUNT_SLOTS, need_id=need_id))[0]
    return integer(record, "slots"), integer(record, "held")


async def free_slots(tx: ReadTransaction, need_id: str) -> int:
    """Give how many slots of a need are promised to nobody."""
    slots, held = await count_slots(tx, need_id)
    return slots - held


async def create_claim(tx: WriteTransaction, claim: ClaimRow, *, instead_of: Holder | None = None) -> None:
    """
    Take the slot and write the claim down.

    Parameters
    ----------
    instead_of
        Who held the slot until now and makes way.

    Raises
    ------
    ConflictError
        Somebody else holds the slot: its hold's key is the slot.
    """
    own = Holder(id=claim.id, volunteer_id=claim.volunteer_id, kind=HoldKind.CLAIM)
    await hold(tx, claim.slot_id, own, instead_of=instead_of)
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
        organisation_id=claim.organisation_id,
        confirmed_at=claim.confirmed_at,
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
    return await end_claim(tx, claim, ClaimState.WITHDRAWN)


async def end_claim(
    tx: WriteTransaction,
    claim: ClaimRow,
    state: ClaimState,
    *,
    at: datetime | None = None,
    by: str | None = None,
    reason: str | None = None,
    frees: bool = True,
) -> ClaimRow:
    """
    End a claim before its service, and free its slot unless somebody takes it over.

    Parameters
    ----------
    at, by, reason
        When, by whose account and why; the time left to the visit is worked out from ``at``.
    """
    start = claim.window_start
    lead = None if start is None or at is None else (start - at) // timedelta(minutes=1)
    await tx.run(END, id=claim.id, state=state.value, at=at, lead_minutes=lead, ended_by=by, reason=reason)
    if frees:
        await tx.run(FREE, id=claim.slot_id)
    await tx.run(UNASSIGN, volunteer_id=claim.volunteer_id, need_id=claim.need_id)
    return replace(claim, state=state, ended_at=at, lead_minutes=lead)


async def lock_any_claim(tx: WriteTransaction, claim_id: str) -> ClaimRow | None:
    """Take a claim for the system's own work; None if there is none."""
    found = await tx.run(LOCK_ANY, id=claim_id)
    return claim_of(found[0]) if found else None


async def claim_as_it_is(tx: ReadTransaction, claim_id: str) -> ClaimRow:
    """
    Give a claim without taking it; who may see it has been asked before.

    Raises
    ------
    NotFoundError
        There is no such claim.
    """
    found = await tx.run(BY_ID, id=claim_id)
    if not found:
        raise NotFoundError("no such claim", kind="claim", id=claim_id)
    return claim_of(found[0])


async def upcoming(tx: ReadTransaction, actor: Actor, *, since: datetime, until: datetime) -> list[ClaimRow]:
    """Give promised visits of the actor's regions that begin in a span, the first first."""
    found = await tx.run(UPCOMING, scope_paths=scope_paths(actor), since=since, until=until)
    return [claim_of(record) for record in found]


async def to_confirm(tx: ReadTransaction, *, now: datetime, until: datetime) -> list[ClaimRow]:
    """Give promises to come whose holders have not been asked to confirm them."""
    return [claim_of(record) for record in await tx.run(TO_CONFIRM, now=now, until=until)]


async def unmarked(tx: ReadTransaction, *, since: datetime, until: datetime) -> list[ClaimRow]:
    """Give promises of a span that nobody has been warned of yet."""
    return [claim_of(record) for record in await tx.run(UNMARKED, since=since, until=until)]


async def at_risk_unconfirmed(tx: ReadTransaction, *, now: datetime) -> list[ClaimRow]:
    """Give promises to come that should have been confirmed by now."""
    return [claim_of(record) for record in await tx.run(AT_RISK_UNCONFIRMED, now=now)]


async def given_back(tx: ReadTransaction, *, since: datetime) -> list[tuple[str, str]]:
    """Give need and slot of claims that ended before their service."""
    found = await tx.run(GIVEN_BACK, since=since)
    return [(text(record, "need_id"), text(record, "slot_id")) for record in found]


async def marks_of(tx: ReadTransaction, claim_id: str) -> tuple[bool, bool]:
    """Whether the holder was asked to confirm, and whether the desk was warned."""
    (found,) = await tx.run(IS_MARKED, id=claim_id)
    return found["asked"] is not None, found["at_risk"] is not None


async def mark_asked(tx: WriteTransaction, claim_id: str, *, at: datetime) -> None:
    """Note that the holder was asked to confirm."""
    await tx.run(ASK_TO_CONFIRM, id=claim_id, at=at)


async def mark_at_risk(tx: WriteTransaction, claim_id: str, *, at: datetime) -> None:
    """Note that the desk was warned of a claim."""
    await tx.run(MARK_AT_RISK, id=claim_id, at=at)


async def checked_in(tx: ReadTransaction, claim_id: str) -> bool:
    """Whether the holder of a claim has reported at the door."""
    return bool(await tx.run(CHECKED_IN, claim_id=claim_id))


async def promises_of(tx: ReadTransaction, volunteer_id: str, *, now: datetime) -> list[ClaimRow]:
    """Give what a volunteer has promised anywhere for times to come."""
    return [claim_of(record) for record in await tx.run(PROMISES, volunteer_id=volunteer_id, now=now)]


async def confirm(tx: WriteTransaction, claim: ClaimRow, *, at: datetime) -> ClaimRow:
    """Note that the holder says again that they will come."""
    await tx.run(CONFIRM, id=claim.id, at=at)
    return replace(claim, confirmed_at=at)


async def finish_claim(tx: WriteTransaction, claim: ClaimRow) -> None:
    """Mark a claim as done; what it counts for is the ledger's."""
    await tx.run(SET_STATE, id=claim.id, state=ClaimState.DONE.value)


async def active_claims(tx: ReadTransaction, need_id: str) -> list[ClaimRow]:
    """Give the claims that hold slots of a need."""
    return [claim_of(record) for record in await tx.run(ACTIVE_OF_NEED, need_id=need_id)]


async def ever_promised(tx: ReadTransaction, need_id: str) -> set[str]:
    """Give everybody who holds a slot of a need or once did."""
    return {text(record, "volunteer_id") for record in await tx.run(EVER_OF_NEED, need_id=need_id)}


def new_claim(
    *,
    claim_id: str,
    slot: Slot,
    volunteer_id: str,
    claimed_by: str,
    window: Window | None,
    at: datetime,
    region_path: str,
    organisation_id: str | None = None,
    confirmed: bool = False,
) -> ClaimRow:
    """Give the row of a claim that is about to be made; one made close to its time is confirmed by that."""
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
        organisation_id=organisation_id,
        confirmed_at=at if confirmed else None,
    )
