"""
Keys that seal what one registry keeps, themselves sealed by a key outside the database.

A *data key* belongs to one registry and has a number; it seals values and makes their blind index, with two secrets
that have nothing in common. It is stored *wrapped*: sealed by an *envelope key*, which never enters the database. An
envelope key is changed by wrapping the data keys anew, a data key by opening and sealing what it sealed.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256, SM3, HashAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC

from domain.errors import InvariantError
from identity.jose.encoding import canonical
from identity.keys.sealing import KEY_BYTES, Cipher, seal, unseal

_SECRET_BYTES = 32
_HASHES: dict[Cipher, type[HashAlgorithm]] = {Cipher.AES: SHA256, Cipher.SM4: SM3}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeKey:
    """A key that wraps data keys, kept outside the database under its name."""

    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """
    A key of one registry, as it is held in memory.

    Parameters
    ----------
    id
        Names the key beside what it sealed.
    registry
        Whose records it seals.
    cipher
        AES-256-GCM with HMAC-SHA-256, or SM4-GCM with HMAC-SM3 in the closed profile.
    """

    id: str
    registry: str
    cipher: Cipher
    sealing: bytes = field(repr=False)
    indexing: bytes = field(repr=False)

    def seal(self, value: str, *, record: str, purpose: str) -> str:
        """Give a value sealed for one record and purpose; sealed again it looks otherwise."""
        about = self._about(record, purpose)
        return b64encode(seal(value.encode(), self._cipher_key, about, self.cipher)).decode("ascii")

    def open(self, sealed: str, *, record: str, purpose: str) -> str:
        """
        Give what was sealed.

        Raises
        ------
        InvariantError
            It was sealed by another key, for another record or purpose, or altered since.
        """
        plain = unseal(b64decode(sealed), self._cipher_key, self._about(record, purpose), self.cipher)
        if plain is None:
            raise InvariantError("a sealed value does not open for its record", record=record, key=self.id)
        return plain.decode()

    def blind(self, value: str, *, purpose: str) -> str:
        """Give the keyed index of a value: equal values of one registry have equal ones, those of two never."""
        mac = HMAC(self.indexing, _HASHES[self.cipher]())
        mac.update(canonical([self.registry, purpose, value]))
        return mac.finalize().hex()

    @property
    def _cipher_key(self) -> bytes:
        return self.sealing[: KEY_BYTES[self.cipher]]

    def _about(self, record: str, purpose: str) -> bytes:
        return canonical([self.registry, record, purpose, self.id])


def new_data_key(registry: str, number: int, cipher: Cipher) -> DataKey:
    """Make the next key of a registry."""
    return DataKey(
        id=f"{registry}#{number}",
        registry=registry,
        cipher=cipher,
        sealing=secrets.token_bytes(_SECRET_BYTES),
        indexing=secrets.token_bytes(_SECRET_BYTES),
    )


def wrap(key: DataKey, envelope: EnvelopeKey) -> str:
    """Give a data key as the database may hold it."""
    sealed = seal(
        key.sealing + key.indexing, _envelope(envelope, key.cipher), _named(key, envelope), key.cipher
    )
    return b64encode(sealed).decode("ascii")


def unwrap(wrapped: str, key_id: str, registry: str, cipher: Cipher, envelope: EnvelopeKey) -> DataKey:
    """
    Give a data key from what the database holds of it.

    Raises
    ------
    InvariantError
        The envelope key is not the one that wrapped it, or the entry is another key's.
    """
    empty = DataKey(id=key_id, registry=registry, cipher=cipher, sealing=b"", indexing=b"")
    secret = unseal(b64decode(wrapped), _envelope(envelope, cipher), _named(empty, envelope), cipher)
    if secret is None or len(secret) != 2 * _SECRET_BYTES:
        raise InvariantError(
            "a data key does not open with its envelope key", key=key_id, envelope=envelope.name
        )
    return DataKey(
        id=key_id,
        registry=registry,
        cipher=cipher,
        sealing=secret[:_SECRET_BYTES],
        indexing=secret[_SECRET_BYTES:],
    )


def next_name(names: Iterable[str], stem: str) -> str:
    """
    Give the first numbered name that is not among those in use.

    Examples
    --------
    >>> next_name(["envelope-1"], "envelope")
    'envelope-2'
    """
    numbers = [int(name.removeprefix(f"{stem}-")) for name in names]
    return f"{stem}-{max(numbers, default=0) + 1}"


def _envelope(envelope: EnvelopeKey, cipher: Cipher) -> bytes:
    return envelope.secret[: KEY_BYTES[cipher]]


def _named(key: DataKey, envelope: EnvelopeKey) -> bytes:
    return canonical([envelope.name, key.id, key.registry, key.cipher.value])
