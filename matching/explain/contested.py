"""
Who stands between a need and the people it would take: exchanges along alternating paths.

A need asks a volunteer who could come but for one visit of the plan; whoever loses that visit may ask
another volunteer in turn. Each volunteer is passed once, so every chain of exchanges can be carried out as a
whole. In a pure assignment, what is reached this way is the Hall violator: more needs than their people can
serve.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from matching.arrays import IntArray
from matching.model import Draft, Labels, Model
from matching.statements import Contest

_LISTED = 12
_MOST_REACHED = 400


@dataclass(slots=True, kw_only=True, eq=False)
class Reach:
    """
    Needs and volunteers reached from one need, nearest first.

    ``open_path`` says that somebody was reached who is free: the need could be met without any loss.
    """

    candidates: int
    needs: list[int] = field(default_factory=list[int])
    volunteers: list[int] = field(default_factory=list[int])
    open_path: bool = False

    def contest(self, labels: Labels) -> Contest | None:
        """Give what was reached by ids; None where single exchanges open nothing."""
        if not self.needs:
            return None
        return Contest(
            needs=tuple(labels.needs[need] for need in self.needs[:_LISTED]),
            volunteers=tuple(labels.volunteers[who] for who in self.volunteers[:_LISTED]),
            needs_total=len(self.needs),
            volunteers_total=len(self.volunteers),
        )


class Rivals:
    """The people's side of a plan, to be searched from unmatched needs. A need with a team is never moved."""

    def __init__(self, model: Model, draft: Draft) -> None:
        self._model, self._draft = model, draft
        rows, arcs, places = model.rows, model.people.arcs, model.people.places
        load = rows.coefficient * draft.chosen[rows.arc]
        self._left = rows.cap - np.bincount(rows.row, weights=load, minlength=len(rows)).astype(np.int64)
        self._entries = _Positions(rows.arc, len(arcs))
        self._arcs_of = _Positions(places.need[arcs.place], len(model))
        chosen = np.flatnonzero(draft.chosen)
        self._visits: dict[int, list[int]] = {}
        for arc in chosen.tolist():
            self._visits.setdefault(int(arcs.volunteer[arc]), []).append(arc)

    def of(self, need: int) -> Reach:
        """Search from one need of one slot, through needs of one slot; of a team only the people are counted."""
        model = self._model
        arcs = model.people.arcs
        mine = self._arcs_of.of(need)
        found = Reach(candidates=len(np.unique(arcs.volunteer[mine])))
        if int(model.slot_count[need]) != 1:
            return found
        waiting, seen, passed = deque([need]), {need}, set[int]()
        while waiting and len(seen) < _MOST_REACHED:
            asker = waiting.popleft()
            for arc in self._arcs_of.of(asker).tolist():
                who = int(arcs.volunteer[arc])
                if who in passed or model.escort_arcs[arc] or bool(self._draft.chosen[arc]):
                    continue
                short = self._short(arc)
                if not short:
                    found.open_path = True
                    return found
                passed.add(who)
                holders = self._who_could_yield(who, short, seen)
                if holders:
                    found.volunteers.append(who)
                for holder in holders:
                    seen.add(holder)
                    found.needs.append(holder)
                    if int(model.slot_count[holder]) == 1:
                        waiting.append(holder)
        return found

    def _short(self, arc: int) -> dict[int, int]:
        """What is missing in each row for an arc to be taken as well."""
        rows = self._model.rows
        missing: dict[int, int] = {}
        for entry in self._entries.of(arc).tolist():
            row = int(rows.row[entry])
            lack = int(rows.coefficient[entry]) - int(self._left[row])
            if lack > 0:
                missing[row] = lack
        return missing

    def _who_could_yield(self, who: int, short: dict[int, int], seen: set[int]) -> list[int]:
        """Needs whose visit alone, given up by the volunteer, makes the room."""
        rows, arc_need = self._model.rows, self._model.people.places.need
        holders: list[int] = []
        for arc in self._visits.get(who, ()):
            holder = int(arc_need[self._model.people.arcs.place[arc]])
            if holder in seen:
                continue
            freed = dict.fromkeys(short, 0)
            for entry in self._entries.of(arc).tolist():
                row = int(rows.row[entry])
                if row in freed:
                    freed[row] += int(rows.coefficient[entry])
            if all(freed[row] >= lack for row, lack in short.items()):
                holders.append(holder)
        return holders


class _Positions:
    """Positions in an array by owner."""

    def __init__(self, owner: IntArray, n_owners: int) -> None:
        self._order = np.argsort(owner, kind="stable").astype(np.int64)
        self._first = np.searchsorted(owner[self._order], np.arange(n_owners + 1))

    def of(self, owner: int) -> IntArray:
        return self._order[self._first[owner] : self._first[owner + 1]]
