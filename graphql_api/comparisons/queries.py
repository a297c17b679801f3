"""Comparisons, what they found, whom a station is to visit, and statuses that ended."""

from functools import partial

import strawberry

from domain.actors import Actor
from domain.comparing import Difference, EndState, TaskState
from graph.ports import ReadTransaction
from graph.reads.comparisons import ComparisonLineRow, page_of_comparison_lines, page_of_comparisons
from graph.reads.coverage import page_of_coverage_tasks, page_of_status_ends
from graph.reads.pages import KeysetPosition, Page
from graphql_api.comparisons.types import (
    COMPARISON,
    ComparisonLineNode,
    ComparisonNode,
    CoverageTaskNode,
    StatusEndNode,
    comparison,
    comparison_line,
    coverage_task,
    status_end,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.stations.types import STATION


@strawberry.type
class ComparisonQueries:
    """The room of comparisons."""

    @strawberry.field(description="Comparisons of lists, the newest first; for the desk and the office.")
    async def comparisons(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[ComparisonNode]:
        """Give a page of runs."""
        return await paged(info, first, after, page_of_comparisons, comparison)

    @strawberry.field(description="What a comparison found where the reader may see, as the lists have it.")
    async def comparison_lines(
        self,
        info: Info,
        comparison_id: strawberry.ID,
        first: First = DEFAULT_PAGE,
        after: After = None,
        kinds: list[Difference] | None = None,
    ) -> Connection[ComparisonLineNode]:
        """Give a page of lines."""
        run_id = key_of(comparison_id, COMPARISON, "comparisonId")

        async def read(
            tx: ReadTransaction,
            actor: Actor,
            *,
            first: int,
            after: KeysetPosition | None,
            with_total: bool,
        ) -> Page[ComparisonLineRow]:
            return await page_of_comparison_lines(
                tx, actor, run_id, first=first, after=after, with_total=with_total, kinds=kinds or ()
            )

        return await paged(info, first, after, read, comparison_line)

    @strawberry.field(
        description="Households that nothing covers, the earliest due first; without states those still open."
    )
    async def coverage_tasks(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[TaskState] | None = None,
        station_id: strawberry.ID | None = None,
    ) -> Connection[CoverageTaskNode]:
        """Give a page of tasks."""
        station = "" if station_id is None else key_of(station_id, STATION, "stationId")
        read = partial(page_of_coverage_tasks, states=states or (), station_id=station)
        return await paged(info, first, after, read, coverage_task)

    @strawberry.field(
        description="Statuses that lists showed to have ended, the newest first; without states those that stand."
    )
    async def status_ends(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[EndState] | None = None,
    ) -> Connection[StatusEndNode]:
        """Give a page of ended statuses."""
        return await paged(info, first, after, partial(page_of_status_ends, states=states or ()), status_end)
