"""Cases of recognition as clients see them."""

from datetime import date, datetime

import strawberry

from domain.recognition import (
    AppealState,
    CaseState,
    ClaimState,
    RecognisedClaim,
    RecognitionAppeal,
    RecognitionCase,
    RecognitionDecision,
)
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from identity.recognition.likeness import FieldLevel
from identity.recognition.reasons import ClaimKind, Outcome, Reason, Ruling
from identity.verdicts import VerdictCode
from locales import text
from workflows.recognition.applying import RULINGS
from workflows.recognition.recognising import Recognition, holder_of

RECOGNITION_CASE = "RecognitionCase"

for _kind, _name, _description in (
    (CaseState, "RecognitionCaseState", "Where a case stands; REVIEW waits for a person."),
    (ClaimState, "RecognisedClaimState", "Whether a recognised claim counts."),
    (AppealState, "RecognitionAppealState", "What was made of an appeal."),
    (ClaimKind, "RecognitionClaimKind", "What a claim is about; stars, points and coins are none."),
    (Outcome, "RecognitionOutcome", "What becomes of a claim."),
    (FieldLevel, "HolderFieldLevel", "How one field of a holder and a record compares."),
):
    strawberry.enum(_kind, name=_name, description=_description)


@strawberry.type(
    name="RecognitionReason", description="Why, in a form for programs and a sentence for people."
)
class ReasonNode:
    """A code of the catalogue of reasons."""

    code: str

    @strawberry.field(description="A sentence in the language asked for by Accept-Language.")
    def message(self, info: Info) -> str:
        """Word the reason."""
        return text(f"recognition.reason.{self.code}", info.context.locale)


@strawberry.type(name="RecognitionRuling", description="What became of one claim of a credential.")
class RulingNode:
    """Kind, subject and grants name the claim where a person decides on it."""

    kind: ClaimKind
    subject: str
    grants: str | None
    outcome: Outcome
    minutes: int = strawberry.field(description="Of the source, before the agreed factor.")
    reason: ReasonNode


def _ruling(ruling: Ruling) -> RulingNode:
    return RulingNode(
        kind=ruling.kind,
        subject=ruling.subject,
        grants=ruling.grants,
        outcome=ruling.outcome,
        minutes=ruling.minutes,
        reason=ReasonNode(code=Reason(ruling.reason).value),
    )


@strawberry.type(name="RecognitionDecision", description="One decision of a case; appended, never edited.")
class DecisionNode:
    """Who decided what becomes of every claim."""

    number: int
    rulings: list[RulingNode]
    reason: str | None
    decided_by: str | None = strawberry.field(description="Null where the agreement's rules decided alone.")
    at: datetime


def _decision(decision: RecognitionDecision) -> DecisionNode:
    return DecisionNode(
        number=decision.number,
        rulings=[_ruling(each) for each in RULINGS.validate_json(decision.rulings)],
        reason=decision.reason,
        decided_by=decision.decided_by,
        at=decision.at,
    )


@strawberry.type(name="RecognisedClaim", description="What counts here of what another region recorded.")
class ClaimNode:
    """Minutes count in the ledger of hours, skills and qualifications with the matcher."""

    kind: ClaimKind
    subject: str
    grants: str | None
    state: ClaimState
    from_region: str
    source_min: int = strawberry.field(description="Minutes there.")
    credited_min: int = strawberry.field(description="Minutes here, after the agreed factor.")
    served: TimeWindow | None
    valid_until: date | None
    recognised_at: datetime
    ended_at: datetime | None
    ended_reason: str | None


def _claim(claim: RecognisedClaim) -> ClaimNode:
    return ClaimNode(
        kind=ClaimKind(claim.kind),
        subject=claim.subject,
        grants=claim.grants,
        state=claim.state,
        from_region=claim.from_region,
        source_min=claim.source_min,
        credited_min=claim.credited_min,
        served=window_between(claim.served_start, claim.served_end),
        valid_until=claim.valid_until,
        recognised_at=claim.recognised_at,
        ended_at=claim.ended_at,
        ended_reason=claim.ended_reason,
    )


@strawberry.type(name="RecognitionAppeal", description="A volunteer asks for a person to look again.")
class AppealNode:
    """Decided by somebody who had no part in the case."""

    state: AppealState
    reason: str
    raised_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None


def _appeal(appeal: RecognitionAppeal) -> AppealNode:
    return AppealNode(
        state=appeal.state,
        reason=appeal.reason,
        raised_at=appeal.raised_at,
        decision=appeal.decision,
        decided_by=appeal.decided_by,
        decided_at=appeal.decided_at,
    )


