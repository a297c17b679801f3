"""A plan against what stands now: its differences are its sums, and what moved since is said."""

import pytest

from domain.errors import NotFoundError
from domain.ledger import FundAccount
from graph.ledger.balances import book_balances
from graph.ports import Access, Statement
from tests.builders import worker
from tests.workflows.federation.rounds import OFFICER, money_town, publish, solved, spent
from workflows.federation.plan import STANDING, PlanChange, StaleReason, allocation_plan
from workflows.rounds.running import discard_round

TOUCH = Statement("MATCH (n:Need {id: $id}) SET n.version = n.version + 1", Access.WRITE)
CANCEL = Statement("MATCH (n:Need {id: $id}) SET n.state = 'CANCELLED'", Access.WRITE)
LESS = Statement("MATCH (n:Need {id: $id}) SET n.amount_fen = n.amount_fen - 1000", Access.WRITE)


def sums_agree(plan):
    standing = [each.line for each in plan.lines if each.line.state in STANDING]
    total = sum(line.amount_fen for line in standing)
    assert sum(book.before_fen - book.after_fen for book in plan.books) == total == plan.proposed_fen
    assert sum(need.proposed_fen for need in plan.needs) == total
    assert sum(home.proposed_fen for home in plan.households) == total


async def free(ws, fund_id, earmark_id=None):
    return (await ws.store.read(lambda tx: book_balances(tx, [fund_id])))[fund_id, earmark_id][
        FundAccount.AVAILABLE
    ]


async def test_books_needs_and_households_before_and_after_add_up_to_the_proposed_sums(store):
    ws = await money_town(store)
    row = await solved(ws)
    plan = await allocation_plan(ws, worker(), row.id)
    assert plan.lines
    sums_agree(plan)
    assert plan.previous is None
    assert plan.stale_lines == 0
    assert {each.change for each in plan.lines} == {PlanChange.ADDED}
    for book in plan.books:
        assert book.held_fen == 0
        assert (
            book.now_fen == book.before_fen == book.seen_fen == await free(ws, book.fund_id, book.earmark_id)
        )
    by_need = {each.need.id: each for each in plan.needs}
    assert by_need["wish"].left_fen == 0
    assert by_need["wish"].ceiling_left_fen == 50_000 - 30_000
    assert {home.needs for home in plan.households} == {1, 2}


async def test_what_a_published_round_has_taken_is_put_back_before_it_is_compared(store):
    ws = await money_town(store)
    row = await solved(ws)
    before = await allocation_plan(ws, worker(), row.id)
    with pytest.raises(NotFoundError):
        await allocation_plan(ws, OFFICER, row.id)
    await publish(ws, row)
    plan = await allocation_plan(ws, OFFICER, row.id)
    sums_agree(plan)
    assert [(book.before_fen, book.after_fen) for book in plan.books] == [
        (book.before_fen, book.after_fen) for book in before.books
    ]
    for book in plan.books:
        assert book.held_fen == book.proposed_fen
        assert book.now_fen == book.after_fen == await free(ws, book.fund_id, book.earmark_id)
        assert book.changed_fen == 0
    assert {home.left_fen for home in plan.households} == {home.left_fen for home in before.households}


async def test_rows_that_the_world_moved_away_from_are_said_so(store):
    ws = await money_town(store)
    row = await solved(ws)
    await spent(ws, "second", 1_000)
    await ws.store.write(lambda tx: tx.run(TOUCH, id="wish"))
    await ws.store.write(lambda tx: tx.run(CANCEL, id="more"))
    plan = await allocation_plan(ws, worker(), row.id)
    sums_agree(plan)
    stale = {each.line.need_id: set(each.stale) for each in plan.lines}
    assert StaleReason.NEED_CHANGED in stale["wish"]
    assert StaleReason.NEED_CLOSED in stale["more"]
    changed = {book.fund_id: book.changed_fen for book in plan.books if book.changed_fen}
    assert changed == {"second": -1_000}
    assert StaleReason.BOOK_CHANGED in stale["school"]
    left = await free(ws, "second")
    await spent(ws, "second", left - 1)
    short = await allocation_plan(ws, worker(), row.id)
    assert StaleReason.BOOK_SHORT in {s for each in short.lines for s in each.stale}


async def test_the_round_before_is_compared_line_by_line(store):
    ws = await money_town(store)
    first = await solved(ws)
    await discard_round(ws, worker(), first.id, expected_version=first.version)
    await ws.store.write(lambda tx: tx.run(LESS, id="wish"))
    await ws.store.write(lambda tx: tx.run(CANCEL, id="more"))
    ws = type(ws)(
        store=ws.store,
        clock=lambda: first.created_at.replace(hour=23),
        new_id=lambda: "later",
        secret=ws.secret,
    )
    second = await solved(ws)
    plan = await allocation_plan(ws, worker(), second.id)
    sums_agree(plan)
    assert plan.previous.id == first.id
    changes = {each.line.need_id: each.change for each in plan.lines}
    assert PlanChange.ADDED not in changes.values()
    assert changes["wish"] is PlanChange.CHANGED
    assert {each.line.need_id for each in plan.removed} == {"more"}
    dropped = await allocation_plan(ws, worker(), first.id)
    assert dropped.proposed_fen == 0
    assert {stale for each in dropped.lines for stale in each.stale} == {StaleReason.DROPPED}
    sums_agree(dropped)
