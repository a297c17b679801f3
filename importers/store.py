"""Writing a batch: what is new, what changed, what is only mentioned, and which ends do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, LiteralString, Protocol, cast

import polars as pl

from graph.hours.opening import open_books as open_hours
from graph.ledger.books import SUMS
from graph.ledger.opening import open_books
from graph.ports import ROWS_PER_TRANSACTION, Access, LoadCount, ReadTransaction, Statement
from graph.protection.record import erased_volunteers
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, NodeType, RelationshipType
from importers.batches import Batch, EdgeFrame, NodeFrame
from importers.corrections import stored_nodes, with_versions
from importers.issues import Issue, IssueCode, Severity
from importers.mapping import KEYED
from importers.places import place_of
from importers.report import EntityCount
from importers.tables import ROW

_LABELS: tuple[LiteralString, ...] = (
    "Region", "Household", "Resident", "Volunteer", "Qualification", "InsuranceCover", "SocialWorker",
    "Organisation", "Station", "ServicePoint", "Need", "NeedSlot", "NeedItem", "Fund", "Donation",
    "InKindOffer", "ServiceOffer", "GoodsIssue", "StatementLine", "DepartmentRecord", "ImportBatch",
)  # fmt: skip
_KNOWN = {
    label: Statement("UNWIND $ids AS id MATCH (n:" + label + " {id: id}) RETURN n.id AS id", Access.READ)
    for label in _LABELS
}
_ASKED_AT_ONCE = 20_000

OWNED_BY_WORKFLOWS: dict[str, frozenset[str]] = {
    "Need": frozenset({"state", "posted_by", "verified_by", "posted_at", "round_id", "version"}),
    "Fund": frozenset({*(name for name, _ in SUMS.values()), "version"}),
    "InKindOffer": frozenset({"quantity", "reserved_quantity", "version"}),
    "Volunteer": frozenset({"status", "verified_minutes", "consent_basis", "version"}),
    "Household": frozenset({"version"}),
    "Donation": frozenset({"state", "fund_id", "earmark_id", "amount_fen", "version"}),
}
"""Properties that people's work changes: an import sets them on new nodes only."""

SAID_OR_LINKED: dict[str, tuple[str, ...]] = {"DepartmentRecord": ("resident_id",)}
"""Properties that a list states or linking finds: a list that states none leaves what was found."""


class LoadTransaction(ReadTransaction, Protocol):
    """What is needed of a transaction: the bulk loads, audited or not."""

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See ``graph.ports.WriteTransaction``."""
        ...

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``."""
        ...

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``."""
        ...

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """See ``graph.ports.WriteTransaction``."""
        ...


@dataclass(slots=True)
class Written:
    """Counts by label and by type, issues that only the graph could show, and ids known to exist."""

    nodes: dict[str, EntityCount] = field(default_factory=lambda: {})
    relationships: dict[str, EntityCount] = field(default_factory=lambda: {})
    issues: list[Issue] = field(default_factory=lambda: [])
    present: dict[str, set[str]] = field(default_factory=lambda: {})

    def add(self, other: "Written") -> None:
        """Take in what one more transaction wrote."""
        for mine, theirs in ((self.nodes, other.nodes), (self.relationships, other.relationships)):
            for name, count in theirs.items():
                mine.setdefault(name, EntityCount()).add(**count.to_json())
        self.issues += other.issues
        for label, ids in other.present.items():
            self.present.setdefault(label, set()).update(ids)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a batch that is loaded at once: some nodes of a label, or some relationships of a type."""

    batch: Batch
    source: str
    part: NodeFrame | EdgeFrame

    @property
    def rows(self) -> int:
        """How many nodes or relationships."""
        return self.part.frame.height


def transactions(batches: Sequence[Batch], source_ids: Sequence[str]) -> list[list[Step]]:
    """
    Part the work into transactions of bounded size: all nodes first, then all relationships.

    A file of up to ``ROWS_PER_TRANSACTION`` nodes and relationships is one transaction; a larger one is several,
    and loading it again completes it.
    """
    pairs = list(zip(batches, source_ids, strict=True))
    parts = [Step(batch, source, part) for batch, source in pairs for part in batch.nodes]
    parts += [Step(batch, source, part) for batch, source in pairs for part in batch.edges]
    groups: list[list[Step]] = [[]]
    room = ROWS_PER_TRANSACTION
    for step in parts:
        start = 0
        while start < step.rows:
            if not room:
                groups.append([])
                room = ROWS_PER_TRANSACTION
            part = replace(step.part, frame=step.part.frame.slice(start, room))
            groups[-1].append(Step(step.batch, step.source, part))
            start += part.frame.height
            room -= part.frame.height
    return groups


