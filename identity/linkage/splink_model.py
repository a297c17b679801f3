"""
Splink, and nothing of it elsewhere: it compares and scores candidate pairs on DuckDB.

This module runs in the worker process alone. Splink publishes no types, so what enters and leaves is said here.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
from splink import DuckDBAPI, Linker, SettingsCreator  # pyright: ignore[reportMissingTypeStubs]

from identity.linkage.comparisons import Comparison, frequencies_of

UID = "uid"


def score(
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    shares: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    threads: int,
) -> pl.DataFrame:
    """
    Compare and score candidate pairs.

    Parameters
    ----------
    records
        ``uid``, the features, and ``tf_FEATURE`` for each whose frequency is used.
    pairs
        ``l`` and ``r``, values of ``uid``.
    comparisons
        Fields, in order.
    shares
        m and u of the levels of each field.
    threads
        Of DuckDB.

    Returns
    -------
    polars.DataFrame
        ``l``, ``r``, ``weight`` in bits without the prior, ``gamma_FIELD`` (-1 where a record states nothing, else the
        number of levels below the one that holds), and ``tf_FEATURE`` (the greater frequency of the two records).
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(":memory:", config={"threads": threads})
    try:
        return _scored(connection, records, pairs, comparisons, shares)
    finally:
        connection.close()


def _scored(
    connection: duckdb.DuckDBPyConnection,
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    shares: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> pl.DataFrame:
    told = {one.field: _apart(*shares[one.field]) for one in comparisons}
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=UID,
        comparisons=[_comparison(one, *told[one.field]) for one in comparisons],
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"l.{UID} = r.{UID}", "sql_dialect": "duckdb"}
        ],
        probability_two_random_records_match=0.5,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    linker = Linker(
        api.register(records.to_arrow(), dataset_display_name="records"), settings, log_level=None
    )
    blocked = pairs.select(
        pl.lit("0").alias("match_key"), pl.col("l").alias("join_key_l"), pl.col("r").alias("join_key_r")
    )
    linker.table_management.register_blocked_pairs_for_predict(api.register(blocked.to_arrow()))
    found: Any = linker.inference.predict(warning_mode="never")
    wanted = [f"{UID}_l AS l", f"{UID}_r AS r", "match_weight AS weight"]
    wanted += [f"mw_{one.field}" for one in comparisons]
    wanted += [
        f"greatest(tf_{feature}_l, tf_{feature}_r) AS tf_{feature}" for feature in frequencies_of(comparisons)
    ]
    scored = connection.sql(f"SELECT {', '.join(wanted)} FROM {found.physical_name}").pl()  # noqa: S608 - our own names
    gammas = [_gamma(scored[f"mw_{one.field}"], one, *told[one.field]) for one in comparisons]
    return scored.drop(f"mw_{one.field}" for one in comparisons).with_columns(gammas)


def _apart(m: Sequence[float], u: Sequence[float]) -> tuple[list[float], list[float]]:
    """Move shares a hair's breadth where two levels, or one and none, would weigh the same."""
    moved: list[float] = []
    seen = {0.0}
    for share, chance in zip(m, u, strict=True):
        apart = share
        while round(math.log2(apart / chance), 9) in seen:
            apart *= 1 + 1e-8
        seen.add(round(math.log2(apart / chance), 9))
        moved.append(apart)
    return moved, list(u)


def _gamma(weights: pl.Series, comparison: Comparison, m: Sequence[float], u: Sequence[float]) -> pl.Series:
    """Give levels by their weights: Splink tells levels only together with every value that was compared."""
    known = np.array([0.0, *(math.log2(a / b) for a, b in zip(reversed(m), reversed(u), strict=True))])
    order = np.argsort(known)
    middles = (known[order][1:] + known[order][:-1]) / 2
    places = order[np.searchsorted(middles, weights.to_numpy())]
    return pl.Series(f"gamma_{comparison.field}", places - 1, dtype=pl.Int64)


def _comparison(comparison: Comparison, m: Sequence[float], u: Sequence[float]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.absent, "label_for_charts": "absent", "is_null_level": True}
    ]
    for place, level in enumerate(comparison.levels):
        said: dict[str, Any] = {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": m[place],
            "u_probability": u[place],
        }
        if level.frequency:
            said |= {
                "tf_adjustment_column": level.frequency,
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        levels.append(said)
    levels.append({
        "sql_condition": "ELSE", "label_for_charts": "else", "m_probability": m[-1], "u_probability": u[-1],
    })  # fmt: skip
    return {
        "output_column_name": comparison.field,
        "comparison_description": comparison.field,
        "comparison_levels": levels,
    }
