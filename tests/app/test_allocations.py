"""Lists of money on its way, and the job that gives free what was kept too long, on the command line."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.cli import main
from app.container import now, workspace
from app.settings import Settings
from tests.builders import worker
from tests.workflows.allocations.gifts import given, town
from workflows.allocations.allocating import NewAllocation, pay_first

LONG_AGO = timedelta(days=40)


@pytest.fixture
def zhulian(monkeypatch, capsys, tmp_path):
    """Runs the command in this process; gives its status and what it wrote."""
    monkeypatch.setenv("ZHULIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ZHULIAN_LANG", "en")
    monkeypatch.delenv("NEO4J_URI", raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["zhulian", "allocations", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


async def _given() -> None:
    """Money that was set aside, and money that was paid first, forty days ago."""
    async with workspace(Settings.load()) as ws:
        await town().write(ws.store)
        then = replace(ws, clock=lambda: now() - LONG_AGO)
        await given(then, 20_000)
        new = NewAllocation(need_id="posted", fund_id="imprest", amount_fen=10_000)
        await pay_first(then, worker(), new, expected_version=1, payment_reference="cash 1")


def test_what_is_late_is_listed_and_what_was_kept_too_long_is_free_again(zhulian):
    def told(*arguments: str) -> tuple[int, dict]:
        status, out = zhulian(*arguments, "--json")
        return status, json.loads(out.splitlines()[-1])

    assert told("list") == (0, {"allocations": []})
    assert told("overdue") == (0, {"allocations": []})
    asyncio.run(_given())
    status, listed = told("list", "--fund", "fund")
    assert (status, [each["amount_fen"] for each in listed["allocations"]]) == (0, [20_000])
    status, late = told("overdue")
    assert (status, [each["fund_id"] for each in late["allocations"]]) == (1, ["imprest"])
    assert told("tick") == (0, {"allocations_released": 1, "allocations_waiting": 0})
    assert told("tick") == (0, {"allocations_released": 0, "allocations_waiting": 0})
    status, listed = told("list", "--state", "RELEASED", "--need", "need")
    assert [each["fund_id"] for each in listed["allocations"]] == ["fund"]
    assert told("list", "--region", "/NBS/31/") == (0, {"allocations": []})
    status, out = zhulian("list")
    assert status == 0
    assert "Released" in out
    assert "100.00" in out
