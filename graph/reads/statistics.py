"""Columns that statistics of needs are counted from, whole and at once."""

from datetime import datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, scope_paths, view_of

_ASKED: LiteralString = (
    IN_SCOPE
    + " AND n.region_path STARTS WITH $region_path"
    + " AND (($child AND n.category = 'CHILD_PROTECT') OR ($others AND n.category <> 'CHILD_PROTECT'))"
)
NEEDS = Statement(
    "MATCH (n:Need) WHERE "
    + _ASKED
    + """ AND coalesce(n.posted_at, n.recorded_at) >= $since AND coalesce(n.posted_at, n.recorded_at) < $until
    RETURN n.id AS need_id, n.category AS category, n.region_path AS region_path, n.state AS state,
      n.urgency AS urgency, n.situations AS situations, n.verified_by AS verified_by, n.amount_fen AS amount_fen,
      coalesce(n.posted_at, n.recorded_at) AS posted_at
    """,
    Access.READ,
)
# Why needs went without, in every round; the last round that looked at a need is picked in the frame.
OUTCOMES = Statement(
    "MATCH (r:Round) MATCH (n:NeedOutcome) WHERE n.round_id = r.id AND "
    + IN_SCOPE
    + """ AND n.region_path STARTS WITH $region_path
    RETURN n.need_id AS need_id, n.fulfilled AS fulfilled, n.reason_code AS reason_code, r.created_at AS at
    """,
    Access.READ,
)


async def need_columns(
    tx: ReadTransaction, actor: Actor, *, region_path: str, since: datetime, until: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the needs posted in ``[since, until)`` under a path, and what rounds said of needs there."""
    view = view_of(actor)
    paths = scope_paths(actor)
    needs = await tx.frame(
        NEEDS,
        scope_paths=paths,
        region_path=region_path,
        since=since,
        until=until,
        child=view.child,
        others=bool(view.need_states),
    )
    outcomes = await tx.frame(OUTCOMES, scope_paths=paths, region_path=region_path)
    return needs, outcomes
