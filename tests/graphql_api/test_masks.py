"""Every answer that shows a mask shows it opened, and no answer holds a sealed one."""

import json
from datetime import date
from hashlib import sha256

import pytest

from graphql_api.ids import encode_id
from identity.sealing.masks import seal_mask
from tests.builders import CITY, NOW, TOWN_ID, World, lead, secret, workspace
from tests.graphql_api.conftest import ACTORS, CountingStore
from tests.graphql_api.test_child_protection import LISTS, ROOTS
from tests.workflows.linking.registers import PLACED, SOURCED

MASK = "320***********1234"
_DUE = date(2026, 3, 20)

SHOWN = {
    "linkReviews": "row { idNumber } person { idNumber }",
    "personProposals": "left { idNumber } right { idNumber }",
    "coverageTasks": "personIdNumber",
    "statusEnds": "personIdNumber",
    "alerts": "person { idNumber }",
    "recognitionCases": "evidence { told known }",
}


def sealed(of: str) -> str:
    return seal_mask(MASK, secret("identity"), sha256(of.encode()).hexdigest())


def _world() -> World:
    world = World()
    world.region()
    about = {"region_path": CITY, "version": 1}
    waits = {"state": "OPEN", "opened_at": NOW, "due_on": _DUE, **about}
    world.household("home", region_id=TOWN_ID)
    world.resident("r", "home", id_number_mask=sealed("r"))
    for key in ("left", "right"):
        world.volunteer(key, id_number_mask=sealed(key))
    world.add(
        "DepartmentRecord", id="row", name="张小三", department="d", event="e", number="1",
        id_number_mask=sealed("row"), **PLACED, **SOURCED,
    )  # fmt: skip
    world.add(
        "LinkReview", id="review", kind="PERSON", row_id="row", person_id="r", reason="WEAK", evidence="{}", **waits
    )  # fmt: skip
    world.add(
        "PersonProposal", id="pair", left_id="left", right_id="right", reason="LIKELY", evidence="{}",
        opened_by="somebody", **waits,
    )  # fmt: skip
    world.add(
        "CoverageTask", id="task", subject_id="r", person_id="r", opening_run_id="comparison",
        last_run_id="comparison", **waits,
    )  # fmt: skip
    world.add(
        "StatusEnd", id="end", run_id="comparison", person_id="r", ground="NO_LONGER_QUALIFIES", state="STANDS",
        ended_on=_DUE, at=NOW, **about,
    )  # fmt: skip
    world.add(
        "CompareRun", id="comparison", rules="r", about="DepartmentRecord", title="t", after_file="f", counts="{}",
        compared_on=_DUE, at=NOW, region_path=CITY,
    )  # fmt: skip
    changes = [{"field": "id_number", "before": sealed("before"), "after": sealed("after")}]
    world.add(
        "CompareLine", id="line", run_id="comparison", kind="CHANGED", person_id="r", changes=json.dumps(changes),
        region_path=CITY,
    )  # fmt: skip
    world.add(
        "Alert", id="alert", rule="MEDICAL_COSTS", resident_id="r", family="MEDICAL", priority="HIGH",
        need_category="MEDICAL_COST", rules_id="x", evidence='{"evidence": []}', child=False, raised_at=NOW,
        raised_on=_DUE, due_on=_DUE, number=1, state="OPEN", **about,
    )  # fmt: skip
    holder = {"field": "id_mask", "told": sealed("told"), "known": sealed("known"), "level": "EQUAL"}
    world.add(
        "RecognitionCase", id="case", volunteer_id="left", state="REVIEW", issuer="i", credential_id="c",
        from_region="310000", agreement_id="a", agreement_version=1, holder="h", opened_by="w", opened_at=NOW,
        due_on=_DUE, claims=json.dumps({"holder": [holder]}), **about,
    )  # fmt: skip
    return world


@pytest.fixture
async def ws(memory_store, monkeypatch):
    await _world().write(memory_store)
    monkeypatch.setitem(ACTORS, "lead", lead())
    return workspace(CountingStore(memory_store))


@pytest.mark.parametrize("name", SHOWN)
async def test_a_list_shows_what_its_masks_show(ws, ask_as, name):
    answer = await ask_as("lead").ask(f"{{ {name}(first: 5) {{ nodes {{ {SHOWN[name]} }} }} }}")
    (node,) = answer[name]["nodes"]
    assert json.dumps(node).count(MASK) == json.dumps(node).count('": "')


async def test_changes_members_and_the_record_of_consent_show_theirs(ws, ask_as):
    answer = await ask_as("lead").ask(
        """query Q($run: ID!, $home: ID!, $who: ID!) {
        comparisonLines(comparisonId: $run, first: 5) { nodes { personIdNumber changes { before after } } }
        householdFile(id: $home) { members { idNumber } }
        consentRecord(volunteerId: $who) { idNumberMask } }""",
        run=encode_id("Comparison", "comparison"),
        home=encode_id("Household", "home"),
        who=encode_id("Volunteer", "left"),
    )
    assert answer == {
        "comparisonLines": {
            "nodes": [{"personIdNumber": MASK, "changes": [{"before": MASK, "after": MASK}]}]
        },
        "householdFile": {"members": [{"idNumber": MASK}]},
        "consentRecord": {"idNumberMask": MASK},
    }


@pytest.mark.parametrize("who", ["lead", "volunteer", "officer"])
async def test_no_answer_holds_a_sealed_mask(ws, ask_as, who):
    for name, query in (LISTS | ROOTS).items():
        answer = (await ask_as(who).post(query.replace("%s", encode_id("Round", "none")))).text
        assert "m1." not in answer, (name, who)
