"""
W3C presentations: ``vp+jwt``, signed by the holder, around one enveloped credential (VC-JOSE-COSE).

Nothing is processed as JSON-LD: the members that have to be read are read by their names.
"""

from dataclasses import dataclass

from identity.credentials.disclosures import Presented, split
from identity.credentials.facts import VC_CONTEXT, Format
from identity.credentials.policy import Policy
from identity.jose.encoding import Json, JsonObject
from identity.jose.jwk import Signer
from identity.jose.jws import SignedText, open_compact, sign_compact
from identity.verdicts import Refused, VerdictCode

PRESENTATION_TYPE = "vp+jwt"
_ENVELOPED = "EnvelopedVerifiableCredential"
_PRESENTATION = "VerifiablePresentation"
_SCHEMES = {
    f"data:application/{Format.VC_JWT.value},": Format.VC_JWT,
    f"data:application/{Format.VC_SD_JWT.value},": Format.VC_SD_JWT,
}


@dataclass(frozen=True, slots=True)
class Enveloped:
    """
    A credential out of a W3C presentation, or one that came bare.

    Parameters
    ----------
    signed
        What its issuer signed, unproven.
    proof
        The presentation that its holder signed; None for a bare credential.
    """

    parts: Presented
    signed: SignedText
    format: Format
    proof: SignedText | None


def open_enveloped(text: str, policy: Policy) -> Enveloped:
    """Take a credential out of its envelopes; no signature is checked yet."""
    signed = open_compact(text, {PRESENTATION_TYPE, Format.VC_JWT.value}, policy.profile)
    if signed.header["typ"] == Format.VC_JWT.value:
        return Enveloped(Presented(text, (), None, text), signed, Format.VC_JWT, None)
    format_, credential = _inside(signed.payload)
    bare = format_ is Format.VC_JWT
    parts = Presented(credential, (), None, credential) if bare else split(credential)
    if parts.binding is not None:
        raise Refused(VerdictCode.BINDING_UNEXPECTED)
    return Enveloped(parts, open_compact(parts.jwt, {format_.value}, policy.profile), format_, signed)


def _inside(payload: JsonObject) -> tuple[Format, str]:
    context, types = payload.get("@context"), payload.get("type")
    if not isinstance(context, list) or not context or context[0] != VC_CONTEXT:
        raise Refused(VerdictCode.CLAIM_MALFORMED, "@context")
    if _PRESENTATION not in (types if isinstance(types, list) else [types]):
        raise Refused(VerdictCode.CLAIM_MALFORMED, "type")
    credentials = payload.get("verifiableCredential")
    listed = credentials if isinstance(credentials, list) else [credentials]
    if len(listed) != 1:
        raise Refused(VerdictCode.MALFORMED, "one credential at a time")
    enveloped = listed[0]
    if not isinstance(enveloped, dict) or enveloped.get("type") not in (_ENVELOPED, [_ENVELOPED]):
        raise Refused(VerdictCode.CLAIM_MALFORMED, "verifiableCredential")
    address = enveloped.get("id")
    for scheme, format_ in _SCHEMES.items():
        if isinstance(address, str) and address.startswith(scheme):
            return format_, address.removeprefix(scheme)
    raise Refused(VerdictCode.TYPE_REFUSED, "verifiableCredential")


def envelop(
    credential: str, format_: Format, key: Signer, *, audience: str, nonce: str, issued_at: int
) -> str:
    """Give a W3C presentation of one credential for one verifier."""
    scheme = next(scheme for scheme, each in _SCHEMES.items() if each is format_)
    enveloped: JsonObject = {"@context": VC_CONTEXT, "id": scheme + credential, "type": _ENVELOPED}
    payload: JsonObject = {
        "@context": [VC_CONTEXT],
        "type": _PRESENTATION,
        "verifiableCredential": list[Json]([enveloped]),
        "aud": audience,
        "nonce": nonce,
        "iat": issued_at,
    }
    return sign_compact(payload, key, type_=PRESENTATION_TYPE)
