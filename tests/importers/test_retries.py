"""A store may attempt a transaction again; what an attempt told must not be told twice."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from graph.ports import WriteTransaction
from importers.load import import_files
from tests.importers.conftest import KEY, clock, importer


class _Again:
    """The real store, whose transactions fail once at their end and are attempted again."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, work: Callable[[WriteTransaction], Awaitable[Any]]) -> Any:
        async def twice(tx: WriteTransaction) -> Any:
            with contextlib.suppress(Exception):  # whatever ended the first attempt, a second follows
                await work(tx)
            return await work(tx)

        return await self._store.write(twice)


async def test_a_dry_run_attempted_twice_reports_each_file_once(tmp_path, memory):
    path = tmp_path / "银行账户.csv"
    path.write_text("捐赠人,金额\n甲有限公司,10.00\n共计1人次,总金额10.00\n", "utf-8")
    report = await import_files(
        _Again(memory), importer(), [path], dry_run=True, clock=clock, identity_key=KEY
    )
    assert report.dry_run
    assert len(report.files) == 1
    assert report.rows_read == 1
    assert len(report.totals) == 2
