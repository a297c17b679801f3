"""
Acts of consent: joining, a guardian's, and withdrawal, each in words that are known and kept.

Nobody is a volunteer without an act of their own (HC-30). Who joins here says yes to the text in force, through their
account or at a desk; who came in a list of another register rests on that source (``ConsentBasis.SOURCE``) until they
say so themselves. After a withdrawal nothing is offered any more.
"""

import hashlib
from dataclasses import dataclass

from domain.actors import Actor, Role
from domain.engagement import OfferState, WaitingState
from domain.errors import InvalidInputError, NotPermittedError, TransitionError
from domain.notices import NoticeCode
from domain.people import VolunteerStatus, age_on
from domain.protection import (
    ADULT_AGE_Y,
    CONSENT_TEXTS,
    ConsentBasis,
    ConsentChannel,
    ConsentingParty,
    ConsentKind,
)
from domain.rounds import ClaimState
from domain.time import civil_date
from graph.claims import checked_in, lock_any_claim, promises_of
from graph.engagement import lock_offer, offers_of_volunteer, set_waiting
from graph.invitations import set_status
from graph.needs import lock_any_need
from graph.ports import ReadTransaction
from graph.protection.consents import ConsentRow, add_consent, consents_of, rest_on, set_guardian_consent
from graph.protection.persons import PersonRow, person_in_scope
from graph.protection.waiting import places_in_line
from graph.scope import DESK
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from locales import Locale, text
from workflows.claims.leaving import vacate
from workflows.claims.offers import end_offer
from workflows.claims.waiting import tell_desk
from workflows.separation import require_other_person
from workflows.workspace import Workspace

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """The words of a consent in force; ``digest`` is their SHA-256."""

    id: str
    kind: ConsentKind
    locale: Locale
    words: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """Which text was agreed to, in which language, and how; a guardian says who they are."""

    text_id: str
    locale: Locale = Locale.ZH_CN
    channel: ConsentChannel = ConsentChannel.ACCOUNT
    giver_name: str | None = None
    relation: str | None = None


def consent_text(kind: ConsentKind, locale: Locale = Locale.ZH_CN) -> ConsentText:
    """Give the text in force."""
    text_id = CONSENT_TEXTS[kind]
    words = text(f"protection.consent.{text_id}", locale)
    return ConsentText(
        id=text_id, kind=kind, locale=locale, words=words, digest=hashlib.sha256(words.encode()).hexdigest()
    )


def require_text(kind: ConsentKind, given: ConsentGiven) -> None:
    """
    Go on only if what was agreed to is the text in force.

    Raises
    ------
    InvalidInputError
        It is another.
    """
    if given.text_id != CONSENT_TEXTS[kind]:
        raise InvalidInputError(
            "not the consent text in force",
            field="consent_text_id",
            value=given.text_id,
            expected=CONSENT_TEXTS[kind],
        )


async def take_consent(
    ws: Workspace,
    tx: AuditedTransaction,
    *,
    volunteer_id: str,
    region_path: str,
    kind: ConsentKind,
    giver: ConsentingParty,
    given: ConsentGiven,
) -> ConsentRow:
    """Take an act down, with the words that were agreed to."""
    words = consent_text(kind, given.locale)
    own = given.channel is ConsentChannel.ACCOUNT
    row = ConsentRow(
        id=ws.new_id(),
        volunteer_id=volunteer_id,
        kind=kind,
        text_id=words.id,
        text_digest=words.digest,
        locale=given.locale.value,
        channel=given.channel,
        given_by=giver,
        giver_name=given.giver_name,
        relation=given.relation,
        taken_by=None if own else tx.actor_id,
        at=tx.at,
        region_path=region_path,
    )
    await add_consent(tx, row)
    tx.record(
        f"consent.{kind.value.lower()}",
        volunteer_id,
        detail={"text": words.id, "channel": given.channel.value, "by": giver.value},
        object_hash=words.digest,
    )
    return row


