"""
Keys as JWK (RFC 7517): read strictly, named by their thumbprint (RFC 7638), bound to their algorithms.

Parsed public keys are kept in a small cache by their numbers. Nothing is ever kept by the bytes of a token: an ECDSA
signature has a second spelling.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from domain.errors import InvalidInputError
from identity.jose import sm2
from identity.jose.algorithms import ALGORITHM_OF, CURVE_OF, PROFILE_OF, Algorithm, Curve, Profile
from identity.jose.encoding import Json, JsonObject, canonical, decode, encode
from identity.verdicts import Refused

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA = ECDSA(SHA256())
_KEYS_KEPT = 4096

_SMALL_ORDER = frozenset(
    bytes.fromhex(each)
    for each in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)
"""Ed25519 keys for which one signature holds over many messages."""

Check = Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """
    A public key whose numbers were checked.

    Parameters
    ----------
    curve
        What it lies on.
    numbers
        x, or x and y, each 32 bytes.
    thumbprint
        RFC 7638 with SHA-256, in base64url.
    """

    curve: Curve
    numbers: bytes
    thumbprint: str
    _check: Check = field(compare=False, repr=False)

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that a key of ours signs with."""
        return ALGORITHM_OF[self.curve]

    @property
    def profile(self) -> Profile:
        """The family that it belongs to."""
        return PROFILE_OF[self.algorithm]

    def takes(self, algorithm: Algorithm) -> bool:
        """Whether an algorithm is one of this key's."""
        return CURVE_OF[algorithm] is self.curve

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether a raw signature of 64 bytes holds."""
        return len(signature) == 64 and self._check(message, signature)

    def jwk(self) -> JsonObject:
        """Give its required members, in the order of RFC 7638."""
        return {**_members(self.curve, self.numbers)}


def _members(curve: Curve, numbers: bytes) -> dict[str, str]:
    if curve is Curve.ED25519:
        return {"crv": curve.value, "kty": "OKP", "x": encode(numbers)}
    return {"crv": curve.value, "kty": "EC", "x": encode(numbers[:32]), "y": encode(numbers[32:])}


def public_key(jwk: Json) -> PublicKey | None:
    """
    Read a public JWK, or None for one that cannot be trusted to be a public key of an accepted curve.

    A private member, another curve, a point beside the curve, numbers in another spelling, and members that limit the
    key to something else than signing are all refused.
    """
    if not isinstance(jwk, dict) or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    kind, curve, x, y = jwk.get("kty"), jwk.get("crv"), jwk.get("x"), jwk.get("y")
    if not isinstance(x, str):
        return None
    alg = jwk.get("alg")
    found = None
    try:
        if kind == "OKP" and curve == Curve.ED25519.value and y is None:
            found = _key(Curve.ED25519, decode(x))
        elif kind == "EC" and curve in {Curve.P256.value, Curve.SM2.value} and isinstance(y, str):
            one, two = decode(x), decode(y)
            found = _key(Curve(str(curve)), one + two) if len(one) == len(two) == 32 else None
    except Refused:
        return None
    if found is not None and alg is not None and not (alg in _NAMES and found.takes(Algorithm(str(alg)))):
        return None
    return found


_NAMES = frozenset(Algorithm)


@lru_cache(maxsize=_KEYS_KEPT)
def _key(curve: Curve, numbers: bytes) -> PublicKey | None:
    check = _CHECKS[curve](numbers)
    if check is None:
        return None
    thumbprint = encode(hashlib.sha256(canonical(_members(curve, numbers))).digest())
    return PublicKey(curve, numbers, thumbprint, check)


def _es256(numbers: bytes) -> Check | None:
    try:
        key = ECKey.import_key({**_members(Curve.P256, numbers)}).public_key
    except (JoseError, ValueError):
        return None

    def check(message: bytes, signature: bytes) -> bool:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (0 < r < _ORDER and 0 < s < _ORDER):
            return False
        try:
            key.verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature:
            return False
        return True

    return check


def _ed25519(numbers: bytes) -> Check | None:
    if len(numbers) != 32 or numbers in _SMALL_ORDER:
        return None
    try:
        key = OKPKey.import_key({**_members(Curve.ED25519, numbers)}).public_key
    except (JoseError, ValueError):
        return None
    assert isinstance(key, Ed25519PublicKey)  # noqa: S101 - the curve was named

    def check(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check


def _sm2(numbers: bytes) -> Check | None:
    x, y = int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big")
    if not sm2.on_curve(x, y):
        return None
    return lambda message, signature: sm2.verify(numbers, message, signature)


_CHECKS: Mapping[Curve, Callable[[bytes], Check | None]] = {
    Curve.P256: _es256,
    Curve.ED25519: _ed25519,
    Curve.SM2: _sm2,
}


class Signer(Protocol):
    """Whatever signs with one key: a key in memory, or a module that never gives its key away."""

    @property
    def public(self) -> PublicKey:
        """The public part."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Give a raw signature of 64 bytes."""
        ...


