"""
Dated policy: every limit the rules apply, with its unit and where it comes from.

One TOML file a region under ``matching/policies``; each holds versions by effective date. ``default.toml``
rules everywhere; a region's file overrides age bands and ceilings inside its subtree.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import PolicyError
from matching.problem import MOST_URGENCY

V = TypeVar("V", int, str)

_MOST_WEIGHT = 1_000_000
_MOST_WORTH = 130_000  # points of a need; prices of up to 2**47 nanopoints are above that


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Parameter(_Strict, Generic[V]):
    """One number of a policy: what it is, in which unit, and who says so."""

    value: V
    unit: str
    source: str


class Workload(_Strict):
    """Limits of HC-27."""

    minutes_per_day: Parameter[int]
    minutes_per_24_hours: Parameter[int]
    rest_minutes: Parameter[int]
    demanding_in_a_row: Parameter[int]


class Travel(_Strict):
    """Minutes between places are ``fixed + distance / speed``, rounded up (HC-28); none at the same place."""

    fixed_minutes: Parameter[int]
    metres_per_minute: Parameter[int]

    def minutes(self, distance_m: int) -> int:
        """Travel time for one distance."""
        if distance_m <= 0:
            return 0
        return self.fixed_minutes.value + -(-distance_m // self.metres_per_minute.value)


class BandRule(StrEnum):
    """What an age band may do (HC-07)."""

    REFUSED = "REFUSED"
    CONSENT_AND_ESCORT = "CONSENT_AND_ESCORT"
    CONSENT = "CONSENT"
    GROUP_AT_INSTITUTION = "GROUP_AT_INSTITUTION"


class AgeBand(_Strict):
    """Volunteers younger than ``below_y`` (and not in a lower band); minutes count one visit and one day."""

    below_y: int
    rule: BandRule
    home_visits: bool
    minutes_per_day: int
    source: str


class Insurance(_Strict):
    """From which danger on accident cover is asked for (HC-03)."""

    from_risk: Parameter[str]


class ChildTasks(_Strict):
    """Tasks with a child (HC-10)."""

    adults_in_private: Parameter[int]
    age_gap_y: Parameter[int]


class Ceilings(_Strict):
    """
    What one household may get (HC-19), counted over rounds.

    ``wishes_at_a_time`` counts wishes under way, ``by_kind`` the charity money of a kind within the period,
    ``total`` that of all kinds.
    """

    wishes_at_a_time: Parameter[int]
    by_kind: Mapping[str, Parameter[int]]
    total: Parameter[int] | None = None


class Weights(_Strict):
    """
    What one unit of each term counts for; ``docs/*/reference/objective`` words them.

    The terms stand by level: fulfilment and waiting, fairness between communities, the convenience of visits,
    and what kind of money and goods is spent. A level's weight dominates the next; what a plan proves of that
    order it says itself.
    """

    fulfilment_per_urgency: Parameter[int]
    waiting_per_week: Parameter[int]
    waiting_weeks_most: Parameter[int]
    partial_percent: Parameter[int]
    fairness_per_step: Parameter[int]
    fairness_steps: Parameter[int]
    travel_per_100_m: Parameter[int]
    travel_most: Parameter[int]
    not_preferred: Parameter[int]
    new_face: Parameter[int]
    changed_volunteer: Parameter[int]
    changed_time: Parameter[int]
    money_step: Parameter[int]
    money_old_days: Parameter[int]
    payout_per_yuan: Parameter[int]
    goods_step: Parameter[int]
    soon_days: Parameter[int]

    @model_validator(mode="after")
    def _in_range(self) -> "Weights":
        for name in type(self).model_fields:
            parameter: Parameter[int] = getattr(self, name)
            if not 0 <= parameter.value <= _MOST_WEIGHT:
                raise ValueError(f"{name} is not between 0 and {_MOST_WEIGHT}")
        if self.fulfilment_per_urgency.value < 1 or self.partial_percent.value > 100:
            raise ValueError("an urgency point is worth something, and a part no more than the whole")
        if self.money_old_days.value < 1:
            raise ValueError("money is old after a day at least")
        waited = self.waiting_weeks_most.value * self.waiting_per_week.value
        if MOST_URGENCY * self.fulfilment_per_urgency.value + waited > _MOST_WORTH:
            raise ValueError(f"a need would be worth more than {_MOST_WORTH} points")
        return self


class Stability(_Strict):
    """How a plan that people have seen is kept: visits that begin within the freeze are not moved."""

    freeze_hours: Parameter[int]


class Starts(_Strict):
    """The grid of start times; part of the model, so the bound speaks of plans on this grid."""

    step_minutes: int = Field(ge=1)
    most_in_windows: Annotated[int, Field(ge=1, le=64)]
    most_without_windows: Annotated[int, Field(ge=1, le=64)]


class RegionRules(_Strict):
    """What one region's file may set."""

    region_path: str
    age_bands: tuple[AgeBand, ...] | None = None
    ceilings: Ceilings | None = None


class Policy(_Strict):
    """
    Everything in force on one day. Build it with :func:`policy_on`.

    ``regions`` are ordered longest path first, so the first that holds a need's path decides.
    """

    id: str
    workload: Workload
    travel: Travel
    insurance: Insurance
    child_tasks: ChildTasks
    weights: Weights
    stability: Stability
    starts: Starts
    age_bands: tuple[AgeBand, ...]
    ceilings: Ceilings
    regions: tuple[RegionRules, ...] = ()

    def age_bands_in(self, region_path: str) -> tuple[AgeBand, ...]:
        """Age bands in force at a place, youngest first."""
        for region in self.regions:
            if region.age_bands is not None and region_path.startswith(region.region_path):
                return region.age_bands
        return self.age_bands

    def ceilings_in(self, region_path: str) -> Ceilings:
        """Ceilings in force at a place."""
        for region in self.regions:
            if region.ceilings is not None and region_path.startswith(region.region_path):
                return region.ceilings
        return self.ceilings


class _Version(_Strict):
    id: str
    effective_from: date
    workload: Workload | None = None
    travel: Travel | None = None
    insurance: Insurance | None = None
    child_tasks: ChildTasks | None = None
    weights: Weights | None = None
    stability: Stability | None = None
    starts: Starts | None = None
    age_bands: tuple[AgeBand, ...] | None = None
    ceilings: Ceilings | None = None


class _PolicyFile(_Strict):
    region_path: str
    versions: tuple[_Version, ...]

    def on(self, day: date) -> _Version | None:
        """Give the latest version in force on the day."""
        past = [version for version in self.versions if version.effective_from <= day]
        return max(past, key=lambda version: version.effective_from, default=None)


def _read(name: str, text: str) -> _PolicyFile:
    try:
        return _PolicyFile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PolicyError(f"policy file {name}: {error}", file=name) from error


@cache
def _shipped() -> dict[str, _PolicyFile]:
    folder = files("matching").joinpath("policies")
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    return {name: _read(name, text) for name, text in sorted(texts.items())}


def policy_on(day: date, *, texts: Mapping[str, str] | None = None) -> Policy:
    """
    Put together what is in force on a day.

    Parameters
    ----------
    day
        Civil day of the round.
    texts
        Policy files by name instead of the shipped ones; one of them must be ``default.toml``.

    Raises
    ------
    PolicyError
        A file is malformed, or the default has no version for the day or lacks a part.
    """
    if texts is None:
        return _shipped_on(day)
    return _put_together(day, {name: _read(name, text) for name, text in sorted(texts.items())})


@cache
def _shipped_on(day: date) -> Policy:
    return _put_together(day, _shipped())


def _put_together(day: date, held: Mapping[str, _PolicyFile]) -> Policy:
    base = held["default.toml"].on(day) if "default.toml" in held else None
    if base is None:
        raise PolicyError(f"no default policy for {day}", day=day.isoformat())
    regions = [
        (file.region_path, version)
        for name, file in held.items()
        if name != "default.toml" and (version := file.on(day)) is not None
    ]
    regions.sort(key=lambda entry: (-len(entry[0]), entry[0]))
    try:
        return Policy.model_validate(
            {
                **base.model_dump(exclude={"id", "effective_from"}),
                "id": "+".join([base.id, *(version.id for _, version in regions)]),
                "regions": [
                    RegionRules(region_path=path, age_bands=version.age_bands, ceilings=version.ceilings)
                    for path, version in regions
                ],
            }
        )
    except ValidationError as error:
        raise PolicyError(
            f"the default policy of {day} lacks a part: {error}", day=day.isoformat()
        ) from error
