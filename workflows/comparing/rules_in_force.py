"""Rules of comparisons in force on a day at a place."""

from datetime import date
from enum import StrEnum

from domain.comparing import EndGround
from domain.people import Situation
from workflows.dated import Figure, Strict, rules_on

_PACKAGE = "workflows.comparing.rules"


class ListName(Strict):
    """One department's list."""

    department: str
    event: str


class When(StrEnum):
    """What of a comparison ends a status."""

    ON_LEAVING = "ON_LEAVING"
    ON_ENTERING = "ON_ENTERING"
    ON_LOSING = "ON_LOSING"
    ON_EXPIRY = "ON_EXPIRY"


class EndRule(Strict):
    """One way a status ends: by a list of a department, or by the register (``label``)."""

    when: When
    ground: EndGround
    label: str = "DepartmentRecord"
    department: str | None = None
    event: str | None = None
    situations: tuple[Situation, ...] = ()
    after_days: Figure | None = None


class CompareRules(Strict):
    """All rules of comparisons, and under which name they are dated."""

    id: str
    task_days: Figure
    review_days: Figure
    cover_days: Figure
    relief_situations: tuple[Situation, ...]
    difficulty: tuple[ListName, ...]
    relief: tuple[ListName, ...]
    ends: tuple[EndRule, ...]

    @property
    def deaths(self) -> tuple[ListName, ...]:
        """The lists of people who died."""
        return tuple(
            ListName(department=rule.department, event=rule.event)
            for rule in self.ends
            if rule.ground is EndGround.DIED and rule.department is not None and rule.event is not None
        )


def compare_rules(day: date, region_path: str = "/") -> CompareRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        A rule file is malformed, or nothing is in force.
    """
    return rules_on(_PACKAGE, CompareRules, day, region_path)
