"""
The real use cases of giving under many clients and under kill -9.

    python -m benchmarks.giving_soak --operations 2000                      # embedded, in a directory of its own
    python -m benchmarks.giving_soak --operations 20000 --kills 20          # what ``make soak-giving`` runs
    python -m benchmarks.giving_soak --engine neo4j --servers 2 --kills 10  # the server of NEO4J_URI, emptied

Every process that serves is killed with SIGKILL at random moments. Clients lead money from funds to needs: set aside
or paid first, approved by different people, refused, paid, shown, told of, released, clawed back, cancelled with its
need; they receive, post and refund gifts; a clock goes on by days and strikes what was kept too long. What was not
answered is sent again under the same key; now and then a request is sent twice at once. After each kill, before a new
process starts, the ledger is proved and the graph is compared with what clients were told: see ``giving_judge``.

The last line is one JSON object; the status is 1 when anything differs.
"""

import argparse
import asyncio
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.giving_desk import CHARITY, Answer, Asked, open_store, serve
from benchmarks.giving_judge import compared
from benchmarks.houses import SETTLE_S, House
from domain.allocations import PAID_OUT, SET_ASIDE
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.ledger.posting import post
from graph.ports import GraphStore
from graph.unit_of_work import UnitOfWork
from tests.builders import CITY, NOW, World
from workflows.people import matcher_actor

FUNDS = 12
EARMARKS = 1  # of each fund
FIRST_FEN = 3_000_000
ASKED_FEN = 800_000
NEEDS_OF_A_CLIENT = 4
TICKS = 40
_DAYS_OF_A_TICK = 10
_SENT_TWICE = 0.03
_CLAWED_BACK = 0.2
_IN_PART = 0.5
_LOST_RACES = 1_000
_SET_ASIDE = frozenset(state.value for state in SET_ASIDE)
_PAID_OUT = frozenset(state.value for state in PAID_OUT)

Book = tuple[str, str | None]
BOOKS: list[Book] = [
    (f"f{i:02d}", f"e{i:02d}-{j}" if j else None) for i in range(FUNDS) for j in range(EARMARKS + 1)
]
_EXPECTED = frozenset({"InsufficientFundsError", "StaleVersionError"})
"""What any request may be answered: the money is another's by now, or the clock was faster."""
_ALSO: dict[str, frozenset[str]] = {
    "disburse": frozenset({"TransitionError"}),  # kept too long
    "approve": frozenset({"TransitionError"}),
    "refuse": frozenset({"TransitionError"}),
    "cancel": frozenset({"ConflictError"}),  # some of it was paid
    "tick": frozenset({"ConflictError"}),  # a process that died held the lease
}


async def _prepare(store: GraphStore, clients: int, needs: int) -> None:
    await store.define()
    await store.clear()
    world = World()
    world.region()
    world.organisation(CHARITY)
    for fund, earmark in BOOKS:
        if earmark is None:
            kind = "IMPREST" if fund == "f00" else "GENERAL"
            world.fund(fund, CHARITY, received_fen=FIRST_FEN, type=kind)
        else:
            none: dict[str, object] = {"categories": [], "situations": [], "restricted_regions": []}
            world.add("Earmark", id=earmark, fund_id=fund, kind="DONOR", name=earmark, region_path=CITY, version=1,
                      **none)  # fmt: skip
    for client in range(clients):
        for number in range(needs):
            world.need(
                f"c{client:02d}-n{number:04d}", kind="CASH", amount_fen=ASKED_FEN, urgency="URGENT",
                partial_allowed=True, posted_by="poster", verified_by="verifier",
            )  # fmt: skip
    await world.write(store)
    gifts = [
        FundPosting(
            fund_id=fund, earmark_id=earmark, kind=FundEntryKind.OPEN, amount_fen=FIRST_FEN,
            source_kind=EntrySource.IMPORT, source_id=earmark,
        )
        for fund, earmark in BOOKS
        if earmark is not None
    ]  # fmt: skip
    at_first = UnitOfWork(store, lambda: NOW)
    await at_first.run(matcher_actor(), lambda tx: post(tx, gifts))


# The clients.


@dataclass(slots=True)
class Told:
    """What clients were told, and what they ask."""

    now: datetime = NOW
    gifts: dict[str, Answer] = field(default_factory=dict)  # allocations, as last answered
    donations: dict[str, Answer] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)  # needs and donors of requests without an answer
    ticking: bool = False
    operations: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    latencies_s: list[tuple[str, float]] = field(default_factory=list)
    asked_again: int = 0
    sent_twice: int = 0
    done: int = 0


@dataclass(slots=True)
class _Seen:
    """A need as its client knows it."""

    version: int = 0
    state: str = ""
    gifts: dict[str, Answer] = field(default_factory=dict)


