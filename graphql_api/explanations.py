"""What a round says about itself: what would help, who competes, idle money, shadow prices."""

from collections.abc import Iterable, Mapping
from typing import cast

import strawberry

from data import items
from graph.earmarks import find_earmarks
from graphql_api.context import ApiContext, Info
from graphql_api.errors import ErrorParameter
from graphql_api.funds.types import FundNode, OrganisationNode, load_fund, load_organisation
from graphql_api.ids import encode_id
from graphql_api.scalars import BigInt, Money, money, money_or_none
from graphql_api.stored import help_of, idle_of, prices_of, years_of
from locales import Locale
from matching.wording import word_help, word_idle, word_price, word_year

Said = Mapping[str, str | int]


@strawberry.type(name="Help", description="One change after which a need could be met.")
class HelpNode:
    """A code with its parameters, and a sentence."""

    code: str
    confirmed: bool = strawberry.field(
        description="It was solved again and found true; else it was not tried."
    )
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    params: list[ErrorParameter]


@strawberry.type(name="Contest", description="Who stands between a need and the people it would take.")
class ContestNode:
    """If any one of the needs were not there, this one could be met and nobody else would lose."""

    need_ids: list[strawberry.ID]
    volunteer_ids: list[strawberry.ID]
    needs_total: int
    volunteers_total: int


@strawberry.type(name="IdleMoney", description="Money of a fund that stays where it is, and why.")
class IdleMoneyNode:
    """An amount with its code."""

    code: str
    rule: str | None
    amount: Money
    needs: int = strawberry.field(description="Needs behind it.")
    message: str


