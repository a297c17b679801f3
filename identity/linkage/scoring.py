"""Candidate pairs get weights, probabilities, and the names of their levels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from identity.linkage.bystanders import alone, shares
from identity.linkage.comparisons import Comparison, features_of, frequencies_of
from identity.linkage.estimation import Evidence, chance_shares, fit, prior_bits, probabilities, sample_of
from identity.linkage.parameters import Floats, Parameters
from identity.linkage.worker import ScoringWorker

_RANDOM_PAIRS = 200_000
_EXPECTED_SHARE = 0.5
"""Share of the smaller register that is first taken to be in the other one too."""

_INCREMENTAL_SHARE = 0.5

_READ = (
    "name_kind", "name_mask", "id_strange", "id_valid", "id_hash", "id_area", "id_birth", "id_tail", "id_last_2",
    "phone", "phone_mask", "address_tail", "birth_stated",
)  # fmt: skip

_SHOWN_LAST = r"\p{Han}$"
"""A mask over a name that leaves the last character, in which brothers and sisters differ, to be read."""

_RARE_AREA = 1 / 8
"""Share of the numbers of one area up to which having it in common says something: three bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """
    Pairs worth deciding.

    Parameters
    ----------
    pairs
        As ``judge`` takes them; those below the least probability are gone.
    comparisons
        Fields that were compared.
    parameters
        Those that were used, fitted or shipped.
    """

    pairs: pl.DataFrame
    comparisons: tuple[Comparison, ...]
    parameters: Parameters


def score(
    left: pl.DataFrame,
    right: pl.DataFrame | None,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    parameters: Parameters,
    worker: ScoringWorker,
    *,
    adapt: bool,
    incremental: bool,
    kept: float,
    seed: int,
) -> Scored:
    """
    Score candidate pairs of features.

    Parameters
    ----------
    left, right
        Features; without ``right`` pairs are within ``left``.
    pairs
        Row numbers ``l`` and ``r``.
    adapt
        Whether parameters are fitted to the records.
    incremental
        Whether ``right`` are a few new records, from which nothing can be learnt.
    kept
        Least probability of a pair that is given back, unless its identity numbers agree or conflict.
    """
    offset = 0 if right is None else len(left)
    both = (left if right is None else pl.concat([left, right])).with_row_index("uid")
    sizes = (len(left), len(left) if right is None else len(right))
    possible = sizes[0] * sizes[1] if right is not None else sizes[0] * (sizes[0] - 1) // 2
    shifted = pairs.select(pl.col("l").cast(pl.UInt32), (pl.col("r") + offset).cast(pl.UInt32).alias("r"))
    chance = _random_pairs(sizes, offset, seed) if adapt and possible > len(pairs) else shifted.clear()
    wanted = pl.concat([shifted, chance])
    records = _records(both, wanted, comparisons, incremental=incremental)
    shares = {one.field: (parameters.of(one).m, parameters.of(one).u) for one in comparisons}
    scored = worker.score(records, wanted.unique(), comparisons, shares)
    candidates = scored.join(shifted, on=["l", "r"], how="semi").sort("l", "r")
    weights = candidates["weight"].to_numpy().astype(np.float64)
    start = _EXPECTED_SHARE * min(sizes)
    if adapt:
        random = scored.join(chance, on=["l", "r"], how="semi")
        parameters = chance_shares(Evidence(random, comparisons), parameters)
        rows = sample_of(len(candidates), seed)
        part = candidates if rows is None else candidates[rows]
        scale = len(part) / max(len(candidates), 1)
        parameters = fit(Evidence(part, comparisons), parameters, int(possible * scale), start * scale)
        weights = Evidence(candidates, comparisons).weights(parameters)
    if incremental:
        prior = float(np.log2(_INCREMENTAL_SHARE / max(sizes[0], 1)))
    else:
        prior = prior_bits(weights, possible, start)
    named = _named(candidates, comparisons, weights, probabilities(weights, prior))
    strong = (pl.col("probability") >= kept) | pl.col("level_id").is_in(["exact", "near"]).fill_null(
        value=False
    )
    strong |= _level_pair()
    named = named.filter(strong)
    return Scored(
        pairs=_with_records(named, both, within=right is None).with_columns(
            (pl.col("r") - offset).alias("r")
        ),
        comparisons=tuple(comparisons),
        parameters=parameters,
    )


def level_table(
    left: pl.DataFrame,
    right: pl.DataFrame,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    parameters: Parameters,
    worker: ScoringWorker,
) -> pl.DataFrame:
    """Give what the worker says of pairs of row numbers: weights, levels as ``gamma_FIELD``, frequencies."""
    both = pl.concat([left, right]).with_row_index("uid")
    shifted = pairs.select("l", (pl.col("r") + len(left)).cast(pl.UInt32).alias("r"))
    records = _records(both, shifted, comparisons, incremental=False)
    shares = {one.field: (parameters.of(one).m, parameters.of(one).u) for one in comparisons}
    return worker.score(records, shifted, comparisons, shares)


