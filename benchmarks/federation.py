"""
What a federation's screens cost: CPU and wall time of a request, and statements behind it, on a generated city.

    python -m benchmarks.federation --size M --write

The city is generated, loaded, planned and published; all its funds are then put into the hands of one organisation, so
that one request looks at all of them. Each request goes through the application, with its checks and its JSON.
"""

import argparse
import asyncio
import json
import platform
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import httpx

from app.city import midnight, run_city
from app.container import workspace
from app.output import Phases, Screen
from app.settings import Engine, Settings
from domain.actors import Role
from generator.sizes import DEFAULT_AS_OF, CitySize
from graph.ports import Access, Statement
from graphql_api.http import create_app
from graphql_api.ids import encode_id
from graphql_api.settings import ApiSettings
from locales import Locale
from tests.graphql_api.conftest import CountingStore
from workflows.people import demo_actors
from workflows.rounds.running import publish_round

PAGES = Path(__file__).parents[1] / "docs" / "benchmarks"
_HAND_OVER = Statement("MATCH (n:Fund) SET n.organisation_id = $id RETURN count(*) AS funds", Access.WRITE)
_SIZES = Statement("MATCH (n:FundEntry) RETURN count(*) AS entries", Access.READ)
_OVERVIEW = """query Q($id: ID!) { fundsOverview(organisationId: $id) { total { available { fen } } daysLeft
  series { day available { fen } reserved { fen } } restricted { fen } endsSoon { fen } charityYear { toSpend { fen } }
  books(first: 100) { totalCount nodes { id name daysLeft endsOn restricted figures { available { fen } spent { fen } }
    series { day available { fen } reserved { fen } } } } } }"""
_PLAN = """query Q($id: ID!) { allocationPlan(roundId: $id) { proposed { fen } staleLines
  books { name before { fen } after { fen } }
  planLines(first: 100) { nodes { amount { fen } change household stale { code } need { id title } } }
  needDifferences(first: 100) { nodes { given { fen } proposed { fen } ceilingLeft { fen } } } } }"""
_UNMET = """query Q($id: ID!) { unmetCounts(roundId: $id) { needs }
  unmetNeeds(roundId: $id, first: 50) { nodes { short { fen } reason { code message } help { message }
    need { title } } } }"""


async def measure(size: CitySize, directory: Path, repeats: int) -> dict[str, object]:
    """Make the city and time each screen."""
    settings = Settings.load(data_dir=directory, engine=Engine.LADYBUG)
    screen = Screen(locale=Locale.EN, as_json=True)
    async with workspace(settings) as ws:
        city = await run_city(ws, settings, screen, Phases(), size=size, seed=0, as_of=DEFAULT_AS_OF)
        row = city.outcome.round
        actors = await demo_actors(ws, row.region_path)
        morning = replace(ws, clock=lambda: midnight(DEFAULT_AS_OF))
        lead = next(actor for actor in actors if Role.STATION_LEAD in actor.roles)
        await publish_round(morning, lead, row.id, expected_version=row.version)
        officer = next(actor for actor in actors if Role.FEDERATION_OFFICER in actor.roles)
        (holder,) = officer.scope.organisation_ids
        (handed,) = await ws.store.write(lambda tx: tx.run(_HAND_OVER, id=holder))
        (entries,) = await ws.store.read(lambda tx: tx.run(_SIZES))
        counted = CountingStore(ws.store)
        app = create_app(
            replace(morning, store=counted),
            authenticate=lambda _token: officer,
            settings=ApiSettings(cursor_key=b"0" * 32),
        )
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as client:
            screens = {
                "overview": (_OVERVIEW, encode_id("Organisation", holder)),
                "plan": (_PLAN, encode_id("Round", row.id)),
                "unmet": (_UNMET, encode_id("Round", row.id)),
            }
            figures = {
                name: await _timed(client, counted, query, key, repeats)
                for name, (query, key) in screens.items()
            }
        return {
            "size": size.value,
            "needs": row.needs,
            "funds": handed["funds"],
            "entries": entries["entries"],
            "repeats": repeats,
            "screens": figures,
        }


async def _timed(
    client: httpx.AsyncClient, counted: CountingStore, query: str, key: str, repeats: int
) -> dict[str, object]:
    cpu: list[float] = []
    wall: list[float] = []
    statements = size = 0
    for _ in range(repeats + 2):
        counted.statements = 0
        began, cpu_began = time.perf_counter(), time.process_time()
        answer = await client.post(
            "/graphql",
            json={"query": query, "variables": {"id": key}},
            headers={"Authorization": "Bearer t", "Accept-Language": "en"},
        )
        cpu.append((time.process_time() - cpu_began) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
        told = answer.json()
        if "errors" in told:
            raise SystemExit(told["errors"])
        statements, size = counted.statements, len(answer.content)
    return {  # the first two warm what is cached
        "cpu_ms": round(statistics.median(cpu[2:]), 1),
        "wall_ms": round(statistics.median(wall[2:]), 1),
        "statements": statements,
        "bytes": size,
    }


def main() -> None:
    """Measure, print one JSON object, and keep it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=CitySize, default=CitySize.M)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = asyncio.run(measure(asked.size, Path(directory), asked.repeats))
    found["python"] = platform.python_version()
    print(json.dumps(found, ensure_ascii=False))
    if asked.write:
        (PAGES / "federation.json").write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
