"""What a round reads of books, the age of their money, who gave it, and charities' years; and what it writes down."""

from dataclasses import replace
from datetime import date

import polars as pl

from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.rounds import ProposalKind
from graph.ledger.posting import post
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, World, officer, worker, workspace
from tests.workflows.allocations.gifts import given
from tests.workflows.rounds import REQUEST, proposals_seen
from workflows.people import matcher_actor
from workflows.rounds.running import publish_round, run_round
from workflows.rounds.snapshot import build_problem

EPOCH = date(1970, 1, 1)


def _day(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - EPOCH).days


def _world() -> World:
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity", received_fen=1_000, spent_fen=300, categories=["LIVING_AID", "CARE"],
               valid_to=date(2027, 1, 1), case_cap_fen=900)  # fmt: skip
    for key, day, fen in (("old", date(2025, 5, 1), 400), ("new", date(2026, 2, 1), 500)):
        world.donation(key, "fund", donor_id=f"giver of {key}", kind="CASH", amount_fen=fen, given_on=day)
    world.fund("closing", "charity", state="WINDING_UP")
    world.fund("elsewhere", "charity", path=OTHER_CITY)
    world.add("Earmark", id="meals", fund_id="fund", kind="DONOR", name="助餐", region_path=TOWN, version=1,
              categories=["LIVING_AID"], situations=[], restricted_regions=[TOWN], valid_to=date(2026, 12, 1),
              beneficiary_scope="HOUSEHOLDS")  # fmt: skip
    world.household("home")
    world.resident("member", "home")
    world.resident("giver of old", "elsewhere")
    world.join("RELATED_TO", ("Resident", "Resident"), "giver of old", "member")
    world.need("need", kind="CASH", subject_id="home", amount_fen=700)
    world.add("CharityYear", id="charity:2026", organisation_id="charity", year=2026, payout_floor_fen=5_000,
              management_ceiling_fen=800, region_path=CITY, version=1)  # fmt: skip
    for key, cost_class, fen, state in (
        ("rent", "MANAGEMENT", 30, "POSTED"),
        ("cover", "VOLUNTEER_INSURANCE", 7, "POSTED"),
        ("draft", "MANAGEMENT", 900, "RECORDED"),
    ):
        world.add("Expense", id=key, organisation_id="charity", fund_id="fund", cost_class=cost_class,
                  amount_fen=fen, spent_on=date(2026, 1, 5), state=state, region_path=CITY, version=1)  # fmt: skip
    return world


async def _opened(store, *, second_fen: int = 0):
    world = _world()
    if second_fen:
        world.need("second", kind="CASH", subject_id="home", amount_fen=second_fen)
    await world.write(store)
    ws = workspace(store)
    gift = FundPosting(
        fund_id="fund",
        earmark_id="meals",
        kind=FundEntryKind.RECEIVE,
        amount_fen=250,
        source_kind=EntrySource.DONATION,
        source_id="meals",
    )
    await UnitOfWork(ws.store, ws.clock).run(officer("charity"), lambda tx: post(tx, [gift]))
    return ws


async def _problem(ws):
    found = await ws.store.read(
        lambda tx: build_problem(tx, worker(), region_path=CITY, as_of=NOW, horizon_days=7)
    )
    return found.problem


async def _own_age(ws):
    return (await _problem(ws)).funds.filter(pl.col("earmark_id").is_null())["received_day"].item()


async def test_a_round_sees_each_book_with_its_own_money_and_the_purpose_that_fund_and_earmark_allow(store):
    problem = await _problem(await _opened(store))
    own, meals = problem.funds.sort("earmark_id", nulls_last=False).to_dicts()
    assert (own["fund_id"], own["earmark_id"], own["budget_fen"]) == ("fund", None, 700)
    assert own["case_cap_fen"] == 900
    # 100 fen came from nobody known and went first, then 200 of the old gift
    assert own["received_day"] == _day(2025, 5, 1)
    assert (meals["earmark_id"], meals["budget_fen"], meals["received_day"]) == ("meals", 250, None)
    assert (meals["categories"], meals["region_paths"]) == (["LIVING_AID"], [TOWN])
    assert (meals["to_day"], meals["case_cap_fen"]) == (_day(2026, 12, 1), 900)
    assert (meals["beneficiary_scope"], meals["organisation_id"]) == ("HOUSEHOLDS", "charity")


async def test_the_oldest_money_of_a_book_goes_out_first(store):
    ws = await _opened(store)
    await given(
        ws, 150, actor=officer("charity", actor_id="asker")
    )  # of the 200 that are left of the old gift
    assert await _own_age(ws) == _day(2025, 5, 1)
    await given(ws, 50, actor=officer("charity", actor_id="asker"))
    assert await _own_age(ws) == _day(2026, 2, 1)


async def test_a_charitys_year_counts_what_was_promised_and_spent_in_it(store):
    ws = await _opened(store)
    (year,) = (await _problem(ws)).charity_years.to_dicts()
    assert year == {
        "organisation_id": "charity",
        "year": 2026,
        "payout_floor_fen": 5_000,
        "paid_fen": 7,
        "management_ceiling_fen": 800,
        "management_fen": 30,
    }
    await given(ws, 150, actor=officer("charity", actor_id="asker"))
    (year,) = (await _problem(ws)).charity_years.to_dicts()
    assert year["paid_fen"] == 157


async def test_what_a_household_got_by_hand_counts_under_the_ceiling_of_a_round(store):
    ws = await _opened(store, second_fen=100)
    await given(ws, 150, actor=officer("charity", actor_id="asker"))
    problem = await _problem(ws)
    assert problem.subjects_paid.to_dicts() == [{"subject_id": "home", "kind": "CASH", "paid_fen": 150}]


async def test_a_round_pays_from_both_books_and_marks_the_gift_to_a_givers_kin(store):
    ws = await _opened(store)
    outcome = await run_round(ws, matcher_actor(CITY), replace(REQUEST, region_path=CITY, as_of=NOW))
    paid = {gift.book_id: (gift.amount_fen, gift.review_path) for gift in outcome.plan.money}
    assert paid == {"fund": (450, "giver of old>member"), "fund#meals": (250, "giver of old>member")}
    (year,) = outcome.plan.charity_years
    assert (year.planned_fen, year.missing_fen) == (700, 5_000 - 7 - 700)
    (told,) = outcome.round.summary["charity_years"]
    assert told["missing_fen"] == year.missing_fen
    assert outcome.round.summary["review"] == 2
    await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    seen = await proposals_seen(ws, kinds=(ProposalKind.MONEY,))
    assert {(line.earmark_id, line.amount_fen, line.review_path) for line in seen} == {
        (None, 450, "giver of old>member"),
        ("meals", 250, "giver of old>member"),
    }
