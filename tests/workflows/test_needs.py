"""The state machine's guards, from posting to confirming."""

from dataclasses import replace

import pytest

from domain.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind
from graph.reads.needs import slots_of_needs, transitions_of_needs
from tests.builders import OTHER_CITY, TOWN_ID, World, volunteer, worker, workspace
from workflows.claims.taking import claim_slot
from workflows.needs.lifecycle import (
    NewItem,
    NewNeed,
    NewSlot,
    cancel_need,
    complete_need,
    confirm_need,
    post_need,
    reject_need,
    start_need,
    verify_need,
)

NEW = NewNeed(
    kind=NeedKind.SERVICE,
    category=NeedCategory.COMPANION,
    title="陪伴老人",
    region_id=TOWN_ID,
    subject_kind=SubjectKind.HOUSEHOLD,
    subject_id="h1",
    duration_min=60,
    slots=(NewSlot(),),
    items=(NewItem(item="QUILT", quantity=1, unit="床"),),
    consent_recorded=True,
)


@pytest.fixture
async def ws(store):
    world = World()
    world.region()
    world.household("h1")
    world.volunteer("v1")
    await world.write(store)
    return workspace(store)


async def test_a_posted_need_carries_its_parts_and_its_first_step(ws):
    posted = (await post_need(ws, worker(), NEW)).value
    assert (posted.state, posted.posted_by, posted.version) == (NeedState.POSTED, "worker", 1)
    slots = await ws.store.read(lambda tx: slots_of_needs(tx, worker(), [posted.id]))
    assert [slot.position for slot in slots[posted.id]] == [0]
    (step,) = (await ws.store.read(lambda tx: transitions_of_needs(tx, worker(), [posted.id])))[posted.id]
    assert (step.before, step.after, step.actor_id) == (None, NeedState.POSTED, "worker")


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"consent_recorded": False}, "HC-22"), ({"risk": RiskLevel.LOW}, "HC-06"), ({"title": " "}, None)],
)
async def test_posting_refuses_what_the_law_asks_to_be_said_first(ws, change, rule):
    with pytest.raises(InvalidInputError) as refused:
        await post_need(ws, worker(), replace(NEW, **change))
    assert refused.value.context.get("rule") == rule


async def test_only_the_desk_posts_and_only_inside_its_scope(ws):
    with pytest.raises(NotPermittedError):
        await post_need(ws, volunteer("v1"), NEW)
    with pytest.raises(NotFoundError):
        await post_need(ws, worker(path=OTHER_CITY), NEW)
    with pytest.raises(NotFoundError):
        await post_need(ws, worker(), replace(NEW, subject_id="nobody"))


async def test_the_same_key_posts_once_and_another_request_under_it_is_refused(ws):
    first = await post_need(ws, worker(), NEW, idempotency_key="k")
    again = await post_need(ws, worker(), NEW, idempotency_key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.value == first.value
    with pytest.raises(IdempotencyKeyReusedError):
        await post_need(ws, worker(), replace(NEW, title="别的"), idempotency_key="k")
    other = await post_need(ws, worker("colleague"), NEW, idempotency_key="k")
    assert not other.replayed


async def test_who_posted_does_not_verify(ws):
    posted = (await post_need(ws, worker(), NEW)).value
    with pytest.raises(SeparationOfDutiesError):
        await verify_need(ws, worker(), posted.id, expected_version=1, evidence="入户")
    verified = await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")
    assert (verified.state, verified.verified_by, verified.version) == (NeedState.VERIFIED, "second", 2)


async def test_verification_needs_evidence_and_the_version_that_was_read(ws):
    posted = (await post_need(ws, worker(), NEW)).value
    with pytest.raises(InvalidInputError):
        await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence=" ")
    with pytest.raises(StaleVersionError):
        await verify_need(ws, worker("second"), posted.id, expected_version=7, evidence="入户")
    with pytest.raises(NotFoundError):
        await verify_need(
            ws, worker("second", path=OTHER_CITY), posted.id, expected_version=1, evidence="入户"
        )


