"""A status list keeps a status a place, packs small, and lets nothing revoked come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError, TransitionError
from identity.credentials.status import Status, StatusList, change, read_list

PLACES = 1_048_576


@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_a_list_unpacks_to_what_was_packed(bits: int, data: st.DataObject):
    size = data.draw(st.integers(1, 200))
    said = data.draw(st.dictionaries(st.integers(0, size - 1), st.integers(0, 2**bits - 1)))
    statuses = StatusList.of_size(size, bits)
    for place, status in said.items():
        statuses[place] = status
    again = read_list(statuses.document())
    assert [again[place] for place in range(size)] == [said.get(place, 0) for place in range(size)]


def test_a_place_beyond_the_list_is_none():
    statuses = StatusList.of_size(10, 1)
    for place in (-1, len(statuses)):
        with pytest.raises(IndexError):
            statuses[place]
    with pytest.raises(IndexError):
        statuses[0] = 2
    with pytest.raises(IndexError):
        statuses[16] = 1


def test_a_large_list_with_one_in_a_hundred_revoked_is_small():
    statuses = StatusList.of_size(PLACES, 1)
    for place in range(37, PLACES, 100):
        statuses[place] = 1
    assert len(str(statuses.document()["lst"])) < 30_000


def test_what_is_suspended_may_hold_again_and_what_is_revoked_may_not():
    statuses = StatusList.of_size(8)
    change(statuses, suspend=[1, 2])
    change(statuses, resume=[1], revoke=[2, 3])
    assert [statuses[place] for place in range(4)] == [0, Status.VALID, Status.INVALID, Status.INVALID]
    for steps in ({"resume": [2]}, {"suspend": [3]}, {"resume": [0]}):
        with pytest.raises(TransitionError):
            change(statuses, **steps)
    change(statuses, revoke=[2])
    assert statuses[2] == Status.INVALID


def test_a_list_of_one_bit_cannot_suspend_and_no_list_has_a_place_beyond_it():
    with pytest.raises(InvalidInputError):
        change(StatusList.of_size(8, 1), suspend=[1])
    with pytest.raises(InvalidInputError):
        change(StatusList.of_size(8), revoke=[8])
