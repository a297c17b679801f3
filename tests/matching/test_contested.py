"""Chains of exchanges by hand: who stands in the way of a need, and who does not."""

from matching.problem import Problem
from matching.solve import Limits, solve
from tests.matching import builders as b


def _chain(length: int) -> Problem:
    """Need k can be served by volunteers k-1 and k alone; the last need has nobody of its own."""
    needs = [
        b.need(f"n{k}", east_m=1000.0 * k, urgency_points=1 if k == length else 2) for k in range(length + 1)
    ]
    people = [b.volunteer(f"v{k}", east_m=1000.0 * k + 500, radius_m=600) for k in range(length)]
    return b.problem(
        needs=needs,
        need_slots=[b.slot(f"n{k}-a", f"n{k}") for k in range(length + 1)],
        need_windows=[b.window(f"n{k}", 0, "09:00", "10:00") for k in range(length + 1)],
        volunteers=people,
        volunteer_windows=[b.free(f"v{k}", 0, "08:00", "12:00") for k in range(length)],
    )


def test_a_whole_chain_of_exchanges_stands_in_the_way():
    plan = solve(_chain(4), b.policy(), limits=Limits(gap=0.0))
    why = plan.reasons["n4"]
    assert why.code == "CONTESTED"
    assert why.contest is not None
    assert why.contest.needs == ("n3", "n2", "n1", "n0")
    assert why.contest.volunteers == ("v3", "v2", "v1", "v0")


def test_needs_that_share_nobody_are_not_in_the_way():
    near, far = _chain(1), b.need("far", east_m=90_000.0)
    problem = b.problem(
        needs=[*near.needs.to_dicts(), far],
        need_slots=[*near.need_slots.to_dicts(), b.slot("far-a", "far")],
        need_windows=[*near.need_windows.to_dicts(), b.window("far", 0, "09:00", "10:00")],
        volunteers=[*near.volunteers.to_dicts(), b.volunteer("alone", east_m=90_000.0)],
        volunteer_windows=[*near.volunteer_windows.to_dicts(), b.free("alone", 0, "08:00", "12:00")],
    )
    why = solve(problem, b.policy(), limits=Limits(gap=0.0)).reasons["n1"]
    assert why.contest is not None
    assert why.contest.needs == ("n0",)


def test_a_wish_of_the_same_household_stands_in_the_way():
    problem = b.problem(
        needs=[
            b.need(key, kind="WISH", subject_id="home", urgency_points=points)
            for key, points in (("one", 4), ("other", 1))
        ],
        need_items=[b.item("i1", "one"), b.item("i2", "other")],
        stock=[b.stock(quantity=5)],
    )
    why = solve(problem, b.policy(), limits=Limits(gap=0.0)).reasons["other"]
    assert why.code == "CEILING"
    assert why.contest is not None
    assert why.contest.needs == ("one",)
