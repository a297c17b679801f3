"""Spread who is due over the days and visitors of a week: a cheapest flow, exact in integers."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.solvers.routing.spreading import cheapest_spread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Week:
    """
    Who is to be visited, and who may go on which day.

    Parameters
    ----------
    due_in
        (visits,) days from the first of the week until the visit is owed; negative is overdue.
    room
        (days, visitors) visits that a visitor can make on a day.
    may
        (visits, visitors) whether the visitor has what the visit asks.
    usual
        (visits,) visitor whom the elder knows, -1 for none.
    late, early, new_face, skip
        Points: a day after it is due, a day before, an unknown face; (visits,) not being visited this week.
    """

    due_in: IntArray
    room: IntArray
    may: BoolArray
    usual: IntArray
    late: int
    early: int
    new_face: int
    skip: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """Day and visitor of each visit, -1 where the week has no room; no other spread costs less."""

    day: IntArray
    visitor: IntArray
    cost: int


def spread_week(week: Week) -> Spread:
    """Give each visit a day and a visitor at the least points in all."""
    n_days, n_visitors = week.room.shape
    visit, visitor = np.nonzero(week.may)
    visit, visitor = np.repeat(visit, n_days), np.repeat(visitor, n_days)
    day = np.tile(np.arange(n_days, dtype=np.int64), len(visit) // n_days if n_days else 0)
    after = day - week.due_in[visit]
    knows = (week.usual[visit] < 0) | (week.usual[visit] == visitor)
    cost = np.where(after >= 0, after * week.late, -after * week.early) + np.where(knows, 0, week.new_face)
    open_ = week.room[day, visitor] > 0
    visit, visitor, day, cost = visit[open_], visitor[open_], day[open_], cost[open_]
    chosen, total = cheapest_spread(
        visit.astype(np.int64), day * n_visitors + visitor, cost, week.room.reshape(-1), week.skip
    )
    days, visitors = np.full(len(week.due_in), -1), np.full(len(week.due_in), -1)
    days[visit[chosen]], visitors[visit[chosen]] = day[chosen], visitor[chosen]
    return Spread(day=days.astype(np.int64), visitor=visitors.astype(np.int64), cost=total)
