"""Goods from who gave them to a need and back: every unit is a line, and what is past its day goes to nobody."""

from datetime import date, timedelta

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError, TransitionError
from domain.funds import StockLineKind
from domain.giving import DonationKind, DonationSource, DonationState
from domain.needs import NeedState
from domain.rounds import ProposalKind
from graph.reads.needs import need_by_id
from graph.reads.proposals import ProposalFilter, page_of_proposals
from graph.reads.stock import lines_of_stock, page_of_stock
from graph.stock import reserve_goods
from locales import Locale
from tests.builders import NOW, World, officer, worker, workspace
from tests.workflows.rounds import REQUEST
from workflows.donations.goods import GivenItem, NewGoods, record_goods
from workflows.donations.posting import post_donation
from workflows.donations.receipts import issue_receipt, print_receipt
from workflows.donations.recording import Donor
from workflows.donations.returning import refund_donation
from workflows.donations.steps import GiftStep
from workflows.funds.stock import adjust_stock, return_goods, strike_expired
from workflows.needs.lifecycle import cancel_need
from workflows.people import clock_actor, matcher_actor
from workflows.rounds.proposals import accept_proposal, confirm_proposal
from workflows.rounds.running import publish_round, run_round

OFFICER = officer("charity")
OTHER = officer("charity", actor_id="other")
QUILTS = GivenItem(item="QUILT", unit="床", quantity=12, expires=date(2026, 6, 1))


def shelf() -> World:
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity")
    world.need("cold", items=(("QUILT", 5),), partial_allowed=True)
    return world


def goods(*items: GivenItem, **values) -> NewGoods:
    base = {"fund_id": "fund", "donor": Donor(name="爱心企业"), "items": items or (QUILTS,), "pickup": "超市"}
    return NewGoods(**{**base, **values})


async def opened(store, *, now=NOW):
    await shelf().write(store)
    return workspace(store, now=now)


async def stock(ws):
    return (await ws.store.read(lambda tx: page_of_stock(tx, OFFICER))).rows


async def lines(ws, stock_id):
    return (await ws.store.read(lambda tx: lines_of_stock(tx, OFFICER, [stock_id])))[stock_id]


async def offered(ws):
    """Lead the need for quilts to an accepted gift of them, and give its proposal."""
    row = (await run_round(ws, matcher_actor(), REQUEST)).round
    await publish_round(ws, worker(), row.id, expected_version=1, idempotency_key="publish")
    (proposal,) = await proposals(ws)
    return (await accept_proposal(ws, OFFICER, proposal.id, expected_version=proposal.version)).value


async def proposals(ws):
    found = await ws.store.read(lambda tx: page_of_proposals(tx, worker(), filter=ProposalFilter()))
    return [row for row in found.rows if row.kind is ProposalKind.GOODS]


async def test_a_gift_of_goods_stands_on_the_shelf_with_its_receipt_and_in_no_book(store):
    ws = await opened(store)
    rice = GivenItem(item="RICE", unit="袋", quantity=3, item_text="东北大米")
    new = goods(QUILTS, rice, value_fen=120_000)
    gift = (await record_goods(ws, OFFICER, new, idempotency_key="k")).value
    assert (await record_goods(ws, OFFICER, new, idempotency_key="k")).replayed
    assert (gift.kind, gift.state, gift.amount_fen) == (DonationKind.GOODS, DonationState.RECEIVED, 120_000)
    rows = {row.item: row for row in await stock(ws)}
    assert {item: (row.quantity, row.unit, row.donation_id) for item, row in rows.items()} == {
        "QUILT": (12, "床", gift.id),
        "RICE": (3, "袋", gift.id),
    }
    assert rows["QUILT"].expires == QUILTS.expires
    (first,) = await lines(ws, rows["QUILT"].id)
    assert (first.kind, first.quantity) == (StockLineKind.ADDED, 12)
    receipted = (await issue_receipt(ws, OFFICER, GiftStep(donation_id=gift.id))).value
    assert receipted.receipt_number
    printed = await print_receipt(ws, OFFICER, gift.id, address="https://zl.test", locale=Locale.ZH_CN)
    assert printed.pdf.startswith(b"%PDF")
    for step in (post_donation, lambda *asked: refund_donation(*asked, reason="no")):
        with pytest.raises(ConflictError):
            await step(ws, OTHER, GiftStep(donation_id=gift.id))


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": ()},
        {"items": (GivenItem(item="NOTHING", unit="x", quantity=1),)},
        {"items": (GivenItem(item="QUILT", unit="床", quantity=0),)},
        {"items": (GivenItem(item="QUILT", unit=" ", quantity=1),)},
        {"items": (QUILTS, GivenItem(item="QUILT", unit="床", quantity=1, expires=date(2026, 3, 2)))},
        {"value_fen": -1},
        {"given_on": date(2026, 3, 3)},
    ],
)
async def test_what_is_no_gift_of_goods_leaves_nothing_on_the_shelf(memory_store, wrong):
    ws = await opened(memory_store)
    with pytest.raises(InvalidInputError):
        await record_goods(ws, OFFICER, goods(**wrong))
    assert not await stock(ws)


