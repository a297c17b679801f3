"""
When needs return: RFC 5545 rules in the civil time of China, which knows no summer time.

A rule is always expanded from its first occurrence, so that what it gives for a span does not hang on how a
longer span is cut into shorter ones.
"""

import re
from collections.abc import Collection
from datetime import datetime

from dateutil.rrule import rrule, rrulestr

from domain.errors import InvalidInputError
from domain.time import CIVIL_ZONE

_PARTS = frozenset(
    {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "COUNT", "UNTIL", "WKST"}
)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_MOST_INTERVAL = 366
_MOST_COUNT = 3_660
_LONGEST = 300
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+:-]+)")


def read_rule(rule: str, starts_at: datetime) -> rrule:
    """
    Read a rule such as ``FREQ=WEEKLY;BYDAY=TU,TH`` from its first moment in civil time (without a zone).

    Raises
    ------
    InvalidInputError
        Not a rule; finer than a day; or one that never comes about.
    """
    parts = {found[1]: found[2] for part in rule.split(";") if (found := _PART.fullmatch(part))}
    refused = (
        len(rule) > _LONGEST
        or len(parts) != rule.count(";") + 1
        or parts.keys() - _PARTS
        or parts.get("FREQ") not in _FREQUENCIES
        or not 1 <= _number(parts.get("INTERVAL", "1")) <= _MOST_INTERVAL
        or not 1 <= _number(parts.get("COUNT", "1")) <= _MOST_COUNT
        or starts_at.tzinfo is not None
    )
    if refused:
        raise InvalidInputError(
            "not a rule of days, weeks, months or years", field="rule", value=rule[:_LONGEST]
        )
    try:
        read = rrulestr(rule, dtstart=starts_at)
    except ValueError as error:
        raise InvalidInputError("the rule cannot be read", field="rule", value=rule) from error
    if not isinstance(read, rrule) or next(iter(read), None) is None:
        raise InvalidInputError("the rule never comes about", field="rule", value=rule)
    return read


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def occurrences(
    rule: rrule, exceptions: Collection[str], *, start: datetime, end: datetime
) -> list[datetime]:
    """
    Give the occurrences in ``[start, end)`` in civil time without a zone, those named in ``exceptions`` left out.

    Parameters
    ----------
    exceptions
        Civil moments as ``occurrence_key`` writes them.
    start, end
        Aware moments.
    """
    first, last = (moment.astimezone(CIVIL_ZONE).replace(tzinfo=None) for moment in (start, end))
    if first >= last:
        return []
    found = rule.between(first, last, inc=True)
    return [each for each in found if each < last and occurrence_key(each) not in exceptions]


def occurrence_key(civil: datetime) -> str:
    """
    Name an occurrence by its civil moment.

    Examples
    --------
    >>> occurrence_key(datetime(2026, 3, 7, 9, 0))  # noqa: DTZ001
    '20260307T0900'
    """
    return f"{civil:%Y%m%dT%H%M}"


def civil_of(moment: datetime) -> datetime:
    """Give an aware moment in civil time, without its zone."""
    return moment.astimezone(CIVIL_ZONE).replace(tzinfo=None)


def moment_of_civil(civil: datetime) -> datetime:
    """Give the moment of a civil time without a zone."""
    return civil.replace(tzinfo=CIVIL_ZONE)