async def record_consent(
    ws: Workspace, actor: Actor, volunteer_id: str, *, kind: ConsentKind, given: ConsentGiven
) -> ConsentRow:
    """
    Take down that a volunteer of a list, or a guardian, agrees.

    A volunteer agrees for themselves through their account; the desk takes down what was said or signed before it,
    and a guardian's always. The status does not change by it: who is a DRAFT is verified at the desk next.

    Raises
    ------
    InvalidInputError
        Not the text in force; a guardian without name or relation; a withdrawal, which is an act of its own.
    NotPermittedError
        The account is another's, or the desk would speak for who has an account of their own at hand.
    SeparationOfDutiesError
        The desk would take down its own guardian's or its own word.
    NotFoundError
        No such volunteer in the actor's regions.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    if kind is ConsentKind.WITHDRAWAL:
        raise InvalidInputError("a withdrawal is an act of its own", field="kind")
    require_text(kind, given)
    guardian = kind is ConsentKind.GUARDIAN
    if guardian and not (_named(given.giver_name) and _named(given.relation)):
        raise InvalidInputError("a guardian has a name and a relation", field="giver_name")

    async def work(tx: AuditedTransaction) -> ConsentRow:
        person = await _theirs(tx, actor, volunteer_id, given.channel, by_desk_only=guardian)
        row = await take_consent(
            ws,
            tx,
            volunteer_id=person.id,
            region_path=person.region_path,
            kind=kind,
            giver=ConsentingParty.GUARDIAN if guardian else ConsentingParty.VOLUNTEER,
            given=given,
        )
        if guardian:
            await set_guardian_consent(tx, person.id, given=True)
        else:
            await rest_on(tx, actor, person.id, ConsentBasis.OWN_ACT)
        return row

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def withdraw_consent(
    ws: Workspace, actor: Actor, volunteer_id: str, *, given: ConsentGiven, by_guardian: bool = False
) -> ConsentRow:
    """
    Take consent back: the volunteer is WITHDRAWN, and whatever was asked or promised for times to come ends.

    What was done stays recorded. Visits that have begun are finished. A guardian's withdrawal ends a minor's part the
    same way.

    Raises
    ------
    TransitionError
        It was withdrawn before.
    InvalidInputError, NotPermittedError, SeparationOfDutiesError, NotFoundError
        As for ``record_consent``.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    require_text(ConsentKind.WITHDRAWAL, given)

    async def work(tx: AuditedTransaction) -> ConsentRow:
        person = await _theirs(tx, actor, volunteer_id, given.channel, by_desk_only=by_guardian)
        before = await lock_volunteer(tx, volunteer_id)
        if before == VolunteerStatus.WITHDRAWN:
            raise TransitionError("consent was withdrawn before", id=volunteer_id, before=before)
        await end_engagement(ws, tx, actor, volunteer_id)
        await set_status(tx, actor, volunteer_id, VolunteerStatus.WITHDRAWN.value)
        if by_guardian:
            await set_guardian_consent(tx, volunteer_id, given=False)
        return await take_consent(
            ws,
            tx,
            volunteer_id=person.id,
            region_path=person.region_path,
            kind=ConsentKind.WITHDRAWAL,
            giver=ConsentingParty.GUARDIAN if by_guardian else ConsentingParty.VOLUNTEER,
            given=given,
        )

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def end_engagement(ws: Workspace, tx: AuditedTransaction, actor: Actor, volunteer_id: str) -> None:
    """End what a volunteer is asked, waits for, and has promised for times to come."""
    for open_offer in await offers_of_volunteer(tx, volunteer_id, [OfferState.OPEN]):
        need = await lock_any_need(tx, open_offer.need_id)
        offer = await lock_offer(tx, open_offer.id)
        if offer.state is OfferState.OPEN:
            await end_offer(ws, tx, need, offer, OfferState.WITHDRAWN)
    for need_id in await places_in_line(tx, volunteer_id):
        await set_waiting(tx, need_id, volunteer_id, WaitingState.LEFT)
    for promise in await promises_of(tx, volunteer_id, now=tx.at):
        need = await lock_any_need(tx, promise.need_id)
        claim = await lock_any_claim(tx, promise.id)
        if claim is None or claim.state is not ClaimState.ACTIVE or await checked_in(tx, claim.id):
            continue
        await vacate(ws, tx, actor, claim, need, ClaimState.WITHDRAWN, reason="consent withdrawn")
        tx.record("claim.release", claim.id, detail={"rule": "HC-30"})
        await tell_desk(ws, tx, need, NoticeCode.CLAIM_WITHDRAWN, claim.id)


async def has_own_act(tx: ReadTransaction, volunteer_id: str) -> bool:
    """Whether a volunteer has said themselves that they volunteer, and not taken it back."""
    acts = [act.kind for act in await consents_of(tx, volunteer_id) if act.kind is not ConsentKind.GUARDIAN]
    return bool(acts) and acts[-1] is ConsentKind.JOIN


async def require_guardian(tx: AuditedTransaction, actor: Actor, volunteer_id: str) -> None:
    """
    Go on only if a minor's guardian agrees.

    Raises
    ------
    NotPermittedError
        They have not said so (HC-07).
    """
    person = await person_in_scope(tx, actor, volunteer_id)
    minor = person.birth_date is not None and age_on(person.birth_date, civil_date(tx.at)) < ADULT_AGE_Y
    if minor and not person.guardian_consent:
        raise NotPermittedError("a minor's guardian has not agreed", id=volunteer_id, rule="HC-07")


async def _theirs(
    tx: AuditedTransaction, actor: Actor, volunteer_id: str, channel: ConsentChannel, *, by_desk_only: bool
) -> PersonRow:
    own = channel is ConsentChannel.ACCOUNT
    if own and (by_desk_only or Role.VOLUNTEER not in actor.roles or actor.participant_id != volunteer_id):
        raise NotPermittedError("the account is another's", id=volunteer_id, rule="HC-30")
    if not own:
        actor.require(*DESK)
        await require_other_person(
            tx, actor, (volunteer_id,), "nobody takes down their own word", about=volunteer_id
        )
    return await person_in_scope(tx, actor, volunteer_id)


def _named(value: str | None) -> bool:
    return value is not None and 1 <= len(value.strip()) <= _LONGEST_NAME
