from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import ConflictError, MigrationError
from graph import lease
from graph.migrations import Migration, catalogue, migrate, plan, schema_version
from graph.ports import Access, GraphStore, Statement

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOLD = Statement("CREATE (:SlotHold {id: $id})", Access.WRITE)
COUNT = Statement("MATCH (h:SlotHold) RETURN count(h) AS holds", Access.READ)


async def _mark(store: GraphStore) -> None:
    await store.write(lambda tx: tx.run(HOLD, id="mark"))


async def _fail(_store: GraphStore) -> None:
    raise OSError("the disk is full")


KNOWN = [step.id for step in catalogue()]
NEXT = len(KNOWN) + 1
MARK = Migration(number=NEXT, name="mark", checksum="c2", up=_mark)


async def apply(store: GraphStore, *extra: Migration):
    return await migrate(store, clock=lambda: NOW, holder="me", known=(*catalogue(), *extra))


def test_the_first_step_creates_the_schema_and_checksums_are_those_of_the_sources():
    first = catalogue()[0]
    assert (first.id, first.name) == ("0001", "schema")
    assert len(first.checksum) == 64


async def test_steps_are_applied_once_and_in_order(store: GraphStore):
    assert [step.id for step in (await apply(store)).pending] == KNOWN
    assert [step.id for step in (await apply(store, MARK)).pending] == [MARK.id]
    assert (await apply(store, MARK)).pending == ()
    assert await schema_version(store) == NEXT
    assert await store.read(lambda tx: tx.run(COUNT)) == [{"holds": 1}]


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(store: GraphStore):
    seen = await migrate(store, clock=lambda: NOW, holder="me", dry_run=True, known=(*catalogue(), MARK))
    assert [step.id for step in seen.pending] == [*KNOWN, MARK.id]
    assert await schema_version(store) == 0
    assert await store.read(lambda tx: tx.run(COUNT)) == [{"holds": 0}]


async def test_an_edited_step_is_refused(store: GraphStore):
    await apply(store, MARK)
    with pytest.raises(MigrationError, match="edited"):
        await apply(store, Migration(number=NEXT, name="mark", checksum="other", up=_mark))


async def test_a_store_newer_than_the_program_is_refused(store: GraphStore):
    await apply(store, MARK)
    with pytest.raises(MigrationError, match="newer release"):
        await plan(store)


async def test_a_step_that_fails_is_not_recorded_and_runs_again(store: GraphStore):
    broken = Migration(number=NEXT, name="mark", checksum="c2", up=_fail)
    with pytest.raises(OSError, match="disk"):
        await apply(store, broken)
    assert await schema_version(store) == len(KNOWN)
    assert [step.id for step in (await apply(store, MARK)).pending] == [MARK.id]


async def test_two_processes_never_migrate_at_once(store: GraphStore):
    await store.define()
    held = await lease.take(store, "migrations", holder="other", now=NOW, duration=timedelta(minutes=5))
    with pytest.raises(ConflictError, match="held by other"):
        await apply(store)
    await lease.release(store, held)
    await apply(store)


async def test_a_lease_ends_with_its_time_and_the_next_holder_has_a_higher_token(store: GraphStore):
    first = await lease.take(store, "x", holder="a", now=NOW, duration=timedelta(minutes=5))
    assert (
        await lease.take(store, "x", holder="a", now=NOW, duration=timedelta(minutes=9))
    ).token == first.token
    later = NOW + timedelta(minutes=10)
    second = await lease.take(store, "x", holder="b", now=later, duration=timedelta(minutes=5))
    assert second.token > first.token
    await lease.release(store, first)  # late: it is somebody else's now
    with pytest.raises(ConflictError, match="held by b"):
        await lease.take(store, "x", holder="a", now=later, duration=timedelta(minutes=5))


