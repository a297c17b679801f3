"""Slots that volunteers are asked to take."""

from datetime import datetime

import strawberry

from domain.engagement import OfferKind, OfferState
from graph.engagement import OfferRow, offers_of_volunteer
from graph.reads.pages import sort_text
from graph.reads.proposals import ClaimRow
from graph.scope import view_of
from graphql_api.claims.types import CLAIM, claim
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import SLOT, NeedNode, load_need
from graphql_api.payloads import mutation
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers.types import VOLUNTEER, VolunteerNode, load_volunteer
from workflows.claims.offers import accept_offer, ask_replacement, decline_offer
from workflows.workspace import Outcome

OFFER = "SlotOffer"


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


@strawberry.type
class OfferQueries:
    """What one is asked."""

    @strawberry.field(description="What the reading volunteer is asked, the soonest to expire first.")
    async def slot_offers(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[OfferState] | None = None,
    ) -> Connection[OfferNode]:
        """Give the offers made to the reader."""
        volunteer_id = view_of(info.context.actor).volunteer_id
        wanted = states or [OfferState.OPEN]
        rows = await info.context.read(lambda tx: offers_of_volunteer(tx, volunteer_id, wanted))
        return cut(
            info,
            first,
            after,
            rows,
            offer,
            list_name="offers",
            order=lambda row: (sort_text(row.expires_at), row.id),
        )


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


@strawberry.input(description="Asks somebody who waits to take a claim over.")
class AskReplacementInput:
    """Which claim, as read, and whom; without a name the first in line who may."""

    claim_id: strawberry.ID
    expected_version: int
    volunteer_id: strawberry.ID | None = None
    idempotency_key: str


@strawberry.type
class OfferMutations:
    """Asking, and saying yes or no."""

    @mutation(claim, description="Say yes to an offer: the slot is the volunteer's.")
    async def accept_slot_offer(self, info: Info, input: AcceptSlotOfferInput) -> Outcome[ClaimRow]:
        """Say yes."""
        key, context = key_of(input.offer_id, OFFER, "offerId"), info.context
        return await accept_offer(
            context.workspace, context.actor, key, idempotency_key=input.idempotency_key
        )

    @mutation(offer, description="Say no to an offer, without consequence.")
    async def decline_slot_offer(self, info: Info, input: DeclineSlotOfferInput) -> Outcome[OfferRow]:
        """Say no."""
        key, context = key_of(input.offer_id, OFFER, "offerId"), info.context
        return await decline_offer(
            context.workspace, context.actor, key, idempotency_key=input.idempotency_key
        )

    @mutation(offer, description="Ask somebody who waits to take a claim over; it stands until they do.")
    async def ask_replacement(self, info: Info, input: AskReplacementInput) -> Outcome[OfferRow]:
        """Ask for a replacement."""
        wanted = input.volunteer_id
        return await ask_replacement(
            info.context.workspace,
            info.context.actor,
            key_of(input.claim_id, CLAIM, "claimId"),
            expected_version=input.expected_version,
            volunteer_id=None if wanted is None else key_of(wanted, VOLUNTEER, "volunteerId"),
            idempotency_key=input.idempotency_key,
        )
