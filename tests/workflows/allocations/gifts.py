"""A town with funds and needs, and the people of a charity and a desk who lead money from one to the other."""

from datetime import date, timedelta

from domain.actors import Actor, Purpose, Role, Scope
from domain.allocations import EvidenceKind
from domain.errors import GraphUnavailableError
from domain.ledger import FundAccount
from graph.ledger.balances import book_balances
from graph.reads.allocations import AllocationFilter, allocation_by_id, page_of_allocations
from graph.reads.disclosures import DisclosureFilter, page_of_disclosures
from graph.reads.needs import need_by_id
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, World, officer, worker, workspace
from workflows.allocations.allocating import NewAllocation, allocate
from workflows.allocations.approving import approve_allocation
from workflows.allocations.disclosing import disclose_allocation
from workflows.allocations.paying import disburse_allocation
from workflows.allocations.telling import record_evidence, send_feedback

ASKER = officer("charity", actor_id="asker")
FIRST = officer("charity", actor_id="first")
SECOND = officer("charity", actor_id="second")
CASHIER = officer("charity", actor_id="cashier")


def senior(actor_id: str = "senior") -> Actor:
    scope = Scope(region_paths=(CITY,), organisation_ids=("charity",), purpose=Purpose.GIVING)
    return Actor(id=actor_id, name=actor_id, roles=frozenset({Role.FEDERATION_APPROVER}), scope=scope)


def town(**money: object) -> World:
    """Funds of every sort and needs of cash; ``money`` are values of the need named ``need``."""
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity", received_fen=20_000_000)
    world.fund("capped", "charity", case_cap_fen=20_000)
    world.fund("poor", "charity", received_fen=100)
    world.fund("special", "charity", type="SPECIAL")
    world.fund("trust", "charity", type="TRUST")
    world.fund("schools", "charity", categories=["EDUCATION"])
    world.fund("orphans", "charity", situations=["ORPHAN"])
    world.fund("abroad", "charity", restricted_regions=[OTHER_CITY])
    world.fund("over", "charity", valid_from=date(2025, 1, 1), valid_to=date(2026, 3, 1))
    world.fund("managed", "charity", manager_ids=["aunt"])
    world.fund("imprest", "charity", type="IMPREST", path=TOWN)
    world.fund("others", "other-charity")
    world.household("home")
    world.resident("member", "home", name="王大爷")
    world.resident("aunt", "elsewhere")
    world.join("RELATED_TO", ("Resident", "Resident"), "aunt", "member")
    cash = {"kind": "CASH", "subject_id": "home", "urgency": "URGENT"}
    world.need("need", **{**cash, "amount_fen": 30_000, **money})
    world.household("next-door")
    posted = {"subject_id": "next-door", "state": "POSTED", "verified_by": None}
    world.need("posted", **{**cash, "amount_fen": 30_000, **posted})
    return world


async def opened(store, world=None, *, now=NOW, **money):
    await (world or town(**money)).write(store)
    return workspace(store, now=now)


async def need_now(ws, need_id="need"):
    return await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))


async def allocation_now(ws, allocation_id):
    return await ws.store.read(lambda tx: allocation_by_id(tx, worker(), allocation_id))


async def allocations_seen(ws, actor=None, **narrowed):
    found = await ws.store.read(
        lambda tx: page_of_allocations(tx, actor or worker(), filter=AllocationFilter(**narrowed), first=200)
    )
    return found.rows


async def duties_seen(ws, actor=None, **narrowed):
    found = await ws.store.read(
        lambda tx: page_of_disclosures(tx, actor or worker(), filter=DisclosureFilter(**narrowed), first=200)
    )
    return found.rows


async def book(ws, fund_id="fund", earmark_id=None):
    """(available, reserved, spent) in fen."""
    held = await ws.store.read(lambda tx: book_balances(tx, [fund_id]))
    found = held[fund_id, earmark_id]
    return tuple(found[each] for each in (FundAccount.AVAILABLE, FundAccount.RESERVED, FundAccount.SPENT))


async def given(ws, amount_fen=30_000, *, need_id="need", fund_id="fund", actor=ASKER, **more):
    """Set money aside for a need as it stands, and give the allocation."""
    need = await need_now(ws, need_id)
    new = NewAllocation(need_id=need_id, fund_id=fund_id, amount_fen=amount_fen, **more)
    return (await allocate(ws, actor, new, expected_version=need.version)).value


async def approved(ws, allocation, *actors):
    for actor in actors or (FIRST,):
        done = await approve_allocation(ws, actor, allocation.id, expected_version=allocation.version)
        allocation = done.value
    return allocation


async def paid(ws, allocation, actor=CASHIER):
    done = await disburse_allocation(
        ws,
        actor,
        allocation.id,
        expected_version=allocation.version,
        payment_reference="转账 20260302-1",
    )
    return done.value


async def shown(ws, allocation, actor=None, kind=EvidenceKind.ACCEPTANCE):
    done = await record_evidence(
        ws,
        actor or worker(),
        allocation.id,
        expected_version=allocation.version,
        kind=kind,
        reference="签收单 3 号",
        sha256="0" * 64,
    )
    return done.value


async def told(ws, allocation, actor=FIRST, words="老人已收到生活补助, 感谢支持"):
    done = await send_feedback(ws, actor, allocation.id, expected_version=allocation.version, words=words)
    return done.value


async def public(ws, allocation, actor=FIRST):
    return (await disclose_allocation(ws, actor, allocation.id, expected_version=allocation.version)).value


def in_days(days: int):
    return NOW + timedelta(days=days)


class UnluckyStore:
    """The store it stands before; the next write is lost before it begins, or its answer after it was committed."""

    def __init__(self, store) -> None:
        self._store = store
        self.loses: str | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work):
        loses, self.loses = self.loses, None
        if loses == "request":
            raise GraphUnavailableError("lost on the way there")
        done = await self._store.write(work)
        if loses == "answer":
            raise GraphUnavailableError("lost on the way back")
        return done
