"""Who is who, by clients: pairs masked, decided by two, taken back, and what followed."""

from datetime import timedelta

import pytest

from graphql_api.ids import encode_id
from tests.builders import NOW, World
from tests.workflows.persons.test_merging import claim

PAIRS = """query { personProposals(first: 10) { totalCount nodes { id reason state version note
    evidence { field level } left { volunteerId name idNumber birthYear } right { name mergedIntoId } } } }"""
DECIDED = "id state decision { id kind overrode followed { moved { kind rows } promisesDoubled { id becauseOfId } } }"
HISTORY = """query Q($id: ID) { personDecisions(first: 10, volunteerId: $id) { nodes { kind undoesId
    left { name status } right { name } } } }"""


@pytest.fixture
async def doubles(memory_store):
    world = World()
    world.volunteer("twice", recorded_at=NOW - timedelta(days=900), name="王小明")
    world.volunteer("again", name="王晓明")
    claim(world, "c1", "twice", NOW + timedelta(days=1))
    claim(world, "c2", "again", NOW + timedelta(days=1), at=NOW + timedelta(hours=1))
    await world.write(memory_store)


async def test_a_pair_is_named_decided_and_taken_back(doubles, ask_as):
    twice, again = encode_id("Volunteer", "twice"), encode_id("Volunteer", "again")
    named = await ask_as("worker").do(
        "proposePerson", "id state version", volunteerId=twice, otherId=again, reason="x", idempotencyKey="1"
    )
    assert named["userErrors"] == []
    (pair,) = (await ask_as("verifier").ask(PAIRS))["personProposals"]["nodes"]
    assert (pair["reason"], pair["state"], pair["version"]) == ("BY_HAND", "OPEN", 1)
    assert {side["name"] for side in (pair["left"], pair["right"])} == {"王*明"}
    assert {"field": "name", "level": "differs"} in pair["evidence"]
    said = {"verdict": "ACCEPT", "note": "seen both"}
    own = await ask_as("worker").do(
        "decidePerson", DECIDED, proposalId=pair["id"], expectedVersion=1, idempotencyKey="2", **said
    )
    assert own["object"] is None
    done = await ask_as("verifier").do(
        "decidePerson", DECIDED, proposalId=pair["id"], expectedVersion=1, idempotencyKey="3", **said
    )
    decision = done["object"]["decision"]
    assert (done["object"]["state"], decision["kind"], decision["overrode"]) == ("ACCEPTED", "MERGE", False)
    assert decision["followed"]["promisesDoubled"] == [
        {"id": encode_id("Claim", "c2"), "becauseOfId": encode_id("Claim", "c1")}
    ]
    asked = await ask_as("worker").do(
        "partPerson", "id state version", decisionId=decision["id"], reason="two", idempotencyKey="4"
    )
    assert asked["object"]["state"] == "SECONDED"
    undone = await ask_as("verifier").do(
        "decidePerson",
        DECIDED,
        proposalId=asked["object"]["id"],
        expectedVersion=1,
        idempotencyKey="5",
        **said,
    )
    assert undone["object"]["decision"]["kind"] == "PART"
    nodes = (await ask_as("worker").ask(HISTORY, id=twice))["personDecisions"]["nodes"]
    assert {node["kind"] for node in nodes} == {"MERGE", "PART"}
    assert {node["left"]["status"] for node in nodes} == {"ACTIVE"}
    for who in ("stranger", "volunteer"):
        assert (await ask_as(who).ask(PAIRS))["personProposals"]["nodes"] == []
        assert (await ask_as(who).ask(HISTORY, id=None))["personDecisions"]["nodes"] == []
