"""
Taking a whole batch back.

What the batch created goes, unless something else has come to depend on it since; what it changed returns to what
it was, field by field, unless somebody changed it again. Both exceptions are said. Sources, changes and the batch
itself stay, marked as undone: what a value once was and who said so can still be read.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

import polars as pl

from domain.actors import Actor, Role
from domain.errors import ConflictError, NotFoundError, NotPermittedError
from graph import imports, unlinking
from graph.imports import ASKED_AT_ONCE, BatchState, ChangeKind, Pair
from graph.ports import GraphStore, ReadTransaction, Statement
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME
from graph.scope import NOTHING
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.batches import TYPES
from importers.journal import unpack
from importers.scope import EVERYWHERE
from importers.unlinking import Unlinking, plan_unlinking

Clock = Callable[[], datetime]

KEPT_LISTED = 200
"""How many kept nodes a report names; their counts by reason are whole."""


class KeptFor(StrEnum):
    """Why something of a batch stays."""

    USED = "USED"
    JOINED = "JOINED"
    SAID_BY_ANOTHER_FILE = "SAID_BY_ANOTHER_FILE"
    CHANGED_SINCE = "CHANGED_SINCE"
    NEEDED_BY_KEPT = "NEEDED_BY_KEPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One node that stays, or one whose fields stay; ``by`` is what holds it, a label or names of fields."""

    label: str
    id: str
    reason: KeptFor
    by: str


@dataclass(slots=True, kw_only=True)
class UndoReport:
    """
    What taking a batch back did, or would do.

    Parameters
    ----------
    removed, restored
        Nodes and relationships by label or type: those that went, and those that are again as they were.
    kept
        What stays, and why.
    """

    batch_id: str
    dry_run: bool
    state: BatchState
    removed: Counter[str] = field(default_factory=Counter[str])
    restored: Counter[str] = field(default_factory=Counter[str])
    kept: list[Kept] = field(default_factory=lambda: [])

    @property
    def changes_nothing(self) -> bool:
        """Whether there was nothing left to take back."""
        return not self.removed and not self.restored

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "batch_id": self.batch_id,
            "dry_run": self.dry_run,
            "state": self.state.value,
            "removed": dict(sorted(self.removed.items())),
            "restored": dict(sorted(self.restored.items())),
            "kept_by_reason": dict(sorted(Counter(one.reason.value for one in self.kept).items())),
            "kept": [
                {"label": one.label, "id": one.id, "reason": one.reason.value, "by": one.by}
                for one in self.kept[:KEPT_LISTED]
            ],
        }


@dataclass(slots=True)
class _Plan:
    """What is to be done, found by reading alone."""

    sources: list[str]
    removed: dict[str, list[str]] = field(default_factory=lambda: {})
    parted: dict[Pair, list[str]] = field(default_factory=lambda: {})
    parted_count: Counter[str] = field(default_factory=Counter[str])
    kept_ids: list[str] = field(default_factory=lambda: [])
    restored: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {})
    joined: dict[Pair, list[dict[str, Any]]] = field(default_factory=lambda: {})
    splices: list[tuple[str, str]] = field(default_factory=lambda: [])
    closed: list[str] = field(default_factory=lambda: [])
    kept: list[Kept] = field(default_factory=lambda: [])
    links: Unlinking = field(default_factory=Unlinking)


