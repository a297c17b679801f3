"""The figures of packs are the sums of entries, whatever was posted; months chain, and a year is its months."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.disclosure_packs import Period
from domain.errors import ConflictError, NotFoundError
from domain.ledger import ROUTES, EntrySource, FundAccount, FundEntryKind, FundPosting
from graph.engines.ladybug import open_ladybug
from graph.ledger.posting import post
from graph.ports import Access, Statement
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, World, officer, workspace
from tests.conftest import NEO4J_URI, fresh_neo4j
from workflows.disclosures.checking import check_pack
from workflows.disclosures.making import make_pack
from workflows.disclosures.pack import Pack, Sums, written
from workflows.workspace import Workspace

BOOKS = [("f1", None), ("f1", "e1"), ("f1", "e2"), ("f2", None), ("f2", "e3")]
MONTHS = ("2026-01", "2026-02", "2026-03")
FIRST = datetime(2025, 12, 20, 4, 30, tzinfo=UTC)
KINDS = sorted(set(ROUTES) - {FundEntryKind.TRANSFER_IN, FundEntryKind.TRANSFER_OUT})
ENTRIES = Statement(
    "MATCH (e:FundEntry) RETURN e.id AS id, e.fund_id AS fund, e.earmark_id AS earmark, e.kind AS kind,"
    " e.debit AS debit, e.credit AS credit, e.amount_fen AS fen, e.at AS at, e.source_kind AS source",
    Access.READ,
)
STEPS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(KINDS), st.sampled_from(BOOKS), st.integers(1, 500)),
    st.tuples(st.just("pass"), st.sampled_from(BOOKS), st.sampled_from(BOOKS), st.integers(1, 300)),
    st.tuples(st.just("undo"), st.integers(0, 40), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 25), st.none(), st.none()),
)


async def a_history(store, steps) -> Workspace:
    """Post as the steps say, on days that go on; what the rules refuse is refused."""
    world = World()
    world.organisation("charity")
    for fund in ("f1", "f2"):
        world.fund(fund, "charity", received_fen=0)
    for fund, earmark in BOOKS:
        if earmark:
            programme = "p" if earmark in ("e1", "e3") else None
            world.add(
                "Earmark", id=earmark, fund_id=fund, kind="PROGRAMME" if programme else "DONOR", name=earmark,
                programme_id=programme, region_path=CITY, version=1,
            )  # fmt: skip
    world.organisation("other")
    world.fund("theirs", "other", received_fen=77_000)
    await world.write(store)
    ws, at = workspace(store), FIRST
    papers: list[tuple[str, FundPosting]] = []

    async def enter(*postings: FundPosting) -> None:
        try:
            await UnitOfWork(store, lambda: at).run(officer("charity"), lambda tx: post(tx, postings))
        except (ConflictError, NotFoundError):
            return
        papers.extend((each.paper, each) for each in postings)

    def posting(kind, book, fen: int, number: int, **more) -> FundPosting:
        named = {"fund_id": book[0], "earmark_id": book[1], "kind": kind, "amount_fen": fen}
        source = EntrySource.EXPENSE if kind is FundEntryKind.EXPEND else EntrySource.DONATION
        return FundPosting(**named, source_kind=source, source_id=f"paper-{number}", **more)

    for number, (name, one, other, fen) in enumerate(steps):
        if name == "wait":
            at += timedelta(days=one)
        elif name == "move":
            await enter(posting(one, other, fen, number))
        elif name == "pass":
            await enter(
                posting(FundEntryKind.TRANSFER_OUT, one, fen, number),
                posting(FundEntryKind.TRANSFER_IN, other, fen, number),
            )
        elif papers:
            paper, undone = papers[one % len(papers)]
            if undone.reverses is None and undone.kind not in ROUTES.keys() - set(KINDS):
                book = (undone.fund_id, undone.earmark_id)
                await enter(posting(FundEntryKind.REVERSE, book, undone.amount_fen, number, reverses=paper))
    return ws


async def pack_of(store, name: str, read_at: datetime = datetime(2027, 1, 5, tzinfo=UTC)) -> Pack:
    made = await store.read(
        lambda tx: make_pack(tx, "charity", Period.named(name), pack_id=name, read_at=read_at)
    )
    return made.pack


def plain_sums(entries, until: datetime, fund=None, earmark=None) -> dict[str, int]:
    """Add up by hand what stands on each account."""
    found = dict.fromkeys(FundAccount, 0)
    for entry in entries:
        if entry["at"] < until and (fund is None or (entry["fund"], entry["earmark"]) == (fund, earmark)):
            found[entry["debit"]] -= entry["fen"]
            found[entry["credit"]] += entry["fen"]
    return found


async def broken_after(store, steps) -> list[str]:
    """Give the laws that do not hold of the packs of a history."""
    await a_history(store, steps)
    entries = [
        entry for entry in await store.read(lambda tx: tx.run(ENTRIES)) if entry["fund"] in ("f1", "f2")
    ]
    packs = [await pack_of(store, name) for name in MONTHS]
    laws: dict[str, bool] = {}
    for pack in packs:
        period = Period.named(pack.period.name)
        told = {(book.fund_id, book.earmark_id): book for book in pack.books}
        known = {(e["fund"], e["earmark"]) for e in entries if e["at"] < period.end_at}
        laws[f"{pack.id} has every book"] = told.keys() == known
        for (fund, earmark), book in told.items():
            where = f"{pack.id} {fund} {earmark}"
            laws[f"{where} opens"] = book.opening == plain_sums(entries, period.start_at, fund, earmark)
            laws[f"{where} closes"] = book.closing == plain_sums(entries, period.end_at, fund, earmark)
        moved = plain_sums(entries, period.end_at)
        before = plain_sums(entries, period.start_at)
        laws[f"{pack.id} received"] = pack.totals.received_fen == before["RECEIVED"] - moved["RECEIVED"]
        laws[f"{pack.id} spent"] = pack.totals.spent_fen == moved["SPENT"] - before["SPENT"]
        laws[f"{pack.id} ends"] = (
            pack.totals.closing_fen
            == pack.totals.opening_fen
            + pack.totals.received_fen
            + pack.totals.transferred_fen
            - pack.totals.spent_fen
            - pack.totals.returned_fen
        )
        laws[f"{pack.id} transfers come to nothing"] = pack.totals.transferred_fen == 0
        laws[f"{pack.id} income"] = pack.income.total_fen == pack.totals.received_fen
        laws[f"{pack.id} projects"] = all(
            sum(getattr(project.sums, name) for project in pack.projects) == getattr(pack.totals, name)
            for name in Sums.model_fields
        )
        laws[f"{pack.id} entries"] = pack.ledger.entries == sum(e["at"] < period.end_at for e in entries)
        checked = await store.read(lambda tx, pack=pack: check_pack(tx, written(pack)[0], drafts=True))
        laws[f"{pack.id} proves"] = {each.broken for each in checked.findings} == {"UNKNOWN"}
    for one, following in pairwise(packs):
        laws[f"{one.id} chains"] = one.totals.closing_fen == following.totals.opening_fen
        opened = {(b.fund_id, b.earmark_id): b.opening for b in following.books}
        laws[f"{one.id} chains book by book"] = all(
            opened[book.fund_id, book.earmark_id] == book.closing for book in one.books
        )
    year = await pack_of(store, "2026")
    monthly = [await pack_of(store, f"2026-{month:02d}") for month in range(1, 13)]
    laws["a year is its months"] = all(
        getattr(year.totals, name) == sum(getattr(pack.totals, name) for pack in monthly)
        for name in ("received_fen", "transferred_fen", "spent_fen", "returned_fen")
    )
    laws["a year opens with January"] = year.totals.opening_fen == monthly[0].totals.opening_fen
    laws["a year closes with December"] = year.books == tuple(
        book.model_copy(update={"sums": own.sums, "opening": own.opening, "movements": own.movements})
        for book, own in zip(monthly[-1].books, year.books, strict=True)
    )
    return [law for law, holds in laws.items() if not holds]


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=10, max_size=60))
async def test_figures_are_the_sums_of_entries_after_any_history(steps):
    async with open_ladybug() as store:
        await store.define()
        assert await broken_after(store, steps) == []


@pytest.mark.neo4j
@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=20, max_size=40))
async def test_figures_are_the_sums_of_entries_after_any_history_on_neo4j(steps):
    assert NEO4J_URI
    async with await fresh_neo4j() as store:
        try:
            assert await broken_after(store, steps) == []
        finally:
            await store.clear()


async def test_a_month_ends_at_midnight_in_china(memory_store):
    await a_history(memory_store, [])
    midnight = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    for number, at in enumerate((midnight - timedelta(microseconds=1), midnight)):
        one = FundPosting(
            fund_id="f1",
            kind=FundEntryKind.RECEIVE,
            amount_fen=10 ** (number + 1),
            source_kind=EntrySource.DONATION,
            source_id=f"gift-{number}",
        )
        await UnitOfWork(memory_store, lambda at=at: at).run(
            officer("charity"), lambda tx, one=one: post(tx, [one])
        )
    january, february = [await pack_of(memory_store, name) for name in MONTHS[:2]]
    assert (january.totals.received_fen, february.totals.received_fen) == (10, 100)
    assert (january.totals.closing_fen, february.totals.opening_fen) == (10, 10)
