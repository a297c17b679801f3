"""Small models drawn from a seed, with everything a model can hold: teams, options, rows, gifts, ceilings."""

import numpy as np

from matching.arrays import offsets
from matching.files.model import Measure, ModelFile
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Ceilings,
    Fairness,
    Gifts,
    Labels,
    Levels,
    Model,
    People,
    Places,
    Rows,
    Supply,
    Worth,
)


def ints(values) -> np.ndarray:
    return np.array(list(values), dtype=np.int64)


def people(dice: np.random.Generator, slots: np.ndarray, volunteers: int) -> People:
    need, slot, option, group_need = [], [], [], []
    group = []
    first_slot = offsets(np.repeat(np.arange(len(slots)), slots), len(slots))
    for number, count in enumerate(slots.tolist()):
        for choice in range(int(dice.integers(1, 3)) if count else 0):
            need += [number] * count
            slot += [int(first_slot[number]) + each for each in range(count)]
            option += [choice] * count
            group += [len(group_need)] * count
            group_need.append(number)
    arcs: list[tuple[int, int, int, int]] = []
    for place in range(len(need)):
        who = dice.permutation(volunteers)[: int(dice.integers(1, volunteers + 1))]
        arcs += [(place, -int(dice.integers(0, 50)), int(v), int(dice.integers(0, 5_000))) for v in who]
    arcs.sort(key=lambda arc: (arc[0], -arc[1], arc[2]))
    start = ints(480 + 60 * each for each in option)
    return People(
        places=Places(
            need=ints(need), slot=ints(slot), option=ints(option), start_min=start, end_min=start + 60,
            group=ints(group), group_need=ints(group_need),
            tail=ints(NO_ARC if dice.random() < 0.8 else -60 for _ in need),
        ),
        arcs=Arcs(
            place=ints(a[0] for a in arcs), volunteer=ints(a[2] for a in arcs),
            distance_m=ints(a[3] for a in arcs), points=ints(a[1] for a in arcs),
        ),
        depth=np.bincount(ints(a[0] for a in arcs), minlength=len(need)).astype(np.int64),
    )  # fmt: skip


def rows(dice: np.random.Generator, arcs: Arcs, volunteers: int) -> Rows:
    row, arc, coefficient, cap, owner = [], [], [], [], []
    for volunteer in range(volunteers):
        mine = np.flatnonzero(arcs.volunteer == volunteer).tolist()
        for _ in range(int(dice.integers(1, 3))):
            row += [len(cap)] * len(mine)
            arc += mine
            coefficient += [int(dice.integers(1, 4)) for _ in mine]
            cap.append(int(dice.integers(1, 5)))
            owner.append(volunteer)
    return Rows(
        row=ints(row), arc=ints(arc), coefficient=ints(coefficient), cap=ints(cap), volunteer=ints(owner),
    )  # fmt: skip


def gifts(dice: np.random.Generator, asked: np.ndarray, givers: int) -> Gifts:
    pairs = [(t, g) for t in np.flatnonzero(asked).tolist() for g in range(givers) if dice.random() < 0.7]
    taker = ints(t for t, _ in pairs)
    held = dice.integers(1, 30, givers)
    giver = ints(g for _, g in pairs)
    return Gifts(
        taker=taker, giver=giver, most=np.minimum(asked[taker], held[giver]),
        cost=dice.integers(0, NANO, len(pairs)), asked=asked, held=held, first=offsets(taker, len(asked)),
    )  # fmt: skip


def some_ceilings(dice: np.random.Generator, needs: int) -> Ceilings:
    """Ceilings over any needs, which may nest or overlap and count them and their money as they like."""
    row, need, per_need, per_fen, cap = [], [], [], [], []
    alike = dice.random() < 0.5
    for number in range(int(dice.integers(0, 4))):
        members = np.sort(dice.permutation(needs)[: int(dice.integers(1, needs + 1))]).tolist()
        row += [number] * len(members)
        need += members
        per_need += dice.integers(0, 2 if alike else 3, len(members)).tolist()
        per_fen += [1] * len(members) if alike else dice.integers(0, 3, len(members)).tolist()
        cap.append(int(dice.integers(0, 45)))
    return Ceilings(
        row=ints(row), need=ints(need), per_need=ints(per_need), per_fen=ints(per_fen), cap=ints(cap),
        subject=ints([0] * len(cap)), what=[f"c{number}" for number in range(len(cap))],
    )  # fmt: skip


