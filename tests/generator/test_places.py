"""Points lie where they say, and towns are unequal."""

import numpy as np
import polars as pl
import shapely

from generator.chance import Chance
from generator.places import COUNTIES, build_places, division_table, outline, scatter, village_centres
from generator.sizes import CitySize


def test_every_scattered_point_lies_inside_its_county():
    rng = np.random.default_rng(3)
    village = rng.integers(0, len(village_centres().frame), 5_000)
    lon, lat = scatter(rng, village)
    county = village_centres().county_index()[village]
    for position, code in enumerate(COUNTIES):
        rows = county == position
        assert shapely.contains_xy(outline(code), lon[rows], lat[rows]).all()


def test_villages_of_a_town_lie_nearer_to_each_other_than_to_the_rest():
    frame = village_centres().frame.filter(county_code="320582")
    points = frame.select("longitude_deg", "latitude_deg").to_numpy()
    town = frame["town_code"].to_numpy()
    distance = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    same = town[:, None] == town[None, :]
    assert distance[same].mean() < 0.5 * distance[~same].mean()


def test_the_division_table_holds_both_counties_whole_with_all_parents():
    frame = division_table()
    known = set(frame["code"])
    assert len(known) == len(frame)
    assert set(frame["parent"].drop_nulls()) <= known
    assert {"320582000000", "310109000000"} <= known
    assert frame.filter(level="乡镇街道").height == 23
    assert frame.filter(level="村社区").height == 471


def test_towns_differ_in_supply_by_need_and_both_shares_sum_to_one():
    places = build_places(Chance(seed=5, size=CitySize.M))
    frame = places.centres.frame.with_columns(need=places.need_share, supply=places.volunteer_share)
    assert abs(places.need_share.sum() - 1) < 1e-9
    assert abs(places.volunteer_share.sum() - 1) < 1e-9
    towns = frame.group_by("town_code").agg(pl.col("need").sum(), pl.col("supply").sum())
    ratio = (towns["supply"] / towns["need"]).to_numpy()
    assert ratio.max() / ratio.min() > 4