async def known_ids(tx: ReadTransaction, label: str, ids: Sequence[str]) -> set[str]:
    """Say which ids of a label the graph has."""
    found: set[str] = set()
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        frame = await tx.frame(_KNOWN[label], ids=list(ids[start : start + _ASKED_AT_ONCE]))
        found.update(cast("list[str]", frame["id"].to_list()) if frame.width else [])
    return found


async def write(
    tx: LoadTransaction, steps: Sequence[Step], *, present: dict[str, set[str]], recorded_at: datetime
) -> Written:
    """
    Load the steps of one transaction.

    Relationships with an end that neither ``present`` nor the graph have become issues. ``present`` is
    read only: a transaction may run again.
    """
    written = Written()
    money: dict[str, list[pl.DataFrame]] = {"Fund": [], "Donation": []}
    for step in steps:
        if isinstance(step.part, NodeFrame):
            new = await _write_nodes(
                tx, step, step.part, present=present, recorded_at=recorded_at, written=written
            )
            if new is not None and step.part.label in money:
                money[step.part.label].append(new)
        else:
            await _write_edges(tx, step, step.part, present, written)
    if money["Fund"]:
        funds, gifts = (pl.concat(frames, how="diagonal") if frames else None for frames in money.values())
        await open_books(tx, cast("pl.DataFrame", funds), gifts)
    return written


async def _write_nodes(
    tx: LoadTransaction,
    step: Step,
    nodes: NodeFrame,
    *,
    present: dict[str, set[str]],
    recorded_at: datetime,
    written: Written,
) -> pl.DataFrame | None:
    """Load the nodes of a step, and give those that are new."""
    count = written.nodes.setdefault(nodes.label, EntityCount())
    node = NODE_TYPE_BY_LABEL[nodes.label]
    ids = cast("list[str]", nodes.frame["id"].to_list())
    seen = set(ids) & (present.get(nodes.label, set()) | written.present.get(nodes.label, set()))
    known = await known_ids(tx, nodes.label, ids)
    frame = _sourced(node, await _without_erased(tx, nodes), step.source, recorded_at)
    new = frame.filter(~pl.col("id").is_in(known))
    complete = None if new.is_empty() else _as_new(node, new, step.batch)
    if complete is not None:
        await tx.create_nodes(node, complete)
        count.created += complete.height
        if nodes.label == "Volunteer":
            await open_hours(tx, complete)
    if known and not nodes.stub:
        stored = await stored_nodes(tx, node, sorted(known))
        for part in _as_old(node, frame.filter(pl.col("id").is_in(known))):
            loaded = await tx.load_nodes(node, part if stored is None else with_versions(part, stored))
            count.add(changed=loaded.updated, unchanged=loaded.unchanged)
    elif known:
        count.unchanged += len(known - seen)
    written.present.setdefault(nodes.label, set()).update(ids)
    return complete


async def _without_erased(tx: LoadTransaction, nodes: NodeFrame) -> pl.DataFrame:
    """Leave out what a list still says of volunteers who were erased: nothing of them comes back."""
    column = "id" if nodes.label == "Volunteer" else "volunteer_id"
    if column not in nodes.frame.columns:
        return nodes.frame
    erased = await erased_volunteers(tx)
    return nodes.frame.filter(~pl.col(column).is_in(erased)) if erased else nodes.frame


def _sourced(node: NodeType, frame: pl.DataFrame, source: str, recorded_at: datetime) -> pl.DataFrame:
    names = {p.name for p in node.properties}
    if "source_id" in names:
        frame = frame.with_columns(
            pl.lit(source).alias("source_id"),
            pl.col(ROW).alias("source_row"),
            pl.lit(recorded_at).cast(pl.Datetime("us", "UTC")).alias("recorded_at"),
        )
    return frame.drop(ROW)