class _Client:
    """One person's requests, one after the other, as a seed says."""

    def __init__(self, number: int, seed: int, told: Told, needs: int) -> None:
        self.number = number
        self.chance = random.Random(f"{seed}-{number}")  # noqa: S311 - what to ask
        self._told = told
        self._count = 0
        self._fresh = [f"c{number:02d}-n{i:04d}" for i in range(needs)]
        self._needs: dict[str, _Seen] = {}
        self._yes: dict[str, list[str]] = {}
        self._paid_by: dict[str, str] = {}

    def next(self) -> Asked:
        self._count += 1
        asked = self._next()
        return {
            "key": f"c{self.number:02d}-{self._count}",
            "at": self._told.now.isoformat(),
            **asked,
        }

    def _next(self) -> Asked:
        need_id = self._some_need()
        seen = self._needs[need_id]
        if not seen.version:
            return {"use": "look", "who": "worker", "need": need_id}
        chance = self.chance.random()
        if chance < 0.12:
            return self._about_a_gift_to_a_fund()
        if chance < 0.15 and seen.state in ("VERIFIED", "OFFERED", "PARTIAL", "ACCEPTED"):
            return {"use": "cancel", "who": "worker", "need": need_id, "version": seen.version}
        live = [gift for gift in seen.gifts.values() if gift["state"] in _SET_ASIDE | _PAID_OUT]
        free = ASKED_FEN - sum(gift["fen"] for gift in live)
        takes = seen.state in ("VERIFIED", "OFFERED", "PARTIAL", "MATCHING")
        if takes and free > 0 and (not live or chance < 0.35):
            return self._give(need_id, seen, free)
        if not live:
            self._needs.pop(need_id)  # served, cancelled or full: on to another
            return self._next()
        return {"need": need_id, **self._lead_on(self.chance.choice(live))}

    def _some_need(self) -> str:
        while len(self._needs) < NEEDS_OF_A_CLIENT and self._fresh:
            self._needs[self._fresh.pop()] = _Seen()
        if not self._needs:
            raise SystemExit("a client has no need left: more of them are wanted")
        return self.chance.choice(sorted(self._needs))

    def _give(self, need_id: str, seen: _Seen, free: int) -> Asked:
        fund, earmark = self.chance.choice(BOOKS)
        fen = min(int(self.chance.lognormvariate(11.0, 1.2)) + 1, free)
        if fund == "f00" and earmark is None and fen <= 200_000:
            use, who = "pay first", "cashier"
        else:
            use, who = "allocate", "asker"
        return {
            "use": use, "who": who, "need": need_id, "version": seen.version, "fund": fund, "earmark": earmark,
            "fen": fen,
        }  # fmt: skip

    def _lead_on(self, gift: Answer) -> Asked:
        """Take a gift a step on, or back."""
        chance = self.chance.random()
        step: Asked = {"id": gift["id"], "version": gift["version"]}
        match gift["state"]:
            case "RESERVED":
                more = self._decide(gift, chance)
            case "APPROVED":
                more = self._pay(gift, chance)
            case "DISBURSED" if chance >= _CLAWED_BACK:
                kind = self.chance.choice(["ACCEPTANCE", "ACCEPTANCE", "RECEIPT"])
                more = {"use": "evidence", "who": "worker", "kind": kind}
            case "EVIDENCED" if chance >= _CLAWED_BACK:
                more = {"use": "feedback", "who": "first"}
            case _ if chance < _CLAWED_BACK / 6:
                paid_by = self._paid_by.get(gift["id"], "cashier")
                more = {"use": "claw back", "who": paid_by, "wrong": "SeparationOfDutiesError"}
            case _:
                part = self.chance.randint(1, gift["fen"]) if self.chance.random() < _IN_PART else None
                more = {"use": "claw back", "who": "treasurer", "fen": part}
        return {**step, **more}

    def _decide(self, gift: Answer, chance: float) -> Asked:
        """Say yes or no to what is set aside; now and then somebody who may not."""
        for most, asked in (
            (0.08, {"use": "release", "who": "first"}),
            (0.14, {"use": "refuse", "who": "second"}),
            (0.18, {"use": "approve", "who": "asker", "wrong": "SeparationOfDutiesError"}),
            (0.22, {"use": "disburse", "who": "cashier", "wrong": "TransitionError"}),
        ):
            if chance < most:
                return asked
        said = len(self._yes.get(gift["id"], []))
        return {"use": "approve", "who": ("first", "second", "senior")[said % 3]}

    def _pay(self, gift: Answer, chance: float) -> Asked:
        """Pay what is approved, or give it free; now and then whose yes came last tries to pay."""
        if chance < 0.1:
            return {"use": "release", "who": "first"}
        if chance < 0.15 and gift["id"] in self._yes:
            last = self._yes[gift["id"]][-1]
            return {"use": "disburse", "who": last, "wrong": "SeparationOfDutiesError"}
        return {"use": "disburse", "who": "cashier"}

    def _about_a_gift_to_a_fund(self) -> Asked:
        """Receive a gift for a fund, lead it to the books, or give some of it back."""
        mine = [gift for gift in self._told.donations.values() if gift["owner"] == self.number]
        moving = [
            gift for gift in mine if gift["state"] in ("RECEIVED", "RECEIPTED", "POSTED") and gift["fen"]
        ]
        if not moving or self.chance.random() < 0.25:
            fund, _ = self.chance.choice(BOOKS)
            fen = min(int(self.chance.lognormvariate(10.5, 1.0)) + 1, 500_000)
            return {"use": "receive", "who": "asker", "fund": fund, "fen": fen,
                    "donor": f"donor {self.number}-{self._count}"}  # fmt: skip
        gift = self.chance.choice(moving)
        step: Asked = {"id": gift["id"], "version": gift["version"], "donor": gift["donor"]}
        match gift["state"]:
            case "RECEIVED":
                return {**step, "use": "receipt", "who": "asker"}
            case "RECEIPTED":
                return {**step, "use": "post", "who": "asker"}
            case _:
                fen = self.chance.randint(1, gift["fen"])
                if self.chance.random() < 0.1:
                    return {
                        **step,
                        "use": "refund",
                        "who": "asker",
                        "fen": fen,
                        "wrong": "SeparationOfDutiesError",
                    }
                return {**step, "use": "refund", "who": "treasurer", "fen": fen}

    def heard(self, asked: Asked, answer: Answer) -> None:
        row = answer.get("row")
        if row is not None and "need" in asked:
            if asked["use"] == "approve":
                self._yes.setdefault(row["id"], []).append(asked["who"])
            if asked["use"] in ("disburse", "pay first"):
                self._paid_by[row["id"]] = asked["who"]
        elif row is not None:
            donor = asked["donor"]
            self._told.donations[row["id"]] = {**row, "owner": self.number, "donor": donor}
        if "need" in answer:
            need = answer["need"]
            seen = self._needs.setdefault(asked["need"], _Seen())
            seen.state, seen.version = need["state"], need["version"]
            seen.gifts = {gift["id"]: gift for gift in need["gifts"]}
            self._told.gifts |= {g["id"]: {**g, "need": asked["need"]} for g in need["gifts"]}


