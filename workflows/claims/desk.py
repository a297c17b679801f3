"""
One desk at which claims queue: those that wait together are decided and committed together.

A claim costs some thirty statements and a sync to disk; a hundred claims decided in one unit of work cost hardly
more. Whatever is not ordinary is decided alone, by the same rules, and is worded there.
"""

import asyncio
import logging
from weakref import WeakKeyDictionary, ref

from graph.ports import GraphStore
from graph.reads.proposals import ClaimRow
from workflows.claims.batches import Asked, decide, turn_away
from workflows.workspace import Outcome

_log = logging.getLogger(__name__)
_MOST = 256
_FEWEST = 2  # one alone is not worth a batch
_ROUNDS = 8  # whoever won is not kept waiting for ever by those who ask again


class _Desk:
    def __init__(self, store: GraphStore) -> None:
        self._store = ref(store)  # desks are kept by store: one that held its own would never go
        self._queue: list[Asked] = []
        self._work: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Outcome[ClaimRow] | None:
        self._queue.append(asked)
        loop = asyncio.get_running_loop()
        if self._work is None or self._work.done() or self._work.get_loop() is not loop:
            self._queue = [entry for entry in self._queue if entry.answer.get_loop() is loop]
            self._work = loop.create_task(self._serve())
        return await asyncio.shield(asked.answer)

    async def _serve(self) -> None:
        await asyncio.sleep(0)  # who asks in this turn of the loop is in the first batch
        while self._queue and (store := self._store()) is not None:
            batch: list[Asked] = []
            try:
                await self._gather(store, batch)
                if len(batch) >= _FEWEST:
                    await decide(store, batch)
            except Exception:  # each is decided again alone, and told there what went wrong
                _log.exception("a batch of %d claims was not decided together", len(batch))
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_result(None)

    async def _gather(self, store: GraphStore, batch: list[Asked]) -> None:
        """
        Fill a batch with those who may win; who comes too late is told at once and makes room.

        They often ask for another slot right away, which then belongs to this batch and not to the next.
        """
        for _ in range(_ROUNDS):
            fresh = self._next(batch)
            if not fresh:
                return
            batch += fresh
            if len(batch) < _FEWEST:
                return
            await turn_away(store, [asked for asked in batch if asked.slot is None])
            batch[:] = [asked for asked in batch if not asked.answer.done()]
            await asyncio.sleep(0)  # to who was told,
            await asyncio.sleep(0)  # and asks again

    def _next(self, batch: list[Asked]) -> list[Asked]:
        """Take the oldest of each volunteer; others of theirs wait for the next batch."""
        fresh: list[Asked] = []
        left: list[Asked] = []
        seen = {asked.volunteer_id for asked in batch}
        for asked in self._queue:
            if asked.volunteer_id in seen or len(seen) == _MOST:
                left.append(asked)
            else:
                seen.add(asked.volunteer_id)
                fresh.append(asked)
        self._queue = left
        return fresh


_desks: WeakKeyDictionary[GraphStore, _Desk] = WeakKeyDictionary()


async def ask_at_desk(asked: Asked) -> Outcome[ClaimRow] | None:
    """
    Queue for a slot, and give what came of it; None says that it is to be decided alone.

    Raises
    ------
    SlotTakenError
        Somebody else holds the slot.
    """
    store = asked.ws.store
    desk = _desks.get(store)
    if desk is None:
        desk = _desks[store] = _Desk(store)
    return await desk.ask(asked)
