"""What a decision rests on, as text that can be kept: levels by field, vetoes, what bears it out, the reason."""

from collections.abc import Sequence

import polars as pl

from identity.linkage.comparisons import Comparison


def with_evidence(judged: pl.DataFrame, comparisons: Sequence[Comparison]) -> pl.DataFrame:
    """
    Add ``evidence`` to decided pairs.

    JSON text: ``levels`` (null where a record states nothing), ``vetoes``, ``corroboration``, ``reason``. It holds no
    value of any record.
    """
    levels = pl.struct(pl.col(f"level_{one.field}").alias(one.field) for one in comparisons)
    vetoes = (
        pl.when("veto")
        .then(pl.lit(["id"], dtype=pl.List(pl.String)))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
    )
    told = pl.struct(
        levels.alias("levels"), vetoes.alias("vetoes"), pl.col("corroboration"), pl.col("reason")
    )
    return judged.with_columns(told.struct.json_encode().alias("evidence"))
