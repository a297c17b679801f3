"""When nobody is to be disturbed."""

from datetime import datetime, timedelta

from domain.time import CIVIL_ZONE, MINUTES_PER_DAY


def is_quiet(now: datetime, start_min: int, end_min: int) -> bool:
    """Whether a moment lies in quiet hours, civil minutes after midnight that may reach over it."""
    minute = _minute(now)
    if start_min <= end_min:
        return start_min <= minute < end_min
    return minute >= start_min or minute < end_min


def after_quiet(now: datetime, start_min: int, end_min: int) -> datetime:
    """Give the first moment from ``now`` on that lies outside quiet hours."""
    if not is_quiet(now, start_min, end_min):
        return now
    left = (end_min - _minute(now)) % MINUTES_PER_DAY
    return now.replace(second=0, microsecond=0) + timedelta(minutes=left)


def _minute(now: datetime) -> int:
    civil = now.astimezone(CIVIL_ZONE)
    return civil.hour * 60 + civil.minute
