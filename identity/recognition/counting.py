"""
Minutes that count once, whoever tells of them.

What was counted before wins over what comes later, and of what comes together the earlier service wins. The other
is looked at by a person, so no order in which regions report makes more of one afternoon.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from domain.time import CIVIL_ZONE, MINUTES_PER_DAY, Window, civil_date
from identity.recognition.claims import ServiceEntry, Totals
from identity.recognition.reasons import ClaimKind, Outcome, Reason, Ruling
from identity.recognition.terms import HoursClass, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A service that counts already, here or recognised from elsewhere."""

    window: Window
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """
    What counts already for one person.

    Parameters
    ----------
    services
        Every counted service with its time, in any order; they may not overlap one another.
    entry_ids
        Ids of entries of the same issuer that were ruled on for good.
    periods
        Periods of the same issuer whose totals count.
    recognised_min
        Minutes of the source that count under the agreement, by how they were taken down, before factors.
    registered_on
        Since when the source knows the person; services before it are looked at.
    """

    services: Sequence[Counted] = ()
    entry_ids: frozenset[str] = frozenset()
    periods: Sequence[Window] = ()
    recognised_min: "dict[HoursClass, int]" = field(default_factory=dict[HoursClass, int])
    registered_on: date | None = None


class _Timeline:
    """Disjoint services in order, and the minutes of each civil day."""

    def __init__(self, services: Iterable[Counted]) -> None:
        ordered = sorted(services, key=lambda each: each.window.start)
        self._starts = [each.window.start for each in ordered]
        self._ends = [each.window.end for each in ordered]
        self._days: dict[date, int] = defaultdict(int)
        for each in ordered:
            for day, minutes in minutes_by_day(each.window, each.minutes):
                self._days[day] += minutes

    def is_taken(self, window: Window) -> bool:
        """Whether any counted service shares a moment with the window."""
        place = bisect_right(self._starts, window.start)
        if place and self._ends[place - 1] > window.start:
            return True
        return place < len(self._starts) and self._starts[place] < window.end

    def longest_day(self, window: Window, minutes: int) -> int:
        """Give the minutes of the fullest day that the service touches, with it counted."""
        return max(self._days[day] + part for day, part in minutes_by_day(window, minutes))

    def left_today(self, window: Window, minutes: int, cap: int) -> int:
        """Give how many of the minutes fit under a cap of each day."""
        return sum(min(part, max(0, cap - self._days[day])) for day, part in minutes_by_day(window, minutes))

    def take(self, window: Window, minutes: int) -> None:
        """Count a service."""
        place = bisect_right(self._starts, window.start)
        self._starts.insert(place, window.start)
        self._ends.insert(place, window.end)
        for day, part in minutes_by_day(window, minutes):
            self._days[day] += part


