"""What ends recognised claims: a source that revokes, an agreement that ends, a case that was a mistake."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import TransitionError
from domain.notices import NoticeCode
from domain.recognition import CaseState, RecognitionCase
from domain.time import aware_utc
from graph.recognition.cases import case_by_id, cases_standing, lock_case, set_case
from graph.recognition.claims import claims_of_cases
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from identity.credentials.facts import facts_of
from identity.recognition.terms import AfterEnd
from identity.trust.agreements import AgreementState
from identity.verdicts import Refused, VerdictCode
from workflows.hours.records import DESK, said
from workflows.idempotency import once, request_hash
from workflows.recognition.applying import end_claims
from workflows.recognition.recognising import Trusted, material_of, payload_of, tell
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_CASES = TypeAdapter(RecognitionCase)
_OVER = frozenset({AgreementState.EXPIRED, AgreementState.TERMINATED})
_REVOKING = frozenset({VerdictCode.REVOKED, VerdictCode.SUSPENDED})
_EVER_S = 1 << 40

REVOKED = "the source revoked or suspended the credential"
ENDED = "the agreement has ended"


async def withdraw_case(
    ws: Workspace,
    actor: Actor,
    case_id: str,
    *,
    reason: str,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[RecognitionCase]:
    """
    Take back all that a case led to: it was another person's, or rests on a mistake.

    Raises
    ------
    SeparationOfDutiesError
        The actor is the volunteer.
    TransitionError
        It was taken back already.
    """
    actor.require(*DESK)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> RecognitionCase:
        case = await case_by_id(tx, actor, case_id)
        await require_other_person(
            tx, actor, (case.volunteer_id,), "nobody withdraws their own case", about=case_id
        )
        await lock_volunteer(tx, case.volunteer_id)
        case = await lock_case(tx, actor, case_id, expected_version=expected_version)
        return await _withdraw(ws, tx, case, told)

    request = request_hash("withdraw_case", case_id, told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_CASES, work=work)


async def _withdraw(
    ws: Workspace, tx: AuditedTransaction, case: RecognitionCase, reason: str
) -> RecognitionCase:
    if case.state is CaseState.WITHDRAWN:
        raise TransitionError("the case was withdrawn", id=case.id, before=case.state.value)
    claims = (await claims_of_cases(tx, [case.id])).get(case.id, ())
    await end_claims(tx, claims, reason)
    over = replace(case, state=CaseState.WITHDRAWN)
    await set_case(tx, over)
    tx.record("recognition.withdraw", case.id, detail={"reason": reason})
    await tell(ws, tx, over, NoticeCode.RECOGNITION_ENDED)
    return over


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """What a look at status lists and agreements found."""

    looked_at: int
    revoked: int
    ended: int
    unknown: int


async def status_addresses(ws: Workspace, actor: Actor) -> list[str]:
    """Give where the status of what stands here is told."""
    standing = await ws.store.read(lambda tx: cases_standing(tx, actor))
    told = (facts_of(*payload_of(case)).status for case in standing)
    return sorted({status[0] for status in told if status is not None})


async def tick_recognition(ws: Workspace, actor: Actor, trusted: Trusted) -> TickReport:
    """
    Look at every standing case again: who was revoked counts no more, and what an ended agreement takes along goes.

    A status that cannot be known now changes nothing: what was recognised stays until the source says otherwise.
    """
    now_s = int(aware_utc(ws.clock()).timestamp())
    standing = await ws.store.read(lambda tx: cases_standing(tx, actor))
    revoked = ended = unknown = 0
    for case in standing:
        reason = _gone(case, trusted, now_s)
        unknown += _status(case, trusted, now_s) not in {VerdictCode.ACCEPTED, *_REVOKING}
        if reason is None:
            continue

        async def work(tx: AuditedTransaction, case: RecognitionCase = case, reason: str = reason) -> None:
            await lock_volunteer(tx, case.volunteer_id)
            locked = await lock_case(tx, actor, case.id)
            if locked.state is not CaseState.WITHDRAWN:
                await _withdraw(ws, tx, locked, reason)

        await UnitOfWork(ws.store, ws.clock).run(actor, work)
        revoked += reason == REVOKED
        ended += reason == ENDED
    return TickReport(looked_at=len(standing), revoked=revoked, ended=ended, unknown=unknown)


def _gone(case: RecognitionCase, trusted: Trusted, now_s: int) -> str | None:
    """Give why a case stands no longer, or None."""
    if _status(case, trusted, now_s) in _REVOKING:
        return REVOKED
    versions = [each for each in trusted.bundle.agreements if each.id == case.agreement_id]
    states = {each.state_at(now_s) for each in versions}
    if versions and states <= _OVER and material_of(case)[1].after_end is AfterEnd.WITHDRAW:
        return ENDED
    return None


def _status(case: RecognitionCase, trusted: Trusted, now_s: int) -> VerdictCode:
    """Give what the newest list says of a credential; one that is old revokes all the same."""
    facts = facts_of(*payload_of(case))
    registry = trusted.bundle.registries.get(case.issuer)
    if registry is None or facts.status is None:
        return VerdictCode.STATUS_MISSING
    uri, index = facts.status
    try:
        trusted.statuses.status(
            uri,
            index,
            registry,
            trusted.bundle,
            trusted.policy.profile,
            now=now_s,
            max_age_s=_EVER_S,
            skew_s=trusted.policy.skew_s,
        )
    except Refused as refusal:
        return refusal.code
    return VerdictCode.ACCEPTED
