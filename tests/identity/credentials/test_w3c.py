"""W3C credentials are the second format: shown whole or in parts, presented by their holder; badges are exported."""

import pytest

from identity.credentials.enveloped import PRESENTATION_TYPE, envelop
from identity.credentials.facts import VC_CONTEXT, Format
from identity.credentials.holder import hold, present
from identity.credentials.issue import Selective, issue
from identity.credentials.open_badges import Achievement, badge, sign_badge
from identity.credentials.policy import NoncesInMemory, Policy
from identity.jose.encoding import decode, parse_object
from identity.jose.jws import open_compact
from identity.verdicts import VerdictCode as V
from tests.identity.credentials.worlds import (
    AUDIENCE,
    ISSUER,
    KEYS,
    LIST,
    NONCE,
    NOW,
    PLACE,
    Attack,
    check,
    sign,
)

KIND = "VolunteerRecordCredential"
WORLD = Attack(bundle=lambda document: document["registries"][0].update(types=[KIND]))


def w3c(*, selective: bool, **changed: object) -> dict[str, object]:
    said: object = Selective("王芳") if selective else "王芳"
    found: dict[str, object] = {
        "@context": [VC_CONTEXT],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", KIND],
        "issuer": {"id": ISSUER, "name": "Volunteers of Shanghai"},
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
        "credentialSubject": {"name": said, "minutes": 600},
        "iat": NOW - 100,
    }
    found |= changed
    return {name: value for name, value in found.items() if value is not None}


def made(format_: Format, **changed: object) -> str:
    return issue(
        w3c(selective=format_ is Format.VC_SD_JWT, **changed),
        key=KEYS["issuer"],
        key_id="k1",
        holder=KEYS["holder"].public,
        status=(LIST, PLACE),
        format_=format_,
    )


def enveloped(credential: str, format_: Format = Format.VC_JWT, **changed: object) -> str:
    asked = {"audience": AUDIENCE, "nonce": NONCE, "issued_at": NOW - 5, **changed}
    return envelop(credential, format_, KEYS["holder"], **asked)


def test_a_credential_in_one_piece_is_presented_in_an_envelope():
    verdict = check(enveloped(made(Format.VC_JWT)), WORLD)
    assert (verdict.code, verdict.format) == (V.ACCEPTED, "vc+jwt")
    assert verdict.claims is not None
    assert verdict.claims["credentialSubject"] == {"name": "王芳", "minutes": 600}


@pytest.mark.parametrize("shown", [[], [("credentialSubject", "name")]])
def test_a_credential_in_parts_is_presented_with_key_binding_or_in_an_envelope(shown: list):
    held = hold(made(Format.VC_SD_JWT))
    bound = present(held, shown, key=KEYS["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW)
    bare = present(held, shown, key=None, audience=AUDIENCE, nonce=NONCE, issued_at=NOW)
    for text in (bound, enveloped(bare, Format.VC_SD_JWT)):
        verdict = check(text, WORLD)
        assert verdict.code is V.ACCEPTED
        assert verdict.claims is not None
        subject = verdict.claims["credentialSubject"]
        assert isinstance(subject, dict)
        assert ("name" in subject) is bool(shown)


def test_an_envelope_is_good_once_for_one_verifier_and_one_request():
    text, nonces = enveloped(made(Format.VC_JWT)), NoncesInMemory()
    assert check(text, WORLD, nonces).code is V.ACCEPTED
    assert check(text, WORLD, nonces).code is V.REPLAYED
    assert check(enveloped(made(Format.VC_JWT), audience="x"), WORLD).code is V.BINDING_AUDIENCE
    assert check(enveloped(made(Format.VC_JWT), nonce="x"), WORLD).code is V.BINDING_NONCE
    assert check(enveloped(made(Format.VC_JWT), issued_at=NOW - 301), WORLD).code is V.BINDING_STALE


def test_a_credential_without_its_holder_is_taken_only_where_it_is_allowed():
    bare = made(Format.VC_JWT)
    assert check(bare, WORLD).code is V.BINDING_MISSING
    assert check(bare, Attack(bundle=WORLD.bundle, policy=Policy(binding_required=False))).code is V.ACCEPTED


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"@context": ["https://www.w3.org/2018/credentials/v1"]}, V.CLAIM_MALFORMED),
        ({"@context": None}, V.CLAIM_MALFORMED),
        ({"@context": VC_CONTEXT}, V.CLAIM_MALFORMED),
        ({"type": "VolunteerRecordCredential"}, V.CLAIM_MALFORMED),
        ({"type": ["VerifiableCredential", "Other"]}, V.CREDENTIAL_TYPE_REFUSED),
        ({"type": ["VerifiableCredential", KIND, "Other"]}, V.CREDENTIAL_TYPE_REFUSED),
        ({"type": "VerifiableCredential"}, V.CREDENTIAL_TYPE_REFUSED),
        ({"issuer": None}, V.CLAIM_MALFORMED),
        ({"issuer": {"name": "x"}}, V.CLAIM_MALFORMED),
        ({"issuer": "https://evil.example"}, V.ISSUER_UNKNOWN),
        ({"iss": "https://evil.example"}, V.CLAIM_MALFORMED),
        ({"jti": "urn:uuid:2"}, V.CLAIM_MALFORMED),
        ({"vc": {}}, V.CLAIM_MALFORMED),
        ({"vp": {}}, V.CLAIM_MALFORMED),
        ({"credentialSubject": None}, V.CLAIM_MALFORMED),
        ({"credentialSubject": []}, V.CLAIM_MALFORMED),
        ({"validFrom": "2027-01-01T00:00:00Z"}, V.NOT_YET_VALID),
        ({"validUntil": "2026-01-02T00:00:00Z"}, V.EXPIRED),
        ({"validUntil": "tomorrow"}, V.CLAIM_MALFORMED),
        ({"validUntil": "2027-01-01"}, V.CLAIM_MALFORMED),
        ({"validUntil": "2027-01-01T00:00:00"}, V.CLAIM_MALFORMED),
        ({"validFrom": 5}, V.CLAIM_MALFORMED),
        ({"exp": NOW - 100}, V.EXPIRED),
        ({"credentialStatus": {"type": "Other"}}, V.STATUS_LIST_MALFORMED),
    ],
)
def test_a_w3c_credential_that_is_none_is_refused(changed, code):
    payload = {name: value for name, value in w3c(selective=False).items() if name not in changed}
    payload |= {
        "cnf": {"jwk": KEYS["holder"].public.jwk()},
        "status": {"status_list": {"uri": LIST, "idx": PLACE}},
    }
    payload |= {name: value for name, value in changed.items() if value is not None}
    text = sign({"alg": "ES256", "typ": "vc+jwt", "kid": "k1"}, payload, KEYS["issuer"])
    assert check(enveloped(text), WORLD).code is code


