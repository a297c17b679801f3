"""A small city with one need of each sort, its round, and people who answer."""

from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.rounds import ProposalKind
from graph.ledger.posting import post
from graph.ports import Access, Statement
from graph.reads.funds import fund_by_id
from graph.reads.needs import need_by_id
from graph.reads.proposals import ProposalFilter, page_of_proposals
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, OTHER_CITY, World, officer, volunteer, worker, workspace
from workflows.people import matcher_actor
from workflows.rounds.proposals import accept_proposal
from workflows.rounds.running import RoundRequest, publish_round, run_round

SECOND_TOWN = "/NBS/32/3205/320582/320582101/"
REQUEST = RoundRequest(region_path=CITY, time_limit_s=20.0)
LAPSE = Statement("MATCH (q:Qualification) DETACH DELETE q", Access.WRITE)
DETAILS = Statement("MATCH (e:AuditEntry) RETURN e.detail AS detail", Access.READ)
STOCK = Statement(
    "MATCH (o:InKindOffer {id: 'quilts'}) RETURN o.quantity AS quantity, o.reserved_quantity AS reserved",
    Access.READ,
)


async def city(store):
    """Write the city and give its workspace."""
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity")
    world.stock("quilts", "charity")
    world.organisation("hospital", kind="INSTITUTION", name="市医院")
    for i in range(3):
        world.volunteer(f"v{i}")
    world.need("visit", slots=1)
    world.need("pair", slots=2, category="CULTURE_HEALTH")
    world.need("wish", amount_fen=30_000)
    world.need("quilt", items=(("QUILT", 2),))
    world.need(
        "ward",
        kind="GOODS",
        subject_kind="INSTITUTION",
        subject_id="hospital",
        items=(("QUILT", 20),),
        partial_allowed=True,
    )
    world.need("closed", slots=1, state="CANCELLED")
    world.need("child", slots=1, category="CHILD_PROTECT")
    world.need("abroad", slots=1, path=f"{OTHER_CITY}310109009/")
    await world.write(store)
    return workspace(store)


async def proposals_seen(ws, actor=None, *, need_id=None, kinds=(), states=()):
    narrowed = ProposalFilter(need_id=need_id, kinds=kinds, states=states)
    found = await ws.store.read(
        lambda tx: page_of_proposals(tx, actor or worker(), filter=narrowed, first=200)
    )
    return found.rows


async def need_now(ws, need_id):
    return await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))


async def fund_now(ws):
    return await ws.store.read(lambda tx: fund_by_id(tx, worker(), "fund"))


async def spend_all_but_a_fen(ws):
    """Spend what is free, as another allocation would."""
    fund = await fund_now(ws)
    posting = FundPosting(
        fund_id="fund",
        kind=FundEntryKind.EXPEND,
        amount_fen=fund.available_fen - 1,
        source_kind=EntrySource.EXPENSE,
        source_id="expense",
    )
    await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post(tx, [posting]))


async def stock_now(ws):
    (record,) = await ws.store.read(lambda tx: tx.run(STOCK))
    return record["quantity"], record["reserved"]


async def published(ws):
    outcome = await run_round(ws, matcher_actor(CITY), REQUEST)
    published = await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    return published.value


async def answered(ws, proposal, answer=accept_proposal):
    if proposal.kind is ProposalKind.VOLUNTEER:
        return await answer(ws, volunteer(proposal.volunteer_id), proposal.id, expected_version=2)
    return await answer(ws, officer("charity"), proposal.id, expected_version=2)
