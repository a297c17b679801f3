"""The overview is the ledger: its series end in what stands there now, and add up on the way."""

from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError, NotFoundError, NotPermittedError
from domain.giving import EarmarkKind
from domain.ledger import EntrySource, FundAccount, FundEntryKind, FundPosting
from domain.purposes import Earmark
from graph.earmarks import create_earmark
from graph.engines.ladybug import open_ladybug
from graph.ledger.balances import book_balances
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, volunteer, workspace
from tests.workflows.funds.charity import EDUCATION, OFFICER, STRANGER, TODAY, the_world
from workflows.federation.overview import OverviewRequest, SeriesStep, days_left, funds_overview

K = FundEntryKind


async def posted(store, at, *entries: tuple[FundEntryKind, int, str | None]) -> None:
    ws = workspace(store, now=at)
    numbers = iter(range(10_000))

    async def work(tx):
        for kind, fen, earmark_id in entries:
            paper = f"{at.isoformat()}:{next(numbers)}"
            posting = FundPosting(
                fund_id="general",
                earmark_id=earmark_id,
                kind=kind,
                amount_fen=fen,
                source_kind=EntrySource.DONATION,
                source_id=paper,
            )
            await post(tx, [posting])
        tx.record("test.post", "general")

    await UnitOfWork(store, ws.clock).run(OFFICER, work)


async def an_earmark(store) -> None:
    mark = Earmark(
        id="mark", fund_id="general", kind=EarmarkKind.DONOR, name="助学", purpose=EDUCATION, region_path=CITY
    )

    async def work(tx):
        await create_earmark(tx, mark)
        tx.record("test.earmark", "mark")

    await UnitOfWork(store, workspace(store).clock).run(OFFICER, work)


def seen(store, actor=OFFICER, **asked):
    request = OverviewRequest(**{"organisation_id": "charity", **asked})
    return funds_overview(workspace(store), actor, request)


async def test_each_book_has_its_figures_its_series_and_how_long_it_lasts(store):
    await the_world().write(store)
    await an_earmark(store)
    await posted(store, NOW - timedelta(days=200), (K.RECEIVE, 4_000, "mark"))
    await posted(store, NOW - timedelta(days=70), (K.RESERVE, 3_000, "mark"), (K.DISBURSE, 900, "mark"))
    await posted(store, NOW - timedelta(days=1), (K.RELEASE, 1_000, "mark"))
    overview = await seen(store)
    own, mark = overview.books
    assert (own.earmark_id, mark.earmark_id, mark.name) == (None, "mark", "助学")
    assert (mark.figures.available_fen, mark.figures.reserved_fen, mark.figures.spent_fen) == (
        2_000,
        1_100,
        900,
    )
    assert [point.day for point in mark.points][-1] == TODAY.replace(day=1)
    assert len(mark.points) == 12
    by_month = {point.day: point for point in mark.points}
    spent_in = (NOW - timedelta(days=70)).date().replace(day=1)
    assert by_month[spent_in].spent_fen == 900
    assert by_month[spent_in].reserved_fen == 2_100
    assert (mark.rate_fen, mark.rate_days, mark.days_left) == (900, 90, 310)
    assert mark.restricted
    assert not own.restricted
    assert overview.restricted_fen == 2_000
    assert overview.unrestricted_fen == own.figures.available_fen
    assert overview.total.available_fen == overview.points[-1].available_fen
    assert overview.year is None


async def test_the_cost_in_statements_does_not_grow_with_the_funds(memory_store):
    from tests.graphql_api.conftest import CountingStore

    world = the_world()
    for i in range(30):
        world.fund(f"fund-{i}", "charity")
    await world.write(memory_store)
    counted = CountingStore(memory_store)
    assert len((await seen(counted)).books) == 31
    assert counted.statements == 10  # 13 where a charity's year is recorded


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"since": TODAY + timedelta(days=31)}, InvalidInputError),
        ({"since": date(1990, 1, 1)}, InvalidInputError),
        ({"since": TODAY - timedelta(days=92), "step": SeriesStep.DAY}, InvalidInputError),
        ({"organisation_id": "nobody"}, NotFoundError),
    ],
)
async def test_what_no_overview_is_given_of(memory_store, asked, error):
    await the_world().write(memory_store)
    with pytest.raises(error):
        await seen(memory_store, **asked)


async def test_another_charity_sees_nothing_and_a_volunteer_may_not_ask(memory_store):
    await the_world().write(memory_store)
    overview = await seen(memory_store, STRANGER)
    assert overview.books == ()
    with pytest.raises(NotPermittedError):
        await seen(memory_store, volunteer("v0"))


def test_money_lasts_for_whole_days_and_for_ever_where_none_is_spent():
    assert days_left(899, 900, 90) == 89
    assert days_left(0, 900, 90) == 0
    assert days_left(1_000, 0, 90) is None


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from([K.RECEIVE, K.RESERVE, K.RELEASE, K.DISBURSE, K.CLAW_BACK, K.REFUND]),
        st.integers(1, 5_000),
        st.sampled_from([None, "mark"]),
    ),
    max_size=12,
)
_NEEDS = {
    K.RESERVE: FundAccount.AVAILABLE,
    K.RELEASE: FundAccount.RESERVED,
    K.DISBURSE: FundAccount.RESERVED,
    K.CLAW_BACK: FundAccount.SPENT,
    K.REFUND: FundAccount.AVAILABLE,
}


@settings(max_examples=6, deadline=None, phases=[Phase.generate])  # each example opens a graph
@given(steps=_STEPS, step=st.sampled_from(SeriesStep))
async def test_a_series_ends_in_what_stands_there_now_and_each_step_adds_up(steps, step):
    async with open_ladybug() as store:
        await store.define()
        await the_world().write(store)
        await an_earmark(store)
        for ago, kind, fen, mark in sorted(steps, key=lambda each: -each[0]):
            held = (await store.read(lambda tx: book_balances(tx, ["general"]))).get(("general", mark), {})
            if kind is K.RECEIVE or held.get(_NEEDS[kind], 0) >= fen:
                await posted(store, NOW - timedelta(days=ago, seconds=1), (kind, fen, mark))
        overview = await seen(store, step=step)
        now = await store.read(lambda tx: book_balances(tx, ["general"]))
        for book in overview.books:
            accounts = now.get((book.fund.id, book.earmark_id), dict.fromkeys(FundAccount, 0))
            last = book.points[-1]
            assert last.available_fen == accounts[FundAccount.AVAILABLE] == book.figures.available_fen
            assert last.reserved_fen == accounts[FundAccount.RESERVED]
            for before, after in zip(book.points, book.points[1:], strict=False):
                held = after.available_fen + after.reserved_fen - before.available_fen - before.reserved_fen
                came = after.received_fen + after.transferred_fen - after.spent_fen - after.returned_fen
                assert held == came
