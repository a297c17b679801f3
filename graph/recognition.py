"""Cases of recognition, their decisions, the claims that count, and the keys that holders are known by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.recognition import (
    AppealState,
    CaseState,
    ClaimState,
    RecognisedClaim,
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

_SEEN: LiteralString = "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id)"
_CASE: LiteralString = """
RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.state AS state, n.issuer AS issuer,
  n.credential_id AS credential_id, n.from_region AS from_region, n.agreement_id AS agreement_id,
  n.agreement_version AS agreement_version, n.holder AS holder, n.claims AS claims,
  n.holder_doubtful AS holder_doubtful, n.opened_by AS opened_by, n.opened_at AS opened_at, n.due_on AS due_on,
  n.region_path AS region_path, n.version AS version
"""
_CLAIM: LiteralString = """
RETURN n.id AS id, n.case_id AS case_id, n.volunteer_id AS volunteer_id, n.state AS state, n.kind AS kind,
  n.subject AS subject, n.grants AS grants, n.issuer AS issuer, n.from_region AS from_region,
  n.agreement_id AS agreement_id, n.agreement_version AS agreement_version, n.source_min AS source_min,
  n.credited_min AS credited_min, n.taken_down AS taken_down, n.served_start AS served_start,
  n.served_end AS served_end, n.period_from AS period_from, n.period_to AS period_to,
  n.valid_until AS valid_until, n.hours_id AS hours_id, n.recognised_at AS recognised_at,
  n.ended_at AS ended_at, n.ended_reason AS ended_reason, n.region_path AS region_path, n.version AS version
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
    "MATCH (n:RecognitionCase {id: $id}) WHERE " + _SEEN + " SET n.version = n.version + 1" + _CASE, Access.WRITE
)
CASE = Statement("MATCH (n:RecognitionCase {id: $id}) WHERE " + _SEEN + _CASE, Access.READ)
SET_CASE = Statement(
    "MATCH (n:RecognitionCase {id: $id}) SET n.state = $state, n.holder_doubtful = $holder_doubtful", Access.WRITE
)
CASES_OF_CREDENTIAL = Statement(
    "MATCH (n:RecognitionCase) WHERE n.issuer = $issuer AND n.credential_id = $credential_id"
    + _CASE
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
WRITE_CLAIM = Statement(
    """
    MERGE (n:RecognisedClaim {id: $id})
    SET n.case_id = $case_id, n.volunteer_id = $volunteer_id, n.state = $state, n.kind = $kind,
      n.subject = $subject, n.grants = $grants, n.issuer = $issuer, n.from_region = $from_region,
      n.agreement_id = $agreement_id, n.agreement_version = $agreement_version, n.source_min = $source_min,
      n.credited_min = $credited_min, n.taken_down = $taken_down, n.served_start = $served_start,
      n.served_end = $served_end, n.period_from = $period_from, n.period_to = $period_to,
      n.valid_until = $valid_until, n.hours_id = $hours_id, n.recognised_at = $recognised_at,
      n.ended_at = $ended_at, n.ended_reason = $ended_reason, n.region_path = $region_path, n.version = $version
    """,
    Access.WRITE,
)
CLAIMS_BY_IDS = Statement("UNWIND $ids AS wanted MATCH (n:RecognisedClaim {id: wanted})" + _CLAIM, Access.READ)
CLAIMS_OF_ISSUER = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.issuer = $issuer AND n.state = 'ACTIVE' AND n.volunteer_id IN $volunteer_ids"
    + _CLAIM
    + "ORDER BY id",
    Access.READ,
)
CLAIMS_OF_CASES = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.case_id IN $ids" + _CLAIM + "ORDER BY id", Access.READ
)
CLAIMS_OF_AGREEMENT = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.agreement_id = $agreement_id AND n.state = 'ACTIVE'"
    + _CLAIM
    + "ORDER BY id",
    Access.READ,
)
SERVICES = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id IN $ids AND n.state <> 'REVERSED' AND n.minutes > 0
      AND n.served_start IS NOT NULL AND n.served_end IS NOT NULL
    RETURN n.id AS id, n.served_start AS served_start, n.served_end AS served_end, n.minutes AS minutes
    ORDER BY served_start, id
    """,
    Access.READ,
)
HOLDER = Statement("MATCH (n:HolderKey {id: $id}) RETURN n.volunteer_id AS volunteer_id", Access.READ)
BIND_HOLDER = Statement(
    """
    CREATE (:HolderKey {id: $id, volunteer_id: $volunteer_id, first_case_id: $case_id, bound_at: $at,
      region_path: $region_path})
    """,
    Access.WRITE,
)
ASK = Statement(
    """
    CREATE (:PresentationRequest {id: $id, audience: $audience, purpose: $purpose, asked_by: $asked_by,
      state: 'OPEN', asked_at: $asked_at, expires_at: $expires_at, region_path: $region_path})
    """,
    Access.WRITE,
)
SPEND_NONCE = Statement(
    "MATCH (n:PresentationRequest {id: $id}) WHERE n.state = 'OPEN' AND n.audience = $audience"
    " AND n.expires_at > $now SET n.state = 'USED', n.used_at = $now RETURN n.id AS id",
    Access.WRITE,
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


def claim_of(record: Record) -> RecognisedClaim:
    """Give the recognised claim of a record."""
    return RecognisedClaim(
        id=text(record, "id"),
        case_id=text(record, "case_id"),
        volunteer_id=text(record, "volunteer_id"),
        state=ClaimState(text(record, "state")),
        kind=text(record, "kind"),
        subject=text(record, "subject"),
        grants=text_or_none(record, "grants"),
        issuer=text(record, "issuer"),
        from_region=text(record, "from_region"),
        agreement_id=text(record, "agreement_id"),
        agreement_version=integer(record, "agreement_version"),
        source_min=integer(record, "source_min"),
        credited_min=integer(record, "credited_min"),
        taken_down=text_or_none(record, "taken_down"),
        served_start=moment_or_none(record, "served_start"),
        served_end=moment_or_none(record, "served_end"),
        period_from=day_or_none(record, "period_from"),
        period_to=day_or_none(record, "period_to"),
        valid_until=day_or_none(record, "valid_until"),
        hours_id=text_or_none(record, "hours_id"),
        recognised_at=moment(record, "recognised_at"),
        ended_at=moment_or_none(record, "ended_at"),
        ended_reason=text_or_none(record, "ended_reason"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _visible(actor: Actor) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
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
    found = await tx.run(LOCK_CASE, id=case_id, **_visible(actor))
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
    found = await tx.run(CASE, id=case_id, **_visible(actor))
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


async def write_claim(tx: WriteTransaction, claim: RecognisedClaim) -> None:
    """Write a claim as it stands."""
    await tx.run(
        WRITE_CLAIM,
        id=claim.id,
        case_id=claim.case_id,
        volunteer_id=claim.volunteer_id,
        state=claim.state.value,
        kind=claim.kind,
        subject=claim.subject,
        grants=claim.grants,
        issuer=claim.issuer,
        from_region=claim.from_region,
        agreement_id=claim.agreement_id,
        agreement_version=claim.agreement_version,
        source_min=claim.source_min,
        credited_min=claim.credited_min,
        taken_down=claim.taken_down,
        served_start=claim.served_start,
        served_end=claim.served_end,
        period_from=claim.period_from,
        period_to=claim.period_to,
        valid_until=claim.valid_until,
        hours_id=claim.hours_id,
        recognised_at=claim.recognised_at,
        ended_at=claim.ended_at,
        ended_reason=claim.ended_reason,
        region_path=claim.region_path,
        version=claim.version,
    )


async def claims_by_ids(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, RecognisedClaim]:
    """Give the claims among ids, whoever they count for."""
    found = await tx.run(CLAIMS_BY_IDS, ids=listed(list(set(ids))))
    return {text(record, "id"): claim_of(record) for record in found}


async def active_claims(
    tx: ReadTransaction, issuer: str, volunteer_ids: Sequence[str]
) -> list[RecognisedClaim]:
    """Give what counts of one issuer for some volunteers."""
    found = await tx.run(CLAIMS_OF_ISSUER, issuer=issuer, volunteer_ids=listed(list(volunteer_ids)))
    return [claim_of(record) for record in found]


async def claims_of_cases(tx: ReadTransaction, case_ids: Sequence[str]) -> dict[str, tuple[RecognisedClaim, ...]]:
    """Give the claims of cases that the caller has seen."""
    by_case: dict[str, tuple[RecognisedClaim, ...]] = {}
    for record in await tx.run(CLAIMS_OF_CASES, ids=listed(list(case_ids))):
        claim = claim_of(record)
        by_case[claim.case_id] = (*by_case.get(claim.case_id, ()), claim)
    return by_case


async def claims_under(tx: ReadTransaction, agreement_id: str) -> list[RecognisedClaim]:
    """Give what counts under an agreement."""
    return [claim_of(record) for record in await tx.run(CLAIMS_OF_AGREEMENT, agreement_id=agreement_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedService:
    """A service in the ledger of hours that has a time."""

    hours_id: str
    start: datetime
    end: datetime
    minutes: int


async def services_of(tx: ReadTransaction, volunteer_ids: Sequence[str]) -> list[CountedService]:
    """Give every counted service of one person, under all their records."""
    return [
        CountedService(
            hours_id=text(record, "id"),
            start=moment(record, "served_start"),
            end=moment(record, "served_end"),
            minutes=integer(record, "minutes"),
        )
        for record in await tx.run(SERVICES, ids=listed(list(volunteer_ids)))
    ]


async def volunteer_of_holder(tx: ReadTransaction, holder: str) -> str | None:
    """Give who a key is known to be, or None."""
    found = await tx.run(HOLDER, id=holder)
    return text(found[0], "volunteer_id") if found else None


async def bind_holder(
    tx: WriteTransaction, holder: str, *, volunteer_id: str, case_id: str, at: datetime, region_path: str
) -> None:
    """Remember that a key is a volunteer's; a key is one volunteer's for ever."""
    await tx.run(
        BIND_HOLDER, id=holder, volunteer_id=volunteer_id, case_id=case_id, at=at, region_path=region_path
    )


async def ask_for_presentation(
    tx: WriteTransaction,
    nonce: str,
    *,
    audience: str,
    purpose: str,
    asked_by: str,
    asked_at: datetime,
    expires_at: datetime,
    region_path: str,
) -> None:
    """Remember a nonce that was given out."""
    await tx.run(
        ASK,
        id=nonce,
        audience=audience,
        purpose=purpose,
        asked_by=asked_by,
        asked_at=asked_at,
        expires_at=expires_at,
        region_path=region_path,
    )


async def spend_nonce(tx: WriteTransaction, nonce: str, *, audience: str, now: datetime) -> bool:
    """Use a nonce up; whether it was there, unused and in time."""
    return bool(await tx.run(SPEND_NONCE, id=nonce, audience=audience, now=now))


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


async def appeals_of(tx: ReadTransaction, case_ids: Sequence[str]) -> dict[str, tuple[RecognitionAppeal, ...]]:
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
    tx: WriteTransaction, appeal: RecognitionAppeal, *, state: AppealState, by: str, decision: str, at: datetime
) -> RecognitionAppeal:
    """Write what was made of an appeal."""
    await tx.run(
        END_APPEAL, id=appeal.id, state=state.value, decided_by=by, decision=decision, decided_at=at
    )
    return replace(appeal, state=state, decided_by=by, decision=decision, decided_at=at)
