"""Whatever people, clocks and claims do to a need in any order, the state machine, history and clock hold."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.conferences import ConferenceDecision
from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from domain.needs import NEED_TRANSITIONS, OVER, NeedState
from graph.engines.ladybug import open_ladybug
from graph.reads.conferences import page_of_conferences
from graph.reads.needs import need_by_id, transitions_of_needs
from graph.reads.proposals import claims_of_volunteers
from tests.builders import NOW, World, volunteer, worker, workspace
from workflows.claims.leaving import release_claim
from workflows.claims.taking import claim_slot
from workflows.needs.aftermath import (
    accept_partial,
    dispute_need,
    reopen_need,
    resolve_dispute,
    resubmit_need,
)
from workflows.needs.clocks import tick
from workflows.needs.conferences import decide_conference, escalate_need
from workflows.needs.lifecycle import (
    cancel_need,
    check_need,
    complete_need,
    confirm_need,
    reject_need,
    start_need,
    verify_need,
)
from workflows.people import clock_actor
from workflows.workspace import Workspace

REFUSED = (ConflictError, InvalidInputError, NotFoundError, NotPermittedError)
SEEN: set[tuple[NeedState, NeedState]] = set()


@dataclass
class Life:
    """One need, and a clock that moves on."""

    ws: Workspace
    now: list[datetime] = field(default_factory=lambda: [NOW])

    async def need(self):
        return await self.ws.store.read(lambda tx: need_by_id(tx, worker(), "n"))

    async def conference(self):
        page = await self.ws.store.read(lambda tx: page_of_conferences(tx, worker()))
        return page.rows[-1] if page.rows else None

    async def release(self):
        held = await self.ws.store.read(lambda tx: claims_of_volunteers(tx, worker(), ["v1", "v2"]))
        for claims in held.values():
            for claim in claims:
                if claim.state == "ACTIVE":
                    await release_claim(
                        self.ws, worker(), claim.id, expected_version=claim.version, reason="病了"
                    )
                    return

    async def decide(self, decision: ConferenceDecision):
        found = await self.conference()
        if found is not None:
            await decide_conference(
                self.ws,
                worker("d"),
                found.id,
                expected_version=found.version,
                decision=decision,
                minutes="议定",
            )


Step = Callable[[Life, int], Awaitable[object]]


def words(use_case, actor, **more) -> Step:
    return lambda life, version: use_case(life.ws, actor, "n", expected_version=version, **more)


async def wait(life: Life, hours: int) -> None:
    life.now[0] += timedelta(hours=hours)
    await tick(life.ws, clock_actor(), holder="test")


STEPS: dict[str, Step] = {
    "check": words(check_need, worker("c"), evidence="走访"),
    "verify": words(verify_need, worker("v"), evidence="入户"),
    "reject": words(reject_need, worker("v"), reason="不清"),
    "resubmit": words(resubmit_need, worker("poster"), reason="改好"),
    "cancel": words(cancel_need, worker(), reason="不要了"),
    "claim1": lambda life, _: claim_slot(life.ws, volunteer("v1"), "n:slot:0"),
    "claim2": lambda life, _: claim_slot(life.ws, volunteer("v2"), "n:slot:1"),
    "release": lambda life, _: life.release(),
    "accept_partial": words(accept_partial, worker(), reason="够了"),
    "start": words(start_need, worker()),
    "complete": words(complete_need, worker(), evidence="签到"),
    "confirm": words(confirm_need, worker()),
    "dispute": words(dispute_need, worker(), reason="没来"),
    "again": words(resolve_dispute, worker(), fulfilled=False, reason="重来"),
    "settle": words(resolve_dispute, worker(), fulfilled=True, reason="核对"),
    "reopen": words(reopen_need, worker(), reason="没做完"),
    "escalate": lambda life, version: escalate_need(
        life.ws,
        worker(),
        "n",
        expected_version=version,
        reason="难",
        owner_id="o",
        due_at=life.now[0] + timedelta(5),
    ),
    **{
        f"decide_{decision.value}": (lambda life, _, d=decision: life.decide(d))
        for decision in ConferenceDecision
    },
    **{f"wait_{hours}": (lambda life, _, h=hours: wait(life, h)) for hours in (25, 200, 800)},
}

LIVES = st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=14)
# A way through most of the table, so that random lives begin deep in it as often as at its door.
WAYS = st.sampled_from(
    [
        [],
        ["verify"],
        ["verify", "claim1"],
        ["verify", "claim1", "claim2", "start", "complete"],
        ["verify", "claim1", "claim2", "start", "complete", "confirm", "wait_200"],
        ["verify", "claim1", "claim2", "start", "complete", "dispute"],
        ["verify", "escalate"],
        ["reject"],
    ]
)


async def live(steps: list[str]) -> None:
    async with open_ladybug() as store:
        await store.define()
        world = World()
        world.region()
        world.volunteer("v1")
        world.volunteer("v2")
        world.need(
            "n", slots=2, state="POSTED", verified_by=None, window_starts=[], window_ends=[], state_since=NOW
        )
        await world.write(store)
        life = Life(workspace(store))
        life.ws = replace(life.ws, clock=lambda: life.now[0])
        for name in steps:
            before = await life.need()
            try:
                await STEPS[name](life, before.version)
            except REFUSED:
                assert await life.need() == before, f"{name} was refused and left something"
            await holds(life, before)


async def holds(life: Life, before) -> None:
    need = await life.need()
    steps = (await life.ws.store.read(lambda tx: transitions_of_needs(tx, worker(), ["n"]))).get("n", ())
    for step in steps:
        assert step.before is step.after is NeedState.POSTED or step.after in NEED_TRANSITIONS[step.before]
        assert step.actor_id
        SEEN.add((step.before, step.after))
    for one, other in pairwise(sorted(steps, key=lambda step: step.id)):
        assert one.at <= other.at
    if need.state is not before.state:
        assert any(step.after is need.state and step.at == life.now[0] for step in steps)
        assert need.state_since == life.now[0]
        assert need.state in OVER - {NeedState.CONFIRMED} or need.due_at is not None
    if need.state is NeedState.ESCALATED:
        found = await life.conference()
        assert found is not None
        assert found.owner_id
    assert (need.fulfilled_at is not None) == (need.state in {NeedState.CONFIRMED, NeedState.CLOSED}) or (
        need.state is NeedState.CLOSED
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(WAYS, LIVES)
def test_no_order_of_acts_leaves_the_state_machine_or_a_state_without_clock_or_owner(way, steps):
    asyncio.run(live([*way, *steps]))


def test_a_walk_through_the_table_reaches_every_state_but_those_of_rounds():
    SEEN.clear()
    for way in (
        [
            "check",
            "verify",
            "claim1",
            "accept_partial",
            "start",
            "complete",
            "confirm",
            "wait_200",
            "reopen",
            "cancel",
        ],
        ["reject", "resubmit", "wait_800", "wait_25", "wait_25", "resubmit"],
        ["verify", "claim1", "claim2", "complete", "dispute", "again", "escalate", "decide_WAIT_FOR_ROUND"],
        ["verify", "claim1", "claim2", "complete", "dispute", "settle"],
        ["verify", "claim1", "release"],
    ):
        asyncio.run(live(way))
    reached = {after for _, after in SEEN}
    assert set(NeedState) - reached == {NeedState.DRAFT, NeedState.MATCHED, NeedState.OFFERED}
