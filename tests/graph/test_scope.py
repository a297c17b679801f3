"""A second tenant's people never see a first tenant's rows, whatever they read."""

import importlib
import inspect
import pkgutil
import re
from datetime import date, timedelta

import pytest

import graph.reads
from domain.actors import Actor, Role, Scope
from domain.actors import Purpose as UseOfData
from domain.errors import NotFoundError
from domain.people import ElderGroup
from domain.purposes import Purpose, QualifyingChange
from graph.ports import Access, Statement
from graph.reads.qualifying import WallChange
from graph.schema import NODE_TYPES
from tests.builders import CITY, NOW, OTHER_CITY, OTHER_TOWN, TOWN, World
from tests.graph.alerted import people_at_risk
from tests.graph.charities import money_on_its_way, what_charities_hold

FIRST, SECOND = ("first", CITY, TOWN), ("second", OTHER_CITY, OTHER_TOWN)


def _city(world: World, name: str, city: str, town: str) -> None:
    """The same little city for each tenant: every label that a read shows has a row in it."""
    code = city.rstrip("/").rsplit("/", 1)[1]
    world.region(f"NBS:{code}000000", path=city, level="COUNTY", name=name)
    world.organisation(f"{name}-org", path=city)
    world.fund(f"{name}-fund", f"{name}-org", path=city)
    world.stock(f"{name}-stock", f"{name}-org", path=city)
    world.volunteer(f"{name}-volunteer", path=town, licences=("NURSE",))
    world.need(f"{name}-need", path=town, slots=1, items=(("QUILT", 1),), window_starts=[], window_ends=[])
    world.add(
        "NeedTransition",
        id=f"{name}-step",
        need_id=f"{name}-need",
        after="POSTED",
        actor_id=f"{name}-clerk",
        at=NOW,
        region_path=town,
    )
    world.add(
        "Claim",
        id=f"{name}-claim",
        need_id=f"{name}-need",
        slot_id=f"{name}-need:slot:0",
        volunteer_id=f"{name}-volunteer",
        state="ACTIVE",
        claimed_at=NOW,
        claimed_by=f"{name}-account",
        region_path=town,
        version=1,
    )
    world.add(
        "SlotHold", id=f"{name}-need:slot:0", claim_id=f"{name}-claim", volunteer_id=f"{name}-volunteer"
    )
    world.add(
        "Round",
        id=f"{name}-round",
        state="PUBLISHED",
        region_path=city,
        as_of=NOW,
        policy_id="p",
        snapshot_digest="s",
        plan_digest="d",
        status="OPTIMAL",
        summary="{}",
        created_by=f"{name}-clerk",
        created_at=NOW,
        version=1,
    )
    for kind, ends in (
        ("VOLUNTEER", {"volunteer_id": f"{name}-volunteer"}),
        ("MONEY", {"fund_id": f"{name}-fund"}),
        ("GOODS", {"offer_id": f"{name}-stock"}),
    ):
        world.add(
            "Proposal",
            id=f"{name}-{kind}",
            round_id=f"{name}-round",
            kind=kind,
            state="OFFERED",
            need_id=f"{name}-need",
            reason_code="r",
            region_path=town,
            version=1,
            **ends,
        )
    world.add(
        "Round",
        id=f"{name}-earlier",
        state="PUBLISHED",
        region_path=city,
        as_of=NOW - timedelta(days=1),
        policy_id="p",
        snapshot_digest="s",
        plan_digest="d",
        status="OPTIMAL",
        summary="{}",
        created_by=f"{name}-clerk",
        created_at=NOW - timedelta(days=1),
        version=1,
    )
    world.add(
        "NeedOutcome",
        id=f"{name}-missed",
        round_id=f"{name}-round",
        need_id=f"{name}-need",
        fulfilled=False,
        reason_code=f"{name}-why",
        region_path=town,
    )
    world.add(
        "NeedOutcome",
        id=f"{name}-outcome",
        round_id=f"{name}-round",
        need_id=f"{name}-need",
        fulfilled=True,
        reason_code="r",
        region_path=town,
    )
    for key, parent in (("station", None), ("point", f"{name}-station")):
        world.add(
            "Station",
            id=f"{name}-{key}",
            name=name,
            networks=["CONSORTIUM"],
            parent_id=parent,
            territory=[city],
            tree_path=f"/{name}-station/" if parent is None else f"/{parent}/{name}-{key}/",
            region_path=city,
            source_id="manual",
            source_row=0,
            recorded_at=NOW,
        )
    world.add(
        "SocialWorker",
        id=f"{name}-sw",
        name=name,
        station_id=f"{name}-station",
        region_path=city,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    world.add(
        "WorkOrder", id=f"{name}-order", need_id=f"{name}-need", state="OPEN", region_path=town, version=1
    )
    money_on_its_way(world, name, city, town)
    books = {"fund_id": f"{name}-fund", "earmark_id": f"{name}-earmark"}
    world.add("FundBalance", id=f"{name}-balance", account="AVAILABLE", balance_fen=1, entries=1, **books)
    world.add(
        "FundEntry",
        id=f"{name}-entry",
        sequence=1,
        kind="RECEIVE",
        debit="RECEIVED",
        credit="AVAILABLE",
        amount_fen=1,
        source_kind="DONATION",
        source_id=f"{name}-gift",
        actor_id=f"{name}-clerk",
        digest="d",
        at=NOW,
        region_path=city,
        **books,
    )
    what_charities_hold(world, name, city)
    world.household(f"{name}-household", path=town)
    world.resident(f"{name}-resident", f"{name}-household", path=town, situations=["LIVING_ALONE"], name=name)
    _service(world, name, town)
    _visits(world, name, town)
    _comparisons(world, name, city, town)
    _files(world, name, town)
    people_at_risk(world, name, town)
    world.add(
        "CaseConference",
        id=f"{name}-conference",
        need_id=f"{name}-need",
        state="OPEN",
        reason="r",
        owner_id=f"{name}-station",
        opened_by=f"{name}-clerk",
        opened_at=NOW,
        due_at=NOW,
        region_path=town,
        version=1,
    )
    world.add(
        "NeedSeries",
        id=f"{name}-series",
        title=name,
        category="CARE",
        rule="FREQ=DAILY",
        starts_at="2026-03-02T09:00",
        state="ACTIVE",
        posted_by=f"{name}-clerk",
        posted_at=NOW,
        region_path=town,
        version=1,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    world.add(
        "VolunteerOutcome",
        id=f"{name}-why",
        round_id=f"{name}-round",
        volunteer_id=f"{name}-volunteer",
        reason_code="r",
        region_path=town,
    )
    _recognition(world, name, town)


def _recognition(world: World, name: str, town: str) -> None:
    """A volunteer who came from elsewhere, and one who takes their record along."""
    world.add(
        "RecognitionCase",
        id=f"{name}-case",
        volunteer_id=f"{name}-volunteer",
        state="REVIEW",
        issuer=f"https://{name}.example",
        credential_id=f"{name}-their-credential",
        from_region=f"{name}-region",
        agreement_id=f"{name}-agreement",
        agreement_version=1,
        holder="h",
        claims="{}",
        holder_doubtful=True,
        opened_by=f"{name}-clerk",
        opened_at=NOW,
        due_on=NOW.date(),
        region_path=town,
        version=1,
    )
    world.add(
        "IssuedCredential",
        id=f"{name}-credential",
        volunteer_id=f"{name}-volunteer",
        state="VALID",
        list=0,
        place=0,
        holder="h",
        minutes=0,
        issued_by=f"{name}-clerk",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=365),
        region_path=town,
        version=1,
    )


def _service(world: World, name: str, town: str) -> None:
    """A visit that was timed, its hours, and a need on the wall."""
    world.add(
        "CheckEvent",
        id=f"{name}-event",
        work_order_id=f"{name}-order",
        kind="CHECK_IN",
        method="CODE",
        state="COUNTED",
        reported_at=NOW,
        received_at=NOW,
        at=NOW,
        skew_s=0,
        device_id="device",
        device_version=1,
        digest="d",
        actor_id=f"{name}-volunteer",
        region_path=town,
    )
    record = {"volunteer_id": f"{name}-volunteer", "region_path": town}
    world.add(
        "HoursRecord",
        id=f"{name}-hours",
        kind="AUTO",
        state="VERIFIED",
        minutes=60,
        title=name,
        served_start=NOW,
        served_end=NOW,
        recorded_by=f"{name}-clerk",
        recorded_at=NOW,
        version=1,
        **record,
    )
    world.add(
        "HoursEntry",
        id=f"{name}-entry",
        sequence=1,
        record_id=f"{name}-hours",
        kind="CREDIT",
        debit="AUTO",
        credit="VERIFIED",
        minutes=60,
        actor_id=f"{name}-clerk",
        at=NOW,
        **record,
    )
    world.add(
        "HoursAccount",
        id=f"{name}-account",
        volunteer_id=f"{name}-volunteer",
        account="VERIFIED",
        balance_min=60,
        entries=1,
    )
    world.add(
        "Publication",
        id=f"{name}-need",
        state="STANDING",
        title=name,
        category="CARE",
        published_at=NOW,
        region_path=town,
    )


def _files(world: World, name: str, town: str) -> None:
    """A household's file, its plan, who joined it, and a pair that waits for a person."""
    world.add(
        "LinkReview",
        id=f"{name}-review",
        kind="PERSON",
        row_id=f"{name}-visited",
        person_id=f"{name}-resident",
        reason="WEAK",
        state="OPEN",
        evidence="{}",
        opened_at=NOW,
        due_on=NOW.date(),
        region_path=town,
        version=1,
    )
    world.add(
        "LinkReview",
        id=f"{name}-houses",
        kind="ORGANISATION",
        row_id=f"{name}-org",
        person_id=f"{name}-org",
        reason="LIKE_NAME",
        state="OPEN",
        evidence="{}",
        opened_at=NOW,
        due_on=NOW.date(),
        region_path=town,
        version=1,
    )
    world.add(
        "MembershipChange",
        id=f"{name}-change",
        household_id=f"{name}-household",
        resident_id=f"{name}-resident",
        kind="JOINED",
        seen_at=NOW,
        region_path=town,
    )
    world.add(
        "HouseholdFileVersion",
        id=f"{name}-file-version",
        household_id=f"{name}-household",
        number=1,
        content="{}",
        digest=f"{name}-digest",
        cause="OPENED",
        made_by=f"{name}-clerk",
        at=NOW,
        region_path=town,
    )
    plan = {"goals": "[]", "responsible": f"{name}-clerk", "review_on": NOW.date(), "region_path": town}
    world.add(
        "ServicePlan",
        id=f"{name}-service-plan",
        household_id=f"{name}-household",
        state="DRAFT",
        opened_by=f"{name}-clerk",
        opened_at=NOW,
        version=1,
        **plan,
    )
    world.add(
        "ServicePlanVersion",
        id=f"{name}-service-plan:1",
        plan_id=f"{name}-service-plan",
        number=1,
        state="DRAFT",
        cause="DRAFTED",
        made_by=f"{name}-clerk",
        at=NOW,
        **plan,
    )


def _comparisons(world: World, name: str, city: str, town: str) -> None:
    """A run over the city, and what it found in a town."""
    run = f"{name}-comparison"
    world.add(
        "CompareRun",
        id=run,
        rules="r",
        about="DepartmentRecord",
        title=f"{name}-list",
        after_file=f"{name}.csv",
        departments=[f"{name}-office"],
        events=["e"],
        before_rows=0,
        after_rows=1,
        counts="{}",
        compared_on=NOW.date(),
        at=NOW,
        region_path=city,
    )
    world.add(
        "CompareLine", id=f"{run}:1", run_id=run, kind="ADDED", number=f"{name}-9", changes="[]",
        person_id=f"{name}-resident", household_id=f"{name}-household", region_path=town,
    )  # fmt: skip
    world.add(
        "CoverageTask", id=f"{name}-coverage", subject_id=f"{name}-household", person_id=f"{name}-resident",
        household_id=f"{name}-household", state="OPEN", lists=[f"{name}-office e"], lacking=["NEED"],
        station_id=f"{name}-station", opening_run_id=run, last_run_id=run, opened_at=NOW, due_on=NOW.date(),
        region_path=town, version=1,
    )  # fmt: skip
    world.add(
        "StatusEnd", id=f"{name}-end", run_id=run, person_id=f"{name}-resident", household_id=f"{name}-household",
        ground="DIED", state="STANDS", need_ids=[f"{name}-need"], steps="[]", ended_on=NOW.date(), at=NOW,
        region_path=town, version=1,
    )  # fmt: skip


def _visits(world: World, name: str, town: str) -> None:
    """An elder under care, who visits, a plan and a visit."""
    at_station = {"station_id": f"{name}-station", "region_path": town, "version": 1}
    world.add(
        "Visitor", id=f"{name}-sw", kind="WORKER", hours=["MON 09:00-17:00"], most_visits=5, **at_station
    )
    world.add("VisitCare", id=f"{name}-resident", service_min=30, region_path=town, version=1)
    world.add(
        "DepartmentRecord",
        id=f"{name}-visited",
        department="CIVIL_AFFAIRS",
        event="HOME_VISIT",
        number=f"{name}-1",
        resident_id=f"{name}-resident",
        occurred_on=NOW.date(),
        region_path=town,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    world.add(
        "VisitPlan",
        id=f"{name}-plan",
        state="PUBLISHED",
        day=NOW.date(),
        seed=0,
        visits=1,
        travel_min=1,
        cost=1,
        bound=1,
        moved=0,
        gap=0.0,
        day_digest="d",
        plan_digest="p",
        rules_id="r",
        created_by=f"{name}-clerk",
        created_at=NOW,
        **at_station,
    )
    world.add(
        "Visit",
        id=f"{name}-visit",
        plan_id=f"{name}-plan",
        resident_id=f"{name}-resident",
        visitor_id=f"{name}-sw",
        channel="HOME",
        state="DONE",
        day=NOW.date(),
        window_start=NOW,
        window_end=NOW,
        travel_min=1,
        pinned=False,
        moved=False,
        outcome="WELL",
        logged_by=f"{name}-sw",
        logged_at=NOW,
        **at_station,
    )


def _reads():
    """Every public coroutine of every read module that takes an actor."""
    for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads."):
        for name, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.iscoroutinefunction
        ):
            shown = function.__module__ == module.name and not name.startswith("_")
            if shown and "actor" in inspect.signature(function).parameters:
                yield pytest.param(function, id=f"{module.name.rsplit('.', 1)[1]}.{name}")


_DAY = NOW.date()
_LATER = _DAY + timedelta(days=1)
CALLS = {
    "household_facts": lambda tenant, city: ((f"{tenant}-household",), {}),
    "versions_of_files": lambda tenant, city: (([f"{tenant}-household"],), {}),
    "data_sources": lambda tenant, city: ((), {}),
    "alert_by_id": lambda tenant, city: ((f"{tenant}-alert",), {}),
    "alerts_by_ids": lambda tenant, city: (([f"{tenant}-alert"],), {}),
    "group_counts": lambda tenant, city: ((), {}),
    "alert_outcomes": lambda tenant, city: ((), {"region_path": "/", "since": date.min, "until": date.max}),
    "last_alert_run": lambda tenant, city: ((), {}),
    "rule_set_by_id": lambda tenant, city: ((f"{tenant}-rules",), {}),
    "rule_sets_by_ids": lambda tenant, city: (([f"{tenant}-rules"],), {}),
    "link_review_by_id": lambda tenant, city: ((f"{tenant}-review",), {}),
    "organisation_review_by_id": lambda tenant, city: ((f"{tenant}-houses",), {}),
    "organisation_reviews_by_ids": lambda tenant, city: (([f"{tenant}-houses"],), {}),
    "link_reviews_by_ids": lambda tenant, city: (([f"{tenant}-review"],), {}),
    "plans_of_households": lambda tenant, city: (([f"{tenant}-household"],), {}),
    "service_plan_by_id": lambda tenant, city: ((f"{tenant}-service-plan",), {}),
    "service_plans_by_ids": lambda tenant, city: (([f"{tenant}-service-plan"],), {}),
    "versions_of_plans": lambda tenant, city: (([f"{tenant}-service-plan"],), {}),
    "changes_of_donations": lambda tenant, city: (([f"{tenant}-donation"],), {}),
    "compared_donations": lambda tenant, city: ((), {}),
    "donation_by_id": lambda tenant, city: ((f"{tenant}-donation",), {}),
    "donations_by_ids": lambda tenant, city: (([f"{tenant}-donation"],), {}),
    "care_in": lambda tenant, city: ((city,), {}),
    "elders_in": lambda tenant, city: ((city, frozenset(ElderGroup)), {}),
    "last_visits": lambda tenant, city: ((city,), {"events": ["HOME_VISIT"], "until": _LATER}),
    "visited_between": lambda tenant, city: (
        (city,),
        {"events": ["HOME_VISIT"], "first": _DAY, "end": _LATER},
    ),
    "region_names": lambda tenant, city: (([city],), {}),
    "stations_in": lambda tenant, city: ((city,), {}),
    "balances_of_volunteers": lambda tenant, city: (([f"{tenant}-volunteer"],), {}),
    "entries_of_records": lambda tenant, city: (([f"{tenant}-hours"],), {}),
    "hours_by_ids": lambda tenant, city: (([f"{tenant}-hours"],), {}),
    "need_columns": lambda tenant, city: (
        (),
        {"region_path": city, "since": NOW - timedelta(days=900), "until": NOW + timedelta(days=1)},
    ),
    "plan_by_id": lambda tenant, city: ((f"{tenant}-plan",), {}),
    "plans_of_day": lambda tenant, city: ((f"{tenant}-station", _DAY), {}),
    "visit_by_id": lambda tenant, city: ((f"{tenant}-visit",), {}),
    "visits_of_day": lambda tenant, city: ((f"{tenant}-station", _DAY), {}),
    "visits_of_plan": lambda tenant, city: ((f"{tenant}-plan",), {}),
    "events_of_orders": lambda tenant, city: (([f"{tenant}-order"],), {}),
    "order_by_id": lambda tenant, city: ((f"{tenant}-order",), {}),
    "orders_by_ids": lambda tenant, city: (([f"{tenant}-order"],), {}),
}
CALLS |= {
    "credentials_by_ids": lambda tenant, city: (([f"{tenant}-credential"],), {}),
    "recognition_cases_by_ids": lambda tenant, city: (([f"{tenant}-case"],), {}),
    "recognition_board": lambda tenant, city: ((), {}),
}
"""What reads take that are not asked by page or by one kind of id."""
CALLS |= {
    "overview_columns": lambda tenant, city: ((f"{tenant}-org",), {"since": NOW - timedelta(days=1)}),
    "money_of_rounds": lambda tenant, city: (([f"{tenant}-round"],), {}),
    "round_before": lambda tenant, city: ((f"{tenant}-round",), {}),
    "unmet_counts": lambda tenant, city: ((), {"round_id": f"{tenant}-round"}),
}
_WALLS = (WallChange(before=None, after=Purpose(), day=_DAY), QualifyingChange.NEWLY)
CALLS |= {
    "comparison_by_id": lambda tenant, city: ((f"{tenant}-comparison",), {}),
    "comparisons_by_ids": lambda tenant, city: (([f"{tenant}-comparison"],), {}),
    "lines_of_comparison": lambda tenant, city: ((f"{tenant}-comparison",), {}),
    "coverage_task_by_id": lambda tenant, city: ((f"{tenant}-coverage",), {}),
    "coverage_tasks_by_ids": lambda tenant, city: (([f"{tenant}-coverage"],), {}),
    "status_end_by_id": lambda tenant, city: ((f"{tenant}-end",), {}),
    "status_ends_by_ids": lambda tenant, city: (([f"{tenant}-end"],), {}),
}
CALLS["towns_of_changed_needs"] = lambda tenant, city: (_WALLS, {})
PAGED_WITH = {"page_of_changed_needs": _WALLS}
"""What reads by page take besides."""


READS = list(_reads())
_KINDS = {
    "earmark": "earmark",
    "purpose_version": "purpose",
    "programme": "programme",
    "transfer": "transfer",
    "expense": "expense",
    "charity_year": "year",
    "disclosure_pack": "pack",
    "stock": "stock",
}
"""Kinds of ids, by a part of a read's name."""


COUNTED = {"data_sources": ("records=1",)}
"""Reads that count and name nobody: what their answer says when they see anything."""


def _ids_for(function, tenant: str, city: str) -> list[str]:
    name = function.__name__
    if "region" in name:
        return [f"NBS:{city.rstrip('/').rsplit('/', 1)[1]}000000"]
    if "proposal_by" in name:
        return [f"{tenant}-{kind}" for kind in ("VOLUNTEER", "MONEY", "GOODS")]
    for part, kind in _KINDS.items():
        if part in name:
            return [f"{tenant}-{kind}"]
    for word in (
        "allocation",
        "disclosure",
        "round",
        "volunteer",
        "organisation",
        "fund",
        "station",
        "conference",
        "series",
        "need",
    ):
        if word in name:
            return [f"{tenant}-{'org' if word == 'organisation' else word}"]
    raise AssertionError(f"say what ids {name} takes")


async def _everything(tx, function, actor, tenant, city) -> str:
    """Ask a read for all it can give about a tenant, and give the answer as text."""
    parameters = inspect.signature(function).parameters
    if "after" in parameters:
        asked = {
            "round_id": f"{tenant}-round",
            "fund_id": f"{tenant}-fund",
            "run_id": f"{tenant}-comparison",
        }
        more = {name: key for name, key in asked.items() if name in parameters}
        before = PAGED_WITH.get(function.__name__, ())
        return repr(await function(tx, actor, *before, first=200, with_total=True, **more))
    if function.__name__ in CALLS:
        positional, named = CALLS[function.__name__](tenant, city)
        try:
            return repr(await function(tx, actor, *positional, **named))
        except NotFoundError:
            return ""
    ids = _ids_for(function, tenant, city)
    if parameters.keys() & {"ids", "round_ids"}:
        return repr(await function(tx, actor, ids))
    answers = []
    for one in ids:
        try:
            answers.append(await function(tx, actor, one))
        except NotFoundError:
            continue
    return repr(answers)


def _actors(tenant: str, city: str):
    for role in Role:
        yield Actor(
            id=f"{tenant}-{role.value}",
            name=role.value,
            roles=frozenset({role}),
            scope=Scope(region_paths=(city,), organisation_ids=(f"{tenant}-org",), purpose=UseOfData.SERVICE),
            participant_id=f"{tenant}-volunteer" if role is Role.VOLUNTEER else None,
        )


@pytest.mark.parametrize("function", READS)
async def test_no_read_shows_another_tenants_rows_to_any_role(store, function):
    world = World()
    _city(world, *FIRST)
    _city(world, *SECOND)
    await world.write(store)
    shown_to_own = ""
    for actor in _actors("second", OTHER_CITY):
        for tenant, city, _ in (FIRST, SECOND):
            answer = await store.read(
                lambda tx, a=actor, t=tenant, c=city: _everything(tx, function, a, t, c)
            )
            named = re.search(r"(?<!_)first(?!_)", answer)  # no field's name, as pay_first is
            assert not named, (actor.id, answer)
            assert CITY not in answer, (actor.id, answer)
            shown_to_own += answer if tenant == "second" else ""
    told = (OTHER_CITY, "second", *COUNTED.get(function.__name__, ()))
    assert any(word in shown_to_own for word in told), "the read shows nothing to anybody"


async def test_every_label_that_is_scoped_and_shown_has_a_row_in_the_test(store):
    """A label that a read module names must be in the little city above, or the test above is hollow."""
    world = World()
    _city(world, *FIRST)
    named = {
        label
        for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads.")
        if not module.name.endswith(".snapshot")
        for _, value in inspect.getmembers(importlib.import_module(module.name))
        if isinstance(value, Statement)
        for label in re.findall(r"\(\w+:(\w+)", value.text)
    }
    assert named <= set(world.rows), named - set(world.rows)
    assert named <= {node.label for node in NODE_TYPES}


def test_reads_only_read():
    for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads."):
        for name, value in inspect.getmembers(importlib.import_module(module.name)):
            if isinstance(value, Statement):
                assert value.access is Access.READ, f"{module.name}.{name}"
