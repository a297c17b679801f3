"""An organisation's money at one look, as clients see it."""

from datetime import date, datetime, timedelta

import strawberry

from domain.time import civil_date
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.funds.charity_years import ProgressNode, progress_node
from graphql_api.funds.purposes import EARMARK
from graphql_api.funds.types import (
    ORGANISATION,
    FundNode,
    OrganisationNode,
    fund,
    load_organisation,
)
from graphql_api.ids import encode_id, key_of
from graphql_api.scalars import Money, money
from workflows.federation.overview import (
    BookOverview,
    Figures,
    FundsOverview,
    OverviewRequest,
    Planned,
    Point,
    SeriesStep,
    funds_overview,
)


@strawberry.type(description="What stands on the accounts of a book, or of several.")
class BookFigures:
    """Sums of the ledger; inflows above zero."""

    received: Money
    available: Money
    reserved: Money
    spent: Money
    returned: Money
    transferred: Money = strawberry.field(description="What came from other books less what went to them.")


@strawberry.type(description="One step of a series: what moved in it, and what stood at its end.")
class SeriesPoint:
    """The last point is what stands there now."""

    day: date = strawberry.field(description="First day of the step.")
    received: Money
    spent: Money
    returned: Money
    transferred: Money
    available: Money = strawberry.field(description="At the end of the step.")
    reserved: Money = strawberry.field(description="At the end of the step.")


@strawberry.type(description="What is on its way out.")
class PlannedMoney:
    """The first two are set aside already, the others are still counted as free."""

    to_approve: Money
    to_pay: Money
    transfers: Money = strawberry.field(description="Proposed, wait for their second person.")
    expenses: Money = strawberry.field(description="Recorded, wait for their second person.")


@strawberry.type(name="BookOverview", description="One book of an organisation at one look.")
class BookOverviewNode:
    """A fund's own money, or one earmark of it."""

    id: strawberry.ID = strawberry.field(description="Of the earmark, or of the fund for its own money.")
    name: str
    fund: FundNode
    earmark_id: strawberry.ID | None
    figures: BookFigures
    series: list[SeriesPoint]
    planned: PlannedMoney
    spent_recently: Money = strawberry.field(description="Net of claw-backs, in ``recentDays``.")
    recent_days: int = strawberry.field(description="90, or the days since its first entry.")
    days_left: int | None = strawberry.field(
        description="How long what is free and set aside lasts at that rate; null where it is not spent."
    )
    ends_on: date | None = strawberry.field(description="First day on which its purpose no longer holds.")
    ends_soon: Money = strawberry.field(description="What is free and lapses within 90 days, or has lapsed.")
    restricted: bool


@strawberry.type(name="FundsOverview", description="All books of an organisation at one look.")
class FundsOverviewNode:
    """Taken from the ledger at one moment."""

    as_of: datetime
    step: SeriesStep
    total: BookFigures
    series: list[SeriesPoint]
    planned: PlannedMoney
    spent_recently: Money = strawberry.field(description="In 90 days.")
    days_left: int | None
    runs_out_on: date | None = strawberry.field(description="At that rate.")
    restricted: Money = strawberry.field(description="Free money that may be used for some needs only.")
    unrestricted: Money
    ends_soon: Money
    charity_year: ProgressNode | None = strawberry.field(
        description="Floor and ceiling of the year (HC-17); null where nobody wrote down what it is judged by."
    )
    organisation_key: strawberry.Private[str]
    rows: strawberry.Private[tuple[BookOverview, ...]]

    @strawberry.field(description="The organisation.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give it."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="Its books, each fund's own money before its earmarks.")
    def books(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[BookOverviewNode]:
        """Give a page of books."""
        return cut(
            info,
            first,
            after,
            self.rows,
            _book,
            list_name=f"books:{self.organisation_key}",
            order=lambda row: (row.id, row.id),
        )


def figures_node(found: Figures) -> BookFigures:
    """Give figures as clients see them."""
    return BookFigures(
        received=money(found.received_fen),
        available=money(found.available_fen),
        reserved=money(found.reserved_fen),
        spent=money(found.spent_fen),
        returned=money(found.returned_fen),
        transferred=money(found.transferred_fen),
    )


def _point(found: Point) -> SeriesPoint:
    return SeriesPoint(
        day=found.day,
        received=money(found.received_fen),
        spent=money(found.spent_fen),
        returned=money(found.returned_fen),
        transferred=money(found.transferred_fen),
        available=money(found.available_fen),
        reserved=money(found.reserved_fen),
    )


def _planned(found: Planned) -> PlannedMoney:
    return PlannedMoney(
        to_approve=money(found.to_approve_fen),
        to_pay=money(found.to_pay_fen),
        transfers=money(found.transfers_fen),
        expenses=money(found.expenses_fen),
    )


def _book(row: BookOverview) -> BookOverviewNode:
    shown = fund(row.fund)
    earmark_id = None if row.earmark_id is None else encode_id(EARMARK, row.earmark_id)
    return BookOverviewNode(
        id=earmark_id or shown.id,
        name=row.name,
        fund=shown,
        earmark_id=earmark_id,
        figures=figures_node(row.figures),
        series=[_point(each) for each in row.points],
        planned=_planned(row.planned),
        spent_recently=money(row.rate_fen),
        recent_days=row.rate_days,
        days_left=row.days_left,
        ends_on=row.ends_on,
        ends_soon=money(row.ends_soon_fen),
        restricted=row.restricted,
    )


def _overview(found: FundsOverview) -> FundsOverviewNode:
    today = civil_date(found.as_of)
    return FundsOverviewNode(
        as_of=found.as_of,
        step=found.step,
        total=figures_node(found.total),
        series=[_point(each) for each in found.points],
        planned=_planned(found.planned),
        spent_recently=money(found.rate_fen),
        days_left=found.days_left,
        runs_out_on=None if found.days_left is None else today + timedelta(days=found.days_left),
        restricted=money(found.restricted_fen),
        unrestricted=money(found.unrestricted_fen),
        ends_soon=money(found.ends_soon_fen),
        charity_year=None if found.year is None else progress_node(found.year),
        organisation_key=found.organisation_id,
        rows=found.books,
    )


@strawberry.type
class OverviewQueries:
    """The dashboard of an organisation."""

    @strawberry.field(description="An organisation's money at one look: balances, burn-down, what lapses.")
    async def funds_overview(
        self,
        info: Info,
        organisation_id: strawberry.ID,
        step: SeriesStep = SeriesStep.MONTH,
        since: date | None = None,
    ) -> FundsOverviewNode:
        """Give the overview of an organisation."""
        request = OverviewRequest(
            organisation_id=key_of(organisation_id, ORGANISATION, "organisationId"), step=step, since=since
        )
        context = info.context
        return _overview(await funds_overview(context.workspace, context.actor, request))
