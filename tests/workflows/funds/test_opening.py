"""Funds of every type open by two people of their holder, and close empty."""

from dataclasses import replace

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.funds import FundState, ImprestTerms
from domain.giving import FundType
from domain.purposes import BeneficiaryScope, Purpose, PurposeState
from graph.reads.funds import fund_by_id
from tests.builders import volunteer
from tests.workflows.funds.charity import (
    APPROVER,
    BOTH,
    EDUCATION,
    OFFICER,
    STRANGER,
    a_charity,
    a_fund,
    approve,
    give,
    opened,
    refuse,
    versions,
)
from workflows.funds.opening import amend_fund, close_fund, open_fund
from workflows.funds.purposes import decide_purpose

TRUST = replace(EDUCATION, beneficiary_scope=BeneficiaryScope.REGISTERED)
TERMS = ImprestTerms(float_fen=50_000, pay_first_fen=20_000)
OPENINGS = {
    FundType.GENERAL: {"purpose": Purpose()},
    FundType.SPECIAL: {},
    FundType.TRUST: {"purpose": TRUST},
    FundType.PROGRAMME: {},
    FundType.IMPREST: {"purpose": Purpose(), "parent_id": "general", "terms": TERMS},
    FundType.ENTERPRISE: {"sponsor_id": "firm"},
}


async def look(ws, fund_id, actor=OFFICER):
    return await ws.store.read(lambda tx: fund_by_id(tx, actor, fund_id))


@pytest.mark.parametrize("kind", list(FundType))
async def test_a_fund_of_each_type_opens_when_a_second_person_agrees(store, kind):
    ws = await a_charity(store)
    fund = (await open_fund(ws, OFFICER, a_fund(type=kind, **OPENINGS[kind]))).value
    assert (fund.state, fund.type) == (FundState.PROPOSED, kind)
    assert fund.closed_at is not None
    with pytest.raises(NotFoundError):
        await give(ws, fund.id, 100)
    version = await decide_purpose(ws, APPROVER, f"{fund.id}:0001", approve())
    assert version.state is PurposeState.IN_FORCE
    seen = await look(ws, fund.id)
    assert (seen.state, seen.closed_at, seen.organisation_id) == (FundState.OPEN, None, "charity")
    assert seen.available_fen == (TERMS.float_fen if kind is FundType.IMPREST else 0)
    await give(ws, fund.id, 100)


async def test_nobody_opens_a_fund_alone(store):
    ws = await a_charity(store)
    fund = (await open_fund(ws, BOTH, a_fund())).value
    with pytest.raises(SeparationOfDutiesError):
        await decide_purpose(ws, BOTH, f"{fund.id}:0001", approve())
    with pytest.raises(NotPermittedError):
        await decide_purpose(ws, OFFICER, f"{fund.id}:0001", approve())
    with pytest.raises(NotFoundError):
        await decide_purpose(ws, STRANGER, f"{fund.id}:0001", approve())
    assert (await look(ws, fund.id)).state is FundState.PROPOSED


async def test_a_refused_fund_never_opens(store):
    ws = await a_charity(store)
    fund = (await open_fund(ws, OFFICER, a_fund())).value
    refused = await decide_purpose(ws, APPROVER, f"{fund.id}:0001", refuse())
    assert (refused.state, refused.reason) == (PurposeState.REFUSED, "不合章程")
    assert (await look(ws, fund.id)).state is FundState.CLOSED
    with pytest.raises(TransitionError):
        await decide_purpose(ws, APPROVER, f"{fund.id}:0001", approve(2))


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        ({"purpose": Purpose()}, "categories", "HC-15"),
        ({"parent_id": "general"}, "parent_id", "HC-15"),
        ({"manager_ids": ()}, "manager_ids", "HC-15"),
        ({"type": FundType.TRUST}, "beneficiary_scope", "HC-16"),
        ({"type": FundType.TRUST, "purpose": Purpose()}, "categories", "HC-16"),
        ({"type": FundType.ENTERPRISE}, "sponsor_id", None),
        ({"type": FundType.IMPREST}, "parent_id", None),
        ({"type": FundType.IMPREST, "parent_id": "general"}, "imprest", None),
        ({"terms": TERMS}, "imprest", "HC-15"),
        ({"name": " "}, "name", None),
        ({"reference": ""}, "reference", None),
    ],
)
async def test_what_a_type_does_not_allow_is_refused_with_its_rule(memory_store, values, field, rule):
    ws = await a_charity(memory_store)
    with pytest.raises(InvalidInputError) as refused:
        await open_fund(ws, OFFICER, a_fund(**values))
    assert (refused.value.context.get("field"), refused.value.context.get("rule")) == (field, rule)


