"""A person decides on claims that wait, and looks again at what a volunteer does not accept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, NotFoundError, TransitionError
from domain.notices import NoticeCode
from domain.recognition import AppealState, CaseState, RecognitionAppeal, RecognitionCase
from graph.recognition.cases import (
    appeals_of,
    case_by_id,
    create_appeal,
    decisions_of,
    end_appeal,
    lock_case,
    set_case,
)
from graph.recognition.holders import bind_holder, volunteer_of_holder
from graph.unit_of_work import AuditedTransaction
from graph.volunteers import lock_volunteer
from identity.recognition.deciding import decide
from identity.recognition.reasons import Outcome as Ruled
from identity.recognition.reasons import Ruling, gravest
from identity.verdicts import VerdictCode
from workflows.hours.records import DESK, said
from workflows.idempotency import once, request_hash
from workflows.recognition.applying import RULINGS, Applying, history_of, rule
from workflows.recognition.recognising import ANSWERS, Recognition, material_of, state_of, tell
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_APPEALS = TypeAdapter(RecognitionAppeal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decides of one claim; ``kind``, ``subject`` and ``grants`` name it."""

    kind: str
    subject: str
    grants: str | None = None
    accept: bool

    @property
    def claim(self) -> tuple[str, str, str | None]:
        """Name of the claim within its case."""
        return self.kind, self.subject, self.grants


def _name(ruling: Ruling) -> tuple[str, str, str | None]:
    return ruling.kind.value, ruling.subject, ruling.grants


async def review_case(
    ws: Workspace,
    actor: Actor,
    case_id: str,
    choices: Sequence[Choice],
    *,
    reason: str,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[Recognition]:
    """
    Decide on claims that wait for a person; those that are not named go on waiting.

    Minutes that are accepted still count once: time that is counted already is not counted again whoever says so.

    Raises
    ------
    SeparationOfDutiesError
        The actor is the volunteer, or brought the presentation.
    ConflictError
        Time of an accepted entry is counted already.
    TransitionError
        Nothing of the case waits.
    """
    actor.require(*DESK)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> Recognition:
        case = await case_by_id(tx, actor, case_id)
        await _another(tx, actor, case, (case.opened_by,))
        await lock_volunteer(tx, case.volunteer_id)
        case = await lock_case(tx, actor, case_id, expected_version=expected_version)
        if case.state is not CaseState.REVIEW:
            raise TransitionError("nothing of the case waits", id=case_id, before=case.state.value)
        return await _rule_again(ws, tx, case, choices, Ruled.REVIEW, by=actor.id, reason=told)

    request = request_hash("review_case", case_id, tuple(choices), told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ANSWERS, work=work)


async def _another(
    tx: AuditedTransaction, actor: Actor, case: RecognitionCase, others: Sequence[str | None]
) -> None:
    await require_other_person(
        tx,
        actor,
        (case.volunteer_id, *others),
        "nobody decides on a case of their own or that they had a part in",
        about=case.id,
    )


async def _rule_again(
    ws: Workspace,
    tx: AuditedTransaction,
    case: RecognitionCase,
    choices: Sequence[Choice],
    open_to: Ruled,
    *,
    by: str,
    reason: str,
) -> Recognition:
    """Append a decision on claims that stand at one outcome: what waits, or what was refused."""
    earlier = (await decisions_of(tx, [case.id])).get(case.id, ())
    standing = RULINGS.validate_json(earlier[-1].rulings)
    chosen = {choice.claim: choice.accept for choice in choices}
    able = {_name(ruling) for ruling in standing if ruling.outcome is open_to}
    if strange := set(chosen) - able:
        raise InvalidInputError(
            "nothing is to be decided of that claim", field="choices", value=str(min(strange, key=str))
        )
    claims, terms = material_of(case)
    after = tuple(
        replace(ruling, outcome=Ruled.ACCEPTED if chosen[_name(ruling)] else Ruled.REFUSED)
        if _name(ruling) in chosen
        else ruling
        for ruling in standing
    )
    accepts = any(chosen.values())
    if case.holder_doubtful and accepts:
        await _bind(tx, case)
    later = replace(
        case, state=state_of(gravest(after)), holder_doubtful=case.holder_doubtful and not accepts
    )
    history = await history_of(tx, case.issuer, case.agreement_id, (case.volunteer_id,), claims)
    applying = Applying(
        tx=tx,
        case=later,
        claims=claims,
        terms=terms,
        valid_until=decide(claims, terms, history, tx.at).valid_until,
        before_min=dict(history.recognised_min),
    )
    await set_case(tx, later)
    new = [ruling for ruling in after if _name(ruling) in chosen]
    await rule(applying, after, new, number=len(earlier) + 1, by=by, reason=reason)
    tx.record("recognition.review", case.id, detail={"state": later.state.value, "number": len(earlier) + 1})
    await tell(ws, tx, later, NoticeCode.RECOGNITION_DECIDED)
    return Recognition(
        verdict=VerdictCode.ACCEPTED, detail="", case_id=case.id, state=later.state, rulings=after
    )


async def _bind(tx: AuditedTransaction, case: RecognitionCase) -> None:
    """Remember the key of a holder whom a person has found to be the volunteer."""
    known = await volunteer_of_holder(tx, case.holder)
    if known is None:
        await bind_holder(
            tx,
            case.holder,
            volunteer_id=case.volunteer_id,
            case_id=case.id,
            at=tx.at,
            region_path=case.region_path,
        )
    elif known != case.volunteer_id:
        raise ConflictError("the key is another volunteer's", holder=case.holder)


async def appeal(
    ws: Workspace, actor: Actor, case_id: str, *, reason: str, idempotency_key: str | None = None
) -> Outcome[RecognitionAppeal]:
    """
    Ask for a person to look at a decision again; only the volunteer may, and once at a time.

    Raises
    ------
    ConflictError
        An appeal is open already.
    """
    actor.require(Role.VOLUNTEER)
    told, new_id = said(reason, "reason"), ws.new_id()

    async def work(tx: AuditedTransaction) -> RecognitionAppeal:
        case = await lock_case(tx, actor, case_id)
        if case.volunteer_id != actor.participant_id:
            raise NotFoundError("no such case of recognition", kind="recognition_case", id=case_id)
        for earlier in (await appeals_of(tx, [case_id])).get(case_id, ()):
            if earlier.state is AppealState.OPEN:
                raise ConflictError("an appeal is open already", id=earlier.id)
        raised = RecognitionAppeal(
            id=new_id,
            case_id=case_id,
            state=AppealState.OPEN,
            reason=told,
            raised_by=actor.id,
            raised_at=tx.at,
            region_path=case.region_path,
        )
        await create_appeal(tx, raised)
        tx.record("recognition.appeal", case_id, detail={"appeal": new_id})
        return raised

    request = request_hash("appeal", case_id, told)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_APPEALS, work=work)


