"""Bytes and JSON have one spelling, and what two readers could read differently is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.jose.encoding import (
    MAX_DEPTH,
    canonical,
    compact,
    decode,
    deeper_than,
    encode,
    parse,
    parse_object,
)
from identity.verdicts import Refused, VerdictCode


def code(data: bytes) -> VerdictCode:
    with pytest.raises(Refused) as refused:
        parse(data)
    return refused.value.code


@given(st.binary())
def test_bytes_come_back_from_their_one_spelling(data: bytes):
    assert decode(encode(data)) == data


@given(st.text(alphabet="ABab01-_+/= \n~é", max_size=12))
def test_no_two_texts_are_the_same_bytes(text: str):
    try:
        data = decode(text)
    except Refused as refusal:
        code = refusal.code
    else:
        assert encode(data) == text
        return
    assert code is VerdictCode.BAD_BASE64


@pytest.mark.parametrize(
    "text", ["A", "AA=", "AA==", "AB", "AAB", "A A", "AA\n", "A+", "A/", "\u00e9A", "\ud800"]
)
def test_another_spelling_is_refused(text: str):
    with pytest.raises(Refused):
        decode(text)


scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_what_is_lawful_reads_as_json_reads_it(value):
    assert parse(compact(value)) == value
    assert parse(json.dumps(value).encode()) == value


@given(documents)
def test_the_canonical_form_is_one_and_reads_back(value):
    written = canonical(value)
    assert parse(written) == value
    assert canonical(json.loads(json.dumps(value, sort_keys=True))) == written


def test_canonical_names_stand_in_the_order_of_rfc_8785():
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = json.loads(canonical(dict.fromkeys(names, 0)), object_pairs_hook=list)
    assert [name for name, _ in written] == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_a_fraction_or_a_stranger_has_no_canonical_form():
    for value in (0.5, {"a": [1.0]}, object()):
        with pytest.raises(ValueError, match=r"float|object"):
            canonical(value)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b'{"a":1,"a":1}', VerdictCode.DUPLICATE_MEMBER),
        (b'[{"a":{"b":1,"\\u0062":2}}]', VerdictCode.DUPLICATE_MEMBER),
        (b"NaN", VerdictCode.NUMBER_OUT_OF_RANGE),
        (b"1e400", VerdictCode.NUMBER_OUT_OF_RANGE),
        (b"-1e999", VerdictCode.NUMBER_OUT_OF_RANGE),
        (b"9007199254740992", VerdictCode.NUMBER_OUT_OF_RANGE),
        (b"9" * 10_000, VerdictCode.NUMBER_OUT_OF_RANGE),
        (b'"\\ud800"', VerdictCode.LONE_SURROGATE),
        (b'{"\\udfff":1}', VerdictCode.LONE_SURROGATE),
        (b'"\xed\xa0\x80"', VerdictCode.BAD_JSON),
        (b'"\xff"', VerdictCode.BAD_JSON),
        (b"", VerdictCode.BAD_JSON),
        (b"{} {}", VerdictCode.BAD_JSON),
        (b"{'a':1}", VerdictCode.BAD_JSON),
        (b'"\n"', VerdictCode.BAD_JSON),
        (b"01", VerdictCode.BAD_JSON),
        (b"[1,]", VerdictCode.BAD_JSON),
        (b"[" * 17 + b"]" * 17, VerdictCode.TOO_DEEP),
        (b"[" * 60_000, VerdictCode.TOO_DEEP),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, VerdictCode.TOO_DEEP),
    ],
)
def test_what_has_two_readings_or_none_is_refused(data: bytes, wanted: VerdictCode):
    assert code(data) is wanted


def test_the_deepest_that_is_taken():
    data = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert not deeper_than(parse(data), MAX_DEPTH)
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_an_object_is_asked_for():
    with pytest.raises(Refused) as refused:
        parse_object(b"[]")
    assert refused.value.code is VerdictCode.BAD_JSON
