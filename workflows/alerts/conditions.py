"""
The closed set of conditions that groups and rules are made of; what they say is data, and nothing of it is run.

A condition is about one person on one day. ``of`` says whose facts count: the person's own, those of the household,
or either.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from domain.errors import InvalidInputError
from domain.people import ChildSituation, parse_situation
from workflows.dated import Strict

MOST_DAYS = 3660
"""The longest window: ten years."""

_MOST_YUAN = 100_000_000
_DEEPEST = 6

_Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
_Yuan = Annotated[int, Field(ge=1, le=_MOST_YUAN)]
_Lists = Annotated[tuple[str, ...], Field(min_length=1)]

CHILD_CODES = frozenset(situation.value for situation in ChildSituation)


class Whose(StrEnum):
    """Whose facts count."""

    PERSON = "person"
    HOUSEHOLD = "household"
    EITHER = "either"


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        try:
            parse_situation(code)
        except InvalidInputError as error:
            raise ValueError(f"no situation has the code {code}") from error
    return codes


class HasSituation(Strict):
    """Some of the situations is held."""

    kind: Literal["situation"]
    any_of: Annotated[tuple[str, ...], Field(min_length=1)]
    of: Whose = Whose.PERSON

    _codes = field_validator("any_of")(_known)


class HasAge(Strict):
    """Completed years on the day; without a date of birth it is not met."""

    kind: Literal["age"]
    at_least: int | None = Field(default=None, ge=0, le=150)
    below: int | None = Field(default=None, ge=1, le=150)

    @model_validator(mode="after")
    def _says_something(self) -> "HasAge":
        if self.at_least is None and self.below is None:
            raise ValueError("an age has a bound")
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError("at_least lies below below")
        return self


class HasMembers(Strict):
    """How many the household's register shows; ``adults`` are 18 or older."""

    kind: Literal["members"]
    at_least: int | None = Field(default=None, ge=1)
    at_most: int | None = Field(default=None, ge=1)
    adults_at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _says_something(self) -> "HasMembers":
        if self.at_least is None and self.at_most is None and self.adults_at_most is None:
            raise ValueError("members have a bound")
        return self


class HasRecords(Strict):
    """So many records of the lists within the window."""

    kind: Literal["records"]
    lists: _Lists
    within_days: _Days
    at_least: int = Field(default=1, ge=1)
    of: Literal[Whose.PERSON, Whose.HOUSEHOLD] = Whose.PERSON


class Line(Strict):
    """A line for those who hold some of the situations, themselves or in their household."""

    situations: Annotated[tuple[str, ...], Field(min_length=1)]
    above_yuan: _Yuan

    _codes = field_validator("situations")(_known)


class HasAmount(Strict):
    """
    What the lists sum to within the window lies above the line: the lowest of those that apply, else ``otherwise``.

    Without ``otherwise_yuan`` nobody else meets it.
    """

    kind: Literal["amount"]
    lists: _Lists
    within_days: _Days
    lines: tuple[Line, ...] = ()
    otherwise_yuan: _Yuan | None = None
    of: Literal[Whose.PERSON, Whose.HOUSEHOLD] = Whose.PERSON

    @model_validator(mode="after")
    def _has_a_line(self) -> "HasAmount":
        if not self.lines and self.otherwise_yuan is None:
            raise ValueError("an amount has a line")
        lowest = min((line.above_yuan for line in self.lines), default=None)
        if self.otherwise_yuan is not None and lowest is not None and lowest > self.otherwise_yuan:
            raise ValueError("no line of a group lies above that of everybody else")
        return self


class HasCeased(Strict):
    """The last record of the lists is older than ``silent_days`` and lies within the window."""

    kind: Literal["ceased"]
    lists: _Lists
    silent_days: _Days
    within_days: _Days
    of: Literal[Whose.PERSON, Whose.HOUSEHOLD] = Whose.PERSON

    @model_validator(mode="after")
    def _in_order(self) -> "HasCeased":
        if self.silent_days >= self.within_days:
            raise ValueError("silent_days lies below within_days")
        return self


class HasFallen(Strict):
    """The newest amount lies by so many percent or more below the one before it, and is within the window."""

    kind: Literal["fell"]
    lists: _Lists
    percent: int = Field(ge=1, le=100)
    within_days: _Days


class AllOf(Strict):
    """Every part is met."""

    kind: Literal["all"]
    parts: Annotated[tuple["Condition", ...], Field(min_length=1)]


class AnyOf(Strict):
    """Some part is met."""

    kind: Literal["any"]
    parts: Annotated[tuple["Condition", ...], Field(min_length=1)]


class NoneOf(Strict):
    """No part is met."""

    kind: Literal["none"]
    parts: Annotated[tuple["Condition", ...], Field(min_length=1)]


Leaf = HasSituation | HasAge | HasMembers | HasRecords | HasAmount | HasCeased | HasFallen
Condition = Annotated[
    HasSituation
    | HasAge
    | HasMembers
    | HasRecords
    | HasAmount
    | HasCeased
    | HasFallen
    | AllOf
    | AnyOf
    | NoneOf,
    Field(discriminator="kind"),
]

AllOf.model_rebuild()
AnyOf.model_rebuild()
NoneOf.model_rebuild()


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Give the conditions that have no parts."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def depth(condition: Condition) -> int:
    """Give how deep parts stand within parts."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        return 1 + max(depth(part) for part in condition.parts)
    return 1


def require_shallow(condition: Condition) -> None:
    """
    Go on only with a condition that people can read.

    Raises
    ------
    ValueError
        Parts within parts, too deep.
    """
    if depth(condition) > _DEEPEST:
        raise ValueError(f"parts stand {_DEEPEST} deep at most")


def situations_of(condition: Condition) -> frozenset[str]:
    """Give every situation that a condition looks at."""
    found: set[str] = set()
    for leaf in leaves(condition):
        if isinstance(leaf, HasSituation):
            found.update(leaf.any_of)
        elif isinstance(leaf, HasAmount):
            found.update(code for line in leaf.lines for code in line.situations)
    return frozenset(found)


def lists_of(condition: Condition) -> frozenset[str]:
    """Give the names of the lists that a condition reads."""
    return frozenset(
        name
        for leaf in leaves(condition)
        if isinstance(leaf, HasRecords | HasAmount | HasCeased | HasFallen)
        for name in leaf.lists
    )


def longest_days(condition: Condition) -> int:
    """Give how far back a condition looks; a fall is from an amount that may lie a window before it."""
    days = [
        leaf.within_days * (2 if isinstance(leaf, HasFallen) else 1)
        for leaf in leaves(condition)
        if isinstance(leaf, HasRecords | HasAmount | HasCeased | HasFallen)
    ]
    return max(days, default=0)
