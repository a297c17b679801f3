"""The best plan of a tiny problem by trying everything; feasibility and value are the audit's own."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from matching.audit import audit
from matching.audit_levels import plan_levels
from matching.formulation.starts import starts_of
from matching.formulation.tables import instance_of
from matching.model import NANO
from matching.plan import Assignment, MoneyAllocation, Plan
from matching.policy import Policy
from matching.problem import Problem
from matching.rules.view import Row, metres, place_of, view_of
from tests.matching.builders import plan

_FEASIBILITY = {"ARITHMETIC", "PINS"}


def _distance(need: Row, person: Row) -> int:
    known = metres(place_of(need), place_of(person))
    return person["radius_m"] if known is None else known


def _teams(
    problem: Problem, policy: Policy, need_id: str, starts: list[int]
) -> Iterator[tuple[Assignment, ...]]:
    needs = {row["need_id"]: row for row in problem.needs.iter_rows(named=True)}
    people = list(problem.volunteers.iter_rows(named=True))
    slots = [row for row in problem.need_slots.iter_rows(named=True) if row["need_id"] == need_id]
    need = needs[need_id]
    if not slots:
        yield ()
        return
    for start in starts:
        for team in product(people, repeat=len(slots)):
            if len({person["volunteer_id"] for person in team}) < len(team):
                continue
            yield tuple(
                Assignment(
                    need_id=need_id,
                    slot_id=slot["slot_id"],
                    volunteer_id=person["volunteer_id"],
                    start_min=start,
                    end_min=start + need["duration_min"],
                    distance_m=_distance(need, person),
                )
                for slot, person in zip(slots, team, strict=True)
            )


def _splits(
    books: list[tuple[str, str | None]], need_id: str, amount_fen: int
) -> Iterator[tuple[MoneyAllocation, ...]]:
    for shares in product(range(amount_fen + 1), repeat=len(books)):
        if sum(shares) == amount_fen:
            yield tuple(
                MoneyAllocation(need_id=need_id, fund_id=fund_id, earmark_id=earmark_id, amount_fen=share)
                for (fund_id, earmark_id), share in zip(books, shares, strict=True)
                if share
            )


def _feasible(problem: Problem, policy: Policy, candidate: Plan) -> bool:
    return not [breach for breach in audit(problem, policy, candidate) if breach.rule not in _FEASIBILITY]


def _plans(problem: Problem, policy: Policy) -> Iterator[Plan]:
    """All plans whose needs are each feasible alone, on the model's grid of start times."""
    instance = instance_of(problem, policy)
    starts = starts_of(instance, instance.needs.consent_recorded)
    choices: list[list[tuple[str, tuple[Assignment, ...], tuple[MoneyAllocation, ...]]]] = []
    books = list(problem.funds.select("fund_id", "earmark_id").iter_rows())
    for index, need_id in enumerate(instance.needs.ids):
        options = starts.minute[starts.first[index] : starts.first[index + 1]].tolist()
        single: list[tuple[str, tuple[Assignment, ...], tuple[MoneyAllocation, ...]]] = [("", (), ())]
        for team in _teams(problem, policy, need_id, options):
            for split in _splits(books, need_id, int(instance.needs.money_fen[index])):
                alone = plan(problem, assignments=team, money=split, fulfilled=(need_id,))
                if _feasible(problem, policy, alone):
                    single.append((need_id, team, split))
        choices.append(single)
    for picks in product(*choices):
        yield plan(
            problem,
            assignments=tuple(entry for _, team, _ in picks for entry in team),
            money=tuple(entry for _, _, split in picks for entry in split),
            fulfilled=tuple(need_id for need_id, _, _ in picks if need_id),
        )


def best_levels(problem: Problem, policy: Policy) -> tuple[int, int, int, int]:
    """Lexicographic best over all plans of needs without parts or goods."""
    best = (-1, 0, 0, 0)
    for candidate in _plans(problem, policy):
        levels = plan_levels(view_of(problem, policy, candidate))
        if levels > best and _feasible(problem, policy, replace(candidate, value=sum(levels) // NANO)):
            best = levels
    return best


def feasible_visits(problem: Problem, policy: Policy) -> Iterator[set[tuple[str, str, int]]]:
    """Slot, volunteer and start of the visits of every feasible plan."""
    for candidate in _plans(problem, policy):
        if _feasible(problem, policy, candidate):
            yield {(entry.slot_id, entry.volunteer_id, entry.start_min) for entry in candidate.assignments}