async def decide_appeal(
    ws: Workspace,
    actor: Actor,
    case_id: str,
    choices: Sequence[Choice],
    *,
    decision: str,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[Recognition]:
    """
    Decide an open appeal: refused claims that are accepted now are upheld, without any it is dismissed.

    Raises
    ------
    SeparationOfDutiesError
        The actor is the volunteer, brought the presentation, or decided before.
    TransitionError
        No appeal is open.
    """
    actor.require(*DESK)
    told = said(decision, "decision")
    accepted = [choice for choice in choices if choice.accept]

    async def work(tx: AuditedTransaction) -> Recognition:
        case = await case_by_id(tx, actor, case_id)
        decided = (await decisions_of(tx, [case_id])).get(case_id, ())
        await _another(tx, actor, case, (case.opened_by, *(each.decided_by for each in decided)))
        await lock_volunteer(tx, case.volunteer_id)
        case = await lock_case(tx, actor, case_id, expected_version=expected_version)
        raised = next(
            (a for a in (await appeals_of(tx, [case_id])).get(case_id, ()) if a.state is AppealState.OPEN),
            None,
        )
        if raised is None:
            raise TransitionError("no appeal is open", id=case_id, before=case.state.value)
        state = AppealState.UPHELD if accepted else AppealState.DISMISSED
        await end_appeal(tx, raised, state=state, by=actor.id, decision=told, at=tx.at)
        tx.record("recognition.appeal_decided", case_id, detail={"state": state.value})
        return await _rule_again(ws, tx, case, accepted, Ruled.REFUSED, by=actor.id, reason=told)

    request = request_hash("decide_appeal", case_id, tuple(choices), told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ANSWERS, work=work)
