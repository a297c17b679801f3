"""Money goes between books by two people and inside the walls; programmes, imprests and what is left over."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.allocations import DisclosureKind
from domain.costs import CostClass
from domain.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.funds import Book, ImprestTerms, LeftOverGround, TransferKind, TransferState
from domain.giving import EarmarkKind, FundType, Restriction
from domain.ledger import FundAccount
from domain.needs import NeedCategory
from domain.purposes import Earmark, Purpose
from graph.earmarks import create_earmark, earmark_as_it_is
from graph.ledger.balances import book_balances
from graph.ledger.proof import prove
from graph.ports import Access, Statement
from tests.builders import CITY, NOW, workspace
from tests.workflows.funds.charity import (
    APPROVER,
    BOTH,
    EDUCATION,
    MEDICAL,
    OFFICER,
    STRANGER,
    TODAY,
    a_charity,
    approve,
    give,
    opened,
    refuse,
    the_world,
    until,
)
from workflows.funds.expenses import NewExpense, decide_expense, record_expense, reverse_expense
from workflows.funds.imprest import top_up_imprest
from workflows.funds.opening import close_fund
from workflows.funds.programmes import (
    NewBudget,
    NewProgramme,
    end_programme,
    programme_templates,
    propose_budget,
    start_programme,
)
from workflows.funds.transfers import NewTransfer, decide_transfer, propose_transfer

DUTIES = Statement(
    "MATCH (d:Disclosure) RETURN d.kind AS kind, d.amount_fen AS amount_fen, d.due_on AS due_on", Access.READ
)
TERMS = ImprestTerms(float_fen=50_000, pay_first_fen=20_000)
IMPREST = {"type": FundType.IMPREST, "purpose": Purpose(), "parent_id": "general", "terms": TERMS}


async def free_in(ws, fund_id, earmark_id=None):
    books = await ws.store.read(lambda tx: book_balances(tx, [fund_id]))
    return books[(fund_id, earmark_id)][FundAccount.AVAILABLE]


async def a_programme(ws, template="dream-of-university", **values):
    new = NewProgramme(template_id=template, organisation_id="charity", name="圆梦大学", **values)
    return (await start_programme(ws, OFFICER, new)).value


async def budgeted(ws, programme_id, amount_fen=60_000, year=2026):
    new = NewBudget(programme_id=programme_id, fund_id="general", year=year, amount_fen=amount_fen)
    row = (await propose_budget(ws, OFFICER, new)).value
    await decide_transfer(ws, APPROVER, row.id, approve())
    return row.taker


def transfer(kind, giver, taker, amount_fen=1_000) -> NewTransfer:
    return NewTransfer(kind=kind, giver=giver, taker=taker, amount_fen=amount_fen)


@pytest.mark.parametrize("template", list(programme_templates()))
async def test_each_template_becomes_a_programme(memory_store, template):
    ws = await a_charity(memory_store)
    shipped = programme_templates()[template]
    row = await a_programme(ws, template, case_cap_fen=None if shipped.case_cap_fen else 20_000)
    assert (row.template_id, row.documents, row.season) == (template, shipped.documents, shipped.yearly)
    assert row.purpose.case_cap_fen == (shipped.case_cap_fen or 20_000)
    assert shipped.source


async def test_a_programme_keeps_to_its_templates_cap(memory_store):
    ws = await a_charity(memory_store)
    for template, cap in (("dream-of-university", 600_001), ("charity-medical-aid", None)):
        with pytest.raises(InvalidInputError) as refused:
            await a_programme(ws, template, case_cap_fen=cap)
        assert refused.value.context["field"] == "case_cap"
    with pytest.raises(NotFoundError):
        await a_programme(ws, "no-such")


async def test_a_budget_is_an_earmark_for_the_season_filled_by_two(store):
    ws = await a_charity(store)
    programme = await a_programme(ws)
    new = NewBudget(programme_id=programme.id, fund_id="general", year=2026, amount_fen=60_000)
    row = (await propose_budget(ws, BOTH, new)).value
    mark = await ws.store.read(lambda tx: earmark_as_it_is(tx, row.taker.earmark_id))
    assert (mark.kind, mark.programme_id) == (EarmarkKind.PROGRAMME, programme.id)
    validity = mark.purpose.restriction.validity
    assert (validity.valid_from, validity.valid_to) == (date(2026, 7, 1), date(2026, 9, 16))
    with pytest.raises(SeparationOfDutiesError):
        await decide_transfer(ws, BOTH, row.id, approve())
    done = await decide_transfer(ws, APPROVER, row.id, approve())
    assert (done.state, done.decided_by) == (TransferState.DONE, "approver")
    assert await free_in(ws, "general") == 10_000_000 - 60_000
    assert await free_in(ws, "general", mark.id) == 60_000
    with pytest.raises(StaleVersionError):
        await decide_transfer(ws, APPROVER, row.id, approve())
    with pytest.raises(TransitionError):
        await decide_transfer(ws, APPROVER, row.id, approve(2))
    again = (await propose_budget(ws, OFFICER, new)).value
    await decide_transfer(ws, APPROVER, again.id, approve())
    assert await free_in(ws, "general", mark.id) == 120_000


async def test_a_refused_budget_moves_nothing(store):
    ws = await a_charity(store)
    programme = await a_programme(ws)
    new = NewBudget(programme_id=programme.id, fund_id="general", year=2026, amount_fen=60_000)
    row = (await propose_budget(ws, OFFICER, new)).value
    assert (await decide_transfer(ws, APPROVER, row.id, refuse())).state is TransferState.REFUSED
    assert await free_in(ws, "general") == 10_000_000


async def test_a_budget_stays_inside_the_funds_wall_and_money(store):
    ws = await a_charity(store)
    programme = await a_programme(ws)
    medical = await opened(ws, purpose=MEDICAL)
    with pytest.raises(InvalidInputError) as refused:
        await propose_budget(
            ws, OFFICER, NewBudget(programme_id=programme.id, fund_id=medical, year=2026, amount_fen=1)
        )
    assert refused.value.context["rule"] == "HC-11"
    with pytest.raises(InsufficientFundsError):
        await budgeted(ws, programme.id, amount_fen=10_000_001)
    with pytest.raises(ConflictError):
        await budgeted(ws, programme.id, year=2025)


async def test_a_programmes_money_goes_back_where_it_came_from_and_no_more(store):
    ws = await a_charity(store)
    book = await budgeted(ws, (await a_programme(ws)).id)
    await give(ws, "general", 5_000, earmark_id=book.earmark_id)
    back = transfer(TransferKind.GIVE_BACK, book, Book(fund_id="general"), 60_001)
    with pytest.raises(ConflictError) as refused:
        await propose_transfer(ws, OFFICER, back)
    assert (refused.value.context["came_fen"], refused.value.context["rule"]) == (60_000, "HC-12")
    row = (await propose_transfer(ws, OFFICER, replace(back, amount_fen=60_000))).value
    await decide_transfer(ws, APPROVER, row.id, approve())
    assert await free_in(ws, "general", book.earmark_id) == 5_000


async def test_an_imprest_is_filled_up_to_its_float(store):
    ws = await a_charity(store)
    imprest = await opened(ws, **IMPREST)
    assert await free_in(ws, imprest) == 50_000
    assert await free_in(ws, "general") == 10_000_000 - 50_000
    with pytest.raises(ConflictError):
        await top_up_imprest(ws, OFFICER, imprest)
    back = transfer(TransferKind.GIVE_BACK, Book(fund_id=imprest), Book(fund_id="general"), 30_000)
    row = (await propose_transfer(ws, OFFICER, back)).value
    await decide_transfer(ws, APPROVER, row.id, approve())
    filled = await top_up_imprest(ws, OFFICER, imprest, idempotency_key="k")
    again = await top_up_imprest(ws, OFFICER, imprest, idempotency_key="k")
    assert (filled.value.available_fen, again.replayed) == (50_000, True)
    assert await free_in(ws, "general") == 10_000_000 - 50_000
    with pytest.raises(NotFoundError):
        await top_up_imprest(ws, STRANGER, imprest)
    with pytest.raises(ConflictError):
        await top_up_imprest(ws, OFFICER, "general")


async def test_an_imprest_whose_papers_are_overdue_is_not_filled_up(store):
    world = the_world()
    for key, days in (("late", -1), ("due", 1)):
        world.add(
            "Allocation", id=key, need_id="n", fund_id="imprest", state="DISBURSED", pay_first=True,
            papers_due_at=NOW + timedelta(days=days), reserved_at=NOW, region_path=CITY, version=1,
        )  # fmt: skip
    world.fund(
        "imprest", "charity", type="IMPREST", parent_fund_id="general", float_fen=50_000, pay_first_fen=1_000,
        received_fen=0,
    )  # fmt: skip
    ws = await a_charity(store, world)
    with pytest.raises(ConflictError) as refused:
        await top_up_imprest(ws, OFFICER, "imprest")
    assert refused.value.context["papers"] == 1


async def test_an_imprest_needs_its_float_in_the_fund_it_is_drawn_from(store):
    ws = await a_charity(store)
    with pytest.raises(InsufficientFundsError):
        await opened(ws, **{**IMPREST, "terms": ImprestTerms(float_fen=10_000_001, pay_first_fen=0)})


async def test_what_is_left_over_goes_to_a_near_purpose_and_is_told_of(store):
    ws = await a_charity(store)
    over = await opened(ws, purpose=until(date(2026, 3, 10)), name="到期")
    jobs = Purpose(restriction=Restriction(categories=frozenset({NeedCategory.EMPLOYMENT})))
    near, far = await opened(ws, purpose=jobs), await opened(ws, purpose=MEDICAL)
    await give(ws, over, 3_000)
    left = transfer(TransferKind.LEFT_OVER, Book(fund_id=over), Book(fund_id=near), 3_000)
    with pytest.raises(ConflictError) as refused:
        await propose_transfer(ws, OFFICER, left)  # its day has not come
    assert refused.value.context["rule"] == "HC-14"
    later = replace(workspace(store, now=NOW + timedelta(days=8)), new_id=ws.new_id)
    with pytest.raises(ConflictError) as refused:
        await propose_transfer(later, OFFICER, replace(left, taker=Book(fund_id=far)))
    assert refused.value.context["rule"] == "HC-14"
    row = (await propose_transfer(later, OFFICER, left)).value
    done = await decide_transfer(later, APPROVER, row.id, approve())
    assert (done.ground, await free_in(ws, near)) == (LeftOverGround.NEAR, 3_000)
    (duty,) = await ws.store.read(lambda tx: tx.run(DUTIES))
    assert (duty["kind"], duty["amount_fen"]) == (DisclosureKind.LEFT_OVER.value, 3_000)
    assert duty["due_on"] == TODAY + timedelta(days=8 + 30)


async def test_the_plan_may_name_where_left_over_money_goes(store):
    ws = await a_charity(store)
    far = await opened(ws, purpose=MEDICAL)
    over = await opened(ws, siblings=(far,))
    await give(ws, over, 3_000)
    version = 3
    await close_fund(ws, APPROVER, over, expected_version=version - 1, reason="到期")
    row = (
        await propose_transfer(
            ws, OFFICER, transfer(TransferKind.LEFT_OVER, Book(fund_id=over), Book(fund_id=far), 3_000)
        )
    ).value
    assert row.ground is LeftOverGround.AGREED
    with pytest.raises(ConflictError):
        await close_fund(ws, APPROVER, over, expected_version=version + 1, reason="到期")
    await decide_transfer(ws, APPROVER, row.id, approve())
    assert await free_in(ws, far) == 3_000


async def test_what_an_ended_programme_holds_is_left_over(store):
    ws = await a_charity(store)
    programme = await a_programme(ws)
    book = await budgeted(ws, programme.id)
    jobs = await opened(ws, purpose=EDUCATION)
    left = transfer(TransferKind.LEFT_OVER, book, Book(fund_id=jobs))
    with pytest.raises(ConflictError):
        await propose_transfer(ws, OFFICER, left)
    await end_programme(ws, OFFICER, programme.id, expected_version=2)
    with pytest.raises(ConflictError) as refused:
        await propose_transfer(ws, OFFICER, left)  # it was for fewer people than this fund's
    assert refused.value.context["rule"] == "HC-14"
    with pytest.raises(ConflictError):
        await budgeted(ws, programme.id)


async def test_money_does_not_cross_walls_by_any_other_way(store):
    ws = await a_charity(store)
    school, ill = await opened(ws), await opened(ws, purpose=MEDICAL)
    mark = Earmark(
        id="mark", fund_id="general", kind=EarmarkKind.DONOR, name="助学", purpose=EDUCATION, region_path=CITY
    )
    await ws.store.write(lambda tx: create_earmark(tx, mark))
    marked = Book(fund_id="general", earmark_id="mark")
    for kind, giver, taker, error in (
        (TransferKind.BUDGET, Book(fund_id=school), Book(fund_id=ill), ConflictError),
        (TransferKind.BUDGET, Book(fund_id="general"), marked, ConflictError),
        (TransferKind.GIVE_BACK, marked, Book(fund_id="general"), ConflictError),
        (TransferKind.GIVE_BACK, Book(fund_id=school), Book(fund_id=ill), ConflictError),
        (TransferKind.FLOAT, Book(fund_id="general"), Book(fund_id=ill), InvalidInputError),
        (TransferKind.LEFT_OVER, marked, Book(fund_id=school), ConflictError),
        (TransferKind.LEFT_OVER, Book(fund_id="general"), Book(fund_id="theirs"), NotFoundError),
        (
            TransferKind.BUDGET,
            Book(fund_id=school),
            Book(fund_id="general", earmark_id="none"),
            NotFoundError,
        ),
    ):
        with pytest.raises(error):
            await propose_transfer(ws, OFFICER, transfer(kind, giver, taker))


async def test_the_books_hold_after_money_went_every_way(memory_store):
    ws = await a_charity(memory_store)
    book = await budgeted(ws, (await a_programme(ws)).id)
    imprest = await opened(ws, **IMPREST)
    for giver, amount in ((book, 20_000), (Book(fund_id=imprest), 30_000)):
        back = transfer(TransferKind.GIVE_BACK, giver, Book(fund_id="general"), amount)
        row = (await propose_transfer(ws, OFFICER, back)).value
        await decide_transfer(ws, APPROVER, row.id, approve())
    await top_up_imprest(ws, OFFICER, imprest)
    cost = NewExpense(
        book=book,
        cost_class=CostClass.VOLUNTEER_SUBSIDY,
        title="补贴",
        amount_fen=500,
        spent_on=TODAY,
        reference="1",
    )
    paid = (await record_expense(ws, OFFICER, cost)).value
    await decide_expense(ws, APPROVER, paid.id, approve())
    await reverse_expense(ws, APPROVER, paid.id, expected_version=2, reason="记错")
    proof = await prove(memory_store)
    assert (proof.holds, proof.findings) == (True, ())
    assert (await free_in(ws, "general", book.earmark_id), await free_in(ws, imprest)) == (40_000, 50_000)
