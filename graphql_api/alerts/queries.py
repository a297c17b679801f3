"""Alerts that wait, groups at risk, rules in force, and how often they were right."""

from datetime import date
from functools import partial

import strawberry

from domain.alerts import AlertPriority, AlertState, PrecisionAxis
from domain.time import civil_date
from graph.reads.alerts import (
    AlertFilter,
    GroupCount,
    group_counts,
    last_alert_run,
    page_of_alerts,
    page_of_risk_members,
)
from graph.scope import view_of
from graphql_api.alerts.types import (
    AlertNode,
    AlertPrecisionReport,
    AlertRuleBook,
    RiskGroupTable,
    RiskMemberNode,
    alert,
    precision_report,
    risk_group,
    risk_member,
    rule_book,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.regions import region_path
from graphql_api.stations.types import STATION
from workflows.alerts.books import book_at
from workflows.alerts.precision import alert_precision


@strawberry.input(name="AlertFilter", description="What alerts are narrowed to.")
class AlertFilterInput:
    """Empty axes narrow nothing, but for states: without them the alerts that wait."""

    states: list[AlertState] = strawberry.field(default_factory=list[AlertState])
    rules: list[str] = strawberry.field(default_factory=list[str])
    priorities: list[AlertPriority] = strawberry.field(default_factory=list[AlertPriority])
    station_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those that the station handles, and those that went up to it."
    )
    within_id: strawberry.ID | None = None
    due_before: date | None = strawberry.field(default=None, description="Those due before a day.")


@strawberry.type
class AlertQueries:
    """The inbox of alerts and what stands behind it."""

    @strawberry.field(
        description="Alerts, the earliest due first; those of child protection for its roles alone."
    )
    async def alerts(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: AlertFilterInput | None = None,
    ) -> Connection[AlertNode]:
        """Give a page of alerts."""
        asked = filter or AlertFilterInput()
        narrowed = AlertFilter(
            states=tuple(asked.states),
            rules=tuple(asked.rules),
            priorities=tuple(asked.priorities),
            station_id=None if asked.station_id is None else key_of(asked.station_id, STATION, "stationId"),
            region_path=await region_path(info, asked.within_id, "withinId"),
            due_before=asked.due_before,
        )
        return await paged(info, first, after, partial(page_of_alerts, filter=narrowed), alert)

    @strawberry.field(description="Who is in groups at risk now; without groups in any of them.")
    async def risk_members(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        groups: list[str] | None = None,
        within_id: strawberry.ID | None = None,
    ) -> Connection[RiskMemberNode]:
        """Give a page of members."""
        path = await region_path(info, within_id, "withinId")
        read = partial(page_of_risk_members, groups=groups or (), region_path=path)
        return await paged(info, first, after, read, risk_member)

    @strawberry.field(description="The slots of groups at risk, and how many are in each.")
    async def risk_groups(self, info: Info, within_id: strawberry.ID | None = None) -> RiskGroupTable:
        """Give the table."""
        context = info.context
        path, today = await region_path(info, within_id, "withinId"), civil_date(context.workspace.clock())
        book = await context.read(lambda tx: book_at(tx, today, path))
        counts = {each.group_code: each for each in await context.read(
            lambda tx: group_counts(tx, context.actor, path)
        )}  # fmt: skip
        last = await context.read(lambda tx: last_alert_run(tx, context.actor))
        sees_children = view_of(context.actor).child

        def shown(count: GroupCount | None) -> tuple[int, date | None]:
            return (0, None) if count is None else (count.members, count.newest_on)

        return RiskGroupTable(
            rules=book.id,
            groups=[
                risk_group(group, *shown(counts.get(group.code)), context.locale)
                for group in book.groups
                if sees_children or not group.child
            ],
            checked_on=None if last is None else last.day,
            checked_at=None if last is None else last.at,
        )

    @strawberry.field(description="The rules of alerts in force at a place on a day; without one today.")
    async def alert_rules(
        self, info: Info, within_id: strawberry.ID | None = None, on: date | None = None
    ) -> AlertRuleBook:
        """Give the rules."""
        context = info.context
        path = await region_path(info, within_id, "withinId")
        day = on or civil_date(context.workspace.clock())
        return rule_book(await context.read(lambda tx: book_at(tx, day, path)), context.locale)

    @strawberry.field(
        description="How often rules were right, of alerts raised in a period; its end is not in it."
    )
    async def alert_precision(
        self,
        info: Info,
        since: date,
        until: date,
        by: PrecisionAxis = PrecisionAxis.RULE,
        within_id: strawberry.ID | None = None,
    ) -> AlertPrecisionReport:
        """Give the report."""
        context = info.context
        path = await region_path(info, within_id, "withinId")
        report = await alert_precision(
            context.workspace, context.actor, since=since, until=until, axis=by, region_path=path
        )
        return precision_report(report)
