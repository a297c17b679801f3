"""
Where things are: real divisions, made-up town and village centres, points scattered around them.

No coordinates of towns or villages are published, so centres are spread evenly inside the county's outline;
they are the same in every city. How much is needed and offered in a town differs from city to city.
"""

from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import polars as pl
import shapely
import shapely.geometry

from data import county_outlines, divisions, villages
from generator.chance import Chance, FloatArray, IntArray
from generator.shipped import label, population

COUNTIES = ("320582", "310109")
STAND_INS = {"320582": "320585", "310109": "310109"}
"""County to the county whose census figures are used (``data/README-generator.md``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Centres:
    """
    Villages with a made-up centre.

    ``frame`` has a row a village: code (12 digits), name, town_code, town, county_code, county,
    longitude_deg, latitude_deg, spread_deg (how far its people live from the centre, in degrees of latitude).
    """

    frame: pl.DataFrame

    def county_index(self) -> IntArray:
        """Position in ``COUNTIES`` of each village."""
        position = {code: n for n, code in enumerate(COUNTIES)}
        return np.array([position[code] for code in self.frame["county_code"]], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Villages of one city with the shares of need and of volunteers that live in each (both sum to one)."""

    centres: Centres
    need_share: FloatArray
    volunteer_share: FloatArray


@cache
def division_table() -> pl.DataFrame:
    """Give the two counties and what encloses or fills them: code, name, level, parent; from the top."""
    chain = {code[:n] for code in COUNTIES for n in (2, 4, 6)}
    upper = [d for d in divisions() if d.code in chain or d.code[:6] in COUNTIES]
    lower = [d for d in villages() if d.code[:6] in COUNTIES]
    levels = {2: "PROVINCE", 4: "CITY", 6: "COUNTY", 9: "TOWN", 12: "VILLAGE"}
    parents = {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}
    rows = [
        (
            d.code.ljust(12, "0"),
            d.name,
            label("region_level", levels[len(d.code)]),
            d.code[: parents[len(d.code)]],
        )
        for d in sorted([*upper, *lower], key=lambda d: (len(d.code), d.code))
    ]
    frame = pl.DataFrame(rows, schema=["code", "name", "level", "parent"], orient="row")
    return frame.with_columns(
        pl.when(pl.col("parent") == "")
        .then(None)
        .otherwise(pl.col("parent").str.pad_end(12, "0"))
        .alias("parent")
    )


@cache
def outline(county_code: str) -> shapely.Geometry:
    """Give the outline of a county, ready for many point tests."""
    shape = shapely.geometry.shape(county_outlines()[county_code])
    shapely.prepare(shape)
    return shape


def _bounds(shape: shapely.Geometry) -> tuple[float, float, float, float]:
    return cast("tuple[float, float, float, float]", tuple(np.asarray(shapely.bounds(shape)).tolist()))  # pyright: ignore[reportUnknownMemberType]  # shapely is partly typed


def _area(shape: shapely.Geometry) -> float:
    return float(np.asarray(shapely.area(shape)))  # pyright: ignore[reportUnknownMemberType]  # shapely is partly typed


def _points_inside(rng: np.random.Generator, county_code: str, count: int) -> FloatArray:
    """Draw points evenly over a county, shape (count, 2), longitude first."""
    shape = outline(county_code)
    low_x, low_y, high_x, high_y = _bounds(shape)
    found: list[FloatArray] = []
    while sum(len(part) for part in found) < count:
        drawn = rng.uniform((low_x, low_y), (high_x, high_y), size=(2 * count, 2))
        found.append(drawn[shapely.contains_xy(shape, drawn[:, 0], drawn[:, 1])])
    return np.concatenate(found)[:count]


