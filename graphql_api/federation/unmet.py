"""What a round left without and what bound in it, as clients see it."""

from collections.abc import Mapping
from functools import partial

import strawberry

from domain.needs import NeedCategory, NeedKind, Urgency
from graph.reads.unmet import UnmetCount, UnmetFilter, UnmetRow, page_of_unmet, unmet_counts
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.explanations import HelpNode, help_nodes
from graphql_api.ids import key_of
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.reasons import ReasonNode, reason
from graphql_api.regions import RegionNode, load_region, region_key, region_path
from graphql_api.rounds import ROUND
from graphql_api.scalars import Money, money
from locales import text


@strawberry.input(name="UnmetFilter", description="What unmet needs are narrowed to.")
class UnmetFilterInput:
    """Empty axes narrow nothing."""

    reasons: list[str] = strawberry.field(
        default_factory=list[str], description="Codes of reasons, as MONEY_SHORT."
    )
    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    region_id: strawberry.ID | None = None

    async def read(self, info: Info) -> UnmetFilter:
        """
        Give the read model's filter.

        Raises
        ------
        NotFoundError
            A division outside the reader's scope.
        """
        return UnmetFilter(
            reasons=tuple(self.reasons[:50]),
            categories=tuple(self.categories),
            region_path=await region_path(info, self.region_id),
        )


@strawberry.type(name="UnmetNeed", description="A need that a round left without, all of it or a part.")
class UnmetNeedNode:
    """What bound, what would help, and how much is missing."""

    category: NeedCategory
    kind: NeedKind
    urgency: Urgency
    reason: ReasonNode = strawberry.field(description="What bound.")
    gap: Money = strawberry.field(description="Left to charity after policy aid and insurance.")
    given: Money = strawberry.field(description="What the round proposed of it.")
    short: Money = strawberry.field(description="Money that is still missing.")
    unchanged: bool = strawberry.field(description="Whether the need is as the round saw it.")
    need_key: strawberry.Private[str]
    path: strawberry.Private[str]
    stored_helps: strawberry.Private[tuple[Mapping[str, object], ...]]

    @strawberry.field(description="The need, as far as the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="Where it is, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, region_key(self.path))

    @strawberry.field(description="The one change that would help, one that was tried out before others.")
    async def help(self, info: Info) -> HelpNode | None:
        """Give what would help."""
        found = await help_nodes(info, self.stored_helps[:1])
        return found[0] if found else None


def _unmet(info: Info, row: UnmetRow) -> UnmetNeedNode:
    return UnmetNeedNode(
        category=row.category,
        kind=row.kind,
        urgency=row.urgency,
        reason=reason(row.reason_code, row.reason_parameters, info.context.locale),
        gap=money(row.gap_fen),
        given=money(row.given_fen),
        short=money(row.short_fen),
        unchanged=row.unchanged,
        need_key=row.need_id,
        path=row.region_path,
        stored_helps=row.helps,
    )


@strawberry.type(name="UnmetCount", description="Unmet needs of one reason and category.")
class UnmetCountNode:
    """How many, and the money that they ask for."""

    reason: str = strawberry.field(description="Code of the reason.")
    message: str = strawberry.field(description="The reason in the language asked for by Accept-Language.")
    category: NeedCategory
    needs: int
    gap: Money


@strawberry.type(name="UnmetCounts", description="Unmet needs of a round, counted.")
class UnmetCountsNode:
    """Most needs first."""

    needs: int
    gap: Money
    counts: list[UnmetCountNode]


def _counts(info: Info, rows: list[UnmetCount]) -> UnmetCountsNode:
    locale = info.context.locale
    return UnmetCountsNode(
        needs=sum(row.needs for row in rows),
        gap=money(sum(row.gap_fen for row in rows)),
        counts=[
            UnmetCountNode(
                reason=row.reason_code,
                message=text(f"report.reason.{row.reason_code}", locale),
                category=row.category,
                needs=row.needs,
                gap=money(row.gap_fen),
            )
            for row in rows
        ],
    )


@strawberry.type
class UnmetQueries:
    """What went without, and why."""

    @strawberry.field(
        description="Needs that a round left without, by id; for a federation once the round is published."
    )
    async def unmet_needs(
        self,
        info: Info,
        round_id: strawberry.ID,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: UnmetFilterInput | None = None,
    ) -> Connection[UnmetNeedNode]:
        """Give a page of needs."""
        key = key_of(round_id, ROUND, "roundId")
        narrowed = await (filter or UnmetFilterInput()).read(info)
        read = partial(page_of_unmet, round_id=key, filter=narrowed)
        return await paged(info, first, after, read, partial(_unmet, info))

    @strawberry.field(description="The same needs counted by reason and category.")
    async def unmet_counts(
        self, info: Info, round_id: strawberry.ID, filter: UnmetFilterInput | None = None
    ) -> UnmetCountsNode:
        """Give counts."""
        key = key_of(round_id, ROUND, "roundId")
        narrowed = await (filter or UnmetFilterInput()).read(info)
        context = info.context
        return _counts(
            info,
            await context.read(lambda tx: unmet_counts(tx, context.actor, round_id=key, filter=narrowed)),
        )
