"""
A few needs of a round, solved again beside everything else of its plan.

What the rest of the plan uses is written into the small problem: its visits as promises, its money and goods
as gone, its gifts under the households' ceilings. A plan of the small problem and the rest of the old plan
are together a plan of the round, so what is found here is true of the whole.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from matching.arrays import IntArray, exact_sum
from matching.fairness import fairness_of
from matching.formulation.build import Formulation, model_of
from matching.formulation.candidates import candidates_of
from matching.formulation.objective import worth_of
from matching.formulation.people import full_places
from matching.formulation.supply import supply_of
from matching.formulation.tables import instance_of
from matching.model import NANO, Model, step_costs
from matching.optimise import Solution, optimise
from matching.pinned import pinned
from matching.plan import GoodsAllocation, MoneyAllocation, Plan
from matching.policy import Policy
from matching.problem import BOOK, TABLES, Problem
from matching.scenario import Scenario, applied
from matching.solvers.bound import MOST_PRICE
from matching.solvers.search import Clock

_EVERY_ARC = 2**30
_OF_PEOPLE = ("volunteers", "volunteer_windows", "volunteer_commitments", "qualifications", "covers")
_OF_NEEDS = ("needs", "need_windows", "need_slots", "need_items")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A small problem solved: values in nanopoints, and the needs that are complete."""

    value: int
    bound: int
    complete: frozenset[str]

    @property
    def points(self) -> int:
        """Value in whole points."""
        return self.value // NANO

    @property
    def proven(self) -> bool:
        """Whether nothing better exists, to the point."""
        return self.points == self.bound // NANO


def formulate(problem: Problem, policy: Policy) -> Formulation:
    """Give the model of a problem with every arc in it."""
    instance = instance_of(problem, policy)
    found = candidates_of(instance)
    supply, _ = supply_of(instance, found.open_needs)
    places = full_places(instance, found)
    depth = np.full(len(places), _EVERY_ARC, dtype=np.int64)
    return model_of(instance, found, worth_of(instance), supply, places, depth=depth)


def solved(
    problem: Problem, policy: Policy, time_s: float, *, wanted: Collection[str] = frozenset()
) -> Solved:
    """
    Solve to the proven best, or as far as the time goes.

    ``wanted`` are needs that shall be complete if they can at all; what they earn beyond their worth is taken
    off again.
    """
    made = formulate(problem, policy)
    plain = replace(made.model, levels=None)  # one sum of points, blind to communities
    at = [need for need, key in enumerate(made.labels.needs) if key in wanted] if wanted else []
    model, more = _dearer(plain, at) if at else (plain, 0)
    solution = optimise(model, Clock.of(time_s), 0.0)
    return _solved(made, solution, more * int(solution.draft.complete[at].sum()))


def _dearer(model: Model, needs: list[int]) -> tuple[Model, int]:
    """Raise what some needs are worth as far as prices may go."""
    more = max(0, MOST_PRICE - int(model.worth.complete.max(initial=0)) - NANO)
    complete = model.worth.complete.copy()
    complete[needs] += more
    return replace(model, worth=replace(model.worth, complete=complete)), more


def _solved(made: Formulation, solution: Solution, extra: int) -> Solved:
    done = np.flatnonzero(solution.draft.complete).tolist()
    return Solved(
        value=solution.value - extra,
        bound=solution.bound,
        complete=frozenset(made.labels.needs[need] for need in done),
    )


