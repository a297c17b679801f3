"""
A key store in one encrypted file: scrypt (RFC 7914) over a passphrase, AES-256-GCM or SM4-GCM over the keys.

The file names its own parameters, which are bound to the ciphertext. It is written whole beside itself and moved into
place, under a lock, so that a crash or a second process loses no key.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from domain.errors import ConflictError, InvalidInputError, NotFoundError, UnreadableFileError
from identity.documents import Members
from identity.jose.algorithms import Curve
from identity.jose.encoding import Json, JsonObject, canonical, decode, encode, parse_object
from identity.jose.jwk import Signer, SigningKey
from identity.keys.sealing import KEY_BYTES, Cipher, seal, unseal
from identity.keys.store import KeptKey
from identity.trust.keys import KeyState
from identity.verdicts import Refused, VerdictCode

_FORMAT = "zhulian-keys-1"
_COST = 2**15
_DEAREST = 2**20
_BLOCK = 8
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Entry:
    told: KeptKey
    key: SigningKey


class FileKeystore:
    """
    Keys in a file that only its passphrase opens.

    Parameters
    ----------
    path
        The file; made with the first key.
    passphrase
        At least 16 bytes: of a person, or the secret of an installation.
    cost
        scrypt's N for files that are written; 2**15 takes about 0.1 s and 32 MiB.
    cipher
        What files are sealed with when they are written; each says what it was sealed with.
    """

    def __init__(
        self, path: Path, passphrase: bytes, *, cost: int = _COST, cipher: Cipher = Cipher.AES
    ) -> None:
        if len(passphrase) < 16:
            raise InvalidInputError(
                "a passphrase has at least 16 bytes", setting="passphrase", reason="length"
            )
        self._path = path
        self._passphrase = passphrase
        self._cost = cost
        self._cipher = cipher
        self._derived: tuple[bytes, int, bytes] | None = None

    def keys(self, owner: str | None = None) -> tuple[KeptKey, ...]:
        """Give keys of an owner, or of all, the oldest first."""
        told = (each.told for each in self._read())
        return tuple(each for each in told if owner is None or each.owner == owner)

    def signer(self, owner: str) -> tuple[str, Signer]:
        """Give name and signer of an owner's active key."""
        for each in self._read():
            if each.told.owner == owner and each.told.state is KeyState.ACTIVE:
                return each.told.kid, each.key
        raise NotFoundError("the owner has no active key", kind="key", id=owner)

    def create(self, owner: str, *, at: int, curve: Curve = Curve.P256) -> KeptKey:
        """Make an owner's key."""
        with self._changing() as entries:
            if any(each.told.owner == owner and each.told.state is KeyState.ACTIVE for each in entries):
                raise ConflictError("the owner has an active key already", id=owner)
            return self._add(entries, owner, at, curve)

    def rotate(self, owner: str, *, at: int, curve: Curve | None = None) -> KeptKey:
        """Retire the active key and make the next one, in one step."""
        with self._changing() as entries:
            for place, each in enumerate(entries):
                if each.told.owner == owner and each.told.state is KeyState.ACTIVE:
                    retired = replace(each.told, state=KeyState.RETIRED, until=at)
                    entries[place] = _Entry(retired, each.key)
                    return self._add(entries, owner, at, curve or each.told.public.curve)
            raise NotFoundError("the owner has no active key", kind="key", id=owner)

    def revoke(self, kid: str, *, at: int) -> KeptKey:
        """End a key at once: whatever it signed is believed no more."""
        with self._changing() as entries:
            for place, each in enumerate(entries):
                if each.told.kid == kid:
                    until = at if each.told.until is None else min(at, each.told.until)
                    revoked = replace(each.told, state=KeyState.REVOKED, until=until)
                    entries[place] = _Entry(revoked, each.key)
                    return revoked
            raise NotFoundError("no such key", kind="key", id=kid)

    def add(self, owner: str, key: SigningKey, *, at: int) -> KeptKey:
        """
        Keep a key that was made elsewhere, a holder's for one.

        Raises
        ------
        ConflictError
            The owner has an active key, or the key is here already.
        """
        with self._changing() as entries:
            active = [
                each for each in entries if each.told.owner == owner and each.told.state is KeyState.ACTIVE
            ]
            if active or any(each.told.kid == key.public.thumbprint for each in entries):
                raise ConflictError("the owner has an active key already", id=owner)
            return self._keep(entries, owner, key, at)

    def _add(self, entries: list[_Entry], owner: str, at: int, curve: Curve) -> KeptKey:
        return self._keep(entries, owner, SigningKey.generate(curve), at)

    def _keep(self, entries: list[_Entry], owner: str, key: SigningKey, at: int) -> KeptKey:
        told = KeptKey(
            kid=key.public.thumbprint, owner=owner, public=key.public, state=KeyState.ACTIVE, since=at
        )
        entries.append(_Entry(told, key))
        return told

    @contextmanager
    def _changing(self) -> Generator[list[_Entry]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = self._read()
            yield entries
            self._write(entries)
        finally:
            os.close(lock)

    def _read(self) -> list[_Entry]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        try:
            return self._opened(content)
        except Refused:
            raise UnreadableFileError(
                "the keys do not open with this passphrase", file=str(self._path)
            ) from None

    def _opened(self, content: bytes) -> list[_Entry]:
        file = Members(parse_object(content), "keys", VerdictCode.BAD_JSON)
        cost, salt = file.integer("cost", least=2), decode(file.text("salt"))
        if file.text("format") != _FORMAT or cost > _DEAREST or cost & (cost - 1):
            raise file.wrong("format")
        cipher = file.text("cipher")
        if cipher not in set(Cipher):
            raise file.wrong("cipher")
        named = canonical(_named(cost, salt, Cipher(cipher)))
        key = self._key(salt, cost)[: KEY_BYTES[Cipher(cipher)]]
        plain = unseal(decode(file.text("sealed")), key, named, Cipher(cipher))
        if plain is None:
            raise file.wrong("sealed")
        found = Members(parse_object(plain), "keys", VerdictCode.BAD_JSON)
        return [_entry(each) for each in found.inner("keys")]

    def _write(self, entries: list[_Entry]) -> None:
        if self._derived is None:
            self._key(secrets.token_bytes(_SALT_BYTES), self._cost)
        assert self._derived is not None  # noqa: S101 - derived just above
        salt, cost, secret = self._derived
        plain: JsonObject = {"keys": [_written(each) for each in entries]}
        named = _named(cost, salt, self._cipher)
        sealed = seal(canonical(plain), secret[: KEY_BYTES[self._cipher]], canonical(named), self._cipher)
        content = json.dumps({**named, "sealed": encode(sealed)}, indent=1).encode()
        partial = self._path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)

    def _key(self, salt: bytes, cost: int) -> bytes:
        """Derive the key of a salt; kept, for each derivation is meant to be dear."""
        if self._derived is None or self._derived[:2] != (salt, cost):
            secret = Scrypt(salt=salt, length=32, n=cost, r=_BLOCK, p=1).derive(self._passphrase)
            self._derived = salt, cost, secret
        return self._derived[2]


def _named(cost: int, salt: bytes, cipher: Cipher) -> JsonObject:
    return {"format": _FORMAT, "kdf": "scrypt", "cost": cost, "salt": encode(salt), "cipher": cipher.value}


def _written(entry: _Entry) -> Json:
    told = entry.told
    return {
        "owner": told.owner,
        "state": told.state.value,
        "since": told.since,
        "until": told.until,
        "jwk": entry.key.private_jwk(),
    }


def _entry(member: Members) -> _Entry:
    key = SigningKey.from_jwk(member.object_or_empty("jwk"))
    told = KeptKey(
        kid=key.public.thumbprint,
        owner=member.text("owner"),
        public=key.public,
        state=KeyState(member.text("state")),
        since=member.moment("since"),
        until=member.moment_or_none("until"),
    )
    return _Entry(told, key)