def minutes_by_day(window: Window, minutes: int) -> Iterator[tuple[date, int]]:
    """Spread minutes over the civil days of a window, as many on each as fit, from its start on."""
    start, left = window.start, minutes
    while left > 0 and start < window.end:
        day = civil_date(start)
        midnight = datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE) + timedelta(days=1)
        end = min(window.end, midnight)
        whole = -(-int((end - start).total_seconds()) // 60)
        part = min(left, whole)
        yield day, part
        left -= part
        start = end


def rule_on_entries(
    entries: Sequence[ServiceEntry], terms: Terms, history: History, now: datetime
) -> tuple[Ruling, ...]:
    """
    Rule on services that are told one by one: O(n log n) of the entries and what counts already.

    Returns
    -------
    tuple
        A ruling for each entry, in the order of their times; ``minutes`` are before the factor.
    """
    timeline, seen = _Timeline(history.services), set(history.entry_ids)
    left = _left_in_all(terms, history)
    rulings: list[Ruling] = []
    for entry in sorted(entries, key=lambda each: (each.start, each.end, each.id)):
        ruling = _refusal(entry, terms, seen, now) or _doubt(entry, terms, timeline, history)
        if ruling is None:
            ruling = _within_caps(entry, terms, timeline, left)
            if ruling.outcome is Outcome.ACCEPTED:
                timeline.take(entry.window, ruling.minutes)
                left = None if left is None else left - ruling.minutes
        seen.add(entry.id)
        rulings.append(ruling)
    return tuple(rulings)


def _left_in_all(terms: Terms, history: History) -> int | None:
    if terms.lifetime_cap_min is None:
        return None
    return max(0, terms.lifetime_cap_min - sum(history.recognised_min.values()))


def _ruling(entry: ServiceEntry, outcome: Outcome, reason: Reason, minutes: int = 0) -> Ruling:
    return Ruling(kind=ClaimKind.HOURS, subject=entry.id, outcome=outcome, reason=reason, minutes=minutes)


def _refusal(entry: ServiceEntry, terms: Terms, seen: set[str], now: datetime) -> Ruling | None:
    reason = None
    if ClaimKind.HOURS not in terms.kinds:
        reason = Reason.KIND_NOT_AGREED
    elif entry.recognised_from is not None:
        reason = Reason.RECOGNISED_ELSEWHERE
    elif entry.id in seen:
        reason = Reason.ALREADY_COUNTED
    elif entry.window.end > now:
        reason = Reason.IN_THE_FUTURE
    elif entry.minutes > entry.window.duration_min:
        reason = Reason.LONGER_THAN_ITS_TIME
    elif terms.factor(entry.taken_down) == 0:
        reason = Reason.FACTOR_ZERO
    return None if reason is None else _ruling(entry, Outcome.REFUSED, reason, entry.minutes)


def _doubt(entry: ServiceEntry, terms: Terms, timeline: _Timeline, history: History) -> Ruling | None:
    window, reason = entry.window, None
    if timeline.is_taken(window):
        reason = Reason.OVERLAPS_COUNTED
    elif timeline.longest_day(window, entry.minutes) > terms.longest_day_min:
        reason = Reason.LONG_DAY
    elif history.registered_on is not None and civil_date(window.start) < history.registered_on:
        reason = Reason.BEFORE_REGISTRATION
    return None if reason is None else _ruling(entry, Outcome.REVIEW, reason, entry.minutes)


def _within_caps(entry: ServiceEntry, terms: Terms, timeline: _Timeline, left: int | None) -> Ruling:
    minutes, reason = entry.minutes, _in_full(terms, entry.taken_down)
    if terms.daily_cap_min is not None:
        fits = timeline.left_today(entry.window, minutes, terms.daily_cap_min)
        if fits < minutes:
            minutes, reason = fits, Reason.DAILY_CAP
    if left is not None and left < minutes:
        minutes, reason = left, Reason.LIFETIME_CAP
    return _ruling(entry, Outcome.ACCEPTED if minutes else Outcome.REFUSED, reason, minutes)


def _in_full(terms: Terms, taken_down: HoursClass) -> Reason:
    return Reason.ACCEPTED_IN_FULL if terms.factor(taken_down) == 1 else Reason.ACCEPTED_BY_FACTOR


def rule_on_totals(totals: Totals, terms: Terms, history: History, now: datetime) -> tuple[Ruling, ...]:
    """
    Rule on the sums of a period, one ruling for each way in which minutes were taken down.

    Nobody can see what a sum overlaps, so its period may share no moment with anything that counts already.
    """
    reason, outcome = Reason.ACCEPTED_IN_FULL, Outcome.ACCEPTED
    window = totals.window
    days = window.duration_min / MINUTES_PER_DAY
    if ClaimKind.HOURS not in terms.kinds:
        reason, outcome = Reason.KIND_NOT_AGREED, Outcome.REFUSED
    elif totals.recognised_from is not None:
        reason, outcome = Reason.RECOGNISED_ELSEWHERE, Outcome.REFUSED
    elif window in history.periods:
        reason, outcome = Reason.ALREADY_COUNTED, Outcome.REFUSED
    elif window.end > now:
        reason, outcome = Reason.IN_THE_FUTURE, Outcome.REFUSED
    elif _touches(window, history):
        reason, outcome = Reason.PERIOD_OVERLAPS_COUNTED, Outcome.REVIEW
    elif sum(totals.minutes.values()) > days * terms.longest_day_min:
        reason, outcome = Reason.LONG_DAY, Outcome.REVIEW
    elif history.registered_on is not None and civil_date(window.start) < history.registered_on:
        reason, outcome = Reason.BEFORE_REGISTRATION, Outcome.REVIEW
    left, rulings = _left_in_all(terms, history), list[Ruling]()
    for taken_down in HoursClass:
        minutes = totals.minutes.get(taken_down, 0)
        if not minutes:
            continue
        ruled = _total(totals, taken_down, minutes, terms, (outcome, reason), left)
        if left is not None and ruled.outcome is Outcome.ACCEPTED:
            left -= ruled.minutes
        rulings.append(ruled)
    return tuple(rulings)


def _total(
    totals: Totals,
    taken_down: HoursClass,
    minutes: int,
    terms: Terms,
    ruled: tuple[Outcome, Reason],
    left: int | None,
) -> Ruling:
    outcome, reason = ruled
    if outcome is not Outcome.REFUSED and terms.factor(taken_down) == 0:
        outcome, reason = Outcome.REFUSED, Reason.FACTOR_ZERO
    if outcome is Outcome.ACCEPTED:
        reason = _in_full(terms, taken_down)
        if left is not None and left < minutes:
            minutes, reason = left, Reason.LIFETIME_CAP
            outcome = Outcome.ACCEPTED if minutes else Outcome.REFUSED
    return Ruling(
        kind=ClaimKind.HOURS,
        subject=f"{totals.id}#{taken_down}",
        outcome=outcome,
        reason=reason,
        minutes=minutes,
    )


def _touches(window: Window, history: History) -> bool:
    return any(window.overlaps(each) for each in history.periods) or any(
        window.overlaps(each.window) for each in history.services
    )


def credited(before_min: int, minutes: int, factor: Fraction) -> int:
    """
    Give the whole minutes that come to an account when minutes of a source are added to those before.

    Rounding is down and of the sum, so many short services lose no more than one long one.

    Examples
    --------
    >>> [credited(before, 1, Fraction(1, 2)) for before in range(4)]
    [0, 1, 0, 1]
    """
    return int((before_min + minutes) * factor) - int(before_min * factor)
