"""A charity's funds, programmes, costs, year and shelves, as its officers go through them."""

import pytest

from domain.actors import Role
from tests.builders import World, officer
from tests.graphql_api.conftest import ACTORS
from tests.workflows.funds.charity import person

MONEY = {"fen": "60000"}


@pytest.fixture
async def people(ws, ask_as, monkeypatch):
    """An officer, an approver of the same charity, and an officer of another."""
    world = World()
    world.household("home")
    world.resident("manager", "home")
    await world.write(ws.store)
    monkeypatch.setitem(ACTORS, "approver", person("approver", Role.FEDERATION_APPROVER))
    monkeypatch.setitem(ACTORS, "other", officer("abroad-charity", actor_id="other"))
    return ask_as("officer"), ask_as("approver"), ask_as("other")


async def done(client, name, selection, /, **given):
    answer = await client.do(name, selection, **given)
    assert answer["userErrors"] == [], answer
    return answer["object"]


async def opened(people, gid, **given):
    first, second, _ = people
    values = {
        "idempotencyKey": "open",
        "name": "助困专项",
        "type": "SPECIAL",
        "organisationId": gid("Organisation", "charity"),
        "managerIds": [gid("Resident", "manager")],
        "purpose": {"categories": ["LIVING_AID"], "beneficiaryScope": "HOUSEHOLDS"},
        "reference": "协议 1",
    }
    fund = await done(first, "openFund", "id state closedAt managerIds", **(values | given))
    assert fund["state"] == "PROPOSED"
    data = await second.ask(
        """query Q($f: ID!) { purposeVersions(first: 5, filter: {fundId: $f, states: [PROPOSED]}) {
        nodes { id version number proposedBy purpose { categories beneficiaryScope }
          qualifyingNeeds(change: NEWLY, first: 5) { totalCount nodes { title subjectId: id } }
          qualifyingTowns(change: NEWLY) { regionPath needs amount { fen } } } } }""",
        f=fund["id"],
    )
    (version,) = data["purposeVersions"]["nodes"]
    decided = await done(
        second, "decidePurpose", "state decidedBy fund { state closedAt available { fen } }",
        purposeVersionId=version["id"], expectedVersion=version["version"], decision="APPROVED",
    )  # fmt: skip
    assert (decided["state"], decided["decidedBy"], decided["fund"]["state"]) == (
        "IN_FORCE",
        "approver",
        "OPEN",
    )
    return fund, version


async def test_a_fund_opens_by_two_and_says_whom_it_takes_in(people, gid):
    fund, version = await opened(people, gid)
    assert version["qualifyingNeeds"]["totalCount"] == 1
    assert [town["needs"] for town in version["qualifyingTowns"]] == [1]
    assert fund["managerIds"] == [gid("Resident", "manager")]
    first, second, other = people
    refused = await first.do(
        "proposePurpose", "id", idempotencyKey="p", fundId=fund["id"], effectiveFrom="2026-04-01",
        ground="FILING", reference="备案", purpose={"categories": ["CARE"]},
    )  # fmt: skip
    assert refused["userErrors"][0]["path"] == ["input", "ground"]
    query = "query Q($id: ID!) { fund(id: $id) { name } }"
    assert (await other.ask(query, id=fund["id"]))["fund"] is None
    amended = await done(
        first, "amendFund", "name siblingIds version", fundId=fund["id"], expectedVersion=2, name="新名",
        managerIds=fund["managerIds"], siblingIds=[gid("Fund", "fund")],
    )  # fmt: skip
    assert amended["siblingIds"] == [gid("Fund", "fund")]
    closed = await done(
        second, "closeFund", "state", fundId=fund["id"], expectedVersion=amended["version"], reason="到期"
    )
    assert closed["state"] == "CLOSED"


