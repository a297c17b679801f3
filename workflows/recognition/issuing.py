"""
A volunteer's record as a credential: what this region recorded, signed for the volunteer to carry.

Who records certifies (Order No. 67): verified services with their times, own skills and qualifications. What was
recognised from elsewhere stays with whoever recorded it.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, TransitionError
from domain.notices import NewNotice, NoticeCode
from domain.recognition import CredentialState, IssuedCredential
from domain.stars import StarLevel
from domain.time import civil_date
from graph.numbering import next_number
from graph.ports import GraphStore
from graph.recognition.claims import claims_by_ids
from graph.recognition.credentials import (
    PersonRow,
    ServedRow,
    TrainingRow,
    create_credential,
    lock_credential,
    marks_of_list,
    person_of,
    served_here,
    set_credential_state,
    trainings_of,
)
from graph.recognition.holders import spend_nonce
from graph.unit_of_work import AuditedTransaction
from identity.credentials.binding import check_presenter
from identity.credentials.issue import issue
from identity.credentials.policy import STRICT
from identity.credentials.record import ServiceEntry, VolunteerRecord
from identity.credentials.status import Status, StatusList, sign_list
from identity.jose.encoding import JsonObject
from identity.jose.jwk import PublicKey, Signer, public_key
from identity.jose.jws import open_compact
from identity.verdicts import Refused, VerdictCode
from workflows.hours.records import DESK, said
from workflows.hours.star_rules import star_rules
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.protection.masks import shown_mask
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

PROOF_TYPE = "openid4vci-proof+jwt"
PLACES = 1 << 17
"""Credentials of one status list."""
MOST_ENTRIES = 150
"""Services that are told one by one; a longer record tells its sums alone, or it could not be presented."""
_SCHEMES = {"category": "zhulian", "skill": "zhulian", "training": "zhulian"}
_STATUS = {
    CredentialState.VALID: Status.VALID,
    CredentialState.SUSPENDED: Status.SUSPENDED,
    CredentialState.REVOKED: Status.INVALID,
}
_STEPS = {
    (CredentialState.VALID, CredentialState.SUSPENDED),
    (CredentialState.SUSPENDED, CredentialState.VALID),
    (CredentialState.VALID, CredentialState.REVOKED),
    (CredentialState.SUSPENDED, CredentialState.REVOKED),
}
_LIST_TERM = timedelta(hours=24)
_LIST_TTL_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """
    The registry that issues: this installation's own.

    Parameters
    ----------
    issuer
        Its ``iss``; status lists stand below it, at ``/statuslists/N``.
    """

    issuer: str
    key_id: str
    key: Signer
    term: timedelta = timedelta(days=365)

    def list_address(self, number: int) -> str:
        """Give where a status list is found."""
        return f"{self.issuer.rstrip('/')}/statuslists/{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRequest:
    """
    What a holder asks for.

    Parameters
    ----------
    volunteer_id
        Whose record; None is the acting volunteer.
    holder
        Public JWK of the holder's key.
    proof
        JWS of that key over ``aud`` (the issuer), ``nonce`` and ``iat``: whoever asks has the key.
    """

    volunteer_id: str | None = None
    holder: JsonObject
    proof: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """
    A credential, and its text the first time.

    Parameters
    ----------
    text
        Given once and kept nowhere, as it names its holder; None where the call is sent again.
    """

    credential: IssuedCredential
    text: Annotated[str | None, Field(exclude=True)] = None


_ANSWERS = TypeAdapter(Issued)
_CREDENTIALS = TypeAdapter(IssuedCredential)


async def issue_credential(
    ws: Workspace,
    actor: Actor,
    registry: Registry,
    asked: CredentialRequest,
    *,
    idempotency_key: str | None = None,
) -> Outcome[Issued]:
    """
    Give a volunteer's record of this region as a credential bound to their key.

    Sent again, the call names the credential without its text: whoever lost it has it revoked and asks anew.

    Raises
    ------
    InvalidInputError
        The proof of the key does not hold, or there is nothing to certify.
    SeparationOfDutiesError
        A worker asks for their own.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    volunteer_id = asked.volunteer_id or actor.participant_id
    if volunteer_id is None or (Role.VOLUNTEER in actor.roles and volunteer_id != actor.participant_id):
        raise InvalidInputError("say whose record", field="volunteer_id")
    new_id = f"urn:zhulian:credential:{ws.new_id()}"

    async def work(tx: AuditedTransaction) -> Issued:
        if Role.VOLUNTEER not in actor.roles:
            await require_other_person(
                tx, actor, (volunteer_id,), "nobody certifies their own service", about=volunteer_id
            )
        holder = await _proven(tx, registry, asked)
        person = await person_of(tx, actor, volunteer_id)
        served = await served_here(tx, volunteer_id)
        trainings = await _own_trainings(tx, volunteer_id)
        id_mask = shown_mask(ws, person.id_mask) or ""
        record = record_of(person, id_mask, served, trainings, tx.at)
        number, place = divmod(await next_number(tx, "status-list") - 1, PLACES)
        credential = IssuedCredential(
            id=new_id,
            volunteer_id=volunteer_id,
            state=CredentialState.VALID,
            list=number,
            place=place,
            holder=holder.thumbprint,
            minutes=record.clocked_minutes + record.manual_minutes,
            issued_by=actor.id,
            issued_at=tx.at,
            expires_at=tx.at + registry.term,
            region_path=person.region_path,
        )
        claims = record.claims(
            issuer=registry.issuer,
            credential_id=new_id,
            issued_at=int(tx.at.timestamp()),
            expires_at=int(credential.expires_at.timestamp()),
            schemes=_SCHEMES,
        )
        text = issue(
            claims,
            key=registry.key,
            key_id=registry.key_id,
            holder=holder,
            status=(registry.list_address(number), place),
            decoys=1,
        )
        await create_credential(tx, credential)
        tx.record(
            "credential.issue", new_id, detail={"volunteer": volunteer_id, "minutes": credential.minutes}
        )
        await _tell(ws, tx, credential, NoticeCode.CREDENTIAL_ISSUED)
        return Issued(credential=credential, text=text)

    request = request_hash("issue_credential", asked)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _proven(tx: AuditedTransaction, registry: Registry, asked: CredentialRequest) -> PublicKey:
    """Give the holder's key, once whoever asks has shown that it is theirs."""
    holder = public_key(asked.holder)
    if holder is None:
        raise InvalidInputError("not a key that a credential can be bound to", field="holder")
    try:
        proof = open_compact(asked.proof, {PROOF_TYPE})
        check_presenter(
            proof,
            holder,
            audience=registry.issuer,
            nonce=asked.nonce,
            now=int(tx.at.timestamp()),
            policy=STRICT,
        )
    except Refused as refusal:
        raise InvalidInputError(
            "the proof of the key does not hold", field="proof", reason=refusal.code.value
        ) from None
    if not await spend_nonce(tx, asked.nonce, audience=registry.issuer, now=tx.at):
        raise InvalidInputError(
            "the nonce was not given out, or was used", field="nonce", reason=VerdictCode.REPLAYED.value
        )
    return holder


