"""Files of households, plans to be looked at again, and what departments send."""

from functools import partial

import strawberry

from domain.household_files import PlanState
from graph.reads.household_files import data_sources
from graph.reads.service_plans import page_of_service_plans
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.households.types import (
    HOUSEHOLD,
    DataSourceBoard,
    HouseholdFileNode,
    ServicePlanNode,
    data_source,
    household_file,
    service_plan,
)
from graphql_api.ids import key_of
from workflows.household_files.filing import household_file as read_household_file


@strawberry.type
class HouseholdQueries:
    """Files, plans and sources."""

    @strawberry.field(description="The file of a household as it stands today; for its desk.")
    async def household_file(self, info: Info, id: strawberry.ID) -> HouseholdFileNode:
        """Give a file."""
        context = info.context
        found = await read_household_file(context.workspace, context.actor, key_of(id, HOUSEHOLD, "id"))
        return household_file(found)

    @strawberry.field(description="Plans of households, the earliest review first; for their desk.")
    async def service_plans(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[PlanState] | None = None,
    ) -> Connection[ServicePlanNode]:
        """Give a page of plans; without ``states`` those that are not over."""
        return await paged(
            info, first, after, partial(page_of_service_plans, states=states or ()), service_plan
        )

    @strawberry.field(description="What departments send: records, how many are linked, how fresh.")
    async def data_sources(self, info: Info) -> DataSourceBoard:
        """Give the board."""
        context = info.context
        rows = await context.read(lambda tx: data_sources(tx, context.actor))
        return DataSourceBoard(sources=[data_source(row) for row in rows])
