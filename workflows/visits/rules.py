"""
Dated rules of visits: intervals, times, travel and weights, each with its unit and its source.

One TOML file a region under ``workflows/visits/rules``, in the manner of ``matching/policies``:
``default.toml`` rules everywhere, a region's file overrides whole tables inside its subtree.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import PolicyError
from domain.people import ElderGroup
from domain.visits import CareRisk
from matching.policy import Parameter
from matching.visits.day import VisitWeights
from matching.visits.travel import Road

_DEFAULT = "default.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Strict):
    """What share of the listed elders is to be visited within their interval."""

    coverage_percent: Parameter[int]


class VisitTimes(_Strict):
    """Length and hours of a visit where nothing else is known, and limits of visitors (HC-07, HC-27)."""

    service_minutes: Parameter[int]
    opens_minute: Parameter[int]
    closes_minute: Parameter[int]
    minutes_per_day: Parameter[int]
    minor_years: Parameter[int]


class WorkerRules(_Strict):
    """When social workers visit whom the desk has not enrolled."""

    hours: tuple[str, ...]
    most_visits: Parameter[int]


class TravelRules(_Strict):
    """How minutes between places are guessed."""

    road_factor_percent: Parameter[int]
    metres_per_minute: Parameter[int]
    fixed_minutes: Parameter[int]

    def road(self) -> Road:
        """Give it as ``matching`` takes it."""
        return Road(
            factor_percent=self.road_factor_percent.value,
            metres_per_minute=self.metres_per_minute.value,
            fixed_minutes=self.fixed_minutes.value,
        )


class PointRules(_Strict):
    """Points of not visiting, of unknown faces and of promises moved."""

    travel: Parameter[int]
    due: Parameter[int]
    overdue_day: Parameter[int]
    overdue_days_most: Parameter[int]
    medium_risk: Parameter[int]
    high_risk: Parameter[int]
    urgent: Parameter[int]
    new_face: Parameter[int]
    promised: Parameter[int]
    moved: Parameter[int]
    tolerance: Parameter[int]
    early_day: Parameter[int]

    def weights(self) -> VisitWeights:
        """Give them as ``matching`` takes them."""
        return VisitWeights(
            travel=self.travel.value,
            new_face=self.new_face.value,
            moved=self.moved.value,
            tolerance_min=self.tolerance.value,
        )

    def penalty(self, overdue_days: int, risk: CareRisk, *, urgent: bool, promised: bool) -> int:
        """Points that not visiting somebody costs."""
        late = min(overdue_days, self.overdue_days_most.value) * self.overdue_day.value
        risks = {
            CareRisk.LOW: 0,
            CareRisk.MEDIUM: self.medium_risk.value,
            CareRisk.HIGH: self.high_risk.value,
        }
        told = self.promised.value if promised else 0
        return self.due.value + late + risks[risk] + told + (self.urgent.value if urgent else 0)


class AlarmRules(_Strict):
    """Within how long alarms of one elder are one matter."""

    merge_minutes: Parameter[int]


class Reminders(_Strict):
    """How often a desk is told of what is overdue."""

    every_days: Parameter[int]


class Lists(_Strict):
    """Names of events in departments' lists that are visits."""

    events: tuple[str, ...] = ()


class VisitRules(_Strict):
    """Everything in force at a place on a day. Build it with :func:`rules_on`."""

    id: str
    intervals: Mapping[ElderGroup, Parameter[int]]
    target: Target
    visit: VisitTimes
    workers: WorkerRules
    travel: TravelRules
    weights: PointRules
    alarms: AlarmRules
    reminders: Reminders
    lists: Lists

    @model_validator(mode="after")
    def _whole(self) -> "VisitRules":
        lacking = set(ElderGroup) - set(self.intervals)
        if lacking or any(interval.value < 1 for interval in self.intervals.values()):
            raise ValueError(f"each group has an interval of a day or more; without: {sorted(lacking)}")
        return self

    def interval_days(self) -> dict[ElderGroup, int]:
        """Days within which the next visit is owed, by group."""
        return {group: interval.value for group, interval in self.intervals.items()}


class _Version(_Strict):
    id: str
    effective_from: date = Field(alias="from")
    intervals: Mapping[ElderGroup, Parameter[int]] | None = None
    target: Target | None = None
    visit: VisitTimes | None = None
    workers: WorkerRules | None = None
    travel: TravelRules | None = None
    weights: PointRules | None = None
    alarms: AlarmRules | None = None
    reminders: Reminders | None = None
    lists: Lists | None = None


class _RulesFile(_Strict):
    region_path: str
    versions: tuple[_Version, ...]

    def on(self, day: date) -> _Version | None:
        """Give the latest version in force on the day."""
        past = [version for version in self.versions if version.effective_from <= day]
        return max(past, key=lambda version: version.effective_from, default=None)


def _read(name: str, text: str) -> _RulesFile:
    try:
        return _RulesFile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PolicyError(f"visit rules {name}: {error}", file=name) from error


@cache
def _shipped() -> dict[str, _RulesFile]:
    folder = files("workflows").joinpath("visits/rules")
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    return {name: _read(name, text) for name, text in sorted(texts.items())}


def rules_on(day: date, region_path: str, *, texts: Mapping[str, str] | None = None) -> VisitRules:
    """
    Put together what is in force at a place: the default, and files of regions around it, the nearest last.

    A region's intervals override group by group, its other tables as a whole.

    Parameters
    ----------
    texts
        Files by name instead of the shipped ones; one of them must be ``default.toml``.

    Raises
    ------
    PolicyError
        A file is malformed, or the default has no version for the day or lacks a part.
    """
    held = _shipped() if texts is None else {name: _read(name, text) for name, text in sorted(texts.items())}
    around = sorted(
        (file for name, file in held.items() if name == _DEFAULT or region_path.startswith(file.region_path)),
        key=lambda file: len(file.region_path),
    )
    parts: dict[str, object] = {}
    ids: list[str] = []
    intervals: dict[ElderGroup, Parameter[int]] = {}
    for file in around:
        version = file.on(day)
        if version is not None:
            ids.append(version.id)
            intervals |= version.intervals or {}
            names = ("target", "visit", "workers", "travel", "weights", "alarms", "reminders", "lists")
            given = {name: getattr(version, name) for name in names}
            parts |= {name: part for name, part in given.items() if part is not None}
    try:
        return VisitRules.model_validate({**parts, "intervals": intervals, "id": "+".join(ids)})
    except ValidationError as error:
        raise PolicyError(f"the visit rules of {day} lack a part: {error}", day=day.isoformat()) from error
