"""Allocations of what rounds of earlier releases promised: they knew reserved and spent money, and nothing between."""

import polars as pl

from domain.allocations import AllocationState
from domain.rounds import ProposalState
from graph.frames import DTYPES
from graph.ports import Access, GraphStore, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL

PROMISED = Statement(
    """
    MATCH (p:Proposal) WHERE p.kind = 'MONEY' AND p.state IN ['OFFERED', 'ACCEPTED', 'CONFIRMED']
    MATCH (r:Round {id: p.round_id})
    MATCH (n:Need {id: p.need_id})
    MATCH (f:Fund {id: p.fund_id})
    RETURN p.id AS id, p.need_id AS need_id, p.fund_id AS fund_id, p.id AS proposal_id, p.round_id AS round_id,
      n.subject_id AS subject_id, f.organisation_id AS organisation_id, p.amount_fen AS amount_fen,
      p.state AS state, coalesce(r.published_by, r.created_by) AS requested_by,
      coalesce(r.published_at, r.created_at) AS reserved_at, n.region_id AS region_id,
      n.region_path AS region_path
    """,
    Access.READ,
)
KNOWN = Statement("MATCH (n:Allocation) RETURN n.id AS id", Access.READ)

_STATES = {
    ProposalState.OFFERED.value: AllocationState.RESERVED.value,
    ProposalState.ACCEPTED.value: AllocationState.APPROVED.value,
    ProposalState.CONFIRMED.value: AllocationState.EVIDENCED.value,  # it was spent when the desk confirmed it
}


async def adopt_promises(store: GraphStore) -> int:
    """
    Give each promise of money that has no allocation one, and tell how many.

    One yes is enough for them, as it was when they were made, and they are kept without an end: nothing that people
    rely on is released behind their backs.
    """

    async def work(tx: WriteTransaction) -> int:
        promised = await tx.frame(PROMISED)
        known = (await tx.frame(KNOWN))["id"]
        new = promised.filter(~pl.col("id").is_in(known.to_list()))
        if new.is_empty():
            return 0
        label = NODE_TYPE_BY_LABEL["Allocation"]
        types = {p.name: DTYPES[p.type] for p in label.properties}
        rows = new.with_columns(
            state=pl.col("state").replace_strict(_STATES),
            approvals_wanted=pl.lit(1),
            related_party=pl.lit(value=False),
            pay_first=pl.lit(value=False),
            version=pl.lit(1),
        )
        await tx.load_nodes(label, rows.select(pl.col(name).cast(types[name]) for name in rows.columns))
        return new.height

    return await store.write(work)
