"""Slots that teams keep, offers and waiting lists."""

from datetime import datetime

import strawberry

from domain.engagement import HoldingState, OfferKind, OfferState, WaitingState
from graph.engagement import OfferRow, WaitingRow, offers_of_volunteer, waiting_for
from graph.holdings import HoldingRow, holdings_of
from graph.ports import ReadTransaction
from graph.reads.needs import need_by_id
from graph.reads.pages import page_of_list, sort_text
from graph.reads.proposals import ClaimRow
from graph.scope import listed, view_of
from graphql_api.claims import CLAIM, ClaimNode, claim
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, connect, page_start
from graphql_api.context import Info
from graphql_api.funds import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.needs import NEED, SLOT, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers import VOLUNTEER, VolunteerNode, load_volunteer
from workflows.claims.holdings import hold_slot, name_member, release_holding
from workflows.claims.offers import accept_offer, ask_replacement, decline_offer
from workflows.claims.waiting import join_waiting_list, leave_waiting_list
from workflows.workspace import Outcome

HOLDING = "SlotHolding"
OFFER = "SlotOffer"


@strawberry.type(
    name=HOLDING, description="A slot that a team or an enterprise keeps until it names who comes."
)
class HoldingNode:
    """Which slot, for whom, and until when."""

    id: strawberry.ID
    slot_id: strawberry.ID
    state: HoldingState
    held_at: datetime
    name_by: datetime = strawberry.field(description="When the slot falls free if nobody has said yes.")
    version: int
    need_key: strawberry.Private[str]
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="Who keeps it, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the organisation."""
        return await load_organisation(info, self.organisation_key)


@strawberry.type(name=OFFER, description="A question to one volunteer: will they take this slot?")
class OfferNode:
    """What is asked, and until when."""

    id: strawberry.ID
    kind: OfferKind
    state: OfferState
    slot_id: strawberry.ID
    window: TimeWindow | None
    offered_at: datetime
    expires_at: datetime
    need_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="Who is asked, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)


@strawberry.type(name="WaitingEntry", description="A place in the waiting list of a need.")
class WaitingNode:
    """Who waits since when."""

    state: WaitingState
    joined_at: datetime
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="Who waits, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)


def holding(row: HoldingRow) -> HoldingNode:
    """Give a holding as clients see it."""
    return HoldingNode(
        id=encode_id(HOLDING, row.id),
        slot_id=encode_id(SLOT, row.slot_id),
        state=row.state,
        held_at=row.held_at,
        name_by=row.name_by,
        version=row.version,
        need_key=row.need_id,
        organisation_key=row.organisation_id,
    )


def offer(row: OfferRow) -> OfferNode:
    """Give an offer as clients see it."""
    return OfferNode(
        id=encode_id(OFFER, row.id),
        kind=row.kind,
        state=row.state,
        slot_id=encode_id(SLOT, row.slot_id),
        window=window_between(row.window_start, row.window_end),
        offered_at=row.offered_at,
        expires_at=row.expires_at,
        need_key=row.need_id,
        volunteer_key=row.volunteer_id,
    )


def _waiting(row: WaitingRow) -> WaitingNode:
    return WaitingNode(state=row.state, joined_at=row.joined_at, volunteer_key=row.volunteer_id)


