"""
Signed texts in compact serialisation (RFC 7515), read before any key is touched.

A header may name a type, an algorithm and a key. It may not bring a key, point at one, or ask for extensions.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from identity.jose.algorithms import ALLOWED, Algorithm, Profile
from identity.jose.encoding import MAX_BYTES, JsonObject, compact, decode, encode, parse_object
from identity.jose.jwk import PublicKey, Signer
from identity.verdicts import Refused, VerdictCode

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+", re.ASCII)
_NAMES = frozenset(Algorithm)
_BRINGS_A_KEY = frozenset({"jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "trust_chain"})


@dataclass(frozen=True, slots=True)
class SignedText:
    """
    A signed text whose header passed; nothing is proven yet.

    Parameters
    ----------
    payload
        The payload's JSON, parsed once.
    signed
        The bytes under the signature.
    """

    header: JsonObject
    payload: JsonObject
    algorithm: Algorithm
    key_id: str | None
    signed: bytes
    signature: bytes

    def check(self, key: PublicKey, failing: VerdictCode = VerdictCode.SIGNATURE_INVALID) -> None:
        """Hold it against a key; refuses an algorithm that is not the key's, and a signature that does not hold."""
        if not key.takes(self.algorithm):
            raise Refused(VerdictCode.ALGORITHM_NOT_OF_KEY, self.algorithm.value)
        if not key.verify(self.signed, self.signature):
            raise Refused(failing)


def open_compact(
    text: str,
    types: Collection[str] | None,
    profile: Profile = Profile.INTERNATIONAL,
    *,
    limit: int = MAX_BYTES,
) -> SignedText:
    """
    Read a signed text without believing it.

    Parameters
    ----------
    types
        Accepted values of ``typ``, byte by byte; None leaves the type open, as bare RFC 9901 does.
    limit
        Most bytes; a status list may be longer than a presentation.
    """
    if len(text) > limit:
        raise Refused(VerdictCode.TOO_LARGE)
    if _COMPACT.fullmatch(text) is None:
        raise Refused(VerdictCode.MALFORMED, "not a compact JWS")
    head, body, tail = text.split(".")
    header = parse_object(decode(head))
    algorithm, key_id = read_header(header, types, profile)
    return SignedText(
        header,
        parse_object(decode(body)),
        algorithm,
        key_id,
        text[: -len(tail) - 1].encode("ascii"),
        decode(tail),
    )


def read_header(
    header: JsonObject, types: Collection[str] | None, profile: Profile
) -> tuple[Algorithm, str | None]:
    """Give algorithm and key of a header, or refuse it."""
    if not _BRINGS_A_KEY.isdisjoint(header):
        raise Refused(VerdictCode.KEY_IN_HEADER)
    if "crit" in header or "b64" in header or "zip" in header:
        raise Refused(VerdictCode.CRITICAL_HEADER)
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in _NAMES or (algorithm := Algorithm(alg)) not in ALLOWED[profile]:
        raise Refused(VerdictCode.ALGORITHM_REFUSED)
    if types is not None and header.get("typ") not in types:
        raise Refused(VerdictCode.TYPE_REFUSED)
    key_id = header.get("kid")
    if "kid" in header and types is not None and not (isinstance(key_id, str) and key_id):
        raise Refused(VerdictCode.HEADER_REFUSED, "kid")
    return algorithm, key_id if isinstance(key_id, str) else None


def sign_compact(payload: JsonObject, key: Signer, *, type_: str, key_id: str | None = None) -> str:
    """Give the signed text of a payload."""
    header: JsonObject = {"alg": key.public.algorithm.value, "typ": type_}
    if key_id is not None:
        header["kid"] = key_id
    signed = f"{encode(compact(header))}.{encode(compact(payload))}"
    return f"{signed}.{encode(key.sign(signed.encode('ascii')))}"


def sign_detached(content: bytes, key: Signer, *, type_: str, key_id: str) -> str:
    """Sign bytes that stand elsewhere (RFC 7515, appendix F)."""
    header = encode(compact({"alg": key.public.algorithm.value, "typ": type_, "kid": key_id}))
    return f"{header}..{encode(key.sign(f'{header}.{encode(content)}'.encode('ascii')))}"


def check_detached(text: str, content: bytes, key: PublicKey, *, type_: str, key_id: str) -> bool:
    """Whether a detached signature is a key's over these bytes."""
    parts = text.split(".")
    if len(parts) != 3 or parts[1]:
        return False
    try:
        header = parse_object(decode(parts[0]))
        algorithm, named = read_header(header, {type_}, key.profile)
        signature = decode(parts[2])
    except Refused:
        return False
    signed = f"{parts[0]}.{encode(content)}".encode("ascii")
    return named == key_id and key.takes(algorithm) and key.verify(signed, signature)
