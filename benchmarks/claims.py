"""
Claims under load and under kill -9.

    python -m benchmarks.claims --engine ladybug race    # many clients on one slot after the other
    python -m benchmarks.claims --engine neo4j spread    # many clients on slots of their own
    python -m benchmarks.claims --slots 10000 --write crowd   # 64 clients, two of them on each slot
    python -m benchmarks.claims --slots 64 team          # as many clients as slots, all of one need, at once
    python -m benchmarks.claims --engine ladybug crash   # a claiming process killed until all is claimed

Neo4j is the server that ``NEO4J_URI`` names; it is emptied. Every mode checks what it measured against the
graph and fails when an acknowledged claim is lost, a slot has two holders, or anything is half-written. The
last line is one JSON object; ``--write`` keeps that of a crowd in ``docs/benchmarks``, a row an engine.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import SlotTakenError
from graph import audit
from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import open_neo4j
from graph.ports import Access, GraphStore, Statement
from tests.builders import World, volunteer
from workflows.claims.taking import claim_slot
from workflows.workspace import Workspace

CLIENTS = 64
PAGES = Path(__file__).parents[1] / "docs" / "benchmarks"
_READY = "ready"
_LONGEST_LIFE_S = {"ladybug": 1.0, "neo4j": 3.0}  # long enough that some lives acknowledge something
_PEOPLE = Statement(
    "MATCH (c:Claim) WHERE c.state = 'ACTIVE' RETURN c.id AS id, c.slot_id AS slot_id", Access.READ
)
_HOLDS = Statement("MATCH (h:SlotHold) RETURN h.id AS slot_id, h.claim_id AS id", Access.READ)
_STATES = Statement("MATCH (n:Need) RETURN n.id AS id, n.state AS state, n.version AS version", Access.READ)
_STEPS = Statement("MATCH (t:NeedTransition) RETURN t.need_id AS id, t.after AS after", Access.READ)
_ANSWERS = Statement("MATCH (k:IdempotencyRecord) RETURN k.id AS id", Access.READ)


async def _open(engine: str, directory: Path) -> GraphStore:
    if engine == "ladybug":
        return open_ladybug(directory)
    return await open_neo4j(
        os.environ["NEO4J_URI"], user=os.environ.get("NEO4J_USER"), password=os.environ.get("NEO4J_PASSWORD")
    )


async def _prepare(store: GraphStore, slots: int) -> None:
    await store.define()
    await store.clear()
    world = World()
    for i in range(CLIENTS):
        world.volunteer(f"v{i}")
    for i in range(slots):
        world.need(f"n{i:05d}", slots=1, window_starts=[], window_ends=[])
    await world.write(store)


def _workspace(store: GraphStore) -> Workspace:
    return Workspace(store=store, clock=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex)


async def _check(store: GraphStore, acknowledged: dict[str, str]) -> dict[str, int]:
    """Compare the graph with what clients were told, slot by claim id; fails on any difference."""
    claims = {row["id"]: row["slot_id"] for row in await store.read(lambda tx: tx.run(_PEOPLE))}
    holds = {row["id"]: row["slot_id"] for row in await store.read(lambda tx: tx.run(_HOLDS))}
    states = {row["id"]: row for row in await store.read(lambda tx: tx.run(_STATES))}
    steps = {row["id"] for row in await store.read(lambda tx: tx.run(_STEPS))}
    lost = {claim_id for claim_id in acknowledged if claim_id not in claims}
    assert not lost, f"{len(lost)} acknowledged claims are lost"
    assert claims == holds, "a claim without its hold, or a hold without its claim"
    assert len(set(claims.values())) == len(claims), "a slot has two claims"
    claimed = {str(slot_id).partition(":")[0] for slot_id in claims.values()}
    accepted = {need_id for need_id, row in states.items() if row["state"] == "ACCEPTED"}
    assert accepted == claimed == steps, "a claim and its need's state or step do not stand together"
    assert all(row["version"] == 2 for need_id, row in states.items() if need_id in accepted)
    verdict = await audit.verify(store)
    assert verdict.intact, f"the audit chain is broken at {verdict.entry_id}"
    assert verdict.entries == len(claims), "a claim without its entry in the audit chain"
    return {
        "claims": len(claims),
        "acknowledged": len(acknowledged),
        "unacknowledged": len(claims) - len(acknowledged),
    }


async def race(store: GraphStore, slots: int) -> dict[str, object]:
    """All clients ask for one slot at once; then for the next one."""
    await _prepare(store, slots)
    ws = _workspace(store)
    acknowledged: dict[str, str] = {}
    errors: dict[str, int] = {}
    began = time.perf_counter()
    for i in range(slots):
        slot = f"n{i:05d}:slot:0"
        outcomes = await asyncio.gather(
            *(claim_slot(ws, volunteer(f"v{v}"), slot) for v in range(CLIENTS)), return_exceptions=True
        )
        won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        assert len(won) == 1, f"{slot} has {len(won)} winners"
        acknowledged[won[0].value.id] = slot
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                errors[type(outcome).__name__] = errors.get(type(outcome).__name__, 0) + 1
    seconds = time.perf_counter() - began
    assert set(errors) <= {SlotTakenError.__name__}, errors
    counts = await _check(store, acknowledged)
    asked = slots * CLIENTS
    return {
        **counts,
        "refused": errors,
        "seconds": round(seconds, 2),
        "requests_per_s": round(asked / seconds),
    }


async def spread(store: GraphStore, slots: int) -> dict[str, object]:
    """Every client claims slots of its own, one after the other, under a key each, and sends each twice."""
    await _prepare(store, slots)
    ws = _workspace(store)
    acknowledged: dict[str, str] = {}
    latencies_s: list[float] = []

    async def client(v: int) -> None:
        for i in range(v, slots, CLIENTS):
            slot = f"n{i:05d}:slot:0"
            began = time.perf_counter()
            outcome = await claim_slot(ws, volunteer(f"v{v}"), slot, idempotency_key=slot)
            latencies_s.append(time.perf_counter() - began)
            again = await claim_slot(ws, volunteer(f"v{v}"), slot, idempotency_key=slot)
            assert again.replayed
            assert again.value == outcome.value
            acknowledged[outcome.value.id] = slot

    began = time.perf_counter()
    await asyncio.gather(*(client(v) for v in range(CLIENTS)))
    seconds = time.perf_counter() - began
    counts = await _check(store, acknowledged)
    assert len(acknowledged) == slots
    ordered = sorted(latencies_s)
    return {
        **counts,
        "seconds": round(seconds, 2),
        "claims_per_s": round(slots / seconds),
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1000 * ordered[len(ordered) * 99 // 100], 1),
    }


async def crowd(store: GraphStore, slots: int) -> dict[str, object]:
    """Clients go through all slots in random order, two of them to each; one of the two is told it is taken."""
    await _prepare(store, slots)
    ws = _workspace(store)
    asked = [f"n{i:05d}:slot:0" for i in range(slots)] * 2
    random.Random(1).shuffle(asked)  # noqa: S311 - not a secret
    won: dict[str, str] = {}
    taken_s: list[float] = []
    refused_s: list[float] = []
    queue = iter(enumerate(asked))

    async def client(v: int) -> None:
        for number, slot in queue:
            began = time.perf_counter()
            try:
                outcome = await claim_slot(ws, volunteer(f"v{v}"), slot, idempotency_key=f"{number}")
            except SlotTakenError:
                refused_s.append(time.perf_counter() - began)
                continue
            taken_s.append(time.perf_counter() - began)
            won[outcome.value.id] = slot

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client(v) for v in range(CLIENTS)))
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    counts = await _check(store, won)
    assert len(won) == len(set(won.values())) == slots, "a slot has two claims, or none"
    return {
        **counts,
        "double_claims": 0,
        "refused": len(refused_s),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_s, 2),
        "claims_per_s": round(slots / seconds),
        "requests_per_s": round(len(asked) / seconds),
        "p50_ms": round(1000 * sorted(taken_s)[len(taken_s) // 2], 1),
        "p99_ms": round(1000 * sorted(taken_s)[len(taken_s) * 99 // 100], 1),
    }


async def team(store: GraphStore, slots: int) -> dict[str, object]:
    """As many clients as one need has slots ask at once, each for a slot of their own."""
    await store.define()
    await store.clear()
    world = World()
    for i in range(slots):
        world.volunteer(f"v{i}")
    world.need("n", slots=slots, window_starts=[], window_ends=[])
    await world.write(store)
    ws = _workspace(store)
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(claim_slot(ws, volunteer(f"v{i}"), f"n:slot:{i}") for i in range(slots)))
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    claims = {row["slot_id"] for row in await store.read(lambda tx: tx.run(_PEOPLE))}
    (need,) = await store.read(lambda tx: tx.run(_STATES))
    assert len(claims) == slots, "a claim is missing"
    assert (need["state"], need["version"]) == ("ACCEPTED", slots + 1), "the need was not led on"
    return {"claims": slots, "seconds": round(seconds, 2), "cpu_seconds": round(cpu_s, 2)}


async def victim(store: GraphStore, ledger: Path, slots: int) -> None:
    """Claim every free slot in random order; what is acknowledged is on disk before the next is asked for."""
    ws = _workspace(store)
    print(_READY, flush=True)
    order = [f"n{i:05d}:slot:0" for i in range(slots)]
    random.shuffle(order)
    with ledger.open("a", encoding="utf-8") as book:

        async def client(v: int) -> None:
            for slot in order[v::CLIENTS]:
                try:
                    outcome = await claim_slot(ws, volunteer(f"v{v}"), slot)
                except SlotTakenError:
                    continue
                book.write(f"{outcome.value.id} {slot}\n")
                book.flush()
                os.fsync(book.fileno())

        await asyncio.gather(*(client(v) for v in range(CLIENTS)))
    await store.close()


def _kill(command: list[str], after_s: float) -> bool:
    """Start a process, kill it with -9 a while after it is ready, and give whether it was still running."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == _READY, "the claiming process did not start"
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
        assert process.returncode == 0, "the claiming process failed by itself"
        return False


