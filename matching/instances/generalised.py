"""
Generalised assignment problems of the types A to E, made by their published recipes from a seed.

Types A to D are Chu and Beasley's (Computers & Operations Research 24 (1997) 17-23), type E is Laguna, Kelly,
González-Velarde and Glover's (EJOR 82 (1995) 176-189) as used by Yagiura, Ibaraki and Glover (EJOR 169 (2006)
548-569). They are meant to be minimised, each job served once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TYPES = ("a", "b", "c", "d", "e")

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """Costs and uses of shape (agents, jobs), capacities of shape (agents,)."""

    cost: _Ints
    use: _Ints
    capacity: _Ints

    def text(self) -> str:
        """Lay it out as OR-Library does: agents and jobs, costs by agent, uses by agent, capacities."""
        agents, jobs = self.cost.shape
        lines = [[agents, jobs], *self.cost.tolist(), *self.use.tolist(), self.capacity.tolist()]
        return "\n".join(" ".join(str(number) for number in line) for line in lines) + "\n"


def generalised_assignment(kind: str, agents: int, jobs: int, seed: int) -> Assignment:
    """
    Make one instance of a type out of :data:`TYPES`.

    Raises
    ------
    ValueError
        The type is none of them.
    """
    if kind not in TYPES:
        raise ValueError(f"type {kind!r} is none of {', '.join(TYPES)}")
    rng = np.random.default_rng([seed, agents, jobs, TYPES.index(kind)])
    shape = (agents, jobs)
    if kind == "d":
        use = rng.integers(1, 101, size=shape)
        cost = 111 - use + rng.integers(-10, 11, size=shape)
    elif kind == "e":
        use = np.floor(1 - 10 * np.log(1 - rng.random(shape))).astype(np.int64)
        cost = np.floor(1000 / use - 10 * rng.random(shape)).astype(np.int64)
    else:
        use = rng.integers(5, 26, size=shape)
        cost = rng.integers(10, 51, size=shape)
    return Assignment(cost=cost, use=use, capacity=_capacity(kind, cost, use))


def _capacity(kind: str, cost: _Ints, use: _Ints) -> _Ints:
    agents, jobs = cost.shape
    if kind in ("c", "d", "e"):
        return use.sum(axis=1) * 4 // (5 * agents)
    cheapest = cost.argmin(axis=0)
    load = np.bincount(cheapest, weights=use[cheapest, np.arange(jobs)], minlength=agents)
    loose = 0.6 * (jobs / agents) * 15 + 0.4 * load.max()
    return np.full(agents, int(loose if kind == "a" else 0.7 * loose), dtype=np.int64)
