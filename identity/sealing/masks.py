"""
Masks of identity numbers, sealed: a seal gives no digit, and the same number always has the same one.

A mask shows the first three and the last four characters of a number. Beside a birth date and a county it gives the
number whole, so it is never kept as it is. Sealing is deterministic (AES-SIV, RFC 5297), because a list that is sent
again must say what it said before; masks of different numbers look different though they show the same, because one
number that became known would open all that are like it. ``docs/adr/0020-masks-are-sealed.md`` says why.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import InvariantError

SEALED = "m1."
"""How a sealed mask begins; early releases kept masks as they were."""

_SEAL = re.compile(r"m1\.[A-Za-z0-9_-]{32,}={0,2}")
_MASK = re.compile(r"(?<!\d)\d{3,6}\*{8,11}\d{3}[\dX]")
_KEY_BYTES = 64
_OWN_BYTES = 8


@lru_cache(maxsize=4)
def _cipher(secret: bytes) -> AESSIV:
    key = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"zhulian identity mask 1")
    return AESSIV(key.derive(secret))


def seal_mask(mask: str, secret: bytes, of: str | None = None) -> str:
    """
    Seal a mask with the secret that an installation hashes numbers with.

    Parameters
    ----------
    of
        A digest, in hex, of what the mask belongs to: seals of different ones have nothing in common. None where a
        mask is all that is known of a number; of those, equal ones have equal seals.

    Examples
    --------
    >>> seal_mask("320***********1234", b"k" * 32) == seal_mask("320***********1234", b"k" * 32)
    True
    """
    own = bytes(_OWN_BYTES) if of is None else bytes.fromhex(of[: 2 * _OWN_BYTES])
    return SEALED + urlsafe_b64encode(_cipher(secret).encrypt(own + mask.encode(), None)).decode("ascii")


def open_mask(stored: str, secret: bytes) -> str:
    """
    Give what was sealed; what was never sealed is given as it is.

    Raises
    ------
    InvariantError
        It was sealed with another secret, or altered since.
    """
    if not stored.startswith(SEALED):
        return stored
    try:
        return _opened(stored, secret)
    except (InvalidTag, ValueError) as error:
        raise InvariantError("a sealed mask does not open with this installation's secret") from error


def open_masks(masks: pl.Series, secret: bytes) -> pl.Series:
    """Open a column, each different value once."""
    different = masks.drop_nulls().unique()
    return masks.replace(different, [open_mask(mask, secret) for mask in different.to_list()])


def seal_masks_in(text: str, secret: bytes, of: str | None = None) -> str:
    """Seal every mask that stands in a text, such as JSON that was written when masks were not sealed."""
    return _MASK.sub(lambda found: seal_mask(found[0], secret, of), text)


def open_masks_in(text: str, secret: bytes) -> str:
    """Open every sealed mask that stands in a text; what only looks like one stays."""

    def shown(found: re.Match[str]) -> str:
        try:
            return _opened(found[0], secret)
        except (InvalidTag, ValueError):
            return found[0]

    return _SEAL.sub(shown, text)


def _opened(stored: str, secret: bytes) -> str:
    plain = _cipher(secret).decrypt(urlsafe_b64decode(stored.removeprefix(SEALED)), None)
    return plain[_OWN_BYTES:].decode()
