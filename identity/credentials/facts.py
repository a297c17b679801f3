"""
What a credential says of itself, the same for every format: who, what kind, since when, until when, whose, which place.

Formats: SD-JWT VC (``dc+sd-jwt``) first; W3C Verifiable Credentials 2.0 secured by JOSE (``vc+jwt``) and by SD-JWT
(``vc+sd-jwt``) second.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.documents import LATEST_S
from identity.jose.encoding import Json, JsonObject
from identity.verdicts import Refused, VerdictCode


class Format(StrEnum):
    """``typ`` of what an issuer signs."""

    SD_JWT_VC = "dc+sd-jwt"
    VC_SD_JWT = "vc+sd-jwt"
    VC_JWT = "vc+jwt"


NEVER_DISCLOSABLE = {
    Format.SD_JWT_VC: frozenset(
        {"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}
    ),  # draft-ietf-oauth-sd-jwt-vc-25, 2.2.2.2: nor anything inside them
    Format.VC_SD_JWT: frozenset(
        {"@context", "type", "issuer", "iss", "nbf", "exp", "cnf", "status", "credentialStatus", "validFrom"}
        | {"validUntil", "credentialSchema"}
    ),
    Format.VC_JWT: frozenset[str](),
}

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
VC_BASE_TYPE = "VerifiableCredential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    What has to be checked, out of clear claims.

    Parameters
    ----------
    issued_at, not_before, expires_at
        Seconds; None where the credential does not say.
    status
        Address of a status list and the place on it.
    holder
        JWK of the holder, unread; None where the credential is bound to nobody.
    """

    issuer: Json
    types: frozenset[str]
    issued_at: int | None
    not_before: int | None
    expires_at: int | None
    status: tuple[str, int] | None
    holder: Json


def facts_of(format_: Format, payload: JsonObject) -> Facts:
    """Read what a credential says of itself."""
    if format_ is Format.SD_JWT_VC:
        vct = payload.get("vct")
        if not isinstance(vct, str) or not vct:
            raise Refused(VerdictCode.CLAIM_MALFORMED, "vct")
        issuer, types = payload.get("iss"), frozenset({vct})
        not_before, expires = _seconds(payload, "nbf"), _seconds(payload, "exp")
    else:
        issuer, types = _w3c(payload)
        not_before = _latest(_seconds(payload, "nbf"), _moment(payload, "validFrom"))
        expires = _earliest(_seconds(payload, "exp"), _moment(payload, "validUntil"))
    return Facts(
        issuer=issuer,
        types=types,
        issued_at=_seconds(payload, "iat"),
        not_before=not_before,
        expires_at=expires,
        status=_status(payload),
        holder=_holder(payload),
    )


def _seconds(payload: JsonObject, name: str) -> int | None:
    """Give a NumericDate of RFC 7519, fractions rounded down."""
    if name not in payload:
        return None
    value = payload[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST_S:
        raise Refused(VerdictCode.CLAIM_MALFORMED, name)
    return math.floor(value)


def _moment(payload: JsonObject, name: str) -> int | None:
    if name not in payload:
        return None
    value = payload[name]
    if not isinstance(value, str) or "T" not in value:
        raise Refused(VerdictCode.CLAIM_MALFORMED, name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(VerdictCode.CLAIM_MALFORMED, name) from None
    if moment.tzinfo is None:
        raise Refused(VerdictCode.CLAIM_MALFORMED, name)
    return int(moment.timestamp())


def _latest(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _w3c(payload: JsonObject) -> tuple[Json, frozenset[str]]:
    """Give issuer and types of a W3C credential whose envelope is that of the data model."""
    if "vc" in payload or "vp" in payload:  # the mapping of version 1.1, which version 2.0 forbids
        raise Refused(VerdictCode.CLAIM_MALFORMED, "vc")
    context = payload.get("@context")
    if not isinstance(context, list) or not context or context[0] != VC_CONTEXT:
        raise Refused(VerdictCode.CLAIM_MALFORMED, "@context")
    named = payload.get("type")
    types = [named] if isinstance(named, str) else named
    if (
        not isinstance(types, list)
        or not all(isinstance(each, str) for each in types)
        or VC_BASE_TYPE not in types
    ):
        raise Refused(VerdictCode.CLAIM_MALFORMED, "type")
    if not isinstance(payload.get("credentialSubject"), dict | list) or not payload["credentialSubject"]:
        raise Refused(VerdictCode.CLAIM_MALFORMED, "credentialSubject")
    issuer = payload.get("issuer")
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    if not isinstance(issuer, str) or payload.get("iss", issuer) != issuer:
        raise Refused(VerdictCode.CLAIM_MALFORMED, "issuer")
    if payload.get("jti", payload.get("id")) != payload.get("id", payload.get("jti")):
        raise Refused(VerdictCode.CLAIM_MALFORMED, "jti")
    special = frozenset(str(each) for each in types) - {VC_BASE_TYPE}
    return issuer, special or frozenset({VC_BASE_TYPE})


def _status(payload: JsonObject) -> tuple[str, int] | None:
    if "credentialStatus" in payload:
        raise Refused(VerdictCode.STATUS_LIST_MALFORMED, "credentialStatus is of no kind that is read here")
    if "status" not in payload:
        return None
    status = payload["status"]
    entry = status.get("status_list") if isinstance(status, dict) else None
    uri, index = (entry.get("uri"), entry.get("idx")) if isinstance(entry, dict) else (None, None)
    if (
        not isinstance(uri, str)
        or not uri
        or isinstance(index, bool)
        or not isinstance(index, int)
        or index < 0
    ):
        raise Refused(VerdictCode.CLAIM_MALFORMED, "status")
    return uri, index


def _holder(payload: JsonObject) -> Json:
    if "cnf" not in payload:
        return None
    confirmation = payload["cnf"]
    if not isinstance(confirmation, dict) or set(confirmation) != {"jwk"}:
        raise Refused(VerdictCode.HOLDER_KEY_REFUSED, "cnf")
    return confirmation["jwk"]
