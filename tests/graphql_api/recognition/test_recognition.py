"""A volunteer of another region through the API: asked, recognised, reviewed, appealed, ended; and ours taken along."""

import json
from datetime import timedelta

import httpx
import pytest

from app.jobs import jobs_of
from graph.ports import Access, Statement
from graphql_api.http import create_app
from identity.credentials.holder import hold
from identity.jose.jwk import SigningKey
from identity.jose.jws import sign_compact
from locales import Locale
from tests.builders import NOW, lead, workspace
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client
from tests.graphql_api.recognition.partner import NOW_S, OURS, THERE, Partner, installation
from workflows.recognition.issuing import PROOF_TYPE

PEOPLE = {**ACTORS, "lead": lead()}
CASE = """id state version fromRegion countedMin holderDoubtful dueOn
  evidence { field told known level }
  rulings { kind subject grants outcome minutes reason { code message } }
  claims { kind subject grants state creditedMin } appeals { state reason decision }"""
CASES = (
    "query Q($states: [RecognitionCaseState!]) { recognitionCases(states: $states) { totalCount nodes { "
    + CASE
    + " } } }"
)


@pytest.fixture
def partner():
    made = Partner()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
async def served(ws, tmp_path, partner):
    """The application with its trust desk, and a client a person."""
    trust = installation(tmp_path, ws, partner)
    app = create_app(ws, authenticate=PEOPLE.get, settings=SETTINGS, trust=trust)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=OURS) as http:
        yield lambda who: Client(http, who)


async def asked(client: Client, purpose: str = "RECOGNITION", key: str = "k") -> dict:
    found = await client.do(
        "openPresentationRequest", "nonce audience purpose expiresAt", purpose=purpose, idempotencyKey=key
    )
    assert found["userErrors"] == []
    return found["object"]


async def presented(client: Client, partner: Partner, credential: str, key: str, **more: object) -> dict:
    request = await asked(client, key=f"ask-{key}")
    return await client.do(
        "presentCredential",
        "verdict message reviewable case { " + CASE + " }",
        presentation=partner.presentation(credential, request),
        nonce=request["nonce"],
        idempotencyKey=key,
        **more,
    )


async def test_what_another_region_certified_counts_at_once_and_says_why(served, partner):
    found = await presented(served("volunteer"), partner, partner.credential(), "p1")
    assert (found["userErrors"], found["replayed"]) == ([], False)
    answer = found["object"]
    assert (answer["verdict"], partner.asked) == ("ACCEPTED", 1)
    case = answer["case"]
    assert (case["state"], case["countedMin"], case["fromRegion"]) == ("DECIDED", 120, THERE)
    assert {(r["subject"], r["reason"]["code"]) for r in case["rulings"]} == {
        ("s1", "ACCEPTED_IN_FULL"),
        ("hk:care", "EQUIVALENT"),
    }
    assert all(r["reason"]["message"] != r["reason"]["code"] for r in case["rulings"])
    levels = {each["field"]: (each["told"], each["known"], each["level"]) for each in case["evidence"]}
    assert levels["name"] == ("李**", "李**", "EQUAL")
    assert levels["birth_date"] == ("1990", "1990", "EQUAL")
    board = await served("worker").ask("{ recognitionBoard { rows { state fromRegion cases dueOn } } }")
    assert board["recognitionBoard"]["rows"] == [
        {"state": "DECIDED", "fromRegion": THERE, "cases": 1, "dueOn": None}
    ]
    node = "query Q($id: ID!) { node(id: $id) { id } recognitionCase(id: $id) { id } }"
    assert (await served("worker").ask(node, id=case["id"]))["node"] == {"id": case["id"]}
    outside = await served("stranger").ask(node, id=case["id"])
    assert outside == {"node": None, "recognitionCase": None}
    assert (await served("stranger").ask(CASES))["recognitionCases"] == {"totalCount": 0, "nodes": []}


