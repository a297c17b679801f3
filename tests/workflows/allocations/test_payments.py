"""Money between its approval and its way back: rules are asked again when it leaves, and a part of it may come back."""

from datetime import date

import pytest

from domain.allocations import AllocationState
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.funds import FundState
from domain.needs import NeedState
from graph.ledger.proof import prove
from graph.ports import Access, Statement
from tests.builders import worker
from tests.workflows.allocations.gifts import (
    CASHIER,
    FIRST,
    SECOND,
    allocation_now,
    approved,
    book,
    given,
    need_now,
    opened,
    paid,
)
from tests.workflows.rounds import REQUEST
from workflows.allocations.allocating import NewAllocation, pay_first
from workflows.allocations.paying import claw_back_allocation, disburse_allocation
from workflows.needs.lifecycle import cancel_need, complete_need
from workflows.people import matcher_actor
from workflows.rounds.running import publish_round, run_round

_NARROW = Statement("MATCH (f:Fund {id: 'fund'}) SET f.categories = ['EDUCATION']", Access.WRITE)
_END = Statement("MATCH (f:Fund {id: 'fund'}) SET f.valid_to = $day", Access.WRITE)
_CAP = Statement("MATCH (f:Fund {id: 'fund'}) SET f.case_cap_fen = 20000", Access.WRITE)
_CLOSE = Statement("MATCH (f:Fund {id: 'fund'}) SET f.state = 'CLOSED'", Access.WRITE)
_MANAGE = Statement("MATCH (f:Fund {id: 'fund'}) SET f.manager_ids = ['aunt']", Access.WRITE)
_HELPED = Statement("MATCH (n:Need {id: 'need'}) SET n.policy_aid_fen = 29999", Access.WRITE)
_SET_FUND = Statement("MATCH (f:Fund {id: $id}) SET f.state = $state", Access.WRITE)

CHANGES = [
    ("HC-11", _NARROW, {}),
    ("HC-14", _END, {"day": date(2026, 3, 1)}),
    ("HC-12", _CAP, {}),
    ("HC-13", _MANAGE, {}),
    ("HC-20", _HELPED, {}),
    ("fund_state", _CLOSE, {}),
]


async def taken_back(ws, allocation, amount_fen=None, actor=SECOND, key=None):
    done = await claw_back_allocation(
        ws,
        actor,
        allocation.id,
        expected_version=allocation.version,
        reason="one bill came twice",
        amount_fen=amount_fen,
        idempotency_key=key,
    )
    return done.value


@pytest.mark.parametrize(("rule", "change", "values"), CHANGES, ids=[rule for rule, _, _ in CHANGES])
async def test_what_a_rule_forbids_by_now_is_not_paid_and_is_free_again(memory_store, rule, change, values):
    ws = await opened(memory_store)
    before = await book(ws)
    allocation = await approved(ws, await given(ws))
    await ws.store.write(lambda tx: tx.run(change, **values))
    with pytest.raises(ConflictError) as refused:
        await paid(ws, allocation)
    assert refused.value.context["rule"] == rule
    assert refused.value.context["released"] is True
    released = await allocation_now(ws, allocation.id)
    assert released.state is AllocationState.RELEASED
    assert released.released_reason == str(refused.value)
    assert await book(ws) == before
    assert (await need_now(ws)).state is NeedState.MATCHING
    with pytest.raises(TransitionError):
        await paid(ws, released)


async def test_a_refused_payment_leaves_its_money_free_on_each_engine(store):
    ws = await opened(store)
    allocation = await approved(ws, await given(ws))
    await ws.store.write(lambda tx: tx.run(_NARROW))
    with pytest.raises(ConflictError):
        await paid(ws, allocation)
    assert (await allocation_now(ws, allocation.id)).state is AllocationState.RELEASED


async def test_what_holds_is_paid_though_the_gift_fills_gap_cap_and_ceiling_by_itself(memory_store):
    ws = await opened(memory_store, amount_fen=20_000)
    allocation = await approved(ws, await given(ws, 20_000, fund_id="capped"))
    assert (await paid(ws, allocation)).state is AllocationState.DISBURSED


async def test_money_of_help_that_is_being_given_is_refused_and_kept(memory_store):
    ws = await opened(memory_store)
    allocation = await approved(ws, await given(ws))
    need = await need_now(ws)
    await complete_need(ws, worker(), need.id, expected_version=need.version, evidence="done")
    await ws.store.write(lambda tx: tx.run(_NARROW))
    with pytest.raises(ConflictError) as refused:
        await paid(ws, allocation)
    assert refused.value.context["released"] is False
    assert (await allocation_now(ws, allocation.id)).state is AllocationState.APPROVED


