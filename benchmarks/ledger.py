"""
The ledger of funds under many clients and under kill -9.

    python -m benchmarks.ledger --operations 20000                      # embedded, in a directory of its own
    python -m benchmarks.ledger --operations 1000000 --kills 100        # what ``make soak-ledger`` runs
    python -m benchmarks.ledger --engine neo4j --servers 2 --kills 10   # the server that NEO4J_URI names, emptied

A process holds the graph and serves clients over a socket; requests that wait together are posted in one unit
(``graph.ledger.posting.post_each``). Each client reserves, pays, cancels, refunds, claws back, receives, lets
reservations expire and moves money between books, as a seed says, one request after the other. At random moments
every serving process is killed with SIGKILL. Each time, before a new one starts, the ledger is proved and
compared with what clients were told: what was acknowledged is there once, what was refused is not, and what is
there otherwise was under way. A client sends again what was not answered, under the same paper.

The last line is one JSON object; the status is 1 when anything differs.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.houses import SETTLE_S, House
from domain.actors import Actor, Purpose, Scope
from domain.errors import ConflictError, InsufficientFundsError, PlatformError
from domain.ledger import EntrySource, FundAccount, FundEntryKind, FundPosting
from graph import audit
from graph.ledger.posting import PostingGroup, post_each
from graph.ledger.proof import prove
from graph.ports import Access, GraphStore, Statement
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, World

FUNDS = 12
EARMARKS = 2  # of each fund
FIRST_FEN = 2_000_000
_IDS = Statement("MATCH (n:FundEntry) RETURN n.id AS id", Access.READ)
_SERVER = Actor(
    id="server", name="server", roles=frozenset(), scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION)
)
_LOST_RACES = 1_000

Book = tuple[str, str | None]
BOOKS: list[Book] = [
    (f"f{i:02d}", f"e{i:02d}-{j}" if j else None) for i in range(FUNDS) for j in range(EARMARKS + 1)
]


async def _open(engine: str, directory: Path) -> GraphStore:
    if engine == "ladybug":
        from graph.engines.ladybug import open_ladybug

        return open_ladybug(directory)
    from graph.engines.neo4j import open_neo4j

    return await open_neo4j(
        os.environ["NEO4J_URI"], user=os.environ.get("NEO4J_USER"), password=os.environ.get("NEO4J_PASSWORD")
    )


async def _prepare(store: GraphStore) -> set[str]:
    """Begin a graph with funds and their parts, and give the entries that it begins with."""
    await store.define()
    await store.clear()
    world = World()
    world.organisation("charity")
    for fund, earmark in BOOKS:
        if earmark is None:
            world.fund(fund, "charity", received_fen=FIRST_FEN)
        else:
            world.add("Earmark", id=earmark, fund_id=fund, kind="DONOR", region_path=CITY, version=1)
    await world.write(store)
    return {str(row["id"]) for row in await store.read(lambda tx: tx.run(_IDS))}


# The serving process.


@dataclass(slots=True)
class _Asked:
    group: PostingGroup
    answer: "asyncio.Future[str]"


class _Desk:
    """Posts what waits in one unit; the next one gathers meanwhile."""

    def __init__(self, store: GraphStore) -> None:
        self._unit = UnitOfWork(store, lambda: datetime.now(UTC))
        self._waiting: list[_Asked] = []
        self._ring = asyncio.Event()

    async def ask(self, group: PostingGroup) -> str:
        asked = _Asked(group, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._ring.set()
        return await asked.answer

    async def serve(self) -> None:
        while True:
            await self._ring.wait()
            self._ring.clear()
            await asyncio.sleep(0)  # who was read in this turn of the loop is in the batch
            batch, self._waiting = self._waiting, []
            groups = [asked.group for asked in batch]
            try:
                outcomes = await self._unit.run(_SERVER, lambda tx, g=groups: post_each(tx, g))
            except ConflictError as conflict:  # another process won the race for a paper: ask again
                outcomes = [conflict] * len(batch)
            for asked, outcome in zip(batch, outcomes, strict=True):
                asked.answer.set_result(_word(outcome))


def _word(outcome: list[str] | PlatformError) -> str:
    return "done" if isinstance(outcome, list) else type(outcome).__name__


async def _serve(engine: str, directory: Path, socket: str) -> None:
    store = await _open(engine, directory)
    desk = _Desk(store)
    work = asyncio.create_task(desk.serve())

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            asked = json.loads(line)
            postings = tuple(_posting(row) for row in asked["postings"])
            told = await desk.ask(PostingGroup(postings=postings, actor_id=asked["actor"]))
            writer.write(f"{told}\n".encode())
            await writer.drain()

    async with await asyncio.start_unix_server(client, socket):
        await work  # ends only by an error, which is to be seen


def _posting(row: list[str | int | None]) -> FundPosting:
    fund_id, earmark_id, kind, amount_fen, source_kind, source_id, part = row
    return FundPosting(
        fund_id=str(fund_id),
        earmark_id=None if earmark_id is None else str(earmark_id),
        kind=FundEntryKind(str(kind)),
        amount_fen=int(str(amount_fen)),
        source_kind=EntrySource(str(source_kind)),
        source_id=str(source_id),
        part=int(str(part)),
    )


# The clients.


@dataclass(slots=True)
class Told:
    """What clients were told, and what they ask."""

    papers: set[str]
    refused: set[str] = field(default_factory=set)
    under_way: set[str] = field(default_factory=set)
    operations: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    asked_again: int = 0
    lost_races: int = 0

    @property
    def done(self) -> int:
        """Operations that were answered."""
        return sum(self.operations.values())


Promise = tuple[Book, int, str]
"""Money set aside or paid: its book, fen, and paper."""


_FOR_WANT_OF_MONEY = frozenset({"reserve", "refund", "transfer"})
_SINGLE = {
    "reserve": (FundEntryKind.RESERVE, EntrySource.ALLOCATION),
    "refund": (FundEntryKind.REFUND, EntrySource.DONATION),
    "receive": (FundEntryKind.RECEIVE, EntrySource.DONATION),
}


class _Client:
    """One person's requests, one after the other, as a seed says."""

    def __init__(self, number: int, seed: int, told: Told) -> None:
        self.name = f"client-{number:02d}"
        self._chance = random.Random(f"{seed}-{number}")  # noqa: S311 - what to ask
        self._told = told
        self._count = 0
        self._reserved: list[Promise] = []
        self._paid: list[Promise] = []

    def next(self) -> tuple[str, list[FundPosting], bool]:
        """Give the next request: its name, its postings, and whether it may be refused for want of money."""
        chance = self._chance
        self._count += 1
        paper = f"{self.name}-{self._count}"
        book = chance.choice(BOOKS)
        amount = min(int(chance.lognormvariate(8.5, 1.2)) + 1, 200_000)
        wanted = chance.choices(
            ["reserve", "disburse", "cancel", "expire", "refund", "receive", "claw back", "transfer"],
            [38, 22, 10, 5, 6, 8, 6, 5],
        )[0]
        if wanted in ("disburse", "cancel", "expire") and not self._reserved:
            wanted = "reserve"
        if wanted == "claw back" and not self._paid:
            wanted = "receive"
        match wanted:
            case "disburse":
                postings = [self._settled(FundEntryKind.DISBURSE)]
            case "cancel":
                postings = [self._settled(FundEntryKind.RELEASE)]
            case "expire":
                several = min(len(self._reserved), chance.randint(1, 5))
                postings = [self._settled(FundEntryKind.RELEASE) for _ in range(several)]
            case "claw back":
                held, fen, source = self._paid.pop(chance.randrange(len(self._paid)))
                postings = [_made(held, FundEntryKind.CLAW_BACK, fen, EntrySource.ALLOCATION, source)]
            case "transfer":
                ends = ((book, FundEntryKind.TRANSFER_OUT), (chance.choice(BOOKS), FundEntryKind.TRANSFER_IN))
                postings = [_made(b, kind, amount, EntrySource.TRANSFER, paper) for b, kind in ends]
            case _:
                kind, of = _SINGLE[wanted]
                postings = [_made(book, kind, amount, of, paper)]
        return wanted, postings, wanted in _FOR_WANT_OF_MONEY

    def _settled(self, kind: FundEntryKind) -> FundPosting:
        book, amount, paper = self._reserved.pop(self._chance.randrange(len(self._reserved)))
        if kind is FundEntryKind.DISBURSE:
            self._paid.append((book, amount, paper))
        return _made(book, kind, amount, EntrySource.ALLOCATION, paper)

    def heard(self, name: str, postings: list[FundPosting]) -> None:
        if name == "reserve":
            (one,) = postings
            self._reserved.append(((one.fund_id, one.earmark_id), one.amount_fen, one.source_id))


