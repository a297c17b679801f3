"""
What every engine must do: the promise of ``graph.ports`` as tests.

A subclass in ``tests/graph/engines`` gives the fixture ``store``: open, empty and with its schema.
"""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import cast

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidInputError, InvariantError, NotFoundError
from graph.frames import DTYPES
from graph.ports import Access, GraphStore, LoadCount, ReadTransaction, Statement, Value, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, PropertyType

AT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
REGION = NODE_TYPE_BY_LABEL["Region"]
PART_OF = RELATIONSHIP_TYPE_BY_NAME["PART_OF"]
REGIONS = ("Region", "Region")

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
LISTED = Statement("MATCH (r:Region) WHERE r.id IN $ids RETURN r.id AS id ORDER BY id", Access.READ)
TOTAL = Statement("MATCH (r:Region) RETURN sum(r.source_row) AS total, count(r) AS rows", Access.READ)
NAMES = Statement(
    "MATCH (r:Region) RETURN r.id AS id, r.name AS name, r.code AS code ORDER BY id", Access.READ
)
CONFIDENCES = Statement(
    "MATCH (a:Region)-[r:PART_OF]->(b:Region)"
    " RETURN a.id AS child, b.id AS parent, r.confidence AS confidence ORDER BY child, parent",
    Access.READ,
)
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

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)

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


def regions(*ids: str, **columns: object) -> pl.DataFrame:
    """Rows for ``load_nodes`` with every required property."""
    frame = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    return frame.with_columns(
        region_path=pl.concat_str(pl.lit("/"), pl.col("id"), pl.lit("/")),
        source_id=pl.lit("test"),
        source_row=pl.int_range(1, pl.len() + 1),
        recorded_at=pl.lit(AT),
    ).with_columns(**{name: pl.lit(value) for name, value in columns.items()})


def parts(*pairs: tuple[str, str], **columns: object) -> pl.DataFrame:
    """Rows for ``load_relationships`` of PART_OF."""
    frame = pl.DataFrame(
        {"from_id": [a for a, _ in pairs], "to_id": [b for _, b in pairs]},
        schema={"from_id": pl.String, "to_id": pl.String},
    )
    return frame.with_columns(source_id=pl.lit("test")).with_columns(
        **{name: pl.lit(value) for name, value in columns.items()}
    )


async def names(store: GraphStore) -> dict[str, object]:
    return {cast("str", row["id"]): row["name"] for row in await store.read(lambda tx: tx.run(NAMES))}


async def hold(store: GraphStore, slot: str) -> None:
    await store.write(lambda tx: tx.run(HOLD, id=slot))


async def holds(store: GraphStore) -> list[object]:
    return [row["id"] for row in await store.read(lambda tx: tx.run(HOLDS))]


class GraphStoreSuite:
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

    # bulk

    async def test_nodes_that_are_created_are_new_or_the_unit_is_undone(self, store: GraphStore):
        await store.write(lambda tx: tx.create_nodes(REGION, regions("a", "b", name="n")))
        assert await names(store) == {"a": "n", "b": "n"}
        with pytest.raises(ConflictError):
            await store.write(lambda tx: tx.create_nodes(REGION, regions("c", "b")))
        assert await names(store) == {"a": "n", "b": "n"}

    @pytest.mark.parametrize("rows", [2, 257])
    async def test_few_rows_and_many_are_the_same(self, store: GraphStore, rows: int):
        ids = [f"{i:03d}" for i in range(rows)]
        frame = regions(*ids).with_columns(
            name=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.concat_str(pl.lit("n"), "id"))
        )
        assert (await store.write(lambda tx: tx.load_nodes(REGION, frame))).created == rows
        assert await names(store) == {key: f"n{key}" if int(key) % 2 == 0 else None for key in ids}
        turned = frame.with_columns(
            name=pl.when(pl.col("name").is_null()).then(pl.lit("now")),
            source_row=pl.int_range(pl.len()) * 1000,
        )
        assert (await store.write(lambda tx: tx.load_nodes(REGION, turned))).updated == rows
        assert await names(store) == {key: None if int(key) % 2 == 0 else "now" for key in ids}
        edges = parts(*((key, "000") for key in ids))
        for created in (rows, 0):
            done = await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, edges))
            assert (done.created, done.unchanged) == (created, rows - created)

    async def test_a_load_counts_what_it_created_changed_and_left(self, store: GraphStore):
        first = await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b", name="旧")))
        assert first == LoadCount(created=2, updated=0, unchanged=0)
        frame = regions("a", "b", "c", name="旧").with_columns(
            name=pl.when(pl.col("id") == "b").then(pl.lit("新")).otherwise("name")
        )
        second = await store.write(lambda tx: tx.load_nodes(REGION, frame))
        assert second == LoadCount(created=1, updated=1, unchanged=1)
        assert await store.write(lambda tx: tx.load_nodes(REGION, frame)) == LoadCount(
            created=0, updated=0, unchanged=3
        )
        assert await names(store) == {"a": "旧", "b": "新", "c": "旧"}

    async def test_a_column_left_out_keeps_its_value_and_a_null_removes_it(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b", name="n", code="c")))
        change = pl.DataFrame({"id": ["a", "b"], "name": [None, "m"]})
        assert (await store.write(lambda tx: tx.load_nodes(REGION, change))).updated == 2
        assert await store.read(lambda tx: tx.run(NAMES)) == [
            {"id": "a", "name": None, "code": "c"},
            {"id": "b", "name": "m", "code": "c"},
        ]

    async def test_a_load_that_is_rolled_back_leaves_nothing_and_can_be_repeated(self, store: GraphStore):
        """An engine's bulk path may go round its transactions; see the notes in ladybug's dialect."""
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a")))

        async def work(tx: WriteTransaction) -> None:
            await tx.load_nodes(REGION, regions("a", "b", "c", name="x"))
            await tx.load_relationships(PART_OF, REGIONS, parts(("b", "a"), ("c", "a")))
            raise ValueError

        for _ in range(2):
            with pytest.raises(ValueError):  # noqa: PT011 - ours
                await store.write(work)
        assert await names(store) == {"a": None}
        assert await store.read(lambda tx: tx.run(CONFIDENCES)) == []
        for ids in (("b", "c"), ("d",)):
            await store.write(lambda tx, ids=ids: tx.load_nodes(REGION, regions(*ids)))
        assert list(await names(store)) == ["a", "b", "c", "d"]
        for name in "abcd":
            found = await store.read(lambda tx, n=name: tx.run(LISTED, ids=[n]))
            assert found == [{"id": name}]

    async def test_rows_loaded_in_one_unit_are_seen_by_the_next_load_of_it(self, store: GraphStore):
        async def work(tx: WriteTransaction) -> list[LoadCount]:
            return [
                await tx.load_nodes(REGION, regions("a", "b")),
                await tx.load_nodes(REGION, regions("a", "b", "c")),
                await tx.load_relationships(PART_OF, REGIONS, parts(("b", "a"))),
                await tx.load_relationships(PART_OF, REGIONS, parts(("b", "a"), ("c", "a"))),
            ]

        counts = await store.write(work)
        assert [count.created for count in counts] == [2, 1, 1, 1]

    @pytest.mark.parametrize(
        "frame",
        [
            regions("a").with_columns(nonsense=pl.lit(1)),
            regions("a").drop("id"),
            regions("a", "a"),
            regions(""),
            regions("a").with_columns(region_path=pl.lit(None, pl.String)),
            regions("a").drop("region_path"),
            regions("a").with_columns(recorded_at=pl.lit(datetime(2026, 1, 1))),  # noqa: DTZ001
            regions("a").with_columns(source_row=pl.lit("many")),
            regions("a").with_columns(longitude_deg=pl.lit(float("nan"))),
        ],
        ids=[
            "unknown",
            "no key",
            "key twice",
            "empty key",
            "null",
            "left out",
            "no zone",
            "type",
            "not finite",
        ],
    )
    async def test_a_frame_that_does_not_fit_is_invalid_input(self, store: GraphStore, frame: pl.DataFrame):
        with pytest.raises(InvalidInputError):
            await store.write(lambda tx: tx.load_nodes(REGION, frame))
        assert await names(store) == {}

    async def test_relationships_are_keyed_by_their_ends(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b", "c")))
        rows = parts(("b", "a"), ("c", "a"), ("c", "b"), confidence=0.5)
        first = await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, rows))
        assert first == LoadCount(created=3, updated=0, unchanged=0)
        rows = rows.with_columns(
            confidence=pl.when((pl.col("from_id") == "c") & (pl.col("to_id") == "a"))
            .then(None)
            .otherwise("confidence")
        )
        second = await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, rows))
        assert second == LoadCount(created=0, updated=1, unchanged=2)
        found = await store.read(lambda tx: tx.run(CONFIDENCES))
        assert [tuple(row.values()) for row in found] == [("b", "a", 0.5), ("c", "a", None), ("c", "b", 0.5)]

    async def test_relationships_without_ends_are_refused_and_the_first_is_named(self, store: GraphStore):
        await store.write(lambda tx: tx.load_nodes(REGION, regions("a", "b")))
        rows = parts(("b", "a"), ("a", "nowhere"))
        with pytest.raises(NotFoundError, match="nowhere"):
            await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, rows))
        assert await store.read(lambda tx: tx.run(CONFIDENCES)) == []

    async def test_empty_frames_load_nothing(self, store: GraphStore):
        nothing = LoadCount(created=0, updated=0, unchanged=0)
        assert await store.write(lambda tx: tx.load_nodes(REGION, regions())) == nothing
        assert await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, parts())) == nothing

    async def test_more_rows_than_a_batch_are_loaded_and_streamed_in_key_order(self, store: GraphStore):
        ids = [f"r{i:06d}" for i in range(21_000)]
        pairs = [(child, ids[0]) for child in ids[1:]]
        await store.write(lambda tx: tx.load_nodes(REGION, regions(*reversed(ids))))
        await store.write(lambda tx: tx.load_relationships(PART_OF, REGIONS, parts(*reversed(pairs))))
        nodes = pl.concat([frame async for frame in store.stream_nodes(REGION)])
        assert nodes["id"].to_list() == ids
        assert dict(nodes.schema) == {item.name: DTYPES[item.type] for item in REGION.properties}
        edges = pl.concat([frame async for frame in store.stream_relationships(PART_OF, REGIONS)])
        assert list(edges.select("from_id", "to_id").iter_rows()) == pairs
        assert edges.schema["valid_from"] == DTYPES[PropertyType.DATE]

    @given(ids=st.lists(TEXTS.filter(bool), unique=True, min_size=1, max_size=12))
    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    async def test_keys_are_ordered_by_code_point(self, store: GraphStore, ids: list[str]):
        await store.clear()
        await store.write(lambda tx: tx.load_nodes(REGION, regions(*ids)))
        found = [row async for frame in store.stream_nodes(REGION) for row in frame["id"]]
        assert found == sorted(ids)

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
