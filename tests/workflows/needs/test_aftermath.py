"""Needs that do not go straight: two checks, parts, disputes, conferences, second lives."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.conferences import ConferenceDecision
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SeparationOfDutiesError,
    TransitionError,
)
from domain.needs import NEED_TRANSITIONS, NeedState
from domain.time import Window
from graph.ports import Access, Statement
from graph.reads.needs import need_by_id, slots_of_needs, transitions_of_needs
from tests.builders import NOW, World, volunteer, worker, workspace
from workflows.claims.taking import claim_slot
from workflows.needs.aftermath import (
    accept_partial,
    dispute_need,
    reopen_need,
    resolve_dispute,
    resubmit_need,
)
from workflows.needs.conferences import decide_conference, escalate_need
from workflows.needs.lifecycle import (
    cancel_need,
    check_need,
    complete_need,
    confirm_need,
    reject_need,
    start_need,
    verify_need,
)

NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS recipient, n.code AS code ORDER BY recipient", Access.READ
)


@pytest.fixture
async def ws(store):
    world = World()
    world.region()
    for name in ("v1", "v2"):
        world.volunteer(name)
    world.need("visit", slots=1, state="POSTED", verified_by=None)
    world.need("pair", slots=2)
    world.need("large", amount_fen=600_000, state="POSTED", verified_by=None)
    world.need("danger", slots=1, risk="HIGH", state="POSTED", verified_by=None)
    await world.write(store)
    return workspace(store)


def later(ws, **span):
    return replace(ws, clock=lambda: NOW + timedelta(**span))


async def now_is(ws, need_id):
    return await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))


async def done(ws, need_id="visit"):
    """A visit that one volunteer served."""
    await verify_need(ws, worker("second"), need_id, expected_version=1, evidence="入户")
    await claim_slot(ws, volunteer("v1"), f"{need_id}:slot:0")
    started = await start_need(ws, volunteer("v1"), need_id, expected_version=3)
    return await complete_need(
        ws, volunteer("v1"), need_id, expected_version=started.version, evidence="签到"
    )


async def closed(ws):
    from workflows.needs.clocks import tick
    from workflows.people import clock_actor

    served = await done(ws)
    await confirm_need(ws, worker(), "visit", expected_version=served.version)
    await tick(later(ws, days=8), clock_actor(), holder="test")
    return await now_is(ws, "visit")


@pytest.mark.parametrize("need_id", ["large", "danger"])
async def test_what_is_large_or_dangerous_is_checked_by_two_besides_who_posted_it(ws, need_id):
    with pytest.raises(ConflictError) as refused:
        await verify_need(ws, worker("second"), need_id, expected_version=1, evidence="入户")
    assert refused.value.context["rule"] == "two_checks"
    with pytest.raises(SeparationOfDutiesError):
        await check_need(ws, worker("poster"), need_id, expected_version=1, evidence="走访")
    checked = await check_need(ws, worker("neighbour"), need_id, expected_version=1, evidence="走访")
    assert (checked.state, checked.checked_by) == (NeedState.POSTED, "neighbour")
    with pytest.raises(SeparationOfDutiesError):
        await verify_need(ws, worker("neighbour"), need_id, expected_version=2, evidence="入户")
    verified = await verify_need(ws, worker("second"), need_id, expected_version=2, evidence="入户")
    assert verified.state is NeedState.VERIFIED
    steps = (await ws.store.read(lambda tx: transitions_of_needs(tx, worker(), [need_id])))[need_id]
    assert [(step.actor_id, step.reason) for step in steps] == [("neighbour", "走访"), ("second", "入户")]


async def test_a_part_is_taken_for_the_whole_only_by_an_act_of_the_desk(ws):
    await claim_slot(ws, volunteer("v1"), "pair:slot:0")
    need = await now_is(ws, "pair")
    assert need.state is NeedState.PARTIAL
    with pytest.raises(InvalidInputError):
        await accept_partial(ws, worker(), "pair", expected_version=need.version, reason=" ")
    taken = await accept_partial(ws, worker(), "pair", expected_version=need.version, reason="一人也可以")
    assert (taken.state, taken.accepted_in_part) == (NeedState.ACCEPTED, True)
    with pytest.raises(TransitionError):
        await claim_slot(ws, volunteer("v2"), "pair:slot:1")
    with pytest.raises(TransitionError):
        await accept_partial(ws, worker(), "pair", expected_version=taken.version, reason="再来")


async def test_a_rejected_need_is_mended_put_up_again_and_verified_anew(ws):
    rejected = await reject_need(ws, worker("second"), "visit", expected_version=1, reason="时间不清")
    short = Window(start=NOW + timedelta(days=5), end=NOW + timedelta(days=5, minutes=30))
    with pytest.raises(InvalidInputError):
        await resubmit_need(
            ws, worker("third"), "visit", expected_version=rejected.version, reason="改好", windows=(short,)
        )
    window = replace(short, end=short.start + timedelta(hours=3))
    again = await resubmit_need(
        ws,
        worker("third"),
        "visit",
        expected_version=rejected.version,
        reason="改好",
        title="新标题",
        windows=(window,),
    )
    assert (again.state, again.title, again.windows, again.posted_by) == (
        NeedState.POSTED,
        "新标题",
        (window,),
        "third",
    )
    with pytest.raises(SeparationOfDutiesError):
        await verify_need(ws, worker("third"), "visit", expected_version=again.version, evidence="入户")
    await verify_need(ws, worker("second"), "visit", expected_version=again.version, evidence="入户")


async def test_a_dispute_is_settled_for_the_help_or_asks_for_it_again(ws):
    served = await done(ws)
    disputed = await dispute_need(ws, worker(), "visit", expected_version=served.version, reason="没有来")
    assert disputed.state is NeedState.DISPUTED
    again = await resolve_dispute(
        ws, worker(), "visit", expected_version=disputed.version, fulfilled=False, reason="确未上门"
    )
    assert again.state is NeedState.MATCHING
    slots = await ws.store.read(lambda tx: slots_of_needs(tx, worker(), ["visit"]))
    assert [slot.held for slot in slots["visit"]] == [False]


async def test_a_dispute_settled_for_the_help_confirms_it_by_another_than_who_served(ws):
    served = await done(ws)
    disputed = await dispute_need(ws, worker(), "visit", expected_version=served.version, reason="时长不对")
    both = replace(worker(), participant_id="v1")
    with pytest.raises(SeparationOfDutiesError):
        await resolve_dispute(
            ws, both, "visit", expected_version=disputed.version, fulfilled=True, reason="核对"
        )
    confirmed = await resolve_dispute(
        ws, worker(), "visit", expected_version=disputed.version, fulfilled=True, reason="核对"
    )
    assert confirmed.state is NeedState.CONFIRMED
    assert confirmed.fulfilled_at == NOW


async def test_a_closed_need_is_opened_again_within_thirty_days(ws):
    over = await closed(ws)
    assert over.state is NeedState.CLOSED
    soon, late = later(ws, days=20), later(ws, days=60)
    with pytest.raises(ConflictError):
        await reopen_need(late, worker(), "visit", expected_version=over.version, reason="又要")
    again = await reopen_need(soon, worker(), "visit", expected_version=over.version, reason="服务没有做完")
    assert (again.state, again.fulfilled_at) == (NeedState.MATCHING, None)
    slots = await ws.store.read(lambda tx: slots_of_needs(tx, worker(), ["visit"]))
    assert [slot.held for slot in slots["visit"]] == [False]


async def test_what_has_all_it_asked_for_is_not_opened_again(ws):
    world = World()
    world.need("money", amount_fen=100, policy_aid_fen=100, state="CLOSED", state_since=NOW)
    await world.write(ws.store)
    with pytest.raises(ConflictError, match="nothing is left"):
        await reopen_need(ws, worker(), "money", expected_version=1, reason="又要")


async def test_a_conference_has_an_owner_a_date_and_one_decision(ws):
    due = NOW + timedelta(days=5)
    with pytest.raises(InvalidInputError):
        await escalate_need(
            ws, worker(), "pair", expected_version=1, reason="难", owner_id="city", due_at=NOW
        )
    opened = await escalate_need(
        ws,
        worker(),
        "pair",
        expected_version=1,
        reason="无人响应",
        owner_id="city",
        due_at=due,
        members=("a", "b"),
    )
    need = await now_is(ws, "pair")
    assert (need.state, need.due_at, opened.members) == (NeedState.ESCALATED, due, ("a", "b"))
    assert await ws.store.read(lambda tx: tx.run(NOTICES)) == [
        {"recipient": "city", "code": "NEED_ESCALATED"}
    ]
    with pytest.raises(SeparationOfDutiesError):
        await decide_conference(
            ws,
            worker("poster"),
            opened.id,
            expected_version=1,
            decision=ConferenceDecision.CLOSE,
            minutes="会议纪要",
        )
    decided = await decide_conference(
        ws,
        worker(),
        opened.id,
        expected_version=1,
        decision=ConferenceDecision.OPEN_FOR_CLAIMS,
        minutes="会议纪要",
    )
    assert (decided.state, decided.decided_by) == ("DECIDED", "worker")
    assert (await now_is(ws, "pair")).state is NeedState.VERIFIED
    with pytest.raises(ConflictError):
        await decide_conference(
            ws, worker(), opened.id, expected_version=2, decision=ConferenceDecision.CLOSE, minutes="再议"
        )


async def test_a_conference_does_not_close_over_a_promise(ws):
    await claim_slot(ws, volunteer("v1"), "pair:slot:0")
    need = await now_is(ws, "pair")
    opened = await escalate_need(
        ws,
        worker(),
        "pair",
        expected_version=need.version,
        reason="缺一人",
        owner_id="c",
        due_at=NOW + timedelta(1),
    )
    for decision in (ConferenceDecision.CLOSE, ConferenceDecision.OPEN_FOR_CLAIMS):
        with pytest.raises(ConflictError) as refused:
            await decide_conference(
                ws, worker(), opened.id, expected_version=1, decision=decision, minutes="x"
            )
        assert refused.value.context["rule"] == "release_first"
    await decide_conference(
        ws, worker(), opened.id, expected_version=1, decision=ConferenceDecision.CANCEL, minutes="搬走"
    )
    assert (await now_is(ws, "pair")).state is NeedState.CANCELLED


async def test_every_step_of_a_life_is_in_its_history(ws):
    over = await closed(ws)
    again = await reopen_need(
        later(ws, days=20), worker(), "visit", expected_version=over.version, reason="没做完"
    )
    await cancel_need(later(ws, days=21), worker(), "visit", expected_version=again.version, reason="不要了")
    steps = (await ws.store.read(lambda tx: transitions_of_needs(tx, worker(), ["visit"])))["visit"]
    assert [step.after.value for step in steps] == [
        "VERIFIED", "ACCEPTED", "IN_PROGRESS", "DONE", "CONFIRMED", "CLOSED", "MATCHING", "CANCELLED",
    ]  # fmt: skip
    for before, after in pairwise(steps):
        assert after.before is before.after
        assert after.after in NEED_TRANSITIONS[before.after]
    assert steps[5].actor_id == "system-clock"


async def test_the_wall_of_child_protection_stands_before_every_step(ws):
    world = World()
    world.need("child", slots=1, category="CHILD_PROTECT", state="POSTED", verified_by=None)
    await world.write(ws.store)
    for step in (verify_need, check_need):
        with pytest.raises(NotFoundError):
            await step(ws, worker("second"), "child", expected_version=1, evidence="x")
    for step in (reject_need, cancel_need):
        with pytest.raises(NotFoundError):
            await step(ws, worker("second"), "child", expected_version=1, reason="x")
