"""A team or an enterprise keeps a slot, names who comes, and the one named says yes themselves."""

from datetime import timedelta

import pytest

from domain.engagement import HoldingState
from domain.errors import NotFoundError, NotPermittedError, SlotTakenError, TransitionError
from domain.needs import NeedState
from tests.builders import World, volunteer, worker
from tests.workflows.claims.lives import in_days, life, organiser
from workflows.claims.holdings import hold_slot, name_member, release_holding
from workflows.claims.leaving import release_claim
from workflows.claims.offers import accept_offer, decline_offer
from workflows.claims.taking import claim_slot
from workflows.claims.ticking import tick
from workflows.needs.lifecycle import cancel_need, complete_need


@pytest.fixture
async def town(store):
    world = World()
    world.organisation("team", kind="TEAM", name="邻里互助队")
    world.organisation("firm", kind="ENTERPRISE", name="爱心企业")
    world.volunteer("member", team_id="team")
    world.volunteer("nurse", team_id="team", licences=("NURSE",))
    world.volunteer("staff")
    world.join("MEMBER_OF", ("Volunteer", "Organisation"), "staff", "firm")
    world.volunteer("stranger")
    world.need("n", slots=1, **in_days(5))
    world.need("care", slots=1, licence="NURSE", **in_days(6))
    return await life(store, world)


async def test_a_kept_slot_is_nobody_elses_and_the_need_is_promised(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team", idempotency_key="k")).value
    again = await hold_slot(town.ws, organiser("team"), "n:slot:0", "team", idempotency_key="k")
    assert again.replayed
    assert again.value == held
    assert (await town.need()).state is NeedState.ACCEPTED
    with pytest.raises(SlotTakenError):
        await claim_slot(town.ws, volunteer("stranger"), "n:slot:0")
    with pytest.raises(SlotTakenError):
        await hold_slot(town.ws, organiser("firm"), "n:slot:0", "firm")


@pytest.mark.parametrize(("team", "person"), [("team", "member"), ("firm", "staff")])
async def test_the_claim_is_the_named_persons_by_their_own_yes(town, team, person):
    held = (await hold_slot(town.ws, organiser(team), "n:slot:0", team)).value
    offer = (await name_member(town.ws, organiser(team), held.id, person, expected_version=1)).value
    assert await town.claims() == []
    with pytest.raises(NotPermittedError) as refused:
        await accept_offer(town.ws, volunteer("stranger"), offer.id)
    assert refused.value.context["rule"] == "HC-26"
    claim = (await accept_offer(town.ws, volunteer(person), offer.id)).value
    assert (claim.volunteer_id, claim.organisation_id) == (person, team)
    assert (await town.holder()).id == claim.id
    assert (await town.need()).state is NeedState.ACCEPTED
    assert (person, "SLOT_OFFERED") in await town.notices()


async def test_the_rules_are_asked_about_the_one_who_is_named(town):
    held = (await hold_slot(town.ws, organiser("team"), "care:slot:0", "team")).value
    with pytest.raises(NotPermittedError) as refused:
        await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)
    assert refused.value.context["rule"] == "HC-02"
    await name_member(town.ws, organiser("team"), held.id, "nurse", expected_version=1)


