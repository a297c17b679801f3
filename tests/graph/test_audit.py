import asyncio
from datetime import UTC, datetime

import pytest

from domain.actors import Actor, Purpose, Scope
from domain.errors import ConflictError, InvariantError
from graph import audit
from graph.ports import Access, GraphStore, Statement
from graph.unit_of_work import AuditedTransaction, UnitOfWork

AT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
ACTOR = Actor(
    id="worker-1", name="王社工", roles=frozenset(), scope=Scope(region_paths=("/",), purpose=Purpose.SERVICE)
)
HOLD = Statement("CREATE (:SlotHold {id: $id})", Access.WRITE)
COUNT_HOLDS = Statement("MATCH (h:SlotHold) RETURN count(h) AS holds", Access.READ)
TAMPER_DETAIL = Statement("MATCH (e:AuditEntry {id: $id}) SET e.detail = 'x'", Access.WRITE)
TAMPER_LINK = Statement("MATCH (e:AuditEntry {id: $id}) SET e.previous_hash = $hash", Access.WRITE)
DELETE = Statement("MATCH (e:AuditEntry {id: $id}) DELETE e", Access.WRITE)


def unit(store: GraphStore) -> UnitOfWork:
    return UnitOfWork(store, lambda: AT)


async def write_entries(store: GraphStore, count: int) -> None:
    async def work(tx: AuditedTransaction) -> None:
        for i in range(count):
            tx.record(
                "need.verify", f"need-{i}", detail={"原因": "核实", "parts": [1, 2]}, object_hash="ab" * 32
            )

    await unit(store).run(ACTOR, work)


async def test_an_untouched_chain_is_intact_and_ends_at_its_head(store: GraphStore):
    await write_entries(store, 3)
    await write_entries(store, 2)
    assert await audit.verify(store) == audit.AuditVerdict(entries=5)
    (head,) = await audit.heads(store)
    assert head.sequence == 5


async def test_an_empty_store_has_an_intact_chain(store: GraphStore):
    assert (await audit.verify(store)).intact


@pytest.mark.parametrize(
    ("statement", "entry", "broken", "named"),
    [
        (TAMPER_DETAIL, 2, audit.Break.CONTENT, 2),
        (TAMPER_LINK, 3, audit.Break.LINK, 3),
        (DELETE, 2, audit.Break.MISSING, 3),
        (DELETE, 4, audit.Break.HEAD, 3),
        (DELETE, 1, audit.Break.MISSING, 2),
    ],
)
async def test_a_changed_or_lost_entry_is_named(
    store: GraphStore, statement: Statement, entry: int, broken: audit.Break, named: int
):
    await write_entries(store, 4)
    parameters = {"id": audit.entry_id(audit.CHAIN, entry)}
    if statement is TAMPER_LINK:
        parameters["hash"] = audit.GENESIS
    await store.write(lambda tx: tx.run(statement, **parameters))
    verdict = await audit.verify(store)
    assert (verdict.broken, verdict.entry_id) == (broken, audit.entry_id(audit.CHAIN, named))


async def test_work_and_its_entries_are_written_together_or_not_at_all(store: GraphStore):
    async def work(tx: AuditedTransaction) -> None:
        await tx.run(HOLD, id="slot-1")
        tx.record("slot.hold", "slot-1")

    await unit(store).run(ACTOR, work)
    with pytest.raises(ConflictError):
        await unit(store).run(ACTOR, work)
    assert await audit.verify(store) == audit.AuditVerdict(entries=1)
    assert await store.read(lambda tx: tx.run(COUNT_HOLDS)) == [{"holds": 1}]


async def test_a_unit_that_writes_and_records_nothing_is_refused(store: GraphStore):
    async def silent(tx: AuditedTransaction) -> None:
        await tx.run(HOLD, id="slot-1")

    with pytest.raises(InvariantError, match="recorded nothing"):
        await unit(store).run(ACTOR, silent)
    assert await store.read(lambda tx: tx.run(COUNT_HOLDS)) == [{"holds": 0}]


async def test_a_unit_that_only_reads_needs_no_entry(store: GraphStore):
    assert await unit(store).run(ACTOR, lambda tx: tx.run(COUNT_HOLDS)) == [{"holds": 0}]


async def test_concurrent_units_make_one_chain_without_gaps(store: GraphStore):
    await asyncio.gather(*(write_entries(store, 2) for _ in range(32)))
    assert await audit.verify(store) == audit.AuditVerdict(entries=64)


async def test_chains_are_verified_each_by_itself(store: GraphStore):
    event = audit.AuditEvent(at=AT, actor_id="importer", operation="import.load", object_id="batch-1")
    await store.write(lambda tx: audit.append(tx, event, chain="imports"))
    await write_entries(store, 2)
    assert await audit.verify(store) == audit.AuditVerdict(entries=3)
    assert [head.chain for head in await audit.heads(store)] == ["imports", "main"]


def test_the_hash_of_an_entry_never_changes_between_releases():
    event = audit.AuditEvent(
        at=AT,
        actor_id="u1",
        operation="need.post",
        object_id="n1",
        detail=audit.canonical_json({"b": 1, "a": "值"}),
    )
    assert event.detail == '{"a":"值","b":1}'
    assert audit.entry_hash(event, chain="main", sequence=1, previous_hash=audit.GENESIS) == (
        "fcd4c5cebde525fb7e8ae49428cd625bb0b6617694321c2de4ef512973fe4eda"
    )
