"""Whatever is done to gifts, in whatever order: the books hold what stands posted, and never less than nothing."""

from collections import Counter
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.donations import ChangeGround
from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from domain.giving import DonationState
from domain.ledger import FundAccount
from graph.engines.ladybug import open_ladybug
from graph.ledger.balances import book_balances
from graph.ledger.proof import prove
from graph.reads.donations import page_of_donations
from tests.builders import workspace
from tests.conftest import NEO4J_URI, fresh_neo4j
from tests.workflows.donations.conftest import OFFICER, OTHER, charity, gift
from tests.workflows.donations.test_gifts import reserve, step
from workflows.donations.changes import (
    NewPurpose,
    allow_purpose_change,
    ask_purpose_change,
    withdraw_purpose_change,
)
from workflows.donations.posting import Correction, Placing, correct_donation, post_donation
from workflows.donations.receipts import issue_receipt
from workflows.donations.recording import Donor, Received, cancel_pledge, pledge_donation, receive_donation
from workflows.donations.returning import refund_donation
from workflows.donations.shops import DaySale, NewShop, SaleCorrection, correct_sale, open_shop, record_sale

FUNDS = ("general", "medical")
FEN = st.sampled_from((1, 2, 99, 100, 5_000))
STEPS = st.one_of(
    st.tuples(st.just("pledge"), FEN, st.sampled_from(FUNDS)),
    st.tuples(st.just("sell"), FEN, st.integers(1, 3)),
    st.tuples(st.just("reserve"), FEN, st.sampled_from(FUNDS)),
    *(
        st.tuples(st.just(name), st.integers(0, 4), FEN)
        for name in (
            "receive", "receipt", "post", "cancel", "refund", "refund_all", "ask", "allow", "withdraw",
            "correct", "move", "mend_sale",
        )
    ),
    st.tuples(st.just("whole_way"), FEN, st.sampled_from(FUNDS)),
)  # fmt: skip


