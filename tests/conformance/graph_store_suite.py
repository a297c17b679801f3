"""
What every engine must do: the promise of ``graph.ports`` as tests.

A subclass in ``tests/graph/engines`` gives the fixture ``store``: open, empty and with its schema.
"""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidInputError, InvariantError
from graph.ports import Access, GraphStore, ReadTransaction, Statement, Value, WriteTransaction
from tests.conformance.bulk_suite import BulkSuite
from tests.conformance.regions import (
    LISTED,
    PART_OF,
    REGION,
    REGIONS,
    TEXTS,
    names,
    parts,
    regions,
)

HOLD = Statement("CREATE (:SlotHold {id: $id})", Access.WRITE)
HOLDS = Statement("MATCH (h:SlotHold) RETURN h.id AS id ORDER BY id", Access.READ)
DISGUISED = Statement("CREATE (:SlotHold {id: $id})", Access.READ)
WRITE_VALUES = Statement(
    "CREATE (:Need {id: $id, title: $text, amount_fen: $integer, longitude_deg: $double, demanding: $flag,"
    " posted_at: $moment, situations: $texts, state: 'DRAFT', urgency: 'NORMAL', region_path: '/'})",
    Access.WRITE,
)
READ_VALUES = Statement(
    "MATCH (n:Need {id: $id}) RETURN n.title AS text, n.amount_fen AS integer, n.longitude_deg AS double,"
    " n.demanding AS flag, n.posted_at AS moment, n.situations AS texts",
    Access.READ,
)
WRITE_DATE = Statement("CREATE (:Donation {id: $id, given_on: $day, region_path: '/'})", Access.WRITE)
READ_DATE = Statement(
    "MATCH (d:Donation) WHERE d.given_on >= $first RETURN d.given_on AS day ORDER BY day", Access.READ
)
SCOPED = Statement(
    "MATCH (r:Region) WHERE any(p IN $paths WHERE r.region_path STARTS WITH p) RETURN r.id AS id ORDER BY id",
    Access.READ,
)
TOTAL = Statement("MATCH (r:Region) RETURN sum(r.source_row) AS total, count(r) AS rows", Access.READ)
NEW_FUND = Statement(
    "CREATE (:Fund {id: $id, name: $id, organisation_id: 'o', region_path: '/', reserved_fen: 0})",
    Access.WRITE,
)
RESERVE = Statement(
    "MATCH (f:Fund {id: $id}) SET f.reserved_fen = f.reserved_fen + $amount_fen", Access.WRITE
)
TAKE_FUND = Statement(
    "UNWIND $ids AS i MATCH (f:Fund {id: i}) SET f.reserved_fen = f.reserved_fen RETURN f.reserved_fen AS fen",
    Access.WRITE,
)
SET_RESERVED = Statement("MATCH (f:Fund {id: $id}) SET f.reserved_fen = $fen", Access.WRITE)
RESERVED = Statement("MATCH (f:Fund {id: $id}) RETURN f.reserved_fen AS fen", Access.READ)
BROKEN = Statement("MATCH (r:Region) RETURN r.", Access.READ)

ROWS = st.fixed_dictionaries(
    {
        "text": st.none()
        | TEXTS
        | st.sampled_from(["\u2028\u2029", "😀👨‍👩‍👧", "家 \r\n\t", "", "'\"\\`$x"]),
        "integer": st.none() | st.integers(-(2**63), 2**63 - 1) | st.just(2**53 + 1),
        "double": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "moment": st.none()
        | st.datetimes(
            datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone itself
            datetime(9999, 12, 30),  # noqa: DTZ001
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
        ),
        "texts": st.none() | st.lists(TEXTS, max_size=3),
    }
)


async def hold(store: GraphStore, slot: str) -> None:
    await store.write(lambda tx: tx.run(HOLD, id=slot))


async def holds(store: GraphStore) -> list[object]:
    return [row["id"] for row in await store.read(lambda tx: tx.run(HOLDS))]


