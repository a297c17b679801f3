"""What a load changes of what was there, taken down in its own transaction so that it can be taken back."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import polars as pl

from graph.imports import (
    IMPORTED,
    OPENED,
    PROVENANCE,
    ChangeKind,
    Pair,
    stored_nodes,
    stored_relationships,
    to_json,
)
from graph.ports import LoadCount, Record, Statement, Value
from graph.schema import NODE_TYPE_BY_LABEL, NodeType, RelationshipType
from importers.batches import TYPES, node_id
from importers.report import SAMPLES, Sample
from importers.store import LoadTransaction

_NODE = NODE_TYPE_BY_LABEL["ImportChange"]
_SCHEMA = {p.name: TYPES[p.type] for p in _NODE.properties}
_STORED = "\x00stored"
_PACKED_AT_ONCE = 10_000
_ENDS = ("from_id", "to_id")


def pack(ids: Sequence[str]) -> str:
    """Write many ids as one short text."""
    return base64.b85encode(zlib.compress("\n".join(ids).encode(), 1)).decode()


def unpack(text: str) -> list[str]:
    """Read them again."""
    return zlib.decompress(base64.b85decode(text)).decode().split("\n")


@dataclass(slots=True)
class JournalledTransaction:
    """
    A load's transaction that takes down what it changes and what it finds said already.

    A row that says nothing new is not written again: the value keeps the source that said it first, and the
    later batch is only noted as saying so too.

    Parameters
    ----------
    batch_id, at
        The batch, and the moment of its unit.
    made
        Ids of nodes by label that earlier units of this load created, and this one too: nothing can join them yet
        but what the load itself wrote.
    """

    tx: LoadTransaction
    batch_id: str
    at: datetime
    samples: list[Sample] = field(default_factory=lambda: [])
    made: dict[str, list[pl.Series]] = field(default_factory=lambda: {})

    async def run(self, statement: Statement, /, **parameters: Value) -> list[Record]:
        """See ``graph.ports.ReadTransaction``."""
        return await self.tx.run(statement, **parameters)

    async def frame(self, statement: Statement, /, **parameters: Value) -> pl.DataFrame:
        """See ``graph.ports.ReadTransaction``."""
        return await self.tx.frame(statement, **parameters)

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``."""
        await self.tx.create_nodes(node, frame)
        if node.label in IMPORTED or node.label in OPENED:
            await self._note_created(node, frame)

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See ``graph.ports.WriteTransaction``; what files do not speak of is written as it is."""
        if node.label in OPENED:
            count = await self.tx.load_nodes(node, frame)
            if count.created == frame.height:
                await self._note_created(node, frame)
            return count
        if node.label not in IMPORTED or self._made_here(node.label, frame):
            return await self.tx.load_nodes(node, frame)
        stored = await stored_nodes(self.tx, node.label, cast("list[str]", frame["id"].to_list()))
        new = frame.join(stored.select("id"), on="id", how="anti")
        changed, same = _parted(frame, stored, ("id",), PROVENANCE)
        await self._note_changed(node, changed, stored)
        await self._note_many(ChangeKind.CONFIRMED, node.label, same["id"])
        if new.height:
            await self.tx.create_nodes(node, new)
        if changed.height:
            await self.tx.update_nodes(node, changed)
        await self._note_created(node, new)
        return LoadCount(created=new.height, updated=changed.height, unchanged=same.height)

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``; compared all the same, for what changes is taken down."""
        await self.load_nodes(node, frame)

    def _made_here(self, label: str, frame: pl.DataFrame) -> bool:
        """Whether all of these nodes are this transaction's own: finishing them changes nothing that was there."""
        made = self.made.get(label)
        return (
            bool(made) and frame.join(pl.concat(made).rename("id").to_frame(), on="id", how="anti").is_empty()
        )

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """See ``graph.ports.WriteTransaction``; only those between nodes that were there can be there."""
        old = frame
        for column, label in zip(_ENDS, pair, strict=True):
            for created in self.made.get(label, ()):
                old = old.join(created.rename(column).to_frame(), on=column, how="anti")
        starts = cast("list[str]", old["from_id"].unique().to_list())
        key: Pair = (relationship.name, *pair)
        stored = await stored_relationships(self.tx, key, starts)
        changed, same = _parted(old, stored, _ENDS, frozenset({"source_id"}))
        await self._write(
            [
                self._change(
                    ChangeKind.JOINED_OTHERWISE,
                    relationship.name,
                    f"{row['from_id']}\x1f{row['to_id']}",
                    other_label="\x1f".join(pair),
                    before=before,
                    after=after,
                )
                for row, before, after in _differences(changed, stored, _ENDS, frozenset({"source_id"}))
            ]
        )
        loaded = frame.join(same.select(_ENDS), on=_ENDS, how="anti") if same.height else frame
        if loaded.is_empty():
            return LoadCount(created=0, updated=0, unchanged=same.height)
        count = await self.tx.load_relationships(relationship, pair, loaded)
        return LoadCount(
            created=count.created, updated=count.updated, unchanged=count.unchanged + same.height
        )

    async def _note_created(self, node: NodeType, new: pl.DataFrame) -> None:
        if new.is_empty():
            return
        self.made.setdefault(node.label, []).append(new["id"])
        if node.label in IMPORTED:
            self._show(node.label, new, created=True)
        if not any(
            p.name == "source_row" for p in node.properties
        ):  # of an entry in the books source_id is its paper
            await self._note_many(ChangeKind.CREATED, node.label, new["id"])

    async def _note_changed(self, node: NodeType, changed: pl.DataFrame, stored: pl.DataFrame) -> None:
        differences = list(_differences(changed, stored, ("id",), PROVENANCE))
        for row, before, after in differences[: max(0, SAMPLES - self._told(node.label, created=False))]:
            said = tuple((name, before[name], after[name]) for name in after if name not in _SILENT)
            self.samples.append(
                Sample(label=node.label, id=row["id"], row=row.get("source_row"), created=False, fields=said)
            )
        await self._write(
            [
                self._change(ChangeKind.CHANGED, node.label, row["id"], before=before, after=after)
                for row, before, after in differences
            ]
        )

    async def _note_many(self, kind: ChangeKind, label: str, ids: pl.Series) -> None:
        """Take down one fact of many nodes: their ids stand packed, so that a register costs a few notes."""
        changes: list[dict[str, Any]] = []
        for start in range(0, len(ids), _PACKED_AT_ONCE):
            part = cast("list[str]", ids.slice(start, _PACKED_AT_ONCE).to_list())
            changes.append({**self._change(kind, label, part[0]), "node_id": None, "after": pack(part)})
        await self._write(changes)

    def _change(
        self,
        kind: ChangeKind,
        label: str,
        identity: str,
        *,
        other_label: str | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        first, _, second = identity.partition("\x1f")
        return {
            "id": node_id(
                "ImportChange", "", (self.batch_id, kind.value, label, identity, self.at.isoformat())
            ),
            "batch_id": self.batch_id,
            "kind": kind.value,
            "label": label,
            "other_label": other_label,
            "node_id": first,
            "other_id": second or None,
            "before": None if before is None else to_json(before),
            "after": None if after is None else to_json(after),
            "recorded_at": self.at,
            "undone_at": None,
        }

    async def _write(self, changes: Sequence[dict[str, Any]]) -> None:
        if changes:
            frame = pl.DataFrame(changes, schema=_SCHEMA).unique("id", keep="first", maintain_order=True)
            await self.tx.load_nodes(_NODE, frame)

    def _told(self, label: str, *, created: bool) -> int:
        return sum(one.label == label and one.created == created for one in self.samples)

    def _show(self, label: str, new: pl.DataFrame, *, created: bool) -> None:
        for row in new.head(max(0, SAMPLES - self._told(label, created=created))).iter_rows(named=True):
            said = tuple(
                (name, None, value)
                for name, value in row.items()
                if value is not None and name not in _SILENT
            )
            self.samples.append(
                Sample(label=label, id=row["id"], row=row.get("source_row"), created=created, fields=said)
            )


_SILENT = PROVENANCE | {"id", "version", "region_path", "id_number_hash"}
"""Properties that say nothing to a reader of a report, or must not be told."""


def _parted(
    frame: pl.DataFrame, stored: pl.DataFrame, key: tuple[str, ...], apart: frozenset[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the rows that are stored into those that say otherwise and those that say the same."""
    both = frame.join(stored, on=key, how="inner", suffix=_STORED, maintain_order="left")
    said = [name for name in frame.columns if name not in key and name not in apart]
    differs = [pl.col(name).ne_missing(pl.col(f"{name}{_STORED}")) for name in said]
    other = pl.any_horizontal(pl.lit(value=False), *differs)
    return both.filter(other).select(frame.columns), both.filter(~other).select(frame.columns)


def _differences(
    changed: pl.DataFrame, stored: pl.DataFrame, key: tuple[str, ...], apart: frozenset[str]
) -> list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Give of each changed row the row, what was stored where it differs, and what it says there."""
    found: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = []
    both = changed.join(stored, on=key, how="inner", suffix=_STORED, maintain_order="left")
    said = [name for name in changed.columns if name not in key]
    for row in both.iter_rows(named=True):
        names = [name for name in said if name in apart or row[name] != row[f"{name}{_STORED}"]]
        before = {name: row[f"{name}{_STORED}"] for name in names}
        after = {name: row[name] for name in names}
        found.append((row, before, after))
    return found
