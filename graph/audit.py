"""
An append-only chain of who did what.

Each entry carries the SHA-256 of its own content and of its predecessor, so a changed, lost or inserted
entry shows. Entries are written in the transaction of the work that they tell of: neither stands without
the other.

Statements come first, then the entry and its hash, then appending and verifying.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

import polars as pl

from domain.time import aware_utc
from graph.ports import Access, GraphStore, Scalar, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL

CHAIN = "main"
GENESIS = "0" * 64
_SEQUENCE_DIGITS = 12  # ids sort as sequences do, so the stream by id is the chain

# The head is written before it is read: a read-committed engine would otherwise let two units read one head.
LOCK_HEAD = Statement(
    "MERGE (h:AuditHead {id: $chain}) ON CREATE SET h.sequence = 0, h.hash = $genesis"
    " SET h.locked_by = $holder RETURN h.sequence AS sequence, h.hash AS hash",
    Access.WRITE,
)
MOVE_HEAD = Statement(
    "MATCH (h:AuditHead {id: $chain}) SET h.sequence = $sequence, h.hash = $hash", Access.WRITE
)
APPEND_ENTRY = Statement(
    "CREATE (:AuditEntry {id: $id, chain: $chain, sequence: $sequence, at: $at, actor_id: $actor_id,"
    " operation: $operation, object_id: $object_id, object_hash: $object_hash, detail: $detail,"
    " previous_hash: $previous_hash, hash: $hash})",
    Access.WRITE,
)
LIST_HEADS = Statement(
    "MATCH (h:AuditHead) RETURN h.id AS chain, h.sequence AS sequence, h.hash AS hash ORDER BY chain",
    Access.READ,
)

_IN_BULK_FROM = 8
_ROW_TYPES = {
    **dict.fromkeys(("id", "chain"), pl.String),
    "sequence": pl.Int64,
    "at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("actor_id", "operation", "object_id", "object_hash", "detail"), pl.String),
    **dict.fromkeys(("previous_hash", "hash"), pl.String),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """
    One thing that somebody did.

    Parameters
    ----------
    at
        Aware UTC.
    actor_id
        The account that acted.
    operation
        A verb with its room, as ``need.verify``.
    object_id
        What it was done to.
    object_hash
        SHA-256 of the object's new state where the caller keeps one.
    detail
        Canonical JSON; see ``canonical_json``.
    """

    at: datetime
    actor_id: str
    operation: str
    object_id: str
    object_hash: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Where a chain ends: the last sequence (0 is an empty chain) and its hash."""

    chain: str
    sequence: int
    hash: str


def canonical_json(value: Mapping[str, Scalar | Sequence[str] | Sequence[int]]) -> str:
    """Give the one JSON text of a mapping: keys sorted, no blanks, times in ISO 8601."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return aware_utc(value).isoformat(timespec="microseconds")
    return str(value)


def entry_hash(event: AuditEvent, *, chain: str, sequence: int, previous_hash: str) -> str:
    """SHA-256, in hex, of an entry's content, place and predecessor."""
    return hashlib.sha256(
        canonical_json(
            {
                "actor_id": event.actor_id,
                "at": aware_utc(event.at),
                "chain": chain,
                "detail": event.detail,
                "object_hash": event.object_hash,
                "object_id": event.object_id,
                "operation": event.operation,
                "previous_hash": previous_hash,
                "sequence": sequence,
            }
        ).encode("utf-8", "surrogatepass")
    ).hexdigest()


