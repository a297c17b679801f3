"""Every book sums to zero and says what a small dict says, after any postings, transfers and reversals."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.errors import ConflictError, InsufficientFundsError, NotFoundError
from domain.ledger import FREE_TO_SINK, ROUTES, EntrySource, FundAccount, FundEntryKind, FundPosting
from graph.engines.ladybug import open_ladybug
from graph.ledger.balances import book_balances
from graph.ledger.books import SUMS
from graph.ledger.opening import open_funds
from graph.ledger.posting import PostingGroup, post, post_each
from graph.ledger.proof import BookBreak, prove
from graph.ports import Access, Statement
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, World, officer, workspace
from tests.conftest import fresh_neo4j

BOOKS = [("f1", None), ("f1", "e1"), ("f1", "e2"), ("f2", None), ("f2", "e3")]
ENTRIES = Statement(
    "MATCH (n:FundEntry) RETURN n.id AS id, n.fund_id AS fund_id, n.earmark_id AS earmark_id,"
    " n.debit AS debit, n.credit AS credit, n.amount_fen AS amount_fen, n.sequence AS sequence ORDER BY sequence",
    Access.READ,
)
SUMS_OF = {
    label: Statement(
        "MATCH (n:" + label + ") RETURN n.id AS id, n.received_fen AS received_fen,"
        " n.reserved_fen AS reserved_fen, n.spent_fen AS spent_fen, n.returned_fen AS returned_fen,"
        " n.transferred_fen AS transferred_fen",
        Access.READ,
    )
    for label in ("Fund", "Earmark")
}
AUDITED = Statement(
    "MATCH (e:AuditEntry {operation: 'fund.post'}) RETURN e.object_id AS id, e.object_hash AS digest",
    Access.READ,
)
CLOSE = Statement("MATCH (n:Fund {id: 'f2'}) SET n.closed_at = $at", Access.WRITE)


def posting(kind="RECEIVE", amount_fen=100, book=("f1", None), source="d1", **values) -> FundPosting:
    return FundPosting(
        fund_id=book[0],
        earmark_id=book[1],
        kind=FundEntryKind(kind),
        amount_fen=amount_fen,
        source_kind=EntrySource.DONATION,
        source_id=source,
        **values,
    )


async def two_funds(store):
    world = World()
    world.organisation("charity")
    for fund in ("f1", "f2"):
        world.fund(fund, "charity", received_fen=0)
    for fund, earmark in BOOKS:
        if earmark:
            world.add("Earmark", id=earmark, fund_id=fund, kind="DONOR", region_path=CITY, version=1)
    await world.write(store)
    return workspace(store)


async def posted(ws, *postings):
    return await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post(tx, postings))


async def balances(ws):
    return await ws.store.read(lambda tx: book_balances(tx, ["f1", "f2"]))


class LedgerMachine(RuleBasedStateMachine):
    """``model`` holds each book's accounts; the store is asked after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.model: dict[tuple[str, str | None], dict[FundAccount, int]] = {}
        self.done: dict[str, tuple[FundPosting, FundAccount, FundAccount]] = {}
        self.reversed: set[str] = set()
        self.count = 0

    def do(self, work):
        return self.loop.run_until_complete(work)

    async def open(self):
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.open())
        self.ws = self.do(two_funds(self.store))
        self.do(posted(self.ws, *(posting(book=book, source=f"{book}", amount_fen=500) for book in BOOKS)))
        for book in BOOKS:
            self.take(posting(book=book, source=f"{book}", amount_fen=500))

    def route(self, one: FundPosting) -> tuple[FundAccount, FundAccount]:
        if one.reverses is None:
            return ROUTES[one.kind]
        _, debit, credit = self.done[one.reverses]
        return credit, debit

    def take(self, *postings: FundPosting) -> bool:
        """Do to the model what the ledger should do; whether it should do it."""
        after = {key: dict(book) for key, book in self.model.items()}
        entered = {}
        for one in postings:
            debit, credit = self.route(one)
            book = after.setdefault((one.fund_id, one.earmark_id), defaultdict(int))
            book[debit] = book.get(debit, 0) - one.amount_fen
            book[credit] = book.get(credit, 0) + one.amount_fen
            entered[one.paper] = (one, debit, credit)
            if debit not in FREE_TO_SINK and book[debit] < 0:
                return False
        self.model = after
        self.done |= entered
        return True

    def offer(self, *postings: FundPosting) -> None:
        if self.take(*postings):
            self.do(posted(self.ws, *postings))
        else:
            with pytest.raises(ConflictError):
                self.do(posted(self.ws, *postings))

    def fresh(self) -> str:
        self.count += 1
        return f"paper-{self.count}"

    @rule(
        moves=st.lists(
            st.tuples(
                st.sampled_from(
                    sorted(set(ROUTES) - {FundEntryKind.TRANSFER_IN, FundEntryKind.TRANSFER_OUT})
                ),
                st.sampled_from(BOOKS),
                st.integers(1, 300),
            ),
            min_size=1,
            max_size=12,
        )
    )
    def several_move_or_none(self, moves) -> None:
        self.offer(*(posting(kind, amount, book, self.fresh()) for kind, book, amount in moves))

    @rule(start=st.sampled_from(BOOKS), end=st.sampled_from(BOOKS), amount=st.integers(1, 300))
    def money_passes_between_books(self, start, end, amount) -> None:
        paper = self.fresh()
        self.offer(posting("TRANSFER_OUT", amount, start, paper), posting("TRANSFER_IN", amount, end, paper))

    @rule(data=st.data())
    def an_entry_is_taken_back(self, data) -> None:
        open_ones = sorted(key for key, (one, _, _) in self.done.items() if one.reverses is None)
        key = data.draw(st.sampled_from([key for key in open_ones if key not in self.reversed] or [None]))
        if key is None or "TRANSFER" in key:
            return
        one = self.done[key][0]
        back = posting("REVERSE", one.amount_fen, (one.fund_id, one.earmark_id), one.source_id, reverses=key)
        self.offer(back)
        if back.paper in self.done:
            self.reversed.add(key)

    @rule(data=st.data())
    def a_paper_comes_again(self, data) -> None:
        one = self.done[data.draw(st.sampled_from(sorted(self.done)))][0]
        with pytest.raises(ConflictError):
            self.do(posted(self.ws, posting(source=self.fresh()), _other_amount(one)))
        paper = self.fresh()
        self.offer(posting(source=paper))  # a unit that repeats a paper beside a new one
        assert self.do(posted(self.ws, one, posting(source=paper))) == [
            one.paper,
            posting(source=paper).paper,
        ]

    @invariant()
    def books_and_nodes_say_what_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        kept = self.do(balances(self.ws))
        entries = self.do(self.store.read(lambda tx: tx.run(ENTRIES)))
        worked_out = {key: dict.fromkeys(FundAccount, 0) for key in kept}
        for entry in entries:
            book = worked_out[(entry["fund_id"], entry["earmark_id"])]
            book[FundAccount(entry["debit"])] -= entry["amount_fen"]
            book[FundAccount(entry["credit"])] += entry["amount_fen"]
        assert kept == worked_out
        assert kept == {key: {a: book.get(a, 0) for a in FundAccount} for key, book in self.model.items()}
        for (fund, earmark), book in kept.items():
            assert sum(book.values()) == 0
            assert all(fen >= 0 for account, fen in book.items() if account not in FREE_TO_SINK)
            (node,) = [
                row for row in self.nodes("Earmark" if earmark else "Fund") if row["id"] == (earmark or fund)
            ]
            assert {name: node[name] for name, _ in SUMS.values()} == {
                name: sign * book[account] for account, (name, sign) in SUMS.items()
            }
            places = [e["sequence"] for e in entries if (e["fund_id"], e["earmark_id"]) == (fund, earmark)]
            assert places == list(range(1, len(places) + 1))
        assert sum(book[FundAccount.TRANSFERRED] for book in kept.values()) == 0
        told = self.do(self.store.read(lambda tx: tx.run(AUDITED)))
        assert sorted(row["id"] for row in told) == sorted(entry["id"] for entry in entries)

        proof = self.do(prove(self.store))
        assert (proof.findings, proof.total_fen, proof.entries) == ((), 0, len(entries))

    def nodes(self, label):
        return self.do(self.store.read(lambda tx: tx.run(SUMS_OF[label])))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
        self.loop.close()


