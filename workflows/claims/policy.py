"""
Dated rules of claims, offers and notices: every number with its unit and where it comes from.

One TOML file a region under ``workflows/claims/policies``, as those of the matcher: ``default.toml`` rules
everywhere, a region's file overrides whole parts inside its subtree.
"""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import PolicyError
from matching.policy import Parameter

_UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Confirmation(_Strict):
    """When somebody who promised to come is asked to confirm it, and from when their claim is at risk."""

    ask_before: Parameter[int]
    due_before: Parameter[int]
    check_in_grace: Parameter[int]


class Offers(_Strict):
    """How people are asked: how long, how many at a time, how often."""

    answer_within: Parameter[int]
    answer_within_urgent: Parameter[int]
    last_before_start: Parameter[int]
    per_week: Parameter[int]
    wave_size: Parameter[int]
    waves_most: Parameter[int]
    between_waves: Parameter[int]
    candidates_most: Parameter[int]


class QuietHours(_Strict):
    """Civil minutes after midnight in which nobody is disturbed; may reach over midnight."""

    start: Parameter[int]
    end: Parameter[int]


class Holdings(_Strict):
    """Until when a team or an enterprise names who will come."""

    name_before: Parameter[int]
    name_within_least: Parameter[int]
    name_within_most: Parameter[int]
    warn_before: Parameter[int]


class NoShow(_Strict):
    """How a no-show fades."""

    half_life: Parameter[int]
    counted: Parameter[int]


class Invitations(_Strict):
    """How long an invitation stands."""

    open_for: Parameter[int]


class Delivery(_Strict):
    """How often a message that could not be delivered is tried again."""

    attempts_most: Parameter[int]
    first_wait: Parameter[int]
    longest_wait: Parameter[int]


class EngagementPolicy(_Strict):
    """Everything in force at a place on one day. Build it with :func:`engagement_on`."""

    id: str
    confirmation: Confirmation
    offers: Offers
    quiet_hours: QuietHours
    holdings: Holdings
    no_show: NoShow
    invitations: Invitations
    delivery: Delivery


class _Version(_Strict):
    id: str
    since: date = Field(alias="from")
    confirmation: Confirmation | None = None
    offers: Offers | None = None
    quiet_hours: QuietHours | None = None
    holdings: Holdings | None = None
    no_show: NoShow | None = None
    invitations: Invitations | None = None
    delivery: Delivery | None = None


class _File(_Strict):
    region_path: str
    versions: tuple[_Version, ...]

    def on(self, day: date) -> _Version | None:
        """Give the latest version in force on the day."""
        past = [version for version in self.versions if version.since <= day]
        return max(past, key=lambda version: version.since, default=None)


def span(parameter: Parameter[int]) -> timedelta:
    """Give a parameter in ``s``, ``min``, ``h`` or ``d`` as a length of time."""
    return parameter.value * _UNITS[parameter.unit]


@cache
def _shipped() -> tuple[_File, ...]:
    folder = files("workflows.claims").joinpath("policies")
    found: list[_File] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            found.append(read_engagement(file.name, file.read_text("utf-8")))
    return tuple(found)


def read_engagement(name: str, text: str) -> _File:
    """
    Read one policy file.

    Raises
    ------
    PolicyError
        It is malformed.
    """
    try:
        return _File.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PolicyError(f"policy file {name}: {error}", file=name) from error


def engagement_on(day: date, region_path: str = "/") -> EngagementPolicy:
    """
    Give what is in force on a civil day at a place; the file of the smallest region that holds it decides.

    Raises
    ------
    PolicyError
        The default has no version for the day, or lacks a part.
    """
    return _in_force(day, region_path)


@cache
def _in_force(day: date, region_path: str) -> EngagementPolicy:
    held = sorted(
        (file for file in _shipped() if region_path.startswith(file.region_path)),
        key=lambda file: len(file.region_path),
    )
    versions = [version for file in held if (version := file.on(day)) is not None]
    if not versions:
        raise PolicyError(f"no engagement policy for {day}", day=day.isoformat())
    parts: dict[str, object] = {}
    for version in versions:
        parts |= version.model_dump(exclude={"since"}, exclude_none=True)
    parts["id"] = "+".join(version.id for version in versions)
    try:
        return EngagementPolicy.model_validate(parts)
    except ValidationError as error:
        raise PolicyError(
            f"the engagement policy of {day} lacks a part: {error}", day=day.isoformat()
        ) from error
