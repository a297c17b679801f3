"""Statistics of needs as clients see them."""

from datetime import date

import strawberry

from graphql_api.context import Info
from graphql_api.regions import region_path
from graphql_api.rounds import RoundNode, round_node
from graphql_api.statistics.worths import latest_round
from workflows.statistics.needs import Axis, StatisticsRequest, StatisticsRow, need_statistics

_MOST_ROWS = 5_000


@strawberry.type(name="NeedStatisticsRow", description="Needs of one cell; axes not asked for are null.")
class StatisticsNode:
    """Figures of a cell."""

    town_path: str | None
    month: str | None = strawberry.field(description="Civil month of posting, as 2026-11.")
    category: str | None
    situation: str | None
    reason: str | None = strawberry.field(description="Why the last round left unmet needs without.")
    posted: int | None
    verified: int | None
    fulfilled: int | None
    unmet: int | None
    unmet_points: int | None = strawberry.field(description="Unmet needs, weighed by urgency.")
    hidden: bool = strawberry.field(description="Fewer than five needs: the figures are not told.")


@strawberry.type(name="NeedStatistics", description="Counted needs.")
class StatisticsTable:
    """Rows in the order of their axes."""

    rows: list[StatisticsNode]
    left_out: int = strawberry.field(description="Rows beyond the most that one answer holds.")
    place_path: strawberry.Private[str]

    @strawberry.field(
        description="The latest round that matched the place; its shadowPrices say what one more is worth."
    )
    async def latest_round(self, info: Info) -> RoundNode | None:
        """Give the latest round."""
        row = await latest_round(info.context, self.place_path)
        return None if row is None else round_node(row)


def _row(row: StatisticsRow) -> StatisticsNode:
    return StatisticsNode(
        town_path=row.town_path,
        month=row.month,
        category=row.category,
        situation=row.situation,
        reason=row.reason,
        posted=row.posted,
        verified=row.verified,
        fulfilled=row.fulfilled,
        unmet=row.unmet,
        unmet_points=row.unmet_points,
        hidden=row.hidden,
    )


@strawberry.type
class StatisticsQueries:
    """Counts over whole columns."""

    @strawberry.field(description="Needs posted in half-open civil days, counted by the axes asked for.")
    async def need_statistics(
        self,
        info: Info,
        since: date,
        until: date,
        by: list[Axis],
        region_id: strawberry.ID | None = None,
    ) -> StatisticsTable:
        """Count needs of the reader's scope."""
        request = StatisticsRequest(
            since=since, until=until, by=tuple(by), region_path=await region_path(info, region_id)
        )
        counted = await need_statistics(info.context.workspace, info.context.actor, request)
        return StatisticsTable(
            rows=[_row(row) for row in counted.rows[:_MOST_ROWS]],
            place_path=request.region_path,
            left_out=max(0, len(counted.rows) - _MOST_ROWS),
        )