class SigningKey:
    """
    A private key in memory.

    Parameters
    ----------
    curve
        What it lies on.
    secret
        The private number or seed, 32 bytes.
    numbers
        Public numbers; needed for SM2 alone, whose library derives none.
    """

    def __init__(self, curve: Curve, secret: bytes, numbers: bytes | None = None) -> None:
        self.curve = curve
        self._secret = secret
        self._private, derived = _opened(curve, secret, numbers)
        public = _key(curve, derived)
        if public is None:
            raise InvalidInputError("not a key of this curve", reason=curve.value)
        self._public = public

    @property
    def public(self) -> PublicKey:
        """The public part."""
        return self._public

    @classmethod
    def generate(cls, curve: Curve = Curve.P256) -> "SigningKey":
        """Make a new key."""
        if curve is Curve.SM2:
            numbers, secret = sm2.generate()
            return cls(curve, secret, numbers)
        made = ECKey.generate_key("P-256") if curve is Curve.P256 else OKPKey.generate_key("Ed25519")
        return cls(curve, decode(str(made.as_dict(private=True)["d"])))

    @classmethod
    def from_jwk(cls, jwk: JsonObject) -> "SigningKey":
        """
        Read a private JWK.

        Raises
        ------
        InvalidInputError
            No private key of an accepted curve, or a public part that is not its own.
        """
        public = public_key({name: value for name, value in jwk.items() if name in {"kty", "crv", "x", "y"}})
        secret = jwk.get("d")
        try:
            if public is None or not isinstance(secret, str) or len(raw := decode(secret)) != 32:
                raise InvalidInputError("not a private key of an accepted curve", reason=str(jwk.get("crv")))
        except Refused as refusal:
            raise InvalidInputError("the key is not in base64url", reason=refusal.code.value) from None
        key = cls(public.curve, raw, public.numbers)
        if key.public != public:
            raise InvalidInputError(
                "the public part is not that of the private key", reason=public.curve.value
            )
        return key

    def sign(self, message: bytes) -> bytes:
        """Give a raw signature of 64 bytes."""
        private = self._private
        if isinstance(private, EllipticCurvePrivateKey):
            r, s = decode_dss_signature(private.sign(message, _ECDSA))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if isinstance(private, Ed25519PrivateKey):
            return private.sign(message)
        return sm2.sign(self._secret, self.public.numbers, message)

    def private_jwk(self) -> JsonObject:
        """Give the private JWK: for a key store alone."""
        return {**self.public.jwk(), "d": encode(self._secret)}


def _opened(
    curve: Curve, secret: bytes, numbers: bytes | None
) -> tuple[EllipticCurvePrivateKey | Ed25519PrivateKey | None, bytes]:
    if curve is Curve.ED25519:
        private = Ed25519PrivateKey.from_private_bytes(secret)
        return private, private.public_key().public_bytes_raw()
    if curve is Curve.SM2:
        if numbers is None:
            raise InvalidInputError("an SM2 key needs its public numbers", reason=curve.value)
        return None, numbers
    return _p256(secret)


def _p256(secret: bytes) -> tuple[EllipticCurvePrivateKey, bytes]:
    try:
        private = derive_private_key(int.from_bytes(secret, "big"), SECP256R1())
    except ValueError:
        raise InvalidInputError("not a private number of P-256", reason=Curve.P256.value) from None
    point = _numbers(private.public_key())
    return private, point


def _numbers(key: EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