async def test_the_money_of_a_need_that_was_cancelled_is_not_paid(memory_store):
    ws = await opened(memory_store)
    before = await book(ws)
    allocation = await approved(ws, await given(ws))
    need = await need_now(ws)
    await cancel_need(ws, worker(), need.id, expected_version=need.version, reason="moved")
    with pytest.raises(TransitionError):
        await paid(ws, await allocation_now(ws, allocation.id))
    assert await book(ws) == before


@pytest.mark.parametrize("state", [FundState.WINDING_UP, FundState.CLOSED, FundState.PROPOSED])
async def test_a_fund_that_is_not_open_takes_nothing_on_by_hand_nor_in_a_round(memory_store, state):
    ws = await opened(memory_store)
    for fund in ("fund", "imprest"):
        await ws.store.write(lambda tx, f=fund: tx.run(_SET_FUND, id=f, state=state.value))
    with pytest.raises(ConflictError) as refused:
        await given(ws)
    assert (refused.value.context["rule"], refused.value.context["state"]) == ("fund_state", state.value)
    need = await need_now(ws)
    first = NewAllocation(need_id="need", fund_id="imprest", amount_fen=10_000)
    with pytest.raises(ConflictError):
        await pay_first(ws, FIRST, first, expected_version=need.version, payment_reference="cash")
    row = (await run_round(ws, matcher_actor(), REQUEST)).round
    await publish_round(ws, worker(), row.id, expected_version=1, idempotency_key="publish")
    for fund in ("fund", "imprest"):
        assert (await book(ws, fund))[1] == 0


async def test_a_fund_that_winds_up_pays_what_it_had_promised(memory_store):
    ws = await opened(memory_store)
    allocation = await approved(ws, await given(ws))
    await ws.store.write(lambda tx: tx.run(_SET_FUND, id="fund", state=FundState.WINDING_UP.value))
    assert (await paid(ws, allocation)).state is AllocationState.DISBURSED


async def test_a_round_whose_fund_was_closed_meanwhile_is_not_published(memory_store):
    ws = await opened(memory_store)
    row = (await run_round(ws, matcher_actor(), REQUEST)).round
    funds = ("fund", "capped", "poor", "special", "imprest", "others")
    for fund in funds:
        await ws.store.write(lambda tx, f=fund: tx.run(_SET_FUND, id=f, state=FundState.WINDING_UP.value))
    with pytest.raises(ConflictError):
        await publish_round(ws, worker(), row.id, expected_version=1, idempotency_key="publish")


async def test_a_part_comes_back_and_the_rest_stays_paid_on_each_engine(store):
    ws = await opened(store)
    free, _, spent = await book(ws)
    allocation = await paid(ws, await approved(ws, await given(ws)))
    less = await taken_back(ws, allocation, 10_000, key="part")
    assert (less.state, less.amount_fen, less.clawed_back_fen) == (AllocationState.DISBURSED, 20_000, 10_000)
    assert await taken_back(ws, allocation, 10_000, key="part") == less
    assert await book(ws) == (free - 20_000, 0, spent + 20_000)
    assert (await need_now(ws)).state is NeedState.PARTIAL
    again = await given(ws, 10_000, actor=FIRST)  # the need asks for what came back
    assert again.amount_fen == 10_000
    less = await taken_back(ws, await allocation_now(ws, less.id), 5_000)
    whole = await taken_back(ws, less)
    assert (whole.state, whole.clawed_back_fen) == (AllocationState.CLAWED_BACK, 15_000)
    assert await book(ws) == (free - 10_000, 10_000, spent)
    assert (await prove(ws.store)).holds


@pytest.mark.parametrize("amount_fen", [0, -1, 30_001])
async def test_no_more_comes_back_than_was_paid(memory_store, amount_fen):
    ws = await opened(memory_store)
    allocation = await paid(ws, await approved(ws, await given(ws)))
    with pytest.raises(InvalidInputError):
        await taken_back(ws, allocation, amount_fen)


async def test_a_payment_that_was_refused_is_refused_again_under_its_key(memory_store):
    ws = await opened(memory_store)
    allocation = await approved(ws, await given(ws))
    await ws.store.write(lambda tx: tx.run(_NARROW))
    for expected in (ConflictError, ConflictError):
        with pytest.raises(expected):
            await disburse_allocation(
                ws,
                CASHIER,
                allocation.id,
                expected_version=allocation.version,
                payment_reference="transfer",
                idempotency_key="pay",
            )
    assert (await allocation_now(ws, allocation.id)).state is AllocationState.RELEASED
