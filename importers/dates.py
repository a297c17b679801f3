"""Days and moments as people write them: whole, without their year, as a serial number, in words of the day."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from domain.time import CIVIL_ZONE
from importers.issues import IssueCode
from importers.words import narrow, section

Reading = tuple[Any, IssueCode | None]
"""The value (None where unreadable) and the issue, if any."""

DayOrder = Literal["day_first", "month_first"]

_WORDS = section("patterns")
_DATE: re.Pattern[str] = re.compile(_WORDS["date"])
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_LABEL: re.Pattern[str] = re.compile(_WORDS["date_label"])
_MONTH_DAY: re.Pattern[str] = re.compile(_WORDS["month_day"])
_LONE_DAY: re.Pattern[str] = re.compile(_WORDS["lone_day"])
_CLOCK: re.Pattern[str] = re.compile(_WORDS["clock"])
_RANGE: re.Pattern[str] = re.compile(_WORDS["date_range"])
_BOTH: re.Pattern[str] = re.compile(_WORDS["date_and_clock"])
_ENGLISH = re.compile(r"^(\d{1,2})[- ]([A-Za-z]{3,9})(?:[- ,]+(\d{4}))?$")
_ENGLISH_FIRST = re.compile(r"^([A-Za-z]{3,9})\.? (\d{1,2})(?:,? +(\d{4}))?$")
_MACHINE = re.compile(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}$")
_UTC = re.compile(r"\s+UTC$")
_NUMBERS = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(10_000, 80_000)  # 1927 to 2119: anything else that is a bare number is no date
_LONGEST = 64
_NOON = 12


def read_date(
    text: str, *, period: str | None = None, day_order: DayOrder | None = None, zone: tzinfo = CIVIL_ZONE
) -> Reading:
    """
    Give a civil day; a moment with a zone is read in the civil zone, so UTC evening is the next day.

    Parameters
    ----------
    period
        Year (``2020``) or month (``2020-01``) of what leaves it out; without it that is an issue.
    day_order
        Which of two small numbers is the day; without it ``05/06/2014`` is an issue, and ``25/06/2014`` is not.
    zone
        Where the day of a moment is read when the source is not Chinese.

    Of a range such as ``(1/22-1/28)`` in Chinese words the first day is given, flagged.
    """
    text = narrow(text)
    if len(text) > _LONGEST:
        return None, IssueCode.UNREADABLE_DATE
    day, issue = _day(text, period, day_order)
    if day is not None or issue is not IssueCode.UNREADABLE_DATE:
        return day, issue
    moment, issue = read_moment(text, period=period, day_order=day_order)
    if moment is not None:
        return moment.astimezone(zone).date(), None
    span = _RANGE.match(text)
    if span:
        first, problem = _day(span[1].strip(), period, day_order)
        last, _ = _day(span[2].strip(), period, day_order)
        if problem is IssueCode.DATE_INCOMPLETE:
            return None, problem
        if first is not None and last is not None and first <= last:
            return first, IssueCode.DATE_RANGE
    return None, issue


def read_moment(text: str, *, period: str | None = None, day_order: DayOrder | None = None) -> Reading:
    """Give aware UTC; a time without a zone is civil time of China. See ``read_date`` for the parameters."""
    text = narrow(text)
    if len(text) > _LONGEST:
        return None, IssueCode.UNREADABLE_DATE
    try:
        if _MACHINE.match(text):
            return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC), None
        return _aware(datetime.fromisoformat(_UTC.sub("+00:00", text.replace("/", "-")))), None
    except (ValueError, OverflowError):
        pass
    bare = _LABEL.sub("", text)
    both = _BOTH.match(bare)
    clock = _clock(both[2].strip()) if both else None
    if both is None or clock is None:
        return None, IssueCode.UNREADABLE_DATE
    day, issue = _day(both[1].strip(), period, day_order)
    if day is None:
        return None, issue
    return _aware(datetime.combine(day, clock)), None


def _aware(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=CIVIL_ZONE)).astimezone(UTC)


def _clock(text: str) -> time | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, half = int(match[2]), match[1] or match[5] or ""
    if half in _WORDS["afternoon"] and hour < _NOON:
        hour += _NOON
    elif half in _WORDS["forenoon"] and hour == _NOON:
        hour = 0
    try:
        return time(hour, int(match[3]), int(match[4] or 0))
    except ValueError:
        return None


def _day(text: str, period: str | None, day_order: DayOrder | None) -> Reading:
    """Read one civil day without a clock."""
    text = _LABEL.sub("", text) or text
    match = _DATE.match(text) or _COMPACT_DATE.match(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3])), None
        if text.replace(".", "", 1).isdigit() and int(float(text)) in _SERIALS:
            return _EXCEL_EPOCH + timedelta(days=int(float(text))), None
        numbers = _NUMBERS.match(text)
        if numbers:
            return _of_numbers(int(numbers[1]), int(numbers[2]), int(numbers[3]), day_order)
        return _of_words(text, period)
    except (ValueError, OverflowError):
        return None, IssueCode.UNREADABLE_DATE


def _of_numbers(first: int, second: int, year: int, day_order: DayOrder | None) -> Reading:
    if day_order is None and first != second and max(first, second) <= len(_MONTHS):
        return None, IssueCode.DATE_AMBIGUOUS
    day_first = first > len(_MONTHS) if day_order is None else day_order == "day_first"
    day, month = (first, second) if day_first else (second, first)
    return date(year, month, day), None


def _of_words(text: str, period: str | None) -> Reading:
    """Read a day whose month is a word, or whose year or month is left out."""
    year, _, month = (period or "").partition("-")
    english, first = _ENGLISH.match(text), _ENGLISH_FIRST.match(text)
    if english or first:
        day, word, said = (
            (english[1], english[2], english[3]) if english else (first[2], first[1], first[3])  # type: ignore[index]
        )
        if word[:3].lower() not in _MONTHS:
            return None, IssueCode.UNREADABLE_DATE
        found = (said or year, _MONTHS.index(word[:3].lower()) + 1, int(day))
    elif match := _MONTH_DAY.match(text):
        found = (year, int(match[1]), int(match[2]))
    elif match := _LONE_DAY.match(text):
        found = (year if month else "", int(month or 1), int(match[1]))
    else:
        return None, IssueCode.UNREADABLE_DATE
    if not found[0]:
        date(2020, found[1], found[2])  # a day that no year has is unreadable, not incomplete
        return None, IssueCode.DATE_INCOMPLETE
    return date(int(found[0]), found[1], found[2]), None
