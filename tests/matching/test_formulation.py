"""The fast formulation beside slow ones: one pair, one visit, one set of visits at a time."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.arrays import offsets
from matching.components import components
from matching.formulation.build import Formulation, model_of
from matching.formulation.candidates import Candidates, candidates_of, known_distance_m, visits_at
from matching.formulation.instance import Instance
from matching.formulation.objective import visit_points, worth_of
from matching.formulation.people import first_depth, full_places
from matching.formulation.starts import Starts
from matching.formulation.supply import supply_of
from matching.formulation.tables import instance_of
from matching.plan import Assignment
from matching.policy import Parameter, Policy
from matching.problem import Problem
from matching.rules import ALL_RULES
from matching.rules import view as plain
from matching.rules.base import Pairs
from tests.matching import builders as b
from tests.matching.test_properties import problems

QUICK = settings(max_examples=60, deadline=None)


def built(problem: Problem, policy: Policy, depth: int = 100) -> Formulation:
    instance = instance_of(problem, policy)
    found = candidates_of(instance)
    supply, _ = supply_of(instance, found.open_needs)
    places = full_places(instance, found)
    return model_of(instance, found, worth_of(instance), supply, places, depth=first_depth(places, depth))


# --- candidates ------------------------------------------------------------------------------------------


def _near(problem: Problem, need: plain.Row, volunteer: plain.Row) -> int | None:
    """Metres, -1 where unknown, or None where the volunteer would not come."""
    away = plain.metres(plain.place_of(need), plain.place_of(volunteer))
    if away is None:
        return -1 if plain.related_paths(need["region_path"], volunteer["region_path"]) else None
    return away if away <= volunteer["radius_m"] else None


def slow_candidates(
    problem: Problem, instance: Instance, starts: Starts
) -> tuple[dict[tuple[int, int], int], Counter[str]]:
    """Start times by slot and volunteer as bits, and strikes by rule, one pair and one time after another."""
    needs = problem.needs.sort("need_id").to_dicts()
    volunteers = problem.volunteers.sort("volunteer_id").to_dicts()
    bits: dict[tuple[int, int], int] = {}
    struck: Counter[str] = Counter()
    for slot, need in enumerate(instance.slots.need.tolist()):
        times = int(starts.count()[need])
        for person, volunteer in enumerate(volunteers if times else []):
            if instance.slots.skill[slot] not in (None, *volunteer["skills"]):
                struck["HC-01"] += 1
                continue
            away = _near(problem, needs[need], volunteer)
            if away is None:
                struck["HC-05"] += 1
                continue
            pair = Pairs(**_one(slot, need, person, away))
            failed = next((r.id for r in ALL_RULES if r.pairs and not r.pairs(instance, pair)[0]), None)
            if failed is not None:
                struck[failed] += 1
                continue
            for time in range(times):
                visit = visits_at(instance, starts, pair, time)
                failed = next(
                    (r.id for r in ALL_RULES if r.visits and not r.visits(instance, visit)[0]), None
                )
                if failed is None:
                    bits[slot, person] = bits.get((slot, person), 0) | 1 << time
                else:
                    struck[failed] += 1
    return bits, struck


def _one(slot: int, need: int, person: int, away: int) -> dict[str, np.ndarray]:
    figures = {"slot": slot, "need": need, "volunteer": person, "distance_m": away}
    return {name: np.array([figure]) for name, figure in figures.items()}


def bits_of(found: Candidates) -> dict[tuple[int, int], int]:
    pairs = zip(found.pairs.slot.tolist(), found.pairs.volunteer.tolist(), strict=True)
    return dict(zip(pairs, found.bits.tolist(), strict=True))


@given(problems(needs=6, volunteers=6))
@QUICK
def test_candidates_and_strikes_are_those_of_looking_at_each_pair_and_each_time(problem):
    instance = instance_of(problem, b.policy())
    found = candidates_of(instance)
    bits, struck = slow_candidates(problem, instance, found.starts)
    assert bits_of(found) == bits
    visits = {r.id for r in ALL_RULES if r.pairs or r.visits} - {r.id for r in ALL_RULES if r.needs}
    assert {rule: found.struck.get(f"struck_{rule}", 0) for rule in visits} == {r: struck[r] for r in visits}
    pairs = found.pairs
    points = visit_points(instance, pairs.slot, pairs.volunteer, known_distance_m(instance, pairs))
    order = np.lexsort((pairs.volunteer, -points, pairs.slot))
    assert (order == np.arange(len(order))).all()
    assert (found.first == offsets(found.pairs.slot, len(instance.slots))).all()


# --- rows of people --------------------------------------------------------------------------------------


def tight(day: int, in_24_hours: int, rest: int, demanding: int) -> Policy:
    """Limits so low that a few visits reach each of them."""
    policy = b.policy()
    numbers = {
        "minutes_per_day": day,
        "minutes_per_24_hours": in_24_hours,
        "rest_minutes": rest,
        "demanding_in_a_row": demanding,
    }
    parameters = {name: Parameter[int](value=n, unit="", source="test") for name, n in numbers.items()}
    return policy.model_copy(update={"workload": policy.workload.model_copy(update=parameters)})


def breaks(problem: Problem, policy: Policy, person: str, visits: list[Assignment]) -> bool:
    """What the independent audit says of one volunteer's visits, single ones being allowed."""
    if len({visit.need_id for visit in visits}) < len(visits):
        return True
    plan = b.plan(problem, assignments=tuple(visits))
    view = plain.view_of(problem, policy, plan)
    return any(
        violation.subject == person and ("min" in violation.detail or "demanding" in violation.detail)
        for rule in ALL_RULES
        if rule.id in ("HC-05", "HC-07", "HC-27", "HC-28")
        for violation in rule.audit(view)
    )