async def undo_batch(
    store: GraphStore, actor: Actor, batch_id: str, *, clock: Clock, dry_run: bool = False
) -> UndoReport:
    """
    Take back all that a batch wrote, or say what that would do.

    A batch that was taken back already changes nothing; one of which something had to stay tries that again.

    Parameters
    ----------
    store, actor, clock
        Where, who, and when.
    batch_id
        As ``import list`` shows it; its beginning will do.
    dry_run
        Only say what would happen.

    Raises
    ------
    NotFoundError
        The graph has no such batch.
    NotPermittedError
        The actor may not import, or neither loaded the batch nor acts for the whole platform.
    ConflictError
        A later list of the same series stands: it was read without the rows that this one said already.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    batch = await store.read(lambda tx: _own_batch(tx, actor, batch_id))
    batch_id = batch.id
    await store.read(lambda tx: _require_last_of_series(tx, batch_id))
    plan = await store.read(lambda tx: _plan(tx, batch_id))
    report = _report(batch_id, plan, dry_run=dry_run)
    if dry_run or (report.changes_nothing and batch.state is not BatchState.LOADED):
        return report
    work = UnitOfWork(store, clock)
    for part, steps in enumerate(_parts(plan), start=1):

        async def unit(tx: AuditedTransaction, steps: _Plan = steps, part: int = part) -> None:
            await _apply(tx, steps)
            tx.record("import.undo_part", batch_id, detail={"part": part})

        await work.run(actor, unit)

    async def close(tx: AuditedTransaction) -> None:
        await tx.run(imports.CLOSE_BATCH, id=batch_id, state=report.state.value, actor_id=actor.id, at=tx.at)
        removed, restored = sum(report.removed.values()), sum(report.restored.values())
        tx.record(
            "import.undo",
            batch_id,
            detail={"removed": removed, "restored": restored, "kept": len(report.kept)},
        )

    await work.run(actor, close)
    return report


async def _own_batch(tx: ReadTransaction, actor: Actor, batch_id: str) -> imports.ImportBatch:
    batch = await imports.batch_beginning(tx, batch_id)
    if batch is None:
        raise NotFoundError("no batch has this id", batch_id=batch_id)
    if batch.actor_id != actor.id and EVERYWHERE not in actor.scope.region_paths:
        raise NotPermittedError("another account loaded this batch", batch_id=batch_id)
    return batch


async def _require_last_of_series(tx: ReadTransaction, batch_id: str) -> None:
    later = await tx.run(imports.LATER_OF_SERIES, batch_id=batch_id)
    if later:
        raise ConflictError(
            f"{later[0]['file_name']} came later and repeats rows of this list, which were passed over: "
            f"take {later[0]['batch_id']} back first",
            batch_id=batch_id,
            later=str(later[0]["batch_id"]),
        )


async def own_batches(store: GraphStore, actor: Actor, most: int = 50) -> list[imports.ImportBatch]:
    """Give the newest batches that the actor loaded; all of them to whoever acts for the whole platform."""
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    found = await store.read(lambda tx: imports.list_batches(tx, most))
    everywhere = EVERYWHERE in actor.scope.region_paths
    return [batch for batch in found if everywhere or batch.actor_id == actor.id]


async def own_batch(store: GraphStore, actor: Actor, batch_id: str) -> imports.ImportBatch:
    """Give one batch; see ``undo_batch`` for what is raised."""
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    return await store.read(lambda tx: _own_batch(tx, actor, batch_id))


async def _plan(tx: ReadTransaction, batch_id: str) -> _Plan:
    tables = await tx.run(imports.LIST_TABLES, batch_id=batch_id)
    plan = _Plan(sources=[str(row["id"]) for row in tables])
    mine = await tx.run(imports.LIST_CHANGES, batch_id=batch_id)
    others = await tx.run(imports.CHANGES_BY_OTHERS, batch_id=batch_id)
    await _plan_nodes(tx, plan, mine, others)
    await _plan_restoring(tx, plan, mine, others)
    await _plan_relationships(tx, plan, mine)
    plan.links = await plan_unlinking(
        tx,
        plan.sources,
        plan.removed,
        plan.restored.get("DepartmentRecord", []),
        frozenset(plan.kept_ids),
    )
    plan.removed["Resident"] = [*plan.removed.get("Resident", []), *plan.links.people]
    plan.restored["Resident"] = [*plan.restored.get("Resident", []), *plan.links.described]
    plan.closed += [str(c["id"]) for c in mine if c["kind"] in {ChangeKind.CONFIRMED, ChangeKind.CREATED}]
    return plan


async def _plan_nodes(
    tx: ReadTransaction, plan: _Plan, mine: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]
) -> None:
    """Find what the batch created, and of it what must stay."""
    changed = {c["node_id"] for c in mine if c["kind"] == ChangeKind.CHANGED}
    created: dict[str, str] = {
        each: c["label"] for c in mine if c["kind"] == ChangeKind.CREATED for each in unpack(c["after"])
    }
    for label, statement in imports.CREATED_NODES.items():
        frame = await tx.frame(statement, sources=plan.sources)
        if not frame.is_empty():
            created |= dict.fromkeys(set(cast("list[str]", frame["id"].to_list())) - changed, label)
    newcomers = set(cast("list[str]", (await unlinking.newcomers(tx))["id"].to_list()))
    created |= dict.fromkeys(newcomers, "Resident")  # whether they stay is for their records to say
    labels = set(created.values())
    if not labels:
        return
    held: dict[str, tuple[KeptFor, str]] = {}
    await _worked_on(tx, plan, created, held)
    for change in others:
        if change["label"] not in labels:
            continue
        if change["kind"] == ChangeKind.CONFIRMED:
            for each in unpack(change["after"]):
                if each in created:
                    held.setdefault(each, (KeptFor.SAID_BY_ANOTHER_FILE, str(change["batch_id"])))
        elif change["kind"] == ChangeKind.CHANGED and change["node_id"] in created:
            held.setdefault(change["node_id"], (KeptFor.SAID_BY_ANOTHER_FILE, str(change["batch_id"])))
    needs = await _dependents(tx, plan, created, held)
    _hold_what_is_needed(needs, created, held)
    for identity in created.keys() - newcomers:
        label = created[identity]
        if identity in held:
            reason, by = held[identity]
            plan.kept.append(Kept(label=label, id=identity, reason=reason, by=by))
        else:
            plan.removed.setdefault(label, []).append(identity)
    plan.kept_ids = sorted(held)


async def _worked_on(
    tx: ReadTransaction, plan: _Plan, created: dict[str, str], held: dict[str, tuple[KeptFor, str]]
) -> None:
    """Hold nodes whose version says that somebody changed them otherwise than by a file."""
    counted = {
        row["id"]: cast("int", row["made"]) + cast("int", row["undone"])
        for row in await tx.run(imports.COUNT_CHANGES)
    }
    for label, statement in imports.VERSIONS.items():
        frame = await tx.frame(statement, sources=plan.sources)
        if frame.is_empty():
            continue
        for identity, version in cast("Iterable[tuple[str, int]]", frame.select("id", "version").iter_rows()):
            if identity in created and version > 1 + counted.get(identity, 0):
                held[identity] = (KeptFor.CHANGED_SINCE, label)


async def _dependents(
    tx: ReadTransaction, plan: _Plan, created: dict[str, str], held: dict[str, tuple[KeptFor, str]]
) -> dict[str, set[str]]:
    """Hold what others name or are joined to; give which created node names which."""
    ids = pl.DataFrame({"other": list(created)}, schema={"other": pl.String})
    needs: dict[str, set[str]] = defaultdict(set)
    for (label, name), statement in imports.REFERENCES.items():
        frame = await _naming(tx, plan, (label, name), statement)
        if frame.is_empty():
            continue
        naming = frame.select(pl.col("id", "other").cast(pl.String)).join(ids, on="other")
        for identity, other in cast("Iterable[tuple[str, str]]", naming.iter_rows()):
            if identity in created:
                needs[identity].add(other)
            else:
                held.setdefault(other, (KeptFor.USED, label))
    labels = set(created.values())
    for pair, statement in imports.FOREIGN_RELATIONSHIPS.items():
        if not labels & set(pair[1:]):
            continue
        frame = await tx.frame(statement, sources=plan.sources)
        for end in ("from_id", "to_id") if not frame.is_empty() else ():
            joined = frame.select(pl.col(end).cast(pl.String).alias("other")).unique().join(ids, on="other")
            for identity in cast("list[str]", joined["other"].to_list()):
                held.setdefault(identity, (KeptFor.JOINED, pair[0]))
    return needs


async def _naming(
    tx: ReadTransaction, plan: _Plan, by: tuple[str, str], statement: Statement
) -> pl.DataFrame:
    """Give who names whom; what merely follows from files holds nothing."""
    if by not in unlinking.HOLDING:
        return await tx.frame(statement)
    holding = unlinking.HOLDING[by]
    if holding is None:
        return pl.DataFrame()
    sources = {"sources": plan.sources or [NOTHING]} if by[0] == "MembershipChange" else {}
    return await unlinking.pages_of(tx, holding, **sources)


def _hold_what_is_needed(
    needs: dict[str, set[str]], created: dict[str, str], held: dict[str, tuple[KeptFor, str]]
) -> None:
    """Hold what a kept node names, and the books and gifts of a kept owner: they are whole or not at all."""
    belongs: dict[str, list[str]] = defaultdict(list)
    for identity, others in needs.items():
        for other in others:
            if created[identity] in imports.OPENED or (
                created[identity] == "Donation" and created[other] == "Fund"
            ):
                belongs[other].append(identity)
    waiting = list(held)
    while waiting:
        identity = waiting.pop()
        for other in (*needs.get(identity, ()), *belongs.get(identity, ())):
            if other not in held:
                held[other] = (KeptFor.NEEDED_BY_KEPT, identity)
                waiting.append(other)


async def _plan_restoring(
    tx: ReadTransaction, plan: _Plan, mine: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]
) -> None:
    """Find which fields can return, and mend what later batches hold as the state before them."""
    later: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in others:
        if change["kind"] == ChangeKind.CHANGED:
            later[change["node_id"]].append(change)
    by_label: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in mine:
        if change["kind"] == ChangeKind.CHANGED:
            by_label[change["label"]].append(change)
    for label, changes in by_label.items():
        kinds = {p.name: p.type for p in NODE_TYPE_BY_LABEL[label].properties}
        stored = await imports.stored_nodes(tx, label, sorted({c["node_id"] for c in changes}))
        now = {row["id"]: row for row in stored.iter_rows(named=True)}
        for change in changes:
            node = now.get(change["node_id"])
            if node is None:
                plan.closed.append(change["id"])
                continue
            before, after = (imports.from_json(change[name], kinds) for name in ("before", "after"))
            _restore(plan, change, node, (before, after), [
                (one, imports.from_json(one["before"], kinds)) for one in later[change["node_id"]]
                if one["recorded_at"] > change["recorded_at"]
            ])  # fmt: skip


def _restore(
    plan: _Plan,
    change: dict[str, Any],
    node: dict[str, Any],
    said: tuple[dict[str, Any], dict[str, Any]],
    later: Sequence[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    before, after = said
    back: dict[str, Any] = {}
    stays: list[str] = []
    for name, value in before.items():
        if name == "version":
            continue
        following = next((pair for pair in later if name in pair[1] and pair[1][name] == after[name]), None)
        if following is not None:
            following[1][name] = value
            plan.splices = [one for one in plan.splices if one[0] != following[0]["id"]]
            plan.splices.append((following[0]["id"], imports.to_json(following[1])))
        elif node[name] == after[name]:
            back[name] = value
        elif node[name] != value and name not in imports.PROVENANCE:
            stays.append(name)
    if stays:
        plan.kept.append(
            Kept(
                label=change["label"],
                id=change["node_id"],
                reason=KeptFor.CHANGED_SINCE,
                by=", ".join(stays),
            )
        )
        back = {name: value for name, value in back.items() if name not in imports.PROVENANCE}
    else:
        plan.closed.append(change["id"])
    if back:
        version = {"version": node["version"] + 1} if "version" in node else {}
        plan.restored.setdefault(change["label"], []).append({"id": node["id"], **back, **version})


async def _plan_relationships(tx: ReadTransaction, plan: _Plan, mine: Sequence[dict[str, Any]]) -> None:
    """Find the relationships that the batch made and nothing kept needs, and those that it wrote otherwise."""
    kept = set(plan.kept_ids)
    otherwise: dict[Pair, list[dict[str, Any]]] = defaultdict(list)
    for change in mine:
        if change["kind"] == ChangeKind.JOINED_OTHERWISE:
            start, _, end = str(change["other_label"]).partition("\x1f")
            otherwise[change["label"], start, end].append(change)
    for pair, statement in imports.OWN_RELATIONSHIPS.items():
        frame = await tx.frame(statement, sources=plan.sources)
        changes = {(c["node_id"], c["other_id"]): c for c in otherwise[pair]}
        if frame.is_empty():
            continue
        kinds = {p.name: p.type for p in RELATIONSHIP_TYPE_BY_NAME[pair[0]].properties}
        starts: list[str] = []
        for ends in cast("Iterable[tuple[str, str]]", frame.select("from_id", "to_id").iter_rows()):
            change = changes.get(ends)
            if change is not None:
                before = imports.from_json(change["before"], kinds)
                plan.joined.setdefault(pair, []).append({"from_id": ends[0], "to_id": ends[1], **before})
                plan.closed.append(change["id"])
            elif not kept.intersection(ends):
                starts.append(ends[0])
                plan.parted_count[pair[0]] += 1
        if starts:
            plan.parted[pair] = sorted(set(starts))


def _report(batch_id: str, plan: _Plan, *, dry_run: bool) -> UndoReport:
    removed = Counter({label: len(ids) for label, ids in plan.removed.items()}) + plan.parted_count
    restored = Counter({label: len(rows) for label, rows in plan.restored.items()})
    restored += Counter({pair[0]: len(rows) for pair, rows in plan.joined.items()})
    removed += Counter({"LinkReview": len(plan.links.reviews), "MembershipChange": len(plan.links.moves)})
    removed += Counter({"Alert": plan.links.alerts_told})
    restored["DepartmentRecord"] += len(
        set(plan.links.rows) - {row["id"] for row in plan.restored.get("DepartmentRecord", ())}
    )
    restored += Counter({"MEMBER_OF": len(plan.links.left)})
    state = BatchState.PARTLY_UNDONE if plan.kept else BatchState.UNDONE
    return UndoReport(
        batch_id=batch_id, dry_run=dry_run, state=state, removed=removed, restored=restored, kept=plan.kept
    )


def _parts(plan: _Plan) -> list[_Plan]:
    """Part the work into units of bounded size: values first, then relationships, then nodes, then the marks."""
    parts = [_Plan(sources=plan.sources, restored=plan.restored, splices=plan.splices, joined=plan.joined)]
    parts += [_Plan(sources=plan.sources, links=links) for links in plan.links.parts()]
    for pair, starts in plan.parted.items():
        for at in range(0, len(starts), ASKED_AT_ONCE):
            part = {pair: starts[at : at + ASKED_AT_ONCE]}
            parts.append(_Plan(sources=plan.sources, parted=part, kept_ids=plan.kept_ids))
    for label, ids in plan.removed.items():
        for at in range(0, len(ids), ASKED_AT_ONCE):
            parts.append(_Plan(sources=plan.sources, removed={label: ids[at : at + ASKED_AT_ONCE]}))
    parts.append(_Plan(sources=plan.sources, closed=plan.closed))
    if sum(map(len, (*plan.removed.values(), *plan.parted.values(), plan.links.rows))) <= ASKED_AT_ONCE:
        return [plan]
    return parts


async def _apply(tx: AuditedTransaction, plan: _Plan) -> None:
    for label, rows in plan.restored.items():
        kinds = {p.name: TYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            groups[tuple(row)].append(row)
        for names, members in groups.items():
            frame = pl.DataFrame(members, schema={name: kinds[name] for name in names})
            await tx.load_nodes(NODE_TYPE_BY_LABEL[label], frame)
    for pair, rows in plan.joined.items():
        kind = RELATIONSHIP_TYPE_BY_NAME[pair[0]]
        kinds = {p.name: TYPES[p.type] for p in kind.properties} | {"from_id": pl.String, "to_id": pl.String}
        for row in rows:
            frame = pl.DataFrame([row], schema={name: kinds[name] for name in row})
            await tx.load_relationships(kind, pair[1:], frame)
    for identity, before in plan.splices:
        await tx.run(imports.SPLICE_CHANGE, id=identity, before=before)
    await plan.links.apply(tx)
    for pair, starts in plan.parted.items():
        await tx.run(imports.DELETE_RELATIONSHIPS[pair], sources=plan.sources, ids=starts, kept=plan.kept_ids)
    for label, ids in plan.removed.items():
        await tx.run(imports.DELETE_NODES[label], ids=ids)
    for at in range(0, len(plan.closed), ASKED_AT_ONCE):
        await tx.run(imports.CLOSE_CHANGES, ids=plan.closed[at : at + ASKED_AT_ONCE], at=tx.at)
        await asyncio.sleep(0)
