"""Costs are paid by two people, and a charity's year keeps its floor and its ceiling."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.costs import CostClass
from domain.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.funds import Book, CharityClass, ExpenseState, ImprestTerms
from domain.giving import EarmarkKind, FundType
from domain.purposes import Earmark, Purpose
from graph.earmarks import create_earmark
from graph.reads.funds import fund_by_id
from tests.builders import CITY, NOW, workspace
from tests.workflows.funds.charity import (
    APPROVER,
    BOTH,
    EDUCATION,
    OFFICER,
    STRANGER,
    TODAY,
    a_charity,
    approve,
    give,
    opened,
    refuse,
    the_world,
)
from workflows.funds.charity_years import NewYear, record_charity_year, year_progress
from workflows.funds.expenses import NewExpense, decide_expense, record_expense, reverse_expense
from workflows.funds.fund_rules import FloorBase, fund_rules

GENERAL = Book(fund_id="general")
YUAN = 100
WAN = 10_000 * YUAN
RULES = fund_rules(TODAY, CITY)


def a_cost(**values) -> NewExpense:
    base = {
        "book": GENERAL,
        "cost_class": CostClass.ACTIVITY,
        "title": "场地",
        "amount_fen": 1_000,
        "spent_on": TODAY,
        "reference": "发票 1",
    }
    return NewExpense(**{**base, **values})


async def paid(ws, **values):
    row = (await record_expense(ws, OFFICER, a_cost(**values))).value
    return await decide_expense(ws, APPROVER, row.id, approve())


async def general(ws):
    return await ws.store.read(lambda tx: fund_by_id(tx, OFFICER, "general"))


def a_year(**values) -> NewYear:
    base = {
        "organisation_id": "charity",
        "year": 2026,
        "charity_class": CharityClass.PUBLIC_FOUNDATION,
        "income_last_year_fen": 100 * WAN,
        "net_assets_fen": 0,
    }
    return NewYear(**{**base, **values})


async def progress(ws, actor=OFFICER, organisation="charity"):
    return await ws.store.read(lambda tx: year_progress(tx, actor, organisation, 2026, now=ws.clock()))


@pytest.mark.parametrize("cost_class", list(CostClass))
async def test_a_cost_is_paid_when_a_second_person_agrees_and_taken_back_by_a_reversal(store, cost_class):
    ws = await a_charity(store)
    row = (await record_expense(ws, BOTH, a_cost(cost_class=cost_class))).value
    assert (await general(ws)).available_fen == 10_000_000
    with pytest.raises(SeparationOfDutiesError):
        await decide_expense(ws, BOTH, row.id, approve())
    done = await decide_expense(ws, APPROVER, row.id, approve())
    assert (done.state, done.recorded_by, done.approved_by) == (ExpenseState.POSTED, "both", "approver")
    assert ((await general(ws)).spent_fen, (await general(ws)).available_fen) == (1_000, 9_999_000)
    with pytest.raises(TransitionError):
        await decide_expense(ws, APPROVER, row.id, approve(2))
    back = await reverse_expense(ws, APPROVER, row.id, expected_version=2, reason="记错")
    assert (back.state, (await general(ws)).available_fen) == (ExpenseState.REVERSED, 10_000_000)
    with pytest.raises(TransitionError):
        await reverse_expense(ws, APPROVER, row.id, expected_version=3, reason="记错")


async def test_a_refused_cost_is_not_paid(store):
    ws = await a_charity(store)
    row = (await record_expense(ws, OFFICER, a_cost())).value
    assert (await decide_expense(ws, APPROVER, row.id, refuse())).state is ExpenseState.REFUSED
    assert (await general(ws)).spent_fen == 0


async def test_a_cost_is_not_more_than_its_book_holds(store):
    ws = await a_charity(store)
    with pytest.raises(InsufficientFundsError):
        await paid(ws, amount_fen=10_000_001)


async def test_what_is_kept_for_a_purpose_pays_for_no_management(memory_store):
    ws = await a_charity(memory_store)
    special = await opened(ws)
    imprest = await opened(
        ws, type=FundType.IMPREST, purpose=Purpose(), parent_id="general",
        terms=ImprestTerms(float_fen=1_000, pay_first_fen=0),
    )  # fmt: skip
    mark = Earmark(
        id="mark", fund_id="general", kind=EarmarkKind.DONOR, name="助学", purpose=EDUCATION, region_path=CITY
    )
    await memory_store.write(lambda tx: create_earmark(tx, mark))
    marked = Book(fund_id="general", earmark_id="mark")
    for book in (Book(fund_id=special), marked):
        with pytest.raises(ConflictError) as refused:
            await record_expense(ws, OFFICER, a_cost(book=book, cost_class=CostClass.MANAGEMENT))
        assert refused.value.context["rule"] == "HC-11"
        await record_expense(ws, OFFICER, a_cost(book=book, cost_class=CostClass.VOLUNTEER_INSURANCE))
    with pytest.raises(ConflictError) as refused:
        await record_expense(ws, OFFICER, a_cost(book=Book(fund_id=imprest)))
    assert refused.value.context["rule"] == "HC-12"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"title": ""}, InvalidInputError),
        ({"reference": " "}, InvalidInputError),
        ({"spent_on": TODAY + timedelta(days=1)}, InvalidInputError),
        ({"book": Book(fund_id="theirs")}, NotFoundError),
        ({"book": Book(fund_id="general", earmark_id="none")}, NotFoundError),
    ],
)
async def test_a_cost_without_its_paper_or_book_is_refused(memory_store, values, error):
    ws = await a_charity(memory_store)
    with pytest.raises(error):
        await record_expense(ws, OFFICER, a_cost(**values))


@pytest.mark.parametrize(
    ("charity_class", "income", "assets", "floor", "percent"),
    [
        (CharityClass.PUBLIC_FOUNDATION, 100 * WAN, 0, 70 * WAN, 10),
        (CharityClass.PUBLIC_ASSOCIATION, 100 * WAN, 0, 70 * WAN, 13),
        (CharityClass.FOUNDATION, 0, 6_000 * WAN, 360 * WAN, 12),
        (CharityClass.FOUNDATION, 0, 6_000 * WAN - 1, 36_000_000_000 // 100, 13),
        (CharityClass.FOUNDATION, 0, 800 * WAN, 48 * WAN, 13),
        (CharityClass.FOUNDATION, 0, 400 * WAN, 28 * WAN, 15),
        (CharityClass.FOUNDATION, 0, 100 * WAN, 8 * WAN, 20),
        (CharityClass.ASSOCIATION, 0, 1_000 * WAN, 60 * WAN, 13),
        (CharityClass.ASSOCIATION, 0, 500 * WAN, 35 * WAN, 14),
        (CharityClass.ASSOCIATION, 0, 100 * WAN, 8 * WAN, 15),
        (CharityClass.ASSOCIATION, 10 * WAN, 50 * WAN, 5 * WAN, 20),
        (CharityClass.ASSOCIATION, 1 * WAN, 50 * WAN, 4 * WAN, 20),
    ],
)
def test_each_class_and_size_has_its_figures(charity_class, income, assets, floor, percent):
    figures = RULES.figures(charity_class, assets)
    assert figures.floor_fen(income, assets) == floor
    assert figures.management_percent == percent
    assert "art." in figures.source


@given(
    st.sampled_from(list(CharityClass)),
    st.integers(0, 10**13),
    st.integers(0, 10**13),
    st.integers(0, 10**13),
)
def test_management_beside_any_spending_keeps_its_share_unless_it_is_exempt(
    charity_class, income, assets, spent
):
    figures = RULES.figures(charity_class, assets)
    share = figures.floor_percent if figures.floor_of is FloorBase.INCOME else 0
    assert figures.floor_fen(income, assets) * 100 >= income * share
    ceiling = RULES.management_ceiling_fen(figures, spent)
    within = ceiling * 100 <= figures.management_percent * (ceiling + spent)
    assert within or ceiling < RULES.management_exempt_below_fen.value
    assert (ceiling + 1) * 100 > figures.management_percent * (ceiling + 1 + spent)


async def test_a_year_is_worked_out_and_how_far_it_is(store):
    ws = await a_charity(store)
    row = (await record_charity_year(ws, OFFICER, a_year())).value
    assert (row.payout_floor_fen, row.rules_id) == (70 * WAN, "funds-2016-10")
    assert row.management_ceiling_fen == 20 * WAN - 1  # below the exemption's 200 000 yuan
    await paid(ws, amount_fen=30_000)
    await paid(ws, cost_class=CostClass.MANAGEMENT, amount_fen=2_000)
    await paid(ws, cost_class=CostClass.VOLUNTEER_SUBSIDY, amount_fen=500)
    await paid(ws, spent_on=date(2025, 12, 31), amount_fen=7)
    await give(ws, "general", 9_000)
    now = await progress(ws)
    assert (now.moved.charitable_fen, now.moved.management_fen, now.moved.income_fen) == (
        30_500,
        2_000,
        9_000,
    )
    assert (now.to_spend_fen, now.exempt, now.days_gone, now.days) == (70 * WAN - 30_500, True, 60, 365)
    assert now.management_left_fen == 20 * WAN - 1 - 2_000
    with pytest.raises(NotFoundError):
        await progress(ws, STRANGER)
    with pytest.raises(NotFoundError):
        await progress(ws, STRANGER, "other")


async def test_a_year_written_down_again_names_the_version_it_corrects(store):
    ws = await a_charity(store)
    await record_charity_year(ws, OFFICER, a_year())
    for version in (None, 2):
        with pytest.raises(StaleVersionError):
            await record_charity_year(ws, OFFICER, a_year(net_assets_fen=1), expected_version=version)
    mended = (
        await record_charity_year(ws, OFFICER, a_year(income_last_year_fen=200 * WAN), expected_version=1)
    ).value
    assert (mended.payout_floor_fen, mended.version) == (140 * WAN, 2)


async def test_income_is_the_ledgers_where_nobody_says_it(store):
    ws = await a_charity(store)
    before = workspace(store, now=NOW - timedelta(days=300))
    await give(before, "general", 50_000)
    row = (await record_charity_year(ws, OFFICER, a_year(income_last_year_fen=None))).value
    assert (row.income_last_year_fen, row.payout_floor_fen) == (50_000, 35_000)


async def test_the_class_fits_the_charitys_leave_to_raise_money(memory_store):
    ws = await a_charity(memory_store)
    with pytest.raises(InvalidInputError) as refused:
        await record_charity_year(ws, OFFICER, a_year(charity_class=CharityClass.FOUNDATION))
    assert refused.value.context["rule"] == "HC-17"
    with pytest.raises(NotPermittedError):
        await decide_expense(ws, OFFICER, (await record_expense(ws, OFFICER, a_cost())).value.id, approve())


async def test_management_above_the_years_ceiling_is_refused(store):
    world = the_world()
    world.fund("rich", "charity", received_fen=100 * WAN)
    ws = await a_charity(store, world)
    await record_charity_year(ws, OFFICER, a_year(income_last_year_fen=0))
    book = Book(fund_id="rich")
    with pytest.raises(ConflictError) as refused:
        await paid(ws, book=book, cost_class=CostClass.MANAGEMENT, amount_fen=20 * WAN)
    assert refused.value.context["rule"] == "HC-17"
    assert refused.value.context["ceiling_fen"] == 20 * WAN - 1
    await paid(ws, book=book, cost_class=CostClass.MANAGEMENT, amount_fen=20 * WAN - 1)
    assert (await progress(ws)).management_left_fen == 0
