"""Rounds of held cases: rows of published tables laid out as a snapshot of the graph lays them out."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from domain.time import epoch_minute
from matching.audit import audit
from matching.plan import Plan
from matching.policy import Policy, policy_on
from matching.problem import TABLES, Problem, problem_of
from matching.solve import Limits, solve

ANYWHERE = "/"
"""Path of what lies in no Chinese division: every scope and every fund without places covers it."""

POLICY_DAY = date(2020, 1, 31)
"""All cases are planned under one policy: older decisions were made under no rule of ours."""

_NEED: Mapping[str, Any] = {
    "kind": "GOODS",
    "category": "OTHER",
    "urgency_points": 4,
    "region_path": ANYWHERE,
    "community": ANYWHERE,
    "subject_id": None,
    "subject_kind": "INSTITUTION",
    "situations": [],
    "longitude_deg": None,
    "latitude_deg": None,
    "duration_min": 0,
    "amount_fen": 0,
    "gap_fen": 0,
    "partial_allowed": True,
    "risk": "NONE",
    "with_child": False,
    "child_age_y": None,
    "home_visit": False,
    "demanding": False,
    "consent_recorded": True,
    "posted_by": None,
    "verified_by": None,
    "waiting_days": 0,
}
_STOCK: Mapping[str, Any] = {
    "region_path": ANYWHERE,
    "expiry_day": None,
    "restricted_to": None,
    "longitude_deg": None,
    "latitude_deg": None,
}
_FUND: Mapping[str, Any] = {
    "type": "GENERAL",
    "case_cap_fen": None,
    "categories": [],
    "situations": [],
    "region_paths": [],
    "from_day": None,
    "to_day": None,
}


def round_on(day: date, **rows: Iterable[Mapping[str, Any]]) -> Problem:
    """Give the round of one day; what a row of needs, stock or funds does not say is open."""
    said = {"needs": _NEED, "stock": _STOCK, "funds": _FUND}
    start = epoch_minute(datetime.combine(day, time(), UTC))
    return problem_of(
        as_of_min=start,
        horizon_start_min=start,
        horizon_end_min=start + 24 * 60,
        tables={
            name: pl.DataFrame(
                [{**said.get(name, {}), **row} for row in table],
                schema_overrides=dict(TABLES[name]),
                infer_schema_length=None,
            )
            for name, table in ((name, list(table)) for name, table in rows.items())
            if table
        },
    )


def planned(problem: Problem, seconds: float = 3600.0) -> tuple[Plan, int]:
    """Solve a round to its gap, whatever the clock says, and count what the independent audit finds."""
    policy: Policy = policy_on(POLICY_DAY)
    plan = solve(problem, policy, limits=Limits(time_s=seconds, gap=0.001))
    return plan, len(audit(problem, policy, plan))