async def test_the_one_kind_of_a_station_becomes_its_network_and_its_parents_a_tree(store: GraphStore):
    from tests.builders import CITY, TOWN, World

    await migrate(store, clock=lambda: NOW, holder="me", known=catalogue()[:3])
    world = World()
    for key, parent, path, kind in (
        ("a-town", "city", TOWN, "SOCIAL_WORK"),
        ("city", None, CITY, "CONSORTIUM_STATION"),
        ("lost", "gone", CITY, "CHILD_PROTECTION"),
    ):
        world.add(
            "Station",
            id=key,
            kind=kind,
            name=key,
            parent_id=parent,
            region_path=path,
            source_id="manual",
            source_row=0,
            recorded_at=NOW,
        )
    await world.write(store)
    await apply(store)
    rows = await store.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (s:Station) RETURN s.id AS id, s.networks AS networks, s.tree_path AS tree_path,"
                " s.territory AS territory, s.version AS version ORDER BY id",
                Access.READ,
            )
        )
    )
    assert [
        (row["id"], list(row["networks"]), row["tree_path"], list(row["territory"]), row["version"])
        for row in rows
    ] == [
        ("a-town", ["SOCIAL_WORK"], "/city/a-town/", [TOWN], 1),
        ("city", ["CONSORTIUM"], "/city/", [CITY], 1),
        ("lost", ["CHILD_PROTECTION"], "/lost/", [CITY], 1),
    ]


async def test_money_that_rounds_promised_before_there_were_allocations_has_one_each(store: GraphStore):
    from tests.builders import CITY, World

    await migrate(store, clock=lambda: NOW, holder="me", known=catalogue()[:8])
    await store.define()  # rows are written by columns of today
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", reserved_fen=30, spent_fen=3)
    world.add(
        "Round",
        id="round",
        state="PUBLISHED",
        region_path=CITY,
        as_of=NOW,
        created_by="clerk",
        created_at=NOW,
        published_by="lead",
        published_at=NOW,
        version=3,
    )
    for i, state in enumerate(("OFFERED", "ACCEPTED", "CONFIRMED", "DECLINED", "WITHDRAWN")):
        world.need(state, amount_fen=100)
        world.add(
            "Proposal",
            id=f"p{i}",
            round_id="round",
            kind="MONEY",
            state=state,
            need_id=state,
            fund_id="fund",
            amount_fen=10 + i,
            reason_code="MATCHED",
            region_path=CITY,
            version=2,
        )
    await world.write(store)
    await apply(store)
    rows = await store.read(
        lambda tx: tx.run(
            Statement(
                "MATCH (a:Allocation) RETURN a.proposal_id AS proposal, a.state AS state,"
                " a.amount_fen AS amount_fen, a.organisation_id AS holder, a.requested_by AS who,"
                " a.subject_id AS subject ORDER BY proposal",
                Access.READ,
            )
        )
    )
    assert [tuple(row.values()) for row in rows] == [
        ("p0", "RESERVED", 10, "charity", "lead", "household-OFFERED"),
        ("p1", "APPROVED", 11, "charity", "lead", "household-ACCEPTED"),
        ("p2", "EVIDENCED", 12, "charity", "lead", "household-CONFIRMED"),
    ]


async def test_funds_of_an_earlier_release_begin_their_books_with_what_they_had(store: GraphStore):
    from graph.ledger.balances import book_balances
    from graph.ledger.proof import prove
    from tests.builders import World

    await migrate(store, clock=lambda: NOW, holder="me", known=catalogue()[:8])
    world = World()
    world.fund("fund", "charity", received_fen=1_000, reserved_fen=200, spent_fen=300)
    await world.write(store, open_books=False)
    assert not (await prove(store)).holds
    await apply(store)
    held = await store.read(lambda tx: book_balances(tx, ["fund"]))
    assert {account.value: fen for account, fen in held["fund", None].items() if fen} == {
        "RECEIVED": -1_000,
        "AVAILABLE": 500,
        "RESERVED": 200,
        "SPENT": 300,
    }
    assert (await prove(store)).holds


async def test_answers_of_an_earlier_release_lose_the_text_of_the_credential_that_they_gave(
    store: GraphStore,
):
    from graph.idempotency import Answer, find_answer, save_answer

    await migrate(store, clock=lambda: NOW, holder="me", known=catalogue()[:16])
    credential = '{"credential":{"id":"urn:zhulian:credential:%s","state":"VALID"}'
    kept = {
        f"{i}": credential % i + ',"text":"eyJ.\\"李小红\\"~W1~"}' for i in range(203)
    }  # more than a page
    kept |= {"newer": credential % 999 + "}", "other": '{"id":"a","text":"said of a credential"}'}

    async def answer(tx) -> None:
        for key, response in kept.items():
            await save_answer(tx, key, Answer(request_hash="asked", response=response), NOW)

    await store.write(answer)
    await apply(store)
    for key, response in kept.items():
        found = await store.read(lambda tx, key=key: find_answer(tx, key))
        assert found is not None
        assert found.request_hash == "asked"
        assert found.response == (credential % key + "}" if key.isdecimal() else response)
