"""Parts of a plan: minutes between places, and a week spread over days and visitors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from domain.errors import InvalidInputError
from matching.visits.day import DueVisit, VisitDay, VisitorDay, VisitWeights
from matching.visits.spread import Week, spread_week
from matching.visits.travel import Road, travel_minutes

ROAD = Road(factor_percent=130, metres_per_minute=250, fixed_minutes=2)


def test_a_kilometre_north_takes_the_minutes_of_its_road():
    degrees = 1_000 / (6_371_008.8 * math.pi / 180)
    table = travel_minutes([(120.0, 31.0), (120.0, 31.0 + degrees), (120.0, 31.0), None], ROAD)
    assert table[0, 1] == 2 + math.ceil(1_300 / 250)
    assert table[0, 2] == 0  # the same door
    assert table[0, 3] == table[3, 1] == 2  # nobody knows where
    assert (table.diagonal() == 0).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(119, 121), st.floats(30, 32)), min_size=1, max_size=6))
def test_ways_are_as_long_there_as_back_and_never_negative(places):
    table = travel_minutes(places, ROAD)
    assert (table == table.T).all()
    assert (table >= 0).all()


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(1, 3), st.integers(1, 3))
def test_no_spread_of_a_week_costs_less(seed, visits, days, visitors):
    draw = np.random.default_rng(seed)
    week = Week(
        due_in=draw.integers(-4, days + 2, visits),
        room=draw.integers(0, 3, (days, visitors)),
        may=draw.random((visits, visitors)) < 0.7,
        usual=draw.integers(-1, visitors, visits),
        late=10,
        early=3,
        new_face=7,
        skip=draw.integers(5, 90, visits),
    )
    spread = spread_week(week)
    places = [(d, v) for d in range(days) for v in range(visitors) for _ in range(week.room[d, v])]

    def points(i, d, v):
        late = d - week.due_in[i]
        return (late * 10 if late >= 0 else -late * 3) + (7 if week.usual[i] not in {-1, v} else 0)

    table = np.array(
        [
            [points(i, d, v) if week.may[i, v] else 10_000 for d, v in places]
            + [int(week.skip[i]) if k == i else 10_000 for k in range(visits)]
            for i in range(visits)
        ],
        dtype=np.int64,
    ).reshape(visits, len(places) + visits)
    assert spread.cost == int(table[linear_sum_assignment(table)].sum())
    for d in range(days):
        for v in range(visitors):
            assert int(((spread.day == d) & (spread.visitor == v)).sum()) <= week.room[d, v]
    for i in np.flatnonzero(spread.visitor >= 0):
        assert week.may[i, spread.visitor[i]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: DueVisit(id="r", place=0, service_min=0, windows=((0, 10),), penalty=1),
        lambda: DueVisit(id="r", place=0, service_min=5, windows=(), penalty=1),
        lambda: DueVisit(id="r", place=0, service_min=5, windows=((0, 10),), penalty=1, pinned=True),
        lambda: VisitorDay(id="v", place=0, from_min=600, until_min=600, most_visits=1),
        lambda: VisitWeights(travel=-1),
        lambda: VisitDay(travel_min=((0, 1),), visits=(), visitors=()),
        lambda: VisitDay(
            travel_min=((0,),),
            visits=(DueVisit(id="r", place=1, service_min=5, windows=((0, 10),), penalty=1),),
            visitors=(),
        ),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(make):
    with pytest.raises(InvalidInputError):
        make()
