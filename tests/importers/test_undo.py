"""A batch taken back leaves the graph as it was, but for what others have come to depend on."""

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import NotFoundError, NotPermittedError
from graph.engines.ladybug import open_ladybug
from graph.imports import BatchState
from graph.ports import Access, Statement
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES
from importers.load import import_files
from importers.undo import KeptFor, own_batches, undo_batch
from tests.importers.conftest import KEY, importer

BOOKS = {"ImportBatch", "SourceTable", "ImportChange", "AuditHead", "AuditEntry", "SchemaMigration", "Lease"}
HOMES = ["家庭编号", "所属区划代码", "困难类型"]
PEOPLE = ["人员编号", "家庭编号", "姓名", "公民身份号码", "现住区划代码", "人员类别"]
ENTRIES = Statement("MATCH (e:AuditEntry) RETURN e.operation AS operation ORDER BY e.id", Access.READ)


_seconds = itertools.count()


def clock():
    """Give a later moment at each look: which of two batches came later is read from it."""
    return datetime(2026, 3, 2, 1, tzinfo=UTC) + timedelta(seconds=next(_seconds))


def table(path, header, rows, note=""):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows, *([[f"备注：{note}"]] if note else [])])
    path.write_text(text.getvalue(), "utf-8")
    return path


def homes(path, *rows, note=""):
    return table(path / "家庭台账.csv", HOMES, rows, note)


def people(path, *rows, note=""):
    return table(path / "常住人口.csv", PEOPLE, rows, note)


async def load(store, path, actor=None, **options):
    return await import_files(store, actor or importer(), [path], clock=clock, identity_key=KEY, **options)


async def facts(store):
    """All that files and people say, without how often a row was written."""
    found = {}
    for node in NODE_TYPES:
        if node.label not in BOOKS:
            async for frame in store.stream_nodes(node):
                for row in frame.drop("version", strict=False).iter_rows(named=True):
                    found[node.label, row["id"]] = row
    for kind in RELATIONSHIP_TYPES:
        for pair in kind.pairs:
            async for frame in store.stream_relationships(kind, pair):
                for row in frame.iter_rows(named=True):
                    found[kind.name, pair, row["from_id"], row["to_id"]] = row
    return found


def batch_of(report):
    return report.files[0].batch_id


H1, H2 = ["H1", "320582100000", "低保"], ["H2", "320582100000", "特困"]
R1 = ["R1", "H1", "王甲", "", "320582100000", "低保"]


async def test_what_a_batch_created_goes_and_its_books_stay(tmp_path, store):
    empty = await facts(store)
    report = await load(store, homes(tmp_path, H1, H2), mapping="city_households")
    undone = await undo_batch(store, importer(), batch_of(report), clock=clock)
    assert await facts(store) == empty
    assert undone.state is BatchState.UNDONE
    assert undone.removed["Household"] == 2
    (batch,) = await own_batches(store, importer())
    assert (batch.state, batch.undone_by) == (BatchState.UNDONE, "importer-1")
    assert batch.report["rows_read"] == 2
    operations = [row["operation"] for row in await store.read(lambda tx: tx.run(ENTRIES))]
    assert operations == ["import.load", "import.undo_part", "import.undo"]


async def test_taking_back_twice_is_once_and_the_same_file_can_come_again(tmp_path, store):
    path = homes(tmp_path, H1, H2)
    report = await load(store, path, mapping="city_households")
    before = (await facts(store)).keys()
    await undo_batch(store, importer(), batch_of(report), clock=clock)
    entries = len(await store.read(lambda tx: tx.run(ENTRIES)))
    again = await undo_batch(store, importer(), batch_of(report), clock=clock)
    assert again.changes_nothing
    assert len(await store.read(lambda tx: tx.run(ENTRIES))) == entries
    anew = await load(store, path, mapping="city_households")
    assert not anew.files[0].duplicate
    assert (await facts(store)).keys() == before


async def test_what_a_batch_changed_returns_to_what_it_was(tmp_path, store):
    await load(store, homes(tmp_path, H1, H2), mapping="city_households")
    before = await facts(store)
    second = await load(
        store, homes(tmp_path, H1, ["H2", "320582101000", "低保、特困"]), mapping="city_households"
    )
    assert second.nodes["Household"].to_json() == {"created": 0, "changed": 1, "unchanged": 1, "refused": 0}
    assert await facts(store) != before
    undone = await undo_batch(store, importer(), batch_of(second), clock=clock)
    assert undone.restored["Household"] == 1
    assert await facts(store) == before


async def test_what_others_depend_on_stays_and_is_said(tmp_path, store):
    first = await load(store, homes(tmp_path, H1, H2), mapping="city_households")
    await load(store, people(tmp_path, R1), mapping="city_residents")
    undone = await undo_batch(store, importer(), batch_of(first), clock=clock)
    assert undone.state is BatchState.PARTLY_UNDONE
    assert [(one.label, one.reason, one.by) for one in undone.kept] == [
        ("Household", KeptFor.USED, "Resident")
    ]
    assert undone.removed["Household"] == 1
    (people_batch,) = [b for b in await own_batches(store, importer()) if b.mapping == "city_residents"]
    await undo_batch(store, importer(), people_batch.id, clock=clock)
    assert (await undo_batch(store, importer(), batch_of(first), clock=clock)).removed["Household"] == 1
    assert await facts(store) == {}


