"""The same city a month later: what departments send again, with the little that has changed."""

from datetime import date

import numpy as np
import polars as pl

from generator.chance import Chance, IntArray
from generator.identities import identity_numbers
from generator.shipped import table

_CORRECTED = 0.01
_NEW = 0.01
_MOVED = 0.005
_BORN = 0.01
_NEWBORN_RANK = 400
"""Order codes of children born later start here, so that nobody has theirs."""


def list_of_next_month(
    rng: np.random.Generator, frame: pl.DataFrame, truth: pl.DataFrame, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give a list as it is sent a month later: some amounts corrected, some rows new, and their truth."""
    count = len(frame)
    corrected = np.sort(rng.permutation(count)[: round(count * _CORRECTED)])
    amounts = frame["amount_fen"].to_numpy().copy()
    amounts[corrected] += 1_00 * rng.integers(1, 50, len(corrected))
    again = np.sort(rng.integers(0, count, round(count * _NEW))) if count else np.zeros(0, dtype=np.int64)
    prefix = str(frame["number"][0])[:3] if count else ""
    number = prefix + pl.int_range(count + 1, count + 1 + len(again), eager=True).cast(pl.String).str.zfill(8)
    later = frame.with_columns(pl.Series("amount_fen", amounts))
    days = rng.integers(1, 28, len(again)).astype("timedelta64[D]")
    added = frame[again].with_columns(
        number.alias("number"), pl.Series("occurred_on", np.datetime64(as_of, "D") - days)
    )
    told = truth[again].with_columns(number.alias("number"))
    return pl.concat([later, added]), pl.concat([truth, told])


def residents_of_month(chance: Chance, residents: pl.DataFrame, month: int) -> pl.DataFrame:
    """
    Give the register some months later: people have moved to another household and been born.

    Those who were on it stay in their order and new ones follow, so that the rest of the file is as it was.
    """
    for past in range(month):
        rng = chance.stream(f"register of month {past + 1}")
        residents = _next_month(rng, residents, past + 1)
    return residents


def _next_month(rng: np.random.Generator, residents: pl.DataFrame, month: int) -> pl.DataFrame:
    count = len(residents)
    homes = residents.select("household", "household_number", "region", "telephone").unique(
        "household", maintain_order=True
    )
    movable = np.flatnonzero(residents["relation"].is_in(["CHILD", "PARENT"]).to_numpy())
    moved = np.sort(rng.permutation(movable)[: round(count * _MOVED)])
    target = homes[rng.integers(0, len(homes), len(moved))]
    at = pl.Series(moved)
    residents = residents.with_columns(
        residents[name].scatter(at, target[name])
        for name in ("household", "household_number", "region", "telephone")
    )
    born = _born(rng, residents, round(count * _BORN), month)
    return pl.concat([residents, born], how="diagonal_relaxed")


def _born(rng: np.random.Generator, residents: pl.DataFrame, count: int, month: int) -> pl.DataFrame:
    heads: IntArray = np.flatnonzero((residents["relation"] == "HEAD").to_numpy())
    parents = residents[np.sort(rng.choice(heads, count))]
    birth = pl.Series("birth_date", [residents["birth_date"].max()] * count, dtype=pl.Date)
    male = rng.random(count) < 0.5
    area = parents["id_number"].str.slice(0, 6)
    number = f"RM{month:02d}" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(6)
    return parents.with_columns(
        number.alias("number"),
        (parents["name"].str.slice(0, 1) + table("names")["newborn"]).alias("name"),
        identity_numbers(area, birth, male, first_rank=_NEWBORN_RANK).alias("id_number"),
        birth,
        pl.Series("male", male),
        pl.lit(0, pl.Int64).alias("age_y"),
        pl.lit("CHILD").alias("relation"),
        pl.lit(None, pl.String).alias("situations"),
    )
