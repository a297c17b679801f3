"""Organisations under several names: found by code and name, decided by people, used by imports, taken back."""

import asyncio
import csv
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest

from domain.errors import ConflictError, NotFoundError, NotPermittedError, StaleVersionError, TransitionError
from domain.linking import LinkVerdict, OrganisationReason, ReviewState
from graph.backup import graph_digest
from graph.organisation_links import organisation_decisions
from graph.ports import Access, Statement
from graph.reads.linking import page_of_link_reviews
from graph.reads.organisation_reviews import page_of_organisation_reviews
from importers.institutions import Houses, organisation_id
from importers.load import import_files
from tests.builders import CITY, NOW, OTHER_CITY, World, volunteer, worker, workspace
from workflows.linking.organisations import (
    decide_organisations,
    find_same_organisations,
    reopen_organisations,
)
from workflows.people import administrator

CODE = "52320582MJ5512345X"
OPERATIONS = Statement(
    "MATCH (n:AuditEntry) WHERE n.operation STARTS WITH 'linking.organisations'"
    " RETURN n.operation AS operation ORDER BY n.sequence",
    Access.READ,
)
OFFERS = Statement(
    "MATCH (o:Organisation)-[:PROVIDES]->(n:ServiceOffer) RETURN n.provider_id AS provider, o.id AS id, o.name AS name",
    Access.READ,
)
COUNT = Statement("MATCH (n:Organisation) RETURN count(*) AS n", Access.READ)


def house(world, name, *, path=CITY, key=None, **said):
    return world.organisation(key or organisation_id(name), name=name, path=path, kind="INSTITUTION", **said)


@pytest.fixture
async def ws(store):
    world = World()
    house(world, "杨舍镇社会福利服务中心", key="registered", credit_code=CODE)
    house(world, "福利中心", key="short", credit_code=CODE.lower())
    house(world, "杨舍镇社会福利服务中心", key="twin", credit_code=CODE, recorded_at=NOW + timedelta(days=1))
    house(world, "武汉市第八医院", recorded_at=NOW - timedelta(days=9))
    house(world, "武汉市第八医院（东院）")
    house(world, "武汉市八医院")
    house(world, "武汉八医院")
    house(world, "武汉市第九医院")
    house(world, "荆州市康复护理院", path=OTHER_CITY)
    house(world, "荆州市康复护理院", path=OTHER_CITY, key="elsewhere")
    await world.write(store)
    return workspace(store)


async def reviews_of(ws, actor, states=()):
    page = await ws.store.read(
        lambda tx: page_of_organisation_reviews(tx, actor, first=200, with_total=True, states=states)
    )
    assert page.total_count == len(page.rows)
    return {frozenset((row.kept.name, row.other.name)): row for row in page.rows}


async def houses_of(ws):
    return Houses.of(await ws.store.read(organisation_decisions))


async def say(ws, row, verdict=LinkVerdict.ACCEPT, actor=None, **more):
    done = await decide_organisations(
        ws,
        actor or worker(),
        row.id,
        expected_version=row.version,
        verdict=verdict,
        note="asked them",
        **more,
    )
    return done.value


SIXTH = frozenset(("武汉市第八医院", "武汉市八医院"))
SHORT = frozenset(("武汉市第八医院", "武汉八医院"))
THIRD = frozenset(("武汉市八医院", "武汉八医院"))


async def test_codes_come_first_and_names_differing_are_a_question_for_people(ws):
    report = await find_same_organisations(ws, administrator(CITY))
    waiting = await reviews_of(ws, worker())
    assert (report.organisations, report.asked, report.settled) == (8, 4, 1)
    assert waiting.keys() == {frozenset(("杨舍镇社会福利服务中心", "福利中心")), SIXTH, SHORT, THIRD}
    by_code = waiting[frozenset(("杨舍镇社会福利服务中心", "福利中心"))]
    assert by_code.reason is OrganisationReason.SAME_CREDIT_CODE
    assert by_code.evidence == {"credit_code": "equal", "name": "differs", "region": "equal"}
    assert waiting[SIXTH].kept.name == "武汉市第八医院"  # known longer
    assert (await houses_of(ws)).kept == {"twin": ("registered", "杨舍镇社会福利服务中心")}
    page = await ws.store.read(lambda tx: page_of_link_reviews(tx, worker(), first=5, with_total=True))
    assert page.total_count == 0  # none of them is about people


async def test_a_second_pass_asks_nothing_and_writes_nothing(ws):
    await find_same_organisations(ws, administrator())
    before = await graph_digest(ws.store)
    again = await find_same_organisations(ws, administrator())
    assert (again.asked, again.settled) == (0, 0)
    assert await graph_digest(ws.store) == before
    rows = await reviews_of(ws, worker())
    await say(ws, rows[SIXTH])
    await say(ws, rows[SHORT], LinkVerdict.REJECT)
    again = await find_same_organisations(ws, administrator())
    assert (again.asked, again.settled) == (0, 0)


