"""Cases of recognition: what was presented, what was decided of it, and who asked for another look."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor, Role
from domain.errors import NotFoundError, StaleVersionError
from domain.recognition import (
    AppealState,
    CaseState,
    RecognitionAppeal,
    RecognitionCase,
    RecognitionDecision,
)
from graph.columns import (
    day_or_none,
    flag,
    integer,
    moment,
    moment_or_none,
    text,
    text_or_none,
)
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

SEEN: LiteralString = "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id)"
CASE_COLUMNS: LiteralString = """
RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.state AS state, n.issuer AS issuer,
  n.credential_id AS credential_id, n.from_region AS from_region, n.agreement_id AS agreement_id,
  n.agreement_version AS agreement_version, n.holder AS holder, n.claims AS claims,
  n.holder_doubtful AS holder_doubtful, n.opened_by AS opened_by, n.opened_at AS opened_at, n.due_on AS due_on,
  n.region_path AS region_path, n.version AS version
"""
CREATE_CASE = Statement(
    """
    CREATE (:RecognitionCase {id: $id, volunteer_id: $volunteer_id, state: $state, issuer: $issuer,
      credential_id: $credential_id, from_region: $from_region, agreement_id: $agreement_id,
      agreement_version: $agreement_version, holder: $holder, claims: $claims,
      holder_doubtful: $holder_doubtful, opened_by: $opened_by, opened_at: $opened_at, due_on: $due_on,
      region_path: $region_path, version: $version})
    """,
    Access.WRITE,
)
LOCK_CASE = Statement(
    "MATCH (n:RecognitionCase {id: $id}) WHERE " + SEEN + " SET n.version = n.version + 1" + CASE_COLUMNS,
    Access.WRITE,
)
CASE = Statement("MATCH (n:RecognitionCase {id: $id}) WHERE " + SEEN + CASE_COLUMNS, Access.READ)
SET_CASE = Statement(
    "MATCH (n:RecognitionCase {id: $id}) SET n.state = $state, n.holder_doubtful = $holder_doubtful",
    Access.WRITE,
)
CASES_OF_CREDENTIAL = Statement(
    "MATCH (n:RecognitionCase) WHERE n.issuer = $issuer AND n.credential_id = $credential_id"
    + CASE_COLUMNS
    + "ORDER BY opened_at, id",
    Access.READ,
)
STANDING = Statement(
    "MATCH (n:RecognitionCase) WHERE n.state IN ['REVIEW', 'DECIDED'] AND "
    + IN_SCOPE
    + CASE_COLUMNS
    + "ORDER BY opened_at, id",
    Access.READ,
)
CREATE_DECISION = Statement(
    """
    CREATE (:RecognitionDecision {id: $id, case_id: $case_id, number: $number, rulings: $rulings,
      reason: $reason, decided_by: $decided_by, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
DECISIONS = Statement(
    "MATCH (n:RecognitionDecision) WHERE n.case_id IN $ids RETURN n.id AS id, n.case_id AS case_id,"
    " n.number AS number, n.rulings AS rulings, n.reason AS reason, n.decided_by AS decided_by, n.at AS at"
    " ORDER BY case_id, number",
    Access.READ,
)
CREATE_APPEAL = Statement(
    """
    CREATE (:RecognitionAppeal {id: $id, case_id: $case_id, state: 'OPEN', reason: $reason,
      raised_by: $raised_by, raised_at: $raised_at, region_path: $region_path})
    """,
    Access.WRITE,
)
APPEALS = Statement(
    "MATCH (n:RecognitionAppeal) WHERE n.case_id IN $ids RETURN n.id AS id, n.case_id AS case_id,"
    " n.state AS state, n.reason AS reason, n.raised_by AS raised_by, n.raised_at AS raised_at,"
    " n.decided_by AS decided_by, n.decision AS decision, n.decided_at AS decided_at,"
    " n.region_path AS region_path ORDER BY raised_at, id",
    Access.READ,
)
END_APPEAL = Statement(
    "MATCH (n:RecognitionAppeal {id: $id}) SET n.state = $state, n.decided_by = $decided_by,"
    " n.decision = $decision, n.decided_at = $decided_at",
    Access.WRITE,
)


def case_of(record: Record) -> RecognitionCase:
    """Give the case of a record."""
    return RecognitionCase(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        state=CaseState(text(record, "state")),
        issuer=text(record, "issuer"),
        credential_id=text(record, "credential_id"),
        from_region=text(record, "from_region"),
        agreement_id=text(record, "agreement_id"),
        agreement_version=integer(record, "agreement_version"),
        holder=text(record, "holder"),
        claims=text(record, "claims"),
        holder_doubtful=flag(record, "holder_doubtful"),
        opened_by=text(record, "opened_by"),
        opened_at=moment(record, "opened_at"),
        due_on=day_or_none(record, "due_on"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def visible(actor: Actor) -> dict[str, list[str] | str | bool]:
    """Give what ``SEEN`` reads."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office or Role.CLOCK in actor.roles,  # what a partner revokes ends here
        "own_id": view.volunteer_id,
    }


async def create_case(tx: WriteTransaction, case: RecognitionCase) -> None:
    """Write a new case."""
    await tx.run(
        CREATE_CASE,
        id=case.id,
        volunteer_id=case.volunteer_id,
        state=case.state.value,
        issuer=case.issuer,
        credential_id=case.credential_id,
        from_region=case.from_region,
        agreement_id=case.agreement_id,
        agreement_version=case.agreement_version,
        holder=case.holder,
        claims=case.claims,
        holder_doubtful=case.holder_doubtful,
        opened_by=case.opened_by,
        opened_at=case.opened_at,
        due_on=case.due_on,
        region_path=case.region_path,
        version=case.version,
    )


async def lock_case(
    tx: WriteTransaction, actor: Actor, case_id: str, *, expected_version: int | None = None
) -> RecognitionCase:
    """
    Take a case for changing.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK_CASE, id=case_id, **visible(actor))
    if not found:
        raise NotFoundError("no such case of recognition", kind="recognition_case", id=case_id)
    case = case_of(found[0])
    if expected_version is not None and case.version - 1 != expected_version:
        raise StaleVersionError(
            "the case has changed since it was read",
            id=case_id,
            expected=expected_version,
            found=case.version - 1,
        )
    return case


async def case_by_id(tx: ReadTransaction, actor: Actor, case_id: str) -> RecognitionCase:
    """
    Give a case.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    """
    found = await tx.run(CASE, id=case_id, **visible(actor))
    if not found:
        raise NotFoundError("no such case of recognition", kind="recognition_case", id=case_id)
    return case_of(found[0])


async def set_case(tx: WriteTransaction, case: RecognitionCase) -> None:
    """Write where a locked case stands."""
    await tx.run(SET_CASE, id=case.id, state=case.state.value, holder_doubtful=case.holder_doubtful)


async def cases_of_credential(tx: ReadTransaction, issuer: str, credential_id: str) -> list[RecognitionCase]:
    """Give every case that one credential led to, oldest first."""
    found = await tx.run(CASES_OF_CREDENTIAL, issuer=issuer, credential_id=credential_id)
    return [case_of(record) for record in found]


async def append_decision(tx: WriteTransaction, decision: RecognitionDecision, region_path: str) -> None:
    """Write a decision down; none is ever changed."""
    await tx.run(
        CREATE_DECISION,
        id=decision.id,
        case_id=decision.case_id,
        number=decision.number,
        rulings=decision.rulings,
        reason=decision.reason,
        decided_by=decision.decided_by,
        at=decision.at,
        region_path=region_path,
    )


async def decisions_of(
    tx: ReadTransaction, case_ids: Sequence[str]
) -> dict[str, tuple[RecognitionDecision, ...]]:
    """Give the decisions of cases that the caller has seen, as they were made."""
    by_case: dict[str, tuple[RecognitionDecision, ...]] = {}
    for record in await tx.run(DECISIONS, ids=listed(list(case_ids))):
        made = RecognitionDecision(
            id=text(record, "id"),
            case_id=text(record, "case_id"),
            number=integer(record, "number"),
            rulings=text(record, "rulings"),
            reason=text_or_none(record, "reason"),
            decided_by=text_or_none(record, "decided_by"),
            at=moment(record, "at"),
        )
        by_case[made.case_id] = (*by_case.get(made.case_id, ()), made)
    return by_case


async def create_appeal(tx: WriteTransaction, appeal: RecognitionAppeal) -> None:
    """Write an appeal down."""
    await tx.run(
        CREATE_APPEAL,
        id=appeal.id,
        case_id=appeal.case_id,
        reason=appeal.reason,
        raised_by=appeal.raised_by,
        raised_at=appeal.raised_at,
        region_path=appeal.region_path,
    )


async def appeals_of(
    tx: ReadTransaction, case_ids: Sequence[str]
) -> dict[str, tuple[RecognitionAppeal, ...]]:
    """Give the appeals of cases that the caller has seen, oldest first."""
    by_case: dict[str, tuple[RecognitionAppeal, ...]] = {}
    for record in await tx.run(APPEALS, ids=listed(list(case_ids))):
        appeal = RecognitionAppeal(
            id=text(record, "id"),
            case_id=text(record, "case_id"),
            state=AppealState(text(record, "state")),
            reason=text(record, "reason"),
            raised_by=text(record, "raised_by"),
            raised_at=moment(record, "raised_at"),
            decided_by=text_or_none(record, "decided_by"),
            decision=text_or_none(record, "decision"),
            decided_at=moment_or_none(record, "decided_at"),
            region_path=text(record, "region_path"),
        )
        by_case[appeal.case_id] = (*by_case.get(appeal.case_id, ()), appeal)
    return by_case


async def end_appeal(
    tx: WriteTransaction,
    appeal: RecognitionAppeal,
    *,
    state: AppealState,
    by: str,
    decision: str,
    at: datetime,
) -> RecognitionAppeal:
    """Write what was made of an appeal."""
    await tx.run(END_APPEAL, id=appeal.id, state=state.value, decided_by=by, decision=decision, decided_at=at)
    return replace(appeal, state=state, decided_by=by, decision=decision, decided_at=at)


async def cases_standing(tx: ReadTransaction, actor: Actor) -> list[RecognitionCase]:
    """Give the cases of the actor's regions that count or wait, oldest first."""
    return [case_of(record) for record in await tx.run(STANDING, scope_paths=scope_paths(actor))]
