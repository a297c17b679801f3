"""Opening, naming, moving and closing stations; territory decides who handles a need."""

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    StaleVersionError,
)
from domain.stations import Network
from graph.ports import Access, Statement
from tests.builders import CITY, OTHER_CITY, TOWN, World, lead, worker, workspace
from workflows.stations.tree import NewStation, close_station, move_station, open_station, rename_station

CITY_ID, TOWN_ID = "NBS:320582000000", "NBS:320582100000"
VILLAGE_ID, VILLAGE = "NBS:320582100001", f"{TOWN}320582100001/"
SECOND_ID, SECOND = "NBS:320582101000", f"{CITY}320582101/"
HANDS = Statement("MATCH (n:Need) RETURN n.id AS id, n.station_id AS station ORDER BY id", Access.READ)
NETWORKS = (Network.CONSORTIUM, Network.SOCIAL_WORK)


@pytest.fixture
async def ws(store):
    world = World()
    world.region(CITY_ID, path=CITY, level="COUNTY", name="张家港市")
    world.region()
    world.region(SECOND_ID, path=SECOND, name="塘桥镇")
    world.region(VILLAGE_ID, path=VILLAGE, level="VILLAGE", name="东村")
    world.need("in-village", path=VILLAGE)
    world.need("in-town", path=TOWN)
    world.need("in-second", path=SECOND)
    world.need("over", path=VILLAGE, state="CLOSED")
    await world.write(store)
    return workspace(store)


async def opened(ws, name, *territory, parent=None, **values):
    new = NewStation(name=name, networks=NETWORKS, territory_ids=territory, parent_id=parent, **values)
    return (await open_station(ws, lead(), new)).value


async def hands(ws):
    return {row["id"]: row["station"] for row in await ws.store.read(lambda tx: tx.run(HANDS))}


async def tree(ws):
    """City over town over village, and a second town."""
    city = await opened(ws, "总站", CITY_ID)
    town = await opened(ws, "镇站", TOWN_ID, parent=city.id)
    village = await opened(ws, "村点", VILLAGE_ID, parent=town.id)
    second = await opened(ws, "塘桥站", SECOND_ID, parent=city.id)
    return city, town, village, second


async def test_each_open_need_is_handled_by_the_deepest_station_of_its_place(ws):
    city = await opened(ws, "总站", CITY_ID)
    assert set((await hands(ws)).values()) == {city.id, None}
    town = await opened(ws, "镇站", TOWN_ID, parent=city.id)
    village = await opened(ws, "村点", VILLAGE_ID, parent=town.id)
    assert await hands(ws) == {
        "in-village": village.id,
        "in-town": town.id,
        "in-second": city.id,
        "over": None,
    }
    assert (village.depth, village.tree_path) == (2, f"/{city.id}/{town.id}/{village.id}/")
    assert village.networks == ("CONSORTIUM", "SOCIAL_WORK")


async def test_only_who_heads_a_station_inside_the_scope_opens_one(ws):
    new = NewStation(name="站", networks=NETWORKS, territory_ids=(CITY_ID,))
    with pytest.raises(NotPermittedError):
        await open_station(ws, worker(), new)
    with pytest.raises(NotFoundError):
        await open_station(ws, lead(path=OTHER_CITY), new)


@pytest.mark.parametrize(
    "change", [{"name": " "}, {"networks": ()}, {"territory_ids": ()}], ids=["name", "networks", "territory"]
)
async def test_a_station_has_a_name_a_network_and_a_territory(ws, change):
    whole = {"name": "站", "networks": NETWORKS, "territory_ids": (CITY_ID,)}
    with pytest.raises(InvalidInputError):
        await open_station(ws, lead(), NewStation(**(whole | change)))


async def test_a_parent_covers_its_children(ws):
    _, town, _, second = await tree(ws)
    with pytest.raises(InvalidInputError) as refused:
        await opened(ws, "错站", SECOND_ID, parent=town.id)
    assert refused.value.context["field"] == "territory"
    with pytest.raises(InvalidInputError):
        await move_station(ws, lead(), second.id, expected_version=1, parent_id=town.id)


async def test_a_station_never_stands_below_itself(ws):
    city, town, village, _ = await tree(ws)
    for parent in (city, town, village):
        with pytest.raises(ConflictError) as refused:
            await move_station(ws, lead(), city.id, expected_version=1, parent_id=parent.id)
        assert refused.value.context["rule"] == "no_cycle"


async def test_moving_takes_the_subtree_along(ws):
    _, town, village, _ = await tree(ws)
    other = await opened(ws, "新总站", CITY_ID)
    await move_station(ws, lead(), town.id, expected_version=1, parent_id=other.id)
    moved = await rename_station(
        ws, lead(), village.id, expected_version=1, name="新名", networks=(Network.CHILD_PROTECTION,)
    )
    assert moved.tree_path == f"/{other.id}/{town.id}/{village.id}/"
    assert (moved.name, moved.networks, moved.version) == ("新名", ("CHILD_PROTECTION",), 2)
    root = await move_station(ws, lead(), town.id, expected_version=2, parent_id=None)
    assert (root.depth, root.parent_id) == (0, None)


async def test_closing_hands_the_needs_up_and_refuses_what_would_leave_them_alone(ws):
    city, town, village, second = await tree(ws)
    with pytest.raises(ConflictError) as refused:
        await close_station(ws, lead(), town.id, expected_version=1, reason="撤并")
    assert refused.value.context["rule"] == "no_open_children"
    closed = await close_station(ws, lead(), village.id, expected_version=1, reason="撤并")
    assert closed.closed_at is not None
    await close_station(ws, lead(), second.id, expected_version=1, reason="撤并")
    assert await hands(ws) == {"in-village": town.id, "in-town": town.id, "in-second": city.id, "over": None}
    await close_station(ws, lead(), town.id, expected_version=1, reason="撤并")
    with pytest.raises(ConflictError) as alone:
        await close_station(ws, lead(), city.id, expected_version=1, reason="撤并")
    assert alone.value.context["needs"] == 3
    with pytest.raises(ConflictError):
        await opened(ws, "镇站", TOWN_ID, parent=town.id)


async def test_a_change_names_the_version_it_was_decided_on(ws):
    _, town, *_ = await tree(ws)
    with pytest.raises(StaleVersionError):
        await rename_station(ws, lead(), town.id, expected_version=4, name="x", networks=NETWORKS)