def _made(book: Book, kind: FundEntryKind, amount_fen: int, source: EntrySource, paper: str) -> FundPosting:
    return FundPosting(
        fund_id=book[0],
        earmark_id=book[1],
        kind=kind,
        amount_fen=amount_fen,
        source_kind=source,
        source_id=paper,
    )


async def _ask_on(house: House, number: int, client: _Client, told: Told, most: int) -> None:
    """Ask until so many operations are done by all clients together."""
    asking: tuple[str, list[FundPosting], bool] | None = None
    while told.done < most:
        await house.open.wait()
        try:
            async with house.door(number) as (reader, writer):
                while told.done < most:
                    if asking is None:
                        asking = client.next()
                        told.under_way |= {one.paper for one in asking[1]}
                    else:
                        told.asked_again += 1
                    began = time.perf_counter()
                    answer = await _exchange(reader, writer, client.name, asking[1])
                    if answer == ConflictError.__name__ and told.lost_races < _LOST_RACES:
                        told.lost_races += 1  # a process that died may have been a moment faster
                        continue
                    told.latencies_s.append(time.perf_counter() - began)
                    _hear(told, client, asking, answer)
                    asking = None
        except (ConnectionError, FileNotFoundError, asyncio.IncompleteReadError):
            await asyncio.sleep(SETTLE_S)  # killed: once there is a door again, the same is asked again


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, actor: str, postings: list[FundPosting]
) -> str:
    rows = [
        [p.fund_id, p.earmark_id, p.kind.value, p.amount_fen, p.source_kind.value, p.source_id, p.part]
        for p in postings
    ]
    writer.write(json.dumps({"actor": actor, "postings": rows}).encode() + b"\n")
    await writer.drain()
    return (await reader.readuntil(b"\n")).decode().strip()


