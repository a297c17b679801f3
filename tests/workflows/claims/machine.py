"""
People, teams and the clock do what they like with a few needs; what was acknowledged stands, and no more.

After each step: I1, a need has no more active claims than slots, a slot one holder, a person one visit at a
time; I3, whatever a call answered is in the graph exactly once, also after the store was closed and opened
again; and each need's state is the one that its promises say.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from domain.errors import InvariantError, PlatformError, SlotTakenError
from graph import audit
from graph.ports import Access, GraphStore, Statement
from graph.reads.proposals import ClaimRow
from tests.builders import NOW, World, volunteer, worker
from tests.workflows.claims.lives import in_days, organiser
from workflows.claims.attendance import confirm_claim
from workflows.claims.holdings import hold_slot, name_member, release_holding
from workflows.claims.leaving import record_no_show, release_claim
from workflows.claims.offers import accept_offer, ask_replacement, decline_offer
from workflows.claims.taking import claim_slot
from workflows.claims.ticking import tick as clock_strikes
from workflows.claims.waiting import join_waiting_list, leave_waiting_list
from workflows.workspace import Workspace

T = TypeVar("T")

PEOPLE = ("a", "b", "c", "d")
NEEDS = {"pair": 2, "same-day": 1, "any-time": 1, "another-day": 1}
SLOTS = tuple(f"{need}:slot:{i}" for need, slots in NEEDS.items() for i in range(slots))
CLAIMS = Statement(
    "MATCH (c:Claim) RETURN c.id AS id, c.slot_id AS slot, c.need_id AS need, c.volunteer_id AS who,"
    " c.state AS state, c.window_start AS begins, c.window_end AS until, c.version AS version ORDER BY id",
    Access.READ,
)
HOLDS = Statement(
    "MATCH (h:SlotHold) RETURN h.id AS slot, h.claim_id AS holder, h.kind AS kind ORDER BY slot", Access.READ
)
HOLDINGS = Statement(
    "MATCH (h:SlotHolding) RETURN h.id AS id, h.slot_id AS slot, h.state AS state, h.version AS version"
    " ORDER BY id",
    Access.READ,
)
OFFERS = Statement(
    "MATCH (o:SlotOffer) RETURN o.id AS id, o.kind AS kind, o.slot_id AS slot, o.volunteer_id AS who,"
    " o.state AS state, o.replaces AS replaces ORDER BY id",
    Access.READ,
)
STATES = Statement("MATCH (n:Need) RETURN n.id AS id, n.state AS state ORDER BY id", Access.READ)

who = st.sampled_from(PEOPLE)
slots = st.sampled_from(SLOTS)


class ClaimsMachine(RuleBasedStateMachine):
    """Give ``open``; a store that outlives its handle says ``reopens = True``."""

    reopens = False
    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now: datetime = NOW
        self.ids = count(1)
        self.acknowledged: dict[str, ClaimRow] = {}
        self.ended: set[str] = set()
        self.store: GraphStore

    async def open(self) -> GraphStore:
        """Give an empty store with its schema, or the one that was closed."""
        raise NotImplementedError

    def observe(self) -> None:
        """For machines that look at more than claims (hours, visits): called after each step."""

    def holding(self) -> list[dict[str, Any]]:
        """Claims that keep their slot."""
        return self.active()

    def has_gone_on(self, need: dict[str, Any]) -> bool:
        """Whether a need has left the states that its promises alone decide; such a machine says where to."""
        return False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def attempt(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Give what a call answers; a refusal is an answer too, a broken promise of the program is not."""
        try:
            return self.do(work)
        except InvariantError:
            raise
        except PlatformError:
            return None

    @property
    def ws(self) -> Workspace:
        return Workspace(store=self.store, clock=lambda: self.now, new_id=lambda: f"id-{next(self.ids):06d}")

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        return self.do(self.store.read(lambda tx: tx.run(statement)))

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.open())
        world = World()
        world.organisation("team", kind="TEAM")
        for name in PEOPLE:
            world.volunteer(name, team_id="team" if name in "cd" else None)
        world.need("pair", slots=2, **in_days(4))
        world.need("same-day", slots=1, **in_days(4, hours=1))
        world.need("any-time", slots=1, window_starts=[], window_ends=[])
        world.need("another-day", slots=1, **in_days(6))
        self.do(world.write(self.store))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            verdict = self.do(audit.verify(self.store))
            assert verdict.intact
            self.do(self.store.close())
        self.runner.close()

    def took(self, claim: ClaimRow | None) -> None:
        if claim is not None:
            self.acknowledged.setdefault(claim.id, claim)

    # taking

    @rule(target=keys, name=who, slot=slots)
    def claim(self, name: str, slot: str) -> Any:
        key = f"key-{next(self.ids)}"
        outcome = self.attempt(claim_slot(self.ws, volunteer(name), slot, idempotency_key=key))
        if outcome is None:
            return multiple()
        assert not outcome.replayed
        self.took(outcome.value)
        return (name, slot, key, outcome.value)

    @rule(sent=keys)
    def send_again(self, sent: tuple[str, str, str, ClaimRow]) -> None:
        name, slot, key, first = sent
        again = self.do(claim_slot(self.ws, volunteer(name), slot, idempotency_key=key))
        assert again.replayed
        assert again.value == first

    @rule(slot=slots)
    def crowd(self, slot: str) -> None:
        async def all_at_once() -> list[object]:
            calls = (claim_slot(self.ws, volunteer(name), slot) for name in PEOPLE * 2)
            return await asyncio.gather(*calls, return_exceptions=True)

        held = {row["slot"] for row in self.rows(HOLDS)}
        outcomes = self.do(all_at_once())
        won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        assert all(isinstance(o, PlatformError) for o in outcomes if isinstance(o, BaseException)), outcomes
        assert not any(isinstance(o, InvariantError) for o in outcomes)
        assert len(won) <= (slot not in held)
        for outcome in won:
            self.took(outcome.value)  # type: ignore[attr-defined]
            losers = [o for o in outcomes if isinstance(o, SlotTakenError)]
            assert losers

    # leaving

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.active()))
        done = self.attempt(
            release_claim(
                self.ws, volunteer(row["who"]), row["id"], expected_version=row["version"], reason=""
            )
        )
        if done is not None:
            self.ended.add(row["id"])

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def no_show(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.active()))
        done = self.attempt(record_no_show(self.ws, worker(), row["id"], expected_version=row["version"]))
        if done is not None:
            self.ended.add(row["id"])

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.active()))
        self.attempt(
            confirm_claim(self.ws, volunteer(row["who"]), row["id"], expected_version=row["version"])
        )

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def ask_for_replacement(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.active()))
        self.attempt(ask_replacement(self.ws, worker(), row["id"], expected_version=row["version"]))

    # teams, lists, answers

    @rule(slot=slots)
    def keep_for_team(self, slot: str) -> None:
        self.attempt(hold_slot(self.ws, organiser("team"), slot, "team"))

    @rule(name=st.sampled_from("cd"), data=st.data())
    def name_somebody(self, name: str, data: st.DataObject) -> None:
        held = [row for row in self.rows(HOLDINGS) if row["state"] == "HELD"]
        if held:
            row = data.draw(st.sampled_from(held))
            self.attempt(
                name_member(self.ws, organiser("team"), row["id"], name, expected_version=row["version"])
            )

    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        held = [row for row in self.rows(HOLDINGS) if row["state"] == "HELD"]
        if held:
            row = data.draw(st.sampled_from(held))
            self.attempt(
                release_holding(self.ws, organiser("team"), row["id"], expected_version=row["version"])
            )

    @rule(name=who, need=st.sampled_from(tuple(NEEDS)))
    def wait_in_line(self, name: str, need: str) -> None:
        self.attempt(join_waiting_list(self.ws, volunteer(name), need))

    @rule(name=who, need=st.sampled_from(tuple(NEEDS)))
    def leave_line(self, name: str, need: str) -> None:
        self.attempt(leave_waiting_list(self.ws, volunteer(name), need))

    @rule(yes=st.booleans(), data=st.data())
    def answer(self, yes: bool, data: st.DataObject) -> None:
        asked = [row for row in self.rows(OFFERS) if row["state"] == "OPEN"]
        if not asked:
            return
        row = data.draw(st.sampled_from(asked))
        if not yes:
            self.attempt(decline_offer(self.ws, volunteer(row["who"]), row["id"]))
            return
        taken = self.attempt(accept_offer(self.ws, volunteer(row["who"]), row["id"]))
        if taken is not None:
            self.took(taken.value)
            if row["replaces"] is not None:
                self.ended.add(row["replaces"])

    # the clock

    @rule(hours=st.sampled_from((1, 5, 13, 24)))
    def time_passes(self, hours: int) -> None:
        if self.now + timedelta(hours=hours) < NOW + timedelta(days=7):
            self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        self.do(clock_strikes(self.ws))
        again = self.do(clock_strikes(self.ws))
        assert not any(again.figures().values()), again

    @precondition(lambda self: self.reopens)
    @rule()
    def reopen(self) -> None:
        self.do(self.store.close())
        self.store = self.do(self.open())

    # what holds

    def active(self) -> list[dict[str, Any]]:
        return (
            [row for row in self.rows(CLAIMS) if row["state"] == "ACTIVE"] if hasattr(self, "store") else []
        )

    @invariant()
    def slots_and_people_are_promised_once(self) -> None:
        if not hasattr(self, "store"):
            return
        active = self.active()
        taken = Counter(row["need"] for row in active)
        assert all(taken[need] <= slots for need, slots in NEEDS.items())
        assert len({(row["need"], row["who"]) for row in active}) == len(active)
        for one in active:
            for other in active:
                if (
                    one["id"] < other["id"]
                    and one["who"] == other["who"]
                    and one["begins"]
                    and other["begins"]
                ):
                    assert one["until"] <= other["begins"] or other["until"] <= one["begins"]

    @invariant()
    def a_slot_is_held_by_what_stands(self) -> None:
        if not hasattr(self, "store"):
            return
        held = {row["slot"]: (row["kind"], row["holder"]) for row in self.rows(HOLDS)}
        expected = {row["slot"]: ("CLAIM", row["id"]) for row in self.holding()}
        expected |= {
            row["slot"]: ("HOLDING", row["id"]) for row in self.rows(HOLDINGS) if row["state"] == "HELD"
        }
        expected |= {
            row["slot"]: ("OFFER", row["id"])
            for row in self.rows(OFFERS)
            if row["state"] == "OPEN" and row["kind"] == "WAITING"
        }
        assert held == expected

    @invariant()
    def what_was_acknowledged_stands_exactly_once(self) -> None:
        if not hasattr(self, "store"):
            return
        stored = self.rows(CLAIMS)
        assert {row["id"] for row in stored} == set(self.acknowledged)
        assert len(stored) == len(self.acknowledged)
        for row in stored:
            told = self.acknowledged[row["id"]]
            assert (row["slot"], row["who"]) == (told.slot_id, told.volunteer_id)
            assert (row["state"] == "ACTIVE") == (row["id"] not in self.ended)

    @invariant()
    def a_need_is_where_its_promises_say(self) -> None:
        if not hasattr(self, "store"):
            return
        promised = Counter(
            row["slot"].partition(":")[0] for row in self.rows(HOLDS) if row["kind"] != "OFFER"
        )
        for row in self.rows(STATES):
            if self.has_gone_on(row):
                continue
            there, asked = promised[row["id"]], NEEDS[row["id"]]
            expected = "ACCEPTED" if there == asked else "PARTIAL" if there else "VERIFIED"
            assert row["state"] == expected, row

    @invariant()
    def more(self) -> None:
        if hasattr(self, "store"):
            self.observe()
