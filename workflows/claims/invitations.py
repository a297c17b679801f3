"""
Becoming a volunteer, by an act of one's own (HC-30).

Others can only invite. The invitation's id becomes the volunteer's when the invited person says yes with the
code that they were given, so an account can be issued for it beforehand; until then there is no record of them
among the volunteers, and whatever is claimed in their name is refused.
"""

import hashlib
import hmac
import secrets

from domain.actors import Actor, Role
from domain.engagement import InvitationState
from domain.errors import InvalidInputError, NotPermittedError, StaleVersionError, TransitionError
from domain.identifiers import ResidentNumber
from domain.people import Skill, VolunteerStatus, age_on
from domain.protection import ConsentingParty, ConsentKind
from domain.time import WeeklyWindow, civil_date
from graph.invitations import (
    Introduction,
    InvitationRow,
    answer_invitation,
    create_invitation,
    create_volunteer,
    lock_invitation,
    region_path_of,
    set_status,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from workflows.claims.policy import engagement_on, span
from workflows.protection.consents import (
    ConsentGiven,
    has_own_act,
    require_guardian,
    require_text,
    take_consent,
)
from workflows.protection.numbers import require_one_of_a_number, take_number
from workflows.workspace import Workspace

_LONGEST_NAME = 100
_OLDEST_Y = 120


async def invite_volunteer(
    ws: Workspace, actor: Actor, *, name: str, region_id: str, organisation_id: str | None = None
) -> tuple[InvitationRow, str]:
    """
    Invite somebody; gives the invitation and its code, which is shown once and not kept.

    The desk invites for its regions, an organiser for their own team or enterprise.

    Raises
    ------
    InvalidInputError
        No name, or too long a one.
    NotPermittedError
        The organisation is another's.
    NotFoundError
        The region lies outside the actor's scope.
    """
    actor.require(Role.STATION_WORKER, Role.STATION_LEAD, Role.ORGANISER)
    if not 1 <= len(name.strip()) <= _LONGEST_NAME:
        raise InvalidInputError(f"a name has 1 to {_LONGEST_NAME} characters", field="name")
    is_desk = bool(actor.roles & {Role.STATION_WORKER, Role.STATION_LEAD})
    if organisation_id not in actor.scope.organisation_ids and not (is_desk and organisation_id is None):
        raise NotPermittedError("the organisation is another's", id=organisation_id)
    invitation_id, code = ws.new_id(), secrets.token_urlsafe(16)

    async def work(tx: AuditedTransaction) -> InvitationRow:
        path = await region_path_of(tx, actor, region_id)
        policy = engagement_on(civil_date(tx.at), path).invitations
        row = InvitationRow(
            id=invitation_id,
            name=name.strip(),
            region_id=region_id,
            region_path=path,
            organisation_id=organisation_id,
            invited_by=actor.id,
            state=InvitationState.OPEN,
            invited_at=tx.at,
            expires_at=tx.at + span(policy.open_for),
            answered_at=None,
            version=1,
        )
        await create_invitation(tx, row, code_hash=_hash(code))
        tx.record("invitation.send", invitation_id)
        return row

    return await UnitOfWork(ws.store, ws.clock).run(actor, work), code


async def accept_invitation(
    ws: Workspace,
    actor: Actor,
    *,
    code: str,
    introduction: Introduction,
    consent: ConsentGiven,
    id_number: str | None = None,
) -> InvitationRow:
    """
    Say that one volunteers: from now on there is a record, DRAFT until the desk has verified the name.

    Parameters
    ----------
    consent
        The text that the person agreed to, which must be the one in force.
    id_number
        Kept sealed, for acts that need it whole; everywhere else there is a mask. Whether somebody else has given it
        before is not told here, but to the desk that verifies the name.

    Raises
    ------
    NotPermittedError
        The account is not the invited person's, or the code is not the invitation's (HC-30).
    TransitionError
        It was answered, or its time is over.
    InvalidInputError
        A date of birth, a skill or a time of the week that cannot be; a number that fails its check or holds
        another date of birth; not the text in force.
    """
    _check(introduction)
    require_text(ConsentKind.JOIN, consent)
    number = None if id_number is None else ResidentNumber.parse(id_number)
    if number is not None and number.birth_date != introduction.birth_date:
        raise InvalidInputError("the number holds another date of birth", field="id_number")

    async def work(tx: AuditedTransaction) -> InvitationRow:
        if not -1 < age_on(introduction.birth_date, civil_date(tx.at)) <= _OLDEST_Y:
            raise InvalidInputError("not a date of birth", field="birth_date")
        row = await _invited(tx, actor, code)
        answered = await answer_invitation(tx, row, InvitationState.ACCEPTED, at=tx.at)
        await create_volunteer(tx, row, introduction, at=tx.at)
        await take_consent(
            ws,
            tx,
            volunteer_id=row.id,
            region_path=row.region_path,
            kind=ConsentKind.JOIN,
            giver=ConsentingParty.VOLUNTEER,
            given=consent,
        )
        if number is not None:
            await take_number(ws, tx, row.id, row.name, row.region_path, number)
        tx.record("invitation.accept", row.id)
        return answered

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def decline_invitation(ws: Workspace, actor: Actor, *, code: str) -> InvitationRow:
    """
    Say no; nothing is kept but that.

    Raises
    ------
    NotPermittedError, TransitionError
        As for ``accept_invitation``.
    """

    async def work(tx: AuditedTransaction) -> InvitationRow:
        row = await _invited(tx, actor, code)
        answered = await answer_invitation(tx, row, InvitationState.DECLINED, at=tx.at)
        tx.record("invitation.decline", row.id)
        return answered

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def activate_volunteer(ws: Workspace, actor: Actor, volunteer_id: str, *, expected_version: int) -> int:
    """
    Note at the desk that a volunteer's name was verified: from now on they may take tasks.

    Raises
    ------
    NotPermittedError
        They have never said themselves that they volunteer (HC-30), or a minor's guardian has not agreed (HC-07).
    ConflictError
        Somebody else stands in the registry with the same number.
    TransitionError
        They are not waiting for it.
    StaleVersionError, NotFoundError
        Changed since read; not in the desk's regions.
    """
    actor.require(Role.STATION_WORKER, Role.STATION_LEAD)

    async def work(tx: AuditedTransaction) -> int:
        before = await lock_volunteer(tx, volunteer_id)
        if before not in (VolunteerStatus.DRAFT, VolunteerStatus.REAL_NAME_VERIFIED):
            raise TransitionError("the volunteer does not wait for this", id=volunteer_id, before=before)
        if not await has_own_act(tx, volunteer_id):
            raise NotPermittedError(
                "they have never said themselves that they volunteer", id=volunteer_id, rule="HC-30"
            )
        await require_guardian(tx, actor, volunteer_id)
        await require_one_of_a_number(ws, tx, actor, volunteer_id)
        version = await set_status(tx, actor, volunteer_id, VolunteerStatus.ACTIVE.value)
        if version - 2 != expected_version:
            raise StaleVersionError(
                "the volunteer has changed since they were read",
                id=volunteer_id,
                expected=expected_version,
                found=version - 2,
            )
        tx.record("volunteer.activate", volunteer_id)
        return version

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _invited(tx: AuditedTransaction, actor: Actor, code: str) -> InvitationRow:
    """Take the invitation that the account stands for, if the code is right and it is still open."""
    actor.require(Role.VOLUNTEER)
    if actor.participant_id is None:
        raise NotPermittedError("the account stands for no invitation", actor=actor.id, rule="HC-30")
    row, code_hash = await lock_invitation(tx, actor.participant_id)
    if not hmac.compare_digest(code_hash, _hash(code)):
        raise NotPermittedError("the code is not the invitation's", id=row.id, rule="HC-30")
    if row.state is not InvitationState.OPEN or row.expires_at <= tx.at:
        raise TransitionError("the invitation is over", id=row.id, before=row.state.value)
    return row


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _check(said: Introduction) -> None:
    for skill in said.skills:
        if skill not in Skill.__members__:
            raise InvalidInputError("not a skill", field="skills", value=skill)
    for entry in said.availability:
        WeeklyWindow.parse(entry)
    if min(said.radius_m, said.weekly_minutes) < 0:
        raise InvalidInputError("distances and minutes are not negative", field="radius_m")
