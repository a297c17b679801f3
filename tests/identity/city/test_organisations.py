"""Names of real hospitals, labelled by hand: what is put together is right, and what is asked covers the rest."""

import csv
import tomllib
from importlib.resources import files
from itertools import combinations, pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("城东社区第一志愿服务队", "城东社区第二志愿服务队", DIFFERENT),
        ("汉阳东湖康复医院", "汉阳西湖康复医院", DIFFERENT),
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


def test_blocks_find_what_comparing_all_with_all_does():
    aliases = vouched()
    names = sorted(
        {*labelled(), *aliases, "人民医院", "协和医院/武汉协和医院", "武汉市", "医院", "ＡＢ（武汉）医院"}
    )
    whole = {
        (one, other): verdict
        for one, other in combinations(names, 2)
        if (verdict := compare(one, other, aliases)) is not DIFFERENT
    }
    assert {(one, other): verdict for one, other, verdict in pairs_of(names, aliases)} == whole


PLACES = st.sampled_from(["", "武汉市", "湖北省武汉市", "汉阳区", "武汉", "孝感市"])
CORES = st.sampled_from(["人民医院", "第一人民医院", "同济医院", "附属同济医院", "妇幼保健院", "红十字会"])
BRANCHES = st.sampled_from(["", "东院", "(江汉大学附属医院)", "(光谷院区)", "/同济医院"])
NAMES = st.builds("".join, st.tuples(PLACES, CORES, BRANCHES)) | st.text(
    "武汉市同济中心人民医院路(1一二)/", max_size=9
)


@given(st.sets(NAMES, max_size=12), st.dictionaries(NAMES, NAMES, max_size=3))
def test_blocks_lose_no_pair_of_any_names(names, aliases):
    whole = {
        (one, other, verdict)
        for one, other in combinations(sorted(names), 2)
        if (verdict := compare(one, other, aliases)) is not DIFFERENT
    }
    assert set(pairs_of(names, aliases)) == whole


def test_ten_thousand_names_are_compared_by_blocks():
    words = ["仁爱", "康宁", "同心", "阳光", "春风", "长青", "博爱", "和顺", "安康", "福寿"]
    names = [
        f"{town}镇{first}{second}{what}"
        for town in ("杨舍", "塘桥", "金港", "锦丰", "乐余")
        for first in words
        for second in (*words, *(a + b for a, b in pairwise(words)), "之家")
        for what in (
            "养老服务中心",
            "志愿服务队",
            "社会工作服务中心",
            "残疾人之家",
            "护理院",
            "卫生院",
            "康复医院",
            "助餐点",
            "慈善会",
            "超市",
        )
    ]
    assert len(names) == 10_000
    began = process_time()
    found = list(pairs_of(names, {}))
    assert process_time() - began < 30
    assert all(verdict is not DIFFERENT for _, _, verdict in found)
