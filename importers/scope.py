"""An importer writes only where their scope reaches: rows that lie elsewhere are refused."""

from dataclasses import replace
from typing import cast

import polars as pl

from domain.actors import Scope
from importers.batches import Batch
from importers.issues import IssueCode, Severity
from importers.tables import ROW

EVERYWHERE = "/"


def within(batch: Batch, scope: Scope) -> Batch:
    """Give the batch without the rows that place anything outside the scope; each of them is an issue."""
    if EVERYWHERE in scope.region_paths:
        return batch
    outside: set[int] = set()
    for nodes in batch.nodes:
        if "region_path" in nodes.frame.columns and not nodes.stub:
            inside = pl.any_horizontal(
                [pl.col("region_path").str.starts_with(path) for path in scope.region_paths]
            )
            away = nodes.frame.filter(pl.col("region_path").is_not_null() & ~inside)
            outside.update(cast("list[int]", away[ROW].to_list()))
    if not outside:
        return batch
    kept = ~pl.col(ROW).is_in(outside)
    issues = [
        batch.table.issue(IssueCode.OUT_OF_SCOPE, Severity.REFUSED, row=row, column=None, raw="")
        for row in sorted(outside)
    ]
    return replace(
        batch,
        nodes=tuple(replace(nodes, frame=nodes.frame.filter(kept)) for nodes in batch.nodes),
        edges=tuple(replace(edges, frame=edges.frame.filter(kept)) for edges in batch.edges),
        issues=(*batch.issues, *issues),
        refused=batch.refused | outside,
    )
