"""
The serving process of ``benchmarks.giving_soak``: asks the real use cases of giving, one request a line.

A request names a use case, who asks, when, on which version and under which key; the answer is what a page would
show after it: the allocation or gift, and the need as it stands.
"""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain.actors import Actor, Purpose, Role, Scope
from domain.allocations import EvidenceKind
from domain.donations import Donation
from domain.errors import PlatformError
from domain.giving import DonationSource
from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import open_neo4j
from graph.ports import Access, GraphStore, ReadTransaction, Statement
from graph.reads.allocations import AllocationRow
from graph.reads.needs import need_by_id
from tests.builders import CITY
from workflows.allocations.allocating import NewAllocation, allocate, pay_first
from workflows.allocations.approving import approve_allocation, refuse_allocation
from workflows.allocations.paying import claw_back_allocation, disburse_allocation, release_allocation
from workflows.allocations.telling import record_evidence, send_feedback
from workflows.allocations.ticking import tick
from workflows.donations.posting import post_donation
from workflows.donations.receipts import issue_receipt
from workflows.donations.recording import Donor, NewGift, record_donation
from workflows.donations.returning import refund_donation
from workflows.donations.steps import GiftStep
from workflows.needs.lifecycle import cancel_need
from workflows.people import clock_actor
from workflows.workspace import Outcome, Workspace

CHARITY = "charity"
_OF_NEED = Statement(
    "MATCH (n:Allocation) WHERE n.need_id = $need_id"
    " RETURN n.id AS id, n.state AS state, n.version AS version, n.amount_fen AS fen,"
    " n.approvals_wanted AS wanted ORDER BY id",
    Access.READ,
)

Asked = dict[str, Any]
Answer = dict[str, Any]


async def open_store(engine: str, directory: Path) -> GraphStore:
    """Open the graph of a run: a directory, or the server that ``NEO4J_URI`` names."""
    if engine == "ladybug":
        return open_ladybug(directory)
    return await open_neo4j(
        os.environ["NEO4J_URI"], user=os.environ.get("NEO4J_USER"), password=os.environ.get("NEO4J_PASSWORD")
    )


def _person(name: str) -> Actor:
    if name == "clock":
        return clock_actor()
    role = {"senior": Role.FEDERATION_APPROVER, "worker": Role.STATION_WORKER}.get(
        name, Role.FEDERATION_OFFICER
    )
    held = () if role is Role.STATION_WORKER else (CHARITY,)
    scope = Scope(region_paths=(CITY,), organisation_ids=held, purpose=Purpose.GIVING)
    return Actor(id=name, name=name, roles=frozenset({role}), scope=scope)


def _gift(asked: Asked) -> NewAllocation:
    return NewAllocation(
        need_id=asked["need"], fund_id=asked["fund"], earmark_id=asked["earmark"], amount_fen=asked["fen"]
    )


def _step(asked: Asked) -> GiftStep:
    return GiftStep(donation_id=asked["id"], expected_version=asked["version"], idempotency_key=asked["key"])


_Use = Callable[[Workspace, Actor, Asked], Awaitable[Outcome[Any]]]
_USES: dict[str, _Use] = {
    "allocate": lambda ws, who, asked: allocate(
        ws, who, _gift(asked), expected_version=asked["version"], idempotency_key=asked["key"]
    ),
    "pay first": lambda ws, who, asked: pay_first(
        ws, who, _gift(asked), expected_version=asked["version"], payment_reference="cash",
        idempotency_key=asked["key"],
    ),
    "approve": lambda ws, who, asked: approve_allocation(
        ws, who, asked["id"], expected_version=asked["version"], idempotency_key=asked["key"]
    ),
    "refuse": lambda ws, who, asked: refuse_allocation(
        ws, who, asked["id"], expected_version=asked["version"], reason="no", idempotency_key=asked["key"]
    ),
    "disburse": lambda ws, who, asked: disburse_allocation(
        ws, who, asked["id"], expected_version=asked["version"], payment_reference="transfer",
        idempotency_key=asked["key"],
    ),
    "evidence": lambda ws, who, asked: record_evidence(
        ws, who, asked["id"], expected_version=asked["version"], kind=EvidenceKind(asked["kind"]),
        reference="slip", idempotency_key=asked["key"],
    ),
    "feedback": lambda ws, who, asked: send_feedback(
        ws, who, asked["id"], expected_version=asked["version"], words="the help has arrived",
        idempotency_key=asked["key"],
    ),
    "release": lambda ws, who, asked: release_allocation(
        ws, who, asked["id"], expected_version=asked["version"], reason="other plans",
        idempotency_key=asked["key"],
    ),
    "claw back": lambda ws, who, asked: claw_back_allocation(
        ws, who, asked["id"], expected_version=asked["version"], reason="given twice",
        amount_fen=asked.get("fen"), idempotency_key=asked["key"],
    ),
    "receive": lambda ws, who, asked: record_donation(
        ws, who,
        NewGift(
            fund_id=asked["fund"], donor=Donor(name=asked["donor"]), amount_fen=asked["fen"],
            channel=DonationSource.BANK,
        ),
        idempotency_key=asked["key"],
    ),
    "receipt": lambda ws, who, asked: issue_receipt(ws, who, _step(asked)),
    "post": lambda ws, who, asked: post_donation(ws, who, _step(asked)),
    "refund": lambda ws, who, asked: refund_donation(
        ws, who, _step(asked), amount_fen=asked["fen"], reason="asked for"
    ),
}  # fmt: skip


async def _do(ws: Workspace, who: Actor, asked: Asked) -> Answer:
    match asked["use"]:
        case "look":
            return {}
        case "cancel":  # has no key: it is done or it is not, and the need says which
            await cancel_need(ws, who, asked["need"], expected_version=asked["version"], reason="moved away")
            return {"replayed": False}
        case "tick":
            done = await tick(ws, who, holder="soak")
            return {"replayed": False, "released": done.released}
        case use:
            outcome = await _USES[use](ws, who, asked)
            return {"replayed": outcome.replayed, "row": _shown(outcome.value)}


def _shown(row: AllocationRow | Donation) -> Answer:
    if isinstance(row, Donation):
        kept = row.amount_fen - row.refunded_fen
        return {"id": row.id, "state": row.state.value, "version": row.version, "fen": kept}
    return {"id": row.id, "state": row.state.value, "version": row.version, "fen": row.amount_fen}


async def _answer(store: GraphStore, asked: Asked) -> Answer:
    at = datetime.fromisoformat(asked["at"])
    ws = Workspace(store=store, clock=lambda: at, new_id=lambda: str(uuid4()), secret=lambda _: b"0" * 32)
    try:
        answer = await _do(ws, _person(asked["who"]), asked)
    except PlatformError as error:
        answer = {"error": type(error).__name__, "rule": error.context.get("rule"), "said": str(error)}
    if "need" in asked:
        answer["need"] = await store.read(lambda tx: _need(tx, asked["need"]))
    return answer


async def _need(tx: ReadTransaction, need_id: str) -> Answer:
    need = await need_by_id(tx, _person("worker"), need_id)
    gifts = await tx.run(_OF_NEED, need_id=need_id)
    return {"state": need.state.value, "version": need.version, "gifts": gifts}


async def serve(engine: str, directory: Path, socket: str) -> None:
    """Serve until killed."""
    store = await open_store(engine, directory)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            answer = await _answer(store, json.loads(line))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await asyncio.start_unix_server(client, socket):
        await stop.wait()
