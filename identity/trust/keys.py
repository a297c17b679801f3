"""Public keys of registries and regions, and when each may be believed."""

from dataclasses import dataclass
from enum import StrEnum

from identity.documents import Members
from identity.jose.encoding import JsonObject
from identity.jose.jwk import PublicKey, public_key
from identity.verdicts import Refused, VerdictCode


class KeyState(StrEnum):
    """
    What became of a key.

    A retired key signs no more and what it signed in its term holds. A revoked one is believed no more at all: who has
    it can write any date.
    """

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """
    A public key with its name and its term.

    Parameters
    ----------
    since, until
        Seconds; what was signed in ``[since, until)`` holds. None leaves an end open.
    """

    kid: str
    key: PublicKey
    state: KeyState = KeyState.ACTIVE
    since: int | None = None
    until: int | None = None

    def check(self, signed_at: int) -> None:
        """Refuse a key that was revoked, or that was not in its term when it signed."""
        if self.state is KeyState.REVOKED:
            raise Refused(VerdictCode.KEY_REVOKED, self.kid)
        if self.since is not None and signed_at < self.since:
            raise Refused(VerdictCode.KEY_OUT_OF_TERM, self.kid)
        if self.until is not None and signed_at >= self.until:
            raise Refused(VerdictCode.KEY_OUT_OF_TERM, self.kid)

    def document(self) -> JsonObject:
        """Write it as it stands in a bundle."""
        return {
            "kid": self.kid,
            "jwk": self.key.jwk(),
            "state": self.state.value,
            "since": self.since,
            "until": self.until,
        }


def read_keys(owner: Members) -> dict[str, TrustedKey]:
    """Read the keys of an issuer or a region; a name stands once, and a retired key says until when."""
    keys: dict[str, TrustedKey] = {}
    for entry in owner.inner("keys"):
        kid, key = entry.text("kid"), public_key(entry.value.get("jwk"))
        state = entry.text_or("state", KeyState.ACTIVE.value).upper()
        if key is None:
            raise entry.wrong("jwk")
        if kid in keys:
            raise entry.wrong("kid")
        if state not in set(KeyState):
            raise entry.wrong("state")
        found = TrustedKey(
            kid=kid,
            key=key,
            state=KeyState(state),
            since=entry.moment_or_none("since"),
            until=entry.moment_or_none("until"),
        )
        if found.state is KeyState.RETIRED and found.until is None:
            raise entry.wrong("until")
        keys[kid] = found
    return keys
