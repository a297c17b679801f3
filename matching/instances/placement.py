"""
Placements: cases of several persons go to one affiliate each, which has places, seats and children's seats.

The shape of refugee resettlement as Trapp and others put it (Operations Research 69 (2021) 468-486); nothing real
is in them, and equal arguments give equal arrays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SCALE = 10**6

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """
    Pairs that may be, and what they are worth.

    Parameters
    ----------
    case, affiliate, score
        By pair, sorted by case and then best first; scores in millionths of a person at work.
    uses
        Shape (3, cases): places, seats and children's seats that a case takes.
    caps
        Shape (3, affiliates).
    """

    case: _Ints
    affiliate: _Ints
    score: _Ints
    uses: _Ints
    caps: _Ints


def placement(cases: int, affiliates: int, seed: int) -> Placement:
    """Make an instance whose capacities hold about 95 of 100 cases."""
    rng = np.random.default_rng(seed)
    size = 1 + rng.poisson(1.5, cases)
    uses = np.stack([np.ones(cases, dtype=np.int64), size, rng.binomial(size, 0.4)])
    score = rng.random((cases, affiliates)) * np.minimum(size, 3)[:, None] * rng.random((cases, 1))
    case, affiliate = np.nonzero(rng.random((cases, affiliates)) < 0.85)
    points = np.rint(score[case, affiliate] * SCALE).astype(np.int64)
    order = np.lexsort((affiliate, -points, case))
    share = rng.dirichlet(np.full(affiliates, 5))
    caps = np.stack([np.maximum(1, each.sum() * share * 0.95).astype(np.int64) for each in uses])
    return Placement(
        case=case[order].astype(np.int64),
        affiliate=affiliate[order].astype(np.int64),
        score=points[order],
        uses=uses.astype(np.int64),
        caps=caps,
    )
