"""Duties to make something public, and their fulfilment, as clients see them."""

from datetime import date, datetime, timedelta

import strawberry

from domain.allocations import DisclosureKind, DisclosureState
from graph.reads.disclosures import DisclosureFilter, DisclosureRow, page_of_disclosures
from graphql_api.allocations.types import AllocationNode, load_allocation
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
from graphql_api.funds.types import ORGANISATION, FundNode, OrganisationNode, load_fund, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, money
from workflows.allocations.disclosing import publish_disclosure
from workflows.workspace import Outcome

DISCLOSURE = "Disclosure"


@strawberry.type(name=DISCLOSURE, description="A duty of a charity to make something public by a day.")
class DisclosureNode(Node):
    """What about, how much, and until when."""

    kind: DisclosureKind
    state: DisclosureState
    amount: Money
    year: int | None
    arose_on: date | None
    due_on: date = strawberry.field(description="Last day on which it is in time.")
    published_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion.")
    organisation_key: strawberry.Private[str]
    allocation_key: strawberry.Private[str | None]
    fund_key: strawberry.Private[str | None]

    @strawberry.field(description="Whose duty it is, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the charity."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="The gift that it is about, if the reader may see it.")
    async def allocation(self, info: Info) -> AllocationNode | None:
        """Give the gift."""
        return await load_allocation(info, self.allocation_key)

    @strawberry.field(description="The fund that it is about, if the reader may see it.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)


def disclosure(row: DisclosureRow) -> DisclosureNode:
    """Give a duty as clients see it."""
    return DisclosureNode(
        id=encode_id(DISCLOSURE, row.id),
        kind=row.kind,
        state=row.state,
        amount=money(row.amount_fen),
        year=row.year,
        arose_on=row.arose_on,
        due_on=row.due_on,
        published_at=row.published_at,
        version=row.version,
        organisation_key=row.organisation_id,
        allocation_key=row.allocation_id,
        fund_key=row.fund_id,
    )


async def load_disclosure(info: Info, key: str | None) -> DisclosureNode | None:
    """Give the duty of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.disclosures.load(key)
    return None if row is None else disclosure(row)


@strawberry.input(name="DisclosureFilter", description="What duties are narrowed to.")
class DisclosureFilterInput:
    """Empty axes narrow nothing."""

    kinds: list[DisclosureKind] = strawberry.field(default_factory=list[DisclosureKind])
    states: list[DisclosureState] = strawberry.field(default_factory=list[DisclosureState])
    organisation_id: strawberry.ID | None = None
    due_by: date | None = strawberry.field(default=None, description="Due on this day or before.")

    def read(self) -> DisclosureFilter:
        """
        Give the read model's filter.

        Raises
        ------
        InvalidInputError
            Not the id of an organisation.
        """
        return DisclosureFilter(
            kinds=tuple(self.kinds),
            states=tuple(self.states),
            organisation_id=(
                key_of(self.organisation_id, ORGANISATION, "organisationId") if self.organisation_id else None
            ),
            due_before=None if self.due_by is None else self.due_by + timedelta(days=1),
        )


@strawberry.type
class DisclosureQueries:
    """Lists and look-ups of duties."""

    @strawberry.field(description="Duties by id: the desk's of its regions, a federation's its own.")
    async def disclosures(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: DisclosureFilterInput | None = None,
    ) -> Connection[DisclosureNode]:
        """Give a page of duties."""
        start = page_start(info, first, after)
        narrowed = (filter or DisclosureFilterInput()).read()
        page = await info.context.read(
            lambda tx: page_of_disclosures(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, disclosure)

    @strawberry.field(description="One duty.")
    async def disclosure(self, info: Info, id: strawberry.ID) -> DisclosureNode | None:
        """Give a duty by its global id."""
        return await load_disclosure(info, key_of(id, DISCLOSURE))


@strawberry.input(description="Records that a duty was fulfilled.")
class PublishDisclosureInput:
    """Which duty, as read."""

    disclosure_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.type
class DisclosureMutations:
    """Fulfilling duties."""

    @mutation(disclosure, description="Record that a duty was fulfilled.")
    async def publish_disclosure(self, info: Info, input: PublishDisclosureInput) -> Outcome[DisclosureRow]:
        """Fulfil a duty."""
        context = info.context
        return await publish_disclosure(
            context.workspace,
            context.actor,
            key_of(input.disclosure_id, DISCLOSURE, "disclosureId"),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )
