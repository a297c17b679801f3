"""
Looks for identity numbers in all that an attacker with a dump would have: the export, the engine's files and the logs.

    python -m benchmarks.identity_dump --size S

A city is generated, imported and linked; people join, are looked up, unmasked and exported through the API while every
logger writes all it can; then the dump is searched for the numbers themselves and for hashes of them under ten million
guesses that already know every number in the city, and for masks, which with a date of birth and a county make a number
without any hash. Controls follow on the same graph: a planted number and its mask, planted hashes under known keys, and
the installation's own key, under which the same searches have to find what is there. The last line is one JSON object.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import logging
import os
import re
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from app.container import new_id, now
from app.keys import secret_key
from benchmarks.identity_scan import FUNCTIONS, Numbers, Recovered, Trial, recover, scan, trials
from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import InvalidInputError
from domain.identifiers import ResidentNumber, resident_check_character
from generator.city import generate_city
from generator.identities import MADE_UP_AREAS
from generator.sizes import CitySize
from generator.summary import CitySummary
from graph.backup import export_graph
from graph.engines.ladybug import open_ladybug
from graph.migrations.runner import migrate
from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPE_BY_LABEL
from graphql_api.http import create_app
from graphql_api.ids import decode_id, encode_id
from graphql_api.settings import ApiSettings
from identity.sealing.masks import open_mask
from importers.load import import_files
from importers.readers import open_source
from importers.words import narrow
from workflows.linking.running import link_city
from workflows.people import administrator
from workflows.workspace import Workspace

OUT = Path("docs/benchmarks/identity-dump.json")
_MASK = re.compile(r"\d{3}\*{11}\d{3}[\dX]")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_TOWN = Statement(
    "MATCH (r:Region) WHERE r.level = 'TOWN' RETURN r.id AS id, r.region_path AS path ORDER BY id LIMIT 1",
    Access.READ,
)
_MASKED = (
    Statement(
        "MATCH (n:Resident) WHERE n.id_number_mask IS NOT NULL AND n.birth_date IS NOT NULL"
        " RETURN n.id_number_mask AS mask, coalesce(n.id_number_hash, n.id) AS hash, n.birth_date AS born,"
        " n.region_path AS path",
        Access.READ,
    ),
    Statement(
        "MATCH (n:Volunteer) WHERE n.id_number_mask IS NOT NULL AND n.birth_date IS NOT NULL"
        " RETURN n.id_number_mask AS mask, coalesce(n.id_number_hash, n.id) AS hash, n.birth_date AS born,"
        " n.region_path AS path",
        Access.READ,
    ),
)
_WEAK_KEYS = (b"", b"\0" * 32, b"k" * 32, b"identity", b"zhulian", hashlib.sha256(b"identity").digest())
_FORMS = ("{}", "id:{}", "city\x1fResident\x1f{}", "city\x1fVolunteer\x1f{}", '"{}"')


def numbers_in(folder: Path, summary: CitySummary) -> set[str]:
    """Give every valid number that stands in a city's files."""
    found: set[str] = set()
    for name in summary.files:
        for sheet in open_source(folder / name).sheets:
            for row in sheet.rows():
                for match in _NUMBER.findall(narrow("\t".join(str(cell or "") for cell in row))):
                    found.update(_valid(match))
    return found


def _valid(text: str) -> list[str]:
    try:
        return [ResidentNumber.parse(text).value]
    except InvalidInputError:
        return []


def _joining(count: int, taken: set[str]) -> list[str]:
    """Make numbers of people who are in no list."""
    made: list[str] = []
    day = date(1990, 1, 1).toordinal()
    while len(made) < count:
        born = date.fromordinal(day + len(made) * 7)
        body = f"320582{born:%Y%m%d}{len(made) % 1000:03d}"
        number = body + resident_check_character(body)
        if number not in taken:
            made.append(number)
        else:
            day += 1
    return made


