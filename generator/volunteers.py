"""
Volunteers with what qualifies them and what limits them.

Shares follow published figures where there are any: nearly 60 % are 50 to 69 years old; recorded hours have a
heavy tail; skills are Zipf-like, so a few are scarce.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from generator.chance import BoolArray, Chance, FloatArray, IntArray, picks, subsets, zipf_weights
from generator.households import Population, ages_on, birth_dates
from generator.identities import MADE_UP_AREAS, full_names, identity_numbers, surnames, telephone_numbers
from generator.organisations import Parties
from generator.places import COUNTIES, Places, scatter
from generator.shipped import label, labels, table

_BANDS = ((14, 17, 0.012), (18, 29, 0.088), (30, 49, 0.190), (50, 69, 0.590), (70, 84, 0.120))
_SKILLS_BY_RANK = (
    "COMPANIONSHIP", "CLEANING", "MEAL_DELIVERY", "SHOPPING", "COOKING", "DRIVING", "TUTORING", "ELDER_CARE",
    "MEDICAL_ESCORT", "DIGITAL_COACHING", "ARTS", "HAIRCUT", "HOME_REPAIR", "FIRST_AID", "PHOTOGRAPHY",
    "ELECTRICAL", "COUNSELLING", "BATHING_CARE", "LEGAL_AID", "SIGN_LANGUAGE",
)  # fmt: skip
_LICENCE_OF_SKILL = (  # skill, licence, share of its holders with the licence, years it runs
    ("DRIVING", "DRIVER", 0.85, 6),
    ("TUTORING", "TEACHER", 0.3, 5),
    ("COUNSELLING", "COUNSELLOR", 0.5, 3),
    ("LEGAL_AID", "LAWYER", 0.5, 1),
    ("ELECTRICAL", "ELECTRICIAN", 0.5, 3),
    ("BATHING_CARE", "CARE_WORKER", 0.45, 3),
    ("ELDER_CARE", "CARE_WORKER", 0.12, 3),
    ("ELDER_CARE", "NURSE", 0.08, 5),
    ("FIRST_AID", "NURSE", 0.12, 5),
    ("TUTORING", "MINOR_CONTACT_CHECK", 0.6, 1),
    ("COUNSELLING", "MINOR_CONTACT_CHECK", 0.6, 1),
    ("COMPANIONSHIP", "MINOR_CONTACT_CHECK", 0.15, 1),
    ("COMPANIONSHIP", "SOCIAL_WORKER", 0.03, 3),
)
_DAY_PARTS = (
    ("08:30-11:30", "13:30-16:30", "18:30-20:30"),
    ("09:00-12:00", "14:00-17:00", "18:00-21:00"),
    ("08:00-12:00", "13:00-17:30", "19:00-21:00"),
)
_STARS_AT_MINUTES = tuple(hours * 60 for hours in (100, 300, 600, 1000, 1500))
_COVERS = ((16, 70, 0.6), (18, 65, 0.25), (16, 80, 0.15))
_RESIDENT_SHARE = 0.08
_ID_RANK = 250  # order codes of volunteers start above those of residents


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteers:
    """``people`` has a row a volunteer; ``qualifications`` and ``covers`` refer to its ``number``."""

    people: pl.DataFrame
    qualifications: pl.DataFrame
    covers: pl.DataFrame


def build_volunteers(
    chance: Chance, places: Places, population: Population, parties: Parties, as_of: date
) -> Volunteers:
    """Give all volunteers of the city as they stand on a day."""
    rng = chance.stream("volunteers")
    count = chance.size.extent.volunteers
    village = np.sort(picks(rng, places.volunteer_share, count))
    people = _persons(rng, places, population, village, as_of)
    age = people["age_y"].to_numpy()
    skills = subsets(
        rng, zipf_weights(len(_SKILLS_BY_RANK), 1.1), 1 + picks(rng, np.array([0.35, 0.35, 0.2, 0.1]), count)
    )
    people = people.with_columns(
        joined(skills, [label("skill", code) for code in _SKILLS_BY_RANK]).alias("skills"),
        _availability(rng, age).alias("availability"),
        _verified_minutes(rng, age).alias("verified_minutes"),
        *_limits(rng, age, places.centres.county_index()[village]),
        _teams(rng, parties, count).alias("team"),
    ).with_columns(_star_levels(pl.col("verified_minutes")).alias("stars"))
    return Volunteers(
        people=people,
        qualifications=_qualifications(rng, people["number"], skills, age, as_of),
        covers=_insurance(rng, people["number"], places.centres.county_index()[village], places, as_of),
    )


def joined(flags: BoolArray, words: list[str], separator: str = "、") -> pl.Series:
    """Join the words of each row's true cells."""
    frame = pl.DataFrame({str(n): flags[:, n] for n in range(flags.shape[1])})
    parts = [pl.when(pl.col(str(n))).then(pl.lit(word)) for n, word in enumerate(words)]
    return frame.select(pl.concat_str(parts, separator=separator, ignore_nulls=True).alias("text"))["text"]


