"""Plans of visits: proposed, published, planned again, pinned."""

from datetime import timedelta

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError, TransitionError
from domain.visits import VisitOutcome, VisitPlanState, VisitState
from graph.ports import Access, Statement
from graph.reads.visits import visits_of_plan
from matching.visits.planning import PlanLimits
from tests.builders import NOW, OTHER_CITY, TOWN, volunteer, worker
from tests.workflows.visits.towns import MONDAY, STATION, add_care, add_visit, add_visitor, town, written
from workflows.people import matcher_actor
from workflows.visits.logging import VisitLog, log_visit
from workflows.visits.planning import PlanRequest, plan_visits
from workflows.visits.publishing import pin_visit, publish_visits, visit_plan

QUICK = PlanLimits(turns=2_000, bound_rounds=5)
TODAY = PlanRequest(station_id=STATION, day=MONDAY)
NOTICES = Statement("MATCH (n:Notice) RETURN n.recipient_id AS who, n.code AS code ORDER BY who", Access.READ)


@pytest.fixture
async def ws(store):
    return await written(store, town())


async def planned(ws, request=TODAY, actor=None, **given):
    return (await plan_visits(ws, actor or worker(), request, limits=QUICK, **given)).value


async def published(ws, request=TODAY):
    (plan,) = await planned(ws, request)
    await publish_visits(ws, worker(), plan.id, expected_version=1)
    return (await visit_plan(ws, worker(), STATION, request.day)).visits


def spots(visits):
    return {visit.resident_id: (visit.visitor_id, visit.window_start) for visit in visits}


async def test_a_plan_is_a_proposal_until_the_desk_publishes_it(ws):
    (plan,) = await planned(ws)
    assert (plan.state, plan.visits, plan.unvisited) == (VisitPlanState.PROPOSED, 12, ())
    assert plan.bound <= plan.cost
    before = await visit_plan(ws, worker(), STATION, MONDAY)
    assert (before.plan, before.visits, [p.id for p in before.proposals]) == (None, (), [plan.id])
    done = await publish_visits(ws, worker(), plan.id, expected_version=1)
    assert done.state is VisitPlanState.PUBLISHED
    after = await visit_plan(ws, worker(), STATION, MONDAY)
    assert after.plan is not None
    assert {visit.state for visit in after.visits} == {VisitState.PUBLISHED}
    assert len(after.visits) == 12
    told = await ws.store.read(lambda tx: tx.run(NOTICES))
    assert [(row["who"], row["code"]) for row in told] == [("v0", "VISIT_PLANNED"), ("v1", "VISIT_PLANNED")]
    with pytest.raises(TransitionError):
        await publish_visits(ws, worker(), plan.id, expected_version=done.version)


async def test_equal_requests_give_equal_plans_and_a_key_is_answered_once(ws):
    (one,) = await planned(ws)
    (two,) = await planned(ws)
    assert one.plan_digest == two.plan_digest
    first = await plan_visits(ws, worker(), TODAY, limits=QUICK, idempotency_key="k")
    again = await plan_visits(ws, worker(), TODAY, limits=QUICK, idempotency_key="k")
    assert again.replayed
    assert [plan.id for plan in first.value] == [plan.id for plan in again.value]


async def test_the_matching_program_proposes_and_does_not_publish(ws):
    (plan,) = await planned(ws, actor=matcher_actor())
    assert plan.visits == 12
    with pytest.raises(NotPermittedError):
        await publish_visits(ws, matcher_actor(), plan.id, expected_version=1)
    with pytest.raises(NotPermittedError):
        await planned(ws, actor=volunteer("v0"))


async def test_a_desk_elsewhere_finds_neither_station_nor_plan(ws):
    (plan,) = await planned(ws)
    stranger = worker("stranger", path=OTHER_CITY)
    with pytest.raises(NotFoundError):
        await planned(ws, actor=stranger)
    with pytest.raises(NotFoundError):
        await publish_visits(ws, stranger, plan.id, expected_version=1)
    with pytest.raises(NotFoundError):
        await visit_plan(ws, stranger, STATION, MONDAY)


