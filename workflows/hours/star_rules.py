"""Stars, points and the length of a public notice, on a day at a place."""

from collections.abc import Callable
from datetime import date, timedelta

from data import is_working_day
from domain.stars import StarLevel
from workflows.dated import Figure, Strict, rules_on

PACKAGE = "workflows.hours.rules"


class Star(Strict):
    """A level, and the verified hours that it takes."""

    level: StarLevel
    hours: int
    source: str


class StarRules(Strict):
    """What is in force: ``stars`` in rising order; regions without points have none."""

    id: str
    notice_working_days: Figure
    stars: tuple[Star, ...]
    points_per_hour: Figure | None = None

    def reached(self, minutes: int) -> StarLevel | None:
        """Give the highest level that verified minutes reach."""
        held = [star for star in self.stars if star.hours * 60 <= minutes]
        return max(held, key=lambda star: star.level.rank).level if held else None

    def minutes_of(self, level: StarLevel) -> int | None:
        """Give the verified minutes that a level takes, or None where it is not given."""
        return next((star.hours * 60 for star in self.stars if star.level is level), None)

    def points(self, minutes: int) -> int | None:
        """Give the region's points for verified minutes, rounded down; None where it has none."""
        return None if self.points_per_hour is None else minutes * self.points_per_hour.value // 60


def star_rules(day: date, region_path: str) -> StarRules:
    """
    Give the rules in force.

    Raises
    ------
    PolicyError
        There are none for that day.
    """
    return rules_on(PACKAGE, StarRules, day, region_path)


def end_of_notice(
    published_on: date, working_days: int, is_working: Callable[[date], bool] = is_working_day
) -> date:
    """
    Give the first day after a notice that was shown for some whole working days; its own day is none of them.

    Examples
    --------
    >>> end_of_notice(date(2026, 3, 2), 5).isoformat()  # Monday: shown Tuesday to Monday
    '2026-03-10'
    """
    day, shown = published_on, 0
    while shown < working_days:
        day += timedelta(days=1)
        shown += is_working(day)
    return day + timedelta(days=1)
