"""
One desk at which claims queue: those that wait together are decided and committed together.

A claim costs some thirty statements and a sync to disk; sixty claims decided in one unit of work cost hardly more.
The desk takes the ordinary ones: a free slot of an open need that nobody else holds a part of, a volunteer
whom no rule keeps away. Whatever is not ordinary is decided alone, by the same rules, and is worded there.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import NotPermittedError, SlotTakenError
from domain.needs import CLAIMABLE, NeedCategory, NeedState
from domain.people import VolunteerStatus
from domain.time import civil_date
from graph.claim_batches import (
    AskedSlot,
    Person,
    TakenClaim,
    answers_to,
    asked_slots,
    out_of_the_ordinary,
    people,
    promises,
    slots_and_holds,
    take_needs,
    take_people,
    write_claims,
)
from graph.claims import Slot, new_claim
from graph.engagement import waiting_id
from graph.idempotency import Answer
from graph.ports import GraphStore
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.scope import view_of
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.claims.fitness import Visit, breaches, visit_of
from workflows.claims.policy import engagement_on, span
from workflows.claims.timing import first_time
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ClaimRow)
_log = logging.getLogger(__name__)
_MOST = 128
_FEWEST = 2  # one alone is not worth a batch


@dataclass(slots=True, kw_only=True)
class Asked:
    """One claim that waits for its answer: an outcome, an error, or None to be decided alone."""

    ws: Workspace
    actor: Actor
    volunteer_id: str
    slot_id: str
    claim_id: str
    record_id: str | None
    request_hash: str
    answer: "asyncio.Future[Outcome[ClaimRow] | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class _Desk:
    def __init__(self) -> None:
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
        while self._queue:
            batch = self._next()
            try:
                await _decide(batch)
            except Exception:  # each is decided again alone, and told there what went wrong
                _log.exception("a batch of %d claims was not decided together", len(batch))
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_result(None)

    def _next(self) -> list[Asked]:
        """Take the oldest of each volunteer; others of theirs wait for the next batch."""
        batch: list[Asked] = []
        left: list[Asked] = []
        seen: set[str] = set()
        for asked in self._queue:
            if asked.volunteer_id in seen or len(batch) == _MOST:
                left.append(asked)
            else:
                seen.add(asked.volunteer_id)
                batch.append(asked)
        self._queue = left
        return batch


_desks: WeakKeyDictionary[GraphStore, _Desk] = WeakKeyDictionary()


async def ask_at_desk(asked: Asked) -> Outcome[ClaimRow] | None:
    """
    Queue for a slot, and give what came of it; None says that it is to be decided alone.

    Raises
    ------
    SlotTakenError
        Somebody else holds the slot.
    """
    return await _desks.setdefault(asked.ws.store, _Desk()).ask(asked)


async def _decide(batch: Sequence[Asked]) -> None:
    """Answer a batch; what is left without an answer is decided alone."""
    if len(batch) < _FEWEST:
        return
    first = batch[0]

    async def work(tx: AuditedTransaction) -> _Found:
        slots = await asked_slots(tx, [asked.slot_id for asked in batch])
        found = _Found(answered=await answers_to(tx, [key for a in batch if (key := a.record_id)]))
        found.taken |= {key for key, slot in slots.items() if slot.held}
        chosen: dict[str, Asked] = {}
        for asked in batch:
            slot = slots.get(asked.slot_id)
            if slot is not None and not slot.held and asked.record_id not in found.answered:
                chosen.setdefault(slot.need_id, asked)
        ordinary = await _ordinary(tx, slots, chosen) if chosen else []
        if not ordinary:
            raise _NothingOrdinaryError(found)
        await write_claims(tx, ordinary, at=tx.at)
        for entry in ordinary:
            claim = entry.claim
            tx.record(
                "claim.take",
                claim.id,
                detail={"slot": claim.slot_id, "volunteer": claim.volunteer_id},
                actor_id=claim.claimed_by,
            )
            found.won[claim.id] = claim
            found.taken.add(claim.slot_id)
        return found

    try:
        found = await UnitOfWork(first.ws.store, first.ws.clock).run(first.actor, work)
    except _NothingOrdinaryError as nothing:
        found = nothing.found
    for asked in batch:
        _answer(asked, found)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What became of a batch: answers of earlier times, slots that are held now, claims that were made."""

    answered: dict[str, Answer]
    taken: set[str] = field(default_factory=set[str])
    won: dict[str, ClaimRow] = field(default_factory=dict[str, ClaimRow])


class _NothingOrdinaryError(Exception):
    """No claim of a batch is ordinary: what was locked is let go."""

    def __init__(self, found: _Found) -> None:
        super().__init__()
        self.found = found


