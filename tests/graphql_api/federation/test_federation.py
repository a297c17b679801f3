"""A federation's screens through GraphQL: one query each, within scope, and files that no spreadsheet runs."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest
from python_calamine import CalamineWorkbook

from graph.ports import Access, Statement
from graphql_api.http import create_app
from tests.builders import OTHER_CITY, officer, volunteer, worker, workspace
from tests.graphql_api.conftest import SETTINGS, Client, CountingStore
from tests.workflows.allocations.gifts import senior
from tests.workflows.federation.rounds import money_town, publish, solved

ACTORS = {
    "worker": worker(),
    "officer": officer("charity"),
    "second": senior("second"),
    "stranger": officer("other", actor_id="stranger", path=OTHER_CITY),
    "volunteer": volunteer("v0"),
}
RENAME = Statement("MATCH (n:Fund {id: 'fund'}) SET n.name = '=HYPERLINK(1)'", Access.WRITE)
OVERVIEW = """query Q($id: ID!) { fundsOverview(organisationId: $id) {
  organisation { name } total { available { fen } } series { day available { fen } } daysLeft
  restricted { fen } unrestricted { fen } charityYear { toSpend { fen } } planned { toApprove { fen } }
  books(first: 20) { totalCount nodes { id name daysLeft restricted fund { id }
    figures { available { fen } reserved { fen } }
    series { day available { fen } reserved { fen } } } } } }"""
PLAN = """query Q($id: ID!) { allocationPlan(roundId: $id) { proposed { fen } staleLines
  books { name before { fen } now { fen } proposed { fen } after { fen } }
  planLines(first: 50) { nodes { proposalId version amount { fen } change household
    stale { code message } need { id title } } }
  needDifferences(first: 50) { nodes { household ceilingLeft { fen } left { fen } proposed { fen } } }
  householdDifferences(first: 50) { totalCount nodes { number given { fen } proposed { fen } left { fen } } }
  removedLines(first: 5) { totalCount } } }"""
UNMET = """query Q($id: ID!, $filter: UnmetFilter) {
  unmetNeeds(roundId: $id, first: 20, filter: $filter) { totalCount nodes {
    category reason { code rule message } short { fen } gap { fen } help { code message confirmed }
    need { id title } region { id } } }
  unmetCounts(roundId: $id, filter: $filter) { needs counts { reason message category needs gap { fen } } } }"""


@pytest.fixture
async def town(memory_store):
    return await money_town(memory_store)


@pytest.fixture
async def http(town) -> AsyncIterator[httpx.AsyncClient]:
    ws = workspace(CountingStore(town.store))
    app = create_app(ws, authenticate=ACTORS.get, settings=SETTINGS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://zhulian.test"
    ) as client:
        client.store = ws.store
        yield client


@pytest.fixture
def ask_as(http):
    return lambda token: Client(http, token)


def fen(value) -> int:
    return int(value["fen"])


async def test_the_dashboard_is_one_query_with_few_statements(http, ask_as, gid):
    before = http.store.statements
    data = (await ask_as("officer").ask(OVERVIEW, id=gid("Organisation", "charity")))["fundsOverview"]
    assert http.store.statements - before <= 14
    books = data["books"]["nodes"]
    assert [book["name"] for book in books] == ["助困基金", "安老", "助困基金"]
    assert fen(data["total"]["available"]) == 155_000 == fen(data["series"][-1]["available"])
    assert fen(data["restricted"]) + fen(data["unrestricted"]) == 155_000
    for book in books:
        assert book["series"][-1]["available"] == book["figures"]["available"]


async def test_an_organisation_elsewhere_is_not_there_and_a_volunteer_may_not_ask(ask_as, gid):
    (error,) = await ask_as("stranger").errors(OVERVIEW, id=gid("Organisation", "charity"))
    assert error["extensions"]["code"] == "NOT_FOUND"
    (error,) = await ask_as("volunteer").errors(OVERVIEW, id=gid("Organisation", "charity"))
    assert error["extensions"]["code"] == "NOT_PERMITTED"


async def test_a_federation_reads_a_plan_once_it_is_published_and_approves_a_selection(town, ask_as, gid):
    row = await solved(town)
    (error,) = await ask_as("officer").errors(PLAN, id=gid("Round", row.id))
    assert error["extensions"]["code"] == "NOT_FOUND"
    desk = (await ask_as("worker").ask(PLAN, id=gid("Round", row.id)))["allocationPlan"]
    await publish(town, row)
    plan = (await ask_as("officer").ask(PLAN, id=gid("Round", row.id)))["allocationPlan"]
    assert [(b["before"], b["after"]) for b in plan["books"]] == [
        (b["before"], b["after"]) for b in desk["books"]
    ]
    assert sum(fen(b["before"]) - fen(b["after"]) for b in plan["books"]) == fen(plan["proposed"])
    assert plan["staleLines"] == 0
    assert plan["householdDifferences"]["totalCount"] >= 2
    found = await ask_as("officer").ask("{ allocations(first: 50) { nodes { id version } } }")
    wanted = [
        {"allocationId": each["id"], "expectedVersion": each["version"]}
        for each in found["allocations"]["nodes"]
    ]
    wanted[-1]["expectedVersion"] += 9
    selection = "approved refused rows { allocationId allocation { state } userErrors { code path } }"
    done = await ask_as("second").do(
        "approveAllocations", selection, allocations=wanted, idempotencyKey="monday"
    )
    assert done["userErrors"] == []
    assert (done["object"]["approved"], done["object"]["refused"]) == (len(wanted) - 1, 1)
    (refused,) = done["object"]["rows"][-1]["userErrors"]
    assert refused["code"] == "STALE_VERSION"
    check = """query Q($id: ID!) { approvalSignatures(allocationId: $id) { holds verifiesWith
      approvals { decision approver signed check message } } }"""
    signed = (await ask_as("officer").ask(check, id=wanted[0]["allocationId"]))["approvalSignatures"]
    assert signed["holds"]
    assert signed["approvals"][0]["approver"] == "second"
    assert signed["approvals"][0]["message"] == "Signed, and as it was approved"
    many = await ask_as("second").do(
        "approveAllocations", selection, allocations=[wanted[0]] * 2, idempotencyKey="twice"
    )
    assert many["object"] is None


async def test_what_went_without_says_what_bound_how_much_and_what_would_help(town, ask_as, gid):
    row = await solved(town)
    nothing = await ask_as("officer").ask(UNMET, id=gid("Round", row.id))
    assert nothing["unmetNeeds"]["totalCount"] == 0
    await publish(town, row)
    for who in ("worker", "officer"):
        data = await ask_as(who).ask(UNMET, id=gid("Round", row.id))
        (one,) = data["unmetNeeds"]["nodes"]
        assert one["need"]["id"] == gid("Need", "too-much")
        assert 0 < fen(one["short"]) <= fen(one["gap"]) == 2_000_000
        assert one["reason"]["rule"]
        assert one["reason"]["message"]
        assert data["unmetCounts"]["needs"] == 1
        code = one["reason"]["code"]
        kept = await ask_as(who).ask(UNMET, id=gid("Round", row.id), filter={"reasons": [code]})
        assert kept["unmetNeeds"]["totalCount"] == 1
        none = await ask_as(who).ask(UNMET, id=gid("Round", row.id), filter={"categories": ["LEGAL"]})
        assert none["unmetCounts"]["needs"] == 0
    for who in ("volunteer", "stranger"):
        data = await ask_as(who).ask(UNMET, id=gid("Round", row.id))
        assert data["unmetNeeds"]["nodes"] == []
        assert data["unmetCounts"]["needs"] == 0


async def test_constraints_are_sentences_of_a_fund_an_earmark_and_a_round(town, ask_as, gid):
    query = """query Q($fund: ID!, $mark: ID!) {
      fund(id: $fund) { constraints { code rule source message } }
      earmark(id: $mark) { constraints { code rule message } } }"""
    data = await ask_as("officer").ask(query, fund=gid("Fund", "second"), mark=gid("Earmark", "mark"))
    said = {each["code"]: each for each in data["fund"]["constraints"]}
    assert said["CATEGORIES"]["message"] == "Pays only for needs of these kinds: Schooling and tutoring."
    assert said["CATEGORIES"]["source"] == "Charity Law, art. 55"
    assert "NO_MANAGEMENT" in {each["code"] for each in data["earmark"]["constraints"]}
    row = await publish(town, await solved(town))
    binding = """query Q($id: ID!) { round(id: $id) { bindingConstraints { code rule source message price needs } } }"""
    found = (await ask_as("officer").ask(binding, id=gid("Round", row.id)))["round"]["bindingConstraints"]
    assert found
    assert all(each["message"] for each in found)
    assert any(each["needs"] for each in found)


async def read(http, path, who="officer", **asked):
    headers = {"Authorization": f"Bearer {who}", "Accept-Language": "en"}
    return await http.get(f"/federation/{path}", params=asked, headers=headers)


async def test_files_hold_what_the_screens_show_and_no_formula(town, http, gid):
    await town.store.write(lambda tx: tx.run(RENAME))
    row = await publish(town, await solved(town))
    answer = await read(http, "overview.csv", organisation=gid("Organisation", "charity"))
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["Fund"] == "'=HYPERLINK(1)"
    assert rows[-1]["Book"] == "All books"
    total = sum(float(each["Free (yuan)"]) for each in rows[:-1])
    assert total == pytest.approx(float(rows[-1]["Free (yuan)"]))
    answer = await read(http, "plan.xlsx", round=gid("Round", row.id))
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names) == 4
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    pages = [packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/")]
    assert pages
    assert not [page for page in pages if b"<f>" in page]
    answer = await read(http, "unmet.csv", round=gid("Round", row.id), sheet="reasons")
    (counted,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert counted["Needs"] == "1"


async def test_files_are_for_who_may_read_them(town, http, gid):
    row = await solved(town)
    organisation = gid("Organisation", "charity")
    assert (await http.get("/federation/overview.csv")).status_code == 401
    assert (await read(http, "overview.csv", "stranger", organisation=organisation)).status_code == 404
    assert (await read(http, "overview.csv", "volunteer", organisation=organisation)).status_code == 403
    assert (await read(http, "plan.csv", round=gid("Round", row.id))).status_code == 404
    assert (await read(http, "unmet.csv", round=gid("Round", row.id))).status_code == 404
    assert (await read(http, "overview.pdf", organisation=organisation)).status_code == 422
    assert (await read(http, "secrets.csv")).status_code == 422
    assert (await read(http, "overview.csv", organisation=organisation, sheet="x")).status_code == 422
