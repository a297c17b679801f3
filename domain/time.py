"""Time is aware UTC; windows are half-open. The civil calendar is that of Asia/Shanghai."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from domain.errors import InvalidInputError

CIVIL_ZONE = ZoneInfo("Asia/Shanghai")
MINUTES_PER_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKLY = re.compile(r"([A-Za-z]{3}) +([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def aware_utc(moment: datetime) -> datetime:
    """
    Give the same moment in UTC.

    Raises
    ------
    InvalidInputError
        The moment has no zone.
    """
    if moment.tzinfo is None:
        raise InvalidInputError("a time without a zone is ambiguous", value=moment.isoformat())
    return moment.astimezone(UTC)


def epoch_minute(moment: datetime) -> int:
    """Whole minutes since 1970-01-01T00:00Z, rounded down; the unit of every time column in ``matching``."""
    return (aware_utc(moment) - _EPOCH) // timedelta(minutes=1)


def civil_date(moment: datetime) -> date:
    """Give the calendar day in China of a moment."""
    return aware_utc(moment).astimezone(CIVIL_ZONE).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    Half-open interval ``[start, end)``. Bounds may come in any zone and are kept in UTC.

    Raises
    ------
    InvalidInputError
        A bound without a zone, or an end that is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware_utc(self.start))
        object.__setattr__(self, "end", aware_utc(self.end))
        if self.start >= self.end:
            raise InvalidInputError("a window ends after it starts", start=str(self.start), end=str(self.end))

    @property
    def duration_min(self) -> int:
        """Whole minutes that fit inside."""
        return (self.end - self.start) // timedelta(minutes=1)

    def covers(self, other: "Window") -> bool:
        """Whether ``other`` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Window") -> bool:
        """Whether the two share a moment."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """
    A window that returns each week, in civil time, as ``SAT 09:00-12:00``.

    Parameters
    ----------
    weekday
        0 is Monday.
    start_minute, end_minute
        Minutes after midnight, half-open, ``end_minute`` at most 1440.
    """

    weekday: int
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6 or not 0 <= self.start_minute < self.end_minute <= MINUTES_PER_DAY:
            raise InvalidInputError("not a weekly window", value=repr(self))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``SAT 09:00-12:00``; midnight at the end is ``24:00``."""
        found = _WEEKLY.fullmatch(text.strip())
        if found is None or found[1].upper() not in _WEEKDAYS:
            raise InvalidInputError("a weekly window looks like 'SAT 09:00-12:00'", value=text)
        return cls(
            weekday=_WEEKDAYS.index(found[1].upper()),
            start_minute=int(found[2]) * 60 + int(found[3]),
            end_minute=int(found[4]) * 60 + int(found[5]),
        )

    def __str__(self) -> str:
        start, end = (f"{m // 60:02d}:{m % 60:02d}" for m in (self.start_minute, self.end_minute))
        return f"{_WEEKDAYS[self.weekday]} {start}-{end}"

    def on(self, day: date) -> Window | None:
        """Give the window on one civil day, or None on other weekdays."""
        if day.weekday() != self.weekday:
            return None
        midnight = datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE)
        return Window(
            start=(midnight + timedelta(minutes=self.start_minute)).astimezone(UTC),
            end=(midnight + timedelta(minutes=self.end_minute)).astimezone(UTC),
        )
