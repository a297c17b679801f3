"""Figures of stations are what a naive count gives, and parties are those who act."""

from datetime import timedelta

from domain.stations import Party
from graph.reads.parties import parties_of_needs
from graph.reads.station_figures import figures_of_stations
from tests.builders import CITY, NOW, TOWN, World, worker, workspace
from workflows.people import administrator
from workflows.stations.tree import settle_stations

VILLAGES = [f"{TOWN}32058210000{n}/" for n in (1, 2)]
SECOND = f"{CITY}320582101/"


def station(world, key, path, parent=None, **values):
    world.add(
        "Station",
        id=key,
        name=key,
        networks=["CONSORTIUM"],
        parent_id=parent,
        region_path=path,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
        **values,
    )
    world.join(
        "SERVES", ("Station", "Region"), key, f"NBS:{path.rstrip('/').rsplit('/', 1)[1].ljust(12, '0')}"
    )


async def city(store):
    world = World()
    world.region("NBS:320582000000", path=CITY, level="COUNTY")
    world.region()
    world.region("NBS:320582101000", path=SECOND)
    for n, path in enumerate(VILLAGES, 1):
        world.region(f"NBS:32058210000{n}", path=path, level="VILLAGE")
    station(world, "city", CITY)
    station(world, "town", TOWN, "city")
    station(world, "village", VILLAGES[0], "town")
    world.add(
        "SocialWorker", id="sw", name="王", station_id="town", region_path=TOWN, source_id="manual",
        source_row=0, recorded_at=NOW,
    )  # fmt: skip
    world.organisation("team", kind="TEAM", name="红帽子")
    world.organisation("charity")
    world.fund("fund", "charity")
    world.stock("quilts", "charity")
    world.volunteer("v1")
    world.join("MEMBER_OF", ("Volunteer", "Organisation"), "v1", "team")
    for n, (days, path) in enumerate([(2, VILLAGES[0]), (4, VILLAGES[0]), (9, TOWN), (30, SECOND)]):
        world.need(
            f"done-{n}",
            path=path,
            state="CONFIRMED",
            verified_at=NOW,
            matched_at=NOW,
            fulfilled_at=NOW,
            days_to_fulfil=days,
            station_id={VILLAGES[0]: "village", TOWN: "town", SECOND: "city"}[path],
        )
    world.need("open", path=VILLAGES[1], slots=1)
    world.need("child", path=TOWN, category="CHILD_PROTECT", slots=1)
    world.join("ASSIGNED_TO", ("Volunteer", "Need"), "v1", "open")
    world.join("FUNDED_BY", ("Need", "Fund"), "open", "fund")
    world.join("SUPPLIED_BY", ("Need", "InKindOffer"), "open", "quilts")
    await world.write(store)
    ws = workspace(store)
    await settle_stations(ws, administrator())
    return ws


async def test_figures_count_a_stations_own_and_all_below(store):
    ws = await city(store)
    span = {"start": NOW - timedelta(days=10), "end": NOW + timedelta(days=1)}
    figures = await ws.store.read(
        lambda tx: figures_of_stations(tx, worker(), ["city", "town", "village"], **span)
    )
    whole = {
        key: (f.whole.posted, f.whole.verified, f.whole.fulfilled, f.whole.median_days)
        for key, f in figures.items()
    }
    assert whole == {"city": (5, 4, 4, 4), "town": (4, 3, 3, 4), "village": (2, 2, 2, 2)}
    own = {key: (f.own.posted, f.own.median_days) for key, f in figures.items()}
    assert own == {"city": (1, 30), "town": (2, 9), "village": (2, 2)}
    coverage = {key: (f.covered, f.regions) for key, f in figures.items()}
    assert coverage["city"] == (2, 4)  # town and village one of two towns and two villages
    assert coverage["town"] == (1, 2)
    assert figures["village"].coverage is None
    assert figures["town"].whole.parties == {
        Party.COMMUNITY: 4,
        Party.SOCIAL_WORKER: 4,
        Party.SOCIAL_ORGANISATION: 1,
        Party.VOLUNTEER: 1,
        Party.CHARITY_RESOURCE: 1,
    }


async def test_nothing_falls_into_an_empty_span_and_nothing_is_seen_from_outside(store):
    ws = await city(store)
    early = {"start": NOW - timedelta(days=90), "end": NOW - timedelta(days=60)}
    figures = await ws.store.read(lambda tx: figures_of_stations(tx, worker(), ["city"], **early))
    assert (figures["city"].whole.posted, figures["city"].whole.median_days) == (0, None)
    outside = worker(path="/NBS/31/")
    assert await ws.store.read(lambda tx: figures_of_stations(tx, outside, ["city"])) == {}


async def test_parties_of_a_need_name_organisations_and_count_people(store):
    ws = await city(store)
    seen = await ws.store.read(lambda tx: parties_of_needs(tx, worker(), ["open", "child"]))
    assert set(seen) == {"open"}
    assert {row.party: (row.acting, row.names) for row in seen["open"]} == {
        Party.COMMUNITY: (1, ("town",)),
        Party.SOCIAL_WORKER: (1, ()),
        Party.SOCIAL_ORGANISATION: (1, ("红帽子",)),
        Party.VOLUNTEER: (1, ()),
        Party.CHARITY_RESOURCE: (2, ("助困基金", "市慈善总会")),
    }
