"""Money from its reservation to its public account, and back; each step by who may take it, and once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.allocations import AllocationState, DisclosureKind, DisclosureState, EvidenceKind
from domain.errors import (
    ConflictError,
    GraphUnavailableError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedState
from graph import audit
from graph.reads.allocations import approvals_of_allocations, evidence_of_allocations
from tests.builders import NOW, OTHER_CITY, officer, volunteer, worker, workspace
from tests.workflows.allocations.gifts import (
    ASKER,
    CASHIER,
    FIRST,
    SECOND,
    UnluckyStore,
    allocation_now,
    allocations_seen,
    approved,
    book,
    duties_seen,
    given,
    in_days,
    need_now,
    opened,
    paid,
    public,
    senior,
    shown,
    told,
)
from workflows.allocations.allocating import NewAllocation, allocate, pay_first
from workflows.allocations.approving import approve_allocation, refuse_allocation
from workflows.allocations.disclosing import disclose_allocation, publish_disclosure
from workflows.allocations.paying import claw_back_allocation, disburse_allocation, release_allocation
from workflows.allocations.telling import record_evidence, send_feedback
from workflows.allocations.ticking import tick
from workflows.needs.lifecycle import cancel_need, complete_need, confirm_need, reject_need, verify_need
from workflows.people import clock_actor


@pytest.fixture
async def ws(store):
    return await opened(store)


async def test_a_gift_is_led_from_the_fund_to_its_public_account(ws):
    gift = await given(ws)
    assert (gift.state, gift.approvals_wanted, gift.requested_by) == (AllocationState.RESERVED, 1, "asker")
    assert await book(ws) == (19_970_000, 30_000, 0)
    assert (await need_now(ws)).state is NeedState.OFFERED
    gift = await approved(ws, gift)
    assert (gift.state, gift.approved_at) == (AllocationState.APPROVED, NOW)
    assert (await need_now(ws)).state is NeedState.ACCEPTED
    gift = await paid(ws, gift)
    assert (gift.state, gift.disbursed_by) == (AllocationState.DISBURSED, "cashier")
    assert await book(ws) == (19_970_000, 0, 30_000)
    (duty,) = await duties_seen(ws)
    assert (duty.kind, duty.state, duty.due_on) == (
        DisclosureKind.PROJECT,
        DisclosureState.DUE,
        in_days(90).date(),
    )
    gift = await shown(ws, gift)
    assert gift.state is AllocationState.EVIDENCED
    gift = await told(ws, gift)
    assert gift.state is AllocationState.FEEDBACK_SENT
    gift = await public(ws, gift)
    assert (gift.state, gift.disclosed_at) == (AllocationState.DISCLOSED, NOW)
    (duty,) = await duties_seen(ws)
    assert (duty.state, duty.published_by) == (DisclosureState.PUBLISHED, "first")
    held = await ws.store.read(lambda tx: approvals_of_allocations(tx, FIRST, [gift.id]))
    assert [each.approver_id for each in held[gift.id]] == ["first"]
    kept = await ws.store.read(lambda tx: evidence_of_allocations(tx, FIRST, [gift.id]))
    assert [each.kind for each in kept[gift.id]] == [EvidenceKind.ACCEPTANCE]
    assert (await audit.verify(ws.store)).intact


async def test_the_desk_confirms_a_need_once_its_money_is_paid_and_its_word_is_the_evidence(ws):
    gift = await approved(ws, await given(ws))
    need = await need_now(ws)
    done = await complete_need(ws, worker(), "need", expected_version=need.version, evidence="回执")
    with pytest.raises(ConflictError, match="not been paid"):
        await confirm_need(ws, worker(), "need", expected_version=done.version)
    await paid(ws, gift)
    with pytest.raises(SeparationOfDutiesError):
        await confirm_need(ws, worker("cashier"), "need", expected_version=done.version)
    await confirm_need(ws, worker(), "need", expected_version=done.version)
    after = await allocation_now(ws, gift.id)
    assert (after.state, after.evidenced_at) == (AllocationState.EVIDENCED, NOW)


STEPS = {
    "approve": (approve_allocation, FIRST, {}),
    "refuse": (refuse_allocation, FIRST, {"reason": "材料不全"}),
    "release": (release_allocation, FIRST, {"reason": "另有安排"}),
    "disburse": (disburse_allocation, CASHIER, {"payment_reference": "转账"}),
    "claw_back": (claw_back_allocation, FIRST, {"reason": "重复救助"}),
    "evidence": (record_evidence, worker(), {"kind": EvidenceKind.ACCEPTANCE, "reference": "签收单"}),
    "feedback": (send_feedback, FIRST, {"words": "已送达"}),
    "disclose": (disclose_allocation, FIRST, {}),
}
BEFORE = {
    "approve": (),
    "refuse": (),
    "release": (approved,),
    "disburse": (approved,),
    "claw_back": (approved, paid),
    "evidence": (approved, paid),
    "feedback": (approved, paid, shown),
    "disclose": (approved, paid, shown, told),
}
REPEATABLE = {"evidence"}  # a second paper is a second paper


async def _at(ws, step):
    gift = await given(ws)
    for earlier in BEFORE[step]:
        gift = await earlier(ws, gift)
    return gift


@pytest.mark.parametrize("loses", ["request", "answer"])
@pytest.mark.parametrize("step", list(STEPS))
async def test_a_step_that_was_cut_off_is_taken_once_however_it_is_asked_again(memory_store, step, loses):
    """The request or the answer is lost; the client asks again with the same key, with another, with none."""
    ws = await opened(memory_store)
    gift = await _at(ws, step)
    call, actor, more = STEPS[step]
    lucky = replace(ws, store=UnluckyStore(ws.store))
    lucky.store.loses = loses
    asked = {"expected_version": gift.version, **more}
    before = await book(ws)
    with pytest.raises(GraphUnavailableError):
        await call(lucky, actor, gift.id, **asked, idempotency_key="k")
    assert (loses == "answer") == (await allocation_now(ws, gift.id) != gift)
    again = await call(lucky, actor, gift.id, **asked, idempotency_key="k")
    assert again.replayed == (loses == "answer")
    after = await book(ws)
    assert again.value == await allocation_now(ws, gift.id)
    assert (await call(lucky, actor, gift.id, **asked, idempotency_key="k")).replayed
    with pytest.raises(IdempotencyKeyReusedError):
        await call(lucky, actor, gift.id, **{**asked, "expected_version": 99}, idempotency_key="k")
    with pytest.raises(StaleVersionError):
        await call(lucky, actor, gift.id, **asked)
    if step not in REPEATABLE:
        with pytest.raises((TransitionError, SeparationOfDutiesError)):
            await call(lucky, actor, gift.id, **{**asked, "expected_version": again.value.version})
    assert await book(ws) == after
    moved = step in ("refuse", "release", "disburse", "claw_back")
    assert (after != before) == moved


@pytest.mark.parametrize("loses", ["request", "answer"])
async def test_money_that_is_set_aside_or_paid_first_is_so_once(memory_store, loses):
    ws = await opened(memory_store)
    lucky = replace(ws, store=UnluckyStore(ws.store))
    new = NewAllocation(need_id="need", fund_id="imprest", amount_fen=10_000)
    for call, more in ((allocate, {}), (pay_first, {"payment_reference": "现金"})):
        version = (await need_now(ws)).version
        before = await book(ws, "imprest")
        lucky.store.loses = loses
        asked = {"expected_version": version, **more, "idempotency_key": call.__name__}
        with pytest.raises(GraphUnavailableError):
            await call(lucky, ASKER, new, **asked)
        first = await call(lucky, ASKER, new, **asked)
        again = await call(lucky, ASKER, new, **asked)
        assert (first.replayed, again.replayed) == (loses == "answer", True)
        assert first.value == again.value
        after = await book(ws, "imprest")
        assert before[0] - after[0] == 10_000
        with pytest.raises(StaleVersionError):
            await call(lucky, ASKER, new, **{**asked, "idempotency_key": None})
        assert await book(ws, "imprest") == after


async def test_two_who_pay_at_once_pay_once(ws):
    gift = await approved(ws, await given(ws))
    results = await asyncio.gather(
        *(paid(ws, gift, officer("charity", actor_id=f"cashier-{i}")) for i in range(4)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1
    assert await book(ws) == (19_970_000, 0, 30_000)


async def test_two_gifts_at_once_do_not_pass_a_need_s_gap(ws):
    results = await asyncio.gather(
        *(given(ws, 30_000, actor=officer("charity", actor_id=f"asker-{i}")) for i in range(4)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, Exception) for each in results) == 1
    assert await book(ws) == (19_970_000, 30_000, 0)


async def test_nobody_has_two_parts_in_one_gift(ws):
    with pytest.raises(SeparationOfDutiesError):
        await given(ws, actor=officer("charity", actor_id="verifier"))
    gift = await given(ws, 10_000)
    for name in ("asker", "poster", "verifier"):
        with pytest.raises(SeparationOfDutiesError):
            await approved(ws, gift, officer("charity", actor_id=name))
    gift = await approved(ws, gift)
    with pytest.raises(SeparationOfDutiesError):
        await paid(ws, gift, FIRST)
    gift = await paid(ws, gift)
    for name in ("first", "cashier"):
        with pytest.raises(SeparationOfDutiesError):
            await shown(ws, gift, worker(name))
    with pytest.raises(SeparationOfDutiesError):
        await claw_back_allocation(ws, CASHIER, gift.id, expected_version=gift.version, reason="退回")
    assert (await allocation_now(ws, gift.id)).state is AllocationState.DISBURSED


async def test_only_people_of_the_charity_decide_and_strangers_see_nothing(ws):
    gift = await given(ws)
    with pytest.raises(NotPermittedError):
        await approved(ws, gift, worker())  # the desk sees all and gives nothing
    stranger = officer("other-charity", actor_id="stranger")
    for call in (approved, paid):
        with pytest.raises(NotFoundError):
            await call(ws, gift, stranger)
    with pytest.raises(NotPermittedError):
        await given(ws, 1, fund_id="others")
    with pytest.raises(NotFoundError):
        await given(ws, 1, actor=officer("charity", actor_id="abroad", path=OTHER_CITY))
    with pytest.raises(NotPermittedError):
        await given(ws, 1, actor=volunteer("v0"))
    assert not await allocations_seen(ws, stranger)
    assert not await allocations_seen(ws, worker(path=OTHER_CITY))
    with pytest.raises(NotPermittedError):
        await shown(ws, await paid(ws, await approved(ws, gift)), FIRST)  # arrival is the desk's to say


async def test_larger_sums_take_more_people_and_parts_count_together(memory_store):
    ws = await opened(memory_store, amount_fen=6_000_000)
    small = await given(ws, 499_999)
    assert small.approvals_wanted == 1
    more = await given(ws, 1)
    assert more.approvals_wanted == 2  # 5,000 yuan in all
    waits = await approved(ws, more)
    assert waits.state is AllocationState.RESERVED
    with pytest.raises(SeparationOfDutiesError):
        await approved(ws, waits, FIRST)
    assert (await approved(ws, waits, SECOND)).state is AllocationState.APPROVED
    large = await given(ws, 2_000_000)
    assert large.approvals_wanted == 2


async def test_the_largest_sums_take_a_named_approver_last_and_a_paper_more(memory_store):
    ws = await opened(memory_store, amount_fen=6_000_000, kind="WORKS", subject_kind="INSTITUTION")
    gift = await approved(ws, await given(ws, 6_000_000), FIRST, SECOND)
    assert (gift.approvals_wanted, gift.state) == (3, AllocationState.RESERVED)
    with pytest.raises(NotPermittedError):
        await approved(ws, gift, officer("charity", actor_id="third"))
    gift = await approved(ws, gift, senior())
    gift = await shown(ws, await paid(ws, gift))
    assert gift.state is AllocationState.DISBURSED
    with pytest.raises(TransitionError):
        await told(ws, gift)
    assert (await shown(ws, gift, SECOND, EvidenceKind.RECEIPT)).state is AllocationState.EVIDENCED


async def test_a_special_fund_takes_two_people_of_its_charity(ws):
    gift = await approved(ws, await given(ws, 10_000, fund_id="special"))
    assert (gift.approvals_wanted, gift.state) == (2, AllocationState.RESERVED)
    assert (await approved(ws, gift, SECOND)).state is AllocationState.APPROVED


async def test_a_refused_gift_is_free_again_and_its_need_asks_again(ws):
    gift = await given(ws)
    refused = await refuse_allocation(ws, FIRST, gift.id, expected_version=gift.version, reason="不符")
    assert refused.value.state is AllocationState.RELEASED
    assert await book(ws) == (20_000_000, 0, 0)
    assert (await need_now(ws)).state is NeedState.MATCHING
    assert (await approved(ws, await given(ws))).state is AllocationState.APPROVED


async def test_money_that_nobody_pays_for_a_month_is_free_again(ws):
    waiting = await given(ws, 10_000)
    accepted = await approved(ws, await given(ws, 20_000))
    for days, released in ((29, 0), (31, 2), (32, 0)):
        later = replace(ws, clock=lambda d=days: in_days(d))
        assert (await tick(later, clock_actor(), holder="test")).figures() == {
            "released": released,
            "waiting": 0,
        }
    for gift in (waiting, accepted):
        assert (await allocation_now(ws, gift.id)).state is AllocationState.RELEASED
    assert await book(ws) == (20_000_000, 0, 0)
    assert (await need_now(ws)).state is NeedState.MATCHING


async def test_money_of_help_that_is_being_given_is_kept(ws):
    gift = await approved(ws, await given(ws))
    need = await need_now(ws)
    await complete_need(ws, worker(), "need", expected_version=need.version, evidence="回执")
    later = replace(ws, clock=lambda: in_days(31))
    assert (await tick(later, clock_actor(), holder="test")).waiting == 1
    with pytest.raises(ConflictError):
        await release_allocation(ws, FIRST, gift.id, expected_version=gift.version, reason="不用了")
    with pytest.raises(TransitionError):
        await paid(later, gift)  # kept too long: by now nobody may pay it unseen


async def test_money_that_is_clawed_back_is_free_and_asked_for_again(ws):
    gift = await paid(ws, await approved(ws, await given(ws)))
    back = await claw_back_allocation(ws, SECOND, gift.id, expected_version=gift.version, reason="重复救助")
    assert back.value.state is AllocationState.CLAWED_BACK
    assert await book(ws) == (20_000_000, 0, 0)
    assert (await need_now(ws)).state is NeedState.MATCHING
    (duty,) = await duties_seen(ws)
    assert duty.state is DisclosureState.DUE  # that it went and came is told all the same
    done = await publish_disclosure(ws, FIRST, duty.id, expected_version=duty.version)
    assert done.value.state is DisclosureState.PUBLISHED
    assert (await paid(ws, await approved(ws, await given(ws)))).state is AllocationState.DISBURSED


async def test_a_need_is_not_cancelled_over_paid_money(ws):
    gift = await approved(ws, await given(ws))
    await paid(ws, gift)
    need = await need_now(ws)
    with pytest.raises(ConflictError, match="claw"):
        await cancel_need(ws, worker(), "need", expected_version=need.version, reason="搬走")
    assert await book(ws) == (19_970_000, 0, 30_000)


async def test_a_cancelled_need_gives_back_what_was_set_aside(ws):
    gift = await approved(ws, await given(ws))
    need = await need_now(ws)
    await cancel_need(ws, worker(), "need", expected_version=need.version, reason="搬走")
    assert (await allocation_now(ws, gift.id)).state is AllocationState.RELEASED
    assert await book(ws) == (20_000_000, 0, 0)


async def test_a_pressing_need_is_helped_first_and_its_papers_follow(ws):
    need = await need_now(ws, "posted")
    new = NewAllocation(need_id="posted", fund_id="imprest", amount_fen=30_000)
    done = await pay_first(ws, worker(), new, expected_version=need.version, payment_reference="现金 1")
    gift = done.value
    assert (gift.state, gift.pay_first, gift.disbursed_by) == (AllocationState.DISBURSED, True, "worker")
    assert await book(ws, "imprest") == (970_000, 0, 30_000)
    assert gift.papers_due_at == in_days(14)  # ten working days in this city
    assert not await allocations_seen(ws, papers_overdue_at=in_days(14))
    assert [each.id for each in await allocations_seen(ws, papers_overdue_at=in_days(15))] == [gift.id]
    with pytest.raises(ConflictError, match="claw"):
        await reject_need(ws, worker("other"), "posted", expected_version=need.version + 1, reason="不实")
    with pytest.raises(SeparationOfDutiesError):
        await verify_need(ws, worker(), "posted", expected_version=need.version + 1, evidence="入户")
    verified = await verify_need(
        ws, worker("other"), "posted", expected_version=need.version + 1, evidence="入户"
    )
    assert verified.state is NeedState.ACCEPTED
    with pytest.raises(SeparationOfDutiesError):
        await approved(ws, gift, officer("charity", actor_id="worker"))
    filed = await approved(ws, gift)
    assert (filed.state, filed.approved_at) == (AllocationState.DISBURSED, NOW)
    assert not await allocations_seen(ws, papers_overdue_at=in_days(15))
    with pytest.raises(TransitionError):
        await approved(ws, filed, SECOND)


@pytest.mark.parametrize(
    ("fund", "amount_fen", "need"),
    [("fund", 1_000, {}), ("imprest", 1_000, {"urgency": "ROUTINE"}), ("imprest", 300_001, {})],
)
async def test_only_small_sums_of_an_imprest_fund_are_paid_first(memory_store, fund, amount_fen, need):
    ws = await opened(memory_store, **{"amount_fen": 500_000, **need})
    new = NewAllocation(need_id="need", fund_id=fund, amount_fen=amount_fen)
    with pytest.raises(ConflictError) as refused:
        await pay_first(ws, FIRST, new, expected_version=1, payment_reference="现金")
    assert refused.value.context["rule"] == "pay_first"


async def test_an_imprest_fund_is_paid_from_by_its_own_desk_and_charity(ws):
    new = NewAllocation(need_id="need", fund_id="imprest", amount_fen=1_000)
    village = "/NBS/32/3205/320582/320582100/320582100200/"
    for actor, refusal in (
        (volunteer("v0"), NotPermittedError),
        (worker(path=village), NotFoundError),
        (officer("other-charity", actor_id="stranger"), NotPermittedError),
        (worker("verifier"), SeparationOfDutiesError),
    ):
        with pytest.raises(refusal):
            await pay_first(ws, actor, new, expected_version=1, payment_reference="现金")
    assert await book(ws, "imprest") == (1_000_000, 0, 0)


async def test_papers_that_are_refused_leave_the_money_to_be_clawed_back(ws):
    need = await need_now(ws)
    new = NewAllocation(need_id="need", fund_id="imprest", amount_fen=30_000)
    done = await pay_first(ws, worker(), new, expected_version=need.version, payment_reference="现金 1")
    assert (await need_now(ws)).state is NeedState.ACCEPTED
    refused = await refuse_allocation(
        ws, FIRST, done.value.id, expected_version=done.value.version, reason="不符合条件"
    )
    assert refused.value.state is AllocationState.DISBURSED
    back = await claw_back_allocation(
        ws, SECOND, done.value.id, expected_version=refused.value.version, reason="不符合条件"
    )
    assert back.value.state is AllocationState.CLAWED_BACK
    assert await book(ws, "imprest") == (1_000_000, 0, 0)
    assert not await allocations_seen(ws, papers_overdue_at=in_days(60))


async def test_what_givers_are_told_leads_to_nobody(ws):
    gift = await shown(ws, await paid(ws, await approved(ws, await given(ws))))
    for words in ("王大爷收到了", "电话 13812345678"):
        with pytest.raises(InvalidInputError) as refused:
            await told(ws, gift, words=words)
        assert refused.value.context["rule"] == "HC-24"
    with pytest.raises(InvalidInputError):
        await record_evidence(
            ws,
            worker(),
            gift.id,
            expected_version=gift.version,
            kind=EvidenceKind.PHOTO,
            reference="照片",
            sha256="no digest",
        )


async def test_an_old_reservation_is_not_approved(ws):
    gift = await given(ws)
    late = workspace(ws.store, now=NOW + timedelta(days=30))
    with pytest.raises(TransitionError):
        await approved(late, gift)
