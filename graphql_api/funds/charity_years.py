"""Years of charities: their floor, their ceiling, and how far they are."""

from datetime import datetime

import strawberry

from domain.errors import NotFoundError
from domain.funds import CharityClass
from graph.charity_years import CharityYearRow
from graph.reads.charity_years import page_of_charity_years
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds.purposes import optional_key
from graphql_api.funds.types import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, MoneyInput, fen_of, money
from workflows.funds.charity_years import NewYear, record_charity_year, year_progress
from workflows.workspace import Outcome

CHARITY_YEAR = "CharityYear"


@strawberry.type(name="CharityYearProgress", description="How far a charity's year is, by its books.")
class ProgressNode:
    """What was spent on people and on management, and what is missing or left."""

    income: Money
    charitable: Money = strawberry.field(
        description="Aid paid out and costs of activity, volunteers' cover included."
    )
    management: Money
    to_spend: Money = strawberry.field(description="What is missing to the floor.")
    management_left: Money = strawberry.field(description="Below zero where management has cost too much.")
    exempt: bool = strawberry.field(
        description="Whether management is so small that its share does not matter."
    )
    floor_percent: int
    management_percent: int
    days_gone: int
    days: int
    source: str = strawberry.field(description="The article that the figures stand in.")


@strawberry.type(name=CHARITY_YEAR, description="What a charity's year is judged by.")
class CharityYearNode(Node):
    """Last year's income and net assets, and what follows from them."""

    year: int
    charity_class: CharityClass
    income_last_year: Money
    net_assets: Money
    averaged: bool = strawberry.field(description="Whether both are means of three years.")
    payout_floor: Money = strawberry.field(description="Least that goes to charitable activity.")
    management_ceiling: Money = strawberry.field(
        description="Most that management may cost while charitable activity stays at its floor."
    )
    recorded_by: str
    recorded_at: datetime
    version: int
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="The charity, if the reader may see it.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give its charity."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="How far it is, by the ledger as it stands.")
    async def progress(self, info: Info) -> ProgressNode | None:
        """Give how far it is."""
        context = info.context
        try:
            found = await context.read(
                lambda tx: year_progress(
                    tx, context.actor, self.organisation_key, self.year, now=context.workspace.clock()
                )
            )
        except NotFoundError:
            return None
        return ProgressNode(
            income=money(found.moved.income_fen),
            charitable=money(found.moved.charitable_fen),
            management=money(found.moved.management_fen),
            to_spend=money(found.to_spend_fen),
            management_left=money(found.management_left_fen),
            exempt=found.exempt,
            floor_percent=found.figures.floor_percent,
            management_percent=found.figures.management_percent,
            days_gone=found.days_gone,
            days=found.days,
            source=found.figures.source,
        )


def charity_year(row: CharityYearRow) -> CharityYearNode:
    """Give a year as clients see it."""
    return CharityYearNode(
        id=encode_id(CHARITY_YEAR, row.id),
        year=row.year,
        charity_class=row.charity_class,
        income_last_year=money(row.income_last_year_fen),
        net_assets=money(row.net_assets_fen),
        averaged=row.averaged,
        payout_floor=money(row.payout_floor_fen),
        management_ceiling=money(row.management_ceiling_fen),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        version=row.version,
        organisation_key=row.organisation_id,
    )


@strawberry.input(name="CharityYearFilter", description="What years are narrowed to.")
class CharityYearFilterInput:
    """Empty axes narrow nothing."""

    organisation_id: strawberry.ID | None = None


@strawberry.type
class CharityYearQueries:
    """Lists of years."""

    @strawberry.field(description="Years of charities that the reader may see, by charity and year.")
    async def charity_years(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: CharityYearFilterInput | None = None,
    ) -> Connection[CharityYearNode]:
        """Give a page of years."""
        asked = filter or CharityYearFilterInput()
        start = page_start(info, first, after)
        holder = optional_key(asked.organisation_id, ORGANISATION, "organisationId")
        page = await info.context.read(
            lambda tx: page_of_charity_years(
                tx,
                info.context.actor,
                organisation_id=holder,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, charity_year)


@strawberry.input(description="Writes down what a charity's year is judged by, or corrects it.")
class RecordCharityYearInput:
    """Its class, last year's income and net assets."""

    idempotency_key: str
    expected_version: int | None = strawberry.field(
        default=None, description="Of the year as it was read, to correct it."
    )
    organisation_id: strawberry.ID
    year: int
    charity_class: CharityClass
    income_last_year: MoneyInput | None = strawberry.field(
        default=None, description="Left out, it is what the ledger received last year."
    )
    net_assets: MoneyInput
    averaged: bool = False


@strawberry.type
class CharityYearMutations:
    """Years; for officers of the charity."""

    @mutation(charity_year, description="Write a year down; its floor and ceiling are worked out.")
    async def record_charity_year(self, info: Info, input: RecordCharityYearInput) -> Outcome[CharityYearRow]:
        """Record a year."""
        income = input.income_last_year
        new = NewYear(
            organisation_id=key_of(input.organisation_id, ORGANISATION, "organisationId"),
            year=input.year,
            charity_class=input.charity_class,
            income_last_year_fen=None if income is None else fen_of(income, "incomeLastYear"),
            net_assets_fen=fen_of(input.net_assets, "netAssets"),
            averaged=input.averaged,
        )
        return await record_charity_year(
            info.context.workspace,
            info.context.actor,
            new,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )
