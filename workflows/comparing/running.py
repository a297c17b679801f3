"""
A run: a department's newest list beside its list before and the graph, stored with all that it found.

What the two lists say is told apart in columns (``importers/differences.py``); whom a row is about is the graph's word,
so that a person whose row changed its number is the same person. The same two lists give the same run: asked again,
the stored one is shown and nothing follows twice.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from pathlib import Path

import polars as pl

from domain.actors import Actor, Role
from domain.comparing import Difference
from domain.time import civil_date
from graph.comparing import (
    Covered,
    covered,
    deaths_listed,
    persons_to_compare,
    records_of,
    stored_counts,
    tasks_of,
    write_run,
)
from graph.linking import shared_path
from graph.ports import ReadTransaction
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.batches import node_id
from importers.differences import ListTable, compare_lists, pair_renumbered, read_list
from importers.mapping import AUTO, SHIPPED, MappingCatalogue
from workflows.comparing.covering import Coverage, plan_coverage, record_coverage
from workflows.comparing.ending import End, ends_of, record_ends
from workflows.comparing.people import RowPeople, row_people
from workflows.comparing.rules_in_force import CompareRules, compare_rules
from workflows.workspace import Workspace

Progress = Callable[[str, int, int], None]
_RECORDS = "DepartmentRecord"


@dataclass(slots=True, kw_only=True)
class CompareReport:
    """What a run found; ``replayed`` says that these two lists had been compared before."""

    run_id: str
    counts: dict[str, int]
    replayed: bool = False
    seconds: dict[str, float] = field(default_factory=lambda: {})

    def to_json(self) -> dict[str, object]:
        """Give plain values: what ``--json`` prints."""
        return {
            "run": self.run_id,
            "counts": self.counts,
            "replayed": self.replayed,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What the graph knows: rows of the list, everybody, who died, who is covered, and the tasks there are."""

    records: pl.DataFrame
    persons: pl.DataFrame
    deaths: pl.DataFrame
    covered: Covered
    tasks: pl.DataFrame