async def test_a_programme_gets_its_budget_as_an_earmark(people, gid):
    first, second, other = people
    data = await first.ask(
        "{ programmeTemplates { templates { code name documents source season { fromDay } } } }"
    )
    named = {each["code"]: each for each in data["programmeTemplates"]["templates"]}
    assert named["dream-of-university"]["name"] == "Dream of university"
    programme = await done(
        first, "startProgramme", "id version template season { fromDay toDay } organisation { name }",
        idempotencyKey="s", template="dream-of-university", name="圆梦", organisationId=gid("Organisation", "charity"),
    )  # fmt: skip
    budget = await done(
        first, "proposeBudget", "id version kind toEarmarkId fromFund { name }", idempotencyKey="b",
        programmeId=programme["id"], fundId=gid("Fund", "fund"), year=2026, amount=MONEY,
    )  # fmt: skip
    moved = await done(
        second, "decideTransfer", "state decidedBy", fundTransferId=budget["id"],
        expectedVersion=budget["version"], decision="APPROVED",
    )  # fmt: skip
    assert moved == {"state": "DONE", "decidedBy": "approver"}
    query = """query Q($f: ID!) { earmarks(first: 5, filter: {fundId: $f}) { totalCount nodes { id name kind programmeId
        available { fen } transferred { fen } allows { validFrom validTo caseCap { fen } } fund { name } } } }"""
    (mark,) = (await first.ask(query, f=gid("Fund", "fund")))["earmarks"]["nodes"]
    assert (mark["kind"], mark["available"]["fen"], mark["programmeId"]) == (
        "PROGRAMME",
        "60000",
        programme["id"],
    )
    assert mark["allows"]["validTo"] == "2026-09-16"
    assert (await other.ask(query, f=gid("Fund", "fund")))["earmarks"]["totalCount"] == 0
    back = await first.do(
        "proposeTransfer", "id", idempotencyKey="t", kind="GIVE_BACK", amount={"fen": "60001"},
        giver={"fundId": gid("Fund", "fund"), "earmarkId": mark["id"]}, taker={"fundId": gid("Fund", "fund")},
    )  # fmt: skip
    assert back["userErrors"][0]["code"] == "CONFLICT"
    ended = await done(first, "endProgramme", "closedAt", programmeId=programme["id"], expectedVersion=2)
    assert ended["closedAt"] is not None
    listed = await second.ask(
        "{ programmes(first: 5) { totalCount } fundTransfers(first: 5) { totalCount } }"
    )
    assert (listed["programmes"]["totalCount"], listed["fundTransfers"]["totalCount"]) == (1, 1)


async def test_an_imprest_is_opened_and_found_full(people, gid):
    fund, _ = await _imprest(people, gid)
    first = people[0]
    full = await first.do("topUpImprest", "id", idempotencyKey="u", fundId=fund["id"])
    assert full["userErrors"][0]["code"] == "CONFLICT"
    query = "query Q($id: ID!) { fund(id: $id) { available { fen } parentId imprest { float { fen } } } }"
    seen = (await first.ask(query, id=fund["id"]))["fund"]
    assert (seen["available"]["fen"], seen["imprest"]["float"]["fen"]) == ("50000", "50000")


async def _imprest(people, gid):
    return await opened(
        people, gid, type="IMPREST", parentId=gid("Fund", "fund"),
        imprest={"float": {"fen": "50000"}, "payFirst": {"fen": "10000"}},
    )  # fmt: skip


async def test_costs_are_paid_by_two_and_the_year_tells_how_far_it_is(people, gid):
    first, second, other = people
    year = await done(
        first, "recordCharityYear", "version payoutFloor { fen }", idempotencyKey="y",
        organisationId=gid("Organisation", "charity"), year=2026, charityClass="FOUNDATION",
        incomeLastYear={"fen": "0"}, netAssets={"fen": "40000000"},
    )  # fmt: skip
    assert year == {"version": 1, "payoutFloor": {"fen": "3200000"}}
    cost = await done(
        first, "recordExpense", "id version state", idempotencyKey="e", book={"fundId": gid("Fund", "fund")},
        costClass="VOLUNTEER_INSURANCE", title="保险", amount={"fen": "1200"}, spentOn="2026-03-01", reference="发票",
    )  # fmt: skip
    paid = await done(
        second, "decideExpense", "id version state decidedBy", expenseId=cost["id"],
        expectedVersion=cost["version"], decision="APPROVED",
    )  # fmt: skip
    assert paid["state"] == "POSTED"
    query = """{ charityYears(first: 5) { nodes { year managementCeiling { fen } progress { charitable { fen }
        toSpend { fen } management { fen } exempt source daysGone } } }
        expenses(first: 5, filter: {states: [POSTED]}) { totalCount } }"""
    data = await first.ask(query)
    progress = data["charityYears"]["nodes"][0]["progress"]
    assert (progress["charitable"]["fen"], progress["toSpend"]["fen"]) == ("1200", "3198800")
    assert data["expenses"]["totalCount"] == 1
    assert (await other.ask(query))["charityYears"]["nodes"] == []
    back = await done(
        second,
        "reverseExpense",
        "state",
        expenseId=cost["id"],
        expectedVersion=paid["version"],
        reason="记错",
    )
    assert back["state"] == "REVERSED"


async def test_goods_are_put_on_a_shelf_and_changed_by_lines(people, gid):
    first, _, other = people
    goods = await done(
        first, "addStock", "id quantity pickup expires", idempotencyKey="g", item="QUILT", unit="床", quantity=5,
        organisationId=gid("Organisation", "charity"), expires="2026-05-01", pickup="一店",
    )  # fmt: skip
    after = await done(
        first, "adjustStock", "quantity free lines { kind change reason }", idempotencyKey="l",
        stockId=goods["id"], kind="WRITTEN_OFF", change=-2, reason="破损",
    )  # fmt: skip
    assert (after["quantity"], [line["change"] for line in after["lines"]]) == (3, [5, -2])
    query = """{ stock(first: 5, filter: {expiringBy: "2026-06-01"}) { totalCount nodes { item owner { name } } } }"""
    assert (await first.ask(query))["stock"]["totalCount"] == 1
    assert (await other.ask(query))["stock"]["totalCount"] == 0
