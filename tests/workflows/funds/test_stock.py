"""Goods change by lines, and what is set aside for somebody is not taken."""

from datetime import date

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError
from domain.funds import StockLineKind
from graph.reads.stock import StockFilter, lines_of_stock, page_of_stock
from graph.stock import reserve_goods
from tests.workflows.funds.charity import OFFICER, STRANGER, TODAY, a_charity
from workflows.funds.stock import NewStock, add_stock, adjust_stock


def some(**values) -> NewStock:
    base = {
        "organisation_id": "charity",
        "item": "QUILT",
        "unit": "床",
        "quantity": 10,
        "expires": date(2026, 6, 1),
        "pickup": "慈善超市一店",
    }
    return NewStock(**{**base, **values})


async def test_goods_are_added_counted_and_written_off_by_lines(store):
    ws = await a_charity(store)
    row = (await add_stock(ws, OFFICER, some(), idempotency_key="k")).value
    assert (row.quantity, row.pickup, row.reserved_quantity) == (10, "慈善超市一店", 0)
    assert (await add_stock(ws, OFFICER, some(), idempotency_key="k")).replayed
    await store.write(lambda tx: reserve_goods(tx, row.id, 4))
    for kind, change in (
        (StockLineKind.COUNTED, -1),
        (StockLineKind.WRITTEN_OFF, -2),
        (StockLineKind.TAKEN_BACK, 1),
    ):
        row = (await adjust_stock(ws, OFFICER, row.id, kind=kind, change=change, reason="盘点")).value
    assert (row.quantity, row.reserved_quantity, row.free_quantity) == (8, 4, 4)
    with pytest.raises(ConflictError) as refused:
        await adjust_stock(ws, OFFICER, row.id, kind=StockLineKind.WRITTEN_OFF, change=-5, reason="过期")
    assert (refused.value.context["asked"], refused.value.context["free"]) == (5, 4)
    lines = (await store.read(lambda tx: lines_of_stock(tx, OFFICER, [row.id])))[row.id]
    assert sum(line.quantity for line in lines) == row.quantity
    assert {line.kind for line in lines} == set(StockLineKind) - {
        StockLineKind.ISSUED,
        StockLineKind.RETURNED,
    }


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (StockLineKind.ADDED, -1),
        (StockLineKind.TAKEN_BACK, -1),
        (StockLineKind.WRITTEN_OFF, 1),
        (StockLineKind.COUNTED, 0),
    ],
)
async def test_a_line_changes_what_its_kind_says(memory_store, kind, change):
    ws = await a_charity(memory_store)
    row = (await add_stock(ws, OFFICER, some())).value
    with pytest.raises(InvalidInputError):
        await adjust_stock(ws, OFFICER, row.id, kind=kind, change=change, reason="盘点")


@pytest.mark.parametrize(
    "values", [{"item": "NO_SUCH"}, {"unit": " "}, {"quantity": 0}, {"quantity": -1}, {"expires": TODAY}]
)
async def test_goods_that_nobody_could_use_are_refused(memory_store, values):
    ws = await a_charity(memory_store)
    with pytest.raises(InvalidInputError):
        await add_stock(ws, OFFICER, some(**values))


async def test_only_its_keepers_change_a_stock(memory_store):
    ws = await a_charity(memory_store)
    row = (await add_stock(ws, OFFICER, some())).value
    with pytest.raises(NotFoundError):
        await adjust_stock(ws, STRANGER, row.id, kind=StockLineKind.COUNTED, change=1, reason="盘点")
    with pytest.raises(NotFoundError):
        await add_stock(ws, STRANGER, some())


async def test_what_expires_soon_is_listed(store):
    ws = await a_charity(store)
    for expires in (date(2026, 4, 1), date(2026, 6, 1), None):
        await add_stock(ws, OFFICER, some(expires=expires))

    async def expiring(day, actor=OFFICER):
        page = await store.read(
            lambda tx: page_of_stock(tx, actor, filter=StockFilter(expiring_by=day), with_total=True)
        )
        return [row.expires for row in page.rows]

    assert await expiring(date(2026, 3, 31)) == []
    assert await expiring(date(2026, 4, 1)) == [date(2026, 4, 1)]
    assert sorted(await expiring(date(2027, 1, 1))) == [date(2026, 4, 1), date(2026, 6, 1)]
    assert await expiring(date(2027, 1, 1), STRANGER) == []
