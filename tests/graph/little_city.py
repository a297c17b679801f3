"""A little city of one tenant: something of everything that reads may show, named after the tenant."""

from datetime import timedelta

from tests.builders import CITY, NOW, OTHER_CITY, OTHER_TOWN, TOWN, World
from tests.graph.alerted import people_at_risk
from tests.graph.charities import money_on_its_way, what_charities_hold
from tests.graph.recognised import recognised

FIRST, SECOND = ("first", CITY, TOWN), ("second", OTHER_CITY, OTHER_TOWN)


def little_city(world: World, name: str, city: str, town: str) -> None:
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
    recognised(world, name, town)


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
