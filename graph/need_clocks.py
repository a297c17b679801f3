"""
The clocks of needs, read from ``graph/policies/need_clocks.toml``.

They stand beside what writes a step: whoever leads a need on sets its next deadline in the same statement.
"""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, TypeAdapter

from domain.clocks import Armed, ClockAct, ClockStep, NeedClocks, StateClock
from domain.needs import NeedState, Urgency
from domain.time import Window, civil_date


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    after_hours: int
    act: ClockAct


class _Clock(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    state: NeedState
    urgency: Urgency | None = None
    source: str
    from_window_end: bool = False
    steps: tuple[_Step, ...]

    def read(self) -> StateClock:
        steps = tuple(ClockStep(after_hours=step.after_hours, act=step.act) for step in self.steps)
        return StateClock(state=self.state, steps=steps, from_window_end=self.from_window_end)


class _Version(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    region_path: str
    effective_from: date
    clocks: tuple[_Clock, ...]


_VERSIONS = TypeAdapter(tuple[_Version, ...])


@cache
def _shipped() -> tuple[_Version, ...]:
    content = files("graph").joinpath("policies", "need_clocks.toml").read_text("utf-8")
    return _VERSIONS.validate_python(tomllib.loads(content)["versions"])


@cache
def clocks_on(region_path: str, day: date) -> NeedClocks:
    """
    Give the clocks in force in a region on a civil day.

    Of versions that reach the region the narrower overrules the wider, state by state, and of one region the
    later the earlier.
    """
    return clocks_of(_shipped(), region_path, day)


def clocks_of(versions: Sequence[_Version], region_path: str, day: date) -> NeedClocks:
    """Give the clocks that ``versions`` put in force in a region on a civil day."""
    reaching = [v for v in versions if region_path.startswith(v.region_path) and v.effective_from <= day]
    by_region = {v.region_path: v for v in sorted(reaching, key=lambda v: v.effective_from)}
    chain = sorted(by_region.values(), key=lambda v: len(v.region_path))
    by_state: dict[NeedState, StateClock] = {}
    by_urgency: dict[tuple[NeedState, Urgency], StateClock] = {}
    for version in chain:
        for clock in version.clocks:
            if clock.urgency is None:
                by_state[clock.state] = clock.read()
            else:
                by_urgency[clock.state, clock.urgency] = clock.read()
    return NeedClocks(id="+".join(v.id for v in chain), by_state=by_state, by_urgency=by_urgency)


def armed(
    state: NeedState, urgency: Urgency, region_path: str, *, since: datetime, windows: Sequence[Window] = ()
) -> Armed:
    """Give the deadlines of a need that came to a state at a moment."""
    last_end = max((window.end for window in windows), default=None)
    clocks = clocks_on(region_path, civil_date(since))
    return clocks.armed(state, urgency, since=since, last_end=last_end)
