"""A round from open needs to help that arrived, and every way it may be refused on the way."""

import asyncio

import pytest

from domain.errors import (
    InsufficientFundsError,
    NotFoundError,
    NotPermittedError,
    PolicyError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedState
from domain.rounds import ProposalKind, ProposalState, RoundState
from graph.reads.needs import transitions_of_needs
from graph.reads.rounds import page_of_outcomes, round_by_id
from graph.reads.volunteers import volunteer_by_id
from tests.builders import CITY, NOW, OTHER_CITY, World, officer, volunteer, worker, workspace
from tests.workflows.rounds import (
    REQUEST,
    answered,
    city,
    fund_now,
    need_now,
    proposals_seen,
    published,
    spend_all_but_a_fen,
    stock_now,
)
from workflows.claims.taking import claim_slot
from workflows.needs.lifecycle import complete_need, confirm_need
from workflows.people import demo_actors, matcher_actor
from workflows.rounds.proposals import accept_proposal, confirm_proposal, decline_proposal
from workflows.rounds.running import RoundRequest, discard_round, publish_round, run_round


@pytest.fixture
async def ws(store):
    return await city(store)


async def test_a_household_has_one_wish_at_a_time_over_rounds(store):
    """The second wish waits until the first is confirmed, not only until the next round."""
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity")
    world.household("home")
    world.need("first", amount_fen=10_000, subject_id="home", urgency="URGENT")
    world.need("second", amount_fen=10_000, subject_id="home")
    await world.write(store)
    ws = workspace(store)
    await published(ws)
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert again.problem.live_wishes.rows() == [("first", "home")]
    assert again.problem.subjects_paid.rows() == [("home", "WISH", 10_000)]
    assert again.plan.fulfilled == frozenset()
    reason = again.plan.reasons["second"]
    assert (reason.rule, reason.parameters["ceiling"]) == ("HC-19", "WISHES")
    (offered,) = await proposals_seen(ws, need_id="first")
    await answered(ws, offered, decline_proposal)
    after = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert after.plan.fulfilled == {"first"}


async def test_nobody_serves_what_they_posted_under_any_of_their_ids(store):
    """A city's list names posters by their own ids; a desk's need bears the account that posted it."""
    world = World()
    world.region()
    world.resident("r0", "elsewhere")
    world.volunteer("v0")
    world.join("SAME_PERSON", ("Volunteer", "Resident"), "v0", "r0")
    world.need("open", slots=1)
    world.need("by resident", slots=1, posted_by="r0")
    world.need("by volunteer", slots=1, verified_by="v0")
    world.need("by account", slots=1, posted_by="account-v0")
    world.need("by worker", slots=1, posted_by="city:worker:7")
    await world.write(store)
    ws = workspace(store)
    await claim_slot(ws, volunteer("v0"), "open:slot:0")
    outcome = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert outcome.problem.volunteers["person_ids"].to_list() == [["account-v0", "r0", "v0"]]
    assert outcome.plan.fulfilled == {"by worker"}


async def test_a_round_proposes_and_promises_nothing(ws):
    seen = []
    outcome = await run_round(
        ws, matcher_actor(CITY), REQUEST, progress=lambda phase, done: seen.append((phase, done))
    )
    row = outcome.round
    assert (row.state, row.needs, row.region_id) == (RoundState.SOLVED, 5, "NBS:320582000000")
    assert row.snapshot_digest == outcome.problem.digest
    assert 0 <= row.gap <= 0.005
    # the search tells of itself many times, and nothing goes back
    assert list(dict.fromkeys(phase for phase, _ in seen)) == ["snapshot", "solve", "audit", "store", "done"]
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert set(outcome.phases_s) == {"snapshot", "solve", "audit", "store"}
    stored = await ws.store.read(lambda tx: round_by_id(tx, worker(), row.id))
    assert stored == row
    outcomes = await ws.store.read(lambda tx: page_of_outcomes(tx, worker(), round_id=row.id))
    assert [entry.need_id for entry in outcomes.rows] == ["pair", "quilt", "visit", "ward", "wish"]
    assert sum(entry.fulfilled for entry in outcomes.rows) == row.fulfilled == 4
    assert {proposal.state for proposal in await proposals_seen(ws)} == {ProposalState.PROPOSED}
    assert not await proposals_seen(ws, volunteer("v0"))
    assert (await need_now(ws, "visit")).state is NeedState.VERIFIED
    assert (await fund_now(ws)).reserved_fen == 0


async def test_the_summary_adds_up(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    towns, funds, items = (row.summary[key] for key in ("by_town", "by_fund", "by_item"))
    assert sum(town["needs"] for town in towns) == row.needs
    assert sum(town["fulfilled"] for town in towns) == row.fulfilled
    assert sum(fund["given_fen"] for fund in funds) == row.amount_allocated_fen == 30_000
    assert items == [{"item": "QUILT", "unit": "床", "asked": 22, "in_stock": 10, "given": 10}]
    assert sum(reason["needs"] for reason in row.summary["unmet"]) == row.needs - row.fulfilled


async def test_equal_graphs_give_equal_plans(ws):
    one = await run_round(ws, matcher_actor(CITY), REQUEST)
    two = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert one.round.id != two.round.id
    assert (one.round.snapshot_digest, one.round.plan_digest) == (
        two.round.snapshot_digest,
        two.round.plan_digest,
    )


async def test_publishing_reserves_exactly_what_the_plan_gives(ws):
    row = await published(ws)
    assert (row.state, row.published_by, row.published_at) == (RoundState.PUBLISHED, "worker", NOW)
    assert (await fund_now(ws)).reserved_fen == 30_000
    assert await stock_now(ws) == (10, 10)
    for need_id in ("visit", "pair", "wish", "quilt", "ward"):
        need = await need_now(ws, need_id)
        assert (need.state, need.round_id) == (NeedState.OFFERED, row.id), need_id
        steps = (await ws.store.read(lambda tx, n=need_id: transitions_of_needs(tx, worker(), [n])))[need_id]
        assert sorted(step.after for step in steps) == [NeedState.MATCHED, NeedState.OFFERED]


async def test_a_round_is_published_once(ws):
    outcome = await run_round(ws, matcher_actor(CITY), REQUEST)
    first = await publish_round(ws, worker(), outcome.round.id, expected_version=1, idempotency_key="p")
    again = await publish_round(ws, worker(), outcome.round.id, expected_version=1, idempotency_key="p")
    assert (again.replayed, again.value) == (True, first.value)
    with pytest.raises(TransitionError):
        await publish_round(ws, worker(), outcome.round.id, expected_version=2)
    with pytest.raises(TransitionError):
        await discard_round(ws, worker(), outcome.round.id, expected_version=2)
    assert (await fund_now(ws)).reserved_fen == 30_000


async def test_two_rounds_over_the_same_needs_cannot_both_bepublished(ws):
    one = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    two = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    results = await asyncio.gather(
        publish_round(ws, worker(), one.id, expected_version=1),
        publish_round(ws, worker("second"), two.id, expected_version=1),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Outcome", "StaleVersionError"]
    assert (await fund_now(ws)).reserved_fen == 30_000
    assert await stock_now(ws) == (10, 10)


async def test_a_need_that_changed_since_the_snapshot_stops_the_whole_publication(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    await claim_slot(ws, volunteer("v0"), "visit:slot:0")
    with pytest.raises(StaleVersionError):
        await publish_round(ws, worker(), row.id, expected_version=1)
    assert (await fund_now(ws)).reserved_fen == 0
    assert (await need_now(ws, "wish")).state is NeedState.VERIFIED
    dropped = await discard_round(ws, worker(), row.id, expected_version=1)
    assert dropped.state is RoundState.DISCARDED
    assert {proposal.state for proposal in await proposals_seen(ws)} == {ProposalState.WITHDRAWN}


async def test_money_spent_meanwhile_stops_the_whole_publication(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    await spend_all_but_a_fen(ws)
    with pytest.raises(InsufficientFundsError):
        await publish_round(ws, worker(), row.id, expected_version=1)
    assert (await need_now(ws, "wish")).state is NeedState.VERIFIED
    assert await stock_now(ws) == (10, 0)


async def test_the_machine_does_not_publish_and_strangers_see_no_round(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    with pytest.raises(NotPermittedError):
        await publish_round(ws, matcher_actor(CITY), row.id, expected_version=1)
    with pytest.raises(NotFoundError):
        await publish_round(ws, worker(path=OTHER_CITY), row.id, expected_version=1)
    with pytest.raises(NotFoundError):
        await run_round(ws, matcher_actor(OTHER_CITY), REQUEST)
    with pytest.raises(NotPermittedError):
        await run_round(ws, volunteer("v0"), REQUEST)
    with pytest.raises(PolicyError):
        await run_round(ws, matcher_actor(CITY), RoundRequest(region_path=CITY, policy_id="of another year"))


async def test_what_everybody_accepts_is_confirmed_and_paid(ws):
    await published(ws)
    for proposal in await proposals_seen(ws, states=(ProposalState.OFFERED,)):
        await answered(ws, proposal)
    states = {
        need_id: (await need_now(ws, need_id)).state for need_id in ("visit", "pair", "wish", "quilt", "ward")
    }
    assert states == {
        **dict.fromkeys(("visit", "pair", "wish", "quilt"), NeedState.ACCEPTED),
        "ward": NeedState.PARTIAL,
    }
    for need_id in ("visit", "pair", "wish", "quilt"):
        need = await need_now(ws, need_id)
        done = await complete_need(ws, worker(), need_id, expected_version=need.version, evidence="回执")
        # a second person: hours that nobody checked in for take two signatures
        await confirm_need(ws, worker("second"), need_id, expected_version=done.version)
    fund = await fund_now(ws)
    assert (fund.reserved_fen, fund.spent_fen, fund.available_fen) == (0, 30_000, 970_000)
    (ward,) = await proposals_seen(ws, need_id="ward")
    given = await confirm_proposal(ws, worker(), ward.id, expected_version=ward.version)
    assert given.state is ProposalState.CONFIRMED
    assert await stock_now(ws) == (0, 0)
    served = [await ws.store.read(lambda tx, v=f"v{i}": volunteer_by_id(tx, worker(), v)) for i in range(3)]
    assert sum(person.verified_minutes for person in served) == 180


async def test_declining_a_visit_reopens_the_need_and_costs_nothing(ws):
    await published(ws)
    first, second = await proposals_seen(ws, need_id="pair")
    await answered(ws, first)
    declined = await answered(ws, second, decline_proposal)
    assert declined.state is ProposalState.DECLINED
    assert (await need_now(ws, "pair")).state is NeedState.MATCHING
    (withdrawn,) = await proposals_seen(ws, need_id="pair", states=(ProposalState.WITHDRAWN,))
    assert withdrawn.id == first.id
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert "pair" in again.problem.needs["need_id"].to_list()
    assert again.problem.need_slots.filter(need_id="pair").height == 2


async def test_declining_money_releases_exactly_its_reservation(ws):
    await published(ws)
    (money,) = await proposals_seen(ws, kinds=(ProposalKind.MONEY,))
    await answered(ws, money, decline_proposal)
    assert (await fund_now(ws)).available_fen == 1_000_000
    assert (await need_now(ws, "wish")).state is NeedState.MATCHING
    assert await stock_now(ws) == (10, 10)


async def test_a_need_served_in_part_asks_the_next_round_for_the_rest(ws):
    await published(ws)
    (ward,) = await proposals_seen(ws, need_id="ward")
    await answered(ws, ward)
    assert (await need_now(ws, "ward")).state is NeedState.PARTIAL
    problem = (await run_round(ws, matcher_actor(CITY), REQUEST)).problem
    assert problem.need_items.filter(need_id="ward")["quantity"].to_list() == [20 - ward.quantity]
    assert problem.needs["need_id"].to_list() == ["ward"]
    assert problem.stock.is_empty()


async def test_an_offered_visit_blocks_the_volunteers_time_in_the_next_round(ws):
    await published(ws)
    problem = (await run_round(ws, matcher_actor(CITY), REQUEST)).problem
    visits = await proposals_seen(ws, kinds=(ProposalKind.VOLUNTEER,))
    assert problem.volunteer_commitments.height == len(visits) == 3


async def test_only_the_one_who_is_asked_answers(ws):
    await published(ws)
    (visit,) = await proposals_seen(ws, need_id="visit")
    stranger = next(f"v{i}" for i in range(3) if f"v{i}" != visit.volunteer_id)
    with pytest.raises(NotFoundError):
        await accept_proposal(ws, volunteer(stranger), visit.id, expected_version=2)
    with pytest.raises(NotPermittedError):
        await accept_proposal(ws, worker(), visit.id, expected_version=2)
    (money,) = await proposals_seen(ws, kinds=(ProposalKind.MONEY,))
    with pytest.raises(NotFoundError):
        await accept_proposal(ws, officer("other charity"), money.id, expected_version=2)
    with pytest.raises(SeparationOfDutiesError):
        await accept_proposal(ws, officer("charity", actor_id="verifier"), money.id, expected_version=2)
    with pytest.raises(StaleVersionError):
        await accept_proposal(ws, officer("charity"), money.id, expected_version=1)


async def test_an_answer_sent_again_is_the_same_answer(ws):
    await published(ws)
    (money,) = await proposals_seen(ws, kinds=(ProposalKind.MONEY,))
    first = await accept_proposal(ws, officer("charity"), money.id, expected_version=2, idempotency_key="a")
    again = await accept_proposal(ws, officer("charity"), money.id, expected_version=2, idempotency_key="a")
    assert (first.replayed, again.replayed, again.value) == (False, True, first.value)
    with pytest.raises(TransitionError):
        await decline_proposal(ws, officer("charity"), money.id, expected_version=3)


async def test_the_demonstration_has_its_three_people(ws):
    roles = [actor.roles for actor in await demo_actors(ws, CITY)]
    assert [sorted(held)[0].value for held in roles] == ["STATION_LEAD", "VOLUNTEER", "FEDERATION_OFFICER"]
    with pytest.raises(NotFoundError):
        await demo_actors(ws, "/NBS/99/")
