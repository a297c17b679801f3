"""What a ruling becomes in the graph: minutes in the ledger of hours, skills, qualifications; and how each ends."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic import TypeAdapter

from domain.errors import ConflictError
from domain.hours import HoursKind, HoursRecord, RecordState
from domain.recognition import ClaimState, RecognisedClaim, RecognitionCase, RecognitionDecision
from domain.time import Window, civil_date
from graph.hours.ledger import credit, find_record, uncounted_minutes
from graph.recognition.cases import append_decision
from graph.recognition.claims import (
    active_claims,
    claims_by_ids,
    end_qualification,
    grant_qualification,
    services_of,
    settle_skills,
    write_claim,
)
from graph.unit_of_work import AuditedTransaction
from identity.recognition.claims import SourceClaims
from identity.recognition.counting import Counted, History, credited
from identity.recognition.reasons import ClaimKind, Outcome, Ruling
from identity.recognition.terms import HoursClass, Terms
from workflows.hours.posting import reverse_hours

RULINGS = TypeAdapter(tuple[Ruling, ...])
_FAR = timedelta(days=100 * 366)


def claim_id(issuer: str, kind: ClaimKind, subject: str, of: str) -> str:
    """
    Give the key of a claim.

    Parameters
    ----------
    of
        What one subject may count for more than once: nothing for an entry of service, which counts once whoever
        presents it; else whose it is and what it grants.
    """
    named = "\x1f".join((issuer, kind.value, subject, of))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


async def history_of(
    tx: AuditedTransaction, issuer: str, agreement_id: str, volunteer_ids: Sequence[str], claims: SourceClaims
) -> History:
    """Give what counts already for a person, and what of these claims counts for anybody."""
    held = await active_claims(tx, issuer, volunteer_ids)
    told = {claim_id(issuer, ClaimKind.HOURS, entry.id, ""): entry.id for entry in claims.entries}
    taken = await claims_by_ids(tx, list(told))
    minutes = dict.fromkeys(HoursClass, 0)
    for claim in held:
        if claim.agreement_id == agreement_id and claim.taken_down is not None:
            minutes[HoursClass(claim.taken_down)] += claim.source_min
    return History(
        services=[
            Counted(window=Window(start=each.start, end=each.end), minutes=each.minutes)
            for each in await services_of(tx, volunteer_ids)
        ],
        entry_ids=frozenset(
            told[identity] for identity, claim in taken.items() if claim.state is ClaimState.ACTIVE
        ),
        periods=[
            Window(start=claim.period_from, end=claim.period_to)
            for claim in held
            if claim.period_from is not None and claim.period_to is not None
        ],
        recognised_min=minutes,
    )


@dataclass(slots=True)
class Applying:
    """
    Writes accepted rulings of one case.

    Parameters
    ----------
    before_min
        Minutes of the source that count already, by how they were taken down; grows with every ruling.
    """

    tx: AuditedTransaction
    case: RecognitionCase
    claims: SourceClaims
    terms: Terms
    valid_until: Mapping[tuple[str, str], date]
    before_min: dict[HoursClass, int]

    async def apply(self, ruling: Ruling) -> RecognisedClaim:
        """Write one accepted ruling, with what follows from it."""
        identity = self._identity(ruling)
        earlier = (await claims_by_ids(self.tx, [identity])).get(identity)
        claim = RecognisedClaim(
            id=identity,
            case_id=self.case.id,
            volunteer_id=self.case.volunteer_id,
            state=ClaimState.ACTIVE,
            kind=ruling.kind.value,
            subject=ruling.subject,
            grants=ruling.grants,
            issuer=self.case.issuer,
            from_region=self.case.from_region,
            agreement_id=self.case.agreement_id,
            agreement_version=self.case.agreement_version,
            valid_until=self.valid_until.get((ruling.subject, ruling.grants or "")),
            recognised_at=self.tx.at,
            region_path=self.case.region_path,
            version=1 if earlier is None else earlier.version + 1,
        )
        renewed = (
            ruling.kind is not ClaimKind.HOURS
        )  # a skill or a training that is told again, with its new end
        if earlier is not None and earlier.state is ClaimState.ACTIVE and not renewed:
            raise ConflictError("the claim counts already", id=identity, case=earlier.case_id)
        if ruling.kind is ClaimKind.HOURS:
            claim = await self._hours(claim, ruling)
        await write_claim(self.tx, claim)
        if ruling.kind is ClaimKind.TRAINING:
            today = civil_date(self.tx.at)
            end = today + _FAR if claim.valid_until is None else claim.valid_until + timedelta(days=1)
            await grant_qualification(self.tx, claim, valid_from=today, valid_to=end, at=self.tx.at)
        self.tx.record(
            "recognition.claim",
            claim.id,
            detail={"case": self.case.id, "kind": claim.kind, "min": claim.credited_min},
        )
        return claim

    def _identity(self, ruling: Ruling) -> str:
        of = ""
        if ruling.kind is not ClaimKind.HOURS or all(e.id != ruling.subject for e in self.claims.entries):
            of = f"{self.case.volunteer_id}\x1f{ruling.grants or ''}"
        return claim_id(self.case.issuer, ruling.kind, ruling.subject, of)

    async def _hours(self, claim: RecognisedClaim, ruling: Ruling) -> RecognisedClaim:
        claim, taken_down = self._timed(claim, ruling)
        factor, before = self.terms.factor(taken_down), self.before_min[taken_down]
        minutes = credited(before, ruling.minutes, factor)
        record = HoursRecord(
            id=f"recognised:{claim.id}:{claim.version}",
            volunteer_id=claim.volunteer_id,
            kind=HoursKind.RECOGNISED,
            state=RecordState.VERIFIED,
            minutes=minutes,
            title=claim.from_region,
            served_start=claim.served_start,
            served_end=claim.served_end,
            evidence=self.case.id,
            recorded_by=self.case.opened_by,
            recorded_at=self.tx.at,
            region_path=claim.region_path,
        )
        left = await uncounted_minutes(self.tx, record)
        if left is not None and left < minutes:
            raise ConflictError("some of that time is counted already", id=claim.subject, minutes_left=left)
        self.before_min[taken_down] = before + ruling.minutes
        if minutes:
            await credit(self.tx, record, actor_id=self.tx.actor_id, at=self.tx.at)
        return replace(
            claim,
            source_min=ruling.minutes,
            credited_min=minutes,
            taken_down=taken_down.value,
            hours_id=record.id if minutes else None,
        )

    def _timed(self, claim: RecognisedClaim, ruling: Ruling) -> tuple[RecognisedClaim, HoursClass]:
        for entry in self.claims.entries:
            if entry.id == ruling.subject:
                window = entry.window
                return replace(claim, served_start=window.start, served_end=window.end), entry.taken_down
        _, _, taken_down = ruling.subject.partition("#")
        totals = self.claims.totals
        if totals is None:
            raise ConflictError("the case does not tell of that claim", id=ruling.subject)
        window = totals.window
        return replace(claim, period_from=window.start, period_to=window.end), HoursClass(taken_down)


async def rule(
    applying: Applying,
    rulings: Sequence[Ruling],
    new: Sequence[Ruling],
    *,
    number: int,
    by: str | None,
    reason: str | None,
) -> None:
    """
    Append a decision and write what it accepts anew.

    Parameters
    ----------
    rulings
        What becomes of every claim of the case, as it stands after the decision.
    new
        Those that this decision made.
    by
        The person; None where the agreement's rules decided alone.
    """
    tx, case = applying.tx, applying.case
    for ruling in new:
        if ruling.outcome is Outcome.ACCEPTED:
            await applying.apply(ruling)
    await settle_skills(tx, case.volunteer_id, civil_date(tx.at))
    decision = RecognitionDecision(
        id=f"{case.id}:{number:04d}",
        case_id=case.id,
        number=number,
        rulings=RULINGS.dump_json(tuple(rulings)).decode(),
        reason=reason,
        decided_by=by,
        at=tx.at,
    )
    await append_decision(tx, decision, case.region_path)


async def end_claims(
    tx: AuditedTransaction, claims: Sequence[RecognisedClaim], reason: str
) -> list[RecognisedClaim]:
    """Take back what counts, by entries that compensate; what is ended already is left."""
    today, ended = civil_date(tx.at), list[RecognisedClaim]()
    for claim in claims:
        if claim.state is not ClaimState.ACTIVE:
            continue
        if claim.hours_id is not None:
            record = await find_record(tx, claim.hours_id)
            if record is not None and record.state is not RecordState.REVERSED:
                await reverse_hours(tx, record, reason)
        if claim.kind == ClaimKind.TRAINING.value:
            await end_qualification(tx, claim.id, today)
        over = replace(
            claim,
            state=ClaimState.WITHDRAWN,
            ended_at=tx.at,
            ended_reason=reason,
            version=claim.version + 1,
        )
        await write_claim(tx, over)
        tx.record("recognition.end", claim.id, detail={"reason": reason})
        ended.append(over)
    for volunteer_id in sorted({claim.volunteer_id for claim in ended}):
        await settle_skills(tx, volunteer_id, today)
    return ended