async def _own_trainings(tx: AuditedTransaction, volunteer_id: str) -> list[TrainingRow]:
    trainings = await trainings_of(tx, volunteer_id)
    recognised = await claims_by_ids(tx, [row.id for row in trainings])
    return [row for row in trainings if row.id not in recognised]


def record_of(
    person: PersonRow, id_mask: str, served: list[ServedRow], trainings: list[TrainingRow], at: datetime
) -> VolunteerRecord:
    """
    Give what a region certifies of a volunteer.

    Raises
    ------
    InvalidInputError
        There is nothing to certify.
    """
    if not served and not trainings and not person.skills:
        raise InvalidInputError("there is nothing to certify yet", field="volunteer_id")
    clocked = sum(row.minutes for row in served if row.clocked)
    manual = sum(row.minutes for row in served if not row.clocked)
    start = min((row.start for row in served), default=at - timedelta(seconds=1))
    end = max((row.end for row in served), default=at)
    today = civil_date(at)
    rules = star_rules(today, person.region_path)
    level: JsonObject | None = None
    if person.star is not None:
        level = {"scheme": rules.id, "star": StarLevel(person.star).rank, "on": today.isoformat()}
    return VolunteerRecord(
        name=person.name,
        birth_date="" if person.birth_date is None else person.birth_date.isoformat(),
        gender=person.sex or "",
        id_mask=id_mask,
        period_from=int(start.timestamp()),
        period_to=int(end.timestamp()),
        clocked_minutes=clocked,
        manual_minutes=manual,
        entries=tuple(map(_entry, served)) if len(served) <= MOST_ENTRIES else (),
        level=level,
        training=tuple(_training(row) for row in trainings),
        skills=tuple({"code": skill} for skill in person.skills),
    )


