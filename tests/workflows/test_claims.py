"""Slots are taken once, by whoever is first, and given back without harm."""

import asyncio

import pytest

from domain.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    NotFoundError,
    NotPermittedError,
    SlotTakenError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedState
from domain.rounds import ClaimState
from graph.reads.needs import need_by_id, slots_of_needs
from graph.reads.proposals import claims_of_volunteers
from tests.builders import OTHER_CITY, World, volunteer, worker, workspace
from workflows.claims.taking import claim_slot, release_claim


@pytest.fixture
async def ws(store):
    world = World()
    for i in range(64):
        world.volunteer(f"v{i}")
    world.need("one", slots=1)
    world.need("two", slots=2)
    world.need("posted", slots=1, state="POSTED")
    world.need("offered", slots=1, state="OFFERED")
    world.need("child", slots=1, category="CHILD_PROTECT")
    world.need("abroad", slots=1, path=f"{OTHER_CITY}310109009/")
    await world.write(store)
    return workspace(store)


async def _state(ws, need_id):
    return (await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))).state


async def test_sixty_four_claims_on_one_slot_have_one_winner(ws):
    outcomes = await asyncio.gather(
        *(claim_slot(ws, volunteer(f"v{i}"), "one:slot:0") for i in range(64)), return_exceptions=True
    )
    won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(won) == 1
    assert all(type(error) is SlotTakenError for error in lost), {type(error) for error in lost}
    slots = await ws.store.read(lambda tx: slots_of_needs(tx, worker(), ["one"]))
    assert slots["one"][0].volunteer_id == won[0].value.volunteer_id
    assert await _state(ws, "one") is NeedState.ACCEPTED


async def test_a_need_is_partial_until_its_last_slot_is_taken(ws):
    first = (await claim_slot(ws, volunteer("v0"), "two:slot:0")).value
    assert await _state(ws, "two") is NeedState.PARTIAL
    second = (await claim_slot(ws, volunteer("v1"), "two:slot:1")).value
    assert await _state(ws, "two") is NeedState.ACCEPTED
    assert (first.window_start, first.window_end) == (second.window_start, second.window_end)


async def test_nobody_takes_two_slots_of_one_need(ws):
    await claim_slot(ws, volunteer("v0"), "two:slot:0")
    with pytest.raises(ConflictError):
        await claim_slot(ws, volunteer("v0"), "two:slot:1")


async def test_nobody_is_promised_twice_at_one_time(ws):
    """Both needs may be served at any hour of the same three, so the second visit begins after the first."""
    first = (await claim_slot(ws, volunteer("v0"), "two:slot:0")).value
    second = (await claim_slot(ws, volunteer("v0"), "one:slot:0")).value
    assert second.window_start >= first.window_end
    await claim_slot(ws, volunteer("v1"), "two:slot:1")


@pytest.mark.parametrize(
    ("slot", "error"),
    [
        ("offered:slot:0", TransitionError),
        ("posted:slot:0", NotFoundError),
        ("child:slot:0", NotFoundError),
        ("abroad:slot:0", NotFoundError),
        ("nothing", NotFoundError),
    ],
)
async def test_slots_that_are_not_open_or_not_to_be_seen_are_refused(ws, slot, error):
    with pytest.raises(error):
        await claim_slot(ws, volunteer("v0"), slot)


async def test_only_volunteers_claim(ws):
    with pytest.raises(NotPermittedError):
        await claim_slot(ws, worker(), "one:slot:0")


async def test_a_claim_sent_again_under_its_key_is_answered_and_not_repeated(ws):
    first = await claim_slot(ws, volunteer("v0"), "one:slot:0", idempotency_key="k")
    again = await claim_slot(ws, volunteer("v0"), "one:slot:0", idempotency_key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.value == again.value
    with pytest.raises(IdempotencyKeyReusedError):
        await claim_slot(ws, volunteer("v0"), "two:slot:0", idempotency_key="k")


async def test_one_key_sent_by_many_at_once_claims_once(ws):
    outcomes = await asyncio.gather(
        *(claim_slot(ws, volunteer("v0"), "one:slot:0", idempotency_key="k") for _ in range(16))
    )
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 15
    assert len({outcome.value.id for outcome in outcomes}) == 1


async def test_a_released_slot_is_open_again(ws):
    claim = (await claim_slot(ws, volunteer("v0"), "one:slot:0")).value
    with pytest.raises(StaleVersionError):
        await release_claim(ws, volunteer("v0"), claim.id, expected_version=9, reason="有事")
    with pytest.raises(NotFoundError):
        await release_claim(ws, volunteer("v1"), claim.id, expected_version=1, reason="不是我的")
    released = await release_claim(ws, volunteer("v0"), claim.id, expected_version=1, reason="有事")
    assert released.state is ClaimState.WITHDRAWN
    assert await _state(ws, "one") is NeedState.VERIFIED
    again = await claim_slot(ws, volunteer("v1"), "one:slot:0")
    assert again.value.volunteer_id == "v1"
    claims = await ws.store.read(lambda tx: claims_of_volunteers(tx, worker(), ["v0", "v1"]))
    assert [claim.state for held in claims.values() for claim in held] == [
        ClaimState.WITHDRAWN,
        ClaimState.ACTIVE,
    ]


async def test_releasing_one_of_two_leaves_the_need_partial(ws):
    first = (await claim_slot(ws, volunteer("v0"), "two:slot:0")).value
    await claim_slot(ws, volunteer("v1"), "two:slot:1")
    await release_claim(ws, worker(), first.id, expected_version=1, reason="生病")
    assert await _state(ws, "two") is NeedState.PARTIAL