async def test_a_form_for_the_public_takes_no_goods_for_a_charity_that_may_not_raise(memory_store):
    ws = await opened(memory_store)
    with pytest.raises(NotPermittedError) as refused:
        await record_goods(ws, OFFICER, goods(channel=DonationSource.ONLINE))
    assert refused.value.context["rule"] == "HC-21"


async def test_units_go_to_a_need_by_a_line_and_come_back_by_another(store):
    ws = await opened(store)
    await record_goods(ws, OFFICER, goods())
    proposal = await offered(ws)
    (row,) = await stock(ws)
    assert (row.quantity, row.reserved_quantity) == (12, 5)
    assert len(await lines(ws, row.id)) == 1  # nothing has left yet
    handed = await confirm_proposal(ws, worker(), proposal.id, expected_version=proposal.version)
    (_, issued) = sorted(await lines(ws, row.id), key=lambda line: line.kind)
    assert (issued.kind, issued.quantity, issued.need_id, issued.recorded_by) == (
        StockLineKind.ISSUED,
        -5,
        "cold",
        "worker",
    )
    (row,) = await stock(ws)
    assert (row.quantity, row.reserved_quantity) == (7, 0)
    with pytest.raises(NotFoundError):
        await return_goods(ws, officer("x"), proposal.id, expected_version=handed.version, reason="moved")
    back = (
        await return_goods(
            ws, OFFICER, proposal.id, expected_version=handed.version, reason="moved", idempotency_key="b"
        )
    ).value
    assert (back.quantity, back.reserved_quantity) == (12, 0)
    kept = await lines(ws, row.id)
    assert [line.kind for line in kept if line.quantity == 5] == [StockLineKind.RETURNED]
    assert sum(line.quantity for line in kept) == back.quantity
    (after,) = await proposals(ws)
    with pytest.raises(TransitionError):
        await return_goods(ws, OFFICER, proposal.id, expected_version=after.version, reason="again")


async def test_a_cancelled_need_leaves_its_goods_free_and_no_line(memory_store):
    ws = await opened(memory_store)
    await record_goods(ws, OFFICER, goods())
    await offered(ws)
    need = (await proposals(ws))[0].need_id
    version = await _version(ws, need)
    await cancel_need(ws, worker(), need, expected_version=version, reason="moved")
    (row,) = await stock(ws)
    assert (row.quantity, row.reserved_quantity, len(await lines(ws, row.id))) == (12, 0, 1)


async def _version(ws, need_id):
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))
    assert need.state is NeedState.ACCEPTED
    return need.version


@pytest.mark.parametrize("kind", [StockLineKind.ISSUED, StockLineKind.RETURNED])
async def test_nobody_writes_by_hand_that_goods_went_to_a_need(memory_store, kind):
    ws = await opened(memory_store)
    await record_goods(ws, OFFICER, goods())
    (row,) = await stock(ws)
    with pytest.raises(InvalidInputError):
        await adjust_stock(ws, OFFICER, row.id, kind=kind, change=1, reason="x")


async def test_what_is_past_its_day_is_written_off_once_but_for_what_is_promised(store):
    ws = await opened(store)
    await record_goods(ws, OFFICER, goods(QUILTS, GivenItem(item="RICE", unit="袋", quantity=3)))
    quilts = next(row for row in await stock(ws) if row.item == "QUILT")
    await ws.store.write(lambda tx: reserve_goods(tx, quilts.id, 2))
    assert await strike_expired(ws, clock_actor()) == 0
    late = workspace(ws.store, now=NOW + timedelta(days=120))
    assert await strike_expired(late, clock_actor()) == 10
    assert await strike_expired(late, clock_actor()) == 0
    (left,) = [row for row in await stock(late) if row.item == "QUILT"]
    assert (left.quantity, left.reserved_quantity) == (2, 2)
    struck = [line for line in await lines(late, left.id) if line.kind is StockLineKind.WRITTEN_OFF]
    assert [(line.quantity, line.reason, line.recorded_by) for line in struck] == [
        (-10, "expired", "system-clock")
    ]
    await ws.store.write(lambda tx: reserve_goods(tx, left.id, -2))
    assert await strike_expired(late, clock_actor()) == 2
    with pytest.raises(NotPermittedError):
        await strike_expired(late, OFFICER)