class GraphStoreSuite(BulkSuite):
    """Inherit it and give a fixture ``store``."""

    # values

    @given(row=ROWS)
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    async def test_parameters_come_back_as_they_were_given(self, store: GraphStore, row: dict[str, Value]):
        class Undo(Exception):
            pass

        async def work(tx: WriteTransaction) -> None:
            await tx.run(WRITE_VALUES, id="n", **row)
            (found,) = await tx.run(READ_VALUES, id="n")
            assert found == row
            assert row["moment"] is None or cast("datetime", found["moment"]).tzinfo is UTC
            assert (await tx.frame(READ_VALUES, id="n")).rows(named=True) == [row]
            raise Undo

        with pytest.raises(Undo):
            await store.write(work)

    async def test_dates_come_back_as_dates_and_compare_as_dates(self, store: GraphStore):
        days = [date(1, 1, 1), date(1969, 12, 31), date(2026, 2, 28), date(9999, 12, 31)]

        async def work(tx: WriteTransaction) -> None:
            for i, day in enumerate(days):
                await tx.run(WRITE_DATE, id=f"d{i}", day=day)

        await store.write(work)
        found = await store.read(lambda tx: tx.run(READ_DATE, first=date(1969, 12, 31)))
        assert [row["day"] for row in found] == days[1:]
        frame = await store.read(lambda tx: tx.frame(READ_DATE, first=days[0]))
        assert frame["day"].to_list() == days

    @pytest.mark.parametrize(
        "wrong", [{"moment": datetime(2026, 1, 1)}, {"integer": 2**63}, {"text": "\ud800"}]  # noqa: DTZ001
    )  # fmt: skip
    async def test_a_parameter_that_cannot_be_stored_is_invalid_input(self, store: GraphStore, wrong):
        none = dict.fromkeys(("text", "integer", "double", "flag", "moment", "texts"))
        with pytest.raises(InvalidInputError):
            await store.write(lambda tx: tx.run(WRITE_VALUES, id="n", **(none | wrong)))

    async def test_sums_are_integers_also_of_nothing(self, store: GraphStore):
        (empty,) = await store.read(lambda tx: tx.run(TOTAL))
        assert (empty["total"] or 0, empty["rows"]) == (0, 0)
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b")))
        (found,) = await store.read(lambda tx: tx.run(TOTAL))
        assert found == {"total": 3, "rows": 2}
        assert type(found["total"]) is int

    async def test_lists_without_elements_select_nothing(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b")))
        assert await store.read(lambda tx: tx.run(SCOPED, paths=[])) == []
        assert await store.read(lambda tx: tx.run(LISTED, ids=[])) == []
        assert (await store.read(lambda tx: tx.frame(SCOPED, paths=[]))).columns == ["id"]
        assert await store.read(lambda tx: tx.run(SCOPED, paths=["/a/"])) == [{"id": "a"}]
        assert await store.read(lambda tx: tx.run(LISTED, ids=("a", "b"))) == [{"id": "a"}, {"id": "b"}]

    # transactions

    async def test_a_unit_that_raises_leaves_nothing(self, store: GraphStore):
        async def work(tx: WriteTransaction) -> None:
            await tx.run(HOLD, id="a")
            await tx.load_nodes(REGION, regions("a"))
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await store.write(work)
        assert (await holds(store), await names(store)) == ([], {})

    async def test_a_second_node_of_one_key_is_a_conflict_and_the_unit_is_undone(self, store: GraphStore):
        await hold(store, "a")

        async def work(tx: WriteTransaction) -> None:
            await tx.run(HOLD, id="b")
            await tx.run(HOLD, id="a")

        with pytest.raises(ConflictError):
            await store.write(work)
        assert await holds(store) == ["a"]

    async def test_a_failed_statement_fails_the_unit_also_when_it_was_caught(self, store: GraphStore):
        await hold(store, "a")

        async def work(tx: WriteTransaction) -> None:
            with pytest.raises(ConflictError):
                await tx.run(HOLD, id="a")
            with pytest.raises(InvariantError, match="earlier statement"):
                await tx.run(HOLD, id="b")

        with pytest.raises(ConflictError):
            await store.write(work)
        assert await holds(store) == ["a"]

    async def test_nobody_sees_a_unit_before_it_is_committed(self, store: GraphStore):
        async def work(tx: WriteTransaction) -> list[object]:
            await tx.run(HOLD, id="a")
            return await holds(store)

        assert await store.write(work) == []
        assert await holds(store) == ["a"]

    async def test_a_transaction_is_of_no_use_after_its_unit(self, store: GraphStore):
        kept: list[WriteTransaction] = []

        async def work(tx: WriteTransaction) -> None:
            kept.append(tx)

        await store.write(work)
        with pytest.raises(InvariantError, match="over"):
            await kept[0].run(HOLD, id="a")

    async def test_a_read_writes_nothing_whatever_the_statement_says(self, store: GraphStore):
        for statement in (HOLD, DISGUISED):
            with pytest.raises(InvariantError):
                await store.read(lambda tx, s=statement: tx.run(s, id="a"))
        assert await holds(store) == []

    async def test_a_malformed_statement_is_a_bug_and_the_store_goes_on(self, store: GraphStore):
        with pytest.raises(InvariantError):
            await store.read(lambda tx: tx.run(BROKEN))
        await hold(store, "a")
        assert await holds(store) == ["a"]

    async def test_a_cancelled_unit_is_undone_and_the_store_goes_on(self, store: GraphStore):
        begun = asyncio.Event()

        async def work(tx: WriteTransaction) -> None:
            await tx.run(HOLD, id="a")
            begun.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(store.write(work))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await hold(store, "b")
        assert await holds(store) == ["b"]

    async def test_many_reads_at_once_all_answer(self, store: GraphStore):
        await hold(store, "a")

        async def slow(tx: ReadTransaction) -> int:
            await asyncio.sleep(0.01)
            return len(await tx.run(HOLDS))

        assert await asyncio.gather(*(store.read(slow) for _ in range(20))) == [1] * 20

    async def test_what_people_are_told_of_an_error_holds_no_statement(self, store: GraphStore):
        await hold(store, "a")
        with pytest.raises(ConflictError) as taken:
            await hold(store, "a")
        with pytest.raises(InvariantError) as bug:
            await store.read(lambda tx: tx.run(BROKEN))
        for error, statement in ((taken.value, HOLD), (bug.value, BROKEN)):
            assert error.context == {}
            assert f"in: {statement.text}" in error.__notes__  # which the log prints

    # races

    async def test_of_64_takers_of_one_slot_one_wins(self, store: GraphStore):
        results = await asyncio.gather(*(hold(store, "slot") for _ in range(64)), return_exceptions=True)
        assert Counter(type(result) for result in results) == {type(None): 1, ConflictError: 63}
        assert await holds(store) == ["slot"]

    async def test_concurrent_reservations_all_count(self, store: GraphStore):
        await store.write(lambda tx: tx.run(NEW_FUND, id="f"))
        await asyncio.gather(
            *(store.write(lambda tx: tx.run(RESERVE, id="f", amount_fen=7)) for _ in range(32))
        )
        assert await store.read(lambda tx: tx.run(RESERVED, id="f")) == [{"fen": 32 * 7}]

    async def test_units_that_take_one_node_wait_and_are_not_run_again(self, store: GraphStore):
        await store.write(lambda tx: tx.run(NEW_FUND, id="f"))
        runs: list[bool] = []

        async def work(tx: WriteTransaction, *, takes: bool) -> None:
            runs.append(takes)
            if takes:
                (found,) = await tx.run(TAKE_FUND, ids=["f"])
                await tx.run(SET_RESERVED, id="f", fen=cast("int", found["fen"]) + 1)
            for _ in range(2):
                await tx.run(RESERVE, id="f", amount_fen=100)

        await asyncio.gather(*(store.write(partial(work, takes=takes)) for takes in (True, False) * 12))
        assert await store.read(lambda tx: tx.run(RESERVED, id="f")) == [{"fen": 12 * (1 + 4 * 100)}]
        assert Counter(runs) == {True: 12, False: 12}

    # the store itself

    async def test_defining_again_changes_nothing(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", name="n")))
        await store.define()
        assert await names(store) == {"a": "n"}

    async def test_a_cleared_store_is_empty_and_usable(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b")))
        await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, parts(("b", "a"))))
        await store.clear()
        assert await names(store) == {}
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a")))
        assert await names(store) == {"a": None}