async def test_a_visitor_sees_their_own_published_visits_alone(ws):
    (plan,) = await planned(ws)
    assert await ws.store.read(lambda tx: visits_of_plan(tx, volunteer("v0"), plan.id)) == []
    await publish_visits(ws, worker(), plan.id, expected_version=1)
    mine = await visit_plan(ws, volunteer("v0"), STATION, MONDAY)
    assert mine.plan is None
    assert {visit.visitor_id for visit in mine.visits} == {"v0"}
    assert all("*" not in visit.resident_name for visit in mine.visits)


async def test_planning_again_after_a_sick_call_moves_the_sick_visitors_visits_alone(memory_store):
    ws = await written(memory_store, town(elders=8, visitors=3))
    before = spots(await published(ws))
    (plan,) = await planned(ws, PlanRequest(station_id=STATION, day=MONDAY, absent=("v1",)))
    await publish_visits(ws, worker(), plan.id, expected_version=1)
    after = spots((await visit_plan(ws, worker(), STATION, MONDAY)).visits)
    assert set(before) == set(after)
    moved = {elder for elder in before if before[elder][0] != after[elder][0]}
    assert moved == {elder for elder, (visitor, _) in before.items() if visitor == "v1"}
    assert plan.moved == len(moved)


async def test_an_urgent_need_gets_a_place_and_pinned_visits_stay(memory_store):
    world = town(elders=13, visitors=2)
    add_visit(world, "yesterday", "r12", MONDAY - timedelta(days=1))
    ws = await written(memory_store, world)
    visits = await published(ws)
    assert "r12" not in spots(visits)
    for visit in visits[:4]:
        await pin_visit(ws, worker(), visit.id, pinned=True, expected_version=1)
    (plan,) = await planned(ws, PlanRequest(station_id=STATION, day=MONDAY, urgent=("r12",)))
    assert plan.lifted == ()
    await publish_visits(ws, worker(), plan.id, expected_version=1)
    after = spots((await visit_plan(ws, worker(), STATION, MONDAY)).visits)
    assert "r12" in after
    assert len(plan.unvisited) == 1  # both visitors were full: somebody waits, and it is nobody who is pinned
    for visit in visits[:4]:
        assert after[visit.resident_id] == (visit.visitor_id, visit.window_start)


async def test_visits_logged_since_a_proposal_make_it_too_old_to_publish(ws):
    visits = await published(ws)
    (plan,) = await planned(ws)
    await log_visit(
        ws, worker(), VisitLog(visit_id=visits[0].id, expected_version=1, outcome=VisitOutcome.WELL)
    )
    with pytest.raises(ConflictError):
        await publish_visits(ws, worker(), plan.id, expected_version=1)
    (again,) = await planned(ws)
    await publish_visits(ws, worker(), again.id, expected_version=1)
    after = (await visit_plan(ws, worker(), STATION, MONDAY)).visits
    assert sorted(visit.resident_id for visit in after) == sorted(visit.resident_id for visit in visits)
    assert [visit.state for visit in after].count(VisitState.DONE) == 1


async def test_who_is_sick_in_the_afternoon_keeps_the_visits_of_the_morning(memory_store):
    ws = await written(memory_store, town(elders=8, visitors=3))
    visits = await published(ws)
    done = next(visit for visit in visits if visit.visitor_id == "v1")
    await log_visit(ws, worker(), VisitLog(visit_id=done.id, expected_version=1, outcome=VisitOutcome.WELL))
    (plan,) = await planned(ws, PlanRequest(station_id=STATION, day=MONDAY, absent=("v1",)))
    assert plan.lifted == ()
    await publish_visits(ws, worker(), plan.id, expected_version=1)
    after = spots((await visit_plan(ws, worker(), STATION, MONDAY)).visits)
    assert set(after) == set(spots(visits))
    assert [key for key, (visitor, _) in after.items() if visitor == "v1"] == [done.resident_id]
    told = await ws.store.read(lambda tx: tx.run(NOTICES))
    assert [row["who"] for row in told].count("v1") == 2  # of the visits, and of being relieved