async def _exchange(house: House, number: int, asked: Asked) -> Answer:
    async with house.door(number) as (reader, writer):
        writer.write(json.dumps(asked).encode() + b"\n")
        await writer.drain()
        return json.loads(await reader.readuntil(b"\n"))


async def _ask_on(house: House, client: _Client, told: Told, most: int) -> None:
    """Ask until so many operations are done by all clients together."""
    asked: Asked | None = None
    races = 0
    while told.done < most:
        await house.open.wait()
        if asked is None:
            asked = client.next()
            told.under_way.add(_about(asked))
        else:
            told.asked_again += 1
        began = time.perf_counter()
        try:
            answer = await _asked_once_or_twice(house, client, told, asked)
        except (ConnectionError, FileNotFoundError, asyncio.IncompleteReadError):
            await asyncio.sleep(SETTLE_S)  # killed: once there is a door again, the same is asked again
            continue
        if answer.get("error") == "GraphUnavailableError" and races < _LOST_RACES:
            races += 1
            continue
        told.latencies_s.append((asked["use"], time.perf_counter() - began))
        _hear(told, client, asked, answer)
        asked = None


async def _asked_once_or_twice(house: House, client: _Client, told: Told, asked: Asked) -> Answer:
    twice = asked["use"] not in ("look", "cancel") and client.chance.random() < _SENT_TWICE
    if not twice:
        return await _exchange(house, client.number, asked)
    told.sent_twice += 1
    one, other = await asyncio.gather(
        _exchange(house, client.number, asked), _exchange(house, client.number + 1, asked)
    )
    if (
        "row" in one
        and "row" in other
        and (one["row"], True) != (other["row"], one["replayed"] ^ other["replayed"])
    ):
        raise SystemExit(f"{asked} was done twice: {one} and {other}")
    return one if "row" in one else other


def _about(asked: Asked) -> str:
    return str(asked.get("need") or asked.get("donor"))


def _hear(told: Told, client: _Client, asked: Asked, answer: Answer) -> None:
    use, error = asked["use"], answer.get("error")
    client.heard(asked, answer)
    told.under_way.discard(_about(asked))
    if use == "look":
        return
    told.done += 1
    told.operations[use] += 1
    wrong = asked.get("wrong")
    if error is None:
        if wrong is not None:
            raise SystemExit(f"{asked} was done: {answer}")
        return
    told.refusals[f"{use}: {error}"] += 1
    allowed = _EXPECTED | _ALSO.get(use, frozenset()) | ({wrong} if wrong else set())
    if error not in allowed:
        raise SystemExit(f"{asked} was answered {answer}")