async def test_a_household_has_one_open_need_of_a_kind_and_category(ws):
    first = (await post_need(ws, worker(), NEW)).value
    twin = (await post_need(ws, worker(), NEW)).value
    await verify_need(ws, worker("second"), first.id, expected_version=1, evidence="入户")
    with pytest.raises(ConflictError) as refused:
        await verify_need(ws, worker("second"), twin.id, expected_version=1, evidence="入户")
    assert refused.value.context["other"] == first.id
    rejected = await reject_need(ws, worker("second"), twin.id, expected_version=1, reason="重复")
    assert rejected.state is NeedState.REJECTED


async def test_a_refused_step_leaves_nothing_behind(ws):
    posted = (await post_need(ws, worker(), NEW)).value
    with pytest.raises(TransitionError):
        await complete_need(ws, worker(), posted.id, expected_version=1, evidence="照片")
    steps = await ws.store.read(lambda tx: transitions_of_needs(tx, worker(), [posted.id]))
    assert len(steps[posted.id]) == 1
    await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")


async def _served(ws):
    new = replace(NEW, items=())
    posted = (await post_need(ws, worker(), new)).value
    await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")
    await claim_slot(ws, volunteer("v1"), f"{posted.id}:slot:0")
    started = await start_need(ws, volunteer("v1"), posted.id, expected_version=3)
    return await complete_need(
        ws, volunteer("v1"), posted.id, expected_version=started.version, evidence="签到"
    )


async def test_a_served_need_is_confirmed_by_another_and_the_minutes_count(ws):
    done = await _served(ws)
    confirmed = await confirm_need(ws, worker(), done.id, expected_version=done.version, feedback="满意")
    assert confirmed.state is NeedState.CONFIRMED
    from graph.reads.volunteers import volunteer_by_id

    served = await ws.store.read(lambda tx: volunteer_by_id(tx, worker(), "v1"))
    assert served.verified_minutes == 60


async def test_who_served_does_not_confirm(ws):
    done = await _served(ws)
    both = replace(worker(), participant_id="v1")
    with pytest.raises(SeparationOfDutiesError):
        await confirm_need(ws, both, done.id, expected_version=done.version)


async def test_a_stranger_does_not_report_on_a_need(ws):
    new = replace(NEW, items=())
    posted = (await post_need(ws, worker(), new)).value
    await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")
    await claim_slot(ws, volunteer("v1"), f"{posted.id}:slot:0")
    with pytest.raises(NotPermittedError):
        await start_need(ws, volunteer("v2"), posted.id, expected_version=3)


async def test_cancelling_frees_the_slots(ws):
    new = replace(NEW, items=())
    posted = (await post_need(ws, worker(), new)).value
    await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")
    await claim_slot(ws, volunteer("v1"), f"{posted.id}:slot:0")
    cancelled = await cancel_need(ws, worker(), posted.id, expected_version=3, reason="搬走")
    assert cancelled.state is NeedState.CANCELLED
    slots = await ws.store.read(lambda tx: slots_of_needs(tx, worker(), [posted.id]))
    assert [slot.held for slot in slots[posted.id]] == [False]


async def test_a_completion_names_its_evidence(ws):
    new = replace(NEW, items=())
    posted = (await post_need(ws, worker(), new)).value
    await verify_need(ws, worker("second"), posted.id, expected_version=1, evidence="入户")
    await claim_slot(ws, volunteer("v1"), f"{posted.id}:slot:0")
    with pytest.raises(InvalidInputError) as refused:
        await complete_need(ws, worker(), posted.id, expected_version=3, evidence=" ")
    assert refused.value.context["field"] == "evidence"


async def test_keys_of_two_actors_never_meet(ws):
    one = await post_need(ws, worker("org:amy"), NEW, idempotency_key="k")
    other = await post_need(ws, worker("org"), NEW, idempotency_key="amy:k")
    assert (other.replayed, other.value.posted_by) == (False, "org")
    assert one.value.id != other.value.id


async def test_an_institution_may_ask_twice_for_the_like(store):
    world = World()
    world.organisation("ward", kind="INSTITUTION")
    for need_id in ("first", "second"):
        world.need(
            need_id, slots=1, state="POSTED", subject_kind="INSTITUTION", subject_id="ward", verified_by=None
        )
    await world.write(store)
    ws = workspace(store)
    for need_id in ("first", "second"):
        verified = await verify_need(ws, worker(), need_id, expected_version=1, evidence="来函")
        assert verified.state is NeedState.VERIFIED
