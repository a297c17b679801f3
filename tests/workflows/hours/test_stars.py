"""A star is granted after it was shown in public, unless somebody's objection is upheld."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import NotPermittedError, SeparationOfDutiesError, TransitionError
from domain.stars import ObjectionState, StarLevel, StarState
from domain.time import civil_date
from graph.reads.volunteers import volunteer_by_id
from graph.stars import objections_of, page_of_stars
from tests.builders import NOW, OTHER_TOWN, World, volunteer, worker, workspace
from workflows.hours.star_rules import end_of_notice, star_rules
from workflows.hours.stars import decide_objection, object_to_star, run_stars

JOB = Actor(
    id="job",
    name="job",
    roles=frozenset({Role.PLATFORM_ADMIN}),
    scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION),
)


@pytest.fixture
async def ws(store):
    world = World()
    for name, hours in {"none": 99, "one": 100, "four": 1_400, "old": 5_000}.items():
        world.volunteer(name, verified_minutes=hours * 60)
    world.volunteer("abroad", path=OTHER_TOWN, verified_minutes=6_000 * 60)
    await world.write(store)
    return workspace(store)


def after(ws, days: int):
    return replace(ws, clock=lambda: NOW + timedelta(days=days))


async def star_of(ws, who: str):
    return (await ws.store.read(lambda tx: volunteer_by_id(tx, JOB, who))).star


async def notices(ws, *states: StarState):
    page = await ws.store.read(lambda tx: page_of_stars(tx, JOB, states=states))
    return {row.volunteer_id: row for row in page.rows}


async def test_stars_are_shown_for_five_working_days_and_then_granted(ws):
    first = await run_stars(ws, JOB)
    assert (first.published, first.granted) == (4, 0)
    shown = await notices(ws)
    levels = {who: notice.level for who, notice in shown.items()}
    assert levels == {
        "one": StarLevel.STAR_1,
        "four": StarLevel.STAR_4,
        "old": StarLevel.LIFETIME,
        "abroad": StarLevel.STAR_5,  # the lifetime award is Zhangjiagang's own
    }
    assert shown["one"].ends_on == date(2026, 3, 10)
    assert (await run_stars(ws, JOB)).published == 0
    assert (await run_stars(after(ws, 7), JOB)).granted == 0
    assert await star_of(ws, "one") is None
    assert (await run_stars(after(ws, 8), JOB)).granted == 4
    assert await star_of(ws, "old") is StarLevel.LIFETIME
    assert await star_of(ws, "none") is None
    again = await run_stars(after(ws, 30), JOB)
    assert (again.published, again.granted, again.withdrawn) == (0, 0, 0)


async def test_an_objection_holds_a_star_until_another_person_has_decided(ws):
    await run_stars(ws, JOB)
    notice = (await notices(ws))["one"]
    objection = await object_to_star(ws, worker("neighbour"), notice.id, reason="时长不实")
    assert (await run_stars(after(ws, 8), JOB)).granted == 3
    for concerned in (worker("neighbour"), replace(volunteer("one"), roles=frozenset({Role.STATION_WORKER}))):
        with pytest.raises(SeparationOfDutiesError):
            await decide_objection(ws, concerned, objection.id, upheld=False, reason="无据")
    await decide_objection(ws, worker("lead"), objection.id, upheld=False, reason="查无实据")
    with pytest.raises(TransitionError):
        await decide_objection(ws, worker("lead"), objection.id, upheld=True, reason="再议")
    assert (await run_stars(after(ws, 8), JOB)).granted == 1
    found = await ws.store.read(lambda tx: objections_of(tx, JOB, [notice.id]))
    assert [row.state for row in found[notice.id]] == [ObjectionState.DISMISSED]


async def test_an_upheld_objection_withdraws_a_star_for_good(ws):
    await run_stars(ws, JOB)
    notice = (await notices(ws))["one"]
    objection = await object_to_star(ws, volunteer("four"), notice.id, reason="时长不实")
    ended = await decide_objection(ws, worker("lead"), objection.id, upheld=True, reason="属实")
    assert ended.state is StarState.WITHDRAWN
    later = await run_stars(after(ws, 8), JOB)
    assert (later.granted, later.published) == (3, 0)
    assert await star_of(ws, "one") is None


async def test_only_the_platform_and_heads_of_stations_run_the_job(ws):
    with pytest.raises(NotPermittedError):
        await run_stars(ws, worker())


@pytest.mark.parametrize(
    ("published", "ends"),
    [
        ("2026-03-02", "2026-03-10"),
        (
            "2026-02-13",
            "2026-02-28",
        ),  # the 14th is worked, the festival's nine days are off, four days follow
        ("2026-09-30", "2026-10-14"),  # the week of 1 October is off, Saturday the 10th is worked
        ("2030-03-04", "2030-03-12"),  # no calendar announced: Monday to Friday
    ],
)
def test_a_notice_is_shown_on_working_days_of_the_announced_calendar(published, ends):
    assert end_of_notice(date.fromisoformat(published), 5) == date.fromisoformat(ends)


def test_points_are_a_regions_own():
    kunshan = star_rules(civil_date(NOW), "/NBS/32/3205/320583/")
    assert kunshan.points(90) == 15
    assert star_rules(civil_date(NOW), "/NBS/32/3205/320582/").points(90) is None
    assert kunshan.reached(100 * 60 - 1) is None