def some_fairness(dice: np.random.Generator) -> Fairness | None:
    """Two communities that may have lost needs elsewhere already."""
    if dice.random() < 0.5:
        return None
    grain = int(dice.choice([1, 13, NANO]))
    return Fairness(
        step=dice.integers(0, 300, 2) * NANO // grain, demand=dice.integers(1, 8, 2),
        grain=ints([grain, grain]), base=dice.integers(0, 3, 2),
    )  # fmt: skip


def some_levels(dice: np.random.Generator, worth: np.ndarray) -> Levels | None:
    """Worth cut into levels."""
    if dice.random() < 0.5:
        return None
    fairness = dice.integers(0, 20, len(worth)) * NANO
    pin = dice.integers(0, 2, len(worth)) * 5 * NANO
    return Levels(fulfilment=worth - fairness - pin, fairness=fairness, pin=pin)


def random_model(seed: int) -> ModelFile:
    dice = np.random.default_rng(seed)
    needs, volunteers = int(dice.integers(1, 7)), int(dice.integers(1, 5))
    slots = dice.integers(0, 3, needs)
    team = people(dice, slots, volunteers)
    item_need = np.sort(dice.integers(0, needs, int(dice.integers(0, 4))))
    money = gifts(dice, dice.integers(0, 2, needs) * dice.integers(1, 20, needs), 2)
    goods = gifts(dice, dice.integers(1, 6, len(item_need)), 2)
    parts = dice.random(needs) < 0.4
    ceilings = some_ceilings(dice, needs)
    enough = money.reachable >= money.asked
    np.logical_and.at(enough, item_need, goods.reachable >= goods.asked)
    staffed = (slots == 0) | np.isin(np.arange(needs), team.places.group_need)
    asks = (slots > 0) | (money.asked > 0) | np.isin(np.arange(needs), item_need)
    alone = ceilings.per_need + ceilings.per_fen * money.asked[ceilings.need] <= ceilings.cap[ceilings.row]
    enough[ceilings.need[~alone]] = False
    possible = enough & staffed & asks
    worth = dice.integers(1, 500, needs) * NANO
    shares = worth // (
        2 * np.maximum(1, money.asked + np.bincount(item_need, goods.asked, needs).astype(np.int64))
    )
    adults = dice.random(len(team.arcs)) < 0.7
    in_team = slots[team.places.need[team.arcs.place]] > 1
    model = Model(
        worth=Worth(
            complete=worth, money_credit=np.where(parts, shares, 0), item_credit=np.where(parts, shares, 0)[item_need]
        ),
        slot_count=slots, item_need=item_need, community=dice.integers(-1, 2, needs), people=team,
        rows=rows(dice, team.arcs, volunteers),
        supply=Supply(money=money, goods=goods, ceilings=ceilings, parts=parts, supplied=enough),
        possible=possible,
        in_play=possible | (parts & ((money.asked > 0) | np.isin(np.arange(needs), item_need))),
        escort_arcs=~adults & in_team, adult_arcs=adults, levels=some_levels(dice, worth),
        fairness=some_fairness(dice),
    )  # fmt: skip
    labels = Labels(
        needs=[f"需求{k}" for k in range(needs)], slots=[f"s{k}" for k in range(int(slots.sum()))],
        volunteers=[f"v{k}" for k in range(volunteers)], funds=["f0", "f1"],
        items=[f"i{k}" for k in range(len(item_need))], stock=["o0", "o1"], communities=["c0", "c1"],
    )  # fmt: skip
    return ModelFile(model=model, labels=labels, measure=Measure(), name=f"random-{seed}")
