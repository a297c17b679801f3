"""
Seeded instances of the optimiser's own sizes, as plain arrays: no file, no name, no rule.

``pure`` is a country of towns where each need asks for one person; ``regions`` is many regions that do not
touch. Equal arguments give equal arrays.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SKILLS = 12
URGENCIES = (1, 2, 4, 8)
_URGENCY_SHARES = (0.4, 0.3, 0.2, 0.1)
_SKILL_SHARE = 0.25
_SPREAD_M = 3_000.0
_PREFERENCES = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PureInstance:
    """
    Needs of one person each, and volunteers who may serve ``capacity`` of them.

    Parameters
    ----------
    need_xy, volunteer_xy
        Metres on a plane, shape (n, 2).
    skill, urgency, community
        By need: number of the skill asked for, 1, 2, 4 or 8, number of the town.
    skills
        Shape (volunteers, SKILLS).
    radius_m, capacity
        By volunteer: how far they go, how many visits they offer.
    seed
        Of the preferences (:func:`preference`).
    """

    need_xy: FloatArray
    skill: IntArray
    urgency: IntArray
    community: IntArray
    volunteer_xy: FloatArray
    skills: BoolArray
    radius_m: FloatArray
    capacity: IntArray
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairInstance:
    """
    Needs and volunteers whose pairs are given, sorted by need.

    ``cost`` is by pair; ``urgency`` and ``community`` (the region) by need, ``capacity`` by volunteer.
    """

    need: IntArray
    volunteer: IntArray
    cost: IntArray
    urgency: IntArray
    community: IntArray
    capacity: IntArray


def pure(
    needs: int, volunteers: int, *, seed: int, towns: int = 400, side_m: float = 300_000.0
) -> PureInstance:
    """
    One country: towns with Pareto sizes on a square, needs and volunteers scattered around them.

    Parameters
    ----------
    needs, volunteers
        How many there are; 100,000 and 30,000 are the size ``pure-100k``.
    seed
        Of everything, by a stream of its own.
    towns, side_m
        Number of towns, and the side of the square in metres.

    Returns
    -------
    PureInstance
        About a quarter of the skills a volunteer, radius 3 to 40 km, capacity 1 to 5.
    """
    rng = np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(b"pure"), needs, volunteers])
    sizes = rng.pareto(1.2, towns) + 1.0
    centre = rng.uniform(0.0, side_m, (towns, 2))
    town = rng.choice(towns, size=needs, p=sizes / sizes.sum()).astype(np.int64)
    home = rng.choice(towns, size=volunteers, p=sizes / sizes.sum())
    skills = rng.random((volunteers, SKILLS)) < _SKILL_SHARE
    skills[np.arange(volunteers), rng.integers(0, SKILLS, volunteers)] = True
    return PureInstance(
        need_xy=centre[town] + rng.normal(0.0, _SPREAD_M, (needs, 2)),
        skill=rng.integers(0, SKILLS, needs),
        urgency=rng.choice(np.array(URGENCIES), size=needs, p=_URGENCY_SHARES).astype(np.int64),
        community=town,
        volunteer_xy=centre[home] + rng.normal(0.0, _SPREAD_M, (volunteers, 2)),
        skills=skills,
        radius_m=rng.uniform(3_000.0, 40_000.0, volunteers),
        capacity=rng.integers(1, 6, volunteers),
        seed=seed,
    )


def preference(need: IntArray, volunteer: IntArray, seed: int) -> IntArray:
    """
    Dislike of a pair, 0 to 49: a hash, so that it is known without listing every pair.

    References
    ----------
    .. [1] Steele, Lea, Flood (2014): the finalizer of SplitMix64.
    """
    mixed = need.astype(np.uint64) << np.uint64(32) | volunteer.astype(np.uint64)
    mixed += np.uint64(0x9E3779B97F4A7C15 * (seed + 1) & 0xFFFFFFFFFFFFFFFF)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed % np.uint64(_PREFERENCES)).astype(np.int64)


def regions(
    count: int, needs: int, volunteers: int, *, seed: int, pairs_a_need: int = 20, farthest: int = 400
) -> PairInstance:
    """
    Regions that do not touch, each with random pairs inside it.

    Parameters
    ----------
    count, needs, volunteers
        Regions, and needs and volunteers of each; 1,000, 1,000 and 300 are the size ``pure-1m-regions``.
    seed
        Of everything, by a stream of its own.
    pairs_a_need, farthest
        Draws of a volunteer for each need (equal ones are one pair), and the largest cost.
    """
    rng = np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(b"regions"), count, needs])
    drawn = rng.integers(0, volunteers, (count * needs, pairs_a_need), dtype=np.int32)
    drawn.sort(axis=1)
    new = np.ones(drawn.shape, dtype=np.bool_)
    new[:, 1:] = drawn[:, 1:] != drawn[:, :-1]
    need = np.repeat(np.arange(count * needs, dtype=np.int64), new.sum(axis=1))
    volunteer = drawn[new] + need // needs * volunteers
    return PairInstance(
        need=need,
        volunteer=volunteer,
        cost=rng.integers(0, farthest + 1, len(need)),
        urgency=rng.choice(np.array(URGENCIES), size=count * needs, p=_URGENCY_SHARES).astype(np.int64),
        community=np.arange(count * needs, dtype=np.int64) // needs,
        capacity=rng.integers(1, 6, count * volunteers),
    )
