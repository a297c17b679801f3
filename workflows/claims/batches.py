"""
Claims that are decided together: everything about all of them is read once, and written once.

Taken here are the ordinary ones: a free slot of an open need that asks for nothing but people, none of whom an
offer or a waiting list keeps it for, and a volunteer whom no rule keeps away. They come out as if each had
been decided alone, one after the other. What is left without an answer is not ordinary.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import NotPermittedError, SlotTakenError
from domain.needs import CLAIMABLE, NEED_TRANSITIONS, NeedCategory, NeedState
from domain.people import VolunteerStatus
from domain.time import civil_date
from graph.claim_batches import (
    AskedSlot,
    NeedStep,
    Places,
    TakenClaim,
    answers_to,
    asked_slots,
    claims_by_id,
    out_of_the_ordinary,
    places_of,
    promises,
    take_needs,
    take_people,
    volunteers_among,
    write_claims,
)
from graph.claims import Slot, new_claim
from graph.engagement import waiting_id
from graph.idempotency import Answer
from graph.ports import GraphStore, ReadTransaction
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.scope import view_of
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from matching.rules.view import Row
from workflows.claims.fitness import Facts, Visit, breaches_among, facts_about, visit_of
from workflows.claims.policy import engagement_on, span
from workflows.claims.timing import first_time
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ClaimRow)


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
    slot: AskedSlot | None = None
    answer: "asyncio.Future[Outcome[ClaimRow] | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


async def turn_away(store: GraphStore, asked: Sequence[Asked]) -> None:
    """Answer who asks for a slot that is held or that there is none of, and who was answered before."""
    keys = [entry.record_id for entry in asked if entry.record_id is not None]

    async def look(tx: ReadTransaction) -> tuple[dict[str, AskedSlot], dict[str, Answer]]:
        slots = await asked_slots(tx, [entry.slot_id for entry in asked])
        return slots, await answers_to(tx, keys)  # after the holds, with which they are committed

    slots, answers = await store.read(look)
    for entry in asked:
        entry.slot = slots.get(entry.slot_id)
        earlier = answers.get(entry.record_id or "")
        if entry.answer.done():
            continue
        if earlier is not None and earlier.request_hash == entry.request_hash:
            value = _ANSWERS.validate_json(earlier.response)
            entry.answer.set_result(Outcome(value=value, replayed=True))
        elif earlier is not None or entry.slot is None:
            entry.answer.set_result(None)
        elif entry.slot.held:
            entry.answer.set_exception(_taken_error(entry))


def _taken_error(asked: Asked) -> SlotTakenError:
    return SlotTakenError("somebody else holds the slot", slot=asked.slot_id)


class _NothingOrdinaryError(Exception):
    """No claim of a batch is ordinary: what was locked is let go."""


async def decide(store: GraphStore, batch: Sequence[Asked]) -> None:
    """Decide and commit a batch, and answer who won a slot or lost it within the batch."""
    first = batch[0]

    async def work(tx: AuditedTransaction) -> dict[str, ClaimRow]:
        draft = await _draft(tx, batch)
        if not draft.taken:
            raise _NothingOrdinaryError
        await write_claims(tx, draft.taken, draft.steps, at=tx.at)
        for entry in draft.taken:
            claim = entry.claim
            tx.record(
                "claim.take",
                claim.id,
                detail={"slot": claim.slot_id, "volunteer": claim.volunteer_id},
                actor_id=claim.claimed_by,
            )
        return {entry.claim.slot_id: entry.claim for entry in draft.taken}

    try:
        won = await UnitOfWork(store, first.ws.clock).run(first.actor, work)
    except _NothingOrdinaryError:
        return
    for asked in batch:
        claim = won.get(asked.slot_id)
        if claim is None or asked.answer.done():
            continue
        if claim.id == asked.claim_id:
            asked.answer.set_result(Outcome(value=claim, replayed=False))
        else:
            asked.answer.set_exception(_taken_error(asked))


@dataclass(slots=True, kw_only=True)
class _Draft:
    """Needs and teams as they become, claim after claim."""

    at: datetime
    needs: dict[str, NeedRow]
    places: dict[str, Places]
    team: dict[str, list[ClaimRow]]
    promised: dict[str, list[ClaimRow]]
    taken: list[TakenClaim] = field(default_factory=list[TakenClaim])
    steps: list[NeedStep] = field(default_factory=list[NeedStep])

    def mates(self, need_id: str) -> list[tuple[NeedRow, Visit]]:
        """Give who is promised to a need by now."""
        return [(self.needs[need_id], visit_of(claim)) for claim in self.team[need_id]]

    def completed_by(self, need_id: str) -> bool:
        """Whether no slot stays free after one more claim."""
        return len(self.team[need_id]) + 1 == self.places[need_id].slots

    def is_timed(self, need_id: str) -> bool:
        """Whether visits to a need have a time already."""
        return bool(self.needs[need_id].windows) or any(visit.window for _, visit in self.mates(need_id))

    def visit(self, asked: Asked, need_id: str) -> Visit | None:
        """Give the visit that would be promised; None where a claim alone says why there is none."""
        team = self.team[need_id]
        if any(asked.slot_id == mate.slot_id or asked.volunteer_id == mate.volunteer_id for mate in team):
            return None
        busy = [w for claim in self.promised[asked.volunteer_id] if (w := visit_of(claim).window)]
        along = [w for _, visit in self.mates(need_id) if (w := visit.window)]
        try:
            window = first_time(self.needs[need_id], busy, along, self.at)
        except NotPermittedError:
            return None
        return Visit(slot_id=asked.slot_id, volunteer_id=asked.volunteer_id, window=window)

    def take(self, asked: Asked, slot: AskedSlot, visit: Visit) -> None:
        """Promise a visit, and lead its need on."""
        need = self.needs[slot.need_id]
        after = NeedState.ACCEPTED if self.completed_by(need.id) else NeedState.PARTIAL
        moves = after is not need.state
        if moves and after not in NEED_TRANSITIONS[need.state]:
            return
        claim = _claim(asked, slot, need, visit, self.at)
        self.taken.append(
            TakenClaim(
                claim=claim,
                record_id=asked.record_id,
                request_hash=asked.request_hash,
                response=_ANSWERS.dump_json(claim).decode(),
            )
        )
        self.steps.append(NeedStep(before=need, after=after, actor_id=asked.actor.id))
        self.team[need.id].append(claim)
        self.needs[need.id] = replace(
            need,
            state=after,
            version=need.version + 1,
            matched_at=need.matched_at or (self.at if moves else None),
        )


def _claim(asked: Asked, slot: AskedSlot, need: NeedRow, visit: Visit, at: datetime) -> ClaimRow:
    due = span(engagement_on(civil_date(at), need.region_path).confirmation.due_before)
    return new_claim(
        claim_id=asked.claim_id,
        slot=Slot(id=slot.id, need_id=need.id, skill=slot.skill, licence=slot.licence),
        volunteer_id=visit.volunteer_id,
        claimed_by=asked.actor.id,
        window=visit.window,
        at=at,
        region_path=need.region_path,
        confirmed=visit.window is not None and visit.window.start - at <= due,
    )


async def _draft(tx: AuditedTransaction, batch: Sequence[Asked]) -> _Draft:
    """Decide a batch: read everything about it once, then take one claim of each need at a time."""
    wanted = [(asked, asked.slot) for asked in batch if asked.slot is not None]
    needs = await take_needs(tx, {slot.need_id for _, slot in wanted})
    wanted = [
        (asked, slot)
        for asked, slot in wanted
        if slot.need_id in needs and _is_open(needs[slot.need_id], asked.actor)
    ]
    draft = _Draft(at=tx.at, needs=needs, places={}, team=defaultdict(list), promised=defaultdict(list))
    if not wanted:
        return draft
    people = await take_people(tx, {asked.volunteer_id for asked, _ in wanted})
    persons: dict[str, Row] = {row["volunteer_id"]: row for row in people.iter_rows(named=True)}
    open_ids = {slot.need_id for _, slot in wanted}
    draft.places = await places_of(tx, open_ids)
    others = {i for key in open_ids for i in (needs[key].posted_by, needs[key].verified_by) if i}
    suspects = await volunteers_among(tx, others)
    waiting = {waiting_id(slot.need_id, asked.volunteer_id) for asked, slot in wanted}
    strange = await out_of_the_ordinary(tx, open_ids, waiting)
    wanted = [
        (asked, slot)
        for asked, slot in wanted
        if slot.need_id not in strange
        and not draft.places[slot.need_id].others
        and slot.id not in draft.places[slot.need_id].held
        and _is_other(needs[slot.need_id], asked, persons.get(asked.volunteer_id), suspects)
    ]
    ids = {slot.need_id for _, slot in wanted}
    for claim in await claims_by_id(tx, {i for key in ids for i in draft.places[key].claim_ids}):
        draft.team[claim.need_id].append(claim)
    timed = {asked.volunteer_id for asked, slot in wanted if draft.is_timed(slot.need_id)}
    for claim in await promises(tx, timed, now=tx.at):
        draft.promised[claim.volunteer_id].append(claim)
    if wanted:
        mates = [mate for key in sorted(ids) for mate in draft.mates(key)]
        visits = [
            (needs[slot.need_id], Visit(slot_id=slot.id, volunteer_id=asked.volunteer_id, window=None))
            for asked, slot in wanted
        ]
        facts = await facts_about(
            tx,
            [*mates, *visits],
            timed=timed,
            at=tx.at,
            until=max((w.end for key in ids for w in needs[key].windows), default=None),
            people=None
            if mates
            else people.filter(people["volunteer_id"].is_in([v.volunteer_id for _, v in visits])),
        )
        for turn in _turns(wanted):
            _take_turn(draft, facts, turn)
    return draft


def _turns(wanted: Sequence[tuple[Asked, AskedSlot]]) -> Iterator[list[tuple[Asked, AskedSlot]]]:
    """Give the first of each need, then the second of each, and so on, in the order of asking."""
    queues: dict[str, list[tuple[Asked, AskedSlot]]] = defaultdict(list)
    for asked, slot in wanted:
        queues[slot.need_id].append((asked, slot))
    for place in range(max(map(len, queues.values()))):
        yield [queue[place] for queue in queues.values() if place < len(queue)]


def _take_turn(draft: _Draft, facts: Facts, turn: Sequence[tuple[Asked, AskedSlot]]) -> None:
    asked = [
        (draft.needs[slot.need_id], visit)
        for entry, slot in turn
        if (visit := draft.visit(entry, slot.need_id)) is not None
    ]
    beside = [mate for need, _ in asked for mate in draft.mates(need.id)]
    complete = {need.id for need, _ in asked if draft.completed_by(need.id)}
    broken = breaches_among(facts, asked, beside=beside, complete=complete) if asked else {}
    visits = {visit.slot_id: visit for _, visit in asked}
    for entry, slot in turn:
        if slot.id in visits and slot.id not in broken:
            draft.take(entry, slot, visits[slot.id])


def _is_open(need: NeedRow, actor: Actor) -> bool:
    return (
        need.state in CLAIMABLE
        and need.state in view_of(actor).need_states
        and need.category is not NeedCategory.CHILD_PROTECT
        and actor.scope.covers(need.region_path)
        and need.gap_fen == 0
    )


def _is_other(need: NeedRow, asked: Asked, person: Row | None, suspects: set[str]) -> bool:
    """Whether the volunteer is in order and plainly somebody else than who posted or verified (HC-29)."""
    if person is None or person["status"] != VolunteerStatus.ACTIVE:
        return False
    others = {need.posted_by, need.verified_by} - {None}
    own = {asked.actor.id, asked.volunteer_id, person["resident_id"]}
    return not (own & others) and not (others & suspects)
