"""Needs that return."""

from datetime import datetime
from functools import partial

import strawberry

from domain.needs import NeedCategory
from domain.series import SeriesState
from graph.reads.series import SeriesRow, page_of_series
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    loaded,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.inputs import NeedInput, zoned
from graphql_api.payloads import mutation
from graphql_api.regions import RegionNode, load_region
from workflows.needs.series import NewSeries, post_series, skip_occurrence, stop_series, verify_series
from workflows.workspace import Outcome


@strawberry.input(description="A need that returns.")
class PostSeriesInput:
    """The need of each occurrence, and when it returns."""

    idempotency_key: str
    need: NeedInput = strawberry.field(description="Its windows are left out: the rule gives them.")
    rule: str = strawberry.field(description="RFC 5545 without DTSTART, as FREQ=WEEKLY;BYDAY=TU,TH.")
    starts_at: datetime = strawberry.field(description="When the window of the first occurrence opens.")
    length_min: int = strawberry.field(description="How long each window stays open.")
    horizon_days: int | None = strawberry.field(default=None, description="How far ahead needs are made.")


@strawberry.input(description="Confirms by a second person that a need returns.")
class VerifySeriesInput:
    """Which series, as read, and what shows that it is true."""

    series_id: strawberry.ID
    expected_version: int
    evidence: str


@strawberry.input(description="Stops a series; what is to come and not promised is cancelled.")
class StopSeriesInput:
    """Which series, as read, and why."""

    series_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Leaves one occurrence of a series out.")
class SkipOccurrenceInput:
    """Which occurrence, and why."""

    series_id: strawberry.ID
    expected_version: int
    occurs_at: datetime
    reason: str


SERIES = "NeedSeries"


@strawberry.type(name=SERIES, description="A rule by which a need returns.")
class SeriesNode(Node):
    """A series; times of the rule are civil time in China."""

    title: str
    category: NeedCategory
    rule: str
    starts_at: str
    state: SeriesState
    exceptions: list[str] = strawberry.field(description="Occurrences left out, by their civil time.")
    length_min: int
    horizon_days: int
    posted_by: str
    posted_at: datetime
    verified_by: str | None
    evidence: str | None
    stopped_at: datetime | None
    stop_reason: str | None
    made_until: datetime | None = strawberry.field(description="Up to when its needs have been made.")
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where its needs are.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


def series(row: SeriesRow) -> SeriesNode:
    """Give a series as clients see it."""
    return SeriesNode(
        id=encode_id(SERIES, row.id),
        title=row.title,
        category=row.category,
        rule=row.rule,
        starts_at=row.starts_at,
        state=row.state,
        exceptions=list(row.exceptions),
        length_min=row.length_min,
        horizon_days=row.horizon_days,
        posted_by=row.posted_by,
        posted_at=row.posted_at,
        verified_by=row.verified_by,
        evidence=row.evidence,
        stopped_at=row.stopped_at,
        stop_reason=row.stop_reason,
        made_until=row.made_until,
        version=row.version,
        region_key=row.region_id,
    )


async def load_series(info: Info, key: str | None) -> SeriesNode | None:
    """Give the series of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.series, key, series)


@strawberry.type
class SeriesQueries:
    """Needs that return."""

    @strawberry.field(description="Needs that return, newest first; for the desk and the office.")
    async def need_series(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[SeriesState] | None = None,
    ) -> Connection[SeriesNode]:
        """Give a page of series."""
        return await paged(info, first, after, partial(page_of_series, states=states or ()), series)


@strawberry.type
class SeriesMutations:
    """Series, as far as people lead them."""

    @mutation(series, description="Record a need that returns; it waits for a second person.")
    async def post_series(self, info: Info, input: PostSeriesInput) -> Outcome[SeriesRow]:
        """Post a series."""
        new = NewSeries(
            template=input.need.read(),
            rule=input.rule,
            starts_at=zoned(input.starts_at, "startsAt"),
            length_min=input.length_min,
            horizon_days=input.horizon_days,
        )
        context = info.context
        return await post_series(context.workspace, context.actor, new, idempotency_key=input.idempotency_key)

    @mutation(
        series, description="Confirm by a second person that a need returns; its needs are made from then on."
    )
    async def verify_series(self, info: Info, input: VerifySeriesInput) -> SeriesRow:
        """Verify a series."""
        return await verify_series(
            info.context.workspace,
            info.context.actor,
            key_of(input.series_id, SERIES, "seriesId"),
            expected_version=input.expected_version,
            evidence=input.evidence,
        )

    @mutation(series, description="Stop a series; what is to come and not promised is cancelled.")
    async def stop_series(self, info: Info, input: StopSeriesInput) -> SeriesRow:
        """Stop a series."""
        return await stop_series(
            info.context.workspace,
            info.context.actor,
            key_of(input.series_id, SERIES, "seriesId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(series, description="Leave one occurrence of a series out.")
    async def skip_occurrence(self, info: Info, input: SkipOccurrenceInput) -> SeriesRow:
        """Skip an occurrence."""
        return await skip_occurrence(
            info.context.workspace,
            info.context.actor,
            key_of(input.series_id, SERIES, "seriesId"),
            expected_version=input.expected_version,
            occurs_at=zoned(input.occurs_at, "occursAt"),
            reason=input.reason,
        )
