"""
Leading needs through their states.

Every step locks the need, checks who may take it, moves it by ``graph.needs.move_need`` (which keeps the state
machine, the history and the clock) and stands in one audited unit of work.
"""

from collections.abc import Awaitable, Callable

from domain.actors import Actor, Role
from domain.allocations import PAID_OUT
from domain.errors import ConflictError, NotPermittedError, TransitionError
from domain.needs import NeedState, SubjectKind
from domain.rounds import ProposalState
from domain.time import civil_date
from graph.allocations import allocations_in, hands_in
from graph.claims import active_claims
from graph.households import lock_household
from graph.need_edits import record_check
from graph.needs import lock_need, move_need, open_alike
from graph.proposals import in_state, who_accepted
from graph.reads.needs import NeedRow, need_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.needs.desk import ANY_DESK, is_desk_for, lock_at_desk, require_words
from workflows.needs.policy import need_policy_on
from workflows.needs.posting import post_in, post_need
from workflows.needs.requests import NewConsent, NewItem, NewNeed, NewSlot
from workflows.rounds.promises import (
    move_by_promises,
    require_unpaid,
    settle_need,
    withdraw_claims,
    withdraw_proposals,
)
from workflows.separation import require_other_person
from workflows.workspace import Workspace

__all__ = [
    "NewConsent",
    "NewItem",
    "NewNeed",
    "NewSlot",
    "cancel_need",
    "check_need",
    "complete_need",
    "confirm_need",
    "post_in",
    "post_need",
    "reject_need",
    "start_need",
    "verify_need",
]

_ALIVE = frozenset(NeedState) - {
    NeedState.DRAFT,
    NeedState.POSTED,
    NeedState.CONFIRMED,
    NeedState.CLOSED,
    NeedState.REJECTED,
    NeedState.EXPIRED,
    NeedState.CANCELLED,
}


async def at_desk(
    ws: Workspace,
    actor: Actor,
    need_id: str,
    expected_version: int,
    operation: str,
    step: Callable[[AuditedTransaction, NeedRow], Awaitable[None]],
) -> NeedRow:
    """Take one step with a need as its desk, and give the need as it is then."""

    async def work(tx: AuditedTransaction) -> NeedRow:
        await step(tx, await lock_at_desk(tx, actor, need_id, expected_version=expected_version))
        tx.record(operation, need_id)
        return await need_by_id(tx, actor, need_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def check_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """
    Make the first of two checks, in the community; the need stays POSTED for the station's own.

    Raises
    ------
    SeparationOfDutiesError
        The actor posted it (HC-29).
    TransitionError
        It is not POSTED.
    """
    said = require_words(evidence, "evidence", "HC-06")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        if need.state is not NeedState.POSTED:
            raise TransitionError("only a posted need is checked", id=need_id, before=need.state.value)
        await require_other_person(
            tx, actor, (need.posted_by,), "who posted a need does not check it", about=need_id
        )
        await record_check(tx, actor, need, evidence=said, at=tx.at)

    return await at_desk(ws, actor, need_id, expected_version, "need.check", step)


async def verify_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """
    Confirm by a second person that a posted need is true (VERIFIED).

    Raises
    ------
    SeparationOfDutiesError
        The actor posted it, or made the first of two checks (HC-29).
    ConflictError
        The household has another open need of the same kind and category (HC-19), or the first of the two
        checks that its amount or danger takes has not been made.
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; not POSTED; outside the scope.
    """
    said = require_words(evidence, "evidence", "HC-06")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        await require_other_person(
            tx,
            actor,
            {need.posted_by, need.checked_by} | await hands_in(tx, need_id),
            "who posted or checked a need, or paid for it, does not verify it",
            about=need_id,
        )
        twice = need_policy_on(need.region_path, civil_date(tx.at)).two_checks
        if need.checked_by is None and twice.asks_for(need.amount_fen, need.risk):
            raise ConflictError("the community's check comes first", id=need_id, rule="two_checks")
        verified = await move_need(
            tx, actor, need, NeedState.VERIFIED, at=tx.at, reason=said, verified_by=actor.id
        )
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
        if await allocations_in(tx, need_id, PAID_OUT):  # helped first, verified after
            await move_by_promises(tx, actor, verified, reason="paid first", claimable=True)

    return await at_desk(ws, actor, need_id, expected_version, "need.verify", step)


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
    return await step_to(
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
        Money has been paid, or gifts have arrived already.
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; under way or over; outside the scope.
    """
    return await step_to(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.CANCELLED, reason=reason
    )


async def step_to(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, after: NeedState, reason: str
) -> NeedRow:
    """Take a step that asks for nothing but its reason, as the need's desk."""
    said = require_words(reason, "reason")

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        await move_need(tx, actor, need, after, at=tx.at, reason=said)
        if after is NeedState.CANCELLED:
            await drop_promises(tx, need_id)
        elif after is NeedState.REJECTED:
            await require_unpaid(tx, need_id)

    return await at_desk(ws, actor, need_id, expected_version, f"need.{after.value.lower()}", step)


async def drop_promises(tx: AuditedTransaction, need_id: str) -> None:
    """
    Release what was reserved or promised for a locked need that goes without it.

    Raises
    ------
    ConflictError
        Money or goods have arrived already, or money has been paid.
    """
    await require_unpaid(tx, need_id)
    if await in_state(tx, need_id, ProposalState.CONFIRMED):
        raise ConflictError("gifts have arrived: a need that was given to is not cancelled", id=need_id)
    await withdraw_proposals(tx, need_id)
    await withdraw_claims(tx, need_id)


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
    said = require_words(evidence, "evidence", "HC-06")
    return await _serve(
        ws, actor, need_id, expected_version=expected_version, after=NeedState.DONE, evidence=said
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
    actor.require(*ANY_DESK, Role.VOLUNTEER)

    async def work(tx: AuditedTransaction) -> NeedRow:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        serving = {claim.volunteer_id for claim in await active_claims(tx, need_id)}
        if not is_desk_for(actor, need.category) and actor.participant_id not in serving:
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

    The desk's word is the evidence of the money that was paid, reserved goods leave the stock, claims are done and
    the service minutes of each volunteer are added to their verified minutes.

    Raises
    ------
    SeparationOfDutiesError
        The actor is one who served, or who approved or paid what was given (HC-29).
    ConflictError
        Money that was approved has not been paid.
    """

    async def step(tx: AuditedTransaction, need: NeedRow) -> None:
        await confirm_in(tx, actor, need, reason=feedback or None)

    return await at_desk(ws, actor, need_id, expected_version, "need.confirm", step)


async def confirm_in(tx: AuditedTransaction, actor: Actor, need: NeedRow, *, reason: str | None) -> None:
    """Confirm a locked need and settle what was given; it raises what ``confirm_need`` raises."""
    serving = {claim.volunteer_id for claim in await active_claims(tx, need.id)}
    await require_other_person(
        tx,
        actor,
        serving
        | await who_accepted(tx, await in_state(tx, need.id, ProposalState.ACCEPTED))
        | await hands_in(tx, need.id),
        "who served, approved or paid does not confirm",
        about=need.id,
    )
    await move_need(tx, actor, need, NeedState.CONFIRMED, at=tx.at, reason=reason)
    await settle_need(tx, actor, need)
