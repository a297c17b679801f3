"""
Two regions, two data directories, two served processes: a record is issued in the one and counts in the other.

A volunteer serves in Hongkou, carries the record to Zhangjiagang, and is planned there for what they could not be
planned for before; what Hongkou revokes ends in Zhangjiagang.
"""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import app
from graph.engines.ladybug import open_ladybug
from graphql_api.ids import encode_id
from identity.jose.jwk import SigningKey
from identity.jose.jws import sign_compact
from tests.builders import World
from tests.e2e.conftest import COMMAND, KEPT, ROOT

RECORD = "urn:cn:volunteer:record:1"
RULES = {
    "factors": {"clocked": "1", "manual": "1/2"},
    "status_max_age_s": 3600,
    "equivalences": [
        {"kind": "SKILL", "source": "MEDICAL_ESCORT", "target": "MEDICAL_ESCORT", "relation": "exact"},
        {"kind": "TRAINING", "source": "NURSE", "target": "NURSE", "relation": "exact", "valid_months": 36},
    ],
}


@dataclass(frozen=True)
class Instance:
    """One region's installation: its data directory, its address, and its people's tokens."""

    code: str
    path: str
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **KEPT,
            "ZHULIAN_LANG": "en",
            "ZHULIAN_DATA_DIR": str(self.folder),
            "ZHULIAN_PUBLIC_URL": self.address,
        }

    def zhulian(self, *arguments: object) -> str:
        """Run a command in this installation's directory, without another process's seconds of starting."""
        done = CliRunner().invoke(app, [*map(str, arguments)], env=self.environment)
        assert done.exit_code == 0, (arguments, done.output, done.exception)
        return done.stdout.strip()

    def token(self, account: str, *roles: str, participant: str | None = None) -> "Person":
        named = ["--participant", participant] if participant else []
        held = [part for role in roles for part in ("--role", role)]
        said = self.zhulian(
            "token", "issue", "--account", account, "--name", account, *held, "--region", self.path, *named
        )
        return Person(self.address, said.splitlines()[-1])

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def served(*instances: Instance) -> Iterator[None]:
    """A process for each, over real HTTP, until the block ends."""
    processes: list[tuple[subprocess.Popen[bytes], Path]] = []
    try:
        for each in instances:
            log = each.folder.with_suffix(".log")
            with log.open("a") as out:
                started = subprocess.Popen(
                    [COMMAND, "serve", "--port", str(each.port)],
                    stdout=out,
                    stderr=out,
                    cwd=ROOT,
                    env=each.environment,
                )
            processes.append((started, log))
        deadline = time.monotonic() + 300
        while not all(each.answers() for each in instances):
            assert time.monotonic() < deadline
            assert all(process.poll() is None for process, _ in processes)
            time.sleep(0.2)
        yield
    finally:
        for process, _ in processes:
            process.send_signal(signal.SIGINT)
        for process, _ in processes:
            process.wait(timeout=120)
    for _, log in processes:
        assert "Traceback" not in log.read_text(), log.read_text()


@dataclass(frozen=True)
class Person:
    """A plain client with a bearer token."""

    address: str
    token: str

    def ask(self, query: str, **variables: object) -> dict:
        answer = httpx.post(
            f"{self.address}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}", "Accept-Language": "en"},
            timeout=200,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def do(self, name: str, selection: str, /, **given: object) -> dict:
        kind = name[0].upper() + name[1:] + "Input"
        query = f"""mutation M($input: {kind}!) {{ {name}(input: $input) {{
            object {{ {selection} }} userErrors {{ code message }} }} }}"""
        done = self.ask(query, input=given)[name]
        assert done["userErrors"] == [], done
        return done["object"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tomorrow() -> datetime:
    return datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=1)


def seed(folder: Path, world: World) -> None:
    async def write() -> None:
        async with open_ladybug(folder / "graph") as store:
            await store.define()
            await world.write(store)

    asyncio.run(write())


def hongkou(folder: Path) -> Instance:
    """Where the volunteer serves: a register with one volunteer, who nurses."""
    world, path = World(), "/NBS/31/3101/310109/"
    world.region("NBS:310109000000", path=path, level="COUNTY", name="虹口区")
    world.volunteer("lin", name="林小雨", path=path, skills=["MEDICAL_ESCORT"], licences=("NURSE",))
    seed(folder, world)
    return Instance("310109", path, folder, free_port())


