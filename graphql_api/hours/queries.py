"""Lists and look-ups of hours."""

from functools import partial

import strawberry

from domain.hours import RecordState
from graph.reads.hours import HoursFilter, page_of_hours
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.hours.types import HOURS, HoursNode, hours, load_hours
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.volunteers.types import VOLUNTEER


@strawberry.input(name="HoursFilter", description="What records of hours are narrowed to.")
class HoursFilterInput:
    """Empty axes narrow nothing."""

    states: list[RecordState] = strawberry.field(default_factory=list[RecordState])
    volunteer_id: strawberry.ID | None = None
    need_id: strawberry.ID | None = None


@strawberry.type
class HoursQueries:
    """Lists and look-ups of hours."""

    @strawberry.field(
        description="Records of hours, newest first: a volunteer's own, the desk's those of its regions."
    )
    async def hours(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: HoursFilterInput | None = None,
    ) -> Connection[HoursNode]:
        """Give a page of records."""
        asked = filter or HoursFilterInput()
        narrowed = HoursFilter(
            states=tuple(asked.states),
            volunteer_id=key_of(asked.volunteer_id, VOLUNTEER, "volunteerId") if asked.volunteer_id else None,
            need_id=key_of(asked.need_id, NEED, "needId") if asked.need_id else None,
        )
        return await paged(info, first, after, partial(page_of_hours, filter=narrowed), hours)

    @strawberry.field(description="One record of hours.")
    async def hours_record(self, info: Info, id: strawberry.ID) -> HoursNode | None:
        """Give a record by its global id."""
        return await load_hours(info, key_of(id, HOURS))