def _persons(
    rng: np.random.Generator, places: Places, population: Population, village: IntArray, as_of: date
) -> pl.DataFrame:
    """Draw who they are; some are residents on file and then bear the same name and number there."""
    count = len(village)
    county = places.centres.county_index()[village]
    band = picks(rng, np.array([share for _, _, share in _BANDS]), count)
    low, high = (np.array([b[k] for b in _BANDS], dtype=np.int64)[band] for k in (0, 1))
    birth = birth_dates(rng, rng.integers(low, high + 1), as_of)
    male = rng.random(count) < 0.42
    years = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    areas = pl.Series("area", [MADE_UP_AREAS[code] for code in COUNTIES]).gather(county)
    lon, lat = scatter(rng, village)
    frame = pl.DataFrame(
        {
            "number": "ZY" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(7),
            "name": full_names(rng, surnames(rng, count), years, male),
            "id_number": identity_numbers(areas, pl.Series("birth", birth), male, first_rank=_ID_RANK),
            "birth_date": birth,
            "male": male,
            "region": places.centres.frame["code"].gather(village),
            "longitude_deg": lon,
            "latitude_deg": lat,
            "telephone": telephone_numbers(20_000_000, count),
            "resident": pl.Series([None] * count, dtype=pl.String),
        }
    )
    known = _with_residents(rng, frame, population)
    return known.with_columns(pl.Series("age_y", ages_on(known["birth_date"].to_numpy(), as_of)))


def _with_residents(rng: np.random.Generator, frame: pl.DataFrame, population: Population) -> pl.DataFrame:
    able = population.residents.filter(pl.col("age_y").is_between(20, 74))
    count = min(len(able), round(len(frame) * _RESIDENT_SHARE))
    rows = np.sort(rng.permutation(len(frame))[:count])
    ages = able["age_y"].to_numpy()
    likely = np.where((ages >= 50) & (ages < 70), 3.0, 1.0)
    chosen = able[rng.choice(len(able), size=count, replace=False, p=likely / likely.sum())]
    household = chosen["household"].to_numpy()
    homes = population.households[household]
    known = pl.DataFrame(
        {
            "row": rows,
            **{name: chosen[name] for name in ("name", "id_number", "birth_date", "male", "region")},
            "longitude_deg": homes["longitude_deg"],
            "latitude_deg": homes["latitude_deg"],
            "resident": chosen["number"],
        }
    )
    return (
        frame.with_row_index("row")
        .update(known.with_columns(pl.col("row").cast(pl.UInt32)), on="row")
        .drop("row")
    )


def _availability(rng: np.random.Generator, age_y: IntArray) -> pl.Series:
    """Draw weekly windows: elders by day, workers at evenings and weekends, pupils at the weekend."""
    count = len(age_y)
    retired, pupil = age_y >= 58, age_y < 18
    chance = np.empty((count, 21))
    for day in range(7):
        weekend = day >= 5
        for part in range(3):
            at_work = 0.05 if part < 2 and not weekend else 0.3 if weekend else 0.22
            by_day = (0.3 if part < 2 else 0.06) * (0.6 if weekend else 1.0)
            at_school = 0.35 if weekend and part < 2 else 0.0
            chance[:, 3 * day + part] = np.where(retired, by_day, np.where(pupil, at_school, at_work))
    free = rng.random((count, 21)) < chance
    free[~free.any(axis=1), 15] = True  # at least Saturday morning
    style = rng.integers(0, len(_DAY_PARTS), count)
    weekdays: list[str] = table("organisations")["weekdays"]
    texts = [
        joined(free, [f"{weekdays[n // 3]} {parts[n % 3]}" for n in range(21)], "；") for parts in _DAY_PARTS
    ]
    return (
        pl.DataFrame({str(n): text for n, text in enumerate(texts)})
        .select(pl.when(pl.Series(style) == 0).then("0").when(pl.Series(style) == 1).then("1").otherwise("2"))
        .to_series()
    )


def _verified_minutes(rng: np.random.Generator, age_y: IntArray) -> pl.Series:
    """Draw recorded minutes: a third has none yet, the rest a lognormal tail that elders have longer."""
    count = len(age_y)
    hours = np.minimum(rng.lognormal(np.where(age_y >= 50, 3.3, 2.6), 1.5, count), 9_000)
    return pl.Series((np.where(rng.random(count) < 0.3, 0.0, hours) * 2).astype(np.int64) * 30)


def _star_levels(minutes: pl.Expr) -> pl.Expr:
    stars = pl.lit(0)
    for threshold in _STARS_AT_MINUTES:
        stars = stars + (minutes >= threshold).cast(pl.Int32)
    return stars


