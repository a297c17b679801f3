"""Laws of a day's plan: sound, bounded, repeatable, best where everything can be tried."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from matching.instances.visits import town_day
from matching.solvers.routing.arrays import arrays_of
from matching.solvers.routing.bound import lower_bound
from matching.visits.audit import audit_day
from matching.visits.day import DueVisit, Promise, VisitDay, VisitorDay, VisitWeights
from matching.visits.planning import PlanLimits, by_hand, plan_day
from tests.matching.visits.days import best_cost, days

QUICK = PlanLimits(turns=600, bound_rounds=8)
EASY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@EASY
@given(days())
def test_any_plan_passes_the_audit_and_costs_no_less_than_its_bound(day):
    plan = plan_day(day, limits=QUICK)
    assert audit_day(day, plan) == ()
    assert plan.bound <= plan.cost <= by_hand(day).cost


@EASY
@given(days(most_visits=6, promises=False))
def test_no_bound_exceeds_the_best_plan_there_is(day):
    best = best_cost(day)
    for hint in (0, best, 10 * best + 100):
        assert lower_bound(arrays_of(day), hint=hint, visited=len(day.visits) // 2, rounds=12) <= best
    assert plan_day(day, limits=QUICK).cost >= best


@pytest.mark.parametrize("seed", range(10))
def test_days_of_ten_elders_are_planned_best(seed):
    """As the ten-patient instances of Mankowska et al. (2014), with windows, skills and penalties, without pairs."""
    day = town_day(10, 3, seed=seed, most_visits=4)
    assert plan_day(day, limits=PlanLimits(turns=4_000, bound_rounds=30)).cost == best_cost(day)


def test_equal_days_and_seeds_give_equal_plans():
    day = town_day(40, 4, seed=5)
    plans = {plan_day(day, seed=3, limits=QUICK).digest for _ in range(3)}
    assert len(plans) == 1
    assert plan_day(replace(day, weights=VisitWeights(travel=2)), seed=3, limits=QUICK).digest not in plans


def test_a_plan_of_a_town_is_better_than_the_nearest_neighbours_and_near_its_bound():
    day = town_day(120, 6, seed=2)
    plan, hand = plan_day(day, limits=PlanLimits(turns=20_000, bound_rounds=40)), by_hand(day)
    assert plan.cost < 0.9 * hand.cost
    assert plan.gap < 0.10


def _published(day: VisitDay, *, pinned: int, moved: int = 100_000) -> VisitDay:
    """The day as it stands once its plan was published, the first visits of it pinned."""
    plan = plan_day(day, limits=QUICK)
    promises = {
        stop.visit_id: Promise(visitor_id=stop.visitor_id, start_min=stop.start_min) for stop in plan.stops
    }
    visits = tuple(
        replace(visit, promise=promises[visit.id], pinned=n < pinned, penalty=1_000_000)
        for n, visit in enumerate(visit for visit in day.visits if visit.id in promises)
    )
    return replace(day, visits=visits, weights=replace(day.weights, moved=moved, tolerance_min=15))


def test_a_day_planned_again_with_nothing_changed_moves_nobody():
    day = _published(town_day(60, 5, seed=4, most_visits=8), pinned=0)
    plan = plan_day(day, limits=QUICK)
    assert (plan.moved, plan.unvisited) == (0, ())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_urgent_visit_moves_few_others_and_pins_stay(seed):
    day = _published(town_day(60, 5, seed=seed, most_visits=8), pinned=10)
    urgent = DueVisit(id="urgent", place=7, service_min=30, windows=((600, 1020),), penalty=1_000_000)
    room = tuple(replace(visitor, most_visits=9) for visitor in day.visitors)
    plan = plan_day(replace(day, visits=(*day.visits, urgent), visitors=room), limits=QUICK)
    assert "urgent" in {stop.visit_id for stop in plan.stops}
    assert (plan.lifted, plan.unvisited) == ((), ())
    assert plan.moved <= 2
    kept = {stop.visit_id: (stop.visitor_id, stop.start_min) for stop in plan.stops}
    for visit in day.visits[:10]:
        assert kept[visit.id] == (visit.promise.visitor_id, visit.promise.start_min)


def test_a_sick_call_moves_hardly_any_but_the_visits_of_who_is_sick():
    day = _published(town_day(40, 5, seed=6, most_visits=8), pinned=3)
    sick = day.visits[0].promise.visitor_id
    others = tuple(replace(v, most_visits=12) for v in day.visitors if v.id != sick)
    plan = plan_day(replace(day, visitors=others), limits=PlanLimits(turns=4_000, bound_rounds=4))
    theirs = {visit.id for visit in day.visits if visit.promise.visitor_id == sick}
    moved = {stop.visit_id for stop in plan.stops if stop.moved}
    assert {visit.id for visit in day.visits if visit.pinned} & theirs == set(plan.lifted)
    assert len(moved - theirs) <= 2  # somebody else is moved only to make room for one who would go without


@EASY
@given(days())
def test_a_plan_published_and_planned_again_keeps_every_pin(day):
    plan = plan_day(day, limits=QUICK)
    promises = {
        stop.visit_id: Promise(visitor_id=stop.visitor_id, start_min=stop.start_min) for stop in plan.stops
    }
    again = replace(
        day,
        visits=tuple(
            replace(visit, promise=promises.get(visit.id), pinned=visit.id in promises)
            for visit in day.visits
        ),
    )
    second = plan_day(again, limits=QUICK)
    assert second.lifted == ()
    kept = {(stop.visit_id, stop.visitor_id, stop.start_min) for stop in second.stops}
    assert {(stop.visit_id, stop.visitor_id, stop.start_min) for stop in plan.stops} <= kept


def _tiny() -> VisitDay:
    visits = tuple(
        DueVisit(id=f"r{i}", place=i + 1, service_min=20, windows=((540, 720),), penalty=100, sex="FEMALE")
        for i in range(2)
    )
    visitor = VisitorDay(
        id="v", place=0, from_min=510, until_min=1020, most_visits=5, sex="FEMALE", most_minutes=60
    )
    return VisitDay(travel_min=((0, 10, 10), (10, 0, 5), (10, 5, 0)), visits=visits, visitors=(visitor,))


@pytest.mark.parametrize(
    ("rule", "visit", "visitor"),
    [
        ("HC-01", {"skill": "COOKING"}, {}),
        ("HC-02", {"licence": "NURSE"}, {}),
        ("SEX", {"sex": "MALE"}, {}),
        ("TIMING", {"windows": ((800, 900),)}, {}),
        ("TIMING", {"service_min": 25}, {}),
        ("HC-27", {}, {"most_minutes": 30}),
        ("HC-28", {}, {"until_min": 590}),
        ("LIMIT", {}, {"most_visits": 1}),
        ("PINS", {"promise": Promise(visitor_id="v", start_min=700), "pinned": True}, {}),
        ("ARITHMETIC", {"usual": "other"}, {}),
    ],
)
def test_the_audit_sees_what_is_broken(rule, visit, visitor):
    """The plan of a sound day is held against a day that asks for something else."""
    day = _tiny()
    plan = plan_day(day, limits=QUICK)
    assert audit_day(day, plan) == ()
    other = replace(
        day,
        visits=tuple(replace(each, **visit) for each in day.visits),
        visitors=(replace(day.visitors[0], **visitor), replace(day.visitors[0], id="other")),
        weights=VisitWeights(new_face=3),
    )
    found = {violation.rule for violation in audit_day(other, replace(plan, day_digest=other.digest))}
    assert rule in found


def test_the_audit_sees_a_visit_left_out_a_figure_changed_and_a_bound_above_the_cost():
    day = _tiny()
    plan = plan_day(day, limits=QUICK)
    lost = replace(plan, stops=plan.stops[:1])
    assert {v.rule for v in audit_day(day, lost)} == {"STRUCTURE"}
    assert {v.subject for v in audit_day(day, replace(plan, bound=plan.cost + 1))} == {"bound"}
    assert {v.subject for v in audit_day(day, replace(plan, cost=plan.cost + 1))} == {"cost"}
    late = replace(plan, stops=(plan.stops[0], replace(plan.stops[1], start_min=541, end_min=561)))
    assert "HC-28" in {v.rule for v in audit_day(day, late)}
