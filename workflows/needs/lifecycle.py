"""Posting needs and leading them through their states."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, NotPermittedError
from domain.identifiers import RegionCode, RegionSystem
from domain.needs import (
    Need,
    NeedCategory,
    NeedItem,
    NeedKind,
    NeedSlot,
    NeedState,
    RiskLevel,
    SubjectKind,
    Urgency,
)
from domain.people import Licence, Situation, Skill
from domain.provenance import MANUAL_SOURCE, Provenance
from domain.regions import GeoPoint
from domain.rounds import ProposalState
from domain.time import Window
from graph.claims import active_claims
from graph.households import lock_household, require_household
from graph.needs import create_need, lock_need, move_need, open_alike
from graph.organisations import require_institution
from graph.proposals import in_state, who_accepted
from graph.reads.needs import NeedRow, need_by_id
from graph.regions import path_of_region
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.idempotency import once, request_hash
from workflows.rounds.promises import settle_need, withdraw_claims, withdraw_proposals
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
_ANSWERS = TypeAdapter(NeedRow)
_ALIVE = frozenset(NeedState) - {
    NeedState.DRAFT,
    NeedState.POSTED,
    NeedState.CONFIRMED,
    NeedState.CLOSED,
    NeedState.REJECTED,
    NeedState.EXPIRED,
    NeedState.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """A place for one person."""

    skill: Skill | None = None
    licence: Licence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """Goods asked for; ``item`` is a code of the item catalogue."""

    item: str
    quantity: int
    unit: str
    item_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNeed:
    """
    What is typed in at the desk.

    ``region_id`` such as ``NBS:320582100000``. ``subject_id`` is a household (or an institution's
    organisation id) inside the actor's scope.
    """

    kind: NeedKind
    category: NeedCategory
    title: str
    detail: str | None = None
    urgency: Urgency = Urgency.ROUTINE
    region_id: str
    place: GeoPoint | None = None
    subject_kind: SubjectKind
    subject_id: str | None = None
    situations: frozenset[Situation] = frozenset()
    windows: tuple[Window, ...] = ()
    duration_min: int = 0
    slots: tuple[NewSlot, ...] = ()
    items: tuple[NewItem, ...] = ()
    amount_fen: int = 0
    policy_aid_fen: int = 0
    insurance_fen: int = 0
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False


async def post_need(
    ws: Workspace, actor: Actor, new: NewNeed, *, idempotency_key: str | None = None
) -> Outcome[NeedRow]:
    """
    Record a need and put it up for verification (state POSTED).

    Raises
    ------
    NotPermittedError
        The actor does not work at a station.
    InvalidInputError
        Nothing is asked for, consent is not recorded, or a danger is not disclosed (HC-06, HC-22).
    NotFoundError
        The region or the subject lies outside the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    actor.require(*_DESK)
    need = _checked(ws, actor, new)

    async def work(tx: AuditedTransaction) -> NeedRow:
        region_path = await path_of_region(tx, actor, new.region_id)
        if need.subject_id is not None:
            require = require_household if need.subject_kind is SubjectKind.HOUSEHOLD else require_institution
            await require(tx, actor, need.subject_id)
        texts = {item.id: asked.item_text for item, asked in zip(need.items, new.items, strict=True)}
        await create_need(tx, need, detail=new.detail, region_path=region_path, item_texts=texts, at=tx.at)
        tx.record("need.post", need.id, detail={"category": need.category.value, "kind": need.kind.value})
        return await need_by_id(tx, actor, need.id)

    request = request_hash("post_need", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


def _checked(ws: Workspace, actor: Actor, new: NewNeed) -> Need:
    if not new.title.strip():
        raise InvalidInputError("a need has a title", field="title")
    if new.subject_kind is SubjectKind.HOUSEHOLD and not new.consent_recorded:
        raise InvalidInputError(
            "the subject's consent is not recorded", field="consent_recorded", rule="HC-22"
        )
    if new.risk is not RiskLevel.NONE and not new.risk_disclosed:
        raise InvalidInputError(
            "the danger of the task is not disclosed", field="risk_disclosed", rule="HC-06"
        )
    system, _, code = new.region_id.partition(":")
    if system not in RegionSystem.__members__:
        raise InvalidInputError("a region id names its code system", field="region_id", value=new.region_id)
    need_id = ws.new_id()
    return Need(
        id=need_id,
        kind=new.kind,
        category=new.category,
        title=new.title.strip(),
        state=NeedState.POSTED,
        urgency=new.urgency,
        region=RegionCode.parse(RegionSystem(system), code),
        place=new.place,
        subject_kind=new.subject_kind,
        subject_id=new.subject_id,
        situations=new.situations,
        windows=new.windows,
        duration_min=new.duration_min,
        slots=tuple(
            NeedSlot(id=f"{need_id}:slot:{i}", position=i, skill=slot.skill, licence=slot.licence)
            for i, slot in enumerate(new.slots)
        ),
        items=tuple(
            NeedItem(id=f"{need_id}:item:{i}", item=item.item, quantity=item.quantity, unit=item.unit)
            for i, item in enumerate(new.items)
        ),
        amount_fen=new.amount_fen,
        policy_aid_fen=new.policy_aid_fen,
        insurance_fen=new.insurance_fen,
        partial_allowed=new.partial_allowed,
        risk=new.risk,
        with_child=new.with_child,
        home_visit=new.home_visit,
        demanding=new.demanding,
        consent_recorded=new.consent_recorded,
        posted_by=actor.id,
        provenance=Provenance(source_id=MANUAL_SOURCE, source_row=0, recorded_at=ws.clock()),
    )


async def verify_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """
    Confirm by a second person that a posted need is true (VERIFIED).

    Raises
    ------
    SeparationOfDutiesError
        The actor posted it (HC-29).
    ConflictError
        The household has another open need of the same kind and category (HC-19).
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; not POSTED; outside the scope.
    """
    actor.require(*_DESK)
    if not evidence.strip():
        raise InvalidInputError("verification names its evidence", field="evidence", rule="HC-06")

    async def work(tx: AuditedTransaction) -> NeedRow:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        await require_other_person(
            tx, actor, (need.posted_by,), "who posted a need does not verify it", about=need_id
        )
        await move_need(tx, actor, need, NeedState.VERIFIED, at=tx.at, reason=evidence, verified_by=actor.id)
        household_id = need.subject_id if need.subject_kind is SubjectKind.HOUSEHOLD else None
        if household_id is not None:
            await lock_household(tx, household_id)  # two verifications for one household see each other
        alike = None if household_id is None else await open_alike(tx, need, _ALIVE)
        if alike is not None:
            raise ConflictError(
                "the household has an open need of this kind and category",
                id=need_id,
                other=alike,
                rule="HC-19",
            )
        tx.record("need.verify", need_id)
        return await need_by_id(tx, actor, need_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def reject_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """
    Turn a posted need down with a reason (REJECTED).

    Raises
    ------
    InvalidInputError
        No reason is given.
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; not POSTED; outside the scope.
    """
    return await _step(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.REJECTED, reason=reason
    )


async def cancel_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """
    Withdraw a need; what was reserved or promised for it is released (CANCELLED).

    Raises
    ------
    InvalidInputError
        No reason is given.
    ConflictError
        Money or goods have arrived already.
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; under way or over; outside the scope.
    """
    return await _step(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.CANCELLED, reason=reason
    )


async def _step(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, after: NeedState, reason: str
) -> NeedRow:
    actor.require(*_DESK)
    if not reason.strip():
        raise InvalidInputError("the step needs a reason", field="reason")

    async def work(tx: AuditedTransaction) -> NeedRow:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        await move_need(tx, actor, need, after, at=tx.at, reason=reason)
        if after is NeedState.CANCELLED:
            if await in_state(tx, need_id, ProposalState.CONFIRMED):
                raise ConflictError(
                    "gifts have arrived: a need that was given to is not cancelled", id=need_id
                )
            await withdraw_proposals(tx, need_id)
            await withdraw_claims(tx, need_id)
        tx.record(f"need.{after.value.lower()}", need_id)
        return await need_by_id(tx, actor, need_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def start_need(ws: Workspace, actor: Actor, need_id: str, *, expected_version: int) -> NeedRow:
    """
    Record that the service began: ACCEPTED to IN_PROGRESS, by the desk or a volunteer who serves it.

    Raises
    ------
    NotPermittedError
        Neither the desk nor one who serves.
    """
    return await _serve(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.IN_PROGRESS, evidence=None
    )


async def complete_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """
    Record that everything was given: to DONE, by the desk or a volunteer who serves it.

    Raises
    ------
    NotPermittedError
        Neither the desk nor one who serves.
    InvalidInputError
        No evidence is named (HC-06).
    """
    if not evidence.strip():
        raise InvalidInputError("completion names its evidence", field="evidence", rule="HC-06")
    return await _serve(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.DONE, evidence=evidence
    )


async def _serve(
    ws: Workspace,
    actor: Actor,
    need_id: str,
    *,
    expected_version: int,
    after: NeedState,
    evidence: str | None,
) -> NeedRow:
    actor.require(*_DESK, Role.VOLUNTEER)

    async def work(tx: AuditedTransaction) -> NeedRow:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        serving = {claim.volunteer_id for claim in await active_claims(tx, need_id)}
        if not actor.roles & set(_DESK) and actor.participant_id not in serving:
            raise NotPermittedError("only the desk and those who serve a need report on it", id=need_id)
        await move_need(tx, actor, need, after, at=tx.at, reason=evidence)
        tx.record(f"need.{after.value.lower()}", need_id)
        return await need_by_id(tx, actor, need_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def confirm_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, feedback: str = ""
) -> NeedRow:
    """
    Confirm at the desk that the help arrived (CONFIRMED).

    Reserved money becomes spent, reserved goods leave the stock, claims are done and the service minutes of
    each volunteer are added to their verified minutes.

    Raises
    ------
    SeparationOfDutiesError
        The actor is one who served, or who approved what was given (HC-29).
    """
    actor.require(*_DESK)

    async def work(tx: AuditedTransaction) -> NeedRow:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        serving = {claim.volunteer_id for claim in await active_claims(tx, need_id)}
        await require_other_person(
            tx,
            actor,
            serving | await who_accepted(tx, await in_state(tx, need_id, ProposalState.ACCEPTED)),
            "who served or approved does not confirm",
            about=need_id,
        )
        await move_need(tx, actor, need, NeedState.CONFIRMED, at=tx.at, reason=feedback or None)
        await settle_need(tx, need)
        tx.record("need.confirm", need_id)
        return await need_by_id(tx, actor, need_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
