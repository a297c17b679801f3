"""Slots that volunteers take by themselves."""

from datetime import datetime

import strawberry

from domain.engagement import Risk
from domain.rounds import ClaimState
from graph.reads.proposals import ClaimRow
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, connect, page_start
from graphql_api.context import Info
from graphql_api.funds import OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.needs import SLOT, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers import VolunteerNode, load_volunteer
from workflows.claims.attendance import ClaimAtRisk, claims_at_risk, confirm_claim
from workflows.claims.leaving import record_no_show, release_claim
from workflows.claims.taking import claim_slot
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


@strawberry.type(name="ClaimAtRisk", description="A promised visit that may fall through.")
class ClaimAtRiskNode:
    """Which, and why."""

    claim: ClaimNode
    risks: list[Risk]
    rule: str | None = strawberry.field(description="The hard constraint that it would break by then.")


def _at_risk(found: ClaimAtRisk) -> ClaimAtRiskNode:
    return ClaimAtRiskNode(claim=claim(found.claim), risks=list(found.risks), rule=found.rule)


@strawberry.type
class ClaimQueries:
    """What the desk looks at each morning."""

    @strawberry.field(description="Visits of the desk's regions that may fall through, most pressing first.")
    async def claims_at_risk(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[ClaimAtRiskNode]:
        """Give a page of them."""
        start = page_start(info, first, after)
        found = await claims_at_risk(info.context.workspace, info.context.actor, first=first, after=start)
        return connect(info, found, _at_risk)


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


@strawberry.input(description="Says again that one will come.")
class ConfirmClaimInput:
    """Which claim, as read."""

    claim_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Notes that somebody promised to come and did not.")
class RecordNoShowInput:
    """Which claim, as read, and what is known."""

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

    @strawberry.mutation(description="Say again that one will come.")
    async def confirm_claim(self, info: Info, input: ConfirmClaimInput) -> Payload[ClaimNode]:
        """Confirm a claim."""

        async def act() -> Outcome[ClaimRow]:
            context = info.context
            claim_id = key_of(input.claim_id, CLAIM, "claimId")
            return await once(
                confirm_claim(
                    context.workspace, context.actor, claim_id, expected_version=input.expected_version
                )
            )

        return await answer(info, act, claim)

    @strawberry.mutation(
        description="Note that somebody did not come; it fades and has no other consequence."
    )
    async def record_no_show(self, info: Info, input: RecordNoShowInput) -> Payload[ClaimNode]:
        """Note a no-show."""

        async def act() -> Outcome[ClaimRow]:
            context = info.context
            claim_id = key_of(input.claim_id, CLAIM, "claimId")
            return await once(
                record_no_show(
                    context.workspace,
                    context.actor,
                    claim_id,
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, claim)
