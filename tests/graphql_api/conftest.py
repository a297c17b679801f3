"""A small city behind the API, and clients of it by who asks."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from graph.ports import ReadTransaction, Statement
from graphql_api.http import create_app
from graphql_api.ids import encode_id
from graphql_api.settings import ApiSettings
from tests.builders import (
    CITY,
    OTHER_CITY,
    OTHER_TOWN,
    TOWN_ID,
    World,
    officer,
    volunteer,
    worker,
    workspace,
)

KEY = b"0123456789abcdef0123456789abcdef"
SETTINGS = ApiSettings(cursor_key=KEY)
ACTORS = {
    "worker": worker(),
    "verifier": worker("verifier-at-the-desk"),
    "stranger": worker("stranger", path=OTHER_CITY),
    "volunteer": volunteer("v0"),
    "officer": officer("charity"),
}


class Client:
    """Asks as one of ``ACTORS``, in English."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    async def post(self, query: str, **variables: object) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=self.headers)

    async def send(self, content: bytes, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/json", **self.headers, **headers}
        return await self.http.post("/graphql", content=content, headers=sent)

    async def ask(self, query: str, **variables: object) -> dict:
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def errors(self, query: str, **variables: object) -> list[dict]:
        return (await self.post(query, **variables)).json()["errors"]

    async def do(self, name: str, selection: str, /, **given: object) -> dict:
        kind = name[0].upper() + name[1:] + "Input"
        query = f"""mutation M($input: {kind}!) {{ {name}(input: $input) {{
            object {{ {selection} }} replayed
            userErrors {{ path code message params {{ name value }} }} }} }}"""
        return (await self.ask(query, input=given))[name]


class CountingStore:
    """The store it stands before, and how many statements were read through it."""

    def __init__(self, store) -> None:
        self._store = store
        self.statements = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def read(self, work: Callable[[ReadTransaction], Awaitable]):
        return await self._store.read(lambda tx: work(_CountingTransaction(tx, self)))


class _CountingTransaction:
    def __init__(self, tx, store: CountingStore) -> None:
        self._tx = tx
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)

    async def run(self, statement: Statement, /, **parameters: object):
        self._store.statements += 1
        return await self._tx.run(statement, **parameters)

    async def frame(self, statement: Statement, /, **parameters: object):
        self._store.statements += 1
        return await self._tx.frame(statement, **parameters)


def city() -> World:
    """Five needs, three volunteers and two funds in a town; one need of each kind in another city."""
    world = World()
    world.region()
    world.region("NBS:320582000000", path=CITY, level="COUNTY", name="张家港市")
    world.organisation("charity", region_id=TOWN_ID)
    world.organisation("hospital", kind="INSTITUTION", name="市医院")
    world.fund("fund", "charity", region_id=TOWN_ID)
    world.fund("fund-b", "charity", type="SPECIAL", categories=["CARE"])
    for i in range(3):
        world.volunteer(f"v{i}", licences=("DRIVER",), region_id=TOWN_ID)
    for i in range(2):
        world.need(f"visit-{i}", slots=2, region_id=TOWN_ID, title=f"陪伴老人 {i}")
    world.need("quilt", items=(("QUILT", 2),), region_id=TOWN_ID)
    world.need("wish", amount_fen=30_000, urgency="URGENT", region_id=TOWN_ID)
    world.need("posted", amount_fen=20_000, state="POSTED", posted_by="somebody", region_id=TOWN_ID)
    world.region("NBS:310109009000", path=OTHER_TOWN, name="广中路街道")
    world.organisation("abroad-charity", path=OTHER_CITY)
    world.fund("abroad-fund", "abroad-charity", path=OTHER_CITY)
    world.volunteer("abroad-volunteer", path=OTHER_TOWN)
    world.need("abroad-need", slots=1, path=OTHER_TOWN)
    return world


@pytest.fixture
async def ws(memory_store):
    await city().write(memory_store)
    return workspace(CountingStore(memory_store))


def app_over(ws, settings: ApiSettings = SETTINGS):
    return create_app(ws, authenticate=ACTORS.get, settings=settings)


@pytest.fixture
async def http(ws) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app_over(ws))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as client:
        yield client


@pytest.fixture
def ask_as(http) -> Callable[[str], Client]:
    return lambda token: Client(http, token)


@pytest.fixture
def desk(http) -> Client:
    return Client(http, "worker")


@pytest.fixture
def gid() -> Callable[[str, str], str]:
    return encode_id
