"""
A lock that outlives no crash: whoever holds a lease loses it when its time is over.

Each holder of a lease has a higher token than the one before, so that late work of an earlier one can be
told.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from domain.errors import ConflictError
from graph.ports import Access, GraphStore, Statement, WriteTransaction

# Written before it is read, so that a read-committed engine lets one taker at a time through.
ASK = Statement("MERGE (l:Lease {id: $id}) ON CREATE SET l.token = 0 SET l.wanted_by = $holder", Access.WRITE)
READ = Statement(
    "MATCH (l:Lease {id: $id}) RETURN l.holder AS holder, l.until AS until, l.token AS token", Access.READ
)
TAKE = Statement(
    "MATCH (l:Lease {id: $id}) SET l.holder = $holder, l.until = $until, l.token = $token", Access.WRITE
)
RELEASE = Statement(
    "MATCH (l:Lease {id: $id}) WHERE l.token = $token SET l.holder = $nobody, l.until = $never", Access.WRITE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease that is held."""

    id: str
    holder: str
    until: datetime
    token: int


async def take(store: GraphStore, lease_id: str, *, holder: str, now: datetime, duration: timedelta) -> Lease:
    """
    Take a lease, or prolong one's own.

    Raises
    ------
    ConflictError
        Somebody else holds it; holder and end are in the message.
    """

    async def work(tx: WriteTransaction) -> Lease:
        await tx.run(ASK, id=lease_id, holder=holder)
        (found,) = await tx.run(READ, id=lease_id)
        until = cast("datetime | None", found["until"])
        if until is not None and until > now and found["holder"] != holder:
            raise ConflictError(
                f"{lease_id} is held by {found['holder']} until {until.isoformat()}",
                lease=lease_id,
                holder=str(found["holder"]),
                until=until.isoformat(),
            )
        own = until is not None and found["holder"] == holder
        token = cast("int", found["token"]) + (0 if own else 1)
        lease = Lease(id=lease_id, holder=holder, until=now + duration, token=token)
        await tx.run(TAKE, id=lease_id, holder=holder, until=lease.until, token=lease.token)
        return lease

    return await store.write(work)


async def release(store: GraphStore, lease: Lease) -> None:
    """Give a lease back; one that somebody else has taken since is left to them."""
    await store.write(lambda tx: tx.run(RELEASE, id=lease.id, token=lease.token, nobody=None, never=None))


@asynccontextmanager
async def held(
    store: GraphStore,
    lease_id: str,
    *,
    holder: str,
    clock: Callable[[], datetime],
    duration: timedelta,
) -> AsyncGenerator[Lease]:
    """Hold a lease for the length of a block."""
    lease = await take(store, lease_id, holder=holder, now=clock(), duration=duration)
    try:
        yield lease
    finally:
        await release(store, lease)