async def test_special_funds_have_no_funds_below_them(memory_store):
    ws = await a_charity(memory_store)
    special = await opened(ws)
    with pytest.raises(InvalidInputError) as refused:
        await open_fund(ws, OFFICER, a_fund(type=FundType.IMPREST, parent_id=special, terms=TERMS))
    assert refused.value.context["rule"] == "HC-15"


async def test_only_officers_of_the_holder_propose(memory_store):
    ws = await a_charity(memory_store)
    with pytest.raises(NotFoundError):
        await open_fund(ws, STRANGER, a_fund())
    with pytest.raises(NotPermittedError):
        await open_fund(ws, volunteer("v1"), a_fund())
    with pytest.raises(NotFoundError):
        await open_fund(ws, OFFICER, a_fund(manager_ids=("nobody",)))


async def test_a_repeated_opening_makes_one_fund(store):
    ws = await a_charity(store)
    first = await open_fund(ws, OFFICER, a_fund(), idempotency_key="k")
    again = await open_fund(ws, OFFICER, a_fund(), idempotency_key="k")
    assert (first.value, again.replayed) == (again.value, True)


async def test_a_fund_is_renamed_and_its_managers_change(store):
    ws = await a_charity(store)
    fund = await look(ws, await opened(ws))
    changed = await amend_fund(
        ws, OFFICER, fund.id, expected_version=fund.version, name="新名", manager_ids=("manager",),
        siblings=("general",),
    )  # fmt: skip
    assert (changed.name, changed.siblings, changed.categories) == ("新名", ("general",), fund.categories)
    with pytest.raises(StaleVersionError):
        await close_fund(ws, APPROVER, fund.id, expected_version=fund.version, reason="到期")


async def test_a_fund_with_money_winds_up_and_an_empty_one_closes(store):
    ws = await a_charity(store)
    empty, full = await opened(ws), await opened(ws)
    await give(ws, full, 100)
    version = (await look(ws, empty)).version
    closed = await close_fund(ws, APPROVER, empty, expected_version=version, reason="到期")
    assert closed.state is FundState.CLOSED
    with pytest.raises(NotFoundError):
        await give(ws, empty, 100)
    version = (await look(ws, full)).version
    winding = await close_fund(ws, APPROVER, full, expected_version=version, reason="到期")
    assert (winding.state, winding.closed_at) == (FundState.WINDING_UP, None)


async def test_a_fund_with_an_imprest_below_does_not_close(memory_store):
    ws = await a_charity(memory_store)
    await opened(ws, type=FundType.IMPREST, **OPENINGS[FundType.IMPREST])
    version = (await look(ws, "general")).version
    with pytest.raises(ConflictError):
        await close_fund(ws, APPROVER, "general", expected_version=version, reason="到期")


async def test_a_version_that_waits_is_told_with_who_proposed_it(memory_store):
    ws = await a_charity(memory_store)
    fund = (await open_fund(ws, OFFICER, a_fund())).value
    (only,) = await versions(ws, fund.id)
    assert (only.number, only.state, only.proposed_by) == (1, PurposeState.PROPOSED, "officer")
