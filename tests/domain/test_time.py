"""Windows are half-open and in UTC; the civil calendar is China's."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.time import (
    CIVIL_ZONE,
    MINUTES_PER_DAY,
    WeeklyWindow,
    Window,
    aware_utc,
    civil_date,
    epoch_minute,
)

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01"), timezones=zones
)
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))
windows = st.builds(lambda start, length: Window(start=start, end=start + length), moments, lengths)
weekly_windows = st.builds(
    lambda weekday, bounds: WeeklyWindow(weekday=weekday, start_minute=bounds[0], end_minute=bounds[1]),
    st.integers(0, 6),
    st.lists(st.integers(0, MINUTES_PER_DAY), min_size=2, max_size=2, unique=True).map(sorted),
)


@given(moments)
def test_the_same_moment_in_utc(moment: datetime):
    assert aware_utc(moment) == moment
    assert aware_utc(moment).tzinfo is UTC


@given(moments)
def test_an_epoch_minute_is_rounded_down_before_1970_too(moment: datetime):
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=epoch_minute(moment))
    assert start <= moment < start + timedelta(minutes=1)


@given(moments)
def test_the_civil_day_is_that_of_a_clock_in_china(moment: datetime):
    assert civil_date(moment) == moment.astimezone(CIVIL_ZONE).date()


def test_the_civil_day_changes_at_sixteen_hours_utc():
    assert civil_date(datetime(2026, 1, 31, 15, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert civil_date(datetime(2026, 1, 31, 16, 0, tzinfo=UTC)) == date(2026, 2, 1)


@pytest.mark.parametrize("use", [aware_utc, epoch_minute, civil_date])
def test_a_time_without_a_zone_is_refused(use):
    with pytest.raises(InvalidInputError):
        use(datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing that is refused


class TestWindow:
    @given(windows)
    def test_bounds_are_kept_in_utc(self, window: Window):
        assert window.start.tzinfo is UTC
        assert window.end.tzinfo is UTC

    @given(windows, windows)
    def test_overlap_is_symmetric_and_covering_implies_it(self, first: Window, second: Window):
        assert first.overlaps(second) == second.overlaps(first)
        if first.covers(second):
            assert first.overlaps(second)
            assert first.duration_min >= second.duration_min
        if first.covers(second) and second.covers(first):
            assert first == second

    @given(windows)
    def test_a_window_covers_and_overlaps_itself(self, window: Window):
        assert window.covers(window)
        assert window.overlaps(window)

    @given(moments, lengths, lengths)
    def test_windows_that_only_touch_do_not_overlap(
        self, start: datetime, length: timedelta, next_length: timedelta
    ):
        middle = start + length
        first = Window(start=start, end=middle)
        second = Window(start=middle, end=middle + next_length)
        assert not first.overlaps(second)

    @given(moments, st.timedeltas(timedelta(0), timedelta(days=9)))
    def test_a_window_without_length_is_refused(self, start: datetime, back: timedelta):
        with pytest.raises(InvalidInputError):
            Window(start=start, end=start - back)


class TestWeeklyWindow:
    @given(weekly_windows)
    def test_what_is_written_reads_back(self, window: WeeklyWindow):
        assert WeeklyWindow.parse(str(window)) == window
        assert WeeklyWindow.parse(f"  {str(window).lower()} ") == window

    @given(weekly_windows, st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    def test_it_falls_on_one_day_a_week_with_its_length(self, window: WeeklyWindow, day: date):
        week = [window.on(day + timedelta(days=offset)) for offset in range(7)]
        fallen = [found for found in week if found is not None]
        assert len(fallen) == 1
        assert fallen[0].duration_min == window.end_minute - window.start_minute
        assert civil_date(fallen[0].start).weekday() == window.weekday

    def test_saturday_morning_in_china_is_saturday_night_before_in_utc(self):
        found = WeeklyWindow.parse("SAT 07:30-12:00").on(date(2026, 8, 1))
        assert found is not None
        assert found.start == datetime(2026, 7, 31, 23, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "SAT",
            "SAT 9:00-12:00",
            "SAT 09:60-12:00",
            "SAT 09:00-24:01",
            "SAT 12:00-09:00",
            "SAT 09:00-09:00",
            "XXX 09:00-12:00",
            "SAT 09x00-12:00",
            "SAT 09:00-12:00 SUN",
            "SAT -1:00-12:00",
            "SAT 09:00 - 12:00",
        ],
    )
    def test_what_is_no_weekly_window_is_refused(self, text: str):
        with pytest.raises(InvalidInputError):
            WeeklyWindow.parse(text)
