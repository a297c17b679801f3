"""A bank's list marks pledges as received, once; and what came with other books is not counted a second time."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import ConflictError, InvalidInputError
from domain.giving import DonationState
from domain.ledger import FundAccount
from domain.purposes import Purpose
from graph.ledger.balances import book_balances
from graph.ledger.proof import prove
from graph.reads.donations import DonationFilter, compared_donations, donation_by_id
from importers.gift_lists import GiftRow, GiftSheet
from tests.builders import workspace
from tests.workflows.donations.conftest import OFFICER, OTHER, charity, gift
from workflows.donations.pledges import PledgeReport, receive_pledges
from workflows.donations.posting import NewEarmark, Placing, post_donation
from workflows.donations.reconciling import KeptGift, MatchedBy, Reconciliation, reconcile
from workflows.donations.recording import Donor, cancel_pledge, pledge_donation
from workflows.donations.returning import refund_donation
from workflows.donations.steps import GiftStep


def row(number: int, donor: str, fen: int, day: date | None = date(2026, 2, 27), **values) -> GiftRow:
    base = GiftRow(
        gift_id=f"list:{number}",
        file="bank.xlsx",
        sheet="2月",
        row=number,
        donor_name=donor,
        passed_on_for=None,
        amount_fen=fen,
        given_on=day,
        reference=f"B{number}",
    )
    return replace(base, **values)


async def compared(ws, *rows: GiftRow) -> Reconciliation:
    frame = await ws.store.read(lambda tx: compared_donations(tx, OFFICER, filter=DonationFilter()))
    kept = [
        KeptGift(
            id=each["id"],
            donor_name=each["donor_name"],
            passed_on_for=each["passed_on_for"],
            amount_fen=each["amount_fen"],
            given_on=each["given_on"],
            reference=each["reference"],
            state=DonationState(each["state"]),
        )
        for each in frame.iter_rows(named=True)
    ]
    stated = {"rows_stated": None, "fen_stated": None}
    sheet = GiftSheet(file="bank.xlsx", sheet="2月", rows=tuple(rows), refused=(), **stated)
    return reconcile([sheet], kept, window_days=7)


async def pledged(ws, donor: str, fen: int, **values):
    new = gift(fen, donor=Donor(name=donor), given_on=date(2026, 2, 26), **values)
    return (await pledge_donation(ws, OFFICER, new)).value


async def now(ws, donation_id):
    return await ws.store.read(lambda tx: donation_by_id(tx, OFFICER, donation_id))


async def test_a_pledge_that_the_bank_shows_is_received_with_its_row_and_once(ws):
    named = await pledged(ws, "张三", 5_000)
    unnumbered = await pledged(ws, "李四", 7_000)
    absent = await pledged(ws, "王五", 9_000)
    rows = (row(1, "张三", 5_000), row(2, "李四", 7_000, reference=None))
    report = await receive_pledges(ws, OFFICER, await compared(ws, *rows))
    assert report.received == (named.id, unnumbered.id)
    came = await now(ws, named.id)
    assert (came.state, came.reference, came.given_on) == (DonationState.RECEIVED, "B1", date(2026, 2, 27))
    assert (await now(ws, unnumbered.id)).reference == "bank.xlsx 2月 2"
    assert (await now(ws, absent.id)).state is DonationState.PLEDGED
    again = await receive_pledges(ws, OFFICER, await compared(ws, *rows))
    assert again == PledgeReport()


async def test_a_list_that_was_handed_in_twice_at_once_takes_nothing_down_twice(ws):
    one = await pledged(ws, "张三", 5_000)
    found = await compared(ws, row(1, "张三", 5_000))
    first = await receive_pledges(ws, OFFICER, found)
    second = await receive_pledges(ws, OFFICER, found)
    assert first == second
    assert (await now(ws, one.id)).version == 2


async def test_pledges_that_fit_a_row_alike_are_left_to_a_person(ws):
    pair = [await pledged(ws, "张三", 5_000) for _ in range(2)]
    found = await compared(ws, row(1, "张三", 5_000))
    report = await receive_pledges(ws, OFFICER, found)
    assert not report.received
    assert set(report.doubtful) <= {each.id for each in pair}
    assert len(report.doubtful) == 1


async def test_several_pledges_that_one_payment_kept_are_each_received_as_promised(ws):
    parts = [await pledged(ws, "张三", fen) for fen in (3_000, 4_000)]
    found = await compared(ws, row(1, "张三", 7_000))
    assert [match.by for match in found.matches] == [MatchedBy.SUM]
    report = await receive_pledges(ws, OFFICER, found)
    assert set(report.received) == {each.id for each in parts}
    assert [(await now(ws, each.id)).amount_fen for each in parts] == [3_000, 4_000]


async def test_a_pledge_that_was_cancelled_meanwhile_is_told_of_and_left(ws):
    one = await pledged(ws, "张三", 5_000)
    found = await compared(ws, row(1, "张三", 5_000))
    await cancel_pledge(ws, OFFICER, GiftStep(donation_id=one.id), reason="不捐了")
    report = await receive_pledges(ws, OFFICER, found)
    assert (report.received, report.changed) == ((), (one.id,))


async def imported(store):
    """A charity whose fund was opened with 10,000 fen, of which two gifts stood in a book of another system."""
    world = charity()
    for fund in world.rows["Fund"]:
        if fund["id"] == "general":
            fund["received_fen"] = 10_000
    for key, state, fen in (("posted", "POSTED", 3_000), ("receipted", "RECEIPTED", 2_000)):
        source = {"source_id": "city.xlsx", "source_row": 1, "version": 1, "donor_kind": "PERSON"}
        world.donation(key, "general", donor_id="somebody", state=state, amount_fen=fen, **source)
    world.donation("large", "general", donor_id="x", state="RECEIPTED", amount_fen=7_001,
                   source_id="city.xlsx", version=1, donor_kind="PERSON")  # fmt: skip
    await world.write(store)
    return workspace(store)


async def book(ws):
    held = await ws.store.read(lambda tx: book_balances(tx, ["general"]))
    return held["general", None][FundAccount.AVAILABLE]


async def test_a_gift_that_the_opening_sum_may_hold_is_not_posted_unasked(store):
    ws = await imported(store)
    step = GiftStep(donation_id="receipted")
    with pytest.raises(ConflictError) as refused:
        await post_donation(ws, OFFICER, step)
    assert refused.value.context["opened_fen"] == 7_000
    assert await book(ws) == 10_000
    done = (await post_donation(ws, OFFICER, step, Placing(in_opening=True))).value
    assert (done.state, done.posting_ids) == (DonationState.POSTED, ())
    assert await book(ws) == 10_000
    assert (await prove(ws.store)).holds
    await refund_donation(ws, OTHER, GiftStep(donation_id="receipted"), reason="asked for")
    assert await book(ws) == 8_000


async def test_a_gift_that_the_opening_sum_left_out_is_posted_when_somebody_says_so(memory_store):
    ws = await imported(memory_store)
    step = GiftStep(donation_id="receipted")
    done = (await post_donation(ws, OFFICER, step, Placing(in_opening=False))).value
    assert len(done.posting_ids) == 1
    assert await book(ws) == 12_000


async def test_what_no_opening_sum_can_hold_is_posted_as_ever(memory_store):
    ws = await imported(memory_store)
    with pytest.raises(InvalidInputError):
        await post_donation(ws, OFFICER, GiftStep(donation_id="large"), Placing(in_opening=True))
    await post_donation(ws, OFFICER, GiftStep(donation_id="large"))
    assert await book(ws) == 17_001


async def test_what_is_in_the_opening_sum_is_not_set_apart(memory_store):
    ws = await imported(memory_store)
    apart = Placing(in_opening=True, earmark=NewEarmark(name="助餐", purpose=Purpose()))
    with pytest.raises(InvalidInputError):
        await post_donation(ws, OFFICER, GiftStep(donation_id="receipted"), apart)
