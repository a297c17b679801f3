from datetime import date
from importlib.resources import files

import pytest

from domain.errors import PolicyError
from matching.policy import policy_on
from tests.matching import builders as b


def _default() -> str:
    return files("matching").joinpath("policies", "default.toml").read_text("utf-8")


def test_regions_override_age_bands_inside_their_subtree_only():
    policy = policy_on(b.POLICY_DAY)
    assert [band.below_y for band in policy.age_bands_in(b.ZHANGJIAGANG)] == [6, 10, 18]
    assert [band.rule.value for band in policy.age_bands_in(b.HONGKOU)] == ["REFUSED", "GROUP_AT_INSTITUTION"]
    assert [band.below_y for band in policy.age_bands_in(b.TOWN)] == [14, 18]


def test_the_version_of_the_day_is_in_force():
    later = _default().replace('id = "default-2026-01"', 'id = "new"').replace("2017-12-01", "2026-07-01")
    both = _default() + later[later.index("\n[[versions]]") :].replace("value = 480", "value = 400")
    assert policy_on(date(2026, 6, 30), texts={"default.toml": both}).workload.minutes_per_day.value == 480
    assert policy_on(date(2026, 7, 1), texts={"default.toml": both}).workload.minutes_per_day.value == 400


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"default.toml": "region_path = '/'\nversions = []"},
        {"default.toml": "not toml ="},
        {"default.toml": "region_path = '/'\nspeed = 3\nversions = []"},
    ],
    ids=["no default", "no version", "not TOML", "unknown key"],
)
def test_a_policy_that_cannot_be_used_says_so(texts: dict[str, str]):
    with pytest.raises(PolicyError):
        policy_on(b.POLICY_DAY, texts=texts)


def test_a_default_that_lacks_a_part_says_so():
    cut = _default().replace("[versions.travel]", "[versions.workload.x]")
    with pytest.raises(PolicyError):
        policy_on(b.POLICY_DAY, texts={"default.toml": cut})


def test_travel_takes_the_fixed_part_and_the_way_and_nothing_at_the_same_place():
    travel = policy_on(b.POLICY_DAY).travel
    assert [travel.minutes(metres) for metres in (0, 1, 250, 251)] == [0, 11, 11, 12]
