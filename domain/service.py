"""
Visits as they are checked in and out of, and what looks wrong about them.

What devices report is a set of events, and a visit is a function of that set: events may come in any order, late
and more than once, and lead to the same visit. Anomalies are codes for a person to look at; nothing is dropped or
counted in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

from domain.regions import GeoPoint
from domain.time import Window, civil_date

_EARTH_M = 6_371_000


class CheckKind(StrEnum):
    """What an event says."""

    CHECK_IN = "CHECK_IN"
    CHECK_OUT = "CHECK_OUT"
    NOTE = "NOTE"


class CheckMethod(StrEnum):
    """How it is shown that somebody is there."""

    CODE = "CODE"
    QR = "QR"
    GEOFENCE = "GEOFENCE"
    BOTH_PARTY = "BOTH_PARTY"


class EventState(StrEnum):
    """Whether an event counts; AWAITING is for the other party to confirm."""

    COUNTED = "COUNTED"
    AWAITING = "AWAITING"
    REFUSED = "REFUSED"


class OrderState(StrEnum):
    """Where a visit stands."""

    OPEN = "OPEN"
    IN_SERVICE = "IN_SERVICE"
    TO_REVIEW = "TO_REVIEW"
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


class ReviewDecision(StrEnum):
    """What a reviewer made of a visit that looked wrong."""

    ACCEPT = "ACCEPT"
    CORRECT = "CORRECT"
    REFUSE = "REFUSE"


class Anomaly(StrEnum):
    """What looks wrong; each has a sentence in ``locales`` and a line in the reference."""

    CLOCK_OFF = "CLOCK_OFF"
    LATE_REPORT = "LATE_REPORT"
    NO_LOCATION = "NO_LOCATION"
    COARSE_LOCATION = "COARSE_LOCATION"
    FORGED_LOCATION = "FORGED_LOCATION"
    OUTSIDE_FENCE = "OUTSIDE_FENCE"
    NOT_QUALIFIED = "NOT_QUALIFIED"
    NO_SHOW_RECORDED = "NO_SHOW_RECORDED"
    DEVICES_DISAGREE = "DEVICES_DISAGREE"
    OUT_BEFORE_IN = "OUT_BEFORE_IN"
    NO_CHECK_OUT = "NO_CHECK_OUT"
    OFF_PLAN = "OFF_PLAN"
    LITTLE_PRESENCE = "LITTLE_PRESENCE"
    OVERLONG = "OVERLONG"
    PARALLEL_VISITS = "PARALLEL_VISITS"
    DAY_TOO_LONG = "DAY_TOO_LONG"
    IMPOSSIBLE_SPEED = "IMPOSSIBLE_SPEED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRules:
    """Limits of check-ins, as ``workflows/service/rules`` gives them for a day and a region; units end the names."""

    fence_radius_m: int
    coarsest_accuracy_m: int
    clock_tolerance_s: int
    late_report_min: int
    presence_percent: int
    off_plan_min: int
    overrun_min: int
    no_check_out_after_min: int
    day_minutes: int
    speed_m_per_min: int
    devices_disagree_min: int
    code_step_s: int
    code_tries: int
    qr_life_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEvent:
    """
    Something a device or a person reported; never edited.

    Parameters
    ----------
    reported_at, received_at
        By the device's clock, and by ours.
    at
        When it happened: the device's time, set right by how far its clock was off when it sent.
    skew_s
        How far that was, in seconds; positive when the device is behind.
    device_id, device_version
        Who reported it, and the device's own count of what it reported.
    field
        What a note is about.
    """

    id: str
    work_order_id: str
    kind: CheckKind
    method: CheckMethod
    state: EventState
    reported_at: datetime
    received_at: datetime
    at: datetime
    skew_s: int
    place: GeoPoint | None = None
    accuracy_m: int | None = None
    device_id: str
    device_version: int
    actor_id: str
    field: str | None = None
    note: str | None = None
    flags: frozenset[Anomaly] = frozenset()
    confirmed_by: str | None = None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What the events of one visit come to."""

    checked_in_at: datetime | None
    checked_out_at: datetime | None
    places: tuple[tuple[datetime, GeoPoint], ...] = ()
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    flags: frozenset[Anomaly] = frozenset()

    @property
    def minutes(self) -> int:
        """Whole minutes between the two, 0 where one is missing or they stand the wrong way round."""
        if self.checked_in_at is None or self.checked_out_at is None:
            return 0
        return max(0, (self.checked_out_at - self.checked_in_at) // timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Where a person was at another time: a visit that may speak against this one."""

    id: str
    window: Window
    places: tuple[tuple[datetime, GeoPoint], ...] = ()


def timing_of(events: Iterable[CheckEvent], rules: CheckRules) -> Timing:
    """
    Give what a set of events comes to, whatever order it is handed over in.

    The visit begins with the earliest check-in and ends with the latest check-out; of a note's field the
    highest version of a device holds, and among devices the greatest (version, device). All three are joins of
    a semilattice: merging is commutative, associative and idempotent.
    """
    counted = [event for event in {e.id: e for e in events}.values() if event.state is EventState.COUNTED]
    arrivals = [event for event in counted if event.kind is CheckKind.CHECK_IN]
    leavings = [event for event in counted if event.kind is CheckKind.CHECK_OUT]
    flags = frozenset[Anomaly]().union(*(event.flags for event in counted))
    apart = timedelta(minutes=rules.devices_disagree_min)
    if _disagree(arrivals, apart, earliest=True) or _disagree(leavings, apart, earliest=False):
        flags |= {Anomaly.DEVICES_DISAGREE}
    begun = min((event.at for event in arrivals), default=None)
    ended = max((event.at for event in leavings), default=None)
    if begun is not None and ended is not None and ended <= begun:
        flags |= {Anomaly.OUT_BEFORE_IN}
    notes: dict[str, tuple[int, str, str]] = {}
    for event in counted:
        if event.kind is CheckKind.NOTE and event.field is not None:
            stamp = (event.device_version, event.device_id, event.note or "")
            notes[event.field] = max(notes.get(event.field, stamp), stamp)
    return Timing(
        checked_in_at=begun,
        checked_out_at=ended,
        places=tuple(
            sorted(
                ((event.at, event.place) for event in counted if event.place is not None),
                key=lambda seen: (seen[0], seen[1].longitude_deg, seen[1].latitude_deg),
            )
        ),
        notes=MappingProxyType({name: notes[name][2] for name in sorted(notes)}),
        flags=flags,
    )


def _disagree(events: Sequence[CheckEvent], apart: timedelta, *, earliest: bool) -> bool:
    """Whether devices tell of moments further apart than is let pass, each by its first or last word."""
    told: dict[str, datetime] = {}
    for event in events:
        known = told.get(event.device_id, event.at)
        told[event.device_id] = min(known, event.at) if earliest else max(known, event.at)
    return bool(told) and max(told.values()) - min(told.values()) > apart


def anomalies_of(
    timing: Timing,
    *,
    planned: Window | None,
    planned_min: int,
    others: Sequence[Presence],
    now: datetime,
    rules: CheckRules,
) -> frozenset[Anomaly]:
    """
    Give everything that looks wrong about a visit.

    Parameters
    ----------
    planned, planned_min
        When and how long it was to be; None is a time that was not agreed on.
    others
        Where else the same person was within a day of it.
    now
        By our clock; a visit that has not been left long after it was to end looks wrong.
    """
    flags = set(timing.flags)
    begun, ended = timing.checked_in_at, timing.checked_out_at
    if begun is not None and ended is None:
        end = planned.end if planned else begun + timedelta(minutes=planned_min)
        if now > end + timedelta(minutes=rules.no_check_out_after_min):
            flags.add(Anomaly.NO_CHECK_OUT)
    if begun is not None and planned is not None:
        early = planned.start - timedelta(minutes=rules.off_plan_min)
        if not early <= begun < planned.end:
            flags.add(Anomaly.OFF_PLAN)
    if begun is not None and ended is not None and ended > begun:
        flags |= _length(timing, planned_min, rules)
        flags |= _elsewhere(timing, Window(start=begun, end=ended), others, rules)
    return frozenset(flags)


def _length(timing: Timing, planned_min: int, rules: CheckRules) -> set[Anomaly]:
    flags: set[Anomaly] = set()
    if timing.minutes * 100 < planned_min * rules.presence_percent:
        flags.add(Anomaly.LITTLE_PRESENCE)
    if timing.minutes > planned_min + rules.overrun_min:
        flags.add(Anomaly.OVERLONG)
    return flags


def _elsewhere(timing: Timing, window: Window, others: Sequence[Presence], rules: CheckRules) -> set[Anomaly]:
    flags: set[Anomaly] = set()
    if any(window.overlaps(other.window) for other in others):
        flags.add(Anomaly.PARALLEL_VISITS)
    by_day: dict[object, int] = {}
    for each in (window, *(other.window for other in others)):
        by_day[civil_date(each.start)] = by_day.get(civil_date(each.start), 0) + each.duration_min
    if by_day[civil_date(window.start)] > rules.day_minutes:
        flags.add(Anomaly.DAY_TOO_LONG)
    seen = sorted(
        [*timing.places, *(place for other in others for place in other.places)], key=lambda place: place[0]
    )
    own = {moment for moment, _ in timing.places}
    for (t0, here), (t1, there) in pairwise(seen):
        if (t0 in own or t1 in own) and metres_between(here, there) > rules.fence_radius_m:
            minutes = max(1, (t1 - t0) // timedelta(minutes=1))
            if metres_between(here, there) > minutes * rules.speed_m_per_min:
                flags.add(Anomaly.IMPOSSIBLE_SPEED)
    return flags


def metres_between(one: GeoPoint, other: GeoPoint) -> float:
    """Give the great-circle distance of two points in metres."""
    lat0, lat1 = radians(one.latitude_deg), radians(other.latitude_deg)
    dlon = radians(other.longitude_deg - one.longitude_deg)
    a = sin((lat1 - lat0) / 2) ** 2 + cos(lat0) * cos(lat1) * sin(dlon / 2) ** 2
    return 2 * _EARTH_M * asin(sqrt(min(1.0, a)))


def flags_of_place(
    place: GeoPoint | None,
    accuracy_m: int | None,
    *,
    mocked: bool,
    there: GeoPoint | None,
    rules: CheckRules,
) -> frozenset[Anomaly]:
    """
    Say what looks wrong about where somebody says to be.

    A place is inside the fence when it may be: its accuracy counts in its favour, but only as far as it is
    fine enough to say anything.
    """
    if place is None or there is None:
        return frozenset({Anomaly.NO_LOCATION})
    flags: set[Anomaly] = set()
    if mocked or accuracy_m is None or accuracy_m <= 0 or _rounded(place):
        flags.add(Anomaly.FORGED_LOCATION)  # receivers always say how sure they are, and never are so round
    margin = min(max(accuracy_m or 0, 0), rules.coarsest_accuracy_m)
    if accuracy_m is not None and accuracy_m > rules.coarsest_accuracy_m:
        flags.add(Anomaly.COARSE_LOCATION)
    if metres_between(place, there) > rules.fence_radius_m + margin:
        flags.add(Anomaly.OUTSIDE_FENCE)
    return frozenset(flags)


def _rounded(place: GeoPoint) -> bool:
    return all(round(value, 2) == value for value in (place.longitude_deg, place.latitude_deg))


def state_of(
    timing: Timing,
    anomalies: frozenset[Anomaly],
    *,
    review: ReviewDecision | None,
    reviewed: frozenset[Anomaly],
    cancelled: bool = False,
) -> OrderState:
    """Give where a visit stands; what a reviewer has not seen waits for one again."""
    if cancelled:
        return OrderState.CANCELLED
    if timing.checked_in_at is None and timing.checked_out_at is None:
        return OrderState.OPEN
    unseen = anomalies - reviewed
    if timing.checked_in_at is None or timing.checked_out_at is None:
        if review is not None and not unseen:
            return OrderState.REFUSED if review is ReviewDecision.REFUSE else OrderState.DONE
        return OrderState.TO_REVIEW if unseen else OrderState.IN_SERVICE
    if unseen:
        return OrderState.TO_REVIEW
    return OrderState.REFUSED if review is ReviewDecision.REFUSE else OrderState.DONE