def zhangjiagang(folder: Path) -> Instance:
    """Where the volunteer moves: registered without any skill; a need waits for somebody who nurses."""
    world, path = World(), "/NBS/32/3205/320582/"
    world.region("NBS:320582000000", path=path, level="COUNTY", name="张家港市")
    world.volunteer("newcomer", name="林小雨", path=path, skills=[])
    start = tomorrow() + timedelta(days=1)
    world.need(
        "nursing",
        path=path,
        slots=1,
        skill="MEDICAL_ESCORT",
        licence="NURSE",
        window_starts=[start.isoformat()],
        window_ends=[(start + timedelta(hours=3)).isoformat()],
        posted_at=datetime.now(UTC) - timedelta(days=1),
    )
    seed(folder, world)
    return Instance("320582", path, folder, free_port())


def agree(a: Instance, b: Instance, desk: Path) -> None:
    """Both sides know each other's keys and sign; B, which recognises, activates."""
    for own in (a, b):
        own.zhulian("trust", "init", "--region", own.code, "--out", desk / f"{own.code}.json")
        own.zhulian(
            "trust", "registry", own.address, "--region", own.code, "--type", RECORD,
            "--out", desk / f"{own.code}-registry.json",
        )  # fmt: skip
    for own, other in ((a, b), (b, a)):
        own.zhulian("trust", "region", desk / f"{other.code}.json")
        own.zhulian(
            "trust", "registry", other.address, "--region", other.code, "--type", RECORD,
            "--keys", desk / f"{other.code}-registry.json",
        )  # fmt: skip
    rules, agreement = desk / "rules.json", desk / "agreement.json"
    rules.write_text(json.dumps(RULES))
    until = (datetime.now(UTC) + timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%SZ")
    since = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    a.zhulian(
        "trust", "agreement", "propose", agreement, "--id", "hk-zjg", "--from", a.code, "--to", b.code,
        "--since", since, "--until", until, "--rules", rules,
    )  # fmt: skip
    a.zhulian("trust", "agreement", "sign", agreement)
    b.zhulian("trust", "agreement", "sign", agreement)
    b.zhulian("trust", "agreement", "activate", agreement)
    a.zhulian("trust", "agreement", "take", agreement)


def serve_and_carry(a: Instance, volunteer: Person, desk: Person, second: Person, holder: SigningKey) -> dict:
    """Two hours in A, countersigned, and the record of it for the volunteer's key."""
    start = datetime.now(UTC) - timedelta(days=3)
    window = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    recorded = desk.do(
        "recordHours", "id version", volunteerId=encode_id("Volunteer", "lin"), window=window,
        title="Visits", evidence="a signed sheet", idempotencyKey="h1",
    )  # fmt: skip
    second.do("countersignHours", "state", recordId=recorded["id"], expectedVersion=recorded["version"])
    request = volunteer.do("openPresentationRequest", "nonce audience", purpose="ISSUE", idempotencyKey="ask")
    assert request["audience"] == a.address
    proof = {"aud": request["audience"], "nonce": request["nonce"], "iat": int(time.time())}
    return volunteer.do(
        "issueCredential", "text credential { id state version minutes }",
        holder=json.dumps(holder.public.jwk()),
        proof=sign_compact(proof, holder, type_="openid4vci-proof+jwt"),
        nonce=request["nonce"], idempotencyKey="issue",
    )  # fmt: skip


def bring(b: Instance, volunteer: Person, credential: Path, key: Path, name: str) -> dict:
    """Ask B for a nonce, show everything with the holder's key, and hand it in."""
    request = volunteer.do(
        "openPresentationRequest", "nonce audience", purpose="RECOGNITION", idempotencyKey=f"ask-{name}"
    )
    paths = json.loads(b.zhulian("credential", "show", credential, "--json"))["paths"]
    shown = [part for path in paths for part in ("--show", path)]
    presentation = b.zhulian(
        "credential", "present", credential, "--key", key,
        "--aud", request["audience"], "--nonce", request["nonce"], *shown,
    )  # fmt: skip
    return volunteer.do(
        "presentCredential",
        "verdict case { state countedMin rulings { kind subject outcome reason { code } } }",
        presentation=presentation, nonce=request["nonce"], idempotencyKey=f"present-{name}",
    )  # fmt: skip


def proposed(desk: Person, path_code: str) -> set[str]:
    """Run a round, and give whom it proposes for the need."""
    region = encode_id("Region", f"NBS:{path_code}000000")
    made = desk.do("runRound", "id", regionId=region, timeLimitS=20)
    rows = desk.ask(
        "query Q($id: ID!) { proposals(filter: {roundId: $id}) { nodes { need { id } volunteer { id } } } }",
        id=made["id"],
    )["proposals"]["nodes"]
    return {row["volunteer"]["id"] for row in rows if row["volunteer"]}


@pytest.fixture
def regions(tmp_path):
    a, b = hongkou(tmp_path / "hongkou"), zhangjiagang(tmp_path / "zhangjiagang")
    agree(a, b, tmp_path)
    return a, b


def test_a_volunteer_of_one_region_is_recognised_in_another_and_no_longer_when_it_is_revoked(
    regions, tmp_path
):
    a, b = regions
    holder = SigningKey.generate()
    key, credential = tmp_path / "holder.json", tmp_path / "record.txt"
    key.write_text(json.dumps(holder.private_jwk()))
    desk_a = a.token("desk-a", "STATION_WORKER")
    second_a = a.token("second-a", "STATION_LEAD")
    volunteer_a = a.token("lin-a", "VOLUNTEER", participant="lin")
    desk_b = b.token("desk-b", "STATION_WORKER", "STATION_LEAD")
    volunteer_b = b.token("lin-b", "VOLUNTEER", participant="newcomer")
    with served(a, b):
        assert proposed(desk_b, b.code) == set()
        issued = serve_and_carry(a, volunteer_a, desk_a, second_a, holder)
        credential.write_text(issued["text"])
        assert issued["credential"]["minutes"] == 120

        first = bring(b, volunteer_b, credential, key, "first")
        assert first["verdict"] == "ACCEPTED"
        assert (first["case"]["state"], first["case"]["countedMin"]) == ("DECIDED", 60)
        own = volunteer_b.ask(
            "query Q($id: ID!) { volunteer(id: $id) { recognisedSkills hours { verifiedMin } } }",
            id=encode_id("Volunteer", "newcomer"),
        )["volunteer"]
        assert own == {"recognisedSkills": ["MEDICAL_ESCORT"], "hours": {"verifiedMin": 60}}
        assert proposed(desk_b, b.code) == {encode_id("Volunteer", "newcomer")}

        checked = httpx.post(f"{b.address}/credentials/verify", json={"credential": issued["text"]}).json()
        assert (checked["holds"], checked["region"]) == (True, a.code)
        desk_a.do(
            "revokeCredential", "state", credentialId=issued["credential"]["id"],
            expectedVersion=issued["credential"]["version"], reason="a mistake", idempotencyKey="revoke",
        )  # fmt: skip
        answer = httpx.get(f"{a.address}/statuslists/0")
        assert answer.headers["content-type"] == "application/statuslist+jwt"
        taken = tmp_path / "statuses.jwt"
        taken.write_text(answer.text)
        b.zhulian("recognition", "take-list", taken)  # as a file, for B asked A within the minute

        refused = bring(b, volunteer_b, credential, key, "second")
        assert (refused["verdict"], refused["case"]) == ("REVOKED", None)
    report = json.loads(b.zhulian("recognition", "look-again", "--json").splitlines()[-1])
    assert (report["looked_at"], report["revoked"]) == (1, 1)
    with served(b):
        own = volunteer_b.ask(
            "query Q($id: ID!) { volunteer(id: $id) { recognisedSkills hours { verifiedMin } } }",
            id=encode_id("Volunteer", "newcomer"),
        )["volunteer"]
        assert own == {"recognisedSkills": [], "hours": {"verifiedMin": 0}}
        assert proposed(desk_b, b.code) == set()
