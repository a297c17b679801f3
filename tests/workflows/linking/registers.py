"""A small register and what departments say of it."""

from datetime import date

from tests.builders import NOW, TOWN, TOWN_ID, World

BORN = date(1950, 5, 1)
SOURCED = {"source_id": "list", "source_row": 1, "recorded_at": NOW}
PLACED = {"region_id": TOWN_ID, "region_path": TOWN}


def register() -> World:
    """Two households: Zhang and his wife, and a namesake of his."""
    world = World()
    world.region()
    world.household("h1", file_number="JT1", members=2, phone_hash="t1", phone_mask="138****0001")
    world.household("h2", file_number="JT2", members=1, situations=[])
    resident(world, "zhang", "h1", "张建国", "n1", birth=BORN, phone="t1")
    resident(world, "wang", "h1", "王芳", "n2", birth=date(1953, 2, 2), phone="t1")
    resident(world, "namesake", "h2", "张建国", "n3", birth=date(1971, 1, 9), phone="t2")
    return world


def resident(
    world: World, key: str, home: str, name: str, number: str | None, *, birth: date, phone: str
) -> None:
    mask = None if number is None else f"320***********{number}"
    world.resident(
        key, home, name=name, birth_date=birth, id_number_hash=number, id_number_mask=mask, phone_hash=phone
    )
    world.join("MEMBER_OF", ("Resident", "Household"), key, home)


def listed(world: World, key: str, **said: object) -> str:
    """A row of a list; what it does not say is unknown."""
    defaults = {
        "department": "残联",
        "event": "残疾人两项补贴",
        "number": key,
        "amount_fen": 300_00,
        "occurred_on": date(2026, 2, 1),
        **PLACED,
        **SOURCED,
    }
    return world.add("DepartmentRecord", id=key, **{**defaults, **said})
