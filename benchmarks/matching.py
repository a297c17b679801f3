"""
Speed and proof of the matcher on made-up cities of the sizes S, M and L.

``python -m benchmarks.matching M --seed 1`` prints value, bound, gap, seconds and peak memory. The city is
this file's own: places around town centres on 40 x 40 km, a week's horizon, skills of unequal frequency, a
third of the needs with money from funds that hold about two thirds of what is asked, some with goods, teams
and children.
"""

import argparse
import json
import resource
import time
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from domain.people import Licence, Skill
from domain.time import epoch_minute
from matching.components import components, split
from matching.formulation.build import model_of
from matching.formulation.candidates import candidates_of
from matching.formulation.objective import worth_of
from matching.formulation.people import first_depth, full_places
from matching.formulation.supply import supply_of
from matching.formulation.tables import instance_of
from matching.policy import Policy, policy_on
from matching.problem import Problem, problem_of
from matching.solve import ARCS_A_SLOT, Limits, plan_digest, solve

SIZES = {"S": (40, 500, 10), "M": (500, 5_000, 50), "L": (5_000, 50_000, 200)}
SIZES |= {"20k": (20_000, 10_000, 200), "XL": (100_000, 30_000, 500)}
AS_OF = datetime(2026, 6, 7, 16, 0, tzinfo=UTC)  # Monday 8 June, midnight in China
DAY_MIN = 1440
TOWN_PATHS = [f"/NBS/32/3205/320582/3205821{town:02d}/" for town in range(10)]
CATEGORIES = [
    "CARE",
    "ESCORT",
    "COMPANION",
    "EDUCATION",
    "LIVING_AID",
    "DIGITAL_SAFETY",
    "DISABILITY",
    "HOUSING",
]
SITUATIONS = ["DIBAO", "TEKUN", "EDGE", "LIVING_ALONE", "EMPTY_NEST", "FAMILY_POVERTY"]
ITEMS = ["RICE", "QUILT", "RICE_COOKER", "DESK_LAMP", "WHEELCHAIR", "SCHOOL_BAG"]


