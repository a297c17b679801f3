"""Names for the array types that modules of ``matching`` hand to each other."""

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
BitArray = npt.NDArray[np.uint64]


def ranges(counts: IntArray) -> IntArray:
    """
    Give ``0 … counts[0]-1, 0 … counts[1]-1, …`` as one array.

    Examples
    --------
    >>> ranges(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64) - np.repeat(ends - counts, counts)


def offsets(owner: IntArray, n_owners: int) -> IntArray:
    """Where each owner's rows begin in an array sorted by owner; shape (n_owners + 1,)."""
    return np.searchsorted(owner, np.arange(n_owners + 1)).astype(np.int64)


def set_bits(bits: BitArray) -> tuple[IntArray, IntArray]:
    """
    Row and number of every set bit, rows ascending.

    Examples
    --------
    >>> [found.tolist() for found in set_bits(np.array([5, 0, 2], dtype=np.uint64))]
    [[0, 0, 2], [0, 2, 1]]
    """
    rows = np.repeat(np.arange(len(bits), dtype=np.int64), np.bitwise_count(bits))
    left = bits.copy()
    number = np.zeros(len(rows), dtype=np.int64)
    at = np.cumsum(np.bitwise_count(bits), dtype=np.int64) - np.bitwise_count(bits)
    held = np.flatnonzero(left)
    while len(held):
        lowest = left[held] & (~left[held] + np.uint64(1))
        number[at[held]] = np.bitwise_count(lowest - np.uint64(1))
        left[held] ^= lowest
        at[held] += 1
        held = held[left[held] != 0]
    return rows, number


def exact_sum(values: IntArray) -> int:
    """Sum in Python's own integers: high and low words apart, so that nothing overflows below 2**31 values."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def exact_dot(one: IntArray, other: IntArray) -> int:
    """Sum of products that may each leave 64 bits."""
    large = np.abs(one.astype(np.float64)) * np.abs(other.astype(np.float64)) >= 2.0**62
    few = np.flatnonzero(large).tolist()
    return exact_sum(one[~large] * other[~large]) + sum(int(one[at]) * int(other[at]) for at in few)