@strawberry.type
class EngagementQueries:
    """What one's organisations keep, what one is asked, who waits."""

    @strawberry.field(description="Slots that the reader's organisations keep, most pressing first.")
    async def slot_holdings(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[HoldingState] | None = None,
    ) -> Connection[HoldingNode]:
        """Give the holdings of the reader's organisations."""
        start = page_start(info, first, after)
        actor, wanted = info.context.actor, states or [HoldingState.HELD]
        own = listed(actor.scope.organisation_ids if view_of(actor).organiser else ())
        rows = await info.context.read(lambda tx: holdings_of(tx, own, wanted))
        page = page_of_list(
            "holdings",
            rows,
            first,
            start,
            key=lambda row: (sort_text(row.name_by), row.id),
            total_count=len(rows),
        )
        return connect(info, page, holding)

    @strawberry.field(description="What the reading volunteer is asked, the soonest to expire first.")
    async def slot_offers(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[OfferState] | None = None,
    ) -> Connection[OfferNode]:
        """Give the offers made to the reader."""
        start = page_start(info, first, after)
        volunteer_id = view_of(info.context.actor).volunteer_id
        wanted = states or [OfferState.OPEN]
        rows = await info.context.read(lambda tx: offers_of_volunteer(tx, volunteer_id, wanted))
        page = page_of_list(
            "offers",
            rows,
            first,
            start,
            key=lambda row: (sort_text(row.expires_at), row.id),
            total_count=len(rows),
        )
        return connect(info, page, offer)

    @strawberry.field(
        description="Who waits for a need, in order: all for the desk, oneself for a volunteer."
    )
    async def waiting_list(
        self, info: Info, need_id: strawberry.ID, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[WaitingNode]:
        """Give a waiting list."""
        start = page_start(info, first, after)
        actor, key = info.context.actor, key_of(need_id, NEED, "needId")
        view = view_of(actor)

        async def look(tx: ReadTransaction) -> list[WaitingRow]:
            await need_by_id(tx, actor, key)
            return await waiting_for(tx, key, (WaitingState.WAITING, WaitingState.OFFERED))

        rows = [
            row for row in await info.context.read(look) if view.desk or row.volunteer_id == view.volunteer_id
        ]
        page = page_of_list(
            "waiting",
            rows,
            first,
            start,
            key=lambda row: (sort_text(row.joined_at), row.id),
            total_count=len(rows),
        )
        return connect(info, page, _waiting)


@strawberry.input(description="Keeps a slot for a team or an enterprise.")
class HoldSlotInput:
    """Which slot, for whom."""

    slot_id: strawberry.ID
    organisation_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Names who will come; they are asked themselves.")
class NameMemberInput:
    """Whom, for which holding as read."""

    holding_id: strawberry.ID
    volunteer_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.input(description="Gives a kept slot back.")
class ReleaseHoldingInput:
    """Which holding, as read."""

    holding_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Says yes to an offer of a slot.")
class AcceptSlotOfferInput:
    """Which offer."""

    offer_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Says no to an offer of a slot.")
class DeclineSlotOfferInput:
    """Which offer."""

    offer_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Joins the waiting list of a need.")
class JoinWaitingListInput:
    """Which need."""

    need_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Leaves the waiting list of a need.")
class LeaveWaitingListInput:
    """Which need."""

    need_id: strawberry.ID


@strawberry.input(description="Asks somebody who waits to take a claim over.")
class AskReplacementInput:
    """Which claim, as read, and whom; without a name the first in line who may."""

    claim_id: strawberry.ID
    expected_version: int
    volunteer_id: strawberry.ID | None = None
    idempotency_key: str


@strawberry.type
class EngagementMutations:
    """Keeping, offering, waiting."""

    @strawberry.mutation(description="Keep a slot for a team or an enterprise until it names who comes.")
    async def hold_slot(self, info: Info, input: HoldSlotInput) -> Payload[HoldingNode]:
        """Keep a slot."""

        async def act() -> Outcome[HoldingRow]:
            return await hold_slot(
                info.context.workspace,
                info.context.actor,
                key_of(input.slot_id, SLOT, "slotId"),
                key_of(input.organisation_id, ORGANISATION, "organisationId"),
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, holding)

    @strawberry.mutation(description="Name who will come: the rules are asked of them, then they are.")
    async def name_member(self, info: Info, input: NameMemberInput) -> Payload[OfferNode]:
        """Name a member."""

        async def act() -> Outcome[OfferRow]:
            return await name_member(
                info.context.workspace,
                info.context.actor,
                key_of(input.holding_id, HOLDING, "holdingId"),
                key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
                expected_version=input.expected_version,
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, offer)

    @strawberry.mutation(description="Give a kept slot back.")
    async def release_holding(self, info: Info, input: ReleaseHoldingInput) -> Payload[HoldingNode]:
        """Give a kept slot back."""

        async def act() -> Outcome[HoldingRow]:
            key = key_of(input.holding_id, HOLDING, "holdingId")
            context = info.context
            return await once(
                release_holding(
                    context.workspace, context.actor, key, expected_version=input.expected_version
                )
            )

        return await answer(info, act, holding)

    @strawberry.mutation(description="Say yes to an offer: the slot is the volunteer's.")
    async def accept_slot_offer(self, info: Info, input: AcceptSlotOfferInput) -> Payload[ClaimNode]:
        """Say yes."""

        async def act() -> Outcome[ClaimRow]:
            key, context = key_of(input.offer_id, OFFER, "offerId"), info.context
            return await accept_offer(
                context.workspace, context.actor, key, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, claim)

    @strawberry.mutation(description="Say no to an offer, without consequence.")
    async def decline_slot_offer(self, info: Info, input: DeclineSlotOfferInput) -> Payload[OfferNode]:
        """Say no."""

        async def act() -> Outcome[OfferRow]:
            key, context = key_of(input.offer_id, OFFER, "offerId"), info.context
            return await decline_offer(
                context.workspace, context.actor, key, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, offer)

    @strawberry.mutation(description="Wait for a slot of a need.")
    async def join_waiting_list(self, info: Info, input: JoinWaitingListInput) -> Payload[WaitingNode]:
        """Join a waiting list."""

        async def act() -> Outcome[WaitingRow]:
            key, context = key_of(input.need_id, NEED, "needId"), info.context
            return await join_waiting_list(
                context.workspace, context.actor, key, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, _waiting)

    @strawberry.mutation(description="Wait no longer.")
    async def leave_waiting_list(self, info: Info, input: LeaveWaitingListInput) -> Payload[WaitingNode]:
        """Leave a waiting list."""

        async def act() -> Outcome[WaitingRow]:
            key = key_of(input.need_id, NEED, "needId")
            return await leave_waiting_list(info.context.workspace, info.context.actor, key)

        return await answer(info, act, _waiting)

    @strawberry.mutation(description="Ask somebody who waits to take a claim over; it stands until they do.")
    async def ask_replacement(self, info: Info, input: AskReplacementInput) -> Payload[OfferNode]:
        """Ask for a replacement."""

        async def act() -> Outcome[OfferRow]:
            wanted = input.volunteer_id
            return await ask_replacement(
                info.context.workspace,
                info.context.actor,
                key_of(input.claim_id, CLAIM, "claimId"),
                expected_version=input.expected_version,
                volunteer_id=None if wanted is None else key_of(wanted, VOLUNTEER, "volunteerId"),
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, offer)
