"""
Algorithms that may sign, each bound to one kind of key.

ES256 is what is issued. ``Ed25519`` (RFC 9864) and its older name ``EdDSA`` are taken while partners move. ``SM2-SM3``
is a private name of a closed profile, off unless somebody turns it on: no standard of JOSE names SM2.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum

from cryptography.hazmat.primitives import hashes


class Curve(StrEnum):
    """What a key lies on, as ``crv`` of a JWK; ``SM2`` is a private name."""

    P256 = "P-256"
    ED25519 = "Ed25519"
    SM2 = "SM2"


class Algorithm(StrEnum):
    """A value of ``alg`` that is accepted somewhere."""

    ES256 = "ES256"
    ED25519 = "Ed25519"
    EDDSA = "EdDSA"
    SM2_SM3 = "SM2-SM3"


CURVE_OF = {
    Algorithm.ES256: Curve.P256,
    Algorithm.ED25519: Curve.ED25519,
    Algorithm.EDDSA: Curve.ED25519,
    Algorithm.SM2_SM3: Curve.SM2,
}

ALGORITHM_OF = {
    Curve.P256: Algorithm.ES256,
    Curve.ED25519: Algorithm.ED25519,
    Curve.SM2: Algorithm.SM2_SM3,
}
"""What a key of ours signs with."""


class Profile(StrEnum):
    """Which family of algorithms a verifier takes; the two are never mixed in one presentation."""

    INTERNATIONAL = "INTERNATIONAL"
    SM = "SM"


ALLOWED = {
    Profile.INTERNATIONAL: frozenset({Algorithm.ES256, Algorithm.ED25519, Algorithm.EDDSA}),
    Profile.SM: frozenset({Algorithm.SM2_SM3}),
}

PROFILE_OF = {algorithm: profile for profile, allowed in ALLOWED.items() for algorithm in allowed}


def sm3(data: bytes) -> bytes:
    """Hash with SM3 (GB/T 32905)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


Hash = Callable[[bytes], bytes]

HASHES: dict[Profile, dict[str, Hash]] = {
    Profile.INTERNATIONAL: {
        "sha-256": lambda data: hashlib.sha256(data).digest(),
        "sha-384": lambda data: hashlib.sha384(data).digest(),
        "sha-512": lambda data: hashlib.sha512(data).digest(),
    },
    Profile.SM: {"sm3": sm3},
}
"""Values of ``_sd_alg`` that are accepted, by profile."""

DEFAULT_HASH = {Profile.INTERNATIONAL: "sha-256", Profile.SM: "sm3"}