def _level_pair() -> pl.Expr:
    """Same name, birth and telephone: a conflict of numbers is then worth telling."""
    return pl.col("level_name").is_in(["exact"]).fill_null(value=False) & pl.col("level_birth").is_in(
        ["exact"]
    ).fill_null(value=False)


def _random_pairs(sizes: tuple[int, int], offset: int, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    ours = draw.integers(0, sizes[0], _RANDOM_PAIRS)
    theirs = draw.integers(0, sizes[1], _RANDOM_PAIRS) + offset
    apart = ours != theirs
    low, high = np.minimum(ours, theirs)[apart], np.maximum(ours, theirs)[apart]
    return pl.DataFrame({"l": low.astype(np.uint32), "r": high.astype(np.uint32)}).unique(maintain_order=True)


def _records(
    both: pl.DataFrame, pairs: pl.DataFrame, comparisons: Sequence[Comparison], *, incremental: bool
) -> pl.DataFrame:
    """Give the records that some pair names, with the frequencies of their values among all records."""
    named = pl.concat([pairs["l"], pairs["r"]]).unique().alias("uid")
    kept = both.select("uid", *features_of(comparisons)).join(named.to_frame(), on="uid", how="semi")
    for feature in frequencies_of(comparisons):
        stated = both[feature].drop_nulls()
        if incremental:
            stated = stated.filter(stated.is_in(kept[feature].drop_nulls().unique().implode()))
        total = int(both[feature].is_not_null().sum())
        shares = stated.value_counts(name="n").select(
            feature, (pl.col("n") / max(total, 1)).alias(f"tf_{feature}")
        )
        kept = kept.join(shares, on=feature, how="left")
    return kept


def _named(
    candidates: pl.DataFrame, comparisons: Sequence[Comparison], weights: Floats, chances: Floats
) -> pl.DataFrame:
    levels: list[pl.Expr] = []
    compared = {one.field: one for one in comparisons}
    for field in dict.fromkeys((*compared, "name", "id", "phone", "birth", "sex", "address")):
        if field not in compared:
            levels.append(pl.lit(None, dtype=pl.String).alias(f"level_{field}"))
            continue
        labels = compared[field].labels
        gammas = {len(labels) - 1 - place: label for place, label in enumerate(labels)}
        levels.append(
            pl.col(f"gamma_{field}")
            .replace_strict(gammas, default=None, return_dtype=pl.String)
            .alias(f"level_{field}")
        )
    return candidates.select("l", "r", *levels).with_columns(
        pl.Series("weight", weights), pl.Series("probability", chances)
    )


def _with_records(pairs: pl.DataFrame, both: pl.DataFrame, *, within: bool) -> pl.DataFrame:
    """Add what the rule reads of the two records beside their levels."""
    holders = both.select(pl.col("phone").is_not_null().cast(pl.UInt32).sum().over("phone").alias("holders"))[
        "holders"
    ]
    read = both.select(*_READ).with_columns(holders, shares(both["id_area"]).alias("area_share"))
    renamed = [read[pairs[side]].rename(lambda name, side=side: f"{name}_{side}") for side in ("l", "r")]
    joined = pl.concat([pairs, *renamed], how="horizontal")

    def same(feature: str) -> pl.Expr:
        return (pl.col(f"{feature}_l") == pl.col(f"{feature}_r")).fill_null(value=False)

    def ends(side: str) -> pl.Expr:
        return ~pl.coalesce(f"phone_{side}", f"phone_mask_{side}").str.tail(4).str.contains("[_%]")

    return joined.with_columns(
        same("id_tail").alias("id_ends"),
        same("id_last_2").alias("id_last_2"),
        same("id_birth").alias("id_birth"),
        (same("id_area") & (pl.col("area_share_l") <= _RARE_AREA)).alias("id_area"),
        (ends("l") & ends("r")).fill_null(value=False).alias("phone_ends"),
        pl.max_horizontal("holders_l", "holders_r").alias("phone_holders"),
        pl.col("address_tail_l").str.contains(r"\d").fill_null(value=False).alias("address_house"),
        (pl.col("birth_stated_l") & pl.col("birth_stated_r")).fill_null(value=False).alias("birth_stated"),
        pl.coalesce("name_mask_l", "name_mask_r").str.contains(_SHOWN_LAST).fill_null(value=False).alias("name_last"),
        # within one register the twin or namesake is most likely the other record of the pair
        pl.lit(value=False).alias("alone") if within else alone(both, pairs),
    )  # fmt: skip
