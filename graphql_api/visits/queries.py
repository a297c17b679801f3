"""A day's plan of visits, what is owed, coverage."""

from datetime import date

import strawberry

from domain.people import ElderGroup
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.regions import RegionNode, load_region, region_path
from graphql_api.stations.types import STATION
from graphql_api.visits.types import RESIDENT, VisitNode, VisitPlanNode, plan, visit
from workflows.visits.due import Coverage, DueRow, coverage, due_list
from workflows.visits.publishing import DayView, visit_plan


@strawberry.type(name="VisitDay", description="A station's day of visits, as far as the reader may see it.")
class VisitDayNode:
    """Desks see plans and all visits, a visitor their own published ones."""

    plan: VisitPlanNode | None = strawberry.field(description="The plan that stands.")
    proposals: list[VisitPlanNode] = strawberry.field(description="Plans nobody has published, newest first.")
    visits: list[VisitNode] = strawberry.field(description="Published and logged, by visitor and time.")


def _day(view: DayView) -> VisitDayNode:
    return VisitDayNode(
        plan=None if view.plan is None else plan(view.plan),
        proposals=[plan(row) for row in view.proposals],
        visits=[visit(row) for row in view.visits],
    )


@strawberry.type(description="A listed elder and when their next visit is owed.")
class OwedVisit:
    """Names are masked for all but the desk."""

    resident_id: strawberry.ID
    name: str
    groups: list[ElderGroup]
    interval_days: int = strawberry.field(description="The shortest of their groups'.")
    last_visited_on: date | None
    due_on: date
    overdue_days: int
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where they live, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give their division."""
        return await load_region(info, self.region_key)


def _owed(row: DueRow) -> OwedVisit:
    return OwedVisit(
        resident_id=encode_id(RESIDENT, row.elder.id),
        name=row.elder.name,
        groups=sorted(row.due.groups),
        interval_days=row.due.interval_days,
        last_visited_on=row.due.last_visited_on,
        due_on=row.due.due_on,
        overdue_days=row.overdue_days,
        region_key=row.elder.region_id,
    )


@strawberry.type(description="Visits to the listed elders of one town or station; the last row is of all.")
class VisitCoverage:
    """Shares are cut to a tenth: 100 is said of all alone."""

    name: str | None = strawberry.field(description="Town or station; null for all.")
    listed: int
    covered: int = strawberry.field(description="Visited within their interval.")
    overdue: int
    visited_in_month: int
    covered_percent: float
    month_percent: float
    target_percent: int


def _coverage(row: Coverage) -> VisitCoverage:
    return VisitCoverage(
        name=row.name or None,
        listed=row.listed,
        covered=row.covered,
        overdue=row.overdue,
        visited_in_month=row.visited_in_month,
        covered_percent=row.covered_percent,
        month_percent=row.month_percent,
        target_percent=row.target_percent,
    )


@strawberry.type(description="Coverage, place by place.")
class VisitCoverages:
    """The last row is that of all."""

    rows: list[VisitCoverage]


@strawberry.type
class VisitQueries:
    """A day's plan, what is owed, coverage."""

    @strawberry.field(description="A station's day of visits.")
    async def visit_plan(self, info: Info, day: date, station_id: strawberry.ID) -> VisitDayNode:
        """Give a day."""
        context = info.context
        station = key_of(station_id, STATION, "stationId")
        return _day(await visit_plan(context.workspace, context.actor, station, day))

    @strawberry.field(description="Elders whose visit is late, or owed within some days; the latest first.")
    async def overdue_visits(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        within_days: int | None = None,
        national_groups_only: bool = False,
        region_id: strawberry.ID | None = None,
    ) -> Connection[OwedVisit]:
        """Give a page of owed visits; without ``within_days`` those that are late."""
        context = info.context
        path = await region_path(info, region_id)
        rows = await due_list(
            context.workspace,
            context.actor,
            path,
            within_days=within_days or 0,
            national=national_groups_only,
        )
        if within_days is None:
            rows = [row for row in rows if row.overdue_days > 0]
        return cut(
            info,
            first,
            after,
            rows,
            _owed,
            list_name="owed visits",
            order=lambda row: (row.due.due_on.isoformat(), row.elder.id),
        )

    @strawberry.field(description="Coverage by town or by station, and last that of all.")
    async def visit_coverage(
        self,
        info: Info,
        day: date | None = None,
        by_station: bool = False,
        national_groups_only: bool = False,
        region_id: strawberry.ID | None = None,
    ) -> VisitCoverages:
        """Give coverage."""
        context = info.context
        path = await region_path(info, region_id)
        rows = await coverage(
            context.workspace,
            context.actor,
            path,
            day=day,
            national=national_groups_only,
            by_station=by_station,
        )
        return VisitCoverages(rows=[_coverage(row) for row in rows])
