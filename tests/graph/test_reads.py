"""Pages walk a list once, whatever their size; rows show a role what it may see."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import Role
from domain.errors import CursorError, InvalidInputError
from domain.needs import NeedCategory, NeedState
from domain.people import Skill
from graph.reads.masking import masked_name
from graph.reads.needs import (
    NeedFilter,
    items_of_needs,
    need_by_id,
    needs_by_ids,
    page_of_needs,
    slots_of_needs,
)
from graph.reads.pages import KeysetPosition
from graph.reads.regions import RegionFilter, page_of_regions
from graph.reads.volunteers import VolunteerFilter, page_of_volunteers, volunteer_by_id
from tests.builders import CITY, NOW, TOWN, World, officer, volunteer, worker


async def _walk(store, page_of, first):
    ids, after, total = [], None, None
    while True:
        page = await store.read(
            lambda tx, a=after: page_of(tx, worker(), first=first, after=a, with_total=True)
        )
        ids += [row.id for row in page.rows]
        total = page.total_count
        assert len(page.rows) == len(page.positions) <= first
        if not page.has_next:
            return ids, total
        after = page.positions[-1]


@pytest.mark.parametrize("first", [1, 3, 7, 200])
async def test_pages_of_any_size_give_every_row_once_and_in_order(store, first):
    """Needs posted at the same moment stand on both sides of a page's edge; ids break the tie."""
    world = World()
    for i in range(7):
        world.need(f"n{i}", posted_at=NOW - timedelta(days=i // 3))
        world.volunteer(f"v{i}")
        world.region(f"NBS:32058210{i}000", path=f"{CITY}32058210{i}/")
    await world.write(store)
    assert await _walk(store, page_of_needs, first) == ([f"n{i}" for i in range(7)], 7)
    assert await _walk(store, page_of_volunteers, first) == ([f"v{i}" for i in range(7)], 7)
    assert await _walk(store, page_of_regions, first) == ([f"NBS:32058210{i}000" for i in range(7)], 7)


async def test_a_row_added_behind_a_cursor_does_not_shift_the_next_page(store):
    world = World()
    for i in (1, 3, 5):
        world.volunteer(f"v{i}")
    await world.write(store)
    one = await store.read(lambda tx: page_of_volunteers(tx, worker(), first=2))
    more = World()
    more.volunteer("v0")
    await more.write(store)
    two = await store.read(lambda tx: page_of_volunteers(tx, worker(), first=2, after=one.positions[-1]))
    assert [row.id for row in two.rows] == ["v5"]


async def test_a_cursor_of_another_list_is_refused(memory_store):
    position = KeysetPosition(list_name="funds", sort_key="f", id="f")
    with pytest.raises(CursorError):
        await memory_store.read(lambda tx: page_of_needs(tx, worker(), after=position))
    broken = KeysetPosition(list_name="needs", sort_key="yesterday", id="f")
    with pytest.raises(CursorError):
        await memory_store.read(lambda tx: page_of_needs(tx, worker(), after=broken))


@pytest.mark.parametrize("first", [0, -1, 201])
async def test_a_page_has_a_size(memory_store, first):
    with pytest.raises(InvalidInputError):
        await memory_store.read(lambda tx: page_of_needs(tx, worker(), first=first))


async def test_filters_narrow_rows_and_count_alike(store):
    world = World()
    world.need("care", category="CARE", title="助浴")
    world.need("escort", category="ESCORT", title="陪诊")
    world.need("posted", category="CARE", state="POSTED")
    world.volunteer("cook", skills=["COOKING"])
    world.volunteer("idle", skills=[], status="SUSPENDED")
    world.region()
    await world.write(store)

    async def needs(narrowed):
        page = await store.read(lambda tx: page_of_needs(tx, worker(), filter=narrowed, with_total=True))
        assert page.total_count == len(page.rows)
        return [row.id for row in page.rows]

    assert await needs(NeedFilter(categories=(NeedCategory.CARE,))) == ["care", "posted"]
    assert await needs(NeedFilter(states=(NeedState.POSTED,))) == ["posted"]
    assert await needs(NeedFilter(text="陪诊")) == ["escort"]
    assert await needs(NeedFilter(region_path="/NBS/31/")) == []
    cooks = await store.read(
        lambda tx: page_of_volunteers(tx, worker(), filter=VolunteerFilter(skill=Skill.COOKING))
    )
    assert [row.id for row in cooks.rows] == ["cook"]
    towns = await store.read(lambda tx: page_of_regions(tx, worker(), filter=RegionFilter(region_path=TOWN)))
    assert [row.region_path for row in towns.rows] == [TOWN]


async def test_what_a_row_shows_depends_on_who_looks(store):
    world = World()
    world.organisation("charity")
    world.volunteer("v", name="欧阳小三")
    world.volunteer("w", name="张三")
    world.need("n", slots=1, items=(("QUILT", 2),))
    world.need("draft", state="POSTED")
    world.need("child", category="CHILD_PROTECT")
    await world.write(store)

    async def shown(actor):
        page = await store.read(lambda tx: page_of_needs(tx, actor))
        return {row.id: row for row in page.rows}

    desk, person, federation = [await shown(a) for a in (worker(), volunteer("v"), officer("charity"))]
    assert set(desk) == {"n", "draft"}
    officer_of_children = replace(worker(), roles=frozenset({Role.CHILD_OFFICER}))
    assert set(await shown(officer_of_children)) == {"child"}
    assert set(person) == set(federation) == {"n"}
    assert (desk["n"].subject_id, desk["n"].detail) == ("household-n", "老人独居")
    for row in (person["n"], federation["n"]):
        hidden = (row.subject_id, row.detail, row.longitude_deg, row.posted_by, row.situations)
        assert hidden == (None, None, None, None, ())
    own = await store.read(lambda tx: volunteer_by_id(tx, volunteer("v"), "v"))
    masked = await store.read(lambda tx: volunteer_by_id(tx, officer("charity"), "v"))
    assert (own.name, masked.name, masked.birth_date) == ("欧阳小三", "欧**三", None)
    with pytest.raises(LookupError):
        await store.read(lambda tx: volunteer_by_id(tx, volunteer("v"), "w"))


@pytest.mark.parametrize("looker", [volunteer("v"), officer("charity")], ids=["volunteer", "federation"])
async def test_without_recorded_consent_a_need_stays_at_the_station(store, looker):
    world = World()
    parts = {"slots": 1, "items": (("QUILT", 2),), "consent_recorded": False}
    world.need("silent", **parts)
    world.need("anonymous", **parts, subject_kind="ANONYMOUS", subject_id=None)
    world.need("ward", **parts, subject_kind="INSTITUTION", subject_id="hospital")
    world.need("agreed", slots=1, items=(("QUILT", 2),))
    await world.write(store)
    ids = ["silent", "anonymous", "ward", "agreed"]

    async def seen(actor):
        page = await store.read(lambda tx: page_of_needs(tx, actor, with_total=True))
        slots = await store.read(lambda tx: slots_of_needs(tx, actor, ids))
        items = await store.read(lambda tx: items_of_needs(tx, actor, ids))
        found = await store.read(lambda tx: needs_by_ids(tx, actor, ids))
        assert {row.id for row in page.rows} == set(slots) == set(items) == set(found)
        assert page.total_count == len(page.rows)
        return set(found)

    assert await seen(worker()) == set(ids)
    assert await seen(looker) == {"ward", "agreed"}


async def test_parts_come_with_their_needs_in_one_read(store):
    world = World()
    for i in range(3):
        world.need(f"n{i}", slots=2, items=(("QUILT", i + 1),))
    await world.write(store)
    ids = ["n0", "n2", "nobody"]
    slots = await store.read(lambda tx: slots_of_needs(tx, worker(), ids))
    items = await store.read(lambda tx: items_of_needs(tx, worker(), ids))
    assert {need_id: [slot.position for slot in held] for need_id, held in slots.items()} == {
        "n0": [0, 1],
        "n2": [0, 1],
    }
    assert {need_id: held[0].quantity for need_id, held in items.items()} == {"n0": 1, "n2": 3}
    row = await store.read(lambda tx: need_by_id(tx, worker(), "n1"))
    assert row.windows[0].start == NOW + timedelta(days=1, hours=1)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三"), ("张", "张*"), ("", "*")],
)
def test_masked_names_keep_their_ends(name, masked):
    assert masked_name(name) == masked
