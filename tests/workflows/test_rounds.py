"""A round from open needs to help that arrived, and every way it may be refused on the way."""

import asyncio
from datetime import date, timedelta

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import (
    ConflictError,
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
from graph.ports import Access, Statement
from graph.reads.funds import fund_by_id
from graph.reads.needs import need_by_id, transitions_of_needs
from graph.reads.proposals import ProposalFilter, claims_of_volunteers, page_of_proposals
from graph.reads.rounds import page_of_outcomes, round_by_id
from graph.reads.volunteers import volunteer_by_id
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, World, officer, volunteer, worker, workspace
from workflows.claims import claim_slot, release_claim
from workflows.needs import cancel_need, complete_need, confirm_need, verify_need
from workflows.people import demo_actors, matcher_actor
from workflows.proposals import accept_proposal, confirm_proposal, decline_proposal
from workflows.rounds import RoundRequest, discard_round, publish_round, run_round

SECOND_TOWN = "/NBS/32/3205/320582/320582101/"
REQUEST = RoundRequest(region_path=CITY, time_limit_s=20.0)
SPEND = Statement("MATCH (f:Fund {id: 'fund'}) SET f.spent_fen = f.received_fen - 1", Access.WRITE)
LAPSE = Statement("MATCH (q:Qualification) DETACH DELETE q", Access.WRITE)
DETAILS = Statement("MATCH (e:AuditEntry) RETURN e.detail AS detail", Access.READ)
STOCK = Statement(
    "MATCH (o:InKindOffer {id: 'quilts'}) RETURN o.quantity AS quantity, o.reserved_quantity AS reserved",
    Access.READ,
)


@pytest.fixture
async def ws(store):
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


async def _proposals(ws, actor=None, *, need_id=None, kinds=(), states=()):
    narrowed = ProposalFilter(need_id=need_id, kinds=kinds, states=states)
    found = await ws.store.read(
        lambda tx: page_of_proposals(tx, actor or worker(), filter=narrowed, first=200)
    )
    return found.rows


async def _need(ws, need_id):
    return await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))


async def _fund(ws):
    return await ws.store.read(lambda tx: fund_by_id(tx, worker(), "fund"))


async def _stock(ws):
    (record,) = await ws.store.read(lambda tx: tx.run(STOCK))
    return record["quantity"], record["reserved"]


async def _published(ws):
    outcome = await run_round(ws, matcher_actor(CITY), REQUEST)
    published = await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    return published.value


async def _answer(ws, proposal, answer=accept_proposal):
    if proposal.kind is ProposalKind.VOLUNTEER:
        return await answer(ws, volunteer(proposal.volunteer_id), proposal.id, expected_version=2)
    return await answer(ws, officer("charity"), proposal.id, expected_version=2)


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
    await _published(ws)
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert again.problem.live_wishes.rows() == [("first", "home")]
    assert again.problem.subjects_paid.rows() == [("home", "WISH", 10_000)]
    assert again.plan.fulfilled == frozenset()
    reason = again.plan.reasons["second"]
    assert (reason.rule, reason.parameters["ceiling"]) == ("HC-19", "WISHES")
    (offered,) = await _proposals(ws, need_id="first")
    await _answer(ws, offered, decline_proposal)
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
    assert [phase for phase, _ in seen] == ["snapshot", "solve", "audit", "store", "done"]
    assert set(outcome.phases_s) == {"snapshot", "solve", "audit", "store"}
    stored = await ws.store.read(lambda tx: round_by_id(tx, worker(), row.id))
    assert stored == row
    outcomes = await ws.store.read(lambda tx: page_of_outcomes(tx, worker(), round_id=row.id))
    assert [entry.need_id for entry in outcomes.rows] == ["pair", "quilt", "visit", "ward", "wish"]
    assert sum(entry.fulfilled for entry in outcomes.rows) == row.fulfilled == 4
    assert {proposal.state for proposal in await _proposals(ws)} == {ProposalState.PROPOSED}
    assert not await _proposals(ws, volunteer("v0"))
    assert (await _need(ws, "visit")).state is NeedState.VERIFIED
    assert (await _fund(ws)).reserved_fen == 0


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
    row = await _published(ws)
    assert (row.state, row.published_by, row.published_at) == (RoundState.PUBLISHED, "worker", NOW)
    assert (await _fund(ws)).reserved_fen == 30_000
    assert await _stock(ws) == (10, 10)
    for need_id in ("visit", "pair", "wish", "quilt", "ward"):
        need = await _need(ws, need_id)
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
    assert (await _fund(ws)).reserved_fen == 30_000


