"""The books of funds through the API: who sees them, and that pages and balances are those of the ledger."""

from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import officer
from tests.graphql_api.conftest import Client

ENTRIES = """query Q($fund: ID!, $first: Int, $after: String) {
  fundEntries(filter: {fundId: $fund}, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id kind debit credit amount { fen } sequence earmarkId sourceKind source need { title } digest }
  } }"""
BALANCES = """query Q($fund: ID!) { fund(id: $fund) {
  received { fen } available { fen } returned { fen } transferred { fen }
  balances { earmarkId account balance { fen } entries } } }"""


async def spend(ws) -> None:
    def one(kind: FundEntryKind) -> FundPosting:
        return FundPosting(
            fund_id="fund",
            kind=kind,
            amount_fen=30_000,
            source_kind=EntrySource.ALLOCATION,
            source_id="allocation",
            need_id="wish",
        )

    kinds = (FundEntryKind.RESERVE, FundEntryKind.DISBURSE)
    await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post(tx, [one(k) for k in kinds]))


async def test_entries_come_by_pages_and_balances_are_theirs(desk: Client, ws, gid):
    await spend(ws)
    fund = gid("Fund", "fund")
    found, after, more = [], None, True
    while more:
        page = (await desk.ask(ENTRIES, fund=fund, first=1, after=after))["fundEntries"]
        assert page["totalCount"] == 3
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert sorted(entry["kind"] for entry in found) == ["DISBURSE", "OPEN", "RESERVE"]
    assert {entry["sequence"] for entry in found} == {1, 2, 3}
    (paid,) = [entry for entry in found if entry["kind"] == "DISBURSE"]
    assert (paid["debit"], paid["credit"], paid["amount"]["fen"]) == ("RESERVED", "SPENT", "30000")
    assert (paid["source"], len(paid["digest"])) == ("allocation", 64)
    assert paid["need"]["title"]
    shown = (await desk.ask(BALANCES, fund=fund))["fund"]
    stands = {each["account"]: int(each["balance"]["fen"]) for each in shown["balances"]}
    assert sum(stands.values()) == 0
    assert stands["SPENT"] == 30_000
    assert stands["AVAILABLE"] == int(shown["available"]["fen"]) == int(shown["received"]["fen"]) - 30_000


async def test_books_are_shown_to_those_who_see_the_fund(ask_as, gid):
    fund = gid("Fund", "fund")
    for reader, entries in (("officer", 1), ("worker", 1), ("stranger", 0), ("volunteer", 0)):
        page = (await ask_as(reader).ask(ENTRIES, fund=fund))["fundEntries"]
        assert page["totalCount"] == entries, reader
