"""A month with a partner through the API: it opens by itself, is stated, held against theirs, and settled."""

from datetime import timedelta

import pytest

from app.jobs import jobs_of
from app.settings import Settings
from app.trust_desk import InstalledTrust
from identity.recognition.reconciling import Item, Statement, StatementKind, open_statement, sign_statement
from locales import Locale
from tests.builders import NOW, workspace
from tests.graphql_api.recognition.partner import HERE, NOW_S, OURS, THERE
from tests.graphql_api.recognition.test_recognition import partner, presented, served

__all__ = ["partner", "served"]
LATER = NOW + timedelta(days=40)
MONTHS = """query Q($states: [ReconciliationMonthState!]) { reconciliationMonths(states: $states) { totalCount nodes {
  id month partner agreement issuer kind state openDifferences openedAt dueOn } } }"""
DIFFERENCE = """id month issuer kind message state credentialNumber subject oursMin theirsMin version note decidedBy
  credential { id } case { id fromRegion }"""
DIFFERENCES = (
    "query Q($states: [ReconciliationDifferenceState!], $monthId: ID) {"
    " reconciliationDifferences(states: $states, monthId: $monthId) {"
    " totalCount nodes { " + DIFFERENCE + " } } }"
)


@pytest.fixture
async def over(served, ws, tmp_path, partner):
    """The month is over, and the job has run."""
    await presented(served("volunteer"), partner, partner.credential(), "p1")
    later = workspace(ws.store, now=LATER)
    trust = InstalledTrust(Settings(data_dir=tmp_path, public_url=OURS), later)  # what ``served`` laid there
    jobs = {job.name: job for job in jobs_of([], locale=Locale.EN, trust=trust)}
    for _ in range(2):
        await jobs["months with partners"].work(later)
    return await trust.book()


def stated_by(partner, minutes: int, **changed) -> str:
    told = {
        "kind": StatementKind.ISSUED,
        "stated_by": THERE,
        "stated_to": HERE,
        "agreement": "hk-zjg",
        "issuer": partner.issuer,
        "period": f"{NOW:%Y-%m}",
        "at": NOW_S,
        "items": (Item(credential="urn:credential:1", minutes=minutes, holds=True),),
    }
    return sign_statement(Statement(**{**told, **changed}), partner.region_key, "r1")


async def test_a_month_opens_by_itself_and_is_settled_by_people(served, over, partner):
    worker, other = served("worker"), served("lead")
    (month,) = (await worker.ask(MONTHS))["reconciliationMonths"]["nodes"]
    assert (month["month"], month["partner"], month["issuer"]) == (f"{NOW:%Y-%m}", THERE, partner.issuer)
    assert (month["kind"], month["state"], month["openDifferences"]) == ("RECOGNISED", "WAITING", 0)
    node = "query Q($id: ID!) { node(id: $id) { id } }"
    assert (await worker.ask(node, id=month["id"]))["node"] == {"id": month["id"]}
    for stranger in ("stranger", "volunteer"):
        assert (await served(stranger).ask(node, id=month["id"]))["node"] is None
        assert (await served(stranger).ask(MONTHS))["reconciliationMonths"]["totalCount"] == 0

    stated = await worker.do(
        "stateReconciliationMonth", "text month { id }", monthId=month["id"], idempotencyKey="s"
    )
    assert stated["object"]["month"] == {"id": month["id"]}
    (line,) = open_statement(stated["object"]["text"], over, home=THERE).items
    assert (line.credential, line.subject, line.minutes, line.holds) == ("urn:credential:1", "s1", 120, True)

    given = {"statement": stated_by(partner, 60), "idempotencyKey": "h"}
    held = await worker.do("holdReconciliationStatement", "month kind items differences repeated", **given)
    assert held["object"] == {
        "month": month["month"], "kind": "ISSUED", "items": 1, "differences": 1, "repeated": False,
    }  # fmt: skip
    assert (await worker.do("holdReconciliationStatement", "differences", **given))["replayed"]
    again = await worker.do("holdReconciliationStatement", "repeated", **{**given, "idempotencyKey": "h2"})
    assert again["object"] == {"repeated": True}
    (month,) = (await worker.ask(MONTHS, states=["ANSWERED"]))["reconciliationMonths"]["nodes"]
    assert month["openDifferences"] == 1

    found = (await other.ask(DIFFERENCES, monthId=month["id"]))["reconciliationDifferences"]
    (difference,) = found["nodes"]
    assert (found["totalCount"], difference["kind"], difference["state"]) == (1, "DIFFERS", "OPEN")
    assert (difference["oursMin"], difference["theirsMin"], difference["subject"]) == (120, 60, "s1")
    assert (difference["credential"], difference["case"]["fromRegion"]) == (None, THERE)
    assert difference["message"] == "Counted with more minutes than are recorded now."
    assert "李" not in repr(found)
    for stranger in ("stranger", "volunteer"):
        assert (await served(stranger).ask(node, id=difference["id"]))["node"] is None
        assert (await served(stranger).ask(DIFFERENCES))["reconciliationDifferences"]["nodes"] == []
    said = {
        "differenceId": difference["id"],
        "expectedVersion": 1,
        "state": "SETTLED",
        "note": "they mended it",
    }
    done = await other.do("settleReconciliationDifference", DIFFERENCE, **said, idempotencyKey="d")
    assert (done["object"]["state"], done["object"]["note"], done["object"]["version"]) == (
        "SETTLED",
        "they mended it",
        2,
    )
    assert (await other.do("settleReconciliationDifference", "id", **said, idempotencyKey="d"))["replayed"]
    stale = await worker.do("settleReconciliationDifference", "id", **said, idempotencyKey="d2")
    assert [each["code"] for each in stale["userErrors"]] == ["STALE_VERSION"]
    assert (await worker.ask(DIFFERENCES))["reconciliationDifferences"]["nodes"] == []
    settled = (await worker.ask(DIFFERENCES, states=["SETTLED"]))["reconciliationDifferences"]["nodes"]
    assert [each["id"] for each in settled] == [difference["id"]]


async def test_a_statement_that_cannot_be_believed_is_refused(served, over, partner):
    for number, text in enumerate(("nonsense", stated_by(partner, 60, stated_to="330100"))):
        refused = await served("worker").do(
            "holdReconciliationStatement", "items", statement=text, idempotencyKey=str(number)
        )
        assert [each["code"] for each in refused["userErrors"]] == ["INVALID_INPUT"]
    for who in ("volunteer", "stranger"):
        refused = await served(who).do(
            "holdReconciliationStatement", "items", statement=stated_by(partner, 60), idempotencyKey="k"
        )
        assert [each["code"] for each in refused["userErrors"]] == ["NOT_PERMITTED"]
    assert OURS not in {
        each["issuer"] for each in (await served("worker").ask(MONTHS))["reconciliationMonths"]["nodes"]
    }
