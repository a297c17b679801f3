"""Slots that volunteers took."""

from datetime import datetime

import strawberry

from domain.rounds import ClaimState
from graph.reads.proposals import ClaimRow
from graphql_api.context import Info
from graphql_api.funds.types import OrganisationNode, load_organisation
from graphql_api.ids import encode_id
from graphql_api.needs.types import SLOT, NeedNode, load_need
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers.types import VolunteerNode, load_volunteer

CLAIM = "Claim"


@strawberry.type(name=CLAIM, description="A slot that a volunteer took.")
class ClaimNode:
    """A promise to come."""

    id: strawberry.ID
    slot_id: strawberry.ID
    state: ClaimState
    window: TimeWindow | None = strawberry.field(description="When; null until the two sides agree.")
    claimed_at: datetime
    confirmed_at: datetime | None = strawberry.field(description="When its holder last said that they come.")
    ended_at: datetime | None = strawberry.field(description="When it was given back, or found not kept.")
    lead_minutes: int | None = strawberry.field(
        description="How long before its time it was given back; negative after it had begun."
    )
    version: int
    organisation_key: strawberry.Private[str | None]
    need_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="The team or enterprise that kept the slot, if the reader may see it.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the organisation."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="Who took it, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)


def claim(row: ClaimRow) -> ClaimNode:
    """Give a claim as clients see it."""
    return ClaimNode(
        id=encode_id(CLAIM, row.id),
        slot_id=encode_id(SLOT, row.slot_id),
        state=row.state,
        window=window_between(row.window_start, row.window_end),
        claimed_at=row.claimed_at,
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        lead_minutes=row.lead_minutes,
        organisation_key=row.organisation_id,
        version=row.version,
        need_key=row.need_id,
        volunteer_key=row.volunteer_id,
    )
