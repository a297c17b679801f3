"""
Chance with a name: every part of the city draws from a stream of its own.

A stream depends on (seed, size, name) alone, so a new part never shifts the numbers of the others.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generator.sizes import CitySize

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The source of all chance of one city."""

    seed: int
    size: CitySize

    def stream(self, name: str) -> np.random.Generator:
        """Give the generator of a part."""
        key = [
            self.seed & 0xFFFFFFFFFFFFFFFF,
            zlib.crc32(self.size.value.encode()),
            zlib.crc32(name.encode()),
        ]
        return np.random.default_rng(key)


def zipf_weights(count: int, exponent: float = 1.0) -> FloatArray:
    """Give shares proportional to ``1 / rank ** exponent`` that sum to one."""
    weights = 1.0 / np.arange(1, count + 1, dtype=np.float64) ** exponent
    return weights / weights.sum()


def picks(rng: np.random.Generator, weights: FloatArray, count: int) -> IntArray:
    """Draw ``count`` indices in proportion to ``weights``, with replacement."""
    return rng.choice(len(weights), size=count, p=weights / weights.sum()).astype(np.int64)


def subsets(rng: np.random.Generator, weights: FloatArray, sizes: IntArray) -> BoolArray:
    """
    Draw for each row a set without repetition.

    Returns
    -------
    BoolArray
        Shape (len(sizes), len(weights)); row i has ``sizes[i]`` true cells, likelier where
        the weight is large.

    References
    ----------
    .. [1] Efraimidis and Spirakis (2006): weighted sampling by the largest perturbed log weights.
    """
    keys = np.log(weights)[None, :] + rng.gumbel(size=(len(sizes), len(weights)))
    order = np.argsort(-keys, axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(len(weights))[None, :], axis=1)
    return ranks < sizes[:, None]


def split_amount(rng: np.random.Generator, total: int, parts: int, *, sigma: float) -> IntArray:
    """
    Cut an amount into positive integer parts with a heavy tail.

    ``parts`` shares follow a lognormal of ``sigma``; they sum to ``total`` exactly. Needs ``total >= parts``.
    """
    shares = rng.lognormal(0.0, sigma, parts)
    free = total - parts
    cut = np.floor(shares / shares.sum() * free).astype(np.int64)
    cut[int(np.argmax(cut))] += free - int(cut.sum())
    return cut + 1