@strawberry.type(description="One field of a credential's holder beside the record here; both are masked.")
class HolderEvidence:
    """An empty text where a side says nothing."""

    field: str = strawberry.field(description="name, birth_date, sex or id_mask.")
    told: str
    known: str
    level: FieldLevel


def _evidence(root: "CaseNode", info: Info) -> list[HolderEvidence]:
    return [
        HolderEvidence(field=each.field, told=each.told, known=each.known, level=each.level)
        for each in holder_of(info.context.workspace, root.row)
    ]


@strawberry.type(
    name=RECOGNITION_CASE, description="One presentation of one credential, and what became of it."
)
class CaseNode(Node):
    """Accepted claims count at once; doubtful ones wait for a person."""

    state: CaseState
    issuer: str
    from_region: str = strawberry.field(description="Code of the region whose registry recorded it.")
    agreement: str
    agreement_version: int
    holder_doubtful: bool = strawberry.field(
        description="Whether what the credential shows of its holder is unlike the record here."
    )
    evidence: list[HolderEvidence] = strawberry.field(
        resolver=_evidence, description="Field by field, both sides masked."
    )
    opened_at: datetime
    due_on: date | None = strawberry.field(description="Last day of a review.")
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    row: strawberry.Private[RecognitionCase]
    case_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="Whose, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="What becomes of every claim, as the last decision left it.")
    async def rulings(self, info: Info) -> list[RulingNode]:
        """Give the standing rulings."""
        decisions = await self.decisions(info)
        return decisions[-1].rulings if decisions else []

    @strawberry.field(description="Decisions in their order.")
    async def decisions(self, info: Info) -> list[DecisionNode]:
        """Give the decisions."""
        return [_decision(each) for each in await info.context.load.case_decisions.load(self.case_key) or ()]

    @strawberry.field(description="What counts, or counted, of it.")
    async def claims(self, info: Info) -> list[ClaimNode]:
        """Give the recognised claims."""
        return [_claim(each) for each in await info.context.load.case_claims.load(self.case_key) or ()]

    @strawberry.field(description="Minutes of it that count here now.")
    async def counted_min(self, info: Info) -> int:
        """Give the sum of what counts."""
        claims = await info.context.load.case_claims.load(self.case_key) or ()
        return sum(each.credited_min for each in claims if each.state is ClaimState.ACTIVE)

    @strawberry.field(description="Appeals, oldest first.")
    async def appeals(self, info: Info) -> list[AppealNode]:
        """Give the appeals."""
        return [_appeal(each) for each in await info.context.load.case_appeals.load(self.case_key) or ()]


def recognition_case(row: RecognitionCase) -> CaseNode:
    """Give a case as clients see it."""
    return CaseNode(
        id=encode_id(RECOGNITION_CASE, row.id),
        state=row.state,
        issuer=row.issuer,
        from_region=row.from_region,
        agreement=row.agreement_id,
        agreement_version=row.agreement_version,
        holder_doubtful=row.holder_doubtful,
        row=row,
        opened_at=row.opened_at,
        due_on=row.due_on,
        version=row.version,
        case_key=row.id,
        volunteer_key=row.volunteer_id,
    )


async def load_recognition_case(info: Info, key: str | None) -> CaseNode | None:
    """Give the case of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.recognition_cases, key, recognition_case)


@strawberry.type(name="Recognition", description="What came of a presentation, or of a decision on a case.")
class RecognitionNode:
    """A presentation that does not hold is an answer, and has no case."""

    verdict: str = strawberry.field(description="ACCEPTED, or the first thing that was wrong.")
    reviewable: bool = strawberry.field(description="Whether a newer list, bundle or agreement may mend it.")
    case_key: strawberry.Private[str | None]

    @strawberry.field(description="The verdict in the language asked for by Accept-Language.")
    def message(self, info: Info) -> str:
        """Word the verdict."""
        return text(f"credentials.verdict.{self.verdict}", info.context.locale)

    @strawberry.field(description="The case, if the presentation held.")
    async def case(self, info: Info) -> CaseNode | None:
        """Give the case."""
        return await load_recognition_case(info, self.case_key)


def recognition(row: Recognition) -> RecognitionNode:
    """Give what came of a presentation as clients see it."""
    return RecognitionNode(
        verdict=row.verdict.value, reviewable=VerdictCode(row.verdict).reviewable, case_key=row.case_id
    )
