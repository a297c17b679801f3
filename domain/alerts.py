"""Alerts of people who may be in difficulty: who handles them, how one ends, and how often a rule was right."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError

_Z_95 = 1.959963984540054


class RuleFamily(StrEnum):
    """What a rule watches."""

    MEDICAL = "MEDICAL"
    INCOME = "INCOME"
    STATUS = "STATUS"
    DISABILITY = "DISABILITY"
    ELDER = "ELDER"
    CHILD = "CHILD"
    HOUSING = "HOUSING"
    ARREARS = "ARREARS"


class AlertPriority(StrEnum):
    """How soon somebody looks; due days are the rule's."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "OPEN"
    ESCALATED = "ESCALATED"  # overdue: the station above has it too
    DECIDED = "DECIDED"


class AlertOutcome(StrEnum):
    """How an alert ended."""

    HELPED = "HELPED"  # a need was made, or one that is there is named
    ALREADY_COVERED = "ALREADY_COVERED"  # in difficulty, and helped before
    FALSE_ALARM = "FALSE_ALARM"
    MOVED = "MOVED"  # the person lives elsewhere: says nothing of the rule


class FalseAlarmReason(StrEnum):
    """Why an alert was none."""

    DATA_WRONG = "DATA_WRONG"
    WRONG_PERSON = "WRONG_PERSON"
    REIMBURSED = "REIMBURSED"
    NO_DIFFICULTY = "NO_DIFFICULTY"
    OTHER = "OTHER"


class RuleSetState(StrEnum):
    """Where rules that somebody proposes stand. Only what was tried can be adopted."""

    TRIED = "TRIED"
    ADOPTED = "ADOPTED"
    SUPERSEDED = "SUPERSEDED"


OPEN_ALERTS = frozenset({AlertState.OPEN, AlertState.ESCALATED})
REAL = frozenset({AlertOutcome.HELPED, AlertOutcome.ALREADY_COVERED})
"""Outcomes that say that the rule was right."""


def require_open(state: AlertState, alert_id: str) -> None:
    """
    Go on only with an alert that nobody has decided.

    Raises
    ------
    TransitionError
        Somebody has.
    """
    if state not in OPEN_ALERTS:
        raise TransitionError("the alert is decided already", id=alert_id, state=state.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What somebody says of an alert.

    Parameters
    ----------
    reason
        With a false alarm, and with nothing else.

    Raises
    ------
    InvalidInputError
        No note; a false alarm without a reason, or a reason without one.
    """

    outcome: AlertOutcome
    note: str
    reason: FalseAlarmReason | None = None

    def __post_init__(self) -> None:
        if not self.note.strip():
            raise InvalidInputError("a decision is given in words", field="note")
        if (self.outcome is AlertOutcome.FALSE_ALARM) != (self.reason is not None):
            raise InvalidInputError("a false alarm, and nothing else, has a reason", field="reason")


Facts = Mapping[str, int | str]
"""What an alert rests on, one entry a fact: a number is a step that may rise, a text an occurrence."""


def is_news(facts: Facts, before: Facts) -> bool:
    """
    Whether facts say more than those that somebody has decided on.

    A step that fell, and a fact that is gone, are no news.

    Examples
    --------
    >>> is_news({"MEDICAL": 2}, {"MEDICAL": 1})
    True
    >>> is_news({"MEDICAL": 1}, {"MEDICAL": 2, "DIBAO": "held"})
    False
    """
    for name, value in facts.items():
        old = before.get(name)
        if old is None or type(old) is not type(value):
            return True
        if isinstance(value, int) and isinstance(old, int):
            if value > old:
                return True
        elif value != old:
            return True
    return False


def raises_again(facts: Facts, before: Facts, *, day: date, decided_on: date, quiet_days: int) -> bool:
    """Whether what somebody decided on is raised again: with news at once, else when its quiet period is over."""
    return is_news(facts, before) or day >= decided_on + timedelta(days=quiet_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """
    How often alerts were right: ``real`` of ``decided``; ``moved`` and ``waiting`` say nothing yet.

    ``decided`` counts those found real or false; people who moved away are not among them.
    """

    raised: int = 0
    real: int = 0
    decided: int = 0
    moved: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.real <= self.decided or self.decided + self.moved > self.raised:
            raise InvalidInputError("counts of decisions do not add up", field="decided")

    @property
    def waiting(self) -> int:
        """Alerts that nobody has decided."""
        return self.raised - self.decided - self.moved

    @property
    def share(self) -> float | None:
        """Real of decided; None before the first decision."""
        return self.real / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share; None before the first decision."""
        return wilson(self.real, self.decided) if self.decided else None

    def __add__(self, other: "Precision") -> "Precision":
        """Count two sets of alerts together."""
        return Precision(
            raised=self.raised + other.raised,
            real=self.real + other.real,
            decided=self.decided + other.decided,
            moved=self.moved + other.moved,
        )


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """
    Give the 95 % score interval of a share (E. B. Wilson, JASA 22, 1927); ``trials`` is positive.

    Examples
    --------
    >>> low, high = wilson(2145, 15900)
    >>> round(low, 3), round(high, 3)
    (0.13, 0.14)
    """
    share, z2 = successes / trials, _Z_95**2
    centre = share + z2 / (2 * trials)
    spread = _Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    scale = 1 + z2 / trials
    low = 0.0 if successes == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if successes == trials else min(1.0, (centre + spread) / scale)
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    One fact that put a person into a group, or raised an alert.

    Parameters
    ----------
    kind
        Which kind of condition it met, as ``amount``.
    subject
        The list, or the situation, it is about.
    value, line
        What was found and what it was held against: fen, percent, years or records, by ``kind``.
    on
        Civil day of the latest record behind it.
    source
        The department and the name of its list; the register where it is a situation.
    records
        How many records are behind it.
    """

    kind: str
    subject: str
    value: int | None = None
    line: int | None = None
    on: date | None = None
    source: str | None = None
    records: int | None = None


def facts_of(evidence: Sequence[Evidence]) -> dict[str, int | str]:
    """
    Give what must change for evidence to be news: sums in whole lines, the day of an occurrence, what is held.

    Sums count in whole multiples of their line, so that a bill more is none until it doubles, trebles ... the line.
    """
    facts: dict[str, int | str] = {}
    for each in evidence:
        name = f"{each.kind}:{each.subject}"
        if each.kind == "amount":
            facts[name] = (each.value or 0) // max(1, each.line or 1)
        elif each.kind in {"records", "ceased", "fell"}:
            facts[name] = "" if each.on is None else each.on.isoformat()
        else:
            facts[name] = "held"
    return facts


class PrecisionAxis(StrEnum):
    """What alerts of a rule are told apart by besides."""

    RULE = "RULE"
    TOWN = "TOWN"
    MONTH = "MONTH"
