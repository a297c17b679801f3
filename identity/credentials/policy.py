"""What a verifier asks of a presentation, and how nonces are used once."""

import threading
from dataclasses import dataclass, field
from typing import Protocol

from identity.jose.algorithms import Profile

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    How strict a verifier is; the defaults are the strict ones.

    Parameters
    ----------
    profile
        Family of algorithms. The SM one is closed: it is on only where somebody turns it on, and then alone.
    skew_s
        How far clocks may differ.
    binding_max_age_s
        Oldest key binding.
    binding_required, status_required
        Whether a presentation without holder's proof, or a credential that cannot be revoked, is refused.
    status_max_age_s
        Oldest status list; the rules of an agreement may set a lower limit.
    """

    profile: Profile = Profile.INTERNATIONAL
    skew_s: int = 60
    binding_max_age_s: int = 300
    binding_required: bool = True
    status_required: bool = True
    status_max_age_s: int = DAY_S


STRICT = Policy()


class NonceStore(Protocol):
    """Nonces that were used, over all processes of a verifier."""

    def use(self, audience: str, nonce: str, *, until: int) -> bool:
        """
        Use a nonce, in one atomic step.

        Parameters
        ----------
        until
            Second after which it may be forgotten: a key binding of that age is refused anyway.

        Returns
        -------
        Whether this was its first use.
        """
        ...


@dataclass(slots=True)
class NoncesInMemory:
    """Nonces of one process; those that need not be known any longer are dropped."""

    used: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, audience: str, nonce: str, *, until: int) -> bool:
        """Use a nonce; whether this was its first use."""
        with self._lock:
            if (audience, nonce) in self.used:
                return False
            self.used[audience, nonce] = until
            return True

    def forget(self, now: int) -> None:
        """Drop what no key binding can name any more."""
        with self._lock:
            self.used = {key: until for key, until in self.used.items() if until > now}
