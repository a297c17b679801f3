"""Rounds, visits, certificates, credentials and accounts see the record that stands for a person, and no other."""

from datetime import timedelta

from domain.actors import Role
from domain.linking import LinkVerdict
from domain.persons import PersonReason
from graph.persons.following import survivor_of
from graph.persons.proposals import page_of_person_proposals
from graph.ports import Access, Statement
from graph.recognition.cases import case_by_id
from graph.recognition.credentials import served_here
from graph.volunteers import residents_behind
from identity.credentials.issue import Selective
from identity.jose.jwk import SigningKey
from tests.builders import CITY, NOW, World, lead, volunteer, worker, workspace
from tests.workflows.persons.test_merging import book, merged, parted, rows, served, two
from tests.workflows.recognition.regions import Regions, entry, standing
from workflows.people import administrator, matcher_actor
from workflows.persons.acting import as_person
from workflows.persons.deciding import decide_pair
from workflows.persons.proposing import find_doubles
from workflows.persons.settling import settle_persons
from workflows.recognition.ending import withdraw_case
from workflows.rounds.running import RoundRequest, run_round

PROPOSED = Statement(
    "MATCH (p:Proposal) WHERE p.kind = 'VOLUNTEER' RETURN p.need_id AS need_id, p.volunteer_id AS volunteer"
    " ORDER BY need_id",
    Access.READ,
)
CLAIMS = Statement(
    "MATCH (n:RecognisedClaim) RETURN n.kind AS kind, n.volunteer_id AS volunteer ORDER BY kind, volunteer",
    Access.READ,
)
RE_IMPORT = Statement(
    "MATCH (v:Volunteer {id: 'b'}) MATCH (q:Qualification {id: 'b:NURSE'})"
    " SET v.status = 'ACTIVE', q.volunteer_id = 'b'",
    Access.WRITE,
)
QUALIFIED = Statement("MATCH (n:Qualification) RETURN n.volunteer_id AS volunteer", Access.READ)
STATUS = Statement("MATCH (n:Volunteer {id: 'b'}) RETURN n.status AS status", Access.READ)
VISITORS = Statement(
    "MATCH (n:Visitor) OPTIONAL MATCH (v:Volunteer {id: n.id}) WITH n, v WHERE v.merged_into IS NULL"
    " RETURN n.id AS id",
    Access.READ,
)


async def test_a_round_asks_one_person_once(store):
    world = World()
    two(world)
    world.need("pair", slots=2, category="CULTURE_HEALTH")
    world.need("nurse", slots=1, licence="NURSE")
    await world.write(store)
    ws = workspace(store)
    request = RoundRequest(region_path=CITY, time_limit_s=20.0)
    await run_round(ws, matcher_actor(CITY), request)
    apart = {row["volunteer"] for row in await rows(store, PROPOSED)}
    assert apart == {"a", "b"}
    await merged(ws)
    await store.write(lambda tx: tx.run(Statement("MATCH (p:Proposal) DETACH DELETE p", Access.WRITE)))
    await run_round(ws, matcher_actor(CITY), request)
    proposed = await rows(store, PROPOSED)
    assert {row["volunteer"] for row in proposed} <= {"a"}
    assert sum(row["need_id"] == "pair" for row in proposed) <= 1
    assert {"need_id": "nurse", "volunteer": "a"} in proposed  # the licence is the other half's


async def test_a_credential_tells_of_both_halves_time_once(store):
    world = World()
    two(world)
    await world.write(store)
    ws = workspace(store)
    await book(
        ws,
        served("ha", "a", NOW - timedelta(hours=9), 120),
        served("hb", "b", NOW - timedelta(hours=8), 120, later=5),
        served("hc", "b", NOW - timedelta(hours=2), 30, later=6),
    )
    await merged(ws)
    told = await store.read(lambda tx: served_here(tx, "a"))
    assert [(row.id, row.minutes) for row in told] == [("ha", 120), ("hc", 30)]
    assert await store.read(lambda tx: served_here(tx, "b")) == []


async def test_what_a_half_brings_while_merged_goes_with_the_key_that_brought_it(store):
    world = World()
    two(world)
    await world.write(store)
    both = Regions(workspace(store))
    await both.recognise(volunteer("b"))
    done = await merged(both.ws)
    acting = await as_person(both.ws, volunteer("b"))
    assert acting.participant_id == "a"
    later = both.credential(
        jti="urn:credential:2", entries=[Selective(entry("s9", 20))], skills=None, training=None
    )
    await both.recognise(acting, later)
    assert (await standing(store, "a"))["minutes"] == 120 + 60 + 120
    assert {row["volunteer"] for row in await rows(store, CLAIMS)} == {"a"}
    await parted(both.ws, done.decision_id or "")
    assert {row["volunteer"] for row in await rows(store, CLAIMS)} == {"b"}
    assert [(await standing(store, each))["minutes"] for each in ("a", "b")] == [0, 300]


