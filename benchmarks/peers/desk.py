"""
What people do without a solver where teams, hours and money come together: they claim, or somebody deals out.

Needs are given whole or not at all; money is taken from the purse that is most bound first. Only the arrays of a
model are used, none of the matcher's own searches.
"""

from collections.abc import Iterable

import numpy as np

from matching.model import Draft, Model, empty_draft


class Desk:
    """What is left of people's time, money and ceilings, and what was promised so far."""

    def __init__(self, model: Model) -> None:
        assert not len(model.supply.goods), "goods are not dealt out here"
        assert not model.escort_arcs.any(), "nobody needs an escort here"
        self.model, self.draft = model, empty_draft(model)
        rows, supply = model.rows, model.supply
        self._time = rows.cap.copy()
        self._purse = supply.money.held.copy()
        self._ceiling = supply.ceilings.cap.copy()
        order = np.argsort(rows.arc, kind="stable")
        self._row, self._uses = rows.row[order], rows.coefficient[order]
        self._entry = np.searchsorted(rows.arc[order], np.arange(len(model.people.arcs) + 1))
        order = np.argsort(supply.ceilings.need, kind="stable")
        self._ceiling_row = supply.ceilings.row[order]
        asked = supply.money.asked[supply.ceilings.need]
        self._ceiling_use = (supply.ceilings.per_need + supply.ceilings.per_fen * asked)[order]
        self._ceiling_at = np.searchsorted(supply.ceilings.need[order], np.arange(len(model) + 1))

    def is_free(self, arc: int) -> bool:
        """Whether this person has the time for this place."""
        inside = slice(self._entry[arc], self._entry[arc + 1])
        return bool((self._uses[inside] <= self._time[self._row[inside]]).all())

    def book(self, arc: int, sign: int = 1) -> None:
        """Take a person's time, or give it back."""
        inside = slice(self._entry[arc], self._entry[arc + 1])
        self._time[self._row[inside]] -= sign * self._uses[inside]

    def pay(self, need: int) -> bool:
        """Take all the money that a need asks for, from the purses nearest to their purpose; or none."""
        money = self.model.supply.money
        inside = slice(self._ceiling_at[need], self._ceiling_at[need + 1])
        rows, uses = self._ceiling_row[inside], self._ceiling_use[inside]
        if (uses > self._ceiling[rows]).any():
            return False
        left = int(money.asked[need])
        taken: list[tuple[int, int]] = []
        arcs = np.arange(money.first[need], money.first[need + 1])
        for arc in arcs[np.argsort(money.cost[arcs], kind="stable")].tolist():
            fen = int(min(left, money.most[arc], self._purse[money.giver[arc]]))
            taken.append((arc, fen))
            left -= fen
        if left:
            return False
        for arc, fen in taken:
            self.draft.money[arc] = fen
            self._purse[money.giver[arc]] -= fen
        self._ceiling[rows] -= uses
        return True

    def keep(self, need: int, team: Iterable[int]) -> None:
        """Note a need as complete with its team."""
        self.draft.complete[need] = True
        self.draft.chosen[list(team)] = True


def dispatched(model: Model) -> Draft:
    """Deal out from a list: most worth first, the cheapest free person for each place, then money."""
    desk = Desk(model)
    places, arcs = model.people.places, model.people.arcs
    group_at = np.searchsorted(places.group, np.arange(len(places.group_need) + 1))
    arc_at = np.searchsorted(arcs.place, np.arange(len(places) + 1))
    groups: dict[int, list[int]] = {}
    for group, need in enumerate(places.group_need.tolist()):
        groups.setdefault(need, []).append(group)

    def team_of(group: int) -> list[int] | None:
        team: list[int] = []
        for place in range(group_at[group], group_at[group + 1]):
            people = {int(arcs.volunteer[arc]) for arc in team}
            for arc in range(arc_at[place], arc_at[place + 1]):
                if int(arcs.volunteer[arc]) not in people and desk.is_free(arc):
                    team.append(arc)
                    break
            else:
                return None
        return team

    needs = np.flatnonzero(model.possible)
    for need in needs[np.argsort(-model.worth.complete[needs], kind="stable")].tolist():
        found = (team for group in groups.get(need, []) if (team := team_of(group)) is not None)
        team = next(found, None if model.slot_count[need] else [])
        if team is not None and desk.pay(need):
            desk.keep(need, team)
            for arc in team:
                desk.book(arc)
    return desk.draft


def claimed(model: Model, first_choice: np.ndarray) -> Draft:
    """
    Deal out first come, first served: volunteers claim places one after another, a full team asks for money.

    A team that finds no money goes home, and its need is closed; a place that nobody shares stays empty.

    Parameters
    ----------
    first_choice
        By arc, lower is claimed earlier.
    """
    desk = Desk(model)
    places, arcs = model.people.places, model.people.arcs
    group, need_of = places.group[arcs.place].tolist(), model.arc_need.tolist()
    size = np.bincount(places.group, minlength=len(places.group_need))
    teams: dict[int, list[int]] = {}
    filled: set[int] = set()
    closed = set(np.flatnonzero(~model.possible).tolist())
    for need in np.flatnonzero(model.possible & (model.slot_count == 0)).tolist():
        if desk.pay(need):
            desk.keep(need, [])
    order = np.lexsort((-arcs.points, first_choice, arcs.volunteer))
    begin = np.searchsorted(arcs.volunteer[order], np.arange(int(arcs.volunteer.max(initial=-1)) + 2))
    for volunteer in np.random.default_rng(1).permutation(len(begin) - 1).tolist():
        mine: set[int] = set()
        for arc in order[begin[volunteer] : begin[volunteer + 1]].tolist():
            place, need = int(arcs.place[arc]), need_of[arc]
            if need in closed or place in filled or group[arc] in mine or not desk.is_free(arc):
                continue
            desk.book(arc)
            filled.add(place)
            mine.add(group[arc])
            team = teams.setdefault(group[arc], [])
            team.append(arc)
            if len(team) < size[group[arc]]:
                continue
            closed.add(need)
            if desk.pay(need):
                desk.keep(need, team)
            else:
                for other in team:
                    desk.book(other, -1)
    return desk.draft


def by_distance(model: Model) -> np.ndarray:
    """Nearest first."""
    return -model.people.arcs.points


def by_urgency(model: Model) -> np.ndarray:
    """Most urgent first."""
    return -model.worth.complete[model.arc_need]


def by_age(model: Model) -> np.ndarray:
    """First posted, first claimed."""
    return model.arc_need
