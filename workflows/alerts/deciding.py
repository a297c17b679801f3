"""What people find of an alert: helped with a need, covered before, no alarm at all, or moved away."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.alerts import AlertOutcome, Decision, require_open
from domain.errors import InvalidInputError
from domain.needs import ConsentGiver, NeedKind
from domain.time import civil_date
from graph.alerts import LockedAlert, decide_alert_row, require_need_of, require_region, take_alert
from graph.reads.alerts import AlertRow, alert_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.idempotency import once, request_hash
from workflows.needs.desk import ANY_DESK, require_desk_for
from workflows.needs.drafting import draft_in
from workflows.needs.posting import post_in
from workflows.needs.requests import NewConsent
from workflows.needs.titles import require_title
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(AlertRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedOfAlert:
    """
    A need to be made of an alert: its template fills what is not said here.

    Parameters
    ----------
    amount_fen
        Money asked for, where the alert's category is about money.
    consent_given_by
        Who agreed to it; nobody is helped unasked (HC-22).
    """

    title: str
    consent_given_by: ConsentGiver
    detail: str | None = None
    amount_fen: int = 0
    risk_disclosed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDecision:
    """
    A decision and what goes with it.

    Parameters
    ----------
    need_id, new_need
        With HELPED one of them: a need of the household that is there, or one to be made now.
    moved_to
        With MOVED the division the person lives in now, if it is known.
    """

    said: Decision
    need_id: str | None = None
    new_need: NeedOfAlert | None = None
    moved_to: str | None = None

    def __post_init__(self) -> None:
        helped = self.said.outcome is AlertOutcome.HELPED
        if ((self.need_id is None) == (self.new_need is None)) if helped else (self.need_id or self.new_need):
            raise InvalidInputError(
                "who was helped has a need, made now or before, and nobody else", field="need_id"
            )
        if self.moved_to is not None and self.said.outcome is not AlertOutcome.MOVED:
            raise InvalidInputError("who has not moved lives nowhere else", field="moved_to")


async def decide_alert(
    ws: Workspace,
    actor: Actor,
    alert_id: str,
    decision: AlertDecision,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[AlertRow]:
    """
    Decide an alert; a need that is made of it stands in the same transaction.

    Raises
    ------
    NotPermittedError, NotFoundError
        No desk; outside the actor's scope, or behind the wall (HC-25); the household has no such need.
    SeparationOfDutiesError
        The alert is about the actor.
    TransitionError, StaleVersionError
        Decided already; changed since read.
    InvalidInputError
        The person has no household on file to make a need for; what the need lacks.
    """
    actor.require(*ANY_DESK)

    async def work(tx: AuditedTransaction) -> AlertRow:
        alert = await take_alert(tx, actor, alert_id, expected_version=expected_version)
        require_open(alert.state, alert_id)
        await require_other_person(
            tx, actor, (alert.resident_id,), "nobody decides on alerts about themselves", about=alert_id
        )
        need_id = decision.need_id
        if need_id is not None:
            await require_need_of(tx, actor, need_id, alert.household_id, child=alert.child)
        elif decision.new_need is not None:
            need_id = await _post(ws, tx, actor, alert, decision.new_need)
        if decision.moved_to is not None:
            await require_region(tx, decision.moved_to)
        said = decision.said
        await decide_alert_row(
            tx,
            alert_id,
            outcome=said.outcome.value,
            reason=None if said.reason is None else said.reason.value,
            note=said.note.strip(),
            need_id=need_id,
            moved_to=decision.moved_to,
            by=actor.id,
            at=tx.at,
            day=civil_date(tx.at),
        )
        tx.record("alerts.decide", alert_id, detail={"outcome": said.outcome.value, "need": need_id})
        return await alert_by_id(tx, actor, alert_id)

    asked = request_hash("decide_alert", alert_id, expected_version, decision)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _post(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, alert: LockedAlert, asked: NeedOfAlert
) -> str:
    """Make the need that an alert asks for, of its category's template."""
    if alert.household_id is None:
        raise InvalidInputError("the person has no household on file", id=alert.resident_id, field="new_need")
    require_desk_for(actor, alert.need_category)
    draft = await draft_in(tx, actor, alert.household_id, alert.need_category, title=asked.title, at=tx.at)
    if draft.kind is NeedKind.CASH and asked.amount_fen <= 0:
        raise InvalidInputError("a need for money says how much", field="amount_fen")
    await require_title(tx, asked.title, draft.subject_kind, draft.subject_id, about=alert.id)
    new = replace(
        draft,
        detail=asked.detail,
        amount_fen=asked.amount_fen,
        consent_recorded=True,
        consent=NewConsent(given_by=asked.consent_given_by),
        risk_disclosed=asked.risk_disclosed,
    )
    need = await post_in(ws, tx, actor, new)
    return need.id
