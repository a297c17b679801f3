"""
People lead money about as they like; what was acknowledged stands, and no fen is lost, doubled or owed.

A small model says for each fund what is free, set aside and spent, and for each gift where it stands. After each step
the graph is asked: the books are the model's and nothing stands below zero, the sums of the live gifts are what the
books keep, no need has more than its gap, and the proof of the ledger holds. Now and then an answer is lost, or the
store is closed and opened again; what is asked twice is done once.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.allocations import PAID_OUT, SET_ASIDE, AllocationState
from domain.errors import GraphUnavailableError, InvariantError, PlatformError
from domain.ledger import EntrySource, FundAccount, FundEntryKind, FundPosting
from domain.needs import OVER, NeedState
from graph import audit
from graph.ledger.balances import book_balances
from graph.ledger.posting import post
from graph.ledger.proof import prove
from graph.ports import GraphStore
from graph.reads.allocations import AllocationRow
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, World, officer, worker
from tests.workflows.allocations.gifts import (
    ASKER,
    CASHIER,
    FIRST,
    SECOND,
    UnluckyStore,
    allocations_seen,
    need_now,
)
from tests.workflows.rounds import REQUEST
from workflows.allocations.allocating import NewAllocation, allocate, pay_first
from workflows.allocations.approving import approve_allocation, refuse_allocation
from workflows.allocations.paying import claw_back_allocation, disburse_allocation, release_allocation
from workflows.allocations.ticking import tick
from workflows.needs.lifecycle import cancel_need, complete_need, confirm_need
from workflows.people import clock_actor, matcher_actor
from workflows.rounds.running import publish_round, run_round
from workflows.workspace import Workspace

T = TypeVar("T")

NEEDS = ("a", "b", "c", "d")
FUNDS = {"large": 40_000, "small": 9_000, "imprest": 5_000}
ASKED_FEN = 10_000

some_need = st.sampled_from(NEEDS)
some_fund = st.sampled_from(sorted(FUNDS))
some_amount = st.one_of(st.integers(1, 3_000), st.integers(1, ASKED_FEN + 500))
some_luck = st.sampled_from([None, None, None, "request", "answer"])


@dataclass
class Book:
    """What a fund should hold, in fen."""

    free: int
    reserved: int = 0
    spent: int = 0
    returned: int = 0


class MoneyMachine(RuleBasedStateMachine):
    """Give ``open``; a store that outlives its handle says ``reopens = True``."""

    reopens = False

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now: datetime = NOW
        self.ids = count(1)
        self.keys = count(1)
        self.books = {fund: Book(free=held) for fund, held in FUNDS.items()}
        self.gifts: dict[str, AllocationRow] = {}
        self.rounds = 0
        self.store: GraphStore
        self.unlucky: UnluckyStore

    async def open(self) -> GraphStore:
        """Give an empty store with its schema, or the one that was closed."""
        raise NotImplementedError

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def ws(self) -> Workspace:
        return Workspace(
            store=self.unlucky,
            clock=lambda: self.now,
            new_id=lambda: f"id-{next(self.ids):06d}",
            secret=lambda name: sha256(name.encode()).digest(),
        )

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.open())
        self.unlucky = UnluckyStore(self.store)
        world = World()
        world.region()
        world.organisation("charity")
        for fund, held in FUNDS.items():
            kind = "IMPREST" if fund == "imprest" else "GENERAL"
            world.fund(fund, "charity", received_fen=held, type=kind)
        for need in NEEDS:
            world.need(
                need, kind="CASH", amount_fen=ASKED_FEN, urgency="URGENT", partial_allowed=need in "ab"
            )
        self.do(world.write(self.store))

    def twice(self, luck: str | None, call: Any, *args: object, **asked: object) -> AllocationRow | None:
        """
        Ask with a key, and again with it where the answer did not come; None where it was refused.

        Whatever was answered is asked a third time, and is the same.
        """
        key = f"key-{next(self.keys)}"
        self.unlucky.loses = luck
        for _ in range(2):
            try:
                done = self.do(call(self.ws, *args, **asked, idempotency_key=key))
            except GraphUnavailableError:
                continue
            except InvariantError:
                raise
            except PlatformError:
                self.unlucky.loses = None
                event(f"{call.__name__}: refused")
                return None
            again = self.do(call(self.ws, *args, **asked, idempotency_key=key))
            assert again.replayed
            assert again.value == done.value
            event(f"{call.__name__}: done, {luck or 'nothing'} lost")
            return done.value
        raise AssertionError("the second asking was lost too")

    def keep(self, row: AllocationRow | None) -> None:
        """Let the model do what an answer says was done."""
        if row is None:
            return
        before = self.gifts.get(row.id)
        book, fen = self.books[row.fund_id], row.amount_fen
        was = None if before is None else before.state
        if was is None:
            book.free -= fen
            book.reserved += fen
        if row.state in PAID_OUT and was not in PAID_OUT:
            book.reserved -= fen
            book.spent += fen
        elif row.state is AllocationState.RELEASED and was in SET_ASIDE:
            book.reserved -= fen
            book.free += fen
        elif row.state is AllocationState.CLAWED_BACK and was in PAID_OUT:
            book.spent -= fen
            book.free += fen
        self.gifts[row.id] = row

    def look(self) -> None:
        """Take over what a step did to gifts beside the one that it answered: a need takes its others along."""
        for row in self.do(allocations_seen(self.ws)):
            self.keep(row)

    def some(self, data: st.DataObject, *states: AllocationState) -> AllocationRow | None:
        fitting = sorted(key for key, row in self.gifts.items() if row.state in states)
        return self.gifts[data.draw(st.sampled_from(fitting))] if fitting else None

    @rule(need=some_need, fund=some_fund, fen=some_amount, luck=some_luck)
    def set_aside(self, need: str, fund: str, fen: int, luck: str | None) -> None:
        version = self.do(need_now(self.ws, need)).version
        new = NewAllocation(need_id=need, fund_id=fund, amount_fen=fen)
        row = self.twice(luck, allocate, ASKER, new, expected_version=version)
        assert row is None or self.books[fund].free >= fen
        self.keep(row)

    @rule(need=some_need, fen=some_amount, luck=some_luck)
    def help_first(self, need: str, fen: int, luck: str | None) -> None:
        version = self.do(need_now(self.ws, need)).version
        new = NewAllocation(need_id=need, fund_id="imprest", amount_fen=fen)
        asked = {"expected_version": version, "payment_reference": "cash"}
        self.keep(self.twice(luck, pay_first, worker(), new, **asked))

    @precondition(lambda self: self.rounds < 2)  # they take as long as all other steps together
    @rule()
    def run_a_round(self) -> None:
        self.rounds += 1
        try:
            row = self.do(run_round(self.ws, matcher_actor(CITY), replace(REQUEST, time_limit_s=5.0))).round
            self.do(publish_round(self.ws, worker(), row.id, expected_version=1, idempotency_key=row.id))
        except InvariantError:
            raise
        except PlatformError:
            return
        self.look()

    @rule(data=st.data(), luck=some_luck, who=st.sampled_from([FIRST, SECOND, FIRST, ASKER]))
    def approve(self, data: st.DataObject, luck: str | None, who: Any) -> None:
        gift = self.some(data, AllocationState.RESERVED)
        if gift is not None:
            done = self.twice(luck, approve_allocation, who, gift.id, expected_version=gift.version)
            assert done is None or who.id != gift.requested_by
            self.look()

    @rule(data=st.data(), luck=some_luck)
    def refuse(self, data: st.DataObject, luck: str | None) -> None:
        gift = self.some(data, AllocationState.RESERVED)
        if gift is not None:
            asked = {"expected_version": gift.version, "reason": "no"}
            self.twice(luck, refuse_allocation, FIRST, gift.id, **asked)
            self.look()

    @rule(data=st.data(), luck=some_luck, stale=st.sampled_from([False, False, True]))
    def pay(self, data: st.DataObject, luck: str | None, stale: bool) -> None:
        gift = self.some(data, AllocationState.APPROVED) or self.some(data, *AllocationState)
        if gift is not None:
            asked = {"expected_version": gift.version - stale, "payment_reference": "transfer"}
            done = self.twice(luck, disburse_allocation, CASHIER, gift.id, **asked)
            assert (done is not None) <= (gift.state is AllocationState.APPROVED and not stale)
            self.look()

    @rule(data=st.data(), luck=some_luck)
    def release(self, data: st.DataObject, luck: str | None) -> None:
        gift = self.some(data, *SET_ASIDE)
        if gift is not None:
            asked = {"expected_version": gift.version, "reason": "other plans"}
            self.twice(luck, release_allocation, FIRST, gift.id, **asked)
            self.look()

    @rule(data=st.data(), luck=some_luck)
    def claw_back(self, data: st.DataObject, luck: str | None) -> None:
        gift = self.some(data, *PAID_OUT)
        if gift is not None:
            asked = {"expected_version": gift.version, "reason": "given twice"}
            self.twice(luck, claw_back_allocation, SECOND, gift.id, **asked)
            self.look()

    @rule(need=some_need)
    def cancel(self, need: str) -> None:
        self.step(cancel_need(self.ws, worker(), need, expected_version=self.version(need), reason="moved"))

    @rule(need=some_need)
    def confirm(self, need: str) -> None:
        seen = self.do(need_now(self.ws, need))
        if seen.state is NeedState.ACCEPTED:
            self.step(
                complete_need(self.ws, worker(), need, expected_version=seen.version, evidence="receipt")
            )
        desk = worker("second-desk")
        self.step(confirm_need(self.ws, desk, need, expected_version=self.version(need)))

    def version(self, need: str) -> int:
        return self.do(need_now(self.ws, need)).version

    def step(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            self.do(work)
        except InvariantError:
            raise
        except PlatformError:
            return
        self.look()

    @rule(fund=some_fund, fen=st.integers(1, 3_000))
    def refund(self, fund: str, fen: int) -> None:
        """A donor gets money back that no need keeps."""
        posting = FundPosting(
            fund_id=fund,
            kind=FundEntryKind.REFUND,
            amount_fen=fen,
            source_kind=EntrySource.DONATION,
            source_id=f"gift-{next(self.keys)}",
        )
        book = self.books[fund]
        try:
            self.do(
                UnitOfWork(self.store, lambda: self.now).run(
                    officer("charity"), lambda tx: post(tx, [posting])
                )
            )
        except PlatformError:
            assert book.free < fen
            return
        book.free -= fen
        book.returned += fen

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.do(tick(self.ws, clock_actor(), holder="machine"))
        self.look()

    @precondition(lambda self: self.reopens)
    @rule()
    def close_and_open(self) -> None:
        self.do(self.store.close())
        self.store = self.do(self.open())
        self.unlucky = UnluckyStore(self.store)

    @invariant()
    def the_books_are_the_model_s(self) -> None:
        held = self.do(self.store.read(lambda tx: book_balances(tx, list(FUNDS))))
        for fund, book in self.books.items():
            found = held[fund, None]
            assert min(book.free, book.reserved, book.spent, book.returned) >= 0
            assert found[FundAccount.AVAILABLE] == book.free, fund
            assert found[FundAccount.RESERVED] == book.reserved, fund
            assert found[FundAccount.SPENT] == book.spent, fund
            assert found[FundAccount.RETURNED] == book.returned, fund
            live = [row for row in self.gifts.values() if row.fund_id == fund]
            assert sum(row.amount_fen for row in live if row.state in SET_ASIDE) == book.reserved
            assert sum(row.amount_fen for row in live if row.state in PAID_OUT) == book.spent

    @invariant()
    def no_need_has_more_than_it_asked_for(self) -> None:
        for need in NEEDS:
            kept = [
                row.amount_fen
                for row in self.gifts.values()
                if row.need_id == need and row.state in SET_ASIDE | PAID_OUT
            ]
            assert sum(kept) <= ASKED_FEN
            state = self.do(need_now(self.ws, need)).state
            if state in OVER and state is not NeedState.CONFIRMED and state is not NeedState.CLOSED:
                assert not [
                    row for row in self.gifts.values() if row.need_id == need and row.state in SET_ASIDE
                ]

    def teardown(self) -> None:
        store = getattr(self, "store", None)
        if store is not None:
            proof = self.do(prove(store))
            assert proof.holds, proof.findings
            assert self.do(audit.verify(store)).intact
            self.do(store.close())
        self.runner.close()
