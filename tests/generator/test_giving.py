"""Money adds up and is short; goods are short; a few ties would be conflicts of interest."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.chance import Chance, split_amount, subsets
from generator.giving import COVERAGE
from generator.sizes import CitySize


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 10**9))
def test_parts_of_an_amount_are_positive_and_sum_to_it(seed, parts, extra):
    cut = split_amount(np.random.default_rng(seed), parts + extra, parts, sigma=1.6)
    assert cut.sum() == parts + extra
    assert cut.min() >= 1
    assert len(cut) == parts


@given(st.integers(0, 2**32), st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_subsets_have_the_sizes_asked(seed, sizes):
    found = subsets(np.random.default_rng(seed), np.arange(1, 7, dtype=float), np.array(sizes))
    assert found.sum(axis=1).tolist() == sizes


def test_streams_of_other_names_and_sizes_are_independent():
    draws = {
        tuple(Chance(seed=seed, size=size).stream(name).integers(0, 2**60, 2).tolist())
        for seed in (1, 2) for size in CitySize for name in ("needs", "volunteers")
    }  # fmt: skip
    assert len(draws) == 16


def test_donations_of_each_fund_sum_to_what_it_received(parts):
    given_sums = dict(parts.giving.donations.group_by("fund").agg(pl.col("amount_fen").sum()).rows())
    received = dict(parts.giving.funds.select("number", "received_fen").rows())
    assert given_sums == received
    assert parts.giving.donations["amount_fen"].min() > 0


def test_free_money_covers_the_stated_share_of_the_gap(parts):
    free = (parts.giving.funds["received_fen"] - parts.giving.funds["spent_fen"]).sum()
    assert COVERAGE[0] - 0.01 < free / parts.needs.open_gap_fen < COVERAGE[1] + 0.01


def test_donations_have_a_heavy_tail(parts):
    amounts = parts.giving.donations["amount_fen"].sort(descending=True)
    assert amounts.head(len(amounts) // 10).sum() / amounts.sum() > 0.5


def test_some_funds_are_walled_in_dated_or_capped(parts):
    funds = parts.giving.funds
    for column in ("categories", "situations", "restricted_regions", "case_cap_fen"):
        assert 0 < funds[column].null_count() < funds.height
    general = funds.filter(pl.col("categories").is_null() & pl.col("situations").is_null())
    assert general.height >= 5


def test_stock_is_short_of_what_open_needs_ask(parts):
    asked = parts.needs.items.filter(pl.col("open")).group_by("item").agg(pl.col("quantity").sum())
    held = parts.giving.stock.group_by("item").agg(pl.col("quantity").sum())
    both = asked.join(held, on="item", suffix="_held", how="left")
    assert both["quantity_held"].null_count() == 0
    assert (both["quantity_held"] < both["quantity"]).any()


def test_some_managers_of_funds_are_tied_to_households_that_ask_for_money(parts):
    """Kin of a manager, in a household with an open need for money: the three hops of HC-13."""
    assert parts.relations.planted > 0
    managers = set("、".join(parts.giving.funds["managers"]).split("、"))
    homes = dict(parts.population.residents.select("number", "household_number").rows())
    asking = set(parts.needs.needs.filter(pl.col("open"), pl.col("gap_fen") > 0)["household"].drop_nulls())
    tied = [
        other
        for resident, other, _ in parts.relations.kin.rows()
        if resident in managers and homes[other] in asking
    ]
    assert tied


@pytest.mark.parametrize("column", ["resident", "other"])
def test_nobody_is_their_own_kin(parts, column):
    kin = parts.relations.kin
    assert (kin["resident"] != kin["other"]).all()
    assert set(kin[column]) <= set(parts.population.residents["number"])