@strawberry.type(name="FundStatement", description="What became of a fund's free money in a round.")
class FundStatementNode:
    """Given and idle amounts add up to the budget."""

    budget: Money
    given: Money
    needs: int
    eligible: int = strawberry.field(description="Needs of the round that it might pay.")
    idle: list[IdleMoneyNode]
    earmark_id: strawberry.ID | None = strawberry.field(
        description="The part of the fund that is meant; null for the fund's own money."
    )
    fund_key: strawberry.Private[str]

    @strawberry.field(description="The fund.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)


@strawberry.type(name="ShadowPrice", description="What more of something would be worth in a round.")
class ShadowPriceNode:
    """Points between two proven ends, or exact."""

    kind: str = strawberry.field(description="VOLUNTEER, MONEY or GOODS.")
    lowest: BigInt
    highest: BigInt
    gain: BigInt | None = strawberry.field(description="Exact points, where it was solved again.")
    confirmed: bool
    indicative: bool
    message: str
    params: list[ErrorParameter]


@strawberry.type(
    name="CharityYearStatement", description="What a round does for a charity's year, with two shadow prices."
)
class CharityYearStatementNode:
    """Payout floor and ceiling on management; a limit that is null is none."""

    year: int
    payout_floor: Money | None
    paid: Money = strawberry.field(description="Paid out or promised before the round.")
    planned: Money = strawberry.field(description="What the plan would add.")
    missing: Money = strawberry.field(description="To the floor, after the round.")
    payout_price: BigInt = strawberry.field(description="Micropoints that a yuan more of the floor costs.")
    management_ceiling: Money | None
    management: Money = strawberry.field(description="Spent on itself before the round.")
    planned_management: Money
    management_price: BigInt = strawberry.field(description="Micropoints that a yuan more of room is worth.")
    message: str = strawberry.field(description="Sentences in the language asked for by Accept-Language.")
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="The charity.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the charity."""
        return await load_organisation(info, self.organisation_key)


_KINDS = {"volunteer": "Volunteer", "fund": "Fund", "earmark": "Earmark", "needs": "Need"}


def params(said: Said) -> list[ErrorParameter]:
    """Give parameters as clients see them: keys become ids."""

    def shown(name: str, value: str | int) -> str:
        if name in _KINDS and value:
            return ",".join(encode_id(_KINDS[name], key) for key in str(value).split(","))
        return str(value)

    return [ErrorParameter(name=name, value=shown(name, value)) for name, value in sorted(said.items())]


def region_key(path: str) -> str:
    """Give the key of the division of a path."""
    parts = path.strip("/").split("/")
    return f"{parts[0]}:{parts[-1].ljust(12, '0')}"


def item_names(locale: Locale) -> dict[str, str]:
    """Give what goods are called, by code."""
    return {code: item.zh if locale is Locale.ZH_CN else item.en for code, item in items().items()}


async def _names(context: ApiContext, every: Iterable[Said]) -> dict[str, str]:
    """Give what the reader may read of the people, funds and places that are spoken of."""
    names = item_names(context.locale)
    load, earmarks = context.load, list[str]()
    for said in every:
        if "volunteer" in said:
            person = await load.volunteers.load(str(said["volunteer"]))
            names[str(said["volunteer"])] = encode_id("Volunteer", str(said["volunteer"]))
            if person is not None:
                names[str(said["volunteer"])] = person.name
        if "fund" in said:
            fund = await load.funds.load(str(said["fund"]))
            names[str(said["fund"])] = encode_id("Fund", str(said["fund"])) if fund is None else fund.name
            if "earmark" in said:
                names[str(said["earmark"])] = encode_id("Earmark", str(said["earmark"]))
                earmarks += [] if fund is None else [str(said["earmark"])]
        if "region_path" in said:
            path = str(said["region_path"])
            region = await load.regions.load(region_key(path))
            if region is not None:
                names[path] = region.name
    if earmarks:
        found = await context.read(lambda tx: find_earmarks(tx, earmarks))
        names |= {key: earmark.name for key, earmark in found.items()}
    return names


async def help_nodes(info: Info, stored: Iterable[Mapping[str, object]]) -> list[HelpNode]:
    """Give stored helps as clients see them."""
    found = [help_of(entry) for entry in stored]
    names = await _names(info.context, [help_.parameters for help_ in found])
    return [
        HelpNode(
            code=help_.code,
            confirmed=help_.confirmed,
            message=word_help(help_, info.context.locale, names),
            params=params(help_.parameters),
        )
        for help_ in found
    ]


def contest_node(stored: Mapping[str, object] | None) -> ContestNode | None:
    """Give a stored contest as clients see it."""
    if stored is None:
        return None
    return ContestNode(
        need_ids=[encode_id("Need", key) for key in cast("list[str]", stored["needs"])],
        volunteer_ids=[encode_id("Volunteer", key) for key in cast("list[str]", stored["volunteers"])],
        needs_total=int(cast("int", stored["needs_total"])),
        volunteers_total=int(cast("int", stored["volunteers_total"])),
    )


async def fund_statements(info: Info, summary: Mapping[str, object]) -> list[FundStatementNode]:
    """Give what became of the funds that the reader may see."""
    nodes: list[FundStatementNode] = []
    for entry in cast("list[Mapping[str, object]]", summary.get("idle", [])):
        key = str(entry["fund_id"])
        if await info.context.load.funds.load(key) is None:
            continue
        parts = [idle_of(part) for part in cast("list[Mapping[str, object]]", entry["idle"])]
        nodes.append(
            FundStatementNode(
                budget=money(int(cast("int", entry["budget_fen"]))),
                given=money(int(cast("int", entry["given_fen"]))),
                needs=int(cast("int", entry["needs"])),
                eligible=int(cast("int", entry["eligible"])),
                earmark_id=None
                if entry.get("earmark_id") is None
                else encode_id("Earmark", str(entry["earmark_id"])),
                idle=[
                    IdleMoneyNode(
                        code=part.code,
                        rule=part.rule,
                        amount=money(part.amount_fen),
                        needs=part.needs,
                        message=word_idle(part, info.context.locale),
                    )
                    for part in parts
                ],
                fund_key=key,
            )
        )
    return nodes


async def shadow_prices(context: ApiContext, summary: Mapping[str, object]) -> list[ShadowPriceNode]:
    """Give shadow prices; those of funds outside the reader's area stay untold."""
    found = prices_of(summary)
    shown = [
        price
        for price in found
        if "fund" not in price.parameters
        or await context.load.funds.load(str(price.parameters["fund"])) is not None
    ]
    names = await _names(context, [price.parameters for price in shown])
    return [
        ShadowPriceNode(
            kind=price.kind,
            lowest=BigInt(price.lowest),
            highest=BigInt(price.highest),
            gain=None if price.gain is None else BigInt(price.gain),
            confirmed=price.confirmed,
            indicative=price.indicative,
            message=word_price(price, context.locale, names),
            params=params(price.parameters),
        )
        for price in shown
    ]


async def charity_years(info: Info, summary: Mapping[str, object]) -> list[CharityYearStatementNode]:
    """Give what a round does for the years of charities that the reader may see."""
    nodes: list[CharityYearStatementNode] = []
    for year in years_of(summary):
        charity = await info.context.load.organisations.load(year.organisation_id)
        if charity is None:
            continue
        nodes.append(
            CharityYearStatementNode(
                year=year.year,
                payout_floor=money_or_none(year.payout_floor_fen),
                paid=money(year.paid_fen),
                planned=money(year.planned_fen),
                missing=money(year.missing_fen),
                payout_price=BigInt(year.price_micropoints),
                management_ceiling=money_or_none(year.management_ceiling_fen),
                management=money(year.management_fen),
                planned_management=money(year.planned_management_fen),
                management_price=BigInt(year.management_price_micropoints),
                message=word_year(year, info.context.locale, {year.organisation_id: charity.name}),
                organisation_key=year.organisation_id,
            )
        )
    return nodes
