"""What is issued can be held and shown in parts; what no verifier would take is not issued."""

import re
from collections import Counter

import pytest

from domain.errors import InvalidInputError
from identity.credentials.disclosures import split
from identity.credentials.facts import Format
from identity.credentials.holder import hold, path_of, path_text, present
from identity.credentials.issue import Selective, issue
from identity.jose.algorithms import Curve
from identity.jose.jwk import SigningKey
from identity.verdicts import VerdictCode
from tests.identity.credentials.worlds import (
    AUDIENCE,
    HELD,
    ISSUER,
    KEYS,
    LIST,
    NONCE,
    NOW,
    PLACE,
    SM,
    check,
    claims,
    credential,
    honest,
    payload_of,
)


def made(**changed: object) -> str:
    return credential(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": Selective(NOW)},
        {"vct": Selective("x")},
        {"aka_vcts": [Selective("x")]},
        {
            "status": {"status_list": Selective({})},
            "cnf": {"jwk": Selective({})},
            "vct#integrity": Selective("x"),
        },
        {"_sd": ["x"]},
        {"...": 1},
        {"address": {"_sd_alg": Selective("x")}},
        {"iss": None},
        {"iss": ""},
        {"vct": None},
        {"exp": "tomorrow"},
        {"big": "x" * 65_000},
        {"many": [Selective(n) for n in range(300)]},
        {"when": b"bytes"},
    ],
)
def test_what_no_verifier_would_take_is_not_issued(changed):
    with pytest.raises(InvalidInputError):
        made(**changed)


def test_a_claim_nested_too_deep_is_not_issued():
    deep: object = 1
    for _ in range(20):
        deep = [deep]
    with pytest.raises(InvalidInputError):
        made(deep=deep)


def test_nothing_of_what_can_be_kept_back_stands_in_what_is_signed():
    text = re.sub(r"[\w-]{43}", "", str(payload_of(HELD.jwt)))  # digests are chance, and may spell anything
    assert not any(said in text for said in ("王芳", "1988", "310101", "e2", "clocked"))


def test_decoys_and_digests_stand_in_an_order_that_tells_nothing():
    payload = payload_of(issue(claims(), key=KEYS["issuer"], key_id="k1", holder=None, status=None, decoys=5))
    assert len(payload["_sd"]) == 3 + 5
    assert payload["_sd"] == sorted(payload["_sd"])


def test_salts_are_never_used_twice():
    salts = Counter(disclosure for _ in range(20) for disclosure in split(credential()).disclosures)
    assert set(salts.values()) == {1}


def test_a_holder_sees_every_claim_by_its_path():
    assert {path_text(claim.path) for claim in HELD.claims} == {
        "name",
        "birthdate",
        "minutes",
        "address/region",
        *(f"entries/{n}" for n in range(6)),
    }
    assert path_of("entries/2", HELD) == ("entries", 2)
    assert HELD.credential_id == "urn:uuid:5d2e0a0e-57b6-4a68-9d6c-0d6f7f6f2a01"
    assert HELD.key == KEYS["holder"].public


def test_showing_what_stands_inside_shows_what_it_stands_in():
    inner = Selective({"school": Selective({"town": Selective("X"), "year": 2001}), "other": 1})
    text = made(history=inner)
    held = hold(text)
    shown = present(
        held,
        [("history", "school", "town")],
        key=KEYS["holder"],
        audience=AUDIENCE,
        nonce=NONCE,
        issued_at=NOW,
    )
    verdict = check(shown)
    assert verdict.claims is not None
    assert verdict.claims["history"] == {"school": {"town": "X", "year": 2001}, "other": 1}
    outer = present(held, [("history",)], key=KEYS["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW)
    found = check(outer).claims
    assert found is not None
    assert found["history"] == {"other": 1}


def test_names_with_slashes_stay_apart():
    held = hold(made(**{"a/b": Selective(1), "a": {"b": Selective(2)}}))
    assert {path_text(claim.path) for claim in held.claims} >= {"a~1b", "a/b"}
    assert path_of("a~1b", held) == ("a/b",)


def test_a_claim_that_is_not_there_cannot_be_shown():
    with pytest.raises(InvalidInputError):
        present(HELD, [("iss",)], key=KEYS["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW)


def test_another_key_cannot_prove():
    with pytest.raises(InvalidInputError):
        present(HELD, [], key=KEYS["stranger"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", VerdictCode.MALFORMED),
        ("x~", VerdictCode.MALFORMED),
        (honest(), VerdictCode.BINDING_UNEXPECTED),
        (credential() + "WyJhIiwiYiIsMV0~", VerdictCode.DISCLOSURE_UNREFERENCED),
    ],
)
def test_what_is_no_credential_is_not_held(text: str, reason: VerdictCode):
    with pytest.raises(InvalidInputError) as refused:
        hold(text)
    assert refused.value.context["reason"] == reason.value


def test_a_credential_of_the_closed_profile_is_held_like_any():
    text = issue(claims(), key=SM["issuer"], key_id="sm", holder=SM["holder"].public, status=(LIST, PLACE))
    assert hold(text).payload["_sd_alg" if "_sd_alg" in hold(text).payload else "iss"] == ISSUER


def test_vc_jwt_keeps_nothing_back():
    with pytest.raises(InvalidInputError):
        issue(claims(), key=KEYS["issuer"], key_id="k1", holder=None, status=None, format_=Format.VC_JWT)


@pytest.mark.parametrize("curve", Curve)
def test_a_key_reads_back_from_its_private_form(curve: Curve):
    key = SigningKey.generate(curve)
    again = SigningKey.from_jwk(key.private_jwk())
    assert again.public == key.public
    assert key.public.verify(b"m", again.sign(b"m"))


@pytest.mark.parametrize(
    "bent",
    [
        {"d": "AAAA"},
        {"d": None},
        {"d": "not base64"},
        {"x": SigningKey.generate().public.jwk()["x"]},
        {"crv": "P-384"},
        {"d": "_" * 43},
    ],
)
def test_a_private_key_that_is_none_is_refused(bent):
    with pytest.raises(InvalidInputError):
        SigningKey.from_jwk({**KEYS["issuer"].private_jwk(), **bent})


def test_a_private_key_with_anothers_public_part_is_refused():
    other = KEYS["stranger"].public.jwk()
    with pytest.raises(InvalidInputError):
        SigningKey.from_jwk({**KEYS["issuer"].private_jwk(), "x": other["x"], "y": other["y"]})
