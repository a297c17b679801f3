"""
Fairness between communities: the kth unserved need of a community costs more than the one before.

The cost is convex, so for any price a served need of a community is given, the cost of what stays unserved is
at least linear in it (its conjugate). Prices therefore keep the parts of a model independent and give a bound
of the whole at the same time; where the marginal costs of the plan found are the prices it was found at, the
bound is met.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import BoolArray, IntArray, exact_sum, offsets, ranges
from matching.levels import levels_of
from matching.model import NANO, Fairness, Model, step_costs
from matching.policy import Weights


def fairness_of(community: IntArray, weights: Weights) -> Fairness:
    """
    What the policy makes unserved needs of communities cost.

    Parameters
    ----------
    community
        Index by need, -1 for needs that belong to none and do not count.
    """
    demand = np.bincount(community[community >= 0]).astype(np.int64)
    return Fairness(
        step=np.full(len(demand), weights.fairness_steps.value, dtype=np.int64),
        demand=np.maximum(demand, 1),
        grain=np.full(len(demand), weights.fairness_per_step.value * NANO, dtype=np.int64),
        base=np.zeros(len(demand), dtype=np.int64),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Communities:
    """
    Needs by community, and what those that stay unserved cost.

    Parameters
    ----------
    member
        Community by need, -1 for none.
    demand
        Needs by community, served or not.
    cost, first
        Nanopoints of the kth unserved need of community ``g`` at ``first[g] + k - 1``.
    """

    member: IntArray
    demand: IntArray
    cost: IntArray
    first: IntArray

    @classmethod
    def of(cls, member: IntArray, fairness: Fairness) -> "Communities":
        """Lay out the costs of a model's communities."""
        demand = np.bincount(member[member >= 0], minlength=len(fairness)).astype(np.int64)
        owner, cost = step_costs(fairness, fairness.base, demand)
        return cls(member=member, demand=demand, cost=cost, first=offsets(owner, len(demand)))

    @property
    def total(self) -> int:
        """What it would cost to serve nobody."""
        return exact_sum(self.cost)

    def unserved(self, complete: BoolArray) -> IntArray:
        """Needs that are not complete, by community."""
        left = self.member[~complete & (self.member >= 0)]
        return np.bincount(left, minlength=len(self.demand)).astype(np.int64)

    def spared(self, unserved: IntArray) -> int:
        """Nanopoints less than if no need at all were served."""
        return exact_sum(self.cost[ranges(self.demand) >= unserved[self._owner()]])

    def _owner(self) -> IntArray:
        return np.repeat(np.arange(len(self.demand), dtype=np.int64), self.demand)

    def marginal(self, unserved: IntArray, price: IntArray) -> IntArray:
        """Nearest price to ``price`` at which exactly so many unserved needs are cheapest."""
        if not len(self.cost):
            return price
        last = np.maximum(self.first[1:] - 1, 0)
        lower = np.where(unserved > 0, self.cost[np.minimum(self.first[:-1] + unserved - 1, last)], 0)
        upper = self.cost[np.minimum(self.first[:-1] + unserved, last)]
        return np.clip(price, lower, np.maximum(upper, lower))

    def conjugate(self, price: IntArray) -> int:
        """What is to be added to a bound in which every served need earns the price of its community."""
        return exact_sum(np.maximum(self.cost - price[self._owner()], 0))

    def flat(self, price: IntArray) -> IntArray:
        """What each need earns when served at a price for each community."""
        earned = np.zeros_like(self.member)
        inside = self.member >= 0
        earned[inside] = price[self.member[inside]]
        return earned

    def stairs(self, first: IntArray) -> IntArray:
        """
        What each need earns when served, each of a community one step of its cost, the dearest first.

        Whatever is served, these steps are together never more than what is really spared; they are that where a
        community is served in the order given. A plan that they make better is better.

        Parameters
        ----------
        first
            All needs in the order in which they are given the steps of their communities.
        """
        order = first[self.member[first] >= 0]
        order = order[np.argsort(self.member[order], kind="stable")]
        earned = np.zeros_like(self.member)
        earned[order] = self.cost[self.first[self.member[order] + 1] - 1 - ranges(self.demand)]
        return earned

    def priced(self, model: Model, earned: IntArray) -> Model:
        """Give the model without its convex cost, in which serving a need earns what is given by need."""
        levels = replace(levels_of(model), fairness=earned)
        complete = levels.fulfilment + levels.fairness + levels.pin
        worth = replace(model.worth, complete=complete)
        return replace(model, worth=worth, levels=levels, fairness=None)


def jain(shares: list[float]) -> float:
    """Jain's index of shares: 1 where all are equal, 1/n where one has everything."""
    squares = sum(share * share for share in shares)
    return 1.0 if not squares else sum(shares) ** 2 / (len(shares) * squares)
