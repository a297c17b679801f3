"""One case: what becomes of every claim of a volunteer under the terms of two regions."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from domain.time import civil_date
from identity.recognition.claims import SkillClaim, SourceClaims, TrainingClaim
from identity.recognition.counting import History, rule_on_entries, rule_on_totals
from identity.recognition.reasons import ClaimKind, Outcome, Reason, Ruling, gravest
from identity.recognition.terms import Equivalence, Relation, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a case; ``valid_until`` has the last day of what is granted, by subject and code."""

    outcome: Outcome
    rulings: tuple[Ruling, ...]
    valid_until: "dict[tuple[str, str], date]"


def decide(
    claims: SourceClaims, terms: Terms, history: History, now: datetime, *, holder_doubtful: bool = False
) -> Decision:
    """
    Rule on every claim of a verified credential.

    Parameters
    ----------
    holder_doubtful
        Whether what the credential says of its holder is unlike the record it would be joined to: then a person
        looks at all of it.

    Notes
    -----
    Entries and totals of one credential tell of the same time: entries count, and sums that are less than their
    entries are looked at.
    """
    rulings = list(claims.unreadable)
    if claims.entries:
        ruled = rule_on_entries(claims.entries, terms, history, now)
        rulings += (
            [_doubted(each, Reason.TOTALS_AND_ENTRIES_DIFFER) for each in ruled] if _differ(claims) else ruled
        )
    elif claims.totals is not None:
        rulings += rule_on_totals(claims.totals, terms, history, now)
    ends: dict[tuple[str, str], date] = {}
    for claim in (*claims.skills, *claims.trainings):
        rulings += _qualified(claim, terms, civil_date(now), ends)
    if holder_doubtful:
        rulings = [_doubted(each, Reason.HOLDER_UNLIKE_RECORD) for each in rulings]
    elif not terms.automatic:
        rulings = [_doubted(each, Reason.REVIEW_AGREED) for each in rulings]
    return Decision(outcome=gravest(tuple(rulings)), rulings=tuple(rulings), valid_until=ends)


def _doubted(ruling: Ruling, reason: Reason) -> Ruling:
    if ruling.outcome is not Outcome.ACCEPTED:
        return ruling
    return replace(ruling, outcome=Outcome.REVIEW, reason=reason)


def _differ(claims: SourceClaims) -> bool:
    if claims.totals is None:
        return False
    told = dict.fromkeys(claims.totals.minutes, 0)
    for entry in claims.entries:
        if claims.totals.window.overlaps(entry.window):
            told[entry.taken_down] = told.get(entry.taken_down, 0) + entry.minutes
    return any(minutes > claims.totals.minutes.get(taken_down, 0) for taken_down, minutes in told.items())


def _qualified(
    claim: SkillClaim | TrainingClaim, terms: Terms, today: date, ends: "dict[tuple[str, str], date]"
) -> list[Ruling]:
    """Rule on one qualification: a ruling for each code here that it grants, or one that says why none."""
    kind = ClaimKind.SKILL if isinstance(claim, SkillClaim) else ClaimKind.TRAINING
    if kind not in terms.kinds:
        return [_not(kind, claim.code, Reason.KIND_NOT_AGREED)]
    if claim.recognised_from is not None:
        return [_not(kind, claim.code, Reason.RECOGNISED_ELSEWHERE)]
    if isinstance(claim, TrainingClaim) and claim.completed_on > today:
        return [_not(kind, claim.code, Reason.IN_THE_FUTURE)]
    found = terms.equivalents(kind, claim.code)
    granting = [each for each in found if each.relation is not Relation.BROADER]
    if not granting:
        return [_not(kind, claim.code, Reason.BROADER_GRANTS_NOTHING if found else Reason.NO_EQUIVALENT)]
    return [_granted(kind, claim, agreed, today, ends) for agreed in granting]


def _granted(
    kind: ClaimKind,
    claim: SkillClaim | TrainingClaim,
    agreed: Equivalence,
    today: date,
    ends: "dict[tuple[str, str], date]",
) -> Ruling:
    end = _end(claim, agreed)
    if end is not None and end < today:
        return replace(_not(kind, claim.code, Reason.EXPIRED), grants=agreed.target)
    if end is not None:
        ends[claim.code, agreed.target] = end
    reason = Reason.EQUIVALENT if agreed.relation is Relation.EXACT else Reason.NARROWER_GRANTS
    outcome = Outcome.ACCEPTED
    if agreed.needs_refresh:
        outcome, reason = Outcome.REVIEW, Reason.NEEDS_REFRESH
    return Ruling(kind=kind, subject=claim.code, outcome=outcome, reason=reason, grants=agreed.target)


def _end(claim: SkillClaim | TrainingClaim, agreed: Equivalence) -> date | None:
    ends = [] if claim.valid_until is None else [claim.valid_until]
    if isinstance(claim, TrainingClaim) and agreed.valid_months is not None:
        ends.append(claim.completed_on + relativedelta(months=agreed.valid_months))
    return min(ends, default=None)


def _not(kind: ClaimKind, subject: str, reason: Reason) -> Ruling:
    return Ruling(kind=kind, subject=subject, outcome=Outcome.REFUSED, reason=reason)
