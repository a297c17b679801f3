"""The job that keeps the deadlines of claims, killed in the middle of its work and run again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.container import workspace
from app.settings import Settings
from graph import audit
from graph.ports import Access, GraphStore, Statement
from tests.builders import NOW, TOWN, World

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("zhulian"))
EACH = 20
"""People to ask whether they still come, and freed slots that somebody waits for."""

OFFERS = Statement(
    "MATCH (o:SlotOffer) RETURN o.slot_id AS slot, o.volunteer_id AS who, o.id AS id, o.state AS state",
    Access.READ,
)
HOLDS = Statement("MATCH (h:SlotHold) RETURN h.id AS slot, h.claim_id AS holder, h.kind AS kind", Access.READ)
ASKED = Statement(
    "MATCH (c:Claim) WHERE c.confirm_asked_at IS NOT NULL RETURN c.id AS id, c.state AS state", Access.READ
)
TOLD = Statement("MATCH (n:Notice) RETURN n.recipient_id AS who, n.code AS code", Access.READ)


def _world(now: datetime) -> World:
    world = World()
    day = now + timedelta(hours=36)
    times = {"window_starts": [day.isoformat()], "window_ends": [(day + timedelta(hours=3)).isoformat()]}
    for i in range(EACH):
        world.volunteer(f"comes-{i}")
        world.need(f"taken-{i:02d}", slots=1, state="ACCEPTED", **times)
        slot = f"taken-{i:02d}:slot:0"
        claim = world.add(
            "Claim",
            id=f"claim-{i:02d}",
            need_id=f"taken-{i:02d}",
            slot_id=slot,
            volunteer_id=f"comes-{i}",
            state="ACTIVE",
            window_start=day,
            window_end=day + timedelta(hours=1),
            claimed_at=NOW,
            claimed_by=f"account-comes-{i}",
            region_path=TOWN,
            version=1,
        )
        world.add("SlotHold", id=slot, claim_id=claim, volunteer_id=f"comes-{i}", kind="CLAIM")
        world.volunteer(f"waits-{i}")
        world.need(f"freed-{i:02d}", slots=1, **times)
        world.add(
            "WaitingEntry",
            id=f"freed-{i:02d}:waits-{i}",
            need_id=f"freed-{i:02d}",
            volunteer_id=f"waits-{i}",
            state="WAITING",
            joined_at=NOW,
            region_path=TOWN,
            version=1,
        )
    return world


def _start(data_dir: Path) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "ZHULIAN_"))}
    return subprocess.Popen(
        [COMMAND, "claims", "tick", "--data-dir", str(data_dir), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**kept, "ZHULIAN_LANG": "en"},
    )


def _killed(data_dir: Path, after: int) -> bool:
    """Kill a run when it has committed about so often, and give whether it was still running."""
    log = data_dir / "graph" / "graph.lbug.wal"
    with _start(data_dir) as process:
        grown, last = 0, log.stat().st_size if log.exists() else 0
        while grown < after and process.poll() is None:
            size = log.stat().st_size if log.exists() else 0
            grown, last = grown + (size > last), size
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


async def _done(store: GraphStore) -> int:
    """Count what was done so far, after seeing that nothing of it is half done or done twice."""
    offers = await store.read(lambda tx: tx.run(OFFERS))
    kept = {
        row["slot"]: row["holder"]
        for row in await store.read(lambda tx: tx.run(HOLDS))
        if row["kind"] == "OFFER"
    }
    asked = await store.read(lambda tx: tx.run(ASKED))
    told = Counter((row["who"], row["code"]) for row in await store.read(lambda tx: tx.run(TOLD)))
    assert {row["slot"]: row["id"] for row in offers} == kept
    assert len(offers) == len(kept), "a slot was offered twice"
    assert all(count == 1 for count in told.values()), "somebody was told twice"
    assert len(told) == len(offers) + len(asked), "what was done and who was told of it do not stand together"
    assert (await audit.verify(store)).intact
    return len(offers) + len(asked)


async def test_a_tick_that_is_killed_and_run_again_loses_nothing_and_offers_nothing_twice(tmp_path):
    settings = Settings(data_dir=tmp_path)
    async with workspace(settings) as ws:
        await _world(datetime.now(UTC)).write(ws.store)
        before = await _done(ws.store)
    kills, seen = 0, [before]
    while kills < 3 and seen[-1] < 2 * EACH:
        kills += _killed(tmp_path, after=6)
        async with workspace(settings) as ws:
            seen.append(await _done(ws.store))
    assert any(0 < done < 2 * EACH for done in seen), f"no run was killed in the middle: {seen}"
    assert seen == sorted(seen), "what had been done was lost"
    for _ in range(2):
        with _start(tmp_path) as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        figures = json.loads(out.strip().splitlines()[-1])
    assert figures["asked_to_confirm"] == figures["offered_to_waiting"] == 0, (
        "the last run had something left to do"
    )
    async with workspace(settings) as ws:
        assert await _done(ws.store) == 2 * EACH
