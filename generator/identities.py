"""
Made-up identities: names by cohort, well-formed identity numbers, credit codes and telephone numbers.

Every number passes the check rule of its kind and can belong to nobody that the published code tables know:
area codes end in 99, which no county of the two cities ever had; telephone numbers start with 100, where no
mobile network is. The order code is the rank among people of one area, birth date and sex.
"""

from functools import cache
from typing import Any

import numpy as np
import polars as pl

from domain.identifiers import credit_check_character, organisation_check_character
from generator.chance import BoolArray, IntArray, zipf_weights
from generator.shipped import facts, table

MADE_UP_AREAS = {"320582": "320599", "310109": "310199"}
"""County to the area code of its made-up numbers: not in any year's list of divisions."""

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECKS = np.array(list("10X98765432"))


def identity_numbers(
    area: pl.Series, birth_date: pl.Series, male: BoolArray, *, first_rank: int = 0
) -> pl.Series:
    """
    Give one valid, unique identity number a person (GB 11643).

    Parameters
    ----------
    area
        Six-digit area codes.
    birth_date
        Dates of birth.
    male
        True gives an odd order code.
    first_rank
        Where ranks start, so that two groups of people share no number; order codes are ``2 * rank (+ 1)``.

    Returns
    -------
    pl.Series
        Text of 18 characters.
    """
    frame = pl.DataFrame({"area": area, "birth": birth_date, "male": male})
    frame = frame.with_columns(
        (pl.int_range(pl.len()).over("area", "birth", "male") + first_rank).alias("rank"),
        pl.col("birth").dt.strftime("%Y%m%d").alias("day"),
    )
    order = frame["rank"].to_numpy() * 2 + np.where(male, 1, 2)
    body = (
        frame["area"].cast(pl.Int64).to_numpy() * 10**11
        + frame["day"].cast(pl.Int64).to_numpy() * 1_000
        + order.astype(np.int64)
    )
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in _WEIGHTS[::-1]:
        total += (rest % 10) * weight
        rest //= 10
    check = pl.Series("check", _CHECKS[total % 11])
    return pl.Series("id_number", body).cast(pl.String) + check


def telephone_numbers(first: int, count: int) -> pl.Series:
    """Give ``count`` numbers of eleven digits that start with 100."""
    return pl.Series("telephone", np.arange(first, first + count, dtype=np.int64) + 10_000_000_000).cast(
        pl.String
    )


def credit_code(kind: str, county: str, serial: int) -> str:
    """
    Give a valid unified social credit code of a made-up organisation.

    Parameters
    ----------
    kind
        First two characters: registration department and type, such as ``51`` for a social association.
    county
        Six-digit county; its made-up area code is written.
    serial
        Number of the organisation in the city, below a million.
    """
    body = f"MA{serial:06d}"
    first = f"{kind}{MADE_UP_AREAS[county]}{body}{organisation_check_character(body)}"
    return first + credit_check_character(first)


@cache
def _surnames() -> tuple[list[str], Any]:
    rows = facts("names", "surnames")
    weights = np.array([float(row["weight"]) for row in rows])
    return [row["surname"] for row in rows], weights / weights.sum()


def surnames(rng: np.random.Generator, count: int) -> IntArray:
    """Draw surnames as positions in the shipped list, in proportion to their share in the nation."""
    names, weights = _surnames()
    return rng.choice(len(names), size=count, p=weights).astype(np.int64)


def _given(rng: np.random.Generator, cohort: dict[str, Any], sex: str, count: int) -> list[str]:
    characters = np.array(list(dict.fromkeys(cohort[sex])))
    weights = zipf_weights(len(characters), 0.6)
    first = rng.choice(characters, size=count, p=weights)
    second = rng.choice(characters, size=count, p=weights)
    single = rng.random(count) < cohort["single"]
    shipped_names = np.array(
        [row["given_name"] for row in facts("names", "given_names") if row["sex"] == sex[0]]
    )
    listed = rng.random(count) < cohort["shipped"]
    listed_name = rng.choice(shipped_names, size=count)
    doubled = np.char.add(first, np.where(single | (first == second), "", second))
    return np.where(listed, listed_name, doubled).tolist()


def full_names(
    rng: np.random.Generator, surname: IntArray, birth_year: IntArray, male: BoolArray
) -> pl.Series:
    """Give full names after the fashion of the year of birth."""
    cohorts: list[dict[str, Any]] = table("names")["cohorts"]
    starts = np.array([cohort["from"] for cohort in cohorts])
    cohort_of = np.searchsorted(starts, birth_year, side="right") - 1
    given = np.empty(len(surname), dtype="U4")
    for position, cohort in enumerate(cohorts):
        for sex, is_sex in (("MALE", male), ("FEMALE", ~male)):
            rows = np.flatnonzero((cohort_of == position) & is_sex)
            given[rows] = _given(rng, cohort, sex, len(rows))
    names = np.array(_surnames()[0])
    return pl.Series("name", np.char.add(names[surname], given))
