"""A volunteer who claims is asked the same rules as a round asks, one at a time."""

from datetime import date, timedelta

import pytest

from domain.errors import NotPermittedError, SeparationOfDutiesError
from tests.builders import NOW, TOWN, World, volunteer, workspace
from workflows.claims.taking import claim_slot

BORN_14_YEARS_AGO = date(2012, 1, 1)


def _cover(world, volunteer_id, *, valid_to=date(2027, 1, 1)):
    world.add(
        "InsuranceCover",
        id=f"{volunteer_id}:cover",
        volunteer_id=volunteer_id,
        valid_from=date(2026, 1, 1),
        valid_to=valid_to,
        region_paths=["/"],
        min_age_y=16,
        max_age_y=70,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )


async def _claim(store, world):
    await world.write(store)
    return await claim_slot(workspace(store), volunteer("v"), "n:slot:0")


@pytest.mark.parametrize(
    ("rule", "person", "task"),
    [
        ("HC-01", {"skills": ["COOKING"]}, {"skill": "ELECTRICAL"}),
        ("HC-01", {"physical_limit": True}, {"demanding": True}),
        ("HC-02", {}, {"licence": "LAWYER"}),
        ("HC-03", {}, {"risk": "HIGH"}),
        ("HC-05", {"declined_categories": ["COMPANION"]}, {}),
        ("HC-05", {"status": "SUSPENDED"}, {}),
        ("HC-07", {"birth_date": BORN_14_YEARS_AGO}, {"home_visit": True}),
        ("HC-09", {}, {"with_child": True}),
        ("HC-22", {}, {"consent_recorded": False}),
    ],
)
async def test_each_rule_refuses_by_its_name(memory_store, rule, person, task):
    world = World()
    world.volunteer("v", **person)
    world.need("n", slots=1, **task)
    with pytest.raises(NotPermittedError) as refused:
        await _claim(memory_store, world)
    assert refused.value.context["rule"] == rule
    assert refused.value.context["detail"]


@pytest.mark.parametrize(
    ("person", "task"),
    [
        ({"licences": ("LAWYER",)}, {"licence": "LAWYER"}),
        ({"radius_m": 1}, {"longitude_deg": 121.4, "latitude_deg": 31.2}),
        ({"weekly_minutes": 0, "availability": []}, {}),
        ({"longitude_deg": None, "latitude_deg": None}, {"window_starts": [], "window_ends": []}),
    ],
)
async def test_what_was_offered_in_general_does_not_bind_an_act_of_ones_own(memory_store, person, task):
    world = World()
    world.volunteer("v", **person)
    world.need("n", slots=1, **task)
    assert (await _claim(memory_store, world)).value.volunteer_id == "v"


async def test_cover_must_hold_on_the_day_of_the_visit(memory_store):
    world = World()
    world.volunteer("v")
    world.need("n", slots=1, risk="LOW")
    _cover(world, "v", valid_to=(NOW + timedelta(days=1)).date())
    with pytest.raises(NotPermittedError) as refused:
        await _claim(memory_store, world)
    assert refused.value.context["rule"] == "HC-03"


async def test_a_covered_volunteer_takes_a_task_with_danger(memory_store):
    world = World()
    world.volunteer("v")
    world.need("n", slots=1, risk="LOW")
    _cover(world, "v")
    assert (await _claim(memory_store, world)).value.slot_id == "n:slot:0"


async def test_a_licence_that_ends_before_the_visit_does_not_count(memory_store):
    world = World()
    world.volunteer("v")
    world.need("n", slots=1, licence="NURSE")
    world.add(
        "Qualification",
        id="q",
        volunteer_id="v",
        licence="NURSE",
        valid_from=date(2020, 1, 1),
        valid_to=(NOW + timedelta(days=1)).date(),
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    with pytest.raises(NotPermittedError) as refused:
        await _claim(memory_store, world)
    assert refused.value.context["rule"] == "HC-02"


async def test_a_child_at_home_is_visited_by_two_and_the_second_completes_them(memory_store):
    """HC-10 counts a team, so it is asked of the one who completes it and not of the first."""
    world = World()
    for name in ("v", "w"):
        world.volunteer(name, licences=("MINOR_CONTACT_CHECK",))
    world.need("n", slots=2, with_child=True, home_visit=True)
    world.need("alone", slots=1, with_child=True, home_visit=True)
    await world.write(memory_store)
    ws = workspace(memory_store)
    with pytest.raises(NotPermittedError) as refused:
        await claim_slot(ws, volunteer("v"), "alone:slot:0")
    assert refused.value.context["rule"] == "HC-10"
    await claim_slot(ws, volunteer("v"), "n:slot:0")
    await claim_slot(ws, volunteer("w"), "n:slot:1")


async def test_a_visit_leaves_time_for_the_way_from_the_last_one(memory_store):
    """Two needs, sixty kilometres apart, in windows that touch: nobody serves both."""
    day = NOW + timedelta(days=1)
    world = World()
    world.volunteer("v")
    for name, start, longitude in (("near", 1, 120.55), ("far", 2, 121.2)):
        opens = day + timedelta(hours=start)
        world.need(
            name,
            slots=1,
            longitude_deg=longitude,
            window_starts=[opens.isoformat()],
            window_ends=[(opens + timedelta(hours=1)).isoformat()],
        )
    await world.write(memory_store)
    ws = workspace(memory_store)
    await claim_slot(ws, volunteer("v"), "near:slot:0")
    with pytest.raises(NotPermittedError) as refused:
        await claim_slot(ws, volunteer("v"), "far:slot:0")
    assert refused.value.context["rule"] == "HC-28"


async def test_who_verified_a_need_does_not_serve_it(memory_store):
    world = World()
    world.volunteer("v")
    world.need("n", slots=1, verified_by="account-v", path=TOWN)
    with pytest.raises(SeparationOfDutiesError):
        await _claim(memory_store, world)
