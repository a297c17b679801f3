"""
A finished plan beside the rows it speaks of: what every audit side reads.

Plain dictionaries made straight from the problem's tables; no array of the model enters.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from domain.costs import CostClass
from domain.ledger import book_id
from domain.people import age_on
from matching.plan import Assignment, Plan
from matching.policy import Policy
from matching.problem import Problem

Row = dict[str, Any]

_EPOCH = date(1970, 1, 1)
_CIVIL_OFFSET_MIN = 8 * 60
_EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One breach: the rule, what it concerns and the figures that show it."""

    rule: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """A visit of a volunteer, promised before (``planned`` false) or part of the plan."""

    start_min: int
    end_min: int
    place: tuple[float, float] | None
    demanding: bool
    planned: bool
    need_id: str | None

    @property
    def minutes(self) -> int:
        """Length."""
        return self.end_min - self.start_min

    @property
    def day(self) -> int:
        """Civil day on which it begins; a visit counts on that day and its week."""
        return day_of(self.start_min)


def day_of(minute: int) -> int:
    """Civil day of an epoch minute."""
    return (minute + _CIVIL_OFFSET_MIN) // 1440


def calendar(day: int) -> date:
    """Date of a civil day."""
    return _EPOCH + timedelta(days=day)


def place_of(row: Row) -> tuple[float, float] | None:
    """Degrees east and north, or None where unknown."""
    if row["longitude_deg"] is None or row["latitude_deg"] is None:
        return None
    return float(row["longitude_deg"]), float(row["latitude_deg"])


def metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> int | None:
    """Equirectangular distance rounded half up, None where a place is unknown."""
    if one is None or other is None:
        return None
    across = math.radians(one[0] - other[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    along = math.radians(one[1] - other[1])
    return math.floor(_EARTH_RADIUS_M * math.hypot(across, along) + 0.5)


def related_paths(one: str, other: str) -> bool:
    """Whether one region holds the other."""
    return one.startswith(other) or other.startswith(one)


def _grouped(frame: pl.DataFrame, column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        groups[row[column]].append(row)
    return dict(groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan with its rows by id. Build it with :func:`view_of`."""

    problem: Problem
    policy: Policy
    plan: Plan
    needs: dict[str, Row]
    slots: dict[str, Row]
    items: dict[str, Row]
    volunteers: dict[str, Row]
    funds: dict[str, Row]  # by book
    stock: dict[str, Row]
    slots_of: dict[str, list[Row]]
    items_of: dict[str, list[Row]]
    need_windows: dict[str, list[Row]]
    free: dict[str, list[Row]]
    commitments: dict[str, list[Row]]
    qualifications: dict[str, list[Row]]
    covers: dict[str, list[Row]]
    paid_fen: dict[tuple[str, str], int]  # by subject and kind of need
    live_wishes: dict[str, frozenset[str]]
    paid_persons: dict[str, frozenset[str]]
    related: dict[tuple[str, str], str]  # path by fund and need
    donor_ties: dict[tuple[str, str], str]  # the same of who gave
    charity_years: dict[str, Row]
    team_of: dict[str, list[Assignment]] = field(default_factory=dict[str, list[Assignment]])

    @property
    def day(self) -> int:
        """Civil day of the round."""
        return day_of(self.problem.as_of_min)

    def age(self, volunteer_id: str, day: int) -> int:
        """Completed years on a civil day; -1 where the birthday is unknown."""
        birth_day = self.volunteers[volunteer_id]["birth_day"]
        return -1 if birth_day is None else age_on(calendar(birth_day), calendar(day))

    def visits(self) -> Iterator[tuple[Assignment, Row, Row, Row]]:
        """Each assignment with its need, slot and volunteer."""
        for entry in self.plan.assignments:
            yield (
                entry,
                self.needs[entry.need_id],
                self.slots[entry.slot_id],
                self.volunteers[entry.volunteer_id],
            )

    def engagements(self) -> dict[str, list[Engagement]]:
        """All visits of the volunteers in the plan, promised and planned, in time order."""
        held: dict[str, list[Engagement]] = defaultdict(list)
        for entry, need, _slot, _volunteer in self.visits():
            held[entry.volunteer_id].append(
                Engagement(
                    start_min=entry.start_min,
                    end_min=entry.end_min,
                    place=place_of(need),
                    demanding=bool(need["demanding"]),
                    planned=True,
                    need_id=entry.need_id,
                )
            )
        for volunteer_id, engagements in held.items():
            engagements.extend(
                Engagement(
                    start_min=row["start_min"],
                    end_min=row["end_min"],
                    place=place_of(row),
                    demanding=bool(row["demanding"]),
                    planned=False,
                    need_id=None,
                )
                for row in self.commitments.get(volunteer_id, ())
            )
            engagements.sort(key=lambda visit: (visit.start_min, visit.end_min))
        return dict(held)

    def touched(self) -> set[str]:
        """Needs to which the plan gives anything."""
        return {
            *self.plan.fulfilled,
            *self.team_of,
            *(entry.need_id for entry in self.plan.money),
            *(entry.need_id for entry in self.plan.goods),
        }

    def received_fen(self) -> dict[str, int]:
        """Planned charity money by need."""
        sums: dict[str, int] = defaultdict(int)
        for entry in self.plan.money:
            sums[entry.need_id] += entry.amount_fen
        return dict(sums)

    def paid_out_fen(self, organisation_id: str) -> int:
        """Planned money of a charity that counts towards its floor: all but what it would spend on itself."""
        return sum(
            entry.amount_fen
            for entry in self.plan.money
            if self.funds[entry.book_id]["organisation_id"] == organisation_id
            and self.needs[entry.need_id]["cost_class"] != CostClass.MANAGEMENT
        )

    def received_units(self) -> dict[str, int]:
        """Planned units by asked item."""
        sums: dict[str, int] = defaultdict(int)
        for entry in self.plan.goods:
            sums[entry.need_item_id] += entry.quantity
        return dict(sums)


def view_of(problem: Problem, policy: Policy, plan: Plan) -> PlanView:
    """Look up the rows of a plan; only volunteers that it names are read."""
    named = sorted({entry.volunteer_id for entry in plan.assignments})

    def of_named(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("volunteer_id").is_in(named))

    def by_id(frame: pl.DataFrame, column: str) -> dict[str, Row]:
        return {row[column]: row for row in frame.iter_rows(named=True)}

    team_of: dict[str, list[Assignment]] = defaultdict(list)
    for entry in plan.assignments:
        team_of[entry.need_id].append(entry)
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for row in problem.subjects_paid.iter_rows(named=True):
        paid[row["subject_id"], row["kind"]] += row["paid_fen"]
    live: dict[str, set[str]] = defaultdict(set)
    for row in problem.live_wishes.iter_rows(named=True):
        live[row["subject_id"]].add(row["need_id"])
    payroll: dict[str, set[str]] = defaultdict(set)
    for need_id, person_id in problem.paid_work.iter_rows():
        payroll[need_id].add(person_id)
    return PlanView(
        problem=problem,
        policy=policy,
        plan=plan,
        needs=by_id(problem.needs, "need_id"),
        slots=by_id(problem.need_slots, "slot_id"),
        items=by_id(problem.need_items, "need_item_id"),
        volunteers=by_id(of_named(problem.volunteers), "volunteer_id"),
        funds={
            book_id(row["fund_id"], row["earmark_id"]): row for row in problem.funds.iter_rows(named=True)
        },
        stock=by_id(problem.stock, "offer_id"),
        slots_of=_grouped(problem.need_slots, "need_id"),
        items_of=_grouped(problem.need_items, "need_id"),
        need_windows=_grouped(problem.need_windows, "need_id"),
        free=_grouped(of_named(problem.volunteer_windows), "volunteer_id"),
        commitments=_grouped(of_named(problem.volunteer_commitments), "volunteer_id"),
        qualifications=_grouped(of_named(problem.qualifications), "volunteer_id"),
        covers=_grouped(of_named(problem.covers), "volunteer_id"),
        paid_fen=dict(paid),
        live_wishes={subject_id: frozenset(wishes) for subject_id, wishes in live.items()},
        paid_persons={need_id: frozenset(persons) for need_id, persons in payroll.items()},
        related={
            (row["fund_id"], row["need_id"]): row["path"]
            for row in problem.related_parties.iter_rows(named=True)
        },
        donor_ties={
            (row["fund_id"], row["need_id"]): row["path"] for row in problem.donor_ties.iter_rows(named=True)
        },
        charity_years=by_id(problem.charity_years, "organisation_id"),
        team_of=dict(team_of),
    )
