"""A volunteer of one region in another: cases, what each was decided to count for, and what is held."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands: by its last decision, and by what came after."""

    REVIEW = "REVIEW"
    DECIDED = "DECIDED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class ClaimState(StrEnum):
    """Whether a recognised claim counts."""

    ACTIVE = "ACTIVE"
    WITHDRAWN = "WITHDRAWN"


class AppealState(StrEnum):
    """What was made of an appeal."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionCase:
    """
    One presentation of one credential, and what became of it.

    Parameters
    ----------
    issuer, credential_id
        Who signed the credential, and its ``jti`` there.
    from_region
        The region whose registry recorded what it says.
    agreement_id, agreement_version
        Under which it was recognised.
    holder
        Thumbprint of the holder's key.
    claims
        What the credential disclosed, as JSON: the rulings can be made again from it.
    due_on
        Last day of a review; nothing becomes automatic by waiting.
    """

    id: str
    volunteer_id: str
    state: CaseState
    issuer: str
    credential_id: str
    from_region: str
    agreement_id: str
    agreement_version: int
    holder: str
    claims: str
    holder_doubtful: bool
    opened_by: str
    opened_at: datetime
    due_on: date | None
    region_path: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionDecision:
    """
    One decision of a case, appended and never edited.

    Parameters
    ----------
    number
        Place in the case, from 1.
    rulings
        What became of each claim, as JSON.
    decided_by
        The person; None where the agreement's rules decided alone.
    """

    id: str
    case_id: str
    number: int
    rulings: str
    reason: str | None
    decided_by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedClaim:
    """
    What counts here of what another region recorded.

    Parameters
    ----------
    kind, subject, grants
        As the ruling says: an entry of service, a skill or a training of the source, and the code held here.
    source_min, credited_min
        Minutes before and after the agreed factor.
    taken_down
        How the source took the minutes down.
    hours_id
        The record in the ledger of hours that holds the minutes.
    valid_until
        Last day of a skill or a training.
    """

    id: str
    case_id: str
    volunteer_id: str
    state: ClaimState
    kind: str
    subject: str
    grants: str | None
    issuer: str
    from_region: str
    agreement_id: str
    agreement_version: int
    source_min: int = 0
    credited_min: int = 0
    taken_down: str | None = None
    served_start: datetime | None = None
    served_end: datetime | None = None
    period_from: datetime | None = None
    period_to: datetime | None = None
    valid_until: date | None = None
    hours_id: str | None = None
    recognised_at: datetime
    ended_at: datetime | None = None
    ended_reason: str | None = None
    region_path: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionAppeal:
    """A volunteer asks for a person to look at a decision again."""

    id: str
    case_id: str
    state: AppealState
    reason: str
    raised_by: str
    raised_at: datetime
    decided_by: str | None = None
    decision: str | None = None
    decided_at: datetime | None = None
    region_path: str


class CredentialState(StrEnum):
    """Whether a credential that was issued here holds."""

    VALID = "VALID"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCredential:
    """
    A record that was given to a volunteer, to be shown in other regions.

    Parameters
    ----------
    list, place
        Number of the status list, and the place on it that says whether it holds.
    holder
        Thumbprint of the key that it is bound to.
    minutes
        What it tells of.
    """

    id: str
    volunteer_id: str
    state: CredentialState
    list: int
    place: int
    holder: str
    minutes: int
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    reason: str | None = None
    changed_at: datetime | None = None
    region_path: str
    version: int = 1


class TaskState(StrEnum):
    """What was made of a difference between two regions."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"  # one side has put it right
    ACCEPTED = "ACCEPTED"  # it stands as it is, for a reason that is written down


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationTask:
    """
    A difference between two regions' statements of a month that a person looks at.

    Parameters
    ----------
    kind
        How the two differ, a code of ``identity.recognition.reconciling.DifferenceKind``.
    credential_id, subject
        Of what, by the issuer's numbers.
    ours_min, theirs_min
        Minutes of the source as this side has them, and as the other stated them.
    """

    id: str
    reconciliation_id: str
    state: TaskState
    kind: str
    credential_id: str
    subject: str | None
    ours_min: int
    theirs_min: int
    due_on: date
    opened_at: datetime
    decided_by: str | None = None
    note: str | None = None
    decided_at: datetime | None = None
    region_path: str
    version: int = 1


class MonthState(StrEnum):
    """Whether the partner's statement of a month has come."""

    WAITING = "WAITING"
    ANSWERED = "ANSWERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationMonth:
    """
    A civil month that is settled with another region.

    Parameters
    ----------
    partner
        Code of the other region.
    issuer
        The registry whose credentials it is about: one of theirs, or our own.
    month
        As ``2026-03``.
    kind
        What this side states, a code of ``identity.recognition.reconciling.StatementKind``; the partner states the
        other.
    reconciliation_id
        The partner's statement that was held against ours last.
    """

    id: str
    agreement_id: str
    partner: str
    issuer: str
    month: str
    kind: str
    state: MonthState
    reconciliation_id: str | None = None
    opened_at: datetime
    due_on: date
    region_path: str