def _hear(told: Told, client: _Client, asked: tuple[str, list[FundPosting], bool], answer: str) -> None:
    name, postings, may_fail = asked
    papers = {one.paper for one in postings}
    told.under_way -= papers
    told.operations[name] += 1
    if answer == "done":
        told.papers |= papers
        client.heard(name, postings)
        return
    if answer != InsufficientFundsError.__name__ or not may_fail:
        raise SystemExit(f"{name} of {client.name} was answered {answer}")
    told.refused |= papers
    told.refusals[name] += 1


# The judge.


async def _judge(engine: str, directory: Path, told: Told) -> dict[str, object]:
    """Prove the ledger, and compare it with what clients were told; fails on any difference."""
    store = await _open(engine, directory)
    try:
        began = time.perf_counter()
        proof = await prove(store)
        seconds = time.perf_counter() - began
        there = {str(row["id"]) for row in await store.read(lambda tx: tx.run(_IDS))}
        if not proof.holds:
            raise SystemExit(f"the ledger does not hold: {proof.findings[:3]}")
        if lost := told.papers - there:
            raise SystemExit(f"{len(lost)} acknowledged entries are lost, as {min(lost)}")
        if ghosts := told.refused & there:
            raise SystemExit(f"{len(ghosts)} refused entries are there, as {min(ghosts)}")
        if strange := there - told.papers - told.under_way:
            raise SystemExit(f"{len(strange)} entries were never asked for, as {min(strange)}")
        return {
            "entries": proof.entries,
            "books": proof.books,
            "received_fen": -proof.by_account[FundAccount.RECEIVED],
            "proof_s": round(seconds, 2),
        }
    finally:
        await store.close()


