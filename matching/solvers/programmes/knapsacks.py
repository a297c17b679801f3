"""
Knapsacks that follow from givers, written over whole needs alone.

Whatever a set of givers may be asked for at least, once all other givers have given what they may, has to fit
in what the set holds. For the set F and a need i that is the row ``sum d_i(F) z_i <= held(F)`` with
``d_i(F) = max(0, asked_i - sum of what givers outside F may give i)``. The rows are implied by the shares of
the relaxation (they are its projection), so its bound stays; but they name whole needs only, and a solver of
whole programmes finds far better covers in them than in rows of shares.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.model import Gifts

_FEW_GIVERS = 12  # all their sets are looked at
_MOST_ROWS = 40
_TIGHT = 0.99
_MOST_ENTRIES = 1_000_000  # takers times givers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Knapsacks:
    """``size[row] @ z[taker] <= held[row]`` with ``taker`` ascending."""

    taker: IntArray
    size: IntArray  # (rows, takers)
    held: IntArray


def knapsacks(gifts: Gifts, takers: IntArray, shown: FloatArray, price: IntArray) -> Knapsacks:
    """
    Rows of sets of givers that are filled, or nearly, where takers are served to the degree ``shown``.

    Parameters
    ----------
    takers
        Takers that get all they ask or nothing, ascending.
    shown
        By taker in ``takers``, 0 to 1.
    price
        Of givers; where they are many, sets are taken by price.
    """
    if len(takers) * len(gifts.held) > _MOST_ENTRIES:
        none = np.empty(0, dtype=np.int64)
        return Knapsacks(taker=takers, size=none.reshape(0, len(takers)), held=none)
    given = _given(gifts, takers)
    asked = gifts.asked[takers]
    found: list[tuple[float, IntArray, int]] = []
    seen: set[bytes] = set()
    for inside in _sets(gifts, takers, price):
        size = np.maximum(0, asked - given[:, ~inside].sum(axis=1))
        held = int(gifts.held[inside].sum())
        used = float(size @ shown)
        if int(size.sum()) <= held or used < _TIGHT * held or size.tobytes() in seen:
            continue
        seen.add(size.tobytes())
        found.append((used / max(held, 1), size, held))
    found.sort(key=lambda row: -row[0])
    found = found[:_MOST_ROWS]
    return Knapsacks(
        taker=takers,
        size=np.array([size for _, size, _ in found], dtype=np.int64).reshape(len(found), len(takers)),
        held=np.array([held for _, _, held in found], dtype=np.int64),
    )


def _given(gifts: Gifts, takers: IntArray) -> IntArray:
    """Most that each giver may give each taker."""
    at = np.full(len(gifts.asked), -1, dtype=np.int64)
    at[takers] = np.arange(len(takers))
    mine = at[gifts.taker] >= 0
    given = np.zeros((len(takers), len(gifts.held)), dtype=np.int64)
    given[at[gifts.taker[mine]], gifts.giver[mine]] = gifts.most[mine]
    return given


def _sets(gifts: Gifts, takers: IntArray, price: IntArray) -> list[BoolArray]:
    inside = np.zeros(len(gifts.asked), dtype=np.bool_)
    inside[takers] = True
    givers = np.unique(gifts.giver[inside[gifts.taker]])
    sets: list[BoolArray] = []

    def put(members: IntArray) -> None:
        one = np.zeros(len(gifts.held), dtype=np.bool_)
        one[members] = True
        sets.append(one)

    if len(givers) <= _FEW_GIVERS:
        for number in range(1, 1 << len(givers)):
            put(givers[(number >> np.arange(len(givers))) & 1 == 1])
        return sets
    dear = givers[np.lexsort((givers, -price[givers]))]
    for count in range(1, len(dear) + 1):
        put(dear[count - 1 : count])
        put(dear[:count])
    for level in np.unique(price[givers]).tolist():
        put(givers[price[givers] == level])
    return sets
