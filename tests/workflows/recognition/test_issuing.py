"""What one region recorded is carried to another, and holds there for as long as it holds at home."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidInputError, SeparationOfDutiesError, TransitionError
from domain.recognition import CaseState, CredentialState
from graph.engines.ladybug import open_ladybug
from graph.recognition.holders import ask_for_presentation
from graph.unit_of_work import UnitOfWork
from identity.credentials.holder import hold, present
from identity.credentials.status import StatusLists
from identity.jose.jwk import SigningKey
from identity.jose.jws import sign_compact
from identity.trust.bundle import read_document
from identity.verdicts import VerdictCode
from tests.builders import CITY, NOW, World, lead, volunteer, worker, workspace
from tests.workflows.recognition.regions import AUDIENCE, HERE, NOW_S, RECORD, THERE, standing
from workflows.recognition.ending import tick_recognition
from workflows.recognition.issuing import (
    PROOF_TYPE,
    CredentialRequest,
    Registry,
    change_credential,
    issue_credential,
    status_list,
)
from workflows.recognition.recognising import Presented, Trusted, recognise

ISSUER = "https://volunteers.hongkou.example"


async def nonce_for(ws, audience: str, name: str) -> str:
    async def ask(tx) -> None:
        await ask_for_presentation(
            tx,
            name,
            audience=audience,
            purpose="test",
            asked_by="worker",
            asked_at=NOW,
            expires_at=datetime.fromtimestamp(NOW_S + 600, UTC),
            region_path=CITY,
        )
        tx.record("recognition.ask", name)

    await UnitOfWork(ws.store, ws.clock).run(worker(), ask)
    return name


def city() -> World:
    world = World()
    world.region()
    world.volunteer("v", skills=["ELDER_CARE"], licences=("NURSE",))
    world.volunteer("empty", skills=[])
    return world


def served(world: World, name: str, days_ago: int, kind: str, state: str = "VERIFIED") -> None:
    start = NOW - timedelta(days=days_ago)
    world.add(
        "HoursRecord",
        id=name,
        volunteer_id="v",
        kind=kind,
        state=state,
        minutes=90,
        served_start=start,
        served_end=start + timedelta(minutes=100),
        recorded_at=NOW,
        region_path=CITY,
        version=1,
    )


async def asked(ws, registry: Registry, holder: SigningKey, **changed: object) -> CredentialRequest:
    nonce = await nonce_for(ws, registry.issuer, f"proof-{holder.public.thumbprint[:6]}-{ws.new_id()}")
    proof = sign_compact({"aud": registry.issuer, "nonce": nonce, "iat": NOW_S}, holder, type_=PROOF_TYPE)
    given = {"holder": holder.public.jwk(), "proof": proof, "nonce": nonce, **changed}
    return CredentialRequest(**given)


def registry_of(key: SigningKey) -> Registry:
    return Registry(issuer=ISSUER, key_id="k1", key=key)


def trusted(key: SigningKey, lists: StatusLists) -> Trusted:
    rules = {
        "equivalences": [
            {"kind": "SKILL", "source": "ELDER_CARE", "target": "ELDER_CARE", "relation": "exact"},
            {"kind": "TRAINING", "source": "NURSE", "target": "NURSE", "relation": "exact"},
        ]
    }
    document = {
        "home": HERE,
        "version": 1,
        "issued_at": NOW_S - 10,
        "expires_at": NOW_S + 10**6,
        "regions": [{"code": HERE}, {"code": THERE}],
        "registries": [
            {
                "iss": ISSUER,
                "region": THERE,
                "types": [RECORD],
                "keys": [{"kid": "k1", "jwk": key.public.jwk()}],
            }
        ],
        "agreements": [
            {
                "document": {
                    "id": "a",
                    "version": 1,
                    "from": THERE,
                    "to": HERE,
                    "valid_from": NOW_S - 10,
                    "valid_until": NOW_S + 10**6,
                    "rules": rules,
                },
                "state": "ACTIVE",
            }
        ],
    }
    return Trusted(bundle=read_document(json.loads(json.dumps(document))), statuses=lists, audience=AUDIENCE)


async def test_a_record_is_issued_there_recognised_here_and_ends_here_when_it_is_revoked_there(store):
    key, holder = SigningKey.generate(), SigningKey.generate()
    world = city()
    for name, days_ago, kind in (("h1", 30, "AUTO"), ("h2", 20, "AUTO"), ("h3", 10, "RECOGNISED")):
        served(world, name, days_ago, kind)
    async with open_ladybug() as home:
        await home.define()
        await world.write(home)
        there = workspace(home)
        request = await asked(there, registry_of(key), holder)
        issued = (await issue_credential(there, volunteer("v"), registry_of(key), request)).value
        lists = StatusLists({f"{ISSUER}/statuslists/0": await status_list(home, registry_of(key), 0, NOW)})
        held = hold(issued.text)
        assert [len(held.payload.get(name, [])) for name in ("entries", "skills", "training")] == [2, 1, 1]

        await city().write(store)
        here = workspace(store)
        nonce = await nonce_for(here, AUDIENCE, "n1")
        text = present(
            held,
            [claim.path for claim in held.claims],
            key=holder,
            audience=AUDIENCE,
            nonce=nonce,
            issued_at=NOW_S,
        )
        given = Presented(presentation=text, nonce=nonce)
        found = (await recognise(here, volunteer("v"), trusted(key, lists), given)).value
        assert found.state is CaseState.DECIDED
        assert (await standing(store, "v"))["minutes"] == 180

        await change_credential(
            there,
            lead(),
            issued.credential.id,
            CredentialState.REVOKED,
            reason="a mistake",
            expected_version=1,
        )
        later = NOW + timedelta(minutes=20)
        lists.receive(f"{ISSUER}/statuslists/0", await status_list(home, registry_of(key), 0, later))
        moved = workspace(store, now=later)
        report = await tick_recognition(moved, worker(), trusted(key, lists))
        assert (report.revoked, (await standing(store, "v"))["minutes"]) == (1, 0)
        nonce = await nonce_for(here, AUDIENCE, "n2")
        text = present(held, [], key=holder, audience=AUDIENCE, nonce=nonce, issued_at=int(later.timestamp()))
        again = Presented(presentation=text, nonce=nonce)
        refused = (await recognise(moved, volunteer("v"), trusted(key, lists), again)).value
        assert refused.verdict in {VerdictCode.REVOKED, VerdictCode.REPLAYED}
        assert refused.verdict is VerdictCode.REVOKED


async def test_only_who_has_the_key_gets_a_credential_and_only_once_for_a_proof(memory_store):
    key, holder, thief = (SigningKey.generate() for _ in range(3))
    await city().write(memory_store)
    ws, registry = workspace(memory_store), registry_of(key)
    stolen = replace(await asked(ws, registry, holder), holder=thief.public.jwk())
    with pytest.raises(InvalidInputError, match="proof of the key"):
        await issue_credential(ws, volunteer("v"), registry, stolen)
    request = await asked(ws, registry, holder)
    await issue_credential(ws, volunteer("v"), registry, request)
    with pytest.raises(InvalidInputError, match="nonce"):
        await issue_credential(ws, volunteer("v"), registry, request)
    other = await asked(ws, registry, holder, volunteer_id="empty")
    with pytest.raises(InvalidInputError, match="whose record"):
        await issue_credential(ws, volunteer("v"), registry, other)
    with pytest.raises(InvalidInputError, match="nothing to certify"):
        await issue_credential(ws, volunteer("empty"), registry, await asked(ws, registry, holder))


async def test_a_worker_certifies_others_alone_and_what_is_revoked_stays_so(memory_store):
    key, holder = SigningKey.generate(), SigningKey.generate()
    await city().write(memory_store)
    ws, registry = workspace(memory_store), registry_of(key)
    request = await asked(ws, registry, holder, volunteer_id="v")
    issued = (await issue_credential(ws, worker(), registry, request)).value.credential
    steps = (CredentialState.SUSPENDED, CredentialState.VALID, CredentialState.REVOKED)
    for version, state in enumerate(steps, start=1):
        await change_credential(ws, lead(), issued.id, state, reason="seen", expected_version=version)
    with pytest.raises(TransitionError):
        await change_credential(
            ws, lead(), issued.id, CredentialState.VALID, reason="back", expected_version=4
        )
    own = worker("v")
    with pytest.raises(SeparationOfDutiesError):
        await issue_credential(ws, own, registry, await asked(ws, registry, holder, volunteer_id="v"))
