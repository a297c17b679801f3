"""What the desk does with the wall, and who wants to hear of it."""

import strawberry

from domain.needs import NeedCategory, NeedKind
from domain.publication import OwnerGroup
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import NEED
from graphql_api.payloads import mutation
from workflows.public.publishing import (
    Published,
    Wording,
    publish_need,
    withdraw_publication,
)
from workflows.public.subscribing import NewSubscription, subscribe, unsubscribe
from workflows.workspace import Outcome

SUBSCRIPTION = "NeedSubscription"


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


def _withdrawn(key: str) -> WithdrawnNode:
    return WithdrawnNode(need_id=encode_id(NEED, key))


def _subscription(key: str) -> SubscriptionNode:
    return SubscriptionNode(id=encode_id(SUBSCRIPTION, key))


@strawberry.type
class PublicMutations:
    """What the desk does with the wall, and who wants to hear of it."""

    @mutation(_published, description="Put a need on the wall; names, numbers and addresses are refused.")
    async def publish_need(self, info: Info, input: PublishNeedInput) -> Outcome[Published]:
        """Publish a need."""
        return await publish_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            Wording(title=input.title, body=input.body),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        _withdrawn,
        description="Take a need off the wall; its life goes on.",
    )
    async def withdraw_publication(self, info: Info, input: WithdrawPublicationInput) -> str:
        """Withdraw a publication."""
        need = key_of(input.need_id, NEED, "needId")
        return await withdraw_publication(
            info.context.workspace, info.context.actor, need, reason=input.reason
        )

    @mutation(_subscription, description="Be told of new needs on the wall.")
    async def subscribe_to_needs(self, info: Info, input: SubscribeToNeedsInput) -> str:
        """Subscribe."""
        new = NewSubscription(
            categories=tuple(input.categories), kinds=tuple(input.kinds), region_path=input.place_path
        )
        return await subscribe(info.context.workspace, info.context.actor, new)

    @mutation(_subscription, description="Be told no more.")
    async def unsubscribe_from_needs(self, info: Info, input: UnsubscribeFromNeedsInput) -> str:
        """Unsubscribe."""
        key = key_of(input.subscription_id, SUBSCRIPTION, "subscriptionId")
        return await unsubscribe(info.context.workspace, info.context.actor, key)