async def test_what_another_file_says_too_stays(tmp_path, store):
    first = await load(store, homes(tmp_path, H1, H2), mapping="city_households")
    await load(store, homes(tmp_path, H1, note="二月"), mapping="city_households")
    undone = await undo_batch(store, importer(), batch_of(first), clock=clock)
    (kept,) = undone.kept
    assert kept.reason is KeptFor.SAID_BY_ANOTHER_FILE


async def test_a_middle_batch_taken_back_is_not_brought_back_by_the_last(tmp_path, store):
    reports = []
    for word in ("低保", "特困", "低保、特困"):
        reports.append(
            await load(store, homes(tmp_path, ["H1", "320582100000", word]), mapping="city_households")
        )
        if word == "低保":
            first = await facts(store)
    await undo_batch(store, importer(), batch_of(reports[1]), clock=clock)
    await undo_batch(store, importer(), batch_of(reports[2]), clock=clock)
    assert await facts(store) == first


async def test_a_dry_run_shows_what_was_and_what_would_be_and_changes_nothing(tmp_path, memory_store):
    store = memory_store
    await load(store, homes(tmp_path, H1, H2), mapping="city_households")
    before = await facts(store)
    report = await load(
        store, homes(tmp_path, H1, ["H2", "320582100000", "低保"], ["H3", "320582100000", ""]),
        mapping="city_households", dry_run=True,
    )  # fmt: skip
    assert await facts(store) == before
    changed = [sample for sample in report.samples if not sample.created]
    assert [(s.label, s.fields) for s in changed] == [("Household", (("situations", ["TEKUN"], ["DIBAO"]),))]
    assert {s.label for s in report.samples if s.created} == {"Household"}
    undone = await undo_batch(
        store, importer(), (await own_batches(store, importer()))[0].id, clock=clock, dry_run=True
    )
    assert undone.removed["Household"] == 2
    assert await facts(store) == before


async def test_only_who_loaded_a_batch_or_acts_for_all_may_take_it_back(tmp_path, memory_store):
    store = memory_store
    report = await load(store, homes(tmp_path, H1), mapping="city_households")
    other = Actor(
        id="other", name="Other", roles=frozenset({Role.IMPORTER}),
        scope=Scope(region_paths=("/32/",), purpose=Purpose.OPERATION),
    )  # fmt: skip
    with pytest.raises(NotPermittedError):
        await undo_batch(store, other, batch_of(report), clock=clock)
    with pytest.raises(NotFoundError):
        await undo_batch(store, importer(), "no such batch", clock=clock)
    assert await own_batches(store, other) == []


words = st.sampled_from(["", "低保", "特困", "低保、特困"])
lists = st.dictionaries(st.sampled_from(["H1", "H2", "H3"]), words, min_size=1)


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(lists, min_size=1, max_size=4), st.data())
async def test_batches_taken_back_in_any_order_leave_nothing(tmp_path, files, data):
    async with open_ladybug() as store:
        await store.define()
        states, reports = [await facts(store)], []
        for number, homes_of in enumerate(files):
            rows = [[key, "320582100000", word] for key, word in homes_of.items()]
            path = homes(tmp_path, *rows, note=str(number))
            reports.append(await load(store, path, mapping="city_households"))
            states.append(await facts(store))
        last = await undo_batch(store, importer(), batch_of(reports[-1]), clock=clock)
        assert last.kept == []
        assert await facts(store) == states[-2]
        order = data.draw(st.permutations(range(len(reports) - 1)))
        for _ in range(len(reports)):  # what one keeps for another goes when the other has gone
            for i in order:
                await undo_batch(store, importer(), batch_of(reports[i]), clock=clock)
        assert await facts(store) == states[0]


async def test_a_fund_and_its_gifts_go_with_the_books_that_the_load_opened(tmp_path, store):
    empty = await facts(store)
    path = tmp_path / "银行账户.csv"
    path.write_text("捐赠人,金额\n甲有限公司,10.00\n共计1人次,总金额10.00\n", "utf-8")
    report = await load(store, path)
    assert len(await facts(store)) > 4
    undone = await undo_batch(store, importer(), batch_of(report), clock=clock)
    assert undone.kept == []
    assert await facts(store) == empty


async def test_hours_that_a_load_opened_go_with_their_volunteer(tmp_path, store):
    path = tmp_path / "志愿者台账.csv"
    path.write_text(
        "志愿者编号,姓名,常住区划代码,状态,累计服务时长（分钟）\nV1,王甲,320582100000,在册,120\n", "utf-8"
    )
    report = await load(store, path, mapping="city_volunteers")
    assert ("HoursEntry" in {key[0] for key in await facts(store)}) == (
        "verified_minutes" in str(report.samples)
    )
    undone = await undo_batch(store, importer(), batch_of(report), clock=clock)
    assert undone.kept == []
    assert await facts(store) == {}
