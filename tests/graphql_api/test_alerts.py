"""Alerts over the API: the inbox, what was decided, groups, rules in force, trials and precision."""

from dataclasses import replace

import pytest

from domain.actors import Role
from tests.builders import TOWN_ID, lead, worker, workspace
from tests.graphql_api.conftest import ACTORS, CountingStore
from tests.workflows.alerts.test_running import CHANGE
from tests.workflows.alerts.towns import TODAY, town
from workflows.alerts.running import run_alerts
from workflows.people import clock_actor

SHOWN = """id rule family priority needCategory state dueOn person { name idNumber birthYear } region { name }
    evidence { kind value line on source records text } station { name } version outcome need { title }"""


@pytest.fixture
async def ws(memory_store, monkeypatch):
    await town().write(memory_store)
    made = workspace(CountingStore(memory_store))
    await run_alerts(made, clock_actor(), holder="test", day=TODAY)
    officer = replace(worker(), id="officer-of-children", roles=frozenset({Role.CHILD_OFFICER}))
    for name, actor in (("lead", lead()), ("child", officer)):
        monkeypatch.setitem(ACTORS, name, actor)
    return made


async def test_the_inbox_shows_why_in_words_and_nothing_unmasked(desk):
    rows = (await desk.ask(f"{{ alerts(first: 20) {{ totalCount nodes {{ {SHOWN} }} }} }}"))["alerts"]
    assert rows["totalCount"] == 2
    first = next(row for row in rows["nodes"] if row["evidence"][0]["value"] == "560000")
    (fact,) = first["evidence"]
    assert (
        fact["text"] == "own medical costs: 5,600.00 yuan, above 5,000.00; 2 records, the last on 2026-02-20"
    )
    assert first["person"] == {"name": "张*国", "idNumber": "320***********0001", "birthYear": 1976}
    assert first["station"]["name"] == "town-station"
    assert first["region"]["name"] == "杨舍镇"


async def test_an_alert_is_decided_once_and_gives_the_need(desk, gid):
    rows = (await desk.ask(f"{{ alerts(first: 1) {{ nodes {{ {SHOWN} }} }} }}"))["alerts"]["nodes"]
    given = {
        "alertId": rows[0]["id"],
        "expectedVersion": 1,
        "outcome": "HELPED",
        "note": "上门核实",
        "newNeed": {"title": "医疗费用", "consentGivenBy": "SUBJECT", "amountFen": 100_000},
        "idempotencyKey": "k",
    }
    done = await desk.do("decideAlert", SHOWN, **given)
    assert done["userErrors"] == []
    assert (done["object"]["state"], done["object"]["need"]["title"]) == ("DECIDED", "医疗费用")
    assert (await desk.do("decideAlert", SHOWN, **given))["replayed"]
    wrong = await desk.do("decideAlert", "id", **{**given, "outcome": "FALSE_ALARM", "idempotencyKey": "l"})
    assert wrong["userErrors"][0]["code"] == "INVALID_INPUT"
    node = await desk.ask(
        "query Q($id: ID!) { node(id: $id) { id ... on Alert { outcome } } }", id=rows[0]["id"]
    )
    assert node["node"]["outcome"] == "HELPED"


async def test_groups_at_risk_are_counted_and_listed_with_why(desk, ask_as, gid):
    table = await desk.ask(
        "query Q($id: ID!) { riskGroups(withinId: $id) { checkedOn groups { slot code title members } } }",
        id=gid("Region", TOWN_ID),
    )
    groups = {row["code"]: row for row in table["riskGroups"]["groups"]}
    assert table["riskGroups"]["checkedOn"] == TODAY.isoformat()
    assert "ORPHANED" not in groups
    assert len(groups) == 11
    asked = "{ riskGroups { groups { code members } } riskMembers(first: 9) { nodes { group evidence { text } } } }"
    seen = await ask_as("child").ask(asked)
    assert {"code": "ORPHANED", "members": 1} in seen["riskGroups"]["groups"]
    (orphan,) = seen["riskMembers"]["nodes"]
    assert [fact["text"] for fact in orphan["evidence"]] == ["9 years old", "Orphan"]


async def test_rules_are_tried_adopted_and_shown(ask_as):
    head = ask_as("lead")
    tried = await head.do(
        "tryAlertRules", "id state rules { rule newly raised } persons { name }", content=CHANGE,
        day=TODAY.isoformat(), idempotencyKey="t",
    )  # fmt: skip
    assert tried["userErrors"] == []
    assert {"rule": "MEDICAL_COSTS", "newly": 2, "raised": 2} in tried["object"]["rules"]
    done = await head.do(
        "adoptAlertRules", "state", rulesId=tried["object"]["id"], expectedVersion=1, idempotencyKey="a"
    )
    assert done["object"]["state"] == "ADOPTED"
    refused = await head.do("tryAlertRules", "id", content="region_path = 3", idempotencyKey="u")
    assert refused["userErrors"][0]["code"] == "POLICY_ERROR"


async def test_rules_in_force_name_their_sources(desk, gid):
    book = (await desk.ask("{ alertRules { name rules { code title source quietDays condition } } }"))[
        "alertRules"
    ]
    rule = next(rule for rule in book["rules"] if rule["code"] == "MEDICAL_COSTS")
    assert "Tongling" in rule["source"]
    assert '"above_yuan":5000' in rule["condition"]


async def test_precision_has_its_interval(desk):
    rows = (await desk.ask("{ alerts(first: 2) { nodes { id } } }"))["alerts"]["nodes"]
    said = {"expectedVersion": 1, "note": "核实"}
    await desk.do(
        "decideAlert", "id", alertId=rows[0]["id"], outcome="ALREADY_COVERED", idempotencyKey="1", **said
    )
    await desk.do(
        "decideAlert", "id", alertId=rows[1]["id"], outcome="FALSE_ALARM", reason="REIMBURSED", idempotencyKey="2",
        **said,
    )  # fmt: skip
    report = await desk.ask(
        """{ alertPrecision(since: "2026-03-02", until: "2026-03-03", by: TOWN) {
        rows { rule part counts { raised } } total { raised decided real waiting precision low high } } }"""
    )
    total = report["alertPrecision"]["total"]
    assert (total["raised"], total["decided"], total["real"], total["precision"]) == (2, 2, 1, 0.5)
    assert 0 < total["low"] < 0.5 < total["high"] < 1