def crash(engine: str, directory: Path, slots: int) -> dict[str, object]:
    """Kill a claiming process until every slot is claimed, and look at the graph after each death."""
    ledger = directory.parent / "ledger.txt"
    ledger.touch()

    async def prepare() -> None:
        store = await _open(engine, directory)
        await _prepare(store, slots)
        await store.close()

    async def look() -> dict[str, int]:
        store = await _open(engine, directory)
        try:
            lines = ledger.read_text("utf-8").splitlines(keepends=True)
            told = dict(line.split() for line in lines if line.endswith("\n"))
            return await _check(store, told)
        finally:
            await store.close()

    asyncio.run(prepare())
    command = [
        sys.executable, "-m", "benchmarks.claims", "--engine", engine, "--slots", str(slots),
        "--directory", str(directory), "victim", str(ledger),
    ]  # fmt: skip
    kills, counts = 0, {"claims": 0}
    longest_s = _LONGEST_LIFE_S[engine]
    while counts["claims"] < slots:
        before = counts["claims"]
        kills += _kill(command, random.uniform(0.0, longest_s))  # noqa: S311 - not a secret
        counts = asyncio.run(look())
        if counts["claims"] == before:
            longest_s *= 1.5  # too short a life to finish anything on so busy a machine
        print(f"{kills} kills, {counts['claims']} claims", file=sys.stderr, flush=True)
    return {**counts, "kills": kills}