def _answer(asked: Asked, found: _Found) -> None:
    """Answer one of a batch, if what was found says how; else it is decided alone."""
    if asked.answer.done():
        return
    claim = found.won.get(asked.claim_id)
    earlier = found.answered.get(asked.record_id or "")
    if claim is not None:
        asked.answer.set_result(Outcome(value=claim, replayed=False))
    elif earlier is not None:
        if earlier.request_hash == asked.request_hash:
            value = _ANSWERS.validate_json(earlier.response)
            asked.answer.set_result(Outcome(value=value, replayed=True))
    elif asked.slot_id in found.taken and not _same_key_won(asked, found):
        asked.answer.set_exception(SlotTakenError("somebody else holds the slot", slot=asked.slot_id))


def _same_key_won(asked: Asked, found: _Found) -> bool:
    """Whether the account itself has just taken the slot: a twin under one key is to hear what that one heard."""
    return any(
        claim.slot_id == asked.slot_id and claim.claimed_by == asked.actor.id for claim in found.won.values()
    )


async def _ordinary(
    tx: AuditedTransaction, slots: dict[str, AskedSlot], chosen: dict[str, Asked]
) -> list[TakenClaim]:
    """Give the claims of a batch that nothing speaks against, ready to be written."""
    needs = await take_needs(tx, list(chosen))
    chosen = {
        key: asked for key, asked in chosen.items() if key in needs and _is_open(needs[key], asked.actor)
    }
    if not chosen:
        return []
    ids = sorted(asked.volunteer_id for asked in chosen.values())
    known = await take_people(tx, ids)
    others = {person for key in chosen for person in (needs[key].posted_by, needs[key].verified_by) if person}
    volunteers_among = set(await people(tx, sorted(others)))
    counts = await slots_and_holds(tx, list(chosen))
    held = await promises(tx, ids, list(chosen), now=tx.at)
    queued = [waiting_id(key, asked.volunteer_id) for key, asked in chosen.items()]
    strange = await out_of_the_ordinary(tx, list(chosen), queued)
    strange |= {claim.need_id for claim in held if claim.need_id in chosen}
    asked_visits: list[tuple[NeedRow, Visit]] = []
    for key, asked in chosen.items():
        need = needs[key]
        if (
            key in strange
            or counts.get(key, (0, 1))[1]
            or not _is_other(need, asked, known.get(asked.volunteer_id), volunteers_among)
        ):
            continue
        busy = [w for c in held if c.volunteer_id == asked.volunteer_id and (w := visit_of(c).window)]
        try:
            window = first_time(need, busy, [], tx.at)
        except NotPermittedError:
            continue
        visit = Visit(slot_id=asked.slot_id, volunteer_id=asked.volunteer_id, window=window)
        asked_visits.append((need, visit))
    if not asked_visits:
        return []
    complete = {need.id for need, _ in asked_visits if counts[need.id][0] == 1}
    broken = await breaches(tx, asked_visits, at=tx.at, complete=complete)
    return [
        _taken(chosen[need.id], need, visit, slots[visit.slot_id], complete, tx.at)
        for need, visit in asked_visits
        if visit.slot_id not in broken
    ]


def _is_open(need: NeedRow, actor: Actor) -> bool:
    return (
        need.state in CLAIMABLE
        and need.state in view_of(actor).need_states
        and need.category is not NeedCategory.CHILD_PROTECT
        and actor.scope.covers(need.region_path)
        and need.gap_fen == 0
    )


def _is_other(need: NeedRow, asked: Asked, person: Person | None, volunteers_among: set[str]) -> bool:
    """Whether the volunteer is in order and plainly somebody else than who posted or verified (HC-29)."""
    if person is None or person.status != VolunteerStatus.ACTIVE:
        return False
    others = {need.posted_by, need.verified_by} - {None}
    own = {asked.actor.id, asked.volunteer_id, person.resident_id}
    return not (own & others) and not (others & volunteers_among)


def _taken(
    asked: Asked, need: NeedRow, visit: Visit, slot: AskedSlot, complete: set[str], at: datetime
) -> TakenClaim:
    due = span(engagement_on(civil_date(at), need.region_path).confirmation.due_before)
    claim = new_claim(
        claim_id=asked.claim_id,
        slot=Slot(id=visit.slot_id, need_id=need.id, skill=slot.skill, licence=slot.licence),
        volunteer_id=visit.volunteer_id,
        claimed_by=asked.actor.id,
        window=visit.window,
        at=at,
        region_path=need.region_path,
        confirmed=visit.window is not None and visit.window.start - at <= due,
    )
    return TakenClaim(
        claim=claim,
        need=need,
        after=NeedState.ACCEPTED if need.id in complete else NeedState.PARTIAL,
        record_id=asked.record_id,
        request_hash=asked.request_hash,
        response=_ANSWERS.dump_json(claim).decode(),
    )
