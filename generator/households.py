"""
Households and the people in them, after the census figures of the two counties.

The files are those of a relief platform, so the share of households in difficulty is far above a census;
household sizes, ages and sexes follow ``data/population``.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from generator.chance import BoolArray, Chance, FloatArray, IntArray, picks
from generator.identities import MADE_UP_AREAS, full_names, identity_numbers, surnames, telephone_numbers
from generator.places import COUNTIES, STAND_INS, Places, scatter
from generator.shipped import labels, population, size_counts

HARDSHIP_SHARE = 0.38
"""Households on file that hold a low-income category."""

_HARDSHIP = {"DIBAO": 0.42, "EDGE": 0.18, "RIGID": 0.14, "RELAPSE_MON": 0.06, "OTHER": 0.20}
_ELDER_GROUPS = (
    "LIVING_ALONE", "EMPTY_NEST", "ADVANCED_AGE", "DISABLED_FUNCTION", "SEVERE_DISABILITY", "ELDER_TEKUN",
    "FAMILY_PLANNING_SPECIAL", "LEFT_BEHIND",
)  # fmt: skip
_CHILD_SITUATIONS = {
    "OWN_CONDITION": 0.03, "GUARDIAN_ABSENT_OR_IMPROPER": 0.012, "ORPHAN": 0.004,
    "DE_FACTO_UNATTENDED": 0.006, "LEFT_BEHIND_CHILD": 0.03, "MIGRANT_CHILD": 0.08,
}  # fmt: skip
_DAYS_PER_YEAR = 365.2425
_SIZE_REGION = "310000"
_FROM_60_TO_65 = 1.35  # people from 60 on for each from 65 on, where a census states only the latter


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """
    Everybody on file.

    ``households`` has a row a household: number, village (row of the village table), region, size,
    place, hardship (code or null), situations (labels), phone, and what needs read: has_elder, has_child,
    elder_situations, child_situations. ``residents`` has a row a person, grouped by household: number,
    household (row), name, id_number, telephone (of the household), birth_date, male, age_y, relation, situations,
    adult.
    """

    households: pl.DataFrame
    residents: pl.DataFrame


def size_shares(mean: float) -> FloatArray:
    """
    Give the shares of household sizes 1 to 8 with a stated mean.

    The published distribution is tilted exponentially: of all distributions with that mean, the one nearest
    to it in relative entropy.
    """
    base = np.array(size_counts(_SIZE_REGION))
    sizes = np.arange(1, len(base) + 1)

    def tilted(theta: float) -> FloatArray:
        weights = base * np.exp(theta * sizes)
        return weights / weights.sum()

    low, high = -3.0, 3.0  # the mean rises with theta
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(tilted(middle) @ sizes) < mean else (low, middle)
    return tilted(low)


def _ages(
    rng: np.random.Generator, size: IntArray, county: str
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """
    Give age, household row, slot within the household and role of every member of one county's households.

    Roles: 0 head, 1 spouse, 2 child, 3 parent of the head. The chances of elder households, children and
    grandparents are set so that the shares under 15 and from 60 on are those of the census.
    """
    figures = population(STAND_INS[county])
    people = figures["people"]
    child_share = figures["under_15"] / people
    elder_share = figures.get("from_60", figures["from_65"] * _FROM_60_TO_65) / people
    household = np.repeat(np.arange(len(size)), size)
    slot = np.arange(len(household)) - np.repeat(np.cumsum(size) - size, size)
    total = len(household)
    small = size <= 2
    elder_wanted = elder_share * total
    grandparent_rows = slot >= 3
    grandparent_chance = min(0.7, 0.35 * elder_wanted / max(1, int(grandparent_rows.sum())))
    is_grandparent = grandparent_rows & (rng.random(total) < grandparent_chance)
    elder_left = elder_wanted - is_grandparent.sum()
    elder_household = small & (rng.random(len(size)) < elder_left / max(1, int(size[small].sum())))
    single_parent = (size == 2) & ~elder_household & (rng.random(len(size)) < 0.06)
    child_rows = ((slot >= 2) & ~is_grandparent) | ((slot == 1) & single_parent[household])
    child_chance = min(1.0, child_share * total / max(1, int(child_rows.sum())))
    is_young = rng.random(total) < child_chance
    head = np.where(
        elder_household, 60 + np.minimum(rng.gamma(2.0, 5.5, len(size)), 40), rng.uniform(26, 60, len(size))
    )
    parent_age = np.where(single_parent | (size >= 3), np.minimum(head, 54), head)[household]
    role = np.where(slot == 0, 0, np.where(child_rows, 2, np.where(is_grandparent, 3, 1)))
    age = np.select(
        [role == 0, role == 1, role == 3, is_young],
        [
            parent_age,
            np.maximum(20, parent_age + rng.normal(-1, 2.5, total)),
            np.clip(parent_age + rng.uniform(22, 32, total), 60, 101),
            rng.uniform(0, 15, total),
        ],
        default=rng.uniform(15, 30, total),
    )
    age = np.where((role == 1) & elder_household[household], np.maximum(age, 60), age)
    age = np.where((role == 1) & ~elder_household[household], np.minimum(age, 59), age)
    return np.clip(age, 0, 104).astype(np.int64), household, slot, role


def label_lists(flags: BoolArray, codes: tuple[str, ...]) -> pl.Series:
    """Give for each row the labels of its true cells, joined as departments write lists; null where none."""
    words = labels("situation")
    frame = pl.DataFrame({code: flags[:, n] for n, code in enumerate(codes)})
    parts = [pl.when(pl.col(code)).then(pl.lit(words[code])) for code in codes]
    text = frame.select(pl.concat_str(parts, separator="、", ignore_nulls=True).alias("text"))["text"]
    return text.set(text == "", None)


def birth_dates(rng: np.random.Generator, age_y: IntArray, as_of: date) -> npt.NDArray[np.datetime64]:
    """Give dates of birth of people who are about ``age_y`` years old on a day, none after it."""
    days = np.floor(age_y * _DAYS_PER_YEAR).astype(np.int64) + rng.integers(1, 364, len(age_y))
    return np.datetime64(as_of, "D") - days.astype("timedelta64[D]")


def ages_on(birth: npt.NDArray[np.datetime64], as_of: date) -> IntArray:
    """Give completed years of age."""
    frame = pl.DataFrame({"birth": birth}).select(
        as_of.year
        - pl.col("birth").dt.year()
        - (
            pl.col("birth").dt.month().cast(pl.Int32) * 100 + pl.col("birth").dt.day()
            > as_of.month * 100 + as_of.day
        ).cast(pl.Int32)
    )
    return frame.to_series().to_numpy().astype(np.int64)


def build_population(chance: Chance, places: Places, as_of: date) -> Population:
    """Give all households and residents on file on a day."""
    rng = chance.stream("households")
    count = chance.size.extent.households
    village = np.sort(picks(rng, places.need_share, count))
    county = places.centres.county_index()[village]
    size = np.empty(count, dtype=np.int64)
    for position, code in enumerate(COUNTIES):
        rows = np.flatnonzero(county == position)
        size[rows] = 1 + picks(rng, size_shares(population(STAND_INS[code])["household_size"]), len(rows))
    parts = [
        (np.flatnonzero(county == position), *_ages(rng, size[county == position], code))
        for position, code in enumerate(COUNTIES)
    ]
    age = np.concatenate([part[1] for part in parts])
    household = np.concatenate([part[0][part[2]] for part in parts])  # villages are sorted, so counties are
    slot = np.concatenate([part[3] for part in parts])
    role = np.concatenate([part[4] for part in parts])
    people = _people(rng, age=age, household=household, slot=slot, role=role, county=county, as_of=as_of)
    flags = _situation_flags(rng, people, household, size)
    return _population_frames(
        rng, places, village=village, size=size, household=household, people=people, flags=flags
    )


def _people(
    rng: np.random.Generator, *, age: IntArray, household: IntArray, slot: IntArray, role: IntArray,
    county: IntArray, as_of: date,
) -> pl.DataFrame:  # fmt: skip
    total = len(age)
    shares = {code: population(STAND_INS[code]) for code in COUNTIES}
    male_share = np.array([shares[c]["male"] / (shares[c]["male"] + shares[c]["female"]) for c in COUNTIES])
    male = rng.random(total) < male_share[county[household]]
    first = np.flatnonzero(slot == 0)
    head_of = first[household]
    spouse = role == 1
    male[spouse & (slot == 1)] = ~male[head_of[spouse & (slot == 1)]]
    family = surnames(rng, total)
    family = np.where(spouse & (rng.random(total) < 0.97), family, family[head_of])
    birth = birth_dates(rng, age, as_of)
    years = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    names = full_names(rng, family, years, male)
    areas = pl.Series("area", [MADE_UP_AREAS[code] for code in COUNTIES]).gather(county[household])
    return pl.DataFrame({"birth_date": birth, "male": male, "role": role}).with_columns(
        names.alias("name"),
        identity_numbers(areas, pl.Series("birth", birth), male).alias("id_number"),
        pl.Series("age_y", ages_on(birth, as_of)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flags:
    hardship: npt.NDArray[np.str_]  # a household; empty where none
    elder: BoolArray  # shape (people, elder groups)
    child: BoolArray  # shape (people, child situations)


def _situation_flags(
    rng: np.random.Generator, people: pl.DataFrame, household: IntArray, size: IntArray
) -> _Flags:
    total, count = len(people), len(size)
    age = people["age_y"].to_numpy()
    youngest = np.full(count, 200)
    np.minimum.at(youngest, household, age)
    codes = np.array(list(_HARDSHIP))
    hardship = np.where(
        rng.random(count) < HARDSHIP_SHARE, rng.choice(codes, size=count, p=list(_HARDSHIP.values())), ""
    )
    alone = (size == 1) & (youngest >= 60)
    hardship = np.where(alone & (rng.random(count) < 0.16), "TEKUN", hardship)
    elder, old = age >= 60, (age - 60) / 40
    chance = rng.random((total, len(_ELDER_GROUPS)))
    elder_flags = np.column_stack(
        [
            elder & alone[household],
            elder & ((size == 2) & (youngest >= 60))[household],
            age >= 80,
            elder & (chance[:, 3] < 0.04 + 0.45 * np.clip(old, 0, 1) ** 2),
            chance[:, 4] < np.where(elder, 0.05, 0.02),
            elder & (hardship == "TEKUN")[household],
            (age >= 49) & (chance[:, 6] < 0.012),
            elder & (chance[:, 7] < 0.02),
        ]
    )
    minor = age < 18
    draws = rng.random((total, len(_CHILD_SITUATIONS)))
    poor = np.isin(hardship, ["DIBAO", "TEKUN", "EDGE"])[household]
    child_flags = np.column_stack(
        [minor & poor, *(minor & (draws[:, n] < p) for n, p in enumerate(_CHILD_SITUATIONS.values()))]
    )
    return _Flags(hardship=hardship, elder=elder_flags, child=child_flags)


def _any_in_household(flags: BoolArray, household: IntArray, count: int) -> BoolArray:
    """Give for each household whether any member has the flag, column by column."""
    held = np.zeros((count, flags.shape[1]), dtype=np.bool_)
    for column in range(flags.shape[1]):
        held[household[flags[:, column]], column] = True
    return held


def _population_frames(
    rng: np.random.Generator, places: Places, *, village: IntArray, size: IntArray, household: IntArray,
    people: pl.DataFrame, flags: _Flags,
) -> Population:  # fmt: skip
    count = len(size)
    lon, lat = scatter(rng, village)
    low_codes = (*_HARDSHIP, "TEKUN")
    low = np.column_stack([flags.hardship == code for code in low_codes])
    child_codes = ("FAMILY_POVERTY", *_CHILD_SITUATIONS)
    elder_held = _any_in_household(flags.elder, household, count)
    child_held = _any_in_household(flags.child, household, count)
    age = people["age_y"].to_numpy()
    has_elder = _any_in_household((age >= 65)[:, None], household, count)[:, 0]
    has_child = _any_in_household((age < 18)[:, None], household, count)[:, 0]
    number = pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(7)
    households = pl.DataFrame(
        {
            "number": "JT" + number,
            "village": village,
            "region": places.centres.frame["code"].gather(village),
            "size": size,
            "longitude_deg": lon,
            "latitude_deg": lat,
            "hardship": pl.Series(flags.hardship).replace("", None),
            "situations": label_lists(
                np.hstack([low, elder_held, child_held]), (*low_codes, *_ELDER_GROUPS, *child_codes)
            ),
            "low_situations": label_lists(low, low_codes),
            "elder_situations": label_lists(np.hstack([low, elder_held]), (*low_codes, *_ELDER_GROUPS)),
            "child_situations": label_lists(np.hstack([low, child_held]), (*low_codes, *child_codes)),
            "has_elder": has_elder,
            "has_child": has_child,
            "telephone": telephone_numbers(10_000_000, count),
        }
    )
    relations = np.array(["HEAD", "SPOUSE", "CHILD", "PARENT"])
    residents = people.with_columns(
        ("RY" + pl.int_range(1, len(people) + 1, eager=True).cast(pl.String).str.zfill(8)).alias("number"),
        pl.Series("household", household),
        households["number"].gather(household).alias("household_number"),
        households["region"].gather(household).alias("region"),
        households["telephone"].gather(household).alias("telephone"),
        pl.Series("relation", relations[people["role"].to_numpy()]),
        pl.Series("severe", flags.elder[:, _ELDER_GROUPS.index("SEVERE_DISABILITY")]),
        label_lists(
            np.hstack([low[household], flags.elder, flags.child]), (*low_codes, *_ELDER_GROUPS, *child_codes)
        ).alias("situations"),
    )
    return Population(households=households, residents=residents)
