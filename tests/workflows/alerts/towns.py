"""A small town whose people meet each rule once."""

from datetime import date, timedelta

from tests.builders import NOW, TOWN, TOWN_ID, World
from tests.workflows.linking.registers import PLACED, SOURCED

TODAY = date(2026, 3, 2)


def paid(
    world: World, who: str, department: str, event: str, yuan: int, *, days: int = 10, key: str | None = None
) -> str:
    """A line of a list on a person, so many days ago."""
    number = key or f"{who}-{event}-{days}-{yuan}"
    return world.add(
        "DepartmentRecord",
        id=number,
        department=department,
        event=event,
        number=number,
        resident_id=who,
        amount_fen=yuan * 100,
        occurred_on=TODAY - timedelta(days=days),
        **PLACED,
        **SOURCED,
    )


def medical(world: World, who: str, yuan: int, *, days: int = 10) -> str:
    return paid(world, who, "医保局", "医疗自付费用", yuan, days=days)


def person(world: World, key: str, home: str, *situations: str, age: int = 50) -> str:
    return world.resident(
        key,
        home,
        name="张建国",
        situations=list(situations),
        birth_date=date(TODAY.year - age, 1, 1),
        region_id=TOWN_ID,
        id_number_mask="320***********0001",
    )


def town() -> World:
    """
    Tekun and dibao above their lines, an edge household below its own, and an orphan without support.

    The station of the county stands above that of the town.
    """
    world = World()
    world.region()
    for home, held in (("tekun", ["TEKUN"]), ("dibao", ["DIBAO"]), ("edge", ["EDGE"]), ("other", [])):
        world.household(home, situations=held, region_id=TOWN_ID)
    person(world, "t", "tekun")
    person(world, "d", "dibao")
    person(world, "e", "edge")
    person(world, "o", "other")
    person(world, "child", "other", "ORPHAN", age=9)
    medical(world, "t", 1_001)
    medical(world, "d", 5_000)
    medical(world, "d", 600, days=100)
    medical(world, "e", 9_000)
    medical(world, "o", 15_000)
    for key, parent, path in (
        ("county-station", None, "/county-station/"),
        ("town-station", "county-station", "/county-station/town-station/"),
    ):
        world.add(
            "Station",
            id=key,
            name=key,
            networks=["CONSORTIUM"],
            parent_id=parent,
            territory=[TOWN if parent else "/NBS/32/3205/320582/"],
            tree_path=path,
            region_path=TOWN if parent else "/NBS/32/3205/320582/",
            source_id="manual",
            source_row=0,
            recorded_at=NOW,
        )
    return world
