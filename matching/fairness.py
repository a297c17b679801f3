"""
Fairness between communities: the kth unserved need of a community costs more than the one before.

The cost is convex, so for any price a served need of a community is given, the cost of what stays unserved is
at least linear in it (its conjugate). Prices therefore keep the parts of a model independent and give a bound
of the whole at the same time; where the marginal costs of the plan found are the prices it was found at, the
bound is met.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import BoolArray, IntArray, offsets, ranges
from matching.levels import levels_of
from matching.model import NANO, Model, exact_sum
from matching.policy import Weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Communities:
    """
    Needs by community.

    Parameters
    ----------
    member
        Community by need.
    demand
        Needs by community, served or not.
    cost, first
        Nanopoints of the kth unserved need of community ``g`` at ``first[g] + k - 1``.
    """

    member: IntArray
    demand: IntArray
    cost: IntArray
    first: IntArray

    def unserved(self, complete: BoolArray) -> IntArray:
        """Needs that are not complete, by community."""
        return np.bincount(self.member[~complete], minlength=len(self.demand)).astype(np.int64)

    def spared(self, unserved: IntArray) -> int:
        """Nanopoints less than if no need at all were served."""
        return exact_sum(self.cost[ranges(self.demand) >= unserved[self._owner()]])

    def _owner(self) -> IntArray:
        return np.repeat(np.arange(len(self.demand), dtype=np.int64), self.demand)

    def marginal(self, unserved: IntArray, price: IntArray) -> IntArray:
        """Nearest price to ``price`` at which exactly so many unserved needs are cheapest."""
        last = self.first[1:] - 1
        lower = np.where(unserved > 0, self.cost[np.minimum(self.first[:-1] + unserved - 1, last)], 0)
        upper = self.cost[np.minimum(self.first[:-1] + unserved, last)]
        return np.clip(price, lower, np.maximum(upper, lower))

    def conjugate(self, price: IntArray) -> int:
        """What is to be added to a bound in which every served need earns the price of its community."""
        return exact_sum(np.maximum(self.cost - price[self._owner()], 0))

    def priced(self, model: Model, price: IntArray) -> Model:
        """Give the model in which serving a need earns the price of its community."""
        levels = replace(levels_of(model), fairness=price[self.member])
        complete = levels.fulfilment + levels.fairness + levels.pin
        return replace(model, worth=replace(model.worth, complete=complete), levels=levels)


def communities_of(model: Model, weights: Weights) -> Communities:
    """Communities of a model; a need without one is a community of its own."""
    alone = model.community < 0
    member = model.community.copy()
    known = int(member.max(initial=-1)) + 1
    member[alone] = known + np.arange(int(alone.sum()))
    demand = np.bincount(member, minlength=known + int(alone.sum())).astype(np.int64)
    steps = weights.fairness_steps.value * (2 * ranges(demand) + 1) // np.repeat(demand, demand)
    return Communities(
        member=member,
        demand=demand,
        cost=steps * weights.fairness_per_step.value * NANO,
        first=offsets(np.repeat(np.arange(len(demand)), demand), len(demand)),
    )


def jain(shares: list[float]) -> float:
    """Jain's index of shares: 1 where all are equal, 1/n where one has everything."""
    squares = sum(share * share for share in shares)
    return 1.0 if not squares else sum(shares) ** 2 / (len(shares) * squares)