def _places(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    centres = np.random.default_rng(7).uniform(-18, 18, size=(len(TOWN_PATHS), 2))
    sizes = 1 / np.arange(1, len(TOWN_PATHS) + 1)
    town = rng.choice(len(TOWN_PATHS), size=count, p=sizes / sizes.sum())
    spot = centres[town] + rng.normal(0, 2.5, size=(count, 2))
    return town, 120.55 + spot[:, 0] / 94.3, 31.87 + spot[:, 1] / 111.2


def city(needs: int, volunteers: int, funds: int, seed: int) -> Problem:
    """Make a problem of the given size."""
    rng = np.random.default_rng(seed)
    start = epoch_minute(AS_OF)
    skills = [skill.value for skill in Skill]
    frequency = rng.dirichlet(np.linspace(3, 0.5, len(skills)))
    tables = {
        **_needs(rng, needs, start, skills, frequency),
        **_volunteers(rng, volunteers, start, skills, frequency),
    }
    asked_fen = int(tables["needs"]["gap_fen"].sum())
    tables |= _supply(rng, funds, asked_fen, tables["need_items"])
    return problem_of(
        as_of_min=start, horizon_start_min=start, horizon_end_min=start + 7 * DAY_MIN, tables=tables
    )


def _needs(
    rng: np.random.Generator, count: int, start: int, skills: list[str], frequency: np.ndarray
) -> dict[str, pl.DataFrame]:
    town, lon, lat = _places(rng, count)
    rows, slots, windows, items = [], [], [], []
    for i in range(count):
        kind = rng.choice(["SERVICE", "WISH", "WORKS", "CASH"], p=[0.55, 0.25, 0.1, 0.1])
        child = bool(rng.random() < 0.12)
        people = 0 if kind in ("CASH",) else int(rng.choice([1, 2, 3], p=[0.8, 0.17, 0.03]))
        if kind == "WISH" and rng.random() < 0.5:
            people = 0
        fen = 0
        if kind == "WISH":
            fen = int(rng.integers(100, 520)) * 100 if rng.random() < 0.6 else 0
        elif kind in ("WORKS", "CASH"):
            fen = int(rng.integers(800, 12_000)) * 100
        duration = int(rng.choice([60, 90, 120, 180]))
        home = bool(rng.random() < 0.6)
        if child and home and people == 1:
            people = 2
        need_id = f"need-{i:06d}"
        rows.append(
            {
                "need_id": need_id,
                "kind": kind,
                "category": str(rng.choice(CATEGORIES)),
                "urgency_points": int(rng.choice([1, 2, 4, 8], p=[0.4, 0.3, 0.2, 0.1])),
                "region_path": TOWN_PATHS[town[i]],
                "community": TOWN_PATHS[town[i]],
                "subject_id": f"household-{int(rng.integers(0, max(1, int(count * 0.8)))):06d}",
                "subject_kind": "HOUSEHOLD",
                "situations": [str(rng.choice(SITUATIONS))],
                "longitude_deg": float(lon[i]),
                "latitude_deg": float(lat[i]),
                "duration_min": duration,
                "amount_fen": fen,
                "gap_fen": int(fen * rng.choice([1.0, 0.7])),
                "partial_allowed": False,
                "risk": str(rng.choice(["NONE", "LOW", "HIGH"], p=[0.7, 0.25, 0.05])),
                "with_child": child,
                "child_age_y": int(rng.integers(5, 16)) if child else None,
                "home_visit": home,
                "demanding": bool(rng.random() < 0.15),
                "consent_recorded": bool(rng.random() < 0.97),
                "posted_by": "worker-1",
                "verified_by": "worker-2",
                "waiting_days": int(rng.integers(0, 40)),
            }
        )
        for s in range(people):
            skill = str(rng.choice(skills, p=frequency)) if rng.random() < 0.85 else None
            licence = Licence.DRIVER.value if skill == "DRIVING" else None
            slots.append(
                {"slot_id": f"{need_id}-s{s}", "need_id": need_id, "skill": skill, "licence": licence}
            )
        if people and rng.random() < 0.8:
            begin = start + int(rng.integers(0, 7)) * DAY_MIN + int(rng.choice([540, 600, 840, 900, 1110]))
            length = duration if rng.random() < 0.6 else duration + 120
            windows.append({"need_id": need_id, "start_min": begin, "end_min": begin + length})
        if kind == "WISH" and (not fen or rng.random() < 0.2):
            items.append(
                {
                    "need_item_id": f"{need_id}-i0",
                    "need_id": need_id,
                    "item": str(rng.choice(ITEMS)),
                    "unit": "piece",
                    "quantity": int(rng.integers(1, 3)),
                }
            )
    return {
        "needs": pl.DataFrame(rows, infer_schema_length=None),
        "need_slots": pl.DataFrame(slots, infer_schema_length=None),
        "need_windows": pl.DataFrame(windows),
        "need_items": pl.DataFrame(items),
    }


def _volunteers(
    rng: np.random.Generator, count: int, start: int, skills: list[str], frequency: np.ndarray
) -> dict[str, pl.DataFrame]:
    town, lon, lat = _places(rng, count)
    epoch_day = start // DAY_MIN
    rows, windows, qualifications, covers = [], [], [], []
    for i in range(count):
        volunteer_id = f"volunteer-{i:06d}"
        held = rng.choice(skills, size=int(rng.integers(1, 4)), replace=False, p=frequency)
        rows.append(
            {
                "volunteer_id": volunteer_id,
                "region_path": TOWN_PATHS[town[i]],
                "longitude_deg": float(lon[i]),
                "latitude_deg": float(lat[i]),
                "radius_m": int(rng.choice([2000, 3000, 5000, 8000])),
                "birth_day": epoch_day - int(rng.integers(16, 76)) * 365,
                "skills": [str(s) for s in held],
                "weekly_minutes": int(rng.choice([120, 180, 240, 360])),
                "physical_limit": bool(rng.random() < 0.1),
                "guardian_consent": bool(rng.random() < 0.5),
                "declined_categories": [str(rng.choice(CATEGORIES))] if rng.random() < 0.1 else [],
                "preferred_categories": [],
                "most_visits": None,
                "active": bool(rng.random() < 0.9),
                "resident_id": None,
                "person_ids": [volunteer_id],
                "team_id": None,
            }
        )
        for day in rng.choice(7, size=int(rng.integers(1, 4)), replace=False):
            begin = start + int(day) * DAY_MIN + int(rng.choice([540, 840, 1080]))
            windows.append({"volunteer_id": volunteer_id, "start_min": begin, "end_min": begin + 180})
        if rng.random() < 0.5:
            covers.append(
                {
                    "volunteer_id": volunteer_id,
                    "from_day": epoch_day - 100,
                    "to_day": epoch_day + 200,
                    "min_age_y": 16,
                    "max_age_y": 75,
                    "region_paths": ["/NBS/32/"],
                }
            )
        for licence, share in (("DRIVER", 0.4), ("MINOR_CONTACT_CHECK", 0.25)):
            if rng.random() < share:
                end = epoch_day + int(rng.integers(-60, 400))
                qualifications.append(
                    {"volunteer_id": volunteer_id, "licence": licence, "from_day": end - 700, "to_day": end}
                )
    return {
        "volunteers": pl.DataFrame(
            rows, infer_schema_length=None, schema_overrides={"resident_id": pl.String, "team_id": pl.String}
        ),
        "volunteer_windows": pl.DataFrame(windows),
        "qualifications": pl.DataFrame(qualifications),
        "covers": pl.DataFrame(covers),
    }


def _supply(
    rng: np.random.Generator, funds: int, asked_fen: int, items: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    shares = rng.dirichlet(np.ones(funds))
    today = epoch_minute(AS_OF) // DAY_MIN
    rows = [
        {
            "fund_id": f"fund-{k:04d}",
            "organisation_id": "charity",
            "type": "SPECIAL",
            "budget_fen": int(asked_fen * 0.65 * shares[k]),
            "case_cap_fen": int(rng.choice([100_000, 300_000, 500_000])) if rng.random() < 0.5 else None,
            "categories": [str(c) for c in rng.choice(CATEGORIES, size=3, replace=False)]
            if rng.random() < 0.6
            else [],
            "situations": [str(c) for c in rng.choice(SITUATIONS, size=3, replace=False)]
            if rng.random() < 0.4
            else [],
            "region_paths": [str(rng.choice(TOWN_PATHS))] if rng.random() < 0.4 else [],
            "from_day": today - 30,
            "to_day": today + int(rng.integers(10, 700)),
        }
        for k in range(funds)
    ]
    stock = []
    for item in ITEMS:
        asked = int(items.filter(pl.col("item") == item)["quantity"].sum()) if len(items) else 0
        for part in range(3):
            stock.append(
                {
                    "offer_id": f"offer-{item}-{part}",
                    "item": item,
                    "unit": "piece",
                    "quantity": int(asked * 0.28),
                    "region_path": "/",
                    "expiry_day": None,
                    "restricted_to": None,
                    "longitude_deg": None,
                    "latitude_deg": None,
                }
            )
    return {
        "funds": pl.DataFrame(rows, infer_schema_length=None),
        "stock": pl.DataFrame(stock, infer_schema_length=None),
    }


def build(problem: Problem, policy: Policy) -> dict[str, float]:
    """Processor seconds of each phase up to the parts of the model, and what came of it."""
    seconds: dict[str, float] = {}

    def timed(phase, work, *given, **named):  # noqa: ANN002, ANN003
        begin = time.process_time()
        result = work(*given, **named)
        seconds[phase] = round(time.process_time() - begin, 2)
        return result

    instance = timed("arrays", instance_of, problem, policy)
    found = timed("candidates", candidates_of, instance)
    supply, _ = timed("supply", supply_of, instance, found.open_needs)
    places = timed("places", full_places, instance, found)
    depth = first_depth(places, ARCS_A_SLOT)
    made = timed("model", model_of, instance, found, worth_of(instance), supply, places, depth=depth)
    model = made.model
    needs = np.flatnonzero(model.in_play)
    parts = timed("components", components, model, needs, with_supply=True)
    timed("split", split, model, parts)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sizes = {"pairs": len(found.pairs), "arcs": len(model.people.arcs), "money_arcs": len(supply.money)}
    sizes |= {"people_rows": len(model.rows), "row_entries": len(model.rows.row), "components": len(parts)}
    return {**{f"cpu_{phase}": spent for phase, spent in seconds.items()}, **sizes, "peak_mb": peak_mb}


def main() -> None:
    """Run one size and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=sorted(SIZES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=300.0)
    parser.add_argument("--build", action="store_true", help="time the building of the model alone")
    parser.add_argument("--gap", type=float, default=0.001)
    arguments = parser.parse_args()
    problem = city(*SIZES[arguments.size], arguments.seed)
    policy = policy_on(date(2026, 6, 8))
    if arguments.build:
        print(json.dumps(build(problem, policy), indent=1))
        return
    begin = time.monotonic()
    plan = solve(problem, policy, limits=Limits(time_s=arguments.time, gap=arguments.gap))
    seconds = time.monotonic() - begin
    codes: dict[str, int] = {}
    for reason in plan.reasons.values():
        codes[reason.code] = codes.get(reason.code, 0) + 1
    print(
        json.dumps(
            {
                "size": arguments.size,
                "seed": arguments.seed,
                "status": plan.status.value,
                "value": plan.value,
                "bound": plan.bound,
                "gap": round(plan.gap, 6),
                "seconds": round(seconds, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "fulfilled": len(plan.fulfilled),
                "reasons": codes,
                "digest": plan_digest(plan)[:16],
                **plan.statistics,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
