"""The public wall of needs, and the check of words before they stand on it."""

import strawberry

from domain.needs import NeedCategory, NeedKind
from graph.reads.public import (
    PublicCount,
    PublicFilter,
    PublicNeed,
    counts_of_public_needs,
    page_of_public_needs,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, connect, page_start
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import NEED
from graphql_api.public.types import PublicItemNode, PublicNeedNode
from graphql_api.scalars import money
from locales import text
from workflows.public.publishing import (
    Wording,
    check_wording,
)
from workflows.public.traces import Trace
from workflows.public.wording import CheckedText


@strawberry.type(name="PublicNeedCount", description="Needs of a category on the wall.")
class PublicCountNode:
    """A figure of the wall."""

    category: NeedCategory
    needs: int | None = strawberry.field(description="Null: some, but fewer than five.")


@strawberry.type(name="TextFinding", description="What would lead a reader of a text to a person.")
class FindingNode:
    """One trace, as half-open characters of the text."""

    trace: Trace
    label: str
    start: int
    end: int


@strawberry.type(name="TextCheck", description="A text looked through before everybody reads it.")
class TextCheckNode:
    """The findings, and the text without them."""

    field: str
    findings: list[FindingNode]
    suggestion: str


@strawberry.type(name="NeedWordingCheck", description="The words of a need looked through, by field.")
class WordingCheckNode:
    """One check a field."""

    fields: list[TextCheckNode]


@strawberry.type(name="OpenNeedCounts", description="Figures of the wall.")
class PublicCountsNode:
    """One figure a category."""

    by_category: list[PublicCountNode]


@strawberry.input(name="PublicNeedFilter", description="What the wall is narrowed to.")
class PublicFilterInput:
    """Empty axes narrow nothing; the path narrows by the place that is shown."""

    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    kinds: list[NeedKind] = strawberry.field(default_factory=list[NeedKind])
    place_path: str = "/"


def _filter(asked: PublicFilterInput | None) -> PublicFilter:
    narrowed = asked or PublicFilterInput()
    return PublicFilter(
        categories=tuple(narrowed.categories), kinds=tuple(narrowed.kinds), shown_path=narrowed.place_path
    )


def _count(row: PublicCount) -> PublicCountNode:
    return PublicCountNode(category=row.category, needs=row.needs)


@strawberry.type
class PublicQueries:
    """The wall."""

    @strawberry.field(description="Needs that everybody may read, newest first.")
    async def open_needs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: PublicFilterInput | None = None,
    ) -> Connection[PublicNeedNode]:
        """Give a page of the wall."""
        start = page_start(info, first, after)
        page = await info.context.read(
            lambda tx: page_of_public_needs(tx, filter=_filter(filter), first=first, after=start)
        )

        def node(row: PublicNeed) -> PublicNeedNode:
            return PublicNeedNode(
                need_id=encode_id(NEED, row.id),
                title=row.title,
                body=row.body,
                owner=row.owner,
                owner_label=text(f"public.owner.{row.owner.value}", info.context.locale),
                place=row.shown_name,
                place_path=row.shown_path,
                category=row.category,
                kind=row.kind,
                amount=money(row.amount_fen),
                free_slots=row.free_slots,
                items=[PublicItemNode(item=i.item, quantity=i.quantity, unit=i.unit) for i in row.items],
                published_at=row.published_at,
            )

        return connect(info, page, node)

    @strawberry.field(description="How many needs of each category stand on the wall.")
    async def open_need_counts(self, info: Info, filter: PublicFilterInput | None = None) -> PublicCountsNode:
        """Give the figures of the wall."""
        rows = await info.context.read(lambda tx: counts_of_public_needs(tx, filter=_filter(filter)))
        return PublicCountsNode(by_category=[_count(row) for row in rows])

    @strawberry.field(description="Looks words through before they are put on the wall; for the desk.")
    async def check_need_wording(
        self, info: Info, need_id: strawberry.ID, title: str, body: str = ""
    ) -> WordingCheckNode | None:
        """Give what was found, by field; null for a need that the reader may not see."""
        context = info.context
        need = await context.load.needs.load(key_of(need_id, NEED, "needId"))
        if need is None:
            return None
        checked = await check_wording(context.workspace, context.actor, need, Wording(title=title, body=body))

        def node(field: str, found: CheckedText) -> TextCheckNode:
            return TextCheckNode(
                field=field,
                findings=[
                    FindingNode(
                        trace=each.trace,
                        label=text(f"public.trace.{each.trace.value}", context.locale),
                        start=each.start,
                        end=each.end,
                    )
                    for each in found.findings
                ],
                suggestion=found.suggestion,
            )

        return WordingCheckNode(fields=[node(field, found) for field, found in checked.items()])
