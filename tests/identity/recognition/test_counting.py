"""Minutes count once, whoever tells of them and in whatever order."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.time import CIVIL_ZONE, Window
from identity.recognition.claims import ServiceEntry, Totals
from identity.recognition.counting import (
    Counted,
    History,
    credited,
    minutes_by_day,
    rule_on_entries,
    rule_on_totals,
)
from identity.recognition.reasons import Outcome, Reason
from identity.recognition.terms import HoursClass, Terms

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
NOW = NOON + timedelta(days=60)
factors = st.fractions(min_value=0, max_value=1, max_denominator=12)


def entry(identity: str, start_min: int, length_min: int, **other: object) -> ServiceEntry:
    start = int((NOON + timedelta(minutes=start_min)).timestamp())
    told = {
        "id": identity,
        "start": start,
        "end": start + 60 * length_min,
        "minutes": length_min,
        "clocked": True,
        **other,
    }
    return ServiceEntry.model_validate(told)


@st.composite
def entries(draw: st.DrawFn) -> list[ServiceEntry]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.integers(0, 6_000),
                st.integers(1, 900),
                st.floats(0.1, 1),
                st.sampled_from(HoursClass),
            ),
            max_size=14,
        )
    )
    return [
        entry(
            f"e{name}",
            start,
            length,
            minutes=max(1, int(length * share)),
            clocked=taken_down is HoursClass.CLOCKED,
        )
        for name, start, length, share, taken_down in drawn
    ]


terms = st.builds(
    lambda clocked, manual, daily, lifetime: Terms(
        factors={HoursClass.CLOCKED: clocked, HoursClass.MANUAL: manual},
        daily_cap_min=daily,
        lifetime_cap_min=lifetime,
    ),
    factors,
    factors,
    st.none() | st.integers(0, 700),
    st.none() | st.integers(0, 3_000),
)


def union_min(windows: list[Window]) -> int:
    total, reached = timedelta(), None
    for window in sorted(windows, key=lambda each: each.start):
        start = window.start if reached is None else max(window.start, reached)
        total += max(timedelta(), window.end - start)
        reached = window.end if reached is None else max(reached, window.end)
    return int(total.total_seconds()) // 60


def counted_in_bounds(first: list[ServiceEntry], second: list[ServiceEntry], agreed: Terms) -> None:
    """What counts is never more than the union of all services, nor than any cap."""
    counted, accepted, ids, recognised = [], 0, set(), dict.fromkeys(HoursClass, 0)
    for report in (first, second, first):
        history = History(services=tuple(counted), entry_ids=frozenset(ids), recognised_min=dict(recognised))
        by_id = {}
        for each in sorted(report, key=lambda one: (one.start, one.end, one.id)):
            by_id.setdefault(each.id, each)
        for ruling in rule_on_entries(report, agreed, history, NOW):
            if ruling.outcome is not Outcome.ACCEPTED:
                continue
            told = by_id[ruling.subject]
            counted.append(Counted(window=told.window, minutes=ruling.minutes))
            accepted += ruling.minutes
            recognised[told.taken_down] += ruling.minutes
            ids.add(ruling.subject)
    assert accepted <= union_min([e.window for e in (*first, *second)])
    assert agreed.lifetime_cap_min is None or accepted <= agreed.lifetime_cap_min
    days: dict[date, int] = {}
    for each in counted:
        for day, part in minutes_by_day(each.window, each.minutes):
            days[day] = days.get(day, 0) + part
    assert all(minutes <= agreed.longest_day_min for minutes in days.values())


@given(entries(), entries(), terms)
def test_what_counts_is_never_more_than_the_union_of_all_services_nor_than_any_cap(first, second, agreed):
    counted_in_bounds(first, second, agreed)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries(), entries(), terms)
def test_no_history_of_ten_thousand_inflates_hours(first, second, agreed):
    counted_in_bounds(first, second, agreed)


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_in_which_entries_are_told_changes_nothing(told, chance):
    distinct = list({each.id: each for each in told}.values())
    shuffled = list(distinct)
    chance.shuffle(shuffled)
    assert rule_on_entries(distinct, Terms(), History(), NOW) == rule_on_entries(
        shuffled, Terms(), History(), NOW
    )


@given(st.lists(st.integers(1, 600), max_size=20), factors)
def test_what_is_credited_in_parts_is_what_the_sum_is_worth_rounded_down(parts, factor):
    before, total = 0, 0
    for minutes in parts:
        total += credited(before, minutes, factor)
        before += minutes
    assert total == int(sum(parts) * factor)


@given(factors, factors, st.integers(0, 10_000))
def test_hours_that_come_home_again_are_no_more_than_those_that_left(there, back, minutes):
    assert credited(0, credited(0, minutes, there), back) <= minutes


@given(st.integers(0, 20_000), st.integers(1, 4_000), st.integers(1, 4_000))
def test_minutes_of_days_add_up(start_min, length_min, minutes):
    start = NOON + timedelta(minutes=start_min)
    told = min(minutes, length_min)
    window = Window(start=start, end=start + timedelta(minutes=length_min))
    assert sum(part for _, part in minutes_by_day(window, told)) == told


def ruled(told: ServiceEntry, agreed: Terms | None = None, history: History | None = None) -> Reason:
    (ruling,) = rule_on_entries([told], agreed or Terms(), history or History(), NOW)
    return ruling.reason


def test_each_doubtful_or_false_entry_has_its_own_reason():
    there = History(services=[Counted(window=Window(start=NOON, end=NOON + timedelta(hours=2)), minutes=120)])
    assert ruled(entry("a", 60, 30), history=there) is Reason.OVERLAPS_COUNTED
    assert ruled(entry("a", 120, 30), history=there) is Reason.ACCEPTED_IN_FULL
    assert ruled(entry("a", -11 * 60, 17 * 60)) is Reason.LONG_DAY
    assert ruled(entry("a", 100 * 24 * 60, 30)) is Reason.IN_THE_FUTURE
    assert ruled(entry("a", 0, 30, minutes=31)) is Reason.LONGER_THAN_ITS_TIME
    assert ruled(entry("a", 0, 30, clocked=False)) is Reason.FACTOR_ZERO
    assert ruled(entry("a", 0, 30, recognised_from="r2")) is Reason.RECOGNISED_ELSEWHERE
    assert ruled(entry("a", 0, 30), history=History(entry_ids=frozenset({"a"}))) is Reason.ALREADY_COUNTED
    assert ruled(entry("a", 0, 30), history=History(registered_on=date(2026, 3, 3))) is (
        Reason.BEFORE_REGISTRATION
    )
    assert ruled(entry("a", 0, 30), Terms(daily_cap_min=20)) is Reason.DAILY_CAP
    assert ruled(entry("a", 0, 30), Terms(lifetime_cap_min=20)) is Reason.LIFETIME_CAP
    half = Terms(factors={HoursClass.CLOCKED: Fraction(1, 2)})
    assert ruled(entry("a", 0, 30), half) is Reason.ACCEPTED_BY_FACTOR


def period(first: date, last: date) -> Window:
    """The first day until the end of the last, in China."""
    start = datetime(first.year, first.month, first.day, tzinfo=CIVIL_ZONE)
    return Window(
        start=start, end=datetime(last.year, last.month, last.day, tzinfo=CIVIL_ZONE) + timedelta(days=1)
    )


def test_sums_of_a_period_count_once_and_touch_nothing_that_counts():
    january = period(date(2026, 1, 1), date(2026, 1, 31))
    told = Totals.model_validate(
        {
            "period_from": int(january.start.timestamp()),
            "period_to": int(january.end.timestamp()),
            "minutes": {"clocked": 600, "manual": 60},
        }
    )

    def reasons(history: History) -> list[Reason]:
        return [ruling.reason for ruling in rule_on_totals(told, Terms(), history, NOW)]

    assert reasons(History()) == [Reason.ACCEPTED_IN_FULL, Reason.FACTOR_ZERO]
    assert reasons(History(periods=[january])) == [Reason.ALREADY_COUNTED, Reason.ALREADY_COUNTED]
    touching = History(periods=[period(date(2026, 1, 31), date(2026, 2, 28))])
    assert reasons(touching) == [Reason.PERIOD_OVERLAPS_COUNTED, Reason.FACTOR_ZERO]
    served = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)  # half an hour before February in China
    within = History(
        services=[Counted(window=Window(start=served, end=served + timedelta(hours=1)), minutes=60)]
    )
    assert reasons(within)[0] is Reason.PERIOD_OVERLAPS_COUNTED
