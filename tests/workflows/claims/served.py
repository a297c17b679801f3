"""
The machine of claims goes on to the door: people check in and out, write hours down, dispute and decide.

Beside what holds of claims, after each step: every book is what its entries say and sums to zero; an entry that
was written is never changed; what somebody disputes stands still until it is decided; and of no stretch of
anybody's time more minutes count than have passed.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.actors import Actor
from domain.regions import GeoPoint
from domain.service import CheckKind, CheckMethod, ReviewDecision
from domain.time import Window
from graph.hours.proof import prove
from graph.ports import Access, Statement
from tests.builders import NOW, volunteer, worker
from tests.workflows.claims.machine import CLAIMS, NEEDS, ClaimsMachine, who
from workflows.hours.posting import REVIEW
from workflows.hours.records import (
    Decision,
    ManualHours,
    countersign_hours,
    decide_dispute,
    dispute_hours,
    record_hours,
    refuse_hours,
)
from workflows.needs.aftermath import dispute_need, resolve_dispute
from workflows.needs.lifecycle import complete_need, confirm_need
from workflows.service.checking import Report, check
from workflows.service.review import find_unfinished, review_order

THERE = GeoPoint(longitude_deg=120.55013, latitude_deg=31.87021)
ORDERS = Statement(
    "MATCH (o:WorkOrder) RETURN o.id AS id, o.claim_id AS claim, o.volunteer_id AS who, o.state AS state,"
    " o.checked_in_at AS arrived, o.checked_out_at AS left, o.minutes AS minutes, o.version AS version"
    " ORDER BY id",
    Access.READ,
)
RECORDS = Statement(
    "MATCH (r:HoursRecord) RETURN r.id AS id, r.volunteer_id AS who, r.kind AS kind, r.state AS state,"
    " r.minutes AS minutes, r.served_start AS since, r.served_end AS until, r.disputed_by AS disputed_by,"
    " r.version AS version ORDER BY id",
    Access.READ,
)
ENTRIES = Statement(
    "MATCH (e:HoursEntry) RETURN e.id AS id, e.volunteer_id AS who, e.sequence AS sequence,"
    " e.record_id AS record, e.kind AS kind, e.debit AS debit, e.credit AS credit, e.minutes AS minutes,"
    " e.reason AS reason, e.actor_id AS actor, e.at AS at ORDER BY id",
    Access.READ,
)
VERSIONS = Statement("MATCH (n:Need) RETURN n.id AS id, n.state AS state, n.version AS version", Access.READ)

COUNTED = frozenset({"PENDING", "VERIFIED"})
LED_ON = frozenset({"IN_PROGRESS", "DONE", "DISPUTED", "CONFIRMED"})
DESK = st.sampled_from(("worker", "second", "third", "fourth"))
needs = st.sampled_from(tuple(NEEDS))


class ServedMachine(ClaimsMachine):
    """Claims, and what comes of them."""

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[tuple[Actor, Report]] = []
        self.entries: dict[str, dict[str, Any]] = {}
        self.disputed: dict[str, int] = {}
        self.led: set[str] = set()

    def drawn(self, data: st.DataObject, rows: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
        found = list(rows)
        return data.draw(st.sampled_from(found)) if found else None

    def some_record(self, data: st.DataObject, *states: str) -> dict[str, Any] | None:
        return self.drawn(data, (row for row in self.rows(RECORDS) if row["state"] in states))

    def at_least(self, moment: datetime | None) -> None:
        if moment is not None:
            self.now = max(self.now, moment)

    # at the door

    def send(
        self, claim: dict[str, Any], kind: CheckKind, reported_at: datetime, *, placed: bool = True
    ) -> None:
        actor = volunteer(claim["who"])
        made = Report(
            order_id=f"claim:{claim['id']}",
            kind=kind,
            method=CheckMethod.GEOFENCE,
            reported_at=reported_at,
            sent_at=self.now,
            device_id=f"phone-{claim['who']}",
            device_version=next(self.ids),
            place=THERE if placed else None,
            accuracy_m=15 if placed else None,
        )
        taken = self.attempt(check(self.ws, actor, made))
        if taken is not None:
            assert not taken.replayed
            self.reports.append((actor, made))
            self.led.add(claim["need"])

    @precondition(lambda self: self.active())
    @rule(late_min=st.sampled_from((0, 0, 20)), placed=st.sampled_from((True, True, False)), data=st.data())
    def arrive(self, late_min: int, placed: bool, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.active()))
        if claim["begins"] is not None:
            self.at_least(claim["begins"] + timedelta(minutes=late_min))
        self.send(claim, CheckKind.CHECK_IN, self.now, placed=placed)

    @rule(minutes=st.sampled_from((15, 60, 60, 200)), data=st.data())
    def leave(self, minutes: int, data: st.DataObject) -> None:
        order = self.drawn(data, (row for row in self.rows(ORDERS) if row["left"] is None))
        if order is None or order["arrived"] is None:
            return
        self.at_least(order["arrived"] + timedelta(minutes=minutes))
        (claim,) = (row for row in self.rows(CLAIMS) if row["id"] == order["claim"])
        self.send(claim, CheckKind.CHECK_OUT, self.now)

    @rule(
        kind=st.sampled_from((CheckKind.CHECK_IN, CheckKind.CHECK_OUT)),
        after_min=st.integers(0, 90),
        data=st.data(),
    )
    def tell_later(self, kind: CheckKind, after_min: int, data: st.DataObject) -> None:
        """What a device had held back comes in whatever order."""
        claim = self.drawn(data, self.rows(CLAIMS))
        if claim is not None and claim["begins"] is not None:
            happened = claim["begins"] + timedelta(minutes=after_min)
            self.at_least(happened + timedelta(minutes=10))
            self.send(claim, kind, happened)

    @rule(data=st.data())
    def report_again(self, data: st.DataObject) -> None:
        if self.reports:
            actor, made = data.draw(st.sampled_from(self.reports))
            before = self.rows(ENTRIES)
            assert self.do(check(self.ws, actor, made)).replayed
            assert self.rows(ENTRIES) == before

    @rule(decision=st.sampled_from(ReviewDecision), minutes=st.integers(5, 20), data=st.data())
    def review(self, decision: ReviewDecision, minutes: int, data: st.DataObject) -> None:
        order = self.drawn(data, (row for row in self.rows(ORDERS) if row["state"] == "TO_REVIEW"))
        if order is not None:
            self.attempt(
                review_order(
                    self.ws,
                    worker("reviewer"),
                    order["id"],
                    expected_version=order["version"],
                    decision=decision,
                    reason="问过家属",
                    minutes=minutes if decision is ReviewDecision.CORRECT else None,
                )
            )

    @rule()
    def look_for_visits_that_nobody_left(self) -> None:
        self.do(find_unfinished(self.ws, worker()))

    # the need

    def version_of(self, need: str) -> int:
        return next(row["version"] for row in self.rows(VERSIONS) if row["id"] == need)

    def ends_with(self, need: str) -> set[str]:
        return {row["id"] for row in self.active() if row["need"] == need}

    @rule(need=needs)
    def report_done(self, need: str) -> None:
        self.at_least(
            max((row["until"] for row in self.active() if row["need"] == need and row["until"]), default=None)
        )
        done = complete_need(
            self.ws, worker("reporter"), need, expected_version=self.version_of(need), evidence="签到表"
        )
        if self.attempt(done) is not None:
            self.led.add(need)

    @rule(need=needs, desk=DESK)
    def confirm_need(self, need: str, desk: str) -> None:
        ending = self.ends_with(need)
        done = confirm_need(self.ws, worker(desk), need, expected_version=self.version_of(need))
        if self.attempt(done) is not None:
            self.ended |= ending

    @rule(need=needs, fulfilled=st.booleans())
    def settle_a_dispute_over_the_need(self, need: str, fulfilled: bool) -> None:
        self.attempt(
            dispute_need(self.ws, worker(), need, expected_version=self.version_of(need), reason="没有来")
        )
        ending = self.ends_with(need)
        settled = resolve_dispute(
            self.ws,
            worker("second"),
            need,
            expected_version=self.version_of(need),
            fulfilled=fulfilled,
            reason="核对过",
        )
        if self.attempt(settled) is not None:
            self.ended |= ending

    # hours

    @rule(
        name=who,
        desk=DESK,
        back_min=st.sampled_from((0, 30, 90)),
        minutes=st.sampled_from((30, 60)),
        data=st.data(),
    )
    def write_down(self, name: str, desk: str, back_min: int, minutes: int, data: st.DataObject) -> None:
        """Hours by hand, often of a time in which the person promised to serve, or did."""
        own = [row["begins"] for row in self.rows(CLAIMS) if row["who"] == name and row["begins"]]
        past = [moment for moment in own if moment + timedelta(minutes=minutes) <= self.now]
        start = data.draw(st.sampled_from([*past, NOW - timedelta(days=3)])) + timedelta(
            minutes=back_min - 30
        )
        window = Window(start=start, end=start + timedelta(minutes=minutes))
        asked = ManualHours(volunteer_id=name, window=window, title="陪伴老人", evidence="签到表 3 号")
        self.attempt(record_hours(self.ws, worker(desk), asked))

    @rule(desk=DESK, data=st.data())
    def countersign(self, desk: str, data: st.DataObject) -> None:
        row = self.some_record(data, "PENDING")
        if row is not None:
            self.attempt(countersign_hours(self.ws, worker(desk), row["id"], expected_version=row["version"]))

    @rule(desk=DESK, data=st.data())
    def refuse(self, desk: str, data: st.DataObject) -> None:
        row = self.some_record(data, "PENDING")
        if row is not None:
            self.attempt(
                refuse_hours(self.ws, worker(desk), row["id"], expected_version=row["version"], reason="不实")
            )

    @rule(data=st.data())
    def dispute(self, data: st.DataObject) -> None:
        row = self.some_record(data, "PENDING", "VERIFIED")
        if row is not None:
            self.do(
                dispute_hours(
                    self.ws, volunteer(row["who"]), row["id"], expected_version=row["version"], reason="多记"
                )
            )

    @rule(decision=st.sampled_from(Decision), minutes=st.integers(5, 20), desk=DESK, data=st.data())
    def decide(self, decision: Decision, minutes: int, desk: str, data: st.DataObject) -> None:
        row = self.some_record(data, "FROZEN")
        if row is None:
            return
        decided = decide_dispute(
            self.ws,
            worker(desk),
            row["id"],
            expected_version=row["version"],
            decision=decision,
            reason="核对过",
            minutes=minutes if decision is Decision.CORRECT else None,
        )
        if self.attempt(decided) is not None:
            self.disputed.pop(row["id"])

    # what holds

    def holding(self) -> list[dict[str, Any]]:
        return [row for row in self.rows(CLAIMS) if row["state"] in {"ACTIVE", "DONE"}]

    def has_gone_on(self, need: dict[str, Any]) -> bool:
        if need["state"] == "MATCHING":  # asked for again after a dispute: nobody is promised to it
            return not any(row["need"] == need["id"] for row in self.active())
        if need["state"] in LED_ON:
            assert need["id"] in self.led, need
            return True
        return False

    def observe(self) -> None:
        proof = self.do(prove(self.store))
        assert proof.holds, proof
        records = self.rows(RECORDS)
        self._entries_stand(self.rows(ENTRIES))
        self._what_is_disputed_stands_still(records)
        for name in {row["who"] for row in records}:
            no_minute_counts_twice([row for row in records if row["who"] == name])
        self._a_visit_counts_once(records)

    def _entries_stand(self, entries: list[dict[str, Any]]) -> None:
        now = {row["id"]: row for row in entries}
        assert all(now.get(key) == row for key, row in self.entries.items())
        self.entries = now
        last = {row["record"]: row["kind"] for row in sorted(entries, key=lambda each: each["sequence"])}
        frozen = {row["id"] for row in self.rows(RECORDS) if row["state"] == "FROZEN"}
        assert {key for key, kind in last.items() if kind == "FREEZE"} == frozen

    def _what_is_disputed_stands_still(self, records: list[dict[str, Any]]) -> None:
        now = {
            row["id"]: row["minutes"]
            for row in records
            if row["state"] == "FROZEN" and row["disputed_by"] != REVIEW
        }
        assert all(now.get(key) == minutes for key, minutes in self.disputed.items())
        self.disputed = now

    def _a_visit_counts_once(self, records: list[dict[str, Any]]) -> None:
        """A claim has one visit at most, which counts once it is over, and not for who gave their place back."""
        standing = {row["id"] for row in records if row["state"] in COUNTED}
        served = {f"claim:{row['id']}" for row in self.rows(CLAIMS) if row["state"] == "DONE"}
        waiting = {row["id"] for row in records if row["kind"] == "AUTO" and row["state"] == "PENDING"}
        assert not served & waiting  # who else would count them?
        given_back = {f"claim:{row['id']}" for row in self.rows(CLAIMS) if row["state"] == "WITHDRAWN"}
        decided = {row["record"] for row in self.entries.values() if row["kind"] == "RELEASE"}
        assert given_back & standing <= decided  # somebody said that they served all the same
        by_claim = Counter(row["claim"] for row in self.rows(ORDERS))
        assert max(by_claim.values(), default=0) <= 1


def no_minute_counts_twice(records: list[dict[str, Any]]) -> None:
    """Of services that touch each other no more minutes count than lie between their first and last."""
    rows = sorted(
        (row for row in records if row["state"] in COUNTED and row["since"] is not None),
        key=lambda row: row["since"],
    )
    until, room = None, 0
    for row in rows:
        length = (row["until"] - row["since"]) // timedelta(minutes=1)
        if until is None or row["since"] >= until:
            until, room = row["until"], length
        else:
            room += max(0, (row["until"] - until) // timedelta(minutes=1))
            until = max(until, row["until"])
        room -= row["minutes"]
        assert room >= 0, (row, rows)