def visits_of(made: Formulation, arcs: list[int]) -> list[Assignment]:
    instance, people = made.instance, made.model.people
    places = people.places
    return [
        Assignment(
            need_id=instance.needs.ids[int(places.need[place])],
            slot_id=instance.slots.ids[int(places.slot[place])],
            volunteer_id=instance.volunteers.ids[int(people.arcs.volunteer[arc])],
            start_min=int(places.start_min[place]),
            end_min=int(places.end_min[place]),
            distance_m=int(people.arcs.distance_m[arc]),
        )
        for arc in arcs
        for place in [int(people.arcs.place[arc])]
    ]


def kept_by_rows(made: Formulation, arcs: list[int]) -> bool:
    rows = made.model.rows
    chosen = np.zeros(len(made.model.people.arcs), dtype=np.int64)
    chosen[arcs] = 1
    total = np.zeros(len(rows), dtype=np.int64)
    np.add.at(total, rows.row, rows.coefficient * chosen[rows.arc])
    return bool((total <= rows.cap).all())


@st.composite
def busy_problems(draw: st.DrawFn) -> Problem:
    """One or two people with long days and many needs they could serve, near and far, by day and by night."""
    tables: dict[str, list[b.Row]] = {"needs": [], "need_slots": [], "need_windows": []}
    tables |= {"volunteers": [], "volunteer_windows": [], "volunteer_commitments": []}
    for i in range(draw(st.integers(2, 9))):
        east_m = draw(st.sampled_from([0, 0, 3_000, 9_000, None]))
        minutes = draw(st.sampled_from([60, 120, 240]))
        heavy = draw(st.booleans())
        tables["needs"].append(b.need(f"n{i}", east_m=east_m, duration_min=minutes, demanding=heavy))
        tables["need_slots"].append(b.slot(f"n{i}-a", f"n{i}"))
        day, hour = draw(st.integers(0, 2)), draw(st.sampled_from([8, 9, 10, 12, 13, 16, 19]))
        length = minutes + draw(st.sampled_from([0, 0, 30, 60]))
        end = b.at(day, f"{hour}:00") + length
        tables["need_windows"].append(
            {"need_id": f"n{i}", "start_min": b.at(day, f"{hour}:00"), "end_min": end}
        )
    for j in range(draw(st.integers(1, 2))):
        years, weekly = draw(st.sampled_from([16, 40, 40])), draw(st.sampled_from([300, 600, 5_000, 5_000]))
        tables["volunteers"].append(
            b.volunteer(
                f"v{j}",
                radius_m=20_000,
                birth_day=b.DAY0 - years * 366,
                guardian_consent=True,
                weekly_minutes=weekly,
            )
        )
        tables["volunteer_windows"].append(
            {"volunteer_id": f"v{j}", "start_min": b.at(0, "06:00"), "end_min": b.at(3, "00:00")}
        )
        if draw(st.integers(0, 2)) == 0:
            promise = b.commitment(f"v{j}", draw(st.integers(0, 2)), "06:00", "08:00", demanding=True)
            tables["volunteer_commitments"].append(promise)
    return b.problem(**tables)


