"""Small problems in a few words: rows with everything needed filled in, places in metres from a centre."""

from datetime import date
from typing import Any

import polars as pl

from matching.plan import Assignment, GoodsAllocation, MoneyAllocation, Plan, PlanStatus, Reason
from matching.policy import Policy, policy_on
from matching.problem import TABLES, Problem, problem_of
from matching.rules.view import PlanView, view_of

Row = dict[str, Any]

POLICY_DAY = date(2026, 6, 8)
DAY0 = (POLICY_DAY - date(1970, 1, 1)).days
MONDAY_MIN = DAY0 * 1440 - 8 * 60  # midnight in China, Monday 8 June 2026
TOWN = "/NBS/33/3301/330106/330106001/"
OTHER_TOWN = "/NBS/33/3302/330203/330203001/"
ZHANGJIAGANG = "/NBS/32/3205/320582/320582100/"
HONGKOU = "/NBS/31/3101/310109/310109001/"


def at(day: int, clock: str) -> int:
    """Epoch minute of a civil time, ``day`` 0 being Monday."""
    hours, minutes = clock.split(":")
    return MONDAY_MIN + day * 1440 + int(hours) * 60 + int(minutes)


def place(east_m: float, north_m: float = 0.0) -> Row:
    return {"longitude_deg": 120.0 + east_m / 96_300, "latitude_deg": 30.0 + north_m / 111_195}


def need(need_id: str = "n1", *, east_m: float | None = 0.0, **values: Any) -> Row:
    row: Row = {
        "need_id": need_id, "kind": "SERVICE", "category": "CARE", "urgency_points": 1, "region_path": TOWN,
        "community": TOWN, "subject_id": f"household-{need_id}", "subject_kind": "HOUSEHOLD", "situations": ["DIBAO"],
        "duration_min": 60, "amount_fen": 0, "gap_fen": values.get("amount_fen", 0), "partial_allowed": False,
        "risk": "NONE", "with_child": False, "child_age_y": None, "home_visit": False, "demanding": False,
        "consent_recorded": True, "posted_by": None, "verified_by": "verifier", "waiting_days": 0,
        "longitude_deg": None, "latitude_deg": None,
    }  # fmt: skip
    return {**row, **(place(east_m) if east_m is not None else {}), **values}


def slot(slot_id: str = "n1-a", need_id: str = "n1", **values: Any) -> Row:
    return {"slot_id": slot_id, "need_id": need_id, "skill": None, "licence": None, **values}


def window(need_id: str, day: int, start: str, end: str) -> Row:
    return {"need_id": need_id, "start_min": at(day, start), "end_min": at(day, end)}


def volunteer(volunteer_id: str = "v1", *, east_m: float | None = 100.0, **values: Any) -> Row:
    row: Row = {
        "volunteer_id": volunteer_id, "region_path": TOWN, "radius_m": 5_000, "birth_day": DAY0 - 40 * 366,
        "skills": [], "weekly_minutes": 2_000, "physical_limit": False, "guardian_consent": False,
        "declined_categories": [], "preferred_categories": [], "most_visits": None,
        "active": True, "resident_id": None, "person_ids": [volunteer_id],
        "team_id": None,
        "longitude_deg": None, "latitude_deg": None,
    }  # fmt: skip
    return {**row, **(place(east_m) if east_m is not None else {}), **values}


def free(volunteer_id: str, day: int, start: str, end: str) -> Row:
    return {"volunteer_id": volunteer_id, "start_min": at(day, start), "end_min": at(day, end)}


def commitment(
    volunteer_id: str, day: int, start: str, end: str, *, east_m: float = 0.0, **values: Any
) -> Row:
    return {**free(volunteer_id, day, start, end), **place(east_m), "demanding": False, **values}


def past(volunteer_id: str, subject_id: str, visits: int = 1) -> Row:
    return {"volunteer_id": volunteer_id, "subject_id": subject_id, "visits": visits}


def told(need_id: str, slot_id: str, volunteer_id: str, day: int, clock: str, *, pinned: bool = False) -> Row:
    return {
        "need_id": need_id, "slot_id": slot_id, "volunteer_id": volunteer_id, "start_min": at(day, clock),
        "pinned": pinned,
    }  # fmt: skip


