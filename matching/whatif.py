"""
What if: a scenario solved beside the round as it is, and the two plans compared.

Both are solved on the same start times and audited alike. A difference that is smaller than what the two gaps
leave open is said to be unproven.
"""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import InvalidInputError
from matching.formulation.instance import CIVIL_OFFSET_MIN, MINUTES_PER_DAY
from matching.formulation.starts import starts_of
from matching.formulation.tables import instance_of
from matching.model import NANO
from matching.pinned import pinned
from matching.plan import Plan
from matching.policy import Policy
from matching.problem import Problem
from matching.scenario import ExtraGoods, ExtraVolunteers, Scenario, applied
from matching.solve import Limits, solve

_HOURS = (9, 14)  # when extra people could begin with needs that name no time
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """
    One plan in figures, by the levels of the objective.

    ``levels`` are points by the name of the level; ``urgency_points`` are those of fulfilled needs,
    ``worst_share_percent`` the smallest share of fulfilled needs in any community, ``travel_m`` metres of all
    visits.
    """

    value: int
    bound: int
    fulfilled: int
    urgency_points: int
    worst_share_percent: int
    travel_m: int
    money_fen: int
    units: int
    levels: dict[str, int]

    @property
    def gap(self) -> float:
        """(bound - value) / bound as a fraction."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    A scenario beside the base.

    Parameters
    ----------
    difference
        Points of the scenario's plan beyond the base's; None where the weights differ, so that points of the
        two mean different things.
    proven
        Whether the sign of the difference is beyond what the two gaps leave open.
    gained, lost
        Needs that only the scenario's plan fulfils, and that only the base's does.
    money
        Fen that each book gives more or (negative) less.
    """

    name: str
    base: Figures
    scenario: Figures
    difference: int | None
    proven: bool
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    money: dict[str, int]


def compared(
    problem: Problem, policy: Policy, scenario: Scenario, *, limits: Limits | None = None
) -> Comparison:
    """
    Solve a round as it is and as the scenario has it.

    Raises
    ------
    InvalidInputError
        The scenario names something that is not there.
    AuditFailedError
        One of the plans breaks a rule: a bug.
    """
    instance = instance_of(problem, policy)
    every = np.ones(len(instance.needs), dtype=np.bool_)
    days = sorted({group.day for group in scenario.volunteers})
    moments = [day * MINUTES_PER_DAY - CIVIL_OFFSET_MIN + hour * 60 for day in days for hour in _HOURS]
    same, grid = pinned(problem, policy, instance, starts_of(instance, every), also=moments)
    changed, rules = applied(scenario, same, grid)
    before = solve(same, grid, limits=limits)
    after = solve(changed, rules, limits=limits)
    comparable = grid.weights == rules.weights
    base, other = _figures(same, before), _figures(changed, after)
    difference = other.value - base.value
    open_points = (base.bound - base.value) + (other.bound - other.value)
    return Comparison(
        name=scenario.name,
        base=base,
        scenario=other,
        difference=difference if comparable else None,
        proven=comparable and abs(difference) > open_points,
        gained=tuple(sorted(after.fulfilled - before.fulfilled)),
        lost=tuple(sorted(before.fulfilled - after.fulfilled)),
        money=_moved(before, after),
    )


def _figures(problem: Problem, plan: Plan) -> Figures:
    asked, met, points = Counter[str](), Counter[str](), 0
    rows = problem.needs.select("need_id", "community", "urgency_points").iter_rows()
    for need_id, community, urgency in rows:
        asked[community] += 1
        if need_id in plan.fulfilled:
            met[community] += 1
            points += urgency
    return Figures(
        value=plan.value,
        bound=plan.bound,
        fulfilled=len(plan.fulfilled),
        urgency_points=points,
        worst_share_percent=min((100 * met[town] // count for town, count in asked.items()), default=100),
        travel_m=sum(visit.distance_m for visit in plan.assignments),
        money_fen=sum(gift.amount_fen for gift in plan.money),
        units=sum(gift.quantity for gift in plan.goods),
        levels={level.name: level.value // NANO for level in plan.levels},
    )


def _moved(before: Plan, after: Plan) -> dict[str, int]:
    moved = Counter[str]()
    for gift in after.money:
        moved[gift.book_id] += gift.amount_fen
    for gift in before.money:
        moved[gift.book_id] -= gift.amount_fen
    return {fund: amount_fen for fund, amount_fen in sorted(moved.items()) if amount_fen}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _People(_Strict):
    region_path: str
    day: date
    people: int = Field(default=1, ge=1, le=10_000)
    skills: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


class _Goods(_Strict):
    item: str
    unit: str
    quantity: int = Field(ge=1)


class _File(_Strict):
    name: str = ""
    volunteers: tuple[_People, ...] = ()
    withdrawn: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    money_fen: dict[str, int] = Field(default_factory=dict[str, int])
    new_money_fen: int = Field(default=0, ge=0)
    case_caps_fen: dict[str, int] = Field(default_factory=dict[str, int])
    goods: tuple[_Goods, ...] = ()
    radius_m: dict[str, int] = Field(default_factory=dict[str, int])
    weekly_minutes: dict[str, int] = Field(default_factory=dict[str, int])
    consent: tuple[str, ...] = ()
    policy: dict[str, int | str] = Field(default_factory=dict[str, int | str])


def scenario_of(text: str, *, file: str = "") -> Scenario:
    """
    Read a scenario from TOML; ``docs/*/how-to/what-if.md`` shows one.

    Raises
    ------
    InvalidInputError
        The file is malformed or holds something else.
    """
    try:
        read = _File.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InvalidInputError(f"the scenario does not fit: {error}", file=file) from error
    return Scenario(
        name=read.name,
        volunteers=tuple(
            ExtraVolunteers(
                region_path=group.region_path,
                day=(group.day - _EPOCH).days,
                people=group.people,
                skills=group.skills,
                licences=group.licences,
            )
            for group in read.volunteers
        ),
        withdrawn=read.withdrawn,
        without=read.without,
        money=read.money_fen,
        new_money_fen=read.new_money_fen,
        case_caps=read.case_caps_fen,
        goods=tuple(
            ExtraGoods(item=goods.item, unit=goods.unit, quantity=goods.quantity) for goods in read.goods
        ),
        radius=read.radius_m,
        hours=read.weekly_minutes,
        consent=read.consent,
        policy=read.policy,
    )
