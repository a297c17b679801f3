"""Links over a graph: made by rules, decided by people, taken back, and never made again against their word."""

import asyncio
from datetime import date
from itertools import permutations

import pytest

from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.linking import LinkOutcome, LinkRule, LinkVerdict, ReviewReason, ReviewState, due_on
from domain.time import civil_date
from graph.backup import graph_digest
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from graph.reads.linking import page_of_link_reviews
from tests.builders import NOW, OTHER_CITY, TOWN, World, lead, volunteer, worker, workspace
from tests.graph.alerted import at_risk
from tests.workflows.linking.registers import BORN, PLACED, SOURCED, listed, register, resident
from workflows.linking.deciding import decide_link, separate_link
from workflows.linking.running import link_city
from workflows.people import administrator

LINKS = Statement(
    "MATCH (n:DepartmentRecord) RETURN n.id AS id, n.resident_id AS person, n.link_rule AS rule ORDER BY id",
    Access.READ,
)
DECISIONS = Statement(
    "MATCH (n:LinkDecisionRecord) RETURN n.row_id AS row, n.person_id AS person, n.outcome AS outcome,"
    " n.superseded AS superseded, n.first_by AS first_by, n.decided_by AS decided_by ORDER BY n.at, n.id",
    Access.READ,
)
PEOPLE = Statement(
    "MATCH (n:Resident) WHERE n.unregistered = true RETURN n.id AS id, n.name AS name ORDER BY id",
    Access.READ,
)
CHANGES = Statement(
    "MATCH (n:MembershipChange) RETURN n.kind AS kind, n.household_id AS home, n.resident_id AS who ORDER BY kind",
    Access.READ,
)
_PLACED = "RETURN n.id AS id, n.resident_id AS who, n.household_id AS home, n.region_path AS place"
AT_RISK = Statement(
    "MATCH (n:Alert) " + _PLACED + " UNION ALL MATCH (n:RiskMembership) " + _PLACED, Access.READ
)
OPERATIONS = Statement(
    "MATCH (n:AuditEntry) RETURN n.operation AS operation ORDER BY n.sequence", Access.READ
)


async def link(ws, *, with_model=False):
    """A pass by the rules alone, which is quick; one test asks the model too."""
    return await link_city(ws, administrator(), with_model=with_model)


async def links_of(ws):
    rows = await ws.store.read(lambda tx: tx.run(LINKS))
    return {row["id"]: (row["person"], row["rule"]) for row in rows}


async def reviews_of(ws, actor, states=()):
    page = await ws.store.read(lambda tx: page_of_link_reviews(tx, actor, first=50, states=states))
    return page.rows


@pytest.fixture
async def ws(store):
    world = register()
    listed(world, "by-number", name="張建國", id_number_hash="n1")
    listed(world, "stated", resident_id="wang")
    listed(world, "masked", name="张建国", id_number_mask="320***********n3", birth_stated=date(1971, 1, 9))
    listed(world, "weak", name="张建国", phone_hash="t1")
    listed(world, "reissued", name="王芳", phone_hash="t1", id_number_hash="n9", birth_date=date(1953, 2, 2))
    listed(world, "stranger", name="赵六", id_number_hash="n8")
    listed(world, "stranger-again", name="赵六", id_number_hash="n8")
    listed(world, "nobody", name="孙七")
    await world.write(store)
    return workspace(store)


async def test_a_pass_links_what_it_may_and_asks_about_the_rest(ws):
    report = await link(ws)
    found = await links_of(ws)
    assert found["by-number"] == ("zhang", LinkRule.ID_NUMBER)
    assert found["stated"] == ("wang", None)
    assert found["masked"] == ("namesake", LinkRule.MASKED_ID_NUMBER)
    assert found["weak"] == found["nobody"] == (None, None)
    assert found["stranger"] == found["stranger-again"]
    assert found["stranger"][1] == LinkRule.NEW_PERSON
    people = await ws.store.read(lambda tx: tx.run(PEOPLE))
    assert sorted(person["name"] for person in people) == ["王芳", "赵六"]
    waiting = {row.row_id: row for row in await reviews_of(ws, worker())}
    assert waiting["weak"].reason is ReviewReason.WEAK
    assert waiting["reissued"].reason is ReviewReason.OTHER_ID_NUMBER
    assert report.reviews == len(waiting) == 2
    assert (report.rows, report.unlinked) == (7, 2)