class Desk:
    """People at work through the API."""

    def __init__(self, ws: Workspace, region: tuple[str, str]) -> None:
        self._actors: dict[str, Actor] = {}
        self._region_id, path = region
        for name, role in (("worker", Role.STATION_WORKER), ("lead", Role.STATION_LEAD)):
            self._actors[name] = _actor(name, role, path)
        self._path = path
        app = create_app(
            ws,
            authenticate=self._actors.get,
            settings=ApiSettings(cursor_key=b"c" * 32, status_tries=10_000),
        )
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")

    async def join(self, number: str, name: str) -> str:
        """Invite somebody, let them join with their number, verify and look them up, see and export it."""
        made = await self._do(
            "worker",
            "inviteVolunteer",
            "code volunteerId",
            name=name,
            regionId=encode_id("Region", self._region_id),
        )
        volunteer_id = made["volunteerId"]
        key = _key(volunteer_id)
        self._actors[key] = _actor(f"account-{key}", Role.VOLUNTEER, self._path, participant_id=key)
        born = ResidentNumber(number).birth_date.isoformat()
        said = {"code": made["code"], "birthDate": born, "consentTextId": "join-1"}
        await self._do(key, "acceptInvitation", "id", **said, idNumber=number)
        await self._do("worker", "activateVolunteer", "id", volunteerId=volunteer_id, expectedVersion=1)
        return volunteer_id

    async def see(self, volunteer_id: str, number: str, name: str) -> None:
        """Do what a desk does with a number, right and wrong."""
        asked = {"volunteerId": volunteer_id, "purpose": "ACCIDENT_INSURANCE"}
        seen = await self._do("worker", "unmaskIdentity", "idNumber", **asked, reason="cover for April")
        if seen["idNumber"] != number:
            raise SystemExit("a sealed number opened otherwise than it was given")
        wrong = await self._ask("worker", "unmaskIdentity", "idNumber", **asked, reason=f"it is {number}")
        if wrong["object"] is not None:
            raise SystemExit("a reason held a number")
        answer = await self._do(
            "worker", "askRegistration", "code", name=name, idNumber=number, documentSeen=True
        )
        path = f"/registration/status?code={answer['code']}&tail={number[-4:]}"
        (await self._http.get(path)).raise_for_status()
        copy = await self._do(
            _key(volunteer_id),
            "askForData",
            "id",
            volunteerId=volunteer_id,
            kind="EXPORT",
            idempotencyKey="copy",
        )
        await self._do(_key(volunteer_id), "exportPerson", "digest", requestId=copy["id"])
        # A client that is wrong about everything: the number in the document, in a cursor, in broken JSON.
        for body in (
            f'{{ volunteer(id: "{number}") {{ id }} }}',
            f"{{ {number} }}",
            f'{{ volunteers(after: "{number}")',
        ):
            await self._http.post("/graphql", json={"query": body}, headers=_as("worker"))
        await self._http.post("/graphql", content=f'{{"query": {number}', headers=_as("worker"))

    async def close(self) -> None:
        """End the client."""
        await self._http.aclose()

    async def _do(self, who: str, name: str, selection: str, /, **given: object) -> dict[str, str]:
        told = await self._ask(who, name, selection, **given)
        if told["object"] is None:
            raise SystemExit(f"{name} was refused")
        return told["object"]

    async def _ask(self, who: str, name: str, selection: str, /, **given: object) -> dict[str, Any]:
        kind = name[0].upper() + name[1:] + "Input"
        asked = f"object {{ {selection} }} userErrors {{ code message }}"
        query = f"mutation M($input: {kind}!) {{ {name}(input: $input) {{ {asked} }} }}"
        body = {"query": query, "variables": {"input": given}}
        answer = (await self._http.post("/graphql", json=body, headers=_as(who))).json()
        return answer["data"][name]


def _actor(name: str, role: Role, path: str, participant_id: str | None = None) -> Actor:
    scope = Scope(region_paths=(path,), purpose=Purpose.SERVICE)
    return Actor(id=name, name=name, roles=frozenset({role}), scope=scope, participant_id=participant_id)


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}", "Content-Type": "application/json"}


def _key(global_id: str) -> str:
    return decode_id(global_id)[1]


async def rebuilt(store: GraphStore, numbers: set[str], secret: bytes | None = None) -> dict[str, int]:
    """
    Count whole numbers that masks give beside a date of birth and a county: as they stand, or opened with a secret.

    Seals that several numbers share are counted too: one number that is known would open them all.
    """
    told = {"masks": 0, "read": 0, "numbers": 0}
    seals: dict[str, set[str]] = {}
    for statement in _MASKED:
        for row in await store.read(lambda tx, s=statement: tx.run(s)):
            stored, born = str(row["mask"]), row["born"]
            mask = stored if secret is None else open_mask(stored, secret)
            told["masks"] += 1
            seals.setdefault(stored, set()).add(str(row["hash"]))
            if not isinstance(born, date) or not _MASK.fullmatch(mask):
                continue
            told["read"] += 1
            county = next(iter(str(row["path"]).strip("/").split("/")[3:]), "")
            areas = (county, MADE_UP_AREAS.get(county, county))
            told["numbers"] += any(f"{area}{born:%Y%m%d}{mask[-4:]}" in numbers for area in areas)
    return told | {"seals_of_several": sum(len(hashes) > 1 for hashes in seals.values())}


async def _build(folder: Path, size: CitySize, seed: int, joins: int) -> tuple[set[str], int]:
    """Fill a data directory as an installation would; gives every number that was in it, and how many joined."""
    city = folder / "source"
    summary = generate_city(size, seed, city)
    numbers = numbers_in(city, summary)
    data = folder / "data"
    async with open_ladybug(data / "graph") as store:
        await migrate(store, clock=now, holder="dump")
        ws = Workspace(store=store, clock=now, new_id=new_id, secret=partial(secret_key, data))
        await import_files(
            store,
            administrator(),
            [city / name for name in summary.files],
            clock=now,
            identity_key=secret_key(data, "identity"),
        )
        await link_city(ws, administrator())
        (town,) = await store.read(lambda tx: tx.run(_TOWN))
        desk = Desk(ws, (str(town["id"]), str(town["path"])))
        joining = _joining(joins, numbers)
        for place, number in enumerate(joining):
            volunteer_id = await desk.join(number, f"联测{place}")
            if place < 15:
                await desk.see(volunteer_id, number, f"联测{place}")
        await desk.close()
    return numbers | set(joining), len(joining)


