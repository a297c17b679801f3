"""
How one person looks different in the lists of different departments, with the truth beside it.

A list may leave the identity number out, mask it, keep the one of 15 digits that people had before 1999, or
mistype a digit; names are written with another character of the same sound or in traditional script. And some
rows are of people who are not on the register at all: a namesake from elsewhere, or a twin. Who is really
meant stands in ``truth.parquet``, which no importer reads.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from generator.chance import IntArray
from generator.identities import identity_numbers
from generator.shipped import table

DEFAULT_LIKENESS_SHARE = 0.04
TRUTH_FILE = "truth.parquet"
_OUTSIDE_RANK = 300
"""Order codes of people who are not on the register start here: nobody on it has one so high."""


class Likeness(StrEnum):
    """What sets a row apart from the register's."""

    NO_ID = "NO_ID"
    MASKED_ID = "MASKED_ID"
    MISTYPED_ID = "MISTYPED_ID"
    OLD_ID = "OLD_ID"
    OTHER_WRITING = "OTHER_WRITING"
    OTHER_WRITING_NO_ID = "OTHER_WRITING_NO_ID"
    NAMESAKE = "NAMESAKE"
    TWIN = "TWIN"


_SHARES = {
    Likeness.NO_ID: 0.30,
    Likeness.MASKED_ID: 0.20,
    Likeness.MISTYPED_ID: 0.15,
    Likeness.OLD_ID: 0.08,
    Likeness.OTHER_WRITING: 0.12,
    Likeness.OTHER_WRITING_NO_ID: 0.05,
    Likeness.NAMESAKE: 0.06,
    Likeness.TWIN: 0.04,
}
OUTSIDERS = frozenset({Likeness.NAMESAKE, Likeness.TWIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguised:
    """A list with its rows as the department writes them; ``truth``: number, resident (null: nobody), likeness."""

    frame: pl.DataFrame
    truth: pl.DataFrame


def disguise(rng: np.random.Generator, frame: pl.DataFrame, share: float) -> Disguised:
    """
    Write a share of a list's rows as another office would.

    Parameters
    ----------
    frame
        Columns ``number``, ``resident``, ``name``, ``id_number``, ``birth_date``, ``male``, ``telephone``.
    share
        Of rows that differ in some way.
    """
    count = len(frame)
    kinds = list(_SHARES)
    drawn = rng.choice(len(kinds), size=count, p=list(_SHARES.values()))
    code = np.where(rng.random(count) < share, drawn, -1)
    names = {at: kind.value for at, kind in enumerate(kinds)}
    likeness = pl.Series("likeness", code).replace_strict(names, default=None, return_dtype=pl.String)
    rows = {kind: np.flatnonzero(code == at) for at, kind in enumerate(kinds)}
    ids = frame["id_number"].to_list()
    people = frame["name"].to_list()
    for row in (*rows[Likeness.NO_ID], *rows[Likeness.OTHER_WRITING_NO_ID]):
        ids[row] = None
    for row in rows[Likeness.MASKED_ID]:
        ids[row] = f"{ids[row][:6]}********{ids[row][-4:]}"
    for row in rows[Likeness.MISTYPED_ID]:
        ids[row] = _mistyped(ids[row], int(rng.integers(6, 17)), int(rng.integers(1, 10)))
    for row in rows[Likeness.OLD_ID]:
        ids[row] = _old(ids[row])
    for row in (*rows[Likeness.OTHER_WRITING], *rows[Likeness.OTHER_WRITING_NO_ID]):
        people[row] = written_otherwise(people[row])
    written = frame.with_columns(
        pl.Series("id_number", ids, dtype=pl.String), pl.Series("name", people, dtype=pl.String)
    )
    outside = np.sort(np.concatenate([rows[kind] for kind in OUTSIDERS]))
    written = _outsiders(rng, written, outside, rows[Likeness.TWIN])
    resident = (
        pl.when(likeness.is_in([kind.value for kind in OUTSIDERS])).then(None).otherwise(pl.col("resident"))
    )
    truth = frame.select("number", resident.alias("resident"), likeness.alias("likeness"))
    return Disguised(frame=written, truth=truth)


def _mistyped(number: str, place: int, by: int) -> str:
    """Change one digit of a number and leave its check character as it was."""
    digit = (int(number[place]) + by) % 10
    return f"{number[:place]}{digit}{number[place + 1 :]}"


def _old(number: str) -> str:
    """Give the number of 15 digits; those born from 2000 on never had one."""
    return number[:6] + number[8:17] if number[6:8] == "19" else number


def written_otherwise(name: str) -> str:
    """Write a name with another character of the same sound, or in traditional script, where the table has one."""
    other = table("names")["other_writing"]
    for at in range(len(name) - 1, -1, -1):
        if name[at] in other:
            return name[:at] + other[name[at]] + name[at + 1 :]
    return name


def _outsiders(
    rng: np.random.Generator, frame: pl.DataFrame, rows: IntArray, twins: IntArray
) -> pl.DataFrame:
    """Put people who are on no register in place of some rows; each keeps a namesake or a twin there."""
    if not len(rows):
        return frame
    chosen = frame[rows]
    is_twin = np.isin(rows, twins)
    years = rng.integers(1, 9, len(rows)) * 366
    birth = chosen["birth_date"].to_numpy() - np.where(is_twin, 0, years).astype("timedelta64[D]")
    male = chosen["male"].to_numpy()
    area = chosen["id_number"].str.slice(0, 6).fill_null("320599")
    area = area.set(~area.str.contains(r"^\d{6}$"), "320599")
    ids = identity_numbers(area, pl.Series("birth", birth), male, first_rank=_OUTSIDE_RANK)
    names = [
        _sibling(name) if twin else name for name, twin in zip(chosen["name"].to_list(), is_twin, strict=True)
    ]
    bare = rng.random(len(rows)) < 0.5
    strangers = rows + 10_090_000_000
    phones = [
        own if twin else str(number)
        for own, twin, number in zip(chosen["telephone"].to_list(), is_twin, strangers, strict=True)
    ]
    at = pl.Series(rows)
    return frame.with_columns(
        frame["name"].scatter(at, names),
        frame["id_number"].scatter(at, [None if b else i for i, b in zip(ids.to_list(), bare, strict=True)]),
        frame["telephone"].scatter(at, phones),
        frame["birth_date"].scatter(at, pl.Series(birth).cast(pl.Date)),
    )


def _sibling(name: str) -> str:
    """Give the name of a twin: the same family, another last character."""
    first, second = table("names")["twin_characters"]
    return name[:-1] + (second if name.endswith(first) else first)