class Charity:
    """Takes steps as they come; what the rules refuse is refused, and all else shows in the books."""

    def __init__(self, ws, shop_id: str) -> None:
        self.ws = ws
        self.shop_id = shop_id
        self.numbers = count(1)

    async def gifts(self):
        return (await self.ws.store.read(lambda tx: page_of_donations(tx, OFFICER, first=200))).rows

    async def take(self, name: str, first, second) -> None:
        try:
            if name in {"pledge", "whole_way"}:
                await self.begin(first, second, whole=name == "whole_way")
            elif name == "sell":
                sale = DaySale(shop_id=self.shop_id, sold_on=date(2026, 2, second), amount_fen=first)
                await record_sale(self.ws, OFFICER, sale)
            elif name == "reserve":
                await reserve(self.ws, first, second)
            elif name == "mend_sale":
                day = date(2026, 2, 1 + first % 3)
                mended = SaleCorrection(
                    shop_id=self.shop_id, sold_on=day, amount_fen=second, reason="x", expected_version=1
                )
                await correct_sale(self.ws, OTHER, mended)
            elif rows := sorted(await self.gifts(), key=lambda row: row.id):
                await self.go_on(name, rows[first % len(rows)], second)
        except (ConflictError, InvalidInputError, NotFoundError, NotPermittedError):
            pass

    async def begin(self, amount_fen: int, fund: str, *, whole: bool) -> None:
        donor = Donor(name=f"donor number {next(self.numbers)}")
        made = (await pledge_donation(self.ws, OFFICER, gift(amount_fen, fund_id=fund, donor=donor))).value
        if whole:
            made = (await receive_donation(self.ws, OFFICER, step(made), Received())).value
            made = (await issue_receipt(self.ws, OFFICER, step(made))).value
            await post_donation(self.ws, OFFICER, step(made))

    async def go_on(self, name: str, row, fen: int) -> None:
        ws, at = self.ws, step(row, f"{name}-{row.id}-{row.version}-{fen}")
        elsewhere = FUNDS[row.fund_id == FUNDS[0]]
        new = NewPurpose(fund_id=elsewhere, ground=ChangeGround.DONOR_CONSENT, reason="x")
        calls = {
            "receive": lambda: receive_donation(ws, OFFICER, at, Received(amount_fen=fen)),
            "receipt": lambda: issue_receipt(ws, OFFICER, at),
            "post": lambda: post_donation(ws, OFFICER, at),
            "cancel": lambda: cancel_pledge(ws, OFFICER, at, reason="x"),
            "refund": lambda: refund_donation(ws, OTHER, at, amount_fen=fen, reason="x"),
            "refund_all": lambda: refund_donation(ws, OTHER, at, reason="x"),
            "ask": lambda: ask_purpose_change(ws, OFFICER, at, new),
            "allow": lambda: allow_purpose_change(ws, OTHER, at, reference="x"),
            "withdraw": lambda: withdraw_purpose_change(ws, OTHER, at, reason="x"),
            "correct": lambda: correct_donation(ws, OTHER, at, Correction(amount_fen=fen, reason="x")),
            "move": lambda: correct_donation(
                ws, OTHER, at, Correction(placing=Placing(fund_id=elsewhere), reason="x")
            ),
        }
        done = await calls[name]()
        again = await calls[name]()
        assert (again.replayed, again.value) == (True, done.value)

    async def broken(self) -> list[str]:
        """Give the laws that do not hold."""
        books = await self.ws.store.read(lambda tx: book_balances(tx, FUNDS))
        rows = await self.gifts()
        entered = [row for row in rows if row.posting_ids]
        standing = Counter()
        for row in entered:
            standing[row.fund_id] += row.kept_fen

        def total(account: FundAccount) -> int:
            return sum(held[account] for held in books.values())

        proof = await prove(self.ws.store)
        laws = {
            "the ledger is proved from its entries": proof.holds,
            "what was posted is what was received": -total(FundAccount.RECEIVED)
            == sum(row.amount_fen for row in entered),
            "what went back is what was returned": total(FundAccount.RETURNED)
            == sum(row.refunded_fen for row in entered),
            "what left a book came to another": total(FundAccount.TRANSFERRED) == 0,
            "what stands posted has its entries": all(row.posting_ids or not row.in_books for row in rows),
            "no more goes back than came": all(0 <= row.refunded_fen <= row.amount_fen for row in rows),
            "a gift is returned once nothing is kept": all(
                (row.state is DonationState.RETURNED) == (row.kept_fen == 0) for row in rows
            ),
        }
        for fund in FUNDS:
            held = books.get((fund, None), dict.fromkeys(FundAccount, 0))
            free, promised = held[FundAccount.AVAILABLE], held[FundAccount.RESERVED]
            laws[f"{fund} is not overdrawn"] = free >= 0
            laws[f"{fund} sums to zero"] = sum(held.values()) == 0
            laws[f"{fund} holds what is kept of its gifts"] = free + promised == standing[fund]
        return [law for law, holds in laws.items() if not holds]


async def broken_after(store, steps) -> list[str]:
    await charity().write(store)
    ws = workspace(store)
    shop = (await open_shop(ws, OFFICER, NewShop(name="shop", fund_id="general"))).value
    acting = Charity(ws, shop.id)
    for name, first, second in steps:
        await acting.take(name, first, second)
    return await acting.broken()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=5, max_size=40))
async def test_the_books_hold_what_stands_posted_after_any_steps(steps):
    async with open_ladybug() as store:
        await store.define()
        assert await broken_after(store, steps) == []


@pytest.mark.neo4j
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=10, max_size=30))
async def test_the_books_hold_what_stands_posted_after_any_steps_on_neo4j(steps):
    assert NEO4J_URI
    async with await fresh_neo4j() as store:
        try:
            assert await broken_after(store, steps) == []
        finally:
            await store.clear()
