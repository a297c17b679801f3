"""Claims that may fall through."""

import strawberry

from domain.engagement import Risk
from graphql_api.claims.types import ClaimNode, claim
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, connect, page_start
from graphql_api.context import Info
from workflows.claims.attendance import ClaimAtRisk, claims_at_risk


@strawberry.type(name="ClaimAtRisk", description="A promised visit that may fall through.")
class ClaimAtRiskNode:
    """Which, and why."""

    claim: ClaimNode
    risks: list[Risk]
    rule: str | None = strawberry.field(description="The hard constraint that it would break by then.")


def _at_risk(found: ClaimAtRisk) -> ClaimAtRiskNode:
    return ClaimAtRiskNode(claim=claim(found.claim), risks=list(found.risks), rule=found.rule)


@strawberry.type
class ClaimQueries:
    """What the desk looks at each morning."""

    @strawberry.field(description="Visits of the desk's regions that may fall through, most pressing first.")
    async def claims_at_risk(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[ClaimAtRiskNode]:
        """Give a page of them."""
        start = page_start(info, first, after)
        found = await claims_at_risk(info.context.workspace, info.context.actor, first=first, after=start)
        return connect(info, found, _at_risk)