async def test_reviews_show_both_sides_masked_with_evidence_and_a_day_they_are_due(ws):
    await link(ws)
    row = next(row for row in await reviews_of(ws, worker()) if row.row_id == "weak")
    assert (row.row.name, row.person.name) == ("张*国", "张*国")
    assert row.evidence == {
        "name": "equal",
        "id_number": "unknown",
        "birth_date": "unknown",
        "telephone": "equal",
    }
    assert row.person.birth_year == BORN.year
    assert row.due_on == due_on(civil_date(NOW))


async def test_a_second_pass_changes_nothing(ws):
    await link(ws)
    before = await links_of(ws), await ws.store.read(lambda tx: tx.run(OPERATIONS))
    report = await link(ws)
    assert (report.reviews, report.new_persons) == (0, 0)
    assert before == (await links_of(ws), await ws.store.read(lambda tx: tx.run(OPERATIONS)))


async def test_a_yes_links_and_a_no_keeps_apart_for_good(ws):
    await link(ws)
    weak = next(row for row in await reviews_of(ws, worker()) if row.row_id == "weak")
    decided = await decide_link(
        ws, worker(), weak.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="called them"
    )
    assert decided.value.state is ReviewState.ACCEPTED
    assert (await links_of(ws))["weak"] == ("zhang", LinkRule.REVIEW)
    veto = next(row for row in await reviews_of(ws, worker()) if row.row_id == "reissued")
    await decide_link(
        ws, worker(), veto.id, expected_version=1, verdict=LinkVerdict.REJECT, note="another woman"
    )
    await link(ws)
    assert not await reviews_of(ws, worker())
    decisions = await ws.store.read(lambda tx: tx.run(DECISIONS))
    assert {(row["row"], row["outcome"]) for row in decisions} == {
        ("weak", LinkOutcome.LINKED),
        ("reissued", LinkOutcome.APART),
    }


async def test_a_veto_is_overridden_by_two_persons_alone(ws):
    await link(ws)
    veto = next(row for row in await reviews_of(ws, worker()) if row.row_id == "reissued")
    accept = {"verdict": LinkVerdict.ACCEPT, "note": "new card after a loss"}
    first = await decide_link(ws, worker("one"), veto.id, expected_version=1, **accept)
    assert first.value.state is ReviewState.SECONDED
    assert (await links_of(ws))["reissued"][1] == LinkRule.NEW_PERSON
    with pytest.raises(SeparationOfDutiesError):
        await decide_link(ws, worker("one"), veto.id, expected_version=2, **accept)
    second = await decide_link(ws, worker("two"), veto.id, expected_version=2, **accept)
    assert second.value.state is ReviewState.ACCEPTED
    assert (await links_of(ws))["reissued"] == ("wang", LinkRule.REVIEW)
    with pytest.raises(TransitionError):
        await decide_link(ws, worker("two"), veto.id, expected_version=3, **accept)


async def test_a_link_taken_back_stays_apart_and_the_next_pass_makes_no_double_of_the_person(ws):
    await link(ws)
    asked = await separate_link(ws, worker("one"), "by-number", reason="not him")
    assert (await links_of(ws))["by-number"] == ("zhang", LinkRule.ID_NUMBER)
    with pytest.raises(ConflictError):
        await separate_link(ws, worker("two"), "by-number", reason="not him")
    with pytest.raises(SeparationOfDutiesError):
        await decide_link(
            ws, worker("one"), asked.value.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="yes"
        )
    await decide_link(
        ws, worker("two"), asked.value.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="yes"
    )
    assert (await links_of(ws))["by-number"] == (None, None)
    people = len(await ws.store.read(lambda tx: tx.run(PEOPLE)))
    for _ in range(2):
        await link(ws)
        assert (await links_of(ws))["by-number"] == (None, None)
        assert len(await ws.store.read(lambda tx: tx.run(PEOPLE))) == people


