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

_MOST_SETS = 2_000  # held together by givers; beyond it they hold little


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


def realms(model: Model, needs: IntArray, *, most: int, seed: int) -> list[IntArray]:
    """
    Disjoint sets of at most ``most`` needs, each with all takers of its givers.

    Givers of so many takers that no set would hold them tie nothing. Needs that nobody gives to go where their people
    mostly serve. Sets that share people are joined as long as there is room, otherwise for each seed. Where givers
    hold nothing together these are plain :func:`blocks`.
    """
    takers = most
    while True:
        label = _by_people(model, needs, _by_givers(model, needs, takers), rounds=2)
        if not takers or int(np.bincount(label[needs]).max(initial=0)) <= most:
            break
        takers = takers * 3 // 4
    mine, of_need = np.unique(label[needs], return_inverse=True)
    if not takers or len(mine) > _MOST_SETS:
        return blocks(model, needs, most=most, seed=seed)
    size = np.bincount(of_need, minlength=len(mine))
    number = np.full(len(model), -1, dtype=np.int64)
    number[needs] = of_need
    near = _shared_people(model, number, len(mine))
    block = _gathered(size, near, most, np.random.default_rng(seed))
    of_need = block[of_need]
    order = np.lexsort((needs, of_need))
    cuts = np.flatnonzero(np.diff(of_need[order])) + 1
    return list(np.split(needs[order], cuts))


def _by_givers(model: Model, needs: IntArray, few: int) -> IntArray:
    """Label of the needs that hang together by givers of at most so many takers; -1 for the others."""
    from matching.union import join, settle  # noqa: PLC0415 - compiled

    money = model.supply.money
    inside = np.zeros(len(model), dtype=np.bool_)
    inside[needs] = True
    live = inside[money.taker]
    takers = np.bincount(money.giver[live], minlength=len(money.held))
    tied = live & (takers[money.giver] <= few)
    root = np.arange(len(model) + len(money.held), dtype=np.int64)
    join(root, money.taker[tied], money.giver[tied], len(model))
    settle(root)
    label = np.full(len(model), -1, dtype=np.int64)
    label[money.taker[tied]] = root[money.taker[tied]]
    return label


def _by_people(model: Model, needs: IntArray, label: IntArray, *, rounds: int) -> IntArray:
    """Give needs without a label that of most of their people, and people that of most of their needs."""
    need, who = model.arc_need, model.people.arcs.volunteer
    label = label.copy()
    for _ in range(rounds):
        home = _mode(who, label[need], int(who.max(initial=-1)) + 1)
        away = _mode(need, home[who], len(model))
        label = np.where(label < 0, away, label)
    alone = needs[label[needs] < 0]
    label[alone] = alone
    return label


def _mode(key: IntArray, label: IntArray, size: int) -> IntArray:
    """Most frequent label of each key, the lowest of equals; -1 where there is none."""
    known = label >= 0
    width = int(label.max(initial=0)) + 1
    pair, count = np.unique(key[known] * width + label[known], return_counts=True)
    order = np.lexsort((pair, -count, pair // width))
    first = order[np.diff((pair // width)[order], prepend=-1) > 0]
    mode = np.full(size, -1, dtype=np.int64)
    mode[pair[first] // width] = pair[first] % width
    return mode


def _shared_people(model: Model, number: IntArray, count: int) -> dict[int, dict[int, int]]:
    """By set: sets that people of it serve too, and by how many arcs."""
    of_arc, who = number[model.arc_need], model.people.arcs.volunteer
    home = _mode(who, of_arc, int(who.max(initial=-1)) + 1)
    abroad = (of_arc >= 0) & (home[who] >= 0) & (home[who] != of_arc)
    pair, times = np.unique(home[who[abroad]] * count + of_arc[abroad], return_counts=True)
    near: dict[int, dict[int, int]] = {}
    for one, other, arcs in zip(
        (pair // count).tolist(), (pair % count).tolist(), times.tolist(), strict=True
    ):
        for here, there in ((one, other), (other, one)):
            mine = near.setdefault(here, {})
            mine[there] = mine.get(there, 0) + arcs
    return near


def _gathered(
    size: IntArray, near: dict[int, dict[int, int]], most: int, dice: np.random.Generator
) -> IntArray:
    """Block of each set: grown from a random one by the set that shares most people, while there is room."""
    block = np.full(len(size), -1, dtype=np.int64)
    filled: list[int] = []
    for start in dice.permutation(len(size)).tolist():
        if block[start] >= 0:
            continue
        if int(size[start]) < most // 20 and filled and min(filled) + int(size[start]) <= most:
            best = int(np.argmin(filled))  # crumbs go where there is most room
            block[start] = best
            filled[best] += int(size[start])
            continue
        room, ties = most - int(size[start]), dict(near.get(start, {}))
        block[start] = len(filled)
        while True:
            open_ = [other for other in ties if block[other] < 0 and int(size[other]) <= room]
            if not open_:
                break
            best = max(open_, key=lambda other: (ties[other], other))
            block[best] = len(filled)
            room -= int(size[best])
            for other, arcs in near.get(best, {}).items():
                ties[other] = ties.get(other, 0) + arcs
        filled.append(most - room)
    return block


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
