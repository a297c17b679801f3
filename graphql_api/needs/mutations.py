"""Posting needs and leading them through their states."""

import strawberry

from graph.reads.needs import NeedRow
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.inputs import (
    AcceptPartialInput,
    CancelNeedInput,
    CheckNeedInput,
    CompleteNeedInput,
    ConfirmNeedInput,
    DisputeNeedInput,
    PostNeedInput,
    RejectNeedInput,
    ReopenNeedInput,
    ResolveDisputeInput,
    ResubmitNeedInput,
    StartNeedInput,
    VerifyNeedInput,
)
from graphql_api.needs.types import NEED, need
from graphql_api.payloads import mutation
from workflows.needs.aftermath import (
    accept_partial,
    dispute_need,
    reopen_need,
    resolve_dispute,
    resubmit_need,
)
from workflows.needs.lifecycle import (
    cancel_need,
    check_need,
    complete_need,
    confirm_need,
    reject_need,
    start_need,
    verify_need,
)
from workflows.needs.posting import post_need
from workflows.workspace import Outcome


@strawberry.type
class NeedMutations:
    """The life of a need, as far as people lead it."""

    @mutation(need, description="Record a need and put it up for verification.")
    async def post_need(self, info: Info, input: PostNeedInput) -> Outcome[NeedRow]:
        """Record a need."""
        context = info.context
        return await post_need(
            context.workspace,
            context.actor,
            input.read(input.duplicate_reason),
            idempotency_key=input.idempotency_key,
        )

    @mutation(need, description="Confirm by a second person that a posted need is true.")
    async def verify_need(self, info: Info, input: VerifyNeedInput) -> NeedRow:
        """Verify a need."""
        return await verify_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            evidence=input.evidence,
        )

    @mutation(need, description="Turn a posted need down, with a reason.")
    async def reject_need(self, info: Info, input: RejectNeedInput) -> NeedRow:
        """Reject a need."""
        return await reject_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(need, description="Withdraw a need; what was reserved or promised for it is released.")
    async def cancel_need(self, info: Info, input: CancelNeedInput) -> NeedRow:
        """Cancel a need."""
        return await cancel_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(need, description="Record that the service began; by the desk or one who serves.")
    async def start_need(self, info: Info, input: StartNeedInput) -> NeedRow:
        """Start serving a need."""
        return await start_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
        )

    @mutation(need, description="Record that everything was given; by the desk or one who serves.")
    async def complete_need(self, info: Info, input: CompleteNeedInput) -> NeedRow:
        """Complete a need."""
        return await complete_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            evidence=input.evidence,
        )

    @mutation(need, description="Confirm at the desk that the help arrived; gifts are settled.")
    async def confirm_need(self, info: Info, input: ConfirmNeedInput) -> NeedRow:
        """Confirm a need."""
        return await confirm_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            feedback=input.feedback,
        )

    @mutation(need, description="Make the first of two checks; the need stays posted.")
    async def check_need(self, info: Info, input: CheckNeedInput) -> NeedRow:
        """Check a need."""
        return await check_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            evidence=input.evidence,
        )

    @mutation(need, description="Take the part that is promised for the whole; an act of the desk.")
    async def accept_partial(self, info: Info, input: AcceptPartialInput) -> NeedRow:
        """Take a part."""
        return await accept_partial(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(need, description="Put a rejected or expired need up again, mended.")
    async def resubmit_need(self, info: Info, input: ResubmitNeedInput) -> NeedRow:
        """Resubmit a need."""
        return await resubmit_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
            title=input.title,
            detail=input.detail,
            windows=None if input.windows is None else tuple(each.read() for each in input.windows),
        )

    @mutation(need, description="Record that somebody sees it otherwise; nothing is settled.")
    async def dispute_need(self, info: Info, input: DisputeNeedInput) -> NeedRow:
        """Dispute a need."""
        return await dispute_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(need, description="Settle a dispute at the desk.")
    async def resolve_dispute(self, info: Info, input: ResolveDisputeInput) -> NeedRow:
        """Settle a dispute."""
        return await resolve_dispute(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            fulfilled=input.fulfilled,
            reason=input.reason,
        )

    @mutation(need, description="Open a closed need again within the days that policy gives.")
    async def reopen_need(self, info: Info, input: ReopenNeedInput) -> NeedRow:
        """Reopen a need."""
        return await reopen_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )
