"""Bulk loads: what every engine must make of many rows, and of few."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidInputError, NotFoundError
from graph.frames import DTYPES
from graph.ports import GraphStore, LoadCount, WriteTransaction
from graph.schema import PropertyType
from tests.conformance.regions import (
    CONFIDENCES,
    LISTED,
    NAMES,
    PART_OF,
    REGION,
    REGIONS,
    TEXTS,
    names,
    parts,
    regions,
)


class BulkSuite:
    """Inherit it and give a fixture ``store``."""

    async def test_nodes_that_are_created_are_new_or_the_unit_is_undone(self, store: GraphStore):
        await store.write(lambda tx: tx.create_nodes(REGION, regions("a", "b", name="n")))
        assert await names(store) == {"a": "n", "b": "n"}
        with pytest.raises(ConflictError):
            await store.write(lambda tx: tx.create_nodes(REGION, regions("c", "b")))
        assert await names(store) == {"a": "n", "b": "n"}

    @pytest.mark.parametrize("rows", [2, 257])
    async def test_what_is_there_is_written_over_and_what_is_not_is_left_out(
        self, store: GraphStore, rows: int
    ):
        ids = [f"{i:03d}" for i in range(rows)]
        await store.write(lambda tx: tx.create_nodes(REGION, regions(*ids, name="n")))
        told = pl.DataFrame(
            {"id": [*ids[1:], "nobody"], "name": [None, *["now"] * (rows - 1)]},
            schema={"id": pl.String, "name": pl.String},
        )
        await store.write(lambda tx: tx.update_nodes(REGION, told))
        assert await names(store) == {ids[0]: "n", ids[1]: None, **dict.fromkeys(ids[2:], "now")}

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
