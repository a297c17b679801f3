"""Masks of an earlier release are sealed from the command line, and commands show what they show."""

import asyncio
import json

import pytest
from python_calamine import CalamineWorkbook

from app.commands.common import settings_of
from app.container import workspace
from graph.ports import Access, Statement
from tests.app.test_hours_commands import zhulian
from tests.builders import CITY, NOW, World

__all__ = ["zhulian"]

MASK, OTHER = "320***********1234", "320***********1226"
STORED = Statement(
    "MATCH (n:CompareLine) MATCH (r:Resident) RETURN n.changes AS changes, r.id_number_mask AS mask",
    Access.READ,
)


@pytest.fixture
def installation(zhulian, tmp_path):
    world = World()
    world.region()
    world.household("home")
    world.resident("r", "home", id_number_mask=MASK, id_number_hash="ab" * 32)
    world.add(
        "CompareRun", id="CompareRun:1", rules="r", about="Resident", title="t", after_file="f", counts="{}",
        compared_on=NOW.date(), at=NOW, region_path=CITY,
    )  # fmt: skip
    changes = [{"field": "id_number", "before": MASK, "after": OTHER}]
    world.add(
        "CompareLine", id="line", run_id="CompareRun:1", kind="CHANGED", person_id="r", region_path=CITY,
        changes=json.dumps(changes),
    )  # fmt: skip
    settings = settings_of(tmp_path / "var")

    async def write() -> None:
        async with workspace(settings) as ws:
            await world.write(ws.store)

    async def stored() -> str:
        async with workspace(settings) as ws:
            return str(await ws.store.read(lambda tx: tx.run(STORED)))

    asyncio.run(write())
    return lambda: asyncio.run(stored())


def test_old_masks_are_sealed_once_and_shown_as_before(zhulian, installation, tmp_path):
    shown = zhulian("compare", "show", "1", "--json")
    assert shown[1]["lines"][0]["changes"] == [{"field": "id_number", "before": MASK, "after": OTHER}]
    status, told = zhulian("protection", "seal-masks", "--json")
    assert (status, sum(told["sealed"].values())) == (0, 2)
    assert "*" not in installation()
    assert zhulian("compare", "show", "1", "--json") == shown
    assert sum(zhulian("protection", "seal-masks", "--json")[1]["sealed"].values()) == 0
    zhulian("compare", "show", "1", "--out", str(tmp_path / "lines.xlsx"), "--json")
    cells = str(CalamineWorkbook.from_path(tmp_path / "lines.xlsx").get_sheet_by_index(0).to_python())
    assert cells.count(MASK) == 2
    assert OTHER in cells
