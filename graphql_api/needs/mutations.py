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
from graphql_api.needs.types import NEED, NeedNode, need
from graphql_api.payloads import Payload, answer, once
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

    @strawberry.mutation(description="Record a need and put it up for verification.")
    async def post_need(self, info: Info, input: PostNeedInput) -> Payload[NeedNode]:
        """Record a need."""

        async def act() -> Outcome[NeedRow]:
            context = info.context
            return await post_need(
                context.workspace,
                context.actor,
                input.read(input.duplicate_reason),
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Confirm by a second person that a posted need is true.")
    async def verify_need(self, info: Info, input: VerifyNeedInput) -> Payload[NeedNode]:
        """Verify a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                verify_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Turn a posted need down, with a reason.")
    async def reject_need(self, info: Info, input: RejectNeedInput) -> Payload[NeedNode]:
        """Reject a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                reject_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Withdraw a need; what was reserved or promised for it is released.")
    async def cancel_need(self, info: Info, input: CancelNeedInput) -> Payload[NeedNode]:
        """Cancel a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                cancel_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Record that the service began; by the desk or one who serves.")
    async def start_need(self, info: Info, input: StartNeedInput) -> Payload[NeedNode]:
        """Start serving a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                start_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Record that everything was given; by the desk or one who serves.")
    async def complete_need(self, info: Info, input: CompleteNeedInput) -> Payload[NeedNode]:
        """Complete a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                complete_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Confirm at the desk that the help arrived; gifts are settled.")
    async def confirm_need(self, info: Info, input: ConfirmNeedInput) -> Payload[NeedNode]:
        """Confirm a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                confirm_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    feedback=input.feedback,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Make the first of two checks; the need stays posted.")
    async def check_need(self, info: Info, input: CheckNeedInput) -> Payload[NeedNode]:
        """Check a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                check_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Take the part that is promised for the whole; an act of the desk.")
    async def accept_partial(self, info: Info, input: AcceptPartialInput) -> Payload[NeedNode]:
        """Take a part."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                accept_partial(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Put a rejected or expired need up again, mended.")
    async def resubmit_need(self, info: Info, input: ResubmitNeedInput) -> Payload[NeedNode]:
        """Resubmit a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                resubmit_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                    title=input.title,
                    detail=input.detail,
                    windows=None if input.windows is None else tuple(each.read() for each in input.windows),
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Record that somebody sees it otherwise; nothing is settled.")
    async def dispute_need(self, info: Info, input: DisputeNeedInput) -> Payload[NeedNode]:
        """Dispute a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                dispute_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Settle a dispute at the desk.")
    async def resolve_dispute(self, info: Info, input: ResolveDisputeInput) -> Payload[NeedNode]:
        """Settle a dispute."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                resolve_dispute(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    fulfilled=input.fulfilled,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Open a closed need again within the days that policy gives.")
    async def reopen_need(self, info: Info, input: ReopenNeedInput) -> Payload[NeedNode]:
        """Reopen a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                reopen_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)
