"""Publications of needs and subscriptions to them, as use cases write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.needs import NeedCategory, NeedKind
from domain.publication import OwnerGroup
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

NAMES_OF = Statement(
    "MATCH (r:Resident) WHERE r.household_id = $household_id RETURN r.name AS name ORDER BY name", Access.READ
)
SITUATIONS_OF = Statement(
    """
    MATCH (h:Household {id: $household_id})
    OPTIONAL MATCH (r:Resident) WHERE r.household_id = h.id
    RETURN h.situations AS situations, r.situations AS of_resident
    """,
    Access.READ,
)
# Counted over everybody and not over the actor's scope: a crowd is a figure, and it is compared, never shown.
CROWD_OF = Statement(
    """
    MATCH (h:Household) WHERE h.region_path STARTS WITH $path
      AND ($everybody OR any(s IN $situations WHERE s IN h.situations))
    RETURN count(*) AS crowd
    """,
    Access.READ,
)
PUBLISH = Statement(
    """
    MERGE (p:Publication {id: $id})
    SET p.state = 'STANDING', p.title = $title, p.body = $body, p.owner = $owner, p.shown_path = $shown_path,
      p.category = $category, p.kind = $kind, p.crowd = $crowd, p.amount_fen = $amount_fen,
      p.published_at = $published_at, p.published_by = $published_by, p.region_path = $region_path
    """,
    Access.WRITE,
)
WITHDRAW = Statement(
    "MATCH (n:Publication {id: $id}) WHERE "
    + IN_SCOPE
    + """ AND n.state = 'STANDING'
    SET n.state = 'WITHDRAWN', n.ended_at = $at, n.ended_by = $by, n.ended_why = $why
    RETURN n.id AS id
    """,
    Access.WRITE,
)
SUBSCRIBE = Statement(
    """
    CREATE (:Subscription {id: $id, subscriber_id: $subscriber_id, categories: $categories, kinds: $kinds,
      region_path: $region_path, created_at: $created_at})
    """,
    Access.WRITE,
)
UNSUBSCRIBE = Statement(
    "MATCH (s:Subscription {id: $id}) WHERE s.subscriber_id = $subscriber_id DELETE s RETURN $id AS id",
    Access.WRITE,
)
UNTOLD = Statement(
    """
    MATCH (p:Publication) WHERE p.state = 'STANDING' AND p.told_at IS NULL
    RETURN p.id AS id, p.title AS title, p.category AS category, p.kind AS kind, p.shown_path AS shown_path,
      p.region_path AS region_path, p.published_at AS published_at
    ORDER BY published_at, id LIMIT $limit
    """,
    Access.READ,
)
SUBSCRIBERS = Statement(
    """
    MATCH (s:Subscription)
    WHERE (s.region_path STARTS WITH $shown_path OR $shown_path STARTS WITH s.region_path)
      AND (size(s.categories) = 0 OR $category IN s.categories)
      AND (size(s.kinds) = 0 OR $kind IN s.kinds)
    RETURN DISTINCT s.subscriber_id AS subscriber_id ORDER BY subscriber_id
    """,
    Access.READ,
)
TOLD = Statement(
    "MATCH (p:Publication {id: $id}) WHERE p.told_at IS NULL SET p.told_at = $at RETURN p.id AS id",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPublication:
    """A need as everybody will read it; ``crowd`` is how many households could be its owner."""

    need_id: str
    title: str
    body: str
    owner: OwnerGroup
    shown_path: str
    crowd: int | None
    category: NeedCategory
    kind: NeedKind
    amount_fen: int
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A publication whose subscribers have not been told."""

    id: str
    title: str
    category: str
    kind: str
    shown_path: str
    region_path: str


async def names_of_household(tx: ReadTransaction, household_id: str) -> list[str]:
    """Give the names of who lives there."""
    return [text(record, "name") for record in await tx.run(NAMES_OF, household_id=household_id)]


async def situations_of_household(tx: ReadTransaction, household_id: str) -> frozenset[str]:
    """Give the situations of a household and of its people."""
    found: set[str] = set()
    for record in await tx.run(SITUATIONS_OF, household_id=household_id):
        for column in ("situations", "of_resident"):
            value = record[column]
            if isinstance(value, list):
                found.update(str(item) for item in value)
    return frozenset(found)


async def crowd_of(tx: ReadTransaction, path: str, situations: Sequence[str] | None) -> int:
    """Count the households under a path that have any of the situations; with None, all of them."""
    records = await tx.run(
        CROWD_OF,
        path=path,
        everybody=situations is None,
        situations=listed(list(situations or ())),
    )
    return integer(records[0], "crowd")


async def create_publication(tx: WriteTransaction, new: NewPublication, *, by: str, at: datetime) -> None:
    """Put a need on the wall, or put it there anew with other words."""
    await tx.run(
        PUBLISH,
        id=new.need_id,
        title=new.title,
        body=new.body,
        owner=new.owner.value,
        shown_path=new.shown_path,
        category=new.category.value,
        kind=new.kind.value,
        crowd=new.crowd if new.crowd is not None else 0,
        amount_fen=new.amount_fen,
        published_at=at,
        published_by=by,
        region_path=new.region_path,
    )


async def end_publication(
    tx: WriteTransaction, actor: Actor, need_id: str, *, why: str, at: datetime
) -> None:
    """
    Take a need off the wall.

    Raises
    ------
    NotFoundError
        It does not stand there, or lies outside the scope.
    """
    found = await tx.run(WITHDRAW, id=need_id, at=at, by=actor.id, why=why, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("the need does not stand on the wall", kind="publication", id=need_id)


async def create_subscription(
    tx: WriteTransaction,
    subscription_id: str,
    *,
    subscriber_id: str,
    categories: Sequence[NeedCategory],
    kinds: Sequence[NeedKind],
    region_path: str,
    at: datetime,
) -> None:
    """Write down who wants to be told of what; empty lists mean any."""
    await tx.run(
        SUBSCRIBE,
        id=subscription_id,
        subscriber_id=subscriber_id,
        categories=[category.value for category in categories],
        kinds=[kind.value for kind in kinds],
        region_path=region_path,
        created_at=at,
    )


async def delete_subscription(tx: WriteTransaction, subscription_id: str, *, subscriber_id: str) -> None:
    """
    Forget a subscription of one's own.

    Raises
    ------
    NotFoundError
        There is none, or it is somebody else's.
    """
    if not await tx.run(UNSUBSCRIBE, id=subscription_id, subscriber_id=subscriber_id):
        raise NotFoundError("no such subscription", kind="subscription", id=subscription_id)


async def untold_publications(tx: ReadTransaction, *, limit: int) -> list[Untold]:
    """Give standing publications that no subscriber has heard of, oldest first."""
    return [
        Untold(**{name: text(record, name) for name in Untold.__slots__})
        for record in await tx.run(UNTOLD, limit=limit)
    ]


async def subscribers_of(tx: ReadTransaction, publication: Untold) -> list[str]:
    """Give who asked to hear of a need like this; by what is shown of its place, never by the place itself."""
    records = await tx.run(
        SUBSCRIBERS,
        shown_path=publication.shown_path,
        category=publication.category,
        kind=publication.kind,
    )
    return [text(record, "subscriber_id") for record in records]


async def mark_told(tx: WriteTransaction, publication_id: str, *, at: datetime) -> bool:
    """Take a publication for telling; False if another took it before."""
    return bool(await tx.run(TOLD, id=publication_id, at=at))
