"""Global ids and cursors: what was written is read back, and nothing else is read."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CursorError, InvalidInputError
from graph.reads.pages import KeysetPosition
from graphql_api.cursors import CursorSigner
from graphql_api.ids import decode_id, encode_id, key_of
from tests.graphql_api.conftest import KEY

KEYS = st.text(min_size=1, max_size=40).filter(lambda key: key.isprintable())
POSITIONS = st.builds(KeysetPosition, list_name=st.sampled_from(["needs", "funds"]), sort_key=KEYS, id=KEYS)
SIGNER = CursorSigner(key=KEY, reader="worker")


@given(st.sampled_from(["Need", "Fund", "NeedSlot"]), KEYS)
def test_an_id_is_read_back_as_its_type_and_key(kind, key):
    written = encode_id(kind, key)
    assert decode_id(written) == (kind, key)
    assert key_of(written, kind) == key


@given(KEYS)
def test_an_id_of_one_type_is_none_of_another(key):
    with pytest.raises(InvalidInputError) as refused:
        key_of(encode_id("Fund", key), "Need", "needId")
    assert refused.value.context["field"] == "needId"


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_an_id_that_we_wrote_or_is_refused(text):
    try:
        kind, key = decode_id(text)
    except InvalidInputError:
        return
    assert encode_id(kind, key) == text


@given(POSITIONS)
def test_a_cursor_is_read_back_as_its_position(position):
    assert SIGNER.read(SIGNER.write(position)) == position


@given(POSITIONS, st.data())
def test_an_altered_cursor_is_refused(position, data):
    written = bytearray(base64.urlsafe_b64decode(SIGNER.write(position) + "=="))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CursorError):
        SIGNER.read(base64.urlsafe_b64encode(written).decode().rstrip("="))


@given(POSITIONS)
def test_a_cursor_means_nothing_to_another_reader_or_installation(position):
    cursor = SIGNER.write(position)
    for other in (CursorSigner(key=KEY, reader="somebody"), CursorSigner(key=b"another", reader="worker")):
        with pytest.raises(CursorError):
            other.read(cursor)


@given(st.text(max_size=80))
def test_any_text_is_no_cursor(text):
    with pytest.raises(CursorError):
        SIGNER.read(text)
