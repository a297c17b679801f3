"""Questions about paths, answered by networkx on a subgraph that is read for them."""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString

import networkx as nx
import polars as pl

from domain.giving import FundType
from graph.columns import text, texts
from graph.ports import Access, ReadTransaction, Statement

MOST_HOPS = 3
"""Interested persons are joined to a fund's managers by at most so many steps (HC-13)."""

_IN_FORCE: LiteralString = (
    " WHERE (r.valid_from IS NULL OR r.valid_from <= $day) AND (r.valid_to IS NULL OR r.valid_to > $day)"
    " RETURN a.id AS a, b.id AS b"
)
KIN = Statement(
    "MATCH (a:Resident)-[r:RELATED_TO]->(b:Resident)" + _IN_FORCE,
    Access.READ,
)
EMPLOYED = Statement(
    "MATCH (a:Organisation)-[r:EMPLOYS]->(b:Resident)" + _IN_FORCE,
    Access.READ,
)
MANAGERS_OF_ORGANISATIONS = Statement(
    "MATCH (a:Resident)-[r:MANAGES]->(b:Organisation)" + _IN_FORCE,
    Access.READ,
)
MANAGERS_OF_FUNDS = Statement(
    "MATCH (a:Resident)-[r:MANAGES]->(b:Fund)" + _IN_FORCE,
    Access.READ,
)
NAMED_MANAGERS = Statement(
    "UNWIND $fund_ids AS wanted MATCH (n:Fund {id: wanted})"
    " RETURN n.id AS fund_id, n.manager_ids AS managers",
    Access.READ,
)
SETTLORS = Statement(
    "MATCH (d:Donation) WHERE d.fund_id IN $fund_ids AND d.donor_id IS NOT NULL"
    " RETURN DISTINCT d.fund_id AS fund_id, d.donor_id AS donor_id",
    Access.READ,
)
MEMBERS = Statement(
    "MATCH (n:Resident) WHERE n.id IN $ids AND n.household_id IS NOT NULL"
    " RETURN n.id AS resident_id, n.household_id AS household_id",
    Access.READ,
)
_RELATED = {"fund_id": pl.String, "need_id": pl.String, "path": pl.String}


async def related_parties(
    tx: ReadTransaction, *, funds: pl.DataFrame, needs: pl.DataFrame, day: date
) -> pl.DataFrame:
    """
    Find needs whose household is joined to a fund's managers by kin, employment or management.

    Behind a charitable trust its settlors stand too: who gave to it (HC-16).

    Persons are followed wherever they live: a relative across the border of a scope is a relative. Only ids
    of the funds and needs handed in come back, with the ids of the people between.

    Parameters
    ----------
    funds
        Columns ``fund_id``, ``organisation_id`` and ``type``.
    needs
        Columns ``need_id`` and ``subject_id``.
    day
        Relationships are those in force on it.

    Returns
    -------
    polars.DataFrame
        ``fund_id``, ``need_id`` and a shortest ``path`` from a manager to a member, ids joined by ``>``.
    """
    managers = await _managers(tx, funds, day)
    if not managers:
        return pl.DataFrame(schema=_RELATED)
    people = await _interested(tx, sorted({person for held in managers.values() for person in held}), day)
    everyone = sorted({person for reached in people.values() for person in reached})
    members = await tx.frame(MEMBERS, ids=everyone)
    home = dict(members.select("resident_id", "household_id").iter_rows())
    asked: dict[str, list[str]] = {}
    for need_id, subject_id in needs.select("need_id", "subject_id").drop_nulls().iter_rows():
        asked.setdefault(subject_id, []).append(need_id)
    best: dict[tuple[str, str], tuple[int, str]] = {}
    for fund_id, held in managers.items():
        for manager in held:
            for person, path in people[manager].items():
                found = (len(path), ">".join(path))
                for need_id in asked.get(home.get(person, ""), ()):
                    pair = (fund_id, need_id)
                    best[pair] = min(found, best.get(pair, found))
    rows = [(fund_id, need_id, path) for (fund_id, need_id), (_, path) in sorted(best.items())]
    return pl.DataFrame(rows, schema=_RELATED, orient="row")


async def _managers(tx: ReadTransaction, funds: pl.DataFrame, day: date) -> dict[str, list[str]]:
    """Give the people behind each fund: who manages it or its organisation, and settlors of trusts."""
    of_organisation = await _grouped(tx, MANAGERS_OF_ORGANISATIONS, day)
    of_fund = await _grouped(tx, MANAGERS_OF_FUNDS, day)
    named: dict[str, Sequence[str]] = {}
    if not funds.is_empty():
        fund_ids = funds["fund_id"].to_list()
        for record in await tx.run(NAMED_MANAGERS, fund_ids=fund_ids):
            named[text(record, "fund_id")] = texts(record, "managers")
    settlors = await _settlors(tx, funds)
    kinds = (settlors, of_fund, named)
    managers = {
        fund_id: sorted(
            {*of_organisation.get(owner, ())}.union(*(persons.get(fund_id, ()) for persons in kinds))
        )
        for fund_id, owner in funds.select("fund_id", "organisation_id").iter_rows()
    }
    return {fund_id: held for fund_id, held in managers.items() if held}


async def _settlors(tx: ReadTransaction, funds: pl.DataFrame) -> dict[str, set[str]]:
    """Give who gave to each charitable trust."""
    trusts = funds.filter(pl.col("type") == FundType.TRUST.value)["fund_id"].to_list()
    given: dict[str, set[str]] = {}
    if trusts:
        for record in await tx.run(SETTLORS, fund_ids=trusts):
            given.setdefault(text(record, "fund_id"), set()).add(text(record, "donor_id"))
    return given


async def _grouped(tx: ReadTransaction, statement: Statement, day: date) -> dict[str, set[str]]:
    grouped: dict[str, set[str]] = {}
    for a, b in (await tx.frame(statement, day=day)).select("a", "b").iter_rows():
        grouped.setdefault(b, set()).add(a)
    return grouped


async def _interested(
    tx: ReadTransaction, managers: Sequence[str], day: date
) -> dict[str, dict[str, list[str]]]:
    """Give whom each manager reaches within ``MOST_HOPS``, with the shortest path to each."""
    ties: nx.Graph[str] = nx.Graph()
    ties.add_nodes_from(managers)
    for statement in (KIN, EMPLOYED, MANAGERS_OF_ORGANISATIONS):
        edges = (await tx.frame(statement, day=day)).select("a", "b")
        ties.add_edges_from(edges.sort("a", "b").iter_rows())
    return {manager: nx.single_source_shortest_path(ties, manager, cutoff=MOST_HOPS) for manager in managers}
