"""A clock that is moved by hand, and people around one need."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from domain.actors import Actor, Purpose, Role, Scope
from domain.rounds import ClaimState
from graph.claims import active_claims, claim_as_it_is, holder_of
from graph.engagement import offers_of_need, waiting_for
from graph.ports import Access, GraphStore, Statement
from graph.reads.needs import need_by_id
from tests.builders import CITY, NOW, World, worker
from workflows.workspace import Workspace

NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS recipient, n.code AS code, n.subject_id AS subject"
    " ORDER BY n.created_at, n.id",
    Access.READ,
)


@dataclass
class Life:
    """A workspace whose clock moves, and short ways to look into its graph."""

    ws: Workspace
    now: datetime

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def need(self, need_id: str = "n"):
        return await self.ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))

    async def holder(self, slot_id: str = "n:slot:0"):
        return await self.ws.store.read(lambda tx: holder_of(tx, slot_id))

    async def claims(self, need_id: str = "n"):
        return await self.ws.store.read(lambda tx: active_claims(tx, need_id))

    async def claim(self, claim_id: str):
        return await self.ws.store.read(lambda tx: claim_as_it_is(tx, claim_id))

    async def offers(self, need_id: str = "n"):
        return await self.ws.store.read(lambda tx: offers_of_need(tx, need_id))

    async def open_offers(self, need_id: str = "n"):
        return [offer for offer in await self.offers(need_id) if offer.state == "OPEN"]

    async def waiting(self, need_id: str = "n"):
        return [entry.volunteer_id for entry in await self.ws.store.read(lambda tx: waiting_for(tx, need_id))]

    async def notices(self) -> list[tuple[object, object]]:
        return [
            (row["recipient"], row["code"]) for row in await self.ws.store.read(lambda tx: tx.run(NOTICES))
        ]


async def life(store: GraphStore, world: World) -> Life:
    await world.write(store)
    numbers = count(1)
    made = Life(
        ws=Workspace(store=store, clock=lambda: made.now, new_id=lambda: f"new-{next(numbers):06d}"), now=NOW
    )
    return made


def organiser(*organisation_ids: str) -> Actor:
    return Actor(
        id="organiser",
        name="organiser",
        roles=frozenset({Role.ORGANISER}),
        scope=Scope(region_paths=(CITY,), organisation_ids=organisation_ids, purpose=Purpose.SERVICE),
    )


def in_days(days: int, *, hours: float = 3) -> dict[str, object]:
    """Times of a need that is served within a few hours of one day."""
    start = NOW + timedelta(days=days)
    return {
        "window_starts": [start.isoformat()],
        "window_ends": [(start + timedelta(hours=hours)).isoformat()],
    }


ACTIVE = ClaimState.ACTIVE
