"""Publishing a round that planned offered visits anew: what is the same stays, what changed is told again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import polars as pl

from domain.actors import Actor
from domain.needs import NeedState
from domain.rounds import ProposalState
from graph.needs import move_need
from graph.ports import ReadTransaction
from graph.proposals import lock_proposals_of_need
from graph.reads.needs import need_by_id
from graph.rounds import needs_of_round, set_proposals
from graph.unit_of_work import AuditedTransaction
from workflows.rounds.promises import withdraw_proposals

Line = tuple[object, ...]

_TOLD = (
    "slot_id",
    "volunteer_id",
    "window_start",
    "fund_id",
    "earmark_id",
    "amount_fen",
    "need_item_id",
    "offer_id",
    "quantity",
)


async def replanned_in(tx: ReadTransaction, round_id: str) -> list[str]:
    """Give the needs that a round saw offered and that nobody has touched since."""
    needs = await needs_of_round(tx, round_id)
    offered = (pl.col("state") == NeedState.OFFERED.value) & (pl.col("version") == pl.col("need_version"))
    return needs.filter(offered)["id"].to_list()


async def renew_published(
    tx: AuditedTransaction, actor: Actor, needs: pl.DataFrame, proposals: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    Settle what was offered before: an unchanged need keeps its proposals, any other loses them.

    Parameters
    ----------
    needs
        Locked needs of the round; those still OFFERED were planned anew.
    proposals
        All that the round proposes.

    Returns
    -------
    DataFrame, DataFrame
        Proposals that are new to somebody, and the needs they are for.
    """
    same: list[str] = []
    dropped: list[str] = []
    changed: list[str] = []
    for need_id in needs.filter(pl.col("state") == NeedState.OFFERED.value)["id"].to_list():
        mine = proposals.filter(pl.col("need_id") == need_id)
        old = await lock_proposals_of_need(tx, need_id, (ProposalState.OFFERED,))
        if {_line(asdict(row)) for row in old} == {_line(row) for row in mine.iter_rows(named=True)}:
            same.append(need_id)
            continue
        await withdraw_proposals(tx, need_id)
        need = await need_by_id(tx, actor, need_id)
        await move_need(tx, actor, need, NeedState.MATCHING, at=tx.at, reason="planned anew")
        tx.record("need.replan", need_id)
        (dropped if mine.is_empty() else changed).append(need_id)
    unchanged = proposals.filter(pl.col("need_id").is_in(same))
    if not unchanged.is_empty():
        await set_proposals(tx, unchanged, ProposalState.WITHDRAWN)
    left = needs.filter(~pl.col("id").is_in([*same, *dropped])).with_columns(
        state=pl.when(pl.col("id").is_in(changed)).then(pl.lit(NeedState.MATCHING.value)).otherwise("state")
    )
    return proposals.filter(~pl.col("need_id").is_in(same)), left


def _line(values: Mapping[str, object]) -> Line:
    """Give what people are told; moments as seconds, since stores and frames hold them in types of their own."""
    told = (values[name] for name in _TOLD)
    return tuple(value.timestamp() if isinstance(value, datetime) else value for value in told)
