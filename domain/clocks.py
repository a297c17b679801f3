"""How long a need may stay in a state, and what happens to it then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import PolicyError
from domain.needs import NEED_TRANSITIONS, NeedState, Urgency


class ClockAct(StrEnum):
    """What is done when a deadline passes."""

    NOTIFY = "NOTIFY"  # the station in charge is told
    NOTIFY_ABOVE = "NOTIFY_ABOVE"  # and the station above it
    ESCALATE = "ESCALATE"
    EXPIRE = "EXPIRE"
    RETURN = "RETURN"  # who was asked is asked no longer: back to waiting
    CLOSE = "CLOSE"

    @property
    def leads_to(self) -> NeedState | None:
        """The state that the act brings a need to; None leaves it where it is."""
        return {
            "ESCALATE": NeedState.ESCALATED,
            "EXPIRE": NeedState.EXPIRED,
            "RETURN": NeedState.MATCHING,
            "CLOSE": NeedState.CLOSED,
        }.get(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """One deadline: hours after the clock began, and what is done then."""

    after_hours: int
    act: ClockAct


@dataclass(frozen=True, slots=True, kw_only=True)
class StateClock:
    """
    The deadlines of one state, in their order.

    ``from_window_end`` counts from the end of the last window where the need has one, else from the state's
    beginning.

    Raises
    ------
    PolicyError
        No deadline, deadlines out of order, or one after a step that leaves the state.
    """

    state: NeedState
    steps: tuple[ClockStep, ...]
    from_window_end: bool = False

    def __post_init__(self) -> None:
        hours = [step.after_hours for step in self.steps]
        if not hours or hours != sorted(set(hours)) or hours[0] < 1:
            raise PolicyError(f"deadlines of {self.state} are not in order: {hours}", state=self.state.value)
        leaving = [step.act.leads_to for step in self.steps]
        if any(leaving[:-1]):
            raise PolicyError(f"a step follows one that leaves {self.state}", state=self.state.value)
        after = leaving[-1]
        if after is not None and after not in NEED_TRANSITIONS[self.state]:
            raise PolicyError(f"{self.state} has no step to {after}", state=self.state.value)

    def moment(self, step: int, *, since: datetime, last_end: datetime | None) -> datetime | None:
        """Give when a step is due; None after the last."""
        if step >= len(self.steps):
            return None
        start = max(since, last_end) if self.from_window_end and last_end is not None else since
        return start + timedelta(hours=self.steps[step].after_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """When a need is overdue in its state, and when its clock strikes next; None where it never does."""

    due_at: datetime | None = None
    tick_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedClocks:
    """The clocks of a region from a day on; ``by_urgency`` overrules ``by_state``."""

    id: str
    by_state: Mapping[NeedState, StateClock]
    by_urgency: Mapping[tuple[NeedState, Urgency], StateClock]

    def of(self, state: NeedState, urgency: Urgency) -> StateClock | None:
        """Give the clock of a need, or None for a state that may last."""
        return self.by_urgency.get((state, urgency)) or self.by_state.get(state)

    def armed(
        self, state: NeedState, urgency: Urgency, *, since: datetime, last_end: datetime | None
    ) -> Armed:
        """Give the first deadline of a state that a need has just come to."""
        clock = self.of(state, urgency)
        due = None if clock is None else clock.moment(0, since=since, last_end=last_end)
        return Armed(due_at=due, tick_at=due)
