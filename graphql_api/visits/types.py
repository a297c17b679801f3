"""Visits to elders as clients see them, and plans of a day."""

from datetime import date, datetime

import strawberry

from domain.visits import VisitChannel, VisitOutcome, VisitPlanState, VisitState
from graph.reads.visits import VisitPlanRow, VisitRow
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.scalars import TimeWindow, window_between

VISIT = "Visit"
VISIT_PLAN = "VisitPlan"
RESIDENT = "Resident"


@strawberry.type(name=VISIT, description="A visit to an elder, planned or logged.")
class VisitNode:
    """Names are masked for all but the desk and the visitor; notes are for the desk and who wrote them."""

    id: strawberry.ID
    resident_id: strawberry.ID
    resident_name: str
    visitor_name: str | None
    day: date
    window: TimeWindow | None
    channel: VisitChannel
    state: VisitState
    travel_minutes: int = strawberry.field(description="The way to it from the visit before, or the station.")
    pinned: bool = strawberry.field(description="Whether planning again leaves it where it is.")
    moved: bool = strawberry.field(description="Whether it was published before for another person or time.")
    outcome: VisitOutcome | None
    note: str | None
    logged_at: datetime | None
    next_due: date | None
    version: int
    need_key: strawberry.Private[str | None]

    @strawberry.field(description="The urgent need that came of it, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


def visit(row: VisitRow) -> VisitNode:
    """Give a visit as clients see it."""
    return VisitNode(
        id=encode_id(VISIT, row.id),
        resident_id=encode_id(RESIDENT, row.resident_id),
        resident_name=row.resident_name,
        visitor_name=row.visitor_name,
        day=row.day,
        window=window_between(row.window_start, row.window_end),
        channel=row.channel,
        state=row.state,
        travel_minutes=row.travel_min,
        pinned=row.pinned,
        moved=row.moved,
        outcome=row.outcome,
        note=row.note,
        logged_at=row.logged_at,
        next_due=row.next_due,
        version=row.version,
        need_key=row.need_id,
    )


@strawberry.type(name=VISIT_PLAN, description="A day's visits of a station, proposed or published.")
class VisitPlanNode:
    """What a plan costs, and what is proven of it."""

    id: strawberry.ID
    state: VisitPlanState
    day: date
    visit_count: int
    travel_minutes: int = strawberry.field(description="All ways, those back to the station included.")
    unvisited_ids: list[strawberry.ID] = strawberry.field(description="Elders for whom the day has no room.")
    lifted_ids: list[strawberry.ID] = strawberry.field(
        description="Elders whose pinned visit cannot be kept."
    )
    moved_count: int = strawberry.field(description="Published visits that get another person or time.")
    cost: int = strawberry.field(description="Points: travel minutes, unknown faces, and who waits.")
    bound: int = strawberry.field(description="Points that no plan of the day undercuts.")
    gap: float = strawberry.field(description="How much of the cost is not proven to be needed, 0 to 1.")
    version: int


def plan(row: VisitPlanRow) -> VisitPlanNode:
    """Give a plan as clients see it."""
    return VisitPlanNode(
        id=encode_id(VISIT_PLAN, row.id),
        state=row.state,
        day=row.day,
        visit_count=row.visits,
        travel_minutes=row.travel_min,
        unvisited_ids=[encode_id(RESIDENT, key) for key in row.unvisited],
        lifted_ids=[encode_id(RESIDENT, key) for key in row.lifted],
        moved_count=row.moved,
        cost=row.cost,
        bound=row.bound,
        gap=row.gap,
        version=row.version,
    )
