"""What a registry seals opens for its record, its purpose and its key alone."""

import pytest

from domain.errors import InvariantError
from identity.keys.sealing import Cipher
from identity.sealing.data_keys import EnvelopeKey, new_data_key, next_name, unwrap, wrap

NUMBER = "11010519491231002X"
ENVELOPE = EnvelopeKey(name="envelope-1", secret=b"e" * 32)


@pytest.fixture(params=list(Cipher))
def key(request):
    return new_data_key("/NBS/32/", 1, request.param)


def test_a_sealed_value_opens_and_never_looks_the_same(key):
    first, second = (key.seal(NUMBER, record="v1", purpose="id") for _ in range(2))
    assert first != second
    assert NUMBER not in first
    assert key.open(first, record="v1", purpose="id") == key.open(second, record="v1", purpose="id") == NUMBER


@pytest.mark.parametrize("about", [{"record": "v2", "purpose": "id"}, {"record": "v1", "purpose": "phone"}])
def test_a_value_that_was_moved_to_another_record_or_purpose_does_not_open(key, about):
    with pytest.raises(InvariantError):
        key.open(key.seal(NUMBER, record="v1", purpose="id"), **about)


def test_another_key_of_the_same_registry_opens_nothing(key):
    other = new_data_key(key.registry, 2, key.cipher)
    with pytest.raises(InvariantError):
        other.open(key.seal(NUMBER, record="v1", purpose="id"), record="v1", purpose="id")


def test_an_index_is_equal_for_equal_values_of_one_registry_alone(key):
    elsewhere = new_data_key("/NBS/31/", 1, key.cipher)
    assert key.blind(NUMBER, purpose="id") == key.blind(NUMBER, purpose="id")
    assert key.blind(NUMBER, purpose="id") != key.blind(NUMBER, purpose="phone")
    assert key.blind(NUMBER, purpose="id") != elsewhere.blind(NUMBER, purpose="id")


def test_a_wrapped_key_is_the_same_key_again(key):
    again = unwrap(wrap(key, ENVELOPE), key.id, key.registry, key.cipher, ENVELOPE)
    assert again == key
    assert again.blind(NUMBER, purpose="id") == key.blind(NUMBER, purpose="id")


@pytest.mark.parametrize(
    "envelope",
    [EnvelopeKey(name="envelope-1", secret=b"f" * 32), EnvelopeKey(name="envelope-2", secret=b"e" * 32)],
)
def test_a_key_opens_with_the_envelope_key_that_wrapped_it_alone(key, envelope):
    with pytest.raises(InvariantError):
        unwrap(wrap(key, ENVELOPE), key.id, key.registry, key.cipher, envelope)


def test_a_wrapped_key_is_bound_to_its_registry(key):
    with pytest.raises(InvariantError):
        unwrap(wrap(key, ENVELOPE), key.id, "/NBS/31/", key.cipher, ENVELOPE)


def test_a_key_does_not_show_its_secrets(key):
    assert "b'" not in repr(key) + repr(ENVELOPE)


def test_names_are_numbered_on():
    assert next_name([], "envelope") == "envelope-1"
    assert next_name(["envelope-1", "envelope-9"], "envelope") == "envelope-10"