async def test_yes_is_one_name_for_both_and_answers_what_follows_from_it(ws):
    await find_same_organisations(ws, administrator())
    rows = await reviews_of(ws, worker())
    done = await say(ws, rows[SIXTH])
    assert (done.state, done.version, done.decided_by) == (ReviewState.ACCEPTED, 2, "worker")
    await say(ws, rows[SHORT])
    assert THIRD not in await reviews_of(ws, worker())
    assert (await reviews_of(ws, worker(), [ReviewState.LAPSED])).keys() == {THIRD}
    kept = organisation_id("武汉市第八医院")
    houses = await houses_of(ws)
    assert houses.by_name("武汉八医院") == (kept, "武汉市第八医院", ["武汉八医院"])
    assert houses.by_name("武汉市第八医院 ")[:2] == (kept, "武汉市第八医院")
    assert houses.by_name("武汉市第九医院")[0] != kept


async def test_what_was_said_is_taken_back_with_what_followed_and_may_be_said_again(ws):
    await find_same_organisations(ws, administrator())
    rows = await reviews_of(ws, worker())
    first = await say(ws, rows[SIXTH])
    await say(ws, rows[SHORT])
    opened = await reopen_organisations(
        ws, worker(), first.id, expected_version=first.version, reason="wrong", idempotency_key="k"
    )
    assert opened.value.state is ReviewState.OPEN
    again = await reopen_organisations(
        ws, worker(), first.id, expected_version=first.version, reason="wrong", idempotency_key="k"
    )
    assert again.replayed
    assert (await houses_of(ws)).by_name("武汉市八医院")[0] == organisation_id("武汉市八医院")
    assert {SIXTH, THIRD} <= (await reviews_of(ws, worker())).keys()
    await say(ws, opened.value)
    assert (await houses_of(ws)).by_name("武汉市八医院")[1] == "武汉市第八医院"
    told = [row["operation"] for row in await ws.store.read(lambda tx: tx.run(OPERATIONS))]
    decided = "linking.organisations.decide"
    assert told == ["linking.organisations", decided, decided, "linking.organisations.reopen", decided]


async def test_decisions_that_contradict_each_other_are_refused(ws):
    await find_same_organisations(ws, administrator())
    rows = await reviews_of(ws, worker())
    await say(ws, rows[SIXTH], LinkVerdict.REJECT)
    await say(ws, rows[SHORT])
    with pytest.raises(ConflictError):
        await say(ws, rows[THIRD])
    await say(ws, rows[THIRD], LinkVerdict.REJECT)


