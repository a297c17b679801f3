"""A list taken back after its rows found their persons: links go and return with it, and nobody is left over."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.alerts import AlertOutcome, Decision, FalseAlarmReason
from domain.errors import ConflictError
from domain.linking import LinkVerdict
from generator.city import generate_city
from generator.sizes import CitySize
from graph.backup import graph_digest
from graph.engines.ladybug import open_ladybug
from graph.imports import BatchState
from graph.ports import Access, Statement
from importers.load import import_files
from importers.undo import KeptFor, undo_batch
from tests.builders import worker, workspace
from tests.importers.conftest import KEY, importer
from tests.importers.test_undo import facts
from workflows.alerts.deciding import AlertDecision, decide_alert
from workflows.alerts.running import run_alerts
from workflows.linking.deciding import decide_link
from workflows.linking.running import link_city
from workflows.people import administrator

LISTS = 2
DAY = date(2026, 3, 2)
PASSES = {"LinkRun"}
NEWCOMERS = Statement(
    "MATCH (n:Resident) WHERE n.unregistered = true RETURN n.id AS id, n.source_id AS source ORDER BY id",
    Access.READ,
)
LINKED = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.resident_id IS NOT NULL RETURN n.id AS id, n.resident_id AS person,"
    " n.link_rule AS rule, n.source_id AS source ORDER BY id",
    Access.READ,
)
OPEN = Statement(
    "MATCH (n:LinkReview) WHERE n.state = 'OPEN' AND n.reason <> 'OTHER_ID_NUMBER' RETURN n.id AS id, n.row_id AS row,"
    " n.version AS version ORDER BY id",
    Access.READ,
)
ALERTS = Statement(
    "MATCH (n:Alert) RETURN n.id AS id, n.resident_id AS person, n.child AS child, n.version AS version ORDER BY id",
    Access.READ,
)
MEMBERS = Statement("MATCH (n:RiskMembership) RETURN n.id AS id, n.resident_id AS person", Access.READ)
PEOPLE = Statement("MATCH (n:Resident) RETURN n.id AS id", Access.READ)
REGISTERED_BY = Statement(
    "MATCH (n:Resident) WHERE n.unregistered = false OR n.unregistered IS NULL"
    " MATCH (t:SourceTable {id: n.source_id}) RETURN DISTINCT t.batch_id AS batch",
    Access.READ,
)
TABLES = Statement("MATCH (t:SourceTable) RETURN t.id AS id, t.batch_id AS batch", Access.READ)

_seconds = itertools.count()


def clock():
    """Give a later moment at each look."""
    return datetime(2026, 3, 2, 1, tzinfo=UTC) + timedelta(seconds=next(_seconds))


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(f"month{month}") for month in range(2)]
    for month, folder in enumerate(folders):
        generate_city(CitySize.S, 7, folder, fault_rate=0.1, month=month)
    return folders


def files_of(folder):
    """Give divisions, the register, and the lists of departments that name people by number."""
    names = sorted(path for path in folder.iterdir() if path.suffix in {".csv", ".xlsx"})
    register = [path for path in names if any(word in path.name for word in ("区划", "家庭档案", "常住人口"))]
    lists = [path for path in names if path not in register and path.name[:2].isdigit()]
    return register, lists


async def load(store, *paths):
    report = await import_files(store, importer(), paths, clock=clock, identity_key=KEY)
    return [file.batch_id for file in report.files]


async def link(store):
    await link_city(workspace(store), administrator(), with_model=False)


async def said(store):
    """All that stands, the passes over it aside."""
    return {key: row for key, row in (await facts(store)).items() if key[0] not in PASSES}


async def asked(store, statement):
    return await store.read(lambda tx: tx.run(statement))


@pytest.fixture
async def city(months):
    async with open_ladybug() as store:
        await store.define()
        register, lists = files_of(months[0])
        (medical,) = (path for path in lists if "医疗自付" in path.name)
        others = [path for path in lists if "补贴" in path.name][:LISTS]
        await load(store, *register)
        yield store, register, medical, others


async def test_a_list_taken_back_leaves_what_stood_before_it_was_loaded_and_linked(city):
    store, _, medical, others = city
    await load(store, *others)
    await link(store)
    before = await said(store)
    (batch,) = await load(store, medical)
    await link(store)
    assert len(await said(store)) > len(before)
    undone = await undo_batch(store, importer(), batch, clock=clock)
    assert (undone.state, undone.kept) == (BatchState.UNDONE, [])
    assert await said(store) == before


async def test_when_the_last_record_of_somebody_goes_nobody_is_left_over(city):
    store, _, medical, others = city
    empty = await said(store)
    batches = [*await load(store, medical, *others)]
    await link(store)
    assert await asked(store, NEWCOMERS)
    for batch in batches:
        undone = await undo_batch(store, importer(), batch, clock=clock)
        assert undone.state is BatchState.UNDONE
        people = {row["id"] for row in await asked(store, NEWCOMERS)}
        assert people == people & {row["person"] for row in await asked(store, LINKED)}
        standing = {row["id"] for row in await asked(store, TABLES) if row["batch"] != batch}
        assert {row["source"] for row in await asked(store, NEWCOMERS)} <= standing
    assert await said(store) == empty


async def test_a_register_taken_back_leaves_rows_without_their_person_until_the_next_pass(city, months):
    store, register, medical, _ = city
    (people,) = [path for path in register if "常住人口" in path.name]
    await load(store, medical)
    await link(store)
    linked = await asked(store, LINKED)
    (batch,) = {
        row["batch"]
        for row in await asked(store, TABLES)
        if row["id"] in {row["source_id"] for key, row in (await facts(store)).items() if key[0] == "Resident"
                         and not row["unregistered"]}
    }  # fmt: skip
    undone = await undo_batch(store, importer(), batch, clock=clock)
    assert undone.restored["DepartmentRecord"] == len([row for row in linked if row["rule"] != "NEW_PERSON"])
    assert not [row for row in await asked(store, LINKED) if row["rule"] != "NEW_PERSON"]
    await load(store, people)
    await link(store)
    again = await asked(store, LINKED)
    assert [(row["id"], row["person"]) for row in again] == [(row["id"], row["person"]) for row in linked]


async def test_what_a_person_decided_of_a_row_keeps_it(city):
    store, _, medical, others = city
    (batch, *_) = await load(store, medical, *others)
    await link(store)
    rows = {row["id"] for row in await asked(store, Statement(
        "MATCH (n:DepartmentRecord) WHERE n.event = '医疗自付费用' RETURN n.id AS id", Access.READ))}  # fmt: skip
    review = next(row for row in await asked(store, OPEN) if row["row"] in rows)
    await decide_link(
        workspace(store), administrator(), review["id"], expected_version=review["version"],
        verdict=LinkVerdict.REJECT, note="another person",
    )  # fmt: skip
    undone = await undo_batch(store, importer(), batch, clock=clock)
    assert undone.state is BatchState.PARTLY_UNDONE
    kept = {one.id: one for one in undone.kept}
    assert review["row"] in kept
    assert {one.reason for one in undone.kept if one.label == "DepartmentRecord"} == {KeptFor.USED}
    assert undone.removed["DepartmentRecord"] == len(rows) - 1


async def test_whoever_goes_leaves_groups_and_alerts_but_where_somebody_decided(city):
    store, _, medical, others = city
    await load(store, medical, *others)
    await link(store)
    ws = workspace(store)
    raised = (await run_alerts(ws, administrator(), holder="test:1", day=DAY)).raised
    assert sum(raised.values()) > 1
    alerts, members = await asked(store, ALERTS), await asked(store, MEMBERS)
    decided = next(row for row in alerts if not row["child"])
    said_of_it = Decision(outcome=AlertOutcome.FALSE_ALARM, note="no", reason=FalseAlarmReason.NO_DIFFICULTY)
    await decide_alert(
        ws,
        worker(path="/"),
        decided["id"],
        AlertDecision(said=said_of_it),
        expected_version=decided["version"],
    )
    (batch,) = {row["batch"] for row in await asked(store, REGISTERED_BY)}
    undone = await undo_batch(store, importer(), batch, clock=clock)
    kept = {one.id for one in undone.kept if one.label == "Resident"}
    assert decided["person"] in kept
    there = {row["id"] for row in await asked(store, PEOPLE)}
    assert there >= kept
    assert {row["id"] for row in await asked(store, ALERTS)} == {
        row["id"] for row in alerts if row["person"] in there
    }
    assert {row["id"] for row in await asked(store, MEMBERS)} == {
        row["id"] for row in members if row["person"] in there
    }
    assert (
        undone.removed["Alert"] == sum(not row["child"] for row in alerts if row["person"] not in there) > 0
    )


async def test_who_was_seen_to_move_has_not_moved(city, months):
    store, _, _, _ = city
    await link(store)
    before = await said(store)
    register, _ = files_of(months[1])
    standing = {row["batch"] for row in await asked(store, TABLES)}
    batches = [batch for batch in await load(store, *register) if batch not in standing]
    await link(store)
    after = await said(store)
    moves = {key for key in after if key[0] == "MembershipChange"}
    for batch in reversed(batches):
        report = await undo_batch(store, importer(), batch, clock=clock)
        assert report.kept == []
    assert moves
    assert await said(store) == before


async def test_an_older_list_is_not_taken_back_while_a_later_one_repeats_it(city, months):
    store, _, medical, _ = city
    (first,) = await load(store, medical)
    await link(store)
    one_month = await said(store)
    (later,) = await load(store, months[1] / medical.name)
    await link(store)
    before = await graph_digest(store)
    for dry_run in (True, False):
        with pytest.raises(ConflictError, match=later):
            await undo_batch(store, importer(), first, clock=clock, dry_run=dry_run)
    assert await graph_digest(store) == before
    await undo_batch(store, importer(), later, clock=clock)
    assert await said(store) == one_month
    undone = await undo_batch(store, importer(), first, clock=clock)
    assert undone.state is BatchState.UNDONE
    assert not await asked(store, LINKED)
