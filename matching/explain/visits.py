"""The most that visits of one day could earn together."""

from bisect import bisect_right

from matching.arrays import IntArray


def best_day(need: IntArray, gain: IntArray, start: IntArray, duration: IntArray) -> int:
    """
    Bound what one person could earn by visits that do not overlap.

    The smaller of two sums: the best set of visits that do not overlap, by dynamic programming over their
    ends, and every need's best visit.

    Examples
    --------
    >>> import numpy as np
    >>> best_day(*(np.array(column) for column in ([0, 1, 0], [5, 4, 5], [0, 30, 60], [60, 60, 60])))
    5
    """
    visits = sorted(zip((start + duration).tolist(), start.tolist(), gain.tolist(), strict=True))
    ends = [end for end, _, _ in visits]
    best = [0]
    for number, (_, begin, earned) in enumerate(visits):
        before = bisect_right(ends, begin, 0, number)
        best.append(max(best[-1], best[before] + earned))
    by_need: dict[int, int] = {}
    for key, earned in zip(need.tolist(), gain.tolist(), strict=True):
        by_need[key] = max(by_need.get(key, 0), earned)
    return min(best[-1], sum(by_need.values()))
