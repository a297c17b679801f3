"""Needs as everybody may read them."""

from datetime import datetime

import strawberry

from domain.needs import NeedCategory, NeedKind
from domain.publication import OwnerGroup
from graphql_api.scalars import Money


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