async def compare_files(
    ws: Workspace,
    actor: Actor,
    after: Path,
    *,
    before: Path | None = None,
    mapping: str = AUTO,
    mappings: MappingCatalogue = SHIPPED,
    identity_key: bytes | None = None,
    progress: Progress | None = None,
) -> CompareReport:
    """
    Compare a list with the one before it and the graph, and send people where it shows that somebody is wanted.

    Parameters
    ----------
    after, before
        The newest list, imported already, and the one before it; None where it is the first.

    Raises
    ------
    NotPermittedError
        The actor may not import.
    InvalidInputError, UnreadableFileError, MappingError
        Not two lists of one kind; as for an import.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    tell = progress or _silent
    clock, seconds = time.perf_counter, dict[str, float]()
    started = clock()
    tell("read", 0, 4)
    new = await asyncio.to_thread(read_list, after, mapping, mappings)
    old = None if before is None else await asyncio.to_thread(read_list, before, mapping, mappings)
    seconds["read"] = clock() - started
    day = civil_date(ws.clock())
    rules = compare_rules(day)
    run_id = node_id(
        "CompareRun",
        "",
        (rules.id, "" if old is None else old.digest, new.digest, *sorted(actor.scope.region_paths)),
    )
    stored = await ws.store.read(lambda tx: stored_counts(tx, run_id))
    if stored is not None:
        return CompareReport(run_id=run_id, counts=stored, replayed=True, seconds=seconds)
    started = clock()
    tell("graph", 1, 4)
    base = await ws.store.read(lambda tx: _read(tx, actor, new, old, rules, ws))
    seconds["graph"] = clock() - started
    started = clock()
    tell("compare", 2, 4)
    found = await asyncio.to_thread(_compare, old, new, base, rules, actor, identity_key, day, run_id)
    seconds["compare"] = clock() - started
    started = clock()
    tell("write", 3, 4)
    counts = await UnitOfWork(ws.store, ws.clock).run(
        actor, lambda tx: _write(ws, tx, actor, run_id, found, new=new, old=old, rules=rules)
    )
    seconds["write"] = clock() - started
    return CompareReport(run_id=run_id, counts=counts, seconds=seconds)


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


async def _read(
    tx: ReadTransaction,
    actor: Actor,
    new: ListTable,
    old: ListTable | None,
    rules: CompareRules,
    ws: Workspace,
) -> _Base:
    sides = [side for side in (new, old) if side is not None]
    departments = sorted({name for side in sides for name in side.values_of("department")})
    events = sorted({name for side in sides for name in side.values_of("event")})
    return _Base(
        records=await records_of(tx, actor, departments, events),
        persons=await persons_to_compare(tx, actor),
        deaths=await deaths_listed(
            tx,
            actor,
            departments=[each.department for each in rules.deaths],
            events=[each.event for each in rules.deaths],
        ),
        covered=await covered(
            tx,
            actor,
            departments=[each.department for each in rules.relief],
            events=[each.event for each in rules.relief],
            situations=[each.value for each in rules.relief_situations],
            since=ws.clock() - timedelta(days=rules.cover_days.value),
        ),
        tasks=await tasks_of(tx, actor),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    lines: pl.DataFrame
    counts: dict[str, int]
    coverage: Coverage
    ends: list[End]


def _compare(
    old: ListTable | None,
    new: ListTable,
    base: _Base,
    rules: CompareRules,
    actor: Actor,
    identity_key: bytes | None,
    day: date,
    run_id: str,
) -> _Found:
    compared = compare_lists(old, new, identity_key=identity_key, scope=actor.scope, day=day)
    people = row_people(old, new, base.records, base.persons)
    lines = pair_renumbered(_with_people(compared.lines, new.label, people, base.persons))
    if new.label == "Resident":
        lines = lines.with_columns(pl.coalesce("row_id", "row_before").alias("person_id"))
    kinds = dict(lines["kind"].value_counts().iter_rows())
    counts = (
        compared.counts
        | {kind.value.lower(): int(kinds.get(kind.value, 0)) for kind in Difference}
        | people.counts(lines, new.label)
    )
    ends = ends_of(lines, new.label, people, rules, day, deaths=base.deaths)
    return _Found(
        lines=_nodes(lines, run_id),
        counts=counts,
        coverage=plan_coverage(people, base.covered, base.tasks, rules),
        ends=ends,
    )


def _with_people(lines: pl.DataFrame, label: str, people: RowPeople, persons: pl.DataFrame) -> pl.DataFrame:
    """Say of each line whom and which household it is about."""
    row = pl.coalesce("row_id", "row_before")
    if label == "Household":
        return lines.with_columns(
            row.alias("household_id"), pl.lit(None, dtype=pl.String).alias("person_id")
        ).drop("id_hash")
    if label == "Resident":  # a person under another number of the register is known by their own
        by_number = pl.when(pl.col("kind").is_in([Difference.ADDED, Difference.REMOVED])).then("id_hash")
        return lines.with_columns(pl.coalesce(by_number, row).alias("person_id")).drop("id_hash")
    by_hash = persons.filter(pl.col("id_number_hash").is_not_null()).unique(
        "id_number_hash", keep="first", maintain_order=True
    )
    homes = persons.select(pl.col("id").alias("person_id"), pl.col("household_id").alias("_home"))
    return (
        lines.with_columns(row.alias("_row"))
        .join(people.of_rows, left_on="_row", right_on="row", how="left", maintain_order="left")
        .join(
            by_hash.select("id_number_hash", pl.col("id").alias("_by_hash")),
            left_on="id_hash",
            right_on="id_number_hash",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.coalesce("person_id", "_by_hash").alias("person_id"))
        .join(homes, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_home", "household_id").alias("household_id"))
        .drop("_row", "_home", "_by_hash", "id_hash")
    )


def _nodes(lines: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """Give lines as they are stored: keyed by run and place, changes as JSON."""
    texts = [
        None if changes is None else json.dumps(changes, ensure_ascii=False)
        for changes in lines["changes"].to_list()
    ]
    key = run_id.partition(":")[2]
    place = pl.int_range(1, lines.height + 1, eager=True).cast(pl.String).str.zfill(8)
    kept = ("kind", "row_id", "row_before", "number", "number_before", "department", "event", "person_id",
            "household_id", "source_row", "source_row_before", "region_path")  # fmt: skip
    return lines.select(
        (pl.lit(f"CompareLine:{key}:") + place).alias("id"),
        pl.lit(run_id).alias("run_id"),
        pl.Series("changes", texts, dtype=pl.String),
        *kept,
    )


async def _write(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    run_id: str,
    found: _Found,
    *,
    new: ListTable,
    old: ListTable | None,
    rules: CompareRules,
) -> dict[str, int]:
    tasks = await record_coverage(ws, tx, run_id, found.coverage, rules)
    ends = await record_ends(ws, tx, actor, run_id, found.ends, rules)
    counts = found.counts | tasks | ends
    run = {
        "id": run_id,
        "rules": rules.id,
        "about": new.label,
        "title": new.table.mapping.title,
        "before_file": None if old is None else old.path.name,
        "after_file": new.path.name,
        "before_digest": None if old is None else old.digest,
        "after_digest": new.digest,
        "counts": json.dumps(counts, sort_keys=True),
        "actor_id": actor.id,
        "departments": new.values_of("department"),
        "events": new.values_of("event"),
        "before_rows": 0 if old is None else old.rows,
        "after_rows": new.rows,
        "lines": found.lines.height,
        "compared_on": civil_date(tx.at),
        "region_path": reduce(shared_path, sorted(actor.scope.region_paths)),
    }
    await write_run(tx, run, found.lines, at=tx.at)
    tx.record("comparison.run", run_id, detail={"lines": found.lines.height, "rules": rules.id})
    return counts
