"""
The port to private keys: who signs, with which key, since when, and until when.

Keys belong to an *owner*: a registry by its issuer, a region by its code. Each has one key that signs; rotation retires
it and what it signed goes on to hold. A key store gives signers, never secrets, so that an adapter to a hardware module
(PKCS#11) can keep its keys inside.
"""

from dataclasses import dataclass
from typing import Protocol

from identity.jose.algorithms import Curve
from identity.jose.jwk import PublicKey, Signer
from identity.trust.keys import KeyState, TrustedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """
    What a store tells of a key: everything but its secret.

    Parameters
    ----------
    kid
        RFC 7638 thumbprint of its public part.
    since, until
        Seconds; when it began to sign and when it ended. A revoked key ended when it was revoked.
    """

    kid: str
    owner: str
    public: PublicKey
    state: KeyState
    since: int
    until: int | None = None

    def trusted(self) -> TrustedKey:
        """Give it as a trust bundle names it."""
        return TrustedKey(kid=self.kid, key=self.public, state=self.state, since=self.since, until=self.until)


class Keystore(Protocol):
    """Private keys of registries and regions."""

    def keys(self, owner: str | None = None) -> tuple[KeptKey, ...]:
        """Give keys of an owner, or of all, the oldest first."""
        ...

    def signer(self, owner: str) -> tuple[str, Signer]:
        """
        Give name and signer of an owner's active key.

        Raises
        ------
        NotFoundError
            The owner has none.
        """
        ...

    def create(self, owner: str, *, at: int, curve: Curve = Curve.P256) -> KeptKey:
        """
        Make an owner's key.

        Raises
        ------
        ConflictError
            The owner has an active key: rotate it.
        """
        ...

    def rotate(self, owner: str, *, at: int, curve: Curve | None = None) -> KeptKey:
        """Retire the active key and make the next one, in one step."""
        ...

    def revoke(self, kid: str, *, at: int) -> KeptKey:
        """
        End a key at once: whatever it signed is believed no more.

        Raises
        ------
        NotFoundError
            No such key.
        """
        ...
