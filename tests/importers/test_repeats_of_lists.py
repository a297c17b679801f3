"""A list that is sent again: only what changed is read, and the report is as long as ever."""

from datetime import UTC, datetime

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from generator.city import generate_city
from generator.sizes import CitySize
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from importers.load import import_files, recognise
from importers.repeats import row_digests, series_of, without_repeats
from importers.tables import read_table

OFFICER = Actor(
    id="importer",
    name="importer",
    roles=frozenset({Role.IMPORTER}),
    scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION),
)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = Statement(
    "MATCH (n:DepartmentRecord) RETURN n.id AS id, n.amount_fen AS amount, n.name AS name ORDER BY id",
    Access.READ,
)


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(f"month{month}") for month in range(2)]
    return [
        (folder, generate_city(CitySize.S, 7, folder, fault_rate=0.05, month=month))
        for month, folder in enumerate(folders)
    ]


async def load(store, folder, summary):
    files = [folder / name for name in summary.files]
    return await import_files(store, OFFICER, files, clock=lambda: NOW, identity_key=b"k" * 32)


async def test_the_next_month_leaves_the_graph_that_it_alone_would_leave(months):
    async with open_ladybug() as both, open_ladybug() as fresh:
        await both.define()
        await fresh.define()
        for folder, summary in months:
            report = await load(both, folder, summary)
        alone = await load(fresh, *months[1])
        assert report.rows_read == alone.rows_read
        assert report.rows_refused == alone.rows_refused
        rows = [await store.read(lambda tx: tx.run(ROWS)) for store in (both, fresh)]
        assert rows[0] == rows[1]
        issues = [{(i.file, i.row, i.code) for i in each.issues} for each in (report, alone)]
        assert issues[0] == issues[1]


async def test_a_file_loaded_before_gives_the_report_it_gave_without_being_read(months):
    async with open_ladybug() as store:
        await store.define()
        first = await load(store, *months[0])
        again = await load(store, *months[0])
        assert all(file.duplicate for file in again.files)
        for figure in ("rows_read", "rows_loaded", "rows_refused", "rows_flagged", "issues_by_code"):
            assert again.to_json()[figure] == first.to_json()[figure], figure
        assert {name: count.unchanged for name, count in again.nodes.items()} == {
            name: count.created + count.changed + count.unchanged for name, count in first.nodes.items()
        }


def test_a_known_row_whose_key_stands_in_a_new_one_is_read_again(months):
    folder, _ = months[0]
    path = next(path for path in folder.iterdir() if "医疗自付" in path.name)
    ((sheet, match),) = recognise(path).matches
    table = read_table(sheet, match)
    assert series_of(sheet, match) is not None
    known = frozenset(row_digests(table)["digest"].to_list())
    assert without_repeats(table, known).table.frame.is_empty()
    keyed = frozenset(row_digests(table, b"k" * 32)["digest"].to_list())
    assert not keyed & known
    assert without_repeats(table, keyed, b"k" * 32).table.frame.is_empty()
    changed = table.with_rows(
        table.frame.head(1).with_columns(amount=table.frame["amount"].head(1) + "9").vstack(table.frame)
    )
    left = without_repeats(changed, known)
    assert left.table.frame["number"].n_unique() == 1
    assert left.table.frame.height == 2
    assert left.unchanged == table.frame.height - 1
