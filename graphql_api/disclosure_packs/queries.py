"""Lists and look-ups of packs, and their proof."""

from functools import partial

import strawberry

from domain.disclosure_packs import PackState
from graph.reads.disclosure_packs import disclosure_pack_by_id, page_of_disclosure_packs
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.disclosure_packs.types import (
    DISCLOSURE_PACK,
    DisclosurePackNode,
    disclosure_pack,
    load_disclosure_pack,
)
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import key_of
from workflows.disclosures.checking import PackBreak, check_pack


@strawberry.input(name="DisclosurePackFilter", description="What packs are narrowed to.")
class DisclosurePackFilterInput:
    """Empty axes narrow nothing."""

    organisation_id: strawberry.ID | None = None
    states: list[PackState] = strawberry.field(default_factory=list[PackState])


@strawberry.type(name="PackFinding", description="One thing of a pack that does not hold.")
class PackFindingNode:
    """Where in the file, what it says, and what it should say."""

    broken: PackBreak
    where: str
    said: str
    found: str


@strawberry.type(name="PackCheck", description="A pack held against the ledger as it is now.")
class PackCheckNode:
    """Nothing found is a pack that is true."""

    holds: bool
    figures: int = strawberry.field(description="How many figures were compared with the ledger.")
    findings: list[PackFindingNode]


@strawberry.type
class DisclosurePackQueries:
    """Packs, for the charity's people and those who oversee them."""

    @strawberry.field(description="Packs by id: the office's of its regions, a federation's its own.")
    async def disclosure_packs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: DisclosurePackFilterInput | None = None,
    ) -> Connection[DisclosurePackNode]:
        """Give a page of packs."""
        asked = filter or DisclosurePackFilterInput()
        whose = asked.organisation_id
        read = partial(
            page_of_disclosure_packs,
            organisation_id=key_of(whose, ORGANISATION, "organisationId") if whose else "",
            states=tuple(asked.states),
        )
        return await paged(info, first, after, read, disclosure_pack)

    @strawberry.field(description="One pack.")
    async def disclosure_pack(self, info: Info, id: strawberry.ID) -> DisclosurePackNode | None:
        """Give a pack by its global id."""
        return await load_disclosure_pack(info, key_of(id, DISCLOSURE_PACK))

    @strawberry.field(description="Work a pack out of the ledger again and compare, figure by figure.")
    async def disclosure_pack_check(self, info: Info, id: strawberry.ID) -> PackCheckNode:
        """Check a pack."""
        key = key_of(id, DISCLOSURE_PACK)
        seen = await info.context.read(lambda tx: disclosure_pack_by_id(tx, info.context.actor, key))
        found = await info.context.read(lambda tx: check_pack(tx, seen.content, drafts=True))
        return PackCheckNode(
            holds=found.holds,
            figures=found.figures,
            findings=[
                PackFindingNode(broken=each.broken, where=each.where, said=each.said, found=each.found)
                for each in found.findings
            ],
        )
