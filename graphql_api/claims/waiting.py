"""Who waits for a slot."""

from datetime import datetime

import strawberry

from domain.engagement import WaitingState
from graph.engagement import WaitingRow, waiting_for
from graph.ports import ReadTransaction
from graph.reads.needs import need_by_id
from graph.reads.pages import sort_text
from graph.scope import view_of
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.payloads import mutation
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from workflows.claims.waiting import join_waiting_list, leave_waiting_list
from workflows.workspace import Outcome


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


def _waiting(row: WaitingRow) -> WaitingNode:
    return WaitingNode(state=row.state, joined_at=row.joined_at, volunteer_key=row.volunteer_id)


@strawberry.type
class WaitingQueries:
    """Who waits."""

    @strawberry.field(
        description="Who waits for a need, in order: all for the desk, oneself for a volunteer."
    )
    async def waiting_list(
        self, info: Info, need_id: strawberry.ID, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[WaitingNode]:
        """Give a waiting list."""
        actor, key = info.context.actor, key_of(need_id, NEED, "needId")
        view = view_of(actor)

        async def look(tx: ReadTransaction) -> list[WaitingRow]:
            await need_by_id(tx, actor, key)
            return await waiting_for(tx, key, (WaitingState.WAITING, WaitingState.OFFERED))

        rows = [
            row for row in await info.context.read(look) if view.desk or row.volunteer_id == view.volunteer_id
        ]
        return cut(
            info,
            first,
            after,
            rows,
            _waiting,
            list_name="waiting",
            order=lambda row: (sort_text(row.joined_at), row.id),
        )


@strawberry.input(description="Joins the waiting list of a need.")
class JoinWaitingListInput:
    """Which need."""

    need_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Leaves the waiting list of a need.")
class LeaveWaitingListInput:
    """Which need."""

    need_id: strawberry.ID


@strawberry.type
class WaitingMutations:
    """Joining and leaving."""

    @mutation(_waiting, description="Wait for a slot of a need.")
    async def join_waiting_list(self, info: Info, input: JoinWaitingListInput) -> Outcome[WaitingRow]:
        """Join a waiting list."""
        key, context = key_of(input.need_id, NEED, "needId"), info.context
        return await join_waiting_list(
            context.workspace, context.actor, key, idempotency_key=input.idempotency_key
        )

    @mutation(_waiting, description="Wait no longer.")
    async def leave_waiting_list(self, info: Info, input: LeaveWaitingListInput) -> Outcome[WaitingRow]:
        """Leave a waiting list."""
        key = key_of(input.need_id, NEED, "needId")
        return await leave_waiting_list(info.context.workspace, info.context.actor, key)
