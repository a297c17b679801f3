"""What becomes of a claim, and why: outcomes, never errors."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of one claim; the gravest of all claims is that of the case."""

    ACCEPTED = "ACCEPTED"
    REVIEW = "REVIEW"
    REFUSED = "REFUSED"


class ClaimKind(StrEnum):
    """What a claim is about. Stars, points and coins are none: they stay where they were given."""

    HOURS = "HOURS"
    SKILL = "SKILL"
    TRAINING = "TRAINING"


class Reason(StrEnum):
    """Why a claim was accepted, waits for a person, or was refused; the words stand in ``locales``."""

    ACCEPTED_IN_FULL = "ACCEPTED_IN_FULL"
    ACCEPTED_BY_FACTOR = "ACCEPTED_BY_FACTOR"
    EQUIVALENT = "EQUIVALENT"
    NARROWER_GRANTS = "NARROWER_GRANTS"

    OVERLAPS_COUNTED = "OVERLAPS_COUNTED"
    LONG_DAY = "LONG_DAY"
    BEFORE_REGISTRATION = "BEFORE_REGISTRATION"
    DAILY_CAP = "DAILY_CAP"
    LIFETIME_CAP = "LIFETIME_CAP"
    PERIOD_OVERLAPS_COUNTED = "PERIOD_OVERLAPS_COUNTED"
    TOTALS_AND_ENTRIES_DIFFER = "TOTALS_AND_ENTRIES_DIFFER"
    NEEDS_REFRESH = "NEEDS_REFRESH"
    REVIEW_AGREED = "REVIEW_AGREED"
    HOLDER_UNLIKE_RECORD = "HOLDER_UNLIKE_RECORD"

    ALREADY_COUNTED = "ALREADY_COUNTED"
    UNREADABLE_CLAIM = "UNREADABLE_CLAIM"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    LONGER_THAN_ITS_TIME = "LONGER_THAN_ITS_TIME"
    RECOGNISED_ELSEWHERE = "RECOGNISED_ELSEWHERE"
    KIND_NOT_AGREED = "KIND_NOT_AGREED"
    FACTOR_ZERO = "FACTOR_ZERO"
    NO_EQUIVALENT = "NO_EQUIVALENT"
    BROADER_GRANTS_NOTHING = "BROADER_GRANTS_NOTHING"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """
    What becomes of one claim.

    Parameters
    ----------
    subject
        What it is about: the id of an entry of service, the code of a skill or a training, or of a period.
    minutes
        Whole minutes of the source, before the factor, cut by a cap where one is reached; 0 for what is no service.
        They count where the outcome says so.
    grants
        Code of the receiving region that the holder gets, for skills and trainings.
    """

    kind: ClaimKind
    subject: str
    outcome: Outcome
    reason: Reason
    minutes: int = 0
    grants: str | None = None


def gravest(rulings: "tuple[Ruling, ...]") -> Outcome:
    """
    Give what becomes of a case as a whole.

    A case is refused only when nothing of it is left; it waits as soon as one claim waits.
    """
    outcomes = {ruling.outcome for ruling in rulings}
    if Outcome.REVIEW in outcomes:
        return Outcome.REVIEW
    return Outcome.ACCEPTED if Outcome.ACCEPTED in outcomes else Outcome.REFUSED