def _spread_centres(rng: np.random.Generator, county_code: str, count: int) -> FloatArray:
    """Spread town centres evenly by Lloyd's method; each is moved to the nearest sampled point inside."""
    sample = _points_inside(rng, county_code, 60 * count)
    centres = sample[:count].copy()
    for _ in range(15):
        nearest = np.argmin(((sample[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2), axis=1)
        for town in range(count):
            if (nearest == town).any():
                centres[town] = sample[nearest == town].mean(axis=0)
    distance = ((sample[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return sample[np.argmin(distance, axis=0)]


@cache
def village_centres() -> Centres:
    """Give every village of the two counties with its made-up centre, in code order."""
    names = {d.code: d.name for d in divisions()}
    parts: list[pl.DataFrame] = []
    for county in COUNTIES:
        rng = np.random.default_rng(int(county))  # the map is the same in every city
        own = [d for d in villages() if d.code.startswith(county)]
        towns = sorted({d.code[:9] for d in own})
        centres = _spread_centres(rng, county, len(towns))
        town_radius_deg = float(np.sqrt(_area(outline(county)) / len(towns) / np.pi))
        town_of = np.array([towns.index(d.code[:9]) for d in own], dtype=np.int64)
        lon, lat = _scatter_around(rng, county, centres[town_of], np.full(len(own), 0.55 * town_radius_deg))
        parts.append(
            pl.DataFrame(
                {
                    "code": [d.code for d in own],
                    "name": [d.name for d in own],
                    "town_code": [d.code[:9] for d in own],
                    "town": [names[d.code[:9]] for d in own],
                    "county_code": [county] * len(own),
                    "county": [names[county]] * len(own),
                    "longitude_deg": lon,
                    "latitude_deg": lat,
                    "spread_deg": [0.2 * town_radius_deg] * len(own),
                }
            )
        )
    return Centres(frame=pl.concat(parts))


def _scatter_around(
    rng: np.random.Generator, county_code: str, centres: FloatArray, spread_deg: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Scatter one point around each centre, normally, and draw those outside the outline again."""
    shape = outline(county_code)
    points = centres.copy()
    open_rows = np.arange(len(centres))
    stretch = 1.0 / np.cos(np.radians(centres[:, 1]))  # a degree of longitude is shorter
    for _ in range(40):
        offset = rng.normal(size=(len(open_rows), 2)) * spread_deg[open_rows, None]
        offset[:, 0] *= stretch[open_rows]
        drawn = np.round(centres[open_rows] + offset, 6)
        inside = shapely.contains_xy(shape, drawn[:, 0], drawn[:, 1])
        points[open_rows[inside]] = drawn[inside]
        open_rows = open_rows[~inside]
        if not len(open_rows):
            break
    return np.round(points[:, 0], 6), np.round(points[:, 1], 6)


def scatter(rng: np.random.Generator, village: IntArray) -> tuple[FloatArray, FloatArray]:
    """
    Scatter points around village centres.

    Parameters
    ----------
    village
        Row of ``village_centres().frame`` for each point.

    Returns
    -------
    tuple of FloatArray
        Longitude and latitude in degrees, six decimals, each inside its county's outline.
    """
    centres = village_centres()
    middle = centres.frame.select("longitude_deg", "latitude_deg").to_numpy()
    spread = centres.frame["spread_deg"].to_numpy()
    county = centres.county_index()[village]
    lon, lat = np.empty(len(village)), np.empty(len(village))
    for position, code in enumerate(COUNTIES):
        rows = np.flatnonzero(county == position)
        lon[rows], lat[rows] = _scatter_around(rng, code, middle[village[rows]], spread[village[rows]])
    return lon, lat


def build_places(chance: Chance) -> Places:
    """
    Give the villages with their shares of need and supply.

    Counties weigh by their population. Towns differ in both shares, and every fifth town has a quarter of the
    volunteers it would have: the matching must decide between unequal towns.
    """
    rng = chance.stream("places")
    centres = village_centres()
    frame = centres.frame
    towns = frame["town_code"].unique(maintain_order=True).to_list()
    town_of = np.array([towns.index(code) for code in frame["town_code"]], dtype=np.int64)
    people = np.array([population(STAND_INS[code])["people"] for code in COUNTIES])
    county = centres.county_index()
    in_county = np.bincount(county, minlength=len(COUNTIES))
    base = people[county] / in_county[county]
    need = rng.lognormal(0.0, 0.35, len(towns))
    supply = rng.lognormal(0.0, 0.4, len(towns))
    supply[rng.permutation(len(towns))[: len(towns) // 5]] *= 0.25
    need_share, volunteer_share = base * need[town_of], base * supply[town_of]
    return Places(
        centres=centres,
        need_share=need_share / need_share.sum(),
        volunteer_share=volunteer_share / volunteer_share.sum(),
    )
