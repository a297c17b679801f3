"""A nightly round plans offered visits anew: near what people were told, and without asking twice."""

from dataclasses import replace

from domain.needs import NeedState
from domain.rounds import ProposalKind, ProposalState
from graph.ports import Access, Statement
from tests.builders import CITY, worker
from tests.workflows.rounds import REQUEST, city, fund_now, need_now, proposals_seen, published, stock_now
from workflows.people import matcher_actor
from workflows.rounds.running import publish_round, run_round

NIGHTLY = replace(REQUEST, replan=True)
REST = Statement("MATCH (v:Volunteer {id: $id}) SET v.status = 'RESTING'", Access.WRITE)
VISIT = (ProposalKind.VOLUNTEER,)
OFFERED = (ProposalState.OFFERED,)


async def _nightly(ws):
    return await run_round(ws, matcher_actor(CITY), NIGHTLY)


def _lines(proposals):
    return {
        (row.need_id, row.slot_id, row.volunteer_id, row.window_start, row.amount_fen) for row in proposals
    }


async def test_on_unchanged_data_everybody_keeps_what_they_were_told(store):
    ws = await city(store)
    await published(ws)
    before = await proposals_seen(ws, states=OFFERED)
    money, goods = await fund_now(ws), await stock_now(ws)
    outcome = await _nightly(ws)
    figures = outcome.plan.statistics
    assert figures["published_visits"] == 3
    assert (figures["share_kept"], figures["needs_moved"], figures["volunteers_changed"]) == (1.0, 0, 0)
    assert outcome.round.summary["stability"]["published_kept"] == 3
    await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    after = await proposals_seen(ws, states=OFFERED)
    assert {row.id for row in after} == {row.id for row in before}
    assert (await fund_now(ws), await stock_now(ws)) == (money, goods)


async def test_only_the_need_whose_volunteer_left_is_told_something_new(store):
    ws = await city(store)
    await published(ws)
    before = await proposals_seen(ws, states=OFFERED)
    (visit,) = [row for row in before if row.need_id == "visit" and row.kind in VISIT]
    others = [row for row in before if row.need_id != "visit"]

    async def rest(tx):
        await tx.run(REST, id=visit.volunteer_id)

    await ws.store.write(rest)
    outcome = await _nightly(ws)
    assert outcome.plan.statistics["published_dropped"] + outcome.plan.statistics["published_reassigned"] >= 1
    await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    after = await proposals_seen(ws, states=OFFERED)
    assert visit.id not in {row.id for row in after}
    kept = {row.id for row in others if visit.volunteer_id != row.volunteer_id and row.need_id != "pair"}
    assert kept <= {row.id for row in after}
    assert visit.volunteer_id not in {row.volunteer_id for row in after}
    assert (await need_now(ws, "visit")).state in (NeedState.OFFERED, NeedState.MATCHING)


async def test_a_round_of_the_day_leaves_offered_needs_alone(store):
    ws = await city(store)
    await published(ws)
    outcome = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert outcome.problem.published.is_empty()
    assert "visit" not in set(outcome.problem.needs["need_id"].to_list())
