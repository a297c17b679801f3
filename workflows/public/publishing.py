"""Putting needs on the public wall, and taking them off."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotPermittedError, TransitionError
from domain.needs import SubjectKind, Urgency
from domain.publication import NEVER_SHOWN, SHOWN_STATES, OwnerGroup
from graph.needs import lock_need
from graph.ports import ReadTransaction
from graph.publications import (
    NewPublication,
    create_publication,
    end_publication,
    names_of_household,
    situations_of_household,
)
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.idempotency import once, request_hash
from workflows.public.anonymity import (
    Shown,
    shown_of_household,
    shown_of_institution,
    shown_of_nobody_known,
)
from workflows.public.wording import CheckedText, check_text, require_clean
from workflows.workspace import Outcome, Workspace

_DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
_LONGEST_TITLE = 60
_LONGEST_BODY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What everybody will read of a need; ``body`` may be empty."""

    title: str
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A need on the wall, and how it is shown there."""

    need_id: str
    title: str
    body: str
    owner: OwnerGroup
    shown_path: str
    crowd: int | None


_ANSWERS = TypeAdapter(Published)


async def publish_need(
    ws: Workspace,
    actor: Actor,
    need_id: str,
    wording: Wording,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[Published]:
    """
    Put a verified need on the public wall, in words that name nobody; again, with other words.

    Raises
    ------
    InvalidInputError
        The words hold a name, a number or an address (HC-24), are missing or too long.
    NotPermittedError
        A child-protection case (HC-25), an emergency, or no consent of the subject (HC-22).
    TransitionError
        The need is not open.
    ConflictError
        Too few households are in the register for any of them to hide in it.
    StaleVersionError, NotFoundError, IdempotencyKeyReusedError
        Changed since read; outside the scope; the key was used with another request.
    """
    actor.require(*_DESK)
    words = Wording(title=wording.title.strip(), body=wording.body.strip())
    if not 0 < len(words.title) <= _LONGEST_TITLE:
        raise InvalidInputError(
            f"a title has 1 to {_LONGEST_TITLE} characters", field="title", value=len(words.title)
        )
    if len(words.body) > _LONGEST_BODY:
        raise InvalidInputError(
            f"a text has at most {_LONGEST_BODY} characters", field="body", value=len(words.body)
        )

    async def work(tx: AuditedTransaction) -> Published:
        need = await lock_need(tx, actor, need_id, expected_version=expected_version)
        _require_showable(need)
        require_clean(
            {"title": words.title, "body": words.body},
            known=await _names(tx, need),
            institution=need.subject_kind is SubjectKind.INSTITUTION,
            about=need_id,
        )
        shown = await _shown(tx, need)
        await create_publication(
            tx,
            NewPublication(
                need_id=need_id,
                title=words.title,
                body=words.body,
                owner=shown.owner,
                shown_path=shown.path,
                crowd=shown.crowd,
                category=need.category,
                kind=need.kind,
                amount_fen=need.amount_fen,
                region_path=need.region_path,
            ),
            by=actor.id,
            at=tx.at,
        )
        tx.record("need.publish", need_id, detail={"owner": shown.owner.value, "crowd": shown.crowd})
        return Published(
            need_id=need_id,
            title=words.title,
            body=words.body,
            owner=shown.owner,
            shown_path=shown.path,
            crowd=shown.crowd,
        )

    request = request_hash("publish_need", (need_id, words, expected_version))
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def withdraw_publication(ws: Workspace, actor: Actor, need_id: str, *, reason: str) -> str:
    """
    Take a need off the wall; its life goes on. Gives the need's id.

    Raises
    ------
    InvalidInputError
        No reason is given.
    NotFoundError
        It does not stand on the wall, or lies outside the scope.
    """
    actor.require(*_DESK)
    if not reason.strip():
        raise InvalidInputError("the step needs a reason", field="reason")

    async def work(tx: AuditedTransaction) -> str:
        await end_publication(tx, actor, need_id, why=reason, at=tx.at)
        tx.record("need.unpublish", need_id)
        return need_id

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def check_wording(
    ws: Workspace, actor: Actor, need: NeedRow, wording: Wording
) -> dict[str, CheckedText]:
    """Look through words before they are published, by field; for a desk that is still writing."""
    actor.require(*_DESK)
    known = await ws.store.read(lambda tx: _names(tx, need))
    institution = need.subject_kind is SubjectKind.INSTITUTION
    return {
        field: check_text(text, known=known, institution=institution)
        for field, text in (("title", wording.title), ("body", wording.body))
    }


def _require_showable(need: NeedRow) -> None:
    if need.category in NEVER_SHOWN:
        raise NotPermittedError("a child-protection case is never shown", id=need.id, rule="HC-25")
    if need.urgency is Urgency.EMERGENCY:
        raise NotPermittedError("an emergency is handled, not shown", id=need.id, rule="HC-24")
    if not need.consent_recorded and need.subject_kind is not SubjectKind.INSTITUTION:
        raise NotPermittedError("the subject did not agree to it", id=need.id, rule="HC-22")
    if need.state not in SHOWN_STATES:
        raise TransitionError("only an open need is shown", id=need.id, before=need.state.value)


async def _names(tx: ReadTransaction, need: NeedRow) -> list[str]:
    if need.subject_kind is not SubjectKind.HOUSEHOLD or need.subject_id is None:
        return []
    return await names_of_household(tx, need.subject_id)


async def _shown(tx: ReadTransaction, need: NeedRow) -> Shown:
    if need.subject_kind is SubjectKind.INSTITUTION:
        return shown_of_institution(need.region_path)
    if need.subject_kind is SubjectKind.ANONYMOUS or need.subject_id is None:
        return shown_of_nobody_known(need.region_path)
    return await shown_of_household(
        tx, need.id, need.region_path, await situations_of_household(tx, need.subject_id)
    )
