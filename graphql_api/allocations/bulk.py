"""Many sums approved at one call, as clients ask for it."""

import strawberry

from graphql_api.allocations.types import ALLOCATION, AllocationNode, allocation
from graphql_api.context import Info
from graphql_api.errors import UserError, user_error
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import Payload, answer
from workflows.allocations.bulk import Approved, Asked, approve_allocations
from workflows.workspace import Outcome


@strawberry.input(description="An allocation as it was read.")
class AllocationVersionInput:
    """Which, and in which version."""

    allocation_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Says yes to several sums, each by itself.")
class ApproveAllocationsInput:
    """Up to 100, each once; sent again with the same key, what was done is not done again."""

    allocations: list[AllocationVersionInput]
    idempotency_key: str


@strawberry.type(description="What became of one sum.")
class ApprovedAllocation:
    """The allocation after it, or why nothing was done."""

    allocation_id: strawberry.ID
    allocation: AllocationNode | None
    user_errors: list[UserError]


@strawberry.type(description="What became of each sum, in the order asked.")
class ApprovedAllocations:
    """One row each."""

    approved: int
    refused: int
    rows: list[ApprovedAllocation]


def _row(info: Info, number: int, found: Approved) -> ApprovedAllocation:
    path = ["input", "allocations", str(number)]
    refusal = found.refusal
    return ApprovedAllocation(
        allocation_id=encode_id(ALLOCATION, found.allocation_id),
        allocation=None if found.allocation is None else allocation(found.allocation),
        user_errors=[] if refusal is None else [user_error(refusal, info.context.locale, path)],
    )


@strawberry.type
class BulkAllocationMutations:
    """Several at once."""

    @strawberry.mutation(description="Say yes to several sums; one that is refused holds up no other.")
    async def approve_allocations(
        self, info: Info, input: ApproveAllocationsInput
    ) -> Payload[ApprovedAllocations]:
        """Approve a selection."""

        async def act() -> Outcome[list[Approved]]:
            asked = [
                Asked(
                    allocation_id=key_of(each.allocation_id, ALLOCATION, "allocationId"),
                    expected_version=each.expected_version,
                )
                for each in input.allocations
            ]
            return await approve_allocations(
                info.context.workspace, info.context.actor, asked, idempotency_key=input.idempotency_key
            )

        def shown(rows: list[Approved]) -> ApprovedAllocations:
            nodes = [_row(info, number, row) for number, row in enumerate(rows)]
            done = sum(1 for row in rows if row.refusal is None)
            return ApprovedAllocations(approved=done, refused=len(rows) - done, rows=nodes)

        return await answer(info, act, shown)
