"""Presentations are accepted when all holds, and refused for one stable reason when anything does not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.holder import hold, present
from identity.credentials.issue import Selective, issue
from identity.credentials.policy import NoncesInMemory, Policy
from identity.credentials.status import StatusLists
from identity.jose.algorithms import Profile
from identity.jose.encoding import decode, encode
from identity.verdicts import VerdictCode
from tests.identity.credentials.attack_tools import ORDER, agreement, claim, header, keys
from tests.identity.credentials.attacks import ATTACKS
from tests.identity.credentials.worlds import (
    AUDIENCE,
    ED,
    HANGZHOU,
    HELD,
    ISSUER,
    KEYS,
    LIST,
    NONCE,
    NOW,
    PLACE,
    SHANGHAI,
    SHOWN,
    SM,
    Attack,
    check,
    claims,
    honest,
    status_token,
)

LAWFUL = {
    "as its holder presents it": Attack(),
    "nothing shown": Attack(disclosures=lambda _: []),
    "everything shown": Attack(disclosures=lambda _: list(HELD.disclosures)),
    "no exp, no nbf": Attack(payload=claim(exp=None, nbf=None)),
    "no iat": Attack(payload=claim(iat=None)),
    "no _sd_alg, so SHA-256": Attack(payload=claim(_sd_alg=None)),
    "expired within the skew": Attack(payload=claim(exp=NOW - 59)),
    "valid within the skew": Attack(payload=claim(nbf=NOW + 60)),
    "binding as old as may be": Attack(binding=claim(iat=NOW - 300)),
    "binding ahead within the skew": Attack(binding=claim(iat=NOW + 60)),
    "key retired after issue": Attack(bundle=keys(lambda key: key.update(state="RETIRED", until=NOW - 100))),
    "the other key": Attack(header=header(kid="k2"), issuer_key=KEYS["next"]),
    "Ed25519": Attack(header=header(kid="ed"), issuer_key=ED["issuer"]),
    "EdDSA, its older name": Attack(header=header(kid="ed", alg="EdDSA"), issuer_key=ED["issuer"]),
    "holder with Ed25519": Attack(
        payload=claim(cnf={"jwk": ED["holder"].public.jwk()}), holder_key=ED["holder"]
    ),
    "mutual agreement written the other way": Attack(
        bundle=agreement(**{"from": HANGZHOU, "to": SHANGHAI, "both_ways": True})
    ),
    "within one region, no agreement": Attack(
        bundle=lambda document: document.update(home=SHANGHAI, agreements=[])
    ),
    "fractions of seconds": Attack(payload=claim(exp=NOW + 0.5)),
    "one key id for two regions": Attack(bundle=keys(lambda key: key.update(since=0), issuer=ISSUER)),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_a_lawful_presentation_is_accepted(name: str):
    assert LAWFUL[name].run().code is VerdictCode.ACCEPTED


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_reason(name: str):
    code, attack = ATTACKS[name]
    verdict = attack.run()
    assert (verdict.code, verdict.claims) == (code, None)


def test_the_corpus_is_large_and_meets_nearly_every_reason():
    met = {code for code, _ in ATTACKS.values()} | {VerdictCode.ACCEPTED, VerdictCode.REPLAYED}
    left = set(VerdictCode) - met
    assert len(ATTACKS) > 200
    assert left == {
        VerdictCode.BUNDLE_UNREADABLE,  # of opening a bundle
        VerdictCode.BUNDLE_SIGNATURE,
        VerdictCode.BUNDLE_ROLLED_BACK,
        VerdictCode.STATUS_LIST_ROLLED_BACK,  # of a second list
        VerdictCode.BINDING_UNEXPECTED,  # of W3C presentations and of credentials bound to nobody
    }


def test_a_verdict_says_who_issued_what_under_which_agreement():
    verdict = check(honest())
    assert (verdict.issuer, verdict.key_id, verdict.region) == (ISSUER, "k1", SHANGHAI)
    assert (verdict.agreement, verdict.status_age_s) == (("sh-hz", 2), 600)
    assert verdict.holder == KEYS["holder"].public.thumbprint


def test_a_refusal_quotes_no_claim():
    for _, attack in ATTACKS.values():
        verdict = attack.run()
        assert not any(word in verdict.detail for word in ("王芳", "1988", "310101"))


@pytest.mark.parametrize(
    "name", ["a megabyte of tildes", "nested 20,000 deep", "over 64 KiB", "257 disclosures", "list a bomb"]
)
def test_what_is_oversized_is_refused_at_once(name: str):
    _, attack = ATTACKS[name]
    text, trust, lists = attack.presentation(), attack.trust(), StatusLists(attack.tokens)
    from datetime import UTC, datetime

    from identity.credentials.verify import verify

    began = time.process_time()
    verify(text, trust, audience=AUDIENCE, nonce=NONCE, now=datetime.fromtimestamp(NOW, UTC), statuses=lists)
    assert time.process_time() - began < 0.05


def test_a_nonce_is_good_once():
    nonces = NoncesInMemory()
    assert check(honest(), nonces=nonces).code is VerdictCode.ACCEPTED
    assert check(honest(), nonces=nonces).code is VerdictCode.REPLAYED


def test_the_second_spelling_of_a_signature_is_good_too_and_buys_no_second_use():
    def malleated(text: str) -> str:
        bound, _, proof = text.rpartition("~")
        head, body, tail = proof.split(".")
        raw = decode(tail)
        second = ORDER - int.from_bytes(raw[32:], "big")
        return f"{bound}~{head}.{body}.{encode(raw[:32] + second.to_bytes(32, 'big'))}"

    text, nonces = honest(), NoncesInMemory()
    assert malleated(text) != text
    assert check(malleated(text)).code is VerdictCode.ACCEPTED
    assert check(text, nonces=nonces).code is VerdictCode.ACCEPTED
    assert check(malleated(text), nonces=nonces).code is VerdictCode.REPLAYED


def test_a_refused_presentation_burns_no_nonce():
    nonces = NoncesInMemory()
    assert check(honest(), Attack(tokens={}), nonces).code is VerdictCode.STATUS_LIST_UNAVAILABLE
    assert check(honest(), nonces=nonces).code is VerdictCode.ACCEPTED


def test_a_nonce_is_forgotten_when_nothing_can_name_it_any_more():
    nonces = NoncesInMemory()
    nonces.use("a", "n", until=NOW)
    nonces.forget(NOW + 1)
    assert nonces.used == {}


def test_a_credential_that_was_good_is_refused_once_revoked_and_an_older_list_does_not_bring_it_back():
    from datetime import UTC, datetime

    from identity.credentials.verify import verify

    lists, trust = StatusLists(), Attack().trust()

    def verdict() -> VerdictCode:
        moment = datetime.fromtimestamp(NOW, UTC)
        return verify(honest(), trust, audience=AUDIENCE, nonce=NONCE, now=moment, statuses=lists).code

    lists.receive(LIST, status_token(issued_at=NOW - 500))
    assert verdict() is VerdictCode.ACCEPTED
    lists.receive(LIST, status_token(issued_at=NOW - 100, marks={PLACE: 1}))
    assert verdict() is VerdictCode.REVOKED
    lists.receive(LIST, status_token(issued_at=NOW - 500))
    assert verdict() is VerdictCode.STATUS_LIST_ROLLED_BACK


def test_a_list_that_is_kept_is_held_against_a_key_that_was_revoked_since():
    from datetime import UTC, datetime

    from identity.credentials.verify import verify

    lists = StatusLists({LIST: status_token(key=KEYS["next"], key_id="k2")})
    moment = datetime.fromtimestamp(NOW, UTC)
    later = Attack(bundle=keys(lambda key: key.update(state="REVOKED"), kid="k2")).trust()

    def code(trust) -> VerdictCode:
        return verify(honest(), trust, audience=AUDIENCE, nonce=NONCE, now=moment, statuses=lists).code

    assert code(Attack().trust()) is VerdictCode.ACCEPTED
    assert code(later) is VerdictCode.STATUS_LIST_UNTRUSTED


def test_a_credential_of_the_closed_profile_is_good_there_and_nowhere_else():
    text = issue(claims(), key=SM["issuer"], key_id="sm", holder=SM["holder"].public, status=(LIST, PLACE))
    shown = present(hold(text), SHOWN, key=SM["holder"], audience=AUDIENCE, nonce=NONCE, issued_at=NOW - 5)
    tokens = {LIST: status_token(key=SM["issuer"], key_id="sm")}
    closed = Attack(policy=Policy(profile=Profile.SM), tokens=tokens)
    assert check(shown, closed).code is VerdictCode.ACCEPTED
    assert check(shown, Attack(tokens=tokens)).code is VerdictCode.ALGORITHM_REFUSED
    bent = shown[:-1] + ("A" if shown[-1] != "A" else "Q")
    assert not check(bent, closed).accepted


def test_what_binds_nobody_is_taken_only_where_it_is_allowed():
    bearer = issue(claims(), key=KEYS["issuer"], key_id="k1", holder=None, status=(LIST, PLACE))
    shown = present(hold(bearer), SHOWN, key=None, audience=AUDIENCE, nonce=NONCE, issued_at=NOW)
    assert check(shown).code is VerdictCode.HOLDER_KEY_MISSING
    assert check(shown, Attack(policy=Policy(binding_required=False))).code is VerdictCode.ACCEPTED
    bound = shown + honest().rsplit("~", 1)[1]
    assert check(bound, Attack(policy=Policy(binding_required=False))).code is VerdictCode.BINDING_UNEXPECTED


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.=+/ \n\u00e9"
HONEST = honest()


@given(place=st.integers(0, len(HONEST) - 1), other=st.sampled_from(ALPHABET))
def test_no_character_of_a_presentation_can_be_another(place: int, other: str):
    bent = HONEST[:place] + other + HONEST[place + 1 :]
    assert check(bent).accepted is (bent == HONEST)


@given(place=st.integers(0, len(HONEST) - 1), length=st.integers(1, 40))
def test_no_part_of_a_presentation_can_be_missing(place: int, length: int):
    assert not check(HONEST[:place] + HONEST[place + length :]).accepted


@given(st.text(max_size=200))
def test_any_text_gives_a_verdict_and_never_an_exception(text: str):
    assert not check(text).accepted


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_between_the_dots_give_a_verdict(head: bytes, body: bytes):
    assert not check(f"{encode(head)}.{encode(body)}.AAAA~").accepted


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from("abcdefgh"), values, min_size=1), st.data())
def test_what_was_chosen_is_what_is_read(said: dict[str, object], data: st.DataObject):
    wrapped = {name: Selective(value) for name, value in said.items()}
    if any("_sd" in str(value) or "..." in str(value) for value in said.values()):
        return
    text = issue(
        {"iss": ISSUER, "vct": "urn:cn:volunteer:record:1", "iat": NOW - 5, **wrapped},
        key=KEYS["issuer"],
        key_id="k1",
        holder=KEYS["holder"].public,
        status=(LIST, PLACE),
    )
    chosen = data.draw(st.sets(st.sampled_from(sorted(said))))
    shown = present(
        hold(text),
        [(name,) for name in chosen],
        key=KEYS["holder"],
        audience=AUDIENCE,
        nonce=NONCE,
        issued_at=NOW,
    )
    verdict = check(shown)
    assert verdict.code is VerdictCode.ACCEPTED
    assert verdict.claims is not None
    assert {name: value for name, value in verdict.claims.items() if name in said} == {
        name: said[name] for name in chosen
    }
