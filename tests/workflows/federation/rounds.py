"""A town whose round proposes money from three books to households that got some before."""

from domain.giving import EarmarkKind
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.purposes import Earmark, Purpose
from graph.earmarks import create_earmark
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, World, officer, worker, workspace
from workflows.people import matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round

OFFICER = officer("charity", actor_id="officer")
REQUEST = RoundRequest(region_path=CITY, time_limit_s=20.0)


async def money_town(store):
    """Two funds with an earmark, three households, and a need that no money reaches."""
    world = World()
    world.region()
    world.organisation("charity")
    world.organisation("other")
    world.fund("fund", "charity", received_fen=100_000)
    world.fund("second", "charity", received_fen=40_000, categories=["EDUCATION"])
    world.fund("theirs", "other", received_fen=1, categories=["SKILL"])
    for home in ("home-a", "home-b", "home-c"):
        world.household(home)
    world.need("wish", amount_fen=30_000, subject_id="home-a")
    world.need("school", amount_fen=20_000, subject_id="home-b", category="EDUCATION", kind="CASH")
    world.need("more", amount_fen=10_000, subject_id="home-b", kind="CASH", urgency="URGENT")
    world.need("too-much", amount_fen=2_000_000, subject_id="home-c", kind="CASH")
    await world.write(store)
    ws = workspace(store)

    async def work(tx):
        mark = Earmark(
            id="mark",
            fund_id="fund",
            kind=EarmarkKind.DONOR,
            name="安老",
            purpose=Purpose(),
            region_path=CITY,
        )
        await create_earmark(tx, mark)
        posting = FundPosting(
            fund_id="fund",
            earmark_id="mark",
            kind=FundEntryKind.RECEIVE,
            amount_fen=15_000,
            source_kind=EntrySource.DONATION,
            source_id="gift",
        )
        await post(tx, [posting])
        tx.record("test.earmark", "mark")

    await UnitOfWork(ws.store, ws.clock).run(OFFICER, work)
    return ws


async def solved(ws):
    return (await run_round(ws, matcher_actor(CITY), REQUEST)).round


async def publish(ws, row):
    return (await publish_round(ws, worker("publisher"), row.id, expected_version=row.version)).value


async def spent(ws, fund_id, amount_fen):
    async def work(tx):
        posting = FundPosting(
            fund_id=fund_id,
            kind=FundEntryKind.EXPEND,
            amount_fen=amount_fen,
            source_kind=EntrySource.EXPENSE,
            source_id=ws.new_id(),
        )
        await post(tx, [posting])
        tx.record("test.spend", fund_id)

    await UnitOfWork(ws.store, ws.clock).run(OFFICER, work)
