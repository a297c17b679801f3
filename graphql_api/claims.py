"""Slots that volunteers take by themselves."""

from datetime import datetime

import strawberry

from domain.rounds import ClaimState
from graph.reads.proposals import ClaimRow
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs import SLOT, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers import VolunteerNode, load_volunteer
from workflows.claims.taking import claim_slot, release_claim
from workflows.workspace import Outcome

CLAIM = "Claim"


@strawberry.type(name=CLAIM, description="A slot that a volunteer took.")
class ClaimNode:
    """A promise to come."""

    id: strawberry.ID
    slot_id: strawberry.ID
    state: ClaimState
    window: TimeWindow | None = strawberry.field(description="When; null until the two sides agree.")
    claimed_at: datetime
    version: int
    need_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

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
        version=row.version,
        need_key=row.need_id,
        volunteer_key=row.volunteer_id,
    )


@strawberry.input(description="Takes a slot for the asking volunteer.")
class ClaimSlotInput:
    """Which slot."""

    slot_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Gives a slot back, without penalty.")
class ReleaseClaimInput:
    """Which claim, as read, and why."""

    claim_id: strawberry.ID
    expected_version: int
    reason: str = ""


@strawberry.type
class ClaimMutations:
    """Taking slots and giving them back."""

    @strawberry.mutation(description="Take a slot of a verified need; of many who ask at once, one wins.")
    async def claim_slot(self, info: Info, input: ClaimSlotInput) -> Payload[ClaimNode]:
        """Take a slot."""

        async def act() -> Outcome[ClaimRow]:
            context = info.context
            slot = key_of(input.slot_id, SLOT, "slotId")
            return await claim_slot(
                context.workspace, context.actor, slot, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, claim)

    @strawberry.mutation(description="Give a slot back; the need is open again.")
    async def release_claim(self, info: Info, input: ReleaseClaimInput) -> Payload[ClaimNode]:
        """Give a slot back."""

        async def act() -> Outcome[ClaimRow]:
            context = info.context
            claim_id = key_of(input.claim_id, CLAIM, "claimId")
            return await once(
                release_claim(
                    context.workspace,
                    context.actor,
                    claim_id,
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, claim)
