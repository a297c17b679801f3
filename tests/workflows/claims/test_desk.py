"""Claims that wait together are decided together, and come out as if each had been decided alone."""

import asyncio
from collections import Counter
from datetime import timedelta

from domain.errors import NotFoundError, NotPermittedError, SlotTakenError, TransitionError
from graph import audit
from graph.ports import Access, Statement
from graph.reads.needs import need_by_id
from tests.builders import NOW, World, volunteer, worker, workspace
from tests.workflows.claims.lives import in_days
from workflows.claims.taking import claim_slot
from workflows.workspace import Outcome

ENTRIES = Statement(
    "MATCH (e:AuditEntry) WHERE e.operation = 'claim.take' RETURN e.actor_id AS actor, e.object_id AS claim",
    Access.READ,
)
ASSIGNED = Statement(
    "MATCH (v:Volunteer)-[r:ASSIGNED_TO]->(n:Need) RETURN v.id AS who, n.id AS need, r.claim_id AS claim",
    Access.READ,
)
HOLDS = Statement("MATCH (h:SlotHold) RETURN h.id AS slot, h.volunteer_id AS who", Access.READ)


async def _all(ws, *asked):
    """What came of claims that were all asked at once, in their order."""
    return await asyncio.gather(
        *(claim_slot(ws, volunteer(who), slot, **more) for who, slot, more in asked), return_exceptions=True
    )


async def test_each_of_many_gets_what_it_would_have_got_alone(store):
    world = World()
    for i in range(20):
        world.volunteer(f"v{i:02d}")
        world.need(f"n{i:02d}", slots=1, **in_days(3))
    world.volunteer("unskilled", skills=[])
    world.volunteer("draft", status="DRAFT")
    world.need("skilled", slots=1, skill="ELECTRICAL", **in_days(3))
    world.need("pair", slots=2, **in_days(3))
    world.need("offered", slots=1, state="OFFERED", **in_days(3))
    world.need("money-too", slots=1, amount_fen=100, **in_days(3))
    world.need("verified-by-one", slots=1, verified_by="account-v19", **in_days(3))
    for name in ("a", "b", "c", "d", "e"):
        world.volunteer(name)
    await world.write(store)
    ws = workspace(store)
    outcomes = await _all(
        ws,
        *((f"v{i:02d}", f"n{i:02d}:slot:0", {"idempotency_key": f"k{i}"}) for i in range(19)),
        ("v19", "verified-by-one:slot:0", {}),
        ("unskilled", "skilled:slot:0", {}),
        ("draft", "n19:slot:0", {}),
        ("a", "pair:slot:0", {}),
        ("b", "pair:slot:1", {}),
        ("c", "offered:slot:0", {}),
        ("d", "money-too:slot:0", {}),
        ("e", "nowhere", {}),
    )
    claims, others = outcomes[:19], outcomes[19:]
    assert not any(isinstance(outcome, BaseException) for outcome in claims), claims
    assert [outcome.value.volunteer_id for outcome in claims] == [f"v{i:02d}" for i in range(19)]
    assert all(outcome.value.window_start == NOW + timedelta(days=3) for outcome in claims)
    verifier, unskilled, draft, first, second, offered, money, nowhere = others
    assert [error.context["rule"] for error in (verifier, unskilled, draft)] == ["HC-29", "HC-01", "HC-30"]
    assert first.value.window_start == second.value.window_start
    assert isinstance(offered, TransitionError)
    assert isinstance(nowhere, NotFoundError)
    assert not isinstance(money, BaseException)
    states = {
        need: (await store.read(lambda tx, key=need: need_by_id(tx, worker(), key))).state
        for need in ("n00", "pair", "money-too", "n19")
    }
    assert states == {"n00": "ACCEPTED", "pair": "ACCEPTED", "money-too": "PARTIAL", "n19": "VERIFIED"}
    made = {outcome.value.id: outcome.value for outcome in [*claims, first, second, money]}
    entries = await store.read(lambda tx: tx.run(ENTRIES))
    assert {(row["claim"], row["actor"]) for row in entries} == {
        (claim.id, f"account-{claim.volunteer_id}") for claim in made.values()
    }
    assigned = await store.read(lambda tx: tx.run(ASSIGNED))
    assert {row["claim"] for row in assigned} == set(made)
    assert (await audit.verify(store)).intact