def presentation(**changed: object) -> str:
    inner = {
        "@context": VC_CONTEXT,
        "id": f"data:application/vc+jwt,{made(Format.VC_JWT)}",
        "type": "EnvelopedVerifiableCredential",
    }
    payload: dict[str, object] = {
        "@context": [VC_CONTEXT],
        "type": "VerifiablePresentation",
        "verifiableCredential": [inner],
        "aud": AUDIENCE,
        "nonce": NONCE,
        "iat": NOW,
    }
    payload |= changed
    return sign({"alg": "ES256", "typ": PRESENTATION_TYPE}, payload, KEYS["holder"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, V.ACCEPTED),
        ({"@context": []}, V.CLAIM_MALFORMED),
        ({"type": "Other"}, V.CLAIM_MALFORMED),
        ({"verifiableCredential": []}, V.MALFORMED),
        ({"verifiableCredential": [1, 2]}, V.MALFORMED),
        ({"verifiableCredential": "x"}, V.CLAIM_MALFORMED),
        ({"verifiableCredential": [{"id": "data:application/vc+jwt,x", "type": "Other"}]}, V.CLAIM_MALFORMED),
        ({"verifiableCredential": [{"id": "x", "type": "EnvelopedVerifiableCredential"}]}, V.TYPE_REFUSED),
        ({"verifiableCredential": [{"id": 1, "type": ["EnvelopedVerifiableCredential"]}]}, V.TYPE_REFUSED),
        ({"iat": None}, V.BINDING_MALFORMED),
        ({"exp": NOW - 100}, V.BINDING_STALE),
    ],
)
def test_an_envelope_that_is_none_is_refused(changed, code):
    assert check(presentation(**changed), WORLD).code is code


def test_anothers_envelope_proves_nothing():
    text = envelop(
        made(Format.VC_JWT), Format.VC_JWT, KEYS["stranger"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW
    )
    assert check(text, WORLD).code is V.BINDING_SIGNATURE


def test_a_bound_presentation_in_an_envelope_is_two_proofs_and_refused():
    held = hold(made(Format.VC_SD_JWT))
    bound = present(held, [], key=KEYS["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW)
    assert check(enveloped(bound, Format.VC_SD_JWT), WORLD).code is V.BINDING_UNEXPECTED


def test_a_star_is_exported_as_an_open_badge():
    star = Achievement(
        id="urn:scheme:MZ-2012-340:3",
        name="Three stars",
        description="600 h",
        kind="Badge",
        criteria="600 hours",
    )
    document = badge(
        star,
        badge_id="urn:uuid:9",
        issuer=ISSUER,
        issuer_name="Volunteers of Shanghai",
        subject="urn:volunteer:1",
        awarded_at=NOW,
        expires_at=NOW + 1000,
        evidence=[{"id": "urn:e", "type": ["Evidence"]}],
    )
    text = sign_badge(document, KEYS["issuer"], key_id="k1", awarded_at=NOW, expires_at=NOW + 1000)
    signed = open_compact(text, {"JWT"})
    signed.check(KEYS["issuer"].public)
    payload = parse_object(decode(text.split(".")[1]))
    assert payload["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert (payload["iss"], payload["sub"], payload["jti"]) == (ISSUER, "urn:volunteer:1", "urn:uuid:9")
    assert (payload["nbf"], payload["exp"], payload["validFrom"]) == (NOW, NOW + 1000, "2026-11-21T22:26:40Z")
    subject = payload["credentialSubject"]
    assert isinstance(subject, dict)
    assert subject["achievement"] == star.document()


def test_a_badge_is_no_credential_here():
    document = badge(
        Achievement(id="urn:a", name="a", description="d", kind="Certificate", criteria="c"),
        badge_id="urn:b",
        issuer=ISSUER,
        issuer_name="n",
        subject="urn:s",
        awarded_at=NOW,
    )
    text = sign_badge(document, KEYS["issuer"], key_id="k1", awarded_at=NOW, expires_at=None)
    assert check(text, WORLD).code is V.TYPE_REFUSED
