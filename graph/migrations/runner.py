"""Which steps a store has seen, which it lacks, and applying those under a lease."""

import hashlib
import pkgutil
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from importlib.resources import files
from typing import cast

from domain.errors import MigrationError
from graph import lease
from graph.ports import Access, GraphStore, Statement

_MODULE = re.compile(r"v(?P<number>\d{4})_(?P<name>\w+)")
_LEASE = "migrations"
_LEASE_TIME = timedelta(minutes=30)

LIST_APPLIED = Statement(
    "MATCH (m:SchemaMigration) RETURN m.id AS id, m.name AS name, m.checksum AS checksum ORDER BY m.id",
    Access.READ,
)
RECORD_APPLIED = Statement(
    "CREATE (:SchemaMigration {id: $id, name: $name, checksum: $checksum, applied_at: $applied_at})",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """
    One step.

    ``checksum`` is the SHA-256 of its source, line ends aside.
    """

    number: int
    name: str
    checksum: str
    up: Callable[[GraphStore], Awaitable[None]]

    @property
    def id(self) -> str:
        """Its key in the store, as ``0001``."""
        return f"{self.number:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """What a store has and what it lacks, both in order."""

    applied: tuple[str, ...]
    pending: tuple[Migration, ...]


def catalogue() -> tuple[Migration, ...]:
    """
    Give every step of this program in order.

    Raises
    ------
    MigrationError
        The numbers have a gap or stand twice.
    """
    found: list[Migration] = []
    package = import_module("graph.migrations")
    for module in pkgutil.iter_modules(package.__path__):
        match = _MODULE.fullmatch(module.name)
        if match is None:
            continue
        source = files("graph.migrations").joinpath(f"{module.name}.py").read_text("utf-8")
        found.append(
            Migration(
                number=int(match["number"]),
                name=match["name"],
                checksum=hashlib.sha256("\n".join(source.splitlines()).encode()).hexdigest(),
                up=import_module(f"graph.migrations.{module.name}").up,
            )
        )
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"migrations are not numbered 1, 2, ..: {[m.number for m in found]}")
    return tuple(found)


async def plan(store: GraphStore, known: Sequence[Migration] | None = None) -> MigrationPlan:
    """
    Compare a store with the program; nothing but the store's own account is touched.

    Raises
    ------
    MigrationError
        The store is newer than the program, or a step was edited after it had been applied.
    """
    known = catalogue() if known is None else known
    await store.define(store_labels_only=True)
    applied = await store.read(lambda tx: tx.run(LIST_APPLIED))
    by_id = {migration.id: migration for migration in known}
    for row in applied:
        migration = by_id.get(str(row["id"]))
        if migration is None:
            raise MigrationError(
                f"the store has step {row['id']} {row['name']}, which this program does not know:"
                " it was written by a newer release",
                step=str(row["id"]),
            )
        if migration.checksum != row["checksum"]:
            raise MigrationError(
                f"step {migration.id} {migration.name} was edited after it had been applied",
                step=migration.id,
            )
    done = tuple(str(row["id"]) for row in applied)
    return MigrationPlan(applied=done, pending=tuple(m for m in known if m.id not in done))


async def migrate(
    store: GraphStore,
    *,
    clock: Callable[[], datetime],
    holder: str,
    dry_run: bool = False,
    known: Sequence[Migration] | None = None,
) -> MigrationPlan:
    """
    Apply the steps that a store lacks, one process at a time.

    Parameters
    ----------
    holder
        Who asks, as ``host:pid``; the next one is told.
    dry_run
        Only say what would be done.
    known
        The steps; by default those of this program.

    Returns
    -------
    MigrationPlan
        What had been applied, and the steps that were pending (and are applied now, unless ``dry_run``).

    Raises
    ------
    MigrationError
        See ``plan``.
    ConflictError
        Somebody else is migrating this store.
    """
    seen = await plan(store, known)
    if dry_run or not seen.pending:
        return seen
    async with lease.held(store, _LEASE, holder=holder, clock=clock, duration=_LEASE_TIME):
        seen = await plan(store, known)  # somebody may have been faster
        for migration in seen.pending:
            await lease.take(store, _LEASE, holder=holder, now=clock(), duration=_LEASE_TIME)
            await migration.up(store)
            await _record(store, migration, clock())
    return seen


async def _record(store: GraphStore, migration: Migration, at: datetime) -> None:
    await store.write(
        lambda tx: tx.run(
            RECORD_APPLIED,
            id=migration.id,
            name=migration.name,
            checksum=migration.checksum,
            applied_at=at,
        )
    )


async def schema_version(store: GraphStore) -> int:
    """Give the number of the last step that a store has seen; 0 is none."""
    await store.define(store_labels_only=True)
    applied = await store.read(lambda tx: tx.run(LIST_APPLIED))
    return int(cast("str", applied[-1]["id"])) if applied else 0