async def test_two_rounds_over_the_same_needs_cannot_both_be_published(ws):
    one = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    two = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    results = await asyncio.gather(
        publish_round(ws, worker(), one.id, expected_version=1),
        publish_round(ws, worker("second"), two.id, expected_version=1),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Outcome", "StaleVersionError"]
    assert (await _fund(ws)).reserved_fen == 30_000
    assert await _stock(ws) == (10, 10)


async def test_a_need_that_changed_since_the_snapshot_stops_the_whole_publication(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    await claim_slot(ws, volunteer("v0"), "visit:slot:0")
    with pytest.raises(StaleVersionError):
        await publish_round(ws, worker(), row.id, expected_version=1)
    assert (await _fund(ws)).reserved_fen == 0
    assert (await _need(ws, "wish")).state is NeedState.VERIFIED
    dropped = await discard_round(ws, worker(), row.id, expected_version=1)
    assert dropped.state is RoundState.DISCARDED
    assert {proposal.state for proposal in await _proposals(ws)} == {ProposalState.WITHDRAWN}


async def test_money_spent_meanwhile_stops_the_whole_publication(ws):
    row = (await run_round(ws, matcher_actor(CITY), REQUEST)).round
    await ws.store.write(lambda tx: tx.run(SPEND))
    with pytest.raises(InsufficientFundsError):
        await publish_round(ws, worker(), row.id, expected_version=1)
    assert (await _need(ws, "wish")).state is NeedState.VERIFIED
    assert await _stock(ws) == (10, 0)


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
    await _published(ws)
    for proposal in await _proposals(ws, states=(ProposalState.OFFERED,)):
        await _answer(ws, proposal)
    states = {
        need_id: (await _need(ws, need_id)).state for need_id in ("visit", "pair", "wish", "quilt", "ward")
    }
    assert states == {
        **dict.fromkeys(("visit", "pair", "wish", "quilt"), NeedState.ACCEPTED),
        "ward": NeedState.PARTIAL,
    }
    for need_id in ("visit", "pair", "wish", "quilt"):
        need = await _need(ws, need_id)
        done = await complete_need(ws, worker(), need_id, expected_version=need.version, evidence="回执")
        await confirm_need(ws, worker(), need_id, expected_version=done.version)
    fund = await _fund(ws)
    assert (fund.reserved_fen, fund.spent_fen, fund.available_fen) == (0, 30_000, 970_000)
    (ward,) = await _proposals(ws, need_id="ward")
    given = await confirm_proposal(ws, worker(), ward.id, expected_version=ward.version)
    assert given.state is ProposalState.CONFIRMED
    assert await _stock(ws) == (0, 0)
    served = [await ws.store.read(lambda tx, v=f"v{i}": volunteer_by_id(tx, worker(), v)) for i in range(3)]
    assert sum(person.verified_minutes for person in served) == 180


async def test_declining_a_visit_reopens_the_need_and_costs_nothing(ws):
    await _published(ws)
    first, second = await _proposals(ws, need_id="pair")
    await _answer(ws, first)
    declined = await _answer(ws, second, decline_proposal)
    assert declined.state is ProposalState.DECLINED
    assert (await _need(ws, "pair")).state is NeedState.MATCHING
    (withdrawn,) = await _proposals(ws, need_id="pair", states=(ProposalState.WITHDRAWN,))
    assert withdrawn.id == first.id
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert "pair" in again.problem.needs["need_id"].to_list()
    assert again.problem.need_slots.filter(need_id="pair").height == 2


async def test_declining_money_releases_exactly_its_reservation(ws):
    await _published(ws)
    (money,) = await _proposals(ws, kinds=(ProposalKind.MONEY,))
    await _answer(ws, money, decline_proposal)
    assert (await _fund(ws)).available_fen == 1_000_000
    assert (await _need(ws, "wish")).state is NeedState.MATCHING
    assert await _stock(ws) == (10, 10)


async def test_a_need_served_in_part_asks_the_next_round_for_the_rest(ws):
    await _published(ws)
    (ward,) = await _proposals(ws, need_id="ward")
    await _answer(ws, ward)
    assert (await _need(ws, "ward")).state is NeedState.PARTIAL
    problem = (await run_round(ws, matcher_actor(CITY), REQUEST)).problem
    assert problem.need_items.filter(need_id="ward")["quantity"].to_list() == [20 - ward.quantity]
    assert problem.needs["need_id"].to_list() == ["ward"]
    assert problem.stock.is_empty()


async def test_an_offered_visit_blocks_the_volunteers_time_in_the_next_round(ws):
    await _published(ws)
    problem = (await run_round(ws, matcher_actor(CITY), REQUEST)).problem
    visits = await _proposals(ws, kinds=(ProposalKind.VOLUNTEER,))
    assert problem.volunteer_commitments.height == len(visits) == 3


async def test_only_the_one_who_is_asked_answers(ws):
    await _published(ws)
    (visit,) = await _proposals(ws, need_id="visit")
    stranger = next(f"v{i}" for i in range(3) if f"v{i}" != visit.volunteer_id)
    with pytest.raises(NotFoundError):
        await accept_proposal(ws, volunteer(stranger), visit.id, expected_version=2)
    with pytest.raises(NotPermittedError):
        await accept_proposal(ws, worker(), visit.id, expected_version=2)
    (money,) = await _proposals(ws, kinds=(ProposalKind.MONEY,))
    with pytest.raises(NotFoundError):
        await accept_proposal(ws, officer("other charity"), money.id, expected_version=2)
    with pytest.raises(SeparationOfDutiesError):
        await accept_proposal(ws, officer("charity", actor_id="verifier"), money.id, expected_version=2)
    with pytest.raises(StaleVersionError):
        await accept_proposal(ws, officer("charity"), money.id, expected_version=1)


async def test_an_answer_sent_again_is_the_same_answer(ws):
    await _published(ws)
    (money,) = await _proposals(ws, kinds=(ProposalKind.MONEY,))
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


async def _accepted_visit(ws, need_id):
    """The first visit offered for a need, accepted: its claim and its volunteer."""
    visit = (await _proposals(ws, need_id=need_id, kinds=(ProposalKind.VOLUNTEER,)))[0]
    await _answer(ws, visit)
    held = await ws.store.read(lambda tx: claims_of_volunteers(tx, worker(), [visit.volunteer_id]))
    (claim,) = [claim for claim in held[visit.volunteer_id] if claim.need_id == need_id]
    return claim, visit.volunteer_id


async def _offered(store, **need):
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity")
    for i in range(3):
        world.volunteer(f"v{i}")
    world.need("n", **need)
    await world.write(store)
    ws = workspace(store)
    await _published(ws)
    return ws


async def test_a_visit_released_while_money_is_offered_releases_the_money_of_a_whole_need(store):
    ws = await _offered(store, slots=1, amount_fen=30_000)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    assert (await _need(ws, "n")).state is NeedState.VERIFIED
    assert {proposal.state for proposal in await _proposals(ws)} == {ProposalState.WITHDRAWN}
    assert (await _fund(ws)).reserved_fen == 0
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert again.round.amount_allocated_fen == 30_000


async def test_a_visit_released_leaves_a_need_in_parts_offered_until_all_have_answered(store):
    ws = await _offered(store, slots=1, amount_fen=30_000, partial_allowed=True)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    assert (await _need(ws, "n")).state is NeedState.OFFERED
    assert (await _fund(ws)).reserved_fen == 30_000
    (money,) = await _proposals(ws, kinds=(ProposalKind.MONEY,))
    await _answer(ws, money)
    assert (await _need(ws, "n")).state is NeedState.PARTIAL


async def test_only_who_served_is_confirmed_to_have_served(store):
    ws = await _offered(store, slots=1)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    (visit,) = await _proposals(ws)
    assert visit.state is ProposalState.WITHDRAWN
    other = next(name for name in ("v0", "v1", "v2") if name != holder)
    await claim_slot(ws, volunteer(other), "n:slot:0")
    need = await _need(ws, "n")
    done = await complete_need(ws, worker(), "n", expected_version=need.version, evidence="回执")
    await confirm_need(ws, worker(), "n", expected_version=done.version)
    assert [proposal.state for proposal in await _proposals(ws)] == [ProposalState.WITHDRAWN]


def _person(actor_id, *roles, participant_id=None, organisations=()):
    scope = Scope(region_paths=(CITY,), organisation_ids=organisations, purpose=Purpose.SERVICE)
    return Actor(
        id=actor_id, name=actor_id, roles=frozenset(roles), scope=scope, participant_id=participant_id
    )


async def test_nobody_answers_for_another_organisations_money_or_goods(ws):
    await _published(ws)
    two = _person("two", Role.STATION_WORKER, Role.FEDERATION_OFFICER, organisations=("elsewhere",))
    for proposal in await _proposals(ws, kinds=(ProposalKind.MONEY, ProposalKind.GOODS)):
        for answer in (accept_proposal, decline_proposal):
            with pytest.raises(NotPermittedError):
                await answer(ws, two, proposal.id, expected_version=2)
    assert (await _fund(ws)).reserved_fen == 30_000


async def test_who_accepted_money_does_not_confirm_it_by_any_account(store):
    ws = await _offered(store, amount_fen=30_000, kind="GOODS", partial_allowed=True)
    (money,) = await _proposals(ws)
    giver = _person(
        "one",
        Role.STATION_WORKER,
        Role.FEDERATION_OFFICER,
        participant_id="person",
        organisations=("charity",),
    )
    await accept_proposal(ws, giver, money.id, expected_version=2)
    for again in (giver, _person("other-account", Role.STATION_WORKER, participant_id="person")):
        with pytest.raises(SeparationOfDutiesError):
            await confirm_proposal(ws, again, money.id, expected_version=3)
    need = await _need(ws, "n")
    done = await complete_need(ws, worker(), "n", expected_version=need.version, evidence="回执")
    with pytest.raises(SeparationOfDutiesError):
        await confirm_need(ws, giver, "n", expected_version=done.version)
    assert (await _fund(ws)).spent_fen == 0
    await confirm_need(ws, worker(), "n", expected_version=done.version)
    assert (await _fund(ws)).spent_fen == 30_000


async def test_gifts_are_confirmed_alone_only_where_a_need_is_served_in_parts(ws):
    await _published(ws)
    (wish,) = await _proposals(ws, need_id="wish")
    await _answer(ws, wish)
    with pytest.raises(ConflictError):
        await confirm_proposal(ws, worker(), wish.id, expected_version=3)
    assert (await _fund(ws)).spent_fen == 0


async def test_a_need_that_gifts_have_reached_is_not_cancelled(ws):
    await _published(ws)
    (ward,) = await _proposals(ws, need_id="ward")
    await _answer(ws, ward)
    await confirm_proposal(ws, worker(), ward.id, expected_version=3)
    need = await _need(ws, "ward")
    with pytest.raises(ConflictError):
        await cancel_need(ws, worker(), "ward", expected_version=need.version, reason="不再需要")
    assert (await _need(ws, "ward")).state is NeedState.PARTIAL


async def test_who_verified_a_need_does_not_accept_to_serve_it(store):
    ws = await _offered(store, slots=1, verified_by="boss")
    (visit,) = await _proposals(ws)
    boss = _person("boss", Role.STATION_WORKER, Role.VOLUNTEER, participant_id=visit.volunteer_id)
    with pytest.raises(SeparationOfDutiesError):
        await accept_proposal(ws, boss, visit.id, expected_version=2)


async def test_who_posted_a_need_as_a_listed_worker_does_not_verify_it(store):
    world = World()
    world.volunteer("v0", resident_id="resident")
    world.need("listed", slots=1, state="POSTED", posted_by="city:SocialWorker:7", verified_by=None)
    world.need("own", slots=1, state="POSTED", posted_by="resident", verified_by=None)
    await world.write(store)
    ws = workspace(store)
    for need_id, participant in (("listed", "city:SocialWorker:7"), ("own", "v0")):
        actor = _person("account", Role.STATION_WORKER, participant_id=participant)
        with pytest.raises(SeparationOfDutiesError):
            await verify_need(ws, actor, need_id, expected_version=1, evidence="电话核实")


async def test_a_visit_is_not_accepted_when_the_licence_for_it_is_gone(store):
    world = World()
    world.region()
    world.volunteer("v0", licences=("NURSE",))
    world.need("n", slots=1, licence="NURSE")
    await world.write(store)
    ws = workspace(store)
    await _published(ws)
    (visit,) = await _proposals(ws)
    await store.write(lambda tx: tx.run(LAPSE))
    with pytest.raises(NotPermittedError) as refused:
        await _answer(ws, visit)
    assert refused.value.context["rule"] == "HC-02"


async def test_a_visit_is_not_accepted_on_top_of_a_full_day(store):
    ws = await _offered(store, slots=1)
    (visit,) = await _proposals(ws)
    world = World()
    world.need("elsewhere", slots=1, duration_min=480)
    world.add(
        "Claim",
        id="full-day",
        need_id="elsewhere",
        slot_id="elsewhere:slot:0",
        volunteer_id=visit.volunteer_id,
        state="ACTIVE",
        window_start=visit.window_end + timedelta(hours=1),
        window_end=visit.window_end + timedelta(hours=9),
        claimed_at=NOW,
        claimed_by="somebody",
        region_path=OTHER_CITY,  # promised outside what the account sees
        version=1,
    )
    await world.write(store)
    with pytest.raises(NotPermittedError) as refused:
        await _answer(ws, visit)
    assert refused.value.context["rule"] == "HC-27"
    assert (await _proposals(ws))[0].state is ProposalState.OFFERED


async def test_what_people_wrote_stays_out_of_the_chain(store):
    ws = await _offered(store, slots=1)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="王大爷确诊了")
    details = await store.read(lambda tx: tx.run(DETAILS))
    assert len(details) > 3
    assert not [record for record in details if "王大爷" in (record["detail"] or "")]


async def _rounds_by_town(ws):
    """Two rounds over the two towns, both solved before either is published."""
    requests = [RoundRequest(region_path=path, time_limit_s=20.0) for path in (TOWN, SECOND_TOWN)]
    return [(await run_round(ws, matcher_actor(CITY), request)).round for request in requests]


async def test_two_rounds_do_not_fill_one_persons_day_twice(store):
    world = World()
    world.volunteer("v0", path=CITY, weekly_minutes=6000)
    day = NOW + timedelta(days=1)
    for need_id, path, hour in (("a", TOWN, -1), ("b", SECOND_TOWN, 4)):
        start, end = day + timedelta(hours=hour), day + timedelta(hours=hour + 5)
        world.need(
            need_id,
            slots=1,
            path=path,
            duration_min=300,
            window_starts=[start.isoformat()],
            window_ends=[end.isoformat()],
        )
    await world.write(store)
    ws = workspace(store)
    one, two = await _rounds_by_town(ws)
    assert (one.fulfilled, two.fulfilled) == (1, 1)
    await publish_round(ws, worker(), one.id, expected_version=1)
    with pytest.raises(ConflictError) as refused:
        await publish_round(ws, worker(), two.id, expected_version=1)
    assert refused.value.context["rule"] == "HC-27"
    assert (await _need(ws, "b")).state is NeedState.VERIFIED


async def test_two_rounds_do_not_pass_one_households_ceiling(store):
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", received_fen=9_000_000)
    world.household("h")
    for need_id, path, category in (("a", TOWN, "LIVING_AID"), ("b", SECOND_TOWN, "EDUCATION")):
        world.need(need_id, amount_fen=2_000_000, subject_id="h", category=category, path=path, kind="CASH")
    await world.write(store)
    ws = workspace(store)
    one, two = await _rounds_by_town(ws)
    assert (one.fulfilled, two.fulfilled) == (1, 1)
    await publish_round(ws, worker(), one.id, expected_version=1)
    with pytest.raises(ConflictError) as refused:
        await publish_round(ws, worker(), two.id, expected_version=1)
    assert refused.value.context["rule"] == "HC-19"
    assert (await _fund(ws)).reserved_fen == 2_000_000


async def test_an_old_round_is_not_offered(store):
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity")
    world.need("n", amount_fen=30_000)
    await world.write(store)
    ws = workspace(store)
    old = RoundRequest(region_path=CITY, time_limit_s=20.0, as_of=NOW - timedelta(hours=25))
    row = (await run_round(ws, matcher_actor(CITY), old)).round
    with pytest.raises(ConflictError, match="24 hours"):
        await publish_round(ws, worker(), row.id, expected_version=1)
    assert (await _fund(ws)).reserved_fen == 0


async def test_a_visit_that_has_begun_is_not_offered(store):
    world = World()
    world.volunteer("v0")
    starts, ends = NOW + timedelta(minutes=5), NOW + timedelta(minutes=65)
    world.need("n", slots=1, window_starts=[starts.isoformat()], window_ends=[ends.isoformat()])
    await world.write(store)
    late = (await run_round(workspace(store), matcher_actor(CITY), REQUEST)).round
    assert late.fulfilled == 0  # nobody could be asked in time
    request = RoundRequest(region_path=CITY, time_limit_s=20.0, as_of=NOW)
    row = (await run_round(workspace(store), matcher_actor(CITY), request)).round
    assert row.fulfilled == 1
    with pytest.raises(ConflictError, match="begun"):
        await publish_round(
            workspace(store, now=NOW + timedelta(minutes=6)), worker(), row.id, expected_version=1
        )


async def test_a_fund_that_has_ended_since_gives_nothing(store):
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", valid_from=date(2025, 1, 1), valid_to=date(2026, 3, 3))
    world.need("n", amount_fen=30_000)
    await world.write(store)
    row = (await run_round(workspace(store), matcher_actor(CITY), REQUEST)).round
    assert row.amount_allocated_fen == 30_000
    with pytest.raises(ConflictError) as refused:
        await publish_round(
            workspace(store, now=NOW + timedelta(hours=20)), worker(), row.id, expected_version=1
        )
    assert refused.value.context["rule"] == "HC-11"