def _other_amount(one: FundPosting) -> FundPosting:
    return FundPosting(
        **{name: getattr(one, name) for name in one.__slots__ if name != "amount_fen"},
        amount_fen=one.amount_fen + 1,
    )


class MemoryLedger(LedgerMachine):
    async def open(self):
        store = open_ladybug()
        await store.define()
        return store


class Neo4jLedger(LedgerMachine):
    async def open(self):
        store = await fresh_neo4j()
        await store.clear()
        return store

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.clear())
        super().teardown()


WALK = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
MemoryLedger.TestCase.settings = WALK
Neo4jLedger.TestCase.settings = settings(WALK, max_examples=4)
TestLedgerInMemory = MemoryLedger.TestCase
TestLedgerOnNeo4j = pytest.mark.neo4j(Neo4jLedger.TestCase)


@pytest.fixture
async def ws(store):
    return await two_funds(store)


async def test_what_is_not_there_is_not_spent(ws):
    await posted(ws, posting(amount_fen=100))
    with pytest.raises(InsufficientFundsError) as refused:
        await posted(ws, posting("RESERVE", 101))
    assert (refused.value.context["asked_fen"], refused.value.context["free_fen"]) == (101, 100)
    with pytest.raises(ConflictError):
        await posted(ws, posting("RESERVE", 50), posting("DISBURSE", 51))
    assert (await balances(ws))["f1", None][FundAccount.AVAILABLE] == 100


