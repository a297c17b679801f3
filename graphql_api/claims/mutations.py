"""Taking slots and giving them back."""

import strawberry

from graph.reads.proposals import ClaimRow
from graphql_api.claims.types import CLAIM, claim
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.types import SLOT
from graphql_api.payloads import mutation
from workflows.claims.attendance import confirm_claim
from workflows.claims.leaving import record_no_show, release_claim
from workflows.claims.taking import claim_slot
from workflows.workspace import Outcome


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

    @mutation(claim, description="Take a slot of a verified need; of many who ask at once, one wins.")
    async def claim_slot(self, info: Info, input: ClaimSlotInput) -> Outcome[ClaimRow]:
        """Take a slot."""
        context = info.context
        slot = key_of(input.slot_id, SLOT, "slotId")
        return await claim_slot(context.workspace, context.actor, slot, idempotency_key=input.idempotency_key)

    @mutation(claim, description="Give a slot back; the need is open again.")
    async def release_claim(self, info: Info, input: ReleaseClaimInput) -> ClaimRow:
        """Give a slot back."""
        context = info.context
        claim_id = key_of(input.claim_id, CLAIM, "claimId")
        return await release_claim(
            context.workspace,
            context.actor,
            claim_id,
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(claim, description="Say again that one will come.")
    async def confirm_claim(self, info: Info, input: ConfirmClaimInput) -> ClaimRow:
        """Confirm a claim."""
        context = info.context
        claim_id = key_of(input.claim_id, CLAIM, "claimId")
        return await confirm_claim(
            context.workspace, context.actor, claim_id, expected_version=input.expected_version
        )

    @mutation(claim, description="Note that somebody did not come; it fades and has no other consequence.")
    async def record_no_show(self, info: Info, input: RecordNoShowInput) -> ClaimRow:
        """Note a no-show."""
        context = info.context
        claim_id = key_of(input.claim_id, CLAIM, "claimId")
        return await record_no_show(
            context.workspace,
            context.actor,
            claim_id,
            expected_version=input.expected_version,
            reason=input.reason,
        )
