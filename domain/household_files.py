"""One household, one file, one plan: what departments say of a household, which word counts, and what is to be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError


class FileField(StrEnum):
    """What a household's file says. Money is fen, counts are whole numbers, the rest is codes."""

    REGION = "REGION"
    TELEPHONE = "TELEPHONE"
    MEMBERS = "MEMBERS"
    HARDSHIP = "HARDSHIP"
    SEVERE_DISABILITY = "SEVERE_DISABILITY"
    YEARLY_INCOME = "YEARLY_INCOME"
    MEDICAL_SPENDING = "MEDICAL_SPENDING"
    DANGEROUS_HOUSING = "DANGEROUS_HOUSING"
    ARREARS = "ARREARS"
    STUDENT_AID = "STUDENT_AID"


class Choice(StrEnum):
    """Why a value stands in the file."""

    ONLY_SOURCE = "ONLY_SOURCE"
    ALL_AGREE = "ALL_AGREE"
    AUTHORITY = "AUTHORITY"  # the most authoritative source that is fresh
    FRESHEST = "FRESHEST"  # no source is fresh: the latest word of all


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceValue:
    """What one source says: ``rank`` is its authority, 0 the highest; ``rows`` how many records say so."""

    source: str
    rank: int
    value: str
    as_of: date
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """
    What stands in the file, and everything that was said beside it.

    Parameters
    ----------
    stale
        Whether the value is older than the rule's days of freshness.
    conflicts
        Sources that say otherwise, the most authoritative first.
    said
        All sources.
    """

    field: FileField
    value: str
    source: str
    as_of: date
    choice: Choice
    stale: bool
    conflicts: tuple[SourceValue, ...]
    said: tuple[SourceValue, ...]


def choose(
    name: FileField, said: Sequence[SourceValue], *, day: date, fresh_days: int, tolerance_percent: int = 0
) -> FieldValue | None:
    """
    Choose among sources: the freshest word of the most authoritative source that is fresh, else the latest of all.

    The outcome depends on what is said and when, never on the order in which it came in.

    Parameters
    ----------
    fresh_days
        A word older than so many days is stale: a fresh one of lower rank goes before it.
    tolerance_percent
        Whole numbers within it of the chosen one are no conflict.
    """
    if not said:
        return None
    limit = day - timedelta(days=fresh_days)
    by_rank = sorted(said, key=lambda each: (each.rank, -each.as_of.toordinal(), each.source, each.value))
    fresh = [each for each in by_rank if each.as_of >= limit]
    chosen = (
        fresh[0] if fresh else min(by_rank, key=lambda each: (-each.as_of.toordinal(), each.rank, each.value))
    )
    conflicts = tuple(each for each in by_rank if not _same(each.value, chosen.value, tolerance_percent))
    if len({each.source for each in said}) == 1:
        choice = Choice.ONLY_SOURCE
    elif not conflicts:
        choice = Choice.ALL_AGREE
    else:
        choice = Choice.AUTHORITY if fresh else Choice.FRESHEST
    return FieldValue(
        field=name,
        value=chosen.value,
        source=chosen.source,
        as_of=chosen.as_of,
        choice=choice,
        stale=chosen.as_of < limit,
        conflicts=conflicts,
        said=tuple(by_rank),
    )


def _same(one: str, other: str, tolerance_percent: int) -> bool:
    if one == other:
        return True
    if not (tolerance_percent and one.isdigit() and other.isdigit()):
        return False
    return abs(int(one) - int(other)) * 100 <= tolerance_percent * int(other)


class PlanState(StrEnum):
    """Where a service plan stands. A household has one that is not over."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


class PlanStep(StrEnum):
    """What people do with a plan."""

    ACTIVATE = "ACTIVATE"
    REVIEW = "REVIEW"
    CLOSE = "CLOSE"
    WITHDRAW = "WITHDRAW"


LIVE_PLANS = frozenset({PlanState.DRAFT, PlanState.ACTIVE})
_STEPS = {
    (PlanState.DRAFT, PlanStep.ACTIVATE): PlanState.ACTIVE,
    (PlanState.DRAFT, PlanStep.WITHDRAW): PlanState.WITHDRAWN,
    (PlanState.ACTIVE, PlanStep.REVIEW): PlanState.ACTIVE,
    (PlanState.ACTIVE, PlanStep.CLOSE): PlanState.CLOSED,
}


def after_step(state: PlanState, step: PlanStep) -> PlanState:
    """
    Give where a plan stands after a step.

    Raises
    ------
    TransitionError
        There is no such step from there.
    """
    if (state, step) not in _STEPS:
        raise TransitionError("the plan has no such step from here", before=state.value, step=step.value)
    return _STEPS[state, step]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction:
    """One thing to be done: by whom, until when, and since when it is."""

    what: str
    responsible: str
    due_on: date
    done_on: date | None = None

    def __post_init__(self) -> None:
        if not self.what.strip() or not self.responsible.strip():
            raise InvalidInputError("an action says what is done and by whom", field="actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGoal:
    """What is to be reached, by which actions; ``child_protection`` goals are seen by their roles alone (HC-25)."""

    goal: str
    actions: tuple[PlanAction, ...]
    child_protection: bool = False

    def __post_init__(self) -> None:
        if not self.goal.strip():
            raise InvalidInputError("a goal says what is to be reached", field="goals")
