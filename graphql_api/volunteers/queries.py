"""Lists and look-ups of volunteers."""

from functools import partial

import strawberry

from domain.people import Skill, VolunteerStatus
from graph.reads.volunteers import VolunteerFilter, page_of_volunteers
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.regions import region_path
from graphql_api.volunteers.types import VOLUNTEER, VolunteerNode, load_volunteer, volunteer


@strawberry.input(name="VolunteerFilter", description="What volunteers are narrowed to.")
class VolunteerFilterInput:
    """Empty axes narrow nothing."""

    statuses: list[VolunteerStatus] = strawberry.field(default_factory=list[VolunteerStatus])
    skill: Skill | None = None
    region_id: strawberry.ID | None = None


@strawberry.type
class VolunteerQueries:
    """Lists and look-ups of volunteers."""

    @strawberry.field(description="Volunteers that the reader may see, by id; a volunteer sees themselves.")
    async def volunteers(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: VolunteerFilterInput | None = None,
    ) -> Connection[VolunteerNode]:
        """Give a page of volunteers."""
        asked = filter or VolunteerFilterInput()
        narrowed = VolunteerFilter(
            statuses=tuple(asked.statuses),
            skill=asked.skill,
            region_path=await region_path(info, asked.region_id),
        )
        return await paged(info, first, after, partial(page_of_volunteers, filter=narrowed), volunteer)

    @strawberry.field(description="One volunteer.")
    async def volunteer(self, info: Info, id: strawberry.ID) -> VolunteerNode | None:
        """Give a volunteer by their global id."""
        return await load_volunteer(info, key_of(id, VOLUNTEER))
