"""
What makes a certificate verify by itself: Ed25519 over a short text.

A signed text is ``KIND.key.body.signature``, body and signature in strict base64url: another spelling of the same
bytes is refused, so every changed character shows. A printed file carries the signed text and a signature of all its
bytes behind its end, where readers of PDF do not look.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.errors import InvalidInputError

CERTIFICATE = "ZLC1"
REVOCATIONS = "ZLR1"
_SEAL = b"\n%ZLS1 "
_TOKEN = b"\n%ZLC1 "
_KEY_ID_DIGITS = 8

PublicKeys = Mapping[str, Ed25519PublicKey]


class VerdictCode(StrEnum):
    """What a check found; the words stand in ``locales``."""

    VALID = "VALID"
    UNREADABLE = "UNREADABLE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALTERED = "ALTERED"
    REVOKED = "REVOKED"
    LIST_UNREADABLE = "LIST_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """
    What is signed: enough to hold a paper against, and no more of a person than stands on a list.

    Parameters
    ----------
    code, serial
        The unguessable code, and the number that people read.
    name, id_mask
        Masked both.
    digest
        SHA-256 of everything that the certificate says, its first half in hex.
    """

    code: str
    serial: str
    name: str
    id_mask: str
    minutes: int
    since: date
    until: date
    issuer: str
    issued_on: date
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A certificate that holds no more, by the digest of its code: the list names nobody."""

    code_digest: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """What an issuer had revoked at a moment; ``number`` grows, so an older list is known as one."""

    number: int
    issued_at: datetime
    revoked: tuple[Revocation, ...]

    def holds(self, code: str) -> bool:
        """Whether a certificate is on the list."""
        return any(each.code_digest == code_digest(code) for each in self.revoked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found; ``claims`` where the signature fits."""

    code: VerdictCode
    claims: Claims | None = None
    list_issued_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the certificate is genuine and holds."""
        return self.code is VerdictCode.VALID


class Signer:
    """
    The key of an installation.

    Parameters
    ----------
    seed
        32 secret bytes.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key()
        self.key_id = key_id_of(self.public_key)

    def sign_claims(self, claims: Claims) -> str:
        """Give the signed text of a certificate."""
        return self.sign(CERTIFICATE, list(asdict(claims).values()))

    def sign_list(self, revocations: RevocationList) -> str:
        """Give the signed text of a list of revocations."""
        revoked = [[each.code_digest, each.revoked_at.isoformat()] for each in revocations.revoked]
        return self.sign(REVOCATIONS, [revocations.number, revocations.issued_at.isoformat(), revoked])

    def sign(self, kind: str, value: object) -> str:
        """Give a signed text of one kind; ``value`` is what JSON can hold."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_text)
        signed = f"{kind}.{self.key_id}.{_encode(body.encode('utf-8', 'surrogatepass'))}"
        return f"{signed}.{_encode(self._key.sign(signed.encode()))}"

    def seal(self, pdf: bytes, token: str) -> bytes:
        """Give a file that carries its signed text and a signature of all that stands before it."""
        body = pdf + _TOKEN + token.encode()
        return body + _SEAL + _encode(self._key.sign(body)).encode() + b"\n"


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def key_id_of(key: Ed25519PublicKey) -> str:
    """Give the short name of a key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:_KEY_ID_DIGITS]


def key_text(key: Ed25519PublicKey) -> str:
    """Give a public key as it is published."""
    return _encode(key.public_bytes_raw())


def read_keys(texts: list[str]) -> PublicKeys:
    """
    Read published keys.

    Raises
    ------
    InvalidInputError
        Not an Ed25519 key.
    """
    keys: dict[str, Ed25519PublicKey] = {}
    for text in texts:
        try:
            key = Ed25519PublicKey.from_public_bytes(_decode(text.strip()))
        except ValueError as error:
            raise InvalidInputError("not a public key of 32 bytes in base64url", value=text[:60]) from error
        keys[key_id_of(key)] = key
    return keys


def code_digest(code: str) -> str:
    """Give what stands for a code on a list of revocations."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def verify(presented: str | bytes, keys: PublicKeys, revocations: str | None = None) -> Verdict:
    """
    Check a certificate without asking anybody.

    Parameters
    ----------
    presented
        The bytes of a printed file, or the text of its QR code: an address with the signed text behind ``#``,
        or the signed text alone.
    keys
        Public keys that are trusted.
    revocations
        A signed list; None leaves the question open.
    """
    if isinstance(presented, bytes):
        opened = _opened(presented, keys)
        if isinstance(opened, Verdict):
            return opened
        presented = opened
    token = presented.strip().rpartition("#")[2]
    found = read_signed(token, CERTIFICATE, keys)
    if isinstance(found, VerdictCode):
        return Verdict(code=found)
    claims = _claims(found)
    if claims is None:
        return Verdict(code=VerdictCode.UNREADABLE)
    if revocations is None:
        return Verdict(code=VerdictCode.VALID, claims=claims)
    listed = read_list(revocations, keys)
    if listed is None:
        return Verdict(code=VerdictCode.LIST_UNREADABLE, claims=claims)
    code = VerdictCode.REVOKED if listed.holds(claims.code) else VerdictCode.VALID
    return Verdict(code=code, claims=claims, list_issued_at=listed.issued_at)


def _opened(file: bytes, keys: PublicKeys) -> str | Verdict:
    """Give the signed text of a file whose every byte is signed, or what is wrong with the file."""
    body, found, seal = file.rpartition(_SEAL)
    if not found or not seal.endswith(b"\n"):
        return Verdict(code=VerdictCode.UNREADABLE)
    token = body.rpartition(_TOKEN)[2].decode("ascii", "replace")
    key = keys.get(_key_of(token))
    if key is None:
        unknown = token.startswith(f"{CERTIFICATE}.")
        return Verdict(code=VerdictCode.UNKNOWN_KEY if unknown else VerdictCode.UNREADABLE)
    try:
        key.verify(_decode(seal[:-1].decode("ascii", "replace")), body)
    except (InvalidSignature, ValueError):
        return Verdict(code=VerdictCode.ALTERED)
    return token


def _key_of(token: str) -> str:
    parts = token.split(".")
    return parts[1] if len(parts) > 1 else ""


def read_signed(token: str, kind: str, keys: PublicKeys) -> list[Any] | VerdictCode:
    """Give the list that a signed text of one kind holds, or what is wrong with it."""
    parts = token.split(".")
    if len(parts) != 4 or parts[0] != kind:
        return VerdictCode.UNREADABLE
    key = keys.get(parts[1])
    if key is None:
        return VerdictCode.UNKNOWN_KEY
    try:
        key.verify(_decode(parts[3]), ".".join(parts[:3]).encode("utf-8", "surrogatepass"))
        body = json.loads(_decode(parts[2]))
    except (InvalidSignature, ValueError):
        return VerdictCode.ALTERED
    return cast("list[Any]", body) if isinstance(body, list) else VerdictCode.UNREADABLE


def _claims(body: list[Any]) -> Claims | None:
    try:
        code, serial, name, id_mask, minutes, since, until, issuer, issued_on, digest = body
        return Claims(
            code=str(code),
            serial=str(serial),
            name=str(name),
            id_mask=str(id_mask),
            minutes=int(minutes),
            since=date.fromisoformat(since),
            until=date.fromisoformat(until),
            issuer=str(issuer),
            issued_on=date.fromisoformat(issued_on),
            digest=str(digest),
        )
    except (ValueError, TypeError):
        return None


def read_list(text: str, keys: PublicKeys) -> RevocationList | None:
    """Give a list of revocations whose signature fits, else None."""
    body = read_signed(text.strip(), REVOCATIONS, keys)
    if isinstance(body, VerdictCode):
        return None
    try:
        number, issued_at, revoked = body
        return RevocationList(
            number=int(number),
            issued_at=datetime.fromisoformat(issued_at),
            revoked=tuple(
                Revocation(code_digest=str(digest), revoked_at=datetime.fromisoformat(at))
                for digest, at in revoked
            ),
        )
    except (ValueError, TypeError):
        return None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    """
    Read base64url in its one spelling.

    Raises
    ------
    ValueError
        Another spelling: padding, foreign characters, or bits that no byte needs.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text[:20]) from error
    if _encode(data) != text:
        raise ValueError(text[:20])
    return data