async def append(tx: WriteTransaction, *events: AuditEvent, chain: str = CHAIN) -> AuditHead:
    """
    Add events to the end of a chain, in the caller's transaction, and give the new head.

    Call it last in a unit of work: on Neo4j the head stays locked until the transaction ends.
    """
    holder = events[0].actor_id if events else None
    (head,) = await tx.run(LOCK_HEAD, chain=chain, genesis=GENESIS, holder=holder)
    sequence, last = cast("int", head["sequence"]), cast("str", head["hash"])
    rows: list[dict[str, Scalar]] = []
    for event in events:
        sequence += 1
        previous, last = last, entry_hash(event, chain=chain, sequence=sequence, previous_hash=last)
        rows.append(
            {
                "id": entry_id(chain, sequence),
                "chain": chain,
                "sequence": sequence,
                "at": event.at,
                "actor_id": event.actor_id,
                "operation": event.operation,
                "object_id": event.object_id,
                "object_hash": event.object_hash,
                "detail": event.detail,
                "previous_hash": previous,
                "hash": last,
            }
        )
    if len(rows) > _IN_BULK_FROM:
        await tx.create_nodes(NODE_TYPE_BY_LABEL["AuditEntry"], pl.DataFrame(rows, schema=_ROW_TYPES))
    else:
        for row in rows:
            await tx.run(APPEND_ENTRY, **row)
    await tx.run(MOVE_HEAD, chain=chain, sequence=sequence, hash=last)
    return AuditHead(chain=chain, sequence=sequence, hash=last)


def entry_id(chain: str, sequence: int) -> str:
    """Give the key of an entry; keys sort as the chain runs."""
    return f"{chain}:{sequence:0{_SEQUENCE_DIGITS}d}"


async def heads(store: GraphStore) -> list[AuditHead]:
    """Give every chain's head."""
    rows = await store.read(lambda tx: tx.run(LIST_HEADS))
    return [
        AuditHead(
            chain=cast("str", row["chain"]),
            sequence=cast("int", row["sequence"]),
            hash=cast("str", row["hash"]),
        )
        for row in rows
    ]


class Break(StrEnum):
    """How a chain can be broken."""

    MISSING = "MISSING"  # an entry before this one is gone
    LINK = "LINK"  # the predecessor's hash is not the one this entry was built on
    CONTENT = "CONTENT"  # the entry does not hash to what it says
    HEAD = "HEAD"  # the chain ends before or after its head, or ends otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """
    What a check of the audit chains found.

    ``entries`` were read until the end or the first broken one, which ``entry_id`` and ``broken`` name.
    """

    entries: int
    broken: Break | None = None
    entry_id: str | None = None

    @property
    def intact(self) -> bool:
        """Whether every entry is in place."""
        return self.broken is None


async def verify(store: GraphStore) -> AuditVerdict:
    """
    Recompute every chain from its beginning and compare it with its head.

    Streams: memory does not grow with the chain.
    """
    expected = {head.chain: head for head in await heads(store)}
    reached: dict[str, AuditHead] = {}
    entries = 0
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["AuditEntry"]):
        for row in frame.iter_rows(named=True):
            entries += 1
            chain = str(row["chain"])
            before = reached.get(chain, AuditHead(chain=chain, sequence=0, hash=GENESIS))
            broken = _broken(row, before)
            if broken is not None:
                return AuditVerdict(entries=entries, broken=broken, entry_id=row["id"])
            reached[chain] = AuditHead(chain=chain, sequence=row["sequence"], hash=row["hash"])
    for chain in sorted(expected.keys() | reached.keys()):
        end = reached.get(chain, AuditHead(chain=chain, sequence=0, hash=GENESIS))
        if expected.get(chain) != end:
            return AuditVerdict(entries=entries, broken=Break.HEAD, entry_id=entry_id(chain, end.sequence))
    return AuditVerdict(entries=entries)


def _broken(row: Mapping[str, object], before: AuditHead) -> Break | None:
    sequence = cast("int", row["sequence"])
    if sequence != before.sequence + 1 or row["id"] != entry_id(before.chain, sequence):
        return Break.MISSING
    if row["previous_hash"] != before.hash:
        return Break.LINK
    event = AuditEvent(
        at=cast("datetime", row["at"]).astimezone(UTC),
        actor_id=cast("str", row["actor_id"]),
        operation=cast("str", row["operation"]),
        object_id=cast("str", row["object_id"]),
        object_hash=cast("str | None", row["object_hash"]),
        detail=cast("str | None", row["detail"]),
    )
    content = entry_hash(event, chain=before.chain, sequence=sequence, previous_hash=before.hash)
    return None if row["hash"] == content else Break.CONTENT
