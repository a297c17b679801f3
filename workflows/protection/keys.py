"""
Keys that full identity numbers are sealed with: found, made, and changed.

Data keys are in the graph, wrapped; the envelope keys that open them are secrets of the installation, which no export,
backup or dump of the graph holds. A registry is a county: its key and its blind index are its own.
"""

from domain.actors import Actor, Role
from domain.errors import NotFoundError
from graph.ports import ReadTransaction
from graph.protection.sealed import (
    SealedRow,
    StoredKey,
    active_key,
    add_key,
    drop_key,
    keep_many,
    keep_sealed,
    sealed_of,
    sealed_under,
    stored_key,
    stored_keys,
    wrap_anew,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.keys.sealing import Cipher
from identity.sealing.data_keys import DataKey, EnvelopeKey, new_data_key, next_name, unwrap, wrap
from workflows.workspace import Workspace

PURPOSE = "volunteer.id_number"
_STEM = "envelope"
_COUNTY_PARTS = 4  # /NBS/32/3205/320582/: code system, province, city, county


def registry_of(region_path: str) -> str:
    """
    Give the registry that a place belongs to: its county, or the division itself above that.

    Examples
    --------
    >>> registry_of("/NBS/32/3205/320582/320582100/")
    '/NBS/32/3205/320582/'
    """
    return "/" + "".join(f"{part}/" for part in region_path.strip("/").split("/")[:_COUNTY_PARTS])


def opened(ws: Workspace, stored: StoredKey) -> DataKey:
    """Give a stored key as it is used."""
    envelope = EnvelopeKey(name=stored.envelope, secret=ws.secret(stored.envelope))
    return unwrap(stored.wrapped, stored.id, stored.registry, Cipher(stored.cipher), envelope)


async def key_of(ws: Workspace, tx: AuditedTransaction, registry: str) -> DataKey:
    """Give the key that a registry seals with, made at its first use."""
    stored = await active_key(tx, registry)
    if stored is None:
        stored = await _next_key(ws, tx, registry, 1)
    return opened(ws, stored)


async def keep_number(
    ws: Workspace, tx: AuditedTransaction, volunteer_id: str, region_path: str, number: str
) -> None:
    """Seal a volunteer's number for their record and keep it."""
    key = await key_of(ws, tx, registry_of(region_path))
    row = SealedRow(
        id=volunteer_id,
        key_id=key.id,
        sealed=key.seal(number, record=volunteer_id, purpose=PURPOSE),
        blind_index=key.blind(number, purpose=PURPOSE),
        region_path=region_path,
    )
    await keep_sealed(tx, row, tx.at)


async def kept_number(ws: Workspace, tx: ReadTransaction, volunteer_id: str) -> str | None:
    """Give a volunteer's number whole, or None; whoever calls this says so in the audit chain."""
    row = await sealed_of(tx, volunteer_id)
    if row is None:
        return None
    key = opened(ws, await stored_key(tx, row.key_id))
    return key.open(row.sealed, record=volunteer_id, purpose=PURPOSE)


async def indexes_of(ws: Workspace, tx: ReadTransaction, actor: Actor, number: str) -> list[str]:
    """Give the blind indexes that a number has in the registries of an actor's scope."""
    stored = await stored_keys(tx)
    return [
        opened(ws, each).blind(number, purpose=PURPOSE)
        for each in stored
        if actor.scope.covers(each.registry)
        or any(path.startswith(each.registry) for path in actor.scope.region_paths)
    ]


async def rotate_envelope(ws: Workspace, actor: Actor) -> tuple[str, int]:
    """
    Wrap every data key under a new envelope key; gives its name and how many were wrapped.

    What is sealed stays as it is. The secret of the old name may be destroyed once no backup needs it.
    """
    actor.require(Role.PLATFORM_ADMIN)

    async def work(tx: AuditedTransaction) -> tuple[str, int]:
        stored = await stored_keys(tx)
        name = next_name({each.envelope for each in stored}, _STEM)
        envelope = EnvelopeKey(name=name, secret=ws.secret(name))
        for each in stored:
            await wrap_anew(tx, each.id, envelope=name, wrapped=wrap(opened(ws, each), envelope))
        tx.record("sealing.rotate_envelope", name, detail={"keys": len(stored)})
        return name, len(stored)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def rotate_data_key(ws: Workspace, actor: Actor, registry: str) -> tuple[str, int]:
    """
    Seal all that a registry keeps under a new data key and forget the old; gives its id and how many were sealed.

    Raises
    ------
    NotFoundError
        The registry has no key.
    """
    actor.require(Role.PLATFORM_ADMIN)

    async def work(tx: AuditedTransaction) -> tuple[str, int]:
        before = await active_key(tx, registry)
        if before is None:
            raise NotFoundError("the registry has no key", kind="key", id=registry)
        old = opened(ws, before)
        new = opened(ws, await _next_key(ws, tx, registry, before.number + 1))
        rows = [_sealed_anew(row, old, new) for row in await sealed_under(tx, old.id)]
        if rows:
            await keep_many(tx, rows, tx.at)
        await drop_key(tx, old.id)
        tx.record("sealing.rotate_key", new.id, detail={"from": old.id, "records": len(rows)})
        return new.id, len(rows)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _sealed_anew(row: SealedRow, old: DataKey, new: DataKey) -> SealedRow:
    number = old.open(row.sealed, record=row.id, purpose=PURPOSE)
    return SealedRow(
        id=row.id,
        key_id=new.id,
        sealed=new.seal(number, record=row.id, purpose=PURPOSE),
        blind_index=new.blind(number, purpose=PURPOSE),
        region_path=row.region_path,
    )


async def _next_key(ws: Workspace, tx: AuditedTransaction, registry: str, number: int) -> StoredKey:
    names = sorted({each.envelope for each in await stored_keys(tx)}, key=lambda name: (len(name), name))
    envelope_name = names[-1] if names else next_name((), _STEM)
    key = new_data_key(registry, number, ws.cipher)
    stored = StoredKey(
        id=key.id,
        registry=registry,
        number=number,
        cipher=key.cipher.value,
        envelope=envelope_name,
        wrapped=wrap(key, EnvelopeKey(name=envelope_name, secret=ws.secret(envelope_name))),
    )
    tx.record("sealing.make_key", key.id, detail={"cipher": key.cipher.value, "envelope": envelope_name})
    return await add_key(tx, stored, tx.at)
