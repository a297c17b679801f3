"""
What a verified credential says of a volunteer, read strictly.

A signature says who wrote a claim, not that it makes sense: each is read by itself, and one that cannot be read is
a ruling of its own and spoils no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.time import Window
from identity.recognition.reasons import ClaimKind, Outcome, Reason, Ruling
from identity.recognition.terms import HoursClass

MOST_ENTRIES = 10_000
_LONGEST_SERVICE_MIN = 31 * 24 * 60
_MOST_MINUTES = 100 * 366 * 24 * 60
_Code = Annotated[str, Field(min_length=1, max_length=120)]
_LAST_S = 253_402_300_799  # the year 9999
_Second = Annotated[int, Field(strict=True, ge=0, le=_LAST_S)]


class _Claim(BaseModel):
    """A claim of a source; names that we do not know are left to those who do."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    recognised_from: str | None = None
    """The region that a claim came from to its issuer; such a one is not recognised a second time."""


class ServiceEntry(_Claim):
    """One service: seconds since 1970, half-open, and minutes that are no more than its length."""

    id: _Code
    start: _Second
    end: _Second
    minutes: Annotated[int, Field(strict=True, ge=1, le=_LONGEST_SERVICE_MIN)]
    clocked: Annotated[bool, Field(strict=True)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("a service ends after it starts")
        return self

    @property
    def taken_down(self) -> HoursClass:
        """How its minutes were taken down."""
        return HoursClass.CLOCKED if self.clocked else HoursClass.MANUAL

    @property
    def window(self) -> Window:
        """When it was."""
        return _window(self.start, self.end)


class Totals(_Claim):
    """Sums of a period, half-open, where services are not told one by one."""

    period_from: _Second
    period_to: _Second
    minutes: Mapping[HoursClass, Annotated[int, Field(strict=True, ge=0, le=_MOST_MINUTES)]]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.period_from >= self.period_to:
            raise ValueError("a period ends after it starts")
        return self

    @property
    def id(self) -> str:
        """Name of the period."""
        return f"{self.period_from}/{self.period_to}"

    @property
    def window(self) -> Window:
        """When it was."""
        return _window(self.period_from, self.period_to)


class SkillClaim(_Claim):
    """A skill that the source holds as verified."""

    code: _Code
    valid_until: date | None = None


class TrainingClaim(_Claim):
    """A training that was completed; its last valid day, where it has one."""

    code: _Code
    completed_on: date
    valid_until: date | None = None


class SourceStar(_Claim):
    """The star that the source gave; shown and used as a ceiling, never taken over."""

    scheme: _Code
    star: Annotated[int, Field(strict=True, ge=0, le=10)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceClaims:
    """What could be read; ``unreadable`` has a ruling for each claim that could not."""

    entries: tuple[ServiceEntry, ...] = ()
    totals: Totals | None = None
    skills: tuple[SkillClaim, ...] = ()
    trainings: tuple[TrainingClaim, ...] = ()
    star: SourceStar | None = None
    unreadable: tuple[Ruling, ...] = ()


_Read = TypeVar("_Read", bound=_Claim)


def _window(start_s: int, end_s: int) -> Window:
    return Window(start=datetime.fromtimestamp(start_s, UTC), end=datetime.fromtimestamp(end_s, UTC))


def read_claims(payload: Mapping[str, Any]) -> SourceClaims:
    """
    Read what a verified credential discloses.

    Parameters
    ----------
    payload
        Claims by name, as ``identity.credentials.record`` writes them, with undisclosed ones left out.
    """
    unreadable: list[Ruling] = []
    entries = _each(payload, "entries", ServiceEntry, ClaimKind.HOURS, unreadable)
    skills = _each(payload, "skills", SkillClaim, ClaimKind.SKILL, unreadable)
    trainings = _each(payload, "training", TrainingClaim, ClaimKind.TRAINING, unreadable)
    totals = None
    if "minutes" in payload:
        told = {name: payload.get(name) for name in ("period_from", "period_to", "minutes")}
        totals = _one(told, Totals, "minutes", ClaimKind.HOURS, unreadable)
    star = None
    if "level" in payload:
        star = _one(payload["level"], SourceStar, "level", ClaimKind.HOURS, [])
    return SourceClaims(
        entries=entries,
        totals=totals,
        skills=skills,
        trainings=trainings,
        star=star,
        unreadable=tuple(unreadable),
    )


def _each(
    payload: Mapping[str, Any], name: str, model: type[_Read], kind: ClaimKind, unreadable: list[Ruling]
) -> tuple[_Read, ...]:
    told = payload.get(name, [])
    if not isinstance(told, list) or len(cast("list[object]", told)) > MOST_ENTRIES:
        unreadable.append(_unreadable(kind, name))
        return ()
    read = (
        _one(each, model, f"{name}[{place}]", kind, unreadable)
        for place, each in enumerate(cast("list[object]", told))
    )
    return tuple(claim for claim in read if claim is not None)


def _one(
    told: object, model: type[_Read], name: str, kind: ClaimKind, unreadable: list[Ruling]
) -> _Read | None:
    try:
        return model.model_validate(told)
    except (ValidationError, OverflowError):
        unreadable.append(_unreadable(kind, name))
        return None


def _unreadable(kind: ClaimKind, name: str) -> Ruling:
    return Ruling(kind=kind, subject=name, outcome=Outcome.REFUSED, reason=Reason.UNREADABLE_CLAIM)