async def _keep_time(house: House, told: Told, most: int) -> None:
    """Let ten days pass now and then; what was kept too long is struck."""
    every = max(most // TICKS, 1)
    for number in range(1, TICKS + 1):
        while told.done < min(number * every, most):
            await asyncio.sleep(SETTLE_S)
        if told.done >= most:
            return
        told.now += timedelta(days=_DAYS_OF_A_TICK)
        asked: Asked = {"use": "tick", "who": "clock", "at": told.now.isoformat(), "key": f"tick-{number}"}
        told.ticking = True
        while True:
            await house.open.wait()
            try:
                answer = await _exchange(house, 0, asked)
                break
            except (ConnectionError, FileNotFoundError, asyncio.IncompleteReadError):
                await asyncio.sleep(SETTLE_S)
        told.operations["tick"] += 1
        if answer.get("error") not in (None, *_ALSO["tick"]):
            raise SystemExit(f"a tick was answered {answer}")
        told.refusals["struck by the clock"] += int(answer.get("released", 0))


async def soak(given: argparse.Namespace, directory: Path) -> dict[str, Any]:
    """Run the operations with the kills spread over them, and give the figures."""
    graph = directory / "graph"
    needs = NEEDS_OF_A_CLIENT + given.operations // given.clients // 2
    store = await open_store(given.engine, graph)
    await _prepare(store, given.clients, needs)
    await store.close()
    told = Told()
    chance = random.Random(given.seed)  # noqa: S311 - when to kill
    moments = sorted(chance.sample(range(1, given.operations), given.kills))
    house = House("benchmarks.giving_soak", given.engine, directory, given.servers)
    starts_s, proofs_s, serving_s = [await house.begin()], 0.0, 0.0
    tasks = [
        asyncio.create_task(_ask_on(house, _Client(i, given.seed, told, needs), told, given.operations))
        for i in range(given.clients)
    ]
    tasks.append(asyncio.create_task(_keep_time(house, told, given.operations)))
    judged: dict[str, Any] = {}
    began, cpu = time.perf_counter(), time.process_time()
    for moment in [*moments, given.operations]:
        while told.done < moment and not all(task.done() for task in tasks):
            await asyncio.sleep(chance.uniform(0.002, 0.02))
            for task in tasks:
                if task.done():
                    task.result()  # what a client found wrong is said
        if moment == given.operations:
            await asyncio.gather(*tasks)
        serving_s += time.perf_counter() - began
        await house.kill()
        await asyncio.sleep(2 * SETTLE_S)
        judging = time.perf_counter()
        store = await open_store(given.engine, graph)
        try:
            judged = await compared(
                store, gifts=told.gifts, donations=told.donations, under_way=told.under_way,
                ticked=told.ticking, asked_fen=ASKED_FEN, whole=moment == given.operations,
            )  # fmt: skip
        finally:
            await store.close()
        proofs_s += time.perf_counter() - judging
        print(
            f"{told.done:>9,} operations, {judged['allocations']:,} allocations: all holds", file=sys.stderr
        )
        if moment < given.operations:
            starts_s.append(await house.begin())
        began = time.perf_counter()
    served = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "engine": given.engine,
        "clients": given.clients,
        "servers": given.servers,
        "operations": told.done,
        "by_kind": dict(told.operations.most_common()),
        "refusals": dict(told.refusals.most_common()),
        "kills": len(moments),
        "asked_again": told.asked_again,
        "sent_twice": told.sent_twice,
        **judged,
        "serving_s": round(serving_s, 1),
        "operations_per_s": round(told.done / serving_s, 1),
        "servers_cpu_s": round(served.ru_utime + served.ru_stime, 1),
        "clients_cpu_s": round(time.process_time() - cpu, 1),
        "latency_ms": _latencies(told.latencies_s),
        "starts_s": round(sum(starts_s) / len(starts_s), 2),
        "proofs_s": round(proofs_s, 1),
    }


def _latencies(taken: list[tuple[str, float]]) -> dict[str, float]:
    ordered = sorted(seconds for use, seconds in taken if use != "look")
    return {
        name: round(ordered[int(len(ordered) * part)] * 1000, 1)
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("ladybug", "neo4j"), default="ladybug")
    parser.add_argument("--operations", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--servers", type=int, default=1, help="processes beside each other; Neo4j only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", metavar="SOCKET", help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.engine, given.directory, given.serve))
        return 1
    with tempfile.TemporaryDirectory(prefix="zhulian-giving-") as place:
        found = asyncio.run(soak(given, Path(place)))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