def _as_new(node: NodeType, frame: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """Fill what a new node must have: its first version, and a region where the row names none."""
    names = {p.name for p in node.properties}
    if "version" in names and "version" not in frame.columns:
        frame = frame.with_columns(pl.lit(1, pl.Int64).alias("version"))
    if not node.scoped or node.label == "Region":
        return frame
    home = batch.table.mapping.region
    place = place_of(home.partition(":")[2]).code if home else None
    defaults = {"region_path": place.path if place else "/", "region_id": place.id if place else None}
    for name, value in defaults.items():
        if name in names:
            given = pl.col(name) if name in frame.columns else pl.lit(None, pl.String)
            frame = frame.with_columns(pl.coalesce(given, pl.lit(value, pl.String)).alias(name))
    return frame


def _as_old(node: NodeType, frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Leave alone what workflows own, and the place of nodes for which this row names none."""
    frame = frame.drop(OWNED_BY_WORKFLOWS.get(node.label, frozenset()), strict=False)
    unsaid = [name for name in SAID_OR_LINKED.get(node.label, ()) if name in frame.columns]
    frame = frame.drop([name for name in unsaid if frame[name].null_count() == frame.height])
    if "region_path" not in frame.columns or not frame["region_path"].null_count():
        return [frame]
    placed = frame.filter(pl.col("region_path").is_not_null())
    unplaced = frame.filter(pl.col("region_path").is_null()).drop("region_path", "region_id", strict=False)
    return [part for part in (placed, unplaced) if not part.is_empty()]


async def _write_edges(
    tx: LoadTransaction, step: Step, edges: EdgeFrame, present: dict[str, set[str]], written: Written
) -> None:
    count = written.relationships.setdefault(edges.type, EntityCount())
    frame = edges.frame
    if edges.pair[0] == "Volunteer" and (erased := await erased_volunteers(tx)):
        frame = frame.filter(~pl.col("from_id").is_in(erased))
    for column, label in zip(("from_id", "to_id"), edges.pair, strict=True):
        if frame.is_empty():
            return
        ids = set(cast("list[str]", frame[column].unique().to_list()))
        there = ids & (present.get(label, set()) | written.present.get(label, set()))
        there |= await known_ids(tx, label, sorted(ids - there)) if ids - there else set()
        written.present.setdefault(label, set()).update(there)
        if len(there) < len(ids):
            lost = frame.filter(~pl.col(column).is_in(there))
            written.issues += _dangling(step.batch, lost, column, edges)
            frame = frame.filter(pl.col(column).is_in(there))
    if frame.is_empty():
        return
    kind = RELATIONSHIP_TYPE_BY_NAME[edges.type]
    rows = frame.with_columns(pl.lit(step.source).alias("source_id")).drop(ROW)
    loaded = await tx.load_relationships(kind, edges.pair, rows)
    count.add(created=loaded.created, changed=loaded.updated, unchanged=loaded.unchanged)


def _dangling(batch: Batch, lost: pl.DataFrame, column: str, edges: EdgeFrame) -> list[Issue]:
    name = _column_of(batch, edges, column)
    texts = batch.table.frame
    raw: dict[int, Any] = {}
    if name is not None and name in texts.columns and batch.table.mapping.columns[name].kind not in KEYED:
        wanted = texts.filter(pl.col(ROW).is_in(lost[ROW].unique().to_list()))
        raw = dict(zip(wanted[ROW].to_list(), wanted[name].to_list(), strict=True))
    return [
        batch.table.issue(
            IssueCode.DANGLING_REFERENCE,
            Severity.FLAGGED,
            row=row,
            column=name,
            raw=str(raw.get(row) or edges.type),
        )
        for row in cast("list[int]", lost[ROW].unique(maintain_order=True).to_list())
    ]


def _column_of(batch: Batch, edges: EdgeFrame, column: str) -> str | None:
    """Say which column of the mapping names the end that is missing."""
    for relation in batch.table.mapping.relations:
        if relation.type == edges.type and relation.pair == edges.pair:
            end = relation.start if column == "from_id" else relation.end
            source = end.key[0] if end.key else end.id or ""
            return (
                source.partition(".")[0] if source in batch.table.mapping.columns or "." in source else None
            )
    return None
