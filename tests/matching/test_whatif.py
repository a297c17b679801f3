"""Scenarios beside the round as it is."""

import pytest

from domain.errors import InvalidInputError
from matching.scenario import Scenario, applied
from matching.solve import Limits
from matching.whatif import compared, scenario_of
from tests.matching import builders as b

EXACT = Limits(gap=0.0)


def _problem():
    return b.problem(
        needs=[
            b.need("near", urgency_points=2),
            b.need("far", east_m=8_000.0, amount_fen=30_000),
            b.need("money", amount_fen=20_000),
        ],
        need_slots=[b.slot("near-a", "near"), b.slot("far-a", "far", skill="DRIVING")],
        need_windows=[b.window("near", 0, "09:00", "10:00"), b.window("far", 1, "09:00", "10:00")],
        volunteers=[b.volunteer("v1")],
        volunteer_windows=[b.free("v1", 0, "08:00", "12:00")],
        funds=[b.fund("f1", 20_000)],
    )


def test_the_empty_scenario_changes_nothing():
    found = compared(_problem(), b.policy(), Scenario(), limits=EXACT)
    assert found.base == found.scenario
    assert (found.difference, found.proven, found.gained, found.lost, found.money) == (0, False, (), (), {})


def test_a_driver_and_money_let_one_more_need_be_met_and_the_difference_is_proven():
    text = f"""
    name = "a driver on Tuesday"
    [[volunteers]]
    region_path = "{b.TOWN}"
    day = 2026-06-09
    skills = ["DRIVING"]
    [money_fen]
    f1 = 30000
    """
    found = compared(_problem(), b.policy(), scenario_of(text), limits=EXACT)
    assert found.gained == ("far",)
    assert found.money == {"f1": 30_000}
    assert found.difference is not None
    assert found.difference > 9_000
    assert found.proven
    assert found.scenario.gap == found.base.gap == 0.0
    assert found.scenario.levels["FULFILMENT"] - found.base.levels["FULFILMENT"] == 10_000
    assert list(found.base.levels) == ["FULFILMENT", "FAIRNESS", "CONVENIENCE", "SPENDING"]


def test_a_volunteer_who_withdraws_costs_a_need():
    found = compared(_problem(), b.policy(), Scenario(withdrawn=("v1",)), limits=EXACT)
    assert found.lost == ("near",)
    assert found.proven


def test_points_under_other_weights_are_not_compared():
    change = scenario_of('[policy]\n"weights.travel_per_100_m" = 7')
    found = compared(_problem(), b.policy(), change, limits=EXACT)
    assert (found.difference, found.proven) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "name = [",
        "nobody = 1",
        '[[volunteers]]\nregion_path = "/"\nday = 2026-06-09\npeople = 0',
    ],
)
def test_a_malformed_scenario_is_refused(text: str):
    with pytest.raises(InvalidInputError):
        scenario_of(text)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(withdrawn=("nobody",)),
        Scenario(without=("nothing",)),
        Scenario(money={"no-fund": 1}),
        Scenario(policy={"weights.unknown": 1}),
        Scenario(policy={"no.such.thing": 1}),
        Scenario(policy={"weights.travel_per_100_m": -1}),
    ],
)
def test_what_a_scenario_names_must_be_there(scenario: Scenario):
    with pytest.raises(InvalidInputError):
        applied(scenario, _problem(), b.policy())
