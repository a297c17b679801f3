"""Full identity numbers as the graph holds them: sealed, with a blind index, under keys that are wrapped."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import polars as pl

from domain.errors import NotFoundError
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL

_KEY: LiteralString = (
    " RETURN k.id AS id, k.registry AS registry, k.number AS number, k.cipher AS cipher, k.envelope AS envelope,"
    " k.wrapped AS wrapped"
)
ACTIVE_KEY = Statement(
    "MATCH (k:SealingKey) WHERE k.registry = $registry AND k.retired_at IS NULL"
    + _KEY
    + " ORDER BY number DESC LIMIT 1",
    Access.READ,
)
KEY_BY_ID = Statement("MATCH (k:SealingKey {id: $id})" + _KEY, Access.READ)
KEYS = Statement("MATCH (k:SealingKey)" + _KEY + " ORDER BY id", Access.READ)
ADD_KEY = Statement(
    """
    MERGE (k:SealingKey {id: $id})
    ON CREATE SET k.registry = $registry, k.number = $number, k.cipher = $cipher, k.envelope = $envelope,
      k.wrapped = $wrapped, k.created_at = $at
    """,
    Access.WRITE,
)
WRAP_KEY = Statement(
    "MATCH (k:SealingKey {id: $id}) SET k.envelope = $envelope, k.wrapped = $wrapped", Access.WRITE
)
DROP_KEY = Statement("MATCH (k:SealingKey {id: $id}) DELETE k", Access.WRITE)
SEAL = Statement(
    """
    MERGE (n:SealedIdentity {id: $id})
    ON CREATE SET n.key_id = $key_id, n.sealed = $sealed, n.blind_index = $blind_index, n.sealed_at = $at,
      n.region_path = $region_path
    ON MATCH SET n.key_id = $key_id, n.sealed = $sealed, n.blind_index = $blind_index, n.sealed_at = $at
    """,
    Access.WRITE,
)
_SEALED: LiteralString = (
    " RETURN n.id AS id, n.key_id AS key_id, n.sealed AS sealed, n.blind_index AS blind_index,"
    " n.region_path AS region_path"
)
SEALED = Statement("MATCH (n:SealedIdentity {id: $id})" + _SEALED, Access.READ)
SEALED_UNDER = Statement("MATCH (n:SealedIdentity) WHERE n.key_id = $key_id" + _SEALED, Access.READ)
BY_INDEX = Statement(
    "MATCH (n:SealedIdentity) WHERE n.blind_index IN $indexes RETURN n.id AS id ORDER BY id", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key of a registry as it is stored: wrapped by the envelope key that it names."""

    id: str
    registry: str
    number: int
    cipher: str
    envelope: str
    wrapped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """A sealed number; ``id`` is its volunteer's."""

    id: str
    key_id: str
    sealed: str
    blind_index: str
    region_path: str


def _stored(record: Record) -> StoredKey:
    return StoredKey(
        id=text(record, "id"),
        registry=text(record, "registry"),
        number=integer(record, "number"),
        cipher=text(record, "cipher"),
        envelope=text(record, "envelope"),
        wrapped=text(record, "wrapped"),
    )


def _sealed(record: Record) -> SealedRow:
    return SealedRow(
        id=text(record, "id"),
        key_id=text(record, "key_id"),
        sealed=text(record, "sealed"),
        blind_index=text(record, "blind_index"),
        region_path=text(record, "region_path"),
    )


async def active_key(tx: ReadTransaction, registry: str) -> StoredKey | None:
    """Give the key that a registry seals with now, or None."""
    found = await tx.run(ACTIVE_KEY, registry=registry)
    return _stored(found[0]) if found else None


async def stored_key(tx: ReadTransaction, key_id: str) -> StoredKey:
    """
    Give a key.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(KEY_BY_ID, id=key_id)
    if not found:
        raise NotFoundError("no such key", kind="key", id=key_id)
    return _stored(found[0])


async def stored_keys(tx: ReadTransaction) -> list[StoredKey]:
    """Give every key, by registry and number."""
    return [_stored(record) for record in await tx.run(KEYS)]


async def add_key(tx: WriteTransaction, key: StoredKey, at: datetime) -> StoredKey:
    """Keep a key; whoever came first with its id stays, and is given."""
    await tx.run(
        ADD_KEY,
        id=key.id,
        registry=key.registry,
        number=key.number,
        cipher=key.cipher,
        envelope=key.envelope,
        wrapped=key.wrapped,
        at=at,
    )
    return await stored_key(tx, key.id)


async def wrap_anew(tx: WriteTransaction, key_id: str, *, envelope: str, wrapped: str) -> None:
    """Keep a key under another envelope key."""
    await tx.run(WRAP_KEY, id=key_id, envelope=envelope, wrapped=wrapped)


async def drop_key(tx: WriteTransaction, key_id: str) -> None:
    """Forget a key; what it sealed, in old backups too, opens no more."""
    await tx.run(DROP_KEY, id=key_id)


async def keep_sealed(tx: WriteTransaction, row: SealedRow, at: datetime) -> None:
    """Keep a sealed number, in place of an earlier one."""
    await tx.run(
        SEAL,
        id=row.id,
        key_id=row.key_id,
        sealed=row.sealed,
        blind_index=row.blind_index,
        region_path=row.region_path,
        at=at,
    )


async def keep_many(tx: WriteTransaction, rows: list[SealedRow], at: datetime) -> None:
    """Keep sealed numbers that are kept already, sealed anew."""
    frame = pl.DataFrame(
        {
            "id": [row.id for row in rows],
            "key_id": [row.key_id for row in rows],
            "sealed": [row.sealed for row in rows],
            "blind_index": [row.blind_index for row in rows],
            "sealed_at": [at] * len(rows),
        },
        schema_overrides={"sealed_at": pl.Datetime("us", "UTC")},
    )
    await tx.update_nodes(NODE_TYPE_BY_LABEL["SealedIdentity"], frame)


async def sealed_of(tx: ReadTransaction, volunteer_id: str) -> SealedRow | None:
    """Give the sealed number of a volunteer, or None."""
    found = await tx.run(SEALED, id=volunteer_id)
    return _sealed(found[0]) if found else None


async def sealed_under(tx: ReadTransaction, key_id: str) -> list[SealedRow]:
    """Give what a key sealed."""
    return [_sealed(record) for record in await tx.run(SEALED_UNDER, key_id=key_id)]


async def volunteers_by_index(tx: ReadTransaction, indexes: list[str]) -> list[str]:
    """Give the volunteers whose sealed number has one of these indexes."""
    return [text(record, "id") for record in await tx.run(BY_INDEX, indexes=indexes)]
