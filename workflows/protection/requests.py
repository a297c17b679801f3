"""
A copy of everything about one person, and deletion, each asked for first and decided by a second person.

Only a copy for the volunteer's own account needs nobody's word. Deletion takes what names the person: number, name,
date of birth, place, contacts, licences, words that people wrote, groups at risk and alerts, and what imports
remembered. The books of hours, the acts of consent, readings of numbers and the audit chain stay under an id that names
nobody, as the Measures on records of volunteer service and the law on personal information (art. 47: periods that laws
prescribe) ask. Registers that departments keep stay theirs, and what is child protection's is in no copy (HC-25).
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.certificates import CertificateContent
from domain.errors import ConflictError, NotPermittedError, TransitionError
from domain.protection import ConsentChannel, DataRequestKind, DataRequestState
from graph.ports import Record, Value
from graph.protection.persons import person_in_scope
from graph.protection.record import (
    blank_certificate,
    certificates_with_name,
    erase_rows,
    open_matters,
    rows_about,
)
from graph.protection.requests import (
    DataRequestRow,
    add_request,
    decide_request,
    finish_request,
    lock_request,
    request_by_id,
)
from graph.scope import DESK
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from locales import Locale, text
from workflows.idempotency import once, request_hash
from workflows.protection.consents import end_engagement
from workflows.protection.masks import shown_masks_in
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

FORMAT = "zhulian-person-1"
_ANSWERS = TypeAdapter(DataRequestRow)
_CONTENT = TypeAdapter(CertificateContent)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """Everything about one person: for programs, and for people; ``digest`` is the SHA-256 of the former."""

    request: DataRequestRow
    machine: str = field(repr=False)
    readable: str = field(repr=False)
    digest: str


async def ask_for_data(
    ws: Workspace,
    actor: Actor,
    volunteer_id: str,
    *,
    kind: DataRequestKind,
    channel: ConsentChannel = ConsentChannel.ACCOUNT,
    idempotency_key: str | None = None,
) -> Outcome[DataRequestRow]:
    """
    Ask for a copy of what is kept of a volunteer, or for its deletion.

    Through their own account people ask for themselves; a desk takes down what was asked before it.

    Raises
    ------
    NotPermittedError
        The account is another's.
    SeparationOfDutiesError
        The desk would take down its own request.
    NotFoundError
        No such volunteer in the actor's regions.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    own = channel is ConsentChannel.ACCOUNT
    if own and (Role.VOLUNTEER not in actor.roles or actor.participant_id != volunteer_id):
        raise NotPermittedError("the account is another's", id=volunteer_id)
    if not own:
        actor.require(*DESK)
    request_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> DataRequestRow:
        person = await person_in_scope(tx, actor, volunteer_id)
        if not own:
            await require_other_person(
                tx, actor, (volunteer_id,), "nobody takes down their own request", about=volunteer_id
            )
        granted = own and kind is DataRequestKind.EXPORT
        row = DataRequestRow(
            id=request_id,
            volunteer_id=volunteer_id,
            kind=kind,
            state=DataRequestState.ALLOWED if granted else DataRequestState.ASKED,
            channel=channel,
            asked_by=actor.id,
            asked_at=tx.at,
            region_path=person.region_path,
        )
        await add_request(tx, row)
        tx.record("data.ask", request_id, detail={"kind": kind.value, "volunteer": volunteer_id})
        return row

    request = request_hash("ask_for_data", volunteer_id, kind.value, channel.value)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def decide_data_request(
    ws: Workspace,
    actor: Actor,
    request_id: str,
    *,
    allow: bool,
    reason: str | None = None,
    expected_version: int,
) -> DataRequestRow:
    """
    Allow or refuse a request, as a head of a station who did not take it down; deletion is done with it.

    Raises
    ------
    TransitionError
        It was decided before.
    ConflictError
        Hours of theirs are still to be verified or decided on, or alerts about them: first those.
    NotPermittedError
        Refused without a reason; not a head of a station.
    SeparationOfDutiesError
        The deciding person asked for it, or is the volunteer.
    StaleVersionError, NotFoundError
        Changed since read; not in the head's regions.
    """
    actor.require(Role.STATION_LEAD)
    if not allow and not (reason or "").strip():
        raise NotPermittedError("a refusal says why", reason="no_reason")

    async def work(tx: AuditedTransaction) -> DataRequestRow:
        row = await lock_request(tx, actor, request_id, expected_version=expected_version)
        if row.state is not DataRequestState.ASKED:
            raise TransitionError("the request was decided", id=request_id, before=row.state.value)
        await require_other_person(
            tx,
            actor,
            (row.asked_by, row.volunteer_id),
            "a second person decides on requests about data",
            about=request_id,
        )
        state = DataRequestState.ALLOWED if allow else DataRequestState.REFUSED
        await decide_request(tx, row, state, by=actor.id, at=tx.at, reason=reason)
        tx.record(
            "data.allow" if allow else "data.refuse",
            request_id,
            detail={"kind": row.kind.value, "volunteer": row.volunteer_id},
        )
        if allow and row.kind is DataRequestKind.ERASURE:
            await _erase(ws, tx, actor, row)
        return await request_by_id(tx, actor, request_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def export_person(
    ws: Workspace, actor: Actor, request_id: str, *, locale: Locale = Locale.ZH_CN
) -> PersonFile:
    """
    Give the copy that was allowed, once; a second one is asked for anew.

    The identity number is in it as its mask: whoever it is about knows it.

    Raises
    ------
    TransitionError
        It was not allowed, or given before, or is no request for a copy.
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    """
    actor.require(Role.VOLUNTEER, *DESK)

    async def work(tx: AuditedTransaction) -> PersonFile:
        row = await lock_request(tx, actor, request_id)
        if row.kind is not DataRequestKind.EXPORT or row.state is not DataRequestState.ALLOWED:
            raise TransitionError("no copy is to be given", id=request_id, before=row.state.value)
        rows = _with_masks_shown(ws, await rows_about(tx, row.volunteer_id))
        machine = _machine(row.volunteer_id, tx.at, rows)
        digest = hashlib.sha256(machine.encode()).hexdigest()
        await finish_request(tx, row, by=actor.id, at=tx.at, digest=digest)
        tx.record("data.export", request_id, detail={"volunteer": row.volunteer_id}, object_hash=digest)
        return PersonFile(
            request=await request_by_id(tx, actor, request_id),
            machine=machine,
            readable=_readable(row.volunteer_id, tx.at, rows, locale),
            digest=digest,
        )

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _erase(ws: Workspace, tx: AuditedTransaction, actor: Actor, row: DataRequestRow) -> None:
    await end_engagement(ws, tx, actor, row.volunteer_id)
    waiting = await open_matters(tx, row.volunteer_id)
    if waiting is not None:
        raise ConflictError("something is still to be decided on first", id=row.volunteer_id, reason=waiting)
    for certificate_id, content in await certificates_with_name(tx, row.volunteer_id):
        blank = replace(_CONTENT.validate_json(content), name="", id_mask=None, volunteer_number=None)
        stored = _CONTENT.dump_json(blank).decode()
        await blank_certificate(tx, certificate_id, stored, by=actor.id, at=tx.at)
    await erase_rows(tx, row.volunteer_id, tx.at)
    await finish_request(tx, row, by=actor.id, at=tx.at, digest=None)
    tx.record("data.erase", row.volunteer_id, detail={"request": row.id})


def _with_masks_shown(ws: Workspace, rows: dict[str, list[Record]]) -> dict[str, list[Record]]:
    def shown(value: Value) -> Value:
        return shown_masks_in(ws, value) if isinstance(value, str) else value

    return {
        label: [{name: shown(value) for name, value in row.items()} for row in found]
        for label, found in rows.items()
    }


def _machine(volunteer_id: str, at: datetime, rows: dict[str, list[Record]]) -> str:
    content = {
        "format": FORMAT,
        "volunteer": volunteer_id,
        "made_at": at.isoformat(),
        "records": {label: [_said(row) for row in found] for label, found in sorted(rows.items())},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=_as_text)


def _readable(volunteer_id: str, at: datetime, rows: dict[str, list[Record]], locale: Locale) -> str:
    lines = [
        f"# {text('protection.export.title', locale)}",
        "",
        text("protection.export.about", locale, id=volunteer_id, at=at.isoformat()),
    ]
    for label, found in sorted(rows.items()):
        lines += ["", "## " + text("protection.export.rows", locale, label=label, count=len(found))]
        for row in found:
            said = "; ".join(f"{name}: {_as_text(value)}" for name, value in _said(row).items())
            lines.append(f"- {said}")
    return "\n".join(lines) + "\n"


def _said(row: Record) -> Record:
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def _as_text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