def qualification(volunteer_id: str, licence: str, from_day: int = -100, to_day: int = 100) -> Row:
    return {
        "volunteer_id": volunteer_id, "licence": licence, "from_day": DAY0 + from_day, "to_day": DAY0 + to_day
    }  # fmt: skip


def cover(volunteer_id: str, from_day: int = -100, to_day: int = 100, **values: Any) -> Row:
    days = {"from_day": DAY0 + from_day, "to_day": DAY0 + to_day}
    return {
        "volunteer_id": volunteer_id,
        **days,
        "min_age_y": 0,
        "max_age_y": 80,
        "region_paths": [],
        **values,
    }


def fund(fund_id: str = "f1", budget_fen: int = 10_000, **values: Any) -> Row:
    row: Row = {
        "fund_id": fund_id, "organisation_id": "charity", "type": "GENERAL", "budget_fen": budget_fen,
        "case_cap_fen": None, "categories": [], "situations": [], "region_paths": [], "from_day": None, "to_day": None,
    }  # fmt: skip
    return {**row, **values}


def item(item_id: str, need_id: str = "n1", code: str = "RICE", quantity: int = 1) -> Row:
    return {"need_item_id": item_id, "need_id": need_id, "item": code, "unit": "bag", "quantity": quantity}


def stock(offer_id: str = "o1", code: str = "RICE", quantity: int = 10, **values: Any) -> Row:
    row: Row = {
        "offer_id": offer_id, "item": code, "unit": "bag", "quantity": quantity, "region_path": "/",
        "expiry_day": None, "restricted_to": None, "longitude_deg": None, "latitude_deg": None,
    }  # fmt: skip
    return {**row, **values}


def problem(days: int = 7, **tables: list[Row]) -> Problem:
    """Frames from rows; tables left out are empty."""
    frames = {
        name: pl.DataFrame(rows, schema=dict(TABLES[name]))
        if rows
        else pl.DataFrame(schema=dict(TABLES[name]))
        for name, rows in tables.items()
    }
    return problem_of(
        as_of_min=MONDAY_MIN,
        horizon_start_min=MONDAY_MIN,
        horizon_end_min=MONDAY_MIN + days * 1440,
        tables=frames,
    )


def policy() -> Policy:
    return policy_on(POLICY_DAY)


def visit(
    need_id: str = "n1", slot_id: str = "n1-a", volunteer_id: str = "v1", *, day: int = 0, start: str = "09:00",
    minutes: int = 60, distance_m: int = 100,
) -> Assignment:  # fmt: skip
    begin = at(day, start)
    return Assignment(
        need_id=need_id, slot_id=slot_id, volunteer_id=volunteer_id, start_min=begin, end_min=begin + minutes,
        distance_m=distance_m,
    )  # fmt: skip


def charity_year(organisation_id: str = "charity", **values: Any) -> Row:
    row: Row = {
        "organisation_id": organisation_id, "year": 2026, "payout_floor_fen": None, "paid_fen": 0,
        "management_ceiling_fen": None, "management_fen": 0,
    }  # fmt: skip
    return {**row, **values}


def money(need_id: str = "n1", fund_id: str = "f1", amount_fen: int = 100, **values: Any) -> MoneyAllocation:
    return MoneyAllocation(need_id=need_id, fund_id=fund_id, amount_fen=amount_fen, **values)


def goods(
    item_id: str = "i1", need_id: str = "n1", offer_id: str = "o1", quantity: int = 1
) -> GoodsAllocation:
    return GoodsAllocation(need_id=need_id, need_item_id=item_id, offer_id=offer_id, quantity=quantity)


def plan(
    of: Problem, *, assignments: tuple[Assignment, ...] = (), money: tuple[MoneyAllocation, ...] = (),
    goods: tuple[GoodsAllocation, ...] = (), fulfilled: tuple[str, ...] = (), value: int = 0, bound: int = 2**60,
) -> Plan:  # fmt: skip
    """A plan written by hand, to be audited."""
    return Plan(
        problem_digest=of.digest,
        policy_id=policy().id,
        seed=0,
        status=PlanStatus.STOPPED,
        assignments=assignments,
        money=money,
        goods=goods,
        fulfilled=frozenset(fulfilled),
        value=value,
        bound=bound,
        reasons={need_id: Reason(code="MATCHED") for need_id in of.needs["need_id"].to_list()},
    )


def view(of: Problem, **values: Any) -> PlanView:
    return view_of(of, policy(), plan(of, **values))