class Beside:
    """A plan, ready for a few of its needs to be solved again."""

    def __init__(self, problem: Problem, policy: Policy, made: Formulation, plan: Plan) -> None:
        self.made, self.plan = made, plan
        self.problem, self.policy = pinned(problem, policy, made.instance, made.found.starts)
        self._by_need = {name: _rows_by(getattr(self.problem, name), "need_id") for name in _OF_NEEDS}
        self._by_person = {name: _rows_by(getattr(self.problem, name), "volunteer_id") for name in _OF_PEOPLE}
        self._visits: dict[str, list[int]] = {}
        for row, visit in enumerate(plan.assignments):
            self._visits.setdefault(visit.volunteer_id, []).append(row)
        self._facts = {
            row["need_id"]: row
            for row in self.problem.needs.select(
                "need_id", "longitude_deg", "latitude_deg", "demanding", "subject_id", "kind", "subject_kind"
            ).iter_rows(named=True)
        }

        model = made.model
        self._fairness = fairness_of(model.community, policy.weights)
        self._community = dict(zip(made.labels.needs, model.community.tolist(), strict=True))
        self._unserved = np.zeros(len(self._fairness), dtype=np.int64)
        for key, community in self._community.items():
            self._unserved[community] += key not in plan.fulfilled

        self._known_by: dict[str, list[str]] = {}
        here = pl.col("volunteer_id").is_in(self.problem.volunteers["volunteer_id"].implode())
        known = self.problem.past_visits.filter(here & (pl.col("visits") > 0))
        for person, subject in known.select("volunteer_id", "subject_id").iter_rows():
            self._known_by.setdefault(subject, []).append(person)
        self._told: dict[str, list[str]] = {}
        for need, person in self.problem.published.filter(here).select("need_id", "volunteer_id").iter_rows():
            self._told.setdefault(need, []).append(person)
        self._needs_of: dict[str, list[str]] = {}
        for key, fact in self._facts.items():
            if fact["subject_id"] is not None:
                self._needs_of.setdefault(fact["subject_id"], []).append(key)
        self._money_of: dict[str, list[MoneyAllocation]] = {}
        self._goods_of: dict[str, list[GoodsAllocation]] = {}
        self._spent, self._gone = Counter[str](), Counter[str]()
        for gift in plan.money:
            self._money_of.setdefault(gift.need_id, []).append(gift)
            self._spent[gift.book_id] += gift.amount_fen
        for gift in plan.goods:
            self._goods_of.setdefault(gift.need_id, []).append(gift)
            self._gone[gift.offer_id] += gift.quantity

    def fairness_lost(self, group: Iterable[str], met: Collection[str]) -> int:
        """Nanopoints that communities lose against the plan if of a group just those needs are met."""
        unserved = self._unserved.copy()
        for need in group:
            unserved[self._community[need]] += (need in self.plan.fulfilled) - (need in met)
        cost = [
            exact_sum(step_costs(self._fairness, 0 * each, each)[1]) for each in (self._unserved, unserved)
        ]
        return cost[1] - cost[0]

    def problem_of(self, needs: Iterable[str], people: Iterable[str]) -> Problem:
        """Give the problem of a few needs and people, everything else being as the plan has it."""
        inside = sorted(set(needs))
        # who knows a household or was told to come makes others strangers, whether they are free or not
        subjects = {self._facts[need]["subject_id"] for need in inside}
        known = (person for subject in subjects for person in self._known_by.get(subject, ()))
        told = (person for need in inside for person in self._told.get(need, ()))
        who = sorted({*people, *known, *told})
        tables: dict[str, pl.DataFrame] = {}
        for names, keys, rows_by in ((_OF_NEEDS, inside, self._by_need), (_OF_PEOPLE, who, self._by_person)):
            for name in names:
                frame: pl.DataFrame = getattr(self.problem, name)
                tables[name] = frame[[row for key in keys for row in rows_by[name].get(key, ())]]
        promised = self._promises(set(inside), who)
        if promised:
            more = pl.DataFrame(promised, schema=dict(TABLES["volunteer_commitments"]))
            tables["volunteer_commitments"] = pl.concat([tables["volunteer_commitments"], more])
        return replace(self.problem, **tables, **self._supply(set(inside)))

    def _promises(self, inside: set[str], people: list[str]) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for who in people:
            for number in self._visits.get(who, ()):
                visit = self.plan.assignments[number]
                if visit.need_id in inside:
                    continue
                fact = self._facts[visit.need_id]
                rows.append(
                    {
                        "volunteer_id": who,
                        "start_min": visit.start_min,
                        "end_min": visit.end_min,
                        "longitude_deg": fact["longitude_deg"],
                        "latitude_deg": fact["latitude_deg"],
                        "demanding": fact["demanding"],
                    }
                )
        return rows

    def _supply(self, inside: set[str]) -> dict[str, pl.DataFrame]:
        spent, gone = self._spent.copy(), self._gone.copy()
        paid: list[dict[str, object]] = []
        subjects = {self._facts[need]["subject_id"] for need in inside}
        for need in inside:
            for gift in self._money_of.get(need, ()):
                spent[gift.book_id] -= gift.amount_fen
            for gift in self._goods_of.get(need, ()):
                gone[gift.offer_id] -= gift.quantity
        kin = sorted({need for subject in subjects for need in self._needs_of.get(subject, ())} - inside)
        for need in kin:
            fact = self._facts[need]
            for gift in self._money_of.get(need, ()):
                paid.append(
                    {"subject_id": fact["subject_id"], "kind": fact["kind"], "paid_fen": gift.amount_fen}
                )
        live: list[dict[str, object]] = [
            {"need_id": need, "subject_id": self._facts[need]["subject_id"]}
            for need in kin
            if need in self.plan.fulfilled
            and self._facts[need]["kind"] == "WISH"
            and self._facts[need]["subject_kind"] == "HOUSEHOLD"
        ]
        problem = self.problem
        return {
            "funds": _less(problem.funds, BOOK, "budget_fen", spent),
            "stock": _less(problem.stock, pl.col("offer_id"), "quantity", gone),
            "subjects_paid": _more(problem.subjects_paid, "subjects_paid", paid),
            "live_wishes": _more(problem.live_wishes, "live_wishes", live),
        }

    def with_change(
        self, needs: Iterable[str], people: Iterable[str], change: Scenario
    ) -> tuple[Problem, Policy]:
        """Give the problem of a few needs with a change in it."""
        changed = self.problem_of(needs, {*people, *change.people})
        return applied(change, changed, self.policy)

    def people_of(self, needs: IntArray) -> list[str]:
        """Volunteers who could serve one of the needs, by id."""
        inside = np.zeros(len(self.made.model), dtype=np.bool_)
        inside[needs] = True
        pairs = self.made.found.pairs
        who = np.unique(pairs.volunteer[inside[pairs.need]])
        return [self.made.labels.volunteers[int(person)] for person in who.tolist()]


def _rows_by(frame: pl.DataFrame, column: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, key in enumerate(frame[column].to_list()):
        found.setdefault(key, []).append(row)
    return found


def _less(frame: pl.DataFrame, key: pl.Expr, column: str, used: Counter[str]) -> pl.DataFrame:
    if not used:
        return frame
    gone = key.replace_strict(dict(used), default=0, return_dtype=pl.Int64)
    return frame.with_columns((pl.col(column) - gone).alias(column))


def _more(frame: pl.DataFrame, table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.concat([frame, pl.DataFrame(rows, schema=dict(TABLES[table]))]) if rows else frame
