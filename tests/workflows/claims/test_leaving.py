"""Slots are given back, handed over and waited for; who does not come is noted, and that fades."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import (
    ConflictError,
    NotFoundError,
    NotPermittedError,
    SlotTakenError,
    TransitionError,
)
from domain.needs import NeedState
from domain.rounds import ClaimState
from graph.unit_of_work import UnitOfWork
from tests.builders import NOW, World, volunteer, worker
from tests.workflows.claims.lives import in_days, life
from workflows.claims.attendance import claims_at_risk, confirm_claim, no_show_weight
from workflows.claims.leaving import record_no_show, release_claim
from workflows.claims.offers import accept_offer, ask_replacement, decline_offer
from workflows.claims.policy import engagement_on
from workflows.claims.standing import require_valid_now
from workflows.claims.taking import claim_slot
from workflows.claims.ticking import tick
from workflows.claims.waiting import join_waiting_list, leave_waiting_list

POLICY = engagement_on(NOW.date())


@pytest.fixture
async def town(store):
    world = World()
    for name in ("a", "b", "c", "d"):
        world.volunteer(name)
    world.volunteer("unskilled", skills=[])
    world.need("n", slots=1, skill="COMPANIONSHIP", **in_days(5))
    world.need("soon", slots=1, **in_days(1))
    return await life(store, world)


async def _claimed(town, name="a", slot="n:slot:0"):
    return (await claim_slot(town.ws, volunteer(name), slot)).value


async def test_how_long_before_the_visit_a_slot_was_given_back_is_noted(town):
    claim = await _claimed(town)
    town.wait(days=3)
    ended = await release_claim(town.ws, volunteer("a"), claim.id, expected_version=1, reason="生病")
    assert ended.lead_minutes == 2 * 24 * 60
    assert (await town.claim(claim.id)).lead_minutes == 2 * 24 * 60
    assert ("desk", "CLAIM_WITHDRAWN") in await town.notices()


async def test_who_waits_first_is_asked_first_and_the_slot_is_kept_for_them(town):
    claim = await _claimed(town)
    for name in ("b", "c"):
        town.wait(minutes=1)
        await join_waiting_list(town.ws, volunteer(name), "n")
    assert await town.waiting() == ["b", "c"]
    await release_claim(town.ws, volunteer("a"), claim.id, expected_version=1, reason="")
    (offer,) = await town.open_offers()
    assert offer.volunteer_id == "b"
    with pytest.raises(SlotTakenError):
        await claim_slot(town.ws, volunteer("d"), "n:slot:0")
    await decline_offer(town.ws, volunteer("b"), offer.id)
    (offer,) = await town.open_offers()
    assert offer.volunteer_id == "c"
    taken = (await accept_offer(town.ws, volunteer("c"), offer.id)).value
    assert (await town.holder()).id == taken.id
    assert (await town.need()).state is NeedState.ACCEPTED
    assert await town.waiting() == []


async def test_who_may_not_take_the_slot_keeps_their_place_and_is_not_asked(town):
    claim = await _claimed(town)
    await join_waiting_list(town.ws, volunteer("unskilled"), "n")
    town.wait(minutes=1)
    await join_waiting_list(town.ws, volunteer("b"), "n")
    await release_claim(town.ws, volunteer("a"), claim.id, expected_version=1, reason="")
    assert [offer.volunteer_id for offer in await town.open_offers()] == ["b"]
    assert await town.waiting() == ["unskilled"]


async def test_an_offer_that_nobody_answers_goes_to_the_next_in_line(town):
    claim = await _claimed(town)
    for name in ("b", "c"):
        town.wait(minutes=1)
        await join_waiting_list(town.ws, volunteer(name), "n")
    await release_claim(town.ws, volunteer("a"), claim.id, expected_version=1, reason="")
    (first,) = await town.open_offers()
    town.wait(hours=24)
    assert (await tick(town.ws)).offers_expired == 1
    (second,) = await town.open_offers()
    assert (first.volunteer_id, second.volunteer_id) == ("b", "c")
    with pytest.raises(TransitionError):
        await accept_offer(town.ws, volunteer("b"), first.id)


async def test_joining_twice_keeps_the_place_and_leaving_gives_it_up(town):
    await _claimed(town)
    first = (await join_waiting_list(town.ws, volunteer("b"), "n")).value
    town.wait(minutes=5)
    assert (await join_waiting_list(town.ws, volunteer("b"), "n")).value == first
    await leave_waiting_list(town.ws, volunteer("b"), "n")
    assert await town.waiting() == []
    with pytest.raises(NotFoundError):
        await leave_waiting_list(town.ws, volunteer("b"), "n")
    with pytest.raises(ConflictError):
        await join_waiting_list(town.ws, volunteer("a"), "n")


async def test_a_claim_stands_until_its_successor_says_yes(town):
    claim = await _claimed(town)
    await join_waiting_list(town.ws, volunteer("b"), "n")
    offer = (await ask_replacement(town.ws, volunteer("a"), claim.id, expected_version=1)).value
    assert [held.volunteer_id for held in await town.claims()] == ["a"]
    taken = (await accept_offer(town.ws, volunteer("b"), offer.id)).value
    assert (taken.window_start, taken.window_end) == (claim.window_start, claim.window_end)
    assert [held.volunteer_id for held in await town.claims()] == ["b"]
    assert (await town.claim(claim.id)).state is ClaimState.WITHDRAWN
    assert ("a", "CLAIM_REPLACED") in await town.notices()


async def test_nobody_is_asked_to_replace_who_does_not_wait_or_may_not(town):
    claim = await _claimed(town)
    with pytest.raises(NotFoundError):
        await ask_replacement(town.ws, worker(), claim.id, expected_version=1)
    await join_waiting_list(town.ws, volunteer("unskilled"), "n")
    with pytest.raises(NotPermittedError) as refused:
        await ask_replacement(town.ws, worker(), claim.id, expected_version=1, volunteer_id="unskilled")
    assert refused.value.context["rule"] == "HC-01"


async def test_a_no_show_is_noted_by_a_person_after_the_visit_should_have_begun(town):
    claim = await _claimed(town, slot="soon:slot:0")
    with pytest.raises(ConflictError):
        await record_no_show(town.ws, worker(), claim.id, expected_version=1)
    town.wait(days=1, minutes=20)
    with pytest.raises(NotPermittedError):
        await record_no_show(town.ws, volunteer("b"), claim.id, expected_version=1)
    ended = await record_no_show(town.ws, worker(), claim.id, expected_version=1)
    assert ended.state is ClaimState.NO_SHOW
    assert await town.holder("soon:slot:0") is None
    assert ("a", "NO_SHOW_RECORDED") in await town.notices()


@given(ages=st.lists(st.floats(0, 900), max_size=6), later=st.floats(0, 400))
def test_no_shows_fade_and_never_weigh_more_than_their_number(ages, later):
    moments = [NOW - timedelta(days=age) for age in ages]
    now = no_show_weight(moments, NOW, POLICY.no_show)
    then = no_show_weight(moments, NOW + timedelta(days=later), POLICY.no_show)
    assert 0 <= then <= now <= len(ages)
    fresh = no_show_weight([*moments, NOW], NOW, POLICY.no_show)
    assert fresh == pytest.approx(now + 1)


def test_a_no_show_halves_in_a_quarter_and_is_forgotten_in_a_year():
    weights = [
        no_show_weight([NOW], NOW + timedelta(days=days), POLICY.no_show) for days in (0, 90, 180, 365)
    ]
    assert weights == pytest.approx([1, 0.5, 0.25, 0])


async def test_people_are_asked_once_to_confirm_and_the_desk_is_warned_once(town):
    claim = await _claimed(town)
    town.wait(days=3, minutes=1)
    assert (await tick(town.ws)).asked_to_confirm == 1
    assert (await tick(town.ws)).asked_to_confirm == 0
    assert (await claims_at_risk(town.ws, worker())).rows == ()
    town.wait(days=1)
    assert (await tick(town.ws)).marked_at_risk == 1
    assert (await tick(town.ws)).marked_at_risk == 0
    (risk,) = (await claims_at_risk(town.ws, worker())).rows
    assert [each.value for each in risk.risks] == ["UNCONFIRMED"]
    version = (await town.claim(claim.id)).version
    await confirm_claim(town.ws, volunteer("a"), claim.id, expected_version=version)
    assert (await claims_at_risk(town.ws, worker())).rows == ()
    notices = await town.notices()
    assert notices.count(("a", "CLAIM_TO_CONFIRM")) == 1
    assert notices.count(("desk", "CLAIM_AT_RISK")) == 1


async def test_who_promises_within_a_day_has_confirmed_by_that(town):
    claim = await _claimed(town, slot="soon:slot:0")
    assert claim.confirmed_at == NOW
    town.wait(days=1, minutes=20)
    (risk,) = (await claims_at_risk(town.ws, worker())).rows
    assert [each.value for each in risk.risks] == ["NOT_CHECKED_IN"]


async def test_replacements_are_asked_a_few_at_a_time_and_the_first_yes_wins(store):
    world = World()
    world.volunteer("a")
    for i in range(12):
        world.volunteer(f"v{i:02d}", longitude_deg=120.55 + i / 1000)
    world.volunteer("silent")
    world.add("ContactPreference", id="silent", accepts_offers=False, version=1)
    world.need("n", slots=1, **in_days(5))
    town = await life(store, world)
    claim = await _claimed(town)
    town.wait(days=4, hours=1)
    assert (await tick(town.ws)).offered_in_waves == 5
    assert (await tick(town.ws)).offered_in_waves == 0
    asked = {offer.volunteer_id for offer in await town.offers()}
    assert asked == {f"v{i:02d}" for i in range(5)}
    no, yes = (await town.open_offers())[:2]
    await decline_offer(town.ws, volunteer(no.volunteer_id), no.id)
    town.wait(hours=2)
    assert (await tick(town.ws)).offered_in_waves == 5
    again = [offer.volunteer_id for offer in await town.offers()]
    assert len(again) == len(set(again)), "somebody was asked twice about one need"
    assert "silent" not in again
    await accept_offer(town.ws, volunteer(yes.volunteer_id), yes.id)
    assert (await town.claim(claim.id)).state is ClaimState.WITHDRAWN
    assert await town.open_offers() == []
    town.wait(hours=3)
    assert (await tick(town.ws)).offered_in_waves == 0


async def test_nobody_is_asked_at_night_or_beyond_their_week(store):
    world = World()
    world.volunteer("a")
    world.volunteer("b")
    for i in range(5):
        world.need(f"n{i}", slots=1, **in_days(5 + i))
    town = await life(store, world)
    claims = [await _claimed(town, slot=f"n{i}:slot:0") for i in range(5)]
    town.wait(hours=13)  # 22:00 in China
    for claim in claims:
        await release_claim(town.ws, volunteer("a"), claim.id, expected_version=1, reason="")
    assert (await tick(town.ws)).offered_in_waves == 0
    town.wait(hours=11)
    assert (await tick(town.ws)).offered_in_waves == POLICY.offers.per_week.value
    assert (await tick(town.ws)).offered_in_waves == 0


async def test_what_lapsed_since_the_claim_is_found_at_the_door_and_foreseen(store):
    world = World()
    world.volunteer("a", licences=("NURSE",))
    world.rows["Qualification"][0]["valid_to"] = (NOW + timedelta(days=6)).date()
    world.need("n", slots=1, licence="NURSE", **in_days(5))
    town = await life(store, world)
    claim = await _claimed(town)
    check = lambda tx: require_valid_now(tx, claim)  # noqa: E731
    await UnitOfWork(town.ws.store, town.ws.clock).run(worker(), check)
    shortened = World()
    shortened.rows["Qualification"] = [{"id": "a:NURSE", "valid_to": (NOW + timedelta(days=2)).date()}]
    await shortened.write(store)
    (risk,) = (await claims_at_risk(town.ws, worker())).rows
    assert ([each.value for each in risk.risks], risk.rule) == (["NO_LONGER_VALID"], "HC-02")
    town.wait(days=5)
    with pytest.raises(NotPermittedError) as refused:
        await UnitOfWork(town.ws.store, town.ws.clock).run(worker(), check)
    assert refused.value.context["rule"] == "HC-02"
