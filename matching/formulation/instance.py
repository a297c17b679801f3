"""
A problem as arrays: what every vectorised rule and every solver reads.

Row order is id order in each table, whatever order the rows came in, so equal content gives equal arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from domain.needs import RiskLevel
from domain.purposes import BeneficiaryScope
from matching.arrays import BoolArray, FloatArray, IntArray, offsets
from matching.policy import Policy
from matching.problem import Problem

MINUTES_PER_DAY = 1440
CIVIL_OFFSET_MIN = 8 * 60  # Asia/Shanghai has had no summer time since 1991
UNKNOWN_DAY = -(10**6)
OPEN_DAY = 10**6
NO_LIMIT = 10**9
RISKS = [level.value for level in RiskLevel]
SCOPES = [scope.value for scope in BeneficiaryScope]
ANYONE = SCOPES.index(BeneficiaryScope.ANYONE)


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
    """Sort rows into :class:`Spans`; ``span_order`` gives the order they end up in."""
    order = span_order(owner, start, end)
    return Spans(
        owner=owner[order], start=start[order], end=end[order], first=offsets(owner[order], n_owners)
    )


def span_order(owner: IntArray, start: IntArray, end: IntArray) -> IntArray:
    """Order of rows by (owner, start, end)."""
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
    region: IntArray  # in ``Instance.regions``
    community: list[str]
    subject_index: IntArray  # -1: anonymous
    subject_kind: list[str]
    institution: BoolArray
    situations: list[frozenset[str]]
    situation_set: IntArray  # row of ``Walls.situations``
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
    paid_persons: Mapping[int, frozenset[str]]  # by need, where somebody is paid for it (HC-04)
    waiting_days: IntArray
    cost_class: list[str | None]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """Slots by index, sorted by (need, slot id); ``first[i]:first[i + 1]`` are those of need ``i``."""

    ids: list[str]
    need: IntArray
    skill: list[str | None]
    skill_index: IntArray  # column of ``Volunteers.able``; -1: anybody may
    licence: list[str | None]
    licence_index: IntArray  # in ``Instance.licence_codes``; -1: none asked
    first: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volunteers:
    """Volunteers by index."""

    ids: list[str]
    region_path: list[str]
    region: IntArray  # in ``Instance.regions``
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    located: BoolArray
    radius_m: IntArray
    birth_day: IntArray
    skills: list[frozenset[str]]
    able: BoolArray  # [volunteer, asked skill]
    weekly_minutes: IntArray
    physical_limit: BoolArray
    guardian_consent: BoolArray
    declines: BoolArray  # [volunteer, category]
    prefers: BoolArray  # [volunteer, category]; all of who names none
    visits_left: IntArray  # within the horizon, promised ones off
    active: BoolArray
    person_ids: list[frozenset[str]]
    posts_or_verifies: BoolArray  # some need of the round

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
    scope: IntArray  # row of ``holds``
    holds: BoolArray  # [set of regions, need]: whether the regions hold the need's place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Funds:
    """
    Books of funds by index; an id is that of :func:`domain.ledger.book_id`.

    ``case_cap_fen`` and days are widened where the table has null; money of unknown age is as old as can be.
    """

    ids: list[str]
    fund_id: list[str]
    earmark_id: list[str | None]
    type: list[str]
    organisation_id: list[str | None]
    budget_fen: IntArray
    case_cap_fen: IntArray
    categories: list[frozenset[str]]
    situations: list[frozenset[str]]
    region_paths: list[tuple[str, ...]]
    scope: IntArray  # in ``SCOPES``
    from_day: IntArray
    to_day: IntArray
    received_day: IntArray

    def named(self, book: int) -> dict[str, str | int]:
        """Give a book as statements name it."""
        earmark = self.earmark_id[book]
        return {"fund": self.fund_id[book], **({} if earmark is None else {"earmark": earmark})}

    @property
    def open_axes(self) -> IntArray:
        """How many of the five axes of a purpose bind no money of the book: none where it is most restricted."""
        axes = zip(self.categories, self.situations, self.region_paths, self.earmark_id, strict=True)
        unbound = [sum(not axis for axis in bound) for bound in axes]
        return np.array(unbound, dtype=np.int64) + (self.scope == ANYONE)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CharityYears:
    """
    What the year's limits leave charities, by index (HC-17).

    Parameters
    ----------
    missing_fen
        Still to be paid out; never below zero.
    room_fen
        Still free for costs of their own; None without a ceiling.
    of_fund
        By book the year of its charity; -1 where it has none.
    """

    organisation_id: list[str]
    missing_fen: IntArray
    room_fen: list[int | None]
    of_fund: IntArray

    def __len__(self) -> int:
        return len(self.organisation_id)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Published:
    """What people were last told, by slot; ``volunteer`` is -1 where nothing stands."""

    volunteer: IntArray
    start_min: IntArray
    pinned: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walls:
    """
    Which books are open to what: ``[category, book]``, ``[set of situations, book]``, ``[region, book]``.

    ``reached`` is by scope and need, ``SCOPES`` having the order of scopes.
    """

    categories: BoolArray
    situations: BoolArray
    regions: BoolArray
    reached: BoolArray


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
    charity_years: CharityYears
    walls: Walls
    stock: Stock
    subject_ids: list[str]
    subject_paid_fen: dict[tuple[int, str], int]  # by subject and kind of need
    subject_live_wishes: IntArray
    wish_is_live: BoolArray  # [need]
    related: dict[tuple[int, int], str]  # path by need and book
    known: BoolArray  # [subject]: somebody who may help again has been there
    known_to: IntArray  # ascending ``subject * volunteers + volunteer`` of past visits
    published: Published
    skill_codes: list[str]  # those that slots ask for
    licence_codes: list[str]  # those that slots ask for
    regions: list[str]  # paths of needs and volunteers, sorted, so that what a region holds follows it
    region_end: IntArray  # ``regions[r:region_end[r]]`` are those that region ``r`` holds

    def regions_related(self, one: IntArray, other: IntArray) -> BoolArray:
        """Whether one region holds the other, elementwise."""
        down = (one <= other) & (other < self.region_end[one])
        return down | ((other <= one) & (one < self.region_end[other]))

    def is_new_face(self, need: IntArray, volunteer: IntArray) -> BoolArray:
        """Whether a known subject would be visited by somebody else than those it knows, elementwise."""
        subject = self.needs.subject_index[need]
        key = subject * len(self.volunteers) + volunteer
        return (subject >= 0) & self.known[subject] & ~np.isin(key, self.known_to)

    @property
    def day(self) -> int:
        """Civil day of the round."""
        return (self.problem.as_of_min + CIVIL_OFFSET_MIN) // MINUTES_PER_DAY
