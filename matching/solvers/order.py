"""
One part, solved in the order of its levels, with a proof for each level where there is one.

The scalar optimum is the lexicographic one as soon as each sum of the first levels is proven best. The proof
comes from prices: those of the scalar, rounded to what the values of the first levels are multiples of, bound
them by our own arithmetic. Where that leaves a gap and the part is pure or small, the first levels are solved
alone; if they do better than the plan, their weight is raised and the part solved again.
"""

from dataclasses import dataclass, replace

import numpy as np

from domain.errors import SolverUnavailableError
from matching.arrays import IntArray
from matching.levels import LevelSums, floored, granule, level_sums, pins_kept, raised, up_to
from matching.model import NANO, Draft, Model, draft_value
from matching.solvers.bound import Prices
from matching.solvers.search import Clock, Outcome, own_bound, solve_part

_SMALL_NEEDS = 60
_SMALL_ARCS = 6_000
_MIDDLING_ARCS = 60_000  # up to this many, level 1 alone is solved where the whole was solved exactly
_RAISES = ((8, 1), (64, 8))
"""How much more levels 1 and 2 weigh when the policy's weights did not settle the order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ordered:
    """
    An outcome and its levels.

    Parameters
    ----------
    outcome
        Its bound is in the model's own weights. If they were raised, no draft that is as good on the raised
        levels is worth more.
    sums
        Nanopoints by level.
    bounds
        By level k, nanopoints that the first k levels together cannot exceed, pins included; the last is the
        bound of the whole.
    """

    outcome: Outcome
    sums: LevelSums
    bounds: LevelSums


def solve_in_order(model: Model, clock: Clock, gap: float) -> Ordered:
    """Solve a part; a model without levels is solved as it is."""
    outcome = solve_part(model, clock, gap)
    if model.levels is None:
        value = max(outcome.bound, draft_value(model, outcome.draft))
        return Ordered(
            outcome=outcome, sums=level_sums(model, outcome.draft), bounds=(value, value, value, value)
        )
    return _Search(model, clock, outcome).run()


class _Search:
    """Bounds of the first levels, tightened as far as the part's size allows."""

    def __init__(self, model: Model, clock: Clock, outcome: Outcome) -> None:
        self.model, self.clock, self.best, self.plain = model, clock, outcome, outcome
        self.more: int | None = None
        self.raised_levels: tuple[int, ...] = ()
        self.pure = outcome.method == "flow"
        self.small = len(model) <= _SMALL_NEEDS and len(model.people.arcs) <= _SMALL_ARCS
        self.first = [up_to(model, level) for level in (1, 2, 3)]
        self.easy = (
            len(model.people.arcs) <= _MIDDLING_ARCS
            and outcome.bound // NANO <= draft_value(model, outcome.draft) // NANO
        )
        self.less = 0  # what raised weights add to the first levels of the best draft
        self.needs = np.flatnonzero(model.in_play).astype(np.int64)
        self.bounds = [self._by_prices(short, outcome.prices) for short in self.first]

    def run(self) -> Ordered:
        for level in (1, 2, 3):
            if self._reached(level):
                continue
            if self.small or (self.pure and level <= 2) or (self.easy and level == 1):
                self._alone(level)
            if not self._reached(level):
                self._raise(level)
            if not self._reached(level):
                break
        draft = self.best.draft
        if self.more is not None and not all(self._reached(level) for level in self.raised_levels):
            self.more = None  # nothing is proven of the raised levels: only the first bound stands
        outcome = self._told()
        whole = max(floored(outcome.bound, self.model), draft_value(self.model, draft))
        kept = pins_kept(self.model, draft)
        sums = level_sums(self.model, draft)
        reached = [sum(sums[:level]) + kept for level in (1, 2, 3)]
        first, second, third = (max(pair) for pair in zip(self.bounds, reached, strict=True))
        return Ordered(outcome=outcome, sums=sums, bounds=(first, second, third, whole))

    def _told(self) -> Outcome:
        """
        Give the best draft with prices of the model's own weights.

        The bound of raised weights, less what they add to this draft, holds for every draft that is as good
        on the raised levels.
        """
        bound = self.plain.bound if self.more is None else min(self.plain.bound, self.best.bound - self.more)
        return replace(self.plain, draft=self.best.draft, bound=bound)

    def _by_prices(self, short: Model, prices: Prices) -> int:
        """Better bound of the prices as they are and as whole multiples of the model's granule."""
        unit = granule(short)

        def rounded(price: IntArray) -> IntArray:
            return (price + unit // 2) // unit * unit

        whole = Prices(
            people=rounded(prices.people),
            money=rounded(prices.money),
            goods=rounded(prices.goods),
            ceilings=rounded(prices.ceilings),
        )
        return min(floored(own_bound(short, self.needs, each), short) for each in (prices, whole))

    def _reached(self, level: int) -> bool:
        return self._value(level, self.best.draft) >= self.bounds[level - 1]

    def _value(self, level: int, draft: Draft) -> int:
        return sum(level_sums(self.model, draft)[:level]) + pins_kept(self.model, draft)

    def _alone(self, level: int) -> None:
        """Bound the first levels by solving them alone."""
        short = self.first[level - 1]
        try:
            alone = solve_part(short, self.clock, 0.0)
        except SolverUnavailableError:
            return
        bound = max(alone.bound, draft_value(short, alone.draft))
        less = self.less if level > 1 else 0
        self.bounds[level - 1] = min(self.bounds[level - 1], floored(bound, short) - less)

    def _raise(self, level: int) -> None:
        """Solve with heavier first levels, as long as that gains on the levels in order."""
        if level > 2 or not (self.small or self.pure or self.easy):
            return
        for first, second in _RAISES:
            if self._reached(level) or (level == 2 and second == 1):
                continue
            heavy = raised(self.model, first, second)
            try:
                other = solve_part(heavy, self.clock, 0.0)
            except SolverUnavailableError:
                return
            if self._key(other.draft) <= self._key(self.best.draft):
                continue
            sums = level_sums(self.model, other.draft)
            self.best = other
            self.more = (first - 1) * sums[0] + (second - 1) * sums[1]
            self.raised_levels = (1,) if second == 1 else (1, 2)
            if self._reached(1):
                self._bound_anew(heavy, other.prices)

    def _bound_anew(self, heavy: Model, prices: Prices) -> None:
        """Bound levels 2 and 3 at raised weights, for drafts that are as good on level 1."""
        self.less = self.more or 0
        for level in (2, 3):
            short = self.first[level - 1] = up_to(heavy, level)
            self.bounds[level - 1] = min(self.bounds[level - 1], self._by_prices(short, prices) - self.less)

    def _key(self, draft: Draft) -> tuple[int, ...]:
        return (pins_kept(self.model, draft), *level_sums(self.model, draft))
