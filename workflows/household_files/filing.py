"""The file of a household: read on a day, kept in versions once somebody works with it."""

from dataclasses import replace

from domain.actors import Actor, Role
from domain.time import civil_date
from graph.household_files import create_version, filed_households, last_version
from graph.households import lock_household
from graph.ports import ReadTransaction
from graph.reads.household_files import household_facts
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.household_files.assembling import HouseholdFile, assemble, content_of
from workflows.household_files.rules_in_force import file_rules
from workflows.workspace import Workspace

FILE_DESK = (Role.STATION_WORKER, Role.STATION_LEAD, Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER)


async def read_file(
    tx: ReadTransaction, ws: Workspace, actor: Actor, household_id: str, *, as_system: bool = False
) -> HouseholdFile:
    """
    Give a household's file as it stands today, and which stored version it goes back to.

    Raises
    ------
    NotFoundError
        Not within the actor's scope, or no desk.
    """
    day = civil_date(ws.clock())
    facts = await household_facts(tx, actor, household_id, as_system=as_system)
    whole = facts if as_system else await household_facts(tx, actor, household_id, as_system=True)
    rules = file_rules(day, facts.region_path)
    file = assemble(facts, rules, day)
    number, digest = await last_version(tx, household_id)
    changed = bool(number) and digest != assemble(whole, rules, day).digest
    return replace(file, version=number, changed_since=changed)


async def household_file(ws: Workspace, actor: Actor, household_id: str) -> HouseholdFile:
    """
    Give a household's file.

    Raises
    ------
    NotPermittedError, NotFoundError
        No desk; not within the actor's scope.
    """
    actor.require(*FILE_DESK)
    return await ws.store.read(lambda tx: read_file(tx, ws, actor, household_id))


async def open_file(ws: Workspace, actor: Actor, household_id: str) -> HouseholdFile:
    """
    Open a file to work with it: the look is written down, and what it shows becomes a version if it is new.

    From then on every import that changes the file adds a version.

    Raises
    ------
    NotPermittedError, NotFoundError
        No desk; not within the actor's scope.
    """
    actor.require(*FILE_DESK)

    async def work(tx: AuditedTransaction) -> HouseholdFile:
        await household_facts(tx, actor, household_id)
        await lock_household(tx, household_id)
        await _keep(tx, ws, actor, household_id, cause="OPENED")
        tx.record("household_file.open", household_id)
        return await read_file(tx, ws, actor, household_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _keep(
    tx: AuditedTransaction, ws: Workspace, actor: Actor, household_id: str, *, cause: str
) -> bool:
    """Append a version if the file says something new."""
    file = await read_file(tx, ws, actor, household_id, as_system=True)
    if file.version and not file.changed_since:
        return False
    await create_version(
        tx,
        f"{household_id}:file:{file.version + 1}",
        household_id=household_id,
        number=file.version + 1,
        content=content_of(file, with_children=True),
        digest=file.digest,
        cause=cause,
        made_by=actor.id,
        at=tx.at,
        region_path=file.facts.region_path,
    )
    return True


async def refresh_files(ws: Workspace, actor: Actor) -> int:
    """
    Append a version to every file in use that imports have changed, and give how many.

    Raises
    ------
    NotPermittedError
        The actor may not import.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    added = 0
    for household_id in await ws.store.read(lambda tx: filed_households(tx, actor)):

        async def work(tx: AuditedTransaction, household_id: str = household_id) -> bool:
            fresh = await _keep(tx, ws, actor, household_id, cause="IMPORTED")
            if fresh:
                tx.record("household_file.refresh", household_id)
            return fresh

        added += await UnitOfWork(ws.store, ws.clock).run(actor, work)
    return added