@given(
    busy_problems(),
    st.sampled_from([(480, 600, 660, 3), (240, 300, 660, 1), (240, 240, 900, 1), (180, 300, 60, 2)]),
    st.randoms(use_true_random=False),
)
@QUICK
def test_rows_allow_exactly_the_sets_of_visits_that_the_audit_allows(problem, limits, dice):
    policy = tight(*limits)
    made = built(problem, policy)
    of_person = made.model.people.arcs.volunteer
    for person in np.unique(of_person).tolist():
        arcs = np.flatnonzero(of_person == person).tolist()
        for _ in range(4):
            held: list[int] = []
            for arc in dice.sample(arcs, min(len(arcs), 12)):
                fits = kept_by_rows(made, [*held, arc])
                name = made.labels.volunteers[person]
                assert fits != breaks(problem, policy, name, visits_of(made, [*held, arc]))
                if fits:
                    held.append(arc)


# --- arcs left out, and parts ----------------------------------------------------------------------------


@given(problems(needs=6, volunteers=6, goods=False), st.integers(1, 3))
@QUICK
def test_each_place_takes_its_best_arcs_and_tells_the_best_left_out(problem, depth):
    instance = instance_of(problem, b.policy())
    found = candidates_of(instance)
    supply, _ = supply_of(instance, found.open_needs)
    places = full_places(instance, found)
    few = np.full(len(places), depth)
    all_of_them = np.full(len(places), 10**6)

    def people(depths: np.ndarray):
        return model_of(instance, found, worth_of(instance), supply, places, depth=depths).model.people

    whole, cut = people(all_of_them), people(few)
    for place in range(len(places)):
        points = sorted(whole.arcs.points[whole.arcs.place == place].tolist(), reverse=True)
        assert len(points) > 0
        assert sorted(cut.arcs.points[cut.arcs.place == place].tolist(), reverse=True) == points[:depth]
        left = points[depth:]
        assert cut.places.tail[place] == (left[0] if left else whole.places.tail[place])


@given(problems(needs=8, volunteers=4))
@QUICK
def test_parts_hold_every_need_once_and_no_row_of_people_joins_two(problem):
    model = built(problem, b.policy()).model
    needs = np.flatnonzero(model.in_play)
    parts = components(model, needs, with_supply=True)
    assert sorted(np.concatenate([[], *parts]).tolist()) == needs.tolist()
    assert [-len(part) for part in parts] == sorted(-len(part) for part in parts)
    assert all((np.diff(part) > 0).all() for part in parts)
    part_of = {need: number for number, part in enumerate(parts) for need in part.tolist()}
    for row in range(len(model.rows)):
        touched = {
            part_of.get(need, -1) for need in model.arc_need[model.rows.arc[model.rows.row == row]].tolist()
        }
        assert len(touched - {-1}) <= 1
