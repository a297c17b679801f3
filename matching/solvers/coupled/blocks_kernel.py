"""Neighbourhoods of needs that share people or givers, grown compiled."""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201 - for the same reason; compiled loops stay in one piece

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def grow(seed, most, needs, need_first, need_tie, tie_first, tie_need, inside):
    """
    Label each need that is ``inside`` with a block of at most ``most`` needs, grown from random needs.

    A block takes the needs of random ties (people, givers) of a need it holds, first come first served.
    """
    np.random.seed(seed)
    label = np.full(len(inside), -1, dtype=np.int64)
    queue = np.empty(len(needs), dtype=np.int64)
    block = 0
    for start in np.random.permutation(needs):
        if label[start] >= 0:
            continue
        label[start], queue[0], head, tail = block, start, 0, 1
        while head < tail < most:
            need = queue[head]
            head += 1
            begin, end = need_first[need], need_first[need + 1]
            for _ in range(min(4, end - begin)):
                tie = need_tie[np.random.randint(begin, end)]
                first, last = tie_first[tie], tie_first[tie + 1]
                turn = np.random.randint(0, last - first)
                for k in range(min(last - first, 40)):
                    other = tie_need[first + (k + turn) % (last - first)]
                    if inside[other] and label[other] < 0 and tail < most:
                        label[other] = block
                        queue[tail] = other
                        tail += 1
        block += 1
    return label
