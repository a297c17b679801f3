"""Dated, regional policy of the desk: templates of drafts, duplicates, checks, reopening, series."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from domain.errors import PolicyError
from domain.needs import NeedCategory, NeedKind, RiskLevel, Urgency
from domain.people import Licence, Skill
from domain.time import WeeklyWindow
from matching.policy import Parameter


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Duplicates(_Strict):
    """
    What looks like a need that is there already.

    Texts of other households count from ``similarity_percent`` on, and only where both have
    ``least_characters``; those of the same household from ``same_household_percent``.
    """

    window_days: Parameter[int]
    similarity_percent: Parameter[int]
    same_household_percent: Parameter[int]
    least_characters: Parameter[int]


class TwoChecks(_Strict):
    """From which amount or danger on a need is checked by two people besides who posted it."""

    from_amount_fen: Parameter[int]
    from_risk: Parameter[str]

    def asks_for(self, amount_fen: int, risk: RiskLevel) -> bool:
        """Whether a need takes both checks."""
        dangers = list(RiskLevel)
        return amount_fen >= self.from_amount_fen.value or dangers.index(risk) >= dangers.index(
            RiskLevel(self.from_risk.value)
        )


class Reopening(_Strict):
    """How long a closed need may be opened again."""

    days: Parameter[int]


class Series(_Strict):
    """How far ahead the needs of a series are made."""

    horizon_days: Parameter[int]
    most_horizon_days: Parameter[int]


class TemplateSlot(_Strict):
    """A place that a draft offers."""

    skill: Skill | None = None
    licence: Licence | None = None


class Template(_Strict):
    """What a draft of one category is filled with."""

    kind: NeedKind
    duration_min: int = 0
    slots: tuple[TemplateSlot, ...] = ()
    weekly: tuple[str, ...] = ()
    lead_days: int = 3
    windows: int = 3
    risk: RiskLevel = RiskLevel.NONE
    urgency: Urgency = Urgency.ROUTINE
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False

    @field_validator("weekly")
    @classmethod
    def _readable(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            WeeklyWindow.parse(value)
        return values


class NeedPolicy(_Strict):
    """One version."""

    id: str
    region_path: str
    effective_from: date
    duplicates: Duplicates
    two_checks: TwoChecks
    reopening: Reopening
    series: Series
    templates: Mapping[NeedCategory, Template]


_VERSIONS = TypeAdapter(tuple[NeedPolicy, ...])


@cache
def _shipped() -> tuple[NeedPolicy, ...]:
    content = files("workflows.needs").joinpath("policies", "needs.toml").read_text("utf-8")
    return _VERSIONS.validate_python(tomllib.loads(content)["versions"])


@cache
def need_policy_on(region_path: str, day: date) -> NeedPolicy:
    """
    Give the policy of the desk in a region on a civil day: the narrowest that reaches it, then the latest.

    Raises
    ------
    PolicyError
        None is in force.
    """
    reaching = [v for v in _shipped() if region_path.startswith(v.region_path) and v.effective_from <= day]
    if not reaching:
        raise PolicyError(f"no policy of needs is in force on {day}", day=day.isoformat())
    return max(reaching, key=lambda v: (len(v.region_path), v.effective_from))
