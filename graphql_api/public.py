"""The public wall of needs, as anybody with an account reads it and the desk writes it."""

from datetime import datetime

import strawberry

from domain.needs import NeedCategory, NeedKind
from domain.publication import OwnerGroup
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
from graphql_api.needs import NEED
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import Money, money
from locales import text
from workflows.public.publishing import (
    Published,
    Wording,
    check_wording,
    publish_need,
    withdraw_publication,
)
from workflows.public.subscribing import NewSubscription, subscribe, unsubscribe
from workflows.public.traces import Trace
from workflows.public.wording import CheckedText
from workflows.workspace import Outcome

SUBSCRIPTION = "NeedSubscription"


@strawberry.type(description="Goods asked for on the wall.")
class PublicItemNode:
    """A line of goods."""

    item: str = strawberry.field(description="Code of the item catalogue.")
    quantity: int
    unit: str


@strawberry.type(
    name="PublicNeed",
    description="A need as everybody may read it: nothing in it is known of fewer than five households.",
)
class PublicNeedNode:
    """What the wall shows."""

    need_id: strawberry.ID
    title: str
    body: str
    owner: OwnerGroup
    owner_label: str = strawberry.field(description="Whose need it is, in the reader's language; no name.")
    place: str | None = strawberry.field(description="Name of its town, or of what holds it.")
    place_path: str
    category: NeedCategory
    kind: NeedKind
    amount: Money
    free_slots: int
    items: list[PublicItemNode]
    published_at: datetime


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


@strawberry.type(name="Publication", description="A need that stands on the wall.")
class PublicationNode:
    """How the need is shown."""

    need_id: strawberry.ID
    title: str
    body: str
    owner: OwnerGroup
    place_path: str
    crowd: int | None = strawberry.field(description="Households that could be its owner.")


@strawberry.type(name=SUBSCRIPTION, description="What somebody asked to be told of.")
class SubscriptionNode:
    """A subscription by its id."""

    id: strawberry.ID


@strawberry.type(name="WithdrawnPublication", description="A need that was taken off the wall.")
class WithdrawnNode:
    """Which need."""

    need_id: strawberry.ID


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


@strawberry.input(description="Puts a verified need on the wall, in words that name nobody.")
class PublishNeedInput:
    """Which need, as read, and the words."""

    need_id: strawberry.ID
    expected_version: int
    title: str
    body: str = ""
    idempotency_key: str


@strawberry.input(description="Takes a need off the wall.")
class WithdrawPublicationInput:
    """Which need, and why."""

    need_id: strawberry.ID
    reason: str


@strawberry.input(description="Asks to be told of new needs on the wall; empty lists mean any.")
class SubscribeToNeedsInput:
    """What to be told of."""

    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    kinds: list[NeedKind] = strawberry.field(default_factory=list[NeedKind])
    place_path: str = "/"


@strawberry.input(description="Asks to be told no more.")
class UnsubscribeFromNeedsInput:
    """Which subscription."""

    subscription_id: strawberry.ID


def _published(row: Published) -> PublicationNode:
    return PublicationNode(
        need_id=encode_id(NEED, row.need_id),
        title=row.title,
        body=row.body,
        owner=row.owner,
        place_path=row.shown_path,
        crowd=row.crowd,
    )


def _subscription(key: str) -> SubscriptionNode:
    return SubscriptionNode(id=encode_id(SUBSCRIPTION, key))


@strawberry.type
class PublicMutations:
    """What the desk does with the wall, and who wants to hear of it."""

    @strawberry.mutation(description="Put a need on the wall; names, numbers and addresses are refused.")
    async def publish_need(self, info: Info, input: PublishNeedInput) -> Payload[PublicationNode]:
        """Publish a need."""

        async def act() -> Outcome[Published]:
            return await publish_need(
                info.context.workspace,
                info.context.actor,
                key_of(input.need_id, NEED, "needId"),
                Wording(title=input.title, body=input.body),
                expected_version=input.expected_version,
                idempotency_key=input.idempotency_key,
            )

        return await answer(info, act, _published)

    @strawberry.mutation(description="Take a need off the wall; its life goes on.")
    async def withdraw_publication(
        self, info: Info, input: WithdrawPublicationInput
    ) -> Payload[WithdrawnNode]:
        """Withdraw a publication."""

        async def act() -> Outcome[str]:
            need = key_of(input.need_id, NEED, "needId")
            return await once(
                withdraw_publication(info.context.workspace, info.context.actor, need, reason=input.reason)
            )

        return await answer(info, act, lambda key: WithdrawnNode(need_id=encode_id(NEED, key)))

    @strawberry.mutation(description="Be told of new needs on the wall.")
    async def subscribe_to_needs(self, info: Info, input: SubscribeToNeedsInput) -> Payload[SubscriptionNode]:
        """Subscribe."""

        async def act() -> Outcome[str]:
            new = NewSubscription(
                categories=tuple(input.categories), kinds=tuple(input.kinds), region_path=input.place_path
            )
            return await once(subscribe(info.context.workspace, info.context.actor, new))

        return await answer(info, act, _subscription)

    @strawberry.mutation(description="Be told no more.")
    async def unsubscribe_from_needs(
        self, info: Info, input: UnsubscribeFromNeedsInput
    ) -> Payload[SubscriptionNode]:
        """Unsubscribe."""

        async def act() -> Outcome[str]:
            key = key_of(input.subscription_id, SUBSCRIPTION, "subscriptionId")
            return await once(unsubscribe(info.context.workspace, info.context.actor, key))

        return await answer(info, act, _subscription)
