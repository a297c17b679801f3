"""
A volunteer takes a slot by their own yes, whichever way they came to it.

Everything here runs inside a unit of work that holds the need: what is read of its slots and claims stays true
until the unit ends.
"""

from domain.actors import Actor
from domain.engagement import OfferState, WaitingState
from domain.errors import ConflictError, NotFoundError, NotPermittedError
from domain.people import VolunteerStatus
from domain.time import Window, civil_date
from graph.claims import (
    Holder,
    Slot,
    active_claims,
    count_slots,
    create_claim,
    new_claim,
    promises_of,
)
from graph.engagement import move_offer, offers_of_slot, set_waiting
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from graph.volunteers import lock_volunteer
from matching.rules.view import Violation
from workflows.claims.fitness import Visit, first_breach, visit_of
from workflows.claims.policy import engagement_on, span
from workflows.claims.timing import first_time
from workflows.rounds.promises import move_by_promises
from workflows.separation import require_other_person


async def admit(
    tx: AuditedTransaction,
    actor: Actor,
    need: NeedRow,
    slot: Slot,
    *,
    claim_id: str,
    instead_of: Holder | None = None,
    replaced: ClaimRow | None = None,
    organisation_id: str | None = None,
) -> ClaimRow:
    """
    Promise the acting volunteer's visit, if every hard rule lets them come, and lead the need on.

    Parameters
    ----------
    instead_of
        Who or what keeps the slot for them; None for a free slot.
    replaced
        The claim that makes way; its time is theirs.

    Raises
    ------
    NotPermittedError
        A rule forbids it; ``context['rule']`` names it.
    SeparationOfDutiesError
        They posted or verified the need.
    ConflictError
        They hold another slot of the need.
    """
    volunteer_id = acting_volunteer(actor)
    team = [
        claim for claim in await active_claims(tx, need.id) if replaced is None or claim.id != replaced.id
    ]
    if any(claim.volunteer_id == volunteer_id for claim in team):
        raise ConflictError("the volunteer holds another slot of this need", id=need.id)
    await require_other_person(
        tx,
        actor,
        (need.posted_by, need.verified_by),
        "who posted or verified a need does not serve it",
        about=need.id,
    )
    await take_person(tx, volunteer_id)
    window = await time_of_visit(tx, need, [*team, *([replaced] if replaced else [])], volunteer_id)
    visit = Visit(slot_id=slot.id, volunteer_id=volunteer_id, window=window)
    broken = await breach_of(tx, need, visit, team)
    if broken is not None:
        raise NotPermittedError(
            f"{broken.rule}: {broken.detail}", id=need.id, rule=broken.rule, detail=broken.detail
        )
    due = span(engagement_on(civil_date(tx.at), need.region_path).confirmation.due_before)
    claim = new_claim(
        claim_id=claim_id,
        slot=slot,
        volunteer_id=volunteer_id,
        claimed_by=actor.id,
        window=window,
        at=tx.at,
        region_path=need.region_path,
        organisation_id=organisation_id,
        confirmed=window is not None and window.start - tx.at <= due,
    )
    await create_claim(tx, claim, instead_of=instead_of)
    await _settle_others(tx, claim)
    await move_by_promises(tx, actor, need, reason="claim")
    tx.record("claim.take", claim_id, detail={"slot": slot.id, "volunteer": volunteer_id})
    return claim


def acting_volunteer(actor: Actor) -> str:
    """
    Give the volunteer whom the account stands for.

    Raises
    ------
    NotPermittedError
        It stands for nobody: a promise needs a person's own yes (HC-26).
    """
    if actor.participant_id is None:
        raise NotPermittedError("the account stands for no volunteer", actor=actor.id, rule="HC-26")
    return actor.participant_id


async def take_person(tx: AuditedTransaction, volunteer_id: str) -> None:
    """
    Take a volunteer, so that two units that promise their time read each other.

    Raises
    ------
    NotPermittedError
        Nobody of that id has become a volunteer by an act of their own (HC-30).
    """
    try:
        status = await lock_volunteer(tx, volunteer_id)
    except NotFoundError as error:
        raise NotPermittedError(
            "an invitation is not a registration", volunteer=volunteer_id, rule="HC-30"
        ) from error
    if status == VolunteerStatus.DRAFT:
        raise NotPermittedError(
            "they have not yet said themselves that they volunteer", volunteer=volunteer_id, rule="HC-30"
        )


async def breach_of(
    tx: AuditedTransaction, need: NeedRow, visit: Visit, team: list[ClaimRow]
) -> Violation | None:
    """Give the first hard rule that a visit beside those of a team would break, or None."""
    slots, _ = await count_slots(tx, need.id)
    return await first_breach(
        tx,
        need,
        visit,
        at=tx.at,
        team=[visit_of(mate) for mate in team],
        completes_team=len(team) + 1 == slots,
    )


async def _settle_others(tx: AuditedTransaction, claim: ClaimRow) -> None:
    """Withdraw what else was offered of the slot, and take the new holder off the waiting list."""
    for offer in await offers_of_slot(tx, claim.need_id, claim.slot_id):
        if offer.state is OfferState.OPEN:
            await move_offer(tx, offer, OfferState.WITHDRAWN, at=tx.at)
            tx.record("offer.withdraw", offer.id)
    await set_waiting(tx, claim.need_id, claim.volunteer_id, WaitingState.SERVED)


async def time_of_visit(
    tx: AuditedTransaction, need: NeedRow, team: list[ClaimRow], volunteer_id: str
) -> Window | None:
    """
    Give the time of the visit: that of those who go along, else the first the volunteer is free at.

    A need without windows is served at a time the two agree on: None.

    Raises
    ------
    NotPermittedError
        The volunteer is promised elsewhere then, or no window is left (HC-28).
    """
    promised = await promises_of(tx, volunteer_id, now=tx.at)
    taken = [window for claim in promised if (window := visit_of(claim).window)]
    along = [window for claim in team if (window := visit_of(claim).window)]
    return first_time(need, taken, along, tx.at)