@pytest.mark.parametrize("book", [("nobody", None), ("f1", "e3"), ("f1", "none"), ("f2", None)])
async def test_money_goes_to_open_books_of_a_fund_and_nowhere_else(ws, book):
    async def close(tx):
        await tx.run(CLOSE, at=ws.clock())

    await ws.store.write(close)
    with pytest.raises(NotFoundError):
        await posted(ws, posting(book=book))


async def test_an_entry_is_taken_back_once_and_whole(ws):
    (entry,) = await posted(ws, posting(amount_fen=100))
    back = posting("REVERSE", 100, reverses=entry)
    with pytest.raises(ConflictError):
        await posted(ws, posting("REVERSE", 99, reverses=entry))
    (undone,) = await posted(ws, back)
    assert await posted(ws, back) == [undone]
    with pytest.raises(ConflictError):
        await posted(ws, posting("REVERSE", 100, reverses=undone))
    with pytest.raises(NotFoundError):
        await posted(ws, posting("REVERSE", 100, reverses="nothing"))
    assert set((await balances(ws))["f1", None].values()) == {0}


async def test_a_refused_group_leaves_the_others_of_its_unit_standing(ws):
    groups = [
        PostingGroup(postings=(posting(amount_fen=100),), actor_id="one"),
        PostingGroup(postings=(posting("RESERVE", 60), posting("RESERVE", 60, source="d2")), actor_id="two"),
        PostingGroup(postings=(posting("RESERVE", 90, source="d3"),), actor_id="three"),
    ]
    outcomes = await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post_each(tx, groups))
    assert isinstance(outcomes[1], InsufficientFundsError)
    assert outcomes[2] == ["DONATION:d3:RESERVE:0"]
    assert (await balances(ws))["f1", None][FundAccount.RESERVED] == 90