def _limits(rng: np.random.Generator, age_y: IntArray, county: IntArray) -> list[pl.Series]:
    count = len(age_y)
    frail = np.select([age_y >= 70, age_y >= 60], [0.35, 0.15], 0.05)
    radius = np.where(
        county == 0, rng.choice([2_000, 4_000, 6_000, 10_000, 15_000], count, p=[0.2, 0.3, 0.25, 0.2, 0.05]),
        rng.choice([1_000, 1_500, 2_500, 4_000], count, p=[0.25, 0.35, 0.3, 0.1]),
    )  # fmt: skip
    words = labels("category")
    declined = subsets(
        rng, np.ones(len(words)), np.where(rng.random(count) < 0.14, rng.integers(1, 3, count), 0)
    )
    status = picks(rng, np.array([0.93, 0.03, 0.03, 0.01]), count)
    statuses = pl.Series(
        [label("volunteer_status", c) for c in ("ACTIVE", "REAL_NAME_VERIFIED", "SUSPENDED", "WITHDRAWN")]
    )
    return [
        pl.Series("radius_m", radius),
        pl.Series(
            "weekly_minutes",
            rng.choice([60, 120, 180, 240, 360, 480], count, p=[0.1, 0.25, 0.2, 0.25, 0.15, 0.05]),
        ),
        pl.Series("physical_limit", rng.random(count) < frail),
        pl.Series("guardian_consent", (age_y < 18) & (rng.random(count) < 0.7)),
        joined(declined, list(words.values())).alias("declined"),
        statuses.gather(status).alias("status"),
    ]


def _teams(rng: np.random.Generator, parties: Parties, count: int) -> pl.Series:
    teams = parties.of_kind("TEAM")["number"]
    row = picks(rng, zipf_weights(len(teams), 0.8), count)
    return teams.gather(row).set(pl.Series(rng.random(count) < 0.4), None)


def _spans(
    rng: np.random.Generator, years: IntArray, as_of: date, expired: FloatArray
) -> tuple[pl.Series, pl.Series]:
    """Draw validity: a share has run out before ``as_of``, a few run out within the coming fortnight."""
    count = len(years)
    left = np.floor(rng.random(count) * years * 365).astype(np.int64) + 15
    left = np.where(rng.random(count) < 0.02, rng.integers(1, 14, count), left)
    left = np.where(rng.random(count) < expired, -rng.integers(1, 500, count), left)
    left = np.minimum(left, years * 365)  # none begins after today
    end = np.datetime64(as_of, "D") + left.astype("timedelta64[D]")
    return pl.Series("valid_from", end - (years * 365).astype("timedelta64[D]")), pl.Series("valid_to", end)


def _qualifications(
    rng: np.random.Generator, number: pl.Series, skills: BoolArray, age_y: IntArray, as_of: date
) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    for skill, licence, share, years in _LICENCE_OF_SKILL:
        holds = skills[:, _SKILLS_BY_RANK.index(skill)] & (age_y >= 20) & (rng.random(len(number)) < share)
        rows = np.flatnonzero(holds)
        start, end = _spans(rng, np.full(len(rows), years), as_of, np.full(len(rows), 0.1))
        parts.append(
            pl.DataFrame(
                {"volunteer": number.gather(rows), "valid_from": start, "valid_to": end}
            ).with_columns(pl.lit(label("licence", licence)).alias("licence"))
        )
    frame = pl.concat(parts).unique(["volunteer", "licence"], keep="first", maintain_order=True)
    frame = frame.sort("volunteer", "licence")
    return frame.with_columns(
        ("ZS" + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)).alias("number"),
    )


def _insurance(
    rng: np.random.Generator, number: pl.Series, county: IntArray, places: Places, as_of: date
) -> pl.DataFrame:
    """Draw accident cover: a fifth has none, some has run out, products differ in their age limits."""
    rows = np.flatnonzero(rng.random(len(number)) < 0.8)
    count = len(rows)
    product = picks(rng, np.array([c[2] for c in _COVERS]), count)
    start, end = _spans(rng, np.ones(count, dtype=np.int64), as_of, np.full(count, 0.07))
    names = places.centres.frame.unique("county_code", maintain_order=True)["county"]
    everywhere = rng.random(count) < 0.25
    region = names.gather(county[rows])
    return pl.DataFrame(
        {
            "volunteer": number.gather(rows),
            "policy": "BX" + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(7),
            "valid_from": start,
            "valid_to": end,
            "region": region.set(pl.Series(everywhere), "、".join(names)),
            "min_age_y": np.array([c[0] for c in _COVERS])[product],
            "max_age_y": np.array([c[1] for c in _COVERS])[product],
        }
    )
