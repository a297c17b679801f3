"""A decision on money is signed over what was shown, stands in the chain, and is checked later; many at one call."""

from dataclasses import replace

import pytest

from domain.errors import NotPermittedError, SeparationOfDutiesError, StaleVersionError
from graph.audit import verify
from graph.ports import Access, Statement
from tests.builders import officer
from tests.workflows.allocations.gifts import (
    ASKER,
    FIRST,
    SECOND,
    allocation_now,
    approved,
    given,
    opened,
    senior,
)
from workflows.allocations.approving import refuse_allocation
from workflows.allocations.bulk import Asked, approve_allocations
from workflows.allocations.signing import SignatureCheck, check_approvals

MORE = Statement("MATCH (n:Allocation {id: $id}) SET n.amount_fen = n.amount_fen + 1", Access.WRITE)
FORGET = Statement(
    "MATCH (e:AuditEntry) WHERE e.operation = 'allocation.approve' SET e.detail = '{}'", Access.WRITE
)


async def checked(ws, allocation, actor=SECOND):
    return await check_approvals(ws, actor, allocation.id)


async def test_an_approval_is_signed_over_the_sum_and_checked_later(store):
    ws = await opened(store)
    allocation = await approved(ws, await given(ws))
    found = await checked(ws, allocation)
    assert found.holds
    (one,) = found.approvals
    assert one.approver_id == FIRST.id
    assert one.check is SignatureCheck.VALID
    assert (await verify(store)).intact
    await store.write(lambda tx: tx.run(MORE, id=allocation.id))
    assert [each.check for each in (await checked(ws, allocation)).approvals] == [SignatureCheck.DIFFERS]


async def test_a_refusal_is_signed_too_and_another_key_does_not_verify(store):
    ws = await opened(store)
    allocation = await given(ws)
    await refuse_allocation(ws, FIRST, allocation.id, expected_version=allocation.version, reason="材料不齐")
    assert (await checked(ws, allocation)).holds
    elsewhere = replace(ws, secret=lambda name: b"0" * 32)
    assert [each.check for each in (await checked(elsewhere, allocation)).approvals] == [
        SignatureCheck.UNKNOWN_KEY
    ]


async def test_a_decision_whose_entry_was_emptied_is_told_apart(memory_store):
    ws = await opened(memory_store)
    allocation = await approved(ws, await given(ws))
    await memory_store.write(lambda tx: tx.run(FORGET))
    found = await checked(ws, allocation)
    assert [each.check for each in found.approvals] == [SignatureCheck.UNSIGNED]
    assert not found.holds


async def test_only_the_holder_and_auditors_see_who_decided(memory_store):
    ws = await opened(memory_store)
    allocation = await approved(ws, await given(ws))
    with pytest.raises(NotPermittedError):
        await checked(ws, allocation, replace(ASKER, scope=officer("other").scope, roles=frozenset()))


async def test_of_many_each_is_approved_by_itself_and_a_repeat_gives_the_same(store):
    ws = await opened(store)
    first = await given(ws, 1_000, fund_id="capped")
    second = await given(ws, 1_000, fund_id="fund")
    asked = [
        Asked(allocation_id=first.id, expected_version=first.version),
        Asked(allocation_id=second.id, expected_version=second.version + 7),
    ]
    done = await approve_allocations(ws, senior(), asked, idempotency_key="k")
    good, bad = done.value
    assert good.allocation is not None
    assert isinstance(bad.refusal, StaleVersionError)
    again = await approve_allocations(ws, senior(), asked, idempotency_key="k")
    assert again.value[0].allocation == good.allocation
    own = await approve_allocations(
        ws,
        ASKER,
        [Asked(allocation_id=second.id, expected_version=(await allocation_now(ws, second.id)).version)],
        idempotency_key="own",
    )
    assert isinstance(own.value[0].refusal, SeparationOfDutiesError)