async def test_a_unit_in_which_all_is_refused_changes_nothing(ws):
    groups = [PostingGroup(postings=(posting("RESERVE"),))]
    outcomes = await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post_each(tx, groups))
    assert [type(each) for each in outcomes] == [InsufficientFundsError]
    assert await balances(ws) == {}


async def test_sixteen_units_at_once_leave_books_that_hold(ws):
    await posted(ws, posting(amount_fen=100), posting(amount_fen=100, book=("f2", None), source="d2"))
    tried = await asyncio.gather(
        *(posted(ws, posting("RESERVE", 20, (f"f{1 + i % 2}", None), f"a{i}")) for i in range(16)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, InsufficientFundsError) for each in tried) == 6
    assert sum(isinstance(each, list) for each in tried) == 10
    for fund in ("f1", "f2"):
        assert (await balances(ws))[fund, None][FundAccount.RESERVED] == 100


async def reserved(ws, *, need="need", book=("f1", None), source="a1"):
    await posted(ws, posting(amount_fen=1_000, book=book, source=f"gift-{source}"))
    one = replace(posting("RESERVE", 300, book, source, need_id=need), source_kind=EntrySource.ALLOCATION)
    paid = replace(one, kind=FundEntryKind.DISBURSE)
    await posted(ws, one, paid)


CHANGES = [
    (BookBreak.ENTRY, "MATCH (n:FundEntry {kind: 'RESERVE'}) SET n.debit = 'RECEIVED'"),
    (BookBreak.SEQUENCE, "MATCH (n:FundEntry {kind: 'RESERVE'}) DETACH DELETE n"),
    (BookBreak.DIGEST, "MATCH (n:FundEntry {kind: 'RESERVE'}) SET n.reason = 'another'"),
    (BookBreak.AUDIT, "MATCH (n:AuditEntry {object_id: 'DONATION:gift-a1:RECEIVE:0'}) DETACH DELETE n"),
    (BookBreak.REVERSAL, "MATCH (n:FundEntry {kind: 'REVERSE'}) SET n.amount_fen = 999"),
    (BookBreak.BALANCE, "MATCH (n:FundBalance {account: 'RESERVED'}) SET n.balance_fen = 1"),
    (BookBreak.SUMS, "MATCH (n:Fund {id: 'f1'}) SET n.spent_fen = 0"),
    (BookBreak.SIGN, "MATCH (n:FundEntry {kind: 'RECEIVE'}) SET n.amount_fen = 299"),
    (BookBreak.TRANSFER, "MATCH (n:FundEntry {kind: 'TRANSFER_IN'}) SET n.amount_fen = 9"),
]


@pytest.mark.parametrize(("broken", "change"), CHANGES, ids=[name.value for name, _ in CHANGES])
async def test_whatever_is_changed_behind_the_ledger_shows(ws, broken, change):
    await with_need(ws)
    await reserved(ws)
    await posted(ws, posting("TRANSFER_OUT", 10, source="t"), posting("TRANSFER_IN", 10, ("f2", None), "t"))
    await posted(ws, *two("RECEIVE", "REVERSE"))
    assert (await prove(ws.store)).holds
    await ws.store.write(lambda tx: tx.run(Statement(change, Access.WRITE)))
    proof = await prove(ws.store)
    assert broken in {finding.broken for finding in proof.findings}
    assert not proof.holds


def two(kind, back):
    one = posting(kind, 70, source="mistake")
    return one, posting(back, 70, source="mistake", reverses=one.paper)


async def with_need(ws):
    world = World()
    world.need("need", amount_fen=300, category="LIVING_AID", situations=[])
    await world.write(ws.store)


FUND_PURPOSE = Statement("MATCH (n:Fund {id: 'f1'}) SET n.categories = $categories", Access.WRITE)