async def test_linking_again_after_a_separation_restores_what_was(ws):
    await link(ws)
    before = await links_of(ws)
    weak = next(row for row in await reviews_of(ws, worker()) if row.row_id == "weak")
    await decide_link(ws, worker("one"), weak.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="yes")
    asked = await separate_link(ws, worker("one"), "weak", reason="it was the son")
    await decide_link(ws, lead(), asked.value.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="yes")
    await link(ws)
    assert await links_of(ws) == before
    decisions = await ws.store.read(lambda tx: tx.run(DECISIONS))
    assert [(row["outcome"], row["superseded"]) for row in decisions] == [("LINKED", True), ("APART", False)]


async def test_who_decides_has_a_role_a_scope_a_note_and_the_newest_version(ws):
    await link(ws)
    weak = next(row for row in await reviews_of(ws, worker()) if row.row_id == "weak")
    accept = {"expected_version": 1, "verdict": LinkVerdict.ACCEPT, "note": "yes"}
    with pytest.raises(NotPermittedError):
        await decide_link(ws, volunteer("v"), weak.id, **accept)
    with pytest.raises(NotFoundError):
        await decide_link(ws, worker(path=OTHER_CITY), weak.id, **accept)
    with pytest.raises(InvalidInputError):
        await decide_link(ws, worker(), weak.id, **{**accept, "note": " "})
    with pytest.raises(StaleVersionError):
        await decide_link(ws, worker(), weak.id, **{**accept, "expected_version": 7})
    with pytest.raises(ConflictError):
        await separate_link(ws, worker(), "stated", reason="the list says so itself")
    assert not await reviews_of(ws, worker(path=OTHER_CITY))


async def test_a_repeated_decision_is_answered_as_it_was(ws):
    await link(ws)
    weak = next(row for row in await reviews_of(ws, worker()) if row.row_id == "weak")
    accept = {"expected_version": 1, "verdict": LinkVerdict.ACCEPT, "note": "yes", "idempotency_key": "k"}
    first, again = [await decide_link(ws, worker(), weak.id, **accept) for _ in range(2)]
    assert (first.replayed, again.replayed) == (False, True)
    assert first.value == again.value


def test_in_whatever_order_register_and_lists_come_the_links_are_the_same():
    """A list that comes before the register knows people by their numbers alone; the register then takes them over."""

    def part(name):
        world = register()
        world.rows = {label: rows for label, rows in world.rows.items() if label != "Resident"}
        world.edges = {}
        if name == "register":
            whole = register()
            world.rows, world.edges = {"Resident": whole.rows["Resident"]}, whole.edges
        elif name == "disabled":
            world.rows = {}
            listed(world, "a", name="张建国", id_number_hash="n1")
            listed(world, "b", name="赵六", id_number_hash="n8")
        else:
            world.rows = {}
            listed(world, "c", event="医疗自付费用", name="张建国", id_number_hash="n1")
            listed(world, "d", event="医疗自付费用", name="赵六", id_number_hash="n8")
        return world

    async def outcome(order):
        async with open_ladybug() as store:
            await store.define()
            homes = register()
            homes.rows.pop("Resident")
            homes.edges = {}
            await homes.write(store)
            ws = workspace(store)
            for name in order:
                await part(name).write(store)
                await link(ws)
            people = await store.read(lambda tx: tx.run(PEOPLE))
            return await links_of(ws), [person["name"] for person in people]

    outcomes = [asyncio.run(outcome(order)) for order in permutations(("register", "disabled", "medical"))]
    assert all(one == outcomes[0] for one in outcomes)
    assert outcomes[0][0]["a"] == ("zhang", LinkRule.ID_NUMBER)
    assert outcomes[0][1] == ["赵六"]


