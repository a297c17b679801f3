"""What counts here of what another region recorded, and what it grants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.recognition import (
    ClaimState,
    RecognisedClaim,
)
from graph.columns import (
    day_or_none,
    integer,
    moment,
    moment_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import listed

_CLAIM: LiteralString = """
RETURN n.id AS id, n.case_id AS case_id, n.volunteer_id AS volunteer_id, n.state AS state, n.kind AS kind,
  n.subject AS subject, n.grants AS grants, n.issuer AS issuer, n.from_region AS from_region,
  n.agreement_id AS agreement_id, n.agreement_version AS agreement_version, n.source_min AS source_min,
  n.credited_min AS credited_min, n.taken_down AS taken_down, n.served_start AS served_start,
  n.served_end AS served_end, n.period_from AS period_from, n.period_to AS period_to,
  n.valid_until AS valid_until, n.hours_id AS hours_id, n.recognised_at AS recognised_at,
  n.ended_at AS ended_at, n.ended_reason AS ended_reason, n.region_path AS region_path, n.version AS version
"""
WRITE_CLAIM = Statement(
    """
    MERGE (n:RecognisedClaim {id: $id})
    SET n.recorded_for = CASE WHEN n.case_id = $case_id THEN n.recorded_for ELSE NULL END,
      n.case_id = $case_id, n.volunteer_id = $volunteer_id, n.state = $state, n.kind = $kind,
      n.subject = $subject, n.grants = $grants, n.issuer = $issuer, n.from_region = $from_region,
      n.agreement_id = $agreement_id, n.agreement_version = $agreement_version, n.source_min = $source_min,
      n.credited_min = $credited_min, n.taken_down = $taken_down, n.served_start = $served_start,
      n.served_end = $served_end, n.period_from = $period_from, n.period_to = $period_to,
      n.valid_until = $valid_until, n.hours_id = $hours_id, n.recognised_at = $recognised_at,
      n.ended_at = $ended_at, n.ended_reason = $ended_reason, n.region_path = $region_path, n.version = $version
    """,
    Access.WRITE,
)
CLAIMS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:RecognisedClaim {id: wanted})" + _CLAIM, Access.READ
)
CLAIMS_OF_ISSUER = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.issuer = $issuer AND n.state = 'ACTIVE' AND n.volunteer_id IN $volunteer_ids"
    + _CLAIM
    + "ORDER BY id",
    Access.READ,
)
CLAIMS_OF_CASES = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.case_id IN $ids" + _CLAIM + "ORDER BY id", Access.READ
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
        period_from=moment_or_none(record, "period_from"),
        period_to=moment_or_none(record, "period_to"),
        valid_until=day_or_none(record, "valid_until"),
        hours_id=text_or_none(record, "hours_id"),
        recognised_at=moment(record, "recognised_at"),
        ended_at=moment_or_none(record, "ended_at"),
        ended_reason=text_or_none(record, "ended_reason"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def write_claim(tx: WriteTransaction, claim: RecognisedClaim) -> None:
    """Write a claim as it stands; one that another case tells anew is recorded for whom that case is about."""
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


async def claims_of_cases(
    tx: ReadTransaction, case_ids: Sequence[str]
) -> dict[str, tuple[RecognisedClaim, ...]]:
    """Give the claims of cases that the caller has seen."""
    by_case: dict[str, tuple[RecognisedClaim, ...]] = {}
    for record in await tx.run(CLAIMS_OF_CASES, ids=listed(list(case_ids))):
        claim = claim_of(record)
        by_case[claim.case_id] = (*by_case.get(claim.case_id, ()), claim)
    return by_case


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


SET_SKILLS = Statement("MATCH (n:Volunteer {id: $id}) SET n.recognised_skills = $skills", Access.WRITE)
GRANT = Statement(
    """
    MERGE (q:Qualification {id: $id})
    SET q.recorded_for = CASE WHEN q.source_id = $source_id THEN q.recorded_for ELSE NULL END,
      q.volunteer_id = $volunteer_id, q.licence = $licence, q.valid_from = $valid_from,
      q.valid_to = $valid_to, q.source_id = $source_id, q.source_row = 0, q.recorded_at = $at
    """,
    Access.WRITE,
)
END_GRANT = Statement("MATCH (q:Qualification {id: $id}) SET q.valid_to = $day", Access.WRITE)
GRANTED_SKILLS = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.volunteer_id = $volunteer_id AND n.kind = 'SKILL' AND n.state = 'ACTIVE'"
    " AND (n.valid_until IS NULL OR n.valid_until >= $today) RETURN DISTINCT n.grants AS grants ORDER BY grants",
    Access.READ,
)

SKILLS_OF_HALVES = Statement(
    "MATCH (n:Volunteer) WHERE n.merged_into = $id RETURN n.skills AS skills ORDER BY n.id", Access.READ
)


async def settle_skills(tx: WriteTransaction, volunteer_id: str, today: date) -> list[str]:
    """Write the skills that claims, and merged records of the same person, add to those a record says itself."""
    found = await tx.run(GRANTED_SKILLS, volunteer_id=volunteer_id, today=today)
    granted = {text(record, "grants") for record in found}
    for record in await tx.run(SKILLS_OF_HALVES, id=volunteer_id):
        granted.update(texts(record, "skills"))
    skills = sorted(granted)
    await tx.run(SET_SKILLS, id=volunteer_id, skills=skills)
    return skills


async def grant_qualification(
    tx: WriteTransaction,
    claim: RecognisedClaim,
    *,
    valid_from: date,
    valid_to: date,
    at: datetime,
) -> None:
    """Write what a recognised training qualifies for; its source is the case."""
    await tx.run(
        GRANT,
        id=claim.id,
        volunteer_id=claim.volunteer_id,
        licence=claim.grants,
        valid_from=valid_from,
        valid_to=valid_to,
        source_id=claim.case_id,
        at=at,
    )


async def end_qualification(tx: WriteTransaction, claim_id: str, day: date) -> None:
    """End what a training qualified for: it holds until the day before."""
    await tx.run(END_GRANT, id=claim_id, day=day)