async def _plant(data: Path, number: str, second: str, logs: Path) -> None:
    """Put a number, its mask and two hashes where only a fault would put them."""
    mask = f"{number[:3]}{'*' * 11}{number[-4:]}"
    node = NODE_TYPE_BY_LABEL["Notice"]
    row = {
        "id": "planted",
        "recipient_id": hashlib.sha256(number.encode()).hexdigest(),
        "subject_id": hmac.digest(b"k" * 32, second.encode(), "sha256").hex(),
        "parameters": json.dumps({"said": f"planted {number}, {mask}"}),
        "created_at": now(),
        "region_path": "/",
    }
    types = {"created_at": pl.Datetime("us", "UTC")}
    async with open_ladybug(data / "graph") as store:
        await store.write(lambda tx: tx.load_nodes(node, pl.DataFrame([row], schema_overrides=types)))
    (logs / "planted.log").write_text(f"refused {number}, {mask}\n", "utf-8")


async def _export(data: Path, into: Path) -> None:
    async with open_ladybug(data / "graph") as store:
        await export_graph(store, into)


def _told(found: Recovered) -> dict[str, Any]:
    return {"guesses": found.guesses, "recovered": len(found.numbers), "by_function": dict(found.by_function)}


async def measure(
    folder: Path, size: CitySize, seed: int, joins: int, guesses: int, workers: int
) -> dict[str, Any]:
    """Build, dump, search, plant, and search again."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    handler = logging.FileHandler(logs / "everything.log", encoding="utf-8")
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    numbers, joined = await _build(folder, size, seed, joins)
    logging.getLogger().removeHandler(handler)
    data, known = folder / "data", sorted(numbers)
    await _export(data, folder / "dump")
    places = [folder / "dump", data / "graph", logs] + [each for each in [data / "logs"] if each.exists()]
    if (data / "graph").is_file():
        raise SystemExit("the engine's files are a directory no more")
    start = time.perf_counter()
    found = scan(places, Numbers.of(numbers))
    scanned_s = time.perf_counter() - start
    start = time.perf_counter()
    tried = trials(guesses, len(known), _WEAK_KEYS, _FORMS)
    recovered = recover(known, found.tokens, tried, workers=workers)
    guessed_s = time.perf_counter() - start
    own = recover(known, found.tokens, [Trial("hmac-sha256", secret_key(data, "identity"))], workers=workers)
    async with open_ladybug(data / "graph") as store:
        inferred = await rebuilt(store, numbers)
        opened = await rebuilt(store, numbers, secret_key(data, "identity"))
    await _plant(data, known[0], known[-1], logs)
    await _export(data, folder / "dump-planted")
    planted = scan([folder / "dump-planted", data / "graph", logs], Numbers.of(numbers))
    controls = recover(
        known, planted.tokens, [Trial(name, key) for name in FUNCTIONS for key in _WEAK_KEYS], workers=workers
    )
    return {
        "size": size.value,
        "numbers_in_the_city": len(known),
        "joined": joined,
        "files": found.files,
        "bytes": found.bytes_read,
        "log_bytes": (logs / "everything.log").stat().st_size,
        "tokens": len(found.tokens),
        "plaintext": sum(found.plain.values()),
        "plaintext_in": dict(found.plain),
        "masks_in": dict(found.masks),
        "guessing": _told(recovered),
        "scan_s": round(scanned_s, 1),
        "guess_s": round(guessed_s, 1),
        "control_own_key": _told(own),
        "control_planted_plaintext_in": dict(planted.plain),
        "control_planted_masks_in": dict(planted.masks),
        "control_planted_hashes": _told(controls),
        "without_hashes": inferred,
        "control_without_hashes_own_key": opened,
    }


def main() -> None:
    """Run the search and print what was found; the status is 1 for a number found or a control not found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=CitySize, default=CitySize.S, choices=list(CitySize))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--joins", type=int, default=100)
    parser.add_argument("--guesses", type=int, default=10_000_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {OUT}")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(
            measure(Path(folder), asked.size, asked.seed, asked.joins, asked.guesses, asked.workers)
        )
    if asked.write:
        OUT.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(json.dumps(told, ensure_ascii=False))
    planted = (told["control_planted_plaintext_in"], told["control_planted_masks_in"])
    hashes, opened = told["control_planted_hashes"], told["control_without_hashes_own_key"]
    found_controls = min(map(len, planted)) >= 3 and hashes["recovered"] == 2 and opened["numbers"] > 0
    clean = told["plaintext"] == 0 and told["guessing"]["recovered"] == 0 and not told["masks_in"]
    clean = clean and told["without_hashes"]["read"] == told["without_hashes"]["seals_of_several"] == 0
    raise SystemExit(0 if clean and found_controls else 1)


if __name__ == "__main__":
    main()
