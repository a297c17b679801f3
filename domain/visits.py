"""Visits to elders: who is due, what a visit came to, who may go, and alarms between visits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError
from domain.needs import ConsentGiver
from domain.people import ElderGroup, Licence, Skill

NATIONAL_GROUPS = frozenset(ElderGroup) - {ElderGroup.ADVANCED_AGE, ElderGroup.ELDER_TEKUN}
"""The six groups that the national guidance of 2022 lists."""


class VisitChannel(StrEnum):
    """How somebody is visited."""

    HOME = "HOME"
    PHONE = "PHONE"
    VIDEO = "VIDEO"


class VisitState(StrEnum):
    """PROPOSED until a desk publishes the plan; WITHDRAWN when another plan took its place."""

    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    DONE = "DONE"
    MISSED = "MISSED"
    WITHDRAWN = "WITHDRAWN"


class VisitOutcome(StrEnum):
    """What a visit found; only the first two count as a visit made."""

    WELL = "WELL"
    NEEDS_HELP = "NEEDS_HELP"
    NOT_AT_HOME = "NOT_AT_HOME"
    REFUSED = "REFUSED"
    NOT_MADE = "NOT_MADE"

    @property
    def is_made(self) -> bool:
        """Whether somebody was seen or spoken to."""
        return self in {VisitOutcome.WELL, VisitOutcome.NEEDS_HELP}


class VisitPlanState(StrEnum):
    """A person publishes a plan, or it is left; the next one of the day takes its place."""

    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    REPLACED = "REPLACED"


class VisitorKind(StrEnum):
    """Who goes: paid staff, or a volunteer."""

    SOCIAL_WORKER = "SOCIAL_WORKER"
    VOLUNTEER = "VOLUNTEER"


class AlarmKind(StrEnum):
    """What a device or a visitor reports; each is an urgent need at once."""

    FALL = "FALL"
    HELP_BUTTON = "HELP_BUTTON"
    NO_MOVEMENT = "NO_MOVEMENT"
    SMOKE_OR_GAS = "SMOKE_OR_GAS"
    NO_ANSWER = "NO_ANSWER"
    UNWELL = "UNWELL"
    OTHER = "OTHER"


class AlarmGround(StrEnum):
    """
    On which ground what is known of somebody is used to answer an alarm of theirs (PIPL, art. 13).

    Who agreed beforehand has it known to whoever may help. Without that an emergency of life, health or
    property is ground enough for the station, and for nobody else: the need stays with it (HC-22).
    """

    STANDING_CONSENT = "STANDING_CONSENT"  # no. 1: given with the plan of care
    VITAL_INTEREST = "VITAL_INTEREST"  # no. 4: an emergency


class CareRisk(StrEnum):
    """How much a late visit matters."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


_LOGGED = frozenset({VisitState.DONE, VisitState.MISSED})


def check_visit_step(before: VisitState, after: VisitState) -> None:
    """
    Go on only if a visit may take the step.

    Raises
    ------
    TransitionError
        A visit is logged once, when it is published; a plan that is not published is none.
    """
    if before is not VisitState.PUBLISHED or after not in _LOGGED | {VisitState.WITHDRAWN}:
        raise TransitionError("the visit cannot take this step", before=before.value, after=after.value)


def state_after(outcome: VisitOutcome) -> VisitState:
    """Give the state of a visit that came to something."""
    return VisitState.DONE if outcome.is_made else VisitState.MISSED


@dataclass(frozen=True, slots=True, kw_only=True)
class DueElder:
    """
    A listed elder and when they are to be visited.

    ``due_on`` is the day by which the next visit is owed: the last one's day plus the interval, or the day
    on which they were listed if nobody has come yet.
    """

    resident_id: str
    groups: frozenset[ElderGroup]
    interval_days: int
    last_visited_on: date | None
    due_on: date

    def overdue_days(self, day: date) -> int:
        """Days by which the visit is late."""
        return max(0, (day - self.due_on).days)

    def is_due(self, day: date) -> bool:
        """Whether the visit is owed by the end of the day."""
        return self.due_on <= day

    def is_covered(self, day: date) -> bool:
        """Whether somebody came within the interval."""
        return self.last_visited_on is not None and day <= self.due_on


def due_elder(
    resident_id: str,
    groups: frozenset[ElderGroup],
    *,
    intervals: dict[ElderGroup, int],
    last_visited_on: date | None,
    listed_on: date,
) -> DueElder:
    """Work out when an elder is due: who is in several groups takes the shortest interval."""
    if not groups:
        raise InvalidInputError("a listed elder is in a group", resident=resident_id)
    interval = min(intervals[group] for group in groups)
    due = listed_on if last_visited_on is None else last_visited_on + timedelta(days=interval)
    return DueElder(
        resident_id=resident_id,
        groups=groups,
        interval_days=interval,
        last_visited_on=last_visited_on,
        due_on=due,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """
    Somebody who visits elders for a station.

    Parameters
    ----------
    id
        The volunteer or social worker.
    hours
        Weekly working times, as ``MON 09:00-17:00`` of China.
    leave
        Days off, as ISO dates or half-open spans ``2026-03-05/2026-03-08``.
    """

    id: str
    kind: VisitorKind
    station_id: str
    hours: tuple[str, ...]
    leave: tuple[str, ...] = ()
    most_visits: int

    def __post_init__(self) -> None:
        if not 1 <= self.most_visits <= 40:
            raise InvalidInputError("a visitor makes 1 to 40 visits a day", field="most_visits")
        for entry in self.leave:
            leave_days(entry)

    def is_away(self, day: date) -> bool:
        """Whether the day is one of their days off."""
        return any(first <= day < end for first, end in map(leave_days, self.leave))


def leave_days(entry: str) -> tuple[date, date]:
    """
    Read days off as a half-open span.

    Raises
    ------
    InvalidInputError
        Neither a date nor a span of dates.
    """
    first, _, end = entry.partition("/")
    try:
        start = date.fromisoformat(first)
        until = date.fromisoformat(end) if end else start + timedelta(days=1)
    except ValueError as error:
        raise InvalidInputError(
            "days off look like 2026-03-05 or 2026-03-05/2026-03-08", value=entry
        ) from error
    if until <= start:
        raise InvalidInputError("days off end after they begin", value=entry)
    return start, until


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConsent:
    """What an elder agreed to for the case of an alarm: who said so, when, and who took it down."""

    given_by: ConsentGiver
    at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCare:
    """
    What the desk knows of visiting one elder; ``id`` is the resident's.

    Parameters
    ----------
    usual_visitor_id
        Whom the elder knows.
    hours
        Weekly times at which they want to be visited; empty is any.
    sex
        ``FEMALE`` or ``MALE`` where the elder asks for a visitor of that sex.
    device_ids
        Alarm devices in the home.
    alarm_consent
        That an alarm's need may be told to volunteers, agreed to beforehand.
    """

    id: str
    usual_visitor_id: str | None = None
    hours: tuple[str, ...] = ()
    service_min: int | None = None
    skill: Skill | None = None
    licence: Licence | None = None
    sex: str | None = None
    risk: CareRisk = CareRisk.LOW
    device_ids: tuple[str, ...] = ()
    alarm_consent: StandingConsent | None = None

    def __post_init__(self) -> None:
        if self.service_min is not None and not 5 <= self.service_min <= 240:
            raise InvalidInputError("a visit lasts 5 to 240 minutes", field="service_min")
