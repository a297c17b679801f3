"""From a claim to its hours: shown, reported, folded, reviewed."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from domain.actors import Role
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    TransitionError,
)
from domain.hours import HoursKind, RecordState
from domain.needs import NeedState
from domain.regions import GeoPoint
from domain.service import Anomaly, CheckKind, CheckMethod, EventState, OrderState, ReviewDecision
from domain.time import Window
from graph.hours.proof import prove
from graph.reads.hours import hours_by_ids
from graph.reads.needs import need_by_id
from graph.reads.volunteers import volunteer_by_id
from graph.reads.work_orders import events_of_orders, order_by_id
from tests.builders import NOW, World, volunteer, worker, workspace
from workflows.claims.leaving import release_claim
from workflows.claims.taking import claim_slot
from workflows.hours.records import Decision, ManualHours, decide_dispute, dispute_hours, record_hours
from workflows.needs.lifecycle import complete_need, confirm_need
from workflows.service.checking import Report, check, check_all, confirm_check
from workflows.service.orders import NewPaidOrder, open_paid_order, shown_at_station
from workflows.service.paid import Settlement, reconcile, record_payment
from workflows.service.review import find_unfinished, review_order

THERE = GeoPoint(longitude_deg=120.55013, latitude_deg=31.87021)


@pytest.fixture
async def ws(store):
    world = World()
    for i in range(3):
        world.volunteer(f"v{i}")
    world.need("n", slots=1)
    world.need("m", slots=1)
    world.add(
        "SocialWorker", id="carer", name="王护理", region_path="/NBS/32/3205/320582/", source_id="manual",
        source_row=0, recorded_at=NOW,
    )  # fmt: skip
    await world.write(store)
    return workspace(store)


async def claimed(ws, need_id: str = "n", who: str = "v1"):
    claim = (await claim_slot(ws, volunteer(who), f"{need_id}:slot:0")).value
    return f"claim:{claim.id}", claim.window_start


def at(ws, moment):
    return replace(ws, clock=lambda: moment)


def report(order_id: str, kind: CheckKind, moment, version: int = 1, **values) -> Report:
    given = {
        "order_id": order_id,
        "kind": kind,
        "method": CheckMethod.GEOFENCE,
        "reported_at": moment,
        "device_id": "phone",
        "device_version": version,
        "place": THERE,
        "accuracy_m": 15,
    }
    return Report(**{**given, **values})


async def visited(ws, order_id: str, start, minutes: int = 60, who: str = "v1", **values):
    await check(at(ws, start), volunteer(who), report(order_id, CheckKind.CHECK_IN, start, 1, **values))
    end = start + timedelta(minutes=minutes)
    done = await check(at(ws, end), volunteer(who), report(order_id, CheckKind.CHECK_OUT, end, 2, **values))
    return done.value


async def record(ws, order_id: str):
    found = await ws.store.read(lambda tx: hours_by_ids(tx, worker(), [order_id]))
    return found.get(order_id)


async def test_a_visit_by_place_leads_its_need_on_and_counts_when_it_is_confirmed(ws):
    order_id, start = await claimed(ws)
    order = await visited(ws, order_id, start)
    assert (order.state, order.minutes, order.flags) == (OrderState.DONE, 60, ())
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), "n"))
    assert need.state is NeedState.DONE
    pending = await record(ws, order_id)
    assert (pending.kind, pending.state) == (HoursKind.AUTO, RecordState.PENDING)
    await confirm_need(ws, worker(), "n", expected_version=need.version)
    assert (await record(ws, order_id)).state is RecordState.VERIFIED
    person = await ws.store.read(lambda tx: volunteer_by_id(tx, worker(), "v1"))
    assert person.verified_minutes == 60
    assert (await prove(ws.store)).holds


async def test_a_code_of_the_station_holds_and_guesses_are_counted(ws):
    order_id, start = await claimed(ws)
    there = at(ws, start)
    first = report(order_id, CheckKind.NOTE, start, 9, field="way", note="bus")
    await check(there, volunteer("v1"), first)
    shown = await shown_at_station(there, worker(), order_id)
    code = {"method": CheckMethod.CODE, "place": None, "accuracy_m": None}
    for i in range(4):
        wrong = f"{(int(shown.code) + i + 1) % 10**6:06d}"
        with pytest.raises(NotPermittedError) as refused:
            await check(
                there,
                volunteer("v1"),
                report(order_id, CheckKind.CHECK_IN, start, 20 + i, code=wrong, **code),
            )
        assert refused.value.context["reason"] == "code_wrong"
    done = await check(
        there, volunteer("v1"), report(order_id, CheckKind.CHECK_IN, start, 1, code=shown.code, **code)
    )
    assert done.value.state is OrderState.IN_SERVICE
    assert done.value.report == {"way": "bus"}
    with pytest.raises(NotPermittedError):
        await check(
            there, volunteer("v1"), report(order_id, CheckKind.CHECK_OUT, start, 30, code="x", **code)
        )
    with pytest.raises(NotPermittedError) as refused:
        await check(
            there, volunteer("v1"), report(order_id, CheckKind.CHECK_OUT, start, 31, code=shown.code, **code)
        )
    assert refused.value.context["reason"] == "code_tries"


async def test_a_qr_text_is_used_once_and_soon(ws):
    order_id, start = await claimed(ws)
    there = at(ws, start)
    await check(there, volunteer("v1"), report(order_id, CheckKind.NOTE, start, 9, field="way", note="bus"))
    shown = await shown_at_station(there, worker(), order_id)
    qr = {"method": CheckMethod.QR, "qr": shown.qr, "place": None, "accuracy_m": None}
    late = at(ws, start + timedelta(minutes=3))
    with pytest.raises(NotPermittedError) as refused:
        await check(late, volunteer("v1"), report(order_id, CheckKind.CHECK_IN, late.clock(), 1, **qr))
    assert refused.value.context["reason"] == "qr_expired"
    first = report(order_id, CheckKind.CHECK_IN, start, 2, **qr)
    assert not (await check(there, volunteer("v1"), first)).replayed
    assert (
        await check(there, volunteer("v1"), first)
    ).replayed  # the same report sent again is no replay of the code
    with pytest.raises(ConflictError):
        await check(there, volunteer("v1"), report(order_id, CheckKind.CHECK_OUT, start, 3, **qr))


async def test_both_parties_say_so_before_it_counts(ws):
    order_id, start = await claimed(ws)
    both = {"method": CheckMethod.BOTH_PARTY, "place": None, "accuracy_m": None}
    order = await visited(ws, order_id, start, **both)
    assert order.state is OrderState.OPEN
    events = (await ws.store.read(lambda tx: events_of_orders(tx, worker(), [order_id])))[order_id]
    assert {each.state for each in events} == {EventState.AWAITING}
    twofold = replace(volunteer("v1"), roles=frozenset({Role.VOLUNTEER, Role.STATION_WORKER}))
    with pytest.raises(SeparationOfDutiesError):
        await confirm_check(ws, twofold, events[0].id, order_id)
    for each in events:
        order = await confirm_check(ws, worker(), each.id, order_id)
    assert (order.state, order.minutes) == (OrderState.DONE, 60)


OFF = {
    "a day ahead": (timedelta(days=1), {Anomaly.CLOCK_OFF}),
    "a day behind": (-timedelta(days=1), {Anomaly.CLOCK_OFF}),
    "five minutes": (timedelta(minutes=5), set()),
}


@pytest.mark.parametrize("name", OFF)
async def test_a_clock_that_is_off_is_set_right_recorded_and_looked_at_when_it_is_far_off(ws, name):
    off, flags = OFF[name]
    order_id, start = await claimed(ws)
    made = report(order_id, CheckKind.CHECK_IN, start + off, 1, sent_at=start + off)
    order = (await check(at(ws, start), volunteer("v1"), made)).value
    assert order.checked_in_at == start
    assert set(order.flags) == flags
    assert order.state is (OrderState.TO_REVIEW if flags else OrderState.IN_SERVICE)
    (event,) = (await ws.store.read(lambda tx: events_of_orders(tx, worker(), [order_id])))[order_id]
    assert event.skew_s == -off.total_seconds()


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5], ids=str)
async def test_what_was_captured_offline_merges_to_one_visit_in_any_order(ws, order):
    order_id, start = await claimed(ws)
    sent = start + timedelta(hours=5)
    end = start + timedelta(minutes=60)
    reports = [
        report(order_id, CheckKind.CHECK_IN, start, 1, sent_at=sent),
        report(order_id, CheckKind.NOTE, start, 2, sent_at=sent, field="mood", note="一般"),
        report(order_id, CheckKind.NOTE, end, 3, sent_at=sent, field="mood", note="好"),
        report(order_id, CheckKind.CHECK_OUT, end, 4, sent_at=sent),
    ]
    answers = await check_all(at(ws, sent), volunteer("v1"), [reports[i] for i in (*order, order[0])])
    assert answers[-1].replayed
    visit = await ws.store.read(lambda tx: order_by_id(tx, worker(), order_id))
    assert (visit.state, visit.minutes, visit.report) == (OrderState.DONE, 60, {"mood": "好"})
    assert (visit.checked_in_at, visit.checked_out_at) == (start, end)
    assert (await record(ws, order_id)).minutes == 60


async def test_a_device_does_not_count_two_reports_alike(ws):
    order_id, start = await claimed(ws)
    there = at(ws, start)
    await check(there, volunteer("v1"), report(order_id, CheckKind.CHECK_IN, start))
    with pytest.raises(ConflictError):
        await check(there, volunteer("v1"), report(order_id, CheckKind.CHECK_OUT, start))


async def test_visits_at_one_time_both_wait_whichever_came_first(ws):
    first, start = await claimed(ws, "n")
    second, _ = await claimed(ws, "m")
    await visited(ws, first, start)
    assert (await record(ws, first)).state is RecordState.PENDING
    await visited(ws, second, start + timedelta(minutes=30), place=None, accuracy_m=None)
    for order_id in (first, second):
        order = await ws.store.read(lambda tx, key=order_id: order_by_id(tx, worker(), key))
        assert order.state is OrderState.TO_REVIEW
        assert "PARALLEL_VISITS" in order.flags
    assert (await record(ws, first)).state is RecordState.FROZEN
    assert await record(ws, second) is None
    assert (await prove(ws.store)).holds


async def test_a_reviewer_accepts_corrects_or_refuses_and_nobody_reviews_themselves(ws):
    order_id, start = await claimed(ws)
    order = await visited(ws, order_id, start, minutes=20)
    assert order.flags == ("LITTLE_PRESENCE",)
    seen = await ws.store.read(lambda tx: order_by_id(tx, worker(), order_id))
    assert seen.state is OrderState.TO_REVIEW
    correct = {"decision": ReviewDecision.CORRECT, "reason": "家属证明在场一小时"}
    twofold = replace(volunteer("v1"), roles=frozenset({Role.VOLUNTEER, Role.STATION_WORKER}))
    with pytest.raises(SeparationOfDutiesError):
        await review_order(ws, twofold, order_id, expected_version=seen.version, minutes=60, **correct)
    with pytest.raises(InvalidInputError):
        await review_order(ws, worker(), order_id, expected_version=seen.version, **correct)
    done = await review_order(ws, worker(), order_id, expected_version=seen.version, minutes=60, **correct)
    assert (done.state, done.minutes) == (OrderState.DONE, 60)
    assert (await record(ws, order_id)).minutes == 60
    with pytest.raises(TransitionError):
        await review_order(ws, worker(), order_id, expected_version=done.version, minutes=60, **correct)


async def test_a_refused_visit_counts_nothing(ws):
    order_id, start = await claimed(ws)
    order = await visited(ws, order_id, start, mocked=True)
    assert "FORGED_LOCATION" in order.flags
    refused = await review_order(
        ws,
        worker(),
        order_id,
        expected_version=order.version,
        decision=ReviewDecision.REFUSE,
        reason="定位造假",
    )
    assert (refused.state, refused.minutes) == (OrderState.REFUSED, 0)
    assert await record(ws, order_id) is None


async def test_a_visit_that_nobody_left_comes_to_a_reviewer(ws):
    order_id, start = await claimed(ws)
    await check(at(ws, start), volunteer("v1"), report(order_id, CheckKind.CHECK_IN, start))
    assert await find_unfinished(at(ws, start + timedelta(hours=2)), worker()) == []
    assert await find_unfinished(at(ws, start + timedelta(hours=4)), worker()) == [order_id]


async def test_a_visit_is_checked_by_who_goes_alone(ws):
    order_id, start = await claimed(ws)
    made = report(order_id, CheckKind.CHECK_IN, start)
    with pytest.raises(NotFoundError):
        await check(at(ws, start), volunteer("v2"), made)
    with pytest.raises(NotPermittedError):
        await check(at(ws, start), worker(), made)


async def test_paid_hours_stand_beside_what_was_paid_and_in_no_volunteers_books(ws, tmp_path):
    window = Window(start=NOW, end=NOW + timedelta(hours=2))
    asked = NewPaidOrder(
        need_id="n", worker_id="carer", paid_by="federation", window=window, rate_fen_per_hour=3_500
    )
    order = (await open_paid_order(ws, worker(), asked)).value
    carer = replace(worker("carer-account"), participant_id="carer")
    await check(ws, carer, report(order.id, CheckKind.CHECK_IN, NOW))
    end = NOW + timedelta(minutes=100)
    await check(at(ws, end), carer, report(order.id, CheckKind.CHECK_OUT, end, 2))
    span = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    (line,) = await reconcile(ws, worker(), **span)
    assert (line.order.minutes, line.due_fen, line.settlement) == (100, 5_833, Settlement.DUE)
    await record_payment(
        ws, worker(), order.id, expected_version=line.order.version, paid_fen=5_800, reference="B-7"
    )
    (line,) = await reconcile(ws, worker(), **span)
    assert (line.settlement, line.due_fen - line.paid_fen) == (Settlement.DIFFERS, 33)
    assert (await prove(ws.store)).entries == 0


async def manual(ws, start, minutes: int = 60):
    """Hours that the desk wrote down by hand and somebody countersigned."""
    window = Window(start=start, end=start + timedelta(minutes=minutes))
    asked = ManualHours(volunteer_id="v1", window=window, title="陪伴老人", evidence="签到表 3 号")
    return (await record_hours(at(ws, window.end), worker("first"), asked)).value


async def test_a_reviewer_lets_no_minute_count_twice(ws):
    order_id, start = await claimed(ws)
    await manual(ws, start - timedelta(minutes=20))
    order = await visited(ws, order_id, start)
    assert order.flags == ("PARALLEL_VISITS",)
    seen = {"expected_version": order.version, "reason": "都在场"}
    with pytest.raises(ConflictError) as refused:
        await review_order(ws, worker("reviewer"), order_id, decision=ReviewDecision.ACCEPT, **seen)
    assert refused.value.context["minutes_left"] == 20
    done = await review_order(
        ws, worker("reviewer"), order_id, decision=ReviewDecision.CORRECT, minutes=20, **seen
    )
    assert done.minutes == 20
    assert (await prove(ws.store)).holds


async def test_hours_that_the_desk_settles_by_hand_wait_where_they_are_counted_already(ws):
    order_id, start = await claimed(ws)
    await manual(ws, start)
    over = at(ws, start + timedelta(hours=2))
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), "n"))
    need = await complete_need(over, worker("first"), "n", expected_version=need.version, evidence="签到表")
    await confirm_need(over, worker("second"), "n", expected_version=need.version)
    held = await record(ws, order_id)
    assert (held.state, held.minutes, held.disputed_by) == (RecordState.FROZEN, 60, "ledger")
    decided = {"expected_version": held.version, "reason": "同一次服务"}
    with pytest.raises(ConflictError):
        await decide_dispute(over, worker("third"), order_id, decision=Decision.RELEASE, **decided)
    await decide_dispute(over, worker("third"), order_id, decision=Decision.REVERSE, **decided)
    proof = await prove(ws.store)
    assert (proof.pending_min, proof.frozen_min, proof.holds) == (60, 0, True)


async def test_a_visit_without_a_check_out_counts_within_its_own_time(ws):
    order_id, start = await claimed(ws)
    await check(at(ws, start), volunteer("v1"), report(order_id, CheckKind.CHECK_IN, start))
    late = at(ws, start + timedelta(hours=6))
    assert await find_unfinished(late, worker()) == [order_id]
    order = await ws.store.read(lambda tx: order_by_id(tx, worker(), order_id))
    corrected = {"decision": ReviewDecision.CORRECT, "minutes": 45, "reason": "家属证明"}
    await review_order(late, worker("reviewer"), order_id, expected_version=order.version, **corrected)
    counted = await record(ws, order_id)
    assert (counted.served_start, counted.served_end) == (start, start + timedelta(minutes=45))
    with pytest.raises(ConflictError):
        await manual(ws, start + timedelta(minutes=30))


async def test_who_is_at_the_door_gives_no_place_back(ws):
    order_id, start = await claimed(ws)
    await check(at(ws, start), volunteer("v1"), report(order_id, CheckKind.CHECK_IN, start))
    with pytest.raises(TransitionError):
        await release_claim(
            at(ws, start), volunteer("v1"), order_id.removeprefix("claim:"), expected_version=1, reason=""
        )


async def test_disputed_hours_of_a_need_that_was_confirmed_meanwhile_count_once_they_are_released(ws):
    order_id, start = await claimed(ws)
    await visited(ws, order_id, start)
    pending = await record(ws, order_id)
    held = await dispute_hours(
        ws, worker("auditor"), order_id, expected_version=pending.version, reason="有人看到早退"
    )
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), "n"))
    await confirm_need(ws, worker("second"), "n", expected_version=need.version)
    decision = {"decision": Decision.RELEASE, "reason": "核对过"}
    done = await decide_dispute(ws, worker("third"), order_id, expected_version=held.version, **decision)
    assert done.state is RecordState.VERIFIED
