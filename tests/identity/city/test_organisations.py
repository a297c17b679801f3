"""Names of real hospitals, labelled by hand: what is put together is right, and what is asked covers the rest."""

import csv
import tomllib
from importlib.resources import files
from itertools import combinations

import pytest

from identity.city.organisations import SameOrganisation, compare, pairs_of

SAME, REVIEW, DIFFERENT = SameOrganisation


def labelled():
    text = files("data").joinpath("organisations", "hospital_names.csv").read_text("utf-8")
    return {row["name"]: row["house"] for row in csv.DictReader(text.splitlines())}


def vouched():
    text = files("importers.mappings").joinpath("aliases", "institutions.toml").read_text("utf-8")
    return {other: name for name, others in tomllib.loads(text)["names"].items() for other in others}


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("武汉市第六医院", "武汉市第六医院（江汉大学附属医院）", SAME),
        ("武汉市五医院", "武汉市第五医院", SAME),
        ("华南科技大学同济医学院附属协和医院", "华中科技大学同济医学院附属协和医院", SAME),
        ("大治市人民医院", "大冶市人民医院", SAME),
        ("孝感市中医院", "孝感市中医医院", SAME),
        ("武汉大学人民医院", "武汉大学人民医院东院", DIFFERENT),
        ("武汉市中心医院", "武汉市中心医院麻醉科", DIFFERENT),
        ("武汉市红十字会", "武汉市红十字会医院", DIFFERENT),
        ("孝感市中心医院", "黄石市中心医院", DIFFERENT),
        ("荆州市第一人民医院", "荆州市第二人民医院", DIFFERENT),
        ("同济医院", "华中科技大学同济医学院附属同济医院", REVIEW),
    ],
)
def test_a_branch_a_number_a_kind_or_a_place_makes_another_house(one, other, verdict):
    assert compare(one, other, {}) is verdict
    assert compare(other, one, {}) is verdict


@pytest.mark.parametrize(
    ("aliases", "recall", "after_review"), [({}, 0.72, 0.96), (vouched(), 0.88, 0.98)], ids=["bare", "table"]
)
def test_real_hospitals_are_put_together_without_one_error(aliases, recall, after_review):
    house = labelled()
    true = {pair for pair in combinations(sorted(house), 2) if house[pair[0]] == house[pair[1]]}
    found = {(one, other): verdict for one, other, verdict in pairs_of(house, aliases)}
    same = {pair for pair, verdict in found.items() if verdict is SAME}
    assert len(true) == 75
    assert same <= true
    assert len(same) >= recall * len(true)
    assert len(true & found.keys()) >= after_review * len(true)
    assert len(found.keys() - same) <= 0.3 * len(true)
