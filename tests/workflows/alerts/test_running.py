"""Passes over a graph: what is raised, told, left quiet, escalated; who decides; which rules hold."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.alerts import AlertOutcome, AlertState, Decision, FalseAlarmReason, PrecisionAxis
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PolicyError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import ConsentGiver
from graph.ports import Access, Statement
from graph.reads.alerts import AlertFilter, group_counts, page_of_alerts, page_of_risk_members
from graph.reads.needs import need_by_id
from tests.builders import CITY, NOW, OTHER_CITY, OTHER_TOWN, World, lead, volunteer, worker, workspace
from tests.workflows.alerts.towns import TODAY, medical, paid, person, town
from workflows.alerts.deciding import AlertDecision, NeedOfAlert, decide_alert
from workflows.alerts.evaluating import read_evidence
from workflows.alerts.precision import alert_precision
from workflows.alerts.running import run_alerts
from workflows.alerts.trying import adopt_rules, try_rules
from workflows.people import administrator, clock_actor

CHILD_OFFICER = Actor(
    id="child-officer",
    name="child officer",
    roles=frozenset({Role.CHILD_OFFICER}),
    scope=Scope(region_paths=(CITY,), purpose=Purpose.SERVICE),
)
TOLD = Statement(
    "MATCH (n:Notice) WHERE n.code STARTS WITH 'ALERTS' RETURN n.recipient_id AS who, n.code AS code,"
    " n.parameters AS parameters ORDER BY code, who",
    Access.READ,
)
COVERED = Decision(outcome=AlertOutcome.ALREADY_COVERED, note="低保已覆盖")


@pytest.fixture
async def ws(store):
    await town().write(store)
    return workspace(store)


async def run(ws, *, days=0):
    return await run_alerts(ws, clock_actor(), holder="test", day=TODAY + timedelta(days=days))


async def alerts_of(ws, actor=None, **asked):
    page = await ws.store.read(
        lambda tx: page_of_alerts(
            tx, actor or worker(), first=50, filter=AlertFilter(**asked), with_total=True
        )
    )
    assert page.total_count == len(page.rows)
    return page.rows


async def alert_of(ws, rule, resident):
    return next(
        row
        for row in await alerts_of(ws, states=tuple(AlertState))
        if row.rule == rule and row.household_id == resident
    )


async def test_each_line_is_that_of_the_group_and_the_evidence_says_what_and_when(ws):
    report = await run(ws)
    assert report.raised == {"MEDICAL_COSTS": 2}
    rows = [row for row in await alerts_of(ws) if row.rule == "MEDICAL_COSTS"]
    assert {row.household_id for row in rows} == {"tekun", "dibao"}
    (fact,) = read_evidence(next(row for row in rows if row.household_id == "dibao").evidence)
    assert (fact.value, fact.line, fact.records) == (5_600_00, 5_000_00, 2)
    assert (fact.on, fact.source) == (TODAY - timedelta(days=10), "医保局 医疗自付费用")
    assert rows[0].person.name == "张*国"
    assert rows[0].station_id == "town-station"
    assert rows[0].due_on == TODAY + timedelta(days=7)


async def test_a_second_pass_raises_nothing_and_changes_no_membership(ws):
    first = await run(ws)
    again = await run(ws)
    assert first.raised
    assert again.raised == {}
    assert again.open_already == sum(first.raised.values())
    assert (again.joined, again.left) == (0, 0)
    assert again.members == first.members


async def test_a_station_is_told_once_a_pass_how_many_and_child_protection_is_told_nobody(ws):
    report = await run(ws)
    told = await ws.store.read(lambda tx: tx.run(TOLD))
    assert [(row["who"], row["code"]) for row in told] == [("town-station", "ALERTS_RAISED")]
    assert json.loads(told[0]["parameters"])["alerts"] == sum(report.raised.values())


async def test_what_looks_at_children_is_seen_by_their_roles_alone_in_no_list_and_no_count(ws):
    report = await run(ws)
    assert "CHILD_WITHOUT_SUPPORT" not in report.raised
    assert "ORPHANED" not in report.members
    for actor in (worker(), lead(), administrator()):
        assert all(row.rule != "CHILD_WITHOUT_SUPPORT" for row in await alerts_of(ws, actor))
        groups = await ws.store.read(lambda tx, actor=actor: group_counts(tx, actor))
        assert "ORPHANED" not in {group.group_code for group in groups}
        members = await ws.store.read(lambda tx, actor=actor: page_of_risk_members(tx, actor, first=50))
        assert all(row.group_code != "ORPHANED" for row in members.rows)
    (seen,) = await alerts_of(ws, CHILD_OFFICER)
    assert (seen.rule, seen.household_id) == ("CHILD_WITHOUT_SUPPORT", "other")
    assert [
        group.group_code for group in await ws.store.read(lambda tx: group_counts(tx, CHILD_OFFICER))
    ] == ["ORPHANED"]
    with pytest.raises(NotFoundError):
        await decide_alert(ws, worker(), seen.id, AlertDecision(said=COVERED), expected_version=1)
    done = await decide_alert(ws, CHILD_OFFICER, seen.id, AlertDecision(said=COVERED), expected_version=1)
    assert done.value.outcome is AlertOutcome.ALREADY_COVERED
    report = await alert_precision(
        ws, worker(), since=TODAY, until=TODAY + timedelta(days=1), axis=PrecisionAxis.RULE
    )
    assert "CHILD_WITHOUT_SUPPORT" not in {row.rule for row in report.rows}


async def test_an_alert_is_for_the_desk_of_its_place(ws):
    await run(ws)
    assert await alerts_of(ws, worker(path=OTHER_CITY)) == ()
    assert await alerts_of(ws, volunteer("v")) == ()
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    with pytest.raises(NotFoundError):
        await decide_alert(
            ws, worker(path=OTHER_CITY), alert.id, AlertDecision(said=COVERED), expected_version=1
        )
    with pytest.raises(NotPermittedError):
        await decide_alert(ws, volunteer("v"), alert.id, AlertDecision(said=COVERED), expected_version=1)
    with pytest.raises(NotPermittedError):
        await run_alerts(ws, worker(), holder="test")


async def test_help_makes_a_need_in_the_same_step_and_once(ws):
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    decision = AlertDecision(
        said=Decision(outcome=AlertOutcome.HELPED, note="上门核实"),
        new_need=NeedOfAlert(title="医疗费用", consent_given_by=ConsentGiver.SUBJECT, amount_fen=5_600_00),
    )
    done = await decide_alert(ws, worker(), alert.id, decision, expected_version=1, idempotency_key="k")
    again = await decide_alert(ws, worker(), alert.id, decision, expected_version=1, idempotency_key="k")
    assert again.replayed
    assert again.value == done.value
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), done.value.need_id))
    assert (need.category, need.amount_fen, need.subject_id) == ("MEDICAL_COST", 5_600_00, "dibao")
    with pytest.raises(TransitionError):
        await decide_alert(ws, worker(), alert.id, AlertDecision(said=COVERED), expected_version=2)
    with pytest.raises(StaleVersionError):
        await decide_alert(ws, worker(), alert.id, AlertDecision(said=COVERED), expected_version=1)


async def test_a_child_officer_makes_a_need_that_the_other_desk_does_not_see(ws):
    await run(ws)
    (alert,) = await alerts_of(ws, CHILD_OFFICER)
    decision = AlertDecision(
        said=Decision(outcome=AlertOutcome.HELPED, note="入户走访"),
        new_need=NeedOfAlert(title="照料", consent_given_by=ConsentGiver.GUARDIAN, risk_disclosed=True),
    )
    done = (await decide_alert(ws, CHILD_OFFICER, alert.id, decision, expected_version=1)).value
    need = await ws.store.read(lambda tx: need_by_id(tx, CHILD_OFFICER, done.need_id))
    assert need.category == "CHILD_PROTECT"
    with pytest.raises(NotFoundError):
        await ws.store.read(lambda tx: need_by_id(tx, worker(), done.need_id))


async def test_who_moved_may_live_outside_the_scope_in_a_division_that_is_known(store):
    world = town()
    world.region("NBS:310109009000", path=OTHER_TOWN, name="广中路街道")
    await world.write(store)
    ws = workspace(store)
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    moved = Decision(outcome=AlertOutcome.MOVED, note="已迁至上海")
    with pytest.raises(NotFoundError):
        await decide_alert(
            ws, worker(), alert.id, AlertDecision(said=moved, moved_to="NBS:1"), expected_version=1
        )
    decision = AlertDecision(said=moved, moved_to="NBS:310109009000")
    done = await decide_alert(ws, worker(), alert.id, decision, expected_version=1)
    assert done.value.moved_to == "NBS:310109009000"


async def test_a_need_without_an_amount_is_refused_and_the_alert_stays_open(ws):
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    decision = AlertDecision(
        said=Decision(outcome=AlertOutcome.HELPED, note="上门核实"),
        new_need=NeedOfAlert(title="医疗费用", consent_given_by=ConsentGiver.SUBJECT),
    )
    with pytest.raises(InvalidInputError):
        await decide_alert(ws, worker(), alert.id, decision, expected_version=1)
    assert (await alert_of(ws, "MEDICAL_COSTS", "dibao")).state is AlertState.OPEN


async def test_a_need_that_is_named_must_be_the_households(store):
    world = town()
    world.need("theirs", slots=1, subject_id="dibao")
    world.need("others", slots=1, subject_id="edge")
    await world.write(store)
    ws = workspace(store)
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    helped = Decision(outcome=AlertOutcome.HELPED, note="已有需求")
    with pytest.raises(NotFoundError):
        await decide_alert(
            ws, worker(), alert.id, AlertDecision(said=helped, need_id="others"), expected_version=1
        )
    done = await decide_alert(
        ws, worker(), alert.id, AlertDecision(said=helped, need_id="theirs"), expected_version=1
    )
    assert done.value.need_id == "theirs"


def test_a_decision_says_what_goes_with_it():
    with pytest.raises(InvalidInputError):
        Decision(outcome=AlertOutcome.FALSE_ALARM, note="x")
    with pytest.raises(InvalidInputError):
        Decision(outcome=AlertOutcome.MOVED, note="x", reason=FalseAlarmReason.OTHER)
    with pytest.raises(InvalidInputError):
        Decision(outcome=AlertOutcome.MOVED, note=" ")
    with pytest.raises(InvalidInputError):
        AlertDecision(said=Decision(outcome=AlertOutcome.HELPED, note="x"))
    with pytest.raises(InvalidInputError):
        AlertDecision(said=COVERED, need_id="n")
    with pytest.raises(InvalidInputError):
        AlertDecision(said=COVERED, moved_to="NBS:320582100000")


async def test_what_was_decided_is_quiet_until_its_period_is_over_or_there_is_news(ws):
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    false = Decision(outcome=AlertOutcome.FALSE_ALARM, note="已报销", reason=FalseAlarmReason.REIMBURSED)
    await decide_alert(ws, worker(), alert.id, AlertDecision(said=false), expected_version=1)
    later = replace(ws, clock=lambda: NOW + timedelta(days=20))
    report = await run(later, days=20)
    assert report.quiet == 1

    more = World()
    medical(more, "d", 4_000, days=-25)
    await more.write(ws.store)
    assert "MEDICAL_COSTS" not in (await run(later, days=24)).raised  # not there yet on that day
    assert "MEDICAL_COSTS" not in (await run(later, days=26)).raised  # more, and not yet twice the line
    most = World()
    medical(most, "d", 1_000, days=-26)
    await most.write(ws.store)
    assert (await run(later, days=27)).raised["MEDICAL_COSTS"] == 1


async def test_the_same_facts_are_raised_again_when_the_quiet_period_is_over(ws):
    await run(ws)
    alert = await alert_of(ws, "MEDICAL_COSTS", "tekun")
    await decide_alert(ws, worker(), alert.id, AlertDecision(said=COVERED), expected_version=1)
    assert "MEDICAL_COSTS" not in (await run(ws, days=179)).raised
    assert (await run(ws, days=180)).raised["MEDICAL_COSTS"] == 1
    numbers = [row.number for row in await alerts_of(ws, states=tuple(AlertState)) if row.household_id == "tekun"
               and row.rule == "MEDICAL_COSTS"]  # fmt: skip
    assert sorted(numbers) == [1, 2]


async def test_what_is_overdue_goes_to_the_station_above_as_well_once(ws):
    raised = await run(ws)
    assert raised.escalated == 0
    late = await run(ws, days=8)
    assert late.escalated == len(
        [row for row in await alerts_of(ws) if row.due_on < TODAY + timedelta(days=8)]
    )
    assert (await run(ws, days=8)).escalated == 0
    row = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    assert (row.state, row.escalated_to, row.station_id) == (
        AlertState.ESCALATED,
        "county-station",
        "town-station",
    )
    told = await ws.store.read(lambda tx: tx.run(TOLD))
    assert ("county-station", "ALERTS_OVERDUE") in [(each["who"], each["code"]) for each in told]
    mine = await alerts_of(ws, station_id="county-station")
    assert row.id in {each.id for each in mine}


async def test_two_passes_at_once_are_one(ws):
    results = await asyncio.gather(
        run_alerts(ws, clock_actor(), holder="one", day=TODAY),
        run_alerts(ws, clock_actor(), holder="two", day=TODAY),
        return_exceptions=True,
    )
    assert sum(isinstance(each, ConflictError) for each in results) <= 1
    pairs = [(row.rule, row.household_id, row.number) for row in await alerts_of(ws)]
    assert len(set(pairs)) == len(pairs)


async def test_who_left_a_group_is_no_longer_in_it_and_comes_back(store):
    world = town()
    person(world, "elder", "edge", "LIVING_ALONE", "DISABLED_FUNCTION", age=85)
    paid(world, "elder", "住建局", "危房修缮估价", 3_000, days=300)
    await world.write(store)
    ws = workspace(store)
    first = await run(ws)
    assert first.members["DANGEROUS_HOUSING"] == 2  # the whole household
    later = await run(ws, days=100)
    assert "DANGEROUS_HOUSING" not in later.members
    assert later.left >= 2
    again = await run(ws)
    assert again.members["DANGEROUS_HOUSING"] == 2


async def test_precision_counts_what_people_found(ws):
    await run(ws)
    tekun = await alert_of(ws, "MEDICAL_COSTS", "tekun")
    dibao = await alert_of(ws, "MEDICAL_COSTS", "dibao")
    await decide_alert(ws, worker(), tekun.id, AlertDecision(said=COVERED), expected_version=1)
    false = Decision(outcome=AlertOutcome.FALSE_ALARM, note="已报销", reason=FalseAlarmReason.REIMBURSED)
    await decide_alert(ws, worker(), dibao.id, AlertDecision(said=false), expected_version=1)
    for axis in PrecisionAxis:
        report = await alert_precision(ws, worker(), since=TODAY, until=TODAY + timedelta(days=1), axis=axis)
        row = next(row for row in report.rows if row.rule == "MEDICAL_COSTS")
        assert (row.counts.real, row.counts.decided, row.counts.raised) == (1, 2, 2)
        assert row.counts.share == 0.5
        low, high = row.counts.interval
        assert 0 < low < 0.5 < high < 1
        assert report.total.raised == sum(each.counts.raised for each in report.rows)
    assert row.part == "2026-03"


CHANGE = """
region_path = "/NBS/32/3205/320582/"
[[versions]]
id = "zhangjiagang-1"
effective_from = 2026-01-01
off = ["ARREARS"]
[[versions.rules]]
code = "MEDICAL_COSTS"
family = "MEDICAL"
priority = "HIGH"
due_days = 7
quiet_days = 180
need_category = "MEDICAL_COST"
source = "the city's notice"
when = { kind = "amount", lists = ["MEDICAL_SELF_PAID"], within_days = 365, otherwise_yuan = 8000 }
"""


async def test_rules_hold_once_they_were_tried_and_adopted_and_a_trial_raises_nothing(ws):
    await run(ws)
    tried = (await try_rules(ws, lead(), CHANGE, day=TODAY)).value
    effect = next(each for each in tried.rules if each.rule == "MEDICAL_COSTS")
    # tekun and dibao lie below the new line; edge and other above it
    assert (effect.before, effect.after, effect.newly, effect.no_longer, effect.raised) == (2, 2, 2, 2, 2)
    assert [(each.rule, each.name) for each in tried.persons] == [("MEDICAL_COSTS", "张*国")] * 2
    assert (await run(ws)).raised == {}
    with pytest.raises(NotPermittedError):
        await adopt_rules(ws, worker(), tried.id, expected_version=1)
    adopted = (await adopt_rules(ws, lead(), tried.id, expected_version=1)).value
    assert adopted.adopted_by == lead().id
    assert (await run(ws)).raised == {"MEDICAL_COSTS": 2}
    with pytest.raises(ConflictError):
        await adopt_rules(ws, lead(), tried.id, expected_version=2)
    with pytest.raises(NotPermittedError):
        await try_rules(ws, lead(path=OTHER_CITY), CHANGE, day=TODAY)


async def test_a_later_file_of_a_region_supersedes_the_one_before(ws):
    first = (await try_rules(ws, lead(), CHANGE, day=TODAY)).value
    await adopt_rules(ws, lead(), first.id, expected_version=1)
    second_text = CHANGE.replace("zhangjiagang-1", "zhangjiagang-2").replace("8000", "14000")
    second = (await try_rules(ws, lead(), second_text, day=TODAY)).value
    await adopt_rules(ws, lead(), second.id, expected_version=1)
    assert [row.household_id for row in await alerts_of(ws)] == []
    await run(ws)
    assert [row.household_id for row in await alerts_of(ws) if row.rule == "MEDICAL_COSTS"] == ["other"]


async def test_malformed_rules_are_refused_with_the_place(ws):
    with pytest.raises(PolicyError) as caught:
        await try_rules(ws, lead(), CHANGE.replace("8000", "-1"), day=TODAY)
    assert "otherwise_yuan" in str(caught.value.context["where"])
    with pytest.raises(PolicyError):
        await try_rules(ws, lead(), CHANGE.replace("MEDICAL_SELF_PAID", "NO_SUCH_LIST"), day=TODAY)