async def test_only_members_are_named_and_only_by_their_own_organiser(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    with pytest.raises(NotPermittedError):
        await name_member(town.ws, organiser("team"), held.id, "stranger", expected_version=1)
    with pytest.raises(NotFoundError):
        await name_member(town.ws, organiser("firm"), held.id, "staff", expected_version=1)
    with pytest.raises(NotPermittedError):
        await hold_slot(town.ws, organiser("team"), "care:slot:0", "firm")


async def test_who_says_no_leaves_the_slot_with_the_team(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    offer = (await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)).value
    await decline_offer(town.ws, volunteer("member"), offer.id)
    assert (await town.holder()).id == held.id
    second = (await name_member(town.ws, organiser("team"), held.id, "nurse", expected_version=2)).value
    await accept_offer(town.ws, volunteer("nurse"), second.id)


async def test_naming_another_one_asks_the_first_no_more(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    first = (await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)).value
    await name_member(town.ws, organiser("team"), held.id, "nurse", expected_version=2)
    with pytest.raises(TransitionError):
        await accept_offer(town.ws, volunteer("member"), first.id)


async def test_the_slot_falls_free_when_nobody_is_named_in_time(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    town.wait(days=2, hours=23)
    assert (await tick(town.ws)).holdings_lapsed == 0
    town.wait(hours=1)
    assert (await tick(town.ws)).holdings_lapsed == 1
    assert (await tick(town.ws)).figures() == dict.fromkeys((await tick(town.ws)).figures(), 0)
    assert await town.holder() is None
    assert (await town.need()).state is NeedState.VERIFIED
    assert ("team", "HOLDING_LAPSED") in await town.notices()
    with pytest.raises(TransitionError):
        await name_member(town.ws, organiser("team"), held.id, "member", expected_version=2)
    await claim_slot(town.ws, volunteer("stranger"), "n:slot:0")


async def test_a_released_holding_frees_its_slot(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    ended = await release_holding(town.ws, organiser("team"), held.id, expected_version=1)
    assert ended.state is HoldingState.RELEASED
    assert await town.holder() is None


async def test_a_slot_given_back_in_time_is_the_teams_again(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    offer = (await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)).value
    claim = (await accept_offer(town.ws, volunteer("member"), offer.id)).value
    await release_claim(town.ws, volunteer("member"), claim.id, expected_version=1, reason="")
    assert (await town.holder()).id == held.id
    assert (await town.need()).state is NeedState.ACCEPTED


async def test_a_cancelled_need_keeps_nothing_for_anybody(town):
    """Nobody goes on holding, naming or being asked."""
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    offer = (await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)).value
    version = (await town.need()).version
    await cancel_need(town.ws, worker(), "n", expected_version=version, reason="搬走")
    assert await town.holder() is None
    assert await town.open_offers() == []
    with pytest.raises(TransitionError):
        await accept_offer(town.ws, volunteer("member"), offer.id)


async def test_a_team_is_reminded_once_before_its_time_is_over(town):
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    town.now = held.name_by - timedelta(hours=25)
    assert (await tick(town.ws)).holdings_warned == 0
    town.wait(hours=1)
    assert (await tick(town.ws)).holdings_warned == 1
    assert (await tick(town.ws)).holdings_warned == 0
    assert (await town.notices()).count(("team", "HOLDING_TO_NAME")) == 1
    named = await name_member(town.ws, organiser("team"), held.id, "member", expected_version=1)
    assert named.value.holding_id == held.id  # the reminder is no change that a reader could miss


async def test_short_holdings_are_reminded_of_half_way(town):
    town.wait(days=4, hours=20)  # four hours before the visit: two to name somebody
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:0", "team")).value
    town.now = held.held_at + (held.name_by - held.held_at) / 2 - timedelta(minutes=1)
    assert (await tick(town.ws)).holdings_warned == 0
    town.wait(minutes=1)
    assert (await tick(town.ws)).holdings_warned == 1


async def test_a_need_that_was_served_without_the_team_stays_served_when_its_time_is_over(store):
    world = World()
    world.organisation("team", kind="TEAM")
    world.volunteer("member", team_id="team")
    world.volunteer("helper")
    world.need("n", slots=2, **in_days(5))
    town = await life(store, world)
    await claim_slot(town.ws, volunteer("helper"), "n:slot:0")
    held = (await hold_slot(town.ws, organiser("team"), "n:slot:1", "team")).value
    need = await town.need()
    await complete_need(town.ws, worker(), "n", expected_version=need.version, evidence="签到表")
    town.now = held.name_by
    assert (await tick(town.ws)).holdings_lapsed == 1
    assert (await town.need()).state is NeedState.DONE
    assert await town.holder("n:slot:1") is None
