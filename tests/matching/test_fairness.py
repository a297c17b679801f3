"""The convex cost of fairness, and the prices and steps by which solvers see it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.fairness import Communities
from matching.model import Fairness


@st.composite
def communities(draw: st.DrawFn) -> Communities:
    member = np.array(draw(st.lists(st.integers(-1, 2), max_size=9)), dtype=np.int64)

    def three(least: int, most: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(least, most), min_size=3, max_size=3)), dtype=np.int64)

    fairness = Fairness(step=three(0, 40), demand=three(1, 9), grain=three(1, 5), base=three(0, 3))
    return Communities.of(member, fairness)


def spared(of: Communities, served: np.ndarray) -> int:
    return of.spared(of.unserved(served))


@given(communities(), st.data())
def test_steps_are_never_more_than_what_is_spared_and_are_it_in_their_own_order(of, data):
    size = len(of.member)
    order = np.array(data.draw(st.permutations(range(size))), dtype=np.int64)
    steps = of.stairs(order)
    served = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=np.bool_)
    assert int(steps[served].sum()) <= spared(of, served)
    first = np.zeros(size, dtype=np.bool_)
    first[order[: data.draw(st.integers(0, size))]] = True
    assert int(steps[first].sum()) == spared(of, first)


@given(communities(), st.data())
def test_at_any_prices_what_served_needs_earn_and_the_conjugate_are_never_below_what_is_spared(of, data):
    size = len(of.member)
    price = np.array(data.draw(st.lists(st.integers(0, 300), min_size=3, max_size=3)), dtype=np.int64)
    served = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=np.bool_)
    earned = of.flat(price)
    assert int(earned[served].sum()) + of.conjugate(price) >= spared(of, served)
    marginal = of.marginal(of.unserved(served), price)
    assert int(of.flat(marginal)[served].sum()) + of.conjugate(marginal) == spared(of, served)