async def _chain(engine: str, directory: Path) -> int:
    store = await _open(engine, directory)
    try:
        verdict = await audit.verify(store)
    finally:
        await store.close()
    if not verdict.intact:
        raise SystemExit(f"the audit chain is broken at {verdict.entry_id}")
    return verdict.entries


def _moment(chance: random.Random, operations: int) -> int:
    """
    Give when to kill: as likely between a thousandth and a hundredth of the operations as in the last nine tenths.

    Each kill is followed by a proof of all entries there are; were moments evenly spread, proofs would take most of
    the time.
    """
    return max(1, int(operations * 10 ** chance.uniform(-3.0, 0.0)))


async def soak(given: argparse.Namespace, directory: Path) -> dict[str, object]:
    """Run the operations with the kills spread over them, and give the figures."""
    graph = directory / "graph"
    store = await _open(given.engine, graph)
    told = Told(await _prepare(store))
    await store.close()
    chance = random.Random(given.seed)  # noqa: S311 - when to kill
    moments = sorted(_moment(chance, given.operations) for _ in range(given.kills))
    house = House("benchmarks.ledger", given.engine, directory, given.servers)
    starts_s, proofs_s, serving_s = [await house.begin()], 0.0, 0.0
    clients = [
        asyncio.create_task(_ask_on(house, i, _Client(i, given.seed, told), told, given.operations))
        for i in range(given.clients)
    ]
    judged: dict[str, object] = {}
    began, cpu = time.perf_counter(), time.process_time()
    for moment in [*moments, given.operations]:
        while told.done < moment and not all(task.done() for task in clients):
            await asyncio.sleep(chance.uniform(0.002, 0.02))
        for task in clients:
            if task.done():
                task.result()  # what a client found wrong is said
        if moment == given.operations:
            await asyncio.gather(*clients)
        serving_s += time.perf_counter() - began
        await house.kill()
        await asyncio.sleep(2 * SETTLE_S)
        judged = await _judge(given.engine, graph, told)
        proofs_s += float(str(judged["proof_s"]))
        print(f"{told.done:>9,} operations, {judged['entries']:,} entries: the ledger holds", file=sys.stderr)
        if moment < given.operations:
            starts_s.append(await house.begin())
        began = time.perf_counter()
    latencies = sorted(told.latencies_s)
    served = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "engine": given.engine,
        "clients": given.clients,
        "servers": given.servers,
        "operations": told.done,
        "by_kind": dict(told.operations),
        "refused_for_want_of_money": dict(told.refusals),
        "kills": len(moments),
        "asked_again": told.asked_again,
        "lost_races": told.lost_races,
        **judged,
        "audit_entries": await _chain(given.engine, graph),
        "serving_s": round(serving_s, 1),
        "operations_per_s": round(told.done / serving_s),
        "servers_cpu_s": round(served.ru_utime + served.ru_stime, 1),
        "clients_cpu_s": round(time.process_time() - cpu, 1),
        "latency_ms": {
            name: round(latencies[int(len(latencies) * part)] * 1000, 1)
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        },
        "starts_s": round(sum(starts_s) / len(starts_s), 2),
        "proofs_s": round(proofs_s, 1),
    }


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("ladybug", "neo4j"), default="ladybug")
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--servers", type=int, default=1, help="processes beside each other; Neo4j only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", metavar="SOCKET", help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.engine, given.directory, given.serve))
        return 1
    with tempfile.TemporaryDirectory(prefix="zhulian-ledger-") as place:
        found = asyncio.run(soak(given, Path(place)))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
