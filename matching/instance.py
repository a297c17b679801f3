"""
A problem as arrays: what every vectorised rule and every solver reads.

Row order is id order in each table, whatever order the rows came in, so equal content gives equal arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from domain.errors import InvalidInputError
from domain.needs import RiskLevel
from matching.arrays import BoolArray, FloatArray, IntArray, offsets
from matching.policy import Policy
from matching.problem import Problem

MINUTES_PER_DAY = 1440
CIVIL_OFFSET_MIN = 8 * 60  # Asia/Shanghai has had no summer time since 1991
UNKNOWN_DAY = -(10**6)
OPEN_DAY = 10**6
RISKS = [level.value for level in RiskLevel]


def civil_day(minute: IntArray) -> IntArray:
    """Civil day (days since 1970-01-01 in China) of epoch minutes."""
    return (minute + CIVIL_OFFSET_MIN) // MINUTES_PER_DAY


def civil_week(day: IntArray) -> IntArray:
    """Weeks that begin on Monday; 1970-01-01 was a Thursday."""
    return (day + 3) // 7


def age_y(birth_day: IntArray, day: IntArray) -> IntArray:
    """Completed years of age on a civil day; an unknown birth day gives -1."""
    birth = birth_day.astype("datetime64[D]")
    on = day.astype("datetime64[D]")
    months_b, months_o = birth.astype("datetime64[M]"), on.astype("datetime64[M]")
    month_b, month_o = months_b.astype(np.int64), months_o.astype(np.int64)
    later_in_month = (on - months_o).astype(np.int64) < (birth - months_b).astype(np.int64)
    before = (month_o % 12 < month_b % 12) | ((month_o % 12 == month_b % 12) & later_in_month)
    years = month_o // 12 - month_b // 12 - before
    return np.where(birth_day == UNKNOWN_DAY, -1, years).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spans:
    """
    Half-open spans of owners, sorted by (owner, start): ``start[k] <= t < end[k]``.

    ``first[o]:first[o + 1]`` are the rows of owner ``o``.
    """

    owner: IntArray
    start: IntArray
    end: IntArray
    first: IntArray

    @property
    def most(self) -> int:
        """Largest number of spans one owner has."""
        return int(np.diff(self.first).max(initial=0))

    def cover(self, owner: IntArray, start: IntArray, end: IntArray) -> BoolArray:
        """Whether one span of the owner holds all of ``[start, end)``, elementwise."""
        held = np.zeros(len(owner), dtype=np.bool_)
        for nth in range(self.most):
            row, there = self.nth(owner, nth)
            held |= there & (self.start[row] <= start) & (end <= self.end[row])
        return held

    def nth(self, owner: IntArray, nth: int) -> tuple[IntArray, BoolArray]:
        """Row of each owner's nth span (0 where there is none), and whether there is one."""
        row = self.first[owner] + nth
        there = row < self.first[owner + 1]
        return np.where(there, row, 0), there


def spans_of(owner: IntArray, start: IntArray, end: IntArray, n_owners: int) -> Spans:
    """Sort rows into :class:`Spans`; ``_order`` gives the order they end up in."""
    order = _order(owner, start, end)
    return Spans(
        owner=owner[order], start=start[order], end=end[order], first=offsets(owner[order], n_owners)
    )