def main() -> None:
    """Run one mode and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("ladybug", "neo4j"), default="ladybug")
    parser.add_argument("--slots", type=int, default=200)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the row of a crowd in docs/benchmarks")
    parser.add_argument("mode", choices=("race", "spread", "crowd", "team", "crash", "victim"))
    parser.add_argument("ledger", type=Path, nargs="?")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = asked.directory or Path(folder) / "graph"
        if asked.mode == "crash":
            figures = crash(asked.engine, directory, asked.slots)
        else:
            figures = asyncio.run(_measure(asked, directory))
    if figures:
        row = {"mode": asked.mode, "engine": asked.engine, "slots": asked.slots, **figures}
        print(json.dumps(row))
        if asked.write and asked.mode == "crowd":
            busy = {"cores": len(os.sched_getaffinity(0)), "load": round(os.getloadavg()[0], 1)}
            _keep({**row, "clients": CLIENTS, **busy})


_COLUMNS = {
    "engine": "engine",
    "slots": "slots",
    "clients": "clients",
    "claims": "claims",
    "refused": "refused",
    "double_claims": "double claims",
    "claims_per_s": "durable claims/s",
    "requests_per_s": "requests/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "seconds": "wall s",
    "cpu_seconds": "CPU s of the client process",
    "cores": "cores",
    "load": "load of the machine",
}


def _keep(row: dict[str, object]) -> None:
    """Put a row in the place of its engine's last one, and write the table anew."""
    rows = PAGES / "claims.json"
    kept = json.loads(rows.read_text("utf-8")) if rows.exists() else {}
    kept = dict(sorted({**kept, str(row["engine"]): row}.items()))
    rows.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    lines = [
        "# Claims by a crowd",
        "",
        "Written by `python -m benchmarks.claims --slots 10000 --write crowd`: clients go through all slots in random",
        "order, two of them to each. A claim counts when it is on disk; after the run the graph is compared with what",
        "every client was told. The embedded engine runs inside the process; Neo4j's own CPU is not counted.",
        "",
        "| " + " | ".join(_COLUMNS.values()) + " |",
        "| --- |" + " ---: |" * (len(_COLUMNS) - 1),
        *("| " + " | ".join(str(entry[name]) for name in _COLUMNS) + " |" for entry in kept.values()),
    ]
    (PAGES / "claims.md").write_text("\n".join(lines) + "\n", "utf-8")


async def _measure(asked: argparse.Namespace, directory: Path) -> dict[str, object]:
    store = await _open(asked.engine, directory)
    if asked.mode == "victim":
        await victim(store, asked.ledger, asked.slots)
        return {}
    try:
        mode = {"race": race, "spread": spread, "crowd": crowd, "team": team}[asked.mode]
        return await mode(store, asked.slots)
    finally:
        await store.close()


if __name__ == "__main__":
    main()