async def test_a_week_spreads_who_is_due_and_visits_nobody_twice(memory_store):
    ws = await written(memory_store, town(elders=12, visitors=1, most_visits=3))
    plans = await planned(ws, PlanRequest(station_id=STATION, day=MONDAY, days=5))
    assert [plan.visits for plan in plans] == [3, 3, 3, 3, 0]
    for plan in plans:
        await publish_visits(ws, worker(), plan.id, expected_version=1)
    days = [(await visit_plan(ws, worker(), STATION, plan.day)).visits for plan in plans]
    elders = [visit.resident_id for visits in days for visit in visits]
    assert sorted(elders) == sorted({f"r{i}" for i in range(12)})


async def test_leave_age_status_hours_sex_and_licence_bind(memory_store):
    world = town(elders=4, visitors=2)
    for key, values, of_visitor in (
        ("on-leave", {}, {"leave": ["2026-03-01/2026-03-03"]}),
        ("too-young", {"birth_date": MONDAY.replace(year=2009)}, {}),
        ("suspended", {"status": "SUSPENDED"}, {}),
        ("weekends", {}, {"hours": ["SAT 08:30-17:00"]}),
    ):
        world.volunteer(key, **values)
        add_visitor(world, key, **of_visitor)
    add_care(world, "r0", sex="FEMALE")
    add_care(world, "r1", licence="NURSE")
    add_care(world, "r2", hours=["MON 14:00-15:00"])
    add_care(world, "r3", hours=["TUE 14:00-15:00"])
    ws = await written(memory_store, world)
    seen = {visit.resident_id: visit for visit in await published(ws)}
    assert set(seen) == {"r0", "r2"}
    assert seen["r0"].visitor_id == "v1"
    assert seen["r2"].window_start.hour == 6  # 14:00 in China
    assert {visit.visitor_id for visit in seen.values()} <= {"v0", "v1"}


async def test_social_workers_of_a_station_visit_unless_the_desk_says_otherwise(memory_store):
    world = town(elders=4, visitors=0)
    for key in ("w-default", "w-on-leave"):
        world.add(
            "SocialWorker",
            id=key,
            name="孙小社",
            station_id=STATION,
            region_path=TOWN,
            source_id="manual",
            source_row=1,
            recorded_at=NOW,
        )
    add_visitor(world, "w-on-leave", kind="SOCIAL_WORKER", leave=["2026-03-02"])
    add_care(world, "r0", licence="SOCIAL_WORKER")
    ws = await written(memory_store, world)
    visits = await published(ws)
    assert {visit.visitor_id for visit in visits} == {"w-default"}
    assert {visit.resident_id for visit in visits} == {"r0", "r1", "r2", "r3"}
    assert {visit.visitor_name for visit in visits} == {"孙小社"}


async def test_a_table_of_real_ways_may_be_passed_in(ws):
    import numpy as np

    def ways(places):
        return np.full((len(places), len(places)), 9, dtype=np.int64) - 9 * np.eye(
            len(places), dtype=np.int64
        )

    (plan,) = await planned(ws, ways=ways)
    visits = await ws.store.read(lambda tx: visits_of_plan(tx, worker(), plan.id))
    assert {visit.travel_min for visit in visits} == {9}


async def test_days_that_are_over_and_elders_who_are_not_listed_are_refused(ws):
    with pytest.raises(InvalidInputError):
        await planned(ws, PlanRequest(station_id=STATION, day=MONDAY - timedelta(days=1)))
    with pytest.raises(InvalidInputError):
        await planned(ws, PlanRequest(station_id=STATION, day=MONDAY, urgent=("r-young",)))
    with pytest.raises(InvalidInputError):
        PlanRequest(station_id=STATION, day=MONDAY, days=8)
