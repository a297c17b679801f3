"""Lists that departments keep on residents: allowances, subsidies, bills, arrears, visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from generator.chance import BoolArray, Chance, FloatArray, IntArray
from generator.households import Population
from generator.likenesses import disguise
from generator.months import list_of_next_month
from generator.shipped import table

_DAYS = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentList:
    """
    One list: its entry of ``generator/tables/departments.toml``, its rows, and who is meant by each.

    ``truth`` has number, resident (null: nobody on the register) and likeness of every row; ``first`` is how many rows
    there were in the first month.
    """

    entry: dict[str, Any]
    frame: pl.DataFrame
    truth: pl.DataFrame
    first: int


def _covered(population: Population, who: str) -> BoolArray:
    """Give which residents a list may cover."""
    people, homes = population.residents, population.households
    age = people["age_y"].to_numpy()
    hardship = homes["hardship"].gather(people["household"])
    poor = hardship.is_in(["DIBAO", "TEKUN"]).fill_null(value=False).to_numpy()
    head = (people["relation"] == "HEAD").to_numpy()
    covered: dict[str, BoolArray] = {
        "any": np.ones(len(people), dtype=np.bool_),
        "poor": poor & head,
        "head": head,
        "severe": people["severe"].to_numpy(),
        "minor": (age >= 4) & (age < 18),
        "worker": (age >= 18) & (age < 60),
        "adult": age >= 18,
        "elder": age >= 60,
        "old": age >= 80,
    }
    return covered[who]


def _amounts(rng: np.random.Generator, entry: dict[str, Any], count: int) -> IntArray:
    """Draw amounts in fen, most of them in the lower half of the range."""
    low, high = entry["yuan"]
    if not high:
        return np.zeros(count, dtype=np.int64)
    yuan: FloatArray = float(low) * (float(high) / float(low)) ** rng.beta(1.7, 2.8, count)
    return np.rint(yuan * 10).astype(np.int64) * 10


def _rows_of(
    rng: np.random.Generator, entry: dict[str, Any], population: Population, wanted: int | None
) -> IntArray:
    """Give the resident's row of each record, in the order of residents."""
    able = np.flatnonzero(_covered(population, entry["who"]))
    if wanted is not None:
        return np.sort(able[rng.integers(0, len(able), wanted)])
    chosen = able[rng.random(len(able)) < entry["share"]]
    return np.repeat(chosen, entry["repeat"])


def department_lists(
    chance: Chance, population: Population, as_of: date, *, likeness_share: float, month: int
) -> Iterator[DepartmentList]:
    """
    Give the lists one after another, so that only one is in memory, as they stand ``month`` months later.

    Where the size states a number of records for all department files together, the list marked to fill takes
    what households, residents and the other lists leave.
    """
    written = len(population.households) + len(population.residents)
    target = chance.size.extent.department_records
    for entry in table("departments")["lists"]:
        rng = chance.stream(f"department {entry['key']}")
        wanted = max(0, target - written) if entry.get("fill") and target is not None else None
        rows = _rows_of(rng, entry, population, wanted)
        written += len(rows)
        frame = _frame(rng, entry, population.residents, rows, as_of)
        share = 0.0 if entry.get("numbered") else likeness_share
        disguised = disguise(chance.stream(f"likeness {entry['key']}"), frame, share)
        later, truth = disguised.frame, disguised.truth
        for past in range(month):
            rng = chance.stream(f"month {past + 1} {entry['key']}")
            later, truth = list_of_next_month(rng, later, truth, as_of)
        yield DepartmentList(entry=entry, frame=later.drop("male"), truth=truth, first=len(rows))


def _frame(
    rng: np.random.Generator, entry: dict[str, Any], residents: pl.DataFrame, rows: IntArray, as_of: date
) -> pl.DataFrame:
    count = len(rows)
    days = rng.integers(1, _DAYS, count).astype("timedelta64[D]")
    chosen = residents.select("number", "name", "id_number", "telephone", "region", "birth_date", "male")[
        rows
    ]
    prefix = entry["key"][:3].upper()
    return pl.DataFrame(
        {
            "number": prefix + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(8),
            "resident": chosen["number"],
            "name": chosen["name"],
            "id_number": chosen["id_number"],
            "telephone": chosen["telephone"],
            "birth_date": chosen["birth_date"],
            "male": chosen["male"],
            "region": chosen["region"],
            "event": pl.Series([entry["event"]]).new_from_index(0, count),
            "amount_fen": _amounts(rng, entry, count),
            "occurred_on": np.datetime64(as_of, "D") - days,
            "department": pl.Series([entry["department"]]).new_from_index(0, count),
        }
    )