async def test_who_moves_to_another_household_leaves_one_and_joins_the_other(ws, store):
    world = register()
    moved = {"id": "wang", "household_id": "h2", "name": "王芳", **PLACED, **SOURCED}
    world.rows, world.edges = {"Resident": [moved]}, {}
    await world.write(store)
    report = await link(ws)
    assert report.moves == 1
    found = await store.read(lambda tx: tx.run(CHANGES))
    assert [(row["kind"], row["home"], row["who"]) for row in found] == [
        ("JOINED", "h2", "wang"),
        ("LEFT", "h1", "wang"),
    ]
    assert (await link(ws)).moves == 0


async def test_what_a_pass_left_is_no_new_question_to_the_next(ws):
    await link(ws, with_model=True)
    before = await graph_digest(ws.store)
    report = await link(ws, with_model=True)
    assert (report.reviews, report.new_persons) == (0, 0)
    assert await graph_digest(ws.store) == before


async def test_a_pass_that_is_cut_off_loses_no_question(ws, monkeypatch):
    async def cut_off(*_):
        raise ConflictError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr("workflows.linking.running._write_links", cut_off)
        with pytest.raises(ConflictError):
            await link(ws)
    await link(ws)
    assert {row.row_id for row in await reviews_of(ws, worker())} == {"weak", "reissued"}
    assert (await links_of(ws))["stranger"][1] == LinkRule.NEW_PERSON


async def test_another_name_under_the_number_of_a_newcomer_is_asked_about_in_the_same_pass(store):
    world = register()
    listed(world, "stranger", name="赵六", id_number_hash="n8")
    listed(world, "under-one-number", name="吴九", id_number_hash="n8")
    await world.write(store)
    ws = workspace(store)
    assert (await link(ws)).reviews == 1
    (asked,) = await reviews_of(ws, worker())
    assert asked.reason is ReviewReason.OTHER_NAME
    assert (await link(ws)).reviews == 0


async def test_whom_a_register_names_at_last_takes_along_what_lists_alone_had_led_to(ws, store):
    await link(ws)
    known = await ws.store.read(lambda tx: tx.run(PEOPLE))
    (before,) = [row["id"] for row in known if row["name"] == "赵六"]
    world = World()
    at_risk(world, "seen", OTHER_CITY, resident_id=before)
    at_risk(world, "other", OTHER_CITY, resident_id="wang")
    resident(world, "zhao", "h2", "赵六", "n8", birth=BORN, phone="t8")
    await world.write(store)
    for _ in range(2):
        report = await link(ws)
        rows = await ws.store.read(lambda tx: tx.run(AT_RISK))
        assert sorted(tuple(row.values()) for row in rows) == [
            ("other-alert", "wang", None, OTHER_CITY),
            ("other-member", "wang", None, OTHER_CITY),
            ("seen-alert", "zhao", "h2", TOWN),
            ("seen-member", "zhao", "h2", TOWN),
        ]
    assert report.retired_persons == 0
    assert (await links_of(ws))["stranger"] == ("zhao", "ID_NUMBER")


async def test_only_who_imports_may_run_a_pass(ws):
    with pytest.raises(NotPermittedError):
        await link_city(ws, worker())


async def test_the_model_asks_about_more_rows_and_is_not_asked_the_same_twice(ws, monkeypatch):
    report = await link(ws, with_model=True)
    assert report.reviews >= 2
    assert (await links_of(ws))["nobody"] == (None, None)

    def asked_again(*_):
        raise AssertionError("the same question was put twice")

    monkeypatch.setattr("workflows.linking.model.match_new", asked_again)
    await link(ws, with_model=True)