async def test_a_crowd_on_few_slots_fills_each_once(store):
    """Sixty-four people, eight slots, everybody asks for every one; nobody may be promised twice at one time."""
    world = World()
    for i in range(64):
        world.volunteer(f"v{i:02d}")
    for i in range(8):
        world.need(f"n{i}", slots=1, **in_days(3, hours=1))
    await world.write(store)
    ws = workspace(store)
    asked = [(f"v{i:02d}", f"n{(i + k) % 8}:slot:0", {}) for k in range(8) for i in range(64)]
    outcomes = await _all(ws, *asked)
    won = [outcome.value for outcome in outcomes if not isinstance(outcome, BaseException)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert sorted(claim.slot_id for claim in won) == [f"n{i}:slot:0" for i in range(8)]
    assert max(Counter(claim.volunteer_id for claim in won).values()) == 1, "two visits at one time"
    assert all(isinstance(error, SlotTakenError | NotPermittedError) for error in lost), lost
    holds = await store.read(lambda tx: tx.run(HOLDS))
    assert {(row["slot"], row["who"]) for row in holds} == {(c.slot_id, c.volunteer_id) for c in won}


async def test_a_repeated_key_in_the_crowd_is_answered_as_it_was(store):
    world = World()
    for i in range(8):
        world.volunteer(f"v{i}")
        world.need(f"n{i}", slots=1, **in_days(3))
    await world.write(store)
    ws = workspace(store)
    asked = [(f"v{i}", f"n{i}:slot:0", {"idempotency_key": "k"}) for i in range(8)]
    first = await _all(ws, *asked, *asked)
    again = await _all(ws, *asked)
    for outcome, twin, later in zip(first[:8], first[8:], again, strict=True):
        assert not outcome.replayed
        assert twin.replayed
        assert later.replayed
        assert outcome.value == twin.value == later.value


LEFT = Statement(
    """
    MATCH (n:Need) RETURN n.id AS id, n.state AS state, n.version AS version, n.state_since AS since,
      n.due_at AS due_at, n.tick_at AS tick_at, n.clock_step AS clock_step, n.matched_at AS matched_at,
      n.verified_by AS verified_by, n.fulfilled_at AS fulfilled_at
    """,
    Access.READ,
)
STEPS = Statement(
    "MATCH (t:NeedTransition) RETURN t.need_id AS id, t.id AS step, t.before AS before, t.after AS after,"
    " t.reason AS reason, t.at AS at, t.region_path AS region_path ORDER BY t.id",
    Access.READ,
)


async def test_needs_are_left_as_claims_one_by_one_leave_them(store):
    """State, version, clock and milestones, and each step on the way there: of one person's needs and of teams'."""
    world = World()
    for way in ("one", "all"):
        for task, slots in (("alone", 1), ("team", 3), ("part", 4)):
            world.need(f"{way}-{task}", slots=slots, **in_days(3))
    asked = {
        way: [
            (f"{way}-{task}-{i}", f"{way}-{task}:slot:{i}", {})
            for task, places in (("alone", 1), ("team", 3), ("part", 2))
            for i in range(places)
        ]
        for way in ("one", "all")
    }
    for who, _, _ in (*asked["one"], *asked["all"]):
        world.volunteer(who)
    await world.write(store)
    ws = workspace(store)
    alone = [(await _all(ws, each))[0] for each in asked["one"]]
    together = await _all(ws, *asked["all"])
    for one, other in zip(alone, together, strict=True):
        assert one.value.slot_id.removeprefix("one") == other.value.slot_id.removeprefix("all")
        assert (one.value.window_start, one.value.confirmed_at) == (
            other.value.window_start,
            other.value.confirmed_at,
        )

    def by_way(rows, way):
        stripped = [
            {
                name: value.removeprefix(way) if isinstance(value, str) else value
                for name, value in row.items()
            }
            for row in rows
            if row["id"].startswith(way)
        ]
        return sorted(stripped, key=lambda row: (row["id"], row.get("step", "")))

    for statement in (LEFT, STEPS):
        rows = await store.read(lambda tx, asked=statement: tx.run(asked))
        assert by_way(rows, "one") == by_way(rows, "all")
        assert by_way(rows, "one")


async def test_who_asks_too_late_is_told_before_the_others_are_decided(store):
    """A team's last place goes to whoever comes first, and to nobody who holds another."""
    world = World()
    world.need("n", slots=3, **in_days(3))
    for i in range(6):
        world.volunteer(f"v{i}")
    world.volunteer("again")
    await world.write(store)
    ws = workspace(store)
    first = await _all(ws, ("v0", "n:slot:0", {}), ("again", "n:slot:1", {}))
    assert not any(isinstance(outcome, BaseException) for outcome in first)
    outcomes = await _all(
        ws, ("v1", "n:slot:0", {}), ("again", "n:slot:2", {}), ("v2", "n:slot:2", {}), ("v3", "n:slot:2", {})
    )
    assert [type(outcome) for outcome in outcomes] == [
        SlotTakenError,
        SlotTakenError,
        Outcome,
        SlotTakenError,
    ]
