"""Compressed lists, as compiled loops read them."""

import numpy as np

from matching.arrays import IntArray, offsets


def lists(owner: IntArray, n_owners: int) -> tuple[IntArray, IntArray]:
    """Entries of each owner: where each owner's list begins, shape (n_owners + 1,), and the entries."""
    order = np.argsort(owner, kind="stable").astype(np.int64)
    return offsets(owner[order], n_owners), order
