"""A certificate verifies with the public key alone, and not after one changed byte."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from workflows.certificates.signing import (
    Claims,
    Revocation,
    RevocationList,
    Signer,
    VerdictCode,
    code_digest,
    key_text,
    read_keys,
    read_list,
    verify,
)

SIGNER = Signer(b"k" * 32)
KEYS = read_keys([key_text(SIGNER.public_key)])
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
CLAIMS = st.builds(
    Claims,
    code=st.text("0123456789abcdef", min_size=32, max_size=32),
    serial=st.text(max_size=30),
    name=st.text(max_size=20),
    id_mask=st.text("0123456789X*", max_size=18),
    minutes=st.integers(0, 10**6),
    since=DAYS,
    until=DAYS,
    issuer=st.text(max_size=40),
    issued_on=DAYS,
    digest=st.text("0123456789abcdef", max_size=32),
)
ONE = Claims(
    code="ab" * 16, serial="ZYFW-320582-2026-000001-69", name="张*三", id_mask="1234", minutes=780,
    since=date(2026, 1, 1), until=date(2026, 6, 30), issuer="市慈善总会", issued_on=date(2026, 7, 1), digest="cd" * 16,
)  # fmt: skip


@given(CLAIMS, st.sampled_from(["", "https://h/verify/x#", "  "]))
def test_what_was_signed_verifies_and_reads_back(claims, before):
    verdict = verify(before + SIGNER.sign_claims(claims), KEYS)
    assert (verdict.code, verdict.claims) == (VerdictCode.VALID, claims)


@given(CLAIMS, st.data())
def test_any_changed_character_is_refused(claims, data):
    token = SIGNER.sign_claims(claims)
    i = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(exclude_characters=token[i] + "#", exclude_categories=["Z", "C"]))
    verdict = verify(token[:i] + other + token[i + 1 :], KEYS)
    assert not verdict.holds
    assert verdict.claims is None


@given(st.binary(max_size=300), st.data())
def test_any_flipped_bit_of_a_printed_file_is_refused(body, data):
    file = SIGNER.seal(b"%PDF-1.7\n" + body, SIGNER.sign_claims(ONE))
    assert verify(file, KEYS).holds
    i, bit = data.draw(st.integers(0, len(file) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(file)
    flipped[i] ^= 1 << bit
    assert not verify(bytes(flipped), KEYS).holds


@given(st.binary(max_size=60))
def test_more_or_less_than_the_file_is_refused(rest):
    file = SIGNER.seal(b"%PDF-1.7\n", SIGNER.sign_claims(ONE))
    if rest:
        assert not verify(file + rest, KEYS).holds
        assert not verify(rest + file, KEYS).holds
    assert not verify(file[:-1], KEYS).holds


def test_only_trusted_keys_sign():
    stranger = Signer(b"x" * 32)
    assert verify(stranger.sign_claims(ONE), KEYS).code is VerdictCode.UNKNOWN_KEY
    assert verify(stranger.seal(b"%PDF", stranger.sign_claims(ONE)), KEYS).code is VerdictCode.UNKNOWN_KEY
    token = SIGNER.sign_claims(ONE)
    moved = token.replace(SIGNER.key_id, stranger.key_id)
    assert verify(moved, {**KEYS, stranger.key_id: stranger.public_key}).code is VerdictCode.ALTERED


def test_a_revoked_certificate_holds_no_more_and_the_list_names_nobody():
    token = SIGNER.sign_claims(ONE)
    listed = RevocationList(
        number=1, issued_at=NOON, revoked=(Revocation(code_digest=code_digest(ONE.code), revoked_at=NOON),)
    )
    signed = SIGNER.sign_list(listed)
    assert read_list(signed, KEYS) == listed
    assert ONE.code not in signed
    verdict = verify(token, KEYS, signed)
    assert (verdict.code, verdict.list_issued_at) == (VerdictCode.REVOKED, NOON)
    empty = SIGNER.sign_list(RevocationList(number=0, issued_at=NOON, revoked=()))
    assert verify(token, KEYS, empty).holds
    assert verify(token, KEYS, signed[:-2] + "AA").code is VerdictCode.LIST_UNREADABLE
    assert verify(token, KEYS, token).code is VerdictCode.LIST_UNREADABLE


@pytest.mark.parametrize(
    "rubbish", ["", "ZLC1", "ZLC1.a.b.c", "a.b.c.d", "ZLC1....", b"", b"%PDF-1.7", b"\n%ZLS1 \n"]
)
def test_rubbish_is_no_certificate(rubbish):
    assert not verify(rubbish, KEYS).holds


def test_a_key_is_thirty_two_bytes():
    with pytest.raises(InvalidInputError):
        read_keys(["short"])
