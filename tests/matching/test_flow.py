"""Networks of people: equal to trying everything, bound equal to value, and the same after every change."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.jobs import one_place_model
from matching.incremental import NewNeeds, Rolling
from matching.model import NANO, Fairness, Model, Rows, draft_value, empty_draft
from matching.optimise import optimise
from matching.solvers.network.forest import forest_of
from matching.solvers.search import Clock, own_bound

LAWS = settings(max_examples=150, deadline=None)


@st.composite
def nested_rows(draw: st.DrawFn, volunteer: list[int]) -> Rows:
    """A week of each volunteer cut into days and the days into slots, with uniform coefficients."""
    row: list[int] = []
    arc: list[int] = []
    coefficient: list[int] = []
    cap: list[int] = []
    whose: list[int] = []

    def add(person: int, arcs: list[int]) -> None:
        each = draw(st.sampled_from([1, 1, 60, 90]))
        row.extend([len(cap)] * len(arcs))
        arc.extend(arcs)
        coefficient.extend([each] * len(arcs))
        cap.append(draw(st.integers(0, 3)) * each + draw(st.integers(0, each - 1)))
        whose.append(person)

    for person in sorted(set(volunteer)):
        mine = [at for at, who in enumerate(volunteer) if who == person]
        if draw(st.integers(0, 3)):
            add(person, mine)
        cut = draw(st.integers(0, len(mine)))
        for day in (mine[:cut], mine[cut:]):
            if len(day) > 1 and draw(st.booleans()):
                add(person, day)
                if draw(st.booleans()):
                    add(person, day[:-1])
    return Rows(
        row=np.array(row, dtype=np.int64),
        arc=np.array(arc, dtype=np.int64),
        coefficient=np.array(coefficient, dtype=np.int64),
        cap=np.array(cap, dtype=np.int64),
        volunteer=np.array(whose, dtype=np.int64),
    )


@st.composite
def models(draw: st.DrawFn, needs: int = 6, people: int = 4, fair: bool = False) -> Model:
    n_needs, n_people = draw(st.integers(1, needs)), draw(st.integers(1, people))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, n_needs - 1), st.integers(0, n_people - 1), st.integers(0, 9)),
            unique_by=lambda pair: pair[:2],
            max_size=14,
        )
    )
    need, volunteer, cost = (np.array([pair[at] for pair in pairs], dtype=np.int64) for at in range(3))
    order = np.lexsort((volunteer, cost, need))
    need, volunteer, cost = need[order], volunteer[order], cost[order]
    worth = draw(st.lists(st.integers(0, 12), min_size=n_needs, max_size=n_needs))
    community = np.array(
        draw(st.lists(st.integers(-1, 1), min_size=n_needs, max_size=n_needs)), dtype=np.int64
    )
    model = one_place_model(
        need=need,
        volunteer=volunteer,
        points=-cost,
        complete=np.array(worth, dtype=np.int64) * NANO,
        community=community,
        rows=draw(nested_rows(volunteer.tolist())),
    )
    if not fair:
        return model
    grain = draw(st.sampled_from([1, 7, NANO]))
    fairness = Fairness(
        step=np.array(draw(st.lists(st.integers(0, 20), min_size=2, max_size=2)), dtype=np.int64)
        * NANO
        // grain,
        demand=np.array(draw(st.lists(st.integers(1, 7), min_size=2, max_size=2)), dtype=np.int64),
        grain=np.full(2, grain, dtype=np.int64),
        base=np.array(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)), dtype=np.int64),
    )
    return replace(model, fairness=fairness)


def brute(model: Model) -> int:
    """Best value by trying every choice of arcs."""
    arcs_of: list[list[int]] = [[-1] for _ in range(len(model))]
    for arc, need in enumerate(model.arc_need.tolist()):
        arcs_of[need].append(arc)
    best = -(2**62)
    for choice in product(*arcs_of):
        draft = empty_draft(model)
        taken = [arc for arc in choice if arc >= 0]
        draft.chosen[taken] = True
        draft.complete[[need for need, arc in enumerate(choice) if arc >= 0]] = True
        if fits(model, draft.chosen):
            best = max(best, draft_value(model, draft))
    return best


def fits(model: Model, chosen: np.ndarray) -> bool:
    load = np.zeros(len(model.rows), dtype=np.int64)
    np.add.at(load, model.rows.row, model.rows.coefficient * chosen[model.rows.arc])
    return bool((load <= model.rows.cap).all())


def check(model: Model) -> None:
    found = optimise(model, Clock.of(60.0), 0.0)
    assert fits(model, found.draft.chosen)
    assert set(model.arc_need[found.draft.chosen]) == set(np.flatnonzero(found.draft.complete))
    assert found.value == draft_value(model, found.draft) == brute(model)
    assert found.own == found.value


@LAWS
@given(models())
def test_nested_rows_are_solved_as_trying_everything_and_our_bound_is_the_value(model: Model):
    assert forest_of(model.rows, len(model.people.arcs)).fits.all()
    check(model)


@LAWS
@given(models(fair=True))
def test_fair_flows_are_solved_as_trying_everything_and_our_bound_is_the_value(model: Model):
    check(model)


class Changes:
    """Random changes of a rolling model, drawn one after the other."""

    def __init__(self, rolling: Rolling, data: st.DataObject) -> None:
        self.rolling, self.data = rolling, data

    def one(self) -> None:
        draw, now = self.data.draw, self.rolling.model()
        kind = draw(st.sampled_from(["new", "new", "gone", "person", "more", "less"]))
        if kind == "new":
            self.new(now)
        elif kind == "gone":
            self.rolling.withdraw_needs(np.array([draw(st.integers(0, len(now) - 1))]))
        elif kind == "person" and len(now.people.arcs):
            person = draw(st.sampled_from(sorted(set(now.people.arcs.volunteer.tolist()))))
            self.rolling.withdraw_volunteers(np.array([person]))
        elif len(now.rows):
            row = draw(st.integers(0, len(now.rows) - 1))
            self.rolling.add_capacity(row, draw(st.integers(1, 2)) * (1 if kind == "more" else -1))

    def new(self, now: Model) -> None:
        draw = self.data.draw
        # an arc of the model tells which smallest row a new arc of its volunteer may enter
        known = self.rolling.model().people.arcs.volunteer.tolist()
        leaf = forest_of(now.rows, len(known), every=True).leaf
        rows = sorted({int(row) for row in leaf if row >= 0})
        some = draw(st.lists(st.sampled_from(rows), unique=True, max_size=3)) if rows else []
        self.rolling.add_needs(
            NewNeeds(
                worth=np.array([draw(st.integers(0, 12))]) * NANO,
                first=np.array([0, len(some)]),
                row=np.array(some, dtype=np.int64),
                cost=np.array([draw(st.integers(0, 9)) for _ in some], dtype=np.int64),
                community=np.array([draw(st.integers(-1, 1))]),
            )
        )


@LAWS
@given(models(fair=True) | models(), st.data())
def test_after_any_changes_the_kept_optimum_is_the_one_of_a_full_solve(model: Model, data: st.DataObject):
    rolling = Rolling(model)
    changes = Changes(rolling, data)
    for _ in range(data.draw(st.integers(1, 5))):
        changes.one()
        now, draft = rolling.model(), rolling.draft()
        value = draft_value(now, draft)
        assert fits(now, draft.chosen)
        assert value == optimise(now, Clock.of(60.0), 0.0).value
        assert own_bound(now, np.arange(len(now)), rolling.prices()) == value


@LAWS
@given(models())
def test_equal_steps_share_what_is_served_as_evenly_as_anything_that_serves_as_many(model: Model):
    """Counts of communities are leximin: least squares decide it on a flow (Frank and Murota, 2022)."""
    model = replace(
        model,
        worth=replace(model.worth, complete=np.full(len(model), 1_000 * NANO)),
        people=replace(
            model.people,
            arcs=replace(model.people.arcs, points=np.zeros_like(model.people.arcs.points)),
        ),
        community=np.where(model.community < 0, 0, model.community),
        fairness=Fairness(
            step=np.full(2, 2 * NANO),
            demand=np.ones(2, dtype=np.int64),
            grain=np.ones(2, dtype=np.int64),
            base=np.zeros(2, dtype=np.int64),
        ),
    )
    found = optimise(model, Clock.of(60.0), 0.0)
    missing = sorted(np.bincount(model.community[~found.draft.complete], minlength=2).tolist(), reverse=True)
    assert missing == min(worst_first(model))


def worst_first(model: Model) -> Iterator[list[int]]:
    """Counts of needs left in each community, largest first, of every choice that serves the most."""
    arcs_of: list[list[int]] = [[-1] for _ in range(len(model))]
    for arc, need in enumerate(model.arc_need.tolist()):
        arcs_of[need].append(arc)
    left: list[list[int]] = []
    for choice in product(*arcs_of):
        chosen = np.zeros(len(model.people.arcs), dtype=np.bool_)
        chosen[[arc for arc in choice if arc >= 0]] = True
        if fits(model, chosen):
            out = model.community[[need for need, arc in enumerate(choice) if arc < 0]]
            left.append(sorted(np.bincount(out, minlength=2).tolist(), reverse=True))
    fewest = min(sum(counts) for counts in left)
    yield from (counts for counts in left if sum(counts) == fewest)
