"""Slots that teams and enterprises keep until they name who comes."""

from datetime import datetime

import strawberry

from domain.engagement import HoldingState
from graph.engagement import OfferRow
from graph.holdings import HoldingRow, holdings_of
from graph.reads.pages import sort_text
from graph.scope import listed, view_of
from graphql_api.claims.offers import offer
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.funds.types import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import SLOT, NeedNode, load_need
from graphql_api.payloads import mutation
from graphql_api.volunteers.types import VOLUNTEER
from workflows.claims.holdings import hold_slot, name_member, release_holding
from workflows.workspace import Outcome

HOLDING = "SlotHolding"


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


@strawberry.type
class HoldingQueries:
    """What one's organisations keep."""

    @strawberry.field(description="Slots that the reader's organisations keep, most pressing first.")
    async def slot_holdings(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[HoldingState] | None = None,
    ) -> Connection[HoldingNode]:
        """Give the holdings of the reader's organisations."""
        actor, wanted = info.context.actor, states or [HoldingState.HELD]
        own = listed(actor.scope.organisation_ids if view_of(actor).organiser else ())
        rows = await info.context.read(lambda tx: holdings_of(tx, own, wanted))
        return cut(
            info,
            first,
            after,
            rows,
            holding,
            list_name="holdings",
            order=lambda row: (sort_text(row.name_by), row.id),
        )


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


@strawberry.type
class HoldingMutations:
    """Keeping slots, naming who comes, giving them back."""

    @mutation(holding, description="Keep a slot for a team or an enterprise until it names who comes.")
    async def hold_slot(self, info: Info, input: HoldSlotInput) -> Outcome[HoldingRow]:
        """Keep a slot."""
        return await hold_slot(
            info.context.workspace,
            info.context.actor,
            key_of(input.slot_id, SLOT, "slotId"),
            key_of(input.organisation_id, ORGANISATION, "organisationId"),
            idempotency_key=input.idempotency_key,
        )

    @mutation(offer, description="Name who will come: the rules are asked of them, then they are.")
    async def name_member(self, info: Info, input: NameMemberInput) -> Outcome[OfferRow]:
        """Name a member."""
        return await name_member(
            info.context.workspace,
            info.context.actor,
            key_of(input.holding_id, HOLDING, "holdingId"),
            key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(holding, description="Give a kept slot back.")
    async def release_holding(self, info: Info, input: ReleaseHoldingInput) -> HoldingRow:
        """Give a kept slot back."""
        key = key_of(input.holding_id, HOLDING, "holdingId")
        context = info.context
        return await release_holding(
            context.workspace, context.actor, key, expected_version=input.expected_version
        )