def entry_number(record_id: str) -> str:
    """Give the number under which a credential tells of a record of hours; it names nothing of need or place."""
    return hashlib.sha256(record_id.encode()).hexdigest()[:24]


def _entry(row: ServedRow) -> ServiceEntry:
    return ServiceEntry(
        id=entry_number(row.id),
        start=int(row.start.timestamp()),
        end=int(row.end.timestamp()),
        minutes=row.minutes,
        clocked=row.clocked,
    )


def _training(row: TrainingRow) -> JsonObject:
    told: JsonObject = {"code": row.licence}
    if row.valid_from is not None:
        told["completed_on"] = row.valid_from.isoformat()
    if row.valid_to is not None:
        told["valid_until"] = (row.valid_to - timedelta(days=1)).isoformat()
    return told


async def change_credential(
    ws: Workspace,
    actor: Actor,
    credential_id: str,
    state: CredentialState,
    *,
    reason: str,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[IssuedCredential]:
    """
    Suspend, resume or revoke a credential; the next status list says so.

    Raises
    ------
    TransitionError
        It has no such step: what is revoked stays so.
    """
    actor.require(*DESK)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> IssuedCredential:
        credential = await lock_credential(tx, actor, credential_id, expected_version=expected_version)
        if (credential.state, state) not in _STEPS:
            raise TransitionError(
                "the credential has no such step",
                id=credential_id,
                before=credential.state.value,
                after=state.value,
            )
        await set_credential_state(tx, credential_id, state, reason=told, at=tx.at)
        tx.record("credential.change", credential_id, detail={"state": state.value})
        changed = replace(credential, state=state, reason=told, changed_at=tx.at)
        await _tell(ws, tx, changed, NoticeCode.CREDENTIAL_CHANGED)
        return changed

    request = request_hash("change_credential", credential_id, state.value, told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_CREDENTIALS, work=work)


async def _tell(
    ws: Workspace, tx: AuditedTransaction, credential: IssuedCredential, code: NoticeCode
) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=credential.volunteer_id,
            code=code,
            subject_id=credential.id,
            region_path=credential.region_path,
            parameters={"state": credential.state.value},
        ),
    )


async def status_list(store: GraphStore, registry: Registry, number: int, at: datetime) -> str:
    """Give a status list, signed now; anybody may have it, and it names nobody."""
    statuses = StatusList.of_size(PLACES)
    for place, state in await store.read(lambda tx: marks_of_list(tx, number)):
        statuses[place] = _STATUS[state]
    return sign_list(
        statuses,
        registry.key,
        key_id=registry.key_id,
        issuer=registry.issuer,
        uri=registry.list_address(number),
        issued_at=int(at.timestamp()),
        expires_at=int((at + _LIST_TERM).timestamp()),
        ttl_s=_LIST_TTL_S,
    )