async def test_what_was_withdrawn_of_one_half_and_is_brought_by_the_other_stays_with_the_other(store):
    world = World()
    two(world)
    await world.write(store)
    both = Regions(workspace(store))
    services = {"entries": [Selective(entry("s1", 100))], "skills": None, "training": None}
    first = await both.recognise(volunteer("b"), both.credential(**services))
    case = await store.read(lambda tx: case_by_id(tx, lead(), first.case_id or ""))
    await withdraw_case(both.ws, lead(), case.id, reason="a mistake", expected_version=case.version)
    done = await merged(both.ws)
    key = SigningKey.generate()
    again = both.credential(holder=key, jti="urn:credential:2", **services)
    await both.recognise(worker(), again, holder=key, volunteer_id="a")
    await parted(both.ws, done.decision_id or "")
    assert {row["volunteer"] for row in await rows(store, CLAIMS)} == {"a"}
    assert [(await standing(store, each))["minutes"] for each in ("a", "b")] == [120, 0]


async def test_one_foreign_record_counts_once_whichever_half_brings_it(store):
    world = World()
    two(world)
    await world.write(store)
    both = Regions(workspace(store))
    await both.recognise(volunteer("a"))
    await merged(both.ws)
    assert (await standing(store, "a"))["recognised"] == ["COMPANIONSHIP", "ELDER_CARE"]
    again = await both.recognise(
        await as_person(both.ws, volunteer("b")), both.credential(jti="urn:credential:2")
    )
    assert {ruling.outcome.value for ruling in again.rulings if ruling.kind.value == "hours"} <= {"refused"}
    assert (await standing(store, "a"))["minutes"] == 180


async def test_an_import_that_names_a_merged_record_changes_nothing_for_long(store):
    world = World()
    two(world)
    await world.write(store)
    ws = workspace(store)
    await merged(ws)
    await store.write(lambda tx: tx.run(RE_IMPORT))
    report = await settle_persons(ws, administrator(CITY))
    assert (report.persons, report.rows_moved) == (1, 1)
    assert [row["volunteer"] for row in await rows(store, QUALIFIED)] == ["a"]
    assert [row["status"] for row in await rows(store, STATUS)] == ["MERGED"]
    assert (await settle_persons(ws, administrator(CITY))).rows_moved == 0


async def test_the_resident_behind_either_half_is_known_of_the_person(store):
    world = World()
    two(world, resident_id="r")
    world.household("h")
    world.resident("r", "h")
    world.join("SAME_PERSON", ("Volunteer", "Resident"), "b", "r")
    await world.write(store)
    ws = workspace(store)
    await merged(ws)
    assert await store.read(lambda tx: residents_behind(tx, ["a"])) == {"r"}
    assert await store.read(lambda tx: survivor_of(tx, "b")) == "a"


async def test_the_model_asks_about_likely_pairs_and_never_twice(store):
    world = World()
    two(world, id_number_hash="same", id_number_mask="320***********0012")
    world.rows["Volunteer"][0] |= {"id_number_hash": "same", "id_number_mask": "320***********0012"}
    world.volunteer("c", name="欧阳明珠", birth_date=NOW.date().replace(year=1961))
    await world.write(store)
    ws = workspace(store)
    keeper = administrator(CITY)
    assert Role.PLATFORM_ADMIN in keeper.roles
    assert await find_doubles(ws, keeper) == 1
    page = await store.read(lambda tx: page_of_person_proposals(tx, lead(), first=10, with_total=True))
    (pair,) = page.rows
    assert (pair.left.volunteer_id, pair.right.volunteer_id) == ("a", "b")
    assert (pair.reason, page.total_count) == (PersonReason.LIKELY, 1)
    assert "李小四" not in str(pair)
    assert await find_doubles(ws, keeper) == 0
    no = await decide_pair(
        ws, worker(), pair.id, expected_version=1, verdict=LinkVerdict.REJECT, note="twins of one house"
    )
    assert no.value.decision_id is not None
    assert await find_doubles(ws, keeper) == 0
