"""
A random walk over a store beside a small dict model, compared after each step.

The model knows regions and PART_OF between them; a unit of work is a list of changes that is committed or
given up. A subclass opens the store.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import polars as pl
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import ConflictError, NotFoundError
from graph.frames import DTYPES
from graph.ports import Access, GraphStore, Statement, WriteTransaction
from graph.schema import PropertyType
from tests.conformance.regions import PART_OF, REGION, REGIONS, parts, regions

T = TypeVar("T")

ALL_REGIONS = Statement(
    "MATCH (r:Region) RETURN r.id AS id, r.name AS name, r.source_row AS source_row ORDER BY id", Access.READ
)
ALL_PARTS = Statement(
    "MATCH (a:Region)-[r:PART_OF]->(b:Region)"
    " RETURN a.id AS child, b.id AS parent, r.confidence AS confidence ORDER BY child, parent",
    Access.READ,
)
BY_KEY = Statement("MATCH (r:Region {id: $id}) RETURN r.name AS name", Access.READ)
CREATE = Statement(
    "CREATE (:Region {id: $id, name: $name, region_path: '/', source_id: 's', source_row: $row})",
    Access.WRITE,
)
RENAME = Statement("MATCH (r:Region {id: $id}) SET r.name = $name", Access.WRITE)
DELETE = Statement("MATCH (r:Region {id: $id}) DETACH DELETE r", Access.WRITE)
MERGE = Statement(
    "MERGE (r:Region {id: $id}) ON CREATE SET r.region_path = '/', r.source_id = 's', r.source_row = 0"
    " SET r.name = $name",
    Access.WRITE,
)
JOIN = Statement(
    "MATCH (a:Region {id: $child}) MATCH (b:Region {id: $parent}) MERGE (a)-[r:PART_OF]->(b)"
    " ON CREATE SET r.source_id = 's' SET r.confidence = $confidence",
    Access.WRITE,
)
CUT = Statement("MATCH (a:Region {id: $child})-[r:PART_OF]->(b:Region {id: $parent}) DELETE r", Access.WRITE)

KEYS = st.sampled_from([f"k{i}" for i in range(8)])
NAMES = st.none() | st.sampled_from(["", "甲", "\u2028", "x" * 300])
CONFIDENCES = st.none() | st.sampled_from([0.0, 0.5, 1.0])
ROWS = st.dictionaries(KEYS, NAMES, max_size=6)
EDGES = st.dictionaries(st.tuples(KEYS, KEYS), CONFIDENCES, max_size=5)

Nodes = dict[str, tuple[str | None, int]]
Edges = dict[tuple[str, str], float | None]


class GiveUp(Exception):
    """A unit of work that is not to be committed."""


class GraphStoreMachine(RuleBasedStateMachine):
    """Give ``open`` and, where a store outlives its handle, ``reopens = True``."""

    reopens = False

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.nodes: Nodes = {}
        self.edges: Edges = {}
        self.store: GraphStore

    async def open(self) -> GraphStore:
        """Give an empty store with its schema, or the one that was closed."""
        raise NotImplementedError

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.open())

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
        self.runner.close()

    # one change each, in a unit of its own

    @rule(key=KEYS, name=NAMES, row=st.integers(0, 3))
    def create(self, key: str, name: str | None, row: int) -> None:
        work = self.store.write(lambda tx: tx.run(CREATE, id=key, name=name, row=row))
        if key in self.nodes:
            try:
                self.do(work)
            except ConflictError:
                return
            raise AssertionError(f"{key} stands twice")
        self.do(work)
        self.nodes[key] = (name, row)

    @rule(key=KEYS, name=NAMES)
    def merge(self, key: str, name: str | None) -> None:
        self.do(self.store.write(lambda tx: tx.run(MERGE, id=key, name=name)))
        self.nodes[key] = (name, self.nodes.get(key, (None, 0))[1])

    @rule(key=KEYS, name=NAMES)
    def rename(self, key: str, name: str | None) -> None:
        self.do(self.store.write(lambda tx: tx.run(RENAME, id=key, name=name)))
        if key in self.nodes:
            self.nodes[key] = (name, self.nodes[key][1])

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.do(self.store.write(lambda tx: tx.run(DELETE, id=key)))
        self._forget(key)

    @rule(child=KEYS, parent=KEYS, confidence=CONFIDENCES)
    def join(self, child: str, parent: str, confidence: float | None) -> None:
        self.do(self.store.write(lambda tx: tx.run(JOIN, child=child, parent=parent, confidence=confidence)))
        if child in self.nodes and parent in self.nodes:
            self.edges[child, parent] = confidence

    @rule(child=KEYS, parent=KEYS)
    def cut(self, child: str, parent: str) -> None:
        self.do(self.store.write(lambda tx: tx.run(CUT, child=child, parent=parent)))
        self.edges.pop((child, parent), None)

    # bulk, and units of several changes, committed or given up

    @rule(rows=ROWS, edges=EDGES, gone=st.none() | KEYS, commit=st.booleans())
    def unit(self, rows: dict[str, str | None], edges: Edges, gone: str | None, commit: bool) -> None:
        async def work(tx: WriteTransaction) -> None:
            if gone is not None:
                await tx.run(DELETE, id=gone)
            count = await tx.load_nodes(REGION, _regions(rows))
            assert count.created == len(rows.keys() - expected_before.keys())
            await tx.load_relationships(PART_OF, REGIONS, _parts(edges))
            if not commit:
                raise GiveUp

        expected_before = {key: value for key, value in self.nodes.items() if key != gone}
        after = expected_before | {key: (name, i) for i, (key, name) in enumerate(rows.items(), 1)}
        known = all(end in after for pair in edges for end in pair)
        if not (commit and known):
            with pytest.raises(GiveUp if known else NotFoundError):
                self.do(self.store.write(work))
            return
        self.do(self.store.write(work))
        if gone is not None:
            self._forget(gone)
        self.nodes |= after
        self.edges |= edges

    @precondition(lambda self: self.reopens)
    @rule()
    def reopen(self) -> None:
        self.do(self.store.close())
        self.store = self.do(self.open())

    @invariant()
    def the_store_equals_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        nodes = self.do(self.store.read(lambda tx: tx.run(ALL_REGIONS)))
        assert {cast("str", r["id"]): (r["name"], r["source_row"]) for r in nodes} == self.nodes
        assert len(nodes) == len(self.nodes)
        edges = self.do(self.store.read(lambda tx: tx.run(ALL_PARTS)))
        assert {(r["child"], r["parent"]): r["confidence"] for r in edges} == self.edges
        assert len(edges) == len(self.edges)

    @rule(key=KEYS)
    def look_up(self, key: str) -> None:
        found = self.do(self.store.read(lambda tx: tx.run(BY_KEY, id=key)))
        assert found == ([{"name": self.nodes[key][0]}] if key in self.nodes else [])

    def _forget(self, key: str) -> None:
        self.nodes.pop(key, None)
        self.edges = {pair: value for pair, value in self.edges.items() if key not in pair}


def _regions(rows: dict[str, str | None]) -> pl.DataFrame:
    return regions(*rows).with_columns(name=pl.Series(list(rows.values()), dtype=pl.String))


def _parts(edges: Edges) -> pl.DataFrame:
    kind = DTYPES[PropertyType.DOUBLE]
    return parts(*edges).with_columns(confidence=pl.Series(list(edges.values()), dtype=kind))
