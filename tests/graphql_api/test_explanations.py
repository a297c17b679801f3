"""What a round says about itself through the API and on its page, and to whom."""

from dataclasses import replace

import pytest

from graphql_api.report.pages import COOKIE
from tests.builders import CITY, World, worker
from workflows.people import matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round

OUTCOMES = """query Q($id: ID!, $need: ID) { outcomes(roundId: $id, needId: $need, fulfilled: false) { nodes {
  need { id } reason { code } helps { code confirmed message params { name value } }
  contest { needIds volunteerIds needsTotal volunteersTotal } } } }"""
PEOPLE = """query Q($id: ID!) { volunteerOutcomes(roundId: $id) {
  nodes { code message params { name value } volunteer { id } } } }"""
STUDY = """query Q($id: ID!) { round(id: $id) {
  fundStatements { budget { fen } given { fen } eligible idle { code amount { fen } message } fund { id } }
  shadowPrices { kind lowest highest gain confirmed message } } }"""


@pytest.fixture
async def round_(memory_store, ws):
    world = World()
    world.need("lawyer", slots=1, skill="LEGAL_AID", title="法律咨询")
    world.need("unasked", slots=1, consent_recorded=False, title="未同意")
    await world.write(memory_store)
    request = RoundRequest(region_path=CITY, time_limit_s=20.0)
    return (await run_round(ws, matcher_actor(CITY), request)).round


async def test_the_desk_reads_what_would_help_an_unmet_need(desk, gid, round_):
    asked = {"id": gid("Round", round_.id), "need": gid("Need", "lawyer")}
    (outcome,) = (await desk.ask(OUTCOMES, **asked))["outcomes"]["nodes"]
    assert outcome["reason"]["code"] == "NO_CANDIDATE"
    helps = {entry["code"]: entry for entry in outcome["helps"]}
    assert helps["VOLUNTEER"]["confirmed"] is True
    assert "legal advice" in helps["VOLUNTEER"]["message"]
    assert "杨舍镇" in helps["VOLUNTEER"]["message"]
    asked["need"] = gid("Need", "unasked")
    (outcome,) = (await desk.ask(OUTCOMES, **asked))["outcomes"]["nodes"]
    assert [entry["code"] for entry in outcome["helps"]] == ["CONSENT"]


async def test_what_funds_gave_and_keep_adds_up_and_more_people_have_a_price(desk, gid, round_):
    said = (await desk.ask(STUDY, id=gid("Round", round_.id)))["round"]
    assert {entry["fund"]["id"] for entry in said["fundStatements"]} == {
        gid("Fund", "fund"),
        gid("Fund", "fund-b"),
    }
    for entry in said["fundStatements"]:
        parts = sum(int(part["amount"]["fen"]) for part in entry["idle"])
        assert int(entry["budget"]["fen"]) == int(entry["given"]["fen"]) + parts
    priced = [entry for entry in said["shadowPrices"] if "legal advice" in entry["message"]]
    assert priced
    assert all(int(entry["lowest"]) <= int(entry["highest"]) for entry in priced)
    assert any(entry["confirmed"] for entry in priced)


async def test_volunteers_outcomes_are_for_the_desk_and_each_ones_own_when_published(ask_as, ws, gid, round_):
    key = gid("Round", round_.id)

    async def seen(token: str) -> list[dict]:
        return (await ask_as(token).ask(PEOPLE, id=key))["volunteerOutcomes"]["nodes"]

    assert {entry["volunteer"]["id"] for entry in await seen("worker")} == {
        gid("Volunteer", f"v{i}") for i in range(3)
    }
    assert await seen("stranger") == await seen("officer") == await seen("volunteer") == []
    morning = replace(ws, clock=lambda: round_.created_at)
    await publish_round(morning, worker(), round_.id, expected_version=round_.version)
    (own,) = await seen("volunteer")
    assert own["volunteer"]["id"] == gid("Volunteer", "v0")
    assert await seen("officer") == []


@pytest.mark.parametrize("token", ["volunteer", "officer", "stranger"])
async def test_helps_and_contests_are_told_to_nobody_but_the_desk(ask_as, ws, gid, round_, token):
    morning = replace(ws, clock=lambda: round_.created_at)
    await publish_round(morning, worker(), round_.id, expected_version=round_.version)
    assert (await ask_as(token).ask(OUTCOMES, id=gid("Round", round_.id)))["outcomes"]["nodes"] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("What would help most", "Idle money", "legal advice", "Consent put on record")),
        ("zh-CN", ("最有帮助的改变", "未动用的资金", "法律咨询", "补录当事人同意")),
    ],
)
async def test_the_report_tells_what_would_help_most_and_what_money_stays(http, round_, lang, words):
    http.cookies.set(COOKIE, "worker")
    html = (await http.get(f"/rounds/{round_.id}", params={"lang": lang})).text
    for word in words:
        assert word in html
    assert "reasons." not in html
    assert "report.help" not in html
