"""Offers of slots, waiting lists, and what is known of how people answered and came."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString

from domain.engagement import OfferKind, OfferState, WaitingState, check_offer_step
from graph.columns import integer, integer_or_none, moment, moment_or_none, only, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

_OFFER: LiteralString = """
RETURN n.id AS id, n.kind AS kind, n.slot_id AS slot_id, n.need_id AS need_id,
  n.volunteer_id AS volunteer_id, n.state AS state, n.offered_at AS offered_at, n.expires_at AS expires_at,
  n.answered_at AS answered_at, n.wave AS wave, n.window_start AS window_start, n.window_end AS window_end,
  n.replaces AS replaces, n.holding_id AS holding_id, n.offered_by AS offered_by,
  n.region_path AS region_path, n.version AS version
"""
CREATE_OFFER = Statement(
    """
    CREATE (:SlotOffer {id: $id, kind: $kind, slot_id: $slot_id, need_id: $need_id,
      volunteer_id: $volunteer_id, state: $state, offered_at: $offered_at, expires_at: $expires_at,
      wave: $wave, window_start: $window_start, window_end: $window_end, replaces: $replaces,
      holding_id: $holding_id, offered_by: $offered_by, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK_OFFER = Statement("MATCH (n:SlotOffer {id: $id}) SET n.version = n.version + 1" + _OFFER, Access.WRITE)
OFFER_BY_ID = Statement("MATCH (n:SlotOffer {id: $id})" + _OFFER, Access.READ)
SET_OFFER = Statement("MATCH (n:SlotOffer {id: $id}) SET n.state = $state, n.answered_at = $at", Access.WRITE)
OFFERS_OF_SLOT = Statement(
    "MATCH (n:SlotOffer) WHERE n.need_id = $need_id AND n.slot_id = $slot_id" + _OFFER + "ORDER BY id",
    Access.READ,
)
OFFERS_OF_NEED = Statement(
    "MATCH (n:SlotOffer) WHERE n.need_id = $need_id" + _OFFER + "ORDER BY id", Access.READ
)
OFFERS_OF_VOLUNTEER = Statement(
    "MATCH (n:SlotOffer) WHERE n.volunteer_id = $volunteer_id AND n.state IN $states"
    + _OFFER
    + "ORDER BY expires_at, id",
    Access.READ,
)
EXPIRED_OFFERS = Statement(
    "MATCH (n:SlotOffer) WHERE n.state = 'OPEN' AND n.expires_at <= $now RETURN n.id AS id ORDER BY id",
    Access.READ,
)
ASKED_SINCE = Statement(
    "MATCH (n:SlotOffer) WHERE n.volunteer_id = $volunteer_id AND n.offered_at > $since AND n.kind = 'WAVE'"
    " RETURN count(*) AS offers",
    Access.READ,
)
_WAITING: LiteralString = """
RETURN n.id AS id, n.need_id AS need_id, n.volunteer_id AS volunteer_id, n.state AS state,
  n.joined_at AS joined_at, n.region_path AS region_path, n.version AS version
"""
JOIN = Statement(
    """
    MERGE (n:WaitingEntry {id: $id})
    ON CREATE SET n.need_id = $need_id, n.volunteer_id = $volunteer_id, n.version = 1,
      n.region_path = $region_path, n.joined_at = $at, n.state = $state
    ON MATCH SET n.version = n.version + 1, n.joined_at = $at, n.state = $state
    """,
    Access.WRITE,
)
SET_WAITING = Statement(
    "MATCH (n:WaitingEntry {id: $id}) SET n.state = $state, n.version = n.version + 1", Access.WRITE
)
WAITING_BY_ID = Statement("MATCH (n:WaitingEntry {id: $id})" + _WAITING, Access.READ)
WAITING_FOR = Statement(
    "MATCH (n:WaitingEntry) WHERE n.need_id = $need_id AND n.state IN $states"
    + _WAITING
    + "ORDER BY joined_at, id",
    Access.READ,
)
NEEDS_WAITED_FOR = Statement(
    "MATCH (n:WaitingEntry) WHERE n.state = 'WAITING' RETURN DISTINCT n.need_id AS id ORDER BY id",
    Access.READ,
)
NO_SHOWS = Statement(
    "MATCH (n:Claim) WHERE n.volunteer_id = $volunteer_id AND n.state = 'NO_SHOW'"
    " AND n.ended_at > $since RETURN n.ended_at AS at ORDER BY at",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """A question to one volunteer: will they take this slot."""

    id: str
    kind: OfferKind
    slot_id: str
    need_id: str
    volunteer_id: str
    state: OfferState
    offered_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    wave: int | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    replaces: str | None = None
    holding_id: str | None = None
    offered_by: str | None = None
    region_path: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A place in the waiting list of a need, in the order of ``joined_at``."""

    id: str
    need_id: str
    volunteer_id: str
    state: WaitingState
    joined_at: datetime
    region_path: str
    version: int


def _offer(record: Record) -> OfferRow:
    return OfferRow(
        id=text(record, "id"),
        kind=OfferKind(text(record, "kind")),
        slot_id=text(record, "slot_id"),
        need_id=text(record, "need_id"),
        volunteer_id=text(record, "volunteer_id"),
        state=OfferState(text(record, "state")),
        offered_at=moment(record, "offered_at"),
        expires_at=moment(record, "expires_at"),
        answered_at=moment_or_none(record, "answered_at"),
        wave=integer_or_none(record, "wave"),
        window_start=moment_or_none(record, "window_start"),
        window_end=moment_or_none(record, "window_end"),
        replaces=text_or_none(record, "replaces"),
        holding_id=text_or_none(record, "holding_id"),
        offered_by=text_or_none(record, "offered_by"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _waiting(record: Record) -> WaitingRow:
    return WaitingRow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        volunteer_id=text(record, "volunteer_id"),
        state=WaitingState(text(record, "state")),
        joined_at=moment(record, "joined_at"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def create_offer(tx: WriteTransaction, row: OfferRow) -> None:
    """Write an offer down."""
    await tx.run(
        CREATE_OFFER,
        id=row.id,
        kind=row.kind.value,
        slot_id=row.slot_id,
        need_id=row.need_id,
        volunteer_id=row.volunteer_id,
        state=row.state.value,
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        wave=row.wave,
        window_start=row.window_start,
        window_end=row.window_end,
        replaces=row.replaces,
        holding_id=row.holding_id,
        offered_by=row.offered_by,
        region_path=row.region_path,
    )


async def offer_as_it_is(tx: ReadTransaction, offer_id: str) -> OfferRow:
    """
    Give an offer.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return only(await tx.run(OFFER_BY_ID, id=offer_id), _offer, kind="offer", id=offer_id)


async def lock_offer(tx: WriteTransaction, offer_id: str) -> OfferRow:
    """
    Take an offer for answering.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return only(await tx.run(LOCK_OFFER, id=offer_id), _offer, kind="offer", id=offer_id)


async def move_offer(tx: WriteTransaction, row: OfferRow, after: OfferState, *, at: datetime) -> OfferRow:
    """
    Note the answer to a locked offer.

    Raises
    ------
    TransitionError
        It was answered before.
    """
    check_offer_step(row.state, after)
    await tx.run(SET_OFFER, id=row.id, state=after.value, at=at)
    return replace(row, state=after, answered_at=at)


async def offers_of_slot(tx: ReadTransaction, need_id: str, slot_id: str) -> list[OfferRow]:
    """Give all offers ever made of a slot."""
    return [_offer(record) for record in await tx.run(OFFERS_OF_SLOT, need_id=need_id, slot_id=slot_id)]


async def offers_of_need(tx: ReadTransaction, need_id: str) -> list[OfferRow]:
    """Give all offers ever made of a need's slots."""
    return [_offer(record) for record in await tx.run(OFFERS_OF_NEED, need_id=need_id)]


async def offers_of_volunteer(
    tx: ReadTransaction, volunteer_id: str, states: list[OfferState]
) -> list[OfferRow]:
    """Give what somebody is asked, the soonest to expire first."""
    found = await tx.run(
        OFFERS_OF_VOLUNTEER, volunteer_id=volunteer_id, states=[state.value for state in states]
    )
    return [_offer(record) for record in found]


async def expired_offers(tx: ReadTransaction, now: datetime) -> list[str]:
    """Give the open offers whose time is over."""
    return [text(record, "id") for record in await tx.run(EXPIRED_OFFERS, now=now)]


async def asked_since(tx: ReadTransaction, volunteer_id: str, since: datetime) -> int:
    """Give how often somebody was asked unbidden after a moment; what they wait for does not count."""
    return integer((await tx.run(ASKED_SINCE, volunteer_id=volunteer_id, since=since))[0], "offers")


def waiting_id(need_id: str, volunteer_id: str) -> str:
    """Give the key of a place in a waiting list: one for each person and need."""
    return f"{need_id}:{volunteer_id}"


async def join_waiting(
    tx: WriteTransaction, *, need_id: str, volunteer_id: str, region_path: str, at: datetime
) -> WaitingRow:
    """Put somebody at the end of a waiting list."""
    await tx.run(
        JOIN,
        id=waiting_id(need_id, volunteer_id),
        need_id=need_id,
        volunteer_id=volunteer_id,
        region_path=region_path,
        at=at,
        state=WaitingState.WAITING.value,
    )
    return _waiting((await tx.run(WAITING_BY_ID, id=waiting_id(need_id, volunteer_id)))[0])


async def waiting_entry(tx: ReadTransaction, need_id: str, volunteer_id: str) -> WaitingRow | None:
    """Give somebody's place in a waiting list, or None."""
    found = await tx.run(WAITING_BY_ID, id=waiting_id(need_id, volunteer_id))
    return _waiting(found[0]) if found else None


async def set_waiting(tx: WriteTransaction, need_id: str, volunteer_id: str, state: WaitingState) -> None:
    """Note where somebody on a waiting list stands; nothing for who is not on it."""
    await tx.run(SET_WAITING, id=waiting_id(need_id, volunteer_id), state=state.value)


async def waiting_for(
    tx: ReadTransaction, need_id: str, states: tuple[WaitingState, ...] = (WaitingState.WAITING,)
) -> list[WaitingRow]:
    """Give a waiting list in its order."""
    found = await tx.run(WAITING_FOR, need_id=need_id, states=[state.value for state in states])
    return [_waiting(record) for record in found]


async def needs_waited_for(tx: ReadTransaction) -> list[str]:
    """Give the needs for which somebody waits."""
    return [text(record, "id") for record in await tx.run(NEEDS_WAITED_FOR)]


async def no_shows_since(tx: ReadTransaction, volunteer_id: str, since: datetime) -> list[datetime]:
    """Give when somebody was promised and did not come."""
    return [moment(record, "at") for record in await tx.run(NO_SHOWS, volunteer_id=volunteer_id, since=since)]
