"""Opening, amending and closing funds, and filling imprests up."""

from datetime import date

import strawberry

from domain.errors import InvalidInputError
from domain.giving import FundType
from graph.reads.funds import FundRow
from graphql_api.context import Info
from graphql_api.funds.purposes import ImprestInput, PurposeInput, optional_key
from graphql_api.funds.types import FUND, ORGANISATION, RESIDENT, fund
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.regions import REGION
from workflows.funds.imprest import top_up_imprest
from workflows.funds.opening import NewFund, amend_fund, close_fund, open_fund
from workflows.workspace import Outcome

_MOST_NAMED = 50


@strawberry.input(description="A fund to open; it opens when a second person approves its first purpose.")
class OpenFundInput:
    """What it is, who answers for it, and what it is for."""

    idempotency_key: str
    name: str
    type: FundType
    organisation_id: strawberry.ID = strawberry.field(description="Who holds it and answers for it.")
    manager_ids: list[strawberry.ID] = strawberry.field(description="Residents who answer for it in person.")
    purpose: PurposeInput
    reference: str = strawberry.field(description="The deed, plan or agreement it rests on.")
    effective_from: date | None = None
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it belongs; left out, where its holder does."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of an imprest: the fund it is drawn from."
    )
    imprest: ImprestInput | None = None
    sponsor_id: strawberry.ID | None = strawberry.field(
        default=None, description="The enterprise behind an enterprise's fund."
    )
    sibling_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID],
        description="Funds to which the plan sends what is left over.",
    )


@strawberry.input(
    description="Changes a fund's name, managers and siblings, whole; its purpose changes by itself."
)
class AmendFundInput:
    """Which fund, as read, and what it says from now on."""

    fund_id: strawberry.ID
    expected_version: int
    name: str
    manager_ids: list[strawberry.ID]
    sibling_ids: list[strawberry.ID]


@strawberry.input(description="Closes an empty fund; one with money winds up first.")
class CloseFundInput:
    """Which fund, as read, and why."""

    fund_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Fills an imprest up to its float from the fund it is drawn from.")
class TopUpImprestInput:
    """Which imprest."""

    idempotency_key: str
    fund_id: strawberry.ID


def _managers(ids: list[strawberry.ID]) -> tuple[str, ...]:
    if len(ids) > _MOST_NAMED:
        raise InvalidInputError(f"at most {_MOST_NAMED}", field="managerIds")
    return tuple(key_of(each, RESIDENT, "managerIds") for each in ids)


def _siblings(ids: list[strawberry.ID]) -> tuple[str, ...]:
    if len(ids) > _MOST_NAMED:
        raise InvalidInputError(f"at most {_MOST_NAMED}", field="siblingIds")
    return tuple(key_of(each, FUND, "siblingIds") for each in ids)


@strawberry.type
class FundMutations:
    """Changes of funds; for officers and approvers of their holder."""

    @mutation(fund, description="Propose a fund of any type.")
    async def open_fund(self, info: Info, input: OpenFundInput) -> Outcome[FundRow]:
        """Open a fund."""
        new = NewFund(
            name=input.name,
            type=input.type,
            organisation_id=key_of(input.organisation_id, ORGANISATION, "organisationId"),
            purpose=await input.purpose.read(info),
            reference=input.reference,
            manager_ids=_managers(input.manager_ids),
            region_id=optional_key(input.region_id, REGION, "regionId") or None,
            parent_id=optional_key(input.parent_id, FUND, "parentId") or None,
            sponsor_id=optional_key(input.sponsor_id, ORGANISATION, "sponsorId") or None,
            siblings=_siblings(input.sibling_ids),
            terms=input.imprest.read() if input.imprest else None,
            effective_from=input.effective_from,
        )
        return await open_fund(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(fund, description="Change a fund's name, who answers for it, and where left-over money goes.")
    async def amend_fund(self, info: Info, input: AmendFundInput) -> FundRow:
        """Amend a fund."""
        return await amend_fund(
            info.context.workspace,
            info.context.actor,
            key_of(input.fund_id, FUND, "fundId"),
            expected_version=input.expected_version,
            name=input.name,
            manager_ids=_managers(input.manager_ids),
            siblings=_siblings(input.sibling_ids),
        )

    @mutation(fund, description="Close a fund; for approvers of its holder.")
    async def close_fund(self, info: Info, input: CloseFundInput) -> FundRow:
        """Close a fund."""
        return await close_fund(
            info.context.workspace,
            info.context.actor,
            key_of(input.fund_id, FUND, "fundId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(fund, description="Fill an imprest up again; refused while papers are overdue.")
    async def top_up_imprest(self, info: Info, input: TopUpImprestInput) -> Outcome[FundRow]:
        """Fill an imprest up."""
        return await top_up_imprest(
            info.context.workspace,
            info.context.actor,
            key_of(input.fund_id, FUND, "fundId"),
            idempotency_key=input.idempotency_key,
        )
