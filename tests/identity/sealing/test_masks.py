"""A sealed mask gives no digit, opens with its secret alone, and is the same whenever the same number is sealed."""

import hashlib
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvariantError
from identity.sealing.masks import (
    SEALED,
    open_mask,
    open_masks,
    open_masks_in,
    seal_mask,
    seal_masks_in,
)

SECRET = b"s" * 32
MASK = "320***********1234"

masks = st.from_regex(r"[0-9]{3}\*{11}[0-9]{3}[0-9X]", fullmatch=True)
secrets = st.binary(min_size=32, max_size=32)
owners = st.none() | st.binary(max_size=20).map(lambda each: hashlib.sha256(each).hexdigest())


@given(masks, secrets, owners)
def test_a_mask_opens_again_and_sealed_again_looks_the_same(mask, secret, of):
    sealed = seal_mask(mask, secret, of)
    assert sealed.startswith(SEALED)
    assert open_mask(sealed, secret) == mask
    assert seal_mask(mask, secret, of) == sealed


@given(masks, secrets, secrets)
def test_another_secret_opens_nothing(mask, secret, other):
    sealed = seal_mask(mask, secret)
    if secret == other:
        return
    with pytest.raises(InvariantError):
        open_mask(sealed, other)


@given(st.lists(st.none() | masks | masks.map(lambda mask: seal_mask(mask, SECRET))))
def test_a_column_opens_as_its_values_do(stored):
    opened = open_masks(pl.Series(stored, dtype=pl.String), SECRET).to_list()
    assert opened == [None if each is None else open_mask(each, SECRET) for each in stored]


@given(st.lists(masks | st.text(alphabet='ab": ,', max_size=5)), owners)
def test_a_text_is_sealed_where_masks_stand_and_opens_to_what_it_was(parts, of):
    text = " | ".join(parts)
    sealed = seal_masks_in(text, SECRET, of)
    assert re.search(r"\d\*", sealed) is None
    assert open_masks_in(sealed, SECRET) == text


def test_masks_of_two_numbers_have_nothing_in_common_though_they_show_the_same():
    one, other = (seal_mask(MASK, SECRET, hashlib.sha256(of).hexdigest()) for of in (b"a", b"b"))
    assert len({one, other, seal_mask(MASK, SECRET)}) == 3


def test_what_was_never_sealed_is_given_as_it_is():
    assert open_mask(MASK, SECRET) == MASK
    assert open_masks_in(f"said m1.{'A' * 40}", SECRET) == f"said m1.{'A' * 40}"


@pytest.mark.parametrize("at", [5, 20, 50])
def test_an_altered_seal_does_not_open(at):
    sealed = seal_mask(MASK, SECRET)
    altered = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(InvariantError):
        open_mask(altered, SECRET)
