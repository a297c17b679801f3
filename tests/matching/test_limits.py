"""The largest figures that a problem may hold: refused beyond, exact up to there."""

import math
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError, PolicyError
from domain.money import MOST_FEN
from domain.needs import MOST_DURATION_MIN, MOST_QUANTITY
from matching.audit import audit
from matching.formulation.supply import Gifts
from matching.policy import policy_on
from matching.solve import solve
from matching.solvers.bound import MOST_PRICE, gift_values
from tests.matching import builders as b

_NEEDS = 100_000


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"needs": [b.need("big", amount_fen=MOST_FEN + 1)]}, {"need": "big", "field": "amount_fen"}),
        ({"needs": [b.need("long", duration_min=MOST_DURATION_MIN + 1)]}, {"need": "long"}),
        (
            {"needs": [b.need("n1")], "need_items": [b.item("i", quantity=MOST_QUANTITY + 1)]},
            {"need": "n1", "field": "quantity"},
        ),
        ({"funds": [b.fund("rich", MOST_FEN + 1)]}, {"fund": "rich"}),
        ({"stock": [b.stock("hoard", quantity=MOST_QUANTITY + 1)]}, {"offer": "hoard"}),
        ({"needs": [b.need("n", urgency_points=10**6)]}, {"need": "n", "field": "urgency_points"}),
        ({"needs": [b.need("n", urgency_points=-1)]}, {"need": "n", "field": "urgency_points"}),
        ({"needs": [b.need("n", urgency_points=None)]}, {"need": "n", "field": "urgency_points"}),
        ({"needs": [b.need("n", amount_fen=-5)]}, {"need": "n", "field": "amount_fen"}),
        ({"needs": [b.need("n", duration_min=-60)]}, {"need": "n", "field": "duration_min"}),
        ({"needs": [b.need("n", longitude_deg=math.nan)]}, {"need": "n", "field": "longitude_deg"}),
        ({"needs": [b.need("n", latitude_deg=math.inf)]}, {"need": "n", "field": "latitude_deg"}),
        ({"volunteers": [b.volunteer("v", latitude_deg=-91.0)]}, {"volunteer": "v", "field": "latitude_deg"}),
        ({"volunteers": [b.volunteer("v", radius_m=-1)]}, {"volunteer": "v", "field": "radius_m"}),
        ({"volunteers": [b.volunteer("v", radius_m=10**15)]}, {"volunteer": "v", "field": "radius_m"}),
    ],
)
def test_a_figure_beyond_its_limit_is_refused_with_whose_it_is(tables, named):
    with pytest.raises(InvalidInputError) as refused:
        b.problem(**tables)
    assert named.items() <= refused.value.context.items()


def test_a_need_posted_after_the_snapshot_has_waited_for_nothing():
    def value(days: int) -> int:
        problem = b.problem(
            needs=[b.need("n", waiting_days=days)],
            need_slots=[b.slot("n-a", "n")],
            volunteers=[b.volunteer("v")],
            volunteer_windows=[b.free("v", 0, "08:00", "12:00")],
        )
        return solve(problem, b.policy()).value

    assert value(-50) == value(0)


def test_a_policy_whose_weights_could_not_be_added_up_is_refused():
    text = files("matching").joinpath("policies", "default.toml").read_text("utf-8")
    weight = "fulfilment_per_urgency = { value = "
    assert weight in text
    for more in ("100000", "-", "99999999"):
        with pytest.raises(PolicyError):
            policy_on(b.POLICY_DAY, texts={"default.toml": text.replace(weight, weight + more)})


def test_sums_over_a_large_round_fit_64_bits():
    weights = policy_on(b.POLICY_DAY).weights
    waiting = weights.waiting_weeks_most.value * weights.waiting_per_week.value
    most_points = 8 * weights.fulfilment_per_urgency.value + waiting
    assert _NEEDS * MOST_FEN < 2**63
    assert _NEEDS * most_points * 10**9 < 2**63
    assert most_points * 10**9 < MOST_PRICE < 2**63 // MOST_DURATION_MIN


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([1, 7, 10**6, MOST_FEN - 1, MOST_FEN]), min_size=1, max_size=6),
    st.lists(st.sampled_from([1, 10**8, MOST_FEN]), min_size=1, max_size=2),
    st.booleans(),
)
def test_the_bound_holds_where_amounts_are_as_different_as_they_can_be(amounts, budgets, in_parts):
    problem = b.problem(
        needs=[
            b.need(
                f"n{i}", kind="WORKS", subject_kind="INSTITUTION", amount_fen=fen, partial_allowed=in_parts
            )
            for i, fen in enumerate(amounts)
        ],
        funds=[b.fund(f"f{i}", fen) for i, fen in enumerate(budgets)],
    )
    plan = solve(problem, b.policy())
    assert audit(problem, b.policy(), plan) == ()
    assert plan.bound >= plan.value >= 0


def test_gifts_at_the_highest_price_do_not_wrap_into_a_gain():
    """A need that asks for everything at a price set by one that asks for a fen is worth no money."""
    one = np.zeros(1, dtype=np.int64)
    most = np.full(1, MOST_FEN, dtype=np.int64)
    gifts = Gifts(
        taker=one,
        giver=one,
        most=most,
        cost=one,
        asked=most,
        held=most,
        first=np.array([0, 1], dtype=np.int64),
    )
    for price in [*(10**k for k in range(14)), 2**44 + 1, MOST_PRICE]:
        value = gift_values(gifts, np.full(1, price, dtype=np.int64), one, one)
        true = -price * MOST_FEN
        assert true <= int(value.full[0]) <= max(true, -(2**50))
        assert int(value.partial[0]) == 0
