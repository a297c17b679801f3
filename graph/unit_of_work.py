"""A unit of work: what is written, and who wrote it, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

import polars as pl

from domain.actors import Actor
from domain.errors import InvariantError
from graph import audit
from graph.ports import Access, GraphStore, LoadCount, Record, Statement, Value, WriteTransaction
from graph.schema import NodeType, RelationshipType

T = TypeVar("T")


class AuditedTransaction:
    """A ``WriteTransaction`` that also takes down what was done."""

    def __init__(self, tx: WriteTransaction, actor: Actor, at: datetime) -> None:
        self._tx = tx
        self._actor = actor
        self._at = at
        self.events: list[audit.AuditEvent] = []
        self.wrote = False

    @property
    def at(self) -> datetime:
        """The moment of the unit: one for all that it writes."""
        return self._at

    @property
    def actor_id(self) -> str:
        """The account that acts."""
        return self._actor.id

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self._actor

    def record(
        self,
        operation: str,
        object_id: str,
        *,
        detail: Mapping[str, Value] | None = None,
        object_hash: str | None = None,
        actor_id: str | None = None,
    ) -> None:
        """
        Take down one thing done, to be written with the rest.

        Parameters
        ----------
        operation
            A verb with its room, as ``need.verify``.
        object_id
            What it was done to.
        detail
            What a reader of the chain needs to know beyond that; no personal data, the chain is never edited.
        object_hash
            SHA-256 of the object's new state where the caller keeps one.
        actor_id
            Whose act it was, in a unit that serves several accounts; None is the unit's own.
        """
        self.events.append(
            audit.AuditEvent(
                at=self._at,
                actor_id=actor_id or self._actor.id,
                operation=operation,
                object_id=object_id,
                object_hash=object_hash,
                detail=None if detail is None else audit.canonical_json(detail),
            )
        )

    async def run(self, statement: Statement, /, **parameters: Value) -> list[Record]:
        """See ``graph.ports.ReadTransaction``."""
        self.wrote = self.wrote or statement.access is Access.WRITE
        return await self._tx.run(statement, **parameters)

    async def frame(self, statement: Statement, /, **parameters: Value) -> pl.DataFrame:
        """See ``graph.ports.ReadTransaction``."""
        self.wrote = self.wrote or statement.access is Access.WRITE
        return await self._tx.frame(statement, **parameters)

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See ``graph.ports.WriteTransaction``."""
        self.wrote = True
        return await self._tx.load_nodes(node, frame)

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``."""
        self.wrote = True
        await self._tx.create_nodes(node, frame)

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See ``graph.ports.WriteTransaction``."""
        self.wrote = True
        await self._tx.update_nodes(node, frame)

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """See ``graph.ports.WriteTransaction``."""
        self.wrote = True
        return await self._tx.load_relationships(relationship, pair, frame)


class UnitOfWork:
    """
    The only way that workflows write.

    Parameters
    ----------
    store
        Where.
    clock
        Gives now, aware UTC.
    """

    def __init__(self, store: GraphStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def run(self, actor: Actor, work: Callable[[AuditedTransaction], Awaitable[T]]) -> T:
        """
        Run ``work`` whole or not at all, its audit entries with it.

        ``work`` may run more than once (see ``GraphStore.write``), each time with a fresh transaction.

        Raises
        ------
        InvariantError
            The unit wrote something and recorded nothing.
        """

        async def audited(tx: WriteTransaction) -> T:
            unit = AuditedTransaction(tx, actor, self._clock())
            result = await work(unit)
            if unit.wrote and not unit.events:
                raise InvariantError("a unit of work wrote to the graph and recorded nothing")
            if unit.events:
                await audit.append(tx, *unit.events)
            return result

        return await self._store.write(audited)
