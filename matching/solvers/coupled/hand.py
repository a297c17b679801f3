"""The best plan and bound of a coupled part in work, and what several steps ask of it."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray
from matching.components import components
from matching.model import NANO, Draft, Model, draft_value
from matching.solvers.bound import NEVER, Prices
from matching.solvers.coupled.polishing import Heat
from matching.solvers.outcome import Clock
from matching.solvers.programmes.linear import whole_answer
from matching.solvers.programmes.whole import nanopoints, part_programme, with_knapsacks

_ARCS_A_PLACE = 10  # of the programmes that only look for a plan
_CHOICE_NODES = 2_000
_CHOICE_GAP = 2e-5
_FINE_CHOICE_GAP = 2e-7  # while few gifts are chosen among
_FEW_GIFTS = 6_000


@dataclass(slots=True, kw_only=True, eq=False)
class Hand:
    """The best plan and bound so far."""

    model: Model
    needs: IntArray
    clock: Clock
    gap: float
    prices: Prices
    draft: Draft
    value: int
    bound: int
    by_teams: int  # bound of the choice at the prices of people's rows
    pay: IntArray | None = None  # of places, with the tightest bound of the choice
    by_weeks: int = 2**62  # that bound

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is reached."""
        return self.bound - self.value <= self.gap * self.bound

    @property
    def over(self) -> bool:
        """Whether the gap is reached or the time is up."""
        return self.closed or self.clock.over

    def offer(self, draft: Draft) -> bool:
        """Keep the draft if it is better; whether it was."""
        value = draft_value(self.model, draft)
        better = value > self.value
        if better:
            self.draft, self.value = draft, value
        return better


def choose(hand: Hand, team: IntArray) -> tuple[IntArray, int]:
    """Needs to complete when each pays ``team`` for its people, and what programmes say of the best."""
    model, needs = hand.model, hand.needs
    complete = less_teams(model, team)
    nobody = np.empty(0, dtype=np.int64)
    programme = part_programme(model, needs, nobody, with_supply=True, complete=complete)
    programme = with_knapsacks(programme, model, needs, hand.prices.money, hand.clock.left * 0.1)
    few = len(model.supply.money) + len(model.supply.goods) <= _FEW_GIFTS
    answer = whole_answer(
        programme,
        gap=max(hand.gap / 4, _FINE_CHOICE_GAP if few else _CHOICE_GAP),
        time_s=hand.clock.left * 0.2,
        node_limit=_CHOICE_NODES,
    )
    if answer.z is None:
        return nobody, nanopoints(answer.bound_points)
    return needs[answer.z & model.possible[needs]], nanopoints(answer.bound_points)


def less_teams(model: Model, team: IntArray) -> IntArray:
    """What completeness earns when a need pays for its team."""
    return model.worth.complete + np.where(model.has_slots, np.maximum(team, NEVER // 128), 0)


def largest_knot(model: Model, served: IntArray, near: IntArray) -> int:
    """Most arcs that hang together by people."""
    parts = components(model, served, with_supply=False)
    count = np.bincount(model.arc_need[near], minlength=len(model))
    return max((int(count[part].sum()) for part in parts), default=0)


def heat_of(model: Model, *, share: float, moves_a_need: int) -> Heat:
    """Moves that may cost ``share`` of what a need is worth by the median."""
    worth = model.worth.complete[model.possible & (model.worth.complete > 0)]
    typical = float(np.median(worth)) / NANO if len(worth) else 1.0
    return Heat(warm=max(1.0, typical * share), cold=max(0.1, typical * 5e-4), moves_a_need=moves_a_need)


def near_arcs(model: Model, arcs: IntArray, prices: Prices) -> IntArray:
    """Best arcs of each place after prices."""
    paid = np.zeros(len(model.people.arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * prices.people[model.rows.row])
    worth = model.people.arcs.points[arcs] * NANO - paid[arcs]
    place = model.people.arcs.place[arcs]
    order = np.lexsort((arcs, -worth, place))
    rank = np.arange(len(order)) - np.searchsorted(place[order], place[order])
    return np.sort(arcs[order[rank < _ARCS_A_PLACE]])