async def test_another_persons_credential_is_reviewed_masked_by_a_second_person(served, partner):
    worker, other = served("worker"), served("lead")
    whose = (await worker.ask("{ volunteers(first: 1) { nodes { id } } }"))["volunteers"]["nodes"][0]["id"]
    found = await presented(worker, partner, partner.credential(name="王小明"), "p1", volunteerId=whose)
    case = found["object"]["case"]
    assert (case["state"], case["countedMin"], case["holderDoubtful"]) == ("REVIEW", 0, True)
    name = next(each for each in case["evidence"] if each["field"] == "name")
    assert (name["told"], name["known"], name["level"]) == ("王**", "李**", "DIFFERS")
    waiting = await other.ask(CASES, states=["REVIEW"])
    assert [each["id"] for each in waiting["recognitionCases"]["nodes"]] == [case["id"]]
    choice = {"kind": "HOURS", "subject": "s1", "accept": True}
    given = {"caseId": case["id"], "expectedVersion": case["version"], "choices": [choice], "reason": "seen"}
    own = await worker.do("reviewRecognition", "verdict", **given, idempotencyKey="r1")
    assert [each["code"] for each in own["userErrors"]] == ["SEPARATION_OF_DUTIES"]
    done = await other.do("reviewRecognition", "case { state countedMin }", **given, idempotencyKey="r1")
    assert done["object"]["case"] == {"state": "REVIEW", "countedMin": 120}
    again = await other.do("reviewRecognition", "case { state }", **given, idempotencyKey="r1")
    assert again["replayed"]
    assert (await other.ask(CASES))["recognitionCases"]["nodes"][0]["holderDoubtful"] is False
    stale = await other.do("reviewRecognition", "case { state }", **given, idempotencyKey="r2")
    assert [each["code"] for each in stale["userErrors"]] == ["STALE_VERSION"]


async def test_an_appeal_is_raised_by_the_volunteer_and_decided_by_a_third(served, partner):
    volunteer, other = served("volunteer"), served("lead")
    entry = {"id": "m1", "start": NOW_S - 7200, "end": NOW_S - 3600, "minutes": 90, "clocked": True}
    long = partner.credential(entries=[entry])
    found = await presented(volunteer, partner, long, "p1")
    case = found["object"]["case"]
    refused = [each for each in case["rulings"] if each["outcome"] == "REFUSED"]
    assert [each["reason"]["code"] for each in refused] == ["LONGER_THAN_ITS_TIME"]
    raised = await volunteer.do(
        "appealRecognition", "raisedAt case { id }", caseId=case["id"], reason="it was", idempotencyKey="a"
    )
    assert raised["object"]["case"]["id"] == case["id"]
    seen = (await other.ask(CASES))["recognitionCases"]["nodes"][0]
    assert [each["state"] for each in seen["appeals"]] == ["OPEN"]
    decided = await other.do(
        "decideRecognitionAppeal",
        "case { state appeals { state decision } version }",
        caseId=case["id"],
        expectedVersion=seen["version"],
        choices=[],
        decision="no",
        idempotencyKey="d",
    )
    assert decided["object"]["case"]["appeals"] == [{"state": "DISMISSED", "decision": "no"}]
    ended = await other.do(
        "endRecognition",
        "state countedMin",
        caseId=case["id"],
        expectedVersion=decided["object"]["case"]["version"],
        reason="a mistake",
        idempotencyKey="e",
    )
    assert ended["object"] == {"state": "WITHDRAWN", "countedMin": 0}


async def test_what_was_revoked_there_is_refused_here_without_a_case(served, partner):
    partner.statuses[7] = 1
    found = await presented(served("volunteer"), partner, partner.credential(), "p1")
    assert found["object"] == {
        "verdict": "REVOKED",
        "message": "The credential was revoked.",
        "reviewable": False,
        "case": None,
    }
    unknown = await served("volunteer").do(
        "presentCredential", "verdict", presentation="nonsense", nonce="n", idempotencyKey="p2"
    )
    assert unknown["object"]["verdict"] == "MALFORMED"


async def test_agreements_are_listed_with_their_state_and_terms(served):
    data = await served("worker").ask(
        """{ recognitionAgreements { totalCount nodes { name version state fromRegion toRegion bothWays
            validFrom validUntil signedBy
            terms { clockedShare manualShare kinds equivalences { source target relation } } } } }"""
    )
    (found,) = data["recognitionAgreements"]["nodes"]
    assert (found["state"], found["signedBy"]) == ("ACTIVE", [THERE, "320582"])
    assert found["terms"]["manualShare"] == "1/2"


async def to_issue(client: Client, holder: SigningKey, key: str = "i") -> dict:
    request = await asked(client, "ISSUE", key=f"ask-{key}")
    claims = {"aud": request["audience"], "nonce": request["nonce"], "iat": NOW_S}
    return {
        "holder": json.dumps(holder.public.jwk()),
        "proof": sign_compact(claims, holder, type_=PROOF_TYPE),
        "nonce": request["nonce"],
        "idempotencyKey": key,
    }


async def issued(client: Client, given: dict) -> dict:
    return await client.do(
        "issueCredential",
        "text credential { id state version minutes statusList statusPlace volunteer { id } }",
        **given,
    )