def _order(owner: IntArray, start: IntArray, end: IntArray) -> IntArray:
    return np.lexsort((end, start, owner)).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Needs:
    """Needs by index; see ``problem.TABLES`` for units. ``money_fen`` is what charity must pay (HC-20)."""

    ids: list[str]
    kind: list[str]
    category: list[str]
    category_index: IntArray
    urgency_points: IntArray
    region_path: list[str]
    subject_index: IntArray  # -1: anonymous
    subject_kind: list[str]
    situations: list[frozenset[str]]
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    located: BoolArray
    duration_min: IntArray
    money_fen: IntArray
    partial_allowed: BoolArray
    risk_level: IntArray
    with_child: BoolArray
    child_age_y: IntArray  # -1: unknown
    home_visit: BoolArray
    demanding: BoolArray
    consent_recorded: BoolArray
    posted_by: list[str | None]
    verified_by: list[str | None]
    waiting_days: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """Slots by index, sorted by (need, slot id); ``first[i]:first[i + 1]`` are those of need ``i``."""

    ids: list[str]
    need: IntArray
    skill: list[str | None]
    licence: list[str | None]
    first: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volunteers:
    """Volunteers by index."""

    ids: list[str]
    region_path: list[str]
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    located: BoolArray
    radius_m: IntArray
    birth_day: IntArray
    skills: list[frozenset[str]]
    weekly_minutes: IntArray
    physical_limit: BoolArray
    guardian_consent: BoolArray
    declines: BoolArray  # [volunteer, category]
    active: BoolArray
    resident_id: list[str | None]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Commitments:
    """Promised visits, in the row order of ``spans``."""

    spans: Spans
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    located: BoolArray
    demanding: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covers:
    """Insurance, in the row order of ``spans`` (civil days)."""

    spans: Spans
    min_age_y: IntArray
    max_age_y: IntArray
    region_paths: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Funds:
    """Funds by index. ``case_cap_fen`` and days are widened where the table has null."""

    ids: list[str]
    budget_fen: IntArray
    case_cap_fen: IntArray
    categories: list[frozenset[str]]
    situations: list[frozenset[str]]
    region_paths: list[tuple[str, ...]]
    from_day: IntArray
    to_day: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Asked items by index, sorted by (need, item id)."""

    ids: list[str]
    need: IntArray
    item: list[str]
    unit: list[str]
    quantity: IntArray
    first: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stock:
    """Stock lines by index."""

    ids: list[str]
    item: list[str]
    unit: list[str]
    quantity: IntArray
    expiry_day: IntArray
    restricted_to: list[str | None]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """All arrays of one problem under one policy."""

    problem: Problem
    policy: Policy
    earliest_min: int
    horizon_end_min: int
    needs: Needs
    slots: Slots
    items: Items
    need_windows: Spans
    volunteers: Volunteers
    free: Spans
    commitments: Commitments
    licences: dict[str, Spans]
    covers: Covers
    funds: Funds
    stock: Stock
    subject_ids: list[str]
    subject_paid_fen: IntArray
    related: frozenset[tuple[int, int]]  # (need, fund)
    category_codes: list[str] = field(default_factory=list[str])

    @property
    def day(self) -> int:
        """Civil day of the round."""
        return (self.problem.as_of_min + CIVIL_OFFSET_MIN) // MINUTES_PER_DAY


def _ints(frame: pl.DataFrame, column: str, null: int = 0) -> IntArray:
    return frame[column].fill_null(null).to_numpy().astype(np.int64)


def _bools(frame: pl.DataFrame, column: str) -> BoolArray:
    return frame[column].fill_null(value=False).to_numpy().astype(np.bool_)


def _floats(frame: pl.DataFrame, column: str) -> FloatArray:
    return frame[column].fill_null(0.0).fill_nan(0.0).to_numpy().astype(np.float64)


def _located(frame: pl.DataFrame) -> BoolArray:
    known = frame["longitude_deg"].is_not_null() & frame["latitude_deg"].is_not_null()
    return known.to_numpy().astype(np.bool_)


def _texts(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].fill_null("").to_list()


def _sets(frame: pl.DataFrame, column: str) -> list[frozenset[str]]:
    return [frozenset(values or ()) for values in frame[column].to_list()]


def _positions(frame: pl.DataFrame, column: str, ids: Sequence[str], table: str) -> IntArray:
    place = {key: index for index, key in enumerate(ids)}
    try:
        return np.array([place[key] for key in frame[column].to_list()], dtype=np.int64)
    except KeyError as error:
        raise InvalidInputError(
            f"table {table}: {column} {error} is not in the problem", table=table
        ) from error


def _keyed(frame: pl.DataFrame, column: str, table: str) -> pl.DataFrame:
    if frame[column].null_count() or frame[column].n_unique() != len(frame):
        raise InvalidInputError(f"table {table} repeats or lacks a {column}", table=table)
    return frame.sort(column)


def _needs(problem: Problem, subject_ids: list[str]) -> tuple[Needs, list[str]]:
    frame = _keyed(problem.needs, "need_id", "needs")
    categories = sorted(set(_texts(frame, "category")))
    subject_at = {key: index for index, key in enumerate(subject_ids)}
    category_at = {key: index for index, key in enumerate(categories)}
    asked, gap = _ints(frame, "amount_fen"), _ints(frame, "gap_fen")
    risk = [RISKS.index(code) if code in RISKS else len(RISKS) - 1 for code in _texts(frame, "risk")]
    return Needs(
        ids=_texts(frame, "need_id"),
        kind=_texts(frame, "kind"),
        category=_texts(frame, "category"),
        category_index=np.array([category_at[code] for code in _texts(frame, "category")], dtype=np.int64),
        urgency_points=_ints(frame, "urgency_points"),
        region_path=_texts(frame, "region_path"),
        subject_index=np.array(
            [subject_at.get(key, -1) for key in frame["subject_id"].to_list()], dtype=np.int64
        ),
        subject_kind=_texts(frame, "subject_kind"),
        situations=_sets(frame, "situations"),
        longitude_deg=_floats(frame, "longitude_deg"),
        latitude_deg=_floats(frame, "latitude_deg"),
        located=_located(frame),
        duration_min=_ints(frame, "duration_min"),
        money_fen=np.clip(np.minimum(asked, gap), 0, None),
        partial_allowed=_bools(frame, "partial_allowed"),
        risk_level=np.array(risk, dtype=np.int64),
        with_child=_bools(frame, "with_child"),
        child_age_y=_ints(frame, "child_age_y", -1),
        home_visit=_bools(frame, "home_visit"),
        demanding=_bools(frame, "demanding"),
        consent_recorded=_bools(frame, "consent_recorded"),
        posted_by=frame["posted_by"].to_list(),
        verified_by=frame["verified_by"].to_list(),
        waiting_days=_ints(frame, "waiting_days"),
    ), categories


def _volunteers(problem: Problem, categories: list[str]) -> Volunteers:
    frame = _keyed(problem.volunteers, "volunteer_id", "volunteers")
    declined = _sets(frame, "declined_categories")
    declines = np.zeros((len(frame), len(categories)), dtype=np.bool_)
    for index, codes in enumerate(declined):
        for code in codes:
            if code in categories:
                declines[index, categories.index(code)] = True
    return Volunteers(
        ids=_texts(frame, "volunteer_id"),
        region_path=_texts(frame, "region_path"),
        longitude_deg=_floats(frame, "longitude_deg"),
        latitude_deg=_floats(frame, "latitude_deg"),
        located=_located(frame),
        radius_m=_ints(frame, "radius_m"),
        birth_day=_ints(frame, "birth_day", UNKNOWN_DAY),
        skills=_sets(frame, "skills"),
        weekly_minutes=_ints(frame, "weekly_minutes"),
        physical_limit=_bools(frame, "physical_limit"),
        guardian_consent=_bools(frame, "guardian_consent"),
        declines=declines,
        active=_bools(frame, "active"),
        resident_id=frame["resident_id"].to_list(),
    )


def _spans(frame: pl.DataFrame, column: str, ids: Sequence[str], table: str) -> Spans:
    owner = _positions(frame, column, ids, table)
    return spans_of(owner, _ints(frame, "start_min"), _ints(frame, "end_min"), len(ids))


def _merged(spans: Spans, n_owners: int) -> Spans:
    """Join spans of one owner that touch, so that a visit may run across the seam."""
    if not len(spans.owner):
        return spans
    reach = spans.end.copy()
    for row in range(1, len(reach)):
        if spans.owner[row] == spans.owner[row - 1]:
            reach[row] = max(reach[row], reach[row - 1])
    begins = np.ones(len(reach), dtype=np.bool_)
    begins[1:] = (spans.owner[1:] != spans.owner[:-1]) | (spans.start[1:] > reach[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(reach)) - 1
    return spans_of(spans.owner[first], spans.start[first], reach[last], n_owners)


def _commitments(problem: Problem, ids: Sequence[str]) -> Commitments:
    frame = problem.volunteer_commitments.sort(
        "volunteer_id", "start_min", "end_min", "longitude_deg", "latitude_deg"
    )
    owner = _positions(frame, "volunteer_id", ids, "volunteer_commitments")
    start, end = _ints(frame, "start_min"), _ints(frame, "end_min")
    order = _order(owner, start, end)
    return Commitments(
        spans=spans_of(owner, start, end, len(ids)),
        longitude_deg=_floats(frame, "longitude_deg")[order],
        latitude_deg=_floats(frame, "latitude_deg")[order],
        located=_located(frame)[order],
        demanding=_bools(frame, "demanding")[order],
    )


def _licences(problem: Problem, ids: Sequence[str]) -> dict[str, Spans]:
    held: dict[str, Spans] = {}
    for (code,), frame in problem.qualifications.group_by(["licence"], maintain_order=True):
        owner = _positions(frame, "volunteer_id", ids, "qualifications")
        from_day, to_day = _ints(frame, "from_day", -OPEN_DAY), _ints(frame, "to_day", OPEN_DAY)
        held[str(code)] = spans_of(owner, from_day, to_day, len(ids))
    return held


def _covers(problem: Problem, ids: Sequence[str]) -> Covers:
    frame = problem.covers.sort("volunteer_id", "from_day", "to_day", "min_age_y", "max_age_y")
    owner = _positions(frame, "volunteer_id", ids, "covers")
    start, end = _ints(frame, "from_day", -OPEN_DAY), _ints(frame, "to_day", OPEN_DAY)
    order = _order(owner, start, end)
    paths = [tuple(sorted(entry or ())) for entry in frame["region_paths"].to_list()]
    return Covers(
        spans=spans_of(owner, start, end, len(ids)),
        min_age_y=_ints(frame, "min_age_y")[order],
        max_age_y=_ints(frame, "max_age_y", 200)[order],
        region_paths=[paths[row] for row in order.tolist()],
    )


def _slots(problem: Problem, need_ids: Sequence[str]) -> Slots:
    frame = _keyed(problem.need_slots, "slot_id", "need_slots").sort("need_id", "slot_id")
    need = _positions(frame, "need_id", need_ids, "need_slots")
    return Slots(
        ids=_texts(frame, "slot_id"),
        need=need,
        skill=frame["skill"].to_list(),
        licence=frame["licence"].to_list(),
        first=offsets(need, len(need_ids)),
    )


def _items(problem: Problem, need_ids: Sequence[str]) -> Items:
    frame = _keyed(problem.need_items, "need_item_id", "need_items").sort("need_id", "need_item_id")
    need = _positions(frame, "need_id", need_ids, "need_items")
    return Items(
        ids=_texts(frame, "need_item_id"),
        need=need,
        item=_texts(frame, "item"),
        unit=_texts(frame, "unit"),
        quantity=_ints(frame, "quantity"),
        first=offsets(need, len(need_ids)),
    )


def _funds(problem: Problem) -> Funds:
    frame = _keyed(problem.funds, "fund_id", "funds")
    return Funds(
        ids=_texts(frame, "fund_id"),
        budget_fen=np.clip(_ints(frame, "budget_fen"), 0, None),
        case_cap_fen=_ints(frame, "case_cap_fen", 2**62),
        categories=_sets(frame, "categories"),
        situations=_sets(frame, "situations"),
        region_paths=[tuple(sorted(paths or ())) for paths in frame["region_paths"].to_list()],
        from_day=_ints(frame, "from_day", -OPEN_DAY),
        to_day=_ints(frame, "to_day", OPEN_DAY),
    )


def _stock(problem: Problem) -> Stock:
    frame = _keyed(problem.stock, "offer_id", "stock")
    return Stock(
        ids=_texts(frame, "offer_id"),
        item=_texts(frame, "item"),
        unit=_texts(frame, "unit"),
        quantity=np.clip(_ints(frame, "quantity"), 0, None),
        expiry_day=_ints(frame, "expiry_day", OPEN_DAY),
        restricted_to=frame["restricted_to"].to_list(),
    )


def instance_of(problem: Problem, policy: Policy) -> Instance:
    """
    Turn a problem into arrays.

    Raises
    ------
    InvalidInputError
        A table repeats a key or names an id that the problem does not hold.
    """
    subject_ids = sorted({key for key in problem.needs["subject_id"].to_list() if key is not None})
    subject_at = {key: index for index, key in enumerate(subject_ids)}
    needs, categories = _needs(problem, subject_ids)
    volunteers = _volunteers(problem, categories)
    funds = _funds(problem)
    paid = np.zeros(len(subject_ids), dtype=np.int64)
    for key, amount_fen in problem.subjects_paid.iter_rows():
        if key in subject_at:
            paid[subject_at[key]] += amount_fen
    need_at = {key: index for index, key in enumerate(needs.ids)}
    fund_at = {key: index for index, key in enumerate(funds.ids)}
    return Instance(
        problem=problem,
        policy=policy,
        earliest_min=max(problem.as_of_min, problem.horizon_start_min),
        horizon_end_min=problem.horizon_end_min,
        needs=needs,
        slots=_slots(problem, needs.ids),
        items=_items(problem, needs.ids),
        need_windows=_spans(problem.need_windows, "need_id", needs.ids, "need_windows"),
        volunteers=volunteers,
        free=_merged(
            _spans(problem.volunteer_windows, "volunteer_id", volunteers.ids, "volunteer_windows"),
            len(volunteers),
        ),
        commitments=_commitments(problem, volunteers.ids),
        licences=_licences(problem, volunteers.ids),
        covers=_covers(problem, volunteers.ids),
        funds=funds,
        stock=_stock(problem),
        subject_ids=subject_ids,
        subject_paid_fen=paid,
        related=frozenset(
            (need_at[need], fund_at[fund])
            for fund, need in problem.related_parties.select("fund_id", "need_id").iter_rows()
            if need in need_at and fund in fund_at
        ),
        category_codes=categories,
    )
