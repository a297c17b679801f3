"""
Random histories of volunteers who are known twice, held against a replay of what was decided.

    python -m benchmarks.person_histories --histories 1000

Each history has four records of volunteers. Pairs are merged and merges taken back by two people each, in any order;
records of another region are recognised, some of them for two halves; hours are served, slots are taken, cases are
withdrawn. All of it goes through the use cases, on the embedded engine.

At the end the graph is compared with a replay that has the written decisions and what was taken down for whom, and
nothing of how it came about: who stands for whom, hours and what each record of them counts, promises and which of
them are at risk, recognised skills, qualifications. The books are proved. The last line is one JSON object; the status
is 1 when anything differs.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import polars as pl

from domain.actors import Actor
from domain.errors import ConflictError, PlatformError
from domain.hours import HoursKind, HoursRecord, RecordState
from domain.linking import LinkVerdict
from domain.persons import PersonDecisionKind
from domain.rounds import ClaimState
from graph.claims import create_claim
from graph.engines.ladybug import open_ladybug
from graph.hours.ledger import uncounted_minutes
from graph.hours.opening import open_books
from graph.hours.proof import prove
from graph.persons.decisions import PersonDecisionRow, decisions_about
from graph.persons.following import survivor_of
from graph.ports import Access, GraphStore, Record, Statement, WriteTransaction
from graph.reads.proposals import ClaimRow
from graph.recognition.cases import case_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.credentials.issue import Selective
from identity.jose.jwk import SigningKey
from tests.builders import NOW, TOWN, World, lead, worker, workspace
from tests.workflows.recognition.regions import Regions, entry
from workflows.hours.posting import credit_hours
from workflows.persons.deciding import ask_to_part, decide_pair, stands
from workflows.persons.proposing import propose_pair
from workflows.persons.regrouping import TWICE, persons_by
from workflows.persons.settling import settle_persons
from workflows.recognition.ending import withdraw_case

RECORDS = 4
STEPS = 10
NEEDS = 4
OF_A_STORE = 20
_ENTRIES = 8

HOURS = Statement(
    "MATCH (n:HoursRecord) WHERE n.id STARTS WITH $prefix OR n.volunteer_id STARTS WITH $prefix RETURN n.id AS id,"
    " n.volunteer_id AS volunteer_id, n.state AS state, n.minutes AS minutes, n.served_start AS served_start,"
    " n.served_end AS served_end, n.recorded_at AS recorded_at, n.disputed_by AS disputed_by ORDER BY id",
    Access.READ,
)
CLAIMS = Statement(
    "MATCH (n:Claim) WHERE n.id STARTS WITH $prefix RETURN n.id AS id, n.volunteer_id AS volunteer_id,"
    " n.doubles AS doubles ORDER BY id",
    Access.READ,
)
RECOGNISED = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.volunteer_id STARTS WITH $prefix RETURN n.id AS id, n.kind AS kind,"
    " n.volunteer_id AS volunteer_id, n.state AS state, n.hours_id AS hours_id, n.grants AS grants,"
    " n.case_id AS case_id ORDER BY id",
    Access.READ,
)
VOLUNTEERS = Statement(
    "MATCH (n:Volunteer) WHERE n.id STARTS WITH $prefix RETURN n.id AS id, n.status AS status, n.skills AS skills,"
    " n.merged_into AS merged_into, n.verified_minutes AS minutes, n.recognised_skills AS recognised ORDER BY id",
    Access.READ,
)
QUALIFIED = Statement(
    "MATCH (n:Qualification) WHERE n.volunteer_id STARTS WITH $prefix"
    " RETURN n.id AS id, n.volunteer_id AS volunteer_id ORDER BY id",
    Access.READ,
)
HOLDS = Statement(
    "MATCH (n:SlotHold) WHERE n.id STARTS WITH $prefix RETURN n.claim_id AS claim_id,"
    " n.volunteer_id AS volunteer_id ORDER BY claim_id",
    Access.READ,
)
SKILLS = ("CLEANING", "COMPANIONSHIP", "TUTORING", "ELDER_CARE")


@dataclass(slots=True)
class Taken:
    """What was taken down for whom: the replay has this, and the decisions."""

    hours: dict[str, str] = field(default_factory=dict[str, str])
    claims: dict[str, tuple[str, datetime, datetime, datetime]] = field(
        default_factory=dict[str, tuple[str, datetime, datetime, datetime]]
    )
    recognised: dict[str, str] = field(default_factory=dict[str, str])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    cases: dict[str, str] = field(default_factory=dict[str, str])


class History:
    """One random history of four records."""

    def __init__(self, regions: Regions, number: int, seed: int, tick: Callable[[], None]) -> None:
        self.regions, self.ws, self.tick = regions, regions.ws, tick
        self.random = random.Random(f"{seed}:{number}")  # noqa: S311 - the history is to be repeatable
        self.prefix = f"h{number:05d}-"
        self.people = [f"{self.prefix}{index}" for index in range(RECORDS)]
        self.keys = {person: SigningKey.generate() for person in self.people}
        self.imported = {person: self.random.choice((0, 0, 600)) for person in self.people}
        self.taken = Taken()
        self.names = count(1)
        self.steps: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def build(self, world: World) -> None:
        """Add the records to a world that is written once for many histories."""
        ages = self.random.sample(range(100, 2000), RECORDS)
        for index, person in enumerate(self.people):
            world.volunteer(
                person,
                recorded_at=NOW - timedelta(days=ages[index]),
                skills=[SKILLS[index]],
                verified_minutes=self.imported[person],
                licences=("NURSE",) if index == 1 else (),
                # two of the numbers differ: merging those overrides a veto
                **({"id_number_hash": f"{self.prefix}id{index}"} if index < 2 else {}),
            )
            self.taken.hours[f"opening:{person}"] = person
        for index in range(NEEDS):
            start = NOW + timedelta(days=1, hours=self.random.randrange(3))
            world.need(
                f"{self.prefix}need{index}",
                path=TOWN,
                slots=1,
                window_starts=[start.isoformat()],
                window_ends=[(start + timedelta(hours=2)).isoformat()],
            )

    async def run(self) -> list[str]:
        """Go through the steps and give what differs."""
        kinds = [self._merge, self._part, self._recognise, self._serve, self._promise, self._withdraw]
        for _ in range(STEPS):
            step = self.random.choices(kinds, weights=(5, 3, 4, 3, 2, 1))[0]
            self.tick()
            try:
                if await step():
                    self.steps[step.__name__.strip("_")] += 1
            except ConflictError:
                self.steps[f"{step.__name__.strip('_')} refused"] += 1
        return await self._compare()

    async def _decisions(self) -> list[PersonDecisionRow]:
        return await self.ws.store.read(lambda tx: decisions_about(tx, self.people))

    async def _home(self, person: str) -> str:
        return await self.ws.store.read(lambda tx: survivor_of(tx, person))

    async def _merge(self) -> bool:
        one, other = self.random.sample(self.people, 2)
        asked = (await propose_pair(self.ws, worker(), one, other, reason="one telephone")).value
        verdict = LinkVerdict.REJECT if self.random.random() < 0.1 else LinkVerdict.ACCEPT
        await self._say(asked.id, asked.version, verdict, lead())
        return True

    async def _part(self) -> bool:
        decisions = await self._decisions()
        merges = [one for one in decisions if one.kind is PersonDecisionKind.MERGE and stands(decisions, one)]
        if not merges:
            return False
        merge = self.random.choice(merges)
        asked = (await ask_to_part(self.ws, worker(), merge.id, reason="two people")).value
        await self._say(asked.id, asked.version, LinkVerdict.ACCEPT, lead())
        return True

    async def _say(self, proposal: str, version: int, verdict: LinkVerdict, first: Actor) -> None:
        """Let one person say it, and another where two must."""
        second = replace(first, id="second-lead")
        speakers, done = [first, second], None
        while speakers and (done is None or (done.decision_id is None and verdict is LinkVerdict.ACCEPT)):
            try:
                decided = await decide_pair(
                    self.ws,
                    speakers.pop(0),
                    proposal,
                    expected_version=version,
                    verdict=verdict,
                    note="seen",
                )
                done = decided.value
            except ConflictError:
                # the pair would contradict other decisions: a no ends it
                await decide_pair(
                    self.ws,
                    second,
                    proposal,
                    expected_version=version,
                    verdict=LinkVerdict.REJECT,
                    note="cannot be",
                )
                raise
            version += 1

    async def _recognise(self) -> bool:
        person = self.random.choice(self.people)
        key, home = self.keys[person], await self._home(person)
        numbers = self.random.sample(range(_ENTRIES), 3)
        entries = [
            Selective(
                # odd ones lie across the even ones' time
                entry(f"{self.prefix}s{n}", 200 - 6 * (n // 2) - n % 2, clocked=self.random.random() < 0.7)
            )
            for n in numbers
        ]
        credential = self.regions.credential(
            holder=key, jti=f"urn:{self.prefix}{next(self.names)}", entries=entries
        )
        known = key.public.thumbprint in self.taken.keys
        made = await self.regions.recognise(
            worker(), credential, holder=key, volunteer_id=None if known else home
        )
        if made.case_id is None:
            raise AssertionError(made.verdict)
        origin = self.taken.keys.setdefault(key.public.thumbprint, home)
        self.taken.cases[made.case_id] = origin
        for row in await self._rows(RECOGNISED):
            if row["case_id"] == made.case_id:
                self.taken.recognised[str(row["id"])] = origin
                if row["hours_id"] is not None:
                    self.taken.hours[str(row["hours_id"])] = origin
        return True

    async def _serve(self) -> bool:
        home = await self._home(self.random.choice(self.people))
        start = NOW - timedelta(hours=200 - self.random.randrange(0, 48), minutes=self.random.choice((0, 30)))
        record = HoursRecord(
            id=f"{self.prefix}own{next(self.names)}",
            volunteer_id=home,
            kind=HoursKind.AUTO,
            state=RecordState.VERIFIED,
            minutes=60,
            served_start=start,
            served_end=start + timedelta(minutes=60),
            recorded_by="clerk",
            recorded_at=self.ws.clock(),
            region_path=TOWN,
        )

        async def work(tx: AuditedTransaction) -> bool:
            if await uncounted_minutes(tx, record) is not None:
                raise ConflictError("counted already", id=record.id)
            await credit_hours(tx, record)
            return True

        await UnitOfWork(self.ws.store, self.ws.clock).run(worker(), work)
        self.taken.hours[record.id] = home
        return True

    async def _promise(self) -> bool:
        home = await self._home(self.random.choice(self.people))
        index = self.random.randrange(NEEDS)
        need = f"{self.prefix}need{index}"
        start = NOW + timedelta(days=1, hours=index % 3)
        claim = ClaimRow(
            id=f"{self.prefix}claim{next(self.names)}",
            need_id=need,
            slot_id=f"{need}:slot:0",
            volunteer_id=home,
            state=ClaimState.ACTIVE,
            window_start=start,
            window_end=start + timedelta(hours=2),
            claimed_at=self.ws.clock(),
            claimed_by=f"account-{home}",
            region_path=TOWN,
            version=1,
        )

        async def work(tx: AuditedTransaction) -> None:
            await create_claim(tx, claim)
            tx.record("claim.take", claim.id)

        await UnitOfWork(self.ws.store, self.ws.clock).run(worker(), work)
        self.taken.claims[claim.id] = (home, claim.claimed_at, start, start + timedelta(hours=2))
        return True

    async def _withdraw(self) -> bool:
        if not self.taken.cases:
            return False
        case_id = self.random.choice(sorted(self.taken.cases))
        case = await self.ws.store.read(lambda tx: case_by_id(tx, lead(), case_id))
        try:
            await withdraw_case(self.ws, lead(), case_id, reason="a mistake", expected_version=case.version)
        except PlatformError:
            return False
        return True

    async def _rows(self, statement: Statement) -> list[Record]:
        return await self.ws.store.read(lambda tx: tx.run(statement, prefix=self.prefix))

    async def _compare(self) -> list[str]:
        """Hold the graph against a replay of the decisions over what was taken down."""
        await settle_persons(self.ws, replace(lead(), id="system-clock"))
        found = persons_by(await self._decisions()).person_of()
        person_of = {person: found.get(person, person) for person in self.people}
        wrong: list[str] = []

        def check(what: str, seen: object, replayed: object) -> None:
            if seen != replayed:
                wrong.append(f"{self.prefix}{what}: {seen!r} is not {replayed!r}")

        hours = [row for row in await self._rows(HOURS) if str(row["volunteer_id"]).startswith(self.prefix)]
        standing = self._standing(hours, person_of)
        self.seen["hours_held_back"] += len(standing)
        self.seen["records_under_another"] += sum(home != person for person, home in person_of.items())
        for row in hours:
            name = str(row["id"])
            check(f"hours {name}", row["volunteer_id"], person_of[self.taken.hours[name]])
            check(f"held back {name}", row["disputed_by"] == TWICE, name in standing)
        recognised = await self._rows(RECOGNISED)
        for row in recognised:
            check(f"claim {row['id']}", row["volunteer_id"], person_of[self.taken.recognised[str(row["id"])]])
        granted = {
            (str(row["volunteer_id"]), str(row["grants"]))
            for row in recognised
            if row["kind"] == "SKILL" and row["state"] == "ACTIVE"
        }
        for row in await self._rows(VOLUNTEERS):
            name = str(row["id"])
            home = person_of[name]
            check(f"home {name}", row["merged_into"], None if home == name else home)
            check(f"status {name}", row["status"], "ACTIVE" if home == name else "MERGED")
            minutes = sum(
                int(str(one["minutes"]))
                for one in hours
                if person_of[self.taken.hours[str(one["id"])]] == name
                and one["state"] != "REVERSED"
                and str(one["id"]) not in standing
            )
            check(f"minutes {name}", row["minutes"], minutes)
            skills = {skill for holder, skill in granted if holder == name}
            skills |= {
                SKILLS[int(each[-1])] for each in self.people if each != name and person_of[each] == name
            }
            said = row["recognised"]
            check(f"skills {name}", sorted(said) if isinstance(said, list) else [], sorted(skills))
        for row in await self._rows(QUALIFIED):
            origin = self.taken.recognised.get(str(row["id"]), str(row["id"]).split(":", 1)[0])
            check(f"qualification {row['id']}", row["volunteer_id"], person_of[origin])
        doubles = self._doubles(person_of)
        self.seen["promises_doubled"] += len(doubles)
        for row in await self._rows(CLAIMS):
            name = str(row["id"])
            check(f"promise {name}", row["volunteer_id"], person_of[self.taken.claims[name][0]])
            check(f"doubles {name}", row["doubles"], doubles.get(name))
        for row in await self._rows(HOLDS):
            check("slot", row["volunteer_id"], person_of[self.taken.claims[str(row["claim_id"])][0]])
        return wrong

    def _standing(self, hours: list[Record], person_of: dict[str, str]) -> set[str]:
        """Give the records that do not count because another half's record, kept before, has their time."""
        twice: set[str] = set()
        order = sorted(
            (row for row in hours if row["served_start"] is not None and row["state"] != "REVERSED"),
            key=lambda row: (str(row["recorded_at"]), str(row["id"])),
        )
        for place, row in enumerate(order):
            origin = self.taken.hours[str(row["id"])]
            for before in order[:place]:
                other = self.taken.hours[str(before["id"])]
                meets = _at(row, "served_start") < _at(before, "served_end") and _at(
                    before, "served_start"
                ) < _at(row, "served_end")
                if (
                    str(before["id"]) not in twice
                    and other != origin
                    and person_of[other] == person_of[origin]
                    and meets
                ):
                    twice.add(str(row["id"]))
        return twice

    def _doubles(self, person_of: dict[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        order = sorted(self.taken.claims.items(), key=lambda item: (item[1][1], item[0]))
        for place, (name, (origin, _, start, end)) in enumerate(order):
            for before, (other, _, since, until) in order[:place]:
                if (
                    before not in found
                    and other != origin
                    and person_of[other] == person_of[origin]
                    and start < until
                    and since < end
                ):
                    found.setdefault(name, before)
        return found


def _at(row: Record, column: str) -> datetime:
    value = row[column]
    assert isinstance(value, datetime)
    return value


async def run(histories: int, seed: int) -> dict[str, Any]:
    """Go through histories, some to a store, and give what came of them."""
    wrong: list[str] = []
    steps: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    entries = 0
    for first in range(0, histories, OF_A_STORE):
        async with open_ladybug() as store:
            await store.define()
            entries += await _batch(
                store, range(first, min(first + OF_A_STORE, histories)), seed, (steps, seen), wrong
            )
    return {
        "histories": histories,
        "seed": seed,
        "steps": dict(sorted(steps.items())),
        "at_the_end": dict(sorted(seen.items())),
        "ledger_entries": entries,
        "differences": len(wrong),
        "shown": wrong[:20],
    }


async def _open_books(tx: WriteTransaction, world: World) -> None:
    columns = ("id", "verified_minutes", "region_path", "recorded_at")
    rows = [{name: row[name] for name in columns} for row in world.rows["Volunteer"]]
    await open_books(tx, pl.DataFrame(rows))


async def _batch(
    store: GraphStore, numbers: range, seed: int, figures: tuple[Counter[str], Counter[str]], wrong: list[str]
) -> int:
    seconds = count(1)
    now = [NOW]

    def tick() -> None:
        now[0] = NOW + timedelta(milliseconds=50 * next(seconds))

    ws = replace(workspace(store), clock=lambda: now[0])
    regions = Regions(ws)
    histories = [History(regions, number, seed, tick) for number in numbers]
    world = World()
    world.region()
    for history in histories:
        history.build(world)
    await world.write(store)
    await store.write(lambda tx: _open_books(tx, world))
    for history in histories:
        wrong += await history.run()
        figures[0].update(history.steps)
        figures[1].update(history.seen)
    proof = await prove(store)
    wrong += [f"ledger {finding.broken}: {finding.object_id}" for finding in proof.findings]
    if proof.total_min:
        wrong.append(f"the books sum to {proof.total_min}")
    return proof.entries


def main() -> None:
    """Run and say what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    wall, cpu = time.perf_counter(), time.process_time()
    found = asyncio.run(run(arguments.histories, arguments.seed))
    found["seconds"] = round(time.perf_counter() - wall, 1)
    found["cpu_seconds"] = round(time.process_time() - cpu, 1)
    print(json.dumps(found, ensure_ascii=False))
    sys.exit(1 if found["differences"] else 0)


if __name__ == "__main__":
    main()
