"""A visit is a function of the set of its events: any order, any repetition, one state."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.regions import GeoPoint
from domain.service import (
    Anomaly,
    CheckEvent,
    CheckKind,
    CheckMethod,
    EventState,
    OrderState,
    Presence,
    ReviewDecision,
    anomalies_of,
    flags_of_place,
    metres_between,
    state_of,
    timing_of,
)
from domain.time import Window
from tests.builders import NOW, TOWN
from workflows.service.presence import code_at, code_holds, qr_text, read_qr
from workflows.service.rules_in_force import check_rules

RULES = check_rules(NOW, TOWN)
HOME = GeoPoint(longitude_deg=120.5512, latitude_deg=31.8734)
PLAN = Window(start=NOW, end=NOW + timedelta(hours=2))
SECRET = b"s" * 32


def event(kind: CheckKind = CheckKind.CHECK_IN, minutes: int = 0, **values) -> CheckEvent:
    at = NOW + timedelta(minutes=minutes)
    given = {
        "id": f"{kind}{minutes}{sorted(values.items())}",
        "work_order_id": "o",
        "kind": kind,
        "method": CheckMethod.GEOFENCE,
        "state": EventState.COUNTED,
        "reported_at": at,
        "received_at": at,
        "at": at,
        "skew_s": 0,
        "device_id": "d1",
        "device_version": 1,
        "actor_id": "a",
        "region_path": TOWN,
    }
    return CheckEvent(**{**given, **values})


EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from(CheckKind),
        st.integers(-600, 600),
        device_id=st.sampled_from(["d1", "d2", "d3"]),
        device_version=st.integers(1, 5),
        state=st.sampled_from(EventState),
        place=st.sampled_from([None, HOME, replace(HOME, latitude_deg=31.9)]),
        field=st.sampled_from([None, "mood", "meal"]),
        note=st.sampled_from([None, "好", "一般"]),
        flags=st.frozensets(st.sampled_from(Anomaly), max_size=2),
    ),
    max_size=12,
)


@given(EVENTS, st.data())
def test_events_in_any_order_and_more_than_once_come_to_one_visit(events, data):
    again = data.draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    shuffled = data.draw(st.permutations([*events, *again]))
    assert timing_of(shuffled, RULES) == timing_of(events, RULES)


@given(EVENTS, EVENTS)
def test_what_came_in_two_batches_is_what_comes_in_one(first, second):
    both = timing_of([*first, *second], RULES)
    assert both == timing_of([*second, *first], RULES)
    ends = [timing_of(part, RULES).checked_in_at for part in (first, second)]
    assert both.checked_in_at == min((end for end in ends if end), default=None)


def whole(minutes: int = 120) -> list[CheckEvent]:
    return [event(), event(CheckKind.CHECK_OUT, minutes)]


def flags_of(events, *, others=(), now=NOW + timedelta(hours=3), planned=PLAN, planned_min=120):
    timing = timing_of(events, RULES)
    return anomalies_of(timing, planned=planned, planned_min=planned_min, others=others, now=now, rules=RULES)


def test_a_visit_as_planned_looks_right_and_counts():
    assert flags_of(whole()) == frozenset()
    timing = timing_of(whole(), RULES)
    assert timing.minutes == 120
    assert state_of(timing, frozenset(), review=None, reviewed=frozenset()) is OrderState.DONE


@pytest.mark.parametrize(("minutes", "looks_wrong"), [(71, True), (72, False), (180, False), (181, True)])
def test_presence_below_sixty_percent_or_far_over_the_plan_looks_wrong(minutes, looks_wrong):
    wrong = {Anomaly.LITTLE_PRESENCE, Anomaly.OVERLONG}
    assert bool(flags_of(whole(minutes)) & wrong) is looks_wrong


def elsewhere(begin: int, end: int, *, place: GeoPoint | None = None) -> Presence:
    start, stop = NOW + timedelta(minutes=begin), NOW + timedelta(minutes=end)
    return Presence(
        id="p", window=Window(start=start, end=stop), places=((start, place), (stop, place)) if place else ()
    )


def test_two_visits_at_one_time_look_wrong():
    assert Anomaly.PARALLEL_VISITS in flags_of(whole(), others=[elsewhere(119, 200)])
    assert flags_of(whole(), others=[elsewhere(120, 200)]) == frozenset()


def test_more_than_sixteen_hours_of_one_day_look_wrong():
    # 09:00 in China: 840 minutes more from 11:00 on fit the day's sixteen hours, one more does not
    assert flags_of(whole(), others=[elsewhere(120, 960)]) == frozenset()
    assert Anomaly.DAY_TOO_LONG in flags_of(whole(), others=[elsewhere(120, 961)])


def test_nobody_is_thirty_kilometres_off_ten_minutes_later():
    far = replace(HOME, latitude_deg=HOME.latitude_deg + 0.27)
    assert 29_000 < metres_between(HOME, far) < 31_000
    events = [event(place=HOME), event(CheckKind.CHECK_OUT, 120, place=HOME)]
    assert Anomaly.IMPOSSIBLE_SPEED in flags_of(events, others=[elsewhere(130, 200, place=far)])
    assert flags_of(events, others=[elsewhere(140, 200, place=far)]) == frozenset()


def test_leaving_before_coming_never_leaving_and_coming_at_another_time_look_wrong():
    assert Anomaly.OUT_BEFORE_IN in flags_of([event(), event(CheckKind.CHECK_OUT, -5)])
    late = NOW + timedelta(hours=4, minutes=1)
    assert flags_of([event()], now=late) == {Anomaly.NO_CHECK_OUT}
    assert flags_of([event()], now=late - timedelta(minutes=1)) == frozenset()
    assert Anomaly.OFF_PLAN in flags_of([event(minutes=-61), event(CheckKind.CHECK_OUT, 60)])


def test_devices_that_tell_of_other_times_look_wrong():
    events = [*whole(), event(minutes=11, device_id="d2")]
    assert flags_of(events) == {Anomaly.DEVICES_DISAGREE}
    assert flags_of([*whole(), event(minutes=10, device_id="d2")]) == frozenset()


@pytest.mark.parametrize(
    ("place", "accuracy_m", "mocked", "flags"),
    [
        (HOME, 20, False, set()),
        (None, None, False, {Anomaly.NO_LOCATION}),
        (HOME, 20, True, {Anomaly.FORGED_LOCATION}),
        (HOME, 0, False, {Anomaly.FORGED_LOCATION}),
        (replace(HOME, longitude_deg=120.55, latitude_deg=31.87), 20, False,
         {Anomaly.FORGED_LOCATION, Anomaly.OUTSIDE_FENCE}),
        (HOME, 201, False, {Anomaly.COARSE_LOCATION}),
        (replace(HOME, latitude_deg=31.8774), 20, False, {Anomaly.OUTSIDE_FENCE}),
        (replace(HOME, latitude_deg=31.8774), 150, False, set()),
    ],
)  # fmt: skip
def test_places_that_say_too_little_or_too_much_look_wrong(place, accuracy_m, mocked, flags):
    assert flags_of_place(place, accuracy_m, mocked=mocked, there=HOME, rules=RULES) == flags


def test_what_a_reviewer_has_not_seen_waits_for_one_again():
    timing = timing_of(whole(), RULES)
    seen = frozenset({Anomaly.LITTLE_PRESENCE})
    assert state_of(timing, seen, review=ReviewDecision.ACCEPT, reviewed=seen) is OrderState.DONE
    assert state_of(timing, seen, review=ReviewDecision.REFUSE, reviewed=seen) is OrderState.REFUSED
    more = seen | {Anomaly.PARALLEL_VISITS}
    assert state_of(timing, more, review=ReviewDecision.ACCEPT, reviewed=seen) is OrderState.TO_REVIEW


@given(st.integers(0, 10**6), st.integers(0, 599))
def test_a_code_holds_for_its_step_and_the_next(minutes, late_s):
    shown = NOW + timedelta(minutes=minutes)
    code = code_at(SECRET, "o", shown, 300)
    assert len(code) == 6
    begun = shown - timedelta(seconds=int(shown.timestamp()) % 300)
    assert code_holds(SECRET, "o", code, begun + timedelta(seconds=late_s), 300)


@given(st.text(min_size=1, max_size=20), st.data())
def test_a_qr_text_reads_back_and_no_other_does(need_id, data):
    shown = qr_text(SECRET, need_id, NOW, 120)
    found = read_qr(SECRET, shown)
    assert (found.need_id, found.expires_at - found.issued_at) == (need_id, timedelta(seconds=120))
    i = data.draw(st.integers(0, len(shown) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != shown[i] and not c.isspace()))
    from domain.errors import NotPermittedError

    with pytest.raises(NotPermittedError):
        read_qr(SECRET, shown[:i] + other + shown[i + 1 :])
    with pytest.raises(NotPermittedError):
        read_qr(b"t" * 32, shown)