async def test_a_record_is_taken_along_listed_suspended_and_revoked_and_anybody_may_check_it(served):
    volunteer, desk = served("volunteer"), served("worker")
    made = (await issued(volunteer, await to_issue(volunteer, SigningKey.generate())))["object"]
    text, credential = made["text"], made["credential"]
    assert hold(text).payload["iss"] == OURS
    http = desk.http
    checked = (await http.post("/credentials/verify", json={"credential": text})).json()
    assert (checked["holds"], checked["code"], checked["issuer_name"]) == (True, "ACCEPTED", "本市")
    assert "李小四" not in json.dumps(checked, ensure_ascii=False)
    listed = "{ issuedCredentials { totalCount nodes { id state } } }"
    assert (await desk.ask(listed))["issuedCredentials"]["totalCount"] == 1
    assert (await served("stranger").ask(listed))["issuedCredentials"]["totalCount"] == 0
    steps = (
        ("suspendCredential", "SUSPENDED"),
        ("resumeCredential", "VALID"),
        ("revokeCredential", "REVOKED"),
    )
    for version, (name, state) in enumerate(steps, start=1):
        done = await desk.do(
            name,
            "state reason",
            credentialId=credential["id"],
            expectedVersion=version,
            reason="seen",
            idempotencyKey=name,
        )
        assert done["object"]["state"] == state
        checked = (await http.post("/credentials/verify", content=text)).json()
        assert checked["holds"] == (state == "VALID")
    assert checked["code"] == "REVOKED"


async def test_the_text_of_a_credential_is_given_once_and_kept_nowhere(served, ws):
    client = served("volunteer")
    given = await to_issue(client, SigningKey.generate())
    first, again = await issued(client, given), await issued(client, given)
    assert hold(first["object"]["text"]).payload["iss"] == OURS
    assert (again["userErrors"], again["replayed"]) == ([], True)
    assert again["object"] == {**first["object"], "text": None}
    every = Statement("MATCH (k:IdempotencyRecord) RETURN k.response AS response", Access.READ)
    kept = "".join(row["response"] for row in await ws.store.read(lambda tx: tx.run(every)))
    assert '"holder"' in kept
    assert not any(part in kept for part in first["object"]["text"].split("~") if part)
    assert "李小四" not in kept


async def test_lists_and_keys_are_public_and_cached(served, ws, tmp_path, partner):
    client = served("volunteer")
    http = client.http
    assert (await http.get("/statuslists/0")).status_code == 404
    await issued(client, await to_issue(client, SigningKey.generate()))
    answer = await http.get("/statuslists/0")
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["access-control-allow-origin"] == "*"
    tag = answer.headers["etag"]
    assert (await http.get("/statuslists/0", headers={"If-None-Match": tag})).status_code == 304
    for path in ("/statuslists/1", "/statuslists/x", "/statuslists/-1", "/statuslists/" + "9" * 50):
        assert (await http.get(path)).status_code == 404
    registry, region = (await http.get("/trust/registry")).json(), (await http.get("/trust/region")).json()
    assert (registry["iss"], registry["region"], region["code"]) == (OURS, "320582", "320582")
    metadata = (await http.get("/.well-known/jwt-vc-issuer")).json()
    assert metadata["jwks"]["keys"][0]["kid"] == registry["keys"][0]["kid"]
    assert "d" not in metadata["jwks"]["keys"][0]


async def test_an_installation_without_a_book_says_so(ask_as, http):
    for request in (http.get("/statuslists/0"), http.get("/trust/registry")):
        assert (await request).status_code == 404
    refused = await ask_as("volunteer").do(
        "openPresentationRequest", "nonce", purpose="RECOGNITION", idempotencyKey="k"
    )
    assert [each["code"] for each in refused["userErrors"]] == ["NOT_FOUND"]


async def test_nobody_has_many_nonces_open(served):
    client = served("volunteer")
    for number in range(20):
        await asked(client, key=str(number))
    refused = await client.do(
        "openPresentationRequest", "nonce", purpose="RECOGNITION", idempotencyKey="one more"
    )
    assert [each["code"] for each in refused["userErrors"]] == ["CONFLICT"]


async def test_a_tick_ends_here_what_the_partner_revoked(served, ws, partner, tmp_path):
    await presented(served("volunteer"), partner, partner.credential(), "p1")
    partner.statuses[7] = 1
    partner.issued_at = NOW_S + 3600
    later = workspace(ws.store, now=NOW + timedelta(hours=2))
    trust = installation(tmp_path / "again", later, partner)
    jobs = {job.name: job for job in jobs_of([], locale=Locale.EN, trust=trust)}
    job = jobs["what partners revoked"]
    await job.work(later)
    case = (await served("worker").ask(CASES))["recognitionCases"]["nodes"][0]
    assert (case["state"], case["countedMin"]) == ("WITHDRAWN", 0)
