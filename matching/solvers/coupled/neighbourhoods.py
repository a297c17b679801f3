"""
A model cut into blocks that can be improved each alone, every one beside what the others use.

Each block keeps what its own needs use of every row, fund, stock line and ceiling; what nobody uses goes to
one block that touches it. Improved blocks put together therefore make a plan again, whatever order they
were solved in and wherever.
"""

from dataclasses import replace

import numpy as np

from matching.arrays import IntArray
from matching.components import Part, split
from matching.model import Draft, Model
from matching.solvers.coupled.blocks_kernel import grow
from matching.solvers.layout import lists


def blocks(model: Model, needs: IntArray, *, most: int, seed: int) -> list[IntArray]:
    """Disjoint sets of at most ``most`` needs that lie close together, small ones joined; equal seeds, equal sets."""
    inside = np.zeros(len(model), dtype=np.bool_)
    inside[needs] = True
    ties = int(model.people.arcs.volunteer.max(initial=-1)) + 1
    owner = np.concatenate([model.arc_need, model.supply.ceilings.need])
    tie = np.concatenate([model.people.arcs.volunteer, ties + model.supply.ceilings.row])
    ties += len(model.supply.ceilings)
    # givers tie only needs that no person ties to others: they would bring in needs from anywhere
    alone = ~model.has_slots[model.supply.money.taker]
    owner = np.concatenate([owner, model.supply.money.taker[alone]])
    tie = np.concatenate([tie, ties + model.supply.money.giver[alone]])
    ties += len(model.supply.money.held)
    need_first, at = lists(owner, len(model))
    tie_first, back = lists(tie, ties)
    label = grow(seed, most, needs, need_first, tie[at], tie_first, owner[back], inside)
    return _joined(needs, label, most)


def _joined(needs: IntArray, label: IntArray, most: int) -> list[IntArray]:
    """Blocks in the order they were grown, each with followers as long as there is room."""
    size = np.bincount(label[needs])
    number = np.zeros(len(size), dtype=np.int64)
    current = filled = 0
    for block, count in enumerate(size.tolist()):
        if filled and filled + count > most:
            current, filled = current + 1, 0
        number[block] = current
        filled += count
    of_need = number[label[needs]]
    order = np.lexsort((needs, of_need))
    cuts = np.flatnonzero(np.diff(of_need[order])) + 1
    return list(np.split(needs[order], cuts))


def cut(model: Model, draft: Draft, groups: list[IntArray]) -> list[Part]:
    """Give each group of needs as a model with what it uses and its share of what is left."""
    of_need = np.full(len(model), -1, dtype=np.int64)
    for number, needs in enumerate(groups):
        of_need[needs] = number
    supply, rows = model.supply, model.rows
    parts = split(model, groups)
    arc_block = of_need[model.arc_need]
    load = rows.coefficient * draft.chosen[rows.arc]
    people = _Shares.of(rows.row, arc_block[rows.arc], load, rows.cap)
    money = _Shares.of(supply.money.giver, of_need[supply.money.taker], draft.money, supply.money.held)
    item_block = of_need[model.item_need[supply.goods.taker]]
    goods = _Shares.of(supply.goods.giver, item_block, draft.goods, supply.goods.held)
    ceilings = supply.ceilings
    use = ceilings.per_need + ceilings.per_fen * supply.money.asked[ceilings.need]
    use = np.where(draft.complete[ceilings.need], use, 0)
    under = _Shares.of(ceilings.row, of_need[ceilings.need], use, ceilings.cap)
    return [
        _with_caps(part, number, people=people, money=money, goods=goods, under=under)
        for number, part in enumerate(parts)
    ]


class _Shares:
    """What each block uses of each row, and which block takes what is left of it."""

    def __init__(self, key: IntArray, used: IntArray, left: IntArray, heir: IntArray, width: int) -> None:
        self.key, self.used, self.left, self.heir, self.width = key, used, left, heir, width

    @classmethod
    def of(cls, row: IntArray, block: IntArray, used: IntArray, cap: IntArray) -> "_Shares":
        width = int(block.max(initial=-1)) + 2
        key, inverse = np.unique(row * width + block + 1, return_inverse=True)
        total = np.zeros(len(key), dtype=np.int64)
        np.add.at(total, inverse, used)
        left = cap.astype(np.int64, copy=True)
        np.subtract.at(left, row, used)
        # the heir is the block that uses most of the row, the first of equals
        heir = np.full(len(cap), -1, dtype=np.int64)
        order = np.lexsort((key, -total, key // width))
        order = order[key[order] % width > 0]
        rows, first = np.unique(key[order] // width, return_index=True)
        heir[rows] = key[order][first] % width - 1
        return cls(key, total, left, heir, width)

    def caps(self, rows: IntArray, block: int) -> IntArray:
        """Caps of the rows inside one block."""
        if not len(rows):
            return rows
        at = np.searchsorted(self.key, rows * self.width + block + 1)
        return self.used[at] + np.where(self.heir[rows] == block, self.left[rows], 0)


def _with_caps(
    part: Part, number: int, *, people: _Shares, money: _Shares, goods: _Shares, under: _Shares
) -> Part:
    model, supply = part.model, part.model.supply
    return replace(
        part,
        model=replace(
            model,
            rows=replace(model.rows, cap=people.caps(part.rows, number)),
            supply=replace(
                supply,
                money=replace(supply.money, held=money.caps(part.funds, number)),
                goods=replace(supply.goods, held=goods.caps(part.stock, number)),
                ceilings=replace(supply.ceilings, cap=under.caps(part.ceilings, number)),
            ),
        ),
    )
