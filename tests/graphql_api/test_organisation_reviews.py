"""Organisations that may be one, by clients: listed, decided, taken back."""

import pytest

from tests.builders import World, workspace
from workflows.linking.organisations import find_same_organisations
from workflows.people import administrator

WAITING = """query { organisationReviews(first: 10) { totalCount nodes { id reason state version
    evidence { field level } kept { organisationId name creditCode region { id } } other { name } } } }"""


@pytest.fixture
async def asked(memory_store):
    world = World()
    world.organisation("full", name="武汉市第八医院", kind="INSTITUTION", credit_code="1")
    world.organisation("short", name="武汉八医院", kind="INSTITUTION")
    await world.write(memory_store)
    await find_same_organisations(workspace(memory_store), administrator())


async def test_a_pair_is_listed_decided_and_opened_again(asked, ask_as):
    (pair,) = (await ask_as("worker").ask(WAITING))["organisationReviews"]["nodes"]
    assert (pair["reason"], pair["state"], pair["version"]) == ("SAME_NAME", "OPEN", 1)
    assert (pair["kept"]["name"], pair["other"]["name"]) == ("武汉市第八医院", "武汉八医院")
    assert {"field": "name", "level": "writing"} in pair["evidence"]
    done = await ask_as("worker").do(
        "decideOrganisation",
        "state version",
        reviewId=pair["id"],
        expectedVersion=1,
        verdict="ACCEPT",
        note="one house",
        idempotencyKey="1",
    )
    assert done["object"] == {"state": "ACCEPTED", "version": 2}
    assert (await ask_as("worker").ask(WAITING))["organisationReviews"]["totalCount"] == 0
    opened = await ask_as("worker").do(
        "reopenOrganisation",
        "state version",
        reviewId=pair["id"],
        expectedVersion=2,
        reason="two houses",
        idempotencyKey="2",
    )
    assert opened["object"] == {"state": "OPEN", "version": 3}
    assert (await ask_as("volunteer").ask(WAITING))["organisationReviews"]["nodes"] == []
