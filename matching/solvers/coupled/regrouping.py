"""
A plan made better around some people: their weeks and the needs about them, as one programme of whole numbers.

People are drawn from who could serve a need, then from who could serve what these serve, so that whole weeks
are free to be packed anew. That is what packed hours ask for; blocks of needs leave most weeks half fixed.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.components import Part
from matching.cores import cores
from matching.model import Draft, Model
from matching.solvers.coupled.hand import Hand
from matching.solvers.coupled.neighbourhoods import cut
from matching.solvers.coupled.polishing import improved, in_threads
from matching.solvers.giving.dealing import deal_out
from matching.solvers.layout import lists
from matching.solvers.outcome import Clock

_PEOPLE = 16  # at first
_FEWEST, _MOST_PEOPLE = 8, 60
_OPEN = 24  # needs that are not served yet, at most, beside those that are
_NODES = 200
_PATIENCE = 60  # draws without a better plan
_QUICK_S, _SLOW_S = 1.0, 4.0
_AT_THE_FOCUS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Net:
    """Who could serve what."""

    person_first: IntArray
    person_arc: IntArray
    need_first: IntArray
    need_arc: IntArray
    volunteer: IntArray
    need: IntArray

    @classmethod
    def of(cls, model: Model) -> "_Net":
        volunteer, need = model.people.arcs.volunteer, model.arc_need
        person_first, person_arc = lists(volunteer, int(volunteer.max(initial=-1)) + 1)
        need_first, need_arc = lists(need, len(model))
        return cls(
            person_first=person_first,
            person_arc=person_arc,
            need_first=need_first,
            need_arc=need_arc,
            volunteer=volunteer,
            need=need,
        )

    def arcs_of_person(self, person: int) -> IntArray:
        return self.person_arc[self.person_first[person] : self.person_first[person + 1]]

    def arcs_of_need(self, need: int) -> IntArray:
        return self.need_arc[self.need_first[need] : self.need_first[need + 1]]


def regroup(hand: Hand, wanted: IntArray, *, seed: int, clock: Clock) -> None:
    """
    Improve the plan in hand until nothing more is found or the clock runs out.

    Parameters
    ----------
    wanted
        Needs that the plan should have complete, as prices say: open ones among them are tried first.
    """
    model = hand.model
    net, dice = _Net.of(model), np.random.default_rng(seed)
    eager = np.zeros(len(model), dtype=np.bool_)
    eager[wanted] = True
    people, idle = _PEOPLE, 0
    while idle < _PATIENCE and not clock.over and not hand.over:
        narrow = bool(dice.random() < 0.6)
        groups: list[IntArray] = []
        used = np.zeros(len(model), dtype=np.bool_)
        for _ in range(cores()):
            group = _around(hand, net, eager, used, people, dice, narrow=narrow)
            if len(group):
                groups.append(group)
                used[group] = True
        if not groups:
            return
        before = hand.value
        slowest = _together(hand, groups, clock)
        idle = 0 if hand.value > before else idle + 1
        if slowest < _QUICK_S:
            people = min(_MOST_PEOPLE, people + 1)
        elif slowest > _SLOW_S:
            people = max(_FEWEST, people - 3)


def _around(
    hand: Hand,
    net: _Net,
    eager: BoolArray,
    used: BoolArray,
    count: int,
    dice: np.random.Generator,
    *,
    narrow: bool,
) -> IntArray:
    """Needs served by some people who hang together, and open ones that they could serve."""
    model, draft = hand.model, hand.draft
    can = model.possible & model.in_play & model.has_slots & ~used
    missing = np.flatnonzero(can & ~draft.complete & (eager if narrow else True))
    served = np.flatnonzero(can & draft.complete)
    if not len(served):
        return served.astype(np.int64)
    focus = int(dice.choice(missing if len(missing) and dice.random() < 0.7 else served))
    people: set[int] = set()
    group = {focus}
    turn = [focus]
    while turn and len(people) < count:
        need = turn.pop(int(dice.integers(len(turn))))
        near = [
            person
            for person in np.unique(net.volunteer[net.arcs_of_need(need)]).tolist()
            if person not in people
        ]
        dice.shuffle(near)
        for person in near[: _AT_THE_FOCUS if need == focus else 2]:
            people.add(person)
            mine = net.arcs_of_person(person)
            theirs = net.need[mine[draft.chosen[mine]]].tolist()
            turn.extend(other for other in theirs if other not in group)
            group.update(theirs)
    reach = np.unique(
        np.concatenate([net.need[net.arcs_of_person(person)] for person in people] or [served[:0]])
    )
    fresh = reach[can[reach] & ~draft.complete[reach] & (eager[reach] if narrow else True)]
    if len(fresh) > _OPEN:
        fresh = dice.choice(fresh, _OPEN, replace=False)
    every = np.unique(np.concatenate([np.array(sorted(group), dtype=np.int64), fresh.astype(np.int64)]))
    return every[~used[every]]


def _together(hand: Hand, groups: list[IntArray], clock: Clock) -> float:
    """Solve each group beside the others and put together what is better; seconds of the slowest."""
    draft = hand.draft.copy()
    end = Clock.of(min(2 * _SLOW_S, clock.left), clock.stopped)

    def one(part: Part) -> tuple[Draft | None, float]:
        begin = end.left
        return improved(part.model, part.take(draft), nodes=_NODES, clock=end), begin - end.left

    parts = cut(hand.model, draft, groups)
    slowest = 0.0
    found = False
    for part, (better, seconds) in zip(parts, in_threads(one, parts), strict=True):
        slowest = max(slowest, seconds)
        if better is not None:
            part.put(draft, better)
            found = True
    if found and not hand.offer(deal_out(hand.model, draft, hand.needs)):
        hand.offer(draft)
    return slowest
