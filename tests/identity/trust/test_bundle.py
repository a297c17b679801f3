"""A bundle is believed when its anchor signed it, in its term, never an older one, and only as a whole."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from domain.errors import InvalidInputError, NotFoundError
from identity.jose.algorithms import Curve
from identity.jose.jwk import SigningKey
from identity.jose.jws import sign_compact
from identity.trust.agreements import StepKind, propose, sign, take_step
from identity.trust.book import new_book, publish, with_agreement, with_keys, with_region, with_registry
from identity.trust.bundle import (
    Region,
    Registry,
    TrustBundle,
    open_bundle,
    open_plain,
    read_document,
    sign_bundle,
)
from identity.trust.keys import TrustedKey
from identity.verdicts import Refused, VerdictCode

A, B = "310000", "330100"
NOW = 1_795_300_000
SECRET = {name: SigningKey.generate() for name in (A, B, "registry", "stranger")}
ANCHORS = {"kb": SECRET[B].public}


def key(name: str, kid: str) -> dict[str, TrustedKey]:
    return {kid: TrustedKey(kid=kid, key=SECRET[name].public)}


def agreement(**changed: Any):
    terms = {"id": "a-b", "version": 1, "from": A, "to": B, "valid_from": NOW, "valid_until": NOW + 10**6}
    made = propose({**terms, **changed})
    for region, kid in ((A, "ka"), (B, "kb")):
        made = sign(made, region=region, kid=kid, key=SECRET[region], at=NOW)
    return made


def activated():
    return take_step(agreement(), StepKind.ACTIVATE, region=B, kid="kb", key=SECRET[B], at=NOW)


@cache
def book() -> TrustBundle:
    found = new_book(Region(code=B, keys=key(B, "kb")), at=NOW)
    found = with_region(found, Region(code=A, keys=key(A, "ka")))
    registry = Registry(issuer="https://a", region=A, types=frozenset({"t"}), keys=key("registry", "k1"))
    return with_agreement(with_registry(found, registry), activated())


def published(**changed: Any) -> str:
    return sign_bundle(replace(book(), expires_at=NOW + 1000, **changed), SECRET[B], "kb")


def code(text: str, **how: Any) -> VerdictCode:
    return open_bundle(text, how.pop("anchors", ANCHORS), now=how.pop("now", NOW), **how).code


def test_a_published_book_opens_as_it_was_written():
    after, text = publish(book(), SECRET[B], "kb", at=NOW, expires_at=NOW + 1000)
    opened = open_bundle(text, ANCHORS, now=NOW)
    assert opened.code is VerdictCode.ACCEPTED
    assert opened.bundle == replace(book(), expires_at=NOW + 1000)
    assert (opened.bundle.version, after.version) == (1, 2)


def test_an_older_version_is_a_rollback_and_the_same_one_is_not():
    assert code(published(version=7), least_version=7) is VerdictCode.ACCEPTED
    assert code(published(version=6), least_version=7) is VerdictCode.BUNDLE_ROLLED_BACK


def test_a_bundle_is_good_in_its_term_alone():
    assert code(published(), now=NOW + 1000) is VerdictCode.BUNDLE_EXPIRED
    assert code(published(), now=NOW - 61) is VerdictCode.BUNDLE_NOT_YET_VALID
    assert code(published(), now=NOW - 60) is VerdictCode.ACCEPTED


def test_only_an_anchor_signs():
    stranger = {"kb": SECRET["stranger"].public}
    assert code(published(), anchors=stranger) is VerdictCode.BUNDLE_SIGNATURE
    assert code(published(), anchors={"other": SECRET[B].public}) is VerdictCode.BUNDLE_SIGNATURE
    assert code(published(), anchors={}) is VerdictCode.BUNDLE_SIGNATURE
    edwards = {"kb": SigningKey.generate(Curve.ED25519).public}
    assert code(published(), anchors=edwards) is VerdictCode.ALGORITHM_NOT_OF_KEY


def test_a_region_of_the_closed_profile_signs_its_own():
    anchor = SigningKey.generate(Curve.SM2)
    text = sign_bundle(replace(new_book(Region(code=B), at=NOW), expires_at=NOW + 1000), anchor, "sm")
    assert code(text, anchors={"sm": anchor.public}) is VerdictCode.ACCEPTED
    assert code(text, anchors=ANCHORS) is VerdictCode.ALGORITHM_REFUSED


@pytest.mark.parametrize("place", range(0, 4000, 97))
def test_no_character_of_a_bundle_can_be_another(place: int):
    text = published()
    at = place % len(text)
    bent = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    assert code(bent) is not VerdictCode.ACCEPTED


def test_another_kind_of_signed_text_is_no_bundle():
    text = sign_compact(book().document(), SECRET[B], type_="agreement+jws", key_id="kb")
    assert code(text) is VerdictCode.TYPE_REFUSED


def test_a_bundle_with_one_unproven_agreement_is_refused_whole():
    unproven = replace(activated(), document={**activated().document, "valid_until": NOW + 10**9})
    opened = open_bundle(published(agreements=(unproven,)), ANCHORS, now=NOW)
    assert (opened.code, opened.bundle) == (VerdictCode.AGREEMENT_UNSIGNED, None)
    assert opened.detail == "a-b 1"


def document(**changed: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(book().document())), **changed}


KEY = {"kid": "k", "jwk": SECRET[A].public.jwk()}

WRONG: dict[str, dict[str, Any]] = {
    "no home": document(home=""),
    "version zero": document(version=0),
    "version true": document(version=True),
    "no term": document(expires_at=None),
    "moment without a zone": document(expires_at="2026-01-01T00:00:00"),
    "region twice": document(regions=[{"code": A}, {"code": A}]),
    "regions no list": document(regions={}),
    "region no object": document(regions=["x"]),
    "registry of no region": document(registries=[{"iss": "x", "region": "9"}]),
    "registry twice": document(registries=[{"iss": "x", "region": A}] * 2),
    "types no texts": document(registries=[{"iss": "x", "region": A, "types": [1]}]),
    "key twice": document(regions=[{"code": A, "keys": [KEY, KEY]}]),
    "key private": document(regions=[{"code": A, "keys": [{"kid": "k", "jwk": SECRET[A].private_jwk()}]}]),
    "key no key": document(regions=[{"code": A, "keys": [{"kid": "k", "jwk": {}}]}]),
    "key without a name": document(regions=[{"code": A, "keys": [{"jwk": KEY["jwk"]}]}]),
    "key of no state": document(regions=[{"code": A, "keys": [{**KEY, "state": "LOST"}]}]),
    "retired without an end": document(regions=[{"code": A, "keys": [{**KEY, "state": "RETIRED"}]}]),
    "agreement twice": document(agreements=[document()["agreements"][0]] * 2),
    "agreement of no terms": document(agreements=[{"document": {}}]),
    "agreement of no state": document(agreements=[{**document()["agreements"][0], "state": "GOOD"}]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_document_is_right_or_refused_whole(name: str):
    with pytest.raises(Refused) as refused:
        read_document(WRONG[name])
    assert refused.value.code is VerdictCode.BUNDLE_UNREADABLE
    assert open_plain(json.dumps(WRONG[name]).encode()).code is VerdictCode.BUNDLE_UNREADABLE


def test_a_plain_file_is_read_strictly():
    assert open_plain(json.dumps(document()).encode()).code is VerdictCode.ACCEPTED
    assert open_plain(b'{"home":"a","home":"b"}').code is VerdictCode.DUPLICATE_MEMBER
    assert open_plain(b"[]").code is VerdictCode.BAD_JSON


def test_keys_are_found_by_issuer_and_name_to_the_byte():
    registry = book().registry("https://a")
    assert book().key(registry, "k1").key == SECRET["registry"].public
    for issuer in ("https://a/", "HTTPS://a", None, ["https://a"]):
        with pytest.raises(Refused):
            book().registry(issuer)
    for kid, wanted in (("K1", VerdictCode.KEY_UNKNOWN), (None, VerdictCode.KEY_NOT_NAMED)):
        with pytest.raises(Refused) as refused:
            book().key(registry, kid)
        assert refused.value.code is wanted


def test_the_newest_version_in_force_is_applied():
    newer = take_step(agreement(version=2), StepKind.ACTIVATE, region=B, kid="kb", key=SECRET[B], at=NOW)
    draft = propose({**newer.document, "version": 3})
    found = replace(book(), agreements=(*book().agreements, newer, draft)).standing(A, NOW)
    assert (found.against, found.agreement and found.agreement.version) == (None, 2)


def test_the_book_takes_what_is_proven_and_newer_alone():
    with pytest.raises(InvalidInputError):
        with_agreement(book(), replace(activated(), signatures=()))
    with pytest.raises(InvalidInputError):
        with_agreement(book(), agreement())
    with pytest.raises(InvalidInputError):
        with_agreement(book(), agreement(rules={"x": 1}))
    suspended = take_step(
        book().agreements[0], StepKind.SUSPEND, region=A, kid="ka", key=SECRET[A], at=NOW + 5
    )
    assert with_agreement(book(), suspended).standing(A, NOW + 9).against is VerdictCode.AGREEMENT_SUSPENDED


def test_the_book_knows_whom_it_speaks_of():
    with pytest.raises(NotFoundError):
        with_registry(book(), Registry(issuer="x", region="9"))
    with pytest.raises(NotFoundError):
        with_keys(book(), "nobody", {})
    rotated = with_keys(book(), "https://a", key("stranger", "k2"))
    assert list(rotated.registries["https://a"].keys) == ["k2"]
    assert list(with_keys(book(), A, {}).regions[A].keys) == []
