"""A town of listed elders, its station and its visitors."""

from datetime import date

from tests.builders import OTHER_CITY, TOWN, TOWN_ID, World, workspace

MONDAY = date(2026, 3, 2)
STATION = "station"
HOURS = ["MON 08:30-17:00", "TUE 08:30-17:00", "WED 08:30-17:00", "THU 08:30-17:00", "FRI 08:30-17:00"]
_SOURCED = {"source_id": "manual", "source_row": 0}


def town(elders: int = 12, visitors: int = 2, most_visits: int = 6) -> World:
    """Elders a few hundred metres apart, two of them in two groups; one elder lives in another city."""
    from tests.builders import NOW

    world = World()
    world.region()
    sourced = {**_SOURCED, "recorded_at": NOW}
    centre = {"longitude_deg": 120.55, "latitude_deg": 31.87, "place_made_up": True}
    world.add(
        "Station",
        id=STATION,
        kind="TOWN",
        name="杨舍站",
        region_id=TOWN_ID,
        region_path=TOWN,
        **centre,
        **sourced,
    )
    for i in range(elders):
        place = {"longitude_deg": 120.55 + 0.004 * (i % 4), "latitude_deg": 31.87 + 0.004 * (i // 4)}
        world.household(f"h{i}", region_id=TOWN_ID, situations=[], **place)
        groups = (
            ["LIVING_ALONE", "ADVANCED_AGE"] if i < 2 else ["ADVANCED_AGE"] if i % 3 == 2 else ["EMPTY_NEST"]
        )
        world.resident(
            f"r{i}",
            f"h{i}",
            region_id=TOWN_ID,
            situations=groups,
            name=f"王小{i}",
            birth_date=date(1940, 1, 1),
        )
    world.household("h-young")
    world.resident("r-young", "h-young", situations=["DIBAO"])
    world.household("h-abroad", path=f"{OTHER_CITY}310109009/")
    world.resident("r-abroad", "h-abroad", path=f"{OTHER_CITY}310109009/", situations=["EMPTY_NEST"])
    for j in range(visitors):
        world.volunteer(f"v{j}", name=f"赵小{j}", sex="FEMALE" if j else "MALE", region_id=TOWN_ID)
        add_visitor(world, f"v{j}", most_visits=most_visits)
    return world


def add_visitor(world: World, key: str, **values: object) -> None:
    defaults = {
        "kind": "VOLUNTEER",
        "station_id": STATION,
        "hours": HOURS,
        "leave": [],
        "most_visits": 6,
        "region_id": TOWN_ID,
        "region_path": TOWN,
        "version": 1,
    }
    world.add("Visitor", id=key, **{**defaults, **values})


def add_care(world: World, key: str, **values: object) -> None:
    defaults = {"risk": "LOW", "region_id": TOWN_ID, "region_path": TOWN, "version": 1}
    world.add("VisitCare", id=key, **{**defaults, **values})


def add_visit(
    world: World, key: str, resident: str, day: date, state: str = "DONE", **values: object
) -> None:
    defaults = {"channel": "HOME", "region_id": TOWN_ID, "region_path": TOWN, "version": 1}
    world.add("Visit", id=key, resident_id=resident, day=day, state=state, **{**defaults, **values})


async def written(store, world: World):
    await world.write(store)
    return workspace(store)
