"""The people follow the census."""

import numpy as np
import pytest

from domain.people import age_on
from generator.households import size_shares
from generator.shipped import population
from generator.sizes import CitySize
from tests.generator.cities import parts_of


@pytest.mark.parametrize("mean", [2.2, 2.47, 2.61, 2.95])
def test_household_sizes_have_the_stated_mean(mean):
    shares = size_shares(mean)
    assert shares.sum() == pytest.approx(1)
    assert shares @ np.arange(1, len(shares) + 1) == pytest.approx(mean, abs=1e-6)


@pytest.fixture(scope="module")
def large():
    return parts_of(CitySize.L, 3).population


@pytest.mark.parametrize(("area", "source"), [("320582", "320585"), ("310109", "310109")])
def test_children_elders_and_household_size_are_those_of_the_census(large, area, source):
    figures = population(source)
    people = large.residents.filter(large.residents["region"].str.starts_with(area))
    homes = large.households.filter(large.households["region"].str.starts_with(area))
    assert (people["age_y"] < 15).mean() == pytest.approx(figures["under_15"] / figures["people"], abs=0.015)
    elders = figures.get("from_60", figures["from_65"] * 1.35)
    assert (people["age_y"] >= 60).mean() == pytest.approx(elders / figures["people"], abs=0.02)
    assert homes["size"].mean() == pytest.approx(figures["household_size"], abs=0.03)


def test_ages_are_those_of_the_birth_dates(parts):
    people = parts.population.residents.head(500)
    assert people["age_y"].to_list() == [age_on(born, parts.as_of) for born in people["birth_date"]]
    assert people["birth_date"].max() <= parts.as_of


def test_every_household_has_its_members_and_one_head(parts):
    people, homes = parts.population.residents, parts.population.households
    counted = people.group_by("household", maintain_order=True).len()["len"]
    assert counted.to_list() == homes["size"].to_list()
    assert people.filter(relation="HEAD").height == homes.height
    assert people.filter(relation="HEAD")["age_y"].min() >= 20


def test_situations_fit_age_and_household(parts):
    people = parts.population.residents
    alone = people.filter(people["situations"].fill_null("").str.contains("独居"))
    assert alone.height > 0
    assert alone["age_y"].min() >= 60
    sizes = parts.population.households["size"].gather(alone["household"])
    assert sizes.unique().to_list() == [1]
    children = people.filter(people["situations"].fill_null("").str.contains("儿童|孤儿"))
    assert children["age_y"].max() < 18
