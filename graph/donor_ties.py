"""Whether who gave to a fund and who would receive from it are joined (HC-13): a person looks at such a gift."""

from collections.abc import Sequence
from datetime import date

import networkx as nx
import polars as pl

from graph.analytics import EMPLOYED, KIN, MANAGERS_OF_ORGANISATIONS, MOST_HOPS
from graph.columns import text
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import listed

MEMBERS = Statement(
    "MATCH (n:Resident) WHERE n.household_id IN $ids RETURN n.id AS resident_id, n.household_id AS household_id"
    " ORDER BY resident_id",
    Access.READ,
)
DONORS = Statement(
    "MATCH (d:Donation) WHERE d.fund_id IN $fund_ids AND d.donor_id IN $ids"
    " AND NOT d.state IN ['PLEDGED', 'CANCELLED', 'RETURNED']"
    " RETURN DISTINCT d.fund_id AS fund_id, d.donor_id AS donor_id",
    Access.READ,
)


async def donor_ties(
    tx: ReadTransaction, *, fund_ids: Sequence[str], subjects: Sequence[str], day: date
) -> dict[tuple[str, str], str]:
    """
    Give a shortest path of at most three steps from a donor of a fund to a member of a household, ids joined by ``>``.

    Searched from the households outwards: a fund has many donors, a household few members.

    Parameters
    ----------
    fund_ids, subjects
        Funds and households that are to be joined by a gift.
    day
        Relationships are those in force on it.
    """
    members = {
        text(record, "resident_id"): text(record, "household_id")
        for record in await tx.run(MEMBERS, ids=listed(list(set(subjects))))
    }
    if not members or not fund_ids:
        return {}
    ties: nx.Graph[str] = nx.Graph()
    ties.add_nodes_from(members)
    for statement in (KIN, EMPLOYED, MANAGERS_OF_ORGANISATIONS):
        edges: pl.DataFrame = (await tx.frame(statement, day=day)).select("a", "b")
        ties.add_edges_from(edges.sort("a", "b").iter_rows())
    reached = {member: nx.single_source_shortest_path(ties, member, cutoff=MOST_HOPS) for member in members}
    near = sorted({person for paths in reached.values() for person in paths})
    given: dict[str, list[str]] = {}
    for record in await tx.run(DONORS, fund_ids=listed(list(set(fund_ids))), ids=near):
        given.setdefault(text(record, "donor_id"), []).append(text(record, "fund_id"))
    best: dict[tuple[str, str], tuple[int, str]] = {}
    for member, paths in reached.items():
        for donor in given.keys() & paths.keys():
            path = paths[donor][::-1]
            found = (len(path), ">".join(path))
            for fund_id in given[donor]:
                pair = (fund_id, members[member])
                best[pair] = min(found, best.get(pair, found))
    return {pair: path for pair, (_, path) in best.items()}
