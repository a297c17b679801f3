"""The tables of a round against the graph they were read from."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotFoundError
from domain.time import WeeklyWindow, epoch_minute
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, World, worker
from workflows.rounds.snapshot import build_problem, shape_volunteer_windows

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


async def _snapshot(store, *, region=CITY, actor=None):
    return await store.read(
        lambda tx: build_problem(tx, actor or worker(), region_path=region, as_of=NOW, horizon_days=7)
    )


async def _problem(store, *, region=CITY, actor=None):
    return (await _snapshot(store, region=region, actor=actor)).problem


def _city(world: World) -> None:
    world.organisation("charity")
    world.organisation("hospital", kind="INSTITUTION", longitude_deg=120.6, latitude_deg=31.9)
    world.fund(
        "fund", "charity", received_fen=100, reserved_fen=30, spent_fen=20, categories=["CARE", "ESCORT"]
    )
    world.fund("narrow", "charity", path=TOWN, restricted_regions=[TOWN], valid_to=date(2026, 6, 1))
    world.stock("quilts", "charity", quantity=10, reserved_quantity=4, expires=date(2026, 5, 1))
    world.stock("none left", "charity", quantity=3, reserved_quantity=3)
    world.volunteer("v", licences=("NURSE",), skills=["COOKING", "CARE"])
    world.household("h", situations=["TEKUN"], longitude_deg=120.5, latitude_deg=31.8)
    world.resident("grandmother", "h")
    world.resident("child", "h", birth_date=date(2018, 3, 3))
    world.resident("elder child", "h", birth_date=date(2010, 1, 1))
    world.need(
        "n",
        slots=1,
        subject_id="h",
        with_child=True,
        situations=["DIBAO"],
        amount_fen=1_000,
        policy_aid_fen=300,
        insurance_fen=200,
        longitude_deg=None,
        latitude_deg=None,
    )
    world.need(
        "ward",
        kind="GOODS",
        subject_kind="INSTITUTION",
        subject_id="hospital",
        items=(("QUILT", 5),),
        longitude_deg=None,
        latitude_deg=None,
        partial_allowed=True,
    )
    for state in ("POSTED", "OFFERED", "CONFIRMED"):
        world.need(state, slots=1, state=state)
    world.need("protected", slots=1, category="CHILD_PROTECT")
    world.need("abroad", slots=1, path=f"{OTHER_CITY}310109009/")
    world.volunteer("stranger", path=f"{OTHER_CITY}310109009/")
    world.organisation("strange charity", path=OTHER_CITY)
    world.fund("strange fund", "strange charity", path=OTHER_CITY)


async def test_needs_take_part_with_what_is_known_of_their_subject(store):
    world = World()
    _city(world)
    await world.write(store)
    needs = (await _problem(store)).needs
    assert needs["need_id"].to_list() == ["n", "ward"]
    row, ward = needs.rows(named=True)
    assert row["situations"] == ["DIBAO", "TEKUN"]
    assert (row["longitude_deg"], row["latitude_deg"]) == (120.5, 31.8)
    assert (row["amount_fen"], row["gap_fen"]) == (1_000, 500)
    assert (row["child_age_y"], row["waiting_days"], row["urgency_points"]) == (7, 3, 2)
    assert row["community"] == TOWN
    assert (ward["subject_kind"], ward["longitude_deg"], ward["child_age_y"]) == ("INSTITUTION", 120.6, None)


async def test_supply_shows_what_is_free(store):
    world = World()
    _city(world)
    await world.write(store)
    problem = await _problem(store)
    funds = {row["fund_id"]: row for row in problem.funds.rows(named=True)}
    assert set(funds) == {"fund", "narrow"}
    assert (funds["fund"]["budget_fen"], funds["fund"]["categories"]) == (50, ["CARE", "ESCORT"])
    assert funds["narrow"]["to_day"] == (date(2026, 6, 1) - date(1970, 1, 1)).days
    (quilts,) = problem.stock.rows(named=True)
    assert (quilts["offer_id"], quilts["quantity"]) == ("quilts", 6)
    assert quilts["expiry_day"] == (date(2026, 5, 1) - date(1970, 1, 1)).days
    (person,) = problem.volunteers.rows(named=True)
    assert (person["volunteer_id"], person["skills"], person["active"]) == ("v", ["CARE", "COOKING"], True)
    assert problem.qualifications["licence"].to_list() == ["NURSE"]


async def test_a_citys_fund_serves_the_round_of_its_town_and_not_the_other_way_round(store):
    world = World()
    _city(world)
    world.fund("other town", "charity", path=f"{CITY}320582101/")
    await world.write(store)
    problem = await _problem(store, region=TOWN)
    assert problem.funds["fund_id"].to_list() == ["fund", "narrow"]


async def test_nothing_outside_the_scope_takes_part(store):
    world = World()
    _city(world)
    await world.write(store)
    with pytest.raises(NotFoundError):
        await _snapshot(store, actor=worker(path=OTHER_CITY))
    theirs = await _problem(store, region=OTHER_CITY, actor=worker(path=OTHER_CITY))
    assert theirs.needs["need_id"].to_list() == ["abroad"]
    assert theirs.volunteers["volunteer_id"].to_list() == ["stranger"]
    assert theirs.funds["fund_id"].to_list() == ["strange fund"]


async def test_an_empty_city_gives_an_empty_problem(store):
    problem = await _problem(store)
    assert problem.needs.is_empty()
    assert problem.volunteers.is_empty()


@pytest.mark.neo4j
async def test_ladybug_and_neo4j_give_the_same_digest(memory_store, neo4j_store):
    world = World()
    _city(world)
    digests = []
    for engine in (memory_store, neo4j_store):
        await world.write(engine)
        digests.append((await _problem(engine)).digest)
    assert digests[0] == digests[1]


async def test_a_relative_of_a_funds_manager_is_a_related_party(store):
    """Manager, sister, and her husband's employer's other employee: three steps; one more is too far."""
    world = World()
    world.organisation("charity")
    world.organisation("firm", kind="ENTERPRISE")
    world.fund("fund", "charity")
    for need_id in ("sister", "colleague", "far"):
        world.need(need_id, slots=1)
        world.resident(f"r-{need_id}", f"household-{need_id}")
    world.resident("manager", "elsewhere")
    world.join("MANAGES", ("Resident", "Organisation"), "manager", "charity")
    world.join("RELATED_TO", ("Resident", "Resident"), "r-sister", "manager", kinship="SIBLING")
    world.join("EMPLOYS", ("Organisation", "Resident"), "firm", "r-sister")
    world.join("EMPLOYS", ("Organisation", "Resident"), "firm", "r-colleague")
    world.join("RELATED_TO", ("Resident", "Resident"), "r-colleague", "r-far", kinship="PARENT")
    await world.write(store)
    related = (await _problem(store)).related_parties
    assert related.rows() == [
        ("fund", "colleague", "manager>r-sister>firm>r-colleague"),
        ("fund", "sister", "manager>r-sister"),
    ]


async def test_a_tie_that_is_over_joins_nobody(store):
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", manager_ids=["r-n"])
    world.need("n", slots=1)
    world.resident("r-n", "household-n")
    world.need("m", slots=1)
    world.resident("r-m", "household-m")
    world.join("RELATED_TO", ("Resident", "Resident"), "r-n", "r-m", valid_to=date(2025, 1, 1))
    await world.write(store)
    related = (await _problem(store)).related_parties
    assert related.rows() == [("fund", "n", "r-n")]


async def test_relatives_of_a_trusts_settlor_are_related_parties(store):
    world = World()
    world.organisation("charity")
    world.fund("trust", "charity", type="TRUST")
    world.fund("plain", "charity")
    world.need("n", slots=1)
    world.resident("r-n", "household-n")
    world.resident("settlor", "elsewhere")
    world.join("RELATED_TO", ("Resident", "Resident"), "r-n", "settlor", kinship="CHILD")
    for fund in ("trust", "plain"):
        world.donation(f"gift-{fund}", fund, donor_id="settlor")
    await world.write(store)
    related = (await _problem(store)).related_parties
    assert related.rows() == [("trust", "n", "settlor>r-n")]


_WEEKLY = st.builds(
    lambda day, start, length: (
        f"{day} {start // 60:02d}:{start % 60:02d}-"
        f"{min(1439, start + length) // 60:02d}:{min(1439, start + length) % 60:02d}"
    ),
    st.sampled_from(DAYS),
    st.integers(0, 1380),
    st.integers(1, 600),
)


@given(texts=st.lists(_WEEKLY, max_size=6), minute=st.integers(0, 7 * 24 * 60), days=st.integers(1, 15))
def test_weekly_times_cover_exactly_the_minutes_they_say(texts, minute, days):
    as_of = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minute)
    raw = pl.DataFrame(
        {"volunteer_id": ["v"], "availability": [texts]},
        schema={"volunteer_id": pl.String, "availability": pl.List(pl.String)},
    )
    shaped = shape_volunteer_windows(raw, as_of=as_of, horizon_days=days).sort("start_min")
    spans = list(shaped.select("start_min", "end_min").iter_rows())
    first, last = epoch_minute(as_of), epoch_minute(as_of + timedelta(days=days))
    assert all(start < end for start, end in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans)), "merged, disjoint"
    covered = {m for start, end in spans for m in range(start, end)}
    expected = set()
    for text in texts:
        weekly = WeeklyWindow.parse(text)
        for offset in range(-1, days + 2):
            window = weekly.on((as_of + timedelta(days=offset)).date())
            if window is not None:
                expected |= set(range(epoch_minute(window.start), epoch_minute(window.end)))
    assert covered == {m for m in expected if first <= m < last}


async def test_a_round_asks_nobody_who_is_no_volunteer_yet_and_plans_for_nobody_who_asked_not_to_be_asked(
    store,
):
    world = World()
    world.need("n", slots=1)
    for name, status in (("v", "ACTIVE"), ("invited", "DRAFT"), ("left alone", "ACTIVE")):
        world.volunteer(name, status=status, licences=("NURSE",))
    world.add("ContactPreference", id="left alone", channels=[], accepts_offers=False, version=1)
    await world.write(store)
    problem = await _problem(store)
    assert dict(problem.volunteers.select("volunteer_id", "active").iter_rows()) == {
        "v": True,
        "left alone": False,
    }
    assert "invited" not in problem.qualifications["volunteer_id"].to_list()


async def test_a_round_reads_who_is_paid_for_a_need(store):
    world = World()
    world.need("n", slots=1)
    paid = {
        "need_id": "n",
        "paid_by": "agency",
        "planned_min": 60,
        "minutes": 0,
        "region_path": CITY,
        "version": 1,
    }
    for key, person, state in (("a", "carer", "OPEN"), ("b", "carer", "DONE"), ("c", "other", "CANCELLED")):
        world.add("WorkOrder", id=key, worker_id=person, state=state, **paid)
    await world.write(store)
    assert (await _problem(store)).paid_work.rows() == [("n", "carer")]
