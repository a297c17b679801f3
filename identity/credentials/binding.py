"""
Key binding: the holder's proof that a presentation was made for this verifier, now, out of these disclosures.

KB-JWT of RFC 9901 section 4.3.
"""

import hmac

from identity.credentials.disclosures import digest_of
from identity.credentials.policy import Policy
from identity.jose.algorithms import Hash
from identity.jose.encoding import JsonObject
from identity.jose.jwk import PublicKey, Signer
from identity.jose.jws import SignedText, open_compact, sign_compact
from identity.verdicts import Refused, VerdictCode

BINDING_TYPE = "kb+jwt"


def bind(bound: str, key: Signer, *, audience: str, nonce: str, issued_at: int, hashed: Hash) -> str:
    """Give the proof over the text of a presentation up to its last tilde."""
    payload: JsonObject = {
        "iat": issued_at,
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(bound, hashed),
    }
    return sign_compact(payload, key, type_=BINDING_TYPE)


def check_binding(
    token: str,
    bound: str,
    holder: PublicKey,
    hashed: Hash,
    *,
    audience: str,
    nonce: str,
    now: int,
    policy: Policy,
) -> None:
    """Hold a proof against holder, verifier, nonce, moment and presentation."""
    try:
        signed = open_compact(token, {BINDING_TYPE}, policy.profile)
    except Refused as refusal:
        raise Refused(VerdictCode.BINDING_MALFORMED, refusal.code.value) from None
    issued = _issued(signed, holder)
    claims = signed.payload
    if not isinstance(claims.get("sd_hash"), str) or not isinstance(claims.get("nonce"), str):
        raise Refused(VerdictCode.BINDING_MALFORMED, "sd_hash or nonce")
    check_challenge(claims, issued, audience=audience, nonce=nonce, now=now, policy=policy)
    if not hmac.compare_digest(str(claims["sd_hash"]), digest_of(bound, hashed)):
        raise Refused(VerdictCode.BINDING_OTHER_PRESENTATION)


def _issued(signed: SignedText, holder: PublicKey) -> int:
    """Give the second at which the holder signed, once the signature holds."""
    if not holder.takes(signed.algorithm):
        raise Refused(VerdictCode.BINDING_SIGNATURE, VerdictCode.ALGORITHM_NOT_OF_KEY.value)
    signed.check(holder, VerdictCode.BINDING_SIGNATURE)
    issued = signed.payload.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int):
        raise Refused(VerdictCode.BINDING_MALFORMED, "iat")
    return issued


def check_presenter(
    proof: SignedText, holder: PublicKey, *, audience: str, nonce: str, now: int, policy: Policy
) -> None:
    """Hold a W3C presentation, signed by the holder, against holder, verifier, nonce and moment."""
    issued = _issued(proof, holder)
    check_challenge(proof.payload, issued, audience=audience, nonce=nonce, now=now, policy=policy)


def check_challenge(
    claims: JsonObject, issued: int, *, audience: str, nonce: str, now: int, policy: Policy
) -> None:
    """Hold verifier, nonce and times of a proof against what was asked; one audience, byte by byte."""
    if claims.get("aud") != audience:
        raise Refused(VerdictCode.BINDING_AUDIENCE)
    if claims.get("nonce") != nonce:
        raise Refused(VerdictCode.BINDING_NONCE)
    if issued > now + policy.skew_s:
        raise Refused(VerdictCode.BINDING_IN_FUTURE)
    if now - issued > policy.binding_max_age_s:
        raise Refused(VerdictCode.BINDING_STALE)
    for name, passed in (("exp", -1), ("nbf", 1)):
        limit = claims.get(name, None)
        if name not in claims:
            continue
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise Refused(VerdictCode.BINDING_MALFORMED, name)
        if (limit - now) * passed > policy.skew_s:
            raise Refused(VerdictCode.BINDING_STALE if passed < 0 else VerdictCode.BINDING_IN_FUTURE, name)