async def purpose(ws, *, categories=(), day=date(2026, 1, 1), number=1, owner="f1", **values):
    """Write a version of a purpose down, as people who changed it would have."""
    world = World()
    world.add(
        "PurposeVersion",
        id=f"{owner}:{number}",
        owner_id=owner,
        fund_id="f1",
        number=number,
        state="APPROVED",
        categories=list(categories),
        effective_from=day,
        proposed_at=NOW,
        region_path=CITY,
        version=1,
        **values,
    )
    await world.write(ws.store)


async def walls(ws) -> list[str]:
    proof = await prove(ws.store)
    assert proof.judged == 2
    return [each.object_id for each in proof.findings if each.broken is BookBreak.WALL]


async def test_money_for_a_need_outside_the_purpose_of_its_fund_shows(ws):
    await with_need(ws)
    await reserved(ws)
    assert await walls(ws) == []
    await ws.store.write(lambda tx: tx.run(FUND_PURPOSE, categories=["ESCORT"]))
    assert await walls(ws) == ["ALLOCATION:a1:DISBURSE:0", "ALLOCATION:a1:RESERVE:0"]
    await purpose(ws, categories=["LIVING_AID"])  # it was for this until later
    assert await walls(ws) == []


async def test_the_purpose_in_force_then_judges_and_no_other(ws):
    await with_need(ws)
    await reserved(ws, book=("f1", "e1"))
    await purpose(ws, categories=["LIVING_AID"])
    await purpose(ws, categories=["ESCORT"], day=date(2026, 3, 3), number=2)
    assert await walls(ws) == []
    await purpose(ws, categories=["ESCORT"], day=date(2026, 3, 2), number=3)
    assert await walls(ws) == []  # on the day of a change either will do
    await purpose(ws, categories=["ESCORT"], day=date(2026, 2, 1), number=4)
    assert await walls(ws) == ["ALLOCATION:a1:DISBURSE:0", "ALLOCATION:a1:RESERVE:0"]


async def test_an_earmark_has_a_wall_of_its_own_and_a_mistake_taken_back_is_none(ws):
    await with_need(ws)
    await reserved(ws, book=("f1", "e1"))
    await purpose(ws, owner="e1", restricted_regions=["/elsewhere/"])
    assert len(await walls(ws)) == 2
    back = [
        replace(
            posting("REVERSE", 300, ("f1", "e1"), "a1", reverses=f"ALLOCATION:a1:{kind}:0"),
            source_kind=EntrySource.ALLOCATION,
        )
        for kind in ("DISBURSE", "RESERVE")
    ]
    await posted(ws, *back)
    proof = await prove(ws.store)
    assert (proof.judged, proof.holds) == (0, True)


async def test_books_are_opened_with_what_was_counted_before_and_hold(store):
    world = World()
    world.organisation("charity")
    world.fund("figures", "charity", received_fen=1_000, reserved_fen=200, spent_fen=300)
    world.fund("gifts", "charity", received_fen=1_000)
    world.fund("doubtful", "charity", received_fen=1_000, spent_fen=1_500)
    world.fund("empty", "charity", received_fen=0)
    world.donation("d1", "gifts", donor_id="one", amount_fen=400)
    world.donation("d2", "gifts", donor_id="one", amount_fen=500, state="RECEIPTED")
    world.donation("d3", "figures", donor_id="one", amount_fen=1_001)
    await world.write(store)
    assert await open_funds(store) == 0  # the builder has opened them
    held = await store.read(lambda tx: book_balances(tx, ["figures", "gifts", "doubtful", "empty"]))
    account = FundAccount
    assert held["figures", None][account.AVAILABLE] == 500
    assert held["doubtful", None][account.RECEIVED] == -1_500  # what was spent had come from somewhere
    assert ("empty", None) not in held
    entries = await store.read(lambda tx: tx.run(ENTRIES))
    assert {"DONATION:d1:OPEN:0": 400, "IMPORT:gifts:OPEN:0": 600}.items() <= {
        entry["id"]: entry["amount_fen"] for entry in entries
    }.items()
    proof = await prove(store)
    assert (proof.findings, proof.books, proof.total_fen) == ((), 3, 0)
