"""Whatever is done to a tree of stations, it stays a tree, and its figures are a naive recount."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidInputError
from domain.stations import Network, Node, bare_territory, covers, serving
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from graph.reads.station_figures import figures_of_stations
from graph.reads.stations import StationFilter, page_of_stations
from tests.builders import CITY, NOW, TOWN, World, lead, workspace
from workflows.stations.tree import NewStation, close_station, move_station, open_station

PLACES = {
    "NBS:320582000000": CITY,
    "NBS:320582100000": TOWN,
    "NBS:320582101000": f"{CITY}320582101/",
    "NBS:320582100001": f"{TOWN}320582100001/",
    "NBS:320582100002": f"{TOWN}320582100002/",
}
IDS = sorted(PLACES)
HANDS = Statement(
    "MATCH (n:Need) RETURN n.id AS id, n.station_id AS station, n.region_path AS path, n.state AS state",
    Access.READ,
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(IDS), st.integers(-1, 8)),
        st.tuples(st.just("move"), st.integers(0, 8), st.integers(-1, 8)),
        st.tuples(st.just("close"), st.integers(0, 8), st.just(0)),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Tree:
    ws: object
    ids: list[str] = field(default_factory=list)

    async def rows(self):
        narrowed = StationFilter(with_closed=True)
        page = await self.ws.store.read(lambda tx: page_of_stations(tx, lead(), filter=narrowed, first=200))
        return {row.id: row for row in page.rows}

    def known(self, number: int) -> str | None:
        return self.ids[number % len(self.ids)] if self.ids and number >= 0 else None

    async def act(self, kind: str, what, where: int) -> None:
        if kind == "open":
            new = NewStation(
                name="站", networks=(Network.CONSORTIUM,), territory_ids=(what,), parent_id=self.known(where)
            )
            self.ids.append((await open_station(self.ws, lead(), new)).value.id)
            return
        station = self.known(what)
        if station is None:
            return
        version = (await self.rows())[station].version
        if kind == "move":
            await move_station(
                self.ws, lead(), station, expected_version=version, parent_id=self.known(where)
            )
        else:
            await close_station(self.ws, lead(), station, expected_version=version, reason="撤并")


async def check(tree: Tree) -> None:
    rows = await tree.rows()
    for row in rows.values():
        above = []
        parent = row.parent_id
        while parent is not None:
            assert parent not in {*above, row.id}, "a cycle"
            above.insert(0, parent)
            parent = rows[parent].parent_id
        assert row.tree_path == "/" + "/".join([*above, row.id]) + "/"
        assert row.depth == len(above)
        if row.parent_id is not None:
            assert covers(rows[row.parent_id].territory, row.territory)
            assert rows[row.parent_id].closed_at is None or row.closed_at is not None
    nodes = [
        Node(id=row.id, tree_path=row.tree_path, territory=row.territory, open=row.closed_at is None)
        for row in rows.values()
    ]
    needs = await tree.ws.store.read(lambda tx: tx.run(HANDS))
    for need in needs:
        wanted = serving(nodes, need["path"])
        assert need["station"] == (wanted.id if wanted else None)
    figures = await tree.ws.store.read(lambda tx: figures_of_stations(tx, lead(), list(rows)))
    for row in rows.values():
        below = {other.id for other in rows.values() if other.tree_path.startswith(row.tree_path)}
        assert figures[row.id].whole.posted == sum(need["station"] in below for need in needs)
        assert figures[row.id].own.posted == sum(need["station"] == row.id for need in needs)
        inside = [
            region
            for region, path in PLACES.items()
            if path not in row.territory and path.startswith(tuple(row.territory))
        ]
        assert figures[row.id].regions == len(inside)
        assert figures[row.id].covered == sum(
            any(PLACES[region] in other.territory and other.closed_at is None for other in rows.values())
            for region in inside
        )


async def grow(acts) -> None:
    async with open_ladybug() as store:
        await store.define()
        world = World()
        for region, path in PLACES.items():
            level = {12: "COUNTY", 9: "TOWN"}.get(12, "TOWN") if path == CITY else "TOWN"
            world.region(region, path=path, level="VILLAGE" if len(path) > len(TOWN) else level)
            world.need(f"in-{region}", path=path)
        await world.write(store)
        ws = workspace(store)
        tree = Tree(replace(ws, clock=lambda: NOW + timedelta(hours=1)))
        for act in acts:
            before = await tree.rows()
            try:
                await tree.act(*act)
            except (ConflictError, InvalidInputError):
                assert await tree.rows() == before
        await check(tree)


@settings(max_examples=20)
@given(ACTS)
def test_random_changes_leave_a_tree_and_figures_that_a_recount_gives(acts):
    asyncio.run(grow(acts))


PATHS = st.lists(st.sampled_from([*PLACES.values(), "/NBS/31/"]), max_size=6)


@given(PATHS)
def test_a_bare_territory_serves_what_it_served_before(paths):
    bare = bare_territory(paths)
    assert covers(bare, paths)
    assert all(path in paths for path in bare)
    assert all(not one.startswith(other) for one in bare for other in bare if one != other)
