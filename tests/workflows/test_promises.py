"""What becomes of promises: given back, refused, counted again when a round is published."""

from datetime import date, timedelta

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import (
    ConflictError,
    NotPermittedError,
    SeparationOfDutiesError,
)
from domain.needs import NeedState
from domain.rounds import ProposalKind, ProposalState
from graph.reads.proposals import claims_of_volunteers
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, World, volunteer, worker, workspace
from tests.workflows.rounds import (
    DETAILS,
    LAPSE,
    REQUEST,
    SECOND_TOWN,
    answered,
    city,
    fund_now,
    need_now,
    paid,
    proposals_seen,
    published,
)
from workflows.claims.leaving import release_claim
from workflows.claims.taking import claim_slot
from workflows.needs.lifecycle import cancel_need, complete_need, confirm_need, verify_need
from workflows.people import matcher_actor
from workflows.rounds.proposals import accept_proposal, confirm_proposal, decline_proposal
from workflows.rounds.running import RoundRequest, publish_round, run_round


@pytest.fixture
async def ws(store):
    return await city(store)


async def _accepted_visit(ws, need_id):
    """The first visit offered for a need, accepted: its claim and its volunteer."""
    visit = (await proposals_seen(ws, need_id=need_id, kinds=(ProposalKind.VOLUNTEER,)))[0]
    await answered(ws, visit)
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
    await published(ws)
    return ws


async def test_a_visit_released_while_money_is_offered_releases_the_money_of_a_whole_need(store):
    ws = await _offered(store, slots=1, amount_fen=30_000)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    assert (await need_now(ws, "n")).state is NeedState.VERIFIED
    assert {proposal.state for proposal in await proposals_seen(ws)} == {ProposalState.WITHDRAWN}
    assert (await fund_now(ws)).reserved_fen == 0
    again = await run_round(ws, matcher_actor(CITY), REQUEST)
    assert again.round.amount_allocated_fen == 30_000


async def test_a_visit_released_leaves_a_need_in_parts_offered_until_all_have_answered(store):
    ws = await _offered(store, slots=1, amount_fen=30_000, partial_allowed=True)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    assert (await need_now(ws, "n")).state is NeedState.OFFERED
    assert (await fund_now(ws)).reserved_fen == 30_000
    (money,) = await proposals_seen(ws, kinds=(ProposalKind.MONEY,))
    await answered(ws, money)
    assert (await need_now(ws, "n")).state is NeedState.PARTIAL


async def test_only_who_served_is_confirmed_to_have_served(store):
    ws = await _offered(store, slots=1)
    claim, holder = await _accepted_visit(ws, "n")
    await release_claim(ws, volunteer(holder), claim.id, expected_version=1, reason="生病")
    (visit,) = await proposals_seen(ws)
    assert visit.state is ProposalState.WITHDRAWN
    other = next(name for name in ("v0", "v1", "v2") if name != holder)
    await claim_slot(ws, volunteer(other), "n:slot:0")
    need = await need_now(ws, "n")
    done = await complete_need(ws, worker(), "n", expected_version=need.version, evidence="回执")
    await confirm_need(ws, worker(), "n", expected_version=done.version)
    assert [proposal.state for proposal in await proposals_seen(ws)] == [ProposalState.WITHDRAWN]


def _person(actor_id, *roles, participant_id=None, organisations=()):
    scope = Scope(region_paths=(CITY,), organisation_ids=organisations, purpose=Purpose.SERVICE)
    return Actor(
        id=actor_id, name=actor_id, roles=frozenset(roles), scope=scope, participant_id=participant_id
    )


async def test_nobody_answers_for_another_organisations_money_or_goods(ws):
    await published(ws)
    two = _person("two", Role.STATION_WORKER, Role.FEDERATION_OFFICER, organisations=("elsewhere",))
    for proposal in await proposals_seen(ws, kinds=(ProposalKind.MONEY, ProposalKind.GOODS)):
        for answer in (accept_proposal, decline_proposal):
            with pytest.raises(NotPermittedError):
                await answer(ws, two, proposal.id, expected_version=2)
    assert (await fund_now(ws)).reserved_fen == 30_000


async def test_who_accepted_money_does_not_confirm_it_by_any_account(store):
    ws = await _offered(store, amount_fen=30_000, kind="GOODS", partial_allowed=True)
    (money,) = await proposals_seen(ws)
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
    need = await need_now(ws, "n")
    done = await complete_need(ws, worker(), "n", expected_version=need.version, evidence="回执")
    with pytest.raises(SeparationOfDutiesError):
        await confirm_need(ws, giver, "n", expected_version=done.version)
    with pytest.raises(ConflictError, match="not been paid"):
        await confirm_need(ws, worker(), "n", expected_version=done.version)
    assert (await fund_now(ws)).spent_fen == 0
    await paid(ws)
    assert (await fund_now(ws)).spent_fen == 30_000
    await confirm_need(ws, worker(), "n", expected_version=done.version)
    assert (await fund_now(ws)).spent_fen == 30_000


async def test_gifts_are_confirmed_alone_only_where_a_need_is_served_in_parts(ws):
    await published(ws)
    (wish,) = await proposals_seen(ws, need_id="wish")
    await answered(ws, wish)
    with pytest.raises(ConflictError):
        await confirm_proposal(ws, worker(), wish.id, expected_version=3)
    assert (await fund_now(ws)).spent_fen == 0


async def test_a_need_that_gifts_have_reached_is_not_cancelled(ws):
    await published(ws)
    (ward,) = await proposals_seen(ws, need_id="ward")
    await answered(ws, ward)
    await confirm_proposal(ws, worker(), ward.id, expected_version=3)
    need = await need_now(ws, "ward")
    with pytest.raises(ConflictError):
        await cancel_need(ws, worker(), "ward", expected_version=need.version, reason="不再需要")
    assert (await need_now(ws, "ward")).state is NeedState.PARTIAL


async def test_who_verified_a_need_does_not_accept_to_serve_it(store):
    ws = await _offered(store, slots=1, verified_by="boss")
    (visit,) = await proposals_seen(ws)
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
    await published(ws)
    (visit,) = await proposals_seen(ws)
    await store.write(lambda tx: tx.run(LAPSE))
    with pytest.raises(NotPermittedError) as refused:
        await answered(ws, visit)
    assert refused.value.context["rule"] == "HC-02"


async def test_a_visit_is_not_accepted_on_top_of_a_full_day(store):
    ws = await _offered(store, slots=1)
    (visit,) = await proposals_seen(ws)
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
        await answered(ws, visit)
    assert refused.value.context["rule"] == "HC-27"
    assert (await proposals_seen(ws))[0].state is ProposalState.OFFERED


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
    assert (await need_now(ws, "b")).state is NeedState.VERIFIED


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
    assert (await fund_now(ws)).reserved_fen == 2_000_000


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
    assert (await fund_now(ws)).reserved_fen == 0


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
    assert refused.value.context["rule"] == "HC-14"
