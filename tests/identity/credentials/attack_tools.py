"""What attacks on presentations are made with."""

import json
import zlib
from collections.abc import Callable
from typing import Any

from identity.credentials.disclosures import digest_of, hash_of, make_disclosure
from identity.jose.algorithms import Profile
from identity.jose.encoding import decode, encode
from tests.identity.credentials.worlds import (
    ISSUER,
    KEYS,
    LIST,
    NOW,
    sign,
    status_token,
)

HASH = hash_of({}, Profile.INTERNATIONAL)
JWK = KEYS["stranger"].public.jwk()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def header(**members: Any) -> Callable[[Any], Any]:
    """Set members of a header or a proof; None takes one away."""
    return lambda found: {name: value for name, value in {**found, **members}.items() if value is not None}


claim = proof = header


def with_disclosure(
    name: str | None, value: Any, *, inside: str | None = None, salt: str = "c2FsdHNhbHQ"
) -> dict[str, Any]:
    """Add a disclosure that the issuer meant: its digest stands in the payload, or in one of its members."""
    made = make_disclosure(salt, value, name)

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        place = found if inside is None else found.setdefault(inside, {})
        place.setdefault("_sd", []).append(digest_of(made.text, HASH))
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, made.text]}


def raw_disclosure(parts: Any) -> dict[str, Any]:
    """Add a disclosure of any shape, its digest in the payload."""
    text = encode(parts if isinstance(parts, bytes) else json.dumps(parts).encode())

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        found["_sd"].append(digest_of(text, HASH))
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, text]}


def element(parts: Any, *, beside: dict[str, Any] | None = None) -> dict[str, Any]:
    text = encode(json.dumps(parts).encode())

    def payload(found: dict[str, Any]) -> dict[str, Any]:
        found["entries"].append({"...": digest_of(text, HASH), **(beside or {})})
        return found

    return {"payload": payload, "disclosures": lambda shown: [*shown, text]}


def signature(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """Change the issuer's signature alone."""

    def bend(text: str) -> str:
        jwt, rest = text.split("~", 1)
        head, body, tail = jwt.split(".")
        return f"{head}.{body}.{encode(change(decode(tail)))}~{rest}"

    return bend


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def bend(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new, 1)

    return bend


def keys(
    change: Callable[[dict[str, Any]], Any], kid: str = "k1", issuer: str = ISSUER
) -> Callable[[Any], Any]:
    """Change a key in the bundle."""

    def bend(document: dict[str, Any]) -> Any:
        registry = next(each for each in document["registries"] if each["iss"] == issuer)
        change(next(each for each in registry["keys"] if each["kid"] == kid))

    return bend


def agreement(**members: Any) -> Callable[[Any], Any]:
    """Change the agreement between the two regions in the bundle."""

    def bend(document: dict[str, Any]) -> Any:
        entry = document["agreements"][0]
        entry["state"] = members.pop("state", entry["state"]) if "state" in members else entry["state"]
        entry["document"] |= members

    return bend


def listed(**changed: Any) -> dict[str, str]:
    return {LIST: status_token(**changed)}


def list_payload(**members: Any) -> dict[str, str]:
    """A list whose payload was bent and signed again."""
    payload = {
        "iss": ISSUER,
        "sub": LIST,
        "iat": NOW - 600,
        "exp": NOW + 3600,
        "status_list": {"bits": 2, "lst": encode(zlib.compress(bytes(4096), 9))},
        **members,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    return {LIST: sign({"alg": "ES256", "typ": "statuslist+jwt", "kid": "k1"}, payload, KEYS["issuer"])}


def hmac_signed(text: str) -> str:
    """HS256 with the issuer's public key as the secret."""
    import hashlib
    import hmac

    head = encode(json.dumps({"alg": "HS256", "typ": "dc+sd-jwt", "kid": "k1"}).encode())
    jwt, rest = text.split("~", 1)
    body = jwt.split(".")[1]
    tag = hmac.new(KEYS["issuer"].public.numbers, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{encode(tag)}~{rest}"


def unsigned(text: str) -> str:
    head = encode(json.dumps({"alg": "none", "typ": "dc+sd-jwt", "kid": "k1"}).encode())
    jwt, rest = text.split("~", 1)
    return f"{head}.{jwt.split('.')[1]}.~{rest}"


def nested(depth: int) -> Any:
    found: Any = "deep"
    for _ in range(depth):
        found = [found]
    return found