@pytest.mark.parametrize(
    ("said", "at_once"),
    [
        pytest.param((), (("第{}", "{}"), ("{}", "市{}")), id="over a shared one"),
        pytest.param((("{}", "市{}"),), (("第{}", "{}"), ("市{}", "市第{}")), id="over a link between them"),
    ],
)
async def test_of_two_said_at_once_that_contradict_a_third_one_is_refused(store, said, at_once):
    numbers = "三四五六七八"
    world = World()
    for number in numbers:
        for written in ("第{}", "{}", "市{}", "市第{}"):
            house(world, f"荆门{written.format(number)}医院")
    await world.write(store)
    ws = workspace(store)
    await find_same_organisations(ws, administrator())
    rows = await reviews_of(ws, worker())

    def asked(pair, number):
        return rows[frozenset(f"荆门{written.format(number)}医院" for written in pair)]

    ends = (at_once[0][0], at_once[1][1])
    for number in numbers:
        await say(ws, asked(ends, number), LinkVerdict.REJECT)
        for pair in said:
            await say(ws, asked(pair, number))
    outcomes = await asyncio.gather(
        *(say(ws, asked(pair, number)) for number in numbers for pair in at_once), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert {type(each) for each in refused} == {ConflictError}
    assert len(refused) == len(numbers)
    houses = await houses_of(ws)
    for number in numbers:
        apart = asked(ends, number)
        assert houses.settled(apart.kept.id) != houses.settled(apart.other.id)


async def test_equal_ones_are_asked_about_where_settling_them_would_contradict_people(store):
    ws = workspace(store)

    async def registered(**ages):
        world = World()
        for key, days in ages.items():
            house(world, "福利中心", key=key, credit_code=CODE, recorded_at=NOW - timedelta(days=days))
        await world.write(store)
        return await find_same_organisations(ws, administrator())

    assert (await registered(second=2, third=1)).settled == 1
    (row,) = (await reviews_of(ws, worker(), [ReviewState.ACCEPTED])).values()
    opened = await reopen_organisations(ws, worker(), row.id, expected_version=1, reason="two houses")
    await say(ws, opened.value, LinkVerdict.REJECT)
    report = await registered(first=3)  # equal to both
    assert (report.asked, report.settled) == (2, 0)
    assert (await houses_of(ws)).kept == {}


async def test_two_passes_at_once_ask_once(ws):
    reports = await asyncio.gather(*(find_same_organisations(ws, administrator()) for _ in range(2)))
    assert sorted((each.asked, each.settled) for each in reports) == [(0, 0), (5, 1)]
    assert len(await reviews_of(ws, worker())) == 4  # the fifth is another city's
    assert (await houses_of(ws)).kept == {"twin": ("registered", "杨舍镇社会福利服务中心")}


async def test_who_may_decide_what(ws):
    with pytest.raises(NotPermittedError):
        await find_same_organisations(ws, volunteer("v"))
    await find_same_organisations(ws, administrator())
    row = (await reviews_of(ws, worker()))[SIXTH]
    with pytest.raises(NotFoundError):
        await say(ws, row, actor=worker(path=OTHER_CITY))
    with pytest.raises(NotPermittedError):
        await say(ws, row, actor=volunteer("v"))
    with pytest.raises(StaleVersionError):
        await say(ws, replace(row, version=7))
    with pytest.raises(TransitionError):
        await reopen_organisations(ws, worker(), row.id, expected_version=1, reason="nothing was said")
    elsewhere = await reviews_of(ws, worker(path=OTHER_CITY))
    assert elsewhere.keys() == {frozenset(("荆州市康复护理院",))}
    assert await reviews_of(ws, volunteer("v")) == {}


async def test_a_name_that_fits_too_many_asks_nothing(store):
    world = World()
    house(world, "人民医院")
    for number in range(12):
        house(world, f"{'甲乙丙丁戊己庚辛壬癸子丑'[number]}河县人民医院")
    await world.write(store)
    report = await find_same_organisations(workspace(store), administrator())
    assert (report.asked, report.untold) == (0, 12)


async def test_labelled_hospitals_are_asked_about_and_no_answer_of_the_labels_contradicts(store):
    text = files("data").joinpath("organisations", "hospital_names.csv").read_text("utf-8")
    label = {row["name"]: row["house"] for row in csv.DictReader(text.splitlines())}
    world = World()
    for number, name in enumerate(label):
        house(world, name, key=f"o{number:03d}")
    await world.write(store)
    ws = workspace(store)
    report = await find_same_organisations(ws, administrator())
    assert report.settled == 0
    for row in (await reviews_of(ws, worker())).values():
        if label[row.kept.name] == label[row.other.name]:
            fresh = (await reviews_of(ws, worker())).get(frozenset((row.kept.name, row.other.name)))
            if fresh is not None:
                await say(ws, fresh)
    houses = await houses_of(ws)
    keys = {name: f"o{number:03d}" for number, name in enumerate(label)}
    groups = {}
    for name, key in keys.items():
        groups.setdefault(houses.settled(key), set()).add(label[name])
    assert all(len(labels) == 1 for labels in groups.values())
    pairs = [(a, b) for a in keys for b in keys if a < b and label[a] == label[b]]
    met = sum(houses.settled(keys[a]) == houses.settled(keys[b]) for a, b in pairs)
    assert met >= 0.95 * len(pairs)


async def test_the_next_import_takes_either_name_for_the_one_that_is_kept(ws, tmp_path):
    await find_same_organisations(ws, administrator())
    done = await say(ws, (await reviews_of(ws, worker()))[SHORT])
    (before,) = await ws.store.read(lambda tx: tx.run(COUNT))

    async def load(kind):
        path = tmp_path / f"{kind}.csv"
        path.write_text(
            f"义诊单位或个人,联系方式,发布时间,官方链接,备注,类型\n武汉八医院,1,2020-02-01,,,{kind}\n",
            "utf-8",
        )
        await import_files(ws.store, administrator(), [path], mapping="clinics", clock=ws.clock)
        return await ws.store.read(lambda tx: tx.run(OFFERS))

    kept, own = organisation_id("武汉市第八医院"), organisation_id("武汉八医院")
    assert await load("心理") == [{"provider": kept, "id": kept, "name": "武汉市第八医院"}]
    assert await ws.store.read(lambda tx: tx.run(COUNT)) == [before]
    await reopen_organisations(ws, worker(), done.id, expected_version=done.version, reason="two houses")
    assert {row["id"] for row in await load("咨询")} == {kept, own}
