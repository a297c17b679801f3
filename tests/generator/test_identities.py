"""Identities are valid, unique, and belong to nobody."""

from datetime import date

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import data
from domain.identifiers import CreditCode, ResidentNumber, Sex
from generator.identities import MADE_UP_AREAS, credit_code, full_names, identity_numbers, telephone_numbers

PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(sorted(MADE_UP_AREAS.values())),
        st.dates(min_value=date(1915, 1, 1), max_value=date(2026, 3, 1)),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(PEOPLE)
def test_identity_numbers_are_valid_unique_and_say_birth_date_and_sex(people):
    area, birth, male = zip(*people, strict=True)
    numbers = identity_numbers(pl.Series(area), pl.Series(birth), np.array(male))
    assert numbers.n_unique() == len(people)
    for number, (code, born, is_male) in zip(numbers, people, strict=True):
        parsed = ResidentNumber(number)
        assert parsed.area_code == code
        assert parsed.birth_date == born
        assert parsed.sex is (Sex.MALE if is_male else Sex.FEMALE)


@given(PEOPLE)
def test_two_groups_with_ranks_apart_share_no_number(people):
    area, birth, male = zip(*people, strict=True)
    first = identity_numbers(pl.Series(area), pl.Series(birth), np.array(male))
    second = identity_numbers(pl.Series(area), pl.Series(birth), np.array(male), first_rank=250)
    assert not set(first) & set(second)


def test_the_made_up_areas_are_no_divisions():
    codes = {division.code[:6] for division in data.divisions()}
    assert not codes & set(MADE_UP_AREAS.values())


@given(
    st.sampled_from(["51", "52", "91", "12"]), st.sampled_from(sorted(MADE_UP_AREAS)), st.integers(1, 999_999)
)
def test_credit_codes_pass_their_check_rule(kind, county, serial):
    assert CreditCode(credit_code(kind, county, serial)).value.startswith(kind + MADE_UP_AREAS[county])


def test_telephone_numbers_start_where_no_network_is():
    numbers = telephone_numbers(5, 3).to_list()
    assert numbers == ["10000000005", "10000000006", "10000000007"]


def test_names_follow_the_fashion_of_the_year():
    rng = np.random.default_rng(1)
    count = 4_000
    surname = np.zeros(count, dtype=np.int64)
    old = full_names(rng, surname, np.full(count, 1940), np.zeros(count, dtype=bool))
    young = full_names(rng, surname, np.full(count, 2015), np.zeros(count, dtype=bool))
    assert old.str.contains("秀").mean() > 5 * young.str.contains("秀").mean()
    assert young.str.contains("欣|涵|梓").mean() > 5 * old.str.contains("欣|涵|梓").mean()
